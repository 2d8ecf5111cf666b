// Standardise, split, synthesise.
import { Call } from "./call.js";
import { describe } from "./errors.js";

export function standardization(core, x) {
  return Call.with(core, "standardization", (call) => {
    const rows = call.matrix(x, "x");
    const mean = call.output("mean", undefined, 1, core.cols(rows));
    const deviation = call.output("deviation", undefined, 1, core.cols(rows));
    call.run("standardization", rows, mean.block, deviation.block);
    return { mean: mean.take(), deviation: deviation.take() };
  });
}

export function standardize(core, x, standardization) {
  return Call.with(core, "standardize", (call) => {
    const rows = call.matrix(x, "x");
    const [mean, deviation] = ["mean", "deviation"].map((name) =>
      call.floats(standardization?.[name], name) || call.refuse(name, "an array of numbers", "undefined"),
    );
    const output = call.output("out", undefined, core.rows(rows), core.cols(rows));
    call.run("standardize", rows, mean, deviation, output.block);
    return output.take();
  });
}

export function split(core, labels, fraction, seed) {
  return Call.with(core, "split", (call) => {
    const list = call.ints(labels, "labels");
    const count = core.rows(list);
    const heldOut = call.block(Math.ceil(count / 4), 1);
    call.run("split", list, call.number(fraction, "fraction"), call.seed(seed, "seed"), heldOut);
    const sides = core.bytesOf(heldOut);
    const rowsOf = (side) => Int32Array.from({ length: count }, (_, i) => i).filter((i) => sides[i] === side);
    return { training: rowsOf(0), heldOut: rowsOf(1) };
  });
}

const SYNTHETIC = ["blobs", "rings", "moons", "swiss_roll"];

export function synthetic(core, kind, rows, noise, seed) {
  return Call.with(core, "synthetic", (call) => {
    const index = SYNTHETIC.indexOf(kind);
    if (index < 0) {
      call.refuse("kind", `one of ${SYNTHETIC.join("|")}`, describe(kind));
    }
    call.size(rows, "rows");
    const x = call.output("x", undefined, rows, core.exports.synthetic_cols(index));
    const labels = call.block(rows, 1);
    call.run("synthetic", index, call.number(noise, "noise"), call.seed(seed, "seed"), x.block, labels);
    return { x: x.take(), labels: core.intsOf(labels).slice() };
  });
}
