// The set of points at a distance from an anchor, as the run measures distance: what the margin looks like in the
// plane.

const TURN = 2 * Math.PI;
const CORNERS = 96;

function pNorm(differences, p) {
  const sizes = differences.map(Math.abs);
  return p === Infinity ? Math.max(...sizes) : sizes.reduce((sum, size) => sum + size ** p, 0) ** (1 / p);
}

// How far two rows are drawn apart, for telling which is nearer: the run's own norm, and for the other distances the
// Euclidean one, which orders as they do (the cosine on its sphere).
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
    const [x, y] = [Math.cos((TURN * i) / CORNERS), Math.sin((TURN * i) / CORNERS)];
    const radius = distance === "squared" ? Math.sqrt(reach) : reach / pNorm([x, y], p);
    return [radius * x, radius * y];
  });
}

// Rays from the origin at the angle whose cosine distance from the anchor is `reach`.
function rays(anchor, reach, length) {
  const angle = Math.acos(Math.max(1 - reach, -1));
  const toward = Math.atan2(anchor[1], anchor[0]);
  return [angle, -angle].map((turn) => [
    [0, 0, 0],
    [length * Math.cos(toward + turn), length * Math.sin(toward + turn), 0],
  ]);
}

// Lists of points [x, y, z] to be joined. anchor: [x, y, z]; measure: { distance, p }; length: of rays.
export function ringLines(anchor, measure, reach, dim, length) {
  if (!(reach > 0)) {
    return [];
  }
  if (measure.distance === "cosine") {
    return dim === 2 ? rays(anchor, reach, length) : [];
  }
  const [x, y, z] = anchor;
  const points = outline(measure, reach);
  const planes = [([a, b]) => [x + a, y + b, z], ([a, b]) => [x + a, y, z + b], ([a, b]) => [x, y + a, z + b]];
  return planes.slice(0, dim === 2 ? 1 : 3).map((place) => points.map(place));
}
