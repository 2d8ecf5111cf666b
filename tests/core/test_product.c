/* Estimates of sums of squares against the distances as they are computed: none lies farther off than is said. */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "product.h"

enum { MOST_REFERENCES = 100, MOST_COLUMNS = 300, QUERIES = TRIPLET_PRODUCT_QUERIES, ROUNDS = 300 };

typedef struct problem {
  triplet_options options;
  triplet_matrix queries, references;
  bool never;     /* are there estimates */
  size_t checked; /* there were, so often */
} problem;

static void check_tile(const triplet_product *product, const triplet_rows *queries, triplet_product_tile tile) {
  static float read[QUERIES * MOST_COLUMNS], out[QUERIES * (MOST_REFERENCES + TRIPLET_PRODUCT_PANEL)];
  triplet_estimate estimates[QUERIES];
  triplet_product with = *product;
  with.tile = tile;
  const size_t count = product->references.rows, room = triplet_product_room(count);
  if (!triplet_product_read(&with, queries, read, estimates))
    return;
  for (size_t j = 0; j < room; j += TRIPLET_PRODUCT_PANEL)
    triplet_product_panel(&with, read, j / TRIPLET_PRODUCT_PANEL, out + j, room);
  for (size_t i = 0; i < queries->rows; i++)
    for (size_t j = 0; j < room; j++) {
      if (j >= count) {
        assert_true(out[i * room + j] == INFINITY);
        continue;
      }
      const triplet_rows x = triplet_rows_part(queries, i, 1), y = triplet_rows_part(&product->references, j, 1);
      float distance;
      triplet_row_distances(product->measure, &x, &y, &distance);
      const double squares = triplet_square_at(product->measure, distance);
      const double off = fabs(out[i * room + j] + estimates[i].squares - squares);
      assert_true(off <= triplet_estimate_slack(&estimates[i], squares));
    }
}

static void check(triplet_context *context, void *data) {
  problem *of = data;
  const triplet_measure measure = triplet_measure_of(context, &of->options);
  triplet_rows queries, references;
  triplet_product product;
  assert_int_equal(triplet_rows_create(context, &measure, of->queries, of->references, &queries, &references),
                   TRIPLET_OK);
  assert_int_equal(triplet_product_create(context, &measure, &references, &product), TRIPLET_OK);
  assert_false(of->never && product.tile);
  if (product.tile) {
    of->checked++;
    check_tile(&product, &queries, product.tile);
    check_tile(&product, &queries, triplet_product_base);
#ifdef TRIPLET_HAS_AVX
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      check_tile(&product, &queries, triplet_product_avx2);
#endif
  }
  triplet_product_release(context, &product);
  triplet_rows_release(context, &queries, &references);
}

static void lie_within_their_bounds(void **state) {
  (void)state;
  static const float offsets[] = {0, 1, 1e4f, -3e7f}, scales[] = {1, 1e-30f, 1e-38f, 1e-12f, 1e10f};
  static const triplet_distance distances[] = {TRIPLET_DISTANCE_MINKOWSKI, TRIPLET_DISTANCE_SQUARED,
                                               TRIPLET_DISTANCE_COSINE};
  seeded from = seeded_from(1);
  size_t checked = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const size_t d = 8 + seeded_below(&from, round % 10 ? 60 : MOST_COLUMNS - 8);
    const size_t n = 1 + seeded_below(&from, QUERIES), m = 1 + seeded_below(&from, MOST_REFERENCES);
    const float offset = offsets[seeded_below(&from, 4)], scale = scales[seeded_below(&from, 5)];
    floats x = floats_random(&from, n * d, 0, 2), y = floats_random(&from, m * d, 0, 2);
    const float equal = round % 4 == 0 ? x.data[0] : NAN; /* equal rows */
    for (size_t i = 0; i < (n + m) * d; i++) {
      float *value = i < n * d ? &x.data[i] : &y.data[i - n * d];
      *value = ((equal == equal ? equal : *value) + offset) * scale;
    }
    if (round % 3 == 0) /* one lies far away */
      y.data[seeded_below(&from, m * d)] = 1e5f * (fabsf(offset) + 1) * scale;
    problem of = {triplet_batch_options(), {x.data, n, d}, {y.data, m, d}, false, 0};
    of.options.distance = distances[round % 3];
    on_every_machine(check, &of);
    checked += of.checked > 0;
    floats_release(&y);
    floats_release(&x);
  }
  assert_in_range(checked, ROUNDS / 2, ROUNDS);
}

/* The distances themselves are taken where estimates might be wrong. */
static void are_made_of_fit_rows_alone(void **state) {
  (void)state;
  enum { D = 10, M = 40 };
  static float x[D], y[M * D];
  seeded from = seeded_from(2);
  seeded_fill(&from, x, D, 1);
  problem of = {triplet_batch_options(), {x, 1, D}, {y, M, D}, true, 0};
  static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, 1e13f};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    seeded_fill(&from, y, M * D, 1);
    y[seeded_below(&from, M * D)] = bad[i];
    on_every_machine(check, &of);
  }
  seeded_fill(&from, y, M * D, 1);
  of.options.p = 1;
  on_every_machine(check, &of);
  of.options.p = 2;
  of.options.convention = TRIPLET_CONVENTION_TORCH;
  on_every_machine(check, &of);
  of.options.convention = TRIPLET_CONVENTION_OPTAX;
  on_every_machine(check, &of);
  of.options = triplet_batch_options();
  of.options.distance = TRIPLET_DISTANCE_COSINE;
  for (size_t k = 0; k < D; k++) /* a row without a length */
    y[3 * D + k] = 0;
  on_every_machine(check, &of);
  of.options.distance = TRIPLET_DISTANCE_DOT;
  on_every_machine(check, &of);
}

/* Of few columns, and of no rows, there are none. */
static void are_made_where_they_are_faster(void **state) {
  (void)state;
  static float x[2 * 8], y[40 * 8];
  seeded from = seeded_from(3);
  seeded_fill(&from, x, 16, 1);
  seeded_fill(&from, y, 320, 1);
  problem few = {triplet_batch_options(), {x, 2, 7}, {y, 40, 7}, true, 0},
          none = {triplet_batch_options(), {x, 2, 8}, {y, 0, 8}, true, 0},
          enough = {triplet_batch_options(), {x, 2, 8}, {y, 40, 8}, false, 0};
  on_every_machine(check, &few);
  on_every_machine(check, &none);
  on_every_machine(check, &enough);
  assert_true(enough.checked > 0);
}

/* One query that is not fit, and none of them is estimated. */
static void all_queries_are_fit(void **state) {
  (void)state;
  enum { D = 10, M = 40 };
  static float x[2 * D], y[M * D], read[QUERIES * D];
  seeded from = seeded_from(4);
  seeded_fill(&from, x, 2 * D, 1);
  seeded_fill(&from, y, M * D, 1);
  const triplet_options options = triplet_batch_options();
  const triplet_measure measure = triplet_measure_of(context, &options);
  const triplet_rows queries = {.data = x, .rows = 2, .cols = D, .stride = D},
                     references = {.data = y, .rows = M, .cols = D, .stride = D};
  triplet_product product;
  triplet_estimate estimates[QUERIES];
  assert_int_equal(triplet_product_create(context, &measure, &references, &product), TRIPLET_OK);
  assert_true(triplet_product_read(&product, &queries, read, estimates));
  for (size_t row = 0; row < 2; row++) {
    const float kept = x[row * D];
    x[row * D] = 3e38f;
    assert_false(triplet_product_read(&product, &queries, read, estimates));
    x[row * D] = kept;
  }
  triplet_product_release(context, &product);
}

static triplet_status create_once(triplet_context *with, void *data) {
  const triplet_options options = triplet_batch_options();
  const triplet_measure measure = triplet_measure_of(with, &options);
  triplet_product product;
  const triplet_status status = triplet_product_create(with, &measure, data, &product);
  if (status == TRIPLET_OK)
    assert_non_null(product.tile);
  else
    assert_true(!product.centre && !product.panels && !product.tile);
  triplet_product_release(with, &product);
  return status;
}

static void survive_short_memory(void **state) {
  (void)state;
  enum { D = 10, M = 40 };
  static float y[M * D];
  seeded from = seeded_from(5);
  seeded_fill(&from, y, M * D, 1);
  triplet_rows references = {.data = y, .rows = M, .cols = D, .stride = D};
  assert_in_range(fail_each_allocation(create_once, NULL, &references), 2, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lie_within_their_bounds),        cmocka_unit_test(are_made_of_fit_rows_alone),
      cmocka_unit_test(are_made_where_they_are_faster), WITH_CONTEXT(all_queries_are_fit),
      cmocka_unit_test(survive_short_memory),
  };
  return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
