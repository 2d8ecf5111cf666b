/* Explicit triplets: losses and gradients against the reference, kinks by hand, magnitudes, and equal bits. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

/* ---- cases ------------------------------------------------------------------------------------------------------- */

typedef struct explicit_case {
  triplet_options options;
  size_t n, d;
  floats anchors, positives, negatives, weights, margins, grad_output;
} explicit_case;

typedef struct explicit_output {
  floats anchors, positives, negatives, losses;
  triplet_result result;
} explicit_output;

static void release_case(explicit_case *c) {
  floats *const lists[] = {&c->anchors, &c->positives, &c->negatives, &c->weights, &c->margins, &c->grad_output};
  for (size_t i = 0; i < 6; i++)
    floats_release(lists[i]);
}

static void release_output(explicit_output *out) {
  floats *const lists[] = {&out->anchors, &out->positives, &out->negatives, &out->losses};
  for (size_t i = 0; i < 4; i++)
    floats_release(lists[i]);
}

static explicit_output output_of(size_t n, size_t d, size_t offset) {
  return (explicit_output){.anchors = floats_make(n * d, offset),
                           .positives = floats_make(n * d, offset),
                           .negatives = floats_make(n * d, offset),
                           .losses = floats_make(n, offset)};
}

static double weight_of(const triplet_options *options, size_t i) {
  return options->weights.data ? options->weights.data[i] : 1;
}

static double sum_of_weights(const triplet_options *options, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += weight_of(options, i);
  return sum;
}

static double margin_of(const triplet_options *options, size_t i) {
  return options->margins.data ? options->margins.data[i] : options->margin;
}

static triplet_explicit triplets_of(const explicit_case *c) {
  return (triplet_explicit){triplet_matrix_of(c->anchors.data, c->n, c->d),
                            triplet_matrix_of(c->positives.data, c->n, c->d),
                            triplet_matrix_of(c->negatives.data, c->n, c->d)};
}

static triplet_status run(triplet_context *context, const explicit_case *c, explicit_output *out) {
  const triplet_explicit triplets = triplets_of(c);
  const triplet_gradients gradients = {out->anchors.data, out->positives.data, out->negatives.data};
  return triplet_margin_loss(context, &c->options, &triplets, gradients, out->losses.data, &out->result);
}

/* A reference problem and the memory it stands in. */
typedef struct reference_case {
  reference_problem problem;
  double *anchors, *positives, *negatives;
} reference_case;

static reference_case reference_of(const explicit_case *c) {
  const size_t size = c->n * c->d;
  reference_case r = {.anchors = doubles_of(c->anchors.data, size),
                      .positives = doubles_of(c->positives.data, size),
                      .negatives = doubles_of(c->negatives.data, size)};
  r.problem = (reference_problem){&c->options, c->n, c->d, r.anchors, r.positives, r.negatives};
  return r;
}

static void release_reference(reference_case *r) {
  free(r->anchors);
  free(r->positives);
  free(r->negatives);
}

static double pick(seeded *from, const double *values, size_t count) {
  return values[seeded_below(from, count)];
}
#define PICK(from, ...) pick(from, (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static triplet_options random_options(seeded *from) {
  triplet_options options = triplet_margin_options();
  options.convention = (triplet_convention)seeded_below(from, 3);
  options.distance = (triplet_distance)PICK(from, 0, 0, 0, 0, 0, 0, 1, 2, 3);
  options.p = PICK(from, 1, 1, 1.25, 1.5, 2, 2, 2, 2, 2.5, 3, 4, 7, 50, 1e6, INFINITY, 0);
  if (options.p == 0)
    options.p = seeded_between(from, 1, 9);
  options.eps = PICK(from, 1e-6, 1e-6, 0, 1e-3, 0.25);
  options.margin = PICK(from, 1, 0.2, 0, -0.5, seeded_between(from, -2, 2));
  options.swap = seeded_below(from, 3) == 0;
  options.soft_margin = seeded_below(from, 4) == 0;
  options.reduction = (triplet_reduction)seeded_below(from, REDUCTIONS);
  return options;
}

/* Options and rows; every triplet at least `smoothness` from the next kink. */
static explicit_case random_case(seeded *from, triplet_options options, size_t n, size_t d, double scale,
                                 double smoothness) {
  if (options.distance == TRIPLET_DISTANCE_COSINE && d == 1)
    d = 2; /* numbers are always parallel */
  const size_t offset = seeded_below(from, 16);

  explicit_case c = {.options = options, .n = n, .d = d};
  c.anchors = floats_random(from, n * d, offset, scale);
  c.positives = floats_random(from, n * d, seeded_below(from, 16), scale);
  c.negatives = floats_random(from, n * d, seeded_below(from, 16), scale);
  c.options.margin *= scale;

  if (seeded_below(from, 3) == 0) {
    c.weights = floats_random(from, n, offset, 2);
    c.weights.data[seeded_below(from, n)] = 0;
    c.options.weights = (triplet_floats){c.weights.data, n};
  }
  if (seeded_below(from, 4) == 0) {
    c.margins = floats_random(from, n, offset, scale);
    c.options.margins = (triplet_floats){c.margins.data, n};
  }
  if (seeded_below(from, 3) == 0) {
    const size_t count = options.reduction == TRIPLET_REDUCTION_NONE && seeded_below(from, 2) ? n : 1;
    c.grad_output = floats_random(from, count, offset, 3);
    c.options.grad_output = (triplet_floats){c.grad_output.data, count};
  }

  reference_case r = reference_of(&c);
  for (size_t i = 0; i < n; i++)
    for (int tries = 0; reference_smoothness(&r.problem, i) < smoothness; tries++) {
      assert_true(tries < 10000);
      float *const rows[] = {c.anchors.data + i * d, c.positives.data + i * d, c.negatives.data + i * d};
      double *const wide[] = {r.anchors + i * d, r.positives + i * d, r.negatives + i * d};
      for (size_t list = 0; list < 3; list++) {
        seeded_fill(from, rows[list], d, scale);
        for (size_t k = 0; k < d; k++)
          wide[list][k] = rows[list][k];
      }
    }
  release_reference(&r);
  return c;
}

static void describe(const explicit_case *c, const char *what, size_t i) {
  const triplet_options *o = &c->options;
  print_error("%s of triplet %zu: n %zu d %zu convention %d distance %d p %.17g eps %g margin %g swap %d soft %d "
              "reduction %d weights %d margins %d grad_output %zu\n",
              what, i, c->n, c->d, (int)o->convention, (int)o->distance, o->p, o->eps, o->margin, o->swap,
              o->soft_margin, (int)o->reduction, o->weights.data != NULL, o->margins.data != NULL,
              o->grad_output.count);
}

/* ---- the reference against central differences ------------------------------------------------------------------- */

/* The loss whose gradient the core returns: with grad_output, and the sum with reduction none. */
static double scalar_loss(const reference_problem *problem) {
  const triplet_options *options = problem->options;
  reference_answer answer = reference_margin_loss(problem);
  double loss = answer.loss;
  if (options->grad_output.count == 1)
    loss *= options->grad_output.data[0];
  if (options->grad_output.count > 1) {
    loss = 0;
    for (size_t i = 0; i < problem->n; i++)
      loss += options->grad_output.data[i] * answer.losses[i];
  }
  reference_release(&answer);
  return loss;
}

static double central_difference(const reference_problem *problem, double *place, double step) {
  static const double at[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
  const double before = *place;
  double sum = 0;
  for (size_t j = 0; j < 4; j++) {
    *place = before + at[j] * step;
    sum += weights[j] * scalar_loss(problem);
  }
  *place = before;
  return sum / (12 * step);
}

static void test_reference_gradient(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int repeat = 0; repeat < 400; repeat++) {
    triplet_options options = random_options(&from);
    explicit_case c = random_case(&from, options, 1 + seeded_below(&from, 3), 1 + seeded_below(&from, 7), 1, 0.05);
    reference_case r = reference_of(&c);
    reference_answer answer = reference_margin_loss(&r.problem);

    double *const places[] = {r.anchors, r.positives, r.negatives};
    const double *const gradients[] = {answer.anchors, answer.positives, answer.negatives};
    const bool sharp = c.options.distance == TRIPLET_DISTANCE_MINKOWSKI && isfinite(c.options.p) && c.options.p > 4;
    const double step = 3e-4 / (sharp ? c.options.p : 4), rounding = 1e-15 * (1 + fabs(scalar_loss(&r.problem))) / step;

    double largest = 0;
    for (size_t list = 0; list < 3; list++)
      for (size_t k = 0; k < c.n * c.d; k++)
        largest = fmax(largest, fabs(gradients[list][k]));

    for (size_t list = 0; list < 3; list++)
      for (size_t k = 0; k < c.n * c.d; k++) {
        const double expected = central_difference(&r.problem, &places[list][k], step);
        if (!(fabs(gradients[list][k] - expected) <= 1e-6 * largest + rounding)) {
          describe(&c, "central difference", k / c.d);
          fail_msg("list %zu component %zu: gradient %.17g, difference quotient %.17g", list, k % c.d,
                   gradients[list][k], expected);
        }
      }

    reference_release(&answer);
    release_reference(&r);
    release_case(&c);
  }
}

/* ---- the core against the reference ------------------------------------------------------------------------------ */

static double largest_of(const double *row, size_t d) {
  double largest = 0;
  for (size_t k = 0; k < d; k++)
    largest = fmax(largest, fabs(row[k]));
  return largest;
}

static void check_gradient_row(const explicit_case *c, size_t i, const char *name, const float *got,
                               const double *expected, double rounding) {
  const double allowed = 1e-5 * largest_of(expected + i * c->d, c->d) + rounding + FLT_MIN / (1 << 20);
  for (size_t k = i * c->d; k < (i + 1) * c->d; k++)
    if (!(fabs(got[k] - expected[k]) <= allowed)) {
      describe(c, name, i);
      fail_msg("component %zu: %.9g, reference %.17g, allowed %g", k % c->d, (double)got[k], expected[k], allowed);
    }
}

static float tile_distance(const explicit_case *c, const float *x, const float *y) {
  float distance;
  assert_int_equal(triplet_distances(NULL, &c->options, triplet_matrix_of(x, 1, c->d), triplet_matrix_of(y, 1, c->d),
                                     (triplet_matrix){&distance, 1, 1}),
                   TRIPLET_OK);
  return distance;
}

/* By the distances of the core itself losses and counts are exact. */
static void check_hinges(const explicit_case *c, const explicit_output *out) {
  const triplet_options *o = &c->options;
  uint64_t active = 0;
  for (size_t i = 0; i < c->n; i++) {
    const float *a = c->anchors.data + i * c->d, *p = c->positives.data + i * c->d, *n = c->negatives.data + i * c->d;
    const float ap = tile_distance(c, a, p);
    float an = tile_distance(c, a, n);
    if (o->swap)
      an = fminf(an, tile_distance(c, p, n));
    const double weight = weight_of(o, i), h = ((double)ap + margin_of(o, i)) - an;
    active += weight != 0 && (o->soft_margin || (o->convention == TRIPLET_CONVENTION_EXACT ? h > 0 : h >= 0));
    const float loss = (float)(weight * fmax(h, 0));
    if (!o->soft_margin && out->losses.data[i] != loss) {
      describe(c, "loss", i);
      fail_msg("%.9g, by the distances %.9g", (double)out->losses.data[i], (double)loss);
    }
  }
  if (out->result.active != active) {
    describe(c, "active", 0);
    fail_msg("%llu, by the distances %llu", (unsigned long long)out->result.active, (unsigned long long)active);
  }
}

static void check_case(const explicit_case *c) {
  explicit_output out = output_of(c->n, c->d, 3);
  assert_int_equal(run(NULL, c, &out), TRIPLET_OK);
  reference_case r = reference_of(c);
  reference_answer expected = reference_margin_loss(&r.problem);

  double sum_allowed = 0;
  for (size_t i = 0; i < c->n; i++) {
    const size_t row = i * c->d;
    const double ap = reference_size(&c->options, r.anchors + row, r.positives + row, c->d);
    const double an = reference_size(&c->options, r.anchors + row, r.negatives + row, c->d);
    const double size = ap + an + fabs(margin_of(&c->options, i)) + c->options.soft_margin +
                        (c->options.distance == TRIPLET_DISTANCE_COSINE);
    const double allowed = 1e-6 * fabs(weight_of(&c->options, i)) * size + 0x1p-149;
    sum_allowed += allowed;
    if (!(fabs(out.losses.data[i] - expected.losses[i]) <= allowed)) {
      describe(c, "loss", i);
      fail_msg("%.9g, reference %.17g", (double)out.losses.data[i], expected.losses[i]);
    }

    /* Two parts of a row that cancel keep their rounding; softplus knows h no better than float32 knows the
     * distances. */
    const double whole =
        fmax(largest_of(expected.anchors + row, c->d),
             fmax(largest_of(expected.positives + row, c->d), largest_of(expected.negatives + row, c->d)));
    const double rounding = 5e-7 * whole * (c->options.soft_margin ? 1 + ap + an : 1);
    check_gradient_row(c, i, "gradient of the anchor", out.anchors.data, expected.anchors, rounding);
    check_gradient_row(c, i, "gradient of the positive", out.positives.data, expected.positives, rounding);
    check_gradient_row(c, i, "gradient of the negative", out.negatives.data, expected.negatives, rounding);
  }

  if (c->options.reduction == TRIPLET_REDUCTION_MEAN)
    sum_allowed /= (double)c->n;
  if (c->options.reduction == TRIPLET_REDUCTION_WEIGHTED_MEAN)
    sum_allowed /= fabs(sum_of_weights(&c->options, c->n)) + DBL_MIN;
  if (!(fabs(out.result.loss - expected.loss) <= sum_allowed)) {
    describe(c, "reduced loss", 0);
    fail_msg("%.17g, reference %.17g", out.result.loss, expected.loss);
  }
  assert_int_equal(out.result.active, expected.active);
  assert_int_equal(out.result.nonfinite, 0);
  check_hinges(c, &out);

  reference_release(&expected);
  release_reference(&r);
  release_output(&out);
}

static void test_against_reference(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (int repeat = 0; repeat < 1500; repeat++) {
    const size_t d = repeat % 50 == 0 ? (size_t)PICK(&from, 300, 1000) : 1 + seeded_below(&from, repeat % 3 ? 20 : 129);
    const size_t n = 1 + seeded_below(&from, d < 20 ? 20 : 4);
    explicit_case c = random_case(&from, random_options(&from), n, d, 1, 1e-5);
    check_case(&c);
    release_case(&c);
  }
}

static void test_magnitudes(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (int repeat = 0; repeat < 1000; repeat++) {
    triplet_options options = random_options(&from);
    const double scale = PICK(&from, 1e30, 1e19, 1e17, 1e-12, 1e-18, 1e-30, 1e-36);
    const bool dot = options.distance == TRIPLET_DISTANCE_DOT;
    if (options.distance == TRIPLET_DISTANCE_SQUARED || (dot && !(scale > 1e-20 && scale < 1e18)))
      options.distance = TRIPLET_DISTANCE_COSINE;
    options.eps = scale > 1 ? options.eps : 0;
    options.soft_margin = false;
    explicit_case c = random_case(&from, options, 1 + seeded_below(&from, 8), 1 + seeded_below(&from, 40), scale, 1e-5);
    check_case(&c);
    release_case(&c);
  }
}

/* Rows of very different size in one call, each right for itself. */
static void test_mixed_magnitudes(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  for (int repeat = 0; repeat < 300; repeat++) {
    triplet_options options = random_options(&from);
    if (options.distance == TRIPLET_DISTANCE_SQUARED || options.distance == TRIPLET_DISTANCE_DOT)
      options.distance = TRIPLET_DISTANCE_COSINE;
    options.eps = 0;
    options.margin = 0;
    options.soft_margin = false;
    explicit_case c = random_case(&from, options, 1 + seeded_below(&from, 30), 1 + seeded_below(&from, 12), 1, 1e-4);
    c.options.margins = (triplet_floats){0};

    reference_case r = reference_of(&c);
    for (size_t i = 0; i < c.n; i++) {
      const float scale = ldexpf(1, (int)seeded_below(&from, 200) - 100);
      for (size_t k = i * c.d; k < (i + 1) * c.d; k++) {
        c.anchors.data[k] *= scale;
        c.positives.data[k] *= scale;
        c.negatives.data[k] *= scale;
      }
      if (reference_smoothness(&r.problem, i) < 1e-4) /* without its own margin it may stand at a kink */
        memcpy(c.negatives.data + i * c.d, c.positives.data + i * c.d, c.d * sizeof(float));
    }

    release_reference(&r);
    r = reference_of(&c);
    bool smooth = true;
    for (size_t i = 0; i < c.n; i++)
      smooth = smooth && reference_smoothness(&r.problem, i) > 1e-5;
    if (smooth)
      check_case(&c);
    release_reference(&r);
    release_case(&c);
  }
}

/* Weights so small that slope / distance leaves float32 although the gradient does not. */
static void test_small_and_large_weights(void **state) {
  (void)state;
  seeded from = seeded_from(5);
  for (int repeat = 0; repeat < 200; repeat++) {
    triplet_options options = random_options(&from);
    const double of_distances = PICK(&from, 1e15, 1e8, 1, 1e-8, 1e-15);
    const double scale = options.distance == TRIPLET_DISTANCE_DOT ? sqrt(of_distances) : of_distances;
    if (options.distance == TRIPLET_DISTANCE_SQUARED)
      options.distance = TRIPLET_DISTANCE_MINKOWSKI;
    options.eps = 0;
    options.soft_margin = false;
    explicit_case c = random_case(&from, options, 1 + seeded_below(&from, 8), 1 + seeded_below(&from, 12), scale, 1e-5);
    floats weights = floats_make(c.n, 0);
    for (size_t i = 0; i < c.n; i++)
      weights.data[i] = (float)PICK(&from, 1e-30, -1e-24, 1e20, scale > 1 ? 1 : -1e30, 0, 1);
    c.options.weights = (triplet_floats){weights.data, c.n};
    if (options.distance != TRIPLET_DISTANCE_COSINE)
      check_case(&c);
    floats_release(&weights);
    release_case(&c);
  }
}

/* Directions that nearly agree, as trained ones do: the gradient of 1 - cos is small, and still right. */
static void test_nearly_parallel(void **state) {
  (void)state;
  seeded from = seeded_from(6);
  for (double angle = 1; angle > 1e-5; angle /= 4)
    for (int repeat = 0; repeat < 20; repeat++) {
      const size_t d = 2 + seeded_below(&from, 60);
      floats a = floats_random(&from, d, 0, 1), p = floats_random(&from, d, 0, angle),
             n = floats_random(&from, d, 0, 1);
      for (size_t k = 0; k < d; k++)
        p.data[k] += a.data[k];
      triplet_options options = triplet_margin_options();
      options.distance = TRIPLET_DISTANCE_COSINE;
      options.margin = 2;
      const explicit_case c = {.options = options, .n = 1, .d = d, .anchors = a, .positives = p, .negatives = n};
      explicit_output out = output_of(1, d, 0);
      assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
      reference_case r = reference_of(&c);
      reference_answer expected = reference_margin_loss(&r.problem);
      check_gradient_row(&c, 0, "gradient of a nearly parallel positive", out.positives.data, expected.positives, 0);
      reference_release(&expected);
      release_reference(&r);
      release_output(&out);
      floats_release(&a);
      floats_release(&p);
      floats_release(&n);
    }
}

/* ---- kinks, ties and distance 0, by hand ------------------------------------------------------------------------- */

typedef struct by_hand {
  const char *name;
  triplet_convention convention;
  triplet_distance distance;
  double p; /* 2 where it is not given */
  double eps, margin;
  bool swap;
  size_t d;         /* 2 where it is not given */
  float rows[3][4]; /* anchor, positive, negative */
  double loss;
  uint64_t active;
  double gradients[3][4];
} by_hand;

#define THIRD (1.0 / 3)

static const by_hand kinks[] = {
    {.name = "hinge at 0, torch",
     TORCH,
     .rows = {{0}, {3, 4}, {0, 5}},
     .active = 1,
     .gradients = {{-.6, .2}, {.6, .8}, {0, -1}}},
    {.name = "hinge at 0, optax",
     OPTAX,
     .rows = {{0}, {3, 4}, {0, 5}},
     .active = 1,
     .gradients = {{-.3, .1}, {.3, .4}, {0, -.5}}},
    {.name = "hinge at 0, exact", EXACT, .rows = {{0}, {3, 4}, {0, 5}}},
    {.name = "squared hinge at 0, exact", SQUARED, .margin = -1, .rows = {{1, 2}, {0}, {1, 0}}},
    {.name = "squared hinge at 0, torch",
     TORCH,
     .distance = TRIPLET_DISTANCE_SQUARED,
     .eps = 9,
     .margin = -1,
     .rows = {{1, 2}, {0}, {1, 0}},
     .active = 1,
     .gradients = {{2, 0}, {-2, -4}, {0, 4}}},
    {.name = "swap tie, torch",
     TORCH,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie, optax",
     OPTAX,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie, exact",
     EXACT,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie, p = 1",
     EXACT,
     .p = 1,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie, p = 3",
     EXACT,
     .p = 3,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie, p = inf",
     EXACT,
     .p = INFINITY,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie and hinge at 0, torch",
     TORCH,
     .margin = -1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .active = 1,
     .gradients = {{-.5, 0}, {.5, 0}, {0}}},
    {.name = "swap tie and hinge at 0, optax",
     OPTAX,
     .margin = -1,
     .swap = true,
     .rows = {{0}, {2, 0}, {1, 0}},
     .active = 1,
     .gradients = {{-.25, 0}, {.25, 0}, {0}}},
    {.name = "swap tie and hinge at 0, exact", EXACT, .margin = -1, .swap = true, .rows = {{0}, {2, 0}, {1, 0}}},
    {.name = "swapped",
     EXACT,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {4, 0}, {4, 3}},
     .loss = 2,
     .active = 1,
     .gradients = {{-1, 0}, {1, 1}, {0, -1}}},
    {.name = "not swapped",
     EXACT,
     .margin = 1,
     .swap = true,
     .rows = {{0}, {4, 0}, {0, -3}},
     .loss = 2,
     .active = 1,
     .gradients = {{-1, -1}, {1, 0}, {0, 1}}},
    {.name = "swap with equal a and p",
     EXACT,
     .margin = 6,
     .swap = true,
     .rows = {{0}, {0}, {3, 4}},
     .loss = 1,
     .active = 1,
     .gradients = {{.3, .4}, {.3, .4}, {-.6, -.8}}},
    {.name = "tie of the maximum",
     EXACT,
     .p = INFINITY,
     .margin = 1,
     .d = 3,
     .rows = {{0}, {3, -3, 1}, {0, 0, .5f}},
     .loss = 3.5,
     .active = 1,
     .gradients = {{-.5, .5, 1}, {.5, -.5, 0}, {0, 0, -1}}},
    {.name = "three share the maximum",
     EXACT,
     .p = INFINITY,
     .d = 4,
     .rows = {{0}, {3, -3, 1, 3}, {0, 0, 1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{-THIRD, THIRD, 1, -THIRD}, {THIRD, -THIRD, 0, THIRD}, {0, 0, -1, 0}}},
    {.name = "torch's eps makes a tie of the maximum",
     TORCH,
     .p = INFINITY,
     .eps = .5,
     .rows = {{0}, {3, -2}, {1, 0}},
     .loss = 2,
     .active = 1,
     .gradients = {{0}, {.5, -.5}, {-.5, .5}}},
    {.name = "optax's eps plays no part at p = inf",
     OPTAX,
     .p = INFINITY,
     .eps = .5,
     .rows = {{0}, {2, 1}, {1, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{0}, {1, 0}, {-1, 0}}},
    {.name = "tie at a huge p",
     EXACT,
     .p = 1e300,
     .margin = 1,
     .d = 3,
     .rows = {{0}, {3, -3, 1}, {0, 0, .5f}},
     .loss = 3.5,
     .active = 1,
     .gradients = {{-.5, .5, 1}, {.5, -.5, 0}, {0, 0, -1}}},
    {.name = "tie at p = 1e15",
     EXACT,
     .p = 1e15,
     .margin = 1,
     .d = 3,
     .rows = {{0}, {3, -3, 1}, {0, 0, .5f}},
     .loss = 3.5,
     .active = 1,
     .gradients = {{-.5, .5, 1}, {.5, -.5, 0}, {0, 0, -1}}},
    {.name = "a component without difference, p = 1",
     EXACT,
     .p = 1,
     .margin = 1,
     .d = 3,
     .rows = {{0}, {1, 0, -1}, {0, 2, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{-1, 1, 1}, {1, 0, -1}, {0, -1, 0}}},
    {.name = "torch's eps gives it a sign",
     TORCH,
     .p = 1,
     .eps = .25,
     .margin = 1,
     .rows = {{0}, {1, 0}, {0, 1}},
     .loss = 1,
     .active = 1,
     .gradients = {{-2, 2}, {1, -1}, {1, -1}}},
    {.name = "optax's eps is added to the sum",
     OPTAX,
     .p = 1,
     .eps = .5,
     .margin = 2,
     .rows = {{0}, {1, -1}, {3, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{0, 1}, {1, -1}, {-1, 0}}},
    {.name = "a component without difference, p = 1.5",
     EXACT,
     .p = 1.5,
     .margin = 1,
     .rows = {{0}, {1, 0}, {0, 1}},
     .loss = 1,
     .active = 1,
     .gradients = {{-1, 1}, {1, 0}, {0, -1}}},
    {.name = "distance 0, exact",
     EXACT,
     .margin = 6,
     .rows = {{0}, {0}, {3, 4}},
     .loss = 1,
     .active = 1,
     .gradients = {{.6, .8}, {0}, {-.6, -.8}}},
    {.name = "distance 0, exact, p = 1",
     EXACT,
     .p = 1,
     .margin = 8,
     .rows = {{0}, {0}, {3, 4}},
     .loss = 1,
     .active = 1,
     .gradients = {{1, 1}, {0}, {-1, -1}}},
    {.name = "distance 0, exact, p = 3",
     EXACT,
     .p = 3,
     .margin = 4,
     .rows = {{1, 0}, {1, 0}, {-2, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{-1, 0}, {0}, {1, 0}}},
    {.name = "distance 0, exact, p = 1.5",
     EXACT,
     .p = 1.5,
     .margin = 4,
     .rows = {{1, 0}, {1, 0}, {-2, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{-1, 0}, {0}, {1, 0}}},
    {.name = "distance 0, exact, p = inf",
     EXACT,
     .p = INFINITY,
     .margin = 4,
     .rows = {{1, 0}, {1, 0}, {-2, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{-1, 0}, {0}, {1, 0}}},
    {.name = "distance 0, torch: eps decides",
     TORCH,
     .eps = .5,
     .margin = 4,
     .d = 4,
     .rows = {{0}, {0}, {-1.5f, -1.5f, -1.5f, -1.5f}},
     .loss = 1,
     .active = 1,
     .gradients = {{0}, {-.5, -.5, -.5, -.5}, {.5, .5, .5, .5}}},
    {.name = "distance 0, torch without eps",
     TORCH,
     .margin = 6,
     .rows = {{0}, {0}, {3, 4}},
     .loss = 1,
     .active = 1,
     .gradients = {{.6, .8}, {0}, {-.6, -.8}}},
    {.name = "eps takes the difference away, torch",
     TORCH,
     .eps = .5,
     .margin = 6,
     .rows = {{0}, {.5f, .5f}, {3.5f, 4.5f}},
     .loss = 1,
     .active = 1,
     .gradients = {{.6, .8}, {0}, {-.6, -.8}}},
    {.name = "distance 0, optax: the root of eps",
     OPTAX,
     .eps = .25,
     .margin = 2,
     .rows = {{0}, {0}, {1, 1}},
     .loss = 1,
     .active = 1,
     .gradients = {{2 * THIRD, 2 * THIRD}, {0}, {-2 * THIRD, -2 * THIRD}}},
    {.name = "distance 0, optax without eps",
     OPTAX,
     .margin = 6,
     .rows = {{0}, {0}, {3, 4}},
     .loss = 1,
     .active = 1,
     .gradients = {{.6, .8}, {0}, {-.6, -.8}}},
    {.name = "all rows equal, torch",
     TORCH,
     .p = 1,
     .eps = .5,
     .margin = 1,
     .rows = {{7, 7}, {7, 7}, {7, 7}},
     .loss = 1,
     .active = 1,
     .gradients = {{0}, {-1, -1}, {1, 1}}},
    {.name = "all rows equal, exact",
     EXACT,
     .margin = 1,
     .swap = true,
     .rows = {{7, 7}, {7, 7}, {7, 7}},
     .loss = 1,
     .active = 1},
    {.name = "squared",
     SQUARED,
     .p = 7,
     .eps = 9,
     .rows = {{1, 2}, {0}, {1, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{2, 0}, {-2, -4}, {0, 4}}},
    {.name = "cosine with a zero anchor", COSINE, .margin = 1, .rows = {{0}, {1, 0}, {0, 1}}, .loss = 1, .active = 1},
    {.name = "cosine with a zero positive",
     COSINE,
     .margin = 1,
     .rows = {{1, 0}, {0}, {0, 1}},
     .loss = 1,
     .active = 1,
     .gradients = {{0, 1}, {0}, {1, 0}}},
    {.name = "cosine with a zero negative",
     COSINE,
     .margin = 1,
     .rows = {{1, 0}, {0, 1}, {0}},
     .loss = 1,
     .active = 1,
     .gradients = {{0, -1}, {-1, 0}, {0}}},
    {.name = "cosine of equal rows",
     COSINE,
     .margin = 1,
     .rows = {{.3f, .7f}, {.3f, .7f}, {.3f, .7f}},
     .loss = 1,
     .active = 1},
    {.name = "cosine of opposite rows",
     COSINE,
     .rows = {{2, 0}, {-3, 0}, {0, 4}},
     .loss = 1,
     .active = 1,
     .gradients = {{0, .5}, {0}, {.25, 0}}},
    {.name = "subnormal",
     EXACT,
     .rows = {{0}, {0x3p-149f, 0x4p-149f}, {0}},
     .loss = 0x5p-149,
     .active = 1,
     .gradients = {{-.6, -.8}, {.6, .8}, {0}}},
    {.name = "1e30 beside 1e-30",
     EXACT,
     .rows = {{0}, {1e30f, 1e-30f}, {0, 1e-30f}},
     .loss = 1e30f,
     .active = 1,
     .gradients = {{-1, 1}, {1, 0}, {0, -1}}},
    {.name = "the largest float32",
     EXACT,
     .rows = {{0}, {FLT_MAX, 0}, {0}},
     .loss = FLT_MAX,
     .active = 1,
     .gradients = {{-1, 0}, {1, 0}, {0}}},
    {.name = "cosine of the largest and a small row",
     COSINE,
     .rows = {{FLT_MAX, 0}, {0, 0x1p-100f}, {FLT_MAX, 0}},
     .loss = 1,
     .active = 1,
     .gradients = {{0}, {-0x1p100, 0}, {0}}},
};

static void assert_near(const char *name, const char *what, double got, double expected, double relative) {
  if (!(fabs(got - expected) <= relative * fmax(1, fabs(expected))))
    fail_msg("%s: %s is %.17g, expected %.17g", name, what, got, expected);
}

static void test_kinks(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof kinks / sizeof *kinks; i++) {
    const by_hand *k = &kinks[i];
    const size_t d = k->d ? k->d : 2;
    explicit_case c = {.options = triplet_margin_options(), .n = 1, .d = d};
    c.options.convention = k->convention;
    c.options.distance = k->distance;
    c.options.p = k->p != 0 ? k->p : 2;
    c.options.eps = k->eps;
    c.options.margin = k->margin;
    c.options.swap = k->swap;
    c.anchors.data = (float *)k->rows[0];
    c.positives.data = (float *)k->rows[1];
    c.negatives.data = (float *)k->rows[2];

    explicit_output out = output_of(1, d, 0);
    assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
    reference_case r = reference_of(&c);
    reference_answer wide = reference_margin_loss(&r.problem);
    assert_near(k->name, "loss", out.result.loss, k->loss, 1e-6);
    assert_near(k->name, "loss of the reference", wide.loss, k->loss, 1e-12);
    assert_near(k->name, "active", (double)out.result.active, (double)k->active, 0);
    assert_near(k->name, "active of the reference", (double)wide.active, (double)k->active, 0);

    const float *const got[] = {out.anchors.data, out.positives.data, out.negatives.data};
    const double *const reference[] = {wide.anchors, wide.positives, wide.negatives};
    for (size_t list = 0; list < 3; list++)
      for (size_t j = 0; j < d; j++) {
        assert_near(k->name,
                    list == 0   ? "by a"
                    : list == 1 ? "by p"
                                : "by n",
                    got[list][j], k->gradients[list][j], 1e-6);
        assert_near(k->name, "the reference's gradient", reference[list][j], k->gradients[list][j], 1e-12);
      }
    reference_release(&wide);
    release_reference(&r);
    release_output(&out);
  }
}

/* At p = 1e6 a component that is less by one part in a million has 1 / e of the largest one's gradient. */
static void test_huge_p_is_sharp(void **state) {
  (void)state;
  float a[] = {0.1f, 0.7f}, p[] = {0.1f + 1, 0.7f - 0.999999f}, n[] = {0.1f, 0.7f};
  explicit_case c = {.options = triplet_margin_options(), .n = 1, .d = 2};
  c.options.convention = TRIPLET_CONVENTION_EXACT;
  c.options.p = 1e6;
  c.anchors.data = a;
  c.positives.data = p;
  c.negatives.data = n;
  explicit_output out = output_of(1, 2, 0);
  assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
  reference_case r = reference_of(&c);
  reference_answer expected = reference_margin_loss(&r.problem);
  check_gradient_row(&c, 0, "gradient at p = 1e6", out.anchors.data, expected.anchors, 0);
  reference_release(&expected);
  release_reference(&r);
  release_output(&out);
}

/* ---- weights, reductions and empty inputs ------------------------------------------------------------------------ */

static void test_weight_zero_is_never_active(void **state) {
  (void)state;
  const float a[] = {0, 0}, p[] = {2, 2}, n[] = {1, 1}, weights[] = {0, 1};
  for (int soft = 0; soft < 2; soft++) {
    explicit_case c = {.options = triplet_margin_options(), .n = 2, .d = 1};
    c.options.weights = (triplet_floats){weights, 2};
    c.options.soft_margin = soft;
    c.options.reduction = TRIPLET_REDUCTION_MEAN_NONZERO;
    c.options.eps = 0;
    c.anchors.data = (float *)a;
    c.positives.data = (float *)p;
    c.negatives.data = (float *)n;
    explicit_output out = output_of(2, 1, 0);
    assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
    assert_int_equal(out.result.active, 1);
    assert_near("mean_nonzero", "loss", out.result.loss, soft ? log1p(exp(2)) : 2, 1e-7);
    assert_same_bits(out.losses.data, (const float[]){0}, 1, "loss of weight 0");
    assert_same_bits(out.anchors.data, (const float[]){0}, 1, "gradient of weight 0");
    release_output(&out);
  }
}

static void test_weighted_mean(void **state) {
  (void)state;
  static const struct {
    float weights[3];
    double loss, gradient; /* of the first positive */
  } cases[] = {
      {.weights = {1, 1, 1}, .loss = 7.0 / 3, .gradient = 1.0 / 3},
      {.weights = {1, 0, 1}, .loss = 2, .gradient = 0.5}, /* a mask */
      {.weights = {0.5f, 2, 0}, .loss = 7 / 2.5, .gradient = 0.2},
      {.weights = {0, 0, 0}, .loss = 0, .gradient = 0},
      {.weights = {2, -2, 0}, .loss = 0, .gradient = 0}, /* which add up to nothing */
      {.weights = {-1, 0, 0}, .loss = 2, .gradient = 1},
  };
  const float a[] = {0, 0, 0}, p[] = {2, 3, 2}, n[] = {1, 1, 1}; /* losses 2, 3, 2 */
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    explicit_case c = {.options = triplet_margin_options(), .n = 3, .d = 1};
    c.options.convention = TRIPLET_CONVENTION_EXACT;
    c.options.reduction = TRIPLET_REDUCTION_WEIGHTED_MEAN;
    c.options.weights = (triplet_floats){cases[i].weights, 3};
    c.anchors.data = (float *)a;
    c.positives.data = (float *)p;
    c.negatives.data = (float *)n;
    explicit_output out = output_of(3, 1, 0);
    assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
    assert_near("weighted_mean", "loss", out.result.loss, cases[i].loss, 1e-12);
    assert_near("weighted_mean", "gradient", out.positives.data[0], cases[i].gradient, 1e-7);
    release_output(&out);
  }
}

/* Nothing to learn from is loss 0 and gradient +0, under every reduction, distance and convention. */
static void test_nothing_active(void **state) {
  (void)state;
  const float a[] = {-1, -2, -3}, p[] = {-1.5f, -2, -3.5f}, n[] = {50, -90, 70};
  for (int reduction = 0; reduction < REDUCTIONS; reduction++)
    for (int convention = 0; convention < 3; convention++)
      for (int distance = 0; distance < DISTANCES; distance++) {
        explicit_case c = {.options = triplet_margin_options(), .n = 1, .d = 3};
        c.options.reduction = (triplet_reduction)reduction;
        c.options.convention = (triplet_convention)convention;
        c.options.distance = (triplet_distance)distance;
        c.options.margin = 0.01;
        c.anchors.data = (float *)a;
        c.positives.data = (float *)p;
        c.negatives.data = (float *)n;
        explicit_output out = output_of(1, 3, 0);
        assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
        assert_int_equal(out.result.active, 0);
        assert_true(out.result.loss == 0);
        const float zeros[3] = {0};
        assert_same_bits(out.anchors.data, zeros, 3, "anchors");
        assert_same_bits(out.positives.data, zeros, 3, "positives");
        assert_same_bits(out.negatives.data, zeros, 3, "negatives");
        assert_same_bits(out.losses.data, zeros, 1, "losses");
        release_output(&out);
      }
}

static void test_no_triplets(void **state) {
  (void)state;
  const triplet_matrix none = {NULL, 0, 5};
  for (int reduction = 0; reduction < REDUCTIONS; reduction++) {
    triplet_options options = triplet_margin_options();
    options.reduction = (triplet_reduction)reduction;
    triplet_result result;
    pattern_set(&result, sizeof result);
    assert_int_equal(triplet_margin_loss(NULL, &options, &(triplet_explicit){none, none, none}, (triplet_gradients){0},
                                         NULL, &result),
                     TRIPLET_OK);
    assert_true(result.loss == 0);
    assert_int_equal(result.active, 0);
    assert_int_equal(result.nonfinite, 0);
  }
}

/* Rows without columns are all equal: every hinge is the margin. */
static void test_no_columns(void **state) {
  (void)state;
  const triplet_matrix rows = {NULL, 7, 0};
  for (int distance = 0; distance < DISTANCES; distance++)
    for (int convention = 0; convention < 3; convention++)
      for (size_t i = 0; i < 4; i++) {
        triplet_options options = triplet_margin_options();
        options.distance = (triplet_distance)distance;
        options.convention = (triplet_convention)convention;
        options.p = (const double[]){1, 2, 3, INFINITY}[i];
        options.swap = true;
        triplet_result result;
        assert_int_equal(triplet_margin_loss(NULL, &options, &(triplet_explicit){rows, rows, rows},
                                             (triplet_gradients){0}, NULL, &result),
                         TRIPLET_OK);
        assert_near("no columns", "loss", result.loss, 1, 1e-15);
        assert_int_equal(result.active, 7);
      }
}

/* Every subset of the outputs gives the same numbers. */
static void test_outputs_are_optional(void **state) {
  (void)state;
  seeded from = seeded_from(7);
  for (int repeat = 0; repeat < 40; repeat++) {
    explicit_case c = random_case(&from, random_options(&from), 9, 1 + seeded_below(&from, 20), 1, 0);
    explicit_output whole = output_of(c.n, c.d, 0);
    assert_int_equal(run(NULL, &c, &whole), TRIPLET_OK);

    for (int subset = 0; subset < 16; subset++) {
      explicit_output out = output_of(c.n, c.d, 0);
      const triplet_gradients gradients = {subset & 1 ? out.anchors.data : NULL, subset & 2 ? out.positives.data : NULL,
                                           subset & 4 ? out.negatives.data : NULL};
      const triplet_explicit triplets = triplets_of(&c);
      const triplet_status status =
          triplet_margin_loss(NULL, &c.options, &triplets, gradients, subset & 8 ? out.losses.data : NULL, &out.result);

      assert_int_equal(status, TRIPLET_OK);
      assert_memory_equal(&out.result, &whole.result, sizeof out.result);
      const floats *const got[] = {&out.anchors, &out.positives, &out.negatives, &out.losses};
      const floats *const expected[] = {&whole.anchors, &whole.positives, &whole.negatives, &whole.losses};
      for (size_t i = 0; i < 4; i++)
        if (subset & (1 << i))
          assert_same_bits(got[i]->data, expected[i]->data, got[i]->count, "a part of the outputs");
        else
          assert_true(pattern_stands(got[i]->data, got[i]->count * sizeof(float)));
      release_output(&out);
    }

    release_output(&whole);
    release_case(&c);
  }
}

/* ---- the same bits ----------------------------------------------------------------------------------------------- */

static void assert_same_output(const explicit_output *left, const explicit_output *right, const char *what) {
  assert_same_bits(left->losses.data, right->losses.data, left->losses.count, what);
  assert_same_bits(left->anchors.data, right->anchors.data, left->anchors.count, what);
  assert_same_bits(left->positives.data, right->positives.data, left->positives.count, what);
  assert_same_bits(left->negatives.data, right->negatives.data, left->negatives.count, what);
  assert_memory_equal(&left->result, &right->result, sizeof left->result);
}

enum { BIT_CASES = 120 };

typedef struct bit_cases {
  explicit_case cases[BIT_CASES];
  explicit_output first[BIT_CASES];
  bool ran;
} bit_cases;

static void check_bits(triplet_context *context, void *data) {
  bit_cases *all = data;
  for (size_t i = 0; i < BIT_CASES; i++) {
    explicit_output out = output_of(all->cases[i].n, all->cases[i].d, i % 16);
    assert_int_equal(run(context, &all->cases[i], &out), TRIPLET_OK);
    if (all->ran) {
      assert_same_output(&out, &all->first[i], triplet_context_instruction_set(context));
      release_output(&out);
    } else {
      all->first[i] = out;
    }
  }
  all->ran = true;
}

static void test_bits_on_every_machine(void **state) {
  (void)state;
  static bit_cases all;
  seeded from = seeded_from(8);
  for (size_t i = 0; i < BIT_CASES; i++) {
    const size_t d = 1 + seeded_below(&from, i % 4 ? 40 : 260), n = 1 + seeded_below(&from, i % 5 ? 100 : 900);
    all.cases[i] =
        random_case(&from, random_options(&from), d > 40 ? n % 60 + 1 : n, d, PICK(&from, 1, 1, 1, 1e-18, 1e17), 0);
    all.cases[i].options.nonfinite = TRIPLET_NONFINITE_ALLOW;
    if (i % 4 == 0)
      all.cases[i].positives.data[seeded_below(&from, all.cases[i].n * all.cases[i].d)] = NAN;
  }
  on_every_machine(check_bits, &all);
  for (size_t i = 0; i < BIT_CASES; i++) {
    release_output(&all.first[i]);
    release_case(&all.cases[i]);
  }
}

/* A row's result does not depend on its number, on its neighbours or on where the buffers lie. */
static void test_bits_of_a_row_alone(void **state) {
  (void)state;
  seeded from = seeded_from(9);
  for (int repeat = 0; repeat < 150; repeat++) {
    triplet_options options = random_options(&from);
    options.reduction = seeded_below(&from, 2) ? TRIPLET_REDUCTION_SUM : TRIPLET_REDUCTION_NONE;
    const size_t columns = 1 + seeded_below(&from, 150), n = 1 + seeded_below(&from, columns < 20 ? 150 : 20);
    explicit_case c = random_case(&from, options, n, columns, PICK(&from, 1, 1, 1e-19, 1e18), 0);
    const size_t d = c.d;

    c.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
    explicit_output out = output_of(n, d, 1);
    assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
    for (size_t i = 0; i < n; i++) {
      explicit_case one = {.options = c.options, .n = 1, .d = d};
      if (one.options.weights.data)
        one.options.weights = (triplet_floats){c.options.weights.data + i, 1};
      if (one.options.margins.data)
        one.options.margins = (triplet_floats){c.options.margins.data + i, 1};
      if (one.options.grad_output.count > 1)
        one.options.grad_output = (triplet_floats){c.options.grad_output.data + i, 1};

      const float *const rows[] = {c.anchors.data + i * d, c.positives.data + i * d, c.negatives.data + i * d};
      floats *const copies[] = {&one.anchors, &one.positives, &one.negatives};
      for (size_t list = 0; list < 3; list++) {
        *copies[list] = floats_make(d, seeded_below(&from, 16));
        memcpy(copies[list]->data, rows[list], d * sizeof(float));
      }

      explicit_output alone = output_of(1, d, seeded_below(&from, 16));
      assert_int_equal(run(NULL, &one, &alone), TRIPLET_OK);
      assert_same_bits(alone.losses.data, out.losses.data + i, 1, "loss of a row alone");
      assert_same_bits(alone.anchors.data, out.anchors.data + i * d, d, "anchor of a row alone");
      assert_same_bits(alone.positives.data, out.positives.data + i * d, d, "positive of a row alone");
      assert_same_bits(alone.negatives.data, out.negatives.data + i * d, d, "negative of a row alone");

      release_output(&alone);
      for (size_t list = 0; list < 3; list++)
        floats_release(copies[list]);
    }
    release_output(&out);
    release_case(&c);
  }
}

/* A context remembers which options were right; others are checked all the same, and so are those of other calls. */
static void test_changed_options_are_checked(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  const float row[] = {1, 2, 3};
  const triplet_matrix x = triplet_matrix_of(row, 1, 3);
  const triplet_explicit triplets = {x, x, x};
  const int32_t label = 1;
  const triplet_batch batch = {x, triplet_labels_of(&label, 1), NULL};
  triplet_result result;
  triplet_batch_result found;
  const triplet_options good = triplet_margin_options(), none = {0};
  triplet_options wrong[] = {good, good, good, none};
  wrong[0].margin = NAN;
  wrong[1].p = 0.5;
  wrong[2].begun++;
  assert_int_equal(triplet_margin_loss(context, &none, &triplets, (triplet_gradients){0}, NULL, &result),
                   TRIPLET_INVALID_ARGUMENT);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    for (int repeat = 0; repeat < 2; repeat++) {
      assert_int_equal(triplet_margin_loss(context, &good, &triplets, (triplet_gradients){0}, NULL, &result),
                       TRIPLET_OK);
      assert_int_equal(triplet_margin_loss(context, &wrong[i], &triplets, (triplet_gradients){0}, NULL, &result),
                       TRIPLET_INVALID_ARGUMENT);
    }

  triplet_options of_batch = triplet_batch_options(); /* an option that explicit triplets have not */
  of_batch.cutoff = -1;
  assert_int_equal(triplet_margin_loss(context, &of_batch, &triplets, (triplet_gradients){0}, NULL, &result),
                   TRIPLET_OK);
  assert_int_equal(triplet_batch_loss(context, &of_batch, &batch, (triplet_batch_gradients){0}, NULL, &found),
                   TRIPLET_INVALID_ARGUMENT);
  triplet_context_destroy(context);
}

/* Large outputs aligned to 16 are written around the cache, others are not. */
static void test_bits_of_large_outputs(void **state) {
  (void)state;
  seeded from = seeded_from(10);
  const size_t n = 32768, d = 128;
  explicit_case c = {.n = n, .d = d};
  c.anchors = floats_random(&from, n * d, 0, 1);
  c.positives = floats_random(&from, n * d, 0, 1);
  c.negatives = floats_random(&from, n * d, 0, 1);
  explicit_output plain = output_of(n, d, 1);
  for (int variant = 0; variant < 5; variant++) {
    c.options = triplet_margin_options();
    c.options.swap = variant == 1;
    c.options.p = variant == 2 ? 1 : 2;
    c.options.distance = variant == 3   ? TRIPLET_DISTANCE_COSINE
                         : variant == 4 ? TRIPLET_DISTANCE_DOT
                                        : TRIPLET_DISTANCE_MINKOWSKI;
    assert_int_equal(run(NULL, &c, &plain), TRIPLET_OK);
    for (size_t offset = 0; offset <= 12; offset += 4) {
      explicit_output out = output_of(n, d, offset);
      assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
      assert_same_output(&out, &plain, "large outputs");
      release_output(&out);
    }
  }

  /* Each of them aligned by itself but not like the others, and some of them missing. */
  static const size_t offsets[][3] = {{4, 0, 0}, {0, 4, 0}, {0, 0, 12}, {0, 8, 8}, {1, 8, 0}, {0, 8, 2}};
  c.options = triplet_margin_options();
  assert_int_equal(run(NULL, &c, &plain), TRIPLET_OK);
  const floats *const expected[] = {&plain.anchors, &plain.positives, &plain.negatives};
  for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    floats outputs[3];
    float *wanted[3];
    for (size_t part = 0; part < 3; part++) {
      outputs[part] = floats_make(n * d, offsets[i][part]);
      wanted[part] = (i + 2 * part) % 6 < 4 ? outputs[part].data : NULL;
    }
    const triplet_explicit triplets = triplets_of(&c);
    triplet_result result;
    assert_int_equal(triplet_margin_loss(NULL, &c.options, &triplets,
                                         (triplet_gradients){wanted[0], wanted[1], wanted[2]}, NULL, &result),
                     TRIPLET_OK);
    for (size_t part = 0; part < 3; part++) {
      if (wanted[part])
        assert_same_bits(wanted[part], expected[part]->data, n * d, "outputs that differ");
      else
        assert_true(pattern_stands(outputs[part].data, n * d * sizeof(float)));
      floats_release(&outputs[part]);
    }
  }
  release_output(&plain);
  release_case(&c);
}

/* ---- one anchor for all ------------------------------------------------------------------------------------------ */

typedef struct one_anchor {
  const explicit_case *c; /* whose anchors are all the same row */
  const explicit_output *plain;
  const float *sum; /* of its rows of gradient */
} one_anchor;

static void check_one_anchor(triplet_context *context, void *data) {
  const one_anchor *of = data;
  const explicit_case *c = of->c;
  triplet_explicit triplets = triplets_of(c);
  triplets.anchors.rows = 1;
  explicit_output out = output_of(c->n, c->d, 2);
  floats gradient = floats_make(c->d, 1);
  pattern_set(gradient.data, c->d * sizeof(float));
  const triplet_gradients gradients = {gradient.data, out.positives.data, out.negatives.data};
  const triplet_status status =
      triplet_margin_loss(context, &c->options, &triplets, gradients, out.losses.data, &out.result);
  assert_int_equal(status, TRIPLET_OK);
  assert_same_bits(gradient.data, of->sum, c->d, "gradient of the anchor");
  assert_same_bits(out.positives.data, of->plain->positives.data, c->n * c->d, "positives");
  assert_same_bits(out.negatives.data, of->plain->negatives.data, c->n * c->d, "negatives");
  assert_same_bits(out.losses.data, of->plain->losses.data, c->n, "losses");
  assert_memory_equal(&out.result, &of->plain->result, sizeof out.result);

  /* Wanted or not, the others are the same. */
  pattern_set(out.positives.data, c->n * c->d * sizeof(float));
  const triplet_gradients alone = {NULL, out.positives.data, NULL};
  assert_int_equal(triplet_margin_loss(context, &c->options, &triplets, alone, NULL, &out.result), TRIPLET_OK);
  assert_same_bits(out.positives.data, of->plain->positives.data, c->n * c->d, "positives alone");
  release_output(&out);
  floats_release(&gradient);
}

static void test_one_anchor(void **state) {
  (void)state;
  seeded from = seeded_from(13);
  for (int repeat = 0; repeat < 300; repeat++) {
    const triplet_options options = random_options(&from);
    const size_t d = 1 + seeded_below(&from, repeat % 10 ? 20 : 150),
                 n = 2 + seeded_below(&from, repeat % 10 ? 40 : 900);
    const double scale = options.distance == TRIPLET_DISTANCE_MINKOWSKI ? PICK(&from, 1, 1, 1e25, 1e-25) : 1;
    explicit_case c = random_case(&from, options, n, d, scale, 0);
    for (size_t i = 1; i < n; i++)
      memcpy(c.anchors.data + i * c.d, c.anchors.data, c.d * sizeof(float));
    if (repeat % 7 == 0) {
      c.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
      c.negatives.data[seeded_below(&from, c.n * c.d)] = INFINITY;
    }
    explicit_output plain = output_of(n, c.d, 0);
    assert_int_equal(run(NULL, &c, &plain), TRIPLET_OK);
    floats sum = floats_make(c.d, 0);
    memset(sum.data, 0, c.d * sizeof(float));
    for (size_t i = 0; i < n; i++)
      for (size_t k = 0; k < c.d; k++)
        sum.data[k] += plain.anchors.data[i * c.d + k];
    one_anchor of = {&c, &plain, sum.data};
    if (repeat % 10 == 0)
      on_every_machine(check_one_anchor, &of);
    else
      check_one_anchor(NULL, &of);
    floats_release(&sum);
    release_output(&plain);
    release_case(&c);
  }
}

/* One anchor and no triplet: the gradient is there, and 0. */
static void test_one_anchor_of_none(void **state) {
  (void)state;
  const float row[] = {1, 2, 3}, zeros[3] = {0};
  float gradient[3];
  pattern_set(gradient, sizeof gradient);
  const triplet_options options = triplet_margin_options();
  const triplet_explicit triplets = {triplet_matrix_of(row, 1, 3), {NULL, 0, 3}, {NULL, 0, 3}};
  triplet_result result;
  assert_int_equal(
      triplet_margin_loss(NULL, &options, &triplets, (triplet_gradients){gradient, NULL, NULL}, NULL, &result),
      TRIPLET_OK);
  assert_true(result.loss == 0);
  assert_same_bits(gradient, zeros, 3, "gradient");
}

typedef struct one_anchor_memory {
  triplet_options options;
  float gradient[3];
} one_anchor_memory;

static triplet_status call_one_anchor(triplet_context *context, void *data) {
  static const float rows[] = {1, 2, 3, 4, 5, 6};
  one_anchor_memory *of = data;
  const triplet_explicit triplets = {triplet_matrix_of(rows, 1, 3), triplet_matrix_of(rows, 2, 3),
                                     triplet_matrix_of(rows, 2, 3)};
  triplet_result result;
  return triplet_margin_loss(context, &of->options, &triplets, (triplet_gradients){of->gradient, NULL, NULL}, NULL,
                             &result);
}

static void one_anchor_stands(void *data) {
  const one_anchor_memory *of = data;
  assert_true(pattern_stands(of->gradient, sizeof of->gradient));
}

static void test_one_anchor_without_memory(void **state) {
  (void)state;
  for (int distance = 0; distance < DISTANCES; distance++) {
    one_anchor_memory of = {.options = triplet_margin_options()};
    of.options.distance = (triplet_distance)distance;
    pattern_set(of.gradient, sizeof of.gradient);
    assert_int_equal(fail_each_allocation(call_one_anchor, one_anchor_stands, &of),
                     distance == TRIPLET_DISTANCE_COSINE ? 2 : 1);
  }
}

/* ---- numbers that are not finite --------------------------------------------------------------------------------- */

/* Whatever stands in the other components, and whichever the distance: one bad number makes its triplet, and no
 * other, NaN. */
static void test_not_finite(void **state) {
  (void)state;
  seeded from = seeded_from(11);
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  const size_t n = 5;
  for (int repeat = 0; repeat < 1200; repeat++) {
    triplet_options options = random_options(&from);
    explicit_case c = random_case(&from, options, n, 1 + seeded_below(&from, 20), 1, 0);
    const size_t d = c.d, row = seeded_below(&from, n), column = seeded_below(&from, d);
    explicit_output clean = output_of(n, d, 0), out = output_of(n, d, 0);
    c.options.reduction = TRIPLET_REDUCTION_SUM;
    c.options.grad_output = (triplet_floats){0};
    assert_int_equal(run(NULL, &c, &clean), TRIPLET_OK);
    floats *const lists[] = {&c.anchors, &c.positives, &c.negatives};
    const size_t spoilt = seeded_below(&from, 3);
    if (seeded_below(&from, 4) == 0)
      for (size_t list = 0; list < 3; list++)
        memset(lists[list]->data + row * d, 0, d * sizeof(float));
    lists[spoilt]->data[row * d + column] = bad[seeded_below(&from, 3)];

    triplet_context *context = triplet_context_create(NULL);
    assert_error(context, run(context, &c, &out), TRIPLET_NOT_FINITE, "anchors",
                 "1 of 5 triplets have a distance that is not finite");
    triplet_context_destroy(context);

    c.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
    assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
    if (out.result.nonfinite != 1) {
      describe(&c, "not finite", row);
      fail_msg("%llu counted", (unsigned long long)out.result.nonfinite);
    }
    assert_true(isnan(out.result.loss));
    for (size_t i = 0; i < n; i++) {
      if (i == row) {
        const uint32_t nan = 0x7fc00000;
        assert_int_equal(bits_of(out.losses.data[i]), nan);
        for (size_t k = i * d; k < (i + 1) * d; k++) {
          assert_int_equal(bits_of(out.anchors.data[k]), nan);
          assert_int_equal(bits_of(out.positives.data[k]), nan);
          assert_int_equal(bits_of(out.negatives.data[k]), nan);
        }
      } else {
        assert_same_bits(out.losses.data + i, clean.losses.data + i, 1, "loss beside NaN");
        assert_same_bits(out.anchors.data + i * d, clean.anchors.data + i * d, d, "anchor beside NaN");
        assert_same_bits(out.positives.data + i * d, clean.positives.data + i * d, d, "positive beside NaN");
        assert_same_bits(out.negatives.data + i * d, clean.negatives.data + i * d, d, "negative beside NaN");
      }
    }
    release_output(&clean);
    release_output(&out);
    release_case(&c);
  }
}

/* A distance beyond float32 is not finite, although its inputs are. */
static void test_overflow(void **state) {
  (void)state;
  static const double ps[] = {1, 1.5, 2, 3, INFINITY};
  const float a[] = {FLT_MAX, 0}, p[] = {-FLT_MAX, 0}, n[] = {0, 1}, big[] = {1e20f, 0};
  explicit_case c = {.options = triplet_margin_options(), .n = 1, .d = 2};
  c.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  c.positives.data = (float *)p;
  c.negatives.data = (float *)n;
  explicit_output out = output_of(1, 2, 0);
  for (size_t i = 0; i < 5; i++) {
    c.options.p = ps[i];
    c.anchors.data = (float *)a;
    assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
    assert_int_equal(out.result.nonfinite, 1);
    assert_int_equal(bits_of(out.losses.data[0]), 0x7fc00000);
    assert_int_equal(bits_of(out.anchors.data[0]), 0x7fc00000);
  }
  c.anchors.data = (float *)big;
  c.positives.data = (float *)n;
  c.options.distance = TRIPLET_DISTANCE_SQUARED;
  assert_int_equal(run(NULL, &c, &out), TRIPLET_OK);
  assert_int_equal(out.result.nonfinite, 1);
  release_output(&out);
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

typedef struct misuse_call {
  triplet_options options;
  triplet_explicit triplets;
} misuse_call;

static const float two[] = {1, 1}, three[] = {1, 1, 1}, with_nan[] = {1, NAN, 1}, with_infinity[] = {-INFINITY, 1, 1};

#define MISUSE(name, statement)                                                                                        \
  static void name(misuse_call *call) {                                                                                \
    statement;                                                                                                         \
  }

MISUSE(rows_of_positives, call->triplets.positives.rows = 2)
MISUSE(cols_of_positives, call->triplets.positives.cols = 3)
MISUSE(rows_of_negatives, call->triplets.negatives.rows = 4)
MISUSE(cols_of_negatives, call->triplets.negatives.cols = 5)
MISUSE(no_anchors, call->triplets.anchors.data = NULL)
MISUSE(no_positives, call->triplets.positives.data = NULL)
MISUSE(no_negatives, call->triplets.negatives.data = NULL)
MISUSE(huge_anchors, call->triplets.anchors.rows = SIZE_MAX / 2)
MISUSE(one_anchor_cols_of_positives, call->triplets.anchors.rows = 1; call->triplets.positives.cols = 3)
MISUSE(one_anchor_rows_of_negatives, call->triplets.anchors.rows = 1; call->triplets.negatives.rows = 1)
MISUSE(one_anchor_two_weights, (call->options.weights = (triplet_floats){two, 2}); call->triplets.anchors.rows = 1)
MISUSE(one_positive, call->triplets.positives.rows = 1)
MISUSE(nan_margin, call->options.margin = NAN)
MISUSE(infinite_margin, call->options.margin = INFINITY)
MISUSE(half_p, call->options.p = 0.5)
MISUSE(nan_p, call->options.p = NAN)
MISUSE(negative_p, call->options.p = -INFINITY)
MISUSE(negative_eps, call->options.eps = -1)
MISUSE(infinite_eps, call->options.eps = INFINITY)
MISUSE(no_convention, call->options.convention = (triplet_convention)3)
MISUSE(no_distance, call->options.distance = (triplet_distance)7)
MISUSE(no_reduction, call->options.reduction = (triplet_reduction)5)
MISUSE(no_nonfinite, call->options.nonfinite = (triplet_nonfinite)2)
MISUSE(two_weights, (call->options.weights = (triplet_floats){two, 2}))
MISUSE(weights_without_data, (call->options.weights = (triplet_floats){NULL, 3}))
MISUSE(nan_weight, (call->options.weights = (triplet_floats){with_nan, 3}))
MISUSE(two_margins, (call->options.margins = (triplet_floats){two, 2}))
MISUSE(infinite_margins, (call->options.margins = (triplet_floats){with_infinity, 3}))
MISUSE(three_grad_outputs, (call->options.grad_output = (triplet_floats){three, 3}))
MISUSE(two_grad_outputs, (call->options.grad_output = (triplet_floats){two, 2});
       call->options.reduction = TRIPLET_REDUCTION_NONE)
MISUSE(nan_grad_output, (call->options.grad_output = (triplet_floats){with_nan, 3});
       call->options.reduction = TRIPLET_REDUCTION_NONE)

static const struct {
  void (*spoil)(misuse_call *call);
  const char *argument, *message;
  int choice; /* in place of a message: one that there is none of */
} misuses[] = {
    {.spoil = rows_of_positives, .argument = "positives", .message = "expected 3 x 4 like anchors, got 2 x 4"},
    {.spoil = cols_of_positives, .argument = "positives", .message = "expected 3 x 4 like anchors, got 3 x 3"},
    {.spoil = rows_of_negatives, .argument = "negatives", .message = "expected 3 x 4 like anchors, got 4 x 4"},
    {.spoil = cols_of_negatives, .argument = "negatives", .message = "expected 3 x 4 like anchors, got 3 x 5"},
    {.spoil = no_anchors, .argument = "anchors", .message = "expected 3 x 4 floats, got NULL"},
    {.spoil = no_positives, .argument = "positives", .message = "expected 3 x 4 floats, got NULL"},
    {.spoil = no_negatives, .argument = "negatives", .message = "expected 3 x 4 floats, got NULL"},
    {.spoil = huge_anchors, .argument = "anchors", .message = "9223372036854775807 x 4 floats do not fit in memory"},
    {.spoil = one_anchor_cols_of_positives,
     .argument = "positives",
     .message = "expected 3 x 4 like anchors, got 3 x 3"},
    {.spoil = one_anchor_rows_of_negatives,
     .argument = "negatives",
     .message = "expected 3 x 4 like positives, got 1 x 4"},
    {.spoil = one_anchor_two_weights, .argument = "weights", .message = "expected 3 numbers, got 2"},
    {.spoil = one_positive, .argument = "positives", .message = "expected 3 x 4 like anchors, got 1 x 4"},
    {.spoil = nan_margin, .argument = "margin", .message = "expected a finite number, got nan"},
    {.spoil = infinite_margin, .argument = "margin", .message = "expected a finite number, got inf"},
    {.spoil = half_p, .argument = "p", .message = "expected a number in [1, inf], got 0.5"},
    {.spoil = nan_p, .argument = "p", .message = "expected a number in [1, inf], got nan"},
    {.spoil = negative_p, .argument = "p", .message = "expected a number in [1, inf], got -inf"},
    {.spoil = negative_eps, .argument = "eps", .message = "expected a finite number >= 0, got -1"},
    {.spoil = infinite_eps, .argument = "eps", .message = "expected a finite number >= 0, got inf"},
    {.spoil = no_convention, .argument = "convention", .choice = 3},
    {.spoil = no_distance, .argument = "distance", .choice = 7},
    {.spoil = no_reduction, .argument = "reduction", .choice = 5},
    {.spoil = no_nonfinite, .argument = "nonfinite", .choice = 2},
    {.spoil = two_weights, .argument = "weights", .message = "expected 3 numbers, got 2"},
    {.spoil = weights_without_data, .argument = "weights", .message = "expected 3 numbers, got 0"},
    {.spoil = nan_weight, .argument = "weights", .message = "expected finite numbers, got nan at index 1"},
    {.spoil = two_margins, .argument = "margins", .message = "expected 3 numbers, got 2"},
    {.spoil = infinite_margins, .argument = "margins", .message = "expected finite numbers, got -inf at index 0"},
    {.spoil = three_grad_outputs, .argument = "grad_output", .message = "expected 1 numbers, got 3"},
    {.spoil = two_grad_outputs, .argument = "grad_output", .message = "expected 3 numbers, got 2"},
    {.spoil = nan_grad_output, .argument = "grad_output", .message = "expected finite numbers, got nan at index 1"},
};

static void test_misuse_writes_nothing(void **state) {
  (void)state;
  static const float rows[12] = {0};
  for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
    const triplet_matrix matrix = triplet_matrix_of(rows, 3, 4);
    misuse_call call = {triplet_margin_options(), {matrix, matrix, matrix}};
    misuses[i].spoil(&call);
    const char *const message =
        misuses[i].message ? misuses[i].message
                           : no_such_choice(TRIPLET_SCHEMA_MARGIN_LOSS, misuses[i].argument, misuses[i].choice);
    explicit_output out = output_of(3, 4, 0);
    pattern_set(&out.result, sizeof out.result);
    triplet_context *context = triplet_context_create(NULL);
    const triplet_gradients gradients = {out.anchors.data, out.positives.data, out.negatives.data};
    assert_error(context,
                 triplet_margin_loss(context, &call.options, &call.triplets, gradients, out.losses.data, &out.result),
                 TRIPLET_INVALID_ARGUMENT, misuses[i].argument, message);
    triplet_context_destroy(context);
    assert_true(pattern_stands(out.anchors.data, 12 * sizeof(float)));
    assert_true(pattern_stands(out.positives.data, 12 * sizeof(float)));
    assert_true(pattern_stands(out.negatives.data, 12 * sizeof(float)));
    assert_true(pattern_stands(out.losses.data, 3 * sizeof(float)));
    assert_true(pattern_stands(&out.result, sizeof out.result));
    release_output(&out);
  }
}

/* The manual promises it; but for cosine. */
static void test_allocates_nothing(void **state) {
  (void)state;
  seeded from = seeded_from(12);
  for (int repeat = 0; repeat < 20; repeat++) {
    counted_memory memory = {0};
    const triplet_allocator allocator = counted_allocator(&memory);
    triplet_context *context = triplet_context_create(&allocator);
    const size_t calls = memory.calls;
    explicit_case c = random_case(&from, random_options(&from), 70, 17, 1, 0);
    explicit_output out = output_of(c.n, c.d, 0);
    assert_int_equal(run(context, &c, &out), TRIPLET_OK);
    assert_int_equal(memory.calls - calls, c.options.distance == TRIPLET_DISTANCE_COSINE ? 1 : 0);
    triplet_context_destroy(context);
    release_output(&out);
    release_case(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference_gradient),
      cmocka_unit_test(test_against_reference),
      cmocka_unit_test(test_magnitudes),
      cmocka_unit_test(test_mixed_magnitudes),
      cmocka_unit_test(test_small_and_large_weights),
      cmocka_unit_test(test_nearly_parallel),
      cmocka_unit_test(test_kinks),
      cmocka_unit_test(test_huge_p_is_sharp),
      cmocka_unit_test(test_weight_zero_is_never_active),
      cmocka_unit_test(test_weighted_mean),
      cmocka_unit_test(test_nothing_active),
      cmocka_unit_test(test_no_triplets),
      cmocka_unit_test(test_no_columns),
      cmocka_unit_test(test_outputs_are_optional),
      cmocka_unit_test(test_bits_on_every_machine),
      cmocka_unit_test(test_bits_of_a_row_alone),
      cmocka_unit_test(test_changed_options_are_checked),
      cmocka_unit_test(test_bits_of_large_outputs),
      cmocka_unit_test(test_one_anchor),
      cmocka_unit_test(test_one_anchor_of_none),
      cmocka_unit_test(test_one_anchor_without_memory),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_overflow),
      cmocka_unit_test(test_misuse_writes_nothing),
      cmocka_unit_test(test_allocates_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
