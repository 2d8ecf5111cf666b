// Texts as bytes and back. Made when first needed, as some set the globals up after modules are imported; Jest's jsdom
// has none, but Node.js underneath.
const made = {};

function coder(name) {
  return (made[name] ??= new (globalThis[name] ?? globalThis.process.getBuiltinModule("node:util")[name])());
}

export function utf8Encoder() {
  return coder("TextEncoder");
}

export function utf8Decoder() {
  return coder("TextDecoder");
}
