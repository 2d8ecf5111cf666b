import assert from "node:assert/strict";
import { test } from "node:test";
import {
  activeWords,
  collapseWords,
  evaluatedWords,
  evaluationNote,
  evenNumber,
  finePercent,
  negativesWords,
  neighborsWords,
  oneOf,
  rawWords,
  recallWords,
  shortened,
} from "../../../web/src/model/words.js";

const rows = { on: "rows", queries: 30, total: 30 };
const recall = { step: 120, value: 0.86, skipped: 0, among: 0.8, amongSkipped: 0, raw: 0.9 };

test("recall is given with the step it is of, and not at all where it is not known", () => {
  assert.equal(recallWords(recall, rows, 120), "held-out recall@1 86% (80% among themselves)");
  assert.equal(recallWords(recall, rows, 1300), "held-out recall@1 86% at step 120 (80% among themselves)");
  const lonely = recallWords({ ...recall, amongSkipped: 3 }, rows, 120);
  assert.equal(lonely, "held-out recall@1 86% (80% among themselves, not counting 3 alone in their class)");
  assert.equal(recallWords(null, rows, 120), "");
  const lone = recallWords({ step: 5, value: null, among: null, raw: null }, { ...rows, on: "classes" }, 5);
  assert.equal(lone, "no recall@1 of unseen classes, as every row is alone in its class");
  assert.doesNotMatch(lone, /%/);
  const alone = recallWords({ ...recall, among: null }, { ...rows, on: "training" }, 120);
  assert.equal(alone, "recall@1 of training rows 86%");
});

test("it is said what is active, and how near the negatives of an anchor are", () => {
  assert.equal(activeWords({ activeShare: 0.25, terms: "triplets" }), "25% of triplets active");
  assert.equal(activeWords({ activeShare: 1, terms: "pairs" }), "100% of pairs active");
  assert.equal(activeWords({ activeShare: null, terms: "pairs" }), "");
  const triplets = negativesWords({ positive: 9, hard: 1, semihard: 2, easy: 3 });
  assert.equal(triplets, "1 hard, 2 semi-hard and 3 easy negatives");
  assert.equal(negativesWords({ positive: 9, near: 4, far: 5 }), "4 negatives that should be farther and 5 others");
});

test("an embedding that is worse than the columns is called so", () => {
  assert.equal(rawWords(recall), "Worse than the raw columns, whose recall@1 is 90%.");
  const as = (more) => ({ ...recall, ...more });
  for (const other of [null, as({ raw: 0.86 }), as({ raw: 0.861 }), as({ raw: null }), as({ value: null })]) {
    assert.equal(rawWords(other), "");
  }
});

test("of a collapse the cure is told that fits the loss and the mining", () => {
  const slower = /Start again, and if it collapses again, with a smaller learning rate\.$/;
  const other = /Start again with semi-hard mining or all triplets\.$/;
  assert.match(collapseWords({ loss: "triplet", mining: "hard" }), other);
  assert.match(collapseWords({ loss: "triplet", mining: "all" }), slower);
  assert.match(collapseWords({ loss: "contrastive", mining: "hard" }), slower);
});

test("neighbours are counted by the name of their class", () => {
  const labels = [0, 0, 1, 0, 1, 2];
  const rows = (...list) => list.map((row) => ({ row }));
  const words = (classes, list, row = 0) => neighborsWords({ labels, classes }, row, list);
  const digits = ["3", "8", "A"];
  assert.equal(words(digits, rows(1, 2, 3)), "2 of 3 neighbours are 3s");
  assert.equal(words(digits, rows(2, 4), 0), "None of 2 neighbours is a 3");
  assert.equal(words(digits, rows(0, 4), 2), "1 of 2 neighbours is an 8");
  assert.equal(words(digits, rows(1, 3), 0), "All 2 neighbours are 3s");
  assert.equal(words(["setosa", "x", "y"], rows(1, 3, 2)), "2 of 3 neighbours are of class setosa");
  assert.equal(words(["class 1", "class 2", "y"], rows(1, 2, 4)), "1 of 3 neighbours is of class 1");
  assert.deepEqual(["3", "8", "A", "B", "setosa"].map(oneOf), ["a 3", "an 8", "an A", "a B", "setosa"]);
});

test("rows are called by their noun, and numbers keep their digits", () => {
  const dataset = { noun: "digits" };
  assert.equal(evaluatedWords({ on: "rows" }, dataset), "unseen digits");
  assert.equal(evaluatedWords({ on: "classes" }, dataset), "digits of unseen classes");
  assert.equal(evaluatedWords({ on: "training" }, {}), "rows");
  assert.deepEqual([0.5, 0.012, 0.0034, 0.00012].map(finePercent), ["50%", "1%", "0.3%", "0.01%"]);
  const numbers = [0.3, 0.304, 12.34, 130.4, 0, 0.00012, Infinity];
  assert.deepEqual(numbers.map((value) => evenNumber(value)), ["0.30", "0.30", "12", "130", "0", "1.2e-4", "∞"]);
});

test("it is said if other rows are evaluated than the settings ask for", () => {
  const settings = { encoder: "mlp", heldOut: 0.2, holdOut: "rows" };
  assert.equal(evaluationNote(rows, settings), "");
  assert.match(evaluationNote({ ...rows, on: "classes" }, settings), /^No class has more than two rows/);
  assert.match(evaluationNote({ ...rows, on: "training" }, settings), /^No row could be held out/);
  assert.equal(evaluationNote({ ...rows, on: "training" }, { ...settings, encoder: "free" }), "");
  assert.match(evaluationNote({ on: "rows", queries: 400, total: 4000 }, settings), /a sample of 400 of 4,000 rows/);
});

test("names of any length are a short line", () => {
  assert.equal(shortened("one\n two"), "one two");
  assert.equal(shortened("x".repeat(60)), "x".repeat(60));
  assert.equal(shortened("x".repeat(1e6)), `${"x".repeat(57)}...`);
  assert.equal(shortened(`a${" ".repeat(1e6)}`), "a ...");
});
