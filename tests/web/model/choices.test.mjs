import assert from "node:assert/strict";
import { test } from "node:test";
import { Choices } from "../../../web/src/model/choices.js";
import { tableFile } from "./world.mjs";

const NONE = { keep: [], ignore: [], categories: [] };

test("what was asked for is taken back, what was not is asked for", () => {
  const choices = new Choices();
  assert.deepEqual(choices.options, NONE);
  choices.want("a", false);
  choices.want("id", true);
  assert.deepEqual(choices.options, { ...NONE, ignore: ["a"], keep: ["id"] });
  choices.want("a", true);
  choices.want("id", false);
  assert.deepEqual(choices.options, NONE);
  choices.category("a", true);
  choices.category("b", true);
  choices.category("a", false);
  choices.choose({ label: "kind", missing: "drop" });
  assert.deepEqual(choices.options, { ...NONE, categories: ["b"], label: "kind", missing: "drop" });
});

test("texts for missing cells are told apart by commas", () => {
  const choices = new Choices();
  choices.missingTexts(" unknown, -999 ,,unknown");
  assert.deepEqual(choices.options.missingTexts, ["unknown", "-999"]);
});

test("with another format nothing stays that is about columns", () => {
  const choices = new Choices({ label: "kind", ignore: ["a"], missing: "drop", missingTexts: ["?"] });
  choices.format({ header: "false" });
  assert.deepEqual(choices.options, { ...NONE, missingTexts: ["?"], header: "false" });
});

test("the options of one visit are the choices of the next", () => {
  const text = "id,x,y,kind\n1,2,3,a\n2,5,6,b\n3,5,7,a\n4,9,1,b\n";
  const file = tableFile(text);
  const choices = new Choices({ label: "kind" });
  choices.want("id", true);
  choices.want("y", false);
  choices.category("x", true);
  file.describe(choices.options);
  const { checksum, table, columns } = file.dataset();
  assert.ok(columns.includes("id") && !columns.includes("y") && columns.length > 2);
  const again = tableFile(text);
  again.describe(new Choices(table.options).options);
  assert.equal(again.dataset().checksum, checksum);
});
