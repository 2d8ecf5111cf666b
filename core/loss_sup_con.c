/* loss_sup_con.c - the supervised contrastive loss (Khosla et al. 2020, "Supervised contrastive learning", L_out): for
 * an anchor the mean over its positives of log(sum_j e^((d(a, p) - d(a, j)) / T)), j over all its positives and
 * negatives, as pytorch-metric-learning's SupConLoss, which takes a batch without any negative pair for one without
 * loss.
 *
 * With s the sum of e^((least - d(a, j)) / T), least the distance of the nearest j, that is the mean of
 * (d(a, p) - least) / T + log s. The slope of each j is minus its share of s, that of a positive one nth of the n
 * positives more, over T. */
#include "loss.h"

typedef struct summary {
  double least;
  double share; /* 1 / s, or 0 of an anchor without positives */
  double mean;  /* 1 / n */
} summary;

static size_t summary_size(const triplet_options *options, size_t positives) {
  (void)options, (void)positives;
  return sizeof(summary);
}

static float least_of(const float *distances, size_t count) {
  float least = distances[0];
  for (size_t i = 1; i < count; i++)
    least = distances[i] < least ? distances[i] : least;
  return least;
}

static triplet_anchor_loss survey(const triplet_selection *selection, const triplet_anchor *anchor,
                                  const triplet_workspace *workspace, triplet_tally *tally) {
  const triplet_kernels *kernels = selection->measure.kernels;
  const double rate = 1 / selection->options->temperature;
  const size_t positives = anchor->positive_count, others = positives + anchor->negative_count;
  summary *const of = (void *)workspace->summary;
  triplet_tally_pairs(anchor, tally);
  *of = (summary){0, 0, 0};
  if (!positives)
    return (triplet_anchor_loss){{0, 0, 0}, {0, 0, 0}};

  /* Alone with its positive an anchor has a loss of 0, which nothing changes. */
  const bool active = others > 1;
  tally->active_positive_pairs += active ? positives : 0;
  tally->active_negative_pairs += active ? anchor->negative_count : 0;

  const float *near = triplet_positive_distances(anchor, workspace);
  const float negative = anchor->negatives[kernels->argmin(anchor->negatives, anchor->span.count)];
  const float positive = least_of(near, positives);
  of->least = negative < positive ? negative : positive;
  const double sum = kernels->exponentials(near, positives, of->least, rate, NULL) +
                     kernels->exponentials(anchor->negatives, anchor->span.count, of->least, rate, NULL);
  of->share = 1 / sum;
  of->mean = 1 / (double)positives;

  double apart = 0;
  for (size_t i = 0; i < positives; i++)
    apart += near[i] - of->least;
  return (triplet_anchor_loss){{apart * rate * of->mean + triplet_log(sum), 1, active}, {0, 0, 0}};
}

static void slopes(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   triplet_factors factors, float *slopes) {
  const triplet_kernels *kernels = selection->measure.kernels;
  const summary *const of = (void *)workspace->summary;
  const double rate = 1 / selection->options->temperature, factor = factors.positive * rate;
  if (of->share == 0) {
    memset(slopes, 0, anchor->span.count * sizeof *slopes);
    return;
  }
  kernels->exponentials(anchor->negatives, anchor->span.count, of->least, rate, workspace->sums);
  for (size_t j = 0; j < anchor->span.count; j++)
    slopes[j] = (float)(-factor * (of->share * workspace->sums[j]));
  const float *near = triplet_positive_distances(anchor, workspace);
  kernels->exponentials(near, anchor->positive_count, of->least, rate, workspace->sums);
  for (size_t i = 0; i < anchor->positive_count; i++)
    slopes[(size_t)anchor->positives[i] - anchor->span.first] =
        (float)(factor * (of->mean - of->share * workspace->sums[i]));
}

static double scale(const triplet_options *options, size_t anchor) {
  (void)anchor;
  return options->temperature;
}

const triplet_pair_loss triplet_loss_sup_con = {.contrasts = true,
                                                .summary_size = summary_size,
                                                .survey = survey,
                                                .slopes = slopes,
                                                .scale = scale,
                                                .reach = triplet_reach_of_positive};
