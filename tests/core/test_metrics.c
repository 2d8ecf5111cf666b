/* Retrieval by search against its definitions, query by query, triplet by triplet, in double. */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LABELS (4 * MOST_ROWS)

/* Where an evaluation writes. */
typedef struct room {
  double recall[2][MOST_KS];
  triplet_bounds recall_intervals[MOST_KS];
  triplet_class_metrics classes[MOST_LABELS];
} room;

static triplet_evaluation evaluation_in(room *room) {
  pattern_set(room, sizeof *room);
  return (triplet_evaluation){.recall = room->recall[0],
                              .macro_recall = room->recall[1],
                              .recall_intervals = room->recall_intervals,
                              .classes = room->classes,
                              .class_capacity = MOST_LABELS};
}

typedef struct problem {
  triplet_options options;
  triplet_batch in;
  triplet_ints k;
  judged_sets sets;
  judged judged[MOST_ROWS];
  triplet_evaluation first; /* of the first machine */
  room of_first;
  bool seen;
} problem;

static void judge_all(problem *of) {
  const triplet_matrix x = of->in.embeddings, y = of->in.references ? of->in.references->rows : x;
  triplet_options options = of->options;
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  float *distances = malloc((x.rows * y.rows + 1) * sizeof *distances);
  assert_int_equal(triplet_distances(NULL, &options, x, y, (triplet_matrix){distances, x.rows, y.rows}), TRIPLET_OK);
  for (size_t i = 0; i < x.rows; i++) {
    const ranking ranked = judged_ranking(&of->sets, i, distances + i * y.rows);
    of->judged[i] = judge(&ranked, of->k);
  }
  free(distances);
}

static void check(triplet_context *context, void *data) {
  problem *of = data;
  room room;
  triplet_evaluation found = evaluation_in(&room);
  if (of->sets.labels.relations.data)
    found.classes = NULL;
  assert_int_equal(triplet_evaluate(context, &of->options, &of->in, of->k, &found), TRIPLET_OK);
  if (!of->seen) {
    judge_all(of);
    assert_judged(&found, &of->sets, of->judged, of->k);
    of->first = found;
    of->of_first = room;
    of->seen = true;
  }
  assert_memory_equal(&found.metrics, &of->first.metrics, sizeof found.metrics);
  assert_memory_equal(&found.macro, &of->first.macro, sizeof found.macro);
  assert_memory_equal(&room.recall, &of->of_first.recall, sizeof room.recall);
  assert_memory_equal(&found.intervals, &of->first.intervals, sizeof found.intervals);
  assert_memory_equal(room.recall_intervals, of->of_first.recall_intervals, sizeof room.recall_intervals);
  for (size_t i = 0; i < found.class_count && found.classes; i++)
    assert_memory_equal(&room.classes[i].metrics, &of->of_first.classes[i].metrics, sizeof found.metrics);
}

/* Makes many rows differ by less than estimates can tell. */
static void make_hostile(seeded *from, float *x, size_t count) {
  static const float offsets[] = {0, 1e4f, -3e6f}, scales[] = {1e-30f, 1e-12f, 1, 1e11f, 1e13f};
  const float offset = offsets[seeded_below(from, 3)], scale = scales[seeded_below(from, 5)];
  for (size_t i = 0; i < count; i++)
    x[i] = (x[i] + offset) * scale;
}

/* Each kind of labels, with references and without, ties, rows that are not finite, and distances below 0; of few
 * columns, and of enough for estimates. */
static void equal_their_definitions(void **state) {
  (void)state;
  static const int32_t ks[] = {1, 3, 10, 1000, 2};
  seeded from = seeded_from(1);
  for (int round = 0; round < 480; round++) {
    const bool many = round % 48 == 3; /* so many that they are searched in larger chunks */
    const size_t n = many ? MOST_ROWS : seeded_below(&from, FEW_ROWS),
                 d = 1 + seeded_below(&from, round % 5 < 3 ? 40 : 6);
    const size_t m = round % 2 ? 1 + seeded_below(&from, FEW_ROWS - 1) : 0;
    floats x = floats_random(&from, n * d, 0, 2), y = floats_random(&from, m * d, 0, 2);
    static problem of;
    static random_labels labels;
    of = (problem){.options = triplet_batch_options(), .k = {ks, seeded_below(&from, MOST_KS + 1)}};
    random_labels_make(&labels, &from, (labelling)(round % LABELLINGS), n, m, &of.sets);

    const triplet_references references = {
        {y.data, m, d}, of.sets.reference_labels, {of.sets.self, of.sets.self ? n : 0}};
    of.in = (triplet_batch){{x.data, n, d}, of.sets.labels, m ? &references : NULL};
    of.options.ignore_label = of.sets.ignore_label;
    of.options.distance = (triplet_distance)seeded_below(&from, 4);
    if (seeded_below(&from, 2)) /* ties and equal points */
      for (size_t i = 0; i < n * d + m * d; i++) {
        float *value = i < n * d ? &x.data[i] : &y.data[i - n * d];
        *value = rintf(*value);
      }
    if (round % 3 == 0) {
      of.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
      seeded other = from;
      make_hostile(&other, x.data, n * d);
      make_hostile(&from, y.data, m * d);
    }
    if (seeded_below(&from, 4) == 0) {
      of.options.nonfinite = TRIPLET_NONFINITE_ALLOW;
      static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
      for (size_t i = 0; i < 4 && i < n * d; i++)
        x.data[seeded_below(&from, n * d)] = bad[i];
    }

    on_every_machine(check, &of);
    floats_release(&y);
    floats_release(&x);
  }
}

/* Queries among many references with few positives, as they are judged by all neighbours that a search finds. */
typedef struct few_positives {
  triplet_options options;
  triplet_batch in;
  const int32_t *neighbors; /* all, but for the query itself */
  size_t width;
  double accuracy;
} few_positives;

/* Of each query the triplets whose positive is nearer than the negative. */
static double triplet_accuracy_of(const few_positives *of, const judged_sets *sets) {
  const triplet_matrix x = of->in.embeddings, y = of->in.references ? of->in.references->rows : x;
  float *distances = malloc(x.rows * y.rows * sizeof *distances);
  double triplets = 0, correct = 0;
  assert_int_equal(triplet_distances(NULL, &of->options, x, y, (triplet_matrix){distances, x.rows, y.rows}),
                   TRIPLET_OK);
  for (size_t i = 0; i < x.rows; i++)
    for (size_t p = 0; p < y.rows; p++)
      for (size_t n = 0; n < y.rows && judged_relation(sets, i, p) == 1; n++)
        if (judged_relation(sets, i, n) == -1) {
          triplets++;
          correct += distances[i * y.rows + p] < distances[i * y.rows + n];
        }
  free(distances);
  return correct / triplets;
}

static void check_few_positives(triplet_context *context, void *data) {
  const few_positives *of = data;
  const triplet_ints k = {(const int32_t[]){1, 5}, 2};
  double recall[2][2];
  triplet_evaluation found = {.recall = recall[0]}, expected = {.recall = recall[1]};
  const triplet_references *others = of->in.references;
  const triplet_given_neighbors given = {.labels = of->in.labels,
                                         .reference_labels = others ? others->labels : (triplet_labels){0},
                                         .reference_self = others ? others->self : (triplet_ints){0},
                                         .indices = of->neighbors,
                                         .width = of->width};
  assert_int_equal(triplet_evaluate(context, &of->options, &of->in, k, &found), TRIPLET_OK);
  assert_int_equal(triplet_evaluate_neighbors(context, &of->options, &given, k, &expected), TRIPLET_OK);
  assert_true(found.metrics.queries > 0);
  expected.metrics.triplet_accuracy = of->accuracy; /* lists of neighbours do not tell ties */
  assert_memory_equal(&found.metrics, &expected.metrics, sizeof found.metrics);
  assert_memory_equal(&found.intervals, &expected.intervals, sizeof found.intervals);
  assert_memory_equal(recall[0], recall[1], sizeof recall[0]);
}

/* One query whose squares overflow where those of the references do not: it is measured, like all others beside it. */
static void a_query_may_be_beyond_estimates(void **state) {
  (void)state;
  enum { N = 40, M = 70, D = 24 };
  static const int32_t ks[] = {1, 5};
  seeded from = seeded_from(17);
  floats x = floats_random(&from, N * D, 0, 2), y = floats_random(&from, M * D, 0, 2);
  for (size_t k = 0; k < D; k++)
    x.data[7 * D + k] *= 1e13f;
  static problem of;
  static random_labels labels;
  of = (problem){.options = triplet_batch_options(), .k = {ks, 2}};
  random_labels_make(&labels, &from, ONE_LABEL, N, M, &of.sets);
  const triplet_references references = {
      {y.data, M, D}, of.sets.reference_labels, {of.sets.self, of.sets.self ? N : 0}};
  of.in = (triplet_batch){{x.data, N, D}, of.sets.labels, &references};
  of.options.ignore_label = of.sets.ignore_label;
  on_every_machine(check, &of);
  floats_release(&x);
  floats_release(&y);
}

static void few_positives_are_found_among_many(void **state) {
  (void)state;
  enum { N = 70, M = 300, D = 40, CLASSES = 100 };
  static int32_t labels[2][2 * M], ends[2][M], self[N], neighbors[M * M];
  static float relations[N * M];
  seeded from = seeded_from(11);
  for (int round = 0; round < 60; round++) {
    const bool separate = round % 2;
    const size_t n = separate ? N : M, d = 8 + seeded_below(&from, D - 8);
    const labelling kind = separate ? (labelling)(round / 2 % LABELLINGS) : ONE_LABEL;
    floats x = floats_random(&from, n * d, 0, 2), y = floats_random(&from, M * d, 0, 2);
    if (round % 3 == 1) /* many ties */
      for (size_t i = 0; i < M * d; i++) {
        y.data[i] = (float)(rintf(y.data[i]) == 1);
        x.data[i % (n * d)] = y.data[i];
      }
    if (round % 3 == 2) {
      seeded other = from;
      make_hostile(&other, x.data, n * d);
      make_hostile(&from, y.data, M * d);
    }
    for (int side = 0; side < 2; side++)
      for (size_t i = 0, end = 0; i < M; i++) {
        for (size_t k = kind == LABEL_SETS ? seeded_below(&from, 3) : 1; k > 0; k--)
          labels[side][end++] = (int32_t)seeded_below(&from, CLASSES);
        ends[side][i] = (int32_t)end;
      }
    for (size_t i = 0; i < N; i++)
      self[i] = round % 4 == 1 ? (int32_t)i : -1;
    for (size_t i = 0; i < N * M; i++)
      relations[i] = seeded_below(&from, 80) == 0 ? 1 : seeded_below(&from, 6) ? -1 : 0;

    triplet_labels own = triplet_labels_of(labels[0], n), of_others = triplet_labels_of(labels[1], M);
    if (kind == LABEL_SETS) {
      own = triplet_label_sets_of(labels[0], ends[0], n);
      of_others = triplet_label_sets_of(labels[1], ends[1], M);
    } else if (kind == RELATIONS) {
      own = triplet_relations_of(relations, n, M);
      of_others = (triplet_labels){0};
    }
    const triplet_references references = {{y.data, M, d}, of_others, {self, N}};
    few_positives of = {.options = triplet_batch_options(), .neighbors = neighbors};
    of.options.distance = (triplet_distance)(round % 3);
    of.options.ignore_label = kind == ONE_LABEL && round % 5 == 0 ? 3 : of.options.ignore_label;
    of.in = (triplet_batch){{x.data, n, d}, own, separate ? &references : NULL};

    /* Each query leaves itself out; where it is none of the references, the list is longer by one. */
    const triplet_matrix all = separate ? references.rows : of.in.embeddings;
    static int32_t itself[M];
    for (size_t i = 0; i < n; i++)
      itself[i] = separate ? self[i] : (int32_t)i;
    of.width = all.rows - (itself[0] >= 0);
    const triplet_neighbor_search search = {
        .queries = of.in.embeddings, .references = all, .reference_self = {itself, n}, .k = of.width};
    assert_int_equal(triplet_nearest(NULL, &of.options, &search, neighbors, NULL), TRIPLET_OK);
    const judged_sets sets = {n, all.rows, own, separate ? of_others : own, itself, of.options.ignore_label};
    of.accuracy = triplet_accuracy_of(&of, &sets);
    on_every_machine(check_few_positives, &of);
    floats_release(&y);
    floats_release(&x);
  }
}

/* More positives than are ranked among at once, with many ties. */
static void many_positives(void **state) {
  (void)state;
  enum { QUERIES = 3, REFERENCES = 40000 };
  static float x[QUERIES + REFERENCES];
  static int32_t labels[QUERIES + REFERENCES];
  seeded from = seeded_from(5);
  for (size_t i = 0; i < QUERIES + REFERENCES; i++) {
    x[i] = rintf((float)seeded_between(&from, -3000, 3000));
    labels[i] = i % 4 == 0;
  }
  const triplet_references references = {
      {x + QUERIES, REFERENCES, 1}, triplet_labels_of(labels + QUERIES, REFERENCES), {NULL, 0}};
  for (size_t i = 0; i < QUERIES; i++) {
    double correct = 0, triplets = 0, nearer[6001] = {0}, hits = 0, precisions = 0, place = 0;
    /* Of each whole distance the positives, then by the numbers of rows what comes first. */
    for (size_t j = 0; j < REFERENCES; j++)
      nearer[(size_t)fabsf(x[i] - x[QUERIES + j])] += labels[QUERIES + j] == labels[i];
    for (size_t at = 1; at <= 6000; at++)
      nearer[at] += nearer[at - 1];
    for (size_t j = 0; j < REFERENCES; j++) {
      const size_t distance = (size_t)fabsf(x[i] - x[QUERIES + j]);
      if (labels[QUERIES + j] == labels[i])
        continue;
      correct += distance ? nearer[distance - 1] : 0;
      triplets += nearer[6000];
    }
    for (size_t at = 0; at <= 6000; at++)
      for (size_t j = 0; j < REFERENCES; j++)
        if ((size_t)fabsf(x[i] - x[QUERIES + j]) == at) {
          place++;
          if (labels[QUERIES + j] == labels[i])
            precisions += ++hits / place;
        }

    const triplet_options options = triplet_batch_options();
    triplet_evaluation found = {0};
    assert_int_equal(triplet_evaluate(NULL, &options,
                                      &(triplet_batch){{x + i, 1, 1}, triplet_labels_of(labels + i, 1), &references},
                                      (triplet_ints){NULL, 0}, &found),
                     TRIPLET_OK);
    assert_true(found.metrics.triplet_accuracy == correct / triplets);
    assert_true(fabs(found.metrics.map - precisions / hits) < 1e-12);
  }
}

/* Two classes on a line. */
static void are_right_by_hand(void **state) {
  (void)state;
  float x[] = {0, 1, 1.5f, 4};
  int32_t labels[] = {7, 7, 9, 9}, ks[] = {1, 2};
  room room;
  triplet_evaluation found = evaluation_in(&room);
  const triplet_options options = triplet_batch_options();
  assert_int_equal(triplet_evaluate(NULL, &options, &(triplet_batch){{x, 4, 1}, triplet_labels_of(labels, 4), NULL},
                                    (triplet_ints){ks, 2}, &found),
                   TRIPLET_OK);
  const triplet_metrics *metrics = &found.metrics;
  assert_int_equal(metrics->queries, 4);
  assert_true(metrics->precision_at_1 == 0.5); /* rows 0 and 3 */
  assert_true(metrics->r_precision == 0.5 && metrics->map_at_r == 0.5);
  assert_true(room.recall[0][0] == 0.5 && room.recall[0][1] == 0.75); /* row 1 finds row 0 second, row 2 row 3 third */
  assert_true(fabs(metrics->map - (1 + 1 + 1.0 / 2 + 1.0 / 3) / 4) < 1e-15 && metrics->mrr == metrics->map);
  /* Row 0: 1 < 1.5, 1 < 4. Row 1: 1 > 0.5, 1 < 3. Row 2: 2.5 > 1.5, 2.5 > 0.5. Row 3: 2.5 < 4, 2.5 < 3. */
  assert_true(metrics->triplet_accuracy == 5.0 / 8);

  assert_int_equal(found.class_count, 2);
  assert_true(room.classes[0].label == 7 && room.classes[0].metrics.queries == 2);
  assert_true(room.classes[0].metrics.mrr == 0.75 && room.classes[0].metrics.triplet_accuracy == 0.75);
  assert_true(room.classes[1].label == 9 && room.classes[1].metrics.mrr == (1 + 1.0 / 3) / 2);
  assert_true(found.macro.queries == 2 && found.macro.mrr == (0.75 + (1 + 1.0 / 3) / 2) / 2);
}

/* A class of three and one of one, whose row is no query: macro averages count classes, not rows. */
static void macro_averages_are_over_classes(void **state) {
  (void)state;
  float x[] = {0, 1, 3, 3.5f, 20, 5};
  int32_t labels[] = {1, 1, 1, 2, 3, 2};
  triplet_evaluation found = {0};
  const triplet_options options = triplet_batch_options();
  assert_int_equal(triplet_evaluate(NULL, &options, &(triplet_batch){{x, 6, 1}, triplet_labels_of(labels, 6), NULL},
                                    (triplet_ints){NULL, 0}, &found),
                   TRIPLET_OK);
  assert_true(found.metrics.queries == 5 && found.metrics.skipped == 1);
  assert_true(found.macro.queries == 2 && found.macro.skipped == 1 && found.class_count == 3);
  assert_true(found.metrics.precision_at_1 == 3.0 / 5); /* rows 0, 1 and 5 */
  assert_true(found.macro.precision_at_1 == (2.0 / 3 + 1.0 / 2) / 2);
}

static void refuse_misuse(void **state) {
  (void)state;
  float x[] = {0, 0, 1, 1}, relations[] = {0, 1, -1, 0};
  int32_t labels[] = {1, 2}, ks[] = {1, 0}, self[] = {0, 2};
  triplet_options options = triplet_batch_options();
  const triplet_matrix rows = {x, 2, 2};
  const triplet_batch good = {rows, triplet_labels_of(labels, 2), NULL};
  const triplet_ints none = {NULL, 0};
  room room, untouched;
  triplet_evaluation found = evaluation_in(&room);
  pattern_set(&untouched, sizeof untouched);
  pattern_set(&found.metrics, sizeof found.metrics);
  pattern_set(&found.macro, sizeof found.macro);
  const triplet_evaluation before = found;

  triplet_batch bad = good;
  bad.labels = triplet_labels_of(labels, 1);
  assert_error(context, triplet_evaluate(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT, "labels",
               "expected labels of 2 rows, got 1");
  assert_error(context, triplet_evaluate(context, &options, &good, (triplet_ints){ks, 2}, &found),
               TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got 0 at index 1");
  assert_error(context, triplet_evaluate(context, &options, &good, (triplet_ints){NULL, 2}, &found),
               TRIPLET_INVALID_ARGUMENT, "k", "expected 2 integers, got 0");
  found.class_capacity = 1;
  assert_error(context, triplet_evaluate(context, &options, &good, none, &found), TRIPLET_INVALID_ARGUMENT,
               "class_capacity", "expected room for 2 labels, got 1");
  found.class_capacity = before.class_capacity;
  bad.labels = triplet_relations_of(relations, 2, 2);
  assert_error(context, triplet_evaluate(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT, "classes",
               "expected labels to tell them by, got relations");

  triplet_references references = {{x, 4, 1}, triplet_labels_of(labels, 2), {NULL, 0}};
  bad = (triplet_batch){rows, good.labels, &references};
  assert_error(context, triplet_evaluate(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT, "references",
               "expected 2 columns like embeddings, got 1");
  references = (triplet_references){rows, triplet_labels_of(labels, 1), {NULL, 0}};
  assert_error(context, triplet_evaluate(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "reference_labels", "expected labels of 2 rows, got 1");
  references = (triplet_references){rows, good.labels, {self, 2}};
  assert_error(context, triplet_evaluate(context, &options, &bad, none, &found), TRIPLET_INVALID_ARGUMENT,
               "reference_self", "expected -1 .. 1, got 2 at index 1");

  x[2] = NAN;
  assert_error(context, triplet_evaluate(context, &options, &good, none, &found), TRIPLET_NOT_FINITE, "embeddings",
               "row 0 has a distance that is not finite");
  assert_memory_equal(&found, &before, sizeof found);
  assert_memory_equal(&room, &untouched, sizeof room);
}

/* What is neither positive nor negative is no candidate, so its distance plays no part. */
static void distances_that_play_no_part_may_be_anything(void **state) {
  (void)state;
  float x[] = {0, 1, 5, NAN}, relations[] = {0, 1, -1, 0, 1, 0, -1, 0, -1, -1, 0, 0, 0, 0, 0, 0};
  triplet_evaluation found = {0};
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = {{x, 4, 1}, triplet_relations_of(relations, 4, 4), NULL};
  assert_int_equal(triplet_evaluate(context, &options, &batch, (triplet_ints){NULL, 0}, &found), TRIPLET_OK);
  assert_true(found.metrics.queries == 2 && found.metrics.skipped == 2 && found.metrics.map == 1);
  relations[3] = -1;
  assert_error(context, triplet_evaluate(context, &options, &batch, (triplet_ints){NULL, 0}, &found),
               TRIPLET_NOT_FINITE, "embeddings", "row 0 has a distance that is not finite");
}

/* Rows of NaN tie at an infinite distance; without care the lowest of them would be a hit by its number. */
static void count_nothing_as_a_hit_that_is_not_finite(void **state) {
  (void)state;
  float x[] = {NAN, NAN, 1, 1.5f, 9};
  int32_t labels[] = {1, 1, 2, 2, 1}, ks[] = {4};
  double recall[1];
  triplet_evaluation found = {.recall = recall};
  triplet_options options = triplet_batch_options();
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  assert_int_equal(triplet_evaluate(NULL, &options, &(triplet_batch){{x, 5, 1}, triplet_labels_of(labels, 5), NULL},
                                    (triplet_ints){ks, 1}, &found),
                   TRIPLET_OK);
  const triplet_metrics *metrics = &found.metrics;
  assert_int_equal(metrics->queries, 5);
  assert_true(metrics->precision_at_1 == 2.0 / 5 && recall[0] == 2.0 / 5);
  assert_true(metrics->map_at_r == 2.0 / 5 && metrics->map == 2.0 / 5 && metrics->mrr == 2.0 / 5);
  /* Rows 2 and 3: their positive is nearer than all 3 negatives each; the 3 x 4 others are wrong. */
  assert_true(metrics->triplet_accuracy == 6.0 / 18);
}

/* By proportion_confint of statsmodels 0.15.0, method "wilson". */
static void shares_have_wilsons_interval(void **state) {
  (void)state;
  static const struct {
    double hits;
    uint64_t count;
    double low, high;
  } known[] = {
      {0, 1, 0, 0.79345068562276266},
      {1, 1, 0.20654931437723739, 1},
      {0, 30, 0, 0.1135133931739688},
      {30, 30, 0.88648660682603109, 1},
      {29, 30, 0.8332960900859081, 0.99409140961838749},
      {1, 2, 0.094531205734230683, 0.90546879426576932},
      {17, 40, 0.28509392559950375, 0.57804931458008935},
      {999, 1000, 0.99435744140204207, 0.99982345362937386},
      {123456, 1000000, 0.12281269653142285, 0.12410219641400438},
      {3, 7, 0.15821985525146964, 0.74954163547234276},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const triplet_bounds got = triplet_share_bounds(known[i].hits / (double)known[i].count, known[i].count);
    assert_true(fabs(got.low - known[i].low) < 1e-15 && fabs(got.high - known[i].high) < 1e-15);
  }
  seeded from = seeded_from(7);
  for (int round = 0; round < 1000; round++) {
    const uint64_t count = 1 + seeded_bits(&from) % (round % 2 ? 50 : 1000000);
    const double share = (double)seeded_below(&from, count + 1) / (double)count;
    assert_share_bounds(triplet_share_bounds(share, count), share, (double)count);
  }
  const triplet_bounds none[] = {triplet_share_bounds(NAN, 3), triplet_share_bounds(0.5, 0),
                                 triplet_share_bounds(1.5, 3), triplet_share_bounds(-0.5, 3)};
  for (size_t i = 0; i < 4; i++)
    assert_true(isnan(none[i].low) && isnan(none[i].high));
}

/* Four queries find their positive at once, and two second, for they are nearest to each other. */
static void intervals_are_right_by_hand(void **state) {
  (void)state;
  float x[] = {0, 1, 10, 11, 11.5f, 12.25f};
  int32_t labels[] = {1, 1, 2, 2, 3, 3}, ks[] = {1};
  triplet_bounds of_recall;
  double recall;
  triplet_evaluation found = {.recall = &recall, .recall_intervals = &of_recall};
  const triplet_options options = triplet_batch_options();
  assert_int_equal(triplet_evaluate(NULL, &options, &(triplet_batch){{x, 6, 1}, triplet_labels_of(labels, 6), NULL},
                                    (triplet_ints){ks, 1}, &found),
                   TRIPLET_OK);
  assert_true(recall == 4.0 / 6 && found.metrics.mrr == 5.0 / 6);
  const triplet_bounds wilson = triplet_share_bounds(4.0 / 6, 6);
  assert_memory_equal(&of_recall, &wilson, sizeof wilson);
  assert_memory_equal(&found.intervals.precision_at_1, &wilson, sizeof wilson);
  const double z2 = 1.959963984540054 * 1.959963984540054, n = 6 + z2, centre = (5 + z2 / 2) / n;
  const double reach = sqrt(z2 * ((4 + 2 * 0.25 + z2 / 2) / n - centre * centre) / n);
  assert_true(fabs(found.intervals.mrr.low - (centre - reach)) < 1e-15);
  assert_true(fabs(found.intervals.mrr.high - fmin(1, centre + reach)) < 1e-15);
}

/* What is kept for each query are its figures, whatever there is to search. */
static size_t peak_of(const floats *rows, size_t queries, size_t references, size_t d) {
  enum { MOST = 4000 };
  static int32_t labels[MOST];
  for (size_t i = 0; i < MOST; i++)
    labels[i] = (int32_t)(i % 10);
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *metering = triplet_context_create(&allocator);
  const triplet_options options = triplet_batch_options();
  const triplet_references others = {{rows->data, references, d}, triplet_labels_of(labels, references), {NULL, 0}};
  triplet_evaluation found = {0};
  assert_int_equal(
      triplet_evaluate(metering, &options,
                       &(triplet_batch){{rows->data, queries, d}, triplet_labels_of(labels, queries), &others},
                       (triplet_ints){NULL, 0}, &found),
      TRIPLET_OK);
  triplet_context_destroy(metering);
  assert_int_equal(memory.bytes, 0);
  return memory.peak;
}

static void need_no_more_scratch_for_more_queries(void **state) {
  (void)state;
  seeded from = seeded_from(9);
  for (size_t d = 4; d <= 16; d *= 4) {
    floats rows = floats_random(&from, 4000 * d, 0, 1);
    for (size_t references = 1000; references <= 4000; references *= 4) {
      const size_t few = peak_of(&rows, 1000, references, d), many = peak_of(&rows, 4000, references, d);
      assert_in_range((many - few) / 3000, sizeof(double), 160);
    }
    floats_release(&rows);
  }
}

static triplet_status call(triplet_context *context, void *data) {
  problem *of = data;
  of->first = (triplet_evaluation){0};
  return triplet_evaluate(context, &of->options, &of->in, of->k, &of->first);
}

static void survive_short_memory(void **state) {
  (void)state;
  float x[40];
  int32_t labels[20], ks[] = {3};
  seeded from = seeded_from(3);
  seeded_fill(&from, x, 40, 1);
  for (int i = 0; i < 20; i++)
    labels[i] = i % 3;
  static problem of;
  of = (problem){
      .options = triplet_batch_options(), .in = {{x, 20, 2}, triplet_labels_of(labels, 20), NULL}, .k = {ks, 1}};
  assert_in_range(fail_each_allocation(call, NULL, &of), 4, 12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_their_definitions),
      cmocka_unit_test(a_query_may_be_beyond_estimates),
      cmocka_unit_test(few_positives_are_found_among_many),
      cmocka_unit_test(many_positives),
      cmocka_unit_test(are_right_by_hand),
      cmocka_unit_test(macro_averages_are_over_classes),
      WITH_CONTEXT(refuse_misuse),
      WITH_CONTEXT(distances_that_play_no_part_may_be_anything),
      cmocka_unit_test(count_nothing_as_a_hit_that_is_not_finite),
      cmocka_unit_test(shares_have_wilsons_interval),
      cmocka_unit_test(intervals_are_right_by_hand),
      cmocka_unit_test(need_no_more_scratch_for_more_queries),
      cmocka_unit_test(survive_short_memory),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
