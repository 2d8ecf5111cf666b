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

static triplet_sides sides_of(const triplet_selection *selection, const triplet_anchor *anchor, triplet_pick pick) {
  return (triplet_sides){
      .ap = triplet_distance_to(anchor, pick.positive),
      .an = triplet_distance_to(anchor, pick.negative),
      .pn = selection->options->swap ? distance_across(selection, (size_t)pick.positive, (size_t)pick.negative) : 0,
  };
}

static triplet_hinge hinge_at(const triplet_selection *selection, size_t anchor, triplet_sides distances) {
  return triplet_hinge_of(selection->options, triplet_margin_of(selection->options, anchor), distances);
}

static void add_triplet(triplet_anchor_loss *found, triplet_tally *tally, const triplet_hinge *hinge) {
  found->terms.loss += hinge->loss;
  found->terms.count++;
  found->terms.active += hinge->active;
  tally->hard += hinge->hard;
  tally->semihard += !hinge->hard && hinge->loss > 0;
  tally->easy += hinge->loss == 0;
}

/* ---- picked triplets --------------------------------------------------------------------------------------------- */

/* A pair that several picks share counts once; those of a positive follow each other. */
static void add_pick_pairs(const triplet_anchor *anchor, size_t i, const triplet_workspace *workspace,
                           triplet_tally *tally) {
  const triplet_pick pick = workspace->picks[i];
  if (i == 0 || workspace->picks[i - 1].positive != pick.positive) {
    tally->positive_pairs++;
    tally->positive_sum += triplet_distance_to(anchor, pick.positive);
  }
  if (!workspace->seen[pick.negative]) {
    workspace->seen[pick.negative] = true;
    tally->negative_pairs++;
    tally->negative_sum += triplet_distance_to(anchor, pick.negative);
  }
}

static triplet_anchor_loss survey_picks(const triplet_selection *selection, const triplet_anchor *anchor,
                                        const triplet_workspace *workspace, triplet_tally *tally) {
  triplet_anchor_loss found = {0};
  for (size_t i = 0; i < anchor->pick_count; i++)
    workspace->seen[workspace->picks[i].negative] = false;
  for (size_t i = 0; i < anchor->pick_count; i++) {
    const triplet_sides distances = sides_of(selection, anchor, workspace->picks[i]);
    const triplet_hinge hinge = hinge_at(selection, anchor->index, distances);
    workspace->pick_terms[i] = (triplet_pick_terms){distances, triplet_side_slopes_of(&hinge, hinge.slope)};
    add_triplet(&found, tally, &hinge);
    add_pick_pairs(anchor, i, workspace, tally);
  }
  return found;
}

/* ---- every triplet, one by one ----------------------------------------------------------------------------------- */

/* Of a positive: what its pair's slope is, its distance, and which row it is. */
typedef struct positive_summary {
  double sum;
  float distance;
  int32_t row;
} positive_summary;

typedef struct each_summary {
  uint64_t count;
  positive_summary positives[]; /* ascending by row */
} each_summary;

static triplet_anchor_loss survey_each(const triplet_selection *selection, const triplet_anchor *anchor,
                                       const triplet_workspace *workspace, triplet_tally *tally) {
  each_summary *const summary = (void *)workspace->summary;
  triplet_anchor_loss found = {0};
  triplet_list_negatives(anchor, workspace);
  memset(workspace->sums, 0, anchor->span.count * sizeof *workspace->sums);

  summary->count = anchor->positive_count;
  for (size_t i = 0; i < anchor->positive_count; i++) {
    triplet_pick pick = {.positive = anchor->positives[i]};
    double sum = 0;
    tally->positive_sum += triplet_distance_to(anchor, pick.positive);
    for (size_t j = 0; j < anchor->negative_count; j++) {
      pick.negative = (int32_t)workspace->candidates[j];
      const triplet_hinge hinge = hinge_at(selection, anchor->index, sides_of(selection, anchor, pick));
      const triplet_side_slopes slopes = triplet_side_slopes_of(&hinge, hinge.slope);
      add_triplet(&found, tally, &hinge);
      sum += slopes.ap;
      workspace->sums[pick.negative] += slopes.an;
    }
    workspace->sums[pick.positive] = sum;
    summary->positives[i] = (positive_summary){sum, triplet_distance_to(anchor, pick.positive), pick.positive};
  }
  tally->positive_pairs += anchor->positive_count;
  tally->negative_pairs += anchor->negative_count;
  for (size_t j = 0; j < anchor->negative_count; j++)
    tally->negative_sum += anchor->negatives[workspace->candidates[j]];
  return found;
}

/* The sums of the pairs shown again; without swap, whose batches keep their slopes. */
static void sum_each_again(const triplet_selection *selection, const triplet_anchor *anchor,
                           const triplet_workspace *workspace) {
  const each_summary *const summary = (void *)workspace->summary;
  memset(workspace->sums, 0, anchor->span.count * sizeof *workspace->sums);
  for (size_t j = 0; j < anchor->span.count; j++)
    for (size_t i = 0; anchor->negatives[j] <= FLT_MAX && i < summary->count; i++) {
      const triplet_sides distances = {.ap = summary->positives[i].distance, .an = anchor->negatives[j]};
      const triplet_hinge hinge = hinge_at(selection, anchor->index, distances);
      workspace->sums[j] += triplet_side_slopes_of(&hinge, hinge.slope).an;
    }
  for (size_t i = 0; i < summary->count; i++) {
    const size_t place = (size_t)summary->positives[i].row - anchor->span.first; /* huge before the span */
    if (place < anchor->span.count)
      workspace->sums[place] = summary->positives[i].sum;
  }
}

static void each_slopes(const triplet_selection *selection, const triplet_anchor *anchor,
                        const triplet_workspace *workspace, double factor, float *slopes) {
  if (!anchor->surveyed)
    sum_each_again(selection, anchor, workspace);
  for (size_t j = 0; j < anchor->span.count; j++)
    slopes[j] = (float)(workspace->sums[j] * factor);
}

/* ---- every triplet of a kind ------------------------------------------------------------------------------------- */

triplet_interval triplet_interval_of(const triplet_options *options, double margin, float positive) {
  const double reach = (double)positive + margin;
  const bool exact = options->convention == TRIPLET_CONVENTION_EXACT;
  const float active = triplet_float_at(exact ? triplet_place_at_least(reach) : triplet_place_above(reach));
  const float beyond = triplet_float_at(triplet_float_place(positive) + 1);
  switch (options->violating) {
  case TRIPLET_VIOLATING_ALL:
    return (triplet_interval){-INFINITY, active};
  case TRIPLET_VIOLATING_HARD:
    return (triplet_interval){-INFINITY, beyond < active ? beyond : active};
  case TRIPLET_VIOLATING_SEMIHARD:
    return (triplet_interval){beyond, active};
  case TRIPLET_VIOLATING_EASY:
    return (triplet_interval){active, INFINITY};
  default:
    return (triplet_interval){-INFINITY, INFINITY};
  }
}

static triplet_anchor_loss survey_kind(const triplet_selection *selection, const triplet_anchor *anchor,
                                       const triplet_workspace *workspace, triplet_tally *tally) {
  const double margin = triplet_margin_of(selection->options, anchor->index);
  triplet_anchor_loss found = {0};
  memset(workspace->seen, 0, anchor->span.count * sizeof *workspace->seen);
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const float positive = triplet_distance_to(anchor, anchor->positives[i]);
    const triplet_interval interval = triplet_interval_of(selection->options, margin, positive);
    const uint64_t before = found.terms.count;
    for (size_t j = 0; j < anchor->span.count; j++) {
      const float negative = anchor->negatives[j];
      if (!triplet_is_within(interval, negative))
        continue;
      const triplet_hinge hinge =
          triplet_hinge_of(selection->options, margin, (triplet_sides){.ap = positive, .an = negative});
      add_triplet(&found, tally, &hinge);
      tally->negative_pairs += !workspace->seen[j];
      tally->negative_sum += workspace->seen[j] ? 0 : negative;
      workspace->seen[j] = true;
    }
    tally->positive_pairs += found.terms.count > before;
    tally->positive_sum += found.terms.count > before ? positive : 0;
  }
  return found;
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
typedef struct kind_shares {
  size_t kinds; /* TOUCHING plays no part in the exact convention */
  double of[KINDS];
} kind_shares;

static kind_shares shares_of(triplet_convention convention) {
  switch (convention) {
  case TRIPLET_CONVENTION_TORCH:
    return (kind_shares){KINDS, {[TOUCHING] = 1}};
  case TRIPLET_CONVENTION_OPTAX:
    return (kind_shares){KINDS, {[LOSS] = 0.5, [TOUCHING] = 0.5}};
  default:
    return (kind_shares){TOUCHING, {[LOSS] = 1}};
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

/* What slopes needs: of each kind that counts in the gradient the thresholds, sorted, and how many negatives lie below
 * each. */
typedef struct counted_summary {
  uint64_t positives;
  float numbers[]; /* of each kind so many floats, then so many uint32_t */
} counted_summary;

static size_t kinds_in_gradient(const kind_shares *shares) {
  size_t count = 0;
  for (size_t kind = 0; kind < shares->kinds; kind++)
    count += shares->of[kind] != 0;
  return count;
}

static float *edges_of(counted_summary *summary, const kind_shares *shares, size_t kind) {
  size_t before = 0;
  for (size_t i = 0; i < kind; i++)
    before += shares->of[i] != 0;
  return summary->numbers + before * 2 * summary->positives;
}

static uint32_t *counts_of(counted_summary *summary, const kind_shares *shares, size_t kind) {
  return (uint32_t *)(void *)(edges_of(summary, shares, kind) + summary->positives);
}

static void note_edges(const triplet_workspace *workspace, const kind_shares *shares, size_t positives) {
  counted_summary *const summary = (void *)workspace->summary;
  summary->positives = positives;
  for (size_t kind = 0; kind < shares->kinds; kind++)
    for (size_t k = 0; shares->of[kind] != 0 && k < positives; k++)
      edges_of(summary, shares, kind)[k] = triplet_float_at(workspace->thresholds[kind * positives + k]);
}

static void note_counts(const triplet_workspace *workspace, const kind_shares *shares, size_t positives) {
  counted_summary *const summary = (void *)workspace->summary;
  for (size_t kind = 0; kind < shares->kinds; kind++)
    if (shares->of[kind] != 0)
      memcpy(counts_of(summary, shares, kind), workspace->thresholds + kind * positives,
             positives * sizeof *workspace->thresholds);
}

/* The thresholds of an anchor's positives as sorted edges, and for each rank among them what the thresholds above it
 * count for. Returns how many edges there are. */
static size_t set_thresholds(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace, const kind_shares *shares) {
  const size_t positives = anchor->positive_count, edges = shares->kinds * positives;
  const double margin = triplet_margin_of(selection->options, anchor->index);
  triplet_sort_positives(anchor, workspace);
  for (size_t k = 0; k < positives; k++) {
    const double distance = triplet_key_distance(workspace->keys[k]);
    workspace->thresholds[LOSS * positives + k] = triplet_place_at_least(distance + margin);
    workspace->thresholds[HARD * positives + k] = triplet_key_place(workspace->keys[k]) + 1;
    if (shares->kinds > TOUCHING)
      workspace->thresholds[TOUCHING * positives + k] = triplet_place_above(distance + margin);
  }
  merge_thresholds(workspace, shares->kinds, positives);
  if (!selection->distances)
    note_edges(workspace, shares, positives);

  workspace->weight_above[edges] = 0;
  for (size_t i = edges; i-- > 0;)
    workspace->weight_above[i] = workspace->weight_above[i + 1] + shares->of[workspace->kinds[i]];
  return edges;
}

/* Ranks the negatives among the edges and counts those of each rank. Returns what they take away from the loss: each
 * its distance times the weight of the thresholds above it. */
static double rank_negatives(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace, size_t edges, triplet_tally *tally) {
  const size_t references = anchor->span.count;
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
  tally->negative_sum += negative_sum;
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
static triplet_anchor_loss survey_counted(const triplet_selection *selection, const triplet_anchor *anchor,
                                          const triplet_workspace *workspace, triplet_tally *tally) {
  const triplet_options *options = selection->options;
  const kind_shares shares = shares_of(options->convention);
  const size_t positives = anchor->positive_count;
  const size_t edges = set_thresholds(selection, anchor, workspace, &shares);
  triplet_anchor_loss found = {.terms.count = (uint64_t)positives * anchor->negative_count};
  found.terms.loss = rank_negatives(selection, anchor, workspace, edges, tally);
  count_below(workspace, edges, positives);
  if (!selection->distances)
    note_counts(workspace, &shares, positives);

  const uint32_t *losing = workspace->thresholds + LOSS * positives, *hard = workspace->thresholds + HARD * positives;
  const uint32_t *touched = shares.kinds > TOUCHING ? workspace->thresholds + TOUCHING * positives : losing;
  const double margin = triplet_margin_of(options, anchor->index);
  for (size_t k = 0; k < positives; k++) {
    const double distance = triplet_key_distance(workspace->keys[k]);
    const double slope = losing[k] * shares.of[LOSS] + touched[k] * shares.of[TOUCHING];
    workspace->positive_slopes[k] = slope;
    found.terms.loss += slope * (distance + margin);
    found.terms.active += touched[k];
    tally->positive_sum += distance;
    tally->hard += hard[k];
    tally->semihard += losing[k] > hard[k] ? losing[k] - hard[k] : 0;
    tally->easy += anchor->negative_count - losing[k];
  }
  tally->positive_pairs += positives;
  tally->negative_pairs += anchor->negative_count;
  return found;
}

static void counted_slopes(const triplet_selection *selection, const triplet_anchor *anchor,
                           const triplet_workspace *workspace, double factor, float *slopes) {
  const size_t positives = anchor->positive_count;
  const size_t edges = shares_of(selection->options->convention).kinds * positives;
  for (size_t i = 0; i <= edges; i++)
    workspace->slope_of_rank[i] = (float)(workspace->weight_above[i] * -factor);
  for (size_t j = 0; j < anchor->span.count; j++)
    slopes[j] = workspace->slope_of_rank[workspace->ranks[j]];
  for (size_t k = 0; k < positives; k++)
    slopes[triplet_key_row(workspace->keys[k])] = (float)(workspace->positive_slopes[k] * factor);
}

/* The same from the summary: the thresholds above a negative are counted again, and a positive's count is that of its
 * threshold. */
static void counted_slopes_again(const triplet_selection *selection, const triplet_anchor *anchor,
                                 const triplet_workspace *workspace, double factor, float *slopes) {
  const kind_shares shares = shares_of(selection->options->convention);
  counted_summary *const summary = (void *)workspace->summary;
  const size_t positives = summary->positives, references = anchor->span.count;
  const double margin = triplet_margin_of(selection->options, anchor->index);
  const triplet_kernels *kernels = selection->measure.kernels;
  double *const weights = workspace->sums, *const own = workspace->positive_slopes;
  memset(own, 0, anchor->positive_count * sizeof *own);
  bool first = true;
  for (size_t kind = 0; kind < shares.kinds; kind++) {
    if (shares.of[kind] == 0)
      continue;
    const float *edges = edges_of(summary, &shares, kind);
    const uint32_t *counts = counts_of(summary, &shares, kind);
    kernels->rank(edges, positives, anchor->negatives, references, workspace->ranks);
    for (size_t j = 0; j < references; j++)
      weights[j] = (first ? 0 : weights[j]) + shares.of[kind] * (double)(int32_t)(positives - workspace->ranks[j]);
    first = false;

    /* The first threshold of the same size comes behind all that are at most the float before. */
    for (size_t i = 0; i < anchor->positive_count; i++) {
      const double at = triplet_distance_to(anchor, anchor->positives[i]) + margin;
      const uint32_t place = kind == TOUCHING ? triplet_place_above(at) : triplet_place_at_least(at);
      workspace->edges[i] = triplet_float_at(place - 1);
    }
    kernels->rank(edges, positives, workspace->edges, anchor->positive_count, workspace->ranks);
    for (size_t i = 0; i < anchor->positive_count; i++)
      own[i] += counts[workspace->ranks[i]] * shares.of[kind];
  }
  for (size_t j = 0; j < references; j++)
    slopes[j] = (float)(weights[j] * -factor);
  for (size_t i = 0; i < anchor->positive_count; i++)
    slopes[(size_t)anchor->positives[i] - anchor->span.first] = (float)(own[i] * factor);
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

/* Every triplet, without looking at each. */
static bool is_counted(const triplet_options *options) {
  return !options->swap && !options->soft_margin;
}

static size_t summary_size(const triplet_options *options, size_t positives) {
  if (triplet_is_picker(options))
    return 0;
  const kind_shares shares = shares_of(options->convention);
  return is_counted(options) ? sizeof(counted_summary) + positives * kinds_in_gradient(&shares) * 2 * sizeof(uint32_t)
                             : sizeof(each_summary) + positives * sizeof(positive_summary);
}

static triplet_anchor_loss survey(const triplet_selection *selection, const triplet_anchor *anchor,
                                  const triplet_workspace *workspace, triplet_tally *tally) {
  return selection->picks                                          ? survey_picks(selection, anchor, workspace, tally)
         : selection->options->violating != TRIPLET_VIOLATING_NONE ? survey_kind(selection, anchor, workspace, tally)
         : is_counted(selection->options)                          ? survey_counted(selection, anchor, workspace, tally)
                                                                   : survey_each(selection, anchor, workspace, tally);
}

/* Not of picked triplets. */
static void slopes(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_workspace *workspace,
                   triplet_factors factors, float *slopes) {
  if (!is_counted(selection->options))
    each_slopes(selection, anchor, workspace, factors.positive, slopes);
  else if (anchor->surveyed)
    counted_slopes(selection, anchor, workspace, factors.positive, slopes);
  else
    counted_slopes_again(selection, anchor, workspace, factors.positive, slopes);
}

static double scale(const triplet_options *options, size_t anchor) {
  const double margin = triplet_margin_of(options, anchor);
  return margin > 0 ? margin : 1;
}

static triplet_reaches reach(const triplet_measure *measure, const triplet_options *options, double positive) {
  (void)measure;
  return (triplet_reaches){positive, positive + options->margin};
}

const triplet_pair_loss triplet_loss_triplet = {
    .triplets = true, .summary_size = summary_size, .survey = survey, .slopes = slopes, .scale = scale, .reach = reach};

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
    const triplet_anchor anchor = {.index = a, .distances = selection->distances + a * references};
    for (size_t n = 0; n < references; n++) {
      if (triplet_relation_of(relations, a, n) != -1)
        continue;
      const triplet_pick pick = {(int32_t)positive, (int32_t)n};
      const triplet_hinge hinge = hinge_at(selection, a, sides_of(selection, &anchor, pick));
      sums[n] += triplet_side_slopes_of(&hinge, hinge.slope).pn * factors[a];
    }
  }
  for (size_t n = 0; n < references; n++)
    slopes[n] += (float)sums[n];
}
