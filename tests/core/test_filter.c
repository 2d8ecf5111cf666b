/* The filter leaves out nobody who counts: of each pair, with its own distance as the limit, the reference is found. */
#include "filter.h"
#include "hostile.h"

#include <stdlib.h>

enum { QUERIES = 6, REFERENCES = 70, MOST_COLS = 1100 };

typedef struct problem {
  triplet_options options;
  hostile kinds[2]; /* of queries and references */
  size_t cols;
  triplet_matrix queries, references;
  bool sharp; /* of those that do not count, few are found */
} problem;

static bool is_found(triplet_filter *filter, size_t query, size_t reference) {
  return triplet_filter_look(filter, 0, reference / TRIPLET_PANEL)[query] >> (reference % TRIPLET_PANEL) & 1;
}

static void check_pairs(triplet_filter *filter, const triplet_measure *measure, const triplet_rows *x,
                        const triplet_rows *y) {
  float *distances = malloc(x->rows * y->rows * sizeof *distances);
  triplet_tile_distances(measure, x, y, distances, y->rows);
  for (size_t j = 0; j < y->rows; j++) {
    for (size_t i = 0; i < x->rows; i++) {
      const float own = distances[i * y->rows + j];
      triplet_filter_set_limit(filter, 0, i, triplet_is_finite(own) ? own : -FLT_MAX);
    }
    for (size_t i = 0; i < x->rows; i++)
      assert_true(is_found(filter, i, j));
  }
  free(distances);
}

static int by_size(const void *left, const void *right) {
  const float a = *(const float *)left, b = *(const float *)right;
  return (a > b) - (a < b);
}

/* With the tenth distance as the limit hardly more than ten. */
static void check_sharpness(triplet_filter *filter, const triplet_measure *measure, const triplet_rows *x,
                            const triplet_rows *y) {
  float distances[REFERENCES], sorted[REFERENCES];
  for (size_t i = 0; i < x->rows; i++) {
    const triplet_rows query = triplet_rows_part(x, i, 1);
    triplet_tile_distances(measure, &query, y, distances, y->rows);
    memcpy(sorted, distances, sizeof sorted);
    qsort(sorted, y->rows, sizeof *sorted, by_size);
    triplet_filter_set_limit(filter, 0, i, sorted[9]);
    size_t found = 0;
    for (size_t j = 0; j < y->rows; j++)
      found += is_found(filter, i, j);
    assert_in_range(found, 10, 13);
  }
}

/* The AVX2 filter is that of kernels that are not the best: of a copy of them. */
static void check(const problem *of) {
  triplet_context *context = triplet_context_create(NULL);
  triplet_measure measure = triplet_measure_of(context, &of->options);
  const triplet_kernels copy = *measure.kernels, *every[] = {measure.kernels, &copy, &triplet_kernels_base};
  for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
    triplet_filter *filter;
    triplet_filter_block block;
    triplet_rows x, y;
    measure.kernels = every[i];
    assert_int_equal(triplet_rows_create(context, &measure, of->queries, of->references, &x, &y), TRIPLET_OK);
    assert_true(triplet_filter_block_rows(&measure, of->cols) >= y.rows);
    assert_int_equal(triplet_filter_create(context, &measure, of->cols, QUERIES, &filter), TRIPLET_OK);
    assert_int_equal(triplet_filter_block_create(context, y.rows, of->cols, &block), TRIPLET_OK);
    for (int known = 1; known >= 0; known--) { /* the queries, or else they are taken to be like the references */
      assert_int_equal(triplet_filter_block_set(context, &measure, &y, known ? &x : &y, &block), TRIPLET_OK);
      triplet_filter_meet(filter, &block);
      triplet_filter_set_queries(filter, 0, &x);
      check_pairs(filter, &measure, &x, &y);
      if (of->sharp)
        check_sharpness(filter, &measure, &x, &y);
    }
    triplet_filter_block_release(context, &block);
    triplet_filter_release(context, filter);
    triplet_rows_release(context, &x, &y);
  }
  triplet_context_destroy(context);
}

/* Every distance and convention that there is a filter for. */
static void check_all(problem *of) {
  static float x[QUERIES * MOST_COLS], y[REFERENCES * MOST_COLS];
  of->queries = (triplet_matrix){x, QUERIES, of->cols};
  of->references = (triplet_matrix){y, REFERENCES, of->cols};
  seeded from = seeded_from(of->cols + 10000 * of->kinds[0] + 1000000 * of->kinds[1]);
  hostile_fill(&from, of->kinds[0], x, QUERIES, of->cols);
  hostile_fill(&from, of->kinds[1], y, REFERENCES, of->cols);
  memcpy(x, y + 20 * of->cols, 2 * of->cols * sizeof *x); /* two at distance 0, or nearly */
  of->options = triplet_batch_options();
  of->options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  for (int distance = 0; distance < DISTANCES; distance++) {
    of->options.distance = (triplet_distance)distance;
    of->options.convention = TRIPLET_CONVENTION_EXACT;
    check(of);
    if (of->options.distance != TRIPLET_DISTANCE_MINKOWSKI)
      continue;
    static const double eps[] = {1e-6, 0.5};
    for (size_t i = 0; i < 2; i++) {
      of->options.eps = eps[i];
      of->options.convention = TRIPLET_CONVENTION_TORCH;
      check(of);
      of->options.convention = TRIPLET_CONVENTION_OPTAX;
      check(of);
    }
  }
}

static void finds_all_that_count(void **state) {
  (void)state;
  static const size_t cols[] = {1, 2, 3, 8, 15, 16, 17, 40, 128};
  for (int kind = 0; kind < HOSTILES; kind++)
    for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
      check_all(&(problem){.kinds = {(hostile)kind, (hostile)kind}, .cols = cols[i]});
  for (int kind = 0; kind < HOSTILES; kind++)
    for (int other = 0; other < HOSTILES; other++)
      check_all(&(problem){.kinds = {(hostile)kind, (hostile)other}, .cols = 11});
}

static void finds_all_that_count_in_long_rows(void **state) {
  (void)state;
  for (int kind = 0; kind < HOSTILES; kind++)
    check_all(&(problem){.kinds = {(hostile)kind, (hostile)kind}, .cols = MOST_COLS - (size_t)kind});
}

static void finds_few_others(void **state) {
  (void)state;
  static const size_t cols[] = {2, 3, 16, 64, 128};
  for (size_t i = 0; i < sizeof cols / sizeof *cols; i++) {
    check_all(&(problem){.cols = cols[i], .sharp = true});
  }
}

/* Where there is no way from distances to squares, or eps might take them out of all bounds. */
static void is_not_for_all(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  const double norms[] = {1, 3, INFINITY};
  for (size_t i = 0; i < 3; i++) {
    options.p = norms[i];
    const triplet_measure measure = triplet_measure_of(NULL, &options);
    assert_int_equal(triplet_filter_block_rows(&measure, 8), 0);
  }
  options.p = 2;
  const triplet_measure measure = triplet_measure_of(NULL, &options);
  assert_int_equal(triplet_filter_block_rows(&measure, 0), 0);
  assert_int_equal(triplet_filter_block_rows(&measure, 40000), 0);
  options.convention = TRIPLET_CONVENTION_TORCH;
  options.eps = 1e30;
  const triplet_measure far = triplet_measure_of(NULL, &options);
  assert_int_equal(triplet_filter_block_rows(&far, 8), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_all_that_count),
      cmocka_unit_test(finds_all_that_count_in_long_rows),
      cmocka_unit_test(finds_few_others),
      cmocka_unit_test(is_not_for_all),
  };
  return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
