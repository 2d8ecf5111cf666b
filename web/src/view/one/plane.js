// The opening's picture: three digits, the lines between them, the ring of the positive and the margin beyond it.
import { ROLES } from "../../model/one.js";
import { createDisc } from "./discs.js";
import { createLines, OTHERS } from "./lines.js";
import { createRings } from "./rings.js";
import { createRoles } from "./roles.js";
import { angleOf, made, short } from "./shapes.js";

const DISC = 0.066; // radius, of the shorter side
const SMALLEST = 19; // px
const DESIGNED = 46; // the radius at which all sizes are as they are written

/** @param {SVGSVGElement} svg */
export function createPlane(svg) {
  // room: px that are kept free on all sides; top: that something else covers there; unit: of sizes.
  const size = { width: 1, height: 1, radius: SMALLEST, unit: 1, room: 0, top: 0 };
  const behind = made(svg, "g", { class: "one-behind" });
  const rings = createRings(behind, size);
  const lines = createLines(behind, size);
  const discs = Object.fromEntries([...OTHERS, "anchor"].map((role) => [role, createDisc(svg, role)]));
  const roles = createRoles(made(svg, "g", { class: "one-front" }), size);

  return {
    discs,
    size,
    hint: roles.hint,
    /** top: pixels that something else covers there. */
    resize(width, height, top) {
      const radius = Math.max(SMALLEST, DISC * Math.min(width, height - top));
      Object.assign(size, { width, height, top, radius, unit: radius / DESIGNED });
      size.room = 34 * Math.max(size.unit, 0.72);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.style.setProperty("--unit", `${size.unit.toFixed(3)}px`);
    },
    /** @param {number[]} place */
    toPixels: ([x, y], frame) => [
      size.width / 2 + (x - frame.x) * frame.scale,
      (size.top + size.height) / 2 + (y - frame.y) * frame.scale,
    ],
    /** @param {number[]} at */
    fromPixels: ([left, top], frame) => [
      frame.x + (left - size.width / 2) / frame.scale,
      frame.y + (top - (size.top + size.height) / 2) / frame.scale,
    ],
    /** Where a disc is whole. @param {number[]} at */
    kept: ([left, top]) => {
      const within = (value, from, to) => Math.min(Math.max(value, from + size.radius), to - size.radius);
      return [within(left, 0, size.width), within(top, size.top, size.height)];
    },
    draw({ places, seen, frame }) {
      const at = Object.fromEntries(ROLES.map((role) => [role, this.toPixels(places[role], frame)]));
      const angles = Object.fromEntries(
        OTHERS.map((role) => [role, angleOf([0, 1].map((axis) => at[role][axis] - at.anchor[axis]))]),
      );
      const [pull, push] = [seen.reach.pull, seen.reach.push].map((reach) => short(reach * frame.scale));
      const back = (role) => angles[role] + Math.PI;
      const moving = (role) => (Math.hypot(...seen.moves[role]) > 0 ? [angleOf(seen.moves[role])] : []);

      svg.setAttribute("data-kind", seen.kind);
      const names = rings.draw({ at, pull, push }, seen.kind, [angles.positive, angles.negative]);
      const figures = lines.draw({ at, angles }, seen);
      for (const role of ROLES) {
        discs[role].place(at[role], size.radius);
        discs[role].name(seen.distances[role]);
      }
      const busy = {
        anchor: [angles.positive, angles.negative, ...moving("anchor")],
        positive: [back("positive"), ...moving("positive")],
        negative: [back("negative"), ...moving("negative")],
      };
      roles.draw(at, busy, [...names, ...figures]);
      return at;
    },
  };
}
