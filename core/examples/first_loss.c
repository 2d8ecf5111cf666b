/* first_loss.c - the triplet loss by hand.
 *
 * Metric learning moves points until those of one kind lie near each other. Its smallest lesson is a triplet: an
 * anchor, a positive (of the anchor's kind) and a negative (of another kind). The negative should lie farther from the
 * anchor than the positive, by at least a margin. The loss is what is missing:
 *
 *    loss = max(d(anchor, positive) - d(anchor, negative) + margin, 0)
 *
 * The program prints:
 *
 *    triplet 0: loss 0.00, easy: the negative is far enough away
 *    triplet 1: loss 0.50, semi-hard: it is farther away than the positive, but within the margin
 *    triplet 2: loss 2.00, hard: it is nearer than the positive
 *    margin 1: mean loss 0.83, 2 of 3 active
 *    margin 0.2: mean loss 0.40, 1 of 3 active
 *    soft margin: mean loss 0.72, 3 of 3 active
 *    step 0: loss 2.50, the anchor of triplet 2 moves by (0.10, -0.10)
 *    step 1: loss 1.70, the anchor of triplet 2 moves by (0.11, -0.09)
 *    step 2: loss 1.19, the anchor of triplet 2 moves by (0.11, -0.09)
 *    step 3: loss 0.79, the anchor of triplet 2 moves by (0.12, -0.08)
 *    margin: expected a finite number, got nan
 */
#include <math.h>
#include <stdio.h>

#include "triplet.h"

enum { TRIPLETS = 3, COLS = 2, FLOATS = TRIPLETS * COLS };

/* Row i of each matrix belongs to triplet i. All anchors are at (0, 0), so that distances are easy to see. */
static float anchors[] = {0, 0, 0, 0, 0, 0};
static float positives[] = {1, 0, 1, 0, 2, 0};
static float negatives[] = {0, 3, 0, 1.5f, 0, 1};

static const triplet_explicit triplets = {
    {anchors, TRIPLETS, COLS}, {positives, TRIPLETS, COLS}, {negatives, TRIPLETS, COLS}};

/* An output that is not wanted is NULL. */
static const triplet_gradients no_gradients = {NULL, NULL, NULL};

static void print_mean(const char *what, const triplet_options *options) {
  triplet_result result;
  triplet_margin_loss(NULL, options, &triplets, no_gradients, NULL, &result);
  printf("%s: mean loss %.2f, %d of %d active\n", what, result.loss, (int)result.active, TRIPLETS);
}

/* The gradient points to where the loss grows fastest, so each point moves a little the other way. */
static void descend(float *points, const float *gradient, float rate) {
  for (int i = 0; i < FLOATS; i++)
    points[i] -= rate * gradient[i];
}

int main(void) {
  static const char *const kinds[TRIPLETS] = {
      "easy: the negative is far enough away",
      "semi-hard: it is farther away than the positive, but within the margin",
      "hard: it is nearer than the positive",
  };

  /* Options start from a function that sets the defaults: margin 1, Euclidean distance, the mean of the losses. */
  triplet_options options = triplet_margin_options();
  float losses[TRIPLETS];
  triplet_result result;
  triplet_margin_loss(NULL, &options, &triplets, no_gradients, losses, &result);
  for (int i = 0; i < TRIPLETS; i++)
    printf("triplet %d: loss %.2f, %s\n", i, losses[i], kinds[i]);

  /* An active triplet still has something to teach: its gradient is not 0. With a soft margin that is every triplet, as
   * softplus then replaces max(..., 0) and never quite reaches 0. */
  print_mean("margin 1", &options);
  options.margin = 0.2;
  print_mean("margin 0.2", &options);
  options.soft_margin = true;
  print_mean("soft margin", &options);

  /* Gradient descent: positives are pulled in and negatives pushed away until every margin is kept. The sum of the
   * losses, unlike their mean, gives each point the same gradient however many triplets there are. */
  options = triplet_margin_options();
  options.reduction = TRIPLET_REDUCTION_SUM;
  float by_anchors[FLOATS], by_positives[FLOATS], by_negatives[FLOATS];
  for (int step = 0; step < 4; step++) {
    triplet_margin_loss(NULL, &options, &triplets, (triplet_gradients){by_anchors, by_positives, by_negatives}, NULL,
                        &result);
    printf("step %d: loss %.2f, the anchor of triplet 2 moves by (%.2f, %.2f)\n", step, result.loss,
           -0.1f * by_anchors[4], -0.1f * by_anchors[5]);
    descend(anchors, by_anchors, 0.1f);
    descend(positives, by_positives, 0.1f);
    descend(negatives, by_negatives, 0.1f);
  }

  /* A context, where NULL stood so far, says what was wrong with a call. Such a call has written nothing. */
  triplet_context *context = triplet_context_create(NULL);
  options.margin = NAN;
  if (triplet_margin_loss(context, &options, &triplets, no_gradients, NULL, &result) != TRIPLET_OK) {
    const triplet_error *error = triplet_context_error(context);
    printf("%s: %s\n", error->argument, error->message);
  }
  triplet_context_destroy(context);
}
