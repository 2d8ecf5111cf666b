// What is said of a new row: the classes that its nearest neighbours vote for.
import { manyOf, oneOf } from "./words.js";

// votes: [{ label, share }], most first, of as many neighbours.
export function answerSentence({ votes, neighbors }, { classes }) {
  const k = neighbors.length;
  const name = ({ label }) => oneOf(classes[label]);
  const counted = votes.map((vote) => ({ ...vote, count: Math.round(vote.share * k) }));
  const [first, second] = counted;
  const are = ({ label, count }) => (count === 1 ? `1 is ${oneOf(classes[label])}` : `${count} are ${manyOf(classes[label])}`);
  if (second?.count === first.count) {
    return `This lies between ${name(first)} and ${name(second)}: of its ${k} nearest neighbours ${are(first)} and ${are(second)}.`;
  }
  const some = first.count === k ? `all ${k}` : `${first.count}`;
  return `This looks like ${name(first)}: ${some} of its ${k} nearest neighbours are ${manyOf(classes[first.label])}.`;
}
