// wasm/pack.c: what it packs comes out of the scripts, and out of its other half, as it went in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { loadTriplet } from "../../build/npm/index.js";
import { loadTriplet as loadLoss } from "../../build/npm/loss.js";

const built = (name) => readFileSync(fileURLToPath(new URL(`../../build/${name}`, import.meta.url)));

async function half(name) {
  const { instance } = await WebAssembly.instantiate(built(`wasm/${name}.wasm`));
  return { ...instance.exports, bytes: new Uint8Array(instance.exports.memory.buffer) };
}

const SCRIPTS = { "npm/triplet": [loadTriplet, true], "npm/triplet-scalar": [loadTriplet, false] };
SCRIPTS["wasm/loss/triplet"] = [loadLoss, true];
for (const [name, [load, simd]] of Object.entries(SCRIPTS)) {
  test(`what loadTriplet compiles is ${name}.wasm`, async (t) => {
    const compile = t.mock.method(WebAssembly, "compile");
    t.mock.method(WebAssembly, "validate", () => simd);
    await load();
    assert.deepEqual(Buffer.from(compile.mock.calls[0].arguments[0]), built(`${name}.wasm`));
  });
}

// The last two have code that the others have not: of libc, and of Emscripten's JavaScript.
const MODULES = ["simd/triplet", "loss/triplet", "scalar/triplet", "pack", "unpack", "simd/bits", "scalar/bits"];
for (const name of MODULES) {
  test(`${name}.wasm, packed and unpacked`, async () => {
    const given = built(`wasm/${name}.wasm`);
    const { bytes: packing, module, text, pack } = await half("pack");
    packing.set(given, module.value);
    const length = pack(given.length);
    const packed = packing.slice(text.value, text.value + length);
    assert(packed.every((code) => code >= 35 && code <= 99 && code !== 92));
    assert(gzipSync(packed).length < gzipSync(given).length);

    const unpacking = await half("unpack");
    unpacking.bytes.set(packed, unpacking.text.value);
    const size = unpacking.unpack();
    assert.deepEqual(Buffer.from(unpacking.bytes.subarray(unpacking.module.value).subarray(0, size)), given);
  });
}
