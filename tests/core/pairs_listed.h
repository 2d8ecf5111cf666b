/* pairs_listed.h - verification by its definitions: every pair listed, every threshold tried, in double. An oracle. */
#ifndef PAIRS_LISTED_H
#define PAIRS_LISTED_H

#include "judge.h"

typedef struct pair {
  float distance; /* infinite where it is not finite */
  bool same;
} pair;

typedef struct pair_list {
  size_t count, room;
  pair *pairs;
} pair_list;

/* The list grows; its pairs are the caller's to free. */
void add_pair(pair_list *to, float distance, bool same);
void sort_pairs(pair_list *list);

/* ---- what can be told by them ------------------------------------------------------------------------------------ */

/* What is accepted up to a distance. */
typedef struct level {
  float distance; /* -infinity: nothing is */
  int64_t same, different;
  bool beside_the_rarer; /* a pair of the rarer kind is the last that is accepted, or the first that is not */
} level;

typedef struct oracle {
  int64_t same, different;
  size_t count;
  level levels[];
} oracle;

/* The caller's to free. */
oracle *oracle_of(const pair_list *list);
double far_of(const oracle *of, const level *at);
double tar_of(const oracle *of, const level *at);
/* The threshold that accepts this level and no more. */
double threshold_of(const oracle *of, size_t i);

/* All but what tells how many pairs there are. */
void assert_figures(const triplet_verification *found, const pair_list *list, const oracle *of, triplet_doubles far);

/* What a verification of these pairs has found, with room for all that far asks for. */
void assert_found(const triplet_verification *found, const pair_list *list, triplet_doubles far, double threshold);

#endif
