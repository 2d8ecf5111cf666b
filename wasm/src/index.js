// triplet: everything inlined; the build without SIMD is a file of its own, loaded only where it is needed.
import { load } from "./load.js";
import { decode } from "./text.js";
import simd from "triplet-simd-text";

export { OutOfMemoryError } from "./errors.js";

export function loadTriplet(options) {
  return load(options, async (hasSimd) => decode(hasSimd ? simd : (await import("./scalar.js")).wasm));
}
