/* Mined triplets: the picks of the listing, the laws of those that are drawn, and misuse. */
#include "brute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "internal.h"

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

/* Each of them is the mining of its name, to the last draw. */
static void minings_are_pairs_of_strategies(void **state) {
  (void)state;
  static const struct {
    triplet_mining mining;
    triplet_positives positives;
    triplet_negatives negatives;
  } names[] = {
      {TRIPLET_MINING_ALL, TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_ALL},
      {TRIPLET_MINING_HARD, TRIPLET_POSITIVES_HARD, TRIPLET_NEGATIVES_HARD},
      {TRIPLET_MINING_SEMIHARD, TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_SEMIHARD},
      {TRIPLET_MINING_EASY_POSITIVE, TRIPLET_POSITIVES_EASY, TRIPLET_NEGATIVES_SEMIHARD},
      {TRIPLET_MINING_DISTANCE_WEIGHTED, TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_DISTANCE_WEIGHTED},
      {TRIPLET_MINING_RANDOM, TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_RANDOM},
  };
  seeded from = seeded_from(3);
  for (size_t round = 0; round < 20 * sizeof names / sizeof *names; round++) {
    random_batch made;
    random_batch_make(&made, &from, 30);
    const size_t name = round % (sizeof names / sizeof *names);
    made.batch.options.mining = names[name].mining;
    made.batch.options.positives = TRIPLET_POSITIVES_OF_MINING;
    made.batch.options.negatives = TRIPLET_NEGATIVES_OF_MINING;
    mined by_name = mined_of(NULL, &made.batch);
    made.batch.options.mining = TRIPLET_MINING_ALL;
    made.batch.options.positives = names[name].positives;
    made.batch.options.negatives = names[name].negatives;
    mined by_pair = mined_of(NULL, &made.batch);

    const size_t count = by_name.triplets.count;
    assert_int_equal(by_pair.triplets.count, count);
    assert_memory_equal(by_pair.triplets.anchors, by_name.triplets.anchors, count * sizeof(int32_t));
    assert_memory_equal(by_pair.triplets.positives, by_name.triplets.positives, count * sizeof(int32_t));
    assert_memory_equal(by_pair.triplets.negatives, by_name.triplets.negatives, count * sizeof(int32_t));
    assert_memory_equal(&by_pair.stats, &by_name.stats, offsetof(triplet_stats, collapsed) + sizeof(bool));
    free(by_name.triplets.anchors);
    free(by_pair.triplets.anchors);
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

/* ---- triplets of a kind ------------------------------------------------------------------------------------------ */

static void assert_listed(const mined *out, const brute_triplet *triplets, size_t count) {
  assert_int_equal(out->triplets.count, count);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(out->triplets.anchors[i], triplets[i].anchor);
    assert_int_equal(out->triplets.positives[i], triplets[i].positive);
    assert_int_equal(out->triplets.negatives[i], triplets[i].negative);
  }
}

static void mines_exactly_these(triplet_context *context, void *data) {
  const expected *of = data;
  mined out = mined_of(context, of->batch);
  assert_int_equal(out.triplets.capacity, of->count);
  assert_listed(&out, of->triplets, of->count);
  free(out.triplets.anchors);
}

static void assert_mean(double got, double expected) {
  assert_true(fabs(got - expected) <= 1e-12 * fabs(expected) || (isnan(got) && isnan(expected)));
}

static void violating_triplets_equal_the_listing(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  size_t listed = 0;
  for (int round = 0; round < 800; round++) {
    random_batch made;
    random_batch_make(&made, &from, round % 20 ? 14 : 64);
    triplet_options *options = &made.batch.options;
    options->mining = TRIPLET_MINING_ALL;
    options->violating = (triplet_violating)(1 + round % TRIPLET_VIOLATING_EASY);
    brute_triplet *triplets;
    expected of = {&made.batch, NULL, brute_violating(&made.batch, &triplets)};
    of.triplets = triplets;
    listed += of.count;
    if (round % 10 == 0)
      on_every_machine(mines_exactly_these, &of);
    else
      mines_exactly_these(NULL, &of);

    /* Stats are of these triplets. */
    brute_batch plain = made.batch;
    plain.options.swap = plain.options.soft_margin = false;
    plain.options.weights = (triplet_floats){NULL, 0};
    brute_answer answer = brute_loss(&plain, triplets, of.count);
    mined out = mined_of(NULL, &made.batch);
    const triplet_stats *got = &out.stats, *wanted = &answer.stats;
    assert_int_equal(got->triplets, of.count);
    assert_int_equal(got->active, wanted->active);
    assert_int_equal(got->hard, wanted->hard);
    assert_int_equal(got->semihard, wanted->semihard);
    assert_int_equal(got->easy, wanted->easy);
    assert_int_equal(got->nonfinite, wanted->nonfinite);
    assert_int_equal(got->collapsed, wanted->collapsed);
    assert_int_equal(got->anchors_without_positive, wanted->anchors_without_positive);
    assert_int_equal(got->anchors_without_negative, wanted->anchors_without_negative);
    assert_mean(got->mean_positive_distance, wanted->mean_positive_distance);
    assert_mean(got->mean_negative_distance, wanted->mean_negative_distance);

    free(out.triplets.anchors);
    brute_release(&answer);
    free(triplets);
    random_batch_release(&made);
  }
  assert_true(listed > 10000);
}

/* A kind belongs to every triplet: beside another mining it plays no part, and strategies play none beside it. */
static void violating_takes_all_or_nothing(void **state) {
  (void)state;
  seeded from = seeded_from(5);
  random_batch made;
  random_batch_make(&made, &from, 30);
  triplet_options *options = &made.batch.options;
  for (int kind = TRIPLET_VIOLATING_NONE; kind <= TRIPLET_VIOLATING_EASY; kind++) {
    brute_triplet *triplets;
    options->mining = TRIPLET_MINING_SEMIHARD;
    options->violating = (triplet_violating)kind;
    mined out = mined_of(NULL, &made.batch);
    assert_listed(&out, triplets, brute_select(&made.batch, &triplets));
    free(out.triplets.anchors);
    free(triplets);

    options->mining = TRIPLET_MINING_ALL;
    options->positives = TRIPLET_POSITIVES_HARD;
    options->negatives = TRIPLET_NEGATIVES_RANDOM;
    out = mined_of(NULL, &made.batch);
    if (kind)
      assert_listed(&out, triplets, brute_violating(&made.batch, &triplets));
    free(out.triplets.anchors);
    if (kind)
      free(triplets);
  }
  random_batch_release(&made);
}

/* TripletMarginMiner takes what touches the margin, as PyTorch's hinge does. */
static void violating_triplets_are_those_of_the_library(void **state) {
  (void)state;
  static const char *const rules[] = {"", "margin_all", "margin_hard", "margin_semihard", "margin_easy"};
  golden_file *file = golden_open("batch.txt");
  size_t cases = 0;
  while (golden_next(file)) {
    brute_batch batch = {.options = triplet_batch_options()};
    for (int kind = 1; kind <= TRIPLET_VIOLATING_EASY; kind++)
      if (strcmp(golden_text(file, "rule"), rules[kind]) == 0)
        batch.options.violating = (triplet_violating)kind;
    if (!batch.options.violating)
      continue;
    batch.options.convention = TRIPLET_CONVENTION_TORCH;
    batch.options.eps = 0;
    batch.options.margin = golden_number(file, "margin");

    const size_t b = (size_t)golden_number(file, "b"), d = (size_t)golden_number(file, "d");
    const size_t count = (size_t)golden_number(file, "count");
    const double *labels = golden_doubles(file, "labels", b);
    int32_t *exact = malloc((b + 1) * sizeof *exact);
    for (size_t i = 0; i < b; i++)
      exact[i] = (int32_t)labels[i];
    batch.in.embeddings = triplet_matrix_of(golden_floats(file, "embeddings", b * d), b, d);
    batch.in.labels = triplet_labels_of(exact, b);
    mined out = mined_of(NULL, &batch);
    if (out.triplets.count != count)
      fail_msg("%s: %zu triplets, the library has %zu", golden_text(file, "case"), out.triplets.count, count);
    const double *triplets = count ? golden_doubles(file, "triplets", 3 * count) : NULL;
    for (size_t i = 0; i < count; i++) {
      assert_int_equal(out.triplets.anchors[i], triplets[3 * i]);
      assert_int_equal(out.triplets.positives[i], triplets[3 * i + 1]);
      assert_int_equal(out.triplets.negatives[i], triplets[3 * i + 2]);
    }
    free(out.triplets.anchors);
    free(exact);
    cases++;
  }
  golden_close(file);
  assert_true(cases >= 30);
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

/* One negative for each positive that is used, all of which brute_select lists; none but where the cutoff leaves none.
 */
static void negatives_are_drawn_for_the_positives_used(void **state) {
  (void)state;
  seeded from = seeded_from(6);
  for (int round = 0; round < 200; round++) {
    random_batch made;
    random_batch_make(&made, &from, 20);
    triplet_options *options = &made.batch.options;
    options->mining = TRIPLET_MINING_ALL;
    options->positives = (triplet_positives)(round / 2 % (TRIPLET_POSITIVES_EASY + 1));
    options->negatives = round % 2 ? TRIPLET_NEGATIVES_RANDOM : TRIPLET_NEGATIVES_DISTANCE_WEIGHTED;
    options->far_cutoff = 2.5; /* beyond all */
    brute_triplet *triplets;
    const size_t count = brute_select(&made.batch, &triplets);
    mined out = mined_of(NULL, &made.batch);

    size_t drawn = 0;
    for (size_t i = 0; i < count; i++) {
      const bool begins =
          !i || triplets[i - 1].anchor != triplets[i].anchor || triplets[i - 1].positive != triplets[i].positive;
      drawn += begins && i > 0; /* the last pair's */
      assert_true(drawn < out.triplets.count);
      assert_int_equal(out.triplets.anchors[drawn], triplets[i].anchor);
      assert_int_equal(out.triplets.positives[drawn], triplets[i].positive);
    }
    assert_int_equal(out.triplets.count, count ? drawn + 1 : 0);
    for (size_t i = 0, at = 0; i < out.triplets.count; i++) {
      while (at < count &&
             (triplets[at].anchor != out.triplets.anchors[i] || triplets[at].positive != out.triplets.positives[i] ||
              triplets[at].negative != out.triplets.negatives[i]))
        at++;
      assert_true(at < count);
    }
    free(out.triplets.anchors);
    free(triplets);
    random_batch_release(&made);
  }
}

/* q(d) = d^(D - 2) (1 - d^2 / 4)^((D - 3) / 2), D = 4. */
static double density(double d) {
  return d * d * sqrt(1 - d * d / 4);
}

static void distance_weighted_draws_by_the_density(void **state) {
  (void)state;
  static const double cutoffs[][2] = {{0.5, 1.4}, {0.7, 1.1}, {0.3, 9}, {3, 1.4}};
  float x[ROWS * COLS];
  int32_t labels[ROWS];
  brute_batch batch = circle(x, labels);
  batch.options.mining = TRIPLET_MINING_DISTANCE_WEIGHTED;
  for (size_t i = 0; i < sizeof cutoffs / sizeof *cutoffs; i++) {
    const double near = cutoffs[i][0], far = cutoffs[i][1];
    batch.options.cutoff = near;
    batch.options.far_cutoff = far;
    double probabilities[ROWS] = {0}, total = 0;
    for (size_t j = 2; j < ROWS; j++) {
      const double d = 2 * sin(0.11 * (double)j); /* on the unit circle, row 0 to row j */
      probabilities[j] = !(d < far) ? 0 : near > 2 ? 1 : fmin(1 / density(d), 1 / density(near));
      total += probabilities[j];
    }
    assert_true((probabilities[ROWS - 1] == 0) == (far < 2));
    for (size_t j = 2; j < ROWS; j++)
      probabilities[j] /= total;
    assert_frequencies(&batch, probabilities);
  }

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

/* Of a batch with a row of zeros, which nothing is compared with, every chance is taken by logarithms and exponentials.
 */
static void draws_these(triplet_context *context, void *data) {
  for (int kept = 0; kept < 2; kept++) {
    context->kept_pairs = kept ? TRIPLET_KEPT_PAIRS : 0;
    mines_these(context, data);
  }
}

static void draws_by_distance_are_exact(void **state) {
  (void)state;
  enum { MOST = 90, WIDEST = 600, IGNORED = 9 };
  static const size_t widths[] = {2, 3, 4, 7, 8, 16, 100, WIDEST};
  static const double cutoffs[] = {0.5, 1e-3, 1e-7, 1.2, 3}, far_cutoffs[] = {1.4, 0.7, 1.42, 9, 1e-9};
  seeded from = seeded_from(31);
  for (size_t round = 0; round < 200; round++) {
    const size_t rows = 3 + seeded_below(&from, MOST - 3), cols = widths[round % 8];
    const double spread = round % 3 ? 1 : 0.2; /* about one direction */
    floats x = floats_make((rows + 1) * cols, 0);
    int32_t labels[MOST + 1];
    for (size_t i = 0; i < rows; i++) {
      labels[i] = (int32_t)seeded_below(&from, 4);
      for (size_t k = 0; k < cols; k++)
        x.data[i * cols + k] = (float)(seeded_between(&from, -spread, spread) + (k == 0) * (1 - spread));
      if (i > 0 && seeded_below(&from, 8) == 0) /* equal but for their length */
        for (size_t k = 0; k < cols; k++)
          x.data[i * cols + k] = 2 * x.data[(i - 1) * cols + k];
    }
    memset(x.data + rows * cols, 0, cols * sizeof(float));
    labels[rows] = IGNORED;

    brute_batch batch = {triplet_batch_options(),
                         {{x.data, rows + 1, cols}, triplet_labels_of(labels, rows + 1), NULL}};
    batch.options.mining = TRIPLET_MINING_DISTANCE_WEIGHTED;
    batch.options.cutoff = cutoffs[round % 5];
    batch.options.far_cutoff = far_cutoffs[round / 5 % 5];
    batch.options.seed = (int64_t)round;
    batch.options.ignore_label = IGNORED;
    batch.options.distance = round % 7 ? TRIPLET_DISTANCE_MINKOWSKI : TRIPLET_DISTANCE_COSINE;
    brute_triplet *triplets;
    expected of = {&batch, NULL, brute_list(&batch, &triplets)};
    of.triplets = triplets;

    batch.in.embeddings.rows = rows;
    batch.in.labels = triplet_labels_of(labels, rows);
    on_every_machine(draws_these, &of);
    free(triplets);
    floats_release(&x);
  }
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

typedef struct failing_call {
  brute_batch batch;
  int32_t columns[3][ROWS * ROWS * ROWS];
} failing_call;

static triplet_status call_mine(triplet_context *context, void *data) {
  failing_call *of = data;
  size_t capacity;
  const triplet_status status = triplet_mine_capacity(context, &of->batch.options, &of->batch.in, &capacity);
  if (status != TRIPLET_OK)
    return status;
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
  of.batch.options.mining = TRIPLET_MINING_ALL;
  of.batch.options.violating = TRIPLET_VIOLATING_EASY;
  pattern_set(of.columns, sizeof of.columns);
  fail_each_allocation(call_mine, columns_stand, &of);
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
  assert_error(context, CAPACITY, TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 12 rows, got 11");
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

  /* Beyond 2^53 triplets no memory reaches, and no double counts them. */
  enum { MOST = 400000, FEWER = 300000 };
  int32_t *halves = malloc(MOST * sizeof *halves);
  for (size_t i = 0; i < MOST; i++)
    halves[i] = (int32_t)(i % 2);
  batch = good;
  batch.in = (triplet_batch){{NULL, MOST, 0}, triplet_labels_of(halves, MOST), NULL};
  assert_int_equal(CAPACITY, TRIPLET_OUT_OF_MEMORY);
  assert_string_equal(triplet_context_error(context)->argument, "labels");
  assert_int_equal(capacity, 77);
  batch.in = (triplet_batch){{NULL, FEWER, 0}, triplet_labels_of(halves, FEWER), NULL};
  assert_int_equal(CAPACITY, TRIPLET_OK);
  assert_int_equal(capacity, (uint64_t)FEWER * (FEWER / 2) * (FEWER / 2 - 1));
  free(halves);

  batch = good;
  assert_int_equal(CAPACITY, TRIPLET_OK);
  assert_int_equal(capacity, 200); /* 2 x 1 x 10 and 10 x 9 x 2 */
#undef CAPACITY
  triplet_context_destroy(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(picks_equal_the_listing),
      cmocka_unit_test(minings_are_pairs_of_strategies),
      cmocka_unit_test(many_positives_find_their_nearest),
      cmocka_unit_test(violating_triplets_equal_the_listing),
      cmocka_unit_test(violating_takes_all_or_nothing),
      cmocka_unit_test(violating_triplets_are_those_of_the_library),
      cmocka_unit_test(counts_are_those_of_the_libraries),
      cmocka_unit_test(random_draws_uniformly),
      cmocka_unit_test(negatives_are_drawn_for_the_positives_used),
      cmocka_unit_test(distance_weighted_draws_by_the_density),
      cmocka_unit_test(draws_by_distance_are_exact),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(too_little_room_is_refused),
      cmocka_unit_test(capacity_knows_its_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
