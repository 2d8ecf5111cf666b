/* Explicit triplets: losses and gradients against the reference, kinks by hand, magnitudes, and equal bits. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

/* ---- cases -------------------------------------------------------------------------------------------------------------- */

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

static double margin_of(const triplet_options *options, size_t i) {
  return options->margins.data ? options->margins.data[i] : options->margin;
}

static triplet_status run(triplet_context *context, const explicit_case *c, explicit_output *out) {
  const triplet_gradients gradients = {out->anchors.data, out->positives.data, out->negatives.data};
  return triplet_margin_loss(context, &c->options, triplet_matrix_of(c->anchors.data, c->n, c->d),
                             triplet_matrix_of(c->positives.data, c->n, c->d),
                             triplet_matrix_of(c->negatives.data, c->n, c->d), gradients, out->losses.data,
                             &out->result);
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
  options.distance = (triplet_distance)PICK(from, 0, 0, 0, 0, 0, 0, 1, 2);
  options.p = PICK(from, 1, 1, 1.25, 1.5, 2, 2, 2, 2, 2.5, 3, 4, 7, 50, 1e6, INFINITY, 0);
  if (options.p == 0)
    options.p = seeded_between(from, 1, 9);
  options.eps = PICK(from, 1e-6, 1e-6, 0, 1e-3, 0.25);
  options.margin = PICK(from, 1, 0.2, 0, -0.5, seeded_between(from, -2, 2));
  options.swap = seeded_below(from, 3) == 0;
  options.soft_margin = seeded_below(from, 4) == 0;
  options.reduction = (triplet_reduction)seeded_below(from, 4);
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

/* ---- the reference against central differences -------------------------------------------------------------------------- */

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
    explicit_case c = random_case(&from, options, 1 + seeded_below(&from, 3), 1 + seeded_below(&from, 9), 1, 0.02);
    reference_case r = reference_of(&c);
    reference_answer answer = reference_margin_loss(&r.problem);
    double *const places[] = {r.anchors, r.positives, r.negatives};
    const double *const gradients[] = {answer.anchors, answer.positives, answer.negatives};
    const double step = 1e-3 / fmin(fmax(c.options.p, 4), 1e6);
    double largest = 0;
    for (size_t list = 0; list < 3; list++)
      for (size_t k = 0; k < c.n * c.d; k++)
        largest = fmax(largest, fabs(gradients[list][k]));
    for (size_t list = 0; list < 3; list++)
      for (size_t k = 0; k < c.n * c.d; k++) {
        const double expected = central_difference(&r.problem, &places[list][k], step);
        if (!(fabs(gradients[list][k] - expected) <= 1e-6 * largest + 1e-9)) {
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

/* ---- the core against the reference ----------------------------------------------------------------------------------------- */

static double largest_of(const double *row, size_t d) {
  double largest = 0;
  for (size_t k = 0; k < d; k++)
    largest = fmax(largest, fabs(row[k]));
  return largest;
}

static void check_gradient_row(const explicit_case *c, size_t i, const char *name, const float *got,
                               const double *expected, double whole) {
  /* A row whose two parts cancel keeps the rounding of the parts: `whole` is the largest entry of the triplet. */
  const double allowed = 1e-5 * largest_of(expected + i * c->d, c->d) + 5e-7 * whole + FLT_MIN / (1 << 20);
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
    const double ap = reference_distance(&c->options, r.anchors + row, r.positives + row, c->d);
    const double an = reference_distance(&c->options, r.anchors + row, r.negatives + row, c->d);
    const double allowed =
        1e-6 * fabs(weight_of(&c->options, i)) * (ap + an + fabs(margin_of(&c->options, i)) + c->options.soft_margin);
    sum_allowed += allowed;
    if (!(fabs(out.losses.data[i] - expected.losses[i]) <= allowed)) {
      describe(c, "loss", i);
      fail_msg("%.9g, reference %.17g", (double)out.losses.data[i], expected.losses[i]);
    }
    const double whole =
        fmax(largest_of(expected.anchors + row, c->d),
             fmax(largest_of(expected.positives + row, c->d), largest_of(expected.negatives + row, c->d)));
    check_gradient_row(c, i, "gradient of the anchor", out.anchors.data, expected.anchors, whole);
    check_gradient_row(c, i, "gradient of the positive", out.positives.data, expected.positives, whole);
    check_gradient_row(c, i, "gradient of the negative", out.negatives.data, expected.negatives, whole);
  }
  if (c->options.reduction == TRIPLET_REDUCTION_MEAN)
    sum_allowed /= (double)c->n;
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
    if (options.distance == TRIPLET_DISTANCE_SQUARED)
      options.distance = TRIPLET_DISTANCE_COSINE;
    options.eps = scale > 1 ? options.eps : 0;
    options.soft_margin = false;
    explicit_case c = random_case(&from, options, 1 + seeded_below(&from, 8), 1 + seeded_below(&from, 40), scale, 1e-5);
    check_case(&c);
    release_case(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference_gradient),
      cmocka_unit_test(test_against_reference),
      cmocka_unit_test(test_magnitudes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
