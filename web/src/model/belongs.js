// Which options play a part beside others, by what the core says that they belong to.
import { BELONGS, DEFAULTS } from "./options.js";

const HOLDS = {
  "=": (value, wanted) => wanted.split("|").includes(String(value)),
  ">": (value, wanted) => value > Number(wanted),
};

function holds(condition, schema, others) {
  const [, on, sign, wanted] = /^(\w+)([=>]?)(.*)$/.exec(condition);
  if (!sign) {
    return others[on] !== undefined;
  }
  const value = others[on] ?? DEFAULTS[schema][on] ?? [];
  return HOLDS[sign](Array.isArray(value) ? value.length : value, wanted);
}

// schema: "trainer" or "optimizer". Options that are not among the others have their defaults, and lists are empty. All
// conditions between commas have to hold, and of those between slashes one; without a sign, that the option is given.
export function isPlaying(schema, name, others) {
  const all = BELONGS[schema][name]?.split(",") ?? [];
  return all.every((any) => any.split("/").some((condition) => holds(condition, schema, others)));
}

// Those of the options that do.
export function playing(schema, options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => isPlaying(schema, name, options)));
}
