/* Evaluation of given neighbours: what it says must hold however the others might follow. */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LABELS (4 * MOST_ROWS)

/* ---- every way to go on ------------------------------------------------------------------------------------------ */

enum { MOST_CANDIDATES = 7 };

static void shuffle(seeded *from, int32_t *list, size_t count) {
  for (size_t i = 0; i < count; i++)
    list[i] = (int32_t)i;
  for (size_t i = count; i > 1; i--) {
    const size_t other = seeded_below(from, i);
    const int32_t kept = list[i - 1];
    list[i - 1] = list[other], list[other] = kept;
  }
}

/* Lists of no, some and all candidates, of the query itself and of rows that are nothing to it. */
static void what_could_still_change_is_not_known(void **state) {
  (void)state;
  static const int32_t ks[] = {1, 2, 3, 5, 100};
  seeded from = seeded_from(1);
  size_t unknown = 0, known_ones = 0;
  for (int round = 0; round < 3000; round++) {
    const size_t n = 1 + seeded_below(&from, 4), m = round % 2 ? 1 + seeded_below(&from, MOST_CANDIDATES) : 0;
    const size_t references = m ? m : n, width = seeded_below(&from, references + 2);
    static random_labels labels;
    judged_sets sets;
    random_labels_make(&labels, &from, (labelling)(round / 2 % LABELLINGS), n, m, &sets);

    int32_t indices[4 * (MOST_CANDIDATES + 2)], order[MOST_CANDIDATES];
    judged judged[4];
    for (size_t i = 0; i < n; i++) {
      const size_t count = seeded_below(&from, 2) ? width : seeded_below(&from, width + 1);
      shuffle(&from, order, references);
      for (size_t c = 0; c < width; c++)
        indices[i * width + c] = c < count && c < references ? order[c] : -1;
      judged[i] = judge_given(&sets, i, (triplet_ints){indices + i * width, width}, (triplet_ints){ks, 5});
    }

    double recall[2][5];
    triplet_class_metrics classes[MOST_LABELS];
    triplet_bounds intervals[5];
    triplet_evaluation found = {.recall = recall[0], .macro_recall = recall[1], .recall_intervals = intervals};
    found.classes = sets.labels.relations.data ? NULL : classes;
    found.class_capacity = MOST_LABELS;
    triplet_given_neighbors given = {.labels = sets.labels, .indices = indices, .width = width};
    if (m) {
      given.reference_labels = sets.reference_labels;
      given.reference_self = (triplet_ints){sets.self, sets.self ? n : 0};
    }
    if (sets.labels.relations.data && m == n && !sets.self) {
      for (size_t i = 0; i < n; i++)
        labels.self[i] = -1;
      given.reference_self = (triplet_ints){labels.self, n};
    }
    triplet_options options = triplet_batch_options();
    options.ignore_label = sets.ignore_label;
    assert_int_equal(triplet_evaluate_neighbors(context, &options, &given, (triplet_ints){ks, 5}, &found), TRIPLET_OK);
    assert_judged(&found, &sets, judged, (triplet_ints){ks, 5});
    unknown += found.metrics.queries && isnan(found.metrics.map);
    known_ones += found.metrics.queries && !isnan(found.metrics.map);
  }
  assert_true(unknown > 500 && known_ones > 300);
}

/* ---- all that nearest finds -------------------------------------------------------------------------------------- */

static void all_neighbors_are_the_evaluation(void **state) {
  (void)state;
  static const int32_t ks[] = {1, 7};
  seeded from = seeded_from(2);
  for (int round = 0; round < 30; round++) {
    const size_t n = 2 + seeded_below(&from, FEW_ROWS - 2);
    floats x = floats_random(&from, n * 3, 0, 1);
    static random_labels labels;
    judged_sets sets;
    random_labels_make(&labels, &from, (labelling)(round % LABELLINGS), n, 0, &sets);
    triplet_options options = triplet_batch_options();
    options.ignore_label = sets.ignore_label;

    int32_t *indices = malloc(n * n * sizeof *indices);
    const triplet_matrix rows = {x.data, n, 3};
    const triplet_neighbor_search search = {.queries = rows, .references = rows, .k = n};
    assert_int_equal(triplet_nearest(context, &options, &search, indices, NULL), TRIPLET_OK);
    double recall[2][4];
    triplet_evaluation searched = {.recall = recall[0], .macro_recall = recall[0] + 2};
    triplet_evaluation given = {.recall = recall[1], .macro_recall = recall[1] + 2};
    assert_int_equal(triplet_evaluate(context, &options, &(triplet_batch){rows, sets.labels, NULL},
                                      (triplet_ints){ks, 2}, &searched),
                     TRIPLET_OK);
    assert_int_equal(
        triplet_evaluate_neighbors(context, &options,
                                   &(triplet_given_neighbors){.labels = sets.labels, .indices = indices, .width = n},
                                   (triplet_ints){ks, 2}, &given),
        TRIPLET_OK);
    assert_memory_equal(&searched.metrics, &given.metrics, sizeof searched.metrics);
    assert_memory_equal(&searched.macro, &given.macro, sizeof searched.macro);
    assert_memory_equal(recall[0], recall[1], sizeof recall[0]);
    free(indices);
    floats_release(&x);
  }
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

static void are_right_by_hand(void **state) {
  (void)state;
  /* Rows 0, 1 and 2 are of one class. Row 0 is given itself, a negative and a positive, row 1 a positive alone, row 2
   * nothing; row 3 has no positive. */
  static const int32_t labels[] = {5, 5, 5, 8}, ks[] = {1, 2, 3};
  static const int32_t indices[] = {0, 3, 2, 2, -1, -1, -1, -1, -1, 0, 1, 2};
  const triplet_given_neighbors neighbors = {.labels = triplet_labels_of(labels, 4), .indices = indices, .width = 3};
  const triplet_options options = triplet_batch_options();
  double recall[3];
  triplet_class_metrics classes[2];
  triplet_evaluation found = {.recall = recall, .classes = classes, .class_capacity = 2};
  assert_int_equal(triplet_evaluate_neighbors(context, &options, &neighbors, (triplet_ints){ks, 3}, &found),
                   TRIPLET_OK);
  assert_true(found.metrics.queries == 3 && found.metrics.skipped == 1);
  assert_true(isnan(found.metrics.precision_at_1) && isnan(recall[0]) && isnan(found.metrics.map));
  assert_true(recall[1] == 1 && recall[2] == 1); /* there is but one negative */
  assert_true(isnan(classes[0].metrics.mrr) && classes[1].metrics.queries == 0 && isnan(found.macro.mrr));

  /* Without row 2 it is known what comes first. */
  triplet_given_neighbors fewer = neighbors;
  static const int32_t self[] = {0, 1};
  fewer.labels = triplet_labels_of(labels, 2);
  fewer.reference_labels = neighbors.labels;
  fewer.reference_self = (triplet_ints){self, 2};
  assert_int_equal(triplet_evaluate_neighbors(context, &options, &fewer, (triplet_ints){ks, 3}, &found), TRIPLET_OK);
  assert_true(found.metrics.precision_at_1 == 0.5 && found.metrics.mrr == 0.75 && isnan(found.metrics.r_precision));
}

/* Nothing is known where no neighbours are given; nobody asked has none. References without any labels are others. */
static void no_neighbors_are_no_error(void **state) {
  (void)state;
  static const int32_t labels[] = {1, 1, 2}, ends[] = {0, 0, 0}, indices[] = {0, 1, 2};
  const triplet_options options = triplet_batch_options();
  const triplet_ints none = {NULL, 0};
  triplet_evaluation found = {0};
  triplet_given_neighbors neighbors = {.labels = triplet_labels_of(labels, 3)};
  assert_int_equal(triplet_evaluate_neighbors(context, &options, &neighbors, none, &found), TRIPLET_OK);
  assert_true(found.metrics.queries == 2 && found.metrics.skipped == 1 && isnan(found.metrics.precision_at_1));

  neighbors = (triplet_given_neighbors){.labels = triplet_labels_of(labels, 0), .width = 5};
  assert_int_equal(triplet_evaluate_neighbors(context, &options, &neighbors, none, &found), TRIPLET_OK);
  assert_true(found.metrics.queries == 0 && found.metrics.skipped == 0);

  neighbors = (triplet_given_neighbors){.labels = triplet_labels_of(labels, 3),
                                        .reference_labels = triplet_label_sets_of(NULL, ends, 3),
                                        .indices = indices,
                                        .width = 1};
  assert_int_equal(triplet_evaluate_neighbors(context, &options, &neighbors, none, &found), TRIPLET_OK);
  assert_true(found.metrics.queries == 0 && found.metrics.skipped == 3);
}

static void refuse_misuse(void **state) {
  (void)state;
  static const int32_t labels[] = {1, 1, 2}, fine[] = {1, 2, 0, -1, -1, -1}, self[] = {0, 3, -1};
  static const float relations[] = {0, 1, -1, 1, 0, 1};
  const int32_t beyond[] = {1, 2, 0, 3, -1, -1}, below[] = {1, 2, -2, 0, -1, -1}, twice[] = {1, 2, 0, 0, -1, -1};
  const triplet_given_neighbors good = {.labels = triplet_labels_of(labels, 3), .indices = fine, .width = 2};
  const triplet_options options = triplet_batch_options();
  const triplet_ints none = {NULL, 0};
  triplet_evaluation found = {0}, before;
  pattern_set(&found.metrics, sizeof found.metrics);
  before = found;

  triplet_given_neighbors bad = good;
  bad.indices = beyond;
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "indices", "expected -1 .. 2, got 3 at row 1, column 1");
  bad.indices = below;
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "indices", "expected -1 .. 2, got -2 at row 1, column 0");
  bad.indices = twice;
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "indices", "expected each reference once, got 0 again at row 1, column 1");
  bad.indices = NULL;
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "indices", "expected 3 x 2 integers, got NULL");
  bad = good;
  bad.reference_self = (triplet_ints){self, 3};
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "reference_self", "expected -1 .. 2, got 3 at index 1");
  bad = good;
  bad.labels = triplet_relations_of(relations, 2, 3);
  bad.reference_labels = good.labels;
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "reference_labels", "expected none beside relations, which say all, got some");
  bad = good;
  bad.labels.integers.data = NULL;
  assert_error(context, triplet_evaluate_neighbors(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "labels", "expected 3 integers, got 0");
  assert_memory_equal(&found, &before, sizeof found);
}

static triplet_status call(triplet_context *with, void *data) {
  static const int32_t labels[] = {1, 1, 2}, indices[] = {1, 2, 0, -1, -1, -1};
  const triplet_given_neighbors neighbors = {.labels = triplet_labels_of(labels, 3), .indices = indices, .width = 2};
  const triplet_options options = triplet_batch_options();
  return triplet_evaluate_neighbors(with, &options, &neighbors, (triplet_ints){NULL, 0}, data);
}

static void survive_short_memory(void **state) {
  (void)state;
  triplet_evaluation found = {0};
  assert_in_range(fail_each_allocation(call, NULL, &found), 4, 8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(what_could_still_change_is_not_known),
      WITH_CONTEXT(all_neighbors_are_the_evaluation),
      WITH_CONTEXT(are_right_by_hand),
      WITH_CONTEXT(no_neighbors_are_no_error),
      WITH_CONTEXT(refuse_misuse),
      cmocka_unit_test(survive_short_memory),
  };
  return cmocka_run_group_tests_name("neighbors", tests, NULL, NULL);
}
