// Linked behind Emscripten's own script (--post-js): files live in memory that nothing else bounds.
const FILE_BYTES = 64 << 20;
const FILES = 10000; // made in the life of an instance
const NO_SPACE = 51; // ENOSPC
let fileBytes = 0;

// Before `change` makes the storage of a file that large.
function limit(name, sizeOf) {
  const change = MEMFS[name];
  MEMFS[name] = (node, size) => {
    const before = node.contents ? node.contents.length : 0;
    if (fileBytes + sizeOf(before, size) - before > FILE_BYTES) {
      throw new FS.ErrnoError(NO_SPACE);
    }
    change(node, size);
    fileBytes += (node.contents ? node.contents.length : 0) - before;
  };
}
limit("expandFileStorage", Math.max);
limit("resizeFileStorage", (before, size) => size);

const createNode = MEMFS.createNode;
MEMFS.createNode = (...details) => {
  if (FS.nextInode > FILES) {
    throw new FS.ErrnoError(NO_SPACE);
  }
  return createNode(...details);
};
