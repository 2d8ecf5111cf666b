// Memory that is short in WebAssembly: instances that may have so many pages and no more. Whatever does not fit is an
// error, leaves what there is as it was, and what fits afterwards gives the bits of an instance with memory to spare.
import { readFile } from "node:fs/promises";
import { assert, loadTriplet, OutOfMemoryError, test } from "./harness.mjs";

// The module with another limit of its memory: section 5, one memory with a limit, whose number of pages may stand in
// more bytes than it needs.
function limited(bytes, pages) {
  const copy = Uint8Array.from(bytes);
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = copy[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (copy[at] !== 5) {
    at++;
    const size = number();
    at += size;
  }
  at++;
  number();
  assert.equal(number(), 1);
  assert.equal(copy[at++], 1);
  const initial = number();
  const begins = at;
  number();
  const length = at - begins;
  for (let i = 0, rest = Math.max(pages, initial); i < length; i++, rest >>= 7) {
    copy[begins + i] = (rest & 127) | (i < length - 1 ? 128 : 0);
  }
  return { bytes: copy, initial };
}

const ROWS = 60;
const COLS = 8;
const numbers = Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.fround(((i * 37) % 101) / 50 - 1));
const labels = Int32Array.from({ length: ROWS }, (_, i) => i % 5);
const data = (rows) => ({ data: numbers.slice(0, rows * COLS), rows, cols: COLS });

const gradient = (triplet, rows, options) =>
  triplet.batchLoss(data(rows), labels.slice(0, rows), options).gradient.data;

// Each by itself, small and large.
const calls = {
  marginLoss: (triplet, rows) => triplet.marginLoss(data(rows), data(rows), data(rows)).loss,
  semihard: (triplet, rows) => gradient(triplet, rows, { mining: "semihard" }),
  infoNce: (triplet, rows) => gradient(triplet, rows, { loss: "info_nce" }),
  distances: (triplet, rows) => triplet.distances(data(rows), data(rows)).data,
  nearest: (triplet, rows) => triplet.nearest(data(rows), data(rows), { k: 2 }).distances.data,
  evaluate: (triplet, rows) => triplet.evaluate(data(rows), labels.slice(0, rows)).mapAtR,
  matrix: (triplet) => {
    const held = triplet.matrix(200, 200);
    held.free();
    return 0;
  },
  train: (triplet, rows) => {
    const trainer = triplet.trainer({ data: data(rows), labels: labels.slice(0, rows), layers: [16, 3], steps: 5 });
    try {
      trainer.step();
      return trainer.save();
    } finally {
      trainer.free?.();
    }
  },
};

for (const file of ["triplet.wasm", "triplet-scalar.wasm"]) {
  test(`memory that does not grow is told, and what fits is right, ${file}`, async () => {
    const source = await readFile(new URL(`../../build/npm/${file}`, import.meta.url));
    const plenty = await loadTriplet({ wasm: source });
    const expected = Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [name, [20, ROWS].map((rows) => call(plenty, rows))]),
    );
    const { initial } = limited(source, 0);
    let failures = 0;
    for (let pages = initial; pages < initial + 8; pages++) {
      const triplet = await loadTriplet({ wasm: limited(source, pages).bytes });
      for (let round = 0; round < 2; round++) {
        for (const [name, call] of Object.entries(calls)) {
          [ROWS, 20].forEach((rows) => {
            try {
              assert.deepEqual(call(triplet, rows), expected[name][rows === ROWS ? 1 : 0]);
            } catch (error) {
              assert.ok(error instanceof OutOfMemoryError, `${name} in ${pages} pages: ${error.message}`);
              failures++;
            }
          });
        }
      }
      // What is held until nothing more fits, and then given back.
      const held = [];
      assert.throws(() => {
        for (;;) {
          held.push(triplet.matrix(64, 64));
        }
      }, OutOfMemoryError);
      failures++;
      for (const matrix of held) {
        matrix.free();
      }
      assert.deepEqual(calls.marginLoss(triplet, 20), expected.marginLoss[0]);
    }
    assert.ok(failures >= 8);
  });
}
