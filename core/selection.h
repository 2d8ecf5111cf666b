/* selection.h - who is compared with whom in a batch, and which triplets are picked: what selection.c gives to the
 * losses (batch.c) and to the miner (mining.c). */
#ifndef TRIPLET_SELECTION_H
#define TRIPLET_SELECTION_H

#include "distance.h"
#include "internal.h"
#include "keys.h"

#pragma GCC visibility push(hidden)

/* ---- the batch made ready ---------------------------------------------------------------------------------------- */

/* B queries and R references. */
typedef struct triplet_selection {
  const triplet_options *options;
  triplet_measure measure;
  triplet_matrix queries, references; /* (B, D), (R, D); the same rows unless separate */
  bool separate;
  triplet_ints labels, reference_labels, self;

  triplet_rows query_rows, reference_rows;    /* as the distance reads them */
  triplet_rows unit_queries, unit_references; /* as cosine does; distance_weighted only */
  float *distances;                           /* (B, R) */
  uint8_t *usable, *reference_usable;         /* not ignored, and finite */
  bool every_reference;                       /* is usable */
  triplet_classes classes;                    /* of the references */
  uint64_t nonfinite;                         /* rows that were left out, or would have been */
} triplet_selection;

/* Labels, references and sizes fit; fills in what needs no memory. */
triplet_status triplet_selection_check(triplet_context *context, const triplet_options *options,
                                       triplet_matrix embeddings, triplet_ints labels,
                                       const triplet_references *references, triplet_selection *selection);
/* After the check: memory, distances, rows that are not finite, classes. On failure nothing is kept. */
triplet_status triplet_selection_create(triplet_context *context, triplet_selection *selection);
void triplet_selection_release(triplet_context *context, triplet_selection *selection);

/* ---- anchors ----------------------------------------------------------------------------------------------------- */

typedef struct triplet_pick {
  int32_t positive, negative;
} triplet_pick;

/* What one thread needs to look at one anchor: O(R) memory. */
typedef struct triplet_desk {
  float *negatives;          /* R */
  int32_t *positives;        /* R */
  triplet_pick *picks;       /* R */
  double *sums;              /* R + 1 */
  uint64_t *keys, *spare;    /* R + 1 */
  float *edges;              /* 3 R, sorted */
  uint32_t *ranks;           /* R: the edges up to a negative */
  uint32_t *limits, *counts; /* 3 R, 3 R + 1 */
  double *table;             /* 3 R + 1 */
  uint8_t *sets;             /* 3 R */
} triplet_desk;

/* Memory for `workers` desks, NULL when it is short. */
void *triplet_desks_allocate(triplet_context *context, size_t references, size_t workers);
triplet_desk triplet_desk_at(void *desks, size_t references, size_t worker);

/* A usable query before its candidates; the lists lie on the desk. */
typedef struct triplet_anchor {
  size_t index;
  size_t positive_count, negative_count;
  const int32_t *positives; /* ascending, without the anchor itself */
  const float *distances;   /* to each reference */
  const float *negatives;   /* likewise, infinite for those that are no negatives */
} triplet_anchor;

triplet_anchor triplet_anchor_at(const triplet_selection *selection, size_t index, const triplet_desk *desk);
/* The positives into desk->keys, nearest first. */
void triplet_sort_positives(const triplet_anchor *anchor, const triplet_desk *desk);

/* The triplets of an anchor under every strategy but `all`, into desk->picks, positives ascending. Returns how many. */
size_t triplet_pick_triplets(const triplet_selection *selection, const triplet_anchor *anchor,
                             const triplet_desk *desk);
/* The reference that is this query itself, or -1. */
int64_t triplet_self_of(const triplet_selection *selection, size_t index);
/* The most triplets that an anchor with so many positives and negatives can have, under any strategy. */
double triplet_most_triplets(triplet_mining mining, size_t positives, size_t negatives);

/* ---- batch.c: a look at every anchor ----------------------------------------------------------------------------- */

/* The picks of anchor i: counts[i] of them from picks + first[i] on. */
typedef struct triplet_pick_list {
  triplet_pick *picks;
  size_t *first;
  size_t *counts;
} triplet_pick_list;

/* Every strategy but `all`. */
triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection,
                                        triplet_pick_list *list);
void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list);

/* Fills the list (NULL: not kept) and the stats. */
triplet_status triplet_survey(triplet_context *context, const triplet_selection *selection, triplet_pick_list *list,
                              triplet_stats *stats);

#pragma GCC visibility pop

#endif
