/** The package with the WebAssembly in files beside it: triplet.wasm, and triplet-scalar.wasm where SIMD is missing. */
export * from "./index.js";
