/* verify.c - verification: are two rows of the same class? The distances of the rarer kind of pairs are sorted, and
 * every pair of the other kind is placed among them: what is counted there is all that the figures need (roc.c), and
 * however many pairs there are of the other kind, memory is that of the rarer. Counts are whole numbers, so that
 * neither threads nor ranks nor the order of pairs play a part. */
#include "collective.h"
#include "distance.h"
#include "relations.h"
#include "roc.h"
#include "search.h"

enum { SAMPLE_STREAM = 0x70616972 };

/* ---- pairs, piece by piece --------------------------------------------------------------------------------------- */

#define QUERIES 16      /* of a piece of a batch, */
#define REFERENCES 1024 /* which are compared with so many rows, */
#define TILE 64         /* of which so many at a time, for the cache */
#define GIVEN 2048      /* pairs of a piece of those given */
#define PIECES 64       /* of a round at most: they are listed on all threads before they are counted */

/* What a piece has of a kind. */
typedef struct listed_piece {
  size_t count;
  size_t bad; /* the first row with a distance that is not finite; SIZE_MAX: none */
} listed_piece;

typedef struct pairs {
  triplet_measure measure;
  triplet_rows first, second;
  const triplet_relations *relations; /* NULL: row i of either is a pair */
  const uint8_t *same;                /* of such a pair */
  bool once;                          /* row i goes with the rows after it alone */
  uint64_t pieces;
  size_t round;                /* pieces of a round; the last has fewer */
  size_t room;                 /* for the pairs of a piece */
  uint64_t of_same, different; /* how many there are */

  triplet_span own;     /* the pieces that are listed: those of this rank, or all */
  uint64_t at;          /* the first piece of the round */
  bool kind;            /* that is listed: the same, or different */
  float *distances;     /* of each piece of the round, infinite where they are not finite */
  listed_piece *listed; /* likewise */
  int32_t *scratch;     /* of each worker, of batches: positives, and the distances of negatives */
} pairs;

/* Distances of the same are taken one by one where there is one among so many pairs, or fewer. */
#define FEW 16

static bool takes_few(const pairs *of) {
  return of->kind && of->of_same <= of->different / FEW;
}

/* Those of the kind among the references of a span, which lie at these distances, none of them NaN. Into may be where
 * these are. */
static size_t pick_distances(const pairs *of, size_t query, triplet_span span, const float *distances, int32_t *scratch,
                             float *into) {
  float *negatives = (float *)(void *)(scratch + REFERENCES + 1);
  const triplet_related related = triplet_relate(of->relations, query, span, distances, scratch, negatives);
  size_t count = 0;
  for (; of->kind && count < related.positives; count++)
    into[count] = distances[(size_t)scratch[count] - span.first];
  if (of->kind)
    return count;
  for (size_t j = 0; j < span.count; j++) {
    into[count] = negatives[j];
    count += negatives[j] < INFINITY;
  }
  while (count < related.negatives)
    into[count++] = INFINITY;
  return count;
}

static size_t take_few(const pairs *of, size_t query, triplet_span span, int32_t *scratch, float *into) {
  static const float unknown[REFERENCES] = {0};
  float *negatives = (float *)(void *)(scratch + REFERENCES + 1);
  const size_t count = triplet_relate(of->relations, query, span, unknown, scratch, negatives).positives;
  const triplet_rows x = triplet_rows_part(&of->first, query, 1);
  for (size_t k = 0; k < count; k++) {
    const triplet_rows y = triplet_rows_part(&of->second, (size_t)scratch[k], 1);
    triplet_row_distances(&of->measure, &x, &y, into + k);
  }
  return count;
}

/* Queries by references, of which those from `passed` on are looked at by the first query at least. */
static void take_tile(const pairs *of, triplet_span rows, triplet_span cols, size_t passed, float *distances) {
  const triplet_rows x = triplet_rows_part(&of->first, rows.first, rows.count);
  for (size_t j = passed / TILE * TILE; j < cols.count; j += TILE) {
    const triplet_span part = triplet_span_part(cols, j, TILE);
    const triplet_rows y = triplet_rows_part(&of->second, part.first, part.count);
    triplet_tile_distances(&of->measure, &x, &y, distances + j, cols.count);
  }
}

/* Of the columns of a tile those that a query has passed, as it goes with later rows alone. */
static size_t passed_by(const pairs *of, size_t query, triplet_span cols) {
  return of->once && query >= cols.first ? query + 1 - cols.first : 0;
}

static listed_piece list_batch(const pairs *of, uint64_t piece, int32_t *scratch, float *distances) {
  const size_t across = (of->second.rows + REFERENCES - 1) / REFERENCES;
  const triplet_span queries = {0, of->first.rows}, references = {0, of->second.rows};
  const triplet_span rows = triplet_span_part(queries, (size_t)(piece / across) * QUERIES, QUERIES);
  const triplet_span cols = triplet_span_part(references, (size_t)(piece % across) * REFERENCES, REFERENCES);
  const bool few = takes_few(of);
  listed_piece listed = {0, SIZE_MAX};
  if (!few)
    take_tile(of, rows, cols, passed_by(of, rows.first, cols), distances);

  for (size_t i = 0; i < rows.count; i++) {
    const size_t query = rows.first + i, passed = passed_by(of, query, cols);
    if (passed >= cols.count || !triplet_query_takes_part(of->relations, query))
      continue;
    const triplet_span span = triplet_span_part(cols, passed, SIZE_MAX);
    float *row = distances + i * cols.count + passed, *into = distances + listed.count;
    if (!few)
      triplet_keep_finite(row, span.count);
    const size_t count =
        few ? take_few(of, query, span, scratch, into) : pick_distances(of, query, span, row, scratch, into);
    if (!triplet_keep_finite(into, count) && listed.bad == SIZE_MAX)
      listed.bad = query;
    listed.count += count;
  }
  return listed;
}

static listed_piece list_given(const pairs *of, uint64_t piece, float *distances) {
  const triplet_span rows = triplet_span_part((triplet_span){0, of->first.rows}, (size_t)piece * GIVEN, GIVEN);
  const triplet_rows x = triplet_rows_part(&of->first, rows.first, rows.count);
  const triplet_rows y = triplet_rows_part(&of->second, rows.first, rows.count);
  listed_piece listed = {0, SIZE_MAX};
  triplet_row_distances(&of->measure, &x, &y, distances);
  triplet_keep_finite(distances, rows.count);
  for (size_t i = 0; i < rows.count; i++) {
    if ((of->same[rows.first + i] != 0) != of->kind)
      continue;
    if (distances[i] == INFINITY && listed.bad == SIZE_MAX)
      listed.bad = rows.first + i;
    distances[listed.count++] = distances[i];
  }
  return listed;
}

static float *distances_of(const pairs *of, size_t piece) {
  return of->distances + piece * of->room;
}

static void list_piece(pairs *of, size_t piece, size_t worker) {
  float *distances = distances_of(of, piece);
  of->listed[piece] = of->relations
                          ? list_batch(of, of->at + piece, of->scratch + worker * 2 * (REFERENCES + 1), distances)
                          : list_given(of, of->at + piece, distances);
}

static triplet_status check_finite(triplet_context *context, const triplet_options *options, const pairs *of,
                                   size_t pieces) {
  for (size_t i = 0; options->nonfinite == TRIPLET_NONFINITE_ERROR && i < pieces; i++)
    if (of->listed[i].bad != SIZE_MAX)
      return triplet_fail(context, TRIPLET_NOT_FINITE, of->relations ? "embeddings" : "first",
                          "row %i has a distance that is not finite", of->listed[i].bad);
  return TRIPLET_OK;
}

/* What is done with a round of pieces once their distances are listed. */
typedef void (*count_round)(triplet_context *context, void *counting, size_t pieces);

/* Lists all pairs of a kind in the own pieces: work is called for each and calls list_piece, then count for each round.
 */
static triplet_status list_all(triplet_context *context, const triplet_options *options, pairs *of, triplet_work work,
                               count_round count, void *counting) {
  const uint64_t first = triplet_own(of->own).first, past = first + of->own.count;
  triplet_status status = TRIPLET_OK;
  for (of->at = first; of->at < past && status == TRIPLET_OK; of->at += of->round) {
    const uint64_t left = past - of->at;
    const size_t pieces = left < of->round ? (size_t)left : of->round;
    const double all = (double)of->own.count, from = (double)(of->at - first) / all, size = (double)pieces / all;
    const triplet_watch whole = triplet_watch_part(context, from, left > pieces ? from + size : 1);
    status = triplet_parallel_watched(context, pieces, work, counting);
    triplet_watch_restore(context, whole);
    if (status == TRIPLET_OK)
      status = check_finite(context, options, of, pieces);
    if (status == TRIPLET_OK)
      count(context, counting, pieces);
  }
  return status;
}

/* ---- pieces of many ranks ---------------------------------------------------------------------------------------- */

TRIPLET_INLINE triplet_cut cut_of(const pairs *of) {
  return (triplet_cut){(size_t)of->pieces, 1};
}

/* What each rank has counted; they are numbered as rows are. */
typedef struct rank_counts {
  size_t *places;    /* keys; then where those of each begin, and the last end */
  uint64_t *numbers; /* of something else */
} rank_counts;

static triplet_status share_counts(triplet_context *context, triplet_status status, rank_counts *counts) {
  const triplet_output outputs[] = {{counts->places, sizeof *counts->places, NULL},
                                    {counts->numbers, sizeof *counts->numbers, NULL}};
  return triplet_share_rows(context, status, (triplet_cut){triplet_rank_count(context), 1}, outputs, 2);
}

/* Calls `share`, which has room for the counts of all ranks. */
static triplet_status with_counts(triplet_context *context, triplet_status status,
                                  triplet_status (*share)(triplet_context *, triplet_status, void *, rank_counts *),
                                  void *job) {
  const size_t ranks = triplet_rank_count(context);
  rank_counts counts = {triplet_allocate(context, ranks + 1, sizeof *counts.places),
                        triplet_allocate(context, ranks, sizeof *counts.numbers)};
  if (status == TRIPLET_OK && !(counts.places && counts.numbers))
    status = TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK)
    status = share(context, status, job, &counts);
  triplet_release(context, counts.numbers);
  triplet_release(context, counts.places);
  return status;
}

/* ---- the rarer kind, sorted -------------------------------------------------------------------------------------- */

typedef struct sorting {
  pairs *pairs;
  uint64_t *keys;       /* of finite distances */
  size_t count, wanted; /* of keys; pairs that are still to be drawn, */
  uint64_t left;        /* of so many that are still to come */
  triplet_random random;
  uint64_t infinite;
} sorting;

static void list_chunk(void *argument, size_t chunk, size_t worker) {
  list_piece(((sorting *)argument)->pairs, chunk, worker);
}

/* Each pair in turn is taken with the chance that leaves all samples alike. */
static void keep_round(triplet_context *context, void *argument, size_t pieces) {
  (void)context;
  sorting *job = argument;
  for (size_t piece = 0; piece < pieces; piece++) {
    const float *distances = distances_of(job->pairs, piece);
    for (size_t i = 0; i < job->pairs->listed[piece].count; i++, job->left--) {
      if (job->wanted < job->left && triplet_random_below(&job->random, job->left) >= job->wanted)
        continue;
      job->wanted--;
      if (distances[i] < INFINITY)
        job->keys[job->count++] = triplet_distance_key(distances[i], 0);
      else
        job->infinite++;
    }
  }
}

/* The keys of every rank, which are sorted anyway. */
static triplet_status share_keys(triplet_context *context, triplet_status status, void *argument, rank_counts *counts) {
  sorting *job = argument;
  const size_t rank = triplet_rank(context), ranks = triplet_rank_count(context);
  counts->places[rank] = job->count;
  counts->numbers[rank] = job->infinite;
  TRIPLET_TRY(share_counts(context, status, counts));
  size_t own = job->count;
  job->infinite = 0;
  job->count = 0;
  for (size_t i = 0; i < ranks; i++) {
    const size_t count = counts->places[i];
    counts->places[i] = job->count;
    job->count += count;
    job->infinite += counts->numbers[i];
  }
  counts->places[ranks] = job->count;
  memmove(job->keys + counts->places[rank], job->keys, own * sizeof *job->keys);
  const triplet_output keys = {job->keys, sizeof *job->keys, counts->places};
  return triplet_gather_rows(context, (triplet_cut){ranks, 1}, &keys, 1);
}

/* From sorted keys; distances and counts share memory with none of them. */
static void join_equals(const uint64_t *keys, size_t count, triplet_placed *placed) {
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || keys[i] != keys[i - 1]) {
      placed->distances[placed->count] = triplet_key_distance(keys[i]);
      placed->counts[placed->count++] = 0;
    }
    placed->counts[placed->count - 1]++;
  }
}

/* The keys lie where the buckets will be, and what sorts them where distances and counts will be. */
static triplet_status sort_rarer(triplet_context *context, const triplet_options *options, pairs *of,
                                 triplet_placed *placed) {
  uint64_t *const keys = (uint64_t *)(void *)placed->buckets, *const spare = (uint64_t *)(void *)placed->distances;
  sorting job = {.pairs = of,
                 .keys = keys,
                 .wanted = (size_t)placed->used,
                 .left = placed->rarer,
                 .random = triplet_random_seed(options->seed, SAMPLE_STREAM)};
  of->kind = placed->same_is_rarer;
  const bool shared = triplet_is_shared(context) && placed->used == placed->rarer; /* a sample is drawn from all */
  of->own = shared ? triplet_own_rows(context, cut_of(of)) : (triplet_span){0, (size_t)of->pieces};
  if (placed->rarer) {
    const triplet_status status = list_all(context, options, of, list_chunk, keep_round, &job);
    TRIPLET_TRY(shared ? with_counts(context, status, share_keys, &job) : status);
  }
  triplet_sort_keys(keys, spare, job.count);
  placed->infinite = job.infinite;
  join_equals(keys, job.count, placed);
  for (size_t i = 0; i <= placed->count; i++)
    placed->buckets[i] = (triplet_bucket){0, 0, INFINITY, -INFINITY};
  return TRIPLET_OK;
}

/* ---- the others, placed among them ------------------------------------------------------------------------------- */

#define COARSE 16384 /* at most so many distances are what all are ranked among at first */

/* The pairs of a round are sorted by cells, the stretches between coarse distances: those of a cell go to buckets that
 * lie side by side, where all of the memory is too much for any cache. */
typedef struct placing {
  pairs *pairs;
  triplet_placed *placed;
  const triplet_kernels *kernels;
  double threshold;
  float *coarse; /* every so many of the distances, and how many that is */
  size_t stride;
  uint32_t *cells;  /* of each distance of a round */
  float *sorted;    /* these distances, cell by cell */
  uint32_t *starts; /* where each cell starts among them; once it is filled, where it ends */
  uint64_t *judged; /* of each piece: the distances that the threshold accepts */
  size_t pieces;    /* of the round */
  size_t slices, slice_starts[TRIPLET_MAX_THREADS + 1]; /* the first cell of each; the count of cells */
} placing;

/* Every stride-th distance, so that they are few. */
static void make_coarse(placing *job) {
  job->stride = job->placed->count / COARSE + 1;
  for (size_t i = 0; (i + 1) * job->stride <= job->placed->count; i++)
    job->coarse[i] = job->placed->distances[(i + 1) * job->stride - 1];
}

static size_t coarse_of(const placing *job) {
  return job->placed->count / job->stride;
}

static void place_chunk(void *argument, size_t chunk, size_t worker) {
  const placing *job = argument;
  list_piece(job->pairs, chunk, worker);
  const size_t count = job->pairs->listed[chunk].count;
  const float *values = distances_of(job->pairs, chunk);
  job->kernels->rank(job->coarse, coarse_of(job), values, count, job->cells + chunk * job->pairs->room);
  uint64_t judged = 0;
  for (size_t i = 0; i < count; i++)
    judged += values[i] <= job->threshold;
  job->judged[chunk] = judged;
}

/* How many of the distances are at most the value, which lies in a cell. Without a branch that depends on them, as none
 * could be foreseen. */
static size_t rank_of(const placing *job, float value, size_t cell) {
  const size_t first = cell * job->stride, beyond = job->placed->count - first;
  const float *from = job->placed->distances + first;
  for (size_t left = job->stride - 1 < beyond ? job->stride - 1 : beyond; left;) {
    const size_t half = (left + 1) / 2;
    from += half & (0 - (size_t)(from[half - 1] <= value));
    left -= half;
  }
  return (size_t)(from - job->placed->distances);
}

static void count_value(const placing *job, float value, size_t cell) {
  const size_t rank = rank_of(job, value, cell);
  triplet_bucket *bucket = &job->placed->buckets[rank];
  if (rank && job->placed->distances[rank - 1] == value) {
    bucket[-1].at++;
  } else if (value == INFINITY) {
    bucket->at++;
  } else {
    bucket->between++;
    bucket->low = value < bucket->low ? value : bucket->low;
    bucket->high = value > bucket->high ? value : bucket->high;
  }
}

/* Slices are shared out by the threads there are: what is counted are whole numbers. */
static void count_slice(void *argument, size_t slice, size_t worker) {
  (void)worker;
  const placing *job = argument;
  const size_t first = job->slice_starts[slice], cells = job->slice_starts[slice + 1] - first;
  uint32_t at = cells ? job->starts[first] : 0;
  for (size_t piece = 0; piece < job->pieces; piece++) {
    const float *values = distances_of(job->pairs, piece);
    const uint32_t *cell = job->cells + piece * job->pairs->room;
    for (size_t i = 0; i < job->pairs->listed[piece].count; i++)
      if (cell[i] - first < cells)
        job->sorted[job->starts[cell[i]]++] = values[i];
  }
  for (size_t cell = first; cell < first + cells; cell++)
    for (; at < job->starts[cell]; at++)
      count_value(job, job->sorted[at], cell);
}

/* Slices of about as many pairs. */
static void cut_round(placing *job) {
  const size_t cells = coarse_of(job) + 1;
  uint32_t count = 0;
  memset(job->starts, 0, cells * sizeof *job->starts);
  for (size_t piece = 0; piece < job->pieces; piece++)
    for (size_t i = 0; i < job->pairs->listed[piece].count; i++, count++)
      job->starts[job->cells[piece * job->pairs->room + i]]++;

  uint32_t start = 0;
  size_t slice = 0;
  for (size_t cell = 0; cell < cells; cell++) {
    for (; slice < job->slices && (uint64_t)start * job->slices >= (uint64_t)count * slice; slice++)
      job->slice_starts[slice] = cell;
    const uint32_t own = job->starts[cell];
    job->starts[cell] = start;
    start += own;
  }
  for (; slice <= job->slices; slice++)
    job->slice_starts[slice] = cells;
}

static void place_round(triplet_context *context, void *argument, size_t pieces) {
  placing *job = argument;
  job->pieces = pieces;
  for (size_t piece = 0; piece < pieces; piece++)
    job->placed->judged += job->judged[piece];
  cut_round(job);
  triplet_parallel(context, job->slices, count_slice, job);
}

static size_t one_part(const void *job, size_t rank) {
  (void)job;
  (void)rank;
  return 1;
}

static void join_buckets(void *argument, void *parts, size_t count, triplet_span buckets) {
  const placing *job = argument;
  for (size_t i = 0; i < buckets.count; i++) {
    triplet_bucket sum = {0, 0, INFINITY, -INFINITY};
    for (size_t part = 0; part < count; part++) {
      const triplet_bucket *one = (const triplet_bucket *)parts + part * buckets.count + i;
      sum.between += one->between;
      sum.at += one->at;
      sum.low = one->low < sum.low ? one->low : sum.low;
      sum.high = one->high > sum.high ? one->high : sum.high;
    }
    job->placed->buckets[buckets.first + i] = sum;
  }
}

/* What every rank has counted, together. */
static triplet_status share_buckets(triplet_context *context, triplet_status status, void *argument,
                                    rank_counts *counts) {
  placing *job = argument;
  counts->places[triplet_rank(context)] = 0;
  counts->numbers[triplet_rank(context)] = job->placed->judged;
  TRIPLET_TRY(share_counts(context, status, counts));
  job->placed->judged = 0;
  for (size_t rank = 0; rank < triplet_rank_count(context); rank++)
    job->placed->judged += counts->numbers[rank];
  return triplet_join_parts(context, status,
                            &(triplet_parts){.units = job->placed->count + 1,
                                             .size = sizeof *job->placed->buckets,
                                             .own = job->placed->buckets,
                                             .count = one_part,
                                             .join = join_buckets,
                                             .job = job,
                                             .whole = job->placed->buckets});
}

static triplet_status place_commoner(triplet_context *context, const triplet_options *options, pairs *of,
                                     triplet_placed *placed) {
  placing job = {.pairs = of,
                 .placed = placed,
                 .kernels = triplet_kernels_of(context),
                 .threshold = options->threshold,
                 .slices = triplet_workers(context)};
  job.coarse = triplet_allocate(context, COARSE, sizeof *job.coarse);
  job.starts = triplet_allocate(context, COARSE, sizeof *job.starts);
  job.cells = triplet_allocate(context, of->round * of->room, sizeof *job.cells);
  job.sorted = triplet_allocate(context, of->round * of->room, sizeof *job.sorted);
  job.judged = triplet_allocate(context, of->round, sizeof *job.judged);
  triplet_status status = TRIPLET_OUT_OF_MEMORY;
  if (job.coarse && job.starts && job.cells && job.sorted && job.judged) {
    make_coarse(&job);
    of->kind = !placed->same_is_rarer;
    of->own = triplet_own_rows(context, cut_of(of));
    status = list_all(context, options, of, place_chunk, place_round, &job);
    if (triplet_is_shared(context))
      status = with_counts(context, status, share_buckets, &job);
  }
  triplet_release(context, job.judged);
  triplet_release(context, job.sorted);
  triplet_release(context, job.cells);
  triplet_release(context, job.starts);
  triplet_release(context, job.coarse);
  return status;
}

/* ---- a verification ---------------------------------------------------------------------------------------------- */

static triplet_status check_wanted(triplet_context *context, triplet_doubles far,
                                   const triplet_verification *verification) {
  if (far.count && !far.data)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "far", "expected %z numbers, got NULL", far.count);
  for (size_t i = 0; i < far.count; i++)
    if (!(far.data[i] >= 0 && far.data[i] <= 1))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "far", "expected numbers in [0, 1], got %g at index %i",
                          far.data[i], i);
  if (verification->curve && verification->curve_capacity < 2)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "curve", "expected room for at least 2 points, got %z",
                        verification->curve_capacity);
  return TRIPLET_OK;
}

/* All pairs are gone through twice, or once where there is only one kind. */
static triplet_status sort_and_place(triplet_context *context, const triplet_options *options, pairs *of,
                                     triplet_placed *placed) {
  const double sorted = placed->rarer ? 0.5 : 0;
  const triplet_watch whole = triplet_watch_part(context, 0, sorted);
  triplet_status status = sort_rarer(context, options, of, placed);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);
  triplet_watch_part(context, sorted, 1);
  status = place_commoner(context, options, of, placed);
  triplet_watch_restore(context, whole);
  return status;
}

/* 32 bytes for each of the rarer kind. */
static triplet_status find_placed(triplet_context *context, const triplet_options *options, pairs *of,
                                  triplet_placed *placed) {
  if (placed->used >= SIZE_MAX / sizeof *placed->buckets)
    return triplet_fail(context, TRIPLET_OUT_OF_MEMORY, NULL, "the pairs do not fit in memory");
  const size_t used = (size_t)placed->used;
  of->round = of->pieces < PIECES ? (size_t)of->pieces : PIECES;
  placed->buckets = triplet_allocate(context, used + 1, sizeof *placed->buckets);
  placed->distances = triplet_allocate(context, used, sizeof *placed->distances + sizeof *placed->counts);
  of->distances = triplet_allocate(context, of->round * of->room, sizeof *of->distances);
  of->listed = triplet_allocate(context, of->round, sizeof *of->listed);
  of->scratch = triplet_allocate(context, triplet_workers(context), 2 * (REFERENCES + 1) * sizeof *of->scratch);
  triplet_status status = TRIPLET_OUT_OF_MEMORY;
  if (placed->buckets && placed->distances && of->distances && of->listed && of->scratch) {
    placed->counts = (uint32_t *)(void *)(placed->distances + used);
    status = sort_and_place(context, options, of, placed);
  }
  triplet_release(context, of->scratch);
  triplet_release(context, of->listed);
  triplet_release(context, of->distances);
  return status;
}

static triplet_status verify(triplet_context *context, const triplet_options *options, pairs *of, uint64_t most,
                             triplet_doubles far, triplet_verification *verification) {
  const bool same_is_rarer = of->of_same <= of->different;
  const uint64_t rarer = same_is_rarer ? of->of_same : of->different;
  triplet_placed placed = {.same_is_rarer = same_is_rarer,
                           .rarer = rarer,
                           .used = rarer < most ? rarer : most,
                           .commoner = same_is_rarer ? of->different : of->of_same};
  const triplet_status status = find_placed(context, options, of, &placed);
  if (status == TRIPLET_OK)
    triplet_roc_write(&placed, far, options->threshold, verification);
  triplet_release(context, placed.distances);
  triplet_release(context, placed.buckets);
  return status;
}

/* ---- of a batch, and of given pairs ------------------------------------------------------------------------------ */

static triplet_status verify_batch(triplet_context *context, const triplet_options *options, const triplet_sets *sets,
                                   triplet_doubles far, triplet_verification *verification) {
  triplet_relations relations;
  TRIPLET_TRY(triplet_relations_create(context, sets, options->ignore_label, NULL, &relations));
  const size_t references = sets->references.rows;
  const uint64_t across = (references + REFERENCES - 1) / REFERENCES;
  pairs of = {.measure = triplet_measure_of(context, options),
              .relations = &relations,
              .once = !sets->separate && !triplet_has_relations(sets->labels),
              .pieces = (sets->queries.rows + QUERIES - 1) / QUERIES * across,
              .room = QUERIES * (references < REFERENCES ? references : REFERENCES)};
  for (size_t i = 0; i < sets->queries.rows; i++) {
    const triplet_related related = triplet_count_related(&relations, i);
    of.of_same += related.positives;
    of.different += related.negatives;
  }
  if (of.once) {
    of.of_same /= 2;
    of.different /= 2;
  }

  triplet_status status =
      triplet_rows_create(context, &of.measure, sets->queries, sets->references, &of.first, &of.second);
  if (status == TRIPLET_OK)
    status = verify(context, options, &of, (uint64_t)options->most_pairs, far, verification);
  triplet_rows_release(context, &of.first, &of.second);
  triplet_relations_release(context, &relations);
  return status;
}

static triplet_status verify_rows(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                  triplet_doubles far, triplet_verification *verification) {
  triplet_sets sets;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_VERIFY, options));
  TRIPLET_TRY(triplet_sets_check(context, batch, &sets));
  TRIPLET_TRY(check_wanted(context, far, verification));
  return verify_batch(context, options, &sets, far, verification);
}

static triplet_status verify_pairs(triplet_context *context, const triplet_options *options,
                                   const triplet_given_pairs *pairs_given, triplet_doubles far,
                                   triplet_verification *verification) {
  triplet_matrix first = pairs_given->first, second = pairs_given->second;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_VERIFY_PAIRS, options));
  TRIPLET_TRY(triplet_check_matrix(context, "first", &first));
  TRIPLET_TRY(triplet_check_shape(context, "second", &second, first.rows, first.cols, "first"));
  if (first.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "first", "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, first.rows);
  if (!pairs_given->same && first.rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "same", "expected %z bytes, got NULL", first.rows);
  TRIPLET_TRY(check_wanted(context, far, verification));
  triplet_compare_matrix(context, first);
  triplet_compare_matrix(context, second);
  triplet_compare(context, pairs_given->same, first.rows);

  pairs of = {.measure = triplet_measure_of(context, options),
              .same = pairs_given->same,
              .pieces = (first.rows + GIVEN - 1) / GIVEN,
              .room = GIVEN};
  for (size_t i = 0; i < first.rows; i++)
    of.of_same += of.same[i] != 0;
  of.different = first.rows - of.of_same;
  triplet_status status = triplet_rows_create(context, &of.measure, first, second, &of.first, &of.second);
  if (status == TRIPLET_OK)
    status = verify(context, options, &of, UINT64_MAX, far, verification);
  triplet_rows_release(context, &of.first, &of.second);
  return status;
}

triplet_status triplet_verify(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                              triplet_doubles far, triplet_verification *verification) {
  return TRIPLET_TOGETHER(context, verify_rows(context, options, batch, far, verification));
}

triplet_status triplet_verify_pairs(triplet_context *context, const triplet_options *options,
                                    const triplet_given_pairs *pairs_given, triplet_doubles far,
                                    triplet_verification *verification) {
  return TRIPLET_TOGETHER(context, verify_pairs(context, options, pairs_given, far, verification));
}
