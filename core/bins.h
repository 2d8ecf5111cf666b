/* bins.h - a histogram between sorted edges: of most values the bin tells between which of the edges they lie, so that
 * only those in a bin with an edge are compared. */
#ifndef TRIPLET_BINS_H
#define TRIPLET_BINS_H

#include "internal.h"

/* WebAssembly, which is to be small, compares all. */
#ifdef __wasm__
#define TRIPLET_HAS_BINS 0
#else
#define TRIPLET_HAS_BINS 1
#endif

/* Bin 0 has all that lies below; bin 1 begins at, or about, the first of the edges, and `last` has the last. Values
 * beyond that are not counted, or after it. */
typedef struct triplet_bins {
  float origin, scale; /* the middle of bin 1, and bins a unit */
  float end;           /* the last edge */
  uint32_t last;       /* TRIPLET_LEAST_BINS .. TRIPLET_MOST_BINS */
  uint32_t *counts;    /* last + TRIPLET_MORE_BINS: the values in each, and TRIPLET_BIN_OF_EDGES where there is one */
} triplet_bins;

#define TRIPLET_LEAST_BINS 3
#define TRIPLET_MOST_BINS (1 << 20) /* where (end - origin) scale is still within 1/2 of last - 1 */
#define TRIPLET_MORE_BINS 9
#define TRIPLET_BIN_OF_EDGES 0x80000000u

/* Added to a number from 0 up to 2^22, it leaves the nearest whole one in the last bits. */
#define TRIPLET_WHOLE 0x1p23f

/* Of two values the greater has no lower bin, however either is rounded: the kernel does the same. */
static inline size_t triplet_bin_of(const triplet_bins *bins, float value) {
  const float place = (value - bins->origin) * bins->scale, last = (float)bins->last;
  const float not_below = place > -1 ? place : -1, within = not_below < last ? not_below : last;
  return (size_t)((within + (TRIPLET_WHOLE + 1)) - TRIPLET_WHOLE);
}

/* Sorted, finite; not told from values that are no farther from them than slack. */
typedef struct triplet_edges {
  const float *at;
  size_t count; /* > 0 */
  float slack;
} triplet_edges;

/* Around edges, which are marked as far as they reach. Nothing over- or underflows: edges too far below the last for
 * that are in bin 0. */
static inline triplet_bins triplet_bins_of(const triplet_edges *edges, size_t last, uint32_t *counts) {
  const float first = edges->at[0] - edges->slack, end = edges->at[edges->count - 1] + edges->slack,
              least = end - FLT_MAX / 2, origin = first > least ? first : least;
  const double width = (double)end - origin, most = (double)(last - 1) / FLT_MAX;
  const float scale = width > most ? (float)((double)(last - 1) / width) : FLT_MAX;
  const triplet_bins bins = {origin, scale, end, (uint32_t)last, counts};
  memset(counts, 0, (last + TRIPLET_MORE_BINS) * sizeof *counts);
  for (size_t i = 0; i < edges->count; i++) {
    const size_t to = triplet_bin_of(&bins, edges->at[i] + edges->slack);
    for (size_t bin = triplet_bin_of(&bins, edges->at[i] - edges->slack); bin <= to; bin++)
      counts[bin] = TRIPLET_BIN_OF_EDGES;
  }
  return bins;
}

#endif
