#define _POSIX_C_SOURCE 200809L
#include "ranks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE = 20 }; /* seconds that a rank waits for the others */

/* Where all ranks show what they send. A rank that is lost, or waits in vain, ends it for all. */
typedef struct meeting {
  pthread_mutex_t lock;
  pthread_cond_t all_here;
  size_t size, here;
  unsigned long round;
  bool broken, in_vain;
  const char *sent[MOST_RANKS];
  const size_t *counts[MOST_RANKS];
} meeting;

typedef struct rank_thread {
  meeting *at;
  size_t rank, threads;
  const rank_fault *fault; /* NULL: none */
  ranked_call call;
  void *of;
  ranked *into;
  bool leaks;
} rank_thread;

/* Returns whether all ranks came. */
static bool meet(meeting *at) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE;
  pthread_mutex_lock(&at->lock);
  const unsigned long round = at->round;
  if (++at->here == at->size) {
    at->here = 0;
    at->round++;
    pthread_cond_broadcast(&at->all_here);
  }
  while (at->round == round && !at->broken)
    if (pthread_cond_timedwait(&at->all_here, &at->lock, &until) != 0) {
      at->broken = at->in_vain = true;
      pthread_cond_broadcast(&at->all_here);
    }
  const bool met = !at->broken;
  pthread_mutex_unlock(&at->lock);
  return met;
}

/* The next exchange of a rank; false where it is gone. */
static bool comes(rank_thread *thread) {
  const size_t exchange = ++thread->into->exchanges[thread->rank];
  if (!thread->fault || thread->fault->exchange != exchange)
    return true;
  pthread_mutex_lock(&thread->at->lock);
  thread->at->broken = true;
  pthread_cond_broadcast(&thread->at->all_here);
  pthread_mutex_unlock(&thread->at->lock);
  return false;
}

static size_t sum_of(const size_t *counts, size_t count) {
  size_t sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += counts[i];
  return sum;
}

static bool all_gather(void *user, const void *send, void *receive, const size_t *counts) {
  rank_thread *thread = user;
  meeting *at = thread->at;
  const size_t rank = thread->rank;
  char *const own = (char *)receive + sum_of(counts, rank);
  at->sent[rank] = send ? send : own;
  at->counts[rank] = counts;
  thread->into->sent[rank] += counts[rank] * (at->size - 1);
  if (!comes(thread) || !meet(at))
    return false;
  for (size_t other = 0; other < at->size; other++) {
    if (memcmp(at->counts[other], counts, at->size * sizeof *counts) != 0)
      return false; /* which all ranks see */
    char *const to = (char *)receive + sum_of(counts, other);
    if ((other != rank || send) && counts[other])
      memcpy(to, at->sent[other], counts[other]);
  }
  return meet(at); /* nobody writes to what others still read */
}

static bool all_to_all(void *user, const void *send, const size_t *send_counts, void *receive,
                       const size_t *receive_counts) {
  rank_thread *thread = user;
  meeting *at = thread->at;
  const size_t rank = thread->rank;
  at->sent[rank] = send;
  at->counts[rank] = send_counts;
  thread->into->sent[rank] += sum_of(send_counts, at->size) - send_counts[rank];
  if (!comes(thread) || !meet(at))
    return false;
  char *to = receive;
  bool right = true;
  for (size_t other = 0; other < at->size; to += receive_counts[other++]) {
    right = right && at->counts[other][rank] == receive_counts[other];
    if (right && receive_counts[other])
      memcpy(to, at->sent[other] + sum_of(at->counts[other], rank), receive_counts[other]);
  }
  return meet(at) && right;
}

static bool tell(void *user, double done) {
  rank_thread *thread = user;
  (void)done;
  const size_t telling = ++thread->into->tellings[thread->rank];
  return !thread->fault || thread->fault->telling != telling;
}

static void *rank_main(void *argument) {
  rank_thread *thread = argument;
  const triplet_collective collective = {thread->rank, thread->at->size, all_gather, all_to_all, thread};
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  triplet_status status = triplet_context_set_threads(own, thread->threads);
  if (status == TRIPLET_OK)
    status = triplet_context_set_collective(own, &collective);
  triplet_context_set_progress(own, tell, thread);
  const size_t before = memory.calls, held = memory.bytes;
  memory.peak = held;
  if (thread->fault && thread->fault->allocation)
    memory.failing = before + thread->fault->allocation, memory.stubborn = true;
  if (status == TRIPLET_OK)
    status = thread->call(thread->of, thread->rank, own);
  thread->into->status[thread->rank] = status;
  thread->into->allocations[thread->rank] = memory.calls - before;
  thread->into->peak[thread->rank] = memory.peak - held;
  const triplet_error *error = triplet_context_error(own);
  if (status != TRIPLET_OK) {
    assert_int_equal(error->status, status);
    strncpy(thread->into->arguments[thread->rank], error->argument ? error->argument : "", 63);
    memcpy(thread->into->messages[thread->rank], error->message, sizeof error->message);
  }
  triplet_context_destroy(own);
  thread->leaks = memory.blocks != 0;
  return NULL;
}

ranked ranked_run(size_t ranks, size_t threads, const rank_fault *fault, ranked_call call, void *of) {
  ranked found = {0};
  meeting at = {.lock = PTHREAD_MUTEX_INITIALIZER, .all_here = PTHREAD_COND_INITIALIZER, .size = ranks};
  rank_thread own[MOST_RANKS];
  pthread_t started[MOST_RANKS];
  for (size_t rank = 0; rank < ranks; rank++) {
    own[rank] = (rank_thread){&at, rank, threads, fault && fault->rank == rank ? fault : NULL, call, of, &found, false};
    assert_int_equal(pthread_create(&started[rank], NULL, rank_main, &own[rank]), 0);
  }
  for (size_t rank = 0; rank < ranks; rank++)
    pthread_join(started[rank], NULL);
  assert_false(at.in_vain);
  for (size_t rank = 0; rank < ranks; rank++) {
    assert_false(own[rank].leaks);
    assert_int_equal(found.status[rank], found.status[0]);
    assert_string_equal(found.messages[rank], found.messages[0]);
    assert_string_equal(found.arguments[rank], found.arguments[0]);
  }
  return found;
}

/* ---- the same call on one rank and on many ----------------------------------------------------------------------- */

typedef struct run {
  const shared_call *of;
  char *outputs; /* of all ranks */
} run;

static triplet_status run_rank(void *of, size_t rank, triplet_context *own) {
  const run *job = of;
  return job->of->call(job->of->inputs, own, job->outputs + rank * job->of->size);
}

static ranked run_of(const shared_call *of, size_t ranks, size_t threads, const rank_fault *fault, char *outputs) {
  run job = {of, outputs};
  memset(outputs, 0, MOST_RANKS * of->size);
  return ranked_run(ranks, threads, fault, run_rank, &job);
}

ranked ranked_run_call(const shared_call *of, size_t ranks, void *outputs) {
  return run_of(of, ranks, 1, NULL, outputs);
}

static void assert_outputs(const shared_call *of, size_t ranks, const char *outputs, const char *expected) {
  for (size_t rank = 0; rank < ranks; rank++)
    for (size_t i = 0; i < of->size; i++)
      if (outputs[rank * of->size + i] != expected[i])
        fail_msg("%s: byte %zu of %zu differs on rank %zu of %zu", of->name, i, of->size, rank, ranks);
}

/* What one rank alone writes. */
static char *expected_of(const shared_call *of) {
  char *expected = calloc(1, of->size);
  triplet_context *alone = triplet_context_create(NULL);
  if (of->call(of->inputs, alone, expected) != TRIPLET_OK)
    fail_msg("%s: %s", of->name, triplet_context_error(alone)->message);
  triplet_context_destroy(alone);
  return expected;
}

void assert_same_on_ranks(const shared_call *of) {
  static const size_t sizes[] = {1, 2, 3, 4, 5, 8};
  char *expected = expected_of(of), *outputs = malloc(MOST_RANKS * of->size);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t threads = 1; threads <= 2; threads++) {
      const ranked found = run_of(of, sizes[i], threads, NULL, outputs);
      if (found.status[0] != TRIPLET_OK)
        fail_msg("%s: %s", of->name, found.messages[0]);
      assert_outputs(of, sizes[i], outputs, expected);
      if (sizes[i] > 1 && !found.exchanges[0])
        fail_msg("%s: the ranks did not exchange anything", of->name);
    }
  free(outputs);
  free(expected);
}

/* Returns whether it had gone so far at all. */
static bool fault_shows(const shared_call *of, const rank_fault *fault, triplet_status status, char *outputs) {
  const ranked found = run_of(of, 3, 1, fault, outputs);
  const size_t rank = fault->rank;
  if (found.status[0] != TRIPLET_OK) {
    assert_int_equal(found.status[0], status);
    char who[] = "rank 0: ";
    who[5] = (char)('0' + rank);
    if (status != TRIPLET_RANK_LOST)
      assert_memory_equal(found.messages[0], who, 8);
  }
  return found.allocations[rank] >= fault->allocation && found.tellings[rank] >= fault->telling &&
         found.exchanges[rank] >= fault->exchange;
}

void assert_told_to_ranks(const shared_call *of) {
  char *expected = expected_of(of), *outputs = malloc(MOST_RANKS * of->size);
  for (size_t rank = 0; rank < 3; rank += 2) {
    rank_fault fault = {.rank = rank, .allocation = 1};
    while (fault_shows(of, &fault, TRIPLET_OUT_OF_MEMORY, outputs))
      fault.allocation++;
    assert_outputs(of, 3, outputs, expected);
    fault = (rank_fault){.rank = rank, .telling = 1};
    while (fault_shows(of, &fault, TRIPLET_CANCELLED, outputs))
      fault.telling += 1 + fault.telling / 2;
    assert_outputs(of, 3, outputs, expected);
    fault = (rank_fault){.rank = rank, .exchange = 1};
    while (fault_shows(of, &fault, TRIPLET_RANK_LOST, outputs))
      fault.exchange += 1 + fault.exchange / 4;
    assert_outputs(of, 3, outputs, expected);
  }
  free(outputs);
  free(expected);
}
