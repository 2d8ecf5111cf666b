import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, readTable } from "../../../web/src/model/table.js";

const csv = "x,y,kind\n1,2,a\n3,-4.5e1,b\n5,6,a\n7,8,b\n";
const suggested = async (text) => {
  const table = await readTable(text);
  return table.dataset(table.suggestion);
};

test("a table becomes a dataset", async () => {
  const table = await readTable(csv, { name: "t.csv" });
  assert.deepEqual(table.suggestion, { label: 2, ignore: [] });
  assert.deepEqual(table.preview[1], ["3", "-4.5e1", "b"]);
  const { dataset, problems } = table.dataset(table.suggestion);
  assert.deepEqual(problems, []);
  assert.deepEqual(dataset.values, Float32Array.of(1, 2, 3, -45, 5, 6, 7, 8));
  assert.deepEqual(dataset.labels, Int32Array.of(0, 1, 0, 1));
  assert.deepEqual([dataset.columns, dataset.classes, dataset.title], [["x", "y"], ["a", "b"], "t.csv"]);
  const other = table.dataset({ label: 2, ignore: [0] }).dataset;
  assert.deepEqual(other.values, Float32Array.of(2, -45, 6, 8));
  assert.notEqual(other.checksum, dataset.checksum);
});

test("text in another encoding is told, as its letters would be taken for each other", async () => {
  for (const end of ["", "\n0,\xfc\n"]) {
    const latin1 = new Blob([Uint8Array.from(`x,k\n0,\xe9\n1,\xe8${end}`, (letter) => letter.charCodeAt(0))]);
    await assert.rejects(readTable(latin1), { name: "TableError", message: /save it as CSV in UTF-8/ });
  }
  const cut = new Blob([new TextEncoder().encode("x,k\n0,é").subarray(0, -1)]);
  await assert.rejects(readTable(cut), { name: "TableError", message: /not UTF-8/ });
});

test("the same table in other clothes", async () => {
  const { dataset } = await suggested(csv);
  const clothes = {
    tabs: csv.replaceAll(",", "\t"),
    semicolons: csv.replaceAll(",", ";"),
    "CR LF and no last line end": csv.trim().replaceAll("\n", "\r\n"),
    "quotes and a byte order mark": `\ufeff${csv.replaceAll("a\n", '"a"\n')}`,
    "blank lines": csv.replaceAll("\n", "\n\n"),
    spaces: csv.replaceAll(",", ", ").replaceAll(", kind", ",kind").replaceAll(", a", ",a").replaceAll(", b", ",b"),
  };
  for (const [name, text] of Object.entries(clothes)) {
    const dressed = (await suggested(text)).dataset;
    assert.deepEqual([dressed?.values, dressed?.labels], [dataset.values, dataset.labels], name);
  }
});

test("pieces of a long file fit together, letters of several bytes and line breaks in quotes included", async () => {
  const rows = Array.from({ length: 18000 }, (_, i) => [i, i / 7, `"größe\n${i % 3}, ""π"""`]);
  const { dataset, problems } = await suggested(`a,b,kind\n${rows.map((row) => row.join(",")).join("\n")}`);
  assert.deepEqual(problems, []);
  assert.deepEqual(dataset.values, Float32Array.from(rows.flatMap(([a, b]) => [a, b])));
  assert.deepEqual(dataset.classes, ['größe\n0, "π"', 'größe\n1, "π"', 'größe\n2, "π"']);
  assert.deepEqual(
    dataset.labels,
    Int32Array.from(rows, (_, i) => i % 3),
  );
});

test("names are but names", async () => {
  const text = csv
    .replace("x,y,kind", "__proto__,constructor,<script>alert(1)</script>")
    .replaceAll("a\n", "__proto__\n");
  const { dataset } = await suggested(text);
  assert.deepEqual(dataset.columns, ["__proto__", "constructor"]);
  assert.deepEqual(dataset.classes, ["__proto__", "b"]);
  assert.equal({}.x, undefined);
  const same = await readTable("x,x,,k\n1,2,3,a\n1,2,3,b\n1,2,3,a\n1,2,3,b\n");
  assert.deepEqual(
    same.columns.map(({ name }) => name),
    ["x", "x_2", "column_3", "k"],
  );
  assert.equal(same.dataset({ label: 3, ignore: [1] }).dataset.d, 2);
  const more = await readTable("x,x_2,x,x,k\n1,2,3,4,a\n");
  assert.deepEqual(
    more.columns.map(({ name }) => name),
    ["x", "x_2", "x_3", "x_4", "k"],
  );
  const nameless = await suggested("1,2,0\n3,4,1\n5,6,0\n7,8,1\n");
  assert.equal(nameless.dataset.n, 4);
});

test("a cell that is no number is named by column and row, and the column can be left out", async () => {
  for (const bad of ["NaN", "inf", "", "1e99", "0x10", "1,000".replace(",", " "), "abc"]) {
    const table = await readTable(csv.replace("5,6", `${bad},6`));
    assert.deepEqual(table.suggestion.ignore, []);
    const { dataset, problems } = table.dataset(table.suggestion);
    assert.equal(dataset, null);
    const told = /^Column "x", row 3: (".*" is not a number|a number is missing)\. Correct it or leave/;
    assert.match(problems[0], told, bad);
    assert.equal(table.dataset({ label: 2, ignore: [0] }).dataset.d, 1);
  }
  const names = await readTable("name,x,kind\nAda,1,a\nBob,2,b\nEve,3,a\nDan,4,b\n");
  assert.deepEqual(names.suggestion, { label: 2, ignore: [0] });
});

test("classes that cannot be are refused in words", async () => {
  const table = await readTable(
    "x,one,many,gap,id\n".concat(..."abcdef".split("").map((c, i) => `${i},z,${c},${i ? c : ""},${i % 2}\n`)),
  );
  const problem = (label) => table.dataset({ label, ignore: [1, 2, 3].filter((i) => i !== label) }).problems[0];
  assert.match(problem(1), /two classes of two or more rows: column "one" has 1 in/);
  assert.match(problem(2), /two classes of two or more rows: column "many" has 0 in/);
  assert.match(problem(3), /row 1: the class is missing/);
  assert.match(problem(-1), /Choose the column/);
  assert.equal(problem(4), undefined);
  const wide = await readTable(`x,k\n${Array.from({ length: 600 }, (_, i) => `1,c${i % 300}`).join("\n")}`);
  assert.match(wide.dataset({ label: 1 }).problems[0], /more than 200 different values/);
  const lone = await readTable("k\na\nb\na\nb\n");
  assert.match(lone.dataset({ label: 0 }).problems[0], /No column is left/);
});

const row = "1,2,a\n";
const refused = {
  "200 MB": [() => new Blob(Array.from({ length: 200 }, () => row.repeat((1 << 20) >> 2))), /larger than 64 MB/],
  "a million columns": [
    () => `${Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(",")}\n1\n`,
    /1,000,000 columns; the limit is 2,000/,
  ],
  "too many rows": [() => `x,y,k\n${row.repeat(limits.rows + 1)}`, /more than 20,000 rows/],
  "too many cells": [
    () => `${"x,".repeat(1999)}k\n${`${"1,".repeat(1999)}a\n`.repeat(2001)}`,
    /more than 4,000,000 cells/,
  ],
  "a line without end": [() => "x".repeat(20e6), /A line is longer than 8 MB/],
  "a quote without end": [() => `x,y,k\n"${row.repeat(2e6)}`, /quotes closed/],
  "a quote that is closed amid its cell": [() => `x,y,k\n1,2,"a"b\n`, /After row 0 a quote/],
  "a short quote without end": [() => `x,y,k\n1,2,a\n1,2,"a\n`, /After row 0 a quote is opened|After row 1 a quote/],
  "ragged rows": [() => "x,y,k\n1,2,a\n1,b\n", /Row 2 has 2 cells, but the first line has 3/],
  nothing: [() => "", /no rows/],
  "a header alone": [() => "x,y,k\n", /no rows/],
  "an image": [() => new Blob([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13)]), /not UTF-8/],
  "text with zeros": [() => "x,k\n0\0,a\n", /contains zero bytes/],
};

for (const [name, [make, message]] of Object.entries(refused)) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(readTable(make()), { name: "TableError", message });
  });
}

test("reading can be broken off", async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(readTable(csv, { signal }), { name: "AbortError" });
});

// Milliseconds, at best of three.
async function timeOf(text) {
  const times = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await readTable(text).then(
      (table) => table.dataset(table.suggestion),
      (error) => assert.equal(error.name, "TableError"),
    );
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

const long = 300000;
const hostile = {
  "digits and an x": `k,y\n${"1".repeat(long)}x,2\n`,
  "digits, a point and an x": `k,y\n1.${"1".repeat(long)}x,2\n`,
  "an exponent and an x": `k,y\n1e${"1".repeat(long)}x,2\n`,
  "points and digits": `k,y\n${"1.".repeat(long / 2)},2\n`,
  blanks: `k,y\n1${" ".repeat(long)}x,2\n`,
  "quotes amid cells": `k,y\n"${'b"'.repeat(long / 4)}${" ".repeat(long / 2)},x\n`,
  "doubled quotes": `k,y\n"${'""'.repeat(long / 2)}",x\n`,
  "quotes that open": `k,y\n${'"a,'.repeat(long / 3)}\n`,
  "quotes alone": '"'.repeat(long),
  "line ends alone": "\r".repeat(long),
  "one long name for many columns": `${`${"x".repeat(long / 2000)},`.repeat(1999)}k\n1\n`,
};

test("a hostile text takes as long as its length asks for", async () => {
  const usual = await timeOf(`a,b,kind\n${"1.25,-3,left\n0.5,4e1,right\n".repeat(8000)}`.slice(0, long));
  for (const [name, text] of Object.entries(hostile)) {
    const time = await timeOf(text);
    assert.ok(time < 30 * usual, `${name}: ${time} ms, where an ordinary text of its length takes ${usual} ms`);
  }
});

test("lines end in any way, and a closing quote may have blanks behind it", async () => {
  const mixed = await readTable('x,k\r1,a\r\n2,"b"  \n3,a\r"4",b');
  const { dataset } = mixed.dataset({ label: 1 });
  assert.deepEqual([dataset.values, dataset.classes], [Float32Array.of(1, 2, 3, 4), ["a", "b"]]);
});
