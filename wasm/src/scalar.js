// The build without SIMD: a file beside the script, which bundlers that know of such files copy.
export function scalar() {
  try {
    return new URL("./triplet-scalar.wasm", import.meta.url);
  } catch {
    throw new Error("loadTriplet: there is no SIMD: expected wasm, where triplet-scalar.wasm is, got none");
  }
}
