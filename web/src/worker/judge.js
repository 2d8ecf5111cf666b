// How many rows have a nearest row of their own class, as the library's evaluateHeldOut has it: held-out rows among
// those trained on and among themselves; or, where none are held out, the rows trained on among each other.
import { pick, pickRows } from "../model/rows.js";
import { measureOptions } from "../model/settings.js";

// Rows whose nearest is looked for: fewer where there are many to look among, which is what takes time.
const ASKED = { least: 100, most: 400, compared: 2e6 };

export class Judge {
  #triplet;
  #dataset;
  #training;
  #judged;
  #sample;
  #raw = new Map(); // by measure

  // heldOut: a byte for each row.
  constructor(triplet, dataset, heldOut, seed) {
    const { labels, n } = dataset;
    const all = Int32Array.from({ length: n }, (_, row) => row);
    const held = all.filter((row) => heldOut[row]);
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#training = all.filter((row) => !heldOut[row]);
    this.#judged = held.length > 0 ? held : all;
    const mostQueries = Math.floor(Math.min(Math.max(ASKED.compared / n, ASKED.least), ASKED.most));
    this.#sample = { mostQueries, seed };
    const trained = new Set(pick(labels, this.#training));
    const known = held.some((row) => trained.has(labels[row]));
    const by = held.length === 0 ? "training" : known ? "rows" : "classes";
    this.about = { by, asked: Math.min(mostQueries, this.#judged.length), all: this.#judged.length };
  }

  // Shares of the rows, null where no row can tell: `value` at these positions, `among` of held-out rows also among
  // themselves, `raw` in the columns as they came; skipped, amongSkipped: rows that cannot tell, alone in their class.
  measure(positions, dim, settings) {
    const measure = { ...measureOptions(settings), nonfinite: "allow" };
    const key = Object.values(measure).join(" ");
    if (!this.#raw.has(key)) {
      this.#raw.set(key, this.#found(this.#columns(), measure).value);
    }
    const points = { data: positions, rows: this.#dataset.n, cols: dim };
    return { ...this.#found(points, measure), raw: this.#raw.get(key) };
  }

  // Standardised by the rows trained on.
  #columns() {
    const { values, n, d } = this.#dataset;
    const scale = this.#triplet.standardization(pickRows(values, d, this.#training));
    return this.#triplet.standardize({ data: values, rows: n, cols: d }, scale);
  }

  #found(points, measure) {
    const options = { ...measure, ...this.#sample };
    const found = this.#triplet.evaluateHeldOut(points, this.#dataset.labels, this.#judged, options);
    const { precisionAt1: among, skipped: amongSkipped } = found.amongThemselves;
    const { precisionAt1: value, skipped } = found.againstTraining;
    return this.about.by === "rows"
      ? { value, skipped, among, amongSkipped }
      : { value: among, skipped: amongSkipped, among: null, amongSkipped: 0 };
  }
}
