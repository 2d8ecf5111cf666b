// The settings of a run: their names, meanings and ranges. Defaults and ranges are the core's where it has the option;
// here they are narrowed to what a picture can show.
import { clampAll, clampValue } from "./fields.js";
import { BROUGHT } from "./options.js";
import { canStartAsData, isSynthetic, setNames, setOf } from "./sets.js";
import { isLive, isNetwork, playsPart } from "./trainer_options.js";

// The same in runs that are compared.
export const SHARED = ["data", "rows", "noise", "seed"];

// Where the core has the option, `core` names the schema that gives its kind, default, range and choices, and says what
// it belongs to. group: what it stands with; "main" are those that matter most. line: what it does in one plain
// sentence, or one for each choice; help.js says more.
const DESCRIPTIONS = [
  {
    key: "data",
    group: "main",
    label: "Data",
    kind: "choice",
    initial: "digits",
    choices: setNames.map((name) => [name, setOf(name).title]),
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
    when: isSynthetic,
  },
  {
    key: "heldOut",
    group: "heldOut",
    label: "Held out",
    kind: "number",
    initial: 0.2,
    minimum: 0,
    maximum: 0.8,
    step: 0.05,
    when: isNetwork,
  },
  {
    key: "holdOut",
    group: "heldOut",
    label: "What is held out",
    kind: "choice",
    initial: "rows",
    choices: { rows: "rows of every class", classes: "whole classes" },
    when: (values) => isNetwork(values) && values.heldOut > 0,
  },
  {
    key: "encoder",
    group: "encoder",
    label: "Encoder",
    kind: "choice",
    initial: "mlp",
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
    key: "residual",
    core: "trainer",
    group: "encoder",
    label: "Starts as data",
    when: (values) => isNetwork(values) && canStartAsData(values),
  },
  {
    key: "normalize",
    core: "trainer",
    group: "encoder",
    label: "Unit length",
    when: isNetwork,
  },
  {
    key: "loss",
    core: "trainer",
    group: "loss",
    label: "Loss",
    choices: {
      triplet: "triplet",
      contrastive: "contrastive",
      info_nce: "InfoNCE",
      sup_con: "SupCon",
      multi_similarity: "multi-similarity",
    },
  },
  {
    key: "temperature",
    core: "trainer",
    group: "main",
    label: "Temperature",
    line: "The lower it is, the more the nearest rows count.",
    minimum: 0.01,
    maximum: 2,
    step: 0.01,
    logarithmic: true,
  },
  {
    key: "positiveMargin",
    core: "trainer",
    group: "main",
    label: "Positive margin",
    line: "How near positives have to be.",
    minimum: 0,
    maximum: 5,
    step: 0.01,
  },
  {
    key: "negativeMargin",
    core: "trainer",
    group: "main",
    label: "Negative margin",
    line: "How far away negatives have to be.",
    minimum: 0,
    maximum: 5,
    step: 0.01,
  },
  {
    key: "alpha",
    core: "trainer",
    group: "main",
    label: "Alpha",
    line: "How much more the farthest positives count.",
    minimum: 0.1,
    maximum: 100,
    step: 0.1,
    logarithmic: true,
  },
  {
    key: "beta",
    core: "trainer",
    group: "main",
    label: "Beta",
    line: "How much more the nearest negatives count.",
    minimum: 0.1,
    maximum: 100,
    step: 0.1,
    logarithmic: true,
  },
  {
    key: "base",
    core: "trainer",
    group: "main",
    label: "Base",
    line: "Where positives and negatives are to part.",
    minimum: -1,
    maximum: 5,
    step: 0.01,
  },
  {
    key: "margin",
    core: "trainer",
    group: "main",
    label: "Margin",
    line: "How much farther away a negative has to be than a positive.",
    initial: 1,
    minimum: 0,
    maximum: 5,
    step: 0.01,
  },
  {
    key: "distance",
    core: "trainer",
    group: "loss",
    label: "Distance",
    choices: { minkowski: "Minkowski", squared: "squared Euclidean", cosine: "cosine" },
  },
  {
    key: "p",
    core: "trainer",
    group: "loss",
    label: "p",
    step: 0.1,
  },
  {
    key: "swap",
    core: "trainer",
    group: "loss",
    label: "Swap",
  },
  {
    key: "softMargin",
    core: "trainer",
    group: "loss",
    label: "Soft margin",
  },
  {
    key: "mining",
    core: "trainer",
    group: "main",
    label: "Mining",
    line: {
      all: "Every triplet in the batch.",
      semihard: "The nearest negative beyond the positive.",
      hard: "The farthest positive and the nearest negative.",
      random: "Any negative, drawn for each positive.",
      distance_weighted: "A drawn negative, near ones as often as far ones.",
      easy_positive: "The nearest positive, and the nearest negative beyond it.",
    },
    initial: "semihard",
    choices: {
      all: "all",
      semihard: "semi-hard",
      hard: "hard",
      random: "random",
      distance_weighted: "by distance",
      easy_positive: "easy positive",
    },
  },
  {
    key: "classesPerBatch",
    core: "trainer",
    group: "batch",
    label: "Classes per batch",
    minimum: 2,
    maximum: 32,
    step: 1,
    initial: 10,
  },
  {
    key: "rowsPerClass",
    core: "trainer",
    group: "batch",
    label: "Rows per class",
    maximum: 32,
    step: 1,
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
    group: "main",
    label: "Learning rate",
    line: "How far each step goes.",
    initial: setOf("digits").brings.learningRate,
    minimum: 1e-5,
    maximum: 1,
    step: 1e-5,
    logarithmic: true,
  },
  {
    key: "dim",
    group: "main",
    label: "Dimension",
    kind: "choice",
    initial: setOf("digits").brings.dim,
    line: "Two make a map. Three can be turned.",
    choices: [
      [2, "2"],
      [3, "3"],
    ],
  },
  {
    key: "seed",
    core: "trainer",
    group: "run",
    label: "Seed",
    step: 1,
  },
];

function choicesOf(choices) {
  const pairs = Array.isArray(choices) ? choices : Object.entries(choices);
  return pairs.map(([value, label]) => ({ value, label }));
}

/**
 * @param {import("triplet").Triplet} triplet
 * @param {any} description
 */
function fieldOf(triplet, { core, name, choices, ...described }) {
  const option = name ?? described.key;
  /** @type {Record<string, any>} */
  const field = { live: isLive(described.key), when: () => true, core, option, ...described };
  const known = core && triplet.schema(core).find((field) => field.name === option);
  if (known) {
    field.kind = known.kind;
    field.initial ??= known.default;
    if ("minimum" in known) {
      field.minimum = Math.max(known.minimum, field.minimum ?? -Infinity);
      field.maximum = Math.min(known.maximum, field.maximum ?? Infinity);
    }
    if (known.belongs && !described.when) {
      field.when = (values) => playsPart(core, option, values);
    }
  }
  if (choices) {
    field.choices = choicesOf(choices);
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
    clamp(untrusted) {
      const brought = broughtBy(clampAll(fields, untrusted));
      return clampAll(fields.map((field) => ({ ...field, initial: brought[field.key] ?? field.initial })), untrusted);
    },
    clampValue: (key, untrusted) => clampValue(byKey.get(key), untrusted),
  };
}

// What the data and the loss bring along.
/** @type {(values: any) => Record<string, any>} */
const broughtBy = ({ data, loss }) => ({ ...setOf(data).brings, ...BROUGHT[loss] });

// A change as [key, value] pairs: other data, or another loss, bring their own settings in place of those that the ones
// before them brought. What differs from these was chosen, and stays.
export function withBrought(values, key, value) {
  const [before, next] = [broughtBy(values), broughtBy({ ...values, [key]: value })];
  const brought = Object.entries(next).filter(([of, to]) => values[of] === before[of] && to !== before[of]);
  return [[key, value], ...brought.filter(([of]) => of !== key)];
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
