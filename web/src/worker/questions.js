// What a run is asked about: which distance tells its classes apart, and where a new row lands.
import { pick, pickRows, sampleOf } from "../model/rows.js";
import { measureOptions } from "../model/trainer_options.js";

const MOST_VERIFIED = 2000; // rows
const NEIGHBORS = 5;

const UNKNOWN = { threshold: null, accuracy: null, interval: null, far: null, tar: null, pairs: null };

/**
 * How well a distance tells whether two rows are of one class: chosen on one half of the held-out rows, for the most
 * pairs told right, and judged on the other. null where there is nothing to choose or judge it by. The interval is that
 * of as many pairs as share no row, as only these are independent.
 * @param {any} triplet
 * @param {{ points: any, labels: Int32Array, rows: Int32Array, settings: any, seed: number }} of rows: held-out ones
 */
export function verified(triplet, { points, labels, rows, settings, seed }) {
  const asked = pick(rows, sampleOf(triplet, pick(labels, rows), MOST_VERIFIED, seed));
  const { training: one, heldOut: other } = triplet.split(pick(labels, asked), 0.5, seed);
  const verify = (half, options) => {
    const chosen = pick(asked, half);
    const embedded = pickRows(points.data, points.cols, chosen);
    return triplet.verify(embedded, pick(labels, chosen), { ...measureOptions(settings), seed, ...options });
  };
  const threshold = one.length > 1 ? verify(one).threshold : null;
  if (threshold === null || !Number.isFinite(threshold) || other.length < 2) {
    return UNKNOWN;
  }
  const { judged, same, different } = verify(other, { threshold });
  const { accuracy, far, tar } = judged;
  const interval = triplet.shareInterval(accuracy, Math.floor(other.length / 2));
  return { threshold, accuracy, interval, far, tar, pairs: same + different };
}

/**
 * The rows nearest to a point, and the classes that they vote for, most votes first, then nearest first.
 * @param {any} triplet
 * @param {{ point: any, points: any, labels: Int32Array, rows: Int32Array, settings: any }} of rows: to look among
 */
export function neighborsOf(triplet, { point, points, labels, rows, settings }) {
  const k = Math.min(NEIGHBORS, rows.length);
  const among = pickRows(points.data, points.cols, rows);
  const { indices, distances } = triplet.nearest(point, among, { k, ...measureOptions(settings) });
  const neighbors = Array.from(indices.data, (index, i) => ({ row: rows[index], distance: distances.data[i] }));
  const votes = new Map();
  neighbors.forEach(({ row }) => votes.set(labels[row], (votes.get(labels[row]) ?? 0) + 1));
  const counted = [...votes].map(([label, count]) => ({ label, share: count / k })).sort((a, b) => b.share - a.share);
  return { position: point.data, neighbors, votes: counted };
}

// The columns of a row whose cells are texts by the names of their columns; a cell that is not given is missing, and a
// number may have a comma where others have a point.
export function columnsOfCells(triplet, recipe, cells) {
  const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
  const cellOf = ({ name, kind }) => (kind === "number" ? (cells[name] ?? "").replace(",", ".") : (cells[name] ?? ""));
  const lines = [recipe.columns.map(({ name }) => name), recipe.columns.map(cellOf)];
  const text = lines.map((line) => `${line.map(quoted).join(",")}\n`).join("");
  const table = triplet.readTable(text, { recipe, separator: "comma", header: true });
  try {
    return recipe.matrix(table).data;
  } finally {
    table.free();
  }
}
