// Features of somebody else's network, an adapter behind it, and a search. The network is run by onnxruntime; in a page
// import "onnxruntime-web", which is used alike. Features of transformers.js, { data, dims }, go the same way:
//   const features = await extractor(texts, { pooling: "mean" });
// The network is made up, so that this needs no download: an encoder that nobody trained, exported as ONNX.
import * as ort from "onnxruntime-node";
import { loadTriplet } from "triplet";

const [CLASSES, ROWS, PIXELS, SIZE] = [40, 800, 64, 48];
const triplet = await loadTriplet();
const stranger = triplet.encoder({ inputs: PIXELS, layers: [128, SIZE], activation: "tanh", seed: 1 }).export();

/**
 * Features of rows, a tensor, which triplet takes as it is.
 *
 * @param {ort.InferenceSession} session
 * @param {{ data: Float32Array, rows: number, cols: number }} x
 */
async function run(session, { data, rows, cols }) {
  const { embeddings } = await session.run({ x: new ort.Tensor("float32", data.slice(), [rows, cols]) });
  return /** @type {import("triplet").TensorLike} */ (embeddings);
}

// Pictures of forty things, which differ by what is shown, by the light, and by noise.
const labels = Array.from({ length: ROWS }, (_, row) => row % CLASSES);
const things = triplet.matrix(CLASSES, PIXELS).random(1).toArray();
const light = triplet.encoder({ inputs: 3, layers: [PIXELS], seed: 2 }).forward(triplet.matrix(ROWS, 3).random(2));
const pictures = triplet.matrix(labels.map((label) => things[label]))
  .add(triplet.matrix(light), 2)
  .add(triplet.matrix(ROWS, PIXELS).random(3), 0.6);
const features = triplet.matrix(await run(await ort.InferenceSession.create(stranger), pictures));

// Half of the things teach the adapter, the others are new to it.
const { training, heldOut } = triplet.split(labels, 0.5, 1, "classes");
const all = features.toArray();
const pick = (rows) => Array.from(rows, (row) => all[row]);
const labelsOf = (rows) => Array.from(rows, (row) => labels[row]);
const adapter = triplet.trainer({
  ...{ data: pick(training), labels: labelsOf(training), layers: [SIZE], residual: true, normalize: true },
  ...{ standardize: false, loss: "sup_con", steps: 200, seed: 1 },
});
adapter.run();

// The adapter is a model like the other, and runs where that one does: the page that searches needs no trainer.
const session = await ort.InferenceSession.create(adapter.export());
const unseen = triplet.matrix(pick(heldOut));
for (const [name, rows] of Object.entries({ "as given": unseen, adapted: await run(session, unseen) })) {
  const self = Array.from(heldOut, (_, row) => [row]);
  const { indices } = triplet.nearest(rows, rows, { k: 1, distance: "cosine", exclude: self });
  const known = labelsOf(heldOut);
  const right = indices.data.filter((found, row) => known[found] === known[row]).length;
  console.log(`${name}: the nearest of ${known.length} new pictures shows the same thing ${right} times`);
}
