// triplet/script: a classic script, for pages, and for workers by importScripts. Its global has the names of triplet.
import * as names from "./index.js";

// What a script imports is looked for from where it is. One of another host is not told where that is, but a page says
// so while it loads the script.
const { src } = /** @type {any} */ (globalThis.document?.currentScript ?? {});
const WORKER = "../script-worker.js";

async function loadTriplet(options) {
  const { loadTriplet } = await import(src ? new URL(WORKER, src).href : WORKER);
  return loadTriplet(options);
}

/** @type {any} */ (globalThis).triplet = { ...names, worker: { loadTriplet } };
