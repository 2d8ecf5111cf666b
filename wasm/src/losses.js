// Explicit, indexed and in-batch losses, and mining.
import { describe } from "./errors.js";
import { Memory } from "./memory.js";

// From the numbers of the last call, beginning with number `first`.
export function fillStats(core, stats, first) {
  stats.triplets = core.number(first);
  stats.active = core.number(first + 1);
  stats.hard = core.number(first + 2);
  stats.semihard = core.number(first + 3);
  stats.easy = core.number(first + 4);
  stats.anchorsWithoutPositive = core.number(first + 5);
  stats.anchorsWithoutNegative = core.number(first + 6);
  stats.nonfinite = core.number(first + 7);
  stats.meanPositiveDistance = core.number(first + 8);
  stats.meanNegativeDistance = core.number(first + 9);
  stats.collapsed = core.number(first + 10) !== 0;
  return stats;
}

// [rows, labels, self] of the options: what queries are compared with; zeros when not given.
export function readReferences(call, { references, referenceLabels, referenceSelf } = {}) {
  if (references === undefined) {
    for (const [name, value] of Object.entries({ referenceLabels, referenceSelf })) {
      if (value !== undefined) {
        call.refuse(name, "references beside it", "none");
      }
    }
    return [0, 0, 0];
  }
  let rows, labels;
  if (references instanceof Memory) {
    if (referenceLabels !== undefined) {
      call.refuse("referenceLabels", "none beside a memory, which holds its own", describe(referenceLabels));
    }
    [rows, labels] = Memory.read(call, references, "references");
  } else {
    rows = call.matrix(references, "references");
    labels = call.ints(referenceLabels, "referenceLabels");
  }
  return [rows, labels, readSelf(call, referenceSelf, rows)];
}

export function readSelf(call, self, rows) {
  return self === undefined ? 0 : call.ints(self, "referenceSelf", -1, call.core.rows(rows) - 1);
}

// What the losses share: the options, numbers for each triplet or anchor, and what is wanted and where.
function readLoss(call, options = {}) {
  call.options(call.name, options);
  const { weights, margins, gradOutput, gradients, reduction, out } = options;
  if (typeof (out ?? {}) !== "object") {
    call.refuse("out", "an earlier result", describe(out));
  }
  return {
    weights: call.floats(weights, "weights"),
    margins: call.floats(margins, "margins"),
    gradOutput: call.floats(gradOutput, "gradOutput"),
    wanted: call.flag(gradients, "gradients", true),
    each: reduction === "none",
    out: out ?? {},
  };
}

const NO_OUTPUT = { block: 0 };

// One number for each of `count`, with reduction "none".
function lossesOf(call, { each, out }, count) {
  return each ? call.output("out.loss", typeof out.loss === "number" ? undefined : out.loss, count, 1) : NO_OUTPUT;
}

function gradientOf(call, wanted, argument, given, like) {
  return wanted ? call.output(argument, given, call.core.rows(like), call.core.cols(like)) : NO_OUTPUT;
}

function putLoss(call, out, losses, active, nonfinite) {
  out.loss = losses.block ? call.take(losses) : call.core.number(0);
  out.active = active;
  out.nonfinite = nonfinite;
}

export function marginLoss(call, anchors, positives, negatives, options) {
  const { core } = call;
  const loss = readLoss(call, options);
  const { out, wanted } = loss;
  const a = call.matrix(anchors, "anchors");
  const p = call.matrix(positives, "positives");
  const n = call.matrix(negatives, "negatives");
  const losses = lossesOf(call, loss, core.rows(a));
  const to = out.gradients ?? {};
  if (typeof to !== "object") {
    call.refuse("out.gradients", "those of an earlier result", describe(to));
  }
  const ga = gradientOf(call, wanted, "out.gradients.anchors", to.anchors, a);
  const gp = gradientOf(call, wanted, "out.gradients.positives", to.positives, p);
  const gn = gradientOf(call, wanted, "out.gradients.negatives", to.negatives, n);
  const { weights, margins, gradOutput } = loss;
  call.check(
    call.ready().margin_loss(a, p, n, ga.block, gp.block, gn.block, losses.block, weights, margins, gradOutput),
  );
  putLoss(call, out, losses, core.number(1), core.number(2));
  if (wanted) {
    to.anchors = call.take(ga);
    to.positives = call.take(gp);
    to.negatives = call.take(gn);
    out.gradients = to;
  }
  return out;
}

export function indexedLoss(call, table, indices, options) {
  const { core } = call;
  const loss = readLoss(call, options);
  const { out, wanted } = loss;
  const rows = call.matrix(table, "table");
  const last = core.rows(rows) - 1;
  const { anchors, positives, negatives } = indices ?? {};
  const a = call.ints(anchors, "indices.anchors", 0, last);
  const p = call.ints(positives, "indices.positives", 0, last);
  const n = call.ints(negatives, "indices.negatives", 0, last);
  const losses = lossesOf(call, loss, core.rows(a));
  const gradient = gradientOf(call, wanted, "out.gradient", out.gradient, rows);
  // The core adds to what it is given, so an output that is to stay as it was on errors gets a copy.
  const sum = wanted ? call.block(core.rows(rows), core.cols(rows)) : 0;
  const { weights, margins, gradOutput } = loss;
  call.check(call.ready().indexed_loss(rows, a, p, n, sum, losses.block, weights, margins, gradOutput));
  putLoss(call, out, losses, core.number(1), core.number(2));
  if (wanted) {
    core.floatsOf(gradient.block).set(core.floatsOf(sum));
    out.gradient = call.take(gradient);
  }
  return out;
}

export function batchLoss(call, embeddings, labels, options) {
  const { core } = call;
  const loss = readLoss(call, options);
  const { out, wanted } = loss;
  const rows = call.matrix(embeddings, "embeddings");
  const list = call.ints(labels, "labels");
  const [references, referenceLabels, referenceSelf] = readReferences(call, options);
  const losses = lossesOf(call, loss, core.rows(rows));
  const gradient = gradientOf(call, wanted, "out.gradient", out.gradient, rows);
  const alsoWanted = call.flag(options?.referenceGradient, "referenceGradient", false);
  if (alsoWanted && !references) {
    call.refuse("referenceGradient", "references beside it", "none");
  }
  const also = gradientOf(call, alsoWanted, "out.referenceGradient", out.referenceGradient, references);
  const { weights, margins, gradOutput } = loss;
  call.check(
    call.ready().batch_loss(
      ...[rows, list, references, referenceLabels, referenceSelf],
      ...[gradient.block, also.block, losses.block, weights, margins, gradOutput],
    ),
  );
  out.stats = fillStats(core, out.stats ?? {}, 1);
  putLoss(call, out, losses, out.stats.active, out.stats.nonfinite);
  if (wanted) {
    out.gradient = call.take(gradient);
  }
  if (alsoWanted) {
    out.referenceGradient = call.take(also);
  }
  return out;
}

export function mine(call, embeddings, labels, options) {
  const { core } = call;
  call.options("mine", options);
  const margins = call.floats(options?.margins, "margins");
  const rows = call.matrix(embeddings, "embeddings");
  const list = call.ints(labels, "labels");
  const references = readReferences(call, options);
  const exports = call.ready();
  call.check(exports.mine_capacity(list, ...references, margins));
  const picks = call.block(3, core.number(0));
  call.check(exports.mine(rows, list, ...references, picks));
  const count = core.number(0);
  const all = core.intsOf(picks);
  const column = (i) => all.slice(i * core.cols(picks), i * core.cols(picks) + count);
  return { anchors: column(0), positives: column(1), negatives: column(2), stats: fillStats(core, {}, 1) };
}
