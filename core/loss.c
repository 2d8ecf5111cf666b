/* loss.c - what several losses do with the pairs of an anchor, and the table of losses. */
#include "loss.h"

const triplet_pair_loss *triplet_loss_of(const triplet_options *options) {
#define ADDRESS(name, help) &triplet_loss_##name,
  static const triplet_pair_loss *const losses[] = {TRIPLET_PAIR_LOSSES(ADDRESS)};
#undef ADDRESS
  return losses[options->loss];
}

const float *triplet_positive_distances(const triplet_anchor *anchor, const triplet_workspace *workspace) {
  for (size_t i = 0; i < anchor->positive_count; i++)
    workspace->edges[i] = triplet_distance_to(anchor, anchor->positives[i]);
  return workspace->edges;
}

void triplet_tally_pairs(const triplet_anchor *anchor, triplet_tally *tally) {
  tally->positive_pairs += anchor->positive_count;
  tally->negative_pairs += anchor->negative_count;
  for (size_t i = 0; i < anchor->positive_count; i++)
    tally->positive_sum += triplet_distance_to(anchor, anchor->positives[i]);
  for (size_t j = 0; j < anchor->span.count; j++)
    tally->negative_sum += anchor->negatives[j] <= FLT_MAX ? anchor->negatives[j] : 0;
}
