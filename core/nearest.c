/* nearest.c - the nearest rows of each query, by exact search. */
#include "index.h"
#include "search.h"

/* ---- the nearest few: queries in groups, references in blocks, so that scratch does not grow with either --------- */

#define QUERIES 24              /* of a chunk */
#define PANEL TRIPLET_PANEL     /* references that they meet at a time */
#define GROUP_NUMBERS (1 << 19) /* that a group of queries keeps, about */
#define MOST_GROUP 4096

/* With fewer queries, if it has to be made for them, or where more of the references are wanted, a filter does not
 * pay. */
#define LEAST_FILTERED QUERIES
#define WANTED_OF 16

/* A query, the nearest that it has met, and those that it leaves out: in ascending order the rows, in the upper half of
 * each number, some perhaps twice. */
typedef struct seeker {
  triplet_nearest_heap heap;
  uint64_t *left_out;
  size_t left_out_count, passed; /* of those, so many are behind */
  bool finite;                   /* all distances that mattered were */
} seeker;

typedef struct few_job {
  const triplet_neighbor_search *search;
  triplet_take take;
  void *taker;
  triplet_measure measure;
  const triplet_index *index;
  triplet_rows references;
  triplet_filter *filter;       /* NULL: there is none, and all pairs are measured */
  triplet_filter_block passing; /* the block of references, where the index keeps none */
  size_t block;                 /* references of one */
  size_t room;                  /* for the rows that a query leaves out */

  triplet_span own; /* the queries of this rank */

  /* The group. */
  triplet_rows queries;
  size_t first_query;
  seeker *seekers;
  uint64_t *keys;  /* of each query: k, and the rows it leaves out */
  uint64_t *spare; /* of each worker: room */

  size_t first, end; /* the block of references */
} few_job;

static bool filters(const few_job *job) {
  return TRIPLET_HAS_FILTER && job->filter;
}

static triplet_ints excluded_by(const triplet_lists *exclude, size_t query) {
  if (!exclude->ends.data)
    return (triplet_ints){NULL, 0};
  const int32_t first = query ? exclude->ends.data[query - 1] : 0;
  return (triplet_ints){exclude->items.data + first, (size_t)(exclude->ends.data[query] - first)};
}

/* A query of the group has met nobody yet. */
static seeker seeker_of(const few_job *job, size_t query, size_t worker) {
  const triplet_ints self = job->search->reference_self;
  const triplet_ints excluded = excluded_by(&job->search->exclude, job->first_query + query);
  uint64_t *keys = job->keys + query * (job->search->k + job->room), *left_out = keys + job->search->k;
  size_t count = 0;
  for (; count < excluded.count; count++)
    left_out[count] = (uint64_t)excluded.data[count] << 32;
  if (self.data && self.data[job->first_query + query] >= 0)
    left_out[count++] = (uint64_t)self.data[job->first_query + query] << 32;
  triplet_sort_keys(left_out, job->spare + worker * job->room, count);
  return (seeker){{keys, 0, job->search->k}, left_out, count, 0, true};
}

/* ---- a panel of references --------------------------------------------------------------------------------------- */

static size_t take_bit(uint64_t *bits) {
  const size_t lowest = (size_t)__builtin_ctzll(*bits);
  *bits &= *bits - 1;
  return lowest;
}

static size_t count_bits(uint64_t bits) {
  size_t count = 0;
  for (; bits; bits &= bits - 1)
    count++;
  return count;
}

/* A bit for each reference of a panel that is not left out. Panels come in order. */
static uint64_t counted(seeker *by, size_t first, size_t count) {
  uint64_t bits = count < PANEL ? ((uint64_t)1 << count) - 1 : UINT64_MAX;
  for (; by->passed < by->left_out_count && by->left_out[by->passed] >> 32 < first + count; by->passed++) {
    const size_t row = (size_t)(by->left_out[by->passed] >> 32);
    if (row >= first)
      bits &= ~((uint64_t)1 << (row - first));
  }
  return bits;
}

/* Only what is nearer than that can be among the nearest. */
static float farthest(const seeker *by) {
  return by->heap.count == by->heap.capacity ? triplet_key_distance(by->heap.keys[0]) : INFINITY;
}

/* A distance nearer than most, or of which it is to be noted that it is not finite. */
static bool matters(float distance, float most) {
  return !((distance >= most) & (distance <= FLT_MAX));
}

static bool any_matters(const float distances[PANEL], float most) {
  int any = 0;
  for (size_t j = 0; j < PANEL; j++)
    any |= matters(distances[j], most);
  return any;
}

static void offer(seeker *by, size_t row, float distance) {
  if (!matters(distance, farthest(by)))
    return;
  if (!triplet_is_finite(distance)) {
    by->finite = false;
    distance = INFINITY;
  }
  triplet_heap_offer(&by->heap, triplet_distance_key(distance, row));
}

static void measure_all(const few_job *job, const triplet_rows *queries, seeker *seekers, size_t first) {
  float tile[QUERIES * PANEL];
  const size_t left = job->end - first, count = left < PANEL ? left : PANEL;
  const triplet_rows references = triplet_rows_part(&job->references, first, count);
  triplet_tile_distances(&job->measure, queries, &references, tile, PANEL);
  for (size_t i = 0; i < queries->rows; i++) {
    float *distances = tile + i * PANEL;
    for (size_t j = count; j < PANEL; j++)
      distances[j] = FLT_MAX;
    if (!any_matters(distances, farthest(&seekers[i])))
      continue;
    for (uint64_t bits = counted(&seekers[i], first, count); bits;) {
      const size_t j = take_bit(&bits);
      offer(&seekers[i], first + j, distances[j]);
    }
  }
}

static void measure_found(const few_job *job, const triplet_rows *query, seeker *by, size_t first, uint64_t bits) {
  while (bits) {
    const size_t j = first + take_bit(&bits);
    const triplet_rows reference = triplet_rows_part(&job->references, j, 1);
    float distance;
    triplet_row_distances(&job->measure, query, &reference, &distance);
    offer(by, j, distance);
  }
}

/* Of so many pairs one is found: then a tile of all takes less time than those alone. */
#define MANY_OF 8

static void filter_panel(const few_job *job, const triplet_rows *queries, seeker *seekers, size_t first,
                         size_t worker) {
  const size_t left = job->end - first, count = left < PANEL ? left : PANEL;
  const uint64_t *found = triplet_filter_look(job->filter, worker, (first - job->first) / PANEL);
  size_t total = 0;
  for (size_t i = 0; i < queries->rows; i++)
    total += count_bits(found[i]);
  const bool many = total * MANY_OF > queries->rows * PANEL;
  if (many)
    measure_all(job, queries, seekers, first);
  for (size_t i = 0; i < queries->rows; i++) {
    if (!found[i])
      continue;
    const triplet_rows query = triplet_rows_part(queries, i, 1);
    if (!many)
      measure_found(job, &query, &seekers[i], first, found[i] & counted(&seekers[i], first, count));
    triplet_filter_set_limit(job->filter, worker, i, farthest(&seekers[i]));
  }
}

/* ---- blocks of references, groups of queries --------------------------------------------------------------------- */

static void seek_chunk(void *argument, size_t chunk, size_t worker) {
  const few_job *job = argument;
  const size_t first = chunk * QUERIES, left = job->queries.rows - first, rows = left < QUERIES ? left : QUERIES;
  const triplet_rows queries = triplet_rows_part(&job->queries, first, rows);
  seeker *seekers = job->seekers + first;
  for (size_t i = 0; i < rows && job->first == 0; i++)
    seekers[i] = seeker_of(job, first + i, worker);

  if (filters(job)) {
    triplet_filter_set_queries(job->filter, worker, &queries);
    for (size_t i = 0; i < rows; i++)
      triplet_filter_set_limit(job->filter, worker, i, farthest(&seekers[i]));
  }
  for (size_t j = job->first; j < job->end; j += PANEL)
    if (filters(job))
      filter_panel(job, &queries, seekers, j, worker);
    else
      measure_all(job, &queries, seekers, j);

  for (size_t i = 0; i < rows && job->end == job->references.rows; i++) {
    triplet_nearest_heap *heap = &seekers[i].heap;
    triplet_heap_sort(heap);
    job->take(job->taker, &(triplet_neighbors){job->first_query + first + i, heap->keys, heap->count, worker});
  }
}

/* The group meets the block. */
static triplet_status search_block(triplet_context *context, few_job *job) {
  if (filters(job) && job->index->blocks)
    triplet_filter_meet(job->filter, &job->index->blocks[job->first / job->block]);
  else if (filters(job)) {
    const triplet_rows block = triplet_rows_part(&job->references, job->first, job->end - job->first);
    TRIPLET_TRY(triplet_filter_block_set(context, &job->measure, &block, &job->queries, &job->passing));
    triplet_filter_meet(job->filter, &job->passing);
  }
  const double references = (double)job->references.rows, group = (double)job->queries.rows;
  const double before = (double)(job->first_query - triplet_own(job->own).first) * references;
  const double all = (double)job->own.count * references;
  const triplet_watch whole = triplet_watch_part(context, all > 0 ? (before + (double)job->first * group) / all : 0,
                                                 all > 0 ? (before + (double)job->end * group) / all : 1);
  const triplet_status status =
      triplet_parallel_watched(context, triplet_chunks(job->queries.rows, QUERIES), seek_chunk, job);
  triplet_watch_restore(context, whole);
  return status;
}

static triplet_status search_blocks(triplet_context *context, few_job *job) {
  const size_t references = job->references.rows;
  job->end = 0;
  do {
    job->first = job->end;
    job->end = references - job->first < job->block ? references : job->first + job->block;
    TRIPLET_TRY(search_block(context, job));
  } while (job->end < references);
  for (size_t i = 0; i < job->queries.rows && job->index->options.nonfinite == TRIPLET_NONFINITE_ERROR; i++)
    if (!job->seekers[i].finite)
      return triplet_fail(context, TRIPLET_NOT_FINITE, "queries", "row %i has a distance that is not finite",
                          job->first_query + i);
  return TRIPLET_OK;
}

/* In groups of so many queries. */
static triplet_status search_groups(triplet_context *context, few_job *job, size_t group) {
  const triplet_matrix *queries = &job->search->queries;
  triplet_status status = TRIPLET_OK;
  for (size_t done = 0; done < job->own.count && status == TRIPLET_OK; done += group) {
    const triplet_span span = triplet_span_part(triplet_own(job->own), done, group);
    const triplet_matrix part = {queries->data + span.first * queries->cols, span.count, queries->cols};
    triplet_rows same = {0};
    job->queries = same;
    job->first_query = span.first;
    status = triplet_rows_create(context, &job->measure, part, part, &same, &job->queries);
    if (status == TRIPLET_OK)
      status = search_blocks(context, job);
    triplet_rows_release(context, &same, &job->queries);
  }
  return status;
}

/* So many queries that what is kept of them comes to about GROUP_NUMBERS. */
static size_t group_of(const few_job *job) {
  const size_t rows = GROUP_NUMBERS / (job->search->k + job->room + job->search->queries.cols);
  const size_t fitting = rows < QUERIES ? QUERIES : rows < MOST_GROUP ? rows / QUERIES * QUERIES : MOST_GROUP;
  return job->search->queries.rows < fitting ? job->search->queries.rows : fitting;
}

/* The filter, where it pays. */
static triplet_status create_filter(triplet_context *context, few_job *job) {
  const size_t rows = job->references.rows, cols = job->references.cols;
  const bool kept = job->index->blocks != NULL, pays = kept || job->search->queries.rows >= LEAST_FILTERED;
  const size_t block = pays && job->search->k <= rows / WANTED_OF ? triplet_filter_block_rows(&job->measure, cols) : 0;
  if (!block)
    return TRIPLET_OK;
  job->block = block;
  if (!kept)
    TRIPLET_TRY(triplet_filter_block_create(context, rows < block ? rows : block, cols, &job->passing));
  return triplet_filter_create(context, &job->measure, cols, QUERIES, &job->filter);
}

triplet_status triplet_search_index(triplet_context *context, const triplet_index *index,
                                    const triplet_neighbor_search *search, triplet_take take, void *taker) {
  few_job job = {.search = search,
                 .take = take,
                 .taker = taker,
                 .measure = triplet_measure_of(context, &index->options),
                 .index = index,
                 .references = index->rows,
                 .block = index->rows.rows,
                 .own = triplet_own_rows(context, triplet_query_cut(search->queries.rows))};
  for (size_t i = 0; i < search->exclude.ends.count; i++) {
    const size_t count = excluded_by(&search->exclude, i).count;
    job.room = count > job.room ? count : job.room;
  }
  job.room++;
  const size_t group = group_of(&job);
  job.keys = triplet_allocate(context, search->k + job.room, group * sizeof *job.keys);
  job.spare = triplet_allocate(context, job.room, triplet_workers(context) * sizeof *job.spare);
  job.seekers = triplet_allocate(context, group, sizeof *job.seekers);

  triplet_status status = job.keys && job.spare && job.seekers ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (TRIPLET_HAS_FILTER && status == TRIPLET_OK)
    status = create_filter(context, &job);
  if (status == TRIPLET_OK)
    status = search_groups(context, &job, group);

  if (TRIPLET_HAS_FILTER) {
    triplet_filter_release(context, job.filter);
    triplet_filter_block_release(context, &job.passing);
  }
  triplet_release(context, job.seekers);
  triplet_release(context, job.spare);
  triplet_release(context, job.keys);
  return status;
}

triplet_status triplet_search_nearest(triplet_context *context, const triplet_options *options,
                                      const triplet_neighbor_search *search, triplet_take take, void *taker) {
  triplet_index index;
  triplet_status status = triplet_index_read(context, options, search->references, &index);
  if (status == TRIPLET_OK)
    status = triplet_search_index(context, &index, search, take, taker);
  triplet_index_release(context, &index);
  return status;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

triplet_status triplet_check_references(triplet_context *context, triplet_matrix *references) {
  TRIPLET_TRY(triplet_check_matrix(context, "references", references));
  if (references->rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, references->rows);
  return TRIPLET_OK;
}

/* What it says of its queries. */
static triplet_status check_lists(triplet_context *context, const triplet_neighbor_search *search, size_t references) {
  TRIPLET_TRY(triplet_check_self(context, search->reference_self, search->queries.rows, references));
  TRIPLET_TRY(triplet_check_exclude(context, search->exclude, search->queries.rows, references));
  triplet_compare_matrix(context, search->queries);
  triplet_compare_matrix(context, search->references);
  triplet_compare_ints(context, search->reference_self);
  triplet_compare_number(context, search->k);
  triplet_compare_ints(context, search->exclude.items);
  triplet_compare_ints(context, search->exclude.ends);
  return TRIPLET_OK;
}

triplet_status triplet_check_search(triplet_context *context, triplet_neighbor_search *search) {
  const triplet_matrix *queries = &search->queries, *references = &search->references;
  TRIPLET_TRY(triplet_check_matrix(context, "queries", &search->queries));
  TRIPLET_TRY(triplet_check_references(context, &search->references));
  if (references->cols != queries->cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected %z columns like queries, got %z",
                        queries->cols, references->cols);
  return check_lists(context, search, references->rows);
}

static triplet_status check_search_of(triplet_context *context, const triplet_index *index,
                                      triplet_neighbor_search *search) {
  const triplet_rows *rows = &index->rows;
  if (search->references.data)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected none beside an index, got %z x %z",
                        search->references.rows, search->references.cols);
  TRIPLET_TRY(triplet_check_matrix(context, "queries", &search->queries));
  if (search->queries.cols != rows->cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "queries", "expected %z columns like the index, got %z",
                        rows->cols, search->queries.cols);
  triplet_compare_index(context, index);
  return check_lists(context, search, rows->rows);
}

static triplet_status check_k(triplet_context *context, const triplet_neighbor_search *search, size_t references) {
  const triplet_ints self = search->reference_self;
  size_t others = references;
  for (size_t i = 0; i < self.count && others == references; i++)
    others -= self.data[i] >= 0;
  if (search->k >= 1 && search->k <= others)
    return TRIPLET_OK;
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected 1 .. %z, got %z", others, search->k);
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

TRIPLET_INLINE triplet_status share_neighbors(triplet_context *context, triplet_status status, size_t queries,
                                              const nearest_job *job) {
  const triplet_output outputs[] = {{job->indices, job->k * sizeof *job->indices, NULL},
                                    {job->distances, job->k * sizeof *job->distances, NULL}};
  return triplet_share_rows(context, status, triplet_query_cut(queries), outputs, 2);
}

static triplet_status nearest(triplet_context *context, const triplet_options *options, triplet_neighbor_search search,
                              nearest_job *job) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_NEAREST, options));
  TRIPLET_TRY(triplet_check_search(context, &search));
  TRIPLET_TRY(check_k(context, &search, search.references.rows));
  const triplet_status status = triplet_search_nearest(context, options, &search, write_neighbors, job);
  return share_neighbors(context, status, search.queries.rows, job);
}

static triplet_status index_nearest(triplet_context *context, const triplet_index *index,
                                    triplet_neighbor_search search, nearest_job *job) {
  TRIPLET_TRY(check_search_of(context, index, &search));
  TRIPLET_TRY(check_k(context, &search, index->rows.rows));
  const triplet_status status = triplet_search_index(context, index, &search, write_neighbors, job);
  return share_neighbors(context, status, search.queries.rows, job);
}

triplet_status triplet_nearest(triplet_context *context, const triplet_options *options,
                               const triplet_neighbor_search *search, int32_t *indices, float *distances) {
  nearest_job job = {search->k, indices, distances};
  return TRIPLET_TOGETHER(context, nearest(context, options, *search, &job));
}

triplet_status triplet_index_nearest(triplet_context *context, const triplet_index *index,
                                     const triplet_neighbor_search *search, int32_t *indices, float *distances) {
  nearest_job job = {search->k, indices, distances};
  return TRIPLET_TOGETHER(context, index_nearest(context, index, *search, &job));
}
