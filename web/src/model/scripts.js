// A run as a script in Lua or JavaScript that computes the same bits.
// run: { settings (at step 0), changes, dataset, snapshot, heldOut }.
import { classColumn } from "./exports.js";
import { isSynthetic } from "./sets.js";
import { isNetwork, latentChanges, splitOptions, trainerChange, trainerOptions } from "./trainer_options.js";

// What both scripts say, each in its own language.
function plan(run) {
  const { settings, changes, dataset, snapshot, heldOut } = run;
  return {
    options: trainerOptions(settings),
    changes: [
      ...latentChanges(settings).map((change) => [0, ...change]),
      ...changes
        .filter(([step]) => step < snapshot.step)
        .map(([step, key, value]) => [step, ...trainerChange(key, value)]),
    ],
    steps: snapshot.step,
    free: !isNetwork(settings),
    split: heldOut.some(Boolean) ? splitOptions(settings) : null,
    classes: dataset.classes,
    reading: isSynthetic(settings) ? null : readingOf(dataset),
    recipe: Boolean(dataset.table) && isNetwork(settings),
  };
}

// Options of readTable: those of the page, or those that give the columns of another set as they are.
const readingOf = ({ table, columns }) =>
  table?.options ?? { label: classColumn(columns), keep: columns, standardize: false };

const syntheticOf = ({ data, rows, noise, seed }) => [data, rows, noise, seed];
const described = ({ title, checksum }) =>
  `${oneLine(title)}, checksum ${checksum} in the demo: the file that it saves under "Data, CSV".`;

const snake = (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const oneLine = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");

function lua(value) {
  if (Array.isArray(value)) {
    return value.length ? `{ ${value.map(lua).join(", ")} }` : "{}";
  } else if (typeof value === "object") {
    return `{ ${Object.entries(value)
      .map(([key, of]) => `${snake(key)} = ${lua(of)}`)
      .join(", ")} }`;
  } else if (value === Infinity) {
    return "math.huge";
  }
  return typeof value === "string" ? luaText(value) : String(value);
}

const luaText = (text) =>
  `"${text.replace(/[\\"\u0000-\u001f]/g, (of) => `\\${String(of.charCodeAt(0)).padStart(3, "0")}`)}"`;

const js = (value) =>
  value === Infinity ? "Infinity" : JSON.stringify(value, jsInfinity).replaceAll('"\u0000"', "Infinity");
const jsInfinity = (_, value) => (value === Infinity ? "\u0000" : value);

function luaData({ settings, dataset }, { reading, classes }) {
  if (!reading) {
    return `local x, labels = triplet.synthetic(${syntheticOf(settings).map(lua).join(", ")})`;
  }
  return `-- ${described(dataset)}
local file = assert(io.open(assert(arg[1], "usage: lua run.lua FILE"), "rb"))
local columns, recipe = assert(triplet.table.read(file:read("a"), ${lua(reading)}))
local label_of, labels = {}, {}
for i, class in ipairs(${lua(classes)}) do label_of[class] = i - 1 end
for row, label in ipairs(columns.labels) do
  local class = columns.classes[label + 1]
  labels[row] = assert(label_of[class], class .. " is not among the classes")
end`;
}

const luaMatrix = ({ reading }) => (reading ? "recipe:fit(training)\nlocal x = recipe:matrix(columns)\n" : "");
const luaRecipe = ({ recipe }) => (recipe ? "\n  recipe = recipe,\n  standardize = false," : "");

function luaSplit({ split }) {
  return split
    ? `local training = triplet.split(labels, ${split.map(lua).join(", ")})`
    : "local training = {}\nfor row = 1, #labels do training[row] = row end";
}

export function luaScript(run) {
  const planned = plan(run);
  const options = Object.entries(planned.options).map(([key, value]) => `  ${snake(key)} = ${lua(value)},`);
  return `-- A run of the triplet demo: prints the same embedding, bit for bit.
local triplet = require "triplet"

${luaData(run, planned)}

${luaSplit(planned)}
${luaMatrix(planned)}local training_labels = {}
for i, row in ipairs(training) do training_labels[i] = labels[row] end

local trainer = triplet.trainer {
  data = x:select(training),
  labels = training_labels,${luaRecipe(planned)}
${options.join("\n")}
}

local changes = { -- { after this step, key, value }
${planned.changes.map((change) => `  ${lua(change.map((of, i) => (i === 1 ? snake(of) : of)))},\n`).join("")}}
local made = 0
for step = 0, ${planned.steps} do
  while made < #changes and changes[made + 1][1] <= step do
    made = made + 1
    trainer:set(changes[made][2], changes[made][3])
  end
  if step < ${planned.steps} then trainer:step() end
end

local embedding = trainer:embed(${planned.free ? "" : "x"})
for row = 1, embedding.rows do
  local point = {}
  for i = 1, embedding.cols do point[i] = ("%.9g"):format(embedding:get(row, i)) end
  print(table.concat(point, ","))
end
`;
}

function jsData({ settings, dataset }, { reading, classes }) {
  if (!reading) {
    return `const { x, labels } = triplet.synthetic(${syntheticOf(settings).map(js).join(", ")});`;
  }
  return `// ${described(dataset)}
const path = process.argv[2];
if (!path) throw new Error("usage: node run.mjs FILE");
const table = triplet.readTable(readFileSync(path), ${js(reading)});
const classes = ${js(classes)};
const labels = table.labels.map((label) => classes.indexOf(table.classes[label]));
if (labels.includes(-1)) throw new Error(\`\${path} has classes other than \${classes.join(", ")}\`);`;
}

const jsMatrix = ({ reading }) =>
  reading ? "table.recipe.fit(training);\nconst x = table.recipe.matrix(table);\n" : "";
const jsRecipe = ({ recipe }) => (recipe ? "\n  recipe: table.recipe,\n  standardize: false," : "");

function jsSplit({ split }) {
  return split
    ? `const { training } = triplet.split(labels, ${split.map(js).join(", ")});`
    : "const training = Array.from(labels.keys());";
}

export function jsScript(run) {
  const planned = plan(run);
  const options = Object.entries(planned.options).map(([key, value]) => `  ${key}: ${js(value)},`);
  return `// A run of the triplet demo: prints the same embedding, bit for bit.
${planned.reading ? 'import { readFileSync } from "node:fs";\n' : ""}import { loadTriplet } from "triplet";

const triplet = await loadTriplet();

${jsData(run, planned)}

${jsSplit(planned)}
${jsMatrix(planned)}const rowOf = (row) => Array.from(x.data.subarray(row * x.cols, (row + 1) * x.cols));
const trainer = triplet.trainer({
  data: Array.from(training, rowOf),
  labels: Array.from(training, (row) => labels[row]),${jsRecipe(planned)}
${options.join("\n")}
});

const changes = [ // [after this step, key, value]
${planned.changes.map((change) => `  ${js(change)},\n`).join("")}];
let made = 0;
for (let step = 0; step <= ${planned.steps}; step++) {
  for (; made < changes.length && changes[made][0] <= step; made++) {
    trainer.set(changes[made][1], changes[made][2]);
  }
  if (step < ${planned.steps}) trainer.step();
}

const embedding = trainer.embed(${planned.free ? "" : "x"});
for (let row = 0; row < embedding.rows; row++) {
  const point = embedding.data.subarray(row * embedding.cols, (row + 1) * embedding.cols);
  console.log(Array.from(point, (value) => Number(value.toPrecision(9))).join(","));
}
`;
}
