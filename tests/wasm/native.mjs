// What tests/bits/bits.c has of its own: its hashes, and the numbers that it makes them of.
import { read } from "./harness.mjs";

// Of each line its hash, by name.
export const expected = new Map((await read("tests/bits/expected.txt")).split("\n").map((line) => line.split(" ")));

// FNV-1a.
export function hashOf(...parts) {
  let hash = 0xcbf29ce484222325n;
  for (const part of parts) {
    for (const byte of new Uint8Array(part.buffer, part.byteOffset, part.byteLength)) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
  }
  return hash.toString(16).padStart(16, "0");
}

// Makes matrices of numbers in [-scale, scale), one after the other.
export function sourceOf(seed) {
  let state = BigInt(seed);
  const draw = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return (Number(state >> 40n) - 2 ** 23) / 2 ** 23;
  };
  return (rows, cols, scale) => {
    const data = Float32Array.from({ length: rows * cols }, () => draw() * Math.fround(scale));
    return { data, rows, cols };
  };
}
