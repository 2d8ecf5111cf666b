// The loss under a tfjs network: triplet takes a batch's loss and its gradient by the embeddings, tfjs does the rest.
import * as tf from "@tensorflow/tfjs";
import { loadTriplet } from "triplet";

const triplet = await loadTriplet();

/**
 * A scalar that tfjs differentiates by the embeddings (N, D).
 *
 * @param {tf.Tensor2D} embeddings
 * @param {import("triplet").LabelsLike} labels
 * @param {Omit<import("triplet").BatchLossOptions, "reduction" | "gradients">} [options]
 * @returns {tf.Tensor<any>}
 */
export function batchLoss(embeddings, labels, options) {
  const differentiable = tf.customGrad((x) => {
    const { loss, gradient } = triplet.batchLoss(/** @type {tf.Tensor2D} */ (x), labels, options);
    return { value: tf.scalar(loss), gradFunc: (dy) => tf.tensor2d(gradient.data, embeddings.shape).mul(dy) };
  });
  return differentiable(embeddings);
}

// Three rings, one within the other: by their coordinates a nearest neighbour is often of another one.
const { x, labels } = triplet.synthetic("rings", 300, 1, 1);
const { training, heldOut } = triplet.split(labels, 0.2, 1);
const known = Array.from(training, (row) => labels[row]);
const data = tf.tensor2d(x.data, [x.rows, x.cols]);
const ofTraining = tf.gather(data, tf.tensor1d(training, "int32"));

const weights = (seed) => tf.initializers.glorotNormal({ seed });
const hidden = tf.layers.dense({ inputShape: [2], units: 32, activation: "relu", kernelInitializer: weights(1) });
const model = tf.sequential({ layers: [hidden, tf.layers.dense({ units: 2, kernelInitializer: weights(2) })] });
const embed = (rows) => /** @type {tf.Tensor2D} */ (model.apply(rows));

// Held-out rows, searched among the training rows.
function judge(name) {
  const embedded = /** @type {tf.Tensor2D} */ (model.predict(data));
  const { precisionAt1, mapAtR } = triplet.evaluateHeldOut(embedded, labels, heldOut).againstTraining;
  console.log(`${name}: precision@1 ${precisionAt1?.toFixed(2)}, MAP@R ${mapAtR?.toFixed(2)}`);
}

judge("untrained");
const optimizer = tf.train.adam(0.01);
const sampler = triplet.sampler({ labels: known, classesPerBatch: 3, rowsPerClass: 16, seed: 1 });
for (let step = 0; step < 200; step++) {
  const batch = sampler.next();
  const chosen = Array.from(batch, (row) => known[row]);
  optimizer.minimize(() => {
    const rows = tf.gather(ofTraining, tf.tensor1d(batch, "int32"));
    return batchLoss(embed(rows), chosen, { margin: 0.5 });
  });
}
judge("trained");
