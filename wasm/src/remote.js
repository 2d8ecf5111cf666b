// The page's side of a worker: calls become messages, objects that live in the worker become objects of promises.
import { abortError, describe, fault, heed, MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";
import { hasSimd } from "./load.js";
import { ANY, isRecord, namesOf, readMembers } from "./members.js";
import { Rows } from "./rows.js";
import { scalar } from "./scalar.js";

// What arguments have beside options: matrices, indices, standardisations, relations, earlier results.
const MEMBERS = [
  ...["wasm", "data", "rows", "cols", "dims", "shape", "type", "anchors", "positives", "negatives", "mean"],
  ...["deviation", "axes", "relations", "loss", "gradient", "gradients", "referenceGradient", "stats", "onProgress"],
];
// What waits for the answer of its callback; others only tell it.
const ASKING = ["run", "fit", "nearestAsync"];
// What takes an object whose names are the caller's own.
const NAMED = ["encodeMatrices", "facts"];
// What a clone keeps whole.
const WHOLE = /^\[object (ArrayBuffer|SharedArrayBuffer|WebAssembly\.Module)\]$/;
const ERRORS = { TypeError, RangeError, MatrixError, ModelError, OutOfMemoryError, TableError };
// Of what stands for an object: its worker, and its number there.
const places = new WeakMap();
// Workers that serve already.
const serving = new WeakSet();

function revive({ name, message, ...details }) {
  if (name === "AbortError") {
    return abortError(message);
  }
  return Object.assign(new (ERRORS[name] ?? Error)(message), details);
}

// The worker of the caller, or the one that `start` makes of its URL, or without one.
function workerOf(given, start) {
  if (!given?.postMessage) {
    if (given !== undefined && !/^string|URL$/.test(describe(given))) {
      throw fault(TypeError, "loadTriplet", "worker", "a Worker or a URL", describe(given));
    }
    return start(given);
  }
  if (serving.has(given)) {
    throw fault(TypeError, "loadTriplet", "worker", "a worker of its own", "that of another instance");
  }
  return given;
}

export async function connect(options, start) {
  const [wasm, given, signal] = readMembers("loadTriplet", options ?? {}, ["wasm", "worker", "signal"]);
  heed(signal, "loadTriplet");
  const worker = workerOf(given, start);
  serving.add(worker);
  // Calls by number: how each is settled, its callback, what it listens to, where the worker sees that it is cancelled.
  const waiting = new Map();
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
    worker.postMessage({ forget: entry.target, sent: entry.sent });
  });

  function call(target, name, values) {
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject, asks: ASKING.includes(name) });
      try {
        if (ended) {
          throw ended;
        }
        worker.postMessage({ id, target, name, values: values.map((value) => encode(value, id, name)) });
      } catch (error) {
        settle(id, "reject", error);
      }
    });
  }

  function settle(id, how, value) {
    const call = waiting.get(id);
    waiting.delete(id);
    call?.unlisten?.();
    call?.[how](value);
  }

  // It ends here at once, whenever the worker may learn of it.
  function cancel(id, error) {
    const { stop } = waiting.get(id);
    settle(id, "reject", error);
    if (stop) {
      Atomics.store(stop, 0, 1);
    } else {
      worker.postMessage({ cancel: id });
    }
  }

  function end(error) {
    ended ??= error;
    [...waiting.keys()].forEach((id) => settle(id, "reject", ended));
  }

  function terminate() {
    end(terminated());
    worker.terminate();
  }

  // Who ends a worker of the caller tells no page of it, but sets a lock free that the worker has.
  async function watch() {
    const { locks } = navigator;
    const name = `triplet/worker ${crypto.randomUUID()}`;
    await call(0, "hold", [name, signal]);
    locks.request(name, () => end(terminated())).catch(() => {});
  }

  // Node.js's workers hand over what they are sent, a page's an event.
  function listen(event, heard, of) {
    if (worker.on) {
      worker.on(event, heard);
    } else {
      worker.addEventListener(event, (told) => heard(of(told)));
    }
  }

  function encode(value, id, name) {
    const call = waiting.get(id);
    if (typeof value === "function") {
      call.callback = value;
      return { call: id, how: call.asks ? "asked" : "told", stop: (call.stop ??= flag()) };
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    if (value instanceof AbortSignal) {
      value.throwIfAborted();
      const abort = () => cancel(id, value.reason);
      value.addEventListener("abort", abort);
      call.unlisten = () => value.removeEventListener("abort", abort);
      return { call: id, stop: (call.stop ??= flag()) };
    }
    const place = places.get(value);
    if (place) {
      if (place.worker !== worker) {
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
    places.set(object, { worker, target });
    return object;
  }

  function methods(target, names) {
    return Object.fromEntries(names.map((name) => [name, (...values) => call(target, name, values)]));
  }

  // Whether a call goes on. Of one that has ended here the worker may report still.
  async function ask(id, report) {
    const call = waiting.get(id);
    try {
      const goesOn = call !== undefined && (await call.callback(report)) !== false;
      if (!goesOn && call?.asks === false) {
        throw abortError();
      }
      return goesOn;
    } catch (error) {
      if (waiting.has(id)) {
        cancel(id, error);
      }
      return false;
    }
  }

  async function receive({ id, result, error, callback, report }) {
    if (callback) {
      const value = await ask(callback, report);
      if (id) {
        worker.postMessage({ answer: id, value });
      }
    } else if (error) {
      settle(id, "reject", revive(error));
    } else {
      settle(id, "resolve", decode(result));
    }
  }

  listen("message", receive, ({ data }) => data);
  listen("error", end, ({ message }) => failure(message ?? "its script, worker-thread.js, could not be loaded"));
  listen("messageerror", () => end(failure("an answer of the worker could not be read")), () => {});
  worker.on?.("exit", () => end(terminated()));
  if (worker.threadId === -1) {
    end(terminated()); // before, which Node.js does not tell again
  }

  try {
    if (worker === given && !worker.on && globalThis.navigator?.locks) {
      await watch().catch(() => {}); // where there are none for it, as in a frame of its own origin
    }
    // Looked for here, as a worker of one file is what every bundler can make.
    const instead = hasSimd() || wasm ? undefined : scalar().href;
    const [names, ofOptions] = await call(0, "loadTriplet", [{ wasm }, instead, signal]);
    ofOptions.forEach((name) => members.add(name));
    return { ...methods(0, names), terminate };
  } catch (error) {
    terminate();
    throw error;
  }
}

function terminated() {
  return abortError("triplet/worker: the worker has been terminated");
}

function failure(message) {
  return new Error(`triplet/worker: ${message}`);
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
