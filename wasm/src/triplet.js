// What loadTriplet gives where everything is there.
/** @import { Call } from "./call.js" */
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
  ...{ load, classify, evaluate, evaluateNeighbors, evaluateHeldOut, shareInterval },
  ...{ standardization, standardize, split, synthetic, pairSlopes, reach, ring, principalAxes, project },
  ...{ encodeMatrix, encodeMatrices, decodeMatrix, fileFormat },
};

export class Triplet extends Losses {
  constructor(core) {
    super(core, CALLS);
    this.readTable = (bytes, options) => Table.read(core, bytes, options);
    this.index = (references, options) => new Index(core, references, options);
    this.sampler = (options) => new Sampler(core, options);
    this.encoder = (options) => Encoder.create(core, options);
    this.optimizer = (options) => new Optimizer(core, options);
    this.trainer = (options) => Trainer.create(core, options);
  }
}
