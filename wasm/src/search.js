// Distances and rings, nearest rows, evaluation.
import { Call, MAX_SIZE } from "./call.js";
import { describe } from "./errors.js";
import { Numbering, labelledRows, readLabels } from "./labels.js";
import { readCompared, readKnown, readSelf } from "./losses.js";
import { Matrix } from "./matrix.js";
import { Memory } from "./memory.js";
import { disposable, pointerOf } from "./owned.js";
import { Rows } from "./rows.js";

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
export function ring(call, center, directions, radius, options) {
  const { core } = call;
  call.options("ring", options);
  const from = call.givenFloats(center, "center");
  const ways = call.matrix(directions, "directions");
  const points = call.output("points", undefined, core.rows(ways), core.cols(ways));
  call.check(call.ready().ring(from, ways, call.number(radius, "radius"), points.block));
  return call.take(points);
}

/** @param {Call} call */
export function nearest(call, queries, references, options, otherwise) {
  const { core } = call;
  const values = core.readValues(call.name, "nearest", options);
  const given = call.values("nearest", otherwise ? values.map((value, i) => value ?? otherwise[i]) : values);
  const from = call.matrix(queries, "queries");
  const to =
    references instanceof Memory
      ? Memory.read(call, references, "references")[0]
      : call.matrix(references, "references");
  const k = call.size(given.k, "k", 1, core.rows(to));
  const self = readSelf(call, given.referenceSelf, to);
  const exclude = readExcluded(call, given);
  const rows = core.rows(from);
  const indices = call.block(rows, k);
  const output = call.output("distances", undefined, rows, k);
  call.check(call.ready().nearest(from, to, self, exclude, indices, output.block));
  return { indices: new Rows(core.intsOf(indices).slice(), rows, k), distances: call.take(output) };
}

// References that are searched time and again, in the memory of the instance, and how.
export class Index {
  static name = "Index";
  #core;
  #references;
  #values;

  constructor(core, references, options) {
    this.#core = core;
    Call.with(core, "index", (call) => {
      this.#values = core.readValues(call.name, "nearest", options);
      core.checkValues(call.name, "nearest", this.#values);
      this.#references = Matrix.is(references, core) ? references.subarray(0) : copied(call, references);
      core.scope?.delete(this.#references); // it is freed with the index
    });
  }

  // Options beside those of the index, or in their place.
  nearest(queries, options) {
    return Call.with(this.#core, "index.nearest", nearest, queries, this.#references, options, this.#values);
  }

  get rows() {
    return this.#references.rows;
  }
  get cols() {
    return this.#references.cols;
  }

  free() {
    this.#references.free();
  }
}

disposable(Index);

/** @param {Call} call */
function copied(call, references) {
  const { core } = call;
  const from = call.matrix(references, "references");
  const copy = new Matrix(core, core.rows(from), core.cols(from));
  core.floatsOf(pointerOf(copy)).set(core.floatsOf(from));
  return copy;
}

/**
 * The references that each query leaves out; 0 when not given.
 * @param {Call} call
 */
function readExcluded(call, { exclude }) {
  return exclude === undefined ? 0 : call.lists(exclude, "exclude");
}

/** @param {Call} call */
export function classify(call, queries, references, referenceLabels, options) {
  const { core } = call;
  const given = call.options("classify", options);
  const from = call.matrix(queries, "queries");
  const numbering = Memory.numbering(references);
  const known = { references, referenceLabels, referenceSelf: given.referenceSelf };
  const [to, labels, self] = readKnown(call, known, numbering, true);
  const exclude = readExcluded(call, given);
  const rows = core.rows(from);
  const found = call.block(3, rows);
  call.check(call.ready().classify(from, to, labels, self, exclude, found));

  const votes = core.floatsOf(found).slice(rows, 2 * rows);
  const { names } = numbering;
  const elected = Array.from(core.intsOf(found).subarray(0, rows), (label, i) =>
    votes[i] ? (names.get(label) ?? label) : null,
  );
  return { labels: elected, votes };
}

/** @param {Call} call */
export function readRanks(call, { k }) {
  return call.ints(k ?? [], "k", 1, MAX_SIZE);
}

// Where the core writes what evaluations find.
function roomFor(call, labels, list, evaluations = 1) {
  return call.block(evaluations * call.core.exports.evaluation_size(labels, list), 1);
}

/**
 * Gives classes their labels as they were given.
 * @param {Numbering} numbering
 */
function named(evaluation, numbering) {
  const { names } = numbering;
  for (const one of evaluation.classes) {
    one.label = names.get(one.label) ?? one.label;
  }
  return evaluation;
}

/**
 * Runs the core's evaluation of rows that are embedded.
 * @param {Call} call
 * @param {{ rows: number, labels: number, references: number[], numbering: Numbering }} queries
 * @param {() => void} [prepare]
 */
export function evaluateRows(call, { rows, labels, references, numbering }, list, prepare) {
  const room = roomFor(call, labels, list);
  const exports = call.ready(prepare);
  exports.set_batch(rows, labels, ...references);
  return named(call.check(exports.evaluate(list, room)), numbering);
}

/** @param {Call} call */
export function evaluate(call, embeddings, labels, options) {
  const given = call.options("evaluate", options);
  const rows = call.matrix(embeddings, "embeddings");
  const numbering = Memory.numbering(given.references);
  const compared = readCompared(call, labels, given, numbering);
  return evaluateRows(call, { rows, ...compared, numbering }, readRanks(call, given));
}

/**
 * References of each query, arrays or as `nearest` gives them; of a shorter array the rest is -1.
 * @param {Call} call
 */
function readNeighbors(call, indices, queries, last) {
  const { core } = call;
  const { data, rows, cols } = indices ?? {};
  if (!Array.isArray(indices) && data === undefined) {
    call.refuse("indices", "an array of arrays or { data: Int32Array, rows, cols }", describe(indices));
  }
  const given = data === undefined ? indices.length >>> 0 : rows;
  if (given !== queries) {
    call.refuse("indices", `${queries} lists, one for each query`, describe(given), RangeError);
  }
  if (data === undefined) {
    const lists = Array.from({ length: queries }, (_, i) => call.ints(indices[i], `indices[${i}]`, -1, last));
    const block = call.block(
      queries,
      lists.reduce((most, list) => Math.max(most, core.rows(list)), 0),
    );
    core.intsOf(block).fill(-1);
    lists.forEach((list, i) => core.ints.set(core.intsOf(list), core.dataOf(block) + i * core.cols(block)));
    return block;
  }

  const list = call.ints(data, "indices.data", -1, last);
  call.size(cols, "indices", 0, MAX_SIZE, ".cols");
  if (core.rows(list) !== queries * cols) {
    call.refuse("indices.data", `${queries} x ${cols} integers`, core.rows(list), RangeError);
  }
  const block = call.block(queries, cols);
  core.intsOf(block).set(core.intsOf(list));
  return block;
}

/** @param {Call} call */
export function evaluateNeighbors(call, indices, labels, options) {
  const { core } = call;
  const given = call.options("evaluateNeighbors", options);
  const numbering = new Numbering();
  const own = readLabels(call, labels, "labels", numbering);
  const others =
    given.referenceLabels === undefined
      ? undefined
      : readLabels(call, given.referenceLabels, "referenceLabels", numbering);
  const queries = labelledRows(call, own);
  const last = (own.relations ? core.cols(own.relations) : labelledRows(call, others ?? own)) - 1;
  const self = given.referenceSelf === undefined ? 0 : call.ints(given.referenceSelf, "referenceSelf", -1, last);
  const list = readRanks(call, given);
  const neighbors = readNeighbors(call, indices, queries, last);

  const classes = call.labels(own);
  const references = call.labels(others);
  const room = roomFor(call, classes, list);
  const exports = call.ready();
  return named(call.check(exports.evaluate_neighbors(neighbors, classes, references, self, list, room)), numbering);
}

/**
 * The interval of a share that was measured over `count` draws; null: it was not.
 * @param {Call} call
 */
export function shareInterval(call, share, count) {
  const measured = share === null ? NaN : call.number(share, "share");
  call.ready().share_interval(measured, call.size(count, "count", 0, Number.MAX_SAFE_INTEGER));
  return call.core.results().interval;
}

/** @param {Call} call */
export function evaluateHeldOut(call, embeddings, labels, heldOutRows, options) {
  const { core } = call;
  const list = readRanks(call, call.options("evaluateHeldOut", options));
  const rows = call.matrix(embeddings, "embeddings");
  const numbering = new Numbering();
  const classes = call.labels(readLabels(call, labels, "labels", numbering));
  const heldOut = call.ints(heldOutRows, "heldOutRows", 0, core.rows(rows) - 1);
  const marks = call.block(Math.ceil(core.rows(rows) / 4), 1);
  const bytes = core.bytesOf(marks).fill(0);
  core.intsOf(heldOut).forEach((row) => (bytes[row] = 1));
  const room = roomFor(call, classes, list, 2);
  const found = call.check(call.ready().evaluate_held_out(rows, classes, marks, list, room));
  named(found.againstTraining, numbering);
  named(found.amongThemselves, numbering);
  return found;
}
