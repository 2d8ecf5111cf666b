// Held-out figures, splits, the triplets of a step; what was not measured is null.
import { assert, builds, loadTriplet, loadWorker, test } from "./harness.mjs";

const rowsOf = ({ data, cols }, rows) => Array.from(rows, (row) => [...data.subarray(row * cols, (row + 1) * cols)]);
const pick = (list, rows) => Array.from(rows, (row) => list[row]);

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`held-out rows are evaluated against the training rows and among themselves, ${build}`, () => {
    for (const [kind, rows, seed] of [["moons", 90, 1], ["blobs", 61, 2], ["swiss_roll", 47, 3]]) {
      const { x, labels } = triplet.synthetic(kind, rows, 2, seed);
      const { training, heldOut } = triplet.split(labels, 0.3, seed);
      const options = { k: [1, 3, 500], distance: "squared" };
      const found = triplet.evaluateHeldOut(x, labels, heldOut, { ...options, seed: 5 });
      const [queries, references] = [heldOut, training].map((side) => rowsOf(x, side));
      const [asked, known] = [heldOut, training].map((side) => pick(labels, side));
      const { knnAccuracy, ...against } = found.againstTraining;
      const macroAccuracy = against.macro.knnAccuracy;
      delete against.macro.knnAccuracy;
      assert.deepEqual(against.intervals.knnAccuracy, triplet.shareInterval(knnAccuracy, asked.length));
      delete against.intervals.knnAccuracy;
      assert.deepEqual(against, triplet.evaluate(queries, asked, { ...options, references, referenceLabels: known }));
      assert.deepEqual(found.amongThemselves, triplet.evaluate(queries, asked, options));
      assert.deepEqual([found.heldOut, found.queries], [heldOut.length, heldOut.length]);
      const { indices } = triplet.nearest(queries, references, { k: 5, distance: "squared" });
      const elected = asked.map((label, i) => {
        const votes = pick(known, indices.data.subarray(5 * i, 5 * i + 5));
        const count = (of) => votes.filter((vote) => vote === of).length;
        const most = Math.max(...votes.map(count));
        return votes.find((vote) => count(vote) === most) === label;
      });
      const hits = elected.filter(Boolean);
      assert.equal(knnAccuracy, hits.length / asked.length);
      const shares = against.classes.filter(({ queries }) => queries).map(({ label, queries }) => {
        const right = asked.filter((own, i) => own === label && elected[i]);
        return right.length / queries;
      });
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      assert(Math.abs(macroAccuracy - mean) < 1e-15);
    }
  });

  test(`a figure of nothing is null, ${build}`, () => {
    const figures = {
      ...{ precisionAt1: null, rPrecision: null, mapAtR: null, map: null, mrr: null, tripletAccuracy: null },
    };
    const ranked = { queries: 0, skipped: 3, ...figures, recallAt: { 1: null, 2: null } };
    const classes = [0, 1, 2].map((label) => ({ label, queries: 0, skipped: 1, ...figures }));
    const { precisionAt1, rPrecision, mapAtR, map, mrr, recallAt } = ranked;
    const intervals = { precisionAt1, rPrecision, mapAtR, map, mrr, recallAt };
    const nothing = { ...ranked, intervals, macro: ranked, classes };
    const rows = [[0], [1], [2]];
    assert.deepEqual(triplet.evaluate(rows, [0, 1, 2], { k: [1, 2] }), nothing);
    assert.deepEqual(triplet.evaluateHeldOut([...rows, [3]], [0, 1, 2, 3], [0, 1, 2], { k: [1, 2] }), {
      againstTraining: {
        ...nothing,
        knnAccuracy: null,
        macro: { ...ranked, knnAccuracy: null },
        intervals: { ...intervals, knnAccuracy: null },
      },
      amongThemselves: nothing,
      heldOut: 3,
      queries: 3,
    });
    const few = triplet.evaluateHeldOut([[0], [1], [2], [3]], [0, 0, 0, 0], [0, 1, 2], { mostQueries: 2 });
    assert.deepEqual([few.heldOut, few.queries, few.amongThemselves.queries], [3, 2, 2]);
    const none = triplet.evaluateHeldOut(rows, [0, 0, 1], []);
    assert.deepEqual([none.heldOut, none.queries, none.amongThemselves.precisionAt1], [0, 0, null]);
    const oneClass = triplet.evaluate(rows, [0, 0, 0]);
    assert.deepEqual([oneClass.precisionAt1, oneClass.tripletAccuracy], [1, null]);
    const { stats } = triplet.batchLoss(rows, [0, 1, 2]);
    assert.deepEqual([stats.triplets, stats.meanPositiveDistance, stats.meanNegativeDistance], [0, null, null]);
    assert.equal(triplet.mine(rows, [0, 0, 0]).stats.meanNegativeDistance, null);
    const { x } = triplet.synthetic("moons", 20, 1, 1);
    const step = triplet.trainer({ data: x, labels: new Array(20).fill(7), layers: [2] }).step();
    assert.deepEqual([step.loss, step.stats.meanPositiveDistance], [0, null]);
  });

  // On a line: a a b a b b, then a class of its own.
  const line = [[0], [1], [3], [6], [10], [15], [40]];
  const texts = ["a", "a", "b", "a", "b", "b", "c"];

  test(`figures over all, over classes and of each class, ${build}`, () => {
    const near = (got, expected) => assert(Math.abs(got - expected) < 1e-15, `${got} is not ${expected}`);
    const found = triplet.evaluate(line, texts, { k: [1, 2] });
    // Ranks of the positives: 1 3, 1 3, 4 5, 3 4, 2 3, 1 3.
    near(found.mrr, (1 + 1 + 1 / 4 + 1 / 3 + 1 / 2 + 1) / 6);
    near(found.map, (3 * (1 + 2 / 3) + 1 / 4 + 2 / 5 + 1 / 3 + 2 / 4 + 1 / 2 + 2 / 3) / 12);
    const [a, b, c] = found.classes;
    assert.deepEqual([a.label, b.label, c.label], ["a", "b", "c"]);
    assert.deepEqual([a.queries, a.precisionAt1, b.precisionAt1], [3, 2 / 3, 1 / 3]);
    assert.deepEqual([c.queries, c.skipped, c.mrr], [0, 1, null]);
    assert.deepEqual([found.macro.queries, found.macro.skipped, found.macro.recallAt[1]], [2, 1, 0.5]);
    for (const name of ["rPrecision", "mapAtR", "map", "mrr", "tripletAccuracy"]) {
      near(found.macro[name], (a[name] + b[name]) / 2);
    }
    const numbers = triplet.evaluate(line, [1, 1, 2, 1, 2, 2, 3], { k: [1, 2] });
    assert.deepEqual(numbers.classes.map(({ label }) => label), [1, 2, 3]);
    assert.deepEqual(numbers.macro, found.macro);
    const sets = triplet.evaluate(line, [["a", "x"], "a", "b", ["x", "a"], "b", "b", []]);
    assert.deepEqual(sets.classes.map(({ label, queries }) => [label, queries]), [["a", 3], ["x", 2], ["b", 3]]);
    const trainer = triplet.trainer({ data: line, labels: texts, layers: [1] });
    assert.equal(trainer.evaluate().classes[1].label, "b");
    assert.equal(trainer.evaluate(line, [0, 0, 0, 0, 0, 0, 9]).classes[0].label, "a");
    assert.equal(trainer.evaluate(line, [0, 0, 0, 0, 0, 0, 9]).classes[1].label, 9);

    const relations = [[0, 1, -1], [1, 0, -1], [-1, 0, 1]];
    const related = triplet.evaluate([[0], [1], [5]], { relations });
    assert.deepEqual([related.queries, related.map, related.classes, related.macro.map], [2, 1, [], null]);
  });

  test(`neighbours that are given, ${build}`, () => {
    const { x, labels } = triplet.synthetic("rings", 60, 2, 5);
    const { indices } = triplet.nearest(x, x, { k: 60 });
    const options = { k: [1, 7], ignoreLabel: 2 };
    const expected = triplet.evaluate(x, labels, options);
    assert.deepEqual(triplet.evaluateNeighbors(indices, labels, options), expected);
    const arrays = Array.from({ length: 60 }, (_, i) => indices.data.subarray(60 * i, 60 * (i + 1)));
    assert.deepEqual(triplet.evaluateNeighbors(arrays, labels, options), expected);

    const self = [...line.keys()];
    const near = triplet.nearest(line, line, { k: 2, referenceSelf: self }).indices;
    const [some, all] = [
      triplet.evaluateNeighbors(near, texts, { k: [1, 3] }),
      triplet.evaluate(line, texts, { k: [1, 3] }),
    ];
    for (const name of ["queries", "skipped", "precisionAt1", "rPrecision", "mapAtR"]) {
      assert.equal(some[name], all[name]);
    }
    assert.deepEqual([some.map, some.mrr, some.tripletAccuracy, some.recallAt[3]], [null, null, null, null]);
    assert.equal(some.classes[0].label, "a");

    const short = triplet.evaluateNeighbors([[0, 1, 2], [0], [1, -1, 2]], ["a", "a", "b"]);
    assert.deepEqual([short.queries, short.skipped, short.mrr, short.map], [2, 1, 1, 1]);
    const given = { referenceLabels: ["a", "b", "a"] };
    assert.deepEqual(triplet.evaluateNeighbors([[1, 0, 2]], ["a"], given).mrr, 1 / 2);
    assert.equal(triplet.evaluateNeighbors([[1, 0, 2]], ["a"], { ...given, referenceSelf: [0] }).map, 1 / 2);
    const related = triplet.evaluateNeighbors([[0]], { relations: [[1, -1, 0]] });
    assert.deepEqual([related.map, related.tripletAccuracy, related.classes], [1, 1, []]);
    assert.equal(triplet.evaluateNeighbors([[], []], [1, 1], { referenceLabels: [1, 2] }).precisionAt1, null);

    const data = new Int32Array(4);
    for (const [call, name, argument] of [
      [() => triplet.evaluateNeighbors(undefined, [1]), "TypeError", "indices"],
      [() => triplet.evaluateNeighbors(5, [1]), "TypeError", "indices"],
      [() => triplet.evaluateNeighbors([[0]], [1, 1]), "RangeError", "indices"],
      [() => triplet.evaluateNeighbors([[1], 1], [1, 1]), "TypeError", "indices[1]"],
      [() => triplet.evaluateNeighbors([[0, 2], []], [1, 1]), "RangeError", "indices[0][1]"],
      [() => triplet.evaluateNeighbors([[1, 1], []], [1, 1]), "RangeError", "indices"],
      [() => triplet.evaluateNeighbors({ data, rows: 2, cols: 3 }, [1, 1]), "RangeError", "indices.data"],
      [() => triplet.evaluateNeighbors({ data, rows: 2, cols: -1 }, [1, 1]), "RangeError", "indices.cols"],
      [() => triplet.evaluateNeighbors({ data: 1, rows: 2, cols: 2 }, [1, 1]), "TypeError", "indices.data"],
      [() => triplet.evaluateNeighbors([[]]), "TypeError", "labels"],
      [() => triplet.evaluateNeighbors([[]], [1], { referenceSelf: [1] }), "RangeError", "referenceSelf[0]"],
      [() => triplet.evaluateNeighbors([[]], [1], { k: [0] }), "RangeError", "k[0]"],
      [() => triplet.evaluateNeighbors([[]], { relations: [[1]] }, given), "RangeError", "referenceLabels"],
    ]) {
      assert.throws(call, { name, argument });
    }
  });

  test(`rows or classes are held out, ${build}`, () => {
    const labels = Array.from({ length: 60 }, (_, i) => i % 6);
    for (const fraction of [0.2, 0.5, 0.9, 1]) {
      for (const seed of [0, 1, 2 ** 53 - 1]) {
        const byRows = triplet.split(labels, fraction, seed);
        assert.deepEqual(byRows, triplet.split(labels, fraction, seed, "rows"));
        assert.deepEqual(byRows, triplet.split(labels, fraction, seed, "auto"));
        const byClasses = triplet.split(labels, fraction, seed, "classes");
        for (const { training, heldOut } of [byRows, byClasses]) {
          assert.deepEqual([...training, ...heldOut].sort((a, b) => a - b), [...labels.keys()]);
        }
        const classes = new Set(pick(labels, byClasses.heldOut));
        assert(classes.size >= 2 && classes.size <= 4);
        assert(pick(labels, byClasses.training).every((label) => !classes.has(label)));
        for (const label of new Set(labels)) {
          assert(pick(labels, byRows.training).filter((other) => other === label).length >= 2);
        }
      }
    }
    const pairs = labels.map((_, i) => i >> 1);
    assert.deepEqual(triplet.split(pairs, 0.2, 1, "auto"), triplet.split(pairs, 0.2, 1, "classes"));
    for (const holdOut of ["class", "", 1, null, "rows\0", {}]) {
      assert.throws(() => triplet.split(labels, 0.2, 1, holdOut), { name: "TypeError", argument: "holdOut" });
    }
  });

  test(`a step tells the triplets that it used, ${build}`, () => {
    const { x, labels } = triplet.synthetic("blobs", 80, 1, 1);
    for (const mining of ["all", "hard", "semihard", "easy_positive", "distance_weighted", "random"]) {
      for (const layers of [[8, 2], []]) {
        const trainer = triplet.trainer({ data: x, labels, layers, mining, classesPerBatch: 3, rowsPerClass: 4 });
        const empty = new Int32Array(0);
        assert.deepEqual(trainer.lastTriplets(), { anchors: empty, positives: empty, negatives: empty });
        for (let i = 0; i < 3; i++) {
          const { stats } = trainer.step();
          const { anchors, positives, negatives } = trainer.lastTriplets();
          const batch = new Set(trainer.lastBatch);
          assert.equal(batch.size, trainer.lastBatch.length);
          assert.deepEqual([anchors.length, positives.length, negatives.length], new Array(3).fill(stats.triplets));
          anchors.forEach((a, j) => {
            const [p, n] = [positives[j], negatives[j]];
            assert(a !== p && labels[a] === labels[p] && labels[a] !== labels[n]);
            assert(batch.has(a) && batch.has(p) && batch.has(n));
          });
        }
      }
    }
  });

  test(`both samplers, ${build}`, () => {
    const labels = [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 4];
    const data = labels.map((label, i) => [label, i]);
    const options = { data, labels, layers: [2], classesPerBatch: 2, rowsPerClass: 4 };
    for (const sampler of ["balanced", "epoch"]) {
      const trainer = triplet.trainer({ ...options, sampler });
      assert.equal(trainer.get("sampler"), sampler);
      for (let i = 0; i < 40; i++) {
        trainer.step();
        assert.equal(new Set(trainer.lastBatch).size, trainer.lastBatch.length);
      }
      assert.deepEqual(triplet.load(trainer.save()).get("sampler"), sampler);
    }
    const epoch = triplet.trainer({ ...options, sampler: "epoch" });
    const seen = [];
    while (seen.length < labels.length) {
      epoch.step();
      seen.push(...epoch.lastBatch);
    }
    assert.deepEqual(seen.sort((a, b) => a - b), [...labels.keys()]);
    assert.throws(() => triplet.trainer({ ...options, classesPerBatch: 1 }), { argument: "classesPerBatch" });
    assert.throws(() => triplet.trainer({ ...options, sampler: "random" }), { argument: "sampler" });
  });

  test(`misuse of what is held out, ${build}`, () => {
    const rows = [[0], [1], [2], [3]];
    const labels = [0, 0, 1, 1];
    const cases = [
      [() => triplet.evaluateHeldOut(rows, labels), "TypeError", "heldOutRows"],
      [() => triplet.evaluateHeldOut(rows, labels, [4]), "RangeError", "heldOutRows[0]"],
      [() => triplet.evaluateHeldOut(rows, labels, [-1]), "RangeError", "heldOutRows[0]"],
      [() => triplet.evaluateHeldOut(rows, labels, ["0"]), "TypeError", "heldOutRows[0]"],
      [() => triplet.evaluateHeldOut(rows, [0, 0, 1], [1]), "RangeError", "labels"],
      [() => triplet.evaluateHeldOut(rows, labels, [1], { k: [0] }), "RangeError", "k[0]"],
      [() => triplet.evaluateHeldOut(rows, labels, [1], { seed: -1 }), "RangeError", "seed"],
      [() => triplet.evaluateHeldOut(rows, labels, [1], { mostQueries: 0 }), "RangeError", "mostQueries"],
      [() => triplet.evaluateHeldOut(rows, labels, [1], { references: rows }), "TypeError", "options"],
    ];
    for (const [call, name, argument] of cases) {
      assert.throws(call, { name, argument });
    }
  });
}

test("the worker measures, splits and tells as the page does", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const { x, labels } = here.synthetic("moons", 50, 1, 1);
    const { heldOut } = await there.split(labels, 0.2, 1, "classes");
    assert.equal(heldOut.length, 0);
    const { heldOut: rows } = await there.split(labels, 0.2, 1);
    const options = { k: [1], seed: 3 };
    const [found, wanted] = [there, here].map((of) => of.evaluateHeldOut(x, labels, rows, options));
    assert.deepEqual(await found, wanted);
    assert.equal((await there.evaluate([[0]], [0])).mapAtR, null);
    assert.equal(await there.version(), here.version);
    const trainers = [here, await there].map((of) => of.trainer({ data: x, labels, layers: [2], mining: "random" }));
    const [one, other] = await Promise.all(trainers);
    one.step();
    await other.step();
    assert.deepEqual(await other.lastTriplets(), one.lastTriplets());
  } finally {
    there.terminate();
  }
});
