/* brute.h - in-batch losses by listing every triplet: an oracle for selection, losses, gradients and stats. It starts
 * from the library's own float distances, so that what it counts and picks must be met exactly, and goes on in double.
 */
#ifndef BRUTE_H
#define BRUTE_H

#include "support.h"

typedef struct brute_triplet {
  int32_t anchor, positive, negative;
} brute_triplet;

typedef struct brute_batch {
  triplet_options options;
  triplet_batch in;
} brute_batch;

/* The triplets of a batch under its strategies, by the words of triplet.h; where negatives are drawn, all that can be
 * drawn. Returns their number; *triplets is the caller's to free. */
size_t brute_select(const brute_batch *batch, brute_triplet **triplets);

/* Of all triplets those of the kind that options.violating names. */
size_t brute_violating(const brute_batch *batch, brute_triplet **triplets);

bool brute_is_drawn(const triplet_options *options);

/* The triplets of a batch under any strategies: those selected, or where they are drawn those that triplet_mine says
 * were. */
size_t brute_list(const brute_batch *batch, brute_triplet **triplets);

/* Drawn negatives are ones that may be drawn: one for each positive, where there is any. */
void assert_drawn(const brute_batch *batch, const brute_triplet *triplets, size_t count);

/* One triplet by its distances; margin: that of its anchor. */
typedef struct brute_hinge {
  double loss, slope, an_share;
  bool active, hard;
} brute_hinge;

brute_hinge brute_hinge_of(const triplet_options *options, double margin, float ap, float an, float pn);

/* A row, and where its gradient is added up; size: as in an answer. */
typedef struct brute_place {
  const float *row;
  double *gradient, *size;
} brute_place;

/* Adds slope times what the distance of the two rows changes by. */
void brute_add_pair(const triplet_options *options, size_t d, double slope, brute_place x, brute_place y);

typedef struct brute_answer {
  double loss;
  double *losses;              /* B */
  double *gradient;            /* (B, D) */
  double *references_gradient; /* (R, D), zero without references */
  double *size;                /* B: what the terms of a row of gradient add up to without their signs */
  double *references_size;     /* R */
  triplet_stats stats;
} brute_answer;

/* Of a list sorted by anchor. */
brute_answer brute_loss(const brute_batch *batch, const brute_triplet *triplets, size_t count);
void brute_release(brute_answer *answer);

/* slopes: (B, R), by the distance of each pair what the sum of all weighted losses grows. */
void brute_slopes(const brute_batch *batch, const brute_triplet *triplets, size_t count, double *slopes);

/* ---- what the library says --------------------------------------------------------------------------------------- */

/* Where it writes; without references none for their gradient. */
typedef struct batch_output {
  floats gradient, references_gradient, losses;
  triplet_batch_result result;
} batch_output;

batch_output batch_output_of(const brute_batch *batch);
void batch_output_release(batch_output *out);
triplet_status batch_output_run(triplet_context *context, const brute_batch *batch, batch_output *out);

void assert_near(const char *what, double got, double expected, double tolerance);
/* Within 1e-5 of the largest entry of the row, and the rounding of terms that cancel: size, as in an answer. */
void assert_rows(const char *what, const float *got, const double *expected, const double *size, size_t rows, size_t d);

/* All of what the library says: loss, losses, gradients and stats. */
void assert_brute_answer(const brute_batch *batch, const batch_output *out, const brute_answer *answer);

/* What triplet_mine lists; anchors is where the memory of all three begins, and the caller's to free. */
typedef struct mined {
  triplet_triplets triplets;
  triplet_stats stats;
} mined;

mined mined_of(triplet_context *context, const brute_batch *batch);

/* ---- random batches ---------------------------------------------------------------------------------------------- */

/* Every option, labels, shape and kind of point at random, B <= most_rows. */
typedef struct random_batch {
  brute_batch batch;
  triplet_references references;
  floats x, y, weights, margins, grad_output;
  int32_t *labels, *reference_labels, *self;
} random_batch;

/* Fills one in place, as its parts point at each other. */
void random_batch_make(random_batch *made, seeded *from, size_t most_rows);
void random_batch_release(random_batch *made);

#endif
