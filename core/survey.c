/* survey.c - a look at every anchor of a batch, on all threads. Totals are added in the order of the anchors. */
#include "survey.h"

#include "loss_triplet.h"

const triplet_pair_loss *triplet_loss_of(const triplet_options *options) {
#define ADDRESS(name, help) &triplet_loss_##name,
  static const triplet_pair_loss *const losses[] = {TRIPLET_PAIR_LOSSES(ADDRESS)};
#undef ADDRESS
  return losses[options->loss];
}

/* ---- totals ------------------------------------------------------------------------------------------------------ */

static void add_totals(triplet_totals *sum, const triplet_totals *part) {
  sum->loss += part->loss;
  sum->positive_sum += part->positive_sum;
  sum->negative_sum += part->negative_sum;
  sum->positive_pairs += part->positive_pairs;
  sum->negative_pairs += part->negative_pairs;
  sum->triplets += part->triplets;
  sum->active += part->active;
  sum->hard += part->hard;
  sum->semihard += part->semihard;
  sum->easy += part->easy;
  sum->without_positive += part->without_positive;
  sum->without_negative += part->without_negative;
  sum->any_distance |= part->any_distance;
  sum->spread |= part->spread;
}

triplet_stats triplet_stats_of(const triplet_survey *survey) {
  const triplet_totals *totals = &survey->totals;
  return (triplet_stats){
      .triplets = totals->triplets,
      .active = totals->active,
      .hard = totals->hard,
      .semihard = totals->semihard,
      .easy = totals->easy,
      .anchors_without_positive = totals->without_positive,
      .anchors_without_negative = totals->without_negative,
      .nonfinite = survey->selection->nonfinite,
      .mean_positive_distance = triplet_mean(totals->positive_sum, totals->positive_pairs),
      .mean_negative_distance = triplet_mean(totals->negative_sum, totals->negative_pairs),
      .collapsed = totals->any_distance && !totals->spread,
  };
}

/* Whether some distance of the anchor reaches 1e-3 x margin; most batches show it at the first. */
static bool is_spread(const triplet_selection *selection, const triplet_anchor *anchor) {
  const double limit = 1e-3 * triplet_margin_of(selection->options, anchor->index);
  for (size_t i = 0; i < anchor->positive_count; i++)
    if (anchor->distances[anchor->positives[i]] >= limit)
      return true;
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    if (anchor->negatives[j] >= limit && anchor->negatives[j] <= FLT_MAX)
      return true;
  return false;
}

static void count_anchor(const triplet_selection *selection, const triplet_anchor *anchor, triplet_totals *totals) {
  totals->without_positive += !anchor->positive_count;
  totals->without_negative += !anchor->negative_count;
  if (!anchor->positive_count && !anchor->negative_count)
    return;
  totals->any_distance = true;
  totals->spread = totals->spread || is_spread(selection, anchor);
}

/* A loss that is not one of triplets has one term for each anchor, in which all of its pairs take part. */
static void count_term(const triplet_selection *selection, const triplet_anchor *anchor, double loss,
                       triplet_totals *totals) {
  totals->triplets++;
  totals->active += loss > 0 && triplet_weight_of(selection->options, anchor->index) != 0;
  totals->positive_pairs += anchor->positive_count;
  totals->negative_pairs += anchor->negative_count;
  for (size_t i = 0; i < anchor->positive_count; i++)
    totals->positive_sum += anchor->distances[anchor->positives[i]];
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    totals->negative_sum += anchor->negatives[j] <= FLT_MAX ? anchor->negatives[j] : 0;
}

/* ---- anchors ----------------------------------------------------------------------------------------------------- */

#define ROWS_PER_CHUNK 16

typedef struct survey_job {
  triplet_survey *survey;
  void *workspaces;
  double *factors; /* B: weight x grad_output of each anchor, in units of the largest */
  triplet_totals *chunks;
} survey_job;

static void keep_picks(triplet_pick_list *list, const triplet_anchor *anchor, const triplet_pick *picks) {
  list->counts[anchor->index] = anchor->pick_count;
  memcpy(list->picks + list->first[anchor->index], picks, anchor->pick_count * sizeof *picks);
}

/* Returns the loss of a query before its weight. */
static double survey_query(const survey_job *job, size_t query, const triplet_workspace *workspace,
                           triplet_totals *totals) {
  const triplet_survey *survey = job->survey;
  const triplet_selection *selection = survey->selection;
  triplet_anchor anchor = {.index = query};
  if (selection->usable[query]) {
    anchor = triplet_anchor_at(selection, query, workspace);
    count_anchor(selection, &anchor, totals);
  }

  const size_t references = selection->sets.references.rows;
  float *slopes = survey->slopes ? survey->slopes + query * references : NULL;
  if (!anchor.positive_count || !anchor.negative_count) {
    if (survey->picks)
      survey->picks->counts[query] = 0;
    if (slopes)
      memset(slopes, 0, references * sizeof *slopes);
    return 0;
  }

  if (triplet_is_picker(selection->options))
    anchor.pick_count = triplet_pick_triplets(selection, &anchor, workspace);
  if (survey->picks)
    keep_picks(survey->picks, &anchor, workspace->picks);

  const double loss = survey->loss->survey(selection, &anchor, workspace, totals);
  if (!survey->loss->triplets)
    count_term(selection, &anchor, loss, totals);
  if (slopes)
    survey->loss->slopes(selection, &anchor, workspace, job->factors[query], slopes);
  return loss;
}

static void survey_chunk(void *argument, size_t chunk, size_t worker) {
  const survey_job *job = argument;
  const triplet_survey *survey = job->survey;
  const size_t queries = survey->selection->sets.queries.rows, begin = chunk * ROWS_PER_CHUNK;
  const size_t end = queries - begin < ROWS_PER_CHUNK ? queries : begin + ROWS_PER_CHUNK;
  const triplet_workspace workspace =
      triplet_workspace_of(job->workspaces, survey->selection->sets.references.rows, worker);

  triplet_totals totals = {0};
  for (size_t i = begin; i < end; i++) {
    const double found = survey_query(job, i, &workspace, &totals);
    /* A difference of large sums may round below 0. */
    const double loss = found > 0 ? triplet_weight_of(survey->selection->options, i) * found : 0;
    if (survey->losses)
      survey->losses[i] = (float)loss;
    totals.loss += loss;
  }
  job->chunks[chunk] = totals;
}

static void swap_chunk(void *argument, size_t chunk, size_t worker) {
  const survey_job *job = argument;
  const triplet_selection *selection = job->survey->selection;
  const size_t references = selection->sets.references.rows, begin = chunk * ROWS_PER_CHUNK;
  const size_t end = references - begin < ROWS_PER_CHUNK ? references : begin + ROWS_PER_CHUNK;
  const triplet_workspace workspace = triplet_workspace_of(job->workspaces, references, worker);
  for (size_t p = begin; p < end; p++)
    if (selection->reference_usable[p])
      triplet_add_swap_slopes(selection, p, job->factors, workspace.sums, job->survey->across_slopes + p * references);
}

static size_t chunks_of(size_t rows) {
  return (rows + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
}

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

/* With swap there is a look at every reference, too, which takes about as long as that at every anchor. */
static triplet_status look_at_all(triplet_context *context, survey_job *job) {
  triplet_survey *survey = job->survey;
  const triplet_sets *sets = &survey->selection->sets;
  const size_t chunks = chunks_of(sets->queries.rows);
  const triplet_watch whole = triplet_watch_part(context, 0, survey->across_slopes ? 0.5 : 1);
  triplet_status status = triplet_parallel_watched(context, chunks, survey_chunk, job);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  survey->totals = (triplet_totals){0};
  for (size_t i = 0; i < chunks; i++)
    add_totals(&survey->totals, &job->chunks[i]);
  if (!survey->across_slopes)
    return TRIPLET_OK;
  triplet_watch_part(context, 0.5, 1);
  status = triplet_parallel_watched(context, chunks_of(sets->references.rows), swap_chunk, job);
  triplet_watch_restore(context, whole);
  return status;
}

triplet_status triplet_survey_run(triplet_context *context, triplet_survey *survey) {
  const triplet_selection *selection = survey->selection;
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  survey_job job = {
      .survey = survey,
      .workspaces = triplet_workspaces_allocate(context, references, triplet_workers(context)),
      .factors = triplet_allocate(context, queries, sizeof *job.factors),
      .chunks = triplet_allocate(context, chunks_of(queries), sizeof *job.chunks),
  };
  triplet_status status = TRIPLET_OUT_OF_MEMORY;
  if (job.workspaces && job.factors && job.chunks) {
    survey->unit = fill_factors(selection->options, queries, job.factors);
    status = look_at_all(context, &job);
  }
  triplet_release(context, job.workspaces);
  triplet_release(context, job.factors);
  triplet_release(context, job.chunks);
  return status;
}
