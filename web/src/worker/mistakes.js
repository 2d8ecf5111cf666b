// The searching side of a MistakeFinder, which talks to it over the port of a worker: where there are many rows,
// looking at all of them takes longer than a frame.
//
// In:   { run }  what findMistakes takes
// Out:  { found } or { error }, in the order of what came in
import { findMistakes } from "../model/mistakes.js";

// loading: a promise of the loaded library.
export function serve(port, loading) {
  port.onmessage = async ({ data: { run } }) => {
    try {
      port.postMessage({ found: findMistakes(await loading, run) });
    } catch (error) {
      port.postMessage({ error: error.message });
    }
  };
}
