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

/* The picks of anchor i, of those listed now: counts[i] of them from picks + first[i] - first[anchors.first] on; and,
 * where wanted, the pairs that they are made of and that have a slope, `sides` times as far on. */
typedef struct triplet_pick_list {
  triplet_span anchors; /* listed now */
  size_t at_once;
  triplet_pick *picks;
  size_t *first;              /* B + 1: the most picks that the anchors before can have */
  size_t *counts;             /* B */
  triplet_sparse_pair *pairs; /* NULL: not wanted */
  float *distances, *slopes;  /* of the pairs */
  size_t *pair_counts;        /* B */
  size_t sides;               /* the most pairs of a pick */
  size_t queries, room;       /* B; the most picks that are listed at once */
} triplet_pick_list;

/* With room for the picks of as many anchors as can have at_once of them together, and some more. On failure nothing is
 * kept. */
triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection, size_t at_once,
                                        bool pairs, triplet_pick_list *list);
void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list);
/* The pairs of the anchors listed. */
triplet_sparse_lists triplet_pick_list_pairs(const triplet_pick_list *list);
/* Lists the next anchors: a multiple of TRIPLET_STRIP, but for the last; none when all were. */
triplet_span triplet_pick_list_next(triplet_pick_list *list);

#pragma GCC visibility pop

#endif
