// One embedding on the page: its canvas, what pointer and keys do in it, and its figures.
import { activeWords, collapseWords, count, rawWords, recallWords } from "../model/words.js";
import { element, formatNumber, sharpCanvas, stillness } from "./dom.js";
import { describe } from "./portrait.js";
import { Scene } from "./scene.js";
import { colours, onTheme } from "./theme.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CLICK = 5; // pixels of movement that still make a click
const ROTATION = Math.PI / 24;

// onAnchor(row or -1), onRotate(yaw, pitch), onSelect(): called when the visitor does so.
export function createPane({ session, onAnchor, onRotate, onSelect }) {
  const canvas = element("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": "Embedding",
    "aria-description":
      "Arrow keys choose an anchor, Escape clears it; plus and minus zoom, 0 shows everything; " +
      "Shift and arrow keys rotate three dimensions and pan two.",
  });

  const title = element("p", { className: "pane-title" });
  const facts = element("p", { className: "pane-facts" });
  const tip = element("p", { className: "tip", hidden: true });
  const notice = element("p", { className: "notice", hidden: true });

  const zoom = (label, text, run) =>
    element("button", { type: "button", textContent: text, "aria-label": label, on: { click: run } });
  const tools = element(
    "div",
    { className: "zoom" },
    zoom("Zoom in", "+", () => scene.camera.zoomBy(1.3)),
    zoom("Zoom out", "−", () => scene.camera.zoomBy(1 / 1.3)),
    zoom("Show everything", "⤢", () => scene.camera.reset()),
  );

  const root = element("figure", { className: "pane" }, canvas, title, facts, tools, notice, tip);
  const scene = new Scene(canvas);

  const inSpace = () => session.state.snapshot?.dim === 3;
  const rotate = (yaw, pitch) => {
    scene.camera.rotate(yaw, pitch);
    onRotate(scene.camera.yaw, scene.camera.pitch);
  };

  // ---- pointer ----------------------------------------------------------------------------------------------------

  const pointers = new Map();
  let moved = 0;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  function drag(event) {
    const before = pointers.get(event.pointerId);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved += Math.hypot(dx, dy);
    if (pointers.size === 2) {
      const other = [...pointers.entries()].find(([id]) => id !== event.pointerId)[1];
      const apart = (from) => Math.hypot(from.clientX - other.clientX, from.clientY - other.clientY) || 1;
      scene.camera.zoomBy(apart(event) / apart(before));
    } else if (moved > CLICK) {
      inSpace() && !event.shiftKey ? rotate(-dx / 150, dy / 150) : shift(dx, dy);
    }
    pointers.set(event.pointerId, event);
  }

  function shift(dx, dy) {
    const scale = scene.camera.scale(canvas.clientWidth, canvas.clientHeight);
    scene.camera.shift[0] += dx / scale;
    scene.camera.shift[1] += dy / scale;
  }

  function hover(event) {
    const row = scene.rowAt(...place(event));
    scene.marks.hovered = row;
    tip.hidden = row < 0;
    if (row >= 0) {
      tip.textContent = describe(session, row);
      const [left, top] = scene.placeOf(row);
      tip.style.transform = `translate(${Math.min(left + 14, canvas.clientWidth - 190)}px, ${Math.max(top - 40, 6)}px)`;
    }
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    moved = 0;
    onSelect();
  });
  canvas.addEventListener("pointermove", (event) => (pointers.has(event.pointerId) ? drag(event) : hover(event)));
  canvas.addEventListener("pointerup", (event) => {
    pointers.delete(event.pointerId);
    if (moved <= CLICK && pointers.size === 0) {
      onAnchor(scene.rowAt(...place(event)));
    }
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => {
    scene.marks.hovered = -1;
    tip.hidden = true;
  });
  // If the page itself can scroll, the wheel scrolls it; a pinch (or Ctrl with the wheel) always zooms.
  canvas.addEventListener(
    "wheel",
    (event) => {
      const page = document.scrollingElement;
      if (event.ctrlKey || page.scrollHeight <= page.clientHeight + 1) {
        event.preventDefault();
        scene.camera.zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)));
      }
    },
    { passive: false },
  );

  // ---- keys -------------------------------------------------------------------------------------------------------

  const keys = {
    "+": () => scene.camera.zoomBy(1.2),
    "=": () => scene.camera.zoomBy(1.2),
    "-": () => scene.camera.zoomBy(1 / 1.2),
    0: () => scene.camera.reset(),
    Escape: () => onAnchor(-1),
  };
  canvas.addEventListener("focus", onSelect);
  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(arrow || keys[event.key])) {
      return;
    }
    event.preventDefault();
    if (!arrow) {
      keys[event.key]();
    } else if (event.shiftKey && inSpace()) {
      rotate(-arrow[0] * ROTATION, arrow[1] * ROTATION);
    } else if (event.shiftKey) {
      shift(arrow[0] * -40, arrow[1] * -40);
    } else {
      onAnchor(scene.rowBeside(scene.marks.anatomy?.anchor ?? -1, ...arrow));
    }
  });

  // ---- what it shows ----------------------------------------------------------------------------------------------

  sharpCanvas(canvas, (width, height, ratio) => scene.resize(ratio));
  const recolour = () => scene.recolour(colours());
  onTheme(recolour);
  recolour();

  session.addEventListener("start", () =>
    scene.show({ dataset: session.dataset, heldOut: session.heldOut }),
  );
  session.addEventListener("snapshot", () => scene.move(session.state.snapshot));

  return {
    root,
    canvas,
    session,
    scene,
    draw(now) {
      scene.still = stillness.matches;
      scene.draw(now);
    },
    // label: how this pane differs from the other, "" if it is alone.
    describe(label, selected) {
      const { snapshot, collapsed, recall } = session.state;
      title.textContent = label;
      title.hidden = !label;
      root.classList.toggle("selected", selected && label !== "");

      notice.hidden = !collapsed;
      if (collapsed) {
        notice.textContent = collapseWords(snapshot.settings);
      }

      if (snapshot) {
        const { step, loss } = snapshot;
        const told = [
          `step ${count(step)}`,
          loss === null ? "" : `loss ${formatNumber(loss)}`,
          activeWords(snapshot),
          recallWords(recall, session.evaluated, step),
        ];
        facts.textContent = [told.filter(Boolean).join(" · "), rawWords(recall)].filter(Boolean).join("\n");
        canvas.setAttribute(
          "aria-label",
          `Embedding ${label && `${label} `}of ${session.dataset.title}, ${session.dataset.n} points`,
        );
      }
    },
  };
}
