import assert from "node:assert/strict";
import { test } from "node:test";
import { createDataset } from "../../../web/src/model/dataset.js";
import { setNames, setOf } from "../../../web/src/model/sets.js";
import { thumbnailOf } from "../../../web/src/model/thumbnails.js";
import { loadShipped, schema } from "./world.mjs";

const of = (data) => loadShipped({ ...schema.defaults(), data });

test("points keep their places and their proportions", async () => {
  for (const name of setNames.filter((name) => setOf(name).columns > 0)) {
    const dataset = await of(name);
    const { points } = thumbnailOf(dataset);
    assert.ok(points.length > 200 && points.length <= 300, name);
    const extent = (axis) => Math.max(...points.map((p) => p[axis])) - Math.min(...points.map((p) => p[axis]));
    assert.ok(Math.abs(Math.max(extent(0), extent(1)) - 1) < 1e-9, `${name} fills the longer side`);
    assert.ok(points.every(([x, y]) => x >= -1e-9 && x <= 1 + 1e-9 && y >= -1e-9 && y <= 1 + 1e-9), name);
    assert.equal(new Set(points.map(([, , label]) => label)).size, dataset.classes.length, name);
  }
  // Rings lie in each other around the centre, the outer at three times the radius of the inner.
  const { points } = thumbnailOf(await of("rings"));
  const radius = (label) => {
    const own = points.filter((point) => point[2] === label).map(([x, y]) => Math.hypot(x - 0.5, y - 0.5));
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  };
  assert.ok(Math.abs(radius(2) / radius(0) - 3) < 0.4 && Math.abs(radius(1) / radius(0) - 2) < 0.3);
  // The first moon is above the other, as in a chart.
  const moons = thumbnailOf(await of("moons")).points;
  const height = (label) => moons.filter((point) => point[2] === label).reduce((sum, [, y]) => sum + y, 0);
  assert.ok(height(0) < height(1));
});

test("images are rows of the data, one of each of six classes, and the most typical", async () => {
  const digits = await of("digits");
  const { images, width, height } = thumbnailOf(digits);
  assert.deepEqual([images.length, width, height], [6, 8, 8]);
  assert.equal(new Set(images.map(({ label }) => label)).size, 6);
  const rows = Array.from(digits.labels.keys());
  for (const { label, ink } of images) {
    const same = (row) => ink.every((share, j) => share * 16 === digits.values[row * 64 + j]);
    assert.ok(rows.some((row) => digits.labels[row] === label && same(row)), `a ${label}`);
  }
});

test("of a visitor's columns those of most different values are shown", () => {
  const values = Float32Array.from({ length: 40 }, (_, i) => [0, i, i % 8 === 2 ? 1 : 2, i * i][i % 4]);
  const described = { name: "own", title: "t", columns: ["a", "b", "c", "d"], classes: ["x", "y"], n: 10, d: 4 };
  const { points } = thumbnailOf(createDataset({ ...described, labels: new Int32Array(10), values }));
  assert.ok(points.every((point, i) => i === 0 || point[1] < points[i - 1][1]), "d upwards");
  const single = { ...described, columns: ["a"], d: 1, n: 3, labels: new Int32Array(3), values };
  const one = thumbnailOf(createDataset(single));
  assert.ok(one.points.flat().every(Number.isFinite));
});
