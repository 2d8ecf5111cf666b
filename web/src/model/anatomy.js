// What the loss sees around one anchor, and in a whole batch. Distances are the library's, by a snapshot's settings.
import { reachOf } from "./reach.js";
import { pickRows, sampleOf } from "./rows.js";
import { isOfTriplets, measureOptions } from "./trainer_options.js";

export const KINDS = { none: 0, anchor: 1, positive: 2, hard: 3, semihard: 4, easy: 5, near: 6, far: 7 };

const LISTED = 12;
const SAMPLE = 128; // rows of the histogram before there is a batch

// positive: the row to pair the anchor with; by default the median of its positives by distance. To the triplet loss a
// negative is hard if it is no farther than the positive, semi-hard if it lies within the margin beyond it, and easy
// otherwise; to a loss of pairs it is near or far, by where that wants it. Of a loss that is about a positive it is
// none of these without one.
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
    ...(isOfTriplets(settings) ? { hard: [], semihard: [], easy: [] } : { near: [], far: [] }),
  };

  const chosen = lists.positive.find(({ row }) => row === positive) ?? lists.positive[lists.positive.length >> 1];
  const distance = chosen?.distance ?? null;
  const reach = reachOf(settings, distance);
  const kindAt = (away) => {
    if (!isOfTriplets(settings)) {
      return away <= reach.pull || away < reach.push ? "near" : "far";
    }
    return away <= reach.pull ? "hard" : away < reach.push ? "semihard" : "easy";
  };
  for (const other of reach ? others : []) {
    if (labels[other.row] !== labels[anchor]) {
      lists[kindAt(other.distance)].push(other);
    }
  }

  const kinds = new Uint8Array(n);
  kinds[anchor] = KINDS.anchor;
  for (const [kind, list] of Object.entries(lists)) {
    list.forEach(({ row }) => (kinds[row] = KINDS[kind]));
  }
  const { positive: positives, ...negatives } = lists;
  const first = (list) => list.slice(0, LISTED);
  return {
    anchor,
    positive: chosen?.row ?? null,
    distance,
    reach,
    kinds,
    counts: reach ? Object.fromEntries(Object.entries(lists).map(([kind, list]) => [kind, list.length])) : null,
    positives: first(positives),
    negatives: Object.fromEntries(Object.entries(negatives).map(([kind, list]) => [kind, first(list)])),
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
  const meanPositive = mean(pairs.positives);
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
    meanPositive,
    meanNegative: mean(pairs.negatives),
    loss: settings.loss,
    reach: reachOf(settings, meanPositive),
  };
}
