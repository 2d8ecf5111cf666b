// How many rows have a nearest row of their own class: held-out rows among those trained on and among themselves, or,
// where none are held out, the rows trained on among each other.
import { pick, pickRows, sampleOf } from "../model/rows.js";

// Rows whose nearest is looked for: fewer where there are many to look among, which is what takes time.
const ASKED = { least: 100, most: 400, compared: 2e6 };

export class Judge {
  #triplet;
  #dataset;
  #seed;
  #training;
  #asked;
  #rows; // among which is looked
  #places; // of those asked, among these
  #raw = new Map(); // by measure

  // heldOut: a byte for each row.
  constructor(triplet, dataset, heldOut, seed) {
    const { labels, n } = dataset;
    const all = Int32Array.from({ length: n }, (_, row) => row);
    const held = all.filter((row) => heldOut[row]);
    const judged = held.length > 0 ? held : all;
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#seed = seed;
    this.#training = all.filter((row) => !heldOut[row]);
    const limit = Math.min(Math.max(ASKED.compared / this.#training.length, ASKED.least), ASKED.most);
    this.#asked = pick(judged, sampleOf(triplet, pick(labels, judged), Math.floor(limit), seed));
    this.#rows = held.length > 0 ? Int32Array.from([...this.#training, ...this.#asked]) : all;
    this.#places = held.length > 0 ? this.#asked.map((_, i) => this.#training.length + i) : this.#asked;
    const trained = new Set(pick(labels, this.#training));
    const known = held.some((row) => trained.has(labels[row]));
    this.about = {
      by: held.length === 0 ? "training" : known ? "rows" : "classes",
      asked: this.#asked.length,
      all: judged.length,
    };
  }

  // Shares of the rows, null where no row can tell: `value` at these positions, `among` of held-out rows also among
  // themselves, `raw` in the columns as they came; skipped, amongSkipped: rows that cannot tell, alone in their class.
  measure(positions, dim, { distance, p }) {
    const measure = { distance, p, nonfinite: "allow" };
    const key = `${distance} ${p}`;
    if (!this.#raw.has(key)) {
      this.#raw.set(key, this.#found(this.#columns(), measure).value);
    }
    return { ...this.#found(pickRows(positions, dim, this.#rows), measure), raw: this.#raw.get(key) };
  }

  // Standardised by the rows trained on.
  #columns() {
    const { values, d } = this.#dataset;
    const scale = this.#triplet.standardization(pickRows(values, d, this.#training));
    return this.#triplet.standardize(pickRows(values, d, this.#rows), scale);
  }

  #found(points, measure) {
    const labels = pick(this.#dataset.labels, this.#rows);
    if (this.about.by === "training") {
      const asked = pickRows(points.data, points.cols, this.#places);
      const { precisionAt1: value, skipped } = this.#triplet.evaluate(asked, pick(labels, this.#places), {
        ...measure,
        references: points,
        referenceLabels: labels,
        referenceSelf: this.#places,
      });
      return { value, skipped, among: null, amongSkipped: 0 };
    }
    const options = { ...measure, seed: this.#seed };
    const { againstTraining, amongThemselves } = this.#triplet.evaluateHeldOut(points, labels, this.#places, options);
    const { precisionAt1: among, skipped: amongSkipped } = amongThemselves;
    return this.about.by === "rows"
      ? { value: againstTraining.precisionAt1, skipped: againstTraining.skipped, among, amongSkipped }
      : { value: among, skipped: amongSkipped, among: null, amongSkipped: 0 };
  }
}
