/* loss_multi_similarity.c - the multi-similarity loss (Wang et al. 2019, "Multi-similarity loss with general pair
 * weighting for deep metric learning"): for an anchor log(1 + sum_p e^(alpha (d(a, p) - b))) / alpha +
 * log(1 + sum_n e^(beta (b - d(a, n)))) / beta, as pytorch-metric-learning's MultiSimilarityLoss.
 *
 * Of each sum the largest exponent m, or 0 where all are below, is taken out: log(1 + sum e^x) = m + log s with
 * s = e^-m + sum e^(x - m), and e^(x - m) / s is the slope of a pair. */
#include "loss.h"

/* Of one of the two sums: with x = (from - d) rate + m. */
typedef struct side {
  double from;
  double share; /* 1 / s, or 0 of no pairs */
} side;

typedef struct summary {
  side positive, negative;
} summary;

static size_t summary_size(const triplet_options *options, size_t positives) {
  (void)options, (void)positives;
  return sizeof(summary);
}

/* Distances, of which `outmost` has the largest exponent, and their rate: beta, or -alpha. */
typedef struct pairs {
  const float *distances;
  size_t count;
  double outmost, rate;
} pairs;

static double add_pairs(const triplet_kernels *kernels, const pairs *all, double boundary, side *of) {
  const bool above = (boundary - all->outmost) * all->rate > 0; /* 0 */
  of->from = above ? all->outmost : boundary;
  const double sum = kernels->exponentials(all->distances, all->count, of->from, all->rate, NULL);
  const double zero = triplet_exp((of->from - boundary) * all->rate);
  of->share = 1 / (zero + sum);
  return fabs(boundary - of->from) + (above ? triplet_log(zero + sum) : triplet_log1p(sum)) / fabs(all->rate);
}

static float largest_of(const float *distances, size_t count) {
  float largest = distances[0];
  for (size_t i = 1; i < count; i++)
    largest = distances[i] > largest ? distances[i] : largest;
  return largest;
}

static triplet_anchor_loss survey(const triplet_selection *selection, const triplet_anchor *anchor,
                                  const triplet_workspace *workspace, triplet_tally *tally) {
  const triplet_options *options = selection->options;
  const triplet_kernels *kernels = selection->measure.kernels;
  const double boundary = triplet_distance_at(&selection->measure, options->base);
  const size_t positives = anchor->positive_count, references = anchor->span.count;
  summary *const of = (void *)workspace->summary;
  triplet_anchor_loss found = {.terms = {0, 1, positives || anchor->negative_count}};
  *of = (summary){{0, 0}, {0, 0}};
  if (positives) {
    const float *near = triplet_positive_distances(anchor, workspace);
    const pairs all = {near, positives, largest_of(near, positives), -options->alpha};
    found.terms.loss += add_pairs(kernels, &all, boundary, &of->positive);
  }
  if (anchor->negative_count) {
    const float least = anchor->negatives[kernels->argmin(anchor->negatives, references)];
    const pairs all = {anchor->negatives, references, least, options->beta};
    found.terms.loss += add_pairs(kernels, &all, boundary, &of->negative);
  }

  triplet_tally_pairs(anchor, tally);
  tally->active_positive_pairs += positives;
  tally->active_negative_pairs += anchor->negative_count;
  return found;
}

static void slopes(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   triplet_factors factors, float *slopes) {
  const triplet_options *options = selection->options;
  const triplet_kernels *kernels = selection->measure.kernels;
  const summary *const of = (void *)workspace->summary;
  const double negative = -factors.positive * of->negative.share, positive = factors.positive * of->positive.share;
  kernels->exponentials(anchor->negatives, anchor->span.count, of->negative.from, options->beta, workspace->sums);
  for (size_t j = 0; j < anchor->span.count; j++)
    slopes[j] = (float)(negative * workspace->sums[j]);
  const float *near = triplet_positive_distances(anchor, workspace);
  kernels->exponentials(near, anchor->positive_count, of->positive.from, -options->alpha, workspace->sums);
  for (size_t i = 0; i < anchor->positive_count; i++)
    slopes[(size_t)anchor->positives[i] - anchor->span.first] = (float)(positive * workspace->sums[i]);
}

static double scale(const triplet_options *options, size_t anchor) {
  (void)anchor;
  return 1 / options->beta;
}

static triplet_reaches reach(const triplet_measure *measure, const triplet_options *options, double positive) {
  (void)positive;
  const double boundary = triplet_distance_at(measure, options->base);
  return (triplet_reaches){boundary, boundary};
}

const triplet_pair_loss triplet_loss_multi_similarity = {
    .summary_size = summary_size, .survey = survey, .slopes = slopes, .scale = scale, .reach = reach};
