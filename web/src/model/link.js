// A run in the hash of an address: settings, seed and the log of live changes, as readable key=value pairs. What is
// read from a hash is clamped to what the page can run.
import { clampAll, clampValue } from "./fields.js";
import { SHARED } from "./settings.js";
import { readSymbols, writeSymbols } from "./symbols.js";

export const MAX_CHANGES = 10000; // minutes of a slider that is never at rest
const MAX_STEP = 999999999;
const COMPARED = "b.";

const integer = (key, initial, minimum, maximum) => ({ key, kind: "integer", initial, minimum, maximum });
const angle = (key, initial) => ({ key, kind: "number", initial, minimum: -Math.PI, maximum: Math.PI });
const flag = (key, initial) => ({ key, kind: "boolean", initial });

// What of the view travels with the run. step: the one to replay to.
export const viewFields = [
  integer("step", 0, 0, MAX_STEP),
  integer("anchor", -1, -1, 1e6),
  flag("lines", true),
  flag("ring", true),
  flag("gradient", false),
  angle("yaw", 0.6),
  angle("pitch", 0.4),
];

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

// checksum: of the visitor's own file, which the link does not carry; symbols: drawn ones, which it does.
export function encode({ settings, changes = [], compare, view = {}, checksum, symbols }) {
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
    view: clampAll(viewFields, entriesOf(given, "view.", viewFields)),
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

function entriesOf(given, prefix, fields) {
  const known = fields.filter(({ key }) => given.has(prefix + key));
  return Object.fromEntries(known.map(({ key }) => [key, given.get(prefix + key)]));
}
