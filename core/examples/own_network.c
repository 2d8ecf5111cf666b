/* own_network.c - your own network underneath the library's loss.
 *
 * The loss does not ask where embeddings come from: it takes them and returns its gradient with respect to each. The
 * network that made them, here two dense layers written by hand, carries the gradient on to its weights by the chain
 * rule, and an optimizer moves the weights. A training step is: forward, loss, backward, update.
 *
 * The program prints:
 *
 *    untrained: MAP@R 0.61 on new rows
 *    step 25: loss 0.26
 *    step 50: loss 0.19
 *    step 75: loss 0.11
 *    step 100: loss 0.05
 *    trained: MAP@R 0.91 on new rows
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triplet.h"

enum { ROWS = 120, INPUTS = 2, HIDDEN = 16, DIM = 2, STEPS = 100 };

/* ---- the network: embeddings = relu(x A + b) C ------------------------------------------------------------------- */

/* Where each part begins in the block of weights: A (INPUTS, HIDDEN), b (HIDDEN), C (HIDDEN, DIM). */
enum { A = 0, B = A + INPUTS * HIDDEN, C = B + HIDDEN, WEIGHTS = C + HIDDEN * DIM };

/* x: (ROWS, INPUTS), hidden: (ROWS, HIDDEN), embeddings: (ROWS, DIM). */
static void forward(const float *weights, const float *x, float *hidden, float *embeddings) {
  for (int row = 0; row < ROWS; row++, x += INPUTS, hidden += HIDDEN, embeddings += DIM) {
    memset(embeddings, 0, DIM * sizeof *embeddings);
    for (int h = 0; h < HIDDEN; h++) {
      float sum = weights[B + h];
      for (int i = 0; i < INPUTS; i++)
        sum += x[i] * weights[A + i * HIDDEN + h];
      hidden[h] = sum > 0 ? sum : 0;
      for (int k = 0; k < DIM; k++)
        embeddings[k] += hidden[h] * weights[C + h * DIM + k];
    }
  }
}

/* by_embeddings: dloss/dembeddings (ROWS, DIM), as the loss returns it. by_weights: dloss/dweights, the output. */
static void backward(const float *weights, const float *x, const float *hidden, const float *by_embeddings,
                     float *by_weights) {
  memset(by_weights, 0, WEIGHTS * sizeof *by_weights);
  for (int row = 0; row < ROWS; row++, x += INPUTS, hidden += HIDDEN, by_embeddings += DIM)
    for (int h = 0; h < HIDDEN; h++) {
      if (hidden[h] == 0) /* relu was at rest and lets no gradient through */
        continue;
      float by_hidden = 0;
      for (int k = 0; k < DIM; k++) {
        by_weights[C + h * DIM + k] += hidden[h] * by_embeddings[k];
        by_hidden += weights[C + h * DIM + k] * by_embeddings[k];
      }
      by_weights[B + h] += by_hidden;
      for (int i = 0; i < INPUTS; i++)
        by_weights[A + i * HIDDEN + h] += x[i] * by_hidden;
    }
}

/* ---- training it ------------------------------------------------------------------------------------------------- */

static void check(triplet_context *context, triplet_status status) {
  if (status == TRIPLET_OK)
    return;
  const triplet_error *error = triplet_context_error(context);
  fprintf(stderr, "%s: %s\n", error->argument ? error->argument : triplet_status_string(status), error->message);
  exit(EXIT_FAILURE);
}

static float x[ROWS * INPUTS], hidden[ROWS * HIDDEN], embeddings[ROWS * DIM];
static int32_t labels[ROWS];

/* Two half moons that reach into each other. */
static void make_moons(triplet_context *context, int64_t seed) {
  const triplet_matrix rows = {x, ROWS, INPUTS};
  check(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_MOONS, 1, seed, rows, labels));
}

/* MAP@R: how well do the rows of the same moon come before the others among each row's neighbours? 1 is perfect. */
static void evaluate(triplet_context *context, const char *when, const float *weights) {
  make_moons(context, 2); /* rows that training never sees */
  forward(weights, x, hidden, embeddings);

  const triplet_options options = triplet_batch_options();
  const triplet_batch rows = {{embeddings, ROWS, DIM}, triplet_labels_of(labels, ROWS), NULL};
  triplet_evaluation found = {0};
  check(context, triplet_evaluate(context, &options, &rows, (triplet_ints){NULL, 0}, &found));
  printf("%s: MAP@R %.2f on new rows\n", when, found.metrics.map_at_r);
}

int main(void) {
  static float weights[WEIGHTS], by_weights[WEIGHTS], by_embeddings[ROWS * DIM], state[2 * WEIGHTS];
  triplet_context *context = triplet_context_create(NULL);

  /* Small random numbers to start from, by a linear congruential generator. */
  uint32_t random = 1;
  for (int i = 0; i < WEIGHTS; i++) {
    random = random * 1664525 + 1013904223;
    weights[i] = (float)(random >> 8) / (1 << 24) - 0.5f;
  }
  evaluate(context, "untrained", weights);

  /* Every triplet in the batch (all rows, here) counts: an anchor, another row of its moon, a row of the other moon. */
  triplet_options loss = triplet_batch_options();
  loss.margin = 1;
  const triplet_batch batch = {{embeddings, ROWS, DIM}, triplet_labels_of(labels, ROWS), NULL};
  const triplet_batch_gradients gradients = {.embeddings = by_embeddings};
  triplet_batch_result result;

  /* Adam keeps two numbers per weight, 0 at first; triplet_optimizer_state() says how many each optimizer keeps. */
  triplet_optimizer adam = triplet_optimizer_options();
  adam.learning_rate = 0.01;
  const triplet_parameters parameters = {WEIGHTS, weights, by_weights, state};

  make_moons(context, 1);
  for (uint64_t step = 1; step <= STEPS; step++) {
    forward(weights, x, hidden, embeddings);
    check(context, triplet_batch_loss(context, &loss, &batch, gradients, NULL, &result));
    backward(weights, x, hidden, by_embeddings, by_weights);
    check(context, triplet_optimizer_update(context, &adam, step, &parameters));
    if (step % 25 == 0)
      printf("step %d: loss %.2f\n", (int)step, result.loss);
  }
  evaluate(context, "trained", weights);
  triplet_context_destroy(context);
}
