import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { library } from "./library.js";
import { licenses } from "./licenses.js";
import { offline } from "./offline.js";
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
const shared = library(path("../build/npm/"));

export default defineConfig({
  root: path("."),
  base: "./", // any sub-path
  resolve: { alias: { "triplet/lua": path("../build/npm/lua.js") } },
  plugins: [data, shared, write, offline],
  worker: { format: "es", plugins: () => [shared, collect] },
  build: {
    outDir: path("../build/web"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy knows no data: scripts and styles
    modulePreload: { polyfill: false },
    rollupOptions: { input: [path("index.html"), path("guide/index.html")] },
  },
});
