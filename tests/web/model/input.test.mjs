// The data before training as a map: columns as they are, or along the axes of the most spread.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inputMap } from "../../../web/src/model/input.js";
import { loadShipped, schema, triplet } from "./world.mjs";

const shipped = (data) => loadShipped(schema.clamp({ ...schema.defaults(), data }));

// Of each column of a matrix, and of two of them together.
function variances(data, cols) {
  const rows = data.length / cols;
  const mean = Float64Array.from({ length: cols }, (_, c) => {
    let sum = 0;
    for (let i = c; i < data.length; i += cols) {
      sum += data[i];
    }
    return sum / rows;
  });
  const together = (a, b) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      sum += (data[i * cols + a] - mean[a]) * (data[i * cols + b] - mean[b]);
    }
    return sum / rows;
  };
  return { each: Array.from(mean.keys(), (c) => together(c, c)), together };
}

test("two and three columns are themselves", async () => {
  for (const [name, dim] of [["rings", 2], ["swiss_roll", 3]]) {
    const dataset = await shipped(name);
    const { positions, ...rest } = inputMap(triplet, dataset);
    assert.deepEqual(rest, { dim, share: 1 });
    assert.equal(positions, dataset.values);
  }
});

test("images lie along the two axes that hold the most of their spread", async () => {
  const digits = await shipped("digits");
  const { positions, dim, share } = inputMap(triplet, digits);
  assert.equal(dim, 2);
  const total = variances(digits.values, digits.d).each.reduce((sum, one) => sum + one, 0);
  const { each, together } = variances(positions, 2);
  assert.ok(each[0] >= each[1]);
  assert.ok(Math.abs((each[0] + each[1]) / total - share) < 1e-4, `${each} of ${total}: ${share}`);
  assert.ok(Math.abs(together(0, 1)) < 1e-3 * each[1], "and the axes are at right angles");
  const widest = variances(digits.values, digits.d).each.sort((a, b) => b - a);
  assert.ok(each[0] > widest[0], "more than any pixel does");
});

test("a table's columns are standardised first, and one column has no map", async () => {
  const iris = await shipped("iris");
  const scaled = { ...iris, values: iris.values.map((value, i) => (i % iris.d === 0 ? 1000 * value : value)) };
  const [one, other] = [iris, scaled].map((dataset) => inputMap(triplet, dataset));
  one.positions.forEach((value, i) => assert.ok(Math.abs(value - other.positions[i]) < 1e-3));
  assert.equal(inputMap(triplet, { ...iris, d: 1 }), null);
});
