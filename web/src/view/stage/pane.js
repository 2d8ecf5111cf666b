// One embedding on the stage: its canvas and what stands on it, for one run.
import { count, thingsOf } from "../../model/words.js";
import { isOfTriplets } from "../../model/trainer_options.js";
import { element, stillness } from "../dom.js";
import { colours, onTheme } from "../theme.js";
import { bindHands } from "./hands.js";
import { hoveredRings } from "./rings.js";
import { Scene } from "./scene.js";
import { createTip } from "./tip.js";

const MAX_PIXELS = { few: 4.4e6, many: 2.4e6 }; // of a canvas; without a graphics card more take longer than a frame
const MANY = 4000; // rows
const NARROW = 640; // CSS pixels: fewer triplets then

const LABEL =
  "Arrow keys choose an anchor, Escape clears it; plus and minus zoom, 0 shows everything; " +
  "Shift and arrow keys rotate three dimensions and pan two.";

// onSelect(): the visitor turns to this pane.
export function createPane(page, session, onSelect) {
  const canvas = element("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": "Embedding",
    "aria-description": LABEL,
  });
  const tip = createTip(page.triplet);
  const notice = element("div", { className: "collapsed", hidden: true });
  const root = element("figure", { className: "pane" }, canvas, notice, tip.root);
  const scene = new Scene(canvas, page.triplet);
  let shown = { run: null, step: -1, onWay: false }; // on its way: to a step that was asked for

  const hands = bindHands(canvas, { page, session, scene, onSelect, onHover: (row) => page.look({ hovered: row }) });

  // ---- the run ----------------------------------------------------------------------------------------------------

  function start() {
    shown = { run: session.dataset, step: -1, onWay: false };
    scene.show({ dataset: session.dataset, heldOut: session.heldOut });
    canvas.setAttribute("aria-label", `Embedding of ${session.dataset.title}, ${count(session.dataset.n)} points`);
    fit();
    move();
  }

  // A run that plays goes on; anything else is another moment of it, also where a replay or a seek comes to its end.
  function move() {
    const { snapshot, playing, replaying, seeking } = session.state;
    if (snapshot && shown.run) {
      const arrives = shown.onWay && !seeking && !replaying && !playing;
      const follows = playing || replaying || (snapshot.step <= shown.step + 1 && !arrives);
      scene.move(snapshot, { goingOn: shown.step >= 0 && snapshot.step >= shown.step && follows });
      Object.assign(shown, { step: snapshot.step, onWay: seeking || replaying });
    }
  }

  const recolour = () => {
    scene.recolour(colours());
    tip.forget();
  };
  onTheme(recolour);
  recolour();
  session.addEventListener("start", start);
  session.addEventListener("snapshot", move);

  // ---- its place --------------------------------------------------------------------------------------------------

  // As sharp as the screen, as far as its pixels can be drawn in time.
  function fit() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const most = (session.dataset?.n ?? 0) > MANY ? MAX_PIXELS.many : MAX_PIXELS.few;
    const ratio = Math.min(devicePixelRatio || 1, 3, Math.max(Math.sqrt(most / (width * height || 1)), 0.6));
    const size = [width, height].map((side) => Math.max(1, Math.round(side * ratio)));
    if (canvas.width !== size[0] || canvas.height !== size[1]) {
      [canvas.width, canvas.height] = size;
      scene.resize(ratio);
    }
  }
  new ResizeObserver(fit).observe(canvas);

  // box: of the pane in the window; room: of the points in the window, { left, top, width, height }.
  function place(box, room) {
    for (const key of ["left", "top", "width", "height"]) {
      root.style[key] = `${box[key]}px`;
    }
    scene.room = { ...room, left: room.left - box.left, top: room.top - box.top };
    Object.assign(pane, { box, room });
  }

  // ---- what is marked ---------------------------------------------------------------------------------------------

  let rings = { of: [], found: null };
  function ringsOf(hovered) {
    const of = [hovered, scene.snapshot];
    if (of.some((one, i) => one !== rings.of[i])) {
      const force = hovered >= 0 && scene.snapshot ? scene.forceOf(hovered) : null;
      rings = { of, found: force && hoveredRings(page.triplet, scene.snapshot, force) };
    }
    return rings.found;
  }

  function mark() {
    const { view } = page;
    const { n } = session.dataset;
    const isSelected = session === page.session;
    const hovered = view.hovered < n ? view.hovered : -1;
    if ((scene.marks.anatomy?.anchor ?? -1) !== view.anchor) {
      see(); // another anchor is seen at once
    }
    Object.assign(scene.marks, {
      hovered,
      highlighted: view.highlighted,
      brushed: view.brushed,
      mistakes: view.marked === "mistakes" && isSelected ? page.mistakes : null,
      gradient: view.gradient,
      visitor: isSelected ? view.visitor : null,
      rings: scene.marks.anatomy ? null : ringsOf(hovered),
    });
    Object.assign(scene, { view, still: stillness.matches, limit: innerWidth <= NARROW ? 4 : 5 });
  }

  const see = () => (scene.marks.anatomy = session.dataset ? page.anatomy(session) : null);

  function describeCollapse() {
    const { collapsed, snapshot } = session.state;
    notice.hidden = !collapsed || !scene.isDrawn;
    if (!notice.hidden) {
      const { dataset } = session;
      const [left, top] = scene.placeOf(0);
      notice.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px) translate(-50%, 0)`;
      const why = isOfTriplets(snapshot.settings)
        ? "Every distance is 0, the loss is stuck at the margin, and no gradient parts them."
        : "Every distance is 0, and no gradient parts them.";
      const words = [`${count(dataset.total ?? dataset.n)} ${thingsOf(dataset)} on one spot`, why];
      if (notice.textContent !== words.join("")) {
        notice.replaceChildren(
          element("p", { className: "collapsed-title", textContent: words[0] }),
          element("p", { textContent: words[1] }),
        );
      }
    }
  }

  const pane = {
    root,
    canvas,
    session,
    scene,
    hands,
    box: { left: 0, top: 0, width: 0, height: 0 }, // in the window, and the room that points are framed in
    room: { left: 0, top: 0, width: 0, height: 0 },
    place,
    // Returns whether the picture moves.
    draw(now) {
      if (!session.dataset || !shown.run) {
        return false;
      }
      mark();
      const moves = scene.draw(now);
      const { hovered } = scene.marks;
      const isTold = hovered >= 0 && hovered !== page.view.anchor; // the anchor has its card
      tip.show(session, hovered, isTold ? scene.placeOf(hovered) : null, pane);
      return moves;
    },
    show() {
      see();
      describeCollapse();
    },
  };
  session.settings && session.heldOut && start();
  return pane;
}
