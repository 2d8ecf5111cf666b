// make bench: measures the rows of rows.mjs, and writes a table and build/bench.json.
//
//   node tests/bench/run.mjs [ONLY]    ONLY: the row of that name, or all with that in their names; the JSON is then
//                                      build/bench-part.json
//
// Each contestant is a process of its own (native.c says what it speaks). Those of a row take turns, forwards and
// backwards, so that what else the machine does falls on all of them. A ratio is taken within each round; its median
// over the rounds counts, and its least and most are told. One thread each, but where a row says two.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { printGrowths, printRow, printSummary } from "./report.mjs";
import { growthsOf, rows } from "./rows.mjs";

const TURN = 0.1; // seconds
const WARM = 0.5; // in which compilers that learn while a program runs have done so
const ROUNDS = 7;
const FEWEST_ROUNDS = 3;
const ENOUGH = 10; // seconds, after which a row has no more rounds than it needs

const root = fileURLToPath(new URL("../../", import.meta.url));

const environment = {
  ...process.env,
  LUA_PATH: `${root}lua/?.lua;${root}lua/?/init.lua;;`,
  LUA_CPATH: `${root}build/lua/?.so;;`,
};
// OpenBLAS, where it does not know a processor that is newer than itself, takes kernels of 2004: it is told which fit.
const flags = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
const openblas = flags.includes("avx512vl") ? "SkylakeX" : flags.includes("avx2") ? "Haswell" : "";

// One thread for the libraries of others; worker.py says why malloc keeps its memory.
const peerEnvironment = {
  ...environment,
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  ...(openblas && { OPENBLAS_CORETYPE: openblas }),
  MKL_NUM_THREADS: "1",
  XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
  JAX_PLATFORMS: "cpu",
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: "-1",
};

export function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const spread = (values) => ({ value: median(values), low: Math.min(...values), high: Math.max(...values) });

// ---- a contestant, started ------------------------------------------------------------------------------------------

class Worker {
  constructor(name, { kind, command, warm, needs }) {
    Object.assign(this, { name, kind, command, warm, needs, turns: [], runs: 0 });
  }

  async start() {
    if (this.needs && !existsSync(this.needs)) {
      this.absent = "not installed (make peers)";
      return;
    }
    const [program, ...words] = this.command;
    const env = this.kind === "peer" ? peerEnvironment : environment;
    this.child = spawn(program, words, { cwd: root, env, stdio: ["pipe", "pipe", "pipe"] });
    this.complaints = "";
    this.child.stderr.on("data", (text) => (this.complaints += text));
    this.child.stdin.on("error", () => {});
    this.exited = new Promise((resolve) => {
      this.child.on("error", (error) => resolve(error));
      this.child.on("close", (code) => resolve(code));
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    const ready = await this.read();
    Object.assign(this, ready);
    if (!this.absent && this.warm) {
      await this.turn(WARM);
      this.turns = [];
    }
  }

  async read() {
    const line = await this.lines.next();
    if (!line.done) {
      return JSON.parse(line.value);
    }
    const how = await this.exited;
    if (how?.code === "ENOENT") {
      return { absent: "not installed (make peers)" };
    }
    throw new Error(`${this.command.join(" ")} ended with ${how}: ${this.complaints}`);
  }

  async turn(seconds) {
    this.child.stdin.write(`${seconds}\n`);
    const { runs, times } = await this.read();
    this.runs = runs;
    this.turns.push(times);
  }

  async end() {
    this.child.stdin.end();
    await this.exited;
  }

  // Seconds of one run.
  get figures() {
    const { name, kind, version, absent, runs } = this;
    if (absent) {
      return { name, kind, absent };
    }
    const times = this.turns.flat();
    return {
      name,
      kind,
      ...(this.command[1] !== "process" && { version }),
      runs,
      samples: times.length,
      ...spread(times),
    };
  }
}

async function compete(workers, rounds = ROUNDS) {
  for (const worker of workers) {
    await worker.start();
  }

  const present = workers.filter(({ absent }) => !absent);
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= FEWEST_ROUNDS && performance.now() - start > ENOUGH * 1000) {
      break;
    }
    for (const worker of round % 2 ? [...present].reverse() : present) {
      await worker.turn(TURN);
    }
  }
  for (const worker of present) {
    await worker.end();
  }
}

// ---- rows -----------------------------------------------------------------------------------------------------------

// Whoever answers must agree, or they measure different things.
function compareAnswers(name, workers) {
  const answers = workers.filter(({ answer }) => typeof answer === "number");
  for (const { name: other, answer } of answers) {
    if (Math.abs(answer - answers[0].answer) > 1e-3 * Math.abs(answers[0].answer)) {
      throw new Error(`${name}: ${answers[0].name} finds ${answers[0].answer}, ${other} ${answer}`);
    }
  }
}

// What a row says of two contestants: of the first's time as a multiple of the second's, or of its speed.
function figureOf(workers, aim) {
  const find = (name) => workers.find((worker) => worker.name === name);
  const who = find(aim.who ?? workers[0].name);
  if (aim.seconds) {
    const { value, low, high } = who.figures;
    return { who: who.name, form: "seconds", value, low, high, aim: aim.seconds, reached: value <= aim.seconds };
  }
  const of = find(aim.of);
  if (who.absent || of.absent) {
    return null;
  }
  const form = aim.time ? "time" : "speed";
  const ratios = who.turns.map((times, round) => median(times) / median(of.turns[round]));
  const figure = { who: who.name, of: of.name, form, ...spread(aim.time ? ratios : ratios.map((ratio) => 1 / ratio)) };
  const bound = aim.time ?? aim.speed;
  const reached = aim.time ? figure.value <= bound : figure.value >= bound;
  return bound ? { ...figure, aim: bound, reached } : figure;
}

function figuresOf(workers, aims) {
  const others = workers.slice(1).filter(({ name }) => !aims.some((aim) => aim.of === name || aim.who === name));
  const plain = others.map(({ name, kind }) => ({ of: name, ...(kind === "peer" && { speed: 1 }) }));
  return [...aims, ...plain].map((aim) => figureOf(workers, aim)).filter(Boolean);
}

function writeFiles(files) {
  mkdirSync(`${root}build/bench`, { recursive: true });
  for (const [path, words] of Object.entries(files)) {
    const file = openSync(root + path, "w");
    execFileSync(`${root}build/tests/bench/native`, words, { stdio: ["ignore", file, "inherit"] });
    closeSync(file);
  }
}

// Answers are of one input, which other shapes and threads beside them may not be.
async function measureRow({ name, group, title, contestants, aims = [], rounds, files = {} }) {
  writeFiles(files);
  const workers = Object.entries(contestants).map(([label, of]) => new Worker(label, of));
  await compete(workers, rounds);
  compareAnswers(
    name,
    workers.filter(({ kind }, i) => i === 0 || kind === "peer" || kind === "hand"),
  );
  const figures = figuresOf(workers, aims);
  return { name, group, title, contestants: workers.map((worker) => worker.figures), figures };
}

// ---- growth ---------------------------------------------------------------------------------------------------------

// Of a straight line through the logarithms, by least squares.
function exponentOf(values, times) {
  const [x, y] = [values.map(Math.log), times.map(Math.log)];
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const along = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return along / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

async function measureGrowth({ name, title, variable, values, contestants }) {
  const workers = contestants.map((of, i) => new Worker(values[i], of));
  await compete(workers, 5);
  const rounds = workers[0].turns.map((_, round) => workers.map(({ turns }) => median(turns[round])));
  const exponents = spread(rounds.map((times) => exponentOf(values, times)));
  return { name, title, variable, values, times: workers.map((worker) => worker.figures.value), exponent: exponents };
}

// ---- the machine ----------------------------------------------------------------------------------------------------

const firstLine = (command, ...words) => execFileSync(command, words, { encoding: "utf8" }).split("\n")[0];

function machineOf() {
  const [{ model }] = os.cpus();
  const flags = /^flags.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? "";
  const widest = ["avx512f", "avx2", "sse2"].find((name) => flags.includes(` ${name} `)) ?? "";
  return {
    processor: model.trim(),
    widest,
    cores: os.availableParallelism(),
    memory: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.machine()}`,
    compiler: firstLine("cc", "--version"),
    node: process.version,
    load: os.loadavg()[0],
  };
}

async function main() {
  const only = process.argv[2] ?? "";
  const machine = machineOf();
  const growths = growthsOf(machine.cores);
  const exact = [...rows, ...growths].some(({ name }) => name === only);
  const wanted = ({ name }) => (exact ? name === only : name.includes(only));
  const start = performance.now();
  const measured = { date: new Date().toISOString().slice(0, 10), machine, rows: [], growths: [] };
  if (machine.load > 0.5) {
    console.log(`The load of this machine is ${machine.load.toFixed(1)}: others work on it, and figures will vary.`);
  }
  for (const row of rows.filter(wanted)) {
    const before = measured.rows.at(-1)?.group;
    measured.rows.push(await measureRow(row));
    printRow(measured.rows.at(-1), before);
  }
  for (const growth of growths.filter(wanted)) {
    measured.growths.push(await measureGrowth(growth));
  }
  printGrowths(measured.growths);
  measured.seconds = Math.round((performance.now() - start) / 1000);
  printSummary(measured);
  const path = `build/bench${only ? "-part" : ""}.json`;
  writeFileSync(root + path, `${JSON.stringify(measured, null, 1)}\n`);
  console.log(`Written: ${path}`);
}

await main();
