// Explicit, indexed and in-batch losses, and mining.
import { describe } from "./errors.js";
import { Memory } from "./memory.js";

// From the numbers of the last call, beginning with number `first`.
export function statsOf(core, first) {
  return {
    triplets: core.number(first),
    active: core.number(first + 1),
    hard: core.number(first + 2),
    semihard: core.number(first + 3),
    easy: core.number(first + 4),
    anchorsWithoutPositive: core.number(first + 5),
    anchorsWithoutNegative: core.number(first + 6),
    nonfinite: core.number(first + 7),
    meanPositiveDistance: core.figure(first + 8),
    meanNegativeDistance: core.figure(first + 9),
    collapsed: core.number(first + 10) !== 0,
  };
}

// [rows, labels, self] of the options: what queries are compared with; zeros when not given.
export function readReferences(call, { references, referenceLabels, referenceSelf }) {
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

// What the losses share: the options, numbers for each triplet or anchor, and what is wanted and where: the members of
// an earlier result are read once.
function readLoss(call, options) {
  const given = call.options(call.name, options);
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

// One number for each of `count`, with reduction "none".
function lossesOf(call, { each, to }, count) {
  return each ? call.output("out.loss", typeof to.loss === "number" ? undefined : to.loss, count, 1) : NO_OUTPUT;
}

function gradientOf(call, wanted, argument, given, like) {
  return wanted ? call.output(argument, given, call.core.rows(like), call.core.cols(like)) : NO_OUTPUT;
}

// Everything is taken before anything is put into an earlier result, as a setter may call again.
function resultOf(call, losses, active, nonfinite) {
  return { loss: losses.block ? call.take(losses) : call.core.number(0), active, nonfinite };
}

export function marginLoss(call, anchors, positives, negatives, options) {
  const { core } = call;
  const loss = readLoss(call, options);
  const { wanted, out } = loss;
  const a = call.matrix(anchors, "anchors");
  const p = call.matrix(positives, "positives");
  const n = call.matrix(negatives, "negatives");
  const losses = lossesOf(call, loss, core.rows(a));
  const gradients = call.result("out.gradients", loss.to.gradients);
  const ga = gradientOf(call, wanted, "out.gradients.anchors", gradients.anchors, a);
  const gp = gradientOf(call, wanted, "out.gradients.positives", gradients.positives, p);
  const gn = gradientOf(call, wanted, "out.gradients.negatives", gradients.negatives, n);
  const { weights, margins, gradOutput } = loss;
  call.check(
    call.ready().margin_loss(a, p, n, ga.block, gp.block, gn.block, losses.block, weights, margins, gradOutput),
  );
  const result = resultOf(call, losses, core.number(1), core.number(2));
  if (wanted) {
    const taken = { anchors: call.take(ga), positives: call.take(gp), negatives: call.take(gn) };
    result.gradients = Object.assign(gradients, taken);
  }
  return Object.assign(out, result);
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
  const gradient = gradientOf(call, wanted, "out.gradient", loss.to.gradient, rows);
  // The core adds to what it is given, so an output that is to stay as it was on errors gets a copy.
  const sum = wanted ? call.block(core.rows(rows), core.cols(rows)) : 0;
  const { weights, margins, gradOutput } = loss;
  call.check(call.ready().indexed_loss(rows, a, p, n, sum, losses.block, weights, margins, gradOutput));
  const result = resultOf(call, losses, core.number(1), core.number(2));
  if (wanted) {
    core.floatsOf(gradient.block).set(core.floatsOf(sum));
    result.gradient = call.take(gradient);
  }
  return Object.assign(out, result);
}

export function batchLoss(call, embeddings, labels, options) {
  const { core } = call;
  const loss = readLoss(call, options);
  const { given, out, to, wanted } = loss;
  const rows = call.matrix(embeddings, "embeddings");
  const list = call.ints(labels, "labels");
  const [references, referenceLabels, referenceSelf] = readReferences(call, given);
  const losses = lossesOf(call, loss, core.rows(rows));
  const gradient = gradientOf(call, wanted, "out.gradient", to.gradient, rows);
  const alsoWanted = call.flag(given.referenceGradient, "referenceGradient", false);
  if (alsoWanted && !references) {
    call.refuse("referenceGradient", "references beside it", "none");
  }
  const also = gradientOf(call, alsoWanted, "out.referenceGradient", to.referenceGradient, references);
  const ofOut = call.result("out.stats", to.stats);
  const { weights, margins, gradOutput } = loss;
  call.check(
    call.ready().batch_loss(
      ...[rows, list, references, referenceLabels, referenceSelf],
      ...[gradient.block, also.block, losses.block, weights, margins, gradOutput],
    ),
  );
  const stats = statsOf(core, 1);
  const result = resultOf(call, losses, stats.active, stats.nonfinite);
  if (wanted) {
    result.gradient = call.take(gradient);
  }
  if (alsoWanted) {
    result.referenceGradient = call.take(also);
  }
  result.stats = Object.assign(ofOut, stats);
  return Object.assign(out, result);
}

// As many of each column as the last call says.
export function picksOf(core, picks) {
  const columns = [0, 1, 2].map((i) => core.intsOf(picks).subarray(i * core.cols(picks)).slice(0, core.number(0)));
  return { anchors: columns[0], positives: columns[1], negatives: columns[2] };
}

export function mine(call, embeddings, labels, options) {
  const { core } = call;
  const given = call.options("mine", options);
  const margins = call.floats(given.margins, "margins");
  const rows = call.matrix(embeddings, "embeddings");
  const list = call.ints(labels, "labels");
  const references = readReferences(call, given);
  const exports = call.ready();
  call.check(exports.mine_capacity(rows, list, ...references, margins));
  const picks = call.block(3, core.number(0));
  call.check(exports.mine(rows, list, ...references, picks));
  return { ...picksOf(core, picks), stats: statsOf(core, 1) };
}
