/* Nearest rows against a full sort in the obvious way. */
#include "full_sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hostile.h"

static void equals_a_full_sort(void **state) {
  (void)state;
  static const double norms[] = {1, 2, 3, INFINITY};
  seeded from = seeded_from(1);
  for (int round = 0; round < 48; round++) {
    const size_t n = 1 + seeded_below(&from, 40), m = 2 + seeded_below(&from, 150), d = 1 + seeded_below(&from, 12);
    floats x = floats_random(&from, n * d, seeded_below(&from, 3), 3);
    floats y = floats_random(&from, m * d, seeded_below(&from, 3), 3);

    if (round % 2)
      for (size_t i = 0; i < n * d + m * d; i++) { /* whole numbers: ties and equal points */
        float *value = i < n * d ? &x.data[i] : &y.data[i - n * d];
        *value = rintf(*value);
      }

    int32_t *self = round % 3 ? malloc(n * sizeof *self) : NULL;
    for (size_t i = 0; i < n && self; i++)
      self[i] = (int32_t)seeded_below(&from, m + 1) - 1;

    search_problem of = {.options = triplet_batch_options(),
                         .search = {.queries = {x.data, n, d},
                                    .references = {y.data, m, d},
                                    .reference_self = {self, self ? n : 0},
                                    .k = round % 5 == 0 ? m - (self != NULL) : 1 + seeded_below(&from, m - 1)}};
    if (round >= 24)
      of.search.exclude = random_lists(&from, n, m);
    of.options.p = norms[round % 4];
    of.options.distance = (triplet_distance)(round / 2 % DISTANCES);

    on_every_machine(assert_full_sort, &of);
    free((void *)of.search.exclude.items.data);
    free((void *)of.search.exclude.ends.data);
    free(self);
    floats_release(&y);
    floats_release(&x);
  }
}

/* So many that a filter pays. */
static void finds_the_nearest_of_many(seeded *from, search_problem *of, const hostile kinds[2]) {
  triplet_neighbor_search *search = &of->search;
  const size_t n = search->queries.rows, m = search->references.rows, d = search->queries.cols;
  floats x = floats_make(n * d, 0), y = floats_make(m * d, 1);
  hostile_fill(from, kinds[0], x.data, n, d);
  hostile_fill(from, kinds[1], y.data, m, d);
  for (size_t i = 0; i < n; i += 3) /* some that are there themselves, and not only once */
    memcpy(x.data + i * d, y.data + i * 5 % m * d, d * sizeof(float));
  int32_t *self = malloc(n * sizeof *self);
  for (size_t i = 0; i < n; i++)
    self[i] = i % 2 ? -1 : (int32_t)(i * 5 % m);
  search->queries.data = x.data;
  search->references.data = y.data;
  search->reference_self = (triplet_ints){self, seeded_below(from, 2) ? n : 0};
  if (!search->reference_self.count)
    search->reference_self.data = NULL;
  of->options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  on_every_machine(assert_full_sort, of);
  free(self);
  floats_release(&y);
  floats_release(&x);
}

static void equals_a_full_sort_on_hostile_rows(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (int round = 0; round < 2 * HOSTILES; round++) {
    const size_t n = 24 + seeded_below(&from, 30), m = 200 + seeded_below(&from, 600);
    const size_t d = 1 + seeded_below(&from, round % 3 ? 8 : 40), k = 1 + seeded_below(&from, m / 16);
    search_problem of = {.options = triplet_batch_options(), .search = {{NULL, n, d}, {NULL, m, d}, .k = k}};
    const hostile kind = (hostile)(round % HOSTILES), other = (hostile)seeded_below(&from, HOSTILES);
    for (int distance = 0; distance < DISTANCES; distance++) {
      of.options.distance = (triplet_distance)distance;
      of.options.convention = (triplet_convention)(round % 3);
      finds_the_nearest_of_many(&from, &of, (const hostile[]){kind, round < HOSTILES ? kind : other});
    }
  }
}

static void equals_a_full_sort_of_more(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  for (size_t i = 0; i < SEARCH_SHAPES; i++) {
    const search_shape *shape = &search_shapes[i];
    search_problem of = {
        .options = triplet_batch_options(),
        .search = {{NULL, shape->queries, shape->cols}, {NULL, shape->references, shape->cols}, .k = shape->k}};
    for (int distance = 0; distance < DISTANCES; distance++) {
      of.options.distance = (triplet_distance)distance;
      finds_the_nearest_of_many(&from, &of, (const hostile[]){HOSTILE_PLAIN, HOSTILE_PLAIN});
    }
  }
}

/* The largest inner products, those at right angles before the opposite ones; 2 and 4 tie, as do 0 and 5. */
static void dot_finds_the_largest_products(void **state) {
  (void)state;
  static const float queries[] = {1, 2}, references[] = {2, -1, -3, -3, 0, 3, 0, 0.5f, 4, 1, -2, 1};
  static const int32_t expected[] = {2, 4, 3, 0, 5, 1};
  static const float products[] = {6, 6, 1, 0, 0, -9};
  search_problem of = {.options = triplet_batch_options(),
                       .search = {.queries = triplet_matrix_of(queries, 1, 2),
                                  .references = triplet_matrix_of(references, 6, 2),
                                  .k = 6}};
  of.options.distance = TRIPLET_DISTANCE_DOT;
  int32_t indices[6];
  float distances[6];
  assert_int_equal(triplet_nearest(NULL, &of.options, &of.search, indices, distances), TRIPLET_OK);
  assert_memory_equal(indices, expected, sizeof expected);
  for (size_t i = 0; i < 6; i++)
    assert_same_bits(&distances[i], &(float){0 - products[i]}, 1, "minus the product");
}

static void refuses_misuse(void **state) {
  (void)state;
  float x[] = {0, 0, 1, 1, 2, 2}, distances[6];
  int32_t indices[6], self[] = {0, 3, 1}, own[] = {0, 1, 2};
  triplet_context *context = triplet_context_create(NULL);
  triplet_options options = triplet_batch_options();
  const triplet_matrix rows = {x, 3, 2}, narrow = {x, 6, 1};

  pattern_set(indices, sizeof indices);
  pattern_set(distances, sizeof distances);
  const triplet_ints none = {NULL, 0};

#define SEARCH(...)                                                                                                    \
  triplet_nearest(context, &options, &(triplet_neighbor_search){.queries = rows, __VA_ARGS__}, indices, distances)
#define NEAREST(others, own, count) SEARCH(.references = others, .reference_self = own, .k = count)
  assert_error(context, NEAREST(rows, none, 0), TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. 3, got 0");
  assert_error(context, NEAREST(rows, none, 4), TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. 3, got 4");
  assert_error(context, NEAREST(rows, ((triplet_ints){own, 3}), 3), TRIPLET_INVALID_ARGUMENT, "k",
               "expected 1 .. 2, got 3");
  assert_error(context, NEAREST(narrow, none, 1), TRIPLET_INVALID_ARGUMENT, "references",
               "expected 2 columns like queries, got 1");
  assert_error(context, NEAREST(rows, ((triplet_ints){self, 3}), 1), TRIPLET_INVALID_ARGUMENT, "reference_self",
               "expected -1 .. 2, got 3 at index 1");
  assert_error(context, NEAREST(rows, ((triplet_ints){own, 2}), 1), TRIPLET_INVALID_ARGUMENT, "reference_self",
               "expected 3 integers, got 2");
  static const int32_t items[] = {0, 2, 3, -1}, ends[] = {1, 0, 2}, all[] = {1, 1, 2};
#define EXCLUDE(item_list, item_count, end_list, end_count)                                                            \
  SEARCH(.references = rows, .k = 1, .exclude = {{item_list, item_count}, {end_list, end_count}})
  assert_error(context, EXCLUDE(items, 2, ends, 3), TRIPLET_INVALID_ARGUMENT, "exclude",
               "expected ends that ascend, got 0 at index 1");
  assert_error(context, EXCLUDE(items, 3, all, 3), TRIPLET_INVALID_ARGUMENT, "exclude", "expected 2 integers, got 3");
  assert_error(context, EXCLUDE(NULL, 2, all, 3), TRIPLET_INVALID_ARGUMENT, "exclude", "expected 2 integers, got 0");
  assert_error(context, EXCLUDE(items, 1, all, 2), TRIPLET_INVALID_ARGUMENT, "exclude",
               "expected lists of 3 queries, got 2");
  assert_error(context, EXCLUDE(items, 1, NULL, 3), TRIPLET_INVALID_ARGUMENT, "exclude",
               "expected lists of 3 queries, got 0");
  assert_error(context, EXCLUDE(items + 1, 2, all, 3), TRIPLET_INVALID_ARGUMENT, "exclude",
               "expected 0 .. 2, got 3 at index 1");
  assert_error(context, EXCLUDE(items + 3, 1, all, 2), TRIPLET_INVALID_ARGUMENT, "exclude",
               "expected lists of 3 queries, got 2");
  assert_error(context, EXCLUDE(items + 2, 2, all, 3), TRIPLET_INVALID_ARGUMENT, "exclude",
               "expected 0 .. 2, got 3 at index 0");
  options.p = 0.5;
  assert_error(context, NEAREST(rows, none, 1), TRIPLET_INVALID_ARGUMENT, "p",
               "expected a number in [1, inf], got 0.5");

#undef EXCLUDE
#undef NEAREST
#undef SEARCH
  assert_true(pattern_stands(indices, sizeof indices) && pattern_stands(distances, sizeof distances));
  triplet_context_destroy(context);
}

static void ranks_what_is_not_finite_last(void **state) {
  (void)state;
  float x[] = {0}, y[] = {NAN, 3, INFINITY, 1}, distances[4];
  int32_t indices[4];
  static const int32_t expected[] = {3, 1, 0, 2};
  triplet_context *context = triplet_context_create(NULL);
  triplet_options options = triplet_batch_options();
  triplet_neighbor_search search = {.queries = {x, 1, 1}, .references = {y, 4, 1}, .k = 1};
  assert_error(context, triplet_nearest(context, &options, &search, indices, NULL), TRIPLET_NOT_FINITE, "queries",
               "row 0 has a distance that is not finite");
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  search.k = 4;
  assert_int_equal(triplet_nearest(context, &options, &search, indices, distances), TRIPLET_OK);
  assert_memory_equal(indices, expected, sizeof expected);
  assert_true(distances[0] == 1 && distances[1] == 3 && isinf(distances[2]) && isinf(distances[3]));

  /* What is left out may be anything. */
  static const int32_t bad[] = {2, 0, 2}, end[] = {3}, others[] = {3, 1, -1};
  options.nonfinite = TRIPLET_NONFINITE_ERROR;
  search.k = 3;
  search.exclude = (triplet_lists){{bad, 3}, {end, 1}};
  assert_int_equal(triplet_nearest(context, &options, &search, indices, distances), TRIPLET_OK);
  assert_memory_equal(indices, others, sizeof others);
  assert_true(distances[0] == 1 && distances[1] == 3 && isinf(distances[2]));
  search.exclude = (triplet_lists){{bad, 1}, {(const int32_t[]){1}, 1}};
  assert_error(context, triplet_nearest(context, &options, &search, indices, NULL), TRIPLET_NOT_FINITE, "queries",
               "row 0 has a distance that is not finite");
  triplet_context_destroy(context);
}

/* Far from all others, and beyond what a filter can tell apart: it is told of all the same. */
static void tells_of_every_distance_that_is_not_finite(void **state) {
  (void)state;
  enum { N = 60, M = 500, D = 5, K = 3 };
  static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
  static float x[N * D], y[M * D];
  static int32_t indices[N * K];
  triplet_context *context = triplet_context_create(NULL);
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_SQUARED;
  const triplet_neighbor_search search = {{x, N, D}, {y, M, D}, .k = K};
  seeded from = seeded_from(5);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    seeded_fill(&from, x, N * D, 1);
    seeded_fill(&from, y, M * D, 1);
    assert_int_equal(triplet_nearest(context, &options, &search, indices, NULL), TRIPLET_OK);
    y[400 * D + 2] = bad[i];
    assert_error(context, triplet_nearest(context, &options, &search, indices, NULL), TRIPLET_NOT_FINITE, "queries",
                 "row 0 has a distance that is not finite");
    y[400 * D + 2] = 0;
    x[37 * D + 4] = x[50 * D] = bad[i];
    assert_error(context, triplet_nearest(context, &options, &search, indices, NULL), TRIPLET_NOT_FINITE, "queries",
                 "row 37 has a distance that is not finite");
  }
  triplet_context_destroy(context);
}

static triplet_status call(triplet_context *context, void *data) {
  const search_problem *of = data;
  int32_t indices[64];
  return triplet_nearest(context, &of->options, &of->search, indices, NULL);
}

static void survives_short_memory(void **state) {
  (void)state;
  float x[32];
  seeded from = seeded_from(2);
  seeded_fill(&from, x, 32, 1);
  search_problem of = {.options = triplet_batch_options(),
                       .search = {.queries = {x, 16, 2}, .references = {x, 16, 2}, .k = 3}};
  of.options.distance = TRIPLET_DISTANCE_COSINE;
  assert_in_range(fail_each_allocation(call, NULL, &of), 1, 20);
  float many[24 * 2 + 48 * 2];
  seeded_fill(&from, many, sizeof many / sizeof *many, 1);
  of.search = (triplet_neighbor_search){.queries = {many, 24, 2}, .references = {many + 48, 48, 2}, .k = 2};
  assert_in_range(fail_each_allocation(call, NULL, &of), 10, 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_a_full_sort),
      cmocka_unit_test(equals_a_full_sort_on_hostile_rows),
      cmocka_unit_test(equals_a_full_sort_of_more),
      cmocka_unit_test(dot_finds_the_largest_products),
      cmocka_unit_test(refuses_misuse),
      cmocka_unit_test(ranks_what_is_not_finite_last),
      cmocka_unit_test(tells_of_every_distance_that_is_not_finite),
      cmocka_unit_test(survives_short_memory),
  };
  return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
