/* mining.c - the selection of a batch as triplets of row numbers. */
#include "collective.h"
#include "loss_triplet.h"
#include "survey.h"

/* ---- the triplets ------------------------------------------------------------------------------------------------ */

static void write_triplet(const triplet_triplets *to, size_t at, size_t anchor, triplet_pick pick) {
  to->anchors[at] = (int32_t)anchor;
  to->positives[at] = pick.positive;
  to->negatives[at] = pick.negative;
}

static void write_picks(const triplet_pick_list *list, size_t queries, const triplet_triplets *to) {
  size_t at = 0;
  for (size_t i = 0; i < queries; i++)
    for (size_t k = 0; k < list->counts[i]; k++)
      write_triplet(to, at++, i, list->picks[list->first[i] + k]);
}

/* Every triplet of some anchors, or every one of a kind, from a place on. */
static void write_all(const triplet_survey *survey, triplet_span anchors, size_t at, const triplet_triplets *to) {
  const triplet_selection *selection = survey->selection;
  const size_t past = anchors.first + anchors.count, references = selection->sets.references.rows;
  const triplet_workspace workspace = triplet_workspace_of(survey->workspaces, references, 0);
  const bool every = selection->options->violating == TRIPLET_VIOLATING_NONE;
  for (size_t first = anchors.first; first < past; first += TRIPLET_STRIP) {
    const size_t rows = past - first < TRIPLET_STRIP ? past - first : TRIPLET_STRIP;
    const float *distances = triplet_strip_distances(selection, first, rows, survey->strips);
    for (size_t i = first; i < first + rows; i++, distances += references) {
      if (!selection->usable[i])
        continue;
      const triplet_anchor anchor =
          triplet_anchor_at(selection, i, (triplet_span){0, references}, distances, &workspace);
      const double margin = triplet_margin_of(selection->options, i);
      triplet_list_negatives(&anchor, &workspace);
      for (size_t k = 0; k < anchor.positive_count; k++) {
        const int32_t positive = anchor.positives[k];
        const triplet_interval interval =
            triplet_interval_of(selection->options, margin, triplet_distance_to(&anchor, positive));
        for (size_t j = 0; j < anchor.negative_count; j++) {
          const int32_t negative = (int32_t)workspace.candidates[j];
          if (every || triplet_is_within(interval, triplet_distance_to(&anchor, negative)))
            write_triplet(to, at++, i, (triplet_pick){positive, negative});
        }
      }
    }
  }
}

/* Where ranks share the work each writes those of its own anchors, of which the survey has counted some together. */
static triplet_status write_own(triplet_context *context, const triplet_survey *survey, const triplet_triplets *to) {
  const triplet_span everybody = {0, survey->selection->sets.queries.rows};
  const triplet_cut counted = {triplet_chunks(everybody.count, TRIPLET_TOTALLED), TRIPLET_STRIP / TRIPLET_TOTALLED};
  const triplet_span own = triplet_own_rows(context, counted);
  size_t *const places = triplet_allocate(context, counted.rows + 1, sizeof *places);
  if (places) {
    places[0] = 0;
    for (size_t i = 0; i < counted.rows; i++)
      places[i + 1] = places[i] + (size_t)survey->totalled[i].terms.count;
    write_all(survey, triplet_span_part(everybody, own.first * TRIPLET_TOTALLED, own.count * TRIPLET_TOTALLED),
              places[own.first], to);
  }

  const triplet_output outputs[] = {{to->anchors, sizeof *to->anchors, places},
                                    {to->positives, sizeof *to->positives, places},
                                    {to->negatives, sizeof *to->negatives, places}};
  const triplet_status status =
      triplet_share_rows(context, places ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY, counted, outputs, 3);
  triplet_release(context, places);
  return status;
}

static triplet_status write_triplets(triplet_context *context, const triplet_survey *survey, triplet_triplets *to) {
  const size_t count = (size_t)survey->totals.terms.count;
  if (count > to->capacity)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected room for %z triplets, got %z", count,
                        to->capacity);
  const size_t queries = survey->selection->sets.queries.rows;
  if (survey->picks)
    write_picks(survey->picks, queries, to);
  else if (triplet_is_shared(context))
    TRIPLET_TRY(write_own(context, survey, to));
  else
    write_all(survey, (triplet_span){0, queries}, 0, to);
  to->count = count;
  return TRIPLET_OK;
}

/* What share of a call is done after it has taken the distances, by plain estimate. */
#define DISTANCES_SHARE 0.6

static triplet_status list_triplets(triplet_context *context, const triplet_selection *selection,
                                    triplet_triplets *triplets, triplet_stats *stats) {
  const triplet_span everybody = {0, selection->sets.queries.rows};
  const bool picks = selection->picks;
  triplet_pick_list list = {0};
  triplet_survey survey = {.selection = selection, .loss = &triplet_loss_triplet, .picks = picks ? &list : NULL};
  if (picks) {
    TRIPLET_TRY(triplet_pick_list_create(context, selection, SIZE_MAX, false, &list));
    triplet_pick_list_next(&list);
  }
  triplet_status status = triplet_survey_create(context, &survey);
  if (status == TRIPLET_OK) {
    const triplet_watch whole = triplet_watch_part(context, DISTANCES_SHARE, 1);
    status = triplet_survey_run(context, &survey, everybody);
    triplet_watch_restore(context, whole);
  }
  if (status == TRIPLET_OK && triplets)
    status = write_triplets(context, &survey, triplets);
  if (status == TRIPLET_OK && stats)
    *stats = triplet_stats_of(&survey);
  triplet_survey_release(context, &survey);
  triplet_pick_list_release(context, &list);
  return status;
}

/* Weights, swap and soft margin are the loss's business; and violating triplets are neither picked nor are they those
 * of another mining. */
static triplet_options options_in_use(const triplet_options *options) {
  triplet_options used = *options;
  used.weights = used.grad_output = (triplet_floats){NULL, 0};
  used.swap = used.soft_margin = false;
  if (used.mining != TRIPLET_MINING_ALL)
    used.violating = TRIPLET_VIOLATING_NONE;
  if (used.violating != TRIPLET_VIOLATING_NONE) {
    used.positives = TRIPLET_POSITIVES_OF_MINING;
    used.negatives = TRIPLET_NEGATIVES_OF_MINING;
  }
  return used;
}

/* triplets and stats: each NULL when not wanted. */
static triplet_status mine(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                           triplet_triplets *triplets, triplet_stats *stats) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_MINE, options));
  triplet_compare_number(context, triplets != NULL);
  const triplet_options used = options_in_use(options);
  TRIPLET_TRY(triplet_check_optional_floats(context, "margins", used.margins, batch->embeddings.rows));
  triplet_selection selection;
  const triplet_watch whole = triplet_watch_part(context, 0, DISTANCES_SHARE);
  triplet_status status = triplet_selection_create(context, &used, batch, &selection);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  status = list_triplets(context, &selection, triplets, stats);
  triplet_selection_release(context, &selection);
  return status;
}

triplet_status triplet_mine(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                            triplet_triplets *triplets, triplet_stats *stats) {
  return TRIPLET_TOGETHER(context, mine(context, options, batch, triplets, stats));
}

/* ---- how many there can be --------------------------------------------------------------------------------------- */

/* From labels alone. */
static triplet_status count_most(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                 double *most) {
  triplet_sets sets;
  triplet_relations relations;
  TRIPLET_TRY(triplet_sets_check(context, batch, &sets));
  TRIPLET_TRY(triplet_relations_create(context, &sets, options->ignore_label, NULL, &relations));
  *most = 0; /* exact: beyond 2^53 triplets no memory reaches */
  for (size_t i = 0; i < sets.queries.rows; i++) {
    const triplet_related related = triplet_count_related(&relations, i);
    *most += triplet_most_triplets(options, related.positives, related.negatives);
  }
  triplet_relations_release(context, &relations);
  return TRIPLET_OK;
}

static triplet_status count_violating(triplet_context *context, const triplet_options *options,
                                      const triplet_batch *batch, double *count) {
  triplet_stats stats;
  TRIPLET_TRY(TRIPLET_TOGETHER(context, mine(context, options, batch, NULL, &stats)));
  *count = (double)stats.triplets;
  return TRIPLET_OK;
}

triplet_status triplet_mine_capacity(triplet_context *context, const triplet_options *options,
                                     const triplet_batch *batch, size_t *capacity) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_MINE, options));
  const triplet_options used = options_in_use(options);
  double most;
  const bool lists_all = used.violating != TRIPLET_VIOLATING_NONE;
  TRIPLET_TRY((lists_all ? count_violating : count_most)(context, &used, batch, &most));
  if (most > (double)(SIZE_MAX / 4) || most > 0x1p53)
    return triplet_fail(context, TRIPLET_OUT_OF_MEMORY, "labels", "%g triplets are more than memory can hold", most);
  *capacity = (size_t)most;
  return TRIPLET_OK;
}
