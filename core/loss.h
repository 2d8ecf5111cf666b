/* loss.h - the seam: what a loss over the pairs of a batch is to the driver.
 *
 * A pair loss is two functions. `survey` looks at an anchor and all its pairs and gives its loss; `slopes` gives
 * dloss/dd of each of the pairs. The driver does everything else: distances, weights, reduction, threads, and the
 * gradient, which needs nothing but the slopes. A loss is one file, loss_*.c, and one row of losses.h. */
#ifndef TRIPLET_LOSS_H
#define TRIPLET_LOSS_H

#include "hinge.h"
#include "losses.h"
#include "selection.h"

#pragma GCC visibility push(hidden)

/* What the anchors of a batch come to. */
typedef struct triplet_totals {
  double loss, positive_sum, negative_sum; /* sums of losses and of the distances of pairs */
  uint64_t positive_pairs, negative_pairs;
  uint64_t triplets, active; /* what reductions divide by; anchors, of a loss that is not one of triplets */
  uint64_t hard, semihard, easy, without_positive, without_negative;
  bool any_distance, spread; /* some distance reaches 1e-3 x margin */
} triplet_totals;

typedef struct triplet_pair_loss {
  bool triplets; /* it is one of triplets: mining and swap play a part, and a strategy may pick a few of them */

  /* The loss of an anchor that has positives and negatives, at least 0, before its weight. Leaves in the workspace what
   * slopes needs to know. One of triplets also counts them and their pairs in the totals; for any other the driver
   * counts anchors. */
  double (*survey)(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   triplet_totals *totals);

  /* factor x dloss/dd by the distance of the anchor, the last one surveyed, to each reference; 0 where that plays no
   * part. */
  void (*slopes)(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                 double factor, float *slopes);
} triplet_pair_loss;

#define TRIPLET_DECLARE(name, help) extern const triplet_pair_loss triplet_loss_##name;
TRIPLET_PAIR_LOSSES(TRIPLET_DECLARE)
#undef TRIPLET_DECLARE

#pragma GCC visibility pop

#endif
