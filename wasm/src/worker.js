// triplet/worker: the same functions in a worker of their own, asynchronous.
import { connect } from "./remote.js";

export { OutOfMemoryError } from "./errors.js";

export async function loadTriplet(options) {
  const worker = new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" });
  const { triplet, call } = connect({
    postMessage: (message) => worker.postMessage(message),
    onMessage: (receive) => (worker.onmessage = ({ data }) => receive(data)),
    terminate: () => worker.terminate(),
  });
  await call(0, "loadTriplet", [options]);
  return triplet;
}
