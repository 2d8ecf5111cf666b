import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlaying } from "../../../web/src/model/belongs.js";
import { HELP, helpOf } from "../../../web/src/model/help.js";
import { presets } from "../../../web/src/model/presets.js";
import { BELONGS, DEFAULTS } from "../../../web/src/model/options.js";
import {
  latentChanges,
  measureOptions,
  trainerChange,
  trainerOptions,
} from "../../../web/src/model/trainer_options.js";
import { setNames, setOf } from "../../../web/src/model/sets.js";
import { withBrought } from "../../../web/src/model/settings.js";
import { schema, triplet } from "./world.mjs";

const data = [
  [0, 0],
  [0, 1],
  [5, 5],
  [5, 6],
];
const labels = [0, 0, 1, 1];

// As wide as the set that the settings name.
const dataOf = (settings) => (setOf(settings.data).columns === 3 ? data.map((row) => [...row, 1]) : data);

test("defaults and the ends of every range are taken by the core", () => {
  const trainer = (values) => {
    const settings = schema.clamp(values);
    return triplet.trainer({ ...trainerOptions(settings), data: dataOf(settings), labels });
  };
  trainer({}).step();
  for (const { key, kind, minimum, maximum, choices } of schema.fields) {
    const values = choices
      ? choices.map(({ value }) => value)
      : kind === "boolean"
        ? [true, false]
        : [minimum, maximum];
    for (const value of values) {
      trainer({ [key]: kind === "layers" ? [value] : value }).free();
    }
  }
});

test("only options that play a part are sent, and others where a change may bring them in", () => {
  const values = (given) => ({ ...schema.defaults(), ...given });
  assert.ok(!("p" in trainerOptions(values({ distance: "cosine", p: 3 }))));
  assert.equal(trainerOptions(values({ p: 3 })).p, 3);
  assert.deepEqual(measureOptions(values({ distance: "squared", p: 3 })), { distance: "squared" });
  assert.deepEqual(measureOptions(values({ p: 3 })), { distance: "minkowski", p: 3 });
  assert.ok(!("dim" in trainerOptions(values({ dim: 3 }))));
  assert.equal(trainerOptions(values({ encoder: "free", dim: 3 })).dim, 3);
  assert.ok(!("activation" in trainerOptions(values({ encoder: "linear", activation: "tanh" }))));
  assert.equal(trainerOptions(values({ activation: "tanh" })).activation, "tanh");

  const cosine = values({ distance: "cosine", p: 3 });
  assert.deepEqual(latentChanges(cosine), [["p", 3]]);
  assert.deepEqual(latentChanges(values({ distance: "cosine" })), []);
  assert.deepEqual(latentChanges(values({ p: 3 })), []);
  const trainer = triplet.trainer({ ...trainerOptions(cosine), data, labels });
  latentChanges(cosine).forEach((change) => trainer.set(...change));
  trainer.set("distance", "minkowski");
  assert.equal(trainer.get("p"), 3);
});

// Of every option beside every choice of two others that any belongs to.
test("what plays a part is what the core takes", () => {
  const fields = triplet.schema("trainer").filter(({ kind, name }) => kind !== "value" && name !== "ignoreLabel");
  const conditions = Object.values(BELONGS.trainer).join(",");
  const others = fields.filter(({ kind, name }) => kind === "choice" && conditions.includes(`${name}=`));
  const another = ({ kind, choices, maximum, minimum, default: initial }) =>
    kind === "choice" ? choices.find((choice) => choice !== initial)
    : kind === "boolean" ? !initial
    : initial + 1 <= maximum ? initial + 1 : (minimum + maximum) / 2;
  const rest = { data, labels, layers: [2, 2] };
  const allPlay = (names, given) =>
    names.every((name) => given[name] === DEFAULTS.trainer[name] || isPlaying("trainer", name, given));
  let refused = 0;
  for (const one of others) {
    for (const other of others) {
      for (const [first, second] of one.choices.flatMap((x) => other.choices.map((y) => [x, y]))) {
        const context = { distance: "minkowski", layers: rest.layers, [one.name]: first, [other.name]: second };
        for (const field of fields.filter(({ name }) => !(name in context))) {
          const given = { ...context, [field.name]: another(field) };
          if (!allPlay([one.name, other.name], given)) {
            continue;
          }
          const plays = isPlaying("trainer", field.name, given);
          const make = () => triplet.trainer({ ...rest, ...given }).free();
          const message = new RegExp(`^${field.name}: (belongs to|expected references beside it)`);
          plays ? make() : assert.throws(make, (error) => message.test(error.message.replace("trainer: ", "")));
          refused += !plays;
        }
      }
    }
  }
  assert.ok(refused > 1000);
});

test("a loss brings what it brings to a trainer of the library", () => {
  const losses = schema.field("loss").choices.map(({ value }) => value);
  const [distances, temperatures] = [["minkowski", "cosine", "squared"], [0.07, 0.1, 0.5]];
  for (const before of losses) {
    for (const next of losses.filter((loss) => loss !== before)) {
      for (const [distance, temperature] of distances.flatMap((d) => temperatures.map((t) => [d, t]))) {
        const values = { ...schema.defaults(), loss: before, distance, temperature };
        const trainer = triplet.trainer({ ...trainerOptions(values), data, labels });
        latentChanges(values).forEach((change) => trainer.set(...change));
        trainer.set("loss", next);
        const changed = { ...values, ...Object.fromEntries(withBrought(values, "loss", next)) };
        const keys = ["loss", "distance", "temperature"];
        assert.deepEqual(keys.map((key) => changed[key]), keys.map((key) => trainer.get(key)), `${before} ${next}`);
        trainer.free();
      }
    }
  }
  assert.deepEqual(withBrought(schema.defaults(), "margin", 2), [["margin", 2]]);
  const given = ({ loss, distance, temperature }) => [loss, distance, temperature];
  assert.deepEqual(given(schema.clamp({ loss: "sup_con" })), ["sup_con", "cosine", 0.1]);
  assert.deepEqual(given(schema.clamp({ loss: "info_nce", distance: "far" })), ["info_nce", "cosine", 0.07]);
  const chosen = schema.clamp({ loss: "info_nce", distance: "minkowski", temperature: "0.5" });
  assert.deepEqual(given(chosen), ["info_nce", "minkowski", 0.5]);
});

test("data bring what they bring in place of what the data before brought, and what was chosen stays", () => {
  const after = (values, name) => ({ ...values, ...Object.fromEntries(withBrought(values, "data", name)) });
  for (const before of setNames) {
    for (const next of setNames) {
      assert.deepEqual(after(schema.clamp({ data: before }), next), schema.clamp({ data: next }), `${before} ${next}`);
    }
  }
  const roll = after(schema.defaults(), "swiss_roll");
  assert.deepEqual([roll.dim, roll.residual, roll.activation], [3, true, "tanh"]);
  const chosen = after(after({ ...schema.defaults(), learningRate: 0.1, margin: 2, dim: 3 }, "rings"), "iris");
  assert.deepEqual([chosen.learningRate, chosen.margin, chosen.dim, chosen.residual], [0.1, 2, 3, false]);
  const cosine = after(schema.clamp({ loss: "info_nce" }), "moons");
  assert.deepEqual([cosine.loss, cosine.distance, cosine.residual], ["info_nce", "cosine", true]);
});

test("a network starts as the data where it is as wide as they are, and only there", () => {
  const residual = (given) => trainerOptions(schema.clamp(given)).residual ?? false;
  const of = (data, more) => residual({ data, residual: true, ...more });
  assert.deepEqual(["rings", "moons", "swiss_roll", "blobs"].map((name) => of(name)), [true, true, true, true]);
  assert.deepEqual(["digits", "iris", "own", "drawn"].map((name) => of(name)), [false, false, false, false]);
  assert.deepEqual([of("rings", { dim: 3 }), of("swiss_roll", { dim: 2 })], [false, false]);
  assert.deepEqual([of("rings", { encoder: "linear" }), of("rings", { encoder: "free" })], [true, false]);
  for (const name of setNames.filter((name) => setOf(name).columns > 0)) {
    const settings = schema.clamp({ data: name });
    const { x, labels } = triplet.synthetic(name, 40, 1, 1);
    assert.equal(x.cols, setOf(name).columns, name);
    const trainer = triplet.trainer({ ...trainerOptions(settings), data: x, labels });
    const { data: standard } = triplet.standardize(x, triplet.standardization(x));
    trainer.embed(x).data.forEach((value, i) => assert.ok(Math.abs(value - standard[i]) < 1e-6, `${name} ${i}`));
    trainer.free();
  }
});

test("each loss shows its own numbers, and nothing of the others", () => {
  const OWN = {
    triplet: ["margin", "swap", "softMargin", "mining"],
    contrastive: ["positiveMargin", "negativeMargin"],
    info_nce: ["temperature"],
    sup_con: ["temperature"],
    multi_similarity: ["alpha", "beta", "base"],
  };
  const all = new Set(Object.values(OWN).flat());
  for (const [loss, own] of Object.entries(OWN)) {
    const values = schema.clamp({ loss });
    const shown = schema.fields.filter(({ key, when }) => all.has(key) && when(values)).map(({ key }) => key);
    assert.deepEqual(shown.sort(), [...own].sort(), loss);
  }
});

test("every pair of settings is taken by the core", () => {
  const valuesOf = ({ choices, kind, minimum, maximum }) =>
    choices ? choices.map(({ value }) => value) : kind === "boolean" ? [true, false] : [minimum, maximum];
  const about = ["data", "heldOut"]; // the data, not the trainer
  const fields = schema.fields.filter(({ kind, group }) => kind !== "layers" && !about.includes(group));
  for (const one of fields) {
    for (const other of fields) {
      for (const [first, second] of valuesOf(one).flatMap((x) => valuesOf(other).map((y) => [x, y]))) {
        const settings = schema.clamp({ [one.key]: first, [other.key]: second, layers: [2] });
        triplet.trainer({ ...trainerOptions(settings), data: dataOf(settings), labels }).free();
        triplet.distances(data, data, measureOptions(settings));
      }
    }
  }
});

test("a setting is shown where its option plays a part, and is explained by the core's own words", () => {
  const shown = (key, given) => schema.field(key).when({ ...schema.defaults(), ...given });
  assert.deepEqual([shown("p", {}), shown("p", { distance: "cosine" })], [true, false]);
  // One of several conditions is enough.
  const strategies = [{}, { mining: "semihard" }, { negatives: "semihard" }, { mining: "hard" }];
  assert.deepEqual(strategies.map((given) => isPlaying("trainer", "fallback", given)), [false, true, true, false]);
  const encoders = ["mlp", "linear", "free"];
  assert.deepEqual(encoders.map((encoder) => shown("activation", { encoder })), [true, false, false]);
  for (const field of schema.fields) {
    const { key } = field;
    const help = helpOf(field);
    assert.match(help, /^[A-Z1].*\.$/s, key);
    const core = key === "optimizer" ? HELP.optimizer.name : (HELP.optimizer[key] ?? HELP.trainer[key]);
    assert.ok(["layers", "dim", "data", "residual"].includes(key) || help.startsWith(core ?? ""), key);
  }
});

test("what the page knows of options is what the library says", () => {
  for (const schema of ["trainer", "optimizer"]) {
    const fields = triplet.schema(schema);
    assert.deepEqual(Object.keys(HELP[schema]), fields.map(({ name }) => name));
    for (const { name, default: initial, belongs, kind } of fields) {
      assert.equal(BELONGS[schema][name], belongs, name);
      assert.equal(DEFAULTS[schema][name], kind === "value" ? undefined : initial, name);
    }
  }
});

test("what may change live does change in a living trainer, and a field that may not is refused", () => {
  const trainer = triplet.trainer({ ...trainerOptions(schema.defaults()), data, labels });
  const optimizer = { learningRate: "learningRate" };
  for (const { key, live, choices, maximum, kind } of schema.fields.filter(({ live }) => live)) {
    const value = choices ? choices.at(-1).value : kind === "boolean" ? true : Math.min(maximum, 3);
    trainer.set(...trainerChange(key, value));
    assert.equal(optimizer[key] ? trainer.get("optimizer")[key] : trainer.get(key), value, `${key} ${live}`);
  }
  assert.throws(() => trainer.set("seed", 2), /cannot change/);
});

test("core's own defaults show through where the demo says nothing", () => {
  const core = new Map(triplet.schema("trainer").map((field) => [field.name, field.default]));
  for (const key of ["swap", "softMargin", "distance", "p", "rowsPerClass", "activation", "normalize", "seed"]) {
    assert.deepEqual(schema.defaults()[key], core.get(key), key);
  }
});

const hostile = [
  undefined,
  null,
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  1e308,
  "",
  " ",
  "x",
  "1e999",
  "-5",
  "__proto__",
  "true",
  [],
  [[]],
  [NaN],
  {},
  { valueOf: () => assert.fail("ran a stranger's code") },
  Symbol("s"),
  10n,
  () => 1,
  new Array(1e6).fill(9),
  "9,9,9,9,9,9,9,9",
];

test("whatever comes, every setting is one that its field can hold", () => {
  const fits = {
    number: (value, { minimum, maximum }) => value >= minimum && value <= maximum,
    integer: (value, { minimum, maximum }) => Number.isInteger(value) && value >= minimum && value <= maximum,
    boolean: (value) => typeof value === "boolean",
    choice: (value, { choices }) => choices.some((choice) => choice.value === value),
    layers: (value, { minimum, maximum }) =>
      value.length >= 1 && value.length <= 4 && value.every((width) => width >= minimum && width <= maximum),
  };
  for (const field of schema.fields) {
    for (const value of hostile) {
      assert.ok(fits[field.kind](schema.clampValue(field.key, value), field), `${field.key} of ${String(value)}`);
    }
  }
  const inherited = Object.create({ seed: 99 });
  assert.equal(schema.clamp(inherited).seed, schema.defaults().seed);
  assert.deepEqual(schema.clamp(JSON.parse('{ "__proto__": { "seed": 9 }, "evil": 1 }')), schema.defaults());
  assert.equal(Object.prototype.seed, undefined);
  for (const value of hostile) {
    assert.deepEqual(Object.keys(schema.clamp(value)), Object.keys(schema.defaults()));
  }
});

test("six presets, whose every setting is one that exists and holds as written", () => {
  assert.equal(presets.length, 6);
  for (const { id, settings, compare = {} } of presets) {
    for (const given of [settings, compare]) {
      for (const [key, value] of Object.entries(given)) {
        assert.deepEqual(schema.clamp(given)[key], value, `${id}: ${key}`);
      }
    }
  }
});
