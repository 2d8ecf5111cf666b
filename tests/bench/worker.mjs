// JavaScript's worker for make bench: node worker.mjs CASE [by=LIBRARY] [key=value ...]. It speaks as native.c says.
// Arguments and results are where the library keeps them ("resident", the default) or typed arrays ("copied").
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const words = process.argv.slice(3).map((word) => word.split("="));
const given = Object.fromEntries(words.map(([key, value]) => [key, /^\d+$/.test(value) ? Number(value) : value]));

// ---- inputs: as native.h and native.c make them ---------------------------------------------------------------------

function uniform(stream, i) {
  let bits = i + Math.imul(stream, 2654435769);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return ((bits ^ (bits >>> 16)) >>> 8) / 16777216;
}

function uniformRows(stream, rows, cols) {
  return { data: Float32Array.from({ length: rows * cols }, (_, i) => uniform(stream, i)), rows, cols };
}

function classRows(rows, cols, classes) {
  const [f, noise, centre] = [Math.fround, Math.fround(0.6), Math.fround(0.06)];
  const data = Float32Array.from({ length: rows * cols }, (_, at) => {
    const [i, k] = [Math.floor(at / cols), at % cols];
    const middle = f(centre * f(uniform(2, (i % classes) * cols + k)));
    return f(f(noise * f(f(uniform(1, at)) - 0.5)) + middle);
  });
  return { data, rows, cols };
}

const threeMatrices = () => [1, 2, 3].map((stream) => uniformRows(stream, given.rows, given.cols));

// ---- libraries ------------------------------------------------------------------------------------------------------

const versionOf = (path) => JSON.parse(readFileSync(new URL(path, root))).version;
const peerVersion = (name) => versionOf(`tests/bench/node_modules/${name}/package.json`);

async function loadTriplet() {
  const { loadTriplet: load } = await import("../../build/npm/index.js");
  const wasm = () => readFileSync(new URL("build/npm/triplet-scalar.wasm", root));
  return load(given.by === "scalar" ? { wasm: wasm() } : {});
}

async function loadTensorflow() {
  const tf = await import("@tensorflow/tfjs");
  await import("@tensorflow/tfjs-backend-wasm");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await tf.setBackend("wasm");
  return tf;
}

async function loadJax() {
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

// ---- cases: [what runs once and returns what others must agree on, the version] -------------------------------------

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

async function tripletMargin(inputs) {
  const triplet = await loadTriplet();
  if (given.mode === "copied") {
    return () => triplet.marginLoss(...inputs).loss;
  }
  const [a, p, n] = inputs.map((input) => triplet.matrix(input));
  const [anchors, positives, negatives] = [a, p, n].map(({ rows, cols }) => triplet.matrix(rows, cols));
  const options = { out: { gradients: { anchors, positives, negatives } } };
  return () => triplet.marginLoss(a, p, n, options).loss;
}

async function tensorflowMargin(inputs) {
  const tf = await loadTensorflow();
  const distance = (x, y) => tf.norm(tf.add(tf.sub(x, y), 1e-6), "euclidean", 1);
  const loss = (a, p, n) => tf.mean(tf.relu(tf.add(tf.sub(distance(a, p), distance(a, n)), 1)));
  const withGradients = tf.valueAndGrads(loss);
  const tensor = ({ data, rows, cols }) => tf.tensor2d(data, [rows, cols]);
  const tensors = inputs.map(tensor);
  const resident = () => withGradients(tensors).value.dataSync()[0];
  const copied = () => {
    const { value, grads } = withGradients(inputs.map(tensor));
    grads.forEach((gradient) => gradient.dataSync());
    return value.dataSync()[0];
  };
  return () => tf.tidy(given.mode === "copied" ? copied : resident);
}

async function jaxMargin(inputs) {
  const { jit, numpy: np, valueAndGrad } = await loadJax();
  const distance = (x, y) => np.sqrt(np.square(x.sub(y).add(1e-6)).sum(1));
  const loss = (a, p, n) => np.maximum(distance(a.ref, p).sub(distance(a, n)).add(1), 0).mean();
  const withGradients = jit(valueAndGrad(loss, { argnums: [0, 1, 2] }));
  const array = ({ data, rows, cols }) => np.array(data).reshape([rows, cols]);
  const arrays = inputs.map(array);
  return () => {
    const copied = given.mode === "copied";
    const [value, gradients] = withGradients(...(copied ? inputs.map(array) : arrays.map((one) => one.ref)));
    gradients.forEach((gradient) => (copied ? gradient.dataSync() : gradient.dispose()));
    return value.dataSync()[0];
  };
}

function handMargin(inputs) {
  const [{ rows, cols }] = inputs;
  const arrays = inputs.map(({ data }) => data);
  const gradients = arrays.map((data) => new Float32Array(data.length));
  return () => byHand(arrays, rows, cols, gradients);
}

async function batch() {
  const triplet = await loadTriplet();
  const x = triplet.matrix(classRows(given.rows, given.cols, given.classes));
  const labels = Int32Array.from({ length: given.rows }, (_, i) => i % given.classes);
  const options = { mining: given.mining, out: { gradient: triplet.matrix(given.rows, given.cols) } };
  return () => triplet.batchLoss(x, labels, options).loss;
}

const tableBytes = () => {
  const program = fileURLToPath(new URL("build/tests/bench/native", root));
  const asked = ["write_table", `kind=${given.kind}`, `rows=${given.rows}`];
  return spawnSync(program, asked, { maxBuffer: 1 << 30 }).stdout;
};

async function tripletTable() {
  const triplet = await loadTriplet();
  const bytes = tableBytes();
  return () => {
    const table = triplet.readTable(bytes, { label: "class" });
    const { rows } = table;
    table.free();
    return rows;
  };
}

async function papaTable() {
  const { default: papa } = await import("papaparse");
  const bytes = tableBytes();
  const options = { dynamicTyping: true, skipEmptyLines: true, header: false };
  return () => papa.parse(new TextDecoder().decode(bytes), options).data.length - 1;
}

const ours = versionOf("wasm/package.json");
const cases = {
  margin: {
    triplet: tripletMargin,
    scalar: tripletMargin,
    tfjs: tensorflowMargin,
    "jax-js": jaxMargin,
    hand: handMargin,
  },
  batch: { triplet: batch, scalar: batch },
  table: { triplet: tripletTable, papaparse: papaTable },
};
const names = { tfjs: "@tensorflow/tfjs", "jax-js": "@jax-js/jax", papaparse: "papaparse" };

// ---- measuring: as native.c does ------------------------------------------------------------------------------------

function samplesOf(run, turn, from) {
  let runs = from;
  let times = [];
  for (let spent = 0; times.length === 0 || spent < turn;) {
    const start = performance.now();
    for (let i = 0; i < runs; i++) {
      run();
    }
    const took = (performance.now() - start) / 1000;
    if (took < 1e-3) {
      runs *= 2;
      times = [];
      continue;
    }
    times.push(took / runs);
    spent += took;
  }
  return { runs, times };
}

const say = (line) => console.log(JSON.stringify(line));

async function main() {
  given.by ??= "triplet";
  const open = cases[process.argv[2]][given.by];
  const run = await open(process.argv[2] === "margin" ? threeMatrices() : undefined);
  const version = given.by in names ? peerVersion(names[given.by]) : given.by === "hand" ? process.version : ours;
  say({ version, answer: run() });
  let runs = 1;
  for await (const line of createInterface({ input: process.stdin })) {
    const turn = samplesOf(run, Number(line), runs);
    runs = turn.runs;
    say(turn);
  }
}

await main();
