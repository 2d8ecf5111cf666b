// The shipped data as the page fetches it, made from tests/data when the site is built.
import { constants, deflateSync } from "node:zlib";

// 1,797 lines of 64 pixels and a digit -> column after column, a byte each, deflated: a sixth of the CSV. Neighbouring
// rows of a column have more in common than neighbouring pixels, but repeat few strings.
export function packDigits(csv) {
  const lines = csv.trim().split("\n").slice(1);
  const rows = lines.map((line) => line.split(",").map(Number));
  const columns = rows[0].flatMap((_, column) => rows.map((row) => row[column]));
  return deflateSync(Uint8Array.from(columns), { level: 9, strategy: constants.Z_FILTERED });
}
