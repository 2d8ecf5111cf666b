/* roc.h - the figures of a verification, from distances that are sorted and others placed among them. What roc.c gives
 * to verify.c. */
#ifndef TRIPLET_ROC_H
#define TRIPLET_ROC_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* Pairs of the commoner kind, by the distances of the rarer kind. */
typedef struct triplet_bucket {
  uint64_t between, at; /* nearer than a distance but farther than the one before, and at it */
  float low, high;      /* the least and the largest distance of the former; without any the other way round infinite */
} triplet_bucket;

typedef struct triplet_placed {
  float *distances;        /* of the rarer kind: finite, ascending, each once */
  uint32_t *counts;        /* pairs at each */
  size_t count;            /* of distances */
  triplet_bucket *buckets; /* count + 1, the last of what lies beyond, and at infinity, as what is not finite does */
  uint64_t infinite;       /* of the rarer kind, at infinity */

  bool same_is_rarer;
  uint64_t rarer, used, commoner; /* pairs; those of the rarer kind that are in counts and infinite */
  uint64_t judged;                /* of the commoner kind, those that the threshold accepts */
} triplet_placed;

/* far: rates in [0, 1]. threshold: infinite: none is judged. */
void triplet_roc_write(const triplet_placed *placed, triplet_doubles far, double threshold,
                       triplet_verification *verification);

#pragma GCC visibility pop

#endif
