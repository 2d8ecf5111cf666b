// What pictures are made of: principal axes, rings, what pairs weigh and how far losses reach.
import { assert, builds, loadTriplet, plain, test } from "./harness.mjs";

const MEASURES = [
  ...[1, 1.5, 2, 3, Infinity].map((p) => ({ distance: "minkowski", p })),
  ...[{ distance: "squared" }, { distance: "cosine" }, { distance: "dot" }],
];
const LOSSES = ["triplet", "contrastive", "info_nce", "sup_con", "multi_similarity"];
const STEP = 0.01;
const near = (got, expected, tolerance, what) =>
  assert(Math.abs(got - expected) <= tolerance, `${what}: ${got}, expected ${expected}`);

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`axes and what lies along them, ${build}`, () => {
    const { mean, axes, shares } = triplet.principalAxes([[0, 1, 5], [1, 3, 5], [2, 5, 5]], { count: 3 });
    assert.deepEqual(plain(mean), { data: Float32Array.of(1, 3, 5), rows: 1, cols: 3 });
    near(axes.data[0], 1 / Math.sqrt(5), 1e-7, "axis");
    near(axes.data[1], 2 / Math.sqrt(5), 1e-7, "axis");
    shares.forEach((share, i) => near(share, i ? 0 : 1, 1e-12, "share"));
    const points = triplet.project([[2, 5, 5]], { mean, axes });
    near(points.data[0], Math.sqrt(5), 1e-6, "point");
    assert.equal(points.cols, 3);

    assert.equal(triplet.principalAxes([[1, 2, 3], [4, 5, 7]]).axes.rows, 2);
    assert.equal(triplet.principalAxes([[1], [2]]).axes.rows, 1);
    assert.deepEqual(triplet.principalAxes([[1, 2], [1, 2]]).shares, [null, null]);
    assert.deepEqual(triplet.project([[5, 7]], { mean: [1, 2], axes: [[0, 2]] }).data, Float32Array.of(10));
  });

  test(`every point of a ring is at its distance, ${build}`, () => {
    const center = [0.6, -0.8, 0.5];
    const { data } = triplet.matrix(40, 3).random(7);
    for (const measure of MEASURES) {
      for (const sphere of [false, true]) {
        const radius = measure.distance === "dot" ? -0.4 : 0.4;
        const points = triplet.ring(center, { data: data.slice(), rows: 40, cols: 3 }, radius, { ...measure, sphere });
        const rows = Array.from({ length: 40 }, (_, i) => [...points.data.subarray(3 * i, 3 * i + 3)]);
        const found = rows.filter(([x]) => !Number.isNaN(x));
        const what = `${JSON.stringify(measure)} ${sphere}`;
        assert(found.length > 5, what);
        triplet.distances([center], found, measure).data.forEach((distance) => near(distance, radius, 2e-6, what));
        if (sphere) {
          found.forEach((row) => near(Math.hypot(...row), Math.hypot(...center), 1e-6, what));
        }
      }
    }
    assert(triplet.ring([0, 1], [[0, 0], [1, 0]], 3, { sphere: true }).data.every(Number.isNaN));
  });

  // The loss of a query by moving one reference to and fro along the line to it.
  test(`slopes are how a loss grows with each distance, ${build}`, () => {
    const query = [0.3, -0.2];
    const references = [[0.9, 0.5], [-0.6, 0.4], [1.2, -0.9], [-1, -1.1], [0.1, 1.4]];
    const referenceLabels = ["a", "a", "b", "b", "c"];
    for (const loss of LOSSES) {
      const options = { loss, distance: "minkowski", ...(loss === "triplet" && { margin: 0.77, softMargin: true }) };
      const { data, rows, cols } = triplet.pairSlopes([query], ["a"], { ...options, references, referenceLabels });
      assert.deepEqual([rows, cols], [1, references.length]);
      const lossOf = (rows) => {
        const among = { ...options, references: rows, referenceLabels, reduction: "none" };
        return triplet.batchLoss([query], ["a"], among).loss.data[0];
      };
      references.forEach((row, j) => {
        const ray = row.map((value, k) => value - query[k]);
        const away = Math.hypot(...ray);
        const moved = (by) => row.map((value, k) => value + (by * ray[k]) / away);
        const lossAt = (by) => lossOf(references.map((other, i) => (i === j ? moved(by) : other)));
        const slope = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
        near(data[j], slope, 2e-3 * (1 + Math.abs(slope)), `${loss} ${j}`);
      });
    }
  });

  test(`how far losses reach, ${build}`, () => {
    assert.deepEqual(triplet.reach({ margin: 0.5 }, 2), { pull: 2, push: 2.5 });
    assert.deepEqual(triplet.reach({ loss: "contrastive", negativeMargin: 4 }), { pull: 0, push: 4 });
    assert.deepEqual(triplet.reach({ loss: "multi_similarity", base: 0.75 }, null), { pull: 0.25, push: 0.25 });
    for (const loss of ["triplet", "info_nce", "sup_con"]) {
      assert.equal(triplet.reach({ loss }), null);
      assert.equal(triplet.reach({ loss }, null), null);
    }
  });

  const cases = [
    [(t) => t.principalAxes([[1, 2]], { count: 0 }), "RangeError", "count: expected an integer in 1 .. 1000000000"],
    [(t) => t.principalAxes([[1, NaN]]), "RangeError", "x: row 0, column 1 is not finite"],
    [(t) => t.principalAxes([]), "RangeError", "x: expected rows and columns, got 0 x 0"],
    [(t) => t.project([[1, 2]], { axes: [[1, 2]] }), "TypeError", "mean: expected an array of numbers, got undefined"],
    [(t) => t.project([[1, 2]]), "TypeError", "mean: expected an array of numbers, got undefined"],
    [(t) => t.project([[1, 2]], { mean: [0, 0], axes: [[1]] }), "RangeError", "axes: expected 2 columns like x, got 1"],
    [(t) => t.ring([1], [[1, 2]], 1), "RangeError", "center: expected 2 numbers, got 1"],
    [(t) => t.ring(undefined, [[1, 2]], 1), "TypeError", "center: expected an array of numbers, got undefined"],
    [(t) => t.ring([1, 2], [[1, 2]], "1"), "TypeError", 'radius: expected a number, got string "1"'],
    [(t) => t.pairSlopes([[1, 2]], [1, 2]), "RangeError", "labels: expected labels of 1 rows, got 2"],
    [(t) => t.pairSlopes([[1]], [1], { weights: [1, 2] }), "RangeError", "weights: expected 1 numbers, got 2"],
    [(t) => t.reach({ loss: "sup_con", margin: 2 }, 1), "RangeError", 'margin: belongs to loss = "triplet"'],
    [(t) => t.reach({}, "1"), "TypeError", 'positiveDistance: expected a number, got string "1"'],
  ];
  test(`misuse is told, ${build}`, () => {
    for (const [run, name, message] of cases) {
      assert.throws(() => run(triplet), (error) => error.name === name && error.message.includes(message));
    }
  });
}
