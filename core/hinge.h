/* hinge.h - one triplet: its hinge, its swap and their slopes, shared by explicit triplets and batches. */
#ifndef TRIPLET_HINGE_H
#define TRIPLET_HINGE_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* What d(a, p), d(a, n) and, with swap, d(p, n) make of a triplet, before its weight. */
typedef struct triplet_hinge {
  double loss;
  double slope;    /* dloss/dh, 0 .. 1 */
  double an_share; /* of d(a, n) in the negative's distance, the rest being d(p, n)'s: 1, or at a tie of the swap 1/2 */
  bool active;
  bool hard; /* the negative is no farther than the positive */
} triplet_hinge;

/* The distances of one triplet; pn is read with swap only. */
typedef struct triplet_sides {
  float ap, an, pn;
} triplet_sides;

triplet_hinge triplet_hinge_of(const triplet_options *options, double margin, triplet_sides distances);

/* The loss and the slope of a soft hinge: softplus(h). */
triplet_hinge triplet_softplus(double h);

/* By each of the distances. */
typedef struct triplet_side_slopes {
  double ap, an, pn;
} triplet_side_slopes;

/* slope: that of the hinge, times what the loss is to be multiplied by. */
static inline triplet_side_slopes triplet_side_slopes_of(const triplet_hinge *hinge, double slope) {
  return (triplet_side_slopes){slope, -slope * hinge->an_share, -slope * (1 - hinge->an_share)};
}

/* The fields of the schema, and weights, margins and grad_output for count triplets or anchors. */
triplet_status triplet_check_loss_options(triplet_context *context, triplet_schema_id id,
                                          const triplet_options *options, size_t count);

/* Of triplet or anchor i. */
static inline double triplet_weight_of(const triplet_options *options, size_t i) {
  return options->weights.data ? options->weights.data[i] : 1;
}

static inline double triplet_margin_of(const triplet_options *options, size_t i) {
  return options->margins.data ? options->margins.data[i] : options->margin;
}

static inline double triplet_grad_output_of(const triplet_options *options, size_t i) {
  if (!options->grad_output.data)
    return 1;
  return options->grad_output.data[options->grad_output.count == 1 ? 0 : i];
}

/* What the loss and its gradient are divided by: N, active, the sum of the weights, or 1. */
double triplet_reduction_divisor(triplet_reduction reduction, uint64_t count, uint64_t active, double weights);

#pragma GCC visibility pop

#endif
