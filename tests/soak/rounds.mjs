// Rounds of work until the time is over: node --expose-gc rounds.mjs SECONDS. Each prints the process's own memory in
// bytes and a hash of what came out, which is to be the same every time: losses, mining, search, training, models and
// tables, here and in a worker, and whether a trainer that lives through all rounds goes on as one that is loaded from
// its bytes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { loadTriplet } from "../../build/npm/index.js";
import { loadTriplet as loadWorker } from "../../build/npm/worker.node.js";

const STEPS = 100; // of the lasting trainer in a round

const started = Date.now();
const seconds = Number(process.argv[2]);
const iris = readFileSync(new URL("../data/iris.csv", import.meta.url));
const triplet = await loadTriplet();
const worker = await loadWorker();
const { x, labels } = triplet.synthetic("rings", 300, 1, 5);
const OPTIONS = { layers: [32, 8], mining: "distance_weighted", distance: "squared", seed: 2, validation: 0.2 };
const lasting = triplet.trainer({ data: x, labels, ...OPTIONS });

function step(trainer) {
  for (let i = 0; i < STEPS; i++) {
    trainer.step();
  }
  return trainer.save();
}

async function round() {
  const hash = createHash("sha256");
  const take = ({ buffer, byteOffset, byteLength }) => hash.update(new Uint8Array(buffer, byteOffset, byteLength));

  for (const loss of ["triplet", "contrastive", "info_nce", "sup_con", "multi_similarity"]) {
    take(triplet.batchLoss(x, labels, { loss }).gradient.data);
    take((await worker.batchLoss(x, labels, { loss })).gradient.data);
  }
  take(triplet.mine(x, labels, { mining: "semihard" }).negatives);
  take(triplet.nearest(x, x, { k: 5 }).distances.data);
  hash.update(JSON.stringify([triplet.evaluate(x, labels), triplet.verify(x, labels)]));

  // What it reads and trains is forgotten now and then without a word, which collecting has to make up for.
  const table = triplet.readTable(iris, { label: "species" });
  table.recipe.fit();
  const rows = table.recipe.matrix(table);
  const trainer = triplet.trainer({ data: rows, labels: table.labels, ...OPTIONS, steps: 50 });
  trainer.run();
  take(triplet.load(trainer.save()).embed(rows).data);

  const loaded = triplet.load(lasting.save());
  loaded.attach(x, labels);
  hash.update(String(Buffer.compare(step(lasting), step(loaded))));
  loaded.free();
  return hash.digest("hex");
}

// Not that of files, which the system takes and gives back as it likes.
const ownMemory = () => 1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);

while (Date.now() - started < 1000 * seconds) {
  const came = await round();
  await setImmediate(); // finalizers run between tasks
  globalThis.gc();
  await setImmediate();
  globalThis.gc();
  console.log(ownMemory(), came);
}
await worker.terminate();
