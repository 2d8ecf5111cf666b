// Matrices in the memory of the instance: growth, freeing, views, outputs, shortage.
import { assert, builds, loadTriplet, OutOfMemoryError, test } from "./harness.mjs";

for (const [build, wasm] of Object.entries(builds)) {
  test(`growth detaches old views and keeps the numbers, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const m = triplet.matrix(2, 2, [1, 2, 3, 4]);
    const before = m.data;
    const large = triplet.matrix(1024, 1024);
    assert.equal(before.length, 0);
    assert.deepEqual(m.toArray(), [[1, 2], [3, 4]]);
    assert.equal(large.data.length, 1024 * 1024);
    assert(large.data.every((value) => value === 0));
  });

  test(`a view of the memory may be an argument, even when the call makes it grow, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const m = triplet.matrix(700, 1000);
    m.data.fill(2);
    const view = { data: m.data, rows: 700, cols: 1000 };
    assert.equal(triplet.distances(view, [new Array(1000).fill(1)], { p: 1 }).data[699], 1000);
  });

  test(`free twice, and dispose, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const m = triplet.matrix([[1, 2], [3, 4]]);
    m.free();
    m.free();
    assert.throws(() => m.data, TypeError);
    assert.throws(() => triplet.distances(m, m), { name: "TypeError", argument: "x" });
    if (Symbol.dispose) {
      const other = triplet.matrix(1, 1);
      other[Symbol.dispose]();
      assert.throws(() => other.data, TypeError);
    }
  });

  test(`freeing one matrix leaves the views of others as they are, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const kept = triplet.matrix(1, 2, [1, 2]);
    const { data } = kept;
    const other = triplet.matrix(1, 2, [3, 4]);
    assert.deepEqual([...other.data], [3, 4]);
    other.free();
    data[0] = 9;
    assert.deepEqual([...kept.data], [9, 2]);
  });

  test(`what is freed while a call reads its arguments is missed before it runs, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const rows = [[0, 0], [1, 0], [0, 2], [3, 1]];
    const labels = [0, 0, 1, 1];
    const once = (of, names) => (value) => {
      let freed = false;
      const free = () => {
        freed ||= (of.free(), true);
      };
      return new Proxy(value, {
        get(target, name) {
          if (names.includes(name)) {
            free();
          }
          return target[name];
        },
      });
    };
    const data = () => ({ data: Float32Array.from(rows.flat()), rows: 4, cols: 2 });
    const trainers = [
      (t, traitor) => t.embed(traitor(data())),
      (t, traitor) => t.evaluate(traitor(data()), labels),
      (t, traitor) => t.evaluate(undefined, undefined, traitor({ k: [1] })),
      (t, traitor) => t.evaluate(undefined, undefined, { references: traitor(data()), referenceLabels: labels }),
      (t, traitor) => t.attach(traitor(data()), labels),
      (t, traitor) => t.step(traitor({ stats: {} })),
      (t, traitor) => t.set("optimizer", traitor({ b1: 0.5 })),
    ];
    for (const layers of [[2], []]) {
      for (const [i, call] of trainers.entries()) {
        const trainer = triplet.trainer({ data: rows, labels, layers });
        const traitor = once(trainer, ["data", "k", "stats", "b1"]);
        assert.throws(() => call(trainer, traitor), { name: "TypeError" }, `${layers} ${i}`);
        assert.throws(() => trainer.dim, { name: "TypeError", message: "trainer.dim: this object has been freed" });
      }
    }
    const encoder = triplet.encoder({ inputs: 2, layers: [2], seed: 1 });
    encoder.forward(rows);
    assert.throws(() => encoder.backward(once(encoder, ["rows"])(data())), TypeError);
    assert.throws(() => encoder.forward(rows), TypeError);
    const memory = triplet.memory({ capacity: 4 });
    memory.push(rows, labels);
    assert.throws(() => memory.push(once(memory, ["rows"])(data()), labels), TypeError);
    assert.throws(() => triplet.nearest(rows, memory, { k: 1 }), TypeError);
    const parameters = triplet.matrix(rows);
    const optimizer = triplet.optimizer();
    optimizer.update(parameters, rows);
    assert.throws(() => optimizer.update(parameters, once(optimizer, ["rows"])(data())), TypeError);
    assert.throws(() => triplet.optimizer().update(parameters, once(parameters, ["rows"])(data())), TypeError);
    const [x, out, references] = [1, 2, 3].map(() => triplet.matrix(rows));
    const more = [
      [x, (traitor) => triplet.distances(x, traitor(data()))],
      [out, (traitor) => triplet.batchLoss(traitor(data()), labels, { out: { gradient: out } })],
      [references, (traitor) => triplet.evaluate(traitor(data()), labels, { references, referenceLabels: labels })],
    ];
    for (const [freed, call] of more) {
      assert.throws(() => call(once(freed, ["rows"])), TypeError);
    }
    const run = triplet.trainer({ data: rows, labels, layers: [2] });
    assert.equal(run.run(() => (run.free(), false)).step, 1);
    assert.throws(() => run.run(), TypeError);
    assert.equal(triplet.distances([[0]], [[2]]).data[0], 2);
  });

  test(`memory is used again, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    for (let i = 0; i < 200; i++) {
      triplet.matrix(1024, 8192).free(); // 32 MB: 6.4 GB in all
    }
    for (let i = 0; i < 20; i++) {
      triplet.distances(triplet.matrix(1, 8), { data: new Float32Array(8e6), rows: 1e6, cols: 8 });
    }
  });

  test(`results are copies; out is written in place, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const [a, p, n] = [[[0, 0]], [[0, 1]], [[1, 0]]].map((rows) => triplet.matrix(rows));
    const names = ["anchors", "positives", "negatives"];
    const out = { gradients: Object.fromEntries(names.map((name) => [name, triplet.matrix(1, 2)])) };
    const { anchors } = out.gradients;
    const r = triplet.marginLoss(a, p, n, { convention: "exact", out });
    assert.equal(r, out);
    assert.equal(r.gradients.anchors, anchors);
    assert.deepEqual(anchors.toArray(), [[1, -1]]);
    const copies = triplet.marginLoss(a, p, n);
    const { data } = copies.gradients.anchors;
    assert.equal(triplet.marginLoss(a, p, n, { out: copies }).gradients.anchors.data, data);
    assert.throws(() => triplet.marginLoss(a, p, n, { out: { gradients: { anchors: a } } }), {
      name: "RangeError",
      message: "marginLoss: out.gradients.anchors: expected memory of its own, got that of anchors",
    });
    assert.throws(() => triplet.marginLoss(a, p, n, { out: { gradients: { anchors: triplet.matrix(2, 2) } } }), {
      name: "RangeError",
      argument: "out.gradients.anchors",
    });
  });

  test(`numbers of a matrix in memory that grows are all read, ${build}`, async () => {
    for (let count = 30000; count < 60000; count += 1000) {
      const triplet = await loadTriplet({ wasm });
      const weights = triplet.matrix(count, 1);
      weights.data.fill(1);
      const x = { data: new Float32Array(count), rows: count, cols: 1 };
      assert.equal(triplet.marginLoss(x, x, x, { convention: "exact", weights }).loss, 1);
    }
  });

  test(`a failed push or forward leaves things as they were, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const memory = triplet.memory({ capacity: 4 });
    assert.throws(() => memory.push([[1, 2]], [0, 1]), RangeError);
    memory.push([[1, 2, 3]], [0]);
    assert.equal(memory.rows, 1);
    const encoder = triplet.encoder({ inputs: 1, layers: [400, 2], seed: 1 });
    encoder.forward([[1]]);
    const wanted = encoder.backward([[1, 2]]);
    assert.throws(() => encoder.forward([[1, 2]]), RangeError);
    const rows = { data: new Float32Array(2e6), rows: 2e6, cols: 1 }; // 3.2 GB of activations
    assert.throws(() => encoder.forward(rows), OutOfMemoryError);
    assert.deepEqual(encoder.backward([[1, 2]]), wanted);
    assert.throws(() => (encoder.parameters = triplet.matrix(1, 1)), TypeError);
  });

  test(`what is freed before its first use stays freed, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const memory = triplet.memory({ capacity: 4 });
    memory.free();
    assert.throws(() => memory.push([[1]], [0]), TypeError);
    const optimizer = triplet.optimizer();
    optimizer.free();
    assert.throws(() => optimizer.update(triplet.matrix(1, 1), [[1]]), TypeError);
  });

  test(`out of memory is an error of its own, and the instance goes on, ${build}`, async () => {
    const triplet = await loadTriplet({ wasm });
    const held = [];
    assert.throws(() => {
      for (;;) {
        held.push(triplet.matrix(8192, 8192)); // 256 MB
      }
    }, OutOfMemoryError);
    assert.throws(() => triplet.matrix(2 ** 31 - 1, 2 ** 31 - 1), OutOfMemoryError);
    assert.throws(() => triplet.matrix(2 ** 20, 2 ** 10), OutOfMemoryError);
    assert.equal(triplet.distances([[0]], [[2]]).data[0], 2);
    held.forEach((matrix) => matrix.free());
    triplet.matrix(8192, 8192).free();
  });

  test(`a matrix of another instance is copied, ${build}`, async () => {
    const [one, other] = [await loadTriplet({ wasm }), await loadTriplet({ wasm })];
    assert.equal(one.distances(other.matrix([[1]]), [[4]]).data[0], 3);
  });
}
