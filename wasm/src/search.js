// Distances and rings, nearest rows, evaluation.
import { Call, MAX_SIZE } from "./call.js";
import { abortError, describe } from "./errors.js";
import { Numbering, labelledRows, readLabels } from "./labels.js";
import { readCompared, readKnown, readSelf } from "./losses.js";
import { fix } from "./matrix.js";
import { Memory } from "./memory.js";
import { Owned } from "./owned.js";
import { Rows } from "./rows.js";
import { SLICE, turn } from "./turn.js";

// A slice has a multiple of so many queries. The core measures them by fours, and fewer do not pay for reading
// references that lie in no cache.
const TOGETHER = 8;

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
export function nearest(call, queries, references, options) {
  const given = call.options("nearest", options);
  const from = call.matrix(queries, "queries");
  const to = readRows(call, references);
  return search(call, from, given, call.core.rows(to), (core, ...rest) => core.nearest(from, to, ...rest));
}

/** @param {Call} call */
function readRows(call, references) {
  return references instanceof Memory
    ? Memory.read(call, references, "references")[0]
    : call.matrix(references, "references");
}

/**
 * Among so many references, by a function of the core.
 * @param {Call} call
 */
function search(call, queries, given, references, run) {
  const { core } = call;
  const k = call.size(given.k, "k", 1, references);
  const self = readSelf(call, given.referenceSelf, references);
  const exclude = readExcluded(call, given);
  const rows = core.rows(queries);
  const indices = call.block(rows, k);
  const output = call.output("distances", undefined, rows, k);
  call.check(run(call.ready(), self, exclude, indices, output.block));
  return { indices: new Rows(core.intsOf(indices).slice(), rows, k), distances: call.take(output) };
}

// References that are made ready once and searched time and again, in the memory of the instance.
export class Index extends Owned {
  static name = "Index";
  #core;
  rows = 0;
  cols = 0;

  constructor(core, references, options) {
    let shape;
    const make = (call) => {
      call.options("index", options);
      const from = readRows(call, references);
      shape = { rows: core.rows(from), cols: core.cols(from) };
      return call.made(call.ready().index_create(from));
    };
    super(core, "index_destroy", Call.with(core, "index", make, references));
    this.#core = core;
    fix(this, shape);
  }

  nearest(queries, options) {
    return this.#search("nearest", queries, options);
  }

  // The same in slices of a few milliseconds, of some queries at least, between which all else has its turn.
  async nearestAsync(queries, options) {
    const { rows, cols, data, k, lists, progress, signal } = this.#read(queries, options);
    const parts = [];
    for (let first = 0, last, count = TOGETHER; first < rows || !parts.length; first = last) {
      last = Math.min(first + count, rows);
      const part = { data: data.subarray(first * cols, last * cols), rows: last - first, cols };
      const own = lists.map(([name, list]) => [name, list.slice(first, last)]);
      const start = performance.now();
      parts.push(this.#search("nearestAsync", part, { k, ...Object.fromEntries(own) }, first));
      const next = Math.min(2 * count, (count * SLICE) / (performance.now() - start));
      count = Math.max(1, Math.floor(next / TOGETHER)) * TOGETHER;
      if ((await progress?.(last / rows || 1)) === false) {
        throw abortError();
      }
      await turn();
      signal?.throwIfAborted();
    }
    return { indices: joined(parts, "indices", rows, k), distances: joined(parts, "distances", rows, k) };
  }

  // All that a search in slices is given, as it is now: the caller may change it before the last one.
  #read(queries, options) {
    const { rows: references } = this;
    const read = (call) => {
      const { core } = call;
      const { referenceSelf: self, exclude, ...given } = call.options("indexNearest", options);
      const { rows, cols, data } = core.copyOf(call.matrix(queries, "queries"));
      const lists = [
        ["referenceSelf", self !== undefined && core.intsOf(readSelf(call, self, references)).slice()],
        ["exclude", exclude !== undefined && call.integers(exclude, "exclude", 0, references - 1)],
      ].filter(([, list]) => list);
      for (const [name, { length }] of lists) {
        if (length !== rows) {
          call.refuse(name, `${rows} of them, one for each query`, length, RangeError);
        }
      }
      return { rows, cols, data, lists, ...given };
    };
    return Call.with(this.#core, "index.nearestAsync", read, queries, options);
  }

  // first: what errors call the first query.
  #search(name, queries, options, first = 0) {
    const run = (call) => {
      const given = call.options("indexNearest", options);
      const self = call.hold(this, "index");
      const from = call.matrix(queries, "queries");
      return search(call, from, given, this.rows, (core, ...rest) => {
        core.set_first_index(first);
        const status = core.index_nearest(self, from, ...rest);
        core.set_first_index(0);
        return status;
      });
    };
    return Call.with(this.#core, `index.${name}`, run, queries, options);
  }
}

function joined(parts, name, rows, cols) {
  const data = new parts[0][name].data.constructor(rows * cols);
  let at = 0;
  for (const part of parts) {
    data.set(part[name].data, at);
    at += part[name].data.length;
  }
  return new Rows(data, rows, cols);
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
