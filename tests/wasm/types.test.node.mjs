// The types, by each TypeScript from 5.5 on that has changed what matters here, strict and without skipLibCheck, from
// the tarball.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, install, run, tools } from "./installed.mjs";

install(["@tensorflow", "onnxruntime-node", "onnxruntime-common"]);
const write = (name, text) => writeFileSync(join(folder, name), text);

const PROGRAMS = {
  // What is saved and what results hold goes where browsers take bytes.
  "bytes.ts": `
    import { loadTriplet, type Bytes, type Encoder, type Rows } from "triplet";
    import { loadTriplet as loadWorker } from "triplet/worker";
    const triplet = await loadTriplet();
    const m = triplet.matrix([[0, 1], [2, 3]]);
    const trainer = triplet.trainer({ data: m, labels: [0, 0], layers: [1] });
    const saved: Bytes = trainer.save();
    const plain: Uint8Array = saved;
    const found: Rows = triplet.distances(m, m);
    const encoder = triplet.load<Encoder>(saved);
    const parts: BlobPart[] = [saved, encoder.save(), triplet.optimizer().save(), found.data, m.data];
    const files = [triplet.encodeMatrix(m, { format: "npy" }), triplet.encodeMatrices({ m }), trainer.export()];
    const { indices } = triplet.nearest(m, m, { k: 1 });
    new Blob([...parts, ...files, indices.data, triplet.mine(m, [0, 1]).anchors]);
    const body: BodyInit = saved;
    void fetch("/model", { method: "POST", body });
    new Response(trainer.save());
    const source: BufferSource = found.data;
    void crypto.subtle.digest("SHA-256", saved);
    const remote = await loadWorker();
    const there = await remote.trainer({ data: m, labels: [0, 0], layers: [1] });
    new Blob([await there.save(), (await there.embed()).data]);
    const nested: number[][] = [...found.toArray(), ...indices.toArray(), ...(await there.embed()).toArray()];
    export { plain, source, nested };`,
  // Results are of the type that the options ask for.
  "results.ts": `
    import { loadTriplet, type BatchLoss, type BatchLossOptions, type MarginLossOptions } from "triplet";
    import type { Matrix, Mining, Rows } from "triplet";
    import { loadTriplet as loadWorker } from "triplet/worker";
    const [triplet, remote] = [await loadTriplet(), await loadWorker()];
    const x = [[0, 1], [2, 3]];
    const indices = { anchors: [0], positives: [1], negatives: [1] };
    const loss: number = triplet.marginLoss(x, x, x).loss;
    const losses: Rows | Matrix = triplet.marginLoss(x, x, x, { reduction: "none" }).loss;
    const anchors: Rows | Matrix = triplet.marginLoss(x, x, x, { reduction: "none", swap: true }).gradients.anchors;
    const table: Rows | Matrix = triplet.indexedLoss(x, indices, { gradients: true }).gradient;
    const none: undefined = triplet.marginLoss(x, x, x, { gradients: false }).gradients;
    const bare = triplet.batchLoss(x, [0, 1], { gradients: false });
    const sum: number = bare.loss + bare.stats.active;
    // @ts-expect-error no gradient was wanted
    bare.gradient.rows;
    // @ts-expect-error nor here
    triplet.marginLoss(x, x, x, { gradients: false }).gradients.anchors;
    // @ts-expect-error nor here
    triplet.indexedLoss(x, indices, { gradients: false, reduction: "sum" }).gradient.rows;
    // @ts-expect-error nor in a worker
    (await remote.batchLoss(x, [0, 1], { gradients: false })).gradient.rows;
    // @ts-expect-error with none there is no one number
    const wrong: number = triplet.batchLoss(x, [0, 1], { reduction: "none" }).loss;
    // @ts-expect-error no such reduction
    triplet.batchLoss(x, [0, 1], { reduction: "max" });
    // @ts-expect-error no such option
    triplet.batchLoss(x, [0, 1], { margn: 2 });
    const there: number = (await remote.indexedLoss(x, indices)).loss;
    const thereToo: number = (await remote.batchLoss(x, [0, 1])).gradient.rows;
    const any = (options: BatchLossOptions): BatchLoss => triplet.batchLoss(x, [0, 1], options);
    const each = (options: MarginLossOptions): number | Rows | Matrix => triplet.marginLoss(x, x, x, options).loss;
    triplet.marginLoss(x, x, x, { out: triplet.marginLoss(x, x, x) });
    const kept: Matrix = triplet.withScope(() => triplet.matrix(1, 1));
    const trainer = triplet.trainer({ data: x, labels: [0, 1], layers: [1] });
    const margin: number = trainer.get("margin");
    const swap: boolean = trainer.get("swap");
    const mining: Mining = trainer.get("mining");
    const layers: number[] = trainer.get("layers");
    const rate: number = trainer.get("optimizer").learningRate;
    const remoteTrainer = await remote.trainer({ data: x, labels: [0, 1] });
    const remoteRate: number = (await remoteTrainer.get("optimizer")).learningRate;
    // @ts-expect-error a number
    const text: string = trainer.get("margin");
    // @ts-expect-error its data are no setting
    trainer.get("data");
    // @ts-expect-error no such option
    trainer.get("margn");
    export { loss, losses, anchors, table, none, sum, wrong, there, any, each, kept, margin, swap, mining, layers };
    export { rate, remoteRate, thereToo, text };`,
  // What is given.
  "inputs.ts": `
    import { loadTriplet, type LabelsLike, type MatrixLike } from "triplet";
    import { loadTriplet as loadWorker } from "triplet/worker";
    const [triplet, remote] = [await loadTriplet(), await loadWorker()];
    const data = new Float64Array(4);
    const rows: MatrixLike[] = [
      [new Uint8ClampedArray(2), [1, 2]],
      { data, cols: 2 },
      { data: [1, 2], rows: 1, cols: 2 },
      { data: new Float32Array(4), dims: [2, 2] },
      { data, shape: [2, 2] as const },
      { dataSync: () => new Int32Array(4), shape: [2, 2] },
    ];
    const labels: LabelsLike[] = [
      new Uint8ClampedArray(2), new BigInt64Array(2), new Uint32Array(2), [1n, 2n], [true, false],
      ["a", ["b", 1n, false]],
      { data: new BigInt64Array(2), dims: [2] },
    ];
    for (const x of rows) {
      for (const list of labels) {
        triplet.batchLoss(x, list, { references: x, referenceLabels: list, weights: new Float64Array(2) });
        await remote.batchLoss(x, list);
      }
      await remote.marginLoss(x, x, x);
    }
    triplet.matrix(2, 2, data).select(new Uint8ClampedArray(2));
    // @ts-expect-error texts are no numbers
    triplet.matrix([["1"]]);
    // @ts-expect-error one has to say how many columns
    triplet.matrix({ data });`,
};
for (const [name, text] of Object.entries(PROGRAMS)) {
  write(name, text);
}
// Tensors by their own types, in which other versions of TypeScript find faults.
write(
  "tensors.ts",
  `import * as tf from "@tensorflow/tfjs";
   import * as ort from "onnxruntime-node";
   import { loadTriplet } from "triplet";
   const triplet = await loadTriplet();
   const x = tf.tensor2d([[0, 1], [2, 3]]);
   const y = new ort.Tensor("float32", [0, 1, 2, 3], [2, 2]);
   const labels = new ort.Tensor("int64", [0n, 1n], [2]);
   const output: ort.InferenceSession.OnnxValueMapType = { y };
   console.log(triplet.batchLoss(x, tf.tensor1d([0, 1], "int32")).loss, triplet.batchLoss(y, labels).loss);
   console.log(triplet.distances(x, output.y as ort.Tensor).data.join(" "));`,
);

for (const version of ["typescript-5.5", "typescript", "typescript-5.9", "typescript-7"]) {
  const check = (...args) =>
    run(process.execPath, join(tools, version, "bin/tsc"), "--strict", "--noEmit", "--target", "es2022", ...args);
  const number = run(process.execPath, join(tools, version, "bin/tsc"), "--version").trim();

  test(`${number}: bytes, results and inputs`, () => {
    check("--module", "nodenext", ...Object.keys(PROGRAMS));
    check(
      "--module",
      "esnext",
      "--moduleResolution",
      "bundler",
      "--exactOptionalPropertyTypes",
      ...Object.keys(PROGRAMS),
    );
  });
}

test("tensors of tfjs and onnxruntime, by their types and as they are", () => {
  const tsc = join(tools, "typescript/bin/tsc");
  run(process.execPath, tsc, "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "tensors.ts");
  const [losses, distances] = run(process.execPath, "tensors.js").trim().split("\n").slice(-2);
  assert.equal(losses.split(" ")[0], losses.split(" ")[1]);
  assert.equal(distances, "0 2.8284270763397217 2.8284270763397217 0");
});
