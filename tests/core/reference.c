#include "reference.h"

#include <math.h>
#include <stdlib.h>

/* ---- one pair ---------------------------------------------------------------------------------------------------- */

static double difference(const triplet_options *options, double x, double y) {
  return options->convention == TRIPLET_CONVENTION_TORCH ? x - y + options->eps : x - y;
}

/* Only so that powers of 1e30 stay within double. */
static double largest_difference(const triplet_options *options, const double *x, const double *y, size_t d) {
  double largest = 0;
  for (size_t k = 0; k < d; k++)
    largest = fmax(largest, fabs(difference(options, x[k], y[k])));
  return largest;
}

static double dot(const double *x, const double *y, size_t d) {
  double sum = 0;
  for (size_t k = 0; k < d; k++)
    sum += x[k] * y[k];
  return sum;
}

/* sum (|x - y| / scale)^p + optax's eps / scale^p */
static double power_sum(const triplet_options *options, const double *x, const double *y, size_t d, double scale) {
  double sum = 0;
  if (options->convention == TRIPLET_CONVENTION_OPTAX && options->eps > 0)
    sum = exp(log(options->eps) - options->p * log(scale));
  for (size_t k = 0; k < d; k++)
    sum += pow(fabs(difference(options, x[k], y[k])) / scale, options->p);
  return sum;
}

/* At least optax's floor eps^(1/p), so that no term of the power sum exceeds 1. */
static double power_scale(const triplet_options *options, const double *x, const double *y, size_t d) {
  const double largest = largest_difference(options, x, y, d);
  if (options->convention != TRIPLET_CONVENTION_OPTAX || isinf(options->p))
    return largest;
  return fmax(largest, pow(options->eps, 1 / options->p));
}

double reference_distance(const triplet_options *options, const double *x, const double *y, size_t d) {
  if (options->distance == TRIPLET_DISTANCE_SQUARED) {
    double sum = 0;
    for (size_t k = 0; k < d; k++)
      sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
  }
  if (options->distance == TRIPLET_DISTANCE_COSINE) {
    const double norms = sqrt(dot(x, x, d)) * sqrt(dot(y, y, d));
    return norms == 0 ? 1 : 1 - dot(x, y, d) / norms;
  }
  if (options->distance == TRIPLET_DISTANCE_DOT)
    return -dot(x, y, d);
  if (isinf(options->p))
    return largest_difference(options, x, y, d);
  const double scale = power_scale(options, x, y, d);
  return scale == 0 ? 0 : scale * pow(power_sum(options, x, y, d, scale), 1 / options->p);
}

double reference_size(const triplet_options *options, const double *x, const double *y, size_t d) {
  if (options->distance != TRIPLET_DISTANCE_DOT)
    return reference_distance(options, x, y, d);
  double sum = 0;
  for (size_t k = 0; k < d; k++)
    sum += fabs(x[k] * y[k]);
  return sum;
}

static double sign(double value) {
  return (value > 0) - (value < 0);
}

static void minkowski_gradient(const triplet_options *options, const double *x, const double *y, size_t d,
                               double *by_x) {
  const double p = options->p, scale = power_scale(options, x, y, d);
  const double length = isinf(p) || scale == 0 ? 0 : pow(power_sum(options, x, y, d, scale), 1 / p - 1);
  double ties = 0;
  for (size_t k = 0; k < d; k++)
    ties += fabs(difference(options, x[k], y[k])) == scale;
  for (size_t k = 0; k < d; k++) {
    const double e = difference(options, x[k], y[k]), size = fabs(e);
    if (e == 0)
      by_x[k] = 0;
    else if (isinf(p))
      by_x[k] = size == scale ? sign(e) / ties : 0;
    else
      by_x[k] = sign(e) * pow(size / scale, p - 1) * length;
  }
}

void reference_distance_gradient(const triplet_options *options, const double *x, const double *y, size_t d,
                                 double *by_x, double *by_y) {
  if (options->distance == TRIPLET_DISTANCE_COSINE) {
    const double xx = dot(x, x, d), yy = dot(y, y, d), xy = dot(x, y, d), norms = sqrt(xx) * sqrt(yy);
    for (size_t k = 0; k < d; k++) {
      by_x[k] = norms == 0 ? 0 : xy / norms * x[k] / xx - y[k] / norms;
      by_y[k] = norms == 0 ? 0 : xy / norms * y[k] / yy - x[k] / norms;
    }
    return;
  }
  if (options->distance == TRIPLET_DISTANCE_DOT) {
    for (size_t k = 0; k < d; k++) {
      by_x[k] = -y[k];
      by_y[k] = -x[k];
    }
    return;
  }
  if (options->distance == TRIPLET_DISTANCE_SQUARED)
    for (size_t k = 0; k < d; k++)
      by_x[k] = 2 * (x[k] - y[k]);
  else
    minkowski_gradient(options, x, y, d, by_x);
  for (size_t k = 0; k < d; k++)
    by_y[k] = -by_x[k];
}

/* ---- one triplet ------------------------------------------------------------------------------------------------- */

typedef struct triple {
  const double *a, *p, *n;
  double ap, an, pn;
  double weight, margin, grad_output;
  double h;
} triple;

static triple triple_of(const reference_problem *problem, size_t i) {
  const triplet_options *options = problem->options;
  const size_t d = problem->d;
  triple t = {problem->anchors + i * d,   problem->positives + i * d,
              problem->negatives + i * d, .weight = 1,
              .margin = options->margin,  .grad_output = 1};
  if (options->weights.data)
    t.weight = options->weights.data[i];
  if (options->margins.data)
    t.margin = options->margins.data[i];
  if (options->grad_output.data)
    t.grad_output = options->grad_output.data[options->grad_output.count == 1 ? 0 : i];
  t.ap = reference_distance(options, t.a, t.p, d);
  t.an = reference_distance(options, t.a, t.n, d);
  t.pn = reference_distance(options, t.p, t.n, d);
  t.h = t.ap + t.margin - (options->swap ? fmin(t.an, t.pn) : t.an);
  return t;
}

static double hinge_loss(const triplet_options *options, double h) {
  if (options->soft_margin)
    return h > 0 ? h + log1p(exp(-h)) : log1p(exp(h));
  return fmax(h, 0);
}

static double hinge_slope(const triplet_options *options, double h) {
  if (options->soft_margin)
    return 1 / (1 + exp(-h));
  if (h == 0)
    return options->convention == TRIPLET_CONVENTION_TORCH   ? 1
           : options->convention == TRIPLET_CONVENTION_OPTAX ? 0.5
                                                             : 0;
  return h > 0;
}

static bool is_active(const triplet_options *options, const triple *t) {
  if (t->weight == 0)
    return false;
  if (options->soft_margin)
    return true;
  return options->convention == TRIPLET_CONVENTION_EXACT ? t->h > 0 : t->h >= 0;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void add(double *to, const double *row, size_t d, double factor) {
  for (size_t k = 0; k < d; k++)
    to[k] += factor == 0 ? 0 : factor * row[k];
}

static void add_pair(const reference_problem *problem, const double *x, const double *y, double factor, double *to_x,
                     double *to_y) {
  double *by_x = malloc((problem->d + 1) * sizeof *by_x), *by_y = malloc((problem->d + 1) * sizeof *by_y);
  reference_distance_gradient(problem->options, x, y, problem->d, by_x, by_y);
  add(to_x, by_x, problem->d, factor);
  add(to_y, by_y, problem->d, factor);
  free(by_x);
  free(by_y);
}

/* factor: dloss / dh. */
static void add_gradient(const reference_problem *problem, size_t i, const triple *t, double factor,
                         reference_answer *answer) {
  double *a = answer->anchors + i * problem->d, *p = answer->positives + i * problem->d;
  double *n = answer->negatives + i * problem->d;
  double an_share = 1;
  if (problem->options->swap)
    an_share = t->an < t->pn ? 1 : t->an > t->pn ? 0 : 0.5;
  add_pair(problem, t->a, t->p, factor, a, p);
  add_pair(problem, t->a, t->n, -factor * an_share, a, n);
  if (an_share < 1)
    add_pair(problem, t->p, t->n, -factor * (1 - an_share), p, n);
}

static double reduction_divisor(const reference_problem *problem, uint64_t active, double weights) {
  switch (problem->options->reduction) {
  case TRIPLET_REDUCTION_MEAN:
    return (double)problem->n;
  case TRIPLET_REDUCTION_MEAN_NONZERO:
    return (double)active;
  case TRIPLET_REDUCTION_WEIGHTED_MEAN:
    return weights;
  default:
    return 1;
  }
}

reference_answer reference_margin_loss(const reference_problem *problem) {
  const size_t n = problem->n, size = n * problem->d + 1;
  reference_answer answer = {0,
                             0,
                             calloc(n + 1, sizeof(double)),
                             calloc(size, sizeof(double)),
                             calloc(size, sizeof(double)),
                             calloc(size, sizeof(double))};
  double sum = 0, weights = 0;
  for (size_t i = 0; i < n; i++) {
    const triple t = triple_of(problem, i);
    weights += t.weight;
    answer.losses[i] = t.weight * hinge_loss(problem->options, t.h);
    answer.active += is_active(problem->options, &t);
    sum += answer.losses[i];
  }
  const double divisor = reduction_divisor(problem, answer.active, weights);
  if (divisor == 0)
    return answer;
  answer.loss = sum / divisor;
  for (size_t i = 0; i < n; i++) {
    const triple t = triple_of(problem, i);
    add_gradient(problem, i, &t, t.weight * t.grad_output * hinge_slope(problem->options, t.h) / divisor, &answer);
  }
  return answer;
}

void reference_release(reference_answer *answer) {
  free(answer->losses);
  free(answer->anchors);
  free(answer->positives);
  free(answer->negatives);
}

/* ---- distance from kinks ----------------------------------------------------------------------------------------- */

static double pair_smoothness(const triplet_options *options, const double *x, const double *y, size_t d) {
  if (options->distance == TRIPLET_DISTANCE_SQUARED || options->distance == TRIPLET_DISTANCE_DOT)
    return 1;
  if (options->distance == TRIPLET_DISTANCE_COSINE)
    return 1 - fabs(1 - reference_distance(options, x, y, d));
  double largest = 0, second = 0, least = INFINITY, size_of_rows = 0;
  for (size_t k = 0; k < d; k++) {
    const double size = fabs(difference(options, x[k], y[k]));
    size_of_rows = fmax(size_of_rows, fmax(fabs(x[k]), fabs(y[k])));
    least = fmin(least, size);
    if (size > largest) {
      second = largest;
      largest = size;
    } else {
      second = fmax(second, size);
    }
  }
  if (largest == 0)
    return 0;
  const double from_zero = largest / fmax(size_of_rows, largest);
  if (isinf(options->p))
    return fmin(from_zero, (largest - second) / largest);
  return options->p < 2 ? fmin(from_zero, least / largest) : from_zero;
}

double reference_smoothness(const reference_problem *problem, size_t i) {
  const triplet_options *options = problem->options;
  const triple t = triple_of(problem, i);
  const double ap = reference_size(options, t.a, t.p, problem->d), an = reference_size(options, t.a, t.n, problem->d);
  const double pn = reference_size(options, t.p, t.n, problem->d);
  double least = fmin(pair_smoothness(options, t.a, t.p, problem->d), pair_smoothness(options, t.a, t.n, problem->d));
  if (options->swap) {
    least = fmin(least, pair_smoothness(options, t.p, t.n, problem->d));
    least = fmin(least, fabs(t.an - t.pn) / fmax(an, pn));
  }
  if (!options->soft_margin)
    least = fmin(least, fabs(t.h) / (ap + fmax(an, pn) + fabs(t.margin)));
  return least;
}
