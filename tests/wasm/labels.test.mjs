// Labels that are texts, several a row, or a matrix of relations, in every function that takes labels.
import { assert, builds, loadTriplet, test } from "./harness.mjs";

const triplet = await loadTriplet({ wasm: builds.simd });

const ROWS = 24;
const rows = Array.from({ length: ROWS }, (_, i) => [0, 1, 2, 3, 4].map((k) => ((i * 37 + k * 61) % 101) / 50));
// 0 to 3 of six tags for each row, and the same where a row has one at least.
const sets = rows.map((_, i) => Array.from({ length: i % 4 }, (_, j) => (i * (j + 1) * 7 + j) % 6));
const full = sets.map((set) => (set.length ? set : [3]));
const texts = sets.map((set) => set.map((label) => `tag ${label}`));

// What sets say: 1, -1 or 0 of each two rows.
const relate = (one, other) =>
  one.length && other.length ? (one.some((label) => other.includes(label)) ? 1 : -1) : 0;
const relations = (labels) => labels.map((one) => labels.map((other) => relate(one, other)));

const MININGS = ["all", "hard", "semihard", "easy_positive", "distance_weighted", "random"];
const LOSSES = ["contrastive", "info_nce", "sup_con", "multi_similarity"];

// Without what goes by labels.
const figures = ({ classes, macro, ...others }) => others;

// Everything that depends on who is what to whom.
function everything(labels) {
  return [
    ...MININGS.map((mining) => triplet.batchLoss(rows, labels, { mining })),
    ...MININGS.map((mining) => triplet.mine(rows, labels, { mining })),
    ...LOSSES.map((loss) => triplet.batchLoss(rows, labels, { loss })),
    figures(triplet.evaluate(rows, labels, { k: [1, 3] })),
  ];
}

test("every triplet whose labels say so is counted", () => {
  const related = relations(sets);
  const { anchors, positives, negatives } = triplet.mine(rows, sets);
  anchors.forEach((a, i) => {
    assert.equal(related[a][positives[i]], 1);
    assert.equal(related[a][negatives[i]], -1);
  });
  const count = (row, wanted) => row.filter((relation) => relation === wanted).length;
  const expected = related.map((row, a) => (count(row, 1) - (sets[a].length ? 1 : 0)) * count(row, -1));
  assert.equal(anchors.length, expected.reduce((one, other) => one + other));
  assert.equal(triplet.batchLoss(rows, sets).stats.triplets, anchors.length);
});

test("sets, texts and relations are different words for the same", () => {
  assert.deepEqual(everything(texts), everything(sets));
  const matrix = relations(full);
  const expected = everything(full);
  assert.deepEqual(everything({ relations: matrix }), expected);
  assert.deepEqual(everything({ relations: triplet.matrix(matrix) }), expected);
  const data = Float32Array.from(matrix.flat());
  assert.deepEqual(everything({ relations: { data, rows: ROWS, cols: ROWS } }), expected);
});

test("sets of one label are integers to the bit", () => {
  const integers = Int32Array.from(rows, (_, i) => (i % 5) - 2);
  const single = Array.from(integers, (label, i) => (i % 2 ? label : [label]));
  assert.deepEqual(everything(single), everything(integers));
  assert.deepEqual(triplet.evaluate(rows, single), triplet.evaluate(rows, integers));
  assert.deepEqual(triplet.split(single, 0.3, 1), triplet.split(integers, 0.3, 1));
  const heldOut = triplet.split(integers, 0.3, 1).heldOut;
  assert.deepEqual(
    triplet.evaluateHeldOut(rows, single, heldOut, { k: [2] }),
    triplet.evaluateHeldOut(rows, integers, heldOut, { k: [2] }),
  );
});

test("references share the texts of the queries, and need no labels beside relations", () => {
  const references = [[0], [1], [2], [3]];
  const queries = [[0], [1], [2]];
  const { anchors, positives } = triplet.mine(queries, ["a", "b", "a"], {
    references,
    referenceLabels: ["b", "c", "a", "d"],
  });
  const found = new Set(Array.from(anchors, (a, i) => `${a} ${positives[i]}`));
  assert.deepEqual([...found], ["0 2", "1 0", "2 2"]);
  assert.equal(anchors.length, 9);

  const matrix = [[1, 0, -1, -1], [0, 0, 0, 0], [-1, 1, 1, 0]];
  const mined = triplet.mine(queries, { relations: matrix }, { references });
  assert.deepEqual([...mined.anchors], [0, 0, 2, 2]);
  assert.deepEqual([...mined.positives], [0, 0, 1, 2]);
  assert.deepEqual([...mined.negatives], [2, 3, 0, 0]);
});

test("rows that have no label, or one to ignore, are left out", () => {
  const labels = ["a", [], "a", "b", ["b", -1], [], "b"];
  const { anchors, positives, negatives } = triplet.mine(rows.slice(0, 7), labels, { ignoreLabel: -1 });
  assert.deepEqual([...anchors], [0, 0, 2, 2, 3, 3, 6, 6]);
  assert.deepEqual([...positives], [2, 2, 0, 0, 6, 6, 3, 3]);
  assert.deepEqual([...negatives], [3, 6, 3, 6, 0, 2, 0, 2]);
});

test("a split leaves two rows of every label", () => {
  const { training, heldOut } = triplet.split(texts, 0.25, 1);
  assert.equal(training.length + heldOut.length, ROWS);
  for (let label = 0; label < 6; label++) {
    assert(Array.from(training).filter((row) => sets[row].includes(label)).length >= 2);
  }
  assert(heldOut.length > 2 && heldOut.every((row) => sets[row].length));
});

const x = [[0], [1], [2]];
const refused = [
  [[1, [1.5], 1], "RangeError", "labels[1][0]: expected an int32, got number 1.5"],
  [[1, [1, []], 1], "TypeError", "labels[1][1]: expected an int32 or a text, got array"],
  [[1, {}, 1], "TypeError", "labels[1]: expected an int32, a text or an array of them, got object"],
  [[["a\0b"], "b", "a"], "TypeError", 'labels[0][0]: expected a text without \\0, got string "a\0b"'],
  [["a", -1, 0], "TypeError", "labels[2]: expected no integer >= 0 beside texts, got number 0"],
  [[-1, [7, "a"], 1], "TypeError", 'labels[1][1]: expected no text beside integers >= 0, got string "a"'],
  [[[1], 1], "RangeError", "labels: expected labels of 3 rows, got 2"],
  [[[1, 2], 1], "RangeError", "labels: expected labels of 3 rows, got 2"],
  [{}, "TypeError", "labels: expected an array of labels or { relations: matrix }, got object"],
  [undefined, "TypeError", "labels: expected an array of labels or { relations: matrix }, got undefined"],
  [
    { relations: [[1, 1, 1]] },
    "RangeError",
    "labels.relations: expected 3 x 3 like queries x references, got 1 x 3",
  ],
  [
    { relations: [[1, 1, 1], [1, 1, 2], [1, 1, 1]] },
    "RangeError",
    "labels.relations: expected 1, -1 or 0, got 2 at row 1, column 2",
  ],
  [{ relations: 1 }, "TypeError", /^\w+: labels\.relations: expected a matrix, .* got number 1$/],
];
for (const [i, [labels, name, message]] of refused.entries()) {
  test(`labels that are refused, ${i}`, () => {
    for (const call of ["batchLoss", "mine", "evaluate"]) {
      const text = typeof message === "string" ? `${call}: ${message}` : message;
      assert.throws(() => triplet[call](x, labels), { name, message: text });
    }
  });
}

test("labels of references that are refused", () => {
  const mine = (labels, referenceLabels) => () => triplet.mine(x, labels, { references: [[0]], referenceLabels });
  const all = { relations: [[1], [1], [1]] };
  assert.throws(mine(all, [1]), { argument: "referenceLabels", expected: "none beside relations, which say all" });
  assert.throws(mine([0, 0, 1], ["a"]), { argument: "referenceLabels[0]", expected: "no text beside integers >= 0" });
  assert.throws(mine(["a", "b", "c"], [3]), { expected: "no integer >= 0 beside texts" });
  assert.throws(mine([0, 0, 1]), { message: /referenceLabels: expected an array of labels/ });
});

test("relations keep no rows", () => {
  const labels = { relations: [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]] };
  const expected = { name: "RangeError", argument: "labels", expected: "labels", got: "a matrix of relations" };
  assert.throws(() => triplet.split(labels, 0.5, 1), expected);
  assert.throws(() => triplet.memory({ capacity: 3 }).push(x, labels), expected);
  assert.throws(() => triplet.trainer({ data: x, labels, layers: [1] }), expected);
  assert.throws(() => triplet.evaluateHeldOut(x, labels, [1]), expected);
});

// ---- a memory ------------------------------------------------------------------------------------------------------

function pairsWith(memory, queries, labels) {
  const { anchors, positives } = triplet.mine(queries, labels, { references: memory });
  return [...new Set(Array.from(anchors, (a, i) => `${a} ${positives[i]}`))];
}

test("a memory keeps the numbers of its texts", () => {
  const memory = triplet.memory({ capacity: 4 });
  memory.push([[1], [2]], ["b", ["a", "c"]]);
  memory.push([[3]], ["c"]);
  const queries = [[0], [0], [0]];
  const labels = ["c", "new", "b"];
  assert.deepEqual(pairsWith(memory, queries, labels), ["0 1", "0 2", "2 0"]);
  assert.deepEqual(pairsWith(memory, queries, labels), ["0 1", "0 2", "2 0"]);
  memory.push([[4], [5]], ["new", []]); // over the first row
  assert.deepEqual(pairsWith(memory, queries, labels), ["0 1", "0 2", "1 3"]);
});

test("a memory does not take texts for integers", () => {
  const memory = triplet.memory({ capacity: 4 });
  memory.push([[1], [2]], ["a", -1]);
  const expected = { argument: "labels[0]", expected: "no integer >= 0 beside texts", got: "number 0" };
  assert.throws(() => memory.push([[1]], [0]), expected);
  assert.throws(() => triplet.mine([[1]], [0], { references: memory }), expected);
  assert.equal(memory.rows, 2);
  memory.clear();
  memory.push([[1]], [0]);
  assert.throws(() => memory.push([[1]], ["a"]), { expected: "no text beside integers >= 0" });
});

test("a memory learns no text of a push that fails", () => {
  const memory = triplet.memory({ capacity: 4 });
  assert.throws(() => memory.push([[1]], ["lost", "lost"]), RangeError);
  assert.throws(() => memory.push([[1]], [5, 5]), RangeError);
  memory.push([[1], [2]], ["a", "b"]);
  assert.deepEqual(pairsWith(memory, [[0]], ["b"]), ["0 1"]);
});

test("a memory is not changed while its labels are read", () => {
  const memory = triplet.memory({ capacity: 4 });
  const labels = new Proxy(["a"], {
    get(target, name) {
      if (name === "0") {
        memory.push([[7]], ["other"]);
      }
      return target[name];
    },
  });
  assert.throws(() => memory.push([[1]], labels), { name: "TypeError", argument: "labels" });
  assert.deepEqual(pairsWith(memory, [[0]], ["other"]), []); // no negative
  assert.equal(memory.rows, 1);
});

// ---- a trainer -----------------------------------------------------------------------------------------------------

const { x: data, labels: classes } = triplet.synthetic("blobs", 60, 1, 1);
const NAMES = ["red", "green", "blue", "grey"];
const named = Array.from(classes, (label) => NAMES[label]);
const tagged = named.map((name, i) => (i % 9 === 8 ? [] : i % 5 === 4 ? [name, "fifth"] : name));
const make = (options) =>
  triplet.trainer({ data, layers: [4, 2], seed: 3, rowsPerClass: 3, classesPerBatch: 3, validation: 0.2, ...options });

test("a trainer names its classes by the texts of its labels, in order of appearance", () => {
  const trainer = make({ labels: named });
  const plain = make({ labels: classes });
  assert.deepEqual(trainer.classes, NAMES);
  assert.deepEqual(plain.classes, []);
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(trainer.step(), plain.step());
  }
  assert.deepEqual(figures(trainer.evaluate()), figures(plain.evaluate()));
  assert.deepEqual(trainer.evaluate(data, named), trainer.evaluate());
  assert.deepEqual(trainer.parameters, plain.parameters);
  const given = make({ labels: named, classes: ["grey", "blue"] });
  assert.deepEqual(given.classes, ["grey", "blue", "red", "green"]);
  // A name that is there twice stands for the first of its labels.
  const twice = make({ labels: named, classes: ["grey", "grey"] });
  assert.deepEqual(twice.classes, ["grey", "grey", "red", "green", "blue"]);
});

test("a trainer of several labels a row goes on where its model was", () => {
  const trainer = make({ labels: tagged });
  assert.deepEqual(trainer.classes, [...NAMES, "fifth"]);
  for (let i = 0; i < 7; i++) {
    trainer.step();
    assert(trainer.lastBatch.length > 4 && trainer.lastBatch.every((row) => tagged[row].length));
  }
  const loaded = triplet.load(trainer.save());
  loaded.attach(data, tagged);
  for (let i = 0; i < 7; i++) {
    trainer.step();
    loaded.step();
  }
  assert.deepEqual(loaded.save(), trainer.save());
  assert.deepEqual(loaded.evaluate(), trainer.evaluate());
  loaded.attach(data, ["sixth", ...named.slice(1)]);
  assert.deepEqual(loaded.classes, [...NAMES, "fifth", "sixth"]);
  assert.throws(() => loaded.attach(data, ["seventh"]), RangeError);
  assert.deepEqual(loaded.classes, [...NAMES, "fifth", "sixth"]);
});

test("a trainer is evaluated against texts and relations", () => {
  const trainer = make({ labels: named });
  trainer.run();
  const some = [0, 1].map((i) => [...data.data.subarray(2 * i, 2 * i + 2)]);
  const names = named.slice(0, 2);
  const expected = trainer.evaluate(some, names, { references: data, referenceLabels: named });
  assert.equal(expected.queries, 2);
  const relations = names.map((name) => named.map((other) => (name === other ? 1 : -1)));
  assert.deepEqual(figures(trainer.evaluate(some, { relations }, { references: data })), figures(expected));

  const memory = triplet.memory({ capacity: 60 });
  memory.push(data, named);
  assert.deepEqual(trainer.evaluate(some, names, { references: memory }), expected);
  assert.throws(() => trainer.evaluate(undefined, undefined, { references: memory }), {
    argument: "labels",
    expected: "labels beside a memory that has texts",
  });
});
