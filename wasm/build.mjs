// Writes the npm package to a folder from the folder of WebAssembly: node wasm/build.mjs build/wasm build/npm
// With a third argument, sources, its modules for Node.js are the sources themselves, for tests that look into these;
// what they import lies beside OUT, in node_modules.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { encode } from "./src/text.js";

const [built, out, sources] = process.argv.slice(2);
const simd = `${built}/simd/triplet.wasm`;
const scalar = `${built}/scalar/triplet.wasm`;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { name, devDependencies, overrides, ...manifest } = JSON.parse(await readFile(here("package.json")));
const [, version] = (await readFile(here("../core/triplet.h"), "utf8")).match(/#define TRIPLET_VERSION "(.*)"/);
const banner = `/* triplet ${version}, MIT license */`;

// WebAssembly as wasm/pack.c makes it text.
async function pack(path) {
  const { instance } = await WebAssembly.instantiate(await readFile(`${built}/pack.wasm`));
  const { memory, module, text, pack } = instance.exports;
  const bytes = await readFile(path);
  new Uint8Array(memory.buffer).set(bytes, module.value);
  return Buffer.from(memory.buffer, text.value, pack(bytes.length)).toString();
}

// The builds with SIMD are part of the scripts, with what unpacks them.
const wasm = {
  name: "wasm",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^triplet-(simd|loss|unpacker)-text$/ }, ({ path }) => ({ path, namespace: "wasm" }));
    onLoad({ filter: /simd|loss/, namespace: "wasm" }, async ({ path }) => ({
      contents: await pack(`${built}/${path.split("-")[1]}/triplet.wasm`),
      loader: "text",
    }));
    onLoad({ filter: /unpacker/, namespace: "wasm" }, async () => ({
      contents: encode(await readFile(`${built}/unpack.wasm`)),
      loader: "text",
    }));
  },
};

// CommonJS is for Node.js alone, or for bundlers that understand import.meta.url no more than it does.
const bundle = (entry, file, extra) =>
  build({
    entryPoints: [here(`src/${entry}.js`)],
    outfile: `${out}/${file}`,
    bundle: true,
    format: file.endsWith(".cjs") ? "cjs" : "esm",
    minify: true,
    target: "es2022",
    banner: { js: banner },
    legalComments: "none",
    plugins: [wasm],
    packages: "external", // it has no dependencies: none can be bundled
    ...extra,
  });
const urlOfFile = (js) => ({ define: { "import.meta.url": "url" }, banner: { js: `${banner}\nconst url = ${js};` } });
// Where a bundler makes one for pages, there is no Node.js to ask.
const anywhere = urlOfFile('globalThis.process?.getBuiltinModule?.("node:url").pathToFileURL(__filename)');
const inNode = urlOfFile('require("node:url").pathToFileURL(__filename)');

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const entry of ["index", "loss"]) {
  await bundle(entry, `${entry}.js`);
  await bundle(entry, `${entry}.cjs`, anywhere);
}
for (const entry of ["external", "worker"]) {
  await bundle(entry, `${entry}.js`);
  await bundle(`${entry}.node`, `${entry}.node.js`);
  await bundle(`${entry}.node`, `${entry}.cjs`, inNode);
}
await bundle("worker-thread", "worker-thread.js");
await bundle("worker-thread.node", "worker-thread.node.js");
await writeFile(`${out}/worker-thread.cjs`, `${banner}\nimport("./worker-thread.node.js");\n`);
// A folder of its own says that what is in it is no module, which alone is told where it is.
await bundle("script-worker", "script-worker.js");
await bundle("script", "script/triplet.js", { format: "iife", logOverride: { "empty-import-meta": "silent" } });
await writeFile(`${out}/script/package.json`, '{ "type": "commonjs", "main": "triplet.js" }\n');
const global = await readFile(here("script.d.ts"), "utf8");
await writeFile(`${out}/script/triplet.d.ts`, global.replace(/"\.\/(\w+)\.js"/g, '"../$1.cjs"'));
await copyFile(simd, `${out}/triplet.wasm`);
await copyFile(scalar, `${out}/triplet-scalar.wasm`);
// The module itself, in the words of Next.js's edge runtime, where nothing is compiled at run time.
await writeFile(`${out}/triplet.wasm.edge.js`, 'export { default } from "./triplet.wasm?module";\n');
const wasmFiles = ["triplet.wasm", "triplet-scalar.wasm", "lua.wasm"].map((name) => ["wasm", name]);
const modules = ["index", "loss", "external", "worker", "worker-thread"].map((name) => [name, name]);
for (const [from, to] of [...modules, ...wasmFiles]) {
  const types = await readFile(here(`${from}.d.ts`), "utf8");
  await writeFile(`${out}/${to}.d.ts`, types);
  await writeFile(`${out}/${to}.d.cts`, types.replaceAll('"./index.js"', '"./index.cjs"'));
}
await copyFile(here("README.md"), `${out}/README.md`);
await copyFile(here("../LICENSE"), `${out}/LICENSE`);
await writeFile(`${out}/package.json`, `${JSON.stringify({ name, version, ...manifest }, null, 2)}\n`);

if (sources) {
  for (const entry of ["index", "loss", "external.node", "worker.node", "worker-thread.node"]) {
    await writeFile(`${out}/${entry}.js`, `export * from ${JSON.stringify(here(`src/${entry}.js`))};\n`);
  }
  for (const text of ["triplet-simd-text", "triplet-loss-text", "triplet-unpacker-text"]) {
    const folder = `${out}/../node_modules/${text}`;
    const contents = `export { default } from "${text}";`;
    await build({ stdin: { contents }, outfile: `${folder}/index.js`, bundle: true, format: "esm", plugins: [wasm] });
    await writeFile(`${folder}/package.json`, '{ "type": "module", "main": "index.js" }\n');
  }
}

const ENTRIES = { triplet: "index", "triplet/loss": "loss", "triplet/script": "script/triplet" };
for (const [entry, has] of Object.entries(ENTRIES)) {
  const size = gzipSync(await readFile(`${out}/${has}.js`), { level: 9 }).length;
  console.log(`${entry}: ${(size / 1024).toFixed(1)} kB gzip`);
}
