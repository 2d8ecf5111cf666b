// What loadTriplet gives: the functions of one instance. Those of triplet/loss are here; triplet.js adds the others.
import { Call } from "./call.js";
import { describe, fault } from "./errors.js";
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
    given = values === undefined ? undefined : call.matrix({ data: values, rows, cols }, "values");
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

// Frees what is made while the body runs, but what it returns, by itself or as a member.
function withScope(core, body) {
  if (typeof body !== "function") {
    throw fault(TypeError, "withScope", "body", "a function", describe(body));
  }
  const outer = core.scope;
  const made = (core.scope = new Set());
  try {
    const result = body();
    if (typeof result?.then === "function") {
      throw fault(TypeError, "withScope", "body", "a function that is done when it returns", "a promise");
    }
    for (const one of [result, ...Object.values(result ?? {})]) {
      if (made.delete(one)) {
        outer?.add(one);
      }
    }
    return result;
  } finally {
    core.scope = outer;
    made.forEach((one) => one.free());
  }
}

const CALLS = { indexedLoss, batchLoss, mine, distances, nearest, verify, verifyPairs };

// Of objects that own memory.
const MAKERS = {
  matrix: (core, ...values) => Call.with(core, "matrix", matrix, ...values),
  memory: (core, options) => new Memory(core, options),
};

export class Losses {
  // calls, makers: further functions, and those of objects that own memory, by name.
  constructor(core, calls = {}, makers = {}) {
    for (const [name, run] of Object.entries({ ...CALLS, ...calls })) {
      this[name] = (...values) => Call.with(core, name, run, ...values);
    }
    for (const [name, make] of Object.entries({ ...MAKERS, ...makers })) {
      this[name] = (...values) => core.made(make(core, ...values));
    }
    // No function of a worker's, whose calls end later.
    Object.defineProperty(this, "withScope", { value: (body) => withScope(core, body) });
    this.marginLoss = (anchors, positives, negatives, options) =>
      marginLoss(core, anchors, positives, negatives, options);
    this.version = core.version;
    this.schema = (name) => core.schema(name);
  }
}
