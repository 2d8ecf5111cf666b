/* windowed.h - the gradient of a batch that has too many pairs to keep their distances and slopes. */
#ifndef TRIPLET_WINDOWED_H
#define TRIPLET_WINDOWED_H

#include "collective.h"
#include "pairs.h"
#include "survey.h"

#pragma GCC visibility push(hidden)

#define TRIPLET_WINDOW ((size_t)1024) /* rows and columns; a multiple of TRIPLET_PAIR_TILE */
/* Floats of scratch, whatever the size of the batch. */
#define TRIPLET_WINDOWS_SCRATCH (4 * TRIPLET_WINDOW * TRIPLET_WINDOW)

/* What is to be gathered from a survey that summarized all anchors: slopes are made with these factors, and multiplied
 * by scale. */
typedef struct triplet_windows {
  const triplet_survey *survey;
  triplet_factors factors;
  double scale;
  triplet_batch_gradients gradients;
  float *scratch;
} triplet_windows;

/* Watched. Where ranks share the work each takes the gradients of its own rows, of those that this cuts. */
TRIPLET_INLINE triplet_cut triplet_gradient_cut(const triplet_rows *rows) {
  return (triplet_cut){rows->rows, TRIPLET_STRIP};
}
triplet_status triplet_gather_windows(triplet_context *context, const triplet_windows *windows);

#pragma GCC visibility pop

#endif
