// A worker runs one script and reports. What it sends is paced and bounded, so that no script can drown the page: what
// is written or drawn faster than a page can show is thinned out here.
import { createInterpreter } from "./interpreter.js";

// Text, in characters. What a script prints goes at once as long as it is no more than a page can take: it may be the
// last word for a long time, and nothing can wake this worker to send it later.
const AT_ONCE = 1_000_000;
const RATE = 400; // in a ms, after that
const LEAST = 1000; // what a message costs, however short it is
const WAITING = 1 << 16; // at most, between two messages: the latest
const TOLD = 10_000; // of a failure

const FRAME = 33; // ms
const POINTS = 10_000; // of a frame
const CAPTION = 1000; // characters

const cut = (text, length) => (text.length <= length ? text : `${text.slice(0, length)} ...`);

function outputTo(post) {
  let waiting = "";
  let dropped = 0;
  let credit = AT_ONCE;
  let last = performance.now();

  function trim() {
    const surplus = waiting.length - WAITING;
    if (surplus > 0) {
      waiting = waiting.slice(surplus);
      dropped += surplus;
    }
  }

  function flush() {
    trim();
    if (dropped) {
      waiting = `\n[${dropped} characters are not shown: they came too fast]\n${waiting}`;
    }
    if (waiting) {
      post({ print: waiting });
      credit -= Math.max(waiting.length, LEAST);
    }
    waiting = "";
    dropped = 0;
  }

  return {
    flush,
    print(text) {
      waiting += text;
      if (waiting.length > 2 * WAITING) {
        trim();
      }
      const now = performance.now();
      credit = Math.min(credit + (now - last) * RATE, AT_ONCE);
      last = now;
      if (credit > 0) {
        flush();
      }
    },
  };
}

// Rows of a large frame, drawn by a seed, with one of every class as far as there is room: every n-th would miss
// classes that come in turn. Frames of the same labels show the same rows.
function sampleOf(labels) {
  const unseen = new Set(labels);
  if (unseen.size > POINTS) {
    unseen.clear();
  }
  const rows = new Int32Array(POINTS);
  let count = 0;
  let room = POINTS - unseen.size;
  let others = labels.length - unseen.size;
  let state = 1; // of the generator of Numerical Recipes
  for (let row = 0; row < labels.length; row++) {
    if (unseen.delete(labels[row])) {
      rows[count++] = row;
    } else {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      if ((state / 2 ** 32) * others-- < room) {
        rows[count++] = row;
        room--;
      }
    }
  }
  return rows;
}

function thinned({ positions, labels, dim, text }) {
  const few = { positions: new Float32Array(POINTS * dim), labels: new Int32Array(POINTS), dim, text };
  sampleOf(labels).forEach((row, i) => {
    few.labels[i] = labels[row];
    few.positions.set(positions.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return few;
}

function framesTo(post) {
  let last = -Infinity;
  let waiting = null;

  function flush() {
    if (waiting) {
      const frame = waiting.labels.length > POINTS ? thinned(waiting) : waiting;
      post({ frame: { ...frame, text: cut(frame.text, CAPTION) } }, [frame.positions.buffer, frame.labels.buffer]);
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
    if (failure) {
      failure.message = cut(failure.message, TOLD);
    }
    post({ done: true, failure, written }, Object.values(written).map((bytes) => bytes.buffer));
  } catch (error) {
    const message = `the script could not be run: ${error.message ?? error}`;
    post({ done: true, failure: { message, line: 0, traceback: "" }, written: {} });
  }
};
