/* sparse.h - from the slopes of a few pairs, as picked triplets have them, to the gradients of their rows. */
#ifndef TRIPLET_SPARSE_H
#define TRIPLET_SPARSE_H

#include "pairs.h"

#pragma GCC visibility push(hidden)

/* Rows of the gradient, counted through: the queries, then the references where they are a separate set. */
typedef struct triplet_sparse_pair {
  int32_t x, y;
  float distance, slope; /* d(x, y), dloss/dd */
} triplet_sparse_pair;

/* Lists of pairs, one after the other: counts[i] of them from pairs + first[i] on. */
typedef struct triplet_sparse_lists {
  const triplet_sparse_pair *pairs;
  const size_t *first, *counts;
  size_t count;
} triplet_sparse_lists;

/* The rows, as the distance reads them, and their gradients; those that are not wanted are NULL. */
typedef struct triplet_sparse_rows {
  const triplet_measure *measure;
  triplet_rows queries, references;
  bool separate;
  triplet_batch_gradients gradients;
} triplet_sparse_rows;

/* Sets the gradients to 0. */
void triplet_sparse_begin(const triplet_sparse_rows *rows);
/* Adds the pairs, to each row in their order, on all threads. */
triplet_status triplet_sparse_add(triplet_context *context, const triplet_sparse_rows *rows,
                                  const triplet_sparse_lists *lists);
/* When all pairs are in: makes them gradients by the caller's rows, times scale. */
void triplet_sparse_end(triplet_context *context, const triplet_sparse_rows *rows, double scale);

#pragma GCC visibility pop

#endif
