import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, parted, thinned } from "../../../web/src/model/figures.js";

const record = {
  loss: Float64Array.of(0.9, 0.5, NaN, 0.0004),
  active: Float64Array.of(1, 0.5, NaN, 0.124),
  recall: [
    { step: 0, value: 0.2, raw: 0.9, skipped: 0, among: null, amongSkipped: 0 },
    { step: 3, value: 0.95, raw: 0.9, skipped: 0, among: null, amongSkipped: 0 },
  ],
};
const snapshot = { batch: Int32Array.of(4, 7, 9), settings: { loss: "triplet" }, terms: "triplets" };
// As a session has it, which may also have measured recall at rest, between two steps of its record.
function sessionAt(step, more = {}, atRest = null) {
  const all = { ...record, ...more };
  return {
    settings: { loss: "triplet" },
    dataset: { noun: "digits" },
    evaluated: { on: "rows", queries: 30, total: 30 },
    state: {
      step,
      snapshot,
      record: all,
      recall: atRest ?? all.recall.findLast((point) => point.step <= step) ?? null,
    },
  };
}
const texts = (session) => Object.fromEntries(figuresOf(session).map(({ name, text }) => [name, text]));

test("figures are those of the step that is shown, and none where nothing was measured", () => {
  assert.deepEqual(texts(sessionAt(2)), { step: "2", loss: "0.50", active: "50%", recall: "20%" });
  assert.deepEqual(texts(sessionAt(4)), { step: "4", loss: "<0.001", active: "12%", recall: "95%" });
  assert.deepEqual(texts(sessionAt(3)), { step: "3", loss: null, active: null, recall: "95%" });
  assert.deepEqual(texts(sessionAt(0, { recall: [] })), { step: "0", loss: null, active: null, recall: null });
  const lone = [{ ...record.recall[0], value: null }];
  assert.equal(texts(sessionAt(2, { recall: lone })).recall, null);
  assert.deepEqual(figuresOf({ state: { snapshot: null } }), []);
});

test("recall says which earlier step it is of", () => {
  const at = (step) => figuresOf(sessionAt(step)).find(({ name }) => name === "recall").at;
  assert.deepEqual([at(0), at(2), at(3), at(4)], ["", "0", "", "3"]);
  const measured = figuresOf(sessionAt(4, {}, { ...record.recall[1], step: 4, value: 0.96 })).at(-1);
  assert.deepEqual([measured.text, measured.at], ["96%", ""]);
});

test("each figure explains itself in the words of its data and its loss", () => {
  const [step, loss, active, recall] = figuresOf(sessionAt(4)).map(({ about }) => about);
  assert.match(step, /looks at 3 digits/);
  assert.match(loss, /break the margin/);
  assert.match(active, /^How many of this step's triplets/);
  const nearest = "have a nearest neighbour of their own class";
  const raw = "By the raw values alone it would be 90%.";
  assert.equal(recall, `95% of the unseen digits ${nearest}, as measured at step 3. ${raw}`);
  assert.equal(figuresOf(sessionAt(3)).at(-1).about, `95% of the unseen digits ${nearest}. ${raw}`);
  assert.equal(figuresOf(sessionAt(3, { recall: [] })).at(-1).about, `How many of the unseen digits ${nearest}.`);
});

test("a long curve is thinned to means that keep its sum, and leaves out what is unknown", () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i) + 2);
  const points = thinned(values, values.length, 300);
  assert.equal(points.length, 250);
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
  assert.ok(Math.abs(mean(points.map(({ value }) => value)) - mean([...values])) < 1e-12);
  assert.deepEqual(points[0].step, mean([1, 2, 3, 4]));
  assert.deepEqual(thinned(Float64Array.of(1, NaN, 3), 3, 10), [
    { step: 1, value: 1 },
    { step: 3, value: 3 },
  ]);
  assert.deepEqual(thinned(Float64Array.of(NaN, NaN), 2, 1), []);
  const grown = thinned(values.subarray(0, 999), 999, 300);
  assert.deepEqual(grown.slice(0, 249), points.slice(0, 249), "groups stay as a run grows");
});

test("a curve is parted at a step, and its parts meet on the line between its points", () => {
  const points = [
    { step: 10, value: 1 },
    { step: 20, value: 3 },
  ];
  const [past, future] = parted(points, 15);
  assert.deepEqual(past, [points[0], { step: 15, value: 2 }]);
  assert.deepEqual(future, [{ step: 15, value: 2 }, points[1]]);
  assert.deepEqual(parted(points, 5), [[], points]);
  assert.deepEqual(parted(points, 20), [points, []]);
});
