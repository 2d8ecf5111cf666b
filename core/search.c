/* search.c - every query against every reference, in blocks of queries. */
#include "search.h"
#include "distance.h"

#define QUERIES 48    /* of a chunk, at most 64: one pass over the references serves them all */
#define FEWER 16      /* where more would leave a thread without */
#define ESTIMATED 24  /* the same, by estimates */
#define CHUNKS 4      /* of each thread, so that all end at about the same time */
#define REFERENCES 64 /* of a tile, for the cache */

typedef struct triplet_search_job {
  triplet_measure measure;
  triplet_rows queries, references;
  triplet_span own; /* the queries of this rank */
  triplet_product product;
  size_t together, room; /* queries of a chunk, and from the distances of one to those of the next */
  float *distances;      /* together x room of each worker */
  float *read;           /* of each worker: the queries of a chunk for the product */
  float *measured;       /* of each worker: twice REFERENCES rows */
  size_t *bad_queries;   /* of each chunk: the first with a distance that is not finite, or rows */
  triplet_visit visit;
  void *visitor;
} triplet_search_job;

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

/* Returns which queries, a bit each, have some that were not finite. */
static uint64_t take_distances(const triplet_search_job *job, const triplet_rows *queries, float *distances) {
  const size_t count = job->references.rows;
  uint64_t strange = 0;
  for (size_t j = 0; j < count; j += REFERENCES) {
    const triplet_rows references =
        triplet_rows_part(&job->references, j, count - j < REFERENCES ? count - j : REFERENCES);
    triplet_tile_distances(&job->measure, queries, &references, distances + j, job->room);
    for (size_t i = 0; i < queries->rows; i++) /* while they are in the cache */
      strange |= (uint64_t)!triplet_keep_finite(distances + i * job->room + j, references.rows) << i;
  }
  return strange;
}

/* Each panel serves all queries while it is in the cache. */
static bool take_estimates(const triplet_search_job *job, const triplet_rows *queries, size_t worker, float *distances,
                           triplet_estimate *estimates) {
  float *read = job->read + worker * ESTIMATED * job->references.cols;
  for (size_t i = 0; i < queries->rows; i += TRIPLET_PRODUCT_QUERIES) {
    const size_t left = queries->rows - i, most = TRIPLET_PRODUCT_QUERIES;
    const triplet_rows some = triplet_rows_part(queries, i, left < most ? left : most);
    if (!triplet_product_read(&job->product, &some, read + i * job->references.cols, estimates + i))
      return false;
  }
  for (size_t j = 0; j < job->room; j += TRIPLET_PRODUCT_PANEL)
    for (size_t i = 0; i < queries->rows; i += TRIPLET_PRODUCT_QUERIES)
      triplet_product_panel(&job->product, read + i * job->references.cols, j / TRIPLET_PRODUCT_PANEL,
                            distances + i * job->room + j, job->room);
  return true;
}

/* Where a worker has the query as often as rows are measured at once, and these. */
static float *measured_rows(const triplet_search_job *job, size_t worker) {
  return job->measured + worker * 2 * REFERENCES * job->references.stride;
}

static void visit_query(const triplet_search_job *job, size_t chunk, const triplet_queried *query) {
  const size_t stride = job->references.stride;
  float *row = measured_rows(job, query->worker);
  for (size_t i = 0; triplet_is_estimated(query) && i < REFERENCES; i++)
    memcpy(row + i * stride, job->queries.data + query->index * stride, stride * sizeof *row);
  if (!job->visit(job->visitor, query))
    job->bad_queries[chunk] = query->index;
}

static void search_chunk(void *argument, size_t chunk, size_t worker) {
  const triplet_search_job *job = argument;
  const triplet_span asked = triplet_span_part(triplet_own(job->own), chunk * job->together, job->together);
  const triplet_rows queries = triplet_rows_part(&job->queries, asked.first, asked.count);
  float *distances = job->distances + worker * job->together * job->room;
  triplet_estimate estimates[ESTIMATED];
  const bool estimated =
      TRIPLET_ESTIMATES && job->product.tile && take_estimates(job, &queries, worker, distances, estimates);
  const uint64_t strange = estimated ? 0 : take_distances(job, &queries, distances);

  job->bad_queries[chunk] = job->queries.rows;
  for (size_t i = queries.rows; i-- > 0;) {
    float *row = distances + i * job->room;
    const bool finite = !(strange >> i & 1);
    visit_query(job, chunk,
                &(triplet_queried){asked.first + i, row, estimated ? &estimates[i] : NULL, finite, worker, job});
  }
}

#define CACHE_LINE 16

/* Rows that lie anywhere come sooner when all are asked for before the first is read. */
static void fetch_row(const triplet_search_job *job, size_t row) {
  const float *from = job->references.data + row * job->references.stride;
  for (size_t k = 0; k < job->references.stride; k += CACHE_LINE)
    __builtin_prefetch(from + k);
}

void triplet_search_measure(const triplet_queried *query, const uint32_t *references, size_t count, float *distances) {
  const triplet_search_job *job = query->search;
  const size_t stride = job->references.stride;
  float *rows = measured_rows(job, query->worker), *others = rows + REFERENCES * stride;
  for (size_t first = 0, some; first < count; first += some) {
    some = count - first < REFERENCES ? count - first : REFERENCES;
    for (size_t i = 0; i < some; i++)
      fetch_row(job, references[first + i]);
    for (size_t i = 0; i < some; i++)
      memcpy(others + i * stride, job->references.data + references[first + i] * stride, stride * sizeof *others);
    const triplet_rows x = {rows, NULL, some, job->references.cols, stride};
    const triplet_rows y = {others, NULL, some, job->references.cols, stride};
    triplet_row_distances(&job->measure, &x, &y, distances + first);
  }
}

static triplet_status search(triplet_context *context, const triplet_options *options, const char *argument,
                             triplet_search_job *job) {
  const size_t chunks = triplet_chunks(job->own.count, job->together);
  TRIPLET_TRY(triplet_parallel_watched(context, chunks, search_chunk, job));
  if (options->nonfinite == TRIPLET_NONFINITE_ERROR)
    for (size_t chunk = 0; chunk < chunks; chunk++)
      if (job->bad_queries[chunk] < job->queries.rows)
        return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "row %i has a distance that is not finite",
                            job->bad_queries[chunk]);
  return TRIPLET_OK;
}

static triplet_status create_scratch(triplet_context *context, triplet_search_job *job) {
  const size_t workers = triplet_workers(context), rows = TRIPLET_ESTIMATES && job->product.tile ? workers : 0;
  const bool many = TRIPLET_ESTIMATES && job->own.count / QUERIES >= CHUNKS * workers;
  job->together = job->product.tile ? ESTIMATED : many ? QUERIES : FEWER;
  job->distances = triplet_allocate(context, workers * job->together * job->room, sizeof *job->distances);
  job->bad_queries = triplet_allocate(context, job->own.count / job->together + 1, sizeof *job->bad_queries);
  job->read = triplet_allocate(context, rows * ESTIMATED * job->references.cols, sizeof *job->read);
  job->measured = triplet_allocate(context, rows * 2 * REFERENCES * job->references.stride, sizeof *job->measured);
  return job->distances && job->bad_queries && job->read && job->measured ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

triplet_status triplet_search(triplet_context *context, const triplet_options *options, const char *argument,
                              const triplet_search_sets *sets, triplet_visit visit, void *visitor) {
  const size_t count = sets->references.rows, room = triplet_product_room(count);
  if (room > SIZE_MAX / triplet_workers(context) / ESTIMATED)
    return triplet_fail(context, TRIPLET_OUT_OF_MEMORY, argument, "%z references do not fit in memory", count);
  triplet_search_job job = {
      .measure = triplet_measure_of(context, options), .room = room, .visit = visit, .visitor = visitor};
  triplet_status status =
      triplet_rows_create(context, &job.measure, sets->queries, sets->references, &job.queries, &job.references);
  job.own = triplet_own_rows(context, triplet_query_cut(sets->queries.rows));
  if (status == TRIPLET_OK && TRIPLET_ESTIMATES && sets->estimates)
    status = triplet_product_create(context, &job.measure, &job.references, &job.product);
  if (status == TRIPLET_OK)
    status = create_scratch(context, &job);
  if (status == TRIPLET_OK)
    status = search(context, options, argument, &job);

  triplet_release(context, job.measured);
  triplet_release(context, job.read);
  triplet_release(context, job.bad_queries);
  triplet_release(context, job.distances);
  triplet_product_release(context, &job.product);
  triplet_rows_release(context, &job.queries, &job.references);
  return status;
}
