/* Encoders and optimisers as bytes: what comes back, what is refused, and that nothing is written then. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/fuzz_saved.c"

typedef struct saved {
  uint8_t *bytes;
  size_t size;
} saved;

static triplet_encoder encoder_of(size_t layers, bool adapter) {
  triplet_encoder encoder = triplet_encoder_options();
  encoder.inputs = 3;
  encoder.layers = layers;
  for (size_t i = 0; i < layers; i++)
    encoder.widths[i] = i + 1 == layers ? 3 : 4 + i;
  encoder.activation = layers > 2 ? TRIPLET_ACTIVATION_NONE : TRIPLET_ACTIVATION_TANH;
  encoder.normalize = layers % 2 == 0;
  encoder.residual = adapter;
  return encoder;
}

static saved save_encoder(const triplet_encoder *encoder, const float *parameters) {
  saved made = {NULL, 0};
  size_t size;
  assert_int_equal(triplet_encoder_save(context, encoder, parameters, NULL, 0, &made.size), TRIPLET_OK);
  made.bytes = malloc(made.size);
  assert_int_equal(triplet_encoder_save(context, encoder, parameters, made.bytes, made.size, &size), TRIPLET_OK);
  assert_int_equal(size, made.size);
  return made;
}

static saved save_optimizer(const triplet_kept_optimizer *kept) {
  saved made = {NULL, 0};
  size_t size;
  assert_int_equal(triplet_optimizer_save(context, kept, NULL, 0, &made.size), TRIPLET_OK);
  made.bytes = malloc(made.size);
  assert_int_equal(triplet_optimizer_save(context, kept, made.bytes, made.size, &size), TRIPLET_OK);
  assert_int_equal(size, made.size);
  return made;
}

static char *header_of(const saved *from) {
  const size_t size = from->bytes[0] | (size_t)from->bytes[1] << 8;
  char *text = malloc(size + 1);
  memcpy(text, from->bytes + 8, size);
  text[size] = 0;
  return text;
}

/* The same file with the first `what` in its header replaced. */
static saved with(const saved *from, const char *what, const char *by) {
  char *header = header_of(from), *at = strstr(header, what);
  if (!at)
    fail_msg("the header has no %s", what);
  const size_t old = strlen(header), size = old - strlen(what) + strlen(by), before = (size_t)(at - header);
  saved made = {malloc(from->size - old + size), from->size - old + size};
  memset(made.bytes, 0, 8);
  made.bytes[0] = (uint8_t)size;
  made.bytes[1] = (uint8_t)(size >> 8);
  memcpy(made.bytes + 8, header, before);
  memcpy(made.bytes + 8 + before, by, strlen(by));
  const size_t rest = 8 + before + strlen(what);
  memcpy(made.bytes + 8 + before + strlen(by), from->bytes + rest, from->size - rest);
  free(header);
  return made;
}

static void encoders_come_back(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (size_t layers = 0; layers <= TRIPLET_MAX_LAYERS; layers++)
    for (int adapter = 0; adapter <= (layers > 0); adapter++) {
      const triplet_encoder encoder = encoder_of(layers, adapter);
      const size_t count = triplet_encoder_parameters(&encoder);
      floats parameters = floats_random(&from, count, 0, 2), read = floats_make(count, 0);
      const saved made = save_encoder(&encoder, parameters.data);

      triplet_encoder shape, loaded;
      memset(&shape, 0, sizeof shape);
      assert_int_equal(triplet_encoder_load(context, made.bytes, made.size, &shape, NULL, 0), TRIPLET_OK);
      assert_int_equal(triplet_encoder_parameters(&shape), count);
      assert_int_equal(triplet_encoder_load(context, made.bytes, made.size, &loaded, read.data, count), TRIPLET_OK);
      assert_same_bits(parameters.data, read.data, count, "parameters");
      assert_true(loaded.begun == encoder.begun && loaded.inputs == 3 && loaded.layers == layers);
      assert_true(loaded.activation == encoder.activation && loaded.normalize == encoder.normalize &&
                  loaded.residual == encoder.residual);
      assert_memory_equal(loaded.widths, encoder.widths, layers * sizeof *loaded.widths);

      triplet_saved_kind kind = TRIPLET_SAVED_TRAINER;
      assert_int_equal(triplet_saved_kind_of(context, made.bytes, made.size, &kind), TRIPLET_OK);
      assert_int_equal(kind, TRIPLET_SAVED_ENCODER);
      free(made.bytes);
      floats_release(&read);
      floats_release(&parameters);
    }
}

/* Whatever NaN a file has. */
static void loads_the_one_nan(void **state) {
  (void)state;
  const triplet_encoder encoder = encoder_of(1, false);
  float parameters[12] = {0}, read[12];
  const saved made = save_encoder(&encoder, parameters);
  memcpy(made.bytes + made.size - 4, "\1\2\xff\xff", 4);
  triplet_encoder loaded;
  assert_int_equal(triplet_encoder_load(context, made.bytes, made.size, &loaded, read, 12), TRIPLET_OK);
  assert_int_equal(bits_of(read[11]), 0x7fc00000);
  free(made.bytes);
}

/* What the names and numbers in the file are, by hand. */
static void is_laid_out_as_safetensors(void **state) {
  (void)state;
  triplet_encoder encoder = encoder_of(1, false);
  const float parameters[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  saved made = save_encoder(&encoder, parameters);
  char *header = header_of(&made);
  const char *begin = "{\"__metadata__\":{\"format\":\"triplet\",\"version\":\"2\",\"kind\":\"encoder\","
                      "\"options\":\"[\\\"normalize\\\",\\\"residual\\\"]\","
                      "\"choices\":\"[\\\"activation\\\",\\\"tanh\\\"]\"},"
                      "\"options\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                      "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,3],\"data_offsets\":[16,52]},"
                      "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[52,64]}}";
  assert_memory_equal(header, begin, strlen(begin));
  assert_int_equal(strspn(header + strlen(begin), " "), strlen(header) - strlen(begin));
  assert_int_equal(made.size, 8 + strlen(header) + 64);
  free(header);
  free(made.bytes);

  encoder = encoder_of(0, false);
  made = save_encoder(&encoder, NULL);
  header = header_of(&made);
  assert_non_null(strstr(header, "\"inputs\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[16,24]}}"));
  free(header);
  free(made.bytes);

  float state_of[4] = {0.5f, -1, 2, 3};
  triplet_kept_optimizer kept = {triplet_optimizer_options(), 7, state_of, 4};
  made = save_optimizer(&kept);
  header = header_of(&made);
  begin = "{\"__metadata__\":{\"format\":\"triplet\",\"version\":\"2\",\"kind\":\"optimizer\","
          "\"options\":\"[\\\"learning_rate\\\",\\\"momentum\\\",\\\"nesterov\\\",\\\"b1\\\",\\\"b2\\\",\\\"eps\\\","
          "\\\"weight_decay\\\"]\",\"choices\":\"[\\\"name\\\",\\\"adam\\\"]\"},"
          "\"options\":{\"dtype\":\"F64\",\"shape\":[7],\"data_offsets\":[0,56]},"
          "\"progress\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[56,64]},"
          "\"optimizer.state\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[64,80]}}";
  assert_memory_equal(header, begin, strlen(begin));
  const uint8_t *data = made.bytes + 8 + strlen(header);
  assert_memory_equal(data + 56, "\7\0\0\0\0\0\0\0\0\0\0\x3f\0\0\x80\xbf", 16);
  free(header);
  free(made.bytes);
}

/* Trained on after a way through bytes as without one. */
static void optimizers_go_on(void **state) {
  (void)state;
  enum { COUNT = 9 };
  seeded from = seeded_from(2);
  for (int name = TRIPLET_OPTIMIZER_SGD; name <= TRIPLET_OPTIMIZER_ADAMW; name++)
    for (int momentum = 0; momentum < 2; momentum++) {
      triplet_kept_optimizer kept = {.optimizer = triplet_optimizer_options()};
      kept.optimizer.name = (triplet_optimizer_name)name;
      kept.optimizer.momentum = momentum ? 0.9 : 0;
      kept.optimizer.learning_rate = 0.123456789;
      kept.optimizer.weight_decay = 0.5;
      kept.count = triplet_optimizer_state(&kept.optimizer, COUNT);
      floats values = floats_random(&from, COUNT, 0, 1), gradient = floats_random(&from, COUNT, 0, 1);
      floats memory = floats_make(kept.count, 0);
      memset(memory.data, 0, kept.count * sizeof *memory.data);
      kept.state = memory.data;
      for (kept.steps = 0; kept.steps < 3;) {
        const triplet_parameters all = {COUNT, values.data, gradient.data, kept.state};
        assert_int_equal(triplet_optimizer_update(context, &kept.optimizer, ++kept.steps, &all), TRIPLET_OK);
      }

      const saved made = save_optimizer(&kept);
      triplet_kept_optimizer loaded = {.state = NULL};
      assert_int_equal(triplet_optimizer_load(context, made.bytes, made.size, &loaded), TRIPLET_OK);
      assert_true(loaded.steps == 3 && loaded.count == kept.count && !loaded.state);
      floats read = floats_make(loaded.count, 0);
      loaded.state = read.data;
      assert_int_equal(triplet_optimizer_load(context, made.bytes, made.size, &loaded), TRIPLET_OK);
      assert_same_bits(read.data, memory.data, kept.count, "state");
      const triplet_optimizer *is = &loaded.optimizer, *was = &kept.optimizer;
      assert_true(is->begun == was->begun && is->name == was->name && is->learning_rate == was->learning_rate &&
                  is->momentum == was->momentum && is->nesterov == was->nesterov && is->b1 == was->b1 &&
                  is->b2 == was->b2 && is->eps == was->eps && is->weight_decay == was->weight_decay);
      free(made.bytes);
      floats_release(&read);
      floats_release(&memory);
      floats_release(&gradient);
      floats_release(&values);
    }
}

static void refuses_what_cannot_be_saved(void **state) {
  (void)state;
  float floats[64] = {0};
  uint8_t room[4096];
  size_t size = 77, needed;
  triplet_encoder encoder = encoder_of(1, false), bad = encoder;
  pattern_set(room, sizeof room);
  assert_int_equal(triplet_encoder_save(context, &encoder, floats, NULL, 0, &needed), TRIPLET_OK);
  char message[100];
  sprintf(message, "expected %zu bytes, got %zu", needed, needed - 1);
  assert_error(context, triplet_encoder_save(context, &encoder, floats, room, needed - 1, &size),
               TRIPLET_INVALID_ARGUMENT, "capacity", message);
  assert_error(context, triplet_encoder_save(context, &encoder, NULL, room, sizeof room, &size),
               TRIPLET_INVALID_ARGUMENT, "parameters", "expected 12 floats, got NULL");
  bad.inputs = 0;
  assert_int_equal(triplet_encoder_save(context, &bad, floats, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT);
  bad = (triplet_encoder){.inputs = 2};
  assert_int_equal(triplet_encoder_save(context, &bad, floats, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT);

  triplet_kept_optimizer kept = {triplet_optimizer_options(), 1, floats, 3};
  assert_error(context, triplet_optimizer_save(context, &kept, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT,
               "count", "expected 2 floats of state for each parameter, got 3 in all");
  kept.count = 4;
  kept.state = NULL;
  assert_error(context, triplet_optimizer_save(context, &kept, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT,
               "state", "expected 4 floats, got NULL");
  kept.state = floats;
  kept.optimizer.b1 = 1;
  assert_int_equal(triplet_optimizer_save(context, &kept, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT);
  kept.optimizer = triplet_optimizer_options();
  kept.steps = UINT64_MAX;
  assert_int_equal(triplet_optimizer_save(context, &kept, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT);
  kept.optimizer.name = TRIPLET_OPTIMIZER_SGD; /* without momentum there is no state */
  kept.steps = 1;
  assert_int_equal(triplet_optimizer_save(context, &kept, room, sizeof room, &size), TRIPLET_INVALID_ARGUMENT);
  assert_int_equal(size, 77);
  assert_true(pattern_stands(room, sizeof room));
}

static void assert_encoder_is_refused(const saved *from, const char *message) {
  triplet_encoder encoder;
  float parameters[200];
  pattern_set(&encoder, sizeof encoder);
  pattern_set(parameters, sizeof parameters);
  assert_error(context, triplet_encoder_load(context, from->bytes, from->size, &encoder, parameters, 200),
               TRIPLET_BAD_MODEL, "bytes", message);
  assert_true(pattern_stands(&encoder, sizeof encoder) && pattern_stands(parameters, sizeof parameters));
  assert_int_equal(triplet_encoder_load(NULL, from->bytes, from->size, &encoder, parameters, 200), TRIPLET_BAD_MODEL);
}

static void assert_optimizer_is_refused(const saved *from, const char *message) {
  float memory[20];
  triplet_kept_optimizer kept, before;
  pattern_set(memory, sizeof memory);
  memset(&kept, 0, sizeof kept);
  kept.state = memory;
  kept.count = 20;
  before = kept;
  assert_error(context, triplet_optimizer_load(context, from->bytes, from->size, &kept), TRIPLET_BAD_MODEL, "bytes",
               message);
  assert_memory_equal(&kept, &before, sizeof kept);
  assert_true(pattern_stands(memory, sizeof memory));
}

static void refuses_lies(void **state) {
  (void)state;
  const triplet_encoder encoder = encoder_of(2, false);
  float parameters[31] = {1}, memory[4] = {0};
  triplet_kept_optimizer kept = {triplet_optimizer_options(), 1, memory, 4};
  const saved of_encoder = save_encoder(&encoder, parameters), of_optimizer = save_optimizer(&kept);
  static const struct {
    const char *what, *by, *message;
  } encoders[] =
      {
          {"\"kind\":\"encoder\"", "\"kind\":\"optimizer\"",
           "expected a model of kind encoder, got one of kind optimizer"},
          {"\"kind\":\"encoder\"", "\"other\":\"encoder\"",
           "expected a model of kind encoder, got one of kind trainer"},
          {"\"kind\":\"encoder\"", "\"kind\":\"decoder\"", "the model is of a kind that is not known here: decoder"},
          {"\"version\":\"2\"", "\"version\":\"3\"", "the model is of a version that is not known here"},
          {"\"format\":\"triplet\"", "\"format\":\"pt\"", "the model is not one of triplet's"},
          {"\\\"tanh\\\"", "\\\"gelu\\\"", "option activation has a choice that is not known here: gelu"},
          {"[4,3]", "[3,4]", "tensor layers.1.weight has a wrong type or shape"},
          {"[3,4]", "[4,3]", "tensor layers.1.weight has a wrong type or shape"},
          {"[4,3]", "[12]", "tensor layers.0.weight has a wrong type or shape"},
          {"layers.0.weight", "layers.9.weight", "tensor inputs is missing"},
          {"layers.1.bias", "layers.9.bias", "tensor layers.1.bias is missing"},
          {"\"options\":{\"dtype\":\"F64\"", "\"options\":{\"dtype\":\"I64\"",
           "tensor options does not fit the names of the options"},
      },
    optimizers[] = {
        {"\"kind\":\"optimizer\"", "\"kind\":\"encoder\"",
         "expected a model of kind optimizer, got one of kind encoder"},
        {"\\\"adam\\\"", "\\\"sgd\\\"", "count: expected 0 floats of state for each parameter, got 4 in all"},
        {"\"progress\"", "\"regress\"", "tensor progress is missing"},
        {"\"shape\":[4]", "\"shape\":[2,2]", "tensor optimizer.state has a wrong type or shape"},
        {"\"shape\":[4]", "\"shape\":[5]", "tensor optimizer.state has a wrong type or shape"},
        {"\\\"b1\\\"", "\\\"b2\\\"", "option b2 is out of range or there twice"},
    };
  for (size_t i = 0; i < sizeof encoders / sizeof *encoders; i++) {
    const saved changed = with(&of_encoder, encoders[i].what, encoders[i].by);
    assert_encoder_is_refused(&changed, encoders[i].message);
    free(changed.bytes);
  }
  for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
    const saved changed = with(&of_optimizer, optimizers[i].what, optimizers[i].by);
    assert_optimizer_is_refused(&changed, optimizers[i].message);
    free(changed.bytes);
  }

  triplet_trainer *trainer = NULL;
  assert_error(context, triplet_trainer_load(context, of_encoder.bytes, of_encoder.size, &trainer), TRIPLET_BAD_MODEL,
               "bytes", "expected a model of kind trainer, got one of kind encoder");
  triplet_encoder read;
  assert_error(context, triplet_encoder_load(context, of_encoder.bytes, of_encoder.size, &read, parameters, 30),
               TRIPLET_INVALID_ARGUMENT, "capacity", "expected 31 floats, got 30");
  kept.count = 3;
  assert_error(context, triplet_optimizer_load(context, of_optimizer.bytes, of_optimizer.size, &kept),
               TRIPLET_INVALID_ARGUMENT, "count", "expected room for 4 floats, got 3");
  assert_error(context, triplet_encoder_load(context, NULL, 5, &read, NULL, 0), TRIPLET_INVALID_ARGUMENT, "bytes",
               "expected 5 bytes, got NULL");
  free(of_optimizer.bytes);
  free(of_encoder.bytes);
}

/* An encoder without layers says how many columns it takes. */
static void refuses_inputs_out_of_range(void **state) {
  (void)state;
  const triplet_encoder encoder = encoder_of(0, false);
  const saved made = save_encoder(&encoder, NULL);
  const uint8_t values[][8] = {{0}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0, 1}};
  for (size_t i = 0; i < 3; i++) {
    memcpy(made.bytes + made.size - 8, values[i], 8);
    assert_encoder_is_refused(&made, "tensor inputs is out of range");
  }

  /* Half a number of 8 bytes, the last of the data. */
  char *header = header_of(&made), whole[40], half[40];
  const size_t end = made.size - 8 - strlen(header);
  sprintf(whole, ",%zu]", end);
  sprintf(half, ",%zu]", end - 4);
  saved cut = with(&made, whole, half);
  cut.size -= 4;
  assert_encoder_is_refused(&cut, "tensor inputs has a wrong type or shape");
  free(cut.bytes);
  free(header);
  free(made.bytes);
}

/* Every file that is cut short, and files with any byte changed, by the fuzz target. */
static void lives_through_damage(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  const triplet_encoder encoder = encoder_of(2, false);
  float parameters[31] = {1}, memory[4] = {0};
  const triplet_kept_optimizer kept = {triplet_optimizer_options(), 1, memory, 4};
  const saved files[] = {save_encoder(&encoder, parameters), save_optimizer(&kept)};
  for (size_t file = 0; file < 2; file++) {
    const saved *of = &files[file];
    triplet_saved_kind kind;
    uint8_t *damaged = malloc(of->size);
    for (size_t i = 0; i < of->size; i++) {
      uint8_t *cut = malloc(i + !i);
      memcpy(cut, of->bytes, i);
      assert_int_equal(triplet_saved_kind_of(context, cut, i, &kind), TRIPLET_BAD_MODEL);
      LLVMFuzzerTestOneInput(cut, i);
      free(cut);
      for (int change = 0; change < 4; change++) {
        memcpy(damaged, of->bytes, of->size);
        damaged[i] = change < 3 ? (uint8_t)(damaged[i] ^ 1 << 2 * change) : (uint8_t)seeded_below(&from, 256);
        LLVMFuzzerTestOneInput(damaged, of->size);
      }
    }
    LLVMFuzzerTestOneInput(of->bytes, of->size);
    free(damaged);
    free(of->bytes);
  }
}

static triplet_status load_encoder_once(triplet_context *with, void *data) {
  const saved *from = data;
  triplet_encoder encoder;
  return triplet_encoder_load(with, from->bytes, from->size, &encoder, NULL, 0);
}

static triplet_status load_optimizer_once(triplet_context *with, void *data) {
  const saved *from = data;
  triplet_kept_optimizer kept = {.state = NULL};
  return triplet_optimizer_load(with, from->bytes, from->size, &kept);
}

static void survives_short_memory(void **state) {
  (void)state;
  const triplet_encoder encoder = encoder_of(2, false);
  float parameters[31] = {1};
  const triplet_kept_optimizer kept = {triplet_optimizer_options(), 1, NULL, 0};
  saved of_encoder = save_encoder(&encoder, parameters), of_optimizer = save_optimizer(&kept);
  assert_in_range(fail_each_allocation(load_encoder_once, NULL, &of_encoder), 2, 6);
  assert_in_range(fail_each_allocation(load_optimizer_once, NULL, &of_optimizer), 2, 6);
  free(of_optimizer.bytes);
  free(of_encoder.bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(encoders_come_back),           WITH_CONTEXT(loads_the_one_nan),
      WITH_CONTEXT(is_laid_out_as_safetensors),   WITH_CONTEXT(optimizers_go_on),
      WITH_CONTEXT(refuses_what_cannot_be_saved), WITH_CONTEXT(refuses_lies),
      WITH_CONTEXT(refuses_inputs_out_of_range),  WITH_CONTEXT(lives_through_damage),
      WITH_CONTEXT(survives_short_memory),
  };
  return cmocka_run_group_tests_name("saved", tests, NULL, NULL);
}
