// triplet/worker: the same functions in a worker of their own, asynchronous.
import { connect } from "./remote.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export async function loadTriplet(options) {
  const worker = new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" });
  const port = {
    postMessage: (message) => worker.postMessage(message),
    onMessage: (receive) => (worker.onmessage = ({ data }) => receive(data)),
    onFailure: (end) =>
      (worker.onerror = ({ message }) =>
        end(new Error(`triplet/worker: ${message ?? "worker-thread.js, which lies beside it, could not be loaded"}`))),
    terminate: () => worker.terminate(),
  };
  return connect(port, options);
}
