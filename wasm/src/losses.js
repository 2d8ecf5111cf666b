// Explicit, indexed and in-batch losses, and mining.
import { Call } from "./call.js";
import { describe } from "./errors.js";
import { Memory } from "./memory.js";

const PARTS = ["anchors", "positives", "negatives"];
const PART_OUTPUTS = PARTS.map((name) => `out.gradients.${name}`);
const STATS = [
  "triplets",
  "active",
  "hard",
  "semihard",
  "easy",
  "anchorsWithoutPositive",
  "anchorsWithoutNegative",
  "nonfinite",
  "meanPositiveDistance",
  "meanNegativeDistance",
];

// From the numbers of the last call, beginning with number `first`.
export function fillStats(core, stats, first) {
  STATS.forEach((name, i) => (stats[name] = core.number(first + i)));
  stats.collapsed = core.number(first + STATS.length) !== 0;
  return stats;
}

// [rows, labels, self] of the options: what queries are compared with; zeros when not given.
export function readReferences(call, options = {}) {
  const { references, referenceLabels, referenceSelf } = options;
  if (references === undefined) {
    for (const name of ["referenceLabels", "referenceSelf"]) {
      if (options[name] !== undefined) {
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

const NO_OUTPUT = { block: 0 };

// The outputs of a loss: one number for each of `count` with reduction "none", and gradients where they are wanted.
function lossOutput(call, options, count) {
  const out = options?.out ?? {};
  if (typeof out !== "object") {
    call.refuse("out", "an earlier result", describe(out));
  }
  const losses = options?.reduction === "none" ? call.output("out.loss", listOf(out.loss), count, 1) : NO_OUTPUT;
  return { out, losses, wanted: call.flag(options, "gradients", true) };
}

function listOf(loss) {
  return typeof loss === "number" ? undefined : loss;
}

function putLoss(core, result, losses) {
  result.loss = losses.block ? losses.take() : core.number(0);
}

function putResult(core, result, losses) {
  putLoss(core, result, losses);
  result.active = core.number(1);
  result.nonfinite = core.number(2);
}

export function marginLoss(core, anchors, positives, negatives, options) {
  return Call.with(core, "marginLoss", (call) => {
    call.options("marginLoss", options);
    call.tripletFloats(options);
    const inputs = [anchors, positives, negatives].map((input, i) => call.matrix(input, PARTS[i]));
    const { out, losses, wanted } = lossOutput(call, options, core.rows(inputs[0]));
    const gradients = inputs.map((input, i) =>
      wanted
        ? call.output(PART_OUTPUTS[i], out.gradients?.[PARTS[i]], core.rows(input), core.cols(input))
        : NO_OUTPUT,
    );
    call.run("margin_loss", ...inputs, ...gradients.map((gradient) => gradient.block), losses.block);
    putResult(core, out, losses);
    if (wanted) {
      out.gradients ??= {};
      gradients.forEach((gradient, i) => (out.gradients[PARTS[i]] = gradient.take()));
    }
    return out;
  });
}

export function indexedLoss(core, table, indices, options) {
  return Call.with(core, "indexedLoss", (call) => {
    call.options("indexedLoss", options);
    call.tripletFloats(options);
    const rows = call.matrix(table, "table");
    const lists = PARTS.map((name) =>
      call.ints(indices?.[name], `indices.${name}`, 0, core.rows(rows) - 1),
    );
    const { out, losses, wanted } = lossOutput(call, options, core.rows(lists[0]));
    const gradient = wanted ? call.output("out.gradient", out.gradient, core.rows(rows), core.cols(rows)) : NO_OUTPUT;
    // The core adds to what it is given, so an output that is to stay as it was on errors gets a copy.
    const sum = wanted ? call.block(core.rows(rows), core.cols(rows)) : 0;
    call.run("indexed_loss", rows, ...lists, sum, losses.block);
    putResult(core, out, losses);
    if (wanted) {
      core.floatsOf(gradient.block).set(core.floatsOf(sum));
      out.gradient = gradient.take();
    }
    return out;
  });
}

export function batchLoss(core, embeddings, labels, options) {
  return Call.with(core, "batchLoss", (call) => {
    call.options("batchLoss", options);
    call.tripletFloats(options);
    const rows = call.matrix(embeddings, "embeddings");
    const list = call.ints(labels, "labels");
    const references = readReferences(call, options);
    const { out, losses, wanted } = lossOutput(call, options, core.rows(rows));
    const output = (name, like) => call.output(`out.${name}`, out[name], core.rows(like), core.cols(like));
    const gradient = wanted ? output("gradient", rows) : NO_OUTPUT;
    const referencesWanted = call.flag(options, "referenceGradient", false);
    if (referencesWanted && !references[0]) {
      call.refuse("referenceGradient", "references beside it", "none");
    }
    const referenceGradient = referencesWanted ? output("referenceGradient", references[0]) : NO_OUTPUT;
    call.run("batch_loss", rows, list, ...references, gradient.block, referenceGradient.block, losses.block);
    putLoss(core, out, losses);
    out.stats = fillStats(core, out.stats ?? {}, 1);
    out.active = out.stats.active;
    out.nonfinite = out.stats.nonfinite;
    if (wanted) {
      out.gradient = gradient.take();
    }
    if (referencesWanted) {
      out.referenceGradient = referenceGradient.take();
    }
    return out;
  });
}

export function mine(core, embeddings, labels, options) {
  return Call.with(core, "mine", (call) => {
    call.options("mine", options);
    call.tripletFloats({ margins: options?.margins });
    const rows = call.matrix(embeddings, "embeddings");
    const list = call.ints(labels, "labels");
    const references = readReferences(call, options);
    call.run("mine_capacity", list, ...references);
    const picks = call.block(3, core.number(0));
    call.check(core.exports.mine(rows, list, ...references, picks));
    const count = core.number(0);
    const all = core.intsOf(picks);
    const column = (i) => all.slice(i * core.cols(picks), i * core.cols(picks) + count);
    return { anchors: column(0), positives: column(1), negatives: column(2), stats: fillStats(core, {}, 1) };
  });
}
