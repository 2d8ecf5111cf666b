// What a test file needs; harness.browser.mjs is the same for a page.
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { loadTriplet, OutOfMemoryError } from "../../build/npm/index.js";
import { loadTriplet as loadWorker } from "../../build/npm/worker.node.js";

export { default as assert } from "node:assert/strict";
export { test } from "node:test";
export { loadTriplet, loadWorker, OutOfMemoryError };

// The script of workers, and how a program starts one itself.
const url = new URL("../../build/npm/worker-thread.node.js", import.meta.url);
export const threads = { url, start: () => new Worker(url) };

// Results without their methods, to be compared with others.
export const plain = (results) => structuredClone(results);

const root = new URL("../../", import.meta.url);

// Text of a file of the checkout.
export const read = (path) => readFile(new URL(path, root), "utf8");

const compiled = async (file) => new WebAssembly.Module(await readFile(new URL(`build/npm/${file}`, root)));

export const builds = { simd: await compiled("triplet.wasm"), scalar: await compiled("triplet-scalar.wasm") };
