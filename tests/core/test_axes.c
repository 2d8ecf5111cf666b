/* Principal axes: against scikit-learn's, and by what they are: at right angles, by variance, whatever the rows. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

typedef struct found {
  size_t n, d, count;
  floats mean, axes, projected;
  double *shares;
} found;

static triplet_status look(triplet_context *with, triplet_matrix x, size_t count, found *to) {
  *to = (found){.n = x.rows,
                .d = x.cols,
                .count = count,
                .mean = floats_make(x.cols, 1),
                .axes = floats_make(count * x.cols, 1),
                .projected = floats_make(x.rows * count, 1),
                .shares = calloc(count + 1, sizeof(double))};
  const triplet_matrix axes = {to->axes.data, count, x.cols};
  const triplet_status status = triplet_principal_axes(with, x, to->mean.data, axes, to->shares);
  if (status != TRIPLET_OK)
    return status;
  return triplet_project(with, x, (triplet_floats){to->mean.data, x.cols}, axes,
                         triplet_matrix_of(to->projected.data, x.rows, count));
}

static void forget(found *of) {
  floats_release(&of->mean);
  floats_release(&of->axes);
  floats_release(&of->projected);
  free(of->shares);
}

static void assert_list(const char *name, const float *got, const double *expected, size_t count, double tolerance) {
  for (size_t i = 0; i < count; i++)
    if (!(fabs((double)got[i] - expected[i]) <= tolerance))
      fail_msg("%s %zu is %.9g, expected %.9g", name, i, (double)got[i], expected[i]);
}

static double largest_of(const double *values, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = fmax(largest, fabs(values[i]));
  return largest;
}

/* ---- scikit-learn's ---------------------------------------------------------------------------------------------- */

static void axes_are_those_of_scikit_learn(void **state) {
  (void)state;
  golden_file *file = golden_open("axes.txt");
  while (golden_next(file)) {
    const size_t n = (size_t)golden_number(file, "n"), d = (size_t)golden_number(file, "d");
    const size_t count = (size_t)golden_number(file, "count");
    found got;
    const float *x = golden_floats(file, "x", n * d);
    assert_int_equal(look(context, triplet_matrix_of(x, n, d), count, &got), TRIPLET_OK);
    const double *mean = golden_doubles(file, "mean", d);
    assert_list("mean", got.mean.data, mean, d, 1e-7 * largest_of(mean, d));
    assert_list("axis", got.axes.data, golden_doubles(file, "axes", count * d), count * d, 1e-6);
    const double *shares = golden_doubles(file, "shares", count);
    for (size_t i = 0; i < count; i++)
      assert_true(fabs(got.shares[i] - shares[i]) <= 1e-9);
    const double *projected = golden_doubles(file, "projected", n * count);
    const double size = largest_of(projected, n * count) + largest_of(mean, d);
    assert_list("projected", got.projected.data, projected, n * count, 1e-6 * size);
    forget(&got);
  }
  golden_close(file);
}

/* ---- whatever the rows ------------------------------------------------------------------------------------------- */

static double dot(const float *x, const float *y, size_t d) {
  double sum = 0;
  for (size_t k = 0; k < d; k++)
    sum += (double)x[k] * y[k];
  return sum;
}

static void assert_axes(const found *of) {
  for (size_t i = 0; i < of->count; i++) {
    const float *axis = of->axes.data + i * of->d;
    for (size_t j = 0; j <= i; j++)
      assert_true(fabs(dot(axis, of->axes.data + j * of->d, of->d) - (i == j)) < 1e-6);
    size_t largest = 0;
    for (size_t k = 1; k < of->d; k++)
      largest = fabsf(axis[k]) > fabsf(axis[largest]) ? k : largest;
    assert_true(axis[largest] > 0);
    if (i && of->shares[i] == of->shares[i])
      assert_true(of->shares[i] <= of->shares[i - 1] + 1e-12 && of->shares[i] >= 0);
  }
}

/* Of rows along few directions, of whole numbers, of equal ones and of one row. */
static void make_rows(seeded *from, int kind, triplet_matrix x) {
  for (size_t i = 0; i < x.rows; i++)
    for (size_t k = 0; k < x.cols; k++) {
      float *entry = x.data + i * x.cols + k;
      const double any = seeded_between(from, -1, 1);
      *entry = (float)(kind == 0   ? any
                       : kind == 1 ? floor(2 * any)
                       : kind == 2 ? (double)(i * (k + 1))
                       : kind == 3 ? (double)(i % x.cols == k)
                                   : 3 + (double)k);
    }
}

/* All axes: the variance is shared out, and what they tell of a row is the whole row. */
static void all_axes_tell_all(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  for (int kind = 0; kind < 5; kind++)
    for (int round = 0; round < 60; round++) {
      const size_t n = 1 + seeded_below(&from, 20), d = 1 + seeded_below(&from, 20);
      floats x = floats_make(n * d, 0);
      make_rows(&from, kind, (triplet_matrix){x.data, n, d});
      found got;
      assert_int_equal(look(context, (triplet_matrix){x.data, n, d}, d, &got), TRIPLET_OK);
      assert_axes(&got);
      double sum = 0, variance = 0;
      for (size_t i = 0; i < d; i++)
        sum += got.shares[i];
      for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++) {
          double whole = got.mean.data[k];
          for (size_t j = 0; j < d; j++)
            whole += (double)got.projected.data[i * d + j] * got.axes.data[j * d + k];
          assert_true(fabs(whole - x.data[i * d + k]) < 1e-5 * (1 + fabs(whole)) * (double)d);
          variance += pow(x.data[i * d + k] - (double)got.mean.data[k], 2);
        }
      assert_true(variance > 1e-9 ? fabs(sum - 1) < 1e-9 : isnan(sum));
      forget(&got);
      floats_release(&x);
    }
}

/* Of fewer axes than all none turns. */
static void axes_do_not_depend_on_how_many(void **state) {
  (void)state;
  seeded from = seeded_from(5);
  enum { N = 30, D = 9 };
  floats x = floats_random(&from, N * D, 0, 1);
  for (size_t k = 0; k < D; k++)
    for (size_t i = 0; i < N; i++)
      x.data[i * D + k] *= (float)(k + 1);
  found all;
  assert_int_equal(look(context, (triplet_matrix){x.data, N, D}, D, &all), TRIPLET_OK);
  for (size_t count = 1; count < D; count++) {
    found some;
    assert_int_equal(look(context, (triplet_matrix){x.data, N, D}, count, &some), TRIPLET_OK);
    assert_same_bits(some.axes.data, all.axes.data, count * D, "axes");
    forget(&some);
  }
  forget(&all);
  floats_release(&x);
}

/* More rows than the work allows: a sample finds the same directions, and the sample is always the same. */
static void many_rows_are_sampled(void **state) {
  (void)state;
  enum { N = 700, D = 6000, COUNT = 2 };
  seeded from = seeded_from(6);
  floats x = floats_random(&from, (size_t)N * D, 0, 0.01);
  for (size_t i = 0; i < N; i++) {
    x.data[i * D + 5] += (float)(i % 4) * 3;
    x.data[i * D + 4000] += (float)(i % 7);
  }
  found got[2];
  for (int i = 0; i < 2; i++)
    assert_int_equal(look(context, (triplet_matrix){x.data, N, D}, COUNT, &got[i]), TRIPLET_OK);
  assert_axes(&got[0]);
  assert_true(got[0].axes.data[5] > 0.99f && got[0].axes.data[D + 4000] > 0.99f);
  assert_same_bits(got[0].axes.data, got[1].axes.data, COUNT * D, "axes");
  forget(&got[0]);
  forget(&got[1]);
  floats_release(&x);
}

/* A hundred columns, of which many are alike, take their place at right angles all the same. */
static void variances_may_be_equal(void **state) {
  (void)state;
  enum { D = 60 };
  float rows[2 * D][D] = {{0}};
  for (size_t i = 0; i < 2 * D; i++)
    rows[i][i / 2] = i % 2 ? -1 : 1;
  found got;
  assert_int_equal(look(context, triplet_matrix_of(rows[0], 2 * D, D), D, &got), TRIPLET_OK);
  assert_axes(&got);
  for (size_t i = 0; i < D; i++)
    assert_true(fabs(got.shares[i] - 1.0 / D) < 1e-12);
  forget(&got);
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static triplet_status call(triplet_context *with, void *data) {
  static float mean[3], axes[6];
  static double shares[2];
  return triplet_principal_axes(with, triplet_matrix_of(data, 4, 3), mean, triplet_matrix_of(axes, 2, 3), shares);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  float x[12] = {1, 2, 3, 0, 1, 0, 5, 1, 1, 2, 2, 2};
  assert_int_equal(fail_each_allocation(call, NULL, x), 3);
}

static void misuse_is_told(void **state) {
  (void)state;
  float x[6] = {1, 2, 3, 4, 5, 6}, mean[4], axes[12];
  double shares[4];
  const triplet_matrix rows = triplet_matrix_of(x, 2, 3);
  assert_error(context, triplet_principal_axes(context, rows, mean, triplet_matrix_of(axes, 4, 3), shares),
               TRIPLET_INVALID_ARGUMENT, "count", "expected 1 .. 3 axes of 3 columns, got 4");
  assert_error(context, triplet_principal_axes(context, rows, mean, triplet_matrix_of(axes, 0, 3), shares),
               TRIPLET_INVALID_ARGUMENT, "count", "expected 1 .. 3 axes of 3 columns, got 0");
  assert_error(context, triplet_principal_axes(context, rows, mean, triplet_matrix_of(axes, 2, 2), shares),
               TRIPLET_INVALID_ARGUMENT, "axes", "expected 2 x 3 like count x columns of x, got 2 x 2");
  assert_error(context,
               triplet_principal_axes(context, triplet_matrix_of(x, 0, 3), mean, triplet_matrix_of(axes, 2, 3), shares),
               TRIPLET_INVALID_ARGUMENT, "x", "expected rows and columns, got 0 x 3");
  assert_error(context,
               triplet_principal_axes(context, triplet_matrix_of(x, 2, 0), mean, triplet_matrix_of(axes, 2, 0), shares),
               TRIPLET_INVALID_ARGUMENT, "x", "expected rows and columns, got 2 x 0");
  assert_error(context, triplet_principal_axes(context, rows, NULL, triplet_matrix_of(axes, 2, 3), shares),
               TRIPLET_INVALID_ARGUMENT, "mean", "expected 3 floats, got NULL");
  assert_error(context, triplet_principal_axes(context, rows, mean, triplet_matrix_of(axes, 2, 3), NULL),
               TRIPLET_INVALID_ARGUMENT, "shares", "expected 2 doubles, got NULL");
  x[4] = NAN;
  assert_error(context, triplet_principal_axes(context, rows, mean, triplet_matrix_of(axes, 2, 3), shares),
               TRIPLET_NOT_FINITE, "x", "row 1, column 1 is not finite");

  const triplet_floats given = {x, 3};
  float out[4];
  assert_error(context,
               triplet_project(context, rows, given, triplet_matrix_of(axes, 2, 2), triplet_matrix_of(out, 2, 2)),
               TRIPLET_INVALID_ARGUMENT, "axes", "expected 3 columns like x, got 2");
  assert_error(context,
               triplet_project(context, rows, (triplet_floats){x, 2}, triplet_matrix_of(axes, 2, 3),
                               triplet_matrix_of(out, 2, 2)),
               TRIPLET_INVALID_ARGUMENT, "mean", "expected 3 numbers, got 2");
  assert_error(context,
               triplet_project(context, rows, given, triplet_matrix_of(axes, 2, 3), triplet_matrix_of(out, 2, 1)),
               TRIPLET_INVALID_ARGUMENT, "output", "expected 2 x 2 like x.rows x axes.rows, got 2 x 1");
}

/* A row with a NaN lies nowhere, and by the only NaN that is written. */
static void rows_that_are_not_finite_are_nowhere(void **state) {
  (void)state;
  const float x[] = {1, 2, -NAN, 2, INFINITY, 0}, mean[] = {0, 0}, axes[] = {1, 0, 0, 1};
  float out[6];
  assert_int_equal(triplet_project(context, triplet_matrix_of(x, 3, 2), (triplet_floats){mean, 2},
                                   triplet_matrix_of(axes, 2, 2), triplet_matrix_of(out, 3, 2)),
                   TRIPLET_OK);
  assert_true(out[0] == 1 && out[1] == 2);
  assert_int_equal(bits_of(out[2]), 0x7fc00000);
  assert_int_equal(bits_of(out[3]), 0x7fc00000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(axes_are_those_of_scikit_learn),
      WITH_CONTEXT(all_axes_tell_all),
      WITH_CONTEXT(axes_do_not_depend_on_how_many),
      WITH_CONTEXT(many_rows_are_sampled),
      WITH_CONTEXT(variances_may_be_equal),
      WITH_CONTEXT(every_allocation_may_fail),
      WITH_CONTEXT(misuse_is_told),
      WITH_CONTEXT(rows_that_are_not_finite_are_nowhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
