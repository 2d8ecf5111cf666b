// Standardise, principal axes, split, synthesise.
/** @import { Call } from "./call.js" */
import { describe } from "./errors.js";
import { Numbering, readLabels } from "./labels.js";

/** @param {Call} call */
export function standardization(call, x) {
  const { core } = call;
  const rows = call.matrix(x, "x");
  const mean = call.output("mean", undefined, 1, core.cols(rows));
  const deviation = call.output("deviation", undefined, 1, core.cols(rows));
  call.check(call.ready().standardization(rows, mean.block, deviation.block));
  return { mean: call.take(mean), deviation: call.take(deviation) };
}

/** @param {Call} call */
export function standardize(call, x, standardization) {
  const { core } = call;
  const rows = call.matrix(x, "x");
  const [mean, deviation] = ["mean", "deviation"].map((name) => call.givenFloats(standardization?.[name], name));
  const output = call.output("out", undefined, core.rows(rows), core.cols(rows));
  call.check(call.ready().standardize(rows, mean, deviation, output.block));
  return call.take(output);
}

/** @param {Call} call */
export function principalAxes(call, x, options) {
  const { core } = call;
  const { initial, minimum, maximum } = call.field("principalAxes", "count");
  const given = call.options("principalAxes", options);
  const rows = call.matrix(x, "x");
  const cols = core.cols(rows);
  const count = Math.min(call.size(given.count ?? initial, "count", minimum, maximum), cols);
  const mean = call.output("mean", undefined, 1, cols);
  const axes = call.output("axes", undefined, count, cols);
  const shares = call.block(2 * count, 1);
  const found = call.check(call.ready().principal_axes(rows, mean.block, axes.block, shares));
  return { mean: call.take(mean), axes: call.take(axes), shares: found.shares };
}

/** @param {Call} call */
export function project(call, x, axes) {
  const { core } = call;
  const rows = call.matrix(x, "x");
  const mean = call.givenFloats(axes?.mean, "mean");
  const along = call.matrix(axes.axes, "axes");
  const output = call.output("out", undefined, core.rows(rows), core.rows(along));
  call.check(call.ready().project(rows, mean, along, output.block));
  return call.take(output);
}

/**
 * The number of a choice.
 * @param {Call} call
 */
export function choose(call, value, argument, choices) {
  const index = choices.indexOf(value);
  return index < 0 ? call.refuse(argument, `one of ${choices.join("|")}`, describe(value)) : index;
}

/** @param {Call} call */
export function split(call, labels, fraction, seed, holdOut = "rows") {
  const { core } = call;
  const read = readLabels(call, labels, "labels", new Numbering());
  const list = call.labels(read);
  const by = choose(call, holdOut, "holdOut", core.choices.holdOut);
  const values = [by, call.number(fraction, "fraction"), call.seed(seed, "seed")];
  const count = (read.ends ?? read.integers ?? []).length;
  const heldOut = call.block(Math.ceil(count / 4), 1);
  call.check(call.ready().split(list, ...values, heldOut));
  const sides = core.bytesOf(heldOut);
  const rowsOf = (side) => Int32Array.from({ length: count }, (_, i) => i).filter((i) => sides[i] === side);
  return { training: rowsOf(0), heldOut: rowsOf(1) };
}

/** @param {Call} call */
export function synthetic(call, kind, rows, noise, seed) {
  const { core } = call;
  const index = choose(call, kind, "kind", core.choices.synthetic);
  call.size(rows, "rows");
  const x = call.output("x", undefined, rows, core.exports.synthetic_cols(index));
  const labels = call.block(rows, 1);
  call.check(call.ready().synthetic(index, call.number(noise, "noise"), call.seed(seed, "seed"), x.block, labels));
  return { x: call.take(x), labels: core.intsOf(labels).slice() };
}
