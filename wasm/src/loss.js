// triplet/loss: losses, mining, distances, search and verification, without what trains, evaluates and reads files.
import simd from "triplet-loss-text";
import { Losses } from "./instance.js";
import { load } from "./load.js";
import { unpack } from "./unpack.js";

export { OutOfMemoryError } from "./errors.js";

export function loadTriplet(options) {
  return load(Losses, options, (hasSimd) => (hasSimd ? unpack(simd) : new URL("./triplet-scalar.wasm", import.meta.url)));
}
