/* shard_search.c - every query against references that ranks share out, in rounds of a few queries of each rank.
 *
 * The rows of a round's queries are gathered on every rank; each measures their distances to the references that it
 * has; and these go to the ranks whose queries they are, which so have the distances to all references. */
#include "shard_search.h"

#include "distance.h"

#define ROUND_BYTES ((size_t)1 << 24) /* of a rank, where a query of each is not more already */
#define MOST_QUERIES 48               /* of a rank in a round */
#define TILE 64                       /* rows of a tile, for the cache */

typedef struct shard_job {
  const triplet_shard_search *search;
  triplet_measure measure;
  size_t rank, ranks, most;   /* most: queries of a rank in a round */
  size_t *counts;             /* of each rank: the rows that it has; then, for each worker, where their distances are */
  size_t room[TRIPLET_SIDES]; /* for the distances of a side */
  triplet_rows references;    /* of this rank */
  triplet_rows queries;       /* of the round */
  int32_t *numbers;           /* of these */
  float *asked;               /* them */
  float *measured, *received; /* distances of them to own references, and of own ones to all */
  float *distances;           /* of each worker: by side */
  uint8_t *strange;           /* of each own query: some distances that matter are not finite */
  triplet_span own;           /* queries of the round */
} shard_job;

/* Of a rank in a round, among all queries. */
static triplet_span queries_of(const shard_job *job, size_t rank, size_t round) {
  const triplet_span all = triplet_rows_of_rank(triplet_query_cut(job->search->queries.count), rank, job->ranks);
  const size_t before = round * job->most;
  return triplet_span_part(all, before < all.count ? before : all.count, job->most);
}

static size_t rows_of(const shard_job *job) {
  return job->search->rows->owners->rows;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void release(triplet_context *context, shard_job *job) {
  triplet_rows none = {0};
  triplet_release(context, job->strange);
  triplet_release(context, job->distances);
  triplet_release(context, job->received);
  triplet_release(context, job->measured);
  triplet_release(context, job->asked);
  triplet_release(context, job->numbers);
  triplet_rows_release(context, &job->references, &none);
  triplet_release(context, job->counts);
}

/* Counts the rows of each rank and of each side; returns the most that a rank has. */
static size_t count_rows(shard_job *job) {
  const triplet_owners *owners = job->search->rows->owners;
  size_t most = 0, count[TRIPLET_SIDES] = {0};
  memset(job->counts, 0, job->ranks * sizeof *job->counts);
  for (size_t row = 0; row < owners->rows; row++) {
    job->counts[owners->ranks[row]]++;
    count[job->search->sides[row] != 0]++;
  }
  for (size_t rank = 0; rank < job->ranks; rank++)
    most = job->counts[rank] > most ? job->counts[rank] : most;
  for (size_t side = 0; side < TRIPLET_SIDES; side++)
    job->room[side] = count[side];
  return most;
}

/* Of all queries; no other rank has more. */
static size_t queries_of_first(const shard_job *job) {
  return triplet_rows_of_rank(triplet_query_cut(job->search->queries.count), 0, job->ranks).count;
}

/* The same on all ranks, by the rank that has the most rows. */
static size_t queries_in_round(const shard_job *job, size_t most_rows) {
  const size_t each = rows_of(job) + job->ranks * (most_rows + job->search->rows->cols);
  const size_t fit = ROUND_BYTES / sizeof(float) / (each ? each : 1), asked = queries_of_first(job);
  const size_t most = asked < MOST_QUERIES ? asked : MOST_QUERIES;
  return fit > most ? most : fit ? fit : 1;
}

static triplet_status create(triplet_context *context, shard_job *job) {
  const triplet_dealt *rows = job->search->rows;
  const size_t workers = triplet_workers(context), own = rows->owners->count;
  job->counts = triplet_allocate(context, job->ranks, (1 + workers) * sizeof *job->counts);
  if (!job->counts)
    return TRIPLET_OUT_OF_MEMORY;
  job->most = queries_in_round(job, count_rows(job));

  const size_t queries = job->ranks * job->most;
  const triplet_matrix references = triplet_matrix_of(rows->own, own, rows->cols);
  triplet_rows same;
  TRIPLET_TRY(triplet_rows_create(context, &job->measure, references, references, &job->references, &same));
  job->numbers = triplet_allocate(context, queries, sizeof *job->numbers);
  job->asked = triplet_allocate(context, queries, rows->cols * sizeof *job->asked);
  job->measured = triplet_allocate(context, queries, own * sizeof *job->measured);
  job->received = triplet_allocate(context, job->most, rows_of(job) * sizeof *job->received);
  job->distances = triplet_allocate(context, workers, (job->room[0] + job->room[1]) * sizeof *job->distances);
  job->strange = triplet_allocate(context, job->most, sizeof *job->strange);
  return job->numbers && job->asked && job->measured && job->received && job->distances && job->strange
             ? TRIPLET_OK
             : TRIPLET_OUT_OF_MEMORY;
}

/* ---- a round ----------------------------------------------------------------------------------------------------- */

static void measure_chunk(void *of, size_t chunk, size_t worker) {
  (void)worker;
  const shard_job *job = of;
  const size_t room = job->references.rows, first = chunk * TILE;
  const triplet_rows references = triplet_rows_part(&job->references, first, room - first < TILE ? room - first : TILE);
  for (size_t i = 0; i < job->queries.rows; i += TILE) {
    const size_t left = job->queries.rows - i;
    const triplet_rows queries = triplet_rows_part(&job->queries, i, left < TILE ? left : TILE);
    triplet_tile_distances(&job->measure, &queries, &references, job->measured + i * room + first, room);
  }
}

static triplet_status measure(triplet_context *context, shard_job *job, size_t queries) {
  const triplet_matrix asked = triplet_matrix_of(job->asked, queries, job->search->rows->cols);
  triplet_rows same;
  triplet_status status = triplet_rows_create(context, &job->measure, asked, asked, &job->queries, &same);
  if (status == TRIPLET_OK)
    status = triplet_parallel_watched(context, triplet_chunks(job->references.rows, TILE), measure_chunk, job);
  triplet_rows_release(context, &job->queries, &same);
  return status;
}

/* Agrees; then the distances are where their queries are visited: those of all queries to rank 0's references, those to
 * rank 1's, and so on. */
static triplet_status exchange(triplet_context *context, triplet_status status, shard_job *job, size_t round) {
  TRIPLET_TRY(triplet_agree(context, status));
  size_t *const counts = context->ranks->counts, own = job->references.rows * sizeof(float);
  for (size_t rank = 0; rank < job->ranks; rank++) {
    counts[rank] = queries_of(job, rank, round).count * own;
    counts[job->ranks + rank] = job->own.count * job->counts[rank] * sizeof(float);
  }
  return triplet_ranks_all_to_all(context, job->measured, job->received);
}

/* The distances of a query to all references, by side and in their order. next: of each rank. */
static void gather_distances(const shard_job *job, size_t query, size_t *next, float *const distances[TRIPLET_SIDES]) {
  const uint32_t *ranks = job->search->rows->owners->ranks;
  size_t filled[TRIPLET_SIDES] = {0};
  for (size_t rank = 0, before = 0; rank < job->ranks; before += job->own.count * job->counts[rank++])
    next[rank] = before + query * job->counts[rank];
  for (size_t row = 0; row < rows_of(job); row++) {
    const size_t side = job->search->sides[row] != 0;
    distances[side][filled[side]++] = job->received[next[ranks[row]]++];
  }
}

static void visit_chunk(void *of, size_t chunk, size_t worker) {
  const shard_job *job = of;
  float *const room = job->distances + worker * (job->room[0] + job->room[1]);
  float *const distances[TRIPLET_SIDES] = {room, room + job->room[0]};
  gather_distances(job, chunk, job->counts + (1 + worker) * job->ranks, distances);
  job->strange[chunk] = 0;
  for (size_t side = 0; side < TRIPLET_SIDES; side++) {
    triplet_queried query = {.index = job->own.first + chunk, .distances = distances[side], .worker = worker};
    query.finite = triplet_keep_finite(distances[side], job->room[side]);
    if (!job->search->visit(job->search->visitors[side], &query))
      job->strange[chunk] = 1;
  }
}

static triplet_status visit(triplet_context *context, const triplet_options *options, const char *argument,
                            shard_job *job) {
  TRIPLET_TRY(triplet_parallel_watched(context, job->own.count, visit_chunk, job));
  for (size_t i = 0; i < job->own.count && options->nonfinite == TRIPLET_NONFINITE_ERROR; i++)
    if (job->strange[i])
      return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "row %i has a distance that is not finite",
                          job->own.first + i);
  return TRIPLET_OK;
}

/* Rank by rank, as distances go to them. Returns how many there are. */
static size_t list_queries(shard_job *job, size_t round) {
  size_t count = 0;
  for (size_t rank = 0; rank < job->ranks; rank++) {
    const triplet_span some = queries_of(job, rank, round);
    memcpy(job->numbers + count, job->search->queries.data + some.first, some.count * sizeof *job->numbers);
    count += some.count;
  }
  job->own = queries_of(job, job->rank, round);
  return count;
}

static triplet_status make_round(triplet_context *context, const triplet_options *options, const char *argument,
                                 shard_job *job, size_t round) {
  const size_t count = list_queries(job, round);
  const triplet_asked asked = {job->numbers, 0, count};
  TRIPLET_TRY(triplet_dealt_gather(context, TRIPLET_OK, job->search->rows, &asked, job->asked));
  const triplet_watch whole = triplet_watch_part(context, 0, 0.5);
  triplet_status status = measure(context, job, count);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(exchange(context, status, job, round));
  triplet_watch_part(context, 0.5, 1);
  status = visit(context, options, argument, job);
  triplet_watch_restore(context, whole);
  return status;
}

triplet_status triplet_search_shard(triplet_context *context, const triplet_options *options, const char *argument,
                                    const triplet_shard_search *search) {
  shard_job job = {.search = search,
                   .measure = triplet_measure_of(context, options),
                   .rank = triplet_rank(context),
                   .ranks = triplet_rank_count(context)};
  triplet_status status = triplet_agree(context, create(context, &job));
  const size_t rounds = status == TRIPLET_OK && job.most ? triplet_chunks(queries_of_first(&job), job.most) : 0;
  for (size_t round = 0; round < rounds && status == TRIPLET_OK; round++) {
    const triplet_watch whole =
        triplet_watch_part(context, (double)round / (double)rounds, (double)(round + 1) / (double)rounds);
    status = make_round(context, options, argument, &job, round);
    triplet_watch_restore(context, whole);
  }
  release(context, &job);
  return status;
}
