/* brute_pairs.h - contrastive, info_nce, sup_con and multi_similarity, term by term in double, by the words of
 * triplet.h: an oracle for losses, gradients and stats, of labels, sets of labels and relations. */
#ifndef BRUTE_PAIRS_H
#define BRUTE_PAIRS_H

#include "brute.h"

/* The rows of a batch in double: distances are then taken in double too, and nothing of the library's is used.
 * Otherwise the oracle starts from the library's own float distances, so that a hinge is met exactly. */
typedef struct brute_rows {
  const double *x, *y; /* (B, D), (R, D) or NULL without references */
} brute_rows;

typedef struct brute_pairs {
  brute_answer answer;
  /* Slopes and losses below what double's exp gives: what may or may not count as active. */
  uint64_t doubtful_positive_pairs, doubtful_negative_pairs;
  uint64_t doubtful_terms;
} brute_pairs;

/* slopes: (B, R), by the distance of each pair what the sum of all weighted losses grows; rounding: what may be wrong
 * with each, where terms cancel. */
void brute_pair_slopes(const brute_batch *batch, double *slopes, double *rounding);

/* wide: NULL, or the rows to use instead of the batch's. Released by brute_release(&answer). */
brute_pairs brute_pair_loss(const brute_batch *batch, const brute_rows *wide);

/* All of what the library says: loss, losses, gradients and stats. */
void assert_brute_pairs(const brute_batch *batch, const batch_output *out, const brute_pairs *found);

/* What triplet_pair_slopes says of this batch, whatever its loss. */
void assert_pair_slopes(triplet_context *context, const brute_batch *batch);

/* ---- random batches ---------------------------------------------------------------------------------------------- */

/* A random batch with a loss of pairs and its options; a third of them have sets of labels, a third relations. */
typedef struct random_pairs {
  random_batch made;
  int32_t *ends, *reference_ends, *sets, *reference_sets;
  floats relations;
} random_pairs;

void random_pairs_make(random_pairs *made, seeded *from, size_t most_rows);
void random_pairs_release(random_pairs *made);

#endif
