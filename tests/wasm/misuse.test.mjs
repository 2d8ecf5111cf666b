// Misuse: a typed error that says what was expected and what came, nothing written, the instance usable afterwards.
import { assert, builds, loadTriplet, test } from "./harness.mjs";

const triplet = await loadTriplet({ wasm: builds.simd });
const rows = [[0, 0], [1, 0]];
const detached = new Float32Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const cases = [
  [(t) => t.marginLoss(rows, [[0]], rows), "RangeError", "positives: expected 2 x 2 like anchors, got 1 x 1"],
  [(t) => t.marginLoss(rows, rows), "TypeError", /^marginLoss: negatives: expected a matrix, .* got undefined$/],
  [(t) => t.marginLoss(null, rows, rows), "TypeError", /^marginLoss: anchors: expected a matrix, .* got null$/],
  [(t) => t.marginLoss([[0], [1, 2]], rows, rows), "RangeError", "anchors[1]: expected 1 numbers like row 0, got 2"],
  [(t) => t.marginLoss([[0, "1"]], rows, rows), "TypeError", 'anchors[0][1]: expected a number, got string "1"'],
  [(t) => t.marginLoss([3], rows, rows), "TypeError", "anchors[0]: expected an array of numbers, got number 3"],
  [
    (t) => t.marginLoss({ data: new Float32Array(3), rows: 2, cols: 2 }, rows, rows),
    "RangeError",
    "anchors.data: expected 2 x 2 numbers, got 3",
  ],
  [
    (t) => t.marginLoss({ data: detached, rows: 2, cols: 2 }, rows, rows),
    "RangeError",
    "anchors.data: expected 2 x 2 numbers, got 0",
  ],
  [
    (t) => t.marginLoss({ data: new Float64Array(3), rows: 2, cols: 2 }, rows, rows),
    "RangeError",
    "anchors.data: expected 2 x 2 numbers, got 3",
  ],
  [
    (t) => t.marginLoss({ data: new Float32Array(0), rows: 2 ** 31, cols: 0 }, rows, rows),
    "RangeError",
    "anchors.rows: expected an integer in 0 .. 2147483647, got number 2147483648",
  ],
  [(t) => t.marginLoss(rows, rows, [[NaN, 0], [0, 0]]), "RangeError", /not finite/],
  [(t) => t.marginLoss(rows, rows, rows, { margin: NaN }), "RangeError", "margin: expected a finite number, got nan"],
  [(t) => t.marginLoss(rows, rows, rows, { p: 0.5 }), "RangeError", "p: expected a number in [1, inf], got 0.5"],
  [(t) => t.marginLoss(rows, rows, rows, { p: "2" }), "TypeError", 'p: expected a number, got string "2"'],
  [(t) => t.marginLoss(rows, rows, rows, { swap: 1 }), "TypeError", "swap: expected a boolean, got number 1"],
  [
    (t) => t.marginLoss(rows, rows, rows, { reduction: "max" }),
    "RangeError",
    'reduction: expected one of mean|sum|none|mean_nonzero|weighted_mean, got "max"',
  ],
  [
    (t) => t.marginLoss(rows, rows, rows, { softmargin: true }),
    "TypeError",
    'options: unknown option "softmargin"; did you mean softMargin? Known are margin, swap, softMargin, reduction, ' +
      "convention, distance, p, " +
      "eps, nonfinite, weights, margins, gradOutput, gradients, out",
  ],
  [(t) => t.marginLoss(rows, rows, rows, 3), "TypeError", "options: expected an object, got number 3"],
  [(t) => t.marginLoss(rows, rows, rows, { weights: [1] }), "RangeError", "weights: expected 2 numbers, got 1"],
  [(t) => t.marginLoss(rows, rows, rows, { weights: [1, NaN] }), "RangeError", /^marginLoss: weights: expected finite/],
  [(t) => t.marginLoss(rows, rows, rows, { gradients: 1 }), "TypeError", "gradients: expected a boolean, got number 1"],
  [(t) => t.batchLoss(rows, [0]), "RangeError", "labels: expected labels of 2 rows, got 1"],
  [(t) => t.batchLoss(rows, [0, 1.5]), "RangeError", "labels[1]: expected an int32, got number 1.5"],
  [(t) => t.batchLoss(rows, [0, 2 ** 31]), "RangeError", "labels[1]: expected an int32, got number 2147483648"],
  [(t) => t.batchLoss(rows, "01"), "TypeError", /^batchLoss: labels: expected an array of labels .* got string "01"$/],
  [(t) => t.batchLoss(rows, [0, 1], { referenceLabels: [1] }), "TypeError", /referenceLabels: expected references/],
  [
    (t) => t.indexedLoss(rows, { anchors: [0], positives: [1], negatives: [2] }),
    "RangeError",
    "indices.negatives[0]: expected an integer in 0 .. 1, got number 2",
  ],
  [(t) => t.nearest(rows, rows, { k: 3 }), "RangeError", "k: expected an integer in 1 .. 2, got number 3"],
  [(t) => t.nearest(rows, rows), "TypeError", "k: expected an integer, got undefined"],
  [(t) => t.matrix(-1, 2), "RangeError", "rows: expected an integer in 0 .. 2147483647, got number -1"],
  [(t) => t.matrix(1.5, 2), "RangeError", /rows/],
  [(t) => t.matrix(1, NaN), "RangeError", /cols/],
  [(t) => t.matrix(2, 2, [1, 2, 3]), "RangeError", "values.data: expected 2 x 2 numbers, got 3"],
  [(t) => t.matrix(), "TypeError", "rows: expected an integer, got undefined"],
  [(t) => t.synthetic("cubes", 1, 1, 1), "TypeError", /kind: expected one of blobs/],
  [(t) => t.split([0, 1], 2, 1), "RangeError", /fraction/],
  [(t) => t.encoder({ inputs: 2, layers: new Array(17).fill(1), seed: 1 }), "RangeError", /layers/],
  [(t) => t.encoder({ inputs: 2, layers: [2 ** 31 - 1, 2 ** 31 - 1], seed: 1 }), /RangeError|OutOfMemoryError/, /./],
  [(t) => t.encoder(), "TypeError", "inputs: expected an integer, got undefined"],
  [(t) => t.encoder({ inputs: 1, layers: 3, seed: 1 }), "TypeError", /layers: expected an array of integers/],
  [(t) => t.optimizer({ name: "adm" }), "RangeError", 'name: expected one of sgd|adam|adamw, got "adm"'],
  [(t) => t.optimizer().update(rows, rows), "TypeError", "parameters: expected a matrix, got array"],
  [(t) => t.memory(), "TypeError", "capacity: expected an integer, got undefined"],
  [(t) => t.trainer(), "TypeError", /data: expected a matrix/],
  [(t) => t.trainer({ data: rows, labels: [0] }), "RangeError", /labels/],
  [(t) => t.trainer({ data: rows, labels: [0, 0], optimizer: { b1: 1 } }), "RangeError", /^trainer: optimizer\.b1/],
  [(t) => t.trainer({ data: rows, labels: [0, 0], optimizer: { beta: 1 } }), "TypeError", /unknown option "beta"/],
  [(t) => t.trainer({ data: rows, labels: [0, 0], optimizer: 5 }), "TypeError", /^trainer: optimizer: expected an obj/],
  [
    (t) => t.trainer({ data: rows, labels: [0, 0], columns: new Array(2) }),
    "TypeError",
    /columns\[0\]: expected a string/,
  ],
  [(t) => t.trainer({ data: rows, labels: [0, 0], columns: ["a\0b", "c"] }), "TypeError", /columns\[0\]/],
  [(t) => t.trainer({ data: rows, labels: [0, 0] }).run(3), "TypeError", "callback: expected a function, got number 3"],
  [(t) => t.trainer({ data: rows, labels: [0, 0] }).step(3), "TypeError", /^trainer.step: report: expected an earlier/],
  [(t) => t.schema("margin"), "TypeError", /name: expected one of marginLoss\|.*, got string "margin"$/],
  [(t) => t.batchLoss(rows, [0n, 2n ** 31n]), "RangeError", "labels[1]: expected an int32, got bigint 2147483648"],
  [(t) => t.marginLoss(rows, rows, rows, { out: { gradients: 5 } }), "TypeError", /out\.gradients: expected/],
  [(t) => t.distances(rows, rows, { out: 5 }), "TypeError", /out: expected a matrix or an earlier result/],
  [
    (t) => t.distances(rows, rows, { out: { data: new Float32Array(3), rows: 2, cols: 2 } }),
    "RangeError",
    "out.data: expected 2 x 2 numbers, got 3",
  ],
  [(t) => t.load(new Uint8Array(3)), "ModelError", /^load: /],
  [(t) => t.load("model"), "TypeError", 'bytes: expected a Uint8Array or an ArrayBuffer, got string "model"'],
];

for (const [index, [body, name, message]] of cases.entries()) {
  test(`misuse ${index}: ${body.toString().slice(7, 80)}`, () => {
    const names = name instanceof RegExp ? name : new RegExp(`^${name}$`);
    const text = message instanceof RegExp ? message : { test: (given) => given.endsWith(`: ${message}`) };
    assert.throws(() => body(triplet), (error) => names.test(error.name) && text.test(error.message));
    assert.equal(triplet.distances([[0]], [[2]]).data[0], 2);
  });
}

test("what was expected and what came are fields of the error", () => {
  assert.throws(() => triplet.marginLoss(rows, [[0]], rows), {
    name: "RangeError",
    argument: "positives",
    expected: "2 x 2 like anchors",
    got: "1 x 1",
  });
});

test("an error leaves outputs as they were", () => {
  const out = { gradient: triplet.matrix(2, 2, [1, 2, 3, 4]) };
  assert.throws(() => triplet.batchLoss(rows, [0, 1], { out, margins: [1, 2, 3] }), RangeError);
  const indices = { anchors: [0], positives: [1], negatives: [0, 1] };
  assert.throws(() => triplet.indexedLoss(rows, indices, { out }), RangeError);
  assert.deepEqual(out.gradient.toArray(), [[1, 2], [3, 4]]);
});

test("code that runs while options are read cannot disturb the call", () => {
  const m = triplet.matrix(rows);
  const options = {
    get margin() {
      triplet.batchLoss(rows, [0, 1], { margin: 77, p: 1 });
      return 3;
    },
  };
  assert.equal(triplet.marginLoss(rows, rows, rows, { ...options, convention: "exact" }).loss, 3);
  assert.equal(triplet.marginLoss(rows, rows, rows, options).loss, 3);
  const traitor = {
    get margin() {
      m.free();
      return 1;
    },
  };
  assert.throws(() => triplet.marginLoss(m, rows, rows, traitor), { name: "TypeError" });
  const later = triplet.matrix(rows);
  const row = {
    get data() {
      later.free();
      return new Float32Array(4);
    },
    rows: 2,
    cols: 2,
  };
  assert.throws(() => triplet.marginLoss(later, rows, row), { name: "TypeError", argument: "anchors" });
});

test("options are those of this call, whatever the last one had", () => {
  const [a, p, n] = [[[0]], [[1]], [[0]]].map((values) => triplet.matrix(values));
  const options = { convention: "exact", margin: 1 };
  const loss = () => triplet.marginLoss(a, p, n, options).loss;
  assert.equal(loss(), 2);
  options.margin = 2;
  assert.equal(loss(), 3);
  options.weights = [10];
  assert.equal(loss(), 30);
  delete options.weights;
  assert.equal(loss(), 3);
  assert.throws(() => triplet.marginLoss(a, p, n, { ...options, eps: -1 }), RangeError);
  assert.equal(loss(), 3);
  triplet.trainer({ data: [[0], [1]], labels: [0, 0], layers: [1], margin: 7 }).get("margin");
  assert.equal(loss(), 3);
  triplet.batchLoss([[0], [1]], [0, 1], options);
  assert.equal(loss(), 3);
  assert.equal(triplet.marginLoss(a, p, n, { convention: "exact" }).loss, 2);
  delete options.margin;
  assert.equal(loss(), 2);
  options.margin = "1";
  assert.throws(loss, { name: "TypeError", argument: "margin" });
});

test("a call inside the reading of another leaves what that has read alone", () => {
  const inner = [[5, 5], [6, 6]];
  const outer = {
    get data() {
      triplet.distances(inner, inner);
      triplet.marginLoss(inner, inner, inner, { margin: 9, weights: [1, 2] });
      return Float32Array.of(0, 1);
    },
    rows: 1,
    cols: 2,
  };
  const { loss } = triplet.marginLoss([[0, 0]], outer, [[1, 0]], { convention: "exact" });
  assert.equal(loss, 1);
});

test("a typed array's length is what it holds, not what it says", async () => {
  const forged = new Float32Array(1e5).fill(7);
  Object.defineProperty(forged, "length", { value: 4 });
  class Short extends Float32Array {
    get length() {
      return 4;
    }
  }
  const impostor = { [Symbol.toStringTag]: "Float32Array", byteOffset: 0, length: 4, 0: 7, 1: 7, 2: 7, 3: 7 };
  const model = triplet.trainer({ data: rows, labels: [0, 0], layers: [1] }).save();
  const long = new Uint8Array(1e5);
  long.set(model);
  Object.defineProperty(long, "length", { value: model.length });
  const fresh = await loadTriplet({ wasm: builds.simd });
  for (const data of [forged, new Short(1e6)]) {
    assert.throws(() => fresh.distances({ data, rows: 2, cols: 2 }, rows), { name: "RangeError", argument: "x.data" });
    assert.throws(() => fresh.distances(rows, rows, { out: { data, rows: 2, cols: 2 } }), RangeError);
  }
  assert.throws(() => fresh.distances({ data: impostor, rows: 2, cols: 2 }, rows), { name: "TypeError" });
  assert.throws(() => fresh.load(long), RangeError);
  assert.deepEqual(fresh.distances(rows, rows).data, Float32Array.of(0, 1, 1, 0));
});

test("outputs do not share memory, nor lose it while arguments are read", () => {
  const shared = { data: new Float32Array(4), rows: 2, cols: 2 };
  const out = { gradients: { anchors: shared, positives: shared } };
  assert.throws(() => triplet.marginLoss(rows, rows, [[5, 5], [0, 1]], { out }), {
    name: "RangeError",
    argument: "out.gradients.positives",
  });
  const lost = { data: new Float32Array(4), rows: 2, cols: 2 };
  const y = {
    get data() {
      structuredClone(lost.data.buffer, { transfer: [lost.data.buffer] });
      return new Float32Array(4);
    },
    rows: 2,
    cols: 2,
  };
  const k = { out: { gradients: { anchors: lost } } };
  assert.throws(() => triplet.marginLoss(rows, rows, y, k), RangeError);
});

test("loadTriplet knows its options", async () => {
  await assert.rejects(loadTriplet({ wams: 1 }), { name: "TypeError", message: /"wams"; known are wasm, signal$/ });
  await assert.rejects(loadTriplet({ wasm: 5 }), { name: "TypeError", argument: "wasm" });
});

test("a proxy's lengths are no sizes", () => {
  const liar = (value, length) => new Proxy(value, { get: (of, key) => (key === "length" ? length : of[key]) });
  for (const length of [-1, 1.5, NaN, 2 ** 53, "2"]) {
    assert.throws(() => triplet.distances([liar([1, 2], length)], [[1, 2]]), RangeError);
  }
  assert.throws(() => triplet.batchLoss(rows, liar([0, 1], -1)), RangeError);
});
