// Explicit triplets. Of rows in Float32Arrays or in memory of the instance, with options that the settings hold already,
// a call goes the short way: nothing is made but its result, and WebAssembly is called once. It is written out, as loops
// over the six matrices take as long as all the rest.
/** @import { Core } from "./core.js" */
import { Call, isFloats, lengthOf } from "./call.js";
import { marginLossOf } from "./losses.js";
import { Matrix } from "./matrix.js";
import { GRADIENTS, GRAD_OUTPUT, MARGINS, OUT, REDUCTION, WEIGHTS } from "./readers.js";

/** @param {Core} core */
export function marginLoss(core, anchors, positives, negatives, options) {
  const { exports } = core; // which refuses what is called within `progress`
  const values = core.readValues("marginLoss", "marginLoss", options);
  return (
    atOnce(core, exports, anchors, positives, negatives, values) ??
    Call.with(core, "marginLoss", marginLossOf, anchors, positives, negatives, values)
  );
}

// One of the matrices, as it was read. data: its numbers, copied in and out; undefined where it is one of the core's.
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
  const inside = Matrix.is(given, core);
  const data = inside ? undefined : given?.data;
  return inside || isFloats(data) ? new Side(given, data, given.rows, given.cols) : undefined;
}

function outputOf(core, given, { rows, cols }) {
  if (given === undefined || given === null) {
    const data = new Float32Array(rows * cols);
    return new Side({ data, rows, cols }, data, rows, cols);
  }
  return sideOf(core, given);
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
  const { next, end } = core.scratch;
  if (!n || !isSize(a.rows) || !isSize(a.cols) || next + 6 * a.rows * a.cols > end) {
    return undefined;
  }
  const out = values[OUT] ?? {};
  const gradients = wanted ? (out.gradients ?? {}) : out;
  const ga = wanted ? outputOf(core, gradients.anchors, a) : a;
  const gp = wanted ? outputOf(core, gradients.positives, a) : p;
  const gn = wanted ? outputOf(core, gradients.negatives, a) : n;
  if (!ga || !gp || !gn || !isOpen(out) || !isOpen(gradients)) {
    return undefined;
  }

  // From here on nobody else's code runs.
  const size = a.rows * a.cols;
  if (
    !(lay(a, a, next) && lay(p, a, next + size) && lay(n, a, next + 2 * size)) ||
    !(lay(ga, a, next + 3 * size) && lay(gp, a, next + 4 * size) && lay(gn, a, next + 5 * size)) ||
    (wanted && meet(ga, gp, gn, size)) ||
    (wanted && (reach(ga, a, p, n, size) || reach(gp, a, p, n, size) || reach(gn, a, p, n, size)))
  ) {
    return undefined;
  }
  copyIn(core, a);
  copyIn(core, p);
  copyIn(core, n);
  const g = wanted ? 4 : 0;
  // prettier-ignore
  const status = exports.margin_loss_at(
    4 * a.place, 4 * p.place, 4 * n.place, g * ga.place, g * gp.place, g * gn.place, a.rows, a.cols,
  );
  if (status) {
    throw core.failure("marginLoss");
  }
  const { loss, active, nonfinite } = core.results();
  if (wanted) {
    copyOut(core, ga);
    copyOut(core, gp);
    copyOut(core, gn);
    // A setter may call again.
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

// Finds where the numbers of a side are, which must be like another: its own place, or one that is free.
function lay(side, like, free) {
  side.place = side.data ? free : Matrix.placeOf(side.given);
  const whole = !side.data || lengthOf(side.data) === like.rows * like.cols;
  return whole && side.place !== 0 && side.rows === like.rows && side.cols === like.cols;
}

// Whether two outputs are one.
function meet(x, y, z, size) {
  return overlap(x, y, size) || overlap(x, z, size) || overlap(y, z, size);
}

function reach(output, a, p, n, size) {
  return overlap(output, a, size) || overlap(output, p, size) || overlap(output, n, size);
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
