// The three digits as discs, and the hint that they can be dragged.
import { DIGITS, inkOf, SIDE } from "../../model/one.js";
import { svgElement } from "../icons.js";
import { made, set, short } from "./shapes.js";

const TOUCHED = 24; // px from the middle, at least, that take hold of a disc
const GLYPH = 0.58; // half a digit's side, of the radius

function glyph(digit) {
  const group = svgElement("g", { class: "one-glyph" });
  inkOf(digit).forEach((ink, i) => {
    if (ink > 0) {
      const [x, y] = [(i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2];
      made(group, "rect", { x, y, width: 0.96, height: 0.96, rx: 0.14, "fill-opacity": ink ** 0.85 });
    }
  });
  return group;
}

export function createDisc(parent, role) {
  const group = made(parent, "g", {
    class: `one-disc one-${role}`,
    "data-role": role,
    role: "button",
    tabindex: 0,
    "aria-roledescription": "point to drag",
  });
  const touched = made(group, "circle", { class: "one-touch" });
  const focus = made(group, "circle", { class: "one-focus" });
  const edge = made(group, "circle", { class: "one-edge" });
  const picture = glyph(DIGITS[role]);
  group.append(picture);
  return {
    // distance: from the anchor.
    name(distance) {
      group.setAttribute("aria-label", nameOf(role, distance));
    },
    /** @param {number[]} at */
    place([x, y], radius, scale = 1) {
      const size = (2 * GLYPH * radius) / SIDE;
      set(touched, { r: Math.max(radius + 6, TOUCHED) });
      set(focus, { r: radius + 6 });
      set(edge, { r: radius });
      picture.setAttribute("transform", `scale(${size.toFixed(3)})`);
      group.setAttribute("transform", `translate(${short(x)} ${short(y)}) scale(${scale.toFixed(3)})`);
    },
  };
}

function nameOf(role, distance) {
  const what = { 3: "a three", 8: "an eight" }[DIGITS[role].label];
  const far = role === "anchor" ? "" : `, at a distance of ${distance.toFixed(2)} from the anchor`;
  return `${role[0].toUpperCase()}${role.slice(1)}, ${what}${far}`;
}

// Shown until the first drag.
export function createHint(parent) {
  const group = made(parent, "g", { class: "one-hint" });
  const moving = made(group, "g");
  const back = made(moving, "rect");
  const word = made(moving, "text");
  word.textContent = "drag me";
  let isShown = true;
  return {
    get isShown() {
      return isShown;
    },
    width: (unit) => word.getComputedTextLength() + 26 * unit,
    height: (unit) => 28 * Math.max(unit, 0.85),
    /** @param {number[]} box */
    place([left, top, right, bottom], unit) {
      const [width, height] = [right - left, bottom - top];
      set(back, { width, height, rx: height / 2 });
      set(word, { x: 13 * unit, y: height / 2 + 4.5 * Math.max(unit, 0.85) });
      set(group, { transform: `translate(${short(left)} ${short(top)})` });
    },
    hide() {
      isShown = false;
      group.remove();
    },
  };
}
