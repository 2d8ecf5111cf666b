// Symbols drawn by hand, { kind, ink: SIDE x SIDE values from 0 for paper to INK }: as data, and as text small enough
// for a link.
import { createDataset } from "./dataset.js";

export const SIDE = 16;
export const INK = 16;
export const KINDS = ["A", "B", "C", "D", "E", "F"];
export const MAX_SYMBOLS = 120;
const LEVELS = "abcdefghijklmnopq"; // of ink, 0 .. INK

// Two symbols in each of two classes are enough to train on.
export const isEnough = (symbols) =>
  KINDS.filter((_, of) => symbols.filter(({ kind }) => kind === of).length >= 2).length >= 2;

function moved(ink, dx, dy) {
  const at = (x, y) => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : ink[y * SIDE + x]);
  return ink.map((_, i) => at((i % SIDE) - dx, Math.floor(i / SIDE) - dy));
}

// Every symbol is shown to the network in nine places, up to a pixel to each side.
export function symbolData(symbols) {
  const used = KINDS.filter((_, kind) => symbols.some((symbol) => symbol.kind === kind));
  const rows = symbols.flatMap(({ kind, ink }) =>
    [-1, 0, 1].flatMap((dx) =>
      [-1, 0, 1].map((dy) => ({ label: used.indexOf(KINDS[kind]), ink: moved(ink, dx, dy) })),
    ),
  );
  const d = SIDE * SIDE;
  const values = new Float32Array(rows.length * d);
  rows.forEach(({ ink }, i) => values.set(ink, i * d));
  return createDataset({
    name: "drawn",
    title: "Your symbols",
    noun: "symbols",
    columns: Array.from({ length: d }, (_, i) => `pixel_${Math.floor(i / SIDE)}_${i % SIDE}`),
    classes: used,
    labels: Int32Array.from(rows, ({ label }) => label),
    values,
    n: rows.length,
    d,
    images: { width: SIDE, height: SIDE, maximum: INK },
  });
}

// Each symbol as its class, then its ink line by line: a letter for a pixel, after a number for that many of them.
export function writeSymbols(symbols) {
  const letters = ({ ink }) => Array.from(ink, (level) => LEVELS[level]).join("");
  const inRuns = (text) => text.replace(/(.)\1+/g, ({ length }, letter) => length + letter);
  return symbols.map((symbol) => KINDS[symbol.kind] + inRuns(letters(symbol))).join("");
}

// null for what writeSymbols cannot have written, or what is not enough to train on.
export function readSymbols(text) {
  if (text.length > MAX_SYMBOLS * (SIDE * SIDE + 1) || !/^([A-F](\d{0,3}[a-q])+)+$/.test(text)) {
    return null;
  }
  const symbols = Array.from(text.matchAll(/([A-F])([^A-F]+)/g), ([, kind, runs]) => ({
    kind: KINDS.indexOf(kind),
    ink: readInk(runs),
  }));
  const whole = symbols.length <= MAX_SYMBOLS && symbols.every(({ ink }) => ink);
  return whole && isEnough(symbols) ? symbols : null;
}

// null if it is more or less than fills a symbol.
function readInk(text) {
  const ink = new Float32Array(SIDE * SIDE);
  let filled = 0;
  for (const [, count, letter] of text.matchAll(/(\d*)(.)/g)) {
    const start = filled;
    filled += Number(count || 1);
    ink.fill(LEVELS.indexOf(letter), start, filled);
  }
  return filled === ink.length ? ink : null;
}
