/* loss.c - what several losses do with the pairs of an anchor, and the table of losses. */
#include "loss.h"

const triplet_pair_loss *triplet_loss_of(const triplet_options *options) {
#define ADDRESS(name, help) &triplet_loss_##name,
  static const triplet_pair_loss *const losses[] = {TRIPLET_PAIR_LOSSES(ADDRESS)};
#undef ADDRESS
  return losses[options->loss];
}

triplet_options triplet_options_in_use(const triplet_options *options) {
  triplet_options used = *options;
  used.violating = TRIPLET_VIOLATING_NONE;
  if (!triplet_loss_of(options)->triplets) {
    used.mining = TRIPLET_MINING_ALL;
    used.positives = TRIPLET_POSITIVES_OF_MINING;
    used.negatives = TRIPLET_NEGATIVES_OF_MINING;
    used.swap = used.soft_margin = false;
  }
  return used;
}

triplet_reaches triplet_reach_of_positive(const triplet_measure *measure, const triplet_options *options,
                                          double positive) {
  (void)measure, (void)options;
  return (triplet_reaches){positive, positive};
}

triplet_status triplet_reach(triplet_context *context, const triplet_options *options, double positive_distance,
                             triplet_reaches *reach) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_REACH, options));
  const triplet_measure measure = triplet_measure_of(context, options);
  const triplet_reaches found = triplet_loss_of(options)->reach(&measure, options, positive_distance);
  *reach = (triplet_reaches){triplet_figure(found.pull), triplet_figure(found.push)};
  return TRIPLET_OK;
}

const float *triplet_positive_distances(const triplet_anchor *anchor, const triplet_workspace *workspace) {
  for (size_t i = 0; i < anchor->positive_count; i++)
    workspace->edges[i] = triplet_distance_to(anchor, anchor->positives[i]);
  return workspace->edges;
}

/* Four sums at a time, as each addition would wait for the last. */
#define SUMS 4

static double sum_of_finite(const float *distances, size_t count) {
  double sums[SUMS] = {0};
  for (size_t j = 0; j < count / SUMS * SUMS; j += SUMS)
    for (size_t k = 0; k < SUMS; k++)
      sums[k] += distances[j + k] <= FLT_MAX ? distances[j + k] : 0;
  for (size_t j = count / SUMS * SUMS; j < count; j++)
    sums[j % SUMS] += distances[j] <= FLT_MAX ? distances[j] : 0;
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void triplet_tally_pairs(const triplet_anchor *anchor, triplet_tally *tally) {
  tally->positive_pairs += anchor->positive_count;
  tally->negative_pairs += anchor->negative_count;
  for (size_t i = 0; i < anchor->positive_count; i++)
    tally->positive_sum += triplet_distance_to(anchor, anchor->positives[i]);
  tally->negative_sum += sum_of_finite(anchor->negatives, anchor->span.count);
}
