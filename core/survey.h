/* survey.h - a look at the anchors of a batch: losses, counts, and what the gradient is made of. What survey.c gives to
 * batch losses and to the miner. */
#ifndef TRIPLET_SURVEY_H
#define TRIPLET_SURVEY_H

#include "loss.h"
#include "pickers.h"

#pragma GCC visibility push(hidden)

/* The terms of a reduction, weighted. */
typedef struct triplet_reduced {
  double loss, weights;
  uint64_t count, active;
} triplet_reduced;

/* What the anchors of a batch come to. */
typedef struct triplet_totals {
  triplet_reduced terms, others; /* as of triplet_anchor_loss */
  triplet_tally tally;
  uint64_t without_positive, without_negative;
  bool any_distance, spread; /* some distance reaches 1e-3 of the loss's scale */
} triplet_totals;

/* What is wanted of it; NULL: not wanted. Slopes are in units of the gradient's scale, weights and grad_output
 * included. */
typedef struct triplet_survey {
  const triplet_selection *selection;
  const triplet_pair_loss *loss;
  triplet_pick_list *picks; /* of the anchors of a run; slopes in the same units */
  float *slopes;            /* (B, R) dloss/dd of the pairs of queries and references */
  float *across_slopes;     /* (R, R) with swap: of the pairs of references, added to; may be `slopes` */
  float *losses;            /* B */
  bool slopes_later;        /* their factors are known only when all anchors are looked at */
  bool summarizes;          /* keeps what slopes need that are made later */

  /* Found by the runs so far. */
  triplet_totals totals;
  double unit; /* slopes are to be multiplied by */

  /* Of its own. */
  bool idle;              /* there is nothing to learn from: pairs are counted, and that is all */
  double *factors;        /* B: weight x grad_output of each anchor, in units of the largest */
  uint8_t *summarized;    /* B: the anchor has slopes */
  size_t *summary_places; /* B + 1: where its summary lies among */
  double *summaries;
  void *workspaces;
  float *strips;            /* TRIPLET_STRIP rows of distances for each worker, where they are not kept; if draws go by
                               distance, twice */
  triplet_totals *totalled; /* of TRIPLET_TOTALLED anchors each */
} triplet_survey;

/* Makes a survey ready whose wishes are set. It is to be released, even on failure. */
triplet_status triplet_survey_create(triplet_context *context, triplet_survey *survey);
void triplet_survey_release(triplet_context *context, triplet_survey *survey);

/* So many anchors have totals of their own, which are added in order. */
#define TRIPLET_TOTALLED 16

/* Looks at some anchors, of which the first is a multiple of TRIPLET_STRIP; runs follow each other in order. Where the
 * work is shared each rank looks at some of them, and all ranks know of all. */
triplet_status triplet_survey_run(triplet_context *context, triplet_survey *survey, triplet_span anchors);
/* Makes all slopes: of a loss that reduces its pairs apart, whose factors are known only now. */
triplet_status triplet_survey_slopes(triplet_context *context, triplet_survey *survey, triplet_factors factors);

/* Some pairs of an anchor. */
typedef struct triplet_wanted_slopes {
  size_t anchor;
  triplet_span references;
  const float *distances; /* to these */
  triplet_factors factors;
} triplet_wanted_slopes;

/* Their slopes, once all anchors are looked at; 0 of an anchor that has none. */
void triplet_survey_slopes_of(const triplet_survey *survey, const triplet_wanted_slopes *wanted, size_t worker,
                              float *slopes);

triplet_stats triplet_stats_of(const triplet_survey *survey);

#pragma GCC visibility pop

#endif
