/* Training on pairs: against whole steps in double, by the formulas of PyTorch's losses and central differences;
 * epochs, resumption to the bit, what is set aside, and what is refused. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 60, COLS = 5, HIDDEN = 7 };

/* Queries, and references that are the same in another place; or wherever a narrower encoder could put them. */
typedef struct dataset {
  size_t reference_cols;
  float queries[PAIRS * COLS], references[PAIRS * COLS];
  int32_t labels[PAIRS];
} dataset;

static dataset make_dataset(uint64_t seed, size_t reference_cols) {
  seeded from = seeded_from(seed);
  dataset made = {.reference_cols = reference_cols};
  seeded_fill(&from, made.queries, PAIRS * COLS, 1);
  seeded_fill(&from, made.references, PAIRS * COLS, 0.5);
  for (size_t i = 0; i < PAIRS * reference_cols; i++)
    made.references[i] += made.queries[i / reference_cols * COLS + i % reference_cols] + 0.3f;
  for (int32_t i = 0; i < PAIRS; i++)
    made.labels[i] = i * 7 % 20 - 3;
  return made;
}

static const triplet_labels no_labels;

static triplet_training_pairs pairs_of(const dataset *from, bool labelled) {
  return (triplet_training_pairs){triplet_matrix_of(from->queries, PAIRS, COLS),
                                  triplet_matrix_of(from->references, PAIRS, from->reference_cols),
                                  labelled ? triplet_labels_of(from->labels, PAIRS) : no_labels};
}

static triplet_trainer_options small_options(triplet_loss loss) {
  triplet_trainer_options options = triplet_trainer_default_options();
  triplet_options_set_loss(&options.loss, loss);
  options.layers = 2;
  options.widths[0] = HIDDEN;
  options.widths[1] = COLS;
  options.residual = true;
  options.standardize = false;
  options.classes_per_batch = 3;
  options.rows_per_class = 4;
  options.steps = 60;
  options.optimizer.learning_rate = 0.01;
  return options;
}

static triplet_trainer *create(triplet_context *context, const triplet_trainer_options *options,
                               const triplet_training_pairs *pairs) {
  triplet_trainer *trainer = NULL;
  const triplet_status status = triplet_trainer_create_pairs(context, options, pairs, &trainer);
  if (status != TRIPLET_OK)
    fail_msg("%s", context ? triplet_context_error(context)->message : triplet_status_string(status));
  return trainer;
}

static triplet_step step(triplet_context *context, triplet_trainer *trainer, int count) {
  triplet_step last = {0};
  for (int i = 0; i < count; i++)
    assert_int_equal(triplet_trainer_step(context, trainer, &last), TRIPLET_OK);
  return last;
}

static uint8_t *save(const triplet_trainer *trainer, size_t *size) {
  assert_int_equal(triplet_trainer_save(NULL, trainer, NULL, 0, size), TRIPLET_OK);
  uint8_t *bytes = malloc(*size);
  assert_int_equal(triplet_trainer_save(NULL, trainer, bytes, *size, size), TRIPLET_OK);
  return bytes;
}

static triplet_trainer *copy_without_data(const triplet_trainer *trainer) {
  size_t size;
  uint8_t *bytes = save(trainer, &size);
  triplet_trainer *copy = NULL;
  assert_int_equal(triplet_trainer_load(NULL, bytes, size, &copy), TRIPLET_OK);
  free(bytes);
  return copy;
}

static void assert_same_trainer(const triplet_trainer *left, const triplet_trainer *right) {
  size_t left_size, right_size;
  uint8_t *left_bytes = save(left, &left_size), *right_bytes = save(right, &right_size);
  assert_int_equal(left_size, right_size);
  assert_memory_equal(left_bytes, right_bytes, left_size);
  free(left_bytes);
  free(right_bytes);
}

static void embed(const triplet_trainer *trainer, const float *x, size_t rows, float *embeddings) {
  assert_int_equal(triplet_trainer_embed(NULL, trainer, triplet_matrix_of(x, rows, COLS),
                                         (triplet_matrix){embeddings, rows, triplet_trainer_dim(trainer)}),
                   TRIPLET_OK);
}

/* ---- a whole step in double -------------------------------------------------------------------------------------- */

enum { BATCH = 12 };

typedef struct problem {
  const triplet_trainer_options *options;
  const dataset *from;
  double mean[COLS], deviation[COLS];
  size_t dim, count; /* parameters */
  size_t rows[BATCH];
  int32_t labels[BATCH];
} problem;

static void naive_normalize(double *row, size_t dim) {
  double squares = 0;
  for (size_t k = 0; k < dim; k++)
    squares += row[k] * row[k];
  for (size_t k = 0; k < dim; k++)
    row[k] /= sqrt(squares);
}

static void naive_embed(const problem *of, const double *weights, const float *raw, double *embedding) {
  const triplet_trainer_options *options = of->options;
  double x[COLS], row[HIDDEN], next[HIDDEN];
  for (size_t k = 0; k < COLS; k++)
    row[k] = x[k] = ((double)raw[k] - of->mean[k]) / of->deviation[k];
  size_t in = COLS;
  for (size_t layer = 0; layer < options->layers; layer++) {
    const size_t out = options->widths[layer];
    for (size_t j = 0; j < out; j++) {
      next[j] = weights[out * in + j];
      for (size_t k = 0; k < in; k++)
        next[j] += weights[j * in + k] * row[k];
      if (layer + 1 < options->layers)
        next[j] = tanh(next[j]);
    }
    weights += out * (in + 1);
    in = out;
    memcpy(row, next, sizeof row);
  }
  for (size_t k = 0; k < in; k++)
    embedding[k] = options->residual ? x[k] + row[k] : row[k];
  if (options->normalize)
    naive_normalize(embedding, in);
}

static double naive_distance(triplet_distance distance, const double *x, const double *y, size_t dim) {
  double xx = 0, yy = 0, xy = 0, squares = 0;
  for (size_t k = 0; k < dim; k++) {
    xx += x[k] * x[k];
    yy += y[k] * y[k];
    xy += x[k] * y[k];
    squares += (x[k] - y[k]) * (x[k] - y[k]);
  }
  return distance == TRIPLET_DISTANCE_COSINE ? 1 - xy / sqrt(xx * yy) : sqrt(squares);
}

/* cross_entropy of logits -d / T for one target among itself and others: `positives` are others, too, where all are. */
static double cross_entropy(const problem *of, double d[BATCH], size_t anchor, size_t target, bool all) {
  const double T = of->options->loss.temperature;
  double sum = 0;
  for (size_t j = 0; j < BATCH; j++)
    if (all || j == target || of->labels[j] != of->labels[anchor])
      sum += exp((d[target] - d[j]) / T);
  return log(sum);
}

/* The mean over pairs, anchors with a positive, or triplets. */
static double naive_loss(const problem *of, double d[BATCH][BATCH]) {
  double sum = 0, count = 0;
  for (size_t a = 0; a < BATCH; a++) {
    double of_anchor = 0, positives = 0;
    for (size_t p = 0; p < BATCH; p++) {
      if (of->labels[p] != of->labels[a])
        continue;
      positives++;
      if (of->options->loss.loss != TRIPLET_LOSS_TRIPLET)
        of_anchor += cross_entropy(of, d[a], a, p, of->options->loss.loss == TRIPLET_LOSS_SUP_CON);
      for (size_t n = 0; n < BATCH && of->options->loss.loss == TRIPLET_LOSS_TRIPLET; n++)
        if (of->labels[n] != of->labels[a]) {
          sum += log1p(exp(d[a][p] + of->options->loss.margin - d[a][n]));
          count++;
        }
    }
    if (of->options->loss.loss == TRIPLET_LOSS_INFO_NCE) {
      sum += of_anchor;
      count += positives;
    } else if (of->options->loss.loss == TRIPLET_LOSS_SUP_CON) {
      sum += of_anchor / positives; /* the own reference is always one */
      count++;
    }
  }
  return sum / count;
}

static double naive_objective(const problem *of, const double *weights) {
  double queries[BATCH][COLS], references[BATCH][COLS], d[BATCH][BATCH];
  for (size_t i = 0; i < BATCH; i++) {
    const float *reference = of->from->references + of->rows[i] * of->from->reference_cols;
    naive_embed(of, weights, of->from->queries + of->rows[i] * COLS, queries[i]);
    if (of->options->adapt == TRIPLET_ADAPT_BOTH) {
      naive_embed(of, weights, reference, references[i]);
      continue;
    }
    for (size_t k = 0; k < of->dim; k++)
      references[i][k] = (double)reference[k];
    if (of->options->normalize)
      naive_normalize(references[i], of->dim);
  }
  for (size_t i = 0; i < BATCH; i++)
    for (size_t j = 0; j < BATCH; j++)
      d[i][j] = naive_distance(of->options->loss.distance, queries[i], references[j], of->dim);
  return naive_loss(of, d);
}

static void take_standardization(problem *of) {
  for (size_t k = 0; k < COLS; k++) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < PAIRS; i++)
      sum += (double)of->from->queries[i * COLS + k];
    for (size_t i = 0; i < PAIRS; i++)
      squares += pow((double)of->from->queries[i * COLS + k] - sum / PAIRS, 2);
    of->mean[k] = of->options->standardize ? sum / PAIRS : 0;
    of->deviation[k] = of->options->standardize ? sqrt(squares / PAIRS) : 1;
  }
}

/* One step of plain gradient descent: before and after, count weights each. */
static void check_step(const problem *of, const triplet_step *got, const double *before, const float *after) {
  double weights[128], expected[128], largest = 0;
  memcpy(weights, before, of->count * sizeof *weights);
  const double loss = naive_objective(of, before), h = 1e-5;
  assert_true(fabs(got->loss - loss) <= 2e-5 * (1 + loss));
  for (size_t i = 0; i < of->count; i++) {
    weights[i] = before[i] + h;
    const double above = naive_objective(of, weights);
    weights[i] = before[i] - h;
    const double below = naive_objective(of, weights);
    weights[i] = before[i];
    expected[i] = -got->learning_rate * (above - below) / (2 * h);
    largest = fmax(largest, fabs(expected[i]));
  }
  assert_true(largest > 1e-4);
  for (size_t i = 0; i < of->count; i++)
    if (!(fabs((double)after[i] - before[i] - expected[i]) <= 1e-4 * largest + 1e-7))
      fail_msg("weight %zu moves by %g, not by %g", i, (double)after[i] - before[i], expected[i]);
}

static void check_steps(triplet_trainer_options options, bool labelled, uint64_t seed) {
  const size_t dim = options.widths[options.layers - 1];
  const dataset from = make_dataset(seed, options.adapt == TRIPLET_ADAPT_BOTH ? COLS : dim);
  const triplet_training_pairs pairs = pairs_of(&from, labelled);
  options.activation = TRIPLET_ACTIVATION_TANH;
  options.loss.soft_margin = true; /* of triplets: nowhere without derivative */
  options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  options.optimizer.learning_rate = 0.2;
  triplet_trainer *trainer = create(NULL, &options, &pairs);
  problem of = {.options = &options, .from = &from, .dim = dim};
  take_standardization(&of);
  of.count = triplet_trainer_parameters(trainer).count;

  for (int number = 1; number <= 4; number++) {
    double *before = doubles_of(triplet_trainer_parameters(trainer).data, of.count);
    const triplet_step got = step(NULL, trainer, 1);
    const triplet_ints drawn = triplet_trainer_last_batch(trainer);
    assert_int_equal(drawn.count, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
      of.rows[i] = (size_t)drawn.data[i];
      of.labels[i] = labelled ? from.labels[drawn.data[i]] : drawn.data[i];
    }
    check_step(&of, &got, before, triplet_trainer_parameters(trainer).data);
    free(before);
  }
  triplet_trainer_destroy(trainer);
}

static void a_step_is_that_of_its_formulas(void **state) {
  (void)state;
  static const triplet_loss losses[] = {TRIPLET_LOSS_INFO_NCE, TRIPLET_LOSS_TRIPLET, TRIPLET_LOSS_SUP_CON};
  for (uint64_t kind = 0; kind < 3 * 2 * 2 * 8; kind++) {
    triplet_trainer_options options = small_options(losses[kind % 3]);
    options.adapt = kind / 3 % 2 ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    options.layers = kind / 12 % 2 ? 1 : 2;
    options.widths[0] = kind / 12 % 2 ? COLS : HIDDEN;
    options.normalize = kind / 24 % 2;
    options.standardize = kind / 48 % 2;
    options.loss.temperature = 0.2;
    check_steps(options, kind / 6 % 2, 100 + kind);

    options.residual = false;
    options.widths[options.layers - 1] = 3;
    check_steps(options, kind / 6 % 2, 200 + kind);
  }
}

/* ---- the start --------------------------------------------------------------------------------------------------- */

static void an_adapter_begins_with_the_rows_as_they_are(void **state) {
  (void)state;
  dataset from = make_dataset(2, COLS);
  from.queries[3] = -0.0f;
  for (int kind = 0; kind < 16; kind++) {
    triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
    options.layers = kind & 1 ? 2 : 1;
    options.widths[0] = kind & 1 ? HIDDEN : COLS;
    options.adapt = kind & 2 ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    options.normalize = kind & 4;
    options.seed = kind;
    const triplet_training_pairs pairs = pairs_of(&from, kind & 8);
    triplet_trainer *trainer = create(NULL, &options, &pairs);

    float embeddings[PAIRS * COLS], expected[PAIRS * COLS];
    embed(trainer, from.queries, PAIRS, embeddings);
    const triplet_encoder identity = ENCODER(.inputs = COLS, .normalize = kind & 4);
    assert_int_equal(triplet_encoder_forward(NULL, &identity, NULL,
                                             &(triplet_encoder_pass){pairs.queries, NULL, {expected, PAIRS, COLS}}),
                     TRIPLET_OK);
    assert_same_bits(embeddings, expected, PAIRS * COLS, "normalized rows");
    if (!(kind & 4))
      assert_same_bits(embeddings, from.queries, PAIRS * COLS, "rows");

    step(NULL, trainer, 3);
    embed(trainer, from.queries, PAIRS, embeddings);
    assert_memory_not_equal(embeddings, expected, sizeof embeddings);
    triplet_trainer_destroy(trainer);
  }
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

/* Every pair that is offered comes once an epoch, and batches are alike but for one pair. */
static void check_epochs(size_t pairs, int64_t p, int64_t k, int kind) {
  enum { MOST = 70 };
  static float rows[MOST * 2];
  seeded from = seeded_from(300 + pairs);
  seeded_fill(&from, rows, MOST * 2, 1);
  int32_t labels[MOST], ends[MOST], end = 0;
  for (size_t i = 0; i < pairs; i++) {
    labels[end] = (int32_t)i % 9;
    ends[i] = end += i % 5 != 2;
  }
  triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
  options.layers = 1;
  options.widths[0] = 2;
  options.classes_per_batch = p;
  options.rows_per_class = k;
  options.seed = (int64_t)pairs;
  options.loss.ignore_label = kind ? 4 : TRIPLET_NO_LABEL;
  options.sampler = (triplet_sampler_name)(pairs % 2); /* which plays no part */
  const triplet_matrix x = triplet_matrix_of(rows, pairs, 2);
  const triplet_training_pairs given = {x, x,
                                        kind == 0   ? no_labels
                                        : kind == 1 ? triplet_labels_of(labels, pairs)
                                                    : triplet_label_sets_of(labels, ends, pairs)};
  for (size_t i = 0; i < pairs && kind == 1; i++)
    labels[i] = (int32_t)i % 9;

  bool offered[MOST];
  size_t left = 0;
  for (size_t i = 0; i < pairs; i++) {
    const int32_t first = i ? ends[i - 1] : 0;
    offered[i] = kind == 0 || (kind == 1 ? labels[i] != 4 : ends[i] > first && labels[first] != 4);
    left += offered[i];
  }
  const size_t most = (size_t)(p * k), batches = left / most + (left % most > 0);
  triplet_trainer *trainer = create(NULL, &options, &given);
  int32_t orders[3][MOST];
  for (int epoch = 0; epoch < 3; epoch++) {
    int times[MOST] = {0};
    size_t at = 0;
    for (size_t i = 0; i < batches; i++) {
      step(NULL, trainer, 1);
      const triplet_ints drawn = triplet_trainer_last_batch(trainer);
      assert_in_range(drawn.count, left / batches, left / batches + (left % batches > 0));
      assert_true(drawn.count <= most);
      for (size_t j = 0; j < drawn.count; j++) {
        times[drawn.data[j]]++;
        orders[epoch][at++] = drawn.data[j];
      }
    }
    assert_int_equal(at, left);
    for (size_t i = 0; i < pairs; i++)
      assert_int_equal(times[i], offered[i]);
  }
  if (left > 20) {
    assert_memory_not_equal(orders[0], orders[1], left * sizeof **orders);
    assert_memory_not_equal(orders[1], orders[2], left * sizeof **orders);
  }
  triplet_trainer_destroy(trainer);
}

static void an_epoch_has_every_pair_once(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (size_t pairs = 12; pairs <= 70; pairs++)
    for (int kind = 0; kind < 3; kind++)
      check_epochs(pairs, 2 + (int64_t)seeded_below(&from, 5), 2 + (int64_t)seeded_below(&from, 5), kind);
  check_epochs(70, 1000000000, 1000000000, 0);
}

/* Of one pair, of none that has a label, of pairs of one label: no loss, and no step away from where it was. */
static void nothing_to_learn_from_is_no_error(void **state) {
  (void)state;
  const dataset from = make_dataset(4, COLS);
  const int32_t same[PAIRS] = {0}, ends[PAIRS] = {0};
  for (int kind = 0; kind < 4; kind++) {
    triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
    triplet_training_pairs pairs = pairs_of(&from, false);
    if (kind == 0)
      pairs.queries.rows = pairs.references.rows = 1;
    pairs.labels = kind == 1   ? triplet_labels_of(same, PAIRS)
                   : kind == 2 ? triplet_label_sets_of(same, ends, PAIRS)
                               : no_labels;
    if (kind == 3) {
      pairs.labels = triplet_labels_of(same, PAIRS);
      options.loss.ignore_label = 0;
    }
    triplet_trainer *trainer = create(NULL, &options, &pairs);
    float before[128];
    const triplet_floats weights = triplet_trainer_parameters(trainer);
    memcpy(before, weights.data, weights.count * sizeof *before);
    const triplet_step last = step(NULL, trainer, 3);
    assert_true(last.loss == 0 && last.step == 3);
    assert_same_bits(before, weights.data, weights.count, "weights");
    assert_int_equal(triplet_trainer_last_batch(trainer).count, kind == 0 ? 1 : kind == 1 ? BATCH : 0);
    triplet_trainer_destroy(trainer);
  }
}

/* ---- bits -------------------------------------------------------------------------------------------------------- */

typedef struct run {
  triplet_trainer_options options;
  triplet_training_pairs pairs;
  triplet_trainer *first; /* as the first machine trained it */
} run;

static void check_run(triplet_context *context, void *data) {
  run *of = data;
  triplet_trainer *trainer = create(context, &of->options, &of->pairs);
  step(context, trainer, 15);
  if (of->first) {
    assert_same_trainer(of->first, trainer);
    triplet_trainer_destroy(trainer);
  } else {
    of->first = trainer;
  }
}

static triplet_trainer_options options_of_kind(int kind) {
  triplet_trainer_options options = small_options((triplet_loss)(kind % LOSSES));
  options.adapt = kind & 1 ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
  options.normalize = kind & 2;
  options.standardize = kind & 4;
  options.validation = kind & 8 ? 0.3 : 0;
  options.evaluate_every = 7;
  options.loss.mining = (triplet_mining)(kind % (TRIPLET_MINING_RANDOM + 1));
  return options;
}

static void bits_do_not_depend_on_the_machine(void **state) {
  (void)state;
  const dataset from = make_dataset(5, COLS);
  for (int kind = 0; kind < 16; kind++) {
    run of = {options_of_kind(kind), pairs_of(&from, kind % 3 == 1), NULL};
    on_every_machine(check_run, &of);
    triplet_trainer_destroy(of.first);
  }
}

/* At a step that is drawn; then again. */
static void training_resumes_to_the_bit(void **state) {
  (void)state;
  const dataset from = make_dataset(6, COLS);
  seeded draw = seeded_from(7);
  for (int kind = 0; kind < 48; kind++) {
    const triplet_trainer_options options = options_of_kind(kind);
    const triplet_training_pairs pairs = pairs_of(&from, kind % 3 == 1);
    triplet_trainer *whole = create(NULL, &options, &pairs), *part = create(NULL, &options, &pairs);
    step(NULL, whole, 60);
    for (int done = 0; done < 60;) {
      const int next = done + 1 + (int)seeded_below(&draw, (size_t)(60 - done));
      step(NULL, part, next - done);
      done = next;
      triplet_trainer *rest = copy_without_data(part);
      assert_same_trainer(part, rest);
      assert_int_equal(triplet_trainer_get_options(rest)->adapt, options.adapt);
      assert_true(triplet_trainer_get_options(rest)->residual);
      assert_int_equal(triplet_trainer_attach_pairs(NULL, rest, &pairs), TRIPLET_OK);
      assert_same_trainer(part, rest);
      triplet_trainer_destroy(part);
      part = rest;
    }
    assert_same_trainer(whole, part);
    triplet_trainer_destroy(whole);
    triplet_trainer_destroy(part);
  }
}

/* Any other number of either side, or other labels, and the batches begin with the first. */
static void other_pairs_begin_anew(void **state) {
  (void)state;
  const dataset from = make_dataset(8, COLS);
  const triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
  const triplet_training_pairs pairs = pairs_of(&from, true);
  triplet_trainer *fresh = create(NULL, &options, &pairs), *trainer = create(NULL, &options, &pairs);
  step(NULL, trainer, 2);
  step(NULL, fresh, 1);
  int32_t first[BATCH + 1];
  const triplet_ints of_fresh = triplet_trainer_last_batch(fresh);
  memcpy(first, of_fresh.data, of_fresh.count * sizeof *first);
  for (int kind = 0; kind < 5; kind++) {
    dataset other = from;
    other.queries[COLS] += kind == 1 ? 1 : 0;
    other.references[PAIRS * COLS - 1] += kind == 2 ? 1 : 0;
    other.labels[7] += kind == 3;
    triplet_trainer *loaded = copy_without_data(trainer);
    const triplet_training_pairs given = pairs_of(&other, kind != 4);
    assert_int_equal(triplet_trainer_attach_pairs(NULL, loaded, &given), TRIPLET_OK);
    step(NULL, loaded, 1);
    const triplet_ints drawn = triplet_trainer_last_batch(loaded);
    const bool begins = drawn.count == of_fresh.count && memcmp(drawn.data, first, drawn.count * sizeof *first) == 0;
    assert_int_equal(begins, kind > 0);
    triplet_trainer_destroy(loaded);
  }
  triplet_trainer_destroy(fresh);
  triplet_trainer_destroy(trainer);
}

/* A model of pairs goes on with labelled rows, and back. */
static void rows_and_pairs_may_take_turns(void **state) {
  (void)state;
  const dataset from = make_dataset(9, COLS);
  triplet_trainer_options options = small_options(TRIPLET_LOSS_TRIPLET);
  options.validation = 0.25;
  options.evaluate_every = 2;
  const triplet_training_pairs pairs = pairs_of(&from, true);
  triplet_trainer *trainer = create(NULL, &options, &pairs);
  step(NULL, trainer, 3);
  for (int turn = 0; turn < 4; turn++) {
    triplet_triplets found = {0};
    if (turn % 2)
      assert_int_equal(triplet_trainer_attach_pairs(NULL, trainer, &pairs), TRIPLET_OK);
    else
      assert_int_equal(triplet_trainer_attach(NULL, trainer, pairs.references, pairs.labels), TRIPLET_OK);
    assert_int_equal(triplet_trainer_last_batch(trainer).count, 0);
    const triplet_step last = step(NULL, trainer, 3);
    assert_true(last.stats.triplets > 0 && last.validation >= 0);
    assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
    assert_int_equal(found.count, last.stats.triplets);
  }
  triplet_trainer_destroy(trainer);
}

/* ---- validation -------------------------------------------------------------------------------------------------- */

/* The share of queries set aside whose reference is the nearest: MAP@R, where each has one positive. */
static double recall_by_hand(const triplet_trainer *trainer, const dataset *from) {
  const triplet_trainer_options *options = triplet_trainer_get_options(trainer);
  const triplet_ints aside = triplet_trainer_validation_rows(trainer);
  float queries[PAIRS * COLS], references[PAIRS * COLS];
  embed(trainer, from->queries, PAIRS, queries);
  memcpy(references, from->references, sizeof references);
  if (options->adapt == TRIPLET_ADAPT_BOTH)
    embed(trainer, from->references, PAIRS, references);
  size_t found = 0;
  for (size_t i = 0; i < aside.count; i++) {
    double nearest = INFINITY;
    size_t at = 0;
    for (size_t j = 0; j < aside.count; j++) {
      double x[COLS], y[COLS];
      for (size_t k = 0; k < COLS; k++) {
        x[k] = (double)queries[aside.data[i] * COLS + (int32_t)k];
        y[k] = (double)references[aside.data[j] * COLS + (int32_t)k];
      }
      if (options->normalize)
        naive_normalize(y, COLS);
      const double d = naive_distance(options->loss.distance, x, y, COLS);
      if (d < nearest) {
        nearest = d;
        at = j;
      }
    }
    found += at == i;
  }
  return (double)found / (double)aside.count;
}

static void queries_set_aside_search_their_references(void **state) {
  (void)state;
  const dataset from = make_dataset(10, COLS);
  for (int kind = 0; kind < 16; kind++) {
    triplet_trainer_options options = options_of_kind(kind);
    options.validation = 0.3;
    options.evaluate_every = 1;
    options.optimizer.learning_rate = 0.05;
    const triplet_training_pairs pairs = pairs_of(&from, false);
    triplet_trainer *trainer = create(NULL, &options, &pairs);
    const triplet_ints aside = triplet_trainer_validation_rows(trainer);
    assert_int_equal(aside.count, 18); /* 0.3 of 60 */
    for (int i = 0; i < 20; i++) {
      const triplet_step last = step(NULL, trainer, 1);
      assert_true(fabs(last.validation - recall_by_hand(trainer, &from)) < 1e-12);
      const triplet_ints drawn = triplet_trainer_last_batch(trainer);
      for (size_t j = 0; j < drawn.count; j++)
        for (size_t a = 0; a < aside.count; a++)
          assert_int_not_equal(drawn.data[j], aside.data[a]);
    }
    triplet_trainer_destroy(trainer);
  }
}

/* round(v N) of those that have a label, but two stay; another seed, other pairs. */
static void counts_what_is_set_aside(void **state) {
  (void)state;
  const dataset from = make_dataset(11, COLS);
  int32_t ends[PAIRS], end = 0;
  for (size_t i = 0; i < PAIRS; i++)
    ends[i] = end += i % 4 != 0;
  int different = 0;
  for (int labelled = 0; labelled < 2; labelled++)
    for (size_t pairs = 1; pairs <= PAIRS; pairs++)
      for (int tenths = 0; tenths <= 10; tenths++) {
        int32_t first[PAIRS];
        for (int64_t seed = 1; seed <= 2; seed++) {
          triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
          options.validation = tenths / 10.0;
          options.seed = seed;
          triplet_training_pairs given = pairs_of(&from, false);
          given.queries.rows = given.references.rows = pairs;
          if (labelled)
            given.labels = triplet_label_sets_of(from.labels, ends, pairs);
          triplet_trainer *trainer = create(NULL, &options, &given);
          const triplet_ints aside = triplet_trainer_validation_rows(trainer);
          const size_t offered = labelled ? (size_t)ends[pairs - 1] : pairs;
          const size_t wanted = (size_t)(options.validation * (double)offered + 0.5),
                       most = offered < 2 ? 0 : offered - 2;
          assert_int_equal(aside.count, wanted < most ? wanted : most);
          for (size_t i = 0; i < aside.count; i++) {
            assert_true(i == 0 || aside.data[i] > aside.data[i - 1]);
            assert_true(!labelled || aside.data[i] % 4 != 0);
          }
          if (seed == 1)
            memcpy(first, aside.data, aside.count * sizeof *first);
          else
            different += memcmp(first, aside.data, aside.count * sizeof *first) != 0;
          triplet_trainer_destroy(trainer);
        }
      }
  assert_true(different > 700);
}

/* ---- what a step used -------------------------------------------------------------------------------------------- */

/* Pairs, whose queries are anchors and whose references are all else: the loss comes out again. */
static void tells_the_triplets_of_its_step(void **state) {
  (void)state;
  const dataset from = make_dataset(12, COLS);
  enum { MOST = 3000 };
  static int32_t rows[3][MOST];
  static float gathered[3][MOST * COLS];
  for (int kind = 0; kind < 4 * (TRIPLET_MINING_RANDOM + 1); kind++) {
    triplet_trainer_options options = small_options(TRIPLET_LOSS_TRIPLET);
    options.loss.mining = (triplet_mining)(kind / 4);
    options.adapt = kind & 1 ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    const triplet_training_pairs pairs = pairs_of(&from, kind & 2);
    triplet_trainer *trainer = create(NULL, &options, &pairs);
    step(NULL, trainer, 5);
    triplet_trainer *before = copy_without_data(trainer);
    const triplet_step got = step(NULL, trainer, 1);

    triplet_triplets found = {rows[0], rows[1], rows[2], MOST, 0};
    assert_int_equal(triplet_trainer_last_triplets(NULL, trainer, &found), TRIPLET_OK);
    assert_true(found.count == got.stats.triplets && found.count > 0);
    float queries[PAIRS * COLS], references[PAIRS * COLS];
    embed(before, from.queries, PAIRS, queries);
    memcpy(references, from.references, sizeof references);
    if (options.adapt == TRIPLET_ADAPT_BOTH)
      embed(before, from.references, PAIRS, references);
    for (size_t i = 0; i < found.count; i++) {
      const bool positive = kind & 2 ? from.labels[rows[0][i]] == from.labels[rows[1][i]] : rows[0][i] == rows[1][i];
      const bool negative = kind & 2 ? from.labels[rows[0][i]] != from.labels[rows[2][i]] : rows[0][i] != rows[2][i];
      assert_true(positive && negative);
      for (size_t column = 0; column < 3; column++)
        memcpy(gathered[column] + i * COLS, (column ? references : queries) + rows[column][i] * COLS,
               COLS * sizeof(float));
    }

    triplet_options exact = triplet_margin_options();
    exact.convention = TRIPLET_CONVENTION_EXACT;
    exact.margin = options.loss.margin;
    const triplet_explicit triplets = {triplet_matrix_of(gathered[0], found.count, COLS),
                                       triplet_matrix_of(gathered[1], found.count, COLS),
                                       triplet_matrix_of(gathered[2], found.count, COLS)};
    triplet_result result;
    assert_int_equal(triplet_margin_loss(NULL, &exact, &triplets, (triplet_gradients){0}, NULL, &result), TRIPLET_OK);
    assert_true(fabs(result.loss - got.loss) <= 1e-9 * (1 + fabs(got.loss)));
    triplet_trainer_destroy(before);
    triplet_trainer_destroy(trainer);
  }
}

/* ---- live changes ------------------------------------------------------------------------------------------------ */

static void live_changes_take_hold_at_the_next_step(void **state) {
  (void)state;
  const dataset from = make_dataset(13, COLS);
  for (int first = 0; first < LOSSES; first++) {
    triplet_trainer_options options = small_options((triplet_loss)first);
    const triplet_training_pairs pairs = pairs_of(&from, true);
    triplet_trainer *trainer = create(NULL, &options, &pairs);
    step(NULL, trainer, 2);
    triplet_trainer *loaded = copy_without_data(trainer);
    assert_int_equal(triplet_trainer_attach_pairs(NULL, loaded, &pairs), TRIPLET_OK);

    triplet_options_set_loss(&options.loss, (triplet_loss)((first + 1) % LOSSES));
    options.classes_per_batch = 5; /* more than there was room for */
    options.rows_per_class = 6;
    options.optimizer.learning_rate = 0.002;
    assert_int_equal(triplet_trainer_set_options(NULL, trainer, &options), TRIPLET_OK);
    assert_int_equal(triplet_trainer_set_options(NULL, loaded, &options), TRIPLET_OK);
    int times[PAIRS] = {0};
    for (int i = 0; i < 2; i++) { /* 60 pairs by 30: the next epoch begins */
      const triplet_step last = step(NULL, trainer, 1);
      assert_int_equal(last.stats.loss, (first + 1) % LOSSES);
      assert_true(last.learning_rate == 0.002);
      const triplet_ints drawn = triplet_trainer_last_batch(trainer);
      assert_int_equal(drawn.count, 30);
      for (size_t j = 0; j < drawn.count; j++)
        times[drawn.data[j]]++;
    }
    for (size_t i = 0; i < PAIRS; i++)
      assert_int_equal(times[i], 1);
    step(NULL, loaded, 2);
    assert_same_trainer(trainer, loaded);
    triplet_trainer_destroy(loaded);
    triplet_trainer_destroy(trainer);
  }
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static void refuses_misuse(void **state) {
  (void)state;
  dataset from = make_dataset(14, COLS);
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = NULL;
  const triplet_trainer_options fine = small_options(TRIPLET_LOSS_INFO_NCE);
  triplet_trainer_options options = fine;
  const triplet_training_pairs all = pairs_of(&from, false);
  triplet_training_pairs pairs = all;
  const float relations[PAIRS] = {0};
#define REFUSED(status, argument, message)                                                                             \
  assert_error(context, triplet_trainer_create_pairs(context, &options, &pairs, &trainer), status, argument, message); \
  assert_null(trainer);                                                                                                \
  options = fine;                                                                                                      \
  pairs = all
  options.layers = 0;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "layers",
          "expected at least 1 to train on pairs, got 0: a free embedding table has no encoder");
  options.widths[1] = 4;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "layers",
          "expected a last width of 5 like the inputs of a residual encoder, got 4");
  options.adapt = (triplet_adapt)2;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "adapt", no_such_choice(TRIPLET_SCHEMA_TRAINER, "adapt", 2));
  pairs.queries.cols = 0;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "queries", "expected at least 1 column, got 0");
  pairs.queries.data = NULL;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "queries", "expected 60 x 5 floats, got NULL");
  pairs.references.data = NULL;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "references", "expected 60 x 5 floats, got NULL");
  pairs.references.rows = 59;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "references", "expected 60 x 5 like queries, got 59 x 5");
  pairs.references.cols = 4;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "references", "expected 60 x 5 like queries, got 60 x 4");
  options.adapt = TRIPLET_ADAPT_QUERIES;
  options.residual = false;
  options.widths[1] = 3;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "references", "expected 60 x 3 like queries.rows x dim, got 60 x 5");
  pairs.queries.rows = pairs.references.rows = 0;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "queries", "expected at least 1 row to train on, got 0");
  pairs.queries.rows = (size_t)INT32_MAX + 1;
  REFUSED(TRIPLET_INVALID_ARGUMENT, "queries", "expected at most 2147483647 rows, got 2147483648");
  pairs.labels = triplet_labels_of(from.labels, 3);
  REFUSED(TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 60 rows, got 3");
  pairs.labels = triplet_relations_of(relations, 1, PAIRS);
  REFUSED(TRIPLET_INVALID_ARGUMENT, "labels", "expected labels, got a matrix of relations");
  from.queries[7 * COLS + 1] = -INFINITY;
  REFUSED(TRIPLET_NOT_FINITE, "queries", "row 7, column 1 is not finite");
  from.queries[7 * COLS + 1] = 0;
  from.references[8 * COLS + 4] = NAN;
  REFUSED(TRIPLET_NOT_FINITE, "references", "row 8, column 4 is not finite");
  from.references[8 * COLS + 4] = 0;

  /* What is attached in vain leaves the trainer as it was. */
  trainer = create(context, &fine, &all);
  triplet_trainer *same = create(context, &fine, &all);
  step(context, trainer, 3);
  step(context, same, 3);
  pairs.queries.cols = pairs.references.cols = 4;
  assert_error(context, triplet_trainer_attach_pairs(context, trainer, &pairs), TRIPLET_INVALID_ARGUMENT, "queries",
               "expected 5 columns like the model, got 4");
  pairs = all;
  pairs.references.rows = 3;
  assert_error(context, triplet_trainer_attach_pairs(context, trainer, &pairs), TRIPLET_INVALID_ARGUMENT, "references",
               "expected 60 x 5 like queries, got 3 x 5");
  options.adapt = TRIPLET_ADAPT_QUERIES;
  assert_error(context, triplet_trainer_set_options(context, trainer, &options), TRIPLET_INVALID_ARGUMENT, "adapt",
               "expected the value the trainer was made with; it cannot change");
  step(context, trainer, 3);
  step(context, same, 3);
  assert_same_trainer(trainer, same);
  triplet_trainer_destroy(same);
  triplet_trainer_destroy(trainer);

  options = triplet_trainer_default_options();
  options.layers = 0;
  assert_int_equal(
      triplet_trainer_create(context, &options, all.queries, triplet_labels_of(from.labels, PAIRS), &trainer),
      TRIPLET_OK);
  assert_error(context, triplet_trainer_attach_pairs(context, trainer, &all), TRIPLET_INVALID_ARGUMENT, "layers",
               "expected at least 1 to train on pairs, got 0: a free embedding table has no encoder");
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct memory_run {
  triplet_trainer_options options;
  triplet_training_pairs pairs;
  uint8_t *expected; /* the model after three steps */
  size_t size;
} memory_run;

/* Create, train past a judgement, save, change the batch, load, go on. A step that failed is taken again, as if nothing
 * had been. */
static triplet_status whole_life(triplet_context *context, void *data) {
  memory_run *of = data;
  triplet_trainer *trainer = NULL, *loaded = NULL;
  triplet_step last;
  triplet_status status = triplet_trainer_create_pairs(context, &of->options, &of->pairs, &trainer);
  triplet_status failed = TRIPLET_OK;
  for (int i = 0; i < 3 && status == TRIPLET_OK; i++) {
    status = triplet_trainer_step(context, trainer, &last);
    if (status == TRIPLET_OUT_OF_MEMORY && failed == TRIPLET_OK) {
      failed = status;
      status = triplet_trainer_step(context, trainer, &last);
    }
  }

  if (status == TRIPLET_OK) {
    size_t size;
    uint8_t *bytes = save(trainer, &size);
    if (of->expected) {
      assert_int_equal(size, of->size);
      assert_memory_equal(bytes, of->expected, size);
      free(bytes);
    } else {
      of->expected = bytes;
      of->size = size;
    }
    triplet_trainer_options options = of->options;
    options.rows_per_class = 9;
    status = triplet_trainer_set_options(context, trainer, &options);
  }
  if (status == TRIPLET_OK)
    status = triplet_trainer_step(context, trainer, &last);
  if (status == TRIPLET_OK)
    status = triplet_trainer_load(context, of->expected, of->size, &loaded);
  if (status == TRIPLET_OK)
    status = triplet_trainer_attach_pairs(context, loaded, &of->pairs);
  triplet_trainer_destroy(loaded);
  triplet_trainer_destroy(trainer);
  return failed ? failed : status;
}

static void survives_short_memory(void **state) {
  (void)state;
  const dataset from = make_dataset(15, COLS);
  for (int kind = 0; kind < 4; kind++) {
    memory_run of = {small_options(TRIPLET_LOSS_INFO_NCE), pairs_of(&from, kind & 1), NULL, 0};
    of.options.adapt = kind & 2 ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    of.options.normalize = of.options.standardize = true;
    of.options.validation = 0.2;
    of.options.evaluate_every = 2;
    assert_int_equal(whole_life(NULL, &of), TRIPLET_OK);
    assert_in_range(fail_each_allocation(whole_life, NULL, &of), 50, 400);
    free(of.expected);
  }
}

/* The first step finds the memory that all later ones need. */
static void a_step_allocates_nothing(void **state) {
  (void)state;
  const dataset from = make_dataset(16, COLS);
  for (int kind = 0; kind < 2 * LOSSES; kind++) {
    triplet_trainer_options options = small_options((triplet_loss)(kind / 2));
    options.adapt = (triplet_adapt)(kind % 2);
    const triplet_training_pairs pairs = pairs_of(&from, false);
    counted_memory memory = {0};
    const triplet_allocator allocator = counted_allocator(&memory);
    triplet_context *context = triplet_context_create(&allocator);
    triplet_trainer *trainer = create(context, &options, &pairs);
    step(context, trainer, 5); /* an epoch */
    const size_t calls = memory.calls;
    step(context, trainer, 50);
    assert_int_equal(memory.calls, calls);
    triplet_trainer_destroy(trainer);
    triplet_context_destroy(context);
    assert_int_equal(memory.blocks, 0);
  }
}

/* ---- learning ---------------------------------------------------------------------------------------------------- */

enum { MADE = 1200, UNSEEN = 300, SIGNAL = 8, WIDTH = 24 };

/* Columns that are orthogonal, of length 1: Gram and Schmidt. */
static void make_rotation(seeded *from, double rotation[WIDTH][WIDTH]) {
  for (size_t i = 0; i < WIDTH; i++) {
    for (size_t k = 0; k < WIDTH; k++)
      rotation[i][k] = seeded_between(from, -1, 1);
    for (size_t j = 0; j < i; j++) {
      double along = 0;
      for (size_t k = 0; k < WIDTH; k++)
        along += rotation[i][k] * rotation[j][k];
      for (size_t k = 0; k < WIDTH; k++)
        rotation[i][k] -= along * rotation[j][k];
    }
    naive_normalize(rotation[i], WIDTH);
  }
}

/* What a pair has in common, with some noise, among three times as much that says nothing, all of it turned. */
static void make_pairs(seeded *from, bool turned, float *queries, float *references) {
  double rotations[2][WIDTH][WIDTH];
  make_rotation(from, rotations[0]);
  make_rotation(from, rotations[1]);
  if (!turned)
    memcpy(rotations[1], rotations[0], sizeof rotations[0]);
  for (size_t i = 0; i < MADE; i++) {
    double common[SIGNAL];
    for (size_t k = 0; k < SIGNAL; k++)
      common[k] = seeded_between(from, -1, 1);
    for (size_t side = 0; side < 2; side++) {
      double row[WIDTH];
      float *to = (side ? queries : references) + i * WIDTH;
      for (size_t k = 0; k < WIDTH; k++)
        row[k] = k < SIGNAL ? common[k] + seeded_between(from, -0.1, 0.1) : seeded_between(from, -1, 1);
      for (size_t k = 0; k < WIDTH; k++) {
        double sum = 0;
        for (size_t j = 0; j < WIDTH; j++)
          sum += row[j] * rotations[side][j][k];
        to[k] = (float)sum;
      }
    }
  }
}

/* The share of the unseen queries whose own reference is the nearest of all unseen ones. */
static double recall_of(triplet_matrix queries, triplet_matrix references) {
  const int32_t k[] = {1};
  double recall;
  int32_t labels[UNSEEN];
  for (int32_t i = 0; i < UNSEEN; i++)
    labels[i] = i;
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_COSINE;
  const triplet_references against = {references, triplet_labels_of(labels, UNSEEN), {NULL, 0}};
  triplet_evaluation found = {.recall = &recall};
  assert_int_equal(triplet_evaluate(NULL, &options,
                                    &(triplet_batch){queries, triplet_labels_of(labels, UNSEEN), &against},
                                    (triplet_ints){k, 1}, &found),
                   TRIPLET_OK);
  return recall;
}

static void adapters_find_unseen_references(void **state) {
  (void)state;
  static float queries[MADE * WIDTH], references[MADE * WIDTH], embedded[2][UNSEEN * WIDTH];
  enum { SEEN = MADE - UNSEEN };
  for (int kind = 0; kind < 6; kind++) {
    const bool alone = kind % 3 > 0, turned = kind % 3 == 2, network = kind >= 3;
    seeded from = seeded_from(20 + (uint64_t)kind);
    make_pairs(&from, turned, queries, references);
    const triplet_matrix unseen = triplet_matrix_of(queries + SEEN * WIDTH, UNSEEN, WIDTH);
    const triplet_matrix unseen_references = triplet_matrix_of(references + SEEN * WIDTH, UNSEEN, WIDTH);

    triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
    options.layers = network ? 2 : 1;
    options.widths[0] = network ? 64 : WIDTH;
    options.widths[1] = WIDTH;
    options.normalize = true;
    options.adapt = alone ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    options.classes_per_batch = options.rows_per_class = 8;
    options.steps = 200;
    options.optimizer.learning_rate = 0.01;
    const triplet_training_pairs seen = {triplet_matrix_of(queries, SEEN, WIDTH),
                                         triplet_matrix_of(references, SEEN, WIDTH), no_labels};
    triplet_trainer *trainer = create(NULL, &options, &seen);
    triplet_step last;
    assert_int_equal(triplet_trainer_run(NULL, trainer, NULL, NULL, &last), TRIPLET_OK);
    const triplet_matrix adapted = {embedded[0], UNSEEN, WIDTH};
    const triplet_matrix searched = {embedded[1], UNSEEN, WIDTH};
    assert_int_equal(triplet_trainer_embed(NULL, trainer, unseen, adapted), TRIPLET_OK);
    assert_int_equal(triplet_trainer_embed_references(NULL, trainer, unseen_references, searched), TRIPLET_OK);
    const double before = recall_of(unseen, unseen_references), after = recall_of(adapted, searched);
    assert_true(after > before + 0.3);
    triplet_trainer_destroy(trainer);
  }
}

/* Through the encoder as any rows; or as they are, of length 1 where it normalises. */
static void references_are_embedded_as_they_are_compared(void **state) {
  (void)state;
  for (int kind = 0; kind < 4; kind++) {
    const bool alone = kind & 1, normalize = kind & 2;
    triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
    options.residual = false;
    options.widths[1] = alone ? 3 : COLS;
    options.normalize = normalize;
    options.adapt = alone ? TRIPLET_ADAPT_QUERIES : TRIPLET_ADAPT_BOTH;
    const dataset from = make_dataset(40, alone ? 3 : COLS);
    const triplet_training_pairs pairs = pairs_of(&from, false);
    triplet_trainer *trainer = create(NULL, &options, &pairs);
    const size_t dim = triplet_trainer_dim(trainer);
    float found[PAIRS * COLS], expected[PAIRS * COLS];
    assert_int_equal(
        triplet_trainer_embed_references(NULL, trainer, pairs.references, (triplet_matrix){found, PAIRS, dim}),
        TRIPLET_OK);
    if (!alone)
      embed(trainer, from.references, PAIRS, expected);
    for (size_t i = 0; alone && i < PAIRS; i++) {
      double square = 0;
      for (size_t k = 0; k < dim; k++)
        square += (double)from.references[i * dim + k] * (double)from.references[i * dim + k];
      for (size_t k = 0; k < dim; k++)
        expected[i * dim + k] = (float)((double)from.references[i * dim + k] / (normalize ? sqrt(square) : 1));
    }
    for (size_t i = 0; i < PAIRS * dim; i++)
      assert_true(fabs((double)found[i] - (double)expected[i]) <= (alone && normalize ? 1e-6 : 0));
    triplet_trainer_destroy(trainer);
  }
}

static void references_that_do_not_fit_are_refused(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer_options options = small_options(TRIPLET_LOSS_INFO_NCE);
  const dataset from = make_dataset(40, COLS);
  const triplet_training_pairs pairs = pairs_of(&from, false);
  triplet_trainer *trainer = create(context, &options, &pairs);
  float embedded[2 * COLS] = {0}, rows[2 * COLS] = {0};
  const triplet_matrix into = {embedded, 2, COLS};
  const struct {
    triplet_matrix references, embeddings;
    triplet_status status;
    const char *argument;
  } cases[] = {
      {triplet_matrix_of(rows, 2, COLS - 1), into, TRIPLET_INVALID_ARGUMENT, "references"},
      {triplet_matrix_of(NULL, 2, COLS), into, TRIPLET_INVALID_ARGUMENT, "references"},
      {triplet_matrix_of((const float[COLS]){0, NAN}, 1, COLS), {embedded, 1, COLS}, TRIPLET_NOT_FINITE, "references"},
      {triplet_matrix_of(rows, 1, COLS), into, TRIPLET_INVALID_ARGUMENT, "embeddings"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(triplet_trainer_embed_references(context, trainer, cases[i].references, cases[i].embeddings),
                     cases[i].status);
    assert_string_equal(triplet_context_error(context)->argument, cases[i].argument);
  }
  triplet_trainer_destroy(trainer);

  options.layers = 0;
  options.residual = false;
  assert_int_equal(
      triplet_trainer_create(context, &options, pairs.queries, triplet_labels_of(from.labels, PAIRS), &trainer),
      TRIPLET_OK);
  assert_int_equal(triplet_trainer_embed_references(context, trainer, triplet_matrix_of(rows, 2, 2), into),
                   TRIPLET_INVALID_ARGUMENT);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_that_of_its_formulas),
      cmocka_unit_test(an_adapter_begins_with_the_rows_as_they_are),
      cmocka_unit_test(an_epoch_has_every_pair_once),
      cmocka_unit_test(nothing_to_learn_from_is_no_error),
      cmocka_unit_test(bits_do_not_depend_on_the_machine),
      cmocka_unit_test(training_resumes_to_the_bit),
      cmocka_unit_test(other_pairs_begin_anew),
      cmocka_unit_test(rows_and_pairs_may_take_turns),
      cmocka_unit_test(queries_set_aside_search_their_references),
      cmocka_unit_test(counts_what_is_set_aside),
      cmocka_unit_test(tells_the_triplets_of_its_step),
      cmocka_unit_test(live_changes_take_hold_at_the_next_step),
      cmocka_unit_test(refuses_misuse),
      cmocka_unit_test(survives_short_memory),
      cmocka_unit_test(a_step_allocates_nothing),
      cmocka_unit_test(adapters_find_unseen_references),
      cmocka_unit_test(references_are_embedded_as_they_are_compared),
      cmocka_unit_test(references_that_do_not_fit_are_refused),
  };
  return cmocka_run_group_tests_name("training on pairs", tests, NULL, NULL);
}
