// A matrix of float32 in the memory of the instance.
import { Owned, alive } from "./owned.js";

// A live view keeps its matrix from being collected.
const keptBy = new WeakMap();

export class Matrix extends Owned {
  #core;

  constructor(core, rows, cols) {
    super(core.block(rows, cols), core.exports.release);
    this.#core = core;
    Object.defineProperties(this, {
      rows: { value: rows, enumerable: true },
      cols: { value: cols, enumerable: true },
    });
  }

  get data() {
    const view = this.#core.floatsOf(alive(this, "matrix.data"));
    keptBy.set(view, this);
    return view;
  }

  toArray() {
    const { data, cols } = this;
    return Array.from({ length: this.rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
  }

  // Whether it is a matrix that lives in this core.
  static is(value, core) {
    return value instanceof Matrix && value.#core === core;
  }
}
