/* Retrieval metrics against their definitions, query by query, triplet by triplet, in double. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct problem {
  triplet_options options;
  triplet_matrix x;
  triplet_ints labels;
  const triplet_references *references; /* or NULL */
  triplet_ints k;
  triplet_metrics metrics; /* of the first machine */
  double recall[8];
  bool seen;
} problem;

/* What a query may be compared with. */
static bool is_candidate(const problem *of, size_t i, size_t j) {
  const int32_t *labels = of->references ? of->references->labels.data : of->labels.data;
  if (labels[j] == of->options.ignore_label)
    return false;
  if (!of->references)
    return i != j;
  return !of->references->self.data || of->references->self.data[i] != (int32_t)j;
}

static triplet_metrics obvious(const problem *of, const float *distances, double *recall) {
  const size_t n = of->x.rows, m = of->references ? of->references->rows.rows : n;
  const int32_t *labels = of->references ? of->references->labels.data : of->labels.data;
  triplet_metrics sums = {0};
  double triplets = 0, correct = 0;
  memset(recall, 0, 8 * sizeof *recall);
  size_t *order = malloc(m * sizeof *order);
  for (size_t i = 0; i < n; i++) {
    const float *d = distances + i * m;
    const int32_t label = of->labels.data[i];
    size_t count = 0, positives = 0, hits = 0;
    for (size_t j = 0; j < m; j++)
      if (is_candidate(of, i, j)) {
        size_t at = count++;
        for (; at && d[order[at - 1]] > d[j]; at--)
          order[at] = order[at - 1];
        order[at] = j;
        positives += labels[j] == label;
      }
    if (label == of->options.ignore_label || positives == 0) {
      sums.skipped++;
      continue;
    }
    sums.queries++;
    sums.precision_at_1 += labels[order[0]] == label;
    double precisions = 0;
    for (size_t rank = 0; rank < positives; rank++)
      if (labels[order[rank]] == label)
        precisions += (double)++hits / (double)(rank + 1);
    sums.r_precision += (double)hits / (double)positives;
    sums.map_at_r += precisions / (double)positives;
    for (size_t c = 0; c < of->k.count; c++) {
      bool found = false;
      for (size_t rank = 0; rank < count && rank < (size_t)of->k.data[c]; rank++)
        found |= labels[order[rank]] == label;
      recall[c] += found;
    }
    for (size_t p = 0; p < count; p++)
      for (size_t q = 0; q < count; q++)
        if (labels[order[p]] == label && labels[order[q]] != label) {
          triplets++;
          correct += d[order[p]] < d[order[q]];
        }
  }
  free(order);
  const double queries = sums.queries ? (double)sums.queries : 1;
  for (size_t c = 0; c < of->k.count; c++)
    recall[c] /= queries;
  return (triplet_metrics){sums.queries,
                           sums.skipped,
                           sums.precision_at_1 / queries,
                           sums.r_precision / queries,
                           sums.map_at_r / queries,
                           triplets > 0 ? correct / triplets : 0};
}

static void check(triplet_context *context, void *data) {
  problem *of = data;
  const triplet_matrix y = of->references ? of->references->rows : of->x;
  float *distances = malloc((of->x.rows * y.rows + 1) * sizeof *distances);
  triplet_metrics metrics;
  double recall[8], expected_recall[8];
  memset(&metrics, 0, sizeof metrics);
  assert_int_equal(triplet_distances(context, &of->options, of->x, y, (triplet_matrix){distances, of->x.rows, y.rows}),
                   TRIPLET_OK);
  assert_int_equal(triplet_evaluate(context, &of->options, of->x, of->labels, of->references, of->k, recall, &metrics),
                   TRIPLET_OK);
  const triplet_metrics expected = obvious(of, distances, expected_recall);
  assert_int_equal(metrics.queries, expected.queries);
  assert_int_equal(metrics.skipped, expected.skipped);
  assert_true(fabs(metrics.precision_at_1 - expected.precision_at_1) <= 1e-12);
  assert_true(fabs(metrics.r_precision - expected.r_precision) <= 1e-12);
  assert_true(fabs(metrics.map_at_r - expected.map_at_r) <= 1e-12);
  assert_true(fabs(metrics.triplet_accuracy - expected.triplet_accuracy) <= 1e-12);
  for (size_t c = 0; c < of->k.count; c++)
    assert_true(fabs(recall[c] - expected_recall[c]) <= 1e-12);
  if (of->seen) {
    assert_memory_equal(&metrics, &of->metrics, sizeof metrics);
    assert_memory_equal(recall, of->recall, of->k.count * sizeof *recall);
  }
  of->metrics = metrics;
  memcpy(of->recall, recall, of->k.count * sizeof *recall);
  of->seen = true;
  free(distances);
}

static void equal_their_definitions(void **state) {
  (void)state;
  static const int32_t ks[] = {1, 3, 10, 1000};
  seeded from = seeded_from(1);
  for (int round = 0; round < 30; round++) {
    const size_t n = seeded_below(&from, 70), m = 1 + seeded_below(&from, 70), d = 1 + seeded_below(&from, 6);
    const size_t classes = 1 + seeded_below(&from, 20);
    floats x = floats_random(&from, n * d, 0, 2), y = floats_random(&from, m * d, 0, 2);
    int32_t labels[70], reference_labels[70], self[70];
    for (size_t i = 0; i < 70; i++) { /* few classes, many of one member, extreme labels */
      labels[i] = (int32_t)seeded_below(&from, classes) - 3;
      reference_labels[i] = (int32_t)seeded_below(&from, classes) - 3;
      labels[i] = labels[i] == 0 ? INT32_MIN : labels[i];
      reference_labels[i] = reference_labels[i] == 0 ? INT32_MIN : reference_labels[i];
      self[i] = (int32_t)seeded_below(&from, m + 1) - 1;
    }
    if (round % 2) /* ties and equal points */
      for (size_t i = 0; i < n * d + m * d; i++) {
        float *value = i < n * d ? &x.data[i] : &y.data[i - n * d];
        *value = rintf(*value);
      }
    const triplet_references references = {
        {y.data, m, d}, {reference_labels, m}, {round % 4 ? self : NULL, round % 4 ? n : 0}};
    problem of = {.options = triplet_batch_options(),
                  .x = {x.data, n, d},
                  .labels = {labels, n},
                  .references = round % 3 ? &references : NULL,
                  .k = {ks, round % 5}};
    of.k.count = of.k.count > 4 ? 4 : of.k.count;
    if (round % 5 == 2)
      of.options.ignore_label = -1;
    if (round % 7 == 3)
      of.options.distance = TRIPLET_DISTANCE_COSINE;
    on_every_machine(check, &of);
    floats_release(&y);
    floats_release(&x);
  }
}

/* Two classes on a line. */
static void are_right_by_hand(void **state) {
  (void)state;
  float x[] = {0, 1, 1.5f, 4};
  int32_t labels[] = {7, 7, 9, 9}, ks[] = {1, 2};
  double recall[2];
  triplet_metrics metrics;
  const triplet_options options = triplet_batch_options();
  assert_int_equal(triplet_evaluate(NULL, &options, triplet_matrix_of(x, 4, 1), (triplet_ints){labels, 4}, NULL,
                                    (triplet_ints){ks, 2}, recall, &metrics),
                   TRIPLET_OK);
  assert_int_equal(metrics.queries, 4);
  assert_true(metrics.precision_at_1 == 0.5); /* rows 0 and 3 */
  assert_true(metrics.r_precision == 0.5 && metrics.map_at_r == 0.5);
  assert_true(recall[0] == 0.5 && recall[1] == 0.75); /* row 1 finds row 0 second */
  /* Row 0: 1 < 1.5, 1 < 4. Row 1: 1 > 0.5, 1 < 3. Row 2: 2.5 > 1.5, 2.5 > 0.5. Row 3: 2.5 < 4, 2.5 < 3. */
  assert_true(metrics.triplet_accuracy == 5.0 / 8);
}

static void refuse_misuse(void **state) {
  (void)state;
  float x[] = {0, 0, 1, 1};
  int32_t labels[] = {1, 1}, ks[] = {1, 0}, self[] = {0, 2};
  double recall[2];
  triplet_metrics metrics;
  triplet_context *context = triplet_context_create(NULL);
  triplet_options options = triplet_batch_options();
  const triplet_matrix rows = {x, 2, 2};
  const triplet_ints two = {labels, 2}, none = {NULL, 0};
  pattern_set(&metrics, sizeof metrics);
  pattern_set(recall, sizeof recall);
  assert_error(context,
               triplet_evaluate(context, &options, rows, (triplet_ints){labels, 1}, NULL, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected 2 integers, got 1");
  assert_error(context, triplet_evaluate(context, &options, rows, two, NULL, (triplet_ints){ks, 2}, recall, &metrics),
               TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got 0 at index 1");
  assert_error(context, triplet_evaluate(context, &options, rows, two, NULL, (triplet_ints){ks, 1}, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "k", "expected numbers and room for their recall, got NULL");
  triplet_references references = {{x, 4, 1}, {labels, 2}, {NULL, 0}};
  assert_error(context, triplet_evaluate(context, &options, rows, two, &references, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "references", "expected 2 columns like embeddings, got 1");
  references = (triplet_references){rows, {labels, 1}, {NULL, 0}};
  assert_error(context, triplet_evaluate(context, &options, rows, two, &references, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "reference_labels", "expected 2 integers, got 1");
  references = (triplet_references){rows, two, {self, 2}};
  assert_error(context, triplet_evaluate(context, &options, rows, two, &references, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "reference_self", "expected -1 .. 1, got 2 at index 1");
  x[2] = NAN;
  assert_error(context, triplet_evaluate(context, &options, rows, two, NULL, none, NULL, &metrics), TRIPLET_NOT_FINITE,
               "embeddings", "row 0 has a distance that is not finite");
  assert_true(pattern_stands(&metrics, sizeof metrics) && pattern_stands(recall, sizeof recall));
  triplet_context_destroy(context);
}

/* Rows of NaN tie at an infinite distance; without care the lowest of them would be a hit by its number. */
static void count_nothing_as_a_hit_that_is_not_finite(void **state) {
  (void)state;
  float x[] = {NAN, NAN, 1, 1.5f, 9};
  int32_t labels[] = {1, 1, 2, 2, 1}, ks[] = {4};
  double recall[1];
  triplet_metrics metrics;
  triplet_options options = triplet_batch_options();
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  assert_int_equal(triplet_evaluate(NULL, &options, triplet_matrix_of(x, 5, 1), (triplet_ints){labels, 5}, NULL,
                                    (triplet_ints){ks, 1}, recall, &metrics),
                   TRIPLET_OK);
  assert_int_equal(metrics.queries, 5);
  assert_true(metrics.precision_at_1 == 2.0 / 5 && recall[0] == 2.0 / 5);
  assert_true(metrics.map_at_r == 2.0 / 5);
  /* Rows 2 and 3: their positive is nearer than all 3 negatives each; the 3 x 4 others are wrong. */
  assert_true(metrics.triplet_accuracy == 6.0 / 18);
}

static triplet_status call(triplet_context *context, void *data) {
  problem *of = data;
  double recall[8];
  return triplet_evaluate(context, &of->options, of->x, of->labels, NULL, of->k, recall, &of->metrics);
}

static void survive_short_memory(void **state) {
  (void)state;
  float x[40];
  int32_t labels[20], ks[] = {3};
  seeded from = seeded_from(3);
  seeded_fill(&from, x, 40, 1);
  for (int i = 0; i < 20; i++)
    labels[i] = i % 3;
  problem of = {.options = triplet_batch_options(), .x = {x, 20, 2}, .labels = {labels, 20}, .k = {ks, 1}};
  assert_in_range(fail_each_allocation(call, NULL, &of), 1, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_their_definitions), cmocka_unit_test(are_right_by_hand),
      cmocka_unit_test(refuse_misuse),           cmocka_unit_test(count_nothing_as_a_hit_that_is_not_finite),
      cmocka_unit_test(survive_short_memory),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
