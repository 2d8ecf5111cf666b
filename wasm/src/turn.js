// How long work leaves room for everything else that wants the thread: frames, input, messages.

// Milliseconds of work at a time: of a frame at 60 a second most is left to the page.
export const SLICE = 5;

// Resolved once all that waits has had its turn, without the delay of timers. (What scheduler.yield puts off comes back
// before timers and frames: a page had 10 of these a second with it, and 60 with this.)
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
