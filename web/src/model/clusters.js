// Where each class is in an embedding, and whether it stands apart there, so that a name on it would be true.
const PER_CLASS = 96; // rows that a median is taken of
const QUERIES = 2048; // rows that are asked for their nearest median

// A few rows of every class, the same at every step, so that medians do not tremble.
export function sampleClasses(labels, classes) {
  const rows = Array.from({ length: classes }, () => []);
  labels.forEach((label, row) => rows[label].push(row));
  const limit = Math.max(8, Math.min(PER_CLASS, Math.floor((4 * QUERIES) / classes)));
  return rows.map((all) => thinned(all, limit));
}

const thinned = (list, limit) =>
  list.length <= limit ? list : Array.from({ length: limit }, (_, i) => list[Math.floor((i * list.length) / limit)]);

const median = (values) => Float64Array.from(values).sort()[values.length >> 1];

// samples: of sampleClasses. Returns for each class { label, middle: [x, y, z], apart } or null for one without rows;
// apart: the share of its rows whose nearest median is their own.
export function clusters(positions, dim, samples) {
  const middles = samples.map((rows) =>
    [0, 1, 2].map((axis) =>
      axis < dim && rows.length > 0 ? median(rows.map((row) => positions[row * dim + axis])) : 0,
    ),
  );
  const perClass = Math.max(4, Math.floor(QUERIES / samples.length));
  return samples.map((rows, label) => {
    const asked = thinned(rows, perClass);
    const own = asked.filter((row) => nearestMiddle(positions, dim, row, middles, samples) === label);
    return rows.length > 0 ? { label, middle: middles[label], apart: own.length / asked.length } : null;
  });
}

function nearestMiddle(positions, dim, row, middles, samples) {
  let [best, found] = [Infinity, -1];
  for (let label = 0; label < middles.length; label++) {
    let squared = 0;
    for (let axis = 0; axis < dim; axis++) {
      squared += (positions[row * dim + axis] - middles[label][axis]) ** 2;
    }
    if (squared < best && samples[label].length > 0) {
      [best, found] = [squared, label];
    }
  }
  return found;
}
