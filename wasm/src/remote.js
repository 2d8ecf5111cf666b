// The page's side of a worker: calls become messages, objects that live in the worker become proxies.
import { OutOfMemoryError } from "./errors.js";

const ERRORS = { TypeError, RangeError, OutOfMemoryError };
const ids = new WeakMap();

function revive({ name, message, ...details }) {
  return Object.assign(new (ERRORS[name] ?? Error)(message), details);
}

// port: postMessage and onMessage, as the two kinds of worker have them.
export function connect(port) {
  const waiting = new Map();
  const callbacks = new Map();
  let last = 0;
  const registry = new FinalizationRegistry((target) => port.postMessage({ id: 0, target, name: "free", values: [] }));

  function call(target, name, values) {
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      try {
        port.postMessage({ id, target, name, values: values.map((value) => encode(value, id)) });
      } catch (error) {
        settle(id, "reject", error);
      }
    });
  }

  function settle(id, how, value) {
    waiting.get(id)?.[how](value);
    waiting.delete(id);
    callbacks.delete(id);
  }

  function encode(value, id) {
    if (typeof value === "function") {
      callbacks.set(id, value);
      return { callback: id };
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    if (ids.has(value)) {
      return { remote: ids.get(value) };
    }
    if (ArrayBuffer.isView(value) && value.byteLength < value.buffer.byteLength) {
      return value.slice(); // a clone would take the whole buffer along
    }
    return map(value, (member) => encode(member, id));
  }

  function decode(value) {
    return value?.remote === undefined ? map(value, decode) : proxy(value.remote, value.fields);
  }

  function proxy(target, fields) {
    const remote = new Proxy(fields, {
      get(_, name) {
        if (name in fields || name === "then") {
          return fields[name];
        }
        const member = name === Symbol.asyncDispose ? "free" : name;
        return typeof member === "string" ? (...values) => call(target, member, values) : undefined;
      },
    });
    ids.set(remote, target);
    if (target) {
      registry.register(remote, target);
    }
    return remote;
  }

  port.onMessage(async ({ id, result, error, callback, report }) => {
    if (callback) {
      let answer = false;
      try {
        answer = await callbacks.get(callback)(report);
      } catch (thrown) {
        settle(callback, "reject", thrown);
      }
      port.postMessage({ answer: id, value: answer !== false });
    } else if (error) {
      settle(id, "reject", revive(error));
    } else {
      settle(id, "resolve", decode(result));
    }
  });
  return { triplet: proxy(0, { terminate: port.terminate }), call };
}

// Members of arrays and plain objects; anything else is its own.
export function map(value, change) {
  if (Array.isArray(value)) {
    return value.map(change);
  }
  if (value && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
  }
  return value;
}
