// One training run: data split, a trainer, the live changes at their steps, and what there is to see of it.
import { trainerChange, trainerOptions, withChanges } from "../model/settings.js";

// What a snapshot may cost: rows among which recall is measured, triplets looked at, triplets handed out.
const MAX_JUDGED = 400;
const MAX_TRIPLETS_SEEN = 20000;
const MAX_TRIPLETS = 2000;

function split(triplet, { labels, n, classes }, { encoder, heldOut, holdOut, seed }) {
  const mask = new Uint8Array(n);
  if (encoder === "free" || heldOut === 0) {
    return mask;
  }
  if (holdOut === "classes") {
    const trained = Math.max(classes.length - Math.round(heldOut * classes.length), Math.min(2, classes.length));
    return mask.map((_, row) => (labels[row] >= trained ? 1 : 0));
  }
  for (const row of triplet.split(labels, heldOut, seed).heldOut) {
    mask[row] = 1;
  }
  return mask;
}

// So many of a list, evenly spread.
function spread(list, limit) {
  return list.length <= limit
    ? list
    : Int32Array.from({ length: limit }, (_, i) => list[Math.floor((i * list.length) / limit)]);
}

function pickRows(values, cols, rows) {
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => data.set(values.subarray(row * cols, (row + 1) * cols), i * cols));
  return { data, rows: rows.length, cols };
}

const pick = (list, rows) => Int32Array.from(rows, (row) => list[row]);

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
  #settings;
  #trainer;
  #rows; // of the data, that are trained on
  #data; // all rows, in the library's memory
  #judged;
  #report = { step: 0, loss: 0, active: 0, collapsed: false, stats: { triplets: 0 } };
  #recall = { at: -1, value: 0, cost: 0, done: 0 };

  // changes: [[step, key, value]...] to be made on the way, in order of step. Throws what the core refuses.
  constructor(triplet, dataset, settings, changes) {
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#settings = settings;
    this.changes = changes;
    this.made = 0; // so many changes have been made
    const { n, d, values, labels, columns, classes } = dataset;
    this.heldOut = split(triplet, dataset, settings);
    const all = Int32Array.from({ length: n }, (_, row) => row);
    this.#rows = all.filter((row) => !this.heldOut[row]);
    const trained = pick(labels, this.#rows);
    checkClasses(trained, classes.length);
    const judged = all.filter((row) => this.heldOut[row]);
    this.#judged = spread(judged.length ? judged : all, MAX_JUDGED);
    this.#trainer = triplet.trainer({
      ...trainerOptions(settings),
      data: pickRows(values, d, this.#rows),
      labels: trained,
      columns,
      classes,
    });
    this.#data = triplet.matrix(n, d, values);
  }

  free() {
    this.#trainer.free();
    this.#data.free();
  }

  get step() {
    return this.#trainer.steps;
  }

  #current() {
    return withChanges(this.#settings, this.changes.slice(0, this.made));
  }

  // Changes that are due before the next step.
  #makeChanges() {
    while (this.made < this.changes.length && this.changes[this.made][0] <= this.step) {
      const [, key, value] = this.changes[this.made];
      this.#trainer.set(...trainerChange(key, value));
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
  }

  train() {
    this.#makeChanges();
    this.#trainer.step(this.#report);
  }

  save() {
    return this.#trainer.save();
  }

  // What is seen at this step. precise: take the time to measure recall here rather than to tell its last value.
  snapshot(precise) {
    this.#makeChanges();
    const values = this.#current();
    const table = values.encoder === "free";
    const { data: positions, cols: dim } = table ? this.#trainer.embed() : this.#trainer.embed(this.#data);
    const { step, loss, active, collapsed, stats } = this.#report;
    const activeShare = stats.triplets ? active / stats.triplets : 0;
    const recallAt1 = this.#recallOf(positions, dim, values, precise);
    return {
      step,
      positions,
      dim,
      loss,
      activeShare,
      collapsed,
      recallAt1,
      margin: values.margin,
      ...this.#batch(positions, dim, values),
    };
  }

  #recallOf(positions, dim, { distance, p }, precise) {
    const last = this.#recall;
    const start = performance.now();
    if (last.at !== this.step && (precise || start - last.done > 20 * last.cost)) {
      const rows = pickRows(positions, dim, this.#judged);
      const value = this.#nearestShare(rows, { distance, p });
      const done = performance.now();
      this.#recall = { at: this.step, value, cost: done - start, done };
    }
    return this.#recall.value;
  }

  // The share of rows whose nearest other row has their label; the library's whole evaluation costs several times more.
  #nearestShare(rows, measure) {
    const referenceSelf = Int32Array.from(this.#judged, (_, i) => i);
    const labels = pick(this.#dataset.labels, this.#judged);
    const { indices } = this.#triplet.nearest(rows, rows, { ...measure, k: 1, referenceSelf, nonfinite: "allow" });
    return indices.data.reduce((hits, other, i) => hits + (labels[other] === labels[i] ? 1 : 0), 0) / labels.length;
  }

  // The last batch as its loss sees it at these positions: gradient, and those triplets that have one.
  #batch(positions, dim, values) {
    const batch = pick(this.#rows, this.#trainer.lastBatch);
    if (batch.length === 0) {
      return { batch, gradient: new Float32Array(0), triplets: new Int32Array(0), active: 0 };
    }
    const { margin, swap, softMargin, mining, rowsPerClass } = values;
    const measure = { distance: values.distance, p: values.p, nonfinite: "allow" };
    const hinge = { margin, swap, softMargin, ...measure };
    const rows = pickRows(positions, dim, batch);
    const labels = pick(this.#dataset.labels, batch);
    const { gradient } = this.#triplet.batchLoss(rows, labels, { mining, seed: this.step, ...hinge });

    const perAnchor = mining === "all" ? rowsPerClass * batch.length : rowsPerClass;
    const places = Int32Array.from(batch, (_, place) => place);
    const anchors = spread(places, Math.max(1, Math.floor(MAX_TRIPLETS_SEEN / perAnchor)));
    const mined = this.#triplet.mine(pickRows(rows.data, dim, anchors), pick(labels, anchors), {
      mining,
      seed: this.step,
      margin,
      ...measure,
      references: rows,
      referenceLabels: labels,
      referenceSelf: anchors,
    });
    const chosen = { anchors: pick(anchors, mined.anchors), positives: mined.positives, negatives: mined.negatives };
    const { loss } = this.#triplet.indexedLoss(rows, chosen, {
      ...hinge,
      convention: "exact",
      reduction: "none",
      gradients: false,
    });
    const active = Int32Array.from({ length: loss.rows }, (_, i) => i).filter((i) => loss.data[i] > 0);
    const shown = spread(active, MAX_TRIPLETS);
    const triplets = new Int32Array(3 * shown.length);
    shown.forEach((i, to) => {
      triplets.set([batch[chosen.anchors[i]], batch[chosen.positives[i]], batch[chosen.negatives[i]]], 3 * to);
    });
    return {
      batch,
      gradient: gradient.data,
      triplets,
      active: Math.round((active.length * batch.length) / anchors.length),
    };
  }
}
