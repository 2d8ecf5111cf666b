// Explicit triplets. Of rows in Float32Arrays or in memory of the instance, with options that the settings hold already,
// a call goes the short way: nothing is made but its result, and WebAssembly is called once.
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
    atOnce(core, exports, [anchors, positives, negatives], values) ??
    Call.with(core, "marginLoss", marginLossOf, anchors, positives, negatives, values)
  );
}

// The gradients come after the inputs.
const INPUTS = 3;

// Undefined, with nothing done, where the call has to go the long way, as all misuse has.
function atOnce(core, exports, sides, values) {
  const wanted = values[GRADIENTS] ?? true;
  const out = values[OUT] ?? {};
  const gradients = wanted ? (out.gradients ?? {}) : out;
  const list = values[WEIGHTS] ?? values[MARGINS] ?? values[GRAD_OUTPUT];
  if (
    core.calls ||
    list !== undefined ||
    values[REDUCTION] === "none" ||
    typeof wanted !== "boolean" ||
    !isOpen(out) ||
    !isOpen(gradients) ||
    !core.holds("marginLoss", values)
  ) {
    return undefined;
  }

  // What is read here may run the user's code, which may call again.
  if (wanted) {
    sides.push(gradients.anchors ?? undefined, gradients.positives ?? undefined, gradients.negatives ?? undefined);
  }
  const arrays = [];
  let rows, cols;
  for (let i = 0; i < sides.length; i++) {
    const side = sides[i];
    const inside = Matrix.is(side, core);
    if (i < INPUTS || side !== undefined) {
      const data = inside ? undefined : side?.data;
      if (!inside && !isFloats(data)) {
        return undefined;
      }
      const own = side.rows;
      const width = side.cols;
      rows = i ? rows : own;
      cols = i ? cols : width;
      if (own !== rows || width !== cols) {
        return undefined;
      }
      arrays.push(data);
    } else {
      arrays.push(undefined);
    }
  }

  // From here on nobody else's code runs. Where the numbers lie: those of JavaScript are copied in and out.
  const size = rows * cols;
  if (!(Number.isInteger(rows) && Number.isInteger(cols) && rows > 0 && cols > 0)) {
    return undefined;
  }
  const places = [];
  let { next, end } = core.scratch;
  for (let i = 0; i < sides.length; i++) {
    const data = arrays[i];
    let place = next;
    if (data === undefined && sides[i] !== undefined) {
      place = Matrix.placeOf(sides[i]);
    } else {
      next += size;
    }
    if (!place || next > end || (data && lengthOf(data) !== size)) {
      return undefined;
    }
    for (let j = i < INPUTS ? i : 0; j < i; j++) {
      if (Math.abs(place - places[j]) < size || (j >= INPUTS && data && data === arrays[j])) {
        return undefined;
      }
    }
    places.push(place);
  }
  for (let i = 0; i < INPUTS; i++) {
    if (arrays[i]) {
      core.floats.set(arrays[i], places[i]);
    }
  }

  const [a, p, n, ga = 0, gp = 0, gn = 0] = places;
  if (exports.margin_loss_at(4 * a, 4 * p, 4 * n, 4 * ga, 4 * gp, 4 * gn, rows, cols)) {
    throw core.failure("marginLoss");
  }
  const { loss, active, nonfinite } = core.results();
  if (wanted) {
    for (let i = INPUTS; i < sides.length; i++) {
      const place = places[i];
      sides[i] ??= { data: arrays[i] = new Float32Array(size), rows, cols };
      if (arrays[i]) {
        for (let k = 0; k < size; k++) arrays[i][k] = core.floats[place + k];
      }
    }
    // A setter may call again.
    gradients.anchors = sides[INPUTS];
    gradients.positives = sides[INPUTS + 1];
    gradients.negatives = sides[INPUTS + 2];
  }
  out.loss = loss;
  out.active = active;
  out.nonfinite = nonfinite;
  if (wanted) {
    out.gradients = gradients;
  }
  return out;
}

function isOpen(object) {
  return typeof object === "object" && Object.isExtensible(object);
}
