/* pair_slopes.c - what each pair of a batch weighs in its loss: the slopes that the gradient is made of. */
#include "survey.h"

/* What share of a call is done after it has taken the distances, by plain estimate. */
#define DISTANCES_SHARE 0.6

/* Those of picked triplets, among the queries and the references. */
static void add_picked(const triplet_selection *selection, const triplet_pick_list *picks, triplet_matrix slopes) {
  const triplet_sparse_lists lists = triplet_pick_list_pairs(picks);
  const size_t queries = selection->sets.queries.rows, first = selection->sets.separate ? queries : 0;
  for (size_t i = 0; i < lists.count; i++) {
    const size_t place = (lists.first[i] - lists.first[0]) * lists.stride;
    for (size_t k = place; k < place + lists.counts[i]; k++) {
      const triplet_sparse_pair pair = lists.pairs[k];
      if ((size_t)pair.x < queries)
        slopes.data[(size_t)pair.x * slopes.cols + (size_t)pair.y - first] += lists.slopes[k];
    }
  }
}

static triplet_status survey_all(triplet_context *context, triplet_survey *survey, triplet_matrix slopes) {
  const triplet_selection *selection = survey->selection;
  const size_t queries = selection->sets.queries.rows;
  triplet_pick_list picks = {0};
  if (selection->picks) {
    TRIPLET_TRY(triplet_pick_list_create(context, selection, SIZE_MAX, true, &picks));
    triplet_pick_list_next(&picks);
    survey->picks = &picks;
  } else {
    survey->slopes = slopes.data;
    survey->across_slopes = selection->across && !selection->own_across ? slopes.data : NULL;
  }
  triplet_status status = triplet_survey_create(context, survey);
  if (status == TRIPLET_OK)
    status = triplet_survey_run(context, survey, (triplet_span){0, queries});
  if (status == TRIPLET_OK && selection->picks) {
    memset(slopes.data, 0, slopes.rows * slopes.cols * sizeof *slopes.data);
    add_picked(selection, &picks, slopes);
  }

  /* Adding 0 makes 0 of -0. */
  for (size_t i = 0; status == TRIPLET_OK && i < slopes.rows * slopes.cols; i++)
    slopes.data[i] = (float)(survey->unit * (double)slopes.data[i] + 0.0);
  triplet_survey_release(context, survey);
  triplet_pick_list_release(context, &picks);
  return status;
}

triplet_status triplet_pair_slopes(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                   triplet_matrix slopes) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_PAIR_SLOPES, options));
  triplet_options used = *options;
  used.reduction = TRIPLET_REDUCTION_NONE;
  used.grad_output = (triplet_floats){NULL, 0};
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_PAIR_SLOPES, &used, batch->embeddings.rows));
  used = triplet_options_in_use(&used);
  const size_t references = batch->references ? batch->references->rows.rows : batch->embeddings.rows;
  TRIPLET_TRY(triplet_check_shape(context, "slopes", &slopes, batch->embeddings.rows, references,
                                  batch->references ? "rows x references" : "rows x rows"));
  triplet_selection selection;
  const triplet_watch whole = triplet_watch_part(context, 0, DISTANCES_SHARE);
  triplet_status status = triplet_selection_create(context, &used, batch, &selection);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  triplet_survey survey = {.selection = &selection, .loss = triplet_loss_of(&used)};
  triplet_watch_part(context, selection.distances ? DISTANCES_SHARE : 0, 1);
  status = survey_all(context, &survey, slopes);
  triplet_watch_restore(context, whole);
  triplet_selection_release(context, &selection);
  return status;
}
