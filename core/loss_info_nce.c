/* loss_info_nce.c - InfoNCE (van den Oord, Li and Vinyals 2018, "Representation learning with contrastive predictive
 * coding"), of which NT-Xent (Chen et al. 2020) and the multiple-negatives ranking loss are cases: for each positive of
 * an anchor log(1 + sum_n e^((d(a, p) - d(a, n)) / T)), as pytorch-metric-learning's NTXentLoss and
 * optax.losses.ntxent.
 *
 * With s the sum of e^((least - d(a, n)) / T) over the negatives, least the distance of the nearest one, and
 * x = (d(a, p) - least) / T + log s, the loss of a positive is softplus(x), and sigmoid(x) / T its slope. The slope of
 * a negative is its share of s times minus the sum of those slopes. */
#include "loss.h"

typedef struct summary {
  double least, log_sum; /* of the negatives */
  double share;          /* the sum of sigmoid(x) / s over the positives; 0: there is nothing to learn */
} summary;

static size_t summary_size(const triplet_options *options, size_t positives) {
  (void)options, (void)positives;
  return sizeof(summary);
}

static triplet_hinge term_of(const summary *of, double distance, double temperature) {
  return triplet_softplus((distance - of->least) / temperature + of->log_sum);
}

static triplet_anchor_loss survey(const triplet_selection *selection, const triplet_anchor *anchor,
                                  const triplet_workspace *workspace, triplet_tally *tally) {
  const triplet_kernels *kernels = selection->measure.kernels;
  const double temperature = selection->options->temperature;
  const bool active = anchor->positive_count && anchor->negative_count;
  summary *const of = (void *)workspace->summary;
  triplet_anchor_loss found = {.terms = {0, anchor->positive_count, active ? anchor->positive_count : 0}};
  triplet_tally_pairs(anchor, tally);
  *of = (summary){0, 0, 0};
  if (!active)
    return found;

  of->least = anchor->negatives[kernels->argmin(anchor->negatives, anchor->span.count)];
  const double sum = kernels->exponentials(anchor->negatives, anchor->span.count, of->least, 1 / temperature, NULL);
  of->log_sum = triplet_log(sum);
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const triplet_hinge term = term_of(of, triplet_distance_to(anchor, anchor->positives[i]), temperature);
    found.terms.loss += term.loss;
    of->share += term.slope / sum;
  }
  tally->active_positive_pairs += anchor->positive_count;
  tally->active_negative_pairs += anchor->negative_count;
  return found;
}

static void slopes(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   triplet_factors factors, float *slopes) {
  const summary *const of = (void *)workspace->summary;
  const double temperature = selection->options->temperature, factor = factors.positive / temperature;
  const double share = -of->share * factor;
  if (of->share == 0) {
    memset(slopes, 0, anchor->span.count * sizeof *slopes);
    return;
  }
  selection->measure.kernels->exponentials(anchor->negatives, anchor->span.count, of->least, 1 / temperature,
                                           workspace->sums);
  for (size_t j = 0; j < anchor->span.count; j++)
    slopes[j] = (float)(share * workspace->sums[j]);
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const double distance = triplet_distance_to(anchor, anchor->positives[i]);
    slopes[(size_t)anchor->positives[i] - anchor->span.first] =
        (float)(factor * term_of(of, distance, temperature).slope);
  }
}

static double scale(const triplet_options *options, size_t anchor) {
  (void)anchor;
  return options->temperature;
}

const triplet_pair_loss triplet_loss_info_nce = {.summary_size = summary_size,
                                                 .survey = survey,
                                                 .slopes = slopes,
                                                 .scale = scale,
                                                 .reach = triplet_reach_of_positive};
