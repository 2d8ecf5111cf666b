// Mistakes: rows whose nearest neighbour is of another class, among those that recall is measured on.
import { pick, pickRows, sampleOf } from "./rows.js";
import { measureOptions } from "./trainer_options.js";

const NEIGHBORS = 3;
const MAX_COMPARISONS = 2e7; // of queries with references, a second's work; of more queries a sample is looked at

// Held-out rows against training rows; where whole classes are held out, or nothing is, those rows among each other.
// Rows alone in their class are skipped, as recall does. on: what a session's `evaluated` says.
// list: [{ row, neighbors: [{ row, distance }] }] and its rows, the most frequent confusion first and in it the
// nearest; queries: how many rows were looked at, `skipped` left out, of `total`; guess: the share of them that are of
// the largest class.
export function findMistakes(triplet, { snapshot, labels, heldOut, on, most = MAX_COMPARISONS }) {
  const { positions, dim, settings } = snapshot;
  const all = Int32Array.from(labels.keys());
  const asked = on === "training" ? all : all.filter((row) => heldOut[row]);
  const references = on === "rows" ? all.filter((row) => !heldOut[row]) : asked;
  const itself = on === "rows" ? 0 : 1; // among the references

  const limit = Math.max(Math.floor(most / references.length), 1);
  const drawn = pick(asked, sampleOf(triplet, pick(labels, asked), limit, settings.seed));
  const sizes = sizesOf(pick(labels, references));
  const queries = drawn.filter((row) => sizes.get(labels[row]) > itself);

  const search = { positions, dim, queries, references, among: itself === 1, measure: measureOptions(settings) };
  const isMistake = ({ row, neighbors }) => labels[neighbors[0].row] !== labels[row];
  const list = inOrder(neighborsOf(triplet, search).filter(isMistake), labels);
  return {
    on,
    step: snapshot.step,
    list,
    rows: Int32Array.from(list, ({ row }) => row),
    queries: queries.length,
    skipped: drawn.length - queries.length,
    total: asked.length,
    guess: shareOfLargest(sizes, pick(labels, queries)),
  };
}

function neighborsOf(triplet, { positions, dim, queries, references, among, measure }) {
  if (queries.length === 0) {
    return [];
  }
  const places = new Map(Array.from(references, (row, i) => [row, i]));
  const k = Math.min(NEIGHBORS, references.length);
  const { indices, distances } = triplet.nearest(
    pickRows(positions, dim, queries),
    pickRows(positions, dim, references),
    {
      k,
      ...measure,
      nonfinite: "allow",
      ...(among ? { referenceSelf: Int32Array.from(queries, (row) => places.get(row)) } : {}),
    },
  );
  const found = (at) => ({ row: references[indices.data[at]], distance: distances.data[at] });
  return Array.from(queries, (row, i) => ({
    row,
    neighbors: Array.from({ length: k }, (_, j) => found(i * k + j)).filter(({ row }) => row !== undefined),
  }));
}

function sizesOf(labels) {
  const sizes = new Map();
  labels.forEach((label) => sizes.set(label, (sizes.get(label) ?? 0) + 1));
  return sizes;
}

// What saying the class with most references of every query would get right; null without any.
function shareOfLargest(sizes, labels) {
  const [largest] = [...sizes.keys()].sort((a, b) => sizes.get(b) - sizes.get(a));
  return labels.length > 0 ? labels.filter((label) => label === largest).length / labels.length : null;
}

function inOrder(list, labels) {
  const kinds = confusions(list, labels);
  const rank = (one) => kinds.findIndex((kind) => isOf(kind, one, labels));
  return list.sort((a, b) => rank(a) - rank(b) || a.neighbors[0].distance - b.neighbors[0].distance || a.row - b.row);
}

// Of mistakes, [{ from, to, count }] by their classes, the most frequent first.
export function confusions(list, labels) {
  const found = [];
  for (const one of list) {
    const kind = found.find((kind) => isOf(kind, one, labels));
    kind ? kind.count++ : found.push({ from: labels[one.row], to: labels[one.neighbors[0].row], count: 1 });
  }
  return found.sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
}

export const isOf = ({ from, to }, { row, neighbors }, labels) =>
  labels[row] === from && labels[neighbors[0].row] === to;
