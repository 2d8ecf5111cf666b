// What is on the page, and the keys.
import { createDialog } from "./dialog.js";
import { element } from "./dom.js";

const KEYS = [
  ["Space", "play or pause"],
  [".", "one step"],
  ["R", "back to step 0"],
  ["C", "compare two runs"],
  ["T", "show or hide triplets, or pairs"],
  ["M", "show or hide the ring around the anchor"],
  ["G", "show or hide the gradient"],
  ["Arrows", "in the picture: choose an anchor and move from point to point"],
  ["Shift + arrows", "rotate in three dimensions, pan in two"],
  ["+  −  0", "zoom in, zoom out, show everything"],
  ["Escape", "clear the anchor"],
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
        "Each step draws a batch and forms triplets: an anchor, a positive of its class and a negative of another " +
        "class. It then updates the network so that the negative ends up farther from the anchor than the positive, " +
        "by the margin. The other losses take all pairs of the batch instead. Solid lines pull together, dashed " +
        "lines push apart. Hollow points and framed images are held out: they are never trained on.",
    }),
    element("p", {
      textContent:
        "Active is the share of a step's triplets, or pairs, that had a loss; in the others the negative was already " +
        "far enough. Recall@1 is the share of held-out points whose nearest training point is of their own class, " +
        "or, among themselves and for unseen classes, whose nearest other held-out point is. d(a, p) and d(a, n) are " +
        "the distances from an anchor to its positives and negatives.",
    }),
    list,
    element("p", {}, element("a", { href: "./licenses.txt", target: "_blank", textContent: "Licences" })),
  );

  const dialog = createDialog("What you see", body);
  button.addEventListener("click", dialog.open);
  return dialog;
}
