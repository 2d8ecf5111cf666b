/* pairs.c - from the slopes of pairs to the gradients of their rows: every row of the gradient sums its own pairs, tile
 * by tile, so that threads share no row. */
#include "pairs.h"

/* ---- the gradient of a distance ---------------------------------------------------------------------------------- */

void triplet_add_pair(const triplet_measure *measure, double slope, const triplet_rows *x, const triplet_rows *y,
                      bool by_x, float *output) {
  const triplet_pair pair = triplet_pair_of(measure, x, y);
  for (size_t k = 0; k < x->cols; k++) {
    const triplet_slopes slopes = triplet_slopes_at(&pair, k);
    output[k] = triplet_to_float(output[k] + slope * (by_x ? slopes.x : slopes.y));
  }
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

#define ROWS TRIPLET_PAIR_TILE
#define TERMS TRIPLET_PAIR_TILE
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

static void add_tile(const triplet_gathering *job, const triplet_pair_matrix *pairs, triplet_side side,
                     const tile *tile) {
  const triplet_measure *measure = job->measure;
  const bool by_y = side == TRIPLET_BY_Y;
  const triplet_rows *all = by_y ? &pairs->x : &pairs->y;
  const triplet_rows own = triplet_rows_part(by_y ? &pairs->y : &pairs->x, tile->first_row, tile->rows);
  const triplet_rows other = triplet_rows_part(all, tile->first_term, tile->terms);
  const size_t stride = pairs->stride;
  float *gradient = job->gradient + tile->first_row * own.cols;
  float rooms[3][ROWS * TERMS], coefficients[ROWS * TERMS];

  const tile_values slopes = values_of(pairs->slopes, stride, by_y, tile, rooms[0]);
  const tile_values backward =
      side == TRIPLET_BY_BOTH ? values_of(pairs->backward, stride, true, tile, rooms[1]) : (tile_values){NULL, 0};
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
      triplet_add_pair(measure, slope, by_y ? &term : &one, by_y ? &one : &term, !by_y, gradient + i * own.cols);
    }
  }

  const triplet_coefficients table = {coefficients, TERMS, 1};
  if (triplet_has_kernel(measure))
    measure->kernels->accumulate(by_y ? triplet_backward(measure->term) : measure->term, &own, &other, &table,
                                 gradient);
}

static void rows_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const triplet_gathering *job = argument;
  const size_t d = job->rows.cols, begin = chunk * ROWS;
  const size_t rows = job->rows.rows - begin < ROWS ? job->rows.rows - begin : ROWS;
  if (job->begins)
    memset(job->gradient + begin * d, 0, rows * d * sizeof *job->gradient);
  for (size_t part = 0; part < job->part_count; part++) {
    const triplet_pair_matrix *pairs = job->parts[part].pairs;
    const triplet_side side = job->parts[part].side;
    const size_t terms = side == TRIPLET_BY_Y ? pairs->x.rows : pairs->y.rows;
    for (size_t j = 0; j < terms; j += TERMS)
      add_tile(job, pairs, side, &(tile){begin, rows, j, terms - j < TERMS ? terms - j : TERMS});
  }
  const triplet_rows done = triplet_rows_part(&job->rows, begin, rows);
  if (job->ends)
    triplet_rows_gradients(job->measure, &done, job->gradient + begin * d);
}

triplet_status triplet_gather(triplet_context *context, const triplet_gathering *gathering) {
  if (!gathering->gradient)
    return TRIPLET_OK;
  return triplet_parallel_watched(context, (gathering->rows.rows + ROWS - 1) / ROWS, rows_chunk, (void *)gathering);
}
