// The worker's side: runs what the page calls, on objects that stay here.
import simd from "triplet-simd-text";
import { abortError } from "./errors.js";
import { load } from "./load.js";
import { copied, map } from "./remote.js";
import { Triplet } from "./triplet.js";
import { SLICE, turn } from "./turn.js";
import { unpack } from "./unpack.js";

// port: postMessage and onMessage.
export function serve(port) {
  let triplet;
  // Objects by number and their numbers, with how often each has been sent.
  const objects = new Map();
  const numbers = new Map();
  const answers = new Map();
  // Of calls, by number: where it is told that they are cancelled. Of objects: the run that has them to itself.
  const stops = new Map();
  const runs = new Map();
  let lastObject = 0;
  let lastQuestion = 0;

  function encode(value, transfer) {
    if (typeof value?.free === "function") {
      return { remote: numberOf(value), ...membersOf(value) };
    }
    if (ArrayBuffer.isView(value)) {
      // A view of the instance's memory is copied, an array of its own moves.
      const own = value.byteLength === value.buffer.byteLength ? value : copied(value);
      if (own.buffer instanceof ArrayBuffer) {
        transfer.add(own.buffer);
      }
      return own;
    }
    return map(value, (member) => encode(member, transfer));
  }

  function numberOf(object) {
    const entry = numbers.get(object) ?? { number: ++lastObject, sent: 0 };
    entry.sent++;
    numbers.set(object, entry);
    objects.set(entry.number, object);
    return entry.number;
  }

  // The page has none left of those it was sent.
  function forget(number, sent) {
    const entry = numbers.get(objects.get(number));
    if (entry && (entry.sent -= sent) === 0) {
      drop(number);
    }
  }

  function drop(number) {
    numbers.delete(objects.get(number));
    objects.delete(number);
  }

  function decode(value) {
    if (value?.remote !== undefined) {
      return living(value.remote);
    }
    if (value?.call) {
      return value.how ? callback(value) : signal(value);
    }
    return value?.shown ? revive(value) : Array.isArray(value) ? value.map(decode) : value;
  }

  // A function of the page. One that is told and not asked answers by cancelling the call.
  function callback({ call, how, stop }) {
    const isStopped = stopped(call, stop);
    const tell = (report) => (isStopped() ? false : port.postMessage({ callback: call, report }));
    return how === "asked" ? (report) => ask(call, report) : tell;
  }

  // What stands here for an AbortSignal of the page.
  function signal({ call, stop }) {
    const isStopped = stopped(call, stop);
    return {
      throwIfAborted() {
        if (isStopped()) {
          throw abortError();
        }
      },
    };
  }

  // Whether a call is cancelled: seen at once where memory is shared, else when messages are read.
  function stopped(call, shared = stops.get(call) ?? new Int32Array(1)) {
    stops.set(call, shared);
    return () => Boolean(Atomics.load(shared, 0));
  }

  // What is hidden there stays so: it is no unknown option.
  function revive({ shown, hidden = {} }) {
    const object = map(shown, decode);
    for (const [name, value] of Object.entries(map(hidden, decode))) {
      Object.defineProperty(object, name, { value, writable: true });
    }
    return object;
  }

  function living(number) {
    const object = number ? objects.get(number) : triplet;
    if (!object) {
      throw new TypeError("triplet/worker: this object has been freed");
    }
    return object;
  }

  function ask(call, report) {
    return new Promise((resolve) => {
      answers.set(++lastQuestion, resolve);
      port.postMessage({ id: lastQuestion, callback: call, report });
    });
  }

  async function call(target, name, values) {
    if (name === "loadTriplet") {
      const [options, instead] = values;
      triplet = await load(Triplet, options, () => instead ?? unpack(simd));
      return [Object.keys(triplet), triplet.schema().flatMap((name) => triplet.schema(name).map(({ name }) => name))];
    }
    if (name === "hold") {
      return hold(values[0]);
    }
    const object = living(target);
    while (runs.has(target)) {
      await runs.get(target);
    }
    if (name === "free") {
      drop(target);
    }
    if (name === "run" && values[0] === undefined) {
      return alone(target, run(object, SLICE, turn));
    }
    if (name === "run" && typeof values[0] === "function") {
      return run(object, 0, values[0]);
    }
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(object), name) ?? {};
    if (set && values.length) {
      return set.apply(object, values);
    }
    const member = object[name];
    return typeof member === "function" ? member.apply(object, values) : member;
  }

  // As Trainer.run, in slices of so many milliseconds, a step at least, each followed by what takes its time.
  async function run(trainer, slice, followed) {
    for (;;) {
      const end = performance.now() + slice;
      let stepped = false;
      const report = trainer.run(() => {
        stepped = true;
        return performance.now() < end;
      });
      if (!stepped || (await followed(report)) === false || report.stopped) {
        return report;
      }
    }
  }

  // Later calls of the object wait in line until a run is over, as they do on the page.
  async function alone(target, running) {
    runs.set(
      target,
      running.catch(() => {}),
    );
    try {
      return await running;
    } finally {
      runs.delete(target);
    }
  }

  port.onMessage(async ({ id, target, name, values, answer, value, forget: number, sent, cancel }) => {
    if (number) {
      forget(number, sent);
    } else if (cancel) {
      stops.get(cancel)?.fill(1);
    } else if (answer) {
      answers.get(answer)(value);
      answers.delete(answer);
    } else {
      const transfer = new Set();
      try {
        const result = encode(await call(target, name, values.map(decode)), transfer);
        port.postMessage({ id, result }, [...transfer]);
      } catch (error) {
        port.postMessage({ id, error: { name: error.name, message: error.message, ...error } });
      }
      stops.delete(id);
    }
  });
}

// Takes a lock and keeps it, as long as the worker lives.
function hold(name) {
  return new Promise((resolve, reject) => {
    const forever = () => new Promise(() => resolve(undefined));
    navigator.locks.request(name, forever).catch(reject);
  });
}

// Of a matrix, a trainer or an encoder, a table, and a sampler.
const STAYING = [
  ["cols", "rows"],
  ["dim", "inputs"],
  ["notes", "rows", "columns", "label", "classes"],
  ["batchRows"],
];

// What stands for an object on the page has these fields, which stay, and the rest as methods.
function membersOf(object) {
  const staying = STAYING.find(([mark]) => mark in object) ?? [];
  const names = new Set(Object.keys(object));
  for (let type = Object.getPrototypeOf(object); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    Object.getOwnPropertyNames(type).forEach((name) => names.add(name));
  }
  return {
    fields: Object.fromEntries(staying.map((name) => [name, object[name]])),
    names: [...names].filter((name) => !["constructor", "memory"].includes(name) && !staying.includes(name)),
  };
}
