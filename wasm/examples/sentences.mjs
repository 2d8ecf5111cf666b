// Questions and answers: an adapter of somebody else's sentence vectors, from pairs that belong together. The vectors
// are made up, so what is in them is known: a question and its answer have a meaning in common; the wording of
// questions moves them along some directions, that of answers along others; the rest is noise.
import { loadTriplet } from "triplet";

const [PAIRS, SEEN, SIZE] = [1000, 800, 64];
const triplet = await loadTriplet();
const random = (cols, seed) => triplet.matrix(PAIRS, cols).random(seed);

// So many numbers of each text, each of which moves it along a direction.
function vectors(numbers, seed) {
  const directions = triplet.encoder({ inputs: numbers, layers: [SIZE], seed });
  return triplet.matrix(directions.forward(random(numbers, seed)));
}

const meaning = vectors(16, 1);
const questions = vectors(8, 2).scale(1.2).add(meaning).add(random(SIZE, 3), 0.5);
const answers = vectors(8, 4).scale(1.2).add(meaning).add(random(SIZE, 5), 0.5);

// Row i of the questions belongs to row i of the answers. The last 200 are not trained on: each of these questions
// searches their answers for its own, which has the same number.
const [newQuestions, newAnswers] = [questions.subarray(SEEN), answers.subarray(SEEN)];
const numbers = Array.from({ length: PAIRS - SEEN }, (_, i) => i);

function search(name, asked, references) {
  const options = { references, referenceLabels: numbers, distance: "cosine", k: [1, 10] };
  const { recallAt, mrr } = triplet.evaluate(asked, numbers, options);
  const figures = [["recall@1", recallAt[1]], ["recall@10", recallAt[10]], ["MRR", mrr]];
  const told = figures.map(([figure, value]) => `${figure} ${value.toFixed(3)}`);
  console.log(`${name.padEnd(18)}  ${told.join(", ")}`);
}

search("as given", newQuestions, newAnswers);

// Either both sides go through the adapter, or the questions alone. That is harder, as the answers keep what gets in
// the way; but then an index of them can stay as it is.
for (const adapt of ["both", "queries"]) {
  const pairs = { data: questions.subarray(0, SEEN), references: answers.subarray(0, SEEN), adapt };
  const adapter = { layers: [SIZE], residual: true, standardize: false, loss: "info_nce", steps: 300, seed: 1 };
  const trainer = triplet.trainer({ ...pairs, ...adapter });
  const adaptedAnswers = () => (adapt === "both" ? trainer.embed(newAnswers) : newAnswers);

  // What the layer gives is added to the vector, and at first it gives nothing.
  search(`${adapt}, untrained`, trainer.embed(newQuestions), adaptedAnswers());
  trainer.run();
  search(`${adapt}, trained`, trainer.embed(newQuestions), adaptedAnswers());
}
