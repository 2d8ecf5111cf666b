// What the tests of environments have in common: a folder with the package, as its tarball installs it, beside the
// tools of package.json; the program that every environment runs, and what Node.js says to it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folder, install } from "../wasm/installed.mjs";
import { figures } from "./figures.mjs";

export { folder, run } from "../wasm/installed.mjs";
export const tools = fileURLToPath(new URL("node_modules", import.meta.url));
export const installed = install(undefined, tools);
export const write = (name, text) => writeFileSync(join(folder, name), text);

export const source = readFileSync(new URL("figures.mjs", import.meta.url), "utf8");
write("figures.mjs", source);
write("figures.cjs", source.replace("export async", "module.exports.figures = async"));

const { loadTriplet } = await import("../../build/npm/index.js");
export const expected = await figures(loadTriplet);

// A program that uses every entry.
export const imports = `
  import { loadTriplet as inline } from "triplet";
  import { loadTriplet as external } from "triplet/external";
  import { loadTriplet as worker } from "triplet/worker";
  import { figures } from "./figures.mjs";`;
export const program = `${imports}
  for (const load of [inline, external, worker]) {
    console.log(await figures(load));
  }`;

// Whether an environment printed what Node.js does, a number of times and nothing else.
export function same(said, times) {
  assert.equal(said.trim(), new Array(times).fill(expected).join("\n"));
}
