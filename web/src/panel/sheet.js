// A pad whose strokes become a row of an image data set.
import { drawnValues } from "../model/pad.js";
import { element } from "../view/dom.js";
import { createPad } from "../view/pad.js";
import { ink } from "../view/portrait.js";
import { colours, onTheme } from "../view/theme.js";

const INVITATION = {
  digits: "Draw a digit, from 0 to 9.",
  drawn: "Draw one of your symbols, or a new one.",
};

// changed(row, words): a row as a run is asked with it, or null and what to do.
export function createSheet(dataset, changed) {
  const seen = element("span", { className: "seen" });
  const button = (text, run) => element("button", { type: "button", textContent: text, on: { click: run } });
  const undo = button("Undo", () => pad.undo());
  const clear = button("Clear", () => pad.clear());
  const pad = createPad({ colour: () => colours().ink, changed: tell });
  const note = element("span", { className: "hint", textContent: "As the network sees it" });
  const root = element(
    "div",
    { className: "sheet" },
    pad.root,
    element("div", { className: "tools" }, undo, clear, note, seen),
  );

  let strokes = [];
  function tell(drawn) {
    strokes = drawn;
    const values = drawnValues(dataset, strokes);
    seen.replaceChildren(ink(dataset.images, values, colours().ink));
    undo.disabled = clear.disabled = strokes.length === 0;
    strokes.length > 0 ? changed({ values }) : changed(null, INVITATION[dataset.name]);
  }

  onTheme(() => {
    pad.paint();
    seen.replaceChildren(ink(dataset.images, drawnValues(dataset, strokes), colours().ink));
  });
  return { root, again: () => tell(strokes) };
}
