// Which options play a part beside others, by what the core says that they belong to.
import { OPTIONS } from "./options.js";

const HOLDS = {
  "=": (value, wanted) => wanted.split("|").includes(String(value)),
  ">": (value, wanted) => value > Number(wanted),
};

// schema: "trainer" or "optimizer". Options that are not among the others have their defaults.
export function playsPart(schema, name, others) {
  const { belongs = "" } = OPTIONS[schema][name] ?? {};
  return belongs.split(",").every((condition) => {
    const [, on, sign, wanted] = /^(\w+)([=>])(.+)$/.exec(condition) ?? [];
    const value = others[on] ?? OPTIONS[schema][on]?.initial ?? [];
    return !on || HOLDS[sign](Array.isArray(value) ? value.length : value, wanted);
  });
}

// Those of the options that do.
export function playing(schema, options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => playsPart(schema, name, options)));
}
