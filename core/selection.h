/* selection.h - a batch made ready: who is compared with whom, which rows take part, and an anchor before its
 * candidates. What selection.c gives to the pickers, the losses and the miner. */
#ifndef TRIPLET_SELECTION_H
#define TRIPLET_SELECTION_H

#include "distance.h"
#include "hinge.h"
#include "relations.h"

#pragma GCC visibility push(hidden)

/* ---- the selection ----------------------------------------------------------------------------------------------- */

typedef struct triplet_selection {
  const triplet_options *options;
  triplet_measure measure;
  triplet_sets sets;

  triplet_rows queries, references;           /* as the distance reads them */
  triplet_rows unit_queries, unit_references; /* as cosine does; for distance_weighted only */
  float *distances;                           /* (B, R), or NULL: there are too many to keep, or ranks share them */
  const float *unit_distances;                /* (B, R): the cosine distances, for distance_weighted where kept */
  const float *across;                        /* (R, R), among the references, for swap with every triplet; else NULL */
  uint8_t *usable, *reference_usable;         /* not ignored, and finite */
  float *own_across, *own_unit_distances;     /* what of these is the selection's own */
  triplet_relations relations;
  bool picks;         /* triplets are picked: not every one counts */
  bool by_cosine;     /* distance_weighted takes its squares from cosine distances */
  uint64_t nonfinite; /* rows that were left out, or would have been */

  /* Where ranks share the work. */
  float *own_distances; /* of the rank's own queries; NULL: there are too many, or they are not needed again */
  triplet_span own;     /* which these are */
} triplet_selection;

/* Checks the batch, takes all distances, finds the rows that are not finite and sorts the rest by class. On failure
 * nothing is kept. options live as long as the selection. */
triplet_status triplet_selection_create(triplet_context *context, const triplet_options *options,
                                        const triplet_batch *batch, triplet_selection *selection);
void triplet_selection_release(triplet_context *context, triplet_selection *selection);

/* d(query, reference) of some queries, a row of R for each, where the rank keeps all of these as its own; else NULL. */
const float *triplet_own_distances(const triplet_selection *selection, size_t first, size_t queries);

/* d(query, reference) of some queries, a row of R for each: those kept, or taken anew, with the same bits, into strip,
 * which has room for as many; NULL where they are kept. */
const float *triplet_strip_distances(const triplet_selection *selection, size_t first, size_t queries, float *strip);
/* Likewise the cosine distances for distance_weighted, or NULL: if not by_cosine. */
const float *triplet_strip_unit_distances(const triplet_selection *selection, size_t first, size_t queries,
                                          float *strip);
/* Queries whose distances are best taken together: the references pass through the cache once for all of them. */
#define TRIPLET_STRIP 64

/* ---- anchors ----------------------------------------------------------------------------------------------------- */

/* A positive and a negative of some anchor. */
typedef struct triplet_pick {
  int32_t positive, negative;
} triplet_pick;

/* Its distances, and dloss/dd by them. */
typedef struct triplet_pick_terms {
  triplet_sides distances;
  triplet_side_slopes slopes;
} triplet_pick_terms;

/* What one thread needs to look at one anchor, O(R) memory. */
typedef struct triplet_workspace {
  /* The anchor, as triplet_anchor shows it. */
  float *negatives;   /* R */
  int32_t *positives; /* R */

  /* Sorting, and ranks among what was sorted. */
  uint64_t *keys, *spare_keys; /* R + 1 */
  float *edges;                /* 3 R, ascending */
  uint32_t *ranks;             /* R: how many edges are at most the distance of a reference */

  /* Picking. */
  triplet_pick *picks;            /* R */
  triplet_pick_terms *pick_terms; /* R */
  int32_t *negative_of;           /* R: the negative that a positive gets */
  uint32_t *candidates;           /* R: the negatives, as a list */
  float *unit_squares;            /* R: squared distances between rows of length 1 */
  double *chances;                /* R: of being drawn, summed up to each reference */

  /* Losses. */
  double *sums;    /* R: dloss/dd of each reference, or exponentials */
  bool *seen;      /* R: negatives that were counted */
  double *summary; /* of the anchor, as the loss lays it out; 2 R + 8, or the driver's own */

  /* Losses whose slopes go by rank. */
  uint32_t *thresholds;    /* 3 R: of each kind the places of floats, ascending, then the negatives below them */
  uint8_t *kinds;          /* 3 R: which kind of threshold an edge is */
  uint32_t *histogram;     /* 3 R + 1: negatives of each rank */
  double *weight_above;    /* 3 R + 1: of the edges above each rank */
  float *slope_of_rank;    /* 3 R + 1 */
  double *positive_slopes; /* R: in the order of the keys */
} triplet_workspace;

/* Memory for `workers` workspaces, NULL when it is short. */
void *triplet_workspaces_allocate(triplet_context *context, size_t references, size_t workers);
triplet_workspace triplet_workspace_of(void *workspaces, size_t references, size_t worker);

/* A usable query before references of a span, all of them or some; the lists lie in the workspace. */
typedef struct triplet_anchor {
  size_t index;
  triplet_span span;
  size_t positive_count, negative_count; /* in the span */
  const int32_t *positives;              /* ascending, without the anchor itself */
  size_t pick_count;                     /* the triplets picked, in workspace->picks */
  const float *distances;                /* to each reference of the span */
  const float *negatives;                /* likewise, infinite for those that are no negatives */
  const float *unit_distances;           /* for distance_weighted: cosine distances to each reference, or NULL */
  bool surveyed;                         /* just now: the workspace is as the survey of the loss left it */
} triplet_anchor;

/* distances: of the span. */
triplet_anchor triplet_anchor_at(const triplet_selection *selection, size_t index, triplet_span span,
                                 const float *distances, const triplet_workspace *workspace);

static inline float triplet_distance_to(const triplet_anchor *anchor, int32_t reference) {
  return anchor->distances[(size_t)reference - anchor->span.first];
}

/* The positives into workspace->keys, nearest first. */
void triplet_sort_positives(const triplet_anchor *anchor, const triplet_workspace *workspace);
/* The negatives, ascending, into workspace->candidates; there are negative_count of them. */
void triplet_list_negatives(const triplet_anchor *anchor, const triplet_workspace *workspace);

#pragma GCC visibility pop

#endif
