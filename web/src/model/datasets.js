// The data sets that come with the page: shipped as files, or generated from the seed.
import { createDataset } from "./dataset.js";
import { isSynthetic, setOf } from "./sets.js";
import { tableDataset } from "./table.js";

const DIGITS = { side: 8, maximum: 16, classes: 10 };

async function digits({ fetch }, described) {
  const packed = await fetched(fetch, "data/digits.bin");
  const bytes = new Uint8Array(
    await new Response(packed.body.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer(),
  );
  const { side, maximum, classes } = DIGITS;
  const d = side * side;
  const n = bytes.length / (d + 1); // the digits, and column after column of the rows sorted by digit
  const labels = Int32Array.from(bytes.subarray(0, n));
  const values = new Float32Array(n * d);
  [...labels.keys()]
    .sort((a, b) => labels[a] - labels[b])
    .forEach((row, at) => {
      for (let column = 0; column < d; column++) {
        values[row * d + column] = bytes[n * (column + 1) + at];
      }
    });
  return createDataset({
    ...described,
    columns: Array.from({ length: d }, (_, i) => `pixel_${Math.floor(i / side)}_${i % side}`),
    classes: Array.from({ length: classes }, (_, digit) => String(digit)),
    labels,
    values,
    n,
    d,
    images: { width: side, height: side, maximum },
  });
}

async function iris({ triplet, fetch }, described) {
  const file = await fetched(fetch, "data/iris.csv");
  return tableDataset(triplet, new Uint8Array(await file.arrayBuffer()), { label: "species" }, described);
}

async function fetched(fetch, path) {
  const response = await fetch(path).catch((error) => {
    throw new Error(`${path} could not be loaded: ${error.message}`);
  });
  if (!response.ok) {
    throw new Error(`${path} could not be loaded: HTTP status ${response.status}`);
  }
  return response;
}

function synthetic({ triplet }, described, { data, rows, noise, seed }) {
  const { x, labels } = triplet.synthetic(data, rows, noise, seed);
  const classes = labels.reduce((count, label) => Math.max(count, label + 1), 0);
  return createDataset({
    ...described,
    columns: ["x", "y", "z"].slice(0, x.cols),
    classes: Array.from({ length: classes }, (_, label) => `class ${label + 1}`),
    labels,
    values: x.data,
    n: x.rows,
    d: x.cols,
  });
}

const LOADERS = { digits, iris };

// The set that settings.data names, if it is shipped or generated. fetch: of the page, for the files beside it.
export async function load(settings, { triplet, fetch }) {
  const make = LOADERS[settings.data] ?? (isSynthetic(settings) ? synthetic : null);
  if (!make) {
    throw new Error(`There is no data set called "${settings.data}"`);
  }
  const { name, title, noun, source } = setOf(settings.data);
  return make({ triplet, fetch }, { name, title, noun, source }, settings);
}
