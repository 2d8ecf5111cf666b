// One training run: the split of the data, a trainer, the live changes at their steps, the record of every step, and
// snapshots. Of more rows than a picture can hold all are trained on; snapshots are of those that are pictured, by
// their numbers there.
import { endingAt } from "../model/ending.js";
import { RunRecord } from "../model/record.js";
import { picturedRows } from "../model/pictured.js";
import { pick, pickRows } from "../model/rows.js";
import { withChanges } from "../model/settings.js";
import { withTable } from "../model/table.js";
import {
  isNetwork,
  latentChanges,
  measureOptions,
  splitOptions,
  trainerChange,
  trainerOptions,
} from "../model/trainer_options.js";
import { Checkpoints } from "./checkpoints.js";
import { Evaluator } from "./evaluator.js";
import { forcesOf } from "./forces.js";
import { columnsOfCells, neighborsOf, verified } from "./questions.js";

// A byte for each row, 1 for held-out ones.
function split(triplet, { labels, n }, settings) {
  const mask = new Uint8Array(n);
  if (settings.encoder !== "free" && settings.heldOut > 0) {
    triplet.split(labels, ...splitOptions(settings)).heldOut.forEach((row) => (mask[row] = 1));
  }
  return mask;
}

// The data as the encoder takes them, and the trainer's options that go with them. rows: those that are trained on,
// which alone a table's recipe is fitted to; what it gives is standardised.
function prepared(triplet, { table, values, n, d, columns }, rows, settings, use) {
  if (!table) {
    return use({ data: values, rows: n, cols: d }, { columns });
  }
  return withTable(triplet, table.bytes, table.options, (read) => {
    const { recipe } = read;
    recipe.fit(rows);
    return use(recipe.matrix(read), isNetwork(settings) ? { columns, recipe, standardize: false } : {});
  });
}

// With fewer classes the core would train without learning anything.
function checkClasses(labels, classes) {
  const sizes = new Uint32Array(classes);
  labels.forEach((label) => sizes[label]++);
  const usable = sizes.filter((size) => size >= 2).length;
  if (usable < 2) {
    throw new Error(`Training takes at least two classes of two or more rows, and there are ${usable}.`);
  }
}

const rowsWhere = (mask, value) => Int32Array.from(mask.keys()).filter((row) => mask[row] === value);

export class Run {
  #triplet;
  #initial; // settings at step 0
  #settings; // in force
  #used; // settings of the last step
  #trainer;
  #training; // what is trained on: { rows: their numbers, data, labels }
  #labels; // of the pictured rows
  #data; // the pictured rows, in the library's memory
  #evaluator;
  #checkpoints = new Checkpoints();
  #report = null; // of the last step
  #evaluation = { step: -1, settings: null, share: null }; // the last

  record = new RunRecord();

  // changes: [[step, key, value]...] to be made on the way, in order of steps. Throws if the core refuses.
  constructor(triplet, dataset, settings, changes) {
    this.#triplet = triplet;
    this.#initial = this.#settings = settings;
    this.changes = changes;
    this.made = 0; // how many of the changes have been made
    this.rows = picturedRows(triplet, dataset); // their numbers; null: all
    const { labels, classes } = dataset;
    const mask = split(triplet, dataset, settings);
    const trained = rowsWhere(mask, 0);
    this.#training = { rows: trained, data: null, labels: pick(labels, trained) };
    checkClasses(this.#training.labels, classes.length);

    this.heldOut = this.rows ? Uint8Array.from(this.rows, (row) => mask[row]) : mask;
    this.#labels = this.rows ? pick(labels, this.rows) : labels;
    prepared(triplet, dataset, trained, settings, (x, options) => {
      const seen = this.rows ? pickRows(x.data, x.cols, this.rows) : x;
      const about = { x: seen, n: seen.rows, labels: this.#labels, table: dataset.table };
      this.#evaluator = new Evaluator(triplet, about, this.heldOut, settings.seed);
      this.#training.data = pickRows(x.data, x.cols, trained);
      const { data, labels } = this.#training;
      this.#trainer = triplet.trainer({ ...trainerOptions(settings), ...options, data, labels, classes });
      this.#data = triplet.matrix(seen);
    });
    latentChanges(settings).forEach((change) => this.#trainer.set(...change));
    this.#note();
  }

  free() {
    this.#trainer.free();
    this.#data.free();
  }

  get step() {
    return this.#trainer.steps;
  }

  get evaluated() {
    return this.#evaluator.about;
  }

  save() {
    return this.#trainer.save();
  }

  // ---- steps --------------------------------------------------------------------------------------------------------

  train() {
    this.#makeChanges();
    this.#used = this.#settings;
    this.#report = this.#trainer.step(this.#report ?? undefined);
    if (this.step > this.record.steps) {
      this.record.add(this.#report.loss, activeShare(this.#report));
      this.#note();
    }
  }

  // What is kept of some steps alone, as they are before changes are made at them.
  #note() {
    const { step } = this;
    this.#checkpoints.pass(step, () => this.save());
    if (step % this.evaluated.every === 0) {
      const share = this.evaluate({ ...this.#positions(), step, settings: this.#settings });
      this.record.recall.push({ step, ...share, collapsed: this.#report?.collapsed ?? false });
      this.#noteEnding();
    }
  }

  // Counted from the last change or ending: a run that is sent on ends again.
  #noteEnding() {
    const { endings } = this.record;
    const since = Math.max(this.changes[this.made - 1]?.[0] ?? 0, endings.at(-1)?.step ?? 0);
    const ending = endingAt(this.record, since);
    ending && endings.push(ending);
  }

  // Whether it is where nothing more is to be expected of it.
  get isAtEnding() {
    return this.record.endings.some(({ step }) => step === this.step);
  }

  // Changes that are due before the next step.
  #makeChanges() {
    while (this.made < this.changes.length && this.changes[this.made][0] <= this.step) {
      const [, key, value] = this.changes[this.made];
      this.#trainer.set(...trainerChange(key, value));
      this.#settings = { ...this.#settings, [key]: value };
      this.made++;
    }
  }

  // A change by hand, from the next step on. Later changes and what is recorded of later steps are dropped: this is
  // another history now.
  change(key, value) {
    this.#makeChanges();
    this.#trainer.set(...trainerChange(key, value));
    const step = this.step;
    const kept = this.changes.slice(0, this.made).filter(([at, other]) => at !== step || other !== key);
    this.changes = [...kept, [step, key, value]];
    this.made = this.changes.length;
    this.#settings = { ...this.#settings, [key]: value };
    this.record.back(step);
    this.#checkpoints.back(step);
  }

  // Goes to a step before this one, as near as it gets without training, if that is the shortest way; the step itself
  // has to be trained, as only then its batch is known.
  approach(step) {
    const { step: saved, bytes } = this.#checkpoints.before(step);
    if (step >= this.step && saved <= this.step) {
      return;
    }
    const { data, labels } = this.#training;
    const trainer = this.#triplet.load(bytes);
    trainer.attach(data, labels);
    this.#trainer.free();
    this.#trainer = trainer;
    this.#report = null;
    this.made = this.changes.filter(([at]) => at < saved).length;
    this.#settings = withChanges(this.#initial, this.changes.slice(0, this.made));
    this.#used = null;
  }

  // ---- what is seen -------------------------------------------------------------------------------------------------

  // The run at this step, with the settings in force. Loss and active share are those of the step, null before the
  // first; recall is null until it is evaluated.
  snapshot() {
    this.#makeChanges();
    const { step } = this;
    const settings = this.#settings;
    const { positions, dim } = this.#positions();
    const { loss = null, collapsed = false } = this.#report ?? {};
    const stats = this.#report?.stats;
    return {
      step,
      settings,
      positions,
      dim,
      loss,
      activeShare: activeShare(this.#report),
      terms: stats?.pairs === undefined ? "triplets" : "pairs",
      collapsed,
      recall: null,
      ...this.#forces(positions, dim),
    };
  }

  // The recall of a snapshot, as Evaluator.evaluate returns it.
  evaluate({ positions, dim, step, settings }) {
    const last = this.#evaluation;
    if (step !== last.step || settings !== last.settings) {
      this.#evaluation = { step, settings, share: this.#evaluator.evaluate(positions, dim, settings) };
    }
    return this.#evaluation.share;
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  verify() {
    const rows = rowsWhere(this.heldOut, 1);
    return { on: this.evaluated.on, ...verified(this.#triplet, { ...this.#seen(), rows, seed: this.#initial.seed }) };
  }

  // Where a row lands: its columns as the encoder takes them, or its cells by the names of their columns.
  embed({ values, cells }) {
    if (!isNetwork(this.#settings)) {
      throw new Error("Free points have no place for a new row. Choose a network or a linear encoder.");
    }
    const { recipe } = this.#trainer;
    const data = values ?? (recipe ? columnsOfCells(this.#triplet, recipe, cells) : this.#numbersOf(cells));
    const point = this.#trainer.embed({ data, rows: 1, cols: data.length });
    return neighborsOf(this.#triplet, { ...this.#seen(), point, rows: rowsWhere(this.heldOut, 0) });
  }

  #numbersOf(cells) {
    const numbers = this.#trainer.columns.map((name) => [name, Number(cells[name])]);
    const [missing] = numbers.find(([name, number]) => !cells[name] || Number.isNaN(number)) ?? [];
    if (missing !== undefined) {
      throw new Error(`Expected a number for ${missing}, got "${cells[missing] ?? ""}".`);
    }
    return Float32Array.from(numbers, ([, number]) => number);
  }

  #seen() {
    const { positions: data, dim: cols } = this.#positions();
    const points = { data, rows: this.#labels.length, cols };
    return { points, labels: this.#labels, settings: this.#settings };
  }

  #positions() {
    if (isNetwork(this.#settings)) {
      const { data: positions, cols: dim } = this.#trainer.embed(this.#data);
      return { positions, dim };
    }
    const { data, cols: dim } = this.#trainer.embed();
    return { positions: this.rows ? pickRows(data, dim, this.rows).data : data, dim };
  }

  // The settings are those in force, if the loss is still the step's.
  #forces(positions, dim) {
    const [settings, used] = [this.#settings.loss === this.#used?.loss ? this.#settings : this.#used, this.#used];
    const batch = this.rows ? this.#picturedBatch() : pick(this.#training.rows, this.#trainer.lastBatch);
    const rows = pickRows(positions, dim, batch);
    const labels = pick(this.#labels, batch);
    const drawn = () => (this.rows ? this.#mined(rows, labels) : this.#drawn());
    return { batch, ...forcesOf(this.#triplet, { batch, rows, labels, settings, used, step: this.step, drawn }) };
  }

  // The triplets of the last step, by their indices in its batch.
  #drawn() {
    const indices = new Map(Array.from(this.#trainer.lastBatch, (row, i) => [row, i]));
    const { anchors, positives, negatives } = this.#trainer.lastTriplets();
    const inBatch = (rows) => rows.map((row) => indices.get(row));
    return { anchors: inBatch(anchors), positives: inBatch(positives), negatives: inBatch(negatives) };
  }

  // Where few rows of a batch are pictured: a batch of pictured rows in its place, and what the step would have made of
  // it.
  #picturedBatch() {
    if (!this.#used) {
      return new Int32Array(0);
    }
    const { classesPerBatch, rowsPerClass } = this.#used;
    const rows = rowsWhere(this.heldOut, 0);
    const labels = pick(this.#labels, rows);
    const sampler = this.#triplet.sampler({ labels, classesPerBatch, rowsPerClass, seed: this.step });
    const batch = pick(rows, sampler.next());
    sampler.free();
    return batch;
  }

  #mined(rows, labels) {
    const { mining } = this.#used;
    const options = { mining, ...measureOptions(this.#used), nonfinite: "allow" };
    return this.#triplet.mine(rows, labels, mining === "random" ? { ...options, seed: this.step } : options);
  }
}

// null before the first step, and where there was nothing to be active.
function activeShare(report) {
  const terms = report?.stats.triplets ?? report?.stats.pairs;
  return terms ? report.active / terms : null;
}
