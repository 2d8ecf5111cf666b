/* The order of sums over chunks of rows, against its definition: a recursion that splits at the largest power of two
 * below the number of chunks. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>

#include "support.h"

enum { CHUNK = TRIPLET_CHUNK_ROWS, MAX_TEXT = 400 };

/* ---- sums written out -------------------------------------------------------------------------------------------- */

typedef struct written_job {
  char slots[8][MAX_TEXT];
  size_t most_slots, next_row;
} written_job;

static void write_chunk(void *of, size_t first, size_t rows, size_t slot) {
  written_job *job = of;
  assert_true(slot < job->most_slots);
  assert_int_equal(first, job->next_row); /* all rows, in turn */
  job->next_row += rows;
  snprintf(job->slots[slot], MAX_TEXT, rows % CHUNK ? "c%zu[%zu]" : "c%zu", first / CHUNK, rows);
}

static void write_join(void *of, size_t slot) {
  written_job *job = of;
  char joined[MAX_TEXT];
  assert_true(slot + 1 < job->most_slots);
  const int length = snprintf(joined, MAX_TEXT, "(%.150s + %.150s)", job->slots[slot], job->slots[slot + 1]);
  assert_true(length > 0 && length < 300);
  memcpy(job->slots[slot], joined, MAX_TEXT);
}

static const triplet_tree written = {write_chunk, write_join};

static void check_written(size_t rows, const char *expected) {
  written_job job = {.most_slots = triplet_tree_slots(rows)};
  triplet_tree_sum(&written, rows, &job);
  assert_int_equal(job.next_row, rows);
  assert_string_equal(job.slots[0], expected);
}

static void examples(void **unused) {
  (void)unused;
  assert_int_equal(CHUNK, 64); /* bits depend on it */
  check_written(0, "c0");
  check_written(1, "c0[1]");
  check_written(CHUNK, "c0");
  check_written(CHUNK + 1, "(c0 + c1[1])");
  check_written(3 * CHUNK, "((c0 + c1) + c2)");
  check_written(4 * CHUNK, "((c0 + c1) + (c2 + c3))");
  check_written(5 * CHUNK, "(((c0 + c1) + (c2 + c3)) + c4)");
  check_written(6 * CHUNK - 1, "(((c0 + c1) + (c2 + c3)) + (c4 + c5[63]))");
  check_written(7 * CHUNK, "(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + c6))");
  check_written(8 * CHUNK, "(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)))");
}

/* ---- any number of chunks: a hash that tells each order from every other ----------------------------------------- */

typedef struct hashed_job {
  uint64_t slots[64];
  size_t used; /* the highest slot, and one */
} hashed_job;

static uint64_t mixed(uint64_t left, uint64_t right) {
  const uint64_t both = (left ^ (left >> 29)) * 0xbf58476d1ce4e5b9u + right * 0x94d049bb133111ebu + 1;
  return both ^ (both >> 31);
}

static void hash_chunk(void *of, size_t first, size_t rows, size_t slot) {
  hashed_job *job = of;
  job->slots[slot] = mixed(first, rows);
  job->used = slot >= job->used ? slot + 1 : job->used;
}

static void hash_join(void *of, size_t slot) {
  hashed_job *job = of;
  job->slots[slot] = mixed(job->slots[slot], job->slots[slot + 1]);
}

static uint64_t hash_by_definition(size_t first, size_t rows) {
  if (rows <= CHUNK)
    return mixed(first, rows);
  size_t left = CHUNK;
  while (2 * left < rows)
    left *= 2;
  return mixed(hash_by_definition(first, left), hash_by_definition(first + left, rows - left));
}

static void definition(void **unused) {
  (void)unused;
  static const triplet_tree hashed = {hash_chunk, hash_join};
  for (size_t rows = 0; rows <= 700 * CHUNK; rows += rows < 40 * CHUNK ? 1 : 37) {
    hashed_job job = {.used = 0};
    triplet_tree_sum(&hashed, rows, &job);
    assert_true(job.slots[0] == hash_by_definition(0, rows));
    assert_int_equal(job.used, triplet_tree_slots(rows));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(definition)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
