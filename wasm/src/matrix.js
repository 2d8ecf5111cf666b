// A matrix of float32 in the memory of the instance.
/** @import { Core } from "./core.js" */
import { Call } from "./call.js";
import { Owned, alive, pointerOf, rootOf } from "./owned.js";
import { Rows } from "./rows.js";

// A live view keeps its matrix from being collected.
const keptBy = new WeakMap();

// Properties that stay: what lies in memory has the sizes they tell.
export function fix(object, values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(object, name, { value, enumerable: true, writable: false, configurable: false });
  }
}

export class Matrix extends Owned {
  static name = "Matrix";
  static shown = ({ rows, cols, data }) => ({ rows, cols, data });
  #core;
  #place;
  rows = 0;
  cols = 0;

  /**
   * @param {Core} core
   * @param {number} rows
   * @param {number} cols
   * @param {number} [block]
   * @param {Owned} [root]
   */
  constructor(core, rows, cols, block = core.block(rows, cols), root = undefined) {
    super(core, "release", block, root);
    this.#core = core;
    this.#place = core.dataOf(block);
    fix(this, { rows, cols });
  }

  get data() {
    const view = this.#core.show(alive(this, "matrix.data"));
    keptBy.set(view, this);
    return view;
  }

  toArray() {
    alive(this, "matrix.toArray");
    return Rows.prototype.toArray.call(this);
  }

  // Rows first .. last - 1 as a matrix that shows them, and keeps what it shows from being collected.
  subarray(first, last = this.rows) {
    const core = this.#core;
    return Call.with(core, "matrix.subarray", (call) => {
      const block = call.hold(this, "matrix");
      const from = call.size(first, "first", 0, this.rows);
      const rows = call.size(last, "last", from, this.rows) - from;
      return core.made(new Matrix(core, rows, this.cols, core.viewBlock(block, from, rows), rootOf(this)));
    });
  }

  // A copy of these rows.
  select(indices) {
    const core = this.#core;
    return Call.with(core, "matrix.select", (call) => {
      call.hold(this, "matrix");
      const list = call.ints(indices, "indices", 0, this.rows - 1);
      call.ready();
      const { cols } = this;
      const made = core.made(new Matrix(core, core.rows(list), cols));
      core.intsOf(list).forEach((row, i) => {
        const from = this.#place + row * cols;
        core.floats.copyWithin(made.#place + i * cols, from, from + cols);
      });
      return made;
    });
  }

  fill(value) {
    return this.#change("fill", (call, self) => call.ready().matrix_fill(self, call.number(value, "value")));
  }
  scale(factor) {
    return this.#change("scale", (call, self) => call.ready().matrix_scale(self, call.number(factor, "factor")));
  }
  random(seed) {
    return this.#change("random", (call, self) => call.ready().matrix_random(self, call.seed(seed, "seed")));
  }
  // Of x, factor times; x may be the matrix itself.
  add(x, factor = 1) {
    return this.#change("add", (call, self) => {
      const from = x === this ? self : call.matrixLike(x, "x", this, "the matrix");
      return call.ready().matrix_add(self, from, call.number(factor, "factor"));
    });
  }
  // Of x, or without it as another matrix.
  copy(x) {
    if (x === undefined) {
      alive(this, "matrix.copy");
      return this.#core.made(new Matrix(this.#core, this.rows, this.cols).copy(this));
    }
    return this.#change("copy", (call, self) => {
      const from = call.matrixLike(x, "x", this, "the matrix");
      return call.ready().matrix_copy(self, from);
    });
  }

  // In place. body: returns a status.
  #change(name, body) {
    return Call.with(this.#core, `matrix.${name}`, (call) => {
      call.check(body(call, call.hold(this, "matrix", true)));
      return this;
    });
  }

  // Where its numbers begin in `floats`; 0 when freed.
  static placeOf(matrix) {
    return pointerOf(matrix) && matrix.#place;
  }

  /**
   * Whether two of this core share numbers.
   * @param {Matrix} one
   * @param {Matrix} other
   */
  static overlap(one, other) {
    const size = ({ rows, cols }) => rows * cols;
    return one.#place < other.#place + size(other) && other.#place < one.#place + size(one);
  }

  /**
   * Whether it is a matrix that lives in this core.
   * @param {any} value
   * @returns {value is Matrix}
   */
  static is(value, core) {
    return typeof value === "object" && value !== null && #core in value && value.#core === core;
  }
}
