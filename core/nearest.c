/* nearest.c - the nearest rows of each query, by exact search. */
#include "distance.h"
#include "search.h"

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
  const triplet_search_sets sets = {search->queries, search->references, false};
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
