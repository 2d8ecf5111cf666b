/* judge.h - evaluations by their definitions: everything sorted, every triplet listed, in double. An oracle. */
#ifndef JUDGE_H
#define JUDGE_H

#include "support.h"

enum { FEW_ROWS = 80, MOST_ROWS = 250, MOST_KS = 5 };

/* ---- one query --------------------------------------------------------------------------------------------------- */

/* What its candidates are to a query, nearest first. */
typedef struct ranking {
  size_t count;
  int relations[MOST_ROWS];   /* 1: a positive, -1: a negative */
  float distances[MOST_ROWS]; /* one that is infinite is never a hit */
} ranking;

enum { PRECISION_AT_1, R_PRECISION, MAP_AT_R, MAP, MRR, FIGURES };

typedef struct judged {
  bool is_query; /* it has a positive */
  double figures[FIGURES], recall[MOST_KS];
  double triplets, correct; /* NaN: not known */
} judged;

judged judge(const ranking *of, triplet_ints k);

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Who is compared with whom. */
typedef struct judged_sets {
  size_t queries, references;
  triplet_labels labels, reference_labels; /* the latter also where they are the queries'; none beside relations */
  const int32_t *self;                     /* of each query, or -1 */
  int64_t ignore_label;
} judged_sets;

/* 1: the reference is a positive of the query; -1: a negative; 0: neither. */
int judged_relation(const judged_sets *sets, size_t query, size_t reference);
/* The candidates of a query by their distances, ties by their number. */
ranking judged_ranking(const judged_sets *sets, size_t query, const float *distances);

/* Of neighbours that are given, nearest first, -1 where there are no more: what holds however the other candidates
 * might follow, every order of which is tried; NaN: not known. */
judged judge_given(const judged_sets *sets, size_t query, triplet_ints neighbors, triplet_ints k);

/* What was found is what the means of these queries are, over all and over the labels. It has room for all figures. */
void assert_judged(const triplet_evaluation *found, const judged_sets *sets, const judged *queries, triplet_ints k);

/* Wilson's: the shares of so many from which this one is just as many deviations away as the law allows. */
void assert_share_bounds(triplet_bounds got, double share, double count);

/* ---- random labels ----------------------------------------------------------------------------------------------- */

typedef enum labelling { ONE_LABEL, LABEL_SETS, RELATIONS, LABELLINGS } labelling;

/* Labels of two sets of rows; some of extreme numbers, some rows with none. */
typedef struct random_labels {
  int32_t integers[2][4 * MOST_ROWS], ends[2][MOST_ROWS], self[MOST_ROWS];
  float relations[MOST_ROWS * MOST_ROWS];
} random_labels;

/* references 0: the queries are their own. sets points into the labels. */
void random_labels_make(random_labels *made, seeded *from, labelling kind, size_t queries, size_t references,
                        judged_sets *sets);

#endif
