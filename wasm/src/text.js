// A little WebAssembly as text inside a script: ASCII, which no server or bundler spoils, and one character for most
// bytes, so that gzip finds what repeats (base64 hides it). The 91 most frequent bytes, with which the text begins,
// have one character, the others two: byte 91 k + r of that order is the character 31 + k, for k > 0, and the
// character 35 + r.
const ONE = 91;
const ALL = Array.from({ length: 256 }, (_, byte) => byte);

function orderOf(frequent) {
  return [...frequent, ...ALL.filter((byte) => !frequent.includes(byte))];
}

function write(place) {
  const prefix = Math.floor(place / ONE);
  return (prefix ? String.fromCharCode(31 + prefix) : "") + String.fromCharCode(35 + (place % ONE));
}

export function encode(bytes) {
  const counts = ALL.map(() => 0);
  bytes.forEach((byte) => counts[byte]++);
  const ranked = [...ALL].sort((one, other) => counts[other] - counts[one]);
  const frequent = ranked.slice(0, ONE).sort((one, other) => one - other);
  const order = orderOf(frequent);
  return [...frequent, ...Array.from(bytes, (byte) => order.indexOf(byte))].map(write).join("");
}

export function decode(text) {
  const places = new Uint8Array(text.length);
  let size = 0;
  let base = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 35) {
      base = ONE * (code - 31);
    } else {
      places[size++] = base + code - 35;
      base = 0;
    }
  }
  const order = orderOf(places.slice(0, ONE));
  return places.subarray(ONE, size).map((place) => order[place]);
}
