/* Chunks of work on threads: every chunk once, at any number of threads, and without memory or threads all the same. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

enum { MAX_CHUNKS = 3000, MAX_WORKERS = 64 };

typedef struct counting_job {
  unsigned char runs[MAX_CHUNKS];    /* one writer each, as every chunk is taken once */
  unsigned char workers[MAX_CHUNKS]; /* who did it */
  float values[MAX_CHUNKS];
  size_t most_workers;
  bool worker_too_high[MAX_CHUNKS];
} counting_job;

static void count_chunk(void *data, size_t chunk, size_t worker) {
  counting_job *job = data;
  job->runs[chunk]++;
  job->workers[chunk] = (unsigned char)worker;
  job->worker_too_high[chunk] = worker >= job->most_workers;
  float sum = 0;
  for (size_t k = 1; k <= 50 + chunk % 7; k++)
    sum += 1 / (float)(chunk + k);
  job->values[chunk] = sum;
}

static void check_run(triplet_context *context, size_t chunks) {
  static counting_job job, alone;
  memset(&job, 0, sizeof job);
  memset(&alone, 0, sizeof alone);
  job.most_workers = triplet_workers(context);
  alone.most_workers = 1;
  triplet_parallel(context, chunks, count_chunk, &job);
  triplet_parallel(NULL, chunks, count_chunk, &alone);
  for (size_t i = 0; i < MAX_CHUNKS; i++) {
    assert_int_equal(job.runs[i], i < chunks);
    assert_false(job.worker_too_high[i]);
    assert_int_equal(alone.runs[i], i < chunks);
    assert_int_equal(alone.workers[i], 0);
  }
  assert_same_bits(job.values, alone.values, MAX_CHUNKS, "chunks");
}

static void test_every_chunk_once(void **state) {
  (void)state;
  static const size_t chunks[] = {0, 1, 2, 3, 7, 64, 65, 1000, MAX_CHUNKS};
  for (size_t threads = 1; threads <= MAX_WORKERS; threads = threads < 9 ? threads + 1 : threads * 2 - 2) {
    triplet_context *context = triplet_context_create(NULL);
    assert_int_equal(triplet_context_set_threads(context, threads), TRIPLET_OK);
    assert_int_equal(triplet_workers(context), threads);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
      check_run(context, chunks[i]);
    triplet_context_destroy(context);
  }
}

/* The pool is used again, round after round, and follows the number of threads. */
static void test_many_rounds(void **state) {
  (void)state;
  seeded from = seeded_from(50);
  triplet_context *context = triplet_context_create(NULL);
  for (int round = 0; round < 400; round++) {
    if (round % 20 == 0)
      assert_int_equal(triplet_context_set_threads(context, 1 + seeded_below(&from, 8)), TRIPLET_OK);
    check_run(context, seeded_below(&from, 40));
  }
  triplet_context_destroy(context);
}

/* Threads asked for and never needed are never started. */
static void test_threads_start_when_needed(void **state) {
  (void)state;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *context = triplet_context_create(&allocator);
  assert_int_equal(triplet_context_set_threads(context, 4), TRIPLET_OK);
  check_run(context, 0);
  check_run(context, 1);
  assert_int_equal(memory.calls, 1);
  check_run(context, 2);
  assert_int_equal(memory.calls, 2);
  check_run(context, 100);
  assert_int_equal(memory.calls, 2);
  assert_int_equal(triplet_context_set_threads(context, 4), TRIPLET_OK); /* no change: the pool stays */
  check_run(context, 100);
  assert_int_equal(memory.calls, 2);
  assert_int_equal(triplet_context_set_threads(context, 1), TRIPLET_OK);
  triplet_context_trim(context);
  assert_int_equal(memory.blocks, 1);
  triplet_context_destroy(context);
  assert_int_equal(memory.blocks, 0);
}

/* Without memory for the pool the work is done all the same, and no error is left behind. */
static void test_no_memory_for_threads(void **state) {
  (void)state;
  counted_memory memory = {.failing = 2};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *context = triplet_context_create(&allocator);
  assert_int_equal(triplet_context_set_threads(context, 3), TRIPLET_OK);
  check_run(context, 50);
  assert_int_equal(memory.calls, 2);
  assert_int_equal(triplet_context_error(context)->status, TRIPLET_OK);
  assert_string_equal(triplet_context_error(context)->message, "");
  check_run(context, 50); /* tried again, and got */
  assert_int_equal(memory.blocks, 2);
  triplet_context_destroy(context);
  assert_int_equal(memory.blocks, 0);
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

typedef struct masks_job {
  pthread_barrier_t together; /* so that each thread takes one chunk */
  sigset_t masks[3];          /* by worker */
} masks_job;

static void note_mask(void *data, size_t chunk, size_t worker) {
  masks_job *job = data;
  (void)chunk;
  pthread_sigmask(SIG_BLOCK, NULL, &job->masks[worker]);
  pthread_barrier_wait(&job->together);
}

static void note_masks(triplet_context *context, masks_job *job) {
  pthread_barrier_init(&job->together, NULL, 2);
  triplet_parallel(context, 2, note_mask, job);
  pthread_barrier_destroy(&job->together);
}

/* The threads block every signal that can be, and the caller's own mask is as it was. */
static void test_threads_block_signals(void **state) {
  (void)state;
  sigset_t own, before;
  sigemptyset(&own);
  sigaddset(&own, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &own, &before);
  triplet_context *context = triplet_context_create(NULL);
  assert_int_equal(triplet_context_set_threads(context, 2), TRIPLET_OK);
  masks_job job;
  note_masks(context, &job);
  triplet_context_destroy(context);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  static const int blocked[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, SIGSEGV, SIGFPE};
  for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) {
    assert_int_equal(sigismember(&job.masks[0], blocked[i]), blocked[i] == SIGUSR2);
    assert_int_equal(sigismember(&job.masks[1], blocked[i]), 1);
  }
}

/* ---- fork -------------------------------------------------------------------------------------------------------- */

/* Whether `right` says so in a child, which is killed where it hangs. */
static bool in_child(bool (*right)(triplet_context *context), triplet_context *context) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(right(context) ? 0 : 1);
  }
  int status;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Without asserts, which are for the parent. */
static bool runs_every_chunk(triplet_context *context) {
  static counting_job job;
  memset(&job, 0, sizeof job);
  job.most_workers = triplet_workers(context);
  triplet_parallel(context, 500, count_chunk, &job);
  for (size_t i = 0; i < MAX_CHUNKS; i++)
    if (job.runs[i] != (i < 500) || job.worker_too_high[i])
      return false;
  return true;
}

/* All of the context's memory goes back where it came from; of the allocator's own, `user` counts. */
static bool leaves_nothing(triplet_context *context) {
  const counted_memory *memory = context->allocator.user;
  triplet_context_destroy(context);
  return memory->blocks == 0;
}

/* ThreadSanitizer knows no threads in the child of a process that had some. */
#if defined(__SANITIZE_THREAD__)
enum { CHILD_HAS_THREADS = false };
#else
enum { CHILD_HAS_THREADS = true };
#endif

static bool works_on(triplet_context *context) {
  return runs_every_chunk(context) && runs_every_chunk(context) && leaves_nothing(context);
}

static bool gets_threads(triplet_context *context) {
  masks_job job;
  if (CHILD_HAS_THREADS) {
    if (!runs_every_chunk(context) || triplet_context_set_threads(context, 3) != TRIPLET_OK)
      return false;
    note_masks(context, &job); /* never ends with one */
  }
  return leaves_nothing(context);
}

static bool changes_threads(triplet_context *context) {
  for (size_t threads = CHILD_HAS_THREADS ? 4 : 1; threads > 0; threads--)
    if (triplet_context_set_threads(context, threads) != TRIPLET_OK || !runs_every_chunk(context))
      return false;
  return leaves_nothing(context);
}

static bool changes_threads_only(triplet_context *context) {
  return triplet_context_set_threads(context, 2) == TRIPLET_OK && leaves_nothing(context);
}

static bool has_children(triplet_context *context) {
  return in_child(works_on, context) && runs_every_chunk(context) && in_child(works_on, context) &&
         in_child(leaves_nothing, context) && leaves_nothing(context);
}

static bool has_silent_children(triplet_context *context) {
  return in_child(works_on, context) && in_child(has_children, context) && leaves_nothing(context);
}

static void test_children_work_on(void **state) {
  (void)state;
  bool (*const children[])(triplet_context *) = {
      works_on, gets_threads, leaves_nothing, changes_threads, changes_threads_only, has_children, has_silent_children};
  for (size_t i = 0; i < sizeof children / sizeof *children; i++)
    for (int started = 0; started < 2; started++) {
      counted_memory memory = {0};
      const triplet_allocator allocator = counted_allocator(&memory);
      triplet_context *context = triplet_context_create(&allocator);
      assert_int_equal(triplet_context_set_threads(context, 3), TRIPLET_OK);
      if (started)
        check_run(context, 100);
      assert_true(in_child(children[i], context));
      check_run(context, 100); /* the parent has lost nothing */
      triplet_context_destroy(context);
      assert_int_equal(memory.blocks, 0);
    }
}

typedef struct busy {
  pthread_t thread;
  triplet_context *context;
  pthread_barrier_t begun;
  bool stop;
  pthread_mutex_t lock; /* of stop */
} busy;

static void *keep_busy(void *data) {
  busy *other = data;
  static counting_job job;
  triplet_parallel(other->context, 500, count_chunk, &job);
  pthread_barrier_wait(&other->begun);
  for (bool stop = false; !stop;) {
    triplet_parallel(other->context, 500, count_chunk, &job);
    pthread_mutex_lock(&other->lock);
    stop = other->stop;
    pthread_mutex_unlock(&other->lock);
  }
  return NULL;
}

/* Another thread works with a context of its own as this one forks. */
static void test_fork_beside_another_call(void **state) {
  (void)state;
  busy other = {.context = triplet_context_create(NULL)};
  assert_int_equal(triplet_context_set_threads(other.context, 3), TRIPLET_OK);
  pthread_barrier_init(&other.begun, NULL, 2);
  pthread_mutex_init(&other.lock, NULL);
  assert_int_equal(pthread_create(&other.thread, NULL, keep_busy, &other), 0);
  pthread_barrier_wait(&other.begun);
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *context = triplet_context_create(&allocator);
  assert_int_equal(triplet_context_set_threads(context, 3), TRIPLET_OK);
  check_run(context, 100);
  size_t right = 0;
  for (int i = 0; i < 20; i++)
    right += in_child(works_on, context);
  pthread_mutex_lock(&other.lock);
  other.stop = true;
  pthread_mutex_unlock(&other.lock);
  pthread_join(other.thread, NULL);
  pthread_mutex_destroy(&other.lock);
  pthread_barrier_destroy(&other.begun);
  triplet_context_destroy(other.context);
  triplet_context_destroy(context);
  assert_int_equal(right, 20);
}

enum { TRAINED_ROWS = 300, TRAINED_COLS = 40 };

typedef struct training {
  triplet_context *context;
  triplet_trainer *trainer;
  pid_t child; /* in the parent; 0 in the child */
} training;

/* From the callback of the fifth step on there are two processes. */
static bool fork_in_a_step(void *user, const triplet_step *step) {
  training *of = user;
  if (step->step == 5) {
    of->child = fork();
    if (of->child == 0)
      alarm(60);
  }
  return true;
}

/* The child trains on to the same bits as its parent, and puts away what it has. */
static void test_fork_in_a_step(void **state) {
  (void)state;
  seeded from = seeded_from(51);
  floats x = floats_random(&from, TRAINED_ROWS * TRAINED_COLS, 0, 1);
  int32_t labels[TRAINED_ROWS];
  for (int32_t i = 0; i < TRAINED_ROWS; i++)
    labels[i] = i % 12;

  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 2;
  options.widths[0] = 80;
  options.widths[1] = 20;
  options.steps = 12;

  training of = {.context = triplet_context_create(NULL), .child = -1};
  assert_int_equal(triplet_context_set_threads(of.context, 3), TRIPLET_OK);
  assert_int_equal(triplet_trainer_create(of.context, &options, triplet_matrix_of(x.data, TRAINED_ROWS, TRAINED_COLS),
                                          triplet_labels_of(labels, TRAINED_ROWS), &of.trainer),
                   TRIPLET_OK);
  int ends[2];
  assert_int_equal(pipe(ends), 0);

  triplet_step last;
  const triplet_status status = triplet_trainer_run(of.context, of.trainer, fork_in_a_step, &of, &last);
  const triplet_floats parameters = triplet_trainer_parameters(of.trainer);
  const size_t size = parameters.count * sizeof(float);

  if (of.child == 0) {
    const bool right = status == TRIPLET_OK && write(ends[1], parameters.data, size) == (ssize_t)size;
    triplet_trainer_destroy(of.trainer);
    triplet_context_destroy(of.context);
    _exit(right ? 0 : 1);
  }

  assert_int_equal(status, TRIPLET_OK);
  close(ends[1]);
  floats written = floats_make(parameters.count, 0);
  for (size_t got = 0; got < size;) {
    const ssize_t part = read(ends[0], (char *)written.data + got, size - got);
    assert_true(part > 0);
    got += (size_t)part;
  }
  close(ends[0]);

  int child_status;
  assert_int_equal(waitpid(of.child, &child_status, 0), of.child);
  assert_int_equal(child_status, 0);
  assert_same_bits(written.data, parameters.data, parameters.count, "parameters");

  triplet_trainer_destroy(of.trainer);
  triplet_context_destroy(of.context);
  floats_release(&written);
  floats_release(&x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_chunk_once),          cmocka_unit_test(test_many_rounds),
      cmocka_unit_test(test_threads_start_when_needed), cmocka_unit_test(test_no_memory_for_threads),
      cmocka_unit_test(test_threads_block_signals),     cmocka_unit_test(test_children_work_on),
      cmocka_unit_test(test_fork_beside_another_call),  cmocka_unit_test(test_fork_in_a_step),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
