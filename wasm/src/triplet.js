// What loadTriplet gives: the functions of one instance.
import { Call, isFloats } from "./call.js";
import { principalAxes, project, split, standardization, standardize, synthetic } from "./data.js";
import { describe } from "./errors.js";
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

// What bytes were saved by decides on what is made of them.
/** @param {Call} call */
function load(call, bytes) {
  const [block, size] = call.bytes(bytes, "bytes");
  const { kind } = call.check(call.ready().saved_kind(block, size));
  return [Trainer, Encoder, Optimizer][kind].load(call, block, size);
}

const CALLS = {
  ...{ matrix, indexedLoss, batchLoss, mine, distances, nearest, classify, verify, verifyPairs, load },
  ...{ evaluate, evaluateNeighbors, evaluateHeldOut, shareInterval, standardization, standardize, split, synthetic },
  ...{ pairSlopes, reach, ring, principalAxes, project },
  ...{ encodeMatrix, encodeMatrices, decodeMatrix, fileFormat },
};

export class Triplet {
  constructor(core) {
    for (const [name, run] of Object.entries(CALLS)) {
      this[name] = (...values) => Call.with(core, name, run, ...values);
    }
    this.marginLoss = (anchors, positives, negatives, options) =>
      marginLoss(core, anchors, positives, negatives, options);
    this.readTable = (bytes, options) => Table.read(core, bytes, options);
    this.index = (references, options) => new Index(core, references, options);
    this.memory = (options) => new Memory(core, options);
    this.sampler = (options) => new Sampler(core, options);
    this.encoder = (options) => Encoder.create(core, options);
    this.optimizer = (options) => new Optimizer(core, options);
    this.trainer = (options) => Trainer.create(core, options);
    this.version = core.version;
    this.schema = (name) => core.schema(name);
  }
}
