/* The cosine distance keeps its digits, however near the rows: values, orders, picks and gradients, against long double
 * and the plain formula 1 - x y / |x| |y|. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

static long double dot(const float *x, const float *y, size_t d) {
  long double sum = 0;
  for (size_t k = 0; k < d; k++)
    sum += (long double)x[k] * y[k];
  return sum;
}

static long double exact_cosine(const float *x, const float *y, size_t d) {
  return dot(x, y, d) / sqrtl(dot(x, x, d)) / sqrtl(dot(y, y, d));
}

/* dd/dx; returns its largest entry. */
static long double exact_gradient(const float *x, const float *y, size_t d, long double *by_x) {
  const long double length = sqrtl(dot(x, x, d)), other = sqrtl(dot(y, y, d)), cosine = exact_cosine(x, y, d);
  long double largest = 0;
  for (size_t k = 0; k < d; k++) {
    by_x[k] = (cosine * x[k] / length - y[k] / other) / length;
    largest = fmaxl(largest, fabsl(by_x[k]));
  }
  return largest;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

enum { MOST_COLS = 768 };
static const size_t widths[] = {2, 3, 16, 37, 128, MOST_COLS};
static const double scales[] = {1, 1, 1e30, 1e-30, 1e-39};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static triplet_options cosine_options(triplet_options options) {
  options.convention = TRIPLET_CONVENTION_EXACT;
  options.distance = TRIPLET_DISTANCE_COSINE;
  return options;
}

/* y: towards x, or away from it, but for parts of `apart` of its length. */
static void make_near(seeded *from, const float *x, float *y, size_t d, double apart) {
  const double length = sqrt((double)dot(x, x, d)), factor = seeded_between(from, 0.5, 2);
  const double part = apart * length / sqrt((double)d / 3);
  for (size_t k = 0; k < d; k++)
    y[k] = (float)(factor * (x[k] + part * seeded_between(from, -1, 1)));
}

static float distance_of(const float *x, const float *y, size_t d) {
  const triplet_options options = cosine_options(triplet_batch_options());
  float distance = 0;
  assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(x, 1, d), triplet_matrix_of(y, 1, d),
                                     (triplet_matrix){&distance, 1, 1}),
                   TRIPLET_OK);
  return distance;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void near_rows_keep_their_digits(void **state) {
  (void)state;
  seeded from = seeded_from(91);
  size_t tried = 0;
  for (int repeat = 0; repeat < 3000; repeat++) {
    const size_t d = widths[seeded_below(&from, COUNT(widths))];
    float x[MOST_COLS], y[MOST_COLS];
    seeded_fill(&from, x, d, scales[seeded_below(&from, COUNT(scales))]);
    make_near(&from, x, y, d, pow(10, seeded_between(&from, -5, 0.5)));
    const long double exact = 1 - exact_cosine(x, y, d);
    if (exact < 1e-9L)
      continue;
    const float distance = distance_of(x, y, d);
    if (!(fabsl(distance - exact) <= 1e-6L * exact))
      fail_msg("d %zu: %.9g, exactly %.12Lg", d, (double)distance, exact);
    tried++;
  }
  assert_true(tried > 2000);
}

/* Two rows about as far from a third, their distances a few millionths apart. */
static void near_rows_keep_their_order(void **state) {
  (void)state;
  enum { PAIRS = 10000, AT_ONCE = 100 };
  static float others[2 * AT_ONCE * MOST_COLS];
  const triplet_options options = cosine_options(triplet_batch_options());
  for (size_t wide = 0; wide < 2; wide++) {
    const size_t d = wide ? MOST_COLS : 3;
    seeded from = seeded_from(92 + wide);
    float x[MOST_COLS], distances[2 * AT_ONCE];
    seeded_fill(&from, x, d, 1);
    size_t tried = 0;
    while (tried < PAIRS) {
      for (size_t pair = 0; pair < AT_ONCE; pair++) {
        float *y = others + 2 * pair * d, *z = y + d;
        make_near(&from, x, y, d, pow(10, seeded_between(&from, -4.3, -1.5)));
        /* The other way from x, so that the lengths of the rows differ as much as their distances. */
        for (size_t k = 0; k < d; k++)
          z[k] = (float)(2 * (double)x[k] - (1 + 1e-6) * ((double)y[k] - x[k]) - x[k]);
      }
      assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(x, 1, d),
                                         triplet_matrix_of(others, 2 * AT_ONCE, d),
                                         triplet_matrix_of(distances, 1, 2 * AT_ONCE)),
                       TRIPLET_OK);
      for (size_t pair = 0; pair < AT_ONCE; pair++) {
        const float *y = others + 2 * pair * d;
        const long double first = 1 - exact_cosine(x, y, d), second = 1 - exact_cosine(x, y + d, d);
        if (first < 1e-9L || second < 1e-9L || fabsl(first - second) < 1e-6L * first)
          continue;
        tried++;
        if ((distances[2 * pair] < distances[2 * pair + 1]) != (first < second))
          fail_msg("d %zu: %.9g and %.9g, exactly %.12Lg and %.12Lg", d, (double)distances[2 * pair],
                   (double)distances[2 * pair + 1], first, second);
      }
    }
  }
}

/* The values have been worked out to fifty digits. */
static const struct {
  float x[2], y[2];
  double distance;
} by_hand[] = {
    {{1, 0}, {1, 2e-4f}, 1.99999983895e-8},
    {{1.99969542f, .0087262f}, {2, 0}, 9.52108477061e-6},
    {{1.99969542f, .0087262f}, {1.99878168f, .01744975f}, 9.53198544269e-6},
};

static void small_distances_by_hand(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(by_hand); i++) {
    const float distance = distance_of(by_hand[i].x, by_hand[i].y, 2);
    if (!(fabs(distance - by_hand[i].distance) <= 1e-6 * by_hand[i].distance))
      fail_msg("case %zu: %.9g, expected %.9g", i, (double)distance, by_hand[i].distance);
  }
}

/* ---- the same distance everywhere -------------------------------------------------------------------------------- */

/* d(a, p) = 9.5211e-6 < d(a, n) = 9.5320e-6: semi-hard, and no wrong neighbour. */
static const float near_batch[] = {1.99969542f, .0087262f, 2, 0, 1.99878168f, .01744975f};
static const int32_t near_labels[] = {0, 0, 1};

static void a_near_semihard_negative_is_mined(void **state) {
  (void)state;
  triplet_options options = cosine_options(triplet_batch_options());
  options.mining = TRIPLET_MINING_SEMIHARD;
  const triplet_batch batch = {triplet_matrix_of(near_batch, 3, 2), triplet_labels_of(near_labels, 3), NULL};
  int32_t rows[3 * 4];
  triplet_triplets mined = {rows, rows + 4, rows + 8, 4, 0};
  triplet_stats stats;
  assert_int_equal(triplet_mine(NULL, &options, &batch, &mined, &stats), TRIPLET_OK);
  assert_int_equal(mined.anchors[0], 0);
  assert_int_equal(mined.positives[0], 1);
  assert_int_equal(mined.negatives[0], 2);
}

static void the_nearer_row_is_the_neighbour(void **state) {
  (void)state;
  const triplet_options options = cosine_options(triplet_batch_options());
  const triplet_neighbor_search search = {
      .queries = triplet_matrix_of(near_batch, 1, 2), .references = triplet_matrix_of(near_batch + 2, 2, 2), .k = 2};
  int32_t indices[2];
  float distances[2];
  assert_int_equal(triplet_nearest(NULL, &options, &search, indices, distances), TRIPLET_OK);
  assert_int_equal(indices[0], 0);
  for (size_t i = 0; i < 2; i++) {
    const float alone = distance_of(near_batch, near_batch + 2 + 2 * (size_t)indices[i], 2);
    assert_same_bits(&distances[i], &alone, 1, "nearest");
  }
}

/* ---- gradients --------------------------------------------------------------------------------------------------- */

typedef struct near_pair {
  size_t d;
  float x[MOST_COLS], y[MOST_COLS];
} near_pair;

/* Near each other, far, or nearly opposite; at least 1e-9 from parallel and from opposite. */
static void make_pair(seeded *from, near_pair *pair) {
  long double cosine;
  do {
    pair->d = widths[seeded_below(from, COUNT(widths))];
    seeded_fill(from, pair->x, pair->d, scales[seeded_below(from, COUNT(scales))]);
    make_near(from, pair->x, pair->y, pair->d, pow(10, seeded_between(from, -5, 0.5)));
    if (seeded_below(from, 2))
      for (size_t k = 0; k < pair->d; k++)
        pair->y[k] = -pair->y[k];
    cosine = exact_cosine(pair->x, pair->y, pair->d);
  } while (1 - cosine < 1e-9L || 1 + cosine < 1e-9L);
}

/* dd/dx, or dd/dy, to 1e-5 of its largest entry. */
static void check_gradient(const char *what, const near_pair *pair, bool by_y, const float *got) {
  const float *x = by_y ? pair->y : pair->x, *y = by_y ? pair->x : pair->y;
  long double exact[MOST_COLS];
  const long double largest = exact_gradient(x, y, pair->d, exact);
  if (largest > FLT_MAX)
    return;
  for (size_t k = 0; k < pair->d; k++)
    if (!(fabsl(got[k] - exact[k]) <= 1e-5L * largest + 0x1p-149L))
      fail_msg("%s, d %zu, distance %.12Lg, entry %zu of %s: %.9g, exactly %.12Lg, the largest %.3Lg", what, pair->d,
               1 - exact_cosine(x, y, pair->d), k, by_y ? "y" : "x", (double)got[k], exact[k], largest);
}

/* The negative is the anchor itself, whose distance 0 has no gradient. */
static void gradients_of_explicit_triplets(void **state) {
  (void)state;
  seeded from = seeded_from(95);
  near_pair pair;
  for (int repeat = 0; repeat < 2000; repeat++) {
    make_pair(&from, &pair);
    const triplet_options options = cosine_options(triplet_margin_options());
    float anchor[MOST_COLS], positive[MOST_COLS], negative[MOST_COLS];
    const triplet_matrix x = triplet_matrix_of(pair.x, 1, pair.d), y = triplet_matrix_of(pair.y, 1, pair.d);
    triplet_result result;
    assert_int_equal(triplet_margin_loss(NULL, &options, &(triplet_explicit){x, y, x},
                                         (triplet_gradients){anchor, positive, negative}, NULL, &result),
                     TRIPLET_OK);
    check_gradient("explicit", &pair, false, anchor);
    check_gradient("explicit", &pair, true, positive);
    for (size_t k = 0; k < pair.d; k++)
      assert_true(negative[k] == 0);
  }
}

/* The negative is a row of zeros, at distance 1 from every other and without a gradient: what is left of each anchor is
 * the pair of the others. All mining sums slopes of pairs, hard mining scatters picks. */
static void gradients_of_batches(void **state) {
  (void)state;
  static const triplet_mining minings[] = {TRIPLET_MINING_ALL, TRIPLET_MINING_HARD};
  static const int32_t labels[] = {0, 0, 1};
  seeded from = seeded_from(96);
  near_pair pair;
  for (int repeat = 0; repeat < 2000; repeat++) {
    make_pair(&from, &pair);
    const size_t d = pair.d;
    triplet_options options = cosine_options(triplet_batch_options());
    options.mining = minings[repeat % 2];
    options.margin = 3;
    static float rows[3 * MOST_COLS], gradient[3 * MOST_COLS];
    memcpy(rows, pair.x, d * sizeof *rows);
    memcpy(rows + d, pair.y, d * sizeof *rows);
    memset(rows + 2 * d, 0, d * sizeof *rows);
    const triplet_batch batch = {triplet_matrix_of(rows, 3, d), triplet_labels_of(labels, 3), NULL};
    triplet_batch_result result;
    assert_int_equal(
        triplet_batch_loss(NULL, &options, &batch, (triplet_batch_gradients){gradient, NULL}, NULL, &result),
        TRIPLET_OK);
    assert_int_equal(result.stats.active, 2);
    check_gradient("batch", &pair, false, gradient);
    check_gradient("batch", &pair, true, gradient + d);
    for (size_t k = 0; k < d; k++)
      assert_true(gradient[2 * d + k] == 0);
  }
}

/* Exactly none, also of what the row of zeros is paired with. */
static void a_row_of_zeros_has_no_gradient(void **state) {
  (void)state;
  seeded from = seeded_from(97);
  for (size_t w = 0; w < COUNT(widths); w++) {
    const size_t d = widths[w];
    float x[MOST_COLS], gradient[3 * MOST_COLS];
    const float zeros[MOST_COLS] = {0};
    seeded_fill(&from, x, d, 1);
    const triplet_options options = cosine_options(triplet_margin_options());
    const triplet_matrix row = triplet_matrix_of(x, 1, d), none = triplet_matrix_of(zeros, 1, d);
    triplet_result result;
    assert_true(distance_of(x, zeros, d) == 1 && distance_of(zeros, zeros, d) == 1);
    assert_int_equal(triplet_margin_loss(NULL, &options, &(triplet_explicit){row, none, none},
                                         (triplet_gradients){gradient, gradient + d, gradient + 2 * d}, NULL, &result),
                     TRIPLET_OK);
    for (size_t k = 0; k < 3 * d; k++)
      assert_true(gradient[k] == 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(near_rows_keep_their_digits),
      cmocka_unit_test(near_rows_keep_their_order),
      cmocka_unit_test(small_distances_by_hand),
      cmocka_unit_test(a_near_semihard_negative_is_mined),
      cmocka_unit_test(the_nearer_row_is_the_neighbour),
      cmocka_unit_test(gradients_of_explicit_triplets),
      cmocka_unit_test(gradients_of_batches),
      cmocka_unit_test(a_row_of_zeros_has_no_gradient),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
