/* What a trainer does not take, and that nothing comes of it: options that are lawful by themselves, data of no rows or
 * columns, and what a free table has no encoder for. */
#include "support.h"

enum { ROWS = 6, COLS = 2 };

static float x[ROWS * COLS] = {0, 1, 2, 0, 1, 5, 3, 3, 9, 1, 4, 2};
static const int32_t labels[ROWS] = {1, 1, 2, 2, 3, 3};

static triplet_trainer_options small_options(size_t layers) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = layers;
  options.widths[0] = 2;
  options.dim = 2;
  return options;
}

static triplet_status create(triplet_trainer_options options, size_t rows, size_t cols, triplet_trainer **trainer) {
  *trainer = NULL;
  return triplet_trainer_create(context, &options, triplet_matrix_of(x, rows, cols), triplet_labels_of(labels, rows),
                                trainer);
}

static void assert_refused(triplet_trainer_options options, const char *argument, const char *message) {
  triplet_trainer *trainer;
  assert_error(context, create(options, ROWS, COLS, &trainer), TRIPLET_INVALID_ARGUMENT, argument, message);
  assert_null(trainer);
}

/* A decay below 1 may be 1 as a float; a list without numbers is a list still. */
static void options_are_looked_at_by_their_users(void **state) {
  (void)state;
  triplet_trainer_options options = small_options(1);
  options.optimizer.b1 = 1 - 0x1p-40;
  assert_refused(options, "b1", "expected a number in [0, 1), got 1");
  options = small_options(1);
  options.optimizer.b2 = 1 - 0x1p-40;
  assert_refused(options, "b2", "expected a number in [0, 1), got 1");
  options = small_options(1);
  options.loss.weights = (triplet_floats){NULL, 3};
  assert_refused(options, "weights", "expected none in a trainer, got 3 numbers");
  options = small_options(1);
  options.loss.margins = (triplet_floats){x, 0};
  assert_refused(options, "margins", "expected none in a trainer, got 0 numbers");
}

static void data_have_rows_and_columns(void **state) {
  (void)state;
  triplet_trainer *trainer;
  assert_error(context, create(small_options(1), ROWS, 0, &trainer), TRIPLET_INVALID_ARGUMENT, "data",
               "expected at least 1 column, got 0");
  assert_error(context, create(small_options(1), 0, COLS, &trainer), TRIPLET_INVALID_ARGUMENT, "data",
               "expected at least 1 row to train on, got 0");
  assert_null(trainer);
}

/* A table knows its own rows alone; what other rows are like it cannot say. */
static void a_table_has_no_encoder(void **state) {
  (void)state;
  triplet_trainer *trainer;
  assert_int_equal(create(small_options(0), ROWS, COLS, &trainer), TRIPLET_OK);
  float embeddings[ROWS * 2];
  pattern_set(embeddings, sizeof embeddings);
  const triplet_matrix to = {embeddings, ROWS, 2};
  static const char no_data[] = "expected no data and the table's 6 rows: a free table has no encoder";
  assert_error(context, triplet_trainer_embed(context, trainer, triplet_matrix_of(x, ROWS, COLS), to),
               TRIPLET_INVALID_ARGUMENT, "x", no_data);
  assert_error(context, triplet_trainer_embed(context, trainer, triplet_matrix_of(NULL, ROWS - 1, 0), to),
               TRIPLET_INVALID_ARGUMENT, "x", no_data);
  assert_error(
      context,
      triplet_trainer_embed(context, trainer, triplet_matrix_of(NULL, ROWS, 0), (triplet_matrix){embeddings, ROWS, 1}),
      TRIPLET_INVALID_ARGUMENT, "embeddings", "expected 6 x 2 like the table, got 6 x 1");
  assert_error(context, triplet_trainer_embed_references(context, trainer, triplet_matrix_of(x, ROWS, 2), to),
               TRIPLET_INVALID_ARGUMENT, "references", "expected none of a free table, which has no encoder");
  assert_true(pattern_stands(embeddings, sizeof embeddings));
  assert_int_equal(triplet_trainer_embed(context, trainer, triplet_matrix_of(NULL, ROWS, 0), to), TRIPLET_OK);
  assert_same_bits(embeddings, triplet_trainer_parameters(trainer).data, ROWS * 2, "the table");
  triplet_trainer_destroy(trainer);
}

/* A loaded table waits for as many rows as it has. */
static void a_table_takes_back_its_own_rows_alone(void **state) {
  (void)state;
  triplet_trainer *trainer, *loaded;
  assert_int_equal(create(small_options(0), ROWS, COLS, &trainer), TRIPLET_OK);
  uint8_t saved[8192];
  size_t size;
  assert_int_equal(triplet_trainer_save(context, trainer, saved, sizeof saved, &size), TRIPLET_OK);
  assert_int_equal(triplet_trainer_load(context, saved, size, &loaded), TRIPLET_OK);
  assert_int_equal(triplet_trainer_attach(context, loaded, triplet_matrix_of(x, ROWS - 2, COLS),
                                          triplet_labels_of(labels, ROWS - 2)),
                   TRIPLET_INVALID_ARGUMENT);
  triplet_step step;
  assert_error(context, triplet_trainer_step(context, loaded, &step), TRIPLET_INVALID_ARGUMENT, "trainer",
               "expected data: attach them to a loaded trainer");

  /* Options may change before there are rows to draw. */
  triplet_trainer_options options = *triplet_trainer_get_options(loaded);
  options.rows_per_class = 3;
  assert_int_equal(triplet_trainer_set_options(context, loaded, &options), TRIPLET_OK);
  assert_int_equal(triplet_trainer_get_options(loaded)->rows_per_class, 3);
  assert_int_equal(
      triplet_trainer_attach(context, loaded, triplet_matrix_of(x, ROWS, COLS), triplet_labels_of(labels, ROWS)),
      TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(context, loaded, &step), TRIPLET_OK);
  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
}

static triplet_status create_pairs(triplet_trainer_options options, triplet_matrix queries, triplet_matrix references,
                                   triplet_trainer **trainer) {
  const triplet_training_pairs pairs = {.queries = queries, .references = references};
  *trainer = NULL;
  return triplet_trainer_create_pairs(context, &options, &pairs, trainer);
}

/* Pairs need layers, and references that are as many. */
static void pairs_are_as_many_as_queries(void **state) {
  (void)state;
  const triplet_matrix rows = triplet_matrix_of(x, ROWS, COLS), empty = triplet_matrix_of(x, 0, COLS);
  triplet_trainer *trainer;
  assert_error(context, create_pairs(small_options(0), rows, rows, &trainer), TRIPLET_INVALID_ARGUMENT, "layers",
               "expected at least 1 to train on pairs, got 0: a free embedding table has no encoder");
  assert_error(context, create_pairs(small_options(1), rows, triplet_matrix_of(x, ROWS - 1, 2), &trainer),
               TRIPLET_INVALID_ARGUMENT, "references", "expected 6 x 2 like queries, got 5 x 2");
  triplet_trainer_options frozen = small_options(1);
  frozen.adapt = TRIPLET_ADAPT_QUERIES;
  assert_error(context, create_pairs(frozen, rows, triplet_matrix_of(x, ROWS / 2, 4), &trainer),
               TRIPLET_INVALID_ARGUMENT, "references", "expected 6 x 2 like queries.rows x dim, got 3 x 4");
  assert_error(context, create_pairs(small_options(1), empty, empty, &trainer), TRIPLET_INVALID_ARGUMENT, "queries",
               "expected at least 1 row to train on, got 0");
  assert_null(trainer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(options_are_looked_at_by_their_users),
      WITH_CONTEXT(data_have_rows_and_columns),
      WITH_CONTEXT(a_table_has_no_encoder),
      WITH_CONTEXT(a_table_takes_back_its_own_rows_alone),
      WITH_CONTEXT(pairs_are_as_many_as_queries),
  };
  return cmocka_run_group_tests_name("trainer_refusals", tests, NULL, NULL);
}
