// What loadTriplet gives where everything is there.
import { Call } from "./call.js";
import { principalAxes, project, split, standardization, standardize, synthetic } from "./data.js";
import { decodeMatrix, encodeMatrices, encodeMatrix, fileFormat } from "./files.js";
import { Losses } from "./instance.js";
import { pairSlopes, reach } from "./losses.js";
import { Encoder, Optimizer } from "./network.js";
import { Sampler } from "./sampler.js";
import { classify, evaluate, evaluateHeldOut, evaluateNeighbors, Index, ring, shareInterval } from "./search.js";
import { Table } from "./table.js";
import { Trainer } from "./trainer.js";

// What bytes were saved by decides on what is made of them.
/** @param {Call} call */
function load(call, bytes) {
  const [block, size] = call.bytes(bytes, "bytes");
  const { kind } = call.check(call.ready().saved_kind(block, size));
  return [Trainer, Encoder, Optimizer][kind].load(call, block, size);
}

const CALLS = {
  ...{ classify, evaluate, evaluateNeighbors, evaluateHeldOut, shareInterval },
  ...{ standardization, standardize, split, synthetic, pairSlopes, reach, ring, principalAxes, project },
  ...{ encodeMatrix, encodeMatrices, decodeMatrix, fileFormat },
};

const MAKERS = {
  load: (core, bytes) => Call.with(core, "load", load, bytes),
  readTable: (core, bytes, options) => Table.read(core, bytes, options),
  index: (core, references, options) => new Index(core, references, options),
  sampler: (core, options) => new Sampler(core, options),
  encoder: (core, options) => Encoder.create(core, options),
  optimizer: (core, options) => new Optimizer(core, options),
  trainer: (core, options) => Trainer.create(core, options),
};

export class Triplet extends Losses {
  constructor(core) {
    super(core, CALLS, MAKERS);
  }
}
