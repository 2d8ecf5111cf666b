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

/* NULL where it is not wanted. */
static float *gradient_at(const triplet_sparse_rows *of, size_t row) {
  const size_t queries = of->queries.rows, cols = of->queries.cols;
  if (row < queries)
    return of->gradients.embeddings ? of->gradients.embeddings + row * cols : NULL;
  return of->gradients.references ? of->gradients.references + (row - queries) * cols : NULL;
}

void triplet_sparse_begin(const triplet_sparse_rows *rows) {
  const size_t cols = rows->queries.cols;
  if (rows->gradients.embeddings)
    memset(rows->gradients.embeddings, 0, rows->queries.rows * cols * sizeof(float));
  if (rows->gradients.references)
    memset(rows->gradients.references, 0, rows->references.rows * cols * sizeof(float));
}

/* ---- pairs by row ------------------------------------------------------------------------------------------------ */

typedef struct sparse_job {
  const triplet_sparse_rows *rows;
  triplet_sparse_scratch *scratch;
} sparse_job;

static void find_ends(sparse_job *job, const triplet_sparse_lists *lists) {
  const size_t rows = row_count(job->rows);
  size_t *const places = job->scratch->ends_before; /* first counts, then where the next end of a row goes */
  memset(places, 0, (rows + 1) * sizeof *places);
  for (size_t i = 0; i < lists->count; i++)
    for (size_t k = 0; k < lists->counts[i]; k++) {
      const triplet_sparse_pair *pair = &lists->pairs[lists->first[i] + k];
      places[pair->x]++;
      places[pair->y]++;
    }

  size_t before = 0;
  for (size_t row = 0; row <= rows; row++) {
    const size_t own = places[row];
    places[row] = before;
    before += own;
  }
  for (size_t i = 0; i < lists->count; i++)
    for (size_t k = 0; k < lists->counts[i]; k++) {
      const triplet_sparse_pair *pair = &lists->pairs[lists->first[i] + k];
      job->scratch->ends[places[pair->x]++] = pair;
      job->scratch->ends[places[pair->y]++] = pair;
    }

  /* Each place is now where the next row begins. */
  for (size_t row = rows; row > 0; row--)
    places[row] = places[row - 1];
  places[0] = 0;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

#define TERMS 64

/* Terms of a row that one call of the kernel takes: those of one direction. */
typedef struct run {
  const float *rows[TERMS];
  float coefficients[TERMS];
  size_t count;
  bool forward; /* the row is x */
} run;

static void add_run(const sparse_job *job, size_t row, run *terms) {
  const triplet_measure *measure = job->rows->measure;
  const triplet_rows own = row_at(job->rows, row);
  const triplet_listed listed = {terms->rows, terms->coefficients, terms->count};
  if (terms->count)
    measure->kernels->accumulate_listed(terms->forward ? measure->term : triplet_backward(measure->term), &own, &listed,
                                        gradient_at(job->rows, row));
  terms->count = 0;
}

static void add_end(const sparse_job *job, size_t row, const triplet_sparse_pair *pair, run *terms) {
  const triplet_measure *measure = job->rows->measure;
  const triplet_rows x = row_at(job->rows, (size_t)pair->x), y = row_at(job->rows, (size_t)pair->y);
  const bool forward = (size_t)pair->x == row;
  float coefficient;
  if (terms->count == TERMS || forward != terms->forward)
    add_run(job, row, terms);
  terms->forward = forward;
  if (!triplet_coefficient(measure, pair->slope, pair->distance, triplet_is_zero_pair(&x, 0, &y, 0), &coefficient)) {
    add_run(job, row, terms);
    triplet_add_pair(measure, pair->slope, &x, &y, forward, gradient_at(job->rows, row));
  } else if (coefficient != 0) {
    terms->rows[terms->count] = forward ? y.data : x.data;
    terms->coefficients[terms->count++] = coefficient;
  }
}

#define ROWS_PER_CHUNK 16

static size_t chunk_end(size_t begin, size_t rows) {
  return rows - begin < ROWS_PER_CHUNK ? rows : begin + ROWS_PER_CHUNK;
}

static void add_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const sparse_job *job = argument;
  const size_t begin = chunk * ROWS_PER_CHUNK, past = chunk_end(begin, row_count(job->rows));
  for (size_t row = begin; row < past; row++) {
    if (!gradient_at(job->rows, row))
      continue;
    run terms = {.count = 0};
    const triplet_sparse_scratch *found = job->scratch;
    for (size_t i = found->ends_before[row]; i < found->ends_before[row + 1]; i++)
      add_end(job, row, found->ends[i], &terms);
    add_run(job, row, &terms);
  }
}

static size_t chunks_of(const triplet_sparse_rows *rows) {
  return (row_count(rows) + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
}

void triplet_sparse_add(triplet_context *context, const triplet_sparse_rows *rows, const triplet_sparse_lists *lists,
                        triplet_sparse_scratch *scratch) {
  sparse_job job = {rows, scratch};
  find_ends(&job, lists);
  triplet_parallel(context, chunks_of(rows), add_chunk, &job);
}

triplet_status triplet_sparse_create(triplet_context *context, const triplet_sparse_rows *rows, size_t most_pairs,
                                     triplet_sparse_scratch *scratch) {
  scratch->ends_before = triplet_allocate(context, row_count(rows) + 1, sizeof *scratch->ends_before);
  scratch->ends = triplet_allocate(context, most_pairs, 2 * sizeof *scratch->ends);
  if (scratch->ends_before && scratch->ends)
    return TRIPLET_OK;
  triplet_sparse_release(context, scratch);
  return TRIPLET_OUT_OF_MEMORY;
}

void triplet_sparse_release(triplet_context *context, triplet_sparse_scratch *scratch) {
  triplet_release(context, scratch->ends);
  triplet_release(context, scratch->ends_before);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

typedef struct end_job {
  const triplet_sparse_rows *rows;
  double scale;
} end_job;

static void end_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const end_job *job = argument;
  const size_t begin = chunk * ROWS_PER_CHUNK, past = chunk_end(begin, row_count(job->rows));
  for (size_t row = begin; row < past; row++) {
    float *gradient = gradient_at(job->rows, row);
    if (!gradient)
      continue;
    const triplet_rows own = row_at(job->rows, row);
    triplet_rows_gradients(job->rows->measure, &own, gradient);
    for (size_t k = 0; k < own.cols; k++)
      gradient[k] = triplet_to_float(gradient[k] * job->scale);
  }
}

void triplet_sparse_end(triplet_context *context, const triplet_sparse_rows *rows, double scale) {
  triplet_parallel(context, chunks_of(rows), end_chunk, &(end_job){rows, scale});
}
