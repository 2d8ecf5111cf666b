/* native_losses.c - losses with their gradients, a training step, the encoder. */
#include "native.h"

#include <math.h>
#include <string.h>

/* ---- explicit triplets, in torch's convention -------------------------------------------------------------------- */

typedef struct margin_job {
  triplet_context *context;
  triplet_options options;
  size_t rows, cols;
  float *inputs[3], *outputs[3];
  double loss;
} margin_job;

static void margin_loss(void *of) {
  margin_job *j = of;
  const triplet_explicit triplets = {triplet_matrix_of(j->inputs[0], j->rows, j->cols),
                                     triplet_matrix_of(j->inputs[1], j->rows, j->cols),
                                     triplet_matrix_of(j->inputs[2], j->rows, j->cols)};
  triplet_result result;
  need(j->context,
       triplet_margin_loss(j->context, &j->options, &triplets,
                           (triplet_gradients){j->outputs[0], j->outputs[1], j->outputs[2]}, NULL, &result));
  j->loss = result.loss;
}

/* What one writes without a library. */
static void margin_by_hand(void *of) {
  margin_job *j = of;
  const float eps = 1e-6f, margin = 1;
  double loss = 0;
  for (size_t i = 0; i < j->rows; i++) {
    const float *a = j->inputs[0] + i * j->cols, *p = j->inputs[1] + i * j->cols, *n = j->inputs[2] + i * j->cols;
    float *ga = j->outputs[0] + i * j->cols, *gp = j->outputs[1] + i * j->cols, *gn = j->outputs[2] + i * j->cols;
    float ap = 0, an = 0;
    for (size_t k = 0; k < j->cols; k++) {
      const float x = a[k] - p[k] + eps, y = a[k] - n[k] + eps;
      ap += x * x;
      an += y * y;
    }
    ap = sqrtf(ap);
    an = sqrtf(an);
    const float h = ap - an + margin, scale = h > 0 ? 1.0f / (float)j->rows : 0;
    loss += h > 0 ? h : 0;
    for (size_t k = 0; k < j->cols; k++) {
      const float x = scale * (a[k] - p[k] + eps) / ap, y = scale * (a[k] - n[k] + eps) / an;
      ga[k] = x - y;
      gp[k] = -x;
      gn[k] = y;
    }
  }
  j->loss = loss / (double)j->rows;
}

/* What has to be read and written, and nothing else: libc copies around the cache where that pays. */
static void margin_copied(void *of) {
  const margin_job *j = of;
  for (size_t array = 0; array < 3; array++)
    memcpy(j->outputs[array], j->inputs[array], j->rows * j->cols * sizeof(float));
}

static job open_margin(const arguments *given) {
  margin_job *j = room(1, sizeof *j);
  *j = (margin_job){.context = context_of(given), .options = triplet_margin_options(), .loss = NAN};
  j->rows = number_of(given, "rows", 1024);
  j->cols = number_of(given, "cols", 128);
  /* Large blocks of malloc lie a power of two and a page apart, which on some machines (Zen 3) makes the six arrays
   * stand in each other's way in the cache: one block with a gap between the arrays keeps that luck out. */
  const size_t stride = j->rows * j->cols + 272;
  float *memory = room(6 * stride, sizeof *memory);
  for (size_t array = 0; array < 3; array++) {
    float *input = uniform_rows((uint32_t)array + 1, j->rows, j->cols);
    j->inputs[array] = memory + array * stride;
    j->outputs[array] = memory + (3 + array) * stride;
    memcpy(j->inputs[array], input, j->rows * j->cols * sizeof *input);
    free(input);
  }

  const char *by = text_of(given, "by", "triplet");
  const bool copied = strcmp(by, "copy") == 0;
  return (job){copied                    ? margin_copied
               : strcmp(by, "hand") == 0 ? margin_by_hand
                                         : margin_loss,
               j, copied ? NULL : &j->loss, NULL};
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

typedef struct batch_job {
  triplet_context *context;
  triplet_options options;
  size_t rows, cols;
  float *x, *gradient;
  int32_t *labels;
  triplet_batch_result result;
} batch_job;

static void batch_loss(void *of) {
  batch_job *j = of;
  const triplet_batch batch = {triplet_matrix_of(j->x, j->rows, j->cols), triplet_labels_of(j->labels, j->rows), NULL};
  const triplet_batch_gradients gradients = {.embeddings = j->gradient};
  need(j->context, triplet_batch_loss(j->context, &j->options, &batch, gradients, NULL, &j->result));
}

static job open_batch(const arguments *given) {
  static const char *const minings[] = {"all", "hard", "semihard", "easy_positive", "distance_weighted", "random"};
  batch_job *j = room(1, sizeof *j);
  *j = (batch_job){.context = context_of(given), .options = triplet_batch_options()};
  for (size_t i = 0; i < sizeof minings / sizeof *minings; i++)
    if (strcmp(minings[i], text_of(given, "mining", "all")) == 0)
      j->options.mining = (triplet_mining)i;
  j->rows = number_of(given, "rows", 1024);
  j->cols = number_of(given, "cols", 128);
  j->x = class_rows(j->rows, j->cols, number_of(given, "classes", 32));
  j->labels = class_labels(j->rows, number_of(given, "classes", 32));
  j->gradient = room(j->rows * j->cols, sizeof *j->gradient);
  return (job){batch_loss, j, &j->result.loss, NULL};
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

/* "512-256-64": the inputs, then the widths of the layers. Returns how many layers. */
static size_t read_widths(const char *text, size_t *inputs, size_t *widths) {
  char *at;
  size_t layers = 0;
  for (*inputs = strtoul(text, &at, 10); *at == '-'; layers++)
    widths[layers] = strtoul(at + 1, &at, 10);
  return layers;
}

typedef struct encoder_job {
  triplet_context *context;
  triplet_encoder encoder;
  triplet_encoder_pass pass;
  float *parameters;
  double sum;
} encoder_job;

static void forward(void *of) {
  encoder_job *j = of;
  need(j->context, triplet_encoder_forward(j->context, &j->encoder, j->parameters, &j->pass));
  j->sum = j->pass.embeddings.data[0];
}

static job open_encoder(const arguments *given) {
  encoder_job *j = room(1, sizeof *j);
  *j = (encoder_job){.context = context_of(given), .encoder = triplet_encoder_options()};
  j->encoder.layers = read_widths(text_of(given, "layers", "512-256-64"), &j->encoder.inputs, j->encoder.widths);
  const size_t rows = number_of(given, "rows", 4096), parameters = triplet_encoder_parameters(&j->encoder);
  const size_t dim = triplet_encoder_dim(&j->encoder);
  j->parameters = uniform_rows(2, 1, parameters);
  for (size_t i = 0; i < parameters; i++)
    j->parameters[i] = 0.1f * (j->parameters[i] - 0.5f);
  j->pass.x = triplet_matrix_of(uniform_rows(1, rows, j->encoder.inputs), rows, j->encoder.inputs);
  j->pass.embeddings = triplet_matrix_of(room(rows * dim, sizeof(float)), rows, dim);
  return (job){forward, j, &j->sum, NULL};
}

typedef struct trainer_job {
  triplet_context *context;
  triplet_trainer *trainer;
} trainer_job;

static void step(void *of) {
  trainer_job *j = of;
  triplet_step done;
  need(j->context, triplet_trainer_step(j->context, j->trainer, &done));
}

static job open_trainer(const arguments *given) {
  trainer_job *j = room(1, sizeof *j);
  j->context = context_of(given);
  triplet_trainer_options options = triplet_trainer_default_options();
  size_t inputs, rows = number_of(given, "rows", 2000), classes = number_of(given, "classes", 10);
  options.layers = read_widths(text_of(given, "layers", "64-256-20"), &inputs, options.widths);
  options.rows_per_class = (int64_t)number_of(given, "per_class", 8);
  options.standardize = false;
  if (strcmp(text_of(given, "mining", "all"), "semihard") == 0)
    options.loss.mining = TRIPLET_MINING_SEMIHARD;
  float *x = class_rows(rows, inputs, classes);
  int32_t *labels = class_labels(rows, classes);
  need(j->context, triplet_trainer_create(j->context, &options, triplet_matrix_of(x, rows, inputs),
                                          triplet_labels_of(labels, rows), &j->trainer));
  free(x);
  free(labels);
  return (job){step, j, NULL, NULL};
}

const bench_case loss_cases[] = {
    {"margin", open_margin}, {"batch", open_batch}, {"encoder", open_encoder}, {"trainer", open_trainer}, {NULL, NULL}};
