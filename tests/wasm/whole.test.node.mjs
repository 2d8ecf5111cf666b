// The whole interface under random input, shrunk by fast-check. Each method that index.d.ts declares is called rightly
// but for one value, which may be anything: it is answered, or refused by an error of the package that names the method
// and one of its arguments; the same call is answered alike by an instance without SIMD and by one in a worker; and the
// instance works on.
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, OutOfMemoryError, plain, test } from "./harness.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ts = createRequire(join(root, "wasm/package.json"))("typescript");
const RUNS = { seed: 1, numRuns: 40 };

// ---- what is declared ----------------------------------------------------------------------------------------------

const file = join(root, "build/npm/index.d.ts");
const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022, strict: true });
const checker = program.getTypeChecker();
const declared = new Map(
  program
    .getSourceFile(file)
    .statements.filter(ts.isInterfaceDeclaration)
    .map((node) => [node.name.text, methodsOf(checker.getTypeAtLocation(node))]),
);

// Names, with those of their parameters; but what is named by a symbol.
function methodsOf(type) {
  const methods = checker.getPropertiesOfType(type).flatMap((property) => {
    const signatures = checker.getTypeOfSymbol(property).getCallSignatures();
    return signatures.length && !property.name.startsWith("__@") ? [[property.name, parametersOf(signatures)]] : [];
  });
  return new Map(methods);
}

function parametersOf(signatures) {
  return signatures.flatMap((signature) => signature.parameters.map(({ name }) => name));
}

// ---- a right call of each ------------------------------------------------------------------------------------------

const rows = [[0, 0], [1, 1], [0, 1], [2, 2]];
const labels = [0, 0, 1, 1];
const text = "x,colour,kind\n1,r,0\n2,g,1\n,r,0\n4,g,1\n";
const training = { data: rows, labels, layers: [2], steps: 3, classesPerBatch: 2, rowsPerClass: 2 };

// How an object of each kind is made, by an instance or a worker.
const makers = {
  Triplet: (triplet) => triplet,
  Matrix: (triplet) => triplet.matrix(rows),
  Index: (triplet) => triplet.index(rows),
  Memory: async (triplet) => {
    const memory = await triplet.memory({ capacity: 6 });
    await memory.push(rows, labels);
    return memory;
  },
  Encoder: async (triplet) => {
    const encoder = await triplet.encoder({ inputs: 2, layers: [2], seed: 1 });
    await encoder.forward(rows);
    return encoder;
  },
  Optimizer: (triplet) => triplet.optimizer(),
  Sampler: (triplet) => triplet.sampler({ labels, classesPerBatch: 2, rowsPerClass: 2 }),
  Table: (triplet) => triplet.readTable(text, { label: "kind" }),
  Recipe: async (triplet) => valueOf(await triplet.readTable(text, { label: "kind" }), "recipe"),
  Trainer: (triplet) => triplet.trainer(training),
};

// A property, which is a method of what stands for an object in a worker.
const valueOf = (object, name) => (typeof object[name] === "function" ? object[name]() : object[name]);

const instance = await loadTriplet({ wasm: builds.simd });
const model = instance.trainer(training).save();
const matrix = instance.encodeMatrix(rows, { format: "npy" });

// What stands for an object of the package until the call is made.
class Make {
  constructor(kind) {
    this.kind = kind;
  }
}

const make = (kind) => new Make(kind);
const right = {
  Triplet: {
    batchLoss: [rows, labels, { mining: "hard", margin: 1, reduction: "none" }],
    classify: [rows, rows, labels, { k: 2, threshold: 5 }],
    decodeMatrix: [matrix, { format: "npy" }],
    distances: [rows, rows, { p: 1, convention: "torch" }],
    encodeMatrices: [{ one: rows }],
    encodeMatrix: [rows, { format: "npy" }],
    encoder: [{ inputs: 2, layers: [3, 2], seed: 1, activation: "tanh" }],
    evaluate: [rows, labels, { k: [1, 2], distance: "cosine" }],
    evaluateHeldOut: [[...rows, ...rows], [...labels, ...labels], [0, 2, 5], { k: [1] }],
    evaluateNeighbors: [[[1, 2], [0], [], [2]], labels, { k: [1] }],
    fileFormat: [matrix],
    index: [rows, { distance: "squared" }],
    indexedLoss: [rows, { anchors: [0], positives: [1], negatives: [2] }, { swap: true, reduction: "sum" }],
    load: [model],
    marginLoss: [rows, rows, rows, { swap: true, weights: [1, 0, 2, 1], gradients: true }],
    matrix: [rows],
    memory: [{ capacity: 3 }],
    mine: [rows, labels, { mining: "semihard", fallback: "farthest" }],
    nearest: [rows, rows, { k: 2, exclude: [[0], [], [1, 2], []] }],
    optimizer: [{ name: "adamw", learningRate: 0.5 }],
    pairSlopes: [rows, labels, { loss: "info_nce", temperature: 0.5 }],
    principalAxes: [rows, { count: 1 }],
    project: [rows, { mean: [0, 0], axes: [[1, 0]] }],
    reach: [{ loss: "contrastive", positiveMargin: 0.5 }, 2],
    readTable: [text, { label: "kind", keep: ["x"], missing: "drop" }],
    ring: [[0, 1], rows, 1, { p: 3 }],
    sampler: [{ labels, classesPerBatch: 2, rowsPerClass: 2, seed: 3 }],
    schema: ["trainer"],
    shareInterval: [0.5, 9],
    split: [labels, 0.5, 1, "rows"],
    standardization: [rows],
    standardize: [rows, { mean: [0, 0], deviation: [1, 2] }],
    synthetic: ["moons", 9, 1, 1],
    trainer: [{ ...training, optimizer: { name: "sgd" }, columns: ["x", "y"], classes: ["up", "down"] }],
    verify: [rows, labels, { far: [0.1], curve: 5, threshold: 1 }],
    verifyPairs: [rows, rows, [true, false, true, false], { far: [0.1], curve: 5 }],
    withScope: [() => 1],
  },
  Matrix: {
    add: [rows, 2], copy: [rows], fill: [2], free: [], random: [1], scale: [2], select: [[1, 0]], subarray: [1, 3],
    toArray: [],
  },
  Index: { free: [], nearest: [rows, { k: 2 }], nearestAsync: [rows, { k: 2 }] },
  Memory: { clear: [], free: [], push: [rows, labels] },
  Encoder: { backward: [rows], export: [], forward: [rows], free: [], save: [] },
  Optimizer: { free: [], get: ["name"], save: [], set: ["name", "sgd"], update: [make("Matrix"), rows] },
  Sampler: { free: [], next: [] },
  Table: { free: [], numbers: ["x"], texts: ["colour"] },
  Recipe: { fit: [[0, 1, 3]], free: [], matrix: [make("Table"), [0, 1]] },
  Trainer: {
    attach: [rows, labels], embed: [rows], evaluate: [rows, labels, { k: [1] }], export: [], fit: [], free: [],
    get: ["margin"], keepRows: [rows, labels], lastTriplets: [], restoreBest: [], run: [], save: [], set: ["margin", 2],
    step: [], verify: [rows, labels, { far: [0.5] }],
  },
};

test("every declared method has its call, and no other", () => {
  const objects = Object.keys(makers);
  const wanted = objects.map((kind) => [kind, [...declared.get(kind).keys()].sort()]);
  const listed = objects.map((kind) => [kind, Object.keys(right[kind]).sort()]);
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(wanted));
  // Other interfaces are of results, whose methods only show them.
  for (const [kind, methods] of declared) {
    assert(makers[kind] || [...methods.keys()].every((name) => name === "toArray"), kind);
  }
});

// ---- one value that may be anything --------------------------------------------------------------------------------

const number = fc.oneof(
  fc.integer({ min: -3, max: 9 }),
  fc.constantFrom(0.5, -0, NaN, Infinity, -Infinity, 1e300, 2 ** 31, 2 ** 53, -1e-45),
);
const list = fc.array(number, { maxLength: 5 });
const anything = fc.oneof(
  number,
  list,
  fc.array(list, { maxLength: 5 }),
  fc.constantFrom(undefined, null, true, "", "hard", "x", "\0", "kind"),
  fc.constantFrom(rows, labels, [[]], [["a"], [], ["b", "a"], "c"]),
  list.map((numbers) => Float32Array.from(numbers)),
  fc.record({ data: list, rows: number, cols: number }),
  fc.record({ margin: fc.oneof(number, fc.string()) }),
  fc.anything({ withTypedArray: true }),
);

// A value, and in which argument, or member of an argument, it stands.
const change = fc.record({ place: fc.nat(9), member: fc.nat(9), whole: fc.boolean(), value: anything });

function changed(call, { place, member, whole, value }) {
  const given = [...call];
  const at = place % (call.length + 1);
  const names = isPlain(given[at]) ? Object.keys(given[at]) : [];
  given[at] = whole || !names.length ? value : { ...given[at], [names[member % names.length]]: value };
  return given;
}

const isPlain = (value) => typeof value === "object" && Object.getPrototypeOf(value ?? []) === Object.prototype;

// A clone knows these alone; functions are for callers in the same thread.
function isClonable(values) {
  try {
    structuredClone(values);
    return true;
  } catch {
    return false;
  }
}

const sideOf = (triplet) => ({ triplet, make: (kind) => makers[kind](triplet) });

// What comes of a call: numbers and texts, without what only one side can show.
async function outcome(side, kind, name, given) {
  const object = await side.make(kind);
  const values = await Promise.all(given.map((value) => (value instanceof Make ? side.make(value.kind) : value)));
  try {
    return { result: await told(await object[name](...values)) };
  } catch (error) {
    return { error };
  } finally {
    await Promise.all([object, ...values].map((used) => used !== side.triplet && release(used)));
  }
}

async function release(used) {
  if (typeof used?.free === "function" && kindOf(used)) {
    await used.free();
  }
}

// Objects of the package are told by what they save or show.
const kindOf = (value) => typeof value?.free === "function";

async function told(value) {
  if (!kindOf(value)) {
    return isClonable(value) ? plain(value) : undefined;
  }
  if (typeof value.toArray === "function") {
    return value.toArray();
  }
  return typeof value.save === "function" ? value.save() : "an object";
}

const sameError = (one, other) =>
  one.name === other.name && one.message === other.message && one.argument === other.argument;

// What an error may name: a parameter, an option or another member of what is given or could be, the option that a text
// names, or options, of which there is none of that name.
const argumentsOf = (kind, name, given) => [
  ...declared.get(kind).get(name),
  ...[...given, ...right[kind][name]].flatMap((value) => (isPlain(value) ? Object.keys(value) : [value])),
  "options",
];

function assertRefusal(error, kind, name, known) {
  const told = `${kind}.${name}: ${error.stack}`;
  assert(error instanceof TypeError || error instanceof RangeError, told);
  assert(!/undefined is not|cannot read|is not a function|unreachable|out of bounds/i.test(error.message), told);
  if (error instanceof OutOfMemoryError || error.argument === undefined) {
    return;
  }
  const place = kind === "Triplet" ? name : `${kind.toLowerCase()}.${name}`;
  assert(error.message.startsWith(`${place}: `), told);
  const argument = /^\w+/.exec(error.argument)[0];
  assert(known.includes(argument), `${argument} is none of ${known}; ${told}`);
}

const there = await loadWorker();
const sides = {
  here: sideOf(instance),
  scalar: sideOf(await loadTriplet({ wasm: builds.scalar })),
  there: sideOf(there),
};

for (const [kind, methods] of Object.entries(right)) {
  test(`${kind}: whatever is passed`, async () => {
    for (const [name, call] of Object.entries(methods)) {
      await fc.assert(
        fc.asyncProperty(change, async (made) => {
          const given = changed(call, made);
          const here = await outcome(sides.here, kind, name, given);
          const plainly = await outcome(sides.scalar, kind, name, given);
          assert.deepEqual(plainly.result, here.result, name);
          if (here.error) {
            assertRefusal(here.error, kind, name, argumentsOf(kind, name, given));
            assert(plainly.error && sameError(plainly.error, here.error), `${name}: ${plainly.error?.stack}`);
          }
          if (isClonable(given) && there[name] !== undefined) {
            const away = await outcome(sides.there, kind, name, given);
            assert.deepEqual(away.result, here.result, `${kind}.${name} in a worker: ${away.error?.stack}`);
            assert(!here.error || sameError(away.error, here.error), `${here.error?.message}; ${away.error?.message}`);
          }
          assert.equal(instance.distances([[0]], [[2]]).data[0], 2);
        }),
        RUNS,
      );
    }
  });
}

test("the worker works on, and ends", async () => {
  assert.equal((await there.distances([[0]], [[2]])).data[0], 2);
  there.terminate();
});
