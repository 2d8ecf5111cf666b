/* A fuzz target: the bytes choose what is searched, rows that searches go wrong on among them, and what is left out;
 * what is found is what a full sort finds, to the bit, or the search is refused where a distance is not finite. An
 * index finds the same. */
#include <math.h>
#include <string.h>

#include "full_sort.h"
#include "fuzz.h"
#include "hostile.h"

static void check_index(triplet_context *with, const search_problem *of) {
  const triplet_neighbor_search *all = &of->search;
  const size_t size = all->queries.rows * all->k;
  triplet_neighbor_search own = *all;
  own.references = (triplet_matrix){0};
  int32_t *indices = malloc(2 * size * sizeof *indices);
  float *distances = malloc(2 * size * sizeof *distances);
  triplet_index *index = NULL;
  assert_int_equal(triplet_index_create(with, &of->options, all->references, &index), TRIPLET_OK);
  const triplet_status status = triplet_nearest(with, &of->options, all, indices, distances);
  assert_int_equal(triplet_index_nearest(with, index, &own, indices + size, distances + size), status);
  if (status == TRIPLET_OK) {
    assert_memory_equal(indices, indices + size, size * sizeof *indices);
    assert_memory_equal(distances, distances + size, size * sizeof *distances);
  }
  triplet_index_destroy(index);
  free(distances);
  free(indices);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const double norms[] = {2, 1, 3, INFINITY, 1.5};
  seeded from = seeded_from_bytes(bytes, size);
  const bool many = seeded_below(&from, 4) == 0; /* so many that a filter pays */
  const size_t n = (many ? 24 : 1) + seeded_below(&from, 8), m = 2 + seeded_below(&from, many ? 90 : 30);
  const size_t d = 1 + seeded_below(&from, 9);
  search_problem of = {.options = triplet_batch_options(), .search = {.k = 1 + seeded_below(&from, m - 1)}};
  of.options.distance = (triplet_distance)seeded_below(&from, DISTANCES);
  of.options.convention = (triplet_convention)seeded_below(&from, 3);
  of.options.p = norms[seeded_below(&from, 5)];
  of.options.nonfinite = (triplet_nonfinite)seeded_below(&from, 2);
  if (many)
    of.search.k = 1 + of.search.k % (1 + m / 16);

  floats x = floats_make(n * d, 0), y = floats_make(m * d, 0);
  const hostile kind = (hostile)seeded_below(&from, HOSTILES);
  int32_t *self = seeded_below(&from, 2) ? malloc(n * sizeof *self) : NULL;
  for (size_t i = 0; i < n && self; i++)
    self[i] = (int32_t)seeded_below(&from, m + 1) - 1;
  if (seeded_below(&from, 2))
    of.search.exclude = random_lists(&from, n, m);
  hostile_fill(&from, kind, x.data, n, d);
  hostile_fill(&from, seeded_below(&from, 2) ? kind : HOSTILE_PLAIN, y.data, m, d);
  static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
  if (seeded_below(&from, 4) == 0) /* one number, of one side */
    *(seeded_below(&from, 2) ? &x.data[seeded_below(&from, n * d)] : &y.data[seeded_below(&from, m * d)]) =
        bad[seeded_below(&from, 4)];
  of.search.queries = (triplet_matrix){x.data, n, d};
  of.search.references = (triplet_matrix){y.data, m, d};
  of.search.reference_self = (triplet_ints){self, self ? n : 0};
  if (of.search.k > m - (self != NULL))
    of.search.k = m - 1;

  triplet_context *with = seeded_context(&from);
  assert_full_sort(with, &of);
  if (seeded_below(&from, 4) == 0)
    check_index(with, &of);
  triplet_context_destroy(with);
  free((void *)of.search.exclude.items.data);
  free((void *)of.search.exclude.ends.data);
  free(self);
  floats_release(&y);
  floats_release(&x);
  return 0;
}
