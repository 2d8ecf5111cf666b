import * as threads from "node:worker_threads";
import { serve } from "./serve.js";

const parentPort = /** @type {threads.MessagePort} */ (threads.parentPort);

serve({
  postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
  onMessage: (receive) => parentPort.on("message", receive),
});
