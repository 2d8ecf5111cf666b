/* shard_search.h - exact search of rows that ranks share out, which stay where they are. */
#ifndef TRIPLET_SHARD_SEARCH_H
#define TRIPLET_SHARD_SEARCH_H

#include "search.h"
#include "shard.h"

#pragma GCC visibility push(hidden)

enum { TRIPLET_SIDES = 2 };

/* Queries among the rows, each of which searches the rows of either side. */
typedef struct triplet_shard_search {
  const triplet_dealt *rows;
  triplet_ints queries;          /* their numbers */
  const uint8_t *sides;          /* rows: 0, or else 1 */
  triplet_visit visit;           /* called for each query of this rank and each side, whose rows are numbered from 0 */
  void *visitors[TRIPLET_SIDES]; /* by side */
} triplet_shard_search;

/* As triplet_search, without estimates. Agrees. */
triplet_status triplet_search_shard(triplet_context *context, const triplet_options *options, const char *argument,
                                    const triplet_shard_search *search);

#pragma GCC visibility pop

#endif
