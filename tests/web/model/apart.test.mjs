import assert from "node:assert/strict";
import { test } from "node:test";
import { apartWords } from "../../../web/src/model/apart.js";
import { schema } from "./world.mjs";

const words = (mine, other) => {
  const settings = (of) => schema.clamp({ ...schema.defaults(), ...of });
  return apartWords(schema.fields, settings(mine), settings(other));
};

test("a run is told by what sets it apart", () => {
  assert.deepEqual(words({ mining: "semihard" }, { mining: "hard" }), {
    title: "semi-hard mining",
    detail: "nearest negative beyond the positive",
  });
  assert.deepEqual(words({ mining: "all" }, { mining: "hard" }).title, "all triplets");
  assert.deepEqual(words({ margin: 0.05 }, { margin: 1 }), { title: "margin 0.05", detail: "" });
  assert.deepEqual(words({ swap: true }, { swap: false }).title, "with swap");
  assert.deepEqual(words({ swap: false }, { swap: true }).title, "without swap");
  const two = words({ margin: 0.2, learningRate: 0.01 }, { margin: 1 });
  assert.deepEqual([two.title, two.detail], ["margin 0.2", "learning rate 0.01"]);
});

test("every mining is explained, and runs that are alike are called so", () => {
  for (const { value } of schema.field("mining").choices) {
    const other = value === "all" ? "hard" : "all";
    assert.notEqual(words({ mining: value }, { mining: other }).detail, "", value);
  }
  assert.equal(words({}, {}).title, "the same settings");
});
