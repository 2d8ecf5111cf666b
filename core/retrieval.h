/* retrieval.h - how the references of a query lie about its positives, from its distances to them. What retrieval.c
 * gives to those who measure these elsewhere (shard_search.c). */
#ifndef TRIPLET_RETRIEVAL_H
#define TRIPLET_RETRIEVAL_H

#include "distance.h"
#include "metrics.h"
#include "search.h"
#include "votes.h"

#pragma GCC visibility push(hidden)

/* What fills the retrievals of a judgement. */
typedef struct triplet_ranking {
  const triplet_judgement *judgement;
  triplet_measure measure;
  bool elects; /* the nearest references a class */
  triplet_electorate electorate;
  void *memory; /* a workspace for each worker */
} triplet_ranking;

/* On failure nothing is kept. */
triplet_status triplet_ranking_create(triplet_context *context, const triplet_options *options,
                                      const triplet_judgement *judgement, bool elects, triplet_ranking *ranking);
void triplet_ranking_release(triplet_context *context, triplet_ranking *ranking);
/* A triplet_visit of a ranking. */
bool triplet_ranking_visit(void *ranking, const triplet_queried *query);

#pragma GCC visibility pop

#endif
