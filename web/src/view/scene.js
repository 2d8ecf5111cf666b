// Draws one embedding on a canvas: points, what pulls and pushes them, an anchor with its margin, gradients.
// It knows pixels and the model's data, and nothing of the page around it.
import { KINDS } from "../model/anatomy.js";
import { reachOf } from "../model/reach.js";
import { isOfTriplets } from "../model/trainer_options.js";
import { Camera } from "./camera.js";
import { pixelOf, Raster } from "./raster.js";
import { apart, ringLines } from "./ring.js";
import { createSprites } from "./sprites.js";

const MAX_GLIDE = 500; // ms from one snapshot to the next
const DEPTHS = 48; // layers from far to near
const REACH = 22; // CSS pixels from a point that still hit it
const ASIDE = [KINDS.easy, KINDS.far]; // drawn faintly when an anchor is chosen

export class Scene {
  camera = new Camera();
  marks = { anatomy: null, hovered: -1, highlighted: -1, lines: true, ring: true, gradient: false };
  still = false; // no gliding
  #canvas;
  #context;
  #ratio = 1;
  #colours = null;
  #run = null; // { dataset, heldOut }
  #snapshot = null;
  #from = null;
  #shown = null; // positions on the way from the last snapshot to this one
  #arrived = 0;
  #glide = 0;
  #last = 0;
  #size = 0; // of a point's picture in device pixels; 0: to be made
  #raster = null;
  #drawn = []; // everything that the last frame depended on
  #x = new Float32Array(0);
  #y = new Float32Array(0);
  #depth = new Float32Array(0);
  #order = new Uint32Array(0);
  #strength = new Uint8Array(0);

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
  }

  // ---- what is drawn ----------------------------------------------------------------------------------------------

  // A new run: { dataset, heldOut }.
  show(run) {
    this.#run = run;
    this.#snapshot = this.#shown = this.#from = null;
    this.#size = 0;
    this.#order = Uint32Array.from({ length: run.dataset.n }, (_, row) => row);
    [this.#x, this.#y, this.#depth] = [0, 0, 0].map(() => new Float32Array(run.dataset.n));
    this.#strength = new Uint8Array(run.dataset.n);
    Object.assign(this.marks, { anatomy: null, hovered: -1 }); // which were other rows
    this.camera.restart();
    this.camera.reset();
  }

  move(snapshot) {
    const now = performance.now();
    const jump = this.still || !this.#shown || this.#shown.length !== snapshot.positions.length;
    this.#glide = jump ? 0 : Math.min(now - this.#arrived, MAX_GLIDE);
    this.#arrived = now;
    this.#from = jump ? snapshot.positions : this.#shown.slice();
    this.#shown = this.#from.slice();
    this.#snapshot = snapshot;
  }

  recolour(colours) {
    this.#colours = colours;
    this.#size = 0;
  }

  resize(ratio) {
    this.#ratio = ratio;
    this.#size = 0;
  }

  get ready() {
    return this.#snapshot !== null && this.#colours !== null;
  }

  // The row at a position in CSS pixels, or -1. Looking at each of 20,000 moving points takes 0.04 ms; triangulating
  // them first takes 40 ms.
  rowAt(left, top) {
    const [x, y] = [left * this.#ratio, top * this.#ratio];
    let best = (REACH * this.#ratio) ** 2;
    let found = -1;
    for (let row = 0; row < this.#x.length; row++) {
      const squared = (this.#x[row] - x) ** 2 + (this.#y[row] - y) ** 2;
      if (squared < best) {
        best = squared;
        found = row;
      }
    }
    return found;
  }

  // The nearest row from another in a direction on the screen (dx, dy), or the row nearest to the middle.
  rowBeside(row, dx, dy) {
    const { width, height } = this.#canvas;
    const [x, y] = row < 0 ? [width / 2, height / 2] : [this.#x[row], this.#y[row]];
    let best = Infinity;
    let found = row;
    for (let other = 0; other < this.#x.length; other++) {
      const ahead = (this.#x[other] - x) * dx + (this.#y[other] - y) * dy;
      const aside = Math.abs((this.#x[other] - x) * dy - (this.#y[other] - y) * dx);
      const cost = row < 0 ? Math.hypot(this.#x[other] - x, this.#y[other] - y) : ahead + 2 * aside;
      if (other !== row && (row < 0 || ahead > 0) && cost < best) {
        best = cost;
        found = other;
      }
    }
    return found;
  }

  // In CSS pixels.
  placeOf(row) {
    return [this.#x[row] / this.#ratio, this.#y[row] / this.#ratio];
  }

  // Draws the snapshot at once, without gliding to it: for files.
  settle() {
    this.#glide = 0;
    this.draw(performance.now());
  }

  // For vector files: { width, height (CSS pixels), x, y, order, size }.
  layout() {
    const { width, height } = this.#canvas;
    const ratio = this.#ratio;
    const scaled = (list) => Float32Array.from(list, (value) => value / ratio);
    return {
      width: width / ratio,
      height: height / ratio,
      x: scaled(this.#x),
      y: scaled(this.#y),
      order: this.#order,
      size: this.#size / ratio,
    };
  }

  // ---- a frame ----------------------------------------------------------------------------------------------------

  draw(now) {
    if (!this.ready) {
      return;
    }
    const elapsed = now - this.#last;
    this.#last = now;

    const share = this.#interpolate(now);
    const { dim, settings } = this.#snapshot;
    this.camera.follow({
      positions: this.#shown,
      dim,
      normalized: this.#onSphere,
      least: leastExtent(settings),
      elapsed,
      still: this.still,
    });
    this.#prepare();
    if (!this.#changed([this.#snapshot, share, this.#raster, this.camera.pose, ...Object.values(this.marks)])) {
      return;
    }

    this.#project(this.#run.dataset.n);
    this.#raster.clear();
    this.#drawGround();
    if (this.marks.lines) {
      this.#drawForces();
    }
    this.#drawPoints();
    this.#raster.show(this.#context);

    if (this.marks.gradient) {
      this.#drawGradient();
    }
    if (this.marks.anatomy) {
      this.#drawAnchor();
    }
    if (this.marks.hovered >= 0) {
      this.#circle(this.marks.hovered, this.#size * 0.75, this.#colours.ink, 1.5);
    }
  }

  #changed(state) {
    const before = this.#drawn;
    this.#drawn = state;
    return state.some((value, i) => value !== before[i]);
  }

  get #onSphere() {
    const { settings } = this.#snapshot;
    return settings.normalize && settings.encoder !== "free";
  }

  // Returns the share of the way to the snapshot that is behind.
  #interpolate(now) {
    const { positions } = this.#snapshot;
    const share = this.#glide > 0 ? Math.min(Math.max((now - this.#arrived) / this.#glide, 0), 1) : 1;
    if (share === 1) {
      this.#shown.set(positions);
    } else {
      for (let i = 0; i < positions.length; i++) {
        this.#shown[i] = this.#from[i] + (positions[i] - this.#from[i]) * share;
      }
    }
    return share;
  }

  // Makes the points' pictures, as large as their number allows.
  #prepare() {
    if (this.#size > 0) {
      return;
    }
    const { dataset, heldOut } = this.#run;
    const { width, height } = this.#canvas;
    const room = Math.sqrt((width * height) / dataset.n) / this.#ratio;
    const [least, most, share] = dataset.images ? [11, 32, 1.15] : [5, 15, 0.42];
    const size = Math.round(Math.min(Math.max(share * room, least), most) * this.#ratio);
    const { paper } = this.#colours;
    this.#raster = new Raster(width, height, pixelOf(paper), createSprites(dataset, heldOut, size, paper));
    this.#size = size;
  }

  #project(n) {
    const { dim } = this.#snapshot;
    this.camera.projectAll(this.#shown, dim, this.#canvas, { x: this.#x, y: this.#y, depth: this.#depth });
    if (dim === 3) {
      this.#sortByDepth(n);
    }
  }

  // Far to near, by counting: exact order within a layer does not show.
  #sortByDepth(n) {
    const layer = (row) => Math.min(Math.max(Math.floor(((this.#depth[row] + 1.3) / 2.6) * DEPTHS), 0), DEPTHS - 1);
    const starts = new Uint32Array(DEPTHS + 1);
    for (let row = 0; row < n; row++) {
      starts[layer(row) + 1]++;
    }
    for (let i = 0; i < DEPTHS; i++) {
      starts[i + 1] += starts[i];
    }
    for (let row = 0; row < n; row++) {
      this.#order[starts[layer(row)]++] = row;
    }
  }

  // Points [x, y, z] of the embedding in pixels.
  #projected(points) {
    const project = this.camera.projection(this.#snapshot.dim, this.#canvas.width, this.#canvas.height);
    return points.map(([x, y, z]) => project(x, y, z));
  }

  // A grid of round numbers under the points, or the sphere on which they lie.
  #drawGround() {
    const { dim } = this.#snapshot;
    const { width, height } = this.#canvas;
    if (this.#onSphere) {
      const circles = ringLines([0, 0, 0], { distance: "minkowski", p: 2 }, 1, dim, 1);
      circles.forEach((points) => this.#rule(this.#projected(points)));
      if (dim === 3) {
        const radius = this.camera.scale(width, height);
        const [[x, y]] = this.#projected([[0, 0, 0]]);
        this.#rule(circles[0].map(([cosine, sine]) => [x + radius * cosine, y + radius * sine]));
      }
    } else if (dim === 2) {
      this.#grid(width, height);
    } else {
      const length = Math.min(width, height) / (3 * this.camera.scale(width, height));
      for (const axis of [
        [length, 0, 0],
        [0, length, 0],
        [0, 0, length],
      ]) {
        this.#rule(this.#projected([axis.map((value) => -value), axis]));
      }
    }
  }

  #rule(points) {
    const style = { colour: pixelOf(this.#colours.line), width: this.#ratio };
    points.slice(1).forEach((to, i) => this.#raster.line(points[i], to, style));
  }

  #grid(width, height) {
    const scale = this.camera.scale(width, height);
    const gap = roundStep((110 * this.#ratio) / scale) * scale;
    const [[left, top]] = this.#projected([[0, 0, 0]]);
    for (let x = left - Math.ceil(left / gap) * gap; x < width; x += gap) {
      const sharp = Math.round(x) + 0.5;
      this.#rule([[sharp, 0], [sharp, height]]);
    }
    for (let y = top - Math.ceil(top / gap) * gap; y < height; y += gap) {
      const sharp = Math.round(y) + 0.5;
      this.#rule([[0, sharp], [width, sharp]]);
    }
  }

  // Solid lines pull positives, dashed ones push negatives; from the positive if the swap measures them from there. If
  // an anchor is chosen, only its own are drawn.
  #drawForces() {
    const { forces, lines } = this.#snapshot;
    const anchor = this.marks.anatomy?.anchor ?? -1;
    const drawn = [];
    const among = anchor < 0 ? lines : forces;
    for (let i = 0; i < among.length; i += 3) {
      if (anchor < 0 || among[i] === anchor) {
        drawn.push(among.subarray(i, i + 3));
      }
    }
    const place = (row) => [this.#x[row], this.#y[row]];
    const line = {
      width: 1.2 * this.#ratio,
      alpha: anchor < 0 ? Math.min(0.5, 0.16 + 12 / (drawn.length + 1)) : 0.75,
    };
    const push = { ...line, colour: pixelOf(this.#colours.push), dash: 5 * this.#ratio };
    const pull = { ...line, colour: pixelOf(this.#colours.pull) };
    const between = (from, to, style) => to >= 0 && this.#raster.line(place(from), place(to), style);
    drawn.forEach((force) => between(this.#pusher(force), force[2], push));
    drawn.forEach(([anchor, positive]) => between(anchor, positive, pull));
  }

  // The row from which the negative is measured.
  #pusher([anchor, positive, negative]) {
    const { dim, settings } = this.#snapshot;
    const distance = (row) => apart(this.#shown, dim, row, negative, settings);
    const swaps = isOfTriplets(settings) && settings.swap && positive >= 0;
    return swaps && distance(positive) < distance(anchor) ? positive : anchor;
  }

  #drawPoints() {
    const { labels } = this.#run.dataset;
    const { anatomy, highlighted } = this.marks;
    const deep = this.#snapshot.dim === 3;
    const [whole, least, aside] = [255, 90, 60];
    for (let row = 0; row < labels.length; row++) {
      const unmarked = anatomy ? ASIDE.includes(anatomy.kinds[row]) : highlighted >= 0 && labels[row] !== highlighted;
      const near = deep ? Math.min(Math.max((this.#depth[row] + 1.2) / 2.4, 0), 1) : 1;
      this.#strength[row] = unmarked ? aside * (0.4 + 0.6 * near) : least + (whole - least) * near;
    }
    this.#raster.stamp(this.#order, this.#x, this.#y, this.#strength, aside + 1);
  }

  #drawGradient() {
    const { batch, gradient, dim } = this.#snapshot;
    const norms = Array.from(batch, (_, i) => Math.hypot(...gradient.subarray(i * dim, (i + 1) * dim)));
    const longest = norms.reduce((most, norm) => Math.max(most, norm), 0);
    if (!(longest > 0) || !Number.isFinite(longest)) {
      return;
    }

    const { width, height } = this.#canvas;
    const project = this.camera.projection(dim, width, height);
    const unit = (0.12 * Math.min(width, height)) / (longest * this.camera.scale(width, height));
    const head = 5 * this.#ratio;
    const context = this.#context;

    context.beginPath();
    for (let i = 0; i < batch.length; i++) {
      if (norms[i] < longest / 50) {
        continue;
      }
      const row = batch[i];
      const [x, y, z] = [0, 1, 2].map((axis) =>
        axis < dim ? this.#shown[row * dim + axis] - unit * gradient[i * dim + axis] : 0,
      );
      const [toX, toY] = project(x, y, z);
      const angle = Math.atan2(toY - this.#y[row], toX - this.#x[row]);

      context.moveTo(this.#x[row], this.#y[row]);
      context.lineTo(toX, toY);
      for (const side of [2.6, -2.6]) {
        context.moveTo(toX, toY);
        context.lineTo(toX + head * Math.cos(angle + side), toY + head * Math.sin(angle + side));
      }
    }

    // Twice, so that a halo sets the arrows off from the points.
    context.strokeStyle = this.#colours.paper;
    context.lineWidth = 4 * this.#ratio;
    context.stroke();
    context.strokeStyle = this.#colours.ink;
    context.lineWidth = 1.6 * this.#ratio;
    context.stroke();
  }

  // The anchor, the rings around it, and circles around other rows.
  #drawAnchor() {
    const { anatomy, ring } = this.marks;
    const { anchor, positive, reach, nearest, negatives } = anatomy;
    const context = this.#context;
    const dash = (...lengths) => context.setLineDash(lengths.map((length) => length * this.#ratio));

    if (ring && reach) {
      this.#drawRing(anchor, reach.pull, this.#colours.pull);
      dash(8, 6);
      this.#drawRing(anchor, reach.push, this.#colours.push); // on the other, where they are one
      dash();
    }

    const { hard = [], near = [], semihard = [] } = negatives;
    [...hard, ...near].forEach(({ row }) => this.#circle(row, this.#size * 0.62, this.#colours.push, 2.2));
    dash(3, 3);
    semihard.forEach(({ row }) => this.#circle(row, this.#size * 0.62, this.#colours.push, 1.6));
    dash(1.5, 2.5);
    nearest.forEach(({ row }) => this.#circle(row, this.#size * 0.8, this.#colours.ink, 1.2));
    dash();

    if (positive !== null) {
      this.#circle(positive, this.#size * 0.7, this.#colours.pull, 2.5);
    }
    this.#circle(anchor, this.#size * 0.6, this.#colours.paper, 5);
    this.#circle(anchor, this.#size * 0.6, this.#colours.ink, 2.5);
  }

  // All that is at a distance from the anchor.
  #drawRing(anchor, reach, colour) {
    const { dim, settings } = this.#snapshot;
    const { width, height } = this.#canvas;
    const center = [0, 1, 2].map((axis) => (axis < dim ? this.#shown[anchor * dim + axis] : 0));
    const length = (width + height) / this.camera.scale(width, height);

    const context = this.#context;
    context.beginPath();
    for (const points of ringLines(center, settings, reach, dim, length, this.#onSphere)) {
      this.#projected(points).forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x, y));
    }
    context.strokeStyle = this.#colours.paper;
    context.lineWidth = 5 * this.#ratio;
    context.globalAlpha = 0.7;
    context.stroke();
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = 2 * this.#ratio;
    context.stroke();
  }

  #circle(row, radius, colour, width) {
    const context = this.#context;
    context.beginPath();
    context.arc(this.#x[row], this.#y[row], Math.max(radius, 5 * this.#ratio), 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width * this.#ratio;
    context.stroke();
  }
}

// Half of what the loss keeps between positives and negatives; one that names nothing is taken for 1.
function leastExtent(settings) {
  const { pull, push } = reachOf(settings, 0);
  return isOfTriplets(settings) || push > pull ? (push - pull) / 2 : 0.5;
}

// 1, 2 or 5 times a power of ten, at or above a length.
export function roundStep(length) {
  const power = 10 ** Math.floor(Math.log10(length));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= length) ?? 10 * power;
}
