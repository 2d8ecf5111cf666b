// A run as a script in Lua or JavaScript that computes the same bits.
// run: { settings (at step 0), changes, dataset, snapshot, heldOut }.
import { isSynthetic } from "./settings.js";
import { latentChanges, splitOptions, trainerChange, trainerOptions } from "./trainer_options.js";

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
    free: settings.encoder === "free",
    split: heldOut.some(Boolean) ? splitOptions(settings) : null,
    classes: dataset.classes,
    n: dataset.n,
    d: dataset.d,
  };
}

const syntheticOf = ({ data, rows, noise, seed }) => [data, rows, noise, seed];
const described = ({ title, checksum }) =>
  `${oneLine(title)}, checksum ${checksum} in the demo: a CSV file with these columns and a column of classes, as ` +
  'the demo saves it under "Data, CSV".';

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

function luaData(run, { classes, d }) {
  const { settings, dataset } = run;
  if (isSynthetic(settings)) {
    return `local x, labels = triplet.synthetic(${syntheticOf(settings).map(lua).join(", ")})`;
  }
  return `-- ${described(dataset)}
local columns = ${lua(dataset.columns)}
local classes = ${lua(classes)}
local path, class_column = arg[1], arg[2]
assert(class_column, "usage: lua run.lua FILE.csv CLASS_COLUMN")
local file <close> = assert(io.open(path, "rb"))
local data = assert(triplet.table.read(file:read("a"), { label = class_column, missing = "error" }))
local x = triplet.matrix(data.rows, ${d})
for j, name in ipairs(columns) do
  for row, number in ipairs(data:numbers(name)) do x:set(row, j, number) end
end
local label_of, labels = {}, {}
for i, class in ipairs(classes) do label_of[class] = i - 1 end
for row, text in ipairs(data:texts(data.label)) do
  labels[row] = assert(label_of[text], text .. " is not among the classes")
end`;
}

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
local training_labels = {}
for i, row in ipairs(training) do training_labels[i] = labels[row] end

local trainer = triplet.trainer {
  data = x:select(training),
  labels = training_labels,
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

function jsData(run, { classes }) {
  const { settings, dataset } = run;
  if (isSynthetic(settings)) {
    return `const { x, labels } = triplet.synthetic(${syntheticOf(settings).map(js).join(", ")});`;
  }
  return `// ${described(dataset)}
const columns = ${js(dataset.columns)};
const classes = ${js(classes)};
const [path, classColumn] = process.argv.slice(2);
if (!classColumn) throw new Error("usage: node run.mjs FILE.csv CLASS_COLUMN");

const text = readFileSync(path, "utf8").replace(/^\\uFEFF/, "");
function* recordsOf(delimiter) {
  const patterns = ['"([^"]*(?:""[^"]*)*)"(?!")', \`(?!")([^\${delimiter}\\r\\n]*)\`];
  const cell = new RegExp(\`(?:\${patterns.join("|")})([\${delimiter}]|\\r\\n?|\\n|$)\`, "gy");
  let [record, read] = [[], 0];
  for (const [whole, quoted, plain, end] of text.matchAll(cell)) {
    read += whole.length;
    record.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === delimiter) continue;
    if (record.length > 1 || record[0]) yield record;
    record = [];
  }
  if (read < text.length) throw new Error(\`\${path}: a quote is not closed properly\`);
}
function headerOf(delimiter) {
  try {
    return recordsOf(delimiter).next().value?.map((name) => name.trim()) ?? [];
  } catch {
    return [];
  }
}

const wanted = [...columns, classColumn];
const [delimiter, names] = [",", "\\t", ";", "|"]
  .map((one) => [one, headerOf(one)])
  .find(([, header]) => wanted.every((name) => header.includes(name))) ?? [];
if (!delimiter) throw new Error(\`\${path} lacks some of these columns: \${wanted.join(", ")}\`);

const cells = [...recordsOf(delimiter)].slice(1);
const places = columns.map((name) => names.indexOf(name));
const x = {
  data: Float32Array.from(cells.flatMap((row) => places.map((place) => Number(row[place])))),
  rows: cells.length,
  cols: columns.length,
};
const labels = Int32Array.from(cells, (row) => classes.indexOf(row[names.indexOf(classColumn)]));
if (labels.includes(-1)) throw new Error(\`\${path} has classes other than \${classes.join(", ")}\`);`;
}

function jsSplit({ split }) {
  return split
    ? `const { training } = triplet.split(labels, ${split.map(js).join(", ")});`
    : "const training = Array.from(labels.keys());";
}

export function jsScript(run) {
  const planned = plan(run);
  const options = Object.entries(planned.options).map(([key, value]) => `  ${key}: ${js(value)},`);
  return `// A run of the triplet demo: prints the same embedding, bit for bit.
import { readFileSync } from "node:fs";
import { loadTriplet } from "triplet";

const triplet = await loadTriplet();

${jsData(run, planned)}

${jsSplit(planned)}
const rows = Array.from(training, (row) => Array.from(x.data.subarray(row * x.cols, (row + 1) * x.cols)));
const trainer = triplet.trainer({
  data: rows,
  labels: Array.from(training, (row) => labels[row]),
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
