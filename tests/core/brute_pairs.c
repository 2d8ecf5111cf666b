#include "brute_pairs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

/* ---- who is what to whom ----------------------------------------------------------------------------------------- */

static triplet_ints labels_at(triplet_labels labels, size_t row) {
  if (!labels.ends.data)
    return (triplet_ints){labels.integers.data + row, 1};
  const int32_t first = row ? labels.ends.data[row - 1] : 0;
  return (triplet_ints){labels.integers.data + first, (size_t)(labels.ends.data[row] - first)};
}

static bool has_label(triplet_ints labels, int64_t label) {
  for (size_t i = 0; i < labels.count; i++)
    if (labels.data[i] == label)
      return true;
  return false;
}

static bool meet(triplet_ints one, triplet_ints other) {
  for (size_t i = 0; i < one.count; i++)
    if (has_label(other, one.data[i]))
      return true;
  return false;
}

static bool is_ignored(const brute_batch *batch, triplet_labels labels, size_t row) {
  if (batch->in.labels.relations.data)
    return false;
  const triplet_ints own = labels_at(labels, row);
  return own.count == 0 || has_label(own, batch->options.ignore_label);
}

static bool is_finite(triplet_matrix rows, size_t row) {
  for (size_t k = 0; k < rows.cols; k++)
    if (!isfinite(rows.data[row * rows.cols + k]))
      return false;
  return true;
}

static triplet_matrix references_of(const brute_batch *batch) {
  return batch->in.references ? batch->in.references->rows : batch->in.embeddings;
}

static triplet_labels reference_labels_of(const brute_batch *batch) {
  return batch->in.references ? batch->in.references->labels : batch->in.labels;
}

static bool is_anchor(const brute_batch *batch, size_t a) {
  return !is_ignored(batch, batch->in.labels, a) && is_finite(batch->in.embeddings, a);
}

/* 1: reference j is a positive of anchor a, -1: a negative, 0: neither. */
static int relation(const brute_batch *batch, size_t a, size_t j) {
  const triplet_references *references = batch->in.references;
  const bool self = references ? references->self.data && references->self.data[a] == (int32_t)j : a == j;
  if (self || is_ignored(batch, reference_labels_of(batch), j) || !is_finite(references_of(batch), j))
    return 0;
  const triplet_matrix relations = batch->in.labels.relations;
  if (relations.data)
    return (int)relations.data[a * relations.cols + j];
  return meet(labels_at(batch->in.labels, a), labels_at(reference_labels_of(batch), j)) ? 1 : -1;
}

/* ---- an anchor --------------------------------------------------------------------------------------------------- */

typedef struct anchor {
  const triplet_options *options;
  size_t positive_count, negative_count;
  size_t *positives, *negatives; /* references */
  const double *d;               /* R */
} anchor;

/* A summand that reductions count: of the positive pairs (group 0) or the negative pairs (group 1) of contrastive; of
 * the other losses every one is of group 0. */
typedef struct term {
  int group;
  double value;
  bool doubtful;  /* neither surely 0 nor surely more */
  double *slopes; /* R: by each distance */
} term;

/* log sum e^exponents, with one more of 0 where one is true; shares: of each in the sum. */
static double log_sum(const double *exponents, size_t count, bool one, double *shares) {
  double most = one ? 0 : -INFINITY, sum = 0;
  for (size_t i = 0; i < count; i++)
    most = fmax(most, exponents[i]);
  for (size_t i = 0; i < count; i++)
    sum += exp(exponents[i] - most);
  const double whole = sum + (one ? exp(-most) : 0);
  for (size_t i = 0; i < count; i++)
    shares[i] = exp(exponents[i] - most) / whole;
  return one && most == 0 ? log1p(sum) : most + log(whole);
}

/* Each fills term i of an anchor; false: there are no more. */

static bool contrastive(const anchor *of, size_t i, term *term) {
  if (i >= of->positive_count + of->negative_count)
    return false;
  if (i < of->positive_count) {
    const size_t p = of->positives[i];
    term->value = fmax(of->d[p] - of->options->positive_margin, 0);
    term->slopes[p] = term->value > 0;
  } else {
    const size_t n = of->negatives[i - of->positive_count];
    term->group = 1;
    term->value = fmax(of->options->negative_margin - of->d[n], 0);
    term->slopes[n] = -(term->value > 0);
  }
  return true;
}

static bool info_nce(const anchor *of, size_t i, term *term) {
  if (i >= of->positive_count)
    return false;
  const double temperature = of->options->temperature;
  double *exponents = calloc(2 * of->negative_count + 1, sizeof *exponents);
  double *shares = exponents + of->negative_count;
  for (size_t k = 0; k < of->negative_count; k++)
    exponents[k] = (of->d[of->positives[i]] - of->d[of->negatives[k]]) / temperature;
  term->value = log_sum(exponents, of->negative_count, true, shares);
  for (size_t k = 0; k < of->negative_count; k++) {
    term->slopes[of->positives[i]] += shares[k] / temperature;
    term->slopes[of->negatives[k]] -= shares[k] / temperature;
  }
  term->doubtful = of->negative_count && term->value < 1e-200;
  free(exponents);
  return true;
}

static bool sup_con(const anchor *of, size_t references, size_t i, term *term) {
  if (i > 0 || of->positive_count == 0)
    return false;
  const double temperature = of->options->temperature, share_of_one = 1 / (double)of->positive_count;
  const size_t count = of->positive_count + of->negative_count;
  double *exponents = calloc(2 * count + 1, sizeof *exponents), *shares = exponents + count;
  for (size_t k = 0; k < of->positive_count; k++) {
    const size_t p = of->positives[k];
    for (size_t j = 0; j < count; j++) {
      const size_t other = j < of->positive_count ? of->positives[j] : of->negatives[j - of->positive_count];
      exponents[j] = (of->d[p] - of->d[other]) / temperature;
    }
    term->value += log_sum(exponents, count, false, shares) * share_of_one;
    term->slopes[p] += share_of_one / temperature;
    for (size_t j = 0; j < count; j++) {
      const size_t other = j < of->positive_count ? of->positives[j] : of->negatives[j - of->positive_count];
      term->slopes[other] -= shares[j] * share_of_one / temperature;
    }
  }
  double steepest = 0;
  for (size_t j = 0; j < references; j++)
    steepest = fmax(steepest, fabs(term->slopes[j]) * temperature);
  term->doubtful = count > 1 && steepest < 1e-12;
  free(exponents);
  return true;
}

static double base_of(const triplet_options *options) {
  if (options->distance == TRIPLET_DISTANCE_COSINE)
    return 1 - options->base;
  return options->distance == TRIPLET_DISTANCE_DOT ? -options->base : options->base;
}

/* sign / factor x log(1 + sum e^(sign factor (d - base))) */
static double add_side(const anchor *of, const size_t *rows, size_t count, double sign, double factor, double *slopes) {
  double *exponents = calloc(2 * count + 1, sizeof *exponents), *shares = exponents + count;
  for (size_t k = 0; k < count; k++)
    exponents[k] = sign * factor * (of->d[rows[k]] - base_of(of->options));
  const double value = log_sum(exponents, count, true, shares) / factor;
  for (size_t k = 0; k < count; k++)
    slopes[rows[k]] += sign * shares[k];
  free(exponents);
  return value;
}

static bool multi_similarity(const anchor *of, size_t i, term *term) {
  if (i > 0)
    return false;
  term->value = add_side(of, of->positives, of->positive_count, 1, of->options->alpha, term->slopes) +
                add_side(of, of->negatives, of->negative_count, -1, of->options->beta, term->slopes);
  term->doubtful = of->positive_count + of->negative_count > 0 && term->value < 1e-200;
  return true;
}

static bool term_at(const anchor *of, size_t references, size_t i, term *term) {
  term->group = 0;
  term->value = 0;
  term->doubtful = false;
  memset(term->slopes, 0, references * sizeof *term->slopes);
  switch (of->options->loss) {
  case TRIPLET_LOSS_CONTRASTIVE:
    return contrastive(of, i, term);
  case TRIPLET_LOSS_INFO_NCE:
    return info_nce(of, i, term);
  case TRIPLET_LOSS_SUP_CON:
    return sup_con(of, references, i, term);
  case TRIPLET_LOSS_MULTI_SIMILARITY:
    return multi_similarity(of, i, term);
  default:
    return false;
  }
}

/* ---- the batch --------------------------------------------------------------------------------------------------- */

typedef struct work {
  const brute_batch *batch;
  size_t b, r, d;
  double *x, *y, *distances; /* (B, D), (R, D), (B, R) */
  double *slopes[2];         /* (B, R): of the terms of each group, times the weight */
  double *cancelled;         /* (B, R): how large were the shares whose difference a slope of sup_con is */
  double loss[2], weight[2];
  uint64_t terms[2], active[2];
  brute_pairs *found;
} work;

static double *distances_of(const brute_batch *batch, const work *of, bool wide) {
  double *distances = malloc((of->b * of->r + 1) * sizeof *distances);
  if (wide) {
    for (size_t i = 0; i < of->b * of->r; i++)
      distances[i] = reference_distance(&batch->options, of->x + i / of->r * of->d, of->y + i % of->r * of->d, of->d);
    return distances;
  }
  triplet_options allowing = batch->options;
  allowing.nonfinite = TRIPLET_NONFINITE_ALLOW;
  floats own = floats_make(of->b * of->r, 0);
  assert_int_equal(triplet_distances(NULL, &allowing, batch->in.embeddings, references_of(batch),
                                     (triplet_matrix){own.data, of->b, of->r}),
                   TRIPLET_OK);
  for (size_t i = 0; i < of->b * of->r; i++)
    distances[i] = own.data[i];
  floats_release(&own);
  return distances;
}

static double per_anchor(triplet_floats list, size_t a) {
  return list.data ? list.data[list.count == 1 ? 0 : a] : 1;
}

/* Slopes of pairs that may be 0 or not, for all that double can tell. */
static bool is_doubtful(const triplet_options *options, const anchor *of, double slope) {
  if (options->loss == TRIPLET_LOSS_CONTRASTIVE)
    return false;
  if (options->loss == TRIPLET_LOSS_INFO_NCE && of->negative_count == 0)
    return false;
  if (options->loss == TRIPLET_LOSS_SUP_CON)
    return of->positive_count > 0 && of->positive_count + of->negative_count > 1 &&
           fabs(slope) * options->temperature < 1e-12;
  return (of->positive_count > 0 || options->loss == TRIPLET_LOSS_MULTI_SIMILARITY) && fabs(slope) < 1e-200;
}

static void count_pairs(work *work, const anchor *of, const double *slopes, double weight) {
  triplet_stats *stats = &work->found->answer.stats;
  stats->positive_pairs += of->positive_count;
  stats->negative_pairs += of->negative_count;
  stats->anchors_without_positive += of->positive_count == 0;
  stats->anchors_without_negative += of->negative_count == 0;
  for (size_t i = 0; i < of->positive_count; i++) {
    const double slope = slopes[of->positives[i]];
    const bool doubtful = is_doubtful(of->options, of, slope);
    stats->active_positive_pairs += weight != 0 && slope != 0 && !doubtful;
    work->found->doubtful_positive_pairs += weight != 0 && doubtful;
    stats->mean_positive_distance += of->d[of->positives[i]];
  }
  for (size_t i = 0; i < of->negative_count; i++) {
    const double slope = slopes[of->negatives[i]];
    const bool doubtful = is_doubtful(of->options, of, slope);
    stats->active_negative_pairs += weight != 0 && slope != 0 && !doubtful;
    work->found->doubtful_negative_pairs += weight != 0 && doubtful;
    stats->mean_negative_distance += of->d[of->negatives[i]];
  }
}

static bool has_slope(const double *slopes, size_t count) {
  for (size_t j = 0; j < count; j++)
    if (slopes[j] != 0)
      return true;
  return false;
}

static void add_anchor(work *work, size_t a) {
  const size_t r = work->r;
  const double weight = per_anchor(work->batch->options.weights, a);
  anchor of = {.options = &work->batch->options,
               .positives = malloc((r + 1) * sizeof(size_t)),
               .negatives = malloc((r + 1) * sizeof(size_t)),
               .d = work->distances + a * r};
  for (size_t j = 0; j < r; j++) {
    const int is = relation(work->batch, a, j);
    if (is > 0)
      of.positives[of.positive_count++] = j;
    else if (is < 0)
      of.negatives[of.negative_count++] = j;
  }

  double *sums = calloc(r + 1, sizeof *sums);
  term term = {.slopes = malloc((r + 1) * sizeof(double))};
  for (size_t i = 0; term_at(&of, r, i, &term); i++) {
    const int group = term.group;
    work->terms[group]++;
    work->weight[group] += weight;
    work->loss[group] += weight * term.value;
    work->active[group] += weight != 0 && !term.doubtful && has_slope(term.slopes, r);
    work->found->doubtful_terms += weight != 0 && term.doubtful;
    work->found->answer.losses[a] += weight * term.value;
    for (size_t j = 0; j < r; j++) {
      sums[j] += term.slopes[j];
      work->slopes[group][a * r + j] += weight * term.slopes[j];
    }
    for (size_t k = 0; work->batch->options.loss == TRIPLET_LOSS_SUP_CON && k < of.positive_count; k++)
      work->cancelled[a * r + of.positives[k]] = weight / work->batch->options.temperature;
  }
  count_pairs(work, &of, sums, weight);
  free(sums);
  free(term.slopes);
  free(of.positives);
  free(of.negatives);
}

static double scale_of(const triplet_options *options) {
  switch (options->loss) {
  case TRIPLET_LOSS_CONTRASTIVE:
    return options->negative_margin > 0 ? options->negative_margin : 1;
  case TRIPLET_LOSS_MULTI_SIMILARITY:
    return 1 / options->beta;
  default:
    return options->temperature;
  }
}

static void finish_stats(const work *work) {
  triplet_stats *stats = &work->found->answer.stats;
  stats->pairs = stats->positive_pairs + stats->negative_pairs;
  stats->active = stats->active_positive_pairs + stats->active_negative_pairs;
  stats->mean_positive_distance /= (double)stats->positive_pairs;
  stats->mean_negative_distance /= (double)stats->negative_pairs;

  const brute_batch *batch = work->batch;
  bool any = false, near = true;
  for (size_t i = 0; i < work->b * work->r; i++)
    if (is_anchor(batch, i / work->r) && relation(batch, i / work->r, i % work->r) != 0) {
      any = true;
      near = near && fabs(work->distances[i]) < 1e-3 * scale_of(&batch->options);
    }
  stats->collapsed = any && near;

  for (size_t i = 0; i < work->b; i++)
    stats->nonfinite += !is_ignored(batch, batch->in.labels, i) && !is_finite(batch->in.embeddings, i);
  for (size_t j = 0; j < work->r && batch->in.references; j++)
    stats->nonfinite += !is_ignored(batch, reference_labels_of(batch), j) && !is_finite(references_of(batch), j);
}

static double divisor_of(const work *work, int group) {
  switch (work->batch->options.reduction) {
  case TRIPLET_REDUCTION_MEAN:
    return (double)work->terms[group];
  case TRIPLET_REDUCTION_MEAN_NONZERO:
    return (double)work->active[group];
  case TRIPLET_REDUCTION_WEIGHTED_MEAN:
    return work->weight[group];
  default:
    return 1;
  }
}

static double length_of(const double *row, size_t d) {
  double square = 0;
  for (size_t k = 0; k < d; k++)
    square += row[k] * row[k];
  return sqrt(square);
}

/* The largest entry of a row's gradient by one pair; that of cosine is the difference of two vectors of length 1 / |x|,
 * or 0 where a row is zero. */
static double size_of_gradient(const triplet_options *options, const double *gradient, size_t d, double length,
                               double other) {
  if (options->distance == TRIPLET_DISTANCE_COSINE)
    return length > 0 && other > 0 ? 1 / length : 0;
  double largest = 0;
  for (size_t k = 0; k < d; k++)
    largest = fmax(largest, fabs(gradient[k]));
  return largest;
}

/* A slope, and the size of what it is the difference of. */
typedef struct sized_slope {
  double value, size;
} sized_slope;

static void add_gradients(const work *work, size_t a, size_t j, sized_slope slope) {
  const triplet_options *options = &work->batch->options;
  const size_t d = work->d;
  const double *x = work->x + a * d, *y = work->y + j * d;
  brute_answer *answer = &work->found->answer;
  double *to_x = answer->gradient + a * d, *size_x = answer->size + a;
  double *to_y = (work->batch->in.references ? answer->references_gradient : answer->gradient) + j * d;
  double *size_y = (work->batch->in.references ? answer->references_size : answer->size) + j;
  double *by_x = calloc(d + 1, sizeof *by_x), *by_y = calloc(d + 1, sizeof *by_y);

  reference_distance_gradient(options, x, y, d, by_x, by_y);
  for (size_t k = 0; k < d; k++) {
    to_x[k] += slope.value * by_x[k];
    to_y[k] += slope.value * by_y[k];
  }
  const double x_length = length_of(x, d), y_length = length_of(y, d);
  *size_x += slope.size * size_of_gradient(options, by_x, d, x_length, y_length);
  *size_y += slope.size * size_of_gradient(options, by_y, d, y_length, x_length);
  free(by_x);
  free(by_y);
}

/* Of a double's last digit that the comparison, made for float32, is to allow for. */
#define CANCELLED 1e-9

static void reduce(const work *work) {
  const triplet_options *options = &work->batch->options;
  brute_answer *answer = &work->found->answer;
  double factors[2];
  for (int group = 0; group < 2; group++) {
    const double divisor = divisor_of(work, group);
    factors[group] = divisor != 0 ? 1 / divisor : 0;
    answer->loss += work->loss[group] * factors[group];
  }
  for (size_t i = 0; i < work->b * work->r; i++) {
    const size_t a = i / work->r;
    const double scale = per_anchor(options->grad_output, a);
    const double slope = (work->slopes[0][i] * factors[0] + work->slopes[1][i] * factors[1]) * scale;
    const double rounding = CANCELLED * work->cancelled[i] * factors[0] * scale;
    if (slope != 0 || rounding != 0)
      add_gradients(work, a, i % work->r, (sized_slope){slope, fabs(slope) + fabs(rounding)});
  }
}

static void forget_losses(brute_pairs *found, size_t b) {
  memset(found->answer.losses, 0, b * sizeof(double));
  found->answer.stats.active_positive_pairs = 0;
  found->doubtful_positive_pairs = found->doubtful_terms = 0;
}

static brute_pairs found_of(size_t b, size_t r, size_t d) {
  return (brute_pairs){.answer = {.losses = calloc(b + 1, sizeof(double)),
                                  .gradient = calloc(b * d + 1, sizeof(double)),
                                  .references_gradient = calloc(r * d + 1, sizeof(double)),
                                  .size = calloc(b + 1, sizeof(double)),
                                  .references_size = calloc(r + 1, sizeof(double))}};
}

/* Every term of every anchor, not reduced. */
static work work_of(const brute_batch *batch, const brute_rows *wide, brute_pairs *found) {
  const triplet_matrix queries = batch->in.embeddings, references = references_of(batch);
  const size_t b = queries.rows, r = references.rows, d = queries.cols;
  work work = {.batch = batch, .b = b, .r = r, .d = d, .found = found};
  work.x = doubles_of(queries.data, b * d);
  work.y = doubles_of(references.data, r * d);
  if (wide) {
    memcpy(work.x, wide->x, b * d * sizeof(double));
    memcpy(work.y, batch->in.references ? wide->y : wide->x, r * d * sizeof(double));
  }
  work.distances = distances_of(batch, &work, wide != NULL);
  work.cancelled = calloc(b * r + 1, sizeof(double));
  for (int group = 0; group < 2; group++)
    work.slopes[group] = calloc(b * r + 1, sizeof(double));
  for (size_t a = 0; a < b; a++)
    if (is_anchor(batch, a))
      add_anchor(&work, a);
  return work;
}

static void release_work(work *work) {
  for (int group = 0; group < 2; group++)
    free(work->slopes[group]);
  free(work->cancelled);
  free(work->distances);
  free(work->x);
  free(work->y);
}

/* Where nobody has a negative sup_con has no loss, as in pytorch-metric-learning. */
static bool has_nothing_to_learn(const work *work) {
  return work->batch->options.loss == TRIPLET_LOSS_SUP_CON && work->found->answer.stats.negative_pairs == 0;
}

brute_pairs brute_pair_loss(const brute_batch *batch, const brute_rows *wide) {
  const size_t b = batch->in.embeddings.rows;
  brute_pairs found = found_of(b, references_of(batch).rows, batch->in.embeddings.cols);
  work work = work_of(batch, wide, &found);
  if (has_nothing_to_learn(&work))
    forget_losses(&found, b);
  else
    reduce(&work);
  finish_stats(&work);
  release_work(&work);
  return found;
}

void brute_pair_slopes(const brute_batch *batch, double *slopes, double *rounding) {
  const size_t b = batch->in.embeddings.rows, r = references_of(batch).rows;
  brute_pairs found = found_of(b, r, batch->in.embeddings.cols);
  work work = work_of(batch, NULL, &found);
  const double share = has_nothing_to_learn(&work) ? 0 : 1;
  for (size_t i = 0; i < b * r; i++) {
    slopes[i] = share * (work.slopes[0][i] + work.slopes[1][i]);
    rounding[i] = CANCELLED * fabs(work.cancelled[i]);
  }
  release_work(&work);
  brute_release(&found.answer);
}

/* ---- what the library says is that ------------------------------------------------------------------------------- */

static void assert_between(uint64_t got, uint64_t least, uint64_t doubtful) {
  assert_in_range(got, least, least + doubtful);
}

static void assert_stats(const triplet_stats *got, const brute_pairs *found) {
  const triplet_stats *expected = &found->answer.stats;
  assert_int_equal(got->triplets + got->hard + got->semihard + got->easy, 0);
  assert_int_equal(got->pairs, expected->pairs);
  assert_int_equal(got->positive_pairs, expected->positive_pairs);
  assert_int_equal(got->negative_pairs, expected->negative_pairs);
  assert_between(got->active_positive_pairs, expected->active_positive_pairs, found->doubtful_positive_pairs);
  assert_between(got->active_negative_pairs, expected->active_negative_pairs, found->doubtful_negative_pairs);
  assert_int_equal(got->active, got->active_positive_pairs + got->active_negative_pairs);
  assert_int_equal(got->anchors_without_positive, expected->anchors_without_positive);
  assert_int_equal(got->anchors_without_negative, expected->anchors_without_negative);
  assert_int_equal(got->nonfinite, expected->nonfinite);
  assert_int_equal(got->collapsed, expected->collapsed);
  assert_near("mean_positive_distance", got->mean_positive_distance, expected->mean_positive_distance,
              1e-12 * fabs(expected->mean_positive_distance) + 1e-13);
  assert_near("mean_negative_distance", got->mean_negative_distance, expected->mean_negative_distance,
              1e-12 * fabs(expected->mean_negative_distance) + 1e-13);
}

void assert_brute_pairs(const brute_batch *batch, const batch_output *out, const brute_pairs *found) {
  const size_t b = batch->in.embeddings.rows, d = batch->in.embeddings.cols;
  const brute_answer *answer = &found->answer;
  assert_stats(&out->result.stats, found);
  for (size_t i = 0; i < b; i++)
    assert_near("losses", out->losses.data[i], answer->losses[i], 1e-7 * fabs(answer->losses[i]) + 1e-11);
  if (batch->options.reduction == TRIPLET_REDUCTION_MEAN_NONZERO && found->doubtful_terms)
    return;
  double size = 1;
  for (size_t i = 0; i < b; i++)
    size += fabs(answer->losses[i]);
  assert_near("loss", out->result.loss, answer->loss, 1e-11 * size);
  assert_rows("gradient", out->gradient.data, answer->gradient, answer->size, b, d);
  if (batch->in.references)
    assert_rows("references_gradient", out->references_gradient.data, answer->references_gradient,
                answer->references_size, batch->in.references->rows.rows, d);
}

/* ---- what pairs weigh -------------------------------------------------------------------------------------------- */

typedef struct expected_slopes {
  size_t b, r;
  double *slopes, *rounding; /* (B, R) */
} expected_slopes;

static expected_slopes expected_of(const brute_batch *batch) {
  const size_t b = batch->in.embeddings.rows, r = batch->in.references ? batch->in.references->rows.rows : b;
  expected_slopes made = {b, r, calloc(b * r + 1, sizeof(double)), calloc(b * r + 1, sizeof(double))};
  if (batch->options.loss != TRIPLET_LOSS_TRIPLET) {
    brute_pair_slopes(batch, made.slopes, made.rounding);
    return made;
  }
  brute_triplet *triplets;
  const size_t count = brute_list(batch, &triplets);
  brute_slopes(batch, triplets, count, made.slopes);
  free(triplets);

  /* With swap a pair is pushed by one anchor and pulled by another. */
  double largest = 0;
  for (size_t i = 0; i < b * r; i++)
    largest = fmax(largest, fabs(made.slopes[i]));
  for (size_t i = 0; batch->options.swap && i < b * r; i++)
    made.rounding[i] = 1e-6 * largest;
  return made;
}

void assert_pair_slopes(triplet_context *with, const brute_batch *batch) {
  expected_slopes wanted = expected_of(batch);
  const size_t count = wanted.b * wanted.r;
  floats got = floats_make(count, 1);
  assert_int_equal(
      triplet_pair_slopes(with, &batch->options, &batch->in, triplet_matrix_of(got.data, wanted.b, wanted.r)),
      TRIPLET_OK);
  for (size_t i = 0; i < count; i++) {
    const double tolerance = 2e-6 * fabs(wanted.slopes[i]) + wanted.rounding[i] + 1e-37;
    if (!(fabs((double)got.data[i] - wanted.slopes[i]) <= tolerance))
      fail_msg("loss %d, mining %d, convention %d, soft margin %d, swap %d: slope %zu is %.9g, expected %.9g",
               (int)batch->options.loss, (int)batch->options.mining, (int)batch->options.convention,
               batch->options.soft_margin, batch->options.swap, i, (double)got.data[i], wanted.slopes[i]);
    assert_true(got.data[i] != 0 || !signbit(got.data[i]));
  }
  floats_release(&got);
  free(wanted.slopes);
  free(wanted.rounding);
}

/* ---- random batches ---------------------------------------------------------------------------------------------- */

static double pick(seeded *from, const double *values, size_t count) {
  return values[seeded_below(from, count)];
}
#define PICK(from, ...) pick(from, (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static void random_options(seeded *from, triplet_options *options) {
  triplet_options_set_loss(options, (triplet_loss)(1 + seeded_below(from, 4)));
  options->distance = (triplet_distance)PICK(from, 0, 0, 1, 2, 2, 3);
  options->positive_margin = PICK(from, 0, 0, 0.25, 1, -0.5);
  options->negative_margin = PICK(from, 1, 1, 2, 4, 0, -1);
  options->temperature = PICK(from, 0.07, 0.1, 0.5, 2, 30);
  options->alpha = PICK(from, 2, 0.5, 10);
  options->beta = PICK(from, 50, 2, 10);
  options->base = PICK(from, 0.5, 0, 1, -1, 3);
  options->reduction = (triplet_reduction)seeded_below(from, 5);
  options->margins = (triplet_floats){NULL, 0};
}

enum { MOST_LABELS = 3 };

/* A few labels for each of the rows, some rows have none; the first is the one it had. */
static triplet_labels sets_of(seeded *from, const int32_t *labels, size_t rows, int32_t *sets, int32_t *ends) {
  int32_t end = 0;
  for (size_t i = 0; i < rows; i++) {
    const size_t count = (size_t)PICK(from, 0, 1, 1, 1, 2, 2, 3);
    for (size_t k = 0; k < count; k++)
      sets[end++] = labels[k == 0 ? i : seeded_below(from, rows)];
    ends[i] = end;
  }
  return triplet_label_sets_of(sets, ends, rows);
}

/* The references begin with the queries, which keep their labels. */
static triplet_labels same_sets_first(seeded *from, const random_pairs *made, triplet_labels queries) {
  const size_t b = queries.ends.count, r = made->made.references.rows.rows;
  const int32_t first = (int32_t)queries.integers.count;
  sets_of(from, made->made.reference_labels + b, r - b, made->reference_sets + first, made->reference_ends + b);
  memcpy(made->reference_sets, queries.integers.data, (size_t)first * sizeof(int32_t));
  memcpy(made->reference_ends, queries.ends.data, b * sizeof(int32_t));
  for (size_t j = b; j < r; j++)
    made->reference_ends[j] += first;
  return triplet_label_sets_of(made->reference_sets, made->reference_ends, r);
}

void random_pairs_make(random_pairs *made, seeded *from, size_t most_rows) {
  *made = (random_pairs){0};
  random_batch_make(&made->made, from, most_rows);
  brute_batch *batch = &made->made.batch;
  random_options(from, &batch->options);
  if (batch->options.grad_output.count > 1 && batch->options.reduction != TRIPLET_REDUCTION_NONE)
    batch->options.grad_output.count = 1;

  const size_t b = batch->in.embeddings.rows, r = references_of(batch).rows, kind = seeded_below(from, 3);
  if (kind == 0) {
    made->sets = malloc((MOST_LABELS * b + 1) * sizeof(int32_t));
    made->ends = malloc((b + 1) * sizeof(int32_t));
    batch->in.labels = sets_of(from, made->made.labels, b, made->sets, made->ends);
    if (batch->in.references) {
      made->reference_sets = malloc((MOST_LABELS * r + 1) * sizeof(int32_t));
      made->reference_ends = malloc((r + 1) * sizeof(int32_t));
      made->made.references.labels = same_sets_first(from, made, batch->in.labels);
    }
  } else if (kind == 1) {
    const double most = PICK(from, 0.1, 0.5, 1);
    made->relations = floats_make(b * r, 0);
    for (size_t i = 0; i < b * r; i++)
      made->relations.data[i] = seeded_between(from, 0, 1) > most ? 0.0f : (float)PICK(from, 1, -1, -1);
    batch->in.labels = triplet_relations_of(made->relations.data, b, r);
    made->made.references.labels = (triplet_labels){0};
  }
}

void random_pairs_release(random_pairs *made) {
  random_batch_release(&made->made);
  free(made->ends);
  free(made->reference_ends);
  free(made->sets);
  free(made->reference_sets);
  floats_release(&made->relations);
}
