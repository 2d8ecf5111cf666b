// From WebAssembly, wherever it comes from, to the functions of an instance.
import { describe, fault } from "./errors.js";
import { Core } from "./core.js";
import { readMembers } from "./members.js";

// The smallest module that needs SIMD: a function that makes a vector and drops it.
const SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11],
);

export function hasSimd() {
  return WebAssembly.validate(SIMD);
}

// source: a URL or its text, bytes, or a compiled module. read: URL -> bytes.
async function compile(source, read) {
  const kind = describe(source); // of whatever realm: Next's edge runtime has a module of another
  if (kind === "WebAssembly.Module") {
    return source;
  }
  if (kind === "ArrayBuffer" || ArrayBuffer.isView(source)) {
    return WebAssembly.compile(source);
  }
  if (typeof source === "string" || kind === "URL") {
    return WebAssembly.compile(await read(source));
  }
  throw fault(TypeError, "loadTriplet", "wasm", "a URL, bytes or a WebAssembly.Module", kind);
}

async function fetchBytes(url) {
  // Node.js fetches no files.
  const files = /^file:/.test(url) && globalThis.process?.getBuiltinModule?.("node:fs/promises");
  if (files) {
    return files.readFile(new URL(url));
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`loadTriplet: ${url}: HTTP status ${response.status}`);
  }
  return response.arrayBuffer();
}

// Type: of what the functions of an instance are; own: what to load when the caller gives no wasm, asked with whether
// there is SIMD.
export async function load(Type, options, own, read = fetchBytes) {
  const [wasm] = readMembers("loadTriplet", options ?? {}, ["wasm"]);
  const source = wasm ?? (await own(hasSimd()));
  const core = new Core();
  return new Type(core.start(await WebAssembly.instantiate(await compile(source, read), { env: core.imports })));
}
