// Margin loss has a short way, for calls whose options the settings hold already, and a long one, which every first
// call goes: both have to give the same, refuse the same, and notice whatever has changed since the last call.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, test } from "./harness.mjs";

const load = () => loadTriplet({ wasm: builds.simd });
const triplet = await load();

const typed = (rows, cols, seed) => ({
  data: Float32Array.from({ length: rows * cols }, (_, i) => Math.fround(Math.sin(seed + 3 * i))),
  rows,
  cols,
});
const sides = (rows, cols) => [1, 2, 3].map((seed) => typed(rows, cols, seed));
const x = sides(3, 5);

test("every option of the schema is read by its name, once and in its order", () => {
  const names = [];
  const options = new Proxy({}, { get: (_, name) => void (typeof name === "string" && names.push(name)) });
  triplet.marginLoss(...x, options);
  assert.deepEqual(names.filter((name) => name !== "then"), triplet.schema("marginLoss").map(({ name }) => name));
});

const CHANGES = [
  { margin: 0.5 }, { margin: 2 }, { p: 1 }, { p: 3 }, { swap: true }, { swap: false }, { swap: undefined },
  { reduction: "sum" }, { reduction: "none" }, { reduction: "mean" }, { convention: "exact" }, { convention: "torch" },
  { eps: 0.01 }, { eps: undefined }, { softMargin: true }, { softMargin: undefined }, { weights: [1, 0, 2] },
  { margins: [1, 2, 3] }, { weights: undefined }, { margins: undefined }, { gradOutput: 3 }, { gradOutput: undefined },
  { p: undefined }, { distance: "cosine" }, { distance: "squared" }, { distance: undefined }, { gradients: false },
  { gradients: true }, { nonfinite: "allow" }, { gradients: undefined }, { reduction: undefined },
  { margin: undefined },
];

test("a change of the same options is noticed, whatever runs between", async () => {
  const others = [
    () => {},
    () => triplet.batchLoss(x[0], [0, 0, 1], { margin: 7 }),
    () => triplet.indexedLoss(x[0], { anchors: [0], positives: [1], negatives: [2] }, { margin: 9, swap: true }),
    () => assert.throws(() => triplet.marginLoss(...x, { margin: NaN }), RangeError),
    () => assert.throws(() => triplet.marginLoss(...x, { convention: "exact", eps: 1 }), RangeError),
    () => triplet.trainer({ data: x[0], labels: [0, 0, 1], layers: [2], margin: 5 }).step(),
  ];
  for (const other of others) {
    const options = {};
    for (const change of CHANGES) {
      Object.assign(options, change);
      const wanted = (await load()).marginLoss(...x, { ...options });
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(triplet.marginLoss(...x, options), wanted, JSON.stringify(options));
      }
      other();
    }
    assert.throws(() => triplet.marginLoss(...x, Object.assign(options, { margn: 1 })), TypeError);
    assert.throws(() => triplet.marginLoss(...x, options), TypeError);
    delete options.margn;
    triplet.marginLoss(...x, options);
    Object.defineProperty(options, "margin", { get: () => 4, enumerable: false, configurable: true });
    assert.deepEqual(triplet.marginLoss(...x, options), (await load()).marginLoss(...x, { ...options, margin: 4 }));
    delete options.p;
    Object.setPrototypeOf(options, { p: 1 });
    assert.equal(triplet.marginLoss(...x, options).loss, (await load()).marginLoss(...x, { margin: 4, p: 1 }).loss);
  }
});

test("a known name is no method of another object's class", () => {
  class Own {
    update = () => {};
  }
  triplet.marginLoss(...x, new Own());
  assert.throws(() => triplet.marginLoss(...x, { update: () => {} }), TypeError);
});

test("properties of shapes and kinds: both ways have the same bits, and write where they are to", async () => {
  const kinds = fc.array(fc.constantFrom("matrix", "typed", "lists"), { minLength: 3, maxLength: 3 });
  const outs = fc.array(fc.constantFrom("matrix", "typed", "none"), { minLength: 3, maxLength: 3 });
  const asKind = (t, { data, rows, cols }, kind) =>
    kind === "matrix"
      ? t.matrix({ data, rows, cols })
      : kind === "typed"
        ? { data: data.slice(), rows, cols }
        : Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
  const plain = ({ data, rows, cols }) => ({ data: data.slice(), rows, cols });
  await fc.assert(
    fc.asyncProperty(kinds, outs, fc.nat(40), fc.nat(40), fc.boolean(), async (kinds, outs, rows, cols, swap) => {
      const fresh = await load();
      const given = sides(rows, cols);
      const wanted = fresh.marginLoss(...given, { swap });
      const inputs = given.map((side, i) => asKind(triplet, side, kinds[i]));
      triplet.marginLoss(...sides(1, 1), { swap });
      const gradients = {};
      ["anchors", "positives", "negatives"].forEach((name, i) => {
        if (outs[i] !== "none") {
          gradients[name] = asKind(triplet, typed(rows, cols, 9), outs[i]);
        }
      });
      const before = { ...gradients };
      const out = { gradients };
      if (rows === 0 && kinds.includes("lists")) {
        return; // lists of no rows have no columns
      }
      for (let i = 0; i < 2; i++) {
        assert.equal(triplet.marginLoss(...inputs, { swap, out }), out);
        assert.equal(out.gradients, gradients);
        for (const name in before) {
          assert.equal(gradients[name], before[name]);
        }
        assert.deepEqual([out.loss, out.active, out.nonfinite], [wanted.loss, wanted.active, wanted.nonfinite]);
        for (const name in wanted.gradients) {
          assert.deepEqual(plain(gradients[name]), plain(wanted.gradients[name]));
        }
        const alone = triplet.marginLoss(...inputs, { swap, gradients: false });
        assert.deepEqual(alone, { loss: wanted.loss, active: wanted.active, nonfinite: wanted.nonfinite });
      }
    }),
    { seed: 1, numRuns: 100 },
  );
});

// What a call is given, by an instance.
const MISUSE = {
  "a freed input": (t) => {
    const m = t.matrix(x[0]);
    m.free();
    return [m, x[1], x[2], {}];
  },
  "a freed parent": (t) => {
    const m = t.matrix(x[0]);
    const shown = m.subarray(0);
    m.free();
    return [shown, x[1], x[2], {}];
  },
  "another instance's": () => [new Map(), x[1], x[2], {}],
  nothing: () => [],
  null: () => [null, null, null, null],
  "an output that is an input": (t) => {
    const m = t.matrix(x[0]);
    return [m, x[1], x[2], { out: { gradients: { anchors: m } } }];
  },
  "an output that shows an input": (t) => {
    const m = t.matrix(6, 5).random(1);
    return [m.subarray(0, 3), x[1], x[2], { out: { gradients: { negatives: m.subarray(2, 5) } } }];
  },
  "outputs that are one": (t) => {
    const m = t.matrix(3, 5);
    return [...x, { out: { gradients: { anchors: m, positives: m } } }];
  },
  "arrays that are one": () => {
    const one = typed(3, 5, 1);
    return [...x, { out: { gradients: { anchors: one, negatives: { ...one } } } }];
  },
  "other shapes": () => [x[0], typed(3, 4, 1), x[2], {}],
  "another output's shape": (t) => [...x, { out: { gradients: { anchors: t.matrix(5, 3) } } }],
  "a short array": () => [{ ...x[0], rows: 2 }, { ...x[1], rows: 2 }, { ...x[2], rows: 2 }, {}],
  "rows of a fraction": () => [1, 2, 3].map((seed) => ({ ...typed(3, 5, seed), rows: 1.5, cols: 10 })),
  "a frozen result": () => [...x, { out: Object.freeze({}) }],
  "frozen gradients": () => [...x, { out: { gradients: Object.freeze({}) } }],
  "a result that is none": () => [...x, { out: 3 }],
  "gradients that are none": () => [...x, { out: { gradients: 0 } }],
  "a flag that is none": () => [...x, { gradients: 1 }],
  ...Object.fromEntries(
    [[[1, 2], [3]], [[1, 2], "34"], [[1, 2], [3, "4"]], [[1, 2], [3, 1e39]], [[1, 2], [NaN, 4]], [[1], Array(1)], [3]]
      .map((rows, i) => [`rows that are none, ${i}`, () => [rows, [[1, 2], [3, 4]], [[1, 2], [3, 4]], {}]]),
  ),
  "rows of another shape": () => [[[1, 2]], [[1, 2]], [[1], [2]], {}],
  "rows that are an output": () => [...x, { out: { gradients: { anchors: [[1]] } } }],
  "numbers that are not finite": () => [typed(3, 5, NaN), x[1], x[2], {}],
};

test("misuse is refused as by a first call, and changes nothing", async () => {
  const refusal = (t, given) => {
    try {
      t.marginLoss(...given);
    } catch ({ name, message }) {
      return `${name}: ${message}`;
    }
    return "none";
  };
  for (const [name, given] of Object.entries(MISUSE)) {
    const fresh = await load();
    const wanted = refusal(fresh, given(fresh));
    assert.notEqual(wanted, "none", name);
    triplet.marginLoss(...x);
    assert.equal(refusal(triplet, given(triplet)), wanted, name);
    assert.deepEqual(triplet.marginLoss(...x), fresh.marginLoss(...x), name);
  }
});

test("what frees or calls while it is read changes nothing of the call", () => {
  const wanted = triplet.marginLoss(...x);
  const [a, p, n] = x.map((side) => triplet.matrix(side));
  const late = {
    get margin() {
      triplet.marginLoss(...sides(2, 7), { margin: 3 });
      return undefined;
    },
  };
  assert.deepEqual(triplet.marginLoss(a, p, n, late), wanted);
  assert.deepEqual(triplet.marginLoss(a, p, n, late), wanted);
  const nested = {
    ...x[0],
    get data() {
      triplet.marginLoss(...sides(2, 7));
      return x[0].data;
    },
  };
  assert.deepEqual(triplet.marginLoss(nested, p, n), wanted);
  const changing = {
    ...x[0],
    get data() {
      triplet.marginLoss(...sides(2, 7), { margin: 3 });
      return x[0].data;
    },
  };
  assert.deepEqual(triplet.marginLoss(a, p, n), wanted);
  assert.deepEqual(triplet.marginLoss(changing, p, n), wanted);
  const freeing = {
    ...x[2],
    get data() {
      p.free();
      return x[2].data;
    },
  };
  assert.throws(() => triplet.marginLoss(a, p, freeing), /positives: expected a living object, got a freed one/);
});
