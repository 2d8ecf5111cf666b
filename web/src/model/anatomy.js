// What the loss sees around one anchor, and in a whole batch. Distances are the library's, by a snapshot's settings.
import { pickRows, sampleOf } from "./rows.js";
import { measureOptions } from "./trainer_options.js";

export const KINDS = { none: 0, anchor: 1, positive: 2, hard: 3, semihard: 4, easy: 5 };

const LISTED = 12;
const SAMPLE = 128; // rows of the histogram before there is a batch

// positive: the row to pair the anchor with; by default the median of its positives by distance. A negative is hard if
// it is no farther than the positive, semi-hard if it lies within the margin beyond it, and easy otherwise; without a
// positive it is none of these.
export function anatomy(triplet, { snapshot, dataset, anchor, positive }) {
  const { labels, n } = dataset;
  const { positions, dim, settings } = snapshot;
  const all = { data: positions, rows: n, cols: dim };
  const distances = triplet.distances(pickRows(positions, dim, [anchor]), all, {
    ...measureOptions(settings),
    nonfinite: "allow",
  }).data;

  const others = Array.from({ length: n }, (_, row) => ({ row, distance: distances[row] }))
    .filter(({ row }) => row !== anchor)
    .sort((x, y) => x.distance - y.distance || x.row - y.row);

  const lists = {
    positive: others.filter(({ row }) => labels[row] === labels[anchor]),
    hard: [],
    semihard: [],
    easy: [],
  };

  const chosen = lists.positive.find(({ row }) => row === positive) ?? lists.positive[lists.positive.length >> 1];
  const distance = chosen?.distance ?? null;
  const kindAt = (away) => (away <= distance ? "hard" : away < distance + settings.margin ? "semihard" : "easy");
  for (const other of chosen ? others : []) {
    if (labels[other.row] !== labels[anchor]) {
      lists[kindAt(other.distance)].push(other);
    }
  }

  const kinds = new Uint8Array(n);
  kinds[anchor] = KINDS.anchor;
  for (const [kind, list] of Object.entries(lists)) {
    list.forEach(({ row }) => (kinds[row] = KINDS[kind]));
  }
  const first = (list) => list.slice(0, LISTED);
  return {
    anchor,
    positive: chosen?.row ?? null,
    distance,
    margin: settings.margin,
    kinds,
    counts: chosen ? Object.fromEntries(Object.entries(lists).map(([kind, list]) => [kind, list.length])) : null,
    positives: first(lists.positive),
    hard: first(lists.hard),
    semihard: first(lists.semihard),
    easy: first(lists.easy),
    nearest: first(others),
  };
}

// The distances of the batch's positive and negative pairs, as shares of the pairs of each kind in equal bins from 0;
// before there is a batch, those of a sample of all rows.
export function histogram(triplet, { snapshot, dataset, bins = 32 }) {
  const { labels } = dataset;
  const { positions, dim, settings, batch } = snapshot;
  const rows = batch.length > 0 ? batch : sampleOf(triplet, labels, SAMPLE, settings.seed);
  const points = pickRows(positions, dim, rows);
  const distances = triplet.distances(points, points, { ...measureOptions(settings), nonfinite: "allow" }).data;

  const pairs = { positives: [], negatives: [] };
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) {
      const distance = distances[i * rows.length + j];
      if (Number.isFinite(distance)) {
        pairs[labels[rows[i]] === labels[rows[j]] ? "positives" : "negatives"].push(distance);
      }
    }
  }

  const largest = Math.max(
    ...[pairs.positives, pairs.negatives].map((list) => list.reduce((most, one) => Math.max(most, one), 0)),
  );
  const width = (largest || 1) / bins;

  const mean = (list) => (list.length > 0 ? list.reduce((sum, one) => sum + one, 0) / list.length : null);
  const shares = (list) => {
    const counted = new Float64Array(bins);
    list.forEach((distance) => counted[Math.min(Math.floor(distance / width), bins - 1)]++);
    return counted.map((of) => of / (list.length || 1));
  };
  return {
    ofBatch: batch.length > 0,
    edges: Float64Array.from({ length: bins + 1 }, (_, i) => i * width),
    positives: shares(pairs.positives),
    negatives: shares(pairs.negatives),
    meanPositive: mean(pairs.positives),
    meanNegative: mean(pairs.negatives),
    margin: settings.margin,
  };
}
