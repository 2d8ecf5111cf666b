// From three digits to all: the three fly to their own rows while the picture of all draws back behind them.
import { DIGITS, ROLES } from "../../model/one.js";

const DURATION = 1100; // ms
const NEAR = 3; // how much nearer the picture of all is at first
const DOT = 0.12; // of a disc, in the end
const EASING = "cubic-bezier(0.33, 1, 0.68, 1)"; // cubic out, as below
const cubicOut = (t) => 1 - (1 - t) ** 3;

// Where the middle of the three rows is to be; of all there is as long as they are not known.
function middleOf(places) {
  const known = places.filter(Boolean);
  const mean = (axis) => known.reduce((sum, place) => sum + place[axis], 0) / known.length;
  return known.length > 0 ? `${mean(0)}px ${mean(1)}px` : "50% 50%";
}

// from: the pixels of the three in the plane, which begins at `origin` in the window. Resolves on arrival.
export async function fly({ plane, from, origin, stage }) {
  const placeOf = (role) => stage.placeOf(DIGITS[role].row);
  const scene = document.getElementById("stage");
  scene.style.transformOrigin = middleOf(ROLES.map(placeOf));
  scene.animate(
    [
      { transform: `scale(${NEAR})`, opacity: 0 },
      { opacity: 1, offset: 0.5 },
      { transform: "none", opacity: 1 },
    ],
    { duration: DURATION, easing: EASING },
  );
  await frames(DURATION, (t) => {
    const share = cubicOut(t);
    for (const role of ROLES) {
      const goal = placeOf(role)?.map((value, axis) => value - origin[axis]) ?? from[role];
      const at = from[role].map((value, axis) => value + share * (goal[axis] - value));
      plane.discs[role].place(at, plane.size.radius, 1 + share * (DOT - 1));
    }
  });
  scene.style.transformOrigin = "";
}

// Calls draw(share of the time) in every frame.
function frames(duration, draw) {
  const start = performance.now();
  return new Promise((/** @type {(value?: any) => void} */ done) => {
    function frame(now) {
      const t = Math.min(1, Math.max(0, now - start) / duration);
      draw(t);
      t < 1 ? requestAnimationFrame(frame) : done();
    }
    requestAnimationFrame(frame);
  });
}
