// A row that is not in the data: what its columns can hold, what it starts from, and what a run is asked with.
import { cellText, columnsOf } from "./cells.js";

// Of the columns that are learned from: { name, kind, range of numbers, values of categories, typical }.
export function inputsOf(triplet, dataset) {
  const inputs = columnsOf(triplet, dataset).filter(({ use }) => use === "input");
  return inputs.map(({ name, kind, cells }) => (kind === "number" ? ofNumbers(name, cells) : ofTexts(name, cells)));
}

function ofNumbers(name, cells) {
  const sorted = Float64Array.from(cells.filter((cell) => !Number.isNaN(cell))).sort();
  return { name, kind: "number", range: [sorted[0], sorted.at(-1)], typical: plain(sorted[sorted.length >> 1]) };
}

function ofTexts(name, cells) {
  const counts = new Map();
  cells.forEach((cell) => cell !== null && counts.set(cell, (counts.get(cell) ?? 0) + 1));
  const values = [...counts.keys()].sort();
  const [typical = ""] = [...values].sort((a, b) => counts.get(b) - counts.get(a));
  return { name, kind: "category", values, typical };
}

// A number as it is typed.
const plain = (number) => (Number.isFinite(number) ? String(Number(number.toPrecision(6))) : "");

export const rangeWords = ({ range }) => `${cellText(range[0])} to ${cellText(range[1])}`;

// The texts of the inputs of a row that is there, "" for missing ones.
export function textsOf(triplet, dataset, row) {
  const inputs = columnsOf(triplet, dataset).filter(({ use }) => use === "input");
  return inputs.map(({ kind, cells }) => (kind === "number" ? plain(cells[row]) : (cells[row] ?? "")));
}

// texts: of the inputs. { row } as a run is asked with it, or { fault }: what is wrong, in words.
export function newRow(dataset, inputs, texts) {
  const numbers = texts.map((text) => (text.trim() === "" ? NaN : Number(text.replace(",", "."))));
  const wrong = inputs.findIndex(({ kind }, i) => {
    const isMissing = texts[i].trim() === "" && dataset.table;
    return kind === "number" && !isMissing && !Number.isFinite(numbers[i]);
  });
  if (wrong >= 0) {
    const { name } = inputs[wrong];
    return { fault: `${name}: expected a number, got ${texts[wrong].trim() ? `“${texts[wrong]}”` : "nothing"}.` };
  }
  return dataset.table
    ? { row: { cells: Object.fromEntries(inputs.map(({ name }, i) => [name, texts[i].trim()])) } }
    : { row: { values: Float32Array.from(numbers) } };
}
