// The rules at kinks, and what comes back: numbers by hand.
import { assert, builds, loadTriplet, plain, test } from "./harness.mjs";

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`the first example, ${build}`, () => {
    const { loss, active, gradients } = triplet.marginLoss([[0, 0], [1, 0]], [[0, 1], [1, 1]], [[1, 0], [5, 5]], {
      convention: "exact",
    });
    assert.equal(loss, 0.5);
    assert.equal(active, 1);
    assert.deepEqual(plain(gradients.anchors), { data: Float32Array.of(0.5, -0.5, 0, 0), rows: 2, cols: 2 });
    assert.deepEqual(gradients.positives.data, Float32Array.of(0, 0.5, 0, 0));
    assert.deepEqual(gradients.negatives.data, Float32Array.of(-0.5, 0, 0, 0));
  });

  // d(a, p) = 1, d(a, n) = 2, margin 1: a hinge at exactly 0.
  test(`a hinge at 0 is active, half or not, ${build}`, () => {
    const shares = { torch: [1, 1], optax: [1, 0.5], exact: [0, 0] };
    for (const [convention, [active, share]] of Object.entries(shares)) {
      const eps = convention === "exact" ? undefined : 0;
      const r = triplet.marginLoss([[0]], [[1]], [[2]], { convention, eps });
      assert.equal(r.loss, 0, convention);
      assert.equal(r.active, active, convention);
      assert.equal(r.gradients.positives.data[0], share, convention);
    }
  });

  test(`a swap tie halves the gradient, ${build}`, () => {
    const options = { convention: "exact", swap: true, margin: 5 };
    const { gradients } = triplet.marginLoss([[0, 1]], [[0, -1]], [[2, 0]], options);
    const [x, y] = [1 / Math.sqrt(5), 0.5 / Math.sqrt(5)];
    assert(Math.abs(gradients.negatives.data[0] + 2 * x) < 1e-6);
    assert(Math.abs(gradients.anchors.data[1] - (1 - y)) < 1e-6);
  });

  test(`equal points have a gradient of 0 under exact, ${build}`, () => {
    const { gradients } = triplet.marginLoss([[3]], [[3]], [[3]], { convention: "exact" });
    assert.deepEqual([...gradients.anchors.data, ...gradients.negatives.data], [0, 0]);
  });

  test(`per triplet: weights, margins, gradOutput, none, ${build}`, () => {
    const r = triplet.marginLoss([[0], [0]], [[1], [2]], [[0], [0]], {
      convention: "exact",
      reduction: "none",
      weights: [1, 2],
      margins: Float32Array.of(1, 0),
      gradOutput: [1, 10],
    });
    assert.deepEqual(plain(r.loss), { data: Float32Array.of(2, 4), rows: 2, cols: 1 });
    assert.deepEqual(r.gradients.positives.data, Float32Array.of(1, 20));
  });

  test(`indexed triplets, ${build}`, () => {
    const table = [[0, 0], [0, 1], [1, 0]];
    const r = triplet.indexedLoss(table, { anchors: [0], positives: [1], negatives: [2] }, { convention: "exact" });
    assert.equal(r.loss, 1);
    assert.deepEqual(r.gradient.data, Float32Array.of(1, -1, 0, 1, -1, 0));
  });

  test(`references and memory, ${build}`, () => {
    const memory = triplet.memory({ capacity: 2 });
    assert.equal(memory.rows, 0);
    memory.push([[9, 9]], [7]);
    memory.push([[0, 1], [1, 0]], [0, 1]);
    assert.equal(memory.rows, 2);
    const byMemory = triplet.batchLoss([[0, 0]], [0], { references: memory });
    const byRows = triplet.batchLoss([[0, 0]], [0], { references: [[0, 1], [1, 0]], referenceLabels: [0, 1] });
    assert.equal(byMemory.stats.triplets, 1);
    assert.equal(byMemory.loss, byRows.loss);
    const { referenceGradient } = triplet.batchLoss([[0, 0]], [0], { references: memory, referenceGradient: true });
    assert.equal(referenceGradient.rows, 2);
    memory.free();
    assert.throws(() => memory.rows, TypeError);
  });

  test(`distances, nearest, evaluate, ${build}`, () => {
    const points = [[0, 0], [3, 4], [0, 1]];
    assert.deepEqual(triplet.distances(points, [[0, 0]]).data, Float32Array.of(0, 5, 1));
    assert.deepEqual(triplet.distances(points, [[0, 0]], { p: 1 }).data, Float32Array.of(0, 7, 1));
    const { indices, distances } = triplet.nearest(points, points, { k: 2, referenceSelf: [0, 1, 2] });
    assert.deepEqual(plain(indices), { data: Int32Array.of(2, 1, 2, 0, 0, 1), rows: 3, cols: 2 });
    assert.equal(distances.data[0], 1);
    const r = triplet.evaluate(points, [0, 1, 0], { k: [1, 2] });
    assert.deepEqual([r.queries, r.skipped, r.precisionAt1, r.mapAtR], [2, 1, 1, 1]);
    assert.deepEqual(r.recallAt, { 1: 1, 2: 1 });
  });

  test(`data, ${build}`, () => {
    const { mean, deviation } = triplet.standardization([[1, 5], [3, 5]]);
    assert.deepEqual([...mean.data, ...deviation.data], [2, 5, 1, 1]);
    assert.deepEqual(triplet.standardize([[1, 5], [3, 5]], { mean, deviation }).data, Float32Array.of(-1, 0, 1, 0));
    const { training, heldOut } = triplet.split([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 0.2, 1);
    assert.deepEqual([training.length, heldOut.length], [8, 2]);
    const { x, labels } = triplet.synthetic("swiss_roll", 10, 1, 1);
    assert.deepEqual([x.rows, x.cols, labels.length], [10, 3, 10]);
  });

  test(`an encoder and an optimiser learn a line, ${build}`, () => {
    const encoder = triplet.encoder({ inputs: 1, layers: [1], seed: 1 });
    const optimizer = triplet.optimizer({ name: "sgd", learningRate: 0.1 });
    for (let step = 0; step < 400; step++) {
      const { data } = encoder.forward([[1], [2]]);
      const { parameters } = encoder.backward([[data[0] - 5], [data[1] - 7]]);
      optimizer.update(encoder.parameters, parameters);
    }
    const [weight, bias] = encoder.parameters.data;
    assert(Math.abs(weight - 2) < 0.05 && Math.abs(bias - 3) < 0.05, `${weight} ${bias}`);
    assert.equal(optimizer.steps, 400);
    optimizer.set("learningRate", 0.5);
    assert.equal(optimizer.get("learningRate"), 0.5);
    assert.throws(() => optimizer.set("learningRate", -1), { name: "RangeError", argument: "learningRate" });
    encoder.free();
    optimizer.free();
    assert.throws(() => encoder.forward([[1]]), TypeError);
  });
}
