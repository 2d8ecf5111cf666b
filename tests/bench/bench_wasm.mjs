// WebAssembly against native code on one thread (by way of the Lua module), against plain JavaScript and against the
// libraries of peers.mjs, which have no in-batch losses. Contestants take turns and medians are compared; trust the
// ratios, not the milliseconds.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadTriplet } from "../../build/npm/index.js";
import { loadPeers } from "./peers.mjs";

const ROUNDS = 7;
const root = new URL("../../", import.meta.url);
const simd = await loadTriplet();
const scalar = await loadTriplet({ wasm: await readFile(new URL("build/npm/triplet-scalar.wasm", root)) });

// ---- native: a Lua process that runs what it is told and answers with the milliseconds -----------------------------

const script = `
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
local a, p, n = rows(16384, 128, 1), rows(16384, 128, 2), rows(16384, 128, 3)
local x, labels = rows(1024, 128, 1), {}
for i = 1, 1024 do labels[i] = i % 32 end
local out = {}
local runs = { margin = function() out.margin = triplet.margin_loss(a, p, n, { out = out.margin }) end }
for _, mining in ipairs{ "all", "hard", "semihard" } do
  runs[mining] = function() out[mining] = triplet.batch_loss(x, labels, { mining = mining, out = out[mining] }) end
end
for name in io.lines() do
  local start = os.clock()
  runs[name]()
  print((os.clock() - start) * 1000)
  io.flush()
end`;
const lua = spawn("lua5.4", ["-e", script], { cwd: fileURLToPath(root), stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: lua.stdout })[Symbol.asyncIterator]();

async function native(name) {
  lua.stdin.write(`${name}\n`);
  return Number((await answers.next()).value);
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

function timed(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

// task: what the native code calls it.
async function compete(title, task, runs) {
  const inJavaScript = runs.map(([name, run]) => [name, () => timed(run)]);
  const contestants = [["native, one thread", () => native(task)], ...inJavaScript];
  const times = contestants.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, [, time]] of contestants.entries()) {
      times[i].push(await time());
    }
  }
  console.log(title);
  const medians = times.map((list) => median(list.slice(1))); // the first round warms up
  contestants.forEach(([name], i) => {
    const ratio = (medians[0] / medians[i]).toFixed(2).padStart(7);
    print(name, `${medians[i].toFixed(2).padStart(9)} ms ${ratio} x native`);
  });
}

// What one writes by hand: torch's convention, mean.
function byHand([a, p, n], rows, cols, [ga, gp, gn]) {
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
    loss += Math.max(h, 0);
    const towards = h > 0 ? 1 / (rows * ap) : 0;
    const away = h > 0 ? 1 / (rows * an) : 0;
    for (let k = start; k < end; k++) {
      const x = towards * (a[k] - p[k] + 1e-6);
      const y = away * (a[k] - n[k] + 1e-6);
      ga[k] = x - y;
      gp[k] = -x;
      gn[k] = y;
    }
  }
  return loss / rows;
}

function handWritten(inputs) {
  const [{ rows, cols }] = inputs;
  const arrays = inputs.map(({ data }) => data);
  const gradients = arrays.map((data) => new Float32Array(data.length));
  return () => byHand(arrays, rows, cols, gradients);
}

function resident(triplet, inputs) {
  const [a, p, n] = inputs.map((input) => triplet.matrix(input));
  const like = ({ rows, cols }) => triplet.matrix(rows, cols);
  const out = { gradients: { anchors: like(a), positives: like(p), negatives: like(n) } };
  const options = { out };
  return () => triplet.marginLoss(a, p, n, options);
}

const peers = [];
for (const [name, peer] of await loadPeers()) {
  if (typeof peer === "string") {
    console.log(`without ${name}: ${peer}`);
  } else {
    peers.push([name, peer.resident], [`${name}, copied`, peer.copied]);
  }
}

const inputs = [1, 2, 3].map((seed) => rows(16384, 128, seed));
await compete("margin loss and gradient, 16384 x 128, p = 2", "margin", [
  ["SIMD", resident(simd, inputs)],
  ["SIMD, copied in and out", () => simd.marginLoss(...inputs)],
  ["scalar", resident(scalar, inputs)],
  ["Float32Array by hand", handWritten(inputs)],
  ...peers.map(([name, prepare]) => [name, prepare(inputs)]),
]);

const x = rows(1024, 128, 1);
const labels = Int32Array.from({ length: 1024 }, (_, i) => (i + 1) % 32);
for (const mining of ["all", "hard", "semihard"]) {
  await compete(`batch loss and gradient, ${mining}, 1024 x 128, 32 classes`, mining, [
    ["SIMD", () => simd.batchLoss(x, labels, { mining })],
    ["scalar", () => scalar.batchLoss(x, labels, { mining })],
  ]);
}

// Of one call, measured over at least 20 ms.
function nanoseconds(run) {
  for (let count = 1; ; count *= 2) {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      run();
    }
    const time = performance.now() - start;
    if (time >= 20) {
      return (time / count) * 1e6;
    }
  }
}

const small = [1, 2, 3].map((seed) => rows(1, 8, seed));
const lists = small.map(({ data }) => [Array.from(data)]);
console.log("one call, N = 1, D = 8");
for (const [name, run] of [
  ["in WebAssembly's memory", resident(simd, small)],
  ["typed arrays, copied", () => simd.marginLoss(...small)],
  ["arrays of rows", () => simd.marginLoss(...lists)],
  ["Float32Array by hand", handWritten(small)],
  ...peers.map(([name, prepare]) => [name, prepare(small)]),
]) {
  const times = Array.from({ length: ROUNDS }, () => nanoseconds(run));
  print(name, `${median(times).toFixed(0).padStart(9)} ns`);
}
lua.stdin.end();
