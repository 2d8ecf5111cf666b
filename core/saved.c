/* saved.c - an encoder or an optimiser as safetensors bytes, and back. Beside what stored.h tells
 *
 *    inputs            I64 (1)  of an encoder without layers, of which nothing else tells
 *    progress          I64 (1)  the steps that an optimiser has taken
 *    optimizer.state   F32 (n)  absent where there is none */
#include "stored.h"

#define MAX_STEPS ((uint64_t)1 << 53)

/* ---- encoders ---------------------------------------------------------------------------------------------------- */

static void list_encoder_options(triplet_encoder *encoder, triplet_stored_options *options) {
  options->count = 0;
  triplet_stored_add_options(options, "", TRIPLET_SCHEMA_ENCODER, encoder);
}

static void write_encoder_metadata(triplet_writer *writer, const void *of) {
  triplet_stored_write_metadata(writer, TRIPLET_SAVED_ENCODER, of);
}

triplet_status triplet_encoder_save(triplet_context *context, const triplet_encoder *encoder, const float *parameters,
                                    uint8_t *bytes, size_t capacity, size_t *size) {
  TRIPLET_TRY(triplet_check_encoder(context, encoder));
  if (encoder->layers && !parameters)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters", "expected %z floats, got NULL",
                        triplet_encoder_parameters(encoder));
  triplet_encoder copy = *encoder;
  triplet_stored_options options;
  triplet_stored_list list = {0};
  int64_t inputs = (int64_t)encoder->inputs;
  list_encoder_options(&copy, &options);
  triplet_stored_add_numbers(&list, &options);
  if (!encoder->layers)
    triplet_stored_add(&list, "inputs", TRIPLET_I64, 1, &inputs);
  triplet_stored_add_layers(&list, "", encoder, (float *)parameters);
  const triplet_safetensors_content content = {write_encoder_metadata, &options, list.tensors, list.count};
  return triplet_safetensors_write(context, &content, bytes, capacity, size);
}

static triplet_status read_inputs(triplet_context *context, const triplet_safetensors *file, size_t *inputs) {
  int64_t value;
  triplet_stored_list wanted = {0};
  triplet_stored_add(&wanted, "inputs", TRIPLET_I64, 1, &value);
  TRIPLET_TRY(triplet_safetensors_read(context, file, wanted.tensors, wanted.count));
  if (value < 1 || value > INT32_MAX)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor inputs is out of range");
  *inputs = (size_t)value;
  return TRIPLET_OK;
}

static triplet_status read_encoder(triplet_context *context, triplet_safetensors *file, triplet_encoder *encoder) {
  triplet_stored_options known;
  triplet_stored_layers layers;
  list_encoder_options(encoder, &known);
  TRIPLET_TRY(triplet_stored_read_options(context, file, &known));
  TRIPLET_TRY(triplet_stored_read_layers(context, file, &layers));
  if (!layers.count)
    TRIPLET_TRY(read_inputs(context, file, &layers.inputs));
  encoder->inputs = layers.inputs;
  encoder->layers = layers.count;
  memcpy(encoder->widths, layers.widths, layers.count * sizeof *layers.widths);
  return triplet_stored_blame(context, triplet_check_encoder(context, encoder));
}

/* Nothing is written before all is known to be right: parameters NULL checks shapes alone. */
static triplet_status read_parameters(triplet_context *context, const triplet_safetensors *file,
                                      const triplet_encoder *encoder, float *parameters) {
  triplet_stored_list wanted = {0};
  triplet_stored_add_layers(&wanted, "", encoder, parameters);
  return triplet_safetensors_read(context, file, wanted.tensors, wanted.count);
}

triplet_status triplet_encoder_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                    triplet_encoder *encoder, float *parameters, size_t capacity) {
  triplet_safetensors *file;
  TRIPLET_TRY(triplet_stored_open(context, TRIPLET_SAVED_ENCODER, bytes, size, &file));
  triplet_encoder read = triplet_encoder_options();
  triplet_status status = read_encoder(context, file, &read);
  if (status == TRIPLET_OK)
    status = read_parameters(context, file, &read, NULL);
  const size_t count = status == TRIPLET_OK ? triplet_encoder_parameters(&read) : 0;
  if (status == TRIPLET_OK && parameters && capacity < count)
    status = triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected %z floats, got %z", count, capacity);
  if (status == TRIPLET_OK && parameters)
    status = read_parameters(context, file, &read, parameters);
  if (status == TRIPLET_OK)
    *encoder = read;
  triplet_release(context, file);
  return status;
}

/* ---- optimisers -------------------------------------------------------------------------------------------------- */

/* As triplet_optimizer_update takes it, and with a state that is one of some number of parameters. */
static triplet_status check_optimizer(triplet_context *context, const triplet_kept_optimizer *kept) {
  TRIPLET_TRY(triplet_optimizer_update(context, &kept->optimizer, 1, &(triplet_parameters){0}));
  const size_t each = triplet_optimizer_state(&kept->optimizer, 1);
  if (each ? kept->count % each != 0 : kept->count != 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "count",
                        "expected %z floats of state for each parameter, got %z in all", each, kept->count);
  if (kept->steps > MAX_STEPS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "steps", "expected at most 2^53, got more");
  return TRIPLET_OK;
}

static void list_optimizer_options(triplet_optimizer *optimizer, triplet_stored_options *options) {
  options->count = 0;
  triplet_stored_add_options(options, "", TRIPLET_SCHEMA_OPTIMIZER, optimizer);
}

static void write_optimizer_metadata(triplet_writer *writer, const void *of) {
  triplet_stored_write_metadata(writer, TRIPLET_SAVED_OPTIMIZER, of);
}

triplet_status triplet_optimizer_save(triplet_context *context, const triplet_kept_optimizer *kept, uint8_t *bytes,
                                      size_t capacity, size_t *size) {
  TRIPLET_TRY(check_optimizer(context, kept));
  if (kept->count && !kept->state)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "state", "expected %z floats, got NULL", kept->count);
  triplet_optimizer copy = kept->optimizer;
  triplet_stored_options options;
  triplet_stored_list list = {0};
  int64_t steps = (int64_t)kept->steps;
  list_optimizer_options(&copy, &options);
  triplet_stored_add_numbers(&list, &options);
  triplet_stored_add(&list, "progress", TRIPLET_I64, 1, &steps);
  if (kept->count)
    triplet_stored_add(&list, "optimizer.state", TRIPLET_F32, kept->count, kept->state);
  const triplet_safetensors_content content = {write_optimizer_metadata, &options, list.tensors, list.count};
  return triplet_safetensors_write(context, &content, bytes, capacity, size);
}

static triplet_status read_optimizer(triplet_context *context, triplet_safetensors *file,
                                     triplet_kept_optimizer *kept) {
  int64_t steps;
  triplet_stored_options known;
  triplet_stored_list wanted = {0};
  list_optimizer_options(&kept->optimizer, &known);
  TRIPLET_TRY(triplet_stored_read_options(context, file, &known));
  triplet_stored_add(&wanted, "progress", TRIPLET_I64, 1, &steps);
  TRIPLET_TRY(triplet_safetensors_read(context, file, wanted.tensors, wanted.count));
  if (steps < 0 || (uint64_t)steps > MAX_STEPS)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor progress is out of range");
  kept->steps = (uint64_t)steps;

  const triplet_file_tensor *state = triplet_safetensors_find(file, "optimizer.state");
  if (state && !triplet_file_tensor_is(state, TRIPLET_F32, 1))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor optimizer.state has a wrong type or shape");
  kept->count = state ? state->shape[0] : 0;
  return triplet_stored_blame(context, check_optimizer(context, kept));
}

triplet_status triplet_optimizer_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                      triplet_kept_optimizer *kept) {
  triplet_safetensors *file;
  TRIPLET_TRY(triplet_stored_open(context, TRIPLET_SAVED_OPTIMIZER, bytes, size, &file));
  triplet_kept_optimizer read = {.optimizer = triplet_optimizer_options(), .state = kept->state};
  triplet_status status = read_optimizer(context, file, &read);
  if (status == TRIPLET_OK && kept->state && kept->count < read.count)
    status = triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "count", "expected room for %z floats, got %z", read.count,
                          kept->count);
  if (status == TRIPLET_OK) {
    if (read.state && read.count)
      triplet_safetensors_numbers(file, triplet_safetensors_find(file, "optimizer.state"), TRIPLET_F32, read.state);
    *kept = read;
  }
  triplet_release(context, file);
  return status;
}
