// What loadTriplet gives: the functions of one instance. Those of triplet/loss are here; triplet.js adds the others.
import { Call, isFloats } from "./call.js";
import { describe } from "./errors.js";
import { batchLoss, indexedLoss, mine } from "./losses.js";
import { marginLoss } from "./margin.js";
import { Matrix } from "./matrix.js";
import { Memory } from "./memory.js";
import { pointerOf } from "./owned.js";
import { distances, nearest } from "./search.js";
import { verify, verifyPairs } from "./verify.js";

/** @param {Call} call */
function matrix(call, rows, cols, values) {
  const { core } = call;
  let given;
  if (typeof rows === "object") {
    given = call.matrix(rows, "rows");
  } else {
    call.size(rows, "rows");
    call.size(cols, "cols");
    if (values !== undefined && !isFloats(values) && !Array.isArray(values)) {
      call.refuse("values", "a Float32Array or an array of numbers", describe(values));
    }
    const data = Array.isArray(values) ? floats(call, values) : values;
    given = data && call.matrix({ data, rows, cols }, "values");
  }
  const made = given ? new Matrix(core, core.rows(given), core.cols(given)) : new Matrix(core, rows, cols);
  const data = core.floatsOf(pointerOf(made));
  if (given) {
    data.set(core.floatsOf(given));
  } else {
    data.fill(0);
  }
  return made;
}

/** @param {Call} call */
function floats(call, values) {
  return Float32Array.from(values, (number, i) => call.number(number, `values[${i}]`));
}

const CALLS = { matrix, indexedLoss, batchLoss, mine, distances, nearest, verify, verifyPairs };

export class Losses {
  // calls: further functions, by name.
  constructor(core, calls = {}) {
    for (const [name, run] of Object.entries({ ...CALLS, ...calls })) {
      this[name] = (...values) => Call.with(core, name, run, ...values);
    }
    this.marginLoss = (anchors, positives, negatives, options) =>
      marginLoss(core, anchors, positives, negatives, options);
    this.memory = (options) => new Memory(core, options);
    this.version = core.version;
    this.schema = (name) => core.schema(name);
  }
}
