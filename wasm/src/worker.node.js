// triplet/worker in Node.js.
import { Worker } from "node:worker_threads";
import { connect } from "./remote.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export async function loadTriplet(options) {
  const worker = new Worker(new URL("./worker-thread.node.js", import.meta.url));
  const port = {
    postMessage: (message) => worker.postMessage(message),
    onMessage: (receive) => worker.on("message", receive),
    onFailure: (end) => {
      worker.on("error", end);
      worker.on("exit", (code) => end(new Error(`triplet/worker: the worker ended with code ${code}`)));
    },
    terminate: () => worker.terminate(),
  };
  return connect(port, options);
}
