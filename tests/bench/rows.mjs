// What make bench measures: rows of contestants, of which the first is what the others are compared with, and aims.
//
// An aim {time: 1.25, of: "x"} is reached where the first contestant, or `who`, takes at most 1.25 times the time of x,
// {speed: 0.9, of: "x"} where it is at least 0.9 times as fast, {seconds: 10} where it takes no longer. Libraries of
// others that no aim names have the aim {speed: 1}: triplet is to be ahead. Without a bound it only tells.
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const here = `${root}tests/bench/`;
const native = `${root}build/tests/bench/native`;
const pythons = { torch: `${root}.peers/torch/bin/python`, others: `${root}.peers/python/bin/python` };
const packages = {
  tfjs: `${here}node_modules/@tensorflow/tfjs-backend-wasm`,
  "jax-js": `${here}node_modules/@jax-js/jax`,
  papaparse: `${here}node_modules/papaparse`,
};

// ---- contestants ----------------------------------------------------------------------------------------------------
// kind: of triplet itself, a library of others, a loop by hand, or a limit of the machine. needs: a file without which
// it is not installed. warm: a compiler learns while it runs, so that its first turn does not count.

const wordsOf = (given) => Object.entries(given).map(([key, value]) => `${key}=${value}`);

function contestant(kind, [program, ...worker], name, given = {}) {
  const warm = ["node", "lua5.4", "luajit"].includes(program);
  return { kind, command: [program, ...worker, name, ...wordsOf(given)], warm };
}

const triplet = (name, given) => contestant("triplet", [native], name, given);
const hand = (name, given) => contestant("hand", [native], name, { ...given, by: "hand" });
const limit = (name, given) => contestant("limit", [native], name, given);

function peerOf(program, by, name, given) {
  return { ...contestant("peer", [program, `${here}worker.py`], name, { by, ...given }), needs: program };
}
const python = (by, name, given) => peerOf(pythons.others, by, name, given);
const torch = (name, given, by = "torch") => peerOf(pythons.torch, by, name, given);

function node(by, name, given) {
  const kind = by in packages ? "peer" : by === "hand" ? "hand" : "triplet";
  return { ...contestant(kind, ["node", `${here}worker.mjs`], name, { by, ...given }), needs: packages[by] };
}

function lua(by, name, given, interpreter = "lua5.4") {
  return contestant(by === "hand" ? "hand" : "triplet", [interpreter, `${here}worker.lua`], name, { by, ...given });
}

// A whole process, from nothing to what it does once.
const processOf = ({ kind, command, needs }) => ({
  kind,
  command: [native, "process", "clock=wall", ...command],
  needs,
});
const nothing = (program) => processOf({ kind: "limit", command: [program, "-e", ""] });

// ---- rows -----------------------------------------------------------------------------------------------------------

const thousands = (number) => number.toLocaleString("en-US");
const byTwo = { who: "two threads", of: "triplet" };
const twice = { ...byTwo, speed: 1.9 };

function explicit(rows, cols) {
  const given = { rows, cols };
  return {
    name: `explicit-${rows}x${cols}`,
    group: "Explicit triplets, loss and gradients",
    title: `${thousands(rows)} triplets of ${cols} columns`,
    contestants: {
      triplet: triplet("margin", given),
      PyTorch: torch("margin", given),
      "JAX + optax": python("jax", "margin", given),
      "loop in C": hand("margin", given),
      "copy of the six arrays": limit("margin", { ...given, by: "copy" }),
    },
  };
}

const batchGroup = "Batches of 128 columns, 32 classes, loss and gradient";

function batch(mining, rows, more, aims) {
  const given = { mining, rows, cols: 128, classes: 32 };
  return {
    name: `${mining}-${rows}`,
    group: batchGroup,
    title: `${mining}, ${thousands(rows)} rows`,
    contestants: { triplet: triplet("batch", given), ...more(given) },
    aims,
  };
}

const distancesOf = (count, more) => triplet("distances", { count, cols: 128, classes: 32, self: 1, ...more });
const alone = (given) => ({ "distances alone": distancesOf(given.rows) });
const inTorch = (given) => ({ PyTorch: torch("batch", given) });
const inMetricLearning = (given) => ({
  "pytorch-metric-learning": torch("batch", given, "pytorch-metric-learning"),
});
const large = (given) => ({
  ...alone(given),
  "1,024 rows": triplet("batch", { ...given, rows: 1024 }),
  "two threads": triplet("batch", { ...given, threads: 2 }),
});
const largeAims = [{ time: 17.5, of: "1,024 rows" }, twice];

function distances(count, more, aims) {
  return {
    name: `distances-${count}`,
    group: batchGroup,
    title: `distances alone, ${thousands(count)} rows`,
    contestants: {
      triplet: distancesOf(count),
      "the kernel alone": limit("limit", { count, cols: 128, self: 1 }),
      "additions alone, 8 lanes": limit("limit", { of: "adders", count, cols: 128, self: 1 }),
      ...more,
    },
    aims: [{ time: 1.25, of: "the kernel alone" }, ...aims],
  };
}

const searchGroup = "Search and evaluation";
const searched = { queries: 1000, references: 100000, cols: 128, k: 10 };
const evaluated = { count: 10000, cols: 64, classes: 100 };

function few(cols) {
  const of = (count) => triplet("distances", { count: 1024, cols: count });
  const found = (count) => triplet("nearest", { queries: 1000, references: 20000, cols: count, k: 10 });
  return [
    { name: `distances-${cols}d`, title: `distances of 1,024 to 1,024 in ${cols} dimensions`, measured: of },
    { name: `search-${cols}d`, title: `nearest 10 of 20,000 x ${cols}, 1,000 queries`, measured: found },
  ].map(({ name, title, measured }) => ({
    name,
    group: searchGroup,
    title,
    contestants: { triplet: measured(cols), "8 columns": measured(8) },
    aims: [{ speed: 3, of: "8 columns" }],
  }));
}

function training(name, title, given) {
  return {
    name,
    group: "Training",
    title,
    contestants: {
      triplet: triplet("trainer", given),
      PyTorch: torch("trainer", given),
      "JAX + optax": python("jax", "trainer", given),
    },
  };
}

// without: what is no match for it (strtod knows no quotes) or takes too long.
function table(kind, rows, title, without) {
  const given = { kind, rows };
  const all = {
    triplet: triplet("table", given),
    "npm package": node("triplet", "table", given),
    "Papa Parse": node("papaparse", "table", given),
    "strtod in C": hand("table", given),
    "line ends alone": limit("table", { ...given, by: "ends" }),
  };
  return {
    name: `table-${kind}-${rows}`,
    group: "Reading a CSV table of 10 columns and a label",
    title: `${thousands(rows)} rows of ${title}`,
    contestants: Object.fromEntries(Object.entries(all).filter(([name]) => name !== without)),
  };
}

const wasmGroup = "WebAssembly with SIMD, in Node.js";
const explicitInWasm = { rows: 16384, cols: 128 };

function batchInWasm(mining, speed) {
  const given = { mining, rows: 1024, cols: 128, classes: 32 };
  return {
    name: `wasm-${mining}`,
    group: wasmGroup,
    title: `${mining}, 1,024 rows of 128 columns`,
    contestants: {
      triplet: node("triplet", "batch", given),
      "native AVX2": triplet("batch", { ...given, set: "avx2" }),
      "without SIMD": node("scalar", "batch", given),
    },
    aims: [{ speed, of: "native AVX2" }],
  };
}

const one = { rows: 1, cols: 8 };
const callGroup = "One call of one triplet of 8 columns";
const startGroup = "Start-up: a process from nothing to the loss of one triplet";

export const rows = [
  explicit(1024, 128),
  explicit(65536, 128),
  explicit(1000000, 16),

  distances(1024, { "torch.cdist": torch("distances", { count: 1024, cols: 128, classes: 32 }) }, []),
  batch("all", 256, (given) => ({ ...inTorch(given), ...inMetricLearning(given) })),
  batch("all", 1024, (given) => ({ ...alone(given), ...inMetricLearning(given) }), [
    { time: 3.2, of: "distances alone" },
  ]),
  batch("hard", 1024, (given) => ({ ...alone(given), ...inTorch(given), ...inMetricLearning(given) })),
  batch("semihard", 1024, (given) => ({ ...alone(given), ...inTorch(given) }), [{ time: 2.2, of: "distances alone" }]),
  batch("distance_weighted", 1024, (given) => ({ semihard: triplet("batch", { ...given, mining: "semihard" }) }), [
    { time: 2, of: "semihard" },
  ]),
  distances(4096, { "1,024 rows": distancesOf(1024), "two threads": distancesOf(4096, { threads: 2 }) }, largeAims),
  batch("all", 4096, large, [{ time: 3.2, of: "distances alone" }, ...largeAims]),
  batch("hard", 4096, large, largeAims),
  batch("semihard", 4096, large, [{ time: 2.2, of: "distances alone" }, ...largeAims]),

  {
    name: "evaluate",
    group: searchGroup,
    title: "evaluate 10,000 x 64, 100 classes",
    contestants: {
      triplet: triplet("evaluate", evaluated),
      "FAISS (101 nearest)": python("faiss", "evaluate", evaluated),
      "two threads": triplet("evaluate", { ...evaluated, threads: 2 }),
    },
    aims: [byTwo],
  },
  {
    name: "search",
    group: searchGroup,
    title: "nearest 10 of 100,000 x 128, 1,000 times",
    contestants: {
      triplet: triplet("nearest", searched),
      "FAISS (flat)": python("faiss", "nearest", searched),
      "usearch (exact)": python("usearch", "nearest", searched),
      "two threads": triplet("nearest", { ...searched, threads: 2 }),
    },
    aims: [byTwo],
  },
  ...few(2),
  ...few(3),
  {
    name: "distances-equal",
    group: searchGroup,
    title: "distances of 512 equal rows to 512, 128 columns",
    contestants: {
      triplet: triplet("distances", { count: 512, cols: 128, rows: "equal" }),
      "random rows": triplet("distances", { count: 512, cols: 128 }),
    },
    aims: [{ time: 1.5, of: "random rows" }],
  },

  training("step-small", "step of 64-256-20, all, 64 rows", {
    layers: "64-256-20",
    rows: 2000,
    classes: 10,
    per_class: 8,
    mining: "all",
  }),
  training("step-large", "step of 512-256-64, semihard, 256 rows", {
    layers: "512-256-64",
    rows: 10000,
    classes: 10,
    per_class: 32,
    mining: "semihard",
  }),
  {
    name: "encoder",
    group: "Training",
    title: "512-256-64 forward, 4,096 rows",
    contestants: {
      triplet: triplet("encoder", { rows: 4096, layers: "512-256-64" }),
      numpy: python("numpy", "encoder", { rows: 4096, layers: "512-256-64" }),
    },
    aims: [{ time: 1.3, of: "numpy" }],
  },
  {
    name: "train",
    group: "Training",
    title: "triplet train on 100,000 x 50, processor time",
    rounds: 1,
    files: { "build/bench/rows.csv": ["write_rows", "rows=100000", "cols=50", "classes=10"] },
    contestants: {
      triplet: {
        kind: "triplet",
        command: [native, "process", "clock=cpu"].concat(
          ["lua5.4", `${root}build/triplet`, "train", `${root}build/bench/rows.csv`, "--label", "class"],
          ["--out", `${root}build/bench/embedding.csv`],
        ),
      },
    },
    aims: [{ seconds: 10 }],
  },

  table("numbers", 200000, "numbers"),
  table("categories", 200000, "categories"),
  table("quoted", 50000, "texts in quotes", "strtod in C"),
  table("numbers", 1000000, "numbers", "Papa Parse"),

  {
    name: "wasm-explicit",
    group: wasmGroup,
    title: "explicit triplets, 16,384 x 128",
    contestants: {
      triplet: node("triplet", "margin", explicitInWasm),
      "native AVX2": triplet("margin", { ...explicitInWasm, set: "avx2" }),
      "without SIMD": node("scalar", "margin", explicitInWasm),
      "Float32Array by hand": node("hand", "margin", explicitInWasm),
      "tfjs (wasm)": node("tfjs", "margin", explicitInWasm),
      "jax-js (wasm)": node("jax-js", "margin", explicitInWasm),
    },
    aims: [{ speed: 0.9, of: "native AVX2" }],
  },
  {
    name: "wasm-explicit-copied",
    group: wasmGroup,
    title: "the same, arrays copied in and out",
    contestants: {
      triplet: node("triplet", "margin", { ...explicitInWasm, mode: "copied" }),
      "tfjs (wasm)": node("tfjs", "margin", { ...explicitInWasm, mode: "copied" }),
      "jax-js (wasm)": node("jax-js", "margin", { ...explicitInWasm, mode: "copied" }),
    },
  },
  batchInWasm("all", 0.5),
  batchInWasm("hard", 0.5),
  batchInWasm("semihard", 0.45),

  // The aims were 350 and 400 ns where the loop in JavaScript took 142.
  {
    name: "call-js",
    group: callGroup,
    title: "a call from JavaScript",
    contestants: {
      triplet: node("triplet", "margin", one),
      "loop in JavaScript": node("hand", "margin", one),
      "tfjs (wasm)": node("tfjs", "margin", one),
      "jax-js (wasm)": node("jax-js", "margin", one),
    },
    aims: [{ time: 2.46, of: "loop in JavaScript" }],
  },
  {
    name: "call-lua",
    group: callGroup,
    title: "a call from Lua",
    contestants: {
      triplet: lua("triplet", "margin", one),
      "loop in JavaScript": node("hand", "margin", one),
      "loop in Lua": lua("hand", "margin", one),
      "loop in LuaJIT": lua("hand", "margin", one, "luajit"),
    },
    aims: [{ time: 2.82, of: "loop in JavaScript" }],
  },

  {
    name: "start-lua",
    group: startGroup,
    title: "in Lua",
    contestants: {
      triplet: processOf(lua("triplet", "margin", one)),
      "Lua alone": nothing("lua5.4"),
      PyTorch: processOf(torch("margin", one)),
      "JAX + optax": processOf(python("jax", "margin", one)),
    },
  },
  {
    name: "start-js",
    group: startGroup,
    title: "in Node.js",
    contestants: {
      triplet: processOf(node("triplet", "margin", one)),
      "Node.js alone": nothing("node"),
      "tfjs (wasm)": processOf(node("tfjs", "margin", one)),
      "jax-js (wasm)": processOf(node("jax-js", "margin", one)),
    },
  },
];

// ---- growth: how a time rises with a size, t ~ size^exponent --------------------------------------------------------

function growth(name, title, [variable, ...values], of) {
  return { name: `growth-${name}`, title, variable, values, contestants: values.map(of) };
}

const doublings = (most) => Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);

export const growthsOf = (processors) => [
  growth("explicit-n", "explicit triplets, 64 columns", ["N", 4096, 16384, 65536], (rows) =>
    triplet("margin", { rows, cols: 64 }),
  ),
  growth("explicit-d", "explicit triplets, 4,096", ["D", 32, 128, 512], (cols) =>
    triplet("margin", { rows: 4096, cols }),
  ),
  growth("distances-b", "distances of a batch", ["B", 512, 1024, 2048, 4096], (count) => distancesOf(count)),
  growth("distances-d", "distances of a batch of 512", ["D", 16, 64, 256], (cols) => distancesOf(512, { cols })),
  ...["all", "hard", "semihard"].map((mining) =>
    growth(mining, mining, ["B", 1024, 2048, 4096], (rows) =>
      triplet("batch", { mining, rows, cols: 128, classes: 32 }),
    ),
  ),
  growth("search-n", "nearest 10, 200 queries, 128 columns", ["N", 10000, 30000, 100000], (references) =>
    triplet("nearest", { ...searched, queries: 200, references }),
  ),
  growth("search-d", "nearest 10 of 20,000, 200 queries", ["D", 16, 64, 256], (cols) =>
    triplet("nearest", { ...searched, queries: 200, references: 20000, cols }),
  ),
  growth("evaluate-n", "evaluate, 64 columns", ["N", 2500, 5000, 10000], (count) =>
    triplet("evaluate", { ...evaluated, count, classes: count / 100 }),
  ),
  growth("table-n", "reading a table of numbers", ["rows", 50000, 100000, 200000], (count) =>
    triplet("table", { kind: "numbers", rows: count }),
  ),
  ...[
    [
      "explicit",
      "explicit triplets, 65,536 x 128",
      (threads) => triplet("margin", { rows: 65536, cols: 128, threads }),
    ],
    ["all", "all, 2,048 rows", (threads) => triplet("batch", { mining: "all", rows: 2048, threads })],
    [
      "search",
      "nearest 10 of 20,000 x 128",
      (threads) => triplet("nearest", { ...searched, queries: 500, references: 20000, threads }),
    ],
    ["evaluate", "evaluate 5,000 x 64", (threads) => triplet("evaluate", { ...evaluated, count: 5000, threads })],
  ].map(([name, title, of]) => growth(`${name}-threads`, title, ["threads", ...doublings(processors)], of)),
];
