import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../../web/src/model/history.js";

test("states come back in the order in which they were left, and again", () => {
  const history = new History(() => 0);
  assert.deepEqual([history.canUndo, history.undo("a")], [false, null]);
  ["a", "b", "c"].forEach((state) => history.remember(state, state));
  assert.equal(history.undo("d"), "c");
  assert.equal(history.undo("c"), "b");
  assert.equal(history.redo("b"), "c");
  assert.equal(history.redo("c"), "d");
  assert.equal(history.redo("d"), null);
  assert.ok(history.canUndo && !history.canRedo);
});

test("another change after an undo leaves nothing to redo", () => {
  const history = new History(() => 0);
  history.remember("margin", "a");
  history.undo("b");
  assert.ok(history.canRedo);
  history.remember("mining", "a");
  assert.ok(!history.canRedo);
  assert.equal(history.undo("c"), "a");
});

test("a slider's changes in quick succession are one, a pause between them makes two", () => {
  let now = 0;
  const history = new History(() => now);
  for (let i = 0; i < 10; i++) {
    history.remember("margin", i);
    now += 100;
  }
  now += 5000;
  history.remember("margin", 10);
  history.remember("mining", 11);
  assert.deepEqual([history.undo("z"), history.undo("z"), history.undo("z"), history.undo("z")], [11, 10, 0, null]);
});

test("a change right after an undo is one of its own", () => {
  const history = new History(() => 0);
  history.remember("margin", "a");
  history.undo("b");
  history.remember("margin", "a2");
  assert.equal(history.undo("c"), "a2");
});

test("the oldest states are forgotten, not the newest", () => {
  const history = new History(() => 0);
  for (let i = 0; i < 1000; i++) {
    history.remember(String(i), i);
  }
  let [last, states] = [null, 0];
  for (let state = history.undo("z"); state !== null; state = history.undo("z")) {
    last ??= state;
    states++;
  }
  assert.deepEqual([last, states], [999, 100]);
});
