// Learns to place flowers: node train.mjs iris.csv
import { readFile } from "node:fs/promises";
import { loadTriplet } from "triplet";

const lines = (await readFile(process.argv[2], "utf8")).trim().split("\n").slice(1).map((line) => line.split(","));
const rows = lines.map((cells) => cells.slice(0, -1).map(Number));
const classes = [...new Set(lines.map((cells) => cells.at(-1)))];
const labels = lines.map((cells) => classes.indexOf(cells.at(-1)));

const triplet = await loadTriplet();
const { training, heldOut } = triplet.split(labels, 0.2, 1);
const pick = (list, indices) => Array.from(indices, (i) => list[i]);
const trainer = triplet.trainer({
  data: pick(rows, training),
  labels: pick(labels, training),
  layers: [16, 2],
  steps: 300,
  classes,
});
const { loss, step } = trainer.run();
const { precisionAt1 } = trainer.evaluate(pick(rows, heldOut), pick(labels, heldOut));
console.log(`${step} steps, loss ${loss.toFixed(3)}, held-out precision@1 ${precisionAt1.toFixed(3)}`);
