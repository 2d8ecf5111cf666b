// WebAssembly as text inside a script: ASCII, which no server or bundler spoils, and one character for most bytes, so
// that gzip finds what repeats (base64 hides it and ends up a third larger). Byte 91 k + r becomes an optional
// character 31 + k, for k > 0, and the character 35 + r.
export function encode(bytes) {
  let text = "";
  for (const byte of bytes) {
    const prefix = Math.floor(byte / 91);
    text += (prefix ? String.fromCharCode(31 + prefix) : "") + String.fromCharCode(35 + (byte % 91));
  }
  return text;
}

export function decode(text) {
  const bytes = new Uint8Array(text.length);
  let size = 0;
  let base = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 35) {
      base = 91 * (code - 31);
    } else {
      bytes[size++] = base + code - 35;
      base = 0;
    }
  }
  return bytes.subarray(0, size);
}
