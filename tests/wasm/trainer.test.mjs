// The trainer: the bits of native C, reports, callbacks, bytes.
import { assert, builds, loadTriplet, test } from "./harness.mjs";
import { expected, hashOf } from "./native.mjs";

// An instance, and its WebAssembly's exports, whose `block` takes memory without touching it.
async function loadWithExports(wasm) {
  const { instantiate } = WebAssembly;
  let instance;
  WebAssembly.instantiate = async (...values) => (instance = await instantiate(...values));
  try {
    return [await loadTriplet({ wasm }), instance.exports];
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

const MININGS = ["all", "hard", "semihard", "easy_positive", "distance_weighted", "random"];

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });
  const small = () => {
    const { x, labels } = triplet.synthetic("moons", 60, 1, 1);
    return { data: x, labels, layers: [8, 2], steps: 20, seed: 3 };
  };

  test(`training has the bits of native C, ${build}`, () => {
    const { x, labels } = triplet.synthetic("swiss_roll", 120, 1, 1);
    for (const [i, mining] of MININGS.entries()) {
      const trainer = triplet.trainer({
        data: x,
        labels,
        mining,
        layers: [16, 2],
        sampler: i & 2 ? "epoch" : "balanced",
        classesPerBatch: 4,
        rowsPerClass: 4,
        activation: i & 1 ? "tanh" : "relu",
        schedule: "cosine",
        validation: 0.2,
        steps: mining === "semihard" ? 1000 : 100,
      });
      trainer.run();
      assert.equal(hashOf(trainer.parameters.data), expected.get(`trained-weights/${mining}`), mining);
      const { anchors, positives, negatives } = trainer.lastTriplets();
      const model = hashOf(trainer.embed(x).data, trainer.save(), anchors, positives, negatives);
      assert.equal(model, expected.get(`model/${mining}`), mining);
      trainer.free();
    }
  });

  test(`reports, and a callback that stops, ${build}`, () => {
    const trainer = triplet.trainer(small());
    const seen = [];
    const last = trainer.run((report) => {
      seen.push(report.step);
      return report.step < 7;
    });
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(last.step, 7);
    assert.equal(trainer.steps, 7);
    assert.equal(last.active, last.stats.active);
    assert.equal(last.validation, undefined);
    const report = trainer.step();
    assert.equal(trainer.step(report), report);
    assert.equal(report.step, 9);
    assert(trainer.lastBatch.every((row) => row >= 0 && row < 60));
  });

  test(`calls from the callback, even free, ${build}`, () => {
    const trainer = triplet.trainer(small());
    const other = triplet.trainer({ ...small(), steps: 100 });
    const wanted = triplet.trainer(small());
    wanted.run();
    trainer.run(() => {
      other.step();
      trainer.evaluate();
      trainer.save();
      triplet.marginLoss([[0]], [[1]], [[2]]);
    });
    assert.deepEqual(trainer.parameters, wanted.parameters);
    assert.throws(() => other.run(() => other.free()), { name: "TypeError", message: /has been freed/ });
    const third = triplet.trainer(small());
    assert.throws(
      () =>
        third.run(() => {
          throw new SyntaxError("mine");
        }),
      SyntaxError,
    );
    assert.equal(third.step().step, 2);
  });

  test(`the best weights come back at any time, ${build}`, () => {
    const trainer = triplet.trainer({ ...small(), validation: 0.3, evaluateEvery: 20, steps: 20 });
    trainer.run();
    const best = trainer.parameters.data.slice();
    trainer.step();
    assert(trainer.parameters.data.some((parameter, i) => parameter !== best[i]));
    trainer.restoreBest();
    assert.deepEqual(trainer.parameters.data, best);
  });

  // As in C and Lua: the weights that a cancelled run goes on from are its own, not the best ones.
  test(`a run that the callback stops goes on as if it had not, ${build}`, () => {
    const options = { ...small(), validation: 0.3, evaluateEvery: 1, steps: 60, optimizer: { learningRate: 0.5 } };
    const [whole, halted, byStep] = [1, 2, 3].map(() => triplet.trainer(options));
    whole.run();
    halted.run(({ step }) => step < 30);
    for (let i = 0; i < 30; i++) {
      byStep.step();
    }
    assert.deepEqual(halted.save(), byStep.save());
    halted.run();
    assert.deepEqual(halted.save(), whole.save());
    assert.deepEqual([halted.stopped, byStep.stopped], [true, false]);
    assert.equal(halted.run().step, 60);
    assert.equal(halted.steps, 60);
    assert.deepEqual(halted.save(), whole.save());
    const none = triplet.trainer({ ...options, steps: 0 }).run(() => assert(false));
    assert.deepEqual([none.step, none.stopped, none.loss, none.stats.meanPositiveDistance], [0, true, NaN, null]);
  });

  test(`evaluation has the trainer's distance, whatever the reading of its options calls, ${build}`, () => {
    const { data, labels } = small();
    const trainer = triplet.trainer({ ...small(), distance: "cosine" });
    const options = {
      get k() {
        triplet.distances([[0]], [[1]], { p: 1 });
        return [1];
      },
    };
    assert.deepEqual(trainer.evaluate(data, labels, options), trainer.evaluate(data, labels, { k: [1] }));
    assert.deepEqual(trainer.get("layers"), [8, 2]);
    assert.deepEqual(triplet.load(trainer.save()).get("layers"), [8, 2]);
  });

  test(`bytes resume to the bit, ${build}`, () => {
    const options = { ...small(), columns: ["x", "y"], classes: ["in", "ü"] };
    const whole = triplet.trainer(options);
    const half = triplet.trainer(options);
    for (let i = 0; i < 10; i++) {
      whole.step();
      half.step();
    }
    const loaded = triplet.load(half.save());
    assert.deepEqual(loaded.embed(options.data), half.embed());
    assert.throws(() => loaded.step(), RangeError);
    assert.throws(() => loaded.embed(), TypeError);
    loaded.attach(options.data, options.labels);
    for (let i = 0; i < 10; i++) {
      whole.step();
      loaded.step();
    }
    assert.deepEqual(loaded.save(), whole.save());
    assert.deepEqual([loaded.columns, loaded.classes], [options.columns, options.classes]);
    assert.deepEqual([loaded.dim, loaded.inputs, loaded.steps], [2, 2, 20]);
    const bytes = loaded.save();
    for (const size of [0, 7, 8, 100, bytes.length - 1]) {
      assert.throws(() => triplet.load(bytes.slice(0, size)), RangeError);
    }
  });

  test(`options change while it lives, ${build}`, () => {
    const trainer = triplet.trainer(small());
    trainer.set("margin", 0.7);
    trainer.set("mining", "hard");
    trainer.set("optimizer", { learningRate: 0.5 });
    assert.deepEqual([trainer.get("margin"), trainer.get("mining")], [0.7, "hard"]);
    assert.equal(trainer.get("optimizer").learningRate, 0.5);
    assert.equal(trainer.step().learningRate, 0.5);
    assert.throws(() => trainer.set("data", []), { name: "TypeError", argument: "key" });
    assert.throws(() => trainer.set("seed", 9), RangeError);
    assert.throws(() => trainer.set("margins", 1), { name: "TypeError", message: /unknown option/ });
  });

  test(`a free table, ${build}`, () => {
    const { data, labels } = small();
    const trainer = triplet.trainer({ data, labels, layers: [], dim: 3, steps: 5 });
    trainer.run();
    const table = trainer.embed();
    assert.deepEqual([table.rows, table.cols], [60, 3]);
    assert.deepEqual(table.data, trainer.parameters.data);
    assert(trainer.evaluate().queries === 60);
  });

  // Once every byte is taken that there is to take, whatever asks for memory fails, or has the core give back what it
  // keeps, which can then be taken.
  test(`steps and losses allocate nothing, ${build}`, async () => {
    const { data, labels } = small();
    const indices = { anchors: [0, 1], positives: [2, 3], negatives: [4, 5] };
    const trains = (options) => (of) => {
      const trainer = of.trainer({ ...small(), ...options, steps: 1e6 });
      const report = trainer.step();
      return () => trainer.step(report);
    };
    const loses = (name, options, ...values) => (of) => {
      const [anchors, positives, negatives, gradient] = [1, 2, 3, 4].map(() => of.matrix(60, 2));
      const out = { gradients: { anchors, positives, negatives }, gradient };
      return () => of[name](data, ...values, { ...options, out });
    };
    const loops = [
      ...MININGS.flatMap((mining) => [
        trains({ mining, validation: 0.2, evaluateEvery: 5 }),
        trains({ mining, layers: [] }),
        loses("batchLoss", { mining }, labels),
      ]),
      loses("marginLoss", {}, data, data),
      loses("indexedLoss", {}, indices),
    ];
    for (const [i, prepare] of loops.entries()) {
      const [of, { block }] = await loadWithExports(wasm);
      const run = prepare(of);
      const repeat = (count) => Array.from({ length: count }, run);
      repeat(10);
      for (let size = 2 ** 26; size >= 1; size /= 2) {
        while (block(1, size)) {
          // until no block of this size is left
        }
      }
      repeat(50);
      assert.equal(block(1, 1), 0, `loop ${i}`);
    }
  });
}
