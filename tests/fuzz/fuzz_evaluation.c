/* A fuzz target: the bytes choose rows and who belongs to whom; retrieval, verification and classification find what
 * their definitions say, every query ranked, every pair listed and every vote counted. Where a distance that counts is
 * not finite they are refused. */
#include <math.h>
#include <string.h>

#include "full_sort.h"
#include "fuzz.h"
#include "pairs_listed.h"
#include "voted.h"

enum { FEW = 24, MOST_FARS = 4, MOST_CLASSES = 4 * MOST_ROWS };

typedef struct problem {
  triplet_options options;
  triplet_batch batch;
  judged_sets sets;
  float *distances; /* of each query to each reference */
} problem;

static const triplet_matrix *others_of(const problem *of) {
  return of->batch.references ? &of->batch.references->rows : &of->batch.embeddings;
}

static void measure(triplet_context *with, problem *of) {
  const triplet_matrix x = of->batch.embeddings, y = *others_of(of);
  triplet_options options = of->options;
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  of->distances = malloc((x.rows * y.rows + 1) * sizeof *of->distances);
  assert_int_equal(triplet_distances(with, &options, x, y, (triplet_matrix){of->distances, x.rows, y.rows}),
                   TRIPLET_OK);
}

/* Whether a pair of those that count has no finite distance. */
static bool is_refused(const problem *of, bool once) {
  const size_t r = others_of(of)->rows;
  for (size_t i = 0; i < of->sets.queries && of->options.nonfinite == TRIPLET_NONFINITE_ERROR; i++)
    for (size_t j = once ? i + 1 : 0; j < r; j++)
      if (judged_relation(&of->sets, i, j) && !isfinite(of->distances[i * r + j]))
        return true;
  return false;
}

static void check_retrieval(triplet_context *with, const problem *of) {
  static const int32_t ks[] = {1, 3, 1000};
  static judged judged_queries[MOST_ROWS];
  static triplet_class_metrics classes[MOST_CLASSES];
  const triplet_ints k = {ks, 3};
  double recall[2][MOST_KS];
  triplet_bounds intervals[MOST_KS];
  triplet_evaluation found = {.recall = recall[0],
                              .macro_recall = recall[1],
                              .recall_intervals = intervals,
                              .classes = of->sets.labels.relations.data ? NULL : classes,
                              .class_capacity = MOST_CLASSES};
  const triplet_status status = triplet_evaluate(with, &of->options, &of->batch, k, &found);
  for (size_t i = 0; i < of->sets.queries; i++) {
    const ranking ranked = judged_ranking(&of->sets, i, of->distances + i * others_of(of)->rows);
    judged_queries[i] = judge(&ranked, k);
  }
  assert_int_equal(status, is_refused(of, false) ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  if (status == TRIPLET_OK)
    assert_judged(&found, &of->sets, judged_queries, k);
}

/* Of neighbours in any order, of which some of the last are not given. */
static void check_neighbors(triplet_context *with, const problem *of, seeded *from) {
  enum { MOST_LEFT_OUT = 4, MOST = 24 };
  static const int32_t ks[] = {1, 3, 20};
  static judged judged_queries[MOST_ROWS];
  static triplet_class_metrics classes[MOST_CLASSES];
  static int32_t indices[MOST * MOST], nobody[MOST];
  const size_t n = of->sets.queries, m = of->sets.references;
  for (size_t i = 0; i < n; i++) {
    int32_t *own = indices + i * m;
    for (size_t j = 0; j < m; j++) {
      const size_t other = seeded_below(from, j + 1);
      own[j] = own[other];
      own[other] = (int32_t)j;
    }
    for (size_t left_out = seeded_below(from, MOST_LEFT_OUT), j = m; left_out > 0 && j > 0; left_out--)
      own[--j] = -1;
    judged_queries[i] = judge_given(&of->sets, i, (triplet_ints){own, m}, (triplet_ints){ks, 3});
    nobody[i] = -1;
  }
  triplet_given_neighbors given = {.labels = of->sets.labels, .indices = indices, .width = m};
  if (of->batch.references) {
    given.reference_labels = of->sets.reference_labels;
    given.reference_self = (triplet_ints){of->sets.self ? of->sets.self : nobody, n};
  }
  double recall[2][MOST_KS];
  triplet_evaluation found = {.recall = recall[0],
                              .macro_recall = recall[1],
                              .classes = of->sets.labels.relations.data ? NULL : classes,
                              .class_capacity = MOST_CLASSES};
  assert_int_equal(triplet_evaluate_neighbors(with, &of->options, &given, (triplet_ints){ks, 3}, &found), TRIPLET_OK);
  assert_judged(&found, &of->sets, judged_queries, (triplet_ints){ks, 3});
}

/* None, any, or just the distance of a pair. */
static double choose_threshold(const problem *of, seeded *from) {
  const size_t pairs = of->sets.queries * others_of(of)->rows, kind = seeded_below(from, 3);
  const double any = kind == 0 ? (double)INFINITY : seeded_between(from, -1, 6);
  const float chosen = pairs ? of->distances[seeded_below(from, pairs)] : 0;
  return kind == 1 && isfinite(chosen) ? (double)chosen : any;
}

/* Room for what a verification finds, and the rates that are wanted. */
typedef struct verifying {
  triplet_operating_point points[MOST_FARS], curve[FEW * FEW + 2];
  double far[MOST_FARS];
  triplet_doubles wanted;
} verifying;

static triplet_verification verification_into(verifying *room, seeded *from) {
  const double far[MOST_FARS] = {0, 1, seeded_between(from, 0, 0.2), seeded_between(from, 0, 1)};
  memcpy(room->far, far, sizeof far);
  room->wanted = (triplet_doubles){room->far, seeded_below(from, MOST_FARS + 1)};
  const bool whole = seeded_below(from, 2);
  return (triplet_verification){.at_far = room->points,
                                .curve = room->curve,
                                .curve_capacity =
                                    whole ? sizeof room->curve / sizeof *room->curve : 2 + seeded_below(from, 8)};
}

static void check_verification(triplet_context *with, problem *of, seeded *from) {
  static verifying room;
  const bool once = !of->batch.references && !of->sets.labels.relations.data;
  const size_t r = others_of(of)->rows;
  of->options.threshold = choose_threshold(of, from);
  pair_list list = {0};
  for (size_t i = 0; i < of->sets.queries; i++)
    for (size_t j = once ? i + 1 : 0; j < r; j++) {
      const int relation = judged_relation(&of->sets, i, j);
      if (relation)
        add_pair(&list, of->distances[i * r + j], relation == 1);
    }

  triplet_verification found = verification_into(&room, from);
  const bool refused = is_refused(of, once);
  assert_int_equal(triplet_verify(with, &of->options, &of->batch, room.wanted, &found),
                   refused ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  if (!refused)
    assert_found(&found, &list, room.wanted, of->options.threshold);
  free(list.pairs);
}

/* Of queries and what they are compared with, any with any. */
static void check_given_pairs(triplet_context *with, problem *of, seeded *from) {
  static verifying room;
  const triplet_matrix x = of->batch.embeddings, y = *others_of(of);
  const size_t d = x.cols, n = y.rows ? x.rows : 0;
  floats first = floats_make(n * d, 0), second = floats_make(n * d, 1);
  uint8_t same[FEW];
  bool refused = false;
  pair_list list = {0};
  for (size_t i = 0; i < n; i++) {
    const size_t one = seeded_below(from, x.rows), other = seeded_below(from, y.rows);
    const float distance = of->distances[one * y.rows + other];
    memcpy(first.data + i * d, x.data + one * d, d * sizeof(float));
    memcpy(second.data + i * d, y.data + other * d, d * sizeof(float));
    same[i] = (uint8_t)seeded_below(from, 2);
    add_pair(&list, distance, same[i]);
    refused = refused || (of->options.nonfinite == TRIPLET_NONFINITE_ERROR && !isfinite(distance));
  }
  of->options.threshold = choose_threshold(of, from);
  const triplet_given_pairs given = {{first.data, n, d}, {second.data, n, d}, same};
  triplet_verification found = verification_into(&room, from);
  assert_int_equal(triplet_verify_pairs(with, &of->options, &given, room.wanted, &found),
                   refused ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  if (!refused)
    assert_found(&found, &list, room.wanted, of->options.threshold);
  free(list.pairs);
  floats_release(&second);
  floats_release(&first);
}

static void check_classification(triplet_context *with, const problem *of, seeded *from) {
  static vote_problem asked;
  const triplet_matrix x = of->batch.embeddings, y = *others_of(of);
  asked = (vote_problem){.options = of->options,
                         .set = {.queries = x,
                                 .references = y,
                                 .reference_labels = of->sets.reference_labels,
                                 .reference_self = {of->sets.self, of->sets.self ? x.rows : 0}}};
  asked.options.k = 1 + (int64_t)seeded_below(from, 2 * FEW);
  asked.options.threshold = choose_threshold(of, from);
  if (y.rows && seeded_below(from, 2))
    asked.set.exclude = random_lists(from, x.rows, y.rows);
  define_votes(&asked);
  assert_votes(with, &asked);
  free((void *)asked.set.exclude.items.data);
  free((void *)asked.set.exclude.ends.data);
}

static floats chosen_rows(seeded *from, size_t rows, size_t d, size_t kind) {
  static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
  floats made = floats_random(from, rows * d, 0, 3);
  for (size_t i = 0; i < made.count && kind % 3 == 1; i++) /* ties and equal points */
    made.data[i] = rintf(made.data[i]);
  if (kind == 5 && made.count)
    made.data[seeded_below(from, made.count)] = bad[seeded_below(from, 4)];
  return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static random_labels labels;
  seeded from = seeded_from_bytes(bytes, size);
  const size_t n = seeded_below(&from, FEW), m = seeded_below(&from, 2) ? 1 + seeded_below(&from, FEW - 1) : 0;
  const size_t d = 1 + seeded_below(&from, 5);
  problem of = {.options = triplet_batch_options()};
  random_labels_make(&labels, &from, (labelling)seeded_below(&from, LABELLINGS), n, m, &of.sets);
  of.options.ignore_label = of.sets.ignore_label;
  of.options.distance = (triplet_distance)seeded_below(&from, DISTANCES);
  of.options.nonfinite = (triplet_nonfinite)seeded_below(&from, 2);
  floats x = chosen_rows(&from, n, d, seeded_below(&from, 6)), y = chosen_rows(&from, m, d, seeded_below(&from, 6));
  const triplet_references references = {
      {y.data, m, d}, of.sets.reference_labels, {of.sets.self, of.sets.self ? n : 0}};
  of.batch = (triplet_batch){{x.data, n, d}, of.sets.labels, m ? &references : NULL};

  triplet_context *with = seeded_context(&from);
  measure(with, &of);
  check_retrieval(with, &of);
  check_verification(with, &of, &from);
  check_given_pairs(with, &of, &from);
  if (seeded_below(&from, 4) == 0)
    check_neighbors(with, &of, &from);
  if (!of.sets.labels.relations.data)
    check_classification(with, &of, &from);
  free(of.distances);
  triplet_context_destroy(with);
  floats_release(&y);
  floats_release(&x);
  return 0;
}
