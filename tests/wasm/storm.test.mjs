// Objects of the caller that call, free and make others while they are read and written, at any depth: every error is a
// typed one, and what lives keeps its numbers.
import { assert, builds, loadTriplet, test } from "./harness.mjs";

const LABELS = [0, 0, 1, 1];
const METHODS = [
  ...["free", "push", "clear", "update", "forward", "backward", "step", "run", "embed", "evaluate", "attach", "set"],
  ...["get", "save", "lastTriplets", "lastBatch", "validationRows", "parameters", "columns", "rows"],
  ...["fit", "matrix", "numbers", "labels", "recipe", "next", "keepRows", "keptRows", "facts", "threshold"],
];

async function storm(triplet, seed) {
  let state = seed;
  const below = (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  const pick = (list) => list[below(list.length)];
  const matrices = new Map(); // those that live, and their numbers
  const shown = new Map(); // what shows them, and which of them
  const objects = [];
  const lasting = [];
  let depth = 0;
  let calls = 0;

  const meddle = (value, chance = 4) => (below(chance) ? value : (act(), value));
  const hostile = (value) =>
    new Proxy(value, {
      get: (of, name) => meddle(of[name]),
      ownKeys: (of) => meddle(Reflect.ownKeys(of)),
      set: (of, name, given) => meddle(Reflect.set(of, name, given)),
    });

  function numbers() {
    return Array.from({ length: 4 }, () => [below(9), below(9)]);
  }

  function rows() {
    const list = numbers();
    const flat = { data: Float32Array.from(list.flat()), rows: 4, cols: 2 };
    return pick([list, hostile(list.map(hostile)), hostile(flat), ...matrices.keys(), ...shown.keys()]);
  }

  function out() {
    const place = () => (below(2) ? triplet.matrix(4, 2) : undefined);
    const gradients = hostile({ anchors: place(), positives: place() });
    return hostile({ loss: 0, gradient: place(), gradients, stats: hostile({}) });
  }

  function taken() {
    const matrix = pick([...matrices.keys()]) ?? triplet.matrix(4, 2);
    matrices.delete(matrix);
    return matrix;
  }

  function read() {
    const recipe = pick([undefined, ...objects.filter((object) => "matrix" in object)]);
    const table = triplet.readTable("a,b\n1,2\n3,5\n", hostile({ keep: hostile(["a"]), recipe }));
    objects.push(table, table.recipe);
  }

  function make() {
    const list = numbers();
    matrices.set(triplet.matrix(hostile(list)), list);
  }

  function show() {
    const matrix = pick([...matrices.keys()]);
    if (matrix) {
      shown.set(matrix.subarray(0).subarray(0, 4), matrix);
    }
  }

  function hide() {
    const view = pick([...shown.keys()]);
    shown.delete(view);
    view?.free();
  }

  // In place, and of rows that it may share.
  function change() {
    const matrix = taken();
    const half = matrix.subarray(below(3), 2 + below(3));
    pick([
      () => matrix.add(rows(), 2),
      () => matrix.copy(rows()),
      () => half.copy().fill(1),
      () => half.scale(2).random(1),
      () => matrix.subarray(0, half.rows).copy(half),
    ])();
  }

  function set() {
    const trainer = pick(objects.filter((object) => "keptRows" in object));
    if (trainer) {
      trainer.threshold = pick([null, 2]);
      trainer.facts = hostile({ name: "text" });
    }
  }

  function readBack() {
    const bytes = triplet.encodeMatrices(hostile({ one: rows(), other: rows() }));
    triplet.decodeMatrix(bytes, hostile({ tensor: pick(["one", "other", "third"]) }));
    const saved = pick(objects)?.save?.();
    if (saved) {
      objects.push(triplet.load(saved));
    }
  }

  function use() {
    const name = pick(METHODS);
    const object = pick(objects);
    const options = hostile({ k: hostile([1, 2]) });
    const values = {
      push: [rows(), hostile(LABELS)],
      forward: [rows()],
      backward: [rows()],
      step: [hostile({ stats: hostile({}) })],
      run: [() => meddle(below(3) > 0)],
      embed: pick([[], [rows()]]),
      evaluate: pick([[], [rows(), LABELS, options]]),
      attach: [rows(), hostile(LABELS)],
      set: pick([["margin", 2], ["optimizer", hostile({ learningRate: 0.2 })]]),
      get: ["layers"],
      fit: [hostile("steps" in (object ?? {}) ? { onProgress: () => meddle(below(3) > 0) } : [0, 1])],
      matrix: [pick(objects), hostile([1, 0])],
      numbers: ["a"],
      keepRows: pick([[], [rows(), hostile(LABELS)]]),
    };
    if (name === "update") {
      return object?.update?.(taken(), rows());
    }
    const given = typeof object?.[name] === "function" && object[name](...(values[name] ?? []));
    if (given instanceof Promise) {
      lasting.push(given.catch(check));
    }
  }

  const actions = [
    make,
    make,
    () => taken().free(),
    () => triplet.marginLoss(rows(), rows(), rows(), hostile({ weights: hostile([1, 2, 3, 4]), out: out() })),
    () => triplet.indexedLoss(rows(), hostile({ anchors: [0], positives: [1], negatives: [2] }), { out: out() }),
    () => triplet.batchLoss(rows(), LABELS, hostile({ out: out(), references: rows(), referenceLabels: LABELS })),
    () => triplet.mine(rows(), hostile(LABELS), hostile({ mining: "semihard" })),
    () => triplet.distances(rows(), rows(), hostile({ p: 1 + below(3) })),
    () => triplet.nearest(rows(), rows(), hostile({ k: 1 + below(3), exclude: hostile([[0], [], hostile([1]), []]) })),
    () => triplet.classify(rows(), rows(), hostile(LABELS), hostile({ k: 1 + below(3) })),
    () => triplet.verify(rows(), hostile(LABELS), hostile({ far: hostile([0.1]), curve: 9 })),
    () => triplet.verifyPairs(rows(), rows(), hostile([true, false, 1, 0]), hostile({ far: [0.5] })),
    () => triplet.evaluateHeldOut(rows(), LABELS, hostile([0, 3]), hostile({ k: hostile([1, 2]) })),
    () => triplet.evaluateNeighbors(hostile([hostile([1]), [0], [], [2]]), hostile(LABELS), hostile({ k: [1] })),
    read,
    () => objects.push(triplet.memory(hostile({ capacity: 6 }))),
    () => objects.push(triplet.sampler(hostile({ labels: hostile(LABELS), rowsPerClass: 2 }))),
    () => objects.push(triplet.optimizer(hostile({ learningRate: 0.1 }))),
    () => objects.push(triplet.encoder(hostile({ inputs: 2, layers: hostile([3, 2]), seed: 1 }))),
    () => objects.push(triplet.trainer(hostile({ data: rows(), labels: hostile(LABELS), layers: pick([[], [2]]) }))),
    () => {
      const [data, references] = [rows(), rows()];
      objects.push(triplet.trainer(hostile({ data, references, layers: [2], residual: true })));
    },
    show,
    hide,
    change,
    set,
    readBack,
    use,
    use,
    () => triplet.matrix(200 + below(200), 200).free(),
  ];

  function check(error) {
    assert([TypeError, RangeError].some((Type) => error instanceof Type), `seed ${seed}: ${error.stack}`);
  }

  function act() {
    if (depth > 3 || ++calls > 1000) {
      return;
    }
    depth++;
    try {
      pick(actions)();
    } catch (error) {
      check(error);
    }
    depth--;
  }

  for (let i = 0; i < 100; i++) {
    act();
  }
  for (const work of lasting) {
    await work;
  }
  for (const [matrix, list] of matrices) {
    assert.deepEqual(matrix.toArray(), list);
  }
  for (const [view, matrix] of shown) {
    if (matrices.has(matrix)) {
      assert.deepEqual(view.toArray(), matrices.get(matrix));
    }
  }
}

test("whatever the objects of the caller do while they are read, what lives keeps its numbers", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    await storm(await loadTriplet({ wasm: builds.simd }), seed);
  }
});
