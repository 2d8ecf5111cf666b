// The stage: the picture is the page. One pane for each run over the whole window, with the points framed where nothing
// covers them.
import "../../style/stage.css";
import { element } from "../dom.js";
import { measureInsets } from "./insets.js";
import { createPane } from "./pane.js";

const EDGE = { wide: 28, narrow: 14 }; // CSS pixels between the points and what is around them
const NARROW = 640;
const HEADED = 64; // of a compared pane, for what tells it from the other
const UPRIGHT = 1.1; // how much higher than wide the room is for panes to stand one above the other
const MEASURED = 200; // ms between two looks at what covers the picture

export function createStage(root, page) {
  let panes = [];
  let insets = { top: 0, right: 0, bottom: 0, left: 0 };
  let measured = -Infinity;

  const chosen = () => panes[page.selected] ?? panes[0];
  const button = (label, text, run) =>
    element("button", {
      type: "button",
      className: "icon",
      textContent: text,
      "aria-label": label,
      on: { click: run },
    });
  const tools = element(
    "div",
    { className: "zoom", role: "group", "aria-label": "Zoom" },
    button("Zoom in", "+", () => chosen().hands.zoomIn()),
    button("Zoom out", "−", () => chosen().hands.zoomOut()),
    button("Show everything", "⤢", () => chosen().hands.showAll()),
  );
  const host = element("div", { className: "panes" });
  root.append(host, tools);

  // A pane for each session there is now.
  function sync() {
    if (panes.length === page.sessions.length && panes.every(({ session }, i) => session === page.sessions[i])) {
      return;
    }
    panes = page.sessions.map(
      (session, i) =>
        panes.find((pane) => pane.session === session) ?? createPane(page, session, () => select(session, i)),
    );
    host.replaceChildren(...panes.map((pane) => pane.root));
    root.classList.toggle("compared", panes.length > 1);
    arrange();
  }
  const select = (session, index) => page.session !== session && page.select(index);

  // ---- room -------------------------------------------------------------------------------------------------------

  function arrange() {
    insets = measureInsets();
    const free = {
      left: insets.left,
      top: insets.top,
      width: innerWidth - insets.left - insets.right,
      height: innerHeight - insets.top - insets.bottom,
    };
    const upright = free.height > free.width * UPRIGHT;
    root.classList.toggle("upright", upright);
    tools.style.bottom = `${insets.bottom}px`;
    tools.style.right = `${insets.right}px`;
    panes.forEach((pane, i) => pane.place(boxOf(free, upright, i), roomOf(free, upright, i)));
  }

  // The part of the window that a pane takes: all of it, or up to the middle of what is free.
  function boxOf(free, upright, i) {
    const [start, size, whole] = upright
      ? [free.top, free.height, innerHeight]
      : [free.left, free.width, innerWidth];
    const middle = Math.round(start + size / 2);
    const [from, to] = panes.length === 1 ? [0, whole] : i === 0 ? [0, middle] : [middle, whole];
    return upright
      ? { left: 0, top: from, width: innerWidth, height: to - from }
      : { left: from, top: 0, width: to - from, height: innerHeight };
  }

  function roomOf(free, upright, i) {
    const edge = innerWidth <= NARROW ? EDGE.narrow : EDGE.wide;
    const headed = panes.length > 1 ? HEADED : 0;
    const [across, down] = panes.length === 1 ? [1, 1] : upright ? [1, 2] : [2, 1];
    const [width, height] = [free.width / across, free.height / down];
    return {
      left: free.left + (across > 1 ? i * width : 0) + edge,
      top: free.top + (down > 1 ? i * height : 0) + edge / 2 + headed,
      width: Math.max(width - 2 * edge, 40),
      height: Math.max(height - 1.5 * edge - headed, 40),
    };
  }

  page.addEventListener("change", sync);
  addEventListener("resize", () => (measured = -Infinity));

  return {
    period: 50,
    show() {
      root.inert = page.view.place !== "run"; // it lies under the opening
      panes.forEach((pane) => pane.show());
    },
    // Returns whether any picture moves.
    draw(now) {
      if (now - measured > MEASURED) {
        measured = now;
        arrange();
      }
      return panes.map((pane) => pane.draw(now)).some(Boolean);
    },
    get panes() {
      return panes;
    },
    get insets() {
      return insets;
    },
    // Of a row, or of a position of the embedding, in the window; of the selected run. null before it is drawn.
    placeOf: (row) => inWindow(chosen(), chosen().scene.placeOf(row)),
    placeAt: (position) => inWindow(chosen(), chosen().scene.placeAt(position)),
  };
}

const inWindow = ({ box }, place) => place && [place[0] + box.left, place[1] + box.top];
