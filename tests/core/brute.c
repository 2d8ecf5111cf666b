#include "brute.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

/* ---- the batch as it is looked at -------------------------------------------------------------------------------- */

typedef struct view {
  const brute_batch *batch;
  triplet_matrix rows; /* the references */
  const int32_t *labels, *row_labels;
  float *distances, *across; /* (B, R), (R, R) */
  bool *left_out, *row_left_out;
  uint64_t nonfinite;
} view;

static bool finite_row(triplet_matrix matrix, size_t row) {
  for (size_t k = 0; k < matrix.cols; k++)
    if (!isfinite(matrix.data[row * matrix.cols + k]))
      return false;
  return true;
}

static float *distances_of(const triplet_options *options, triplet_matrix x, triplet_matrix y) {
  triplet_options allowing = *options;
  allowing.nonfinite = TRIPLET_NONFINITE_ALLOW;
  float *distances = malloc((x.rows * y.rows + 1) * sizeof *distances);
  assert_int_equal(triplet_distances(NULL, &allowing, x, y, (triplet_matrix){distances, x.rows, y.rows}), TRIPLET_OK);
  return distances;
}

static view view_of(const brute_batch *batch) {
  const triplet_references *references = batch->in.references;
  view v = {.batch = batch,
            .rows = references ? references->rows : batch->in.embeddings,
            .labels = batch->in.labels.integers.data,
            .row_labels = references ? references->labels.integers.data : batch->in.labels.integers.data};
  const triplet_matrix x = batch->in.embeddings;
  v.distances = distances_of(&batch->options, x, v.rows);
  v.across = distances_of(&batch->options, v.rows, v.rows);
  v.left_out = calloc(x.rows + 1, sizeof *v.left_out);
  v.row_left_out = calloc(v.rows.rows + 1, sizeof *v.row_left_out);
  for (size_t i = 0; i < x.rows; i++) {
    const bool ignored = v.labels[i] == batch->options.ignore_label;
    v.left_out[i] = ignored || !finite_row(x, i);
    v.nonfinite += !ignored && v.left_out[i];
  }
  for (size_t j = 0; j < v.rows.rows; j++) {
    const bool ignored = v.row_labels[j] == batch->options.ignore_label;
    v.row_left_out[j] = ignored || !finite_row(v.rows, j);
    v.nonfinite += references && !ignored && v.row_left_out[j];
  }
  return v;
}

static void release_view(view *v) {
  free(v->distances);
  free(v->across);
  free(v->left_out);
  free(v->row_left_out);
}

static bool is_positive(const view *v, size_t a, size_t j) {
  const triplet_references *references = v->batch->in.references;
  const bool self = !references ? a == j : references->self.data && references->self.data[a] == (int32_t)j;
  return !self && !v->row_left_out[j] && v->row_labels[j] == v->labels[a];
}

static bool is_negative(const view *v, size_t a, size_t j) {
  return !v->row_left_out[j] && v->row_labels[j] != v->labels[a];
}

/* ---- selection --------------------------------------------------------------------------------------------------- */

static bool is_candidate(const view *v, size_t a, size_t p, size_t n) {
  return !v->left_out[a] && is_positive(v, a, p) && is_negative(v, a, n);
}

static bool has_any(const view *v, size_t a, bool (*is)(const view *, size_t, size_t)) {
  for (size_t j = 0; j < v->rows.rows; j++)
    if (is(v, a, j))
      return true;
  return false;
}

/* The row j of a kind whose distance no other such row beats; below: by being smaller. -1: none. */
static int32_t best_of(const view *v, size_t a, bool (*is)(const view *, size_t, size_t), bool smaller, double beyond) {
  const float *d = v->distances + a * v->rows.rows;
  int32_t best = -1;
  for (size_t j = 0; j < v->rows.rows; j++)
    if (is(v, a, j) && d[j] > beyond && (best < 0 || (smaller ? d[j] < d[best] : d[j] > d[best])))
      best = (int32_t)j;
  return best;
}

static int32_t semihard_of(const view *v, size_t a, size_t p) {
  const int32_t beyond = best_of(v, a, is_negative, true, v->distances[a * v->rows.rows + p]);
  if (beyond >= 0 || v->batch->options.fallback == TRIPLET_FALLBACK_SKIP)
    return beyond;
  return best_of(v, a, is_negative, false, -INFINITY);
}

static triplet_positives positives_of(const triplet_options *options) {
  switch (options->mining) {
  case TRIPLET_MINING_ALL:
    return options->positives ? options->positives : TRIPLET_POSITIVES_ALL;
  case TRIPLET_MINING_HARD:
    return TRIPLET_POSITIVES_HARD;
  case TRIPLET_MINING_EASY_POSITIVE:
    return TRIPLET_POSITIVES_EASY;
  default:
    return TRIPLET_POSITIVES_ALL;
  }
}

static triplet_negatives negatives_of(const triplet_options *options) {
  switch (options->mining) {
  case TRIPLET_MINING_HARD:
    return TRIPLET_NEGATIVES_HARD;
  case TRIPLET_MINING_SEMIHARD:
  case TRIPLET_MINING_EASY_POSITIVE:
    return TRIPLET_NEGATIVES_SEMIHARD;
  case TRIPLET_MINING_DISTANCE_WEIGHTED:
    return TRIPLET_NEGATIVES_DISTANCE_WEIGHTED;
  case TRIPLET_MINING_RANDOM:
    return TRIPLET_NEGATIVES_RANDOM;
  default:
    return options->negatives ? options->negatives : TRIPLET_NEGATIVES_ALL;
  }
}

bool brute_is_drawn(const triplet_options *options) {
  const triplet_negatives negatives = negatives_of(options);
  return negatives == TRIPLET_NEGATIVES_DISTANCE_WEIGHTED || negatives == TRIPLET_NEGATIVES_RANDOM;
}

static bool is_used(const view *v, size_t a, size_t p) {
  const triplet_positives positives = positives_of(&v->batch->options);
  return positives == TRIPLET_POSITIVES_ALL ||
         best_of(v, a, is_positive, positives == TRIPLET_POSITIVES_EASY, -INFINITY) == (int32_t)p;
}

static bool goes_with(const view *v, size_t a, size_t p, size_t n) {
  switch (negatives_of(&v->batch->options)) {
  case TRIPLET_NEGATIVES_HARD:
    return best_of(v, a, is_negative, true, -INFINITY) == (int32_t)n;
  case TRIPLET_NEGATIVES_SEMIHARD:
    return semihard_of(v, a, p) == (int32_t)n;
  default:
    return true;
  }
}

size_t brute_select(const brute_batch *batch, brute_triplet **triplets) {
  view v = view_of(batch);
  size_t count = 0, room = 64;
  *triplets = malloc(room * sizeof **triplets);
  for (size_t a = 0; a < batch->in.embeddings.rows; a++)
    for (size_t p = 0; p < v.rows.rows; p++)
      for (size_t n = 0; n < v.rows.rows; n++)
        if (is_candidate(&v, a, p, n) && is_used(&v, a, p) && goes_with(&v, a, p, n)) {
          if (count == room)
            *triplets = realloc(*triplets, (room *= 2) * sizeof **triplets);
          (*triplets)[count++] = (brute_triplet){(int32_t)a, (int32_t)p, (int32_t)n};
        }
  release_view(&v);
  return count;
}

size_t brute_list(const brute_batch *batch, brute_triplet **triplets) {
  if (!brute_is_drawn(&batch->options))
    return brute_select(batch, triplets);
  size_t capacity;
  assert_int_equal(triplet_mine_capacity(NULL, &batch->options, &batch->in, &capacity), TRIPLET_OK);
  int32_t *columns = malloc((3 * capacity + 1) * sizeof *columns);
  triplet_triplets mined = {columns, columns + capacity, columns + 2 * capacity, capacity, 0};
  assert_int_equal(triplet_mine(NULL, &batch->options, &batch->in, &mined, NULL), TRIPLET_OK);

  *triplets = malloc((mined.count + 1) * sizeof **triplets);
  for (size_t i = 0; i < mined.count; i++)
    (*triplets)[i] = (brute_triplet){mined.anchors[i], mined.positives[i], mined.negatives[i]};
  free(columns);
  return mined.count;
}

/* Of two rows divided by their lengths, where they have one. */
static double unit_distance(const float *x, const float *y, size_t d) {
  double xx = 0, yy = 0, sum = 0;
  for (size_t k = 0; k < d; k++) {
    xx += (double)x[k] * x[k];
    yy += (double)y[k] * y[k];
  }
  for (size_t k = 0; k < d; k++) {
    const double difference = x[k] / (xx > 0 ? sqrt(xx) : 1) - y[k] / (yy > 0 ? sqrt(yy) : 1);
    sum += difference * difference;
  }
  return sqrt(sum);
}

/* How far away a negative is for its draw, as a share of how far it may be. */
static double reach_of(const view *v, size_t a, size_t n) {
  const triplet_options *options = &v->batch->options;
  if (negatives_of(options) == TRIPLET_NEGATIVES_RANDOM)
    return 0;
  const size_t d = v->rows.cols;
  const float *x = v->batch->in.embeddings.data + a * d, *y = v->rows.data + n * d;
  return unit_distance(x, y, d) / options->far_cutoff;
}

void assert_drawn(const brute_batch *batch, const brute_triplet *triplets, size_t count) {
  view v = view_of(batch);
  size_t at = 0;
  for (size_t a = 0; a < batch->in.embeddings.rows; a++)
    for (size_t p = 0; p < v.rows.rows && !v.left_out[a]; p++) {
      if (!is_positive(&v, a, p) || !is_used(&v, a, p))
        continue;
      double nearest = INFINITY;
      for (size_t n = 0; n < v.rows.rows; n++)
        if (is_negative(&v, a, n))
          nearest = fmin(nearest, reach_of(&v, a, n));
      const bool drawn = at < count && triplets[at].anchor == (int32_t)a && triplets[at].positive == (int32_t)p;
      assert_true(drawn ? nearest < 1 + 1e-6 : nearest > 1 - 1e-6);
      if (drawn) {
        assert_true(is_negative(&v, a, (size_t)triplets[at].negative));
        assert_true(reach_of(&v, a, (size_t)triplets[at].negative) < 1 + 1e-6);
      }
      at += drawn;
    }
  assert_int_equal(at, count);
  release_view(&v);
}

/* ---- loss -------------------------------------------------------------------------------------------------------- */

static double per_anchor(triplet_floats list, size_t a, double otherwise) {
  return list.data ? list.data[list.count == 1 ? 0 : a] : otherwise;
}

brute_hinge brute_hinge_of(const triplet_options *options, double margin, float ap, float an, float pn) {
  brute_hinge out = {.an_share = options->swap && pn <= an ? (pn == an ? 0.5 : 0) : 1};
  const float nearer = options->swap && pn < an ? pn : an;
  const double h = ((double)ap + margin) - (double)nearer;
  out.hard = nearer <= ap;
  if (options->soft_margin) {
    out.loss = h > 0 ? h + log1p(exp(-h)) : log1p(exp(h));
    out.slope = 1 / (1 + exp(-h));
    out.active = true;
  } else if (h > 0) {
    out.loss = h;
    out.slope = 1;
    out.active = true;
  } else if (h == 0 && options->convention != TRIPLET_CONVENTION_EXACT) {
    out.slope = options->convention == TRIPLET_CONVENTION_TORCH ? 1 : 0.5;
    out.active = true;
  }
  return out;
}

static brute_hinge hinge_of(const view *v, brute_triplet t) {
  const triplet_options *options = &v->batch->options;
  const size_t r = v->rows.rows, a = (size_t)t.anchor, p = (size_t)t.positive, n = (size_t)t.negative;
  const double margin = options->margins.data ? options->margins.data[a] : options->margin;
  return brute_hinge_of(options, margin, v->distances[a * r + p], v->distances[a * r + n], v->across[p * r + n]);
}

void brute_slopes(const brute_batch *batch, const brute_triplet *triplets, size_t count, double *slopes) {
  view v = view_of(batch);
  const size_t r = v.rows.rows;
  memset(slopes, 0, batch->in.embeddings.rows * r * sizeof *slopes);
  for (size_t i = 0; i < count; i++) {
    const brute_hinge h = hinge_of(&v, triplets[i]);
    const size_t a = (size_t)triplets[i].anchor, p = (size_t)triplets[i].positive, n = (size_t)triplets[i].negative;
    const double slope = h.slope * per_anchor(batch->options.weights, a, 1);
    slopes[a * r + p] += slope;
    slopes[a * r + n] -= slope * h.an_share;
    if (!batch->in.references)
      slopes[p * r + n] -= slope * (1 - h.an_share);
  }
  release_view(&v);
}

size_t brute_violating(const brute_batch *batch, brute_triplet **triplets) {
  brute_batch plain = *batch;
  plain.options.mining = TRIPLET_MINING_ALL;
  plain.options.positives = TRIPLET_POSITIVES_ALL;
  plain.options.negatives = TRIPLET_NEGATIVES_ALL;
  plain.options.swap = plain.options.soft_margin = false;
  const size_t every = brute_select(&plain, triplets);
  view v = view_of(&plain);
  size_t count = 0;
  for (size_t i = 0; i < every; i++) {
    const brute_hinge h = hinge_of(&v, (*triplets)[i]);
    const bool of_kind[] = {[TRIPLET_VIOLATING_ALL] = h.active,
                            [TRIPLET_VIOLATING_HARD] = h.active && h.hard,
                            [TRIPLET_VIOLATING_SEMIHARD] = h.active && !h.hard,
                            [TRIPLET_VIOLATING_EASY] = !h.active};
    if (of_kind[batch->options.violating])
      (*triplets)[count++] = (*triplets)[i];
  }
  release_view(&v);
  return count;
}

void brute_add_pair(const triplet_options *options, size_t d, double slope, brute_place x, brute_place y) {
  if (slope == 0)
    return;
  double *wide_x = doubles_of(x.row, d), *wide_y = doubles_of(y.row, d);
  double *by_x = calloc(d + 1, sizeof *by_x), *by_y = calloc(d + 1, sizeof *by_y);
  reference_distance_gradient(options, wide_x, wide_y, d, by_x, by_y);
  double largest = 0, xx = 0, yy = 0;
  for (size_t k = 0; k < d; k++) {
    x.gradient[k] += slope * by_x[k];
    y.gradient[k] += slope * by_y[k];
    largest = fmax(largest, fabs(by_x[k]));
    xx += wide_x[k] * wide_x[k];
    yy += wide_y[k] * wide_y[k];
  }
  /* The gradient of cosine is the difference of two vectors of length 1 / |x|. */
  const bool cosine = options->distance == TRIPLET_DISTANCE_COSINE && xx > 0 && yy > 0;
  *x.size += fabs(slope) * (cosine ? 1 / sqrt(xx) : largest);
  *y.size += fabs(slope) * (cosine ? 1 / sqrt(yy) : largest);
  free(wide_x);
  free(wide_y);
  free(by_x);
  free(by_y);
}

static brute_place place_of(triplet_matrix rows, double *gradient, double *size, int32_t index) {
  return (brute_place){rows.data + (size_t)index * rows.cols, gradient + (size_t)index * rows.cols, size + index};
}

static double divisor_of(const triplet_options *options, const triplet_stats *stats, double weights) {
  switch (options->reduction) {
  case TRIPLET_REDUCTION_MEAN:
    return (double)stats->triplets;
  case TRIPLET_REDUCTION_MEAN_NONZERO:
    return (double)stats->active;
  case TRIPLET_REDUCTION_WEIGHTED_MEAN:
    return weights;
  default:
    return 1;
  }
}

static void count_anchors(const view *v, triplet_stats *stats) {
  bool any = false, near = true;
  for (size_t a = 0; a < v->batch->in.embeddings.rows; a++) {
    if (v->left_out[a])
      continue;
    const triplet_options *options = &v->batch->options;
    const double margin = options->margins.data ? options->margins.data[a] : options->margin;
    const double scale = margin > 0 ? margin : 1;
    stats->anchors_without_positive += !has_any(v, a, is_positive);
    stats->anchors_without_negative += !has_any(v, a, is_negative);
    for (size_t j = 0; j < v->rows.rows; j++)
      if (is_positive(v, a, j) || is_negative(v, a, j)) {
        any = true;
        near = near && fabs(v->distances[a * v->rows.rows + j]) < 1e-3 * scale;
      }
  }
  stats->collapsed = any && near;
}

/* Means over the pairs (a, p), or (a, n), that occur. */
static double mean_distance(const view *v, const brute_triplet *triplets, size_t count, bool negatives) {
  const size_t r = v->rows.rows;
  bool *seen = calloc(v->batch->in.embeddings.rows * r + 1, sizeof *seen);
  double sum = 0, pairs = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t at =
        (size_t)triplets[i].anchor * r + (size_t)(negatives ? triplets[i].negative : triplets[i].positive);
    if (!seen[at]) {
      sum += v->distances[at];
      pairs++;
    }
    seen[at] = true;
  }
  free(seen);
  return pairs > 0 ? sum / pairs : (double)NAN;
}

brute_answer brute_loss(const brute_batch *batch, const brute_triplet *triplets, size_t count) {
  view v = view_of(batch);
  const triplet_options *options = &batch->options;
  const size_t b = batch->in.embeddings.rows, r = v.rows.rows, d = v.rows.cols;
  brute_answer answer = {.losses = calloc(b + 1, sizeof(double)),
                         .gradient = calloc(b * d + 1, sizeof(double)),
                         .references_gradient = calloc(r * d + 1, sizeof(double)),
                         .size = calloc(b + 1, sizeof(double)),
                         .references_size = calloc(r + 1, sizeof(double))};

  triplet_stats *stats = &answer.stats;
  stats->triplets = count;
  stats->nonfinite = v.nonfinite;

  double weights = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t a = (size_t)triplets[i].anchor;
    const brute_hinge h = hinge_of(&v, triplets[i]);
    const double weight = per_anchor(options->weights, a, 1);
    weights += weight;
    answer.losses[a] += weight * h.loss;
    answer.loss += weight * h.loss;
    stats->active += h.active && weight != 0;
    stats->hard += h.hard;
    stats->semihard += !h.hard && h.loss > 0;
    stats->easy += h.loss == 0;
  }

  const double divisor = divisor_of(options, stats, weights);
  answer.loss = divisor != 0 ? answer.loss / divisor : 0;
  double *other = batch->in.references ? answer.references_gradient : answer.gradient;
  double *other_size = batch->in.references ? answer.references_size : answer.size;

  for (size_t i = 0; i < count && divisor != 0; i++) {
    const size_t index = (size_t)triplets[i].anchor;
    const brute_hinge h = hinge_of(&v, triplets[i]);
    const double weight = per_anchor(options->weights, index, 1) * per_anchor(options->grad_output, index, 1);
    const double slope = h.slope * weight / divisor;
    const brute_place a = place_of(batch->in.embeddings, answer.gradient, answer.size, triplets[i].anchor);
    const brute_place p = place_of(v.rows, other, other_size, triplets[i].positive);
    const brute_place n = place_of(v.rows, other, other_size, triplets[i].negative);
    brute_add_pair(options, d, slope, a, p);
    brute_add_pair(options, d, -slope * h.an_share, a, n);
    brute_add_pair(options, d, -slope * (1 - h.an_share), p, n);
  }

  count_anchors(&v, stats);
  stats->mean_positive_distance = mean_distance(&v, triplets, count, false);
  stats->mean_negative_distance = mean_distance(&v, triplets, count, true);
  release_view(&v);
  return answer;
}

void brute_release(brute_answer *answer) {
  free(answer->losses);
  free(answer->gradient);
  free(answer->references_gradient);
  free(answer->size);
  free(answer->references_size);
}

/* ---- what the library says --------------------------------------------------------------------------------------- */

batch_output batch_output_of(const brute_batch *batch) {
  const size_t b = batch->in.embeddings.rows, d = batch->in.embeddings.cols;
  const size_t r = batch->in.references ? batch->in.references->rows.rows : 0;
  return (batch_output){
      .gradient = floats_make(b * d, 1), .references_gradient = floats_make(r * d, 3), .losses = floats_make(b, 0)};
}

void batch_output_release(batch_output *out) {
  floats_release(&out->gradient);
  floats_release(&out->references_gradient);
  floats_release(&out->losses);
}

triplet_status batch_output_run(triplet_context *context, const brute_batch *batch, batch_output *out) {
  float *const references_gradient = batch->in.references ? out->references_gradient.data : NULL;
  return triplet_batch_loss(context, &batch->options, &batch->in,
                            (triplet_batch_gradients){out->gradient.data, references_gradient}, out->losses.data,
                            &out->result);
}

void assert_near(const char *what, double got, double expected, double tolerance) {
  if (!(fabs(got - expected) <= tolerance) && !(isnan(got) && isnan(expected)))
    fail_msg("%s is %.17g, expected %.17g", what, got, expected);
}

void assert_rows(const char *what, const float *got, const double *expected, const double *size, size_t rows,
                 size_t d) {
  for (size_t i = 0; i < rows; i++) {
    double largest = 0;
    for (size_t k = 0; k < d; k++)
      largest = fmax(largest, fabs(expected[i * d + k]));
    for (size_t k = 0; k < d; k++)
      assert_near(what, got[i * d + k], expected[i * d + k], 1e-5 * largest + 1e-6 * size[i] + 1e-37);
  }
}

/* ---- what it says is that ---------------------------------------------------------------------------------------- */

static void assert_stats(const triplet_stats *got, const triplet_stats *expected) {
  assert_int_equal(got->triplets, expected->triplets);
  assert_int_equal(got->active, expected->active);
  assert_int_equal(got->hard, expected->hard);
  assert_int_equal(got->semihard, expected->semihard);
  assert_int_equal(got->easy, expected->easy);
  assert_int_equal(got->anchors_without_positive, expected->anchors_without_positive);
  assert_int_equal(got->anchors_without_negative, expected->anchors_without_negative);
  assert_int_equal(got->nonfinite, expected->nonfinite);
  assert_int_equal(got->collapsed, expected->collapsed);
  assert_near("mean_positive_distance", got->mean_positive_distance, expected->mean_positive_distance,
              1e-12 * fabs(expected->mean_positive_distance));
  assert_near("mean_negative_distance", got->mean_negative_distance, expected->mean_negative_distance,
              1e-12 * fabs(expected->mean_negative_distance));
}

/* What sums of losses that cancel are made of. */
static double loss_size(const brute_answer *answer, size_t b) {
  double size = 1;
  for (size_t i = 0; i < b; i++)
    size += fabs(answer->losses[i]);
  return size;
}

void assert_brute_answer(const brute_batch *batch, const batch_output *out, const brute_answer *answer) {
  const size_t b = batch->in.embeddings.rows, d = batch->in.embeddings.cols;
  assert_stats(&out->result.stats, &answer->stats);
  assert_near("loss", out->result.loss, answer->loss, 1e-12 * loss_size(answer, b));
  for (size_t i = 0; i < b; i++)
    assert_near("losses", out->losses.data[i], answer->losses[i], 1e-7 * fabs(answer->losses[i]) + 1e-11);
  assert_rows("gradient", out->gradient.data, answer->gradient, answer->size, b, d);
  if (batch->in.references)
    assert_rows("references_gradient", out->references_gradient.data, answer->references_gradient,
                answer->references_size, batch->in.references->rows.rows, d);
}

mined mined_of(triplet_context *context, const brute_batch *batch) {
  size_t capacity;
  assert_int_equal(triplet_mine_capacity(context, &batch->options, &batch->in, &capacity), TRIPLET_OK);
  int32_t *rows = malloc((3 * capacity + 1) * sizeof *rows);
  mined out = {.triplets = {rows, rows + capacity, rows + 2 * capacity, capacity, 0}};
  assert_int_equal(triplet_mine(context, &batch->options, &batch->in, &out.triplets, &out.stats), TRIPLET_OK);
  assert_true(out.triplets.count <= capacity);
  return out;
}

/* ---- random batches ---------------------------------------------------------------------------------------------- */

/* Labels of one class, of all different ones, of few, of the ends of int32. */
static int32_t random_label(seeded *from, int kind, size_t row) {
  static const int32_t wild[] = {INT32_MIN, INT32_MAX, -1, 0, 16777217, 16777216, INT32_MIN + 1};
  switch (kind) {
  case 0:
    return 7;
  case 1:
    return (int32_t)row - 3;
  case 2:
    return wild[seeded_below(from, sizeof wild / sizeof *wild)];
  default:
    return (int32_t)seeded_below(from, (size_t)kind);
  }
}

/* Plain points, points of a grid (ties, duplicates), far from the origin, or near to each other. */
static floats random_points(seeded *from, size_t rows, size_t d, int kind) {
  floats points = floats_random(from, rows * d, seeded_below(from, 4), 2);
  for (size_t i = 0; i < rows * d; i++)
    points.data[i] = kind == 0   ? rintf(points.data[i])
                     : kind == 1 ? points.data[i] + 30
                     : kind == 4 ? points.data[i] * 1e-4f
                                 : points.data[i];
  return points;
}

static double pick(seeded *from, const double *values, size_t count) {
  return values[seeded_below(from, count)];
}
#define PICK(from, ...) pick(from, (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static triplet_options random_options(seeded *from, size_t classes) {
  triplet_options options = triplet_batch_options();
  options.mining = (triplet_mining)seeded_below(from, 4);
  if (seeded_below(from, 3) == 0) { /* which play a part with mining all only */
    options.mining = (triplet_mining)PICK(from, 0, 0, 0, 1, 2);
    options.positives = (triplet_positives)seeded_below(from, TRIPLET_POSITIVES_EASY + 1);
    options.negatives = (triplet_negatives)seeded_below(from, TRIPLET_NEGATIVES_SEMIHARD + 1);
  }
  options.convention = (triplet_convention)PICK(from, 0, 1, 2, 2);
  options.distance = (triplet_distance)PICK(from, 0, 0, 0, 1, 2, 3);
  options.p = PICK(from, 2, 2, 2, 1, 1, 3, INFINITY, 1.5);
  options.eps = PICK(from, 1e-6, 1e-6, 1e-3);
  options.margin = PICK(from, 0.2, 1, 1, 0, -0.5, 3);
  options.swap = seeded_below(from, 3) == 0;
  options.soft_margin = seeded_below(from, 5) == 0;
  options.fallback = (triplet_fallback)seeded_below(from, 2);
  options.reduction = (triplet_reduction)seeded_below(from, REDUCTIONS);
  if (seeded_below(from, 4) == 0)
    options.ignore_label = (int64_t)seeded_below(from, classes + 1) - 1;
  return options;
}

void random_batch_make(random_batch *made, seeded *from, size_t most_rows) {
  const int label_kind = (int)seeded_below(from, 9), point_kind = (int)seeded_below(from, 5);
  const size_t b = 1 + seeded_below(from, most_rows), d = 1 + seeded_below(from, 20);
  const bool separate = seeded_below(from, 3) == 0;
  const size_t r = separate ? b + seeded_below(from, 8) : b;

  *made = (random_batch){.batch = {.options = random_options(from, (size_t)label_kind)}};
  triplet_options *options = &made->batch.options;

  made->x = random_points(from, b, d, point_kind);
  made->labels = malloc(b * sizeof *made->labels);
  for (size_t i = 0; i < b; i++)
    made->labels[i] = random_label(from, label_kind, i);
  made->batch.in = (triplet_batch){{made->x.data, b, d}, triplet_labels_of(made->labels, b), NULL};

  if (separate) {
    /* The batch and more: a query may be its own reference, or not know it. */
    made->y = random_points(from, r, d, point_kind);
    memcpy(made->y.data, made->x.data, b * d * sizeof(float));
    made->reference_labels = malloc(r * sizeof *made->reference_labels);
    made->self = malloc(b * sizeof *made->self);
    for (size_t j = 0; j < r; j++)
      made->reference_labels[j] = j < b ? made->labels[j] : random_label(from, label_kind, j);
    for (size_t i = 0; i < b; i++)
      made->self[i] = seeded_below(from, 4) ? (int32_t)i : -1;
    made->references =
        (triplet_references){{made->y.data, r, d}, triplet_labels_of(made->reference_labels, r), {made->self, b}};
    if (seeded_below(from, 4) == 0)
      made->references.self = (triplet_ints){NULL, 0};
    made->batch.in.references = &made->references;
  }

  if (seeded_below(from, 3) == 0) {
    made->weights = floats_random(from, b, 1, 2);
    made->weights.data[seeded_below(from, b)] = 0;
    options->weights = (triplet_floats){made->weights.data, b};
  }
  if (seeded_below(from, 4) == 0) {
    made->margins = floats_random(from, b, 1, 1);
    options->margins = (triplet_floats){made->margins.data, b};
  }
  if (seeded_below(from, 3) == 0) {
    const size_t count = options->reduction == TRIPLET_REDUCTION_NONE && seeded_below(from, 2) ? b : 1;
    made->grad_output = floats_random(from, count, 1, 3);
    options->grad_output = (triplet_floats){made->grad_output.data, count};
  }
  if (seeded_below(from, 6) == 0) {
    options->nonfinite = TRIPLET_NONFINITE_ALLOW;
    made->x.data[seeded_below(from, b * d)] = PICK(from, INFINITY, NAN, -INFINITY);
  }
}

void random_batch_release(random_batch *made) {
  floats *const lists[] = {&made->x, &made->y, &made->weights, &made->margins, &made->grad_output};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    floats_release(lists[i]);
  free(made->labels);
  free(made->reference_labels);
  free(made->self);
}
