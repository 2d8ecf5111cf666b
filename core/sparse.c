/* sparse.c - a few pairs that lie anywhere: each row of the gradient finds those it is in and sums them in their order,
 * so that threads share no row. */
#include "sparse.h"

static size_t row_count(const triplet_sparse_rows *of) {
  return of->queries.rows + (of->separate ? of->references.rows : 0);
}

static triplet_rows row_at(const triplet_sparse_rows *of, size_t row) {
  const size_t queries = of->queries.rows;
  return row < queries ? triplet_rows_part(&of->queries, row, 1) : triplet_rows_part(&of->references, row - queries, 1);
}

static const float *data_at(const triplet_sparse_rows *of, size_t row) {
  const size_t queries = of->queries.rows;
  return row < queries ? of->queries.data + row * of->queries.stride
                       : of->references.data + (row - queries) * of->references.stride;
}

enum { QUERIES, REFERENCES };

static bool is_own(const triplet_sparse_rows *of, int side, size_t row) {
  return !TRIPLET_HAS_RANKS || !of->own || row - of->own[side].first < of->own[side].count;
}

/* NULL where it is not wanted, or another rank takes it. */
static float *gradient_at(const triplet_sparse_rows *of, size_t row) {
  const size_t queries = of->queries.rows, cols = of->queries.cols;
  if (row < queries)
    return of->gradients.embeddings && is_own(of, QUERIES, row) ? of->gradients.embeddings + row * cols : NULL;
  row -= queries;
  return of->gradients.references && is_own(of, REFERENCES, row) ? of->gradients.references + row * cols : NULL;
}

void triplet_sparse_begin(const triplet_sparse_rows *rows) {
  const size_t cols = rows->queries.cols;
  if (rows->gradients.embeddings)
    memset(rows->gradients.embeddings, 0, rows->queries.rows * cols * sizeof(float));
  if (rows->gradients.references)
    memset(rows->gradients.references, 0, rows->references.rows * cols * sizeof(float));
}

/* ---- coefficients ------------------------------------------------------------------------------------------------ */

typedef struct sparse_job {
  const triplet_sparse_rows *rows;
  const triplet_sparse_lists *lists;
  triplet_sparse_scratch *scratch;
} sparse_job;

static size_t place_of_list(const triplet_sparse_lists *lists, size_t i) {
  return (lists->first[i] - lists->first[0]) * lists->stride;
}

static void find_coefficients(const sparse_job *job, size_t from, size_t count) {
  const triplet_measure *measure = job->rows->measure;
  const float *distances = job->lists->distances + from;
  const triplet_row_slopes slopes = {job->lists->slopes + from, NULL, 1};
  float *coefficients = job->scratch->coefficients + from;
  if (triplet_coefficients_at_once(measure, &slopes, distances, count, coefficients))
    return;
  for (size_t k = 0; k < count; k++) {
    const triplet_sparse_pair pair = job->lists->pairs[from + k];
    const triplet_rows x = row_at(job->rows, (size_t)pair.x), y = row_at(job->rows, (size_t)pair.y);
    if (!triplet_coefficient(measure, slopes.forward[k], distances[k], triplet_is_zero_pair(&x, 0, &y, 0),
                             &coefficients[k]))
      coefficients[k] = triplet_canonical_nan();
  }
}

#define LISTS_PER_CHUNK 16

static void coefficients_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const sparse_job *job = argument;
  const size_t begin = chunk * LISTS_PER_CHUNK, left = job->lists->count - begin;
  for (size_t i = begin; i < begin + (left < LISTS_PER_CHUNK ? left : LISTS_PER_CHUNK); i++)
    find_coefficients(job, place_of_list(job->lists, i), job->lists->counts[i]);
}

/* ---- pairs by row ------------------------------------------------------------------------------------------------ */

static triplet_sparse_end end_of(uint32_t place, uint32_t other, bool backward, float coefficient) {
  return (triplet_sparse_end){2 * (coefficient == coefficient ? other : place) + backward, coefficient};
}

/* In sequence, in the order of the pairs. */
static void find_ends(const sparse_job *job) {
  const triplet_sparse_lists *lists = job->lists;
  const size_t rows = row_count(job->rows);
  triplet_sparse_end *const ends = job->scratch->ends;
  size_t *const places = job->scratch->ends_before; /* first counts, then where the next end of a row goes */
  memset(places, 0, (rows + 1) * sizeof *places);
  for (size_t i = 0; i < lists->count; i++) {
    const triplet_sparse_pair *pairs = lists->pairs + place_of_list(lists, i);
    for (size_t k = 0; k < lists->counts[i]; k++) {
      places[pairs[k].x]++;
      places[pairs[k].y]++;
    }
  }

  size_t before = 0;
  for (size_t row = 0; row <= rows; row++) {
    const size_t own = places[row];
    places[row] = before;
    before += own;
  }
  for (size_t i = 0; i < lists->count; i++) {
    const size_t from = place_of_list(lists, i);
    for (size_t k = from; k < from + lists->counts[i]; k++) {
      const triplet_sparse_pair pair = lists->pairs[k];
      const float coefficient = job->scratch->coefficients[k];
      ends[places[pair.x]++] = end_of((uint32_t)k, (uint32_t)pair.y, false, coefficient);
      ends[places[pair.y]++] = end_of((uint32_t)k, (uint32_t)pair.x, true, coefficient);
    }
  }

  /* Each place is now where the next row begins. */
  memmove(places + 1, places, rows * sizeof *places);
  places[0] = 0;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

#define TERMS 64

/* Terms of a row that one call of the kernel takes: those of one direction. */
typedef struct run {
  const float *rows[TERMS];
  float coefficients[TERMS];
  size_t count;
  bool backward; /* the row is y */
} run;

static void add_run(const triplet_sparse_rows *of, const triplet_rows *own, run *terms, float *gradient) {
  const triplet_measure *measure = of->measure;
  const triplet_listed listed = {terms->rows, terms->coefficients, terms->count};
  if (terms->count)
    measure->kernels->accumulate_listed(terms->backward ? triplet_backward(measure->term) : measure->term, own, &listed,
                                        gradient);
  terms->count = 0;
}

static void add_in_double(const sparse_job *job, size_t place, bool backward, float *gradient) {
  const triplet_sparse_pair pair = job->lists->pairs[place];
  const triplet_rows x = row_at(job->rows, (size_t)pair.x), y = row_at(job->rows, (size_t)pair.y);
  triplet_add_pair(job->rows->measure, job->lists->slopes[place], &x, &y, !backward, gradient);
}

static void add_row(const sparse_job *job, size_t row, float *gradient) {
  const triplet_sparse_rows *of = job->rows;
  const triplet_sparse_scratch *scratch = job->scratch;
  const triplet_rows own = row_at(of, row);
  const bool directed = of->measure->term.shift != 0;
  run terms = {.count = 0};
  for (size_t i = scratch->ends_before[row]; i < scratch->ends_before[row + 1]; i++) {
    const triplet_sparse_end end = scratch->ends[i];
    const bool backward = end.other & 1;
    if (end.coefficient != end.coefficient) {
      add_run(of, &own, &terms, gradient);
      add_in_double(job, end.other / 2, backward, gradient);
      continue;
    }
    if (terms.count == TERMS || (directed && backward != terms.backward))
      add_run(of, &own, &terms, gradient);
    terms.backward = backward;
    terms.rows[terms.count] = data_at(of, end.other / 2);
    terms.coefficients[terms.count] = end.coefficient;
    terms.count += end.coefficient != 0;
  }
  add_run(of, &own, &terms, gradient);
}

#define ROWS_PER_CHUNK 16

static size_t chunk_end(size_t begin, size_t rows) {
  return rows - begin < ROWS_PER_CHUNK ? rows : begin + ROWS_PER_CHUNK;
}

static void add_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const sparse_job *job = argument;
  const size_t begin = chunk * ROWS_PER_CHUNK, past = chunk_end(begin, row_count(job->rows));
  for (size_t row = begin; row < past; row++)
    if (gradient_at(job->rows, row))
      add_row(job, row, gradient_at(job->rows, row));
}

static size_t chunks_of(const triplet_sparse_rows *rows) {
  return (row_count(rows) + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
}

void triplet_sparse_add(triplet_context *context, const triplet_sparse_rows *rows, const triplet_sparse_lists *lists,
                        triplet_sparse_scratch *scratch) {
  sparse_job job = {rows, lists, scratch};
  triplet_parallel(context, (lists->count + LISTS_PER_CHUNK - 1) / LISTS_PER_CHUNK, coefficients_chunk, &job);
  find_ends(&job);
  triplet_parallel(context, chunks_of(rows), add_chunk, &job);
}

triplet_status triplet_sparse_create(triplet_context *context, const triplet_sparse_rows *rows, size_t most_pairs,
                                     triplet_sparse_scratch *scratch) {
  scratch->coefficients = triplet_allocate(context, most_pairs, sizeof *scratch->coefficients);
  scratch->ends_before = triplet_allocate(context, row_count(rows) + 1, sizeof *scratch->ends_before);
  scratch->ends = triplet_allocate(context, most_pairs, 2 * sizeof *scratch->ends);
  if (scratch->coefficients && scratch->ends_before && scratch->ends)
    return TRIPLET_OK;
  triplet_sparse_release(context, scratch);
  return TRIPLET_OUT_OF_MEMORY;
}

void triplet_sparse_release(triplet_context *context, triplet_sparse_scratch *scratch) {
  triplet_release(context, scratch->ends);
  triplet_release(context, scratch->ends_before);
  triplet_release(context, scratch->coefficients);
  *scratch = (triplet_sparse_scratch){NULL, NULL, NULL};
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

typedef struct end_job {
  const triplet_sparse_rows *rows;
  double scale;
} end_job;

static void scale_row(const triplet_measure *measure, float *row, size_t cols, double scale) {
  if (fabs(scale) < TRIPLET_PLAIN_MOST)
    measure->kernels->scale(row, cols, (float)scale);
  else
    for (size_t k = 0; k < cols; k++)
      row[k] = triplet_to_float(row[k] * scale);
}

static void end_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const end_job *job = argument;
  const triplet_measure *measure = job->rows->measure;
  const size_t begin = chunk * ROWS_PER_CHUNK, past = chunk_end(begin, row_count(job->rows));
  for (size_t row = begin; row < past; row++) {
    float *gradient = gradient_at(job->rows, row);
    if (!gradient)
      continue;
    const triplet_rows own = row_at(job->rows, row);
    if (job->scale != 1) /* first, as rows of next to no length have large gradients */
      scale_row(measure, gradient, own.cols, job->scale);
    triplet_rows_gradients(measure, &own, gradient);
  }
}

void triplet_sparse_finish(triplet_context *context, const triplet_sparse_rows *rows, double scale) {
  triplet_parallel(context, chunks_of(rows), end_chunk, &(end_job){rows, scale});
}
