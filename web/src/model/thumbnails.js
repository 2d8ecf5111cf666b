// What a small picture of a data set shows: a few of its images, or its points in two of its columns.
import { setOf } from "./sets.js";

const IMAGES = 6;
const POINTS = 260;

/**
 * images: { label, ink: shares of black, row by row }; points: [x, y, label], 0 to 1 along the longer side, y down.
 * @returns {{ images?: any[], width?: number, height?: number, points?: number[][] }}
 */
export function thumbnailOf(dataset) {
  return dataset.images ? ofImages(dataset) : { points: pointsOf(dataset) };
}

// Of some classes, the row that is most like its class.
function ofImages({ images: { width, height, maximum }, classes, labels, values, d }) {
  const shown = Math.min(IMAGES, classes.length);
  const chosen = Array.from({ length: shown }, (_, i) => Math.floor((i * classes.length) / shown));
  const images = chosen.map((label) => {
    const rows = Array.from(labels.keys()).filter((row) => labels[row] === label);
    const row = mostTypical(rows, values, d);
    return { label, ink: Array.from(values.subarray(row * d, (row + 1) * d), (value) => value / maximum) };
  });
  return { images, width, height };
}

function mostTypical(rows, values, d) {
  const mean = new Float64Array(d);
  rows.forEach((row) => mean.forEach((_, j) => (mean[j] += values[row * d + j] / rows.length)));
  const apart = (row) => mean.reduce((sum, value, j) => sum + (values[row * d + j] - value) ** 2, 0);
  return rows.reduce((best, row) => (apart(row) < apart(best) ? row : best));
}

function pointsOf(dataset) {
  const { name, labels, values, n, d } = dataset;
  const shown = Math.min(n, POINTS);
  const rows = Array.from({ length: shown }, (_, i) => Math.floor((i * n) / shown));
  const [across, up] = setOf(name).seen ?? mostVaried(dataset, rows);
  const points = rows.map((row) => [values[row * d + across], -values[row * d + up], labels[row]]);
  const [left, top] = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const [width, height] = [0, 1].map((axis) => Math.max(...points.map((p) => p[axis])) - [left, top][axis]);
  const scale = 1 / (Math.max(width, height) || 1);
  const centred = (value, least, extent) => (value - least - extent / 2) * scale + 0.5;
  return points.map(([x, y, label]) => [centred(x, left, width), centred(y, top, height), label]);
}

// The two columns of most different values in these rows; one twice if it is the only one.
function mostVaried({ values, d }, rows) {
  const variety = Array.from({ length: d }, (_, column) => ({
    column,
    distinct: new Set(rows.map((row) => values[row * d + column])).size,
  }));
  const [first, second = first] = variety.sort((a, b) => b.distinct - a.distinct);
  return [first.column, second.column].sort((a, b) => a - b);
}
