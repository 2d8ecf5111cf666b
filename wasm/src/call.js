// One call of the core: reads JavaScript values into blocks, runs, hands results out, frees what it made.
//
// Reading may run the user's code (getters, proxies), so every call reads first; `run` then makes sure that what was
// read still lives, writes the options and calls, with nobody else's code in between.
import { describe, fault } from "./errors.js";
import { Matrix } from "./matrix.js";
import { pointerOf } from "./owned.js";

const MAX_SIZE = 2 ** 31 - 1;

export function isFloats(value) {
  return value?.[Symbol.toStringTag] === "Float32Array";
}

export class Call {
  #blocks = [];
  #held = [];
  #options = [];
  #floats;

  constructor(core, name) {
    this.core = core;
    this.name = name;
  }

  // Everything between the making of a call and its end.
  static with(core, name, body) {
    const call = new Call(core, name);
    try {
      return body(call);
    } finally {
      for (const block of call.#blocks) {
        core.exports.release(block);
      }
    }
  }

  refuse(argument, expected, got, Type = TypeError) {
    throw fault(Type, this.name, argument, expected, got);
  }

  block(rows, cols) {
    const block = this.core.block(rows, cols);
    this.#blocks.push(block);
    return block;
  }

  // ---- reading ------------------------------------------------------------------------------------------------------

  size(value, argument, low = 0, high = MAX_SIZE) {
    if (typeof value !== "number") {
      this.refuse(argument, "an integer", describe(value));
    }
    if (!(Number.isInteger(value) && value >= low && value <= high)) {
      this.refuse(argument, `an integer in ${low} .. ${high}`, describe(value), RangeError);
    }
    return value;
  }

  number(value, argument) {
    return typeof value === "number" ? value : this.refuse(argument, "a number", describe(value));
  }

  seed(value, argument) {
    return this.size(value, argument, 0, Number.MAX_SAFE_INTEGER);
  }

  // A Matrix, rows of numbers, or { data: Float32Array, rows, cols }.
  matrix(value, argument) {
    const own = Matrix.of(this.core, value);
    if (own) {
      return this.hold(own, argument);
    }
    if (Array.isArray(value)) {
      return this.#rows(value, argument);
    }
    const { data, rows, cols } = value ?? {};
    if (!isFloats(data)) {
      this.refuse(argument, "a matrix, an array of rows or { data: Float32Array, rows, cols }", describe(value));
    }
    this.size(rows, `${argument}.rows`);
    this.size(cols, `${argument}.cols`);
    if (data.length !== rows * cols) {
      this.refuse(`${argument}.data`, `${rows} x ${cols} numbers`, data.length, RangeError);
    }
    const view = this.core.owns(data) && data.byteOffset;
    const block = this.block(rows, cols);
    // Making the block may have moved the memory from under a view of it.
    const from = view === false ? data : this.core.floats.subarray(view >> 2, (view >> 2) + rows * cols);
    this.core.floatsOf(block).set(from);
    return block;
  }

  #rows(value, argument) {
    const rows = value.length;
    let cols = 0;
    let flat;
    for (let i = 0; i < rows; i++) {
      const row = value[i];
      if (!Array.isArray(row) && !isFloats(row)) {
        this.refuse(`${argument}[${i}]`, "an array of numbers", describe(row));
      }
      if (!flat) {
        cols = row.length;
        flat = new Float32Array(rows * cols);
      }
      if (row.length !== cols) {
        this.refuse(`${argument}[${i}]`, `${cols} numbers like row 0`, row.length, RangeError);
      }
      for (let j = 0; j < cols; j++) {
        const number = row[j];
        flat[i * cols + j] = typeof number === "number" ? number : this.number(number, `${argument}[${i}][${j}]`);
      }
    }
    const block = this.block(rows, cols);
    if (flat) {
      this.core.floatsOf(block).set(flat);
    }
    return block;
  }

  // An object that has to be alive when the call runs.
  hold(owned, argument, output = false) {
    this.#held.push({ owned, argument, output });
    return pointerOf(owned);
  }

  // Whole numbers low .. high, from an array or a typed array.
  ints(value, argument, low, high) {
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && value.length !== undefined)) {
      this.refuse(argument, "an array of integers", describe(value));
    }
    const whole = low === undefined ? "an int32" : `an integer in ${low} .. ${high}`;
    const list = value[Symbol.toStringTag] === "Int32Array" ? value : Array.from(value);
    for (let i = 0; i < list.length; i++) {
      const number = list[i];
      if ((number | 0) !== number || number < low || number > high) {
        this.refuse(`${argument}[${i}]`, whole, describe(number), typeof number === "number" ? RangeError : TypeError);
      }
    }
    const block = this.block(list.length, 1);
    this.core.intsOf(block).set(list);
    return block;
  }

  // A number or a list of them; 0 when not given.
  floats(value, argument) {
    if (value === undefined) {
      return 0;
    }
    const list = typeof value === "number" ? [value] : (value?.data ?? value);
    if (!Array.isArray(list) && !isFloats(list)) {
      this.refuse(argument, "a number, an array of numbers or a Float32Array", describe(value));
    }
    const copy = Array.from(list, (number, i) => this.number(number, `${argument}[${i}]`));
    const block = this.block(copy.length, 1);
    this.core.floatsOf(block).set(copy);
    return block;
  }

  options(schema, options, { prefix, kept } = {}) {
    this.#options.push({ schema, prefix, kept, given: this.core.readOptions(this.name, schema, options, prefix) });
  }

  field(schema, key) {
    return this.core.field(this.name, schema, key);
  }

  tripletFloats({ weights, margins, gradOutput } = {}) {
    this.#floats = [
      this.floats(weights, "weights"),
      this.floats(margins, "margins"),
      this.floats(gradOutput, "gradOutput"),
    ];
  }

  flag(options, name, otherwise) {
    const value = options?.[name] ?? otherwise;
    return typeof value === "boolean" ? value : this.refuse(name, "a boolean", describe(value));
  }

  // ---- results ------------------------------------------------------------------------------------------------------

  // Where an output goes: into `given`, a Matrix or an earlier result of this shape, or into memory of the caller.
  output(argument, given, rows, cols) {
    if (given !== undefined && given !== null && (given.rows !== rows || given.cols !== cols)) {
      this.refuse(argument, `${rows} x ${cols}`, `${given.rows} x ${given.cols}`, RangeError);
    }
    const matrix = Matrix.of(this.core, given);
    if (matrix) {
      return { block: this.hold(matrix, argument, true), take: () => matrix };
    }
    const block = this.block(rows, cols);
    return { block, take: () => this.#copy(block, given) };
  }

  #copy(block, given) {
    const from = this.core.floatsOf(block);
    if (isFloats(given?.data) && given.data.length === from.length) {
      given.data.set(from);
      return given;
    }
    return { data: from.slice(), rows: this.core.rows(block), cols: this.core.cols(block) };
  }

  // ---- running ------------------------------------------------------------------------------------------------------

  prepare() {
    const held = this.#held;
    for (let i = 0; i < held.length; i++) {
      const { owned, argument, output } = held[i];
      if (!pointerOf(owned)) {
        this.refuse(argument, "a living object", "a freed one");
      }
      for (let j = 0; j < i; j++) {
        if (held[j].owned === owned && (output || held[j].output)) {
          this.refuse(argument, "memory of its own", `that of ${held[j].argument}`, RangeError);
        }
      }
    }
    for (const { schema, prefix, kept, given } of this.#options) {
      if (!kept) {
        this.core.exports.defaults(this.core.schemas.get(schema).id);
      }
      this.core.writeOptions(this.name, schema, given, prefix);
    }
    if (this.#floats) {
      this.core.exports.set_triplet_floats(...this.#floats);
    }
  }

  check(status) {
    if (status) {
      throw this.core.failure(this.name);
    }
  }

  run(name, ...values) {
    this.prepare();
    this.check(this.core.exports[name](...values));
  }

  // A pointer, which must not be 0.
  make(name, ...values) {
    return this.core.exports[name](...values) || this.check(true);
  }
}
