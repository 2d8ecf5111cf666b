// What loadTriplet gives: the functions of one instance.
import { Call } from "./call.js";
import { principalAxes, project, split, standardization, standardize, synthetic } from "./data.js";
import { describe, fault } from "./errors.js";
import { decodeMatrix, encodeMatrices, encodeMatrix, fileFormat } from "./files.js";
import { batchLoss, indexedLoss, mine, pairSlopes, reach } from "./losses.js";
import { marginLoss } from "./margin.js";
import { Matrix } from "./matrix.js";
import { Memory } from "./memory.js";
import { Encoder, Optimizer } from "./network.js";
import { pointerOf } from "./owned.js";
import { Sampler } from "./sampler.js";
import { classify, distances, evaluate, evaluateHeldOut, evaluateNeighbors, Index, nearest } from "./search.js";
import { ring, shareInterval } from "./search.js";
import { Table } from "./table.js";
import { Trainer } from "./trainer.js";
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

// What bytes were saved by decides on what is made of them.
/** @param {Call} call */
function load(call, bytes) {
  const [block, size] = call.bytes(bytes, "bytes");
  const { kind } = call.check(call.ready().saved_kind(block, size));
  return [Trainer, Encoder, Optimizer][kind].load(call, block, size);
}

const CALLS = {
  ...{ indexedLoss, batchLoss, mine, distances, nearest, classify, verify, verifyPairs },
  ...{ evaluate, evaluateNeighbors, evaluateHeldOut, shareInterval, standardization, standardize, split, synthetic },
  ...{ pairSlopes, reach, ring, principalAxes, project },
  ...{ encodeMatrix, encodeMatrices, decodeMatrix, fileFormat },
};

// Of objects that own memory.
const MAKERS = {
  matrix: (core, ...values) => Call.with(core, "matrix", matrix, ...values),
  load: (core, bytes) => Call.with(core, "load", load, bytes),
  readTable: (core, bytes, options) => Table.read(core, bytes, options),
  index: (core, references, options) => new Index(core, references, options),
  memory: (core, options) => new Memory(core, options),
  sampler: (core, options) => new Sampler(core, options),
  encoder: (core, options) => Encoder.create(core, options),
  optimizer: (core, options) => new Optimizer(core, options),
  trainer: (core, options) => Trainer.create(core, options),
};

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

export class Triplet {
  constructor(core) {
    for (const [name, run] of Object.entries(CALLS)) {
      this[name] = (...values) => Call.with(core, name, run, ...values);
    }
    for (const [name, make] of Object.entries(MAKERS)) {
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
