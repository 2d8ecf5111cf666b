// Odd tables by the hundred, read by the page and by the Lua module, which the command uses: the same columns, notes,
// classes, matrices to the bit, and the same words where a file is at fault.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tableFile, triplet } from "./world.mjs";

const TABLES = 240;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "triplet-"));
after(() => rmSync(folder, { recursive: true }));

// ---- tables -----------------------------------------------------------------------------------------------------

function drawing(seed) {
  let state = seed;
  const below = (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  const pick = (list) => list[below(list.length)];
  return { below, pick, once: (chances) => below(chances) === 0 };
}

const TEXTS = [
  "red",
  "green",
  "blue",
  "größe",
  "日本",
  'say "hi"',
  "a, b",
  "c; d",
  "e\tf",
  "g|h",
  "two\nlines",
  " padded ",
];
const MISSING = ["", "NA", "N/A", "nan", "null", "?", "-", "  "];
const WIDE = ["1e308", "-1e-320", "123456789012345678901234567890", "0.1e-5", "+7", ".5", "5.", "1E3", "-0", "1e39"];

// What a column has in row i, by its kind.
const CELLS = {
  decimals: ({ below }) => (below(2000) / 16 - 50).toFixed(below(4)),
  wholes: ({ below }) => String(below(9) - 2),
  wide: ({ pick }) => pick(WIDE),
  order: (_, i) => String(i + 1),
  ids: (_, i) => `id${7 * i}`,
  codes: ({ below }) => String(1000 + below(40)),
  few: ({ below }, i, own) => TEXTS[(own + below(3)) % 7],
  odd: ({ pick }) => pick(TEXTS),
  many: ({ below }, i) => `text ${i} ${below(99)}`,
  constant: () => "same",
  empty: () => "",
  mixed: ({ below, once }) => (once(9) ? "unknown" : String(below(500) / 4)),
  booleans: ({ once }) => (once(2) ? "True" : "False"),
  signs: ({ pick }) => pick(["+", "-"]),
  hexadecimal: ({ below }) => `0x${below(99)}`,
  dates: ({ below }) => `2024-0${1 + below(9)}-1${below(9)}`,
};
const NAMES = ["x", "y", "x", "", "id", "a b", "größe", "__proto__", 'quote"d', "Unnamed: 0", "row_id", "label", "1"];

function quotedCell(text, separator, always) {
  const needed = always || text.includes(separator) || /["\n]/.test(text) || (separator === " " && /\s|^$/.test(text));
  return needed ? `"${text.replaceAll('"', '""')}"` : text;
}

function makeTable(seed) {
  const draw = drawing(seed);
  const { below, pick, once } = draw;
  const separator = pick([",", ",", ",", ";", ";", "\t", "|", " "]);
  const comma = separator === ";" && once(2);
  const rows = pick([1, 3, 5, 12, 19, 21, 33, 33, 60, 60]);
  const kinds = Array.from({ length: 1 + below(7) }, () => pick(Object.keys(CELLS)));
  kinds.push(pick(["few", "few", "wholes", "booleans", "odd"]));
  const gaps = pick([0, 0, 20, 5]);
  const own = kinds.map(() => below(9));

  const cell = (kind, i, j) => {
    const text = gaps && once(gaps) ? pick(MISSING) : CELLS[kind](draw, i, own[j]);
    return comma && /^[-+\d.eE]+$/.test(text) ? text.replace(".", ",") : text;
  };
  const names = kinds.map((_, j) => (once(3) ? pick(NAMES) : `column ${j}`));
  const lines = Array.from({ length: rows }, (_, i) => kinds.map((kind, j) => cell(kind, i, j)));
  const header = once(4) ? [] : [names];
  const always = once(5);
  const records = [...header, ...lines].map((cells) => cells.map((text) => quotedCell(text, separator, always)));

  // What may be wrong with it.
  const place = below(records.length);
  const faults = [
    () => records[place].pop(),
    () => records[place].push("more"),
    () => (records[place][0] = `"${records[place][0]}`),
    () => (records[place][0] = `"a"b`),
    () => records.forEach((cells) => cells.push("")),
    () => (records[place][0] += "\0"),
  ];
  if (once(8)) {
    pick(faults)();
  }

  const ends = pick([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r", "\n\n"]]);
  const comment = once(6) ? pick(["#", "//"]) : undefined;
  const withComments = (text) => (comment && once(3) ? `${comment} a, b; c${pick(ends)}${text}` : text);
  const gap =
    separator === " " ? () => " ".repeat(1 + below(3)) : () => (once(9) && !always ? ` ${separator}` : separator);
  const text = records
    .map((cells) => withComments(cells.reduce((line, one) => line + gap() + one)))
    .join("\u0000end\u0000");
  const whole =
    text.split("\u0000end\u0000").reduce((all, line) => all + pick(ends) + line) + (once(2) ? pick(ends) : "");
  const latin1 = once(8) && !/[^\u0000-\u00ff]/.test(whole);
  const bytes = latin1 ? Buffer.from(whole, "latin1") : Buffer.from((once(5) ? "\ufeff" : "") + whole);

  const columns = header.length && once(3) ? [...new Set(names.filter((name) => name && !/ $|^ /.test(name)))] : [];
  const some = () => columns.filter(() => once(3));
  const options = {
    label: pick(["last", "last", "last", "first", "first", undefined, String(1 + below(kinds.length)), columns.at(-1)]),
    keep: once(3) ? some() : undefined,
    ignore: once(4) ? some() : undefined,
    categories: once(4) ? some() : undefined,
    missing: once(9) ? "error" : pick([undefined, "mean", "drop"]),
    missingTexts: once(4) ? ["unknown", "red"] : undefined,
    standardize: once(4) ? false : undefined,
    separator: once(9) ? pick(["comma", "semicolon", "tab", "pipe", "blanks", "auto"]) : undefined,
    header: once(5) ? pick([true, false, "auto", "true"]) : undefined,
    encoding: latin1 && !once(4) ? "latin1" : undefined,
    comment,
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

  // New rows for it: the same columns in another order, more of them, or fewer.
  const order = kinds.map((_, j) => j).reverse();
  const later = [["more", ...order.map((j) => names[j])]]
    .concat(Array.from({ length: 4 }, (_, i) => [i, ...order.map((j) => (once(9) ? "new" : cell(kinds[j], i + 3, j)))]))
    .map((cells) => cells.map((text) => quotedCell(String(text), ";", false)).join(";"))
    .join("\n");
  return {
    bytes,
    options: given,
    later: Buffer.from(later),
    laterLabel: (header.length && !once(2) && names.at(-1)) || undefined,
  };
}

// ---- read by Lua ------------------------------------------------------------------------------------------------

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function lua(value) {
  if (typeof value === "string") {
    return `"${Array.from(Buffer.from(value), (byte) => `\\${String(byte).padStart(3, "0")}`).join("")}"`;
  }
  if (Array.isArray(value)) {
    return `{ ${value.map(lua).join(", ")} }`;
  }
  return typeof value === "object"
    ? `{ ${Object.entries(value)
        .map(([name, of]) => `${snake(name)} = ${lua(of)}`)
        .join(", ")} }`
    : String(value);
}

function readByLua(tables) {
  const list = tables.map(({ bytes, options, later, laterLabel }, i) => {
    const [path, next] = [join(folder, `${i}.csv`), join(folder, `${i}-later.csv`)];
    writeFileSync(path, bytes);
    writeFileSync(next, later);
    return { path, options, later: next, ...(laterLabel && { label: laterLabel }) };
  });
  writeFileSync(join(folder, "tables.lua"), `return ${lua(list)}`);
  const env = {
    ...process.env,
    LUA_PATH: `${root}/lua/?.lua;${root}/lua/?/init.lua;;`,
    LUA_CPATH: `${root}/build/lua/?.so;;`,
  };
  const script = fileURLToPath(new URL("tables.lua", import.meta.url));
  const printed = execFileSync("lua5.4", [script, join(folder, "tables.lua")], {
    env,
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

// ---- read here --------------------------------------------------------------------------------------------------

const hex = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");

// As Lua tells it: rows from 1, no label as an empty list, nothing where there is none, choices by Lua's names.
function described(table, recipe) {
  const x = {};
  try {
    x.matrix = hex(recipe.matrix(table));
  } catch ({ message }) {
    x.fault = /row .*/.exec(message)[0];
  }
  const withoutNothing = (value) => JSON.parse(JSON.stringify(value));
  return withoutNothing({
    rows: table.rows,
    columns: table.columns,
    label: table.label ?? undefined,
    labels: table.labels ? Array.from(table.labels, (label) => (label < 0 ? [] : label)) : undefined,
    classes: table.label === null ? undefined : table.classes,
    notes: table.notes.map(({ option, ...note }) => ({ ...note, ...(option && { option: snake(option) }) })),
    numbers: Array.from(table.rowNumbers, (row) => row + 1),
    recipe: { columns: recipe.columns, inputs: recipe.inputs, label: recipe.label ?? undefined },
    x,
  });
}

function attempt(read) {
  try {
    return read();
  } catch ({ name, message }) {
    assert.equal(name, "TableError", message);
    return { fault: message };
  }
}

const readHere = ({ bytes, options, later, laterLabel }) =>
  attempt(() => {
    const table = triplet.readTable(bytes, options);
    const { recipe } = table;
    recipe.fit();
    const found = described(table, recipe);
    const after = attempt(() => described(triplet.readTable(later, { recipe, label: laterLabel }), recipe));
    return { ...found, later: after };
  });

// What the page would train on, and what its dialog shows.
const shownOnPage = ({ bytes, options }) =>
  attempt(() => {
    const file = tableFile(new Uint8Array(bytes));
    const { label, rows, columns, problems } = file.describe(options);
    const uses = columns.map(({ name, kind, use, missing }) => ({ name, kind, use, missing }));
    return { label, rows, uses, fits: problems.length === 0, dataset: () => file.dataset() };
  });

// ---- compared ---------------------------------------------------------------------------------------------------

const tables = Array.from({ length: TABLES }, (_, i) => makeTable(i + 1));
const byLua = readByLua(tables);

test("the page's library and the Lua module read every odd table alike", () => {
  tables.forEach((table, i) => {
    assert.deepEqual(readHere(table), byLua[i], `table ${i + 1}: ${JSON.stringify(table.options)}\n${table.bytes}`);
  });
  const faults = byLua.filter(({ fault }) => fault);
  const laterFaults = byLua.filter(({ later }) => later?.fault);
  const different = new Set(faults.map(({ fault }) => fault.replace(/\d+|".*?"/g, "")));
  assert.ok(faults.length > TABLES / 10 && faults.length < TABLES / 2, `${faults.length} are at fault`);
  assert.ok(different.size > 10 && laterFaults.length < TABLES / 2, "there are faults of many kinds");
});

test("the page trains on what the command would, and shows what it tells", () => {
  let trained = 0;
  tables.forEach((table, i) => {
    if (!table.options.label) {
      return; // the page has one of its own
    }
    const [page, lua] = [shownOnPage(table), byLua[i]];
    assert.equal(page.fault, lua.fault, `table ${i + 1}`);
    if (lua.fault) {
      return;
    }
    assert.deepEqual([page.label, page.rows], [lua.label, lua.rows]);
    assert.deepEqual(
      page.uses,
      lua.columns.map(({ name, kind, use, missing }) => ({ name, kind, use, missing })),
    );
    if (page.fits && !lua.x.fault) {
      const { columns, classes, labels, values } = page.dataset();
      assert.deepEqual([columns, classes, Array.from(labels)], [lua.recipe.inputs, lua.classes, lua.labels]);
      assert.equal(hex({ data: values }), lua.x.matrix);
      trained++;
    }
  });
  assert.ok(trained > TABLES / 4, `${trained} can be trained on`);
});
