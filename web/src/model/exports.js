// What can be saved as text: the data and its embedding.
// run: { settings (at step 0), changes, dataset, snapshot, heldOut }.
export const fileNames = {
  dataCsv: "data.csv",
  embeddingCsv: "embedding.csv",
  vectors: "vectors.tsv",
  metadata: "metadata.tsv",
  luaScript: "run.lua",
  jsScript: "run.mjs",
  model: "model.safetensors",
};

function* rowsOf({ dataset, snapshot, heldOut }) {
  const { positions, dim } = snapshot;
  for (let row = 0; row < dataset.n; row++) {
    const point = Array.from(positions.subarray(row * dim, (row + 1) * dim), shortest);
    yield { point, label: dataset.classes[dataset.labels[row]], heldOut: heldOut[row] };
  }
}

// The shortest decimal that float32 reads back to the same bits.
function shortest(value) {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) {
      return String(Number(text));
    }
  }
  return String(Number(value.toPrecision(9)));
}

const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function embeddingCsv(run) {
  const header = [...Array.from({ length: run.snapshot.dim }, (_, i) => `x${i + 1}`), "label", "held_out"];
  const lines = Array.from(rowsOf(run), ({ point, label, heldOut }) => [...point, quoted(label), heldOut].join(","));
  return [header.join(","), ...lines, ""].join("\n");
}

// The data as the scripts read it: a table's own file, whatever separates its cells; drawn data has no other file. The
// last column holds the classes.
export function dataCsv({ dataset }) {
  const { columns, classes, labels, values, n, d, table } = dataset;
  if (table) {
    return table.bytes;
  }
  const header = [...columns, classColumn(columns)].map(quoted).join(",");
  const line = (row) =>
    [...Array.from(values.subarray(row * d, (row + 1) * d), shortest), quoted(classes[labels[row]])].join(",");
  return [header, ...Array.from({ length: n }, (_, row) => line(row)), ""].join("\n");
}

// "class", unless a column has that name.
export function classColumn(columns) {
  let name = "class";
  while (columns.includes(name)) {
    name += "_";
  }
  return name;
}

// As the Embedding Projector reads them.
export function projectorTsv(run) {
  const rows = Array.from(rowsOf(run));
  const flat = (text) => text.replace(/[\t\r\n]+/g, " ");
  return {
    vectors: [...rows.map(({ point }) => point.join("\t")), ""].join("\n"),
    metadata: ["label\theld_out", ...rows.map(({ label, heldOut }) => `${flat(label)}\t${heldOut}`), ""].join("\n"),
  };
}
