/* batch.c - in-batch losses and their gradients: the driver.
 *
 * The survey of the anchors gives their losses, and the slope of the loss by each distance; pairs.c makes the gradient
 * of the slopes. Where a strategy picks at most one triplet for each anchor, or swap gives a pick three pairs, the
 * triplets are kept instead of a matrix of slopes, and scatter their gradients. */
#include "loss_triplet.h"
#include "pairs.h"
#include "survey.h"

/* ---- picked triplets --------------------------------------------------------------------------------------------- */

static bool keeps_picks(const triplet_options *options) {
  return triplet_is_picker(options) && (options->swap || triplet_picks_one(options));
}

static triplet_pair_end end_at(const triplet_rows *rows, float *gradient, size_t index) {
  return (triplet_pair_end){triplet_rows_part(rows, index, 1), gradient ? gradient + index * rows->cols : NULL};
}

/* In sequence, as triplets share rows. */
static void scatter_picks(const triplet_survey *survey, double scale, triplet_batch_gradients gradients) {
  const triplet_selection *selection = survey->selection;
  const triplet_options *options = selection->options;
  const triplet_rows *queries = &selection->queries, *references = &selection->references;
  const triplet_pick_list *list = survey->picks;
  float *others = selection->sets.separate ? gradients.references : gradients.embeddings;

  if (gradients.embeddings)
    memset(gradients.embeddings, 0, queries->rows * queries->cols * sizeof(float));
  if (gradients.references)
    memset(gradients.references, 0, references->rows * references->cols * sizeof(float));

  for (size_t i = 0; i < queries->rows; i++) {
    const double factor = triplet_weight_of(options, i) * triplet_grad_output_of(options, i) * scale;
    const triplet_pair_end a = end_at(queries, gradients.embeddings, i);
    for (size_t k = 0; k < list->counts[i]; k++) {
      const triplet_pick pick = list->picks[list->first[i] + k];
      const triplet_sides distances = triplet_sides_of(selection, i, pick);
      const triplet_hinge hinge = triplet_hinge_at(selection, i, distances);
      const triplet_side_slopes slopes = triplet_side_slopes_of(&hinge, hinge.slope * factor);

      const triplet_pair_end p = end_at(references, others, (size_t)pick.positive);
      const triplet_pair_end n = end_at(references, others, (size_t)pick.negative);

      /* Without swap the last has no slope. */
      const triplet_sloped_pair pairs[] = {
          {a, p, distances.ap, slopes.ap},
          {a, n, distances.an, slopes.an},
          {p, n, distances.pn, slopes.pn},
      };
      for (size_t pair = 0; pair < 3; pair++)
        triplet_scatter_pair(&selection->measure, &pairs[pair]);
    }
  }

  if (gradients.embeddings)
    triplet_rows_gradients(&selection->measure, queries, gradients.embeddings);
  if (gradients.references)
    triplet_rows_gradients(&selection->measure, references, gradients.references);
}

/* ---- slopes of all pairs ----------------------------------------------------------------------------------------- */

static triplet_status gather_slopes(triplet_context *context, const triplet_survey *survey, double scale,
                                    triplet_batch_gradients gradients) {
  const triplet_selection *selection = survey->selection;
  const triplet_pair_set pairs = {
      .measure = &selection->measure,
      .own = {.x = selection->queries,
              .y = selection->references,
              .slopes = survey->slopes,
              .distances = selection->distances},
      .across = {.x = selection->references,
                 .y = selection->references,
                 .slopes = survey->across_slopes,
                 .distances = selection->across},
      .separate = selection->sets.separate,
      .scale = scale * survey->unit,
  };
  return triplet_gather_gradients(context, &pairs, gradients);
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

/* What share of a call is done after each of its passes, by plain estimate. */
#define DISTANCES_SHARE 0.4
#define SURVEY_SHARE 0.6

/* What the gradient is made of: a list of picks, or slopes; with swap also those among the references, which are the
 * same pairs unless the references are a separate set. */
typedef struct gradient_memory {
  triplet_pick_list picks;
  float *slopes, *across_slopes;
} gradient_memory;

static triplet_status allocate(triplet_context *context, const triplet_selection *selection, gradient_memory *memory) {
  const size_t queries = selection->sets.queries.rows, references = selection->sets.references.rows;
  if (keeps_picks(selection->options))
    return triplet_pick_list_create(context, selection, &memory->picks);
  memory->slopes = triplet_allocate(context, queries, references * sizeof(float));
  if (!memory->slopes)
    return TRIPLET_OUT_OF_MEMORY;
  if (!selection->own_across)
    return TRIPLET_OK;
  memory->across_slopes = triplet_allocate(context, references, references * sizeof(float));
  if (!memory->across_slopes)
    return TRIPLET_OUT_OF_MEMORY;
  memset(memory->across_slopes, 0, references * references * sizeof(float));
  return TRIPLET_OK;
}

static void release(triplet_context *context, gradient_memory *memory) {
  triplet_release(context, memory->across_slopes);
  triplet_release(context, memory->slopes);
  triplet_pick_list_release(context, &memory->picks);
}

/* Where the survey has slopes to add, unless it has the slopes of all pairs to add them to. */
static triplet_status survey_and_gather(triplet_context *context, const triplet_selection *selection,
                                        gradient_memory *memory, triplet_batch_gradients gradients, float *losses,
                                        triplet_batch_result *result) {
  triplet_survey survey = {
      .selection = selection,
      .loss = triplet_loss_of(selection->options),
      .picks = memory->picks.picks ? &memory->picks : NULL,
      .slopes = memory->slopes,
      .across_slopes = !selection->across || selection->own_across ? memory->across_slopes : memory->slopes,
      .losses = losses,
  };
  const triplet_watch whole = triplet_watch_part(context, DISTANCES_SHARE, memory->slopes ? SURVEY_SHARE : 1);
  triplet_status status = triplet_survey_run(context, &survey);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  const double scale = triplet_divided(
      1, triplet_reduction_divisor(selection->options->reduction, survey.totals.triplets, survey.totals.active));
  *result = (triplet_batch_result){.loss = survey.totals.loss * scale, .stats = triplet_stats_of(&survey)};
  if (survey.picks)
    scatter_picks(&survey, scale, gradients);
  if (survey.slopes) {
    triplet_watch_part(context, SURVEY_SHARE, 1);
    status = gather_slopes(context, &survey, scale, gradients);
    triplet_watch_restore(context, whole);
  }
  return status;
}

/* Which triplets there are, and swap, are no business of a loss that is not one of triplets. */
static triplet_options options_in_use(const triplet_options *options) {
  triplet_options used = *options;
  if (!triplet_loss_of(options)->triplets) {
    used.mining = TRIPLET_MINING_ALL;
    used.positives = TRIPLET_POSITIVES_OF_MINING;
    used.negatives = TRIPLET_NEGATIVES_OF_MINING;
    used.swap = false;
  }
  return used;
}

triplet_status triplet_batch_loss(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                  triplet_batch_gradients gradients, float *losses, triplet_batch_result *result) {
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_BATCH_LOSS, options, batch->embeddings.rows));
  if (gradients.references && !batch->references)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references_gradient", "expected NULL without references");
  const triplet_options used = options_in_use(options);
  triplet_selection selection;
  const triplet_watch whole = triplet_watch_part(context, 0, DISTANCES_SHARE);
  triplet_status status = triplet_selection_create(context, &used, batch, &selection);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  gradient_memory memory = {0};
  if (gradients.embeddings || gradients.references)
    status = allocate(context, &selection, &memory);
  if (status == TRIPLET_OK)
    status = survey_and_gather(context, &selection, &memory, gradients, losses, result);
  release(context, &memory);
  triplet_selection_release(context, &selection);
  return status;
}
