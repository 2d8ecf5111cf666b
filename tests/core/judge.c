/* judge.c - evaluations by their definitions. */
#include "judge.h"

#include <math.h>
#include <string.h>

/* ---- one query --------------------------------------------------------------------------------------------------- */

static double precision_at(const ranking *of, size_t rank) {
  double positives = 0;
  for (size_t i = 0; i <= rank; i++)
    positives += of->relations[i] == 1;
  return positives / (double)(rank + 1);
}

static bool is_hit(const ranking *of, size_t rank) {
  return of->relations[rank] == 1 && of->distances[rank] < INFINITY;
}

judged judge(const ranking *of, triplet_ints k) {
  judged one = {0};
  size_t positives = 0;
  for (size_t i = 0; i < of->count; i++)
    positives += of->relations[i] == 1;
  if (positives == 0)
    return one;
  one.is_query = true;

  for (size_t i = 0; i < of->count; i++) {
    if (!is_hit(of, i))
      continue;
    one.figures[PRECISION_AT_1] += i == 0;
    if (one.figures[MRR] == 0)
      one.figures[MRR] = 1 / (double)(i + 1);
    one.figures[R_PRECISION] += i < positives ? 1 / (double)positives : 0;
    one.figures[MAP_AT_R] += i < positives ? precision_at(of, i) / (double)positives : 0;
    one.figures[MAP] += precision_at(of, i) / (double)positives;
    for (size_t c = 0; c < k.count; c++)
      if (i < (size_t)k.data[c])
        one.recall[c] = 1;
  }

  for (size_t p = 0; p < of->count; p++)
    for (size_t n = 0; n < of->count; n++)
      if (of->relations[p] == 1 && of->relations[n] == -1) {
        one.triplets++;
        one.correct += of->distances[p] < of->distances[n];
      }
  return one;
}

/* ---- who is what to whom ----------------------------------------------------------------------------------------- */

static size_t labels_of(triplet_labels labels, size_t row, const int32_t **list) {
  const int32_t first = labels.ends.data ? (row ? labels.ends.data[row - 1] : 0) : (int32_t)row;
  *list = labels.integers.data + first;
  return labels.ends.data ? (size_t)(labels.ends.data[row] - first) : 1;
}

static bool has_label(triplet_labels labels, size_t row, int64_t label) {
  const int32_t *list;
  const size_t count = labels_of(labels, row, &list);
  for (size_t i = 0; i < count; i++)
    if (list[i] == label)
      return true;
  return false;
}

/* Neither to anybody. */
static bool is_nobody(triplet_labels labels, size_t row, int64_t ignore_label) {
  const int32_t *list;
  return labels_of(labels, row, &list) == 0 || has_label(labels, row, ignore_label);
}

int judged_relation(const judged_sets *sets, size_t query, size_t reference) {
  if (sets->self && sets->self[query] == (int32_t)reference)
    return 0;
  if (sets->labels.relations.data)
    return (int)sets->labels.relations.data[query * sets->references + reference];
  if (is_nobody(sets->labels, query, sets->ignore_label) ||
      is_nobody(sets->reference_labels, reference, sets->ignore_label))
    return 0;
  const int32_t *list;
  const size_t count = labels_of(sets->labels, query, &list);
  for (size_t i = 0; i < count; i++)
    if (has_label(sets->reference_labels, reference, list[i]))
      return 1;
  return -1;
}

ranking judged_ranking(const judged_sets *sets, size_t query, const float *distances) {
  ranking made = {0};
  for (size_t j = 0; j < sets->references; j++) {
    const int relation = judged_relation(sets, query, j);
    if (relation == 0)
      continue;
    const float distance = isfinite(distances[j]) ? distances[j] : INFINITY;
    size_t at = made.count++;
    for (; at && made.distances[at - 1] > distance; at--) {
      made.distances[at] = made.distances[at - 1];
      made.relations[at] = made.relations[at - 1];
    }
    made.distances[at] = distance;
    made.relations[at] = relation;
  }
  return made;
}

/* ---- every way to go on ------------------------------------------------------------------------------------------ */

/* A figure that differs from the one seen first is not known. */
static void keep_equal(double *figure, double other) {
  if (!(*figure == other))
    *figure = NAN;
}

/* The first `given` places stand; tries every order of the others, as positives and negatives. */
static void try_all(ranking *of, size_t given, triplet_ints k, judged *known, bool *any) {
  if (given < of->count) {
    for (size_t i = given; i < of->count; i++) {
      const int there = of->relations[given], here = of->relations[i];
      of->relations[given] = here, of->relations[i] = there;
      try_all(of, given + 1, k, known, any);
      of->relations[given] = there, of->relations[i] = here;
    }
    return;
  }
  const judged one = judge(of, k);
  if (!*any)
    *known = one;
  *any = true;
  for (size_t f = 0; f < FIGURES; f++)
    keep_equal(&known->figures[f], one.figures[f]);
  for (size_t c = 0; c < k.count; c++)
    keep_equal(&known->recall[c], one.recall[c]);
  keep_equal(&known->correct, one.correct);
}

/* The candidates in the order given, then the others. */
static ranking given_ranking(const judged_sets *sets, size_t query, triplet_ints neighbors, size_t *given) {
  const int32_t *indices = neighbors.data;
  ranking made = {0};
  bool met[MOST_ROWS] = {false};
  for (size_t i = 0; i < neighbors.count && indices[i] >= 0; i++) {
    const int relation = judged_relation(sets, query, (size_t)indices[i]);
    met[indices[i]] = true;
    if (relation)
      made.relations[made.count++] = relation;
  }
  *given = made.count;
  for (size_t j = 0; j < sets->references; j++)
    if (!met[j] && judged_relation(sets, query, j))
      made.relations[made.count++] = judged_relation(sets, query, j);
  for (size_t i = 0; i < made.count; i++)
    made.distances[i] = (float)i;
  return made;
}

judged judge_given(const judged_sets *sets, size_t query, triplet_ints neighbors, triplet_ints k) {
  size_t given;
  ranking ranked = given_ranking(sets, query, neighbors, &given);
  judged known = {0};
  bool any = false;
  try_all(&ranked, given, k, &known, &any);
  return known;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Sums over some queries, or means over some classes. */
typedef struct means {
  double count, skipped, figures[FIGURES], recall[MOST_KS], triplets, correct, accuracy;
} means;

static means mean_of(const judged *queries, const bool *chosen, size_t rows) {
  means of = {0};
  for (size_t i = 0; i < rows; i++) {
    if (!chosen[i])
      continue;
    of.count += queries[i].is_query;
    of.skipped += !queries[i].is_query;
    for (size_t f = 0; f < FIGURES && queries[i].is_query; f++)
      of.figures[f] += queries[i].figures[f];
    for (size_t c = 0; c < MOST_KS && queries[i].is_query; c++)
      of.recall[c] += queries[i].recall[c];
    of.triplets += queries[i].triplets;
    of.correct += queries[i].correct;
  }
  for (size_t f = 0; f < FIGURES; f++)
    of.figures[f] /= of.count;
  for (size_t c = 0; c < MOST_KS; c++)
    of.recall[c] /= of.count;
  of.accuracy = of.triplets == 0 ? (double)NAN : of.correct / of.triplets;
  return of;
}

static void assert_near(double got, double expected) {
  if (!(fabs(got - expected) <= 1e-12 || (isnan(got) && isnan(expected))))
    fail_msg("got %.17g, expected %.17g", got, expected);
}

static void assert_means(const triplet_metrics *got, const means *expected) {
  assert_near((double)got->queries, expected->count);
  assert_near((double)got->skipped, expected->skipped);
  assert_near(got->precision_at_1, expected->figures[PRECISION_AT_1]);
  assert_near(got->r_precision, expected->figures[R_PRECISION]);
  assert_near(got->map_at_r, expected->figures[MAP_AT_R]);
  assert_near(got->map, expected->figures[MAP]);
  assert_near(got->mrr, expected->figures[MRR]);
  assert_near(got->triplet_accuracy, expected->accuracy);
}

/* ---- intervals --------------------------------------------------------------------------------------------------- */

#define DEVIATIONS 1.959963984540054

void assert_share_bounds(triplet_bounds got, double share, double count) {
  if (isnan(share)) {
    assert_true(isnan(got.low) && isnan(got.high));
    return;
  }
  const double bounds[] = {got.low, got.high};
  assert_true(0 <= got.low && got.low <= share && share <= got.high && got.high <= 1);
  for (size_t i = 0; i < 2; i++) {
    const double away = (share - bounds[i]) * (share - bounds[i]);
    const double variance = bounds[i] * (1 - bounds[i]) / count;
    if (!(fabs(away - DEVIATIONS * DEVIATIONS * variance) <= 4e-15 / sqrt(count)))
      fail_msg("a share of %.17g among %g is not %g deviations from %.17g", share, count, DEVIATIONS, bounds[i]);
  }
}

/* Agresti's and Coull's, with the values that they add put to the others one by one: each counts for a share of one. */
static void assert_mean_bounds(triplet_bounds got, const judged *queries, size_t rows, size_t figure, double mean) {
  const double added = DEVIATIONS * DEVIATIONS / 2;
  double weight = 2 * added, sum = added, squares = added;
  for (size_t i = 0; i < rows; i++)
    if (queries[i].is_query) {
      weight++;
      sum += queries[i].figures[figure];
      squares += queries[i].figures[figure] * queries[i].figures[figure];
    }
  const double centre = sum / weight, reach = DEVIATIONS * sqrt((squares / weight - centre * centre) / weight);
  assert_near(got.low, isnan(mean) ? NAN : fmax(0, centre - reach));
  assert_near(got.high, isnan(mean) ? NAN : fmin(1, centre + reach));
  assert_true(isnan(mean) || (got.low <= mean + 1e-12 && mean - 1e-12 <= got.high));
}

static void assert_intervals(const triplet_evaluation *found, const judged *queries, size_t rows, triplet_ints k,
                             const means *all) {
  const triplet_metric_intervals *got = &found->intervals;
  assert_share_bounds(got->precision_at_1, all->figures[PRECISION_AT_1], all->count);
  assert_mean_bounds(got->r_precision, queries, rows, R_PRECISION, all->figures[R_PRECISION]);
  assert_mean_bounds(got->map_at_r, queries, rows, MAP_AT_R, all->figures[MAP_AT_R]);
  assert_mean_bounds(got->map, queries, rows, MAP, all->figures[MAP]);
  assert_mean_bounds(got->mrr, queries, rows, MRR, all->figures[MRR]);
  for (size_t c = 0; c < k.count && found->recall_intervals; c++)
    assert_share_bounds(found->recall_intervals[c], all->recall[c], all->count);
}

/* ---- over classes ------------------------------------------------------------------------------------------------ */

static means macro_of(const means *classes, size_t count) {
  means macro = {0};
  double accuracies = 0;
  for (size_t i = 0; i < count; i++) {
    macro.count += classes[i].count > 0;
    macro.skipped += classes[i].count == 0;
    for (size_t f = 0; f < FIGURES && classes[i].count > 0; f++)
      macro.figures[f] += classes[i].figures[f];
    for (size_t c = 0; c < MOST_KS && classes[i].count > 0; c++)
      macro.recall[c] += classes[i].recall[c];
    if (classes[i].triplets != 0) {
      macro.accuracy += classes[i].accuracy;
      accuracies++;
    }
  }
  for (size_t f = 0; f < FIGURES; f++)
    macro.figures[f] /= macro.count;
  for (size_t c = 0; c < MOST_KS; c++)
    macro.recall[c] /= macro.count;
  macro.accuracy /= accuracies;
  return macro;
}

/* The labels of all queries that have any, ascending. */
static size_t list_labels(const judged_sets *sets, int32_t *labels) {
  size_t count = 0;
  for (size_t i = 0; i < sets->queries && !sets->labels.relations.data; i++) {
    const int32_t *list;
    const size_t own = is_nobody(sets->labels, i, sets->ignore_label) ? 0 : labels_of(sets->labels, i, &list);
    for (size_t k = 0; k < own; k++) {
      size_t at = 0;
      while (at < count && labels[at] < list[k])
        at++;
      if (at < count && labels[at] == list[k])
        continue;
      memmove(labels + at + 1, labels + at, (count - at) * sizeof *labels);
      labels[at] = list[k];
      count++;
    }
  }
  return count;
}

void assert_judged(const triplet_evaluation *found, const judged_sets *sets, const judged *queries, triplet_ints k) {
  bool chosen[MOST_ROWS];
  memset(chosen, true, sizeof chosen);
  const means all = mean_of(queries, chosen, sets->queries);
  assert_means(&found->metrics, &all);
  assert_intervals(found, queries, sets->queries, k, &all);

  int32_t labels[4 * MOST_ROWS];
  means classes[4 * MOST_ROWS];
  const size_t count = list_labels(sets, labels);
  assert_int_equal(found->class_count, count);
  for (size_t i = 0; i < count; i++) {
    for (size_t row = 0; row < sets->queries; row++)
      chosen[row] = has_label(sets->labels, row, labels[i]) && !is_nobody(sets->labels, row, sets->ignore_label);
    classes[i] = mean_of(queries, chosen, sets->queries);
    if (found->classes) {
      assert_int_equal(found->classes[i].label, labels[i]);
      assert_means(&found->classes[i].metrics, &classes[i]);
    }
  }
  const means macro = macro_of(classes, count);
  assert_means(&found->macro, &macro);
  for (size_t c = 0; c < k.count; c++) {
    assert_near(found->recall[c], all.recall[c]);
    assert_near(found->macro_recall[c], macro.recall[c]);
  }
}

/* ---- random labels ----------------------------------------------------------------------------------------------- */

static int32_t random_label(seeded *from, size_t classes) {
  const int32_t label = (int32_t)seeded_below(from, classes) - 3;
  return label == 0 ? INT32_MIN : label == 1 ? INT32_MAX : label;
}

static triplet_labels make_labels(random_labels *made, seeded *from, bool sets, size_t rows, int which) {
  const size_t classes = 1 + seeded_below(from, 12);
  int32_t *integers = made->integers[which], *ends = made->ends[which], end = 0;
  for (size_t i = 0; i < rows; i++) {
    const size_t count = sets ? seeded_below(from, 5) : 1; /* none, one, or several, some of them twice */
    for (size_t c = 0; c < count; c++)
      integers[end++] = random_label(from, classes);
    ends[i] = end;
  }
  return sets ? triplet_label_sets_of(integers, ends, rows) : triplet_labels_of(integers, rows);
}

void random_labels_make(random_labels *made, seeded *from, labelling kind, size_t queries, size_t references,
                        judged_sets *sets) {
  *sets = (judged_sets){
      .queries = queries, .references = references ? references : queries, .ignore_label = TRIPLET_NO_LABEL};
  for (size_t i = 0; i < queries; i++)
    made->self[i] = references ? (int32_t)seeded_below(from, references + 1) - 1 : (int32_t)i;
  sets->self = references && seeded_below(from, 3) == 0 ? NULL : made->self;
  if (kind == RELATIONS) {
    for (size_t i = 0; i < queries * sets->references; i++)
      made->relations[i] = (float)seeded_below(from, 3) - 1;
    sets->labels = triplet_relations_of(made->relations, queries, sets->references);
    return;
  }
  sets->labels = make_labels(made, from, kind == LABEL_SETS, queries, 0);
  sets->reference_labels = references ? make_labels(made, from, seeded_below(from, 2), references, 1) : sets->labels;
  if (seeded_below(from, 4) == 0)
    sets->ignore_label = -1;
}
