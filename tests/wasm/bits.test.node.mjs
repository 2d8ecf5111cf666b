// tests/bits/bits.c, compiled to WebAssembly, prints what it prints natively.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

for (const build of ["simd", "scalar"]) {
  test(`the bits of WebAssembly, ${build}`, () => {
    const printed = execFileSync(process.execPath, [path(`build/wasm/${build}/bits.js`)], { encoding: "utf8" });
    assert.equal(printed, readFileSync(path("tests/bits/expected.txt"), "utf8"));
  });
}
