// A row as a person sees it: its own picture, else the mark of its class and its values.
import { cellsOf } from "../model/cells.js";
import { shortened } from "../model/words.js";
import "../style/portrait.css";
import { element } from "./dom.js";
import { colourOf } from "./palette.js";
import { drawShape } from "./stage/sprites.js";
import { colours } from "./theme.js";

const VALUES = 6;

// The mark of a class, hollow for rows that are not trained on.
export function swatch(label, hollow = false) {
  const canvas = element("canvas", { width: 36, height: 36, className: "swatch", "aria-hidden": "true" });
  drawShape(canvas.getContext("2d"), [18, 18], 13, label, hollow, colours().panel);
  return canvas;
}

// An image of a pixel for each value, 0 for paper, as ink of a colour.
export function ink({ width, height, maximum }, values, colour) {
  const canvas = element("canvas", { width, height, className: "swatch ink", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  values.forEach((value, i) => {
    context.globalAlpha = Math.min((1.5 * Math.max(value, 0)) / maximum, 1);
    context.fillRect(i % width, Math.floor(i / width), 1, 1);
  });
  return canvas;
}

// A row's own image in the colour of its class, or the mark of its class.
export function portrait({ dataset, heldOut }, row) {
  const { images, values, labels, d } = dataset;
  return images
    ? ink(images, values.subarray(row * d, (row + 1) * d), colourOf(labels[row]))
    : swatch(labels[row], heldOut[row] === 1);
}

// The first values of a row by their names; null of an image, which is its own portrait.
export function valueList(triplet, dataset, row, limit = VALUES) {
  if (dataset.images) {
    return null;
  }
  const cells = cellsOf(triplet, dataset, row);
  const entries = cells.slice(0, limit).flatMap(({ name, text }) => [
    element("dt", { textContent: shortened(name, 24) }),
    element("dd", { textContent: shortened(text, 24) }),
  ]);
  const more = cells.length - limit;
  return element(
    "dl",
    { className: "values" },
    ...entries,
    ...(more > 0 ? [element("dt", { className: "more", textContent: `and ${more} more` })] : []),
  );
}

// "row 42 · setosa · unseen"
export function describe({ dataset, heldOut }, row) {
  const name = shortened(dataset.classes[dataset.labels[row]]);
  return `row ${row + 1} · ${name}${heldOut[row] ? " · unseen" : ""}`;
}
