// CSV and TSV files of visitors: read in chunks, checked column by column, and limited in size. Columns are known by
// their index, since names may repeat or be empty, and texts are kept in Maps, since a name may be "__proto__".
import { delimiterOf, isLineEnd, QuoteError, recordsOf } from "./cells.js";
import { createDataset } from "./dataset.js";
import { count, shortened } from "./words.js";

export const limits = { bytes: 64e6, line: 8e6, rows: 20000, columns: 2000, values: 4e6, classes: 200 };

const QUOTE = 34;
const SLICE = 8; // ms without a break
const PREVIEW_ROWS = 6;
// Different texts remembered of a column: more than there may be classes.
const MAX_DISTINCT = 1000;
const LABEL_NAMES = /^(label|class|species|target|category|y|digit|kind|type)$/i;

// What the visitor can correct.
export class TableError extends Error {
  name = "TableError";
}

const shown = (text) => `"${shortened(text, 40)}"`;

// A number as the library's command reads it: decimal, finite as float32. Digits can be matched in only one way, or a
// long cell would take quadratic time.
function numberOf(text) {
  const trimmed = text.trim();
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Math.fround(Number(trimmed)) : NaN;
}

// Repeated names are numbered, as the scripts of a run read columns by name.
function eachOnce(names) {
  const taken = new Set(names);
  const times = new Map();
  return names.map((name) => {
    let count = (times.get(name) ?? 0) + 1;
    while (count > 1 && taken.has(`${name}_${count}`)) {
      count++;
    }
    times.set(name, count);
    return count > 1 ? `${name}_${count}` : name;
  });
}

class Column {
  constructor(name) {
    this.name = name;
    this.numbers = [];
    this.codes = [];
    this.texts = new Map();
    this.fault = null;
    this.faults = 0;
  }

  add(text, row) {
    const number = numberOf(text);
    this.numbers.push(number);
    if (!Number.isFinite(number)) {
      this.faults++;
      this.fault ??= `row ${count(row)}: ${text.trim() ? `${shown(text)} is not a number` : "a number is missing"}`;
    }
    if (this.texts) {
      const code = this.texts.get(text) ?? this.texts.size;
      this.texts.set(text, code);
      this.codes.push(code);
      if (this.texts.size > MAX_DISTINCT) {
        this.texts = this.codes = null;
      }
    }
  }

  get distinct() {
    return this.texts ? this.texts.size : Infinity;
  }
}

// Takes rows of cells as they come; throws a TableError at the first that it cannot take.
class Reader {
  columns = null;
  rows = 0;
  preview = [];

  take(cells) {
    if (!this.columns) {
      this.#open(cells);
    } else {
      this.#add(cells);
    }
  }

  #open(cells) {
    if (cells.length > limits.columns) {
      throw new TableError(`The table has ${count(cells.length)} columns; the limit is ${count(limits.columns)}.`);
    }
    const named = cells.some((cell) => Number.isNaN(numberOf(cell)));
    const names = cells.map((cell, i) => (named && cell.trim()) || `column_${i + 1}`);
    this.columns = eachOnce(names).map((name) => new Column(name));
    if (!named) {
      this.#add(cells);
    }
  }

  #add(cells) {
    const row = ++this.rows;
    if (cells.length !== this.columns.length) {
      throw new TableError(
        `Row ${count(row)} has ${count(cells.length)} cells, but the first line has ${count(this.columns.length)}.`,
      );
    }
    if (row > limits.rows) {
      throw new TableError(`The table has more than ${count(limits.rows)} rows, the limit: take a sample of them.`);
    }
    if (row * cells.length > limits.values) {
      throw new TableError(
        `The table has more than ${count(limits.values)} cells, the limit: take fewer rows or columns.`,
      );
    }
    cells.forEach((cell, i) => this.columns[i].add(cell, row));
    if (row <= PREVIEW_ROWS) {
      this.preview.push(cells);
    }
  }
}

// The text of a blob in pieces that end at a line end outside quotes.
async function* piecesOf(blob) {
  const reader = blob.stream().pipeThrough(new TextDecoderStream("utf-8", { fatal: true })).getReader();
  let text = "";
  let quoted = false;
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw error instanceof TypeError
        ? new TableError("The file is not UTF-8 text. If it is a table, save it as CSV in UTF-8.")
        : error;
    });
    if (done) {
      yield text;
      return;
    }

    let end = 0;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code === QUOTE) {
        quoted = !quoted;
      } else if (isLineEnd(code) && !quoted) {
        end = text.length + i + 1;
      }
    }

    text += value;
    if (end > 0) {
      yield text.slice(0, end);
      text = text.slice(end);
    }

    if (text.length > limits.line) {
      await reader.cancel();
      throw new TableError(
        `A line is longer than ${count(limits.line / 1e6)} MB: is this a table, and are its quotes closed?`,
      );
    }
  }
}

/**
 * Rejects with a TableError.
 * @param {any} source a File or other Blob, or a text
 * @param {{ name?: string, signal?: AbortSignal }} how
 */
export async function readTable(source, { name = source.name ?? "table", signal } = {}) {
  const blob = typeof source === "string" ? new Blob([source]) : source;
  if (blob.size > limits.bytes) {
    throw new TableError(`The file is larger than ${count(limits.bytes / 1e6)} MB, the limit.`);
  }

  const reader = new Reader();
  let delimiter = "";
  let since = performance.now();
  for await (const text of piecesOf(blob)) {
    if (performance.now() - since > SLICE) {
      await new Promise((resolve) => setTimeout(resolve)); // frames are drawn meanwhile
      since = performance.now();
    }
    signal?.throwIfAborted();
    if (text.includes("\0")) {
      throw new TableError("The file contains zero bytes: it is not a text file.");
    }

    delimiter ||= delimiterOf(text);
    try {
      for (const cells of recordsOf(text, delimiter)) {
        reader.take(cells);
      }
    } catch (error) {
      throw error instanceof QuoteError
        ? new TableError(`After row ${count(reader.rows)} a quote is opened but not closed properly.`)
        : error;
    }
  }
  return new Table(name, reader);
}

// Numbers first, then texts, each in order: as the library's command numbers classes.
function before(x, y) {
  const a = numberOf(x);
  const b = numberOf(y);
  if (Number.isNaN(a) !== Number.isNaN(b)) {
    return Number.isNaN(a) ? 1 : -1;
  }
  return a - b || (x < y ? -1 : x > y ? 1 : 0);
}

class Table {
  #columns;

  constructor(name, { columns, rows, preview }) {
    if (rows === 0) {
      throw new TableError("The table has no rows.");
    }
    this.#columns = columns;
    this.name = name;
    this.rows = rows;
    this.preview = preview;
    this.columns = columns.map(({ name, faults, fault, distinct }) => ({
      name,
      numeric: faults === 0,
      distinct,
      fault,
    }));
  }

  // The column that looks most like classes, and those that mostly hold text.
  get suggestion() {
    const possible = this.#columns.map(
      ({ distinct }) => distinct >= 2 && distinct <= Math.min(limits.classes, this.rows / 2),
    );
    const last = (test) => this.#columns.findLastIndex((column, i) => possible[i] && test(column));
    const label =
      [({ name }) => LABEL_NAMES.test(name), ({ faults }) => faults > 0, () => true].map(last).find((i) => i >= 0) ??
      -1;
    const ignore = this.#columns.flatMap(({ faults }, i) => (i !== label && faults > this.rows / 2 ? [i] : []));
    return { label, ignore };
  }

  dataset({ label, ignore = [] }) {
    const left = new Set([label, ...ignore]);
    const used = this.#columns.filter((_, i) => !left.has(i));
    const classes = this.#columns[label];
    const problems = [...classProblems(classes, this.rows), ...columnProblems(used)];
    return { dataset: problems.length ? null : this.#dataset(classes, used), problems };
  }

  #dataset(classes, used) {
    const texts = [...classes.texts.keys()].sort(before);
    const label = new Map(texts.map((text, i) => [classes.texts.get(text), i]));
    const d = used.length;
    const values = new Float32Array(this.rows * d);
    used.forEach(({ numbers }, j) => numbers.forEach((number, i) => (values[i * d + j] = number)));
    return createDataset({
      name: "own",
      title: this.name,
      columns: used.map(({ name }) => name),
      classes: texts,
      labels: Int32Array.from(classes.codes, (code) => label.get(code)),
      values,
      n: this.rows,
      d,
    });
  }
}

function classProblems(column, rows) {
  if (!column) {
    return ["Choose the column that holds the classes."];
  }
  const name = shown(column.name);
  if (column.distinct > limits.classes) {
    return [`Column ${name} has more than ${limits.classes} different values: too many for classes.`];
  }
  const empty = column.texts.get("");
  if (empty !== undefined) {
    return [`Column ${name}, row ${count(column.codes.indexOf(empty) + 1)}: the class is missing.`];
  }
  const sizes = new Uint32Array(column.distinct);
  column.codes.forEach((code) => sizes[code]++);
  const usable = sizes.filter((size) => size >= 2).length;
  return usable >= 2
    ? []
    : [`Training takes at least two classes of two or more rows: column ${name} has ${usable} in ${count(rows)} rows.`];
}

function columnProblems(used) {
  if (used.length === 0) {
    return ["No column is left to train on."];
  }
  const faulty = used.filter(({ fault }) => fault);
  const told = faulty
    .slice(0, 5)
    .map(({ name, fault }) => `Column ${shown(name)}, ${fault}. Correct it or leave the column out.`);
  return faulty.length > told.length
    ? [...told, `Other columns that are not numeric: ${count(faulty.length - told.length)}.`]
    : told;
}
