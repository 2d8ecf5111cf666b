// What the loss sees around one anchor, and in a whole batch. Distances are the library's, by a snapshot's settings.
import { isRelative, reachOf } from "./reach.js";
import { pickRows, sampleOf } from "./rows.js";
import { isOfTriplets, lossOptions, measureOptions } from "./trainer_options.js";

export const KINDS = { none: 0, anchor: 1, positive: 2, hard: 3, semihard: 4, easy: 5, near: 6, far: 7 };

const LISTED = 12;
const HEAVIEST = 5;
const SAMPLE = 128; // rows of the histogram before there is a batch

// positive: the row to pair the anchor with; by default the median of its positives by distance. To the triplet loss a
// negative is hard if it is no farther than the positive, semi-hard if it lies within the margin beyond it, and easy
// otherwise; to a loss of pairs it is near or far, by where that wants it. Of a loss that is about a positive it is
// none of these without one. Distances that are no numbers count as the farthest.
export function anatomy(triplet, { snapshot, dataset, anchor, positive }) {
  const { labels, n } = dataset;
  const { settings } = snapshot;
  const distances = distancesFrom(triplet, snapshot, dataset, anchor);
  const positives = positivesOf(anchor, dataset);
  const chosen = positives.includes(positive) ? positive : medianOf(positives, distances);
  const distance = chosen === null ? null : distances[chosen];
  const reach = reachOf(triplet, settings, distance);

  const kindOf = kindsBy(settings, reach);
  const kinds = new Uint8Array(n);
  const counts = Object.fromEntries(kindOf.names.map((name) => [name, 0]));
  const lists = Object.fromEntries(kindOf.names.map((name) => [name, new Nearest(LISTED)]));
  const nearest = new Nearest(LISTED);
  for (let row = 0; row < n; row++) {
    if (row === anchor) {
      kinds[row] = KINDS.anchor;
      continue;
    }
    nearest.take(row, distances[row]);
    const kind = labels[row] === labels[anchor] ? "positive" : kindOf(distances[row]);
    if (kind) {
      kinds[row] = KINDS[kind];
      counts[kind]++;
      lists[kind].take(row, distances[row]);
    }
  }

  const { positive: ofClass, ...others } = lists;
  return {
    anchor,
    positive: chosen,
    distance,
    reach,
    relative: isRelative(triplet, settings),
    distances,
    kinds,
    counts: reach ? counts : null,
    positives: ofClass.list,
    negatives: Object.fromEntries(Object.entries(others).map(([kind, { list }]) => [kind, list])),
    nearest: nearest.list,
    shares: isOfTriplets(settings) ? null : sharesOf(triplet, snapshot, dataset, anchor, distances),
  };
}

function distancesFrom(triplet, { positions, dim, settings }, { n }, anchor) {
  const all = { data: positions, rows: n, cols: dim };
  return triplet.distances(pickRows(positions, dim, [anchor]), all, {
    ...measureOptions(settings),
    nonfinite: "allow",
  }).data;
}

function positivesOf(anchor, { labels, n }) {
  const rows = [];
  for (let row = 0; row < n; row++) {
    if (row !== anchor && labels[row] === labels[anchor]) {
      rows.push(row);
    }
  }
  return rows;
}

const orLast = (distance) => (Number.isNaN(distance) ? Infinity : distance);

// Of rows, the one in the middle by distance; null of none.
function medianOf(rows, distances) {
  const sorted = Float32Array.from(rows, (row) => orLast(distances[row])).sort();
  const middle = sorted.length >> 1;
  const equals = rows.filter((row) => orLast(distances[row]) === sorted[middle]);
  return equals[middle - sorted.indexOf(sorted[middle])] ?? null;
}

// Of the negatives of an anchor, by distance: what the loss makes of one, null where it has nothing to say.
function kindsBy(settings, reach) {
  const ofTriplets = isOfTriplets(settings);
  const kindOf = (/** @type {number} */ away) => {
    if (!reach) {
      return null;
    }
    if (!ofTriplets) {
      return away <= reach.pull || away < reach.push ? "near" : "far";
    }
    return away <= reach.pull ? "hard" : away < reach.push ? "semihard" : "easy";
  };
  const names = ["positive", ...(ofTriplets ? ["hard", "semihard", "easy"] : ["near", "far"])];
  return Object.assign(kindOf, { names });
}

// The nearest of rows that come one after another, in order.
class Nearest {
  list = [];
  #most;

  constructor(most) {
    this.#most = most;
  }

  take(row, distance) {
    const { list } = this;
    if (list.length === this.#most && !(orLast(distance) < orLast(list.at(-1).distance))) {
      return;
    }
    let at = list.length;
    while (at > 0 && orLast(list[at - 1].distance) > orLast(distance)) {
      at--;
    }
    list.splice(at, 0, { row, distance });
    list.length > this.#most && list.pop();
  }
}

// How a loss of pairs shares its pull and its push on an anchor among the other rows, by the slopes of the loss by
// their distances: of each side the rows with the largest shares, and how many rows have half of it.
function sharesOf(triplet, { positions, dim, settings }, { labels, n }, anchor, distances) {
  const all = { data: positions, rows: n, cols: dim };
  const slopes = triplet.pairSlopes(pickRows(positions, dim, [anchor]), [labels[anchor]], {
    ...lossOptions(settings),
    references: all,
    referenceLabels: labels,
    referenceSelf: [anchor],
    nonfinite: "allow",
  }).data;
  return { pull: sideOf(slopes, distances, 1), push: sideOf(slopes, distances, -1) };
}

function sideOf(slopes, distances, sign) {
  const heaviest = new Nearest(HEAVIEST);
  const rows = Int32Array.from(slopes.keys()).filter((row) => sign * slopes[row] > 0);
  rows.forEach((row) => heaviest.take(row, -sign * slopes[row]));
  const sorted = Float32Array.from(rows, (row) => sign * slopes[row]).sort().reverse();
  const total = sorted.reduce((sum, slope) => sum + slope, 0);
  let half = 0;
  for (let held = 0; half < rows.length && held < total / 2; half++) {
    held += sorted[half];
  }
  const shareOf = (row) => (sign * slopes[row]) / total;
  const listed = heaviest.list.map(({ row }) => ({ row, distance: distances[row], share: shareOf(row) }));
  return { rows: rows.length, half, listed };
}

// How many of an anchor's negatives lie at which distance, in equal bins from 0 to `limit`; those beyond are `beyond`.
export function negativesByDistance({ anchor, distances }, { labels }, limit, bins) {
  const counts = new Uint32Array(bins);
  let beyond = 0;
  for (let row = 0; row < distances.length; row++) {
    if (labels[row] !== labels[anchor]) {
      const bin = Math.floor((distances[row] / limit) * bins);
      bin < bins ? counts[bin]++ : beyond++;
    }
  }
  return { counts, beyond };
}

// The positives of an anchor by distance: [{ row, distance }].
export function positivesByDistance({ anchor, distances }, dataset) {
  return positivesOf(anchor, dataset)
    .map((row) => ({ row, distance: distances[row] }))
    .sort((x, y) => orLast(x.distance) - orLast(y.distance) || x.row - y.row);
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
    reach: reachOf(triplet, settings, meanPositive),
  };
}
