// The points at a given distance from an anchor, as the run measures it: what the margin looks like.

const FULL_CIRCLE = 2 * Math.PI;
const CORNERS = 96;

function pNorm(differences, p) {
  const sizes = differences.map(Math.abs);
  return p === Infinity ? Math.max(...sizes) : sizes.reduce((sum, size) => sum + size ** p, 0) ** (1 / p);
}

// The distance of two rows as they are drawn, to tell which is nearer: the run's own norm, and for other distances the
// Euclidean one, which orders rows as they do (cosine: on the sphere).
export function apart(positions, dim, row, other, { distance, p }) {
  const differences = Array.from(
    { length: dim },
    (_, axis) => positions[row * dim + axis] - positions[other * dim + axis],
  );
  return pNorm(differences, distance === "minkowski" ? p : 2);
}

// Offsets [x, y] from the anchor; in space the same in each of the three planes.
function outline({ distance, p }, reach) {
  return Array.from({ length: CORNERS + 1 }, (_, i) => {
    const [x, y] = [Math.cos((FULL_CIRCLE * i) / CORNERS), Math.sin((FULL_CIRCLE * i) / CORNERS)];
    const radius = distance === "squared" ? Math.sqrt(reach) : reach / pNorm([x, y], p);
    return [radius * x, radius * y];
  });
}

// Rays from the origin at the angle whose cosine distance from the anchor is `reach`.
function rays(anchor, reach, length) {
  const angle = Math.acos(Math.max(1 - reach, -1));
  const toward = Math.atan2(anchor[1], anchor[0]);
  return [angle, -angle].map((side) => [
    [0, 0, 0],
    [length * Math.cos(toward + side), length * Math.sin(toward + side), 0],
  ]);
}

// The cosine of the angle at which unit vectors are at a distance from the anchor; NaN if no single angle is.
function cosineAt({ distance, p }, reach) {
  if (distance === "minkowski") {
    return p === 2 ? 1 - reach ** 2 / 2 : NaN;
  }
  return 1 - (distance === "squared" ? reach / 2 : reach);
}

// The circle around the anchor at that angle, as far from the origin as the anchor. None beyond the far pole.
function cap(anchor, cosine) {
  const length = Math.hypot(...anchor);
  if (!(cosine >= -1) || length === 0) {
    return [];
  }
  const [x, y, z] = anchor.map((value) => value / length);
  const flat = Math.hypot(x, y);
  const across = flat > 0 ? [-y / flat, x / flat, 0] : [1, 0, 0];
  const up = [y * across[2] - z * across[1], z * across[0] - x * across[2], x * across[1] - y * across[0]];
  const sine = Math.sqrt(1 - cosine ** 2);
  const at = (angle) => (axis) =>
    length * (cosine * [x, y, z][axis] + sine * (Math.cos(angle) * across[axis] + Math.sin(angle) * up[axis]));
  return [Array.from({ length: CORNERS + 1 }, (_, i) => [0, 1, 2].map(at((FULL_CIRCLE * i) / CORNERS)))];
}

// Lists of points [x, y, z] to join by lines. anchor: [x, y, z]; measure: { distance, p }; length: of rays; sphere: all
// points lie on the unit sphere, so that only its part of space matters.
export function ringLines(anchor, measure, reach, dim, length, sphere = false) {
  if (!(reach > 0)) {
    return [];
  }
  const cosine = cosineAt(measure, reach);
  if (dim === 3 && (measure.distance === "cosine" || (sphere && !Number.isNaN(cosine)))) {
    return cap(anchor, cosine);
  }
  if (measure.distance === "cosine") {
    return rays(anchor, reach, length);
  }
  const [x, y, z] = anchor;
  const points = outline(measure, reach);
  /** @type {((point: number[]) => number[])[]} */
  const planes = [([a, b]) => [x + a, y + b, z], ([a, b]) => [x + a, y, z + b], ([a, b]) => [x, y + a, z + b]];
  return planes.slice(0, dim === 2 ? 1 : 3).map((place) => points.map(place));
}
