// How numbers, names and figures are put.

export const count = (number) => number.toLocaleString("en-US");
export const percent = (share) => `${Math.round(share * 100)} %`;

// A name of any length in one short line.
export function shortened(text, length = 60) {
  const line = text.slice(0, 2 * length).replace(/\s+/g, " ");
  return line.length > length || text.length > 2 * length ? `${line.slice(0, length - 3)}...` : line;
}

const JUDGED = {
  rows: { recall: "held-out recall", rows: "held-out rows" },
  classes: { recall: "recall of unseen classes", rows: "rows of unseen classes" },
  training: { recall: "recall of trained rows", rows: "rows" },
};

// What is known of recall where a step is looked at: as it was at the last step, up to this one, at which it was
// measured. recall: of a session's state; judged: of its start.
export function recallWords(recall, judged, step) {
  if (!recall) {
    return "";
  }
  const { recall: name } = JUDGED[judged.by];
  const { value, skipped, among, amongSkipped } = recall;
  const figure = value === null ? `no ${name}, as no row has another of its class` : `${name} ${percent(value)}`;
  const itself = figure + whenOf(recall, step) + withoutWords(skipped);
  return among === null ? itself : `${itself} (${percent(among)} among themselves${withoutWords(amongSkipped)})`;
}

const withoutWords = (skipped) => (skipped > 0 ? `, without ${count(skipped)} alone in their class` : "");

// The same for a sentence.
export function recallSentence(recall, judged, step) {
  if (!recall || recall.value === null) {
    return recallWords(recall, judged, step);
  }
  const { rows } = JUDGED[judged.by];
  const share = `${percent(recall.value)} of ${rows} have a nearest neighbour of their own class`;
  return share + whenOf(recall, step) + withoutWords(recall.skipped);
}

const whenOf = (recall, step) => (recall.step === step ? "" : ` at step ${count(recall.step)}`);

// A sentence where the space is worse than the columns it was made from, by as much as is told.
export function rawWords(recall) {
  const { value, raw } = recall ?? {};
  const worse = value !== null && raw > value && percent(raw) !== percent(value);
  return worse ? `Worse than the raw columns: recall there is ${percent(raw)}.` : "";
}

// Which rows are judged, where a visitor might think otherwise.
export function judgedWords({ by, asked, all }, { encoder, heldOut, holdOut }) {
  const wanted = encoder !== "free" && heldOut > 0;
  const words = [];
  if (wanted && by === "training") {
    words.push("No row could be held out: there are too few.");
  } else if (wanted && by === "classes" && holdOut === "rows") {
    words.push("No class has more than two rows, so whole classes are held out.");
  }
  if (asked < all) {
    words.push(`Recall is that of a sample of ${count(asked)} of ${count(all)} rows.`);
  }
  return words.join(" ");
}
