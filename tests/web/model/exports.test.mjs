import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createDataset } from "../../../web/src/model/dataset.js";
import { dataCsv, embeddingCsv, projectorTsv } from "../../../web/src/model/exports.js";
import { jsScript, luaScript } from "../../../web/src/model/scripts.js";
import { Run } from "../../../web/src/worker/run.js";
import { loadShipped, schema, tableFile, triplet } from "./world.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
let folder;

before(async () => (folder = await mkdtemp(join(tmpdir(), "triplet-"))));
after(() => rm(folder, { recursive: true }));

// A run of some settings and changes, as the page hands it over.
async function trained(settings, changes, steps, dataset) {
  const values = schema.clamp({ ...schema.defaults(), ...settings });
  const data = dataset ?? (await loadShipped(values));
  const training = new Run(triplet, data, values, changes);
  while (training.step < steps) {
    training.train();
  }
  return { settings: values, changes, dataset: data, snapshot: training.snapshot(true), heldOut: training.heldOut };
}

function floatsOf(printed) {
  return Float32Array.from(printed.trim().split(/[,\n]/), Number);
}

async function printedByLua(text, given) {
  await writeFile(join(folder, "run.lua"), text);
  const env = {
    ...process.env,
    LUA_PATH: `${root}/lua/?.lua;${root}/lua/?/init.lua;;`,
    LUA_CPATH: `${root}/build/lua/?.so;;`,
  };
  return (await run("lua5.4", ["run.lua", ...given], { cwd: folder, env, maxBuffer: 1e8 })).stdout;
}

async function printedByNode(text, given) {
  const library = pathToFileURL(join(root, "build/npm/index.js")).href;
  await writeFile(join(folder, "run.mjs"), text.replace('from "triplet"', `from "${library}"`));
  return (await run(process.execPath, ["run.mjs", ...given], { cwd: folder, maxBuffer: 1e8 })).stdout;
}

const runs = {
  "digits with live changes": [
    {},
    [
      [3, "margin", 0.25],
      [7, "mining", "all"],
      [9, "learningRate", 0.02],
    ],
    25,
  ],
  "unseen digits, normalised, p = inf": [
    { heldOut: 0.5, holdOut: "classes", normalize: true, dim: 3, p: Infinity },
    [],
    12,
  ],
  "free rings": [{ data: "rings", encoder: "free", rows: 120, mining: "random", swap: true }, [[4, "p", 1.5]], 30],
  "iris, SupCon, then contrastive": [
    { data: "iris", loss: "sup_con", distance: "cosine", temperature: 0.2, heldOut: 0 },
    [
      [8, "loss", "contrastive"],
      [8, "distance", "minkowski"],
      [12, "negativeMargin", 2],
    ],
    20,
  ],
  "iris, linear, soft margin": [
    { data: "iris", encoder: "linear", softMargin: true, heldOut: 0 },
    [[0, "rowsPerClass", 4]],
    20,
  ],
};

for (const [name, [settings, changes, steps]] of Object.entries(runs)) {
  test(`the scripts of a run print its very bits: ${name}`, async () => {
    const shown = await trained(settings, changes, steps);
    const file = join(folder, "data.csv");
    await writeFile(file, dataCsv(shown));
    assert.deepEqual(floatsOf(await printedByNode(jsScript(shown), [file])), shown.snapshot.positions);
    assert.deepEqual(floatsOf(await printedByLua(luaScript(shown), [file])), shown.snapshot.positions);
  });
}

const hostile = ['a"b', 'x,"y"\n]]--', "</script><script>alert(1)</script>", "=1+1", "\\", "tab\there", "\u2028*/"];

function hostileData() {
  const n = hostile.length * 2;
  return createDataset({
    name: "own",
    title: 'evil\n");os.exit(1)--.csv',
    columns: ["__proto__", 'quote"d'],
    classes: hostile,
    labels: Int32Array.from({ length: n }, (_, i) => i >> 1),
    values: Float32Array.from({ length: 2 * n }, (_, i) => Math.fround(i / 3)),
    n,
    d: 2,
  });
}

test("names of any kind stay names in scripts", async () => {
  const shown = await trained({ heldOut: 0, encoder: "linear" }, [], 5, hostileData());
  const file = join(folder, "data.csv");
  await writeFile(file, dataCsv(shown));
  assert.deepEqual(floatsOf(await printedByNode(jsScript(shown), [file])), shown.snapshot.positions);
  assert.deepEqual(floatsOf(await printedByLua(luaScript(shown), [file])), shown.snapshot.positions);
});

// What a visitor's file and choices come to.
function ownData(text, choices) {
  const file = tableFile(text, "own.csv");
  assert.deepEqual(file.describe(choices).problems, []);
  return file.dataset();
}

test("the scripts of a visitor's own file read the file itself, as the visitor chose", async () => {
  const cells = (i) => [
    i + 1,
    i % 9 === 4 ? "?" : `${i % 5},5`,
    ["red", "", "blue"][i % 3],
    "same",
    i % 2 ? "a, b" : "c; d",
  ];
  const lines = Array.from({ length: 40 }, (_, i) =>
    cells(i)
      .map((cell) => (/;/.test(cell) ? `"${cell}"` : cell))
      .join(";"),
  );
  const text = ["id;x, y;colour;all;kind", ...lines].join("\r\n");
  const runs = [
    [{}, { encoder: "linear", mining: "all" }],
    [{ keep: ["id"], ignore: ["colour"], missing: "drop", label: "kind" }, { heldOut: 0.3 }],
    [
      { categories: ["id"], missingTexts: ["blue"], standardize: false, header: true },
      { encoder: "linear", heldOut: 0 },
    ],
    [{}, { encoder: "free", heldOut: 0 }],
  ];
  for (const [choices, settings] of runs) {
    const shown = await trained(settings, [], 9, ownData(text, choices));
    const file = join(folder, "own.csv");
    await writeFile(file, dataCsv(shown));
    assert.equal(new TextDecoder().decode(dataCsv(shown)), text);
    assert.deepEqual(floatsOf(await printedByNode(jsScript(shown), [file])), shown.snapshot.positions);
    assert.deepEqual(floatsOf(await printedByLua(luaScript(shown), [file])), shown.snapshot.positions);
    await writeFile(file, text.replace("a, b", "other"));
    await assert.rejects(printedByNode(jsScript(shown), [file]), /has classes other than/);
    await assert.rejects(printedByLua(luaScript(shown), [file]), /other is not among the classes/);
  }
});

test("a recipe is fitted to the training rows, and goes with the model", async () => {
  const text = [
    "x,colour,kind",
    ...Array.from({ length: 60 }, (_, i) => `${i % 8 ? i : ""},${"rg"[i % 2]},k${i % 3}`),
  ].join("\n");
  const dataset = ownData(text);
  const values = schema.clamp({ ...schema.defaults(), encoder: "linear", heldOut: 0.4 });
  const training = new Run(triplet, dataset, values, []);
  const seen = Array.from({ length: 60 }, (_, i) => i).filter((i) => !training.heldOut[i] && i % 8);
  assert.ok(seen.length < 52 && seen.length > 20);
  training.train();
  const model = triplet.load(training.save());
  const [x] = model.recipe.columns;
  assert.ok(Math.abs(x.mean - seen.reduce((sum, i) => sum + i, 0) / seen.length) < 1e-12);
  assert.deepEqual([model.recipe.inputs, model.columns], [dataset.columns, dataset.columns]);
  assert.deepEqual([model.classes, model.recipe.label, model.get("standardize")], [["k0", "k1", "k2"], "kind", false]);
  const again = triplet.readTable(text, { recipe: model.recipe });
  assert.deepEqual(model.embed(model.recipe.matrix(again)).data, training.snapshot().positions);
});

test("the embedding as CSV and for the Projector", async () => {
  const shown = await trained({ heldOut: 0, encoder: "linear" }, [], 5, hostileData());
  const csv = embeddingCsv(shown);
  assert.match(csv, /^x1,x2,label,held_out\n/);
  assert.ok(csv.includes(',"x,""y""\n]]--",0\n'));
  const { vectors, metadata } = projectorTsv(shown);
  assert.deepEqual(Float32Array.from(vectors.trim().split(/[\t\n]/), Number), shown.snapshot.positions);
  assert.equal(metadata.trim().split("\n").length, 1 + shown.dataset.n);
  assert.ok(metadata.includes("tab here\t0\n"));
});
