// The ring around an anchor, by the library's own distances.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ringLines } from "../../../web/src/view/stage/ring.js";
import { triplet } from "./world.mjs";

const measures = [
  { distance: "minkowski", p: 1 },
  { distance: "minkowski", p: 1.5 },
  { distance: "minkowski", p: 2 },
  { distance: "minkowski", p: Infinity },
  { distance: "squared" },
  { distance: "cosine" },
  { distance: "dot" },
];
const anchors = { 2: [[0.6, -0.8, 0]], 3: [[0.48, -0.6, 0.64], [0, 0, 1]] };

const lengthOf = (point) => Math.hypot(...point);

// The distances of all points of a ring, as its measure has them.
function distancesOf(lines, anchor, measure, dim) {
  const rows = lines.flat().map((point) => point.slice(0, dim));
  const { data: distances } = triplet.distances([anchor.slice(0, dim)], rows, measure);
  return Array.from(distances, (distance, i) => [distance, rows[i]]);
}

test("every point of the ring is as far from the anchor as it says, in the plane, in space and on the sphere", () => {
  for (const settings of measures) {
    const reach = settings.distance === "dot" ? -0.3 : 0.7;
    for (const [dim, onSphere] of [[2, false], [2, true], [3, false], [3, true]]) {
      for (const anchor of anchors[dim]) {
        const lines = ringLines(triplet, anchor, reach, { settings, dim, onSphere, length: 9 });
        const what = JSON.stringify([settings, dim, onSphere]);
        assert.ok(lines.length > 0 && lines.every((points) => points.length > 1), what);
        assert.ok(lines.flat().every((point) => point.length === 3 && (dim === 3 || point[2] === 0)), what);
        const found = distancesOf(lines, anchor, settings, dim).filter(([, row]) => lengthOf(row) > 0);
        for (const [distance, row] of found) {
          assert.ok(Math.abs(distance - reach) < 1e-5 * Math.max(lengthOf(row), 1), `${what}: ${distance}`);
        }
        if (dim === 3 && onSphere) {
          assert.ok(found.every(([, row]) => Math.abs(lengthOf(row) - 1) < 1e-6), what);
        }
      }
    }
  }
});

test("an angle in the plane is two rays from the origin, the first to the left of the anchor", () => {
  const [left, right] = ringLines(triplet, [2, 0, 0], 0.5, { settings: { distance: "cosine" }, dim: 2, length: 7 });
  assert.deepEqual([left[0], right[0]], [[0, 0, 0], [0, 0, 0]]);
  const [x, y] = left[1];
  assert.ok(Math.abs(x - 3.5) < 1e-5 && Math.abs(y - 7 * Math.sin(Math.PI / 3)) < 1e-5);
  assert.ok(Math.abs(right[1][0] - x) < 1e-9 && Math.abs(right[1][1] + y) < 1e-9);
});

test("where nothing is so far there is no ring", () => {
  const euclidean = { distance: "minkowski", p: 2 };
  const ring = (center, distance, settings, onSphere) =>
    ringLines(triplet, center, distance, { settings, dim: 3, onSphere, length: 9 });
  assert.deepEqual(ring([0, 0, 1], 2.1, euclidean, true), []);
  assert.deepEqual(ring([0, 0, 1], 2.1, { distance: "cosine" }), []);
  assert.deepEqual(ring([0, 0, 1], 0, euclidean), []);
  assert.deepEqual(ring([0, 0, 1], -1, euclidean), []);
  assert.deepEqual(ring([0, 0, 0], 0.5, { distance: "cosine" }), []);
  assert.deepEqual(ring([0, NaN, 0], 0.5, euclidean), []);
  assert.deepEqual(ring([0, 0, 1], NaN, euclidean), []);
});
