/* distance.c - the distances, each a row of one table; those of rows and of all pairs, and the gradient of one pair.
 *
 * The kernels sum float32 lanes; from the sum a distance is finished here, in one way for every path. Sums that left
 * the safe range of float32 are taken again in double, where squares of floats neither over- nor underflow. */
#include "distance.h"

#include "distances.h"

/* ---- what is known of a distance --------------------------------------------------------------------------------- */

/* Pairs i < count: of row i of y and row first + i step of x, step 0 or 1. */
typedef struct pair_run {
  const triplet_rows *x, *y;
  size_t first, step, count;
  bool some_zero; /* a row of y has no length */
} pair_run;

/* A new distance is a row of distances.h, and here a value and slopes; a sum that the kernels take, and what follows
 * from it, only makes it fast. But for torch's eps d(x, y) is d(y, x) to the last bit: of a set with itself half of the
 * distances are taken. */
struct triplet_definition {
  double (*value)(const triplet_pair *pair);
  void (*prepare)(triplet_pair *pair); /* what the slopes need; NULL: the distance alone */
  triplet_slopes (*slopes)(const triplet_pair *pair, size_t k);
  const triplet_definition *(*of_power)(double p); /* of the p that have a row of their own; else NULL */
  bool torch_eps, optax_eps;                       /* play a part */
  double (*at_similarity)(double similarity);      /* of a similarity turned round; else NULL */
  double (*square)(double distance);               /* of a squared Euclidean distance made into one; else NULL */
  triplet_sum sum;
  bool root;    /* the distance is that of the sum, and else */
  float factor; /* times the sum */
  /* Of a sum that is not finite or smaller than TRIPLET_SMALLEST_SUM; NULL: those are good. */
  float (*again)(const triplet_measure *measure, const pair_run *run, size_t i, float value);
  bool (*coefficient)(double slope, float distance, float *coefficient); /* as triplet_coefficient */
  bool at_once; /* the kernel of that name gives many coefficients */
};

/* ---- one pair in double: each distance's definition and gradient ------------------------------------------------- */

static double sign_of(double value) {
  return (value > 0) - (value < 0);
}

static triplet_slopes opposite(double slope) {
  return (triplet_slopes){slope, -slope};
}

/* In double: a large p would blow up the rounding of a float32 difference. */
static double difference(const triplet_pair *pair, size_t k) {
  return (double)pair->x[k] - pair->y[k] + pair->measure->term.shift;
}

static double squared_value(const triplet_pair *pair) {
  double sum = 0;
  for (size_t k = 0; k < pair->cols; k++)
    sum += difference(pair, k) * difference(pair, k);
  return sum;
}

static triplet_slopes squared_slopes(const triplet_pair *pair, size_t k) {
  return opposite(2 * difference(pair, k));
}

static double euclidean_value(const triplet_pair *pair) {
  return sqrt(squared_value(pair) + pair->measure->root_eps);
}

/* 0 at distance 0, as all that follow. */
static triplet_slopes euclidean_slopes(const triplet_pair *pair, size_t k) {
  return opposite(pair->distance == 0 ? 0 : difference(pair, k) / pair->distance);
}

static double manhattan_value(const triplet_pair *pair) {
  double sum = 0;
  for (size_t k = 0; k < pair->cols; k++)
    sum += fabs(difference(pair, k));
  return sum + pair->measure->root_eps;
}

static triplet_slopes manhattan_slopes(const triplet_pair *pair, size_t k) {
  return opposite(sign_of(difference(pair, k)));
}

/* The largest |difference|, or floor; a NaN stays. */
static double largest_difference(const triplet_pair *pair, double floor) {
  double largest = floor;
  for (size_t k = 0; k < pair->cols && largest == largest; k++) {
    const double size = fabs(difference(pair, k));
    if (!(size <= largest))
      largest = size;
  }
  return largest;
}

static double chebyshev_value(const triplet_pair *pair) {
  return largest_difference(pair, 0);
}

/* The share of each component that has the largest difference. */
static void chebyshev_prepare(triplet_pair *pair) {
  double ties = 0;
  pair->distance = chebyshev_value(pair);
  for (size_t k = 0; k < pair->cols; k++)
    ties += fabs(difference(pair, k)) == pair->distance;
  pair->share = 1 / ties;
}

static triplet_slopes chebyshev_slopes(const triplet_pair *pair, size_t k) {
  const double e = difference(pair, k);
  return opposite(fabs(e) == pair->distance ? sign_of(e) * pair->share : 0);
}

/* sum |e|^p + eps = scale^p sum, where no term of sum is above 1; sum is 1 where scale is 0 or not finite. */
typedef struct powers {
  double scale, sum;
} powers;

static powers powers_of(const triplet_pair *pair) {
  const double p = pair->measure->p, eps = pair->measure->root_eps;
  const double floor = eps > 0 ? triplet_pow(eps, 1 / p) : 0;
  const double scale = largest_difference(pair, floor);
  if (!(scale > 0 && scale <= DBL_MAX))
    return (powers){scale, 1};
  double sum = floor > 0 ? triplet_pow(floor / scale, p) : 0;
  for (size_t k = 0; k < pair->cols; k++) {
    const double size = fabs(difference(pair, k));
    if (size > 0)
      sum += triplet_pow(size / scale, p);
  }
  return (powers){scale, sum};
}

static double power_value(const triplet_pair *pair) {
  const powers sums = powers_of(pair);
  return sums.scale * triplet_pow(sums.sum, 1 / pair->measure->p);
}

static void power_prepare(triplet_pair *pair) {
  const powers sums = powers_of(pair);
  pair->scale = sums.scale;
  pair->share = triplet_pow(sums.sum, 1 / pair->measure->p - 1);
}

/* sign(e) (|e| / scale)^(p - 1) sum^(1/p - 1). */
static triplet_slopes power_slopes(const triplet_pair *pair, size_t k) {
  const double e = difference(pair, k);
  if (e == 0)
    return opposite(0);
  return opposite(sign_of(e) * triplet_pow(fabs(e) / pair->scale, pair->measure->p - 1) * pair->share);
}

/* Of the UNIT rows of a pair. */
static double unit_entry(const triplet_pair *pair, const float *row, size_t k) {
  return (double)row[k] + row[pair->stride / 2 + k];
}

static bool is_zero_row(const float *row, size_t cols) {
  for (size_t k = 0; k < cols; k++)
    if (row[k] != 0)
      return false;
  return true;
}

static bool is_zero_pair(const triplet_pair *pair) {
  return is_zero_row(pair->x, pair->cols) || is_zero_row(pair->y, pair->cols);
}

/* 1 - cos(x, y) = |x - y|^2 / 2 of rows of length 1, which keeps the digits of near ones. A NaN stays. */
static double cosine_value(const triplet_pair *pair) {
  double sum = 0;
  for (size_t k = 0; k < pair->cols; k++) {
    const double e = unit_entry(pair, pair->x, k) - unit_entry(pair, pair->y, k);
    sum += e * e;
  }
  return is_zero_pair(pair) && sum == sum ? 1 : sum / 2;
}

static void cosine_prepare(triplet_pair *pair) {
  pair->distance = cosine_value(pair);
  pair->share = !is_zero_pair(pair);
}

static double cosine_at(double similarity) {
  return 1 - similarity;
}

/* By rows of length 1: the part of x - y at right angles to x, as (x - y) x = 1 - cos; and of y likewise. */
static triplet_slopes cosine_slopes(const triplet_pair *pair, size_t k) {
  const double x = unit_entry(pair, pair->x, k), y = unit_entry(pair, pair->y, k);
  return (triplet_slopes){pair->share * (x - y - pair->distance * x), pair->share * (y - x - pair->distance * y)};
}

static double dot_value(const triplet_pair *pair) {
  double sum = 0;
  for (size_t k = 0; k < pair->cols; k++)
    sum += (double)pair->x[k] * pair->y[k];
  return -sum;
}

static triplet_slopes dot_slopes(const triplet_pair *pair, size_t k) {
  return (triplet_slopes){-(double)pair->y[k], -(double)pair->x[k]};
}

static double dot_at(double similarity) {
  return -similarity;
}

/* ---- from the kernels' sums to distances ------------------------------------------------------------------------- */

static triplet_pair pair_at(const triplet_measure *measure, const pair_run *run, size_t i) {
  return (triplet_pair){.measure = measure,
                        .x = run->x->data + (run->first + i * run->step) * run->x->stride,
                        .y = run->y->data + i * run->y->stride,
                        .cols = run->x->cols,
                        .stride = run->x->stride};
}

static float exact_distance(const triplet_measure *measure, const pair_run *run, size_t i) {
  const triplet_pair pair = pair_at(measure, run, i);
  return triplet_to_float(measure->definition->value(&pair));
}

/* Equal rows are at distance 0; the squares of others may have been too small. */
static float root_again(const triplet_measure *measure, const pair_run *run, size_t i, float value) {
  const triplet_pair pair = pair_at(measure, run, i);
  const bool exact = measure->root_eps == 0 && measure->term.shift == 0;
  return value == 0 && exact && memcmp(pair.x, pair.y, pair.cols * sizeof *pair.x) == 0
             ? 0
             : exact_distance(measure, run, i);
}

/* What lies beyond float32 is not the nearest but not finite, and so infinite, whatever its sign; and 0 is never -0. */
static float negated_again(const triplet_measure *measure, const pair_run *run, size_t i, float value) {
  const float exact = exact_distance(measure, run, i);
  (void)value;
  return exact < -FLT_MAX ? INFINITY : exact == 0 ? 0 : exact;
}

/* ---- from distances to squares ----------------------------------------------------------------------------------- */

static double square_of_root(double distance) {
  return distance * distance;
}

static double square_itself(double distance) {
  return distance;
}

static double square_of_half(double distance) {
  return 2 * distance;
}

/* ---- the coefficient of a pair ----------------------------------------------------------------------------------- */

static bool is_plain(double value) {
  return value == 0 || (fabs(value) > TRIPLET_PLAIN_LEAST && fabs(value) < TRIPLET_PLAIN_MOST);
}

static bool twice_slope(double slope, float distance, float *coefficient) {
  (void)distance;
  *coefficient = (float)(2 * slope);
  return true;
}

static bool slope_alone(double slope, float distance, float *coefficient) {
  (void)distance;
  *coefficient = (float)slope;
  return true;
}

static bool slope_negated(double slope, float distance, float *coefficient) {
  (void)distance;
  *coefficient = (float)-slope;
  return true;
}

static bool slope_over_distance(double slope, float distance, float *coefficient) {
  if (!is_plain(distance))
    return false;
  *coefficient = distance > 0 ? (float)(slope / distance) : 0;
  return true;
}

/* x - y lies nearly along x where the rows are nearly opposite: what is left across it would be rounding. */
#define NEARLY_OPPOSITE 1.97f

static bool slope_across(double slope, float distance, float *coefficient) {
  if (!(distance < NEARLY_OPPOSITE))
    return false;
  *coefficient = (float)slope;
  return true;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static const triplet_definition euclidean = {
    .value = euclidean_value,
    .slopes = euclidean_slopes,
    .torch_eps = true,
    .optax_eps = true,
    .square = square_of_root,
    .sum = TRIPLET_SUM_SQUARES,
    .root = true,
    .again = root_again,
    .coefficient = slope_over_distance,
    .at_once = true,
};

static const triplet_definition manhattan = {
    .value = manhattan_value,
    .slopes = manhattan_slopes,
    .torch_eps = true,
    .optax_eps = true,
    .sum = TRIPLET_SUM_ABSOLUTE,
    .factor = 1,
    .coefficient = slope_alone,
};

static const triplet_definition chebyshev = {
    .value = chebyshev_value,
    .prepare = chebyshev_prepare,
    .slopes = chebyshev_slopes,
    .torch_eps = true,
};

static const triplet_definition *minkowski_of_power(double p) {
  return p == 1 ? &manhattan : p == 2 ? &euclidean : p > DBL_MAX ? &chebyshev : NULL;
}

static const triplet_definition triplet_distance_minkowski = {
    .of_power = minkowski_of_power,
    .value = power_value,
    .prepare = power_prepare,
    .slopes = power_slopes,
    .torch_eps = true,
    .optax_eps = true,
};

static const triplet_definition triplet_distance_squared = {
    .value = squared_value,
    .slopes = squared_slopes,
    .square = square_itself,
    .sum = TRIPLET_SUM_SQUARES,
    .factor = 1,
    .coefficient = twice_slope,
};

static const triplet_definition triplet_distance_cosine = {
    .at_similarity = cosine_at,
    .value = cosine_value,
    .prepare = cosine_prepare,
    .slopes = cosine_slopes,
    .square = square_of_half,
    .sum = TRIPLET_SUM_UNIT,
    .factor = 0.5f,
    .coefficient = slope_across,
};

static const triplet_definition triplet_distance_dot = {
    .at_similarity = dot_at,
    .value = dot_value,
    .slopes = dot_slopes,
    .sum = TRIPLET_SUM_DOT,
    .factor = -1,
    .again = negated_again,
    .coefficient = slope_negated,
};

#define ADDRESS(name, help) &triplet_distance_##name,
static const triplet_definition *const table[] = {TRIPLET_DISTANCES(ADDRESS)};
#undef ADDRESS

static const triplet_definition *definition_of(const triplet_options *options) {
  const triplet_definition *given = table[options->distance];
  const triplet_definition *special = given->of_power ? given->of_power(options->p) : NULL;
  return special ? special : given;
}

triplet_measure triplet_measure_of(const triplet_context *context, const triplet_options *options) {
  const triplet_definition *definition = definition_of(options);
  const bool torch = definition->torch_eps && options->convention == TRIPLET_CONVENTION_TORCH;
  const bool optax = definition->optax_eps && options->convention == TRIPLET_CONVENTION_OPTAX;
  return (triplet_measure){
      .definition = definition,
      .term = {definition->sum, torch ? (float)options->eps : 0},
      .p = options->p,
      .root_eps = optax ? options->eps : 0,
      .kernels = triplet_kernels_of(context),
  };
}

double triplet_distance_at(const triplet_measure *measure, double base) {
  return measure->definition->at_similarity ? measure->definition->at_similarity(base) : base;
}

bool triplet_has_square(const triplet_measure *measure) {
  return measure->definition->square != NULL;
}

double triplet_square_at(const triplet_measure *measure, double distance) {
  return measure->definition->square(distance);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static bool reads_units(const triplet_measure *measure) {
  return measure->term.sum == TRIPLET_SUM_UNIT;
}

size_t triplet_row_size(const triplet_measure *measure, size_t cols) {
  return reads_units(measure) ? triplet_unit_floats(cols) : 0;
}

void triplet_rows_read(const triplet_measure *measure, triplet_rows *rows, float *scratch, double *lengths) {
  if (!reads_units(measure))
    return;
  measure->kernels->units(rows, scratch, lengths);
  *rows = (triplet_rows){scratch, lengths, rows->rows, rows->cols, triplet_unit_floats(rows->cols)};
}

#define ROWS_PER_CHUNK 64

typedef struct units_job {
  const triplet_measure *measure;
  triplet_rows given;
  float *units;
  double *lengths;
} units_job;

static void units_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const units_job *job = argument;
  const size_t first = chunk * ROWS_PER_CHUNK, left = job->given.rows - first;
  triplet_rows part = triplet_rows_part(&job->given, first, left < ROWS_PER_CHUNK ? left : ROWS_PER_CHUNK);
  triplet_rows_read(job->measure, &part, job->units + first * triplet_unit_floats(part.cols), job->lengths + first);
}

static triplet_status create_rows(triplet_context *context, const triplet_measure *measure, triplet_matrix matrix,
                                  triplet_rows *rows) {
  *rows = triplet_rows_of(matrix.data, matrix.rows, matrix.cols);
  if (!reads_units(measure))
    return TRIPLET_OK;
  const size_t size = triplet_row_size(measure, matrix.cols);
  float *units = triplet_allocate(context, matrix.rows, size * sizeof *units + sizeof(double));
  if (!units)
    return TRIPLET_OUT_OF_MEMORY;
  double *lengths = (double *)(void *)(units + matrix.rows * size);
  units_job job = {measure, *rows, units, lengths};
  triplet_parallel(context, triplet_chunks(matrix.rows, ROWS_PER_CHUNK), units_chunk, &job);
  *rows = (triplet_rows){units, lengths, matrix.rows, matrix.cols, size};
  return TRIPLET_OK;
}

triplet_status triplet_rows_create(triplet_context *context, const triplet_measure *measure, triplet_matrix x,
                                   triplet_matrix y, triplet_rows *x_rows, triplet_rows *y_rows) {
  TRIPLET_TRY(create_rows(context, measure, x, x_rows));
  if (x.data == y.data && x.rows == y.rows) {
    *y_rows = *x_rows;
    return TRIPLET_OK;
  }
  return create_rows(context, measure, y, y_rows);
}

void triplet_rows_release(triplet_context *context, triplet_rows *x_rows, triplet_rows *y_rows) {
  if (y_rows->lengths && y_rows->data != x_rows->data)
    triplet_release(context, (void *)y_rows->data);
  if (x_rows->lengths)
    triplet_release(context, (void *)x_rows->data);
  *x_rows = *y_rows = (triplet_rows){0};
}

/* ---- distances of rows ------------------------------------------------------------------------------------------- */

static bool may_be_lost(float value) {
  return !(fabsf(value) >= TRIPLET_SMALLEST_SUM && fabsf(value) <= FLT_MAX);
}

/* An earlier row of a tile that is equal to row i has the same distances. One that is, has the same distance of 0 to
 * the row that row i may be equal to. */
static bool copied(const triplet_rows *x, size_t i, size_t count, float *distances, size_t stride) {
  float *row = distances + i * stride;
  size_t j = 0;
  while (j + 1 < count && !may_be_lost(row[j]))
    j++;
  for (size_t earlier = 0; earlier < i; earlier++) {
    const float *other = distances + earlier * stride, *own = x->data + i * x->stride;
    if (other[j] == 0 && memcmp(x->data + earlier * x->stride, own, x->cols * sizeof *own) == 0) {
      memcpy(row, other, count * sizeof *row);
      return true;
    }
  }
  return false;
}

static triplet_finish finish_of(const triplet_measure *measure) {
  return (triplet_finish){measure->definition->root, measure->definition->factor, (float)measure->root_eps};
}

/* Pairs of a row without length have no angle. */
static void put_right_angles(const pair_run *run, float *values) {
  const bool zeros = run->x->lengths && (run->some_zero || run->step || run->x->lengths[run->first] == 0);
  for (size_t i = 0; zeros && i < run->count; i++)
    if (values[i] == values[i] && triplet_is_zero_pair(run->x, run->first + i * run->step, run->y, i))
      values[i] = 1;
}

/* Those that finish left. */
static void take_again(const triplet_measure *measure, const pair_run *run, float *values) {
  for (size_t i = 0; i < run->count; i++)
    if (may_be_lost(values[i]))
      values[i] = measure->definition->again(measure, run, i, values[i]);
}

static void all_exact(const triplet_measure *measure, const pair_run *run, float *values) {
  for (size_t i = 0; i < run->count; i++)
    values[i] = exact_distance(measure, run, i);
}

void triplet_row_distances(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y,
                           float *distances) {
  const pair_run run = {.x = x, .y = y, .step = 1, .count = x->rows};
  if (!triplet_has_kernel(measure)) {
    all_exact(measure, &run, distances);
    return;
  }
  const triplet_finish finish = finish_of(measure);
  measure->kernels->row_sums(measure->term, x, y, distances);
  const bool good = measure->kernels->finish(&finish, distances, x->rows);
  put_right_angles(&run, distances);
  if (!good && measure->definition->again)
    take_again(measure, &run, distances);
}

static bool some_zero(const triplet_rows *rows) {
  size_t count = 0;
  for (size_t i = 0; rows->lengths && i < rows->rows; i++)
    count += rows->lengths[i] == 0;
  return count > 0;
}

void triplet_tile_distances(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y,
                            float *distances, size_t stride) {
  pair_run run = {.x = x, .y = y, .count = y->rows, .some_zero = some_zero(y)};
  const bool kernel = triplet_has_kernel(measure);
  const triplet_finish finish = finish_of(measure);
  const bool good = kernel && (measure->kernels->tile_sums(measure->term, x, y, &finish, distances, stride) ||
                               !measure->definition->again);
  for (; run.first < x->rows; run.first++) {
    float *row = distances + run.first * stride;
    if (!kernel)
      all_exact(measure, &run, row);
    else if (good)
      put_right_angles(&run, row);
    else if (!copied(x, run.first, y->rows, distances, stride))
      take_again(measure, &run, row);
  }
}

double triplet_exact_distance(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y) {
  const triplet_pair pair = pair_at(measure, &(pair_run){.x = x, .y = y}, 0);
  return measure->definition->value(&pair);
}

/* ---- gradients --------------------------------------------------------------------------------------------------- */

bool triplet_coefficient(const triplet_measure *measure, double slope, float distance, bool zero, float *coefficient) {
  const triplet_definition *definition = measure->definition;
  if (!definition->coefficient || !is_plain(slope) || !definition->coefficient(slope, distance, coefficient))
    return false;
  if (zero)
    *coefficient = 0;
  return true;
}

bool triplet_coefficients_at_once(const triplet_measure *measure, const triplet_row_slopes *slopes,
                                  const float *distances, size_t count, float *coefficients) {
  return measure->definition->at_once && measure->kernels->coefficients(slopes->forward, slopes->backward, distances,
                                                                        slopes->scale, count, coefficients);
}

triplet_pair triplet_pair_of(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y) {
  const triplet_definition *definition = measure->definition;
  triplet_pair pair = pair_at(measure, &(pair_run){.x = x, .y = y}, 0);
  if (definition->prepare)
    definition->prepare(&pair);
  else
    pair.distance = definition->value(&pair);
  return pair;
}

triplet_slopes triplet_slopes_at(const triplet_pair *pair, size_t k) {
  return pair->measure->definition->slopes(pair, k);
}

void triplet_rows_gradients(const triplet_measure *measure, const triplet_rows *rows, float *gradient) {
  if (rows->lengths)
    measure->kernels->tangents(rows, gradient);
}

/* ---- all pairs --------------------------------------------------------------------------------------------------- */

#define TILE 64

typedef struct distances_job {
  const triplet_measure *measure;
  triplet_rows x, y;
  float *distances;
  bool symmetric; /* x is y, so that the tiles below the diagonal give those above */
  bool stream;    /* around the cache */
  size_t offset;  /* the first tile lacks so many rows and columns, so that the others begin where lines of it do */
  bool beyond[TRIPLET_MAX_THREADS]; /* of each thread: some distance is infinite or NaN */
} distances_job;

#define CACHE_LINE 16

/* From 4 MB on distances are written around the cache, in whole lines of it: they would have to be fetched before they
 * are written, and few would still be there when they are read. */
#define STREAM_FLOATS ((size_t)1 << 20)

static bool can_stream(const distances_job *job) {
  const size_t cols = job->y.rows;
  return cols % CACHE_LINE == 0 && (uintptr_t)job->distances % sizeof(float) == 0 &&
         job->x.rows * cols >= STREAM_FLOATS;
}

static size_t first_of(const distances_job *job, size_t tile) {
  return tile ? tile * TILE - job->offset : 0;
}

static triplet_rows rows_of(const distances_job *job, const triplet_rows *all, size_t tile) {
  const size_t first = first_of(job, tile), past = first_of(job, tile + 1);
  return triplet_rows_part(all, first, (past < all->rows ? past : all->rows) - first);
}

/* Where a tile will be written, so that the memory is at hand when the tile is done. */
static void fetch_tile(const float *to, size_t rows, size_t stride) {
  for (size_t row = 0; row < rows; row++)
    for (size_t k = 0; k < TILE; k += CACHE_LINE)
      __builtin_prefetch(to + row * stride + k, 1);
}

/* Through a block of its own, as the rows of a large matrix may all fall into the same few lines of the cache. The last
 * rows first: where x is y they meet the most others, and threads are to end together. */
static void distances_chunk(void *argument, size_t chunk, size_t worker) {
  distances_job *job = argument;
  const triplet_kernels *kernels = job->measure->kernels;
  const size_t own = triplet_chunks(job->x.rows + job->offset, TILE) - 1 - chunk;
  const size_t stride = job->y.rows, i = first_of(job, own);
  const triplet_rows x = rows_of(job, &job->x, own);
  float tile[TILE * TILE] = {0};
  for (size_t other = 0, j = 0; j < stride && !(job->symmetric && other > own); j = first_of(job, ++other)) {
    const triplet_rows y = rows_of(job, &job->y, other);
    const bool mirrored = job->symmetric && other < own;
    const bool stream = job->stream && x.rows == TILE && y.rows == TILE;
    const triplet_outputs to = {job->distances + i * stride + j, mirrored ? job->distances + j * stride + i : NULL,
                                stride};
    if (!stream)
      fetch_tile(to.x, x.rows, stride);
    if (!stream && mirrored)
      fetch_tile(to.y, y.rows, stride);

    triplet_tile_distances(job->measure, &x, &y, tile, TILE);
    job->beyond[worker] |= !(kernels->largest(tile, TILE * TILE) <= FLT_MAX);
    kernels->place(&(triplet_rows){.data = tile, .rows = x.rows, .cols = y.rows, .stride = TILE}, &to, stream);
  }
}

triplet_status triplet_all_distances(triplet_context *context, const triplet_measure *measure, const triplet_rows *x,
                                     const triplet_rows *y, float *distances, bool *finite) {
  const bool symmetric = x->data == y->data && x->rows == y->rows && measure->term.shift == 0;
  distances_job job = {measure, *x, *y, distances, symmetric, false, 0, {0}};
  job.stream = can_stream(&job);
  job.offset = job.stream ? (uintptr_t)distances / sizeof(float) % CACHE_LINE : 0;
  TRIPLET_TRY(triplet_parallel_watched(context, triplet_chunks(x->rows + job.offset, TILE), distances_chunk, &job));
  *finite = true;
  for (size_t worker = 0; worker < triplet_workers(context); worker++)
    *finite = *finite && !job.beyond[worker];
  return TRIPLET_OK;
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
  triplet_rows x_rows = {0}, y_rows = {0};
  bool finite = true;
  triplet_status status = triplet_rows_create(context, &measure, x, y, &x_rows, &y_rows);
  if (status == TRIPLET_OK)
    status = triplet_all_distances(context, &measure, &x_rows, &y_rows, distances.data, &finite);
  triplet_rows_release(context, &x_rows, &y_rows);
  TRIPLET_TRY(status);
  if (options->nonfinite == TRIPLET_NONFINITE_ERROR && !finite)
    for (size_t i = 0; i < x.rows * y.rows; i++)
      if (!(distances.data[i] <= FLT_MAX))
        return triplet_fail(context, TRIPLET_NOT_FINITE, "x", "distance of row %i to row %i of y is not finite",
                            i / y.rows, i % y.rows);
  return TRIPLET_OK;
}
