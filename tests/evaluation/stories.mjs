// What the runs of the page's stories come to, for seeds 1 to 5: the figures of each pane at a few steps, and whether
// what each story says of them is so, of five seeds in five.
//
//   make npm; node tests/evaluation/stories.mjs [STORY ...]
import { histogram } from "../../web/src/model/anatomy.js";
import { presets } from "../../web/src/model/presets.js";
import { Run } from "../../web/src/worker/run.js";
import { loadShipped, schema, triplet } from "../web/model/world.mjs";

const SEEDS = [1, 2, 3, 4, 5];
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
    "the loss is all but gone by step 250": (a) => a[250].loss < 0.002 && a[250].active < 0.02,
    "with a large one it goes on": (_, b) => b[250].loss > 0.05 && b[250].active > 0.9,
    "each cluster is drawn to less than half that width": (a, b) => b[500].positive < a[500].positive / 2,
  },
  random: {
    "at step 100 at least twice as many have a loss": (a, b) => b[100].active > 2 * a[100].active,
    "at step 250 its recall is ten points or more ahead": (a, b) => b[250].recall - a[250].recall > 0.1,
    "much later the two come close": (a, b) => Math.abs(b[2500].recall - a[2500].recall) < 0.05,
  },
  collapse: {
    "one point within 150 steps, and there it stays": (a) => [150, 500, 2500].every((step) => a[step].collapsed),
    "the loss is the margin": (a) => Math.abs(a[150].loss - 0.2) < 1e-3,
    "semi-hard triplets part the digits at the same pace": (_, b) => !b[150].collapsed && b[150].recall > 0.9,
  },
  swap: {
    "about two in ten have a loss": (a) => Math.abs(a[500].active - 0.2) < 0.05,
    "about three in ten have a loss": (_, b) => Math.abs(b[500].active - 0.3) < 0.05,
    "recall is the same, within two points": (a, b) => Math.abs(b[500].recall - a[500].recall) < 0.025,
  },
  norms: {
    "right as often, within five of 120 rows": (a, b) =>
      STEPS.every((step) => step === 0 || Math.abs(a[step].recall - b[step].recall) < 5.5 / 120),
  },
  unseen: {
    "two in five before the first step": (a) => a[0].recall > 0.3 && a[0].recall < 0.5,
    "about half by step 500": (a) => a[500].recall > a[0].recall + 0.05 && Math.abs(a[500].recall - 0.5) <= 0.1,
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
    snapshot.recall = run.judge(snapshot);
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
