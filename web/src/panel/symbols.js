// Draw a data set: two to six kinds, a few symbols of each, to be trained on.
import { drawnValues } from "../model/pad.js";
import { INK, isEnough, KINDS, MAX_SYMBOLS, SIDE } from "../model/symbols.js";
import "../style/draw.css";
import { element } from "../view/dom.js";
import { createPad } from "../view/pad.js";
import { colourOf } from "../view/palette.js";
import { ink } from "../view/portrait.js";
import { onTheme } from "../view/theme.js";

const IMAGE = { width: SIDE, height: SIDE, maximum: INK };
const ENOUGH = "Two of each of two kinds are enough.";

export const title = "Draw a data set";

export function create(body, page) {
  let kind = 0;
  let strokes = [];
  let symbols = [...(page.symbols ?? [])];
  let taken = page.symbols; // those of the page that are here already

  const pad = createPad({ colour: () => colourOf(kind), changed: draw, enter: add });
  const shelf = element("ul", { className: "shelf", "aria-label": "Your symbols" });
  const said = element("p", { className: "hint", role: "status" });
  const button = (text, id, run) => element("button", { type: "button", textContent: text, id, on: { click: run } });
  const addOne = button("Add", "add-symbol", add);
  const undo = button("Undo", "undo-stroke", () => pad.undo());
  const clear = button("Clear", "clear", () => pad.clear());
  const use = button("Train on them", "use-symbols", () => {
    page.useSymbols([...symbols]);
    page.closePanel();
  });
  addOne.className = use.className = "primary";

  const kinds = element(
    "div",
    { className: "segments", role: "radiogroup", "aria-label": "Kind" },
    ...KINDS.map((name, i) => {
      const radio = element("input", { type: "radio", name: "drawn-kind", value: i, checked: i === 0 });
      radio.addEventListener("change", () => {
        kind = i;
        pad.paint();
      });
      return element("label", {}, radio, element("span", { textContent: name }));
    }),
  );
  body.append(
    element("p", {
      className: "hint",
      textContent: "They stay on this machine, except in links that you share.",
    }),
    kinds,
    element(
      "div",
      { className: "collect" },
      pad.root,
      element("div", { className: "tools" }, addOne, undo, clear),
    ),
    shelf,
    said,
    use,
  );

  function draw(drawn) {
    strokes = drawn;
    undo.disabled = clear.disabled = strokes.length === 0;
    addOne.disabled = strokes.length === 0 || symbols.length >= MAX_SYMBOLS;
  }

  function add() {
    if (!addOne.disabled) {
      symbols.push({ kind, ink: drawnValues({ name: "drawn" }, strokes) });
      pad.clear();
      tell();
    }
  }

  function remove(i) {
    symbols.splice(i, 1);
    tell();
    const buttons = shelf.querySelectorAll("button");
    (buttons[Math.min(i, buttons.length - 1)] ?? pad.root).focus();
  }

  function tell() {
    shelf.replaceChildren(...symbols.map(shelved));
    use.disabled = !isEnough(symbols);
    said.textContent = symbols.length === 0 ? ENOUGH : `${symbols.length} drawn. ${use.disabled ? ENOUGH : ""}`;
    draw(strokes);
  }

  function shelved(symbol, i) {
    const name = KINDS[symbol.kind];
    const label = `Remove symbol ${i + 1}, kind ${name}`;
    return element(
      "li",
      {},
      element(
        "button",
        { type: "button", title: `Remove this ${name}`, "aria-label": label, on: { click: () => remove(i) } },
        ink(IMAGE, symbol.ink, colourOf(symbol.kind)),
        element("span", { textContent: name }),
      ),
    );
  }

  onTheme(() => {
    pad.paint();
    tell();
  });
  tell();
  return {
    // Those of a link, in place of what was drawn.
    show() {
      if (page.symbols !== taken) {
        taken = page.symbols;
        symbols = [...(taken ?? [])];
        tell();
      }
    },
  };
}
