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

/* ---- the nearest few --------------------------------------------------------------------------------------------- */

typedef struct few_job {
  const triplet_neighbor_search *search;
  triplet_take take;
  void *taker;
  uint64_t *memory; /* of each worker: k keys, then twice the rows that a query leaves out */
  size_t room;      /* for these */
} few_job;

static triplet_ints excluded_by(const triplet_lists *exclude, size_t query) {
  if (!exclude->ends.data)
    return (triplet_ints){NULL, 0};
  const int32_t first = query ? exclude->ends.data[query - 1] : 0;
  return (triplet_ints){exclude->items.data + first, (size_t)(exclude->ends.data[query] - first)};
}

/* The references that a query leaves out, ascending, in the upper half of each number, some perhaps twice. Returns how
 * many. */
static size_t list_left_out(const few_job *job, size_t query, uint64_t *rows) {
  const triplet_ints excluded = excluded_by(&job->search->exclude, query), self = job->search->reference_self;
  size_t count = 0;
  for (; count < excluded.count; count++)
    rows[count] = (uint64_t)excluded.data[count] << 32;
  if (self.data && self.data[query] >= 0)
    rows[count++] = (uint64_t)self.data[query] << 32;
  triplet_sort_keys(rows, rows + job->room, count);
  return count;
}

static bool are_finite(const float *distances, size_t first, size_t end) {
  for (size_t j = first; j < end; j++)
    if (!triplet_is_finite(distances[j]))
      return false;
  return true;
}

static bool find_few(void *visitor, const triplet_queried *query) {
  const few_job *job = visitor;
  const size_t references = job->search->references.rows, k = job->search->k;
  uint64_t *const keys = job->memory + query->worker * (k + 2 * job->room), *const left_out = keys + k;
  const size_t count = list_left_out(job, query->index, left_out);

  triplet_nearest_heap heap = {keys, 0, k};
  bool finite = true;
  for (size_t i = 0, first = 0; i <= count; i++) { /* the rows before the next that is left out */
    const size_t end = i < count ? (size_t)(left_out[i] >> 32) : references;
    if (end < first)
      continue;
    triplet_heap_offer_rows(&heap, query->distances, first, end);
    finite = finite && (query->finite || are_finite(query->distances, first, end));
    first = end + 1;
  }
  triplet_heap_sort(&heap);
  job->take(job->taker, &(triplet_neighbors){query->index, keys, heap.count, query->worker});
  return finite;
}

triplet_status triplet_check_search(triplet_context *context, triplet_neighbor_search *search) {
  const triplet_matrix *queries = &search->queries, *references = &search->references;
  TRIPLET_TRY(triplet_check_matrix(context, "queries", &search->queries));
  TRIPLET_TRY(triplet_check_matrix(context, "references", &search->references));
  if (references->cols != queries->cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected %z columns like queries, got %z",
                        queries->cols, references->cols);
  if (references->rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, references->rows);
  TRIPLET_TRY(triplet_check_self(context, search->reference_self, queries->rows, references->rows));
  return triplet_check_exclude(context, search->exclude, queries->rows, references->rows);
}

triplet_status triplet_search_nearest(triplet_context *context, const triplet_options *options,
                                      const triplet_neighbor_search *search, triplet_take take, void *taker) {
  size_t longest = 0;
  for (size_t i = 0; i < search->exclude.ends.count; i++) {
    const size_t count = excluded_by(&search->exclude, i).count;
    longest = count > longest ? count : longest;
  }
  few_job job = {.search = search, .take = take, .taker = taker, .room = longest + 1};
  job.memory = triplet_allocate(context, search->k + 2 * job.room, triplet_workers(context) * sizeof *job.memory);
  if (!job.memory)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_search_sets sets = {search->queries, search->references};
  const triplet_status status = triplet_search(context, options, "queries", &sets, find_few, &job);
  triplet_release(context, job.memory);
  return status;
}

/* ---- nearest rows ------------------------------------------------------------------------------------------------ */

typedef struct nearest_job {
  size_t k;
  int32_t *indices;
  float *distances;
} nearest_job;

static void write_neighbors(void *taker, const triplet_neighbors *neighbors) {
  const nearest_job *job = taker;
  for (size_t i = 0; i < job->k; i++) {
    const size_t at = neighbors->query * job->k + i;
    const bool found = i < neighbors->count;
    job->indices[at] = found ? (int32_t)triplet_key_row(neighbors->keys[i]) : -1;
    if (job->distances)
      job->distances[at] = found ? triplet_key_distance(neighbors->keys[i]) : INFINITY;
  }
}

triplet_status triplet_nearest(triplet_context *context, const triplet_options *options,
                               const triplet_neighbor_search *given, int32_t *indices, float *distances) {
  triplet_neighbor_search search = *given;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_NEAREST, options));
  TRIPLET_TRY(triplet_check_search(context, &search));
  const triplet_ints self = search.reference_self;
  size_t others = search.references.rows;
  for (size_t i = 0; i < self.count && others == search.references.rows; i++)
    others -= self.data[i] >= 0;
  if (search.k < 1 || search.k > others)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. %z, got %z", others, search.k);
  nearest_job job = {search.k, indices, distances};
  return triplet_search_nearest(context, options, &search, write_neighbors, &job);
}
