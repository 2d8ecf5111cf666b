/* batch.c - in-batch losses and their gradients: the driver.
 *
 * The survey of the anchors gives their losses, and what the gradient is made of. A strategy that picks triplets leaves
 * a list of pairs, which are added to the gradient as they come (sparse.c). Other losses give every pair a slope: the
 * slopes of all pairs are kept, or where those are too many made again, window by window (windowed.c). */
#include "collective.h"
#include "pairs.h"
#include "sparse.h"
#include "survey.h"
#include "windowed.h"

/* What share of a call is done after each of its passes, by plain estimate. */
#define DISTANCES_SHARE 0.4
#define SURVEY_SHARE 0.6

/* A call. Its survey is begun, and what it is to write. */
typedef struct batch_job {
  triplet_survey survey;
  triplet_batch_gradients gradients;
  triplet_batch_result *result;

  /* Memory that its kind needs beside the survey's. */
  triplet_pick_list picks;
  triplet_sparse_scratch scratch;
  float *windows;
} batch_job;

static bool wants_gradient(const batch_job *job) {
  return job->gradients.embeddings || job->gradients.references;
}

/* ---- reductions -------------------------------------------------------------------------------------------------- */

static double factor_of(triplet_reduction reduction, const triplet_reduced *terms) {
  const double divisor = triplet_reduction_divisor(reduction, terms->count, terms->active, terms->weights);
  return divisor != 0 ? 1 / divisor : 0;
}

static triplet_factors factors_of(const batch_job *job) {
  const triplet_totals *totals = &job->survey.totals;
  const triplet_reduction reduction = job->survey.selection->options->reduction;
  const double terms = factor_of(reduction, &totals->terms);
  return (triplet_factors){terms, job->survey.loss->apart ? factor_of(reduction, &totals->others) : terms};
}

static void put_result(const batch_job *job, triplet_factors factors) {
  const triplet_totals *totals = &job->survey.totals;
  *job->result = (triplet_batch_result){
      .loss = totals->terms.loss * factors.positive + totals->others.loss * factors.negative,
      .stats = triplet_stats_of(&job->survey),
  };
}

/* ---- ranks ------------------------------------------------------------------------------------------------------- */

/* Each has taken those of its own rows. */
static triplet_status share_gradients(triplet_context *context, const batch_job *job) {
  const triplet_selection *selection = job->survey.selection;
  const size_t size = selection->queries.cols * sizeof(float);
  const triplet_output queries = {job->gradients.embeddings, size, NULL};
  const triplet_output references = {job->gradients.references, size, NULL};
  TRIPLET_TRY(triplet_share_rows(context, TRIPLET_OK, triplet_gradient_cut(&selection->queries), &queries, 1));
  return triplet_gather_rows(context, triplet_gradient_cut(&selection->references), &references, 1);
}

/* ---- picked triplets --------------------------------------------------------------------------------------------- */

#define PICKS_AT_ONCE ((size_t)1 << 20)

static triplet_sparse_rows sparse_rows_of(const batch_job *job) {
  const triplet_selection *selection = job->survey.selection;
  return (triplet_sparse_rows){.measure = &selection->measure,
                               .queries = selection->queries,
                               .references = selection->references,
                               .separate = selection->sets.separate,
                               .gradients = job->gradients};
}

/* Where anchors have but a few picks, ranks add those of all anchors sooner than they send each other the sums. */
#define FEW_PICKS 8

static bool shares_sums(const triplet_context *context, const batch_job *job) {
  const size_t queries = job->picks.queries;
  return triplet_is_shared(context) && job->picks.first[queries] > FEW_PICKS * queries;
}

static triplet_status allocate_picks(triplet_context *context, batch_job *job) {
  const triplet_sparse_rows rows = sparse_rows_of(job);
  TRIPLET_TRY(triplet_pick_list_create(context, job->survey.selection, PICKS_AT_ONCE, true, &job->picks));
  job->survey.picks = &job->picks;
  return triplet_sparse_create(context, &rows, job->picks.room * job->picks.sides, &job->scratch);
}

static triplet_status survey_and_add(triplet_context *context, batch_job *job) {
  triplet_sparse_rows rows = sparse_rows_of(job);
  const bool shares = shares_sums(context, job);
  const triplet_span own[] = {triplet_own_rows(context, triplet_gradient_cut(&rows.queries)),
                              triplet_own_rows(context, triplet_gradient_cut(&rows.references))};
  rows.own = shares ? own : NULL;
  const double queries = (double)job->picks.queries;
  triplet_sparse_begin(&rows);
  for (triplet_span anchors; (anchors = triplet_pick_list_next(&job->picks)).count;) {
    const double first = (double)anchors.first, past = first + (double)anchors.count;
    const triplet_watch whole = triplet_watch_part(context, first / queries, past / queries);
    const triplet_status status = triplet_survey_run(context, &job->survey, anchors);
    triplet_watch_restore(context, whole);
    TRIPLET_TRY(status);
    const triplet_sparse_lists lists = triplet_pick_list_pairs(&job->picks);
    triplet_sparse_add(context, &rows, &lists, &job->scratch);
  }
  const triplet_factors factors = factors_of(job);
  triplet_sparse_finish(context, &rows, factors.positive * job->survey.unit);
  put_result(job, factors);
  return shares ? share_gradients(context, job) : TRIPLET_OK;
}

/* ---- slopes of all pairs ----------------------------------------------------------------------------------------- */

static void add_part(triplet_gathering *to, const triplet_pair_matrix *pairs, triplet_side side) {
  to->parts[to->part_count].pairs = pairs;
  to->parts[to->part_count++].side = side;
}

static triplet_status gather_kept(triplet_context *context, const batch_job *job, double scale) {
  const triplet_survey *survey = &job->survey;
  const triplet_selection *selection = survey->selection;
  const triplet_rows queries = selection->queries, references = selection->references;
  const bool separate = selection->sets.separate, swapped = separate && survey->across_slopes;
  const triplet_pair_matrix own = {queries,        references,     survey->slopes, selection->distances,
                                   survey->slopes, references.rows};
  const triplet_pair_matrix across = {references,        references, survey->across_slopes,
                                      selection->across, NULL,       references.rows};
  triplet_gathering by_query = {.measure = &selection->measure,
                                .scale = scale,
                                .rows = queries,
                                .gradient = job->gradients.embeddings,
                                .begins = true,
                                .ends = true};
  triplet_gathering by_reference = by_query;
  by_reference.rows = references;
  by_reference.gradient = job->gradients.references;
  if (separate) {
    add_part(&by_query, &own, TRIPLET_BY_X);
    add_part(&by_reference, &own, TRIPLET_BY_Y);
    if (swapped) {
      add_part(&by_reference, &across, TRIPLET_BY_X);
      add_part(&by_reference, &across, TRIPLET_BY_Y);
    }
  } else if (selection->measure.term.shift == 0) {
    add_part(&by_query, &own, TRIPLET_BY_BOTH);
  } else {
    add_part(&by_query, &own, TRIPLET_BY_X);
    add_part(&by_query, &own, TRIPLET_BY_Y);
  }

  if (by_query.part_count == 1 && by_query.parts[0].side == TRIPLET_BY_BOTH &&
      selection->relations.count == queries.rows)
    return triplet_gather_both(context, &by_query, selection->distances);

  const double first = job->gradients.embeddings ? (double)queries.rows : 0;
  const double second = job->gradients.references ? (double)references.rows : 0;
  const triplet_watch whole = triplet_watch_part(context, 0, first / (first + second));
  triplet_status status = triplet_gather(context, &by_query);
  triplet_watch_restore(context, whole);
  if (status == TRIPLET_OK) {
    triplet_watch_part(context, first / (first + second), 1);
    status = triplet_gather(context, &by_reference);
    triplet_watch_restore(context, whole);
  }
  return status;
}

/* Two kinds of pairs with factors of their own: in units of the larger, so that slopes fit float32. */
static triplet_status gather(triplet_context *context, batch_job *job, triplet_factors factors) {
  triplet_survey *survey = &job->survey;
  const double larger = fabs(factors.positive) > fabs(factors.negative) ? factors.positive : factors.negative;
  const double scale = survey->unit * larger;
  const triplet_factors shares =
      larger != 0 ? (triplet_factors){factors.positive / larger, factors.negative / larger} : (triplet_factors){1, 1};
  if (!survey->slopes) {
    const triplet_windows windows = {survey, shares, scale, job->gradients, job->windows};
    TRIPLET_TRY(triplet_gather_windows(context, &windows));
    return share_gradients(context, job);
  }
  if (survey->slopes_later) {
    const triplet_watch watch = triplet_watch_part(context, 0, 0);
    const triplet_status status = triplet_survey_slopes(context, survey, shares);
    triplet_watch_restore(context, watch);
    TRIPLET_TRY(status);
  }
  const bool apart = triplet_share_nothing(context); /* every rank has all slopes, of which swap was the most work */
  const triplet_status status = gather_kept(context, job, scale);
  triplet_share_again(context, apart);
  return status;
}

static triplet_status survey_and_gather(triplet_context *context, batch_job *job) {
  const size_t queries = job->survey.selection->sets.queries.rows;
  const double share = wants_gradient(job) ? (SURVEY_SHARE - DISTANCES_SHARE) / (1 - DISTANCES_SHARE) : 1;
  const triplet_watch whole = triplet_watch_part(context, 0, share);
  triplet_status status = triplet_survey_run(context, &job->survey, (triplet_span){0, queries});
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  const triplet_factors factors = factors_of(job);
  put_result(job, factors);
  if (!wants_gradient(job))
    return TRIPLET_OK;
  triplet_watch_part(context, share, 1);
  status = gather(context, job, factors);
  triplet_watch_restore(context, whole);
  return status;
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

/* What the gradient of all pairs is made of: their slopes; with swap also those among the references, which are the
 * same pairs unless the references are a separate set. */
static triplet_status allocate_slopes(triplet_context *context, triplet_survey *survey) {
  const triplet_selection *selection = survey->selection;
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  survey->slopes = triplet_allocate(context, queries, references * sizeof(float));
  if (!survey->slopes)
    return TRIPLET_OUT_OF_MEMORY;
  survey->across_slopes = selection->across && !selection->own_across ? survey->slopes : NULL;
  if (!selection->own_across)
    return TRIPLET_OK;
  survey->across_slopes = triplet_allocate(context, references, references * sizeof(float));
  if (!survey->across_slopes)
    return TRIPLET_OUT_OF_MEMORY;
  memset(survey->across_slopes, 0, references * references * sizeof(float));
  return TRIPLET_OK;
}

/* All of it, before anything is written. */
static triplet_status allocate(triplet_context *context, batch_job *job) {
  triplet_survey *survey = &job->survey;
  const triplet_selection *selection = survey->selection;
  TRIPLET_TRY(triplet_survey_create(context, survey));
  if (!wants_gradient(job))
    return TRIPLET_OK;
  if (selection->picks)
    return allocate_picks(context, job);
  if (selection->distances)
    return allocate_slopes(context, survey);
  job->windows = triplet_allocate(context, TRIPLET_WINDOWS_SCRATCH, sizeof *job->windows);
  return job->windows ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

static void release(triplet_context *context, batch_job *job) {
  triplet_survey *survey = &job->survey;
  triplet_release(context, job->windows);
  if (survey->across_slopes != survey->slopes)
    triplet_release(context, survey->across_slopes);
  triplet_release(context, survey->slopes);
  triplet_sparse_release(context, &job->scratch);
  triplet_pick_list_release(context, &job->picks);
  triplet_survey_release(context, survey);
}

static triplet_status run(triplet_context *context, batch_job *job) {
  triplet_survey *survey = &job->survey;
  const triplet_selection *selection = survey->selection;
  const bool adds = wants_gradient(job) && selection->picks;
  survey->slopes_later = survey->loss->apart;
  survey->summarizes = wants_gradient(job) && !adds && (!selection->distances || survey->slopes_later);
  triplet_status status = allocate(context, job);
  if (status == TRIPLET_OK)
    status = adds ? survey_and_add(context, job) : survey_and_gather(context, job);
  release(context, job);
  return status;
}

static triplet_status batch_loss(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                 batch_job *job) {
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_BATCH_LOSS, options, batch->embeddings.rows));
  if (job->gradients.references && !batch->references)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references_gradient", "expected NULL without references");
  triplet_compare_number(context, job->gradients.embeddings != NULL);
  triplet_compare_number(context, job->gradients.references != NULL);
  triplet_compare_number(context, job->survey.losses != NULL);
  const triplet_options used = triplet_options_in_use(options);
  triplet_selection selection;
  const triplet_watch whole = triplet_watch_part(context, 0, DISTANCES_SHARE);
  triplet_status status = triplet_selection_create(context, &used, batch, &selection);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  job->survey.selection = &selection;
  job->survey.loss = triplet_loss_of(&used);
  triplet_watch_part(context, selection.distances ? DISTANCES_SHARE : 0, 1);
  status = run(context, job);
  triplet_watch_restore(context, whole);
  triplet_selection_release(context, &selection);
  return status;
}

triplet_status triplet_batch_loss(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                  triplet_batch_gradients gradients, float *losses, triplet_batch_result *result) {
  batch_job job = {.survey = {.losses = losses}, .gradients = gradients, .result = result};
  return TRIPLET_TOGETHER(context, batch_loss(context, options, batch, &job));
}
