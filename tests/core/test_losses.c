/* The losses of pairs: against the values of pytorch-metric-learning and optax, and against every term by brute force.
 */
#include "brute_pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

static double largest_of(const double *row, size_t d) {
  double largest = 0;
  for (size_t k = 0; k < d; k++)
    largest = fmax(largest, fabs(row[k]));
  return largest;
}

/* ---- the libraries' values --------------------------------------------------------------------------------------- */

typedef struct golden_loss {
  brute_batch batch;
  triplet_references references;
  size_t b, r, d;
  int32_t *labels, *reference_labels;
  double value;
  const double *gradient, *reference_gradient; /* (b, d), (r, d) */
} golden_loss;

static void take_text(golden_file *file, const char *key, triplet_options *options) {
  const char *text = golden_text(file, key);
  if (triplet_schema_set_text(NULL, TRIPLET_SCHEMA_BATCH_LOSS, options, key, text) != TRIPLET_OK)
    fail_msg("%s: %s %s", golden_text(file, "case"), key, text);
}

static void take_numbers(golden_file *file, triplet_options *options) {
  static const char *const keys[][3] = {[TRIPLET_LOSS_CONTRASTIVE] = {"positive_margin", "negative_margin"},
                                        [TRIPLET_LOSS_INFO_NCE] = {"temperature"},
                                        [TRIPLET_LOSS_SUP_CON] = {"temperature"},
                                        [TRIPLET_LOSS_MULTI_SIMILARITY] = {"alpha", "beta", "base"}};
  for (size_t i = 0; i < 3 && keys[options->loss][i]; i++) {
    const char *key = keys[options->loss][i];
    assert_int_equal(triplet_schema_set_number(NULL, TRIPLET_SCHEMA_BATCH_LOSS, options, key, golden_number(file, key)),
                     TRIPLET_OK);
  }
}

static int32_t *labels_of(golden_file *file, const char *key, size_t rows) {
  const double *numbers = golden_doubles(file, key, rows);
  int32_t *labels = malloc((rows + 1) * sizeof *labels);
  for (size_t i = 0; i < rows; i++)
    labels[i] = (int32_t)numbers[i];
  return labels;
}

static void golden_loss_read(golden_file *file, golden_loss *c) {
  *c = (golden_loss){.batch.options = triplet_batch_options(),
                     .b = (size_t)golden_number(file, "b"),
                     .r = (size_t)golden_number(file, "r"),
                     .d = (size_t)golden_number(file, "d"),
                     .value = golden_number(file, "value")};
  triplet_options *options = &c->batch.options;
  take_text(file, "loss", options);
  take_text(file, "distance", options);
  take_text(file, "reduction", options);
  options->p = golden_number(file, "p");
  take_numbers(file, options);

  c->labels = labels_of(file, "labels", c->b);
  c->reference_labels = labels_of(file, "reference_labels", c->r);
  c->batch.in = (triplet_batch){triplet_matrix_of(golden_floats(file, "embeddings", c->b * c->d), c->b, c->d),
                                triplet_labels_of(c->labels, c->b), c->r ? &c->references : NULL};
  c->references =
      (triplet_references){.rows = triplet_matrix_of(golden_floats(file, "references", c->r * c->d), c->r, c->d),
                           .labels = triplet_labels_of(c->reference_labels, c->r)};
  c->gradient = golden_doubles(file, "gradient", c->b * c->d);
  c->reference_gradient = golden_doubles(file, "reference_gradient", c->r * c->d);
}

static void golden_loss_release(golden_loss *c) {
  free(c->labels);
  free(c->reference_labels);
}

/* What float32 distances allow: their rounding, as steeply as the loss takes it. */
static double tolerance_of(const golden_loss *c) {
  const triplet_options *options = &c->batch.options;
  const triplet_matrix others = c->r ? c->references.rows : c->batch.in.embeddings;
  double steepness = 1, farthest = 0;
  if (options->loss == TRIPLET_LOSS_INFO_NCE || options->loss == TRIPLET_LOSS_SUP_CON)
    steepness = fmax(1, 1 / options->temperature);
  if (options->loss == TRIPLET_LOSS_MULTI_SIMILARITY)
    steepness = fmax(1, fmax(options->alpha, options->beta));
  floats distances = floats_make(c->b * others.rows, 0);
  assert_int_equal(triplet_distances(NULL, options, c->batch.in.embeddings, others,
                                     (triplet_matrix){distances.data, c->b, others.rows}),
                   TRIPLET_OK);
  for (size_t i = 0; i < distances.count; i++)
    farthest = fmax(farthest, fabs((double)distances.data[i]));
  floats_release(&distances);
  return 1e-6 + 0x1p-23 * farthest * steepness;
}

/* What a library says, and how far from it a number may be as a share of the largest entry of its row. */
typedef struct golden_rows {
  const char *what;
  const double *values; /* rows of d */
  size_t d;
  double relative;
} golden_rows;

static void assert_entry(golden_file *file, const golden_rows *rows, size_t i, double got) {
  const double *row = rows->values + i / rows->d * rows->d;
  if (!(fabs(got - rows->values[i]) <= rows->relative * largest_of(row, rows->d)))
    fail_msg("%s: %s is %.9g, the library says %.17g", golden_text(file, "case"), rows->what, got, rows->values[i]);
}

static void the_losses_are_the_libraries(void **state) {
  (void)state;
  golden_file *file = golden_open("losses.txt");
  size_t cases = 0;
  for (golden_loss c; golden_next(file); cases++, golden_loss_release(&c)) {
    golden_loss_read(file, &c);
    const double tolerance = tolerance_of(&c);
    batch_output out = batch_output_of(&c.batch);
    assert_int_equal(batch_output_run(NULL, &c.batch, &out), TRIPLET_OK);
    const golden_rows gradient = {"gradient", c.gradient, c.d, tolerance};
    const golden_rows references = {"the references' gradient", c.reference_gradient, c.d, tolerance};
    assert_entry(file, &(golden_rows){"the loss", &c.value, 1, tolerance}, 0, out.result.loss);
    for (size_t i = 0; i < c.b * c.d; i++)
      assert_entry(file, &gradient, i, out.gradient.data[i]);
    for (size_t i = 0; i < c.r * c.d; i++)
      assert_entry(file, &references, i, out.references_gradient.data[i]);
    batch_output_release(&out);
  }
  golden_close(file);
  assert_int_equal(cases, 183);
}

/* ---- the oracle itself ------------------------------------------------------------------------------------------- */

static void the_oracle_meets_the_libraries(void **state) {
  (void)state;
  golden_file *file = golden_open("losses.txt");
  for (golden_loss c; golden_next(file); golden_loss_release(&c)) {
    golden_loss_read(file, &c);
    double *x = doubles_of(c.batch.in.embeddings.data, c.b * c.d), *y = doubles_of(c.references.rows.data, c.r * c.d);
    brute_pairs found = brute_pair_loss(&c.batch, &(brute_rows){x, y});
    assert_near(golden_text(file, "case"), found.answer.loss, c.value, 1e-12 * fmax(1, fabs(c.value)));
    const golden_rows gradient = {"the oracle's gradient", c.gradient, c.d, 1e-11};
    const golden_rows references = {"the oracle's gradient of references", c.reference_gradient, c.d, 1e-11};
    for (size_t i = 0; i < c.b * c.d; i++)
      assert_entry(file, &gradient, i, found.answer.gradient[i]);
    for (size_t i = 0; i < c.r * c.d; i++)
      assert_entry(file, &references, i, found.answer.references_gradient[i]);
    brute_release(&found.answer);
    free(x);
    free(y);
  }
  golden_close(file);
}

/* The loss when a number is a little more or less. */
static double loss_at(const brute_batch *batch, const brute_rows *rows, double *at, double value) {
  const double kept = *at;
  *at = value;
  brute_pairs found = brute_pair_loss(batch, rows);
  const double loss = found.answer.loss;
  brute_release(&found.answer);
  *at = kept;
  return loss;
}

/* Nothing of the loss bends within the step, as far as differences of two step lengths can tell. */
static bool difference_of(const brute_batch *batch, const brute_rows *rows, double *at, double *slope) {
  double slopes[2];
  for (int i = 0; i < 2; i++) {
    const double step = i ? 1e-5 : 5e-6;
    slopes[i] = (loss_at(batch, rows, at, *at + step) - loss_at(batch, rows, at, *at - step)) / (2 * step);
  }
  *slope = slopes[0];
  return fabs(slopes[0] - slopes[1]) <= 1e-5 * (fabs(slopes[0]) + fabs(slopes[1])) + 1e-7;
}

static void the_oracle_has_the_slopes_of_its_losses(void **state) {
  (void)state;
  seeded from = seeded_from(31);
  size_t compared = 0, bent = 0;
  for (int round = 0; round < 1500; round++) {
    random_pairs made;
    random_pairs_make(&made, &from, 7);
    brute_batch *batch = &made.made.batch;
    const size_t b = batch->in.embeddings.rows, d = batch->in.embeddings.cols;
    const size_t r = batch->in.references ? batch->in.references->rows.rows : 0;
    double *x = doubles_of(batch->in.embeddings.data, b * d), *y = doubles_of(made.made.y.data, r * d);
    for (size_t i = 0; i < b * d; i++)
      x[i] = seeded_between(&from, -1.5, 1.5);
    for (size_t i = 0; i < r * d; i++)
      y[i] = seeded_between(&from, -1.5, 1.5);

    batch->options.grad_output = (triplet_floats){NULL, 0};
    brute_pairs found = brute_pair_loss(batch, &(brute_rows){x, y});
    for (int i = 0; i < 3; i++) {
      const bool of_references = r && i % 2;
      const size_t at = seeded_below(&from, (of_references ? r : b) * d);
      const double *gradient = of_references ? found.answer.references_gradient : found.answer.gradient;
      double slope;
      if (difference_of(batch, &(brute_rows){x, y}, (of_references ? y : x) + at, &slope)) {
        const double *size = of_references ? found.answer.references_size : found.answer.size;
        assert_near("slope of the oracle", gradient[at], slope, 1e-5 * fabs(slope) + 1e-6 * (1 + size[at / d]));
        compared++;
      } else {
        bent++;
      }
    }
    brute_release(&found.answer);
    free(x);
    free(y);
    random_pairs_release(&made);
  }
  assert_true(compared > 3000);
  assert_true(bent < compared / 10);
}

/* ---- against the oracle ------------------------------------------------------------------------------------------ */

typedef struct repeated {
  const brute_batch *batch;
  const batch_output *first;
} repeated;

static void gives_the_same(triplet_context *context, void *data) {
  const repeated *of = data;
  batch_output again = batch_output_of(of->batch);
  assert_int_equal(batch_output_run(context, of->batch, &again), TRIPLET_OK);
  assert_same_bits(of->first->gradient.data, again.gradient.data, again.gradient.count, "gradient");
  assert_same_bits(of->first->references_gradient.data, again.references_gradient.data, again.references_gradient.count,
                   "references_gradient");
  assert_same_bits(of->first->losses.data, again.losses.data, again.losses.count, "losses");
  assert_memory_equal(&of->first->result.loss, &again.result.loss, sizeof again.result.loss);
  batch_output_release(&again);
}

static void equals_every_term(size_t rounds, size_t most_rows, uint64_t test) {
  seeded from = seeded_from(test);
  for (size_t round = 0; round < rounds; round++) {
    random_pairs made;
    random_pairs_make(&made, &from, most_rows);
    const brute_batch *batch = &made.made.batch;
    brute_pairs found = brute_pair_loss(batch, NULL);
    batch_output out = batch_output_of(batch);
    assert_int_equal(batch_output_run(NULL, batch, &out), TRIPLET_OK);
    assert_brute_pairs(batch, &out, &found);
    if (round % 8 == 0)
      on_every_machine(gives_the_same, &(repeated){batch, &out});
    batch_output_release(&out);
    brute_release(&found.answer);
    random_pairs_release(&made);
  }
}

static void small_batches_equal_every_term(void **state) {
  (void)state;
  equals_every_term(4000, 12, 32);
}

static void larger_batches_equal_every_term(void **state) {
  (void)state;
  equals_every_term(200, 64, 33);
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

/* Points 0, 1 and 3 on a line, of which the first two are of one class: positive pairs at 1, negative ones at 3 and 2.
 */
static const float line[] = {0, 1, 3};
static const int32_t line_labels[] = {5, 5, 6};

static brute_batch line_batch(triplet_loss loss, triplet_reduction reduction) {
  brute_batch batch = {triplet_batch_options(), {{(float *)line, 3, 1}, triplet_labels_of(line_labels, 3), NULL}};
  triplet_options_set_loss(&batch.options, loss);
  batch.options.distance = TRIPLET_DISTANCE_MINKOWSKI;
  batch.options.reduction = reduction;
  return batch;
}

static double loss_of(const brute_batch *batch) {
  batch_output out = batch_output_of(batch);
  assert_int_equal(batch_output_run(NULL, batch, &out), TRIPLET_OK);
  batch_output_release(&out);
  return out.result.loss;
}

static double oracle_of(const brute_batch *batch) {
  brute_pairs found = brute_pair_loss(batch, NULL);
  brute_release(&found.answer);
  return found.answer.loss;
}

/* Two positive pairs of loss 1, and of the four negative pairs those at 2 of loss 1/2. */
static void contrastive_reduces_both_kinds_apart(void **state) {
  (void)state;
  static const float weights[] = {1, 3, 0};
  static const struct {
    triplet_reduction reduction;
    bool weighted;
    double loss;
  } rows[] = {
      {TRIPLET_REDUCTION_MEAN, false, 2.0 / 2 + 1.0 / 4},
      {TRIPLET_REDUCTION_SUM, false, 2.0 + 1},
      {TRIPLET_REDUCTION_NONE, false, 2.0 + 1},
      {TRIPLET_REDUCTION_MEAN_NONZERO, false, 2.0 / 2 + 1.0 / 2},
      {TRIPLET_REDUCTION_WEIGHTED_MEAN, false, 2.0 / 2 + 1.0 / 4},
      {TRIPLET_REDUCTION_MEAN, true, 4.0 / 2 + 1.5 / 4},
      {TRIPLET_REDUCTION_SUM, true, 4.0 + 1.5},
      {TRIPLET_REDUCTION_MEAN_NONZERO, true, 4.0 / 2 + 1.5 / 1},
      {TRIPLET_REDUCTION_WEIGHTED_MEAN, true, 4.0 / 4 + 1.5 / 4},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    brute_batch batch = line_batch(TRIPLET_LOSS_CONTRASTIVE, rows[i].reduction);
    batch.options.negative_margin = 2.5;
    if (rows[i].weighted)
      batch.options.weights = (triplet_floats){weights, 3};
    assert_near("the oracle's loss", oracle_of(&batch), rows[i].loss, 1e-12);
    assert_near("the loss", loss_of(&batch), rows[i].loss, 1e-12);
  }
}

/* With weights the terms of row 0 count once, those of row 1 three times, and row 2, which has no positive, is a term
 * of multi_similarity alone. */
static void every_loss_counts_its_own_terms(void **state) {
  (void)state;
  static const float weights[] = {1, 3, 4};
  const double near = log1p(exp(-2)), far = log1p(exp(-1)); /* 1 against 3, 1 against 2 */
  const double similar[] = {log1p(exp(1.0)) + log1p(exp(-3)), log1p(exp(1.0)) + log1p(exp(-2)),
                            log(1 + exp(-3) + exp(-2))};
  const struct {
    triplet_loss loss;
    double mean, weighted_mean;
  } rows[] = {
      {TRIPLET_LOSS_INFO_NCE, (near + far) / 2, (near + 3 * far) / 4},
      {TRIPLET_LOSS_SUP_CON, (near + far) / 2, (near + 3 * far) / 4},
      {TRIPLET_LOSS_MULTI_SIMILARITY, (similar[0] + similar[1] + similar[2]) / 3,
       (similar[0] + 3 * similar[1] + 4 * similar[2]) / 8},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    brute_batch batch = line_batch(rows[i].loss, TRIPLET_REDUCTION_MEAN);
    batch.options.temperature = batch.options.alpha = batch.options.beta = 1;
    batch.options.base = 0;
    assert_near("the oracle's mean", oracle_of(&batch), rows[i].mean, 1e-12);
    assert_near("mean", loss_of(&batch), rows[i].mean, 1e-12);
    batch.options.weights = (triplet_floats){weights, 3};
    batch.options.reduction = TRIPLET_REDUCTION_WEIGHTED_MEAN;
    assert_near("the oracle's weighted_mean", oracle_of(&batch), rows[i].weighted_mean, 1e-12);
    assert_near("weighted_mean", loss_of(&batch), rows[i].weighted_mean, 1e-12);
  }
}

/* ---- the same relations said in three ways ----------------------------------------------------------------------- */

static void labels_sets_and_relations_say_the_same(void **state) {
  (void)state;
  enum { B = 20, D = 5 };
  seeded from = seeded_from(34);
  floats x = floats_random(&from, B * D, 0, 1), relations = floats_make(B * B, 0);
  int32_t labels[B], ends[B];
  for (int32_t i = 0; i < B; i++) {
    labels[i] = (int32_t)seeded_below(&from, 5);
    ends[i] = i + 1;
  }
  for (size_t i = 0; i < B * B; i++)
    relations.data[i] = labels[i / B] == labels[i % B] ? 1 : -1;

  for (int loss = TRIPLET_LOSS_CONTRASTIVE; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++) {
    brute_batch batch = {triplet_batch_options(), {{x.data, B, D}, triplet_labels_of(labels, B), NULL}};
    triplet_options_set_loss(&batch.options, (triplet_loss)loss);
    batch_output out = batch_output_of(&batch);
    assert_int_equal(batch_output_run(NULL, &batch, &out), TRIPLET_OK);
    batch.in.labels = triplet_label_sets_of(labels, ends, B);
    gives_the_same(NULL, &(repeated){&batch, &out});
    batch.in.labels = triplet_relations_of(relations.data, B, B);
    gives_the_same(NULL, &(repeated){&batch, &out});
    batch_output_release(&out);
  }
  floats_release(&x);
  floats_release(&relations);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static triplet_status run_again(triplet_context *context, void *data) {
  batch_output out = batch_output_of(data);
  const triplet_status status = batch_output_run(context, data, &out);
  batch_output_release(&out);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  seeded from = seeded_from(35);
  for (int round = 0; round < 40; round++) {
    random_pairs made;
    random_pairs_make(&made, &from, 12);
    fail_each_allocation(run_again, NULL, &made.made.batch);
    random_pairs_release(&made);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_oracle_meets_the_libraries),  cmocka_unit_test(the_oracle_has_the_slopes_of_its_losses),
      cmocka_unit_test(the_losses_are_the_libraries),    cmocka_unit_test(small_batches_equal_every_term),
      cmocka_unit_test(larger_batches_equal_every_term), cmocka_unit_test(contrastive_reduces_both_kinds_apart),
      cmocka_unit_test(every_loss_counts_its_own_terms), cmocka_unit_test(labels_sets_and_relations_say_the_same),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
