/* Training: against the same steps made by hand from the rooms below, resumed to the bit, and what it refuses. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 90, COLS = 3, CLASSES = 5 };

/* Classes around points on a circle, in columns of very different scale. */
typedef struct dataset {
  float x[ROWS * COLS];
  int32_t labels[ROWS];
} dataset;

static dataset make_dataset(uint64_t seed) {
  seeded from = seeded_from(seed);
  dataset made;
  for (size_t i = 0; i < ROWS; i++) {
    made.labels[i] = (int32_t)(i % CLASSES) * 3 - 4;
    const double angle = (double)(i % CLASSES) * 1.2566;
    made.x[i * COLS] = (float)(cos(angle) + seeded_between(&from, -0.5, 0.5));
    made.x[i * COLS + 1] = (float)(50 + 10 * (sin(angle) + seeded_between(&from, -0.5, 0.5)));
    made.x[i * COLS + 2] = (float)seeded_between(&from, -100, 100);
  }
  return made;
}

static triplet_matrix data_of(const dataset *from) {
  return triplet_matrix_of(from->x, ROWS, COLS);
}

static triplet_labels labels_of(const dataset *from) {
  return triplet_labels_of(from->labels, ROWS);
}

static triplet_trainer_options small_options(void) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 2;
  options.widths[0] = 7;
  options.widths[1] = 2;
  options.classes_per_batch = 3;
  options.rows_per_class = 4;
  options.steps = 100;
  options.optimizer.learning_rate = 0.01;
  return options;
}

static triplet_trainer *create(triplet_context *context, const triplet_trainer_options *options, const dataset *from) {
  triplet_trainer *trainer = NULL;
  if (triplet_trainer_create(context, options, data_of(from), labels_of(from), &trainer) != TRIPLET_OK)
    fail_msg("%s", triplet_context_error(context)->message);
  return trainer;
}

static triplet_step step(triplet_context *context, triplet_trainer *trainer, int count) {
  triplet_step last = {0};
  for (int i = 0; i < count; i++)
    if (triplet_trainer_step(context, trainer, &last) != TRIPLET_OK)
      fail_msg("%s", triplet_context_error(context)->message);
  return last;
}

static uint8_t *save(const triplet_trainer *trainer, size_t *size) {
  assert_int_equal(triplet_trainer_save(NULL, trainer, NULL, 0, size), TRIPLET_OK);
  uint8_t *bytes = malloc(*size);
  assert_int_equal(triplet_trainer_save(NULL, trainer, bytes, *size, size), TRIPLET_OK);
  return bytes;
}

static void assert_same_trainer(const triplet_trainer *left, const triplet_trainer *right) {
  size_t left_size, right_size;
  uint8_t *left_bytes = save(left, &left_size), *right_bytes = save(right, &right_size);
  assert_int_equal(left_size, right_size);
  assert_memory_equal(left_bytes, right_bytes, left_size);
  free(left_bytes);
  free(right_bytes);
}

/* ---- one step ---------------------------------------------------------------------------------------------------- */

/* The batch as drawn, through standardisation, encoder, loss and optimiser, by the public functions of each room. */
static void check_steps(triplet_loss loss) {
  const dataset from = make_dataset(1);
  triplet_trainer_options options = small_options();
  options.normalize = true;
  triplet_options_set_loss(&options.loss, loss);
  options.loss.mining = TRIPLET_MINING_HARD; /* of triplets alone */
  options.schedule = TRIPLET_SCHEDULE_COSINE;
  options.warmup = 2;

  triplet_trainer *trainer = create(NULL, &options, &from);
  const triplet_encoder encoder = ENCODER(.inputs = COLS, .layers = 2, .widths = {7, 2}, .normalize = true);
  const size_t count = triplet_encoder_parameters(&encoder);
  float mean[COLS], deviation[COLS], x[12 * COLS], embeddings[24], gradient[24], by_hand[64], by_parameters[64],
      moments[128] = {0};
  float activations[12 * 8];

  assert_int_equal(triplet_trainer_parameters(trainer).count, count);
  memcpy(by_hand, triplet_trainer_parameters(trainer).data, count * sizeof(float));
  assert_int_equal(triplet_standardization(NULL, data_of(&from), mean, deviation), TRIPLET_OK);
  for (int number = 1; number <= 5; number++) {
    const triplet_step got = step(NULL, trainer, 1);
    const triplet_ints batch = triplet_trainer_last_batch(trainer);
    int32_t labels[12];

    assert_int_equal(batch.count, 12);
    for (size_t i = 0; i < 12; i++) {
      memcpy(x + i * COLS, from.x + (size_t)batch.data[i] * COLS, COLS * sizeof(float));
      labels[i] = from.labels[batch.data[i]];
      assert_int_equal(labels[i], labels[i / 4 * 4]); /* three classes of four rows */
    }

    triplet_matrix rows = {x, 12, COLS}, embedded = {embeddings, 12, 2};
    const triplet_encoder_pass pass = {rows, activations, embedded};
    const triplet_batch in = {embedded, triplet_labels_of(labels, 12), NULL};
    const triplet_parameters moved = {count, by_hand, by_parameters, moments};
    triplet_batch_result result;
    assert_int_equal(
        triplet_standardize(NULL, rows, (triplet_floats){mean, COLS}, (triplet_floats){deviation, COLS}, rows),
        TRIPLET_OK);

    assert_int_equal(triplet_encoder_forward(NULL, &encoder, by_hand, &pass), TRIPLET_OK);
    assert_int_equal(
        triplet_batch_loss(NULL, &options.loss, &in, (triplet_batch_gradients){.embeddings = gradient}, NULL, &result),
        TRIPLET_OK);
    assert_int_equal(triplet_encoder_backward(NULL, &encoder, by_hand, &pass, triplet_matrix_of(gradient, 12, 2),
                                              (triplet_encoder_gradients){.parameters = by_parameters}),
                     TRIPLET_OK);
    triplet_optimizer optimizer = options.optimizer;
    optimizer.learning_rate = got.learning_rate;
    assert_int_equal(triplet_optimizer_update(NULL, &optimizer, (uint64_t)number, &moved), TRIPLET_OK);

    assert_int_equal(got.step, number);
    assert_true(got.loss == result.loss && got.validation == -1 && !got.improved && !got.stopped);
    assert_memory_equal(&got.stats, &result.stats, offsetof(triplet_stats, collapsed));
    assert_true(got.loss > 0 && got.stats.loss == loss);
    assert_int_equal(got.stats.pairs, loss == TRIPLET_LOSS_TRIPLET ? 0 : 12 * 11);
    assert_same_bits(by_hand, triplet_trainer_parameters(trainer).data, count, "parameters");
    const double rate = number <= 2 ? 0.01 * number / 2 : 0.01 * 0.5 * (1 + cos(3.141592653589793 * (number - 3) / 98));
    assert_true(fabs(got.learning_rate - rate) <= 1e-15);
  }
  triplet_trainer_destroy(trainer);
}

static void a_step_is_what_the_rooms_make_of_its_batch(void **state) {
  (void)state;
  for (int loss = 0; loss < LOSSES; loss++)
    check_steps((triplet_loss)loss);
}

/* Plain gradient descent can be repeated by hand. With three rows drawn of classes of two, some row comes twice. */
static void a_table_moves_by_the_gradient_of_its_rows(void **state) {
  (void)state;
  const int32_t labels[] = {1, 1, 2, 2, 3};
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 0;
  options.dim = 3;
  options.classes_per_batch = 2;
  options.rows_per_class = 3;
  options.loss.mining = TRIPLET_MINING_ALL;
  options.loss.margin = 5;
  options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  options.optimizer.learning_rate = 0.5;

  triplet_trainer *trainer = NULL;
  assert_int_equal(
      triplet_trainer_create(NULL, &options, (triplet_matrix){NULL, 5, 0}, triplet_labels_of(labels, 5), &trainer),
      TRIPLET_OK);
  assert_int_equal(triplet_trainer_inputs(trainer), 0);
  assert_int_equal(triplet_trainer_dim(trainer), 3);

  float expected[15], batch[18], gradient[18], table[15];
  for (int number = 0; number < 10; number++) {
    float by_table[15] = {0};
    memcpy(expected, triplet_trainer_parameters(trainer).data, sizeof expected);
    step(NULL, trainer, 1);

    const triplet_ints drawn = triplet_trainer_last_batch(trainer);
    int32_t batch_labels[6];
    triplet_batch_result result;
    assert_int_equal(drawn.count, 5); /* two classes of two rows, and row 4, which is alone in its class */
    for (size_t i = 0; i < 5; i++) {
      memcpy(batch + 3 * i, expected + 3 * drawn.data[i], 3 * sizeof(float));
      batch_labels[i] = labels[drawn.data[i]];
    }

    const triplet_batch in = {triplet_matrix_of(batch, 5, 3), triplet_labels_of(batch_labels, 5), NULL};
    assert_int_equal(
        triplet_batch_loss(NULL, &options.loss, &in, (triplet_batch_gradients){.embeddings = gradient}, NULL, &result),
        TRIPLET_OK);
    assert_true(result.loss > 0);

    for (size_t i = 0; i < 15; i++)
      by_table[3 * (size_t)drawn.data[i / 3] + i % 3] += gradient[i];
    for (size_t i = 0; i < 15; i++)
      expected[i] -= 0.5f * by_table[i];
    assert_same_bits(expected, triplet_trainer_parameters(trainer).data, 15, "table");
  }

  assert_int_equal(triplet_trainer_embed(NULL, trainer, (triplet_matrix){NULL, 5, 0}, (triplet_matrix){table, 5, 3}),
                   TRIPLET_OK);
  assert_same_bits(table, expected, 15, "embedding");
  triplet_trainer_destroy(trainer);
}

/* Two classes of two rows that never move: the loss depends on the order of the batch and on the negatives drawn. */
static void negatives_are_drawn_anew_at_each_step(void **state) {
  (void)state;
  const int32_t labels[] = {1, 1, 2, 2};
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 0;
  options.rows_per_class = 2;
  options.loss.mining = TRIPLET_MINING_RANDOM;
  options.loss.margin = 5;
  options.optimizer.learning_rate = 0;
  triplet_trainer *trainer = NULL;
  assert_int_equal(
      triplet_trainer_create(NULL, &options, (triplet_matrix){NULL, 4, 0}, triplet_labels_of(labels, 4), &trainer),
      TRIPLET_OK);
  double losses[256] = {0};
  int others = 0;
  for (int i = 0; i < 200; i++) {
    const double loss = step(NULL, trainer, 1).loss;
    const triplet_ints drawn = triplet_trainer_last_batch(trainer);
    double *known = &losses[drawn.data[0] | drawn.data[1] << 2 | drawn.data[2] << 4 | drawn.data[3] << 6];
    others += *known > 0 && fabs(*known - loss) > 1e-4;
    *known = loss;
  }
  assert_true(others > 50);
  triplet_trainer_destroy(trainer);
}

static void a_normalized_table_gives_rows_of_length_one(void **state) {
  (void)state;
  const dataset from = make_dataset(2);
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 0;
  options.normalize = true;
  triplet_trainer *trainer = create(NULL, &options, &from);
  float table[ROWS * 2];
  const triplet_step last = step(NULL, trainer, 200);
  assert_int_equal(
      triplet_trainer_embed(NULL, trainer, (triplet_matrix){NULL, ROWS, 0}, (triplet_matrix){table, ROWS, 2}),
      TRIPLET_OK);
  for (size_t i = 0; i < ROWS; i++)
    assert_true(fabs(hypot((double)table[2 * i], (double)table[2 * i + 1]) - 1) < 1e-6);
  assert_int_equal(last.step, 200);
  triplet_trainer_destroy(trainer);
}

/* ---- bits -------------------------------------------------------------------------------------------------------- */

typedef struct run {
  triplet_trainer_options options;
  const dataset *from;
  triplet_trainer *first; /* as the first machine trained it */
} run;

static void check_run(triplet_context *context, void *data) {
  run *of = data;
  triplet_trainer *trainer = create(context, &of->options, of->from);
  step(context, trainer, 30);
  if (of->first) {
    assert_same_trainer(of->first, trainer);
    triplet_trainer_destroy(trainer);
  } else {
    of->first = trainer;
  }
}

static void bits_do_not_depend_on_the_machine(void **state) {
  (void)state;
  const dataset from = make_dataset(3);
  for (int loss = 0; loss < LOSSES; loss++)
    for (int table = 0; table < 2; table++) {
      run of = {small_options(), &from, NULL};
      of.options.layers = table ? 0 : 2;
      of.options.validation = table ? 0 : 0.2;
      of.options.evaluate_every = 7;
      triplet_options_set_loss(&of.options.loss, (triplet_loss)loss);
      of.options.loss.mining = TRIPLET_MINING_DISTANCE_WEIGHTED;
      on_every_machine(check_run, &of);
      triplet_trainer_destroy(of.first);
    }
}

/* The rate rises over the warmup and then follows its schedule, to the end of the run and past it, where the falling
 * ones stay at 0: such a step moves nothing. */
static void rates_follow_their_schedule_past_the_end(void **state) {
  (void)state;
  const dataset from = make_dataset(26);
  static const int warmups[] = {0, 3, 10, 12}; /* of 10 steps */
  for (int kind = 0; kind < 3 * 4; kind++) {
    const int warmup = warmups[kind / 3];
    triplet_trainer_options options = small_options();
    options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
    options.schedule = (triplet_schedule)(kind % 3);
    options.warmup = warmup;
    options.steps = 10;
    triplet_trainer *trainer = create(NULL, &options, &from);
    const triplet_floats parameters = triplet_trainer_parameters(trainer);
    for (int number = 1; number <= 16; number++) {
      const double share = number > 10 || warmup >= 10 ? 1 : (number - 1 - warmup) / (10.0 - warmup);
      const double rate = number <= warmup                                ? 0.01 * number / warmup
                          : options.schedule == TRIPLET_SCHEDULE_CONSTANT ? 0.01
                          : options.schedule == TRIPLET_SCHEDULE_LINEAR   ? 0.01 * (1 - share)
                                                                        : 0.005 * (1 + cos(3.141592653589793 * share));
      float before[64];
      memcpy(before, parameters.data, parameters.count * sizeof(float));
      const triplet_step got = step(NULL, trainer, 1);
      if (fabs(got.learning_rate - rate) > 1e-15)
        fail_msg("schedule %d, warmup %d: %g in step %d, not %g", kind % 3, warmup, got.learning_rate, number, rate);
      const bool moved = memcmp(before, parameters.data, parameters.count * sizeof(float)) != 0;
      assert_int_equal(moved, got.learning_rate > 0);
      assert_true(got.learning_rate >= 0 && got.stopped == (number >= 10));
    }
    triplet_trainer_destroy(trainer);
  }
}

static void training_resumes_to_the_bit(void **state) {
  (void)state;
  const dataset from = make_dataset(4);
  for (int kind = 0; kind < 12 * LOSSES; kind++) {
    triplet_trainer_options options = small_options();
    triplet_options_set_loss(&options.loss, (triplet_loss)(kind % LOSSES));
    options.optimizer.name = (triplet_optimizer_name)(kind % 3);
    options.optimizer.momentum = kind % 3 == 0 ? 0.9 : 0;
    options.optimizer.weight_decay = kind % 2 ? 0.01 : 0;
    options.layers = kind % 12 < 6 ? 2 : 0;
    options.normalize = kind % 4 == 1;
    options.validation = kind % 12 < 3 ? 0.3 : 0;
    options.evaluate_every = 9;
    options.patience = kind % 12 == 1 ? 3 : 0;
    options.schedule = (triplet_schedule)(kind % 3);
    options.loss.mining = kind % 2 ? TRIPLET_MINING_RANDOM : TRIPLET_MINING_SEMIHARD;

    triplet_trainer *whole = create(NULL, &options, &from), *half = create(NULL, &options, &from), *rest = NULL;
    step(NULL, whole, 100);
    step(NULL, half, 50);
    size_t size;

    uint8_t *bytes = save(half, &size);
    assert_int_equal(triplet_trainer_load(NULL, bytes, size, &rest), TRIPLET_OK);
    assert_same_trainer(half, rest);
    assert_int_equal(triplet_trainer_attach(NULL, rest, data_of(&from), labels_of(&from)), TRIPLET_OK);
    const triplet_step last = step(NULL, rest, 50);
    assert_int_equal(last.step, 100);
    assert_true(last.stopped);
    assert_same_trainer(whole, rest);

    const triplet_floats left = triplet_trainer_parameters(whole), right = triplet_trainer_parameters(rest);
    assert_same_bits(left.data, right.data, left.count, "parameters");

    triplet_trainer_destroy(whole);
    triplet_trainer_destroy(half);
    triplet_trainer_destroy(rest);
    free(bytes);
  }
}

/* ---- validation -------------------------------------------------------------------------------------------------- */

static double judge_by_hand(const triplet_trainer *trainer, const dataset *from) {
  const triplet_ints rows = triplet_trainer_validation_rows(trainer);
  float *x = malloc(rows.count * COLS * sizeof *x), *embeddings = malloc(rows.count * 2 * sizeof *embeddings);
  int32_t *labels = malloc(rows.count * sizeof *labels);
  for (size_t i = 0; i < rows.count; i++) {
    memcpy(x + i * COLS, from->x + (size_t)rows.data[i] * COLS, COLS * sizeof *x);
    labels[i] = from->labels[rows.data[i]];
  }
  triplet_evaluation found = {0};
  const triplet_options options = triplet_batch_options();
  const triplet_matrix embedded = {embeddings, rows.count, 2};
  assert_int_equal(triplet_trainer_embed(NULL, trainer, (triplet_matrix){x, rows.count, COLS}, embedded), TRIPLET_OK);
  assert_int_equal(triplet_evaluate(NULL, &options,
                                    &(triplet_batch){embedded, triplet_labels_of(labels, rows.count), NULL},
                                    (triplet_ints){NULL, 0}, &found),
                   TRIPLET_OK);
  free(labels);
  free(embeddings);
  free(x);
  return found.metrics.map_at_r;
}

typedef struct watcher {
  triplet_trainer *trainer;
  const dataset *from;
  double best;
  int judgements, without_better, calls, stop_after;
} watcher;

static bool watch(void *user, const triplet_step *last) {
  watcher *of = user;
  of->calls++;
  assert_int_equal(last->step, of->calls);
  const triplet_ints held = triplet_trainer_validation_rows(of->trainer);
  const triplet_ints batch = triplet_trainer_last_batch(of->trainer);
  for (size_t i = 0; i < batch.count; i++)
    for (size_t j = 0; j < held.count; j++)
      assert_int_not_equal(batch.data[i], held.data[j]);
  if (last->step % 5 == 0 && !last->stopped) { /* weights are changed by the end */
    of->judgements++;
    assert_true(last->validation == judge_by_hand(of->trainer, of->from));
  }
  if (last->step % 5 == 0) {
    assert_int_equal(last->improved, last->validation > of->best);
    of->without_better = last->improved ? 0 : of->without_better + 1;
    of->best = last->improved ? last->validation : of->best;
  } else {
    assert_false(last->improved);
  }
  assert_int_equal(last->stopped, of->without_better >= 3 || last->step >= 400);
  return of->calls != of->stop_after;
}

static void stops_early_with_the_best_weights(void **state) {
  (void)state;
  const dataset from = make_dataset(5);
  triplet_trainer_options options = small_options();
  options.validation = 0.3;
  options.evaluate_every = 5;
  options.patience = 3;
  options.steps = 400;

  triplet_trainer *trainer = create(NULL, &options, &from);
  /* Of each class of 18 rows round(5.4) are held out. */
  const triplet_ints held = triplet_trainer_validation_rows(trainer);
  assert_int_equal(held.count, 5 * CLASSES);

  watcher of = {trainer, &from, -1, 0, 0, 0, 0};
  triplet_step last;
  assert_int_equal(triplet_trainer_run(NULL, trainer, watch, &of, &last), TRIPLET_OK);
  assert_true(last.stopped && of.judgements > 1);
  assert_int_equal(triplet_trainer_steps_done(trainer), of.calls);
  assert_true(judge_by_hand(trainer, &from) == of.best);

  /* A run that is over does nothing. */
  assert_int_equal(triplet_trainer_run(NULL, trainer, watch, &of, &last), TRIPLET_OK);
  assert_int_equal(triplet_trainer_steps_done(trainer), of.calls);

  /* Steps past the end train on. */
  float before[64];
  const triplet_floats parameters = triplet_trainer_parameters(trainer);
  memcpy(before, parameters.data, parameters.count * sizeof(float));
  step(NULL, trainer, 1);
  assert_true(memcmp(before, parameters.data, parameters.count * sizeof(float)) != 0);
  triplet_trainer_restore_best(trainer);
  assert_same_bits(before, parameters.data, parameters.count, "best");

  triplet_trainer_destroy(trainer);
}

/* A judgement as good as the best is not better, and the last step has one whatever the steps between. */
static void weighs_judgements(void **state) {
  (void)state;
  dataset from = make_dataset(18);
  for (size_t i = 0; i < ROWS; i++) /* nothing left to learn */
    for (size_t k = 0; k < COLS; k++)
      from.x[i * COLS + k] = (float)(from.labels[i] * (int)(k + 1) + (k == 1 ? from.labels[i] * from.labels[i] : 0));
  triplet_trainer_options options = small_options();
  options.validation = 0.3;
  options.evaluate_every = 5;
  options.steps = 23;
  triplet_trainer *trainer = create(NULL, &options, &from);
  for (int i = 1; i <= 23; i++) {
    const triplet_step last = step(NULL, trainer, 1);
    assert_true(last.validation == (i < 5 ? -1 : 1));
    assert_int_equal(last.improved, i == 5);
  }
  triplet_trainer_destroy(trainer);
  options.evaluate_every = 1000;
  trainer = create(NULL, &options, &from);
  assert_true(step(NULL, trainer, 22).validation == -1);
  assert_true(step(NULL, trainer, 1).validation == 1);
  triplet_trainer_destroy(trainer);
}

/* Nothing moves, so the judgement at step 9 stays the best: those at 18, 27 and 36 exhaust a patience of 3. */
static void patience_travels_with_the_model(void **state) {
  (void)state;
  const dataset from = make_dataset(19);
  triplet_trainer_options options = small_options();
  options.validation = 0.3;
  options.evaluate_every = 9;
  options.patience = 3;
  options.optimizer.learning_rate = 0;
  triplet_trainer *trainer = create(NULL, &options, &from), *resumed = NULL;
  assert_false(step(NULL, trainer, 30).stopped);
  size_t size;
  uint8_t *bytes = save(trainer, &size);
  assert_int_equal(triplet_trainer_load(NULL, bytes, size, &resumed), TRIPLET_OK);
  assert_int_equal(triplet_trainer_attach(NULL, resumed, data_of(&from), labels_of(&from)), TRIPLET_OK);
  triplet_step last;
  assert_int_equal(triplet_trainer_run(NULL, resumed, NULL, NULL, &last), TRIPLET_OK);
  assert_int_equal(last.step, 36);
  free(bytes);
  triplet_trainer_destroy(resumed);
  triplet_trainer_destroy(trainer);
}

/* The best judgement travels too: one that is better than the last alone is no better. */
static void the_best_travels_with_the_model(void **state) {
  (void)state;
  const dataset from = make_dataset(27);
  triplet_trainer_options options = small_options();
  options.validation = 0.3;
  options.evaluate_every = 2;
  options.optimizer.learning_rate = 0.3; /* which goes up and down */
  triplet_trainer *whole = create(NULL, &options, &from), *resumed = NULL;
  double best = -1, last = -1;
  while (last >= best) {
    last = step(NULL, whole, 2).validation;
    best = last > best ? last : best;
    assert_true(triplet_trainer_steps_done(whole) < 100);
  }
  size_t size;
  uint8_t *bytes = save(whole, &size);
  assert_int_equal(triplet_trainer_load(NULL, bytes, size, &resumed), TRIPLET_OK);
  free(bytes);
  assert_same_trainer(whole, resumed);
  assert_int_equal(triplet_trainer_attach(NULL, resumed, data_of(&from), labels_of(&from)), TRIPLET_OK);

  int between = 0;
  for (int i = 0; i < 30; i++) {
    const triplet_step got = step(NULL, resumed, 2);
    assert_int_equal(got.improved, got.validation > best);
    between += got.validation > last && got.validation <= best;
    best = got.improved ? got.validation : best;
    last = got.validation;
    assert_true(step(NULL, whole, 2).validation == last);
    assert_same_trainer(whole, resumed);
  }
  assert_true(between > 0);
  triplet_trainer_restore_best(resumed);
  assert_true(judge_by_hand(resumed, &from) == best);
  triplet_trainer_destroy(resumed);
  triplet_trainer_destroy(whole);
}

/* Of a step that was not taken there is no figure. */
static void a_run_without_a_step_has_no_figures(void **state) {
  (void)state;
  const dataset from = make_dataset(24);
  triplet_trainer_options options = small_options();
  options.steps = 2;
  triplet_trainer *trainer = create(NULL, &options, &from), *loaded = NULL;
  triplet_step last;
  assert_int_equal(triplet_trainer_run(NULL, trainer, NULL, NULL, &last), TRIPLET_OK);
  const double loss = last.loss;
  assert_int_equal(triplet_trainer_run(NULL, trainer, NULL, NULL, &last), TRIPLET_OK);
  assert_true(last.step == 2 && last.stopped && last.loss == loss && last.stats.triplets > 0);
  size_t size;
  uint8_t *bytes = save(trainer, &size);
  assert_int_equal(triplet_trainer_load(NULL, bytes, size, &loaded), TRIPLET_OK);
  free(bytes);
  assert_int_equal(triplet_trainer_attach(NULL, loaded, data_of(&from), labels_of(&from)), TRIPLET_OK);
  options.steps = 0;
  triplet_trainer *const idle[] = {loaded, create(NULL, &options, &from)};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(triplet_trainer_run(NULL, idle[i], NULL, NULL, &last), TRIPLET_OK);
    assert_true(last.stopped && last.step == (i ? 0 : 2) && last.stats.triplets == 0);
    assert_true(isnan(last.loss) && isnan(last.learning_rate));
    assert_true(isnan(last.stats.mean_positive_distance) && isnan(last.stats.mean_negative_distance));
    triplet_trainer_destroy(idle[i]);
  }
  triplet_trainer_destroy(trainer);
}

static void a_cancelled_run_goes_on_as_if_nothing_was(void **state) {
  (void)state;
  const dataset from = make_dataset(6);
  triplet_trainer_options options = small_options();
  options.validation = 0.3;
  options.evaluate_every = 5;
  options.steps = 30;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *whole = create(context, &options, &from), *parts = create(context, &options, &from);
  watcher of = {parts, &from, -1, 0, -1000, 0, 7};
  triplet_step last;
  assert_error(context, triplet_trainer_run(context, parts, watch, &of, &last), TRIPLET_CANCELLED, NULL,
               "the callback stopped the run after step 7");
  assert_int_equal(last.step, 7);
  assert_int_equal(triplet_trainer_run(context, parts, NULL, NULL, &last), TRIPLET_OK);
  assert_int_equal(last.step, 30);
  assert_int_equal(triplet_trainer_run(context, whole, NULL, NULL, &last), TRIPLET_OK);
  assert_same_trainer(whole, parts);
  triplet_trainer_destroy(parts);
  triplet_trainer_destroy(whole);
  triplet_context_destroy(context);
}

/* Stops a step in its second half, where a validation is. */
static bool stop_in_validation(void *user, double done) {
  bool *is_on = user;
  return !*is_on || done <= 0.5;
}

/* A run that was stopped in the validation of its last step makes up for that, also after it was saved. */
static void a_run_ends_with_its_last_validation(void **state) {
  (void)state;
  const dataset from = make_dataset(6);
  triplet_trainer_options options = small_options();
  options.validation = 0.3;
  options.evaluate_every = 4;
  options.steps = 10;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *whole = create(context, &options, &from), *parts = create(context, &options, &from), *loaded;
  assert_false(triplet_trainer_stopped(parts));
  step(context, parts, 9);
  bool is_on = true;
  triplet_step last;
  triplet_context_set_progress(context, stop_in_validation, &is_on);
  assert_int_equal(triplet_trainer_step(context, parts, &last), TRIPLET_CANCELLED);
  is_on = false;
  assert_int_equal(triplet_trainer_steps_done(parts), 10);
  assert_false(triplet_trainer_stopped(parts));

  size_t size;
  uint8_t *bytes = save(parts, &size);
  assert_int_equal(triplet_trainer_load(context, bytes, size, &loaded), TRIPLET_OK);
  free(bytes);
  assert_false(triplet_trainer_stopped(loaded));
  assert_int_equal(triplet_trainer_attach(context, loaded, data_of(&from), labels_of(&from)), TRIPLET_OK);
  triplet_trainer *const both[] = {parts, loaded};
  assert_int_equal(triplet_trainer_run(context, whole, NULL, NULL, &last), TRIPLET_OK);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(triplet_trainer_run(context, both[i], NULL, NULL, &last), TRIPLET_OK);
    assert_true(last.step == 10 && last.stopped && triplet_trainer_stopped(both[i]));
    assert_same_trainer(whole, both[i]);
    triplet_trainer_destroy(both[i]);
  }
  triplet_trainer_destroy(whole);
  triplet_context_destroy(context);
}

/* Mean and deviation come from the training rows: a value in a held-out row changes nothing that is learned. */
static void standardizes_by_training_rows_only(void **state) {
  (void)state;
  dataset from = make_dataset(7);
  triplet_trainer_options options = small_options();
  options.validation = 0.2;
  options.evaluate_every = 1000;
  options.steps = 1000;
  triplet_trainer *trainer = create(NULL, &options, &from);
  from.x[(size_t)triplet_trainer_validation_rows(trainer).data[3] * COLS] = 1e6f;
  triplet_trainer *other = create(NULL, &options, &from);
  step(NULL, trainer, 20);
  step(NULL, other, 20);
  assert_same_trainer(trainer, other);
  triplet_trainer_destroy(other);
  triplet_trainer_destroy(trainer);
}

/* ---- it learns, or has nothing to learn from --------------------------------------------------------------------- */

static void check_learning(triplet_loss loss) {
  const dataset from = make_dataset(8);
  triplet_trainer_options options = small_options();
  triplet_options_set_loss(&options.loss, loss);
  options.steps = 600;
  triplet_trainer *trainer = create(NULL, &options, &from);
  triplet_evaluation raw = {0}, trained = {0};
  float embeddings[ROWS * 2];
  const triplet_options plain = triplet_batch_options();
  triplet_step last;
  assert_int_equal(triplet_trainer_run(NULL, trainer, NULL, NULL, &last), TRIPLET_OK);
  assert_int_equal(triplet_trainer_embed(NULL, trainer, data_of(&from), (triplet_matrix){embeddings, ROWS, 2}),
                   TRIPLET_OK);
  assert_int_equal(triplet_evaluate(NULL, &plain, &(triplet_batch){data_of(&from), labels_of(&from), NULL},
                                    (triplet_ints){NULL, 0}, &raw),
                   TRIPLET_OK);
  assert_int_equal(triplet_evaluate(NULL, &options.loss,
                                    &(triplet_batch){{embeddings, ROWS, 2}, labels_of(&from), NULL},
                                    (triplet_ints){NULL, 0}, &trained),
                   TRIPLET_OK);
  assert_true(raw.metrics.map_at_r < 0.4 && trained.metrics.map_at_r > 0.8);
  triplet_trainer_destroy(trainer);
}

static void learns_what_the_raw_rows_hide(void **state) {
  (void)state;
  for (int loss = 0; loss < LOSSES; loss++)
    check_learning((triplet_loss)loss);
}

static void nothing_to_learn_from_is_no_error(void **state) {
  (void)state;
  const dataset from = make_dataset(9);
  int32_t one_class[ROWS], all_different[ROWS];
  for (int32_t i = 0; i < ROWS; i++) {
    one_class[i] = 5;
    all_different[i] = i;
  }
  const int32_t *labels[] = {one_class, all_different};
  for (int kind = 0; kind < 2 * LOSSES; kind++) {
    const int i = kind % 2;
    triplet_trainer_options options = small_options();
    triplet_options_set_loss(&options.loss, (triplet_loss)(kind / 2));
    options.loss.positive_margin = 1000; /* of contrastive, which learns of positives alone */
    options.loss.base = -1000;           /* and so would multi_similarity */
    triplet_trainer *trainer;
    assert_int_equal(
        triplet_trainer_create(NULL, &options, data_of(&from), triplet_labels_of(labels[i], ROWS), &trainer),
        TRIPLET_OK);
    float before[64];
    const triplet_floats parameters = triplet_trainer_parameters(trainer);
    memcpy(before, parameters.data, parameters.count * sizeof(float));
    const triplet_step last = step(NULL, trainer, 3);
    assert_true(last.loss == 0 && last.stats.triplets == 0 && last.step == 3);
    assert_same_bits(before, parameters.data, parameters.count, "parameters");
    triplet_trainer_destroy(trainer);
  }
}

static void rows_without_label_are_not_drawn(void **state) {
  (void)state;
  const dataset from = make_dataset(10);
  triplet_trainer_options options = small_options();
  options.loss.ignore_label = from.labels[0];
  triplet_trainer *trainer = create(NULL, &options, &from);
  for (int i = 0; i < 50; i++) {
    step(NULL, trainer, 1);
    const triplet_ints batch = triplet_trainer_last_batch(trainer);
    for (size_t j = 0; j < batch.count; j++)
      assert_int_not_equal(from.labels[batch.data[j]], from.labels[0]);
  }
  triplet_trainer_destroy(trainer);
}

/* Batch-hard on labels that say nothing: to shrink is all that it can learn. */
static void says_when_it_stays_collapsed(void **state) {
  (void)state;
  dataset from = make_dataset(11);
  seeded draw = seeded_from(17);
  for (size_t i = 0; i < ROWS; i++)
    from.labels[i] = (int32_t)seeded_below(&draw, CLASSES);
  triplet_trainer_options options = small_options();
  options.rows_per_class = 8;
  options.loss.mining = TRIPLET_MINING_HARD;
  options.loss.margin = 1;
  triplet_trainer *trainer = create(NULL, &options, &from);
  int collapsed = 0;
  triplet_step last = {0};
  for (int i = 0; i < 1500; i++) {
    last = step(NULL, trainer, 1);
    collapsed = last.stats.collapsed ? collapsed + 1 : 0;
    assert_int_equal(last.collapsed, collapsed >= 20);
    assert_true(i > 20 || !collapsed);
  }
  assert_true(last.collapsed);
  triplet_trainer_destroy(trainer);
}

/* ---- live changes ------------------------------------------------------------------------------------------------ */

static void live_changes_take_hold_at_the_next_step(void **state) {
  (void)state;
  const dataset from = make_dataset(12);
  triplet_trainer_options options = small_options();
  options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  triplet_trainer *trainer = create(NULL, &options, &from);

  assert_int_equal(triplet_trainer_last_batch(trainer).count, 0);
  step(NULL, trainer, 5);
  options.classes_per_batch = 2;
  options.rows_per_class = 5;
  options.optimizer.learning_rate = 0.5;
  options.optimizer.momentum = 0.9; /* needs state that was not there */
  options.loss.margin = 3;
  options.steps = 7;

  const triplet_ints before = triplet_trainer_last_batch(trainer);
  int32_t kept[12];
  assert_int_equal(before.count, 12);
  memcpy(kept, before.data, sizeof kept);

  assert_int_equal(triplet_trainer_set_options(NULL, trainer, &options), TRIPLET_OK);
  assert_ptr_equal(triplet_trainer_last_batch(trainer).data, before.data); /* until the next step */
  assert_memory_equal(kept, before.data, sizeof kept);

  triplet_step last = step(NULL, trainer, 1);
  assert_int_equal(last.step, 6);
  assert_true(last.learning_rate == 0.5 && !last.stopped);
  assert_int_equal(triplet_trainer_last_batch(trainer).count, 10);
  assert_true(step(NULL, trainer, 1).stopped);
  assert_true(triplet_trainer_get_options(trainer)->loss.margin == 3);

  triplet_trainer_destroy(trainer);
}

/* A free table has what changes live, too, and its width is fixed where that of an encoder plays no part. */
static void a_table_takes_live_changes(void **state) {
  (void)state;
  const int32_t labels[] = {1, 1, 2, 2};
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 0;
  options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  options.loss.margin = 5;
  options.rows_per_class = 2;
  triplet_trainer *trainer = NULL, *other = NULL;
  const triplet_matrix none = {NULL, 4, 0};
  assert_int_equal(triplet_trainer_create(context, &options, none, triplet_labels_of(labels, 4), &trainer), TRIPLET_OK);
  options.optimizer.learning_rate = 0.25;
  assert_int_equal(triplet_trainer_create(context, &options, none, triplet_labels_of(labels, 4), &other), TRIPLET_OK);
  assert_int_equal(triplet_trainer_set_options(context, trainer, &options), TRIPLET_OK);
  step(context, trainer, 5);
  step(context, other, 5);
  assert_same_trainer(trainer, other);

  triplet_trainer_options wider = options;
  wider.dim = 3;
  assert_error(context, triplet_trainer_set_options(context, trainer, &wider), TRIPLET_INVALID_ARGUMENT, "dim",
               "expected the value the trainer was made with; it cannot change");
  triplet_trainer_destroy(other);
  triplet_trainer_destroy(trainer);

  const dataset from = make_dataset(28);
  options = small_options();
  trainer = create(context, &options, &from);
  options.dim = 3;
  assert_int_equal(triplet_trainer_set_options(context, trainer, &options), TRIPLET_OK);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

/* From each loss to each other: as a trainer that was saved, loaded and given the other loss then. */
static void another_loss_takes_hold_at_the_next_step(void **state) {
  (void)state;
  const dataset from = make_dataset(25);
  for (int change = 0; change < LOSSES * LOSSES; change++) {
    const triplet_loss first = (triplet_loss)(change / LOSSES), next = (triplet_loss)(change % LOSSES);
    triplet_trainer_options options = small_options();
    triplet_options_set_loss(&options.loss, first);
    triplet_trainer *trainer = create(NULL, &options, &from), *loaded = NULL;
    assert_int_equal(step(NULL, trainer, 5).stats.loss, first);
    size_t size;
    uint8_t *bytes = save(trainer, &size);
    assert_int_equal(triplet_trainer_load(NULL, bytes, size, &loaded), TRIPLET_OK);
    free(bytes);
    assert_int_equal(triplet_trainer_attach(NULL, loaded, data_of(&from), labels_of(&from)), TRIPLET_OK);

    triplet_options_set_loss(&options.loss, next);
    options.loss.temperature = 0.2;
    assert_int_equal(triplet_trainer_set_options(NULL, trainer, &options), TRIPLET_OK);
    assert_int_equal(triplet_trainer_set_options(NULL, loaded, &options), TRIPLET_OK);
    triplet_triplets found = {0};
    assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
    assert_int_equal(found.count > 0, first == TRIPLET_LOSS_TRIPLET); /* those of the last step, still */

    const triplet_step got = step(NULL, trainer, 5), same = step(NULL, loaded, 5);
    assert_int_equal(got.stats.loss, next);
    assert_true(got.loss == same.loss && got.stats.active > 0);
    assert_same_trainer(trainer, loaded);
    assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
    assert_int_equal(found.count, got.stats.triplets);
    assert_int_equal(found.count > 0, next == TRIPLET_LOSS_TRIPLET);
    triplet_trainer_destroy(loaded);
    triplet_trainer_destroy(trainer);
  }
}

static void what_is_fixed_stays_fixed(void **state) {
  (void)state;
  const dataset from = make_dataset(13);
  triplet_context *context = triplet_context_create(NULL);
  const triplet_trainer_options options = small_options();
  triplet_trainer *trainer = create(context, &options, &from);
  static const char *const names[] = {"layers", "layers",     "activation", "normalize", "standardize",
                                      "seed",   "validation", "optimizer",  "residual",  "adapt"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    triplet_trainer_options changed = options;
    changed.layers = i == 0 ? 1 : 2;
    changed.widths[1] = i == 1 ? 3 : 2;
    changed.activation = i == 2 ? TRIPLET_ACTIVATION_TANH : options.activation;
    changed.normalize = i == 3;
    changed.standardize = i != 4;
    changed.seed = i == 5 ? 2 : 1;
    changed.validation = i == 6 ? 0.5 : 0;
    changed.optimizer.name = i == 7 ? TRIPLET_OPTIMIZER_SGD : options.optimizer.name;
    changed.residual = i == 8;
    changed.adapt = i == 9 ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    changed.loss.margin = 9;
    assert_error(context, triplet_trainer_set_options(context, trainer, &changed), TRIPLET_INVALID_ARGUMENT, names[i],
                 "expected the value the trainer was made with; it cannot change");
    assert_true(triplet_trainer_get_options(trainer)->loss.margin == options.loss.margin);
  }
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

/* ---- no rows ----------------------------------------------------------------------------------------------------- */

static void embeds_no_rows(void **state) {
  (void)state;
  const dataset from = make_dataset(29);
  const triplet_trainer_options options = small_options();
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = create(context, &options, &from);
  float embedding[2];
  pattern_set(embedding, sizeof embedding);
  const triplet_matrix none = {NULL, 0, COLS}, nowhere = {NULL, 0, 2}, to = {embedding, 0, 2};
  assert_int_equal(triplet_trainer_embed(context, trainer, none, nowhere), TRIPLET_OK);
  assert_int_equal(triplet_trainer_embed(context, trainer, triplet_matrix_of(from.x, 0, COLS), to), TRIPLET_OK);
  assert_int_equal(triplet_trainer_embed_references(context, trainer, none, to), TRIPLET_OK);
  assert_error(context, triplet_trainer_embed(context, trainer, (triplet_matrix){NULL, 0, 2}, to),
               TRIPLET_INVALID_ARGUMENT, "x", "expected 3 columns like the model, got 2");
  assert_error(context, triplet_trainer_embed(context, trainer, none, (triplet_matrix){NULL, 0, 3}),
               TRIPLET_INVALID_ARGUMENT, "embeddings", "expected 0 x 2 like rows x dim, got 0 x 3");
  assert_true(pattern_stands(embedding, sizeof embedding));
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static void refuses_misuse(void **state) {
  (void)state;
  dataset from = make_dataset(14);
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = NULL;
  const float number = 1;
  const triplet_trainer_options fine = small_options();
  triplet_trainer_options options = fine;
#define REFUSED(argument, message)                                                                                     \
  assert_error(context, triplet_trainer_create(context, &options, data_of(&from), labels_of(&from), &trainer),         \
               TRIPLET_INVALID_ARGUMENT, argument, message);                                                           \
  options = fine
  options.loss.weights = (triplet_floats){&number, 1};
  REFUSED("weights", "expected none in a trainer, got 1 numbers");
  options.widths[1] = 0;
  REFUSED("layers", "expected widths in 1 .. 2147483647, got 0 as number 1");
  options.layers = 17;
  REFUSED("layers", "expected at most 16 widths, got 17");
  options.widths[0] = options.widths[1] = INT32_MAX;
  options.layers = 3;
  options.widths[2] = INT32_MAX;
  assert_int_not_equal(triplet_trainer_create(context, &options, data_of(&from), labels_of(&from), &trainer),
                       TRIPLET_OK);
  options = fine;
  options.residual = true;
  REFUSED("layers", "expected a last width of 3 like the inputs of a residual encoder, got 2");
  options.layers = 0;
  options.validation = 0.25;
  REFUSED("validation", "expected 0 with a free embedding table, whose held-out rows would never move, got 0.25");
  options.rows_per_class = 1;
  assert_int_equal(triplet_trainer_create(context, &options, data_of(&from), labels_of(&from), &trainer),
                   TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "rows_per_class");
  options = fine;
  assert_error(context,
               triplet_trainer_create(context, &options, data_of(&from), triplet_labels_of(from.labels, 3), &trainer),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 90 rows, got 3");
  assert_error(context,
               triplet_trainer_create(context, &options, triplet_matrix_of(from.x, 9, 0),
                                      triplet_labels_of(from.labels, 9), &trainer),
               TRIPLET_INVALID_ARGUMENT, "data", "expected at least 1 column, got 0");
  from.x[7 * COLS + 1] = INFINITY;
  assert_error(context, triplet_trainer_create(context, &options, data_of(&from), labels_of(&from), &trainer),
               TRIPLET_NOT_FINITE, "data", "row 7, column 1 is not finite");
  assert_null(trainer);

  from = make_dataset(14);
  trainer = create(context, &fine, &from);
  float embeddings[ROWS * 2];
  pattern_set(embeddings, sizeof embeddings);
  assert_error(context,
               triplet_trainer_embed(context, trainer, triplet_matrix_of(from.x, ROWS, 2),
                                     (triplet_matrix){embeddings, ROWS, 2}),
               TRIPLET_INVALID_ARGUMENT, "x", "expected 3 columns like the model, got 2");
  assert_error(context, triplet_trainer_embed(context, trainer, data_of(&from), (triplet_matrix){embeddings, ROWS, 1}),
               TRIPLET_INVALID_ARGUMENT, "embeddings", "expected 90 x 2 like rows x dim, got 90 x 1");
  assert_error(context, triplet_trainer_attach(context, trainer, triplet_matrix_of(from.x, ROWS, 2), labels_of(&from)),
               TRIPLET_INVALID_ARGUMENT, "data", "expected 3 columns like the model, got 2");
  const char *const names[] = {"fine", "\xc3("};
  assert_error(context, triplet_trainer_set_names(context, trainer, TRIPLET_NAMES_LABELS, 2, names),
               TRIPLET_INVALID_ARGUMENT, "names", "expected UTF-8, got other bytes in name 1");
  from.x[4] = NAN;
  assert_error(context, triplet_trainer_embed(context, trainer, data_of(&from), (triplet_matrix){embeddings, ROWS, 2}),
               TRIPLET_NOT_FINITE, "x", "row 1, column 1 is not finite");
  assert_true(pattern_stands(embeddings, sizeof embeddings));
  triplet_trainer_destroy(trainer);
  triplet_trainer_destroy(NULL);

  options = fine;
  options.layers = 0;
  trainer = create(context, &options, &from);
  const triplet_matrix rows = {NULL, ROWS - 1, 0};
  assert_error(context, triplet_trainer_attach(context, trainer, rows, triplet_labels_of(from.labels, ROWS - 1)),
               TRIPLET_INVALID_ARGUMENT, "data", "expected 90 rows like the table, got 89");
  step(context, trainer, 1);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct memory_run {
  triplet_trainer_options options;
  dataset from;
  uint8_t *expected; /* the model after three steps */
  size_t size;
} memory_run;

/* Create, train past a judgement, change the batch, save, load, embed. A failed step is called again: it must then go
 * on as if nothing had been. */
static triplet_status whole_life(triplet_context *context, void *data) {
  memory_run *of = data;
  triplet_trainer *trainer = NULL, *loaded = NULL;
  triplet_status status =
      triplet_trainer_create(context, &of->options, data_of(&of->from), labels_of(&of->from), &trainer);
  triplet_status failed = TRIPLET_OK;

  for (int i = 0; i < 3 && status == TRIPLET_OK; i++) {
    triplet_step last;
    status = triplet_trainer_step(context, trainer, &last);
    if (status == TRIPLET_OUT_OF_MEMORY && failed == TRIPLET_OK) {
      failed = status;
      status = triplet_trainer_step(context, trainer, &last);
    }
    if (status == TRIPLET_OK)
      assert_int_equal(last.step, i + 1);
  }

  if (status == TRIPLET_OK) {
    size_t size;
    uint8_t *bytes = save(trainer, &size);
    if (!of->expected) {
      of->expected = bytes;
      of->size = size;
    } else {
      assert_int_equal(size, of->size);
      assert_memory_equal(bytes, of->expected, size);
      free(bytes);
    }
  }

  if (status == TRIPLET_OK) {
    triplet_trainer_options options = of->options;
    options.rows_per_class = 3;
    options.optimizer.momentum = 0;
    status = triplet_trainer_set_options(context, trainer, &options);
  }

  if (status == TRIPLET_OK)
    status = triplet_trainer_load(context, of->expected, of->size, &loaded);
  if (status == TRIPLET_OK)
    status = triplet_trainer_attach(context, loaded, data_of(&of->from), labels_of(&of->from));

  if (status == TRIPLET_OK) {
    float embeddings[ROWS * 2];
    pattern_set(embeddings, sizeof embeddings);
    status = triplet_trainer_embed(context, loaded, data_of(&of->from), (triplet_matrix){embeddings, ROWS, 2});
    assert_true(status == TRIPLET_OK || pattern_stands(embeddings, sizeof embeddings));
  }

  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
  return failed ? failed : status;
}

static void survives_short_memory(void **state) {
  (void)state;
  memory_run of = {small_options(), make_dataset(15), NULL, 0};
  of.options.validation = 0.2;
  of.options.evaluate_every = 2;
  of.options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  of.options.optimizer.momentum = 0.5;
  assert_int_equal(whole_life(NULL, &of), TRIPLET_OK);
  assert_in_range(fail_each_allocation(whole_life, NULL, &of), 50, 400);
  free(of.expected);
}

/* The first step finds the memory that all later ones need, whatever they do. */
static void a_step_allocates_nothing(void **state) {
  (void)state;
  const dataset from = make_dataset(16);
  for (int kind = 0; kind < TRIPLET_MINING_RANDOM + LOSSES; kind++)
    for (int variant = 0; variant < 4; variant++) {
      triplet_trainer_options options = small_options();
      options.loss.mining = (triplet_mining)(kind <= TRIPLET_MINING_RANDOM ? kind : TRIPLET_MINING_ALL);
      options.loss.loss = (triplet_loss)(kind <= TRIPLET_MINING_RANDOM ? 0 : kind - TRIPLET_MINING_RANDOM);
      options.loss.swap = variant & 1;
      options.loss.distance = variant & 2 ? TRIPLET_DISTANCE_COSINE : TRIPLET_DISTANCE_MINKOWSKI;
      options.normalize = variant & 2;
      counted_memory memory = {0};
      const triplet_allocator allocator = counted_allocator(&memory);
      triplet_context *context = triplet_context_create(&allocator);
      assert_int_equal(triplet_context_set_threads(context, 2), TRIPLET_OK);
      triplet_trainer *trainer = create(context, &options, &from);
      step(context, trainer, 1);
      const size_t calls = memory.calls;
      step(context, trainer, 50);
      assert_int_equal(memory.calls, calls);
      triplet_trainer_destroy(trainer);
      triplet_context_destroy(context);
      assert_int_equal(memory.blocks, 0);
    }
}

/* ---- what a step used -------------------------------------------------------------------------------------------- */

/* The triplets of a step are those its loss was taken of: over them, with the weights before the step, it comes out
 * again. */
static void tells_the_triplets_of_its_step(void **state) {
  (void)state;
  const dataset from = make_dataset(21);
  for (int mining = 0; mining <= TRIPLET_MINING_RANDOM + 1; mining++) {
    triplet_trainer_options options = small_options();
    options.loss.violating = TRIPLET_VIOLATING_HARD; /* which plays no part */
    options.loss.mining = (triplet_mining)mining;
    if (mining > TRIPLET_MINING_RANDOM) {
      options.loss.mining = TRIPLET_MINING_ALL;
      options.loss.positives = TRIPLET_POSITIVES_EASY;
      options.loss.negatives = TRIPLET_NEGATIVES_RANDOM;
    }
    triplet_trainer *trainer = create(NULL, &options, &from), *before;
    triplet_triplets found = {0};

    assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
    assert_int_equal(found.count, 0);
    for (int number = 0; number < 8; number++) {
      size_t size;
      uint8_t *bytes = save(trainer, &size);
      assert_int_equal(triplet_trainer_load(NULL, bytes, size, &before), TRIPLET_OK);
      free(bytes);

      const triplet_step got = step(NULL, trainer, 1);
      float embeddings[ROWS * 2];
      int32_t rows[3][2000];
      assert_int_equal(triplet_trainer_embed(NULL, before, data_of(&from), (triplet_matrix){embeddings, ROWS, 2}),
                       TRIPLET_OK);
      triplet_trainer_destroy(before);

      found = (triplet_triplets){rows[0], rows[1], rows[2], 0, 0};
      assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
      assert_int_equal(found.count, got.stats.triplets);
      found.capacity = 2000;
      assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
      assert_int_equal(found.count, got.stats.triplets);

      triplet_options exact = triplet_margin_options();
      exact.convention = TRIPLET_CONVENTION_EXACT;
      exact.margin = options.loss.margin;
      triplet_result result;
      const triplet_indexed triplets = {triplet_matrix_of(embeddings, ROWS, 2),
                                        {rows[0], found.count},
                                        {rows[1], found.count},
                                        {rows[2], found.count}};
      assert_int_equal(triplet_indexed_loss(NULL, &exact, &triplets, NULL, NULL, &result), TRIPLET_OK);
      assert_true(fabs(result.loss - got.loss) <= 1e-9 * (1 + fabs(got.loss)));
      assert_int_equal(result.active, got.stats.active);
    }

    options.loss.mining = TRIPLET_MINING_HARD; /* the step before keeps what it used */
    const size_t count = found.count;
    assert_int_equal(triplet_trainer_set_options(NULL, trainer, &options), TRIPLET_OK);
    int32_t again[3][2000];
    found = (triplet_triplets){again[0], again[1], again[2], 2000, 0};
    assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
    assert_int_equal(found.count, count);
    found.capacity = 1;
    if (count > 1)
      assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_INVALID_ARGUMENT);

    triplet_trainer_destroy(trainer);
  }
}

/* A step that fails leaves no batch behind, and the next takes the same rows. */
static void a_failed_step_is_taken_again(void **state) {
  (void)state;
  const dataset from = make_dataset(22);
  const triplet_trainer_options options = small_options();
  triplet_trainer *trainer = create(NULL, &options, &from), *other = create(NULL, &options, &from);
  step(NULL, trainer, 3);
  step(NULL, other, 3);
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *context = triplet_context_create(&allocator);
  memory.failing = memory.calls + 1;
  memory.stubborn = true;
  triplet_step got;
  assert_int_equal(triplet_trainer_step(context, trainer, &got), TRIPLET_OUT_OF_MEMORY);
  assert_int_equal(triplet_trainer_last_batch(trainer).count, 0);
  triplet_triplets found = {0};
  assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
  assert_int_equal(found.count, 0);
  memory.failing = 0;
  step(context, trainer, 4);
  step(NULL, other, 4);
  assert_same_trainer(trainer, other);
  triplet_trainer_destroy(trainer);
  triplet_trainer_destroy(other);

  trainer = create(context, &options, &from); /* with memory of its own for a larger batch, which runs short */
  step(context, trainer, 3);
  triplet_trainer_options larger = options;
  larger.rows_per_class++;
  assert_int_equal(triplet_trainer_set_options(context, trainer, &larger), TRIPLET_OK);
  assert_int_not_equal(triplet_trainer_last_batch(trainer).count, 0);
  memory.failing = memory.calls + 1;
  assert_int_equal(triplet_trainer_step(context, trainer, &got), TRIPLET_OUT_OF_MEMORY);
  assert_int_equal(triplet_trainer_last_batch(trainer).count, 0);
  memory.failing = 0;
  step(context, trainer, 1);
  assert_int_equal(triplet_trainer_steps_done(trainer), 4);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
  assert_int_equal(memory.blocks, 0);
}

/* ---- whose memory it is ------------------------------------------------------------------------------------------ */

/* An allocator that marks its blocks, and knows those of others. */
typedef struct marked_memory {
  uint64_t mark;
  size_t blocks, strangers;
} marked_memory;

static void *allocate_marked(void *user, size_t size) {
  marked_memory *memory = user;
  uint64_t *block = malloc(size + 64);
  if (!block)
    return NULL;
  *block = memory->mark;
  memory->blocks++;
  return (char *)block + 64;
}

static void release_marked(void *user, void *pointer, size_t size) {
  marked_memory *memory = user;
  uint64_t *block = (uint64_t *)(void *)((char *)pointer - 64);
  (void)size;
  if (*block == memory->mark) {
    memory->blocks--;
    *block = 0;
    free(block);
  } else {
    memory->strangers++;
  }
}

/* Made with one context, used with two others, one of which is gone before the trainer is: what the trainer holds comes
 * from the first and goes back there. */
static void memory_goes_back_where_it_came_from(void **state) {
  (void)state;
  const dataset from = make_dataset(23);
  static const char *const names[] = {"a", "b", "c"};
  for (int loaded = 0; loaded < 2; loaded++)
    for (int made = 0; made < 2; made++) { /* by a context of its own, or by NULL */
      marked_memory memories[2] = {{.mark = 0x1111111111111111u}, {.mark = 0x2222222222222222u}};
      triplet_context *contexts[2];
      for (int i = 0; i < 2; i++) {
        const triplet_allocator allocator = {allocate_marked, release_marked, &memories[i]};
        contexts[i] = triplet_context_create(&allocator);
      }

      triplet_context *owner = made ? contexts[0] : NULL;
      triplet_trainer_options options = small_options();
      options.validation = 0.2;
      options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
      triplet_trainer *trainer = create(owner, &options, &from);

      if (loaded) {
        size_t size;
        uint8_t *bytes = save(trainer, &size);
        triplet_trainer_destroy(trainer);
        assert_int_equal(triplet_trainer_load(owner, bytes, size, &trainer), TRIPLET_OK);
        free(bytes);
      }

      triplet_context *const users[] = {contexts[1], NULL, contexts[1]};
      for (size_t i = 0; i < 3; i++) {
        triplet_context *user = users[i];
        assert_int_equal(triplet_trainer_attach(user, trainer, data_of(&from), labels_of(&from)), TRIPLET_OK);
        step(user, trainer, 6);
        options.rows_per_class = 3 + 4 * (int64_t)i;
        options.classes_per_batch = 2 + (int64_t)i;
        options.sampler = i % 2 ? TRIPLET_SAMPLER_BALANCED : TRIPLET_SAMPLER_EPOCH;
        options.optimizer.momentum = i % 2 ? 0 : 0.9;
        assert_int_equal(triplet_trainer_set_options(user, trainer, &options), TRIPLET_OK);
        step(user, trainer, 6);
        for (int list = 0; list < 2; list++)
          assert_int_equal(triplet_trainer_set_names(user, trainer, (triplet_name_list)list, 3, names), TRIPLET_OK);
        size_t size;
        assert_int_equal(triplet_trainer_save(user, trainer, NULL, 0, &size), TRIPLET_OK);
      }

      triplet_context_destroy(contexts[1]);
      assert_int_equal(memories[1].blocks, 0);
      step(NULL, trainer, 3);
      triplet_trainer_destroy(trainer);
      triplet_context_destroy(contexts[0]);
      assert_int_equal(memories[0].blocks, 0);

      assert_int_equal(memories[0].strangers + memories[1].strangers, 0);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_what_the_rooms_make_of_its_batch),
      cmocka_unit_test(a_table_moves_by_the_gradient_of_its_rows),
      cmocka_unit_test(negatives_are_drawn_anew_at_each_step),
      cmocka_unit_test(a_normalized_table_gives_rows_of_length_one),
      cmocka_unit_test(bits_do_not_depend_on_the_machine),
      cmocka_unit_test(rates_follow_their_schedule_past_the_end),
      cmocka_unit_test(training_resumes_to_the_bit),
      cmocka_unit_test(stops_early_with_the_best_weights),
      cmocka_unit_test(weighs_judgements),
      cmocka_unit_test(patience_travels_with_the_model),
      cmocka_unit_test(the_best_travels_with_the_model),
      cmocka_unit_test(a_run_without_a_step_has_no_figures),
      cmocka_unit_test(a_cancelled_run_goes_on_as_if_nothing_was),
      cmocka_unit_test(a_run_ends_with_its_last_validation),
      cmocka_unit_test(standardizes_by_training_rows_only),
      cmocka_unit_test(learns_what_the_raw_rows_hide),
      cmocka_unit_test(nothing_to_learn_from_is_no_error),
      cmocka_unit_test(rows_without_label_are_not_drawn),
      cmocka_unit_test(says_when_it_stays_collapsed),
      cmocka_unit_test(live_changes_take_hold_at_the_next_step),
      cmocka_unit_test(a_table_takes_live_changes),
      cmocka_unit_test(another_loss_takes_hold_at_the_next_step),
      cmocka_unit_test(what_is_fixed_stays_fixed),
      cmocka_unit_test(embeds_no_rows),
      cmocka_unit_test(refuses_misuse),
      cmocka_unit_test(survives_short_memory),
      cmocka_unit_test(a_step_allocates_nothing),
      cmocka_unit_test(tells_the_triplets_of_its_step),
      cmocka_unit_test(a_failed_step_is_taken_again),
      cmocka_unit_test(memory_goes_back_where_it_came_from),
  };
  return cmocka_run_group_tests_name("trainer", tests, NULL, NULL);
}
