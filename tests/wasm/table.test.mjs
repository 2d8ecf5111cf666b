// Tables: what a file's columns become, recipes for it and for later files, in the trainer and in a worker.
import { assert, builds, loadTriplet, loadWorker, test } from "./harness.mjs";

const bytesOf = (text) => new TextEncoder().encode(text);

// 24 rows: an id, a number of which two are missing, a category of which one is, and a label.
const people = (change = (line) => line) =>
  ["id,height,colour,kind"]
    .concat(
      Array.from({ length: 24 }, (_, i) => {
        const height = i % 11 === 5 ? "" : 150 + ((7 * i) % 24) / 4;
        return [i + 1, height, i === 8 ? "NA" : ["red", "green", "blue"][i % 3], i % 2 ? "cat" : "dog"].join(",");
      }).map(change),
    )
    .join("\n");

const heights = people()
  .split("\n")
  .slice(1)
  .map((line) => line.split(",")[1])
  .map((text) => (text ? +text : NaN));
const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const deviation = (numbers) => Math.sqrt(mean(numbers.map((x) => (x - mean(numbers)) ** 2)));
const close = (found, wanted) => Math.abs(found - wanted) <= 1e-12 * Math.abs(wanted);

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });
  const kinds = ({ columns }) => columns.map(({ name, kind, use, missing }) => [name, kind, use, missing].join(" "));

  test(`bytes and texts become columns, ${build}`, () => {
    for (const source of [people(), bytesOf(people()), bytesOf(people()).buffer, bytesOf(`\ufeff${people()}\r\n`)]) {
      const table = triplet.readTable(source, { label: "kind" });
      assert.equal(table.rows, 24);
      assert.deepEqual(kinds(table), [
        "id number left_out 0",
        "height number input 2",
        "colour category input 1",
        "kind category label 0",
      ]);
      assert.deepEqual([table.label, table.classes], ["kind", ["cat", "dog"]]);
      assert.deepEqual(
        table.labels,
        Int32Array.from({ length: 24 }, (_, i) => (i % 2 ? 0 : 1)),
      );
      assert.deepEqual(table.columns[2].values, ["blue", "green", "red"]);
      assert.equal(table.columns[1].values, undefined);
      assert.deepEqual(table.numbers("height"), Float64Array.from(heights));
      assert.deepEqual(
        table.numbers("id"),
        Float64Array.from({ length: 24 }, (_, i) => i + 1),
      );
      assert.deepEqual(table.texts("colour").slice(7, 10), ["green", null, "red"]);
      assert.deepEqual(table.texts("kind").slice(0, 2), ["dog", "cat"]);
      const [left] = table.notes;
      assert.deepEqual([left.text, left.option, left.value, left.warning], ["left out: id", "keep", "id", false]);
      assert(left.reason);
      assert(
        table.notes.some(
          ({ text, option, value }) => /^height: 2 of 24/.test(text) && option + value === "missingdrop",
        ),
      );
      table.free();
    }
    const bare = triplet.readTable(people());
    assert.deepEqual([bare.label, bare.labels, bare.classes], [null, null, []]);
  });

  test(`options are read by name, ${build}`, () => {
    const read = (options) => triplet.readTable(people(), { label: "kind", ...options });
    const inputs = (options) => read(options).recipe.inputs;
    const colours = ["colour=blue", "colour=green", "colour=red"];
    assert.deepEqual(inputs(), ["height", ...colours]);
    assert.deepEqual(inputs({ keep: "id" }), ["id", "height", ...colours]);
    assert.deepEqual(inputs({ keep: ["id"], ignore: ["colour", "height"] }), ["id"]);
    assert.deepEqual(inputs({ ignore: [], keep: undefined }), ["height", ...colours]);
    assert.deepEqual(inputs({ missingTexts: ["red", "150"], ignore: "height" }), ["colour=blue", "colour=green"]);
    assert.equal(read({ missingTexts: "red" }).columns[2].missing, 9);
    assert.deepEqual(inputs({ categories: ["id"], ignore: ["height", "colour"] }).slice(0, 2), ["id=1", "id=2"]);
    for (const label of ["kind", "last", "4", 4]) {
      assert.equal(read({ label }).label, "kind");
    }
    assert.equal(read({ label: 1 }).label, "id");

    const dropped = read({ missing: "drop" });
    assert.equal(dropped.rows, 21);
    const complete = Array.from({ length: 24 }, (_, i) => i).filter((i) => i % 11 !== 5 && i !== 8);
    assert.deepEqual(dropped.rowNumbers, Int32Array.from(complete));
    assert.deepEqual(
      [...dropped.numbers("height")],
      complete.map((i) => heights[i]),
    );

    for (const header of [false, "false"]) {
      const whole = triplet.readTable("a;b\nc;d\na;b\n", { header });
      assert.deepEqual([whole.rows, whole.columns.map(({ name }) => name)], [3, ["1", "2"]]);
    }
    assert.equal(triplet.readTable("1;2\n3;4\n5;7\n", { header: true }).rows, 2);
    const latin1 = Uint8Array.from("größe;art\n1,5;ä\n2,5;b\n", (letter) => letter.charCodeAt(0));
    const decoded = triplet.readTable(latin1, { encoding: "latin1", label: "art" });
    assert.deepEqual([decoded.columns[0].name, decoded.classes], ["größe", ["b", "ä"]]);
    assert.deepEqual(decoded.numbers("größe"), Float64Array.of(1.5, 2.5));
    const marked = triplet.readTable("# by hand\na|b\n1|2\n3|5\n", { comment: "#", separator: "pipe" });
    assert.deepEqual(marked.numbers("b"), Float64Array.of(2, 5));
  });

  test(`a recipe knows the rows that it is fitted to, ${build}`, () => {
    const table = triplet.readTable(people(), { label: "kind" });
    const { recipe } = table;
    assert.deepEqual(recipe.columns[0], { name: "height", kind: "number", mean: 0, deviation: 1, fill: 0 });
    assert.deepEqual(recipe.columns[1], { name: "colour", kind: "category", values: ["blue", "green", "red"] });
    assert.equal(recipe.label, "kind");
    for (const rows of [undefined, [0, 3, 4, 5, 9], Int32Array.of(2, 4, 6)]) {
      recipe.fit(rows);
      const seen = Array.from(rows ?? heights.keys(), (row) => heights[row]).filter((x) => !Number.isNaN(x));
      const [height] = recipe.columns;
      assert(close(height.mean, mean(seen)) && close(height.deviation, deviation(seen)), `${rows}`);
      const { data, rows: count, cols } = recipe.matrix(table, [5, 8, 0]);
      assert.deepEqual([count, cols], [3, 4]);
      const standard = (x) => Math.fround((x - height.mean) / height.deviation);
      const wanted = [
        [0, 1, 0, 0],
        [standard(heights[8]), 0, 0, 0],
        [standard(heights[0]), 0, 0, 1],
      ];
      assert.deepEqual([...data], wanted.flat());
    }
    const { data } = recipe.matrix(table);
    assert.equal(data.length, 24 * 4);
    assert.deepEqual(data.slice(0, 4), recipe.matrix(table, [0]).data);
    assert.deepEqual(structuredClone(recipe.matrix(table, [])), { data: new Float32Array(0), rows: 0, cols: 4 });
    const raw = triplet.readTable(people(), { label: "kind", standardize: false });
    raw.recipe.fit();
    const known = heights.filter((x) => !Number.isNaN(x));
    assert(close(raw.recipe.matrix(raw, [5]).data[0], Math.fround(mean(known))));
    assert.equal(raw.recipe.matrix(raw).data[0], heights[0]);
  });

  test(`a later file is read for a recipe, ${build}`, () => {
    const table = triplet.readTable(people(), { label: "kind" });
    const { recipe } = table;
    recipe.fit([0, 1, 2, 3]);
    const later = triplet.readTable("colour\tother\theight\tkind\nred\tx\t151\tcat\npink\ty\t\t\n", {
      recipe,
      label: "kind",
    });
    assert.equal(later.recipe, recipe);
    assert.deepEqual(
      kinds(later).map((text) => text.split(" ")[2]),
      ["input", "left_out", "input", "label"],
    );
    assert.deepEqual(later.labels, Int32Array.of(0, -1));
    assert(
      later.notes.some(({ text, warning }) => warning && /^colour: 1 of 2 .*pink/.test(text)),
      later.notes,
    );
    const [{ mean: m, deviation: s }] = recipe.columns;
    const wanted = [Math.fround((151 - m) / s), 0, 0, 1, 0, 0, 0, 0];
    assert.deepEqual([...recipe.matrix(later).data], wanted);
    assert.throws(() => triplet.readTable("colour\nred\n", { recipe }), { name: "TableError", message: /height/ });
    const other = triplet.readTable(
      people((line) => line.replace("red", "pink")),
      { label: "kind" },
    );
    assert.throws(() => recipe.matrix(other), { name: "RangeError", argument: "table" });
  });

  test(`a trainer keeps a recipe and its model brings it back, ${build}`, () => {
    const table = triplet.readTable(people(), { label: "kind" });
    const { recipe, labels, classes } = table;
    recipe.fit();
    const data = recipe.matrix(table);
    const options = { data, labels, classes, columns: recipe.inputs, layers: [2], steps: 3, standardize: false };
    assert.equal(triplet.trainer(options).recipe, null);
    const trainer = triplet.trainer({ ...options, recipe });
    const wanted = recipe.columns;
    recipe.free();
    table.free();
    assert.deepEqual(trainer.recipe.columns, wanted);
    trainer.run();
    const loaded = triplet.load(trainer.save());
    assert.deepEqual([loaded.recipe.columns, loaded.recipe.label, loaded.recipe.inputs.length], [wanted, "kind", 4]);
    const again = triplet.readTable(people(), { recipe: loaded.recipe });
    assert.deepEqual(again.recipe.matrix(again), data);
    assert.deepEqual(loaded.embed(loaded.recipe.matrix(again)), trainer.embed());
    assert.throws(() => loaded.recipe.fit(), { name: "TypeError", message: /^recipe.fit: / });
    loaded.recipe.free();
    const kept = loaded.recipe;
    assert.equal(kept.inputs.length, 4);
    loaded.free();
    assert.throws(() => kept.inputs, { name: "TypeError", message: /has been freed/ });
    assert.throws(() => triplet.readTable(people(), { recipe: kept }), { name: "TypeError", argument: "recipe" });
    const narrow = triplet.readTable("a,b\n1,2\n3,5\n").recipe;
    assert.throws(() => triplet.trainer({ ...options, recipe: narrow }), { name: "RangeError" });
  });

  test(`tables and recipes are freed, and outlive each other, ${build}`, async () => {
    const fresh = await loadTriplet({ wasm });
    const table = fresh.readTable(people(), { label: "kind" });
    const { recipe } = table;
    table.free();
    table.free();
    assert.equal(table.rows, 24);
    assert.equal(recipe.inputs.length, 4);
    for (const use of [
      () => table.labels,
      () => table.rowNumbers,
      () => table.numbers("id"),
      () => table.texts("kind"),
    ]) {
      assert.throws(use, { name: "TypeError", message: /^table\.\w+: this object has been freed$/ });
    }
    assert.throws(() => recipe.fit(), { name: "TypeError", argument: "table" });
    assert.throws(() => recipe.matrix(table), { name: "TypeError", argument: "table" });
    const other = fresh.readTable(people(), { label: "kind" });
    other.recipe.free();
    assert.throws(() => other.recipe.inputs, TypeError);
    assert.throws(() => other.recipe.matrix(other), TypeError);
    assert.equal(other.numbers("id")[3], 4);
    if (Symbol.dispose) {
      other[Symbol.dispose]();
      assert.throws(() => other.labels, TypeError);
    }
    assert.throws(() => (other.rows = 5), TypeError);
    const text = people().replaceAll("red", "x".repeat(40));
    for (let i = 0; i < 3000; i++) {
      const one = fresh.readTable(text, { label: "kind" });
      one.recipe.free();
      one.free();
    }
    fresh.matrix(8192, 8192).free(); // so that memory was not used up
  });

  test(`what is freed while it is read is missed, ${build}`, () => {
    const table = triplet.readTable(people(), { label: "kind" });
    const traitor = (list, free) => new Proxy(list, { get: (of, name) => (name === "0" && free(), of[name]) });
    const rows = traitor([0, 1], () => table.free());
    assert.throws(() => table.recipe.matrix(table, rows), { name: "TypeError", argument: "table" });
    const { recipe } = triplet.readTable(people(), { label: "kind" });
    assert.throws(() => recipe.fit(traitor([0], () => recipe.free())), { name: "TypeError", argument: "recipe" });
    const last = triplet.readTable(people());
    const options = {
      recipe: last.recipe,
      get comment() {
        last.recipe.free();
        return "#";
      },
    };
    assert.throws(() => triplet.readTable(people(), options), { name: "TypeError", argument: "recipe" });
    const view = triplet.matrix(1, 64);
    const inside = new Uint8Array(view.data.buffer, view.data.byteOffset, 16);
    inside.set(bytesOf("a,b\n1,2\n3,4\n5,7\n"));
    assert.deepEqual(triplet.readTable(inside).numbers("b"), Float64Array.of(2, 4, 7));
  });

  test(`reading tells its progress and can be broken off, ${build}`, () => {
    const long = people() + "\n25,151,red,dog".repeat(100000);
    const seen = [];
    const table = triplet.readTable(long, { label: "kind", progress: (done) => seen.push(done) });
    assert.equal(table.rows, 100024);
    assert(seen.length > 1 && seen.every((done, i) => done >= (seen[i - 1] ?? 0)) && seen.at(-1) === 1, `${seen}`);
    assert.throws(() => triplet.readTable(long, { progress: () => false }), { name: "AbortError" });
    assert.equal(triplet.readTable(people()).rows, 24);
  });
}

const triplet = await loadTriplet({ wasm: builds.simd });
const plain = triplet.readTable(people(), { label: "kind" });

const faulty = [
  ["", /empty/],
  ["\n\n", /no rows/],
  ["a,b\n", /no rows/],
  ["a,b\n1,2\n3\n4,5,6\n", /row 2: 1 cell, .*row 3: 3 cells/],
  ['a,b\n1,"2\n', /row 1, column b: a quote/],
  [Uint8Array.of(137, 80, 78, 71, 0, 1), /zero bytes/],
  [Uint8Array.of(97, 44, 98, 10, 49, 44, 228, 10), /row 1, column b: not UTF-8; encoding = "latin1"/],
  ["a,b\n1,2\n3,4\n", /there is no column "c" among a, b/, { label: "c" }],
  ["a,b\n1,2\n3,4\n", /keep: .*"c".*ignore: .*"d"/, { keep: "c", ignore: ["d", "a"] }],
  ["a,b\n1,\n3,4\n5,7\n", /column b: 1 of 3 cells are empty/, { missing: "error" }],
];

for (const [source, message, options] of faulty) {
  test(`at fault: ${JSON.stringify(String(source)).slice(0, 30)} ${JSON.stringify(options ?? {})}`, () => {
    assert.throws(
      () => triplet.readTable(source, options),
      (error) => {
        assert.equal(error.name, "TableError");
        assert(error instanceof RangeError);
        return message.test(error.message) && !error.message.startsWith("readTable");
      },
    );
    assert.equal(plain.numbers("id")[0], 1);
  });
}

const misused = [
  [(t) => t.readTable(), "TypeError", "bytes: expected a Uint8Array, an ArrayBuffer or a string, got undefined"],
  [(t) => t.readTable([1, 2]), "TypeError", /^readTable: bytes: /],
  [(t) => t.readTable("a\n1\n", { lable: "a" }), "TypeError", /unknown option "lable"; known are label, keep/],
  [(t) => t.readTable("a\n1\n", { label: 0 }), "RangeError", /^readTable: label: expected an integer in 1/],
  [(t) => t.readTable("a\n1\n", { label: ["a"] }), "TypeError", "label: expected a string without \\0, got array"],
  [(t) => t.readTable("a\n1\n", { keep: 5 }), "TypeError", "keep: expected an array of strings, got number 5"],
  [(t) => t.readTable("a\n1\n", { keep: ["a", 5] }), "TypeError", /^readTable: keep\[1\]: /],
  [(t) => t.readTable("a\n1\n", { comment: "a\0" }), "TypeError", /^readTable: comment: /],
  [(t) => t.readTable("a\n1\n", { missing: "median" }), "RangeError", /missing: expected one of mean\|drop\|error/],
  [(t) => t.readTable("a\n1\n", { header: 1 }), "TypeError", "header: expected one of auto|true|false, got number 1"],
  [(t) => t.readTable("a\n1\n", { missing: true }), "TypeError", /^readTable: missing: expected one of/],
  [
    (t) => t.readTable("a\n1\n", { encoding: "latin1" }),
    "TypeError",
    'encoding: expected utf8 of a string, got string "latin1"',
  ],
  [
    (t) => t.readTable("a\n1\n", { recipe: {} }),
    "TypeError",
    "recipe: expected a recipe of the same instance, got object",
  ],
  [() => plain.numbers("kind"), "TypeError", "name: expected a column of numbers, got one of kind category"],
  [() => plain.texts("id"), "TypeError", "name: expected a column of texts, got one of numbers"],
  [() => plain.numbers("nothing"), "TypeError", 'name: expected the name of a column, got string "nothing"'],
  [() => plain.recipe.matrix({}), "TypeError", "table: expected a table of the same instance, got object"],
  [() => plain.recipe.matrix(plain, [24]), "RangeError", "rows[0]: expected an integer in 0 .. 23, got number 24"],
  [() => plain.recipe.fit([]), "RangeError", /^recipe.fit: rows/],
  [(t) => t.trainer({ data: [[1], [2]], labels: [0, 1], recipe: plain }), "TypeError", /^trainer: recipe: /],
];

for (const [index, [body, name, message]] of misused.entries()) {
  test(`misuse ${index}: ${body.toString().slice(7, 70)}`, () => {
    const text = message instanceof RegExp ? message : { test: (given) => given.endsWith(`: ${message}`) };
    assert.throws(
      () => body(triplet),
      (error) => error.name === name && text.test(error.message),
    );
    assert.equal(plain.recipe.inputs.length, 4);
  });
}

test("a table and a recipe are of one instance", async () => {
  const other = await loadTriplet({ wasm: builds.simd });
  const there = other.readTable(people(), { label: "kind" });
  assert.throws(() => plain.recipe.matrix(there), { name: "TypeError", argument: "table" });
  assert.throws(() => triplet.readTable(people(), { recipe: there.recipe }), { name: "TypeError", argument: "recipe" });
});

test("names of columns and values are but names", () => {
  const table = triplet.readTable(
    "__proto__,constructor,x,x,\n1,a,3,4,toString\n2,b,5,7,toString\n2,b,6,9,__proto__\n",
    {
      label: "column_5",
    },
  );
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ["__proto__", "constructor", "x", "x_2", "column_5"],
  );
  assert.deepEqual(table.classes, ["__proto__", "toString"]);
  assert.deepEqual(table.numbers("__proto__"), Float64Array.of(1, 2, 2));
  assert.throws(() => table.numbers("toString"), TypeError);
  assert.equal({}.x, undefined);
});

test("a worker reads what the page reads", async () => {
  const there = await loadWorker();
  const options = { label: "kind", keep: ["id"] };
  const [here, remote] = [triplet.readTable(people(), options), await there.readTable(bytesOf(people()), options)];
  for (const name of ["rows", "columns", "label", "classes", "notes"]) {
    assert.deepEqual(remote[name], here[name], name);
  }
  for (const name of ["labels", "rowNumbers"]) {
    assert.deepEqual(await remote[name](), here[name], name);
  }
  assert.deepEqual(await remote.numbers("height"), here.numbers("height"));
  assert.deepEqual(await remote.texts("colour"), here.texts("colour"));
  const recipe = await remote.recipe();
  assert.equal(await remote.recipe(), recipe);
  await recipe.fit([1, 2, 3]);
  here.recipe.fit([1, 2, 3]);
  assert.deepEqual(await recipe.columns(), here.recipe.columns);
  const data = await recipe.matrix(remote);
  assert.deepEqual(structuredClone(data), structuredClone(here.recipe.matrix(here)));
  const trainer = await there.trainer({ data, labels: await remote.labels(), layers: [2], recipe });
  assert.deepEqual(await (await trainer.recipe()).inputs(), here.recipe.inputs);
  const again = await there.readTable(people(), { recipe });
  assert.deepEqual(await recipe.matrix(again), await recipe.matrix(remote));
  await assert.rejects(there.readTable("a,b\n1\n"), { name: "TableError", message: /row 1: 1 cell,/ });
  await assert.rejects(there.readTable(people(), { recipe: here.recipe }), { name: "TypeError" });
  await remote.free();
  await assert.rejects(remote.labels(), TypeError);
  there.terminate();
});
