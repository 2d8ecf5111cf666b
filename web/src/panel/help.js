// What one sees, the keys and the touches, and where there is more to read.
import { steps } from "../model/tour.js";
import "../style/help.css";
import { element } from "../view/dom.js";
import { remembered } from "../view/tour_memory.js";

export const title = "Help";

const SEEN = [
  ["dot", "A row that the model is trained on. Its colour is its class."],
  ["hollow", "A row that is held out: it is never trained on, and shows how good the model is."],
  ["pull", "Solid: two of a class are pulled together."],
  ["push", "Dashed: two of different classes are pushed apart."],
  ["ring", "Around a chosen row: through one of its class, with the margin as a band beyond."],
];

const FIGURES = [
  ["Active", "How many of a step's triplets, or pairs, still have a loss. The others move nothing."],
  ["Recall", "How many held-out rows have a nearest neighbour of their own class."],
];

const KEYS = [
  ["Space", "Play or pause"],
  [".", "One step"],
  ["R", "Start again"],
  ["C", "Compare two runs"],
  ["S  M  D", "Settings, mistakes, draw one"],
  ["G", "Show which way the loss moves the points"],
  ["/", "Find a row"],
  ["Ctrl Z", "Undo; with Shift, redo"],
  ["Arrows", "In the picture: choose a row, and go from one to the next"],
  ["Shift arrows", "Turn three dimensions, move two"],
  ["+  −  0", "Nearer, farther, everything"],
  ["Escape", "Close what is open"],
];

const TOUCHES = [
  ["Tap", "Choose a row"],
  ["Drag", "Turn three dimensions, move two"],
  ["Pinch", "Nearer or farther"],
];

const terms = (className, pairs, term = (text) => text) =>
  element(
    "dl",
    { className },
    ...pairs.flatMap(([name, text]) => [element("dt", {}, term(name)), element("dd", { textContent: text })]),
  );
const sign = (name) => element("i", { className: `sign ${name}`, "aria-hidden": "true" });
const key = (text) => element("kbd", { textContent: text });
const link = (href, textContent) => element("a", { href, textContent, target: "_blank", rel: "noopener" });

export function create(body, page) {
  const tour = element("button", {
    type: "button",
    className: "primary",
    on: { click: () => page.look({ tour: Math.max(remembered(), 1), panel: "" }) },
  });
  const part = (name, ...content) => element("section", {}, element("h3", { textContent: name }), ...content);

  body.append(
    tour,
    part("What you see", terms("seen", SEEN, sign)),
    part("The figures", terms("figures", FIGURES)),
    part("Keys", terms("keys", KEYS, key)),
    part("Touch", terms("keys", TOUCHES)),
    element("p", { className: "links" }, link("./guide/", "Guide"), link("./licenses.txt", "Licences")),
  );
  return {
    show() {
      const last = remembered();
      tour.textContent = last > 1 ? `Resume the tour: ${steps[last - 1].name}` : "Take the tour";
    },
  };
}
