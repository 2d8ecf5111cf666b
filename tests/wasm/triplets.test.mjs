// Which triplets there are, strategies chosen apart and kinds that are listed, and what is new of explicit ones.
import { assert, builds, loadTriplet, plain, test } from "./harness.mjs";

// Numbers in [-1, 1), the same in each run.
function rowsOf(count, cols, seed) {
  let state = seeded(seed);
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.fround((state >>> 15) / 32768 - 1);
  };
  return Array.from({ length: count }, () => Array.from({ length: cols }, next));
}

const seeded = (seed) => (seed * 2654435761) & 0x7fffffff;

const rows = rowsOf(20, 3, 1);
const labels = rows.map((_, i) => i % 3);
const close = (a, b) => Math.abs(a - b) <= 1e-6 * (1 + Math.abs(b));

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  // [a, p, n, d(a, p), d(a, n)] of each triplet, in order.
  const every = (options) => {
    const { data } = triplet.distances(rows, rows, options);
    const list = [];
    labels.forEach((label, a) => {
      labels.forEach((other, p) => {
        for (let n = 0; a !== p && label === other && n < rows.length; n++) {
          if (labels[n] !== label) {
            list.push([a, p, n, data[a * rows.length + p], data[a * rows.length + n]]);
          }
        }
      });
    });
    return list;
  };

  const assertPicks = (expected, { anchors, positives, negatives, stats }) => {
    const columns = [0, 1, 2].map((i) => expected.map((t) => t[i]));
    assert.deepEqual([anchors, positives, negatives].map((list) => [...list]), columns);
    assert.equal(stats.triplets, expected.length);
  };

  test(`strategies are chosen apart, ${build}`, () => {
    for (const distance of ["minkowski", "dot"]) {
      const list = every({ distance });
      const best = (a, better) => list.filter((t) => t[0] === a).reduce((one, t) => (better(t, one) ? t : one));
      const hardest = (t) => best(t[0], (u, v) => u[3] > v[3])[1] === t[1];
      const easiest = (t) => best(t[0], (u, v) => u[3] < v[3])[1] === t[1];
      const nearest = (t) => best(t[0], (u, v) => u[4] < v[4])[2] === t[2];
      const semihard = (t) =>
        t[4] > t[3] && !list.some((u) => u[0] === t[0] && u[1] === t[1] && u[4] > t[3] && u[4] < t[4]);
      const all = () => true;
      for (const [positives, uses] of Object.entries({ all, hard: hardest, easy: easiest })) {
        for (const [negatives, goesWith] of Object.entries({ all, hard: nearest, semihard })) {
          const options = { positives, negatives, distance };
          const expected = list.filter((t) => uses(t) && goesWith(t));
          const picks = triplet.mine(rows, labels, options);
          assertPicks(expected, picks);
          const batch = triplet.batchLoss(rows, labels, options);
          const indexed = triplet.indexedLoss(rows, picks, { convention: "exact", margin: 0.2, distance });
          assert.equal(batch.stats.triplets, expected.length);
          assert(close(batch.loss, indexed.loss));
          batch.gradient.data.forEach((value, i) => assert(close(value, indexed.gradient.data[i])));
        }
      }
    }
  });

  test(`minings are pairs of strategies, ${build}`, () => {
    const pairs = {
      hard: ["hard", "hard"],
      semihard: ["all", "semihard"],
      easy_positive: ["easy", "semihard"],
      random: ["all", "random"],
      distance_weighted: ["all", "distance_weighted"],
    };
    for (const [mining, [positives, negatives]] of Object.entries(pairs)) {
      assert.deepEqual(triplet.mine(rows, labels, { mining }), triplet.mine(rows, labels, { positives, negatives }));
    }
  });

  test(`cutoffs say which negatives can be drawn, ${build}`, () => {
    const x = [[1, 0], [2, 0.2], [0, 3], [-1, 1], [-5, 0]]; // of length 1, row 0 is 1.41, 1.85 and 2 from the last
    const drawn = (options) => {
      const seen = new Set();
      for (let seed = 0; seed < 60; seed++) {
        const picks = triplet.mine(x, [1, 1, 2, 2, 2], { mining: "distance_weighted", seed, ...options });
        picks.anchors.forEach((a, i) => a === 0 && seen.add(picks.negatives[i]));
      }
      return [...seen].sort();
    };
    assert.deepEqual(drawn({}), []);
    assert.deepEqual(drawn({ farCutoff: 1.9 }), [2, 3]);
    assert.deepEqual(drawn({ farCutoff: 2.1, cutoff: 2 }), [2, 3, 4]);
  });

  test(`violating triplets, ${build}`, () => {
    for (const margin of [0.2, 0, -0.1, 5]) {
      const list = every().map((t) => [...t, t[3] + margin - t[4]]);
      const kinds = {
        all: (t) => t[5] > 0,
        hard: (t) => t[5] > 0 && t[4] <= t[3],
        semihard: (t) => t[5] > 0 && t[4] > t[3],
        easy: (t) => !(t[5] > 0),
      };
      for (const [violating, is] of Object.entries(kinds)) {
        assertPicks(list.filter(is), triplet.mine(rows, labels, { violating, margin }));
      }
    }
    const touching = (options) =>
      triplet.mine([[0], [1], [2]], [1, 1, 2], { margin: 1, violating: "all", ...options }).anchors.length;
    assert.equal(touching({ convention: "exact" }), 1);
    assert.equal(touching({ convention: "torch", eps: 0 }), 2);
  });

  test(`options that have no say beside others are refused, ${build}`, () => {
    const refused = (options, argument, expected) =>
      assert.throws(
        () => triplet.mine(rows, labels, options),
        (error) => error.message.includes(argument) && error.message.includes(expected),
      );
    refused({ mining: "hard", positives: "easy" }, "positives", 'belongs to mining = "all"');
    refused({ mining: "hard", violating: "all" }, "violating", 'belongs to mining = "all"');
    refused({ violating: "all", negatives: "hard" }, "negatives", 'belongs to violating = "none"');
    refused({ negatives: "random", farCutoff: 1 }, "farCutoff", 'belongs to mining = "distance_weighted"');
  });

  test(`weightedMean, ${build}`, () => {
    const loss = (weights) =>
      triplet.marginLoss([[0], [0], [0]], [[2], [3], [2]], [[1], [1], [1]], {
        convention: "exact",
        reduction: "weighted_mean",
        weights,
      });
    assert.equal(loss([0, 1, 0]).loss, 3);
    assert.equal(loss([1, 2, 1]).loss, 2.5);
    assert.equal(loss([0, 0, 0]).loss, 0);
    assert.deepEqual(loss([0, 2, 2]).gradients.positives.data, Float32Array.of(0, 0.5, 0.5));
  });

  test(`one row of anchors, ${build}`, () => {
    const one = rowsOf(1, 5, 2);
    const positives = rowsOf(40, 5, 3);
    const negatives = rowsOf(40, 5, 4);
    for (const distance of ["minkowski", "squared", "cosine", "dot"]) {
      const options = { distance, swap: true, margin: 2, reduction: "none" };
      const r = triplet.marginLoss(one, positives, negatives, options);
      const each = triplet.marginLoss(Array(40).fill(one[0]), positives, negatives, options);
      const sum = new Float32Array(5);
      each.gradients.anchors.data.forEach((value, i) => {
        sum[i % 5] += value;
      });
      assert.deepEqual(plain(r.gradients.anchors), { data: sum, rows: 1, cols: 5 });
      assert.deepEqual(r.gradients.positives, each.gradients.positives);
      assert.deepEqual(r.gradients.negatives, each.gradients.negatives);
      assert.deepEqual(r.loss, each.loss);
    }
    assert.throws(
      () => triplet.marginLoss(one, positives, rowsOf(3, 5, 5)),
      (error) => error.message.includes("negatives: expected 40 x 5 like positives, got 3 x 5"),
    );
  });

  test(`dot finds the largest inner products, ${build}`, () => {
    const { indices, distances } = triplet.nearest([[1, 2]], [[-3, -3], [0, 3], [4, 1], [0.5, 0]], {
      k: 4,
      distance: "dot",
    });
    assert.deepEqual([...indices.data], [1, 2, 3, 0]);
    assert.deepEqual([...distances.data], [-6, -6, -0.5, 9]);
  });
}
