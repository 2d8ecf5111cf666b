// The data before training as a small map: two or three columns as they are, more by their principal axes.

// Returns { positions, dim, share } with share: of the spread that two axes hold, 1 for columns as they are; null for a
// single column.
export function inputMap(triplet, { values, n, d, images }) {
  if (d === 2 || d === 3) {
    return { positions: values, dim: d, share: 1 };
  }
  if (d < 2) {
    return null;
  }
  const raw = { data: values, rows: n, cols: d };
  const all = images ? raw : triplet.standardize(raw, triplet.standardization(raw)); // columns have units of their own
  const { mean, axes, shares } = triplet.principalAxes(all, { count: 2 });
  return { positions: triplet.project(all, { mean, axes }).data, dim: 2, share: shares[0] + shares[1] };
}
