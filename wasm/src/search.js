// Distances, nearest rows, evaluation.
import { Call } from "./call.js";
import { readReferences, readSelf } from "./losses.js";
import { Memory } from "./memory.js";

export function distances(core, x, y, options) {
  return Call.with(core, "distances", (call) => {
    call.options("distances", options);
    const rows = [call.matrix(x, "x"), call.matrix(y, "y")];
    const output = call.output("out", options?.out, ...rows.map((block) => core.rows(block)));
    call.run("distances", ...rows, output.block);
    return output.take();
  });
}

export function nearest(core, queries, references, options) {
  return Call.with(core, "nearest", (call) => {
    call.options("nearest", options);
    const from = call.matrix(queries, "queries");
    const to =
      references instanceof Memory
        ? Memory.read(call, references, "references")[0]
        : call.matrix(references, "references");
    const k = call.size(options?.k, "k", 1, core.rows(to));
    const self = readSelf(call, options.referenceSelf, to);
    const rows = core.rows(from);
    const indices = call.block(rows, k);
    const output = call.output("distances", undefined, rows, k);
    call.run("nearest", from, to, self, indices, output.block);
    return { indices: { data: core.intsOf(indices).slice(), rows, cols: k }, distances: output.take() };
  });
}

// Runs the core's evaluation of rows that are embedded.
export function judge(call, rows, labels, references, options) {
  const { core } = call;
  const list = call.ints(options?.k ?? [], "k", 1, 2 ** 31 - 1);
  const count = core.rows(list);
  const recall = call.block(2 * count, 1);
  call.run("evaluate", rows, labels, ...references, list, recall);
  const [queries, skipped, precisionAt1, rPrecision, mapAtR, tripletAccuracy] = [0, 1, 2, 3, 4, 5].map((i) =>
    core.number(i),
  );
  const shares = new Float64Array(core.bytesOf(recall).slice().buffer);
  const recallAt = Object.fromEntries(Array.from(core.intsOf(list), (k, i) => [k, shares[i]]));
  return { queries, skipped, precisionAt1, recallAt, rPrecision, mapAtR, tripletAccuracy };
}

export function evaluate(core, embeddings, labels, options) {
  return Call.with(core, "evaluate", (call) => {
    call.options("evaluate", options);
    const rows = call.matrix(embeddings, "embeddings");
    return judge(call, rows, call.ints(labels, "labels"), readReferences(call, options), options);
  });
}
