/* pickers.h - the strategies that pick triplets: every mining but `all`. What pickers.c gives to the survey. */
#ifndef TRIPLET_PICKERS_H
#define TRIPLET_PICKERS_H

#include "selection.h"
#include "sparse.h"

#pragma GCC visibility push(hidden)

/* Whether the mining of a batch picks triplets. */
bool triplet_is_picker(triplet_mining mining);
/* At most one triplet for each anchor. */
bool triplet_picks_one(triplet_mining mining);
/* The most triplets that an anchor with so many positives and negatives can have, under any mining. */
double triplet_most_triplets(triplet_mining mining, size_t positives, size_t negatives);

/* The triplets of an anchor that has positives and negatives, into workspace->picks, positives ascending. Returns how
 * many. */
size_t triplet_pick_triplets(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace);

/* ---- the picks of some anchors ----------------------------------------------------------------------------------- */

/* The picks of the i-th of the anchors: counts[i] of them from picks + first[i] on; and, where wanted, the pairs that
 * they are made of and that have a slope: pair_counts[i] from pairs + first_pair[i] on. */
typedef struct triplet_pick_list {
  triplet_span anchors;
  triplet_pick *picks;
  size_t *first, *counts;
  triplet_sparse_pair *pairs; /* NULL: not wanted */
  size_t *first_pair, *pair_counts;
} triplet_pick_list;

/* With room for the most there can be. On failure nothing is kept. */
triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection,
                                        triplet_span anchors, bool pairs, triplet_pick_list *list);
void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list);

#pragma GCC visibility pop

#endif
