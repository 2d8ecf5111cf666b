// What people have at hand as matrices and labels: any typed array, flat rows, tensors of other libraries, views of the
// memory; and the refusal of what would be another number.
import { assert, builds, loadTriplet, loadWorker, test } from "./harness.mjs";

const triplet = await loadTriplet({ wasm: builds.simd });
const rows = [
  [0, 1, 2],
  [3, 4, 5],
  [9, 7, 5],
  [1, 0, 2],
];
const labels = [0, 0, 1, 1];
const expected = triplet.batchLoss(rows, labels);

const flat = rows.flat();
const TYPES = [Float32Array, Float64Array, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array];
const typed = [...TYPES, Int32Array, Uint32Array, ...(globalThis.Float16Array ? [globalThis.Float16Array] : [])];

// As onnxruntime and transformers.js have them, with getters, and TensorFlow.js.
class OrtTensor {
  #data;
  constructor(type, data, dims) {
    this.#data = data;
    this.dims = dims;
    this.type = type;
  }
  get data() {
    return this.#data;
  }
}
class TfTensor {
  shape = [4, 3];
  dtype = "float32";
  data() {
    return Promise.resolve(Float32Array.from(flat));
  }
  dataSync() {
    return Float32Array.from(flat);
  }
}

const same = {
  ...Object.fromEntries(typed.map((Type) => [`rows, ${Type.name}`, rows.map((row) => Type.from(row))])),
  ...Object.fromEntries(typed.map((Type) => [`flat, ${Type.name}`, { data: Type.from(flat), rows: 4, cols: 3 }])),
  "rows that differ": [rows[0], Float64Array.from(rows[1]), Int8Array.from(rows[2]), rows[3]],
  "cols alone": { data: Float64Array.from(flat), cols: 3 },
  "an array of numbers": { data: flat, rows: 4, cols: 3 },
  dims: { data: Float32Array.from(flat), dims: [4, 3] },
  "dims in a typed array": { data: Float32Array.from(flat), dims: Int32Array.of(4, 3) },
  shape: { data: flat, shape: [4, 3] },
  onnxruntime: new OrtTensor("float32", Float32Array.from(flat), [4, 3]),
  "TensorFlow.js": new TfTensor(),
};
for (const [name, given] of Object.entries(same)) {
  test(`the same rows: ${name}`, () => {
    assert.deepEqual(triplet.batchLoss(given, labels), expected);
    assert.deepEqual(triplet.matrix(given).toArray(), rows);
    assert.deepEqual(triplet.marginLoss(rows, given, rows), triplet.marginLoss(rows, rows, rows));
    const options = { references: given, referenceLabels: labels };
    assert.deepEqual(
      triplet.batchLoss(rows, labels, options),
      triplet.batchLoss(rows, labels, { ...options, references: rows }),
    );
  });
}

test("numbers are rounded to float32, as in arrays", () => {
  const numbers = [0.1, 1 / 3, 16777217, -3.4028235677973362e38, 1e-50];
  const rounded = Float32Array.from(numbers);
  for (const data of [numbers, Float64Array.from(numbers)]) {
    assert.deepEqual(triplet.matrix({ data, cols: 5 }).data, rounded);
    assert.deepEqual(triplet.matrix([data]).data, rounded);
    assert.deepEqual(triplet.matrix(1, 5, data).data, rounded);
  }
  const whole = Int32Array.of(2 ** 24 + 1, -5);
  assert.deepEqual(triplet.matrix([whole]).data, Float32Array.from(whole));
  const given = [NaN, Infinity, -Infinity];
  assert.deepEqual(triplet.matrix([Float64Array.from(given)]).data, Float32Array.from(given));
});

test("numbers for each triplet come in any typed array too", () => {
  const loss = (weights) => triplet.marginLoss(rows, rows, rows, { weights, reduction: "sum" });
  for (const weights of [Float64Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 4), { data: [1, 2, 3, 4], dims: [4] }]) {
    assert.deepEqual(loss(weights), loss([1, 2, 3, 4]));
  }
  const indices = (list) => triplet.indexedLoss(rows, { anchors: list, positives: [1, 0], negatives: [2, 3] });
  for (const list of [[0n, 1n], BigInt64Array.of(0n, 1n), { data: BigInt64Array.of(0n, 1n), dims: [2] }]) {
    assert.deepEqual(indices(list), indices([0, 1]));
  }
});

const bytes = new DataView(new ArrayBuffer(48));
for (const [i, [given, name, message]] of [
  [[[0, 1e39]], "RangeError", "x[0][1]: expected a number that fits float32, got number 1e+39"],
  [[Float64Array.of(0, -1e39)], "RangeError", "x[0][1]: expected a number that fits float32, got number -1e+39"],
  [
    { data: Float64Array.of(0, 2 ** 128), cols: 2 },
    "RangeError",
    /^distances: x\.data\[1\]: expected a number that fits /,
  ],
  [{ data: [3.4028235677973366e38], cols: 1 }, "RangeError", /^distances: x\.data\[0\]: expected a number that fits /],
  [{ data: BigInt64Array.of(1n, 2n), dims: [1, 2] }, "TypeError", "x.data[0]: expected a number, got bigint 1"],
  [[BigUint64Array.of(1n)], "TypeError", "x[0][0]: expected a number, got bigint 1"],
  [{ data: ["1", "2"], dims: [1, 2] }, "TypeError", 'x.data[0]: expected a number, got string "1"'],
  [
    new OrtTensor("float16", new Uint16Array(2), [1, 2]),
    "TypeError",
    /x\.data: expected numbers, got float16 in a Uint16A/,
  ],
  [
    new OrtTensor("uint4", new Uint8Array(1), [1, 2]),
    "TypeError",
    /x\.data: expected numbers, got uint4 in a Uint8Array/,
  ],
  [{ data: new Float32Array(6), dims: [1, 2, 3] }, "RangeError", "x: expected 2 dimensions, got 3"],
  [{ data: new Float32Array(6), shape: [6] }, "RangeError", "x: expected 2 dimensions, got 1"],
  [{ data: new Float32Array(6), dims: "2 x 3" }, "RangeError", 'x: expected 2 dimensions, got string "2 x 3"'],
  [{ data: new Float32Array(6), dims: [2n, 3n] }, "TypeError", "x.cols: expected an integer, got bigint 3"],
  [{ data: new Float32Array(6), dims: [2, 4] }, "RangeError", "x.data: expected 2 x 4 numbers, got 6"],
  [{ data: new Float32Array(7), cols: 3 }, "RangeError", "x.data: expected 2 x 3 numbers, got 7"],
  [{ data: new Float32Array(7), cols: 0 }, "RangeError", "x.data: expected 0 x 0 numbers, got 7"],
  [{ data: new Float32Array(6) }, "TypeError", "x.cols: expected an integer, got undefined"],
  [new Float64Array(6), "TypeError", /x: expected a matrix, an array of rows, .* or a tensor, got Float64Array$/],
  [{ data: bytes, rows: 4, cols: 3 }, "TypeError", /x: expected a matrix, .*, got object$/],
  [[bytes], "TypeError", "x[0]: expected an array of numbers, got DataView"],
  [{ data: Promise.resolve(), dims: [1, 1] }, "TypeError", /x: expected a matrix, /],
  [Promise.resolve(rows), "TypeError", /x: expected a matrix, .*, got Promise$/],
].entries()) {
  test(`rows that are refused, ${i}`, () => {
    const text = typeof message === "string" ? `distances: ${message}` : message;
    assert.throws(() => triplet.distances(given, [[1, 2]]), { name, message: text });
    assert.equal(triplet.distances([[0]], [[2]]).data[0], 2);
  });
}

// ---- labels --------------------------------------------------------------------------------------------------------

test("labels of any kind are the integers that they are", () => {
  const given = [
    [0n, 0n, 1n, 1n],
    [false, false, true, true],
    [0, 0n, true, 1],
    [[0n], [false], [true], 1],
    [Uint8Array.of(0), 0, [1], Int8Array.of(1)],
    ...[...typed, BigInt64Array, BigUint64Array].map((Type) =>
      Type.from([0, 0, 1, 1].map(Type.name.startsWith("Big") ? BigInt : Number)),
    ),
    { data: BigInt64Array.of(0n, 0n, 1n, 1n), dims: [4] },
    { dataSync: () => Int32Array.of(0, 0, 1, 1), shape: [4], data: async () => {} },
  ];
  for (const list of given) {
    assert.deepEqual(triplet.batchLoss(rows, list), expected);
    assert.deepEqual(triplet.evaluate(rows, list), triplet.evaluate(rows, labels));
  }
  const { labels: found } = triplet.classify(rows, rows, [5n, 5n, true, true], { k: 1 });
  assert.deepEqual(found, [5, 5, 1, 1]);
  assert.deepEqual(triplet.classify(rows, rows, ["a", "a", "b", "b"], { k: 1 }).labels, ["a", "a", "b", "b"]);
});

for (const [i, [given, name, message]] of [
  [[0, 2n ** 31n, 1, 1], "RangeError", "labels[1]: expected an int32, got bigint 2147483648"],
  [
    BigInt64Array.of(0n, 0n, 1n, -(2n ** 60n)),
    "RangeError",
    "labels[3]: expected an int32, got bigint -1152921504606846976",
  ],
  [Uint32Array.of(0, 0, 1, 4294967295), "RangeError", "labels[3]: expected an int32, got number 4294967295"],
  [Float64Array.of(0, 0.5, 1, 1), "RangeError", "labels[1]: expected an int32, got number 0.5"],
  [["a", true, "b", "b"], "TypeError", "labels[1]: expected no integer >= 0 beside texts, got true"],
  [[0, null, 1, 1], "TypeError", /labels\[1\]: expected an int32, a text or an array of them, got null$/],
  [{ data: new Int32Array(8), dims: [4, 2] }, "RangeError", "labels: expected labels of 4 rows, got 8"],
].entries()) {
  test(`labels that are refused, ${i}`, () => {
    const text = typeof message === "string" ? `batchLoss: ${message}` : message;
    assert.throws(() => triplet.batchLoss(rows, given), { name, message: text });
  });
}

// ---- views of the memory, which grows while arguments are read -----------------------------------------------------

const N = 10000;
const view = ({ data, cols }) => ({ data, cols });

test("fresh views of several matrices in one call", async () => {
  const fresh = await loadTriplet({ wasm: builds.simd });
  const [a, p, n] = [1, 2, 3].map((seed) => fresh.matrix(N, 4).random(seed));
  const { loss, gradients } = fresh.marginLoss(a, p, n);
  const found = fresh.marginLoss(view(a), view(p), view(n));
  assert.equal(found.loss, loss);
  assert.deepEqual(found.gradients, gradients);

  // Beside what is copied first, as rows, with options that hold views, as outputs.
  const more = await loadTriplet({ wasm: builds.simd });
  const of = (seed) => more.matrix(N, 4).random(seed);
  const copied = a.data.slice();
  const [q, r, ga, gp] = [of(2), of(3), of(4), of(5)];
  const weights = more.matrix(N, 1).fill(1);
  const out = { gradients: { anchors: { ...view(ga), rows: N }, positives: { ...view(gp), rows: N } } };
  const options = { weights: weights.data, out };
  const inRows = Array.from({ length: N }, (_, i) => r.data.subarray(4 * i, 4 * i + 4));
  const mixed = more.marginLoss({ data: copied, cols: 4 }, { data: q.data.subarray(0), cols: 4 }, inRows, options);
  assert.equal(mixed.loss, loss);
  assert.deepEqual(ga.data, gradients.anchors.data);
  assert.deepEqual(gp.data, gradients.positives.data);
  assert.deepEqual(mixed.gradients.negatives, gradients.negatives);
});

test("views in options and of methods", async () => {
  const fresh = await loadTriplet({ wasm: builds.simd });
  const [x, references] = [fresh.matrix(2000, 4).random(1), fresh.matrix(9000, 4).random(2)];
  const list = (length) => Int32Array.from({ length }, (_, i) => i % 7);
  const options = { k: [1], referenceLabels: list(9000) };
  const wanted = fresh.evaluate(x, list(2000), { ...options, references });
  assert.deepEqual(fresh.evaluate(view(x), list(2000), { ...options, references: view(references) }), wanted);
  const settings = { layers: [2], loss: "info_nce", seed: 1 };
  const make = (data, of) => fresh.trainer({ data, references: of, ...settings });
  const some = references.subarray(0, 2000);
  const [trainer, other] = [make(x, some), make(view(x), view(some))];
  assert.deepEqual(other.step(), trainer.step());
  const loaded = fresh.load(trainer.save());
  loaded.attach(view(x), undefined, view(some));
  assert.deepEqual(loaded.step(), trainer.step());
});

test("a view whose matrix is freed while arguments are read still shows its numbers", async () => {
  const fresh = await loadTriplet({ wasm: builds.simd });
  const m = fresh.matrix([[1, 2]]);
  const y = {
    get data() {
      m.free();
      fresh.matrix(1, 2).fill(7);
      return [4, 6];
    },
    cols: 2,
  };
  assert.equal(fresh.distances(view(m), y).data[0], 5);
  assert.throws(() => m.data, TypeError);
});

// ---- batches -------------------------------------------------------------------------------------------------------

test("rows of a matrix, chosen or in a row, are a batch", () => {
  const m = triplet.matrix(rows);
  const batch = m.select([3, 0, 0]);
  assert.deepEqual(batch.toArray(), [rows[3], rows[0], rows[0]]);
  m.fill(0);
  assert.deepEqual(batch.toArray(), [rows[3], rows[0], rows[0]]);
  assert.deepEqual(triplet.matrix(rows).subarray(1, 3).select(BigInt64Array.of(1n)).toArray(), [rows[2]]);
  assert.deepEqual([batch.select([]).rows, batch.select([]).cols], [0, 3]);
  assert.throws(() => m.select([4]), {
    name: "RangeError",
    message: /indices\[0\]: expected an integer in 0 \.\. 3, got /,
  });
  assert.throws(() => m.select(2), { name: "TypeError", argument: "indices" });
  const freed = triplet.matrix(rows);
  freed.free();
  assert.throws(() => freed.select([0]), { name: "TypeError", argument: "matrix" });

  const { x, labels: classes } = triplet.synthetic("blobs", 90, 1, 1);
  const part = { data: x.data.subarray(10 * x.cols, 50 * x.cols), cols: x.cols };
  const found = triplet.batchLoss(part, classes.subarray(10, 50));
  assert.deepEqual(found, triplet.batchLoss(triplet.matrix(x).subarray(10, 50), classes.slice(10, 50)));
});

test("a worker takes the same", async () => {
  const there = await loadWorker();
  try {
    const wanted = structuredClone(expected);
    for (const name of ["flat, Float64Array", "cols alone", "dims", "shape", "onnxruntime", "TensorFlow.js"]) {
      assert.deepEqual(structuredClone(await there.batchLoss(same[name], labels)), wanted, name);
    }
    const bigints = BigInt64Array.from(labels, BigInt);
    assert.deepEqual(structuredClone(await there.batchLoss(rows, bigints)), wanted);
    const m = await there.matrix(rows);
    assert.deepEqual(await (await m.select([2])).toArray(), [rows[2]]);
    assert.deepEqual((await there.distances(m, [[0, 1, 2]])).toArray(), triplet.distances(rows, [[0, 1, 2]]).toArray());
  } finally {
    there.terminate();
  }
});
