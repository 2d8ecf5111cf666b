// A fuzz target of the page: whatever stands behind the # of its address, it is no run, or one that the page can run,
// which its own link brings back. Bytes of links are changed, cut out, doubled and joined at random.
//
//    node tests/fuzz/links.mjs SECONDS [SEED]
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decode, encode, MAX_CHANGES } from "../../web/src/model/link.js";
import { schema } from "../web/model/world.mjs";

const LONGEST = 2000;

// What links are made of, and what they are not.
const beginnings = [
  "#one=0.1,-2,3;1",
  "#data=drawn&symbols=A256aA256aB256aB256a",
  "#changes=0:margin:0.25;12:mining:easy_positive;12:p:Infinity;700:swap:false&layers=7,5,3&seed=9007199254740991",
  "#compare=true&b.mining=hard&b.changes=3:learningRate:0.00001&view.yaw=-1.25&view.zoom=40&story=collapse",
  "#checksum=0123456789abcdef&data=own&view.step=999999999&view.anchor=-1&view.gradient=true&view.tour=6",
  "#__proto__=1&constructor=2&seed=NaN&p=1e999&margin=-0",
];
const scraps = ["&", "=", ":", ";", ",", "%", "%00", "-", ".", "e", "1e999", "NaN", "Infinity", "-0", "__proto__", "b.",
  "view.", "true", "ÿ", "\ud800", "\n", "0x1", " ", "+", "a".repeat(50)];

function checkChanges(changes) {
  assert.ok(changes.length <= MAX_CHANGES);
  let last = 0;
  for (const [step, key, value] of changes) {
    assert.ok(Number.isInteger(step) && step >= last);
    assert.ok(schema.field(key).live);
    assert.equal(schema.clampValue(key, value), value);
    last = step;
  }
}

export function check(hash) {
  const run = decode(hash, schema);
  if (run) {
    assert.deepEqual(run.settings, schema.clamp(run.settings));
    for (const one of [run, run.compare ?? run]) {
      checkChanges(one.changes);
    }
    const again = decode(encode(run), schema);
    assert.deepEqual(run.one ? again.one : again, run.one ?? run); // the opening's triplet stands alone in its link
  }
}

// Links that are like others; seed: a whole number that says which.
export function* links(seed) {
  let state = seed >>> 0;
  const random = (limit) => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) % limit;
  };
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
  let tried = 0;
  for (const link of links(seed)) {
    try {
      check(link);
    } catch (error) {
      console.error(`links: seed ${seed}, ${JSON.stringify(link)}`);
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
