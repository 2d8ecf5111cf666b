/* pairs.h - from the slopes of pairs to the gradients of their rows: whatever the loss, its gradient is
 * sum dloss/dd(x, y) x the gradient of d(x, y). */
#ifndef TRIPLET_PAIRS_H
#define TRIPLET_PAIRS_H

#include "distance.h"

#pragma GCC visibility push(hidden)

/* The pairs of the rows of x with those of y. */
typedef struct triplet_pair_matrix {
  triplet_rows x, y;               /* as the distance reads them */
  const float *slopes, *distances; /* (x.rows, y.rows), rows stride apart */
  const float *backward;           /* (y.rows, x.rows), likewise: slopes of the same pairs from y to x, or NULL */
  size_t stride;
} triplet_pair_matrix;

/* Whose gradient is taken: that of x; of y; or of x by the slopes of both directions, where x and y are of the same set
 * and d(x, y) is d(y, x). */
typedef enum triplet_side { TRIPLET_BY_X, TRIPLET_BY_Y, TRIPLET_BY_BOTH } triplet_side;

/* A gradient of rows and what it is summed from. */
typedef struct triplet_gathering {
  const triplet_measure *measure;
  double scale; /* that all slopes are to be multiplied by */
  struct {
    const triplet_pair_matrix *pairs;
    triplet_side side;
  } parts[3];
  size_t part_count;
  triplet_rows rows; /* that the gradient is of */
  float *gradient;   /* NULL: not wanted */
  bool begins, ends; /* it is written and not added to; nothing will be added to it */
} triplet_gathering;

/* On all threads. Each row sums its pairs in their order; so sums of matrices whose rows and columns are cut at
 * multiples of TRIPLET_PAIR_TILE, taken in order, have the bits of the whole. */
#define TRIPLET_PAIR_TILE 32
triplet_status triplet_gather(triplet_context *context, const triplet_gathering *gathering);

/* The same bits where the only part is by both directions, x is y and all rows are finite, mostly by less work. Puts
 * other numbers in the place of the distances below the diagonal. */
triplet_status triplet_gather_both(triplet_context *context, const triplet_gathering *gathering, float *distances);

/* Adds slope times the gradient of d(x, y), of one row each, by x or by y, in double, to output. */
void triplet_add_pair(const triplet_measure *measure, double slope, const triplet_rows *x, const triplet_rows *y,
                      bool by_x, float *output);

#pragma GCC visibility pop

#endif
