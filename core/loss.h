/* loss.h - the seam: what a loss over the pairs of a batch is to the driver.
 *
 * A pair loss is two functions. `survey` looks at an anchor and all its pairs, gives its loss, and leaves a summary of
 * what slopes needs; `slopes` gives dloss/dd of some of those pairs from the summary and their distances. The driver
 * does everything else: distances, weights, reduction, threads, memory, and the gradient, which needs nothing but the
 * slopes. A loss is one file, loss_*.c, and one row of losses.h. */
#ifndef TRIPLET_LOSS_H
#define TRIPLET_LOSS_H

#include "hinge.h"
#include "losses.h"
#include "selection.h"

#pragma GCC visibility push(hidden)

/* Terms of a reduction: what mean, mean_nonzero and weighted_mean divide by. */
typedef struct triplet_terms {
  double loss; /* their sum */
  uint64_t count, active;
} triplet_terms;

/* Of an anchor, before its weight. */
typedef struct triplet_anchor_loss {
  triplet_terms terms;  /* of a loss that reduces its pairs apart those of the positive pairs, */
  triplet_terms others; /* and these of the negative pairs; else none */
} triplet_anchor_loss;

/* Pairs and triplets met, and how many count in the gradient; of the latter none where the anchor has no weight. */
typedef struct triplet_tally {
  double positive_sum, negative_sum; /* of the distances of the pairs */
  uint64_t positive_pairs, negative_pairs;
  uint64_t active_positive_pairs, active_negative_pairs; /* of a loss that is not one of triplets */
  uint64_t triplets, hard, semihard, easy;               /* of one that is */
} triplet_tally;

/* By what the slopes of an anchor's pairs are multiplied. */
typedef struct triplet_factors {
  double positive, negative;
} triplet_factors;

typedef struct triplet_pair_loss {
  bool triplets;  /* it is one of triplets: mining and swap play a part, and a strategy may pick a few of them */
  bool apart;     /* positive pairs and negative pairs are reduced apart */
  bool contrasts; /* a batch without any negative pair has nothing to learn from */

  /* Bytes of the summary of an anchor with so many positives, a multiple of 8. */
  size_t (*summary_size)(const triplet_options *options, size_t positives);

  /* The loss of an anchor, which has pairs of both kinds if it is one of triplets; below 0 counts as 0. The anchor
   * shows all references. Writes its summary. What it counts as active the driver leaves out where the weight is 0. */
  triplet_anchor_loss (*survey)(const triplet_selection *selection, const triplet_anchor *anchor,
                                const triplet_workspace *workspace, triplet_tally *tally);

  /* factor x dloss/dd by the distance of each reference that the anchor shows, 0 where that plays no part. Each is made
   * of the summary and that distance alone, so that it does not matter which references are shown together. */
  void (*slopes)(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                 triplet_factors factors, float *slopes);

  /* How large distances are to it, to tell a collapsed embedding by. */
  double (*scale)(const triplet_options *options, size_t anchor);

  /* triplet_reach. */
  triplet_reaches (*reach)(const triplet_measure *measure, const triplet_options *options, double positive);
} triplet_pair_loss;

#define TRIPLET_DECLARE(name, help) extern const triplet_pair_loss triplet_loss_##name;
TRIPLET_PAIR_LOSSES(TRIPLET_DECLARE)
#undef TRIPLET_DECLARE

/* The loss that the options name. */
const triplet_pair_loss *triplet_loss_of(const triplet_options *options);

/* The same where mining, swap and a soft margin are no business of a loss that is not one of triplets, and what only
 * triplet_mine lists is nobody's. */
triplet_options triplet_options_in_use(const triplet_options *options);

/* The reach of a loss that compares negatives with the positive itself. */
triplet_reaches triplet_reach_of_positive(const triplet_measure *measure, const triplet_options *options,
                                          double positive);

/* What losses do with all positives or all negatives of an anchor: */

/* The distances of the positives shown, in their order, into workspace->edges. */
const float *triplet_positive_distances(const triplet_anchor *anchor, const triplet_workspace *workspace);
/* Counts all pairs of an anchor and adds their distances. */
void triplet_tally_pairs(const triplet_anchor *anchor, triplet_tally *tally);

#pragma GCC visibility pop

#endif
