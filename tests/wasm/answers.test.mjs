// Neighbours of which some are left out, classes that neighbours vote for, and batches of rows.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, plain, test } from "./harness.mjs";

const rowsOf = (min, max) => fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: min, maxLength: max });
const SEED = { seed: 1, numRuns: 300 };

// References of each query, nearest first.
function ranked(triplet, queries, references, options, excluded = []) {
  const { data, cols } = triplet.distances(queries, references, options);
  return queries.map((_, i) => {
    const all = Array.from({ length: cols }, (_, j) => ({ j, distance: data[i * cols + j] }));
    const left = all.filter(({ j }) => !excluded[i]?.includes(j));
    return left.sort((a, b) => a.distance - b.distance || a.j - b.j);
  });
}

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`references that a query names are left out, ${build}`, () => {
    const lists = fc.array(fc.array(fc.nat(7), { maxLength: 9 }), { minLength: 9, maxLength: 9 });
    const property = fc.property(rowsOf(1, 9), rowsOf(8, 8), lists, fc.integer({ min: 1, max: 8 }), (...scene) => {
      const [queries, references, some, k] = scene;
      const exclude = some.slice(0, queries.length);
      const found = triplet.nearest(queries, references, { k, exclude });
      const expected = ranked(triplet, queries, references, {}, exclude).map((list) => list.slice(0, k));
      expected.forEach((list, i) => {
        const row = Array.from({ length: k }, (_, j) => list[j] ?? { j: -1, distance: Infinity });
        assert.deepEqual([...found.indices.data.slice(k * i, k * (i + 1))], row.map(({ j }) => j));
        assert.deepEqual([...found.distances.data.slice(k * i, k * (i + 1))], row.map(({ distance }) => distance));
      });
      const typed = exclude.map((list) => Uint8Array.from(list));
      assert.deepEqual(triplet.nearest(queries, references, { k, exclude: typed }), found);
    });
    fc.assert(property, SEED);
    const memory = triplet.memory({ capacity: 3 });
    memory.push([[1], [2], [3]], [0, 0, 0]);
    const nearest = triplet.nearest([[0]], memory, { k: 2, exclude: [[0]], referenceSelf: [1] });
    assert.deepEqual([...nearest.indices.data], [2, -1]);
  });

  test(`the nearest references vote, ${build}`, () => {
    const sets = fc.array(fc.uniqueArray(fc.nat(3), { maxLength: 2 }), { minLength: 8, maxLength: 8 });
    const property = fc.property(
      ...[rowsOf(1, 6), rowsOf(8, 8), sets, fc.integer({ min: 1, max: 9 }), fc.constantFrom(0.5, 2, 4.5, undefined)],
      (queries, references, labels, k, threshold) => {
        const exclude = queries.map((_, i) => [i]);
        const { labels: found, votes } = triplet.classify(queries, references, labels, { k, threshold, exclude });
        ranked(triplet, queries, references, {}, exclude).forEach((list, i) => {
          const voters = list.slice(0, k).filter(({ distance }) => distance <= (threshold ?? Infinity));
          // In the order in which they win where they have as many votes.
          const order = [...new Set(voters.flatMap(({ j }) => [...labels[j]].sort()))];
          const count = (label) => voters.filter(({ j }) => labels[j].includes(label)).length;
          const most = Math.max(...order.map(count));
          const elected = order.find((label) => count(label) === most) ?? null;
          assert.equal(found[i], elected);
          if (elected === null) {
            assert.equal(votes[i], 0);
          } else if (labels.every((set) => set.length)) {
            assert.equal(votes[i], Math.fround(most / voters.length));
          }
        });
        assert.equal(votes.constructor, Float32Array);
        const texts = labels.map((set) => set.map((label) => `class ${label}`));
        const named = triplet.classify(queries, references, texts, { k, threshold, exclude });
        // The numbers of texts are in another order, by which own labels of a voter go.
        if (labels.every((set) => set.length < 2)) {
          assert.deepEqual(named.labels, found.map((label) => (label === null ? null : `class ${label}`)));
        }
      },
    );
    fc.assert(property, SEED);
  });

  test(`classes come back as they were given, ${build}`, () => {
    const references = [[0], [1], [10], [11]];
    const queries = [[0.4], [10.4], [100]];
    const options = { k: 2, threshold: 5 };
    const texts = triplet.classify(queries, references, ["a", "a", "b", "a"], options);
    assert.deepEqual(texts, { labels: ["a", "b", null], votes: Float32Array.of(1, 0.5, 0) });
    const integers = triplet.classify(queries, references, [-7, -7, 0, 0], options);
    assert.deepEqual(integers.labels, [-7, 0, null]);
    const memory = triplet.memory({ capacity: 4 });
    memory.push(references, ["a", "a", "b", "a"]);
    assert.deepEqual(triplet.classify(queries, memory, undefined, options), texts);
    assert.deepEqual(triplet.classify([[0]], [[0], [1]], ["own", "other"], { referenceSelf: [0] }).labels, ["other"]);
    assert.deepEqual(triplet.classify([[0], [1]], triplet.matrix(0, 1), []).labels, [null, null]);
    const query = { data: Float32Array.of(0), rows: 1, cols: 1 };
    assert.equal(triplet.classify(query, references, [1, 2, 3, 4]).votes[0], 0.25);
  });

  test(`a sampler's batches have their shape, ${build}`, () => {
    for (const sampler of ["balanced", "epoch"]) {
      const labels = Array.from({ length: 100 }, (_, i) => (i < 60 ? "abc"[i % 3] : `class ${i >> 2}`));
      const options = { labels, sampler, classesPerBatch: 4, rowsPerClass: 5, seed: 7 };
      const [one, other] = [triplet.sampler(options), triplet.sampler(options)];
      const all = new Set();
      for (let i = 0; i < 60; i++) {
        const batch = one.next();
        assert.deepEqual(other.next(), batch);
        assert(batch.length && batch.length <= one.batchRows && new Set(batch).size === batch.length);
        const drawn = Array.from(batch, (row) => labels[row]);
        assert(drawn.every((label) => drawn.filter((other) => other === label).length <= 5), sampler);
        batch.forEach((row) => all.add(row));
      }
      assert.equal(all.size, 100);
      assert(triplet.sampler({ ...options, seed: 8 }).next().join() !== triplet.sampler(options).next().join());
      one.free();
      assert.throws(() => one.next(), { name: "TypeError", argument: "sampler" });
      assert.equal(other.next().length > 0, true);
    }
    const sets = triplet.sampler({ labels: [["a", "b"], [], "a", "b"], rowsPerClass: 2 });
    assert.deepEqual([...sets.next()].sort(), [0, 2, 3]);
    assert.equal(triplet.sampler({ labels: [1, 2, 3] }).batchRows, 0);
    assert.deepEqual(triplet.sampler({ labels: [1, 2, 3] }).next(), new Int32Array(0));
  });

  test(`a sampler gives a trainer's batches, ${build}`, () => {
    const { x, labels } = triplet.synthetic("blobs", 90, 1, 1);
    for (const sampler of ["balanced", "epoch"]) {
      const shape = { sampler, classesPerBatch: 3, rowsPerClass: 4, seed: 5 };
      const trainer = triplet.trainer({ data: x, labels, layers: [2], ...shape });
      const batches = triplet.sampler({ labels, ...shape });
      for (let i = 0; i < 20; i++) {
        trainer.step();
        assert.deepEqual(trainer.lastBatch, batches.next());
      }
    }
  });

  const rows = [[0], [1]];
  const nearest = (exclude) => () => triplet.nearest(rows, rows, { k: 1, exclude });
  for (const [index, [body, name, message]] of [
    [nearest(3), "TypeError", "exclude: expected an array of arrays of integers, got number 3"],
    [nearest([0, 1]), "TypeError", "exclude[0]: expected an array of integers, got number 0"],
    [nearest([[]]), "RangeError", /^nearest: exclude: expected /],
    [nearest([[], [2]]), "RangeError", /^nearest: exclude: expected /],
    [nearest([[], [-1]]), "RangeError", /^nearest: exclude: expected /],
    [nearest([[], [0.5]]), "RangeError", "exclude[1][0]: expected an int32, got number 0.5"],
    [nearest([[], ["0"]]), "TypeError", 'exclude[1][0]: expected an int32, got string "0"'],
    [() => triplet.classify(rows, rows), "TypeError", /^classify: referenceLabels: expected an array of labels/],
    [() => triplet.classify(rows), "TypeError", /^classify: references: expected a matrix/],
    [() => triplet.classify(rows, rows, [1]), "RangeError", /^classify: referenceLabels: /],
    [() => triplet.classify(rows, [[1, 2]], [1]), "RangeError", /^classify: references: /],
    [() => triplet.classify(rows, rows, { relations: [[1, 1], [1, 1]] }), "RangeError", /^classify: referenceLabels: /],
    [() => triplet.classify(rows, rows, [0, 1], { k: 0 }), "RangeError", /^classify: k: expected an integer in 1 /],
    [() => triplet.classify(rows, rows, [0, 1], { threshold: "1" }), "TypeError", /^classify: threshold: /],
    [() => triplet.classify(rows, rows, [0, 1], { referenceSelf: [2, 0] }), "RangeError", /: referenceSelf\[0\]/],
    [() => triplet.classify(rows, rows, [0, 1], { exclude: [[]] }), "RangeError", /^classify: exclude: /],
    [() => triplet.classify(rows, triplet.memory({ capacity: 1 }), [0]), "TypeError", /referenceLabels: expected none/],
    [() => triplet.sampler(), "TypeError", /^sampler: labels: expected an array of labels/],
    [() => triplet.sampler({ labels: [0, 0], rowsPerClass: 1 }), "RangeError", /^sampler: rowsPerClass: /],
    [() => triplet.sampler({ labels: [0, 0], sampler: "both" }), "RangeError", /: expected one of balanced\|epoch, /],
    [() => triplet.sampler({ labels: [0, 0], seed: -1 }), "RangeError", /^sampler: seed: /],
    [() => triplet.sampler({ labels: { relations: [[1]] } }), "RangeError", /^sampler: labels: /],
    [() => triplet.sampler({ labels: [0, 0], steps: 3 }), "TypeError", /unknown option "steps"; known are labels, /],
  ].entries()) {
    test(`misuse ${index}: ${body.toString().slice(6, 80)}, ${build}`, () => {
      const text = message instanceof RegExp ? message : { test: (given) => given.endsWith(`: ${message}`) };
      assert.throws(body, (error) => error.name === name && text.test(error.message));
      assert.equal(triplet.distances([[0]], [[2]]).data[0], 2);
    });
  }
}

test("the worker answers as the page does", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const { x, labels } = here.synthetic("moons", 60, 1, 1);
    const names = Array.from(labels, (label) => `class ${label}`);
    const options = { k: 3, exclude: Array.from(labels, (_, i) => [i]), threshold: 0.1 };
    assert.deepEqual(await there.classify(x, x, names, options), here.classify(x, x, names, options));
    const { exclude } = options;
    const found = await there.nearest(x, x, { k: 3, exclude });
    assert.deepEqual(plain(found), plain(here.nearest(x, x, { k: 3, exclude })));
    const memory = await there.memory({ capacity: 60 });
    await memory.push(x, names);
    assert.deepEqual(await there.classify(x, memory, undefined, options), here.classify(x, x, names, options));
    const [sampler, other] = [await there.sampler({ labels: names }), here.sampler({ labels: names })];
    assert.equal(sampler.batchRows, other.batchRows);
    assert.deepEqual(await sampler.next(), other.next());
    await sampler.free();
    await assert.rejects(sampler.next(), TypeError);
  } finally {
    there.terminate();
  }
});
