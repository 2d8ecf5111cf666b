// How the runs of the page's stories turn out, for seeds 1 to 20: the figures of each pane at a few steps, and whether
// what each story claims is true of each seed.
//
//   make npm; node tests/evaluation/stories.mjs [STORY ...]
import { histogram } from "../../web/src/model/anatomy.js";
import { presets } from "../../web/src/model/presets.js";
import { Run } from "../../web/src/worker/run.js";
import { loadShipped, schema, triplet } from "../web/model/world.mjs";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const STEPS = [0, 50, 100, 150, 250, 500, 1000, 2500];

const figures = {
  loss: ({ loss }) => loss,
  active: ({ activeShare }) => activeShare,
  recall: ({ recall }) => recall.value,
  raw: ({ recall }) => recall.raw,
  positive: (_, { meanPositive }) => meanPositive,
  negative: (_, { meanNegative }) => meanNegative,
  collapsed: ({ collapsed }) => Number(collapsed),
};

// Of the two panes' figures by step, with one seed.
const claims = {
  margin: {
    "hardly any triplet is active at step 250": (a) => a[250].active < 0.1,
    "with a large one most are": (_, b) => b[250].active > 0.6,
    "clusters less than half as wide by step 500": (a, b) => b[500].positive < a[500].positive / 2,
  },
  random: {
    "at step 100 far more are active": (a, b) => b[100].active > 1.5 * a[100].active,
    "at step 250 its recall is well ahead": (a, b) => b[250].recall - a[250].recall > 0.05,
    "by step 2,500 most of that lead is gone": (a, b) =>
      b[2500].recall - a[2500].recall < (b[250].recall - a[250].recall) / 2,
  },
  collapse: {
    "one point within 150 steps, and nothing moves any more": (a) =>
      [150, 500, 2500].every((step) => a[step].collapsed),
    "the loss equals the margin": (a) => Math.abs(a[150].loss - 0.2) < 1e-3,
    "semi-hard triplets separate the digits at the same learning rate": (_, b) =>
      !b[150].collapsed && b[150].recall > 0.9,
  },
  swap: {
    "nearly three are active for every two without it": (a, b) => b[500].active > 1.25 * a[500].active,
    "recall does not improve": (a, b) => b[500].recall - a[500].recall < 0.06,
  },
  norms: {
    "about equally often, within five of 120 rows": (a, b) =>
      STEPS.every((step) => step === 0 || Math.abs(a[step].recall - b[step].recall) < 5.5 / 120),
  },
  unseen: {
    "about four in ten before the first step": (a) => Math.abs(a[0].recall - 0.4) < 0.1,
    "about half at step 500": (a) => Math.abs(a[500].recall - 0.5) < 0.12,
  },
};

// { step: { figure } } of one run.
async function measure(given, seed) {
  const settings = schema.clamp({ ...schema.defaults(), ...given, seed });
  const dataset = await loadShipped(settings);
  const run = new Run(triplet, dataset, settings, []);
  const table = {};
  for (const step of STEPS) {
    while (run.step < step) {
      run.train();
    }
    const snapshot = run.snapshot();
    snapshot.recall = run.evaluate(snapshot);
    const distances = histogram(triplet, { snapshot, dataset });
    table[step] = Object.fromEntries(Object.entries(figures).map(([name, of]) => [name, of(snapshot, distances)]));
  }
  run.free();
  return table;
}

const cell = (value) => (value === null ? "–" : value.toFixed(3)).padStart(7);

function print(runs) {
  for (const step of STEPS) {
    for (const name of Object.keys(figures)) {
      console.log(`${String(step).padStart(6)} ${name.padEnd(9)} ${runs.map((run) => cell(run[step][name])).join("")}`);
    }
  }
}

const told = presets.filter(({ id }) => process.argv.length < 3 || process.argv.includes(id));
for (const { id, title, settings, compare } of told) {
  const panes = [];
  for (const given of [settings, compare].filter(Boolean)) {
    panes.push(await Promise.all(SEEDS.map((seed) => measure(given, seed))));
    console.log(`\n${title}: ${JSON.stringify(given)}`);
    print(panes.at(-1));
  }
  for (const [claim, holds] of Object.entries(claims[id])) {
    const not = SEEDS.filter((_, i) => !holds(...panes.map((runs) => runs[i])));
    console.log(`${claim}: ${not.length === 0 ? "so" : `not so with seeds ${not.join(", ")}`}`);
    process.exitCode ||= Number(not.length > 0);
  }
}
