// Between the three: lines with their lengths, and arrows where each is moved.
import { ROLES } from "../../model/one.js";
import { boxAround, turn } from "./labels.js";
import { along, angleOf, arrowPath, made, set } from "./shapes.js";

export const OTHERS = ["negative", "positive"]; // the line of the positive lies over that of the negative
const ARROW = 50; // px for a slope of 1
const SMALLEST = 0.12; // slope that is drawn

// size: of the plane, as it is when something is drawn.
export function createLines(parent, size) {
  const each = (roles, name, of, more = {}) =>
    Object.fromEntries(roles.map((role) => [role, made(parent, name, { class: `${of} one-${role}`, ...more })]));
  const lines = each(OTHERS, "line", "one-line");
  const figures = each(OTHERS, "text", "one-figure", { "text-anchor": "middle" });
  const arrows = each(ROLES, "path", "one-arrow");

  // Returns their boxes.
  function drawFigures({ at, angles }, distances) {
    const { unit, radius } = size;
    const text = Math.max(14, 20 * unit);
    const boxes = [];
    const apart = turn(angles.positive, angles.negative);
    for (const role of OTHERS) {
      // Between the lines, where no arrow is, unless there is no room.
      const other = angles[role === "positive" ? "negative" : "positive"];
      const inward = Math.sin(other - angles[role]) > 0 ? 1 : -1;
      const side = (apart < 0.7 ? -1 : 1) * inward;
      const normal = along([0, 0], angles[role] + (side * Math.PI) / 2, 1);
      const away = 1.2 * text * Math.abs(normal[0]) + 0.4 * text * Math.abs(normal[1]) + 8 * unit + 2;
      const [x, y] = [0, 1].map((axis) => (at.anchor[axis] + at[role][axis]) / 2 + away * normal[axis]);
      figures[role].textContent = distances[role].toFixed(2);
      const long = text * (2 * Math.abs(normal[1]) + 0.6 * Math.abs(normal[0])); // along the line
      const isShown = Math.hypot(...[0, 1].map((axis) => at[role][axis] - at.anchor[axis])) > 2 * radius + long;
      figures[role].toggleAttribute("hidden", !isShown);
      set(figures[role], { x, y: y + 0.36 * text });
      isShown && boxes.push(boxAround([x, y], 2.4 * text, text));
    }
    return boxes;
  }

  function drawArrows({ at }, moves) {
    for (const role of ROLES) {
      const slope = Math.hypot(...moves[role]);
      const angle = angleOf(moves[role]);
      const start = along(at[role], angle, size.radius + 1);
      const length = ARROW * size.unit * slope;
      arrows[role].toggleAttribute("hidden", slope < SMALLEST);
      set(arrows[role], { d: arrowPath(start, angle, length, 5.5 * size.unit) });
    }
  }

  return {
    // at: pixels of the three; angles: of the lines from the anchor. Returns the boxes of the figures.
    draw({ at, angles }, { distances, moves }) {
      for (const role of OTHERS) {
        const [[x1, y1], [x2, y2]] = [at.anchor, at[role]];
        set(lines[role], { x1, y1, x2, y2 });
      }
      drawArrows({ at }, moves);
      return drawFigures({ at, angles }, distances);
    },
  };
}
