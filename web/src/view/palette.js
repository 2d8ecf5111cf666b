// A colour and a shape for each class: Okabe and Ito's colours, darkened or lightened for their background and
// completed to ten; a hundred classes differ in colour or shape.
import { isDark } from "./theme.js";

const LIGHT = [
  "#0072b2",
  "#d55e00",
  "#00855f",
  "#b8488a",
  "#b87a00",
  "#2793c8",
  "#3b3f46",
  "#8f8500",
  "#7a4fd0",
  "#8a5436",
];
const DARK = [
  "#4aa3f0",
  "#ff7f3f",
  "#2cc79a",
  "#f08cc4",
  "#f7b33b",
  "#86d3fa",
  "#e6e9ee",
  "#f0e442",
  "#b298ff",
  "#cf9870",
];

export const colourOf = (label) => (isDark() ? DARK : LIGHT)[label % 10];
export const shapeOf = (label) => (label + Math.floor(label / 10)) % 10;

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

export const SHAPE_NAMES = [
  "circle",
  "square",
  "triangle",
  "diamond",
  "plus",
  "wedge",
  "cross",
  "star",
  "pentagon",
  "hexagon",
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
