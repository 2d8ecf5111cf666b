// Verification: are two rows of the same class?
/** @import { Call } from "./call.js" */
import { isList } from "./call.js";
import { describe } from "./errors.js";
import { readCompared } from "./losses.js";

/**
 * Rates at which to accept, as they are read once, and for the core with room for what is found.
 * @param {Call} call
 */
export function readRates(call, schema, { far, curve }) {
  const { initial, minimum, maximum } = call.field(schema, "curve");
  const points = call.size(curve ?? initial, "curve", minimum, maximum);
  const list = isList(far) ? Array.from(far) : far;
  const rates = call.doubles(list, "far");
  return { list, room: [rates, call.block(call.core.exports.verification_size(rates, points), 1)] };
}

// By rate, and with the numbers of the curve as arrays of numbers are.
function verified(found, { list = [] }) {
  for (const name of ["tar", "thresholdAt"]) {
    found[name] = Object.fromEntries(list.map((rate, i) => [rate, found[name][i]]));
  }
  const { curve } = found;
  for (const name in curve) {
    curve[name] = Float64Array.from(curve[name]);
  }
  return found;
}

/**
 * prepare: as `ready` takes it.
 * @param {Call} call
 * @param {{ rows: number, labels: number, references: number[] }} queries
 * @param {() => void} [prepare]
 */
export function verifyRows(call, { rows, labels, references }, rates, prepare) {
  const exports = call.ready(prepare);
  exports.set_batch(rows, labels, ...references);
  return verified(call.check(exports.verify(...rates.room)), rates);
}

/** @param {Call} call */
export function verify(call, embeddings, labels, options) {
  const given = call.options("verify", options);
  const rows = call.matrix(embeddings, "embeddings");
  const compared = readCompared(call, labels, given);
  return verifyRows(call, { rows, ...compared }, readRates(call, "verify", given));
}

/** @param {Call} call */
export function verifyPairs(call, first, second, same, options) {
  const given = call.options("verifyPairs", options);
  const one = call.matrix(first, "first");
  const other = call.matrix(second, "second");
  const flags = readSame(call, same, call.core.rows(one));
  const rates = readRates(call, "verifyPairs", given);
  return verified(call.check(call.ready().verify_pairs(one, other, flags, ...rates.room)), rates);
}

/**
 * One byte for each pair.
 * @param {Call} call
 */
function readSame(call, same, pairs) {
  if (!isList(same)) {
    call.refuse("same", "an array of booleans", describe(same));
  }
  // Of 0 and 1 too.
  const flags = Array.from(same, (flag, i) => call.flag([0, 1].includes(flag) ? !!flag : flag, `same[${i}]`));
  if (flags.length !== pairs) {
    call.refuse("same", `${pairs} like rows of first`, flags.length, RangeError);
  }
  return call.bytes(Uint8Array.from(flags, Number), "same")[0];
}
