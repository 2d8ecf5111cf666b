// Properties of random input, found and shrunk by fast-check.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, test } from "./harness.mjs";

const [simd, scalar] = await Promise.all(Object.values(builds).map((wasm) => loadTriplet({ wasm })));
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const shape = fc.record({ rows: fc.integer({ min: 1, max: 9 }), cols: fc.integer({ min: 1, max: 33 }) });
const matrices = (count) =>
  shape.chain(({ rows, cols }) => {
    const size = rows * cols;
    const data = fc.array(float, { minLength: size, maxLength: size }).map((list) => Float32Array.from(list));
    return fc.tuple(...Array.from({ length: count }, () => data.map((data) => ({ data, rows, cols }))));
  });
const measure = fc.oneof(
  fc.record({ p: fc.constantFrom(1, 1.5, 2, 3, Infinity) }),
  fc.record({ distance: fc.constantFrom("squared", "cosine", "dot") }),
);
const others = fc.record({
  convention: fc.constantFrom("torch", "optax", "exact"),
  swap: fc.boolean(),
  softMargin: fc.boolean(),
  reduction: fc.constantFrom("mean", "sum", "none", "mean_nonzero", "weighted_mean"),
});
const options = fc.tuple(measure, others).map((parts) => Object.assign({}, ...parts));
const SEED = { seed: 1, numRuns: 200 };

test("SIMD and scalar agree to the bit, and on errors", () => {
  fc.assert(
    fc.property(matrices(3), options, ([a, p, n], options) => {
      const [one, other] = [simd, scalar].map((triplet) => triplet.marginLoss(a, p, n, options));
      assert.deepEqual(one, other);
    }),
    SEED,
  );
});

test("in-batch losses agree to the bit, and with the triplets that are mined", () => {
  const batch = fc.tuple(matrices(1), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 9, maxLength: 9 }));
  const minings = fc.constantFrom("all", "hard", "semihard", "easy_positive", "distance_weighted", "random");
  fc.assert(
    fc.property(batch, minings, ([[x], nine], mining) => {
      const labels = nine.slice(0, x.rows);
      const [one, other] = [simd, scalar].map((triplet) => triplet.batchLoss(x, labels, { mining }));
      assert.deepEqual(one, other);
      const picks = simd.mine(x, labels, { mining });
      assert.equal(picks.anchors.length, one.stats.triplets);
      picks.anchors.forEach((a, i) => {
        const [p, n] = [picks.positives[i], picks.negatives[i]];
        assert(a !== p && labels[a] === labels[p] && labels[a] !== labels[n]);
      });
    }),
    SEED,
  );
});

test("rows, copies and matrices in WebAssembly's memory are the same argument", () => {
  fc.assert(
    fc.property(matrices(2), ([x, y]) => {
      const [own, other] = [simd.matrix(x), simd.matrix(y)];
      const wanted = simd.distances(x, y);
      assert.deepEqual(simd.distances(own, other), wanted);
      assert.deepEqual(simd.distances(own.toArray(), other.toArray()), wanted);
      own.free();
      other.free();
    }),
    SEED,
  );
});

test("whatever is passed, the error has a type and the instance goes on", () => {
  const anything = fc.array(fc.anything({ withTypedArray: true, withNullPrototype: true }), { maxLength: 4 });
  fc.assert(
    fc.property(anything, (values) => {
      for (const name of Object.keys(simd)) {
        try {
          simd[name](...values);
        } catch (error) {
          assert(error instanceof TypeError || error instanceof RangeError, `${name}: ${error.stack}`);
        }
      }
      assert.equal(simd.distances([[0]], [[2]]).data[0], 2);
    }),
    SEED,
  );
});
