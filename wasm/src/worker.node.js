// triplet/worker in Node.js.
import { Worker } from "node:worker_threads";
import { connect } from "./remote.js";

export { OutOfMemoryError } from "./errors.js";

export async function loadTriplet(options) {
  const worker = new Worker(new URL("./worker-thread.node.js", import.meta.url));
  const { triplet, call } = connect({
    postMessage: (message) => worker.postMessage(message),
    onMessage: (receive) => worker.on("message", receive),
    terminate: () => worker.terminate(),
  });
  await call(0, "loadTriplet", [options]);
  return triplet;
}
