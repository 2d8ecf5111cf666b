// Looks at a PNG of 8 bits and no interlacing: node tests/places/picture.mjs FILE WIDTH HEIGHT
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

const [path, width, height] = process.argv.slice(2).map((text) => (/^\d+$/.test(text) ? Number(text) : text));
const bytes = readFileSync(path);
const size = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
const channels = { 2: 3, 6: 4 }[bytes[25]];

const data = [];
for (let at = 8; at < bytes.length; at += bytes.readUInt32BE(at) + 12) {
  if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") {
    data.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
}

// Each line begins with the filter that foretells its bytes by those to the left, above, and above to the left.
const filtered = inflateSync(Buffer.concat(data));
const stride = size[0] * channels;
const nearest = (a, b, c) => {
  const [da, db, dc] = [a, b, c].map((value) => Math.abs(a + b - c - value));
  return da <= db && da <= dc ? a : db <= dc ? b : c;
};
const foretold = [() => 0, (a) => a, (a, b) => b, (a, b) => (a + b) >> 1, nearest];
const colours = new Map();
let above = Buffer.alloc(stride);
for (let y = 0; y < size[1]; y++) {
  const start = y * (stride + 1);
  const line = Buffer.from(filtered.subarray(start + 1, start + 1 + stride));
  for (let x = 0; x < stride; x++) {
    const left = x - channels;
    line[x] += foretold[filtered[start]](left < 0 ? 0 : line[left], above[x], left < 0 ? 0 : above[left]);
  }
  for (let x = 0; x < stride; x += channels) {
    const colour = line.toString("hex", x, x + 3);
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  above = line;
}

const test = (passed, name, detail) => {
  console.log(passed ? `ok - love: ${name}` : `not ok - love: ${name}: ${detail}`);
};
test(size.join() === [width, height].join(), `its picture is of ${width} x ${height} pixels`, size);
const paper = colours.get("fbfaf7") / (width * height);
test(paper > 0.5 && paper < 0.97, "it has something on its paper", paper);
const inks = ["0072b2", "d55e00", "009e73", "cc79a7", "e69f00", "56b4e9", "4d4d4d", "882255", "332288", "999933"];
const absent = inks.filter((ink) => !(colours.get(ink) > 20));
test(absent.length === 0, "all ten colours are there", `not ${absent}`);
console.log(`# ${colours.size} colours, ${(100 * paper).toFixed(1)} % paper`);
