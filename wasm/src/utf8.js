// Texts as bytes and back. Made when first needed: Jest's jsdom, for one, has neither when modules are imported.
let encoder;
let decoder;

export function utf8Encoder() {
  return (encoder ??= new TextEncoder());
}

export function utf8Decoder() {
  return (decoder ??= new TextDecoder());
}
