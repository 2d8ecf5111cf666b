import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../../../web/src/model/table.js";
import { TableReader } from "../../../web/src/model/table_reader.js";
import { createReaderWorker, tableFile, triplet } from "./world.mjs";

const csv = "x,y,kind\n1,2,a\n3,-4.5e1,b\n5,6,a\n7,8,b\n";
const columnOf = (described, name) => described.columns.find((column) => column.name === name);
const usesOf = ({ columns }) => Object.fromEntries(columns.map(({ name, use }) => [name, use]));

// Lines of a function of their number.
const table = (header, rows, line) => [header, ...Array.from({ length: rows }, (_, i) => line(i))].join("\n");

test("a table becomes a dataset", () => {
  const file = tableFile(csv, "t.csv");
  const described = file.describe();
  assert.deepEqual([described.name, described.rows, described.label], ["t.csv", 4, "kind"]);
  assert.deepEqual(described.problems, []);
  const dataset = file.dataset();
  assert.deepEqual([dataset.columns, dataset.classes, dataset.title], [["x", "y"], ["a", "b"], "t.csv"]);
  assert.deepEqual(dataset.labels, Int32Array.of(0, 1, 0, 1));
  assert.deepEqual([dataset.n, dataset.d, dataset.name], [4, 2, "own"]);
  const x = Array.from(dataset.values.filter((_, i) => i % 2 === 0));
  assert.deepEqual(
    x,
    [-3, -1, 1, 3].map((value) => Math.fround(value / Math.sqrt(5))),
  );
  assert.deepEqual(dataset.table.options, { label: "kind" });

  file.describe({ ignore: ["x"], label: "kind" });
  const other = file.dataset();
  assert.deepEqual([other.columns, other.table.options], [["y"], { ignore: ["x"], label: "kind" }]);
  assert.notEqual(other.checksum, dataset.checksum);
});

test("the same table in other clothes", () => {
  const checksum = (text) => {
    const file = tableFile(text);
    assert.deepEqual(file.describe().problems, []);
    return file.dataset().checksum;
  };
  const clothes = {
    tabs: csv.replaceAll(",", "\t"),
    "semicolons and decimal commas": csv.replaceAll(",", ";").replace("-4.5e1", "-4,5e1"),
    "CR LF and no last line end": csv.trim().replaceAll("\n", "\r\n"),
    "quotes and a byte order mark": `\ufeff${csv.replaceAll("a\n", '"a"\n')}`,
    "blank lines": csv.replaceAll("\n", "\n\n"),
    spaces: csv.replaceAll(",", " , "),
    "a column that is left out": csv.replace("kind", "kind,same").replaceAll(/([ab])\n/g, "$1,1\n"),
  };
  for (const [name, text] of Object.entries(clothes)) {
    assert.equal(checksum(text), checksum(csv), name);
  }
});

test("the column that looks most like classes is suggested", () => {
  const suggested = (text) => tableFile(text).describe().label;
  const two = (i) => i % 2;
  assert.equal(suggested(table("species,x,b", 8, (i) => `s${two(i)},${i * 3},t${i % 4}`)), "species");
  assert.equal(suggested(table("a,x,b,z", 8, (i) => `s${two(i)},${i * 3},t${i % 4},${two(i)}`)), "b");
  assert.equal(suggested(table("x,y,z", 9, (i) => `${i * 2},${i % 3},${i / 7}`)), "y");
  assert.equal(suggested(table("1.5,2", 9, (i) => `${i / 7},${i % 3}`)), "2");
  assert.equal(suggested(table("kind,x", 300, (i) => `k${i},${i * i}`)), null);
  assert.equal(suggested(table("target,type", 300, (i) => `${i % 250},t${i % 9}`)), "type");
});

test("what is decided on a column stands with it, and can be had otherwise", () => {
  const text = table("id,age,town,note,all,kind", 60, (i) =>
    [i + 1, i % 20 === 3 ? "" : 20 + (i % 9), i % 3 ? "Rome" : "Oslo", `note ${i}`, 7, i % 2 ? "k" : ""].join(","),
  );
  const file = tableFile(text);
  const described = file.describe();
  assert.deepEqual(usesOf(described), {
    id: "left_out",
    age: "input",
    town: "label",
    note: "left_out",
    all: "left_out",
    kind: "input",
  });

  const own = file.describe({ label: "kind" });
  assert.deepEqual([own.rows, own.label], [30, "kind"]);
  assert.ok(
    own.notes.some(({ text }) => /30 of 60 rows .*kind/.test(text)),
    "rows without a class are told of",
  );
  const notesOf = (name) =>
    columnOf(own, name)
      .notes.map(({ text }) => text)
      .join();
  assert.match(notesOf("id"), /^left out: whole numbers/);
  assert.match(notesOf("note"), /^left out: /);
  assert.match(notesOf("all"), /^left out: the same in every row/);
  assert.match(notesOf("age"), /of 30 empty, filled with the mean$/);
  assert.equal(notesOf("town"), "");
  assert.deepEqual(columnOf(own, "age").range, [20, 28]);
  assert.deepEqual(columnOf(own, "town").values, ["Oslo", "Rome"]);
  assert.deepEqual([columnOf(own, "town").kind, columnOf(own, "age").distinct], ["category", 9]);
  assert.ok(own.problems[0].includes('"kind" has 1 in 30 rows'));

  const kept = file.describe({ label: "town", keep: ["id"], ignore: ["age"], categories: ["all"], missing: "drop" });
  assert.deepEqual([usesOf(kept).id, usesOf(kept).age], ["input", "left_out"]);
  assert.equal(kept.rows, 30, "rows without a kind, which is an input now");
});

test("what may spoil the training is told apart", () => {
  const { notes } = tableFile(table("x,name,kind", 20, (i) => `${i % 7},${i % 2 ? "a" : "b"},${i % 2}`)).describe();
  assert.deepEqual(
    notes.map(({ option, value, warning }) => [option, value, warning]),
    [["ignore", "name", true]],
  );
});

test("texts among numbers may be missing ones", () => {
  const text = table("x,y,kind", 80, (i) => `${i % 19 ? i / 7 : "unknown"},${i % 5},${i % 2 ? "a" : "b"}`);
  const file = tableFile(text);
  const [note] = columnOf(file.describe(), "x").notes;
  assert.deepEqual([note.option, note.value], ["missingTexts", "unknown"]);
  const { kind, missing } = columnOf(file.describe({ missingTexts: ["unknown"] }), "x");
  assert.deepEqual([kind, missing], ["number", 5]);
});

test("names are but names", () => {
  const file = tableFile(
    csv.replace("x,y,kind", "__proto__,constructor,<script>alert(1)</script>").replaceAll("a\n", "__proto__\n"),
  );
  file.describe();
  const dataset = file.dataset();
  assert.deepEqual(dataset.columns, ["__proto__", "constructor"]);
  assert.deepEqual(dataset.classes, ["__proto__", "b"]);
  assert.equal({}.x, undefined);
});

test("classes that cannot be are refused in words", () => {
  const text = table("x,one,many,k", 6, (i) => `${i},z,${"abcdef"[i]},${i % 2}`);
  const problem = (label) => tableFile(text).describe({ label }).problems[0];
  assert.match(problem("one"), /two classes of two or more rows: "one" has 1 in 6 rows/);
  assert.match(problem("many"), /"many" has 0 in 6 rows/);
  assert.equal(problem("k"), undefined);
  assert.match(tableFile("a,b\n1.5,2\n2.5,4\n").describe().problems[0], /Choose the column/);
  const wide = tableFile(table("x,k", 600, (i) => `${i % 9},c${i % 300}`));
  assert.match(wide.describe({ label: "k" }).problems[0], /"k" has 300 different values; .* at most 200 classes/);
});

test("more than the page shows is refused", () => {
  const refused = (text, message) => assert.throws(() => tableFile(text).describe(), { name: "TableError", message });
  refused(
    table("x,k", limits.rows + 1, (i) => `${i % 7},${i % 2}`),
    /has 200,001 rows; .* at most 200,000/,
  );
  refused(
    table(`${"x,".repeat(limits.columns)}k`, 3, (i) => `${`${i},`.repeat(2000)}a`),
    /has 2,001 columns; .* is 2,000/,
  );
  const large = table(`${"x,".repeat(1999)}k`, 4004, (i) => `${`${i % 9},`.repeat(1999)}${i % 2}`);
  assert.match(tableFile(large).describe().problems[0], /4,004 rows of 1,999 columns are more than 8,000,000 numbers/);
});

test("what is no table is refused in the library's words, and other choices may still read it", () => {
  const message = (source) => {
    try {
      tableFile(source).describe();
    } catch ({ name, message }) {
      return `${name}: ${message}`;
    }
  };
  assert.match(message("x,y,k\n1,2,a\n1,b\n"), /^TableError: row 2: 2 cells/);
  assert.match(message('x,y,k\n"1,2,a\n'), /^TableError: .*quote/);
  assert.match(message(Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0)), /^TableError: /);
  const file = tableFile(Uint8Array.from(csv.replaceAll("a\n", "ä\n"), (letter) => letter.charCodeAt(0)));
  assert.throws(() => file.describe(), { name: "TableError", message: /encoding = "latin1"/ });
  assert.deepEqual(file.describe({ encoding: "latin1" }).problems, []);
  assert.deepEqual(file.dataset().classes, ["b", "ä"]);
  const data = tableFile("a,b\nc,d\na,b\nc,d\na,d\n");
  assert.equal(data.describe({ header: "false" }).rows, 5);
});

test("a worker reads the file", async () => {
  const reader = new TableReader(createReaderWorker);
  const described = await reader.open(new Blob([csv]), "t.csv");
  assert.deepEqual(described, tableFile(csv, "t.csv").describe());
  await assert.rejects(reader.describe({ label: "nothing" }), { name: "TableError", message: /"nothing"/ });
  const reopened = await reader.open(new Blob([csv]), "t.csv", { label: "kind", ignore: ["y"] });
  assert.equal(columnOf(reopened, "y").use, "left_out");
  const other = await reader.describe({ label: "kind", ignore: ["x"] });
  assert.equal(columnOf(other, "x").use, "left_out");
  const file = tableFile(csv, "t.csv");
  file.describe({ label: "kind", ignore: ["x"] });
  assert.deepEqual(await reader.dataset(), { ...file.dataset() });
  reader.close();
  const none = new TableReader(createReaderWorker);
  await assert.rejects(none.open(new Blob([""]), "e.csv"), { name: "TableError" });
  none.close();
});

test("nothing of a file stays in the library", () => {
  const file = tableFile(table("a,b,k", 20000, (i) => `${i % 77},${i % 11},${i % 3}`));
  for (let i = 0; i < 60; i++) {
    file.describe({ ignore: i % 2 ? ["a"] : [] });
    file.dataset();
  }
  assert.ok(triplet.matrix(8192, 4096).free() === undefined);
});
