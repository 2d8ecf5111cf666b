// The trainer: learns, embeds, judges, and becomes bytes and back.
import { Call, isBytes, lengthOf } from "./call.js";
import { describe, fault } from "./errors.js";
import { fillStats, readReferences } from "./losses.js";
import { Optimizer, readLayers } from "./network.js";
import { alive, Owned, pointerOf } from "./owned.js";
import { judge, readRanks } from "./search.js";

const encoder = new TextEncoder();
const CANCELLED = 5;
const NAMES = ["columns", "classes"];

function readOptimizer(call, optimizer) {
  const options = optimizer instanceof Optimizer ? Optimizer.options(optimizer) : optimizer;
  call.options("optimizer", options, "optimizer.", true);
}

function readNames(call, names, argument) {
  if (!Array.isArray(names)) {
    call.refuse(argument, "an array of strings", describe(names));
  }
  const terminated = Array.from(names, (name, i) =>
    typeof name === "string" && !name.includes("\0")
      ? `${name}\0`
      : call.refuse(`${argument}[${i}]`, "a string without \\0", describe(name)),
  );
  const bytes = encoder.encode(terminated.join(""));
  const block = call.block(Math.ceil(bytes.length / 4), 1);
  call.core.bytesOf(block).set(bytes);
  return [terminated.length, block];
}

export class Trainer extends Owned {
  #core;
  // What it learns from, to judge by; undefined in a loaded trainer.
  #data;
  #labels;

  static create(core, options) {
    return Call.with(core, "trainer", (call) => {
      call.options("trainer", options);
      readOptimizer(call, options?.optimizer);
      const layers = readLayers(call, options?.layers ?? []);
      const data = call.matrix(options?.data, "data");
      const labels = call.ints(options.labels, "labels");
      const names = NAMES.map((list) => options[list] && readNames(call, options[list], list));
      const exports = call.ready();
      exports.set_layers(layers, core.cols(data));
      const trainer = new Trainer(core, call.made(exports.trainer_create(data, labels)));
      names.forEach((list, i) => list && call.check(exports.trainer_set_names(pointerOf(trainer), i, ...list)));
      trainer.#keep(call, options.data, labels);
      return trainer;
    });
  }

  static load(core, bytes) {
    return Call.with(core, "load", (call) => {
      const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
      if (!isBytes(view)) {
        call.refuse("bytes", "a Uint8Array or an ArrayBuffer", describe(bytes));
      }
      const size = lengthOf(view);
      const block = call.block(Math.ceil(size / 4), 1);
      core.bytesOf(block).set(view);
      return new Trainer(core, call.made(core.exports.trainer_load(block, size)));
    });
  }

  constructor(core, pointer) {
    super(pointer, core.exports.trainer_destroy);
    this.#core = core;
  }

  #keep(call, data, labels) {
    this.#data = data;
    this.#labels = this.#core.intsOf(labels).slice();
  }

  // Gives a loaded trainer its data back, to train on.
  attach(data, labels) {
    this.#call("attach", (call, self) => {
      const rows = call.matrix(data, "data");
      const list = call.ints(labels, "labels");
      call.check(call.ready().trainer_attach(self, rows, list));
      this.#keep(call, data, list);
    });
  }

  // One batch forward, backward, update. Fills the report of an earlier step when given.
  step(report = {}) {
    if (typeof report !== "object" || report === null) {
      throw fault(TypeError, "trainer.step", "report", "an earlier report", describe(report));
    }
    if (this.#core.exports.trainer_step(alive(this, "trainer.step"), false)) {
      throw this.#core.failure("trainer.step");
    }
    return this.#fill(report);
  }

  // Steps until the trainer stops by itself, or the callback returns false after a step. Returns the last report.
  run(callback) {
    if (callback !== undefined && typeof callback !== "function") {
      throw fault(TypeError, "trainer.run", "callback", "a function", describe(callback));
    }
    for (;;) {
      const status = this.#core.exports.trainer_step(alive(this, "trainer.run"), true);
      if (status && status !== CANCELLED) {
        throw this.#core.failure("trainer.run");
      }
      const report = this.#fill({});
      if (!status || callback?.(report) === false || report.stopped) {
        return report;
      }
    }
  }

  #fill(report) {
    const core = this.#core;
    report.step = core.number(0);
    report.loss = core.number(1);
    report.learningRate = core.number(2);
    report.validation = core.number(3) < 0 ? undefined : core.number(3);
    report.improved = core.number(4) !== 0;
    report.stopped = core.number(5) !== 0;
    report.collapsed = core.number(6) !== 0;
    report.stats = fillStats(core, report.stats ?? {}, 7);
    report.active = report.stats.active;
    return report;
  }

  restoreBest() {
    this.#core.exports.trainer_restore_best(alive(this, "trainer.restoreBest"));
  }

  // A change from the next step on.
  set(key, value) {
    this.#call("set", (call, self) => {
      const field = call.field("trainer", key);
      if (key === "optimizer") {
        readOptimizer(call, value);
      } else if (field.kind === 4) {
        call.refuse("key", "an option that can change", `"${key}"`);
      } else {
        call.options("trainer", { [key]: value }, "", true);
      }
      this.#showOptions(self);
      call.check(call.ready().trainer_set_options(self));
    });
  }

  get(key) {
    return this.#call("get", (call, self) => {
      const core = this.#core;
      const field = call.field("trainer", key);
      this.#showOptions(self);
      if (key === "optimizer") {
        const fields = [...core.schemas.get("optimizer").fields.values()];
        return Object.fromEntries(fields.map((field) => [field.name, core.option("optimizer", field)]));
      }
      if (key === "layers") {
        return [...core.intsOf(core.exports.trainer_layers(self))];
      }
      return field.kind === 4 ? undefined : core.option("trainer", field);
    });
  }

  // Raw rows (M, D) -> embeddings (M, dim); without x, of its own data. A free table has a row for each row of its
  // data.
  embed(x) {
    return this.#call("embed", (call, self) => call.take(this.#embedding(call, self, x, "x")));
  }

  // Of its own data without x. Distances as the trainer's loss takes them.
  evaluate(x, labels, options) {
    return this.#call("evaluate", (call, self) => {
      call.options("evaluate", options, "", true);
      const ranks = readRanks(call, options);
      const list = call.ints(x === undefined ? (labels ?? this.#labels) : labels, "labels");
      const references = readReferences(call, options);
      const rows = this.#embedding(call, self, x, "x").block;
      if (references[0]) {
        references[0] = this.#embed(call, self, references[0]).block;
      }
      this.#showOptions(self);
      return judge(call, rows, list, references, ranks);
    });
  }

  #embedding(call, self, x, argument) {
    const table = x === undefined && this.#core.exports.trainer_table(self);
    return this.#embed(call, self, table || call.matrix(x ?? this.#data, argument));
  }

  #embed(call, self, rows) {
    const output = call.output("out", undefined, this.#core.rows(rows), this.dim);
    call.check(call.ready().trainer_embed(self, rows, output.block));
    return output;
  }

  // The model as safetensors bytes.
  save() {
    return this.#call("save", (call, self) => {
      const core = this.#core;
      call.check(core.exports.trainer_save(self, 0));
      const size = core.number(0);
      const block = call.block(Math.ceil(size / 4), 1);
      call.check(core.exports.trainer_save(self, block));
      return core.bytesOf(block).slice(0, size);
    });
  }

  get dim() {
    return this.#core.exports.trainer_dim(alive(this, "trainer.dim"));
  }
  get inputs() {
    return this.#core.exports.trainer_inputs(alive(this, "trainer.inputs"));
  }
  get steps() {
    return this.#core.exports.trainer_steps(alive(this, "trainer.steps"));
  }
  get columns() {
    return this.#names(0);
  }
  get classes() {
    return this.#names(1);
  }
  get parameters() {
    return this.#core.copyOf(this.#core.exports.trainer_parameters(alive(this, "trainer.parameters")));
  }
  get lastBatch() {
    return this.#core.intsOf(this.#core.exports.trainer_last_batch(alive(this, "trainer.lastBatch"))).slice();
  }
  get validationRows() {
    return this.#core.intsOf(this.#core.exports.trainer_validation_rows(alive(this, "trainer.validationRows"))).slice();
  }

  // Makes its options the settings.
  #showOptions(self) {
    this.#core.forget();
    this.#core.exports.trainer_options(self);
  }

  #names(list) {
    const self = alive(this, `trainer.${NAMES[list]}`);
    const names = [];
    for (let name; (name = this.#core.exports.trainer_name(self, list, names.length)); ) {
      names.push(this.#core.text(name));
    }
    return names;
  }

  #call(name, body) {
    const where = `trainer.${name}`;
    return Call.with(this.#core, where, (call) => {
      alive(this, where);
      return body(call, call.hold(this, "trainer"));
    });
  }
}
