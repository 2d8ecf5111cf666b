// A colour for each class, the same family of hues in both themes, and shapes where there are more classes than
// colours. Found by annealing for the least distance of any two under normal and colour-blind sight, contrast with the
// paper, and chroma; tests/web/model/palette.test.mjs measures them.
import { isDark } from "./theme.js";

export const LIGHT = [
  "#043cbc",
  "#c9813a",
  "#194e34",
  "#be388f",
  "#987000",
  "#0e9ebc",
  "#2a3341",
  "#4e621a",
  "#8f00ea",
  "#df4066",
];
export const DARK = [
  "#3f70e8",
  "#d6934a",
  "#00f391",
  "#f66095",
  "#ecbd00",
  "#41a5bf",
  "#bcc3cd",
  "#bdfd39",
  "#a686ff",
  "#d73f3f",
];

export const colourOf = (label) => (isDark() ? DARK : LIGHT)[label % LIGHT.length];
export const shapeOf = (label) => Math.floor(label / LIGHT.length) % SHAPES.length;

/** @param {(corner: number) => number} radius */
const polygon = (corners, rotation, radius = () => 1) =>
  Array.from({ length: corners }, (_, i) => {
    const angle = rotation + (2 * Math.PI * i) / corners;
    return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
  });
const UP = -Math.PI / 2;
const bars = (rotation) => {
  const outline = [
    [-0.3, -1],
    [0.3, -1],
    [0.3, -0.3],
    [1, -0.3],
    [1, 0.3],
    [0.3, 0.3],
    [0.3, 1],
    [-0.3, 1],
    [-0.3, 0.3],
    [-1, 0.3],
    [-1, -0.3],
    [-0.3, -0.3],
  ];
  const [cosine, sine] = [Math.cos(rotation), Math.sin(rotation)];
  return outline.map(([x, y]) => [x * cosine - y * sine, x * sine + y * cosine]);
};

// Corners in a circle of radius 1; the first shape is the circle itself.
export const SHAPES = [
  polygon(24, 0, () => 0.88),
  polygon(4, Math.PI / 4, () => 1.1),
  polygon(3, UP, () => 1.1),
  polygon(4, 0, () => 1.1),
  bars(0),
  polygon(3, -UP, () => 1.1),
  bars(Math.PI / 4),
  polygon(10, UP, (i) => (i % 2 ? 0.48 : 1.15)),
  polygon(5, UP),
  polygon(6, 0),
];

// Adds the shape's outline to the path of a context.
export function trace(context, shape, x, y, radius) {
  SHAPES[shape].forEach(([dx, dy], i) => context[i ? "lineTo" : "moveTo"](x + radius * dx, y + radius * dy));
  context.closePath();
}

// The same as SVG path data.
export function pathData(shape, x, y, radius) {
  const corners = SHAPES[shape].map(([dx, dy]) => `${(x + radius * dx).toFixed(1)} ${(y + radius * dy).toFixed(1)}`);
  return `M${corners.join("L")}Z`;
}
