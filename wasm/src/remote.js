// The page's side of a worker: calls become messages, objects that live in the worker become objects of promises.
import { abortError, fault, MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";
import { hasSimd } from "./load.js";
import { ANY, isRecord, namesOf } from "./members.js";
import { Rows } from "./rows.js";

// What arguments have beside options: matrices, indices, standardisations, relations, earlier results.
const MEMBERS = [
  ...["wasm", "data", "rows", "cols", "dims", "shape", "type", "anchors", "positives", "negatives", "mean", "deviation"],
  ...["relations", "loss", "gradient", "gradients", "referenceGradient", "stats"],
];
// What takes an object whose names are the caller's own.
const NAMED = ["encodeMatrices", "facts"];
// What a clone keeps whole.
const WHOLE = /^\[object (ArrayBuffer|SharedArrayBuffer|WebAssembly\.Module)\]$/;
const ERRORS = { TypeError, RangeError, MatrixError, ModelError, OutOfMemoryError, TableError };
// Of what stands for an object: the port to its worker, and its number there.
const places = new WeakMap();

function revive({ name, message, ...details }) {
  return Object.assign(new (ERRORS[name] ?? Error)(message), details);
}

// port: postMessage, onMessage, onFailure and terminate, as the two kinds of worker have them.
export async function connect(port, options) {
  const waiting = new Map();
  const callbacks = new Map();
  // By number: what stands for an object now, and how often the worker has sent it.
  const known = new Map();
  // What is read of an argument, here, as a clone has neither prototypes nor getters.
  const members = new Set(MEMBERS);
  let last = 0;
  let ended;

  // The worker forgets what it has been told of as often as it has sent it: more may be under way.
  const registry = new FinalizationRegistry((entry) => {
    if (known.get(entry.target) === entry) {
      known.delete(entry.target);
    }
    port.postMessage({ forget: entry.target, sent: entry.sent });
  });

  function call(target, name, values) {
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      try {
        if (ended) {
          throw ended;
        }
        port.postMessage({ id, target, name, values: values.map((value) => encode(value, id, name)) });
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

  function end(error) {
    ended ??= error;
    [...waiting.keys()].forEach((id) => settle(id, "reject", ended));
  }

  function terminate() {
    end(new TypeError("triplet/worker: the worker has been terminated"));
    port.terminate();
  }

  function encode(value, id, name) {
    if (typeof value === "function") {
      const stop = flag();
      callbacks.set(id, { run: name === "run" ? value : watching(value), stop });
      return { callback: id, stop };
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const place = places.get(value);
    if (place) {
      if (place.port !== port) {
        throw fault(TypeError, name, undefined, "an object of the same worker", "one of another");
      }
      return { remote: place.target };
    }
    if (typeof value.dataSync === "function") {
      return { shown: { data: value.dataSync(), shape: value.shape } };
    }
    if (value instanceof URL) {
      return value.href; // which a clone would leave out
    }
    if (ArrayBuffer.isView(value)) {
      // A clone would take the whole buffer along.
      return value.byteLength < value.buffer.byteLength ? copied(value) : value;
    }
    if (Array.isArray(value)) {
      return value.map((member) => encode(member, id, name));
    }
    if (!isRecord(value) || WHOLE.test(Object.prototype.toString.call(value))) {
      return value;
    }
    if (typeof value.free === "function") {
      const { data, rows, cols } = value;
      if (!ArrayBuffer.isView(data)) {
        throw fault(TypeError, name, undefined, "an object of the worker", "one of the page");
      }
      return { shown: { data: copied(data), rows, cols } };
    }
    const named = NAMED.includes(name);
    const names = namesOf(value, named ? ANY : members);
    const shown = Object.fromEntries(names.map((member) => [member, undefined]));
    const hidden = {};
    for (const member of named ? new Set([...members, ...names]) : members) {
      const given = value[member];
      if (given !== undefined) {
        (member in shown ? shown : hidden)[member] = encode(given, id, name);
      }
    }
    return { shown, hidden };
  }

  function decode(value) {
    const found = value?.remote === undefined ? map(value, decode) : standIn(value);
    return ArrayBuffer.isView(found?.data) ? Object.setPrototypeOf(found, Rows.prototype) : found;
  }

  function standIn({ remote: target, names, fields }) {
    const entry = known.get(target);
    const old = entry?.reference.deref();
    if (old) {
      entry.sent++;
      return old;
    }
    const object = { ...fields, ...methods(target, names) };
    if (Symbol.asyncDispose) {
      Object.defineProperty(object, Symbol.asyncDispose, { value: object.free });
    }
    const made = { target, sent: 1, reference: new WeakRef(object) };
    known.set(target, made);
    registry.register(object, made);
    places.set(object, { port, target });
    return object;
  }

  function methods(target, names) {
    return Object.fromEntries(names.map((name) => [name, (...values) => call(target, name, values)]));
  }

  // Of a call that has ended here the worker may report still.
  async function ask(callback, report) {
    const { run, stop } = callbacks.get(callback) ?? {};
    let goesOn = false;
    try {
      goesOn = run !== undefined && (await run(report)) !== false;
    } catch (thrown) {
      settle(callback, "reject", thrown);
    }
    if (stop && !goesOn) {
      Atomics.store(stop, 0, 1);
    }
    return goesOn;
  }

  port.onMessage(async ({ id, result, error, callback, report }) => {
    if (callback) {
      port.postMessage({ answer: id, value: await ask(callback, report) });
    } else if (error) {
      settle(id, "reject", revive(error));
    } else {
      settle(id, "resolve", decode(result));
    }
  });
  port.onFailure(end);

  try {
    // Asked for here, as a worker of one file is what every bundler can make.
    const scalar = hasSimd() || options?.wasm ? undefined : (await import("./scalar.js")).wasm;
    const [names, ofOptions] = await call(0, "loadTriplet", [options, scalar]);
    ofOptions.forEach((name) => members.add(name));
    return { ...methods(0, names), terminate };
  } catch (error) {
    terminate();
    throw error;
  }
}

/**
 * A DataView stays as it is.
 * @param {any} view
 */
export function copied(view) {
  return view.slice?.() ?? view;
}

// What a worker that computes sees without reading messages, where memory can be shared.
function flag() {
  const shared = globalThis.SharedArrayBuffer && globalThis.crossOriginIsolated !== false;
  return shared ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
}

// A progress function: `false` ends its call here at once, whenever the worker may learn of it.
function watching(progress) {
  return async (done) => {
    if ((await progress(done)) === false) {
      throw abortError();
    }
  };
}

// Members of arrays and plain objects; anything else is its own.
export function map(value, change) {
  if (Array.isArray(value)) {
    return value.map(change);
  }
  if (value && [Object.prototype, Rows.prototype].includes(Object.getPrototypeOf(value))) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
  }
  return value;
}
