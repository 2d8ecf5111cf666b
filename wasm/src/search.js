// Distances, nearest rows, evaluation.
/** @import { Call } from "./call.js" */
import { MAX_SIZE } from "./call.js";
import { Numbering, readLabels } from "./labels.js";
import { readCompared, readSelf } from "./losses.js";
import { Memory } from "./memory.js";

/** @param {Call} call */
export function distances(call, x, y, options) {
  const { core } = call;
  const { out } = call.options("distances", options);
  const from = call.matrix(x, "x");
  const to = call.matrix(y, "y");
  const output = call.output("out", out, core.rows(from), core.rows(to));
  call.check(call.ready().distances(from, to, output.block));
  return call.take(output);
}

/** @param {Call} call */
export function nearest(call, queries, references, options) {
  const { core } = call;
  const given = call.options("nearest", options);
  const from = call.matrix(queries, "queries");
  const to =
    references instanceof Memory
      ? Memory.read(call, references, "references")[0]
      : call.matrix(references, "references");
  const k = call.size(given.k, "k", 1, core.rows(to));
  const self = readSelf(call, given.referenceSelf, to);
  const rows = core.rows(from);
  const indices = call.block(rows, k);
  const output = call.output("distances", undefined, rows, k);
  call.check(call.ready().nearest(from, to, self, indices, output.block));
  return { indices: { data: core.intsOf(indices).slice(), rows, cols: k }, distances: call.take(output) };
}

/** @param {Call} call */
export function readRanks(call, { k }) {
  return call.ints(k ?? [], "k", 1, MAX_SIZE);
}

/**
 * Runs the core's evaluation of rows that are embedded.
 * @param {Call} call
 * @param {number[]} references
 * @param {() => void} [prepare]
 */
export function evaluateRows(call, rows, labels, references, list, prepare) {
  const recall = call.block(2 * call.core.rows(list), 1);
  const exports = call.ready(prepare);
  exports.set_batch(rows, labels, ...references);
  return call.check(exports.evaluate(list, recall));
}

/** @param {Call} call */
export function evaluate(call, embeddings, labels, options) {
  const given = call.options("evaluate", options);
  const rows = call.matrix(embeddings, "embeddings");
  const { labels: list, references } = readCompared(call, labels, given);
  return evaluateRows(call, rows, list, references, readRanks(call, given));
}

/** @param {Call} call */
export function evaluateHeldOut(call, embeddings, labels, heldOutRows, options) {
  const { core } = call;
  const list = readRanks(call, call.options("evaluateHeldOut", options));
  const rows = call.matrix(embeddings, "embeddings");
  const classes = call.labels(readLabels(call, labels, "labels", new Numbering()));
  const heldOut = call.ints(heldOutRows, "heldOutRows", 0, core.rows(rows) - 1);
  const marks = call.block(Math.ceil(core.rows(rows) / 4), 1);
  const bytes = core.bytesOf(marks).fill(0);
  core.intsOf(heldOut).forEach((row) => (bytes[row] = 1));
  const recall = call.block(4 * core.rows(list), 1);
  return call.check(call.ready().evaluate_held_out(rows, classes, marks, list, recall));
}
