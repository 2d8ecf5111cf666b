import assert from "node:assert/strict";
import { test } from "node:test";
import { anatomy, histogram, KINDS, negativesByDistance, positivesByDistance } from "../../../web/src/model/anatomy.js";
import { schema, triplet } from "./world.mjs";

// Anchor 0 at the origin, the others on a line, so that a row's distance is its place.
const places = [0, 1, 2, 3, 1.5, 2, 2.5, 3.5, -9];
const dataset = { labels: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1), n: places.length };
const snapshot = {
  positions: Float32Array.from(places.flatMap((x) => [x, 0])),
  dim: 2,
  batch: Int32Array.of(0, 1, 4),
  settings: { ...schema.defaults(), margin: 1 },
};

test("positives and negatives of an anchor, by the distance to its middle positive and the margin beyond", () => {
  const seen = anatomy(triplet, { snapshot, dataset, anchor: 0 });
  assert.deepEqual([seen.positive, seen.distance, seen.reach], [2, 2, { pull: 2, push: 3 }]);
  assert.deepEqual(
    seen.positives.map(({ row }) => row),
    [1, 2, 3],
  );
  assert.deepEqual(seen.negatives.hard, [
    { row: 4, distance: 1.5 },
    { row: 5, distance: 2 },
  ]);
  assert.deepEqual(seen.negatives.semihard, [{ row: 6, distance: 2.5 }]);
  assert.deepEqual(
    seen.negatives.easy.map(({ row }) => row),
    [7, 8],
  );
  assert.deepEqual(
    seen.nearest.map(({ row }) => row),
    [1, 4, 2, 5, 6, 3, 7, 8],
  );
  assert.deepEqual(seen.counts, { positive: 3, hard: 2, semihard: 1, easy: 2 });
  const names = ["anchor", "positive", "positive", "positive", "hard", "hard", "semihard", "easy", "easy"];
  assert.deepEqual(
    [...seen.kinds],
    names.map((name) => KINDS[name]),
  );
});

test("measured against a positive of one's choice", () => {
  const seen = anatomy(triplet, { snapshot, dataset, anchor: 0, positive: 1 });
  assert.deepEqual([seen.distance, seen.counts.hard, seen.counts.semihard], [1, 0, 1]);
  const negative = anatomy(triplet, { snapshot, dataset, anchor: 0, positive: 4 });
  assert.equal(negative.positive, 2);
});

test("a lonely anchor and places that are no numbers do no harm", () => {
  const lonely = { labels: Int32Array.from(places, (_, i) => i), n: places.length };
  const { positive, distance, reach, counts, negatives } = anatomy(triplet, { snapshot, dataset: lonely, anchor: 0 });
  assert.deepEqual([positive, distance, reach, counts, negatives.hard], [null, null, null, null, []]);
  const lost = { ...snapshot, positions: new Float32Array(2 * places.length).fill(NaN) };
  anatomy(triplet, { snapshot: lost, dataset, anchor: 0 });
  assert.ok(histogram(triplet, { snapshot: lost, dataset }).positives.every((share) => share === 0));
});

test("to a loss of pairs negatives are near or far, by where that wants them", () => {
  const look = (settings, given = {}) => {
    const all = { ...snapshot, settings: { ...snapshot.settings, distance: "minkowski", ...settings } };
    const looked = anatomy(triplet, { snapshot: all, dataset, anchor: 0, ...given });
    const { reach, counts, negatives, kinds, ...rest } = looked;
    assert.deepEqual(Object.keys(negatives), ["near", "far"]);
    assert.ok(Object.entries(negatives).every(([kind, list]) => list.every(({ row }) => kinds[row] === KINDS[kind])));
    return { reach, counts, near: negatives.near.map(({ row }) => row), positive: rest.positive };
  };
  // As far as its positive, which is at 2.
  for (const loss of ["info_nce", "sup_con"]) {
    const { reach, counts, near, positive } = look({ loss });
    assert.deepEqual([reach, positive, near], [{ pull: 2, push: 2 }, 2, [4, 5]]);
    assert.deepEqual(counts, { positive: 3, near: 2, far: 3 });
  }
  // Where the loss itself says, with or without a positive.
  const margins = { loss: "contrastive", positiveMargin: 0.5, negativeMargin: 2.25 };
  assert.deepEqual(look(margins), {
    reach: { pull: 0.5, push: 2.25 },
    counts: { positive: 3, near: 2, far: 3 },
    near: [4, 5],
    positive: 2,
  });
  const lonely = { labels: Int32Array.from(places, (_, i) => i), n: places.length };
  const alone = look(margins, { dataset: lonely });
  assert.deepEqual([alone.positive, alone.counts], [null, { positive: 0, near: 4, far: 4 }]);
  assert.deepEqual(look({ loss: "multi_similarity", base: 1.75 }).reach, { pull: 1.75, push: 1.75 });
  const similar = look({ loss: "multi_similarity", base: 0.75, distance: "cosine" });
  assert.deepEqual(similar.reach, { pull: 0.25, push: 0.25 });
  assert.equal(look({ loss: "info_nce" }, { dataset: lonely }).counts, null);
});

test("a loss of pairs shares its pull and its push among the rows, by its slopes", () => {
  const slopes = Float32Array.of(0, 3, 1, 0, -4, -2, -1, 0, -1);
  const asked = [];
  const weighing = {
    distances: triplet.distances,
    reach: triplet.reach,
    pairSlopes(...given) {
      asked.push(given);
      return { data: slopes };
    },
  };
  const settings = { ...snapshot.settings, loss: "sup_con", distance: "minkowski" };
  const { shares } = anatomy(weighing, { snapshot: { ...snapshot, settings }, dataset, anchor: 0 });
  assert.deepEqual(shares.pull, {
    rows: 2,
    half: 1,
    listed: [
      { row: 1, distance: 1, share: 0.75 },
      { row: 2, distance: 2, share: 0.25 },
    ],
  });
  assert.deepEqual([shares.push.rows, shares.push.half], [4, 1]);
  assert.deepEqual(
    shares.push.listed.map(({ row, share }) => [row, share]),
    [
      [4, 0.5],
      [5, 0.25],
      [6, 0.125],
      [8, 0.125],
    ],
  );
  const [[, labels, options]] = asked;
  assert.deepEqual([labels, options.loss, options.referenceSelf], [[0], "sup_con", [0]]);
  assert.equal(anatomy(triplet, { snapshot, dataset, anchor: 0 }).shares, null, "triplets have none");
});

test("negatives are counted by distance, and positives are in its order", () => {
  const seen = anatomy(triplet, { snapshot, dataset, anchor: 0 });
  const { counts, beyond } = negativesByDistance(seen, dataset, 3, 3);
  assert.deepEqual([[...counts], beyond], [[0, 1, 2], 2]); // at 1.5; 2 and 2.5; 3.5 and 9 beyond
  assert.deepEqual(
    positivesByDistance(seen, dataset).map(({ row }) => row),
    [1, 2, 3],
  );
});

test("the histogram counts the pairs of the batch", () => {
  const seen = histogram(triplet, { snapshot, dataset, bins: 3 });
  assert.deepEqual([...seen.edges], [0, 0.5, 1, 1.5]);
  assert.deepEqual([...seen.positives], [0, 0, 1]); // 0-1 lies on the edge of the last bin
  assert.deepEqual([...seen.negatives], [0, 0.5, 0.5]); // 1-4 at 0.5, 0-4 at 1.5
  assert.deepEqual([seen.meanPositive, seen.meanNegative, seen.ofBatch], [1, 1, true]);
  const lone = histogram(triplet, { snapshot: { ...snapshot, batch: Int32Array.of(0, 4) }, dataset });
  assert.deepEqual([lone.meanPositive, lone.meanNegative], [null, 1.5]);
});

test("before there is a batch it looks at rows of every class, in whatever order they stand", () => {
  const n = 12800;
  const inTurn = { labels: Int32Array.from({ length: n }, (_, row) => row % 100), n };
  const positions = Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 0 : (i / 2) % 100));
  const early = { ...snapshot, positions, batch: new Int32Array(0) };
  const seen = histogram(triplet, { snapshot: early, dataset: inTurn });
  assert.deepEqual([seen.ofBatch, seen.meanPositive], [false, 0]);
  assert.ok(seen.meanNegative > 25 && seen.edges.at(-1) === 99);
});
