// The triplet/worker of a classic script, which no bundler has moved: its files are where they were published.
import { connect } from "./remote.js";
import { start } from "./start.js";

export async function loadTriplet(options) {
  return connect(options, (script = new URL("worker-thread.js", import.meta.url)) => start(script));
}
