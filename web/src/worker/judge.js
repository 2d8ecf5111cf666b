// How many rows have a nearest row of their own class: held-out rows among those trained on and among themselves, as
// the library's evaluateHeldOut compares them; or, where none are held out, the rows trained on among each other.
import { pick, pickRows, sampleOf } from "../model/rows.js";

// Rows whose nearest is looked for: fewer where there are many to look among, which is what takes time.
const ASKED = { least: 100, most: 400, compared: 2e6 };

export class Judge {
  #triplet;
  #dataset;
  #training;
  #asked;
  #searched; // one list of rows or two, and where in it those asked are, -1 for nowhere
  #raw = new Map(); // by measure

  // heldOut: a byte for each row.
  constructor(triplet, dataset, heldOut, seed) {
    const { labels, n } = dataset;
    const all = Int32Array.from({ length: n }, (_, row) => row);
    const held = all.filter((row) => heldOut[row]);
    const judged = held.length > 0 ? held : all;
    this.#triplet = triplet;
    this.#dataset = dataset;
    this.#training = all.filter((row) => !heldOut[row]);
    const limit = Math.min(Math.max(ASKED.compared / n, ASKED.least), ASKED.most);
    this.#asked = pick(judged, sampleOf(triplet, pick(labels, judged), Math.floor(limit), seed));
    const trained = new Set(pick(labels, this.#training));
    const known = held.some((row) => trained.has(labels[row]));
    const by = held.length === 0 ? "training" : known ? "rows" : "classes";
    const searched = { training: [this.#training], rows: [this.#training, held], classes: [held] }[by];
    this.#searched = searched.map((rows) => ({ rows, self: this.#asked.map((row) => rows.indexOf(row)) }));
    this.about = { by, asked: this.#asked.length, all: judged.length };
  }

  // Shares of the rows, null where no row can tell: `value` at these positions, `among` of held-out rows also among
  // themselves, `raw` in the columns as they came; skipped, amongSkipped: rows that cannot tell, alone in their class.
  measure(positions, dim, { distance, p }) {
    const measure = { distance, p, nonfinite: "allow" };
    const key = `${distance} ${p}`;
    if (!this.#raw.has(key)) {
      const { data, cols } = this.#columns();
      this.#raw.set(key, this.#found(data, cols, this.#searched[0], measure).value);
    }
    const [found, among = { value: null, skipped: 0 }] = this.#searched.map((side) =>
      this.#found(positions, dim, side, measure),
    );
    return { ...found, among: among.value, amongSkipped: among.skipped, raw: this.#raw.get(key) };
  }

  // Standardised by the rows trained on.
  #columns() {
    const { values, n, d } = this.#dataset;
    const scale = this.#triplet.standardization(pickRows(values, d, this.#training));
    return this.#triplet.standardize({ data: values, rows: n, cols: d }, scale);
  }

  #found(points, cols, { rows, self }, measure) {
    const { labels } = this.#dataset;
    const { precisionAt1, skipped } = this.#triplet.evaluate(
      pickRows(points, cols, this.#asked),
      pick(labels, this.#asked),
      {
        ...measure,
        references: pickRows(points, cols, rows),
        referenceLabels: pick(labels, rows),
        referenceSelf: self,
      },
    );
    return { value: precisionAt1, skipped };
  }
}
