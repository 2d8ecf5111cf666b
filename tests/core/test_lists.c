/* Lists that go with rows: weights, margins and factors of the gradient. There are as many numbers as rows, or one; all
 * are finite; and a call that is given others writes nothing. */
#include "support.h"

#include <math.h>
#include <stdio.h>

enum { ROWS = 4, COLS = 2 };

static const float x[ROWS * COLS] = {0, 0, 1, 0, 0, 2, 3, 1}, y[ROWS * COLS] = {1, 1, 2, 0, 0, 1, 3, 3};
static const int32_t labels[ROWS] = {1, 1, 2, 2};

static struct written {
  float gradients[3][ROWS * COLS], losses[ROWS];
  int32_t rows[3][ROWS * ROWS];
  triplet_result result;
  triplet_batch_result batch_result;
  triplet_stats stats;
} written;

static triplet_status margin_loss(const triplet_options *options) {
  const triplet_matrix rows = triplet_matrix_of(x, ROWS, COLS), others = triplet_matrix_of(y, ROWS, COLS);
  return triplet_margin_loss(context, options, &(triplet_explicit){rows, others, rows},
                             (triplet_gradients){written.gradients[0], written.gradients[1], written.gradients[2]},
                             NULL, &written.result);
}

static triplet_batch own_batch(void) {
  return (triplet_batch){.embeddings = triplet_matrix_of(x, ROWS, COLS), .labels = triplet_labels_of(labels, ROWS)};
}

static triplet_status batch_loss(const triplet_options *options) {
  const triplet_batch batch = own_batch();
  return triplet_batch_loss(context, options, &batch, (triplet_batch_gradients){written.gradients[0], NULL}, NULL,
                            &written.batch_result);
}

static triplet_status mine(const triplet_options *options) {
  const triplet_batch batch = own_batch();
  triplet_triplets to = {written.rows[0], written.rows[1], written.rows[2], ROWS * ROWS, 0};
  return triplet_mine(context, options, &batch, &to, &written.stats);
}

typedef triplet_status call(const triplet_options *options);

static void assert_refused(call *of, triplet_options options, const char *argument, const char *message) {
  pattern_set(&written, sizeof written);
  assert_error(context, of(&options), TRIPLET_INVALID_ARGUMENT, argument, message);
  assert_true(pattern_stands(&written, sizeof written));
}

static void there_are_as_many_as_rows(void **state) {
  (void)state;
  static const float numbers[ROWS + 1] = {1, 2, 3, 4, 5};
  call *const calls[] = {margin_loss, batch_loss};
  for (size_t i = 0; i < 2; i++)
    for (size_t count = 0; count <= ROWS + 1; count++) {
      const triplet_floats list = {numbers, count};
      triplet_options options = i ? triplet_batch_options() : triplet_margin_options();
      char message[64];
      snprintf(message, sizeof message, "expected 4 numbers, got %zu", count);
      options.margins = list;
      if (count == ROWS)
        assert_int_equal(calls[i](&options), TRIPLET_OK);
      else
        assert_refused(calls[i], options, "margins", message);

      /* A mean has one loss, and so one factor. */
      options.margins = (triplet_floats){NULL, 0};
      options.grad_output = list;
      snprintf(message, sizeof message, "expected 1 numbers, got %zu", count);
      if (count == 1)
        assert_int_equal(calls[i](&options), TRIPLET_OK);
      else
        assert_refused(calls[i], options, "grad_output", message);

      options.reduction = TRIPLET_REDUCTION_NONE; /* one each, or one for all */
      snprintf(message, sizeof message, "expected 4 numbers, got %zu", count);
      if (count == 1 || count == ROWS)
        assert_int_equal(calls[i](&options), TRIPLET_OK);
      else
        assert_refused(calls[i], options, "grad_output", message);
    }
}

static void all_are_there_and_finite(void **state) {
  (void)state;
  const float bad[ROWS] = {1, 2, INFINITY, 4};
  triplet_options options = triplet_batch_options();
  options.weights = (triplet_floats){bad, ROWS};
  assert_refused(batch_loss, options, "weights", "expected finite numbers, got inf at index 2");
  options.weights = (triplet_floats){NULL, ROWS};
  assert_refused(batch_loss, options, "weights", "expected 4 numbers, got 0");
  options = triplet_margin_options();
  options.weights = (triplet_floats){bad, ROWS};
  assert_refused(margin_loss, options, "weights", "expected finite numbers, got inf at index 2");
}

/* What violates depends on the margins. */
static void mining_takes_margins(void **state) {
  (void)state;
  const float margins[ROWS] = {0.5f, 0.5f, NAN, 0.5f};
  triplet_options options = triplet_batch_options();
  options.mining = TRIPLET_MINING_ALL;
  options.violating = TRIPLET_VIOLATING_ALL;
  options.margins = (triplet_floats){margins, ROWS - 1};
  assert_refused(mine, options, "margins", "expected 4 numbers, got 3");
  options.margins.count = ROWS;
  assert_refused(mine, options, "margins", "expected finite numbers, got nan at index 2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(there_are_as_many_as_rows),
      WITH_CONTEXT(all_are_there_and_finite),
      WITH_CONTEXT(mining_takes_margins),
  };
  return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
