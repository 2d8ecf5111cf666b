/* Verification against its definitions: every pair listed, every threshold tried, in double. */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = MOST_ROWS * MOST_ROWS, MOST_FARS = 6 };

/* ---- pairs, listed ----------------------------------------------------------------------------------------------- */

typedef struct pair {
  float distance; /* infinite where it is not finite */
  bool same;
} pair;

typedef struct pair_list {
  size_t count;
  pair pairs[MOST_PAIRS];
} pair_list;

static void add_pair(pair_list *to, float distance, bool same) {
  to->pairs[to->count++] = (pair){isfinite(distance) ? distance : INFINITY, same};
}

static int by_distance(const void *left, const void *right) {
  const float a = ((const pair *)left)->distance, b = ((const pair *)right)->distance;
  return (a > b) - (a < b);
}

/* ---- figures by their definitions -------------------------------------------------------------------------------- */

/* What is accepted up to a distance. */
typedef struct level {
  float distance; /* -infinity: nothing is */
  int64_t same, different;
  bool beside_the_rarer; /* a pair of the rarer kind is the last that is accepted, or the first that is not */
} level;

typedef struct oracle {
  int64_t same, different;
  size_t count;
  level levels[MOST_PAIRS + 1];
} oracle;

static oracle *oracle_of(const pair_list *list) {
  oracle *made = calloc(1, sizeof *made);
  static pair_list sorted;
  memcpy(&sorted, list, sizeof sorted);
  qsort(sorted.pairs, sorted.count, sizeof *sorted.pairs, by_distance);
  for (size_t i = 0; i < sorted.count; i++)
    *(sorted.pairs[i].same ? &made->same : &made->different) += 1;
  const bool same_is_rarer = made->same <= made->different;

  made->levels[0] = (level){.distance = -INFINITY, .beside_the_rarer = true};
  made->count = 1;
  for (size_t i = 0; i < sorted.count;) {
    level next = made->levels[made->count - 1];
    next.distance = sorted.pairs[i].distance;
    next.beside_the_rarer = false;
    for (; i < sorted.count && sorted.pairs[i].distance == next.distance; i++) {
      *(sorted.pairs[i].same ? &next.same : &next.different) += 1;
      next.beside_the_rarer |= sorted.pairs[i].same == same_is_rarer;
    }
    made->levels[made->count - 1].beside_the_rarer |= next.beside_the_rarer;
    made->levels[made->count++] = next;
  }
  made->levels[made->count - 1].beside_the_rarer = true;
  return made;
}

static double far_of(const oracle *of, const level *at) {
  return (double)at->different / (double)of->different;
}

static double tar_of(const oracle *of, const level *at) {
  return (double)at->same / (double)of->same;
}

static double threshold_of(const oracle *of, size_t i) {
  const float at = of->levels[i].distance;
  if (i == 0 || i + 1 == of->count || of->levels[i + 1].distance == INFINITY)
    return at;
  return ((double)at + of->levels[i + 1].distance) / 2;
}

static double auc_of(const pair_list *list, const oracle *of) {
  double sum = 0;
  for (size_t i = 0; i < list->count; i++)
    for (size_t j = 0; list->pairs[i].same && j < list->count; j++)
      if (!list->pairs[j].same)
        sum += list->pairs[i].distance < list->pairs[j].distance    ? 1
               : list->pairs[i].distance == list->pairs[j].distance ? 0.5
                                                                    : 0;
  return sum / (double)of->same / (double)of->different;
}

/* The first crossing of FAR = 1 - TAR on the lines between neighbours. */
static double eer_of(const oracle *of) {
  for (size_t i = 1; i < of->count; i++) {
    const double x0 = far_of(of, &of->levels[i - 1]), y0 = 1 - tar_of(of, &of->levels[i - 1]);
    const double x1 = far_of(of, &of->levels[i]), y1 = 1 - tar_of(of, &of->levels[i]);
    if (x1 >= y1)
      return x0 + (x1 - x0) * (y0 - x0) / ((y0 - x0) + (x1 - y1));
  }
  return NAN;
}

/* Of the points beside a pair of the rarer kind, in whole numbers. */
static double eer_threshold_of(const oracle *of) {
  size_t best = 0;
  int64_t least = INT64_MAX;
  for (size_t i = 0; i < of->count; i++) {
    const level *at = &of->levels[i];
    const int64_t off = llabs(at->same * of->different + at->different * of->same - of->same * of->different);
    if (at->beside_the_rarer && off < least) {
      least = off;
      best = i;
    }
  }
  return threshold_of(of, best);
}

static int64_t right_at(const oracle *of, const level *at) {
  return at->same + of->different - at->different;
}

static size_t most_accurate(const oracle *of) {
  size_t best = 0;
  for (size_t i = 1; i < of->count; i++)
    if (right_at(of, &of->levels[i]) > right_at(of, &of->levels[best]))
      best = i;
  return best;
}

static size_t level_at_far(const oracle *of, double far) {
  size_t best = 0;
  for (size_t i = 1; i < of->count; i++)
    if (far_of(of, &of->levels[i]) <= far && of->levels[i].same > of->levels[best].same)
      best = i;
  return best;
}

/* The levels where the curve turns, the first and the last. */
static size_t list_corners(const oracle *of, size_t *corners) {
  size_t count = 0;
  for (size_t i = 0; i < of->count; i++) {
    bool turns = i == 0 || i + 1 == of->count;
    if (!turns) {
      const level *a = &of->levels[corners[count - 1]], *b = &of->levels[i], *c = &of->levels[i + 1];
      turns =
          (b->same - a->same) * (c->different - b->different) != (b->different - a->different) * (c->same - b->same);
    }
    if (turns)
      corners[count++] = i;
  }
  return count;
}

/* ---- what was found is that -------------------------------------------------------------------------------------- */

static void assert_near(double got, double expected, const char *what) {
  if (!(fabs(got - expected) <= 1e-12 || (isnan(got) && isnan(expected)) || got == expected))
    fail_msg("%s: got %.17g, expected %.17g", what, got, expected);
}

static void assert_point(const triplet_operating_point *got, const oracle *of, size_t i, double threshold) {
  assert_near(got->threshold, threshold, "threshold of a point");
  assert_near(got->far, far_of(of, &of->levels[i]), "FAR of a point");
  assert_near(got->tar, tar_of(of, &of->levels[i]), "TAR of a point");
}

static void assert_whole_curve(const triplet_verification *found, const oracle *of, const size_t *corners,
                               size_t count) {
  assert_int_equal(found->curve_count, count);
  for (size_t i = 0; i < count; i++)
    assert_point(&found->curve[i], of, corners[i], of->levels[corners[i]].distance);
}

/* Some of the corners, in order, the first and the last, and none that is left out is far from one that is not. */
static void assert_thinned_curve(const triplet_verification *found, const oracle *of, const size_t *corners,
                                 size_t count) {
  const double most = 2 / (double)(found->curve_capacity - 1);
  assert_in_range(found->curve_count, 2, found->curve_capacity);
  size_t next = 0;
  double last = 0;
  for (size_t i = 0; i < count; i++) {
    const level *at = &of->levels[corners[i]];
    const double along = far_of(of, at) + tar_of(of, at);
    if (next < found->curve_count && found->curve[next].threshold == (double)at->distance) {
      assert_point(&found->curve[next], of, corners[i], at->distance);
      next++;
      last = along;
    } else {
      assert_true(i > 0 && i + 1 < count && along - last <= most + 1e-12);
    }
  }
  assert_int_equal(next, found->curve_count);
}

static void assert_found(const triplet_verification *found, const pair_list *list, triplet_doubles far,
                         double threshold) {
  oracle *of = oracle_of(list);
  const bool both = of->same && of->different;
  assert_int_equal(found->same, of->same);
  assert_int_equal(found->different, of->different);
  assert_int_equal(found->used, of->same <= of->different ? of->same : of->different);
  assert_near(found->auc, both ? auc_of(list, of) : NAN, "AUC");
  assert_near(found->eer, both ? eer_of(of) : NAN, "EER");
  assert_near(found->eer_threshold, both ? eer_threshold_of(of) : NAN, "threshold of the EER");
  const size_t best = most_accurate(of);
  assert_near(found->accuracy, both ? (double)right_at(of, &of->levels[best]) / (double)list->count : NAN, "accuracy");
  assert_near(found->threshold, both ? threshold_of(of, best) : NAN, "threshold");

  size_t judged = 0;
  while (judged + 1 < of->count && of->levels[judged + 1].distance <= threshold)
    judged++;
  if (threshold < INFINITY) {
    assert_point(&found->judged, of, judged, threshold);
    assert_near(found->judged_accuracy, (double)right_at(of, &of->levels[judged]) / (double)list->count, "judged");
  } else {
    assert_true(isnan(found->judged.threshold) && isnan(found->judged.far) && isnan(found->judged.tar));
    assert_true(isnan(found->judged_accuracy));
  }
  for (size_t i = 0; i < far.count; i++) {
    const size_t at = level_at_far(of, far.data[i]);
    if (both)
      assert_point(&found->at_far[i], of, at, threshold_of(of, at));
    else
      assert_true(isnan(found->at_far[i].far) && isnan(found->at_far[i].tar) && isnan(found->at_far[i].threshold));
  }

  static size_t corners[MOST_PAIRS + 1];
  const size_t count = list_corners(of, corners);
  if (!both)
    assert_int_equal(found->curve_count, 0);
  else if (found->curve && count <= found->curve_capacity)
    assert_whole_curve(found, of, corners, count);
  else if (found->curve)
    assert_thinned_curve(found, of, corners, count);
  free(of);
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
  triplet_operating_point first_points[MOST_FARS + MOST_PAIRS];
  bool seen;
} problem;

static triplet_status run(triplet_context *with, problem *of, triplet_verification *found) {
  return of->is_given ? triplet_verify_pairs(with, &of->options, &of->given, of->far, found)
                      : triplet_verify(with, &of->options, &of->batch, of->far, found);
}

static void check(triplet_context *with, void *data) {
  problem *of = data;
  static triplet_operating_point points[MOST_FARS + MOST_PAIRS];
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
  const size_t capacities[] = {0, 2, 3, 9, MOST_PAIRS};
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
    free(of);
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
    const size_t n = seeded_below(&from, round % 10 ? 300 : MOST_PAIRS), d = 1 + seeded_below(&from, 5);
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
    free(of);
    free(same);
    floats_release(&y);
    floats_release(&x);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_its_definition),
      cmocka_unit_test(given_pairs_equal_their_definition),
  };
  return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
