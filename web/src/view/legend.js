// Colours and shapes of the classes, and what the lines mean; a class can be highlighted.
import { shortened } from "../model/words.js";
import { element } from "./dom.js";
import { shapeOf, SHAPE_NAMES } from "./palette.js";
import { swatch } from "./portrait.js";

const SHOWN = 24;

// choose(label or -1): the class to highlight.
export function showLegend(root, { classes, images }, heldOut, chosen, choose) {
  const entries = classes.slice(0, SHOWN).map((whole, label) => {
    const name = shortened(whole);
    const button = element(
      "button",
      {
        type: "button",
        "aria-pressed": String(label === chosen),
        title: `${name}: ${SHAPE_NAMES[shapeOf(label)]}`,
        on: { click: () => choose(label === chosen ? -1 : label) },
      },
      swatch(label),
      element("span", { textContent: name }),
    );
    return element("li", {}, button);
  });

  if (classes.length > SHOWN) {
    entries.push(element("li", { textContent: `and ${classes.length - SHOWN} more` }));
  }
  if (heldOut.includes(1)) {
    entries.push(element("li", { className: "held", textContent: images ? "framed: held out" : "hollow: held out" }));
  }

  entries.push(
    element("li", { className: "key-pull", textContent: "pulled together" }),
    element("li", { className: "key-push", textContent: "pushed apart" }),
  );
  root.replaceChildren(...entries);
}
