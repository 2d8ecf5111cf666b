/* encoder.c - dense layers, forward and backward.
 *
 * What forward keeps for backward, N rows: the output (N, width) of every layer but the last, then with normalize the
 * length of each row before it was divided by it (N). */
#include "kernels.h"

#define ROWS_PER_CHUNK 64   /* of a batch, and weight rows per tile */
#define OUTPUTS_PER_CHUNK 8 /* rows of a weight gradient */

/* ---- shapes ------------------------------------------------------------------------------------------------------ */

/* Columns that go into layer `layer`; with layer = layers, those of the embedding. */
static size_t layer_inputs(const triplet_encoder *encoder, size_t layer) {
  return layer ? encoder->widths[layer - 1] : encoder->inputs;
}

/* Floats of weights and biases, or SIZE_MAX where they do not fit in memory. The encoder's layers are not empty. */
static size_t count_parameters(const triplet_encoder *encoder) {
  const size_t most = SIZE_MAX / sizeof(float);
  size_t count = 0;
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer_inputs(encoder, layer), out = encoder->widths[layer];
    if (in == SIZE_MAX || out > (most - count) / (in + 1))
      return SIZE_MAX;
    count += out * (in + 1);
  }
  return count;
}

static bool empty_layer(const triplet_encoder *encoder, size_t *layer) {
  for (*layer = 0; *layer < encoder->layers; ++*layer)
    if (encoder->widths[*layer] == 0)
      return true;
  return false;
}

static triplet_status check_encoder(triplet_context *context, const triplet_encoder *encoder) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_ENCODER, encoder));
  if (encoder->inputs < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "inputs", "expected at least 1, got 0");
  if (encoder->layers > TRIPLET_MAX_LAYERS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers", "expected at most %z layers, got %z",
                        (size_t)TRIPLET_MAX_LAYERS, encoder->layers);
  size_t layer;
  if (empty_layer(encoder, &layer))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                        "expected widths of at least 1, got 0 for layer %z", layer);
  if (count_parameters(encoder) == SIZE_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers", "the weights do not fit in memory");
  return TRIPLET_OK;
}

size_t triplet_encoder_dim(const triplet_encoder *encoder) {
  if (triplet_check_begun(NULL, TRIPLET_SCHEMA_ENCODER, encoder) != TRIPLET_OK || encoder->layers > TRIPLET_MAX_LAYERS)
    return 0;
  return layer_inputs(encoder, encoder->layers);
}

size_t triplet_encoder_parameters(const triplet_encoder *encoder) {
  return check_encoder(NULL, encoder) == TRIPLET_OK ? count_parameters(encoder) : 0;
}

/* Widths are bounded by the parameters, so their sum does not overflow; rows times it may. */
static size_t activations_per_row(const triplet_encoder *encoder) {
  size_t count = encoder->normalize;
  for (size_t layer = 0; layer + 1 < encoder->layers; layer++)
    count += encoder->widths[layer];
  return count;
}

size_t triplet_encoder_activations(const triplet_encoder *encoder, size_t rows) {
  if (check_encoder(NULL, encoder) != TRIPLET_OK)
    return 0;
  const size_t per_row = activations_per_row(encoder);
  return per_row && rows > SIZE_MAX / per_row ? SIZE_MAX : rows * per_row;
}

static triplet_status check_batch(triplet_context *context, const triplet_encoder *encoder, const float *parameters,
                                  triplet_matrix *x, triplet_matrix *embeddings) {
  TRIPLET_TRY(check_encoder(context, encoder));
  if (!parameters && encoder->layers)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters", "expected %z floats, got NULL",
                        count_parameters(encoder));
  if (x->cols != encoder->inputs)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x", "expected %z columns, got %z", encoder->inputs,
                        x->cols);
  TRIPLET_TRY(triplet_check_matrix(context, "x", x));
  if (embeddings->rows != x->rows || embeddings->cols != triplet_encoder_dim(encoder))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "embeddings", "expected %z x %z, got %z x %z", x->rows,
                        triplet_encoder_dim(encoder), embeddings->rows, embeddings->cols);
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", embeddings));
  const size_t per_row = activations_per_row(encoder);
  if (per_row && x->rows > SIZE_MAX / sizeof(float) / per_row)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x", "the activations of %z rows do not fit in memory",
                        x->rows);
  return TRIPLET_OK;
}

static size_t chunks_of(size_t count, size_t size) {
  return count / size + (count % size != 0);
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

static float canonical(float value) {
  return value == value ? value : triplet_canonical_nan();
}

/* ---- initial weights --------------------------------------------------------------------------------------------- */

triplet_status triplet_encoder_init(triplet_context *context, const triplet_encoder *encoder, triplet_random *random,
                                    float *parameters) {
  TRIPLET_TRY(check_encoder(context, encoder));
  if (!random)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "random", "expected a generator, got NULL");
  if (!parameters && encoder->layers)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters", "expected %z floats, got NULL",
                        count_parameters(encoder));
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer_inputs(encoder, layer);
    const double bound = 1 / sqrt((double)in);
    for (size_t left = encoder->widths[layer] * (in + 1); left > 0; left--)
      *parameters++ = (float)((2 * triplet_random_uniform(random) - 1) * bound);
  }
  return TRIPLET_OK;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

typedef struct forward_job {
  const triplet_encoder *encoder;
  const triplet_kernels *kernels;
  const float *parameters;
  triplet_matrix x, embeddings;
  float *activations;  /* of all rows, or */
  float *scratch;      /* of one chunk for each worker */
  size_t scratch_size; /* floats for one worker */
} forward_job;

/* values: (rows, width), sums of a layer. activation is not applied to the last. */
static void finish_layer(triplet_activation activation, const float *bias, size_t rows, size_t width, float *values) {
  for (size_t i = 0; i < rows; i++, values += width)
    for (size_t j = 0; j < width; j++) {
      float value = values[j] + bias[j];
      if (activation == TRIPLET_ACTIVATION_RELU)
        value = value < 0 ? 0 : value; /* NaN stays NaN */
      else if (activation == TRIPLET_ACTIVATION_TANH)
        value = (float)triplet_tanh((double)value);
      values[j] = canonical(value);
    }
}

/* In double: no square of a float over- or underflows there. */
static void normalize_rows(size_t rows, size_t dim, float *values, float *lengths) {
  for (size_t i = 0; i < rows; i++, values += dim) {
    double squares = 0;
    for (size_t j = 0; j < dim; j++)
      squares += (double)values[j] * (double)values[j];
    const double length = sqrt(squares);
    lengths[i] = canonical((float)length);
    for (size_t j = 0; j < dim && length != 0; j++)
      values[j] = canonical((float)((double)values[j] / length));
  }
}

static void forward_chunk(void *of, size_t chunk, size_t worker) {
  const forward_job *job = of;
  const triplet_encoder *encoder = job->encoder;
  const size_t first = chunk * ROWS_PER_CHUNK, rows = least(ROWS_PER_CHUNK, job->x.rows - first);
  const size_t dim = triplet_encoder_dim(encoder);
  /* A kept layer has room for all rows, one in scratch for those of a chunk. */
  const size_t room = job->activations ? job->x.rows : ROWS_PER_CHUNK, skip = job->activations ? first : 0;
  float *kept = job->activations ? job->activations : job->scratch + worker * job->scratch_size;
  float *const embedded = job->embeddings.data + first * dim;
  const float *input = job->x.data + first * job->x.cols, *weights = job->parameters;
  if (encoder->layers == 0)
    memcpy(embedded, input, rows * dim * sizeof *embedded);
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer_inputs(encoder, layer), out = encoder->widths[layer];
    const bool last = layer + 1 == encoder->layers;
    float *output = last ? embedded : kept + skip * out;
    const triplet_rows inputs = triplet_rows_of(input, rows, in);
    for (size_t j = 0; j < out; j += ROWS_PER_CHUNK) {
      const triplet_rows part = triplet_rows_of(weights + j * in, least(ROWS_PER_CHUNK, out - j), in);
      job->kernels->tile_sums((triplet_term){TRIPLET_SUM_DOT, 0}, &inputs, &part, output + j, out);
    }
    finish_layer(last ? TRIPLET_ACTIVATION_NONE : encoder->activation, weights + out * in, rows, out, output);
    weights += out * (in + 1);
    input = output;
    if (!last)
      kept += room * out;
  }
  if (encoder->normalize)
    normalize_rows(rows, dim, embedded, kept + skip);
}

triplet_status triplet_encoder_forward(triplet_context *context, const triplet_encoder *encoder,
                                       const float *parameters, triplet_matrix x, float *activations,
                                       triplet_matrix embeddings) {
  TRIPLET_TRY(check_batch(context, encoder, parameters, &x, &embeddings));
  forward_job job = {encoder, triplet_kernels_of(context), parameters, x, embeddings, activations, NULL, 0};
  if (!activations) {
    job.scratch_size = ROWS_PER_CHUNK * activations_per_row(encoder);
    job.scratch = triplet_allocate(context, triplet_workers(context) * ROWS_PER_CHUNK,
                                   activations_per_row(encoder) * sizeof(float));
    if (!job.scratch)
      return TRIPLET_OUT_OF_MEMORY;
  }
  triplet_parallel(context, chunks_of(x.rows, ROWS_PER_CHUNK), forward_chunk, &job);
  triplet_release(context, job.scratch);
  return TRIPLET_OK;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* One layer y = x W^T + b, or the normalisation, of a batch. */
typedef struct backward_job {
  const triplet_kernels *kernels;
  triplet_activation activation; /* that made the input */
  size_t rows, in, out;
  const float *weights;         /* (out, in) */
  const float *input;           /* (rows, in) */
  const float *output;          /* (rows, out), of the normalisation */
  const float *lengths;         /* rows, of the normalisation */
  const float *output_gradient; /* (rows, out) */
  float *input_gradient;        /* (rows, in) */
  float *weights_gradient;      /* (out, in) and out biases */
} backward_job;

/* d(y / |y|): (g - e (e . g)) / |y|, e = y / |y|. */
static void normalization_backward(void *of, size_t chunk, size_t worker) {
  const backward_job *job = of;
  const size_t first = chunk * ROWS_PER_CHUNK, dim = job->out;
  (void)worker;
  for (size_t i = first; i < first + least(ROWS_PER_CHUNK, job->rows - first); i++) {
    const float *e = job->output + i * dim, *g = job->output_gradient + i * dim;
    const double length = (double)job->lengths[i];
    double along = 0;
    for (size_t j = 0; j < dim; j++)
      along += (double)e[j] * (double)g[j];
    for (size_t j = 0; j < dim; j++)
      job->input_gradient[i * dim + j] =
          length == 0 ? 0 : canonical((float)(((double)g[j] - (double)e[j] * along) / length));
  }
}

static void input_backward(void *of, size_t chunk, size_t worker) {
  const backward_job *job = of;
  const size_t first = chunk * ROWS_PER_CHUNK, rows = least(ROWS_PER_CHUNK, job->rows - first);
  const size_t size = rows * job->in;
  const float *input = job->input + first * job->in;
  float *gradient = job->input_gradient + first * job->in;
  (void)worker;
  memset(gradient, 0, size * sizeof *gradient);
  const triplet_rows outputs = triplet_rows_of(NULL, rows, job->in);
  const triplet_rows weights = triplet_rows_of(job->weights, job->out, job->in);
  const triplet_coefficients coefficients = {job->output_gradient + first * job->out, job->out, 1};
  job->kernels->accumulate((triplet_term){TRIPLET_SUM_DOT, 0}, &outputs, &weights, &coefficients, gradient);
  for (size_t i = 0; i < size; i++) {
    if (job->activation == TRIPLET_ACTIVATION_RELU)
      gradient[i] = input[i] > 0 ? gradient[i] : 0;
    else if (job->activation == TRIPLET_ACTIVATION_TANH)
      gradient[i] *= (1 - input[i]) * (1 + input[i]);
    gradient[i] = canonical(gradient[i]);
  }
}

static void weights_backward(void *of, size_t chunk, size_t worker) {
  const backward_job *job = of;
  const size_t first = chunk * OUTPUTS_PER_CHUNK, outputs = least(OUTPUTS_PER_CHUNK, job->out - first);
  float *gradient = job->weights_gradient + first * job->in;
  float *bias_gradient = job->weights_gradient + job->out * job->in + first;
  (void)worker;
  memset(gradient, 0, outputs * job->in * sizeof *gradient);
  const triplet_rows weights = triplet_rows_of(NULL, outputs, job->in);
  const triplet_rows inputs = triplet_rows_of(job->input, job->rows, job->in);
  const triplet_coefficients coefficients = {job->output_gradient + first, 1, job->out};
  job->kernels->accumulate((triplet_term){TRIPLET_SUM_DOT, 0}, &weights, &inputs, &coefficients, gradient);
  for (size_t i = 0; i < outputs * job->in; i++)
    gradient[i] = canonical(gradient[i]);
  for (size_t j = 0; j < outputs; j++) {
    double sum = 0;
    for (size_t i = 0; i < job->rows; i++)
      sum += (double)job->output_gradient[i * job->out + first + j];
    bias_gradient[j] = canonical((float)sum);
  }
}

triplet_status triplet_encoder_backward(triplet_context *context, const triplet_encoder *encoder,
                                        const float *parameters, triplet_matrix x, const float *activations,
                                        triplet_matrix embeddings, triplet_matrix embeddings_gradient,
                                        float *parameters_gradient, float *x_gradient) {
  TRIPLET_TRY(check_batch(context, encoder, parameters, &x, &embeddings));
  TRIPLET_TRY(triplet_check_shape(context, "embeddings_gradient", &embeddings_gradient, embeddings.rows,
                                  embeddings.cols, "embeddings"));
  if (!activations && x.rows && activations_per_row(encoder))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "activations", "expected %z floats, got NULL",
                        triplet_encoder_activations(encoder, x.rows));
  if (!parameters_gradient && encoder->layers)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters_gradient", "expected %z floats, got NULL",
                        count_parameters(encoder));

  /* Two blocks take turns as the gradient of a layer's output and of its input. */
  size_t widest = embeddings.cols;
  for (size_t layer = 1; layer < encoder->layers; layer++)
    widest = widest > layer_inputs(encoder, layer) ? widest : layer_inputs(encoder, layer);
  float *blocks[2] = {triplet_allocate(context, x.rows, widest * sizeof(float)),
                      triplet_allocate(context, x.rows, widest * sizeof(float))};
  if (!blocks[0] || !blocks[1]) {
    triplet_release(context, blocks[0]);
    triplet_release(context, blocks[1]);
    return TRIPLET_OUT_OF_MEMORY;
  }

  const size_t row_chunks = chunks_of(x.rows, ROWS_PER_CHUNK);
  backward_job job = {.kernels = triplet_kernels_of(context), .rows = x.rows};
  /* Where nothing is kept activations may be NULL. */
  const float *kept =
      (activations ? activations : embeddings.data) + x.rows * (activations_per_row(encoder) - encoder->normalize);
  const float *gradient = embeddings_gradient.data;
  if (encoder->normalize) {
    job.out = embeddings.cols;
    job.output = embeddings.data;
    job.lengths = kept;
    job.output_gradient = gradient;
    job.input_gradient = encoder->layers || !x_gradient ? blocks[0] : x_gradient;
    triplet_parallel(context, row_chunks, normalization_backward, &job);
    gradient = job.input_gradient;
  } else if (encoder->layers == 0 && x_gradient) {
    for (size_t i = 0; i < x.rows * x.cols; i++)
      x_gradient[i] = canonical(gradient[i]);
  }

  size_t end = count_parameters(encoder);
  for (size_t layer = encoder->layers; layer-- > 0;) {
    job.in = layer_inputs(encoder, layer);
    job.out = encoder->widths[layer];
    end -= job.out * (job.in + 1);
    if (layer)
      kept -= x.rows * job.in;
    job.activation = layer ? encoder->activation : TRIPLET_ACTIVATION_NONE;
    job.weights = parameters + end;
    job.weights_gradient = parameters_gradient + end;
    job.input = layer ? kept : x.data;
    job.output_gradient = gradient;
    job.input_gradient = layer == 0 ? x_gradient : gradient == blocks[0] ? blocks[1] : blocks[0];
    triplet_parallel(context, chunks_of(job.out, OUTPUTS_PER_CHUNK), weights_backward, &job);
    if (job.input_gradient)
      triplet_parallel(context, row_chunks, input_backward, &job);
    gradient = job.input_gradient;
  }
  triplet_release(context, blocks[0]);
  triplet_release(context, blocks[1]);
  return TRIPLET_OK;
}
