import assert from "node:assert/strict";
import { test } from "node:test";
import { judgedWords, rawWords, recallWords, shortened } from "../../../web/src/model/words.js";

const rows = { by: "rows", asked: 30, all: 30 };
const recall = { step: 120, value: 0.86, skipped: 0, among: 0.8, amongSkipped: 0, raw: 0.9 };

test("recall is told with the step it is of, and not at all where it is not known", () => {
  assert.equal(recallWords(recall, rows, 120), "held-out recall 86 % (80 % among themselves)");
  assert.equal(recallWords(recall, rows, 1300), "held-out recall 86 % at step 120 (80 % among themselves)");
  const lonely = recallWords({ ...recall, amongSkipped: 3 }, rows, 120);
  assert.equal(lonely, "held-out recall 86 % (80 % among themselves, without 3 alone in their class)");
  assert.equal(recallWords(null, rows, 120), "");
  const lone = recallWords({ step: 5, value: null, among: null, raw: null }, { ...rows, by: "classes" }, 5);
  assert.equal(lone, "no recall of unseen classes, as no row has another of its class");
  assert.doesNotMatch(lone, /\d/);
  const alone = recallWords({ ...recall, among: null }, { ...rows, by: "training" }, 120);
  assert.equal(alone, "recall of trained rows 86 %");
});

test("a space that is worse than the columns is called so", () => {
  assert.equal(rawWords(recall), "Worse than the raw columns: recall there is 90 %.");
  const as = (more) => ({ ...recall, ...more });
  for (const other of [null, as({ raw: 0.86 }), as({ raw: 0.861 }), as({ raw: null }), as({ value: null })]) {
    assert.equal(rawWords(other), "");
  }
});

test("it is said when other rows are judged than were asked for", () => {
  const settings = { encoder: "mlp", heldOut: 0.2, holdOut: "rows" };
  assert.equal(judgedWords(rows, settings), "");
  assert.match(judgedWords({ ...rows, by: "classes" }, settings), /^No class has more than two rows/);
  assert.match(judgedWords({ ...rows, by: "training" }, settings), /^No row could be held out/);
  assert.equal(judgedWords({ ...rows, by: "training" }, { ...settings, encoder: "free" }), "");
  assert.match(judgedWords({ by: "rows", asked: 400, all: 4000 }, settings), /a sample of 400 of 4,000 rows/);
});

test("names of any length are a short line", () => {
  assert.equal(shortened("one\n two"), "one two");
  assert.equal(shortened("x".repeat(60)), "x".repeat(60));
  assert.equal(shortened("x".repeat(1e6)), `${"x".repeat(57)}...`);
  assert.equal(shortened(`a${" ".repeat(1e6)}`), "a ...");
});
