// harness.mjs for a page: the tests run one after the other and leave their TAP in `window.tap`.
import { loadTriplet, OutOfMemoryError } from "/npm/index.js";
import { loadTriplet as loadWorker } from "/npm/worker.js";

export { loadTriplet, loadWorker, OutOfMemoryError };

const url = new URL("/npm/worker-thread.js", location.href);
export const threads = { url, start: () => new Worker(url, { type: "module" }) };

export const read = async (path) => (await fetch(`/${path}`)).text();

const compiled = async (file) => WebAssembly.compile(await (await fetch(`/npm/${file}`)).arrayBuffer());

export const builds = { simd: await compiled("triplet.wasm"), scalar: await compiled("triplet-scalar.wasm") };

export const plain = (results) => structuredClone(results);

const queue = [];

export function test(name, body) {
  queue.push({ name, body });
}

export async function run() {
  const lines = [];
  for (const { name, body } of queue) {
    try {
      await body();
      lines.push(`ok - ${name}`);
    } catch (error) {
      lines.push(`not ok - ${name}`, ...String(error.stack).split("\n").map((line) => `# ${line}`));
    }
  }
  return lines;
}

// What the tests use of node:assert/strict.
export function assert(value, message = "expected something true") {
  if (!value) {
    throw new Error(message);
  }
}

function show(value) {
  return JSON.stringify(value, (_, member) => (ArrayBuffer.isView(member) ? Array.from(member, String) : member));
}

function same(a, b) {
  if (Object.is(a, b) || typeof a !== "object" || typeof b !== "object" || !a || !b) {
    return Object.is(a, b);
  }
  const keys = Object.keys(a);
  return (
    Object.getPrototypeOf(a) === Object.getPrototypeOf(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && same(a[key], b[key]))
  );
}

function matches(error, expected) {
  if (typeof expected === "function") {
    return expected.prototype ? error instanceof expected : expected(error); // a class, or a predicate
  }
  return Object.entries(expected).every(([key, value]) =>
    value instanceof RegExp ? value.test(error[key]) : same(error[key], value),
  );
}

Object.assign(assert, {
  equal: (a, b, message) => assert(Object.is(a, b), message ?? `${a} is not ${b}`),
  notEqual: (a, b) => assert(!Object.is(a, b), `${a} is ${b}`),
  deepEqual: (a, b, message) => assert(same(a, b), message ?? `${show(a)} is not ${show(b)}`),
  doesNotThrow: (body) => body(),
  throws(body, expected) {
    try {
      body();
    } catch (error) {
      return assert(matches(error, expected), `thrown was ${error.name}: ${error.message}`);
    }
    throw new Error("nothing was thrown");
  },
  async rejects(promise, expected) {
    try {
      await (typeof promise === "function" ? promise() : promise);
    } catch (error) {
      return assert(matches(error, expected), `thrown was ${error.name}: ${error.message}`);
    }
    throw new Error("nothing was thrown");
  },
});
