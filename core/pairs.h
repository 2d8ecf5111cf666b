/* pairs.h - from the slopes of pairs to the gradients of their rows: whatever the loss, its gradient is
 * sum dloss/dd(x, y) x the gradient of d(x, y). */
#ifndef TRIPLET_PAIRS_H
#define TRIPLET_PAIRS_H

#include "distance.h"

#pragma GCC visibility push(hidden)

/* The pairs of the rows of x with those of y. */
typedef struct triplet_pair_matrix {
  triplet_rows x, y;               /* as the distance reads them */
  const float *slopes, *distances; /* (x.rows, y.rows) */
} triplet_pair_matrix;

/* The pairs of a batch. */
typedef struct triplet_pair_set {
  const triplet_measure *measure;
  triplet_pair_matrix own;    /* of queries and references, the same rows unless separate */
  triplet_pair_matrix across; /* of references and references; no slopes: none */
  bool separate;
  double scale; /* that all slopes are to be multiplied by */
} triplet_pair_set;

/* Writes the gradients, on all threads. Each row sums its pairs in their order. */
triplet_status triplet_gather_gradients(triplet_context *context, const triplet_pair_set *pairs,
                                        triplet_batch_gradients gradients);

/* A row and its gradient, or NULL where none is wanted. */
typedef struct triplet_pair_end {
  triplet_rows row;
  float *gradient;
} triplet_pair_end;

/* A single pair and dloss/dd. */
typedef struct triplet_sloped_pair {
  triplet_pair_end x, y;
  float distance;
  double slope;
} triplet_sloped_pair;

/* Adds slope times the gradient of d(x, y) to both gradients; when all pairs are in, triplet_rows_gradients. */
void triplet_scatter_pair(const triplet_measure *measure, const triplet_sloped_pair *pair);

#pragma GCC visibility pop

#endif
