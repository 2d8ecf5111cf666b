// The shipped data as the page fetches it, made from tests/data when the site is built.
import { constants, deflateSync } from "node:zlib";

// 1,797 lines of 64 pixels and a digit -> the digits, and column after column of the rows sorted by digit, a byte each,
// deflated: a seventh of the CSV. Neighbouring rows of a column have more in common than neighbouring pixels, and most
// of all those of a digit, but repeat few strings.
export function packDigits(csv) {
  const lines = csv.trim().split("\n").slice(1);
  const rows = lines.map((line) => line.split(",").map(Number));
  const digitOf = (row) => row[row.length - 1];
  const sorted = rows.toSorted((a, b) => digitOf(a) - digitOf(b));
  const columns = rows[0].slice(1).flatMap((_, column) => sorted.map((row) => row[column]));
  const bytes = Uint8Array.from([...rows.map(digitOf), ...columns]);
  return deflateSync(bytes, { level: 9, strategy: constants.Z_FILTERED });
}
