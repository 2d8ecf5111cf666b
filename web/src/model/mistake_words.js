// What is said of mistakes.
import { count, evaluatedWords, isSign, manyOf, nounOf, oneOf } from "./words.js";

const capital = (text) => text[0].toUpperCase() + text.slice(1);

// "A 5 among 8s", "setosa among virginica"
export function mistakeName({ row, neighbors }, { labels, classes }) {
  const [own, other] = [labels[row], labels[neighbors[0].row]].map((label) => classes[label]);
  return `${isSign(own) ? capital(oneOf(own)) : oneOf(own)} among ${manyOf(other)}`;
}

// In two parts, how many and of what: "12 of 359", "unseen digits lie nearest to one of another kind."
export function mistakesSentence({ on, list, queries }, dataset) {
  const what = evaluatedWords({ on }, dataset);
  if (queries === 0) {
    return ["", `There is nothing to be mistaken about: no two of the ${what} are of a kind.`];
  }
  const verb = list.length === 1 ? "lies" : "lie";
  return list.length === 0
    ? ["None", `of the ${count(queries)} ${what} lies nearest to one of another kind.`]
    : [`${count(list.length)} of ${count(queries)}`, `${what} ${verb} nearest to one of another kind.`];
}

// What should be known beside it, as sentences.
export function mistakesNotes({ on, queries, skipped, total }, dataset) {
  const noun = nounOf(dataset);
  const notes = [];
  if (on === "training") {
    notes.push(`No row is held out: these are the trained ${noun} among each other, which says little about new ones.`);
  } else if (on === "classes") {
    notes.push("These kinds were never trained on: they are compared among themselves.");
  }
  if (queries + skipped < total) {
    notes.push(`A sample of ${count(total)} was looked at.`);
  }
  if (skipped > 0) {
    const alone = skipped === 1 ? "is not counted, alone in its kind" : "are not counted, alone in their kinds";
    notes.push(`${count(skipped)} ${alone}.`);
  }
  return notes.join(" ");
}
