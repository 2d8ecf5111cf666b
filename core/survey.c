/* survey.c - a look at the anchors of a batch, on all threads. Totals are added in the order of the anchors. */
#include "survey.h"

#include "collective.h"
#include "loss_triplet.h"

/* ---- totals ------------------------------------------------------------------------------------------------------ */

static void add_reduced(triplet_reduced *sum, const triplet_reduced *part) {
  sum->loss += part->loss;
  sum->weights += part->weights;
  sum->count += part->count;
  sum->active += part->active;
}

static void add_tally(triplet_tally *sum, const triplet_tally *part) {
  sum->positive_sum += part->positive_sum;
  sum->negative_sum += part->negative_sum;
  sum->positive_pairs += part->positive_pairs;
  sum->negative_pairs += part->negative_pairs;
  sum->active_positive_pairs += part->active_positive_pairs;
  sum->active_negative_pairs += part->active_negative_pairs;
  sum->hard += part->hard;
  sum->semihard += part->semihard;
  sum->easy += part->easy;
}

static void add_totals(triplet_totals *sum, const triplet_totals *part) {
  add_reduced(&sum->terms, &part->terms);
  add_reduced(&sum->others, &part->others);
  add_tally(&sum->tally, &part->tally);
  sum->without_positive += part->without_positive;
  sum->without_negative += part->without_negative;
  sum->any_distance |= part->any_distance;
  sum->spread |= part->spread;
}

triplet_stats triplet_stats_of(const triplet_survey *survey) {
  const triplet_totals *totals = &survey->totals;
  const triplet_tally *tally = &totals->tally;
  triplet_stats stats = {
      .anchors_without_positive = totals->without_positive,
      .anchors_without_negative = totals->without_negative,
      .nonfinite = survey->selection->nonfinite,
      .mean_positive_distance = triplet_mean(tally->positive_sum, tally->positive_pairs),
      .mean_negative_distance = triplet_mean(tally->negative_sum, tally->negative_pairs),
      .collapsed = totals->any_distance && !totals->spread,
  };
  if (survey->loss->triplets) {
    stats.loss = TRIPLET_LOSS_TRIPLET; /* which triplet_mine takes them for, whatever the options say */
    stats.triplets = totals->terms.count;
    stats.active = totals->terms.active;
    stats.hard = tally->hard;
    stats.semihard = tally->semihard;
    stats.easy = tally->easy;
  } else {
    stats.loss = survey->selection->options->loss;
    stats.positive_pairs = tally->positive_pairs;
    stats.negative_pairs = tally->negative_pairs;
    stats.pairs = tally->positive_pairs + tally->negative_pairs;
    stats.active_positive_pairs = tally->active_positive_pairs;
    stats.active_negative_pairs = tally->active_negative_pairs;
    stats.active = tally->active_positive_pairs + tally->active_negative_pairs;
  }
  return stats;
}

/* Whether some distance of the anchor reaches 1e-3 of the loss's scale; most batches show it at the first. */
static bool is_spread(const triplet_survey *survey, const triplet_anchor *anchor) {
  const double limit = 1e-3 * survey->loss->scale(survey->selection->options, anchor->index);
  for (size_t i = 0; i < anchor->positive_count; i++)
    if (fabsf(triplet_distance_to(anchor, anchor->positives[i])) >= limit)
      return true;
  for (size_t j = 0; j < anchor->span.count; j++)
    if (fabsf(anchor->negatives[j]) >= limit && anchor->negatives[j] <= FLT_MAX)
      return true;
  return false;
}

static void count_anchor(const triplet_survey *survey, const triplet_anchor *anchor, triplet_totals *totals) {
  totals->without_positive += !anchor->positive_count;
  totals->without_negative += !anchor->negative_count;
  if (!anchor->positive_count && !anchor->negative_count)
    return;
  totals->any_distance = true;
  totals->spread = totals->spread || is_spread(survey, anchor);
}

/* ---- picks ------------------------------------------------------------------------------------------------------- */

/* Adds a pair, unless it has no slope. */
static void put_pair(triplet_pick_list *list, size_t *at, triplet_sparse_pair pair, float distance, double slope) {
  list->pairs[*at] = pair;
  list->distances[*at] = distance;
  list->slopes[*at] = (float)slope;
  *at += list->slopes[*at] != 0;
}

/* The pairs that the picks of an anchor are made of, from a place on: of those that share their positive one. Returns
 * how many. */
static size_t put_pairs(const triplet_survey *survey, const triplet_anchor *anchor, const triplet_workspace *workspace,
                        size_t place) {
  const triplet_selection *selection = survey->selection;
  const double factor = survey->factors[anchor->index];
  const int32_t first = selection->sets.separate ? (int32_t)selection->queries.rows : 0; /* of the references */
  const int32_t a = (int32_t)anchor->index;
  size_t at = place;
  for (size_t i = 0; i < anchor->pick_count;) {
    const int32_t positive = workspace->picks[i].positive;
    const float distance = workspace->pick_terms[i].distances.ap;
    double slope = 0;
    for (; i < anchor->pick_count && workspace->picks[i].positive == positive; i++) {
      const triplet_pick_terms *terms = &workspace->pick_terms[i];
      const int32_t negative = first + workspace->picks[i].negative;
      slope += terms->slopes.ap;
      put_pair(survey->picks, &at, (triplet_sparse_pair){a, negative}, terms->distances.an, terms->slopes.an * factor);
      if (terms->slopes.pn != 0)
        put_pair(survey->picks, &at, (triplet_sparse_pair){first + positive, negative}, terms->distances.pn,
                 terms->slopes.pn * factor);
    }
    put_pair(survey->picks, &at, (triplet_sparse_pair){a, first + positive}, distance, slope * factor);
  }
  return at - place;
}

static void keep_picks(const triplet_survey *survey, const triplet_anchor *anchor, const triplet_workspace *workspace) {
  triplet_pick_list *list = survey->picks;
  const size_t i = anchor->index, place = list->first[i] - list->first[list->anchors.first];
  list->counts[i] = anchor->pick_count;
  if (anchor->pick_count)
    memcpy(list->picks + place, workspace->picks, anchor->pick_count * sizeof *list->picks);
  if (list->pairs)
    list->pair_counts[i] = put_pairs(survey, anchor, workspace, place * list->sides);
}

/* ---- anchors ----------------------------------------------------------------------------------------------------- */

/* Adds the loss of an anchor, times its weight. Returns it. */
static double add_loss(triplet_reduced *to, const triplet_terms *found, double weight) {
  /* A difference of large sums may round below 0. */
  const double loss = found->loss > 0 ? weight * found->loss : 0;
  to->loss += loss;
  to->weights += weight * (double)found->count;
  to->count += found->count;
  to->active += weight != 0 ? found->active : 0;
  return loss;
}

/* Returns the loss of an anchor. */
static double survey_anchor(const triplet_survey *survey, const triplet_anchor *anchor,
                            const triplet_workspace *workspace, triplet_totals *totals) {
  const double weight = triplet_weight_of(survey->selection->options, anchor->index);
  triplet_tally *tally = &totals->tally;
  const uint64_t positives = tally->active_positive_pairs, negatives = tally->active_negative_pairs;
  const triplet_anchor_loss found = survey->loss->survey(survey->selection, anchor, workspace, tally);
  if (weight == 0) {
    tally->active_positive_pairs = positives;
    tally->active_negative_pairs = negatives;
  }
  return add_loss(&totals->terms, &found.terms, weight) + add_loss(&totals->others, &found.others, weight);
}

typedef struct survey_job {
  triplet_survey *survey;
  triplet_span anchors;     /* of the run, those of this rank */
  triplet_totals *totalled; /* of these */
  triplet_span positives;   /* for swap, those of this rank */
} survey_job;

static triplet_workspace workspace_of(const triplet_survey *survey, size_t worker) {
  return triplet_workspace_of(survey->workspaces, survey->selection->sets.references.rows, worker);
}

/* Rows of distances from some queries to all references. */
typedef struct distance_strip {
  const float *distances;
  const float *unit_distances; /* as an anchor shows them */
} distance_strip;

/* Returns the loss of a query, the strip's i-th. */
static double survey_query(triplet_survey *survey, size_t query, const distance_strip *strip, size_t i,
                           triplet_workspace *workspace, triplet_totals *totals) {
  const triplet_selection *selection = survey->selection;
  const size_t references = selection->sets.references.rows;
  triplet_anchor anchor = {.index = query};
  if (selection->usable[query]) {
    anchor = triplet_anchor_at(selection, query, (triplet_span){0, references}, strip->distances + i * references,
                               workspace);
    anchor.unit_distances = strip->unit_distances ? strip->unit_distances + i * references : NULL;
    count_anchor(survey, &anchor, totals);
  }

  /* A loss of triplets needs pairs of both kinds. */
  const bool both = anchor.positive_count && anchor.negative_count;
  const bool looks = !survey->idle && (survey->loss->triplets ? both : selection->usable[query]);
  if (survey->idle)
    triplet_tally_pairs(&anchor, &totals->tally);
  if (looks && selection->picks)
    anchor.pick_count = triplet_pick_triplets(selection, &anchor, workspace);
  if (survey->summarizes) {
    survey->summarized[query] = looks;
    workspace->summary = survey->summaries + survey->summary_places[query];
  }
  const double loss = looks ? survey_anchor(survey, &anchor, workspace, totals) : 0;
  if (survey->picks)
    keep_picks(survey, &anchor, workspace);
  if (survey->slopes && !survey->slopes_later) {
    float *slopes = survey->slopes + query * references;
    anchor.surveyed = true;
    if (looks)
      survey->loss->slopes(selection, &anchor, workspace,
                           (triplet_factors){survey->factors[query], survey->factors[query]}, slopes);
    else
      memset(slopes, 0, references * sizeof *slopes);
  }
  return loss;
}

/* Some anchors, whose totals are taken together: the strip's from i on. */
static triplet_totals survey_anchors(triplet_survey *survey, triplet_span anchors, const distance_strip *strip,
                                     size_t i, triplet_workspace *workspace) {
  triplet_totals totals = {0};
  for (size_t query = anchors.first; query < anchors.first + anchors.count; query++, i++) {
    const double loss = survey_query(survey, query, strip, i, workspace, &totals);
    if (survey->losses)
      survey->losses[query] = (float)loss;
  }
  return totals;
}

/* Work for a thread at a time: where distances are kept so few that small batches have some for every thread, else a
 * strip. */
static size_t rows_per_chunk(const triplet_survey *survey) {
  return survey->strips ? TRIPLET_STRIP : TRIPLET_TOTALLED;
}

/* Of a worker. */
static size_t strip_floats(const triplet_selection *selection) {
  return (triplet_draws_by_distance(selection->options) ? (size_t)2 : 1) * TRIPLET_STRIP *
         selection->sets.references.rows;
}

static void survey_chunk(void *argument, size_t chunk, size_t worker) {
  const survey_job *job = argument;
  triplet_survey *survey = job->survey;
  const triplet_selection *selection = survey->selection;
  const size_t references = selection->sets.references.rows, most = rows_per_chunk(survey), offset = chunk * most;
  const triplet_span anchors = triplet_span_part(job->anchors, offset, most);
  float *const room = survey->strips ? survey->strips + worker * strip_floats(selection) : NULL;
  float *const unit_room = room ? room + TRIPLET_STRIP * references : NULL;
  const distance_strip strip = {triplet_strip_distances(selection, anchors.first, anchors.count, room),
                                triplet_strip_unit_distances(selection, anchors.first, anchors.count, unit_room)};
  triplet_workspace workspace = workspace_of(survey, worker);
  for (size_t done = 0; done < anchors.count; done += TRIPLET_TOTALLED)
    job->totalled[(offset + done) / TRIPLET_TOTALLED] =
        survey_anchors(survey, triplet_span_part(anchors, done, TRIPLET_TOTALLED), &strip, done, &workspace);
}

static void swap_chunk(void *argument, size_t chunk, size_t worker) {
  const survey_job *job = argument;
  const triplet_survey *survey = job->survey;
  const triplet_selection *selection = survey->selection;
  const size_t references = selection->sets.references.rows;
  const triplet_span all = {0, references};
  const triplet_span positives =
      triplet_span_part(TRIPLET_HAS_RANKS ? job->positives : all, chunk * TRIPLET_TOTALLED, TRIPLET_TOTALLED);
  const triplet_workspace workspace = workspace_of(survey, worker);
  for (size_t p = positives.first; p < positives.first + positives.count; p++)
    if (selection->reference_usable[p])
      triplet_add_swap_slopes(selection, p, survey->factors, workspace.sums, survey->across_slopes + p * references);
}

/* What the anchors of a run have left, of every rank for all; but for slopes. */
static triplet_status share_anchors(triplet_context *context, triplet_status status, const triplet_survey *survey,
                                    triplet_span anchors) {
  if (!triplet_is_shared(context))
    return status;
  const size_t first = anchors.first;
  const size_t *const summary_places = survey->summarizes ? survey->summary_places + first : NULL;
  const triplet_pick_list none = {0}, *picks = survey->picks ? survey->picks : &none;
  const size_t *const places = survey->picks ? picks->first + first : NULL;
  const size_t pairs = picks->pairs ? picks->sides : 0;
  const triplet_output outputs[] = {
      {survey->losses ? survey->losses + first : NULL, sizeof *survey->losses, NULL},
      {survey->summarizes ? survey->summarized + first : NULL, sizeof *survey->summarized, NULL},
      {survey->summarizes ? survey->summaries + *summary_places : NULL, sizeof *survey->summaries, summary_places},
      {picks->picks, sizeof *picks->picks, places},
      {places ? picks->counts + first : NULL, sizeof *picks->counts, NULL},
      {picks->pairs, pairs * sizeof *picks->pairs, places},
      {picks->distances, pairs * sizeof *picks->distances, places},
      {picks->slopes, pairs * sizeof *picks->slopes, places},
      {pairs ? picks->pair_counts + first : NULL, sizeof *picks->pair_counts, NULL},
  };
  const triplet_output totalled = {survey->totalled, sizeof *survey->totalled, NULL};
  const size_t together = TRIPLET_STRIP / TRIPLET_TOTALLED;
  TRIPLET_TRY(triplet_share_rows(context, status, (triplet_cut){anchors.count, TRIPLET_STRIP}, outputs,
                                 sizeof outputs / sizeof *outputs));
  return triplet_gather_rows(context, (triplet_cut){triplet_chunks(anchors.count, TRIPLET_TOTALLED), together},
                             &totalled, 1);
}

/* Slopes by swap, and those that these were added to. */
static triplet_status share_slopes(triplet_context *context, triplet_status status, const triplet_survey *survey) {
  if (!triplet_is_shared(context))
    return status;
  const triplet_sets *sets = &survey->selection->sets;
  const size_t size = sets->references.rows * sizeof *survey->slopes;
  const triplet_output across = {survey->across_slopes, size, NULL};
  const triplet_output slopes = {sets->separate ? survey->slopes : NULL, size, NULL};
  const triplet_cut queries = {sets->queries.rows, TRIPLET_STRIP}, references = {sets->references.rows, TRIPLET_STRIP};
  TRIPLET_TRY(triplet_share_rows(context, status, references, &across, 1));
  return triplet_gather_rows(context, queries, &slopes, 1);
}

/* With swap there is a look at every reference, too, which takes about as long as that at every anchor. */
triplet_status triplet_survey_run(triplet_context *context, triplet_survey *survey, triplet_span anchors) {
  const triplet_span own = triplet_own_rows(context, (triplet_cut){anchors.count, TRIPLET_STRIP});
  survey_job job = {.survey = survey,
                    .anchors = {anchors.first + own.first, own.count},
                    .totalled = survey->totalled + own.first / TRIPLET_TOTALLED};
  const triplet_watch whole = triplet_watch_part(context, 0, survey->across_slopes ? 0.5 : 1);
  triplet_status status =
      triplet_parallel_watched(context, triplet_chunks(own.count, rows_per_chunk(survey)), survey_chunk, &job);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(share_anchors(context, status, survey, anchors));

  for (size_t i = 0; i < triplet_chunks(anchors.count, TRIPLET_TOTALLED); i++)
    add_totals(&survey->totals, &survey->totalled[i]);
  if (!survey->across_slopes)
    return TRIPLET_OK;
  job.positives.count = survey->selection->sets.references.rows;
  if (TRIPLET_HAS_RANKS)
    job.positives = triplet_own_rows(context, (triplet_cut){job.positives.count, TRIPLET_STRIP});
  triplet_watch_part(context, 0.5, 1);
  status = triplet_parallel_watched(context, triplet_chunks(job.positives.count, TRIPLET_TOTALLED), swap_chunk, &job);
  triplet_watch_restore(context, whole);
  return share_slopes(context, status, survey);
}

/* ---- slopes made later ------------------------------------------------------------------------------------------- */

void triplet_survey_slopes_of(const triplet_survey *survey, const triplet_wanted_slopes *wanted, size_t worker,
                              float *slopes) {
  if (!survey->summarized[wanted->anchor]) {
    memset(slopes, 0, wanted->references.count * sizeof *slopes);
    return;
  }
  const double factor = survey->factors[wanted->anchor];
  triplet_workspace workspace = workspace_of(survey, worker);
  workspace.summary = survey->summaries + survey->summary_places[wanted->anchor];
  const triplet_anchor anchor =
      triplet_anchor_at(survey->selection, wanted->anchor, wanted->references, wanted->distances, &workspace);
  survey->loss->slopes(survey->selection, &anchor, &workspace,
                       (triplet_factors){factor * wanted->factors.positive, factor * wanted->factors.negative}, slopes);
}

typedef struct slopes_job {
  const triplet_survey *survey;
  triplet_factors factors;
} slopes_job;

static void slopes_chunk(void *argument, size_t chunk, size_t worker) {
  const slopes_job *job = argument;
  const triplet_selection *selection = job->survey->selection;
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  const triplet_span anchors =
      triplet_span_part((triplet_span){0, queries}, chunk * TRIPLET_TOTALLED, TRIPLET_TOTALLED);
  for (size_t i = anchors.first; i < anchors.first + anchors.count; i++)
    triplet_survey_slopes_of(job->survey,
                             &(triplet_wanted_slopes){.anchor = i,
                                                      .references = {0, references},
                                                      .distances = selection->distances + i * references,
                                                      .factors = job->factors},
                             worker, job->survey->slopes + i * references);
}

triplet_status triplet_survey_slopes(triplet_context *context, triplet_survey *survey, triplet_factors factors) {
  slopes_job job = {survey, factors};
  return triplet_parallel_watched(context, triplet_chunks(survey->selection->sets.queries.rows, TRIPLET_TOTALLED),
                                  slopes_chunk, &job);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* weight x grad_output of each anchor in units of the largest, so that slopes fit float32. Returns the unit. */
static double fill_factors(const triplet_options *options, size_t anchors, double *factors) {
  double unit = 0;
  for (size_t i = 0; i < anchors; i++) {
    factors[i] = triplet_weight_of(options, i) * triplet_grad_output_of(options, i);
    unit = fabs(factors[i]) > unit ? fabs(factors[i]) : unit;
  }
  for (size_t i = 0; i < anchors; i++)
    factors[i] = unit > 0 ? factors[i] / unit : 0;
  return unit;
}

static triplet_status allocate_summaries(triplet_context *context, triplet_survey *survey) {
  const triplet_selection *selection = survey->selection;
  const size_t queries = selection->sets.queries.rows;
  survey->summarized = triplet_allocate(context, queries, 1);
  survey->summary_places = triplet_allocate(context, queries + 1, sizeof *survey->summary_places);
  if (!survey->summarized || !survey->summary_places)
    return TRIPLET_OUT_OF_MEMORY;
  size_t used = 0;
  for (size_t i = 0; i < queries; i++) {
    const size_t positives = triplet_count_related(&selection->relations, i).positives;
    survey->summary_places[i] = used;
    used += survey->loss->summary_size(selection->options, positives) / sizeof *survey->summaries;
  }
  survey->summary_places[queries] = used;
  survey->summaries = triplet_allocate(context, used, sizeof *survey->summaries);
  return survey->summaries ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

static bool has_negative_pair(const triplet_selection *selection) {
  for (size_t i = 0; i < selection->sets.queries.rows; i++)
    if (selection->usable[i] && triplet_count_related(&selection->relations, i).negatives)
      return true;
  return false;
}

triplet_status triplet_survey_create(triplet_context *context, triplet_survey *survey) {
  const triplet_selection *selection = survey->selection;
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  const size_t workers = triplet_workers(context);
  survey->workspaces = triplet_workspaces_allocate(context, references, workers);
  survey->factors = triplet_allocate(context, queries, sizeof *survey->factors);
  survey->totalled = triplet_allocate(context, triplet_chunks(queries, TRIPLET_TOTALLED), sizeof *survey->totalled);
  survey->strips =
      selection->distances ? NULL : triplet_allocate(context, strip_floats(selection), workers * sizeof(float));
  if (!survey->workspaces || !survey->factors || !survey->totalled || !(selection->distances || survey->strips))
    return TRIPLET_OUT_OF_MEMORY;
  if (survey->summarizes)
    TRIPLET_TRY(allocate_summaries(context, survey));
  survey->idle = survey->loss->contrasts && !has_negative_pair(selection);
  survey->unit = fill_factors(selection->options, queries, survey->factors);
  return TRIPLET_OK;
}

void triplet_survey_release(triplet_context *context, triplet_survey *survey) {
  triplet_release(context, survey->summaries);
  triplet_release(context, survey->summary_places);
  triplet_release(context, survey->summarized);
  triplet_release(context, survey->strips);
  triplet_release(context, survey->totalled);
  triplet_release(context, survey->factors);
  triplet_release(context, survey->workspaces);
}
