/* shard.h - rows that ranks share out: who has each of them, and how every rank is given some of all. What shard.c gives
 * to trainers and to evaluation.
 *
 * Nothing of this is there where the work is not dealt out: a shard is then the matrix of all rows (triplet_shard_rows),
 * and who has rows is nobody (ranks NULL). */
#ifndef TRIPLET_SHARD_H
#define TRIPLET_SHARD_H

#include "collective.h"

#pragma GCC visibility push(hidden)

/* Who has each row. */
typedef struct triplet_owners {
  size_t rows;       /* of all ranks */
  uint32_t *ranks;   /* rows: which has each; NULL: they are not shared out */
  size_t rank, size; /* as the collective had them */
  size_t count;      /* of the rows of this rank */
  int32_t *held;     /* count: which they are, ascending */
} triplet_owners;

static inline bool triplet_is_dealt(const triplet_owners *owners) {
  return TRIPLET_HAS_RANKS && owners->ranks;
}

/* Numbers of such rows. own: of this rank's rows from held[first] on. */
typedef struct triplet_dealt {
  const triplet_owners *owners;
  const float *own;
  size_t cols, first;
} triplet_dealt;

/* Some of all rows: of these numbers, or with NULL from `first` on. */
typedef struct triplet_asked {
  const int32_t *numbers;
  size_t first, count;
} triplet_asked;

/* Of a shard that is right by itself; then agrees on who has what. On failure nothing is kept. argument: what it is
 * called. */
triplet_status triplet_owners_create(triplet_context *context, const char *argument, const triplet_shard *shard,
                                     triplet_owners *owners);
/* Of the same rows in another order: row i is row order[i] of those. */
triplet_status triplet_owners_order(triplet_context *context, const triplet_owners *from, const int32_t *order,
                                    triplet_owners *owners);
void triplet_owners_release(triplet_context *context, triplet_owners *owners);

/* How many of this rank's rows have lower numbers: where a row that it has is among them. */
size_t triplet_owners_before(const triplet_owners *owners, size_t row);

/* Agrees; then every rank has the rows that are asked for: (count, cols), in their order. */
triplet_status triplet_dealt_gather(triplet_context *context, triplet_status status, const triplet_dealt *from,
                                    const triplet_asked *asked, float *rows);

/* The matrix of a shard that has all rows, where the work is not dealt out. */
triplet_status triplet_shard_rows(triplet_context *context, const char *argument, const triplet_shard *shard,
                                  triplet_matrix *rows);
/* Lists and shapes fit, and own gets an address; the ranks compare what is to be the same. */
triplet_status triplet_check_shard(triplet_context *context, const char *argument, triplet_shard *shard);

#pragma GCC visibility pop

#endif
