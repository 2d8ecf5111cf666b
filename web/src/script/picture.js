// The frames of triplet.show: points with a colour and a shape for each class. In three dimensions it turns by dragging
// and by the arrow keys.
import { Camera } from "../view/camera.js";
import { sharpCanvas } from "../view/dom.js";
import { colourOf, shapeOf, trace } from "../view/palette.js";
import { onTheme } from "../view/theme.js";

const TURN = 0.008; // radians in a pixel of dragging
const KEYS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };

// A line of points is drawn in the plane.
function flat({ positions, dim, labels, text }) {
  if (dim > 1) {
    return { positions, dim, labels, text };
  }
  const inPlane = Float32Array.from({ length: 2 * labels.length }, (_, i) => (i % 2 ? 0 : positions[i / 2]));
  return { positions: inPlane, dim: 2, labels, text };
}

export function createPicture(canvas, caption) {
  const context = canvas.getContext("2d");
  const camera = new Camera();
  let frame = null;
  let ratio = 1;
  let due = 0;
  let last = 0;

  function draw(now) {
    due = 0;
    const { width, height } = canvas;
    context.clearRect(0, 0, width, height);
    if (!frame) {
      return;
    }
    const { positions, dim, labels, text } = frame;
    camera.follow({ positions, dim, normalized: false, least: 0, elapsed: now - last, still: true });
    last = now;
    const project = camera.projection(dim, width, height);
    const classes = new Map([...new Set(labels)].sort((a, b) => a - b).map((label, i) => [label, i]));
    const radius = Math.min(Math.max(Math.sqrt((width * height) / labels.length) / 8, 2 * ratio), 7 * ratio);
    context.globalAlpha = 0.85;
    for (const [label, index] of classes) {
      context.beginPath();
      for (let row = 0, i = 0; row < labels.length; row++, i += dim) {
        if (labels[row] === label) {
          const [x, y] = project(positions[i], positions[i + 1], dim === 3 ? positions[i + 2] : 0);
          trace(context, shapeOf(index), x, y, radius);
        }
      }
      context.fillStyle = colourOf(index);
      context.fill();
    }
    caption.textContent = text;
  }

  const dirty = () => (due ||= requestAnimationFrame(draw));
  const turn = (yaw, pitch) => {
    camera.turn(yaw, pitch);
    dirty();
  };

  sharpCanvas(canvas, (width, height, pixels) => {
    ratio = pixels;
    dirty();
  });
  onTheme(dirty);
  canvas.addEventListener("pointermove", ({ buttons, movementX, movementY }) => {
    if (buttons) {
      turn(TURN * movementX, TURN * movementY);
    }
  });
  canvas.addEventListener("keydown", (event) => {
    if (KEYS[event.key]) {
      event.preventDefault();
      turn(...KEYS[event.key]);
    }
  });

  return {
    clear() {
      frame = null;
      caption.textContent = "triplet.show(embeddings, labels, info) draws here";
      camera.restart();
      dirty();
    },
    show(next) {
      if (frame?.dim !== Math.max(next.dim, 2)) {
        camera.restart();
      }
      frame = flat(next);
      dirty();
    },
  };
}
