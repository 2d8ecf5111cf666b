// triplet/external: the WebAssembly beside it, for those who serve the file.
import { load } from "./load.js";
import { scalar } from "./scalar.js";
import { Triplet } from "./triplet.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export function loadTriplet(options) {
  return load(Triplet, options, (hasSimd) => (hasSimd ? new URL("./triplet.wasm", import.meta.url) : scalar()));
}
