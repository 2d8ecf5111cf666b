// The reading side of a TableReader, which talks to it over the port of a worker.
//
// In:   { type: "open", request, blob, name, choices }  the file
//       { type: "describe", request, choices }  of the file that is open
//       { type: "dataset", request }            as it was described last
// Out:  { request, value } or { request, error: { name, message } }
import { TableFile } from "../model/table.js";

// loading: a promise of the loaded library.
export function serve(port, loading) {
  /** @type {TableFile} */
  let file;

  const requests = {
    async open(triplet, { blob, name, choices }) {
      file = new TableFile(triplet, new Uint8Array(await blob.arrayBuffer()), name);
      return file.describe(choices);
    },
    describe: (_, { choices }) => file.describe(choices),
    dataset: () => file.dataset(),
  };

  port.onmessage = async ({ data: message }) => {
    const { type, request } = message;
    try {
      const value = await requests[type](await loading, message);
      port.postMessage({ request, value });
    } catch ({ name, message }) {
      port.postMessage({ request, error: { name, message } });
    }
  };
}
