/* selection.c - a batch made ready, and the triplets that each strategy picks for an anchor. */
#include "selection.h"

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* A query is itself a row of its own class. */
static triplet_status check_self(triplet_context *context, const triplet_selection *selection) {
  const triplet_ints self = selection->self, labels = selection->labels, others = selection->reference_labels;
  TRIPLET_TRY(triplet_check_self(context, self, labels.count, others.count));
  for (size_t i = 0; i < self.count; i++)
    if (self.data[i] >= 0 && others.data[self.data[i]] != labels.data[i])
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "reference_self",
                          "expected references of the queries' own labels, got label %d for label %d at index %i",
                          (int64_t)others.data[self.data[i]], (int64_t)labels.data[i], i);
  return TRIPLET_OK;
}

triplet_status triplet_selection_check(triplet_context *context, const triplet_options *options,
                                       triplet_matrix embeddings, triplet_ints labels,
                                       const triplet_references *references, triplet_selection *selection) {
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &embeddings));
  TRIPLET_TRY(triplet_check_ints(context, "labels", labels, embeddings.rows));
  *selection = (triplet_selection){
      .options = options,
      .measure = triplet_measure_of(context, options),
      .queries = embeddings,
      .references = references ? references->rows : embeddings,
      .separate = references != NULL,
      .labels = labels,
      .reference_labels = references ? references->labels : labels,
  };
  if (references) {
    TRIPLET_TRY(triplet_check_matrix(context, "references", &selection->references));
    if (references->rows.cols != embeddings.cols)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references",
                          "expected %z columns like embeddings, got %z", embeddings.cols, references->rows.cols);
    TRIPLET_TRY(triplet_check_ints(context, "reference_labels", references->labels, references->rows.rows));
    selection->self = references->self;
    TRIPLET_TRY(check_self(context, selection));
  }
  if (embeddings.rows > INT32_MAX || selection->references.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "embeddings", "expected at most %z rows", (size_t)INT32_MAX);
  return TRIPLET_OK;
}

/* ---- rows that are not finite ------------------------------------------------------------------------------------ */

/* A usable row one of whose distances is not finite. */
#define DOUBTFUL 2

static bool is_finite_row(const float *row, size_t d) {
  float sum = 0;
  for (size_t k = 0; k < d; k++)
    sum += row[k] - row[k];
  return sum == 0;
}

static float largest_entry(triplet_matrix rows, const uint8_t *usable) {
  float largest = 0;
  for (size_t i = 0; i < rows.rows; i++)
    for (size_t k = 0; usable[i] && k < rows.cols; k++)
      largest = fabsf(rows.data[i * rows.cols + k]) > largest ? fabsf(rows.data[i * rows.cols + k]) : largest;
  return largest;
}

/* Which rows take part: by label and entries. Returns how many were left out for their entries. */
static uint64_t find_usable(const triplet_options *options, triplet_matrix rows, triplet_ints labels, uint8_t *usable) {
  uint64_t nonfinite = 0;
  for (size_t i = 0; i < rows.rows; i++) {
    const bool ignored = labels.data[i] == options->ignore_label;
    usable[i] = !ignored && is_finite_row(rows.data + i * rows.cols, rows.cols);
    nonfinite += !ignored && !usable[i];
  }
  return nonfinite;
}

static uint64_t drop_doubtful(uint8_t *usable, size_t count) {
  uint64_t dropped = 0;
  for (size_t i = 0; i < count; i++)
    if (usable[i] == DOUBTFUL) {
      usable[i] = 0;
      dropped++;
    }
  return dropped;
}

/* Distances of usable rows can overflow only where entries are large, so that most batches need no look at them. */
static bool can_overflow(const triplet_selection *selection) {
  const float x = largest_entry(selection->queries, selection->usable);
  const float y = selection->separate ? largest_entry(selection->references, selection->reference_usable) : x;
  const double reach = (double)x + y + 1;
  return reach * reach * ((double)selection->queries.cols + 1) > FLT_MAX / 2;
}

static void find_overflows(triplet_selection *selection) {
  const size_t queries = selection->queries.rows, references = selection->references.rows;
  for (size_t i = 0; i < queries; i++)
    for (size_t j = 0; j < references; j++)
      if (selection->usable[i] && selection->reference_usable[j] &&
          !triplet_is_finite(selection->distances[i * references + j]))
        selection->usable[i] = selection->reference_usable[j] = DOUBTFUL;
  selection->nonfinite += drop_doubtful(selection->usable, queries);
  if (selection->separate)
    selection->nonfinite += drop_doubtful(selection->reference_usable, references);
}

/* The first row that took no part though its label is not ignored. */
static triplet_status fail_nonfinite(triplet_context *context, const triplet_selection *selection) {
  const int64_t ignore_label = selection->options->ignore_label;
  for (size_t i = 0; i < selection->queries.rows; i++)
    if (!selection->usable[i] && selection->labels.data[i] != ignore_label)
      return triplet_fail(context, TRIPLET_NOT_FINITE, "embeddings", "row %i or a distance of it is not finite", i);
  for (size_t i = 0; i < selection->references.rows; i++)
    if (!selection->reference_usable[i] && selection->reference_labels.data[i] != ignore_label)
      return triplet_fail(context, TRIPLET_NOT_FINITE, "references", "row %i or a distance of it is not finite", i);
  return TRIPLET_OK;
}

/* ---- the batch made ready ---------------------------------------------------------------------------------------- */

static triplet_measure cosine_measure(const triplet_context *context) {
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_COSINE;
  return triplet_measure_of(context, &options);
}

static triplet_status allocate(triplet_context *context, triplet_selection *selection) {
  const size_t queries = selection->queries.rows, references = selection->references.rows;
  selection->distances = triplet_allocate(context, queries, references * sizeof(float));
  selection->usable = triplet_allocate(context, queries + references, 1);
  if (!selection->distances || !selection->usable)
    return TRIPLET_OUT_OF_MEMORY;
  selection->reference_usable = selection->separate ? selection->usable + queries : selection->usable;
  TRIPLET_TRY(triplet_rows_create(context, &selection->measure, selection->queries, selection->references,
                                  &selection->query_rows, &selection->reference_rows));
  if (selection->options->mining != TRIPLET_MINING_DISTANCE_WEIGHTED)
    return TRIPLET_OK;
  const triplet_measure cosine = cosine_measure(context);
  return triplet_rows_create(context, &cosine, selection->queries, selection->references, &selection->unit_queries,
                             &selection->unit_references);
}

static triplet_status prepare(triplet_context *context, triplet_selection *selection) {
  const triplet_matrix queries = selection->queries, references = selection->references;
  const triplet_options *options = selection->options;
  const triplet_measure *measure = &selection->measure;
  selection->nonfinite = find_usable(options, queries, selection->labels, selection->usable);
  if (selection->separate)
    selection->nonfinite += find_usable(options, references, selection->reference_labels, selection->reference_usable);
  triplet_all_distances(context, measure, &selection->query_rows, &selection->reference_rows, selection->distances);
  if (can_overflow(selection))
    find_overflows(selection);
  if (selection->nonfinite && options->nonfinite == TRIPLET_NONFINITE_ERROR)
    return fail_nonfinite(context, selection);
  TRIPLET_TRY(triplet_classes_create(context, selection->reference_labels, options->ignore_label,
                                     selection->reference_usable, &selection->classes));
  selection->every_reference = selection->classes.count == references.rows;
  return TRIPLET_OK;
}

triplet_status triplet_selection_create(triplet_context *context, triplet_selection *selection) {
  triplet_status status = allocate(context, selection);
  if (status == TRIPLET_OK)
    status = prepare(context, selection);
  if (status != TRIPLET_OK)
    triplet_selection_release(context, selection);
  return status;
}

void triplet_selection_release(triplet_context *context, triplet_selection *selection) {
  triplet_release(context, selection->distances);
  triplet_rows_release(context, &selection->query_rows, &selection->reference_rows);
  triplet_rows_release(context, &selection->unit_queries, &selection->unit_references);
  triplet_release(context, selection->usable);
  triplet_release(context, selection->classes.keys);
}

/* ---- anchors ----------------------------------------------------------------------------------------------------- */

/* The arrays take 107 bytes per reference, 40 more, and up to 63 each for their alignment. */
#define DESK_BYTES 128
#define DESK_EXTRA 1024
#define ALIGNMENT 64

void *triplet_desks_allocate(triplet_context *context, size_t references, size_t workers) {
  return triplet_allocate(context, references * workers + DESK_EXTRA / DESK_BYTES * workers, DESK_BYTES);
}

static void *take(char **at, size_t count, size_t size) {
  void *memory = *at;
  *at += (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return memory;
}

triplet_desk triplet_desk_at(void *desks, size_t references, size_t worker) {
  const size_t r = references;
  char *at = (char *)desks + worker * (r * DESK_BYTES + DESK_EXTRA);
  triplet_desk desk;
  desk.negatives = take(&at, r, sizeof *desk.negatives);
  desk.positives = take(&at, r, sizeof *desk.positives);
  desk.picks = take(&at, r, sizeof *desk.picks);
  desk.sums = take(&at, r + 1, sizeof *desk.sums);
  desk.keys = take(&at, r + 1, sizeof *desk.keys);
  desk.spare = take(&at, r + 1, sizeof *desk.spare);
  desk.edges = take(&at, 3 * r, sizeof *desk.edges);
  desk.ranks = take(&at, r, sizeof *desk.ranks);
  desk.limits = take(&at, 3 * r, sizeof *desk.limits);
  desk.counts = take(&at, 3 * r + 1, sizeof *desk.counts);
  desk.table = take(&at, 3 * r + 1, sizeof *desk.table);
  desk.sets = take(&at, 3 * r, sizeof *desk.sets);
  return desk;
}

int64_t triplet_self_of(const triplet_selection *selection, size_t index) {
  if (!selection->separate)
    return (int64_t)index;
  return selection->self.data ? selection->self.data[index] : -1;
}

triplet_anchor triplet_anchor_at(const triplet_selection *selection, size_t index, const triplet_desk *desk) {
  const size_t references = selection->references.rows;
  const triplet_class own = triplet_class_of(&selection->classes, selection->labels.data[index]);
  const int64_t self = triplet_self_of(selection, index);
  const float *distances = selection->distances + index * references;
  memcpy(desk->negatives, distances, references * sizeof *distances);
  size_t positives = 0;
  for (size_t i = 0; i < own.count; i++) {
    const size_t row = triplet_key_row(own.keys[i]);
    desk->positives[positives] = (int32_t)row;
    positives += (int64_t)row != self;
    desk->negatives[row] = INFINITY;
  }
  if (!selection->every_reference)
    for (size_t j = 0; j < references; j++)
      if (!selection->reference_usable[j])
        desk->negatives[j] = INFINITY;
  return (triplet_anchor){
      .index = index,
      .positive_count = positives,
      .negative_count = selection->classes.count - own.count,
      .positives = desk->positives,
      .distances = distances,
      .negatives = desk->negatives,
  };
}

void triplet_sort_positives(const triplet_anchor *anchor, const triplet_desk *desk) {
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const size_t row = (size_t)anchor->positives[i];
    desk->keys[i] = triplet_distance_key(anchor->distances[row], row);
  }
  triplet_sort_keys(desk->keys, desk->spare, anchor->positive_count);
}

/* ---- strategies -------------------------------------------------------------------------------------------------- */

static int32_t nearest_negative(const triplet_selection *selection, const triplet_anchor *anchor) {
  return (int32_t)selection->measure.kernels->argmin(anchor->negatives, selection->references.rows);
}

static int32_t farthest_negative(const triplet_selection *selection, const triplet_anchor *anchor) {
  const float *row = anchor->negatives;
  float best = -1;
  size_t at = 0;
  for (size_t j = 0; j < selection->references.rows; j++)
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

static size_t pick_hard(const triplet_selection *selection, const triplet_anchor *anchor, triplet_pick *picks) {
  picks[0] = (triplet_pick){farthest_positive(anchor), nearest_negative(selection, anchor)};
  return 1;
}

/* The nearest negative beyond a distance, or -1. */
static int32_t nearest_beyond(const triplet_selection *selection, const triplet_anchor *anchor, float distance) {
  const float *row = anchor->negatives;
  float best = INFINITY;
  int32_t at = -1;
  for (size_t j = 0; j < selection->references.rows; j++)
    if (row[j] > distance && row[j] < best) {
      best = row[j];
      at = (int32_t)j;
    }
  return at;
}

static size_t pick_easy_positive(const triplet_selection *selection, const triplet_anchor *anchor,
                                 triplet_pick *picks) {
  const int32_t positive = nearest_positive(anchor);
  int32_t negative = nearest_beyond(selection, anchor, anchor->distances[positive]);
  if (negative < 0 && selection->options->fallback == TRIPLET_FALLBACK_FARTHEST)
    negative = farthest_negative(selection, anchor);
  picks[0] = (triplet_pick){positive, negative};
  return negative >= 0;
}

/* As nearest_beyond for every positive at once: the negatives fall between the sorted positives, where the nearest of
 * each interval is kept; the nearest beyond a positive is the least of the intervals above it. */
static size_t pick_semihard(const triplet_selection *selection, const triplet_anchor *anchor,
                            const triplet_desk *desk) {
  const size_t positives = anchor->positive_count;
  uint64_t *nearest = desk->spare;
  triplet_sort_positives(anchor, desk);
  for (size_t k = 0; k < positives; k++) {
    desk->edges[k] = triplet_float_of_bits((uint32_t)(desk->keys[k] >> 32) + 1);
    nearest[k + 1] = UINT64_MAX;
  }
  nearest[0] = UINT64_MAX;
  const size_t references = selection->references.rows;
  selection->measure.kernels->rank(desk->edges, positives, anchor->negatives, references, desk->ranks);
  for (size_t j = 0; j < references; j++) {
    const uint64_t key = triplet_distance_key(anchor->negatives[j], j);
    uint64_t *place = nearest + desk->ranks[j];
    *place = key < *place ? key : *place;
  }
  const int32_t none =
      selection->options->fallback == TRIPLET_FALLBACK_FARTHEST ? farthest_negative(selection, anchor) : -1;
  int32_t *picked = (int32_t *)(void *)desk->sums; /* by reference */
  uint64_t best = UINT64_MAX;
  for (size_t k = positives; k-- > 0;) {
    best = nearest[k + 1] < best ? nearest[k + 1] : best;
    picked[triplet_key_row(desk->keys[k])] = best >> 32 < TRIPLET_INFINITY_BITS ? (int32_t)triplet_key_row(best) : none;
  }
  size_t count = 0;
  for (size_t i = 0; i < positives; i++) {
    desk->picks[count] = (triplet_pick){anchor->positives[i], picked[anchor->positives[i]]};
    count += desk->picks[count].negative >= 0;
  }
  return count;
}

/* ---- drawn negatives --------------------------------------------------------------------------------------------- */

static uint64_t draw_of(const triplet_selection *selection, const triplet_anchor *anchor, int32_t positive) {
  return triplet_random_keyed(selection->options->seed, anchor->index, (uint64_t)positive);
}

static size_t pick_random(const triplet_selection *selection, const triplet_anchor *anchor, const triplet_desk *desk) {
  uint32_t *rows = desk->limits;
  size_t count = 0;
  for (size_t j = 0; j < selection->references.rows; j++) {
    rows[count] = (uint32_t)j;
    count += anchor->negatives[j] <= FLT_MAX;
  }
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const int32_t positive = anchor->positives[i];
    const uint64_t draw = draw_of(selection, anchor, positive) >> 32;
    desk->picks[i] = (triplet_pick){positive, (int32_t)rows[draw * count >> 32]};
  }
  return anchor->positive_count;
}

#define NEAREST 0.5
#define FARTHEST 1.4

/* -log q(d), up to a constant, of the distance d of two random points on the unit sphere of so many dimensions. */
static double rarity(double distance, size_t dimensions) {
  const double n = (double)dimensions;
  return (2 - n) * triplet_log(distance) - (n - 3) / 2 * triplet_log(1 - distance * distance / 4);
}

/* Wu et al. 2017, "Sampling matters in deep embedding learning". Distances are those after L2 normalisation, where a
 * zero row stays as it is. */
static size_t pick_distance_weighted(const triplet_selection *selection, const triplet_anchor *anchor,
                                     const triplet_desk *desk) {
  const size_t references = selection->references.rows, d = selection->references.cols;
  const triplet_rows query = triplet_rows_part(&selection->unit_queries, anchor->index, 1);
  const double cap = rarity(NEAREST, d);
  float *squares = desk->edges;
  selection->measure.kernels->tile_sums((triplet_term){TRIPLET_SUM_UNIT, 0}, &query, &selection->unit_references,
                                        squares, references);
  double *weights = desk->sums, largest = -INFINITY, total = 0;
  size_t last = 0; /* that can be drawn */
  for (size_t j = 0; j < references; j++) {
    weights[j] = -INFINITY;
    if (anchor->negatives[j] > FLT_MAX)
      continue;
    const double square = squares[j];
    if (!(square < FARTHEST * FARTHEST))
      continue;
    const double weight = rarity(square > NEAREST * NEAREST ? sqrt(square) : NEAREST, d);
    weights[j] = weight < cap ? weight : cap;
    last = j;
    largest = weights[j] > largest ? weights[j] : largest;
  }
  if (!(largest > -INFINITY))
    return 0;
  for (size_t j = 0; j < references; j++) {
    total += weights[j] > -INFINITY ? triplet_exp(weights[j] - largest) : 0;
    weights[j] = total;
  }
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const int32_t positive = anchor->positives[i];
    const double draw = (double)(draw_of(selection, anchor, positive) >> 11) * 0x1p-53 * total;
    size_t low = 0, high = last;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (weights[middle] > draw)
        high = middle;
      else
        low = middle + 1;
    }
    desk->picks[i] = (triplet_pick){positive, (int32_t)low};
  }
  return anchor->positive_count;
}

size_t triplet_pick_triplets(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_desk *desk) {
  if (!anchor->positive_count || !anchor->negative_count)
    return 0;
  switch (selection->options->mining) {
  case TRIPLET_MINING_HARD:
    return pick_hard(selection, anchor, desk->picks);
  case TRIPLET_MINING_EASY_POSITIVE:
    return pick_easy_positive(selection, anchor, desk->picks);
  case TRIPLET_MINING_SEMIHARD:
    return pick_semihard(selection, anchor, desk);
  case TRIPLET_MINING_RANDOM:
    return pick_random(selection, anchor, desk);
  case TRIPLET_MINING_DISTANCE_WEIGHTED:
    return pick_distance_weighted(selection, anchor, desk);
  case TRIPLET_MINING_ALL:
    break;
  }
  return 0;
}

double triplet_most_triplets(triplet_mining mining, size_t positives, size_t negatives) {
  if (!positives || !negatives)
    return 0;
  switch (mining) {
  case TRIPLET_MINING_ALL:
    return (double)positives * (double)negatives;
  case TRIPLET_MINING_HARD:
  case TRIPLET_MINING_EASY_POSITIVE:
    return 1;
  default:
    return (double)positives;
  }
}
