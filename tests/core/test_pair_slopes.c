/* What pairs weigh, against the listing of every triplet and every term of the other losses; and how far losses reach.
 */
#include "brute_pairs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- slopes ------------------------------------------------------------------------------------------------------ */

static void triplets_equal_the_listing(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 15; round++)
    for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++)
      for (int convention = TRIPLET_CONVENTION_TORCH; convention <= TRIPLET_CONVENTION_EXACT; convention++)
        for (int variant = 0; variant < 4; variant++) {
          random_batch made;
          random_batch_make(&made, &from, round % 5 ? 14 : 40);
          triplet_options *options = &made.batch.options;
          options->mining = (triplet_mining)mining;
          options->convention = (triplet_convention)convention;
          options->soft_margin = variant & 1;
          options->swap = variant & 2;
          options->seed = round;
          assert_pair_slopes(NULL, &made.batch);
          random_batch_release(&made);
        }
}

static void pairs_equal_their_terms(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (int round = 0; round < 400; round++) {
    random_pairs made;
    random_pairs_make(&made, &from, round % 5 ? 10 : 40);
    assert_pair_slopes(NULL, &made.made.batch);
    random_pairs_release(&made);
  }
}

/* ---- shares and misuse ------------------------------------------------------------------------------------------- */

enum { ROWS = 4 };
static const float line[ROWS] = {0, 1, 3, 7};
static const int32_t kinds[ROWS] = {0, 0, 1, 1};

static triplet_batch on_the_line(void) {
  return (triplet_batch){triplet_matrix_of(line, ROWS, 1), triplet_labels_of(kinds, ROWS), NULL};
}

/* Of each anchor one softmax: its positive's share is what the negatives leave. */
static void shares_are_those_of_a_softmax(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  triplet_options_set_loss(&options, TRIPLET_LOSS_INFO_NCE);
  options.distance = TRIPLET_DISTANCE_MINKOWSKI;
  options.temperature = 2;
  const triplet_batch batch = on_the_line();
  float slopes[ROWS * ROWS];
  assert_int_equal(triplet_pair_slopes(context, &options, &batch, triplet_matrix_of(slopes, ROWS, ROWS)), TRIPLET_OK);
  for (size_t i = 0; i < ROWS; i++) {
    double sum = 0;
    for (size_t j = 0; j < ROWS; j++)
      sum += j == i ? 0 : exp(-fabs((double)line[i] - line[j]) / 2);
    for (size_t j = 0; j < ROWS; j++) {
      const double share = exp(-fabs((double)line[i] - line[j]) / 2) / sum;
      const double expected = j == i ? 0 : kinds[i] == kinds[j] ? 1 - share : -share;
      assert_near("share", slopes[i * ROWS + j] * 2, expected, 1e-6);
    }
  }
}

static triplet_status call(triplet_context *with, void *data) {
  triplet_options options = *(const triplet_options *)data;
  const triplet_batch batch = on_the_line();
  static float slopes[ROWS * ROWS];
  return triplet_pair_slopes(with, &options, &batch, triplet_matrix_of(slopes, ROWS, ROWS));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_HARD; mining++) {
    triplet_options options = triplet_batch_options();
    options.mining = (triplet_mining)mining;
    options.swap = true;
    assert_in_range(fail_each_allocation(call, NULL, &options), 5, 20);
  }
}

static void misuse_is_told(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  triplet_batch batch = on_the_line();
  float slopes[ROWS * ROWS];
  const triplet_references references = {triplet_matrix_of(line, 3, 1), triplet_labels_of(kinds, 3), {NULL, 0}};
  assert_error(context, triplet_pair_slopes(context, &options, &batch, triplet_matrix_of(slopes, ROWS, 3)),
               TRIPLET_INVALID_ARGUMENT, "slopes", "expected 4 x 4 like rows x rows, got 4 x 3");
  batch.references = &references;
  assert_error(context, triplet_pair_slopes(context, &options, &batch, triplet_matrix_of(slopes, ROWS, ROWS)),
               TRIPLET_INVALID_ARGUMENT, "slopes", "expected 4 x 3 like rows x references, got 4 x 4");
  options.weights = (triplet_floats){line, 3};
  assert_error(context, triplet_pair_slopes(context, &options, &batch, triplet_matrix_of(slopes, ROWS, 3)),
               TRIPLET_INVALID_ARGUMENT, "weights", "expected 4 numbers, got 3");
}

/* ---- reach ------------------------------------------------------------------------------------------------------- */

static triplet_reaches reach_of(const triplet_options *options, double positive) {
  triplet_reaches found = {0};
  assert_int_equal(triplet_reach(context, options, positive, &found), TRIPLET_OK);
  return found;
}

static void assert_reach(const triplet_options *options, double positive, double pull, double push) {
  const triplet_reaches found = reach_of(options, positive);
  assert_true(found.pull == pull && found.push == push);
}

static void losses_reach_as_they_say(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  options.margin = 0.25;
  assert_reach(&options, 1.5, 1.5, 1.75);
  triplet_options_set_loss(&options, TRIPLET_LOSS_CONTRASTIVE);
  options.positive_margin = 0.125;
  options.negative_margin = 3;
  assert_reach(&options, 1.5, 0.125, 3);
  assert_reach(&options, NAN, 0.125, 3);
  triplet_options_set_loss(&options, TRIPLET_LOSS_INFO_NCE);
  assert_reach(&options, 1.5, 1.5, 1.5);
  triplet_options_set_loss(&options, TRIPLET_LOSS_SUP_CON);
  assert_reach(&options, 1.5, 1.5, 1.5);
  triplet_options_set_loss(&options, TRIPLET_LOSS_MULTI_SIMILARITY);
  options.base = 0.75;
  assert_reach(&options, NAN, 0.25, 0.25);
  options.distance = TRIPLET_DISTANCE_DOT;
  assert_reach(&options, NAN, -0.75, -0.75);
  options.distance = TRIPLET_DISTANCE_MINKOWSKI;
  assert_reach(&options, NAN, 0.75, 0.75);
}

/* What compares with a positive reaches nowhere without one. */
static void nothing_is_reached_without_a_positive(void **state) {
  (void)state;
  static const triplet_loss relative[] = {TRIPLET_LOSS_TRIPLET, TRIPLET_LOSS_INFO_NCE, TRIPLET_LOSS_SUP_CON};
  for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
    triplet_options options = triplet_batch_options();
    triplet_options_set_loss(&options, relative[i]);
    const triplet_reaches found = reach_of(&options, NAN);
    assert_true(isnan(found.pull) && isnan(found.push));
  }
}

/* A slope tells the same: of a triplet it is there for a negative within, and for none beyond. */
static void reach_is_where_slopes_end(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  options.margin = 1;
  const triplet_reaches reach = reach_of(&options, 2);
  for (int beyond = 0; beyond < 2; beyond++) {
    const float rows[] = {0, 2, (float)reach.push + (beyond ? 0.01f : -0.01f)};
    static const int32_t labels[] = {0, 0, 1};
    float slopes[3];
    static const int32_t self = 0;
    const triplet_references references = {triplet_matrix_of(rows, 3, 1), triplet_labels_of(labels, 3), {&self, 1}};
    const triplet_batch batch = {triplet_matrix_of(rows, 1, 1), triplet_labels_of(labels, 1), &references};
    assert_int_equal(triplet_pair_slopes(context, &options, &batch, triplet_matrix_of(slopes, 1, 3)), TRIPLET_OK);
    assert_true(slopes[0] == 0 && slopes[1] == (beyond ? 0 : 1) && slopes[2] == (beyond ? 0 : -1));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(triplets_equal_the_listing),
      WITH_CONTEXT(pairs_equal_their_terms),
      WITH_CONTEXT(shares_are_those_of_a_softmax),
      WITH_CONTEXT(every_allocation_may_fail),
      WITH_CONTEXT(misuse_is_told),
      WITH_CONTEXT(losses_reach_as_they_say),
      WITH_CONTEXT(nothing_is_reached_without_a_positive),
      WITH_CONTEXT(reach_is_where_slopes_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
