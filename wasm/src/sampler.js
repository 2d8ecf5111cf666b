// Batches of row numbers, some rows of some classes each.
import { Call } from "./call.js";
import { Numbering, readLabels } from "./labels.js";
import { fix } from "./matrix.js";
import { Owned } from "./owned.js";

export class Sampler extends Owned {
  static name = "Sampler";
  #core;
  batchRows = 0;

  constructor(core, options) {
    const pointer = Call.with(core, "sampler", (call) => {
      const given = call.options("sampler", options);
      const labels = call.labels(readLabels(call, given.labels, "labels", new Numbering()));
      return call.made(call.ready().sampler_create(labels));
    });
    super(core, "sampler_destroy", pointer);
    this.#core = core;
    fix(this, { batchRows: core.exports.sampler_batch_rows(pointer) });
  }

  next() {
    return Call.with(this.#core, "sampler.next", (call) => {
      const self = call.hold(this, "sampler");
      const rows = call.block(this.batchRows, 1);
      return this.#core.intsOf(rows).slice(0, call.ready().sampler_next(self, rows));
    });
  }
}
