/* pickers.h - the triplets that the strategies pick. What pickers.c gives to the survey. */
#ifndef TRIPLET_PICKERS_H
#define TRIPLET_PICKERS_H

#include "selection.h"
#include "strategy.h"

#pragma GCC visibility push(hidden)

/* The triplets of an anchor that has positives and negatives, into workspace->picks, positives ascending. Returns how
 * many. */
size_t triplet_pick_triplets(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_workspace *workspace);

/* ---- the picks of a batch ---------------------------------------------------------------------------------------- */

/* The picks of anchor i: counts[i] of them from picks + first[i] on. */
typedef struct triplet_pick_list {
  triplet_pick *picks;
  size_t *first;
  size_t *counts;
} triplet_pick_list;

/* With room for the most there can be. On failure nothing is kept. */
triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection,
                                        triplet_pick_list *list);
void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list);

#pragma GCC visibility pop

#endif
