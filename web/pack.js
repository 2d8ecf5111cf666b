// The shipped data as the page fetches it, made from tests/data when the site is built.
import { deflateSync } from "node:zlib";

const PIXELS = 64;

// 1,797 lines of 64 pixels and a digit -> all pixels, then all digits, a byte each, deflated: a fifth of the CSV.
export function packDigits(csv) {
  const rows = csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const pixels = rows.flatMap((row) => row.slice(0, PIXELS));
  return deflateSync(Uint8Array.from([...pixels, ...rows.map((row) => row[PIXELS])]), { level: 9 });
}
