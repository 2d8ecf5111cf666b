// WebAssembly against native code on one thread (by way of the Lua module) and against plain JavaScript. Contestants
// take turns and medians are compared; trust the ratios, not the milliseconds.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadTriplet } from "../../build/npm/index.js";

const ROUNDS = 7;
const root = new URL("../../", import.meta.url);
const simd = await loadTriplet();
const scalar = await loadTriplet({ wasm: await readFile(new URL("build/npm/triplet-scalar.wasm", root)) });

// ---- native: a Lua process that times what it is told, a line for a line --------------------------------------------

const lua = spawn("lua5.4", ["-"], { cwd: fileURLToPath(root), stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: lua.stdout })[Symbol.asyncIterator]();
lua.stdin.end(`
package.path, package.cpath = "lua/?.lua;lua/?/init.lua;" .. package.path, "build/lua/?.so;" .. package.cpath
local triplet = require "triplet"
local function rows(n, d, seed)
  local list, state = {}, seed
  for i = 1, n do
    local row = {}
    for j = 1, d do
      state = (state * 1664525 + 1013904223) & 0xffffffff
      row[j] = (state >> 8) / 16777216
    end
    list[i] = row
  end
  return triplet.matrix(list)
end
local function time(run)
  run()
  for _ = 1, ${ROUNDS} do
    local start = os.clock()
    run()
    print((os.clock() - start) * 1000)
    io.flush()
  end
end
local a, p, n = rows(16384, 128, 1), rows(16384, 128, 2), rows(16384, 128, 3)
local out = triplet.margin_loss(a, p, n)
time(function() triplet.margin_loss(a, p, n, { out = out }) end)
local x, labels = rows(1024, 128, 1), {}
for i = 1, 1024 do labels[i] = i % 32 end
for _, mining in ipairs{ "all", "hard", "semihard" } do
  local result = triplet.batch_loss(x, labels, { mining = mining })
  time(function() triplet.batch_loss(x, labels, { mining = mining, out = result }) end)
end
`);

async function native() {
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    times.push(Number((await answers.next()).value));
  }
  return median(times);
}

// ---- the same in JavaScript -----------------------------------------------------------------------------------------

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

function rows(n, d, seed) {
  let state = seed;
  const data = Float32Array.from({ length: n * d }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 16777216;
  });
  return { data, rows: n, cols: d };
}

function print(name, figures) {
  console.log(`  ${name.padEnd(30)} ${figures}`);
}

async function compete(title, contestants) {
  const base = await native();
  const times = contestants.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    contestants.forEach(([, run], i) => {
      const start = performance.now();
      run();
      if (round) {
        times[i].push(performance.now() - start); // the first round warms up
      }
    });
  }
  console.log(title);
  const row = (name, time) =>
    print(name, `${time.toFixed(2).padStart(9)} ms ${(base / time).toFixed(2).padStart(7)} x native`);
  row("native, one thread", base);
  contestants.forEach(([name], i) => row(name, median(times[i])));
}

// What one writes by hand: torch's convention, mean.
function byHand(a, p, n, rows, cols, ga, gp, gn) {
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const end = start + cols;
    let ap = 0;
    let an = 0;
    for (let k = start; k < end; k++) {
      const x = a[k] - p[k] + 1e-6;
      const y = a[k] - n[k] + 1e-6;
      ap += x * x;
      an += y * y;
    }
    ap = Math.sqrt(ap);
    an = Math.sqrt(an);
    const h = ap - an + 1;
    const scale = h > 0 ? 1 / rows : 0;
    loss += Math.max(h, 0);
    for (let k = start; k < end; k++) {
      const x = (scale * (a[k] - p[k] + 1e-6)) / ap;
      const y = (scale * (a[k] - n[k] + 1e-6)) / an;
      ga[k] = x - y;
      gp[k] = -x;
      gn[k] = y;
    }
  }
  return loss / rows;
}

function resident(triplet, inputs) {
  const [a, p, n] = inputs.map((input) => triplet.matrix(input));
  const like = ({ rows, cols }) => triplet.matrix(rows, cols);
  const out = { gradients: { anchors: like(a), positives: like(p), negatives: like(n) } };
  const options = { out };
  return () => triplet.marginLoss(a, p, n, options);
}

const inputs = [1, 2, 3].map((seed) => rows(16384, 128, seed));
const arrays = inputs.map(({ data }) => data);
const gradients = arrays.map((data) => new Float32Array(data.length));
await compete("margin loss and gradient, 16384 x 128, p = 2", [
  ["SIMD", resident(simd, inputs)],
  ["SIMD, copied in and out", () => simd.marginLoss(...inputs)],
  ["scalar", resident(scalar, inputs)],
  ["Float32Array by hand", () => byHand(...arrays, 16384, 128, ...gradients)],
]);

const x = rows(1024, 128, 1);
const labels = Int32Array.from({ length: 1024 }, (_, i) => (i + 1) % 32);
for (const mining of ["all", "hard", "semihard"]) {
  await compete(`batch loss and gradient, ${mining}, 1024 x 128, 32 classes`, [
    ["SIMD", () => simd.batchLoss(x, labels, { mining })],
    ["scalar", () => scalar.batchLoss(x, labels, { mining })],
  ]);
}

const small = [1, 2, 3].map((seed) => rows(1, 8, seed));
const lists = small.map(({ data }) => [Array.from(data)]);
console.log("one call, N = 1, D = 8");
for (const [name, run] of [
  ["in WebAssembly's memory", resident(simd, small)],
  ["typed arrays, copied", () => simd.marginLoss(...small)],
  ["arrays of rows", () => simd.marginLoss(...lists)],
]) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < 100000; i++) {
      run();
    }
    times.push((performance.now() - start) * 10);
  }
  print(name, `${median(times).toFixed(0).padStart(9)} ns`);
}
