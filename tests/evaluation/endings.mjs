// Where runs end by themselves, for seeds 1 to 5, and what they would have gained in the thousand steps after.
//
//   make npm; node tests/evaluation/endings.mjs [RUN ...]
import { presets } from "../../web/src/model/presets.js";
import { Run } from "../../web/src/worker/run.js";
import { loadShipped, schema, triplet } from "../web/model/world.mjs";

const SEEDS = [1, 2, 3, 4, 5];
const MORE = 1000; // steps
const LIMIT = 5000;

const sets = ["digits", "iris", "rings", "moons", "swiss_roll", "blobs"];
const losses = ["contrastive", "info_nce", "sup_con", "multi_similarity"];
const runs = {
  ...Object.fromEntries(sets.map((data) => [data, { data }])),
  ...Object.fromEntries(losses.map((loss) => [loss, { loss }])),
  "hard mining collapses": presets.find(({ id }) => id === "collapse").settings,
  "soft margin": { softMargin: true },
  "random triplets": { mining: "random" },
  "all triplets": { mining: "all" },
  "slow": { learningRate: 0.0003 },
  "free points": { encoder: "free" },
  "unseen classes": presets.find(({ id }) => id === "unseen").settings,
};

const share = (value) => (value === null ? "–" : value.toFixed(3));

async function measure(name, given, seed) {
  const settings = schema.clamp({ ...given, seed });
  const run = new Run(triplet, await loadShipped(settings), settings, []);
  const train = (steps) => {
    while (run.step < steps && !(steps === LIMIT && run.record.endings.length)) {
      run.train();
    }
  };
  train(LIMIT);
  const [ending] = run.record.endings;
  if (ending) {
    train(ending.step + MORE);
    const later = run.record.recall.at(-1).value;
    const { step, reason, recall, active } = ending;
    const gain = recall === null ? "–" : ((later - recall) * 100).toFixed(1);
    console.log([name, seed, step, reason, share(active), share(recall), share(later), gain].join("\t"));
  } else {
    console.log([name, seed, "none", share(run.record.recall.at(-1).value)].join("\t"));
  }
  run.free();
}

const wanted = process.argv.slice(2);
console.log("run\tseed\tends at\treason\tactive\trecall\tlater\tgain, points");
for (const [name, given] of Object.entries(runs)) {
  for (const seed of wanted.length === 0 || wanted.includes(name) ? SEEDS : []) {
    await measure(name, given, seed);
  }
}
