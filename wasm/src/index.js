// triplet: everything inlined; the build without SIMD is a file of its own, fetched only where it is needed.
// The texts come first in the script too: gzip does worse where they and code are in one block.
import simd from "triplet-simd-text";
import { unpack } from "./unpack.js";
import { load } from "./load.js";
import { scalar } from "./scalar.js";
import { Triplet } from "./triplet.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export function loadTriplet(options) {
  return load(Triplet, options, (hasSimd) => (hasSimd ? unpack(simd) : scalar()));
}
