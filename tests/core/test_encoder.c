/* Dense layers against a naive one in double and its central differences; bits over machines. */
#include "internal.h"

#include <stdlib.h>

#include "support.h"

/* ---- a naive encoder in double ----------------------------------------------------------------------------------- */

static void naive_row(const triplet_encoder *encoder, const double *parameters, const double *x, double *embedding) {
  double row[300], next[300];
  size_t in = encoder->inputs;
  memcpy(row, x, in * sizeof *row);
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t out = encoder->widths[layer];
    for (size_t j = 0; j < out; j++) {
      double sum = parameters[out * in + j];
      for (size_t k = 0; k < in; k++)
        sum += parameters[j * in + k] * row[k];
      if (layer + 1 < encoder->layers && encoder->activation == TRIPLET_ACTIVATION_RELU)
        sum = fmax(sum, 0);
      if (layer + 1 < encoder->layers && encoder->activation == TRIPLET_ACTIVATION_TANH)
        sum = tanh(sum);
      next[j] = sum;
    }
    parameters += out * (in + 1);
    in = out;
    memcpy(row, next, in * sizeof *row);
  }
  double squares = 0;
  for (size_t j = 0; j < in; j++) {
    if (encoder->residual && encoder->layers)
      row[j] += x[j];
    squares += row[j] * row[j];
  }
  for (size_t j = 0; j < in; j++)
    embedding[j] = encoder->normalize && squares > 0 ? row[j] / sqrt(squares) : row[j];
}

/* sum over rows and components of c e */
static double naive_objective(const triplet_encoder *encoder, const double *parameters, const double *x, size_t rows,
                              const float *c) {
  const size_t dim = triplet_encoder_dim(encoder);
  double embedding[300], sum = 0;
  for (size_t i = 0; i < rows; i++) {
    naive_row(encoder, parameters, x + i * encoder->inputs, embedding);
    for (size_t j = 0; j < dim; j++)
      sum += (double)c[i * dim + j] * embedding[j];
  }
  return sum;
}

/* ---- one case ---------------------------------------------------------------------------------------------------- */

typedef struct example {
  triplet_encoder encoder;
  size_t rows, count, dim;
  floats parameters, x, c, activations, embeddings, parameters_gradient, x_gradient;
} example;

static example example_make(seeded *from, triplet_encoder encoder, size_t rows) {
  const size_t dim = triplet_encoder_dim(&encoder), count = triplet_encoder_parameters(&encoder);
  example made = {.encoder = encoder, .rows = rows, .count = count, .dim = dim};
  made.parameters = floats_random(from, count, 1, 0.7);
  made.x = floats_random(from, rows * encoder.inputs, 3, 2);
  made.c = floats_random(from, rows * dim, 5, 1);
  made.activations = floats_make(triplet_encoder_activations(&encoder, rows), 1);
  made.embeddings = floats_make(rows * dim, 2);
  made.parameters_gradient = floats_make(count, 3);
  made.x_gradient = floats_make(rows * encoder.inputs, 1);
  return made;
}

static void example_release(example *of) {
  floats *lists[] = {&of->parameters,          &of->x,         &of->c, &of->activations, &of->embeddings,
                     &of->parameters_gradient, &of->x_gradient};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    floats_release(lists[i]);
}

static triplet_encoder_pass pass_of(const example *of) {
  return (triplet_encoder_pass){.x = {of->x.data, of->rows, of->encoder.inputs},
                                .activations = of->activations.data,
                                .embeddings = {of->embeddings.data, of->rows, of->dim}};
}

static triplet_status forward(triplet_context *context, example *of, bool keep) {
  triplet_encoder_pass pass = pass_of(of);
  if (!keep)
    pass.activations = NULL;
  return triplet_encoder_forward(context, &of->encoder, of->parameters.data, &pass);
}

static triplet_status backward(triplet_context *context, example *of) {
  const triplet_encoder_pass pass = pass_of(of);
  const triplet_matrix embeddings_gradient = {of->c.data, of->rows, of->dim};
  const triplet_encoder_gradients gradients = {of->parameters_gradient.data, of->x_gradient.data};
  return triplet_encoder_backward(context, &of->encoder, of->parameters.data, &pass, embeddings_gradient, gradients);
}

/* What the objective is taken of. */
typedef struct doubles {
  double *parameters, *x;
} doubles;

/* gradient against central differences of the objective by each number in `at`, one of the lists of doubles. */
static void check_gradient(const example *of, doubles exact, double *at, floats gradient, const char *what) {
  const double h = 1e-5;
  double largest = 0, worst = 0;
  for (size_t i = 0; i < gradient.count; i++) {
    const double before = at[i];
    at[i] = before + h;
    const double above = naive_objective(&of->encoder, exact.parameters, exact.x, of->rows, of->c.data);
    at[i] = before - h;
    const double below = naive_objective(&of->encoder, exact.parameters, exact.x, of->rows, of->c.data);
    at[i] = before;
    const double expected = (above - below) / (2 * h);
    largest = fmax(largest, fabs(expected));
    worst = fmax(worst, fabs(expected - (double)gradient.data[i]));
  }
  if (!(worst <= 1e-5 * largest))
    fail_msg("%s: off by %g of %g", what, worst, largest);
}

static void check_example(seeded *from, triplet_encoder encoder, size_t rows) {
  example of = example_make(from, encoder, rows);
  assert_int_equal(forward(NULL, &of, true), TRIPLET_OK);
  assert_int_equal(backward(NULL, &of), TRIPLET_OK);
  const doubles exact = {doubles_of(of.parameters.data, of.count), doubles_of(of.x.data, rows * encoder.inputs)};
  for (size_t i = 0; i < rows; i++) {
    double expected[300], largest = 0;
    naive_row(&encoder, exact.parameters, exact.x + i * encoder.inputs, expected);
    for (size_t j = 0; j < of.dim; j++)
      largest = fmax(largest, fabs(expected[j]));
    for (size_t j = 0; j < of.dim; j++)
      assert_true(fabs(expected[j] - (double)of.embeddings.data[i * of.dim + j]) <= 3e-6 * fmax(largest, 1e-2));
  }
  check_gradient(&of, exact, exact.parameters, of.parameters_gradient, "parameters");
  check_gradient(&of, exact, exact.x, of.x_gradient, "x");
  free(exact.parameters);
  free(exact.x);
  example_release(&of);
}

static void gradients(void **unused) {
  (void)unused;
  static const size_t widths[][4] = {{5}, {4, 1}, {7, 9, 2}, {3, 17, 5}, {13, 8, 11, 3}, {1, 3, 1, 2}};
  static const size_t layers[] = {0, 1, 2, 2, 3, 3};
  seeded from = seeded_from(1);
  for (size_t shape = 0; shape < 6; shape++)
    for (int activation = 0; activation < 3; activation++)
      for (int normalize = 0; normalize < 2; normalize++) {
        triplet_encoder encoder = ENCODER(.inputs = widths[shape][0], .layers = layers[shape], .activation = activation,
                                          .normalize = normalize);
        memcpy(encoder.widths, widths[shape] + 1, layers[shape] * sizeof(size_t));
        if (normalize && triplet_encoder_dim(&encoder) == 1)
          continue; /* +-1 everywhere: a gradient of 0 */
        check_example(&from, encoder, 6);
      }
}

/* ---- residual encoders ------------------------------------------------------------------------------------------- */

static void residual_gradients(void **unused) {
  (void)unused;
  static const size_t widths[][5] = {{3}, {3, 3}, {4, 9, 4}, {17, 3, 17}, {5, 8, 11, 5}, {9, 2, 12, 7, 9}};
  static const size_t layers[] = {0, 1, 2, 2, 3, 4};
  seeded from = seeded_from(6);
  for (size_t shape = 0; shape < 6; shape++)
    for (int activation = 0; activation < 3; activation++)
      for (int normalize = 0; normalize < 2; normalize++) {
        triplet_encoder encoder = ENCODER(.inputs = widths[shape][0], .layers = layers[shape], .activation = activation,
                                          .normalize = normalize, .residual = true);
        memcpy(encoder.widths, widths[shape] + 1, layers[shape] * sizeof(size_t));
        check_example(&from, encoder, 6);
      }
}

/* Its first embeddings are the rows themselves, or what normalising alone makes of them; its other layers are drawn as
 * those of any encoder. */
static void a_residual_encoder_begins_as_the_identity(void **unused) {
  (void)unused;
  seeded from = seeded_from(7);
  for (size_t layers = 1; layers <= 3; layers++)
    for (int activation = 0; activation < 3; activation++)
      for (int normalize = 0; normalize < 2; normalize++) {
        enum { D = 13, N = 130 };
        triplet_encoder encoder =
            ENCODER(.inputs = D, .layers = layers, .widths = {layers > 1 ? 40 : D, layers > 2 ? 7 : D, D},
                    .activation = activation, .normalize = normalize, .residual = true);
        triplet_encoder plain = encoder, identity = ENCODER(.inputs = D, .normalize = normalize, .residual = true);
        plain.residual = false;
        example of = example_make(&from, encoder, N), drawn = example_make(&from, plain, 1);
        const float edges[] = {0, -0.0f, FLT_MAX, -FLT_MAX, FLT_MIN, -1e-45f};
        if (!normalize)
          memcpy(of.x.data + 5, edges, sizeof edges);

        triplet_random random = triplet_random_seed(3, 0), same = random;
        assert_int_equal(triplet_encoder_init(NULL, &encoder, &random, of.parameters.data), TRIPLET_OK);
        assert_int_equal(triplet_encoder_init(NULL, &plain, &same, drawn.parameters.data), TRIPLET_OK);
        const size_t last = D * ((layers == 1 ? D : layers == 2 ? 40 : 7) + 1);
        assert_same_bits(of.parameters.data, drawn.parameters.data, of.count - last, "the other layers");
        for (size_t i = of.count - last; i < of.count; i++)
          assert_int_equal(bits_of(of.parameters.data[i]), 0);

        assert_int_equal(forward(NULL, &of, true), TRIPLET_OK);
        floats expected = floats_make(N * D, 0);
        const triplet_encoder_pass pass = {{of.x.data, N, D}, NULL, {expected.data, N, D}};
        assert_int_equal(triplet_encoder_forward(NULL, &identity, NULL, &pass), TRIPLET_OK);
        assert_same_bits(of.embeddings.data, expected.data, N * D, "embeddings");
        if (!normalize)
          assert_same_bits(of.embeddings.data, of.x.data, N * D, "rows");
        floats_release(&expected);
        example_release(&of);
        example_release(&drawn);
      }
}

/* What its widths have to fit, and that nothing is written where they do not. */
static void residual_errors(void **unused) {
  (void)unused;
  triplet_context *context = triplet_context_create(NULL);
  const triplet_encoder bad = ENCODER(.inputs = 3, .layers = 2, .widths = {5, 2}, .residual = true);
  const char *const message = "expected a last width of 3 like the inputs of a residual encoder, got 2";
  float parameters[32], embeddings[4];
  const float x[6] = {0};
  triplet_random random = {5};
  pattern_set(parameters, sizeof parameters);
  pattern_set(embeddings, sizeof embeddings);
  assert_error(context, triplet_encoder_init(context, &bad, &random, parameters), TRIPLET_INVALID_ARGUMENT, "layers",
               message);
  const triplet_encoder_pass pass = {triplet_matrix_of(x, 2, 3), NULL, {embeddings, 2, 2}};
  assert_error(context, triplet_encoder_forward(context, &bad, parameters, &pass), TRIPLET_INVALID_ARGUMENT, "layers",
               message);
  assert_error(context,
               triplet_encoder_backward(context, &bad, parameters, &pass, pass.embeddings,
                                        (triplet_encoder_gradients){parameters, NULL}),
               TRIPLET_INVALID_ARGUMENT, "layers", message);
  assert_int_equal(triplet_encoder_parameters(&bad), 0);
  assert_true(random.state == 5);
  assert_true(pattern_stands(parameters, sizeof parameters) && pattern_stands(embeddings, sizeof embeddings));
  triplet_context_destroy(context);
}

/* ---- bits -------------------------------------------------------------------------------------------------------- */

typedef struct recorded {
  example of;
  floats embeddings, parameters_gradient, x_gradient;
  bool filled;
} recorded;

static void same_bits_here(triplet_context *context, void *data) {
  recorded *record = data;
  example *of = &record->of;
  assert_int_equal(forward(context, of, false), TRIPLET_OK);
  if (record->filled)
    assert_same_bits(of->embeddings.data, record->embeddings.data, of->embeddings.count, "embeddings, not kept");
  assert_int_equal(forward(context, of, true), TRIPLET_OK);
  assert_int_equal(backward(context, of), TRIPLET_OK);
  if (!record->filled) {
    memcpy(record->embeddings.data, of->embeddings.data, of->embeddings.count * sizeof(float));
    memcpy(record->parameters_gradient.data, of->parameters_gradient.data, of->count * sizeof(float));
    memcpy(record->x_gradient.data, of->x_gradient.data, of->x_gradient.count * sizeof(float));
    record->filled = true;
  }
  assert_same_bits(of->embeddings.data, record->embeddings.data, of->embeddings.count, "embeddings");
  assert_same_bits(of->parameters_gradient.data, record->parameters_gradient.data, of->count, "parameters");
  assert_same_bits(of->x_gradient.data, record->x_gradient.data, of->x_gradient.count, "x");
}

static void bits(void **unused) {
  (void)unused;
  seeded from = seeded_from(2);
  for (int kind = 0; kind < 6; kind++)
    for (int poisoned = 0; poisoned < 2; poisoned++) {
      const int activation = kind % 3;
      const size_t dim = kind < 3 ? 19 : 37;
      const triplet_encoder encoder =
          ENCODER(.inputs = 37, .layers = 3, .widths = {131, 70, dim}, .activation = activation,
                  .normalize = activation != 1, .residual = kind >= 3);
      recorded record = {.of = example_make(&from, encoder, 201)};
      record.embeddings = floats_make(record.of.embeddings.count, 0);
      record.parameters_gradient = floats_make(record.of.count, 0);
      record.x_gradient = floats_make(record.of.x_gradient.count, 0);
      if (poisoned)
        record.of.x.data[5 * 37 + 1] = -NAN;
      on_every_machine(same_bits_here, &record);
      if (poisoned)
        for (size_t j = 0; j < dim; j++)
          assert_int_equal(bits_of(record.embeddings.data[5 * dim + j]), 0x7fc00000);
      example_release(&record.of);
      floats_release(&record.embeddings);
      floats_release(&record.parameters_gradient);
      floats_release(&record.x_gradient);
    }
}

/* ---- sums over rows ---------------------------------------------------------------------------------------------- */

enum { CHUNK = 64, MAX_CHUNKS = 9 };

/* The order by its definition: a chunk's rows in turn, chunks split at the largest power of two of them below. */
static size_t rows_of_left_subtree(size_t rows) {
  size_t left = CHUNK;
  while (2 * left < rows)
    left *= 2;
  return left;
}

/* Of the one layer of an encoder, whose output's gradient is c. inputs NULL: the bias. */
static float naive_sum(const example *of, const float *inputs, const float *c, size_t rows) {
  const size_t in = of->encoder.inputs, out = of->dim;
  if (rows > CHUNK) {
    const size_t left = rows_of_left_subtree(rows);
    const float sum = naive_sum(of, inputs, c, left);
    return sum + naive_sum(of, inputs ? inputs + left * in : NULL, c + left * out, rows - left);
  }
  float weight = 0;
  double bias = 0;
  for (size_t i = 0; i < rows; i++) {
    bias += (double)c[i * out];
    if (inputs)
      weight += c[i * out] * inputs[i * in];
  }
  return inputs ? weight : (float)bias;
}

static void check_sums(triplet_context *context, void *data) {
  example *of = data;
  const size_t in = of->encoder.inputs, out = of->dim;
  assert_int_equal(backward(context, of), TRIPLET_OK);
  for (size_t j = 0; j < out; j++)
    for (size_t k = 0; k <= in; k++) {
      const float *inputs = k < in ? of->x.data + k : NULL;
      const float got = of->parameters_gradient.data[k < in ? j * in + k : out * in + j];
      const float expected = naive_sum(of, inputs, of->c.data + j, of->rows);
      assert_int_equal(bits_of(got), bits_of(expected));
      double sum = 0, most = 0;
      for (size_t i = 0; i < of->rows; i++) {
        const double term = (double)of->c.data[i * out + j] * (inputs ? (double)inputs[i * in] : 1);
        sum += term;
        most += fabs(term);
      }
      assert_true(fabs((double)got - sum) <= 3e-6 * most);
    }
}

/* Odd numbers of rows and whole chunks, more outputs than one thread takes at once. */
static void sums_over_rows(void **unused) {
  (void)unused;
  seeded from = seeded_from(4);
  const triplet_encoder encoder = ENCODER(.inputs = 11, .layers = 1, .widths = {19});
  for (size_t chunks = 1; chunks <= MAX_CHUNKS; chunks++)
    for (size_t missing = 0; missing < CHUNK; missing += 21) {
      example of = example_make(&from, encoder, chunks * CHUNK - missing);
      assert_int_equal(forward(NULL, &of, true), TRIPLET_OK);
      on_every_machine(check_sums, &of);
      example_release(&of);
    }
}

/* The rows of whole subtrees, each passed alone, give gradients that add up to those of all rows. */
static void subtrees_apart(void **unused) {
  (void)unused;
  seeded from = seeded_from(5);
  const triplet_encoder encoder = ENCODER(.inputs = 13, .layers = 3, .widths = {21, 9, 5}, .normalize = true);
  for (size_t rows = CHUNK + 1; rows <= MAX_CHUNKS * CHUNK; rows += 101) {
    example whole = example_make(&from, encoder, rows);
    example parts[2];
    assert_int_equal(forward(NULL, &whole, true), TRIPLET_OK);
    assert_int_equal(backward(NULL, &whole), TRIPLET_OK);
    const size_t left = rows_of_left_subtree(rows);
    for (size_t p = 0; p < 2; p++) {
      example *part = &parts[p];
      *part = example_make(&from, encoder, p ? rows - left : left);
      memcpy(part->parameters.data, whole.parameters.data, whole.count * sizeof(float));
      memcpy(part->x.data, whole.x.data + p * left * 13, part->x.count * sizeof(float));
      memcpy(part->c.data, whole.c.data + p * left * 5, part->c.count * sizeof(float));
      assert_int_equal(forward(NULL, part, true), TRIPLET_OK);
      assert_int_equal(backward(NULL, part), TRIPLET_OK);
    }
    for (size_t i = 0; i < whole.count; i++)
      parts[0].parameters_gradient.data[i] += parts[1].parameters_gradient.data[i];
    assert_same_bits(whole.parameters_gradient.data, parts[0].parameters_gradient.data, whole.count, "the sum");
    example_release(&whole);
    example_release(&parts[0]);
    example_release(&parts[1]);
  }
}

/* ---- edges ------------------------------------------------------------------------------------------------------- */

static void normalization_at_the_edges(void **unused) {
  (void)unused;
  const triplet_encoder encoder = ENCODER(.inputs = 2, .normalize = true);
  const float x[] = {0, 0, 3e30f, -4e30f, 3e-40f, 4e-40f}, g[] = {1, 2, 1, 2, 0, 0};
  float embeddings[6], activations[3], x_gradient[6];
  const triplet_matrix rows = triplet_matrix_of(x, 3, 2), to = triplet_matrix_of(embeddings, 3, 2);
  assert_int_equal(triplet_encoder_activations(&encoder, 3), 3);
  assert_int_equal(triplet_encoder_forward(NULL, &encoder, NULL, &(triplet_encoder_pass){rows, activations, to}),
                   TRIPLET_OK);
  assert_true(embeddings[0] == 0 && embeddings[1] == 0);
  assert_true(fabsf(embeddings[2] - 0.6f) < 1e-7f && fabsf(embeddings[3] + 0.8f) < 1e-7f);
  assert_true(fabsf(embeddings[4] - 0.6f) < 1e-5f && fabsf(embeddings[5] - 0.8f) < 1e-5f);
  assert_int_equal(triplet_encoder_backward(NULL, &encoder, NULL, &(triplet_encoder_pass){rows, activations, to},
                                            triplet_matrix_of(g, 3, 2), (triplet_encoder_gradients){NULL, x_gradient}),
                   TRIPLET_OK);
  assert_true(x_gradient[0] == 0 && x_gradient[1] == 0);
  assert_true(fabsf(x_gradient[2] / (1.6f / 5e30f) - 1) < 1e-5f); /* (1 - 0.6 (0.6 - 1.6)) / 5e30 */
  assert_true(x_gradient[4] == 0 && x_gradient[5] == 0);
}

static void no_rows(void **unused) {
  (void)unused;
  const triplet_encoder encoder = ENCODER(.inputs = 2, .layers = 1, .widths = {3});
  const float parameters[9] = {1};
  float gradient[9];
  pattern_set(gradient, sizeof gradient);
  const triplet_matrix x = triplet_matrix_of(NULL, 0, 2), e = triplet_matrix_of(NULL, 0, 3);
  assert_int_equal(triplet_encoder_forward(NULL, &encoder, parameters, &(triplet_encoder_pass){x, NULL, e}),
                   TRIPLET_OK);
  assert_int_equal(triplet_encoder_backward(NULL, &encoder, parameters, &(triplet_encoder_pass){x, NULL, e}, e,
                                            (triplet_encoder_gradients){gradient, NULL}),
                   TRIPLET_OK);
  for (size_t i = 0; i < 9; i++)
    assert_true(gradient[i] == 0);
}

static void initial_weights(void **unused) {
  (void)unused;
  const triplet_encoder encoder = ENCODER(.inputs = 100, .layers = 2, .widths = {40, 25});
  enum { COUNT = 40 * 101 + 25 * 41 };
  float parameters[COUNT], again[COUNT];
  assert_int_equal(triplet_encoder_parameters(&encoder), COUNT);
  triplet_random random = triplet_random_seed(1, 0), copy = random;
  assert_int_equal(triplet_encoder_init(NULL, &encoder, &random, parameters), TRIPLET_OK);
  assert_int_equal(triplet_encoder_init(NULL, &encoder, &copy, again), TRIPLET_OK);
  assert_same_bits(parameters, again, COUNT, "the same generator");
  assert_true(random.state == copy.state);
  for (size_t layer = 0, at = 0; layer < 2; layer++) {
    const size_t end = layer ? COUNT : 40 * 101;
    const double bound = layer ? 1 / sqrt(40) : 0.1;
    double largest = 0, sum = 0, squares = 0;
    const double count = (double)(end - at);
    for (; at < end; at++) {
      largest = fmax(largest, fabs((double)parameters[at]));
      sum += (double)parameters[at];
      squares += (double)parameters[at] * (double)parameters[at];
    }
    assert_true(largest <= bound * (1 + 1e-7) && largest > 0.99 * bound);
    assert_true(fabs(sum / count) < 0.06 * bound && fabs(squares / count * 3 / (bound * bound) - 1) < 0.06);
  }
}

static void errors(void **unused) {
  (void)unused;
  triplet_context *context = triplet_context_create(NULL);
  const triplet_encoder good = ENCODER(.inputs = 2, .layers = 2, .widths = {3, 1});
  const float parameters[13] = {0}, x[8] = {0}, c[4] = {0};
  float activations[12] = {0};
  float embeddings[4], gradient[13], x_gradient[8];
  pattern_set(embeddings, sizeof embeddings);
  pattern_set(gradient, sizeof gradient);
  pattern_set(x_gradient, sizeof x_gradient);
  const triplet_matrix rows = triplet_matrix_of(x, 4, 2), to = triplet_matrix_of(embeddings, 4, 1);

#define FORWARD(encoder, parameters, x, to)                                                                            \
  triplet_encoder_forward(context, encoder, parameters, &(triplet_encoder_pass){x, NULL, to})
#define FAILS(call, argument, message) assert_error(context, call, TRIPLET_INVALID_ARGUMENT, argument, message)

  triplet_encoder bad = good;
  bad.inputs = 0;
  FAILS(FORWARD(&bad, parameters, rows, to), "inputs", "expected at least 1, got 0");
  bad = good;
  bad.layers = 17;
  FAILS(FORWARD(&bad, parameters, rows, to), "layers", "expected at most 16 layers, got 17");
  assert_int_equal(triplet_encoder_parameters(&bad), 0);
  assert_int_equal(triplet_encoder_dim(&bad), 0);
  bad = good;
  bad.widths[1] = 0;
  FAILS(FORWARD(&bad, parameters, rows, to), "layers", "expected widths of at least 1, got 0 for layer 1");
  assert_int_equal(triplet_encoder_parameters(&bad), 0);
  bad = good;
  bad.widths[0] = SIZE_MAX / 8;
  FAILS(FORWARD(&bad, parameters, rows, to), "layers", "the weights do not fit in memory");
  assert_int_equal(triplet_encoder_parameters(&bad), 0);
  bad = good;
  bad.inputs = SIZE_MAX;
  FAILS(FORWARD(&bad, parameters, rows, to), "layers", "the weights do not fit in memory");
  bad = good;
  bad.activation = (triplet_activation)3;
  FAILS(FORWARD(&bad, parameters, rows, to), "activation", no_such_choice(TRIPLET_SCHEMA_ENCODER, "activation", 3));

  const triplet_encoder wide = ENCODER(.inputs = 1, .layers = 2, .widths = {INT32_MAX, 1});
  const size_t many = (size_t)1 << 32;
  FAILS(FORWARD(&wide, parameters, triplet_matrix_of(x, many, 1), triplet_matrix_of(embeddings, many, 1)), "x",
        "the activations of 4294967296 rows do not fit in memory");

  FAILS(FORWARD(NULL, parameters, rows, to), "encoder",
        "expected a structure begun by triplet_encoder_options(), got NULL");
  FAILS(FORWARD(&good, NULL, rows, to), "parameters", "expected 13 floats, got NULL");
  FAILS(FORWARD(&good, parameters, triplet_matrix_of(x, 2, 3), to), "x", "expected 2 columns, got 3");
  FAILS(FORWARD(&good, parameters, rows, triplet_matrix_of(embeddings, 2, 2)), "embeddings",
        "expected 4 x 1, got 2 x 2");

#define BACKWARD(activations, c_rows, gradient)                                                                        \
  triplet_encoder_backward(context, &good, parameters, &(triplet_encoder_pass){rows, activations, to},                 \
                           triplet_matrix_of(c, c_rows, 1), (triplet_encoder_gradients){gradient, x_gradient})
  FAILS(BACKWARD(activations, 3, gradient), "embeddings_gradient", "expected 4 x 1 like embeddings, got 3 x 1");
  FAILS(BACKWARD(NULL, 4, gradient), "activations", "expected 12 floats, got NULL");
  FAILS(BACKWARD(activations, 4, NULL), "parameters_gradient", "expected 13 floats, got NULL");

  triplet_random random = {0};
  FAILS(triplet_encoder_init(context, &good, NULL, gradient), "random", "expected a generator, got NULL");
  FAILS(triplet_encoder_init(context, &good, &random, NULL), "parameters", "expected 13 floats, got NULL");

  assert_true(random.state == 0);
  assert_true(pattern_stands(embeddings, sizeof embeddings) && pattern_stands(gradient, sizeof gradient));
  assert_true(pattern_stands(x_gradient, sizeof x_gradient));
  triplet_context_destroy(context);
}

/* What is of no size may be NULL, and what is too large to count is as large as can be said. */
static void what_may_be_missing(void **unused) {
  (void)unused;
  const triplet_encoder plain = ENCODER(.inputs = 2, .layers = 1, .widths = {1}), none = ENCODER(.inputs = 2),
                        deep = ENCODER(.inputs = 2, .layers = 2, .widths = {3, 1});
  const float parameters[] = {1, 2, 3}, x[] = {1, 2, 4, 8}, c[] = {1, 0.5f};
  float embeddings[2], gradient[3];
  const triplet_encoder_pass pass = {triplet_matrix_of(x, 2, 2), NULL, {embeddings, 2, 1}};
  assert_int_equal(triplet_encoder_activations(&plain, 2), 0);
  assert_int_equal(triplet_encoder_forward(NULL, &plain, parameters, &pass), TRIPLET_OK);
  assert_true(embeddings[0] == 8 && embeddings[1] == 23);
  assert_int_equal(triplet_encoder_backward(NULL, &plain, parameters, &pass, triplet_matrix_of(c, 2, 1),
                                            (triplet_encoder_gradients){gradient, NULL}),
                   TRIPLET_OK);
  assert_true(gradient[0] == 3 && gradient[1] == 6 && gradient[2] == 1.5f);

  triplet_random random = triplet_random_seed(1, 0);
  const triplet_random before = random;
  assert_int_equal(triplet_encoder_init(NULL, &none, &random, NULL), TRIPLET_OK);
  assert_true(random.state == before.state);

  assert_true(triplet_encoder_activations(&deep, 5) == 15);
  assert_true(triplet_encoder_activations(&deep, SIZE_MAX / 3) == SIZE_MAX / 3 * 3);
  assert_true(triplet_encoder_activations(&deep, SIZE_MAX / 3 + 1) == SIZE_MAX);
}

static triplet_status forward_without_activations(triplet_context *context, void *data) {
  return forward(context, data, false);
}

static triplet_status backward_again(triplet_context *context, void *data) {
  return backward(context, data);
}

static void untouched_outputs(void *data) {
  const example *of = data;
  assert_true(pattern_stands(of->embeddings.data, of->embeddings.count * sizeof(float)));
  assert_true(pattern_stands(of->parameters_gradient.data, of->count * sizeof(float)));
  assert_true(pattern_stands(of->x_gradient.data, of->x_gradient.count * sizeof(float)));
}

static void memory_runs_out(void **unused) {
  (void)unused;
  seeded from = seeded_from(3);
  const triplet_encoder encoder = ENCODER(.inputs = 5, .layers = 2, .widths = {7, 3}, .normalize = true);
  example of = example_make(&from, encoder, 2 * CHUNK);
  seeded_fill(&from, of.activations.data, of.activations.count, 1);
  pattern_set(of.embeddings.data, of.embeddings.count * sizeof(float));
  pattern_set(of.parameters_gradient.data, of.count * sizeof(float));
  pattern_set(of.x_gradient.data, of.x_gradient.count * sizeof(float));
  assert_int_equal(fail_each_allocation(forward_without_activations, untouched_outputs, &of), 1);
  pattern_set(of.embeddings.data, of.embeddings.count * sizeof(float));
  assert_int_equal(fail_each_allocation(backward_again, untouched_outputs, &of), 2);
  example_release(&of);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradients),
      cmocka_unit_test(residual_gradients),
      cmocka_unit_test(a_residual_encoder_begins_as_the_identity),
      cmocka_unit_test(residual_errors),
      cmocka_unit_test(bits),
      cmocka_unit_test(sums_over_rows),
      cmocka_unit_test(subtrees_apart),
      cmocka_unit_test(normalization_at_the_edges),
      cmocka_unit_test(no_rows),
      cmocka_unit_test(what_may_be_missing),
      cmocka_unit_test(errors),
      cmocka_unit_test(initial_weights),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
