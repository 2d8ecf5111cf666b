/* windowed.c - the gradient of a batch that has too many pairs to keep. The matrix of pairs is worked on in square
 * windows, small enough for the cache: distances are taken again, slopes made of the summaries, and both added to the
 * gradients of the rows on two sides. Every row meets the windows, and so its pairs, in the order in which a kept
 * matrix has them: the bits are the same. Where ranks share the work each takes the gradient of its own rows, by all
 * pairs that they are in. */
#include "windowed.h"

#define WINDOW TRIPLET_WINDOW
#define TILE 64

typedef struct windows_job {
  const triplet_windows *of;
  bool symmetric;           /* one set, where d(x, y) is d(y, x), so that a pair has slopes of both directions */
  triplet_span x, y;        /* of the window: queries and references */
  triplet_pair_matrix here; /* its pairs */
  triplet_pair_matrix back; /* the same from y to x, if symmetric */
} windows_job;

/* Whose gradients a window is added to. */
typedef struct sides {
  bool x, y;
} sides;

static bool is_diagonal(const windows_job *job) {
  return job->symmetric && job->x.first == job->y.first;
}

/* ---- distances and slopes of a window ---------------------------------------------------------------------------- */

static size_t chunk_rows(triplet_span of, size_t first) {
  return of.count - first < TRIPLET_PAIR_TILE ? of.count - first : TRIPLET_PAIR_TILE;
}

/* Slopes of some anchors of one side by the references of the other; pairs: those from that side to the other. */
static void make_slopes(const windows_job *job, const triplet_pair_matrix *pairs, triplet_span anchors,
                        triplet_span references, size_t first, size_t worker) {
  for (size_t i = first; i < first + chunk_rows(anchors, first); i++)
    triplet_survey_slopes_of(job->of->survey,
                             &(triplet_wanted_slopes){.anchor = anchors.first + i,
                                                      .references = references,
                                                      .distances = pairs->distances + i * WINDOW,
                                                      .factors = job->of->factors},
                             worker, (float *)pairs->slopes + i * WINDOW);
}

/* Those of a rank's own queries that it has kept; false: none. */
static bool copy_kept(const windows_job *job, size_t first, size_t rows, float *distances) {
  const triplet_selection *selection = job->of->survey->selection;
  const float *kept = TRIPLET_HAS_RANKS ? triplet_own_distances(selection, job->x.first + first, rows) : NULL;
  for (size_t i = 0; kept && i < rows; i++)
    memcpy(distances + i * WINDOW, kept + i * selection->references.rows + job->y.first, job->y.count * sizeof *kept);
  return kept;
}

static void here_chunk(void *argument, size_t chunk, size_t worker) {
  const windows_job *job = argument;
  const triplet_selection *selection = job->of->survey->selection;
  const size_t first = chunk * TRIPLET_PAIR_TILE, rows = chunk_rows(job->x, first);
  float *distances = (float *)job->here.distances + first * WINDOW, *back = (float *)job->back.distances;
  const triplet_rows x = triplet_rows_part(&job->here.x, first, rows);
  const bool copied = copy_kept(job, first, rows, distances);
  for (size_t j = 0; j < job->y.count; j += TILE) {
    const triplet_rows y = triplet_rows_part(&job->here.y, j, job->y.count - j < TILE ? job->y.count - j : TILE);
    if (!copied)
      triplet_tile_distances(&selection->measure, &x, &y, distances + j, WINDOW);
    if (job->symmetric && !is_diagonal(job))
      for (size_t k = 0; k < y.rows; k++)
        for (size_t i = 0; i < rows; i++)
          back[(j + k) * WINDOW + first + i] = distances[i * WINDOW + j + k];
  }
  make_slopes(job, &job->here, job->x, job->y, first, worker);
}

static void back_chunk(void *argument, size_t chunk, size_t worker) {
  const windows_job *job = argument;
  make_slopes(job, &job->back, job->y, job->x, chunk * TRIPLET_PAIR_TILE, worker);
}

/* ---- a window ---------------------------------------------------------------------------------------------------- */

static size_t chunks_of(triplet_span rows) {
  return (rows.count + TRIPLET_PAIR_TILE - 1) / TRIPLET_PAIR_TILE;
}

static triplet_status add_side(triplet_context *context, const windows_job *job, const triplet_pair_matrix *pairs,
                               triplet_side side, float *gradient) {
  const triplet_rows *rows = side == TRIPLET_BY_Y ? &pairs->y : &pairs->x;
  const triplet_gathering gathering = {.measure = &job->of->survey->selection->measure,
                                       .scale = job->of->scale,
                                       .parts = {{pairs, side}},
                                       .part_count = 1,
                                       .rows = *rows,
                                       .gradient = gradient};
  return triplet_gather(context, &gathering);
}

static float *gradient_from(float *gradient, size_t first, size_t cols) {
  return gradient ? gradient + first * cols : NULL;
}

/* Adds the pairs of a window by its queries, its references, or both. */
static triplet_status add_window(triplet_context *context, windows_job *job, sides by) {
  const triplet_selection *selection = job->of->survey->selection;
  const size_t cols = selection->queries.cols;
  job->here.x = job->back.y = triplet_rows_part(&selection->queries, job->x.first, job->x.count);
  job->here.y = job->back.x = triplet_rows_part(&selection->references, job->y.first, job->y.count);
  TRIPLET_TRY(triplet_parallel_watched(context, chunks_of(job->x), here_chunk, job));

  float *x_gradient = gradient_from(job->of->gradients.embeddings, job->x.first, cols);
  if (job->symmetric) {
    job->here.backward = is_diagonal(job) ? job->here.slopes : job->back.slopes;
    if (!is_diagonal(job))
      TRIPLET_TRY(triplet_parallel_watched(context, chunks_of(job->y), back_chunk, job));
    TRIPLET_TRY(add_side(context, job, &job->here, TRIPLET_BY_BOTH, x_gradient));
    if (is_diagonal(job) || !by.y)
      return TRIPLET_OK;
    float *y_gradient = gradient_from(job->of->gradients.embeddings, job->y.first, cols);
    return add_side(context, job, &job->back, TRIPLET_BY_BOTH, y_gradient);
  }

  const bool separate = selection->sets.separate;
  float *y_gradient =
      gradient_from(separate ? job->of->gradients.references : job->of->gradients.embeddings, job->y.first, cols);
  if (by.x)
    TRIPLET_TRY(add_side(context, job, &job->here, TRIPLET_BY_X, x_gradient));
  return by.y ? add_side(context, job, &job->here, TRIPLET_BY_Y, y_gradient) : TRIPLET_OK;
}

/* ---- many windows ------------------------------------------------------------------------------------------------ */

/* Pairs of some queries with some references, and whose gradients they are added to. */
typedef struct rectangle {
  triplet_span x, y;
  sides by;
} rectangle;

/* Whether half of its windows give both halves. */
static bool is_square(const windows_job *job, const rectangle *of) {
  return job->symmetric && of->by.x && of->by.y;
}

/* Row by row of windows. */
static triplet_status add_rectangle(triplet_context *context, windows_job *job, const rectangle *of) {
  const triplet_span x = triplet_own(of->x), y = triplet_own(of->y);
  const bool square = is_square(job, of);
  for (size_t i = 0; i < x.count; i += WINDOW)
    for (size_t j = square ? i : 0; j < y.count; j += WINDOW) {
      job->x = triplet_span_part(x, i, WINDOW);
      job->y = triplet_span_part(y, j, WINDOW);
      const double left = (double)(x.count - i) / (double)x.count;
      const double before = 1 - (square ? left * left : left);
      const triplet_watch whole = triplet_watch_part(context, before, before);
      const triplet_status status = add_window(context, job, of->by);
      triplet_watch_restore(context, whole);
      TRIPLET_TRY(status);
    }
  return TRIPLET_OK;
}

#define MOST_RECTANGLES 3

/* The rank's rows of either side, all where there is one rank. */
TRIPLET_INLINE triplet_span own_rows(const triplet_context *context, const triplet_rows *rows) {
  return triplet_own_rows(context, triplet_gradient_cut(rows));
}

/* All pairs of the rank's rows, so that each of these meets the others in order. */
static size_t find_rectangles(const triplet_context *context, const windows_job *job,
                              rectangle rectangles[MOST_RECTANGLES]) {
  const triplet_selection *selection = job->of->survey->selection;
  const triplet_span x = own_rows(context, &selection->queries), queries = {0, selection->queries.rows};
  const triplet_span y = own_rows(context, &selection->references), references = {0, selection->references.rows};
  const sides by_x = {true, false}, by_y = {false, true}, by_both = {true, true};
  if (job->symmetric && triplet_is_shared(context)) {
    const size_t past = x.first + x.count;
    rectangles[0] = (rectangle){x, {0, x.first}, by_x};
    rectangles[1] = (rectangle){x, x, by_both};
    rectangles[2] = (rectangle){x, {past, queries.count - past}, by_x};
    return 3;
  }
  if ((job->symmetric || selection->sets.separate) && !triplet_is_shared(context)) {
    rectangles[0] = (rectangle){queries, references, by_both};
    return 1;
  }
  /* Of one set, a row sums first all pairs that it is x of, then those that it is y of. */
  rectangles[0] = (rectangle){x, references, by_x};
  rectangles[1] = (rectangle){queries, y, by_y};
  return 2;
}

static triplet_status add_windows(triplet_context *context, windows_job *job) {
  rectangle rectangles[MOST_RECTANGLES];
  const size_t count = find_rectangles(context, job, rectangles);
  const triplet_watch whole = triplet_watch_part(context, 0, 1);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < count && status == TRIPLET_OK; i++) {
    triplet_watch_part(context, (double)i / (double)count, (double)(i + 1) / (double)count);
    status = add_rectangle(context, job, &rectangles[i]);
    triplet_watch_restore(context, whole);
  }
  return status;
}

TRIPLET_INLINE triplet_rows part_of(const triplet_rows *rows, triplet_span part) {
  return TRIPLET_HAS_RANKS ? triplet_rows_part(rows, part.first, part.count) : *rows;
}

/* Writes what no pair is added to. */
static triplet_status frame(triplet_context *context, const windows_job *job, bool begins) {
  const triplet_selection *selection = job->of->survey->selection;
  const triplet_span x = own_rows(context, &selection->queries), y = own_rows(context, &selection->references);
  const size_t cols = selection->queries.cols;
  const double done = begins ? 0 : 1;
  const triplet_watch whole = triplet_watch_part(context, done, done);
  triplet_gathering gathering = {.measure = &selection->measure, .begins = begins, .ends = !begins};
  gathering.rows = part_of(&selection->queries, x);
  gathering.gradient = gradient_from(job->of->gradients.embeddings, x.first, cols);
  triplet_status status = triplet_gather(context, &gathering);
  gathering.rows = part_of(&selection->references, y);
  gathering.gradient = gradient_from(job->of->gradients.references, y.first, cols);
  if (status == TRIPLET_OK)
    status = triplet_gather(context, &gathering);
  triplet_watch_restore(context, whole);
  return status;
}

triplet_status triplet_gather_windows(triplet_context *context, const triplet_windows *windows) {
  const triplet_selection *selection = windows->survey->selection;
  windows_job job = {.of = windows, .symmetric = !selection->sets.separate && selection->measure.term.shift == 0};
  float *const scratch = windows->scratch;
  job.here.distances = scratch;
  job.here.slopes = scratch + WINDOW * WINDOW;
  job.back.distances = scratch + 2 * WINDOW * WINDOW;
  job.back.slopes = scratch + 3 * WINDOW * WINDOW;
  job.back.backward = job.here.slopes;
  job.here.stride = job.back.stride = WINDOW;

  TRIPLET_TRY(frame(context, &job, true));
  TRIPLET_TRY(add_windows(context, &job));
  return frame(context, &job, false);
}
