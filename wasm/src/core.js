// The WebAssembly instance: its memory, its results, its table of options, its errors. exports.c is the other side.
import { OutOfMemoryError, abortError, camel, describe, fault } from "./errors.js";
import { isRecord, namesOf } from "./members.js";

const FIELD_SIZE = 48;
const KINDS = ["number", "integer", "boolean", "choice", "value"];
const EXPECTED = ["a number", "an integer", "a boolean"];
const TYPES = ["number", "number", "boolean", "string"];

const VALUE = 4;
const NOTHING = {};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Core {
  // How many calls are under way, and what was freed while they read their arguments, which may have met it already.
  calls = 0;
  #freed = [];
  // What the settings hold: a loop whose options stay the same does not write them again.
  #written = NOTHING;
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
  #parts = [{}];
  #names = new Map();

  // What exports.c calls.
  imports = {
    emscripten_notify_memory_growth() {},
    put_number: (name, number) => this.#put(this.#name(name), number),
    put_figure: (name, number) => this.#put(this.#name(name), figure(number)),
    put_flag: (name, flag) => this.#put(this.#name(name), flag !== 0),
    put_text: (name, text) => this.#put(this.#name(name), this.text(text)),
    put_figure_at: (key, number) => this.#put(key, figure(number)),
    begin_part: (name) => this.#parts.push(this.#put(this.#name(name), {})),
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
    const { version, text, textSize, schemas, schemaCount, ...choices } = this.results();
    this.version = version;
    this.#text = { start: text, end: text + textSize - 1 };
    this.choices = Object.fromEntries(Object.entries(choices).map(([name, all]) => [name, all.split("|")]));
    this.schemas = new Map();
    for (let id = 0; id < schemaCount; id++) {
      const [name, fields, count] = this.ints.subarray((schemas >> 2) + 3 * id);
      const byName = new Map();
      for (let i = 0; i < count; i++) {
        const field = this.#field(fields + i * FIELD_SIZE);
        byName.set(field.name, field);
      }
      const list = [...byName.values()];
      const settings = list.filter(({ kind }) => kind !== VALUE);
      this.schemas.set(camel(this.text(name)), { id, fields: byName, list, settings });
    }
    return this;
  }

  // The functions of exports.c, which serve one call at a time.
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

  get floats() {
    return this.#floats?.length ? this.#floats : (this.#floats = new Float32Array(this.#memory.buffer));
  }
  get ints() {
    return this.#ints?.length ? this.#ints : (this.#ints = new Int32Array(this.#memory.buffer));
  }
  get bytes() {
    return this.#bytes?.length ? this.#bytes : (this.#bytes = new Uint8Array(this.#memory.buffer));
  }

  text(pointer) {
    return pointer ? decoder.decode(this.bytes.subarray(pointer, this.bytes.indexOf(0, pointer))) : undefined;
  }
  // For the calls that read exports.c's `text`. No choice has a NUL, which would end the text, or is as long as what
  // does not fit.
  putText(text) {
    const { start, end } = this.#text;
    const { written } = encoder.encodeInto(text.replaceAll("\0", "\\0"), this.bytes.subarray(start, end));
    this.bytes[start + written] = 0;
  }

  #field(pointer) {
    const [name, kind] = this.ints.subarray(pointer >> 2);
    const [initial, minimum, maximum] = new Float64Array(this.#memory.buffer, pointer + 16, 3);
    const choices = this.text(this.ints[(pointer >> 2) + 10])?.split("|");
    const key = camel(this.text(name));
    return { at: pointer, name: key, pointer: name, kind, initial, minimum, maximum, choices };
  }

  // ---- blocks -------------------------------------------------------------------------------------------------------

  // scratch: one that its call releases before it ends.
  block(rows, cols, scratch = false) {
    const block = scratch ? this.exports.scratch_block(rows, cols) : this.exports.block(rows, cols);
    if (!block) {
      throw new OutOfMemoryError(`not enough memory for ${rows} x ${cols} numbers`);
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
    return { data: this.floatsOf(block).slice(), rows: this.rows(block), cols: this.cols(block) };
  }

  // ---- results ------------------------------------------------------------------------------------------------------

  #name(pointer) {
    if (!this.#names.has(pointer)) {
      this.#names.set(pointer, camel(this.text(pointer)));
    }
    return this.#names.get(pointer);
  }

  #put(name, value) {
    this.#parts.at(-1)[name] = value;
    return value;
  }

  // What has been put since the last time.
  results() {
    const [results] = this.#parts;
    this.#parts = [{}];
    return results;
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
    while (this.#freed.length) {
      this.release(...this.#freed.pop());
    }
  }

  // ---- options ------------------------------------------------------------------------------------------------------

  // An option by its name.
  field(where, schema, key, prefix = "") {
    const { fields } = this.schemas.get(schema);
    if (!fields.has(key)) {
      const known = [...fields.keys()].join(", ");
      throw fault(TypeError, where, `${prefix}options`, `unknown option "${String(key)}"; known are ${known}`);
    }
    return fields.get(key);
  }

  // Every option that is given, read once. User code may run in here, and nowhere later.
  readOptions(where, schema, options = NOTHING, prefix = "", kept = false) {
    if (!isRecord(options)) {
      throw fault(TypeError, where, prefix.slice(0, -1) || "options", "an object", describe(options));
    }
    const { fields, list } = this.schemas.get(schema);
    namesOf(options, fields).forEach((name) => this.field(where, schema, name, prefix));
    const given = {};
    const values = []; // of the settings
    for (let i = 0; i < list.length; i++) {
      const { name, kind, choices } = list[i];
      const value = options[name];
      if (value !== undefined) {
        if (kind !== VALUE && typeof value !== TYPES[kind]) {
          const expected = EXPECTED[kind] ?? `one of ${choices.join("|")}`;
          throw fault(TypeError, where, prefix + name, expected, describe(value));
        }
        given[name] = value;
      }
      if (kind !== VALUE) {
        values.push(value);
      }
    }
    return { schema, given, values, prefix, kept };
  }

  // Into the settings: on top of what they hold, when kept.
  writeOptions(where, { schema, values, prefix, kept }) {
    const written = this.#written;
    if (!kept && written.schema === schema && values.every((value, i) => value === written.values[i])) {
      return;
    }
    const { id, settings } = this.schemas.get(schema);
    this.forget();
    if (!kept) {
      this.exports.defaults(id);
    }
    settings.forEach(({ pointer }, i) => {
      const value = values[i];
      let status;
      if (typeof value === "string") {
        this.putText(value);
        status = this.exports.set_text(id, pointer);
      } else if (value !== undefined) {
        status = this.exports.set_number(id, pointer, +value);
      }
      if (status) {
        throw this.failure(where, prefix);
      }
    });
    if (!kept) {
      this.#written = { schema, values };
    }
  }

  // After something else wrote into the settings.
  forget() {
    this.#written = NOTHING;
  }

  // What an option of the settings is now.
  option(schema, field) {
    return valueOf(field, this.exports.setting(this.schemas.get(schema).id, field.at));
  }

  // The options of a function as the core describes them; without a name, the functions that take options.
  schema(name) {
    const names = [...this.schemas.keys()];
    if (name === undefined) {
      return names;
    }
    if (!names.includes(name)) {
      throw fault(TypeError, "schema", "name", `one of ${names.join("|")}`, describe(name));
    }
    return [...this.schemas.get(name).fields.values()].map((field) => ({
      name: field.name,
      kind: KINDS[field.kind],
      default: valueOf(field, field.initial),
      ...(field.kind < 2 && { minimum: field.minimum, maximum: field.maximum }),
      ...(field.choices && { choices: field.choices }),
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
      return new OutOfMemoryError(`${where}: ${message}`);
    }
    return fault(RangeError, where, prefix + camel(argument ?? ""), message);
  }
}

// What was not measured is no figure.
function figure(number) {
  return Number.isNaN(number) ? null : number;
}

// What the core has as a number; null where that is no value of JavaScript.
function valueOf({ kind, choices }, number) {
  return [number, Number.isSafeInteger(number) ? number : null, number !== 0, choices?.[number], null][kind];
}
