// A script's output: text, and an error with its line. Its length is bounded, and so is the time it takes: text layout
// would slow the page down.
import { element } from "../view/dom.js";

const LONGEST = 50_000; // characters
const LEFT_OUT = "[earlier output omitted]\n";
const BROKEN_LINE = /^[^\n]{0,500}\n(?=[^])/; // what a cut leaves of a line, unless that is long or all there is
const SHARE = 0.1; // of the time, at most

// goTo(line): called when an error's line is chosen.
export function createOutput(root, goTo) {
  let waiting = "";
  let due = 0;
  let cost = 0; // ms, of the last time

  function flush() {
    clearTimeout(due);
    due = 0;
    if (!waiting) {
      return;
    }
    const began = performance.now();
    const atEnd = root.scrollTop + root.clientHeight >= root.scrollHeight - 20;

    let text = root.lastChild;
    if (text?.nodeType !== Node.TEXT_NODE) {
      text = root.appendChild(document.createTextNode(""));
    }
    const whole = text.data.replace(LEFT_OUT, "") + waiting;
    waiting = "";
    text.data = whole.length > LONGEST ? LEFT_OUT + whole.slice(-LONGEST).replace(BROKEN_LINE, "") : whole;

    if (atEnd) {
      root.scrollTop = root.scrollHeight;
    }
    cost = performance.now() - began;
  }

  function add(...nodes) {
    flush();
    if (/[^\n]$/.test(root.lastChild?.textContent ?? "")) {
      root.append("\n");
    }
    root.append(...nodes);
    root.scrollTop = root.scrollHeight;
  }

  return {
    flush,
    clear() {
      waiting = "";
      root.replaceChildren();
    },
    print(text) {
      waiting += text;
      if (waiting.length > 2 * LONGEST) {
        waiting = waiting.slice(-LONGEST);
      }
      due ||= setTimeout(flush, 16 + cost / SHARE);
    },
    note: (text) => add(element("span", { className: "note", textContent: `${text}\n` })),
    fail({ message, line, traceback }) {
      const click = () => goTo(line);
      const at = line > 0 ? element("button", { type: "button", textContent: `line ${line}`, on: { click } }) : "";
      const title = element("summary", { textContent: "traceback" });
      const details = traceback ? element("details", {}, title, traceback) : "\n";
      add(element("span", { className: "error", textContent: `${message} ` }), at, details);
    },
  };
}
