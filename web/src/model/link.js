// A run in the hash of an address: settings, seed and the log of live changes, as readable key=value pairs. What is
// read from a hash is clamped to what the page can run.
import { clampAll, clampValue } from "./fields.js";
import { SHARED } from "./settings.js";
import { readSymbols, writeSymbols } from "./symbols.js";

export const MAX_CHANGES = 10000; // minutes of a slider that is never at rest
const MAX_STEP = 999999999;
const COMPARED = "b.";

const integer = (key, initial, minimum, maximum) => ({ key, kind: "integer", initial, minimum, maximum });
const number = (key, initial, minimum, maximum) => ({ key, kind: "number", initial, minimum, maximum });
const angle = (key, initial) => number(key, initial, -Math.PI, Math.PI);
const flag = (key, initial) => ({ key, kind: "boolean", initial });

// What of the view travels with the run. step: the one to replay to; zoom, x, y: of the camera, beside its own framing.
const viewFields = [
  integer("step", 0, 0, MAX_STEP),
  integer("anchor", -1, -1, 1e6),
  integer("tour", 0, 0, 6),
  flag("gradient", false),
  angle("yaw", 0.6),
  angle("pitch", 0.4),
  number("zoom", 1, 0.25, 40),
  number("x", 0, -1e6, 1e6),
  number("y", 0, -1e6, 1e6),
];

// The view of a page that has just been opened. place: "one", the opening's triplet, or "run"; panel: the drawer that
// is open; tour: its step, from 1; story: the id of a preset; highlighted: a class; brushed: a set of rows; marked:
// "mistakes" or nothing; visitor: a row that was drawn or entered.
export function initialView() {
  const carried = Object.fromEntries(viewFields.map(({ key, initial }) => [key, initial]));
  const { step: _, ...view } = carried;
  return {
    ...view,
    place: "run",
    panel: "",
    story: "",
    positive: undefined,
    hovered: -1,
    highlighted: -1,
    brushed: null,
    marked: "",
    visitor: null,
  };
}

function writeChanges(changes) {
  return changes.map(([step, key, value]) => `${step}:${key}:${value}`).join(";");
}

function readChanges(text, settings) {
  const changes = [];
  for (const change of text.split(";").slice(0, MAX_CHANGES)) {
    const [step, key, value] = change.split(":");
    const field = settings.field(key);
    if (/^\d+$/.test(step) && Number(step) <= MAX_STEP && field?.live && value !== undefined) {
      changes.push([Number(step), key, clampValue(field, value)]);
    }
  }
  return changes.sort(([a], [b]) => a - b);
}

// run: { settings, changes, compare, view, checksum, symbols }. checksum: of the visitor's own file, which the link
// does not carry; symbols: drawn ones, which it does. one: the opening's triplet as a text, which stands alone.
/** @param {Record<string, any>} run */
export function encode({ one, settings, changes = [], compare, view = {}, checksum, symbols }) {
  if (one) {
    return `#${new URLSearchParams({ one })}`.replace(/%2C/g, ",");
  }
  const pairs = new URLSearchParams(settings);
  const put = (prefix, run) => run.changes?.length && pairs.set(`${prefix}changes`, writeChanges(run.changes));
  put("", { changes });

  if (compare) {
    for (const [key, value] of Object.entries(compare.settings)) {
      if (String(value) !== String(settings[key])) {
        pairs.set(COMPARED + key, value);
      }
    }
    pairs.set("compare", "true");
    put(COMPARED, compare);
  }

  for (const { key, initial } of viewFields) {
    if (view[key] !== undefined && view[key] !== initial) {
      pairs.set(`view.${key}`, view[key]);
    }
  }
  if (view.story) {
    pairs.set("story", view.story);
  }

  if (checksum) {
    pairs.set("checksum", checksum);
  }
  if (symbols) {
    pairs.set("symbols", writeSymbols(symbols));
  }

  // These are allowed in a hash, and are easier to read.
  return `#${pairs}`.replace(/%3A/g, ":").replace(/%3B/g, ";").replace(/%2C/g, ",");
}

// settings: of createSettings. null for an empty hash.
export function decode(hash, settings) {
  const pairs = new URLSearchParams(String(hash).replace(/^#/, ""));
  const given = new Map(pairs);
  if (given.size === 0) {
    return null;
  }
  const run = {
    settings: settings.clamp(entriesOf(given, "", settings.fields)),
    changes: readChanges(given.get("changes") ?? "", settings),
    compare: null,
    view: { ...clampAll(viewFields, entriesOf(given, "view.", viewFields)), story: storyOf(given) },
    one: given.get("one") || null,
    checksum: /^[0-9a-f]{16}$/.test(given.get("checksum") ?? "") ? given.get("checksum") : null,
    symbols: readSymbols(given.get("symbols") ?? ""),
  };
  if (given.get("compare") === "true") {
    const own = settings.fields.filter(({ key }) => !SHARED.includes(key));
    const differing = entriesOf(given, COMPARED, own);
    run.compare = {
      settings: settings.clamp({ ...run.settings, ...differing }),
      changes: readChanges(given.get(`${COMPARED}changes`) ?? "", settings),
    };
  }
  return run;
}

const storyOf = (given) => (/^[a-z]{1,20}$/.test(given.get("story") ?? "") ? given.get("story") : "");

function entriesOf(given, prefix, fields) {
  const known = fields.filter(({ key }) => given.has(prefix + key));
  return Object.fromEntries(known.map(({ key }) => [key, given.get(prefix + key)]));
}
