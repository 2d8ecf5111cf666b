import { describe, fault } from "./errors.js";

// What an object of the caller has, be it its own or inherited, a value, a getter's or a proxy's.
const inherent = Object.prototype;

// Instead of the names that are known, where all are the caller's own.
export const ANY = { has: (name) => !inherent.propertyIsEnumerable(name) };

// An object that options can be read from: a list, a Map or a promise would be silently without any.
export function isRecord(value) {
  return (
    typeof value === "object" && value !== null && !isFunction(value[Symbol.iterator]) && !isFunction(value.then)
  );
}

// The names of its enumerable members. Methods of a class are none, unless they are known, nor is what a page adds to
// every object.
export function namesOf(object, known) {
  const names = [];
  for (const name in object) {
    if (known.has(name) || !(inherent.propertyIsEnumerable(name) || isMethod(object, name))) {
      names.push(name);
    }
  }
  return names;
}

// Members of options that the core knows nothing of. Every name that they may have is in `known`.
export function readMembers(where, options, known) {
  if (!isRecord(options)) {
    throw fault(TypeError, where, "options", "an object", describe(options));
  }
  const unknown = namesOf(options, new Set(known)).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const verb = known.length > 1 ? "are" : "is";
    throw fault(TypeError, where, "options", `unknown option "${unknown}"; known ${verb} ${known.join(", ")}`);
  }
  return known.map((name) => options[name]);
}

function isMethod(object, name) {
  return isFunction(object[name]) && ![inherent, null].includes(Object.getPrototypeOf(object));
}

function isFunction(value) {
  return typeof value === "function";
}
