/* pickers.h - the triplets that the strategies pick. What pickers.c gives to the survey. */
#ifndef TRIPLET_PICKERS_H
#define TRIPLET_PICKERS_H

#include "selection.h"
#include "sparse.h"
#include "strategy.h"

#pragma GCC visibility push(hidden)

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

/* What a list needs: anchors, and the most picks that they can have, and pairs of those. */
typedef struct triplet_pick_room {
  size_t anchors, picks, pairs;
} triplet_pick_room;

triplet_pick_room triplet_pick_room_of(const triplet_selection *selection, triplet_span anchors);

/* On failure nothing is kept. */
triplet_status triplet_pick_list_create(triplet_context *context, triplet_pick_room room, bool pairs,
                                        triplet_pick_list *list);
/* Gives each of some anchors its place; the list has room for them. */
void triplet_pick_list_begin(const triplet_selection *selection, triplet_span anchors, triplet_pick_list *list);
void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list);

#pragma GCC visibility pop

#endif
