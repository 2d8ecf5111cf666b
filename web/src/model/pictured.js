// The rows that are drawn, of data that have more than a picture can hold: a sample with rows of every class, the same
// in every run.
import { pick, pickRows, sampleOf } from "./rows.js";

export const MOST_PICTURED = 20000;
const SEED = 0;

// The numbers of the rows, null where all are drawn.
export function picturedRows(triplet, { labels, n, classes }) {
  const rounding = 2 * classes.length; // so many more than asked for a sample may have
  return n > MOST_PICTURED ? sampleOf(triplet, labels, MOST_PICTURED - rounding, SEED) : null;
}

// Data of these rows alone; rows: their numbers; total: of all rows.
export function pictured(dataset, rows) {
  const { n: total, labels, values, d } = dataset;
  if (!rows) {
    return { ...dataset, rows, total };
  }
  const { data } = pickRows(values, d, rows);
  return { ...dataset, rows, total, n: rows.length, labels: pick(labels, rows), values: data };
}
