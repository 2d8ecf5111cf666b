// The WebAssembly instance: its memory, its table of options, its errors. Layouts are those of core/triplet.h and
// wasm/exports.c for 32-bit pointers.
import { OutOfMemoryError, camel, describe, fault } from "./errors.js";

const INVALID_ARGUMENT = 1;
const OUT_OF_MEMORY = 2;
const FIELD_SIZE = 48;
const KINDS = ["number", "integer", "boolean", "choice", "value"];
const EXPECTED = ["a number", "an integer", "a boolean"];
const TYPES = ["number", "number", "boolean", "string"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Core {
  #memory;
  #floats;
  #ints;
  #bytes;
  #doubles;
  #places;

  constructor(instance) {
    this.exports = instance.exports;
    this.#memory = instance.exports.memory;
    this.exports._initialize();
    const start = this.exports.start();
    if (!start) {
      throw new OutOfMemoryError("loadTriplet: not enough memory");
    }
    const [error, schemas, schemaCount, text, textSize, numbers] = this.ints.subarray(start >> 2, (start >> 2) + 6);
    this.#places = { error, text, textSize, numbers };
    this.schemas = new Map();
    for (let id = 0; id < schemaCount; id++) {
      const [name, fields, count] = this.ints.subarray((schemas >> 2) + 3 * id);
      const byName = new Map();
      for (let i = 0; i < count; i++) {
        const field = this.#field(fields + i * FIELD_SIZE);
        byName.set(field.name, Object.assign(field, { order: i }));
      }
      this.schemas.set(camel(this.text(name)), { id, fields: byName });
    }
  }

  // Growth of the memory detaches its buffer, which leaves views of length 0.
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
    return this.#doubles[(this.#places.numbers >> 3) + index];
  }
  owns(view) {
    return view.buffer === this.#memory.buffer;
  }

  text(pointer) {
    return pointer ? decoder.decode(this.bytes.subarray(pointer, this.bytes.indexOf(0, pointer))) : undefined;
  }
  // For the calls that read exports.c's `text`; what does not fit is cut, which makes it unknown.
  putText(text) {
    const { text: place, textSize } = this.#places;
    const { written } = encoder.encodeInto(text, this.bytes.subarray(place, place + textSize - 1));
    this.bytes[place + written] = 0;
  }

  #field(pointer) {
    const [name, kind, offset] = this.ints.subarray(pointer >> 2);
    const [initial, minimum, maximum] = new Float64Array(this.#memory.buffer, pointer + 16, 3);
    const choices = this.text(this.ints[(pointer >> 2) + 10])?.split("|");
    return { name: camel(this.text(name)), pointer: name, kind, offset, initial, minimum, maximum, choices };
  }

  // ---- blocks: see exports.c ----------------------------------------------------------------------------------------

  block(rows, cols) {
    const block = this.exports.block(rows, cols);
    if (!block) {
      throw new OutOfMemoryError(`not enough memory for ${rows} x ${cols} numbers`);
    }
    return block;
  }
  rows(block) {
    return this.ints[(block >> 2) + 1] >>> 0;
  }
  cols(block) {
    return this.ints[(block >> 2) + 2] >>> 0;
  }
  floatsOf(block) {
    const start = this.ints[block >> 2] >>> 2;
    return this.floats.subarray(start, start + this.rows(block) * this.cols(block));
  }
  intsOf(block) {
    const start = this.ints[block >> 2] >>> 2;
    return this.ints.subarray(start, start + this.rows(block) * this.cols(block));
  }
  bytesOf(block) {
    const start = this.ints[block >> 2] >>> 0;
    return this.bytes.subarray(start, start + 4 * this.rows(block) * this.cols(block));
  }

  // ---- options ------------------------------------------------------------------------------------------------------

  // An option by its name; the core's error for an unknown one lists those that are known.
  field(where, schema, key, prefix) {
    const { id, fields } = this.schemas.get(schema);
    const field = fields.get(key);
    if (!field) {
      this.putText(String(key));
      this.exports.find_option(id);
      throw this.failure(where, prefix, TypeError);
    }
    return field;
  }

  // [field, value] of each option that is given, in the order of the schema. User code may run in here, and nowhere
  // later.
  readOptions(where, schema, options, prefix = "") {
    const subject = prefix || "options";
    if (options === undefined) {
      return [];
    }
    if (options === null || typeof options !== "object") {
      throw fault(TypeError, where, subject, "an object", describe(options));
    }
    const given = [];
    for (const key of Object.keys(options)) {
      const field = this.field(where, schema, key, prefix);
      const value = field.kind < 4 ? options[key] : undefined;
      if (value !== undefined) {
        given.push([field, this.checkKind(where, field, value, prefix)]);
      }
    }
    return given.sort(([one], [other]) => one.order - other.order);
  }

  checkKind(where, field, value, prefix) {
    if (typeof value !== TYPES[field.kind]) {
      const expected = EXPECTED[field.kind] ?? `one of ${field.choices.join("|")}`;
      throw fault(TypeError, where, prefix + field.name, expected, describe(value));
    }
    return value;
  }

  writeOptions(where, schema, given, prefix = "") {
    const { id } = this.schemas.get(schema);
    for (const [field, value] of given) {
      let status;
      if (typeof value === "string") {
        this.putText(value);
        status = this.exports.set_text(id, field.pointer);
      } else {
        status = this.exports.set_number(id, field.pointer, +value);
      }
      if (status) {
        throw this.failure(where, prefix);
      }
    }
  }

  // What an option of the settings is now.
  option(schema, field) {
    const at = this.exports.setting(this.schemas.get(schema).id, field.offset);
    const view = new DataView(this.#memory.buffer, at);
    switch (KINDS[field.kind]) {
      case "number":
        return view.getFloat64(0, true);
      case "integer":
        return integerOrNull(Number(view.getBigInt64(0, true)));
      case "boolean":
        return view.getUint8(0) !== 0;
      default:
        return field.choices[view.getInt32(0, true)];
    }
  }

  // The options of a function as the core describes them.
  schema(name) {
    return [...this.schemas.get(name).fields.values()].map(({ name, kind, initial, minimum, maximum, choices }) => ({
      name,
      kind: KINDS[kind],
      default: [initial, integerOrNull(initial), initial !== 0, choices?.[initial], null][kind],
      ...(kind < 2 && { minimum, maximum }),
      ...(choices && { choices }),
    }));
  }

  // ---- errors -------------------------------------------------------------------------------------------------------

  // The last error of the core as JavaScript's.
  failure(where, prefix = "", Type = RangeError) {
    const [status, argument] = this.ints.subarray(this.#places.error >> 2);
    const name = this.text(argument);
    const message = this.text(this.#places.error + 8);
    if (status === OUT_OF_MEMORY) {
      return new OutOfMemoryError(`${where}: ${message}`);
    }
    const subject = prefix + camel(name ?? "");
    // Only the names of options are spelt differently here.
    return fault(Type, where, subject, name === "options" && status === INVALID_ARGUMENT ? camel(message) : message);
  }
}

function integerOrNull(value) {
  return Number.isSafeInteger(value) ? value : null;
}
