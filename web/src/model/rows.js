// Some of the rows.

export const pick = (list, rows) => Int32Array.from(rows, (row) => list[row]);

// Of a matrix with `cols` columns.
export function pickRows(values, cols, rows) {
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => data.set(values.subarray(row * cols, (row + 1) * cols), i * cols));
  return { data, rows: rows.length, cols };
}

// A seeded sample of labelled rows: the indices of about `limit` of them, at least two of each class, or of all if
// there are no more. Every n-th row would miss classes that alternate.
export function sampleOf(triplet, labels, limit, seed) {
  return labels.length <= limit
    ? Int32Array.from(labels.keys())
    : triplet.split(labels, 1 - limit / labels.length, seed).training;
}
