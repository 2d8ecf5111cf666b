// ONNX models: the same bytes as in C and Lua (tests/golden/onnx.txt), of which onnxruntime makes what embed makes.
import { createRequire } from "node:module";
import { assert, builds, loadTriplet, loadWorker, read, test } from "./harness.mjs";
import { hashOf } from "./native.mjs";

const require = createRequire(new URL("../../wasm/package.json", import.meta.url));
const { InferenceSession, Tensor } = require("onnxruntime-node");

// What it makes of rows.
async function run(bytes, { data, rows, cols }) {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const { embeddings } = await session.run({ x: new Tensor("float32", data, [rows, cols]) });
  return { data: embeddings.data, rows: embeddings.dims[0], cols: embeddings.dims[1] };
}

function assertNear(actual, expected, name) {
  assert.deepEqual([actual.rows, actual.cols], [expected.rows, expected.cols], name);
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-37);
  const error = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(actual.data[i] - value)), 0) / largest;
  assert(error <= 1e-6, `${name}: ${error}`);
}

// Of each case of the golden file its keys, by its name.
const cases = Object.fromEntries(
  (await read("tests/golden/onnx.txt"))
    .split("\nend\n")
    .map((text) => [...text.matchAll(/^([a-z]+) (.*)$/gm)].map(([, key, value]) => [key, value]))
    .filter((pairs) => pairs.length)
    .map((pairs) => [pairs[0][1], Object.fromEntries(pairs)]),
);

function assertGolden(name, bytes, embeddings) {
  const known = cases[name];
  assert.deepEqual([bytes.length, hashOf(bytes)], [Number(known.bytes), known.hash], name);
  const [rows, cols] = [Number(known.rows), Number(known.dim)];
  assertNear(embeddings, { data: known.embeddings.split(" ").map(Number), rows, cols }, name);
}

// As in tests/lua/onnx_models.lua.
const ENCODERS = {
  linear: { inputs: 3, layers: [2] },
  relu: { inputs: 5, layers: [9, 4] },
  "tanh-normalized": { inputs: 4, layers: [7, 6, 3], activation: "tanh", normalize: true },
  "no-activation": { inputs: 4, layers: [5, 3], activation: "none" },
  residual: { inputs: 4, layers: [8, 4], residual: true },
  adapter: { inputs: 64, layers: [64], residual: true, normalize: true },
  identity: { inputs: 3, layers: [] },
  normalized: { inputs: 3, layers: [], normalize: true },
};
const MIXED =
  "year,town,size,kind\n2001,Ulm,1.5,a\n1999,Bonn,,b\n2010,,2.25,a\n2024,Ulm,0.125,b\n,Bonn,3,a\n" +
  "2005,Ulm,2,b\n2011,Jena,1,a\n1995,Jena,4.5,b\n2003,Bonn,1.75,a\n2020,Ulm,2.5,b\n";
const TABLES = {
  iris: [await read("tests/data/iris.csv"), "species"],
  digits: [await read("tests/data/digits.csv"), "digit"],
  mixed: [MIXED, "kind"],
};

// The inputs of a table's rows, as a program has them that knows nothing of recipes.
function inputsOf(text, names) {
  const [header, ...lines] = text.trim().split("\n").map((line) => line.split(","));
  const input = (cells, name) => {
    const [column, value] = header.includes(name) ? [name] : name.split("=");
    const cell = cells[header.indexOf(column)];
    return value === undefined ? (cell === "" ? NaN : Number(cell)) : Number(cell === value);
  };
  const data = Float32Array.from(lines.flatMap((cells) => names.map((name) => input(cells, name))));
  return { data, rows: lines.length, cols: names.length };
}

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`of encoders onnxruntime makes what forward makes, ${build}`, async () => {
    for (const [name, options] of Object.entries(ENCODERS)) {
      const encoder = triplet.encoder({ ...options, seed: 1 });
      encoder.parameters.random(2);
      const x = triplet.matrix(10, options.inputs).random(3);
      const [bytes, embeddings] = [encoder.export(), encoder.forward(x)];
      assertGolden(name, bytes, embeddings);
      assertNear(await run(bytes, x), embeddings, name);
      assert.deepEqual(triplet.load(encoder.save()).export(), bytes);

      // Squares of these leave float32, and a row of zeros stays.
      if (options.normalize && !options.layers.length) {
        const rows = triplet.matrix([[3e30, -4e30, 0], [3e-30, 4e-30, 0], [0, 0, 0], [1e-40, 0, 0]]);
        assertNear(await run(bytes, rows), encoder.forward(rows), name);
        assertNear(await run(bytes, rows.subarray(1)), encoder.forward(rows.subarray(1)), name);
      }
    }
  });

  test(`of trainers onnxruntime makes what embed makes, from the cells of a table, ${build}`, async () => {
    for (const [name, [text, label]] of Object.entries(TABLES)) {
      const table = triplet.readTable(text, { label });
      const { labels, recipe } = table;
      recipe.fit();
      const data = triplet.matrix(recipe.matrix(table));
      const trainer = triplet.trainer({ data, labels, recipe, standardize: false, layers: [32, 8], steps: 30 });
      trainer.run();
      const bytes = trainer.export();
      const rows = data.toArray();
      const some = Array.from({ length: 10 }, (_, i) => rows[i * Math.floor(rows.length / 10)]);
      assertGolden(name, bytes, trainer.embed(some));
      assertNear(await run(bytes, inputsOf(text, recipe.inputs)), trainer.embed(data), name);
      assert.deepEqual(triplet.load(trainer.save()).export(), bytes);
    }
  });

  test(`a trainer's own standardization goes along, ${build}`, async () => {
    const { x, labels } = triplet.synthetic("swiss_roll", 60, 1, 1);
    x.data.forEach((value, i) => (x.data[i] = 2000 + 3 * value));
    const trainer = triplet.trainer({ data: x, labels, layers: [8, 2], steps: 20, normalize: true });
    trainer.run();
    assertNear(await run(trainer.export(), x), trainer.embed(), "swiss_roll");
  });

  test(`a free table and what was freed are refused, ${build}`, () => {
    const trainer = triplet.trainer({ data: [[0], [1]], labels: [0, 0], dim: 2 });
    const message = "trainer.export: layers: expected at least 1 to export, got 0: a free table has no encoder";
    assert.throws(() => trainer.export(), { name: "RangeError", argument: "layers", message });
    const encoder = triplet.encoder({ inputs: 2, layers: [2], seed: 1 });
    encoder.free();
    trainer.free();
    assert.throws(() => encoder.export(), { name: "TypeError", argument: "parameters" });
    assert.throws(() => trainer.export(), TypeError);
  });
}

test("a worker exports the same bytes", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  const options = { inputs: 2, layers: [3], seed: 1 };
  assert.deepEqual(await (await there.encoder(options)).export(), here.encoder(options).export());
  const { x, labels } = here.synthetic("moons", 30, 1, 1);
  const training = { data: x, labels, layers: [2], steps: 3 };
  const [one, other] = [here.trainer(training), await there.trainer(training)];
  one.run();
  await other.run();
  assert.deepEqual(await other.export(), one.export());
  there.terminate();
});
