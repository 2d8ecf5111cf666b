#include "voted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static triplet_ints list_at(triplet_ints items, triplet_ints ends, size_t row) {
  if (!ends.data)
    return (triplet_ints){items.data + row, items.data != NULL};
  const int32_t first = row ? ends.data[row - 1] : 0;
  return (triplet_ints){items.data + first, (size_t)(ends.data[row] - first)};
}

static bool has(triplet_ints list, int32_t item) {
  for (size_t i = 0; i < list.count; i++)
    if (list.data[i] == item)
      return true;
  return false;
}

static triplet_ints labels_at(const triplet_classification_set *set, size_t reference) {
  return list_at(set->reference_labels.integers, set->reference_labels.ends, reference);
}

/* The references of a query in the order of their distances, those that it leaves out apart. Returns their number. */
static size_t sort_references(const vote_problem *of, size_t query, const float *distances, size_t *order) {
  const triplet_classification_set *set = &of->set;
  size_t count = 0;
  for (size_t j = 0; j < set->references.rows; j++) {
    const bool excluded =
        set->exclude.ends.data && has(list_at(set->exclude.items, set->exclude.ends, query), (int32_t)j);
    if (excluded || (set->reference_self.data && set->reference_self.data[query] == (int32_t)j))
      continue;
    size_t at = count++;
    for (; at && distances[order[at - 1]] > distances[j]; at--)
      order[at] = order[at - 1];
    order[at] = j;
  }
  return count;
}

void define_votes(vote_problem *of) {
  const triplet_classification_set *set = &of->set;
  const size_t m = set->references.rows;
  of->not_finite = false;
  float *all = malloc((set->queries.rows * m + 1) * sizeof *all);
  triplet_options options = of->options;
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  assert_int_equal(
      triplet_distances(NULL, &options, set->queries, set->references, (triplet_matrix){all, set->queries.rows, m}),
      TRIPLET_OK);
  for (size_t i = 0; i < set->queries.rows; i++) {
    float *distances = all + i * m;
    size_t order[MOST_REFERENCES], voters = 0, most = 0, nearest = 0;
    for (size_t j = 0; j < m; j++)
      distances[j] = isfinite(distances[j]) ? distances[j] : INFINITY;
    size_t count = sort_references(of, i, distances, order);
    of->not_finite = of->not_finite || (count && distances[order[count - 1]] == INFINITY);
    count = count < (size_t)of->options.k ? count : (size_t)of->options.k;
    while (count && !(distances[order[count - 1]] <= of->options.threshold && distances[order[count - 1]] < INFINITY))
      count--;

    int32_t winner = 0;
    for (size_t v = 0; v < count; v++) {
      const triplet_ints own = labels_at(set, order[v]);
      voters += own.count > 0;
      for (size_t c = 0; c < own.count; c++) {
        size_t votes = 0, first = count;
        for (size_t w = count; w-- > 0;)
          if (has(labels_at(set, order[w]), own.data[c])) {
            votes++;
            first = w;
          }
        if (votes > most || (votes == most && first < nearest) ||
            (votes == most && first == nearest && own.data[c] < winner)) {
          most = votes;
          nearest = first;
          winner = own.data[c];
        }
      }
    }
    of->expected.labels[i] = winner;
    of->expected.known[i] = most > 0;
    of->expected.votes[i] = most ? (float)((double)most / (double)voters) : 0;
  }
  free(all);
}

void assert_votes(triplet_context *context, void *data) {
  const vote_problem *of = data;
  const size_t n = of->set.queries.rows;
  vote_outcome got;
  triplet_classification into = {got.labels, got.known, got.votes};
  const bool refused = of->not_finite && of->options.nonfinite == TRIPLET_NONFINITE_ERROR;
  assert_int_equal(triplet_classify(context, &of->options, &of->set, &into), refused ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  if (refused)
    return;
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(got.known[i], of->expected.known[i]);
    assert_int_equal(got.labels[i], of->expected.labels[i]);
  }
  assert_same_bits(got.votes, of->expected.votes, n, "votes");

  into.votes = NULL;
  pattern_set(got.labels, sizeof got.labels);
  assert_int_equal(triplet_classify(context, &of->options, &of->set, &into), TRIPLET_OK);
  assert_memory_equal(got.labels, of->expected.labels, n * sizeof *got.labels);
}
