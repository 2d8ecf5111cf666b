// The settings of a run: their names, meanings and ranges, and how they become options of the library. Defaults and
// ranges are the core's where it has the option; here they are narrowed to what a picture can show.
import { playing, playsPart } from "./belongs.js";
import { clampAll, clampValue } from "./fields.js";
import { OPTIONS } from "./options.js";

const SYNTHETIC = ["blobs", "rings", "moons", "swiss_roll"];
export const isSynthetic = ({ data }) => SYNTHETIC.includes(data);
const isNetwork = ({ encoder }) => encoder !== "free";

// The same in runs that are compared.
export const SHARED = ["data", "rows", "noise", "seed"];

// Where the core has the option, `core` names the schema that gives its kind, default, range, choices and help, and
// says what it belongs to; `more` is appended to that help.
const DESCRIPTIONS = [
  {
    key: "data",
    group: "data",
    label: "Data",
    kind: "choice",
    initial: "digits",
    help: "The rows to embed. Everything stays on this machine.",
    choices: {
      digits: "Handwritten digits",
      iris: "Iris flowers",
      rings: "Nested rings",
      moons: "Two moons",
      swiss_roll: "Swiss roll",
      blobs: "Overlapping blobs",
      drawn: "Draw your own",
      own: "Your own file",
    },
  },
  {
    key: "rows",
    group: "data",
    label: "Points",
    kind: "integer",
    initial: 600,
    minimum: 20,
    maximum: 20000,
    step: 20,
    logarithmic: true,
    help: "Number of points in the synthetic set.",
    when: isSynthetic,
  },
  {
    key: "noise",
    group: "data",
    label: "Noise",
    kind: "number",
    initial: 1,
    minimum: 0,
    maximum: 4,
    step: 0.05,
    help: "Scales the noise of the synthetic set; 1 is the usual amount.",
    when: isSynthetic,
  },
  {
    key: "heldOut",
    group: "data",
    label: "Held out",
    kind: "number",
    initial: 0.2,
    minimum: 0,
    maximum: 0.8,
    step: 0.05,
    help: "Share of the rows that are never trained on. They are drawn hollow, or framed if they are images.",
    when: isNetwork,
  },
  {
    key: "holdOut",
    group: "data",
    label: "Hold out",
    kind: "choice",
    initial: "rows",
    help: "What is held out, drawn by the seed: rows of every class, or whole classes that the network never sees.",
    choices: { rows: "rows of every class", classes: "whole classes" },
    when: (values) => isNetwork(values) && values.heldOut > 0,
  },
  {
    key: "encoder",
    group: "encoder",
    label: "Encoder",
    kind: "choice",
    initial: "mlp",
    help: "What maps a row to a point: a small network, one linear layer, or nothing, so that each point moves freely.",
    choices: { free: "free points", linear: "linear", mlp: "network" },
  },
  {
    key: "layers",
    group: "encoder",
    label: "Hidden layers",
    kind: "layers",
    initial: [64, 32],
    minimum: 1,
    maximum: 256,
    step: 1,
    help: "Widths of the network's hidden layers, at most four, separated by commas.",
    when: ({ encoder }) => encoder === "mlp",
  },
  {
    key: "activation",
    core: "trainer",
    group: "encoder",
    label: "Activation",
    choices: { relu: "ReLU", tanh: "tanh", none: "none" },
  },
  {
    key: "dim",
    group: "encoder",
    label: "Dimensions",
    kind: "choice",
    initial: 2,
    help: "Dimensions of the embedding. Drag to rotate three of them.",
    choices: [
      [2, "2"],
      [3, "3"],
    ],
  },
  {
    key: "normalize",
    core: "trainer",
    group: "encoder",
    label: "Unit length",
    more: "All points then lie on the unit circle or sphere.",
    when: isNetwork,
  },
  {
    key: "margin",
    core: "trainer",
    group: "loss",
    label: "Margin",
    initial: 1,
    minimum: 0,
    maximum: 5,
    step: 0.01,
    live: true,
  },
  {
    key: "distance",
    core: "trainer",
    group: "loss",
    label: "Distance",
    choices: { minkowski: "Minkowski", squared: "squared Euclidean", cosine: "cosine" },
    live: true,
  },
  {
    key: "p",
    core: "trainer",
    group: "loss",
    label: "p",
    step: 0.1,
    live: true,
  },
  {
    key: "swap",
    core: "trainer",
    group: "loss",
    label: "Swap",
    live: true,
  },
  {
    key: "softMargin",
    core: "trainer",
    group: "loss",
    label: "Soft margin",
    live: true,
  },
  {
    key: "mining",
    core: "trainer",
    group: "mining",
    label: "Mining",
    initial: "semihard",
    choices: {
      all: "all triplets",
      hard: "hard",
      semihard: "semi-hard",
      easy_positive: "easy positive",
      distance_weighted: "distance-weighted",
      random: "random",
    },
    live: true,
  },
  {
    key: "classesPerBatch",
    core: "trainer",
    group: "mining",
    label: "Classes per batch",
    minimum: 2,
    maximum: 32,
    step: 1,
    initial: 10,
    live: true,
  },
  {
    key: "rowsPerClass",
    core: "trainer",
    group: "mining",
    label: "Rows per class",
    maximum: 32,
    step: 1,
    live: true,
  },
  {
    key: "optimizer",
    core: "optimizer",
    name: "name",
    group: "optimizer",
    label: "Optimiser",
    choices: { sgd: "SGD", adam: "Adam", adamw: "AdamW" },
  },
  {
    key: "learningRate",
    core: "optimizer",
    group: "optimizer",
    label: "Learning rate",
    initial: 0.003,
    minimum: 1e-5,
    maximum: 1,
    step: 1e-5,
    logarithmic: true,
    live: true,
  },
  {
    key: "seed",
    core: "trainer",
    group: "run",
    label: "Seed",
    step: 1,
    more: "On this page also of the split and of synthetic sets: the same seed gives the same run.",
  },
];

// Settings that the trainer takes under the same name.
const TAKEN = ["dim", ...DESCRIPTIONS.filter(({ core }) => core === "trainer").map(({ key }) => key)];
const LIVE = new Set(DESCRIPTIONS.filter(({ live }) => live).map(({ key }) => key));

function choicesOf(choices) {
  const pairs = Array.isArray(choices) ? choices : Object.entries(choices);
  return pairs.map(([value, label]) => ({ value, label }));
}

/**
 * @param {import("triplet").Triplet} triplet
 * @param {any} description
 */
function fieldOf(triplet, { core, name, more, choices, ...described }) {
  /** @type {Record<string, any>} */
  const field = { live: false, when: () => true, ...described };
  const option = name ?? field.key;
  const known = core && triplet.schema(core).find((field) => field.name === option);
  if (known) {
    field.kind = known.kind;
    field.initial ??= known.default;
    field.help = [`${OPTIONS[core][option].help}.`, more].filter(Boolean).join(" ");
    if ("minimum" in known) {
      field.minimum = Math.max(known.minimum, field.minimum ?? -Infinity);
      field.maximum = Math.min(known.maximum, field.maximum ?? Infinity);
    }
    if (known.belongs) {
      field.when = (values) => playsPart(core, option, everyOption(values)[core]);
    }
  }
  if (choices) {
    field.choices = choicesOf(known ? known.choices.map((value) => [value, choices[value] ?? value]) : choices);
  }
  return Object.freeze(field);
}

// triplet: the loaded library.
export function createSettings(triplet) {
  const fields = DESCRIPTIONS.map((description) => fieldOf(triplet, description));
  const byKey = new Map(fields.map((field) => [field.key, field]));
  return {
    fields,
    field: (key) => byKey.get(key),
    defaults: () => clampAll(fields, {}),
    clamp: (untrusted) => clampAll(fields, untrusted),
    clampValue: (key, untrusted) => clampValue(byKey.get(key), untrusted),
  };
}

// The widths of the layers that the trainer gets; none for a free table.
function widthsOf({ encoder, layers, dim }) {
  return { free: [], linear: [dim], mlp: [...layers, dim] }[encoder];
}

// The options that the settings amount to, whether or not they play a part. The names are the library's own, as the
// scripts print them, too.
function everyOption(values) {
  const taken = Object.fromEntries(TAKEN.map((key) => [key, values[key]]));
  return {
    trainer: { layers: widthsOf(values), ...taken, normalize: isNetwork(values) && values.normalize },
    optimizer: { name: values.optimizer, learningRate: values.learningRate },
  };
}

// What the trainer is made with, beside data and labels.
export function trainerOptions(values) {
  const { trainer, optimizer } = everyOption(values);
  return { ...playing("trainer", trainer), optimizer: playing("optimizer", optimizer) };
}

// [key, value] pairs for trainer.set on a new trainer: settings that play no part yet, but may once others change.
export function latentChanges(values) {
  const { trainer } = everyOption(values);
  const latent = Object.entries(trainer).filter(([key]) => LIVE.has(key) && !playsPart("trainer", key, trainer));
  return latent.filter(([key, value]) => value !== OPTIONS.trainer[key].initial);
}

// What triplet.split takes beside the labels: if no class has a row to spare, whole classes are held out.
export function splitOptions({ heldOut, seed, holdOut }) {
  return [heldOut, seed, holdOut === "classes" ? "classes" : "auto"];
}

// A live change as the [key, value] that trainer.set takes.
export function trainerChange(key, value) {
  return key === "learningRate" ? ["optimizer", { learningRate: value }] : [key, value];
}

// The settings after the changes up to a step.
export function withChanges(values, changes, step = Infinity) {
  const changed = { ...values };
  for (const [at, key, value] of changes) {
    if (at <= step) {
      changed[key] = value;
    }
  }
  return changed;
}

// The options that measure distances, as triplet.distances takes them.
export function measureOptions({ distance, p }) {
  return playing("trainer", { distance, p });
}
