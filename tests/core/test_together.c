/* Several threads of the host at once, each with a context of its own whose own threads come and go: every function of
 * triplet.h gives each of them the bits that it gives to one alone. An index is searched by all.
 * ThreadSanitizer looks on in `make long`. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "allocation_cases.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTS = 3, MOST_CALLS = 1024, MOST_STATE = 65536 };

/* ---- everything that may fail ------------------------------------------------------------------------------------ */

static struct {
  uint64_t hashes[MOST_CALLS]; /* of what each call gives to one alone */
  size_t count;
} wanted;

/* FNV-1a. */
static uint64_t hash_of(const void *memory, size_t size, uint64_t hash) {
  const uint8_t *bytes = memory;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

/* Of everything that a call writes, and what it leaves of the object. */
static uint64_t hash_of_call(triplet_context *with, const allocation_case *of, int variant, outputs *to,
                             uint8_t *state) {
  pattern_set(to, sizeof *to);
  void *object = of->object ? of->object->make(with) : NULL;
  const triplet_status status = of->call(with, object, variant, to);
  const size_t size = object ? of->object->state(object, state, MOST_STATE) : 0;
  if (object)
    of->object->destroy(object);
  return hash_of(state, size, hash_of(to, sizeof *to, (uint64_t)status));
}

typedef struct host {
  pthread_t thread;
  size_t number;
  const char *wrong; /* the function whose bits were others; NULL: none */
  size_t failures;
} host;

/* Nothing is asserted here: that is for the thread of the test. */
static void *call_everything(void *argument) {
  host *own = argument;
  outputs *to = malloc(sizeof *to);
  uint8_t *state = malloc(MOST_STATE);
  triplet_context *with = triplet_context_create(NULL);
  size_t call = 0;
  for (size_t i = 0; i < allocation_case_count; i++)
    for (int variant = 0; variant < allocation_cases[i].variants; variant++, call++) {
      if (triplet_context_set_threads(with, 1 + (call + own->number) % 3) != TRIPLET_OK ||
          hash_of_call(with, &allocation_cases[i], variant, to, state) != wanted.hashes[call]) {
        own->wrong = allocation_cases[i].function;
        own->failures++;
      }
      if ((call + own->number) % 50 == 0) {
        triplet_context_destroy(with);
        with = triplet_context_create(NULL);
      }
    }
  triplet_context_destroy(with);
  free(state);
  free(to);
  return NULL;
}

static void together(host *hosts, void *(*work)(void *)) {
  for (size_t i = 0; i < HOSTS; i++) {
    hosts[i].number = i;
    assert_int_equal(pthread_create(&hosts[i].thread, NULL, work, &hosts[i]), 0);
  }
  for (size_t i = 0; i < HOSTS; i++)
    pthread_join(hosts[i].thread, NULL);
  for (size_t i = 0; i < HOSTS; i++)
    if (hosts[i].failures)
      fail_msg("host %zu: %zu calls gave other bits, the last of %s", i, hosts[i].failures, hosts[i].wrong);
}

static void every_function(void **state) {
  (void)state;
  static outputs to;
  static uint8_t kept[MOST_STATE];
  for (size_t i = 0; i < allocation_case_count; i++)
    for (int variant = 0; variant < allocation_cases[i].variants; variant++) {
      assert_true(wanted.count < MOST_CALLS);
      wanted.hashes[wanted.count++] = hash_of_call(context, &allocation_cases[i], variant, &to, kept);
    }
  assert_true(wanted.count > 300);
  host hosts[HOSTS] = {{0}};
  together(hosts, call_everything);
}

/* ---- what is only read ------------------------------------------------------------------------------------------- */

enum { ROWS = 600, COLS = 6, K = 4, ROUNDS = 20 };

static struct {
  triplet_index *index;
  triplet_matrix rows;
  int32_t found[ROWS * K];
  float distances[ROWS * K];
} shared;

static triplet_status search(triplet_context *with, int32_t *found, float *distances) {
  const triplet_neighbor_search of = {.queries = shared.rows, .k = K};
  return triplet_index_nearest(with, shared.index, &of, found, distances);
}

static void *search_it(void *argument) {
  host *own = argument;
  int32_t *found = malloc(sizeof shared.found);
  float *distances = malloc(sizeof shared.distances);
  triplet_context *with = triplet_context_create(NULL);
  for (size_t round = 0; round < ROUNDS; round++)
    if (triplet_context_set_threads(with, 1 + (round + own->number) % 3) != TRIPLET_OK ||
        search(with, found, distances) != TRIPLET_OK || memcmp(found, shared.found, sizeof shared.found) != 0 ||
        memcmp(distances, shared.distances, sizeof shared.distances) != 0)
      own->failures++, own->wrong = "triplet_index_nearest";
  triplet_context_destroy(with);
  free(distances);
  free(found);
  return NULL;
}

static void an_index_of_all(void **state) {
  (void)state;
  seeded from = seeded_from(5);
  floats rows = floats_random(&from, ROWS * COLS, 1, 1);
  shared.rows = (triplet_matrix){rows.data, ROWS, COLS};
  const triplet_options options = triplet_batch_options();
  assert_int_equal(triplet_index_create(NULL, &options, shared.rows, &shared.index), TRIPLET_OK);
  assert_int_equal(search(NULL, shared.found, shared.distances), TRIPLET_OK);
  host hosts[HOSTS] = {{0}};
  together(hosts, search_it);
  triplet_index_destroy(shared.index);
  floats_release(&rows);
}

static int begin_cases(void **state) {
  (void)state;
  allocation_cases_begin();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(every_function),
      cmocka_unit_test(an_index_of_all),
  };
  return cmocka_run_group_tests_name("together", tests, begin_cases, NULL);
}
