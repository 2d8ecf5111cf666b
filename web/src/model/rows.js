// Some of the rows.

export const pick = (list, rows) => Int32Array.from(rows, (row) => list[row]);

// Of a matrix with so many columns.
export function pickRows(values, cols, rows) {
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => data.set(values.subarray(row * cols, (row + 1) * cols), i * cols));
  return { data, rows: rows.length, cols };
}

// A seeded sample of a list of classes: the places of about so many of its members, two at least of each class; of all
// where there are no more. Every n-th would miss classes that come in turn.
export function sampleOf(triplet, labels, limit, seed) {
  return labels.length <= limit
    ? Int32Array.from(labels.keys())
    : triplet.split(labels, 1 - limit / labels.length, seed).training;
}
