// triplet/worker in Node.js.
import { Worker } from "node:worker_threads";
import { connect } from "./remote.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export async function loadTriplet(options) {
  return connect(options, (url = new URL("./worker-thread.node.js", import.meta.url)) => new Worker(located(url)));
}

// The text of a URL is no path.
function located(url) {
  return /^(file|data):/.test(url) ? new URL(url) : url;
}
