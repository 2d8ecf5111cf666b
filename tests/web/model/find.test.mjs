import assert from "node:assert/strict";
import { test } from "node:test";
import { anatomy } from "../../../web/src/model/anatomy.js";
import { cellsOf, cellWords, columnsOf } from "../../../web/src/model/cells.js";
import { findRows, hardestNegative } from "../../../web/src/model/find.js";
import { loadShipped, schema, tableFile, triplet } from "./world.mjs";

const digits = await loadShipped(schema.defaults());
const iris = await loadShipped({ ...schema.defaults(), data: "iris" });
const find = (dataset, query, limit = 1e6) => findRows(triplet, { dataset }, query, limit);

test("a number is a row, and the class of that name", () => {
  const sevens = Array.from(digits.labels.keys()).filter((row) => digits.labels[row] === 7);
  assert.notEqual(digits.labels[6], 7);
  assert.deepEqual(find(digits, "7").rows, [6, ...sevens]);
  assert.deepEqual(find(digits, " Row 42 "), { rows: [41], total: 1 });
  assert.deepEqual(find(digits, "#1797").rows, [1796]);
  for (const none of ["1798", "#0", "", "  ", "no such thing"]) {
    assert.deepEqual(find(digits, none), { rows: [], total: 0 }, none);
  }
  assert.deepEqual(find(digits, "7", 3), { rows: [6, ...sevens.slice(0, 2)], total: 1 + sevens.length });
});

test("a class by a part of its name, in any case", () => {
  const { rows, total } = find(iris, "VIRG");
  assert.equal(total, 50);
  assert.ok(rows.every((row) => iris.classes[iris.labels[row]] === "virginica"));
});

const shop = await (async () => {
  const file = tableFile(
    "name,colour,price,kind\\n".replace("\\n", "\n") +
      ["Ash,red,10.5,a", "Beech,,20,a", "Cedar,blue,30,b", "Ash tree,red,1234.5,b"].join("\n"),
  );
  file.describe({ label: "kind", categories: ["name"] });
  return file.dataset();
})();

test("what stands in the cells of a file, not what the network takes", () => {
  assert.deepEqual(find(shop, "ash").rows, [0, 3]); // the whole cell first
  assert.deepEqual(find(shop, "red").rows, [0, 3]);
  assert.deepEqual(find(shop, "10,5").rows, [0]);
  assert.deepEqual(find(shop, "1234.5").rows, [3]);
  assert.deepEqual(cellsOf(triplet, shop, 1), [
    { name: "name", text: "Beech" },
    { name: "colour", text: "missing" },
    { name: "price", text: "20" },
  ]);
  assert.equal(cellWords(triplet, shop, 3, 2), "name Ash tree · colour red");
  assert.equal(cellsOf(triplet, shop, 3)[2].text, "1,234.5");
});

test("of a sample of a file's rows the cells are those of the rows that are pictured", () => {
  const sampled = { ...shop, n: 2, rows: Int32Array.of(1, 3), labels: Int32Array.of(0, 1) };
  assert.equal(cellsOf(triplet, sampled, 1)[0].text, "Ash tree");
  assert.deepEqual(find(sampled, "beech").rows, [0]);
  assert.ok(columnsOf(triplet, sampled).every(({ cells }) => cells.length === 2));
});

test("the hardest negative is the nearest row of another class", () => {
  const dataset = { labels: Int32Array.of(0, 0, 1, 1, 1), n: 5 };
  const places = [0, 1, 3, 2, NaN];
  const snapshot = {
    positions: Float32Array.from(places.flatMap((x) => [x, 0])),
    dim: 2,
    batch: Int32Array.of(),
    settings: { ...schema.defaults(), distance: "minkowski" },
  };
  const seen = (labels) => anatomy(triplet, { snapshot, dataset: { ...dataset, labels }, anchor: 0 });
  assert.deepEqual(hardestNegative(seen(dataset.labels), dataset.labels), { row: 3, distance: 2 });
  const alone = new Int32Array(5);
  assert.equal(hardestNegative(seen(alone), alone), null);
});
