// triplet/worker: the same functions in a worker of their own, asynchronous.
import { connect } from "./remote.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./errors.js";

export async function loadTriplet(options) {
  return connect(options, (script) =>
    script === undefined
      ? new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" })
      : new Worker(reached(script), { type: "module" }),
  );
}

// A page starts no script of another host as a worker, but one that imports it.
function reached(script) {
  const { href, origin } = new URL(script, location.href);
  const far = /^http/.test(href) && origin !== location.origin;
  return far ? URL.createObjectURL(new Blob([`import ${JSON.stringify(href)};`], { type: "text/javascript" })) : script;
}
