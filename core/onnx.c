/* onnx.c - an encoder, with what brings its inputs into shape, as an ONNX model: IR version 7, operators of version 13
 * (https://onnx.ai), so that what was made since the end of 2020 runs it.
 *
 * The input x (N, inputs) goes through
 *    Sub Sub Div    the recipe's standardisation: minus the mean, which is float32 and the float32 remainder, so that
 *                   2024 - 2010.37 keeps its digits; divided by the deviation
 *    IsNaN Where    what stands for a missing number, where the recipe has anything stand for it
 *    Sub Div        the trainer's standardisation
 *    Gemm Relu ...  the layers
 *    Add            the input of the layers, where they are residual
 *    Abs ... Div    the normalisation: first by the largest entry, so that no square of a float32 over- or underflows
 * to embeddings (N, dim); of these only what there is. */
#include "stored.h"
#include "trainer_internal.h"

#define IR_VERSION 7
#define OPSET_VERSION 13
#define FLOAT 1              /* TensorProto.DataType */
#define MOST_BYTES INT32_MAX /* of a message of protobuf */
#define MOST_NODES (15 + 2 * TRIPLET_MAX_LAYERS)

/* ---- the graph --------------------------------------------------------------------------------------------------- */

typedef struct node {
  const char *op;
  const char *inputs[3]; /* those after the last are NULL */
  char output[TRIPLET_STORED_NAME];
} node;

typedef struct graph {
  size_t inputs, dim;
  const char *const *names; /* of the inputs, or NULL */
  triplet_stored_list tensors;
  size_t node_count;
  node nodes[MOST_NODES];
} graph;

/* A node of up to three inputs. Returns the name of what comes out of it. */
static const char *add(graph *to, const char *op, const char *first, const char *second, const char *third) {
  node *made = &to->nodes[to->node_count];
  made->op = op;
  made->inputs[0] = first;
  made->inputs[1] = second;
  made->inputs[2] = third;
  triplet_format(made->output, sizeof made->output, "%s.%z", op, to->node_count++);
  return made->output;
}

static const char *add_numbers(graph *to, const char *name, size_t count, const float *numbers) {
  return triplet_stored_add(&to->tensors, name, TRIPLET_F32, count, (float *)numbers)->name;
}

static const char *add_layers(graph *to, const triplet_encoder *encoder, const float *parameters, const char *value) {
  static const char *const activations[] = {[TRIPLET_ACTIVATION_RELU] = "Relu", [TRIPLET_ACTIVATION_TANH] = "Tanh"};
  const triplet_stored *of = to->tensors.tensors + to->tensors.count;
  triplet_stored_add_layers(&to->tensors, "", encoder, (float *)parameters);
  for (size_t layer = 0; layer < encoder->layers; layer++, of += 2) {
    value = add(to, "Gemm", value, of[0].name, of[1].name);
    if (layer + 1 < encoder->layers && encoder->activation != TRIPLET_ACTIVATION_NONE)
      value = add(to, activations[encoder->activation], value, NULL, NULL);
  }
  return value;
}

/* A row of zeros stays. */
static const char *add_normalization(graph *to, const char *value) {
  static const float smallest = FLT_MIN;
  const char *floor = add_numbers(to, "normalization.floor", 1, &smallest);
  const char *sizes = add(to, "Abs", value, NULL, NULL);
  const char *largest = add(to, "ReduceMax", sizes, NULL, NULL);
  largest = add(to, "Max", largest, floor, NULL);
  value = add(to, "Div", value, largest, NULL);
  const char *length = add(to, "ReduceL2", value, NULL, NULL);
  length = add(to, "Max", length, floor, NULL);
  return add(to, "Div", value, length, NULL);
}

static void add_encoder(graph *to, const triplet_encoder *encoder, const float *parameters, const char *value) {
  const char *input = value;
  value = add_layers(to, encoder, parameters, value);
  if (encoder->residual && encoder->layers)
    value = add(to, "Add", input, value, NULL);
  if (encoder->normalize)
    value = add_normalization(to, value);
  if (!to->node_count)
    add(to, "Identity", value, NULL, NULL);
  node *last = &to->nodes[to->node_count - 1];
  memcpy(last->output, "embeddings", sizeof "embeddings");
}

/* ---- protobuf ---------------------------------------------------------------------------------------------------- */

enum { VARINT = 0, DELIMITED = 2 };

static void write_varint(triplet_writer *writer, uint64_t value) {
  for (; value >= 128; value >>= 7)
    triplet_write_byte(writer, (uint8_t)(value | 128));
  triplet_write_byte(writer, (uint8_t)value);
}

static void write_number(triplet_writer *writer, unsigned field, uint64_t value) {
  write_varint(writer, field << 3 | VARINT);
  write_varint(writer, value);
}

static void write_begin(triplet_writer *writer, unsigned field, size_t size) {
  write_varint(writer, field << 3 | DELIMITED);
  write_varint(writer, size);
}

static void write_text(triplet_writer *writer, unsigned field, const char *text) {
  write_begin(writer, field, strlen(text));
  triplet_write_text(writer, text);
}

/* Written to nowhere first, which tells its size. */
static void write_message(triplet_writer *writer, unsigned field, void (*write)(triplet_writer *writer, const void *of),
                          const void *of) {
  triplet_writer inside = {NULL, 0};
  write(&inside, of);
  write_begin(writer, field, inside.size);
  write(writer, of);
}

/* ---- the messages of onnx.proto, whose fields have these numbers ------------------------------------------------- */

/* Any number of rows. */
static void write_rows(triplet_writer *writer, const void *of) {
  (void)of;
  write_text(writer, 2, "N");
}

static void write_cols(triplet_writer *writer, const void *of) {
  write_number(writer, 1, *(const size_t *)of);
}

static void write_shape(triplet_writer *writer, const void *of) {
  write_message(writer, 1, write_rows, NULL);
  write_message(writer, 1, write_cols, of);
}

static void write_tensor_type(triplet_writer *writer, const void *of) {
  write_number(writer, 1, FLOAT);
  write_message(writer, 2, write_shape, of);
}

static void write_type(triplet_writer *writer, const void *of) {
  write_message(writer, 1, write_tensor_type, of);
}

static void write_input(triplet_writer *writer, const void *of) {
  write_text(writer, 1, "x");
  write_message(writer, 2, write_type, &((const graph *)of)->inputs);
}

static void write_output(triplet_writer *writer, const void *of) {
  write_text(writer, 1, "embeddings");
  write_message(writer, 2, write_type, &((const graph *)of)->dim);
}

/* The second matrix has a row for each output. */
static void write_transposed(triplet_writer *writer, const void *of) {
  (void)of;
  write_text(writer, 1, "transB");
  write_number(writer, 3, 1);
  write_number(writer, 20, 2); /* INT */
}

/* Each row becomes one number. */
static void write_columns(triplet_writer *writer, const void *of) {
  (void)of;
  write_text(writer, 1, "axes");
  write_number(writer, 8, 1);
  write_number(writer, 20, 7); /* INTS */
}

static void write_node(triplet_writer *writer, const void *of) {
  const node *from = of;
  for (size_t i = 0; i < sizeof from->inputs / sizeof *from->inputs && from->inputs[i]; i++)
    write_text(writer, 1, from->inputs[i]);
  write_text(writer, 2, from->output);
  write_text(writer, 4, from->op);
  if (strcmp(from->op, "Gemm") == 0)
    write_message(writer, 5, write_transposed, NULL);
  if (strncmp(from->op, "Reduce", 6) == 0)
    write_message(writer, 5, write_columns, NULL);
}

static void write_tensor(triplet_writer *writer, const void *of) {
  const triplet_stored *tensor = of;
  const size_t count = tensor->shape[0] * (tensor->rank == 2 ? tensor->shape[1] : 1);
  for (size_t i = 0; i < tensor->rank; i++)
    write_number(writer, 1, tensor->shape[i]);
  write_number(writer, 2, FLOAT);
  write_text(writer, 8, tensor->name);
  write_begin(writer, 9, count * sizeof(float));
  triplet_write_floats(writer, tensor->data, count);
}

static void write_graph(triplet_writer *writer, const void *of) {
  const graph *from = of;
  for (size_t i = 0; i < from->node_count; i++)
    write_message(writer, 1, write_node, &from->nodes[i]);
  write_text(writer, 2, "encoder");
  for (size_t i = 0; i < from->tensors.count; i++)
    write_message(writer, 5, write_tensor, &from->tensors.tensors[i]);
  write_message(writer, 11, write_input, from);
  write_message(writer, 12, write_output, from);
}

static void write_opset(triplet_writer *writer, const void *of) {
  (void)of;
  write_number(writer, 2, OPSET_VERSION);
}

/* A JSON list. */
static void write_names(triplet_writer *writer, const void *of) {
  const graph *from = of;
  triplet_write_byte(writer, '[');
  for (size_t i = 0; i < from->inputs; i++) {
    triplet_write_text(writer, i ? ",\"" : "\"");
    triplet_write_escaped(writer, from->names[i], 1);
    triplet_write_byte(writer, '"');
  }
  triplet_write_byte(writer, ']');
}

static void write_metadata(triplet_writer *writer, const void *of) {
  write_text(writer, 1, "inputs");
  write_message(writer, 2, write_names, of);
}

static void write_model(triplet_writer *writer, const graph *of) {
  write_number(writer, 1, IR_VERSION);
  write_text(writer, 2, "triplet");
  write_message(writer, 7, write_graph, of);
  write_message(writer, 8, write_opset, NULL);
  if (of->names)
    write_message(writer, 14, write_metadata, of);
}

static triplet_status write(triplet_context *context, const graph *of, uint8_t *bytes, size_t capacity, size_t *size) {
  triplet_writer counted = {NULL, 0}, written = {bytes, 0};
  write_model(&counted, of);
  if (counted.size > MOST_BYTES)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                        "expected at most %z bytes of model, which is what ONNX takes, got %z", (size_t)MOST_BYTES,
                        counted.size);
  if (bytes && capacity < counted.size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected %z bytes, got %z", counted.size,
                        capacity);
  if (bytes)
    write_model(&written, of);
  *size = counted.size;
  return TRIPLET_OK;
}

/* ---- encoders ---------------------------------------------------------------------------------------------------- */

triplet_status triplet_encoder_export(triplet_context *context, const triplet_encoder *encoder, const float *parameters,
                                      uint8_t *bytes, size_t capacity, size_t *size) {
  TRIPLET_TRY(triplet_check_encoder(context, encoder));
  if (encoder->layers && !parameters)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters", "expected %z floats, got NULL",
                        triplet_encoder_parameters(encoder));
  graph made = {.inputs = encoder->inputs, .dim = triplet_encoder_dim(encoder)};
  add_encoder(&made, encoder, parameters, "x");
  return write(context, &made, bytes, capacity, size);
}

/* ---- trainers ---------------------------------------------------------------------------------------------------- */

/* What becomes of each input: ((x - mean) - mean_rest) / deviation, or fill where x is missing. */
typedef struct input_numbers {
  size_t count;
  float *mean, *mean_rest, *deviation, *fill;
  bool standardizes; /* not all of them stay as they are */
} input_numbers;

/* The next one; false where float32 cannot hold it. */
static bool add_input(input_numbers *to, double mean, double deviation, double fill) {
  const size_t i = to->count++;
  to->mean[i] = triplet_to_float(mean);
  to->mean_rest[i] = triplet_to_float(mean - (double)to->mean[i]);
  to->deviation[i] = triplet_to_float(deviation);
  to->fill[i] = triplet_to_float((fill - mean) / deviation);
  to->standardizes = to->standardizes || to->mean[i] != 0 || to->mean_rest[i] != 0 || to->deviation[i] != 1;
  return triplet_is_finite(to->mean[i]) && triplet_is_finite(to->fill[i]) && triplet_is_finite(to->deviation[i]) &&
         to->deviation[i] >= FLT_MIN;
}

static triplet_status list_inputs(triplet_context *context, const triplet_recipe *recipe, input_numbers *to) {
  for (size_t i = 0; i < recipe->column_count; i++) {
    const triplet_ingredient *column = &recipe->columns[i];
    for (size_t j = 0; j < column->value_count; j++)
      add_input(to, 0, 1, 0);
    if (column->kind == TRIPLET_COLUMN_NUMBER && !add_input(to, column->mean, column->deviation, column->fill))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "recipe",
                          "expected columns that float32 holds, got %n with mean %g and deviation %g", column->name,
                          column->mean, column->deviation);
  }
  return TRIPLET_OK;
}

static const char *add_recipe(graph *to, const triplet_recipe *recipe, const input_numbers *of, const char *value) {
  const size_t count = of->count;
  const char *missing = recipe->missing == TRIPLET_MISSING_MEAN ? add(to, "IsNaN", value, NULL, NULL) : NULL;
  if (of->standardizes) {
    const char *mean = add_numbers(to, "recipe.mean", count, of->mean);
    const char *rest = add_numbers(to, "recipe.mean_rest", count, of->mean_rest);
    const char *deviation = add_numbers(to, "recipe.deviation", count, of->deviation);
    value = add(to, "Sub", value, mean, NULL);
    value = add(to, "Sub", value, rest, NULL);
    value = add(to, "Div", value, deviation, NULL);
  }
  if (missing) {
    const char *fill = add_numbers(to, "recipe.fill", count, of->fill);
    value = add(to, "Where", missing, fill, value);
  }
  return value;
}

static const char *add_standardization(graph *to, const triplet_trainer *trainer, const char *value) {
  const size_t count = trainer->encoder.inputs;
  const char *mean = add_numbers(to, "standardization.mean", count, trainer->mean);
  const char *deviation = add_numbers(to, "standardization.deviation", count, trainer->deviation);
  value = add(to, "Sub", value, mean, NULL);
  return add(to, "Div", value, deviation, NULL);
}

/* The names of the inputs, where there is one for each. */
static const char *const *names_of(const triplet_trainer *trainer) {
  const triplet_names *names = &trainer->names[TRIPLET_NAMES_COLUMNS];
  if (trainer->recipe)
    return (const char *const *)trainer->recipe->inputs;
  return names->count == trainer->encoder.inputs ? (const char *const *)names->items : NULL;
}

triplet_status triplet_trainer_export(triplet_context *context, const triplet_trainer *trainer, uint8_t *bytes,
                                      size_t capacity, size_t *size) {
  if (triplet_trainer_is_table(trainer))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                        "expected at least 1 to export, got 0: a free table has no encoder");
  const size_t inputs = trainer->encoder.inputs;
  float *numbers = triplet_allocate(context, inputs, 4 * sizeof *numbers);
  if (!numbers)
    return TRIPLET_OUT_OF_MEMORY;
  input_numbers list = {0, numbers, numbers + inputs, numbers + 2 * inputs, numbers + 3 * inputs, false};
  graph made = {.inputs = inputs, .dim = triplet_encoder_dim(&trainer->encoder), .names = names_of(trainer)};
  triplet_status status = trainer->recipe ? list_inputs(context, trainer->recipe, &list) : TRIPLET_OK;
  if (status == TRIPLET_OK) {
    const char *value = trainer->recipe ? add_recipe(&made, trainer->recipe, &list, "x") : "x";
    value = trainer->mean ? add_standardization(&made, trainer, value) : value;
    add_encoder(&made, &trainer->encoder, trainer->parameters, value);
    status = write(context, &made, bytes, capacity, size);
  }
  triplet_release(context, numbers);
  return status;
}
