// Counts what WebAssembly runs of C that clang has compiled with --coverage, for `node --import`: instances get the
// functions that such C calls, and when the process ends their counters are added to the files that gcov reads. (A
// worker that is terminated takes its own along.)
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";

const MAGIC = 0x67636461;
const [FUNCTION, COUNTERS] = [0x01000000, 0x01a10000];
const instances = [];

function counting(imports) {
  const of = { writers: [] };
  let file;
  instances.push(of);
  const env = {
    ...imports?.env,
    llvm_gcov_init: (write) => of.writers.push(write),
    llvm_gcda_start_file(name, version, checksum) {
      const bytes = new Uint8Array(of.exports.memory.buffer, name >>> 0);
      file = { path: Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString(), words: [MAGIC, version, checksum] };
    },
    llvm_gcda_emit_function: (...checksums) => file.words.push(FUNCTION, checksums.length, ...checksums),
    llvm_gcda_emit_arcs(count, counters) {
      const words = new Uint32Array(of.exports.memory.buffer.slice(counters >>> 0, (counters >>> 0) + 8 * count));
      file.words.push(COUNTERS, 2 * count, ...words);
    },
    llvm_gcda_summary_info() {},
    llvm_gcda_end_file: () => add(file.path, Uint32Array.from(file.words, (word) => word >>> 0)),
  };
  return [of, { ...imports, env }];
}

// The counters of a file that is there are added; all else in it is the same.
function add(path, words) {
  const old = existsSync(path) && new Uint32Array(new Uint8Array(readFileSync(path)).buffer);
  for (let at = 3; old && at < words.length; at += 2 + words[at + 1]) {
    for (let i = 0; words[at] === COUNTERS && i < words[at + 1]; i += 2) {
      const [low, high] = [at + 2 + i, at + 3 + i];
      const sum = BigInt(words[low]) + BigInt(old[low]) + ((BigInt(words[high]) + BigInt(old[high])) << 32n);
      words[low] = Number(sum & 0xffffffffn);
      words[high] = Number(sum >> 32n);
    }
  }
  writeFileSync(path, words);
}

const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (source, imports) => {
  const [of, all] = counting(imports);
  const made = await instantiate(source, all);
  of.exports = (made.instance ?? made).exports;
  return made;
};

// One process at a time.
function locked(path, run) {
  for (;;) {
    try {
      mkdirSync(path);
      break;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  try {
    run();
  } finally {
    rmdirSync(path);
  }
}

process.on("exit", () =>
  locked(process.env.GCOV_LOCK, () => {
    for (const { exports, writers } of instances.filter(({ exports }) => exports)) {
      if (writers.length === 0) {
        exports._initialize?.(); // which whoever made it has not called
      }
      writers.forEach((write) => exports.__indirect_function_table.get(write)());
    }
  }),
);
