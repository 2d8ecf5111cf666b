/* pairs.c - from the slopes of pairs to the gradients of their rows: every row of the gradient sums its own pairs, tile
 * by tile, so that threads share no row. */
#include "pairs.h"

#include "relations.h"

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
typedef struct pair_tile {
  size_t first_row, rows, first_term, terms;
} pair_tile;

/* Numbers of a tile, rows `stride` apart. */
typedef struct pair_tile_values {
  const float *rows;
  size_t stride;
} tile_values;

/* The tile's part of a matrix whose rows or, transposed, columns are the tile's. Transposing goes along the rows of the
 * matrix: down a column of a large one every number may fall into the same few lines of the cache. */
static tile_values values_of(const triplet_kernels *kernels, const float *values, size_t stride, bool transposed,
                             const pair_tile *tile, float *room) {
  if (!transposed)
    return (tile_values){values + tile->first_row * stride + tile->first_term, stride};
  const float *first = values + tile->first_term * stride + tile->first_row;
  for (size_t j = 0; j < tile->terms; j++)
    fetch(first + (TERMS + j) * stride);
  const triplet_rows part = {.data = first, .rows = tile->terms, .cols = tile->rows, .stride = stride};
  kernels->place(&part, &(triplet_outputs){.y = room, .stride = TERMS}, false);
  return (tile_values){room, TERMS};
}

static void add_tile(const triplet_gathering *job, const triplet_pair_matrix *pairs, triplet_side side,
                     const pair_tile *tile) {
  const triplet_measure *measure = job->measure;
  const triplet_kernels *kernels = measure->kernels;
  const bool by_y = side == TRIPLET_BY_Y;
  const triplet_rows *all = by_y ? &pairs->x : &pairs->y;
  const triplet_rows own = triplet_rows_part(by_y ? &pairs->y : &pairs->x, tile->first_row, tile->rows);
  const triplet_rows other = triplet_rows_part(all, tile->first_term, tile->terms);
  const size_t stride = pairs->stride;
  float *gradient = job->gradient + tile->first_row * own.cols;
  float rooms[3][ROWS * TERMS], coefficients[ROWS * TERMS];

  const tile_values slopes = values_of(kernels, pairs->slopes, stride, by_y, tile, rooms[0]);
  const tile_values backward =
      side == TRIPLET_BY_BOTH ? values_of(kernels, pairs->backward, stride, true, tile, rooms[1]) : (tile_values){0};
  const tile_values distances = values_of(kernels, pairs->distances, stride, by_y, tile, rooms[2]);

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
    kernels->accumulate(by_y ? triplet_backward(measure->term) : measure->term, &own, &other, &table, gradient);
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
      add_tile(job, pairs, side, &(pair_tile){begin, rows, j, terms - j < TERMS ? terms - j : TERMS});
  }
  const triplet_rows done = triplet_rows_part(&job->rows, begin, rows);
  if (job->ends)
    triplet_rows_gradients(job->measure, &done, job->gradient + begin * d);
}

triplet_status triplet_gather(triplet_context *context, const triplet_gathering *gathering) {
  if (!gathering->gradient)
    return TRIPLET_OK;
  return triplet_parallel_watched(context, triplet_chunks(gathering->rows.rows, ROWS), rows_chunk, (void *)gathering);
}

/* WebAssembly, which is to be small, does without. */
#ifdef __wasm__
triplet_status triplet_gather_both(triplet_context *context, const triplet_gathering *gathering, float *distances) {
  (void)distances;
  return triplet_gather(context, gathering);
}
#else

/* ---- both sides of a pair at once -------------------------------------------------------------------------------- */

/* d(x, y) is d(y, x), and its gradient by x that by y but for the sign: what a pair adds to one row it takes from the
 * other. First the coefficients of all pairs take the place of the distances below the diagonal; then each thread sums
 * some of the columns, of which none depends on another. Tile by tile, (0, 0), (0, 1) .. (1, 1), (1, 2) .., every row
 * meets the others in their order, as in rows_chunk. */
typedef struct both_job {
  const triplet_gathering *of;
  float *distances;
} both_job;

#define COLUMNS 32
#define COLUMNS_AT_LEAST 48 /* for two threads */

/* Whether most pairs have slopes, and plain ones, by a look at some rows. Where they have none, the lesser work is to
 * leave them out. */
static bool is_dense(const triplet_pair_matrix *pairs, double scale) {
  const size_t rows = pairs->x.rows, step = rows / 16 + 1;
  size_t seen = 0, found = 0, tiny = 0;
  for (size_t i = 0; i < rows; i += step)
    for (size_t j = 0; j < rows; j++, seen++) {
      const double size = fabs(pairs->slopes[i * pairs->stride + j] * scale);
      found += size > 0;
      tiny += size > 0 && size <= TRIPLET_PLAIN_LEAST;
    }
  return 2 * found > seen && !tiny;
}

static bool is_for_both(const triplet_gathering *of) {
  const triplet_term term = of->measure->term;
  const size_t cols = of->rows.cols;
  return (term.sum == TRIPLET_SUM_SQUARES || term.sum == TRIPLET_SUM_UNIT) && cols % 16 == 0 &&
         cols >= COLUMNS_AT_LEAST && is_dense(of->parts[0].pairs, of->scale);
}

static size_t tile_rows(const triplet_gathering *of, size_t first) {
  return of->rows.rows - first < ROWS ? of->rows.rows - first : ROWS;
}

/* Of a row and some before it, in the place of their distances; false where these stand, as not all are plain. */
static bool put_coefficients(const triplet_gathering *of, size_t row, triplet_span before,
                             const triplet_row_slopes *slopes, float *distances) {
  float found[TERMS];
  if (!triplet_coefficients_at_once(of->measure, slopes, distances, before.count, found))
    for (size_t j = 0; j < before.count; j++) {
      const double slope = triplet_row_slope(slopes, j);
      const bool zero = triplet_is_zero_pair(&of->rows, row, &of->rows, before.first + j);
      found[j] = 0;
      if (slope != 0 && !triplet_coefficient(of->measure, slope, distances[j], zero, &found[j]))
        return false;
    }
  memcpy(distances, found, before.count * sizeof *found);
  return true;
}

/* A row's place on the diagonal, which nothing reads, says whether some of its distances stand. */
static void both_coefficients_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const both_job *job = argument;
  const triplet_gathering *of = job->of;
  const triplet_pair_matrix *pairs = of->parts[0].pairs;
  const size_t stride = pairs->stride, begin = chunk * ROWS, rows = tile_rows(of, begin);
  for (size_t row = begin; row < begin + rows; row++)
    job->distances[row * stride + row] = 0;
  for (size_t first = 0; first <= begin; first += TERMS) {
    float room[ROWS * TERMS];
    const pair_tile tile = {begin, rows, first, tile_rows(of, first)};
    const tile_values backward = values_of(of->measure->kernels, pairs->backward, stride, true, &tile, room);
    for (size_t i = 0; i < rows; i++) {
      const size_t row = begin + i, place = row * stride + first;
      const triplet_span before = {first, row - first < TERMS ? row - first : TERMS};
      const triplet_row_slopes slopes = {pairs->slopes + place, backward.rows + i * TERMS, of->scale};
      fetch(slopes.forward + TERMS);
      fetch(job->distances + place + TERMS);
      if (!put_coefficients(of, row, before, &slopes, job->distances + place))
        job->distances[row * stride + row] = 1;
    }
  }
}

/* Whether all rows have their coefficients; where not, the distances are as they were. */
static bool all_are_plain(const both_job *job) {
  const size_t rows = job->of->rows.rows;
  float *const distances = job->distances;
  bool plain = true;
  for (size_t i = 0; i < rows; i++)
    plain = plain && distances[i * rows + i] == 0;
  for (size_t i = 0; !plain && i < rows; i++)
    for (size_t j = 0; j < i; j++)
      distances[i * rows + j] = distances[j * rows + i];
  return plain;
}

static triplet_rows columns_of(const triplet_gathering *of, size_t first, size_t k) {
  triplet_rows rows = triplet_rows_part(&of->rows, first, tile_rows(of, first));
  rows.data += k;
  rows.cols = rows.cols - k < COLUMNS ? rows.cols - k : COLUMNS;
  return rows;
}

static void both_columns_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const both_job *job = argument;
  const triplet_gathering *of = job->of;
  const size_t count = of->rows.rows, d = of->rows.cols, k = chunk * COLUMNS;
  for (size_t i = 0; i < count; i++)
    memset(of->gradient + i * d + k, 0, (d - k < COLUMNS ? d - k : COLUMNS) * sizeof *of->gradient);
  for (size_t i = 0; i < count; i += ROWS) {
    const triplet_rows x = columns_of(of, i, k);
    for (size_t j = i; j < count; j += TERMS) {
      const triplet_rows y = columns_of(of, j, k);
      const triplet_outputs to = {of->gradient + i * d + k, of->gradient + j * d + k, d};
      float coefficients[ROWS * TERMS];
      for (size_t row = 0; row < y.rows; row++) {
        const float *from = job->distances + (j + row) * count + i;
        fetch(from + TERMS * count);
        memcpy(coefficients + row * x.rows, from, x.rows * sizeof *from);
      }
      of->measure->kernels->accumulate_both(of->measure->term, &x, &y, coefficients, &to);
    }
  }
}

triplet_status triplet_gather_both(triplet_context *context, const triplet_gathering *gathering, float *distances) {
  both_job job = {gathering, distances};
  if (!gathering->gradient || !is_for_both(gathering))
    return triplet_gather(context, gathering);
  triplet_parallel(context, triplet_chunks(gathering->rows.rows, ROWS), both_coefficients_chunk, &job);
  if (!all_are_plain(&job))
    return triplet_gather(context, gathering);
  TRIPLET_TRY(
      triplet_parallel_watched(context, triplet_chunks(gathering->rows.cols, COLUMNS), both_columns_chunk, &job));
  triplet_gathering end = *gathering;
  end.part_count = 0;
  end.begins = false;
  const triplet_watch watch = triplet_watch_pause(context);
  const triplet_status status = triplet_gather(context, &end);
  triplet_watch_restore(context, watch);
  return status;
}
#endif
