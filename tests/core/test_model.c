/* Model bytes: their structure as the safetensors format has it, what travels in them, and every
 * lie they could tell. */
#include "support.h"

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
  assert_int_equal(
      triplet_trainer_create(NULL, &options, triplet_matrix_of(x, ROWS, COLS), (triplet_ints){labels, ROWS}, &trainer),
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
      "{\"__metadata__\":{\"format\":\"triplet\",\"version\":\"1\",\"options\":\"[\\\"mining\\\",",
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

static void assert_refused(const uint8_t *bytes, size_t size, const char *message) {
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
      {"{", "[", "the header is not a JSON object"},
      {"\"__metadata__\"", "__metadata__", "the header is not a JSON object"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"a\":1,", "__metadata__ is not an object of strings"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"a\":\"\xff\",", "__metadata__ is not an object of strings"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"a\":\"\\ud800\",", "__metadata__ is not an object of strings"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"a\":\"\\u0000\",", "__metadata__ is not an object of strings"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"a\":\"\n\",", "__metadata__ is not an object of strings"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"a\":\"\\x\",", "__metadata__ is not an object of strings"},
      {"\"__metadata__\":{", "\"__metadata__\":{\"version\":\"1\",", "a key of __metadata__ is there twice"},
      {"\"__metadata__\":{", "\"__metadata__\":{},\"__metadata__\":{", "__metadata__ is there twice"},
      {"\"version\":\"1\"", "\"version\":\"2\"", "the model is of a version that is not known here"},
      {"\"format\":\"triplet\"", "\"format\":\"pt\"", "the model is not one of triplet's"},
      {"\"judgements\"", "\"progress\"", "a tensor is there twice"},
      {"\"judgements\"", "\"judgments\"", "tensor judgements is missing"},
      {"\"layers.0.bias\"", "\"layers.0.bia\"", "tensor layers.0.bias is missing"},
      {"\"layers.0.weight\"", "\"layers.7.weight\"", "there are neither layers nor an embedding"},
      {"\"best.layers.1.bias\"", "\"best.layers.1.b\"", "tensor best.layers.1.bias is missing"},
      {"\"optimizer.state\"", "\"embedding\"", "tensor embedding has a wrong type or shape"},
      {"\"optimizer.state\"", "\"layers.2.weight\"", "tensor layers.2.weight has a wrong type or shape"},
      {"[5,3]", "[3,5]", "tensor layers.0.bias has a wrong type or shape"},
      {"[5,3]", "[5,4]", "tensor layers.0.weight has a wrong type or shape"},
      {"[5,3]", "[15]", "tensor layers.0.weight has a wrong type or shape"},
      {"[5,3]", "[5,3,1]", "tensor layers.0.weight has a wrong type or shape"},
      {"[5,3]", "[4611686018427387909,3]", "tensor layers.0.weight has a wrong type or shape"},
      {"[5,3]", "[0,4611686018427387909]", "tensor layers.0.weight has a wrong type or shape"},
      {"[5,3]", "[05,3]", "a tensor's entry is not as safetensors has it"},
      {"[5,3]", "[5.0,3]", "a tensor's entry is not as safetensors has it"},
      {"[5,3]", "[-5,3]", "a tensor's entry is not as safetensors has it"},
      {"[5,3]", "[5,3", "a tensor's entry is not as safetensors has it"},
      {"[5,3]", "[99999999999999999999999,3]", "a tensor's entry is not as safetensors has it"},
      {"\"shape\":[5,3],", "", "a tensor's entry is not as safetensors has it"},
      {"\"shape\":[5,3],", "\"shape\":[5,3],\"shape\":[5,3],", "a tensor's entry is not as safetensors has it"},
      {"\"shape\":[5,3],", "\"shape\":[5,3],\"more\":[],", "a tensor's entry is not as safetensors has it"},
      {"\"dtype\":\"F32\"", "\"dtype\":\"F16\"", "tensor layers.0.weight has a wrong type or shape"},
      {"\"data_offsets\":[0,", "\"data_offsets\":[8,", "tensors overlap or leave gaps"},
      {"\"data_offsets\":[0,", "\"data_offsets\":[0,9", "tensors overlap or leave gaps"},
      {"\"data_offsets\":[0,", "\"data_offsets\":[0,0,", "a tensor's entry is not as safetensors has it"},
      {"\"options\":\"[", "\"options\":\"", "options is not a JSON list of names"},
      {"\"options\":\"[", "\"options\":\"[1,", "options is not a JSON list of names"},
      {"\"options\":\"[", "\"options\":\"[\\\"a\\\",", "tensor options does not fit the names of the options"},
      {"\\\"fallback\\\"", "\\\"mining\\\"", "option mining is out of range or there twice"},
      {"\"columns\":\"[", "\"columns\":\"[\\\"", "columns is not a JSON list of names"},
      {"\"columns\":\"[", "\"columns\":\"[\\\"\\\\ud800\\\"", "columns is not a JSON list of names"},
      {"\"labels\":\"[", "\"labels\":\"[]", "labels is not a JSON list of names"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    const model changed = with(&saved, lies[i].what, lies[i].by);
    assert_refused(changed.bytes, changed.size, lies[i].message);
    free(changed.bytes);
  }
  char *header = header_of(&saved);
  char *longer = malloc(strlen(header) + 100);
  sprintf(longer, "%sx", header);
  const model trailing = with_header(&saved, longer);
  assert_refused(trailing.bytes, trailing.size, "the header does not end as JSON does");
  free(trailing.bytes);
  /* The last tensor reaches past the data, and one more from there back to their end. */
  char end[40], past[200];
  const size_t data_size = saved.size - 8 - header_size(&saved);
  sprintf(end, ",%zu]}}", data_size);
  sprintf(past, ",%zu]},\"more\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[%zu,%zu]}}", data_size + 8,
          data_size + 8, data_size);
  const model outside = with(&saved, end, past);
  assert_refused(outside.bytes, outside.size, "tensors overlap or leave gaps");
  free(outside.bytes);
  free(longer);
  free(header);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

static void refuses_lying_numbers(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);
  /* Options in the order of their names: mining, fallback, ignore_label, margin, ... */
  static const struct {
    const char *tensor;
    size_t place;
    double value;
    const char *message;
  } doubles[] = {
      {"options", 0, 6, "option mining is out of range or there twice"},
      {"options", 0, 0.5, "option mining is out of range or there twice"},
      {"options", 0, NAN, "option mining is out of range or there twice"},
      {"options", 2, 1e300, "option ignore_label is out of range or there twice"},
      {"options", 2, NAN, "option ignore_label is out of range or there twice"},
      {"options", 3, NAN, "option margin is out of range or there twice"},
      {"options", 3, INFINITY, "option margin is out of range or there twice"},
      {"judgements", 0, NAN, "tensor judgements is out of range"},
      {"judgements", 1, 1.5, "tensor judgements is out of range"},
      {"judgements", 1, -0.5, "tensor judgements is out of range"},
  };
  for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
    uint8_t *place = data_of(&saved, doubles[i].tensor) + 8 * doubles[i].place, kept[8];
    memcpy(kept, place, 8);
    put_double(place, doubles[i].value);
    assert_refused(saved.bytes, saved.size, doubles[i].message);
    memcpy(place, kept, 8);
  }
  static const struct {
    size_t place;
    uint64_t value;
  } integers[] = {{0, UINT64_MAX}, {0, (uint64_t)1 << 60}, {2, 2}, {3, UINT64_MAX}, {4, UINT64_MAX}, {5, 2}};
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
    uint8_t *place = data_of(&saved, "progress") + 8 * integers[i].place, kept[8];
    memcpy(kept, place, 8);
    put_integer(place, integers[i].value);
    assert_refused(saved.bytes, saved.size, "tensor progress is out of range");
    memcpy(place, kept, 8);
  }
  static const uint32_t deviations[] = {0, 0x80000000u, 0xbf800000u, 0x7fc00000u, 0x7f800000u};
  for (size_t i = 0; i < sizeof deviations / sizeof *deviations; i++) {
    uint8_t *place = data_of(&saved, "standardization.deviation") + 4, kept[4];
    memcpy(kept, place, 4);
    for (int b = 0; b < 4; b++)
      place[b] = (uint8_t)(deviations[i] >> (8 * b));
    assert_refused(saved.bytes, saved.size, "the standardization of column 1 is out of range");
    memcpy(place, kept, 4);
  }
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

static void refuses_lying_lengths(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const model saved = save(trainer);
  for (size_t size = 0; size < saved.size; size += size < 16 || size + 16 > saved.size ? 1 : 7)
    assert_refused(saved.bytes, size, NULL);
  uint8_t *longer = malloc(saved.size + 4);
  memcpy(longer, saved.bytes, saved.size);
  memset(longer + saved.size, 0, 4);
  assert_refused(longer, saved.size + 4, "the tensors do not fill the data");
  free(longer);
  uint8_t kept[8];
  memcpy(kept, saved.bytes, 8);
  const uint64_t sizes[] = {saved.size - 7, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    put_integer(saved.bytes, sizes[i]);
    assert_refused(saved.bytes, saved.size, "the header is cut off");
  }
  put_integer(saved.bytes, 0);
  assert_refused(saved.bytes, saved.size, "the header is not a JSON object");
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

/* The fuzz target, briefly: each byte of the header and of the numbers changed, and some at once. */
static void lives_through_random_damage(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (size_t layers = 0; layers < 2; layers++) {
    triplet_trainer *trainer = train(layers, layers > 0);
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

static void survives_short_memory(void **state) {
  (void)state;
  triplet_trainer *trainer = train(2, true);
  const char *const names[] = {"a", "b"};
  assert_int_equal(triplet_trainer_set_names(NULL, trainer, TRIPLET_NAMES_LABELS, 2, names), TRIPLET_OK);
  model saved = save(trainer);
  assert_in_range(fail_each_allocation(load_once, NULL, &saved), 8, 20);
  free(saved.bytes);
  triplet_trainer_destroy(trainer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_laid_out_as_safetensors),
      cmocka_unit_test(says_how_much_room_it_needs),
      cmocka_unit_test(everything_travels),
      cmocka_unit_test(a_loaded_trainer_waits_for_data),
      cmocka_unit_test(takes_what_other_writers_make),
      cmocka_unit_test(refuses_lying_headers),
      cmocka_unit_test(refuses_lying_numbers),
      cmocka_unit_test(refuses_lying_lengths),
      cmocka_unit_test(lives_through_random_damage),
      cmocka_unit_test(survives_short_memory),
  };
  return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
