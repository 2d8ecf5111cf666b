// Tables: the columns of a CSV or TSV file, and the recipe that makes them those of a matrix.
import { Call } from "./call.js";
import { camel, describe } from "./errors.js";
import { fix } from "./matrix.js";
import { alive, disposable, Owned, pointerOf } from "./owned.js";

const encoder = new TextEncoder();
const LISTS = ["keep", "ignore", "categories", "missingTexts"];

/**
 * The file's bytes, [block, size]; a text is in no encoding but its own.
 * @param {Call} call
 */
function readBytes(call, source, encoding) {
  const expected = "a Uint8Array, an ArrayBuffer or a string";
  if (typeof source !== "string") {
    return call.bytes(source, "bytes", expected);
  }
  if (encoding === "latin1") {
    call.refuse("encoding", "utf8 of a string", `string "${encoding}"`);
  }
  return call.bytes(encoder.encode(source), "bytes");
}

/**
 * One, or where there may be many also an array of them; 0 when not given.
 * @param {Call} call
 */
export function readTexts(call, value, argument, many = false) {
  if (value === undefined) {
    return 0;
  }
  return call.texts(many && typeof value !== "string" ? call.strings(value, argument) : [call.string(value, argument)]);
}

export class Table extends Owned {
  static name = "Table";
  #core;
  #columns; // by name: their places
  rows = 0;
  /** @type {string | null} */
  label = null;

  static read(core, source, options) {
    return Call.with(core, "readTable", (call) => {
      const { exports } = core;
      const given = call.options("table", options);
      const [block, size] = readBytes(call, source, given.encoding);
      const label = typeof given.label === "number" ? `${call.size(given.label, "label", 1)}` : given.label;
      const texts = [
        readTexts(call, label, "label"),
        ...LISTS.map((name) => readTexts(call, given[name], name, true)),
        readTexts(call, given.comment, "comment"),
      ];
      const recipe = given.recipe === undefined ? 0 : Recipe.read(call, given.recipe, "recipe");
      call.ready(undefined, () => exports.set_texts(...texts));
      const table = new Table(core, call.made(exports.table_read(block, size, recipe)));
      return table.#describe(call, given.recipe);
    });
  }

  constructor(core, pointer) {
    super(core, "table_destroy", pointer);
    this.#core = core;
  }

  // recipe: what it was read for.
  #describe(call, recipe) {
    const core = this.#core;
    const pointer = pointerOf(this);
    core.exports.table(pointer);
    const { rows, columns: count, label, notes } = core.results();
    const columns = Array.from({ length: count }, (_, i) => {
      core.exports.table_column(pointer, i);
      return core.results();
    });
    this.#columns = new Map(columns.map(({ name }, i) => [name, i]));
    fix(this, {
      rows,
      columns,
      label: columns[label]?.name ?? null,
      classes: columns[label]?.values ?? [],
      notes: notes.map((note) => ({ ...note, option: note.option && camel(note.option) })),
      recipe: recipe ?? Recipe.of(call, this),
    });
    return this;
  }

  // Its class for each row: null without a label.
  get labels() {
    return this.label === null ? null : this.#call("labels", (call) => this.#column(call, this.label).data);
  }

  // Of each row: its number in the file, from 0.
  get rowNumbers() {
    const pointer = alive(this, "table.rowNumbers");
    const { table_row: row } = this.#core.exports;
    return Int32Array.from({ length: this.rows }, (_, i) => row(pointer, i));
  }

  // NaN where one is missing.
  numbers(name) {
    return this.#call("numbers", (call) => {
      const { kind, data } = this.#column(call, name);
      return kind === "number" ? data : call.refuse("name", "a column of numbers", `one of kind ${kind}`);
    });
  }

  // null where one is missing.
  texts(name) {
    return this.#call("texts", (call) => {
      const { kind, data, values } = this.#column(call, name);
      return kind !== "number" && data
        ? Array.from(data, (code) => values[code] ?? null)
        : call.refuse(
            "name",
            "a column of texts",
            kind === "number" ? "one of numbers" : "one whose texts are not kept",
          );
    });
  }

  // With a copy of its numbers, or of its codes.
  #column(call, name) {
    const index = this.#columns.get(name) ?? call.refuse("name", "the name of a column", describe(name));
    const place = this.#core.exports.table_column(pointerOf(this), index);
    const column = this.#core.results();
    const Type = column.kind === "number" ? Float64Array : Int32Array;
    return { ...column, data: place ? new Type(this.#core.bytes.buffer, place >>> 0, this.rows).slice() : null };
  }

  #call(name, body) {
    const where = `table.${name}`;
    return Call.with(this.#core, where, (call) => {
      alive(this, where);
      return body(call);
    });
  }

  /**
   * The pointer of a table, for a call of the same core.
   * @param {Call} call
   */
  static hold(call, table, argument) {
    if (!(table instanceof Table) || table.#core !== call.core) {
      call.refuse(argument, "a table of the same instance", describe(table));
    }
    return call.hold(table, argument);
  }
}

export class Recipe {
  static name = "Recipe";
  #core;
  #owner;
  #place;
  #table;

  /** @param {Call} call */
  static of(call, table) {
    const { recipe_create: create } = call.core.exports;
    const owner = new Owned(call.core, "recipe_destroy", call.made(create(pointerOf(table))));
    return new Recipe(call.core, owner, (pointer) => pointer, table);
  }

  // owner: what it goes with, a trainer or memory of its own; place: from its pointer to that of the recipe.
  constructor(core, owner, place, table) {
    this.#core = core;
    this.#owner = owner;
    this.#place = place;
    this.#table = table;
  }

  get inputs() {
    return this.#described("inputs");
  }
  get columns() {
    return this.#described("columns");
  }
  get label() {
    return this.#described("label") ?? null;
  }

  #described(name) {
    this.#core.exports.recipe(this.#place(alive(this.#owner, `recipe.${name}`)));
    return this.#core.results()[name];
  }

  // Mean and deviation of these rows of its table, or of all.
  fit(rows) {
    Call.with(this.#core, "recipe.fit", (call) => {
      const recipe = Recipe.read(call, this, "recipe");
      if (!this.#table) {
        throw new TypeError("recipe.fit: the recipe of a model stays as it is");
      }
      const table = Table.hold(call, this.#table, "table");
      const list = readRows(call, rows, this.#table);
      call.check(call.ready().recipe_fit(recipe, table, list));
    });
  }

  // (M, inputs), of these rows, or of all.
  matrix(table, rows) {
    return Call.with(this.#core, "recipe.matrix", (call) => {
      const recipe = Recipe.read(call, this, "recipe");
      const from = Table.hold(call, table, "table");
      const list = readRows(call, rows, table);
      const count = list ? call.core.rows(list) : table.rows;
      const x = call.output("x", undefined, count, call.core.exports.recipe_inputs(recipe));
      call.check(call.ready().recipe_matrix(recipe, from, list, x.block));
      return call.take(x);
    });
  }

  // That of a trainer goes with it.
  free() {
    if (this.#table) {
      this.#owner.free();
    }
  }

  /**
   * The pointer of a recipe, for a call of the same core.
   * @param {Call} call
   */
  static read(call, recipe, argument) {
    if (!(recipe instanceof Recipe) || recipe.#core !== call.core) {
      call.refuse(argument, "a recipe of the same instance", describe(recipe));
    }
    return recipe.#place(call.hold(recipe.#owner, argument));
  }
}

disposable(Recipe);

function readRows(call, rows, table) {
  return rows === undefined ? 0 : call.ints(rows, "rows", 0, table.rows - 1);
}
