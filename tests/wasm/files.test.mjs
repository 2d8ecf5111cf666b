// The bytes of files of matrices, against what the formats say of them.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, plain, test } from "./harness.mjs";

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder().decode(bytes);

function join(...parts) {
  const lists = parts.map((part) => (typeof part === "string" ? bytesOf(part) : new Uint8Array(part.buffer)));
  const all = new Uint8Array(lists.reduce((size, list) => size + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

// Each as its documentation has it.
function npy(type, shape, numbers, order = "False") {
  const header = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")},), }`;
  const padded = `${header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11)}\n`;
  return join(Uint8Array.of(0x93), "NUMPY", Uint8Array.of(1, 0), Uint16Array.of(padded.length), padded, numbers);
}

function safetensors(tensors) {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, numbers }]) => {
    const from = at;
    at += numbers.byteLength;
    return [name, { dtype, shape, data_offsets: [from, at] }];
  });
  const header = JSON.stringify(Object.fromEntries(entries));
  const numbers = Object.values(tensors).map((tensor) => tensor.numbers);
  return join(BigUint64Array.of(BigInt(bytesOf(header).length)), header, ...numbers);
}

function readSafetensors(bytes) {
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__, ...tensors } = JSON.parse(textOf(bytes.subarray(8, 8 + size)));
  const data = bytes.slice(8 + size);
  return Object.entries(tensors).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
    assert.equal(dtype, "F32");
    return [name, { data: new Float32Array(data.slice(from, to).buffer), rows: shape[0], cols: shape[1] }];
  });
}

function fvecs({ data, rows, cols }) {
  const parts = Array.from({ length: rows }, (_, i) => [Int32Array.of(cols), data.slice(cols * i, cols * (i + 1))]);
  return join(...parts.flat());
}

const matrices = fc.record({ rows: fc.integer({ min: 1, max: 9 }), cols: fc.integer({ min: 1, max: 7 }) }).chain(
  ({ rows, cols }) => {
    const list = fc.array(fc.float({ noNaN: true }), { minLength: rows * cols, maxLength: rows * cols });
    return list.map((numbers) => ({ data: Float32Array.from(numbers), rows, cols }));
  },
);
const SEED = { seed: 1, numRuns: 100 };

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });
  const read = (bytes, options) => plain(triplet.decodeMatrix(bytes, options));

  test(`what is encoded is what the format says, and comes back, ${build}`, () => {
    const property = fc.property(matrices, (m) => {
      const { data, rows, cols } = m;
      for (const format of ["npy", "safetensors", "fvecs"]) {
        const bytes = triplet.encodeMatrix(m, { format });
        assert.equal(bytes.constructor, Uint8Array);
        assert.equal(bytes.byteLength, bytes.buffer.byteLength);
        const own = triplet.matrix(m);
        assert.deepEqual(triplet.encodeMatrix(own, { format }), bytes);
        own.free();
        const found = { matrix: m, words: null, format };
        assert.deepEqual(read(bytes), found);
        assert.deepEqual(read(bytes.buffer, { format }), found);
        assert.equal(triplet.fileFormat(bytes), format);
      }
      assert.deepEqual(triplet.encodeMatrix(m, { format: "fvecs" }), fvecs(m));
      const own = readSafetensors(triplet.encodeMatrix(m, { format: "safetensors" }));
      assert.deepEqual(own, [["matrix", m]]);
      const bytes = triplet.encodeMatrix(m, { format: "npy" });
      const size = 10 + new DataView(bytes.buffer).getUint16(8, true);
      assert.equal(textOf(bytes.subarray(1, 6)), "NUMPY");
      assert.equal(size % 64, 0);
      const header = textOf(bytes.subarray(10, size));
      assert(header.includes(`'descr': '<f4'`) && header.includes(`'shape': (${rows}, ${cols})`), header);
      assert.deepEqual(new Float32Array(bytes.slice(size).buffer), data);
    });
    fc.assert(property, SEED);
  });

  test(`matrices by their names, ${build}`, () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }).filter((name) => !/\0|^__/.test(name)), { maxLength: 5 });
    const property = fc.property(names, fc.array(matrices, { minLength: 5, maxLength: 5 }), (list, given) => {
      const named = Object.fromEntries(list.map((name, i) => [name, given[i]]));
      const bytes = triplet.encodeMatrices(named);
      const byName = (entries) => entries.sort(([one], [other]) => (one < other ? -1 : 1));
      assert.deepEqual(byName(readSafetensors(bytes)), byName(Object.entries(named)));
      for (const name of Object.keys(named)) {
        assert.deepEqual(read(bytes, { tensor: name }).matrix, named[name]);
      }
    });
    fc.assert(property, SEED);
    const rows = [[1, 2]];
    const inherited = Object.create({ one: rows });
    inherited.other = triplet.matrix(rows);
    const bytes = triplet.encodeMatrices(inherited);
    assert.deepEqual(Object.fromEntries(readSafetensors(bytes)), {
      other: { data: Float32Array.of(1, 2), rows: 1, cols: 2 },
      one: { data: Float32Array.of(1, 2), rows: 1, cols: 2 },
    });
  });

  test(`numbers of other types, orders and shapes, ${build}`, () => {
    const found = { data: Float32Array.of(1, -2, 3, 4, 5.5, 6), rows: 2, cols: 3 };
    const numbers = [1, -2, 3, 4, 5.5, 6];
    assert.deepEqual(read(npy("<f8", [2, 3], Float64Array.from(numbers))).matrix, found);
    assert.deepEqual(read(npy("<f4", [2, 3], Float32Array.of(1, 4, -2, 5.5, 3, 6), "True")).matrix, found);
    const bigEndian = new DataView(new ArrayBuffer(24));
    numbers.forEach((value, i) => bigEndian.setFloat32(4 * i, value));
    assert.deepEqual(read(npy(">f4", [2, 3], bigEndian)).matrix, found);
    assert.deepEqual(read(npy("<i8", [3], BigInt64Array.of(1n, -2n, 3n))).matrix, {
      data: Float32Array.of(1, -2, 3),
      rows: 3,
      cols: 1,
    });
    const flags = { dtype: "BOOL", shape: [2, 2], numbers: Uint8Array.of(0, 1, 1, 0) };
    const half = { dtype: "F16", shape: [1, 2], numbers: Uint16Array.of(0x3c00, 0xc000) };
    const list = { dtype: "F32", shape: [2], numbers: Float32Array.of(7, 8) };
    const bytes = safetensors({ flags, half, list });
    assert.deepEqual([...read(bytes, { tensor: "flags" }).matrix.data], [0, 1, 1, 0]);
    assert.deepEqual([...read(bytes, { tensor: "half" }).matrix.data], [1, -2]);
    assert.deepEqual([...read(safetensors({ flags, list })).matrix.data], [0, 1, 1, 0]);
  });

  test(`words and their vectors, ${build}`, () => {
    const matrix = { data: Float32Array.of(1, 2, -0.5, 1e-3), rows: 2, cols: 2 };
    const words = ["ünder", "the"];
    const glove = bytesOf("ünder 1 2\nthe -0.5 1e-3\n");
    assert.deepEqual(read(glove, { format: "text" }), { matrix, words, format: "text" });
    const word2vec = bytesOf("2 2\nünder 1 2\nthe -0.5 1e-3\n");
    assert.deepEqual(read(word2vec), { matrix, words, format: "text" });
    assert.deepEqual([triplet.fileFormat(word2vec), triplet.fileFormat(bytesOf("a,b\n1,2\n"))], ["text", null]);
    assert.equal(triplet.fileFormat(new Uint8Array(0)), null);
  });

  test(`bytes at fault, ${build}`, () => {
    const isFault = (error) =>
      error.name === "MatrixError" && error instanceof RangeError && error.argument === "bytes";
    for (const bytes of [
      ...["", "text", "PK\u0003\u0004", "{}"].map(bytesOf),
      npy("<c8", [1], new Float32Array(2)),
      npy("<U1", [1], new Float32Array(1)),
      npy("<f4", [2, 2], new Float32Array(3)),
      npy("<f4", [1, 1, 1], new Float32Array(1)),
      npy("<f4", [2], new Float32Array(3)),
    ]) {
      assert.throws(() => read(bytes), isFault);
    }
    for (const format of ["npy", "safetensors", "fvecs"]) {
      const bytes = triplet.encodeMatrix([[1, 2], [3, 4]], { format });
      for (let size = 0; size < bytes.length; size += 7) {
        assert.throws(() => read(bytes.subarray(0, size), { format }), isFault);
      }
    }
    const uneven = { name: "MatrixError", message: /got 2 cells in row 1$/ };
    assert.throws(() => read(bytesOf("a 1 2\nb 1\n"), { format: "text" }), uneven);
    assert.throws(() => read(npy("<f8", [1], Float64Array.of(1e300))), { name: "RangeError" });
    const two = triplet.encodeMatrices({ one: [[1]], other: [[2]] });
    const missing = { name: "MatrixError", argument: "tensor", message: /one, other/ };
    assert.throws(() => read(two, { tensor: "third" }), missing);
    assert.throws(() => read(two), missing);
  });

  const npyBytes = triplet.encodeMatrix([[1]], { format: "npy" });
  for (const [index, [body, name, message]] of [
    [() => triplet.encodeMatrix([[1]]), "TypeError", /^encodeMatrix: format: expected one of .*, got undefined$/],
    [() => triplet.encodeMatrix([[1]], { format: "csv" }), "TypeError", /format: expected one of .* string "csv"$/],
    [() => triplet.encodeMatrix([[1]], { format: "text" }), "RangeError", /^encodeMatrix: format: /],
    [() => triplet.encodeMatrix([[1]], { format: "auto" }), "RangeError", /^encodeMatrix: format: /],
    [() => triplet.encodeMatrix([[1]], { format: "npy", name: 1 }), "TypeError", /option "name"; known is format$/],
    [() => triplet.encodeMatrix([[1]], "npy"), "TypeError", 'options: expected an object, got string "npy"'],
    [() => triplet.encodeMatrix(undefined, { format: "npy" }), "TypeError", /^encodeMatrix: matrix: expected a matrix/],
    [() => triplet.encodeMatrices(), "TypeError", "matrices: expected an object of matrices, got undefined"],
    [() => triplet.encodeMatrices([[[1]]]), "TypeError", "matrices: expected an object of matrices, got array"],
    [() => triplet.encodeMatrices({ a: [[1]], b: 3 }), "TypeError", /^encodeMatrices: matrices.b: expected a matrix/],
    [() => triplet.encodeMatrices({ "a\0": [[1]] }), "TypeError", /: matrices: expected a string without/],
    [() => triplet.decodeMatrix(), "TypeError", "bytes: expected a Uint8Array or an ArrayBuffer, got undefined"],
    [() => triplet.decodeMatrix("text"), "TypeError", /^decodeMatrix: bytes: /],
    [() => triplet.decodeMatrix(npyBytes, { format: "png" }), "TypeError", /^decodeMatrix: format: expected one of /],
    [() => triplet.decodeMatrix(npyBytes, { tensor: 3 }), "TypeError", /^decodeMatrix: tensor: expected a string/],
    [() => triplet.decodeMatrix(npyBytes, { name: "x" }), "TypeError", /option "name"; known are format, tensor$/],
    [() => triplet.fileFormat([1, 2]), "TypeError", /^fileFormat: bytes: /],
  ].entries()) {
    test(`misuse ${index}: ${body.toString().slice(6, 80)}, ${build}`, () => {
      const text = message instanceof RegExp ? message : { test: (given) => given.endsWith(`: ${message}`) };
      assert.throws(body, (error) => error.name === name && text.test(error.message));
      assert.equal(triplet.decodeMatrix(npyBytes).matrix.data[0], 1);
    });
  }
}

test("the worker encodes and decodes as the page does", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const rows = [[1, 2], [3, 4]];
    const remote = await there.matrix(rows);
    const bytes = here.encodeMatrix(rows, { format: "npy" });
    assert.deepEqual(await there.encodeMatrix(remote, { format: "npy" }), bytes);
    assert.deepEqual(plain(await there.decodeMatrix(bytes)), plain(here.decodeMatrix(bytes)));
    // Names of the caller's own, of which some are those of options.
    const own = (matrix) => ({ data: rows, "any name": matrix, k: rows });
    const named = (matrix) => Object.assign(Object.create({ inherited: rows }), own(matrix));
    const both = await there.encodeMatrices(named(remote));
    assert.deepEqual(both, here.encodeMatrices(named(rows)));
    assert.deepEqual((await there.decodeMatrix(both, { tensor: "any name" })).matrix.data, Float32Array.of(1, 2, 3, 4));
    assert.equal(await there.fileFormat(both), "safetensors");
    await assert.rejects(there.decodeMatrix(bytes.subarray(0, 9)), { name: "MatrixError", argument: "bytes" });
    await assert.rejects(there.encodeMatrices({ a: 1 }), { name: "TypeError", argument: "matrices.a" });
  } finally {
    there.terminate();
  }
});
