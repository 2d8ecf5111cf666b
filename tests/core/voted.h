/* voted.h - classes by votes, by their definition: a full sort, then every label counted. An oracle. */
#ifndef VOTED_H
#define VOTED_H

#include "support.h"

enum { MOST_QUERIES = 30, MOST_REFERENCES = 90 };

typedef struct vote_outcome {
  int32_t labels[MOST_QUERIES];
  uint8_t known[MOST_QUERIES];
  float votes[MOST_QUERIES];
} vote_outcome;

typedef struct vote_problem {
  triplet_options options;
  triplet_classification_set set;
  vote_outcome expected;
  bool not_finite; /* a distance that counts, for which nonfinite error refuses */
} vote_problem;

/* Fills in what is expected. */
void define_votes(vote_problem *of);
/* data: a vote_problem that is filled in. */
void assert_votes(triplet_context *context, void *data);

#endif
