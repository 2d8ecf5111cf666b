/* losses.h - every pair loss, in the order of triplet_loss: LOSS(name, help) stands for triplet_loss_<name>, which is
 * loss_<name>.c. */
#ifndef TRIPLET_LOSSES_H
#define TRIPLET_LOSSES_H

#define TRIPLET_PAIR_LOSSES(LOSS)                                                                                      \
  LOSS(triplet, "max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects")                         \
  LOSS(contrastive, "positives nearer than `positive_margin`, negatives farther than `negative_margin`")               \
  LOSS(info_nce, "each positive against all negatives of its anchor, by a softmax (NT-Xent)")                          \
  LOSS(sup_con, "the positives of an anchor against all its others, by a softmax")                                     \
  LOSS(multi_similarity, "positives nearer and negatives farther than `base`, the hardest most")

#endif
