// The trainer: trains an embedding, applies and evaluates it, saves and loads it.
import { Call } from "./call.js";
import { answered } from "./errors.js";
import { Numbering, readLabels } from "./labels.js";
import { picksOf, readReferences } from "./losses.js";
import { readMembers } from "./members.js";
import { Memory } from "./memory.js";
import { Optimizer, readLayers } from "./network.js";
import { alive, Owned, pointerOf } from "./owned.js";
import { evaluateRows, readRanks } from "./search.js";
import { Recipe } from "./table.js";
import { SLICE, turn } from "./turn.js";
import { readRates, verifyRows } from "./verify.js";

/** @param {Call} call */
function readOptimizer(call, optimizer, live) {
  const lives = optimizer instanceof Optimizer;
  const options = lives ? Optimizer.options(optimizer) : optimizer;
  call.options("optimizer", options, "optimizer.", { kept: true, live: live || lives });
}

/**
 * The other rows of pairs; 0 where there are none.
 * @param {Call} call
 */
function readPartners(call, references) {
  return references === undefined ? 0 : call.matrix(references, "references");
}

/**
 * @param {Call} call
 * @param {Numbering} numbering
 * @param {boolean} optional
 */
function readClasses(call, labels, numbering, optional) {
  return optional && labels === undefined ? undefined : readLabels(call, labels, "labels", numbering);
}

// Before the first validation there is no figure of it.
const reportOf = (put) => ({ validation: undefined, ...put, active: put.stats.active });

export class Trainer extends Owned {
  static name = "Trainer";
  static shown = ({ inputs, dim, steps, stopped, threshold, columns, classes }) =>
    ({ inputs, dim, steps, stopped, threshold, columns, classes });
  #core;
  // The data it learns from, which it is evaluated on by default; undefined in a loaded trainer. references: of pairs.
  #data;
  #labels;
  #references;

  static create(core, options) {
    const make = (call) => {
      const given = call.options("trainer", options);
      readOptimizer(call, given.optimizer, false);
      const layers = readLayers(call, given.layers ?? []);
      const data = call.matrix(given.data, "data");
      const references = readPartners(call, given.references);
      if (!references && given.adapt === "queries") {
        call.refuse("adapt", "references beside it", "none");
      }
      const [columns, classes] = core.choices.names.map((list) => call.strings(given[list] ?? [], list));
      const numbering = Numbering.ofClasses(classes);
      const labels = readClasses(call, given.labels, numbering, references > 0);
      const names = [columns, [...classes, ...numbering.added.keys()]].map((list) => call.texts(list));
      const list = call.labels(labels);
      const recipe = given.recipe === undefined ? 0 : Recipe.read(call, given.recipe, "recipe");
      const { exports } = core;
      call.ready(undefined, () => exports.set_layers(layers, core.cols(data)));
      const trainer = new Trainer(core, call.made(exports.trainer_create(data, references, list)));
      names.forEach((list, i) => call.check(exports.trainer_set_names(pointerOf(trainer), i, list)));
      if (recipe && exports.trainer_set_recipe(pointerOf(trainer), recipe)) {
        trainer.free();
        call.check(true);
      }
      trainer.#keep(given, labels, core.rows(data));
      return trainer;
    };
    return Call.with(core, "trainer", make, options);
  }

  // bytes: a block, and how many it holds.
  static load(call, bytes, size) {
    return new Trainer(call.core, call.made(call.core.exports.trainer_load(bytes, size)));
  }

  constructor(core, pointer) {
    super(core, "trainer_destroy", pointer);
    this.#core = core;
  }

  // Pairs without labels have one each.
  #keep({ data, references }, labels, rows) {
    this.#data = data;
    this.#references = references;
    this.#labels = labels ?? { integers: Int32Array.from({ length: rows }, (_, i) => i) };
  }

  // Gives a loaded trainer its data back, to train on.
  attach(data, labels, references) {
    const give = (call) => {
      const rows = call.matrix(data, "data");
      const partners = readPartners(call, references);
      const { trainer_attach: attach } = this.#core.exports;
      const read = this.#giveLabels(call, labels, partners > 0, (self, list) => attach(self, rows, partners, list));
      this.#keep({ data, references }, read, this.#core.rows(rows));
    };
    this.#call("attach", give, data, labels, references);
  }

  // Embedded rows with their labels that are kept with the model; without any, none are.
  keepRows(embeddings, labels) {
    this.#call("keepRows", (call) => {
      const rows = embeddings === undefined ? 0 : call.matrix(embeddings, "embeddings");
      const { trainer_keep_rows: keep } = this.#core.exports;
      this.#giveLabels(call, labels, !rows, (self, list) => keep(self, rows, list));
    });
  }

  // Labels that are named as the classes are. The names of new ones go to the core once `give` has gone well.
  #giveLabels(call, labels, optional, give) {
    const { classes } = this;
    const numbering = Numbering.ofClasses(classes);
    const read = readClasses(call, labels, numbering, optional);
    const list = call.labels(read);
    const names = call.texts([...classes, ...numbering.added.keys()]);
    const { trainer_set_names: setNames } = call.ready();
    call.check(give(pointerOf(this), list));
    call.check(setNames(pointerOf(this), 1, names));
    return read;
  }

  // One batch forward, backward, update. Fills the report of an earlier step when given.
  step(report) {
    return this.#call("step", (call) => {
      const filled = call.result("report", report);
      const stats = call.result("report.stats", filled.stats);
      const { stats: counts, ...others } = reportOf(call.check(call.ready().trainer_step(pointerOf(this))));
      return Object.assign(filled, others, { stats: call.refill(stats, counts) });
    });
  }

  // Steps until the trainer stops by itself, or the callback returns false after a step. Returns the last report.
  run(callback) {
    for (;;) {
      const [report, over] = this.#runStep("run", "callback", callback);
      if (over || answered(callback?.(report), "trainer.run", "callback") === false || report.stopped) {
        return report;
      }
    }
  }

  // The same steps in slices of a few milliseconds, between which all else has its turn.
  async fit(options) {
    const [signal, onProgress] = readMembers("trainer.fit", options ?? {}, ["signal", "onProgress"]);
    for (;;) {
      const end = performance.now() + SLICE;
      let report;
      let over;
      do {
        [report, over] = this.#runStep("fit", "onProgress", onProgress, signal);
      } while (!over && !report.stopped && performance.now() < end);
      if (over || (await onProgress?.(report)) === false || report.stopped) {
        return report;
      }
      await turn();
    }
  }

  // A step, and whether there was none left.
  #runStep(name, argument, callback, signal) {
    return this.#call(name, (call) => {
      call.callback(callback, argument);
      call.watch({ signal });
      const { over, ...put } = call.check(call.ready().trainer_run_step(pointerOf(this)));
      return [reportOf(put), over];
    });
  }

  restoreBest() {
    this.#core.exports.trainer_restore_best(alive(this, "trainer.restoreBest"));
  }

  // Those that the last step used, as data rows.
  lastTriplets() {
    return this.#call("lastTriplets", (call) => {
      const core = this.#core;
      const { trainer_last_triplets: lastTriplets } = call.ready();
      const { count } = call.check(lastTriplets(pointerOf(this), 0));
      const picks = call.block(3, count);
      call.check(lastTriplets(pointerOf(this), picks));
      return picksOf(core, picks, count);
    });
  }

  // A change from the next step on.
  set(key, value) {
    this.#call("set", (call) => {
      const field = call.field("trainer", key);
      if (key === "optimizer") {
        readOptimizer(call, value, true);
      } else if (field.kind === "value") {
        call.refuse("key", "an option that can change", `"${key}"`);
      } else {
        call.options("trainer", { [key]: value }, "", { kept: true, live: true });
      }
      call.check(call.ready(this.#asSettings).trainer_set_options(pointerOf(this)));
    });
  }

  get(key) {
    return this.#call("get", (call) => {
      const core = this.#core;
      const field = call.field("trainer", key);
      const { trainer_layers: layers } = call.ready(this.#asSettings);
      if (key === "optimizer") {
        return core.settings("optimizer");
      }
      if (key === "layers") {
        return [...core.intsOf(layers(pointerOf(this)))];
      }
      return field.kind === "value" ? undefined : core.option("trainer", field);
    });
  }

  // Raw rows (M, D) -> embeddings (M, dim); without x, of its own data. A free table has a row for each row of its
  // data.
  embed(x, options) {
    return this.#call("embed", (call) => {
      call.watchers(options);
      const rows = this.#rows(call, x);
      call.ready();
      return call.take(this.#embed(call, rows));
    });
  }

  evaluate(x, labels, options) {
    const run = (call) => {
      const given = call.options("evaluate", options, "", { kept: true });
      const ranks = readRanks(call, given);
      return evaluateRows(call, this.#embedQueries(call, x, labels, given), ranks, this.#asSettings);
    };
    return this.#call("evaluate", run, x, labels, options);
  }

  // The threshold that is found becomes the trainer's.
  verify(x, labels, options) {
    const run = (call) => {
      const given = call.options("verify", options, "", { kept: true });
      const rates = readRates(call, "verify", given);
      const found = verifyRows(call, this.#embedQueries(call, x, labels, given), rates, this.#asSettings);
      if (found.threshold !== -Infinity) {
        call.check(this.#core.exports.trainer_set_threshold(pointerOf(this), found.threshold ?? NaN));
      }
      return found;
    };
    return this.#call("verify", run, x, labels, options);
  }

  // Rows, of its own data without x, pairs with their references, embedded; distances as the trainer's loss takes them.
  #embedQueries(call, x, labels, given) {
    const ofMemory = Memory.numbering(given.references);
    const numbering = ofMemory.texts ? ofMemory : Numbering.ofClasses(this.classes);
    const read = this.#readLabels(call, x, labels, numbering);
    const list = call.labels(read);
    const references =
      x === undefined && given.references === undefined && this.#references !== undefined
        ? [call.matrix(this.#references, "references"), read.relations ? 0 : list, 0]
        : readReferences(call, given, numbering, !read.relations);
    const rows = this.#rows(call, x);
    call.ready(this.#asSettings);
    this.#core.watch(undefined); // of what is told embedding is no part
    const { block } = this.#embed(call, rows);
    if (references[0]) {
      references[0] = this.#embed(call, references[0], "trainer_embed_references").block;
    }
    numbering.texts = true; // labels are classes of the model, which come back by their names
    return { rows: block, labels: list, references, numbering };
  }

  // Those of its own data without x, unless others are given.
  #readLabels(call, x, labels, numbering) {
    const given = x === undefined ? (labels ?? this.#labels) : labels;
    if (given === undefined || given !== this.#labels) {
      return readLabels(call, given, "labels", numbering);
    }
    return numbering.texts ? call.refuse("labels", "labels beside a memory that has texts", "undefined") : given;
  }

  // Of its own data without x, for which a free table needs none.
  #rows(call, x) {
    const table = x === undefined && this.#core.exports.trainer_table(alive(this, call.name));
    return table || call.matrix(x ?? this.#data, "x");
  }

  // In a call that is ready.
  #embed(call, rows, by = "trainer_embed") {
    const output = call.output("out", undefined, this.#core.rows(rows), this.dim);
    call.check(this.#core.exports[by](pointerOf(this), rows, output.block));
    return output;
  }

  // The model as safetensors bytes.
  save() {
    return this.#bytes("save");
  }

  // Its encoder as those of an ONNX model.
  export() {
    return this.#bytes("export");
  }

  #bytes(name) {
    return this.#call(name, (call) => {
      const write = call.ready()[`trainer_${name}`];
      return call.written((bytes) => write(pointerOf(this), bytes));
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
  get stopped() {
    return this.#core.exports.trainer_stopped(alive(this, "trainer.stopped")) !== 0;
  }
  get columns() {
    return this.#names(0);
  }
  get classes() {
    return this.#names(1);
  }
  // The largest distance of rows that count as the same; null: none.
  get threshold() {
    const threshold = this.#core.exports.trainer_threshold(alive(this, "trainer.threshold"));
    return Number.isNaN(threshold) ? null : threshold;
  }
  set threshold(threshold) {
    this.#call("threshold", (call) => {
      const number = threshold === null ? NaN : call.number(threshold, "threshold");
      call.check(call.ready().trainer_set_threshold(pointerOf(this), number));
    });
  }
  // Texts by their names.
  get facts() {
    const texts = this.#names(2);
    return Object.fromEntries(texts.flatMap((name, i) => (i % 2 ? [] : [[name, texts[i + 1]]])));
  }
  set facts(facts) {
    this.#call("facts", (call) => {
      const entries = call.entries(facts, "facts", "an object of strings", (...text) => call.string(...text));
      const list = call.texts(entries.flat());
      call.check(call.ready().trainer_set_names(pointerOf(this), 2, list));
    });
  }
  // null: none.
  get keptRows() {
    const core = this.#core;
    const self = alive(this, "trainer.keptRows");
    const { trainer_kept_rows, trainer_kept_labels, trainer_kept_ends } = core.exports;
    const embeddings = core.copyOf(trainer_kept_rows(self));
    if (!embeddings.rows) {
      return null;
    }
    const { classes } = this;
    const all = Array.from(core.intsOf(trainer_kept_labels(self)), (label) => classes[label] ?? label);
    const sets = [...core.intsOf(trainer_kept_ends(self))].map((end, i, ends) => all.slice(ends[i - 1] ?? 0, end));
    const labels = sets.length ? sets.map((set) => (set.length === 1 ? set[0] : set)) : all;
    return { embeddings, labels };
  }
  // null: none.
  get recipe() {
    const { trainer_recipe: place } = this.#core.exports;
    return place(alive(this, "trainer.recipe")) ? new Recipe(this.#core, this, place) : null;
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
  #asSettings = () => {
    this.#core.forget();
    this.#core.exports.trainer_options(pointerOf(this));
  };

  #names(list) {
    const self = alive(this, `trainer.${this.#core.choices.names[list]}`);
    const names = [];
    for (let name; (name = this.#core.exports.trainer_name(self, list, names.length)); ) {
      names.push(this.#core.text(name));
    }
    return names;
  }

  // values: those with matrices among them.
  #call(name, body, ...values) {
    const where = `trainer.${name}`;
    const run = (call) => {
      alive(this, where);
      call.hold(this, "trainer"); // while its arguments are read
      return body(call);
    };
    return Call.with(this.#core, where, run, ...values);
  }
}
