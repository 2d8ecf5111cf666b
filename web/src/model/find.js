// Rows by their number, their class or, in a table, what stands in their cells.
import { columnsOf, cellText } from "./cells.js";

// Rows that a query is about, the first `limit` in the order of how well they fit, and how many there are in all:
// { rows, total }.
export function findRows(triplet, { dataset }, query, limit) {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") {
    return { rows: [], total: 0 };
  }
  const row = rowNumber(wanted, dataset.n);
  const classes = dataset.classes.map((name) => rankOf(name.toLowerCase(), wanted));
  const cells = dataset.images ? null : cellRanks(triplet, dataset, wanted);
  const ranks = Array.from(dataset.labels, (label, i) =>
    i === row ? 0 : Math.min(classes[label], cells ? cells[i] + 0.5 : Infinity),
  );
  const fitting = Array.from(ranks.keys()).filter((i) => ranks[i] < Infinity);
  fitting.sort((a, b) => ranks[a] - ranks[b] || a - b);
  return { rows: fitting.slice(0, limit), total: fitting.length };
}

// As people see them, from 1; "row 42" too. -1: no row.
function rowNumber(wanted, n) {
  const [, digits] = /^(?:row\s*|#)?(\d+)$/.exec(wanted) ?? [];
  const number = Number(digits);
  return number >= 1 && number <= n ? number - 1 : -1;
}

// The whole name, its beginning, somewhere in it.
function rankOf(text, wanted) {
  if (text === wanted) {
    return 1;
  }
  return text.startsWith(wanted) ? 2 : text.includes(wanted) ? 3 : Infinity;
}

// Numbers have to be the same; of texts a part is enough.
function cellRanks(triplet, dataset, wanted) {
  const ranks = new Float32Array(dataset.n).fill(Infinity);
  const number = Number(wanted.replace(",", "."));
  const rankOfNumber = (cell) => (cell === number || cellText(cell) === wanted ? 1 : Infinity);
  const rankOfText = (cell) => (cell === null ? Infinity : rankOf(cell.toLowerCase(), wanted));
  for (const { kind, cells } of columnsOf(triplet, dataset)) {
    const rankOfCell = kind === "number" ? rankOfNumber : rankOfText;
    cells.forEach((cell, row) => (ranks[row] = Math.min(ranks[row], rankOfCell(cell))));
  }
  return ranks;
}

// The nearest row of another class than the anchor's: { row, distance }, or null.
export function hardestNegative({ anchor, distances }, labels) {
  let found = null;
  distances.forEach((distance, row) => {
    if (labels[row] !== labels[anchor] && distance < (found?.distance ?? Infinity)) {
      found = { row, distance };
    }
  });
  return found;
}
