/* search.h - exact search: what search.c gives to nearest.c and retrieval.c, every query against every reference, and
 * what nearest.c gives to classify.c, the nearest few. */
#ifndef TRIPLET_SEARCH_H
#define TRIPLET_SEARCH_H

#include "collective.h"
#include "keys.h"
#include "product.h"

#pragma GCC visibility push(hidden)

/* How queries are dealt out to ranks: none needs another. */
TRIPLET_INLINE triplet_cut triplet_query_cut(size_t queries) {
  return (triplet_cut){queries, 1};
}

/* Makes infinite what is not finite; returns whether nothing was to be done. */
bool triplet_keep_finite(float *distances, size_t count);

/* A query and its distances to all references; infinite where they are not finite numbers. Or estimates of their sums
 * of squares, less those of the query: then all distances are finite. The visitor may write over them. */
typedef struct triplet_queried {
  size_t index;
  float *distances;
  const triplet_estimate *estimate; /* NULL: these are distances */
  bool finite;                      /* they all were */
  size_t worker;                    /* < triplet_workers(context): for the visitor's scratch */
  const struct triplet_search_job *search;
} triplet_queried;

static inline bool triplet_is_estimated(const triplet_queried *query) {
  return TRIPLET_ESTIMATES && query->estimate;
}

/* Its distances to some references, where there are estimates. */
void triplet_search_measure(const triplet_queried *query, const uint32_t *references, size_t count, float *distances);

/* Returns whether all distances that mattered to it were finite. */
typedef bool (*triplet_visit)(void *visitor, const triplet_queried *query);

typedef struct triplet_search_sets {
  triplet_matrix queries, references; /* (N, D), (M, D) */
  bool estimates;                     /* will do, where there are any */
} triplet_search_sets;

/* Calls visit once for every query of this rank, in any order and on any thread. Reads the distance options; `argument`
 * names the queries where distances must be finite and are not. O(references) scratch per thread. */
triplet_status triplet_search(triplet_context *context, const triplet_options *options, const char *argument,
                              const triplet_search_sets *sets, triplet_visit visit, void *visitor);

/* The nearest references of a query. */
typedef struct triplet_neighbors {
  size_t query;
  const uint64_t *keys; /* of distances, ascending */
  size_t count;         /* fewer than k where no more are left */
  size_t worker;        /* as above */
} triplet_neighbors;

typedef void (*triplet_take)(void *taker, const triplet_neighbors *neighbors);

/* Shapes and lists fit; matrices without floats get an address. What k may be is left to the caller. */
triplet_status triplet_check_search(triplet_context *context, triplet_neighbor_search *search);
triplet_status triplet_check_references(triplet_context *context, triplet_matrix *references);
/* Calls take once for every query of this rank, as triplet_search does. */
triplet_status triplet_search_nearest(triplet_context *context, const triplet_options *options,
                                      const triplet_neighbor_search *search, triplet_take take, void *taker);
/* The same with references that are ready; the search has none, and its shapes and lists fit. */
triplet_status triplet_search_index(triplet_context *context, const triplet_index *index,
                                    const triplet_neighbor_search *search, triplet_take take, void *taker);

#pragma GCC visibility pop

#endif
