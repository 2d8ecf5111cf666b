// What PyTorch, optax, pytorch-metric-learning, scikit-learn, NumPy and others answered; tests/golden/README.md says
// how the files are read.
import { assert, builds, loadTriplet, read, test } from "./harness.mjs";

const HEX = ["bytes", "numbers", "words"];

async function readCases(path) {
  const cases = [];
  for (const line of (await read(path)).split("\n")) {
    const [key, ...words] = line.split(" ").filter(Boolean);
    if (key === "case") {
      cases.push({ name: words[0] });
    } else if (key && key !== "end" && key[0] !== "#") {
      const isNumber = (word) => /^[\d.-]/.test(word) && word !== "-" && !HEX.includes(key);
      cases.at(-1)[key] = words.map((word) => (word === "inf" ? Infinity : isNumber(word) ? Number(word) : word));
    }
  }
  return cases;
}

// The largest difference, relative to the largest expected entry.
function errorOf(actual, expected) {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-37);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0) / largest;
}

function near(actual, expected, name) {
  assert.equal(actual.length, expected.length, name);
  expected.forEach((value, i) => assert(Math.abs(actual[i] - value) <= 1e-5 * Math.abs(value), `${name}: loss`));
}

const explicit = await readCases("tests/golden/explicit.txt");
const batches = await readCases("tests/golden/batch.txt");
const losses = await readCases("tests/golden/losses.txt");
const evaluations = await readCases("tests/golden/evaluation.txt");
const verifications = await readCases("tests/golden/verification.txt");
const axes = await readCases("tests/golden/axes.txt");
const files = await readCases("tests/golden/files.txt");
const fromHex = ([hex = ""]) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const RULES = {
  all: { mining: "all" },
  hard: { mining: "hard" },
  easy_positive: { mining: "easy_positive" },
  semihard_skip: { mining: "semihard" },
  semihard_farthest: { mining: "semihard", fallback: "farthest" },
};

// Options of losses.txt as they are called here.
const OPTIONS = {
  ...{ loss: "loss", distance: "distance", temperature: "temperature", alpha: "alpha", beta: "beta", base: "base" },
  ...{ reduction: "reduction", positive_margin: "positiveMargin", negative_margin: "negativeMargin" },
};

// What float32 can meet of a case: README.md.
function toleranceOf({ alpha = [1], beta = [1], temperature = [1] }, distances) {
  const largest = distances.reduce((most, distance) => Math.max(most, Math.abs(distance)), 0);
  return 1e-6 + 2 ** -23 * largest * Math.max(alpha[0], beta[0], 1 / temperature[0], 1);
}

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`golden explicit triplets, ${build}`, () => {
    assert.equal(explicit.length, 338);
    for (const { name, ...of } of explicit) {
      const [rows, cols] = [of.n[0], of.d[0]];
      const matrix = (key) => ({ data: Float32Array.from(of[key]), rows, cols });
      const reduction = of.reduction[0];
      const { loss, gradients } = triplet.marginLoss(matrix("anchors"), matrix("positives"), matrix("negatives"), {
        convention: of.convention[0],
        p: of.p[0],
        margin: of.margin[0],
        eps: of.eps[0],
        swap: of.swap[0] === 1,
        reduction,
      });
      near(reduction === "none" ? loss.data : [loss], of.loss, name);
      // Against the largest entry of the triplet's three gradients.
      for (let i = 0; i < rows; i++) {
        const parts = ["anchors", "positives", "negatives"];
        const row = (list) => Array.from(list.slice(i * cols, (i + 1) * cols));
        const actual = parts.flatMap((part) => row(gradients[part].data));
        const expected = parts.flatMap((part) => row(of[`gradient_${part}`]));
        assert(errorOf(actual, expected) <= 1e-5, `${name}: gradient of triplet ${i}`);
      }
    }
  });

  test(`golden batches, ${build}`, () => {
    const known = batches.filter(({ rule }) => RULES[rule[0]]);
    assert.equal(known.length, 135);
    for (const { name, ...of } of known) {
      const rule = RULES[of.rule[0]];
      const embeddings = { data: Float32Array.from(of.embeddings), rows: of.b[0], cols: of.d[0] };
      const picks = triplet.mine(embeddings, of.labels, rule);
      assert.equal(picks.anchors.length, of.count[0], name);
      if (of.triplets) {
        const found = Array.from(picks.anchors, (a, i) => [a, picks.positives[i], picks.negatives[i]]);
        assert.deepEqual(found.flat(), of.triplets, name);
      }
      if (of.loss) {
        const { loss, gradient, stats } = triplet.batchLoss(embeddings, of.labels, {
          ...rule,
          margin: of.margin[0],
          swap: of.swap[0] === 1,
          softMargin: of.soft_margin[0] === 1,
          reduction: of.reduction[0],
        });
        near([loss], of.loss, name);
        assert(errorOf(gradient.data, of.gradient) <= 1e-5, `${name}: gradient`);
        assert.equal(stats.triplets, of.count[0], name);
      }
    }
  });

  test(`golden pair losses, ${build}`, () => {
    assert.equal(losses.length, 183);
    for (const { name, ...of } of losses) {
      const [b, d, r] = [of.b[0], of.d[0], of.r[0]];
      const matrix = (key, rows) => ({ data: Float32Array.from(of[key]), rows, cols: d });
      const rows = matrix("embeddings", b);
      const references = matrix("references", r);
      const given = Object.entries(OPTIONS).filter(([key]) => of[key]);
      const options = Object.fromEntries(given.map(([key, option]) => [option, of[key][0]]));
      if (of.distance[0] === "minkowski") {
        options.p = of.p[0];
      }
      const measure = { distance: options.distance, p: options.p };
      const tolerance = toleranceOf(of, triplet.distances(rows, r > 0 ? references : rows, measure).data);
      if (r > 0) {
        Object.assign(options, { references, referenceLabels: of.reference_labels, referenceGradient: true });
      }

      const { loss, gradient, referenceGradient } = triplet.batchLoss(rows, of.labels, options);
      assert(Math.abs(loss - of.value[0]) <= tolerance * Math.abs(of.value[0]), `${name}: loss`);
      const sides = [[gradient, of.gradient], ...(r > 0 ? [[referenceGradient, of.reference_gradient]] : [])];
      for (const [actual, expected] of sides) {
        for (let i = 0; i < actual.rows; i++) {
          const row = (list) => Array.from(list.slice(i * d, (i + 1) * d));
          assert(errorOf(row(actual.data), row(expected)) <= tolerance, `${name}: gradient of row ${i}`);
        }
      }
    }
  });

  test(`golden evaluations, ${build}`, () => {
    assert.equal(evaluations.length, 35);
    for (const { name, ...of } of evaluations) {
      const [b, d, r] = [of.b[0], of.d[0], of.r[0]];
      const matrix = (key, rows) => ({ data: Float32Array.from(of[key]), rows, cols: d });
      const { queries, macro, classes, ...figures } = triplet.evaluate(matrix("embeddings", b), of.labels, {
        distance: of.distance[0],
        ...(of.distance[0] === "minkowski" && { p: of.p[0] }),
        ...(r > 0 && { references: matrix("references", r), referenceLabels: of.reference_labels }),
        ...(of.self[0] === 1 && { referenceSelf: [...of.labels.keys()] }),
      });
      const asked = classes.filter((one) => one.queries);
      assert.deepEqual([queries, asked.map(({ label }) => label)], [of.queries[0], of.classes ?? []], name);
      const FIGURES = {
        ...{ precision_at_1: "precisionAt1", r_precision: "rPrecision", map_at_r: "mapAtR", map: "map", mrr: "mrr" },
      };
      for (const [key, figure] of Object.entries(FIGURES)) {
        const found = [figures[figure], macro[figure], ...asked.map((one) => one[figure])];
        const expected = queries ? [...of[key], ...of[`macro_${key}`], ...of[`class_${key}`]] : [null, null];
        assert.equal(found.length, expected.length);
        found.forEach((value, i) => assert(Math.abs(value - expected[i]) <= 1e-12, `${name}: ${key}`));
      }
    }
  });

  test(`golden verifications, ${build}`, () => {
    assert.equal(verifications.length, 37);
    for (const { name, ...of } of verifications) {
      const [b, d, r] = [of.b[0], of.d[0], of.r[0]];
      const matrix = (key, rows) => ({ data: Float32Array.from(of[key]), rows, cols: d });
      const rows = matrix("embeddings", b);
      const references = matrix("references", r);
      const measure = { distance: of.distance[0], ...(of.distance[0] === "minkowski" && { p: of.p[0] }) };
      const options = { ...measure, curve: of.points[0] + 1, far: of.far };
      const beside = r > 0 ? { references, referenceLabels: of.reference_labels } : {};
      const found = of.pairs[0]
        ? triplet.verifyPairs(rows, references, of.labels.map((label, i) => label === of.reference_labels[i]), options)
        : triplet.verify(rows, of.labels, { ...options, ...beside });
      assert.deepEqual([found.same, found.different], [of.same_pairs[0], of.different_pairs[0]], name);
      const close = (actual, expected, what) => {
        assert.equal(actual.length, expected.length, `${name}: ${what}`);
        expected.forEach((value, i) => assert(Math.abs(actual[i] - value) <= 1e-12, `${name}: ${what} ${i}`));
      };
      close([found.auc, found.eer, found.accuracy], [of.auc[0], of.eer[0], of.accuracy[0]], "figures");
      // scikit-learn leaves out none of the points, and the curve only has its corners.
      const isCorner = (far, tar) => of.far.some((x, i) => Math.abs(x - far) + Math.abs(of.tar[i] - tar) <= 1e-12);
      found.curve.far.forEach((far, i) => assert(!i || isCorner(far, found.curve.tar[i]), `${name}: corner ${i}`));
      const best = of.far.map((rate) => Math.max(0, ...of.tar.filter((_, i) => of.far[i] <= rate)));
      close(of.far.map((rate) => found.tar[rate]), best, "tar");
    }
  });

  test(`golden axes, ${build}`, () => {
    assert.equal(axes.length, 17);
    for (const { name, ...of } of axes) {
      const x = { data: Float32Array.from(of.x), rows: of.n[0], cols: of.d[0] };
      const found = triplet.principalAxes(x, { count: of.count[0] });
      assert(errorOf(found.mean.data, of.mean) <= 1e-7, `${name}: mean`);
      assert(errorOf(found.axes.data, of.axes) <= 2e-6, `${name}: axes`);
      of.shares.forEach((share, i) => assert(Math.abs(found.shares[i] - share) <= 1e-9, `${name}: shares`));
      const size = Math.max(...of.mean.map(Math.abs)) + Math.max(...of.projected.map(Math.abs));
      const along = triplet.project(x, found).data;
      of.projected.forEach((value, i) => assert(Math.abs(along[i] - value) <= 1e-6 * size, `${name}: projected`));
    }
  });

  test(`golden files, ${build}`, () => {
    assert.equal(files.length, 95);
    for (const { name, ...of } of files) {
      const bytes = fromHex(of.bytes);
      const format = of.format[0];
      const options = { format, tensor: of.tensor[0] === "-" ? undefined : of.tensor[0] };
      if (of.result[0] !== "ok") {
        const refused = of.result[0] === "bad" ? "MatrixError" : "RangeError";
        assert.throws(() => triplet.decodeMatrix(bytes, options), (error) => error.name === refused);
        continue;
      }
      const { matrix, words } = triplet.decodeMatrix(bytes, options);
      assert.deepEqual([matrix.rows, matrix.cols], [of.rows[0], of.cols[0]], name);
      assert.deepEqual(new Uint8Array(matrix.data.buffer), fromHex(of.numbers), name);
      if (of.written[0]) {
        assert.deepEqual(triplet.encodeMatrix(matrix, { format }), bytes, name);
      }
      const text = new TextDecoder().decode(fromHex(of.words));
      assert.deepEqual(words, format === "text" ? text.split("\0").slice(0, -1) : null, name);
    }
  });
}
