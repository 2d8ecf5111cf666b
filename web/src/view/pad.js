// A pad to draw on with a pen, a finger, the mouse or keys. A stroke is a list of points [x, y] in a square of side 1.
import "../style/pad.css";
import { element } from "./dom.js";

const SIDE = 640; // pixels of the canvas
const PEN = 0.055; // width of a line
const CLOSE = 0.006; // points nearer than this to the last are left out
const STRIDE = 1 / 32; // of the keys
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HINT =
  "Draw with the pointer. With keys: arrows move the pen, Space puts it down or lifts it, Backspace takes a line back.";

// colour(): of the ink; changed(strokes): after each of them, also while it grows; enter(): Enter was pressed.
export function createPad({ colour, changed, enter = () => {} }) {
  const canvas = element("canvas", {
    width: SIDE,
    height: SIDE,
    tabIndex: 0,
    className: "pad",
    role: "application",
    "aria-label": "Drawing pad",
    "aria-description": HINT,
  });
  const context = canvas.getContext("2d");
  let strokes = [];
  let growing = false;
  let pen = [0.5, 0.5]; // of the keys
  let isDown = false;

  function paint() {
    context.clearRect(0, 0, SIDE, SIDE);
    Object.assign(context, { strokeStyle: colour(), lineWidth: PEN * SIDE, lineCap: "round", lineJoin: "round" });
    for (const stroke of strokes) {
      context.beginPath();
      [stroke[0], ...stroke].forEach(([x, y]) => context.lineTo(x * SIDE, y * SIDE));
      context.stroke();
    }
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
      paintPen();
    }
  }

  function paintPen() {
    Object.assign(context, { strokeStyle: getComputedStyle(canvas).color, lineWidth: isDown ? 8 : 4 });
    context.beginPath();
    context.arc(pen[0] * SIDE, pen[1] * SIDE, (PEN * SIDE) / 2 + 8, 0, 2 * Math.PI);
    context.stroke();
  }

  function tell() {
    paint();
    changed(strokes);
  }

  // ---- pointer ------------------------------------------------------------------------------------------------------

  function placeOf(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((at) =>
      Math.min(Math.max(at, 0), 1),
    );
  }

  function begin(place) {
    strokes = [...strokes, [place]];
  }

  function grow(place) {
    const stroke = strokes.at(-1);
    const [x, y] = stroke.at(-1);
    if (Math.hypot(place[0] - x, place[1] - y) >= CLOSE) {
      stroke.push(place);
    }
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && !growing) {
      canvas.setPointerCapture(event.pointerId);
      [growing, isDown] = [true, false];
      begin(placeOf(event));
      tell();
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    if (growing && canvas.hasPointerCapture(event.pointerId)) {
      const events = event.getCoalescedEvents?.() ?? [];
      (events.length > 0 ? events : [event]).forEach((one) => grow(placeOf(one)));
      tell();
    }
  });
  ["pointerup", "pointercancel"].forEach((event) => canvas.addEventListener(event, () => (growing = false)));

  // ---- keys ---------------------------------------------------------------------------------------------------------

  function move([dx, dy]) {
    pen = [pen[0] + dx * STRIDE, pen[1] + dy * STRIDE].map((at) => Math.min(Math.max(at, 0), 1));
    if (isDown) {
      grow(pen);
      tell();
    } else {
      paint();
    }
  }

  function put() {
    isDown = !isDown;
    if (isDown) {
      begin(pen);
      tell();
    } else {
      paint();
    }
  }

  function undo() {
    isDown = false;
    strokes = strokes.slice(0, -1);
    tell();
  }

  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    const run = arrow ? () => move(arrow) : { " ": put, Backspace: undo, Enter: enter }[event.key];
    if (run && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      run();
    }
  });
  ["focus", "blur"].forEach((event) => canvas.addEventListener(event, paint));
  paint();

  return {
    root: canvas,
    paint,
    undo,
    clear() {
      isDown = false;
      strokes = [];
      tell();
    },
  };
}
