// triplet/worker: the same functions in a worker of their own, asynchronous.
import { connect } from "./remote.js";
import { start } from "./start.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export async function loadTriplet(options) {
  return connect(options, (script) =>
    script === undefined
      ? new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" })
      : start(script),
  );
}
