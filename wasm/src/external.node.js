// triplet/external in Node.js, whose fetch does not read files.
import { readFile } from "node:fs/promises";
import { load } from "./load.js";
import { Triplet } from "./triplet.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

const read = async (url) =>
  /^https?:/.test(url) ? new Uint8Array(await (await fetch(url)).arrayBuffer()) : readFile(new URL(url));

export function loadTriplet(options) {
  const file = (hasSimd) => new URL(hasSimd ? "./triplet.wasm" : "./triplet-scalar.wasm", import.meta.url);
  return load(Triplet, options, file, read);
}
