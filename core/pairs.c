/* pairs.c - from the slopes of pairs to the gradients of their rows.
 *
 * Batches gather: every row of the gradient sums its own pairs, tile by tile, so that threads share no row. Picked
 * triplets, which are few, scatter theirs in sequence. */
#include "pairs.h"

/* ---- the gradient of a distance ---------------------------------------------------------------------------------- */

static bool is_plain(double value) {
  return value == 0 || (fabs(value) > TRIPLET_PLAIN_LEAST && fabs(value) < TRIPLET_PLAIN_MOST);
}

/* The coefficient of x - y, or for cosine of y, in slope times the gradient of d(x, y) by x, without the part of cosine
 * along x, which `project` takes care of. False, with nothing written, where only doubles are safe. */
static bool coefficient_of(const triplet_measure *measure, double slope, float distance, float xx, float yy,
                           float *coefficient) {
  if (!is_plain(slope))
    return false;
  switch (measure->family) {
  case TRIPLET_FAMILY_SQUARES:
    if (measure->squared) {
      *coefficient = (float)(2 * slope);
      return true;
    }
    if (!is_plain(distance))
      return false;
    *coefficient = distance > 0 ? (float)(slope / distance) : 0;
    return true;
  case TRIPLET_FAMILY_ABSOLUTE:
    *coefficient = (float)slope;
    return true;
  case TRIPLET_FAMILY_DOT:
    if (!(is_plain(xx) && is_plain(yy) && xx > 0 && yy > 0))
      return false;
    *coefficient = (float)(-slope / sqrt((double)xx * yy));
    return true;
  default:
    return false;
  }
}

/* Adds slope times the gradient of d(x, y) by x or by y, in double. */
static void add_slowly(const triplet_measure *measure, double slope, const float *x, const float *y, size_t d,
                       bool by_x, float *output) {
  const triplet_pair pair = triplet_pair_of(measure, x, y, d);
  for (size_t k = 0; k < d; k++) {
    const triplet_slopes slopes = triplet_pair_slopes(&pair, k);
    output[k] = triplet_to_float(output[k] + slope * (by_x ? slopes.x : slopes.y));
  }
}

/* The gradient of a cosine distance by x is at right angles to x: what coefficient_of left out is what takes the part
 * along x away. */
static void project(const float *x, float *gradient, size_t d) {
  double along = 0, xx = 0;
  for (size_t k = 0; k < d; k++) {
    along += (double)gradient[k] * x[k];
    xx += (double)x[k] * x[k];
  }
  if (xx > 0 && xx <= DBL_MAX) /* rows that are not finite have no gradient */
    for (size_t k = 0; k < d; k++)
      gradient[k] = (float)(gradient[k] - along / xx * x[k]);
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

/* Whose gradient is taken: that of x, of y, or of both where they are the same rows and pairs have no direction. */
typedef enum side { BY_X, BY_Y, BY_BOTH } side;

/* A gradient of rows and what it is summed from. */
typedef struct rows_job {
  const triplet_measure *measure;
  double scale;
  struct {
    const triplet_pair_matrix *pairs;
    side side;
  } parts[3];
  size_t part_count;
  triplet_matrix rows; /* that the gradient is of */
  float *gradient;
} rows_job;

#define ROWS 32
#define TERMS 32
#define CACHE_LINE 16

/* What the next tile reads is fetched while this one is worked on: its rows lie so far apart that the machine does not
 * foresee them. Pair weights and distances, of which a tile has two lines of the cache a row: */
static void fetch(const float *row) {
  __builtin_prefetch(row);
  __builtin_prefetch(row + CACHE_LINE);
}

/* A row of embeddings, into the second cache, as this tile's fill the first. */
static void fetch_far(const float *row, size_t d) {
  for (size_t k = 0; k < d; k += CACHE_LINE)
    __builtin_prefetch(row + k, 0, 2);
}

/* A tile of pairs: the rows of the gradient and the terms that each of them sums. */
typedef struct tile {
  size_t first_row, rows, first_term, terms;
} tile;

/* Numbers of a tile, rows `stride` apart. */
typedef struct tile_values {
  const float *rows;
  size_t stride;
} tile_values;

/* The tile's part of a matrix whose rows or, transposed, columns are the tile's. Transposing goes along the rows of the
 * matrix: down a column of a large one every number may fall into the same few lines of the cache. */
static tile_values values_of(const float *values, size_t stride, bool transposed, const tile *tile, float *room) {
  if (!transposed)
    return (tile_values){values + tile->first_row * stride + tile->first_term, stride};
  for (size_t j = 0; j < tile->terms; j++) {
    const float *row = values + (tile->first_term + j) * stride + tile->first_row;
    fetch(row + TERMS * stride);
    for (size_t i = 0; i < tile->rows; i++)
      room[i * TERMS + j] = row[i];
  }
  return (tile_values){room, TERMS};
}

static void add_tile(const rows_job *job, const triplet_pair_matrix *pairs, side side, const tile *tile) {
  const triplet_measure *measure = job->measure;
  const size_t stride = pairs->y.rows, d = pairs->x.cols;
  const size_t all_terms = side == BY_Y ? pairs->x.rows : pairs->y.rows;
  const bool by_y = side == BY_Y, euclidean = measure->family == TRIPLET_FAMILY_SQUARES && !measure->squared;
  const float *own = by_y ? pairs->y.data : pairs->x.data, *other = by_y ? pairs->x.data : pairs->y.data;
  const float *own_squares = by_y ? pairs->y_squares : pairs->x_squares;
  const float *other_squares = by_y ? pairs->x_squares : pairs->y_squares;
  float rooms[3][ROWS * TERMS], coefficients[ROWS * TERMS];
  const tile_values slopes = values_of(pairs->slopes, stride, by_y, tile, rooms[0]);
  const tile_values backward =
      side == BY_BOTH ? values_of(pairs->slopes, stride, true, tile, rooms[1]) : (tile_values){NULL, 0};
  const tile_values distances = values_of(pairs->distances, stride, by_y, tile, rooms[2]);

  for (size_t i = 0; i < tile->rows; i++) {
    const size_t row = tile->first_row + i;
    const float *slope_row = slopes.rows + i * slopes.stride, *distance = distances.rows + i * distances.stride;
    const float *back = backward.rows ? backward.rows + i * backward.stride : NULL;
    float *const coefficient = coefficients + i * TERMS;
    fetch(slope_row + TERMS);
    fetch(distance + TERMS);
    if (tile->first_term + TERMS + i < all_terms)
      fetch_far(other + (tile->first_term + TERMS + i) * d, d);
    if (euclidean && measure->kernels->coefficients(slope_row, back, distance, job->scale, tile->terms, coefficient))
      continue;

    for (size_t j = 0; j < tile->terms; j++) {
      const size_t term = tile->first_term + j;
      const double slope = ((double)slope_row[j] + (back ? back[j] : 0)) * job->scale;
      coefficient[j] = 0;
      if (slope == 0 || coefficient_of(measure, slope, distance[j], own_squares ? own_squares[row] : 0,
                                       other_squares ? other_squares[term] : 0, &coefficient[j]))
        continue;
      const float *x = pairs->x.data + (by_y ? term : row) * d, *y = pairs->y.data + (by_y ? row : term) * d;
      add_slowly(measure, slope, x, y, d, !by_y, job->gradient + row * d);
    }
  }
  if (measure->family <= TRIPLET_FAMILY_DOT)
    measure->kernels->accumulate(measure->family, by_y ? -measure->shift : measure->shift, own + tile->first_row * d,
                                 other + tile->first_term * d, coefficients, TERMS, 1, tile->rows, tile->terms, d,
                                 job->gradient + tile->first_row * d);
}

static void rows_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const rows_job *job = argument;
  const size_t d = job->rows.cols, begin = chunk * ROWS;
  const size_t rows = job->rows.rows - begin < ROWS ? job->rows.rows - begin : ROWS;
  memset(job->gradient + begin * d, 0, rows * d * sizeof *job->gradient);
  for (size_t part = 0; part < job->part_count; part++) {
    const triplet_pair_matrix *pairs = job->parts[part].pairs;
    const side side = job->parts[part].side;
    const size_t terms = side == BY_Y ? pairs->x.rows : pairs->y.rows;
    for (size_t j = 0; j < terms; j += TERMS)
      add_tile(job, pairs, side, &(tile){begin, rows, j, terms - j < TERMS ? terms - j : TERMS});
  }
  triplet_finish_gradient(job->measure, triplet_matrix_of(job->rows.data + begin * d, rows, d),
                          job->gradient + begin * d);
}

/* from .. to: the part of the gathering that this is. */
static triplet_status gather_rows(triplet_context *context, rows_job *job, double from, double to) {
  if (!job->gradient)
    return TRIPLET_OK;
  const triplet_watch whole = triplet_watch_part(context, from, to);
  const triplet_status status = triplet_parallel_watched(context, (job->rows.rows + ROWS - 1) / ROWS, rows_chunk, job);
  triplet_watch_restore(context, whole);
  return status;
}

static void add_part(rows_job *job, const triplet_pair_matrix *pairs, side side) {
  job->parts[job->part_count].pairs = pairs;
  job->parts[job->part_count++].side = side;
}

triplet_status triplet_gather_gradients(triplet_context *context, const triplet_pair_set *pairs,
                                        triplet_batch_gradients gradients) {
  const triplet_pair_matrix *own = &pairs->own, *across = pairs->across.slopes ? &pairs->across : NULL;
  rows_job by_query = {
      .measure = pairs->measure, .scale = pairs->scale, .rows = own->x, .gradient = gradients.embeddings};
  rows_job by_reference = {
      .measure = pairs->measure, .scale = pairs->scale, .rows = own->y, .gradient = gradients.references};
  if (pairs->separate) {
    add_part(&by_query, own, BY_X);
    add_part(&by_reference, own, BY_Y);
    if (across) {
      add_part(&by_reference, across, BY_X);
      add_part(&by_reference, across, BY_Y);
    }
  } else if (pairs->measure->shift == 0) {
    add_part(&by_query, own, BY_BOTH);
  } else {
    add_part(&by_query, own, BY_X);
    add_part(&by_query, own, BY_Y);
  }

  const double queries = gradients.embeddings ? (double)own->x.rows : 0;
  const double references = gradients.references ? (double)own->y.rows : 0;
  const double share = queries / (queries + references);
  TRIPLET_TRY(gather_rows(context, &by_query, 0, share));
  return gather_rows(context, &by_reference, share, 1);
}

void triplet_finish_gradient(const triplet_measure *measure, triplet_matrix rows, float *gradient) {
  if (measure->family != TRIPLET_FAMILY_DOT)
    return;
  for (size_t i = 0; i < rows.rows; i++)
    project(rows.data + i * rows.cols, gradient + i * rows.cols, rows.cols);
}

/* ---- scattering -------------------------------------------------------------------------------------------------- */

void triplet_scatter_pair(const triplet_measure *measure, const triplet_sloped_pair *pair, size_t d) {
  const triplet_pair_end *x = &pair->x, *y = &pair->y;
  float coefficient;
  if (pair->slope == 0)
    return;
  const bool plain = coefficient_of(measure, pair->slope, pair->distance, x->square, y->square, &coefficient);
  if (x->gradient && plain)
    measure->kernels->accumulate(measure->family, measure->shift, x->row, y->row, &coefficient, 1, 1, 1, 1, d,
                                 x->gradient);
  else if (x->gradient)
    add_slowly(measure, pair->slope, x->row, y->row, d, true, x->gradient);
  if (y->gradient && plain)
    measure->kernels->accumulate(measure->family, -measure->shift, y->row, x->row, &coefficient, 1, 1, 1, 1, d,
                                 y->gradient);
  else if (y->gradient)
    add_slowly(measure, pair->slope, x->row, y->row, d, false, y->gradient);
}
