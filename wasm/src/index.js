// triplet: everything inlined; the build without SIMD is a file of its own, loaded only where it is needed.
// The text comes first in the script too: gzip does worse where it and code are in one block.
import simd from "triplet-simd-text";
import { load } from "./load.js";
import { Triplet } from "./triplet.js";
import { unpack } from "./unpack.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export function loadTriplet(options) {
  return load(Triplet, options, async (hasSimd) => unpack(hasSimd ? simd : (await import("./scalar.js")).wasm));
}
