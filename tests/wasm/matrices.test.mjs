// Matrices: arithmetic in place, rows that are shown by another matrix, and the bytes of files.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, test } from "./harness.mjs";
import { expected, hashOf, sourceOf } from "./native.mjs";

const SEED = { seed: 1, numRuns: 200 };
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 });
const shape = fc.record({ rows: fc.integer({ min: 0, max: 9 }), cols: fc.integer({ min: 0, max: 7 }) });
const matrices = (count) =>
  shape.chain(({ rows, cols }) => {
    const list = fc.array(float, { minLength: rows * cols, maxLength: rows * cols });
    const data = list.map((numbers) => Float32Array.from(numbers));
    return fc.tuple(...Array.from({ length: count }, () => data.map((data) => ({ data, rows, cols }))));
  });

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`arithmetic is that of each number, rounded to float32, ${build}`, () => {
    const properties = fc.property(matrices(2), number, ([x, y], factor) => {
      const m = triplet.matrix(x);
      const check = (expected) => assert.deepEqual(m.data, Float32Array.from(x.data, expected));
      assert.equal(m.scale(factor), m);
      check((value) => factor * value);
      assert.equal(m.copy(x), m);
      check((value) => value);
      assert.equal(m.add(y, factor), m);
      check((value, i) => value + Math.fround(factor * y.data[i]));
      m.copy(x).add(triplet.matrix(y));
      check((value, i) => value + y.data[i]);
      m.copy(triplet.matrix(x)).add(m);
      check((value) => value + value);
      const other = m.copy();
      assert.equal(m.fill(factor), m);
      check(() => factor);
      assert.deepEqual(other.data, Float32Array.from(x.data, (value) => value + value));
      [m, other].forEach((one) => one.free());
    });
    fc.assert(properties, SEED);
  });

  test(`arithmetic has the bits of native C, ${build}`, () => {
    const draw = sourceOf(71);
    const [x, y] = [draw(37, 11, 3), triplet.matrix(draw(37, 11, 1e-3))];
    const scaled = y.add(x, 0.1).scale(1 / 3).data.slice();
    assert.equal(hashOf(scaled, y.random(9).data), expected.get("matrices/arithmetic"));
  });

  test(`what is drawn is normally distributed, by its seed alone, ${build}`, () => {
    const [one, other] = [triplet.matrix(300, 100), triplet.matrix(100, 300)];
    assert.equal(one.random(7), one);
    assert.deepEqual(one.data, other.random(7).data);
    const numbers = [...one.data];
    const mean = (list) => list.reduce((sum, value) => sum + value) / list.length;
    const below = (limit) => mean(numbers.map((value) => (value < limit ? 1 : 0)));
    // 30,000 numbers: five deviations of what is measured.
    assert(Math.abs(mean(numbers)) < 0.03);
    assert(Math.abs(mean(numbers.map((value) => value * value)) - 1) < 0.05);
    assert(Math.abs(below(-1) - 0.15866) < 0.011);
    assert(Math.abs(below(2) - 0.97725) < 0.005);
    assert(other.random(2 ** 53 - 1).data[0] !== one.data[0]);
  });

  test(`a subarray shows rows, and is a matrix like any other, ${build}`, () => {
    const m = triplet.matrix([[0, 1], [2, 3], [4, 5], [6, 7]]);
    const view = m.subarray(1, 3);
    assert.deepEqual([view.rows, view.cols, view.toArray()], [2, 2, [[2, 3], [4, 5]]]);
    view.fill(9);
    assert.deepEqual(m.toArray(), [[0, 1], [9, 9], [9, 9], [6, 7]]);
    m.data[3] = 8;
    assert.deepEqual(view.subarray(0, 1).toArray(), [[9, 8]]);
    assert.deepEqual(m.subarray(2).toArray(), [[9, 9], [6, 7]]);
    assert.deepEqual([m.subarray(4).rows, m.subarray(2, 2).cols], [0, 2]);
    assert.deepEqual(triplet.distances(view, m.subarray(3)).data, triplet.distances([[9, 8], [9, 9]], [[6, 7]]).data);

    const into = triplet.matrix(5, 4);
    const out = into.subarray(1, 3);
    assert.equal(triplet.distances(view, m, { out }), out);
    assert.deepEqual(into.toArray().slice(1, 3), triplet.matrix(triplet.distances(view, m)).toArray());
    assert.deepEqual([into.toArray()[0], into.toArray()[3]], [[0, 0, 0, 0], [0, 0, 0, 0]]);
    const optimizer = triplet.optimizer({ name: "sgd", learningRate: 1 });
    optimizer.update(m.subarray(0, 1), [[1, 2]]);
    assert.deepEqual(m.toArray()[0], [-1, -1]);
  });

  test(`outputs share no numbers with what is read, ${build}`, () => {
    const m = triplet.matrix(6, 2);
    const refused = { name: "RangeError", expected: "memory of its own" };
    const [x, y] = [triplet.matrix(2, 2), m.subarray(2, 4)];
    for (const out of [m.subarray(1, 3), m.subarray(2, 4), m.subarray(0, 5).subarray(3, 5)]) {
      assert.throws(() => triplet.distances(x, y, { out }), { ...refused, argument: "out", got: "that of y" });
    }
    assert.equal(triplet.distances(x, y, { out: m.subarray(4) }).rows, 2);
    const halves = [m.subarray(0, 3), m.subarray(3)];
    assert.equal(halves[0].copy(halves[1]), halves[0]);
    assert.throws(() => m.subarray(0, 4).copy(m.subarray(2)), { ...refused, argument: "x" });
    assert.throws(() => m.copy(m), { ...refused, argument: "x" });
    assert.throws(() => m.subarray(0, 4).add(m.subarray(2)), { ...refused, argument: "x" });
    const gradients = { anchors: m.subarray(0, 2), positives: m.subarray(2, 4), negatives: m.subarray(4) };
    const rows = [[0, 0], [1, 1]];
    triplet.marginLoss(rows, rows, [[5, 5], [1, 2]], { out: { gradients } });
    const overlapping = { ...gradients, negatives: m.subarray(3, 5) };
    assert.throws(() => triplet.marginLoss(rows, rows, rows, { out: { gradients: overlapping } }), {
      ...refused,
      argument: "out.gradients.negatives",
      got: "that of out.gradients.positives",
    });
    // None of it has numbers.
    m.subarray(2, 2).copy(m.subarray(1, 1));
  });

  test(`a subarray lives as long as what it shows, and no longer, ${build}`, () => {
    const m = triplet.matrix([[1], [2], [3]]);
    const [view, other] = [m.subarray(1), m.subarray(1)];
    const inner = view.subarray(1);
    view.free();
    view.free();
    assert.throws(() => view.data, { name: "TypeError", message: "matrix.data: this object has been freed" });
    assert.deepEqual([inner.toArray(), other.toArray(), m.toArray()], [[[3]], [[2], [3]], [[1], [2], [3]]]);
    m.free();
    const later = triplet.matrix(3, 1);
    for (const freed of [inner, other]) {
      assert.throws(() => freed.data, TypeError);
      assert.throws(() => freed.fill(5), { name: "TypeError", argument: "matrix" });
      assert.throws(() => freed.subarray(0), { name: "TypeError", argument: "matrix" });
      assert.throws(() => freed.copy(), TypeError);
      assert.throws(() => triplet.distances([[0]], freed), { name: "TypeError", argument: "y" });
      freed.free();
    }
    assert.deepEqual(later.toArray(), [[0], [0], [0]]);
    if (Symbol.dispose) {
      const shown = later.subarray(0, 1);
      shown[Symbol.dispose]();
      assert.throws(() => shown.data, TypeError);
      assert.equal(later.fill(1).data[0], 1);
    }
  });

  test(`a subarray of memory that grows shows the same rows, ${build}`, async () => {
    const fresh = await loadTriplet({ wasm });
    const view = fresh.matrix([[1, 2], [3, 4]]).subarray(1);
    const before = view.data;
    fresh.matrix(1024, 1024);
    assert.equal(before.length, 0);
    assert.deepEqual(view.toArray(), [[3, 4]]);
  });

  test(`memory of subarrays is used again, ${build}`, async () => {
    const fresh = await loadTriplet({ wasm });
    const m = fresh.matrix(1, 1);
    for (let i = 0; i < 1e6; i++) {
      m.subarray(0).free(); // 12 MB of what each is
    }
    assert(m.data.buffer.byteLength < 2 ** 21, String(m.data.buffer.byteLength));
  });

  const m = triplet.matrix([[1, 2], [3, 4]]);
  for (const [index, [body, name, message]] of [
    [() => m.subarray(), "TypeError", "first: expected an integer, got undefined"],
    [() => m.subarray(-1), "RangeError", "first: expected an integer in 0 .. 2, got number -1"],
    [() => m.subarray(0, 3), "RangeError", "last: expected an integer in 0 .. 2, got number 3"],
    [() => m.subarray(2, 1), "RangeError", "last: expected an integer in 2 .. 2, got number 1"],
    [() => m.subarray(0.5, 1), "RangeError", /first/],
    [() => m.fill("1"), "TypeError", 'value: expected a number, got string "1"'],
    [() => m.fill(), "TypeError", "value: expected a number, got undefined"],
    [() => m.scale(NaN), "RangeError", "factor: expected a finite number, got nan"],
    [() => m.scale(null), "TypeError", "factor: expected a number, got null"],
    [() => m.add([[1, 2]]), "RangeError", "x: expected 2 x 2 like the matrix, got 1 x 2"],
    [() => m.add([[1], [2]]), "RangeError", "x: expected 2 x 2 like the matrix, got 2 x 1"],
    [() => m.add([[1, 2], [3, 4]], Infinity), "RangeError", "factor: expected a finite number, got inf"],
    [() => m.add(m, "2"), "TypeError", /factor/],
    [() => m.add(), "TypeError", /^matrix.add: x: expected a matrix, /],
    [() => m.copy(null), "TypeError", /^matrix.copy: x: expected a matrix, .* got null$/],
    [() => m.copy([[1]]), "RangeError", "x: expected 2 x 2 like the matrix, got 1 x 1"],
    [() => m.random(), "TypeError", "seed: expected an integer, got undefined"],
    [() => m.random(-1), "RangeError", /seed/],
    [() => m.random(2 ** 53), "RangeError", /seed/],
  ].entries()) {
    test(`misuse ${index}: ${body.toString().slice(6, 70)}, ${build}`, () => {
      const text = message instanceof RegExp ? message : { test: (given) => given.endsWith(`: ${message}`) };
      assert.throws(body, (error) => error.name === name && text.test(error.message));
      assert.deepEqual(m.toArray(), [[1, 2], [3, 4]]);
    });
  }
}

test("a worker's matrices have the same methods", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const m = await there.matrix([[1, 2], [3, 4], [5, 6]]);
    const view = await m.subarray(1, 3);
    assert.deepEqual([view.rows, view.cols], [2, 2]);
    assert.equal(await view.scale(2), view);
    assert.equal(await view.add([[1, 1], [1, 1]], 0.5), view);
    assert.deepEqual(await m.toArray(), [[1, 2], [6.5, 8.5], [10.5, 12.5]]);
    const copy = await view.copy();
    await (await view.fill(0)).random(3);
    assert.deepEqual(await view.toArray(), here.matrix(2, 2).random(3).toArray());
    assert.deepEqual(await copy.toArray(), [[6.5, 8.5], [10.5, 12.5]]);
    assert.equal(await view.copy(copy), view);
    await m.free();
    await assert.rejects(view.toArray(), { name: "TypeError", message: /has been freed/ });
  } finally {
    there.terminate();
  }
});
