// One training run: data split, a trainer, the live changes at their steps, and what there is to see of it.
import { pick, pickRows, sampleOf } from "../model/rows.js";
import { latentChanges, measureOptions, splitOptions, trainerChange, trainerOptions } from "../model/settings.js";
import { Judge } from "./judge.js";

// What a snapshot may cost: triplets looked at, triplets handed out, and lines, which are those to be drawn at first.
const MAX_TRIPLETS_SEEN = 20000;
const MAX_TRIPLETS = 2000;
const MAX_LINES = 240;

// A byte for each row, 1 for those held out.
function split(triplet, { labels, n }, settings) {
  const mask = new Uint8Array(n);
  if (settings.encoder !== "free" && settings.heldOut > 0) {
    triplet.split(labels, ...splitOptions(settings)).heldOut.forEach((row) => (mask[row] = 1));
  }
  return mask;
}

// The core would train, and learn nothing.
function checkClasses(labels, classes) {
  const sizes = new Uint32Array(classes);
  labels.forEach((label) => sizes[label]++);
  const usable = sizes.filter((size) => size >= 2).length;
  if (usable < 2) {
    throw new Error(`It takes two classes with two or more rows to train on; there are ${usable}.`);
  }
}

export class Run {
  #triplet;
  #dataset;
  #settings; // in force
  #used; // by the last step
  #trainer;
  #rows; // of the data, that are trained on
  #data; // all rows, in the library's memory
  #judge;
  #report = null; // of the last step

  // changes: [[step, key, value]...] to be made on the way, in order of step. Throws what the core refuses.
  constructor(triplet, dataset, settings, changes) {
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#settings = settings;
    this.changes = changes;
    this.made = 0; // so many changes have been made
    const { n, d, values, labels, columns, classes } = dataset;
    this.heldOut = split(triplet, dataset, settings);
    this.#rows = Int32Array.from({ length: n }, (_, row) => row).filter((row) => !this.heldOut[row]);
    const trained = pick(labels, this.#rows);
    checkClasses(trained, classes.length);
    this.#judge = new Judge(triplet, dataset, this.heldOut, settings.seed);
    this.#trainer = triplet.trainer({
      ...trainerOptions(settings),
      data: pickRows(values, d, this.#rows),
      labels: trained,
      columns,
      classes,
    });
    latentChanges(settings).forEach((change) => this.#trainer.set(...change));
    this.#data = triplet.matrix(n, d, values);
  }

  free() {
    this.#trainer.free();
    this.#data.free();
  }

  get step() {
    return this.#trainer.steps;
  }

  get judged() {
    return this.#judge.about;
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

  // A change by hand, from the next step on. What a replay had still before it is dropped: this is another history now.
  change(key, value) {
    this.#makeChanges();
    this.#trainer.set(...trainerChange(key, value));
    const step = this.step;
    const kept = this.changes.slice(0, this.made).filter(([at, other]) => at !== step || other !== key);
    this.changes = [...kept, [step, key, value]];
    this.made = this.changes.length;
    this.#settings = { ...this.#settings, [key]: value };
  }

  train() {
    this.#makeChanges();
    this.#used = this.#settings;
    this.#report = this.#trainer.step(this.#report ?? undefined);
  }

  save() {
    return this.#trainer.save();
  }

  // What is seen at this step, with the settings in force. Loss and active share are those of the step, null before the
  // first; recall is null until it is judged.
  snapshot() {
    this.#makeChanges();
    const settings = this.#settings;
    const table = settings.encoder === "free";
    const { data: positions, cols: dim } = table ? this.#trainer.embed() : this.#trainer.embed(this.#data);
    const { loss = null, active, collapsed = false, stats } = this.#report ?? {};
    return {
      step: this.step,
      settings,
      positions,
      dim,
      loss,
      activeShare: stats?.triplets ? active / stats.triplets : null,
      collapsed,
      recall: null,
      ...this.#batch(positions, dim),
    };
  }

  // The recall of a snapshot: { value, among, raw } as the judge has them.
  judge({ positions, dim, settings }) {
    return this.#judge.measure(positions, dim, settings);
  }

  // The last batch at these positions: its gradient, and those of the triplets that the step used which have a loss.
  #batch(positions, dim) {
    const batch = pick(this.#rows, this.#trainer.lastBatch);
    if (batch.length === 0) {
      return { batch, gradient: new Float32Array(0), triplets: new Int32Array(0), lines: new Int32Array(0) };
    }
    const { margin, swap, softMargin } = this.#settings;
    const hinge = { ...measureOptions(this.#settings), nonfinite: "allow", margin, swap, softMargin };
    const rows = pickRows(positions, dim, batch);
    const labels = pick(this.#dataset.labels, batch);
    const all = this.#used.mining === "all";
    const { anchors, positives, negatives } = all ? this.#someOfAll(rows, labels) : this.#drawn();
    const { loss, gradient } = this.#triplet.indexedLoss(rows, { anchors, positives, negatives }, {
      ...hinge,
      convention: "exact",
      reduction: "none",
      gradients: !all,
    });
    const moves = all ? this.#triplet.batchLoss(rows, labels, { ...hinge, mining: "all" }).gradient : gradient;

    const some = (list, limit) => {
      const classes = Int32Array.from(list, (i) => labels[anchors[i]]);
      return pick(list, sampleOf(this.#triplet, classes, limit, this.step));
    };
    const inData = (list) => {
      const sides = [anchors, positives, negatives];
      return Int32Array.from({ length: 3 * list.length }, (_, i) => batch[sides[i % 3][list[Math.floor(i / 3)]]]);
    };
    const active = Int32Array.from(loss.data.keys()).filter((i) => loss.data[i] > 0);
    const shown = some(active, MAX_TRIPLETS);
    return { batch, gradient: moves.data, triplets: inData(shown), lines: inData(some(shown, MAX_LINES)) };
  }

  // The triplets of the last step, by their places in its batch.
  #drawn() {
    const places = new Map(Array.from(this.#trainer.lastBatch, (row, place) => [row, place]));
    const { anchors, positives, negatives } = this.#trainer.lastTriplets();
    const placesOf = (rows) => rows.map((row) => places.get(row));
    return { anchors: placesOf(anchors), positives: placesOf(positives), negatives: placesOf(negatives) };
  }

  // A step that leaves out none uses too many to list: those of some anchors.
  #someOfAll(rows, labels) {
    const perAnchor = this.#used.rowsPerClass * labels.length;
    const places = sampleOf(this.#triplet, labels, Math.ceil(MAX_TRIPLETS_SEEN / perAnchor), this.step);
    const mined = this.#triplet.mine(pickRows(rows.data, rows.cols, places), pick(labels, places), {
      mining: "all",
      nonfinite: "allow",
      references: rows,
      referenceLabels: labels,
      referenceSelf: places,
    });
    return { ...mined, anchors: pick(places, mined.anchors) };
  }
}
