// triplet/worker in Node.js.
import { Worker } from "node:worker_threads";
import { connect } from "./remote.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export async function loadTriplet(options) {
  return connect(options, (script = new URL("./worker-thread.node.js", import.meta.url)) => new Worker(at(script)));
}

// The text of a URL is no path.
function at(script) {
  return /^(file|data):/.test(script) ? new URL(script) : script;
}
