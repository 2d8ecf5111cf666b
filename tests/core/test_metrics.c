/* Retrieval metrics against their definitions, query by query, triplet by triplet, in double. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct problem {
  triplet_options options;
  triplet_batch in;
  triplet_ints k;
  triplet_metrics metrics; /* of the first machine */
  double recall[8];
  bool seen;
} problem;

/* What a query may be compared with. */
static bool is_candidate(const problem *of, size_t i, size_t j) {
  const int32_t *labels = of->in.references ? of->in.references->labels.integers.data : of->in.labels.integers.data;
  if (labels[j] == of->options.ignore_label)
    return false;
  if (!of->in.references)
    return i != j;
  return !of->in.references->self.data || of->in.references->self.data[i] != (int32_t)j;
}

static triplet_metrics obvious(const problem *of, const float *distances, double *recall) {
  const size_t n = of->in.embeddings.rows, m = of->in.references ? of->in.references->rows.rows : n;
  const int32_t *labels = of->in.references ? of->in.references->labels.integers.data : of->in.labels.integers.data;
  triplet_metrics sums = {0};
  double triplets = 0, correct = 0;
  memset(recall, 0, 8 * sizeof *recall);
  size_t *order = malloc(m * sizeof *order);

  for (size_t i = 0; i < n; i++) {
    const float *d = distances + i * m;
    const int32_t label = of->in.labels.integers.data[i];
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
  const double queries = sums.queries ? (double)sums.queries : (double)NAN;
  for (size_t c = 0; c < of->k.count; c++)
    recall[c] /= queries;
  return (triplet_metrics){sums.queries,
                           sums.skipped,
                           sums.precision_at_1 / queries,
                           sums.r_precision / queries,
                           sums.map_at_r / queries,
                           triplets > 0 ? correct / triplets : (double)NAN};
}

static bool near(double got, double expected) {
  return fabs(got - expected) <= 1e-12 || (isnan(got) && isnan(expected));
}

static void check(triplet_context *context, void *data) {
  problem *of = data;
  const triplet_matrix y = of->in.references ? of->in.references->rows : of->in.embeddings;
  float *distances = malloc((of->in.embeddings.rows * y.rows + 1) * sizeof *distances);
  triplet_metrics metrics;
  double recall[8], expected_recall[8];

  memset(&metrics, 0, sizeof metrics);
  assert_int_equal(triplet_distances(context, &of->options, of->in.embeddings, y,
                                     (triplet_matrix){distances, of->in.embeddings.rows, y.rows}),
                   TRIPLET_OK);
  assert_int_equal(triplet_evaluate(context, &of->options, &of->in, of->k, recall, &metrics), TRIPLET_OK);

  const triplet_metrics expected = obvious(of, distances, expected_recall);
  assert_int_equal(metrics.queries, expected.queries);
  assert_int_equal(metrics.skipped, expected.skipped);
  assert_true(near(metrics.precision_at_1, expected.precision_at_1));
  assert_true(near(metrics.r_precision, expected.r_precision));
  assert_true(near(metrics.map_at_r, expected.map_at_r));
  assert_true(near(metrics.triplet_accuracy, expected.triplet_accuracy));
  for (size_t c = 0; c < of->k.count; c++)
    assert_true(near(recall[c], expected_recall[c]));

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
        {y.data, m, d}, triplet_labels_of(reference_labels, m), {round % 4 ? self : NULL, round % 4 ? n : 0}};
    problem of = {.options = triplet_batch_options(),
                  .in = {{x.data, n, d}, triplet_labels_of(labels, n), round % 3 ? &references : NULL},
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
  assert_int_equal(triplet_evaluate(NULL, &options, &(triplet_batch){{x, 4, 1}, triplet_labels_of(labels, 4), NULL},
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
  const triplet_labels two = triplet_labels_of(labels, 2);
  const triplet_ints none = {NULL, 0};

  pattern_set(&metrics, sizeof metrics);
  pattern_set(recall, sizeof recall);

  assert_error(context,
               triplet_evaluate(context, &options, &(triplet_batch){rows, triplet_labels_of(labels, 1), NULL}, none,
                                NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected 2 integers, got 1");
  assert_error(
      context,
      triplet_evaluate(context, &options, &(triplet_batch){rows, two, NULL}, (triplet_ints){ks, 2}, recall, &metrics),
      TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got 0 at index 1");
  assert_error(
      context,
      triplet_evaluate(context, &options, &(triplet_batch){rows, two, NULL}, (triplet_ints){ks, 1}, NULL, &metrics),
      TRIPLET_INVALID_ARGUMENT, "k", "expected numbers and room for their recall, got NULL");

  triplet_references references = {{x, 4, 1}, triplet_labels_of(labels, 2), {NULL, 0}};
  assert_error(context,
               triplet_evaluate(context, &options, &(triplet_batch){rows, two, &references}, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "references", "expected 2 columns like embeddings, got 1");
  references = (triplet_references){rows, triplet_labels_of(labels, 1), {NULL, 0}};
  assert_error(context,
               triplet_evaluate(context, &options, &(triplet_batch){rows, two, &references}, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "reference_labels", "expected 2 integers, got 1");
  references = (triplet_references){rows, two, {self, 2}};
  assert_error(context,
               triplet_evaluate(context, &options, &(triplet_batch){rows, two, &references}, none, NULL, &metrics),
               TRIPLET_INVALID_ARGUMENT, "reference_self", "expected -1 .. 1, got 2 at index 1");

  x[2] = NAN;
  assert_error(context, triplet_evaluate(context, &options, &(triplet_batch){rows, two, NULL}, none, NULL, &metrics),
               TRIPLET_NOT_FINITE, "embeddings", "row 0 has a distance that is not finite");

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
  assert_int_equal(triplet_evaluate(NULL, &options, &(triplet_batch){{x, 5, 1}, triplet_labels_of(labels, 5), NULL},
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
  return triplet_evaluate(context, &of->options, &of->in, of->k, recall, &of->metrics);
}

static void survive_short_memory(void **state) {
  (void)state;
  float x[40];
  int32_t labels[20], ks[] = {3};
  seeded from = seeded_from(3);
  seeded_fill(&from, x, 40, 1);
  for (int i = 0; i < 20; i++)
    labels[i] = i % 3;
  problem of = {
      .options = triplet_batch_options(), .in = {{x, 20, 2}, triplet_labels_of(labels, 20), NULL}, .k = {ks, 1}};
  assert_in_range(fail_each_allocation(call, NULL, &of), 1, 10);
}

/* ---- held-out rows ----------------------------------------------------------------------------------------------- */

enum { MOST = 400 };

/* The rows of one side, one after the other. */
typedef struct side {
  size_t count;
  float x[2 * MOST];
  int32_t labels[MOST];
} side;

static side side_of(const triplet_held_out_set *set, uint8_t which) {
  side made = {0};
  for (size_t i = 0; i < set->embeddings.rows; i++)
    if (set->held_out[i] == which) {
      memcpy(made.x + 2 * made.count, set->embeddings.data + 2 * i, 2 * sizeof(float));
      made.labels[made.count++] = set->labels.integers.data[i];
    }
  return made;
}

/* Votes counted with a full sort by distance, then place. */
static bool is_voted(const float *distances, const int32_t *labels, size_t count, int32_t label) {
  bool used[MOST] = {false};
  int32_t nearest[5];
  size_t voters = 0;
  for (; voters < 5 && voters < count; voters++) {
    size_t best = MOST;
    for (size_t j = 0; j < count; j++)
      if (!used[j] && (best == MOST || distances[j] < distances[best]))
        best = j;
    used[best] = true;
    nearest[voters] = labels[best];
  }
  size_t most = 0;
  int32_t winner = 0;
  for (size_t i = 0; i < voters; i++) {
    size_t votes = 0;
    for (size_t j = 0; j < voters; j++)
      votes += nearest[j] == nearest[i];
    if (votes > most) {
      most = votes;
      winner = nearest[i];
    }
  }
  return most > 0 && winner == label;
}

static void held_out_rows_are_judged_twice(void **state) {
  (void)state;
  static const int32_t ks[] = {1, 4};
  seeded from = seeded_from(9);
  for (int round = 0; round < 60; round++) {
    const size_t n = seeded_below(&from, MOST), classes = 1 + seeded_below(&from, 12);
    float x[2 * MOST];
    int32_t labels[MOST];
    uint8_t held_out[MOST];
    seeded_fill(&from, x, 2 * n, 3);
    for (size_t i = 0; i < n; i++) {
      labels[i] = (int32_t)seeded_below(&from, classes);
      held_out[i] = round % 3 ? seeded_below(&from, 4) == 0 : labels[i] % 2; /* rows, or whole classes */
      if (round % 2)
        x[2 * i] = rintf(x[2 * i]), x[2 * i + 1] = 0; /* ties */
    }
    const triplet_options options = triplet_batch_options();
    const triplet_held_out_set set = {{x, n, 2}, triplet_labels_of(labels, n), held_out, {ks, 2}};
    triplet_held_out_metrics got;
    triplet_metrics against, among;
    double recall[4], expected[4];
    assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, recall, &got), TRIPLET_OK);
    side held = side_of(&set, 1), training = side_of(&set, 0);
    const triplet_matrix queries = {held.x, held.count, 2}, rows = {training.x, training.count, 2};
    const triplet_references references = {rows, triplet_labels_of(training.labels, training.count), {NULL, 0}};
    assert_int_equal(
        triplet_evaluate(NULL, &options,
                         &(triplet_batch){queries, triplet_labels_of(held.labels, held.count), &references}, set.k,
                         expected, &against),
        TRIPLET_OK);
    assert_int_equal(triplet_evaluate(NULL, &options,
                                      &(triplet_batch){queries, triplet_labels_of(held.labels, held.count), NULL},
                                      set.k, expected + 2, &among),
                     TRIPLET_OK);
    assert_memory_equal(&got.against_training, &against, sizeof against);
    assert_memory_equal(&got.among_themselves, &among, sizeof among);
    assert_memory_equal(recall, expected, sizeof recall);
    assert_int_equal(got.held_out, held.count);
    assert_int_equal(got.queries, held.count);

    float distances[MOST];
    size_t judged = 0, elected = 0;
    for (size_t i = 0; i < held.count; i++) {
      bool has_positive = false;
      for (size_t j = 0; j < training.count; j++)
        has_positive |= training.labels[j] == held.labels[i];
      if (!has_positive)
        continue;
      judged++;
      assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(held.x + 2 * i, 1, 2), rows,
                                         (triplet_matrix){distances, 1, training.count}),
                       TRIPLET_OK);
      elected += is_voted(distances, training.labels, training.count, held.labels[i]);
    }
    assert_true(near(got.knn_accuracy, judged ? (double)elected / (double)judged : (double)NAN));
    if (round % 3 == 0)
      assert_int_equal(got.against_training.queries, 0);
  }
}

/* 12,000 rows on a line, each class a stretch of it: a sample of 10,000 stands for them, another for another seed. */
static void many_held_out_rows_are_sampled(void **state) {
  (void)state;
  enum { HELD = 12000, TRAINING = 400 };
  static float x[HELD + TRAINING];
  static int32_t labels[HELD + TRAINING];
  static uint8_t held_out[HELD + TRAINING];

  seeded from = seeded_from(10);
  seeded_fill(&from, x, HELD + TRAINING, 1);
  for (size_t i = 0; i < TRAINING; i++)
    x[HELD + i] = (float)i / (TRAINING / 2) - 1;
  for (size_t i = 0; i < HELD + TRAINING; i++) {
    labels[i] = (int32_t)floorf(20 * x[i]);
    held_out[i] = i < HELD;
  }

  triplet_options options = triplet_batch_options();
  const triplet_held_out_set set = {
      {x, HELD + TRAINING, 1}, triplet_labels_of(labels, HELD + TRAINING), held_out, {NULL, 0}};
  const triplet_references references = {
      {x + HELD, TRAINING, 1}, triplet_labels_of(labels + HELD, TRAINING), {NULL, 0}};

  triplet_held_out_metrics got, again, other;
  triplet_metrics whole;
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, NULL, &got), TRIPLET_OK);
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, NULL, &again), TRIPLET_OK);
  options.seed = 5;
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, NULL, &other), TRIPLET_OK);

  assert_memory_equal(&got, &again, sizeof got);
  assert_int_equal(got.held_out, HELD);
  assert_int_equal(got.queries, 10000);
  assert_int_equal(got.against_training.queries, 10000);
  assert_int_equal(got.among_themselves.queries, 10000);

  assert_int_equal(
      triplet_evaluate(NULL, &options,
                       &(triplet_batch){(triplet_matrix){x, HELD, 1}, triplet_labels_of(labels, HELD), &references},
                       (triplet_ints){NULL, 0}, NULL, &whole),
      TRIPLET_OK);
  assert_true(fabs(got.against_training.precision_at_1 - whole.precision_at_1) < 0.01);
  assert_true(got.against_training.map_at_r != other.against_training.map_at_r);

  options.most_queries = 50;
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, NULL, &got), TRIPLET_OK);
  assert_int_equal(got.held_out, HELD);
  assert_true(got.queries == 50 && got.against_training.queries == 50 && got.among_themselves.queries == 50);
}

static void held_out_misuse(void **state) {
  (void)state;
  float x[] = {0, 0, 1, 1};
  int32_t labels[] = {1, 1}, ks[] = {1};
  const uint8_t held_out[] = {1, 0};
  double recall[2];
  triplet_held_out_metrics metrics;
  triplet_context *context = triplet_context_create(NULL);
  const triplet_options options = triplet_batch_options();
  triplet_options unbegun = {.p = 2}, nobody = options;
  nobody.most_queries = 0;
  const triplet_held_out_set fine = {{x, 2, 2}, triplet_labels_of(labels, 2), held_out, {ks, 1}};
  triplet_held_out_set set = fine;

  pattern_set(&metrics, sizeof metrics);
  pattern_set(recall, sizeof recall);

  set.labels.integers.count = 1;
  assert_error(context, triplet_evaluate_held_out(context, &options, &set, recall, &metrics), TRIPLET_INVALID_ARGUMENT,
               "labels", "expected 2 integers, got 1");
  set = fine;
  set.held_out = NULL;
  assert_error(context, triplet_evaluate_held_out(context, &options, &set, recall, &metrics), TRIPLET_INVALID_ARGUMENT,
               "held_out", "expected 2 bytes, got NULL");
  assert_error(context, triplet_evaluate_held_out(context, &options, &fine, NULL, &metrics), TRIPLET_INVALID_ARGUMENT,
               "k", "expected numbers and room for their recall, got NULL");
  assert_int_equal(triplet_evaluate_held_out(context, &unbegun, &fine, recall, &metrics), TRIPLET_INVALID_ARGUMENT);
  assert_error(context, triplet_evaluate_held_out(context, &nobody, &fine, recall, &metrics), TRIPLET_INVALID_ARGUMENT,
               "most_queries", "expected an integer in 1 .. 1000000000, got 0");

  x[0] = NAN;
  assert_error(context, triplet_evaluate_held_out(context, &options, &fine, recall, &metrics), TRIPLET_NOT_FINITE,
               "embeddings", "a held-out row has a distance that is not finite");

  assert_true(pattern_stands(&metrics, sizeof metrics) && pattern_stands(recall, sizeof recall));
  triplet_context_destroy(context);
}

static triplet_status call_held_out(triplet_context *context, void *data) {
  static float x[] = {0, 1, 2, 3, 4, 5};
  static const int32_t labels[] = {1, 2, 1, 2, 1, 2}, ks[] = {1};
  static const uint8_t held_out[] = {1, 1, 1, 1, 0, 0};
  const triplet_held_out_set set = {{x, 6, 1}, triplet_labels_of(labels, 6), held_out, {ks, 1}};
  const triplet_options options = triplet_batch_options();
  triplet_held_out_metrics metrics;
  return triplet_evaluate_held_out(context, &options, &set, data, &metrics);
}

static void untouched(void *data) {
  assert_true(pattern_stands(data, 2 * sizeof(double)));
}

static void held_out_survives_short_memory(void **state) {
  (void)state;
  double recall[2];
  pattern_set(recall, sizeof recall);
  assert_in_range(fail_each_allocation(call_held_out, untouched, recall), 8, 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_their_definitions),
      cmocka_unit_test(are_right_by_hand),
      cmocka_unit_test(refuse_misuse),
      cmocka_unit_test(count_nothing_as_a_hit_that_is_not_finite),
      cmocka_unit_test(survive_short_memory),
      cmocka_unit_test(held_out_rows_are_judged_twice),
      cmocka_unit_test(many_held_out_rows_are_sampled),
      cmocka_unit_test(held_out_misuse),
      cmocka_unit_test(held_out_survives_short_memory),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
