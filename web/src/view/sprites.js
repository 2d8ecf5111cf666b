// Every point's picture, drawn once: its own small image in the colour of its class, or the shape of its class. Rows
// that are held out are an outlined shape, or an image in a frame.
import { colourOf, shapeOf, trace } from "./palette.js";

const MARGIN = 2; // pixels around a tile, so that neighbours do not bleed into it

const hexRgb = (colour) => {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};

// size: of a picture in device pixels; paper: the background, as a computed style. Returns { canvas, tile (its side in
// pixels), columns, tileOf: the tile of each row }.
export function createSprites(dataset, heldOut, size, paper) {
  const images = dataset.images;
  const ground = paper
    .match(/[\d.]+/g)
    .slice(0, 3)
    .map(Number);
  const tile = Math.ceil(size) + 2 * MARGIN;
  const count = images ? dataset.n : dataset.classes.length * 2;
  const columns = Math.ceil(Math.sqrt(count));

  const canvas = document.createElement("canvas");
  canvas.width = columns * tile;
  canvas.height = Math.ceil(count / columns) * tile;
  const context = canvas.getContext("2d", { willReadFrequently: true });

  const tileOf = new Uint32Array(dataset.n);
  /** @returns {[number, number]} */
  const place = (i) => [(i % columns) * tile, Math.floor(i / columns) * tile];

  if (images) {
    tileOf.forEach((_, row) => (tileOf[row] = row));
    drawImages(context, dataset, place, size, ground);
    heldOut.forEach((held, row) => held && frame(context, place(row), size, colourOf(dataset.labels[row])));
  } else {
    tileOf.forEach((_, row) => (tileOf[row] = 2 * dataset.labels[row] + heldOut[row]));
    for (let i = 0; i < count; i++) {
      drawShape(context, place(i), size, i >> 1, i & 1, paper);
    }
  }
  return { canvas, tile, columns, tileOf };
}

export function drawShape(context, [left, top], size, label, hollow, paper) {
  const middle = MARGIN + size / 2;
  const width = Math.max(1, size / 7);
  context.beginPath();
  trace(context, shapeOf(label), left + middle, top + middle, size * 0.4);
  context.lineJoin = "round";
  if (hollow) {
    context.lineWidth = width * 1.2;
    context.strokeStyle = colourOf(label);
    context.fillStyle = paper;
    context.fill();
  } else {
    context.lineWidth = width / 2;
    context.strokeStyle = paper;
    context.fillStyle = colourOf(label);
    context.fill();
  }
  context.stroke();
}

function frame(context, [left, top], size, colour) {
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, size / 16);
  context.globalAlpha = 0.75;
  context.beginPath();
  context.roundRect(left + MARGIN + 0.5, top + MARGIN + 0.5, size - 1, size - 1, size / 4);
  context.stroke();
  context.globalAlpha = 1;
}

// Ink with clear edges from few pixels: the image is magnified bilinearly, then thresholded. A halo of paper keeps
// neighbours apart.
function drawImages(context, { images, values, labels, n, d }, place, size, paper) {
  const { width, height, maximum } = images;
  const side = Math.ceil(size);
  const drawn = context.createImageData(side, side);
  const at = (row, x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : values[row * d + y * width + x]);
  for (let row = 0; row < n; row++) {
    const ink = hexRgb(colourOf(labels[row]));

    for (let y = 0; y < side; y++) {
      const v = ((y + 0.5) / side) * height - 0.5;
      const y0 = Math.floor(v);
      for (let x = 0; x < side; x++) {
        const u = ((x + 0.5) / side) * width - 0.5;
        const x0 = Math.floor(u);
        const upper = at(row, x0, y0) * (1 - u + x0) + at(row, x0 + 1, y0) * (u - x0);
        const lower = at(row, x0, y0 + 1) * (1 - u + x0) + at(row, x0 + 1, y0 + 1) * (u - x0);

        const dark = (upper * (1 - v + y0) + lower * (v - y0)) / maximum;
        const solid = Math.min(Math.max((dark - 0.3) * 3, 0), 1);
        const halo = dark > 0.12 ? 1 - solid : 0;
        const alpha = solid + halo;

        const to = 4 * (y * side + x);
        for (let channel = 0; channel < 3; channel++) {
          drawn.data[to + channel] = alpha ? (ink[channel] * solid + paper[channel] * halo) / alpha : 0;
        }
        drawn.data[to + 3] = 255 * alpha;
      }
    }

    const [left, top] = place(row);
    context.putImageData(drawn, left + MARGIN, top + MARGIN);
  }
}
