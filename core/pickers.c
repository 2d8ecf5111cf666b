/* pickers.c - the triplets that the strategies pick for an anchor: which of its positives, and then which negatives go
 * with each of those. */
#include "pickers.h"

/* ---- by distance ------------------------------------------------------------------------------------------------- */

static int32_t nearest_negative(const triplet_selection *selection, const triplet_anchor *anchor) {
  return (int32_t)selection->measure.kernels->argmin(anchor->negatives, selection->sets.references.rows);
}

static int32_t farthest_negative(const triplet_selection *selection, const triplet_anchor *anchor) {
  const float *row = anchor->negatives;
  float best = -INFINITY;
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
static size_t pick_every(const triplet_anchor *anchor, const triplet_workspace *workspace) {
  triplet_list_negatives(anchor, workspace);
  for (size_t j = 0; j < anchor->negative_count; j++)
    workspace->picks[j] = (triplet_pick){anchor->positives[0], (int32_t)workspace->candidates[j]};
  return anchor->negative_count;
}

/* The nearest negative beyond a distance, or -1. */
static int32_t nearest_beyond(const triplet_selection *selection, const triplet_anchor *anchor, float distance) {
  const float *row = anchor->negatives;
  float best = INFINITY;
  int32_t at = -1;
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    if (row[j] > distance && row[j] < best) {
      best = row[j];
      at = (int32_t)j;
    }
  return at;
}

static size_t pick_semihard_of_one(const triplet_selection *selection, const triplet_anchor *anchor,
                                   const triplet_workspace *workspace) {
  const int32_t positive = anchor->positives[0];
  int32_t negative = nearest_beyond(selection, anchor, anchor->distances[positive]);
  if (negative < 0 && selection->options->fallback == TRIPLET_FALLBACK_FARTHEST)
    negative = farthest_negative(selection, anchor);
  workspace->picks[0] = (triplet_pick){positive, negative};
  return negative >= 0;
}

/* As nearest_beyond for every positive at once: the negatives fall between the sorted positives, where the nearest of
 * each interval is kept; the nearest beyond a positive is the least of the intervals above it. */
static size_t pick_semihard(const triplet_selection *selection, const triplet_anchor *anchor,
                            const triplet_workspace *workspace) {
  const size_t positives = anchor->positive_count, references = selection->sets.references.rows;

  /* An edge lies just above each positive, so that a negative at the same distance falls below it. */
  uint64_t *nearest = workspace->spare_keys; /* of each interval */
  triplet_sort_positives(anchor, workspace);
  for (size_t k = 0; k < positives; k++) {
    workspace->edges[k] = triplet_float_at(triplet_key_place(workspace->keys[k]) + 1);
    nearest[k + 1] = UINT64_MAX;
  }
  nearest[0] = UINT64_MAX;

  selection->measure.kernels->rank(workspace->edges, positives, anchor->negatives, references, workspace->ranks);
  for (size_t j = 0; j < references; j++) {
    const uint64_t key = triplet_distance_key(anchor->negatives[j], j), held = nearest[workspace->ranks[j]];
    nearest[workspace->ranks[j]] = key < held ? key : held;
  }

  /* All of one interval are nearer than those of the next. */
  const int32_t none =
      selection->options->fallback == TRIPLET_FALLBACK_FARTHEST ? farthest_negative(selection, anchor) : -1;
  int32_t best = none;
  for (size_t k = positives; k-- > 0;) {
    best =
        triplet_key_place(nearest[k + 1]) < TRIPLET_PLACE_OF_INFINITY ? (int32_t)triplet_key_row(nearest[k + 1]) : best;
    workspace->negative_of[triplet_key_row(workspace->keys[k])] = best;
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
  if (!anchor->unit_distances)
    selection->measure.kernels->tile_sums((triplet_term){TRIPLET_SUM_UNIT, 0}, &query, &selection->unit_references,
                                          NULL, workspace->unit_squares, references);
  for (size_t j = 0; anchor->unit_distances && j < references; j++)
    workspace->unit_squares[j] = 2 * anchor->unit_distances[j];

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

/* Chances, each with those before it added. */
typedef struct chances {
  const double *sums;
  size_t count;
} chances;

/* The one that a draw hits, as a share of all of them. */
static double draw_share(const triplet_selection *selection, const triplet_anchor *anchor, int32_t positive) {
  return (double)(draw_of(selection, anchor, positive) >> 11) * 0x1p-53;
}

static size_t find_drawn(const chances *of, double draw) {
  size_t low = 0, high = of->count - 1;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (of->sums[middle] > draw)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static size_t pick_weighted_exactly(const triplet_selection *selection, const triplet_anchor *anchor,
                                    const triplet_workspace *workspace) {
  const double largest = weigh_negatives(selection, anchor, workspace);
  if (!(largest > -INFINITY))
    return 0;

  double *sums = workspace->chances, total = 0;
  chances found = {sums, 0};
  for (size_t j = 0; j < selection->sets.references.rows; j++) {
    if (sums[j] > -INFINITY) {
      total += triplet_exp(sums[j] - largest);
      found.count = j + 1;
    }
    sums[j] = total;
  }
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const int32_t positive = anchor->positives[i];
    const double draw = draw_share(selection, anchor, positive) * total;
    workspace->picks[i] = (triplet_pick){positive, (int32_t)find_drawn(&found, draw)};
  }
  return anchor->positive_count;
}

/* WebAssembly, which is to be small, does without. */
#ifndef __wasm__
/* Lists the negatives that can be drawn and their squares. False where one lies beyond 2, up to where the farther are
 * the less rare. */
static bool list_drawable(const triplet_selection *selection, const triplet_anchor *anchor,
                          const triplet_workspace *workspace, size_t *count) {
  const double far = selection->options->far_cutoff, limit = far * far;
  size_t listed = 0;
  bool beyond = false;
  for (size_t j = 0; j < selection->sets.references.rows; j++) {
    const float square = 2 * anchor->unit_distances[j];
    const bool drawable = (anchor->negatives[j] <= FLT_MAX) & (square < limit);
    workspace->candidates[listed] = (uint32_t)j;
    workspace->unit_squares[listed] = square;
    listed += drawable;
    beyond |= drawable & (square > 2);
  }
  *count = listed;
  return !beyond;
}

/* The same picks without a logarithm or an exponential, by chances that are nearly right. False where a draw falls so
 * near to the border of two chances that these errors, or those of the exact ones, could tell: both together are less
 * than a third of what is kept free on each side. */
static bool pick_weighted_nearly(const triplet_selection *selection, const triplet_anchor *anchor,
                                 const triplet_workspace *workspace, size_t *count) {
  const double near = selection->options->cutoff;
  const size_t dimensions = selection->sets.references.cols;
  const triplet_kernels *kernels = selection->measure.kernels;
  chances found = {workspace->chances, 0};
  if (!anchor->unit_distances || dimensions < 3 || !list_drawable(selection, anchor, workspace, &found.count))
    return false;
  *count = 0;
  if (!found.count)
    return true;

  const float nearest = workspace->unit_squares[kernels->argmin(workspace->unit_squares, found.count)];
  const double least = nearest > near * near ? nearest : near * near;
  kernels->rarities(workspace->unit_squares, found.count, least, dimensions, workspace->chances);
  const double total = found.sums[found.count - 1];
  const double free = total * 0x1p-44 * ((double)dimensions + (double)found.count);
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const int32_t positive = anchor->positives[i];
    const double draw = draw_share(selection, anchor, positive) * total;
    const size_t at = find_drawn(&found, draw);
    if (!(found.sums[at] - draw > free && (at == 0 || draw - found.sums[at - 1] > free)))
      return false;
    workspace->picks[i] = (triplet_pick){positive, (int32_t)workspace->candidates[at]};
  }
  *count = anchor->positive_count;
  return true;
}

#endif

/* Wu et al. 2017, "Sampling matters in deep embedding learning". Distances are those after L2 normalisation, where a
 * zero row stays as it is. */
static size_t pick_distance_weighted(const triplet_selection *selection, const triplet_anchor *anchor,
                                     const triplet_workspace *workspace) {
#ifndef __wasm__
  size_t count;
  if (pick_weighted_nearly(selection, anchor, workspace, &count))
    return count;
#endif
  return pick_weighted_exactly(selection, anchor, workspace);
}

/* ---- both strategies --------------------------------------------------------------------------------------------- */

/* The negatives of every positive that the anchor shows. */
static size_t pick_negatives(triplet_negatives negatives, const triplet_selection *selection,
                             const triplet_anchor *anchor, const triplet_workspace *workspace) {
  switch (negatives) {
  case TRIPLET_NEGATIVES_HARD:
    return pick_hard(selection, anchor, workspace);
  case TRIPLET_NEGATIVES_SEMIHARD:
    return anchor->positive_count == 1 ? pick_semihard_of_one(selection, anchor, workspace)
                                       : pick_semihard(selection, anchor, workspace);
  case TRIPLET_NEGATIVES_RANDOM:
    return pick_random(selection, anchor, workspace);
  case TRIPLET_NEGATIVES_DISTANCE_WEIGHTED:
    return pick_distance_weighted(selection, anchor, workspace);
  default:
    return pick_every(anchor, workspace);
  }
}

size_t triplet_pick_triplets(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace) {
  const triplet_strategy strategy = triplet_strategy_of(selection->options);
  if (strategy.positives == TRIPLET_POSITIVES_ALL)
    return pick_negatives(strategy.negatives, selection, anchor, workspace);

  const bool hard = strategy.positives == TRIPLET_POSITIVES_HARD;
  const int32_t positive = hard ? farthest_positive(anchor) : nearest_positive(anchor);
  triplet_anchor with_one = *anchor;
  with_one.positives = &positive;
  with_one.positive_count = 1;
  return pick_negatives(strategy.negatives, selection, &with_one, workspace);
}

/* ---- the picks of some anchors ----------------------------------------------------------------------------------- */

/* The next anchors behind those listed. */
static triplet_span next_anchors(const triplet_pick_list *list) {
  triplet_span anchors = {list->anchors.first + list->anchors.count, 0};
  size_t past = anchors.first;
  while (past < list->queries && list->first[past] - list->first[anchors.first] < list->at_once)
    past = list->queries - past < TRIPLET_STRIP ? list->queries : past + TRIPLET_STRIP;
  anchors.count = past - anchors.first;
  return anchors;
}

static size_t picks_of(const triplet_pick_list *list, triplet_span anchors) {
  return list->first[anchors.first + anchors.count] - list->first[anchors.first];
}

triplet_span triplet_pick_list_next(triplet_pick_list *list) {
  return list->anchors = next_anchors(list);
}

triplet_sparse_lists triplet_pick_list_pairs(const triplet_pick_list *list) {
  const size_t first = list->anchors.first;
  return (triplet_sparse_lists){.pairs = list->pairs,
                                .distances = list->distances,
                                .slopes = list->slopes,
                                .first = list->first + first,
                                .counts = list->pair_counts + first,
                                .count = list->anchors.count,
                                .stride = list->sides};
}

static void place_anchors(const triplet_selection *selection, triplet_pick_list *list) {
  size_t before = 0;
  for (size_t i = 0; i < list->queries; i++) {
    const triplet_related most = triplet_count_related(&selection->relations, i);
    list->first[i] = before;
    before += (size_t)triplet_most_triplets(selection->options, most.positives, most.negatives);
  }
  list->first[list->queries] = before;
}

triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection, size_t at_once,
                                        bool pairs, triplet_pick_list *list) {
  const size_t queries = selection->sets.queries.rows;
  *list = (triplet_pick_list){.at_once = at_once,
                              .queries = queries,
                              .sides = selection->options->swap ? 3 : 2,
                              .first = triplet_allocate(context, 3 * queries + 1, sizeof *list->first)};
  if (!list->first)
    return TRIPLET_OUT_OF_MEMORY;
  list->counts = list->first + queries + 1;
  list->pair_counts = list->counts + queries;
  place_anchors(selection, list);

  triplet_pick_list walk = *list;
  while (triplet_pick_list_next(&walk).count)
    list->room = picks_of(&walk, walk.anchors) > list->room ? picks_of(&walk, walk.anchors) : list->room;
  list->picks = triplet_allocate(context, list->room, sizeof *list->picks);
  const size_t most = list->room * list->sides;
  list->pairs = pairs ? triplet_allocate(context, most, sizeof *list->pairs) : NULL;
  list->distances = pairs ? triplet_allocate(context, most, 2 * sizeof *list->distances) : NULL;
  if (!list->picks || (pairs && (!list->pairs || !list->distances))) {
    triplet_pick_list_release(context, list);
    return TRIPLET_OUT_OF_MEMORY;
  }
  list->slopes = pairs ? list->distances + most : NULL;
  return TRIPLET_OK;
}

void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list) {
  triplet_release(context, list->distances);
  triplet_release(context, list->pairs);
  triplet_release(context, list->picks);
  triplet_release(context, list->first);
  *list = (triplet_pick_list){0};
}
