/* collective.h - many ranks that work on one call. What collective.c gives to those whose work can be dealt out.
 *
 * Rows are dealt out in contiguous spans, in the order of the ranks, cut where the shape of the work says. A rank does
 * its own, and then shares them. A rank that fails goes back the way it came, out of its call, whose end tells the
 * others; these are told wherever they agree next, and go back, too. So no place needs a partner on the other side,
 * and nobody waits for a rank that has stopped. */
#ifndef TRIPLET_COLLECTIVE_H
#define TRIPLET_COLLECTIVE_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* What a rank says of itself where all agree. That of all who are well is the same. */
typedef struct triplet_report {
  uint64_t status; /* so that there is no padding */
  uint64_t call;   /* a hash of the call that it is in */
  uint64_t values; /* one of what that was given, and of how far it has come */
} triplet_report;

struct triplet_ranks {
  triplet_collective collective;
  size_t calls;            /* whose work is dealt out, one within the other */
  uint64_t call, values;   /* hashes: of the outermost, and of what these were given so far */
  bool apart;              /* for now it is not */
  bool told;               /* all ranks know of the failure that is being returned */
  bool lost;               /* some rank is gone */
  char argument[64];       /* of the last error that was told */
  triplet_report *reports; /* size */
  size_t *counts;          /* size, of what is sent, and as many of what is received */
};

/* Whether the work at hand is dealt out. */
static inline bool triplet_is_shared(const triplet_context *context) {
  return TRIPLET_HAS_RANKS && context && context->ranks && context->ranks->calls && !context->ranks->apart;
}

/* Of work that is dealt out. */
static inline size_t triplet_rank(const triplet_context *context) {
  return context->ranks->collective.rank;
}

static inline size_t triplet_rank_count(const triplet_context *context) {
  return context->ranks->collective.size;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

/* A call whose work is dealt out, all that it calls, too; at its end all ranks agree on its status. */
#define TRIPLET_TOGETHER(context, call) (triplet_enter(context, #call), triplet_leave(context, call))
void triplet_ranks_enter(triplet_context *context, const char *call);
triplet_status triplet_ranks_leave(triplet_context *context, triplet_status status);

static inline void triplet_enter(triplet_context *context, const char *call) {
  if (TRIPLET_HAS_RANKS && context && context->ranks)
    triplet_ranks_enter(context, call);
}

static inline triplet_status triplet_leave(triplet_context *context, triplet_status status) {
  return TRIPLET_HAS_RANKS && context && context->ranks ? triplet_ranks_leave(context, status) : status;
}

/* From here on every rank does all of the work itself, until what this returns is restored. */
static inline bool triplet_share_nothing(triplet_context *context) {
  if (!triplet_is_shared(context))
    return false;
  context->ranks->apart = true;
  return true;
}

static inline void triplet_share_again(triplet_context *context, bool before) {
  if (TRIPLET_HAS_RANKS && before)
    context->ranks->apart = false;
}

/* Whether all ranks are well: if not, what the first of those that are not says. */
triplet_status triplet_ranks_agree(triplet_context *context, triplet_status status);

static inline triplet_status triplet_agree(triplet_context *context, triplet_status status) {
  return triplet_is_shared(context) ? triplet_ranks_agree(context, status) : status;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* What a call is given is to be the same on all ranks: that is seen where they agree next. It has been checked, so that
 * it is there. */
void triplet_ranks_compare(triplet_context *context, const void *bytes, size_t size);
void triplet_ranks_compare_matrix(triplet_context *context, triplet_matrix matrix);
void triplet_ranks_compare_labels(triplet_context *context, triplet_labels labels);
/* Of many bytes a number to compare, once for many calls. */
uint64_t triplet_ranks_hash(uint64_t hash, const void *bytes, size_t size);

static inline void triplet_compare(triplet_context *context, const void *bytes, size_t size) {
  if (triplet_is_shared(context))
    triplet_ranks_compare(context, bytes, size);
}

static inline void triplet_compare_number(triplet_context *context, uint64_t number) {
  triplet_compare(context, &number, sizeof number);
}

static inline void triplet_compare_matrix(triplet_context *context, triplet_matrix matrix) {
  if (triplet_is_shared(context))
    triplet_ranks_compare_matrix(context, matrix);
}

static inline void triplet_compare_ints(triplet_context *context, triplet_ints list) {
  triplet_compare(context, list.data, list.count * sizeof *list.data);
}

static inline void triplet_compare_floats(triplet_context *context, triplet_floats list) {
  triplet_compare(context, list.data, list.count * sizeof *list.data);
}

/* options.c: those that a schema has, but for lists. */
void triplet_compare_options(triplet_context *context, triplet_schema_id id, const void *structure);

static inline void triplet_compare_labels(triplet_context *context, triplet_labels labels) {
  if (triplet_is_shared(context))
    triplet_ranks_compare_labels(context, labels);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Rows in chunks of so many, which stay together. */
typedef struct triplet_cut {
  size_t rows, together;
} triplet_cut;

/* What has a place for each row, or with `places` for each of several units: row i begins at unit places[i] -
 * places[0] and ends where the next begins. */
typedef struct triplet_output {
  void *data;           /* NULL: not wanted */
  size_t size;          /* bytes of a row, or of a unit */
  const size_t *places; /* rows + 1, or NULL */
} triplet_output;

/* Rows of one of so many ranks. */
triplet_span triplet_rows_of_rank(triplet_cut cut, size_t rank, size_t size);
/* The rank's own rows; all of them where the work is not dealt out. */
TRIPLET_INLINE triplet_span triplet_own_rows(const triplet_context *context, triplet_cut cut) {
  return triplet_is_shared(context) ? triplet_rows_of_rank(cut, triplet_rank(context), triplet_rank_count(context))
                                    : (triplet_span){0, cut.rows};
}
/* The same rows when they are looked at again: the compiler sees that they begin with the first where there are no
 * other ranks. */
TRIPLET_INLINE triplet_span triplet_own(triplet_span rows) {
  return TRIPLET_HAS_RANKS ? rows : (triplet_span){0, rows.count};
}

/* Agrees at the end of a rank's own rows; then every rank has those of the others. */
triplet_status triplet_ranks_share(triplet_context *context, triplet_status status, triplet_cut cut,
                                   const triplet_output *outputs, size_t count);
/* The same without agreeing: of other rows that belong to those which were just shared. */
triplet_status triplet_ranks_gather(triplet_context *context, triplet_cut cut, const triplet_output *outputs,
                                    size_t count);
/* What is not cut so: counts[rank] bytes of each rank, of which the own are in their place already. */
triplet_status triplet_ranks_all_gather(triplet_context *context, void *bytes);
/* counts[rank] bytes to each rank, and counts[size + rank] from it. */
triplet_status triplet_ranks_all_to_all(triplet_context *context, const void *sent, void *received);

static inline triplet_status triplet_share_rows(triplet_context *context, triplet_status status, triplet_cut cut,
                                                const triplet_output *outputs, size_t count) {
  return triplet_is_shared(context) ? triplet_ranks_share(context, status, cut, outputs, count) : status;
}

static inline triplet_status triplet_gather_rows(triplet_context *context, triplet_cut cut,
                                                 const triplet_output *outputs, size_t count) {
  return triplet_is_shared(context) ? triplet_ranks_gather(context, cut, outputs, count) : TRIPLET_OK;
}

/* Agrees; then a number of each rank's own is the least of all. */
triplet_status triplet_ranks_least(triplet_context *context, size_t *number);

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* Parts of the same shape, of which every rank has some, that are to be made one. */
typedef struct triplet_parts {
  size_t units, size;                            /* of a part: units, and the bytes of each */
  const void *own;                               /* the rank's own, one after another */
  size_t (*count)(const void *job, size_t rank); /* how many a rank has */
  /* Makes some units of the whole from those of all parts, in the order of the ranks, one after another. */
  void (*join)(void *job, void *parts, size_t count, triplet_span units);
  void *job;
  void *whole;
} triplet_parts;

/* Agrees at the end of a rank's own parts; then every rank has the whole, of which each has made a span. */
triplet_status triplet_join_parts(triplet_context *context, triplet_status status, const triplet_parts *parts);

#pragma GCC visibility pop

#endif
