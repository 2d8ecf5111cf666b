// Whether data are any good: how many rows find their kind, against what they would find without training, and by
// chance.
import { count, evaluatedWords, formatNumber, percent } from "./words.js";

// Shares of the rows that were looked at, null where one was not measured; null if none was. found: of findMistakes;
// recall: of a session, for that of the raw columns.
export function goodness(triplet, found, recall) {
  if (!found || found.queries === 0) {
    return null;
  }
  const value = 1 - found.list.length / found.queries;
  const { queries, guess } = found;
  return { value, raw: recall?.raw ?? null, guess, interval: triplet.shareInterval(value, queries) };
}

const range = (interval) => `95% interval ${interval.map((share) => Math.round(100 * share)).join(" to ")}%`;
const rawName = ({ images }) => (images ? "raw pixels" : "raw columns");

// In two parts: "94%", "of unseen digits find their kind (95% interval 91 to 96%)."
export function goodnessSentence({ value, interval }, on, dataset) {
  return [percent(value), `of ${evaluatedWords({ on }, dataset)} find their kind (${range(interval)}).`];
}

export const barNames = (dataset) => ({
  value: "After training",
  raw: rawName(dataset).replace("raw", "Raw"),
  guess: "Guessing",
});

// Only what the interval allows to say.
export function verdict({ raw, guess, interval }, dataset, dim) {
  const [low, high] = interval;
  if (low <= guess) {
    return "So far this is no better than guessing.";
  }
  if (raw === null) {
    return "";
  }
  if (raw > high) {
    return `The ${rawName(dataset)} do better: training has lost something that they know.`;
  }
  const inPlace = dataset.d > dim ? `, with ${dim} numbers in place of ${count(dataset.d)}` : "";
  return raw < low ? `Better than the ${rawName(dataset)}${inPlace}.` : `As good as the ${rawName(dataset)}${inPlace}.`;
}

// What is chosen on one half of the held-out rows and judged on the other, as session.verify() tells.
export function thresholdSentence({ threshold, accuracy, interval, pairs }) {
  return (
    `Two rows closer than ${formatNumber(threshold)} are of the same kind: right for ${percent(accuracy)} of ` +
    `${count(pairs)} other pairs (${range(interval)}).`
  );
}
