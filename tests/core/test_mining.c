/* Mined triplets: the picks of the listing, the laws of those that are drawn, and misuse. */
#include "brute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

typedef struct mined {
  triplet_triplets triplets;
  triplet_stats stats;
} mined;

static mined mined_of(triplet_context *context, const brute_batch *batch) {
  size_t capacity;
  assert_int_equal(triplet_mine_capacity(context, &batch->options, &batch->in, &capacity), TRIPLET_OK);
  int32_t *rows = malloc((3 * capacity + 1) * sizeof *rows);
  mined out = {.triplets = {rows, rows + capacity, rows + 2 * capacity, capacity, 0}};
  assert_int_equal(triplet_mine(context, &batch->options, &batch->in, &out.triplets, &out.stats), TRIPLET_OK);
  assert_true(out.triplets.count <= capacity);
  return out;
}

/* ---- picks ------------------------------------------------------------------------------------------------------- */

typedef struct expected {
  const brute_batch *batch;
  const brute_triplet *triplets;
  size_t count;
} expected;

static void mines_these(triplet_context *context, void *data) {
  const expected *of = data;
  mined out = mined_of(context, of->batch);
  assert_int_equal(out.triplets.count, of->count);
  assert_int_equal(out.stats.triplets, of->count);
  for (size_t i = 0; i < of->count; i++) {
    assert_int_equal(out.triplets.anchors[i], of->triplets[i].anchor);
    assert_int_equal(out.triplets.positives[i], of->triplets[i].positive);
    assert_int_equal(out.triplets.negatives[i], of->triplets[i].negative);
  }
  free(out.triplets.anchors);
}

static void picks_equal_the_listing(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 600; round++) {
    random_batch made;
    random_batch_make(&made, &from, round % 20 ? 14 : 64);
    brute_triplet *triplets;
    expected of = {&made.batch, NULL, brute_select(&made.batch, &triplets)};
    of.triplets = triplets;

    if (round % 10 == 0)
      on_every_machine(mines_these, &of);
    else
      mines_these(NULL, &of);

    /* Stats as the plain loss has them: without swap, soft margin and weights. */
    brute_batch plain = made.batch;
    plain.options.swap = plain.options.soft_margin = false;
    plain.options.weights = (triplet_floats){NULL, 0};
    brute_answer answer = brute_loss(&plain, triplets, of.count);
    mined out = mined_of(NULL, &made.batch);
    assert_int_equal(out.stats.active, answer.stats.active);
    assert_int_equal(out.stats.hard, answer.stats.hard);
    assert_int_equal(out.stats.easy, answer.stats.easy);
    assert_int_equal(out.stats.nonfinite, answer.stats.nonfinite);

    free(out.triplets.anchors);
    brute_release(&answer);
    free(triplets);
    random_batch_release(&made);
  }
}

/* So many positives that negatives are placed among them by searching. */
static void many_positives_find_their_nearest(void **state) {
  (void)state;
  enum { B = 450, LARGE = 420 };
  seeded from = seeded_from(2);
  floats x = floats_random(&from, B, 0, 400), distances = floats_make(B * B, 0);
  int32_t labels[B];
  for (size_t i = 0; i < B; i++) {
    x.data[i] = rintf(x.data[i]);
    labels[i] = i < LARGE;
  }

  brute_batch batch = {triplet_batch_options(), {{x.data, B, 1}, triplet_labels_of(labels, B), NULL}};
  batch.options.mining = TRIPLET_MINING_SEMIHARD;
  batch.options.fallback = TRIPLET_FALLBACK_FARTHEST;
  assert_int_equal(triplet_distances(NULL, &batch.options, batch.in.embeddings, batch.in.embeddings,
                                     (triplet_matrix){distances.data, B, B}),
                   TRIPLET_OK);

  mined out = mined_of(NULL, &batch);
  assert_int_equal(out.triplets.count, LARGE * (LARGE - 1) + (B - LARGE) * (B - LARGE - 1));

  for (size_t i = 0; i < out.triplets.count; i++) {
    const float *d = distances.data + out.triplets.anchors[i] * B, ap = d[out.triplets.positives[i]];
    int32_t beyond = -1, farthest = -1;
    for (int32_t n = 0; n < B; n++)
      if (labels[n] != labels[out.triplets.anchors[i]]) {
        if (d[n] > ap && (beyond < 0 || d[n] < d[beyond]))
          beyond = n;
        if (farthest < 0 || d[n] > d[farthest])
          farthest = n;
      }
    assert_int_equal(out.triplets.negatives[i], beyond >= 0 ? beyond : farthest);
  }

  free(out.triplets.anchors);
  floats_release(&x);
  floats_release(&distances);
}

/* Of the libraries' rules those that are strategies here. */
static bool strategy_of(const char *rule, triplet_options *options) {
  static const struct {
    const char *rule;
    triplet_mining mining;
    triplet_fallback fallback;
  } rules[] = {
      {.rule = "all", .mining = TRIPLET_MINING_ALL},
      {.rule = "hard", .mining = TRIPLET_MINING_HARD},
      {.rule = "easy_positive", .mining = TRIPLET_MINING_EASY_POSITIVE},
      {.rule = "semihard_skip", .mining = TRIPLET_MINING_SEMIHARD},
      {.rule = "semihard_farthest", .mining = TRIPLET_MINING_SEMIHARD, .fallback = TRIPLET_FALLBACK_FARTHEST},
  };
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strcmp(rule, rules[i].rule) == 0) {
      options->mining = rules[i].mining;
      options->fallback = rules[i].fallback;
      return true;
    }
  return false;
}

static void counts_are_those_of_the_libraries(void **state) {
  (void)state;
  golden_file *file = golden_open("batch.txt");
  size_t cases = 0;
  while (golden_next(file)) {
    brute_batch batch = {.options = triplet_batch_options()};
    if (!strategy_of(golden_text(file, "rule"), &batch.options))
      continue;
    const size_t b = (size_t)golden_number(file, "b"), d = (size_t)golden_number(file, "d");
    const double *labels = golden_doubles(file, "labels", b);
    int32_t *exact = malloc((b + 1) * sizeof *exact);
    for (size_t i = 0; i < b; i++)
      exact[i] = (int32_t)labels[i];
    batch.in.embeddings = triplet_matrix_of(golden_floats(file, "embeddings", b * d), b, d);
    batch.in.labels = triplet_labels_of(exact, b);
    mined out = mined_of(NULL, &batch);
    if (out.triplets.count != (size_t)golden_number(file, "count"))
      fail_msg("%s: %zu triplets, the library has %g", golden_text(file, "case"), out.triplets.count,
               golden_number(file, "count"));
    free(out.triplets.anchors);
    free(exact);
    cases++;
  }
  golden_close(file);
  assert_true(cases >= 100);
}

/* ---- drawn negatives --------------------------------------------------------------------------------------------- */

enum { ROWS = 12, COLS = 4, SEEDS = 4000 };

/* Two of the class of row 0, ten others at every distance. */
static brute_batch circle(float *x, int32_t *labels) {
  for (size_t i = 0; i < ROWS; i++) {
    const double angle = 0.22 * (double)i;
    const float row[COLS] = {(float)(3 * cos(angle)), (float)(3 * sin(angle)), 0, 0};
    memcpy(x + i * COLS, row, sizeof row);
    labels[i] = i > 1;
  }
  return (brute_batch){triplet_batch_options(), {{x, ROWS, COLS}, triplet_labels_of(labels, ROWS), NULL}};
}

/* How often negative j was drawn for the pair (0, 1) over many seeds lies within five deviations of its probability. */
static void assert_frequencies(brute_batch *batch, const double *probabilities) {
  size_t drawn[ROWS] = {0};
  for (int64_t seed = 0; seed < SEEDS; seed++) {
    batch->options.seed = seed;
    mined out = mined_of(NULL, batch);
    assert_int_equal(out.triplets.anchors[0], 0);
    assert_int_equal(out.triplets.positives[0], 1);
    drawn[out.triplets.negatives[0]]++;
    free(out.triplets.anchors);
  }
  for (size_t j = 0; j < ROWS; j++) {
    const double p = probabilities[j], deviation = sqrt(SEEDS * p * (1 - p));
    if (!(fabs((double)drawn[j] - SEEDS * p) <= 5 * deviation))
      fail_msg("negative %zu drawn %zu times, expected %g +- %g", j, drawn[j], SEEDS * p, deviation);
  }
}

static void random_draws_uniformly(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  brute_batch batch = circle(x, labels);
  batch.options.mining = TRIPLET_MINING_RANDOM;
  double probabilities[ROWS];
  for (size_t j = 0; j < ROWS; j++)
    probabilities[j] = j > 1 ? 1.0 / (ROWS - 2) : 0;
  assert_frequencies(&batch, probabilities);
}

/* q(d) = d^(D - 2) (1 - d^2 / 4)^((D - 3) / 2), D = 4. */
static double density(double d) {
  return d * d * sqrt(1 - d * d / 4);
}

static void distance_weighted_draws_by_the_density(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  brute_batch batch = circle(x, labels);
  batch.options.mining = TRIPLET_MINING_DISTANCE_WEIGHTED;
  double probabilities[ROWS] = {0}, total = 0;
  for (size_t j = 2; j < ROWS; j++) {
    const double d = 2 * sin(0.11 * (double)j); /* on the unit circle, row 0 to row j */
    probabilities[j] = d < 1.4 ? fmin(1 / density(d), 1 / density(0.5)) : 0;
    total += probabilities[j];
  }
  assert_true(probabilities[ROWS - 1] == 0); /* the cutoff is at work */
  for (size_t j = 2; j < ROWS; j++)
    probabilities[j] /= total;
  assert_frequencies(&batch, probabilities);
  /* Where every negative lies beyond the cutoff nothing is drawn. */
  for (size_t k = 0; k < 2 * COLS; k++)
    x[k] = -x[k];
  for (size_t j = 2; j < ROWS; j++)
    memcpy(x + j * COLS, (const float[COLS]){3, 0, 0, 0}, COLS * sizeof(float));
  batch.in.labels.integers.count = batch.in.embeddings.rows = 3;
  mined out = mined_of(NULL, &batch);
  assert_int_equal(out.triplets.count, 0);
  free(out.triplets.anchors);
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

typedef struct failing_call {
  brute_batch batch;
  int32_t columns[3][ROWS * ROWS * ROWS];
} failing_call;

static triplet_status call_mine(triplet_context *context, void *data) {
  failing_call *of = data;
  triplet_triplets triplets = {of->columns[0], of->columns[1], of->columns[2], ROWS * ROWS * ROWS, 0};
  return triplet_mine(context, &of->batch.options, &of->batch.in, &triplets, NULL);
}

static void columns_stand(void *data) {
  const failing_call *of = data;
  assert_true(pattern_stands(of->columns, sizeof of->columns));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  failing_call of = {.batch = circle(x, labels)};
  for (triplet_mining mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++) {
    of.batch.options.mining = mining;
    pattern_set(of.columns, sizeof of.columns);
    fail_each_allocation(call_mine, columns_stand, &of);
  }
}

static void too_little_room_is_refused(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  float x[ROWS * COLS];
  int32_t labels[ROWS], columns[3][20];
  brute_batch batch = circle(x, labels);
  triplet_triplets triplets = {columns[0], columns[1], columns[2], 11, 77};
  size_t capacity;
  for (triplet_mining mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_HARD; mining++) {
    batch.options.mining = mining;
    pattern_set(columns, sizeof columns);
    /* All: 2 x 1 x 10 and 10 x 9 x 2. Hard: one per row. */
    assert_int_equal(triplet_mine_capacity(context, &batch.options, &batch.in, &capacity), TRIPLET_OK);
    assert_int_equal(capacity, mining == TRIPLET_MINING_ALL ? 200 : 12);
    assert_error(context, triplet_mine(context, &batch.options, &batch.in, &triplets, NULL), TRIPLET_INVALID_ARGUMENT,
                 "capacity",
                 mining == TRIPLET_MINING_ALL ? "expected room for 200 triplets, got 11"
                                              : "expected room for 12 triplets, got 11");
    assert_true(pattern_stands(columns, sizeof columns));
    assert_int_equal(triplets.count, 77);
  }
  triplet_context_destroy(context);
}

/* By shapes and labels alone: the embeddings may be anything. */
static void capacity_knows_its_batch(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  const brute_batch good = circle(x, labels);
  brute_batch batch = good;
  size_t capacity = 77;
  x[3] = NAN;
#define CAPACITY triplet_mine_capacity(context, &batch.options, &batch.in, &capacity)
  batch.in.labels.integers.count = ROWS - 1;
  assert_error(context, CAPACITY, TRIPLET_INVALID_ARGUMENT, "labels", "expected 12 integers, got 11");
  batch = good;
  const triplet_references narrow = {.rows = {x, ROWS * COLS, 1}};
  batch.in.references = &narrow;
  assert_error(context, CAPACITY, TRIPLET_INVALID_ARGUMENT, "references", "expected 4 columns like embeddings, got 1");
  batch = good;
  const size_t many = (size_t)INT32_MAX + 1; /* of no numbers, so that there is nothing to read */
  batch.in.embeddings = (triplet_matrix){NULL, many, 0};
  batch.in.labels = triplet_labels_of(labels, many);
  assert_error(context, CAPACITY, TRIPLET_INVALID_ARGUMENT, "embeddings",
               "expected at most 2147483647 rows, got 2147483648");
  assert_int_equal(capacity, 77);

  batch = good;
  assert_int_equal(CAPACITY, TRIPLET_OK);
  assert_int_equal(capacity, 200); /* 2 x 1 x 10 and 10 x 9 x 2 */
#undef CAPACITY
  triplet_context_destroy(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(picks_equal_the_listing),
      cmocka_unit_test(many_positives_find_their_nearest),
      cmocka_unit_test(counts_are_those_of_the_libraries),
      cmocka_unit_test(random_draws_uniformly),
      cmocka_unit_test(distance_weighted_draws_by_the_density),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(too_little_room_is_refused),
      cmocka_unit_test(capacity_knows_its_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
