import assert from "node:assert/strict";
import { test } from "node:test";
import { presets } from "../../../web/src/model/presets.js";
import { trainerChange, trainerOptions } from "../../../web/src/model/settings.js";
import { schema, triplet } from "./world.mjs";

const data = [
  [0, 0],
  [0, 1],
  [5, 5],
  [5, 6],
];
const labels = [0, 0, 1, 1];

test("defaults and the ends of every range are taken by the core", () => {
  const trainer = (values) => triplet.trainer({ ...trainerOptions(schema.clamp(values)), data, labels });
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
