// Options and other objects are what their members give, wherever a caller's defaults live; nothing that runs while
// they are read can disturb the call.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, plain, test } from "./harness.mjs";

const triplet = await loadTriplet({ wasm: builds.simd });
const rows = [[0, 0], [1, 0], [0, 2], [3, 1]];
const x = { data: Float32Array.from(rows.flat()), rows: 4, cols: 2 };
const labels = [0, 0, 1, 1];
const indices = { anchors: [0], positives: [1], negatives: [2] };

function testWithWorker(name, body) {
  test(name, async () => {
    const remote = await loadWorker();
    try {
      await body(remote);
    } finally {
      remote.terminate();
    }
  });
}

const getters = (members) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { get: () => value, configurable: true }]));

// The same members, given in other ways.
const WAYS = {
  prototype: (members) => Object.create(members),
  "prototype of a prototype": (members) => Object.create(Object.freeze(Object.create(members))),
  "without Object.prototype": (members) => Object.create(Object.assign(Object.create(null), members)),
  "own getters": (members) =>
    Object.defineProperties({}, Object.fromEntries(
      Object.entries(getters(members)).map(([name, getter]) => [name, { ...getter, enumerable: true }]),
    )),
  "hidden getters": (members) => Object.defineProperties({}, getters(members)),
  "a class": (members) => {
    class Settings {
      #secret = members;
      describe() {
        return this.#secret;
      }
    }
    Object.defineProperties(Settings.prototype, getters(members));
    return new (class extends Settings {
      update = () => {};
    })();
  },
  "a function's prototype": (members) => {
    function Settings() {}
    Settings.prototype.describe = function () {};
    return Object.assign(new Settings(), members);
  },
  frozen: (members) => Object.freeze({ ...members }),
  proxy: (members) => new Proxy(members, {}),
  "proxy of defaults": (members) => new Proxy({}, { get: (_, name) => members[name] }),
};

// What is called, with a way of giving objects.
const CALLS = {
  matrix: (t, as) => t.matrix(as(x)),
  marginLoss: (t, as) =>
    t.marginLoss(as(x), rows, as(x), as({ margin: 3, p: 1, gradients: false, weights: [1, 2, 3, 4] })),
  indexedLoss: (t, as) =>
    t.indexedLoss(rows, as(indices), as({ margin: 3, reduction: "none", margins: as(matrixOf(9)) })),
  batchLoss: (t, as) => {
    const references = { references: as(x), referenceLabels: labels, referenceSelf: [0, 1, 2, 3] };
    const options = { mining: "hard", margin: 5, softMargin: true, referenceGradient: true, ...references };
    return t.batchLoss(rows, labels, as(options));
  },
  mine: (t, as) => t.mine(rows, labels, as({ mining: "random", seed: 7, ignoreLabel: 5 })),
  distances: (t, as) => t.distances(rows, as(x), as({ distance: "squared" })),
  nearest: (t, as) => {
    const exclude = [[1], [], [], [0]];
    return t.nearest(rows, rows, as({ k: 2, p: 1, referenceSelf: [0, 1, 2, 3], exclude }));
  },
  classify: (t, as) => t.classify(rows, as(x), labels, as({ k: 3, threshold: 2, exclude: [[0], [], [], []] })),
  verify: (t, as) => {
    const references = { references: as(x), referenceLabels: labels, referenceSelf: [0, 1, 2, 3] };
    return t.verify(rows, labels, as({ far: [0.1], curve: 5, threshold: 1, p: 1, ...references }));
  },
  verifyPairs: (t, as) => t.verifyPairs(rows, as(x), [1, 0, 1, 0], as({ far: [0.5], distance: "cosine" })),
  encodeMatrix: (t, as) => t.encodeMatrix(as(x), as({ format: "safetensors" })),
  decodeMatrix: (t, as) => t.decodeMatrix(triplet.encodeMatrix(x, { format: "npy" }), as({ format: "npy" })),
  evaluate: (t, as) => t.evaluate(rows, labels, as({ k: [1, 2], distance: "cosine" })),
  standardize: (t, as) => t.standardize(rows, as({ mean: [1, 2], deviation: [2, 4] })),
};

const matrixOf = (...numbers) => ({ data: Float32Array.from(numbers), rows: numbers.length, cols: 1 });

const trainerOptions = (as) => ({
  data: as(x),
  labels,
  layers: [3, 2],
  seed: 9,
  columns: ["a", "b"],
  optimizer: as({ name: "sgd", learningRate: 0.5, momentum: 0.25 }),
});

for (const [way, as] of Object.entries(WAYS)) {
  test(`what is given by ${way} is read`, () => {
    for (const [name, call] of Object.entries(CALLS)) {
      const [given, wanted] = [as, (members) => members].map((give) => call(triplet, give));
      assert.deepEqual(given.toArray?.() ?? given, wanted.toArray?.() ?? wanted, name);
    }
    const [one, other] = [as(trainerOptions(as)), trainerOptions((members) => members)].map(triplet.trainer);
    assert.deepEqual(one.columns, ["a", "b"]);
    one.step();
    other.step();
    assert.deepEqual(one.save(), other.save());
    const [found, wanted] = [one, other].map((trainer) => trainer.evaluate(undefined, undefined, as({ k: [1] })));
    assert.deepEqual(found, wanted);
    assert.deepEqual(Object.keys(found.recallAt), ["1"]);
    one.set("optimizer", as({ learningRate: 0.125 }));
    assert.deepEqual([one.get("optimizer").learningRate, one.get("optimizer").momentum], [0.125, 0.25]);
    const optimizer = triplet.optimizer(as({ name: "sgd", learningRate: 2 }));
    assert.equal(optimizer.get("learningRate"), 2);
    assert.equal(triplet.trainer({ ...trainerOptions(as), optimizer }).get("optimizer").learningRate, 2);
    const encoder = triplet.encoder(as({ inputs: 2, layers: [2], seed: 3, normalize: true }));
    assert.deepEqual(
      encoder.forward(as(x)),
      triplet.encoder({ inputs: 2, layers: [2], seed: 3, normalize: true }).forward(rows),
    );
    const table = triplet.readTable("a,b\n1,x\n1,y\n1,x\n", as({ label: "b", keep: ["a"], header: true }));
    assert.deepEqual([table.label, table.recipe.inputs], ["b", ["a"]]);
    const memory = triplet.memory(as({ capacity: 2 }));
    memory.push(rows, labels);
    assert.equal(memory.rows, 2);
    const batches = { labels, sampler: "epoch", rowsPerClass: 2 };
    assert.deepEqual(triplet.sampler(as(batches)).next(), triplet.sampler(batches).next());
    const pairs = as({ data: as(x), references: as(x), layers: [2], residual: true, adapt: "queries" });
    assert.equal(triplet.trainer(pairs).get("adapt"), "queries");
  });

  testWithWorker(`the worker's client reads what is given by ${way}`, async (remote) => {
    for (const [name, call] of Object.entries(CALLS)) {
      const [given, wanted] = [await call(remote, as), call(triplet, (members) => members)];
      assert.deepEqual((await given.toArray?.()) ?? plain(given), wanted.toArray?.() ?? plain(wanted), name);
    }
    const trainer = await remote.trainer(as(trainerOptions(as)));
    const here = triplet.trainer(trainerOptions(as));
    assert.deepEqual(await trainer.save(), here.save());
    await trainer.set("optimizer", as({ learningRate: 0.125 }));
    assert.equal((await trainer.get("optimizer")).learningRate, 0.125);
  });
}

test("properties of random options: a prototype's are read, its own come first", () => {
  const options = fc.record(
    {
      margin: fc.double({ min: -9, max: 9, noNaN: true }),
      p: fc.constantFrom(1, 2, 3, Infinity),
      swap: fc.boolean(),
      reduction: fc.constantFrom("mean", "sum", "mean_nonzero"),
      convention: fc.constantFrom("torch", "optax", "exact"),
      weights: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
    },
    { requiredKeys: [] },
  );
  const ways = fc.constantFrom(...Object.values(WAYS));
  fc.assert(
    fc.property(options, options, ways, (defaults, own, as) => {
      const given = Object.defineProperties(Object.create(as(defaults)), Object.getOwnPropertyDescriptors(own));
      const wanted = triplet.marginLoss(rows, rows.slice().reverse(), rows, { ...defaults, ...own });
      assert.deepEqual(triplet.marginLoss(rows, rows.slice().reverse(), rows, given), wanted);
    }),
    { seed: 1, numRuns: 100 },
  );
});

testWithWorker("unknown options are refused wherever they are, methods are none", async (remote) => {
  const unknown = [
    { margn: 1 },
    { margn: undefined },
    { margn: () => 1 },
    Object.create({ margn: 1 }),
    new (class {
      margn = 1;
    })(),
    new Proxy({ margn: 1 }, {}),
    JSON.parse('{ "__proto__": 1 }'),
    { constructor: 1 },
    { soft_margin: true },
    { "margin\0": 1 },
    { "margin\0p": 1 },
  ];
  for (const options of unknown) {
    const message = /^marginLoss: options: unknown option ".*"; (known|did you mean \w+\? Known) are margin, swap, /;
    const refused = { name: "TypeError", message };
    assert.throws(() => triplet.marginLoss(rows, rows, rows, options), refused);
    await assert.rejects(remote.marginLoss(rows, rows, rows, options), refused);
  }
  class Application {
    get margin() {
      return 3;
    }
    get title() {
      throw new Error("not asked for");
    }
    get steps() {
      return 7;
    }
    run() {}
  }
  assert.equal(triplet.marginLoss(rows, rows, rows, new Application()).loss, 3);
  assert.equal((await remote.marginLoss(rows, rows, rows, new Application())).loss, 3);
  Object.prototype.extend = () => {};
  try {
    assert.equal(triplet.marginLoss(rows, rows, rows, { margin: 2 }).loss, 2);
  } finally {
    delete Object.prototype.extend;
  }
  const lists = [[], [1], new Map([["margin", 3]]), new Set(), Promise.resolve(), new Float32Array(1), "margin", null];
  for (const options of lists) {
    const refused = { name: "TypeError", message: /^marginLoss: options: expected an object, got / };
    assert.throws(() => triplet.marginLoss(rows, rows, rows, options), refused);
    await assert.rejects(() => loadTriplet(options ?? 0), { name: "TypeError", argument: "options" });
  }
  await assert.rejects(remote.marginLoss(rows, rows, rows, new Map([["margin", 3]])), TypeError);
  await assert.rejects(remote.trainer({ ...trainerOptions((members) => members), optimizer: triplet.optimizer() }), {
    name: "TypeError",
    message: /of the worker, got one of the page/,
  });
});

testWithWorker("a NUL ends no name and no choice", async (remote) => {
  const base = trainerOptions((members) => members);
  const cases = [
    (t) => t.batchLoss(rows, labels, { mining: "hard\0x" }),
    (t) => t.batchLoss(rows, labels, { mining: "hard\0" }),
    (t) => t.distances(rows, rows, { distance: "cosine\0" }),
    (t) => t.marginLoss(rows, rows, rows, { reduction: "\0" }),
    (t) => t.marginLoss(rows, rows, rows, { nonfinite: "allow\0error" }),
    (t) => t.optimizer({ name: "adam\0w" }),
    (t) => t.optimizer({ "b1\0": 0.5 }),
    (t) => t.encoder({ inputs: 2, layers: [1], seed: 1, activation: "relu\0" }),
    (t) => t.trainer({ ...base, schedule: "linear\0" }),
    (t) => t.trainer({ ...base, optimizer: { name: "sgd\0" } }),
    (t) => t.trainer({ ...base, columns: ["a\0", "b"] }),
    (t) => t.trainer({ ...base, classes: ["a", "\0b"] }),
    (t) => t.synthetic("moons\0", 4, 1, 1),
    (t) => t.schema("mine\0"),
  ];
  const typed = (error) => error instanceof TypeError || error instanceof RangeError;
  for (const [i, call] of cases.entries()) {
    assert.throws(() => call(triplet), typed, `case ${i}`);
    await assert.rejects(call(remote), typed);
  }
  assert.throws(() => triplet.mine(rows, labels, { mining: "hard\0x" }), { name: "RangeError", argument: "mining" });
  const trainer = triplet.trainer(base);
  assert.throws(() => trainer.set("mining", "hard\0"), RangeError);
  assert.throws(() => trainer.set("mining\0", "hard"), TypeError);
  assert.throws(() => trainer.get("mining\0"), TypeError);
  assert.equal(trainer.get("mining"), "all");
  const optimizer = triplet.optimizer();
  assert.throws(() => optimizer.get("b1\0"), TypeError);
  assert.throws(() => optimizer.set("b1\0", 0.5), TypeError);
  assert.throws(() => optimizer.set(Symbol("b1"), 0.5), { name: "TypeError", message: /"Symbol\(b1\)"/ });
});

test("each member is read once", () => {
  const counts = new Map();
  const counting = (members) =>
    new Proxy(members, {
      get(of, name) {
        if (typeof name === "string" && name in of) {
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        return of[name];
      },
    });
  const out = { loss: 0, gradient: counting({ ...x, data: new Float32Array(8) }), stats: {} };
  const calls = [
    () => triplet.batchLoss(counting(x), labels, counting({ margin: 1, weights: [1, 1, 1, 1], out: counting(out) })),
    () => triplet.indexedLoss(counting(x), counting(indices), counting({ margin: 2 })),
    () => triplet.trainer(counting(trainerOptions((members) => members))),
    () => triplet.optimizer(counting({ b1: 0.5, eps: 1 })),
    () => triplet.encoder(counting({ inputs: 2, layers: [1], seed: 1 })),
    () => triplet.memory(counting({ capacity: 3 })),
    () => triplet.classify(counting(x), counting(x), labels, counting({ k: 1, exclude: [[], [], [], []] })),
    () => triplet.verify(counting(x), labels, counting({ far: [0.1], curve: 3 })),
    () => triplet.encodeMatrix(counting(x), counting({ format: "npy" })),
    () => triplet.encodeMatrices(counting({ one: rows, other: counting(x) })),
    () => triplet.sampler(counting({ labels, seed: 3 })),
    () => (triplet.trainer(trainerOptions((members) => members)).facts = counting({ a: "b" })),
  ];
  for (const call of calls) {
    call();
    // rows of several matrices, and those of a matrix and of an output
    const more = [...counts].filter(([name, count]) => count > 1 && !["data", "rows", "cols"].includes(name));
    assert.deepEqual(more, []);
    counts.clear();
  }
});

testWithWorker("where a getter throws, nothing has been written", async (remote) => {
  const mine = new SyntaxError("mine");
  const traps = (names) =>
    names.map((name) => Object.defineProperty({}, name, { enumerable: true, get: () => { throw mine; } }));
  const out = { loss: -1, gradient: { data: new Float32Array(8).fill(5), rows: 4, cols: 2 }, stats: { triplets: -1 } };
  const before = structuredClone(out);
  const trainer = triplet.trainer(trainerOptions((members) => members));
  const bytes = trainer.save();
  const optimizer = triplet.optimizer({ b1: 0.5 });
  const parameters = triplet.matrix([[1, 2]]);
  for (const trap of traps(["margin", "out", "weights", "references", "gradients"])) {
    const options = Object.assign(Object.create(trap), "out" in trap ? {} : { out });
    assert.throws(() => triplet.batchLoss(rows, labels, options), SyntaxError);
  }
  for (const trap of traps(["loss", "gradient", "stats"])) {
    assert.throws(() => triplet.batchLoss(rows, labels, { out: trap }), SyntaxError);
  }
  for (const trap of traps(["data", "rows", "cols"])) {
    const half = Object.assign(Object.create(trap), "data" in trap ? {} : { data: x.data });
    assert.throws(() => triplet.batchLoss(half, labels, { out }), SyntaxError);
    assert.throws(() => trainer.embed(half), SyntaxError);
    assert.throws(() => trainer.attach(half, labels), SyntaxError);
    assert.throws(() => optimizer.update(parameters, half), SyntaxError);
  }
  for (const trap of traps(["learningRate", "name"])) {
    assert.throws(() => trainer.set("optimizer", Object.assign(trap, { b1: 0.75 })), SyntaxError);
    assert.throws(() => triplet.optimizer(trap), SyntaxError);
    assert.throws(() => triplet.trainer({ ...trainerOptions((members) => members), optimizer: trap }), SyntaxError);
  }
  assert.throws(() => trainer.step(traps(["stats"])[0]), SyntaxError);
  assert.throws(() => trainer.step(Object.freeze({})), { name: "TypeError", argument: "report" });
  const frozen = Object.freeze({ gradient: triplet.matrix(4, 2) });
  assert.throws(() => triplet.batchLoss(rows, labels, { out: frozen }), { name: "TypeError", argument: "out" });
  assert.deepEqual(frozen.gradient.toArray().flat(), new Array(8).fill(0));
  assert.deepEqual(out, before);
  assert.deepEqual(trainer.save(), bytes);
  assert.deepEqual([optimizer.get("b1"), optimizer.steps, ...parameters.data], [0.5, 0, 1, 2]);
  await assert.rejects(remote.marginLoss(rows, rows, rows, traps(["margin"])[0]), SyntaxError);
  assert.equal((await remote.distances([[0]], [[2]])).data[0], 2);
});

test("whatever a getter, a trap or a setter calls, the call is as it would have been", () => {
  const other = triplet.trainer({ ...trainerOptions((members) => members), margin: 77, p: 1 });
  const meddle = () => {
    Object.values(CALLS).forEach((call) => call(triplet, WAYS["own getters"]));
    other.step();
    other.get("layers");
    other.set("margin", 70);
    triplet.encoder({ inputs: 7, layers: [5, 4], seed: 1 }).forward([[1, 2, 3, 4, 5, 6, 7]]);
    triplet.matrix(300, 300); // the memory may grow
    assert.throws(() => triplet.distances(rows, rows, { eps: -1 }), RangeError);
  };
  const meddling = (members) =>
    new Proxy(members, {
      get(of, name) {
        meddle();
        return of[name];
      },
      set(of, name, value) {
        meddle();
        of[name] = value;
        return true;
      },
    });
  for (const [name, call] of Object.entries(CALLS)) {
    const [given, wanted] = [meddling, (members) => members].map((as) => call(triplet, as));
    assert.deepEqual(given.toArray?.() ?? given, wanted.toArray?.() ?? wanted, name);
  }
  const results = [
    (out) => triplet.marginLoss(rows, [...rows].reverse(), rows, { out, reduction: "none" }),
    (out) => triplet.indexedLoss(rows, indices, { out }),
    (out) => triplet.batchLoss(rows, labels, { out, references: x, referenceLabels: labels, referenceGradient: true }),
    (out) => triplet.trainer(trainerOptions((members) => members)).step(out),
  ];
  for (const call of results) {
    const of = { stats: meddling({}) };
    call(meddling(of));
    assert.deepEqual(structuredClone({ ...of, stats: { ...of.stats } }), { stats: {}, ...structuredClone(call({})) });
  }
});

// Options that are given, differ from their default, and play no part, with what is said of them.
const data = { data: rows, labels };
const WITHOUT_PART = [
  ["marginLoss", [rows, rows, rows, { distance: "squared", p: 3 }], "p",
    'distance = "minkowski", got distance = "squared"'],
  ["marginLoss", [rows, rows, rows, { convention: "exact", eps: 1 }], "eps",
    'convention = "torch" or "optax", got convention = "exact"'],
  ["indexedLoss", [rows, indices, { distance: "cosine", eps: 1 }], "eps",
    'distance = "minkowski", got distance = "cosine"'],
  ["batchLoss", [rows, labels, { fallback: "farthest" }], "fallback",
    'mining = "semihard" or "easy_positive", got mining = "all"'],
  ["batchLoss", [rows, labels, { seed: 1, mining: "hard" }], "seed",
    'mining = "distance_weighted" or "random", got mining = "hard"'],
  ["mine", [rows, labels, { mining: "semihard", seed: 1 }], "seed",
    'mining = "distance_weighted" or "random", got mining = "semihard"'],
  ["distances", [rows, rows, { distance: "cosine", convention: "torch" }], "convention",
    'distance = "minkowski", got distance = "cosine"'],
  ["nearest", [rows, rows, { k: 1, eps: 1 }], "eps", 'convention = "torch" or "optax", got convention = "exact"'],
  ["evaluate", [rows, labels, { distance: "squared", p: 1 }], "p", 'distance = "minkowski", got distance = "squared"'],
  ["evaluateHeldOut", [rows, labels, [0], { distance: "squared", p: 1 }], "p",
    'distance = "minkowski", got distance = "squared"'],
  ["optimizer", [{ momentum: 0.5 }], "momentum", 'name = "sgd", got name = "adam"'],
  ["optimizer", [{ nesterov: true, name: "adamw" }], "nesterov", 'name = "sgd", got name = "adamw"'],
  ...["b1", "b2", "eps"].map((name) => [
    "optimizer", [{ [name]: 0.5, name: "sgd" }], name, 'name = "adam" or "adamw", got name = "sgd"',
  ]),
  ["encoder", [{ inputs: 2, layers: [2], seed: 1, activation: "tanh" }], "activation", "layers > 1, got 1"],
  ["trainer", [{ ...data, layers: [2], activation: "tanh" }], "activation", "layers > 1, got 1"],
  ["trainer", [{ ...data, dim: 3, layers: [2] }], "dim", "layers = 0, got 1"],
  ["trainer", [{ ...data, standardize: false }], "standardize", "layers > 0, got 0"],
  ["trainer", [{ ...data, evaluateEvery: 1 }], "evaluateEvery", "validation > 0, got 0"],
  ["trainer", [{ ...data, patience: 1 }], "patience", "validation > 0, got 0"],
  ["trainer", [{ ...data, fallback: "farthest" }], "fallback",
    'mining = "semihard" or "easy_positive", got mining = "all"'],
  ["trainer", [{ ...data, optimizer: { momentum: 0.5 } }], "optimizer.momentum", 'name = "sgd", got name = "adam"'],
];

testWithWorker("options that play no part are refused, in any order", async (remote) => {
  for (const [name, values, argument, said] of WITHOUT_PART) {
    const message = `${name}: ${argument}: belongs to ${said}`;
    const turned = [...values.slice(0, -1), Object.fromEntries(Object.entries(values.at(-1)).reverse())];
    for (const given of [values, turned, values]) {
      assert.throws(() => triplet[name](...given), { name: "RangeError", message, argument });
    }
    await assert.rejects(remote[name](...values), { name: "RangeError", message, argument });
  }
});

test("they are taken where they play one, and where they say what holds anyway", () => {
  const taken = [
    ["marginLoss", [rows, rows, rows, { distance: "squared", p: 2, eps: 1e-6 }]],
    ["marginLoss", [rows, rows, rows, { p: 3, eps: 1 }]],
    ["batchLoss", [rows, labels, { fallback: "farthest", mining: "easy_positive" }]],
    ["batchLoss", [rows, labels, { fallback: "skip", seed: 0 }]],
    ["batchLoss", [rows, labels, { seed: 1, mining: "random" }]],
    ["optimizer", [{ momentum: 0.5, nesterov: true, name: "sgd" }]],
    ["optimizer", [{ momentum: 0, b1: 0.5, weightDecay: 0.5 }]],
    ["encoder", [{ inputs: 2, layers: [3, 2], seed: 1, activation: "tanh" }]],
    ["trainer", [{ ...data, dim: 3, standardize: true, activation: "relu" }]],
    ["trainer", [{ ...data, layers: [2], standardize: false, validation: 0.5, patience: 1, evaluateEvery: 2 }]],
  ];
  for (const [name, values] of taken) {
    triplet[name](...values);
  }
});

test("what lives may be changed to have options that play no part", () => {
  const trainer = triplet.trainer({ ...data, layers: [2], p: 3, validation: 0.5, patience: 2 });
  trainer.set("distance", "cosine");
  trainer.set("p", 1);
  trainer.set("fallback", "farthest");
  trainer.set("optimizer", { momentum: 0.5 });
  assert.equal(triplet.load(trainer.save()).get("p"), 1);
  assert.throws(() => trainer.evaluate(rows, labels, { p: 3 }), /p: belongs to distance = "minkowski"/);
  assert.doesNotThrow(() => trainer.evaluate(rows, labels, { p: 3, distance: "minkowski" }));
  const optimizer = triplet.optimizer({ name: "sgd", momentum: 0.5 });
  optimizer.set("name", "adam");
  assert.equal(optimizer.get("momentum"), 0.5);
  assert.equal(triplet.trainer({ ...data, optimizer }).get("optimizer").momentum, 0.5);
});

test("the schema says what options belong to", () => {
  const belongs = Object.fromEntries(triplet.schema("trainer").map((field) => [field.name, field.belongs]));
  assert.equal(belongs.fallback, "loss=triplet,mining=semihard|easy_positive/negatives=semihard");
  assert.equal(belongs.farCutoff, "loss=triplet,mining=distance_weighted/negatives=distance_weighted");
  assert.equal(belongs.eps, "distance=minkowski,convention=torch|optax");
  assert.equal(belongs.evaluateEvery, "validation>0");
  assert.equal(belongs.normalize, undefined);
});
