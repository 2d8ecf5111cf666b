/* nearest.c - exact search in blocks of queries, and the nearest rows it finds. */
#include "search.h"
#include "distance.h"

/* ---- blocks of queries ------------------------------------------------------------------------------------------- */

#define QUERIES 16    /* of a chunk: one pass over the references serves them all */
#define REFERENCES 64 /* of a tile, for the cache */

typedef struct search_job {
  triplet_measure measure;
  triplet_rows queries, references;
  float *distances;    /* QUERIES x references of each worker */
  size_t *bad_queries; /* of each chunk: the first with a distance that is not finite, or rows */
  triplet_visit visit;
  void *visitor;
} search_job;

/* Makes infinite what is not finite; returns whether nothing was to be done. Finite numbers less themselves are 0; of
 * several sums none waits for the last. */
static bool keep_finite(float *distances, size_t count) {
  enum { SUMS = 4 };
  float sums[SUMS] = {0};
  size_t j = 0;
  for (; j + SUMS <= count; j += SUMS)
    for (size_t i = 0; i < SUMS; i++)
      sums[i] += distances[j + i] - distances[j + i];
  for (; j < count; j++)
    sums[0] += distances[j] - distances[j];
  if (sums[0] + sums[1] + sums[2] + sums[3] == 0)
    return true;
  for (j = 0; j < count; j++)
    distances[j] = triplet_is_finite(distances[j]) ? distances[j] : INFINITY;
  return false;
}

static void search_chunk(void *argument, size_t chunk, size_t worker) {
  const search_job *job = argument;
  const size_t count = job->references.rows, first = chunk * QUERIES;
  const size_t rows = job->queries.rows - first < QUERIES ? job->queries.rows - first : QUERIES;
  const triplet_rows queries = triplet_rows_part(&job->queries, first, rows);
  float *distances = job->distances + worker * QUERIES * count;
  for (size_t j = 0; j < count; j += REFERENCES) {
    const triplet_rows references =
        triplet_rows_part(&job->references, j, count - j < REFERENCES ? count - j : REFERENCES);
    triplet_tile_distances(&job->measure, &queries, &references, distances + j, count);
  }

  job->bad_queries[chunk] = job->queries.rows;
  for (size_t i = rows; i-- > 0;) {
    float *row = distances + i * count;
    const triplet_queried query = {first + i, row, keep_finite(row, count), worker};
    if (!job->visit(job->visitor, &query))
      job->bad_queries[chunk] = query.index;
  }
}

static triplet_status search(triplet_context *context, const triplet_options *options, const char *argument,
                             search_job *job) {
  const size_t chunks = (job->queries.rows + QUERIES - 1) / QUERIES;
  TRIPLET_TRY(triplet_parallel_watched(context, chunks, search_chunk, job));
  if (options->nonfinite == TRIPLET_NONFINITE_ERROR)
    for (size_t chunk = 0; chunk < chunks; chunk++)
      if (job->bad_queries[chunk] < job->queries.rows)
        return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "row %i has a distance that is not finite",
                            job->bad_queries[chunk]);
  return TRIPLET_OK;
}

triplet_status triplet_search(triplet_context *context, const triplet_options *options, const char *argument,
                              const triplet_search_sets *sets, triplet_visit visit, void *visitor) {
  const size_t workers = triplet_workers(context), queries = sets->queries.rows, count = sets->references.rows;
  if (count > SIZE_MAX / workers / QUERIES)
    return triplet_fail(context, TRIPLET_OUT_OF_MEMORY, argument, "%z references do not fit in memory", count);
  search_job job = {.measure = triplet_measure_of(context, options), .visit = visit, .visitor = visitor};
  job.distances = triplet_allocate(context, workers * QUERIES * count, sizeof *job.distances);
  job.bad_queries = triplet_allocate(context, queries / QUERIES + 1, sizeof *job.bad_queries);

  triplet_status status = job.distances && job.bad_queries ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK)
    status = triplet_rows_create(context, &job.measure, sets->queries, sets->references, &job.queries, &job.references);
  if (status == TRIPLET_OK)
    status = search(context, options, argument, &job);

  triplet_rows_release(context, &job.queries, &job.references);
  triplet_release(context, job.bad_queries);
  triplet_release(context, job.distances);
  return status;
}

/* ---- nearest rows ------------------------------------------------------------------------------------------------ */

typedef struct nearest_job {
  size_t references, k;
  const int32_t *self;
  int32_t *indices;
  float *distances;
  uint64_t *keys; /* k of each worker */
} nearest_job;

static bool find_nearest(void *visitor, const triplet_queried *query) {
  const nearest_job *job = visitor;
  const size_t self = job->self && job->self[query->index] >= 0 ? (size_t)job->self[query->index] : job->references;
  uint64_t *const keys = job->keys + query->worker * job->k;
  triplet_nearest_heap heap = {keys, 0, job->k};
  triplet_heap_offer_rows(&heap, query->distances, 0, self);
  triplet_heap_offer_rows(&heap, query->distances, self + 1, job->references);
  triplet_heap_sort(&heap);

  for (size_t i = 0; i < job->k; i++) {
    job->indices[query->index * job->k + i] = (int32_t)triplet_key_row(keys[i]);
    if (job->distances)
      job->distances[query->index * job->k + i] = triplet_key_distance(keys[i]);
  }
  for (size_t j = 0; !query->finite && j < job->references; j++)
    if (j != self && !triplet_is_finite(query->distances[j]))
      return false;
  return true;
}

triplet_status triplet_nearest(triplet_context *context, const triplet_options *options,
                               const triplet_neighbor_search *search, int32_t *indices, float *distances) {
  triplet_matrix queries = search->queries, references = search->references;
  const triplet_ints self = search->reference_self;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_NEAREST, options));
  TRIPLET_TRY(triplet_check_matrix(context, "queries", &queries));
  TRIPLET_TRY(triplet_check_matrix(context, "references", &references));
  if (references.cols != queries.cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected %z columns like queries, got %z",
                        queries.cols, references.cols);
  if (references.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, references.rows);
  TRIPLET_TRY(triplet_check_self(context, self, queries.rows, references.rows));
  size_t others = references.rows;
  for (size_t i = 0; i < self.count && others == references.rows; i++)
    others -= self.data[i] >= 0;
  if (search->k < 1 || search->k > others)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. %z, got %z", others, search->k);
  nearest_job job = {
      references.rows, search->k, self.data,
      indices,         distances, triplet_allocate(context, search->k, triplet_workers(context) * sizeof *job.keys)};
  if (!job.keys)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status =
      triplet_search(context, options, "queries", &(triplet_search_sets){queries, references}, find_nearest, &job);
  triplet_release(context, job.keys);
  return status;
}
