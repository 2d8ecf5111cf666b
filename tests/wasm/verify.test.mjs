// Verification against all pairs one by one; the intervals of figures.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, test } from "./harness.mjs";

const near = (got, expected, within = 1e-12) =>
  assert(Math.abs(got - expected) <= within, `${got} is not ${expected}`);

// ---- one by one ----------------------------------------------------------------------------------------------------

// What distances of pairs of either kind come to: points from (0, 0) to (1, 1), one for each distance.
function pointsOf(same, different) {
  const share = (list, distance) => list.filter((other) => other <= distance).length / list.length;
  const distances = [...new Set([...same, ...different])].sort((a, b) => a - b);
  const at = (threshold) => ({ threshold, far: share(different, threshold), tar: share(same, threshold) });
  return [-Infinity, ...distances].map(at);
}

function expected(same, different) {
  const points = pointsOf(same, different);
  const wins = same.flatMap((d) => different.map((other) => (d < other ? 1 : d === other ? 0.5 : 0)));
  const right = ({ far, tar }) =>
    (tar * same.length + (1 - far) * different.length) / (same.length + different.length);
  const crossing = points.findIndex(({ far, tar }) => far + tar >= 1);
  const [from, to] = points.slice(crossing - 1, crossing + 1);
  const along = (1 - from.far - from.tar) / (to.far + to.tar - from.far - from.tar);
  return {
    points,
    auc: wins.reduce((sum, win) => sum + win) / wins.length,
    eer: from.far + along * (to.far - from.far),
    accuracy: Math.max(...points.map(right)),
    right,
  };
}

// A threshold, in the middle between two distances, accepts what one of the points does.
function pointOf(points, threshold) {
  return points.filter((point) => point.threshold <= threshold).at(-1);
}

function check(found, same, different, { far = [], judged } = {}) {
  assert.deepEqual([found.same, found.different], [same.length, different.length]);
  if (!same.length || !different.length) {
    const { auc, eer, eerThreshold, accuracy, threshold, tar, thresholdAt } = found;
    assert.deepEqual([auc, eer, eerThreshold, accuracy, threshold], [null, null, null, null, null]);
    const none = Object.fromEntries(far.map((rate) => [rate, null]));
    assert.deepEqual([tar, thresholdAt, found.curve], [none, none, undefined]);
    return;
  }
  const { points, right, auc, eer, accuracy } = expected(same, different);
  near(found.auc, auc);
  near(found.eer, eer);
  near(found.accuracy, accuracy);
  near(right(pointOf(points, found.threshold)), accuracy);
  const smallest = points.find((point) => Math.abs(right(point) - accuracy) < 1e-12);
  assert.equal(pointOf(points, found.threshold), smallest);
  for (const rate of far) {
    const best = points.filter((point) => point.far <= rate).at(-1);
    near(found.tar[rate], best.tar);
    near(pointOf(points, found.thresholdAt[rate]).tar, best.tar);
    assert(pointOf(points, found.thresholdAt[rate]).far <= rate);
  }
  if (judged !== undefined) {
    const point = pointOf(points, judged);
    near(found.judged.far, point.far);
    near(found.judged.tar, point.tar);
    near(found.judged.accuracy, right(point));
    assert.equal(found.judged.threshold, judged);
  }
}

// Of all pairs of rows, by what each is to each: true, false or undefined.
function split(distances, relate, pairs) {
  const kinds = { true: [], false: [] };
  pairs.forEach(([a, b]) => kinds[relate(a, b)]?.push(distances.data[a * distances.cols + b]));
  return [kinds.true, kinds.false];
}

const eachPair = (rows) => Array.from({ length: rows }, (_, a) => a).flatMap((a) => {
  return Array.from({ length: a }, (_, b) => [b, a]);
});
const allPairs = (rows, others) =>
  Array.from({ length: rows * others }, (_, i) => [Math.floor(i / others), i % others]);

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });
  const far = [0, 1e-3, 0.1, 0.5, 1];

  // On a grid, so that many pairs are at one distance.
  const rowsOf = (count) => fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: count, maxLength: count });
  const scene = fc.integer({ min: 2, max: 14 }).chain((count) =>
    fc.record({
      rows: rowsOf(count),
      labels: fc.array(fc.nat(3), { minLength: count, maxLength: count }),
      distance: fc.constantFrom("minkowski", "squared", "cosine", "dot"),
      judged: fc.integer({ min: -3, max: 9 }),
    }),
  );
  const SEED = { seed: 1, numRuns: 300 };

  test(`pairs of rows, of rows and references, and pairs that are given, ${build}`, () => {
    const property = fc.property(scene, scene, ({ rows, labels, distance, judged }, others) => {
      const options = { distance, far, threshold: judged };
      const distances = triplet.distances(rows, rows, { distance });
      const isSame = (a, b) => labels[a] === labels[b];
      const found = triplet.verify(rows, labels, options);
      const kinds = split(distances, isSame, eachPair(rows.length));
      check(found, ...kinds, { far, judged });
      assert.equal(found.used, Math.min(...kinds.map((kind) => kind.length)));
      assert(!found.curve || found.curve.far.length <= 500);
      assert.equal(triplet.verify(rows, labels).judged, undefined);

      const pairs = eachPair(rows.length);
      const [first, second] = [0, 1].map((i) => pairs.map((pair) => rows[pair[i]]));
      const same = pairs.map((pair) => isSame(...pair));
      const given = triplet.verifyPairs(first, second, same, options);
      check(given, ...kinds, { far, judged });
      if (distance !== "dot") { // whose order of the two rows is not that of the sum
        assert.deepEqual(given, found);
      }
      assert.deepEqual(triplet.verifyPairs(first, second, Uint8Array.from(same), options), given);

      const references = { references: others.rows, referenceLabels: others.labels };
      const beside = triplet.verify(rows, labels, { ...options, ...references });
      const far2 = triplet.distances(rows, others.rows, { distance });
      const crossed = allPairs(rows.length, others.rows.length);
      check(beside, ...split(far2, (a, b) => labels[a] === others.labels[b], crossed), { far, judged });
    });
    fc.assert(property, SEED);
  });

  test(`texts, sets, relations and rows that are ignored, ${build}`, () => {
    const relation = (one, other) =>
      one.length && other.length ? one.some((label) => other.includes(label)) : undefined;
    const sets = fc.array(fc.uniqueArray(fc.nat(4), { maxLength: 3 }), { minLength: 9, maxLength: 9 });
    const property = fc.property(rowsOf(9), sets, (rows, labels) => {
      const distances = triplet.distances(rows, rows);
      const ignored = labels.map((set) => (set.includes(2) ? [] : set));
      const kindsOf = (list) => split(distances, (a, b) => relation(list[a], list[b]), eachPair(9));
      const found = triplet.verify(rows, labels, { far });
      check(found, ...kindsOf(labels), { far });
      check(triplet.verify(rows, labels, { far, ignoreLabel: 2 }), ...kindsOf(ignored), { far });
      const texts = labels.map((set) => set.map((label) => `text ${label}`));
      assert.deepEqual(triplet.verify(rows, texts, { far }), found);

      // Each (a, b), which need not be what (b, a) is.
      const relations = labels.map((one, a) =>
        labels.map((other, b) => ({ true: 1, false: -1, undefined: 0 })[a === b ? undefined : relation(one, other)]),
      );
      relations[0][1] = 1;
      relations[1][0] = -1;
      const kind = { 1: true, [-1]: false };
      const every = allPairs(9, 9).filter(([a, b]) => a !== b);
      const kinds = split(distances, (a, b) => kind[relations[a][b]], every);
      check(triplet.verify(rows, { relations }, { far }), ...kinds, { far });
    });
    fc.assert(property, SEED);
  });

  test(`the corners of the curve, ${build}`, () => {
    const property = fc.property(scene, fc.integer({ min: 2, max: 12 }), ({ rows, labels }, most) => {
      const { same, different, auc, curve } = triplet.verify(rows, labels, { curve: 1000 });
      if (!same || !different) {
        return;
      }
      const distances = triplet.distances(rows, rows);
      const kinds = split(distances, (a, b) => labels[a] === labels[b], eachPair(rows.length));
      const points = pointsOf(...kinds);
      const isOn = ({ far, tar, thresholds }) =>
        Array.from(thresholds, (threshold, i) => {
          const point = pointOf(points, threshold);
          return Math.abs(point.far - far[i]) < 1e-12 && Math.abs(point.tar - tar[i]) < 1e-12;
        }).every(Boolean);
      const ascends = (list) => list.every((value, i) => !i || value >= list[i - 1]);
      const few = triplet.verify(rows, labels, { curve: most }).curve;
      for (const one of [curve, few]) {
        assert(isOn(one) && ascends(one.far) && ascends(one.tar) && ascends(one.thresholds));
        assert.deepEqual([one.far[0], one.tar[0], one.far.at(-1), one.tar.at(-1)], [0, 0, 1, 1]);
        assert.equal(one.far.constructor, Float64Array);
      }
      assert(few.far.length <= most);
      const { far: x, tar: y } = curve;
      const parts = Array.from(x, (_, i) => (i ? ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2 : 0));
      near(parts.reduce((sum, part) => sum + part), auc);
    });
    fc.assert(property, SEED);
  });

  test(`a sample of the rarer pairs stands for them, ${build}`, () => {
    const { x, labels } = triplet.synthetic("blobs", 200, 1, 1);
    const whole = triplet.verify(x, labels, { far: [0.01] });
    const options = { far: [0.01], mostPairs: 1000, seed: 3 };
    const sampled = triplet.verify(x, labels, options);
    assert.deepEqual([sampled.same, sampled.different], [whole.same, whole.different]);
    assert.deepEqual([whole.used, sampled.used], [whole.same, 1000]);
    assert.deepEqual(triplet.verify(x, labels, options), sampled);
    assert(triplet.verify(x, labels, { ...options, seed: 4 }).auc !== sampled.auc);
    near(sampled.auc, whole.auc, 0.03);
    near(sampled.eer, whole.eer, 0.03);
  });

  const rows = [[0], [1], [2]];
  const verify = (options) => () => triplet.verify(rows, [0, 0, 1], options);
  for (const [index, [body, name, message]] of [
    [() => triplet.verify(rows, [0, 1]), "RangeError", /^verify: labels: /],
    [() => triplet.verify(rows), "TypeError", /^verify: labels: expected an array of labels/],
    [verify({ far: 0.1 }), "TypeError", "far: expected an array of numbers, got number 0.1"],
    [verify({ far: [0, "1"] }), "TypeError", 'far[1]: expected a number, got string "1"'],
    [verify({ far: [1.5] }), "RangeError", /^verify: far: expected /],
    [verify({ far: [NaN] }), "RangeError", /^verify: far: expected /],
    [verify({ curve: 1 }), "RangeError", /^verify: curve: expected an integer in 2 \.\. /],
    [verify({ curve: 2.5 }), "RangeError", /^verify: curve: /],
    [verify({ threshold: NaN }), "RangeError", /^verify: threshold: /],
    [verify({ threshold: null }), "TypeError", /^verify: threshold: /],
    [verify({ mostPairs: 0 }), "RangeError", /^verify: mostPairs: /],
    [verify({ k: 5 }), "TypeError", /unknown option "k"; known are convention, /],
    [verify({ referenceLabels: [1] }), "TypeError", /^verify: referenceLabels: /],
    [() => triplet.verifyPairs(rows, rows, [1, 0]), "RangeError", "same: expected 3 like rows of first, got 2"],
    [() => triplet.verifyPairs(rows, rows, [1, 0, 2]), "TypeError", "same[2]: expected a boolean, got number 2"],
    [() => triplet.verifyPairs(rows, rows, [1, 0, "1"]), "TypeError", 'same[2]: expected a boolean, got string "1"'],
    [() => triplet.verifyPairs(rows, rows, "101"), "TypeError", /same: expected an array of booleans, got string/],
    [() => triplet.verifyPairs(rows, [[0], [1]], [1, 0, 1]), "RangeError", /^verifyPairs: second: expected 3 x 1 /],
    [() => triplet.verifyPairs(rows, rows, [1, 0, 1], { seed: 1 }), "TypeError", /unknown option "seed"/],
    [() => triplet.verifyPairs([[NaN]], [[0]], [true]), "RangeError", /not finite/],
    [() => triplet.shareInterval("1", 5), "TypeError", 'share: expected a number, got string "1"'],
    [() => triplet.shareInterval(0.5, -1), "RangeError", /count: expected an integer in 0/],
    [() => triplet.shareInterval(0.5), "TypeError", "count: expected an integer, got undefined"],
  ].entries()) {
    test(`misuse ${index}: ${body.toString().slice(6, 80)}, ${build}`, () => {
      const text = message instanceof RegExp ? message : { test: (given) => given.endsWith(`: ${message}`) };
      assert.throws(body, (error) => error.name === name && text.test(error.message));
      assert.equal(triplet.distances([[0]], [[2]]).data[0], 2);
    });
  }

  // ---- intervals ---------------------------------------------------------------------------------------------------

  const Z = 1.959963984540054;
  function wilson(share, count) {
    const middle = (share + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count);
    const reach = (Z / (1 + Z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
    return [middle - reach, middle + reach];
  }
  const nearBoth = (got, wanted) => got.forEach((bound, i) => near(bound, wanted[i]));

  test(`the interval of a share is Wilson's, ${build}`, () => {
    for (const [share, count] of [[0.5, 10], [0.9, 100], [0, 5], [1, 5], [1, 1], [0.123, 1e6]]) {
      nearBoth(triplet.shareInterval(share, count), wilson(share, count));
    }
    assert.deepEqual([triplet.shareInterval(0, 9)[0], triplet.shareInterval(1, 9)[1]], [0, 1]);
    assert.deepEqual([triplet.shareInterval(0.5, 0), triplet.shareInterval(null, 5)], [null, null]);
    assert.equal(triplet.shareInterval(NaN, 5), null);
  });

  test(`figures have intervals, ${build}`, () => {
    const { x, labels } = triplet.synthetic("moons", 90, 2, 1);
    const { queries, precisionAt1, recallAt, mrr, classes, intervals } = triplet.evaluate(x, labels, { k: [1, 3] });
    assert.deepEqual(intervals.precisionAt1, triplet.shareInterval(precisionAt1, queries));
    assert.deepEqual(intervals.recallAt[1], intervals.precisionAt1);
    assert.deepEqual(intervals.recallAt[3], triplet.shareInterval(recallAt[3], queries));
    assert.equal(classes[0].intervals, undefined);

    // 1 / rank of each query's first positive.
    const { data } = triplet.distances(x, x);
    const ranks = Array.from(labels, (label, i) => {
      const others = [...labels.keys()].filter((j) => j !== i);
      const order = others.sort((a, b) => data[90 * i + a] - data[90 * i + b] || a - b);
      return 1 / (1 + order.findIndex((j) => labels[j] === label));
    });
    near(mrr, ranks.reduce((sum, rank) => sum + rank) / 90);
    // By the normal law, with z^2 / 2 values of 0 and as many of 1 (Agresti and Coull 1998).
    const [added, all] = [Z ** 2 / 2, 90 + Z ** 2];
    const centre = (90 * mrr + added) / all;
    const squares = ranks.map((rank) => (rank - centre) ** 2).reduce((sum, square) => sum + square);
    const reach = (Z * Math.sqrt(squares + added * (centre ** 2 + (1 - centre) ** 2))) / all;
    nearBoth(intervals.mrr, [centre - reach, Math.min(1, centre + reach)]);

    const one = triplet.evaluate([[0]], [0], { references: [[1]], referenceLabels: [0] }).intervals;
    for (const figure of [one.mrr, one.map, one.rPrecision, one.mapAtR]) {
      assert(figure[0] > 0 && figure[0] < 0.5 && figure[1] === 1);
    }
    assert.deepEqual(one.precisionAt1, triplet.shareInterval(1, 1));
    const none = triplet.evaluate([[0]], [0], { k: [2] }).intervals;
    const nothing = { precisionAt1: null, rPrecision: null, mapAtR: null, map: null, mrr: null, recallAt: { 2: null } };
    assert.deepEqual(none, nothing);

    const { heldOut } = triplet.split(labels, 0.3, 1);
    const found = triplet.evaluateHeldOut(x, labels, heldOut, { k: [2] });
    const { againstTraining, amongThemselves } = found;
    const share = triplet.shareInterval(againstTraining.knnAccuracy, againstTraining.queries);
    assert.deepEqual(againstTraining.intervals.knnAccuracy, share);
    assert.equal("knnAccuracy" in amongThemselves.intervals, false);
    const { intervals: among } = amongThemselves;
    assert.deepEqual(among.recallAt[2], triplet.shareInterval(amongThemselves.recallAt[2], amongThemselves.queries));
    const given = triplet.evaluateNeighbors(triplet.nearest(x, x, { k: 90 }).indices, labels, { k: [1, 3] });
    assert.deepEqual(given.intervals, intervals);
  });
}

test("a trainer verifies what it embeds, and keeps the threshold", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const { x, labels } = here.synthetic("rings", 90, 1, 1);
    const options = { data: x, labels, layers: [8, 2], steps: 100, distance: "squared" };
    const trainer = here.trainer(options);
    trainer.run();
    const asked = { far: [0.1], threshold: 0.5 };
    const found = trainer.verify(x, labels, asked);
    assert.deepEqual(found, here.verify(trainer.embed(x), labels, { ...asked, distance: "squared" }));
    assert.equal(trainer.threshold, found.threshold);
    const own = { ...found, tar: {}, thresholdAt: {} };
    delete own.judged;
    assert.deepEqual(trainer.verify(), own); // of its own rows, which are the same
    assert.equal(trainer.verify([[0, 0]], [1]).threshold, null);
    assert.equal(trainer.threshold, null);
    assert.throws(() => trainer.verify(x, labels, { far: 1 }), /^TypeError: trainer.verify: far: expected an array/);

    const remote = await there.trainer(options);
    await remote.run();
    assert.deepEqual(await remote.verify(x, labels, asked), found);
    assert.equal(await remote.threshold(), found.threshold);
  } finally {
    await there.terminate();
  }
});

test("the worker verifies as the page does", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const { x, labels } = here.synthetic("moons", 60, 1, 1);
    const options = { far: [0.01, 0.1], curve: 50, threshold: 0.3 };
    assert.deepEqual(await there.verify(x, labels, options), here.verify(x, labels, options));
    const [first, second, same] = [[[0], [1]], [[1], [3]], [true, 0]];
    const pairs = [first, second, same, options];
    assert.deepEqual(await there.verifyPairs(...pairs), here.verifyPairs(...pairs));
    assert.deepEqual(await there.shareInterval(0.5, 9), here.shareInterval(0.5, 9));
    assert.equal(await there.shareInterval(null, 9), null);
    const told = [];
    await there.verify(x, labels, { progress: (done) => void told.push(done) });
    assert.equal(told.at(-1), 1);
  } finally {
    there.terminate();
  }
});
