// Names on clusters: where classes are, whether they stand apart, and that no name covers another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clusters, sampleClasses } from "../../../web/src/model/clusters.js";

globalThis.matchMedia ??= () => ({ matches: false, addEventListener() {} });
const { arranged, presence } = await import("../../../web/src/view/stage/names.js");

// `size` rows of each class around its own centre, as wide as told.
function classesAround(centres, size, width) {
  const labels = Int32Array.from({ length: centres.length * size }, (_, i) => i % centres.length);
  const positions = new Float32Array(2 * labels.length);
  labels.forEach((label, row) => {
    const angle = row * 2.399963;
    const radius = width * Math.sqrt((row + 0.5) / labels.length);
    positions[2 * row] = centres[label][0] + radius * Math.cos(angle);
    positions[2 * row + 1] = centres[label][1] + radius * Math.sin(angle);
  });
  return { labels, positions };
}

test("classes that stand apart have a name at their median, a mixture has none", () => {
  const centres = [
    [0, 0],
    [10, 0],
    [0, 10],
  ];
  const apart = classesAround(centres, 60, 2);
  for (const { label, middle, apart: share } of clusters(apart.positions, 2, sampleClasses(apart.labels, 3))) {
    assert.ok(Math.hypot(middle[0] - centres[label][0], middle[1] - centres[label][1]) < 0.5);
    assert.equal(share, 1);
    assert.equal(presence(share), 1);
  }
  const mixed = classesAround(Array(4).fill([0, 0]), 60, 2);
  for (const { apart: share } of clusters(mixed.positions, 2, sampleClasses(mixed.labels, 4))) {
    assert.ok(share < 0.5 && presence(share) === 0, String(share));
  }
});

test("a name comes from one half on and is whole at three quarters", () => {
  assert.deepEqual([0, 0.5, 0.625, 0.75, 1].map(presence), [0, 0, 0.5, 1, 1]);
});

test("a class without rows has no cluster", () => {
  const found = clusters(new Float32Array([0, 0, 1, 1]), 2, sampleClasses(new Int32Array([0, 2]), 3));
  assert.equal(found[1], null);
  assert.ok(found[0] && found[2]);
});

const box = (x, y, weight, width = 40, height = 20) => ({ x, y, weight, width, height });
const overlap = (a, b) =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1e-6 && Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 1e-6;

test("no name overlaps another, and none is moved far", () => {
  const boxes = Array.from({ length: 60 }, (_, i) => box((i * 37) % 200, (i * 53) % 150, i));
  const placed = arranged(boxes, [], 50);
  assert.ok(placed.length > 5 && placed.length < 60);
  placed.forEach((one, i) => assert.ok(placed.slice(i + 1).every((other) => !overlap(one, other))));
  assert.equal(placed[0].weight, 59, "the largest class first");
  for (const { x, y, weight } of placed) {
    const from = boxes.find((one) => one.weight === weight);
    assert.ok(Math.hypot(x - from.x, y - from.y) <= 50);
  }
});

test("names that have room stay, and step aside for pictures", () => {
  const [alone] = arranged([box(100, 100, 1)], [], 50);
  assert.deepEqual([alone.x, alone.y], [100, 100]);
  const disc = { x: 105, y: 98, radius: 18 };
  const [moved] = arranged([box(100, 100, 1)], [disc], 60);
  assert.ok(!overlap(moved, { ...disc, width: 36, height: 36 }));
});
