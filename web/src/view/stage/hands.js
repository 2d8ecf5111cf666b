// What pointer, wheel and keys do to a picture: look elsewhere, choose an anchor, hover a row.
import { panned, rotated, VIEW, zoomed } from "./camera.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CLICK = 5; // pixels of movement that still make a click
const ROTATION = Math.PI / 24; // by one key
const PAN = 48; // pixels, by one key
const STEP = 1.3; // of the zoom, by one key or button

// onHover(row or -1), onSelect(): called when the visitor does so. Returns { zoomBy(factor), showAll() } for buttons.
export function bindHands(canvas, { page, session, scene, onHover, onSelect }) {
  const pointers = new Map();
  let moved = 0;

  const inSpace = () => session.state.snapshot?.dim === 3;
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  };
  const rotate = (yaw, pitch) => page.look(rotated(page.view, yaw, pitch));
  const pan = (dx, dy) => page.look(panned(page.view, dx, dy, scene.frame.half));

  // at: the place that stays where it is, by default the middle.
  function zoomBy(factor, at) {
    const { half, middle } = scene.frame;
    page.look(zoomed(page.view, factor, at?.map((value, i) => value - middle[i]), half));
  }
  const showAll = () => {
    onHover(-1); // another row lies under the pointer now
    page.look(VIEW);
  };

  // ---- pointer ----------------------------------------------------------------------------------------------------

  function drag(event) {
    const before = pointers.get(event.pointerId);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved += Math.hypot(dx, dy);
    pointers.set(event.pointerId, event);
    if (pointers.size === 2) {
      pinch(event, before);
    } else if (moved > CLICK) {
      scene.held = true;
      inSpace() && !event.shiftKey ? rotate(-dx / 150, dy / 150) : pan(dx, dy);
    }
  }

  // Both fingers stay on what they hold.
  function pinch(event, before) {
    scene.held = true;
    const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    const apart = (from) => Math.hypot(from.clientX - other.clientX, from.clientY - other.clientY) || 1;
    const middle = (from) => place({
      clientX: (from.clientX + other.clientX) / 2,
      clientY: (from.clientY + other.clientY) / 2,
    });
    const [from, to] = [middle(before), middle(event)];
    pan(to[0] - from[0], to[1] - from[1]);
    zoomBy(apart(event) / apart(before), to);
  }

  function release(event) {
    pointers.delete(event.pointerId);
    scene.held = scene.held && pointers.size > 0;
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    moved = pointers.size > 1 ? CLICK + 1 : 0;
    onSelect();
  });
  canvas.addEventListener("pointermove", (event) =>
    pointers.has(event.pointerId) ? drag(event) : onHover(scene.rowAt(...place(event))),
  );
  canvas.addEventListener("pointerup", (event) => {
    release(event);
    if (moved <= CLICK && pointers.size === 0) {
      page.choose(scene.rowAt(...place(event)));
    }
  });
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => onHover(-1));
  canvas.addEventListener("dblclick", (event) => zoomBy(2, place(event)));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), place(event));
    },
    { passive: false },
  );

  // ---- keys -------------------------------------------------------------------------------------------------------

  const keys = {
    "+": () => zoomBy(STEP),
    "=": () => zoomBy(STEP),
    "-": () => zoomBy(1 / STEP),
    0: showAll,
    Escape: () => page.choose(-1),
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
      pan(-arrow[0] * PAN, -arrow[1] * PAN);
    } else {
      page.choose(scene.rowBeside(page.view.anchor, ...arrow));
    }
  });

  return { zoomIn: () => zoomBy(STEP), zoomOut: () => zoomBy(1 / STEP), showAll };
}
