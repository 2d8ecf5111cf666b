#include "full_sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static triplet_ints excluded_by(const triplet_neighbor_search *search, size_t query) {
  const triplet_lists *lists = &search->exclude;
  if (!lists->ends.data)
    return (triplet_ints){NULL, 0};
  const int32_t first = query ? lists->ends.data[query - 1] : 0;
  return (triplet_ints){lists->items.data + first, (size_t)(lists->ends.data[query] - first)};
}

typedef struct neighbor {
  float distance;
  int32_t index;
} neighbor;

static int by_distance_then_index(const void *left, const void *right) {
  const neighbor *a = left, *b = right;
  return a->distance != b->distance ? (a->distance > b->distance) - (a->distance < b->distance)
                                    : (a->index > b->index) - (a->index < b->index);
}

/* The references of a query that are not left out, in order; returns how many. */
static size_t sort_all(const triplet_neighbor_search *search, size_t query, const float *distances, neighbor *sorted) {
  const size_t m = search->references.rows;
  const triplet_ints excluded = excluded_by(search, query), self = search->reference_self;
  bool *left_out = calloc(m, sizeof *left_out);
  size_t count = 0;
  for (size_t i = 0; i < excluded.count; i++)
    left_out[excluded.data[i]] = true;
  if (self.data && self.data[query] >= 0)
    left_out[self.data[query]] = true;
  for (size_t j = 0; j < m; j++)
    if (!left_out[j])
      sorted[count++] = (neighbor){isfinite(distances[j]) ? distances[j] : INFINITY, (int32_t)j};
  qsort(sorted, count, sizeof *sorted, by_distance_then_index);
  free(left_out);
  return count;
}

/* Whether a query meets a distance that is not finite. */
static bool is_refused(const search_problem *of, const neighbor *sorted, size_t count) {
  return of->options.nonfinite == TRIPLET_NONFINITE_ERROR && count && sorted[count - 1].distance == INFINITY;
}

void assert_full_sort(triplet_context *context, void *data) {
  const search_problem *of = data;
  const triplet_neighbor_search *search = &of->search;
  const size_t n = search->queries.rows, m = search->references.rows, k = search->k;
  float *all = malloc(n * m * sizeof *all), *distances = malloc(n * k * sizeof *distances);
  int32_t *indices = malloc(n * k * sizeof *indices), *alone = malloc(n * k * sizeof *alone);
  neighbor *sorted = malloc(m * sizeof *sorted);
  triplet_options allowing = of->options;
  allowing.nonfinite = TRIPLET_NONFINITE_ALLOW;
  assert_int_equal(
      triplet_distances(context, &allowing, search->queries, search->references, (triplet_matrix){all, n, m}),
      TRIPLET_OK);
  const triplet_status status = triplet_nearest(context, &of->options, search, indices, distances);
  assert_int_equal(triplet_nearest(context, &of->options, search, alone, NULL), status);
  bool refused = false;
  for (size_t i = 0; i < n && !refused; i++) {
    const size_t count = sort_all(search, i, all + i * m, sorted);
    refused = is_refused(of, sorted, count);
    if (refused || status != TRIPLET_OK)
      continue;
    assert_memory_equal(indices + i * k, alone + i * k, k * sizeof *indices);
    for (size_t rank = 0; rank < k; rank++) {
      const neighbor expected = rank < count ? sorted[rank] : (neighbor){INFINITY, -1};
      assert_int_equal(indices[i * k + rank], expected.index);
      assert_same_bits(&distances[i * k + rank], &expected.distance, 1, "distance");
    }
  }
  assert_int_equal(status, refused ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  free(sorted);
  free(alone);
  free(indices);
  free(distances);
  free(all);
}

/* For each query none, some of them twice, more than a short sort takes, or every reference. */
triplet_lists random_lists(seeded *from, size_t queries, size_t references) {
  int32_t *items = malloc(queries * (2 * references + 1) * sizeof *items), *ends = malloc(queries * sizeof *ends);
  size_t count = 0;
  for (size_t i = 0; i < queries; i++) {
    const size_t kind = seeded_below(from, 4);
    const size_t own = kind == 0 ? 0 : kind == 1 ? seeded_below(from, 6) : seeded_below(from, 2 * references);
    for (size_t j = 0; j < own; j++)
      items[count++] = (int32_t)seeded_below(from, references);
    for (size_t j = references; kind == 3 && seeded_below(from, 2) && j-- > 0;)
      items[count++] = (int32_t)j;
    ends[i] = (int32_t)count;
  }
  return (triplet_lists){{items, count}, {ends, queries}};
}
