// Recall@1 of an embedding, as the library's evaluateHeldOut measures it: the share of held-out rows whose nearest
// training row, and whose nearest held-out row, is of their class; if no row is held out, of training rows among each
// other.
import { pick, pickRows } from "../model/rows.js";
import { measureOptions } from "../model/trainer_options.js";

// Queries: fewer where there are many rows to compare them with, which is what takes time.
const QUERIES = { minimum: 100, maximum: 400, comparisons: 2e6 };

// Steps from one evaluation of a run to the next.
const everyFor = (rows) => (rows > 5000 ? 100 : 25);

export class Evaluator {
  #triplet;
  #dataset;
  #training; // rows
  #evaluated; // rows
  #sample;
  #raw = new Map(); // recall in the raw columns, by measure

  // x: the columns of the rows that are pictured, as the encoder takes them; heldOut: a byte for each row.
  constructor(triplet, dataset, heldOut, seed) {
    const { labels, n } = dataset;
    const all = Int32Array.from({ length: n }, (_, row) => row);
    const held = all.filter((row) => heldOut[row]);
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#training = all.filter((row) => !heldOut[row]);
    this.#evaluated = held.length > 0 ? held : all;

    const { minimum, maximum, comparisons } = QUERIES;
    const mostQueries = Math.floor(Math.min(Math.max(comparisons / n, minimum), maximum));
    this.#sample = { mostQueries, seed };

    const seen = new Set(pick(labels, this.#training));
    const known = held.some((row) => seen.has(labels[row]));
    const total = this.#evaluated.length;
    this.about = {
      on: held.length === 0 ? "training" : known ? "rows" : "classes",
      queries: Math.min(mostQueries, total),
      total,
      every: everyFor(n),
    };
  }

  // Shares of the queries, null where there is none: `value` at these positions, `among` of held-out rows also among
  // themselves, `raw` in the columns of the data; skipped, amongSkipped: queries that are alone in their class.
  evaluate(positions, dim, settings) {
    const measure = { ...measureOptions(settings), nonfinite: "allow" };
    const key = Object.values(measure).join(" ");
    if (!this.#raw.has(key)) {
      this.#raw.set(key, this.#recall(this.#columns(), measure).value);
    }
    const points = { data: positions, rows: this.#dataset.n, cols: dim };
    return { ...this.#recall(points, measure), raw: this.#raw.get(key) };
  }

  // Standardised by the training rows, as those of a table are.
  #columns() {
    const { x, table } = this.#dataset;
    if (table) {
      return x;
    }
    return this.#triplet.standardize(x, this.#triplet.standardization(pickRows(x.data, x.cols, this.#training)));
  }

  #recall(points, measure) {
    const options = { ...measure, ...this.#sample };
    const found = this.#triplet.evaluateHeldOut(points, this.#dataset.labels, this.#evaluated, options);
    const { precisionAt1: among, skipped: amongSkipped } = found.amongThemselves;
    const { precisionAt1: value, skipped } = found.againstTraining;
    return this.about.on === "rows"
      ? { value, skipped, among, amongSkipped }
      : { value: among, skipped: amongSkipped, among: null, amongSkipped: 0 };
  }
}
