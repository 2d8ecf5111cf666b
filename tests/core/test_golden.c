/* Explicit triplets against real PyTorch and optax, figures of retrieval against real pytorch-metric-learning, of
 * verification against real scikit-learn: tests/golden/explicit.txt, evaluation.txt and verification.txt. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "golden.h"
#include "reference.h"

/* The library's own names are the option's. */
static void take_choice(golden_file *file, const char *key, triplet_options *options) {
  const char *text = golden_text(file, key);
  if (triplet_schema_set_text(NULL, TRIPLET_SCHEMA_MARGIN_LOSS, options, key, text) != TRIPLET_OK)
    fail_msg("%s: %s %s", golden_text(file, "case"), key, text);
}

static triplet_options options_of(golden_file *file) {
  triplet_options options = triplet_margin_options();
  take_choice(file, "convention", &options);
  options.p = golden_number(file, "p");
  options.margin = golden_number(file, "margin");
  options.eps = golden_number(file, "eps");
  options.swap = golden_number(file, "swap") != 0;
  take_choice(file, "reduction", &options);
  return options;
}

/* A number with the precision that float32 leaves of it. */
static void assert_close(golden_file *file, const char *what, double got, double expected, double whole,
                         double relative) {
  if (!(fabs(got - expected) <= relative * (whole + 1e-37)))
    fail_msg("%s: %s is %.9g, the library says %.17g", golden_text(file, "case"), what, got, expected);
}

typedef struct golden_explicit {
  triplet_options options;
  size_t n, d;
  const float *anchors, *positives, *negatives;
  const double *loss, *gradients[3];
} golden_explicit;

static golden_explicit explicit_of(golden_file *file) {
  golden_explicit c = {
      .options = options_of(file), .n = (size_t)golden_number(file, "n"), .d = (size_t)golden_number(file, "d")};
  const size_t size = c.n * c.d;
  c.anchors = golden_floats(file, "anchors", size);
  c.positives = golden_floats(file, "positives", size);
  c.negatives = golden_floats(file, "negatives", size);
  c.loss = golden_doubles(file, "loss", c.options.reduction == TRIPLET_REDUCTION_NONE ? c.n : 1);
  c.gradients[0] = golden_doubles(file, "gradient_anchors", size);
  c.gradients[1] = golden_doubles(file, "gradient_positives", size);
  c.gradients[2] = golden_doubles(file, "gradient_negatives", size);
  return c;
}

/* The largest entry of a triplet's three gradients. */
static double largest_of_triplet(const golden_explicit *c, size_t i) {
  double largest = 0;
  for (size_t list = 0; list < 3; list++)
    for (size_t k = i * c->d; k < (i + 1) * c->d; k++)
      largest = fmax(largest, fabs(c->gradients[list][k]));
  return largest;
}

static void check_core(golden_file *file, const golden_explicit *c) {
  floats losses = floats_make(c->n, 0), gradients = floats_make(3 * c->n * c->d, 0);
  float *const parts[] = {gradients.data, gradients.data + c->n * c->d, gradients.data + 2 * c->n * c->d};
  triplet_result result;
  assert_int_equal(triplet_margin_loss(NULL, &c->options,
                                       &(triplet_explicit){triplet_matrix_of(c->anchors, c->n, c->d),
                                                           triplet_matrix_of(c->positives, c->n, c->d),
                                                           triplet_matrix_of(c->negatives, c->n, c->d)},
                                       (triplet_gradients){parts[0], parts[1], parts[2]}, losses.data, &result),
                   TRIPLET_OK);
  if (c->options.reduction == TRIPLET_REDUCTION_NONE)
    for (size_t i = 0; i < c->n; i++)
      assert_close(file, "a loss", losses.data[i], c->loss[i], fabs(c->loss[i]), 5e-6);
  else
    assert_close(file, "the loss", result.loss, *c->loss, fabs(*c->loss), 5e-6);
  for (size_t i = 0; i < c->n; i++)
    for (size_t list = 0; list < 3; list++)
      for (size_t k = i * c->d; k < (i + 1) * c->d; k++)
        assert_close(file, "a gradient", parts[list][k], c->gradients[list][k], largest_of_triplet(c, i), 1e-6);
  floats_release(&losses);
  floats_release(&gradients);
}

/* The reference of the other tests stands on the same ground. */
static void check_reference(golden_file *file, const golden_explicit *c) {
  const size_t size = c->n * c->d;
  double *a = doubles_of(c->anchors, size), *p = doubles_of(c->positives, size), *n = doubles_of(c->negatives, size);
  const reference_problem problem = {&c->options, c->n, c->d, a, p, n};
  reference_answer answer = reference_margin_loss(&problem);
  const double *const parts[] = {answer.anchors, answer.positives, answer.negatives};
  if (c->options.reduction == TRIPLET_REDUCTION_NONE)
    for (size_t i = 0; i < c->n; i++)
      assert_close(file, "a loss of the reference", answer.losses[i], c->loss[i], fabs(c->loss[i]), 1e-12);
  else
    assert_close(file, "the reference's loss", answer.loss, *c->loss, fabs(*c->loss), 1e-12);
  for (size_t i = 0; i < c->n; i++)
    for (size_t list = 0; list < 3; list++)
      for (size_t k = i * c->d; k < (i + 1) * c->d; k++)
        assert_close(file, "a gradient of the reference", parts[list][k], c->gradients[list][k],
                     largest_of_triplet(c, i), 1e-12);
  reference_release(&answer);
  free(a);
  free(p);
  free(n);
}

static void test_explicit(void **state) {
  (void)state;
  golden_file *file = golden_open("explicit.txt");
  size_t cases = 0;
  for (; golden_next(file); cases++) {
    const golden_explicit c = explicit_of(file);
    check_reference(file, &c);
    check_core(file, &c);
  }
  golden_close(file);
  assert_true(cases >= 200);
}

/* ---- retrieval --------------------------------------------------------------------------------------------------- */

static const char *const figure_names[] = {"precision_at_1", "r_precision", "map_at_r", "map", "mrr"};
enum { FIGURES = sizeof figure_names / sizeof *figure_names, MOST_CLASSES = 64 };

/* In the order of their names. */
static double figure_of(const triplet_metrics *metrics, size_t i) {
  const double figures[FIGURES] = {metrics->precision_at_1, metrics->r_precision, metrics->map_at_r, metrics->map,
                                   metrics->mrr};
  return figures[i];
}

static void assert_figures(golden_file *file, const triplet_metrics *metrics, const char *prefix, bool any) {
  for (size_t i = 0; i < FIGURES; i++) {
    char key[64];
    snprintf(key, sizeof key, "%s%s", prefix, figure_names[i]);
    if (any)
      assert_close(file, key, figure_of(metrics, i), golden_number(file, key), 1, 1e-12);
    else
      assert_true(isnan(figure_of(metrics, i)));
  }
}

/* Those of classes that a query was asked of, ascending. */
static void assert_classes(golden_file *file, const triplet_evaluation *found) {
  size_t count = 0;
  for (size_t i = 0; i < found->class_count; i++)
    count += found->classes[i].metrics.queries > 0;
  const double *labels = golden_doubles(file, "classes", count), *figures[FIGURES];
  for (size_t k = 0; k < FIGURES; k++) {
    char key[64];
    snprintf(key, sizeof key, "class_%s", figure_names[k]);
    figures[k] = golden_doubles(file, key, count);
  }
  for (size_t i = 0, at = 0; i < found->class_count; i++) {
    const triplet_class_metrics *of = &found->classes[i];
    if (of->metrics.queries == 0)
      continue;
    assert_true(of->label == labels[at]);
    for (size_t k = 0; k < FIGURES; k++)
      assert_close(file, figure_names[k], figure_of(&of->metrics, k), figures[k][at], 1, 1e-12);
    at++;
  }
}

static int32_t *labels_of(golden_file *file, const char *key, size_t rows) {
  const double *numbers = golden_doubles(file, key, rows);
  int32_t *labels = malloc((rows + 1) * sizeof *labels);
  for (size_t i = 0; i < rows; i++)
    labels[i] = (int32_t)numbers[i];
  return labels;
}

static void check_evaluation(golden_file *file) {
  const size_t b = (size_t)golden_number(file, "b"), d = (size_t)golden_number(file, "d");
  const size_t r = (size_t)golden_number(file, "r"), queries = (size_t)golden_number(file, "queries");
  int32_t *labels = labels_of(file, "labels", b), *reference_labels = labels_of(file, "reference_labels", r);
  int32_t *self = calloc(b, sizeof *self);
  for (size_t i = 0; i < b; i++)
    self[i] = (int32_t)i;
  triplet_references references = {.rows = triplet_matrix_of(golden_floats(file, "references", r * d), r, d),
                                   .labels = triplet_labels_of(reference_labels, r)};
  if (golden_number(file, "self") != 0)
    references.self = (triplet_ints){self, b};
  const triplet_batch batch = {triplet_matrix_of(golden_floats(file, "embeddings", b * d), b, d),
                               triplet_labels_of(labels, b), r ? &references : NULL};
  triplet_options options = triplet_batch_options();
  options.p = golden_number(file, "p");
  assert_int_equal(
      triplet_schema_set_text(NULL, TRIPLET_SCHEMA_EVALUATE, &options, "distance", golden_text(file, "distance")),
      TRIPLET_OK);

  triplet_class_metrics classes[MOST_CLASSES];
  triplet_evaluation found = {.classes = classes, .class_capacity = MOST_CLASSES};
  assert_int_equal(triplet_evaluate(NULL, &options, &batch, (triplet_ints){NULL, 0}, &found), TRIPLET_OK);
  assert_int_equal(found.metrics.queries, queries);
  assert_int_equal(found.metrics.skipped, b - queries);
  assert_figures(file, &found.metrics, "", queries > 0);
  assert_figures(file, &found.macro, "macro_", queries > 0);
  if (queries > 0)
    assert_classes(file, &found);
  free(labels);
  free(reference_labels);
  free(self);
}

static void test_evaluation(void **state) {
  (void)state;
  golden_file *file = golden_open("evaluation.txt");
  size_t cases = 0;
  for (; golden_next(file); cases++)
    check_evaluation(file);
  golden_close(file);
  assert_int_equal(cases, 35);
}

/* ---- verification ------------------------------------------------------------------------------------------------ */

/* All points of the library's curve but the first, (0, 0). */
typedef struct golden_curve {
  size_t count;
  const double *distances, *far, *tar;
} golden_curve;

typedef struct golden_pairs {
  triplet_options options;
  triplet_batch batch;
  triplet_references references;
  triplet_given_pairs given;
  bool is_given;
} golden_pairs;

static triplet_verification verification_of(golden_pairs *of, triplet_doubles far, triplet_operating_point *at_far,
                                            triplet_operating_point *curve, size_t capacity) {
  triplet_verification found = {.at_far = at_far, .curve = curve, .curve_capacity = capacity};
  assert_int_equal(of->is_given ? triplet_verify_pairs(NULL, &of->options, &of->given, far, &found)
                                : triplet_verify(NULL, &of->options, &of->batch, far, &found),
                   TRIPLET_OK);
  return found;
}

/* Every corner is a point of the library's, and every point of the library's is a corner or lies on the line between
 * two of them. */
static void assert_curve(golden_file *file, golden_pairs *of, const golden_curve *expected) {
  triplet_operating_point *curve = malloc((expected->count + 1) * sizeof *curve);
  const triplet_verification found = verification_of(of, (triplet_doubles){NULL, 0}, NULL, curve, expected->count + 1);
  assert_true(found.curve_count >= 2 && curve[0].far == 0 && curve[0].tar == 0 && isinf(curve[0].threshold));
  size_t next = 1;
  for (size_t i = 0; i < expected->count; i++) {
    const triplet_operating_point *from = &curve[next - 1], *to = &curve[next];
    if (fabs(expected->far[i] - to->far) <= 1e-12 && fabs(expected->tar[i] - to->tar) <= 1e-12) {
      assert_close(file, "distance", to->threshold, expected->distances[i], fabs(expected->distances[i]), 2e-6);
      next++;
      continue;
    }
    const double across =
        (to->far - from->far) * (expected->tar[i] - from->tar) - (to->tar - from->tar) * (expected->far[i] - from->far);
    assert_close(file, "distance from the line between corners", across, 0, 1, 1e-12);
  }
  assert_int_equal(next, found.curve_count);
  free(curve);
}

static void assert_rates(golden_file *file, const triplet_operating_point *got, double far, double tar) {
  assert_close(file, "FAR", got->far, far, 1, 1e-12);
  assert_close(file, "TAR", got->tar, tar, 1, 1e-12);
}

/* A threshold between two distances is judged, and each FAR of the curve is asked for. */
static void assert_points(golden_file *file, golden_pairs *of, const golden_curve *expected) {
  for (size_t i = 0; i < expected->count; i++) {
    const bool last = i + 1 == expected->count;
    of->options.threshold =
        last ? expected->distances[i] + 1 : (expected->distances[i] + expected->distances[i + 1]) / 2;
    size_t best = i;
    while (best + 1 < expected->count && expected->far[best + 1] == expected->far[i])
      best++;
    triplet_operating_point at_far;
    const triplet_verification found = verification_of(of, (triplet_doubles){&expected->far[i], 1}, &at_far, NULL, 0);
    assert_rates(file, &found.judged, expected->far[i], expected->tar[i]);
    assert_close(file, "TAR at FAR", at_far.tar, expected->tar[best], 1, 1e-12);
    assert_true(at_far.far <= expected->far[i] + 1e-12);

    of->options.threshold = at_far.threshold; /* it does what it says */
    if (at_far.threshold > -INFINITY) {
      const triplet_verification again = verification_of(of, (triplet_doubles){NULL, 0}, NULL, NULL, 0);
      assert_rates(file, &again.judged, at_far.far, at_far.tar);
    }
  }
  of->options.threshold = INFINITY;
}

static void check_verification(golden_file *file) {
  const size_t b = (size_t)golden_number(file, "b"), d = (size_t)golden_number(file, "d");
  const size_t r = (size_t)golden_number(file, "r"), count = (size_t)golden_number(file, "points");
  int32_t *labels = labels_of(file, "labels", b), *reference_labels = labels_of(file, "reference_labels", r);
  uint8_t *same = malloc(b);
  golden_pairs of = {.options = triplet_batch_options(), .is_given = golden_number(file, "pairs") != 0};
  of.references = (triplet_references){.rows = triplet_matrix_of(golden_floats(file, "references", r * d), r, d),
                                       .labels = triplet_labels_of(reference_labels, r)};
  of.batch = (triplet_batch){triplet_matrix_of(golden_floats(file, "embeddings", b * d), b, d),
                             triplet_labels_of(labels, b), r ? &of.references : NULL};
  for (size_t i = 0; i < b && of.is_given; i++)
    same[i] = labels[i] == reference_labels[i];
  of.given = (triplet_given_pairs){of.batch.embeddings, of.references.rows, same};
  of.options.p = golden_number(file, "p");
  assert_int_equal(
      triplet_schema_set_text(NULL, TRIPLET_SCHEMA_VERIFY, &of.options, "distance", golden_text(file, "distance")),
      TRIPLET_OK);

  const triplet_verification found = verification_of(&of, (triplet_doubles){NULL, 0}, NULL, NULL, 0);
  assert_int_equal(found.same, (uint64_t)golden_number(file, "same_pairs"));
  assert_int_equal(found.different, (uint64_t)golden_number(file, "different_pairs"));
  assert_close(file, "AUC", found.auc, golden_number(file, "auc"), 1, 1e-12);
  assert_close(file, "EER", found.eer, golden_number(file, "eer"), 1, 1e-12);
  assert_close(file, "accuracy", found.accuracy, golden_number(file, "accuracy"), 1, 1e-12);
  const golden_curve curve = {count, golden_doubles(file, "distances", count), golden_doubles(file, "far", count),
                              golden_doubles(file, "tar", count)};
  assert_curve(file, &of, &curve);
  assert_points(file, &of, &curve);
  free(same);
  free(labels);
  free(reference_labels);
}

static void test_verification(void **state) {
  (void)state;
  golden_file *file = golden_open("verification.txt");
  size_t cases = 0;
  for (; golden_next(file); cases++)
    check_verification(file);
  golden_close(file);
  assert_int_equal(cases, 37);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_explicit),
      cmocka_unit_test(test_evaluation),
      cmocka_unit_test(test_verification),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
