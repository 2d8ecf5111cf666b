// What pulls and pushes in the batch of a step, at the positions of a snapshot.
import { pick, pickRows, sampleOf } from "../model/rows.js";
import { isOfTriplets, lossOptions, measureOptions } from "../model/trainer_options.js";

// What a snapshot may cost: triplets computed, forces handed out, and those of them that are drawn as lines.
const MAX_COMPUTED = 20000;
const MAX_FORCES = 2000;
const MAX_LINES = 240;

/**
 * The gradient of a batch, and its forces: anchor, positive and negative in turn, of which one of the last two may be
 * -1. rows: the batch at its positions; batch: their numbers; settings: in force, of a loss with the terms of `used`,
 * those of the step; drawn(): the triplets of the step, by their indices in the batch.
 * @param {{ batch: Int32Array, rows: any, labels: Int32Array, settings: any, used: any, step: number, drawn: any }} of
 */
export function forcesOf(triplet, of) {
  const { batch, labels, step } = of;
  if (batch.length === 0) {
    return { gradient: new Float32Array(0), forces: new Int32Array(0), lines: new Int32Array(0) };
  }
  const { anchors, positives, negatives, active, gradient } = isOfTriplets(of.settings)
    ? ofTriplets(triplet, of)
    : ofPairs(triplet, of);

  const some = (list, limit) => {
    const classes = Int32Array.from(list, (i) => labels[anchors[i]]);
    return pick(list, sampleOf(triplet, classes, limit, step));
  };
  const inData = (list) => {
    const sides = [anchors, positives, negatives];
    const rowOf = (i) => batch[sides[i % 3][list[Math.floor(i / 3)]]] ?? -1;
    return Int32Array.from({ length: 3 * list.length }, (_, i) => rowOf(i));
  };
  const shown = some(active, MAX_FORCES);
  return { gradient, forces: inData(shown), lines: inData(some(shown, MAX_LINES)) };
}

// Those triplets of the step that have a loss.
function ofTriplets(triplet, { rows, labels, settings, used, step, drawn }) {
  const { loss: _, ...hinge } = lossOptions(settings);
  const all = used.mining === "all";
  const { anchors, positives, negatives } = all ? someOfAll(triplet, { rows, labels, used, step }) : drawn();
  const { loss, gradient } = triplet.indexedLoss(rows, { anchors, positives, negatives }, {
    ...hinge,
    nonfinite: "allow",
    convention: "exact",
    reduction: "none",
    gradients: !all,
  });
  const moves = all ? triplet.batchLoss(rows, labels, { ...hinge, mining: "all" }).gradient : gradient;
  const active = Int32Array.from(loss.data.keys()).filter((i) => loss.data[i] > 0);
  return { anchors, positives, negatives, active, gradient: moves.data };
}

// The pairs that count most: of each anchor its farthest positive and its nearest negative, if they have a loss.
function ofPairs(triplet, { rows, labels, settings }) {
  const measure = { ...measureOptions(settings), nonfinite: "allow" };
  const { gradient } = triplet.batchLoss(rows, labels, { ...lossOptions(settings), nonfinite: "allow" });
  const { anchors, positives, negatives } = triplet.mine(rows, labels, { mining: "hard", ...measure });
  if (settings.loss === "contrastive") {
    const { data: distances } = triplet.distances(rows, rows, measure);
    const at = (i, other) => distances[anchors[i] * rows.rows + other];
    positives.forEach((other, i) => at(i, other) > settings.positiveMargin || (positives[i] = -1));
    negatives.forEach((other, i) => at(i, other) < settings.negativeMargin || (negatives[i] = -1));
  }
  const active = Int32Array.from(anchors.keys()).filter((i) => positives[i] >= 0 || negatives[i] >= 0);
  return { anchors, positives, negatives, active, gradient: gradient.data };
}

// Mining all triplets gives too many to list: those of some anchors.
function someOfAll(triplet, { rows, labels, used, step }) {
  const perAnchor = used.rowsPerClass * labels.length;
  const sample = sampleOf(triplet, labels, Math.ceil(MAX_COMPUTED / perAnchor), step);
  const mined = triplet.mine(pickRows(rows.data, rows.cols, sample), pick(labels, sample), {
    mining: "all",
    nonfinite: "allow",
    references: rows,
    referenceLabels: labels,
    referenceSelf: sample,
  });
  return { ...mined, anchors: pick(sample, mined.anchors) };
}
