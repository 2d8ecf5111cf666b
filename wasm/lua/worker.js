// A worker runs one script and reports. What it sends is paced, so that no script can drown the page: a script that
// writes or draws faster than a page can show is thinned out here.
import { createInterpreter } from "./interpreter.js";

const WINDOW = 50; // ms
const MESSAGES = 20; // at once, within a window
const TEXT = 1 << 16; // characters within a window
const FRAME = 33; // ms

function outputTo(post) {
  let began = 0;
  let sent = 0;
  let waiting = "";
  let dropped = 0;

  function flush() {
    if (dropped) {
      waiting += `\n[${dropped} characters are not shown: they came too fast]\n`;
    }
    if (waiting) {
      post({ print: waiting });
    }
    waiting = "";
    dropped = 0;
    sent++;
  }

  return {
    flush,
    print(text) {
      const now = performance.now();
      const space = Math.max(TEXT - waiting.length, 0);
      waiting += text.slice(0, space);
      dropped += Math.max(text.length - space, 0);
      if (now - began > WINDOW) {
        began = now;
        sent = 0;
      }
      if (sent < MESSAGES) {
        flush();
      }
    },
  };
}

function framesTo(post) {
  let last = -Infinity;
  let waiting = null;

  function flush() {
    if (waiting) {
      post({ frame: waiting }, [waiting.positions.buffer, waiting.labels.buffer]);
      last = performance.now();
    }
    waiting = null;
  }

  return {
    flush,
    draw(frame) {
      waiting = frame;
      if (performance.now() - last >= FRAME) {
        flush();
      }
    },
  };
}

const post = (message, transfer) => globalThis.postMessage(message, transfer ?? []);

globalThis.onmessage = async ({ data: { wasm, source, name, files } }) => {
  const output = outputTo(post);
  const frames = framesTo(post);
  try {
    const interpreter = await createInterpreter({ wasm, files, print: output.print, draw: frames.draw });
    const failure = interpreter.run(source, name);
    output.flush();
    frames.flush();
    const written = interpreter.written();
    post({ done: true, failure, written }, Object.values(written).map((bytes) => bytes.buffer));
  } catch (error) {
    const message = `the script could not be run: ${error.message ?? error}`;
    post({ done: true, failure: { message, line: 0, traceback: "" }, written: {} });
  }
};
