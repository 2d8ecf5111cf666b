// A script in an address: compressed, in characters that a hash may contain.
const LIMIT = 100_000; // bytes of a script

const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream));

// null if it is too long to be shared.
export async function pack(script) {
  const whole = new TextEncoder().encode(script);
  if (whole.length > LIMIT) {
    return null;
  }
  const bytes = new Uint8Array(await through(whole, new CompressionStream("deflate-raw")).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// null if it is not a script, or too long.
export async function unpack(text) {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const reader = through(bytes, new DecompressionStream("deflate-raw")).body.getReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let script = "";
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return script + decoder.decode();
      }
      size += value.length;
      if (size > LIMIT) {
        reader.cancel();
        return null;
      }
      script += decoder.decode(value, { stream: true });
    }
  } catch {
    return null;
  }
}
