/* Batches of P classes x K rows against what triplet.h says of them. */
#include "internal.h"

#include "support.h"

/* 5 classes: of 6, 3, 2, 1 and 4 rows, mixed. */
static const int32_t numbers[] = {7, -2, 7, 0, 9, -2, 7, 3, 0, 9, 7, -2, 9, 7, 9, 7};
static const triplet_ints labels = {numbers, sizeof numbers / sizeof *numbers};

static size_t rows_of(int32_t label) {
  size_t count = 0;
  for (size_t i = 0; i < labels.count; i++)
    count += numbers[i] == label;
  return count;
}

static void batches(void **unused) {
  (void)unused;
  for (size_t p = 1; p <= 6; p++)
    for (size_t k = 2; k <= 8; k++) {
      triplet_sampler *sampler;
      assert_int_equal(triplet_sampler_create(NULL, labels, p, k, &sampler), TRIPLET_OK);
      const size_t classes = p < 4 ? p : 4; /* the class of one row cannot be used */
      assert_int_equal(triplet_sampler_batch_rows(sampler), classes * k);
      triplet_random random = triplet_random_seed(1, 0);
      for (int repeat = 0; repeat < 50; repeat++) {
        int32_t rows[32];
        triplet_sampler_next(sampler, &random, rows);
        for (size_t c = 0; c < classes; c++) {
          const int32_t *of = rows + c * k, label = numbers[of[0]];
          const size_t members = rows_of(label);
          assert_true(members >= 2);
          for (size_t before = 0; before < c; before++)
            assert_true(numbers[rows[before * k]] != label);
          for (size_t i = 0; i < k; i++) {
            assert_true(of[i] >= 0 && (size_t)of[i] < labels.count && numbers[of[i]] == label);
            for (size_t j = 0; j < i && i < members; j++)
              assert_true(of[j] != of[i]);
          }
        }
      }
      triplet_sampler_destroy(sampler);
    }
}

/* The generator is all there is to save: a fresh sampler goes on where an old one was. */
static void resumes(void **unused) {
  (void)unused;
  triplet_sampler *old;
  assert_int_equal(triplet_sampler_create(NULL, labels, 3, 4, &old), TRIPLET_OK);
  triplet_random random = triplet_random_seed(5, 1);
  for (int repeat = 0; repeat < 40; repeat++) {
    int32_t rows[12], again[12];
    triplet_random copy = random;
    triplet_sampler *fresh;
    assert_int_equal(triplet_sampler_create(NULL, labels, 3, 4, &fresh), TRIPLET_OK);
    triplet_sampler_next(old, &random, rows);
    triplet_sampler_next(fresh, &copy, again);
    assert_memory_equal(rows, again, sizeof rows);
    assert_true(random.state == copy.state);
    triplet_sampler_destroy(fresh);
  }
  triplet_sampler_destroy(old);
}

/* Classes are drawn evenly, and rows evenly within their class. */
static void fair(void **unused) {
  (void)unused;
  enum { DRAWS = 20000 };
  triplet_sampler *sampler;
  assert_int_equal(triplet_sampler_create(NULL, labels, 2, 2, &sampler), TRIPLET_OK);
  triplet_random random = triplet_random_seed(1, 0);
  size_t counts[16] = {0};
  for (int i = 0; i < DRAWS; i++) {
    int32_t rows[4];
    triplet_sampler_next(sampler, &random, rows);
    for (size_t j = 0; j < 4; j++)
      counts[rows[j]]++;
  }
  for (size_t i = 0; i < labels.count; i++) {
    const size_t members = rows_of(numbers[i]);
    const double expected = members < 2 ? 0 : DRAWS * 0.5 * 2 / (double)members; /* 2 classes of 4, 2 rows of them */
    assert_true(fabs((double)counts[i] - expected) <= 0.06 * expected);
  }
  triplet_sampler_destroy(sampler);
}

static void nothing_to_draw(void **unused) {
  (void)unused;
  const int32_t single[] = {1, 2, 3};
  for (size_t count = 0; count <= 3; count++) {
    triplet_sampler *sampler;
    assert_int_equal(triplet_sampler_create(NULL, (triplet_ints){single, count}, 8, 8, &sampler), TRIPLET_OK);
    assert_int_equal(triplet_sampler_batch_rows(sampler), 0);
    triplet_random random = {1};
    triplet_sampler_next(sampler, &random, NULL);
    triplet_sampler_destroy(sampler);
  }
  triplet_sampler_destroy(NULL);
}

static void errors(void **unused) {
  (void)unused;
  triplet_context *context = triplet_context_create(NULL);
  triplet_sampler *sampler = NULL;
  assert_error(context, triplet_sampler_create(context, labels, 0, 4, &sampler), TRIPLET_INVALID_ARGUMENT,
               "classes_per_batch", "expected at least 1, got 0");
  assert_error(context, triplet_sampler_create(context, labels, 4, 1, &sampler), TRIPLET_INVALID_ARGUMENT,
               "rows_per_class", "expected at least 2, got 1");
  assert_error(context, triplet_sampler_create(context, (triplet_ints){NULL, 3}, 4, 4, &sampler),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected 3 integers, got 0");
  assert_int_equal(triplet_sampler_create(context, labels, 4, SIZE_MAX, &sampler), TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "rows_per_class");
  assert_error(context, triplet_sampler_create(context, labels, 4, 4, NULL), TRIPLET_INVALID_ARGUMENT, "sampler",
               "expected a place for the sampler, got NULL");
  assert_null(sampler);
  triplet_context_destroy(context);
}

static triplet_status create_and_destroy(triplet_context *context, void *data) {
  triplet_sampler **sampler = data;
  TRIPLET_TRY(triplet_sampler_create(context, labels, 4, 4, sampler));
  triplet_sampler_destroy(*sampler);
  return TRIPLET_OK;
}

static void untouched(void *data) {
  assert_null(*(triplet_sampler **)data);
}

static void memory_runs_out(void **unused) {
  (void)unused;
  triplet_sampler *sampler = NULL;
  assert_int_equal(fail_each_allocation(create_and_destroy, untouched, &sampler), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(batches), cmocka_unit_test(resumes),
                                     cmocka_unit_test(fair),    cmocka_unit_test(nothing_to_draw),
                                     cmocka_unit_test(errors),  cmocka_unit_test(memory_runs_out)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
