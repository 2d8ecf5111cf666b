import { serve } from "./serve.js";

serve({
  postMessage: (message, transfer) => postMessage(message, transfer),
  onMessage: (receive) => (globalThis.onmessage = ({ data }) => receive(data)),
});
