// Draw your own: a pad of a few pixels, two to six classes, a few symbols in each.
import { INK, isEnough, KINDS, MAX_SYMBOLS, SIDE } from "../model/symbols.js";
import { createDialog } from "./dialog.js";
import { element } from "./dom.js";
import { colourOf } from "./palette.js";

const CELL = 16; // pixels of the pad
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// use(symbols): called when they are to be trained on.
export function createDrawDialog(use) {
  let ink = new Float32Array(SIDE * SIDE);
  let kind = 0;
  let cursor = [SIDE / 2, SIDE / 2];
  let last = null;
  let symbols = [];

  const pad = element("canvas", {
    width: SIDE * CELL,
    height: SIDE * CELL,
    tabIndex: 0,
    className: "pad",
    role: "application",
    id: "pad",
    "aria-label": "Drawing pad: draw with the pointer, or move with the arrow keys, draw with Space and add with Enter",
  });

  const context = pad.getContext("2d");
  const shelf = element("ul", { className: "shelf", "aria-label": "Your symbols" });
  const said = element("p", { className: "said", role: "status" });

  const kinds = element(
    "div",
    { className: "segments", role: "radiogroup", "aria-label": "Class" },
    ...KINDS.map((name, i) => {
      const radio = element("input", { type: "radio", name: "drawn-kind", value: i, checked: i === 0 });
      radio.addEventListener("change", () => {
        kind = i;
        paint();
      });
      return element("label", {}, radio, element("span", { textContent: name }));
    }),
  );

  const button = (text, id, run) => element("button", { type: "button", textContent: text, id, on: { click: run } });
  const go = button("Train on them", "use-symbols", () => {
    dialog.close();
    use([...symbols]);
  });
  go.className = "primary";

  const body = element(
    "div",
    { className: "draw" },
    element("p", {
      className: "hint",
      textContent:
        "Draw at least two symbols in each of two or more classes. They stay on this machine, except in links that " +
        "you share.",
    }),
    kinds,
    pad,
    element("p", {}, button("Add", "add-symbol", add), " ", button("Clear", "clear", clear)),
    shelf,
    said,
  );
  const dialog = createDialog("Draw your own", body, [go], "Cancel");
  dialog.root.id = "draw-dialog";

  function paint() {
    context.clearRect(0, 0, pad.width, pad.height);
    context.fillStyle = colourOf(kind);
    ink.forEach((dark, i) => {
      context.globalAlpha = dark / INK;
      context.fillRect((i % SIDE) * CELL, Math.floor(i / SIDE) * CELL, CELL, CELL);
    });
    context.globalAlpha = 1;
    if (document.activeElement === pad) {
      context.strokeStyle = colourOf(kind);
      context.strokeRect(cursor[0] * CELL + 0.5, cursor[1] * CELL + 0.5, CELL - 1, CELL - 1);
    }
  }

  // A soft brush around a position in pixels of the pad.
  function brush(x, y) {
    for (let i = 0; i < ink.length; i++) {
      const apart = Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y);
      ink[i] = Math.max(ink[i], Math.round(INK * Math.min(Math.max(1.5 - apart, 0), 1)));
    }
  }

  function stroke(event) {
    const box = pad.getBoundingClientRect();
    const to = [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
    const from = last ?? to;
    const steps = Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])) || 1;
    for (let i = 1; i <= steps; i++) {
      brush(from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps);
    }
    last = to;
    paint();
  }

  function clear() {
    ink = new Float32Array(SIDE * SIDE);
    paint();
  }

  function add() {
    if (ink.some((dark) => dark > 0) && symbols.length < MAX_SYMBOLS) {
      symbols.push({ kind, ink });
      clear();
      tell();
    }
  }

  function tell() {
    shelf.replaceChildren(
      ...symbols.map((symbol, i) => {
        const small = element("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
        const drawn = small.getContext("2d");
        drawn.fillStyle = colourOf(symbol.kind);
        symbol.ink.forEach((dark, at) => {
          drawn.globalAlpha = dark / INK;
          drawn.fillRect(at % SIDE, Math.floor(at / SIDE), 1, 1);
        });

        const remove = () => {
          symbols.splice(i, 1);
          tell();
        };

        return element(
          "li",
          {},
          element(
            "button",
            {
              type: "button",
              title: `Remove this ${KINDS[symbol.kind]}`,
              "aria-label": `Remove symbol ${i + 1}, class ${KINDS[symbol.kind]}`,
              on: { click: remove },
            },
            small,
          ),
        );
      }),
    );

    const enough = isEnough(symbols);
    go.disabled = !enough;
    said.textContent =
      symbols.length === 0 ? "" : `${symbols.length} drawn${enough ? "" : ": two in each of two classes are needed"}.`;
  }

  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    last = null;
    stroke(event);
  });
  pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && stroke(event));
  pad.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      cursor = cursor.map((at, axis) => Math.min(Math.max(at + arrow[axis], 0), SIDE - 1));
    } else if (event.key === " ") {
      brush(cursor[0] + 0.5, cursor[1] + 0.5);
    } else if (event.key === "Enter") {
      add();
    } else {
      return;
    }
    event.preventDefault();
    paint();
  });
  ["focus", "blur"].forEach((event) => pad.addEventListener(event, paint));
  tell();

  return {
    open() {
      dialog.open();
      paint();
    },
    // Those of a link, in place of what was drawn.
    take(others) {
      symbols = [...others];
      tell();
    },
  };
}
