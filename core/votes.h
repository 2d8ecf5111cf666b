/* votes.h - the class that the nearest rows elect. What votes.c gives to classification (classify.c) and to the
 * evaluation of held-out rows (retrieval.c). */
#ifndef TRIPLET_VOTES_H
#define TRIPLET_VOTES_H

#include "keys.h"

#pragma GCC visibility push(hidden)

/* Those who may vote, and scratch to count in. */
typedef struct triplet_electorate {
  triplet_labels labels; /* no relations; they live as long */
  uint64_t *memory;      /* of each worker twice the room */
  size_t room;           /* for the labels of all who vote at once */
} triplet_electorate;

/* most: how many vote at once. On failure nothing is kept. */
triplet_status triplet_electorate_create(triplet_context *context, triplet_labels labels, size_t most,
                                         triplet_electorate *electorate);
void triplet_electorate_release(triplet_context *context, triplet_electorate *electorate);

typedef struct triplet_election {
  size_t voters, votes; /* rows with a label; those of them that have the elected one: none where there is no voter */
  int32_t label;
} triplet_election;

/* The label with the most votes of these rows, keys of distances, ascending. A row votes for each of its labels; of
 * labels with as many votes the nearest row's wins, of its own the lowest. */
triplet_election triplet_elect(const triplet_electorate *electorate, size_t worker, const uint64_t *rows, size_t count);

#pragma GCC visibility pop

#endif
