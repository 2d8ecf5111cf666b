// What objects of the package say of themselves and to whoever copies them, how they are freed, near misses of options,
// and memory beyond 2 GB.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { loadTriplet, OutOfMemoryError } from "../../build/npm/index.js";

const triplet = await loadTriplet();
const rows = [
  [1, 2],
  [3, 4],
];

test("console.log shows what a matrix and a trainer are", () => {
  const m = triplet.matrix(rows);
  assert.equal(inspect(m), "Matrix { rows: 2, cols: 2, data: Float32Array(4) [ 1, 2, 3, 4 ] }");
  assert.equal(inspect({ m }, { compact: 9, breakLength: 999 }), `{ m: ${inspect(m)} }`);
  assert.match(inspect(triplet.matrix(100, 100)), /9900 more items/);
  const data = triplet.matrix(9, 3).random(1);
  const trainer = triplet.trainer({ data, labels: [..."aaabbbccc"], layers: [2], steps: 1 });
  const shown = "inputs: 3, dim: 2, steps: 0, stopped: false, threshold: null, columns: [], classes: [ 'a', 'b', 'c' ]";
  assert.equal(inspect(trainer, { breakLength: 999, compact: 9 }), `Trainer { ${shown} }`);
  assert.match(inspect(triplet.readTable("a,b\n1,2\n3,4\n")), /^Table \{\s*rows: 2,/);
  for (const freed of [m, trainer]) {
    freed.free();
    assert.match(inspect(freed), /^(Matrix|Trainer) \(freed\)$/);
  }
  const others = { encoder: { inputs: 1, layers: [1], seed: 1 }, optimizer: {}, memory: { capacity: 1 } };
  for (const [name, options] of Object.entries(others)) {
    assert.match(inspect(triplet[name](options)), new RegExp(`^${name} `, "i"));
  }
  assert.match(inspect(triplet.distances(rows, rows)), /^Rows \{/);
});

test("structuredClone does not lose what lies in the instance without a word", async () => {
  const m = triplet.matrix(rows);
  const trainer = triplet.trainer({ data: m, labels: [0, 0], layers: [1] });
  for (const object of [
    m,
    trainer,
    m.subarray(1),
    triplet.sampler({ labels: [0, 0] }),
    triplet.encoder({ inputs: 1, layers: [1], seed: 1 }),
  ]) {
    assert.throws(() => structuredClone(object), {
      name: "DataCloneError",
      message: /toArray\(\).*save\(\).* could not be/,
    });
  }
  const cloned = structuredClone(triplet.distances(rows, rows));
  assert.deepEqual(triplet.matrix(cloned).toArray(), triplet.distances(rows, rows).toArray());
});

test("results have toArray", () => {
  const found = triplet.nearest(rows, rows, { k: 2 });
  assert.deepEqual(found.indices.toArray(), [
    [0, 1],
    [1, 0],
  ]);
  assert.deepEqual(found.distances.toArray()[0][0], 0);
  assert.deepEqual(
    triplet
      .marginLoss(rows, rows, [
        [9, 9],
        [9, 9],
      ])
      .gradients.anchors.toArray(),
    [
      [0, 0],
      [0, 0],
    ],
  );
  assert.deepEqual(triplet.batchLoss(rows, [0, 1], { reduction: "none" }).loss.toArray(), [[0], [0]]);
  assert.deepEqual(triplet.distances(triplet.matrix(0, 2), rows).toArray(), []);
});

// ---- options -------------------------------------------------------------------------------------------------------

test("of an option by its other spelling, or nearly right, the error says what is meant", () => {
  const unknown = (key, options = {}) => {
    try {
      triplet.trainer({ data: rows, labels: [0, 0], layers: [1], ...options, [key]: 1 });
    } catch (error) {
      return error.message;
    }
    return "nothing";
  };
  for (const schema of ["trainer", "optimizer"]) {
    for (const { name } of triplet.schema(schema)) {
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const key of new Set([snake, snake.replaceAll("_", "-"), name.toUpperCase()])) {
        const wrong = { [key]: 1 };
        const run = () => (schema === "trainer" ? triplet.trainer(wrong) : triplet.optimizer(wrong));
        if (key !== name) {
          assert.throws(run, {
            name: "TypeError",
            message: new RegExp(`unknown option "${key}"; did you mean ${name}\\? Known are `),
          });
        }
      }
    }
  }
  for (const [key, meant] of [
    ["margn", "margin"],
    ["temprature", "temperature"],
    ["label", "labels"],
    ["ignorLabel", "ignoreLabel"],
  ]) {
    assert.match(
      unknown(key),
      new RegExp(`^trainer: options: unknown option "${key}"; did you mean ${meant}\\? Known are loss, `),
    );
  }
  for (const key of ["lr", "q", "", "_", "batchSize", 'a"b', "x".repeat(999)]) {
    assert(unknown(key).startsWith(`trainer: options: unknown option "${key}"; known are loss, positiveMargin, `), key);
  }
  assert.match(unknown("optimizer", { optimizer: { learning_rate: 1 } }), /expected an object/);
  const nested = { data: rows, labels: [0, 0], optimizer: { learning_rate: 1 } };
  assert.throws(
    () => triplet.trainer(nested),
    /optimizer\.options: unknown option "learning_rate"; did you mean learningRate\?/,
  );
});

// ---- memory --------------------------------------------------------------------------------------------------------

test("withScope frees what is made in it, but what it returns", () => {
  let kept = [];
  const found = triplet.withScope(() => {
    const m = triplet.matrix(rows);
    const inner = triplet.withScope(() => triplet.matrix(rows));
    kept = [m, m.copy(), m.select([0]), m.subarray(1), inner, triplet.sampler({ labels: [0, 0] })];
    kept.push(triplet.trainer({ data: m, labels: [0, 0], layers: [1] }));
    kept.push(triplet.load(kept.at(-1).save()));
    const encoder = triplet.encoder({ inputs: 2, layers: [1], seed: 1 });
    encoder.forward(m);
    return { encoder, product: triplet.matrix(rows), loss: triplet.marginLoss(m, m, m).loss };
  });
  kept.forEach((object) => assert.match(inspect(object), /\(freed\)$/));
  assert.deepEqual(found.product.toArray(), rows);
  assert.equal(found.encoder.backward([[1], [1]]).x.rows, 2);
  const one = triplet.withScope(() => triplet.matrix(rows));
  assert.deepEqual(one.toArray(), rows);
  assert.equal(
    triplet.withScope(() => 5),
    5,
  );
  const index = triplet.withScope(() => triplet.index(one));
  assert.equal(index.nearest(rows, { k: 1 }).distances.data[0], 0);

  // Neither what was made before, nor what somebody else's matrix is filled with.
  const out = triplet.matrix(2, 2);
  triplet.withScope(() => void triplet.distances(one, one, { out }));
  assert.equal(out.data.length, 4);
  const optimizer = triplet.optimizer({ name: "adam" });
  triplet.withScope(() => optimizer.update(one, rows));
  optimizer.update(one, rows);

  assert.throws(
    () =>
      triplet.withScope(() => {
        kept = [triplet.matrix(1, 1)];
        throw new Error("mine");
      }),
    /mine/,
  );
  assert.match(inspect(kept[0]), /freed/);
  assert.throws(() => triplet.withScope(async () => triplet.matrix(1, 1)), {
    name: "TypeError",
    message: /got a promise$/,
  });
  assert.throws(() => triplet.withScope(), {
    name: "TypeError",
    message: "withScope: body: expected a function, got undefined",
  });
});

test("a loop that forgets is told what to do, and with a scope it goes on", async () => {
  const fresh = await loadTriplet();
  // 1.6 GB, of which little is used.
  const make = () => fresh.memory({ capacity: 100 }).push([new Float32Array(4e6).fill(1)], [1]);
  assert.throws(
    () => Array.from({ length: 9 }, make),
    (error) =>
      error instanceof OutOfMemoryError &&
      /free what is done with, by `using`, free\(\) or withScope\(\)$/.test(error.message),
  );
  const other = await loadTriplet();
  for (let i = 0; i < 20; i++) {
    other.withScope(() => other.memory({ capacity: 100 }).push([new Float32Array(4e6)], [1]));
  }
});

test("beyond 2 GB everything is as before it", async () => {
  const fresh = await loadTriplet();
  const memories = [0, 1].map(() => fresh.memory({ capacity: 300 }));
  memories.forEach((memory) => memory.push([new Float32Array(1e6)], [1])); // 1.2 GB each, of which little is used
  // Small ones find room below until that is full.
  const beyond = (rows, cols) => {
    const made = fresh.matrix(rows, cols);
    return made.data.byteOffset > 2 ** 31 ? made : beyond(rows, cols);
  };
  beyond(1, 1);
  const far = beyond(2000, 4).random(1);
  assert(far.data.byteOffset > 2 ** 31, String(far.data.byteOffset));
  const near = triplet.matrix(2000, 4).random(1);
  const labels = Int32Array.from({ length: 2000 }, (_, i) => i % 7);
  const both = (run) => assert.deepEqual(run(fresh, far), run(triplet, near));
  both((t, m) => m.toArray());
  both((t, m) => t.marginLoss(m, m.subarray(0), m.select([...labels.keys()])));
  both((t, m) => t.marginLoss({ data: m.data, cols: 4 }, { data: m.data.subarray(0), cols: 4 }, m.toArray()));
  both((t, m) => t.marginLoss(m.subarray(0, 9), m.subarray(1, 10), m.subarray(2, 11), { convention: "exact" }));
  both((t, m) => t.batchLoss(m, labels, { mining: "hard" }));
  both((t, m) => t.nearest(m, m, { k: 3 }));
  both((t, m) => t.distances(m, m.subarray(0, 3), { out: t.matrix(2000, 3) }).toArray());
  both((t, m) =>
    t.evaluate(
      m,
      Array.from(labels, (label) => `class ${label}`),
      { k: [1] },
    ),
  );
  both((t, m) => t.verify(m, labels, { far: [0.1], curve: 9 }));
  both((t) => t.split(labels, 0.2, 1));
  both((t, m) => t.decodeMatrix(t.encodeMatrices({ m }), { tensor: "m" }));
  both((t) => {
    const table = t.readTable("x,colour,kind\n" + "1,red,a\n2,blue,b\n3,red,a\n5,blue,b\n".repeat(3), {
      label: "kind",
    });
    return [
      table.columns,
      table.labels,
      table.numbers("x"),
      table.texts("colour"),
      table.notes,
      table.recipe.matrix(table),
    ];
  });
  both((t, m) => {
    const data = m.subarray(0, 60);
    const options = {
      data,
      labels: Array.from(labels.subarray(0, 60), String),
      columns: [..."abcd"],
      layers: [3],
      steps: 9,
    };
    const trainer = t.trainer(options);
    trainer.run();
    trainer.facts = { made: "there" };
    const { columns, classes, facts, parameters } = t.load(trainer.save());
    return [columns, classes, facts, parameters, trainer.evaluate(), trainer.lastTriplets(), trainer.lastBatch];
  });
  both((t, m) => {
    try {
      return t.marginLoss(m, [[0]], m);
    } catch (error) {
      return error.message;
    }
  });
  memories.forEach((memory) => memory.free());
});
