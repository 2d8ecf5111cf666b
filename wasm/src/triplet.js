// What loadTriplet gives: the functions of one instance.
import { Call, isFloats } from "./call.js";
import * as data from "./data.js";
import { describe } from "./errors.js";
import { batchLoss, indexedLoss, marginLoss, mine } from "./losses.js";
import { Matrix } from "./matrix.js";
import { Memory } from "./memory.js";
import { Encoder, Optimizer } from "./network.js";
import { pointerOf } from "./owned.js";
import { distances, evaluate, evaluateHeldOut, evaluateNeighbors, nearest } from "./search.js";
import { Table } from "./table.js";
import { Trainer } from "./trainer.js";

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

const LOSSES = { marginLoss, indexedLoss, batchLoss, mine };
const CALLS = { matrix, ...LOSSES, distances, nearest, evaluate, evaluateNeighbors, evaluateHeldOut, ...data };

export class Triplet {
  constructor(core) {
    for (const [name, run] of Object.entries(CALLS)) {
      this[name] = (...values) => Call.with(core, name, run, ...values);
    }
    this.readTable = (bytes, options) => Table.read(core, bytes, options);
    this.memory = (options) => new Memory(core, options);
    this.encoder = (options) => new Encoder(core, options);
    this.optimizer = (options) => new Optimizer(core, options);
    this.trainer = (options) => Trainer.create(core, options);
    this.load = (bytes) => Trainer.load(core, bytes);
    this.version = core.version;
    this.schema = (name) => core.schema(name);
  }
}
