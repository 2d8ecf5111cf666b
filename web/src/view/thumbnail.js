// A small picture of a data set, in the colours of its classes.
import { element } from "./dom.js";
import { colourOf } from "./palette.js";

const WIDTH = 192;
const HEIGHT = 120;
const DOT = 4; // radius
const MARGIN = 9;

export function createThumbnail() {
  const canvas = element("canvas", { width: WIDTH, height: HEIGHT, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  return {
    canvas,
    // thumbnail: of thumbnailOf.
    draw(thumbnail) {
      context.clearRect(0, 0, WIDTH, HEIGHT);
      thumbnail.images ? drawImages(context, thumbnail) : drawPoints(context, thumbnail.points);
    },
  };
}

function drawPoints(context, points) {
  const side = HEIGHT - 2 * MARGIN;
  for (const [x, y, label] of points) {
    context.fillStyle = colourOf(label);
    context.beginPath();
    context.arc((WIDTH - side) / 2 + x * side, MARGIN + y * side, DOT, 0, 2 * Math.PI);
    context.fill();
  }
}

// Three beside each other.
function drawImages(context, { images, width, height }) {
  const cell = Math.floor((HEIGHT - 2 * MARGIN) / (2 * height + 1));
  const step = { across: (width + 1.5) * cell, down: (height + 1) * cell };
  const left = (WIDTH - 3 * step.across + 1.5 * cell) / 2;
  images.forEach(({ label, ink }, i) => {
    const [x, y] = [left + (i % 3) * step.across, MARGIN + Math.floor(i / 3) * step.down];
    context.fillStyle = colourOf(label);
    ink.forEach((share, at) => {
      context.globalAlpha = share;
      context.fillRect(x + (at % width) * cell, y + Math.floor(at / width) * cell, cell, cell);
    });
  });
  context.globalAlpha = 1;
}
