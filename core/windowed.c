/* windowed.c - the gradient of a batch that has too many pairs to keep. The matrix of pairs is worked on in square
 * windows, small enough for the cache: distances are taken again, slopes made of the summaries, and both added to the
 * gradients of the rows on two sides. Every row meets the windows, and so its pairs, in the order in which a kept
 * matrix has them: the bits are the same. */
#include "windowed.h"

#define WINDOW TRIPLET_WINDOW
#define TILE 64

typedef struct windows_job {
  const triplet_windows *of;
  bool symmetric;           /* one set, where d(x, y) is d(y, x): half of the windows give both halves */
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

static void here_chunk(void *argument, size_t chunk, size_t worker) {
  const windows_job *job = argument;
  const triplet_selection *selection = job->of->survey->selection;
  const size_t first = chunk * TRIPLET_PAIR_TILE, rows = chunk_rows(job->x, first);
  float *distances = (float *)job->here.distances + first * WINDOW, *back = (float *)job->back.distances;
  const triplet_rows x = triplet_rows_part(&job->here.x, first, rows);
  for (size_t j = 0; j < job->y.count; j += TILE) {
    const triplet_rows y = triplet_rows_part(&job->here.y, j, job->y.count - j < TILE ? job->y.count - j : TILE);
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
    if (is_diagonal(job))
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

/* ---- all windows ------------------------------------------------------------------------------------------------- */

static triplet_span window_at(size_t first, size_t rows) {
  return (triplet_span){first, rows - first < WINDOW ? rows - first : WINDOW};
}

/* Row by row of windows. What is done of the call: between from and to. */
static triplet_status add_windows(triplet_context *context, windows_job *job, sides by, triplet_watch part) {
  const triplet_selection *selection = job->of->survey->selection;
  const size_t queries = selection->queries.rows, references = selection->references.rows;
  const double from = part.from, span = part.to - part.from;
  for (size_t i = 0; i < queries; i += WINDOW)
    for (size_t j = job->symmetric ? i : 0; j < references; j += WINDOW) {
      job->x = window_at(i, queries);
      job->y = window_at(j, references);
      const double row = job->symmetric ? (double)(references - i) : (double)references;
      const double before =
          job->symmetric ? 1 - row * row / ((double)references * (double)references) : (double)i / (double)queries;
      const triplet_watch whole = triplet_watch_part(context, from + span * before, from + span * before);
      const triplet_status status = add_window(context, job, by);
      triplet_watch_restore(context, whole);
      TRIPLET_TRY(status);
    }
  return TRIPLET_OK;
}

/* Writes what no pair is added to. */
static triplet_status frame(triplet_context *context, const windows_job *job, bool begins) {
  const triplet_selection *selection = job->of->survey->selection;
  const double done = begins ? 0 : 1;
  const triplet_watch whole = triplet_watch_part(context, done, done);
  triplet_gathering gathering = {.measure = &selection->measure,
                                 .rows = selection->queries,
                                 .gradient = job->of->gradients.embeddings,
                                 .begins = begins,
                                 .ends = !begins};
  triplet_status status = triplet_gather(context, &gathering);
  gathering.rows = selection->references;
  gathering.gradient = job->of->gradients.references;
  if (status == TRIPLET_OK)
    status = triplet_gather(context, &gathering);
  triplet_watch_restore(context, whole);
  return status;
}

triplet_status triplet_gather_windows(triplet_context *context, const triplet_windows *windows) {
  const triplet_selection *selection = windows->survey->selection;
  const bool separate = selection->sets.separate, directed = selection->measure.term.shift != 0;
  windows_job job = {.of = windows, .symmetric = !separate && !directed};
  float *const scratch = windows->scratch;
  job.here.distances = scratch;
  job.here.slopes = scratch + WINDOW * WINDOW;
  job.back.distances = scratch + 2 * WINDOW * WINDOW;
  job.back.slopes = scratch + 3 * WINDOW * WINDOW;
  job.back.backward = job.here.slopes;
  job.here.stride = job.back.stride = WINDOW;

  TRIPLET_TRY(frame(context, &job, true));
  if (separate || !directed) {
    TRIPLET_TRY(add_windows(context, &job, (sides){true, true}, (triplet_watch){.from = 0, .to = 1}));
  } else {
    /* A row sums first all pairs that it is x of, then those that it is y of. */
    TRIPLET_TRY(add_windows(context, &job, (sides){true, false}, (triplet_watch){.from = 0, .to = 0.5}));
    TRIPLET_TRY(add_windows(context, &job, (sides){false, true}, (triplet_watch){.from = 0.5, .to = 1}));
  }
  return frame(context, &job, false);
}
