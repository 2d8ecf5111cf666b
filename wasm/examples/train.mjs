// Learns to place the rows of a table: node train.mjs iris.csv [COLUMN OF CLASSES]
import { readFile } from "node:fs/promises";
import { loadTriplet } from "triplet";

const [path, label = "last"] = process.argv.slice(2);
const triplet = await loadTriplet();
const table = triplet.readTable(await readFile(path), { label });
table.notes.forEach(({ text }) => console.log(text));

const { labels, classes, recipe } = table;
const { training, heldOut } = triplet.split(labels, 0.2, 1);
recipe.fit(training);
const pick = (rows) => Array.from(rows, (row) => labels[row]);
const trainer = triplet.trainer({
  data: recipe.matrix(table, training),
  labels: pick(training),
  layers: [16, 2],
  steps: 300,
  standardize: false,
  recipe,
  classes,
});
const { loss, step } = trainer.run();
const { precisionAt1 } = trainer.evaluate(recipe.matrix(table, heldOut), pick(heldOut));
console.log(`${step} steps, loss ${loss.toFixed(3)}, held-out precision@1 ${precisionAt1.toFixed(3)}`);
