/* strategy.h - which triplets of a batch count, by options alone. */
#ifndef TRIPLET_STRATEGY_H
#define TRIPLET_STRATEGY_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* Which triplets of a batch count: as mining says or, with mining all, as positives and negatives do. */
typedef struct triplet_strategy {
  triplet_positives positives; /* of an anchor that are used */
  triplet_negatives negatives; /* that go with each */
} triplet_strategy;

triplet_strategy triplet_strategy_of(const triplet_options *options);

/* Whether triplets are picked: not where every one counts. */
bool triplet_is_picker(const triplet_options *options);
/* Negatives are drawn by their distance, of rows of length 1. */
bool triplet_draws_by_distance(const triplet_options *options);
/* The most triplets that an anchor with so many positives and negatives can have. */
double triplet_most_triplets(const triplet_options *options, size_t positives, size_t negatives);

#pragma GCC visibility pop

#endif
