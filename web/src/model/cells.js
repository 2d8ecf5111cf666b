// What stands in a row, for people to read: the cells of its file, or the numbers of its columns.
import { withTable } from "./table.js";
import { shortened } from "./words.js";

const read = new WeakMap(); // columns { name, kind, use, cells } of data sets that have been asked for

// Columns with a cell of each pictured row: a number, a text, or null where it is missing or was not kept.
export function columnsOf(triplet, dataset) {
  if (!read.has(dataset)) {
    read.set(dataset, dataset.table ? ofFile(triplet, dataset) : ofMatrix(dataset));
  }
  return read.get(dataset);
}

function ofFile(triplet, { table: { bytes, options }, rows }) {
  const pictured = (cells) => (rows ? Array.from(rows, (row) => cells[row]) : Array.from(cells));
  return withTable(triplet, bytes, options, (table) =>
    table.columns
      .filter(({ kind, values }) => kind === "number" || values)
      .map(({ name, kind, use }) => ({
        name,
        kind: kind === "number" ? kind : "category",
        use,
        cells: pictured(kind === "number" ? table.numbers(name) : table.texts(name)),
      })),
  );
}

const ofMatrix = ({ columns, values, n, d }) =>
  columns.map((name, column) => ({
    name,
    kind: "number",
    use: "input",
    cells: Array.from({ length: n }, (_, row) => values[row * d + column]),
  }));

// Of a row: [{ name, text }], first what is learned from, without the class, which is told beside it.
export function cellsOf(triplet, dataset, row) {
  const columns = columnsOf(triplet, dataset).filter(({ use }) => use !== "label");
  const inOrder = [...columns.filter(({ use }) => use === "input"), ...columns.filter(({ use }) => use !== "input")];
  return inOrder.map(({ name, cells }) => ({ name, text: cellText(cells[row]) }));
}

// The first of them in a line.
export const cellWords = (triplet, dataset, row, limit) =>
  cellsOf(triplet, dataset, row)
    .slice(0, limit)
    .map(({ name, text }) => `${shortened(name, 20)} ${shortened(text, 20)}`)
    .join(" · ");

export function cellText(cell) {
  if (cell === null || Number.isNaN(cell)) {
    return "missing";
  }
  return typeof cell === "number" ? Number(cell.toPrecision(6)).toLocaleString("en-US") : cell;
}
