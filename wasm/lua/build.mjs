// Adds triplet/lua to the npm package: node wasm/lua/build.mjs build/lua-wasm/instance.mjs build/npm
import { copyFile, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [instance, out] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// What a script can require in a page. triplet.core and triplet.frames are part of the WebAssembly.
const MODULES = ["triplet/csv.lua", "triplet/init.lua", "triplet/projection.lua", "triplet/show.lua", "triplet/svg.lua"];

const given = {
  name: "given",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^lua-instance$/ }, () => ({ path: resolve(instance) }));
    onResolve({ filter: /^lua-modules$/ }, () => ({ path: "modules", namespace: "lua" }));
    onLoad({ filter: /.*/, namespace: "lua" }, async () => {
      const texts = await Promise.all(MODULES.map(async (path) => [path, await readFile(here(`../../lua/${path}`), "utf8")]));
      return { contents: JSON.stringify(Object.fromEntries(texts)), loader: "json" };
    });
  },
};

for (const [entry, file] of [["index", "lua.js"], ["worker", "lua-worker.js"]]) {
  await build({
    entryPoints: [here(`${entry}.js`)],
    outfile: `${out}/${file}`,
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "none",
    plugins: [given],
  });
}
await copyFile(instance.replace(".mjs", ".wasm"), `${out}/lua.wasm`);
await copyFile(here("index.d.ts"), `${out}/lua.d.ts`);
