// The examples that put triplet beside other people's libraries: as programs, by their types, and against what these
// libraries compute themselves. They run in a folder of their own, from the tarball.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { test } from "node:test";
import { loadTriplet } from "../../build/npm/index.js";
import { launchChromium } from "../chromium.mjs";
import { folder, install, root, run, tools } from "./installed.mjs";

const { build } = createRequire(join(root, "wasm/package.json"))("esbuild");
const installed = install();
cpSync(join(root, "wasm/examples"), folder, { recursive: true });
const example = (name) => run(process.execPath, name);

test("examples are of the right types", () => {
  // tfjs's own types are not: those of libraries are passed over.
  const strict = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"];
  const check = (...args) => run(process.execPath, join(tools, "typescript/lib/tsc.js"), ...strict, ...args);
  const scripts = ["tfjs.mjs", "features.mjs", "service.mjs"];
  check("--allowJs", "--checkJs", "--noImplicitAny", "false", "--types", "node", ...scripts);
  check("--jsx", "react-jsx", "Embedding.tsx");
});

test("a tfjs network learns by the loss", () => {
  const figures = [...example("tfjs.mjs").matchAll(/^(\w+): precision@1 ([\d.]+), MAP@R ([\d.]+)$/gm)];
  const [before, then] = figures.map(([, , , mapAtR]) => Number(mapAtR));
  assert(before < 0.5 && then > 0.9, `${before}, ${then}`);
});

// All triplets of 64 x 32, as one writes them in tfjs.
test("the gradient that tfjs gets is the one it would compute", () => {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { loadTriplet } from "triplet";
    import { batchLoss } from "./tfjs.mjs";
    const [ROWS, COLS] = [64, 32];
    const triplet = await loadTriplet();
    const labels = Array.from({ length: ROWS }, (_, row) => row % 8);
    const x = tf.tensor2d(triplet.matrix(ROWS, COLS).random(1).data.slice(), [ROWS, COLS]);
    const equal = tf.equal(tf.tensor1d(labels).expandDims(1), tf.tensor1d(labels).expandDims(0)).toFloat();
    const positives = equal.sub(tf.eye(ROWS));
    const valid = positives.expandDims(2).mul(tf.scalar(1).sub(equal).expandDims(1));
    const plain = (rows) => {
      const squares = rows.expandDims(1).sub(rows.expandDims(0)).square().sum(2);
      const distances = squares.add(tf.eye(ROWS)).sqrt(); // the root of 0 has no slope
      const hinges = distances.expandDims(2).sub(distances.expandDims(1)).add(0.5).relu();
      return hinges.mul(valid).sum().div(valid.sum());
    };
    const ours = (rows) => batchLoss(rows, labels, { mining: "all", margin: 0.5 });
    const [a, b] = [plain, ours].map((loss) => tf.valueAndGrad(loss)(x));
    const scaled = tf.grad((rows) => ours(rows).mul(3))(x).sub(b.grad.mul(3)).abs().max().dataSync()[0];
    const [most, off] = [b.grad, a.grad.sub(b.grad)].map((values) => values.abs().max().dataSync()[0]);
    console.log(JSON.stringify({ loss: a.value.sub(b.value).abs().dataSync()[0], most, off, scaled }));`;
  writeFileSync(join(folder, "gradient.mjs"), program);
  const { loss, most, off, scaled } = JSON.parse(/^\{.*\}$/m.exec(example("gradient.mjs"))[0]);
  console.log(`# gradients up to ${most} differ by ${off}, losses by ${loss}`);
  assert(most > 1e-3 && off <= 5e-9 && loss <= 1e-6 && scaled <= 1e-9, `${off} of ${most}, ${loss}, ${scaled}`);
});

test("features that onnxruntime makes are adapted, and the adapter runs there, too", () => {
  const counts = [...example("features.mjs").matchAll(/nearest of 400 new pictures shows the same thing (\d+) times/g)];
  const [before, then] = counts.map(([, count]) => Number(count));
  assert(before > 200 && then > before, `${before}, ${then}`);
});

test("a service embeds, matches and finds neighbours", async () => {
  const triplet = await loadTriplet();
  const { x, labels } = triplet.synthetic("rings", 90, 1, 1);
  const names = Array.from(labels, (label) => ["inner", "middle", "outer"][label]);
  const trainer = triplet.trainer({ data: x, labels: names, layers: [16, 2], steps: 100 });
  trainer.run();
  writeFileSync(join(folder, "bare.safetensors"), trainer.save());
  const refusal = spawnSync(process.execPath, ["service.mjs", "bare.safetensors", "0"], { cwd: folder });
  assert.match(String(refusal.stderr), /bare.safetensors: expected a model with known rows and a threshold/);

  trainer.threshold = triplet.verify(trainer.embed(), labels).threshold;
  trainer.keepRows(trainer.embed(), names);
  writeFileSync(join(folder, "model.safetensors"), trainer.save());
  const service = spawn(process.execPath, ["service.mjs", "model.safetensors", "0"], { cwd: folder });
  try {
    const port = await new Promise((resolve) => {
      service.stdout.on("data", (text) => resolve(/port: (\d+)/.exec(text)[1]));
    });
    const ask = async (path, body) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body });
      return [response.status, await response.json()];
    };
    const rows = [Array.from(x.data.subarray(0, 2)), [99, 99]];
    const asked = JSON.stringify({ rows, k: 2 });
    const embedded = trainer.embed(rows);
    const [first, second] = [0, 2].map((at) => Array.from(embedded.data.subarray(at, at + 2)));
    assert.deepEqual(await ask("/embed", asked), [200, { embeddings: [first, second] }]);
    assert.deepEqual(await ask("/match", asked), [200, { labels: [names[0], null] }]);
    const [status, { neighbors }] = await ask("/nearest", asked);
    assert.equal(status, 200);
    assert.deepEqual(neighbors.map((list) => list.length), [2, 2]);
    assert.deepEqual(neighbors[0][0], { label: names[0], distance: 0 });

    assert.match((await ask("/embed", '{ "rows": [[0]] }'))[1].error, /x: expected 2 columns like the model, got 1/);
    for (const wrong of ["{", "null", "{}", '{ "rows": 3 }']) {
      assert.equal((await ask("/match", wrong))[0], 400, wrong);
    }
    assert.equal((await ask("/embed", " ".repeat(2e6)))[0], 413);
    assert.equal((await ask("/toString", asked))[0], 404);
    assert.equal((await ask("/", asked))[0], 404);
  } finally {
    service.kill();
  }
});

// In a page, as esbuild bundles it, with the worker's file beside it.
test("a React component draws what a worker trains", async () => {
  const main = `
    import { createElement } from "react";
    import { createRoot } from "react-dom/client";
    import { Embedding } from "./Embedding.tsx";
    const rows = Array.from({ length: 60 }, (_, i) => [i % 3, (i * 7) % 5 / 5]);
    const labels = rows.map(([kind]) => "kind " + kind);
    const mounted = createRoot(document.body);
    mounted.render(createElement(Embedding, { rows, labels }));
    globalThis.leave = () => mounted.render(null);`;
  writeFileSync(join(folder, "main.jsx"), main);
  mkdirSync(join(folder, "site"));
  await build({
    absWorkingDir: folder,
    entryPoints: ["main.jsx"],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    outfile: "site/main.js",
    logLevel: "silent",
  });
  cpSync(join(installed, "worker-thread.js"), join(folder, "site/worker-thread.js"));
  writeFileSync(join(folder, "site/index.html"), '<!doctype html><body><script type="module" src="main.js"></script>');
  const types = { ".js": "text/javascript", ".html": "text/html" };
  const server = createServer(({ url }, response) => {
    const name = url === "/" ? "/index.html" : url;
    if (!["/index.html", "/main.js", "/worker-thread.js"].includes(name)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", types[extname(name)]).end(readFileSync(join(folder, "site", name)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const context = await launchChromium(join(folder, "profile"));
  try {
    const tab = await context.newPage();
    const errors = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    await tab.waitForSelector('svg[aria-label="60 rows after 300 steps"]');
    const places = await tab.$$eval("circle", (dots) => dots.map(({ cx, cy }) => [cx.baseVal.value, cy.baseVal.value]));
    assert.equal(places.length, 60);
    assert(new Set(places.map(String)).size > 10);
    assert(places.flat().every((place) => place >= 0 && place <= 320));
    await tab.evaluate("leave()");
    await tab.waitForSelector("svg", { state: "detached" });
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    server.close();
  }
});
