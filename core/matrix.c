/* matrix.c - what examples need of arithmetic: matrices are filled, copied, added, scaled and drawn. One number after
 * the other, so that there is no order of sums to promise. */
#include "internal.h"

/* The stream of randomness of a seed that matrices are drawn from. */
enum { MATRIX_STREAM = 0x6d617478 };

static float canonical(float value) {
  return value == value ? value : triplet_canonical_nan();
}

static triplet_status check_factor(triplet_context *context, double factor) {
  if (!(fabs(factor) <= DBL_MAX))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "factor", "expected a finite number, got %g", factor);
  return TRIPLET_OK;
}

triplet_status triplet_matrix_fill(triplet_context *context, float value, triplet_matrix x) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  for (size_t i = 0; i < x.rows * x.cols; i++)
    x.data[i] = canonical(value);
  return TRIPLET_OK;
}

triplet_status triplet_matrix_copy(triplet_context *context, triplet_matrix x, triplet_matrix output) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  TRIPLET_TRY(triplet_check_shape(context, "output", &output, x.rows, x.cols, "x"));
  for (size_t i = 0; i < x.rows * x.cols; i++)
    output.data[i] = canonical(x.data[i]);
  return TRIPLET_OK;
}

triplet_status triplet_matrix_add(triplet_context *context, triplet_matrix x, double factor, triplet_matrix output) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  TRIPLET_TRY(check_factor(context, factor));
  TRIPLET_TRY(triplet_check_shape(context, "output", &output, x.rows, x.cols, "x"));
  for (size_t i = 0; i < x.rows * x.cols; i++) {
    const float term = (float)(factor * (double)x.data[i]);
    output.data[i] = canonical(output.data[i] + term);
  }
  return TRIPLET_OK;
}

triplet_status triplet_matrix_scale(triplet_context *context, double factor, triplet_matrix x) {
  TRIPLET_TRY(check_factor(context, factor));
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  for (size_t i = 0; i < x.rows * x.cols; i++)
    x.data[i] = triplet_to_float(factor * (double)x.data[i]);
  return TRIPLET_OK;
}

triplet_status triplet_matrix_random(triplet_context *context, int64_t seed, triplet_matrix x) {
  TRIPLET_TRY(triplet_check_seed(context, seed));
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  triplet_random random = triplet_random_seed(seed, MATRIX_STREAM);
  for (size_t i = 0; i < x.rows * x.cols; i++)
    x.data[i] = (float)triplet_random_normal(&random);
  return TRIPLET_OK;
}
