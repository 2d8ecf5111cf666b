/* filter.c - who may be among the nearest, and why nobody who is gets lost.
 *
 * Rows are moved by a centre, scaled, and rounded to whole numbers of 16 bits, small enough for their inner products to
 * be exact in 32 bits. With x and y two rows of D numbers (x moved by torch's eps as well), c the centre, s the scale,
 * and R = TRIPLET_REACH:
 *
 *    X = P(s (x - c)), Y = P(s (y - c)), where P shortens to length R what is longer, and otherwise changes nothing
 *    q, r = X and Y in whole numbers, |q - X| <= E and |r - Y| <= E
 *
 * The squares. P brings no two points farther apart (it takes each to the nearest point of a ball, which is convex), so
 *
 *    |q - r| <= |X - Y| + 2 E <= s |x - y| + 2 E,   |q - r|^2 = |q|^2 + |r|^2 - 2 q r, a whole number without error,
 *
 * and whoever is not farther from x than L has -|r|^2 / 2 + q r >= (|q|^2 - (s L + 2 E)^2) / 2. The left side is what
 * the loops sum, -|r|^2 / 2 rounded up. By the inequality of Cauchy and Schwarz no sum of some of its terms lies beyond
 * 3/2 (R + E)^2 < 2^31.
 *
 * E: rounding to whole numbers moves each of the D by at most 1/2. Before that, with u = 2^-24, x - c, the eps, the
 * scaling and the shortening each lose u of every number, together 4 u R of the length; where the eps, or what UNIT
 * rows lost, cancels, u of it is lost of each number, and as s times it is at most R, sqrt(D) u R of the length; the
 * length that P takes is the root of a sum of D squares in eight lanes, right to (D / 16 + 4) u of itself. As
 * u R < 1/512, all is less than sqrt(D) / 2 + (D / 16 + 8 + sqrt(D)) / 512 < E = sqrt(D) / 2 + (D + 512) / 4096.
 *
 * L, from a distance as it is computed: a sum of squares of float32 differences in eight lanes, D / 8 + 3 additions
 * deep, of terms right to 5 u, is right to (D / 8 + 8) u of itself, the root and what distances make of it to 2 u more,
 * but for what is lost where the eps cancels, 2 u |eps| of each number, or what UNIT rows lost does, 2^-48, and for
 * squares and results so small that float32 rounds them, by up to 2^-149; sums below 2^-100 that roots are taken of are
 * taken again in double. L allows for twice all that, and is itself computed in double. What optax adds to the sum
 * comes off again.
 *
 * The inner products of DOT. Here c = 0, each row x has a scale s_x of its own, and P must change nothing: of rows that
 * would be shortened every one counts. x y s_x s <= q r + E (|X| + |Y| + E), and a product as it is computed is right
 * to (D / 8 + 8) u |x| |y|. So whoever has a product of at least p has
 * q r >= s_x s p - E (2 R + E) - (D / 8 + 8) u R^2. All of these lie below 2^30, where those that always count begin.
 *
 * Rows that are not finite, or so long that distances might overflow, are not known: they always count, and so does
 * every reference where a query is such a row. Between known rows all distances are finite. */
#include "filter.h"
#include "keys.h"

#if TRIPLET_HAS_FILTER

#define MOST_COLUMNS 32768
#define SAMPLE 128 /* rows that a block's centre and scale are taken from */

/* Numbers of a block: what it takes stays in the cache while all queries pass. */
#define BLOCK_NUMBERS ((size_t)1 << 19)
#define LEAST_BLOCK 1024
#define MOST_BLOCK 8192

/* Sums of a reference that always counts begin above what any query asks, those of none below it. */
#define ALWAYS (1 << 30)
#define NEVER INT32_MIN

/* A query of a worker. */
typedef struct looker {
  double scale;
  triplet_whole whole;
} looker;

struct triplet_filter {
  const triplet_filter_kernels *kernels;
  const triplet_measure *measure;
  const triplet_filter_block *block;
  size_t cols, words, queries;
  double rounding; /* E */

  /* Of each worker. */
  looker *lookers;
  int32_t *wholes, *above;
  uint64_t *found;
  size_t *counts; /* of its queries, whole TRIPLET_LOOKERS */
};

/* Those that go with a context's kernels: with the best of this machine the best, though they have no name for it. */
static const triplet_filter_kernels *filter_kernels_of(const triplet_kernels *kernels) {
#ifdef TRIPLET_HAS_AVX
  if (kernels == triplet_kernels_of(NULL) && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni"))
    return &triplet_filter_avx512;
  if (kernels != &triplet_kernels_base)
    return &triplet_filter_avx2;
#endif
  (void)kernels;
  return &triplet_filter_base;
}

static bool multiplies(const triplet_measure *measure) {
  return measure->term.sum == TRIPLET_SUM_DOT;
}

/* ---- a block of references --------------------------------------------------------------------------------------- */

size_t triplet_filter_block_rows(const triplet_measure *measure, size_t cols) {
  const bool fit = (triplet_has_square(measure) || multiplies(measure)) && cols >= 1 && cols <= MOST_COLUMNS &&
                   fabsf(measure->term.shift) <= 0x1p40f && measure->root_eps <= TRIPLET_FILTER_MOST;
  const size_t rows = fit ? BLOCK_NUMBERS / cols / TRIPLET_PANEL * TRIPLET_PANEL : 0;
  return !fit ? 0 : rows < LEAST_BLOCK ? LEAST_BLOCK : rows < MOST_BLOCK ? rows : MOST_BLOCK;
}

void triplet_filter_block_release(triplet_context *context, triplet_filter_block *block) {
  triplet_release(context, block->from);
  triplet_release(context, block->panels);
  triplet_release(context, block->centre);
  *block = (triplet_filter_block){0};
}

triplet_status triplet_filter_block_create(triplet_context *context, size_t rows, size_t cols,
                                           triplet_filter_block *block) {
  const size_t places = triplet_chunks(rows, TRIPLET_PANEL) * TRIPLET_PANEL;
  *block = (triplet_filter_block){
      .centre = triplet_allocate(context, cols, sizeof *block->centre),
      .panels = triplet_allocate(context, places, triplet_filter_words(cols) * sizeof *block->panels),
      .from = triplet_allocate(context, places, sizeof *block->from)};
  if (block->centre && block->panels && block->from)
    return TRIPLET_OK;
  triplet_filter_block_release(context, block);
  return TRIPLET_OUT_OF_MEMORY;
}

/* Some of the rows, one after the other. */
static triplet_rows sample_of(const triplet_rows *rows) {
  const size_t count = rows->rows < SAMPLE ? rows->rows : SAMPLE;
  return (triplet_rows){
      .data = rows->data, .rows = count, .cols = rows->cols, .stride = count ? rows->rows / count * rows->stride : 0};
}

/* The value that so many of them are at most. NaN is above all. */
static float ranked(const float *values, size_t count, size_t rank) {
  uint64_t keys[SAMPLE], spare[SAMPLE];
  for (size_t i = 0; i < count; i++)
    keys[i] = triplet_distance_key(values[i] == values[i] ? values[i] : INFINITY, i);
  triplet_sort_keys(keys, spare, count);
  return count ? triplet_key_distance(keys[rank]) : 0;
}

static void squares_of(const triplet_measure *measure, const triplet_rows *sample, const triplet_rows *from,
                       float *squares) {
  const triplet_term term = {from ? TRIPLET_SUM_SQUARES : TRIPLET_SUM_DOT, 0};
  measure->kernels->row_sums(term, sample, from ? from : sample, squares);
}

/* The mean of those rows of the sample that are not much longer than most. */
static void take_centre(const triplet_measure *measure, const triplet_rows *sample, const float *squares,
                        float *centre) {
  float shares[SAMPLE];
  const float typical = ranked(squares, sample->rows, sample->rows / 2);
  const float most = typical < TRIPLET_FILTER_MOST / 16 ? 16 * typical : TRIPLET_FILTER_MOST;
  size_t count = 0;
  for (size_t i = 0; i < sample->rows; i++)
    count += squares[i] <= most;
  for (size_t i = 0; i < sample->rows; i++)
    shares[i] = squares[i] <= most ? 1 / (float)count : 0;
  const triplet_coefficients coefficients = {shares, 0, 1};
  const triplet_rows none = {.rows = 1, .cols = sample->cols};
  measure->kernels->accumulate(triplet_dot, &none, sample, &coefficients, centre);
}

/* The square of twice the length, from the centre, of most rows. */
static float most_squares(const triplet_measure *measure, const triplet_rows *sample, const float *centre) {
  float squares[SAMPLE];
  const triplet_rows from = {.data = centre, .rows = sample->rows, .cols = sample->cols};
  squares_of(measure, sample, &from, squares);
  return 4 * ranked(squares, sample->rows, sample->rows * 7 / 8);
}

/* Any scale and any centre are right; those that tell rows apart are good. */
static triplet_view view_of(const triplet_measure *measure, const triplet_rows *references, const triplet_rows *queries,
                            float *centre) {
  const triplet_rows sample = sample_of(references), others = sample_of(queries);
  float squares[SAMPLE], most;
  memset(centre, 0, sample.cols * sizeof *centre);
  squares_of(measure, &sample, NULL, squares);
  if (multiplies(measure)) {
    most = 0;
    for (size_t i = 0; i < sample.rows; i++)
      most = squares[i] > most && squares[i] <= TRIPLET_FILTER_MOST ? squares[i] : most;
    most *= 2;
  } else {
    take_centre(measure, &sample, squares, centre);
    const float own = most_squares(measure, &sample, centre), other = most_squares(measure, &others, centre);
    most = own > other ? own : other;
  }
  /* Below that the eps, or what UNIT rows lost, would be lost in the rounding. */
  const bool units = measure->term.sum == TRIPLET_SUM_UNIT;
  const float length = sqrtf(most), least = units ? 0x1p-24f : fabsf(measure->term.shift);
  const float scale = TRIPLET_REACH / (length > least ? length : least);
  return (triplet_view){
      .centre = centre, .scale = scale < 0x1p60f ? scale : 0x1p60f, .lost = units ? references->stride / 2 : 0};
}

typedef struct panels_job {
  const triplet_filter_kernels *kernels;
  bool multiplies;
  const triplet_filter_block *block;
  int32_t *spare; /* a row of each worker */
} panels_job;

static void set_panel(void *of, size_t panel, size_t worker) {
  const panels_job *job = of;
  const triplet_filter_block *block = job->block;
  const size_t words = triplet_filter_words(block->references.cols);
  const size_t first = panel * TRIPLET_PANEL, left = block->references.rows - first;
  const size_t rows = left < TRIPLET_PANEL ? left : TRIPLET_PANEL;
  int32_t *own = job->spare + worker * words, *panels = block->panels + first * words;
  for (size_t j = 0; j < TRIPLET_PANEL; j++) {
    triplet_whole whole = {0};
    if (j < rows) {
      const float *row = block->references.data + (first + j) * block->references.stride;
      whole = job->kernels->round(&block->view, row, block->references.cols, own);
    }
    const bool counts = whole.known && !(job->multiplies && whole.shortened);
    block->from[first + j] = j >= rows ? NEVER : !counts ? ALWAYS : job->multiplies ? 0 : -(whole.squares / 2);
    for (size_t w = 0; w < words; w++)
      panels[w * TRIPLET_PANEL + j] = counts ? own[w] : 0;
  }
}

triplet_status triplet_filter_block_set(triplet_context *context, const triplet_measure *measure,
                                        const triplet_rows *references, const triplet_rows *queries,
                                        triplet_filter_block *block) {
  panels_job job = {filter_kernels_of(measure->kernels), multiplies(measure), block, NULL};
  job.spare =
      triplet_allocate(context, triplet_workers(context), triplet_filter_words(references->cols) * sizeof *job.spare);
  if (!job.spare)
    return TRIPLET_OUT_OF_MEMORY;
  block->references = *references;
  block->view = view_of(measure, references, queries, block->centre);
  triplet_parallel(context, triplet_chunks(references->rows, TRIPLET_PANEL), set_panel, &job);
  triplet_release(context, job.spare);
  return TRIPLET_OK;
}

/* ---- the filter of a search -------------------------------------------------------------------------------------- */

void triplet_filter_release(triplet_context *context, triplet_filter *filter) {
  if (!filter)
    return;
  triplet_release(context, filter->counts);
  triplet_release(context, filter->found);
  triplet_release(context, filter->lookers);
  triplet_release(context, filter->above);
  triplet_release(context, filter->wholes);
  triplet_release(context, filter);
}

triplet_status triplet_filter_create(triplet_context *context, const triplet_measure *measure, size_t cols,
                                     size_t queries, triplet_filter **made) {
  triplet_filter *filter = triplet_allocate(context, 1, sizeof *filter);
  if (!filter)
    return TRIPLET_OUT_OF_MEMORY;

  const size_t workers = triplet_workers(context), words = triplet_filter_words(cols);
  const size_t all = triplet_chunks(queries, TRIPLET_LOOKERS) * TRIPLET_LOOKERS;
  *filter = (triplet_filter){.kernels = filter_kernels_of(measure->kernels),
                             .measure = measure,
                             .cols = cols,
                             .words = words,
                             .queries = all,
                             .rounding = sqrt((double)cols) / 2 + ((double)cols + 512) / 4096};
  filter->wholes = triplet_allocate(context, workers * all * words, sizeof *filter->wholes);
  filter->above = triplet_allocate(context, workers * all, sizeof *filter->above);
  filter->lookers = triplet_allocate(context, workers * all, sizeof *filter->lookers);
  filter->found = triplet_allocate(context, workers * all, sizeof *filter->found);
  filter->counts = triplet_allocate(context, workers, sizeof *filter->counts);
  if (!(filter->wholes && filter->above && filter->lookers && filter->found && filter->counts)) {
    triplet_filter_release(context, filter);
    return TRIPLET_OUT_OF_MEMORY;
  }
  memset(filter->wholes, 0, workers * all * words * sizeof *filter->wholes);
  memset(filter->above, 0, workers * all * sizeof *filter->above);
  *made = filter;
  return TRIPLET_OK;
}

void triplet_filter_meet(triplet_filter *filter, const triplet_filter_block *block) {
  filter->block = block;
}

void triplet_filter_set_queries(triplet_filter *filter, size_t worker, const triplet_rows *queries) {
  looker *lookers = filter->lookers + worker * filter->queries;
  int32_t *words = filter->wholes + worker * filter->queries * filter->words;
  triplet_view view = filter->block->view;
  view.shift = filter->measure->term.shift;
  filter->counts[worker] = triplet_chunks(queries->rows, TRIPLET_LOOKERS) * TRIPLET_LOOKERS;
  for (size_t i = 0; i < queries->rows; i++) {
    const triplet_rows row = triplet_rows_part(queries, i, 1);
    if (multiplies(filter->measure)) {
      /* A scale of its own, which with the errors of both sums of squares shortens nothing. */
      float squares;
      squares_of(filter->measure, &row, NULL, &squares);
      const float scale = 0.99f * TRIPLET_REACH / sqrtf(squares);
      view.scale = scale < 0x1p60f ? scale : 0x1p60f;
    }
    lookers[i] = (looker){view.scale, filter->kernels->round(&view, row.data, filter->cols, words + i * filter->words)};
  }
}

/* Above that, and so at least a whole number more, are the sums of all that count. */
static double sum_below(const triplet_filter *filter, const looker *query, double distance) {
  const double cols = (double)filter->cols, error = (cols / 8 + 16) * 0x1p-23, tiny = cols * 0x1p-148;
  const double scale = filter->block->view.scale, rounding = filter->rounding, reach = TRIPLET_REACH;
  if (multiplies(filter->measure))
    return (-distance - tiny) * scale * query->scale - error * reach * reach - rounding * (2 * reach + rounding) - 2;
  const double whole = triplet_square_at(filter->measure, distance) * (1 + error) + tiny;
  const double square = whole > filter->measure->root_eps ? whole - filter->measure->root_eps : 0;
  const double lost = fabs((double)filter->measure->term.shift) * 0x1p-22 + 0x1p-47;
  const double length = (sqrt(square) + sqrt(cols) * lost) * scale + 2 * rounding;
  return (query->whole.squares - length * length) / 2 - 2;
}

void triplet_filter_set_limit(triplet_filter *filter, size_t worker, size_t query, float distance) {
  const size_t at = worker * filter->queries + query;
  const looker *who = filter->lookers + at;
  const double sum = who->whole.known && distance <= FLT_MAX ? sum_below(filter, who, distance) : -INFINITY;
  filter->above[at] = !(sum > INT32_MIN) ? INT32_MIN : sum < ALWAYS - 1 ? (int32_t)sum : ALWAYS - 1;
}

const uint64_t *triplet_filter_look(triplet_filter *filter, size_t worker, size_t panel) {
  const size_t first = worker * filter->queries;
  const triplet_filter_task look = {.queries = filter->wholes + first * filter->words,
                                    .panel = filter->block->panels + panel * TRIPLET_PANEL * filter->words,
                                    .from = filter->block->from + panel * TRIPLET_PANEL,
                                    .above = filter->above + first,
                                    .count = filter->counts[worker],
                                    .words = filter->words};
  filter->kernels->look(&look, filter->found + first);
  return filter->found + first;
}

#endif
