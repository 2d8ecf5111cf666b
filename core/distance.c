/* distance.c - distances of pairs of rows and of all pairs, and the gradient of one pair.
 *
 * The kernels sum float32 lanes; from the sum a distance is finished here, in one way for every path. Sums that left
 * the safe range of float32 are taken again in double, where squares of floats neither over- nor underflow. */
#include "internal.h"

/* Below this a sum of squares may have lost terms to underflow: 2^-100. */
#define SAFE_SUM 7.888609052210118e-31f

triplet_measure triplet_measure_of(const triplet_context *context, const triplet_options *options) {
  triplet_measure measure = {
      .convention = options->convention,
      .squared = options->distance == TRIPLET_DISTANCE_SQUARED,
      .p = options->p,
      .kernels = triplet_kernels_of(context),
  };
  if (options->distance == TRIPLET_DISTANCE_COSINE)
    measure.family = TRIPLET_FAMILY_DOT;
  else if (measure.squared || options->p == 2)
    measure.family = TRIPLET_FAMILY_SQUARES;
  else if (options->p == 1)
    measure.family = TRIPLET_FAMILY_ABSOLUTE;
  else if (options->p > DBL_MAX)
    measure.family = TRIPLET_FAMILY_MAXIMUM;
  else
    measure.family = TRIPLET_FAMILY_POWER;
  if (options->distance == TRIPLET_DISTANCE_MINKOWSKI) {
    if (options->convention == TRIPLET_CONVENTION_TORCH)
      measure.shift = (float)options->eps;
    if (options->convention == TRIPLET_CONVENTION_OPTAX && measure.family != TRIPLET_FAMILY_MAXIMUM)
      measure.root_eps = options->eps;
  }
  return measure;
}

/* ---- one pair in double ------------------------------------------------------------------------------------------ */

/* In double: a large p would blow up the rounding of a float32 difference. */
static double difference(const triplet_measure *measure, const float *x, const float *y, size_t k) {
  return (double)x[k] - y[k] + measure->shift;
}

/* The largest |difference|, or floor; a NaN stays. */
static double largest_difference(const triplet_measure *measure, const float *x, const float *y, size_t d,
                                 double floor) {
  double largest = floor;
  for (size_t k = 0; k < d && largest == largest; k++) {
    const double size = fabs(difference(measure, x, y, k));
    if (!(size <= largest))
      largest = size;
  }
  return largest;
}

/* sum |e|^p + eps = scale^p sum, where no term of sum is above 1; sum is 1 where scale is 0 or not finite. */
typedef struct powers {
  double scale, sum;
} powers;

static powers powers_of(const triplet_measure *measure, const float *x, const float *y, size_t d) {
  const double p = measure->p;
  const double floor = measure->root_eps > 0 ? triplet_pow(measure->root_eps, 1 / p) : 0;
  const double scale = largest_difference(measure, x, y, d, floor);
  if (!(scale > 0 && scale <= DBL_MAX))
    return (powers){scale, 1};
  double sum = floor > 0 ? triplet_pow(floor / scale, p) : 0;
  for (size_t k = 0; k < d; k++) {
    const double size = fabs(difference(measure, x, y, k));
    if (size > 0)
      sum += triplet_pow(size / scale, p);
  }
  return (powers){scale, sum};
}

typedef struct dots {
  double xx, yy, xy;
} dots;

static dots dots_of(const float *x, const float *y, size_t d) {
  dots sums = {0, 0, 0};
  for (size_t k = 0; k < d; k++) {
    sums.xx += (double)x[k] * x[k];
    sums.yy += (double)y[k] * y[k];
    sums.xy += (double)x[k] * y[k];
  }
  return sums;
}

/* 1 - cos from x y and |x|^2 |y|^2; rounding may not make it negative. */
static double cosine_distance(double xy, double xx_yy) {
  const double distance = 1 - xy / sqrt(xx_yy);
  return distance <= 0 ? 0 : distance; /* -0 as well, where the host rounds downward */
}

static double pair_distance(const triplet_measure *measure, const float *x, const float *y, size_t d) {
  double sum = 0;
  switch (measure->family) {
  case TRIPLET_FAMILY_SQUARES:
    for (size_t k = 0; k < d; k++)
      sum += difference(measure, x, y, k) * difference(measure, x, y, k);
    return measure->squared ? sum : sqrt(sum + measure->root_eps);
  case TRIPLET_FAMILY_ABSOLUTE:
    for (size_t k = 0; k < d; k++)
      sum += fabs(difference(measure, x, y, k));
    return sum + measure->root_eps;
  case TRIPLET_FAMILY_MAXIMUM:
    return largest_difference(measure, x, y, d, 0);
  case TRIPLET_FAMILY_DOT: {
    const dots sums = dots_of(x, y, d);
    if (sums.xx == 0 || sums.yy == 0)
      return 1 - sums.xy; /* NaN where the other row is not finite */
    return cosine_distance(sums.xy, sums.xx * sums.yy);
  }
  case TRIPLET_FAMILY_POWER: {
    const powers sums = powers_of(measure, x, y, d);
    return sums.scale * triplet_pow(sums.sum, 1 / measure->p);
  }
  }
  return 0;
}

/* ---- from sums to distances -------------------------------------------------------------------------------------- */

/* count pairs: row i of x with row i of y, each stepping by x_step and y_step rows (0: always the same row). */
typedef struct pair_run {
  const float *x, *y, *x_squares, *y_squares;
  size_t x_step, y_step, d;
} pair_run;

static float exact_distance(const triplet_measure *measure, const pair_run *run, size_t i) {
  return triplet_to_float(
      pair_distance(measure, run->x + i * run->x_step * run->d, run->y + i * run->y_step * run->d, run->d));
}

static bool safe(float sum) {
  return sum >= SAFE_SUM && sum <= FLT_MAX;
}

static void finish_euclidean(const triplet_measure *measure, const pair_run *run, size_t count, float *values) {
  if (measure->kernels->roots(values, count, (float)measure->root_eps))
    return;
  for (size_t i = 0; i < count; i++)
    if (values[i] != values[i])
      values[i] = exact_distance(measure, run, i);
}

static void finish_cosine(const triplet_measure *measure, const pair_run *run, size_t count, float *values) {
  for (size_t i = 0; i < count; i++) {
    const float xx = run->x_squares[i * run->x_step], yy = run->y_squares[i * run->y_step];
    values[i] = safe(xx) && safe(yy) ? triplet_to_float(cosine_distance(values[i], (double)xx * yy))
                                     : exact_distance(measure, run, i);
  }
}

static bool has_kernel(const triplet_measure *measure) {
  return measure->family <= TRIPLET_FAMILY_DOT;
}

/* Turns the kernel's sums, or nothing where there is no kernel, into distances. */
static void finish(const triplet_measure *measure, const pair_run *run, size_t count, float *values) {
  switch (measure->family) {
  case TRIPLET_FAMILY_SQUARES:
    if (!measure->squared) {
      finish_euclidean(measure, run, count, values);
      return;
    }
    break;
  case TRIPLET_FAMILY_ABSOLUTE:
    break;
  case TRIPLET_FAMILY_DOT:
    finish_cosine(measure, run, count, values);
    return;
  case TRIPLET_FAMILY_MAXIMUM:
  case TRIPLET_FAMILY_POWER:
    for (size_t i = 0; i < count; i++)
      values[i] = exact_distance(measure, run, i);
    return;
  }
  const float root_eps = (float)measure->root_eps;
  for (size_t i = 0; i < count; i++)
    values[i] = values[i] == values[i] ? values[i] + root_eps : triplet_canonical_nan();
}

void triplet_squares(const triplet_measure *measure, const float *x, size_t rows, size_t d, float *squares) {
  measure->kernels->row_sums(TRIPLET_FAMILY_DOT, 0, x, x, rows, d, squares);
}

void triplet_row_distances(const triplet_measure *measure, const float *x, const float *y, const float *x_squares,
                           const float *y_squares, size_t rows, size_t d, float *distances) {
  if (has_kernel(measure))
    measure->kernels->row_sums(measure->family, measure->shift, x, y, rows, d, distances);
  finish(measure, &(pair_run){x, y, x_squares, y_squares, 1, 1, d}, rows, distances);
}

void triplet_tile_distances(const triplet_measure *measure, const float *x, size_t x_rows, const float *x_squares,
                            const float *y, size_t y_rows, const float *y_squares, size_t d, float *distances,
                            size_t stride) {
  if (has_kernel(measure))
    measure->kernels->tile_sums(measure->family, measure->shift, x, x_rows, y, y_rows, d, distances, stride);
  for (size_t i = 0; i < x_rows; i++)
    finish(measure, &(pair_run){x + i * d, y, x_squares ? x_squares + i : NULL, y_squares, 0, 1, d}, y_rows,
           distances + i * stride);
}

/* ---- the gradient of one pair ------------------------------------------------------------------------------------ */

triplet_pair triplet_pair_of(const triplet_measure *measure, const float *x, const float *y, size_t d) {
  triplet_pair pair = {.measure = measure, .x = x, .y = y};
  if (measure->family == TRIPLET_FAMILY_DOT) {
    const dots sums = dots_of(x, y, d);
    pair.x_norm = sqrt(sums.xx);
    pair.y_norm = sqrt(sums.yy);
    if (sums.xx > 0 && sums.yy > 0)
      pair.cosine = sums.xy / (pair.x_norm * pair.y_norm);
    return pair;
  }
  if (measure->family == TRIPLET_FAMILY_POWER) {
    const powers sums = powers_of(measure, x, y, d);
    pair.scale = sums.scale;
    pair.share = triplet_pow(sums.sum, 1 / measure->p - 1);
    return pair;
  }
  pair.scale = pair_distance(measure, x, y, d);
  if (measure->family == TRIPLET_FAMILY_MAXIMUM) {
    double ties = 0;
    for (size_t k = 0; k < d; k++)
      ties += fabs(difference(measure, x, y, k)) == pair.scale;
    pair.share = 1 / ties;
  }
  return pair;
}

static double sign_of(double value) {
  return (value > 0) - (value < 0);
}

/* d/dx (sum |e|^p + eps)^(1/p) = sign(e) (|e| / scale)^(p - 1) sum^(1/p - 1), which is right for every p up to
 * infinity, where sum counts the ties; 0 at distance 0. */
static double difference_slope(const triplet_pair *pair, double e) {
  const triplet_measure *measure = pair->measure;
  if (pair->scale == 0)
    return 0;
  switch (measure->family) {
  case TRIPLET_FAMILY_SQUARES:
    return measure->squared ? 2 * e : e / pair->scale;
  case TRIPLET_FAMILY_ABSOLUTE:
    return sign_of(e);
  case TRIPLET_FAMILY_MAXIMUM:
    return fabs(e) == pair->scale ? sign_of(e) * pair->share : 0;
  default:
    return e == 0 ? 0 : sign_of(e) * triplet_pow(fabs(e) / pair->scale, measure->p - 1) * pair->share;
  }
}

triplet_slopes triplet_pair_slopes(const triplet_pair *pair, size_t k) {
  if (pair->measure->family != TRIPLET_FAMILY_DOT) {
    const double slope = difference_slope(pair, difference(pair->measure, pair->x, pair->y, k));
    return (triplet_slopes){slope, -slope};
  }
  /* d (1 - cos) / dx = (cos x / |x| - y / |y|) / |x|. */
  if (pair->x_norm == 0 || pair->y_norm == 0)
    return (triplet_slopes){0, 0};
  const double x_unit = pair->x[k] / pair->x_norm, y_unit = pair->y[k] / pair->y_norm;
  return (triplet_slopes){(pair->cosine * x_unit - y_unit) / pair->x_norm,
                          (pair->cosine * y_unit - x_unit) / pair->y_norm};
}

/* ---- all pairs --------------------------------------------------------------------------------------------------- */

#define TILE 64

typedef struct distances_job {
  const triplet_measure *measure;
  triplet_matrix x, y;
  const float *x_squares, *y_squares;
  float *distances;
  bool symmetric; /* x is y, so that the tiles above the diagonal give those below */
} distances_job;

#define CACHE_LINE 16

/* Where a tile will be written, so that the memory is at hand when the tile is done. */
static void fetch_tile(const float *to, size_t rows, size_t stride) {
  for (size_t row = 0; row < rows; row++)
    for (size_t k = 0; k < TILE; k += CACHE_LINE)
      __builtin_prefetch(to + row * stride + k, 1);
}

/* Four numbers in one register. */
#define SIDE 4
typedef float four __attribute__((vector_size(SIDE * sizeof(float))));

#ifdef __clang__
#define PICK(left, right, ...) __builtin_shufflevector(left, right, __VA_ARGS__)
#else
typedef int32_t four_places __attribute__((vector_size(SIDE * sizeof(int32_t))));
#define PICK(left, right, ...) __builtin_shuffle(left, right, (four_places){__VA_ARGS__})
#endif

/* Four rows by four columns of a tile, turned; at most cols of the columns are written. */
static void turn(const float *tile, float *to, size_t stride, size_t cols) {
  four rows[SIDE];
  for (size_t i = 0; i < SIDE; i++)
    memcpy(&rows[i], tile + i * TILE, sizeof *rows);
  const four a = PICK(rows[0], rows[1], 0, 4, 1, 5), b = PICK(rows[2], rows[3], 0, 4, 1, 5);
  const four c = PICK(rows[0], rows[1], 2, 6, 3, 7), d = PICK(rows[2], rows[3], 2, 6, 3, 7);
  const four turned[SIDE] = {PICK(a, b, 0, 1, 4, 5), PICK(a, b, 2, 3, 6, 7), PICK(c, d, 0, 1, 4, 5),
                             PICK(c, d, 2, 3, 6, 7)};
  for (size_t i = 0; i < SIDE && i < cols; i++)
    memcpy(to + i * stride, &turned[i], sizeof *turned);
}

/* Through a block of its own, as the rows of a large matrix may all fall into the same few lines of the cache. */
static void distances_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const distances_job *job = argument;
  const size_t d = job->x.cols, stride = job->y.rows, i = chunk * TILE;
  const size_t rows = job->x.rows - i < TILE ? job->x.rows - i : TILE;
  float tile[TILE * TILE];
  for (size_t j = job->symmetric ? i : 0; j < stride; j += TILE) {
    const size_t cols = stride - j < TILE ? stride - j : TILE;
    const bool mirrored = job->symmetric && j > i;
    fetch_tile(job->distances + i * stride + j, rows, stride);
    if (mirrored)
      fetch_tile(job->distances + j * stride + i, cols, stride);
    triplet_tile_distances(job->measure, job->x.data + i * d, rows, job->x_squares ? job->x_squares + i : NULL,
                           job->y.data + j * d, cols, job->y_squares ? job->y_squares + j : NULL, d, tile, TILE);
    for (size_t row = 0; row < rows; row++)
      memcpy(job->distances + (i + row) * stride + j, tile + row * TILE, cols * sizeof *tile);
    for (size_t col = 0; mirrored && col < cols; col += SIDE)
      for (size_t row = 0; row < TILE; row += SIDE) /* those of the last chunk alone are fewer, and it has no mirror */
        turn(tile + row * TILE + col, job->distances + (j + col) * stride + i + row, stride, cols - col);
  }
}

triplet_status triplet_all_distances(triplet_context *context, const triplet_measure *measure, triplet_matrix x,
                                     const float *x_squares, triplet_matrix y, const float *y_squares,
                                     float *distances) {
  const bool symmetric = x.data == y.data && x.rows == y.rows && measure->shift == 0;
  distances_job job = {measure, x, y, x_squares, y_squares, distances, symmetric};
  return triplet_parallel_watched(context, (x.rows + TILE - 1) / TILE, distances_chunk, &job);
}

triplet_status triplet_distances(triplet_context *context, const triplet_options *options, triplet_matrix x,
                                 triplet_matrix y, triplet_matrix distances) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_DISTANCES, options));
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  TRIPLET_TRY(triplet_check_matrix(context, "y", &y));
  if (y.cols != x.cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "y", "expected %z columns like x, got %z", x.cols, y.cols);
  TRIPLET_TRY(triplet_check_shape(context, "distances", &distances, x.rows, y.rows, "x.rows x y.rows"));
  const triplet_measure measure = triplet_measure_of(context, options);
  float *squares = NULL;
  if (measure.family == TRIPLET_FAMILY_DOT) {
    squares = triplet_allocate(context, x.rows + y.rows, sizeof *squares);
    if (!squares)
      return TRIPLET_OUT_OF_MEMORY;
    triplet_squares(&measure, x.data, x.rows, x.cols, squares);
    triplet_squares(&measure, y.data, y.rows, y.cols, squares + x.rows);
  }
  const triplet_status status =
      triplet_all_distances(context, &measure, x, squares, y, squares ? squares + x.rows : NULL, distances.data);
  triplet_release(context, squares);
  TRIPLET_TRY(status);
  if (options->nonfinite == TRIPLET_NONFINITE_ERROR)
    for (size_t i = 0; i < x.rows * y.rows; i++)
      if (!(distances.data[i] <= FLT_MAX))
        return triplet_fail(context, TRIPLET_NOT_FINITE, "x", "distance of row %i to row %i of y is not finite",
                            i / y.rows, i % y.rows);
  return TRIPLET_OK;
}
