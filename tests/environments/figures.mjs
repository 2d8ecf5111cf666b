// What every environment computes, with the functions themselves or with those of a worker, which are promises: two
// losses, and a hash of these, their gradients and a model that has been trained a little.
export async function figures(load, options) {
  const triplet = await load(options);
  const { x, labels } = await triplet.synthetic("moons", 60, 1, 1);
  const margin = await triplet.marginLoss([[0, 0]], [[0, 1]], [[1, 0.5]]);
  const batch = await triplet.batchLoss(x, labels, { mining: "semihard" });
  const trainer = await triplet.trainer({ data: x, labels, layers: [8, 2], steps: 20 });
  await trainer.run();
  const model = await trainer.save();
  triplet.terminate?.();
  const all = [margin.loss, margin.gradients.anchors.data, batch.loss, batch.gradient.data, model].join();
  let hash = 0;
  for (let i = 0; i < all.length; i++) {
    hash = (Math.imul(hash, 31) + all.charCodeAt(i)) | 0;
  }
  return `${margin.loss} ${batch.loss} ${hash}`;
}
