/* Model bytes: their structure as the safetensors format has it, what travels in them, and every
 * lie they could tell. */
#include "tables.h"

#include "../fuzz/fuzz_model.c"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 24, COLS = 3 };

typedef struct model {
  uint8_t *bytes;
  size_t size;
} model;

static model save(const triplet_trainer *trainer) {
  model saved = {NULL, 0};
  assert_int_equal(triplet_trainer_save(NULL, trainer, NULL, 0, &saved.size), TRIPLET_OK);
  saved.bytes = malloc(saved.size);
  size_t size;
  assert_int_equal(triplet_trainer_save(NULL, trainer, saved.bytes, saved.size, &size), TRIPLET_OK);
  assert_int_equal(size, saved.size);
  return saved;
}

static triplet_trainer *load(const model *from) {
  triplet_trainer *trainer = NULL;
  triplet_context *context = triplet_context_create(NULL);
  if (triplet_trainer_load(context, from->bytes, from->size, &trainer) != TRIPLET_OK)
    fail_msg("%s", triplet_context_error(context)->message);
  triplet_context_destroy(context);
  return trainer;
}

static void fill(float *x, int32_t *labels) {
  seeded from = seeded_from(1);
  seeded_fill(&from, x, ROWS * COLS, 5);
  for (int32_t i = 0; i < ROWS; i++)
    labels[i] = i % 3;
}

/* layers 0: a table; judged: with the best weights of a validation. */
static triplet_trainer *train(size_t layers, bool judged) {
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  fill(x, labels);
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = layers;
  options.widths[0] = layers > 1 ? 5 : 2;
  options.widths[1] = 2;
  options.validation = judged ? 0.25 : 0;
  options.evaluate_every = 2;
  options.loss.margin = 0.1; /* no short sum of powers of two */
  options.seed = 9007199254740991;
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(NULL, &options, triplet_matrix_of(x, ROWS, COLS),
                                          triplet_labels_of(labels, ROWS), &trainer),
                   TRIPLET_OK);
  for (int i = 0; i < 5; i++) {
    triplet_step last;
    assert_int_equal(triplet_trainer_step(NULL, trainer, &last), TRIPLET_OK);
  }
  return trainer;
}

/* ---- the header, looked at as text ------------------------------------------------------------------------------- */

static size_t header_size(const model *of) {
  size_t size = 0;
  for (size_t i = 0; i < 8; i++)
    size |= (size_t)of->bytes[i] << (8 * i);
  return size;
}

static char *header_of(const model *from) {
  const size_t size = header_size(from);
  char *text = malloc(size + 1);
  memcpy(text, from->bytes + 8, size);
  text[size] = 0;
  return text;
}

/* The model with another header and other data. */
static model with_header(const model *from, const char *header) {
  const size_t old = header_size(from), size = strlen(header);
  model made = {malloc(from->size - old + size), from->size - old + size};
  for (size_t i = 0; i < 8; i++)
    made.bytes[i] = (uint8_t)(size >> (8 * i));
  memcpy(made.bytes + 8, header, size);
  memcpy(made.bytes + 8 + size, from->bytes + 8 + old, from->size - 8 - old);
  return made;
}

/* The model with the first `what` in its header replaced. */
static model with(const model *from, const char *what, const char *by) {
  char *header = header_of(from), *at = strstr(header, what);
  if (!at)
    fail_msg("the header has no %s", what);
  char *changed = malloc(strlen(header) + strlen(by) + 1);
  sprintf(changed, "%.*s%s%s", (int)(at - header), header, by, at + strlen(what));
  const model made = with_header(from, changed);
  free(changed);
  free(header);
  return made;
}

/* Where the data of a tensor begin. */
static uint8_t *data_of(const model *from, const char *name) {
  char *header = header_of(from), key[64];
  sprintf(key, "\"%s\":{", name);
  const char *at = strstr(header, key);
  assert_non_null(at);
  at = strstr(at, "\"data_offsets\":[") + strlen("\"data_offsets\":[");
  uint8_t *data = from->bytes + 8 + header_size(from) + strtoul(at, NULL, 10);
  free(header);
  return data;
}

/* Where an option that is a number stands among them. */
static size_t place_of_option(const model *from, const char *name) {
  char *header = header_of(from), key[64];
  sprintf(key, "\\\"%s\\\"", name);
  const char *begin = strstr(header, "\"options\":\"["), *at = strstr(begin, key);
  assert_non_null(at);
  size_t place = 0;
  for (const char *before = begin; before < at; before++)
    place += *before == ',';
  free(header);
  return place;
}

static void put_double(uint8_t *to, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 8; i++)
    to[i] = (uint8_t)(bits >> (8 * i));
}

static void put_integer(uint8_t *to, uint64_t value) {
  for (int i = 0; i < 8; i++)
    to[i] = (uint8_t)(value >> (8 * i));
}

/* ---- what is written --------------------------------------------------------------------------------------------- */

static void is_laid_out_as_safetensors(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);
  const size_t header = header_size(&saved);
  assert_int_equal(header % 8, 0);
  assert_int_equal(saved.bytes[8], '{');
  char *text = header_of(&saved);

  static const char *const entries[] = {
      "{\"__metadata__\":{\"format\":\"triplet\",\"version\":\"2\",\"options\":\"[\\\"positive_margin\\\",",
      "\"choices\":\"[\\\"loss\\\",\\\"triplet\\\",\\\"mining\\\",\\\"all\\\",",
      "\\\"optimizer.name\\\",\\\"adam\\\"]\",\"columns\":",
      "\"sampler\":{\"dtype\":\"I64\",\"shape\":[",
      "\"judgements\":{\"dtype\":\"F64\",\"shape\":[2],",
      "\"progress\":{\"dtype\":\"I64\",\"shape\":[6],",
      "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[5,3],",
      "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[5],",
      "\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[2,5],",
      "\"layers.1.bias\":{\"dtype\":\"F32\",\"shape\":[2],",
      "\"best.layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[5,3],",
      "\"best.layers.1.bias\":{\"dtype\":\"F32\",\"shape\":[2],",
      "\"optimizer.state\":{\"dtype\":\"F32\",\"shape\":[64],",
      "\"standardization.mean\":{\"dtype\":\"F32\",\"shape\":[3],",
      "\"standardization.deviation\":{\"dtype\":\"F32\",\"shape\":[3],",
  };
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
    if (!strstr(text, entries[i]))
      fail_msg("no %s in %s", entries[i], text);

  /* One tensor begins where the one before ends, the first at 0, each aligned to its type; the last ends the file. */
  size_t end = 0;
  for (const char *at = text; (at = strstr(at, "\"data_offsets\":[")); at++) {
    char *rest;
    assert_int_equal(strtoul(at + strlen("\"data_offsets\":["), &rest, 10), end);
    end = strtoul(rest + 1, NULL, 10);
  }
  assert_int_equal(end, saved.size - 8 - header);
  assert_int_equal((data_of(&saved, "progress") - saved.bytes) % 8, 0);

  /* The weights, little-endian whatever this machine is. */
  const triplet_floats parameters = triplet_trainer_parameters(trainer);
  const uint8_t *weight = data_of(&saved, "layers.0.weight");
  for (size_t i = 0; i < 15; i++)
    for (size_t b = 0; b < 4; b++)
      assert_int_equal(weight[4 * i + b], (bits_of(parameters.data[i]) >> (8 * b)) & 0xff);

  free(text);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

static void says_how_much_room_it_needs(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = train(1, false);
  const model saved = save(trainer);
  uint8_t *room = malloc(saved.size);
  pattern_set(room, saved.size);
  size_t size = 77;
  char message[100];
  sprintf(message, "expected %zu bytes, got %zu", saved.size, saved.size - 1);
  assert_error(context, triplet_trainer_save(context, trainer, room, saved.size - 1, &size), TRIPLET_INVALID_ARGUMENT,
               "capacity", message);
  assert_int_equal(size, 77);
  assert_true(pattern_stands(room, saved.size));
  free(room);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

/* ---- what comes back --------------------------------------------------------------------------------------------- */

static void everything_travels(void **state) {
  (void)state;
  static const char *const columns[] = {
      "plain",   "",       "quote \" slash \\ / tab \t line \n bell \a", "\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80 \x7f",
      "],[\\\"", "\\u0041"};
  static const char *const labels[] = {"setosa"};
  for (int kind = 0; kind < 6; kind++) {
    triplet_trainer *trainer = train((size_t)kind % 3, kind > 3);
    assert_int_equal(triplet_trainer_set_names(NULL, trainer, TRIPLET_NAMES_COLUMNS, 6, columns), TRIPLET_OK);
    assert_int_equal(triplet_trainer_set_names(NULL, trainer, TRIPLET_NAMES_LABELS, 1, labels), TRIPLET_OK);
    const model saved = save(trainer);
    triplet_trainer *loaded = load(&saved);
    const model again = save(loaded);
    assert_int_equal(saved.size, again.size);
    assert_memory_equal(saved.bytes, again.bytes, saved.size);
    assert_int_equal(triplet_trainer_name_count(loaded, TRIPLET_NAMES_COLUMNS), 6);
    for (size_t i = 0; i < 6; i++)
      assert_string_equal(triplet_trainer_name(loaded, TRIPLET_NAMES_COLUMNS, i), columns[i]);
    assert_null(triplet_trainer_name(loaded, TRIPLET_NAMES_COLUMNS, 6));
    assert_string_equal(triplet_trainer_name(loaded, TRIPLET_NAMES_LABELS, 0), labels[0]);
    const triplet_trainer_options *options = triplet_trainer_get_options(loaded);
    assert_true(options->seed == 9007199254740991 && options->loss.margin == 0.1);
    assert_true(options->loss.ignore_label == TRIPLET_NO_LABEL);
    assert_int_equal(options->layers, kind % 3);
    assert_int_equal(triplet_trainer_steps_done(loaded), 5);

    float x[ROWS * COLS], left[ROWS * 2], right[ROWS * 2];
    int32_t ignored[ROWS];
    fill(x, ignored);
    const triplet_matrix rows = kind % 3 ? (triplet_matrix){x, ROWS, COLS} : (triplet_matrix){NULL, ROWS, 0};
    assert_int_equal(triplet_trainer_embed(NULL, trainer, rows, (triplet_matrix){left, ROWS, 2}), TRIPLET_OK);
    assert_int_equal(triplet_trainer_embed(NULL, loaded, rows, (triplet_matrix){right, ROWS, 2}), TRIPLET_OK);
    assert_same_bits(left, right, ROWS * 2, "embedding");
    free(again.bytes);
    free(saved.bytes);
    triplet_trainer_destroy(loaded);
    triplet_trainer_destroy(trainer);
  }
}

/* As many layers as there can be, with standardisation, the best weights of a validation and half of a cycle drawn. */
static void assert_bytes_are_refused(const uint8_t *bytes, size_t size, const char *message);

static void the_deepest_model_travels(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  fill(x, labels);
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = TRIPLET_MAX_LAYERS;
  for (size_t i = 0; i < TRIPLET_MAX_LAYERS; i++)
    options.widths[i] = 2 + i;
  options.activation = TRIPLET_ACTIVATION_TANH;
  options.validation = 0.25;
  options.evaluate_every = 3;
  options.rows_per_class = 4;
  triplet_trainer *trainer, *loaded;
  const triplet_matrix rows = triplet_matrix_of(x, ROWS, COLS);
  assert_int_equal(triplet_trainer_create(NULL, &options, rows, triplet_labels_of(labels, ROWS), &trainer), TRIPLET_OK);
  triplet_step last, same;
  for (int i = 0; i < 7; i++)
    assert_int_equal(triplet_trainer_step(NULL, trainer, &last), TRIPLET_OK);

  model saved = save(trainer);
  loaded = load(&saved);
  model again = save(loaded);
  assert_int_equal(saved.size, again.size);
  assert_memory_equal(saved.bytes, again.bytes, saved.size);
  const model deeper =
      with(&saved, "{", "{\"layers.16.weight\":{\"dtype\":\"F32\",\"shape\":[0,17],\"data_offsets\":[0,0]},");
  assert_bytes_are_refused(deeper.bytes, deeper.size, "tensor layers.16.weight is one too many");
  free(deeper.bytes);
  char *header = header_of(&saved);
  assert_non_null(strstr(header, "\"layers.15.weight\":{\"dtype\":\"F32\",\"shape\":[17,16]"));
  free(header);
  assert_memory_equal(triplet_trainer_get_options(loaded)->widths, options.widths, sizeof options.widths);

  float embeddings[2][ROWS * 17];
  triplet_trainer *const both[] = {trainer, loaded};
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(triplet_trainer_embed(NULL, both[i], rows, (triplet_matrix){embeddings[i], ROWS, 17}), TRIPLET_OK);
  assert_same_bits(embeddings[0], embeddings[1], ROWS * 17, "embeddings");
  assert_int_equal(triplet_trainer_attach(NULL, loaded, rows, triplet_labels_of(labels, ROWS)), TRIPLET_OK);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(triplet_trainer_step(NULL, trainer, &last), TRIPLET_OK);
    assert_int_equal(triplet_trainer_step(NULL, loaded, &same), TRIPLET_OK);
    assert_true(last.loss == same.loss && last.validation == same.validation && last.improved == same.improved);
  }
  free(saved.bytes);
  free(again.bytes);
  saved = save(trainer);
  again = save(loaded);
  assert_int_equal(saved.size, again.size);
  assert_memory_equal(saved.bytes, again.bytes, saved.size);
  free(saved.bytes);
  free(again.bytes);
  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
}

static void a_loaded_trainer_waits_for_data(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = train(2, false);
  const model saved = save(trainer);
  triplet_trainer *loaded = load(&saved);
  triplet_step last;
  assert_error(context, triplet_trainer_step(context, loaded, &last), TRIPLET_INVALID_ARGUMENT, "trainer",
               "expected data: attach them to a loaded trainer");
  assert_int_equal(triplet_trainer_last_batch(loaded).count, 0);
  assert_int_equal(triplet_trainer_validation_rows(loaded).count, 0);
  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
  free(saved.bytes);
  triplet_context_destroy(context);
}

/* Headers that say the same in other words, and files of later versions with more in them. */
static void takes_what_other_writers_make(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);
  static const char *const changes[][2] = {
      {"\"judgements\"", " \n\t\"judge\\u006dents\" "},
      {"{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[",
       "{\"shape\" : [ 2 ],\"dtype\":\"F64\" , \"data_offsets\":[ "},
      {"\"format\":\"triplet\"", "\"new\":\"\\ud83d\\ude00\",\"format\":\"triplet\""},
      {"\"judgements\"",
       "\"unknown\":{\"dtype\":\"F8_E4M3\",\"shape\":[0,1,2,3],\"data_offsets\":[0,0]},\"judgements\""},
      {"\\\"mining\\\"", "\\\"mining of tomorrow\\\""},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    const model changed = with(&saved, changes[i][0], changes[i][1]);
    triplet_trainer_destroy(load(&changed));
    free(changed.bytes);
  }
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* ---- lies -------------------------------------------------------------------------------------------------------- */

static void assert_bytes_are_refused(const uint8_t *bytes, size_t size, const char *message) {
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *context = triplet_context_create(&allocator);
  const size_t blocks = memory.blocks;
  triplet_trainer *trainer = NULL;
  /* A copy that ends where the bytes do, so that a sanitizer sees a read past them. */
  uint8_t *copy = malloc(size + !size);
  memcpy(copy, bytes, size);
  const triplet_status status = triplet_trainer_load(context, copy, size, &trainer);
  if (message)
    assert_error(context, status, TRIPLET_BAD_MODEL, "bytes", message);
  else
    assert_int_equal(status, TRIPLET_BAD_MODEL);
  assert_null(trainer);
  triplet_context_trim(context);
  assert_int_equal(memory.blocks, blocks);
  assert_true(memory.peak < 10 * size + 1000000);
  free(copy);
  triplet_context_destroy(context);
}

static void refuses_lying_headers(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);

  static const struct {
    const char *what, *by, *message;
  } lies[] = {
      {.what = "{", .by = "[", .message = "not a safetensors file"},
      {.what = "\"__metadata__\"", .by = "__metadata__", .message = "the header is not a JSON object"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"a\":1,",
       .message = "__metadata__ is not an object of strings"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"a\":\"\xff\",",
       .message = "__metadata__ is not an object of strings"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"a\":\"\\ud800\",",
       .message = "__metadata__ is not an object of strings"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"a\":\"\\u0000\",",
       .message = "__metadata__ is not an object of strings"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"a\":\"\n\",",
       .message = "__metadata__ is not an object of strings"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"a\":\"\\x\",",
       .message = "__metadata__ is not an object of strings"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{\"version\":\"2\",",
       .message = "a key of __metadata__ is there twice"},
      {.what = "\"__metadata__\":{",
       .by = "\"__metadata__\":{},\"__metadata__\":{",
       .message = "__metadata__ is there twice"},
      {.what = "\"version\":\"2\"",
       .by = "\"version\":\"3\"",
       .message = "the model is of a version that is not known here"},
      {.what = "\"format\":\"triplet\"", .by = "\"format\":\"pt\"", .message = "the model is not one of triplet's"},
      {.what = "\"judgements\"", .by = "\"progress\"", .message = "a tensor is there twice"},
      {.what = "\"judgements\"", .by = "\"judgments\"", .message = "tensor judgements is missing"},
      {.what = "\"layers.0.bias\"", .by = "\"layers.0.bia\"", .message = "tensor layers.0.bias is missing"},
      {.what = "\"layers.0.weight\"",
       .by = "\"layers.7.weight\"",
       .message = "there are neither layers nor an embedding"},
      {.what = "\"best.layers.1.bias\"",
       .by = "\"best.layers.1.b\"",
       .message = "tensor best.layers.1.bias is missing"},
      {.what = "\"optimizer.state\"", .by = "\"embedding\"", .message = "tensor embedding has a wrong type or shape"},
      {.what = "\"optimizer.state\"",
       .by = "\"layers.2.weight\"",
       .message = "tensor layers.2.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[3,5]", .message = "tensor layers.1.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[5,4]", .message = "tensor layers.0.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[15]", .message = "tensor layers.0.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[5,3,1]", .message = "tensor layers.0.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[4611686018427387909,3]", .message = "tensor layers.0.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[0,4611686018427387909]", .message = "tensor layers.0.weight has a wrong type or shape"},
      {.what = "[5,3]", .by = "[05,3]", .message = "a tensor's entry is not as safetensors has it"},
      {.what = "[5,3]", .by = "[5.0,3]", .message = "a tensor's entry is not as safetensors has it"},
      {.what = "[5,3]", .by = "[-5,3]", .message = "a tensor's entry is not as safetensors has it"},
      {.what = "[5,3]", .by = "[5,3", .message = "a tensor's entry is not as safetensors has it"},
      {.what = "[5,3]",
       .by = "[99999999999999999999999,3]",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"shape\":[5,3],", .by = "", .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"shape\":[5,3],",
       .by = "\"shape\":[5,3],\"shape\":[5,3],",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"shape\":[5,3],",
       .by = "\"shape\":[5,3],\"more\":[],",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"dtype\":\"F32\",", .by = "", .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"dtype\":\"F32\"",
       .by = "\"dtype\":\"F32\",\"dtype\":\"F32\"",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"data_offsets\":[",
       .by = "\"data_offsets\":[0,0],\"data_offsets\":[",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "{",
       .by = "{\"more\":{\"dtype\":\"F32\",\"shape\":[0]},",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "{",
       .by = "{\"embedding\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[0,0]},",
       .message = "there are both layers and an embedding"},
      {.what = "{",
       .by = "{\"embedding\":{\"dtype\":\"F32\",\"shape\":[0,2147483648],\"data_offsets\":[0,0]},",
       .message = "tensor embedding has a wrong type or shape"},
      {.what = "{",
       .by = "{\"embedding\":{\"dtype\":\"F32\",\"shape\":[2147483648,0],\"data_offsets\":[0,0]},",
       .message = "tensor embedding has a wrong type or shape"},
      {.what = "{",
       .by = "{\"kept.rows\":{\"dtype\":\"F32\",\"shape\":[0,2],\"data_offsets\":[0,0]},",
       .message = "tensor kept.rows has a wrong type or shape"},
      {.what = "{",
       .by = "{\"layers.2.weight\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[0,0]},",
       .message = "tensor layers.2.weight has a wrong type or shape"},
      {.what = "\"dtype\":\"F32\"",
       .by = "\"dtype\":\"F16\"",
       .message = "tensor layers.0.weight has a wrong type or shape"},
      {.what = "\"data_offsets\":[0,", .by = "\"data_offsets\":[8,", .message = "tensors overlap or leave gaps"},
      {.what = "\"data_offsets\":[0,", .by = "\"data_offsets\":[0,9", .message = "tensors overlap or leave gaps"},
      {.what = "\"data_offsets\":[0,",
       .by = "\"data_offsets\":[0,0,",
       .message = "a tensor's entry is not as safetensors has it"},
      {.what = "\"options\":\"[", .by = "\"options\":\"", .message = "options is not a JSON list of names"},
      {.what = "\"options\":\"[", .by = "\"options\":\"[1,", .message = "options is not a JSON list of names"},
      {.what = "\"options\":\"[",
       .by = "\"options\":\"[\\\"a\\\",",
       .message = "tensor options does not fit the names of the options"},
      {.what = "\\\"margin\\\"", .by = "\\\"p\\\"", .message = "option p is out of range or there twice"},
      {.what = "\"choices\":\"[", .by = "\"choices\":\"", .message = "choices is not a JSON list of names"},
      {.what = "\"choices\":\"[",
       .by = "\"choices\":\"[\\\"a\\\",",
       .message = "choices is not a list of names and choices in turn"},
      {.what = "\\\"fallback\\\"", .by = "\\\"mining\\\"", .message = "option mining is there twice"},
      {.what = "\\\"skip\\\"",
       .by = "\\\"sip\\\"",
       .message = "option fallback has a choice that is not known here: sip"},
      {.what = "\\\"adam\\\"",
       .by = "\\\"adamax\\\"",
       .message = "option optimizer.name has a choice that is not known here: adamax"},
      {.what = "\"dtype\":\"I64\",\"shape\":[6]",
       .by = "\"dtype\":\"I64\",\"shape\":[6,1]",
       .message = "tensor progress has a wrong type or shape"},
      {.what = "\"columns\":\"[", .by = "\"columns\":\"[\\\"", .message = "columns is not a JSON list of names"},
      {.what = "\"columns\":\"[",
       .by = "\"columns\":\"[\\\"\\\\ud800\\\"",
       .message = "columns is not a JSON list of names"},
      {.what = "\"labels\":\"[", .by = "\"labels\":\"[]", .message = "labels is not a JSON list of names"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    const model changed = with(&saved, lies[i].what, lies[i].by);
    assert_bytes_are_refused(changed.bytes, changed.size, lies[i].message);
    free(changed.bytes);
  }
  char *header = header_of(&saved);
  char *longer = malloc(strlen(header) + 100);
  sprintf(longer, "%sx", header);
  const model trailing = with_header(&saved, longer);
  assert_bytes_are_refused(trailing.bytes, trailing.size, "the header does not end as JSON does");
  free(trailing.bytes);

  /* The last tensor reaches past the data, and one more from there back to their end. */
  char end[40], past[200];
  const size_t data_size = saved.size - 8 - header_size(&saved);
  sprintf(end, ",%zu]}}", data_size);
  sprintf(past, ",%zu]},\"more\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[%zu,%zu]}}", data_size + 8,
          data_size + 8, data_size);
  const model outside = with(&saved, end, past);
  assert_bytes_are_refused(outside.bytes, outside.size, "tensors overlap or leave gaps");
  free(outside.bytes);

  free(longer);
  free(header);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* Two tensors of one type and rank change places. */
static void refuses_tensors_of_another_size(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, false);
  const model saved = save(trainer), first = with(&saved, "\"layers.0.bias\"", "\"kept\""),
              second = with(&first, "\"layers.1.bias\"", "\"layers.0.bias\""),
              third = with(&second, "\"kept\"", "\"layers.1.bias\"");
  assert_bytes_are_refused(third.bytes, third.size, "tensor layers.0.bias has a wrong type or shape");
  free(third.bytes);
  free(second.bytes);
  free(first.bytes);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* As many as there is room for are passed over, where they are not known. */
static void counts_tensors_and_keys(void **state) {
  (void)state;
  enum { TENSORS = 2048, KEYS = 256 };
  triplet_trainer *trainer = train(2, false);
  const model saved = save(trainer);
  char *header = header_of(&saved), *longer = malloc(strlen(header) + TENSORS * 80), *at;
  size_t tensors = 0, keys = 0;
  for (at = header; (at = strstr(at, "\"dtype\"")); at++)
    tensors++;
  const char *metadata_end = strstr(header, "\"}");
  for (at = header; (at = strstr(at, "\":\"")) && at < metadata_end; at++)
    keys++;
  free(header);

  for (size_t more = 0; more < 2; more++) {
    at = longer + sprintf(longer, "{");
    for (size_t i = tensors; i < TENSORS + more; i++)
      at += sprintf(at, "\"t%zu\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},", i);
    const model changed = with(&saved, "{", longer);
    if (more)
      assert_bytes_are_refused(changed.bytes, changed.size, "there are too many tensors");
    else
      triplet_trainer_destroy(load(&changed));
    free(changed.bytes);

    at = longer + sprintf(longer, "\"__metadata__\":{");
    for (size_t i = keys; i < KEYS + more; i++)
      at += sprintf(at, "\"k%zu\":\"\",", i);
    const model named = with(&saved, "\"__metadata__\":{", longer);
    if (more)
      assert_bytes_are_refused(named.bytes, named.size, "__metadata__ has too many keys");
    else
      triplet_trainer_destroy(load(&named));
    free(named.bytes);
  }
  free(longer);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* A table may not have layers besides, however small. */
static void refuses_layers_of_a_table(void **state) {
  (void)state;
  triplet_trainer *trainer = train(0, false);
  const model saved = save(trainer);
  const model changed =
      with(&saved, "{", "{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[0,0]},");
  assert_bytes_are_refused(changed.bytes, changed.size, "tensor layers.0.weight has a wrong type or shape");
  free(changed.bytes);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* Of a number and a category of two values. */
static triplet_trainer *train_with_recipe(size_t layers) {
  triplet_table *table = read_text("n,c,k\n1,u,a\n2,v,b\n4,u,b\n", TABLE(.label = "k"));
  triplet_recipe *recipe;
  assert_int_equal(triplet_recipe_create(NULL, table, &recipe), TRIPLET_OK);
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
  triplet_trainer *trainer = train(layers, false);
  assert_int_equal(triplet_trainer_set_recipe(NULL, trainer, recipe), TRIPLET_OK);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
  return trainer;
}

static void refuses_lying_recipes(void **state) {
  (void)state;
  triplet_trainer *trainer = train_with_recipe(1);
  const model saved = save(trainer);
  static const struct {
    const char *what, *by, *message;
  } lies[] = {
      {"\"recipe\":\"[", "\"recipe\":\"", "recipe is not a JSON list of names"},
      {"\"recipe\":\"[", "\"recipe\":\"[\\\"number\\\",", "recipe is not a list of kinds and texts in turn"},
      {"\\\"number\\\",\\\"n\\\"", "\\\"value\\\",\\\"n\\\"", "the recipe has a value out of place: n"},
      {"\\\"category\\\",\\\"c\\\"", "\\\"number\\\",\\\"c\\\"", "the recipe has a value out of place: u"},
      {"\\\"header\\\",\\\"true\\\"", "\\\"header\\\",\\\"yes\\\"", "the recipe has a header out of place: yes"},
      {"\\\"missing\\\",\\\"mean\\\"", "\\\"missing\\\",\\\"\\\"", "the recipe has a missing out of place: "},
      {"\\\"category\\\",\\\"c\\\"", "\\\"category\\\",\\\"n\\\"", "the recipe has n twice"},
      {"\\\"value\\\",\\\"v\\\"", "\\\"value\\\",\\\"u\\\"", "the recipe has u twice"},
      {"\\\"number\\\",\\\"n\\\"", "\\\"category\\\",\\\"n\\\"",
       "recipe: expected one with 3 inputs like the trainer, got 2"},
      {"\\\"value\\\",\\\"v\\\"", "\\\"future\\\",\\\"v\\\"",
       "recipe: expected one with 3 inputs like the trainer, got 2"},
      {"\"recipe\":{\"dtype\":\"F64\"", "\"recipe\":{\"dtype\":\"I64\"", "tensor recipe has a wrong type or shape"},
      {"\"recipe\":{", "\"recip\":{", "tensor recipe is missing"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    const model changed = with(&saved, lies[i].what, lies[i].by);
    assert_bytes_are_refused(changed.bytes, changed.size, lies[i].message);
    free(changed.bytes);
  }
  static const struct {
    size_t place;
    double value;
  } numbers[] = {{0, NAN}, {0, INFINITY}, {1, 0}, {1, -1}, {1, NAN}, {1, INFINITY}, {2, -INFINITY}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    uint8_t *place = data_of(&saved, "recipe") + 8 * numbers[i].place, kept[8];
    memcpy(kept, place, 8);
    put_double(place, numbers[i].value);
    assert_bytes_are_refused(saved.bytes, saved.size, "the recipe of column n is out of range");
    memcpy(place, kept, 8);
  }
  /* What is not known here is passed over. */
  const model later = with(&saved, "\"recipe\":\"[", "\"recipe\":\"[\\\"unit\\\",\\\"cm\\\",");
  triplet_trainer_destroy(load(&later));
  free(later.bytes);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* What stood for a missing cell still does in tables that are read by the loaded recipe. */
static void missing_texts_travel(void **state) {
  (void)state;
  triplet_table *table = read_text("n,c,k\n1,u,a\ngone,v,b\n4,lost,b\n2,u,a\n",
                                   TABLE(.label = "k", .missing_texts = TEXTS("gone", "lost")));
  triplet_recipe *recipe;
  assert_int_equal(triplet_recipe_create(NULL, table, &recipe), TRIPLET_OK);
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
  triplet_trainer *trainer = train(1, false);
  assert_int_equal(triplet_trainer_set_recipe(NULL, trainer, recipe), TRIPLET_OK);
  const model saved = save(trainer);
  triplet_trainer *loaded = load(&saved);
  const model again = save(loaded);
  assert_int_equal(saved.size, again.size);
  assert_memory_equal(saved.bytes, again.bytes, saved.size);
  triplet_table *later = read_text("c,n\nlost,3\nu,gone\n", TABLE(.recipe = triplet_trainer_recipe(loaded)));
  char *columns = columns_of(later);
  assert_string_equal(columns, "c category input: _ u\nn number input: 3 _\n");
  free(columns);
  triplet_table_destroy(later);
  free(again.bytes);
  free(saved.bytes);
  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
}

static void refuses_lying_numbers(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);

  static const struct {
    const char *option;
    double value;
  } options[] = {{"ignore_label", 1e300}, {"ignore_label", NAN}, {"margin", NAN},    {"margin", INFINITY},
                 {"temperature", 0},      {"beta", -1},          {"base", INFINITY}, {"negative_margin", NAN},
                 {"cutoff", 0},           {"seed", -1},          {"normalize", 2},   {"optimizer.b1", 1}};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    uint8_t *place = data_of(&saved, "options") + 8 * place_of_option(&saved, options[i].option), kept[8];
    char message[100];
    memcpy(kept, place, 8);
    put_double(place, options[i].value);
    sprintf(message, "option %s is out of range or there twice", options[i].option);
    assert_bytes_are_refused(saved.bytes, saved.size, message);
    memcpy(place, kept, 8);
  }

  static const struct {
    size_t place;
    double value;
  } judgements[] = {{0, NAN}, {1, 1.5}, {1, -0.5}};
  for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
    uint8_t *place = data_of(&saved, "judgements") + 8 * judgements[i].place, kept[8];
    memcpy(kept, place, 8);
    put_double(place, judgements[i].value);
    assert_bytes_are_refused(saved.bytes, saved.size, "tensor judgements is out of range");
    memcpy(place, kept, 8);
  }

  static const struct {
    size_t place;
    uint64_t value;
  } integers[] = {
      {.place = 0, .value = UINT64_MAX}, {.place = 0, .value = (uint64_t)1 << 60}, {.place = 2, .value = 2},
      {.place = 3, .value = UINT64_MAX}, {.place = 4, .value = UINT64_MAX},        {.place = 5, .value = 2},
  };
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
    uint8_t *place = data_of(&saved, "progress") + 8 * integers[i].place, kept[8];
    memcpy(kept, place, 8);
    put_integer(place, integers[i].value);
    assert_bytes_are_refused(saved.bytes, saved.size, "tensor progress is out of range");
    memcpy(place, kept, 8);
  }

  static const uint32_t deviations[] = {0, 0x80000000u, 0xbf800000u, 0x7fc00000u, 0x7f800000u};
  for (size_t i = 0; i < sizeof deviations / sizeof *deviations; i++) {
    uint8_t *place = data_of(&saved, "standardization.deviation") + 4, kept[4];
    memcpy(kept, place, 4);
    for (int b = 0; b < 4; b++)
      place[b] = (uint8_t)(deviations[i] >> (8 * b));
    assert_bytes_are_refused(saved.bytes, saved.size, "the standardization of column 1 is out of range");
    memcpy(place, kept, 4);
  }

  static const uint8_t nan[] = {0, 0, 0xc0, 0x7f}, infinity[] = {0, 0, 0x80, 0xff};
  for (size_t i = 0; i < 2; i++) {
    uint8_t *place = data_of(&saved, "standardization.mean") + 8, kept[4];
    memcpy(kept, place, 4);
    memcpy(place, i ? infinity : nan, 4);
    assert_bytes_are_refused(saved.bytes, saved.size, "the standardization of column 2 is out of range");
    memcpy(place, kept, 4);
  }

  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* Of a table no rows are set aside to judge by. */
static void refuses_a_validation_that_cannot_be(void **state) {
  (void)state;
  for (size_t layers = 0; layers <= 2; layers += 2) {
    triplet_trainer *trainer = train(layers, false);
    const model saved = save(trainer);
    put_integer(data_of(&saved, "progress") + 8 * 2, 1);
    assert_bytes_are_refused(saved.bytes, saved.size, "a validation is due of a model that sets no rows aside");
    free(saved.bytes);
    triplet_trainer_destroy(trainer);
  }

  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);
  put_integer(data_of(&saved, "progress") + 8 * 2, 1);
  triplet_trainer *loaded = load(&saved); /* which keeps what is due */
  const model again = save(loaded);
  assert_int_equal(again.size, saved.size);
  assert_memory_equal(again.bytes, saved.bytes, saved.size);
  free(again.bytes);
  free(saved.bytes);
  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
}

/* Of a residual encoder that could not be one; a table, of which the option says nothing, is none the worse for it. */
static void refuses_a_residual_that_cannot_be(void **state) {
  (void)state;
  for (size_t layers = 0; layers <= 2; layers += 2) {
    triplet_trainer *trainer = train(layers, false);
    const model saved = save(trainer);
    put_double(data_of(&saved, "options") + 8 * place_of_option(&saved, "residual"), 1);
    if (layers) {
      assert_bytes_are_refused(saved.bytes, saved.size,
                               "layers: expected a last width of 3 like the inputs of a residual encoder, got 2");
      triplet_trainer *none = NULL;
      assert_int_equal(triplet_trainer_load(NULL, saved.bytes, saved.size, &none), TRIPLET_BAD_MODEL);
      assert_null(none);
    } else {
      triplet_trainer_destroy(load(&saved));
    }
    free(saved.bytes);
    triplet_trainer_destroy(trainer);
  }
}

static void says_what_is_no_model(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "x",
                                      "{",
                                      "x,y,kind\n1,2,a\n3,4,b\n",
                                      "PK\3\4..............................",
                                      "{\"a\":1}                         "};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_bytes_are_refused((const uint8_t *)texts[i], strlen(texts[i]), "not a safetensors file");
}

static model read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  assert_non_null(file);
  model read = {malloc(4096), 0};
  read.size = fread(read.bytes, 1, 4096, file);
  fclose(file);
  return read;
}

/* Written by version 0.1.0, when choices were numbers: what they meant they mean. */
static void reads_files_of_version_1(void **state) {
  (void)state;
  const model old = read_file("tests/data/version-1.safetensors");
  triplet_trainer *trainer = load(&old);
  free(old.bytes);

  const triplet_trainer_options *options = triplet_trainer_get_options(trainer);
  assert_int_equal(options->loss.mining, TRIPLET_MINING_DISTANCE_WEIGHTED);
  assert_int_equal(options->loss.fallback, TRIPLET_FALLBACK_FARTHEST);
  assert_int_equal(options->loss.distance, TRIPLET_DISTANCE_COSINE);
  assert_int_equal(options->loss.convention, TRIPLET_CONVENTION_OPTAX);
  assert_int_equal(options->loss.reduction, TRIPLET_REDUCTION_MEAN_NONZERO);
  assert_int_equal(options->loss.nonfinite, TRIPLET_NONFINITE_ALLOW);
  assert_int_equal(options->activation, TRIPLET_ACTIVATION_TANH);
  assert_int_equal(options->schedule, TRIPLET_SCHEDULE_LINEAR);
  assert_int_equal(options->optimizer.name, TRIPLET_OPTIMIZER_ADAMW);
  assert_true(options->optimizer.weight_decay == 0.05 && options->loss.margin == 0.3 && options->seed == 7);
  assert_int_equal(options->classes_per_batch, 2); /* from 1, which is refused today */
  assert_int_equal(triplet_trainer_steps_done(trainer), 25);
  assert_string_equal(triplet_trainer_name(trainer, TRIPLET_NAMES_COLUMNS, 1), "b|c");

  const float x[] = {1, 2, 3, -1, 0.5f, 0.25f};
  static const float expected[] = {-0x1.fecde8p-3f, 0x1.5e9aa4p-2f, 0x1.b42bf4p-2f, 0x1.865ad8p-2f};
  float embeddings[4];
  assert_int_equal(triplet_trainer_embed(NULL, trainer, triplet_matrix_of(x, 2, 3), (triplet_matrix){embeddings, 2, 2}),
                   TRIPLET_OK);
  assert_same_bits(embeddings, expected, 4, "embeddings");

  const model anew = save(trainer); /* and trains on, as a file of today */
  triplet_trainer *again = load(&anew);
  float rows[ROWS * COLS];
  int32_t labels[ROWS];
  fill(rows, labels);
  triplet_step step;
  assert_int_equal(
      triplet_trainer_attach(NULL, again, triplet_matrix_of(rows, ROWS, COLS), triplet_labels_of(labels, ROWS)),
      TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(NULL, again, &step), TRIPLET_OK);
  assert_int_equal(step.step, 26);

  free(anew.bytes);
  triplet_trainer_destroy(again);
  triplet_trainer_destroy(trainer);
}

/* Choices that version 1 had as numbers, of which there have to be as many; and its numbers that are lawful today. */
static void refuses_lying_choices_of_version_1(void **state) {
  (void)state;
  const model old = read_file("tests/data/version-1.safetensors");
  uint8_t *mining = data_of(&old, "options") + 8 * place_of_option(&old, "mining"), kept[8];
  memcpy(kept, mining, 8);
  const double values[] = {-1, 6, 0.5, NAN};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    put_double(mining, values[i]);
    assert_bytes_are_refused(old.bytes, old.size, "option mining is out of range or there twice");
  }
  memcpy(mining, kept, 8);
  const model later = with(&old, "\\\"mining\\\"", "\\\"loss\\\"");
  assert_bytes_are_refused(later.bytes, later.size, "option loss is out of range or there twice");
  free(later.bytes);

  put_double(data_of(&old, "options") + 8 * place_of_option(&old, "classes_per_batch"), 3);
  triplet_trainer *trainer = load(&old);
  assert_int_equal(triplet_trainer_get_options(trainer)->classes_per_batch, 3);
  triplet_trainer_destroy(trainer);
  free(old.bytes);
}

/* What has become a choice since is no number any more: what a file says of it is passed over. */
static void passes_over_numbers_of_choices(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, false);
  const model saved = save(trainer), changed = with(&saved, "\\\"margin\\\"", "\\\"positives\\\"");
  triplet_trainer *loaded = load(&changed);
  assert_true(triplet_trainer_get_options(trainer)->loss.margin == 0.1);
  assert_true(triplet_trainer_get_options(loaded)->loss.margin == triplet_trainer_default_options().loss.margin);
  assert_int_equal(triplet_trainer_get_options(loaded)->loss.positives,
                   triplet_trainer_get_options(trainer)->loss.positives);
  triplet_trainer_destroy(loaded);
  free(changed.bytes);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* Plain descent has no state, so that there is none to save. */
static void travels_without_a_state(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  fill(x, labels);
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 1;
  options.widths[0] = 2;
  options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  options.optimizer.momentum = 0;
  triplet_trainer *trainer;
  const triplet_matrix rows = triplet_matrix_of(x, ROWS, COLS);
  assert_int_equal(triplet_trainer_create(NULL, &options, rows, triplet_labels_of(labels, ROWS), &trainer), TRIPLET_OK);
  triplet_step last, same;
  assert_int_equal(triplet_trainer_step(NULL, trainer, &last), TRIPLET_OK);
  const model saved = save(trainer);
  char *header = header_of(&saved);
  assert_null(strstr(header, "optimizer.state"));
  free(header);

  triplet_trainer *loaded = load(&saved);
  assert_int_equal(triplet_trainer_attach(NULL, loaded, rows, triplet_labels_of(labels, ROWS)), TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(NULL, trainer, &last), TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(NULL, loaded, &same), TRIPLET_OK);
  assert_true(last.loss == same.loss && last.step == same.step);
  const triplet_floats wanted = triplet_trainer_parameters(trainer), got = triplet_trainer_parameters(loaded);
  assert_int_equal(got.count, wanted.count);
  assert_same_bits(got.data, wanted.data, got.count, "parameters");
  triplet_trainer_destroy(loaded);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* Written before there were losses of pairs, strategies apart and cutoffs: what it does not name is as it was, so that
 * it goes on to the bit. */
static void goes_on_with_files_of_fewer_options(void **state) {
  (void)state;
  const model old = read_file("tests/data/version-2.safetensors");
  triplet_trainer *trainer = load(&old);
  free(old.bytes);
  const triplet_options *loss = &triplet_trainer_get_options(trainer)->loss, anew = triplet_batch_options();
  assert_int_equal(loss->loss, TRIPLET_LOSS_TRIPLET);
  assert_true(loss->soft_margin && loss->margin == 0.3 && loss->distance == TRIPLET_DISTANCE_SQUARED);
  assert_true(loss->positives == anew.positives && loss->negatives == anew.negatives);
  assert_true(loss->cutoff == anew.cutoff && loss->far_cutoff == anew.far_cutoff);
  assert_true(loss->positive_margin == anew.positive_margin && loss->negative_margin == anew.negative_margin);
  assert_true(loss->temperature == anew.temperature && loss->alpha == anew.alpha && loss->beta == anew.beta);
  assert_true(loss->base == anew.base && triplet_trainer_get_options(trainer)->optimizer.weight_decay == 0);

  float rows[ROWS * COLS];
  int32_t labels[ROWS];
  fill(rows, labels);
  assert_int_equal(
      triplet_trainer_attach(NULL, trainer, triplet_matrix_of(rows, ROWS, COLS), triplet_labels_of(labels, ROWS)),
      TRIPLET_OK);
  triplet_step step;
  for (int i = 0; i < 5; i++)
    assert_int_equal(triplet_trainer_step(NULL, trainer, &step), TRIPLET_OK);
  static const float expected[] = {-0x1.8d35acp-2f, -0x1.56278p-2f,  0x1.118c0ep-1f, -0x1.118436p-2f,
                                   -0x1.1f9ffp-1f,  -0x1.20f0d6p-2f, 0x1.875b84p-6f, -0x1.d1ff18p-3f};
  assert_int_equal(triplet_trainer_parameters(trainer).count, 8);
  assert_same_bits(triplet_trainer_parameters(trainer).data, expected, 8, "parameters");
  assert_true(step.step == 10 && step.loss == 0x1.0913cd376164ep-1);
  triplet_trainer_destroy(trainer);
}

/* Every option of a loss, whatever the order in which a file has its choices: a loss brings a distance, unless one is
 * named. */
static void options_of_losses_travel(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  fill(x, labels);
  for (int loss = TRIPLET_LOSS_TRIPLET; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++)
    for (int distance = 0; distance < DISTANCES; distance++) {
      triplet_trainer_options options = triplet_trainer_default_options();
      options.layers = 1;
      options.widths[0] = 2;
      options.loss.loss = (triplet_loss)loss;
      options.loss.distance = (triplet_distance)distance;
      options.loss.positive_margin = -0.1;
      options.loss.negative_margin = 0.7;
      options.loss.temperature = 0.3;
      options.loss.alpha = 3;
      options.loss.beta = 20;
      options.loss.base = 0.2;
      options.loss.positives = TRIPLET_POSITIVES_EASY;
      options.loss.negatives = TRIPLET_NEGATIVES_DISTANCE_WEIGHTED;
      options.loss.cutoff = 0.6;
      options.loss.far_cutoff = 1.2;
      triplet_trainer *trainer;
      assert_int_equal(triplet_trainer_create(NULL, &options, triplet_matrix_of(x, ROWS, COLS),
                                              triplet_labels_of(labels, ROWS), &trainer),
                       TRIPLET_OK);
      const model saved = save(trainer);
      char choices[60], turned[100], name[TRIPLET_CHOICE_SIZE];
      triplet_choice_name(triplet_schema_field(NULL, TRIPLET_SCHEMA_TRAINER, "loss")->choices, (size_t)loss, name);
      sprintf(choices, "\"[\\\"loss\\\",\\\"%s\\\",", name);
      sprintf(turned, "\\\"optimizer.name\\\",\\\"adam\\\",\\\"loss\\\",\\\"%s\\\"]\"", name);
      const model without = with(&saved, choices, "\"[");
      const model last = with(&without, "\\\"optimizer.name\\\",\\\"adam\\\"]\"", turned);
      const model files[] = {saved, last};
      for (size_t i = 0; i < 2; i++) {
        triplet_trainer *loaded = load(&files[i]);
        const model again = save(loaded);
        assert_int_equal(again.size, saved.size);
        assert_memory_equal(again.bytes, saved.bytes, saved.size);
        assert_true(triplet_trainer_get_options(loaded)->loss.temperature == 0.3);
        free(again.bytes);
        triplet_trainer_destroy(loaded);
      }
      free(last.bytes);
      free(without.bytes);
      free(saved.bytes);
      triplet_trainer_destroy(trainer);
    }
}

/* The rows of the batches to come. */
static void next_batches(triplet_trainer *trainer, int32_t *rows, size_t *count) {
  triplet_step step;
  *count = 0;
  for (int i = 0; i < 6; i++) {
    assert_int_equal(triplet_trainer_step(NULL, trainer, &step), TRIPLET_OK);
    const triplet_ints batch = triplet_trainer_last_batch(trainer);
    memcpy(rows + *count, batch.data, batch.count * sizeof *rows);
    *count += batch.count;
  }
}

/* The same rows go on with their batches, others begin with the first, also through a file and without steps. */
static void batches_belong_to_their_rows(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS], first[600], later[600], got[600];
  fill(x, labels);
  const triplet_matrix data = triplet_matrix_of(x, ROWS, COLS);
  const triplet_labels of = triplet_labels_of(labels, ROWS);
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 1;
  options.widths[0] = 2;
  options.rows_per_class = 4;
  for (int epoch = 0; epoch < 2; epoch++) {
    options.sampler = epoch ? TRIPLET_SAMPLER_EPOCH : TRIPLET_SAMPLER_BALANCED;
    triplet_trainer *trainer;
    size_t count, later_count, got_count;
    assert_int_equal(triplet_trainer_create(NULL, &options, data, of, &trainer), TRIPLET_OK);
    next_batches(trainer, first, &count);
    const model saved = save(trainer);
    next_batches(trainer, later, &later_count);
    triplet_trainer_destroy(trainer);

    for (int way = 0; way < 4; way++) {
      trainer = load(&saved);
      if (way == 1) { /* through a second file */
        const model again = save(trainer);
        assert_int_equal(again.size, saved.size);
        assert_memory_equal(again.bytes, saved.bytes, saved.size);
        free(again.bytes);
      }
      const float kept = x[5];
      if (way == 2)
        x[5] += 1;
      if (way == 3)
        labels[0] = labels[0] == 0 ? 1 : 0;
      assert_int_equal(triplet_trainer_attach(NULL, trainer, data, of), TRIPLET_OK);
      if (way == 0) /* twice is as once */
        assert_int_equal(triplet_trainer_attach(NULL, trainer, data, of), TRIPLET_OK);
      next_batches(trainer, got, &got_count);
      if (way < 2) {
        assert_int_equal(got_count, later_count);
        assert_memory_equal(got, later, later_count * sizeof *got);
      } else if (way == 2) {
        assert_int_equal(got_count, count);
        assert_memory_equal(got, first, count * sizeof *got);
      }
      x[5] = kept;
      fill(x, labels);
      triplet_trainer_destroy(trainer);
    }
    free(saved.bytes);
  }
}

static void refuses_lying_lengths(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);
  for (size_t size = 0; size < saved.size; size += size < 16 || size + 16 > saved.size ? 1 : 7)
    assert_bytes_are_refused(saved.bytes, size, NULL);
  uint8_t *longer = malloc(saved.size + 4);
  memcpy(longer, saved.bytes, saved.size);
  memset(longer + saved.size, 0, 4);
  assert_bytes_are_refused(longer, saved.size + 4, "the tensors do not fill the data");
  free(longer);
  uint8_t kept[8];
  memcpy(kept, saved.bytes, 8);
  const uint64_t sizes[] = {saved.size - 7, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    put_integer(saved.bytes, sizes[i]);
    assert_bytes_are_refused(saved.bytes, saved.size, i == 0 ? "the header is cut off" : "not a safetensors file");
  }
  put_integer(saved.bytes, 0);
  assert_bytes_are_refused(saved.bytes, saved.size, "the header is not a JSON object");
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* ---- what answers need ------------------------------------------------------------------------------------------- */

enum { KEPT = 3 };

static const float kept_rows[KEPT * 2] = {0.5f, -1, 2, 3, -0.0f, 1e-30f};
static const int32_t kept_labels[] = {7, -2147483647 - 1, 2147483647, 7}, kept_ends[KEPT] = {2, 2, 4};
static const char *const facts[] = {"made by", "a \"program\"", "", "\xc3\xa9", "seed", ""};

/* sets: with several labels a row, and none. */
static void take_along(triplet_trainer *trainer, bool sets) {
  const triplet_labels labels =
      sets ? triplet_label_sets_of(kept_labels, kept_ends, KEPT) : triplet_labels_of(kept_labels, KEPT);
  assert_int_equal(triplet_trainer_set_threshold(NULL, trainer, 0.1), TRIPLET_OK);
  assert_int_equal(triplet_trainer_keep_rows(NULL, trainer, triplet_matrix_of(kept_rows, KEPT, 2), labels), TRIPLET_OK);
  assert_int_equal(triplet_trainer_set_names(NULL, trainer, TRIPLET_NAMES_FACTS, 6, facts), TRIPLET_OK);
}

static void assert_taken_along(const triplet_trainer *trainer, bool sets) {
  const triplet_references kept = triplet_trainer_kept_rows(trainer);
  assert_true(triplet_trainer_threshold(trainer) == 0.1);
  assert_true(kept.rows.rows == KEPT && kept.rows.cols == 2 && !kept.self.data);
  assert_same_bits(kept.rows.data, kept_rows, KEPT * 2, "kept rows");
  assert_int_equal(kept.labels.integers.count, sets ? 4 : KEPT);
  assert_memory_equal(kept.labels.integers.data, kept_labels, kept.labels.integers.count * sizeof *kept_labels);
  assert_int_equal(kept.labels.ends.count, sets ? KEPT : 0);
  if (sets)
    assert_memory_equal(kept.labels.ends.data, kept_ends, sizeof kept_ends);
  assert_int_equal(triplet_trainer_name_count(trainer, TRIPLET_NAMES_FACTS), 6);
  for (size_t i = 0; i < 6; i++)
    assert_string_equal(triplet_trainer_name(trainer, TRIPLET_NAMES_FACTS, i), facts[i]);
}

static void assert_forgotten(const triplet_trainer *trainer) {
  const triplet_references kept = triplet_trainer_kept_rows(trainer);
  const double threshold = triplet_trainer_threshold(trainer);
  assert_true(threshold != threshold && !kept.rows.rows && !kept.labels.integers.count && !kept.labels.ends.count);
}

static void what_answers_need_travels(void **state) {
  (void)state;
  for (size_t kind = 0; kind < 6; kind++) {
    const bool sets = kind % 2;
    triplet_trainer *trainer = train(kind / 2, false);
    const model plain = save(trainer);
    char *header = header_of(&plain);
    assert_null(strstr(header, "threshold"));
    assert_null(strstr(header, "kept"));
    assert_null(strstr(header, "facts"));
    free(header);

    assert_forgotten(trainer);
    take_along(trainer, sets);
    assert_taken_along(trainer, sets);
    const model saved = save(trainer);
    assert_true((data_of(&saved, "threshold") - saved.bytes) % 8 == 0);
    triplet_trainer *loaded = load(&saved);
    assert_taken_along(loaded, sets);
    const model again = save(loaded);
    assert_int_equal(saved.size, again.size);
    assert_memory_equal(saved.bytes, again.bytes, saved.size);

    /* Given up one by one, they leave what there was before. */
    assert_int_equal(triplet_trainer_set_threshold(NULL, loaded, NAN), TRIPLET_OK);
    assert_int_equal(triplet_trainer_keep_rows(NULL, loaded, triplet_matrix_of(NULL, 0, 0), (triplet_labels){0}),
                     TRIPLET_OK);
    assert_int_equal(triplet_trainer_set_names(NULL, loaded, TRIPLET_NAMES_FACTS, 0, NULL), TRIPLET_OK);
    assert_forgotten(loaded);
    const model without = save(loaded);
    assert_int_equal(plain.size, without.size);
    assert_memory_equal(plain.bytes, without.bytes, plain.size);
    free(without.bytes);
    free(again.bytes);
    free(saved.bytes);
    free(plain.bytes);
    triplet_trainer_destroy(loaded);
    triplet_trainer_destroy(trainer);
  }
}

/* Other weights give other answers; those that stay keep theirs. */
static void other_weights_take_answers_away(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = train(1, true);
  triplet_step step;
  triplet_trainer_restore_best(trainer);
  take_along(trainer, true);
  triplet_trainer_restore_best(trainer); /* they are in place */
  assert_taken_along(trainer, true);
  triplet_trainer_options options = *triplet_trainer_get_options(trainer);
  options.optimizer.learning_rate = 0.01;
  assert_int_equal(triplet_trainer_set_options(NULL, trainer, &options), TRIPLET_OK);
  assert_taken_along(trainer, true);

  /* A step that fails leaves the weights, and all that is of them. */
  options.loss.mining = TRIPLET_MINING_HARD;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *short_of = triplet_context_create(&allocator);
  memory.failing = memory.calls + 1;
  memory.stubborn = true;
  assert_int_equal(triplet_trainer_step(short_of, trainer, &step), TRIPLET_OUT_OF_MEMORY);
  assert_taken_along(trainer, true);
  triplet_context_destroy(short_of);

  assert_int_equal(triplet_trainer_step(context, trainer, &step), TRIPLET_OK);
  assert_forgotten(trainer);
  assert_int_equal(triplet_trainer_name_count(trainer, TRIPLET_NAMES_FACTS), 6);

  /* The best are other weights, unless the last step has made them. */
  assert_int_equal(triplet_trainer_step(context, trainer, &step), TRIPLET_OK);
  while (step.improved || triplet_trainer_steps_done(trainer) % 2 == 0)
    assert_int_equal(triplet_trainer_step(context, trainer, &step), TRIPLET_OK);
  take_along(trainer, false);
  triplet_trainer_restore_best(trainer);
  assert_forgotten(trainer);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

static void refuses_what_cannot_be_taken_along(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = train(1, false);
  take_along(trainer, true);
  assert_error(context, triplet_trainer_set_threshold(context, trainer, INFINITY), TRIPLET_INVALID_ARGUMENT,
               "threshold", "expected a finite number, or NaN for none, got inf");
  assert_int_equal(triplet_trainer_set_threshold(context, trainer, -INFINITY), TRIPLET_INVALID_ARGUMENT);
  assert_error(context, triplet_trainer_set_names(context, trainer, TRIPLET_NAMES_FACTS, 3, facts),
               TRIPLET_INVALID_ARGUMENT, "names", "expected names and texts in turn, got 3");
  const char *const twice[] = {"a", "b", "b", "", "a", "c"};
  assert_error(context, triplet_trainer_set_names(context, trainer, TRIPLET_NAMES_FACTS, 6, twice),
               TRIPLET_INVALID_ARGUMENT, "names", "expected facts of different names, got a twice");
  const char *const bytes[] = {"a", "\xff"};
  assert_int_equal(triplet_trainer_set_names(context, trainer, TRIPLET_NAMES_FACTS, 2, bytes),
                   TRIPLET_INVALID_ARGUMENT);

  float rows[6] = {1, 2, 3, 4, 5, INFINITY};
  const triplet_labels labels = triplet_labels_of(kept_labels, 3);
  assert_error(context, triplet_trainer_keep_rows(context, trainer, triplet_matrix_of(rows, 2, 3), labels),
               TRIPLET_INVALID_ARGUMENT, "embeddings", "expected 2 x 2 like the trainer's, got 2 x 3");
  assert_error(context, triplet_trainer_keep_rows(context, trainer, triplet_matrix_of(rows, 3, 2), labels),
               TRIPLET_NOT_FINITE, "embeddings", "row 2, column 1 is not finite");
  rows[5] = 6;
  assert_error(
      context,
      triplet_trainer_keep_rows(context, trainer, triplet_matrix_of(rows, 3, 2), triplet_labels_of(kept_labels, 2)),
      TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 3 rows, got 2");
  assert_int_equal(
      triplet_trainer_keep_rows(context, trainer, triplet_matrix_of(rows, 3, 2), triplet_relations_of(rows, 3, 2)),
      TRIPLET_INVALID_ARGUMENT);
  assert_taken_along(trainer, true);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

static void refuses_lies_about_answers(void **state) {
  (void)state;
  triplet_trainer *trainer = train(1, false);
  take_along(trainer, true);
  const model saved = save(trainer);
  static const struct {
    const char *what, *by, *message;
  } lies[] = {
      {"\"facts\":\"[", "\"facts\":\"", "facts is not a JSON list of names"},
      {"\"facts\":\"[", "\"facts\":\"[\\\"x\\\",", "names: expected names and texts in turn, got 7"},
      {"\\\"seed\\\",\\\"\\\"]", "\\\"made by\\\",\\\"\\\"]",
       "names: expected facts of different names, got made by twice"},
      {"\"threshold\":{\"dtype\":\"F64\"", "\"threshold\":{\"dtype\":\"I64\"",
       "tensor threshold has a wrong type or shape"},
      {"\"threshold\":{\"dtype\":\"F64\",\"shape\":[1]", "\"threshold\":{\"dtype\":\"F64\",\"shape\":[1,1]",
       "tensor threshold has a wrong type or shape"},
      {"\"kept.rows\":{\"dtype\":\"F32\"", "\"kept.rows\":{\"dtype\":\"I32\"",
       "tensor kept.rows has a wrong type or shape"},
      {"\"shape\":[3,2]", "\"shape\":[6,1]", "embeddings: expected 6 x 2 like the trainer's, got 6 x 1"},
      {"\"shape\":[3,2]", "\"shape\":[3,3]", "tensor kept.rows has a wrong type or shape"},
      {"\"shape\":[3,2]", "\"shape\":[0,2]", "tensor kept.rows has a wrong type or shape"},
      {"\"kept.labels\":{\"dtype\":\"I32\"", "\"kept.labels\":{\"dtype\":\"F32\"",
       "tensor kept.labels has a wrong type or shape"},
      {"\"kept.labels\"", "\"kept_labels\"", "labels: expected 4 integers, got 0"},
      {"\"kept.ends\"", "\"kept_ends\"", "labels: expected labels of 3 rows, got 4"},
      {"\"kept.ends\":{\"dtype\":\"I32\",\"shape\":[3]", "\"kept.ends\":{\"dtype\":\"I32\",\"shape\":[3,1]",
       "tensor kept.ends has a wrong type or shape"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    const model changed = with(&saved, lies[i].what, lies[i].by);
    assert_bytes_are_refused(changed.bytes, changed.size, lies[i].message);
    free(changed.bytes);
  }

  static const struct {
    const char *tensor;
    size_t place, size;
    uint64_t bits;
    const char *message;
  } numbers[] = {
      {"threshold", 0, 8, 0x7ff8000000000000u, "tensor threshold is out of range"},
      {"threshold", 0, 8, 0x7ff0000000000000u, "tensor threshold is out of range"},
      {"kept.rows", 20, 4, 0x7f800000u, "embeddings: row 2, column 1 is not finite"},
      {"kept.rows", 0, 4, 0x7fc00000u, "embeddings: row 0, column 0 is not finite"},
      {"kept.ends", 0, 4, 3, "labels: expected ends that ascend, got 2 at index 1"},
      {"kept.ends", 0, 4, 0xffffffffu, "labels: expected ends that ascend, got -1 at index 0"},
      {"kept.ends", 8, 4, 5, "labels: expected 5 integers, got 4"},
      {"kept.ends", 8, 4, 3, "labels: expected 3 integers, got 4"},
  };
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    uint8_t *place = data_of(&saved, numbers[i].tensor) + numbers[i].place, kept[8];
    memcpy(kept, place, numbers[i].size);
    for (size_t b = 0; b < numbers[i].size; b++)
      place[b] = (uint8_t)(numbers[i].bits >> (8 * b));
    assert_bytes_are_refused(saved.bytes, saved.size, numbers[i].message);
    memcpy(place, kept, numbers[i].size);
  }
  triplet_trainer_destroy(load(&saved));
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* The fuzz target, briefly: each byte of the header and of the numbers changed, and some at once. */
static void lives_through_random_damage(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (size_t kind = 0; kind < 4; kind++) {
    triplet_trainer *trainer = kind < 2 ? train(kind, kind > 0) : train_with_recipe(1);
    if (kind == 3)
      take_along(trainer, true);
    const model saved = save(trainer);
    const size_t front = 8 + header_size(&saved) + 400;
    uint8_t *damaged = malloc(saved.size);
    for (size_t i = 0; i < front && i < saved.size; i++) {
      memcpy(damaged, saved.bytes, saved.size);
      for (size_t more = seeded_below(&from, 3), at = i; more < 3; more++, at = seeded_below(&from, front))
        damaged[at % saved.size] ^= (uint8_t)(1 + seeded_below(&from, 255));
      LLVMFuzzerTestOneInput(damaged, saved.size - (i % 5 ? 0 : seeded_below(&from, saved.size)));
    }
    LLVMFuzzerTestOneInput(saved.bytes, saved.size);
    free(damaged);
    free(saved.bytes);
    triplet_trainer_destroy(trainer);
  }
}

static triplet_status load_once(triplet_context *context, void *data) {
  const model *from = data;
  triplet_trainer *loaded = NULL;
  const triplet_status status = triplet_trainer_load(context, from->bytes, from->size, &loaded);
  assert_true(status == TRIPLET_OK || !loaded);
  triplet_trainer_destroy(loaded);
  return status;
}

typedef struct saving {
  const triplet_trainer *trainer;
  size_t size, said;
} saving;

static triplet_status save_once(triplet_context *context, void *data) {
  saving *of = data;
  uint8_t *bytes = malloc(of->size);
  of->said = 77;
  const triplet_status status = triplet_trainer_save(context, of->trainer, bytes, of->size, &of->said);
  assert_true(status != TRIPLET_OK || of->said == of->size);
  free(bytes);
  return status;
}

static void nothing_is_said(void *data) {
  assert_int_equal(((saving *)data)->said, 77);
}

static void survives_short_memory(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const char *const names[] = {"a", "b"};
  assert_int_equal(triplet_trainer_set_names(NULL, trainer, TRIPLET_NAMES_LABELS, 2, names), TRIPLET_OK);
  model saved = save(trainer);
  assert_in_range(fail_each_allocation(load_once, NULL, &saved), 8, 20);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);

  trainer = train_with_recipe(2);
  take_along(trainer, true);
  saved = save(trainer);
  assert_in_range(fail_each_allocation(load_once, NULL, &saved), 20, 60);
  saving of = {.trainer = trainer, .size = saved.size};
  assert_in_range(fail_each_allocation(save_once, nothing_is_said, &of), 2, 3);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);

  saved = read_file("tests/data/version-1.safetensors"); /* whose columns become a recipe */
  assert_in_range(fail_each_allocation(load_once, NULL, &saved), 8, 40);
  free(saved.bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_laid_out_as_safetensors),
      cmocka_unit_test(says_how_much_room_it_needs),
      cmocka_unit_test(everything_travels),
      cmocka_unit_test(a_loaded_trainer_waits_for_data),
      cmocka_unit_test(the_deepest_model_travels),
      cmocka_unit_test(takes_what_other_writers_make),
      cmocka_unit_test(refuses_lying_headers),
      cmocka_unit_test(refuses_tensors_of_another_size),
      cmocka_unit_test(counts_tensors_and_keys),
      cmocka_unit_test(refuses_layers_of_a_table),
      cmocka_unit_test(refuses_lying_choices_of_version_1),
      cmocka_unit_test(passes_over_numbers_of_choices),
      cmocka_unit_test(travels_without_a_state),
      cmocka_unit_test(missing_texts_travel),
      cmocka_unit_test(refuses_lying_numbers),
      cmocka_unit_test(refuses_lying_recipes),
      cmocka_unit_test(refuses_a_validation_that_cannot_be),
      cmocka_unit_test(refuses_a_residual_that_cannot_be),
      cmocka_unit_test(says_what_is_no_model),
      cmocka_unit_test(reads_files_of_version_1),
      cmocka_unit_test(goes_on_with_files_of_fewer_options),
      cmocka_unit_test(options_of_losses_travel),
      cmocka_unit_test(batches_belong_to_their_rows),
      cmocka_unit_test(refuses_lying_lengths),
      cmocka_unit_test(lives_through_random_damage),
      cmocka_unit_test(what_answers_need_travels),
      cmocka_unit_test(other_weights_take_answers_away),
      cmocka_unit_test(refuses_what_cannot_be_taken_along),
      cmocka_unit_test(refuses_lies_about_answers),
      cmocka_unit_test(survives_short_memory),
  };
  return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
