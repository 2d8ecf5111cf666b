/* windows.h - the gradient of a batch that has too many pairs to keep their distances and slopes. */
#ifndef TRIPLET_WINDOWS_H
#define TRIPLET_WINDOWS_H

#include "pairs.h"
#include "survey.h"

#pragma GCC visibility push(hidden)

/* From a survey that summarized all anchors. scale and the factors of the slopes multiply. Watched. */
triplet_status triplet_gather_windows(triplet_context *context, const triplet_survey *survey, triplet_factors factors,
                                      double scale, triplet_batch_gradients gradients);

#pragma GCC visibility pop

#endif
