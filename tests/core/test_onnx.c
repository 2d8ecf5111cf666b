/* ONNX models: that they are as onnx.proto has them, and give what the encoder gives, as a reader and a runtime of the
 * tests' own see it; and what onnxruntime gave, in tests/golden/onnx.txt. */
#include "golden.h"
#include "onnx.h"
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-6 /* of the largest number of a row */

typedef struct exported {
  uint8_t *bytes;
  size_t size;
} exported;

static exported export_encoder(const triplet_encoder *encoder, const float *parameters) {
  exported made = {NULL, 0};
  size_t size;
  assert_int_equal(triplet_encoder_export(context, encoder, parameters, NULL, 0, &made.size), TRIPLET_OK);
  made.bytes = malloc(made.size);
  assert_int_equal(triplet_encoder_export(context, encoder, parameters, made.bytes, made.size, &size), TRIPLET_OK);
  assert_int_equal(size, made.size);
  return made;
}

static exported export_trainer(const triplet_trainer *trainer) {
  exported made = {NULL, 0};
  size_t size;
  assert_int_equal(triplet_trainer_export(context, trainer, NULL, 0, &made.size), TRIPLET_OK);
  made.bytes = malloc(made.size);
  assert_int_equal(triplet_trainer_export(context, trainer, made.bytes, made.size, &size), TRIPLET_OK);
  assert_int_equal(size, made.size);
  return made;
}

static void assert_near(const double *got, const float *expected, size_t rows, size_t dim) {
  for (size_t i = 0; i < rows; i++) {
    double largest = 0;
    for (size_t j = 0; j < dim; j++)
      largest = fmax(largest, fabs((double)expected[i * dim + j]));
    for (size_t j = 0; j < dim; j++)
      if (!(fabs(got[i * dim + j] - (double)expected[i * dim + j]) <= TOLERANCE * largest))
        fail_msg("row %zu, column %zu: expected %.9g, got %.9g", i, j, (double)expected[i * dim + j], got[i * dim + j]);
  }
}

/* What the model of these bytes, which are released, makes of x is what is expected. */
static void assert_gives(exported from, const float *x, const float *expected, size_t rows) {
  onnx_model *model = onnx_read(from.bytes, from.size);
  double *got = onnx_run(model, x, rows);
  assert_near(got, expected, rows, onnx_dim(model));
  free(got);
  onnx_release(model);
  free(from.bytes);
}

/* ---- encoders ---------------------------------------------------------------------------------------------------- */

static void assert_encoder_exports(seeded *from, const triplet_encoder *encoder) {
  enum { ROWS = 5 };
  const size_t inputs = encoder->inputs, dim = triplet_encoder_dim(encoder);
  floats parameters = floats_random(from, triplet_encoder_parameters(encoder), 0, 1);
  floats x = floats_random(from, ROWS * inputs, 0, 3), embeddings = floats_make(ROWS * dim, 0);
  if (encoder->activation != TRIPLET_ACTIVATION_TANH)
    for (size_t j = 0; j < inputs; j++) { /* as far as float32 goes without an overflow on the way */
      x.data[j] *= encoder->layers ? 1e18f : 1e37f;
      x.data[inputs + j] *= 1e-30f;
      x.data[2 * inputs + j] = 0;
    }
  const triplet_encoder_pass pass = {triplet_matrix_of(x.data, ROWS, inputs), NULL,
                                     triplet_matrix_of(embeddings.data, ROWS, dim)};
  assert_int_equal(triplet_encoder_forward(context, encoder, parameters.data, &pass), TRIPLET_OK);
  assert_gives(export_encoder(encoder, parameters.data), x.data, embeddings.data, ROWS);
  floats_release(&embeddings);
  floats_release(&x);
  floats_release(&parameters);
}

static void encoders_of_all_kinds(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (size_t layers = 0; layers <= TRIPLET_MAX_LAYERS; layers += layers < 3 ? 1 : 13)
    for (int kind = 0; kind < 12; kind++) {
      triplet_encoder encoder = ENCODER(.inputs = 4, .layers = layers, .normalize = kind & 1, .residual = kind & 2,
                                        .activation = (triplet_activation)(kind / 4));
      for (size_t i = 0; i < layers; i++)
        encoder.widths[i] = i + 1 == layers ? encoder.residual ? 4 : 3 : 2 + i % 3;
      assert_encoder_exports(&from, &encoder);
    }
}

/* Sizes that take two bytes, and three. */
static void encoders_of_many_columns(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  assert_encoder_exports(&from, &ENCODER(.inputs = 127, .layers = 2, .widths = {128, 1}));
  assert_encoder_exports(&from, &ENCODER(.inputs = 1, .layers = 1, .widths = {20000}));
}

/* Only what is needed. */
static void graphs_are_short(void **state) {
  (void)state;
  const struct {
    triplet_encoder encoder;
    const char *operators, *initializers;
  } cases[] = {
      {ENCODER(.inputs = 2), "Identity", ""},
      {ENCODER(.inputs = 2, .normalize = true), "Abs ReduceMax Max Div ReduceL2 Max Div", "normalization.floor"},
      {ENCODER(.inputs = 2, .layers = 1, .widths = {2}), "Gemm", "layers.0.weight layers.0.bias"},
      {ENCODER(.inputs = 2, .layers = 2, .widths = {1, 2}, .residual = true), "Gemm Relu Gemm Add",
       "layers.0.weight layers.0.bias layers.1.weight layers.1.bias"},
      {ENCODER(.inputs = 2, .layers = 2, .widths = {1, 2}, .activation = TRIPLET_ACTIVATION_NONE), "Gemm Gemm",
       "layers.0.weight layers.0.bias layers.1.weight layers.1.bias"},
  };
  const float parameters[7] = {1, 2, 3, 4, 5, 6, 7};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const exported made = export_encoder(&cases[i].encoder, parameters);
    onnx_model *model = onnx_read(made.bytes, made.size);
    assert_string_equal(onnx_operators(model), cases[i].operators);
    assert_string_equal(onnx_initializers(model), cases[i].initializers);
    assert_int_equal(onnx_inputs(model), 2);
    assert_null(onnx_metadata(model, "inputs"));
    onnx_release(model);
    free(made.bytes);
  }
}

static void refuses_what_is_no_encoder(void **state) {
  (void)state;
  uint8_t bytes[400];
  size_t size = 7;
  const float parameters[6] = {0};
  triplet_encoder encoder = ENCODER(.inputs = 2, .layers = 1, .widths = {2});
  assert_error(context, triplet_encoder_export(context, &encoder, NULL, NULL, 0, &size), TRIPLET_INVALID_ARGUMENT,
               "parameters", "expected 6 floats, got NULL");
  size_t needed;
  assert_int_equal(triplet_encoder_export(context, &encoder, parameters, NULL, 0, &needed), TRIPLET_OK);
  assert_true(needed < sizeof bytes);
  pattern_set(bytes, sizeof bytes);
  char message[60];
  snprintf(message, sizeof message, "expected %zu bytes, got %zu", needed, needed - 1);
  assert_error(context, triplet_encoder_export(context, &encoder, parameters, bytes, needed - 1, &size),
               TRIPLET_INVALID_ARGUMENT, "capacity", message);
  assert_true(pattern_stands(bytes, sizeof bytes) && size == 7);
  encoder.widths[0] = 0;
  assert_error(context, triplet_encoder_export(context, &encoder, parameters, NULL, 0, &size), TRIPLET_INVALID_ARGUMENT,
               "layers", "expected widths of at least 1, got 0 for layer 0");
  encoder.widths[0] = 178956970; /* of 12 bytes each: with the names that is too much by a few bytes */
  assert_error(context, triplet_encoder_export(context, &encoder, parameters, NULL, 0, &size), TRIPLET_INVALID_ARGUMENT,
               "layers", "expected at most 2147483647 bytes of model, which is what ONNX takes, got 2147483868");
  encoder.widths[0] = 178956900;
  assert_int_equal(triplet_encoder_export(context, &encoder, parameters, NULL, 0, &size), TRIPLET_OK);
  assert_in_range(size, 2147480000, 2147483647);
}

/* ---- trainers ---------------------------------------------------------------------------------------------------- */

enum { ROWS = 24 };

/* Of these rows, in three classes, after a few steps. */
static triplet_trainer *train(triplet_matrix x, bool standardize, triplet_activation activation) {
  int32_t labels[ROWS];
  for (int32_t i = 0; i < ROWS; i++)
    labels[i] = i % 3;
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 2;
  options.widths[0] = 6;
  options.widths[1] = 3;
  options.activation = activation;
  options.standardize = standardize;
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(context, &options, x, triplet_labels_of(labels, ROWS), &trainer), TRIPLET_OK);
  for (int i = 0; i < 5; i++) {
    triplet_step last;
    assert_int_equal(triplet_trainer_step(context, trainer, &last), TRIPLET_OK);
  }
  return trainer;
}

static void standardization_goes_along(void **state) {
  (void)state;
  enum { COLS = 3 };
  seeded from = seeded_from(3);
  floats x = floats_random(&from, ROWS * COLS, 0, 1), embeddings = floats_make(ROWS * 3, 0);
  for (size_t i = 0; i < ROWS; i++) {
    x.data[i * COLS] = 1990 + (float)(i % 30);
    x.data[i * COLS + 1] *= 1e-3f;
    x.data[i * COLS + 2] = 5; /* of no deviation */
  }
  triplet_trainer *trainer = train(triplet_matrix_of(x.data, ROWS, COLS), true, TRIPLET_ACTIVATION_TANH);
  assert_int_equal(triplet_trainer_embed(context, trainer, triplet_matrix_of(x.data, ROWS, COLS),
                                         triplet_matrix_of(embeddings.data, ROWS, 3)),
                   TRIPLET_OK);
  const exported made = export_trainer(trainer);
  onnx_model *model = onnx_read(made.bytes, made.size);
  assert_string_equal(onnx_operators(model), "Sub Div Gemm Tanh Gemm");
  assert_null(onnx_metadata(model, "inputs"));
  onnx_release(model);
  assert_gives(made, x.data, embeddings.data, ROWS);

  /* Names of all columns, and of some. */
  const char *names[] = {"year", "a \"b\" \\", "\xc3\xa9\t"};
  for (size_t count = 2; count <= 3; count++) {
    assert_int_equal(triplet_trainer_set_names(context, trainer, TRIPLET_NAMES_COLUMNS, count, names), TRIPLET_OK);
    const exported named = export_trainer(trainer);
    model = onnx_read(named.bytes, named.size);
    const char *found = onnx_metadata(model, "inputs");
    if (count == 2)
      assert_null(found);
    else
      assert_string_equal(found, "[\"year\",\"a \\\"b\\\" \\\\\",\"\xc3\xa9\\u0009\"]");
    onnx_release(model);
    free(named.bytes);
  }
  triplet_trainer_destroy(trainer);
  floats_release(&embeddings);
  floats_release(&x);
}

/* A table, and x as a program has it that knows nothing of recipes: numbers as they are, of the town a column for each
 * of its values, in the order of their bytes. */
typedef struct people {
  char *text;
  float x[ROWS * 5];
} people;

static people people_of(seeded *from, bool all_there) {
  static const char *const towns[] = {"Bonn", "\"Frankfurt, Oder\"", "Ulm", ""};
  people made = {0};
  written text = {0};
  write_format(&text, "year,town,size,kind\n");
  for (size_t i = 0; i < ROWS; i++) {
    float *x = made.x + i * 5;
    const size_t town = i % (all_there ? 3 : 4);
    x[0] = 1990 + (float)seeded_below(from, 30);
    for (size_t j = 0; j < 3; j++)
      x[1 + j] = town == j;
    x[4] = all_there || i % 7 != 5 ? (float)seeded_below(from, 1000) / 8 : NAN;
    write_format(&text, "%d,%s,", (int)x[0], towns[town]);
    if (!isnan(x[4]))
      write_format(&text, "%.3f", (double)x[4]);
    write_format(&text, ",%zu\n", i % 3);
  }
  made.text = text.text;
  return made;
}

static void recipes_go_along(void **state) {
  (void)state;
  const struct {
    triplet_missing missing;
    bool standardize, again; /* again: the trainer standardises, too */
    const char *operators;
  } cases[] = {
      {TRIPLET_MISSING_MEAN, true, false, "IsNaN Sub Sub Div Where Gemm Relu Gemm"},
      {TRIPLET_MISSING_MEAN, true, true, "IsNaN Sub Sub Div Where Sub Div Gemm Relu Gemm"},
      {TRIPLET_MISSING_MEAN, false, true, "IsNaN Where Sub Div Gemm Relu Gemm"},
      {TRIPLET_MISSING_ERROR, true, false, "Sub Sub Div Gemm Relu Gemm"},
      {TRIPLET_MISSING_ERROR, false, false, "Gemm Relu Gemm"},
  };
  seeded from = seeded_from(4);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const people of = people_of(&from, cases[i].missing != TRIPLET_MISSING_MEAN);
    triplet_table *table =
        read_text(of.text, TABLE_OPTIONS(cases[i].standardize, .label = "kind", .missing = cases[i].missing));
    triplet_recipe *recipe;
    assert_int_equal(triplet_recipe_create(context, table, &recipe), TRIPLET_OK);
    assert_int_equal(triplet_recipe_fit(context, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
    floats x = floats_make(ROWS * 5, 0), embeddings = floats_make(ROWS * 3, 0);
    const triplet_matrix rows = triplet_matrix_of(x.data, ROWS, 5);
    assert_int_equal(triplet_recipe_matrix(context, recipe, table, (triplet_ints){NULL, 0}, rows), TRIPLET_OK);
    triplet_trainer *trainer = train(rows, cases[i].again, TRIPLET_ACTIVATION_RELU);
    assert_int_equal(triplet_trainer_set_recipe(context, trainer, recipe), TRIPLET_OK);
    assert_int_equal(triplet_trainer_embed(context, trainer, rows, triplet_matrix_of(embeddings.data, ROWS, 3)),
                     TRIPLET_OK);

    const exported made = export_trainer(trainer);
    onnx_model *model = onnx_read(made.bytes, made.size);
    assert_string_equal(onnx_operators(model), cases[i].operators);
    assert_string_equal(onnx_metadata(model, "inputs"),
                        "[\"year\",\"town=Bonn\",\"town=Frankfurt, Oder\",\"town=Ulm\",\"size\"]");
    onnx_release(model);
    assert_gives(made, of.x, embeddings.data, ROWS);
    triplet_trainer_destroy(trainer);
    triplet_recipe_destroy(recipe);
    triplet_table_destroy(table);
    floats_release(&embeddings);
    floats_release(&x);
    free(of.text);
  }
}

/* Where the recipe refuses what is missing there are no numbers for it. */
static void missing_numbers_stay_missing(void **state) {
  (void)state;
  seeded from = seeded_from(5);
  const people of = people_of(&from, true);
  triplet_table *table = read_text(of.text, TABLE(.label = "kind", .missing = TRIPLET_MISSING_DROP));
  triplet_recipe *recipe;
  assert_int_equal(triplet_recipe_create(context, table, &recipe), TRIPLET_OK);
  assert_int_equal(triplet_recipe_fit(context, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
  triplet_trainer *trainer = train(triplet_matrix_of((float *)of.x, ROWS, 5), false, TRIPLET_ACTIVATION_TANH);
  assert_int_equal(triplet_trainer_set_recipe(context, trainer, recipe), TRIPLET_OK);
  const exported made = export_trainer(trainer);
  onnx_model *model = onnx_read(made.bytes, made.size);
  double *got = onnx_run(model, (const float[]){2000, 1, 0, 0, NAN, 2000, 1, 0, 0, 1}, 2);
  assert_true(isnan(got[0]) && isfinite(got[3]));
  free(got);
  onnx_release(model);
  free(made.bytes);
  triplet_trainer_destroy(trainer);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
  free(of.text);
}

/* A model that was saved is exported as it would have been before. */
static void saved_ones_are_the_same(void **state) {
  (void)state;
  seeded from = seeded_from(6);
  const people of = people_of(&from, true);
  for (int named = 0; named < 3; named++) {
    triplet_trainer *trainer = train(triplet_matrix_of((float *)of.x, ROWS, 5), true, TRIPLET_ACTIVATION_RELU);
    triplet_table *table = read_text(of.text, TABLE(.label = "kind"));
    triplet_recipe *recipe;
    assert_int_equal(triplet_recipe_create(context, table, &recipe), TRIPLET_OK);
    assert_int_equal(triplet_recipe_fit(context, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
    const char *names[] = {"a", "b", "c", "d", "e"};
    if (named == 1)
      assert_int_equal(triplet_trainer_set_names(context, trainer, TRIPLET_NAMES_COLUMNS, 5, names), TRIPLET_OK);
    if (named == 2)
      assert_int_equal(triplet_trainer_set_recipe(context, trainer, recipe), TRIPLET_OK);

    size_t size;
    assert_int_equal(triplet_trainer_save(context, trainer, NULL, 0, &size), TRIPLET_OK);
    uint8_t *saved = malloc(size);
    assert_int_equal(triplet_trainer_save(context, trainer, saved, size, &size), TRIPLET_OK);
    triplet_trainer *loaded;
    assert_int_equal(triplet_trainer_load(context, saved, size, &loaded), TRIPLET_OK);
    const exported before = export_trainer(trainer), after = export_trainer(loaded);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.bytes, after.bytes, after.size);
    free(after.bytes);
    free(before.bytes);
    free(saved);
    triplet_trainer_destroy(loaded);
    triplet_trainer_destroy(trainer);
    triplet_recipe_destroy(recipe);
    triplet_table_destroy(table);
  }
  free(of.text);
}

static void refuses_what_has_no_encoder(void **state) {
  (void)state;
  float x[ROWS] = {0};
  int32_t labels[ROWS] = {0};
  triplet_trainer_options options = triplet_trainer_default_options();
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(context, &options, triplet_matrix_of(x, ROWS, 1),
                                          triplet_labels_of(labels, ROWS), &trainer),
                   TRIPLET_OK);
  size_t size = 7;
  assert_error(context, triplet_trainer_export(context, trainer, NULL, 0, &size), TRIPLET_INVALID_ARGUMENT, "layers",
               "expected at least 1 to export, got 0: a free table has no encoder");
  assert_int_equal(size, 7);
  triplet_trainer_destroy(trainer);
}

/* Numbers that a table may have, and no input of the model. */
static void refuses_columns_beyond_float32(void **state) {
  (void)state;
  const struct {
    const char *text, *message;
  } cases[] = {
      {"far\n1e300\n2e300\n3e300\n", "expected columns that float32 holds, got far with mean 2e300 and deviation "},
      {"near\n1e-60\n2e-60\n3e-60\n", "expected columns that float32 holds, got near with mean 2e-60 and deviation "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    triplet_table *table = read_text(cases[i].text, TABLE(.header = TRIPLET_HEADER_TRUE));
    triplet_recipe *recipe;
    assert_int_equal(triplet_recipe_create(context, table, &recipe), TRIPLET_OK);
    assert_int_equal(triplet_recipe_fit(context, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
    float x[ROWS] = {1};
    triplet_trainer *trainer = train(triplet_matrix_of(x, ROWS, 1), false, TRIPLET_ACTIVATION_RELU);
    assert_int_equal(triplet_trainer_set_recipe(context, trainer, recipe), TRIPLET_OK);
    size_t size;
    assert_int_equal(triplet_trainer_export(context, trainer, NULL, 0, &size), TRIPLET_INVALID_ARGUMENT);
    assert_string_equal(triplet_context_error(context)->argument, "recipe");
    assert_memory_equal(triplet_context_error(context)->message, cases[i].message, strlen(cases[i].message));
    triplet_trainer_destroy(trainer);
    triplet_recipe_destroy(recipe);
    triplet_table_destroy(table);
  }
}

static triplet_status export_once(triplet_context *with, void *data) {
  size_t size;
  return triplet_trainer_export(with, data, NULL, 0, &size);
}

static void survives_short_memory(void **state) {
  (void)state;
  float x[ROWS] = {1};
  triplet_trainer *trainer = train(triplet_matrix_of(x, ROWS, 1), true, TRIPLET_ACTIVATION_RELU);
  assert_int_equal(fail_each_allocation(export_once, NULL, trainer), 1);
  triplet_trainer_destroy(trainer);
}

/* ---- onnxruntime ------------------------------------------------------------------------------------------------- */

/* FNV-1a, as 16 hexadecimal digits. */
static const char *hash_of(exported from, char text[17]) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < from.size; i++)
    hash = (hash ^ from.bytes[i]) * 0x100000001b3u;
  snprintf(text, 17, "%08lx%08lx", (unsigned long)(hash >> 32), (unsigned long)(hash & 0xffffffffu));
  return text;
}

/* The encoders of tests/lua/onnx_models.lua: the same bytes, of which onnxruntime makes what the encoder does. */
static void onnxruntime_agrees(void **state) {
  (void)state;
  const struct {
    const char *name;
    triplet_encoder encoder;
  } cases[] = {
      {"linear", ENCODER(.inputs = 3, .layers = 1, .widths = {2})},
      {"relu", ENCODER(.inputs = 5, .layers = 2, .widths = {9, 4})},
      {"tanh-normalized", ENCODER(.inputs = 4, .layers = 3, .widths = {7, 6, 3}, .activation = TRIPLET_ACTIVATION_TANH,
                                  .normalize = true)},
      {"no-activation", ENCODER(.inputs = 4, .layers = 2, .widths = {5, 3}, .activation = TRIPLET_ACTIVATION_NONE)},
      {"residual", ENCODER(.inputs = 4, .layers = 2, .widths = {8, 4}, .residual = true)},
      {"adapter", ENCODER(.inputs = 64, .layers = 1, .widths = {64}, .residual = true, .normalize = true)},
      {"identity", ENCODER(.inputs = 3)},
      {"normalized", ENCODER(.inputs = 3, .normalize = true)},
  };
  golden_file *file = golden_open("onnx.txt");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(golden_next(file));
    assert_string_equal(golden_text(file, "case"), cases[i].name);
    const triplet_encoder *encoder = &cases[i].encoder;
    const size_t rows = (size_t)golden_number(file, "rows"), dim = triplet_encoder_dim(encoder);
    const size_t count = triplet_encoder_parameters(encoder), inputs = encoder->inputs;
    floats parameters = floats_make(count, 0), x = floats_make(rows * inputs, 0), made = floats_make(rows * dim, 0);
    triplet_matrix_random(context, 2, triplet_matrix_of(parameters.data, 1, count));
    triplet_matrix_random(context, 3, triplet_matrix_of(x.data, rows, inputs));
    const exported from = export_encoder(encoder, parameters.data);
    char hash[17];
    assert_int_equal(from.size, (size_t)golden_number(file, "bytes"));
    assert_string_equal(hash_of(from, hash), golden_text(file, "hash"));

    const triplet_encoder_pass pass = {triplet_matrix_of(x.data, rows, inputs), NULL,
                                       triplet_matrix_of(made.data, rows, dim)};
    assert_int_equal(triplet_encoder_forward(context, encoder, parameters.data, &pass), TRIPLET_OK);
    const double *expected = golden_doubles(file, "embeddings", rows * dim);
    double largest = 0;
    for (size_t j = 0; j < rows * dim; j++)
      largest = fmax(largest, fabs(expected[j]));
    for (size_t j = 0; j < rows * dim; j++)
      assert_true(fabs((double)made.data[j] - expected[j]) <= TOLERANCE * largest);
    free(from.bytes);
    floats_release(&made);
    floats_release(&x);
    floats_release(&parameters);
  }
  golden_close(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(encoders_of_all_kinds),
      WITH_CONTEXT(encoders_of_many_columns),
      WITH_CONTEXT(graphs_are_short),
      WITH_CONTEXT(refuses_what_is_no_encoder),
      WITH_CONTEXT(standardization_goes_along),
      WITH_CONTEXT(recipes_go_along),
      WITH_CONTEXT(missing_numbers_stay_missing),
      WITH_CONTEXT(saved_ones_are_the_same),
      WITH_CONTEXT(refuses_what_has_no_encoder),
      WITH_CONTEXT(refuses_columns_beyond_float32),
      WITH_CONTEXT(survives_short_memory),
      WITH_CONTEXT(onnxruntime_agrees),
  };
  return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
