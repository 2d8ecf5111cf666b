/* sparse.h - from the slopes of a few pairs, as picked triplets have them, to the gradients of their rows. */
#ifndef TRIPLET_SPARSE_H
#define TRIPLET_SPARSE_H

#include "pairs.h"

#pragma GCC visibility push(hidden)

/* Two rows of the gradient, counted through: the queries, then the references where they are a separate set. */
typedef struct triplet_sparse_pair {
  int32_t x, y;
} triplet_sparse_pair;

/* Pairs in lists: counts[i] of them from (first[i] - first[0]) stride on. */
typedef struct triplet_sparse_lists {
  const triplet_sparse_pair *pairs;
  const float *distances, *slopes; /* d(x, y), dloss/dd */
  const size_t *first, *counts;
  size_t count, stride;
} triplet_sparse_lists;

/* The rows, as the distance reads them, and their gradients; those that are not wanted are NULL. */
typedef struct triplet_sparse_rows {
  const triplet_measure *measure;
  triplet_rows queries, references;
  bool separate;
  triplet_batch_gradients gradients;
  const triplet_span *own; /* queries and references whose gradients are taken; NULL: all */
} triplet_sparse_rows;

/* A pair from one of its ends. */
typedef struct triplet_sparse_end {
  uint32_t other;    /* twice the other row, and 1 where this is y; of a pair without coefficient twice the pair */
  float coefficient; /* or NaN: the pair is to be added in double */
} triplet_sparse_end;

/* Scratch to add lists with. */
typedef struct triplet_sparse_scratch {
  float *coefficients;
  size_t *ends_before;      /* of each row and, behind the last, of all */
  triplet_sparse_end *ends; /* row by row */
} triplet_sparse_scratch;

/* For lists of at most so many pairs. On failure nothing is kept. */
triplet_status triplet_sparse_create(triplet_context *context, const triplet_sparse_rows *rows, size_t most_pairs,
                                     triplet_sparse_scratch *scratch);
void triplet_sparse_release(triplet_context *context, triplet_sparse_scratch *scratch);

/* Sets the gradients to 0. */
void triplet_sparse_begin(const triplet_sparse_rows *rows);
/* Adds the pairs, to each row in their order, on all threads. */
void triplet_sparse_add(triplet_context *context, const triplet_sparse_rows *rows, const triplet_sparse_lists *lists,
                        triplet_sparse_scratch *scratch);
/* When all pairs are in: makes them gradients by the caller's rows, times scale. */
void triplet_sparse_finish(triplet_context *context, const triplet_sparse_rows *rows, double scale);

#pragma GCC visibility pop

#endif
