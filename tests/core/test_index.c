/* An index finds what triplet_nearest finds, to the bit, and keeps to what it was made of. */
#include "hostile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct found {
  size_t count;
  int32_t *indices;
  float *distances;
} found;

static found found_make(const triplet_neighbor_search *search) {
  const size_t count = search->queries.rows * search->k;
  return (found){count, malloc(count * sizeof(int32_t)), malloc(count * sizeof(float))};
}

static void found_release(found *of) {
  free(of->indices);
  free(of->distances);
}

static void assert_same(const found *left, const found *right) {
  assert_memory_equal(left->indices, right->indices, left->count * sizeof *left->indices);
  assert_memory_equal(left->distances, right->distances, left->count * sizeof *left->distances);
}

static void search_by(triplet_context *context, const triplet_index *index, triplet_neighbor_search search, found *to) {
  search.references = (triplet_matrix){0};
  assert_int_equal(triplet_index_nearest(context, index, &search, to->indices, to->distances), TRIPLET_OK);
}

/* ---- the same bits ----------------------------------------------------------------------------------------------- */

typedef struct problem {
  triplet_options options;
  triplet_neighbor_search search;
  const triplet_index *made; /* elsewhere */
} problem;

/* All queries at once, one, and a few: an index made here, and one that was made elsewhere. */
static void check(triplet_context *context, void *data) {
  const problem *of = data;
  triplet_neighbor_search search = of->search;
  triplet_index *index;
  assert_int_equal(triplet_index_create(context, &of->options, search.references, &index), TRIPLET_OK);
  const size_t counts[] = {search.queries.rows, 1, 5};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    if (counts[i] > of->search.queries.rows)
      continue;
    search.queries.rows = search.reference_self.count = counts[i];
    if (!search.reference_self.data)
      search.reference_self.count = 0;
    found expected = found_make(&search), got = found_make(&search);
    assert_int_equal(triplet_nearest(context, &of->options, &search, expected.indices, expected.distances), TRIPLET_OK);
    for (int again = 0; again < 2; again++) {
      search_by(context, index, search, &got);
      assert_same(&got, &expected);
    }
    search_by(context, of->made, search, &got);
    assert_same(&got, &expected);
    found_release(&got);
    found_release(&expected);
  }
  triplet_index_destroy(index);
}

static void check_hostile(seeded *from, problem *of, const hostile kinds[2]) {
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
  search->reference_self.data = seeded_below(from, 2) ? self : NULL;
  of->options.nonfinite = TRIPLET_NONFINITE_ALLOW;

  triplet_index *made;
  assert_int_equal(triplet_index_create(NULL, &of->options, search->references, &made), TRIPLET_OK);
  of->made = made;
  on_every_machine(check, of);
  triplet_index_destroy(made);
  free(self);
  floats_release(&y);
  floats_release(&x);
}

static void has_the_bits_of_nearest(void **state) {
  (void)state;
  static const double norms[] = {2, 1, 3, INFINITY};
  seeded from = seeded_from(1);
  for (int round = 0; round < 2 * HOSTILES; round++) {
    const size_t n = 1 + seeded_below(&from, 40), m = 20 + seeded_below(&from, 600);
    const size_t d = 1 + seeded_below(&from, round % 3 ? 8 : 40);
    const size_t k = round % 4 == 3 ? m - 1 : 1 + seeded_below(&from, m / 16);
    problem of = {.options = triplet_batch_options(), .search = {{NULL, n, d}, {NULL, m, d}, .k = k}};
    const hostile kind = (hostile)(round % HOSTILES), other = (hostile)seeded_below(&from, HOSTILES);
    for (int distance = 0; distance < DISTANCES; distance++) {
      of.options.distance = (triplet_distance)distance;
      of.options.convention = (triplet_convention)(round % 3);
      of.options.p = norms[round / 3 % 4];
      check_hostile(&from, &of, (const hostile[]){kind, round < HOSTILES ? kind : other});
    }
  }
}

static void has_the_bits_of_nearest_in_more(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (size_t i = 0; i < SEARCH_SHAPES; i++) {
    const search_shape *shape = &search_shapes[i];
    problem of = {
        .options = triplet_batch_options(),
        .search = {{NULL, shape->queries, shape->cols}, {NULL, shape->references, shape->cols}, .k = shape->k}};
    for (int distance = 0; distance < DISTANCES; distance++) {
      of.options.distance = (triplet_distance)distance;
      check_hostile(&from, &of, (const hostile[]){HOSTILE_PLAIN, HOSTILE_PLAIN});
    }
  }
}

/* Those far from every reference as well as those among them. */
static void has_the_bits_of_nearest_for_queries_far_away(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  problem of = {.options = triplet_batch_options(), .search = {{NULL, 30, 9}, {NULL, 500, 9}, .k = 4}};
  for (int distance = 0; distance < DISTANCES; distance++) {
    of.options.distance = (triplet_distance)distance;
    check_hostile(&from, &of, (const hostile[]){HOSTILE_OFFSET, HOSTILE_PLAIN});
    check_hostile(&from, &of, (const hostile[]){HOSTILE_LARGE, HOSTILE_SMALL});
  }
}

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

enum { N = 30, M = 300, D = 7, K = 3 };

static void references_may_change_and_go(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  float x[N * D];
  seeded_fill(&from, x, N * D, 1);
  for (int distance = 0; distance < DISTANCES; distance++) {
    triplet_options options = triplet_batch_options();
    options.distance = (triplet_distance)distance;
    float *y = malloc(M * D * sizeof *y);
    seeded_fill(&from, y, M * D, 1);
    const triplet_neighbor_search search = {{x, N, D}, {y, M, D}, .k = K};
    found expected = found_make(&search), got = found_make(&search);
    assert_int_equal(triplet_nearest(NULL, &options, &search, expected.indices, expected.distances), TRIPLET_OK);
    triplet_index *index;
    assert_int_equal(triplet_index_create(NULL, &options, search.references, &index), TRIPLET_OK);
    assert_int_equal(triplet_index_rows(index), M);
    assert_int_equal(triplet_index_cols(index), D);
    options.distance = (triplet_distance)((distance + 1) % DISTANCES); /* nor are the options its own */
    seeded_fill(&from, y, M * D, 100);
    search_by(NULL, index, search, &got);
    assert_same(&got, &expected);
    memset(y, 0xff, M * D * sizeof *y);
    search_by(NULL, index, search, &got);
    assert_same(&got, &expected);
    free(y);
    search_by(NULL, index, search, &got);
    assert_same(&got, &expected);
    triplet_index_destroy(index);
    found_release(&got);
    found_release(&expected);
  }
}

/* Made by one context, searched by another, and destroyed by neither. */
static void outlives_its_context(void **state) {
  (void)state;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  float y[M * D];
  seeded from = seeded_from(5);
  seeded_fill(&from, y, M * D, 1);
  const triplet_options options = triplet_batch_options();
  const triplet_neighbor_search search = {{y, N, D}, {y, M, D}, .k = K};
  found expected = found_make(&search), got = found_make(&search);
  assert_int_equal(triplet_nearest(NULL, &options, &search, expected.indices, expected.distances), TRIPLET_OK);
  triplet_context *context = triplet_context_create(&allocator);
  triplet_index *index;
  assert_int_equal(triplet_index_create(context, &options, search.references, &index), TRIPLET_OK);
  triplet_context_destroy(context);
  const size_t kept = memory.bytes;
  assert_in_range(kept, M * 4 * D, M * (4 * D + 2 * (D + 1) + 4) + 4096);
  search_by(NULL, index, search, &got);
  assert_same(&got, &expected);
  assert_int_equal(memory.bytes, kept);
  triplet_index_destroy(index);
  assert_int_equal(memory.blocks, 0);
  triplet_index_destroy(NULL);
  found_release(&got);
  found_release(&expected);
}

static void may_be_empty(void **state) {
  (void)state;
  const triplet_options options = triplet_batch_options();
  triplet_index *index;
  int32_t none;
  assert_int_equal(triplet_index_create(context, &options, (triplet_matrix){NULL, 0, 3}, &index), TRIPLET_OK);
  triplet_neighbor_search search = {.queries = {NULL, 0, 3}, .k = 1};
  assert_error(context, triplet_index_nearest(context, index, &search, &none, NULL), TRIPLET_INVALID_ARGUMENT, "k",
               "expected 1 .. 0, got 1");
  triplet_index_destroy(index);
  float y[M];
  memset(y, 0, sizeof y);
  assert_int_equal(triplet_index_create(context, &options, (triplet_matrix){y, M, 1}, &index), TRIPLET_OK);
  search.queries.cols = 1;
  assert_int_equal(triplet_index_nearest(context, index, &search, &none, NULL), TRIPLET_OK);
  triplet_index_destroy(index);
  int32_t indices[2];
  assert_int_equal(triplet_index_create(context, &options, (triplet_matrix){NULL, 5, 0}, &index), TRIPLET_OK);
  search = (triplet_neighbor_search){.queries = {NULL, 2, 0}, .k = 1};
  assert_int_equal(triplet_index_nearest(context, index, &search, indices, NULL), TRIPLET_OK);
  assert_int_equal(indices[0] | indices[1], 0);
  triplet_index_destroy(index);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void refuses_misuse(void **state) {
  (void)state;
  float y[] = {0, 0, 1, 1, 2, NAN}, distances[6];
  int32_t indices[6], own[] = {0, 1, 3};
  const triplet_matrix rows = {y, 3, 2};
  triplet_options options = triplet_batch_options();
  triplet_index *index = NULL;
  pattern_set(indices, sizeof indices);
  pattern_set(distances, sizeof distances);

  options.p = 0.5;
  assert_error(context, triplet_index_create(context, &options, rows, &index), TRIPLET_INVALID_ARGUMENT, "p",
               "expected a number in [1, inf], got 0.5");
  options.p = 2;
  assert_error(context, triplet_index_create(context, &options, (triplet_matrix){NULL, 3, 2}, &index),
               TRIPLET_INVALID_ARGUMENT, "references", "expected 3 x 2 floats, got NULL");
  assert_null(index);
  assert_int_equal(triplet_index_create(context, &options, rows, &index), TRIPLET_OK);

#define SEARCH(...) triplet_index_nearest(context, index, &(triplet_neighbor_search){__VA_ARGS__}, indices, distances)
  assert_error(context, SEARCH(.queries = rows, .k = 0), TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. 3, got 0");
  assert_error(context, SEARCH(.queries = rows, .k = 4), TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. 3, got 4");
  assert_error(context, SEARCH(.queries = rows, .references = rows, .k = 1), TRIPLET_INVALID_ARGUMENT, "references",
               "expected none beside an index, got 3 x 2");
  assert_error(context, SEARCH(.queries = {y, 6, 1}, .k = 1), TRIPLET_INVALID_ARGUMENT, "queries",
               "expected 2 columns like the index, got 1");
  assert_error(context, SEARCH(.queries = rows, .reference_self = {own, 3}, .k = 1), TRIPLET_INVALID_ARGUMENT,
               "reference_self", "expected -1 .. 2, got 3 at index 2");
  assert_error(context, SEARCH(.queries = rows, .k = 1, .exclude = {{own, 3}, {own, 3}}), TRIPLET_INVALID_ARGUMENT,
               "exclude", "expected 0 .. 2, got 3 at index 2");
  assert_true(pattern_stands(indices, sizeof indices) && pattern_stands(distances, sizeof distances));
  assert_error(context, SEARCH(.queries = {y, 2, 2}, .k = 1), TRIPLET_NOT_FINITE, "queries",
               "row 0 has a distance that is not finite");
  static const int32_t last[] = {2, 2}, ends[] = {1, 2};
  assert_int_equal(SEARCH(.queries = {y, 2, 2}, .k = 2, .exclude = {{last, 2}, {ends, 2}}), TRIPLET_OK);
#undef SEARCH
  triplet_index_destroy(index);
}

typedef struct short_problem {
  triplet_options options;
  triplet_neighbor_search search;
} short_problem;

static triplet_status create_and_search(triplet_context *context, void *data) {
  const short_problem *of = data;
  triplet_neighbor_search search = of->search;
  int32_t indices[64];
  triplet_index *index;
  const triplet_status status = triplet_index_create(context, &of->options, search.references, &index);
  if (status != TRIPLET_OK)
    return status;
  search.references = (triplet_matrix){0};
  const triplet_status searched = triplet_index_nearest(context, index, &search, indices, NULL);
  triplet_index_destroy(index);
  return searched;
}

static void survives_short_memory(void **state) {
  (void)state;
  float rows[64 * 2];
  seeded from = seeded_from(6);
  seeded_fill(&from, rows, 64 * 2, 1);
  short_problem of = {triplet_batch_options(), {.queries = {rows, 8, 2}, .references = {rows, 64, 2}, .k = 3}};
  assert_in_range(fail_each_allocation(create_and_search, NULL, &of), 10, 30);
  of.options.distance = TRIPLET_DISTANCE_COSINE;
  assert_in_range(fail_each_allocation(create_and_search, NULL, &of), 10, 30);
  of.search.k = 8; /* for which all are measured */
  assert_in_range(fail_each_allocation(create_and_search, NULL, &of), 5, 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_the_bits_of_nearest),
      cmocka_unit_test(has_the_bits_of_nearest_in_more),
      cmocka_unit_test(has_the_bits_of_nearest_for_queries_far_away),
      cmocka_unit_test(references_may_change_and_go),
      cmocka_unit_test(outlives_its_context),
      WITH_CONTEXT(may_be_empty),
      WITH_CONTEXT(refuses_misuse),
      cmocka_unit_test(survives_short_memory),
  };
  return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
