/* tree.h - sums over many rows, in an order that the number of rows alone decides.
 *
 * Rows are cut into chunks of TRIPLET_CHUNK_ROWS, of which the last may be short. The sums of the chunks are joined by
 * a binary tree whose left subtree holds the largest power of two of chunks below the whole, as in BLAKE3: five chunks
 * give ((c0 + c1) + (c2 + c3)) + c4. So whoever holds the rows of a whole subtree, be it a thread or a machine among
 * many, can sum it alone, and the joined sum has the same bits whoever did what. */
#ifndef TRIPLET_TREE_H
#define TRIPLET_TREE_H

#include "internal.h"

#pragma GCC visibility push(hidden)

#define TRIPLET_CHUNK_ROWS 64

/* What is summed. Partial sums stand in slots below triplet_tree_slots(rows), which the job has room for. */
typedef struct triplet_tree {
  void (*sum)(void *job, size_t first, size_t rows, size_t slot); /* slot = the sum of these rows, of which there may
                                                                     be none */
  void (*join)(void *job, size_t slot);                           /* slot = slot + the slot after it */
} triplet_tree;

/* The sum of all rows, in slot 0. */
void triplet_tree_sum(const triplet_tree *tree, size_t rows, void *job);
size_t triplet_tree_slots(size_t rows);

/* What is summed elsewhere comes as the sums of whole subtrees, in order. The largest that begins at a chunk and ends
 * before another has so many chunks: */
size_t triplet_tree_subtree(size_t first, size_t past);
/* The partial sums are a stack. How often the two topmost become one, once that of the subtree of so many chunks from
 * `first` on is there; last: no other comes. */
size_t triplet_tree_joins(size_t first, size_t chunks, bool last);

#pragma GCC visibility pop

#endif
