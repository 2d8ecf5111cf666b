/* selection.c - a batch made ready. */
#include "selection.h"

#include "collective.h"
#include "strategy.h"

/* In a loss a query is itself a row of its own labels. */
static triplet_status check_self_labels(triplet_context *context, const triplet_sets *sets) {
  const triplet_ints self = sets->self;
  if (triplet_has_relations(sets->labels))
    return TRIPLET_OK;
  for (size_t i = 0; i < self.count; i++) {
    if (self.data[i] < 0)
      continue;
    const triplet_ints own = triplet_labels_at(sets->labels, i);
    const triplet_ints other = triplet_labels_at(sets->reference_labels, (size_t)self.data[i]);
    if (triplet_same_labels(own, other))
      continue;
    if (own.count == 1 && other.count == 1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "reference_self",
                          "expected references of the queries' own labels, got label %d for label %d at index %i",
                          (int64_t)other.data[0], (int64_t)own.data[0], i);
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "reference_self",
                        "expected references of the queries' own labels, got others at index %i", i);
  }
  return TRIPLET_OK;
}

/* ---- rows that are not finite ------------------------------------------------------------------------------------ */

/* A usable row one of whose distances is not finite. */
#define DOUBTFUL 2

/* Whether a row can be anything to anybody; with relations every one can. */
static bool is_wanted(const triplet_selection *selection, triplet_labels labels, size_t row) {
  return triplet_has_relations(selection->sets.labels) ||
         triplet_is_labelled(labels, row, selection->options->ignore_label);
}

/* Which rows take part: by label and entries, of which *largest becomes the largest size. Returns how many were left
 * out for their entries. */
static uint64_t find_usable(const triplet_selection *selection, triplet_matrix rows, triplet_labels labels,
                            uint8_t *usable, float *largest) {
  uint64_t nonfinite = 0;
  *largest = 0;
  for (size_t i = 0; i < rows.rows; i++) {
    const bool wanted = is_wanted(selection, labels, i);
    const float own = wanted ? selection->measure.kernels->largest(rows.data + i * rows.cols, rows.cols) : 0;
    usable[i] = wanted && own <= FLT_MAX;
    nonfinite += wanted && !usable[i];
    *largest = usable[i] && own > *largest ? own : *largest;
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

/* Distances of usable rows can overflow only where their entries, of which x and y are the largest, are large, so that
 * most batches need no look at them. */
static bool can_overflow(const triplet_selection *selection, float x, float y) {
  const double reach = (double)x + y + 1;
  return reach * reach * ((double)selection->sets.queries.cols + 1) > FLT_MAX / 2;
}

static triplet_status find_overflows(triplet_context *context, triplet_selection *selection) {
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  const size_t room = selection->distances ? 0 : TRIPLET_STRIP;
  float *strip = triplet_allocate(context, references, room * sizeof *strip);
  if (!strip)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t first = 0; first < queries; first += TRIPLET_STRIP) {
    const size_t count = queries - first < TRIPLET_STRIP ? queries - first : TRIPLET_STRIP;
    const float *distances = triplet_strip_distances(selection, first, count, strip);
    for (size_t i = first; i < first + count; i++, distances += references)
      for (size_t j = 0; j < references; j++)
        if (selection->usable[i] && selection->reference_usable[j] && !triplet_is_finite(distances[j]))
          selection->usable[i] = selection->reference_usable[j] = DOUBTFUL;
  }
  triplet_release(context, strip);
  selection->nonfinite += drop_doubtful(selection->usable, queries);
  if (selection->sets.separate)
    selection->nonfinite += drop_doubtful(selection->reference_usable, references);
  return TRIPLET_OK;
}

/* The first of some rows that takes no part though it is wanted; their number: there is none. */
static size_t first_missing(const triplet_selection *selection, triplet_labels labels, const uint8_t *usable,
                            size_t rows) {
  size_t row = 0;
  while (row < rows && (usable[row] || !is_wanted(selection, labels, row)))
    row++;
  return row;
}

static triplet_status fail_nonfinite(triplet_context *context, const triplet_selection *selection) {
  const triplet_sets *sets = &selection->sets;
  const size_t queries = sets->queries.rows, query = first_missing(selection, sets->labels, selection->usable, queries);
  const size_t row = query < queries ? query
                                     : first_missing(selection, sets->reference_labels, selection->reference_usable,
                                                     sets->references.rows);
  return triplet_fail(context, TRIPLET_NOT_FINITE, query < queries ? "embeddings" : "references",
                      "row %i or a distance of it is not finite", row);
}

/* ---- the selection ----------------------------------------------------------------------------------------------- */

/* For the cache. */
#define TILE 64

/* Swap of picked triplets takes d(p, n) pair by pair. */
static bool needs_across(const triplet_selection *selection) {
  return selection->options->swap && !selection->picks;
}

static bool can_keep(const triplet_context *context, const triplet_selection *selection, size_t queries) {
  const size_t references = selection->sets.references.rows;
  const size_t most = context ? context->kept_pairs : TRIPLET_KEPT_PAIRS;
  return !references || queries <= most / references;
}

/* Where ranks share the work, each takes those of its own rows alone. */
static bool keeps_distances(const triplet_context *context, const triplet_selection *selection) {
  return needs_across(selection) ||
         (!triplet_is_shared(context) && can_keep(context, selection, selection->sets.queries.rows));
}

/* Where ranks share the work and the gradient will need the distances again, which of a few picked pairs it does not.
 * They keep no slopes beside them, so that twice as many take no more memory. */
static triplet_status allocate_own(triplet_context *context, triplet_selection *selection) {
  if (!triplet_is_shared(context) || selection->distances || selection->picks)
    return TRIPLET_OK;
  selection->own = triplet_own_rows(context, (triplet_cut){selection->sets.queries.rows, TRIPLET_STRIP});
  if (!can_keep(context, selection, (selection->own.count + 1) / 2))
    return TRIPLET_OK;
  const size_t references = selection->sets.references.rows;
  selection->own_distances = triplet_allocate(context, selection->own.count, references * sizeof(float));
  return selection->own_distances ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

static triplet_measure cosine_measure(const triplet_kernels *kernels) {
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_COSINE;
  triplet_measure measure = triplet_measure_of(NULL, &options);
  measure.kernels = kernels;
  return measure;
}

/* Cosine distances are half the squared distances between rows of length 1, unless one has none; and unless float32 may
 * have lost digits of the half, where no cutoff goes. */
#define SMALLEST_CUTOFF 0x1p-20

static bool are_halves(const triplet_options *options, const triplet_rows *units) {
  bool halves = options->cutoff >= SMALLEST_CUTOFF && options->far_cutoff >= SMALLEST_CUTOFF;
  for (size_t i = 0; i < units->rows; i++)
    halves = halves && units->lengths[i] != 0;
  return halves;
}

static triplet_status allocate_units(triplet_context *context, triplet_selection *selection) {
  const triplet_measure cosine = cosine_measure(selection->measure.kernels);
  TRIPLET_TRY(triplet_rows_create(context, &cosine, selection->sets.queries, selection->sets.references,
                                  &selection->unit_queries, &selection->unit_references));
  selection->by_cosine = are_halves(selection->options, &selection->unit_queries) &&
                         are_halves(selection->options, &selection->unit_references);
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  const bool kept = selection->distances && selection->by_cosine,
             own = selection->options->distance != TRIPLET_DISTANCE_COSINE;
  selection->own_unit_distances = kept && own ? triplet_allocate(context, queries, references * sizeof(float)) : NULL;
  selection->unit_distances = own ? selection->own_unit_distances : kept ? selection->distances : NULL;
  return kept && !selection->unit_distances ? TRIPLET_OUT_OF_MEMORY : TRIPLET_OK;
}

static triplet_status allocate(triplet_context *context, triplet_selection *selection) {
  const bool separate = selection->sets.separate, kept = keeps_distances(context, selection);
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  selection->distances = kept ? triplet_allocate(context, queries, references * sizeof(float)) : NULL;
  selection->usable = triplet_allocate(context, queries + references, 1);
  if ((kept && !selection->distances) || !selection->usable)
    return TRIPLET_OUT_OF_MEMORY;
  TRIPLET_TRY(allocate_own(context, selection));
  selection->reference_usable = separate ? selection->usable + queries : selection->usable;
  if (needs_across(selection) && separate) {
    selection->own_across = triplet_allocate(context, references, references * sizeof(float));
    if (!selection->own_across)
      return TRIPLET_OUT_OF_MEMORY;
  }

  TRIPLET_TRY(triplet_rows_create(context, &selection->measure, selection->sets.queries, selection->sets.references,
                                  &selection->queries, &selection->references));
  return triplet_draws_by_distance(selection->options) ? allocate_units(context, selection) : TRIPLET_OK;
}

/* Of the rank's own queries, where they are kept. */
static triplet_status take_own_distances(triplet_context *context, const triplet_selection *selection) {
  if (!TRIPLET_HAS_RANKS || !selection->own_distances)
    return TRIPLET_OK;
  const triplet_rows own = triplet_rows_part(&selection->queries, selection->own.first, selection->own.count);
  bool finite; /* which other ranks would not know */
  return triplet_all_distances(context, &selection->measure, &own, &selection->references, selection->own_distances,
                               &finite);
}

/* *finite: all distances are, as far as they are taken here. */
static triplet_status take_distances(triplet_context *context, triplet_selection *selection, bool *finite) {
  *finite = true;
  if (!selection->distances)
    return TRIPLET_OK;
  const triplet_rows *queries = &selection->queries, *references = &selection->references;
  const triplet_measure *measure = &selection->measure, cosine = cosine_measure(measure->kernels);

  /* A second matrix: swap and draws by distance do not come together. */
  const bool across = selection->own_across;
  float *second = across ? selection->own_across : selection->own_unit_distances;
  const triplet_rows *x = across ? references : &selection->unit_queries;
  const triplet_rows *y = across ? references : &selection->unit_references;
  const size_t rows = queries->rows + (second ? x->rows : 0);
  const double share = rows ? (double)queries->rows / (double)rows : 1;

  const triplet_watch whole = triplet_watch_part(context, 0, share);
  triplet_status status = triplet_all_distances(context, measure, queries, references, selection->distances, finite);
  triplet_watch_restore(context, whole);
  if (status == TRIPLET_OK && second) {
    triplet_watch_part(context, share, 1);
    bool second_finite; /* of rows that the first tells of */
    status = triplet_all_distances(context, across ? measure : &cosine, x, y, second, &second_finite);
    triplet_watch_restore(context, whole);
  }
  if (needs_across(selection))
    selection->across = selection->sets.separate ? selection->own_across : selection->distances;
  return status;
}

static triplet_status prepare(triplet_context *context, triplet_selection *selection) {
  const triplet_sets *sets = &selection->sets;
  float x, y;
  bool finite;
  selection->nonfinite = find_usable(selection, sets->queries, sets->labels, selection->usable, &x);
  y = x;
  if (sets->separate)
    selection->nonfinite +=
        find_usable(selection, sets->references, sets->reference_labels, selection->reference_usable, &y);
  TRIPLET_TRY(take_own_distances(context, selection));
  TRIPLET_TRY(take_distances(context, selection, &finite));

  if (!finite || can_overflow(selection, x, y)) /* `progress` may have changed rows since they were looked at */
    TRIPLET_TRY(find_overflows(context, selection));
  if (selection->nonfinite && selection->options->nonfinite == TRIPLET_NONFINITE_ERROR)
    return fail_nonfinite(context, selection);
  return triplet_relations_create(context, sets, selection->options->ignore_label, selection->reference_usable,
                                  &selection->relations);
}

triplet_status triplet_selection_create(triplet_context *context, const triplet_options *options,
                                        const triplet_batch *batch, triplet_selection *selection) {
  *selection = (triplet_selection){
      .options = options, .measure = triplet_measure_of(context, options), .picks = triplet_is_picker(options)};
  TRIPLET_TRY(triplet_sets_check(context, batch, &selection->sets));
  TRIPLET_TRY(check_self_labels(context, &selection->sets));
  triplet_status status = allocate(context, selection);
  if (status == TRIPLET_OK)
    status = prepare(context, selection);
  if (status != TRIPLET_OK)
    triplet_selection_release(context, selection);
  return status;
}

void triplet_selection_release(triplet_context *context, triplet_selection *selection) {
  triplet_release(context, selection->distances);
  if (TRIPLET_HAS_RANKS)
    triplet_release(context, selection->own_distances);
  triplet_release(context, selection->own_across);
  triplet_release(context, selection->own_unit_distances);
  triplet_rows_release(context, &selection->queries, &selection->references);
  triplet_rows_release(context, &selection->unit_queries, &selection->unit_references);
  triplet_release(context, selection->usable);
  triplet_relations_release(context, &selection->relations);
}

#define CACHE_LINE 16

/* Rows of the next tile, into the second cache, while this one is worked on. */
static void fetch_rows(const triplet_rows *rows) {
  for (size_t k = 0; k < rows->rows * rows->stride; k += CACHE_LINE)
    __builtin_prefetch(rows->data + k, 0, 2);
}

/* Of some rows of x and all of y, into strip. */
static const float *take_strip(const triplet_measure *measure, triplet_rows x, const triplet_rows *y, float *strip) {
  for (size_t j = 0; j < y->rows; j += TILE) {
    const triplet_rows part = triplet_rows_part(y, j, y->rows - j < TILE ? y->rows - j : TILE);
    if (y->rows - j >= 2 * TILE) {
      const triplet_rows next = triplet_rows_part(y, j + TILE, TILE);
      fetch_rows(&next);
    }
    triplet_tile_distances(measure, &x, &part, strip + j, y->rows);
  }
  return strip;
}

const float *triplet_own_distances(const triplet_selection *selection, size_t first, size_t queries) {
  const size_t offset = first - selection->own.first; /* huge before them */
  if (!selection->own_distances || offset > selection->own.count || queries > selection->own.count - offset)
    return NULL;
  return selection->own_distances + offset * selection->references.rows;
}

const float *triplet_strip_distances(const triplet_selection *selection, size_t first, size_t queries, float *strip) {
  const float *own = TRIPLET_HAS_RANKS ? triplet_own_distances(selection, first, queries) : NULL;
  if (own)
    return own;
  return selection->distances ? selection->distances + first * selection->references.rows
                              : take_strip(&selection->measure, triplet_rows_part(&selection->queries, first, queries),
                                           &selection->references, strip);
}

const float *triplet_strip_unit_distances(const triplet_selection *selection, size_t first, size_t queries,
                                          float *strip) {
  if (!selection->by_cosine)
    return NULL;
  const triplet_measure cosine = cosine_measure(selection->measure.kernels);
  return selection->unit_distances ? selection->unit_distances + first * selection->unit_references.rows
                                   : take_strip(&cosine, triplet_rows_part(&selection->unit_queries, first, queries),
                                                &selection->unit_references, strip);
}

/* ---- workspaces -------------------------------------------------------------------------------------------------- */

#define ALIGNMENT 64

/* No workspace takes more bytes than these for each reference, beside its alignment. */
#define MOST_BYTES 320

/* Aligned room for count values behind the bytes used so far. memory 0: only these are counted. */
static void *room_for(uintptr_t memory, size_t *used, size_t count, size_t size) {
  const uintptr_t room = memory + *used;
  *used += (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return (void *)room;
}

/* Returns the bytes used. */
static size_t lay_out(triplet_workspace *workspace, uintptr_t memory, size_t references) {
  size_t used = 0;
#define ROOM(name, count) workspace->name = room_for(memory, &used, count, sizeof *workspace->name)
  ROOM(negatives, references);
  ROOM(positives, references + 1);
  ROOM(keys, references + 1);
  ROOM(spare_keys, references + 1);
  ROOM(edges, 3 * references);
  ROOM(ranks, references);
  ROOM(picks, references);
  ROOM(pick_terms, references);
  ROOM(negative_of, references);
  ROOM(candidates, references);
  ROOM(unit_squares, references);
  ROOM(chances, references);
  ROOM(sums, references);
  ROOM(seen, references);
  ROOM(summary, 2 * references + 8);
  ROOM(thresholds, 3 * references);
  ROOM(kinds, 3 * references);
  ROOM(histogram, 3 * references + 1);
  ROOM(weight_above, 3 * references + 1);
  ROOM(slope_of_rank, 3 * references + 1);
  ROOM(positive_slopes, references);
#undef ROOM
  return used;
}

void *triplet_workspaces_allocate(triplet_context *context, size_t references, size_t workers) {
  triplet_workspace counted;
  if (references > SIZE_MAX / MOST_BYTES / 2)
    return triplet_allocate(context, references, MOST_BYTES); /* which fails, and says so */
  return triplet_allocate(context, workers, lay_out(&counted, 0, references));
}

triplet_workspace triplet_workspace_of(void *workspaces, size_t references, size_t worker) {
  triplet_workspace workspace;
  const size_t size = lay_out(&workspace, 0, references);
  lay_out(&workspace, (uintptr_t)workspaces + worker * size, references);
  return workspace;
}

/* ---- anchors ----------------------------------------------------------------------------------------------------- */

triplet_anchor triplet_anchor_at(const triplet_selection *selection, size_t index, triplet_span span,
                                 const float *distances, const triplet_workspace *workspace) {
  const triplet_related found =
      triplet_relate(&selection->relations, index, span, distances, workspace->positives, workspace->negatives);
  return (triplet_anchor){
      .index = index,
      .span = span,
      .positive_count = found.positives,
      .negative_count = found.negatives,
      .positives = workspace->positives,
      .distances = distances,
      .negatives = workspace->negatives,
  };
}

void triplet_sort_positives(const triplet_anchor *anchor, const triplet_workspace *workspace) {
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const size_t row = (size_t)anchor->positives[i];
    workspace->keys[i] = triplet_distance_key(triplet_distance_to(anchor, anchor->positives[i]), row);
  }
  triplet_sort_keys(workspace->keys, workspace->spare_keys, anchor->positive_count);
}

void triplet_list_negatives(const triplet_anchor *anchor, const triplet_workspace *workspace) {
  size_t count = 0;
  for (size_t j = 0; j < anchor->span.count; j++) {
    workspace->candidates[count] = (uint32_t)(anchor->span.first + j);
    count += anchor->negatives[j] <= FLT_MAX;
  }
  /* Rows that `progress` has changed may be too few; what is listed is a row nevertheless. */
  while (count < anchor->negative_count)
    workspace->candidates[count++] = (uint32_t)anchor->span.first;
}
