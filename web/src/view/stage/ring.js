// The points at a given distance from a center, as the run measures it, as lines to draw: what the margin looks like.
import { measureOptions } from "../../model/trainer_options.js";

const CORNERS = 96;
const TURNS = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);

// Directions all around, from one axis over another.
const around = (across, up) =>
  TURNS.map((angle) => across.map((value, axis) => Math.cos(angle) * value + Math.sin(angle) * up[axis]));

const [X, Y, Z] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
const PLANES = { 2: [around([1, 0], [0, 1])], 3: [around(X, Y), around(X, Z), around(Y, Z)] };

// Directions all around a point of a sphere, on it.
function aroundOnSphere([x, y, z]) {
  const across = x || y ? [-y, x, 0] : X;
  const up = [y * across[2] - z * across[1], z * across[0] - x * across[2], x * across[1] - y * across[0]];
  const length = Math.hypot(x, y, z) || 1;
  return around(across, up.map((value) => value / length));
}

// Runs of points [x, y, z], broken where a direction has none; a single place is no line.
function linesOf({ data, rows, cols }) {
  const lines = [[]];
  for (let i = 0; i < rows; i++) {
    const point = [0, 1, 2].map((axis) => (axis < cols ? data[i * cols + axis] : 0));
    if (Number.isNaN(point[0])) {
      lines.push([]);
    } else {
      lines.at(-1).push(point);
    }
  }
  return lines.filter(([first, next]) => next && String(first) !== String(next));
}

// Lists of points [x, y, z] to join by lines. center: [x, y, z]; space: { settings, dim, onSphere, length }: of the
// run; whether all points lie on the unit sphere, so that only its part of space matters; how long rays are.
export function ringLines(triplet, center, distance, { settings, dim, onSphere = false, length = 1 }) {
  if (![...center, distance].every(Number.isFinite)) {
    return [];
  }
  const measure = measureOptions(settings);
  const from = center.slice(0, dim);
  const ring = (directions, sphere) => triplet.ring(from, directions, distance, { ...measure, sphere });
  if (measure.distance === "cosine" && dim === 2) {
    return raysTo(ring([[-from[1], from[0]], [from[1], -from[0]]], true), length);
  }
  return measure.distance === "cosine" || (onSphere && dim === 3)
    ? linesOf(ring(aroundOnSphere(from), true))
    : PLANES[dim].flatMap((directions) => linesOf(ring(directions, false)));
}

// From the origin through points of a plane, which only an angle tells from the center.
function raysTo({ data, rows }, length) {
  const ends = Array.from({ length: rows }, (_, i) => [data[2 * i], data[2 * i + 1], 0]);
  return ends
    .filter(([x]) => !Number.isNaN(x))
    .map((end) => [[0, 0, 0], end.map((value) => (length * value) / Math.hypot(...end))]);
}
