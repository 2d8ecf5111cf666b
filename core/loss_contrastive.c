/* loss_contrastive.c - the contrastive loss: max(d(a, p) - positive_margin, 0) of each positive pair and
 * max(negative_margin - d(a, n), 0) of each negative pair (Hadsell, Chopra and LeCun 2006, "Dimensionality reduction by
 * learning an invariant mapping", without their squares, as pytorch-metric-learning). A pair at its margin is inactive
 * under every convention. */
#include "loss.h"

static size_t summary_size(const triplet_options *options, size_t positives) {
  (void)options, (void)positives;
  return 0;
}

static void add_term(triplet_terms *terms, double hinge) {
  terms->loss += hinge > 0 ? hinge : 0;
  terms->active += hinge > 0;
}

static triplet_anchor_loss survey(const triplet_selection *selection, const triplet_anchor *anchor,
                                  const triplet_workspace *workspace, triplet_tally *tally) {
  (void)workspace;
  const double positive_margin = selection->options->positive_margin;
  const double negative_margin = selection->options->negative_margin;
  triplet_anchor_loss found = {.terms.count = anchor->positive_count, .others.count = anchor->negative_count};
  for (size_t i = 0; i < anchor->positive_count; i++)
    add_term(&found.terms, triplet_distance_to(anchor, anchor->positives[i]) - positive_margin);
  for (size_t j = 0; j < anchor->span.count; j++)
    add_term(&found.others, negative_margin - anchor->negatives[j]);

  triplet_tally_pairs(anchor, tally);
  tally->active_positive_pairs += found.terms.active;
  tally->active_negative_pairs += found.others.active;
  return found;
}

static void slopes(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   triplet_factors factors, float *slopes) {
  (void)workspace;
  const double positive_margin = selection->options->positive_margin;
  const double negative_margin = selection->options->negative_margin;
  const float positive = (float)factors.positive, negative = (float)-factors.negative;
  for (size_t j = 0; j < anchor->span.count; j++)
    slopes[j] = anchor->negatives[j] < negative_margin ? negative : 0;
  for (size_t i = 0; i < anchor->positive_count; i++)
    slopes[(size_t)anchor->positives[i] - anchor->span.first] =
        triplet_distance_to(anchor, anchor->positives[i]) > positive_margin ? positive : 0;
}

static double scale(const triplet_options *options, size_t anchor) {
  (void)anchor;
  return options->negative_margin > 0 ? options->negative_margin : 1;
}

static triplet_reaches reach(const triplet_measure *measure, const triplet_options *options, double positive) {
  (void)measure, (void)positive;
  return (triplet_reaches){options->positive_margin, options->negative_margin};
}

const triplet_pair_loss triplet_loss_contrastive = {
    .apart = true, .summary_size = summary_size, .survey = survey, .slopes = slopes, .scale = scale, .reach = reach};
