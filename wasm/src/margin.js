// Explicit triplets. Of rows in Float32Arrays or in memory of the instance, with options that the settings hold
// already, a call goes the short way: nothing is made but its result, and WebAssembly is called once. It is written
// out, as loops over the six matrices take as long as all the rest.
/** @import { Core } from "./core.js" */
import { Call, isFloats, lengthOf } from "./call.js";
import { marginLossOf } from "./losses.js";
import { Matrix } from "./matrix.js";
import { GRADIENTS, GRAD_OUTPUT, MARGINS, OUT, REDUCTION, WEIGHTS } from "./readers.js";
import { Rows } from "./rows.js";

/** @param {Core} core */
export function marginLoss(core, anchors, positives, negatives, options) {
  const { exports } = core; // which refuses what is called within `progress`
  const values = core.readValues("marginLoss", "marginLoss", options);
  return (
    atOnce(core, exports, anchors, positives, negatives, values) ??
    Call.with(core, "marginLoss", marginLossOf, anchors, positives, negatives, values)
  );
}

// One of the matrices, as it was read. data: its numbers, copied in and out; undefined where they are the core's.
class Side {
  constructor(given, data, rows, cols) {
    this.given = given;
    this.data = data;
    this.rows = rows;
    this.cols = cols;
    this.place = 0;
  }
}

function sideOf(core, given) {
  const data = Matrix.is(given, core) ? undefined : (given?.data ?? null);
  return data === undefined || isFloats(data) ? new Side(given, data, given.rows, given.cols) : undefined;
}

/** @returns {any} */
function outputOf(core, given, { rows, cols }) {
  if (given === undefined || given === null) {
    const data = new Float32Array(rows * cols);
    return new Side(new Rows(data, rows, cols), data, rows, cols);
  }
  const side = sideOf(core, given);
  // A view of the memory goes the long way, as the memory may grow before it is written.
  return side?.data?.buffer === core.bytes.buffer ? undefined : side;
}

// Undefined, with nothing done, where the call has to go the long way, as all misuse has.
function atOnce(core, exports, anchors, positives, negatives, values) {
  const wanted = values[GRADIENTS] ?? true;
  if (
    core.calls ||
    (values[WEIGHTS] ?? values[MARGINS] ?? values[GRAD_OUTPUT]) !== undefined ||
    values[REDUCTION] === "none" ||
    typeof wanted !== "boolean" ||
    !core.holds("marginLoss", values)
  ) {
    return undefined;
  }

  // What is read here may run the user's code, which may call again.
  const a = sideOf(core, anchors);
  const p = a && sideOf(core, positives);
  const n = p && sideOf(core, negatives);
  if (!n || !isSize(a.rows) || !isSize(a.cols)) {
    return undefined;
  }
  const { rows, cols } = a;
  const size = rows * cols;
  const { next, end } = core.scratch;
  const out = values[OUT] ?? {};
  const gradients = wanted ? (out.gradients ?? {}) : out;
  if (next + 6 * size > end || !isOpen(out) || !isOpen(gradients)) {
    return undefined;
  }
  const ga = wanted ? outputOf(core, gradients.anchors, a) : undefined;
  const gp = ga && outputOf(core, gradients.positives, a);
  const gn = gp && outputOf(core, gradients.negatives, a);

  // From here on nobody else's code runs, until there is a result.
  if (!lay(a, a, next, size) || !lay(p, a, next + size, size) || !lay(n, a, next + 2 * size, size)) {
    return undefined;
  }
  if (wanted) {
    const laid =
      gn && lay(ga, a, next + 3 * size, size) && lay(gp, a, next + 4 * size, size) && lay(gn, a, next + 5 * size, size);
    if (!laid || meet(ga, a, p, n, size) || meet(gp, a, p, n, size) || meet(gn, a, p, n, size)) {
      return undefined;
    }
    if (meet(ga, gp, gn, gp, size) || meet(gp, gn, gn, gn, size)) {
      return undefined;
    }
  }
  copyIn(core, a);
  copyIn(core, p);
  copyIn(core, n);
  exports.set_shape(rows, cols);
  const status = wanted
    ? exports.margin_loss_at(4 * a.place, 4 * p.place, 4 * n.place, 4 * ga.place, 4 * gp.place, 4 * gn.place)
    : exports.margin_loss_at(4 * a.place, 4 * p.place, 4 * n.place, 0, 0, 0);
  if (status) {
    throw core.failure("marginLoss");
  }
  const { loss, active, nonfinite } = core.results();
  if (wanted) {
    copyOut(core, ga);
    copyOut(core, gp);
    copyOut(core, gn);
    gradients.anchors = ga.given;
    gradients.positives = gp.given;
    gradients.negatives = gn.given;
  }
  out.loss = loss;
  out.active = active;
  out.nonfinite = nonfinite;
  if (wanted) {
    out.gradients = gradients;
  }
  return out;
}

function isSize(value) {
  return (value | 0) === value && value > 0;
}

function isOpen(object) {
  return typeof object === "object" && !Object.isFrozen(object);
}

// Finds where the numbers of a side are: its own place, or one that is free. False where it is freed, or unlike
// another.
function lay(side, like, free, size) {
  side.place = side.data ? free : Matrix.placeOf(side.given);
  const whole = side.data === undefined || lengthOf(side.data) === size;
  return whole && side.place !== 0 && side.rows === like.rows && side.cols === like.cols;
}

// Whether an output is, in part, one of the others.
function meet(output, x, y, z, size) {
  return overlap(output, x, size) || overlap(output, y, size) || overlap(output, z, size);
}

function overlap(x, y, size) {
  return Math.abs(x.place - y.place) < size || (x.data !== undefined && x.data === y.data);
}

function copyIn(core, { data, place }) {
  if (data) {
    core.floats.set(data, place);
  }
}

function copyOut(core, { data, place }) {
  const { floats } = core;
  for (let i = 0; data && i < data.length; i++) {
    data[i] = floats[place + i];
  }
}
