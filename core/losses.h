/* losses.h - every pair loss, in the order of triplet_loss: LOSS(name, help) stands for triplet_loss_<name>, which is
 * loss_<name>.c. */
#ifndef TRIPLET_LOSSES_H
#define TRIPLET_LOSSES_H

#define TRIPLET_PAIR_LOSSES(LOSS)                                                                                      \
  LOSS(triplet, "max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects")

#endif
