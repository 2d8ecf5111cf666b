/* loss_triplet.c - the triplet margin loss over a batch: sum over (a, p, n) of max(d(a, p) - d(a, n) + margin, 0).
 *
 * Batch-all (every triplet) is counted without looking at any triplet; with swap or a soft margin, which have no such
 * shortcut, each is looked at; the other strategies pick a few (pickers.c). */
#include "loss_triplet.h"

#include "strategy.h"

/* ---- one triplet ------------------------------------------------------------------------------------------------- */

/* d(p, n). */
static float distance_across(const triplet_selection *selection, size_t positive, size_t negative) {
  if (selection->across)
    return selection->across[positive * selection->references.rows + negative];
  const triplet_rows p = triplet_rows_part(&selection->references, positive, 1);
  const triplet_rows n = triplet_rows_part(&selection->references, negative, 1);
  float distance;
  triplet_row_distances(&selection->measure, &p, &n, &distance);
  return distance;
}

triplet_sides triplet_sides_of(const triplet_selection *selection, size_t anchor, triplet_pick pick) {
  const float *distances = selection->distances + anchor * selection->sets.references.rows;
  const size_t positive = (size_t)pick.positive, negative = (size_t)pick.negative;
  return (triplet_sides){
      .ap = distances[positive],
      .an = distances[negative],
      .pn = selection->options->swap ? distance_across(selection, positive, negative) : 0,
  };
}

triplet_hinge triplet_hinge_at(const triplet_selection *selection, size_t anchor, triplet_sides distances) {
  return triplet_hinge_of(selection->options, triplet_margin_of(selection->options, anchor), distances);
}

static void count_triplet(triplet_totals *totals, const triplet_hinge *hinge, bool weighted) {
  totals->triplets++;
  totals->active += hinge->active && weighted;
  totals->hard += hinge->hard;
  totals->semihard += !hinge->hard && hinge->loss > 0;
  totals->easy += hinge->loss == 0;
}

/* ---- picked triplets --------------------------------------------------------------------------------------------- */

/* Whether a reference is seen for the first time: picks may share a positive, or a negative. */
static bool is_new(const triplet_workspace *workspace, int32_t reference) {
  const bool first = !workspace->seen[reference];
  workspace->seen[reference] = true;
  return first;
}

static double survey_picks(const triplet_selection *selection, const triplet_anchor *anchor,
                           const triplet_workspace *workspace, triplet_totals *totals) {
  const triplet_pick *picks = workspace->picks;
  const bool weighted = triplet_weight_of(selection->options, anchor->index) != 0;
  for (size_t i = 0; i < anchor->pick_count; i++)
    workspace->seen[picks[i].positive] = workspace->seen[picks[i].negative] = false;

  double loss = 0;
  for (size_t i = 0; i < anchor->pick_count; i++) {
    const triplet_sides distances = triplet_sides_of(selection, anchor->index, picks[i]);
    const triplet_hinge hinge = triplet_hinge_at(selection, anchor->index, distances);
    const triplet_side_slopes slopes = triplet_side_slopes_of(&hinge, hinge.slope);
    loss += hinge.loss;
    workspace->pick_slopes[i] = (triplet_pick_slopes){slopes.ap, slopes.an};
    count_triplet(totals, &hinge, weighted);

    if (is_new(workspace, picks[i].positive)) {
      totals->positive_pairs++;
      totals->positive_sum += distances.ap;
    }
    if (is_new(workspace, picks[i].negative)) {
      totals->negative_pairs++;
      totals->negative_sum += distances.an;
    }
  }
  return loss;
}

static void sum_picks(const triplet_selection *selection, const triplet_anchor *anchor,
                      const triplet_workspace *workspace) {
  memset(workspace->sums, 0, selection->sets.references.rows * sizeof *workspace->sums);
  for (size_t i = 0; i < anchor->pick_count; i++) {
    workspace->sums[workspace->picks[i].positive] += workspace->pick_slopes[i].positive;
    workspace->sums[workspace->picks[i].negative] += workspace->pick_slopes[i].negative;
  }
}

/* ---- every triplet, one by one ----------------------------------------------------------------------------------- */

static double survey_each(const triplet_selection *selection, const triplet_anchor *anchor,
                          const triplet_workspace *workspace, triplet_totals *totals) {
  const bool weighted = triplet_weight_of(selection->options, anchor->index) != 0;
  triplet_list_negatives(selection, anchor, workspace);
  memset(workspace->sums, 0, selection->sets.references.rows * sizeof *workspace->sums);

  double loss = 0;
  for (size_t i = 0; i < anchor->positive_count; i++) {
    triplet_pick pick = {.positive = anchor->positives[i]};
    totals->positive_sum += anchor->distances[pick.positive];
    for (size_t j = 0; j < anchor->negative_count; j++) {
      pick.negative = (int32_t)workspace->candidates[j];
      const triplet_hinge hinge =
          triplet_hinge_at(selection, anchor->index, triplet_sides_of(selection, anchor->index, pick));
      const triplet_side_slopes slopes = triplet_side_slopes_of(&hinge, hinge.slope);
      loss += hinge.loss;
      count_triplet(totals, &hinge, weighted);
      workspace->sums[pick.positive] += slopes.ap;
      workspace->sums[pick.negative] += slopes.an;
    }
  }
  for (size_t j = 0; j < anchor->negative_count; j++)
    totals->negative_sum += anchor->distances[workspace->candidates[j]];
  return loss;
}

/* ---- every triplet, counted -------------------------------------------------------------------------------------- */

/* The thresholds that each positive sets for the negatives: it makes an active triplet with each one below LOSS, a hard
 * one with each below HARD, and with those that lie between LOSS and TOUCHING one whose hinge is exactly 0. */
enum {
  LOSS,
  HARD,
  TOUCHING,
  KINDS
}; /* d(a, n) < d(a, p) + margin;  d(a, n) <= d(a, p);  d(a, n) <= d(a, p) + margin */

/* What a triplet of each kind counts for in the gradient. A TOUCHING threshold lies at LOSS or just above it, so that a
 * negative below LOSS is below both, and the two make 1. */
typedef struct shares {
  size_t kinds; /* TOUCHING plays no part in the exact convention */
  double of[KINDS];
} shares;

static shares shares_of(triplet_convention convention) {
  switch (convention) {
  case TRIPLET_CONVENTION_TORCH:
    return (shares){KINDS, {[TOUCHING] = 1}};
  case TRIPLET_CONVENTION_OPTAX:
    return (shares){KINDS, {[LOSS] = 0.5, [TOUCHING] = 0.5}};
  default:
    return (shares){TOUCHING, {[LOSS] = 1}};
  }
}

/* Merges the sorted thresholds of all kinds into the edges, noting the kind of each. */
static void merge_thresholds(const triplet_workspace *workspace, size_t kinds, size_t count) {
  const uint32_t *thresholds = workspace->thresholds;
  size_t at[KINDS] = {0};
  for (size_t i = 0; i < kinds * count; i++) {
    size_t best = kinds;
    for (size_t kind = 0; kind < kinds; kind++)
      if (at[kind] < count &&
          (best == kinds || thresholds[kind * count + at[kind]] < thresholds[best * count + at[best]]))
        best = kind;
    workspace->edges[i] = triplet_float_at(thresholds[best * count + at[best]++]);
    workspace->kinds[i] = (uint8_t)best;
  }
}

/* The thresholds of an anchor's positives as sorted edges, and for each rank among them what the thresholds above it
 * count for. Returns how many edges there are. */
static size_t set_thresholds(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace, const shares *shares) {
  const size_t positives = anchor->positive_count, edges = shares->kinds * positives;
  const double margin = triplet_margin_of(selection->options, anchor->index);
  triplet_sort_positives(anchor, workspace);
  for (size_t k = 0; k < positives; k++) {
    const double distance = anchor->distances[triplet_key_row(workspace->keys[k])];
    workspace->thresholds[LOSS * positives + k] = triplet_place_at_least(distance + margin);
    workspace->thresholds[HARD * positives + k] = triplet_key_place(workspace->keys[k]) + 1;
    if (shares->kinds > TOUCHING)
      workspace->thresholds[TOUCHING * positives + k] = triplet_place_above(distance + margin);
  }
  merge_thresholds(workspace, shares->kinds, positives);

  workspace->weight_above[edges] = 0;
  for (size_t i = edges; i-- > 0;)
    workspace->weight_above[i] = workspace->weight_above[i + 1] + shares->of[workspace->kinds[i]];
  return edges;
}

/* Ranks the negatives among the edges and counts those of each rank. Returns what they take away from the loss: each
 * its distance times the weight of the thresholds above it. */
static double rank_negatives(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace, size_t edges, triplet_totals *totals) {
  const size_t references = selection->sets.references.rows;
  selection->measure.kernels->rank(workspace->edges, edges, anchor->negatives, references, workspace->ranks);
  memset(workspace->histogram, 0, (edges + 1) * sizeof *workspace->histogram);

  double loss = 0, negative_sum = 0;
  for (size_t j = 0; j < references; j++) {
    const float distance = anchor->negatives[j];
    const size_t rank = workspace->ranks[j];
    const double finite = distance <= FLT_MAX ? distance : 0;
    workspace->histogram[rank]++;
    loss -= workspace->weight_above[rank] * finite;
    negative_sum += finite;
  }
  totals->negative_sum += negative_sum;
  return loss;
}

/* Puts in the place of each threshold how many negatives lie below it: those of the ranks up to its edge. */
static void count_below(const triplet_workspace *workspace, size_t edges, size_t positives) {
  size_t at[KINDS] = {0};
  uint32_t below = 0;
  for (size_t i = 0; i < edges; i++) {
    const uint8_t kind = workspace->kinds[i];
    below += workspace->histogram[i];
    workspace->thresholds[kind * positives + at[kind]++] = below;
  }
}

/* Batch-all in O(R log P) instead of O(P R). Each positive sets thresholds; every negative is ranked among them; how
 * many thresholds of which kind lie above it says what it takes part in. The sum of active hinges is that of d(a, p) +
 * margin times the number of its active negatives, less that of d(a, n) times the number of its active positives.
 *
 * An example, in the exact convention with margin 0.2. The positives lie at 0.3, 0.5 and 0.9, the negatives at 0.4,
 * 0.6, 0.8 and 1.0:
 *
 *    LOSS thresholds 0.5, 0.7, 1.1    negatives below    1, 2, 4    7 triplets have a loss
 *    HARD thresholds 0.3, 0.5, 0.9    negatives up to    0, 1, 3    4 of them are hard, 3 semi-hard; 12 - 7 are easy
 *    LOSS thresholds above the negatives                 3, 2, 1, 1
 *
 * The loss is 1 x 0.5 + 2 x 0.7 + 4 x 1.1 - (3 x 0.4 + 2 x 0.6 + 1 x 0.8 + 1 x 1.0) = 6.3 - 4.2 = 2.1, and the counts
 * are the slopes: 1, 2 and 4 by the distances of the positives, -3, -2, -1 and -1 by those of the negatives. */
static double survey_counted(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace, triplet_totals *totals) {
  const triplet_options *options = selection->options;
  const shares shares = shares_of(options->convention);
  const size_t positives = anchor->positive_count;
  const size_t edges = set_thresholds(selection, anchor, workspace, &shares);
  double loss = rank_negatives(selection, anchor, workspace, edges, totals);
  count_below(workspace, edges, positives);

  const uint32_t *losing = workspace->thresholds + LOSS * positives, *hard = workspace->thresholds + HARD * positives;
  const uint32_t *touched = shares.kinds > TOUCHING ? workspace->thresholds + TOUCHING * positives : losing;
  const bool weighted = triplet_weight_of(options, anchor->index) != 0;
  const double margin = triplet_margin_of(options, anchor->index);
  for (size_t k = 0; k < positives; k++) {
    const double distance = anchor->distances[triplet_key_row(workspace->keys[k])];
    const double slope = losing[k] * shares.of[LOSS] + touched[k] * shares.of[TOUCHING];
    workspace->positive_slopes[k] = slope;
    loss += slope * (distance + margin);
    totals->positive_sum += distance;
    totals->active += weighted ? touched[k] : 0;
    totals->hard += hard[k];
    totals->semihard += losing[k] > hard[k] ? losing[k] - hard[k] : 0;
    totals->easy += anchor->negative_count - losing[k];
  }
  totals->triplets += (uint64_t)positives * anchor->negative_count;
  return loss;
}

static void counted_slopes(const triplet_selection *selection, const triplet_anchor *anchor,
                           const triplet_workspace *workspace, double factor, float *slopes) {
  const size_t positives = anchor->positive_count;
  const size_t edges = shares_of(selection->options->convention).kinds * positives;
  for (size_t i = 0; i <= edges; i++)
    workspace->slope_of_rank[i] = (float)(workspace->weight_above[i] * -factor);
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    slopes[j] = workspace->slope_of_rank[workspace->ranks[j]];
  for (size_t k = 0; k < positives; k++)
    slopes[triplet_key_row(workspace->keys[k])] = (float)(workspace->positive_slopes[k] * factor);
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

static bool is_counted(const triplet_options *options) {
  return !triplet_is_picker(options) && !options->swap && !options->soft_margin;
}

static double survey(const triplet_selection *selection, const triplet_anchor *anchor,
                     const triplet_workspace *workspace, triplet_totals *totals) {
  if (triplet_is_picker(selection->options))
    return survey_picks(selection, anchor, workspace, totals);
  totals->positive_pairs += anchor->positive_count;
  totals->negative_pairs += anchor->negative_count;
  return is_counted(selection->options) ? survey_counted(selection, anchor, workspace, totals)
                                        : survey_each(selection, anchor, workspace, totals);
}

static void slopes(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   double factor, float *slopes) {
  if (is_counted(selection->options)) {
    counted_slopes(selection, anchor, workspace, factor, slopes);
    return;
  }
  if (triplet_is_picker(selection->options))
    sum_picks(selection, anchor, workspace);
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    slopes[j] = (float)(workspace->sums[j] * factor);
}

const triplet_pair_loss triplet_loss_triplet = {.triplets = true, .survey = survey, .slopes = slopes};

/* ---- swap -------------------------------------------------------------------------------------------------------- */

/* Row by row of the positives: each looks at every anchor of its class and at every negative again, so that no two
 * threads add to one row. */
void triplet_add_swap_slopes(const triplet_selection *selection, size_t positive, const double *factors, double *sums,
                             float *slopes) {
  const triplet_relations *relations = &selection->relations;
  const size_t references = selection->sets.references.rows;
  memset(sums, 0, references * sizeof *sums);
  for (size_t a = 0; a < selection->sets.queries.rows; a++) {
    if (!selection->usable[a] || triplet_relation_of(relations, a, positive) != 1)
      continue;
    for (size_t n = 0; n < references; n++) {
      if (triplet_relation_of(relations, a, n) != -1)
        continue;
      const triplet_pick pick = {(int32_t)positive, (int32_t)n};
      const triplet_hinge hinge = triplet_hinge_at(selection, a, triplet_sides_of(selection, a, pick));
      sums[n] += triplet_side_slopes_of(&hinge, hinge.slope).pn * factors[a];
    }
  }
  for (size_t n = 0; n < references; n++)
    slopes[n] += (float)sums[n];
}
