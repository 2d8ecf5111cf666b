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
  uint64_t *keys;      /* 2 references of each worker */
  size_t *bad_queries; /* of each chunk: the first with a distance that is not finite, or rows */
  triplet_visit visit;
  void *visitor;
} search_job;

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

  for (size_t i = 0; i < rows * count; i++)
    distances[i] = distances[i] <= FLT_MAX ? distances[i] : INFINITY;
  job->bad_queries[chunk] = job->queries.rows;
  for (size_t i = rows; i-- > 0;)
    if (!job->visit(job->visitor, first + i, distances + i * count, job->keys + 2 * worker * count))
      job->bad_queries[chunk] = first + i;
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
  job.keys = triplet_allocate(context, 2 * workers * count, sizeof *job.keys);
  job.bad_queries = triplet_allocate(context, queries / QUERIES + 1, sizeof *job.bad_queries);

  triplet_status status = job.distances && job.keys && job.bad_queries ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK)
    status = triplet_rows_create(context, &job.measure, sets->queries, sets->references, &job.queries, &job.references);
  if (status == TRIPLET_OK)
    status = search(context, options, argument, &job);

  triplet_rows_release(context, &job.queries, &job.references);
  triplet_release(context, job.bad_queries);
  triplet_release(context, job.keys);
  triplet_release(context, job.distances);
  return status;
}

/* ---- nearest rows ------------------------------------------------------------------------------------------------ */

typedef struct nearest_job {
  size_t references, k;
  const int32_t *self;
  int32_t *indices;
  float *distances;
} nearest_job;

static bool find_nearest(void *argument, size_t query, const float *distances, uint64_t *keys) {
  const nearest_job *job = argument;
  const int64_t self = job->self ? job->self[query] : -1;
  triplet_nearest_heap heap = {keys, 0, job->k};
  float farthest = INFINITY; /* of k found, which no later reference at the same distance replaces */
  bool finite = true;
  for (size_t j = 0; j < job->references; j++) {
    if ((int64_t)j == self)
      continue;
    finite &= distances[j] <= FLT_MAX;
    if (heap.count == job->k && distances[j] >= farthest)
      continue;
    triplet_heap_offer(&heap, triplet_distance_key(distances[j], j));
    if (heap.count == job->k)
      farthest = triplet_key_distance(keys[0]);
  }
  triplet_heap_sort(&heap);

  for (size_t i = 0; i < job->k; i++) {
    job->indices[query * job->k + i] = (int32_t)triplet_key_row(keys[i]);
    if (job->distances)
      job->distances[query * job->k + i] = triplet_key_distance(keys[i]);
  }
  return finite;
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
  nearest_job job = {references.rows, search->k, self.data, indices, distances};
  return triplet_search(context, options, "queries", &(triplet_search_sets){queries, references}, find_nearest, &job);
}
