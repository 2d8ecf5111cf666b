// Explicit triplets. Of rows of numbers, in Float32Arrays or in memory of the instance, with options that the settings
// hold already, a call goes the short way: little is made but its result, and WebAssembly is called once. It is written
// out, as loops over the six matrices take as long as all the rest, and so do calls that engines do not put in place,
// which they do for few in one function.
/** @import { Core } from "./core.js" */
import { Call, isFloats, lengthOf, TOO_LARGE } from "./call.js";
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
// place: where those are.
function sideOf(core, given) {
  const data = Matrix.is(given, core) ? undefined : (given?.data ?? null);
  if (data !== undefined && !isFloats(data)) {
    return undefined;
  }
  return { given, data, rows: given.rows, cols: given.cols, place: 0 };
}

function inputOf(core, given) {
  return sideOf(core, Array.isArray(given) ? flat(core, given) : given);
}

// Rows of finite numbers in one array, if they are nothing else and small enough.
function flat({ scratch }, given) {
  const rows = given.length;
  const cols = given[0]?.length;
  if (!(6 * rows * cols <= scratch.end - scratch.next)) {
    return undefined;
  }
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const row = given[i];
    if (!Array.isArray(row) || row.length !== cols) {
      return undefined;
    }
    for (let j = 0; j < cols; j++) {
      const number = row[j];
      if (typeof number !== "number" || !(Math.abs(number) < TOO_LARGE)) {
        return undefined;
      }
      data[i * cols + j] = number;
    }
  }
  return { data, rows, cols };
}

/** @returns {any} */
function outputOf(core, given, { rows, cols }) {
  if (given === undefined || given === null) {
    const data = new Float32Array(rows * cols);
    return { given: new Rows(data, rows, cols), data, rows, cols, place: 0 };
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

  // What is read here may run the user's code, which may call again, with other options.
  const { writes } = core;
  const a = inputOf(core, anchors);
  const p = a && inputOf(core, positives);
  const n = p && inputOf(core, negatives);
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
  if (core.writes !== writes || !lay(a, p, n, a, next)) {
    return undefined;
  }
  if (wanted && !(gn && lay(ga, gp, gn, a, next + 3 * size) && areApart(ga, gp, gn, a, p, n))) {
    return undefined;
  }
  copyIn(core, a);
  copyIn(core, p);
  copyIn(core, n);

  const { atOnce, ints } = core;
  ints[atOnce] = rows;
  ints[atOnce + 1] = cols;
  ints[atOnce + 2] = 4 * a.place;
  ints[atOnce + 3] = 4 * p.place;
  ints[atOnce + 4] = 4 * n.place;
  ints[atOnce + 5] = wanted ? 4 * ga.place : 0;
  ints[atOnce + 6] = wanted ? 4 * gp.place : 0;
  ints[atOnce + 7] = wanted ? 4 * gn.place : 0;
  const loss = exports.margin_loss_at();
  const found = core.ints; // memory may have grown
  const active = found[atOnce + 9];
  const nonfinite = found[atOnce + 10];
  if (found[atOnce + 8]) {
    throw core.failure("marginLoss");
  }
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

// Finds where the numbers of three sides are: their own place, or one from `next` on. False where one is freed, or
// unlike another.
function lay(x, y, z, like, next) {
  const size = like.rows * like.cols;
  return layOne(x, like, next) && layOne(y, like, next + size) && layOne(z, like, next + 2 * size);
}

function layOne(side, { rows, cols }, next) {
  side.place = side.data ? next : Matrix.placeOf(side.given);
  const whole = side.data === undefined || lengthOf(side.data) === rows * cols;
  return whole && side.place !== 0 && side.rows === rows && side.cols === cols;
}

// Whether no output is, in part, an input or another output.
function areApart(ga, gp, gn, a, p, n) {
  const apart = isApart(ga, a, p, n) && isApart(gp, a, p, n) && isApart(gn, a, p, n);
  return apart && isApart(ga, gp, gn, gn) && isApart(gp, gn, gn, gn);
}

function isApart({ place, data, rows, cols }, x, y, z) {
  const least = Math.min(Math.abs(place - x.place), Math.abs(place - y.place), Math.abs(place - z.place));
  return least >= rows * cols && (data === undefined || (data !== x.data && data !== y.data && data !== z.data));
}

function copyIn(core, { data, place }) {
  if (data) {
    core.floats.set(data, place);
  }
}

function copyOut(core, { data, place }) {
  if (data) {
    const { floats } = core;
    for (let i = 0; i < data.length; i++) {
      data[i] = floats[place + i];
    }
  }
}
