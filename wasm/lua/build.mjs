// Adds triplet/lua to the npm package: node wasm/lua/build.mjs build/lua-wasm/instance.mjs build/npm
import { copyFile, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [instance, out] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// What a script can require in a page. triplet.core and triplet.frames are part of the WebAssembly.
const MODULES = ["decimal", "init", "json", "projection", "sample", "show", "storage", "svg"].map(
  (name) => `triplet/${name}.lua`,
);

const given = {
  name: "given",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^lua-instance$/ }, () => ({ path: resolve(instance) }));
    onResolve({ filter: /^lua-modules$/ }, () => ({ path: "modules", namespace: "lua" }));
    onLoad({ filter: /.*/, namespace: "lua" }, async () => {
      const read = async (path) => [path, await readFile(here(`../../lua/${path}`), "utf8")];
      const texts = Object.fromEntries(await Promise.all(MODULES.map(read)));
      return { contents: JSON.stringify(texts), loader: "json" };
    });
  },
};

// Where CommonJS, which has no import.meta, finds the file's own address.
const commonJs = {
  format: "cjs",
  define: { "import.meta.url": "url" },
  banner: { js: 'const url = require("node:url").pathToFileURL(__filename);' },
};

for (const [entry, file, extra] of [["index", "lua.js"], ["index", "lua.cjs", commonJs], ["worker", "lua-worker.js"]]) {
  await build({
    entryPoints: [here(`${entry}.js`)],
    outfile: `${out}/${file}`,
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "none",
    packages: "external",
    plugins: [given],
    ...extra,
  });
}
await copyFile(instance.replace(".mjs", ".wasm"), `${out}/lua.wasm`);
for (const ending of ["ts", "cts"]) {
  await copyFile(here("index.d.ts"), `${out}/lua.d.${ending}`);
}
