/* pickers.c - the triplets that the strategies pick for an anchor: which of its positives, and then which negatives go
 * with each of those. */
#include "pickers.h"

/* ---- by distance ------------------------------------------------------------------------------------------------- */

static int32_t nearest_negative(const triplet_selection *selection, const triplet_anchor *anchor) {
  return (int32_t)selection->measure.kernels->argmin(anchor->negatives, selection->sets.references.rows);
}

static int32_t farthest_negative(const triplet_selection *selection, const triplet_anchor *anchor) {
  const float *row = anchor->negatives;
  float best = -1;
  size_t at = 0;
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    if (row[j] > best && row[j] <= FLT_MAX) {
      best = row[j];
      at = j;
    }
  return (int32_t)at;
}

static int32_t farthest_positive(const triplet_anchor *anchor) {
  int32_t at = anchor->positives[0];
  for (size_t i = 1; i < anchor->positive_count; i++)
    if (anchor->distances[anchor->positives[i]] > anchor->distances[at])
      at = anchor->positives[i];
  return at;
}

static int32_t nearest_positive(const triplet_anchor *anchor) {
  int32_t at = anchor->positives[0];
  for (size_t i = 1; i < anchor->positive_count; i++)
    if (anchor->distances[anchor->positives[i]] < anchor->distances[at])
      at = anchor->positives[i];
  return at;
}

/* The nearest negative, with every positive. */
static size_t pick_hard(const triplet_selection *selection, const triplet_anchor *anchor,
                        const triplet_workspace *workspace) {
  const int32_t negative = nearest_negative(selection, anchor);
  for (size_t i = 0; i < anchor->positive_count; i++)
    workspace->picks[i] = (triplet_pick){anchor->positives[i], negative};
  return anchor->positive_count;
}

/* Every negative, with the only positive. */
static size_t pick_every(const triplet_selection *selection, const triplet_anchor *anchor,
                         const triplet_workspace *workspace) {
  (void)selection;
  triplet_list_negatives(anchor, workspace);
  for (size_t j = 0; j < anchor->negative_count; j++)
    workspace->picks[j] = (triplet_pick){anchor->positives[0], (int32_t)workspace->candidates[j]};
  return anchor->negative_count;
}

/* The nearest negative beyond each positive, for all of them at once: the negatives fall between the sorted positives,
 * where the nearest of each interval is kept; the nearest beyond a positive is the least of the intervals above it. */
static size_t pick_semihard(const triplet_selection *selection, const triplet_anchor *anchor,
                            const triplet_workspace *workspace) {
  const size_t positives = anchor->positive_count, references = selection->sets.references.rows;

  /* An edge lies just above each positive, so that a negative at the same distance falls below it. */
  uint64_t *nearest = workspace->spare_keys; /* of each interval, as a key */
  triplet_sort_positives(anchor, workspace);
  for (size_t k = 0; k < positives; k++) {
    workspace->edges[k] = triplet_float_of_bits((uint32_t)(workspace->keys[k] >> 32) + 1);
    nearest[k + 1] = UINT64_MAX;
  }
  nearest[0] = UINT64_MAX;

  selection->measure.kernels->rank(workspace->edges, positives, anchor->negatives, references, workspace->ranks);
  for (size_t j = 0; j < references; j++) {
    const uint64_t key = triplet_distance_key(anchor->negatives[j], j);
    uint64_t *interval = nearest + workspace->ranks[j];
    *interval = key < *interval ? key : *interval;
  }

  const int32_t none =
      selection->options->fallback == TRIPLET_FALLBACK_FARTHEST ? farthest_negative(selection, anchor) : -1;
  uint64_t best = UINT64_MAX;
  for (size_t k = positives; k-- > 0;) {
    best = nearest[k + 1] < best ? nearest[k + 1] : best;
    workspace->negative_of[triplet_key_row(workspace->keys[k])] =
        best >> 32 < TRIPLET_INFINITY_BITS ? (int32_t)triplet_key_row(best) : none;
  }

  size_t count = 0;
  for (size_t i = 0; i < positives; i++) {
    workspace->picks[count] = (triplet_pick){anchor->positives[i], workspace->negative_of[anchor->positives[i]]};
    count += workspace->picks[count].negative >= 0;
  }
  return count;
}

/* ---- drawn negatives --------------------------------------------------------------------------------------------- */

static uint64_t draw_of(const triplet_selection *selection, const triplet_anchor *anchor, int32_t positive) {
  return triplet_random_keyed(selection->options->seed, anchor->index, (uint64_t)positive);
}

static size_t pick_random(const triplet_selection *selection, const triplet_anchor *anchor,
                          const triplet_workspace *workspace) {
  triplet_list_negatives(anchor, workspace);
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const int32_t positive = anchor->positives[i];
    const uint64_t draw = draw_of(selection, anchor, positive) >> 32;
    workspace->picks[i] = (triplet_pick){positive, (int32_t)workspace->candidates[draw * anchor->negative_count >> 32]};
  }
  return anchor->positive_count;
}

/* -log q(d), up to a constant, of the distance d of two random points on the unit sphere of so many dimensions. Points
 * that face each other, whose density is 0 or infinite, count as if they nearly did. */
static double rarity(double distance, size_t dimensions) {
  const double n = (double)dimensions, rest = 1 - distance * distance / 4;
  return (2 - n) * triplet_log(distance) - (n - 3) / 2 * triplet_log(rest > DBL_EPSILON ? rest : DBL_EPSILON);
}

/* Where a negative can be drawn, log(1 / q(d)) capped, into workspace->chances, elsewhere -infinity. Returns the
 * largest. */
static double weigh_negatives(const triplet_selection *selection, const triplet_anchor *anchor,
                              const triplet_workspace *workspace) {
  const size_t references = selection->sets.references.rows, d = selection->sets.references.cols;
  const triplet_rows query = triplet_rows_part(&selection->unit_queries, anchor->index, 1);
  selection->measure.kernels->tile_sums((triplet_term){TRIPLET_SUM_UNIT, 0}, &query, &selection->unit_references,
                                        workspace->unit_squares, references);

  const double near = selection->options->cutoff, far = selection->options->far_cutoff, cap = rarity(near, d);
  double largest = -INFINITY;
  for (size_t j = 0; j < references; j++) {
    workspace->chances[j] = -INFINITY;
    if (anchor->negatives[j] > FLT_MAX)
      continue;
    const double square = workspace->unit_squares[j];
    if (!(square < far * far))
      continue;
    const double weight = rarity(square > near * near ? sqrt(square) : near, d);
    workspace->chances[j] = weight < cap ? weight : cap;
    largest = workspace->chances[j] > largest ? workspace->chances[j] : largest;
  }
  return largest;
}

/* Wu et al. 2017, "Sampling matters in deep embedding learning". Distances are those after L2 normalisation, where a
 * zero row stays as it is. */
static size_t pick_distance_weighted(const triplet_selection *selection, const triplet_anchor *anchor,
                                     const triplet_workspace *workspace) {
  const double largest = weigh_negatives(selection, anchor, workspace);
  if (!(largest > -INFINITY))
    return 0;

  double *chances = workspace->chances, total = 0;
  size_t last = 0; /* that can be drawn */
  for (size_t j = 0; j < selection->sets.references.rows; j++) {
    if (chances[j] > -INFINITY) {
      total += triplet_exp(chances[j] - largest);
      last = j;
    }
    chances[j] = total;
  }

  for (size_t i = 0; i < anchor->positive_count; i++) {
    const int32_t positive = anchor->positives[i];
    const double draw = (double)(draw_of(selection, anchor, positive) >> 11) * 0x1p-53 * total;
    size_t low = 0, high = last;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (chances[middle] > draw)
        high = middle;
      else
        low = middle + 1;
    }
    workspace->picks[i] = (triplet_pick){positive, (int32_t)low};
  }
  return anchor->positive_count;
}

/* ---- both strategies ---------------------------------------------------------------------------------------------- */

/* The negatives of every positive that the anchor shows. */
static size_t pick_negatives(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace) {
  switch (triplet_strategy_of(selection->options).negatives) {
  case TRIPLET_NEGATIVES_HARD:
    return pick_hard(selection, anchor, workspace);
  case TRIPLET_NEGATIVES_SEMIHARD:
    return pick_semihard(selection, anchor, workspace);
  case TRIPLET_NEGATIVES_RANDOM:
    return pick_random(selection, anchor, workspace);
  case TRIPLET_NEGATIVES_DISTANCE_WEIGHTED:
    return pick_distance_weighted(selection, anchor, workspace);
  default:
    return pick_every(selection, anchor, workspace);
  }
}

size_t triplet_pick_triplets(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace) {
  const triplet_positives positives = triplet_strategy_of(selection->options).positives;
  if (positives == TRIPLET_POSITIVES_ALL)
    return pick_negatives(selection, anchor, workspace);
  const int32_t one = positives == TRIPLET_POSITIVES_HARD ? farthest_positive(anchor) : nearest_positive(anchor);
  triplet_anchor of_one = *anchor;
  of_one.positives = &one;
  of_one.positive_count = 1;
  return pick_negatives(selection, &of_one, workspace);
}

/* ---- the picks of some anchors ----------------------------------------------------------------------------------- */

triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection,
                                        triplet_span anchors, bool pairs, triplet_pick_list *list) {
  *list = (triplet_pick_list){.anchors = anchors,
                              .first = triplet_allocate(context, anchors.count, 4 * sizeof *list->first)};
  if (!list->first)
    return TRIPLET_OUT_OF_MEMORY;
  list->counts = list->first + anchors.count;
  list->first_pair = list->counts + anchors.count;
  list->pair_counts = list->first_pair + anchors.count;

  const size_t sides = selection->options->swap ? 3 : 2;
  size_t slots = 0;
  for (size_t i = 0; i < anchors.count; i++) {
    const triplet_related most = triplet_most_related(&selection->relations, anchors.first + i);
    list->first[i] = slots;
    list->first_pair[i] = slots * sides;
    slots += (size_t)triplet_most_triplets(selection->options, most.positives, most.negatives);
  }
  list->picks = triplet_allocate(context, slots, sizeof *list->picks);
  list->pairs = pairs ? triplet_allocate(context, slots, sides * sizeof *list->pairs) : NULL;
  if (list->picks && (list->pairs || !pairs))
    return TRIPLET_OK;
  triplet_pick_list_release(context, list);
  return TRIPLET_OUT_OF_MEMORY;
}

void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list) {
  triplet_release(context, list->pairs);
  triplet_release(context, list->picks);
  triplet_release(context, list->first);
  *list = (triplet_pick_list){0};
}
