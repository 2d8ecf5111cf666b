// Bytes of files that other programs read and write: .npy, .safetensors, .fvecs, and words with their vectors.
/** @import { Call } from "./call.js" */
import { choose } from "./data.js";
import { readMembers } from "./members.js";
import { readTexts } from "./table.js";

/** @param {Call} call */
function readFormat(call, format) {
  return choose(call, format, "format", call.core.choices.formats);
}

/**
 * names, matrices: of a file's, in their order.
 * @param {Call} call
 */
function encode(call, format, names, matrices) {
  const texts = call.texts(names);
  const blocks = call.list(matrices);
  const list = call.block(call.core.exports.tensors_size(names.length), 1);
  const { matrices_write: write } = call.ready();
  return call.written((bytes) => write(format, texts, blocks, list, bytes));
}

/** @param {Call} call */
export function encodeMatrix(call, matrix, options = {}) {
  const [format] = readMembers(call.name, options, ["format"]);
  return encode(call, readFormat(call, format), ["matrix"], [call.matrix(matrix, "matrix")]);
}

/** @param {Call} call */
export function encodeMatrices(call, matrices) {
  const entries = call.entries(matrices, "matrices", "an object of matrices", (...rows) => call.matrix(...rows));
  const [names, blocks] = [0, 1].map((i) => entries.map((entry) => entry[i]));
  return encode(call, readFormat(call, "safetensors"), names, blocks);
}

/** @param {Call} call */
export function decodeMatrix(call, bytes, options) {
  const { core } = call;
  const { format = "auto", tensor } = call.options("decodeMatrix", options);
  const name = readTexts(call, tensor, "tensor");
  const from = readFormat(call, format);
  const [block, size] = call.bytes(bytes, "bytes");
  const { vectors, vectors_read, vectors_matrix, vectors_destroy } = call.ready();
  const read = call.made(vectors_read(from, name, block, size));
  try {
    const matrix = core.copyOf(vectors_matrix(read));
    vectors(read);
    return { matrix, words: null, ...core.results() };
  } finally {
    vectors_destroy(read);
  }
}

/** @param {Call} call */
export function fileFormat(call, bytes) {
  const [block, size] = call.bytes(bytes, "bytes");
  return call.core.choices.formats[call.ready().file_format(block, size) || -1] ?? null;
}
