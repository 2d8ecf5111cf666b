// triplet/loss: the losses, mining, distances, search and verification alone.
// The texts come first, as in index.js.
import simd from "triplet-loss-text";
import { unpack } from "./unpack.js";
import { Losses } from "./instance.js";
import { load } from "./load.js";
import { scalar } from "./scalar.js";

export { OutOfMemoryError } from "./errors.js";

export function loadTriplet(options) {
  return load(Losses, options, (hasSimd) => (hasSimd ? unpack(simd) : scalar()));
}
