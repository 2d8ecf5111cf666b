/* Distances of all pairs and of row pairs: values against the reference, one set of bits for every path, misuse. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distance.h"
#include "reference.h"

static triplet_options options_with(triplet_convention convention, triplet_distance distance, double p, double eps) {
  triplet_options options = triplet_batch_options();
  options.convention = convention;
  options.distance = distance;
  options.p = p;
  options.eps = eps;
  return options;
}

static triplet_options random_options(seeded *from) {
  static const double ps[] = {1, 1, 1.25, 1.5, 2, 2, 2, 3, 7, 50, 1e6, INFINITY}, epsilons[] = {1e-6, 0, 0.25};
  return options_with((triplet_convention)seeded_below(from, 3),
                      (triplet_distance)(seeded_below(from, 3) ? 0 : seeded_below(from, DISTANCES)),
                      ps[seeded_below(from, sizeof ps / sizeof *ps)], epsilons[seeded_below(from, 3)]);
}

static floats all_distances(triplet_context *context, const triplet_options *options, const floats *x, const floats *y,
                            size_t d, size_t offset) {
  const size_t x_rows = x->count / d, y_rows = y->count / d;
  floats out = floats_make(x_rows * y_rows, offset);
  assert_int_equal(triplet_distances(context, options, triplet_matrix_of(x->data, x_rows, d),
                                     triplet_matrix_of(y->data, y_rows, d),
                                     triplet_matrix_of(out.data, x_rows, y_rows)),
                   TRIPLET_OK);
  return out;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void check_values(const triplet_options *options, const floats *x, const floats *y, size_t d) {
  floats got = all_distances(NULL, options, x, y, d, 1);
  double *wide_x = doubles_of(x->data, x->count), *wide_y = doubles_of(y->data, y->count);
  const size_t x_rows = x->count / d, y_rows = y->count / d;
  for (size_t i = 0; i < x_rows; i++)
    for (size_t j = 0; j < y_rows; j++) {
      const double expected = reference_distance(options, wide_x + i * d, wide_y + j * d, d);
      const double size = reference_size(options, wide_x + i * d, wide_y + j * d, d);
      const double floor = options->distance == TRIPLET_DISTANCE_COSINE ? 1e-15 : (double)d * 0x1p-149;
      const float distance = got.data[i * y_rows + j];
      const bool negative = signbit(distance) && !(options->distance == TRIPLET_DISTANCE_DOT && distance < 0);
      if (!(fabs(distance - expected) <= 1e-6 * size + floor) || negative)
        fail_msg("convention %d distance %d p %g eps %g d %zu, rows %zu and %zu: %.9g, reference %.17g",
                 (int)options->convention, (int)options->distance, options->p, options->eps, d, i, j, (double)distance,
                 expected);
    }
  free(wide_x);
  free(wide_y);
  floats_release(&got);
}

static void test_against_reference(void **state) {
  (void)state;
  static const double scales[] = {1, 1, 1, 100, 1e-4, 1e30, 1e18, 1e-18, 1e-20, 1e-30, 1e-40};
  seeded from = seeded_from(30);
  for (int repeat = 0; repeat < 600; repeat++) {
    triplet_options options = random_options(&from);
    const double scale = scales[seeded_below(&from, sizeof scales / sizeof *scales)];
    const bool overflows = options.distance == TRIPLET_DISTANCE_SQUARED || options.distance == TRIPLET_DISTANCE_DOT;
    if (overflows && scale > 1e18)
      continue;
    const size_t d = 1 + seeded_below(&from, repeat % 10 ? 33 : 300);
    floats x = floats_random(&from, (1 + seeded_below(&from, 12)) * d, 0, scale);
    floats y = floats_random(&from, (1 + seeded_below(&from, 12)) * d, 3, scale);
    check_values(&options, &x, &y, d);
    floats_release(&x);
    floats_release(&y);
  }
}

/* Far from the origin nothing is lost, as it is by |x|^2 - 2 x y + |y|^2. */
static void test_offset_loses_nothing(void **state) {
  (void)state;
  const triplet_options options = options_with(TRIPLET_CONVENTION_EXACT, TRIPLET_DISTANCE_MINKOWSKI, 2, 0);
  const float x[] = {10000, 10000}, y[] = {10000.003f, 10000.004f};
  floats a = floats_make(2, 0), b = floats_make(2, 0);
  memcpy(a.data, x, sizeof x);
  memcpy(b.data, y, sizeof y);
  check_values(&options, &a, &b, 2);
  floats_release(&a);
  floats_release(&b);
}

static const struct {
  const char *name;
  triplet_convention convention;
  triplet_distance distance;
  double p; /* 2 where it is not given */
  double eps;
  float x[3], y[3], expected;
} by_hand[] = {
    {.name = "p = 1", EXACT, .p = 1, .eps = 9, .x = {1, 2, 3}, .y = {0, 4, 6}, .expected = 6},
    {.name = "p = 2", EXACT, .eps = 9, .x = {1, 2, 3}, .y = {1, 5, -1}, .expected = 5},
    {.name = "p = 3", EXACT, .p = 3, .eps = 9, .x = {3, 4, 5}, .expected = 6},
    {.name = "p = inf", EXACT, .p = INFINITY, .eps = 9, .x = {1, 2, 3}, .y = {1, 5, -1}, .expected = 4},
    {.name = "squared",
     TORCH,
     .distance = TRIPLET_DISTANCE_SQUARED,
     .p = 7,
     .eps = 9,
     .x = {1, 2, 3},
     .y = {1, 5, -1},
     .expected = 25},
    {.name = "cosine",
     TORCH,
     .distance = TRIPLET_DISTANCE_COSINE,
     .p = 7,
     .eps = 9,
     .x = {2, 0, 0},
     .y = {3, 4, 0},
     .expected = 0.4f},
    {.name = "cosine, opposite", COSINE, .x = {1, 2, 3}, .y = {-2, -4, -6}, .expected = 2},
    {.name = "cosine, parallel", COSINE, .x = {1, 2, 3}, .y = {2, 4, 6}, .expected = 0},
    {.name = "cosine, a zero row", COSINE, .y = {2, 4, 6}, .expected = 1},
    {.name = "cosine, zero rows", COSINE, .y = {-0.f, 0, 0}, .expected = 1},
    {.name = "cosine of subnormals", COSINE, .x = {0x1p-149f, 0, 0}, .y = {0, 1, 0}, .expected = 1},
    {.name = "cosine of the largest",
     COSINE,
     .x = {FLT_MAX, FLT_MAX, FLT_MAX},
     .y = {FLT_MAX, FLT_MAX, FLT_MAX},
     .expected = 0},
    {.name = "dot",
     .distance = TRIPLET_DISTANCE_DOT,
     TORCH,
     .p = 7,
     .eps = 9,
     .x = {1, 2, 3},
     .y = {0, 4, 6},
     .expected = -26},
    {.name = "dot, opposite", DOT, .x = {1, 2, 3}, .y = {0, -4, -6}, .expected = 26},
    {.name = "dot, at right angles", DOT, .x = {1, 2, 3}, .y = {-2, 1, 0}, .expected = 0},
    {.name = "dot of 1e-22", DOT, .x = {1e-22f, 1e-22f, 0}, .y = {1e-22f, 1e-22f, 0}, .expected = -2e-44f},
    {.name = "dot beyond float32 on the way", DOT, .x = {1e30f, 1e30f, 2}, .y = {1e30f, -1e30f, 3}, .expected = -6},
    {.name = "dot, the largest", DOT, .x = {FLT_MAX, 0, 0}, .y = {1, 0, 0}, .expected = -FLT_MAX},
    {.name = "torch, eps", TORCH, .p = 1, .eps = 1, .x = {1, 2, 3}, .y = {0, 4, 6}, .expected = 5},
    {.name = "torch, eps the other way", TORCH, .p = 1, .eps = 1, .x = {0, 4, 6}, .y = {1, 2, 3}, .expected = 7},
    {.name = "torch, p = inf", TORCH, .p = INFINITY, .eps = 1, .x = {1, 2, 3}, .y = {0, 4, 6}, .expected = 2},
    {.name = "optax, eps", OPTAX, .eps = 11, .x = {1, 2, 3}, .y = {1, 5, -1}, .expected = 6},
    {.name = "optax, p = 1", OPTAX, .p = 1, .eps = 11, .x = {1, 2, 3}, .y = {0, 4, 6}, .expected = 17},
    {.name = "optax, p = 3", OPTAX, .p = 3, .eps = 127, .x = {3, 4, 5}, .expected = 7},
    {.name = "optax, equal rows", OPTAX, .p = 3, .eps = 8, .x = {3, 4, 5}, .y = {3, 4, 5}, .expected = 2},
    {.name = "optax, p = inf", OPTAX, .p = INFINITY, .eps = 11, .x = {1, 2, 3}, .y = {0, 4, 6}, .expected = 3},
    {.name = "optax, eps beyond the sum's range", OPTAX, .eps = 3e38, .x = {1.5e19f, 0, 0}, .expected = 2.2912878e19f},
    {.name = "1e30", EXACT, .x = {3e30f, 4e30f, 0}, .expected = 5e30f},
    {.name = "1e-30", EXACT, .x = {3e-30f, 4e-30f, 0}, .expected = 5e-30f},
    {.name = "p = 7 of 1e30", EXACT, .p = 7, .x = {1e30f, 0, 0}, .y = {-1e30f, 0, 0}, .expected = 2e30f},
    {.name = "subnormal", EXACT, .x = {0x3p-149f, 0, 0}, .y = {0, 0x4p-149f, 0}, .expected = 0x5p-149f},
    {.name = "the largest float32", EXACT, .x = {FLT_MAX, 0, 0}, .expected = FLT_MAX},
};

static void test_by_hand(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++) {
    const double p = by_hand[i].p != 0 ? by_hand[i].p : 2;
    const triplet_options options = options_with(by_hand[i].convention, by_hand[i].distance, p, by_hand[i].eps);
    float got;
    assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(by_hand[i].x, 1, 3),
                                       triplet_matrix_of(by_hand[i].y, 1, 3), (triplet_matrix){&got, 1, 1}),
                     TRIPLET_OK);
    if (!(fabsf(got - by_hand[i].expected) <= 1e-6f * fabsf(by_hand[i].expected)) || bits_of(got) == bits_of(-0.f))
      fail_msg("%s: %.9g, expected %.9g", by_hand[i].name, (double)got, (double)by_hand[i].expected);
  }
}

/* Rows without columns: no difference at all, and cosine's word for zero rows. */
static void test_no_columns(void **state) {
  (void)state;
  for (int convention = 0; convention < 3; convention++)
    for (int distance = 0; distance < DISTANCES; distance++)
      for (size_t i = 0; i < 4; i++) {
        const double p = (const double[]){1, 2, 3, INFINITY}[i];
        const bool floor =
            convention == TRIPLET_CONVENTION_OPTAX && distance == TRIPLET_DISTANCE_MINKOWSKI && p < INFINITY;
        const double expected = distance == TRIPLET_DISTANCE_COSINE ? 1 : floor ? pow(0.25, 1 / p) : 0;
        const triplet_options options =
            options_with((triplet_convention)convention, (triplet_distance)distance, p, 0.25);
        float got[6];
        assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(NULL, 2, 0), triplet_matrix_of(NULL, 3, 0),
                                           triplet_matrix_of(got, 2, 3)),
                         TRIPLET_OK);
        for (size_t k = 0; k < 6; k++)
          assert_true(fabs(got[k] - expected) <= 1e-7);
      }
}

static void test_no_rows(void **state) {
  (void)state;
  const float row[] = {1, 2};
  float untouched;
  pattern_set(&untouched, sizeof untouched);
  for (int distance = 0; distance < DISTANCES; distance++) {
    const triplet_options options = options_with(TRIPLET_CONVENTION_EXACT, (triplet_distance)distance, 2, 0);
    const triplet_matrix none = {NULL, 0, 2}, one = triplet_matrix_of(row, 1, 2);
    assert_int_equal(triplet_distances(NULL, &options, none, one, (triplet_matrix){&untouched, 0, 1}), TRIPLET_OK);
    assert_int_equal(triplet_distances(NULL, &options, one, none, (triplet_matrix){&untouched, 1, 0}), TRIPLET_OK);
    assert_int_equal(triplet_distances(NULL, &options, none, none, (triplet_matrix){NULL, 0, 0}), TRIPLET_OK);
  }
  assert_true(pattern_stands(&untouched, sizeof untouched));
}

/* ---- the same bits ----------------------------------------------------------------------------------------------- */

/* A pair's distance alone, as a pair of rows, inside any tile, and a set with itself. */
static void test_bits_of_every_path(void **state) {
  (void)state;
  seeded from = seeded_from(31);
  for (int repeat = 0; repeat < 60; repeat++) {
    const triplet_options options = random_options(&from);
    const size_t d = 1 + seeded_below(&from, repeat % 4 ? 20 : 140), rows = 1 + seeded_below(&from, 100);
    const bool overflows = options.distance == TRIPLET_DISTANCE_SQUARED || options.distance == TRIPLET_DISTANCE_DOT;
    const double scale = overflows || seeded_below(&from, 2) ? 1 : 1e19;
    floats x = floats_random(&from, rows * d, seeded_below(&from, 16), scale);
    floats y = floats_random(&from, rows * d, seeded_below(&from, 16), scale);
    if (rows > 3) /* equal rows: distances 0 beside others */
      memcpy(y.data + d, x.data, 2 * d * sizeof(float));
    floats tiles = all_distances(NULL, &options, &x, &y, d, 0);

    const triplet_measure measure = triplet_measure_of(NULL, &options);
    floats pairs = floats_make(rows, 0);
    triplet_rows x_rows, y_rows;
    assert_int_equal(triplet_rows_create(NULL, &measure, triplet_matrix_of(x.data, rows, d),
                                         triplet_matrix_of(y.data, rows, d), &x_rows, &y_rows),
                     TRIPLET_OK);
    triplet_row_distances(&measure, &x_rows, &y_rows, pairs.data);
    triplet_rows_release(NULL, &x_rows, &y_rows);
    for (size_t i = 0; i < rows; i++) {
      assert_same_bits(&pairs.data[i], &tiles.data[i * rows + i], 1, "row path");
      const size_t j = seeded_below(&from, rows);
      floats a = floats_make(d, seeded_below(&from, 16)), b = floats_make(d, seeded_below(&from, 16));
      memcpy(a.data, x.data + i * d, d * sizeof(float));
      memcpy(b.data, y.data + j * d, d * sizeof(float));
      floats alone = all_distances(NULL, &options, &a, &b, d, 0);
      assert_same_bits(alone.data, &tiles.data[i * rows + j], 1, "pair alone");
      floats_release(&a);
      floats_release(&b);
      floats_release(&alone);
    }

    floats copy = floats_make(x.count, 2);
    memcpy(copy.data, x.data, x.count * sizeof(float));
    floats with_itself = all_distances(NULL, &options, &x, &x, d, 0);
    floats with_copy = all_distances(NULL, &options, &x, &copy, d, 0);
    assert_same_bits(with_itself.data, with_copy.data, rows * rows, "a set with itself");

    floats *const lists[] = {&x, &y, &tiles, &pairs, &copy, &with_itself, &with_copy};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
      floats_release(lists[i]);
  }
}

typedef struct machine_check {
  const triplet_options *options;
  const floats *x, *y;
  size_t d;
  floats first;
} machine_check;

static void check_bits(triplet_context *context, void *data) {
  machine_check *check = data;
  floats got = all_distances(context, check->options, check->x, check->y, check->d, 1);
  if (!check->first.memory) {
    check->first = got;
    return;
  }
  assert_same_bits(got.data, check->first.data, got.count, triplet_context_instruction_set(context));
  floats_release(&got);
}

static void test_bits_on_every_machine(void **state) {
  (void)state;
  seeded from = seeded_from(32);
  for (int repeat = 0; repeat < 40; repeat++) {
    triplet_options options = random_options(&from);
    options.nonfinite = TRIPLET_NONFINITE_ALLOW;
    const size_t d = 1 + seeded_below(&from, repeat % 4 ? 20 : 140);
    const double scale = seeded_below(&from, 3) ? 1 : 1e-19;
    floats x = floats_random(&from, (1 + seeded_below(&from, 140)) * d, 0, scale);
    floats y = floats_random(&from, (1 + seeded_below(&from, 70)) * d, 7, scale);
    if (repeat % 3 == 0)
      x.data[seeded_below(&from, x.count)] = repeat % 2 ? NAN : INFINITY;
    machine_check check = {&options, &x, repeat % 5 ? &y : &x, d, {0}};
    on_every_machine(check_bits, &check);
    floats_release(&check.first);
    floats_release(&x);
    floats_release(&y);
  }
}

/* So many that they are written around the cache, from every place of one of its lines on; nothing beside them. */
static void check_large(triplet_context *context, void *data) {
  (void)data;
  static const size_t counts[] = {1024, 1040, 1031};
  const size_t d = 2;
  triplet_options options = triplet_batch_options();
  seeded from = seeded_from(38);
  for (size_t offset = 0; offset < 16; offset++) {
    const size_t rows = counts[offset % 3];
    const bool same = offset % 2;
    floats x = floats_random(&from, rows * d, 0, 1), y = floats_random(&from, rows * d, 0, 1);
    const floats *other = same ? &x : &y;
    const triplet_measure measure = triplet_measure_of(context, &options);
    const triplet_rows all = triplet_rows_of(x.data, rows, d), others = triplet_rows_of(other->data, rows, d);
    floats strip = floats_make(rows, 0), got = floats_make(rows * rows + 2, offset);
    float *const distances = got.data + 1;
    distances[-1] = distances[rows * rows] = 12345;
    const triplet_matrix by_x = triplet_matrix_of(x.data, rows, d), by_y = triplet_matrix_of(other->data, rows, d);
    const triplet_matrix out = triplet_matrix_of(distances, rows, rows);
    assert_int_equal(triplet_distances(context, &options, by_x, by_y, out), TRIPLET_OK);
    for (size_t i = 0; i < rows; i++) {
      const triplet_rows one = triplet_rows_part(&all, i, 1);
      triplet_tile_distances(&measure, &one, &others, strip.data, rows);
      assert_same_bits(distances + i * rows, strip.data, rows, "large");
    }
    assert_true(distances[-1] == 12345 && distances[rows * rows] == 12345);

    const size_t i = seeded_below(&from, rows);
    other->data[i * d] = NAN;
    assert_int_equal(triplet_distances(context, &options, by_x, by_y, out), TRIPLET_NOT_FINITE);
    floats *const lists[] = {&x, &y, &strip, &got};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
      floats_release(lists[k]);
  }
}

static void test_large(void **state) {
  (void)state;
  on_every_machine(check_large, NULL);
}

/* ---- numbers that are not finite --------------------------------------------------------------------------------- */

/* Rows of a few kinds, so that most are equal to others, in value but not in sign of zero, or apart by what no square
 * of float32 holds; some are not finite. Each pair as by itself, and in double. */
static void check_collapsed(triplet_context *context, void *data) {
  (void)data;
  enum { KINDS = 9, ROWS = 150, MOST_D = 40 };
  static const double eps[] = {0, 1e-6, 1e-30, 1e-60};
  seeded from = seeded_from(37);
  for (int turn = 0; turn < 48; turn++) {
    const size_t d = 1 + seeded_below(&from, MOST_D), kinds = 1 + seeded_below(&from, KINDS);
    triplet_options options = triplet_batch_options();
    options.distance = turn % 4 == 3 ? TRIPLET_DISTANCE_DOT : TRIPLET_DISTANCE_MINKOWSKI;
    options.convention = (triplet_convention)(turn % 3);
    options.eps = eps[turn / 3 % 4];
    float kind[KINDS][MOST_D], rows[ROWS * MOST_D], distances[ROWS * ROWS];
    for (size_t k = 0; k < d; k++) {
      kind[0][k] = (float)seeded_below(&from, 9) / 3 - 1;
      for (size_t i = 1; i < KINDS; i++)
        kind[i][k] = kind[0][k];
      kind[2][k] = 0;
      kind[3][k] = -0.0f;
      kind[4][k] = (float)(seeded_below(&from, 9) * 1e-30);
      kind[5][k] = (float)(seeded_below(&from, 9) * 1e-30);
      kind[6][k] += 1;
    }
    kind[7][d - 1] = INFINITY;
    kind[8][0] = NAN;
    for (size_t i = 0; i < ROWS; i++)
      memcpy(rows + i * d, kind[seeded_below(&from, turn % 2 ? kinds : KINDS)], d * sizeof *rows);

    const triplet_measure measure = triplet_measure_of(context, &options);
    const triplet_rows all = triplet_rows_of(rows, ROWS, d);
    triplet_tile_distances(&measure, &all, &all, distances, ROWS);
    for (size_t i = 0; i < ROWS; i++)
      for (size_t j = 0; j < ROWS; j++) {
        const triplet_rows x = triplet_rows_part(&all, i, 1), y = triplet_rows_part(&all, j, 1);
        float alone;
        triplet_row_distances(&measure, &x, &y, &alone);
        assert_same_bits(&distances[i * ROWS + j], &alone, 1, "collapsed");
        const double exact = triplet_exact_distance(&measure, &x, &y);
        if (options.distance == TRIPLET_DISTANCE_MINKOWSKI)
          assert_true(exact != exact ? alone != alone
                                     : alone == (float)exact || fabs(alone - exact) <= 1e-6 * fabs(exact));
      }
  }
}

static void test_collapsed(void **state) {
  (void)state;
  on_every_machine(check_collapsed, NULL);
}

static void test_not_finite(void **state) {
  (void)state;
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  seeded from = seeded_from(33);
  for (int repeat = 0; repeat < 400; repeat++) {
    triplet_options options = random_options(&from);
    const size_t d = 1 + seeded_below(&from, 20), row = seeded_below(&from, 3);
    floats x = floats_random(&from, 3 * d, 0, 1), y = floats_random(&from, 2 * d, 0, 1);
    if (repeat % 2)
      memset(y.data, 0, 2 * d * sizeof(float)); /* a zero row must not hide it under cosine */
    x.data[row * d + seeded_below(&from, d)] = bad[seeded_below(&from, 3)];
    float got[6];
    triplet_context *context = triplet_context_create(NULL);
    const triplet_status status = triplet_distances(context, &options, triplet_matrix_of(x.data, 3, d),
                                                    triplet_matrix_of(y.data, 2, d), triplet_matrix_of(got, 3, 2));
    char message[100];
    snprintf(message, sizeof message, "distance of row %zu to row 0 of y is not finite", row);
    assert_error(context, status, TRIPLET_NOT_FINITE, "x", message);
    triplet_context_destroy(context);

    options.nonfinite = TRIPLET_NONFINITE_ALLOW;
    floats all = all_distances(NULL, &options, &x, &y, d, 0);
    for (size_t k = 0; k < 6; k++) {
      const float distance = all.data[k];
      const bool negative = signbit(distance) && !(options.distance == TRIPLET_DISTANCE_DOT && isfinite(distance));
      if (isfinite(distance) != (k / 2 != row) || (isnan(distance) && bits_of(distance) != 0x7fc00000) || negative)
        fail_msg("convention %d distance %d p %g: distance %zu is %g (%08x)", (int)options.convention,
                 (int)options.distance, options.p, k, (double)distance, (unsigned)bits_of(distance));
    }
    floats_release(&all);
    floats_release(&x);
    floats_release(&y);
  }
}

/* ---- misuse and memory ------------------------------------------------------------------------------------------- */

typedef struct misuse_call {
  triplet_options options;
  triplet_matrix x, y, distances;
} misuse_call;

#define MISUSE(name, statement)                                                                                        \
  static void name(misuse_call *call) {                                                                                \
    statement;                                                                                                         \
  }

MISUSE(no_x, call->x.data = NULL)
MISUSE(no_y, call->y.data = NULL)
MISUSE(huge_x, call->x.rows = SIZE_MAX / 8)
MISUSE(cols_of_y, call->y.cols = 2)
MISUSE(rows_of_output, call->distances.rows = 4)
MISUSE(cols_of_output, call->distances.cols = 1)
MISUSE(no_output, call->distances.data = NULL)
MISUSE(small_p, call->options.p = 0.999)
MISUSE(nan_eps, call->options.eps = NAN)
MISUSE(no_distance, call->options.distance = (triplet_distance)1000)

static const struct {
  void (*spoil)(misuse_call *call);
  const char *argument, *message;
  int choice; /* in place of a message: one that there is none of */
} misuses[] = {
    {.spoil = no_x, .argument = "x", .message = "expected 3 x 4 floats, got NULL"},
    {.spoil = no_y, .argument = "y", .message = "expected 2 x 4 floats, got NULL"},
    {.spoil = huge_x, .argument = "x", .message = "2305843009213693951 x 4 floats do not fit in memory"},
    {.spoil = cols_of_y, .argument = "y", .message = "expected 4 columns like x, got 2"},
    {.spoil = rows_of_output, .argument = "distances", .message = "expected 3 x 2 like x.rows x y.rows, got 4 x 2"},
    {.spoil = cols_of_output, .argument = "distances", .message = "expected 3 x 2 like x.rows x y.rows, got 3 x 1"},
    {.spoil = no_output, .argument = "distances", .message = "expected 3 x 2 floats, got NULL"},
    {.spoil = small_p, .argument = "p", .message = "expected a number in [1, inf], got 0.999"},
    {.spoil = nan_eps, .argument = "eps", .message = "expected a finite number >= 0, got nan"},
    {.spoil = no_distance, .argument = "distance", .choice = 1000},
};

static void test_misuse_writes_nothing(void **state) {
  (void)state;
  const float rows[12] = {0};
  for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
    float out[8];
    pattern_set(out, sizeof out);
    misuse_call call = {
        triplet_batch_options(), triplet_matrix_of(rows, 3, 4), triplet_matrix_of(rows, 2, 4), {out, 3, 2}};
    misuses[i].spoil(&call);
    const char *const message = misuses[i].message
                                    ? misuses[i].message
                                    : no_such_choice(TRIPLET_SCHEMA_DISTANCES, misuses[i].argument, misuses[i].choice);
    triplet_context *context = triplet_context_create(NULL);
    assert_error(context, triplet_distances(context, &call.options, call.x, call.y, call.distances),
                 TRIPLET_INVALID_ARGUMENT, misuses[i].argument, message);
    triplet_context_destroy(context);
    assert_true(pattern_stands(out, sizeof out));
  }
}

/* Options that distances do not look at may hold anything. */
static void test_other_options_do_not_matter(void **state) {
  (void)state;
  const float row[] = {1};
  float out;
  triplet_options options = triplet_batch_options();
  options.margin = NAN;
  options.mining = (triplet_mining)99;
  options.weights = (triplet_floats){NULL, 5};
  const triplet_matrix one = triplet_matrix_of(row, 1, 1);
  assert_int_equal(triplet_distances(NULL, &options, one, one, (triplet_matrix){&out, 1, 1}), TRIPLET_OK);
}

typedef struct memory_call {
  triplet_options options;
  float out[6];
} memory_call;

static triplet_status call_with_memory(triplet_context *context, void *data) {
  static const float rows[] = {1, 2, 3, 4, 5, 6};
  memory_call *call = data;
  return triplet_distances(context, &call->options, triplet_matrix_of(rows, 3, 2), triplet_matrix_of(rows, 2, 2),
                           triplet_matrix_of(call->out, 3, 2));
}

static void nothing_written(void *data) {
  const memory_call *call = data;
  assert_true(pattern_stands(call->out, sizeof call->out));
}

/* Only cosine needs memory: its rows, of both sets. */
static void test_failing_memory(void **state) {
  (void)state;
  for (int distance = 0; distance < DISTANCES; distance++) {
    memory_call call = {.options = options_with(TRIPLET_CONVENTION_EXACT, (triplet_distance)distance, 2, 0)};
    pattern_set(call.out, sizeof call.out);
    assert_int_equal(fail_each_allocation(call_with_memory, nothing_written, &call),
                     distance == TRIPLET_DISTANCE_COSINE ? 2 : 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_reference),
      cmocka_unit_test(test_offset_loses_nothing),
      cmocka_unit_test(test_by_hand),
      cmocka_unit_test(test_no_columns),
      cmocka_unit_test(test_no_rows),
      cmocka_unit_test(test_bits_of_every_path),
      cmocka_unit_test(test_bits_on_every_machine),
      cmocka_unit_test(test_large),
      cmocka_unit_test(test_collapsed),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_misuse_writes_nothing),
      cmocka_unit_test(test_other_options_do_not_matter),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
