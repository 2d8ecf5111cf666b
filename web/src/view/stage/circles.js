// Plain circles: the sphere on which points lie, the one spot of a collapse, and those around marked rows.
import { ringLines } from "./ring.js";

const UNIT = { distance: "minkowski", p: 2 }; // of the unit sphere
const CALM = [
  { radius: 26, width: 2, strength: 1 },
  { radius: 50, width: 1.25, strength: 0.5 },
  { radius: 84, width: 1, strength: 0.25 },
];
const MANY = 150; // mistakes, whose circles are smaller

export function drawSphere({ triplet, snapshot, camera, strokes, colours, ratio }) {
  const { dim } = snapshot;
  const project = camera.projection(dim);
  const circles = ringLines(triplet, [0, 0, 0], 1, { settings: UNIT, dim });
  const style = { colour: colours.line, width: 1, halo: 0 };
  strokes.path(circles.map((points) => points.map((point) => project(point[0], point[1], point[2]))), style);
  if (dim === 3) {
    strokes.ring(project(0, 0, 0), camera.scale / ratio, style);
  }
}

export function drawCollapse({ strokes, places, colours }) {
  const spot = places.at(places.order[0]);
  CALM.forEach(({ radius, ...style }) => strokes.ring(spot, radius, { colour: colours.ink, ...style }));
}

// dot: the radius of points, in CSS pixels.
export function drawMistakes({ marks, strokes, places, colours }, dot) {
  const rows = marks.mistakes ?? [];
  const radius = rows.length > MANY ? dot + 2.5 : 8.5;
  rows.forEach((row) => strokes.ring(places.at(row), radius, { colour: colours.push }));
}

export function drawHovered({ marks, strokes, places, colours }, dot) {
  if (marks.hovered >= 0) {
    strokes.ring(places.at(marks.hovered), dot + 4, { colour: colours.ink });
  }
}
