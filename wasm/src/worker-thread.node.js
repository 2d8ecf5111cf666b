import { serve } from "./serve.js";

// Imported in a way that CommonJS has, too: a bundler, Turbopack for one, puts this file where it is taken for that.
import("node:worker_threads").then((threads) => {
  const parentPort = /** @type {import("node:worker_threads").MessagePort} */ (threads.parentPort);
  serve({
    postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
    onMessage: (receive) => parentPort.on("message", receive),
  });
});
