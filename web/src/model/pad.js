// Strokes of a pen as an image that a network knows how to read. A stroke is a list of points [x, y] in a square of
// side 1, from its upper left corner.
import { INK, SIDE } from "./symbols.js";

// How the digits were made: brought upright and to this size in a bitmap, with lines so wide that there is as much ink
// in each, then counted in blocks.
const BITMAP = { side: 32, width: 20, height: 32, ink: 312, block: 4 };
const MAX_STRETCH = 2; // of the width against the height, so that a line stays a line
const LINES = { thinnest: 1, widest: 10 };
const HALVINGS = 6;
const BRUSH = 1.5; // pixels of a symbol from the middle of a line to where it ends

const MAKERS = { digits: digitValues, drawn: symbolInk };

// Whether rows of a data set can be drawn, and what strokes are there: as many values as it has columns.
export const isDrawable = ({ name }) => name in MAKERS;
export const drawnValues = ({ name }, strokes) => MAKERS[name](strokes);

// ---- digits -------------------------------------------------------------------------------------------------------

export function digitValues(strokes) {
  const { side, block } = BITMAP;
  const cells = side / block;
  const values = new Float32Array(cells * cells);
  if (strokes.length > 0) {
    bitmapOf(upright(strokes)).forEach((ink, i) => {
      const [x, y] = [i % side, Math.floor(i / side)].map((at) => Math.floor(at / block));
      values[y * cells + x] += ink;
    });
  }
  return values;
}

// Sheared until the left ends of its top and its bottom are above each other.
function upright(strokes) {
  const points = strokes.flat();
  const { top, height } = boxOf(points);
  if (height === 0) {
    return strokes;
  }
  const near = 0.06 * height;
  const leftOf = (inside) => Math.min(...points.filter(([, y]) => inside(y)).map(([x]) => x));
  const lean = (leftOf((y) => y > top + height - near) - leftOf((y) => y < top + near)) / height;
  return strokes.map((stroke) => stroke.map(([x, y]) => [x - lean * (y - top), y]));
}

function boxOf(points) {
  const [left, top] = [0, 1].map((axis) => points.reduce((least, point) => Math.min(least, point[axis]), Infinity));
  const [right, bottom] = [0, 1].map((axis) => points.reduce((most, point) => Math.max(most, point[axis]), -Infinity));
  return { left, top, width: right - left, height: bottom - top };
}

// With the width of lines that comes nearest to the ink of a digit.
function bitmapOf(strokes) {
  let { thinnest, widest } = LINES;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (thinnest + widest) / 2;
    const ink = drawn(strokes, middle).reduce((sum, one) => sum + one, 0);
    ink < BITMAP.ink ? (thinnest = middle) : (widest = middle);
  }
  return drawn(strokes, thinnest);
}

function drawn(strokes, line) {
  const { side } = BITMAP;
  return distances(fit(strokes, line), side, line / 2).map((apart) => (apart <= line / 2 ? 1 : 0));
}

// In the middle of the bitmap, as large as a digit with lines of that width.
function fit(strokes, line) {
  const box = boxOf(strokes.flat());
  const across = (BITMAP.width - line) / box.width;
  const down = (BITMAP.height - line) / box.height;
  const scaleY = Math.min(down, MAX_STRETCH * across);
  const scaleX = Math.min(across, MAX_STRETCH * down);
  const place = (at, start, size, scale) =>
    BITMAP.side / 2 + (Number.isFinite(scale) ? scale * (at - start - size / 2) : 0);
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => [place(x, box.left, box.width, scaleX), place(y, box.top, box.height, scaleY)]),
  );
}

// ---- symbols ------------------------------------------------------------------------------------------------------

// Where they were drawn, by a soft brush.
export function symbolInk(strokes) {
  const inPixels = strokes.map((stroke) => stroke.map(([x, y]) => [x * SIDE, y * SIDE]));
  return distances(inPixels, SIDE, BRUSH).map((apart) => Math.round(INK * Math.min(Math.max(BRUSH - apart, 0), 1)));
}

// ---- distances ----------------------------------------------------------------------------------------------------

// From the middle of each pixel of a square to the nearest stroke; Infinity beyond a reach.
function distances(strokes, side, reach) {
  const squared = new Float32Array(side * side).fill(Infinity);
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[Math.max(i - 1, 0)];
      const [left, top] = [0, 1].map((axis) => Math.max(Math.floor(Math.min(from[axis], to[axis]) - reach), 0));
      const [right, bottom] = [0, 1].map((axis) => Math.min(Math.max(from[axis], to[axis]) + reach, side));
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const at = y * side + x;
          squared[at] = Math.min(squared[at], squaredToSegment(from, to, x + 0.5, y + 0.5));
        }
      }
    });
  }
  return squared.map(Math.sqrt);
}

function squaredToSegment([x0, y0], [x1, y1], x, y) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const along = length > 0 ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1) : 0;
  return (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2;
}
