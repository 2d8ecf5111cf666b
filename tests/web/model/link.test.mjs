import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "../../../web/src/model/link.js";
import { MAX_SYMBOLS, readSymbols, SIDE } from "../../../web/src/model/symbols.js";
import { check, links } from "../../fuzz/links.mjs";
import { schema } from "./world.mjs";

const full = {
  settings: {
    ...schema.defaults(),
    seed: 2 ** 53 - 1,
    p: Infinity,
    margin: 0.1 + 0.2,
    layers: [7, 5, 3],
    data: "own",
    swap: true,
  },
  changes: [
    [0, "margin", 0.25],
    [12, "mining", "easy_positive"],
    [12, "p", Infinity],
    [700, "swap", false],
  ],
  compare: {
    settings: { ...schema.defaults(), data: "own", seed: 2 ** 53 - 1, mining: "hard" },
    changes: [[3, "learningRate", 1e-5]],
  },
  view: {
    step: 1234,
    anchor: 17,
    tour: 4,
    gradient: true,
    yaw: -1.25,
    pitch: 0.4,
    zoom: 2.75,
    x: -0.1,
    y: 3.5,
    story: "collapse",
  },
  one: null,
  checksum: "0123456789abcdef",
  symbols: null,
};

test("a link brings back all that went into it, to the bit", () => {
  assert.deepEqual(decode(encode(full), schema), full);
  const plain = { settings: schema.defaults(), changes: [], compare: null, checksum: null, symbols: null, one: null };
  const { view, ...rest } = decode(encode(plain), schema);
  assert.deepEqual(rest, plain);
  assert.deepEqual(decode(encode({ ...plain, view }), schema).view, view);
  assert.equal(decode("", schema), null);
  assert.equal(decode("#", schema), null);
});

test("the opening's triplet stands alone in its link", () => {
  const one = "0.1,-2,3;1";
  assert.equal(encode({ one }), "#one=0.1,-2,3%3B1");
  assert.equal(decode(encode({ one }), schema).one, one);
  assert.equal(decode("#one=", schema).one, null);
});

test("what has no value of its own is the full run by its defaults", () => {
  const { settings, view, one } = decode("#run", schema);
  assert.deepEqual([settings, view.step, one], [schema.defaults(), 0, null]);
});

test("a long run with many changes comes back whole", () => {
  const changes = Array.from({ length: 10000 }, (_, i) => [50000 * i, "margin", i / 10000]);
  const view = { ...full.view, step: 5e8 };
  const back = decode(encode({ ...full, changes, view }), schema);
  assert.deepEqual([back.changes, back.view], [changes, view]);
});

test("a link names every setting, so that it means the same when defaults change", () => {
  for (const { key } of schema.fields) {
    assert.match(encode(full), new RegExp(`[#&]${key}=`));
  }
});

test("garbage comes out as a run that can be run", () => {
  const garbage = [
    "#%",
    "#%E0%A4%A",
    "#__proto__=1&constructor=2",
    "#seed=NaN&margin=<script>&layers=,,,&p=-3&dim=99",
    `#${"a".repeat(1e5)}`,
    "#changes=;;;:::;x:y:z;-1:margin:1;1e9:margin:1;5:seed:3;5:margin:zzz;4:__proto__:1;3:swap",
    "#compare=true&b.margin=1e999&b.changes=1:p:0.5",
    "#checksum=<b>",
    `#changes=${"1:margin:2;".repeat(1e5)}`,
    "#\u0000\ud800",
  ];
  for (const hash of garbage) {
    assert.ok(decode(hash, schema), hash.slice(0, 40));
    check(hash);
  }
  const [change] = decode("#changes=5:margin:zzz", schema).changes;
  assert.deepEqual(change, [5, "margin", schema.field("margin").initial]);
  assert.equal(decode("#compare=true&b.p=0.5", schema).compare.settings.p, 1);
  assert.equal(decode("#checksum=<b>", schema).checksum, null);
  const { compare } = decode("#data=iris&seed=3&compare=true&b.data=moons&b.seed=4&b.margin=2", schema);
  assert.deepEqual([compare.settings.data, compare.settings.seed, compare.settings.margin], ["iris", 3, 2]);
});

test("links that are nearly links are runs, or none", () => {
  let tried = 0;
  for (const link of links(1)) {
    check(link);
    if (++tried === 3000) {
      break;
    }
  }
});

test("random bytes never throw", () => {
  let state = 1;
  const random = (limit) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % limit;
  const words = [
    "seed",
    "=",
    "&",
    ":",
    ";",
    "changes",
    "b.",
    "margin",
    "1",
    "-",
    "%",
    "view.",
    "layers",
    ",",
    "e",
    "ÿ",
    "\n",
  ];
  for (let i = 0; i < 2000; i++) {
    const hash = `#${Array.from({ length: 1 + random(40) }, () => words[random(words.length)]).join("")}`;
    const run = decode(hash, schema);
    if (run) {
      assert.deepEqual(decode(encode(run), schema), run, hash);
    }
  }
});

test("drawn symbols travel in a link, and nothing that is none", () => {
  let state = 3;
  const random = (limit) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % limit;
  const symbols = Array.from({ length: MAX_SYMBOLS }, (_, i) => ({
    kind: i % 6,
    ink: Float32Array.from({ length: SIDE * SIDE }, () => (i % 2 && random(4) ? 0 : random(17))),
  }));
  const hash = encode({ settings: { ...schema.defaults(), data: "drawn" }, symbols });
  assert.deepEqual(decode(hash, schema).symbols, symbols);
  assert.doesNotMatch(hash, /%/);

  const blank = "256a";
  const enough = `A${blank}A${blank}B${blank}B${blank}`;
  assert.equal(readSymbols(enough).length, 4);
  for (const text of [
    "",
    blank,
    enough.slice(0, -1),
    `${enough}A255a`,
    `${enough}A999a`,
    `${enough}G${blank}`,
    `${enough}A256r`,
    `${enough}C1000a`,
    `A${blank}`.repeat(4),
    enough.repeat(MAX_SYMBOLS),
    "A".repeat(1e6),
  ]) {
    assert.equal(readSymbols(text), null, text.slice(0, 60));
  }
});

test("the longest links are read to their end, and no symbols of theirs are too many", () => {
  const long = 2e6;
  assert.deepEqual(decode(`#data=drawn&symbols=${"A1a".repeat(long)}!`, schema).symbols, null);
  assert.deepEqual(decode(`#data=drawn&symbols=A${"1a".repeat(long)}`, schema).symbols, null);
  assert.equal(readSymbols(`${"A999a".repeat(2)}${"B999a".repeat(2)}`), null);
});
