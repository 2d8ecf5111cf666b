// The ring around an anchor, by the library's own distances.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ringLines } from "../../../web/src/view/ring.js";
import { triplet } from "./world.mjs";

const measures = [
  { distance: "minkowski", p: 1 },
  { distance: "minkowski", p: 1.5 },
  { distance: "minkowski", p: 2 },
  { distance: "minkowski", p: Infinity },
  { distance: "squared", p: 2 },
  { distance: "cosine", p: 2 },
];
const anchors = { 2: [[0.6, -0.8, 0]], 3: [[0.48, -0.6, 0.64], [0, 0, 1]] };
const REACH = 0.7;

const points = (lists, dim) => lists.flat().map((point) => point.slice(0, dim));
const lengthOf = (point) => Math.hypot(...point);

test("every point of the ring is as far from the anchor as it says, in the plane, in space and on the sphere", () => {
  for (const measure of measures) {
    for (const [dim, sphere] of [[2, false], [2, true], [3, false], [3, true]]) {
      for (const anchor of anchors[dim]) {
        const rows = points(ringLines(anchor, measure, REACH, dim, 9, sphere), dim).filter((row) => lengthOf(row) > 0);
        const what = JSON.stringify([measure, dim, sphere]);
        assert.ok(rows.length > 1, what);
        for (const distance of triplet.distances([anchor.slice(0, dim)], rows, measure).data) {
          assert.ok(Math.abs(distance - REACH) < 1e-5, `${what}: ${distance}`);
        }
        if (dim === 3 && sphere && measure.p === 2) {
          assert.ok(rows.every((row) => Math.abs(lengthOf(row) - 1) < 1e-9), what);
        }
      }
    }
  }
});

test("where nothing is so far there is no ring", () => {
  assert.deepEqual(ringLines([0, 0, 1], { distance: "minkowski", p: 2 }, 2.1, 3, 9, true), []);
  assert.deepEqual(ringLines([0, 0, 1], { distance: "cosine", p: 2 }, 2.1, 3, 9), []);
  assert.deepEqual(ringLines([0, 0, 1], { distance: "minkowski", p: 2 }, 0, 3, 9), []);
});
