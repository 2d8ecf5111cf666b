// How long work leaves room for everything else that wants the thread: frames, input, messages.

// Milliseconds of work at a time: of a frame at 60 a second most is left to the page.
export const SLICE = 5;

// Resolved once all that waits has had its turn, without the delay of timers.
export function turn() {
  return new Promise((resolve) => {
    const { MessageChannel } = globalThis;
    if (!MessageChannel) {
      return setTimeout(resolve);
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(0);
  });
}
