/* shard.h - rows that ranks share out: who has each of them, and how every rank is given some of all. What shard.c
 * gives to trainers and to evaluation. Where the work is not dealt out a shard is a matrix (triplet_shard_rows). */
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

/* Floats that are exchanged at a time, whatever there is to exchange: so memory stays small. */
#define TRIPLET_BLOCK_FLOATS ((size_t)1 << 18)

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

/* Rows that are read in their order, spans of up to a chunk of the tree that begin at one: all are there, or every rank
 * reads all of them without having more than a block. */
typedef struct triplet_reader {
  triplet_context *context;
  triplet_matrix rows;       /* data NULL: they are dealt out */
  const triplet_dealt *from; /* then */
  float *block;              /* that was gathered last */
  triplet_span there;        /* its rows */
  triplet_status status;     /* why the last span could not be read */
} triplet_reader;

/* NULL where they cannot be had. */
const float *triplet_reader_gather(triplet_reader *reader, triplet_span span);

static inline const float *triplet_reader_rows(triplet_reader *reader, triplet_span span) {
  if (TRIPLET_HAS_RANKS && !reader->rows.data)
    return triplet_reader_gather(reader, span);
  return reader->rows.data + span.first * reader->rows.cols;
}

static inline void triplet_reader_release(triplet_reader *reader) {
  if (TRIPLET_HAS_RANKS)
    triplet_release(reader->context, reader->block);
}

/* dataset.c: triplet_standardization of them, of which there are some and all are finite. */
triplet_status triplet_standardization_of(triplet_reader *x, float *mean, float *deviation);

/* The matrix of a shard that has all rows, where the work is not dealt out. */
triplet_status triplet_shard_rows(triplet_context *context, const char *argument, const triplet_shard *shard,
                                  triplet_matrix *rows);
/* Lists and shapes fit, and own gets an address; the ranks compare what is to be the same. */
triplet_status triplet_check_shard(triplet_context *context, const char *argument, triplet_shard *shard);
/* Every number of all its rows is finite. Agrees. */
triplet_status triplet_check_shard_finite(triplet_context *context, const char *argument, const triplet_shard *shard);

#pragma GCC visibility pop

#endif
