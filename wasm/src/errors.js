// What went wrong, in the words of the core: "marginLoss: positives: expected 4 x 8 like anchors, got 4 x 7".

export class OutOfMemoryError extends RangeError {
  name = "OutOfMemoryError";
}

// A file is no table, or does not fit what is asked of it.
export class TableError extends RangeError {
  name = "TableError";
}

// Bytes are none of a model.
export class ModelError extends RangeError {
  name = "ModelError";
}

// Bytes are no matrix, or not of the format that was asked for.
export class MatrixError extends RangeError {
  name = "MatrixError";
}

// What a call ends with when its progress function returns false.
export function abortError(message = "cancelled by progress") {
  return new DOMException(message, "AbortError");
}

// A signal of the caller, if there is one: that it is one, and not aborted yet.
export function heed(signal, where) {
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw fault(TypeError, where, "signal", "an AbortSignal", describe(signal));
  }
  signal?.throwIfAborted();
}

// What a callback has answered. A promise is no answer where nobody waits for it.
export function answered(answer, where, argument) {
  if (typeof answer?.then === "function") {
    throw fault(TypeError, where, argument, "an answer at once", "a promise");
  }
  return answer;
}

export function camel(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

// With `got` left out, `expected` is a whole message of the core.
export function fault(Type, where, argument, expected, got) {
  const message = got === undefined ? expected : `expected ${expected}, got ${got}`;
  const parts = /^expected (.*), got (.*)$/s.exec(message);
  return Object.assign(new Type([where, argument, message].filter(Boolean).join(": ")), {
    argument,
    expected: parts?.[1],
    got: parts?.[2],
  });
}

export function describe(value) {
  switch (typeof value) {
    case "number":
    case "bigint":
      return `${typeof value} ${value}`;
    case "string":
      return `string "${value.slice(0, 40)}"`;
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : (value[Symbol.toStringTag] ?? (Array.isArray(value) ? "array" : "object"));
    default:
      return typeof value;
  }
}
