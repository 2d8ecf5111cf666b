/* ranks.h - many ranks in one process, a thread each, that exchange bytes through shared memory; and what becomes of a
 * call that they make together. */
#ifndef RANKS_H
#define RANKS_H

#include "support.h"

enum { MOST_RANKS = 8 };

/* What goes wrong on a rank, and when. */
typedef struct rank_fault {
  size_t rank;
  size_t allocation; /* that fails, counted from 1 when the call begins; 0: none */
  size_t telling;    /* of progress that cancels, counted from 1; 0: none */
  size_t exchange;   /* at which the rank is gone, counted from 1; 0: none */
} rank_fault;

/* What a rank does: its number, with a context that has the collective. */
typedef triplet_status (*ranked_call)(void *of, size_t rank, triplet_context *context);

/* What came of it. */
typedef struct ranked {
  triplet_status status[MOST_RANKS];
  char arguments[MOST_RANKS][64], messages[MOST_RANKS][640]; /* of the errors */
  size_t exchanges[MOST_RANKS];                              /* calls of either function */
  uint64_t sent[MOST_RANKS];                                 /* bytes to other ranks */
  size_t allocations[MOST_RANKS], tellings[MOST_RANKS];
  size_t peak[MOST_RANKS]; /* bytes, the most held at once of what the call allocates */
} ranked;

/* Calls `call` on so many ranks, of so many threads each. fault: NULL: none. Fails where a rank is left waiting, memory
 * is not given back, or the ranks end otherwise than each other. */
ranked ranked_run(size_t ranks, size_t threads, const rank_fault *fault, ranked_call call, void *of);

/* A call that writes `size` bytes, which are to be those of one rank, on every rank, however many there are. */
typedef struct shared_call {
  const char *name;
  triplet_status (*call)(const void *inputs, triplet_context *context, void *outputs);
  const void *inputs;
  size_t size;
} shared_call;

/* outputs: room for those of MOST_RANKS. */
ranked ranked_run_call(const shared_call *of, size_t ranks, void *outputs);
void assert_same_on_ranks(const shared_call *of);
/* Something goes wrong, everywhere in turn, and all ranks say the same of it. */
void assert_told_to_ranks(const shared_call *of);

#endif
