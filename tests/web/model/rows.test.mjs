import assert from "node:assert/strict";
import { test } from "node:test";
import { pick, sampleOf } from "../../../web/src/model/rows.js";
import { triplet } from "./world.mjs";

test("a sample has rows of every class, however they are ordered, the same for the same seed", () => {
  const n = 20000;
  const orders = {
    "in turn": (row) => row % 10,
    "one after the other": (row) => Math.floor(row / (n / 10)),
    "nine of them rare": (row) => (row < 18 ? 1 + (row % 9) : 0),
  };
  for (const [name, order] of Object.entries(orders)) {
    const labels = Int32Array.from({ length: n }, (_, row) => order(row));
    const sample = sampleOf(triplet, labels, 400, 1);
    const sizes = [...Array(10).keys()].map((label) => pick(labels, sample).filter((of) => of === label).length);
    assert.ok(sizes.every((size) => size >= 2), `${name}: ${sizes}`);
    assert.ok(Math.abs(sample.length - 400) <= 20, name);
    assert.deepEqual(sampleOf(triplet, labels, 400, 1), sample);
    assert.notDeepEqual(sampleOf(triplet, labels, 400, 2), sample);
  }
  assert.deepEqual([...sampleOf(triplet, Int32Array.of(3, 3, 1), 3, 1)], [0, 1, 2]);
});
