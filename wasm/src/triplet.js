// What loadTriplet gives: the functions of one instance.
import { Call, isFloats } from "./call.js";
import { Core } from "./core.js";
import * as data from "./data.js";
import { describe } from "./errors.js";
import * as losses from "./losses.js";
import { Matrix } from "./matrix.js";
import { Memory } from "./memory.js";
import { Encoder, Optimizer } from "./network.js";
import * as search from "./search.js";
import { Trainer } from "./trainer.js";

function matrix(core, rows, cols, values) {
  return Call.with(core, "matrix", (call) => {
    if (typeof rows === "object") {
      const given = call.matrix(rows, "rows");
      const copy = new Matrix(core, core.rows(given), core.cols(given));
      copy.data.set(core.floatsOf(given));
      return copy;
    }
    call.size(rows, "rows");
    call.size(cols, "cols");
    if (values === undefined) {
      const zeros = new Matrix(core, rows, cols);
      zeros.data.fill(0);
      return zeros;
    }
    if (!isFloats(values) && !Array.isArray(values)) {
      call.refuse("values", "a Float32Array or an array of numbers", describe(values));
    }
    const given = call.matrix({ data: isFloats(values) ? values : floats(call, values), rows, cols }, "values");
    const copy = new Matrix(core, rows, cols);
    copy.data.set(core.floatsOf(given));
    return copy;
  });
}

function floats(call, values) {
  return Float32Array.from(values, (number, i) => call.number(number, `values[${i}]`));
}

export class Triplet {
  constructor(instance) {
    const core = new Core(instance);
    const bind = (functions) => {
      for (const [name, run] of Object.entries(functions)) {
        this[name] = (...values) => run(core, ...values);
      }
    };
    const { marginLoss, indexedLoss, batchLoss, mine } = losses;
    const { distances, nearest, evaluate } = search;
    bind({ matrix, marginLoss, indexedLoss, batchLoss, mine, distances, nearest, evaluate, ...data });
    bind({
      memory: (core, options) => new Memory(core, options),
      encoder: (core, options) => new Encoder(core, options),
      optimizer: (core, options) => new Optimizer(core, options),
      trainer: Trainer.create,
      load: Trainer.load,
      schema: (core, name) => core.schema(name),
    });
  }
}
