/* search.h - exact search: every query against every reference, the nearest few picked. What nearest.c gives to
 * retrieval.c. */
#ifndef TRIPLET_SEARCH_H
#define TRIPLET_SEARCH_H

#include "internal.h"
#include "keys.h"

#pragma GCC visibility push(hidden)

/* A query and its distances to all references; infinite where they are not finite numbers. */
typedef struct triplet_queried {
  size_t index;
  const float *distances;
  bool finite;   /* they all were */
  size_t worker; /* < triplet_workers(context): for the visitor's scratch */
} triplet_queried;

/* Returns whether all distances that mattered to it were finite. */
typedef bool (*triplet_visit)(void *visitor, const triplet_queried *query);

typedef struct triplet_search_sets {
  triplet_matrix queries, references; /* (N, D), (M, D) */
} triplet_search_sets;

/* Calls visit once for every query, in any order and on any thread. Reads the distance options; `argument` names the
 * queries where distances must be finite and are not. O(references) scratch per thread. */
triplet_status triplet_search(triplet_context *context, const triplet_options *options, const char *argument,
                              const triplet_search_sets *sets, triplet_visit visit, void *visitor);

#pragma GCC visibility pop

#endif
