// Files of visitors as the library reads them: which column may hold the classes, what is said of the others, and what
// is more than the page can show. Columns are known by their names, which a table has once each.
import { createDataset } from "./dataset.js";
import { count } from "./words.js";

export const limits = { bytes: 64e6, rows: 200000, columns: 2000, values: 8e6, classes: 200 };

const LABEL_NAMES = /^(label|class|species|target|category|y|digit|kind|type)$/i;
const TOLD_VALUES = 4;

// What the page cannot take; what is no table the library says, by an error of the same name.
export class TableError extends Error {
  name = "TableError";
}

/**
 * A table as data to train on. options: of the library's readTable, with a label.
 * @param {Uint8Array} bytes
 * @param {Record<string, any>} described name, title and source of the data
 */
export function tableDataset(triplet, bytes, options, described) {
  return withTable(triplet, bytes, options, (table) => {
    const { rows: n, labels, classes, recipe } = table;
    recipe.fit();
    const { data: values, cols: d } = recipe.matrix(table);
    const columns = recipe.inputs;
    return createDataset({ ...described, columns, classes, labels, values, n, d, table: { bytes, options } });
  });
}

// What `use` makes of a table, which is freed then.
export function withTable(triplet, bytes, options, use) {
  const table = triplet.readTable(bytes, options);
  try {
    return use(table);
  } finally {
    table.recipe.free();
    table.free();
  }
}

// A file that is being looked at.
export class TableFile {
  #triplet;
  #bytes;
  #name;
  #options = {}; // of the last description

  /** @param {Uint8Array} bytes */
  constructor(triplet, bytes, name) {
    this.#triplet = triplet;
    this.#bytes = bytes;
    this.#name = name;
  }

  /**
   * What the file holds. choices: options of readTable; a label that is not among them is suggested. Throws a
   * TableError if it is no table, or does not fit the choices.
   * @param {Record<string, any>} choices
   */
  describe(choices = {}) {
    const label = choices.label ?? this.#read(choices, (table) => suggestedLabel(columnsOf(table), table.rows));
    this.#options = given({ ...choices, label });
    return this.#read(this.#options, (table) => ({
      name: this.#name,
      rows: table.rows,
      label: table.label,
      ...told(table, columnsOf(table)),
      problems: problemsOf(table),
    }));
  }

  // What it is to be trained on, as it was described last.
  dataset() {
    return tableDataset(this.#triplet, this.#bytes, this.#options, { name: "own", title: this.#name });
  }

  #read(options, use) {
    return withTable(this.#triplet, this.#bytes, options, (table) => {
      checkLimits(table);
      return use(table);
    });
  }
}

// Without what is as good as not given.
const given = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value.length !== 0));

function checkLimits({ rows, columns }) {
  if (rows > limits.rows) {
    throw new TableError(
      `The table has ${count(rows)} rows; this page takes at most ${count(limits.rows)}: take a sample of them.`,
    );
  }
  if (columns.length > limits.columns) {
    const most = count(limits.columns);
    throw new TableError(`The table has ${count(columns.length)} columns; the limit of this page is ${most}.`);
  }
}

// What columns are like. distinct: how many different cells one has, Infinity for more than anyone counts; range,
// values: the least and the greatest number, or the first texts.
const columnsOf = (table) => table.columns.map((column) => ({ ...column, ...contentOf(table, column) }));

function contentOf(table, { name, kind, values }) {
  if (kind !== "number") {
    return { distinct: values?.length ?? Infinity, values: values?.slice(0, TOLD_VALUES) ?? [] };
  }
  const different = new Set();
  const range = [Infinity, -Infinity];
  for (const number of table.numbers(name)) {
    if (!Number.isNaN(number)) {
      range[0] = Math.min(range[0], number);
      range[1] = Math.max(range[1], number);
      if (different.size <= limits.classes) {
        different.add(number);
      }
    }
  }
  return { distinct: different.size > limits.classes ? Infinity : different.size, range };
}

// The column that looks most like classes; undefined if none does.
function suggestedLabel(columns, rows) {
  const possible = columns.filter(({ distinct }) => distinct >= 2 && distinct <= Math.min(limits.classes, rows / 2));
  const tests = [({ name }) => LABEL_NAMES.test(name), ({ kind }) => kind !== "number", () => true];
  return tests.map((test) => possible.findLast(test)).find(Boolean)?.name;
}

// Columns with what was decided on each of them, and the notes that are about no single column, or warn.
function told({ rows, notes }, columns) {
  const rest = new Set(notes);
  const described = columns.map((column) => {
    const { name, use, missing } = column;
    const own = notes.filter((note) => isAbout(note, name, use));
    own.forEach((note) => rest.delete(note));
    const said = own.filter((note) => !isOfValues(note)).map((note) => shortNote(note, name));
    const silent = missing > 0 && missing < rows && said.length === 0;
    const empty = silent ? [{ text: `${count(missing)} of ${count(rows)} empty` }] : [];
    return { ...column, notes: [...said, ...empty] };
  });
  return { columns: described, notes: [...rest] };
}

function isAbout({ text, value, warning }, name, use) {
  if (warning || use !== "left_out") {
    return !warning && text.startsWith(`${name}: `);
  }
  return text.startsWith("left out: ") && (text === `left out: ${name}` || (value ?? "").split(",").includes(name));
}

// How many values a category has is seen.
const isOfValues = ({ option }) => option === "ignore";

// Without the name, which stands beside it.
function shortNote({ text, reason, option, value }, name) {
  const words = text.startsWith("left out: ") ? "left out" : text.slice(name.length + 2);
  return { text: [words, reason].filter(Boolean).join(": "), option, value };
}

function problemsOf({ rows, label, labels, classes, recipe }) {
  if (label === null) {
    return ["Choose the column that holds the classes."];
  }
  const problems = classProblems(label, labels, classes);
  const cells = recipe.inputs.length * rows;
  if (cells > limits.values) {
    const [d, most] = [recipe.inputs.length, limits.values].map(count);
    problems.push(`${count(rows)} rows of ${d} columns are more than ${most} numbers, the limit of this page.`);
  }
  return problems;
}

function classProblems(label, labels, classes) {
  if (classes.length > limits.classes) {
    return [
      `"${label}" has ${count(classes.length)} different values; this page shows at most ${limits.classes} classes.`,
    ];
  }
  const sizes = new Uint32Array(classes.length);
  labels.forEach((label) => sizes[label]++);
  const usable = sizes.filter((size) => size >= 2).length;
  return usable >= 2
    ? []
    : [
        `Training takes at least two classes of two or more rows: "${label}" has ${usable} ` +
          `in ${count(labels.length)} rows.`,
      ];
}
