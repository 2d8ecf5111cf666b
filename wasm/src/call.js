// One call of the core: reads JavaScript values into blocks, runs, hands results out, frees what it made.
//
// Reading may run the user's code (getters, proxies), which may call again, so every call reads first; `ready` then
// makes sure that what was read still lives and writes the options, and the core runs with nobody else's code between.
/** @import { Core } from "./core.js" */
import { answered, describe, fault, heed } from "./errors.js";
import { Matrix } from "./matrix.js";
import { ANY, isRecord, namesOf, readMembers } from "./members.js";
import { pointerOf, rootOf } from "./owned.js";
import { utf8Encoder } from "./utf8.js";

export const MAX_SIZE = 2 ** 31 - 1;

// What a typed array of any realm is and holds: an object may say anything of itself, and its length is a size here.
const { prototype } = Object.getPrototypeOf(Float32Array);
const getter = (name) => /** @type {() => any} */ (Object.getOwnPropertyDescriptor(prototype, name)?.get);
const kindOf = getter(Symbol.toStringTag);
const realLength = getter("length");

/** @returns {value is Float32Array} */
export function isFloats(value) {
  return kindOf.call(value) === "Float32Array";
}

/** @returns {value is Uint8Array} */
export function isBytes(value) {
  return kindOf.call(value) === "Uint8Array";
}

/** @returns {value is any[]} */
export function isList(value) {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

export function lengthOf(array) {
  return realLength.call(array);
}

// Of any list, made whole, as a proxy may tell anything.
function countOf(list) {
  return ArrayBuffer.isView(list) ? lengthOf(list) : Number(list.length) >>> 0;
}

// Of int64, which JavaScript has as bigint: past what is exact it fits no int32 either.
export function whole(value) {
  return typeof value === "bigint" ? Number(value) : value;
}

// Of the i-th number of an argument, or of a member of it or one of its rows. It is made where it is needed.
function nameOf(argument, member, i) {
  return argument + (typeof member === "number" ? `[${member}]` : member && `.${member}`) + `[${i}]`;
}

// From here on, rounding to float32 makes a number infinite.
export const TOO_LARGE = 2 ** 128 - 2 ** 103;

// What tensors of other libraries call numbers that a typed array holds, two of them in one or by their bits alone.
const PACKED = /^(b?float16|u?int4)$/;

/**
 * A pointer to a matrix of exports.c; 0: not given.
 * @typedef {number} Block
 *
 * Where an output goes. given: what the caller has handed over to be filled; data: its numbers, of the caller's memory.
 * @typedef {{ block: Block, given?: any, data?: Float32Array }} Output
 */

// What a block takes beside its numbers, in numbers.
const HEADER = 36;

const NO_VIEWS = new Map();

export class Call {
  /** @type {Block[] | undefined} */
  #blocks;
  #held; // the last one; each knows the one before
  #options = [];
  /** @type {((done: number) => unknown) | undefined} */
  #progress;
  /** @type {any[] | undefined} */
  #copied; // outputs in memory of the caller
  #values;
  #room; // for numbers, before the memory may grow
  /**
   * Where views of the instance's memory lie in it: kind, byte, length.
   * @type {Map<any, [string, number, number]>}
   */
  #views = NO_VIEWS;

  /**
   * @param {Core} core
   * @param {string} name
   * @param {any[]} values
   */
  constructor(core, name, values) {
    this.core = core;
    this.name = name;
    this.#values = values;
    this.#room = core.scratch.end - core.scratch.next;
  }

  /**
   * Everything between the making of a call and its end. values: all that was given.
   * @template Result
   * @param {Core} core
   * @param {string} name
   * @param {(call: Call, ...values: any[]) => Result} body
   */
  static with(core, name, body, ...values) {
    const { exports } = core; // which refuses what is called within `progress`
    const call = new Call(core, name, values);
    core.calls++;
    try {
      return body(call, ...values);
    } finally {
      if (call.#progress) {
        core.watch(undefined);
      }
      call.#blocks?.reverse().forEach(exports.release);
      if (--core.calls === 0) {
        core.releaseFreed();
      }
    }
  }

  /** @returns {never} */
  refuse(argument, expected, got, Type = TypeError) {
    throw fault(Type, this.name, argument, expected, got);
  }

  // Memory until the end of the call. Calls that interrupt it, while it reads, end before it takes more.
  block(rows, cols) {
    this.#reserve(rows * cols);
    return this.#keep(this.core.block(rows, cols, true));
  }

  // Memory that grows takes all views of it away, also those that are yet to be read: they are looked for before, in
  // what is no getter's, which makes its own when it is read.
  #reserve(size) {
    this.#room -= size + HEADER;
    if ((this.#room < 0 || this.core.calls > 1) && this.core.isShown) {
      const values = this.#values;
      this.#room = Infinity;
      this.#values = [];
      values.forEach((value) => this.#note(value, 0));
    }
  }

  #note(value, depth) {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer === this.core.bytes.buffer) {
        this.#views = this.#views === NO_VIEWS ? new Map() : this.#views;
        this.#views.set(value, [kindOf.call(value), value.byteOffset, lengthOf(value)]);
      }
    } else if (typeof value === "object" && value !== null && depth < 4) {
      const members = Array.isArray(value)
        ? value.filter((member) => typeof member === "object" && !Array.isArray(member))
        : Object.values(Object.getOwnPropertyDescriptors(value)).map((member) => member.value);
      members.forEach((member) => this.#note(member, depth + 1));
    }
  }

  // The view itself, or, where it has been taken away, the same of the memory as it is now.
  #live(view) {
    const noted = this.#views.size > 0 && this.#views.get(view);
    if (!noted || lengthOf(view)) {
      return view;
    }
    const [kind, ...place] = noted;
    const anew = new globalThis[kind](this.core.bytes.buffer, ...place);
    this.#note(anew, 0);
    return anew;
  }

  #keep(block) {
    (this.#blocks ??= []).push(block);
    return block;
  }

  // ---- reading ------------------------------------------------------------------------------------------------------

  // Of `argument`, or of a member of it.
  size(value, argument, low = 0, high = MAX_SIZE, member = "") {
    if (typeof value !== "number") {
      this.refuse(argument + member, "an integer", describe(value));
    }
    if (!(Number.isInteger(value) && value >= low && value <= high)) {
      this.refuse(argument + member, `an integer in ${low} .. ${high}`, describe(value), RangeError);
    }
    return value;
  }

  number(value, argument) {
    return typeof value === "number" ? value : this.refuse(argument, "a number", describe(value));
  }

  seed(value, argument) {
    return this.size(value, argument, 0, Number.MAX_SAFE_INTEGER);
  }

  // A Matrix, rows of numbers, or numbers with their shape: { data, rows, cols }, { data, cols }, or a tensor.
  matrix(value, argument) {
    if (Matrix.is(value, this.core)) {
      return this.hold(value, argument);
    }
    if (Array.isArray(value)) {
      return this.#rows(value, argument);
    }
    const list = this.listOf(value, argument);
    if (!isList(list) || list === value) {
      this.refuse(argument, "a matrix, an array of rows, { data, rows, cols } or a tensor", describe(value));
    }
    const { dims = value.shape } = value;
    if (dims && dims.length !== 2) {
      this.refuse(argument, "2 dimensions", isList(dims) ? countOf(dims) : describe(dims), RangeError);
    }
    const { rows: given, cols } = dims ? { rows: dims[0], cols: dims[1] } : value;
    this.size(cols, argument, 0, MAX_SIZE, ".cols");
    const rows = given ?? (cols && Math.floor(countOf(list) / cols));
    this.size(rows, argument, 0, MAX_SIZE, ".rows");
    this.#fits(list, rows, cols, argument);
    const block = this.block(rows, cols);
    this.#write(list, rows * cols, this.core.dataOf(block), argument, "data");
    return block;
  }

  // What is a list, or the numbers of a tensor: of tfjs what dataSync gives.
  listOf(value, argument) {
    let list = value;
    if (!isList(value)) {
      const { data } = value ?? {};
      list = typeof data === "function" ? value.dataSync?.() : data;
      if (isList(list) && PACKED.test(value.type) && kindOf.call(list) !== "Float16Array") {
        this.refuse(`${argument}.data`, "numbers", `${value.type} in a ${describe(list)}`);
      }
    }
    this.#note(list, 4);
    return this.#live(list);
  }

  /**
   * Numbers, rounded to float32, of a member or a row of an argument. Reading them may run code that makes the memory
   * grow.
   * @param {string | number} [member]
   */
  #write(given, length, at, argument, member = "") {
    const list = this.#live(given);
    const kind = kindOf.call(list);
    const typed = kind !== undefined && !kind.startsWith("Big");
    let { floats } = this.core;
    if (typed) {
      floats.set(list, at);
    }
    for (let i = 0; i < length && (!typed || kind === "Float64Array"); i++) {
      const number = list[i];
      if (typeof number !== "number") {
        this.number(number, nameOf(argument, member, i));
      }
      if ((number >= TOO_LARGE || number <= -TOO_LARGE) && Number.isFinite(number)) {
        this.refuse(nameOf(argument, member, i), "a number that fits float32", describe(number), RangeError);
      }
      if (floats.length === 0) {
        floats = this.core.floats;
      }
      floats[at + i] = number;
    }
  }

  // One of the shape of another, which is called `name`.
  matrixLike(value, argument, { rows, cols }, name) {
    const block = this.matrix(value, argument);
    const got = [this.core.rows(block), this.core.cols(block)];
    if (got[0] !== rows || got[1] !== cols) {
      this.refuse(argument, `${rows} x ${cols} like ${name}`, got.join(" x "), RangeError);
    }
    return block;
  }

  #fits(data, rows, cols, argument) {
    const length = countOf(data);
    if (length !== rows * cols) {
      this.refuse(`${argument}.data`, `${rows} x ${cols} numbers`, length, RangeError);
    }
  }

  #rows(value, argument) {
    const rows = countOf(value);
    let cols = 0;
    let at = 0;
    let block;
    for (let i = 0; i < rows; i++) {
      const row = this.#live(value[i]);
      if (!isList(row)) {
        this.refuse(`${argument}[${i}]`, "an array of numbers", describe(row));
      }
      if (!block) {
        cols = countOf(row);
        block = this.block(rows, cols);
        at = this.core.dataOf(block);
      }
      const count = ArrayBuffer.isView(row) ? lengthOf(this.#live(row)) : row.length;
      if (count !== cols) {
        this.refuse(`${argument}[${i}]`, `${cols} numbers like row 0`, count, RangeError);
      }
      this.#write(row, cols, at + i * cols, argument, i);
    }
    return block ?? this.block(0, 0);
  }

  // What files hold: a block, and how many bytes of it they are. expected: in words.
  bytes(value, argument, expected = "a Uint8Array or an ArrayBuffer") {
    const view = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
    if (!isBytes(view)) {
      this.refuse(argument, expected, describe(value));
    }
    const size = lengthOf(view);
    const block = this.block(Math.ceil(size / 4), 1);
    this.core.bytesOf(block).set(view);
    return [block, size];
  }

  // An array of texts that the core can take.
  strings(value, argument) {
    if (!Array.isArray(value)) {
      this.refuse(argument, "an array of strings", describe(value));
    }
    return Array.from(value, (text, i) => this.string(text, `${argument}[${i}]`));
  }

  string(value, argument) {
    return typeof value === "string" && !value.includes("\0")
      ? value
      : this.refuse(argument, "a string without \\0", describe(value));
  }

  // What has names of the caller's own: each name with what is read of its value.
  entries(value, argument, expected, read) {
    if (!isRecord(value)) {
      this.refuse(argument, expected, describe(value));
    }
    const names = namesOf(value, ANY).map((name) => this.string(name, argument));
    return names.map((name) => [name, read(value[name], `${argument}.${name}`)]);
  }

  // Texts of our own, each closed by a 0: a block of their places.
  texts(texts) {
    const [block] = this.bytes(utf8Encoder().encode(texts.map((text) => `${text}\0`).join("")), "texts");
    const places = this.block(texts.length, 1);
    const { bytes, ints } = this.core;
    const start = this.core.dataOf(places);
    let place = 4 * this.core.dataOf(block);
    texts.forEach((_, i) => {
      ints[start + i] = place;
      place = bytes.indexOf(0, place) + 1;
    });
    return places;
  }

  // An object that has to be alive now and when the call runs.
  hold(owned, argument, output = false) {
    this.#held = { owned, argument, output, before: this.#held };
    return this.#alive(this.#held);
  }

  #alive({ owned, argument }) {
    return pointerOf(owned) || this.refuse(argument, "a living object", "a freed one");
  }

  // Whole numbers low .. high, from an array or a typed array.
  ints(value, argument, low = -(2 ** 31), high = MAX_SIZE) {
    const given = this.listOf(value, argument);
    if (!isList(given)) {
      this.refuse(argument, "an array of integers", describe(value));
    }
    const length = countOf(given);
    const block = this.block(length, 1);
    const start = this.core.dataOf(block);
    const list = this.#live(given);
    for (let i = 0; i < length; i++) {
      const number = whole(list[i]);
      if (typeof number !== "number" || (number | 0) !== number || number < low || number > high) {
        const expected = low < -1 ? "an int32" : `an integer in ${low} .. ${high}`;
        const Type = typeof number === "number" ? RangeError : TypeError;
        this.refuse(`${argument}[${i}]`, expected, describe(list[i]), Type);
      }
      this.core.ints[start + i] = number;
    }
    return block;
  }

  // A list of them for each of some rows, in memory of the caller.
  integers(value, argument, low = undefined, high = undefined) {
    if (!Array.isArray(value)) {
      this.refuse(argument, "an array of arrays of integers", describe(value));
    }
    return Array.from(value, (list, i) => this.core.intsOf(this.ints(list, `${argument}[${i}]`, low, high)).slice());
  }

  // The core's block of such lists.
  lists(value, argument) {
    const items = [];
    const ends = this.integers(value, argument).map((list) => {
      list.forEach((item) => items.push(item));
      return items.length;
    });
    return this.labels({ integers: items, ends });
  }

  // Numbers as doubles; 0 when not given.
  doubles(value, argument) {
    if (value === undefined) {
      return 0;
    }
    if (!isList(value)) {
      this.refuse(argument, "an array of numbers", describe(value));
    }
    const numbers = Array.from(value, (number, i) => this.number(number, `${argument}[${i}]`));
    const block = this.block(2 * numbers.length, 1);
    new Float64Array(this.core.bytes.buffer, 4 * this.core.dataOf(block), numbers.length).set(numbers);
    return block;
  }

  // Whole numbers of our own; 0 when not given.
  list(integers) {
    const block = integers ? this.block(integers.length, 1) : 0;
    if (block) {
      this.core.ints.set(integers, this.core.dataOf(block));
    }
    return block;
  }

  /**
   * Labels that were read, for the core; 0 when not given.
   * @param {import("./labels.js").Labels} [labels]
   */
  labels(labels) {
    return labels ? this.labelsOf(this.list(labels.integers), this.list(labels.ends), labels.relations ?? 0) : 0;
  }

  labelsOf(integers, ends, relations) {
    this.#reserve(0);
    return this.#keep(this.core.labels(integers, ends, relations));
  }

  // A number or a list of them; 0 when not given.
  floats(value, argument) {
    if (value === undefined) {
      return 0;
    }
    const list = typeof value === "number" ? [value] : this.listOf(value, argument);
    if (!isList(list)) {
      this.refuse(argument, "a number or an array of numbers", describe(value));
    }
    const length = countOf(list);
    const block = this.block(length, 1);
    this.#write(list, length, this.core.dataOf(block), argument);
    return block;
  }

  // The same where they have to be given.
  givenFloats(value, argument) {
    return this.floats(value, argument) || this.refuse(argument, "an array of numbers", describe(value));
  }

  /**
   * What is given of them. For `ready` to write, as `how` says: see Core.
   * @param {string} schema
   * @param {any} options
   * @param {string} [prefix]
   * @param {{ kept?: boolean, live?: boolean }} [how]
   */
  options(schema, options, prefix = "", how) {
    return this.values(schema, this.core.readValues(this.name, schema, options, prefix), prefix, how);
  }

  // The same of values that were read.
  values(schema, values, prefix = "", how) {
    const read = this.core.checkValues(this.name, schema, values, prefix, how);
    this.#options.push(read);
    this.watch(read.given);
    return read.given;
  }

  // The same of options that have nothing else.
  watchers(options) {
    const [progress, signal] = readMembers(this.name, options ?? {}, ["progress", "signal"]);
    this.watch({ progress, signal });
  }

  // Who is told how far the call is, and what may cancel it.
  watch({ progress, signal }) {
    this.callback(progress, "progress");
    heed(signal, this.name);
    if (progress || signal) {
      this.#progress = (done) => {
        signal?.throwIfAborted();
        return answered(progress?.(done), this.name, "progress");
      };
    }
  }

  callback(value, argument) {
    if (value !== undefined && typeof value !== "function") {
      this.refuse(argument, "a function", describe(value));
    }
  }

  field(schema, key) {
    return this.core.field(this.name, schema, key);
  }

  flag(value, argument, otherwise) {
    const flag = value ?? otherwise;
    return typeof flag === "boolean" ? flag : this.refuse(argument, "a boolean", describe(flag));
  }

  // ---- results ------------------------------------------------------------------------------------------------------

  // An earlier result to fill, or a new one.
  result(argument, given) {
    const result = given ?? {};
    if (typeof result !== "object" || Object.isFrozen(result)) {
      this.refuse(argument, "an earlier result", typeof result === "object" ? "a frozen one" : describe(result));
    }
    return result;
  }

  // Fills an earlier result, of which what is found no longer goes.
  refill(result, found) {
    for (const name of Object.keys(result)) {
      if (!(name in found)) {
        delete result[name];
      }
    }
    return Object.assign(result, found);
  }

  /**
   * Where an output goes: into `given`, a Matrix or an earlier result of this shape, or into memory of the caller.
   * @returns {Output}
   */
  output(argument, given, rows, cols) {
    if (given === undefined || given === null) {
      return { block: this.block(rows, cols) };
    }
    const inside = Matrix.is(given, this.core);
    const data = inside ? undefined : given.data;
    this.#note(data, 4);
    const shape = [given.rows, given.cols];
    if (!inside && !isFloats(data)) {
      this.refuse(argument, "a matrix or an earlier result", describe(given));
    }
    if (shape[0] !== rows || shape[1] !== cols) {
      this.refuse(argument, `${rows} x ${cols}`, shape.join(" x "), RangeError);
    }
    if (inside) {
      return { block: this.hold(given, argument, true), given };
    }
    const output = { argument, block: this.block(rows, cols), given, data, rows, cols };
    (this.#copied ??= []).push(output);
    return output;
  }

  /**
   * What came of an output, for the caller.
   * @param {Output} output
   */
  take({ block, given, data }) {
    const { core } = this;
    if (data) {
      Float32Array.prototype.set.call(this.#live(data), core.floatsOf(block));
    }
    return given ?? core.copyOf(block);
  }

  // ---- running ------------------------------------------------------------------------------------------------------

  /**
   * The core's functions, when everything they read and write is in place. prepare writes what the options go on top
   * of, complete what belongs to them and is none.
   * @param {() => void} [prepare]
   * @param {() => void} [complete]
   */
  ready(prepare, complete) {
    // Reading has run the user's code: what was read must live still, and no output be anything else.
    for (let held = this.#held; held; held = held.before) {
      this.#alive(held);
      for (let other = held.before; other; other = other.before) {
        if ((other.output || held.output) && share(held.owned, other.owned)) {
          this.refuse(held.argument, "memory of its own", `that of ${other.argument}`, RangeError);
        }
      }
    }

    this.#copied?.forEach(({ argument, data, rows, cols }, i, outputs) => {
      const other = outputs.find((output) => output.data === data);
      if (other !== outputs[i]) {
        this.refuse(argument, "memory of its own", `that of ${other.argument}`, RangeError);
      }
      this.#fits(this.#live(data), rows, cols, argument);
    });

    prepare?.();
    let changed = complete !== undefined;
    for (let i = 0; i < this.#options.length; i++) {
      changed = this.core.writeOptions(this.name, this.#options[i]) || changed;
    }
    complete?.();
    for (let i = 0; changed && i < this.#options.length; i++) {
      this.core.checkOptions(this.name, this.#options[i]);
    }

    if (this.#progress) {
      this.core.watch(this.#progress);
    }
    return this.core.exports;
  }

  // The bytes that the core writes when it is asked for their size, and then for them.
  written(write) {
    const { size } = this.check(write(0));
    const block = this.block(Math.ceil(size / 4), 1);
    this.check(write(block));
    return this.core.bytesOf(block).slice(0, size);
  }

  // What the core has put, or the error it ended with.
  check(status) {
    if (status) {
      throw this.core.failure(this.name);
    }
    return this.core.results();
  }

  // A pointer, which must not be 0.
  made(pointer) {
    return pointer || this.check(true);
  }
}

// Whether what is written to one changes the other: only matrices show memory that is not theirs.
function share(one, other) {
  return one === other || (rootOf(one) === rootOf(other) && Matrix.overlap(one, other));
}
