/* tree.c - the binary tree over chunks of rows. */
#include "tree.h"

/* No rows are one chunk, so that the sum of nothing is written, too. */
static size_t chunks_of(size_t rows) {
  return rows ? rows / TRIPLET_CHUNK_ROWS + (rows % TRIPLET_CHUNK_ROWS != 0) : 1;
}

/* The slots form a stack. Before a chunk is summed, each holds a subtree that is complete: one for every bit of the
 * chunk's number, the largest first. */
size_t triplet_tree_slots(size_t rows) {
  size_t slots = 1;
  for (size_t chunks = chunks_of(rows); chunks > 1; chunks /= 2)
    slots++;
  return slots;
}

/* How often the two topmost partial sums become one, once that of this chunk is there. Its subtree is complete, and so
 * is the next larger one, as often as its number ends in a bit that is set. After the last chunk all are joined, from
 * the top down. Of five chunks:
 *
 *    chunk   bits   joins   slots then
 *      0     000      0     c0
 *      1     001      1     c0 + c1
 *      2     010      0     c0 + c1, c2
 *      3     011      2     (c0 + c1) + (c2 + c3)
 *      4     100      1     ((c0 + c1) + (c2 + c3)) + c4 */
static size_t joins_after(size_t chunk, bool last) {
  size_t joins = 0;
  for (; chunk & 1 || (last && chunk); chunk >>= 1)
    joins += chunk & 1;
  return joins;
}

/* It begins at a multiple of its size, a power of two. */
size_t triplet_tree_subtree(size_t first, size_t past) {
  size_t chunks = 1;
  while (first % (2 * chunks) == 0 && 2 * chunks <= past - first)
    chunks *= 2;
  return chunks;
}

/* It is to subtrees of its size what a chunk is to chunks. */
size_t triplet_tree_joins(size_t first, size_t chunks, bool last) {
  return joins_after(first / chunks, last);
}

void triplet_tree_sum(const triplet_tree *tree, size_t rows, void *job) {
  const size_t chunks = chunks_of(rows);
  size_t height = 0;
  for (size_t chunk = 0; chunk < chunks; chunk++) {
    const size_t first = chunk * TRIPLET_CHUNK_ROWS, left = rows - first;
    tree->sum(job, first, left < TRIPLET_CHUNK_ROWS ? left : TRIPLET_CHUNK_ROWS, height++);

    for (size_t joins = joins_after(chunk, chunk + 1 == chunks); joins > 0; joins--)
      tree->join(job, --height - 1);
  }
}
