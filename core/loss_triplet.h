/* loss_triplet.h - what the triplet loss knows beside its two functions: swap of every triplet, whose slopes belong to
 * pairs of references too. */
#ifndef TRIPLET_LOSS_TRIPLET_H
#define TRIPLET_LOSS_TRIPLET_H

#include "loss.h"

#pragma GCC visibility push(hidden)

/* Adds to slopes (R floats) what swap makes of the pairs of a reference, as a positive, and the others, as negatives:
 * the sum over its anchors of factors[anchor] x dloss/dd(p, n). sums: R doubles of scratch. */
void triplet_add_swap_slopes(const triplet_selection *selection, size_t positive, const double *factors, double *sums,
                             float *slopes);

#pragma GCC visibility pop

#endif
