// The WebAssembly instance: its memory, its results, its table of options, its errors. exports.c is the other side.
import { MatrixError, ModelError, OutOfMemoryError, TableError, abortError, camel, describe, fault } from "./errors.js";
import { isRecord, namesOf } from "./members.js";
import { READERS } from "./readers.js";
import { Rows } from "./rows.js";
import { utf8Decoder, utf8Encoder } from "./utf8.js";

const NOTHING = {};
const HINT = "free what is done with, by `using`, free() or withScope()";
const ERRORS = { "bad model": ModelError, "bad matrix": MatrixError };

// What is expected of the value of an option, by its kind; of a choice, one of them. Values are read elsewhere.
const TYPES = { number: "number", integer: "number", boolean: "boolean", choice: "string" };
const EXPECTED = { number: "a number", integer: "an integer", boolean: "a boolean" };

/**
 * Numbers and pointers in, numbers, pointers and statuses out.
 * @typedef {Record<string, (...values: any[]) => number>} Exports
 *
 * An option: at: its place in the core; type: of its value, when it is one of the settings.
 * @typedef {{
 *   at: number, name: string, kind: import("../index.js").Field["kind"], type?: string,
 *   initial: number, minimum: number, maximum: number, choices?: string[], belongs?: string,
 * }} Option
 *
 * checked: the indices of those that are written, or have to play a part; names: those that were read last; read: the
 * values of all, in their order; place: which of the settings they are written into.
 * @typedef {{
 *   id: number, fields: Map<string, Option>, list: Option[], checked: number[], names: string[],
 *   read: (options: any) => any[], place: number,
 * }} Schema
 *
 * What was read of the options of a call: values: of all, in their order; given: the same by name.
 * @typedef {{
 *   schema: string, given: any, values: any[], prefix: string, kept: boolean, live: boolean,
 * }} Given
 */

export class Core {
  version = "";
  // Where `floats` has room for the numbers of a call that makes no blocks.
  scratch = { next: 0, end: 0 };
  // Where `ints` has the call that goes the short way: exports.c says what.
  atOnce = 0;
  /** @type {Record<string, string[]>} */
  choices = {};
  /** @type {Record<string, Schema>} */
  schemas = {};
  // How many calls are under way, and what was freed while they read their arguments, which may have met it already.
  calls = 0;
  /**
   * What has been made within the innermost withScope, which frees it.
   * @type {Set<{ free(): void }> | undefined}
   */
  scope;
  /** @type {[string, number][]} */
  #freed = [];
  // How often the settings have been written.
  writes = 0;
  // What the settings hold, by their place: a loop whose options stay the same does not write them again.
  /** @type {Record<number, { schema: string, values: any[] } | undefined>} */
  #written = {};
  #exports;
  #memory;
  #floats;
  #ints;
  #bytes;
  // Who is told of the progress of the call that runs, whether that runs now, and why it stopped that call.
  #progress;
  #reporting = false;
  #stop;
  // Where exports.c reads texts.
  #text;
  // What is put: the results, and the parts of them that are open. Names by the place of their text.
  /** @type {Record<string, any>[]} */
  #parts = [{}];
  /** @type {Map<number, string>} */
  #names = new Map();

  // What exports.c calls.
  imports = {
    emscripten_notify_memory_growth() {},
    put_number: (name, number) => this.#put(this.#name(name), number),
    put_figure: (name, number) => this.#put(this.#name(name), figure(number)),
    put_flag: (name, flag) => this.#put(this.#name(name), flag !== 0),
    put_text: (name, text) => this.#put(this.#name(name), this.text(text)),
    put_bounds: (name, low, high) => this.#put(this.#name(name), interval(low, high)),
    put_bounds_at: (key, low, high) => this.#put(key, interval(low, high)),
    put_figure_at: (key, number) => this.#put(key, figure(number)),
    put_text_at: (key, text) => this.#put(key, this.text(text)),
    begin_part: (name) => this.#parts.push(this.#put(this.#name(name), {})),
    begin_part_at: (key) => this.#parts.push(this.#put(key, {})),
    begin_list: (name) => this.#parts.push(this.#put(this.#name(name), [])),
    end_part: () => this.#parts.pop(),
    progress: (done) => this.#report(done),
  };

  start(instance) {
    this.#exports = instance.exports;
    this.#memory = instance.exports.memory;
    this.exports._initialize();
    if (!this.exports.start()) {
      throw new OutOfMemoryError("loadTriplet: not enough memory");
    }
    const { version, text, textSize, scratch, scratchSize, atOnce, ...choices } = this.results();
    this.version = version;
    this.atOnce = atOnce >> 2;
    this.scratch = { next: scratch >> 2, end: (scratch + scratchSize) >> 2 };
    this.#text = { start: text, end: text + textSize - 1 };
    this.choices = Object.fromEntries(Object.entries(choices).map(([name, all]) => [name, all.split("|")]));
    for (let id = 0, name; (name = this.exports.schema_name(id)); id++) {
      /** @type {Option[]} */
      const list = [];
      for (let i = 0, field; (field = this.exports.field(id, i)); i++) {
        list.push(this.#field(field));
      }
      if (!list.length) {
        continue; // this build has no function that it belongs to
      }
      const progress = list.find((field) => field.name === "progress");
      if (progress) {
        list.push({ ...progress, name: "signal" }); // JavaScript's own, which the core need not know
      }
      const fields = new Map(list.map((field) => [field.name, field]));
      const schema = camel(this.text(name));
      const read = READERS[schema] ?? ((options) => list.map((field) => options[field.name]));
      const checked = [...list.keys()].filter((i) => list[i].type || list[i].belongs);
      this.schemas[schema] = { id, fields, list, checked, names: [], read, place: this.exports.place_of(id) };
    }
    return this;
  }

  /**
   * The functions of exports.c, which serve one call at a time.
   * @returns {Exports}
   */
  get exports() {
    if (this.#reporting) {
      throw new TypeError("triplet: no call within `progress`, as the instance is busy with the call that is told of");
    }
    return this.#exports;
  }

  // ---- progress -----------------------------------------------------------------------------------------------------

  // progress: a function that is called with the share that is done; undefined: nobody.
  watch(progress) {
    this.exports.watch(progress !== undefined);
    this.#progress = progress;
  }

  // Whether the call goes on. What is thrown waits until the core has ended it.
  #report(done) {
    this.#reporting = true;
    try {
      if (this.#progress(done) === false) {
        throw abortError();
      }
      return true;
    } catch (error) {
      this.#stop = error;
      return false;
    } finally {
      this.#reporting = false;
    }
  }

  // ---- memory -------------------------------------------------------------------------------------------------------

  /** @returns {Float32Array} */
  get floats() {
    return this.#floats?.length ? this.#floats : (this.#floats = new Float32Array(this.#memory.buffer));
  }
  /** @returns {Int32Array} */
  get ints() {
    return this.#ints?.length ? this.#ints : (this.#ints = new Int32Array(this.#memory.buffer));
  }
  /** @returns {Uint8Array} */
  get bytes() {
    return this.#bytes?.length ? this.#bytes : (this.#bytes = new Uint8Array(this.#memory.buffer));
  }

  text(pointer) {
    const start = pointer >>> 0; // beyond 2 GB a pointer comes as a negative number
    return start ? utf8Decoder().decode(this.bytes.subarray(start, this.bytes.indexOf(0, start))) : undefined;
  }
  // For the calls that read exports.c's `text`. No choice has a NUL, which would end the text, or is as long as what
  // does not fit.
  putText(text) {
    const { start, end } = this.#text;
    const { written } = utf8Encoder().encodeInto(text.replaceAll("\0", "\\0"), this.bytes.subarray(start, end));
    this.bytes[start + written] = 0;
  }

  // Whether anybody may have a view of the memory as it is now.
  #shown;
  get isShown() {
    return this.#shown === this.#memory.buffer;
  }
  show(block) {
    this.#shown = this.#memory.buffer;
    return this.floatsOf(block);
  }

  // ---- blocks -------------------------------------------------------------------------------------------------------

  // Rows of another as a block of their own, that shares its numbers.
  viewBlock(block, first, rows) {
    return this.#made(this.exports.view_block(block, first, rows), `a view of ${rows} rows`);
  }
  // scratch: one that its call releases before it ends.
  block(rows, cols, scratch = false) {
    const { block, scratch_block } = this.exports;
    return this.#made((scratch ? scratch_block : block)(rows, cols), `${rows} x ${cols} numbers`);
  }
  // Labels as a block of their own.
  labels(integers, ends, relations) {
    return this.#made(this.exports.labels(integers, ends, relations), "labels");
  }
  #made(block, what) {
    if (!block) {
      throw new OutOfMemoryError(`not enough memory for ${what}; ${HINT}`);
    }
    return block;
  }
  rows(block) {
    return this.exports.block_rows(block);
  }
  cols(block) {
    return this.exports.block_cols(block);
  }
  // Its place in `floats` and `ints`.
  dataOf(block) {
    return this.exports.block_data(block) >>> 2;
  }
  floatsOf(block) {
    const start = this.dataOf(block);
    return this.floats.subarray(start, start + this.rows(block) * this.cols(block));
  }
  intsOf(block) {
    const start = this.dataOf(block);
    return this.ints.subarray(start, start + this.rows(block) * this.cols(block));
  }
  bytesOf(block) {
    const start = 4 * this.dataOf(block);
    return this.bytes.subarray(start, start + 4 * this.rows(block) * this.cols(block));
  }
  // For the caller to keep.
  copyOf(block) {
    return new Rows(this.floatsOf(block).slice(), this.rows(block), this.cols(block));
  }

  // ---- results ------------------------------------------------------------------------------------------------------

  #name(pointer) {
    const name = this.#names.get(pointer) ?? camel(this.text(pointer));
    this.#names.set(pointer, name);
    return name;
  }

  #put(name, value) {
    this.#parts[this.#parts.length - 1][name] = value;
    return value;
  }

  /**
   * What has been put since the last time.
   * @returns {any}
   */
  results() {
    const [results] = this.#parts;
    this.#parts = [{}];
    return results;
  }

  // An object that has been made, for a scope that there may be.
  made(object) {
    this.scope?.add(object);
    return object;
  }

  // Gives the memory of an object back, once no call is under way.
  release(name, pointer) {
    if (this.calls) {
      this.#freed.push([name, pointer]);
    } else {
      this.exports[name](pointer);
    }
  }
  releaseFreed() {
    for (let freed; (freed = this.#freed.pop()); ) {
      this.release(...freed);
    }
  }

  // ---- options ------------------------------------------------------------------------------------------------------

  /** @returns {Option} */
  #field(at) {
    const { name, kind, initial, minimum, maximum, choices, belongs } = this.results();
    return {
      ...{ at, name: camel(name), kind, initial, minimum, maximum },
      type: TYPES[kind],
      choices: choices?.split("|"),
      belongs: belongs?.replace(/(^|[,/])\w+/g, camel),
    };
  }

  // An option by its name.
  field(where, schema, key, prefix = "") {
    const { id, fields } = this.schemas[schema];
    const field = fields.get(key);
    if (!field) {
      // The core has soft_margin, and tells of soft-margin what is meant.
      this.putText(String(key).slice(0, 24).replaceAll("_", "-"));
      this.exports.unknown(id);
      const [known] = /"[^"]*$/.exec(this.results().message) ?? [];
      throw fault(TypeError, where, `${prefix}options`, `unknown option "${String(key)}${camel(known)}`);
    }
    return field;
  }

  /**
   * The values of all options, in their order, each read once. User code may run in here, and nowhere later.
   * @param {string} where
   * @param {string} schema
   * @param {any} options
   * @returns {any[]}
   */
  readValues(where, schema, options = NOTHING, prefix = "") {
    if (!isRecord(options)) {
      throw fault(TypeError, where, prefix.slice(0, -1) || "options", "an object", describe(options));
    }
    const of = this.schemas[schema];
    let i = 0;
    for (const name in options) {
      if (name !== of.names[i++]) {
        const names = namesOf(options, of.fields);
        names.forEach((known) => this.field(where, schema, known, prefix));
        of.names = names;
        break;
      }
    }
    return of.read(options);
  }

  /**
   * What they are. kept: on top of what the settings hold; live: a change of what lives, which may have options that
   * play no part.
   * @param {string} where
   * @param {string} schema
   * @param {any[]} values
   * @param {string} prefix
   * @param {{ kept?: boolean, live?: boolean }} how
   * @returns {Given}
   */
  checkValues(where, schema, values, prefix = "", { kept = false, live = false } = NOTHING) {
    const given = {};
    this.schemas[schema].list.forEach(({ name, kind, type, choices }, i) => {
      const value = values[i];
      // Of the choices auto, true and false.
      values[i] = typeof value === "boolean" && choices?.includes(`${value}`) ? `${value}` : value;
      if (value !== undefined) {
        if (type && typeof values[i] !== type) {
          const expected = EXPECTED[kind] ?? `one of ${choices?.join("|")}`;
          throw fault(TypeError, where, prefix + name, expected, describe(value));
        }
        given[name] = values[i];
      }
    });
    return { schema, given, values, prefix, kept, live };
  }

  // Whether the settings hold these values already.
  holds(schema, values) {
    const { list, checked, place } = this.schemas[schema];
    const before = this.#written[place];
    if (!before || before.schema !== schema) {
      return false;
    }
    // Of what is no setting, that it was given.
    for (let i = 0; i < checked.length; i++) {
      const at = checked[i];
      const value = values[at];
      const known = before.values[at];
      if (value !== known && (list[at].type || value === undefined || known === undefined)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Into the settings: on top of what they hold, when kept. False when they were there already.
   * @param {string} where
   * @param {Given} given
   */
  writeOptions(where, { schema, values, prefix, kept }) {
    if (!kept && this.holds(schema, values)) {
      return false;
    }

    const { id, list, place } = this.schemas[schema];
    this.writes++;
    this.#written[place] = undefined;
    if (!kept) {
      this.exports.defaults(id);
    }
    list.forEach(({ at, type }, i) => {
      const value = values[i];
      let status;
      if (type && typeof value === "string") {
        this.putText(value);
        status = this.exports.set_text(id, at);
      } else if (type && value !== undefined) {
        status = this.exports.set_number(id, at, +value);
      }
      if (status) {
        throw this.failure(where, prefix);
      }
    });

    if (!kept) {
      // Of what is no setting only that it was given: it is not to be kept alive.
      const known = values.map((value, i) => (list[i].type || value === undefined ? value : true));
      this.#written[place] = { schema, values: known };
    }
    return true;
  }

  /**
   * Once the settings are whole: refuses options that were given and play no part in them.
   * @param {string} where
   * @param {Given} given
   */
  checkOptions(where, { schema, values, prefix, live }) {
    const { id, list } = this.schemas[schema];
    list.forEach(({ at, belongs }, i) => {
      if (!live && belongs && values[i] !== undefined && this.exports.check_given(id, at)) {
        this.forget();
        throw this.failure(where, prefix);
      }
    });
  }

  // After something else wrote into the settings.
  forget() {
    this.writes++;
    this.#written = {};
  }

  // What an option of the settings is now.
  option(schema, field) {
    return valueOf(field, this.exports.setting(this.schemas[schema].id, field.at));
  }

  // Those of its options that are settings, as they are now.
  settings(schema) {
    const fields = this.schemas[schema].list.filter(({ type }) => type);
    return Object.fromEntries(fields.map((field) => [field.name, this.option(schema, field)]));
  }

  // The options of a function as the core describes them; without a name, the functions that take options.
  schema(name) {
    const names = Object.keys(this.schemas);
    if (name === undefined) {
      return names;
    }
    if (!names.includes(name)) {
      throw fault(TypeError, "schema", "name", `one of ${names.join("|")}`, describe(name));
    }
    return this.schemas[name].list.map((field) => ({
      name: field.name,
      kind: field.kind,
      default: valueOf(field, field.initial),
      ...(field.type === "number" && { minimum: field.minimum, maximum: field.maximum }),
      ...(field.choices && { choices: field.choices }),
      ...(field.belongs && { belongs: field.belongs }),
    }));
  }

  // ---- errors -------------------------------------------------------------------------------------------------------

  // The last error of the core as JavaScript's.
  failure(where, prefix = "") {
    this.results(); // what the call put before it failed
    this.exports.error();
    const { status, argument, message } = this.results();
    if (status === "cancelled") {
      return this.#stop;
    }
    if (status === "not enough memory") {
      return new OutOfMemoryError(`${where}: ${message}; ${HINT}`);
    }
    if (status === "bad table") {
      return new TableError(message); // it is about the file, for those whose file it is
    }
    // What learns to find references are the data of a trainer.
    const name = argument === "queries" && where.startsWith("trainer") ? "data" : (argument ?? "");
    return fault(ERRORS[status] ?? RangeError, where, prefix + camel(name), message);
  }
}

// What was not measured is no figure.
function figure(number) {
  return Number.isNaN(number) ? null : number;
}

function interval(low, high) {
  return Number.isNaN(low) ? null : [low, high];
}

/**
 * What the core has as a number; null where that is no value of JavaScript.
 * @param {Option} option
 */
function valueOf({ kind, choices }, number) {
  switch (kind) {
    case "number":
      return number;
    case "integer":
      return Number.isSafeInteger(number) ? number : null;
    case "boolean":
      return number !== 0;
    default:
      return choices?.[number] ?? null;
  }
}
