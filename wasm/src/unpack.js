// WebAssembly as text inside a script, as wasm/pack.c makes it, and the WebAssembly that unpacks it.
import { decode } from "./text.js";
import unpacker from "triplet-unpacker-text";

export async function unpack(packed) {
  const { instance } = await WebAssembly.instantiate(decode(unpacker));
  const { memory, module, text, unpack } = /** @type {any} */ (instance.exports);
  new TextEncoder().encodeInto(packed, new Uint8Array(memory.buffer, text.value));
  return new Uint8Array(memory.buffer, module.value, unpack());
}
