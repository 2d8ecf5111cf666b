// Explicit, indexed and in-batch losses, and mining.
/** @import { Call } from "./call.js" */
import { describe } from "./errors.js";
import { readLabels } from "./labels.js";
import { Memory } from "./memory.js";

/**
 * The labels of the queries, and [rows, labels, self] of the options: what they are compared with; zeros when not
 * given.
 * @param {Call} call
 * @param {import("./labels.js").Numbering} [numbering]
 */
export function readCompared(call, labels, given, numbering = Memory.numbering(given.references)) {
  const read = readLabels(call, labels, "labels", numbering);
  return { labels: call.labels(read), references: readReferences(call, given, numbering, !read.relations) };
}

/**
 * labelled: rows must have labels, as the queries do.
 * @param {Call} call
 */
export function readReferences(call, { references, referenceLabels, referenceSelf }, numbering, labelled) {
  if (references !== undefined) {
    return readKnown(call, { references, referenceLabels, referenceSelf }, numbering, labelled);
  }
  for (const [name, value] of Object.entries({ referenceLabels, referenceSelf })) {
    if (value !== undefined) {
      call.refuse(name, "references beside it", "none");
    }
  }
  return [0, 0, 0];
}

/**
 * The same where there are to be some: a memory, or rows with their labels.
 * @param {Call} call
 */
export function readKnown(call, { references, referenceLabels, referenceSelf }, numbering, labelled) {
  let rows, labels;
  if (references instanceof Memory) {
    if (referenceLabels !== undefined) {
      call.refuse("referenceLabels", "none beside a memory, which holds its own", describe(referenceLabels));
    }
    [rows, labels] = Memory.read(call, references, "references");
  } else {
    rows = call.matrix(references, "references");
    labels =
      labelled || referenceLabels !== undefined
        ? call.labels(readLabels(call, referenceLabels, "referenceLabels", numbering))
        : 0;
  }
  return [rows, labels, readSelf(call, referenceSelf, call.core.rows(rows))];
}

/** @param {Call} call */
export function readSelf(call, self, references) {
  return self === undefined ? 0 : call.ints(self, "referenceSelf", -1, references - 1);
}

/**
 * What the losses share, of the options that are given: numbers for each triplet or anchor, and what is wanted and
 * where: the members of an earlier result are read once.
 * @param {Call} call
 */
function readLoss(call, given) {
  const out = call.result("out", given.out);
  return {
    given,
    weights: call.floats(given.weights, "weights"),
    margins: call.floats(given.margins, "margins"),
    gradOutput: call.floats(given.gradOutput, "gradOutput"),
    wanted: call.flag(given.gradients, "gradients", true),
    each: given.reduction === "none",
    out,
    to: {
      loss: out.loss,
      gradient: out.gradient,
      gradients: out.gradients,
      referenceGradient: out.referenceGradient,
      stats: out.stats,
    },
  };
}

const NO_OUTPUT = { block: 0 };

/**
 * One number for each of `count`, with reduction "none".
 * @param {Call} call
 */
function lossesOf(call, { each, to }, count) {
  return each ? call.output("out.loss", typeof to.loss === "number" ? undefined : to.loss, count, 1) : NO_OUTPUT;
}

/** @param {Call} call */
function gradientOf(call, wanted, argument, given, like) {
  return wanted ? call.output(argument, given, call.core.rows(like), call.core.cols(like)) : NO_OUTPUT;
}

/**
 * Everything is taken before anything is put into an earlier result, as a setter may call again.
 * @param {Call} call
 */
function resultOf(call, losses, { loss, active, nonfinite }) {
  return { loss: losses.block ? call.take(losses) : loss, active, nonfinite };
}

/**
 * The core's functions, once they know what stands for each triplet or anchor.
 * @param {Call} call
 */
function readyFor(call, { weights, margins, gradOutput }, losses) {
  const exports = call.ready();
  exports.set_lists(weights, margins, gradOutput, losses.block);
  return exports;
}

/**
 * values: of the options, as they were read.
 * @param {Call} call
 */
export function marginLossOf(call, anchors, positives, negatives, values) {
  const { core } = call;
  const loss = readLoss(call, call.values("marginLoss", values));
  const { wanted, out } = loss;
  const a = call.matrix(anchors, "anchors");
  const p = call.matrix(positives, "positives");
  const n = call.matrix(negatives, "negatives");
  const losses = lossesOf(call, loss, core.rows(p));
  const gradients = call.result("out.gradients", loss.to.gradients);
  const ga = gradientOf(call, wanted, "out.gradients.anchors", gradients.anchors, a);
  const gp = gradientOf(call, wanted, "out.gradients.positives", gradients.positives, p);
  const gn = gradientOf(call, wanted, "out.gradients.negatives", gradients.negatives, n);

  const exports = readyFor(call, loss, losses);
  const put = call.check(exports.margin_loss(a, p, n, ga.block, gp.block, gn.block));

  const result = resultOf(call, losses, put);
  if (wanted) {
    const taken = { anchors: call.take(ga), positives: call.take(gp), negatives: call.take(gn) };
    result.gradients = Object.assign(gradients, taken);
  }
  return Object.assign(out, result);
}

/** @param {Call} call */
export function indexedLoss(call, table, indices, options) {
  const { core } = call;
  const loss = readLoss(call, call.options(call.name, options));
  const { out, wanted } = loss;
  const rows = call.matrix(table, "table");
  const last = core.rows(rows) - 1;
  const { anchors, positives, negatives } = indices ?? {};
  const a = call.ints(anchors, "indices.anchors", 0, last);
  const p = call.ints(positives, "indices.positives", 0, last);
  const n = call.ints(negatives, "indices.negatives", 0, last);
  const losses = lossesOf(call, loss, core.rows(a));
  const gradient = gradientOf(call, wanted, "out.gradient", loss.to.gradient, rows);
  // The core adds to what it is given, so an output that is to stay as it was on errors gets a copy.
  const sum = wanted ? call.block(core.rows(rows), core.cols(rows)) : 0;

  const put = call.check(readyFor(call, loss, losses).indexed_loss(rows, a, p, n, sum));

  const result = resultOf(call, losses, put);
  if (wanted) {
    core.floatsOf(gradient.block).set(core.floatsOf(sum));
    result.gradient = call.take(gradient);
  }
  return Object.assign(out, result);
}

/** @param {Call} call */
export function batchLoss(call, embeddings, labels, options) {
  const { core } = call;
  const loss = readLoss(call, call.options(call.name, options));
  const { given, out, to, wanted } = loss;
  const rows = call.matrix(embeddings, "embeddings");
  const { labels: list, references } = readCompared(call, labels, given);
  const losses = lossesOf(call, loss, core.rows(rows));
  const gradient = gradientOf(call, wanted, "out.gradient", to.gradient, rows);
  const alsoWanted = call.flag(given.referenceGradient, "referenceGradient", false);
  if (alsoWanted && !references[0]) {
    call.refuse("referenceGradient", "references beside it", "none");
  }
  const also = gradientOf(call, alsoWanted, "out.referenceGradient", to.referenceGradient, references[0]);
  const ofOut = call.result("out.stats", to.stats);

  const exports = readyFor(call, loss, losses);
  exports.set_batch(rows, list, ...references);
  const put = call.check(exports.batch_loss(gradient.block, also.block));

  const { stats } = put;
  const result = resultOf(call, losses, { ...stats, loss: put.loss });
  if (wanted) {
    result.gradient = call.take(gradient);
  }
  if (alsoWanted) {
    result.referenceGradient = call.take(also);
  }
  result.stats = call.refill(ofOut, stats);
  return Object.assign(out, result);
}

/** @param {Call} call */
export function pairSlopes(call, embeddings, labels, options) {
  const { core } = call;
  const given = call.options("pairSlopes", options);
  const weights = call.floats(given.weights, "weights");
  const margins = call.floats(given.margins, "margins");
  const rows = call.matrix(embeddings, "embeddings");
  const { labels: list, references } = readCompared(call, labels, given);
  const slopes = call.output("slopes", undefined, core.rows(rows), core.rows(references[0] || rows));

  const exports = call.ready();
  exports.set_lists(weights, margins, 0, 0);
  exports.set_batch(rows, list, ...references);
  call.check(exports.pair_slopes(slopes.block));
  return call.take(slopes);
}

/**
 * positiveDistance: null or none without a positive.
 * @param {Call} call
 */
export function reach(call, options, positiveDistance) {
  call.options("reach", options);
  const positive = call.number(positiveDistance ?? NaN, "positiveDistance");
  const found = call.check(call.ready().reach(positive));
  return found.pull === null ? null : found;
}

// As many of each column as there are.
export function picksOf(core, picks, count) {
  const columns = [0, 1, 2].map((i) => core.intsOf(picks).subarray(i * core.cols(picks)).slice(0, count));
  return { anchors: columns[0], positives: columns[1], negatives: columns[2] };
}

/** @param {Call} call */
export function mine(call, embeddings, labels, options) {
  const { core } = call;
  const given = call.options("mine", options);
  const margins = call.floats(given.margins, "margins");
  const rows = call.matrix(embeddings, "embeddings");
  const { labels: list, references } = readCompared(call, labels, given);

  const exports = call.ready();
  exports.set_lists(0, margins, 0, 0);
  exports.set_batch(rows, list, ...references);
  const { capacity } = call.check(exports.mine_capacity());
  const picks = call.block(3, capacity);
  const { count, stats } = call.check(exports.mine(picks));
  return { ...picksOf(core, picks, count), stats };
}
