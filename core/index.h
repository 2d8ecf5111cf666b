/* index.h - references made ready for search: what index.c gives to nearest.c. */
#ifndef TRIPLET_INDEX_H
#define TRIPLET_INDEX_H

#include "filter.h"

#pragma GCC visibility push(hidden)

struct triplet_index {
  triplet_context owner; /* to be released by */
  triplet_options options;
  triplet_rows rows;            /* as the distance reads them */
  float *copy;                  /* where these are, if they are read in place; NULL: in place is the caller's */
  triplet_filter_block *blocks; /* of all rows; NULL: none is kept */
  size_t block_count;
  uint64_t hash; /* of the rows, for ranks to compare; 0: not taken yet */
};

/* One for the time of a call, which reads the caller's rows and keeps no blocks. */
triplet_status triplet_index_read(triplet_context *context, const triplet_options *options, triplet_matrix references,
                                  triplet_index *index);
void triplet_index_release(triplet_context *context, triplet_index *index);
/* What is searched is to be the same on all ranks. */
void triplet_compare_index(triplet_context *context, const triplet_index *index);

#pragma GCC visibility pop

#endif
