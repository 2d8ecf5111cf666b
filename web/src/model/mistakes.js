// Mistakes: rows whose nearest neighbour is of another class, among those that recall is measured on.
import { pick, pickRows, sampleOf } from "./rows.js";
import { measureOptions } from "./trainer_options.js";

const NEIGHBORS = 3;
const MAX_COMPARISONS = 2e7; // of queries with references; of more queries a sample is looked at

/**
 * Held-out rows against training rows; where whole classes are held out, or none is, the rows that there are among each
 * other. Rows alone in their class are skipped, as recall does.
 * list: [{ row, neighbors: [{ row, distance }] }], the most frequent confusion first and in it the nearest; queries,
 * guess: how many rows were looked at, and the share of them that are of the class with most references; of, total: how
 * many there are to look at; skipped.
 * @param {{ snapshot: any, dataset: any, heldOut: Uint8Array, evaluated: { on: string }, most?: number }} run
 */
export function findMistakes(triplet, { snapshot, dataset, heldOut, evaluated, most = MAX_COMPARISONS }) {
  const { labels, n } = dataset;
  const { positions, dim, settings } = snapshot;
  const { on } = evaluated;
  const all = Int32Array.from({ length: n }, (_, row) => row);
  const asked = on === "training" ? all : all.filter((row) => heldOut[row]);
  const references = on === "rows" ? all.filter((row) => !heldOut[row]) : asked;

  const places = on === "rows" ? null : new Map(Array.from(references, (row, i) => [row, i]));
  const sizes = sizesOf(pick(labels, references), dataset.classes.length);
  const others = places ? 1 : 0; // itself is no positive
  const limit = Math.max(Math.floor(most / references.length), 1);
  const drawn = pick(asked, sampleOf(triplet, pick(labels, asked), limit, settings.seed));
  const queries = drawn.filter((row) => sizes[labels[row]] > others);

  const { list } = queries.length > 0 ? search() : { list: [] };
  return {
    on,
    step: snapshot.step,
    list,
    rows: Int32Array.from(list, ({ row }) => row),
    queries: queries.length,
    total: asked.length,
    sampled: drawn.length < asked.length,
    skipped: drawn.length - queries.length,
    guess: shareOf(sizes.indexOf(Math.max(...sizes)), pick(labels, queries)),
  };

  function search() {
    const k = Math.min(NEIGHBORS, references.length);
    const found = triplet.nearest(pickRows(positions, dim, queries), pickRows(positions, dim, references), {
      k,
      ...measureOptions(settings),
      nonfinite: "allow",
      ...(places ? { referenceSelf: Int32Array.from(queries, (row) => places.get(row)) } : {}),
    });
    const neighborsOf = (i) =>
      Array.from({ length: k }, (_, j) => ({
        row: references[found.indices.data[i * k + j]],
        distance: found.distances.data[i * k + j],
      })).filter(({ row }) => row !== undefined);
    const wrong = Array.from(queries, (row, i) => ({ row, neighbors: neighborsOf(i) })).filter(
      ({ row, neighbors }) => labels[neighbors[0].row] !== labels[row],
    );
    return { list: inOrder(wrong, labels) };
  }
}

function sizesOf(labels, classes) {
  const sizes = new Uint32Array(classes);
  labels.forEach((label) => sizes[label]++);
  return sizes;
}

const shareOf = (label, labels) =>
  labels.length > 0 ? labels.filter((one) => one === label).length / labels.length : null;

const kindOf = ({ row, neighbors }, labels) => `${labels[row]} ${labels[neighbors[0].row]}`;

function inOrder(mistakes, labels) {
  const counts = new Map();
  mistakes.forEach((mistake) => counts.set(kindOf(mistake, labels), (counts.get(kindOf(mistake, labels)) ?? 0) + 1));
  const kinds = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const rank = (mistake) => kinds.indexOf(kindOf(mistake, labels));
  return mistakes.sort((a, b) => rank(a) - rank(b) || a.neighbors[0].distance - b.neighbors[0].distance);
}

// [{ from, to, count }] of classes, the most frequent first.
export function confusions({ list }, labels) {
  const found = new Map();
  for (const mistake of list) {
    const kind = kindOf(mistake, labels);
    const { count = 0 } = found.get(kind) ?? {};
    found.set(kind, { from: labels[mistake.row], to: labels[mistake.neighbors[0].row], count: count + 1 });
  }
  return [...found.values()];
}

// ---- of a page ----------------------------------------------------------------------------------------------------

const known = new WeakMap(); // by snapshot

// Those of the snapshot that a session shows; looked for once.
export function mistakesOf(triplet, { state: { snapshot }, dataset, heldOut, evaluated }) {
  if (snapshot && !known.has(snapshot)) {
    known.set(snapshot, findMistakes(triplet, { snapshot, dataset, heldOut, evaluated }));
  }
  return snapshot ? known.get(snapshot) : null;
}

// Keeps page.mistakes: those of a run at rest; of one that plays they are not known, unless the panel has them found.
export function watchMistakes(page) {
  page.addEventListener("change", () => {
    const { session, view } = page;
    const { snapshot, starting } = session?.state ?? {};
    if (snapshot && !starting && view.place === "run" && (!page.playing || known.has(snapshot))) {
      page.mistakes = mistakesOf(page.triplet, session).rows;
    } else {
      page.mistakes = null;
    }
  });
}
