// What the loss sees around one anchor: the ring of its pull, the margin as a band out to where it pushes, and its
// lines to the positive and to the nearest negative.
import { reachOf } from "../../model/reach.js";
import { pickRows } from "../../model/rows.js";
import { measureOptions } from "../../model/trainer_options.js";
import { ringLines } from "./ring.js";

const [PULL, PUSH] = [2.5, 1.75]; // widths of the rings
const ARC = 24; // corners of what closes a wedge

// The negative that counts most: the nearest of all.
export const nearestNegative = ({ negatives }) =>
  Object.values(negatives)
    .flatMap((list) => list.slice(0, 1))
    .reduce((best, one) => (best && best.distance <= one.distance ? best : one), null)?.row ?? null;

// The outlines of both reaches around the chosen anchor, or around the one that is hovered, in pixels: { pull, push },
// lists of lists of points; null: there are none.
export function outlines({ triplet, marks, snapshot, shown, onSphere, camera, canvas }) {
  const { dim, settings, collapsed } = snapshot;
  const of = marks.anatomy?.reach ? marks.anatomy : marks.rings;
  if (!of || collapsed) {
    return null;
  }
  const center = [0, 1, 2].map((axis) => (axis < dim ? shown[of.anchor * dim + axis] : 0));
  const length = (2 * (canvas.width + canvas.height)) / camera.scale; // of rays
  const project = camera.projection(dim);
  const linesAt = (distance) =>
    ringLines(triplet, center, distance, { settings, dim, onSphere, length }).map((points) =>
      points.map((point) => project(...point)),
    );
  return { pull: linesAt(of.reach.pull), push: linesAt(of.reach.push) };
}

// The band between both, as outlines to fill: none in space, where rings bound no area.
export function band({ pull, push }, dim) {
  return dim === 2 && push.length > 0 ? [...areas(pull), ...areas(push)] : [];
}

// A closed ring is its own outline; two rays from one point are a wedge.
function areas(lists) {
  const isWedge = lists.length === 2 && lists.every((points) => points.length === 2);
  if (!isWedge) {
    return lists;
  }
  const [[tip, first], [, last]] = lists;
  const [from, to] = [first, last].map(([x, y]) => Math.atan2(y - tip[1], x - tip[0]));
  const length = Math.hypot(first[0] - tip[0], first[1] - tip[1]);
  const whole = 2 * Math.PI;
  const sweep = (((to - from) % whole) + whole) % whole;
  const arc = Array.from({ length: ARC + 1 }, (_, i) => {
    const angle = from + (sweep * i) / ARC;
    return [tip[0] + length * Math.cos(angle), tip[1] + length * Math.sin(angle)];
  });
  return [[tip, ...arc]];
}

export function drawRings(strokes, { pull, push }, { pull: pullColour, margin }) {
  const isOne = JSON.stringify(pull[0]?.[0]) === JSON.stringify(push[0]?.[0]);
  if (!isOne) {
    strokes.path(push, { colour: margin, width: PUSH, style: "dotted", halo: 0 });
  }
  strokes.path(pull, { colour: pullColour, width: PULL, halo: 2.5 });
}

// Around the anchor of a triplet that is drawn: as far as its own positive is, and what the loss makes of that.
export function hoveredRings(triplet, { positions, dim, settings }, { anchor, positive }) {
  if (positive < 0) {
    return null;
  }
  const [from, to] = [anchor, positive].map((row) => pickRows(positions, dim, [row]));
  const [distance] = triplet.distances(from, to, { ...measureOptions(settings), nonfinite: "allow" }).data;
  return { anchor, reach: reachOf(triplet, settings, distance) };
}
