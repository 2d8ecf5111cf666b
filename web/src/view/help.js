// The keys, and what is to be seen.
import { createDialog } from "./dialog.js";
import { element } from "./dom.js";

const KEYS = [
  ["Space", "play or pause"],
  [".", "one step"],
  ["R", "back to step 0"],
  ["C", "compare two runs"],
  ["T", "triplets on or off"],
  ["M", "the margin's ring on or off"],
  ["G", "gradient arrows on or off"],
  ["Arrows", "in the picture: choose an anchor and walk from point to point"],
  ["Shift + arrows", "turn in three dimensions, shift in two"],
  ["+  −  0", "nearer, farther, everything"],
  ["Escape", "let go of the anchor"],
];

export function createHelp(button) {
  const list = element(
    "dl",
    { className: "keys" },
    ...KEYS.flatMap(([key, what]) => [
      element("dt", {}, element("kbd", { textContent: key })),
      element("dd", { textContent: what }),
    ]),
  );
  const body = element(
    "div",
    {},
    element("p", {
      textContent:
        "Each step draws a batch, forms triplets of an anchor, a positive of its class and a negative of another, " +
        "and moves the network so that the negative ends up farther than the positive by the margin. " +
        "Whole lines pull, broken lines push. Hollow points and framed pictures were never trained on.",
    }),
    element("p", {
      textContent:
        "Active is the share of the triplets that a step took which had a loss: in the others the negative was " +
        "farther by the margin already. Recall@1 is the share of points never trained on whose nearest trained point " +
        "is of their own class; where whole classes are held out, whose nearest other such point is. " +
        "d(a, p) and d(a, n) are the distances of an anchor to positives and to negatives.",
    }),
    list,
    element("p", {}, element("a", { href: "./licenses.txt", target: "_blank", textContent: "Licences" })),
  );
  const dialog = createDialog("What is to be seen", body);
  button.addEventListener("click", dialog.open);
  return dialog;
}
