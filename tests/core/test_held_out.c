/* Evaluation of held-out rows: the two evaluations it stands for, and votes by their definition. */
#include "judge.h"

#include <math.h>
#include <string.h>

enum { MOST = 400, LABELS = 3, MOST_COLUMNS = 9 };

/* The rows of one side, one after the other. */
typedef struct side {
  size_t count;
  float x[MOST_COLUMNS * MOST];
  int32_t integers[LABELS * MOST], ends[MOST];
} side;

static triplet_ints labels_at(triplet_labels labels, size_t row) {
  const int32_t first = labels.ends.data ? (row ? labels.ends.data[row - 1] : 0) : (int32_t)row;
  return (triplet_ints){labels.integers.data + first, labels.ends.data ? (size_t)(labels.ends.data[row] - first) : 1};
}

static void side_of(const triplet_held_out_set *set, uint8_t which, side *made) {
  const size_t d = set->embeddings.cols;
  int32_t end = 0;
  made->count = 0;
  for (size_t i = 0; i < set->embeddings.rows; i++)
    if (set->held_out[i] == which) {
      const triplet_ints labels = labels_at(set->labels, i);
      memcpy(made->x + d * made->count, set->embeddings.data + d * i, d * sizeof(float));
      for (size_t k = 0; k < labels.count; k++)
        made->integers[end++] = labels.data[k];
      made->ends[made->count++] = end;
    }
}

static triplet_labels labels_of(const side *of) {
  return triplet_label_sets_of(of->integers, of->ends, of->count);
}

static bool has(triplet_ints labels, int32_t label) {
  for (size_t i = 0; i < labels.count; i++)
    if (labels.data[i] == label)
      return true;
  return false;
}

/* Five votes counted for every label there is, with a full sort by distance, then place. */
static bool is_voted(const float *distances, const side *training, triplet_ints own, int32_t classes) {
  bool used[MOST] = {false};
  triplet_ints voters[TRIPLET_NEIGHBORS];
  size_t count = 0;
  while (count < TRIPLET_NEIGHBORS) {
    size_t best = MOST;
    for (size_t j = 0; j < training->count; j++)
      if (!used[j] && labels_at(labels_of(training), j).count && (best == MOST || distances[j] < distances[best]))
        best = j;
    if (best == MOST)
      break;
    used[best] = true;
    voters[count++] = labels_at(labels_of(training), best);
  }

  int32_t winner = -1;
  size_t most = 0, nearest = 0;
  for (int32_t label = 0; label < classes; label++) { /* ascending: the lowest of equals stays */
    size_t votes = 0, first = TRIPLET_NEIGHBORS;
    for (size_t i = count; i-- > 0;)
      if (has(voters[i], label)) {
        votes++;
        first = i;
      }
    if (votes > most || (votes == most && votes && first < nearest)) {
      winner = label;
      most = votes;
      nearest = first;
    }
  }
  return most && has(own, winner);
}

static void held_out_rows_are_judged_twice(void **state) {
  (void)state;
  static const int32_t ks[] = {1, 4};
  seeded from = seeded_from(9);
  for (int round = 0; round < 90; round++) {
    const size_t n = seeded_below(&from, MOST);
    const int32_t classes = 1 + (int32_t)seeded_below(&from, 12);
    const bool sets = round % 4 == 3;
    const size_t d = round / 2 % 2 ? 2 : MOST_COLUMNS; /* few columns, and enough for estimates */
    float x[MOST_COLUMNS * MOST];
    static int32_t labels[LABELS * MOST], ends[MOST];
    uint8_t held_out[MOST];
    seeded_fill(&from, x, d * n, 3);
    for (size_t i = 0, end = 0; i < n; i++) {
      for (size_t k = sets ? seeded_below(&from, LABELS + 1) : 1; k > 0; k--)
        labels[end++] = (int32_t)seeded_below(&from, (size_t)classes);
      ends[i] = (int32_t)end;
      held_out[i] = round % 3 || sets ? seeded_below(&from, 4) == 0 : labels[i] % 2; /* rows, or whole classes */
      if (round % 2)
        for (size_t k = 0; k < d; k++) /* ties */
          x[d * i + k] = k ? 0 : rintf(x[d * i]);
    }
    const triplet_options options = triplet_batch_options();
    const triplet_held_out_set set = {
        {x, n, d}, sets ? triplet_label_sets_of(labels, ends, n) : triplet_labels_of(labels, n), held_out, {ks, 2}};
    double recall[8], expected[8];
    triplet_class_metrics got_classes[2][12], expected_classes[2][12];
    triplet_held_out_evaluation got = {
        .against_training = {.recall = recall, .macro_recall = recall + 2},
        .among_themselves = {.recall = recall + 4, .macro_recall = recall + 6},
    };
    got.against_training.classes = got_classes[0], got.among_themselves.classes = got_classes[1];
    got.against_training.class_capacity = got.among_themselves.class_capacity = 12;
    assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, &got), TRIPLET_OK);

    static side held, training;
    side_of(&set, 1, &held), side_of(&set, 0, &training);
    const triplet_matrix rows = {training.x, training.count, d};
    const triplet_references references = {rows, labels_of(&training), {NULL, 0}};
    triplet_batch batch = {{held.x, held.count, d}, labels_of(&held), &references};
    const triplet_evaluation *parts[] = {&got.against_training, &got.among_themselves};
    for (int which = 0; which < 2; which++, batch.references = NULL) {
      triplet_evaluation one = {.recall = expected + 4 * which, .macro_recall = expected + 4 * which + 2};
      one.classes = expected_classes[which], one.class_capacity = 12;
      assert_int_equal(triplet_evaluate(NULL, &options, &batch, set.k, &one), TRIPLET_OK);
      assert_memory_equal(&parts[which]->metrics, &one.metrics, sizeof one.metrics);
      assert_memory_equal(&parts[which]->macro, &one.macro, sizeof one.macro);
      assert_memory_equal(&parts[which]->intervals, &one.intervals, sizeof one.intervals);
      assert_int_equal(parts[which]->class_count, one.class_count);
      for (size_t i = 0; i < one.class_count; i++) {
        assert_int_equal(got_classes[which][i].label, one.classes[i].label);
        assert_memory_equal(&got_classes[which][i].metrics, &one.classes[i].metrics, sizeof one.metrics);
      }
    }
    assert_memory_equal(recall, expected, sizeof recall);
    assert_int_equal(got.held_out, held.count);
    assert_int_equal(got.queries, held.count);
    if (round % 3 == 0 && !sets)
      assert_int_equal(got.against_training.metrics.queries, 0);

    /* Votes, over all and over classes. */
    double judged = 0, elected = 0, judged_of[12] = {0}, elected_of[12] = {0}, macro = 0, macros = 0;
    for (size_t i = 0; i < held.count; i++) {
      const triplet_ints own = labels_at(labels_of(&held), i);
      bool has_positive = false;
      for (size_t j = 0; j < training.count; j++)
        for (size_t k = 0; k < own.count; k++)
          has_positive |= has(labels_at(references.labels, j), own.data[k]);
      if (!has_positive)
        continue;
      float distances[MOST];
      assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(held.x + d * i, 1, d), rows,
                                         (triplet_matrix){distances, 1, training.count}),
                       TRIPLET_OK);
      const bool right = is_voted(distances, &training, own, classes);
      judged++;
      elected += right;
      for (int32_t label = 0; label < classes; label++)
        if (has(own, label)) {
          judged_of[label]++;
          elected_of[label] += right;
        }
    }
    for (int32_t label = 0; label < classes; label++)
      if (judged_of[label] > 0) {
        macro += elected_of[label] / judged_of[label];
        macros++;
      }
    assert_true(judged == 0 ? isnan(got.knn_accuracy) : fabs(got.knn_accuracy - elected / judged) < 1e-12);
    assert_share_bounds(got.knn_accuracy_interval, got.knn_accuracy, judged);
    assert_true(macros == 0 ? isnan(got.macro_knn_accuracy) : fabs(got.macro_knn_accuracy - macro / macros) < 1e-12);
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

  triplet_held_out_evaluation got = {0}, again = {0}, other = {0};
  triplet_evaluation whole = {0};
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, &got), TRIPLET_OK);
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, &again), TRIPLET_OK);
  options.seed = 5;
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, &other), TRIPLET_OK);

  assert_memory_equal(&got, &again, sizeof got);
  assert_int_equal(got.held_out, HELD);
  assert_int_equal(got.queries, 10000);
  assert_int_equal(got.against_training.metrics.queries, 10000);
  assert_int_equal(got.among_themselves.metrics.queries, 10000);

  assert_int_equal(
      triplet_evaluate(NULL, &options,
                       &(triplet_batch){(triplet_matrix){x, HELD, 1}, triplet_labels_of(labels, HELD), &references},
                       (triplet_ints){NULL, 0}, &whole),
      TRIPLET_OK);
  assert_true(fabs(got.against_training.metrics.precision_at_1 - whole.metrics.precision_at_1) < 0.01);
  assert_true(got.against_training.metrics.map_at_r != other.against_training.metrics.map_at_r);

  options.most_queries = 50;
  assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, &got), TRIPLET_OK);
  assert_int_equal(got.held_out, HELD);
  assert_true(got.queries == 50 && got.against_training.metrics.queries == 50 &&
              got.among_themselves.metrics.queries == 50);
}

static void refuse_misuse(void **state) {
  (void)state;
  float x[] = {0, 0, 1, 1}, relations[] = {0, 1, 1, 0};
  int32_t labels[] = {1, 1}, ks[] = {1, 0};
  const uint8_t held_out[] = {1, 0};
  double recall[2];
  triplet_class_metrics classes[1];
  const triplet_options options = triplet_batch_options();
  triplet_options unbegun = {.p = 2}, nobody = options;
  nobody.most_queries = 0;
  const triplet_held_out_set fine = {{x, 2, 2}, triplet_labels_of(labels, 2), held_out, {ks, 1}};
  triplet_held_out_set set = fine;
  triplet_held_out_evaluation found, before;
  pattern_set(&found, sizeof found);
  pattern_set(recall, sizeof recall);
  found.against_training = (triplet_evaluation){.recall = recall};
  found.among_themselves = (triplet_evaluation){.recall = recall + 1};
  before = found;

  set.labels.integers.count = 1;
  assert_error(context, triplet_evaluate_held_out(context, &options, &set, &found), TRIPLET_INVALID_ARGUMENT, "labels",
               "expected labels of 2 rows, got 1");
  set.labels = triplet_relations_of(relations, 2, 2);
  assert_error(context, triplet_evaluate_held_out(context, &options, &set, &found), TRIPLET_INVALID_ARGUMENT, "labels",
               "expected labels, got a matrix of relations");
  set = fine;
  set.held_out = NULL;
  assert_error(context, triplet_evaluate_held_out(context, &options, &set, &found), TRIPLET_INVALID_ARGUMENT,
               "held_out", "expected 2 bytes, got NULL");
  set = fine;
  set.k.count = 2;
  assert_error(context, triplet_evaluate_held_out(context, &options, &set, &found), TRIPLET_INVALID_ARGUMENT, "k",
               "expected numbers >= 1, got 0 at index 1");
  found.among_themselves.classes = classes;
  assert_error(context, triplet_evaluate_held_out(context, &options, &fine, &found), TRIPLET_INVALID_ARGUMENT,
               "class_capacity", "expected room for 1 labels, got 0");
  found.among_themselves.classes = NULL;
  assert_int_equal(triplet_evaluate_held_out(context, &unbegun, &fine, &found), TRIPLET_INVALID_ARGUMENT);
  assert_error(context, triplet_evaluate_held_out(context, &nobody, &fine, &found), TRIPLET_INVALID_ARGUMENT,
               "most_queries", "expected an integer in 1 .. 1000000000, got 0");
  x[0] = NAN;
  assert_error(context, triplet_evaluate_held_out(context, &options, &fine, &found), TRIPLET_NOT_FINITE, "embeddings",
               "a held-out row has a distance that is not finite");
  assert_memory_equal(&found, &before, sizeof found);
  assert_true(pattern_stands(recall, sizeof recall));
}

static triplet_status call(triplet_context *with, void *data) {
  static float x[] = {0, 1, 2, 3, 4, 5};
  static const int32_t labels[] = {1, 2, 1, 2, 1, 2}, ks[] = {1};
  static const uint8_t held_out[] = {1, 1, 1, 1, 0, 0};
  const triplet_held_out_set set = {{x, 6, 1}, triplet_labels_of(labels, 6), held_out, {ks, 1}};
  const triplet_options options = triplet_batch_options();
  double *recall = data;
  triplet_held_out_evaluation found = {.against_training.recall = recall, .among_themselves.recall = recall + 1};
  return triplet_evaluate_held_out(with, &options, &set, &found);
}

static void untouched(void *data) {
  assert_true(pattern_stands(data, 2 * sizeof(double)));
}

static void survive_short_memory(void **state) {
  (void)state;
  double recall[2];
  pattern_set(recall, sizeof recall);
  assert_in_range(fail_each_allocation(call, untouched, recall), 8, 24);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(held_out_rows_are_judged_twice),
      cmocka_unit_test(many_held_out_rows_are_sampled),
      WITH_CONTEXT(refuse_misuse),
      cmocka_unit_test(survive_short_memory),
  };
  return cmocka_run_group_tests_name("held_out", tests, NULL, NULL);
}
