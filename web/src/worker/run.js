// One training run: the split of the data, a trainer, the live changes at their steps, and snapshots.
import { pick, pickRows, sampleOf } from "../model/rows.js";
import { withTable } from "../model/table.js";
import {
  isNetwork,
  isOfTriplets,
  latentChanges,
  lossOptions,
  measureOptions,
  splitOptions,
  trainerChange,
  trainerOptions,
} from "../model/trainer_options.js";
import { Evaluator } from "./evaluator.js";

// What a snapshot may cost: triplets computed, forces handed out, and those of them that are drawn as lines.
const MAX_COMPUTED = 20000;
const MAX_FORCES = 2000;
const MAX_LINES = 240;

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

export class Run {
  #triplet;
  #dataset;
  #settings; // in force
  #used; // settings of the last step
  #trainer;
  #rows; // of the data, those that are trained on
  #data; // all rows, in the library's memory
  #evaluator;
  #report = null; // of the last step

  // changes: [[step, key, value]...] to be made on the way, in order of steps. Throws if the core refuses.
  constructor(triplet, dataset, settings, changes) {
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#settings = settings;
    this.changes = changes;
    this.made = 0; // how many of the changes have been made
    const { n, labels, classes } = dataset;
    this.heldOut = split(triplet, dataset, settings);
    this.#rows = Int32Array.from({ length: n }, (_, row) => row).filter((row) => !this.heldOut[row]);
    const trained = pick(labels, this.#rows);
    checkClasses(trained, classes.length);
    prepared(triplet, dataset, this.#rows, settings, (x, options) => {
      this.#evaluator = new Evaluator(triplet, { ...dataset, x }, this.heldOut, settings.seed);
      this.#trainer = triplet.trainer({
        ...trainerOptions(settings),
        ...options,
        data: pickRows(x.data, x.cols, this.#rows),
        labels: trained,
        classes,
      });
      this.#data = triplet.matrix(x);
    });
    latentChanges(settings).forEach((change) => this.#trainer.set(...change));
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

  // Changes that are due before the next step.
  #makeChanges() {
    while (this.made < this.changes.length && this.changes[this.made][0] <= this.step) {
      const [, key, value] = this.changes[this.made];
      this.#trainer.set(...trainerChange(key, value));
      this.#settings = { ...this.#settings, [key]: value };
      this.made++;
    }
  }

  // A change by hand, from the next step on. Later changes of a replay are dropped: this is another history now.
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

  // The run at this step, with the settings in force. Loss and active share are those of the step, null before the
  // first; recall is null until it is evaluated.
  snapshot() {
    this.#makeChanges();
    const settings = this.#settings;
    const table = settings.encoder === "free";
    const { data: positions, cols: dim } = table ? this.#trainer.embed() : this.#trainer.embed(this.#data);
    const { loss = null, active, collapsed = false, stats } = this.#report ?? {};
    const terms = stats?.triplets ?? stats?.pairs;
    return {
      step: this.step,
      settings,
      positions,
      dim,
      loss,
      activeShare: terms ? active / terms : null,
      terms: stats?.pairs === undefined ? "triplets" : "pairs",
      collapsed,
      recall: null,
      ...this.#batch(positions, dim),
    };
  }

  // The recall of a snapshot, as Evaluator.evaluate returns it.
  evaluate({ positions, dim, settings }) {
    return this.#evaluator.evaluate(positions, dim, settings);
  }

  // The last batch at these positions: its gradient, and what pulls and pushes: anchor, positive and negative in turn,
  // of which one of the last two may be -1. The settings are those in force, if the loss is still the step's.
  #batch(positions, dim) {
    const batch = pick(this.#rows, this.#trainer.lastBatch);
    if (batch.length === 0) {
      return { batch, gradient: new Float32Array(0), forces: new Int32Array(0), lines: new Int32Array(0) };
    }
    const settings = this.#settings.loss === this.#used.loss ? this.#settings : this.#used;
    const rows = pickRows(positions, dim, batch);
    const labels = pick(this.#dataset.labels, batch);
    const found = isOfTriplets(settings)
      ? this.#ofTriplets(rows, labels, settings)
      : this.#ofPairs(rows, labels, settings);

    const { anchors, positives, negatives, active, gradient } = found;
    const some = (list, limit) => {
      const classes = Int32Array.from(list, (i) => labels[anchors[i]]);
      return pick(list, sampleOf(this.#triplet, classes, limit, this.step));
    };
    const inData = (list) => {
      const sides = [anchors, positives, negatives];
      const rowOf = (i) => batch[sides[i % 3][list[Math.floor(i / 3)]]] ?? -1;
      return Int32Array.from({ length: 3 * list.length }, (_, i) => rowOf(i));
    };
    const shown = some(active, MAX_FORCES);
    return { batch, gradient, forces: inData(shown), lines: inData(some(shown, MAX_LINES)) };
  }

  // Those triplets of the step that have a loss.
  #ofTriplets(rows, labels, settings) {
    const { loss: _, ...hinge } = lossOptions(settings);
    const all = this.#used.mining === "all";
    const { anchors, positives, negatives } = all ? this.#someOfAll(rows, labels) : this.#drawn();
    const { loss, gradient } = this.#triplet.indexedLoss(rows, { anchors, positives, negatives }, {
      ...hinge,
      nonfinite: "allow",
      convention: "exact",
      reduction: "none",
      gradients: !all,
    });
    const moves = all ? this.#triplet.batchLoss(rows, labels, { ...hinge, mining: "all" }).gradient : gradient;
    const active = Int32Array.from(loss.data.keys()).filter((i) => loss.data[i] > 0);
    return { anchors, positives, negatives, active, gradient: moves.data };
  }

  // The pairs that count most: of each anchor its farthest positive and its nearest negative, if they have a loss.
  #ofPairs(rows, labels, settings) {
    const measure = { ...measureOptions(settings), nonfinite: "allow" };
    const { gradient } = this.#triplet.batchLoss(rows, labels, { ...lossOptions(settings), nonfinite: "allow" });
    const { anchors, positives, negatives } = this.#triplet.mine(rows, labels, { mining: "hard", ...measure });
    if (settings.loss === "contrastive") {
      const { data: distances } = this.#triplet.distances(rows, rows, measure);
      const at = (i, other) => distances[anchors[i] * rows.rows + other];
      positives.forEach((other, i) => at(i, other) > settings.positiveMargin || (positives[i] = -1));
      negatives.forEach((other, i) => at(i, other) < settings.negativeMargin || (negatives[i] = -1));
    }
    const active = Int32Array.from(anchors.keys()).filter((i) => positives[i] >= 0 || negatives[i] >= 0);
    return { anchors, positives, negatives, active, gradient: gradient.data };
  }

  // The triplets of the last step, by their indices in its batch.
  #drawn() {
    const indices = new Map(Array.from(this.#trainer.lastBatch, (row, i) => [row, i]));
    const { anchors, positives, negatives } = this.#trainer.lastTriplets();
    const inBatch = (rows) => rows.map((row) => indices.get(row));
    return { anchors: inBatch(anchors), positives: inBatch(positives), negatives: inBatch(negatives) };
  }

  // Mining all triplets gives too many to list: those of some anchors.
  #someOfAll(rows, labels) {
    const perAnchor = this.#used.rowsPerClass * labels.length;
    const sample = sampleOf(this.#triplet, labels, Math.ceil(MAX_COMPUTED / perAnchor), this.step);
    const mined = this.#triplet.mine(pickRows(rows.data, rows.cols, sample), pick(labels, sample), {
      mining: "all",
      nonfinite: "allow",
      references: rows,
      referenceLabels: labels,
      referenceSelf: sample,
    });
    return { ...mined, anchors: pick(sample, mined.anchors) };
  }
}
