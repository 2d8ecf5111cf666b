// Faces: an adapter behind somebody else's network, whose descriptors of photos also know about light and pose. Photos
// of some people teach it what to overlook; other people judge it. The descriptors are made up, so what is in them is
// known: a person is a direction of 128 numbers, light and pose move all people along the same four, the rest is noise.
import { loadTriplet } from "triplet";

const [PEOPLE, PHOTOS, SIZE] = [120, 1200, 128];
const triplet = await loadTriplet();
const random = (rows, cols, seed) => triplet.matrix(rows, cols).random(seed);
const select = ({ data, cols }, rows) => Array.from(rows, (row) => data.slice(row * cols, (row + 1) * cols));

const labels = Array.from({ length: PHOTOS }, (_, photo) => (photo + 1) % PEOPLE);
const lightAndPose = triplet.encoder({ inputs: 4, layers: [SIZE], seed: 1 });
const descriptors = triplet.matrix(select(random(PEOPLE, SIZE, 1), labels))
  .add(lightAndPose.forward(random(PHOTOS, 4, 2)), 1.3)
  .add(random(PHOTOS, SIZE, 3), 1.1);

function halves(set, holdOut) {
  const { training, heldOut } = triplet.split(set.labels, 0.5, 1, holdOut);
  return [training, heldOut].map((rows) => {
    return { x: triplet.matrix(select(set.x, rows)), labels: Array.from(rows, (row) => set.labels[row]) };
  });
}

// Half of the people teach, a quarter chooses thresholds, a quarter judges. Of these last, half are members, who have
// photos in an album, and half are strangers.
const [training, others] = halves({ x: descriptors, labels }, "classes");
const [validation, test] = halves(others, "classes");
const [members, strangers] = halves(test, "classes");
const [album, newPhotos] = halves(members, "rows");

// Two photos are taken to be of one person if they are at most a threshold apart. Some people choose it for a FAR, the
// share of pairs of two people that pass, and others say what becomes of that, and of pairs of one person (TAR).
function judge(name, embed) {
  const distance = "cosine";
  const { thresholdAt } = triplet.verify(embed(validation.x), validation.labels, { far: [0.01, 0.001], distance });
  for (const rate of [0.01, 0.001]) {
    const threshold = thresholdAt[rate];
    const { far, tar } = triplet.verify(embed(test.x), test.labels, { threshold, distance }).judged;
    const chosen = `threshold ${threshold.toFixed(3)}, for a FAR of ${rate.toFixed(3)}`;
    console.log(`${name.padEnd(15)}  ${chosen}: of new people FAR ${far.toFixed(4)}, TAR ${tar.toFixed(3)}`);
  }
  return thresholdAt[0.001];
}
judge("as given", (x) => x);

// With `residual` what the layers give is added to the descriptor, so that training begins with what is given.
let trainer;
for (const [name, layers] of [["linear adapter", [SIZE]], ["network adapter", [64, SIZE]]]) {
  const options = { layers, residual: true, normalize: true, standardize: false, loss: "sup_con", steps: 300, seed: 1 };
  trainer = triplet.trainer({ data: training.x, labels: training.labels, ...options });
  trainer.run();
  trainer.threshold = judge(name, (x) => trainer.embed(x));
}

// The model's bytes have its threshold, and the album. The five nearest photos of that vote on who it is.
trainer.keepRows(trainer.embed(album.x), album.labels);
const model = triplet.load(trainer.save());
const { embeddings, labels: known } = model.keptRows;
for (const [name, photos] of [["new photos of members", newPhotos], ["photos of strangers", strangers]]) {
  const options = { k: 5, threshold: model.threshold, distance: "cosine" };
  const found = triplet.classify(model.embed(photos.x), embeddings, known, options).labels;
  const count = (is) => found.filter(is).length;
  const right = count((label, i) => label === photos.labels[i]);
  console.log(`${name}: ${right} named right and ${count((label) => label === null)} unknown, of ${found.length}`);
}
