// The WebAssembly instance: its memory, its table of options, its errors. Layouts are those of core/triplet.h and
// wasm/exports.c for 32-bit pointers.
import { OutOfMemoryError, camel, describe, fault } from "./errors.js";
import { isRecord, namesOf } from "./members.js";

const OUT_OF_MEMORY = 2;
const BLOCK_SIZE = 12;
const ALIGNMENT = 64;
const NOTHING = {};

// What is expected of the value of an option, by its kind; of a choice, one of them. Values are read elsewhere.
const TYPES = { number: "number", integer: "number", boolean: "boolean", choice: "string" };
const EXPECTED = { number: "a number", integer: "an integer", boolean: "a boolean" };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Core {
  // The free part of the scratch.
  scratch;
  #scratchEnd;
  // How many calls are under way, and what was freed while they read their arguments, which may have met it already.
  calls = 0;
  #freed = [];
  // What the settings hold: a loop whose options stay the same does not write them again.
  #written = NOTHING;
  #memory;
  #floats;
  #ints;
  #bytes;
  #doubles;
  #places;
  #numbers;

  constructor(instance) {
    this.exports = instance.exports;
    this.#memory = instance.exports.memory;
    this.exports._initialize();
    const start = this.exports.start();
    if (!start) {
      throw new OutOfMemoryError("loadTriplet: not enough memory");
    }
    const [error, text, textSize, numbers, scratch, scratchSize, version] = this.ints.subarray(start >> 2);
    this.version = this.text(version);
    this.#places = { error, text, textSize };
    this.#numbers = numbers >> 3;
    this.scratch = scratch;
    this.#scratchEnd = scratch + scratchSize;
    this.schemas = new Map();
    for (let id = 0, name; (name = this.exports.schema_name(id)); id++) {
      const list = [];
      for (let i = 0, field; (field = this.exports.field(id, i)); i++) {
        list.push(this.#field(field));
      }
      const fields = new Map(list.map((field) => [field.name, field]));
      this.schemas.set(camel(this.text(name)), { id, fields, list, settings: list.filter(({ type }) => type) });
    }
  }

  get floats() {
    return this.#floats?.length ? this.#floats : (this.#floats = new Float32Array(this.#memory.buffer));
  }
  get ints() {
    return this.#ints?.length ? this.#ints : (this.#ints = new Int32Array(this.#memory.buffer));
  }
  get bytes() {
    return this.#bytes?.length ? this.#bytes : (this.#bytes = new Uint8Array(this.#memory.buffer));
  }
  // What the last call left in exports.c's `numbers`.
  number(index) {
    if (!this.#doubles?.length) {
      this.#doubles = new Float64Array(this.#memory.buffer);
    }
    return this.#doubles[this.#numbers + index];
  }

  figure(index) {
    return figure(this.number(index));
  }

  text(pointer) {
    return pointer ? decoder.decode(this.bytes.subarray(pointer, this.bytes.indexOf(0, pointer))) : undefined;
  }
  // For the calls that read exports.c's `text`. No choice has a NUL, which would end the text, or is as long as what
  // does not fit.
  putText(text) {
    const { text: place, textSize } = this.#places;
    const { written } = encoder.encodeInto(
      text.replaceAll("\0", "\\0"),
      this.bytes.subarray(place, place + textSize - 1),
    );
    this.bytes[place + written] = 0;
  }

  #field(at) {
    const { exports } = this;
    const key = exports.field_name(at);
    const kind = this.text(exports.field_kind(at));
    return {
      at,
      key,
      name: camel(this.text(key)),
      kind,
      type: TYPES[kind], // of its value; none where that is not for the settings
      initial: exports.field_default(at),
      minimum: exports.field_minimum(at),
      maximum: exports.field_maximum(at),
      choices: this.text(exports.field_choices(at))?.split("|"),
      belongs: this.text(exports.field_belongs(at))?.replace(/(^|,)\w+/g, camel),
    };
  }

  // ---- blocks: see exports.c ----------------------------------------------------------------------------------------

  block(rows, cols) {
    const block = this.exports.block(rows, cols);
    if (!block) {
      throw new OutOfMemoryError(`not enough memory for ${rows} x ${cols} numbers`);
    }
    return block;
  }
  // Of the scratch, or 0 when it does not fit there.
  scratchBlock(rows, cols) {
    const data = this.scratch + ALIGNMENT;
    const end = data + ((4 * rows * cols + ALIGNMENT - 1) & -ALIGNMENT);
    if (!(data + 4 * rows * cols <= this.#scratchEnd)) {
      return 0;
    }
    this.scratch = end;
    const block = data - BLOCK_SIZE;
    const { ints } = this;
    ints[block >> 2] = data;
    ints[(block >> 2) + 1] = rows;
    ints[(block >> 2) + 2] = cols;
    return block;
  }
  rows(block) {
    return this.ints[(block >> 2) + 1] >>> 0;
  }
  cols(block) {
    return this.ints[(block >> 2) + 2] >>> 0;
  }
  // Its place in `floats` and `ints`.
  dataOf(block) {
    return this.ints[block >> 2] >>> 2;
  }
  floatsOf(block) {
    const start = this.dataOf(block);
    return this.floats.subarray(start, start + this.rows(block) * this.cols(block));
  }
  // For the caller to keep.
  copyOf(block) {
    const start = this.dataOf(block);
    const rows = this.rows(block);
    const cols = this.cols(block);
    return { data: this.floats.slice(start, start + rows * cols), rows, cols };
  }
  intsOf(block) {
    const start = this.dataOf(block);
    return this.ints.subarray(start, start + this.rows(block) * this.cols(block));
  }
  bytesOf(block) {
    const start = this.ints[block >> 2] >>> 0;
    return this.bytes.subarray(start, start + 4 * this.rows(block) * this.cols(block));
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

  // Every option that is given, read once. User code may run in here, and nowhere later. kept: on top of what the
  // settings hold; live: a change of what lives, which may have options that play no part.
  readOptions(where, schema, options = NOTHING, prefix = "", { kept = false, live = false } = NOTHING) {
    if (!isRecord(options)) {
      throw fault(TypeError, where, prefix.slice(0, -1) || "options", "an object", describe(options));
    }
    const { fields, list } = this.schemas.get(schema);
    namesOf(options, fields).forEach((name) => this.field(where, schema, name, prefix));
    const given = {};
    const values = []; // of the settings
    for (let i = 0; i < list.length; i++) {
      const { name, kind, type, choices } = list[i];
      const value = options[name];
      if (value !== undefined) {
        if (type && typeof value !== type) {
          const expected = EXPECTED[kind] ?? `one of ${choices.join("|")}`;
          throw fault(TypeError, where, prefix + name, expected, describe(value));
        }
        given[name] = value;
      }
      if (type) {
        values.push(value);
      }
    }
    return { schema, given, values, prefix, kept, live };
  }

  // Into the settings: on top of what they hold, when kept. False when they were there already.
  writeOptions(where, { schema, values, prefix, kept }) {
    const written = this.#written;
    if (!kept && written.schema === schema && values.every((value, i) => value === written.values[i])) {
      return false;
    }
    const { id, settings } = this.schemas.get(schema);
    this.forget();
    if (!kept) {
      this.exports.defaults(id);
    }
    settings.forEach(({ key }, i) => {
      const value = values[i];
      let status;
      if (typeof value === "string") {
        this.putText(value);
        status = this.exports.set_text(id, key);
      } else if (value !== undefined) {
        status = this.exports.set_number(id, key, +value);
      }
      if (status) {
        throw this.failure(where, prefix);
      }
    });
    if (!kept) {
      this.#written = { schema, values };
    }
    return true;
  }

  // Once the settings are whole: refuses options that were given and play no part in them.
  checkOptions(where, { schema, values, prefix, live }) {
    const { id, settings } = this.schemas.get(schema);
    settings.forEach(({ key, belongs }, i) => {
      if (!live && belongs && values[i] !== undefined && this.exports.check_given(id, key)) {
        this.forget();
        throw this.failure(where, prefix);
      }
    });
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
    const [status, argument] = this.ints.subarray(this.#places.error >> 2);
    const message = this.text(this.#places.error + 8);
    if (status === OUT_OF_MEMORY) {
      return new OutOfMemoryError(`${where}: ${message}`);
    }
    return fault(RangeError, where, prefix + camel(this.text(argument) ?? ""), message);
  }
}

// What was not measured is no figure.
export function figure(number) {
  return Number.isNaN(number) ? null : number;
}

// What the core has as a number; null where that is no value of JavaScript.
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
