// Symbols that a visitor draws: as text for a link and back, and as the data that a network is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../../web/src/model/history.js";
import { KeptSnapshots } from "../../../web/src/model/snapshots.js";
import {
  INK,
  isEnough,
  KINDS,
  MAX_SYMBOLS,
  readSymbols,
  SIDE,
  symbolData,
  writeSymbols,
} from "../../../web/src/model/symbols.js";

const AREA = SIDE * SIDE;

const symbol = (kind, inkAt) => ({ kind, ink: Float32Array.from({ length: AREA }, (_, i) => inkAt(i)) });
const dot = (kind, x, y) => symbol(kind, (i) => (i === y * SIDE + x ? INK : 0));
const four = [dot(0, 5, 6), symbol(0, (i) => i % (INK + 1)), dot(3, 0, 0), symbol(3, () => INK)];

test("symbols are enough where two classes have two each", () => {
  assert.ok(isEnough(four));
  assert.ok(!isEnough(four.slice(1)));
  assert.ok(!isEnough([dot(0, 1, 1), dot(0, 2, 2), dot(0, 3, 3), dot(1, 1, 1), dot(2, 1, 1)]));
});

test("symbols come back from their text", () => {
  const text = writeSymbols(four);
  assert.ok(text.startsWith(`A${6 * SIDE + 5}aq`) && text.endsWith(`D${AREA}q`), text);
  assert.deepEqual(readSymbols(text), four);
});

test("what symbols cannot have written is none", () => {
  const empty = `${AREA}a`;
  const blank = (kinds) => Array.from(kinds, (kind) => kind + empty).join("");
  assert.equal(readSymbols(blank("AABB")).length, 4);
  for (const text of [
    ...["", "A", empty, blank("AAB"), blank("AABBG"), `${blank("AABB")} `, blank("AABB").replace("a", "r")],
    ...[`${blank("AAB")}B${AREA - 1}a`, `${blank("AAB")}B${AREA}aa`, `${blank("AAB")}B1000a`],
    blank("A".repeat(MAX_SYMBOLS) + "BB"),
    `A${"a".repeat(MAX_SYMBOLS * (AREA + 1))}`,
  ]) {
    assert.equal(readSymbols(text), null, text.slice(0, 40));
  }
});

test("a network sees each symbol in nine places, and loses what leaves the paper", () => {
  const data = symbolData(four);
  assert.equal(data.n, 9 * four.length);
  assert.equal(data.d, AREA);
  assert.deepEqual(data.classes, [KINDS[0], KINDS[3]]);
  const places = (of) =>
    Array.from({ length: 9 }, (_, i) => {
      const row = data.values.subarray((9 * of + i) * AREA, (9 * of + i + 1) * AREA);
      return row.findIndex((ink) => ink > 0);
    }).sort((a, b) => a - b);
  const around = [5, 6, 7].flatMap((y) => [4, 5, 6].map((x) => y * SIDE + x));
  assert.deepEqual(places(0), around);
  assert.deepEqual(places(2), [-1, -1, -1, -1, -1, 0, 1, SIDE, SIDE + 1]);
  assert.deepEqual(Array.from(data.labels.subarray(0, 18)), Array(18).fill(0));
  assert.deepEqual(Array.from(data.labels.subarray(18)), Array(18).fill(1));
});

test("a history forgets when it is cleared", () => {
  const history = new History(() => 0);
  history.remember("margin", "before");
  assert.equal(history.undo("after"), "before");
  assert.ok(history.canRedo);
  history.remember("seed", "again");
  history.clear();
  assert.ok(!history.canUndo && !history.canRedo);
  assert.equal(history.undo("now"), null);
});

test("snapshots thin out beyond their limits, the first and the last stay", () => {
  const kept = new KeptSnapshots();
  const positions = { byteLength: 16e6 }; // four fit
  for (let step = 1; step <= 5; step++) {
    kept.keep({ step, positions });
  }
  assert.deepEqual(kept.steps, [1, 3, 5]);
  kept.keep({ step: 3, positions, again: true });
  assert.ok(kept.upTo(4).again);
  assert.equal(kept.upTo(0), undefined);
  kept.back(3);
  assert.deepEqual(kept.steps, [1, 3]);
});
