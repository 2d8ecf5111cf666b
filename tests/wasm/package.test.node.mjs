// The package as it would be published: what it says of itself, its types, its README, its size, and that every kind of
// user can load what `npm pack` makes of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { loadTriplet as loadExternal } from "../../build/npm/external.node.js";
import { loadTriplet } from "../../build/npm/index.js";
import { loadTriplet as loadLoss } from "../../build/npm/loss.js";
import { loadTriplet as loadWorker } from "../../build/npm/worker.node.js";
import { folder, install, root, run, tarball, tools } from "./installed.mjs";

const npm = join(root, "build/npm");
const { build } = createRequire(join(root, "wasm/package.json"))("esbuild");
const ts = createRequire(join(root, "wasm/package.json"))("typescript");
// Bytes of gzip: this keeps the scripts from growing beyond that unseen.
const SIZE_LIMITS = { triplet: 103_168, "triplet/loss": 51_968, "triplet/script": 103_424 };
const SCRIPTS = { triplet: "index.js", "triplet/loss": "loss.js", "triplet/script": "script/triplet.js" };

const installed = install(["@tensorflow"]);
const tool = (name, ...args) => run(process.execPath, join(tools, name), ...args);
const gzipped = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
const readme = readFileSync(join(npm, "README.md"), "utf8");
const write = (name, text) => writeFileSync(join(folder, name), text);

const USE = `
  const triplet = await loadTriplet();
  const { loss } = await triplet.marginLoss([[0, 0]], [[0, 1]], [[1, 0]], { convention: "exact" });
  console.log(loss);
  triplet.terminate?.();`;

const ENTRIES = ["triplet", "triplet/loss", "triplet/external", "triplet/worker"];

test("sizes", () => {
  for (const [entry, limit] of Object.entries(SIZE_LIMITS)) {
    const size = gzipped(join(npm, SCRIPTS[entry]));
    console.log(`# ${entry}: ${size} bytes of gzip, at most ${limit}`);
    assert(size <= limit, `${entry}: ${size} > ${limit}`);
    // README tells the same.
    const [, told] = new RegExp(`^\\| \`${entry}\` \\|.*\\| ([\\d.]+) kB \\|$`, "m").exec(readme);
    assert(Math.abs(size / 1024 - told) < 1, `${entry}: ${size} bytes, README has ${told} kB`);
  }
});

test("publint", () => {
  tool("publint/src/cli.js", "--strict", installed);
});

test("are the types wrong?", () => {
  tool("@arethetypeswrong/cli/dist/index.js", "--format", "ascii", "--no-emoji", tarball);
});

test("a strict consumer in TypeScript", () => {
  write(
    "consumer.ts",
    `import { loadTriplet, MatrixError, OutOfMemoryError, TableError } from "triplet";
     import type { Encoder, Interval, Label, Matrix, Table } from "triplet";
     import { loadTriplet as loadWorker } from "triplet/worker";
     import { loadTriplet as loadLoss } from "triplet/loss";
     import type { BatchLoss, Verification } from "triplet/loss";
     const losses = await loadLoss();
     const ofBatch: BatchLoss = losses.batchLoss([[1]], [0], { loss: "info_nce" });
     const verified: Verification = losses.verify([[1]], [0]);
     // @ts-expect-error it does not train
     losses.trainer({});
     // @ts-expect-error nor has it the types of what does
     type Of = import("triplet/loss").Trainer;
     console.log(ofBatch, verified, losses.schema("mine"));
     const triplet = await loadTriplet();
     const m: Matrix = triplet.matrix(1, 2, [1, 2]);
     const loss: number = triplet.marginLoss(m, [[0, 1]], m, { margin: 2 }).loss;
     // @ts-expect-error a wrong option
     triplet.marginLoss(m, m, m, { margn: 2 });
     // @ts-expect-error with none there is no one number
     const wrong: number = triplet.marginLoss(m, m, m, { reduction: "none" }).loss;
     const remote = await loadWorker({ wasm: "triplet.wasm" });
     const rm = await remote.matrix([[1]]);
     const optimizer = await remote.optimizer({ learningRate: 1 });
     const trainer = await remote.trainer({ data: rm, labels: [1], layers: [2], optimizer });
     await trainer.run(async (report) => report.step < 3);
     const { signal } = new AbortController();
     const fitted: number = (await trainer.fit({ signal, onProgress: async ({ stopped }) => !stopped })).step;
     const near: Float32Array = (await (await remote.index(rm)).nearest(m, { k: 1, signal })).distances.data;
     const found: Int32Array = triplet.index(m).nearest(m, { k: 1, signal: AbortSignal.abort() }).indices.data;
     const progress = async (done: number) => done < 1;
     const later: number = (await triplet.index(m, { p: 1 }).nearestAsync(m, { k: 1, progress })).distances.rows;
     const ended: number = (await triplet.trainer({ data: m, labels: [1], layers: [1] }).fit()).loss;
     console.log(fitted, near, found, later, ended, await loadWorker({ worker: new URL("file:///a.js") }));
     // @ts-expect-error a wrong option
     triplet.trainer({ data: m, labels: [1], layers: [1] }).fit({ onprogress() {} });
     const steps: number = await trainer.steps();
     const memory = await remote.memory({ capacity: 3 });
     await memory.push(rm, [1]);
     const { stats } = await remote.batchLoss(rm, [0], { references: memory, weights: rm });
     await remote.distances(rm, rm, { out: rm });
     const { heldOut } = await remote.split([0, 0, 1, 1], 0.5, 1, "classes");
     const { againstTraining } = await remote.evaluateHeldOut(rm, [0], heldOut, { k: [1] });
     const share: number | null = againstTraining.knnAccuracy ?? againstTraining.recallAt[1];
     const mean: number | null = stats.meanPositiveDistance;
     // @ts-expect-error it may not have been measured
     const certain: number = againstTraining.precisionAt1;
     const anchors: Int32Array = (await trainer.lastTriplets()).anchors;
     const versions: string[] = [triplet.version, await remote.version()];
     const remoteLoss: number = (await remote.marginLoss(rm, m, rm)).loss;
     // @ts-expect-error no such function
     remote.nothing();
     const view: Matrix = m.subarray(0, 1).fill(1).add(m, 2).copy(m).copy();
     const { tar, curve } = triplet.verify(view, [1], { far: [0.1], curve: 9 });
     const classes: (Label | null)[] = triplet.classify(m, [[1, 2]], ["a"], { exclude: [[0]] }).labels;
     const adapter = triplet.trainer({ data: m, references: [[1, 2]], adapt: "queries", layers: [2], residual: true });
     adapter.threshold = tar[0.1];
     adapter.facts = { source: "here" };
     adapter.keepRows(m, ["a"]);
     const kept: (Label | Label[])[] | undefined = adapter.keptRows?.labels;
     const encoder: Encoder = triplet.load<Encoder>(adapter.save());
     const pairs: number = triplet.verifyPairs(m, m, [true]).same + (curve?.far[0] ?? 0);
     const same: number = pairs + triplet.load(new Uint8Array(1)).dim;
     const bounds: Interval | null = triplet.evaluate(m, [1], { k: [1] }).intervals.recallAt[1];
     const { matrix, words } = triplet.decodeMatrix(triplet.encodeMatrices({ m, other: [[1]] }), { tensor: "m" });
     await trainer.threshold((await remote.verify(rm, [1])).threshold);
     await trainer.facts({ source: "there" });
     const texts: Record<string, string> = await trainer.facts();
     await trainer.attach(rm, undefined, rm);
     const batch: Int32Array = await (await remote.sampler({ labels: [0, 0] })).next();
     const loaded = await remote.load(await trainer.save());
     const shown: number = (await (await rm.subarray(0, 1)).copy()).rows + loaded.dim;
     // @ts-expect-error it is a copy, which the page cannot change there
     trainer.keptRows = null;
     // @ts-expect-error no file is of this format
     triplet.encodeMatrix(m, { format: "text" });
     console.log(classes, kept, encoder, same, bounds, matrix, words, texts, batch, shown, new MatrixError());
     const table: Table = triplet.readTable("a,b", { label: 2, keep: "a", header: true });
     const labels: Int32Array | null = table.labels;
     const rows: number = table.recipe.matrix(table, [0]).rows + (labels?.length ?? 0);
     const remoteTable = await remote.readTable(new Uint8Array(3), { recipe: await trainer.recipe() ?? undefined });
     const left: string[] = remoteTable.columns.filter(({ use }) => use === "left_out").map(({ name }) => name);
     const cells: number = (await (await remoteTable.recipe()).matrix(remoteTable)).data.length;
     // @ts-expect-error the page's own stay on the page
     await remote.readTable("", { recipe: table.recipe });
     const error: Error = new OutOfMemoryError() ?? new TableError();
     console.log(left, rows, cells, loss, wrong, steps, remoteLoss, error, share, mean, certain, anchors, versions);`,
  );
  write(
    "consumer.cts",
    'import { loadTriplet } from "triplet";\nimport worker = require("triplet/worker");\n' +
      'import loss = require("triplet/loss");\n' +
      "void loadTriplet().then(({ matrix }) => matrix(1, 1).data.length);\n" +
      "void worker.loadTriplet();\nvoid loss.loadTriplet();",
  );
  // With the libraries that a target brings, and without the DOM's.
  const check = (...options) => tool("typescript/lib/tsc.js", "--strict", "--noEmit", "--target", "es2022", ...options);
  for (const module of ["node16", "nodenext"]) {
    check("--module", module, "consumer.ts", "consumer.cts");
  }
  check("--module", "nodenext", "--lib", "es2022", "consumer.cts");
  check("--module", "esnext", "--moduleResolution", "bundler", "consumer.ts");
});

test("index.d.ts documents every option of the core, with its default", async () => {
  const triplet = await loadTriplet();
  const file = join(npm, "index.d.ts");
  const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022 });
  const checker = program.getTypeChecker();
  const interfaces = new Map(
    program
      .getSourceFile(file)
      .statements.filter(ts.isInterfaceDeclaration)
      .map((node) => [node.name.text, node]),
  );
  for (const schema of triplet.schema()) {
    const node = interfaces.get(`${schema[0].toUpperCase()}${schema.slice(1)}Options`);
    const declared = checker.getTypeAtLocation(node).getProperties();
    const fields = triplet.schema(schema);
    assert.deepEqual(declared.map((property) => property.name).sort(), fields.map(({ name }) => name).sort(), schema);
    for (const property of declared) {
      const field = fields.find(({ name }) => name === property.name);
      const documented = property.getJsDocTags().find(({ name }) => name === "default")?.text?.[0].text;
      if (field.kind === "value") {
        assert(documented, `${schema}.${field.name}`);
      } else {
        assert.equal(documented, String(field.default ?? "none"), `${schema}.${field.name}`);
      }
      if (field.choices) {
        const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
        // Not true and false themselves.
        const values = (type.types ?? [type]).map(({ value }) => value).filter(Boolean);
        assert.deepEqual(values.sort(), [...field.choices].sort(), field.name);
      }
    }
  }
});

test("the README's snippets print what they say", () => {
  const snippets = readme.matchAll(/```js\n(.*?)```/gs);
  let count = 0;
  for (const [, code] of snippets) {
    const said = /console\.log\(.*\); \/\/ (.*)/.exec(code)[1];
    write(`snippet${++count}.mjs`, code);
    assert.equal(run(process.execPath, `snippet${count}.mjs`), `${said}\n`);
  }
  assert.equal(count, 21);
});

test("examples are short and work", () => {
  for (const name of readdirSync(join(root, "wasm/examples"))) {
    assert(readFileSync(join(root, "wasm/examples", name), "utf8").split("\n").length <= 66, name);
  }
  cpSync(join(root, "wasm/examples/train.mjs"), join(folder, "train.mjs"));
  const printed = run(process.execPath, "train.mjs", join(root, "tests/data/iris.csv"));
  assert.match(printed, /^300 steps, .*precision@1 [01]\./);
});

test("examples of adapters print what those in Lua print", () => {
  const expected = readFileSync(join(root, "tests/lua/examples_spec.lua"), "utf8");
  for (const [name, inLua] of Object.entries({ adapter: "faces", sentences: "sentences", recommender: "shop" })) {
    cpSync(join(root, `wasm/examples/${name}.mjs`), join(folder, `${name}.mjs`));
    const [, lines] = new RegExp(`^  ${inLua} = \\[\\[\n(.*?)^\\]\\]`, "ms").exec(expected);
    assert.equal(run(process.execPath, `${name}.mjs`), lines.replace(/^saved and loaded: the same embeddings\n/m, ""));
  }
});

test("Node.js: import and require", () => {
  for (const entry of ENTRIES) {
    write("esm.mjs", `import { loadTriplet } from "${entry}";${USE}`);
    write("cjs.cjs", `const { loadTriplet } = require("${entry}");(async () => {${USE}})();`);
    assert.equal(run(process.execPath, "esm.mjs"), "1\n", entry);
    assert.equal(run(process.execPath, "cjs.cjs"), "1\n", entry);
  }
});

test("Node.js: triplet/worker-thread, by its name", () => {
  const use = `
    const { loadTriplet } = require("triplet/worker");
    const { Worker } = require("node:worker_threads");
    (async () => {
      for (const [script, options] of [
        [require.resolve("triplet/worker-thread")],
        ['require("triplet/worker-thread")', { eval: true }],
        ['import("triplet/worker-thread")', { eval: true }],
      ]) {
        const triplet = await loadTriplet({ worker: new Worker(script, options) });
        console.log((await triplet.distances([[0]], [[1]])).data[0]);
        triplet.terminate();
      }
    })();`;
  write("thread.cjs", use);
  assert.equal(run(process.execPath, "thread.cjs"), "1\n1\n1\n");
});

test("Node.js without SIMD loads the scalar build, a file beside the script", () => {
  const without = "WebAssembly.validate = () => false;";
  for (const entry of ENTRIES) {
    write("scalar.mjs", `${without}\nconst { loadTriplet } = await import("${entry}");${USE}`);
    write("scalar.cjs", `${without}\nconst { loadTriplet } = require("${entry}");(async () => {${USE}})();`);
    assert.equal(run(process.execPath, "scalar.mjs"), "1\n", entry);
    assert.equal(run(process.execPath, "scalar.cjs"), "1\n", entry);
  }
});

test("triplet/loss has what triplet has of losses and search, to the bit", async () => {
  const [whole, loss] = await Promise.all([loadTriplet(), loadLoss()]);
  const has = "matrix marginLoss indexedLoss batchLoss mine distances nearest verify verifyPairs memory version schema";
  assert.deepEqual(Object.keys(loss).sort(), has.split(" ").sort());
  assert.deepEqual(loss.schema(), whole.schema().filter((name) => name in loss));
  loss.schema().forEach((name) => assert.deepEqual(loss.schema(name), whole.schema(name)));

  const { x, labels } = whole.synthetic("swiss_roll", 60, 1, 1);
  const losses = { loss: whole.schema("batchLoss").find(({ name }) => name === "loss").choices };
  losses.distance = whole.schema("batchLoss").find(({ name }) => name === "distance").choices;
  // Clones, as each script has classes of its own.
  const same = (use) => assert.deepEqual(structuredClone(use(loss)), structuredClone(use(whole)));
  for (const name of losses.loss) {
    for (const distance of losses.distance) {
      same((triplet) => triplet.batchLoss(x, labels, { loss: name, distance, convention: "exact" }));
    }
  }
  const indices = whole.mine(x, labels, { mining: "semihard" });
  same((triplet) => triplet.mine(x, labels, { mining: "semihard" }));
  same((triplet) => triplet.indexedLoss(x, indices));
  same((triplet) => triplet.marginLoss(x, x, x, { swap: true, reduction: "none" }));
  same((triplet) => triplet.distances(x, x, { p: 1 }));
  same((triplet) => triplet.nearest(x, x, { k: 5 }));
  same((triplet) => triplet.verify(x, labels, { far: [0.01], curve: 9 }));
  same((triplet) => triplet.verifyPairs(x, x, new Array(x.rows).fill(true)));
  same((triplet) => triplet.matrix(2, 2).random(1).data);
  same((triplet) => {
    const memory = triplet.memory({ capacity: 90 });
    memory.push(x, labels);
    return triplet.batchLoss(x, labels, { references: memory });
  });
  for (const options of [{ margn: 1 }, { margin: "1" }, { p: 0 }]) {
    const error = (triplet) => triplet.marginLoss(x, x, x, options);
    let expected;
    try {
      error(whole);
    } catch ({ name, message }) {
      expected = { name, message };
    }
    assert.throws(() => error(loss), expected);
  }
});

test("a signal ends a download that does not end by itself", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const mine = new SyntaxError("mine");
  for (const load of [loadTriplet, loadLoss, loadExternal, loadWorker]) {
    const controller = new AbortController();
    server.once("request", () => controller.abort(mine));
    const given = { wasm: `http://127.0.0.1:${server.address().port}`, signal: controller.signal };
    await assert.rejects(load(given), (error) => error === mine);
  }
  server.closeAllConnections();
  server.close();
});

test("no listener, no global, no rejection left behind", () => {
  write(
    "clean.mjs",
    `const names = () => [...Object.getOwnPropertyNames(globalThis), ...process.eventNames()];
     const before = names();
     import("triplet").then(async ({ loadTriplet }) => {
       await loadTriplet();
       console.log(names().filter((name) => !before.includes(name)).length);
     });`,
  );
  assert.equal(run(process.execPath, "clean.mjs"), "0\n");
});

test("where there is no FinalizationRegistry, and no TextEncoder yet", async () => {
  for (const name of ["index.cjs", "loss.cjs"]) {
    const context = createContext({ module: { exports: {} }, TextEncoder: undefined, TextDecoder: undefined });
    runInContext("delete globalThis.FinalizationRegistry;", context);
    runInContext(`(function (exports) {${readFileSync(join(npm, name), "utf8")}\n})(module.exports)`, context);
    Object.assign(context, { TextEncoder, TextDecoder });
    const use = `module.exports.loadTriplet().then((triplet) => {
      const m = triplet.matrix([[0, 0]]);
      const { loss } = triplet.marginLoss(m, [[0, 1]], [[1, 0]], { convention: "exact" });
      m.free();
      return loss;
    })`;
    assert.equal(await runInContext(use, context), 1, name);
  }
});

// Bundles are run by Node.js, which has what they use of a browser.
const bundled = (file) => run(process.execPath, file);
const main = `import { loadTriplet } from "triplet";\n(async () => {${USE}})();`;

test("esbuild", async () => {
  write("main.js", main);
  await build({
    absWorkingDir: folder,
    entryPoints: ["main.js"],
    bundle: true,
    format: "esm",
    splitting: true,
    outdir: "esbuild",
    logLevel: "silent",
  });
  assert.equal(bundled("esbuild/main.js"), "1\n");
});

test("esbuild, one file: nothing but the script itself is in it", async () => {
  for (const entry of ["triplet", "triplet/loss"]) {
    for (const format of ["esm", "iife", "cjs"]) {
      const outfile = `one.${format === "esm" ? "mjs" : "cjs"}`;
      write("one.js", main.replace("triplet", entry));
      const options = { bundle: true, minify: true, format, outfile, logLevel: "silent" };
      const { warnings } = await build({ absWorkingDir: folder, entryPoints: ["one.js"], ...options });
      assert.deepEqual(warnings.filter(({ id }) => id !== "empty-import-meta"), []);
      assert.equal(bundled(outfile), "1\n");
      const script = join(installed, SCRIPTS[entry]);
      assert(gzipped(join(folder, outfile)) < gzipped(script) + 1000, `${entry} as ${format}`);
    }
  }
});

test("a bundle without SIMD says which file it lacks", async () => {
  const start = "WebAssembly.validate = () => false;\n";
  write("lacking.js", start + main.replace(USE, `await loadTriplet().catch(({ message }) => console.log(message));`));
  const options = { bundle: true, format: "iife", outfile: "lacking.cjs", logLevel: "silent" };
  await build({ absWorkingDir: folder, entryPoints: ["lacking.js"], ...options });
  const said = "loadTriplet: there is no SIMD: expected wasm, where triplet-scalar.wasm is, got none\n";
  assert.equal(bundled("lacking.cjs"), said);
});

test("webpack", () => {
  write("main.js", main);
  const config = { mode: "production", entry: "./main.js", target: "web", output: { publicPath: "" } };
  write("webpack.config.cjs", `module.exports = ${JSON.stringify(config)};`);
  tool("webpack/bin/webpack.js", "build", "--config", "webpack.config.cjs", "--output-path", join(folder, "webpack"));
  write("webpack/package.json", "{}");
  write("webpack/run.js", 'globalThis.self = globalThis; self.location = { href: "file:///" }; require("./main.js");');
  assert.equal(bundled("webpack/run.js"), "1\n");
});

test("webpack for Node.js, moved to another folder: triplet/external takes its files along", () => {
  write("server.js", main.replace('"triplet"', '"triplet/external"'));
  const config = { mode: "production", entry: "./server.js", target: "node" };
  write("webpack.config.cjs", `module.exports = ${JSON.stringify(config)};`);
  const made = join(folder, "made");
  tool("webpack/bin/webpack.js", "build", "--config", "webpack.config.cjs", "--output-path", made);
  write("made/package.json", "{}");
  renameSync(made, join(folder, "moved"));
  assert(!readFileSync(join(folder, "moved/main.js"), "utf8").includes(folder));
  assert.equal(bundled("moved/main.js"), "1\n");
});

test("Vite", () => {
  write("main.js", main);
  write("index.html", '<script type="module" src="/main.js"></script>');
  tool("vite/bin/vite.js", "build", "--logLevel", "error", "--outDir", "vite");
  const [script] = readdirSync(join(folder, "vite/assets")).filter((name) => name.startsWith("index"));
  write(
    "vite/run.mjs",
    `
    const link = { relList: { supports: () => true } };
    globalThis.document = { querySelector: () => null, querySelectorAll: () => [], createElement: () => link };
    globalThis.MutationObserver = class { observe() {} };
    await import(${JSON.stringify(pathToFileURL(join(folder, "vite/assets", script)).href)});`,
  );
  assert.equal(bundled("vite/run.mjs"), "1\n");
});

test("the version, no dependencies, no scripts, nothing forgotten", async () => {
  const { version, dependencies, devDependencies, scripts } = JSON.parse(readFileSync(join(npm, "package.json")));
  assert.equal((await loadTriplet()).version, version);
  assert.deepEqual([dependencies, devDependencies, scripts], [undefined, undefined, undefined]);
  for (const name of ["README.md", "LICENSE", "THIRD_PARTY_LICENSES", "index.d.ts", "index.d.cts", "triplet.wasm"]) {
    assert(existsSync(join(installed, name)), name);
  }
});

test("the licences of what others wrote in the WebAssembly", () => {
  const plain = (text) => text.replace(/[\s*=]+/g, " ").trim();
  const licenses = plain(readFileSync(join(installed, "THIRD_PARTY_LICENSES"), "utf8"));
  const emscripten = run("em-config", "EMSCRIPTEN_ROOT").trim();
  const musl = readFileSync(join(emscripten, "system/lib/libc/musl/COPYRIGHT"), "utf8");
  assert(licenses.includes(plain(musl)));
  const permission = "Permission is hereby granted, free of charge, to any person obtaining a copy";
  const emscriptens = "Copyright 2010 The Emscripten Authors SPDX-License-Identifier: MIT";
  for (const owner of [/Copyright \(C\) 1994-20\d\d Lua\.org, PUC-Rio\./.exec(licenses)?.[0], emscriptens]) {
    assert(licenses.includes(`${owner} ${permission}`), owner);
  }
  // Authors of musl's mathematics who ask for their notice in every copy, and how others are free of it.
  for (const owner of ["Sun Microsystems", "Stephen L. Moshier", "David Schultz", "LLVM Exceptions", "Doug Lea"]) {
    assert(licenses.includes(owner), owner);
  }
});

test("what is linked, and of no licence known, is an error", () => {
  const print = (...lists) => {
    const script = join(root, "wasm/third-party.mjs");
    const args = [script, join(root, "build/lua-wasm/source/unpacked/src/lua.h"), ...lists];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  };
  write("libc.linked", "/cache/sysroot/lib/wasm32-emscripten/lto/libc-optz.a(strlen.o)\n");
  const { status, stdout } = print("libc.linked");
  assert.equal(status, 0);
  assert.match(stdout, /Rich Felker/);
  assert.doesNotMatch(stdout, /Doug Lea/);
  write("stranger.linked", "/cache/sysroot/lib/wasm32-emscripten/libSDL2.a(SDL.o)\n");
  write("empty.linked", "");
  assert.match(print("libc.linked", "stranger.linked").stderr, /of no licence known here: libSDL2/);
  assert.match(print("empty.linked").stderr, /of no licence known here: nothing at all/);
});
