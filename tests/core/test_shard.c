/* Rows that ranks share out, whichever has which: models, embeddings and figures have the bits of one matrix of all rows
 * on one rank, what goes wrong all ranks say, and memory falls with the number of ranks. The ranks are threads
 * (ranks.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collective.h"
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
  const triplet_status status = triplet_trainer_load(own, of->from->model, of->from->size, trainer);
  if (status != TRIPLET_OK)
    return status;
  return of->whole ? triplet_trainer_attach(own, *trainer, all_rows(), labels)
                   : triplet_trainer_attach_shard(own, *trainer, shard, labels);
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
  assert_same_on_ranks(&(shared_call){"train", train, of, sizeof(trained)});
  free(alone);
  free(expected);
}

/* The model of one rank with one matrix, after half of the steps. */
static trained *half_of(const training_case *of) {
  training_case half = *of;
  half.whole = true;
  half.options.steps = STEPS / 2;
  trained *made = train_alone(&half);
  return made;
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
  for (size_t round = 0; round < 4 * DEALINGS; round++) {
    training_case of = random_training(&from, (dealing)(round % DEALINGS));
    assert_like_whole(&of);
    trained *half = half_of(&of);
    of.from = half;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_training),

      cmocka_unit_test(test_training_faults),
      cmocka_unit_test(test_many_rows),
      cmocka_unit_test(test_evaluation),
      cmocka_unit_test(test_evaluation_faults),
      cmocka_unit_test(test_shards_that_do_not_fit),
  };
  fill_data();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
