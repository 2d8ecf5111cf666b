// How numbers, names and figures are written.
import { isOfTriplets } from "./trainer_options.js";

// Without Intl, which fails in some browsers where the system has no language.
export const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
export const percent = (share) => `${Math.round(share * 100)}%`;

export function formatNumber(value, digits = 3) {
  if (!Number.isFinite(value)) {
    return value === Infinity ? "∞" : "–";
  }
  const size = Math.abs(value);
  if ((size < 1e-3 && size > 0) || size >= 1e6) {
    return value.toExponential(1);
  }
  const rounded = Number(value.toPrecision(digits));
  return Number.isInteger(rounded) ? count(rounded) : String(rounded);
}

// A share of many, which may be small.
export const finePercent = (share) => (share < 0.0095 ? `${Number((share * 100).toPrecision(1))}%` : percent(share));

export const lossWords = (loss) => (loss > 0 && loss < 1e-3 ? "<0.001" : evenNumber(loss));

// With as many digits as there are, so that figures beside or after one another keep their width.
export function evenNumber(value, digits = 2) {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 10 ** digits ? value.toPrecision(digits) : formatNumber(value, Math.max(digits, 3));
}

// A name of any length in one short line.
export function shortened(text, length = 60) {
  const line = text.slice(0, 2 * length).replace(/\s+/g, " ");
  return line.length > length || text.length > 2 * length ? `${line.slice(0, length - 3)}...` : line;
}

// The share of a snapshot's triplets, or pairs, that had a loss at its step; null before the first.
export const activeWords = ({ activeShare, terms }) =>
  activeShare === null ? "" : `${finePercent(activeShare)} of ${terms} active`;

// The negatives of an anchor, by their kinds.
export function negativesWords({ hard, semihard, easy, near, far }) {
  return near === undefined
    ? `${count(hard)} hard, ${count(semihard)} semi-hard and ${count(easy)} easy negatives`
    : `${count(near)} negatives that should be farther and ${count(far)} others`;
}

// ---- rows and their classes ---------------------------------------------------------------------------------------

export const nounOf = ({ noun }) => noun ?? "rows";

// A class whose name is one character is called by it: "a 3", "3s"; "an 8", "As".
export const isSign = (name) => [...name].length === 1;
const SPOKEN_WITH_VOWEL = /^[8aefhilmnorsx]$/i;
export function oneOf(name) {
  return isSign(name) ? `${SPOKEN_WITH_VOWEL.test(name) ? "an" : "a"} ${name}` : shortened(name, 30);
}
// "3s", or a name as it is.
export const manyOf = (name) => (isSign(name) ? `${name}s` : shortened(name, 30));

const ofClass = (name) => `of ${/^class /i.test(name) ? "" : "class "}${shortened(name, 24)}`;

// How many of a row's nearest neighbours are of its class. neighbors: [{ row }].
export function neighborsWords({ labels, classes }, row, neighbors) {
  const name = classes[labels[row]];
  const right = neighbors.filter(({ row: other }) => labels[other] === labels[row]).length;
  const some = right === neighbors.length ? `All ${right}` : `${right || "None"} of ${neighbors.length}`;
  const what = !isSign(name) ? ofClass(name) : right < 2 ? oneOf(name) : manyOf(name);
  return `${some} neighbours ${right < 2 ? "is" : "are"} ${what}`;
}

// ---- recall -------------------------------------------------------------------------------------------------------

// By the rows that are evaluated.
const NAMES = {
  rows: { recall: "held-out recall@1", rows: "held-out rows" },
  classes: { recall: "recall@1 of unseen classes", rows: "rows of unseen classes" },
  training: { recall: "recall@1 of training rows", rows: "training rows" },
};

// Recall at a step, as it was last measured up to there. recall: of a session's state; evaluated: of the session.
export function recallWords(recall, evaluated, step) {
  if (!recall) {
    return "";
  }
  const { recall: name } = NAMES[evaluated.on];
  const { value, skipped, among, amongSkipped } = recall;
  const figure = value === null ? `no ${name}, as every row is alone in its class` : `${name} ${percent(value)}`;
  const whole = figure + atStep(recall, step) + withoutWords(skipped);
  return among === null ? whole : `${whole} (${percent(among)} among themselves${withoutWords(amongSkipped)})`;
}

const atStep = (recall, step) => (recall.step === step ? "" : ` at step ${count(recall.step)}`);
const withoutWords = (skipped) => (skipped > 0 ? `, not counting ${count(skipped)} alone in their class` : "");

// The same for a sentence.
export function recallSentence(recall, evaluated, step) {
  if (!recall || recall.value === null) {
    return recallWords(recall, evaluated, step);
  }
  const { rows } = NAMES[evaluated.on];
  const share = `${percent(recall.value)} of ${rows} have a nearest neighbour of their own class`;
  return share + atStep(recall, step) + withoutWords(recall.skipped);
}

// The rows that are evaluated, by their noun: "unseen digits".
export function evaluatedWords({ on }, dataset) {
  const noun = nounOf(dataset);
  return { rows: `unseen ${noun}`, classes: `${noun} of unseen classes`, training: noun }[on];
}

// A sentence if the embedding is worse than the columns it was made from, by as much as is shown.
export function rawWords(recall) {
  const { value, raw } = recall ?? {};
  const worse = value !== null && raw > value && percent(raw) !== percent(value);
  return worse ? `Worse than the raw columns, whose recall@1 is ${percent(raw)}.` : "";
}

// What is said of a collapsed embedding, with the cure, which tests/web/model/session.test.mjs tries. No live change
// undoes a collapse.
export function collapseWords(settings) {
  const cure =
    isOfTriplets(settings) && settings.mining === "hard"
      ? "Start again with semi-hard mining or all triplets."
      : "Start again, and if it collapses again, with a smaller learning rate.";
  return `All points are in one place, and nothing parts them any more. ${cure}`;
}

// Which rows are evaluated, where it is not what the settings ask for.
export function evaluationNote({ on, queries, total }, { encoder, heldOut, holdOut }) {
  const wanted = encoder !== "free" && heldOut > 0;
  const notes = [];
  if (wanted && on === "training") {
    notes.push("No row could be held out: there are too few.");
  } else if (wanted && on === "classes" && holdOut === "rows") {
    notes.push("No class has more than two rows, so whole classes are held out.");
  }
  if (queries < total) {
    notes.push(`Recall is measured on a sample of ${count(queries)} of ${count(total)} rows.`);
  }
  return notes.join(" ");
}

// What the rows of a data set are called.
const THINGS = { digits: "digits", iris: "flowers", drawn: "symbols" };
export const thingsOf = ({ name }) => THINGS[name] ?? "points";
