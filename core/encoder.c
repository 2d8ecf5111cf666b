/* encoder.c - dense layers, forward and backward.
 *
 * What forward keeps for backward, N rows: the output (N, width) of every layer but the last, then with normalize the
 * length of each row before it was divided by it (N). */
#include "collective.h"
#include "kernels.h"
#include "tree.h"

#define ROWS_PER_CHUNK 64   /* of a batch, those of the tree, and weight rows per tile */
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

triplet_status triplet_check_encoder(triplet_context *context, const triplet_encoder *encoder) {
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
  const size_t dim = layer_inputs(encoder, encoder->layers);
  if (encoder->residual && dim != encoder->inputs)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                        "expected a last width of %z like the inputs of a residual encoder, got %z", encoder->inputs,
                        dim);
  return TRIPLET_OK;
}

size_t triplet_encoder_dim(const triplet_encoder *encoder) {
  if (triplet_check_begun(NULL, TRIPLET_SCHEMA_ENCODER, encoder) != TRIPLET_OK || encoder->layers > TRIPLET_MAX_LAYERS)
    return 0;
  return layer_inputs(encoder, encoder->layers);
}

size_t triplet_encoder_parameters(const triplet_encoder *encoder) {
  return triplet_check_encoder(NULL, encoder) == TRIPLET_OK ? count_parameters(encoder) : 0;
}

/* Widths are bounded by the parameters, so their sum does not overflow; rows times it may. */
static size_t activations_per_row(const triplet_encoder *encoder) {
  size_t count = encoder->normalize;
  for (size_t layer = 0; layer + 1 < encoder->layers; layer++)
    count += encoder->widths[layer];
  return count;
}

size_t triplet_encoder_activations(const triplet_encoder *encoder, size_t rows) {
  if (triplet_check_encoder(NULL, encoder) != TRIPLET_OK)
    return 0;
  const size_t per_row = activations_per_row(encoder);
  return per_row && rows > SIZE_MAX / per_row ? SIZE_MAX : rows * per_row;
}

static triplet_status check_pass(triplet_context *context, const triplet_encoder *encoder, const float *parameters,
                                 triplet_encoder_pass *pass) {
  triplet_matrix *x = &pass->x, *embeddings = &pass->embeddings;
  TRIPLET_TRY(triplet_check_encoder(context, encoder));
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
  if (triplet_is_shared(context)) {
    triplet_compare(context, encoder->widths, encoder->layers * sizeof *encoder->widths);
    triplet_compare(context, parameters, count_parameters(encoder) * sizeof *parameters);
    triplet_compare_matrix(context, *x);
  }
  return TRIPLET_OK;
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

static float canonical(float value) {
  return value == value ? value : triplet_canonical_nan();
}

/* How the rows of a batch are dealt out to ranks. */
TRIPLET_INLINE triplet_cut cut_of(const triplet_encoder_pass *pass) {
  return (triplet_cut){pass->x.rows, TRIPLET_CHUNK_ROWS};
}

/* Without layers there is nothing to add. */
static bool is_residual(const triplet_encoder *encoder) {
  return encoder->residual && encoder->layers;
}

/* ---- initial weights --------------------------------------------------------------------------------------------- */

triplet_status triplet_encoder_init(triplet_context *context, const triplet_encoder *encoder, triplet_random *random,
                                    float *parameters) {
  TRIPLET_TRY(triplet_check_encoder(context, encoder));
  if (!random)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "random", "expected a generator, got NULL");
  if (!parameters && encoder->layers)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters", "expected %z floats, got NULL",
                        count_parameters(encoder));

  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer_inputs(encoder, layer);
    const double bound = 1 / sqrt((double)in);
    const bool zero = encoder->residual && layer + 1 == encoder->layers;
    for (size_t left = encoder->widths[layer] * (in + 1); left > 0; left--)
      *parameters++ = zero ? 0 : (float)((2 * triplet_random_uniform(random) - 1) * bound);
  }
  return TRIPLET_OK;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

typedef struct forward_job {
  const triplet_encoder *encoder;
  const triplet_kernels *kernels;
  const float *parameters;
  triplet_encoder_pass pass;
  triplet_span rows;   /* to be embedded */
  float *scratch;      /* without activations: those of one chunk, for each worker */
  size_t scratch_size; /* floats for one worker */
} forward_job;

/* values: (rows, width), sums of a layer. activation is not applied to the last. */
static void finish_layer(const triplet_kernels *kernels, triplet_activation activation, const float *bias,
                         triplet_matrix values) {
  for (size_t i = 0; i < values.rows; i++)
    kernels->biased(values.data + i * values.cols, bias, values.cols, activation == TRIPLET_ACTIVATION_RELU);
  if (activation == TRIPLET_ACTIVATION_TANH)
    for (size_t i = 0; i < values.rows * values.cols; i++)
      values.data[i] = canonical((float)triplet_tanh((double)values.data[i]));
}

/* A sum of 0 leaves the bits of x, those of -0, too. */
static void add_input(const float *x, size_t count, float *values) {
  for (size_t i = 0; i < count; i++)
    values[i] = canonical(values[i] == 0 ? x[i] : x[i] + values[i]);
}

/* In double: no square of a float over- or underflows there. */
void triplet_normalize_rows(size_t rows, size_t dim, float *values, float *lengths) {
  for (size_t i = 0; i < rows; i++, values += dim) {
    double squares = 0;
    for (size_t j = 0; j < dim; j++)
      squares += (double)values[j] * (double)values[j];
    const double length = sqrt(squares);
    if (lengths)
      lengths[i] = canonical((float)length);
    for (size_t j = 0; j < dim && length != 0; j++)
      values[j] = canonical((float)((double)values[j] / length));
  }
}

static void forward_chunk(void *of, size_t chunk, size_t worker) {
  const forward_job *job = of;
  const triplet_encoder *encoder = job->encoder;
  const triplet_encoder_pass *pass = &job->pass;
  const triplet_span own = triplet_span_part(triplet_own(job->rows), chunk * ROWS_PER_CHUNK, ROWS_PER_CHUNK);
  const size_t first = own.first, rows = own.count, dim = triplet_encoder_dim(encoder);
  float *const embedded = pass->embeddings.data + first * dim;
  const float *input = pass->x.data + first * pass->x.cols, *weights = job->parameters;
  if (encoder->layers == 0)
    memcpy(embedded, input, rows * dim * sizeof *embedded);

  /* A kept layer has room for all rows, one in scratch for those of a chunk. */
  const bool keeps = pass->activations != NULL;
  const size_t room = keeps ? pass->x.rows : ROWS_PER_CHUNK, skip = keeps ? first : 0;
  float *kept = keeps ? pass->activations : job->scratch + worker * job->scratch_size;

  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer_inputs(encoder, layer), out = encoder->widths[layer];
    const bool last = layer + 1 == encoder->layers;
    float *output = last ? embedded : kept + skip * out;
    const triplet_rows inputs = triplet_rows_of(input, rows, in);

    for (size_t j = 0; j < out; j += ROWS_PER_CHUNK) {
      const triplet_rows part = triplet_rows_of(weights + j * in, least(ROWS_PER_CHUNK, out - j), in);
      job->kernels->tile_sums(triplet_dot, &inputs, &part, NULL, output + j, out);
    }
    finish_layer(job->kernels, last ? TRIPLET_ACTIVATION_NONE : encoder->activation, weights + out * in,
                 (triplet_matrix){output, rows, out});
    weights += out * (in + 1);
    input = output;
    kept += last ? 0 : room * out;
  }

  if (is_residual(encoder))
    add_input(pass->x.data + first * dim, rows * dim, embedded);
  if (encoder->normalize)
    triplet_normalize_rows(rows, dim, embedded, kept + skip);
}

static triplet_status forward(triplet_context *context, const triplet_encoder *encoder, const float *parameters,
                              const triplet_encoder_pass *pass) {
  forward_job job = {.encoder = encoder,
                     .kernels = triplet_kernels_of(context),
                     .parameters = parameters,
                     .pass = *pass,
                     .rows = triplet_own_rows(context, cut_of(pass))};
  TRIPLET_TRY(check_pass(context, encoder, parameters, &job.pass));
  if (!pass->activations) {
    const size_t per_row = activations_per_row(encoder);
    job.scratch_size = ROWS_PER_CHUNK * per_row;
    job.scratch = triplet_allocate(context, triplet_workers(context) * ROWS_PER_CHUNK, per_row * sizeof(float));
    if (!job.scratch)
      return TRIPLET_OUT_OF_MEMORY;
  }
  const triplet_output embeddings = {job.pass.embeddings.data, job.pass.embeddings.cols * sizeof(float), NULL};
  triplet_status status =
      triplet_parallel_watched(context, triplet_chunks(job.rows.count, ROWS_PER_CHUNK), forward_chunk, &job);
  status = triplet_share_rows(context, status, cut_of(pass), &embeddings, 1);
  triplet_release(context, job.scratch);
  return status;
}

triplet_status triplet_encoder_forward(triplet_context *context, const triplet_encoder *encoder,
                                       const float *parameters, const triplet_encoder_pass *pass) {
  return TRIPLET_TOGETHER(context, forward(context, encoder, parameters, pass));
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
  bool adds_to_input;           /* there is a gradient of the input already */
  float *weights_gradient;      /* (out, in) and out biases */
  float *partial_sums;          /* of them, for each worker */
  size_t partial_sums_size;     /* floats for one worker */
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

  if (!job->adds_to_input)
    memset(gradient, 0, size * sizeof *gradient);
  const triplet_rows inputs = triplet_rows_of(NULL, rows, job->in);
  const triplet_rows weights = triplet_rows_of(job->weights, job->out, job->in);
  const triplet_coefficients coefficients = {job->output_gradient + first * job->out, job->out, 1};
  job->kernels->accumulate(triplet_dot, &inputs, &weights, &coefficients, gradient);

  /* The slope of the activation, from what came out of it. */
  for (size_t i = 0; i < size; i++) {
    if (job->activation == TRIPLET_ACTIVATION_RELU)
      gradient[i] = input[i] > 0 ? gradient[i] : 0;
    else if (job->activation == TRIPLET_ACTIVATION_TANH)
      gradient[i] *= (1 - input[i]) * (1 + input[i]);
    gradient[i] = canonical(gradient[i]);
  }
}

/* A few outputs of a layer, whose gradient is the sum of those of the chunks of rows, a tree. Every partial sum is in
 * float32; within a chunk rows are added in turn, weights in float32, biases in double. */
typedef struct gradient_slice {
  const backward_job *job;
  size_t first, outputs;
  float *partial_sums; /* slots of weights (OUTPUTS_PER_CHUNK, in) and as many biases, but the first */
} gradient_slice;

/* The first slot is where the gradient itself goes: a batch of one chunk needs no other. */
static float *weights_slot(const gradient_slice *slice, size_t slot) {
  const backward_job *job = slice->job;
  return slot ? slice->partial_sums + (slot - 1) * OUTPUTS_PER_CHUNK * (job->in + 1)
              : job->weights_gradient + slice->first * job->in;
}

static float *biases_slot(const gradient_slice *slice, size_t slot) {
  const backward_job *job = slice->job;
  return slot ? weights_slot(slice, slot) + OUTPUTS_PER_CHUNK * job->in
              : job->weights_gradient + job->out * job->in + slice->first;
}

static void sum_gradients(void *of, size_t first_row, size_t rows, size_t slot) {
  const gradient_slice *slice = of;
  const backward_job *job = slice->job;
  const float *output_gradient = job->output_gradient + first_row * job->out + slice->first;
  float *weights = weights_slot(slice, slot), *biases = biases_slot(slice, slot);

  memset(weights, 0, slice->outputs * job->in * sizeof *weights);
  const triplet_rows outputs = triplet_rows_of(NULL, slice->outputs, job->in);
  const triplet_rows inputs = triplet_rows_of(job->input + first_row * job->in, rows, job->in);
  const triplet_coefficients coefficients = {output_gradient, 1, job->out};
  job->kernels->accumulate(triplet_dot, &outputs, &inputs, &coefficients, weights);

  double sums[OUTPUTS_PER_CHUNK] = {0};
  for (size_t i = 0; i < rows; i++, output_gradient += job->out)
    for (size_t j = 0; j < slice->outputs; j++)
      sums[j] += (double)output_gradient[j];
  for (size_t j = 0; j < slice->outputs; j++)
    biases[j] = (float)sums[j];
}

static void join_gradients(void *of, size_t slot) {
  const gradient_slice *slice = of;
  const backward_job *job = slice->job;
  const float one = 1; /* the kernel's coefficient: 1 y is y */
  const float *biases = biases_slot(slice, slot + 1);
  const triplet_coefficients coefficients = {&one, 1, 1};
  const triplet_rows sum = triplet_rows_of(NULL, 1, slice->outputs * job->in);
  const triplet_rows added = triplet_rows_of(weights_slot(slice, slot + 1), 1, slice->outputs * job->in);
  job->kernels->accumulate(triplet_dot, &sum, &added, &coefficients, weights_slot(slice, slot));
  for (size_t j = 0; j < slice->outputs; j++)
    biases_slot(slice, slot)[j] += biases[j];
}

static void weights_backward(void *of, size_t chunk, size_t worker) {
  static const triplet_tree gradients = {sum_gradients, join_gradients};
  const backward_job *job = of;
  const size_t first = chunk * OUTPUTS_PER_CHUNK;
  gradient_slice slice = {job, first, least(OUTPUTS_PER_CHUNK, job->out - first),
                          job->partial_sums + worker * job->partial_sums_size};
  triplet_tree_sum(&gradients, job->rows, &slice);

  float *weights = weights_slot(&slice, 0), *biases = biases_slot(&slice, 0);
  for (size_t i = 0; i < slice.outputs * job->in; i++)
    weights[i] = canonical(weights[i]);
  for (size_t j = 0; j < slice.outputs; j++)
    biases[j] = canonical(biases[j]);
}

/* A call of backward, and its memory. */
typedef struct backward_call {
  const triplet_encoder *encoder;
  const float *parameters;
  triplet_encoder_pass pass;
  triplet_encoder_gradients gradients;
  triplet_span rows;   /* to be sent back: all, or a subtree of them, of which the gradients are then */
  float *blocks[2];    /* (rows, widest): they take turns as the gradient of a layer's output and of its input */
  float *partial_sums; /* of each worker */
  size_t partial_sums_size;
} backward_call;

static triplet_status check_backward(triplet_context *context, const backward_call *call) {
  const triplet_encoder *encoder = call->encoder;
  const size_t rows = call->pass.x.rows;
  if (!call->pass.activations && rows && activations_per_row(encoder))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "activations", "expected %z floats, got NULL",
                        triplet_encoder_activations(encoder, rows));
  if (!call->gradients.parameters && encoder->layers)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "parameters_gradient", "expected %z floats, got NULL",
                        count_parameters(encoder));
  return TRIPLET_OK;
}

/* For so many rows at a time. Products that are not checked are bounded by the parameters and the embeddings, which are
 * there. */
static triplet_status allocate(triplet_context *context, backward_call *call, size_t rows) {
  const triplet_encoder *encoder = call->encoder;
  size_t widest = triplet_encoder_dim(encoder), most_inputs = 0;
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer_inputs(encoder, layer);
    most_inputs = in > most_inputs ? in : most_inputs;
    if (layer && in > widest)
      widest = in;
  }

  const size_t sums = (triplet_tree_slots(rows) - 1) * OUTPUTS_PER_CHUNK; /* slot 0 is the gradient itself */
  float *blocks = triplet_allocate(context, 2 * rows, widest * sizeof *blocks);
  call->partial_sums_size = sums * (most_inputs + 1);
  call->partial_sums = triplet_allocate(context, triplet_workers(context) * sums, (most_inputs + 1) * sizeof(float));
  if (!blocks || !call->partial_sums) {
    triplet_release(context, call->partial_sums);
    triplet_release(context, blocks);
    return TRIPLET_OUT_OF_MEMORY;
  }
  call->blocks[0] = blocks;
  call->blocks[1] = blocks + rows * widest;
  return TRIPLET_OK;
}

/* The end of the activations of layers: the lengths, of the normalisation. Where nothing is kept activations may be
 * NULL. */
static const float *lengths_of(const backward_call *call) {
  const triplet_encoder_pass *pass = &call->pass;
  const size_t before = activations_per_row(call->encoder) - call->encoder->normalize;
  return (pass->activations ? pass->activations : pass->embeddings.data) + pass->x.rows * before;
}

/* That of the rows, if it is wanted. */
TRIPLET_INLINE float *x_gradient_of(const backward_call *call) {
  return call->gradients.x ? call->gradients.x + triplet_own(call->rows).first * call->pass.x.cols : NULL;
}

/* From the gradient of the embeddings, that of the rows, to that of what was normalised, if it was. */
static const float *embeddings_backward(triplet_context *context, const backward_call *call, const float *gradient) {
  const triplet_encoder *encoder = call->encoder;
  const triplet_encoder_pass *pass = &call->pass;
  const triplet_span rows = triplet_own(call->rows);
  float *const x_gradient = encoder->layers ? NULL : x_gradient_of(call);
  if (encoder->normalize) {
    backward_job job = {.rows = rows.count,
                        .out = pass->embeddings.cols,
                        .output = pass->embeddings.data + rows.first * pass->embeddings.cols,
                        .lengths = lengths_of(call) + rows.first,
                        .output_gradient = gradient,
                        .input_gradient = x_gradient ? x_gradient : call->blocks[0]};
    triplet_parallel(context, triplet_chunks(job.rows, ROWS_PER_CHUNK), normalization_backward, &job);
    return job.input_gradient;
  }
  for (size_t i = 0; x_gradient && i < rows.count * pass->x.cols; i++)
    x_gradient[i] = canonical(gradient[i]);
  return gradient;
}

/* The gradients of a layer. */
static triplet_status layer_backward(triplet_context *context, backward_job *job) {
  const triplet_watch whole = triplet_watch_part(context, 0, job->input_gradient ? 0.5 : 1);
  triplet_status status =
      triplet_parallel_watched(context, triplet_chunks(job->out, OUTPUTS_PER_CHUNK), weights_backward, job);
  triplet_watch_restore(context, whole);
  if (status != TRIPLET_OK || !job->input_gradient)
    return status;
  triplet_watch_part(context, 0.5, 1);
  status = triplet_parallel_watched(context, triplet_chunks(job->rows, ROWS_PER_CHUNK), input_backward, job);
  triplet_watch_restore(context, whole);
  return status;
}

/* Layer by layer, from the gradient of the last one's output. */
static triplet_status layers_backward(triplet_context *context, const backward_call *call, const float *gradient) {
  const triplet_encoder *encoder = call->encoder;
  const triplet_span rows = triplet_own(call->rows);
  const float *kept = lengths_of(call);
  size_t end = count_parameters(encoder);

  /* What the embedding has of x itself goes back to it as it is. */
  float *const x_gradient = x_gradient_of(call);
  const bool adds = is_residual(encoder) && x_gradient;
  if (adds)
    memcpy(x_gradient, gradient, rows.count * encoder->inputs * sizeof *gradient);

  /* From the last layer to the first; two blocks take turns as gradient in and gradient out. */
  for (size_t layer = encoder->layers; layer-- > 0;) {
    const size_t in = layer_inputs(encoder, layer), out = encoder->widths[layer];
    end -= out * (in + 1);
    kept -= layer ? call->pass.x.rows * in : 0;
    float *const block = call->blocks[gradient == call->blocks[0]];
    backward_job job = {.kernels = triplet_kernels_of(context),
                        .activation = layer ? encoder->activation : TRIPLET_ACTIVATION_NONE,
                        .rows = rows.count,
                        .in = in,
                        .out = out,
                        .weights = call->parameters + end,
                        .input = (layer ? kept : call->pass.x.data) + rows.first * in,
                        .output_gradient = gradient,
                        .input_gradient = layer ? block : x_gradient,
                        .adds_to_input = adds && layer == 0,
                        .weights_gradient = call->gradients.parameters + end,
                        .partial_sums = call->partial_sums,
                        .partial_sums_size = call->partial_sums_size};

    const double before = (double)(encoder->layers - 1 - layer), layers = (double)encoder->layers;
    const triplet_watch whole = triplet_watch_part(context, before / layers, (before + 1) / layers);
    const triplet_status status = layer_backward(context, &job);
    triplet_watch_restore(context, whole);
    TRIPLET_TRY(status);
    gradient = job.input_gradient;
  }
  return TRIPLET_OK;
}

/* Of the call's rows, from the gradient of all embeddings. */
static triplet_status rows_backward(triplet_context *context, const backward_call *call, const float *gradient) {
  gradient += triplet_own(call->rows).first * call->pass.embeddings.cols;
  return layers_backward(context, call, embeddings_backward(context, call, gradient));
}

/* ---- backward on many ranks -------------------------------------------------------------------------------------- */

/* A rank sends back the subtrees that its rows are made of, one by one, each with a gradient of the parameters of its
 * own. Ranks exchange them, each finishing the sums of some parameters. */
typedef struct subtrees {
  const backward_call *call;
  triplet_cut cut;
  size_t ranks;
} subtrees;

/* The chunks of rank `rank`, of which the last may be short. */
static triplet_span chunks_of(const subtrees *of, size_t rank) {
  const triplet_span rows = triplet_rows_of_rank(of->cut, rank, of->ranks);
  return (triplet_span){rows.first / TRIPLET_CHUNK_ROWS, triplet_chunks(rows.count, TRIPLET_CHUNK_ROWS)};
}

/* The first subtree of some chunks, which are those left then. */
static triplet_span take_subtree(triplet_span *chunks) {
  const triplet_span subtree = {chunks->first, triplet_tree_subtree(chunks->first, chunks->first + chunks->count)};
  *chunks = triplet_span_part(*chunks, subtree.count, SIZE_MAX);
  return subtree;
}

static size_t count_subtrees(const void *job, size_t rank) {
  size_t count = 0;
  for (triplet_span left = chunks_of(job, rank); left.count; count++)
    take_subtree(&left);
  return count;
}

/* sums: (count, parameters.count), of all subtrees. Adds as join_gradients does. */
static void join_subtrees(void *job, void *sums, size_t count, triplet_span parameters) {
  const subtrees *of = job;
  float *stack[8 * sizeof(size_t)], *next = sums;
  size_t height = 0;
  for (size_t rank = 0; rank < of->ranks; rank++)
    for (triplet_span left = chunks_of(of, rank); left.count; next += parameters.count) {
      const triplet_span subtree = take_subtree(&left);
      stack[height++] = next;
      for (size_t joins = triplet_tree_joins(subtree.first, subtree.count, --count == 0); joins > 0; joins--) {
        const float *added = stack[--height];
        for (size_t i = 0; i < parameters.count; i++)
          stack[height - 1][i] += added[i];
      }
    }
  float *whole = of->call->gradients.parameters + parameters.first;
  for (size_t i = 0; i < parameters.count; i++)
    whole[i] = canonical(stack[0][i]);
}

static triplet_status own_subtrees(triplet_context *context, const subtrees *of, const float *gradient, float *sums) {
  const triplet_span all = {0, of->cut.rows};
  triplet_span left = chunks_of(of, triplet_rank(context));
  const size_t size = count_parameters(of->call->encoder), first = left.first, count = left.count;
  const triplet_watch whole = triplet_watch_part(context, 0, 1);
  triplet_status status = TRIPLET_OK;
  for (; left.count && status == TRIPLET_OK; sums += size) {
    const triplet_span subtree = take_subtree(&left);
    const size_t before = subtree.first - first, past = before + subtree.count;
    backward_call call = *of->call;
    call.rows = triplet_span_part(all, subtree.first * TRIPLET_CHUNK_ROWS, subtree.count * TRIPLET_CHUNK_ROWS);
    call.gradients.parameters = sums;
    triplet_watch_part(context, (double)before / (double)count, (double)past / (double)count);
    status = rows_backward(context, &call, gradient);
    triplet_watch_restore(context, whole);
  }
  return status;
}

static triplet_status shared_backward(triplet_context *context, backward_call *call, const float *gradient) {
  subtrees of = {call, cut_of(&call->pass), triplet_rank_count(context)};
  const size_t count = count_subtrees(&of, triplet_rank(context)), size = count_parameters(call->encoder);
  float *sums = triplet_allocate(context, count, size * sizeof *sums);
  triplet_status status = sums ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK)
    status = own_subtrees(context, &of, gradient, sums);
  status = triplet_join_parts(context, status,
                              &(triplet_parts){.units = size,
                                               .size = sizeof *sums,
                                               .own = sums,
                                               .count = count_subtrees,
                                               .join = join_subtrees,
                                               .job = &of,
                                               .whole = call->gradients.parameters});
  triplet_release(context, sums);
  const triplet_output x = {call->gradients.x, call->pass.x.cols * sizeof(float), NULL};
  return status == TRIPLET_OK && x.data ? triplet_share_rows(context, status, of.cut, &x, 1) : status;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

static triplet_status backward(triplet_context *context, backward_call *call, triplet_matrix *embeddings_gradient) {
  TRIPLET_TRY(check_pass(context, call->encoder, call->parameters, &call->pass));
  TRIPLET_TRY(triplet_check_shape(context, "embeddings_gradient", embeddings_gradient, call->pass.embeddings.rows,
                                  call->pass.embeddings.cols, "embeddings"));
  TRIPLET_TRY(check_backward(context, call));
  triplet_compare_matrix(context, *embeddings_gradient);
  triplet_compare_number(context, call->gradients.x != NULL);
  const bool shared = triplet_is_shared(context) && call->pass.x.rows; /* no rows have no subtree */
  call->rows = shared ? triplet_own_rows(context, cut_of(&call->pass)) : (triplet_span){0, call->pass.x.rows};
  TRIPLET_TRY(allocate(context, call, call->rows.count));
  const triplet_status status = shared ? shared_backward(context, call, embeddings_gradient->data)
                                       : rows_backward(context, call, embeddings_gradient->data);
  triplet_release(context, call->partial_sums);
  triplet_release(context, call->blocks[0]);
  return status;
}

triplet_status triplet_encoder_backward(triplet_context *context, const triplet_encoder *encoder,
                                        const float *parameters, const triplet_encoder_pass *pass,
                                        triplet_matrix embeddings_gradient, triplet_encoder_gradients gradients) {
  backward_call call = {.encoder = encoder, .parameters = parameters, .pass = *pass, .gradients = gradients};
  return TRIPLET_TOGETHER(context, backward(context, &call, &embeddings_gradient));
}
