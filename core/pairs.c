/* pairs.c - from the slopes of pairs to the gradients of their rows.
 *
 * Batches gather: every row of the gradient sums its own pairs, tile by tile, so that threads share no row. Picked
 * triplets, which are few, scatter theirs in sequence. */
#include "pairs.h"

/* ---- the gradient of a distance ---------------------------------------------------------------------------------- */

/* Adds slope times the gradient of d(x, y), of one row each, by x or by y, in double. */
static void add_slowly(const triplet_measure *measure, double slope, const triplet_rows *x, const triplet_rows *y,
                       bool by_x, float *output) {
  const triplet_pair pair = triplet_pair_of(measure, x, y);
  for (size_t k = 0; k < x->cols; k++) {
    const triplet_slopes slopes = triplet_pair_slopes(&pair, k);
    output[k] = triplet_to_float(output[k] + slope * (by_x ? slopes.x : slopes.y));
  }
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
  triplet_rows rows; /* that the gradient is of */
  float *gradient;
} rows_job;

#define ROWS 32
#define TERMS 32
#define CACHE_LINE 16

/* What the next tile reads is fetched while this one is worked on: its rows lie so far apart that the machine does not
 * foresee them. Slopes and distances, of which a tile has two lines of the cache a row: */
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
  const bool by_y = side == BY_Y;
  const triplet_rows *all = by_y ? &pairs->x : &pairs->y;
  const triplet_rows own = triplet_rows_part(by_y ? &pairs->y : &pairs->x, tile->first_row, tile->rows);
  const triplet_rows other = triplet_rows_part(all, tile->first_term, tile->terms);
  const size_t stride = pairs->y.rows;
  float *gradient = job->gradient + tile->first_row * own.cols;
  float rooms[3][ROWS * TERMS], coefficients[ROWS * TERMS];

  const tile_values slopes = values_of(pairs->slopes, stride, by_y, tile, rooms[0]);
  const tile_values backward =
      side == BY_BOTH ? values_of(pairs->slopes, stride, true, tile, rooms[1]) : (tile_values){NULL, 0};
  const tile_values distances = values_of(pairs->distances, stride, by_y, tile, rooms[2]);

  for (size_t i = 0; i < tile->rows; i++) {
    const float *distance = distances.rows + i * distances.stride;
    const triplet_row_slopes row = {slopes.rows + i * slopes.stride,
                                    backward.rows ? backward.rows + i * backward.stride : NULL, job->scale};
    float *const coefficient = coefficients + i * TERMS;
    fetch(row.forward + TERMS);
    fetch(distance + TERMS);
    if (tile->first_term + TERMS + i < all->rows)
      fetch_far(other.data + (TERMS + i) * other.stride, other.stride);
    if (triplet_coefficients_at_once(measure, &row, distance, tile->terms, coefficient))
      continue;

    /* One by one, where not all are plain; those that are not are added here and now, and left out below. */
    for (size_t j = 0; j < tile->terms; j++) {
      const double slope = triplet_row_slope(&row, j);
      coefficient[j] = 0;
      if (slope == 0 ||
          triplet_coefficient(measure, slope, distance[j], triplet_is_zero_pair(&own, i, &other, j), &coefficient[j]))
        continue;
      const triplet_rows one = triplet_rows_part(&own, i, 1), term = triplet_rows_part(&other, j, 1);
      add_slowly(measure, slope, by_y ? &term : &one, by_y ? &one : &term, !by_y, gradient + i * own.cols);
    }
  }

  const triplet_coefficients table = {coefficients, TERMS, 1};
  if (triplet_has_kernel(measure))
    measure->kernels->accumulate(by_y ? triplet_backward(measure->term) : measure->term, &own, &other, &table,
                                 gradient);
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
  const triplet_rows done = triplet_rows_part(&job->rows, begin, rows);
  triplet_rows_gradients(job->measure, &done, job->gradient + begin * d);
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
  } else if (pairs->measure->term.shift == 0) {
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

/* ---- scattering -------------------------------------------------------------------------------------------------- */

void triplet_scatter_pair(const triplet_measure *measure, const triplet_sloped_pair *pair) {
  const triplet_pair_end *x = &pair->x, *y = &pair->y;
  float coefficient;
  if (pair->slope == 0)
    return;
  const bool plain = triplet_coefficient(measure, pair->slope, pair->distance,
                                         triplet_is_zero_pair(&x->row, 0, &y->row, 0), &coefficient);
  const triplet_coefficients one = {&coefficient, 1, 1};
  if (x->gradient && plain)
    measure->kernels->accumulate(measure->term, &x->row, &y->row, &one, x->gradient);
  else if (x->gradient)
    add_slowly(measure, pair->slope, &x->row, &y->row, true, x->gradient);
  if (y->gradient && plain)
    measure->kernels->accumulate(triplet_backward(measure->term), &y->row, &x->row, &one, y->gradient);
  else if (y->gradient)
    add_slowly(measure, pair->slope, &x->row, &y->row, false, y->gradient);
}
