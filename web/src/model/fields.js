// Values from outside (a link, a control, a preset) fitted to the fields that describe them: a field is { key, kind,
// initial, minimum, maximum, choices } with kind "number", "integer", "boolean", "choice" or "layers".

const MAX_LAYERS = 4;

function number(field, untrusted) {
  const text = typeof untrusted === "string" && untrusted.trim() !== "";
  const value = typeof untrusted === "number" || text ? Number(untrusted) : NaN;
  return Number.isNaN(value) ? field.initial : Math.min(Math.max(value, field.minimum), field.maximum);
}

function layers(field, untrusted) {
  const widths = typeof untrusted === "string" ? untrusted.split(",") : untrusted;
  if (!Array.isArray(widths) || widths.length < 1 || widths.length > MAX_LAYERS) {
    return [...field.initial];
  }
  const known = { ...field, initial: NaN };
  const clamped = widths.map((width) => Math.round(number(known, width)));
  return clamped.some(Number.isNaN) ? [...field.initial] : clamped;
}

// The nearest value that the field can hold, or its initial one if there is none. Never throws.
export function clampValue(field, untrusted) {
  switch (field.kind) {
    case "number":
      return number(field, untrusted);
    case "integer":
      return Math.round(number(field, untrusted));
    case "boolean":
      return [true, "true"].includes(untrusted) || (field.initial && ![false, "false"].includes(untrusted));
    case "choice":
      return (
        field.choices.find(({ value }) => value === untrusted || String(value) === untrusted)?.value ?? field.initial
      );
    default:
      return layers(field, untrusted);
  }
}

// A value for each field, from own properties only.
export function clampAll(fields, untrusted) {
  const given = untrusted !== null && typeof untrusted === "object" ? untrusted : {};
  const read = ({ key }) => (Object.hasOwn(given, key) ? given[key] : undefined);
  return Object.fromEntries(fields.map((field) => [field.key, clampValue(field, read(field))]));
}
