// What is said of a new row: the classes that its nearest neighbours vote for.
import { manyOf, oneOf } from "./words.js";

// votes: [{ label, share }], most first, of as many neighbours.
export function answerSentence({ votes, neighbors }, { classes }) {
  const k = neighbors.length;
  const name = ({ label }) => oneOf(classes[label]);
  const counted = votes.map((vote) => ({ ...vote, count: Math.round(vote.share * k) }));
  const [first, second] = counted;
  const are = (vote) => (vote.count === 1 ? `1 is ${name(vote)}` : `${vote.count} are ${manyOf(classes[vote.label])}`);
  if (second?.count === first.count) {
    const between = `This lies between ${name(first)} and ${name(second)}`;
    return `${between}: of its ${k} nearest neighbours ${are(first)} and ${are(second)}.`;
  }
  const of = first.count === k ? `all ${k} of its` : `${first.count} of its ${k}`;
  return `This looks like ${name(first)}: ${of} nearest neighbours are ${manyOf(classes[first.label])}.`;
}
