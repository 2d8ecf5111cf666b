/* margin.c - explicit and indexed triplets: hinge, swap, weights, reduction and gradient.
 *
 * L = max(d(a, p) - d(a, n) + margin, 0), torch.nn.functional.triplet_margin_loss and
 * optax.losses.triplet_margin_loss; the swap of Balntas et al. 2016. Shapes: anchors, positives, negatives (N, D), or
 * one anchor (1, D) for all. */
#include "distance.h"
#include "hinge.h"

/* ---- a block of rows --------------------------------------------------------------------------------------------- */

/* Rows whose distances are taken together, so that the gradient pass finds them in the cache. */
#define BLOCK 64
#define BLOCK_FLOATS 4096

static size_t block_rows(size_t d) {
  const size_t rows = d ? BLOCK_FLOATS / 4 / d : BLOCK;
  return rows > BLOCK ? BLOCK : rows < 8 ? 8 : rows;
}

typedef struct totals {
  double loss;
  uint64_t active, nonfinite;
} totals;

/* The rows of a triplet. */
enum { ANCHOR, POSITIVE, NEGATIVE, PARTS };

/* What a block knows of its rows after the distance pass. */
typedef struct block {
  triplet_rows rows[PARTS]; /* as the distance reads them */
  float ap[BLOCK], an[BLOCK], pn[BLOCK];
  triplet_side_slopes slopes[BLOCK]; /* of the loss, by each distance */
  double lengths[PARTS][BLOCK];
} block;

typedef struct margin_job {
  const triplet_options *options;
  triplet_measure measure;
  const float *inputs[PARTS];
  size_t steps[PARTS]; /* from row to row: d, or 0 of the one anchor of all */
  triplet_gradients gradients;
  float *anchor_gradient; /* of the one anchor of all, added to; its rows in gradients are then those of a block */
  float *losses;
  size_t rows, d, rows_per_chunk;
  double weights; /* their sum */
  double scale;   /* of the gradient: the reduction's */
  float *scratch; /* of each worker, where the distance needs any */
  bool stream;
  totals *chunks;
} margin_job;

/* Room for the rows of a block of each worker, where the distance makes any. */
static triplet_status create_scratch(triplet_context *context, margin_job *job, size_t workers) {
  const size_t size = triplet_row_size(&job->measure, job->d);
  if (!size)
    return TRIPLET_OK;
  job->scratch = triplet_allocate(context, workers * block_rows(job->d), PARTS * size * sizeof *job->scratch);
  return job->scratch ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

/* inputs: where the block's rows begin. */
static void block_distances(const margin_job *job, const float *const inputs[PARTS], size_t rows, float *scratch,
                            block *at) {
  const triplet_measure *measure = &job->measure;
  for (size_t part = 0; part < PARTS; part++) {
    /* Member by member: GCC copies a structure just written in other pieces, which has to wait until all stores under
     * way are done, those around the cache too. */
    triplet_rows *own = &at->rows[part];
    own->data = inputs[part];
    own->lengths = NULL;
    own->rows = rows;
    own->cols = job->d;
    own->stride = job->steps[part];
    triplet_rows_read(measure, own, scratch, at->lengths[part]);
    scratch = scratch ? scratch + rows * triplet_row_size(measure, job->d) : NULL;
  }
  triplet_row_distances(measure, &at->rows[ANCHOR], &at->rows[POSITIVE], at->ap);
  triplet_row_distances(measure, &at->rows[ANCHOR], &at->rows[NEGATIVE], at->an);
  if (job->options->swap)
    triplet_row_distances(measure, &at->rows[POSITIVE], &at->rows[NEGATIVE], at->pn);
}

/* Losses and slopes of rows first .. first + rows; adds to the totals. */
static void block_hinges(const margin_job *job, size_t first, size_t rows, block *at, totals *sum) {
  const triplet_options *options = job->options;
  for (size_t i = 0; i < rows; i++) {
    const bool finite = triplet_is_finite(at->ap[i]) && triplet_is_finite(at->an[i]) &&
                        (!options->swap || triplet_is_finite(at->pn[i]));
    const double weight = triplet_weight_of(options, first + i);
    const triplet_hinge hinge = triplet_hinge_of(options, triplet_margin_of(options, first + i),
                                                 (triplet_sides){at->ap[i], at->an[i], options->swap ? at->pn[i] : 0});

    const double loss = finite ? weight * hinge.loss : (double)triplet_canonical_nan();
    const double slope = finite ? weight * hinge.slope * job->scale * triplet_grad_output_of(options, first + i) : loss;
    sum->nonfinite += !finite;
    sum->active += finite && hinge.active && weight != 0;
    sum->loss += loss;
    if (job->losses)
      job->losses[first + i] = (float)loss;
    at->slopes[i] = triplet_side_slopes_of(&hinge, slope);
  }
}

/* The coefficients {ap, an, pn} of a row; false where only doubles are safe. */
static bool row_coefficients(const margin_job *job, const block *at, size_t i, float *coefficients) {
  const triplet_measure *measure = &job->measure;
  const triplet_rows *a = &at->rows[ANCHOR], *p = &at->rows[POSITIVE], *n = &at->rows[NEGATIVE];
  const triplet_side_slopes *by = &at->slopes[i];

  /* Kernels take the slopes by -d(a, n) and -d(p, n). */
  coefficients[2] = 0;
  return triplet_coefficient(measure, by->ap, at->ap[i], triplet_is_zero_pair(a, i, p, i), &coefficients[0]) &&
         triplet_coefficient(measure, -by->an, at->an[i], triplet_is_zero_pair(a, i, n, i), &coefficients[1]) &&
         (!job->options->swap ||
          triplet_coefficient(measure, -by->pn, at->pn[i], triplet_is_zero_pair(p, i, n, i), &coefficients[2]));
}

static float *row_of(float *matrix, size_t at) {
  return matrix ? matrix + at : NULL;
}

static triplet_gradients gradients_at(const triplet_gradients *gradients, size_t at) {
  return (triplet_gradients){row_of(gradients->anchors, at), row_of(gradients->positives, at),
                             row_of(gradients->negatives, at)};
}

/* Rows first .. last of a block, as the kernels do them. */
static void plain_rows(const margin_job *job, const block *at, size_t first, size_t last, const float *coefficients,
                       triplet_gradients to) {
  const triplet_measure *measure = &job->measure;
  float *const outputs[PARTS] = {to.anchors, to.positives, to.negatives};
  triplet_rows rows[PARTS];
  for (size_t part = 0; part < PARTS; part++)
    rows[part] = triplet_rows_part(&at->rows[part], first, last - first);
  measure->kernels->triplet_gradients(measure->term, rows, coefficients, &to, job->options->swap, job->stream);
  for (size_t part = 0; part < PARTS; part++)
    if (outputs[part])
      triplet_rows_gradients(measure, &rows[part], outputs[part]);
}

/* Two of the rows of a triplet, and the slope of the loss by their distance. */
typedef struct sloped_pair {
  size_t x, y;
  double slope;
} sloped_pair;

/* One row in double. */
static void slow_row(const margin_job *job, const block *at, size_t i, triplet_gradients to) {
  const sloped_pair pairs[] = {{ANCHOR, POSITIVE, at->slopes[i].ap},
                               {ANCHOR, NEGATIVE, at->slopes[i].an},
                               {POSITIVE, NEGATIVE, at->slopes[i].pn}};
  float *const outputs[PARTS] = {to.anchors, to.positives, to.negatives};
  triplet_rows rows[PARTS];
  for (size_t part = 0; part < PARTS; part++)
    rows[part] = triplet_rows_part(&at->rows[part], i, 1);
  triplet_pair ready[PARTS];
  for (size_t pair = 0; pair < PARTS; pair++)
    if (pairs[pair].slope != 0)
      ready[pair] = triplet_pair_of(&job->measure, &rows[pairs[pair].x], &rows[pairs[pair].y]);

  for (size_t k = 0; k < job->d; k++) {
    double sums[PARTS] = {0};
    for (size_t pair = 0; pair < PARTS; pair++) {
      if (pairs[pair].slope == 0)
        continue;
      const triplet_slopes slopes = triplet_slopes_at(&ready[pair], k);
      sums[pairs[pair].x] += pairs[pair].slope * slopes.x;
      sums[pairs[pair].y] += pairs[pair].slope * slopes.y;
    }
    for (size_t part = 0; part < PARTS; part++)
      if (outputs[part])
        outputs[part][k] = triplet_to_float(sums[part] / triplet_length_of(&rows[part], 0));
  }
}

/* to: where those of the block are written. Plain rows that follow each other go to the kernels at once. */
static void block_gradients(const margin_job *job, const block *at, const triplet_gradients *to) {
  const size_t rows = at->rows[ANCHOR].rows, d = job->d;
  float coefficients[BLOCK * 3];
  size_t first = 0;
  for (size_t i = 0; i <= rows; i++) {
    if (i < rows && row_coefficients(job, at, i, coefficients + i * 3))
      continue;
    if (first < i)
      plain_rows(job, at, first, i, coefficients + first * 3, gradients_at(to, first * d));
    if (i < rows)
      slow_row(job, at, i, gradients_at(to, i * d));
    first = i + 1;
  }
}

static void add_row(float *to, const float *row, size_t d) {
  for (size_t k = 0; k < d; k++)
    to[k] += row[k];
}

/* first: of the rows of the block. */
static void write_gradients(const margin_job *job, const block *at, size_t first) {
  triplet_gradients to = gradients_at(&job->gradients, first * job->d);
  if (job->anchor_gradient)
    to.anchors = job->gradients.anchors;
  block_gradients(job, at, &to);
  for (size_t i = 0; job->anchor_gradient && i < at->rows[ANCHOR].rows; i++)
    add_row(job->anchor_gradient, to.anchors + i * job->d, job->d);
}

static void margin_chunk(void *argument, size_t chunk, size_t worker) {
  const margin_job *job = argument;
  const size_t d = job->d, step = block_rows(d);
  const size_t begin = chunk * job->rows_per_chunk;
  const size_t end = job->rows - begin < job->rows_per_chunk ? job->rows : begin + job->rows_per_chunk;
  const bool wanted = job->gradients.anchors || job->gradients.positives || job->gradients.negatives;
  float *scratch = job->scratch ? job->scratch + worker * PARTS * step * triplet_row_size(&job->measure, d) : NULL;
  totals sum = {0};
  block at;
  for (size_t first = begin; first < end; first += step) {
    const size_t rows = end - first < step ? end - first : step;
    const float *const inputs[PARTS] = {job->inputs[ANCHOR] + first * job->steps[ANCHOR],
                                        job->inputs[POSITIVE] + first * d, job->inputs[NEGATIVE] + first * d};
    block_distances(job, inputs, rows, scratch, &at);
    block_hinges(job, first, rows, &at, &sum);
    if (wanted)
      write_gradients(job, &at, first);
  }
  job->chunks[chunk] = sum;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Chunks of rows by shape alone; their sums are added in order. */
#define CHUNKS 64

/* The gradient of the one anchor of all is a sum over all triplets in their order. */
static void sum_in_order(margin_job *job, size_t chunks) {
  memset(job->anchor_gradient, 0, job->d * sizeof(float));
  for (size_t chunk = 0; chunk < chunks; chunk++)
    margin_chunk(job, chunk, 0);
  for (size_t k = 0; k < job->d; k++)
    job->anchor_gradient[k] = triplet_to_float(job->anchor_gradient[k]); /* every NaN is the same */
}

static totals margin_pass(triplet_context *context, margin_job *job) {
  totals chunks[CHUNKS], sum = {0};
  const size_t step = block_rows(job->d), blocks = (job->rows + step - 1) / step;
  const size_t blocks_per_chunk = (blocks + CHUNKS - 1) / CHUNKS;
  const size_t count = blocks ? (blocks + blocks_per_chunk - 1) / blocks_per_chunk : 0;
  job->rows_per_chunk = blocks_per_chunk * step;
  job->chunks = chunks;
  if (job->anchor_gradient)
    sum_in_order(job, count);
  else
    triplet_parallel(context, count, margin_chunk, job);
  for (size_t i = 0; i < count; i++) {
    sum.loss += chunks[i].loss;
    sum.active += chunks[i].active;
    sum.nonfinite += chunks[i].nonfinite;
  }
  return sum;
}

/* For weighted_mean, which alone asks for it. */
static double sum_of_weights(const triplet_options *options, size_t rows) {
  if (options->reduction != TRIPLET_REDUCTION_WEIGHTED_MEAN || !options->weights.data)
    return (double)rows;
  double sum = 0;
  for (size_t i = 0; i < rows; i++)
    sum += options->weights.data[i];
  return sum;
}

static double divisor_of(const margin_job *job, uint64_t active) {
  return triplet_reduction_divisor(job->options->reduction, job->rows, active, job->weights);
}

/* Of the gradient. */
static double scale_of(const margin_job *job, uint64_t active) {
  const double divisor = divisor_of(job, active);
  return divisor != 0 ? 1 / divisor : 0;
}

static triplet_status report(triplet_context *context, const margin_job *job, const totals *sum, const char *argument,
                             triplet_result *result) {
  const double divisor = divisor_of(job, sum->active), loss = divisor != 0 ? sum->loss / divisor : 0;
  *result = (triplet_result){loss == loss ? loss : (double)triplet_canonical_nan(), sum->active, sum->nonfinite};
  if (sum->nonfinite && job->options->nonfinite == TRIPLET_NONFINITE_ERROR)
    return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "%z of %z triplets have a distance that is not finite",
                        (size_t)sum->nonfinite, job->rows);
  return TRIPLET_OK;
}

/* Outputs larger than a last-level cache are written around it. */
#define STREAM_FLOATS ((size_t)1 << 22)

/* A load waits for a store around the cache, as if it read it, where their addresses agree in the last 12 bits: the
 * input must not run shortly after the output. Measured: up to ten times the time. */
static bool runs_after(const float *input, const float *output) {
  return ((uintptr_t)output - (uintptr_t)input) % 4096 - 1 < 191;
}

static bool can_stream(const margin_job *job) {
  const float *const outputs[] = {job->gradients.anchors, job->gradients.positives, job->gradients.negatives};
  if (job->scratch || job->anchor_gradient || job->d % 8 != 0 || job->rows * job->d < STREAM_FLOATS)
    return false;
  const float *other = NULL;
  for (size_t i = 0; i < 3; i++) {
    if (!outputs[i])
      continue;
    if ((uintptr_t)outputs[i] % 16 != 0 || (other && ((uintptr_t)outputs[i] ^ (uintptr_t)other) % 32 != 0))
      return false;
    other = outputs[i];
    for (size_t j = 0; j < 3; j++)
      if (runs_after(job->inputs[j], outputs[i]))
        return false;
  }
  return other != NULL;
}

triplet_status triplet_margin_loss(triplet_context *context, const triplet_options *options,
                                   const triplet_explicit *triplets, triplet_gradients gradients, float *losses,
                                   triplet_result *result) {
  triplet_matrix anchors = triplets->anchors, positives = triplets->positives, negatives = triplets->negatives;
  const bool one = anchors.rows == 1 && positives.rows != 1;
  const size_t rows = one ? positives.rows : anchors.rows, d = anchors.cols;
  TRIPLET_TRY(triplet_check_matrix(context, "anchors", &anchors));
  TRIPLET_TRY(triplet_check_shape(context, "positives", &positives, rows, d, "anchors"));
  TRIPLET_TRY(triplet_check_shape(context, "negatives", &negatives, rows, d, one ? "positives" : "anchors"));
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_MARGIN_LOSS, options, rows));

  margin_job job = {
      .options = options,
      .measure = triplet_measure_of(context, options),
      .inputs = {anchors.data, positives.data, negatives.data},
      .steps = {one ? 0 : d, d, d},
      .losses = losses,
      .rows = rows,
      .d = d,
      .weights = sum_of_weights(options, rows),
  };
  triplet_status status = create_scratch(context, &job, triplet_workers(context));
  float *block_of_anchor = NULL;
  if (status == TRIPLET_OK && one && gradients.anchors) {
    block_of_anchor = triplet_allocate(context, block_rows(d), d * sizeof *block_of_anchor);
    status = block_of_anchor ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  }
  totals sum = {0};
  if (status == TRIPLET_OK && options->reduction == TRIPLET_REDUCTION_MEAN_NONZERO)
    sum = margin_pass(context, &job);

  if (status == TRIPLET_OK) {
    job.scale = scale_of(&job, sum.active);
    job.gradients = gradients;
    if (block_of_anchor) {
      job.gradients.anchors = block_of_anchor;
      job.anchor_gradient = gradients.anchors;
    }
    job.stream = can_stream(&job);
    sum = margin_pass(context, &job);
  }
  triplet_release(context, block_of_anchor);
  triplet_release(context, job.scratch);
  TRIPLET_TRY(status);
  return report(context, &job, &sum, "anchors", result);
}

/* ---- indexed triplets -------------------------------------------------------------------------------------------- */

static triplet_status check_indices(triplet_context *context, const char *argument, triplet_ints list, size_t count,
                                    size_t rows) {
  TRIPLET_TRY(triplet_check_ints(context, argument, list, count));
  for (size_t i = 0; i < count; i++)
    if (list.data[i] < 0 || (size_t)list.data[i] >= rows)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument,
                          "expected row numbers below %z, got %d at index %i", rows, (int64_t)list.data[i], i);
  return TRIPLET_OK;
}

static void gather(triplet_matrix table, const int32_t *indices, size_t rows, float *out) {
  for (size_t i = 0; i < rows; i++)
    memcpy(out + i * table.cols, table.data + (size_t)indices[i] * table.cols, table.cols * sizeof *out);
}

/* The blocks of explicit triplets over gathered rows, which job->inputs point to. In sequence, as triplets may share
 * rows. */
static totals indexed_pass(const margin_job *job, const triplet_indexed *triplets, float *gathered[PARTS],
                           float *gradient) {
  const size_t d = job->d, step = block_rows(d);
  const float *const outputs[PARTS] = {job->gradients.anchors, job->gradients.positives, job->gradients.negatives};
  totals sum = {0};
  block at;
  for (size_t first = 0; first < job->rows; first += step) {
    const size_t rows = job->rows - first < step ? job->rows - first : step;
    const int32_t *const from[PARTS] = {triplets->anchors.data + first, triplets->positives.data + first,
                                        triplets->negatives.data + first};
    for (size_t part = 0; part < PARTS; part++)
      gather(triplets->table, from[part], rows, gathered[part]);
    block_distances(job, job->inputs, rows, job->scratch, &at);
    block_hinges(job, first, rows, &at, &sum);
    if (!gradient)
      continue;
    block_gradients(job, &at, &job->gradients);
    for (size_t i = 0; i < rows; i++)
      for (size_t part = 0; part < PARTS; part++)
        add_row(gradient + (size_t)from[part][i] * d, outputs[part] + i * d, d);
  }
  return sum;
}

triplet_status triplet_indexed_loss(triplet_context *context, const triplet_options *options,
                                    const triplet_indexed *given, float *gradient, float *losses,
                                    triplet_result *result) {
  triplet_indexed triplets = *given;
  const size_t rows = triplets.anchors.count, d = triplets.table.cols;
  TRIPLET_TRY(triplet_check_matrix(context, "table", &triplets.table));
  TRIPLET_TRY(check_indices(context, "anchors", triplets.anchors, rows, triplets.table.rows));
  TRIPLET_TRY(check_indices(context, "positives", triplets.positives, rows, triplets.table.rows));
  TRIPLET_TRY(check_indices(context, "negatives", triplets.negatives, rows, triplets.table.rows));
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_INDEXED_LOSS, options, rows));

  const size_t size = block_rows(d) * d;
  float *memory = triplet_allocate(context, size, 2 * PARTS * sizeof *memory);
  if (!memory)
    return TRIPLET_OUT_OF_MEMORY;

  float *gathered[PARTS] = {memory, memory + size, memory + 2 * size};
  margin_job job = {
      .options = options,
      .measure = triplet_measure_of(context, options),
      .inputs = {gathered[ANCHOR], gathered[POSITIVE], gathered[NEGATIVE]},
      .steps = {d, d, d},
      .gradients = {memory + 3 * size, memory + 4 * size, memory + 5 * size},
      .losses = losses,
      .rows = rows,
      .d = d,
      .weights = sum_of_weights(options, rows),
  };

  const triplet_status status = create_scratch(context, &job, 1);
  totals sum = {0};
  if (status == TRIPLET_OK && options->reduction == TRIPLET_REDUCTION_MEAN_NONZERO)
    sum = indexed_pass(&job, &triplets, gathered, NULL);

  if (status == TRIPLET_OK) {
    job.scale = scale_of(&job, sum.active);
    sum = indexed_pass(&job, &triplets, gathered, gradient);
  }
  triplet_release(context, job.scratch);
  triplet_release(context, memory);
  TRIPLET_TRY(status);
  return report(context, &job, &sum, "table", result);
}
