// Labelled data in the form that all modules take.

// Two 32-bit multiplicative hashes side by side (the steps of MurmurHash3's body), over the bits of numbers and texts:
// enough to tell one file from another, not to withstand a forger.
function checksumOf({ columns, classes, labels, values }) {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  const add = (word) => {
    a = Math.imul(((a ^ word) << 13) | ((a ^ word) >>> 19), 0xcc9e2d51) + 0x1b873593;
    b = Math.imul(((b ^ word) << 17) | ((b ^ word) >>> 15), 0xc2b2ae35) + a;
  };
  for (const text of [...columns, "", ...classes]) {
    new TextEncoder().encode(text).forEach(add);
    add(-1);
  }
  labels.forEach(add);
  new Int32Array(values.buffer, values.byteOffset, values.length).forEach(add);
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

// noun: what rows are called in sentences; source: where they come from, "" for what a visitor brought. values: n x d
// float32, row-major; labels: int32, the index of a row's class; images: { width, height, maximum } where each row is
// an image, from 0 for paper to maximum for ink; table: { bytes, options } of a file that the library's readTable
// reads, where a run takes its recipe from training rows, and values are by all rows.
export function createDataset({ noun = "rows", source = "", images = null, table = null, ...of }) {
  const { name, title, columns, classes, labels, values, n, d } = of;
  const dataset = { name, title, noun, source, columns, classes, labels, values, n, d, images, table };
  return Object.freeze({ ...dataset, checksum: checksumOf(dataset) });
}
