/* Who takes part in a batch, and who is refused: rows that are not finite, a query's own row among references, and
 * relations that say something else than they can. */
#include <math.h>
#include <stdio.h>

#include "support.h"

static const float line[] = {0, 1, 3, 3.5f}, two_holes[] = {INFINITY, 1, NAN, 3};
static const int32_t two_classes[] = {5, 5, 6, 6}, self[] = {0, 1, 2, 3};

/* Among references where there are any. */
static triplet_status loss_of(triplet_options options, triplet_batch batch, triplet_batch_result *result) {
  return triplet_batch_loss(context, &options, &batch, (triplet_batch_gradients){NULL, NULL}, NULL, result);
}

/* Rows that nobody asked for may be anything. */
static void the_first_row_that_is_missed_is_named(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  triplet_batch_result result;
  triplet_batch batch = {.embeddings = triplet_matrix_of(two_holes, 4, 1), .labels = triplet_labels_of(two_classes, 4)};
  assert_error(context, loss_of(options, batch, &result), TRIPLET_NOT_FINITE, "embeddings",
               "row 0 or a distance of it is not finite");
  options.ignore_label = 5;
  assert_error(context, loss_of(options, batch, &result), TRIPLET_NOT_FINITE, "embeddings",
               "row 2 or a distance of it is not finite");

  triplet_references references = {batch.embeddings, batch.labels, {NULL, 0}};
  batch.embeddings = triplet_matrix_of(line, 4, 1);
  batch.references = &references;
  assert_error(context, loss_of(options, batch, &result), TRIPLET_NOT_FINITE, "references",
               "row 2 or a distance of it is not finite");
  options.ignore_label = 6;
  assert_error(context, loss_of(options, batch, &result), TRIPLET_NOT_FINITE, "references",
               "row 0 or a distance of it is not finite");

  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  assert_int_equal(loss_of(options, batch, &result), TRIPLET_OK);
  assert_int_equal(result.stats.nonfinite, 1);
}

/* Rows that are finite each, and too far from each other for float32. */
static void references_out_of_reach_are_named(void **state) {
  (void)state;
  const float far[] = {0, 1, 3, 3e38f};
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_SQUARED;
  triplet_batch_result result;
  triplet_references references = {triplet_matrix_of(far, 4, 1), triplet_labels_of(two_classes, 4), {NULL, 0}};
  const triplet_batch batch = {.embeddings = triplet_matrix_of(line, 4, 1),
                               .labels = triplet_labels_of(two_classes, 4),
                               .references = &references};
  assert_error(context, loss_of(options, batch, &result), TRIPLET_NOT_FINITE, "embeddings",
               "row 0 or a distance of it is not finite");
  options.nonfinite = TRIPLET_NONFINITE_ALLOW; /* every query is as far from that row */
  assert_int_equal(loss_of(options, batch, &result), TRIPLET_OK);
  assert_int_equal(result.stats.nonfinite, 5);
}

/* Without references nobody has anything to learn from. */
static void no_references_are_no_error(void **state) {
  (void)state;
  triplet_batch_result result;
  triplet_references references = {triplet_matrix_of(NULL, 0, 1), triplet_labels_of(NULL, 0), {NULL, 0}};
  const triplet_batch batch = {.embeddings = triplet_matrix_of(line, 4, 1),
                               .labels = triplet_labels_of(two_classes, 4),
                               .references = &references};
  assert_int_equal(loss_of(triplet_batch_options(), batch, &result), TRIPLET_OK);
  assert_true(result.loss == 0);
}

/* A query has the labels of its own row, all of them and no others. */
static void a_query_has_the_labels_of_itself(void **state) {
  (void)state;
  static const int32_t one_each[] = {5, 5, 6, 6}, ends[] = {1, 2, 3, 4}, more[] = {5, 5, 6, 6, 7},
                       more_ends[] = {1, 2, 3, 5};
  const triplet_labels single = triplet_label_sets_of(one_each, ends, 4),
                       several = triplet_label_sets_of(more, more_ends, 4);
  triplet_batch_result result;
  for (int turned = 0; turned < 2; turned++) {
    triplet_references references = {triplet_matrix_of(line, 4, 1), turned ? single : several, {self, 4}};
    const triplet_batch batch = {
        .embeddings = triplet_matrix_of(line, 4, 1), .labels = turned ? several : single, .references = &references};
    assert_error(context, loss_of(triplet_batch_options(), batch, &result), TRIPLET_INVALID_ARGUMENT, "reference_self",
                 "expected references of the queries' own labels, got others at index 3");
    references.labels = batch.labels;
    assert_int_equal(loss_of(triplet_batch_options(), batch, &result), TRIPLET_OK);
  }
}

static void relations_are_three_numbers(void **state) {
  (void)state;
  static const float bad[] = {0.5f, 2, -2, NAN};
  static const int32_t ends[] = {0, 0, 0, 0};
  float relations[16] = {0, 1, -1, -1, 1, 0, -1, -1, -1, -1, 0, 1, -1, -1, 1, 0};
  triplet_batch_result result;
  triplet_batch batch = {.embeddings = triplet_matrix_of(line, 4, 1), .labels = triplet_relations_of(relations, 4, 4)};
  assert_int_equal(loss_of(triplet_batch_options(), batch, &result), TRIPLET_OK);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char message[100];
    relations[6] = bad[i];
    snprintf(message, sizeof message, "expected 1, -1 or 0, got %g at row 1, column 2", (double)bad[i]);
    assert_error(context, loss_of(triplet_batch_options(), batch, &result), TRIPLET_INVALID_ARGUMENT,
                 "labels.relations", message);
  }

  relations[6] = -1;
  batch.labels.ends = (triplet_ints){ends, 4};
  assert_error(context, loss_of(triplet_batch_options(), batch, &result), TRIPLET_INVALID_ARGUMENT, "labels",
               "expected labels or relations, got both");
  batch.labels.ends = (triplet_ints){NULL, 0};
  triplet_references references = {batch.embeddings, triplet_label_sets_of(NULL, ends, 4), {NULL, 0}};
  batch.references = &references;
  assert_error(context, loss_of(triplet_batch_options(), batch, &result), TRIPLET_INVALID_ARGUMENT, "reference_labels",
               "expected none beside relations, which say all, got some");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(the_first_row_that_is_missed_is_named),
      WITH_CONTEXT(references_out_of_reach_are_named),
      WITH_CONTEXT(no_references_are_no_error),
      WITH_CONTEXT(a_query_has_the_labels_of_itself),
      WITH_CONTEXT(relations_are_three_numbers),
  };
  return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
