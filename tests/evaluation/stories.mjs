// How the runs of the page's stories turn out, for seeds 1 to 20, and those of its tour, for seeds 1 to 5: their
// figures at a few steps, and whether what is claimed is true of each seed.
//
//   make npm; node tests/evaluation/stories.mjs [STORY or STEP OF THE TOUR ...]
import { anatomy, histogram } from "../../web/src/model/anatomy.js";
import { presets } from "../../web/src/model/presets.js";
import { steps } from "../../web/src/model/tour.js";
import { Run } from "../../web/src/worker/run.js";
import { loadShipped, schema, triplet } from "../web/model/world.mjs";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const STEPS = [0, 50, 100, 150, 250, 500, 1000, 2500];
const TOUR_SEEDS = SEEDS.slice(0, 5);
const TOUR_STEPS = [0, 1, 20, 40, 100, 140, 200, 300, 301, 600];

const figures = {
  loss: ({ loss }) => loss,
  active: ({ activeShare }) => activeShare,
  recall: ({ recall }) => recall.value,
  raw: ({ recall }) => recall.raw,
  positive: (_, { meanPositive }) => meanPositive,
  negative: (_, { meanNegative }) => meanNegative,
  collapsed: ({ collapsed }) => Number(collapsed),
};

// Of the figures by step of the one run or the two, with one seed.
const storyClaims = {
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

const apart = ({ positive, negative }) => negative / positive;
const tourClaims = {
  forces: {
    "before the first step less than one and a half times as far apart": (a) => apart(a[0]) < 1.5,
    "at step 20 more than two and a half times": (a) => apart(a[20]) > 2.5,
  },
  margin: {
    "a wider band catches more": (a, b) => b[40].easy < a[40].easy,
    "100 steps later the kinds are more than twice as far apart": (a, b) => b[140].negative > 2 * a[140].negative,
  },
  active: {
    "at step 1 all have a loss": (a) => a[1].active === 1,
    "at step 300 fewer than one in ten": (a) => a[300].active < 0.1,
    "with a wider margin at least half, at the next step": (_, b) => b[301].active >= 0.5,
  },
  collapse: {
    "on one spot at step 100, for good": (a) => [100, 200, 600].every((step) => a[step].collapsed),
    "the loss is the margin": (a) => Math.abs(a[100].loss - 1) < 5e-4,
    "recall is as good as guessing": (a) => Math.abs(a[100].recall - 0.1) < 0.01,
    "semi-hard triplets separate the digits": (_, b) => !b[100].collapsed && b[100].recall > 0.85,
  },
  recall: {
    "at step 600 more than nine in ten": (a) => a[600].recall > 0.9,
    "but not all, with hardly a triplet that has a loss": (a) => a[600].recall < 0.98 && a[600].active < 0.05,
  },
  yours: {
    "at step 200 more than eight in ten": (a) => a[200].recall > 0.8,
  },
};

// The second run of a step of the tour: what its button does.
const tourOthers = {
  margin: { changes: [[40, "margin", 3]] },
  active: { changes: [[300, "margin", 3]] },
  collapse: { settings: { mining: "semihard" } },
};

// The share of an anchor's negatives that are easy, over all anchors of the batch.
function easyOf(snapshot, dataset) {
  const shares = Array.from(snapshot.batch, (anchor) => {
    const { counts } = anatomy(triplet, { snapshot, dataset, anchor });
    return counts ? counts.easy / (counts.hard + counts.semihard + counts.easy) : 0;
  });
  return shares.length > 0 ? shares.reduce((sum, share) => sum + share, 0) / shares.length : null;
}

// { step: { figure } } of one run. changes: as by hand, at a step that is measured.
async function measure({ settings: given, changes = [] }, seed, at) {
  const settings = schema.clamp({ ...schema.defaults(), ...given, seed });
  const dataset = await loadShipped(settings);
  const run = new Run(triplet, dataset, settings, []);
  const table = {};
  for (const step of at) {
    while (run.step < step) {
      run.train();
    }
    changes.filter(([due]) => due === step).forEach(([, key, value]) => run.change(key, value));
    const snapshot = run.snapshot();
    snapshot.recall = run.evaluate(snapshot);
    const distances = histogram(triplet, { snapshot, dataset });
    table[step] = Object.fromEntries(Object.entries(figures).map(([name, of]) => [name, of(snapshot, distances)]));
    table[step].easy = at === TOUR_STEPS && step === 40 ? easyOf(snapshot, dataset) : null;
  }
  run.free();
  return table;
}

const cell = (value) => (value === null ? "–" : value.toFixed(3)).padStart(7);

function print(runs) {
  for (const [step, figures] of Object.entries(runs[0])) {
    for (const name of Object.keys(figures).filter((name) => figures[name] !== null)) {
      console.log(`${step.padStart(6)} ${name.padEnd(9)} ${runs.map((run) => cell(run[step][name])).join("")}`);
    }
  }
}

// runs: one or two of { settings, changes }.
async function check({ title, runs, claims, seeds, at }) {
  const panes = [];
  for (const given of runs) {
    panes.push(await Promise.all(seeds.map((seed) => measure(given, seed, at))));
    console.log(`\n${title}: ${JSON.stringify(given)}`);
    print(panes.at(-1));
  }
  for (const [claim, holds] of Object.entries(claims)) {
    const not = seeds.filter((_, i) => !holds(...panes.map((runs) => runs[i])));
    console.log(`${claim}: ${not.length === 0 ? "so" : `not so with seeds ${not.join(", ")}`}`);
    process.exitCode ||= Number(not.length > 0);
  }
}

const isAsked = ({ id }) => process.argv.length < 3 || process.argv.includes(id);
for (const { id, title, settings } of steps.filter(isAsked)) {
  const other = tourOthers[id];
  const runs = [{ settings }, ...(other ? [{ ...other, settings: { ...settings, ...other.settings } }] : [])];
  await check({ title: `Tour: ${title}`, runs, claims: tourClaims[id], seeds: TOUR_SEEDS, at: TOUR_STEPS });
}
for (const { id, title, settings, compare } of presets.filter(isAsked)) {
  const runs = [settings, compare].filter(Boolean).map((settings) => ({ settings }));
  await check({ title, runs, claims: storyClaims[id], seeds: SEEDS, at: STEPS });
}
