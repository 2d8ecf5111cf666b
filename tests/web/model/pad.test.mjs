import assert from "node:assert/strict";
import { test } from "node:test";
import { digitValues, symbolInk } from "../../../web/src/model/pad.js";
import { pick } from "../../../web/src/model/rows.js";
import { loadShipped, schema, triplet } from "./world.mjs";

const digits = await loadShipped(schema.defaults());
const D = 64;
const valuesOf = (row) => digits.values.subarray(row * D, (row + 1) * D);

// Digits as somebody draws them, on a sheet of 100 x 100.
const arc = (x, y, rx, ry, from, to) =>
  Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
const SHEETS = [
  [arc(50, 50, 20, 32, -90, 270)],
  [[[40, 28], [52, 16], [52, 84]]], // prettier-ignore
  [[...arc(50, 34, 17, 18, -160, 30), [34, 82], [68, 82]]],
  [[...arc(48, 33, 17, 16, -150, 90), ...arc(48, 66, 19, 17, -90, 150)]],
  [[[45, 16], [30, 58], [70, 58]], [[60, 40], [57, 84]]], // prettier-ignore
  [[[66, 18], [38, 18], [35, 46], ...arc(48, 62, 19, 21, -120, 150)]], // prettier-ignore
  [[[58, 14], [38, 46], ...arc(50, 65, 17, 18, 180, 540)]], // prettier-ignore
  [[[32, 18], [68, 18], [46, 84]], [[38, 52], [66, 52]]], // prettier-ignore
  [arc(0, 0, 1, 1, 0, 360).map(([x, y]) => [50 + 30 * x * y, 50 - 34 * x])], // a line that crosses itself
  [[...arc(48, 36, 16, 18, 0, 360), [64, 36], [60, 84]]],
];
const drawn = (digit, place = ([x, y]) => [x / 100, y / 100]) => SHEETS[digit].map((stroke) => stroke.map(place));

function correlation(a, b) {
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
  const [from, to] = [mean(a), mean(b)];
  const sum = (of) => a.reduce((total, one, i) => total + of(one - from, b[i] - to), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

test("digits drawn by hand lie among the real ones of their kind", () => {
  const queries = Float32Array.from(SHEETS.flatMap((_, digit) => [...digitValues(drawn(digit))]));
  const { indices } = triplet.nearest(
    { data: queries, rows: SHEETS.length, cols: D },
    { data: digits.values, rows: digits.n, cols: D },
    { k: 5 },
  );
  SHEETS.forEach((_, digit) => {
    const kinds = Array.from(indices.data.subarray(5 * digit, 5 * digit + 5), (row) => digits.labels[row]);
    const right = kinds.filter((kind) => kind === digit).length;
    assert.ok(right >= 3, `a ${digit} among ${kinds}`);
  });
});

test("one drawn over a real digit comes out like it", () => {
  // The middle of the lines of row 8, an 8, in cells.
  const over = [
    ...[[5.1, 1.6], [4, 0.9], [2.8, 1], [2.7, 2], [3.1, 3.3], [3.8, 4.3], [4.7, 5.1], [5.4, 6]], // prettier-ignore
    ...[[5.3, 6.9], [4.4, 7.5], [3.2, 7.5], [2.5, 6.8], [2.6, 5.7], [3.4, 4.6], [4.7, 3.6]], // prettier-ignore
    ...[[5.4, 2.6], [5.1, 1.6]], // prettier-ignore
  ];
  const values = digitValues([over.map(([x, y]) => [x / 8, y / 8])]);
  assert.equal(digits.labels[8], 8);
  assert.ok(correlation([...values], [...valuesOf(8)]) > 0.8);
  const all = { data: digits.values, rows: digits.n, cols: D };
  const { indices } = triplet.nearest({ data: values, rows: 1, cols: D }, all, { k: 5 });
  assert.deepEqual(pick(digits.labels, indices.data), Int32Array.of(8, 8, 8, 8, 8));
});

test("where, how large and how slanting a digit is drawn makes little difference", () => {
  for (const digit of SHEETS.keys()) {
    const usual = [...digitValues(drawn(digit))];
    const small = digitValues(drawn(digit, ([x, y]) => [0.6 + x / 400, 0.1 + y / 400]));
    const slanting = digitValues(drawn(digit, ([x, y]) => [0.2 + x / 200 - y / 1000, y / 200]));
    assert.ok(correlation(usual, [...small]) > 0.999, `a small ${digit}`);
    assert.ok(correlation(usual, [...slanting]) > 0.97, `a slanting ${digit}`);
  }
});

test("there is as much ink as in real digits, counted from 0 to 16, upright and from top to bottom", () => {
  const edge = (row) => row.findIndex((value) => value > 0) + 1 - row.find((value) => value > 0) / 16;
  for (const digit of SHEETS.keys()) {
    const values = [...digitValues(drawn(digit))];
    assert.ok(values.every((value) => Number.isInteger(value) && value >= 0 && value <= 16));
    const ink = values.reduce((sum, value) => sum + value, 0);
    assert.ok(ink > 270 && ink < 356, `${ink} in a ${digit}`); // nine in ten real ones
    const [first, last] = [values.slice(0, 8), values.slice(-8)];
    assert.ok(Math.abs(edge(first) - edge(last)) < 0.75, `the ends of a ${digit}`); // of a cell
  }
});

test("no stroke is an empty sheet, and a dot, a dash or a line across does no harm", () => {
  assert.ok(digitValues([]).every((value) => value === 0));
  for (const strokes of [[[[0.5, 0.5]]], [[[0.2, 0.5], [0.8, 0.5]]], [[[0.1, 0.9], [0.9, 0.1]]]]) { // prettier-ignore
    const values = digitValues(strokes);
    assert.ok(values.some((value) => value > 0) && values.every(Number.isFinite));
  }
});

test("a symbol is drawn where it is, soft at its edge", () => {
  const ink = symbolInk([[[4.5 / 16, 2.5 / 16], [4.5 / 16, 6.5 / 16]]]); // prettier-ignore
  const row = (y) => [...ink.subarray(16 * y, 16 * y + 8)];
  assert.deepEqual(row(4), [0, 0, 0, 8, 16, 8, 0, 0]);
  assert.deepEqual(row(7), [0, 0, 0, 1, 8, 1, 0, 0]);
  assert.deepEqual(row(9), new Array(8).fill(0));
});
