// The embedding as a vector image.
import { colourOf, pathData, shapeOf } from "./palette.js";
import { colours } from "./theme.js";

const escape = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const short = (value) => Number(value.toFixed(1));

// Ink as horizontal runs of pixels.
function inkPath({ images, values, d }, row, left, top, size) {
  const { width, height, maximum } = images;
  const [w, h] = [size / width, size / height];
  let path = "";
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let run = 0;
      while (x + run < width && values[row * d + y * width + x + run] > 0.4 * maximum) {
        run++;
      }
      if (run > 0) {
        path += `M${short(left + x * w)} ${short(top + y * h)}h${short(run * w)}v${short(h)}h${short(-run * w)}z`;
        x += run;
      }
    }
  }
  return path;
}

export function sceneSvg({ scene, session }) {
  const { dataset, heldOut } = session;
  scene.settle();
  const { width, height, x, y, order, size } = scene.layout();
  const paper = colours().paper;

  const picture = (row) => {
    const colour = colourOf(dataset.labels[row]);
    if (dataset.images) {
      const [left, top] = [x[row] - size / 2, y[row] - size / 2];
      const box = heldOut[row]
        ? `<rect x="${short(left)}" y="${short(top)}" width="${short(size)}" height="${short(size)}" ` +
          `rx="${short(size / 4)}" ` +
          `fill="none" stroke="${colour}"/>`
        : "";
      return `${box}<path d="${inkPath(dataset, row, left, top, size)}" fill="${colour}"/>`;
    }
    const ways = heldOut[row] ? `fill="${paper}" stroke="${colour}"` : `fill="${colour}"`;
    return `<path d="${pathData(shapeOf(dataset.labels[row]), x[row], y[row], size * 0.4)}" ${ways}/>`;
  };

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}">`,
    `<title>${escape(dataset.title)}, step ${session.state.snapshot.step}</title>`,
    `<rect width="100%" height="100%" fill="${paper}"/>`,
    ...Array.from(order, picture),
    "</svg>",
    "",
  ].join("\n");
}
