/* search.h - exact search: every query against every reference, the nearest few picked. What nearest.c gives to the
 * metrics. */
#ifndef TRIPLET_SEARCH_H
#define TRIPLET_SEARCH_H

#include "internal.h"

/* A list that names, for each query, the reference that is itself, or -1; not given: none is. */
triplet_status triplet_check_self(triplet_context *context, triplet_ints self, size_t queries, size_t references);

/* Calls visit once for every query, in any order and on any thread, with its distances to all references; distances are
 * infinite where they are not finite numbers. keys: room for one per reference, for the visitor's use. A visitor
 * returns whether all distances that mattered to it were finite. */
typedef bool (*triplet_visit)(void *job, size_t query, const float *distances, uint64_t *keys);

/* Reads the distance options; `argument` names the queries where distances must be finite and are not. O(references)
 * scratch per thread. */
triplet_status triplet_search(triplet_context *context, const triplet_options *options, const char *argument,
                              triplet_matrix queries, triplet_matrix references, triplet_visit visit, void *job);

/* Keys sort by distance, then by row: the bits of a float that is not negative sort as the float does. */
static inline uint64_t triplet_near_key(float distance, size_t row) {
  uint32_t bits;
  memcpy(&bits, &distance, sizeof bits);
  return (uint64_t)bits << 32 | (uint32_t)row;
}

static inline size_t triplet_near_row(uint64_t key) {
  return (size_t)(uint32_t)key;
}

static inline float triplet_near_distance(uint64_t key) {
  const uint32_t bits = (uint32_t)(key >> 32);
  float distance;
  memcpy(&distance, &bits, sizeof distance);
  return distance;
}

/* The `capacity` smallest of the keys offered, unordered until sorted. */
typedef struct triplet_nearest_heap {
  uint64_t *keys;
  size_t count, capacity;
} triplet_nearest_heap;

void triplet_heap_offer(triplet_nearest_heap *heap, uint64_t key);
/* Ascending; nothing can be offered afterwards. */
void triplet_heap_sort(triplet_nearest_heap *heap);

#endif
