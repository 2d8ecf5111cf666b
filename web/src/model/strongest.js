// Which few of a step's triplets, or pairs, are drawn: those with the largest loss, no two of one class.
import { pickRows } from "./rows.js";
import { isOfTriplets, lossOptions, measureOptions } from "./trainer_options.js";

const FEWER = [
  [0.85, 2],
  [0.6, 3],
]; // while more than this share is active, so many: the picture is crowded then

// Triplets are { anchor, positive, negative, loss }, of which positive or negative may be -1. held: some that are shown
// already. Returns those of the snapshot that have a loss, the largest first, and the held ones as they are now.
export function ranked(triplet, { snapshot, held = [] }) {
  const lossesOf = isOfTriplets(snapshot.settings) ? lossesOfTriplets : lossesOfPairs;
  const fresh = triples(isOfTriplets(snapshot.settings) ? snapshot.forces : snapshot.lines);
  const all = [...fresh, ...held];
  const losses = all.length > 0 ? lossesOf(triplet, snapshot, all) : [];
  const [now, still] = [all.map((one, i) => ({ ...one, loss: losses[i] }))].flatMap((list) => [
    list.slice(0, fresh.length),
    list.slice(fresh.length),
  ]);
  return { fresh: now.filter(({ loss }) => loss > 0).sort((a, b) => b.loss - a.loss), held: still };
}

function triples(list) {
  return Array.from({ length: list.length / 3 }, (_, i) => {
    const [anchor, positive, negative] = list.subarray(3 * i, 3 * i + 3);
    return { anchor, positive, negative };
  });
}

// The rows that triplets are of, as a small table, and the triplets by its indices.
function gathered({ positions, dim }, all) {
  const rows = [...new Set(all.flatMap(({ anchor, positive, negative }) => [anchor, positive, negative]))];
  const known = rows.filter((row) => row >= 0);
  const at = new Map(known.map((row, i) => [row, i]));
  const side = (name) => Int32Array.from(all, (one) => at.get(one[name]) ?? -1);
  return {
    table: pickRows(positions, dim, known),
    indices: { anchors: side("anchor"), positives: side("positive"), negatives: side("negative") },
  };
}

function lossesOfTriplets(triplet, snapshot, all) {
  const { table, indices } = gathered(snapshot, all);
  const { loss: _, ...hinge } = lossOptions(snapshot.settings);
  const how = { ...hinge, nonfinite: "allow", reduction: "none", gradients: false };
  return triplet.indexedLoss(table, indices, how).loss.data;
}

// How much farther the positive is than the negative, or each than the loss wants it.
function lossesOfPairs(triplet, snapshot, all) {
  const { table, indices } = gathered(snapshot, all);
  const { settings } = snapshot;
  const { data } = triplet.distances(table, table, { ...measureOptions(settings), nonfinite: "allow" });
  const between = (i, other) => data[indices.anchors[i] * table.rows + other];
  const { positiveMargin = 0, negativeMargin = 0 } = settings.loss === "contrastive" ? settings : {};
  return all.map((_, i) => {
    const [positive, negative] = [indices.positives[i], indices.negatives[i]];
    const pull = positive < 0 ? 0 : between(i, positive) - positiveMargin;
    const push = negative < 0 ? 0 : negativeMargin - between(i, negative);
    return settings.loss === "contrastive" ? Math.max(pull, 0) + Math.max(push, 0) : Math.exp(pull + push);
  });
}

// How many are shown at most. limit: for which there is room.
export function mostOf({ activeShare }, limit) {
  const [, fewer] = FEWER.find(([share]) => activeShare > share) ?? [0, limit];
  return Math.min(fewer, limit);
}

// The first few of a list that are of classes of their own, and for which there is room beside those before.
// hasRoom(one, others): whether one does not cover the others.
export function chosen(list, { labels, most, kept = [], hasRoom }) {
  const found = [...kept];
  for (const one of list) {
    if (found.length >= most) {
      break;
    }
    const isNew = found.every(({ anchor }) => labels[anchor] !== labels[one.anchor]);
    if (isNew && hasRoom(one, found)) {
      found.push(one);
    }
  }
  return found;
}
