/* Arithmetic of matrices: each number by a formula of its own, what is refused, and what is not touched. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Numbers, and among them infinities and NaN of other signs and payloads. */
static floats some(seeded *from, size_t count) {
  floats list = floats_random(from, count, seeded_below(from, 3), 3);
  for (size_t i = seeded_below(from, 7); i < count; i += 1 + seeded_below(from, 7)) {
    const float odd[] = {
        float_of(0xffc00000), float_of(0x7fc12345), INFINITY, -INFINITY, 0x1p-149f, -0.0f, 3e38f, -3e38f};
    list.data[i] = odd[seeded_below(from, 8)];
  }
  return list;
}

static double some_factor(seeded *from) {
  const double factors[] = {1, -1, 0, 0.1, -1e-3, 1e300, 0x1p-140, seeded_between(from, -5, 5)};
  return factors[seeded_below(from, 8)];
}

/* To the nearest float32, or the one NaN. */
static float rounded(double value) {
  return value == value ? (float)value : float_of(0x7fc00000);
}

static void gives_the_numbers_of_the_formulas(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 300; round++) {
    const size_t rows = seeded_below(&from, 9), cols = seeded_below(&from, 40), count = rows * cols;
    floats x = some(&from, count), y = some(&from, count), got = floats_make(count, 0), wanted = floats_make(count, 0);
    const triplet_matrix from_x = triplet_matrix_of(x.data, rows, cols), into = triplet_matrix_of(got.data, rows, cols);
    const double factor = some_factor(&from);

    assert_int_equal(triplet_matrix_copy(context, triplet_matrix_of(y.data, rows, cols), into), TRIPLET_OK);
    for (size_t i = 0; i < count; i++)
      wanted.data[i] = rounded((double)y.data[i]);
    assert_same_bits(got.data, wanted.data, count, "copy");
    assert_int_equal(triplet_matrix_copy(context, into, into), TRIPLET_OK);
    assert_same_bits(got.data, wanted.data, count, "copy to itself");

    /* The sum of two float32, taken in double, rounds to what float32 gives (Figueroa 1995). */
    assert_int_equal(triplet_matrix_add(context, from_x, factor, into), TRIPLET_OK);
    for (size_t i = 0; i < count; i++)
      wanted.data[i] = rounded((double)y.data[i] + (double)rounded(factor * (double)x.data[i]));
    assert_same_bits(got.data, wanted.data, count, "add");

    memcpy(got.data, x.data, count * sizeof *x.data);
    assert_int_equal(triplet_matrix_add(context, into, factor, into), TRIPLET_OK);
    for (size_t i = 0; i < count; i++)
      wanted.data[i] = rounded((double)x.data[i] + (double)rounded(factor * (double)x.data[i]));
    assert_same_bits(got.data, wanted.data, count, "add to itself");

    memcpy(got.data, x.data, count * sizeof *x.data);
    assert_int_equal(triplet_matrix_scale(context, factor, into), TRIPLET_OK);
    for (size_t i = 0; i < count; i++)
      wanted.data[i] = rounded(factor * (double)x.data[i]);
    assert_same_bits(got.data, wanted.data, count, "scale");

    const float value = count ? x.data[0] : 1;
    assert_int_equal(triplet_matrix_fill(context, value, into), TRIPLET_OK);
    for (size_t i = 0; i < count; i++)
      wanted.data[i] = rounded((double)value);
    assert_same_bits(got.data, wanted.data, count, "fill");
    floats_release(&wanted);
    floats_release(&got);
    floats_release(&y);
    floats_release(&x);
  }
}

/* Moments of the normal distribution, none of its numbers twice, and more rows begin with those of fewer. */
static void draws_normal_numbers(void **state) {
  (void)state;
  enum { COUNT = 40000 };
  float *x = malloc(COUNT * sizeof *x), *y = malloc(COUNT * sizeof *y);
  for (int64_t seed = 0; seed < 5; seed++) {
    assert_int_equal(triplet_matrix_random(context, seed, triplet_matrix_of(x, COUNT / 4, 4)), TRIPLET_OK);
    double moments[5] = {0};
    size_t inside = 0;
    for (size_t i = 0; i < COUNT; i++) {
      double power = 1;
      for (int k = 1; k < 5; k++)
        moments[k] += power *= (double)x[i];
      inside += fabsf(x[i]) < 1;
    }
    /* Within five standard errors: of the k-th moment sqrt((E x^2k - (E x^k)^2) / n). */
    const double expected[] = {0, 0, 1, 0, 3}, variances[] = {0, 1, 2, 15, 96};
    for (int k = 1; k < 5; k++)
      assert_true(fabs(moments[k] / COUNT - expected[k]) < 5 * sqrt(variances[k] / COUNT));
    assert_true(fabs((double)inside / COUNT - 0.682689) < 5 * sqrt(0.2166 / COUNT));

    assert_int_equal(triplet_matrix_random(context, seed, triplet_matrix_of(y, 10, 3)), TRIPLET_OK);
    assert_same_bits(x, y, 30, "the first numbers of a seed");
    assert_int_equal(triplet_matrix_random(context, seed + 1, triplet_matrix_of(y, 10, 3)), TRIPLET_OK);
    for (size_t i = 0; i < 30; i++)
      assert_true(x[i] != y[i]);
  }
  free(y);
  free(x);
}

static void refuses_what_does_not_fit(void **state) {
  (void)state;
  float x[6] = {1, 2, 3, 4, 5, 6}, y[6];
  pattern_set(y, sizeof y);
  const triplet_matrix three = triplet_matrix_of(x, 2, 3), two = triplet_matrix_of(y, 3, 2);
  const triplet_matrix none = triplet_matrix_of(NULL, 2, 3), vast = triplet_matrix_of(y, SIZE_MAX / 2, 3);
  static const char *const shapes = "expected 2 x 3 like x, got 3 x 2";
  assert_error(context, triplet_matrix_copy(context, three, two), TRIPLET_INVALID_ARGUMENT, "output", shapes);
  assert_error(context, triplet_matrix_add(context, three, 1, two), TRIPLET_INVALID_ARGUMENT, "output", shapes);
  assert_error(context, triplet_matrix_fill(context, 1, none), TRIPLET_INVALID_ARGUMENT, "x",
               "expected 2 x 3 floats, got NULL");
  assert_int_equal(triplet_matrix_copy(context, none, two), TRIPLET_INVALID_ARGUMENT);
  assert_int_equal(triplet_matrix_copy(context, three, none), TRIPLET_INVALID_ARGUMENT);
  assert_int_equal(triplet_matrix_scale(context, 1, vast), TRIPLET_INVALID_ARGUMENT);
  assert_int_equal(triplet_matrix_random(context, 1, vast), TRIPLET_INVALID_ARGUMENT);
  const double factors[] = {NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < 3; i++) {
    const triplet_matrix fitting = triplet_matrix_of(y, 2, 3);
    assert_int_equal(triplet_matrix_scale(context, factors[i], fitting), TRIPLET_INVALID_ARGUMENT);
    assert_int_equal(triplet_matrix_add(context, three, factors[i], fitting), TRIPLET_INVALID_ARGUMENT);
    assert_string_equal(triplet_context_error(context)->argument, "factor");
  }
  assert_error(context, triplet_matrix_random(context, -1, triplet_matrix_of(y, 2, 3)), TRIPLET_INVALID_ARGUMENT,
               "seed", "expected an integer in 0 .. 9007199254740991, got -1");
  assert_true(pattern_stands(y, sizeof y));

  const triplet_matrix empty = triplet_matrix_of(NULL, 0, 3);
  assert_int_equal(triplet_matrix_fill(context, 1, empty), TRIPLET_OK);
  assert_int_equal(triplet_matrix_copy(context, empty, empty), TRIPLET_OK);
  assert_int_equal(triplet_matrix_random(context, 1, empty), TRIPLET_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(gives_the_numbers_of_the_formulas),
      WITH_CONTEXT(draws_normal_numbers),
      WITH_CONTEXT(refuses_what_does_not_fit),
  };
  return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
