// A matrix of float32 in the memory of the instance.
/** @import { Core } from "./core.js" */
import { Owned, alive } from "./owned.js";

// A live view keeps its matrix from being collected.
const keptBy = new WeakMap();

// Properties that stay: what lies in memory has the sizes they tell.
export function fix(object, values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(object, name, { value, enumerable: true, writable: false, configurable: false });
  }
}

export class Matrix extends Owned {
  #core;
  rows = 0;
  cols = 0;

  /**
   * @param {Core} core
   * @param {number} rows
   * @param {number} cols
   */
  constructor(core, rows, cols) {
    super(core, "release", core.block(rows, cols));
    this.#core = core;
    fix(this, { rows, cols });
  }

  get data() {
    const view = this.#core.floatsOf(alive(this, "matrix.data"));
    keptBy.set(view, this);
    return view;
  }

  toArray() {
    const { cols } = this;
    const data = this.#core.floatsOf(alive(this, "matrix.toArray"));
    return Array.from({ length: this.rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
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
