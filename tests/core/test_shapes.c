/* Matrices of a wrong shape, of every function that takes one: each dimension of each matrix wrong at a time, data that
 * are missing, and sizes beyond all memory. Such a call is refused, says what is wrong, and writes nothing; the same
 * call with the right matrices then gives what it gave before. */
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES = 3, ROWS = 6, REFERENCES = 5, COLS = 4, DIM = 2, K = 2, MATRICES = 3, ROOM = ROWS * ROWS };

/* ---- what calls are made with ------------------------------------------------------------------------------------ */

static const int32_t labels[ROWS] = {0, 0, 1, 1, 2, 2}, numbers[] = {0, 3, 5};
static const uint8_t flags[ROWS] = {0, 1, 0, 1, 0, 1};
static const int32_t all_rows[ROWS] = {0, 1, 2, 3, 4, 5};
static const float center[COLS] = {1, 2, 3, 4};
static const double rates[] = {0.5};

/* Where calls write what is no matrix. */
static struct outputs {
  float floats[3 * ROOM], spare[ROOM];
  int32_t ints[3 * ROOM];
  uint8_t bytes[ROOM];
  double doubles[ROOM];
  union {
    triplet_result result;
    triplet_batch_result batch;
    triplet_stats stats;
  } found;
} out;

/* What calls are made of, which is the same for all. */
static triplet_encoder encoder;
static float *parameters, *activations;
static triplet_trainer *trainer, *adapter;
static triplet_index *built;
static triplet_memory *memory;
static triplet_table *table;
static triplet_recipe *recipe;

static triplet_trainer_options trainer_options(void) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 1;
  options.widths[0] = DIM;
  return options;
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static triplet_options batch_options(void) {
  triplet_options options = triplet_batch_options();
  options.k = K;
  return options;
}

#define CALL(name) static triplet_status name(const triplet_matrix m[MATRICES])

CALL(margin_loss) {
  const triplet_options options = triplet_margin_options();
  return triplet_margin_loss(context, &options, &(triplet_explicit){m[0], m[1], m[2]},
                             (triplet_gradients){out.floats, out.floats + ROOM, out.floats + 2 * ROOM}, out.spare,
                             &out.found.result);
}

CALL(indexed_loss) {
  const triplet_options options = triplet_margin_options();
  const triplet_ints list = {numbers, 3};
  return triplet_indexed_loss(context, &options, &(triplet_indexed){m[0], list, list, list}, out.floats, out.spare,
                              &out.found.result);
}

CALL(distances) {
  const triplet_options options = triplet_batch_options();
  return triplet_distances(context, &options, m[0], m[1], m[2]);
}

CALL(ring) {
  const triplet_options options = triplet_batch_options();
  return triplet_ring(context, &options, (triplet_floats){center, COLS}, m[0], 1, m[1]);
}

CALL(nearest) {
  const triplet_options options = triplet_batch_options();
  return triplet_nearest(context, &options, &(triplet_neighbor_search){.queries = m[0], .references = m[1], .k = K},
                         out.ints, out.floats);
}

CALL(index_create) {
  const triplet_options options = triplet_batch_options();
  triplet_index *made = NULL;
  const triplet_status status = triplet_index_create(context, &options, m[0], &made);
  assert_true((status == TRIPLET_OK) == (made != NULL));
  triplet_index_destroy(made);
  return status;
}

CALL(index_nearest) {
  return triplet_index_nearest(context, built, &(triplet_neighbor_search){.queries = m[0], .k = K}, out.ints,
                               out.floats);
}

CALL(batch_loss) {
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = {m[0], triplet_labels_of(labels, ROWS), NULL};
  return triplet_batch_loss(context, &options, &batch, (triplet_batch_gradients){out.floats, NULL}, out.spare,
                            &out.found.batch);
}

CALL(batch_loss_of_references) {
  const triplet_options options = triplet_batch_options();
  const triplet_references references = {.rows = m[1], .labels = triplet_labels_of(labels, REFERENCES)};
  const triplet_batch batch = {m[0], triplet_labels_of(labels, ROWS), &references};
  return triplet_batch_loss(context, &options, &batch, (triplet_batch_gradients){out.floats, out.floats + ROOM},
                            out.spare, &out.found.batch);
}

CALL(batch_loss_of_relations) {
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = {m[0], {.relations = m[1]}, NULL};
  return triplet_batch_loss(context, &options, &batch, (triplet_batch_gradients){out.floats, NULL}, out.spare,
                            &out.found.batch);
}

CALL(pair_slopes) {
  const triplet_options options = triplet_batch_options();
  return triplet_pair_slopes(context, &options, &(triplet_batch){m[0], triplet_labels_of(labels, ROWS), NULL}, m[1]);
}

CALL(mine) {
  const triplet_options options = triplet_batch_options();
  triplet_triplets mined = {out.ints, out.ints + ROOM, out.ints + 2 * ROOM, ROOM, 0};
  return triplet_mine(context, &options, &(triplet_batch){m[0], triplet_labels_of(labels, ROWS), NULL}, &mined,
                      &out.found.stats);
}

CALL(memory_push) {
  return triplet_memory_push(context, memory, m[0], triplet_labels_of(labels, ROWS));
}

CALL(evaluate) {
  const triplet_options options = batch_options();
  triplet_evaluation found = {.recall = out.doubles};
  return triplet_evaluate(context, &options, &(triplet_batch){m[0], triplet_labels_of(labels, ROWS), NULL},
                          (triplet_ints){labels + 2, 1}, &found);
}

CALL(evaluate_held_out) {
  const triplet_options options = batch_options();
  triplet_held_out_evaluation found = {.against_training = {.recall = out.doubles},
                                       .among_themselves = {.recall = out.doubles + 1}};
  const triplet_held_out_set set = {m[0], triplet_labels_of(labels, ROWS), flags, {labels + 2, 1}};
  return triplet_evaluate_held_out(context, &options, &set, &found);
}

static triplet_shard shard_of(triplet_matrix own) {
  return (triplet_shard){ROWS, {all_rows, ROWS}, own};
}

CALL(evaluate_held_out_shard) {
  const triplet_options options = batch_options();
  triplet_held_out_evaluation found = {.against_training = {.recall = out.doubles},
                                       .among_themselves = {.recall = out.doubles + 1}};
  const triplet_held_out_set set = {.labels = triplet_labels_of(labels, ROWS), .held_out = flags, .k = {labels + 2, 1}};
  const triplet_shard shard = shard_of(m[0]);
  return triplet_evaluate_held_out_shard(context, &options, &shard, &set, &found);
}

CALL(classify) {
  const triplet_options options = batch_options();
  const triplet_classification_set set = {
      .queries = m[0], .references = m[1], .reference_labels = triplet_labels_of(labels, REFERENCES)};
  return triplet_classify(context, &options, &set, &(triplet_classification){out.ints, out.bytes, out.floats});
}

CALL(verify) {
  const triplet_options options = batch_options();
  triplet_operating_point at[1];
  triplet_verification found = {.at_far = at};
  return triplet_verify(context, &options, &(triplet_batch){m[0], triplet_labels_of(labels, ROWS), NULL},
                        (triplet_doubles){rates, 1}, &found);
}

CALL(verify_pairs) {
  const triplet_options options = batch_options();
  triplet_operating_point at[1];
  triplet_verification found = {.at_far = at};
  return triplet_verify_pairs(context, &options, &(triplet_given_pairs){m[0], m[1], flags}, (triplet_doubles){rates, 1},
                              &found);
}

CALL(recipe_matrix) {
  static const int32_t rows[ROWS] = {0, 1, 2, 0, 1, 2};
  return triplet_recipe_matrix(context, recipe, table, (triplet_ints){rows, ROWS}, m[0]);
}

CALL(standardization) {
  return triplet_standardization(context, m[0], out.floats, out.floats + ROOM);
}

CALL(standardize) {
  const triplet_floats list = {center, COLS};
  return triplet_standardize(context, m[0], list, list, m[1]);
}

CALL(principal_axes) {
  return triplet_principal_axes(context, m[0], out.floats, m[1], out.doubles);
}

CALL(project) {
  return triplet_project(context, m[0], (triplet_floats){center, COLS}, m[1], m[2]);
}

CALL(synthetic) {
  return triplet_synthetic(context, TRIPLET_SYNTHETIC_MOONS, 0.1, 1, m[0], out.ints);
}

CALL(matrix_fill) {
  return triplet_matrix_fill(context, 1, m[0]);
}

CALL(matrix_copy) {
  return triplet_matrix_copy(context, m[0], m[1]);
}

CALL(matrix_add) {
  return triplet_matrix_add(context, m[0], 2, m[1]);
}

CALL(matrix_scale) {
  return triplet_matrix_scale(context, 2, m[0]);
}

CALL(matrix_random) {
  return triplet_matrix_random(context, 1, m[0]);
}

CALL(forward) {
  return triplet_encoder_forward(context, &encoder, parameters, &(triplet_encoder_pass){m[0], NULL, m[1]});
}

CALL(backward) {
  return triplet_encoder_backward(context, &encoder, parameters, &(triplet_encoder_pass){m[0], activations, m[1]}, m[2],
                                  (triplet_encoder_gradients){out.floats, out.floats + ROOM});
}

static triplet_status given_up(triplet_status status, triplet_trainer **made) {
  assert_true((status == TRIPLET_OK) == (*made != NULL));
  triplet_trainer_destroy(*made);
  return status;
}

CALL(trainer_create) {
  const triplet_trainer_options options = trainer_options();
  triplet_trainer *made = NULL;
  return given_up(triplet_trainer_create(context, &options, m[0], triplet_labels_of(labels, ROWS), &made), &made);
}

CALL(trainer_create_pairs) {
  const triplet_trainer_options options = trainer_options();
  triplet_trainer *made = NULL;
  return given_up(
      triplet_trainer_create_pairs(context, &options, &(triplet_training_pairs){m[0], m[1], {.ends = {0}}}, &made),
      &made);
}

CALL(trainer_attach) {
  return triplet_trainer_attach(context, trainer, m[0], triplet_labels_of(labels, ROWS));
}

CALL(trainer_create_shard) {
  const triplet_trainer_options options = trainer_options();
  const triplet_shard shard = shard_of(m[0]);
  triplet_trainer *made = NULL;
  const triplet_status status =
      triplet_trainer_create_shard(context, &options, &shard, triplet_labels_of(labels, ROWS), &made);
  assert_true((status == TRIPLET_OK) == (made != NULL));
  triplet_trainer_destroy(made);
  return status;
}

CALL(trainer_attach_shard) {
  const triplet_shard shard = shard_of(m[0]);
  return triplet_trainer_attach_shard(context, trainer, &shard, triplet_labels_of(labels, ROWS));
}

CALL(trainer_embed_shard) {
  const triplet_shard shard = shard_of(m[0]);
  return triplet_trainer_embed_shard(context, trainer, &shard, m[1]);
}

CALL(trainer_attach_pairs) {
  return triplet_trainer_attach_pairs(context, adapter, &(triplet_training_pairs){m[0], m[1], {.ends = {0}}});
}

CALL(trainer_embed) {
  return triplet_trainer_embed(context, trainer, m[0], m[1]);
}

CALL(trainer_embed_references) {
  return triplet_trainer_embed_references(context, adapter, m[0], m[1]);
}

CALL(trainer_keep_rows) {
  return triplet_trainer_keep_rows(context, trainer, m[0], triplet_labels_of(labels, ROWS));
}

/* ---- the table of them ------------------------------------------------------------------------------------------- */

/* wrong: what no other argument allows, one row fewer (r) or more (R), one column fewer (c) or more (C). */
typedef struct shape {
  const char *name;
  size_t rows, cols;
  const char *wrong;
} shape;

static const struct {
  triplet_status (*call)(const triplet_matrix m[MATRICES]);
  shape shapes[MATRICES];
} calls[] = {
    {margin_loss,
     {{"anchors", ROWS, COLS, "rRcC"}, {"positives", ROWS, COLS, "rRcC"}, {"negatives", ROWS, COLS, "rRcC"}}},
    {indexed_loss, {{"table", ROWS, COLS, "r"}}},
    {distances,
     {{"x", QUERIES, COLS, "rRcC"}, {"y", REFERENCES, COLS, "rRcC"}, {"distances", QUERIES, REFERENCES, "rRcC"}}},
    {ring, {{"directions", ROWS, COLS, "rRcC"}, {"points", ROWS, COLS, "rRcC"}}},
    {nearest, {{"queries", QUERIES, COLS, "cC"}, {"references", REFERENCES, COLS, "cC"}}},
    {index_create, {{"references", REFERENCES, COLS, ""}}},
    {index_nearest, {{"queries", QUERIES, COLS, "cC"}}},
    {batch_loss, {{"embeddings", ROWS, COLS, "rR"}}},
    {batch_loss_of_references, {{"embeddings", ROWS, COLS, "rRcC"}, {"references", REFERENCES, COLS, "rRcC"}}},
    {batch_loss_of_relations, {{"embeddings", ROWS, COLS, "rR"}, {"labels", ROWS, ROWS, "rRcC"}}},
    {pair_slopes, {{"embeddings", ROWS, COLS, "rR"}, {"slopes", ROWS, ROWS, "rRcC"}}},
    {mine, {{"embeddings", ROWS, COLS, "rR"}}},
    {memory_push, {{"embeddings", ROWS, COLS, "rRcC"}}},
    {evaluate, {{"embeddings", ROWS, COLS, "rR"}}},
    {evaluate_held_out, {{"embeddings", ROWS, COLS, "rR"}}},
    {evaluate_held_out_shard, {{"embeddings", ROWS, COLS, "rR"}}},
    {classify, {{"queries", QUERIES, COLS, "cC"}, {"references", REFERENCES, COLS, "rRcC"}}},
    {verify, {{"embeddings", ROWS, COLS, "rR"}}},
    {verify_pairs, {{"first", ROWS, COLS, "rRcC"}, {"second", ROWS, COLS, "rRcC"}}},
    {recipe_matrix, {{"x", ROWS, DIM, "rRcC"}}},
    {standardization, {{"x", ROWS, COLS, ""}}},
    {standardize, {{"x", ROWS, COLS, "rRcC"}, {"output", ROWS, COLS, "rRcC"}}},
    {principal_axes, {{"x", ROWS, COLS, "cC"}, {"axes", DIM, COLS, "cC"}}},
    {project, {{"x", ROWS, COLS, "rRcC"}, {"axes", DIM, COLS, "rRcC"}, {"output", ROWS, DIM, "rRcC"}}},
    {synthetic, {{"x", ROWS, DIM, "c"}}},
    {matrix_fill, {{"x", ROWS, COLS, ""}}},
    {matrix_copy, {{"x", ROWS, COLS, "rRcC"}, {"output", ROWS, COLS, "rRcC"}}},
    {matrix_add, {{"x", ROWS, COLS, "rRcC"}, {"output", ROWS, COLS, "rRcC"}}},
    {matrix_scale, {{"x", ROWS, COLS, ""}}},
    {matrix_random, {{"x", ROWS, COLS, ""}}},
    {forward, {{"x", ROWS, COLS, "rRcC"}, {"embeddings", ROWS, DIM, "rRcC"}}},
    {backward,
     {{"x", ROWS, COLS, "rRcC"}, {"embeddings", ROWS, DIM, "rRcC"}, {"embeddings_gradient", ROWS, DIM, "rRcC"}}},
    {trainer_create, {{"data", ROWS, COLS, "rR"}}},
    {trainer_create_pairs, {{"queries", ROWS, COLS, "rRcC"}, {"references", ROWS, COLS, "rRcC"}}},
    {trainer_create_shard, {{"data", ROWS, COLS, "rR"}}},
    {trainer_attach, {{"data", ROWS, COLS, "rRcC"}}},
    {trainer_attach_shard, {{"data", ROWS, COLS, "rRcC"}}},
    {trainer_attach_pairs, {{"queries", ROWS, COLS, "rRcC"}, {"references", ROWS, COLS, "rRcC"}}},
    {trainer_embed, {{"x", ROWS, COLS, "rRcC"}, {"embeddings", ROWS, DIM, "rRcC"}}},
    {trainer_embed_shard, {{"x", ROWS, COLS, "rRcC"}, {"embeddings", ROWS, DIM, "rRcC"}}},
    {trainer_embed_references, {{"references", ROWS, COLS, "rRcC"}, {"embeddings", ROWS, DIM, "rRcC"}}},
    {trainer_keep_rows, {{"embeddings", ROWS, DIM, "rRcC"}}},
};

/* ---- the tests --------------------------------------------------------------------------------------------------- */

/* The numbers of each matrix of a call, with room for a row and a column more. */
static float data[MATRICES][ROOM * 2];

static void make_matrices(const shape *shapes, triplet_matrix m[MATRICES]) {
  seeded from = seeded_from(1);
  for (size_t i = 0; i < MATRICES; i++) {
    seeded_fill(&from, data[i], ROOM * 2, 3);
    if (shapes[i].name && strcmp(shapes[i].name, "labels") == 0)
      for (size_t j = 0; j < ROOM * 2; j++)
        data[i][j] = (float)((int)(j % 3) - 1);
    m[i] = triplet_matrix_of(data[i], shapes[i].rows, shapes[i].cols);
  }
}

static void refused(size_t call, const triplet_matrix m[MATRICES], const char *wrong) {
  float before[MATRICES][ROOM * 2];
  memcpy(before, data, sizeof data);
  pattern_set(&out, sizeof out);
  const triplet_status status = calls[call].call(m);
  const triplet_error *error = triplet_context_error(context);
  if (status != TRIPLET_INVALID_ARGUMENT || !error->argument)
    fail_msg("call %zu (%s), %s: %s: %s: %s", call, calls[call].shapes[0].name, wrong, triplet_status_string(status),
             error->argument, error->message);
  assert_true(pattern_stands(&out, sizeof out));
  assert_memory_equal(before, data, sizeof data);
}

static void one_dimension_wrong_at_a_time(void **state) {
  (void)state;
  for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
    for (size_t i = 0; i < MATRICES && calls[call].shapes[i].name; i++)
      for (const char *wrong = calls[call].shapes[i].wrong; *wrong; wrong++) {
        triplet_matrix m[MATRICES];
        make_matrices(calls[call].shapes, m);
        m[i].rows += *wrong == 'R' ? 1u : *wrong == 'r' ? SIZE_MAX : 0;
        m[i].cols += *wrong == 'C' ? 1u : *wrong == 'c' ? SIZE_MAX : 0;
        refused(call, m, wrong);
      }
}

/* It says of which one. */
static void data_that_are_missing(void **state) {
  (void)state;
  for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
    for (size_t i = 0; i < MATRICES && calls[call].shapes[i].name; i++) {
      const shape *of = &calls[call].shapes[i];
      triplet_matrix m[MATRICES];
      make_matrices(calls[call].shapes, m);
      m[i].data = NULL;
      refused(call, m, "NULL");
      char message[64];
      snprintf(message, sizeof message, "expected %zu x %zu floats, got NULL", of->rows, of->cols);
      const bool given = strcmp(of->name, "labels") != 0; /* relations without data are not given */
      assert_error(context, TRIPLET_INVALID_ARGUMENT, TRIPLET_INVALID_ARGUMENT, of->name,
                   given ? message : "expected labels of 6 rows, got 0");
    }
}

static void sizes_beyond_all_memory(void **state) {
  (void)state;
  for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
    for (size_t i = 0; i < MATRICES && calls[call].shapes[i].name; i++)
      for (int cols = 0; cols < 2; cols++) {
        triplet_matrix m[MATRICES];
        make_matrices(calls[call].shapes, m);
        *(cols ? &m[i].cols : &m[i].rows) = SIZE_MAX / 2;
        refused(call, m, cols ? "columns" : "rows");
      }
}

/* Row numbers are int32, so there are no more rows than those count; the lists are not even looked at. */
static void more_rows_than_can_be_numbered(void **state) {
  (void)state;
  const size_t many = (size_t)INT32_MAX + 1;
  const triplet_labels of_many = triplet_labels_of(labels, many);
  const triplet_sampler_options sampling = triplet_sampler_default_options();
  const triplet_trainer_options training = trainer_options();
  const triplet_options options = triplet_batch_options(), verifying = options;
  const triplet_matrix rows = triplet_matrix_of(data[0], many, COLS);
  triplet_sampler *sampler = NULL;
  triplet_trainer *made = NULL;
  triplet_index *index = NULL;
  triplet_evaluation found = {0};
  triplet_verification verified = {0};

  assert_error(context, triplet_sampler_create(context, &sampling, of_many, &sampler), TRIPLET_INVALID_ARGUMENT,
               "labels", "expected at most 2147483647, got 2147483648");
  assert_error(context, triplet_trainer_keep_rows(context, trainer, triplet_matrix_of(data[0], many, DIM), of_many),
               TRIPLET_INVALID_ARGUMENT, "embeddings", "expected at most 2147483647 rows, got 2147483648");
  assert_error(context, triplet_trainer_create(context, &training, rows, of_many, &made), TRIPLET_INVALID_ARGUMENT,
               "data", "expected at most 2147483647 rows, got 2147483648");
  assert_error(context, triplet_index_create(context, &options, rows, &index), TRIPLET_INVALID_ARGUMENT, "references",
               "expected at most 2147483647 rows, got 2147483648");
  const triplet_batch batch = {rows, of_many, NULL};
  assert_error(context, triplet_evaluate(context, &options, &batch, (triplet_ints){NULL, 0}, &found),
               TRIPLET_INVALID_ARGUMENT, "embeddings", "expected at most 2147483647 rows, got 2147483648");
  assert_error(context,
               triplet_verify_pairs(context, &verifying, &(triplet_given_pairs){rows, rows, flags},
                                    (triplet_doubles){NULL, 0}, &verified),
               TRIPLET_INVALID_ARGUMENT, "first", "expected at most 2147483647 rows, got 2147483648");
  const triplet_given_neighbors neighbors[] = {
      {.labels = of_many}, {.labels = triplet_labels_of(labels, ROWS), .reference_labels = of_many}};
  for (size_t i = 0; i < 2; i++)
    assert_error(context, triplet_evaluate_neighbors(context, &options, &neighbors[i], (triplet_ints){NULL, 0}, &found),
                 TRIPLET_INVALID_ARGUMENT, "labels", "expected at most 2147483647 of queries and references");
  assert_true(!sampler && !made && !index);
}

/* What was refused has left nothing behind. */
static void right_calls_give_the_same_before_and_after(void **state) {
  (void)state;
  for (size_t call = 0; call < sizeof calls / sizeof *calls; call++) {
    static struct outputs before;
    static float first[MATRICES][ROOM * 2];
    triplet_matrix m[MATRICES];
    for (int turn = 0; turn < 2; turn++) {
      make_matrices(calls[call].shapes, m);
      memset(&out, 0, sizeof out);
      if (calls[call].call(m) != TRIPLET_OK)
        fail_msg("call %zu (%s): %s", call, calls[call].shapes[0].name, triplet_context_error(context)->message);
      if (turn == 0) {
        before = out;
        memcpy(first, data, sizeof data);
        m[0].data = NULL;
        assert_int_equal(calls[call].call(m), TRIPLET_INVALID_ARGUMENT);
      }
    }
    assert_memory_equal(&before, &out, offsetof(struct outputs, found));
    assert_memory_equal(first, data, sizeof data);
  }
}

/* ---- what they share --------------------------------------------------------------------------------------------- */

static int create_all(void **state) {
  create_context(state);
  triplet_matrix x[MATRICES];
  make_matrices((const shape[MATRICES]){{"x", ROWS, COLS, ""}, {"y", ROWS, COLS, ""}}, x);
  encoder = ENCODER(.inputs = COLS, .layers = 1, .widths = {DIM});
  parameters = malloc(triplet_encoder_parameters(&encoder) * sizeof *parameters);
  activations = malloc((triplet_encoder_activations(&encoder, ROWS) + 1) * sizeof *activations);
  triplet_random random = {1};
  assert_int_equal(triplet_encoder_init(context, &encoder, &random, parameters), TRIPLET_OK);
  float embeddings[ROWS * DIM];
  assert_int_equal(
      triplet_encoder_forward(context, &encoder, parameters,
                              &(triplet_encoder_pass){x[0], activations, triplet_matrix_of(embeddings, ROWS, DIM)}),
      TRIPLET_OK);

  const triplet_trainer_options options = trainer_options();
  const triplet_options plain = triplet_batch_options();
  assert_int_equal(triplet_trainer_create(context, &options, x[0], triplet_labels_of(labels, ROWS), &trainer),
                   TRIPLET_OK);
  assert_int_equal(
      triplet_trainer_create_pairs(context, &options, &(triplet_training_pairs){x[0], x[1], {.ends = {0}}}, &adapter),
      TRIPLET_OK);
  assert_int_equal(triplet_index_create(context, &plain, triplet_matrix_of(x[1].data, REFERENCES, COLS), &built),
                   TRIPLET_OK);
  assert_int_equal(triplet_memory_create(context, ROWS, COLS, &memory), TRIPLET_OK);
  table = read_text("a,b\n1,2\n4,3\n5,9\n", TABLE(0));
  assert_int_equal(triplet_recipe_create(context, table, &recipe), TRIPLET_OK);
  static const int32_t rows[] = {0, 1, 2};
  assert_int_equal(triplet_recipe_fit(context, recipe, table, (triplet_ints){rows, 3}), TRIPLET_OK);
  return 0;
}

static int destroy_all(void **state) {
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
  triplet_memory_destroy(memory);
  triplet_index_destroy(built);
  triplet_trainer_destroy(adapter);
  triplet_trainer_destroy(trainer);
  free(activations);
  free(parameters);
  return destroy_context(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_dimension_wrong_at_a_time),
      cmocka_unit_test(data_that_are_missing),
      cmocka_unit_test(sizes_beyond_all_memory),
      cmocka_unit_test(more_rows_than_can_be_numbered),
      cmocka_unit_test(right_calls_give_the_same_before_and_after),
  };
  return cmocka_run_group_tests(tests, create_all, destroy_all);
}
