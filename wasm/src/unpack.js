// WebAssembly as text inside a script, as wasm/pack.c makes it, and the WebAssembly that unpacks it.
import { decode } from "./text.js";
import unpacker from "triplet-unpacker-text";
import { utf8Encoder } from "./utf8.js";

export async function unpack(packed) {
  const { instance } = await WebAssembly.instantiate(decode(unpacker));
  const { memory, module, text, unpack } = /** @type {any} */ (instance.exports);
  utf8Encoder().encodeInto(packed, new Uint8Array(memory.buffer, text.value));
  return new Uint8Array(memory.buffer, module.value, unpack());
}
