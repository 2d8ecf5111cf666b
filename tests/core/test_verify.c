/* Verification against its definitions: every pair listed, every threshold tried, in double. */
#include "pairs_listed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = MOST_ROWS * MOST_ROWS + 1, MOST_FARS = 6 };

static void assert_near(double got, double expected, const char *what) {
  if (!(fabs(got - expected) <= 1e-12 || (isnan(got) && isnan(expected)) || got == expected))
    fail_msg("%s: got %.17g, expected %.17g", what, got, expected);
}

/* ---- problems ---------------------------------------------------------------------------------------------------- */

typedef struct problem {
  triplet_options options;
  triplet_batch batch;
  triplet_given_pairs given;
  bool is_given;
  triplet_doubles far;
  size_t curve_capacity;
  pair_list list;
  triplet_verification first; /* of the first machine */
  triplet_operating_point first_points[MOST_FARS + MOST_POINTS];
  bool seen;
} problem;

static triplet_status run(triplet_context *with, problem *of, triplet_verification *found) {
  return of->is_given ? triplet_verify_pairs(with, &of->options, &of->given, of->far, found)
                      : triplet_verify(with, &of->options, &of->batch, of->far, found);
}

static void check(triplet_context *with, void *data) {
  problem *of = data;
  static triplet_operating_point points[MOST_FARS + MOST_POINTS];
  triplet_verification found = {.at_far = points, .curve_capacity = of->curve_capacity};
  if (of->curve_capacity)
    found.curve = points + MOST_FARS;
  pattern_set(points, sizeof points);
  assert_int_equal(run(with, of, &found), TRIPLET_OK);
  if (!of->seen) {
    assert_found(&found, &of->list, of->far, of->options.threshold);
    of->first = found;
    memcpy(of->first_points, points, sizeof points);
    of->seen = true;
  }
  assert_memory_equal(&found, &of->first, sizeof found);
  assert_memory_equal(points, of->first_points, sizeof points);
}

static void list_batch(problem *of, const judged_sets *sets) {
  const triplet_matrix x = of->batch.embeddings, y = of->batch.references ? of->batch.references->rows : x;
  const bool once = !of->batch.references && !sets->labels.relations.data;
  triplet_options options = of->options;
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  float *distances = malloc((x.rows * y.rows + 1) * sizeof *distances);
  assert_int_equal(triplet_distances(NULL, &options, x, y, (triplet_matrix){distances, x.rows, y.rows}), TRIPLET_OK);
  of->list.count = 0;
  for (size_t i = 0; i < x.rows; i++)
    for (size_t j = once ? i + 1 : 0; j < y.rows; j++) {
      const int relation = judged_relation(sets, i, j);
      if (relation)
        add_pair(&of->list, distances[i * y.rows + j], relation == 1);
    }
  free(distances);
}

static void make_ties(float *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    values[i] = rintf(values[i]);
}

static void make_bad(seeded *from, float *values, size_t count) {
  static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
  for (size_t i = 0; i < 4 && count; i++)
    values[seeded_below(from, count)] = bad[i];
}

/* Rates that are reached exactly, and others. */
static void draw_wishes(problem *of, seeded *from, double *far) {
  far[0] = 0;
  far[1] = 1;
  far[2] = seeded_between(from, 0, 0.1);
  far[3] = seeded_between(from, 0, 1);
  far[4] = 1.0 / (double)(1 + seeded_below(from, 50));
  far[5] = 0.5;
  of->far = (triplet_doubles){far, seeded_below(from, MOST_FARS + 1)};
  of->options.threshold = seeded_below(from, 3) ? seeded_between(from, -1, 6) : (double)INFINITY;
  if (seeded_below(from, 2))
    of->options.threshold = rint(of->options.threshold);
  const size_t capacities[] = {0, 2, 3, 9, MOST_POINTS};
  of->curve_capacity = capacities[seeded_below(from, 5)];
  static const triplet_convention conventions[] = {TRIPLET_CONVENTION_EXACT, TRIPLET_CONVENTION_TORCH,
                                                   TRIPLET_CONVENTION_OPTAX};
  of->options.convention = conventions[seeded_below(from, 3)];
  of->options.eps = 0.25; /* directed pairs that differ */
  of->options.distance = (triplet_distance)seeded_below(from, DISTANCES);
  if (seeded_below(from, 4) == 0)
    of->options.nonfinite = TRIPLET_NONFINITE_ALLOW;
}

static problem *new_problem(void) {
  problem *of = calloc(1, sizeof *of);
  of->options = triplet_batch_options();
  return of;
}

static void problem_free(problem *of) {
  free(of->list.pairs);
  free(of);
}

/* Each kind of labels, with references and without, more same or more different, ties. */
static void equals_its_definition(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  size_t more_same = 0, both = 0;
  for (int round = 0; round < 240; round++) {
    const size_t n = seeded_below(&from, MOST_ROWS), d = 1 + seeded_below(&from, 6);
    const size_t m = round % 2 ? 1 + seeded_below(&from, MOST_ROWS - 1) : 0;
    floats x = floats_random(&from, n * d, 0, 2), y = floats_random(&from, m * d, 0, 2);
    problem *of = new_problem();
    static random_labels labels;
    judged_sets sets;
    double far[MOST_FARS];
    random_labels_make(&labels, &from, (labelling)(round % LABELLINGS), n, m, &sets);
    const triplet_references references = {{y.data, m, d}, sets.reference_labels, {sets.self, sets.self ? n : 0}};
    of->batch = (triplet_batch){{x.data, n, d}, sets.labels, m ? &references : NULL};
    of->options.ignore_label = sets.ignore_label;
    draw_wishes(of, &from, far);
    if (round % 4 < 2) {
      make_ties(x.data, n * d);
      make_ties(y.data, m * d);
    }
    if (of->options.nonfinite == TRIPLET_NONFINITE_ALLOW)
      make_bad(&from, x.data, n * d);
    list_batch(of, &sets);
    on_every_machine(check, of);
    more_same += of->first.same > of->first.different;
    both += of->first.same && of->first.different;
    problem_free(of);
    floats_release(&y);
    floats_release(&x);
  }
  assert_in_range(more_same, 20, 120);
  assert_in_range(both, 150, 240);
}

static void given_pairs_equal_their_definition(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (int round = 0; round < 120; round++) {
    const size_t n = seeded_below(&from, round % 10 ? 300 : MOST_POINTS), d = 1 + seeded_below(&from, 5);
    floats x = floats_random(&from, n * d, 0, 2), y = floats_random(&from, n * d, 0, 2);
    uint8_t *same = malloc(n + 1);
    problem *of = new_problem();
    double far[MOST_FARS];
    const size_t share = 1 + seeded_below(&from, 9);
    for (size_t i = 0; i < n; i++)
      same[i] = seeded_below(&from, 10) < share;
    of->is_given = true;
    of->given = (triplet_given_pairs){{x.data, n, d}, {y.data, n, d}, same};
    draw_wishes(of, &from, far);
    if (round % 2) {
      make_ties(x.data, n * d);
      make_ties(y.data, n * d);
    }
    if (of->options.nonfinite == TRIPLET_NONFINITE_ALLOW)
      make_bad(&from, x.data, n * d);
    for (size_t i = 0; i < n; i++) {
      float distance;
      triplet_options options = of->options;
      options.nonfinite = TRIPLET_NONFINITE_ALLOW;
      assert_int_equal(triplet_distances(NULL, &options, triplet_matrix_of(x.data + i * d, 1, d),
                                         triplet_matrix_of(y.data + i * d, 1, d), (triplet_matrix){&distance, 1, 1}),
                       TRIPLET_OK);
      add_pair(&of->list, distance, same[i]);
    }
    on_every_machine(check, of);
    problem_free(of);
    free(same);
    floats_release(&y);
    floats_release(&x);
  }
}

/* ---- many pairs -------------------------------------------------------------------------------------------------- */

/* More rows than a piece has, more distances than all are ranked among at once, and more pieces than a round has. The
 * rarer kind are the same, or the others. */
static void many_pairs_equal_their_definition(void **state) {
  (void)state;
  enum { ROWS = 2500, COLS = 3 };
  seeded from = seeded_from(3);
  for (int kind = 0; kind < 4; kind++) {
    const size_t references = kind % 2 ? 1500 : 0, classes = kind < 2 ? 40 : 1;
    floats x = floats_random(&from, ROWS * COLS, 0, 3);
    int32_t *labels = malloc(ROWS * sizeof *labels);
    for (size_t i = 0; i < ROWS; i++)
      labels[i] = classes == 1 ? i % 50 == 0 : (int32_t)seeded_below(&from, classes);
    problem *of = new_problem();
    double far[MOST_FARS];
    draw_wishes(of, &from, far);
    of->options.distance = TRIPLET_DISTANCE_MINKOWSKI;
    of->options.threshold = 2.5;
    of->curve_capacity = MOST_POINTS;

    const triplet_references others = {{x.data, references, COLS}, triplet_labels_of(labels, references), {NULL, 0}};
    of->batch = (triplet_batch){{x.data + references * COLS, ROWS - references, COLS},
                                triplet_labels_of(labels + references, ROWS - references),
                                references ? &others : NULL};
    const judged_sets sets = {.queries = ROWS - references,
                              .references = references ? references : ROWS,
                              .labels = of->batch.labels,
                              .reference_labels = references ? others.labels : of->batch.labels,
                              .ignore_label = TRIPLET_NO_LABEL};
    list_batch(of, &sets);
    for (size_t threads = 1; threads <= 4; threads += 3) {
      assert_int_equal(triplet_context_set_threads(context, threads), TRIPLET_OK);
      check(context, of);
    }
    problem_free(of);
    free(labels);
    floats_release(&x);
  }
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

enum { SAMPLED_ROWS = 40, MOST_DRAWN = 300 };

/* Rows on a line, no two pairs at the same distance. */
static void scatter(float *x, size_t rows) {
  for (size_t i = 0; i < rows; i++)
    x[i] = (float)(i * i * i % 1009) + (float)i / 1024 * (float)i;
}

/* Which pairs of the rarer kind, ascending, were drawn: what is accepted just up to each tells. */
static void find_drawn(problem *of, const pair_list *rarer, bool *drawn) {
  int64_t before = 0;
  for (size_t i = 0; i < rarer->count; i++) {
    triplet_verification found = {0};
    of->options.threshold = rarer->pairs[i].distance;
    assert_int_equal(run(context, of, &found), TRIPLET_OK);
    const double rate = rarer->pairs[i].same ? found.judged.tar : found.judged.far;
    const int64_t accepted = (int64_t)rint(rate * (double)found.used);
    assert_true(accepted == before || accepted == before + 1);
    drawn[i] = accepted > before;
    before = accepted;
  }
  of->options.threshold = INFINITY;
}

/* Of 40 rows of 5 classes, or of 2 of which one is small: more different pairs, or more that are the same. */
static void of_more_pairs_a_sample_stands_for_them(void **state) {
  (void)state;
  float x[SAMPLED_ROWS];
  int32_t labels[SAMPLED_ROWS];
  scatter(x, SAMPLED_ROWS);
  for (int kind = 0; kind < 2; kind++) {
    for (size_t i = 0; i < SAMPLED_ROWS; i++)
      labels[i] = kind ? i % 10 == 3 : (int32_t)(i % 5);
    problem *of = new_problem();
    static const double far[] = {0.1, 0.5};
    of->far = (triplet_doubles){far, 2};
    of->batch = (triplet_batch){{x, SAMPLED_ROWS, 1}, triplet_labels_of(labels, SAMPLED_ROWS), NULL};
    const judged_sets sets = {.queries = SAMPLED_ROWS,
                              .references = SAMPLED_ROWS,
                              .labels = of->batch.labels,
                              .reference_labels = of->batch.labels,
                              .ignore_label = TRIPLET_NO_LABEL};
    list_batch(of, &sets);
    sort_pairs(&of->list);
    pair_list rarer = {0};
    for (size_t i = 0; i < of->list.count; i++)
      if (of->list.pairs[i].same == !kind)
        add_pair(&rarer, of->list.pairs[i].distance, !kind);
    const size_t common = of->list.count - rarer.count;
    assert_in_range(rarer.count, 100, MOST_DRAWN);

    size_t times[MOST_DRAWN] = {0};
    enum { SEEDS = 60, WANTED = 60 };
    for (int64_t seed = 0; seed < SEEDS; seed++) {
      bool drawn[MOST_DRAWN];
      triplet_operating_point points[2 + MOST_POINTS];
      triplet_verification found = {.at_far = points, .curve = points + 2, .curve_capacity = MOST_POINTS};
      of->options.seed = seed;
      of->options.most_pairs = WANTED;
      find_drawn(of, &rarer, drawn);
      assert_int_equal(run(context, of, &found), TRIPLET_OK);
      assert_int_equal(kind ? found.different : found.same, rarer.count);
      assert_int_equal(kind ? found.same : found.different, common);
      assert_int_equal(found.used, WANTED);

      pair_list sample = {0};
      for (size_t i = 0, at = 0; i < of->list.count; i++) {
        const pair *one = &of->list.pairs[i];
        const bool is_rarer = one->same == !kind;
        if (!is_rarer || drawn[at])
          add_pair(&sample, one->distance, one->same);
        times[at] += is_rarer && drawn[at];
        at += is_rarer;
      }
      assert_int_equal(sample.count, common + WANTED);
      oracle *expected = oracle_of(&sample);
      assert_figures(&found, &sample, expected, of->far);

      double most = 0, threshold = 0; /* a pair of the sample counts for those that it stands for */
      for (size_t i = 0; i < expected->count; i++) {
        const double same = tar_of(expected, &expected->levels[i]),
                     different = 1 - far_of(expected, &expected->levels[i]);
        const double right = (same * (double)found.same + different * (double)found.different) / (double)of->list.count;
        if (right > most + 1e-12) {
          most = right;
          threshold = threshold_of(expected, i);
        }
      }
      assert_near(found.accuracy, most, "accuracy");
      assert_near(found.threshold, threshold, "threshold");
      free(expected);
      free(sample.pairs);
    }
    const double share = (double)WANTED / (double)rarer.count;
    for (size_t i = 0; i < rarer.count; i++)
      assert_true(fabs((double)times[i] - SEEDS * share) < 5 * sqrt(SEEDS * share * (1 - share)));

    of->options.most_pairs = (int64_t)rarer.count; /* all */
    check(context, of);
    free(rarer.pairs);
    problem_free(of);
  }
}

/* The pairs that are drawn depend on the seed, and on nothing else. */
static void samples_are_the_same_everywhere(void **state) {
  (void)state;
  enum { ROWS = 1300 };
  static float x[2 * ROWS];
  static int32_t labels[ROWS];
  seeded from = seeded_from(5);
  seeded_fill(&from, x, 2 * ROWS, 1);
  for (size_t i = 0; i < ROWS; i++)
    labels[i] = (int32_t)seeded_below(&from, 8);
  triplet_verification first[2];
  for (int64_t seed = 0; seed < 2; seed++)
    for (size_t threads = 1; threads <= 4; threads++) {
      triplet_options options = triplet_batch_options();
      options.seed = seed;
      options.most_pairs = 500;
      triplet_verification found = {0};
      assert_int_equal(triplet_context_set_threads(context, threads), TRIPLET_OK);
      const triplet_batch batch = {{x, ROWS, 2}, triplet_labels_of(labels, ROWS), NULL};
      assert_int_equal(triplet_verify(context, &options, &batch, (triplet_doubles){NULL, 0}, &found), TRIPLET_OK);
      if (threads == 1)
        first[seed] = found;
      assert_memory_equal(&found, &first[seed], sizeof found);
    }
  assert_true(first[0].used == 500 && first[0].auc != first[1].auc && fabs(first[0].auc - 0.5) < 0.1);
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

/* Two rows of either class on a line: the same are at 1 and 4, the others at 2, 3, 6 and 7. */
static void is_right_by_hand(void **state) {
  (void)state;
  float x[] = {0, 1, 3, 7};
  const int32_t labels[] = {1, 1, 2, 2};
  static const double far[] = {0, 0.5, 0.49, 1};
  triplet_operating_point at[4], curve[8];
  triplet_verification found = {.at_far = at, .curve = curve, .curve_capacity = 8};
  triplet_options options = triplet_batch_options();
  options.threshold = 3;
  const triplet_batch batch = {{x, 4, 1}, triplet_labels_of(labels, 4), NULL};
  assert_int_equal(triplet_verify(NULL, &options, &batch, (triplet_doubles){far, 4}, &found), TRIPLET_OK);
  assert_true(found.same == 2 && found.different == 4 && found.used == 2);
  assert_true(found.auc == 6.0 / 8);
  assert_true(found.eer == 0.5 && found.eer_threshold == 3.5); /* FAR 1/2 and TAR 1/2, before the same at 4 */
  assert_true(found.accuracy == 5.0 / 6 && found.threshold == 1.5);
  assert_true(found.judged.threshold == 3 && found.judged.far == 0.5 && found.judged.tar == 0.5);
  assert_true(found.judged_accuracy == 3.0 / 6);
  assert_true(at[0].far == 0 && at[0].tar == 0.5 && at[0].threshold == 1.5);
  assert_true(at[1].far == 0.5 && at[1].tar == 1 && at[1].threshold == 5);
  assert_true(at[2].far == 0 && at[2].tar == 0.5);
  assert_true(at[3].far == 0.5 && at[3].tar == 1);
  static const triplet_operating_point corners[] = {
      {-INFINITY, 0, 0}, {1, 0, 0.5}, {3, 0.5, 0.5}, {4, 0.5, 1}, {7, 1, 1}};
  assert_int_equal(found.curve_count, 5);
  assert_memory_equal(curve, corners, sizeof corners);
}

/* All at one distance: nothing is told, and nothing is what is most often right. */
static void what_cannot_be_told_apart(void **state) {
  (void)state;
  float x[] = {1, 1, 1};
  const int32_t labels[] = {1, 1, 2};
  triplet_operating_point curve[2];
  triplet_verification found = {.curve = curve, .curve_capacity = 2};
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = {{x, 3, 1}, triplet_labels_of(labels, 3), NULL};
  assert_int_equal(triplet_verify(NULL, &options, &batch, (triplet_doubles){NULL, 0}, &found), TRIPLET_OK);
  assert_true(found.auc == 0.5 && found.eer == 0.5 && found.accuracy == 2.0 / 3 && found.threshold == -INFINITY);
  assert_int_equal(found.curve_count, 2);
  assert_true(curve[1].threshold == 0 && curve[1].far == 1 && curve[1].tar == 1);
}

/* ---- what is not finite ------------------------------------------------------------------------------------------ */

static void what_is_not_finite_is_named(void **state) {
  (void)state;
  float x[] = {0, 1, 2, NAN, 4};
  int32_t labels[] = {1, 1, 2, 2, 3};
  const uint8_t same[] = {1, 0, 0, 1, 0};
  triplet_options options = triplet_batch_options();
  triplet_operating_point at[1];
  triplet_verification found, before;
  const double far[] = {0.5};
  pattern_set(&found, sizeof found);
  pattern_set(at, sizeof at);
  found.at_far = at;
  found.curve = NULL;
  before = found;
  const triplet_batch batch = {{x, 5, 1}, triplet_labels_of(labels, 5), NULL};
  const triplet_given_pairs given = {{x, 5, 1}, {x, 5, 1}, same};
  assert_error(context, triplet_verify(context, &options, &batch, (triplet_doubles){far, 1}, &found),
               TRIPLET_NOT_FINITE, "embeddings", "row 2 has a distance that is not finite"); /* the same, first */
  assert_error(context, triplet_verify_pairs(context, &options, &given, (triplet_doubles){far, 1}, &found),
               TRIPLET_NOT_FINITE, "first", "row 3 has a distance that is not finite");
  labels[3] = 4;
  assert_error(context, triplet_verify(context, &options, &batch, (triplet_doubles){far, 1}, &found),
               TRIPLET_NOT_FINITE, "embeddings", "row 0 has a distance that is not finite");
  assert_memory_equal(&found, &before, sizeof found);
  assert_true(pattern_stands(at, sizeof at));

  options.ignore_label = 4; /* it plays no part */
  assert_int_equal(triplet_verify(context, &options, &batch, (triplet_doubles){far, 1}, &found), TRIPLET_OK);
  assert_true(found.same == 1 && found.different == 5 && found.auc == 1 - 1.0 / 10);

  /* The same of rows 2 and 3 lies beyond every threshold but the curve's last, as do three of the others. */
  labels[3] = 2;
  options = triplet_batch_options();
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  options.threshold = 1e300;
  triplet_operating_point curve[9];
  found = (triplet_verification){.at_far = at, .curve = curve, .curve_capacity = 9};
  const double all[] = {1};
  assert_int_equal(triplet_verify(context, &options, &batch, (triplet_doubles){all, 1}, &found), TRIPLET_OK);
  assert_true(found.same == 2 && found.different == 8);
  assert_true(found.judged.tar == 0.5 && found.judged.far == 5.0 / 8 && at[0].tar == 0.5 && at[0].threshold == 1.5);
  assert_true(found.auc == (4 + 3 + 0.5 + 1.5) / 16);
  assert_true(isinf(curve[found.curve_count - 1].threshold) && curve[found.curve_count - 2].threshold == 4);
}

/* ---- misuse and memory ------------------------------------------------------------------------------------------- */

static void refuses_misuse(void **state) {
  (void)state;
  float x[] = {0, 1, 2, 3};
  static const int32_t labels[] = {1, 1, 2};
  static const uint8_t same[] = {1, 0};
  static const double fine[] = {0, 1}, above[] = {0.5, 1.5}, below[] = {-0.1}, unknown[] = {NAN};
  triplet_options options = triplet_batch_options();
  triplet_operating_point curve[1];
  triplet_verification found, before;
  pattern_set(&found, sizeof found);
  found.curve = NULL;
  found.at_far = NULL;
  before = found;
  triplet_batch batch = {{x, 2, 2}, triplet_labels_of(labels, 2), NULL};
  triplet_given_pairs given = {{x, 2, 2}, {x, 2, 2}, same};
  triplet_doubles far = {fine, 2};

#define REFUSED(argument, message)                                                                                     \
  assert_error(context, triplet_verify(context, &options, &batch, far, &found), TRIPLET_INVALID_ARGUMENT, argument,    \
               message)
#define PAIRS_REFUSED(argument, message)                                                                               \
  assert_error(context, triplet_verify_pairs(context, &options, &given, far, &found), TRIPLET_INVALID_ARGUMENT,        \
               argument, message)
  far = (triplet_doubles){above, 2};
  REFUSED("far", "expected numbers in [0, 1], got 1.5 at index 1");
  PAIRS_REFUSED("far", "expected numbers in [0, 1], got 1.5 at index 1");
  far = (triplet_doubles){below, 1};
  REFUSED("far", "expected numbers in [0, 1], got -0.1 at index 0");
  far = (triplet_doubles){unknown, 1};
  assert_int_equal(triplet_verify(context, &options, &batch, far, &found), TRIPLET_INVALID_ARGUMENT);
  far = (triplet_doubles){NULL, 3};
  REFUSED("far", "expected 3 numbers, got NULL");
  far = (triplet_doubles){NULL, 0};

  found.curve = before.curve = curve;
  found.curve_capacity = before.curve_capacity = 1;
  REFUSED("curve", "expected room for at least 2 points, got 1");
  PAIRS_REFUSED("curve", "expected room for at least 2 points, got 1");
  found.curve = before.curve = NULL;

  batch.labels.integers.count = 1;
  REFUSED("labels", "expected labels of 2 rows, got 1");
  given.second.rows = 1;
  PAIRS_REFUSED("second", "expected 2 x 2 like first, got 1 x 2");
  given.second.rows = 2;
  given.same = NULL;
  PAIRS_REFUSED("same", "expected 2 bytes, got NULL");
  given.first.data = NULL;
  PAIRS_REFUSED("first", "expected 2 x 2 floats, got NULL");
  options.most_pairs = 0;
  REFUSED("most_pairs", "expected an integer in 1 .. 1000000000, got 0");
  options.begun = 0;
  assert_int_equal(triplet_verify(context, &options, &batch, far, &found), TRIPLET_INVALID_ARGUMENT);
  assert_int_equal(triplet_verify_pairs(context, &options, &given, far, &found), TRIPLET_INVALID_ARGUMENT);
#undef PAIRS_REFUSED
#undef REFUSED
  assert_memory_equal(&found, &before, sizeof found);
}

typedef struct small_problem {
  float x[60];
  int32_t labels[30];
  bool is_given;
  triplet_verification found;
  triplet_operating_point points[10];
} small_problem;

static triplet_status call(triplet_context *with, void *data) {
  small_problem *of = data;
  static const double far[] = {0.1, 0.5};
  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_COSINE;
  const triplet_doubles rates = {far, 2};
  if (of->is_given) {
    const triplet_given_pairs given = {{of->x, 15, 2}, {of->x + 30, 15, 2}, (const uint8_t *)of->labels};
    return triplet_verify_pairs(with, &options, &given, rates, &of->found);
  }
  const triplet_references others = {{of->x, 10, 2}, triplet_labels_of(of->labels, 10), {NULL, 0}};
  const triplet_batch batch = {{of->x + 20, 20, 2}, triplet_labels_of(of->labels + 10, 20), &others};
  return triplet_verify(with, &options, &batch, rates, &of->found);
}

static void untouched(void *data) {
  const small_problem *of = data;
  assert_true(pattern_stands(of->points, sizeof of->points) && pattern_stands(&of->found.auc, sizeof of->found.auc));
}

static void survives_short_memory(void **state) {
  (void)state;
  seeded from = seeded_from(6);
  for (int is_given = 0; is_given < 2; is_given++) {
    small_problem of;
    pattern_set(&of, sizeof of);
    of.is_given = is_given;
    of.found.at_far = of.points;
    of.found.curve = of.points + 2;
    of.found.curve_capacity = 8;
    seeded_fill(&from, of.x, 60, 1);
    for (size_t i = 0; i < 30; i++)
      of.labels[i] = (int32_t)seeded_below(&from, 3);
    assert_in_range(fail_each_allocation(call, untouched, &of), 8, 20);
  }
}

/* 32 bytes for each pair of the rarer kind, and what a round takes. */
static void memory_is_that_of_the_rarer_kind(void **state) {
  (void)state;
  enum { ROWS = 4000, ROUND = 13 << 20 };
  static float x[ROWS];
  static int32_t labels[ROWS];
  seeded from = seeded_from(8);
  seeded_fill(&from, x, ROWS, 1);
  for (size_t i = 0; i < ROWS; i++)
    labels[i] = i < 20 ? 0 : (int32_t)(i % 7) + 1;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *counted = triplet_context_create(&allocator);
  triplet_options options = triplet_batch_options();
  triplet_verification found = {0};
  const triplet_batch batch = {{x, ROWS, 1}, triplet_labels_of(labels, ROWS), NULL};
  assert_int_equal(triplet_verify(counted, &options, &batch, (triplet_doubles){NULL, 0}, &found), TRIPLET_OK);
  assert_in_range(found.same, 1000000, 1300000);
  assert_in_range(memory.peak, 32 * found.same, 32 * found.same + ROUND);

  triplet_context_trim(counted);
  memory.peak = 0;
  options.most_pairs = 1000;
  assert_int_equal(triplet_verify(counted, &options, &batch, (triplet_doubles){NULL, 0}, &found), TRIPLET_OK);
  assert_in_range(memory.peak, 32 * 1000, 32 * 1000 + ROUND);
  triplet_context_destroy(counted);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_its_definition),
      cmocka_unit_test(given_pairs_equal_their_definition),
      WITH_CONTEXT(many_pairs_equal_their_definition),
      WITH_CONTEXT(of_more_pairs_a_sample_stands_for_them),
      WITH_CONTEXT(samples_are_the_same_everywhere),
      cmocka_unit_test(is_right_by_hand),
      cmocka_unit_test(what_cannot_be_told_apart),
      WITH_CONTEXT(what_is_not_finite_is_named),
      WITH_CONTEXT(refuses_misuse),
      cmocka_unit_test(survives_short_memory),
      cmocka_unit_test(memory_is_that_of_the_rarer_kind),
  };
  return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
