/* Progress: every call that can last tells how far it is, on the caller's thread, and can be cancelled at each telling;
 * nothing else about it changes. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { ROWS = 190, OTHERS = 75, COLS = 5, NEAREST = 3, MOST_TRIPLETS = 300000 };

/* ---- calls that last --------------------------------------------------------------------------------------------- */

static struct {
  float x[ROWS * COLS], y[OTHERS * COLS];
  int32_t labels[ROWS], other_labels[OTHERS], self[ROWS];
  uint8_t held_out[ROWS];
} inputs;

/* What a call writes: nothing beside it, and all of it in the same bits each time. */
static struct outputs {
  float floats[ROWS * ROWS];
  int32_t integers[3 * MOST_TRIPLETS];
  double doubles[20];
} outputs, expected;

static triplet_matrix all_rows(void) {
  return triplet_matrix_of(inputs.x, ROWS, COLS);
}

static triplet_matrix other_rows(void) {
  return triplet_matrix_of(inputs.y, OTHERS, COLS);
}

static triplet_batch own_batch(void) {
  return (triplet_batch){all_rows(), triplet_labels_of(inputs.labels, ROWS), NULL};
}

static triplet_references other_references(void) {
  return (triplet_references){other_rows(), triplet_labels_of(inputs.other_labels, OTHERS), {NULL, 0}};
}

static triplet_status distances(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  return triplet_distances(context, &options, all_rows(), other_rows(),
                           triplet_matrix_of(outputs.floats, ROWS, OTHERS));
}

static triplet_status own_distances(triplet_context *context) {
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_COSINE;
  return triplet_distances(context, &options, all_rows(), all_rows(), triplet_matrix_of(outputs.floats, ROWS, ROWS));
}

static triplet_status nearest(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  const triplet_neighbor_search search = {.queries = all_rows(), .references = other_rows(), .k = NEAREST};
  return triplet_nearest(context, &options, &search, outputs.integers, outputs.floats);
}

static triplet_status index_nearest(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  const triplet_neighbor_search search = {.queries = all_rows(), .k = NEAREST};
  triplet_index *index;
  triplet_status status = triplet_index_create(context, &options, other_rows(), &index);
  if (status != TRIPLET_OK)
    return status;
  status = triplet_index_nearest(context, index, &search, outputs.integers, outputs.floats);
  triplet_index_destroy(index);
  return status;
}

static void write_metrics(const triplet_metrics *from, double *to) {
  const double figures[] = {(double)from->queries, from->precision_at_1, from->r_precision, from->map_at_r,
                            from->triplet_accuracy};
  memcpy(to, figures, sizeof figures);
}

static const int32_t ks[] = {1, 4};

static triplet_status evaluate(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = own_batch();
  triplet_evaluation found = {.recall = outputs.doubles};
  const triplet_status status = triplet_evaluate(context, &options, &batch, (triplet_ints){ks, 2}, &found);
  write_metrics(&found.metrics, outputs.doubles + 2);
  return status;
}

static triplet_status evaluate_held_out(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  const triplet_held_out_set set = {all_rows(), triplet_labels_of(inputs.labels, ROWS), inputs.held_out, {ks, 2}};
  triplet_held_out_evaluation found = {.against_training.recall = outputs.doubles,
                                       .among_themselves.recall = outputs.doubles + 2};
  const triplet_status status = triplet_evaluate_held_out(context, &options, &set, &found);
  write_metrics(&found.against_training.metrics, outputs.doubles + 4);
  write_metrics(&found.among_themselves.metrics, outputs.doubles + 9);
  outputs.doubles[14] = found.knn_accuracy;
  return status;
}

static triplet_status classify(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  const triplet_classification_set set = {
      .queries = all_rows(),
      .references = other_rows(),
      .reference_labels = triplet_labels_of(inputs.other_labels, OTHERS),
  };
  triplet_classification into = {outputs.integers, (uint8_t *)(outputs.integers + ROWS), outputs.floats};
  return triplet_classify(context, &options, &set, &into);
}

static void write_verification(const triplet_verification *from, double *to) {
  const double figures[] = {from->auc, from->eer, from->eer_threshold, from->accuracy, from->threshold};
  memcpy(to, figures, sizeof figures);
}

static triplet_status verify(triplet_context *context) {
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = own_batch();
  triplet_verification found = {0};
  const triplet_status status = triplet_verify(context, &options, &batch, (triplet_doubles){NULL, 0}, &found);
  write_verification(&found, outputs.doubles);
  return status;
}

static triplet_status verify_references(triplet_context *context) {
  triplet_options options = triplet_batch_options();
  options.most_pairs = 100;
  const triplet_references references = other_references();
  triplet_batch batch = own_batch();
  batch.references = &references;
  triplet_verification found = {0};
  const triplet_status status = triplet_verify(context, &options, &batch, (triplet_doubles){NULL, 0}, &found);
  write_verification(&found, outputs.doubles);
  return status;
}

/* More pairs than one thread takes at a time. */
static triplet_status verify_pairs(triplet_context *context) {
  enum { PAIRS = 5000 };
  static float x[PAIRS], y[PAIRS];
  static uint8_t same[PAIRS];
  for (size_t i = 0; i < PAIRS; i++) {
    x[i] = inputs.x[i % (ROWS * COLS)];
    y[i] = inputs.y[i % (OTHERS * COLS)];
    same[i] = inputs.labels[i % ROWS] % 2 != 0;
  }
  const triplet_options options = triplet_batch_options();
  const triplet_given_pairs given = {{x, PAIRS, 1}, {y, PAIRS, 1}, same};
  triplet_verification found = {0};
  const triplet_status status = triplet_verify_pairs(context, &options, &given, (triplet_doubles){NULL, 0}, &found);
  write_verification(&found, outputs.doubles);
  return status;
}

static triplet_status batch_loss(triplet_context *context, triplet_mining mining, bool swap, bool separate,
                                 bool gradients) {
  triplet_options options = triplet_batch_options();
  options.mining = mining;
  options.swap = swap;
  const triplet_references references = other_references();
  triplet_batch batch = own_batch();
  batch.references = separate ? &references : NULL;
  const triplet_batch_gradients into = {gradients ? outputs.floats + ROWS : NULL,
                                        gradients && separate ? outputs.floats + ROWS + ROWS * COLS : NULL};
  triplet_batch_result result = {0};
  const triplet_status status = triplet_batch_loss(context, &options, &batch, into, outputs.floats, &result);
  outputs.doubles[0] = result.loss;
  outputs.doubles[1] = (double)result.stats.active;
  return status;
}

static triplet_status pair_slopes(triplet_context *context, triplet_mining mining) {
  triplet_options options = triplet_batch_options();
  options.mining = mining;
  options.swap = true;
  const triplet_batch batch = own_batch();
  return triplet_pair_slopes(context, &options, &batch, triplet_matrix_of(outputs.floats, ROWS, ROWS));
}

static triplet_status slopes_all(triplet_context *context) {
  return pair_slopes(context, TRIPLET_MINING_ALL);
}

static triplet_status slopes_hard(triplet_context *context) {
  return pair_slopes(context, TRIPLET_MINING_HARD);
}

static triplet_status loss_all(triplet_context *context) {
  return batch_loss(context, TRIPLET_MINING_ALL, false, false, true);
}

static triplet_status loss_all_swap(triplet_context *context) {
  return batch_loss(context, TRIPLET_MINING_ALL, true, false, true);
}

static triplet_status loss_all_swap_references(triplet_context *context) {
  return batch_loss(context, TRIPLET_MINING_ALL, true, true, true);
}

static triplet_status loss_semihard_references(triplet_context *context) {
  return batch_loss(context, TRIPLET_MINING_SEMIHARD, false, true, true);
}

static triplet_status loss_hard(triplet_context *context) {
  return batch_loss(context, TRIPLET_MINING_HARD, false, false, true);
}

static triplet_status loss_alone(triplet_context *context) {
  return batch_loss(context, TRIPLET_MINING_ALL, false, false, false);
}

static triplet_status mine(triplet_context *context, triplet_mining mining) {
  triplet_options options = triplet_batch_options();
  options.mining = mining;
  const triplet_batch batch = own_batch();
  triplet_triplets triplets = {outputs.integers, outputs.integers + MOST_TRIPLETS, outputs.integers + 2 * MOST_TRIPLETS,
                               MOST_TRIPLETS, 0};
  const triplet_status status = triplet_mine(context, &options, &batch, &triplets, NULL);
  outputs.doubles[0] = (double)triplets.count;
  return status;
}

static triplet_status mine_semihard(triplet_context *context) {
  return mine(context, TRIPLET_MINING_SEMIHARD);
}

static triplet_status mine_all(triplet_context *context) {
  return mine(context, TRIPLET_MINING_ALL);
}

static triplet_status count_violating(triplet_context *context) {
  triplet_options options = triplet_batch_options();
  options.violating = TRIPLET_VIOLATING_ALL;
  const triplet_batch batch = own_batch();
  size_t count = 0;
  const triplet_status status = triplet_mine_capacity(context, &options, &batch, &count);
  outputs.doubles[0] = (double)count;
  return status;
}

enum { UNITS = 6, DIM = 3, PARAMETERS = UNITS * (COLS + 1) + DIM * (UNITS + 1), ACTIVATIONS = ROWS * (UNITS + 1) };

static const triplet_encoder *two_layers(void) {
  static triplet_encoder encoder;
  encoder = ENCODER(.inputs = COLS, .layers = 2, .widths = {UNITS, DIM}, .normalize = true);
  return &encoder;
}

/* Parameters can be any numbers: here, rows. */
static triplet_status forward(triplet_context *context) {
  const triplet_encoder_pass pass = {all_rows(), outputs.floats + ROWS * DIM,
                                     triplet_matrix_of(outputs.floats, ROWS, DIM)};
  return triplet_encoder_forward(context, two_layers(), inputs.y, &pass);
}

static triplet_status backward(triplet_context *context) {
  static float activations[ACTIVATIONS], embeddings[ROWS * DIM];
  const triplet_encoder_pass pass = {all_rows(), activations, triplet_matrix_of(embeddings, ROWS, DIM)};
  assert_int_equal(triplet_encoder_forward(NULL, two_layers(), inputs.y, &pass), TRIPLET_OK);
  return triplet_encoder_backward(context, two_layers(), inputs.y, &pass, triplet_matrix_of(inputs.x, ROWS, DIM),
                                  (triplet_encoder_gradients){outputs.floats, outputs.floats + PARAMETERS});
}

static triplet_trainer_options trainer_options(size_t steps) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.steps = (int64_t)steps;
  options.layers = 1;
  options.widths[0] = DIM;
  options.validation = 0.3;
  options.evaluate_every = 2;
  return options;
}

static triplet_trainer *make_trainer(size_t steps) {
  const triplet_trainer_options options = trainer_options(steps);
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(NULL, &options, all_rows(), triplet_labels_of(inputs.labels, ROWS), &trainer),
                   TRIPLET_OK);
  return trainer;
}

static triplet_status embed(triplet_context *context) {
  triplet_trainer *trainer = make_trainer(1);
  const triplet_status status =
      triplet_trainer_embed(context, trainer, all_rows(), triplet_matrix_of(outputs.floats, ROWS, DIM));
  triplet_trainer_destroy(trainer);
  return status;
}

/* The second step of two, after which the validation is due. */
static triplet_status step(triplet_context *context) {
  triplet_trainer *trainer = make_trainer(2);
  triplet_step made;
  assert_int_equal(triplet_trainer_step(NULL, trainer, &made), TRIPLET_OK);
  const triplet_status status = triplet_trainer_step(context, trainer, &made);
  memcpy(outputs.floats, triplet_trainer_parameters(trainer).data, sizeof(float) * DIM * (COLS + 1));
  outputs.doubles[0] = made.validation;
  triplet_trainer_destroy(trainer);
  return status;
}

/* The same of pairs, both of which are encoded. */
static triplet_status step_of_pairs(triplet_context *context) {
  triplet_trainer_options options = trainer_options(2);
  options.loss.loss = TRIPLET_LOSS_INFO_NCE;
  const triplet_training_pairs pairs = {all_rows(), triplet_matrix_of(inputs.x, ROWS, COLS),
                                        triplet_labels_of(NULL, 0)};
  triplet_trainer *trainer;
  triplet_step made;
  assert_int_equal(triplet_trainer_create_pairs(NULL, &options, &pairs, &trainer), TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(NULL, trainer, &made), TRIPLET_OK);
  const triplet_status status = triplet_trainer_step(context, trainer, &made);
  memcpy(outputs.floats, triplet_trainer_parameters(trainer).data, sizeof(float) * DIM * (COLS + 1));
  outputs.doubles[0] = made.validation;
  triplet_trainer_destroy(trainer);
  return status;
}

static const struct lasting_call {
  const char *name;
  triplet_status (*run)(triplet_context *context);
} lasting_calls[] = {
    {"distances", distances},
    {"own_distances", own_distances},
    {"nearest", nearest},
    {"evaluate", evaluate},
    {"evaluate_held_out", evaluate_held_out},
    {"loss_all", loss_all},
    {"loss_all_swap", loss_all_swap},
    {"loss_all_swap_references", loss_all_swap_references},
    {"loss_semihard_references", loss_semihard_references},
    {"loss_hard", loss_hard},
    {"loss_alone", loss_alone},
    {"mine_semihard", mine_semihard},
    {"mine_all", mine_all},
    {"count_violating", count_violating},
    {"forward", forward},
    {"backward", backward},
    {"embed", embed},
    {"step", step},
    {"step_of_pairs", step_of_pairs},
    {"classify", classify},
    {"verify", verify},
    {"verify_references", verify_references},
    {"verify_pairs", verify_pairs},
    {"slopes_all", slopes_all},
    {"slopes_hard", slopes_hard},
    {"index_nearest", index_nearest},
};
enum { CALLS = sizeof lasting_calls / sizeof *lasting_calls };

static int fill_inputs(void **unused) {
  (void)unused;
  seeded from = seeded_from(90);
  seeded_fill(&from, inputs.x, ROWS * COLS, 1);
  seeded_fill(&from, inputs.y, OTHERS * COLS, 1);
  for (size_t i = 0; i < ROWS; i++) {
    inputs.labels[i] = (int32_t)seeded_below(&from, 24);
    inputs.held_out[i] = i % 4 == 0;
  }
  for (size_t i = 0; i < OTHERS; i++)
    inputs.other_labels[i] = (int32_t)seeded_below(&from, 24);
  return 0;
}

/* Floats, integers and doubles that were not written hold the same each time. */
static triplet_status run(const struct lasting_call *call, triplet_context *context) {
  memset(&outputs, 0x55, sizeof outputs);
  return call->run(context);
}

static void expect_of(const struct lasting_call *call) {
  assert_int_equal(run(call, NULL), TRIPLET_OK);
  memcpy(&expected, &outputs, sizeof expected);
}

/* ---- who watches ------------------------------------------------------------------------------------------------- */

typedef struct watcher {
  pthread_t thread; /* of the caller */
  size_t calls, stop_at;
  double last;
  bool wrong; /* another thread, a share that falls or lies above 1, or a call after the one that stopped it */
} watcher;

static bool watch(void *user, double done) {
  watcher *one = user;
  one->wrong |= !pthread_equal(one->thread, pthread_self()) || !(done >= one->last && done > 0 && done <= 1);
  one->wrong |= one->stop_at && one->calls >= one->stop_at;
  one->last = done;
  return ++one->calls != one->stop_at;
}

static void start_watching(triplet_context *context, watcher *one, size_t stop_at) {
  *one = (watcher){.thread = pthread_self(), .stop_at = stop_at};
  triplet_context_set_progress(context, watch, one);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void check_shares(triplet_context *context, void *data) {
  const struct lasting_call *call = data;
  watcher one;
  for (int round = 0; round < 2; round++) {
    start_watching(context, &one, 0);
    if (run(call, context) != TRIPLET_OK || one.wrong || one.last != 1)
      fail_msg("%s: %zu tellings, the last of %g%s", call->name, one.calls, one.last, one.wrong ? ", wrong" : "");
    assert_memory_equal(&outputs, &expected, sizeof outputs);
  }
  assert_true(triplet_context_threads(context) > 1 || one.calls > 2);

  const size_t calls = one.calls;
  triplet_context_set_progress(context, NULL, &one);
  assert_int_equal(run(call, context), TRIPLET_OK);
  assert_int_equal(one.calls, calls);
}

static void shares_rise_to_one(void **unused) {
  (void)unused;
  for (size_t i = 0; i < CALLS; i++) {
    expect_of(&lasting_calls[i]);
    on_every_machine(check_shares, (void *)&lasting_calls[i]);
  }
}

/* Whether it was stopped at this telling, after which the context is as good as before and holds nothing. */
static bool stopped_at(const struct lasting_call *call, size_t stop_at, size_t threads) {
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *context = triplet_context_create(&allocator);
  assert_int_equal(triplet_context_set_threads(context, threads), TRIPLET_OK);
  watcher one;
  start_watching(context, &one, stop_at);
  const triplet_status status = run(call, context);
  const bool stopped = one.calls >= stop_at;
  assert_false(one.wrong);
  if (stopped)
    assert_error(context, status, TRIPLET_CANCELLED, "progress", "the callback stopped the call");
  else
    assert_int_equal(status, TRIPLET_OK);
  triplet_context_trim(context);
  assert_true(memory.blocks <= 2); /* the context, and its threads */

  start_watching(context, &one, 0);
  assert_int_equal(run(call, context), TRIPLET_OK);
  assert_true(!one.wrong && one.last == 1);
  assert_memory_equal(&outputs, &expected, sizeof outputs);
  triplet_context_destroy(context);
  assert_int_equal(memory.blocks, 0);
  return stopped;
}

static void cancelled_at_each_telling(void **unused) {
  (void)unused;
  for (size_t i = 0; i < CALLS; i++) {
    expect_of(&lasting_calls[i]);
    for (size_t threads = 1; threads <= 3; threads += 2) {
      size_t stop_at = 1;
      while (stopped_at(&lasting_calls[i], stop_at, threads))
        stop_at++;
      assert_true(stop_at > 1);
    }
  }
}

/* A call that failed leaves the next one to begin anew. */
static void failed_calls(void **unused) {
  (void)unused;
  static const size_t failing[] = {1, 3, 4, 5, 7, 11, 19, 20, 21, 22, 23, 24, 25}; /* among the calls */
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    const struct lasting_call *call = &lasting_calls[failing[i]];
    watcher one, again;
    start_watching(context, &one, 0);
    assert_int_equal(run(call, context), TRIPLET_OK);
    inputs.x[7] = NAN;
    start_watching(context, &again, 0);
    assert_int_equal(run(call, context), TRIPLET_NOT_FINITE);
    assert_false(again.wrong);
    inputs.x[7] = 0.5f;
    start_watching(context, &again, 2);
    assert_int_equal(run(call, context), TRIPLET_CANCELLED);
    const double second = again.last;
    start_watching(context, &again, 0);
    assert_int_equal(run(call, context), TRIPLET_OK);
    assert_true(again.calls == one.calls && again.last == 1 && !again.wrong && second < 1);
  }
}

/* A step that is stopped, at whatever moment, is made again as if nothing had been; if it was stopped in its
 * validation, that alone. */
static void stopped_steps_are_made_again(void **unused) {
  (void)unused;
  enum { STEPS = 4 };
  triplet_trainer *whole = make_trainer(STEPS), *stopped = make_trainer(STEPS);
  triplet_step made, again;
  for (uint64_t number = 1; number <= STEPS; number++) {
    assert_int_equal(triplet_trainer_step(NULL, whole, &made), TRIPLET_OK);
    watcher one;
    size_t stop_at = 1, stops = 0;
    triplet_status status;
    start_watching(context, &one, stop_at);
    while ((status = triplet_trainer_step(context, stopped, &again)) == TRIPLET_CANCELLED) {
      assert_true(!one.wrong && one.calls == stop_at);
      assert_int_equal(triplet_trainer_last_batch(stopped).count == 0,
                       triplet_trainer_steps_done(stopped) == number - 1);
      stops++;
      start_watching(context, &one, ++stop_at);
    }
    assert_int_equal(status, TRIPLET_OK);
    assert_true(stops > 2);
    assert_int_equal(triplet_trainer_steps_done(stopped), number);
    assert_true(again.loss == made.loss && again.validation == made.validation && again.stopped == made.stopped);
    const triplet_floats parameters = triplet_trainer_parameters(whole);
    assert_same_bits(parameters.data, triplet_trainer_parameters(stopped).data, parameters.count, "parameters");
  }
  triplet_trainer_destroy(stopped);
  triplet_trainer_destroy(whole);
}

/* What a trainer does besides is whole. */
static void trainers_are_not_stopped(void **unused) {
  (void)unused;
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 1;
  options.widths[0] = 2;
  triplet_trainer *trainer;
  triplet_step made;
  watcher one;
  start_watching(context, &one, 1);
  assert_int_equal(
      triplet_trainer_create(context, &options, all_rows(), triplet_labels_of(inputs.labels, ROWS), &trainer),
      TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(NULL, trainer, &made), TRIPLET_OK);
  triplet_triplets triplets = {outputs.integers, outputs.integers + MOST_TRIPLETS, outputs.integers + 2 * MOST_TRIPLETS,
                               MOST_TRIPLETS, 0};
  assert_int_equal(triplet_trainer_last_triplets(context, trainer, &triplets), TRIPLET_OK);
  assert_true(triplets.count > 0);
  assert_int_equal(one.calls, 0);
  triplet_trainer_destroy(trainer);

  assert_int_equal(run(&lasting_calls[0], context), TRIPLET_CANCELLED); /* others can be, as before */
  triplet_context_set_progress(NULL, watch, &one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_rise_to_one),
      cmocka_unit_test(cancelled_at_each_telling),
      WITH_CONTEXT(failed_calls),
      WITH_CONTEXT(stopped_steps_are_made_again),
      WITH_CONTEXT(trainers_are_not_stopped),
  };
  return cmocka_run_group_tests(tests, fill_inputs, NULL);
}
