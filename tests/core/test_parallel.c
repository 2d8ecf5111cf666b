/* Chunks of work on threads: every chunk once, at any number of threads, and without memory or threads all the same. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_chunk_once),
      cmocka_unit_test(test_many_rounds),
      cmocka_unit_test(test_threads_start_when_needed),
      cmocka_unit_test(test_no_memory_for_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
