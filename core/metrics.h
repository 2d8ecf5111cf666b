/* metrics.h - one search and its figures: what metrics.c gives to the evaluation of held-out rows. */
#ifndef TRIPLET_METRICS_H
#define TRIPLET_METRICS_H

#include "search.h"
#include "relations.h"

#pragma GCC visibility push(hidden)

/* What is asked of one search, and where the answers go. */
typedef struct triplet_search_evaluation {
  triplet_sets sets;
  triplet_ints k;
  double *recall; /* of each k */
  triplet_metrics *metrics;
  double *knn_accuracy; /* or NULL */
} triplet_search_evaluation;

triplet_status triplet_check_k(triplet_context *context, triplet_ints k, const double *recall);
/* Of sets that were checked. */
triplet_status triplet_evaluate_sets(triplet_context *context, const triplet_options *options,
                                     const triplet_search_evaluation *asked);

#pragma GCC visibility pop

#endif
