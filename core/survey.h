/* survey.h - a look at every anchor of a batch: losses, counts, and slopes or picks. What survey.c gives to batch
 * losses and to the miner. */
#ifndef TRIPLET_SURVEY_H
#define TRIPLET_SURVEY_H

#include "loss.h"
#include "pickers.h"

#pragma GCC visibility push(hidden)

/* What is wanted of it; NULL: not wanted. Slopes are in units of the gradient's scale, weights and grad_output
 * included. */
typedef struct triplet_survey {
  const triplet_selection *selection;
  const triplet_pair_loss *loss;
  triplet_pick_list *picks;
  float *slopes;        /* (B, R) dloss/dd of the pairs of queries and references */
  float *across_slopes; /* (R, R) with swap: of the pairs of references, added to; may be `slopes` */
  float *losses;        /* B */

  /* Found. */
  triplet_totals totals;
  double unit; /* slopes are to be multiplied by */
} triplet_survey;

/* The loss that the options name. */
const triplet_pair_loss *triplet_loss_of(const triplet_options *options);

triplet_status triplet_survey_run(triplet_context *context, triplet_survey *survey);
triplet_stats triplet_stats_of(const triplet_survey *survey);

#pragma GCC visibility pop

#endif
