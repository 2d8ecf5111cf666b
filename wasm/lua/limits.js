// Linked behind Emscripten's own script (--post-js): files live in memory, which nothing else bounds.
const LIMIT = { bytes: 64 << 20, files: 10000 };
const NO_SPACE = 51; // ENOSPC
let used = { bytes: 0, files: 0 };

const sizeOf = (node) => (node.contents && node.contents.length) || 0;

function measure(folder) {
  const sum = { bytes: 0, files: 0 };
  for (const node of Object.values(folder.contents)) {
    const part = FS.isDir(node.mode) ? (node.mounted ? sum : measure(node)) : { bytes: sizeOf(node), files: 0 };
    sum.bytes += part.bytes;
    sum.files += part.files + 1;
  }
  return sum;
}

// Files that are gone are only missed when space runs out.
function reserve(bytes, files) {
  if (used.bytes + bytes > LIMIT.bytes || used.files + files > LIMIT.files) {
    used = measure(FS.root);
    if (used.bytes + bytes > LIMIT.bytes || used.files + files > LIMIT.files) {
      throw new FS.ErrnoError(NO_SPACE);
    }
  }
  used.files += files;
}

for (const name of ["expandFileStorage", "resizeFileStorage"]) {
  const change = MEMFS[name];
  MEMFS[name] = (node, size) => {
    const before = sizeOf(node);
    reserve(size - before, 0);
    change(node, size);
    used.bytes += sizeOf(node) - before;
  };
}

const createNode = MEMFS.createNode;
MEMFS.createNode = (...details) => {
  if (FS.root) {
    reserve(0, 1);
  }
  return createNode(...details);
};
