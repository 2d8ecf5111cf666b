// The embedding as a vector image.
import { colourOf, pathData, shapeOf } from "../palette.js";
import { colours } from "../theme.js";

const escape = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const short = (value) => Number(value.toFixed(1));

export function sceneSvg({ scene, session }) {
  const { dataset, heldOut } = session;
  scene.settle();
  const { width, height, x, y, order, radius, names } = scene.layout();
  const { paper } = colours();

  const dot = (row) => {
    const label = dataset.labels[row];
    const colour = colourOf(label);
    const ways = heldOut[row] ? `fill="${paper}" stroke="${colour}" stroke-width="1.3"` : `fill="${colour}"`;
    return shapeOf(label) === 0
      ? `<circle cx="${short(x[row])}" cy="${short(y[row])}" r="${short(radius)}" ${ways}/>`
      : `<path d="${pathData(shapeOf(label), x[row], y[row], radius)}" ${ways}/>`;
  };
  const name = ({ label, x, y, size }) =>
    `<text x="${short(x)}" y="${short(y + 0.35 * size)}" font-size="${short(size)}" fill="${colourOf(label)}">` +
    `${escape(dataset.classes[label])}</text>`;

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}">`,
    `<title>${escape(dataset.title)}, step ${session.state.snapshot.step}</title>`,
    `<rect width="100%" height="100%" fill="${paper}"/>`,
    ...Array.from(order, dot),
    `<g font-family="system-ui, sans-serif" font-weight="700" text-anchor="middle" paint-order="stroke" ` +
      `stroke="${paper}" stroke-width="6" stroke-linejoin="round">`,
    ...names.map(name),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}
