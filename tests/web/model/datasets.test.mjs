import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../../../web/src/model/datasets.js";
import { setNames, setOf } from "../../../web/src/model/sets.js";
import { loadShipped, schema, triplet } from "./world.mjs";

const lines = (name) =>
  readFileSync(new URL(`../../data/${name}.csv`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .slice(1);
const of = (data, more) => loadShipped({ ...schema.defaults(), data, ...more });

test("the digits are those of the file, value by value", async () => {
  const digits = await of("digits");
  const rows = lines("digits").map((line) => line.split(",").map(Number));
  assert.equal(digits.n, 1797);
  assert.deepEqual(digits.values, Float32Array.from(rows.flatMap((row) => row.slice(0, 64))));
  assert.deepEqual(
    digits.labels,
    Int32Array.from(rows, (row) => row[64]),
  );
  assert.deepEqual(digits.images, { width: 8, height: 8, maximum: 16 });
  assert.equal(digits.columns[9], "pixel_1_1");
});

test("the flowers are those of the file, standardised", async () => {
  const iris = await of("iris");
  const rows = lines("iris").map((line) => line.split(","));
  assert.deepEqual([iris.n, iris.d, iris.columns[0]], [150, 4, "sepal_length"]);
  for (let j = 0; j < 4; j++) {
    const column = rows.map((row) => Number(row[j]));
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / 150;
    const deviation = Math.sqrt(mean(column.map((value) => (value - mean(column)) ** 2)));
    column.forEach((value, i) => {
      assert.ok(Math.abs(iris.values[4 * i + j] - (value - mean(column)) / deviation) < 1e-6, `row ${i}, column ${j}`);
    });
  }
  assert.deepEqual(iris.table.options, { label: "species" });
  assert.deepEqual(
    Array.from(iris.labels, (label) => iris.classes[label]),
    rows.map((row) => row[4]),
  );
  assert.deepEqual(iris.classes, ["setosa", "versicolor", "virginica"]);
});

test("synthetic sets are the library's, by seed", async () => {
  const [one, again, other] = await Promise.all([of("rings"), of("rings"), of("rings", { seed: 2 })]);
  const { x, labels } = triplet.synthetic("rings", 600, 1, 1);
  assert.deepEqual([one.values, one.labels], [x.data, labels]);
  assert.equal(one.checksum, again.checksum);
  assert.notEqual(one.checksum, other.checksum);
  assert.equal((await of("swiss_roll")).d, 3);
});

test("every set that is named can be loaded; another cannot", async () => {
  for (const name of setNames.filter((name) => !["own", "drawn"].includes(name))) {
    const { n, d, values, labels, classes, checksum, ...described } = await of(name);
    const { title, source, noun } = setOf(name);
    assert.deepEqual([described.title, described.source, described.noun], [title, source, noun]);
    assert.deepEqual([values.length, labels.length], [n * d, n]);
    assert.ok(labels.every((label) => label >= 0 && label < classes.length));
    assert.match(checksum, /^[0-9a-f]{16}$/);
  }
  await assert.rejects(of("own"), /no data set called "own"/);
  const missing = { triplet, fetch: async () => new Response("", { status: 404 }) };
  await assert.rejects(load(schema.defaults(), missing), /HTTP status 404/);
  const offline = { triplet, fetch: () => Promise.reject(new TypeError("Failed to fetch")) };
  await assert.rejects(load(schema.defaults(), offline), /data\/digits.bin could not be loaded: Failed to fetch/);
});
