// The opening in a visitor's hands: points and margin follow pointer and keys.
import { MARGIN } from "../../model/one.js";

const NUDGE = 0.05; // of an arrow key
const LARGE = 5; // times that, with Shift
const MARGIN_PER_PIXEL = 1 / 140;
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const isPlain = ({ altKey, ctrlKey, metaKey }) => !altKey && !ctrlKey && !metaKey;
const stepOf = ({ shiftKey }) => NUDGE * (shiftKey ? LARGE : 1);

// Follows the pointer that is down until it is up. moved([x, y] since then); ended().
function follow(element, down, { moved, ended = () => {} }) {
  const listening = new AbortController();
  const own = (then) => (event) => event.pointerId === down.pointerId && then(event);
  const on = (type, then) => element.addEventListener(type, own(then), { signal: listening.signal });
  const end = () => {
    listening.abort();
    ended();
  };
  element.setPointerCapture(down.pointerId);
  on("pointermove", ({ clientX, clientY }) => moved([clientX - down.clientX, clientY - down.clientY]));
  ["pointerup", "pointercancel", "lostpointercapture"].forEach((type) => on(type, end));
}

/**
 * grabbed(isHeld): a hand takes a point, or lets it go. pixels: of the plane as it is shown now.
 * @param {SVGSVGElement} svg
 * @param {any} one
 * @param {{ grabbed(isHeld: boolean): void, pixels: Record<"to" | "from", (point: number[]) => number[]> }} picture
 */
export function bindDiscs(svg, one, { grabbed, pixels }) {
  const discOf = ({ target }) => /** @type {SVGGElement} */ (target.closest(".one-disc"));

  svg.addEventListener("pointerdown", (event) => {
    const disc = discOf(event);
    if (!disc || event.button !== 0) {
      return;
    }
    event.preventDefault();
    disc.focus({ preventScroll: true });
    grabbed(true);
    const { role } = disc.dataset;
    const began = pixels.to(one.places[role]);
    follow(disc, event, {
      moved: (by) => one.move(role, pixels.from(began.map((value, axis) => value + by[axis]))),
      ended: () => grabbed(false),
    });
  });

  // The page would scroll with the finger, as browsers do not ask parts of a drawing for their touch-action.
  svg.addEventListener("touchstart", (event) => discOf(event) && event.preventDefault(), { passive: false });

  svg.addEventListener("keydown", (event) => {
    const disc = discOf(event);
    const direction = DIRECTIONS[event.key];
    if (disc && direction && isPlain(event)) {
      event.preventDefault();
      grabbed(false);
      const { role } = disc.dataset;
      const step = stepOf(event);
      one.move(role, one.places[role].map((value, axis) => value + step * direction[axis]));
    }
  });
}

/** @param {HTMLElement} slider */
export function bindMargin(slider, one) {
  slider.addEventListener("pointerdown", (event) => {
    if (event.button === 0) {
      event.preventDefault();
      slider.focus({ preventScroll: true });
      const began = one.margin;
      follow(slider, event, { moved: ([x]) => one.setMargin(began + x * MARGIN_PER_PIXEL) });
    }
  });

  slider.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    const ends = { Home: MARGIN.minimum, End: MARGIN.maximum };
    if ((direction || event.key in ends) && isPlain(event)) {
      event.preventDefault();
      one.setMargin(direction ? one.margin + stepOf(event) * (direction[0] - direction[1]) : ends[event.key]);
    }
  });
}
