/* filter.h - who may be among the nearest: a cheap look at many pairs, which leaves out none that counts and decides
 * nothing else. Whom it names is measured by the distance itself, so that it never shows in a result. */
#ifndef TRIPLET_FILTER_H
#define TRIPLET_FILTER_H

#include "distance.h"

#pragma GCC visibility push(hidden)

/* The WebAssembly build, which is to be small, does without. */
#ifdef __wasm__
#define TRIPLET_HAS_FILTER false
#else
#define TRIPLET_HAS_FILTER true
#endif

/* ---- the loops, once per instruction set: filter.inc ------------------------------------------------------------- */

#define TRIPLET_PANEL 64    /* references that are looked at together, a bit of a word each */
#define TRIPLET_LOOKERS 6   /* queries that look together */
#define TRIPLET_REACH 32000 /* the length that a row in whole numbers has at most, but for rounding */

/* Where rows are seen from: of each number, (number - centre + shift) scale. */
typedef struct triplet_view {
  const float *centre;
  float shift, scale;
  size_t lost; /* of UNIT rows, how far behind its numbers lies what float32 lost of them, and what shift is; else 0 */
} triplet_view;

/* A row in whole numbers of 16 bits, two of them in a word: those of columns w and words + w. */
static inline size_t triplet_filter_words(size_t cols) {
  return (cols + 1) / 2;
}

typedef struct triplet_whole {
  bool known;      /* else the row is not finite, or out of all bounds, and the words are 0 */
  bool shortened;  /* to TRIPLET_REACH */
  int32_t squares; /* the sum of those of the whole numbers */
} triplet_whole;

/* Queries that look at a panel. */
typedef struct triplet_filter_task {
  const int32_t *queries; /* count x words; count is a multiple of TRIPLET_LOOKERS */
  const int32_t *panel;   /* words x TRIPLET_PANEL */
  const int32_t *from;    /* of each reference: where its sums begin */
  const int32_t *above;   /* of each query: above what they count */
  size_t count, words;
} triplet_filter_task;

typedef struct triplet_filter_kernels {
  /* Known rows have no square above TRIPLET_FILTER_MOST. */
  triplet_whole (*round)(const triplet_view *view, const float *row, size_t cols, int32_t *words);
  /* found[i]: a bit for each reference j with from[j] + (query i . reference j) > above[i]. */
  void (*look)(const triplet_filter_task *look, uint64_t *found);
} triplet_filter_kernels;

#define TRIPLET_FILTER_MOST 0x1p80f /* the largest sum of squares of a row, so that none of its distances overflows */

extern const triplet_filter_kernels triplet_filter_base;
#ifdef TRIPLET_HAS_AVX
extern const triplet_filter_kernels triplet_filter_avx2, triplet_filter_avx512;
#endif

/* ---- the filter -------------------------------------------------------------------------------------------------- */

/* References that are looked at together, in whole numbers, and where they are seen from. */
typedef struct triplet_filter_block {
  triplet_view view;
  triplet_rows references;
  float *centre;
  int32_t *panels, *from;
} triplet_filter_block;

/* How many references of so many columns make a block: whole panels. 0: there is no filter for such rows. */
size_t triplet_filter_block_rows(const triplet_measure *measure, size_t cols);
/* Room for so many. One that was never made, all zero, is released too. */
triplet_status triplet_filter_block_create(triplet_context *context, size_t rows, size_t cols,
                                           triplet_filter_block *block);
void triplet_filter_block_release(triplet_context *context, triplet_filter_block *block);
/* Of these rows, as the distance reads them, for queries that are like those; on the context's threads. */
triplet_status triplet_filter_block_set(triplet_context *context, const triplet_measure *measure,
                                        const triplet_rows *references, const triplet_rows *queries,
                                        triplet_filter_block *block);

/* The filter of one search. */
typedef struct triplet_filter triplet_filter;

/* For up to so many queries at a time of each worker. */
triplet_status triplet_filter_create(triplet_context *context, const triplet_measure *measure, size_t cols,
                                     size_t queries, triplet_filter **filter);
/* NULL is allowed. */
void triplet_filter_release(triplet_context *context, triplet_filter *filter);

/* From now on queries look at these references. */
void triplet_filter_meet(triplet_filter *filter, const triplet_filter_block *block);
/* The queries of a worker, who is near to none of them. */
void triplet_filter_set_queries(triplet_filter *filter, size_t worker, const triplet_rows *queries);
/* From now on references count whose distance to a query of a worker is at most this, or not a finite number. */
void triplet_filter_set_limit(triplet_filter *filter, size_t worker, size_t query, float distance);
/* Of a panel, for each of the worker's queries: a bit of each reference that may count. */
const uint64_t *triplet_filter_look(triplet_filter *filter, size_t worker, size_t panel);

#pragma GCC visibility pop

#endif
