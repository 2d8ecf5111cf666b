/* loss_triplet.h - what the triplet loss knows beside its two functions: which triplets are of a kind, and swap of
 * every triplet, whose slopes belong to pairs of references too. */
#ifndef TRIPLET_LOSS_TRIPLET_H
#define TRIPLET_LOSS_TRIPLET_H

#include "loss.h"

#pragma GCC visibility push(hidden)

/* Distances from low on, below high. */
typedef struct triplet_interval {
  float low, high;
} triplet_interval;

static inline bool triplet_is_within(triplet_interval interval, float distance) {
  return distance >= interval.low && distance < interval.high;
}

/* At which distances a negative makes a triplet of the kind that options->violating names, or any, with a positive at
 * this distance from the anchor. */
triplet_interval triplet_interval_of(const triplet_options *options, double margin, float positive);

/* Adds to slopes (R floats) what swap makes of the pairs of a reference, as a positive, and the others, as negatives:
 * the sum over its anchors of factors[anchor] x dloss/dd(p, n). sums: R doubles of scratch. */
void triplet_add_swap_slopes(const triplet_selection *selection, size_t positive, const double *factors, double *sums,
                             float *slopes);

#pragma GCC visibility pop

#endif
