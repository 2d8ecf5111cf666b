// The script with the build without SIMD, which build.mjs writes.
export const wasm: string;
