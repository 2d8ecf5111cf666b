// A small map of points: drawn in the colours of their classes, and asked which rows are where. Places are in CSS
// pixels.
import { Camera, VIEW } from "./stage/camera.js";
import { pixelOf, Raster } from "./stage/raster.js";
import { createDots } from "./stage/sprites.js";
import { Strokes } from "./stage/strokes.js";

const EDGE = 8; // CSS pixels around the points
const MANY = 4000; // rows, whose dots are smaller
const LEVELS = [255, 56].map((strength) => ({ strength, size: 1 })); // of points, whole and faint
const REACH = 10; // CSS pixels from a point that still hit it
const RING = 5.5;

export class SmallMap {
  #canvas;
  #context;
  #strokes;
  #camera = new Camera();
  #ratio = 1;
  #points = null; // { positions, dim, labels }
  #dots = null; // null: to be made
  #x = new Float32Array(0);
  #y = new Float32Array(0);

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#strokes = new Strokes(this.#context);
  }

  show(points) {
    this.#points = points;
    [this.#x, this.#y] = [0, 0].map(() => new Float32Array(points.labels.length));
    this.#camera.restart();
    this.#dots = null;
  }

  resize(ratio) {
    this.#ratio = ratio;
    this.#dots = null;
  }

  // colours: of the theme; view: { yaw, pitch }; isQuiet(row): drawn faintly; rings: [row, colour] pairs; rectangle:
  // two corners, or null.
  draw({ colours, view, isQuiet, rings, rectangle }) {
    const { width, height } = this.#canvas;
    const { labels } = this.#points;
    const ratio = this.#ratio;
    const paper = colours.panel;
    this.#project(view);
    const radius = (labels.length > MANY ? 1.1 : 1.7) * ratio;
    this.#dots ??= createDots({ radius, ratio, paper, levels: LEVELS });
    this.#strokes.forget({ unit: ratio, colours: { ...colours, paper } });

    const rows = Array.from(labels.keys());
    const quiet = rows.map((row) => Number(isQuiet(row)));
    const raster = new Raster(width, height, 16 * Math.ceil(ratio));
    const kinds = rows.map((row) => raster.cut(this.#dots.ofKind(labels[row], 0, quiet[row])));
    raster.clear(pixelOf(paper));
    for (const faint of [1, 0]) {
      raster.scatter(rows.filter((row) => quiet[row] === faint), kinds, this.#x, this.#y);
    }
    raster.show(this.#context);

    for (const [row, colour] of rings) {
      this.#strokes.ring([this.#x[row], this.#y[row]], RING, { colour });
    }
    if (rectangle) {
      const [[left, top], [right, bottom]] = rectangle.map((corner) => corner.map((value) => value * ratio));
      const corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
      this.#strokes.path([corners], { colour: colours.ink, width: 1.5, halo: 1 });
    }
  }

  #project({ yaw, pitch }) {
    const { positions, dim } = this.#points;
    const edge = EDGE * this.#ratio;
    const room = {
      left: edge,
      top: edge,
      width: this.#canvas.width - 2 * edge,
      height: this.#canvas.height - 2 * edge,
    };
    this.#camera.aim({ positions, dim, room, least: 0, turns: false });
    this.#camera.follow({ room, view: { ...VIEW, yaw, pitch }, elapsed: 0, still: true });
    const depth = new Float32Array(this.#x.length);
    this.#camera.projectAll(positions, dim, { x: this.#x, y: this.#y, depth });
  }

  // The row at a place, or -1.
  rowAt([left, top]) {
    const [x, y] = [left * this.#ratio, top * this.#ratio];
    const row = this.#least((other) => Math.hypot(this.#x[other] - x, this.#y[other] - y));
    return row >= 0 && Math.hypot(this.#x[row] - x, this.#y[row] - y) < REACH * this.#ratio ? row : -1;
  }

  // The rows between two corners.
  rowsIn(rectangle) {
    const [[left, right], [top, bottom]] = [0, 1].map((axis) =>
      rectangle.map((corner) => corner[axis] * this.#ratio).sort((a, b) => a - b),
    );
    const isBetween = (value, least, most) => value >= least && value <= most;
    const isIn = (row) => isBetween(this.#x[row], left, right) && isBetween(this.#y[row], top, bottom);
    return Array.from(this.#x.keys()).filter(isIn);
  }

  // So many rows around one.
  rowsAround(row, count) {
    const away = Float64Array.from(this.#x, (x, other) => Math.hypot(x - this.#x[row], this.#y[other] - this.#y[row]));
    return Array.from(away.keys())
      .sort((a, b) => away[a] - away[b])
      .slice(0, count);
  }

  // The nearest row from another in a direction (dx, dy), or the row nearest to the middle.
  rowBeside(row, dx, dy) {
    const [x, y] = row < 0 ? [this.#canvas.width / 2, this.#canvas.height / 2] : [this.#x[row], this.#y[row]];
    const found = this.#least((other) => {
      const [across, down] = [this.#x[other] - x, this.#y[other] - y];
      const ahead = across * dx + down * dy;
      return row < 0 ? Math.hypot(across, down) : ahead > 0 ? ahead + 2 * Math.abs(across * dy - down * dx) : Infinity;
    });
    return found < 0 ? row : found;
  }

  // The row of least cost, or -1 if all cost infinitely much.
  #least(cost) {
    let [best, found] = [Infinity, -1];
    for (let row = 0; row < this.#x.length; row++) {
      const of = cost(row);
      [best, found] = of < best ? [of, row] : [best, found];
    }
    return found;
  }
}
