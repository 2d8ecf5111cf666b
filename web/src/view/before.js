// Before and after: the data before training, small beside what became of them. What is hovered, marked or chosen in
// one is so in the other.
import { inputMap } from "../model/input.js";
import { percent } from "../model/words.js";
import "../style/before.css";
import { element, sharpCanvas } from "./dom.js";
import { icon } from "./icons.js";
import { nearestNegative } from "./stage/rings.js";
import { SmallMap } from "./small_map.js";
import { colours, onTheme } from "./theme.js";

const ROOMY = matchMedia("(min-width: 900px) and (min-height: 560px)"); // where it is open at first
const WIDE = matchMedia("(min-width: 1500px)"); // where a drawer leaves room for it
const CLICK = 4; // pixels of movement that still make a click
const LIT = 24; // rows that the keyboard lights up around one
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function createBefore(root, page, stage) {
  const canvas = element("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": "The data before training",
    "aria-description":
      "Arrow keys go from row to row, Space lights up the rows around one, Enter makes it the anchor, Escape clears.",
  });
  const about = element("p", { className: "hint" });
  const toggle = element(
    "button",
    { type: "button", className: "plain", on: { click: () => open(!isOpen) } },
    element("span", { textContent: "Before training" }),
    icon("close"),
  );
  const body = element("div", { className: "map" }, canvas, about);
  root.append(toggle, body);

  const map = new SmallMap(canvas);
  let isOpen = false;
  let shown = null; // the data set
  let input = null; // of inputMap

  function open(wanted) {
    isOpen = wanted;
    root.classList.toggle("open", isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
    body.hidden = !isOpen;
    isOpen && input && draw();
  }

  function take(dataset) {
    shown = dataset;
    input = inputMap(page.triplet, dataset);
    const { share = 1 } = input ?? {};
    about.textContent = share === 1 ? "" : `Two of ${dataset.d} axes, ${percent(share)} of the spread`;
    input && map.show({ ...input, labels: dataset.labels });
  }

  const hands = bindHands(canvas, page, map);

  function draw() {
    const { view } = page;
    const theme = colours();
    map.draw({
      colours: theme,
      view,
      isQuiet: (row) =>
        view.brushed ? !view.brushed.has(row) : view.highlighted >= 0 && shown.labels[row] !== view.highlighted,
      rings: ringsOf(page, theme).filter(([row]) => row >= 0 && row < shown.n),
      rectangle: hands.rectangle,
    });
  }

  sharpCanvas(canvas, (_width, _height, ratio) => {
    map.resize(ratio);
    isOpen && input && draw();
  });
  onTheme(() => input && map.show({ ...input, labels: shown.labels }));
  open(ROOMY.matches);
  ROOMY.addEventListener("change", () => ROOMY.matches || open(false));

  return {
    period: 60,
    show() {
      const { session, view } = page;
      if (session.dataset && session.dataset !== shown) {
        take(session.dataset);
      }
      const crowded = view.panel !== "" && !WIDE.matches;
      root.hidden = view.place !== "run" || view.tour > 0 || page.comparing || crowded || !input;
      root.style.bottom = `${stage.insets.bottom}px`;
      if (!root.hidden && isOpen) {
        draw();
      }
    },
  };
}

// The rows that are ringed, with their colours.
/** @param {Record<string, string>} theme */
function ringsOf(page, theme) {
  const { ink, pull, push } = theme;
  const { anchor, hovered } = page.view;
  const anatomy = page.anatomy();
  const ends = anatomy ? [[anatomy.positive ?? -1, pull], [nearestNegative(anatomy) ?? -1, push]] : [];
  return [...ends, [anchor, ink], [hovered, ink]];
}

// Hovering lights a row, dragging a rectangle all in it; a click chooses the anchor. Returns { rectangle }: the corners
// while it is dragged, or null.
function bindHands(canvas, page, map) {
  let corners = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const isClick = (/** @type {any} */ [from, to]) => Math.hypot(to[0] - from[0], to[1] - from[1]) <= CLICK;
  const brush = (rows) => page.look({ brushed: rows.length > 0 ? new Set(rows) : null, hovered: -1 });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    corners = [place(event), place(event)];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!corners) {
      page.look({ hovered: map.rowAt(place(event)) });
      return;
    }
    corners = [corners[0], place(event)];
    isClick(corners) || brush(map.rowsIn(corners));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (corners && isClick([corners[0], place(event)])) {
      page.view.brushed ? brush([]) : page.choose(map.rowAt(place(event)));
    }
    corners = null;
    page.look({});
  });
  canvas.addEventListener("pointercancel", () => (corners = null));
  canvas.addEventListener("pointerleave", () => page.look({ hovered: -1 }));

  canvas.addEventListener("keydown", (event) => {
    const { hovered, anchor } = page.view;
    const row = hovered >= 0 ? hovered : anchor;
    const keys = {
      " ": () => brush(map.rowsAround(Math.max(row, 0), LIT)),
      Enter: () => page.choose(hovered),
      Escape: () => brush([]),
    };
    const arrow = ARROWS[event.key];
    const run = arrow ? () => page.look({ hovered: map.rowBeside(row, arrow[0], arrow[1]) }) : keys[event.key];
    if (run && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation(); // Space plays elsewhere
      run();
    }
  });

  return {
    get rectangle() {
      return corners && !isClick(corners) ? corners : null;
    },
  };
}
