import { parentPort } from "node:worker_threads";
import { serve } from "./serve.js";

serve({
  postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
  onMessage: (receive) => parentPort.on("message", receive),
});
