// The stamps that stand for rows: dots and shapes in the colour of their class, or the row's own image in ink. What is
// held out of training is hollow.
import { colourOf, shapeOf, SHAPES, trace } from "../palette.js";
import { mix, OPAQUE, PHASES, pixelOf } from "./raster.js";

const RIM = 0.9; // CSS pixels of paper that keep a dot apart from those under it
const INK = { from: 0.22, sharpness: 2.2 }; // of an image's values: where ink begins and how fast it is black

// ---- dots -----------------------------------------------------------------------------------------------------------

// Signed distance from a shape of radius 1, negative inside.
export function distanceTo(shape, x, y) {
  return shape === 0 ? Math.hypot(x, y) - 1 : distanceToPolygon(SHAPES[shape], x, y);
}

function distanceToPolygon(corners, x, y) {
  let nearest = Infinity;
  let inside = false;
  corners.forEach(([x1, y1], i) => {
    const [x2, y2] = corners[(i + 1) % corners.length];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const along = Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy), 0), 1);
    nearest = Math.min(nearest, Math.hypot(x - x1 - along * dx, y - y1 - along * dy));
    inside = y1 <= y !== y2 <= y && x < x1 + ((y - y1) / dy) * dx ? !inside : inside;
  });
  return inside ? -nearest : nearest;
}

const covered = (distance) => Math.min(Math.max(0.5 - distance, 0), 1); // of a pixel, by a shape's edge

// radius, rim: in pixels; x, y: the centre's place within its pixel; pixel, paper: of Raster.
function dot({ shape, hollow, radius, rim, pixel, paper }, x, y) {
  const half = Math.ceil(radius * (shape === 0 ? 1 : 1.2) + rim) + 1;
  const side = 2 * half + 1;
  const pixels = new Uint32Array(side * side);
  const line = Math.max(rim * 1.4, radius * 0.42);
  for (let i = 0; i < pixels.length; i++) {
    const [dx, dy] = [(i % side) - half - x, Math.floor(i / side) - half - y];
    const away = distanceTo(shape, dx / radius, dy / radius) * radius;
    const share = covered(away) - (hollow ? covered(away + line) : 0);
    pixels[i] = away < rim ? mix(paper, pixel, Math.round(256 * share)) : 0;
  }
  return { width: side, height: side, half, pixels };
}

// Dots of one radius, made when they are first asked for. ratio: device pixels to a CSS pixel; paper: a computed
// colour; levels: { strength, size } each: 0 .. 255 towards the paper, and a factor of the radius. Returns { radius,
// ofKind(label, hollow, level) -> the stamps that Raster.scatter takes }.
export function createDots({ radius, ratio, paper, levels }) {
  const made = [];
  const ground = pixelOf(paper);

  function make(label, hollow, { strength, size }) {
    const look = {
      shape: shapeOf(label),
      hollow,
      radius: radius * size,
      rim: RIM * Math.min(ratio, radius * 0.6),
      pixel: mix(ground, pixelOf(colourOf(label)), strength + (strength >> 7)),
      paper: ground,
    };
    const within = (phase) => (phase + 0.5) / PHASES - 0.5;
    return Array.from({ length: PHASES * PHASES }, (_, phase) =>
      dot(look, within(phase % PHASES), within(Math.floor(phase / PHASES))),
    );
  }

  return {
    radius,
    ofKind: (label, hollow, level) =>
      (made[(2 * label + hollow) * levels.length + level] ??= make(label, hollow, levels[level])),
  };
}

// ---- images ---------------------------------------------------------------------------------------------------------

// How black a row's image is at each pixel of a picture `width` x `height`, 0 .. 1: magnified bilinearly, then with
// clear edges.
function inkOf({ images, values, d }, row, width, height) {
  const at = (x, y) =>
    x < 0 || y < 0 || x >= images.width || y >= images.height ? 0 : values[row * d + y * images.width + x];
  return Float32Array.from({ length: width * height }, (_, i) => {
    const u = (((i % width) + 0.5) / width) * images.width - 0.5;
    const v = ((Math.floor(i / width) + 0.5) / height) * images.height - 0.5;
    const [x, y] = [Math.floor(u), Math.floor(v)];
    const upper = at(x, y) * (1 - u + x) + at(x + 1, y) * (u - x);
    const lower = at(x, y + 1) * (1 - u + x) + at(x + 1, y + 1) * (u - x);
    const dark = (upper * (1 - v + y) + lower * (v - y)) / images.maximum;
    return Math.min(Math.max((dark - INK.from) * INK.sharpness, 0), 1);
  });
}

// The larger side is `size`.
function measured({ width, height }, size) {
  const larger = Math.max(width, height);
  return [width, height].map((side) => Math.max(1, Math.round((side / larger) * size)));
}

// Images of one size, made when they are first asked for. ground: the paper under them, a pixel.
export function createImages(dataset, size, ground) {
  const [width, height] = measured(dataset.images, size);
  const made = new Map();

  function make(row, strength) {
    const ink = inkOf(dataset, row, width, height);
    const pixel = mix(ground, pixelOf(colourOf(dataset.labels[row])), strength + (strength >> 7));
    const near = (i) => [-1, 0, 1, -width, width].some((step) => ink[i + step] > 0.1); // a rim of paper
    const pixels = Uint32Array.from(ink, (dark, i) => (near(i) ? mix(ground, pixel, Math.round(256 * dark)) : 0));
    return { width, height, pixels };
  }

  return {
    width,
    height,
    of(row, strength) {
      const key = row * 256 + strength;
      if (!made.has(key)) {
        made.set(key, make(row, strength));
      }
      return made.get(key);
    },
  };
}

// ---- single rows ----------------------------------------------------------------------------------------------------

// Draws a row around x and y: its image in ink, or its dot. size: of an image's larger side.
export function drawRow(context, { dataset, heldOut, paper }, row, { x, y, size }) {
  if (!dataset.images) {
    drawShape(context, [x, y], size * 0.3, dataset.labels[row], heldOut[row] === 1, paper);
    return;
  }
  const [width, height] = measured(dataset.images, Math.max(Math.round(size), 1));
  const [red, green, blue] = channels(colourOf(dataset.labels[row]));
  const image = new ImageData(width, height);
  inkOf(dataset, row, width, height).forEach((dark, i) => image.data.set([red, green, blue, 255 * dark], 4 * i));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(canvas, Math.round(x - width / 2), Math.round(y - height / 2));
}

function channels(colour) {
  const pixel = pixelOf(colour) & ~OPAQUE;
  return [pixel & 255, (pixel >> 8) & 255, pixel >> 16];
}

// The shape of a class around a point.
export function drawShape(context, [x, y], radius, label, hollow, paper) {
  context.beginPath();
  shapeOf(label) === 0
    ? context.arc(x, y, radius, 0, 2 * Math.PI)
    : trace(context, shapeOf(label), x, y, radius);
  context.lineJoin = "round";
  context.fillStyle = hollow ? paper : colourOf(label);
  context.fill();
  if (hollow) {
    context.lineWidth = radius * 0.42;
    context.strokeStyle = colourOf(label);
    context.stroke();
  }
}
