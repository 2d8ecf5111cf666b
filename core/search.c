/* search.c - every query against every reference, in blocks of queries. */
#include "search.h"
#include "distance.h"

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

/* Finite numbers less themselves are 0; of several sums none waits for the last. */
bool triplet_keep_finite(float *distances, size_t count) {
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
    const triplet_queried query = {first + i, row, triplet_keep_finite(row, count), worker};
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
