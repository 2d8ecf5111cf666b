/* The context: statuses, messages, memory and the checks of shapes. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static const char *message_of(triplet_context *from) {
  return triplet_context_error(from)->message;
}

static void test_statuses_have_names(void **state) {
  (void)state;
  static const char *const names[] = {"ok",        "invalid argument", "not enough memory", "not finite", "bad model",
                                      "cancelled", "bad table",        "bad matrix",        "rank lost"};
  for (int status = TRIPLET_OK; status <= TRIPLET_RANK_LOST; status++)
    assert_string_equal(triplet_status_string((triplet_status)status), names[status]);
  assert_string_equal(triplet_status_string((triplet_status)99), "unknown status");
}

static void test_version(void **state) {
  (void)state;
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", TRIPLET_VERSION_MAJOR, TRIPLET_VERSION_MINOR, TRIPLET_VERSION_PATCH);
  assert_string_equal(version, TRIPLET_VERSION);
  assert_string_equal(triplet_version(), TRIPLET_VERSION);
}

static void test_no_error_at_first(void **state) {
  (void)state;
  const triplet_error *const errors[] = {triplet_context_error(context), triplet_context_error(NULL)};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(errors[i]->status, TRIPLET_OK);
    assert_null(errors[i]->argument);
    assert_string_equal(errors[i]->message, "");
  }
}

static void test_fail_notes_everything(void **state) {
  (void)state;
  assert_error(
      context,
      triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "%s %z %d %g|", "text", (size_t)SIZE_MAX, INT64_MIN, 0.5),
      TRIPLET_BAD_MODEL, "bytes", "text 18446744073709551615 -9223372036854775808 0.5|");
  assert_error(context, triplet_fail(context, TRIPLET_CANCELLED, NULL, ""), TRIPLET_CANCELLED, NULL, "");
  /* A name stays on one line, and whole characters of a long one are left. */
  assert_error(context, triplet_fail(context, TRIPLET_BAD_TABLE, NULL, "<%n> <%n>", "a\tb\r\nc\x7f", ""),
               TRIPLET_BAD_TABLE, NULL, "<a b  c\x7f> <>");
  char name[100], expected[100];
  memset(name, 'n', sizeof name);
  for (size_t before = 75; before < 82; before++) {
    memcpy(name + before, "\xf0\x9f\x98\x80", 5);
    snprintf(expected, sizeof expected, "%.*s%s",
             (int)(before + 4 <= 80 ? before + 4
                   : before < 80    ? before
                                    : 80),
             name, before + 4 <= 80 ? "" : "...");
    assert_error(context, triplet_fail(context, TRIPLET_BAD_TABLE, NULL, "%n", name), TRIPLET_BAD_TABLE, NULL,
                 expected);
    name[before] = 'n';
  }
  assert_int_equal(triplet_fail(NULL, TRIPLET_NOT_FINITE, "x", "%s", "nobody listens"), TRIPLET_NOT_FINITE);
  assert_string_equal(triplet_context_error(NULL)->message, "");
}

static void test_integers(void **state) {
  (void)state;
  static const struct {
    int64_t value;
    const char *text;
  } cases[] = {{0, "0"},
               {7, "7"},
               {-1, "-1"},
               {10, "10"},
               {100, "100"},
               {-305, "-305"},
               {INT64_MAX, "9223372036854775807"},
               {INT64_MIN, "-9223372036854775808"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    triplet_fail(context, TRIPLET_NOT_FINITE, NULL, "%d", cases[i].value);
    assert_string_equal(message_of(context), cases[i].text);
  }
}

static void test_numbers(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {0, "0"},
      {-0.0, "0"},
      {1, "1"},
      {-1, "-1"},
      {0.5, "0.5"},
      {-2.25, "-2.25"},
      {0.999, "0.999"},
      {1.0 / 3, "0.333333"},
      {2.0 / 3, "0.666667"},
      {123456, "123456"},
      {1234567, "1.23457e6"},
      {100000, "100000"},
      {1e6, "1e6"},
      {0.001, "0.001"},
      {0.0001, "0.0001"},
      {0.00012345678, "0.000123457"},
      {0.00001, "1e-5"},
      {1e30, "1e30"},
      {1e-30, "1e-30"},
      {3.4028234663852886e38, "3.40282e38"},
      {DBL_MAX, "1.79769e308"},
      {DBL_TRUE_MIN, "4.94066e-324"},
      {9.9999999e10, "1e11"},
      {-9.9999999e-10, "-1e-9"},
      {999999.9, "1e6"},
      {INFINITY, "inf"},
      {-INFINITY, "-inf"},
      {NAN, "nan"},
  };

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    triplet_fail(context, TRIPLET_NOT_FINITE, NULL, "%g", cases[i].value);
    if (strcmp(message_of(context), cases[i].text) != 0)
      fail_msg("%.17g is \"%s\", expected \"%s\"", cases[i].value, message_of(context), cases[i].text);
  }
}

/* As printf reads it: at most six digits, no digit wrong. */
static void test_numbers_as_printf(void **state) {
  (void)state;
  seeded from = seeded_from(40);
  for (int repeat = 0; repeat < 20000; repeat++) {
    const double value = seeded_between(&from, -1, 1) * pow(10, seeded_between(&from, -40, 40));
    triplet_fail(context, TRIPLET_NOT_FINITE, NULL, "%g", value);
    const double read = strtod(message_of(context), NULL);
    if (!(fabs(read - value) <= 5.0001e-6 * fabs(value)) || strlen(message_of(context)) > 12)
      fail_msg("%.17g is \"%s\"", value, message_of(context));
  }
}

static void test_long_messages_are_cut(void **state) {
  (void)state;
  char longest[2000];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  triplet_fail(context, TRIPLET_NOT_FINITE, "x", "%s%d", longest, (int64_t)12345);
  const size_t room = sizeof triplet_context_error(context)->message;
  assert_int_equal(strlen(message_of(context)), room - 1);
  assert_memory_equal(message_of(context), longest, room - 1);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void test_create_without_memory(void **state) {
  (void)state;
  counted_memory memory = {.failing = 1};
  const triplet_allocator allocator = counted_allocator(&memory);
  assert_null(triplet_context_create(&allocator));
  assert_int_equal(memory.blocks, 0);
  triplet_context_destroy(NULL);
}

static void test_context_lives_in_its_allocator(void **state) {
  (void)state;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  assert_int_equal(memory.blocks, 1);
  void *blocks[70];
  for (size_t i = 0; i < 70; i++) {
    blocks[i] = triplet_allocate(own, i, 4);
    assert_non_null(blocks[i]);
    assert_int_equal((uintptr_t)blocks[i] % 64, 0);
    memset(blocks[i], 0xff, i * 4);
  }
  assert_int_equal(memory.blocks, 71);
  for (size_t i = 0; i < 70; i++)
    triplet_release(own, blocks[(i * 37) % 70]);
  triplet_release(own, NULL);
  assert_int_equal(memory.blocks, 1 + 32);
  triplet_context_trim(own);
  triplet_context_trim(NULL);
  assert_int_equal(memory.blocks, 1);
  triplet_context_destroy(own);
  assert_int_equal(memory.blocks, 0);
  assert_int_equal(memory.bytes, 0);
}

/* Those released last are kept; one of the same size is handed out again, of whatever call. */
static void test_released_memory_is_kept_for_the_same_size(void **state) {
  (void)state;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  void *small = triplet_allocate(own, 10, 4), *large = triplet_allocate(own, 1000, 4);
  triplet_release(own, small);
  triplet_release(own, large);
  assert_int_equal(memory.calls, 3);
  void *other = triplet_allocate(own, 11, 4), *again = triplet_allocate(own, 4000, 1);
  assert_ptr_equal(again, large);
  assert_ptr_not_equal(other, small);
  assert_ptr_equal(triplet_allocate(own, 10, 4), small);
  assert_int_equal(memory.calls, 4);
  triplet_release(own, small);
  triplet_release(own, again);
  triplet_release(own, other);
  /* A full allocator gets back what is kept before an allocation fails. */
  memory.failing = memory.calls + 1;
  void *last = triplet_allocate(own, 12, 4);
  assert_non_null(last);
  assert_int_equal(memory.blocks, 2);
  triplet_release(own, last);
  triplet_context_destroy(own);
  assert_int_equal(memory.blocks, 0);
}

static void test_no_context_uses_malloc(void **state) {
  (void)state;
  char *block = triplet_allocate(NULL, 1000, 3);
  assert_non_null(block);
  assert_int_equal((uintptr_t)block % 64, 0);
  memset(block, 1, 3000);
  triplet_release(NULL, block);
  assert_null(triplet_allocate(NULL, SIZE_MAX, 2));
  triplet_context_set_first_index(NULL, 1); /* of no context, so there is nothing to set */
  triplet_context_trim(NULL);
  triplet_context_destroy(NULL);
}

static void test_sizes_do_not_wrap(void **state) {
  (void)state;
  static const size_t sizes[][2] = {
      {SIZE_MAX, 1}, {SIZE_MAX, SIZE_MAX}, {SIZE_MAX / 4 + 1, 4}, {SIZE_MAX - 70, 1}, {1, SIZE_MAX}};
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    assert_null(triplet_allocate(own, sizes[i][0], sizes[i][1]));
    assert_int_equal(triplet_context_error(own)->status, TRIPLET_OUT_OF_MEMORY);
  }
  assert_int_equal(memory.calls, 1); /* the allocator is not even asked */
  triplet_context_destroy(own);
}

static void test_failing_allocator_is_reported(void **state) {
  (void)state;
  counted_memory memory = {.failing = 2};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  assert_null(triplet_allocate(own, 12, 4));
  assert_error(own, triplet_context_error(own)->status, TRIPLET_OUT_OF_MEMORY, NULL,
               "not enough memory for 12 x 4 bytes");
  triplet_context_destroy(own);
}

/* ---- ranks ------------------------------------------------------------------------------------------------------- */

static bool gather(void *user, const void *send, void *receive, const size_t *counts) {
  (void)user, (void)send, (void)receive, (void)counts;
  return false;
}

static bool exchange(void *user, const void *send, const size_t *send_counts, void *receive,
                     const size_t *receive_counts) {
  (void)user, (void)send, (void)send_counts, (void)receive, (void)receive_counts;
  return false;
}

static void test_collectives_are_whole(void **state) {
  (void)state;
  const triplet_collective wrong[] = {{.rank = 2, .size = 2, gather, exchange},
                                      {.rank = 0, .size = 0},
                                      {.rank = 1, .size = 1},
                                      {0, 2, NULL, exchange, NULL},
                                      {0, 2, gather, NULL, NULL}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(triplet_context_set_collective(context, &wrong[i]), TRIPLET_INVALID_ARGUMENT);
    assert_string_equal(triplet_context_error(context)->argument, "collective");
    assert_string_equal(triplet_context_error(context)->message, i == 0   ? "expected a rank below the size, 2, got 2"
                                                                 : i == 1 ? "expected a rank below the size, 0, got 0"
                                                                 : i == 2 ? "expected a rank below the size, 1, got 1"
                                                                          : "expected both functions, got NULL");
  }
  assert_int_equal(triplet_context_set_collective(context, &(triplet_collective){.size = 1}), TRIPLET_OK);
  assert_int_equal(triplet_context_set_collective(context, NULL), TRIPLET_OK);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static void test_check_matrix(void **state) {
  (void)state;
  float one = 0;
  assert_int_equal(triplet_check_matrix(context, "x", &(triplet_matrix){&one, 1, 1}), TRIPLET_OK);
  triplet_matrix nothing[] = {{NULL, 0, 5}, {NULL, 5, 0}, {NULL, 0, 0}};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(triplet_check_matrix(context, "x", &nothing[i]), TRIPLET_OK);
    assert_non_null(nothing[i].data); /* no place is computed from NULL */
  }
  assert_error(context, triplet_check_matrix(context, "x", &(triplet_matrix){NULL, 2, 3}), TRIPLET_INVALID_ARGUMENT,
               "x", "expected 2 x 3 floats, got NULL");
  assert_error(context, triplet_check_matrix(context, "x", &(triplet_matrix){&one, SIZE_MAX, SIZE_MAX}),
               TRIPLET_INVALID_ARGUMENT, "x",
               "18446744073709551615 x 18446744073709551615 floats do not fit in memory");
  assert_error(context, triplet_check_matrix(context, "x", &(triplet_matrix){&one, SIZE_MAX / 4 + 1, 1}),
               TRIPLET_INVALID_ARGUMENT, "x", "4611686018427387904 x 1 floats do not fit in memory");
}

static void test_check_shape(void **state) {
  (void)state;
  float data[6] = {0};
  assert_int_equal(triplet_check_shape(context, "y", &(triplet_matrix){data, 2, 3}, 2, 3, "x"), TRIPLET_OK);
  assert_error(context, triplet_check_shape(context, "y", &(triplet_matrix){data, 3, 2}, 2, 3, "x"),
               TRIPLET_INVALID_ARGUMENT, "y", "expected 2 x 3 like x, got 3 x 2");
  assert_error(context, triplet_check_shape(context, "y", &(triplet_matrix){NULL, 2, 3}, 2, 3, "x"),
               TRIPLET_INVALID_ARGUMENT, "y", "expected 2 x 3 floats, got NULL");
}

static void test_check_labels(void **state) {
  (void)state;
  static const int32_t integers[] = {5, 6, 7}, falling[] = {2, 1, 3}, negative[] = {-1, 2, 3}, ends[] = {0, 0, 3};
  static const float relations[9];
  const triplet_labels sets = triplet_label_sets_of(integers, ends, 3);
  assert_int_equal(triplet_check_labels(context, "labels", sets, 3), TRIPLET_OK);
  assert_int_equal(triplet_check_labels(context, "labels", triplet_label_sets_of(NULL, ends, 2), 2), TRIPLET_OK);
  assert_int_equal(triplet_check_labels(context, "labels", triplet_labels_of(integers, 3), 3), TRIPLET_OK);

  const struct {
    triplet_labels labels;
    const char *message;
  } wrong[] = {
      {triplet_labels_of(integers, 2), "expected labels of 3 rows, got 2"},
      {triplet_labels_of(NULL, 3), "expected 3 integers, got 0"},
      {triplet_label_sets_of(integers, ends, 2), "expected labels of 3 rows, got 2"},
      {triplet_label_sets_of(integers, falling, 3), "expected ends that ascend, got 1 at index 1"},
      {triplet_label_sets_of(integers, negative, 3), "expected ends that ascend, got -1 at index 0"},
      {{.integers = {integers, 2}, .ends = {ends, 3}}, "expected 3 integers, got 2"},
      {triplet_label_sets_of(NULL, ends, 3), "expected 3 integers, got 0"},
      {triplet_relations_of(relations, 3, 3), "expected labels, got a matrix of relations"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_error(context, triplet_check_labels(context, "labels", wrong[i].labels, 3), TRIPLET_INVALID_ARGUMENT,
                 "labels", wrong[i].message);
}

static void test_check_lists(void **state) {
  (void)state;
  const int32_t ints[] = {1, 2};
  const float numbers[] = {1, INFINITY};
  assert_int_equal(triplet_check_ints(context, "labels", (triplet_ints){ints, 2}, 2), TRIPLET_OK);
  assert_int_equal(triplet_check_ints(context, "labels", (triplet_ints){NULL, 0}, 0), TRIPLET_OK);
  assert_error(context, triplet_check_ints(context, "labels", (triplet_ints){ints, 2}, 3), TRIPLET_INVALID_ARGUMENT,
               "labels", "expected 3 integers, got 2");
  assert_error(context, triplet_check_ints(context, "labels", (triplet_ints){NULL, 3}, 3), TRIPLET_INVALID_ARGUMENT,
               "labels", "expected 3 integers, got 0");
  assert_int_equal(triplet_check_optional_floats(context, "weights", (triplet_floats){NULL, 0}, 3), TRIPLET_OK);
  assert_int_equal(triplet_check_optional_floats(context, "weights", (triplet_floats){numbers, 1}, 1), TRIPLET_OK);
  assert_error(context, triplet_check_optional_floats(context, "weights", (triplet_floats){numbers, 2}, 2),
               TRIPLET_INVALID_ARGUMENT, "weights", "expected finite numbers, got inf at index 1");
  assert_error(context, triplet_check_optional_floats(context, "weights", (triplet_floats){numbers, 2}, 3),
               TRIPLET_INVALID_ARGUMENT, "weights", "expected 3 numbers, got 2");
  assert_error(context, triplet_check_optional_floats(context, "weights", (triplet_floats){NULL, 3}, 3),
               TRIPLET_INVALID_ARGUMENT, "weights", "expected 3 numbers, got 0");
}

/* ---- threads and instruction sets -------------------------------------------------------------------------------- */

static void test_threads(void **state) {
  (void)state;
  assert_int_equal(triplet_context_threads(context), 1);
  assert_int_equal(triplet_context_threads(NULL), 1);
  assert_int_equal(triplet_context_set_threads(context, 64), TRIPLET_OK);
  assert_int_equal(triplet_context_threads(context), 64);
  assert_error(context, triplet_context_set_threads(context, 0), TRIPLET_INVALID_ARGUMENT, "threads",
               "expected 1 .. 64, got 0");
  assert_error(context, triplet_context_set_threads(context, 65), TRIPLET_INVALID_ARGUMENT, "threads",
               "expected 1 .. 64, got 65");
  assert_int_equal(triplet_context_threads(context), 64);
  assert_int_equal(triplet_context_set_threads(NULL, 2), TRIPLET_INVALID_ARGUMENT);
}

static void test_instruction_sets(void **state) {
  (void)state;
  size_t count = 0;
  const char *name, *best = NULL;
  for (; (name = triplet_instruction_set_name(count)); count++) {
    best = name;
    assert_int_equal(triplet_context_set_instruction_set(context, name), TRIPLET_OK);
    assert_string_equal(triplet_context_instruction_set(context), name);
    assert_int_equal(triplet_context_set_instruction_set(NULL, name), TRIPLET_INVALID_ARGUMENT);
  }
  assert_true(count >= 1);
  assert_string_equal(triplet_instruction_set_name(0), "base");
  assert_null(triplet_instruction_set_name(count + 1));
  assert_null(triplet_instruction_set_name(SIZE_MAX));
  assert_string_equal(triplet_context_instruction_set(NULL), best);
  assert_error(context, triplet_context_set_instruction_set(context, "vax"), TRIPLET_INVALID_ARGUMENT, "name",
               "this machine has no kernels \"vax\"");
  assert_string_equal(triplet_context_instruction_set(context), best);
  triplet_context *fresh = triplet_context_create(NULL);
  assert_string_equal(triplet_context_instruction_set(fresh), best);
  triplet_context_destroy(fresh);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_statuses_have_names),
      cmocka_unit_test(test_version),
      WITH_CONTEXT(test_no_error_at_first),
      WITH_CONTEXT(test_fail_notes_everything),
      WITH_CONTEXT(test_integers),
      WITH_CONTEXT(test_numbers),
      WITH_CONTEXT(test_numbers_as_printf),
      WITH_CONTEXT(test_long_messages_are_cut),
      cmocka_unit_test(test_create_without_memory),
      cmocka_unit_test(test_context_lives_in_its_allocator),
      cmocka_unit_test(test_released_memory_is_kept_for_the_same_size),
      cmocka_unit_test(test_no_context_uses_malloc),
      cmocka_unit_test(test_sizes_do_not_wrap),
      cmocka_unit_test(test_failing_allocator_is_reported),
      WITH_CONTEXT(test_collectives_are_whole),
      WITH_CONTEXT(test_check_matrix),
      WITH_CONTEXT(test_check_shape),
      WITH_CONTEXT(test_check_labels),
      WITH_CONTEXT(test_check_lists),
      WITH_CONTEXT(test_threads),
      WITH_CONTEXT(test_instruction_sets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
