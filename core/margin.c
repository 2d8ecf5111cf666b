/* margin.c - explicit and indexed triplets: hinge, swap, weights, reduction and gradient.
 *
 * L = max(d(a, p) - d(a, n) + margin, 0), torch.nn.functional.triplet_margin_loss and
 * optax.losses.triplet_margin_loss; the swap of Balntas et al. 2016. Shapes: anchors, positives, negatives (N, D). */
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

/* What a block knows of its rows after the distance pass. The slopes are of the loss by each distance; an is that of
 * -d(a, n), pn that of -d(p, n). */
typedef struct block {
  float ap[BLOCK], an[BLOCK], pn[BLOCK];
  float a_squares[BLOCK], p_squares[BLOCK], n_squares[BLOCK];
  double ap_slope[BLOCK], an_slope[BLOCK], pn_slope[BLOCK];
} block;

typedef struct margin_job {
  const triplet_options *options;
  triplet_measure measure;
  const float *anchors, *positives, *negatives;
  triplet_gradients gradients;
  float *losses;
  size_t rows, d, rows_per_chunk;
  double scale; /* of the gradient: the reduction's */
  bool stream;
  totals *chunks;
} margin_job;

static void block_distances(const margin_job *job, const float *a, const float *p, const float *n, size_t rows,
                            block *out) {
  const triplet_measure *measure = &job->measure;
  const size_t d = job->d;
  if (measure->family == TRIPLET_FAMILY_DOT) {
    triplet_squares(measure, a, rows, d, out->a_squares);
    triplet_squares(measure, p, rows, d, out->p_squares);
    triplet_squares(measure, n, rows, d, out->n_squares);
  }
  triplet_row_distances(measure, a, p, out->a_squares, out->p_squares, rows, d, out->ap);
  triplet_row_distances(measure, a, n, out->a_squares, out->n_squares, rows, d, out->an);
  if (job->options->swap)
    triplet_row_distances(measure, p, n, out->p_squares, out->n_squares, rows, d, out->pn);
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
    at->ap_slope[i] = slope;
    at->an_slope[i] = slope * hinge.an_share;
    at->pn_slope[i] = slope * (1 - hinge.an_share);
  }
}

/* The kernels' float coefficients are good while the quotient slope / distance is far from the ends of float32. */
static bool is_plain(double value) {
  return value > 1e-18 && value < 1e18;
}

static bool is_plain_distance(const margin_job *job, float distance) {
  if (job->measure.family == TRIPLET_FAMILY_DOT)
    return distance > 5e-3f && distance < 2 - 5e-3f; /* the two terms of the gradient of parallel rows cancel */
  return distance == 0 || is_plain(distance);
}

static bool are_plain_distances(const margin_job *job, const block *at, size_t i) {
  return is_plain_distance(job, at->ap[i]) && is_plain_distance(job, at->an[i]) &&
         (!job->options->swap || is_plain_distance(job, at->pn[i]));
}

static bool is_plain_row(const margin_job *job, const block *at, size_t i) {
  const double slope = at->ap_slope[i];
  switch (job->measure.family) {
  case TRIPLET_FAMILY_SQUARES:
    return (slope == 0 || is_plain(fabs(slope))) && (job->measure.squared || are_plain_distances(job, at, i));
  case TRIPLET_FAMILY_ABSOLUTE:
    return slope == 0 || is_plain(fabs(slope));
  case TRIPLET_FAMILY_DOT:
    return is_plain(fabs(slope)) && is_plain(at->a_squares[i]) && is_plain(at->p_squares[i]) &&
           is_plain(at->n_squares[i]) && are_plain_distances(job, at, i);
  default:
    return false;
  }
}

static float over_distance(const triplet_measure *measure, double slope, float distance) {
  if (measure->squared)
    return (float)(2 * slope);
  if (measure->family == TRIPLET_FAMILY_ABSOLUTE)
    return (float)slope;
  return distance > 0 ? (float)(slope / distance) : 0;
}

/* Adds slope x the gradient of 1 - cos(x, y) to the 3 x 3 coefficients of rows x and y (numbers 0 .. 2). */
static void add_cosine_coefficients(double *coefficients, size_t x, size_t y, double slope, double xx, double yy,
                                    double distance) {
  coefficients[3 * x + y] -= slope / sqrt(xx * yy);
  coefficients[3 * y + x] -= slope / sqrt(xx * yy);
  coefficients[3 * x + x] += slope * (1 - distance) / xx;
  coefficients[3 * y + y] += slope * (1 - distance) / yy;
}

static void row_coefficients(const margin_job *job, const block *at, size_t i, float *coefficients) {
  if (job->measure.family != TRIPLET_FAMILY_DOT) {
    coefficients[0] = over_distance(&job->measure, at->ap_slope[i], at->ap[i]);
    coefficients[1] = over_distance(&job->measure, at->an_slope[i], at->an[i]);
    coefficients[2] = job->options->swap ? over_distance(&job->measure, at->pn_slope[i], at->pn[i]) : 0;
    return;
  }
  const double aa = at->a_squares[i], pp = at->p_squares[i], nn = at->n_squares[i];
  double sums[9] = {0};
  add_cosine_coefficients(sums, 0, 1, at->ap_slope[i], aa, pp, at->ap[i]);
  add_cosine_coefficients(sums, 0, 2, -at->an_slope[i], aa, nn, at->an[i]);
  if (job->options->swap)
    add_cosine_coefficients(sums, 1, 2, -at->pn_slope[i], pp, nn, at->pn[i]);
  for (size_t k = 0; k < 9; k++)
    coefficients[k] = (float)sums[k];
}

static void add_slopes(double *sums, size_t x, size_t y, const triplet_pair *pair, double slope, size_t k) {
  if (slope == 0)
    return;
  const triplet_slopes slopes = triplet_pair_slopes(pair, k);
  sums[x] += slope * slopes.x;
  sums[y] += slope * slopes.y;
}

/* One row in double. */
static void slow_row(const margin_job *job, const block *at, size_t i, const float *a, const float *p, const float *n,
                     float *anchor, float *positive, float *negative) {
  const size_t d = job->d;
  const double ap_slope = at->ap_slope[i], an_slope = at->an_slope[i], pn_slope = at->pn_slope[i];
  const bool any = ap_slope != 0; /* the others are shares of it */
  const triplet_pair none = {0};
  const triplet_pair ap = any ? triplet_pair_of(&job->measure, a, p, d) : none;
  const triplet_pair an = an_slope != 0 ? triplet_pair_of(&job->measure, a, n, d) : none;
  const triplet_pair pn = pn_slope != 0 ? triplet_pair_of(&job->measure, p, n, d) : none;
  for (size_t k = 0; k < d; k++) {
    double sums[3] = {0};
    add_slopes(sums, 0, 1, &ap, ap_slope, k);
    add_slopes(sums, 0, 2, &an, -an_slope, k);
    add_slopes(sums, 1, 2, &pn, -pn_slope, k);
    if (anchor)
      anchor[k] = triplet_to_float(sums[0]);
    if (positive)
      positive[k] = triplet_to_float(sums[1]);
    if (negative)
      negative[k] = triplet_to_float(sums[2]);
  }
}

static float *row_of(float *matrix, size_t at) {
  return matrix ? matrix + at : NULL;
}

static void block_gradients(const margin_job *job, const block *at, const float *a, const float *p, const float *n,
                            size_t offset, size_t rows) {
  const size_t d = job->d, per_row = job->measure.family == TRIPLET_FAMILY_DOT ? 9 : 3;
  float coefficients[BLOCK * 9];
  float *anchors = row_of(job->gradients.anchors, offset), *positives = row_of(job->gradients.positives, offset);
  float *negatives = row_of(job->gradients.negatives, offset);
  for (size_t first = 0, last; first < rows; first = last) {
    const bool plain = is_plain_row(job, at, first);
    for (last = first; last < rows && is_plain_row(job, at, last) == plain; last++)
      if (plain)
        row_coefficients(job, at, last, coefficients + (last - first) * per_row);
      else
        slow_row(job, at, last, a + last * d, p + last * d, n + last * d, row_of(anchors, last * d),
                 row_of(positives, last * d), row_of(negatives, last * d));
    if (plain)
      job->measure.kernels->triplet_gradients(job->measure.family, job->measure.shift, job->options->swap, job->stream,
                                              a + first * d, p + first * d, n + first * d, coefficients, last - first,
                                              d, row_of(anchors, first * d), row_of(positives, first * d),
                                              row_of(negatives, first * d));
  }
}

static void margin_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const margin_job *job = argument;
  const size_t d = job->d, step = block_rows(d);
  const size_t begin = chunk * job->rows_per_chunk;
  const size_t end = job->rows - begin < job->rows_per_chunk ? job->rows : begin + job->rows_per_chunk;
  const bool wanted = job->gradients.anchors || job->gradients.positives || job->gradients.negatives;
  totals sum = {0};
  block at;
  for (size_t first = begin; first < end; first += step) {
    const size_t rows = end - first < step ? end - first : step, offset = first * d;
    const float *a = job->anchors + offset, *p = job->positives + offset, *n = job->negatives + offset;
    block_distances(job, a, p, n, rows, &at);
    block_hinges(job, first, rows, &at, &sum);
    if (wanted)
      block_gradients(job, &at, a, p, n, offset, rows);
  }
  job->chunks[chunk] = sum;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Chunks of rows by shape alone; their sums are added in order. */
#define CHUNKS 64

static totals margin_pass(triplet_context *context, margin_job *job) {
  totals chunks[CHUNKS], sum = {0};
  const size_t step = block_rows(job->d), blocks = (job->rows + step - 1) / step;
  const size_t blocks_per_chunk = (blocks + CHUNKS - 1) / CHUNKS;
  const size_t count = blocks ? (blocks + blocks_per_chunk - 1) / blocks_per_chunk : 0;
  job->rows_per_chunk = blocks_per_chunk * step;
  job->chunks = chunks;
  triplet_parallel(context, count, margin_chunk, job);
  for (size_t i = 0; i < count; i++) {
    sum.loss += chunks[i].loss;
    sum.active += chunks[i].active;
    sum.nonfinite += chunks[i].nonfinite;
  }
  return sum;
}

static double reduced_loss(const triplet_options *options, const totals *sum, size_t rows) {
  switch (options->reduction) {
  case TRIPLET_REDUCTION_MEAN:
    return triplet_divided(sum->loss, rows);
  case TRIPLET_REDUCTION_MEAN_NONZERO:
    return triplet_divided(sum->loss, sum->active);
  default:
    return sum->loss;
  }
}

static triplet_status report(triplet_context *context, const triplet_options *options, const totals *sum, size_t rows,
                             const char *argument, triplet_result *result) {
  const double loss = reduced_loss(options, sum, rows);
  *result = (triplet_result){loss == loss ? loss : (double)triplet_canonical_nan(), sum->active, sum->nonfinite};
  if (sum->nonfinite && options->nonfinite == TRIPLET_NONFINITE_ERROR)
    return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "%z of %z triplets have a distance that is not finite",
                        (size_t)sum->nonfinite, rows);
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
  const float *const inputs[] = {job->anchors, job->positives, job->negatives};
  const float *const outputs[] = {job->gradients.anchors, job->gradients.positives, job->gradients.negatives};
  if (job->d % 8 != 0 || job->rows * job->d < STREAM_FLOATS)
    return false;
  const float *other = NULL;
  for (size_t i = 0; i < 3; i++) {
    if (!outputs[i])
      continue;
    if ((uintptr_t)outputs[i] % 16 != 0 || (other && ((uintptr_t)outputs[i] ^ (uintptr_t)other) % 32 != 0))
      return false;
    other = outputs[i];
    for (size_t j = 0; j < 3; j++)
      if (runs_after(inputs[j], outputs[i]))
        return false;
  }
  return other != NULL;
}

triplet_status triplet_margin_loss(triplet_context *context, const triplet_options *options,
                                   const triplet_explicit *triplets, triplet_gradients gradients, float *losses,
                                   triplet_result *result) {
  triplet_matrix anchors = triplets->anchors, positives = triplets->positives, negatives = triplets->negatives;
  const size_t rows = anchors.rows;
  TRIPLET_TRY(triplet_check_matrix(context, "anchors", &anchors));
  TRIPLET_TRY(triplet_check_shape(context, "positives", &positives, rows, anchors.cols, "anchors"));
  TRIPLET_TRY(triplet_check_shape(context, "negatives", &negatives, rows, anchors.cols, "anchors"));
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_MARGIN_LOSS, options, rows));
  margin_job job = {
      .options = options,
      .measure = triplet_measure_of(context, options),
      .anchors = anchors.data,
      .positives = positives.data,
      .negatives = negatives.data,
      .gradients = gradients,
      .losses = losses,
      .rows = rows,
      .d = anchors.cols,
      .scale = triplet_reduction_scale(options->reduction, rows, 0), /* mean_nonzero: known after a first pass */
  };
  job.stream = can_stream(&job);
  if (options->reduction == TRIPLET_REDUCTION_MEAN_NONZERO) {
    job.gradients = (triplet_gradients){NULL, NULL, NULL};
    const totals counted = margin_pass(context, &job);
    job.gradients = gradients;
    job.scale = triplet_reduction_scale(options->reduction, rows, counted.active);
  }
  const totals sum = margin_pass(context, &job);
  return report(context, options, &sum, rows, "anchors", result);
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

/* Gathered rows of a block and their gradients, each block_rows(d) x d. */
typedef struct gathered {
  float *a, *p, *n;
} gathered;

static void gather(triplet_matrix table, const int32_t *indices, size_t rows, float *out) {
  for (size_t i = 0; i < rows; i++)
    memcpy(out + i * table.cols, table.data + (size_t)indices[i] * table.cols, table.cols * sizeof *out);
}

static void scatter_add(float *table, size_t d, int32_t index, const float *row) {
  float *to = table + (size_t)index * d;
  for (size_t k = 0; k < d; k++)
    to[k] += row[k];
}

/* The blocks of explicit triplets over gathered rows. In sequence, as triplets may share rows. */
static totals indexed_pass(margin_job *job, const triplet_indexed *triplets, gathered rows_of_block, float *gradient) {
  const size_t d = job->d, step = block_rows(d);
  const triplet_gradients parts = job->gradients;
  totals sum = {0};
  block at;
  for (size_t first = 0; first < job->rows; first += step) {
    const size_t rows = job->rows - first < step ? job->rows - first : step;
    gather(triplets->table, triplets->anchors.data + first, rows, rows_of_block.a);
    gather(triplets->table, triplets->positives.data + first, rows, rows_of_block.p);
    gather(triplets->table, triplets->negatives.data + first, rows, rows_of_block.n);
    block_distances(job, rows_of_block.a, rows_of_block.p, rows_of_block.n, rows, &at);
    block_hinges(job, first, rows, &at, &sum);
    if (!gradient)
      continue;
    block_gradients(job, &at, rows_of_block.a, rows_of_block.p, rows_of_block.n, 0, rows);
    for (size_t i = 0; i < rows; i++) {
      scatter_add(gradient, d, triplets->anchors.data[first + i], parts.anchors + i * d);
      scatter_add(gradient, d, triplets->positives.data[first + i], parts.positives + i * d);
      scatter_add(gradient, d, triplets->negatives.data[first + i], parts.negatives + i * d);
    }
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
  float *scratch = triplet_allocate(context, size, 6 * sizeof *scratch);
  if (!scratch)
    return TRIPLET_OUT_OF_MEMORY;
  const gathered rows_of_block = {scratch, scratch + size, scratch + 2 * size};
  margin_job job = {
      .options = options,
      .measure = triplet_measure_of(context, options),
      .gradients = {scratch + 3 * size, scratch + 4 * size, scratch + 5 * size},
      .losses = losses,
      .rows = rows,
      .d = d,
      .scale = triplet_reduction_scale(options->reduction, rows, 0), /* mean_nonzero: known after a first pass */
  };
  if (options->reduction == TRIPLET_REDUCTION_MEAN_NONZERO) {
    const totals counted = indexed_pass(&job, &triplets, rows_of_block, NULL);
    job.scale = triplet_reduction_scale(options->reduction, rows, counted.active);
  }
  const totals sum = indexed_pass(&job, &triplets, rows_of_block, gradient);
  triplet_release(context, scratch);
  return report(context, options, &sum, rows, "table", result);
}
