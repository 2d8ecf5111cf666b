/* search.h - exact search: every query against every reference, the nearest few picked. What nearest.c gives to the
 * metrics. */
#ifndef TRIPLET_SEARCH_H
#define TRIPLET_SEARCH_H

#include "internal.h"
#include "keys.h"

#pragma GCC visibility push(hidden)

/* Calls visit once for every query, in any order and on any thread, with its distances to all references; distances are
 * infinite where they are not finite numbers. keys: room for two per reference, for the visitor's use. A
 * visitor returns whether all distances that mattered to it were finite. */
typedef bool (*triplet_visit)(void *job, size_t query, const float *distances, uint64_t *keys);

typedef struct triplet_search_sets {
  triplet_matrix queries, references; /* (N, D), (M, D) */
} triplet_search_sets;

/* Reads the distance options; `argument` names the queries where distances must be finite and are not. O(references)
 * scratch per thread. */
triplet_status triplet_search(triplet_context *context, const triplet_options *options, const char *argument,
                              const triplet_search_sets *sets, triplet_visit visit, void *job);

#pragma GCC visibility pop

#endif
