import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { licenses } from "./licenses.js";
import { packDigits } from "./pack.js";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// The files that src/model/datasets.js fetches.
const files = {
  "data/digits.bin": () => packDigits(readFileSync(path("../tests/data/digits.csv"), "utf8")),
  "data/iris.csv": () => readFileSync(path("../tests/data/iris.csv")),
};

const data = {
  name: "data",
  generateBundle() {
    for (const [fileName, read] of Object.entries(files)) {
      this.emitFile({ type: "asset", fileName, source: read() });
    }
  },
};

const { collect, write } = licenses();

export default defineConfig({
  root: path("."),
  base: "./", // any sub-path
  // The WebAssembly as a file of its own: page and worker share one.
  resolve: { alias: { "triplet/lua": path("../build/npm/lua.js"), triplet: path("../build/npm/external.js") } },
  plugins: [data, write],
  worker: { format: "es", plugins: () => [collect] },
  build: {
    outDir: path("../build/web"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy knows no data: scripts and styles
    modulePreload: { polyfill: false },
  },
});
