// What the opening's drawings are made of: elements, angles, outlines.
import { svgElement } from "../icons.js";

export const short = (value) => Number(value.toFixed(1));

/** @param {number[]} from */
export const along = ([x, y], angle, length) => [x + length * Math.cos(angle), y + length * Math.sin(angle)];
/** @param {number[]} way */
export const angleOf = ([x, y]) => Math.atan2(y, x);

/** @param {number[]} middle */
export function circle([x, y], r) {
  return `M${short(x - r)} ${short(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(typeof value === "number" ? short(value) : value));
  }
}

export function made(parent, name, attributes = {}) {
  const child = svgElement(name, attributes);
  parent.append(child);
  return child;
}

// An arrow as an outline, so that it has an edge of its own all around.
export function arrowPath(from, angle, length, width) {
  const head = Math.min(length, 3.4 * width);
  const [tip, neck] = [along(from, angle, length), along(from, angle, length - head)];
  const across = (point, by) => along(point, angle + Math.PI / 2, by);
  const points = [
    ...[across(from, width / 2), across(neck, width / 2), across(neck, 1.45 * width), tip],
    ...[across(neck, -1.45 * width), across(neck, -width / 2), across(from, -width / 2)],
  ];
  return `M${points.map((point) => point.map(short).join(" ")).join("L")}z`;
}
