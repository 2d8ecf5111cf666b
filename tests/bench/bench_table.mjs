// The tables of bench_table.c, read by other readers: by the npm package, Papa Parse (make peers) and the Lua reader that
// the library had before, where git has it. Each reads a table several times, of which the best counts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTriplet } from "../../build/npm/index.js";

const RUNS = 5;
const root = fileURLToPath(new URL("../../", import.meta.url));
const program = join(root, "build/tests/bench/bench_table");
const folder = mkdtempSync(join(tmpdir(), "triplet-bench-"));

// What a command prints, or null where it fails.
function output(command, ...given) {
  const { status, stdout } = spawnSync(command, given, { cwd: root, maxBuffer: 1 << 30 });
  return status === 0 ? stdout : null;
}

function best(run) {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run();
    return (performance.now() - start) / 1e3;
  });
  return Math.min(...times);
}

// ---- readers: the seconds that a table takes, or undefined where they do not read its kind -------------------------

const triplet = await loadTriplet();

function native(name) {
  return Number(output(program, "read", name));
}

function npmPackage(name, bytes) {
  return best(() => triplet.readTable(bytes, { label: "class", keep: ["column 0"] }).free());
}

const papa = await import("papaparse").catch(() => null);

function papaParse(name, bytes) {
  return best(() => papa.default.parse(new TextDecoder().decode(bytes), { dynamicTyping: true, skipEmptyLines: true }));
}

const script = `
package.path = arg[1] .. "/?.lua;" .. package.path
local csv, best = require "csv", math.huge
for _ = 1, ${RUNS} do
  local start = os.clock()
  assert(csv.read(arg[2], { label = "class" }))
  best = math.min(best, os.clock() - start)
end
print(best)`;
const former = output("git", "show", "17c636c:lua/triplet/csv.lua");
if (former) {
  writeFileSync(join(folder, "csv.lua"), former);
  writeFileSync(join(folder, "read.lua"), script);
}

// It reads numbers alone.
function formerLua(name, bytes, hasTexts) {
  if (hasTexts) {
    return undefined;
  }
  writeFileSync(join(folder, "table.csv"), bytes);
  return Number(output("lua5.4", join(folder, "read.lua"), folder, join(folder, "table.csv")));
}

const readers = [
  ["C", native],
  triplet.readTable && ["npm package", npmPackage],
  papa && ["Papa Parse, numbers found", papaParse],
  former && ["the former Lua reader", formerLua],
].filter(Boolean);

// ---- tables ---------------------------------------------------------------------------------------------------------

for (const [name, title, hasTexts] of [
  ["numbers", "numbers", false],
  ["categories", "categories", true],
  ["quoted", "texts in quotes", true],
  ["million", "a million rows of numbers", false],
]) {
  const bytes = output(program, "write", name);
  console.log(`table of ${title}, ${(bytes.length / 1e6).toFixed(0)} MB`);
  let first;
  for (const [reader, read] of readers) {
    const seconds = read(name, bytes, hasTexts);
    first ??= seconds;
    if (seconds) {
      const speed = (bytes.length / 1e6 / seconds).toFixed(1).padStart(7);
      console.log(`  ${reader.padEnd(28)} ${speed} MB/s ${(first / seconds).toFixed(3).padStart(7)} x C`);
    }
  }
}
rmSync(folder, { recursive: true });
