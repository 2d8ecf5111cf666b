// Which options play a part beside others, by what the core says that they belong to.
import { BELONGS, DEFAULTS } from "./options.js";

const HOLDS = {
  "=": (value, wanted) => wanted.split("|").includes(String(value)),
  ">": (value, wanted) => value > Number(wanted),
};

function holds(schema, condition, others) {
  const [, on, sign, wanted] = /^(\w+)([=>])(.+)$/.exec(condition);
  const value = others[on] ?? DEFAULTS[schema][on] ?? [];
  return HOLDS[sign](Array.isArray(value) ? value.length : value, wanted);
}

// schema: "trainer" or "optimizer". Options that are not among the others have their defaults, and lists are empty.
export function isPlaying(schema, name, others) {
  const conditions = BELONGS[schema][name]?.split(",") ?? [];
  return conditions.every((alternatives) =>
    alternatives.split("/").some((condition) => holds(schema, condition, others)),
  );
}

// Those of the options that do.
export function playing(schema, options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => isPlaying(schema, name, options)));
}
