/* Classes by votes against their definition: a full sort, then every label counted. */
#include "voted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LABELS = 4 };

/* Integers and sets, of which some are empty and some hold a label twice; ties, and rows that are not finite. */
static void equals_its_definition(void **state) {
  (void)state;
  static const int32_t names[] = {INT32_MIN, INT32_MAX, -1, 0, 7, 8, 9, 100};
  seeded from = seeded_from(1);
  size_t unknown = 0, shared = 0;
  for (int round = 0; round < 240; round++) {
    const size_t n = seeded_below(&from, MOST_QUERIES), m = seeded_below(&from, MOST_REFERENCES);
    const size_t d = 1 + seeded_below(&from, 3), classes = 1 + seeded_below(&from, 8);
    floats x = floats_random(&from, n * d, 0, 3), y = floats_random(&from, m * d, 0, 3);
    if (round % 2)
      for (size_t i = 0; i < n * d + m * d; i++) {
        float *value = i < n * d ? &x.data[i] : &y.data[i - n * d];
        *value = rintf(*value);
      }
    static int32_t labels[MOST_REFERENCES * MOST_LABELS], ends[MOST_REFERENCES], self[MOST_QUERIES];
    static int32_t excluded[MOST_QUERIES * MOST_REFERENCES], excluded_ends[MOST_QUERIES];
    static vote_problem of;
    of = (vote_problem){.options = triplet_batch_options(),
                        .set = {.queries = {x.data, n, d}, .references = {y.data, m, d}}};

    const bool sets = seeded_below(&from, 2);
    int32_t end = 0;
    for (size_t j = 0; j < m; j++) {
      for (size_t c = sets ? seeded_below(&from, MOST_LABELS + 1) : 1; c > 0; c--)
        labels[end++] = names[seeded_below(&from, classes)];
      ends[j] = end;
    }
    of.set.reference_labels = sets ? triplet_label_sets_of(labels, ends, m) : triplet_labels_of(labels, m);
    if (seeded_below(&from, 2)) {
      for (size_t i = 0; i < n; i++)
        self[i] = (int32_t)seeded_below(&from, m + 1) - 1;
      of.set.reference_self = (triplet_ints){self, n};
    }
    if (m && seeded_below(&from, 2)) {
      size_t count = 0;
      for (size_t i = 0; i < n; i++) {
        for (size_t c = seeded_below(&from, m); c > 0; c--)
          excluded[count++] = (int32_t)seeded_below(&from, m);
        excluded_ends[i] = (int32_t)count;
      }
      of.set.exclude = (triplet_lists){{excluded, count}, {excluded_ends, n}};
    }

    of.options.k = 1 + (int64_t)seeded_below(&from, seeded_below(&from, 3) ? 8 : 2 * MOST_REFERENCES);
    of.options.distance = (triplet_distance)seeded_below(&from, DISTANCES);
    if (seeded_below(&from, 2))
      of.options.threshold = rint(seeded_between(&from, -1, 4));
    if (seeded_below(&from, 4) == 0) {
      static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
      of.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
      for (size_t i = 0; i < 4 && m; i++)
        y.data[seeded_below(&from, m * d)] = bad[i];
    }
    define_votes(&of);
    for (size_t i = 0; i < n; i++) {
      unknown += !of.expected.known[i];
      shared += of.expected.known[i] && of.expected.votes[i] < 1;
    }
    on_every_machine(assert_votes, &of);
    floats_release(&y);
    floats_release(&x);
  }
  assert_in_range(unknown, 100, 3000);
  assert_in_range(shared, 500, 3000);
}

/* On a line at 0, 1, 2, 3 and 10; asked at 0.4 and 9. */
static void is_right_by_hand(void **state) {
  (void)state;
  float queries[] = {0.4f, 9}, references[] = {0, 1, 2, 3, 10}, votes[2];
  const int32_t labels[] = {5, 3, 3, 5, 4};
  int32_t got[2];
  uint8_t known[2];
  triplet_options options = triplet_batch_options();
  const triplet_classification_set set = {
      .queries = {queries, 2, 1}, .references = {references, 5, 1}, .reference_labels = triplet_labels_of(labels, 5)};
  triplet_classification into = {got, known, votes};

  options.k = 4; /* two of either: the nearest decides */
  assert_int_equal(triplet_classify(NULL, &options, &set, &into), TRIPLET_OK);
  assert_true(got[0] == 5 && votes[0] == 0.5f && got[1] == 3 && votes[1] == 0.5f && known[0] && known[1]);
  options.k = 3;
  options.threshold = 1;
  assert_int_equal(triplet_classify(NULL, &options, &set, &into), TRIPLET_OK);
  assert_true(got[0] == 5 && votes[0] == 0.5f && got[1] == 4 && votes[1] == 1); /* a distance of 1 is not beyond it */
  options.threshold = 0.5;
  assert_int_equal(triplet_classify(NULL, &options, &set, &into), TRIPLET_OK);
  assert_true(got[0] == 5 && known[0] && votes[0] == 1 && got[1] == 0 && !known[1] && votes[1] == 0);
}

/* Five votes and no threshold: as many are right as the evaluation of held-out rows says. */
static void agrees_with_held_out_rows(void **state) {
  (void)state;
  enum { ROWS = 200, HELD = 60 };
  static float x[2 * ROWS];
  static int32_t labels[ROWS];
  static uint8_t held_out[ROWS];
  seeded from = seeded_from(3);
  seeded_fill(&from, x, 2 * ROWS, 4);
  for (size_t i = 0; i < ROWS; i++) {
    labels[i] = (int32_t)floorf(x[2 * i] / 2);
    held_out[i] = i < HELD;
    x[2 * i + 1] = rintf(x[2 * i + 1]);
    x[2 * i] = rintf(x[2 * i]);
  }
  const triplet_options options = triplet_batch_options();
  triplet_held_out_evaluation found = {0};
  assert_int_equal(triplet_evaluate_held_out(
                       NULL, &options,
                       &(triplet_held_out_set){{x, ROWS, 2}, triplet_labels_of(labels, ROWS), held_out, {NULL, 0}},
                       &found),
                   TRIPLET_OK);
  int32_t classes[HELD];
  uint8_t known[HELD];
  const triplet_classification_set set = {.queries = {x, HELD, 2},
                                          .references = {x + 2 * HELD, ROWS - HELD, 2},
                                          .reference_labels = triplet_labels_of(labels + HELD, ROWS - HELD)};
  assert_int_equal(triplet_classify(NULL, &options, &set, &(triplet_classification){classes, known, NULL}), TRIPLET_OK);
  double right = 0;
  for (size_t i = 0; i < HELD; i++)
    right += known[i] && classes[i] == labels[i];
  assert_true(right > HELD / 2 && right < HELD);
  assert_int_equal(found.against_training.metrics.queries, HELD);
  assert_true(found.knn_accuracy == right / HELD);
}

static void refuses_misuse(void **state) {
  (void)state;
  float x[] = {0, 1, NAN}, relations[] = {1, 1, 1, 1};
  static const int32_t labels[] = {1, 2, 3}, bad[] = {0, 5}, ends[] = {1, 2};
  triplet_options options = triplet_batch_options();
  const triplet_classification_set fine = {
      .queries = {x, 2, 1}, .references = {x, 2, 1}, .reference_labels = triplet_labels_of(labels, 2)};
  triplet_classification_set set = fine;
  vote_outcome got;
  triplet_classification into = {got.labels, got.known, got.votes};
  pattern_set(&got, sizeof got);

#define REFUSED(argument, message)                                                                                     \
  assert_error(context, triplet_classify(context, &options, &set, &into), TRIPLET_INVALID_ARGUMENT, argument, message)
  set.reference_labels.integers.count = 1;
  REFUSED("reference_labels", "expected labels of 2 rows, got 1");
  set.reference_labels = triplet_relations_of(relations, 2, 2);
  REFUSED("reference_labels", "expected labels, got a matrix of relations");
  set = fine;
  set.references = (triplet_matrix){x, 1, 2};
  REFUSED("references", "expected 1 columns like queries, got 2");
  set = fine;
  set.reference_self = (triplet_ints){bad, 2};
  REFUSED("reference_self", "expected -1 .. 1, got 5 at index 1");
  set = fine;
  set.exclude = (triplet_lists){{bad, 2}, {ends, 2}};
  REFUSED("exclude", "expected 0 .. 1, got 5 at index 1");
  set = fine;
  options.k = 0;
  REFUSED("k", "expected an integer in 1 .. 1000000000, got 0");
  options.k = 5;
  options.threshold = NAN;
  assert_int_equal(triplet_classify(context, &options, &set, &into), TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "threshold");
  options = triplet_margin_options();
  options.begun = 0;
  assert_int_equal(triplet_classify(context, &options, &set, &into), TRIPLET_INVALID_ARGUMENT);
#undef REFUSED
  assert_true(pattern_stands(&got, sizeof got));

  options = triplet_batch_options();
  set.queries = (triplet_matrix){x + 1, 2, 1};
  assert_error(context, triplet_classify(context, &options, &set, &into), TRIPLET_NOT_FINITE, "queries",
               "row 1 has a distance that is not finite");
}

static triplet_status call(triplet_context *with, void *data) {
  static float x[] = {0, 1, 2, 3, 4, 5};
  static const int32_t labels[] = {1, 2, 1, 2, 1, 2}, excluded[] = {2, 3}, ends[] = {0, 2, 2, 2, 2, 2};
  const triplet_classification_set set = {.queries = {x, 6, 1},
                                          .references = {x, 6, 1},
                                          .reference_labels = triplet_labels_of(labels, 6),
                                          .exclude = {{excluded, 2}, {ends, 6}}};
  const triplet_options options = triplet_batch_options();
  vote_outcome *got = data;
  triplet_classification into = {got->labels, got->known, got->votes};
  return triplet_classify(with, &options, &set, &into);
}

static void untouched(void *data) {
  assert_true(pattern_stands(data, sizeof(vote_outcome)));
}

static void survives_short_memory(void **state) {
  (void)state;
  vote_outcome got;
  pattern_set(&got, sizeof got);
  assert_in_range(fail_each_allocation(call, untouched, &got), 3, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_its_definition),     cmocka_unit_test(is_right_by_hand),
      cmocka_unit_test(agrees_with_held_out_rows), WITH_CONTEXT(refuses_misuse),
      cmocka_unit_test(survives_short_memory),
  };
  return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
