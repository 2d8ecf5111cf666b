// A fuzz target of the page: whatever stands behind the # of its address, it is no run, or one that the page can run,
// which its own link brings back; and every run comes back from its link as it was. Bytes of links are changed, cut
// out, doubled and joined at random, and runs are made of values at random.
//
//    node tests/fuzz/links.mjs SECONDS [SEED]
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decode, encode } from "../../web/src/model/link.js";
import { schema } from "../web/model/world.mjs";

const LONGEST = 2000;
const MOST_CHANGES = 10000;
const LAST_STEP = 999999999;

// What a link carries of the view, and the range of each.
const views = {
  step: [0, LAST_STEP, 0, "whole"],
  anchor: [-1, 1e6, -1, "whole"],
  tour: [0, 6, 0, "whole"],
  yaw: [-Math.PI, Math.PI, 0.6],
  pitch: [-Math.PI, Math.PI, 0.4],
  zoom: [0.25, 40, 1],
  x: [-1e6, 1e6, 0],
  y: [-1e6, 1e6, 0],
};

// What links are made of, and what they are not.
const beginnings = [
  "#one=0.1,-2,3;1",
  "#data=drawn&symbols=A256aA256aB256aB256a",
  "#changes=0:margin:0.25;12:mining:easy_positive;12:p:Infinity;700:swap:false&layers=7,5,3&seed=9007199254740991",
  "#compare=true&b.mining=hard&b.changes=3:learningRate:0.00001&view.yaw=-1.25&view.zoom=40&story=collapse",
  "#layers=1,2,3,4,5&changes=999999999:margin:1;5:margin:2;1:p:3&checksum=0123456789abcde&story=Collapse",
  "#checksum=0123456789abcdef&data=own&view.step=999999999&view.anchor=-1&view.gradient=true&view.tour=6",
  "#__proto__=1&constructor=2&seed=NaN&p=1e999&margin=-0",
];
const scraps = ["&", "=", ":", ";", ",", "%", "%00", "-", ".", "e", "1e999", "NaN", "Infinity", "-0", "__proto__", "b.",
  "view.", "true", "ÿ", "\ud800", "\n", "0x1", " ", "+", "a".repeat(50)];

// By what the schema says of its values.
function isOf({ kind, minimum, maximum, choices }, value) {
  switch (kind) {
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return choices.some((choice) => choice.value === value);
    case "layers":
      return (
        [1, 2, 3, 4].includes(value.length) && value.every((one) => isOf({ kind: "integer", minimum, maximum }, one))
      );
    default:
      return value >= minimum && value <= maximum && (kind === "number" || Number.isInteger(value));
  }
}

function checkChanges(changes) {
  assert.ok(changes.length <= MOST_CHANGES);
  let last = 0;
  for (const [step, key, value] of changes) {
    assert.ok(Number.isInteger(step) && step >= last && step <= LAST_STEP);
    assert.ok(schema.field(key).live && isOf(schema.field(key), value));
    last = step;
  }
}

function checkValues({ settings, view }) {
  for (const field of schema.fields) {
    assert.ok(isOf(field, settings[field.key]), `${field.key}: ${settings[field.key]}`);
  }
  for (const [key, [minimum, maximum, , kind]] of Object.entries(view ? views : {})) {
    assert.ok(isOf({ kind: kind ? "integer" : "number", minimum, maximum }, view[key]), `${key}: ${view[key]}`);
  }
}

// What a link does not say is as at first, and what it says of files and stories can be said.
function checkWords(hash, { view, checksum }) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [key, [, , initial]] of Object.entries(views)) {
    assert.ok(given.has(`view.${key}`) || view[key] === initial);
  }
  assert.ok(checksum === null || /^[0-9a-f]{16}$/.test(checksum));
  assert.match(view.story, /^[a-z]{0,20}$/);
}

export function check(hash) {
  const run = decode(hash, schema);
  if (run) {
    checkWords(hash, run);
    for (const one of [run, run.compare ?? run]) {
      checkValues(one);
      checkChanges(one.changes);
    }
    const again = decode(encode(run), schema);
    assert.deepEqual(run.one ? again.one : again, run.one ?? run); // the opening's triplet stands alone in its link
  }
}

// In whatever order it has its changes.
export function checkRun(run) {
  assert.deepEqual(decode(encode(run), schema), run);
  if (new Set(run.changes.map(([step]) => step)).size === run.changes.length) {
    assert.deepEqual(decode(encode({ ...run, changes: [...run.changes].reverse() }), schema), run);
  }
}

function randomOf(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) % limit;
  };
}

// Runs that the page can run, and that a link is to bring back.
export function* runs(seed) {
  const random = randomOf(seed);
  const between = (minimum, maximum) => {
    const share = [0, 1, random(1000) / 999, random(2 ** 31) / 2 ** 31][random(4)];
    return share === 1 ? maximum : maximum === Infinity ? minimum + 100 * share : minimum + (maximum - minimum) * share;
  };
  const valueOf = ({ kind, minimum, maximum, choices }) =>
    ({
      boolean: () => random(2) === 1,
      choice: () => choices[random(choices.length)].value,
      layers: () => Array.from({ length: 1 + random(4) }, () => Math.round(between(minimum, maximum))),
      integer: () => Math.round(between(minimum, maximum)),
      number: () => between(minimum, maximum),
    })[kind]();
  const settings = () => Object.fromEntries(schema.fields.map((field) => [field.key, valueOf(field)]));
  const live = schema.fields.filter((field) => field.live);
  const change = () => {
    const field = live[random(live.length)];
    return [[random(10), random(LAST_STEP + 1), LAST_STEP][random(3)], field.key, valueOf(field)];
  };
  const changes = () => Array.from({ length: random(4) }, change).sort(([a], [b]) => a - b);
  const seen = () =>
    Object.fromEntries(
      Object.entries(views).map(([key, [minimum, maximum, initial, kind]]) => [
        key,
        random(3) ? valueOf({ kind: kind ? "integer" : "number", minimum, maximum }) : initial,
      ]),
    );
  const symbol = (kind) => ({ kind, ink: Float32Array.from({ length: 256 }, () => (random(3) ? 0 : random(17))) });
  for (;;) {
    const own = settings();
    const shared = Object.fromEntries(["data", "rows", "noise", "seed"].map((key) => [key, own[key]]));
    const [one, other] = [random(6), random(5)];
    const kinds = [one, one, other < one ? other : other + 1, other < one ? other : other + 1];
    yield {
      settings: own,
      changes: changes(),
      compare: random(3) ? null : { settings: { ...settings(), ...shared }, changes: changes() },
      view: { ...seen(), gradient: random(2) === 1, story: random(2) ? "collapse" : "" },
      one: null,
      checksum: random(2) ? null : random(2 ** 32).toString(16).padStart(16, "0"),
      symbols: random(8) ? null : kinds.map(symbol),
    };
  }
}

// Links that are like others; seed: a whole number that says which.
export function* links(seed) {
  const random = randomOf(seed);
  const pick = (list) => list[random(list.length)];
  const settings = Object.entries(schema.defaults()).map(([key, value]) => `${key}=${value}`);
  const pool = [...beginnings, `#${settings.join("&")}`];
  for (;;) {
    let link = pick(pool);
    for (let i = 1 + random(4); i > 0; i--) {
      const at = random(link.length + 1);
      const end = Math.min(at + random(12), link.length);
      const other = pick(pool);
      const from = random(other.length);
      const put = [
        pick(scraps),
        String.fromCharCode(random(256)),
        `&${pick(settings)}`,
        other.slice(from, from + random(40)),
        String(random(1000)),
        "",
      ][random(6)];
      link = link.slice(0, at) + put + link.slice(random(2) ? at : end);
    }
    link = link.slice(0, LONGEST);
    if (random(20) === 0) {
      pool[random(pool.length)] = link;
    }
    yield link;
  }
}

function main(seconds, seed) {
  const until = Date.now() + 1000 * seconds;
  const whole = runs(seed);
  let tried = 0;
  for (const link of links(seed)) {
    let run;
    try {
      check(link);
      if (tried % 4 === 0) {
        run = whole.next().value;
        checkRun(run);
      }
    } catch (error) {
      console.error(`links: seed ${seed}, ${JSON.stringify(link)}, ${JSON.stringify(run)}`);
      throw error;
    }
    if (++tried % 1000 === 0 && Date.now() > until) {
      break;
    }
  }
  console.log(`links: ${tried} inputs`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(Number(process.argv[2] ?? 60), Number(process.argv[3] ?? Date.now()));
}
