import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createDataset } from "../../../web/src/model/dataset.js";
import { classColumn, dataCsv, embeddingCsv, projectorTsv } from "../../../web/src/model/exports.js";
import { jsScript, luaScript } from "../../../web/src/model/scripts.js";
import { readTable } from "../../../web/src/model/table.js";
import { Run } from "../../../web/src/worker/run.js";
import { loadShipped, schema, triplet } from "./world.mjs";

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
    [[8, "loss", "contrastive"], [8, "distance", "minkowski"], [12, "negativeMargin", 2]],
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
    assert.deepEqual(floatsOf(await printedByNode(jsScript(shown), [file, "class"])), shown.snapshot.positions);
    assert.deepEqual(floatsOf(await printedByLua(luaScript(shown), [file, "class"])), shown.snapshot.positions);
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
  assert.deepEqual(floatsOf(await printedByNode(jsScript(shown), [file, "class"])), shown.snapshot.positions);
  assert.deepEqual(floatsOf(await printedByLua(luaScript(shown), [file, "class"])), shown.snapshot.positions);
});

test("the scripts of a visitor's own file read the file itself, and the data that the page saves", async () => {
  const rows = Array.from({ length: 24 }, (_, i) => [i / 7, -i, (i * i) % 5, i % 2 ? "a, b" : "c; d"]);
  const line = (cells, delimiter) => cells.map((cell) => (/[,;]/.test(cell) ? `"${cell}"` : cell)).join(delimiter);
  const text = (delimiter, header) => [header, ...rows].map((cells) => line(cells, delimiter)).join("\r\n");
  const named = await readTable(text(";", ["class", "x, y", "z", "kind"]));
  const repeated = await readTable(text(",", ["class", "x", "x", "kind"]));
  for (const table of [named, repeated]) {
    const { dataset } = table.dataset({ label: 3 });
    const shown = await trained({ encoder: "linear", mining: "all" }, [], 9, dataset);
    const saved = [join(folder, "saved.csv"), classColumn(dataset.columns)];
    await writeFile(saved[0], dataCsv(shown));
    const itself = [join(folder, "own.csv"), "kind"];
    await writeFile(itself[0], text(";", ["class", "x, y", "z", "kind"]));
    for (const given of table === named ? [saved, itself] : [saved]) {
      assert.deepEqual(floatsOf(await printedByNode(jsScript(shown), given)), shown.snapshot.positions);
      assert.deepEqual(floatsOf(await printedByLua(luaScript(shown), given)), shown.snapshot.positions);
    }
    await assert.rejects(printedByNode(jsScript(shown), [saved[0], "species"]), /lacks some of these columns/);
    await writeFile(saved[0], dataCsv(shown).replace(/"a, b"/g, "other"));
    await assert.rejects(printedByNode(jsScript(shown), saved), /has classes other than/);
    await assert.rejects(printedByLua(luaScript(shown), saved), /other is not among the classes/);
  }
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
