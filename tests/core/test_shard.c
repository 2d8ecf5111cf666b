/* Rows that ranks share out, whichever has which: models, embeddings and figures have the bits of one matrix of all
 * rows on one rank, what goes wrong all ranks say, and memory falls with their number. The ranks are threads
 * (ranks.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shard.h"
#include "metrics.h"
#include "ranks.h"

enum { ROWS = 331, COLS = 5, CLASSES = 9, DIM = 3, HIDDEN = 7, MOST_MODEL = 60000 };

static struct {
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  int32_t sets[2 * ROWS], ends[ROWS]; /* of none, one and two labels */
  uint8_t held_out[ROWS];
} data;

static void fill_data(void) {
  seeded from = seeded_from(31);
  seeded_fill(&from, data.x, ROWS * COLS, 1);
  int32_t end = 0;
  for (size_t i = 0; i < ROWS; i++) {
    data.labels[i] = (int32_t)seeded_below(&from, CLASSES);
    for (size_t count = seeded_below(&from, 6) ? 1 + seeded_below(&from, 2) : 0; count > 0; count--)
      data.sets[end++] = (int32_t)seeded_below(&from, CLASSES);
    data.ends[i] = end;
    data.held_out[i] = seeded_below(&from, 3) == 0;
  }
}

static triplet_matrix all_rows(void) {
  return triplet_matrix_of(data.x, ROWS, COLS);
}

static triplet_labels labels_of(bool sets) {
  return sets ? triplet_label_sets_of(data.sets, data.ends, ROWS) : triplet_labels_of(data.labels, ROWS);
}

/* ---- how rows are dealt out -------------------------------------------------------------------------------------- */

typedef enum dealing { IN_BLOCKS, IN_TURN, AT_RANDOM, ALL_TO_THE_LAST, NONE_TO_THE_FIRST, DEALINGS } dealing;

static size_t rank_of_row(dealing how, size_t row, size_t rows, size_t size) {
  const uint64_t drawn = (row + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 40;
  switch (how) {
  case IN_TURN:
    return row % size;
  case AT_RANDOM:
    return drawn % size;
  case ALL_TO_THE_LAST:
    return size - 1;
  case NONE_TO_THE_FIRST:
    return size > 1 ? 1 + drawn % (size - 1) : 0;
  default:
    return row * size / rows;
  }
}

/* What a rank has of some rows; alone it has all of them. */
typedef struct dealt {
  triplet_shard shard;
  int32_t *held;
  float *own;
} dealt;

static dealt deal(const triplet_context *own, dealing how, triplet_matrix x) {
  const size_t rank = own->ranks ? own->ranks->collective.rank : 0, size = own->ranks ? own->ranks->collective.size : 1;
  dealt made = {.held = malloc(x.rows * sizeof *made.held), .own = malloc(x.rows * x.cols * sizeof *made.own)};
  size_t count = 0;
  for (size_t row = 0; row < x.rows; row++)
    if (rank_of_row(how, row, x.rows, size) == rank) {
      memcpy(made.own + count * x.cols, x.data + row * x.cols, x.cols * sizeof *made.own);
      made.held[count++] = (int32_t)row;
    }
  made.shard = (triplet_shard){x.rows, {made.held, count}, {made.own, count, x.cols}};
  return made;
}

static void release(const dealt *of) {
  free(of->own);
  free(of->held);
}

/* ---- training ---------------------------------------------------------------------------------------------------- */

enum { STEPS = 6, NEW = 150 };

typedef struct training_case {
  triplet_trainer_options options;
  dealing how;
  bool sets;
  bool whole;                 /* the rows are in one matrix: what a shard is held against */
  const struct trained *from; /* whose model is trained on; NULL: a new one is made */
} training_case;

typedef struct trained {
  size_t steps, size;
  double losses[STEPS], validations[STEPS];
  float embeddings[ROWS * DIM], others[NEW * DIM];
  uint8_t model[MOST_MODEL];
} trained;

static bool note_step(void *user, const triplet_step *step) {
  trained *to = user;
  to->losses[to->steps] = step->loss;
  to->validations[to->steps++] = step->validation;
  return true;
}

/* Its model is given the rows, as whoever made it had them. */
static triplet_status resume(const training_case *of, triplet_context *own, const triplet_shard *shard,
                             triplet_trainer **trainer) {
  const triplet_labels labels = labels_of(of->sets);
  triplet_status status = triplet_trainer_load(own, of->from->model, of->from->size, trainer);
  if (status == TRIPLET_OK)
    status = of->whole ? triplet_trainer_attach(own, *trainer, all_rows(), labels)
                       : triplet_trainer_attach_shard(own, *trainer, shard, labels);
  return status == TRIPLET_OK ? triplet_trainer_set_options(own, *trainer, &of->options) : status;
}

static triplet_status make(const training_case *of, triplet_context *own, triplet_trainer **trainer) {
  const triplet_labels labels = labels_of(of->sets);
  const dealt rows = deal(own, of->how, all_rows());
  const triplet_status status = of->from ? resume(of, own, &rows.shard, trainer)
                                : of->whole
                                    ? triplet_trainer_create(own, &of->options, all_rows(), labels, trainer)
                                    : triplet_trainer_create_shard(own, &of->options, &rows.shard, labels, trainer);
  release(&rows);
  return status;
}

static triplet_status embed(const triplet_trainer *trainer, triplet_context *own, const training_case *of,
                            triplet_matrix x, float *to) {
  const triplet_matrix embeddings = {to, x.rows, DIM};
  if (of->whole)
    return triplet_trainer_embed(own, trainer, x, embeddings);
  const dealt rows = deal(own, (dealing)((of->how + x.rows) % DEALINGS), x);
  const triplet_status status = triplet_trainer_embed_shard(own, trainer, &rows.shard, embeddings);
  release(&rows);
  return status;
}

static triplet_status train(const void *inputs, triplet_context *own, void *outputs) {
  const training_case *of = inputs;
  trained *to = outputs;
  triplet_trainer *trainer = NULL;
  triplet_step last;
  triplet_status status = make(of, own, &trainer);
  if (status == TRIPLET_OK)
    status = triplet_trainer_run(own, trainer, note_step, to, &last);
  if (status == TRIPLET_OK)
    status = embed(trainer, own, of, all_rows(), to->embeddings);
  if (status == TRIPLET_OK)
    status = embed(trainer, own, of, triplet_matrix_of(data.x + 7 * COLS, NEW, COLS), to->others);
  if (status == TRIPLET_OK)
    status = triplet_trainer_save(NULL, trainer, to->model, MOST_MODEL, &to->size);
  triplet_trainer_destroy(trainer);
  return status;
}

/* What one rank alone has. */
static trained *train_alone(const training_case *of) {
  trained *to = calloc(1, sizeof *to);
  triplet_context *alone = triplet_context_create(NULL);
  assert_int_equal(train(of, alone, to), TRIPLET_OK);
  triplet_context_destroy(alone);
  return to;
}

/* As one rank with one matrix. */
static void assert_like_whole(const training_case *of) {
  training_case whole = *of;
  whole.whole = true;
  trained *expected = train_alone(&whole), *alone = train_alone(of);
  assert_memory_equal(alone, expected, sizeof *expected);
  assert_int_equal(expected->steps, of->from ? STEPS - of->from->steps : STEPS);
  assert_same_on_ranks(&(shared_call){"train", train, of, sizeof(trained)});
  free(alone);
  free(expected);
}

/* The model of one rank with one matrix, after half of the steps. */
static trained *half_of(const training_case *of) {
  training_case half = *of;
  half.whole = true;
  half.options.steps = STEPS / 2;
  return train_alone(&half);
}

static training_case random_training(seeded *from, dealing how) {
  training_case made = {.options = triplet_trainer_default_options(), .how = how, .sets = seeded_below(from, 3) == 0};
  triplet_trainer_options *options = &made.options;
  triplet_options_set_loss(&options->loss, (triplet_loss)seeded_below(from, LOSSES));
  if (options->loss.loss == TRIPLET_LOSS_TRIPLET)
    options->loss.mining = (triplet_mining)seeded_below(from, TRIPLET_MINING_RANDOM + 1);
  options->layers = 1 + seeded_below(from, 2);
  options->widths[0] = options->layers == 1 ? DIM : HIDDEN;
  options->widths[1] = DIM;
  options->normalize = seeded_below(from, 2);
  options->standardize = seeded_below(from, 4) != 0;
  options->sampler = seeded_below(from, 2) ? TRIPLET_SAMPLER_EPOCH : TRIPLET_SAMPLER_BALANCED;
  options->classes_per_batch = 2 + (int64_t)seeded_below(from, 7);
  options->rows_per_class = 2 + (int64_t)seeded_below(from, 15);
  options->steps = STEPS;
  options->evaluate_every = 2;
  options->validation = seeded_below(from, 3) ? 0.25 : 0;
  options->seed = (int64_t)seeded_below(from, 1000);
  return made;
}

static void test_training(void **state) {
  (void)state;
  seeded from = seeded_from(32);
  for (size_t round = 0; round < 2 * DEALINGS; round++) {
    training_case of = random_training(&from, (dealing)(round % DEALINGS));
    trained *half = half_of(&of);
    of.from = round % 3 ? NULL : half;
    assert_like_whole(&of);
    free(half);
  }
}

static void test_training_faults(void **state) {
  (void)state;
  seeded from = seeded_from(33);
  training_case of = random_training(&from, AT_RANDOM);
  of.options.standardize = true;
  of.options.validation = 0.2;
  of.options.steps = 2;
  assert_told_to_ranks(&(shared_call){"train", train, &of, sizeof(trained)});
  of.options.steps = STEPS;
  trained *half = half_of(&of);
  of.from = half;
  of.how = NONE_TO_THE_FIRST;
  assert_told_to_ranks(&(shared_call){"resume", train, &of, sizeof(trained)});
  free(half);
}

/* ---- more rows than are exchanged at once ------------------------------------------------------------------------ */

enum { MANY = 3000, WIDE = 130 };

typedef struct wide_case {
  triplet_matrix x;
  triplet_labels labels;
  bool whole;
} wide_case;

typedef struct wide_outputs {
  size_t size;
  float embeddings[MANY * DIM];
  uint8_t model[MOST_MODEL];
} wide_outputs;

static triplet_status train_wide(const void *inputs, triplet_context *own, void *outputs) {
  const wide_case *of = inputs;
  wide_outputs *to = outputs;
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 1;
  options.widths[0] = DIM;
  options.steps = 2;
  options.validation = 0.1;
  options.evaluate_every = 2;
  const dealt rows = deal(own, AT_RANDOM, of->x);
  const triplet_matrix embeddings = {to->embeddings, MANY, DIM};
  triplet_trainer *trainer = NULL;
  triplet_step last;
  triplet_status status = of->whole ? triplet_trainer_create(own, &options, of->x, of->labels, &trainer)
                                    : triplet_trainer_create_shard(own, &options, &rows.shard, of->labels, &trainer);
  if (status == TRIPLET_OK)
    status = triplet_trainer_run(own, trainer, NULL, NULL, &last);
  if (status == TRIPLET_OK)
    status = of->whole ? triplet_trainer_embed(own, trainer, of->x, embeddings)
                       : triplet_trainer_embed_shard(own, trainer, &rows.shard, embeddings);
  if (status == TRIPLET_OK)
    status = triplet_trainer_save(NULL, trainer, to->model, MOST_MODEL, &to->size);
  triplet_trainer_destroy(trainer);
  release(&rows);
  return status;
}

static void test_many_rows(void **state) {
  (void)state;
  seeded from = seeded_from(34);
  floats x = floats_random(&from, MANY * WIDE, 0, 3);
  int32_t labels[MANY];
  for (size_t i = 0; i < MANY; i++)
    labels[i] = (int32_t)seeded_below(&from, CLASSES);
  wide_case of = {{x.data, MANY, WIDE}, triplet_labels_of(labels, MANY), true};
  wide_outputs *one = calloc(1 + MOST_RANKS, sizeof *one);
  triplet_context *alone = triplet_context_create(NULL);
  assert_int_equal(train_wide(&of, alone, one), TRIPLET_OK);
  of.whole = false;
  const shared_call call = {"train, many rows", train_wide, &of, sizeof *one};
  assert_int_equal(ranked_run_call(&call, 3, one + 1).status[0], TRIPLET_OK);
  for (size_t rank = 0; rank < 3; rank++)
    assert_memory_equal(one, one + 1 + rank, sizeof *one);
  triplet_context_destroy(alone);
  free(one);
  floats_release(&x);
}

/* ---- evaluation -------------------------------------------------------------------------------------------------- */

static const int32_t ks[] = {1, 4};

typedef struct evaluation_case {
  triplet_options options;
  dealing how;
  bool sets, whole;
} evaluation_case;

typedef struct figures {
  triplet_held_out_evaluation found; /* without pointers */
  double recall[4][2];
  triplet_class_metrics classes[2][CLASSES];
} figures;

static triplet_status evaluate(const void *inputs, triplet_context *own, void *outputs) {
  const evaluation_case *of = inputs;
  figures *to = outputs;
  triplet_held_out_evaluation found = {0};
  triplet_evaluation *const parts[] = {&found.against_training, &found.among_themselves};
  for (size_t i = 0; i < 2; i++)
    *parts[i] = (triplet_evaluation){.recall = to->recall[2 * i],
                                     .macro_recall = to->recall[2 * i + 1],
                                     .classes = to->classes[i],
                                     .class_capacity = CLASSES};
  const triplet_held_out_set set = {.embeddings = of->whole ? all_rows() : (triplet_matrix){NULL, 1, 2},
                                    .labels = labels_of(of->sets),
                                    .held_out = data.held_out,
                                    .k = {ks, 2}};
  const dealt rows = deal(own, of->how, all_rows());
  const triplet_status status = of->whole
                                    ? triplet_evaluate_held_out(own, &of->options, &set, &found)
                                    : triplet_evaluate_held_out_shard(own, &of->options, &rows.shard, &set, &found);
  release(&rows);
  for (size_t i = 0; i < 2; i++)
    parts[i]->recall = parts[i]->macro_recall = NULL, parts[i]->classes = NULL;
  if (status == TRIPLET_OK)
    to->found = found;
  return status;
}

static void assert_figures(const evaluation_case *of) {
  evaluation_case whole = *of;
  whole.whole = true;
  figures one = {0}, other = {0};
  triplet_context *alone = triplet_context_create(NULL);
  assert_int_equal(evaluate(&whole, alone, &one), TRIPLET_OK);
  assert_int_equal(evaluate(of, alone, &other), TRIPLET_OK);
  assert_memory_equal(&one, &other, sizeof one);
  triplet_context_destroy(alone);
  assert_same_on_ranks(&(shared_call){"evaluate_held_out", evaluate, of, sizeof(figures)});
}

/* All distances, with few queries and many, of some that are no numbers. */
static void test_evaluation(void **state) {
  (void)state;
  for (int distance = 0; distance < DISTANCES; distance++)
    for (int round = 0; round < DEALINGS; round++) {
      evaluation_case of = {triplet_batch_options(), (dealing)((distance + round) % DEALINGS), .sets = round % 2};
      of.options.distance = (triplet_distance)distance;
      of.options.most_queries = round == 2 ? 20 : 10000;
      of.options.seed = round;
      of.options.ignore_label = round == 3 ? 1 : TRIPLET_NO_LABEL;
      of.options.nonfinite = round == 4 ? TRIPLET_NONFINITE_ALLOW : TRIPLET_NONFINITE_ERROR;
      if (round == 4)
        data.x[3 * COLS] = NAN, data.x[200 * COLS + 1] = INFINITY;
      assert_figures(&of);
      fill_data();
    }
}

static void test_evaluation_faults(void **state) {
  (void)state;
  const evaluation_case of = {triplet_batch_options(), AT_RANDOM, .sets = true};
  assert_told_to_ranks(&(shared_call){"evaluate_held_out", evaluate, &of, sizeof(figures)});
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void assert_refused(const ranked *found, triplet_status status, const char *argument, const char *message) {
  assert_int_equal(found->status[0], status);
  assert_string_equal(found->arguments[0], argument);
  assert_string_equal(found->messages[0], message);
}

/* What a rank has that is not right. */
typedef enum fault { TWICE, MISSING, NOT_ASCENDING, TOO_FEW_NUMBERS, OTHER_ROWS, OTHER_COLS, TABLE, FAULTS } fault;

typedef struct refusal {
  fault by;
  int call; /* create, attach, embed, evaluate */
} refusal;

static triplet_trainer_options plain_options(void) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 1;
  options.widths[0] = DIM;
  return options;
}

static triplet_status call_with(const refusal *of, triplet_context *own, const triplet_shard *shard) {
  triplet_trainer_options options = plain_options();
  const triplet_options distances = triplet_batch_options();
  triplet_trainer *trainer = NULL;
  float embeddings[ROWS * DIM];
  triplet_held_out_evaluation found = {0};
  const triplet_held_out_set set = {.labels = labels_of(false), .held_out = data.held_out};
  options.layers = of->by != TABLE;
  if (of->call == 0) {
    const triplet_status status = triplet_trainer_create_shard(own, &options, shard, labels_of(false), &trainer);
    assert_null(trainer);
    return status;
  }
  if (of->call == 3)
    return triplet_evaluate_held_out_shard(own, &distances, shard, &set, &found);
  options.dim = DIM;
  triplet_status status = triplet_trainer_create(own, &options, all_rows(), labels_of(false), &trainer);
  if (status == TRIPLET_OK)
    status = of->call == 1 ? triplet_trainer_attach_shard(own, trainer, shard, labels_of(false))
                           : triplet_trainer_embed_shard(own, trainer, shard, (triplet_matrix){embeddings, ROWS, DIM});
  triplet_trainer_destroy(trainer);
  return status;
}

static triplet_status refuse(void *inputs, size_t rank, triplet_context *own) {
  const refusal *of = inputs;
  dealt rows = deal(own, IN_TURN, all_rows());
  triplet_shard *shard = &rows.shard;
  const bool other = rank == 1;
  if (of->by == TWICE && other)
    rows.held[1] = 6;
  if (of->by == MISSING && other)
    shard->held.count = --shard->own.rows;
  if (of->by == NOT_ASCENDING && other)
    rows.held[1] = 1;
  if (of->by == TOO_FEW_NUMBERS && other)
    shard->held.count--;
  shard->rows += of->by == OTHER_ROWS && other;
  if (of->by == OTHER_COLS && other)
    shard->own = (triplet_matrix){shard->own.data, shard->own.rows, COLS - 1};
  const triplet_status status = call_with(of, own, shard);
  release(&rows);
  return status;
}

static void test_shards_that_do_not_fit(void **state) {
  (void)state;
  static const char *const arguments[] = {"data", "data", "x", "embeddings"};
  static const char *const messages[] = {
      [TWICE] = "expected each row on one rank, got row 6 on rank 0 and on rank 1",
      [MISSING] = "expected each row on one rank, got row 330 of 331 on none",
      [NOT_ASCENDING] = "rank 1: expected ascending numbers of 331 rows, got row 1 at index 1",
      [TOO_FEW_NUMBERS] = "rank 1: expected 110 integers, got 109",
  };
  for (int by = TWICE; by < FAULTS; by++)
    for (int call = 0; call < 4; call++) {
      const refusal of = {(fault)by, call};
      refusal given = of;
      const ranked found = ranked_run(by == MISSING ? 2 : 3, 1, NULL, refuse, &given);
      if (by <= TOO_FEW_NUMBERS && by != MISSING)
        assert_refused(&found, TRIPLET_INVALID_ARGUMENT, arguments[call], messages[by]);
      else if (by != TABLE || call != 3)
        assert_int_not_equal(found.status[0], TRIPLET_OK);
      if (by == TABLE && call == 0)
        assert_refused(&found, TRIPLET_INVALID_ARGUMENT, "layers",
                       "expected at least 1 to train on a shard, got 0: a free embedding table has no rows");
    }
}

/* The row is one rank's, the message is that of one matrix: of the first such row, whoever has it. */
static void test_rows_that_are_not_finite(void **state) {
  (void)state;
  data.x[300 * COLS + 2] = INFINITY;
  data.x[301 * COLS] = NAN;
  const refusal create = {FAULTS, 0}, embed_rows = {FAULTS, 2}, evaluate_rows = {FAULTS, 3};
  refusal given = create;
  ranked found = ranked_run(3, 1, NULL, refuse, &given);
  assert_refused(&found, TRIPLET_NOT_FINITE, "data", "row 300, column 2 is not finite");
  given = evaluate_rows;
  found = ranked_run(3, 1, NULL, refuse, &given);
  assert_refused(&found, TRIPLET_NOT_FINITE, "embeddings", "a held-out row has a distance that is not finite");
  given = embed_rows; /* of a model that is made first */
  found = ranked_run(3, 1, NULL, refuse, &given);
  assert_refused(&found, TRIPLET_NOT_FINITE, "data", "row 300, column 2 is not finite");
  fill_data();
}

/* A step takes the ranks that have the rows. */
static triplet_status step_alone(void *inputs, size_t rank, triplet_context *own) {
  (void)inputs;
  const triplet_trainer_options options = plain_options();
  const dealt rows = deal(own, AT_RANDOM, all_rows());
  triplet_trainer *trainer;
  triplet_step step;
  float embeddings[ROWS * DIM];
  triplet_status status = triplet_trainer_create_shard(own, &options, &rows.shard, labels_of(false), &trainer);
  assert_int_equal(status, TRIPLET_OK);
  triplet_context *alone = triplet_context_create(NULL);
  char message[] = "expected rank 0 of 3, which has its share of the rows, got rank 0 of 1";
  message[14] = (char)('0' + rank);
  assert_error(alone, triplet_trainer_step(alone, trainer, &step), TRIPLET_INVALID_ARGUMENT, "trainer", message);
  assert_int_equal(triplet_trainer_steps_done(trainer), 0);
  assert_int_equal(triplet_trainer_embed(alone, trainer, all_rows(), (triplet_matrix){embeddings, ROWS, DIM}),
                   TRIPLET_OK);
  assert_error(alone, triplet_trainer_embed_shard(alone, trainer, &rows.shard, (triplet_matrix){embeddings, ROWS, DIM}),
               TRIPLET_INVALID_ARGUMENT, "x", triplet_context_error(alone)->message);
  assert_non_null(strstr(triplet_context_error(alone)->message, "expected all 331 rows where there is one rank, got "));
  triplet_context_destroy(alone);
  status = triplet_trainer_step(own, trainer, &step);
  triplet_trainer_destroy(trainer);
  release(&rows);
  return status;
}

static void test_a_step_alone(void **state) {
  (void)state;
  assert_int_equal(ranked_run(3, 1, NULL, step_alone, NULL).status[0], TRIPLET_OK);
}

/* ---- what is sent, and what is kept ------------------------------------------------------------------------------ */

enum { SENDERS = 4 };

static double sent_by(const ranked *found) {
  double sum = 0;
  assert_int_equal(found->status[0], TRIPLET_OK);
  for (size_t rank = 0; rank < SENDERS; rank++)
    sum += (double)found->sent[rank];
  return sum;
}

/* Beside the statuses wherever the ranks meet. */
static void assert_bytes(const char *name, double sent, double modelled, size_t exchanges) {
  const double statuses = 24.0 * SENDERS * (SENDERS - 1) * (double)exchanges;
  if (sent < modelled || sent > modelled + statuses)
    fail_msg("%s: %.0f bytes, where the model says %.0f and up to %.0f of statuses", name, sent, modelled, statuses);
}

/* As CONTRIBUTING.md has it: a step sends the rows of its batch besides what it sends without a shard. */
static void test_bytes_of_a_step(void **state) {
  (void)state;
  double sent[2][2];
  size_t exchanges[2][2];
  trained *outputs = malloc(MOST_RANKS * sizeof *outputs);
  for (size_t whole = 0; whole < 2; whole++)
    for (size_t i = 0; i < 2; i++) {
      training_case of = {.options = plain_options(), .how = AT_RANDOM, .whole = whole};
      of.options.steps = 2 + (int64_t)i;
      const ranked found = ranked_run_call(&(shared_call){"steps", train, &of, sizeof *outputs}, SENDERS, outputs);
      sent[whole][i] = sent_by(&found);
      exchanges[whole][i] = found.exchanges[0];
    }
  const double of_rows = 8 * 8 * COLS * sizeof(float);
  const size_t more = exchanges[0][1] - exchanges[0][0] - (exchanges[1][1] - exchanges[1][0]);
  assert_bytes("a step", sent[0][1] - sent[0][0] - (sent[1][1] - sent[1][0]), (SENDERS - 1) * of_rows, more);
  free(outputs);
}

/* The queries go to all ranks; their distances to a rank's references come from there, but for those of its own. */
static void test_bytes_of_an_evaluation(void **state) {
  (void)state;
  evaluation_case of = {triplet_batch_options(), IN_TURN, false, false};
  of.options.most_queries = 96;
  figures outputs[MOST_RANKS];
  const ranked found =
      ranked_run_call(&(shared_call){"evaluate_held_out", evaluate, &of, sizeof *outputs}, SENDERS, outputs);
  const double queries = 96 * COLS * sizeof(float) * (SENDERS - 1);
  const double distances = 96.0 * ROWS * sizeof(float) * (SENDERS - 1) / SENDERS;
  const double lists = (SENDERS - 1) * (ROWS * sizeof(int32_t) + SENDERS * sizeof(size_t));
  const double found_bytes = 96.0 * 2 * sizeof(triplet_retrieval) * (SENDERS - 1);
  assert_bytes("an evaluation", sent_by(&found), queries + distances + lists + found_bytes, found.exchanges[0]);
}

/* Rows of many columns, so that they are most of what there is. */
enum { LARGE = 20000, LARGE_COLS = 64 };

typedef struct large_case {
  triplet_matrix x;
  triplet_labels labels;
  uint8_t *held_out;
  bool evaluates;
} large_case;

static triplet_status work_on_many(const void *inputs, triplet_context *own, void *outputs) {
  const large_case *of = inputs;
  triplet_trainer_options options = plain_options();
  triplet_options distances = triplet_batch_options();
  triplet_trainer *trainer = NULL;
  triplet_step last;
  const dealt rows = deal(own, AT_RANDOM, of->x);
  triplet_status status;
  options.steps = 2;
  options.loss.mining = TRIPLET_MINING_HARD; /* of which the gradient takes no windows */
  distances.most_queries = 30;
  if (of->evaluates) {
    triplet_held_out_evaluation found = {0};
    const triplet_held_out_set set = {.labels = of->labels, .held_out = of->held_out};
    status = triplet_evaluate_held_out_shard(own, &distances, &rows.shard, &set, &found);
    *(double *)outputs = found.among_themselves.metrics.map;
  } else {
    status = triplet_trainer_create_shard(own, &options, &rows.shard, of->labels, &trainer);
    if (status == TRIPLET_OK)
      status = triplet_trainer_run(own, trainer, NULL, NULL, &last);
    *(double *)outputs = status == TRIPLET_OK ? last.loss : 0;
  }
  triplet_trainer_destroy(trainer);
  release(&rows);
  return status;
}

/* Each rank saves the rows that others have, and has two blocks on their way and who has which. */
static void test_memory(void **state) {
  (void)state;
  enum { BLOCKS = 2 * TRIPLET_BLOCK_FLOATS * sizeof(float), OWNERS = 16 * LARGE };
  seeded from = seeded_from(35);
  floats x = floats_random(&from, LARGE * LARGE_COLS, 0, 3);
  int32_t *labels = malloc(LARGE * sizeof *labels);
  uint8_t *held_out = malloc(LARGE);
  for (size_t i = 0; i < LARGE; i++) {
    labels[i] = (int32_t)seeded_below(&from, 100);
    held_out[i] = seeded_below(&from, 4) == 0;
  }
  large_case of = {{x.data, LARGE, LARGE_COLS}, triplet_labels_of(labels, LARGE), held_out, false};
  const shared_call call = {"many rows", work_on_many, &of, sizeof(double)};
  for (size_t evaluates = 0; evaluates < 2; evaluates++) {
    double outputs[MOST_RANKS];
    of.evaluates = evaluates;
    const size_t alone = ranked_run_call(&call, 1, outputs).peak[0];
    for (size_t size = 2; size <= 8; size *= 2) {
      const ranked found = ranked_run_call(&call, size, outputs);
      const double saved = (1 - 1.1 / (double)size) * LARGE * LARGE_COLS * sizeof(float);
      assert_int_equal(found.status[0], TRIPLET_OK);
      for (size_t rank = 0; rank < size; rank++)
        assert_true((double)found.peak[rank] < (double)alone - saved + BLOCKS + OWNERS);
    }
  }
  free(held_out);
  free(labels);
  floats_release(&x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_training),

      cmocka_unit_test(test_training_faults),
      cmocka_unit_test(test_many_rows),
      cmocka_unit_test(test_evaluation),
      cmocka_unit_test(test_evaluation_faults),
      cmocka_unit_test(test_shards_that_do_not_fit),
      cmocka_unit_test(test_rows_that_are_not_finite),
      cmocka_unit_test(test_a_step_alone),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_bytes_of_a_step),
      cmocka_unit_test(test_bytes_of_an_evaluation),
  };
  fill_data();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
