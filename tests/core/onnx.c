#include "onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { MOST_NODES = 64, MOST_TENSORS = 64, MOST_METADATA = 4, MOST_INPUTS = 3, NAME = 64, LIST = 2000 };

typedef struct bytes {
  const uint8_t *at, *end;
} bytes;

typedef struct value {
  char name[NAME];
  size_t rows, cols;
  double *numbers;
} value;

typedef struct node {
  char op[NAME], inputs[MOST_INPUTS][NAME], output[NAME];
  size_t input_count;
  bool flagged, has_axes;
} node;

struct onnx_model {
  size_t node_count, tensor_count, metadata_count, inputs, dim;
  node nodes[MOST_NODES];
  value tensors[MOST_TENSORS];
  char keys[MOST_METADATA][NAME], texts[MOST_METADATA][LIST], operators[LIST], initializers[LIST];
};

/* ---- protobuf ---------------------------------------------------------------------------------------------------- */

static uint64_t read_varint(bytes *from) {
  uint64_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    assert_true(from->at < from->end && shift < 64);
    const uint8_t byte = *from->at++;
    number |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) {
      assert_true(byte || !shift); /* no byte that says nothing: there is one way to write a number */
      return number;
    }
  }
}

/* The next field: a number, or the bytes inside. */
static unsigned read_field(bytes *from, uint64_t *number, bytes *inside) {
  const uint64_t key = read_varint(from), wire = key & 7;
  assert_true(wire == 0 || wire == 2);
  *number = read_varint(from);
  *inside = (bytes){from->at, from->at};
  if (wire == 2) {
    assert_true(*number <= (uint64_t)(from->end - from->at));
    inside->end = from->at += *number;
  }
  return (unsigned)(key >> 3);
}

#define FIELDS(from, field, number, inside)                                                                            \
  for (unsigned field; (from).at < (from).end && (field = read_field(&(from), &(number), &(inside)), true);)

static void read_text(bytes from, char *to, size_t room) {
  const size_t size = (size_t)(from.end - from.at);
  assert_true(size < room && !memchr(from.at, 0, size));
  memcpy(to, from.at, size);
  to[size] = 0;
}

static void append(char list[LIST], const char *text) {
  const size_t size = strlen(list);
  assert_true(size + strlen(text) + 2 < LIST);
  snprintf(list + size, LIST - size, "%s%s", size ? " " : "", text);
}

/* ---- onnx.proto -------------------------------------------------------------------------------------------------- */

static void read_attribute(bytes from, node *to) {
  uint64_t number, value = 0, type = 0;
  bytes inside;
  char name[NAME] = "";
  FIELDS(from, field, number, inside) {
    if (field == 1)
      read_text(inside, name, NAME);
    else if (field == 3 || field == 8)
      value = number;
    else if (field == 20)
      type = number;
    else
      fail_msg("an attribute has field %u", field);
  }
  assert_true(value == 1);
  if (strcmp(name, "transB") == 0 && type == 2)
    to->flagged = true;
  else if (strcmp(name, "axes") == 0 && type == 7)
    to->has_axes = true;
  else
    fail_msg("attribute %s of type %d", name, (int)type);
}

static void read_node(bytes from, onnx_model *to) {
  uint64_t number;
  bytes inside;
  assert_true(to->node_count < MOST_NODES);
  node *made = &to->nodes[to->node_count++];
  FIELDS(from, field, number, inside) {
    if (field == 1 && made->input_count < MOST_INPUTS)
      read_text(inside, made->inputs[made->input_count++], NAME);
    else if (field == 2 && !*made->output)
      read_text(inside, made->output, NAME);
    else if (field == 4)
      read_text(inside, made->op, NAME);
    else if (field == 5)
      read_attribute(inside, made);
    else
      fail_msg("a node has field %u", field);
  }
  append(to->operators, made->op);
}

static void read_tensor(bytes from, onnx_model *to) {
  uint64_t number, type = 0;
  bytes inside, data = {NULL, NULL};
  size_t dims[2], rank = 0;
  assert_true(to->tensor_count < MOST_TENSORS);
  value *made = &to->tensors[to->tensor_count++];
  FIELDS(from, field, number, inside) {
    if (field == 1 && rank < 2)
      dims[rank++] = (size_t)number;
    else if (field == 2)
      type = number;
    else if (field == 8)
      read_text(inside, made->name, NAME);
    else if (field == 9)
      data = inside;
    else
      fail_msg("a tensor has field %u", field);
  }
  assert_true(rank && type == 1);
  made->rows = rank == 2 ? dims[0] : 1;
  made->cols = dims[rank - 1];
  const size_t count = made->rows * made->cols;
  assert_int_equal(data.end - data.at, 4 * count);
  made->numbers = malloc((count + !count) * sizeof *made->numbers);
  for (size_t i = 0; i < count; i++) {
    const uint8_t *of = data.at + 4 * i;
    const uint32_t bits = of[0] | (uint32_t)of[1] << 8 | (uint32_t)of[2] << 16 | (uint32_t)of[3] << 24;
    float read;
    memcpy(&read, &bits, sizeof read);
    made->numbers[i] = read;
  }
  append(to->initializers, made->name);
}

/* The message in that field, which is its only one but for a number before it. */
static bytes enter(bytes from, unsigned wanted, uint64_t *before) {
  uint64_t number;
  bytes inside, found = {NULL, NULL};
  FIELDS(from, field, number, inside) {
    if (field == wanted)
      found = inside;
    else
      *before = number;
  }
  assert_non_null(found.at);
  return found;
}

/* Any number of rows, N, and so many columns. */
static size_t read_value_info(bytes from, const char *wanted) {
  uint64_t number, type = 0, none = 0;
  bytes inside, shape = {NULL, NULL};
  char name[NAME] = "", rows[NAME] = "";
  FIELDS(from, field, number, inside) {
    if (field == 1)
      read_text(inside, name, NAME);
    else if (field == 2)
      shape = enter(enter(inside, 1, &none), 2, &type);
  }
  assert_string_equal(name, wanted);
  assert_true(type == 1 && none == 0 && shape.at);
  bytes dims[2] = {{NULL, NULL}};
  size_t rank = 0, cols = 0;
  FIELDS(shape, field, number, inside) {
    assert_true(field == 1 && rank < 2);
    dims[rank++] = inside;
  }
  assert_int_equal(rank, 2);
  assert_int_equal(read_field(&dims[0], &number, &inside), 2);
  read_text(inside, rows, NAME);
  assert_string_equal(rows, "N");
  assert_int_equal(read_field(&dims[1], &number, &inside), 1);
  cols = (size_t)number;
  return cols;
}

static void read_graph(bytes from, onnx_model *to) {
  uint64_t number;
  bytes inside;
  FIELDS(from, field, number, inside) {
    if (field == 1)
      read_node(inside, to);
    else if (field == 5)
      read_tensor(inside, to);
    else if (field == 11)
      to->inputs = read_value_info(inside, "x");
    else if (field == 12)
      to->dim = read_value_info(inside, "embeddings");
    else
      assert_int_equal(field, 2); /* its name */
  }
}

static void read_metadata(bytes from, onnx_model *to) {
  uint64_t number;
  bytes inside;
  assert_true(to->metadata_count < MOST_METADATA);
  FIELDS(from, field, number, inside) {
    assert_true(field == 1 || field == 2);
    read_text(inside, field == 1 ? to->keys[to->metadata_count] : to->texts[to->metadata_count],
              field == 1 ? NAME : LIST);
  }
  to->metadata_count++;
}

onnx_model *onnx_read(const uint8_t *from, size_t size) {
  onnx_model *made = calloc(1, sizeof *made);
  uint64_t number, version = 0, opset = 0;
  bytes all = {from, from + size}, inside;
  FIELDS(all, field, number, inside) {
    if (field == 1)
      version = number;
    else if (field == 7)
      read_graph(inside, made);
    else if (field == 8)
      assert_int_equal(read_field(&inside, &opset, &(bytes){0}), 2);
    else if (field == 14)
      read_metadata(inside, made);
    else
      assert_int_equal(field, 2); /* who wrote it */
  }
  assert_true(version == 7 && opset == 13 && made->inputs && made->dim && made->node_count);
  return made;
}

void onnx_release(onnx_model *model) {
  for (size_t i = 0; i < model->tensor_count; i++)
    free(model->tensors[i].numbers);
  free(model);
}

size_t onnx_inputs(const onnx_model *model) {
  return model->inputs;
}

size_t onnx_dim(const onnx_model *model) {
  return model->dim;
}

const char *onnx_operators(const onnx_model *model) {
  return model->operators;
}

const char *onnx_initializers(const onnx_model *model) {
  return model->initializers;
}

const char *onnx_metadata(const onnx_model *model, const char *key) {
  for (size_t i = 0; i < model->metadata_count; i++)
    if (strcmp(model->keys[i], key) == 0)
      return model->texts[i];
  return NULL;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

typedef struct values {
  size_t count;
  value list[1 + MOST_NODES];
} values;

static value find(const onnx_model *model, const values *made, const char *name) {
  for (size_t i = 0; i < made->count; i++)
    if (strcmp(made->list[i].name, name) == 0)
      return made->list[i];
  for (size_t i = 0; i < model->tensor_count; i++)
    if (strcmp(model->tensors[i].name, name) == 0)
      return model->tensors[i];
  fail_msg("there is no value %s before it is needed", name);
  return (value){.rows = 0};
}

static value *make(values *to, const char *name, size_t rows, size_t cols) {
  value *made = &to->list[to->count++];
  snprintf(made->name, NAME, "%s", name);
  made->rows = rows;
  made->cols = cols;
  made->numbers = malloc((rows * cols + 1) * sizeof *made->numbers);
  return made;
}

/* Broadcast: of one row or one column, the same for all. */
static double at(value from, size_t row, size_t col) {
  return from.numbers[(from.rows == 1 ? 0 : row) * from.cols + (from.cols == 1 ? 0 : col)];
}

/* The larger of both, where either may be 1. */
static size_t broadcast(size_t one, size_t other) {
  assert_true(one == other || one == 1 || other == 1);
  return one > other ? one : other;
}

static bool elementwise(const char *op, const double in[MOST_INPUTS], double *out) {
  const struct {
    const char *op;
    double result;
  } operators[] = {{"Sub", in[0] - in[1]},
                   {"Div", in[0] / in[1]},
                   {"Add", in[0] + in[1]},
                   {"Max", in[0] > in[1] ? in[0] : in[1]},
                   {"Where", in[0] != 0 ? in[1] : in[2]},
                   {"IsNaN", isnan(in[0])},
                   {"Relu", in[0] > 0 ? in[0] : 0},
                   {"Tanh", tanh(in[0])},
                   {"Abs", fabs(in[0])},
                   {"Identity", in[0]}};
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (strcmp(operators[i].op, op) == 0) {
      *out = operators[i].result;
      return true;
    }
  return false;
}

static void run_elementwise(const node *of, const value in[MOST_INPUTS], values *to) {
  size_t rows = in[0].rows, cols = in[0].cols;
  for (size_t i = 1; i < of->input_count; i++) {
    rows = broadcast(rows, in[i].rows);
    cols = broadcast(cols, in[i].cols);
  }
  value *made = make(to, of->output, rows, cols);
  for (size_t i = 0; i < rows * cols; i++) {
    double numbers[MOST_INPUTS] = {0};
    for (size_t j = 0; j < of->input_count; j++)
      numbers[j] = at(in[j], i / cols, i % cols);
    if (!elementwise(of->op, numbers, &made->numbers[i]))
      fail_msg("there is no operator %s", of->op);
  }
}

/* x W^T + b, W (out, in). */
static void run_gemm(const node *of, const value in[MOST_INPUTS], values *to) {
  assert_true(of->flagged && of->input_count == 3);
  assert_true(in[0].cols == in[1].cols && in[2].rows == 1 && in[2].cols == in[1].rows);
  value *made = make(to, of->output, in[0].rows, in[1].rows);
  for (size_t i = 0; i < made->rows; i++)
    for (size_t j = 0; j < made->cols; j++) {
      double sum = in[2].numbers[j];
      for (size_t k = 0; k < in[0].cols; k++)
        sum += at(in[0], i, k) * in[1].numbers[j * in[1].cols + k];
      made->numbers[i * made->cols + j] = sum;
    }
}

static void run_reduction(const node *of, const value *in, bool squares, values *to) {
  assert_true(of->has_axes);
  value *made = make(to, of->output, in->rows, 1);
  for (size_t i = 0; i < in->rows; i++) {
    double found = squares ? 0 : -INFINITY;
    for (size_t j = 0; j < in->cols; j++) {
      const double number = at(*in, i, j);
      found = squares ? found + number * number : number > found ? number : found;
    }
    made->numbers[i] = squares ? sqrt(found) : found;
  }
}

double *onnx_run(const onnx_model *model, const float *x, size_t rows) {
  values all = {0};
  value *given = make(&all, "x", rows, model->inputs);
  for (size_t i = 0; i < rows * model->inputs; i++)
    given->numbers[i] = x[i];
  for (size_t i = 0; i < model->node_count; i++) {
    const node *of = &model->nodes[i];
    value in[MOST_INPUTS];
    for (size_t j = 0; j < of->input_count; j++)
      in[j] = find(model, &all, of->inputs[j]);
    if (strcmp(of->op, "Gemm") == 0)
      run_gemm(of, in, &all);
    else if (strncmp(of->op, "Reduce", 6) == 0)
      run_reduction(of, in, strcmp(of->op, "ReduceL2") == 0, &all);
    else
      run_elementwise(of, in, &all);
  }
  const value found = find(model, &all, "embeddings");
  assert_true(found.rows == rows && found.cols == model->dim);
  for (size_t i = 0; i < all.count; i++)
    if (all.list[i].numbers != found.numbers)
      free(all.list[i].numbers);
  return found.numbers;
}
