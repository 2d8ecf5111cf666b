// triplet/external in Node.js, whose fetch does not read files.
import { readFile } from "node:fs/promises";
import { load } from "./load.js";
import { scalar } from "./scalar.js";
import { Triplet } from "./triplet.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

// A path, too, such as Bun gives to a file inside a compiled program.
const read = async (url) =>
  /^https?:/.test(url)
    ? new Uint8Array(await (await fetch(url)).arrayBuffer())
    : readFile(/^file:/.test(url) ? new URL(url) : url);

export function loadTriplet(options) {
  // A bundler finds the files by these very words, and copies them.
  const own = (hasSimd) => (hasSimd ? new URL("./triplet.wasm", import.meta.url) : scalar());
  return load(Triplet, options, own, read);
}
