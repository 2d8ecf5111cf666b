// The frames of triplet.show: points with a colour and a shape for each class. Dragging and the arrow keys rotate three
// dimensions.
import { Camera, rotated, VIEW } from "../view/stage/camera.js";
import { sharpCanvas } from "../view/dom.js";
import { Raster, pixelOf } from "../view/stage/raster.js";
import { createDots } from "../view/stage/sprites.js";
import { onTheme } from "../view/theme.js";

const LOOKS = 100; // colours and shapes, after which they repeat
const EDGE = 12; // pixels around the points
const RADIANS_PER_PIXEL = 0.008; // radians in a pixel of dragging
const KEYS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };

// One dimension is drawn as a line in the plane. looks: the rank of each row's label.
function prepared({ positions, dim, labels, text }) {
  const inPlane = () => Float32Array.from({ length: 2 * labels.length }, (_, i) => (i % 2 ? 0 : positions[i / 2]));
  const ranks = new Map([...new Set(labels)].sort((a, b) => a - b).map((label, i) => [label, i % LOOKS]));
  return {
    positions: dim > 1 ? positions : inPlane(),
    dim: Math.max(dim, 2),
    looks: Array.from(labels, (label) => ranks.get(label)),
    text,
  };
}

export function createPicture(canvas, caption) {
  const context = canvas.getContext("2d");
  const camera = new Camera();
  let view = { ...VIEW, yaw: 0.6, pitch: 0.4 };
  let frame = null;
  let ratio = 1;
  let due = 0;

  function draw() {
    due = 0;
    const { width, height } = canvas;
    context.clearRect(0, 0, width, height);
    if (!frame) {
      return;
    }
    const { positions, dim, looks, text } = frame;
    const n = looks.length;
    const room = { left: EDGE, top: EDGE, width: width - 2 * EDGE, height: height - 2 * EDGE };
    camera.aim({ positions, dim, room, least: 0 });
    camera.follow({ room, view, elapsed: 0, still: true });
    const [x, y, depth] = [0, 0, 0].map(() => new Float32Array(n));
    camera.projectAll(positions, dim, { x, y, depth });

    const radius = Math.min(Math.max(Math.sqrt((width * height) / n) / 7, 2 * ratio), 7 * ratio);
    const paper = getComputedStyle(canvas).backgroundColor;
    const dots = createDots({ radius, ratio, paper, levels: [{ strength: 255, size: 1 }] });
    const raster = new Raster(width, height, 4 * Math.ceil(radius));
    raster.clear(pixelOf(paper));
    raster.scatter(Array.from(looks.keys()), looks.map((look) => raster.cut(dots.ofKind(look, 0, 0))), x, y);
    raster.show(context);
    caption.textContent = text;
  }

  const dirty = () => (due ||= requestAnimationFrame(draw));
  const rotate = (yaw, pitch) => {
    view = { ...view, ...rotated(view, yaw, pitch) };
    dirty();
  };

  sharpCanvas(canvas, (width, height, pixels) => {
    ratio = pixels;
    dirty();
  });
  onTheme(dirty);
  canvas.addEventListener("pointermove", ({ buttons, movementX, movementY }) => {
    if (buttons) {
      rotate(RADIANS_PER_PIXEL * movementX, RADIANS_PER_PIXEL * movementY);
    }
  });
  canvas.addEventListener("keydown", (event) => {
    if (KEYS[event.key]) {
      event.preventDefault();
      rotate(...KEYS[event.key]);
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
      const before = frame?.dim;
      frame = prepared(next);
      if (frame.dim !== before) {
        camera.restart();
      }
      dirty();
    },
  };
}
