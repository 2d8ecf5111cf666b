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
      assert.deepEqual(against, triplet.evaluate(queries, asked, { ...options, references, referenceLabels: known }));
      assert.deepEqual(found.amongThemselves, triplet.evaluate(queries, asked, options));
      assert.deepEqual([found.heldOut, found.queries], [heldOut.length, heldOut.length]);
      const { indices } = triplet.nearest(queries, references, { k: 5, distance: "squared" });
      const hits = asked.filter((label, i) => {
        const votes = pick(known, indices.data.subarray(5 * i, 5 * i + 5));
        const count = (of) => votes.filter((vote) => vote === of).length;
        const most = Math.max(...votes.map(count));
        return votes.find((vote) => count(vote) === most) === label;
      });
      assert.equal(knnAccuracy, hits.length / asked.length);
    }
  });

  test(`a figure of nothing is null, ${build}`, () => {
    const nothing = {
      queries: 0,
      skipped: 3,
      precisionAt1: null,
      recallAt: { 1: null, 2: null },
      rPrecision: null,
      mapAtR: null,
      tripletAccuracy: null,
    };
    const rows = [[0], [1], [2]];
    assert.deepEqual(triplet.evaluate(rows, [0, 1, 2], { k: [1, 2] }), nothing);
    assert.deepEqual(triplet.evaluateHeldOut([...rows, [3]], [0, 1, 2, 3], [0, 1, 2], { k: [1, 2] }), {
      againstTraining: { ...nothing, knnAccuracy: null },
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
