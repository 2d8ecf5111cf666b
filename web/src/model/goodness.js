// Whether data are any good: how many rows find their kind, against what they would find without training, and by chance.
import { count, evaluatedWords, formatNumber, percent } from "./words.js";

// Shares of the rows that recall is measured on, null where one was not measured. recall, evaluated: of a session;
// guess: of findMistakes, null if it is not known.
export function goodness(triplet, { recall, evaluated, guess }) {
  if (!recall || recall.value === null) {
    return null;
  }
  const { value, raw, step, skipped } = recall;
  return { value, raw, guess, step, interval: triplet.shareInterval(value, evaluated.queries - skipped) };
}

// "94% of unseen digits find their kind, 91 to 96% with 95% confidence."
export function goodnessSentence({ value, interval }, evaluated, dataset) {
  const [low, high] = interval.map((share) => Math.round(100 * share));
  return [percent(value), `of ${evaluatedWords(evaluated, dataset)} find their kind (95% interval ${low} to ${high}%).`];
}

// Only what the interval allows to say.
export function verdict({ raw, guess, interval }, { columns }, dim) {
  const [low, high] = interval;
  if (guess !== null && low <= guess) {
    return "So far this is no better than guessing.";
  }
  if (raw > high) {
    return "The raw columns do better: training has lost something that they know.";
  }
  const smaller = columns.length > dim ? `, with ${dim} numbers in place of ${count(columns.length)}` : "";
  return raw < low ? `Training has brought more than the raw columns know${smaller}.` : `As good as the raw columns${smaller}.`;
}

// What is chosen on one half of the held-out rows and judged on the other, as session.verify() tells.
export function thresholdSentence({ threshold, accuracy, interval, pairs }) {
  const [low, high] = interval.map((share) => Math.round(100 * share));
  return (
    `Two rows closer than ${formatNumber(threshold)} are of the same kind: right for ${percent(accuracy)} of ` +
    `${count(pairs)} pairs it was not chosen on (95% interval ${low} to ${high}%).`
  );
}
