/* metrics.c - the figures of an evaluation: means over its queries, over the queries of each label, and over labels. */
#include "metrics.h"

/* ---- what a query found ------------------------------------------------------------------------------------------ */

triplet_retrieval triplet_retrieval_of(triplet_related related) {
  return (triplet_retrieval){
      .positives = related.positives, .negatives = related.negatives, .known = SIZE_MAX, .first_hit = SIZE_MAX};
}

void triplet_retrieval_hit(triplet_retrieval *retrieval, size_t rank) {
  const size_t negatives_before = rank - retrieval->hits++;
  const double precision = (double)retrieval->hits / (double)(rank + 1);
  if (retrieval->hits == 1)
    retrieval->first_hit = rank;
  if (rank < retrieval->positives) {
    retrieval->r_precision++;
    retrieval->map_at_r += precision;
  }
  retrieval->average_precision += precision;
  retrieval->correct += retrieval->negatives - negatives_before;
}

void triplet_retrieval_end(triplet_retrieval *retrieval, size_t known) {
  const double unknown = (double)triplet_canonical_nan(), positives = (double)retrieval->positives;
  const bool knows_r = known >= retrieval->positives;
  const bool knows_all = known == SIZE_MAX || retrieval->hits == retrieval->positives;
  retrieval->known = known;
  retrieval->r_precision = knows_r ? retrieval->r_precision / positives : unknown;
  retrieval->map_at_r = knows_r ? retrieval->map_at_r / positives : unknown;
  retrieval->average_precision = knows_all ? retrieval->average_precision / positives : unknown;
}

/* Whether a positive is among the k nearest; where there are fewer negatives one must be. */
static double recall_at(const triplet_retrieval *retrieval, size_t k) {
  if (retrieval->first_hit < k)
    return 1;
  if (retrieval->known >= k)
    return 0;
  return retrieval->negatives < k ? 1 : (double)triplet_canonical_nan();
}

static double reciprocal_rank(const triplet_retrieval *retrieval) {
  if (retrieval->first_hit != SIZE_MAX)
    return 1 / (double)(retrieval->first_hit + 1);
  return retrieval->known == SIZE_MAX ? 0 : (double)triplet_canonical_nan();
}

static double is_elected(const triplet_retrieval *retrieval, size_t unused) {
  (void)unused;
  return retrieval->elected;
}

/* ---- means ------------------------------------------------------------------------------------------------------- */

/* Not known where one of the figures is not; and every NaN is the same. */
static double mean_of(double sum, uint64_t count) {
  return sum == sum ? triplet_mean(sum, count) : (double)triplet_canonical_nan();
}

/* The rows of a class, or with keys NULL the first of all. */
typedef triplet_class rows;

static rows all_rows(const triplet_judgement *judgement) {
  return (rows){NULL, judgement->relations.sets->queries.rows};
}

/* The class after another, the first after {NULL, 0}; of no rows after the last. */
static rows class_after(const triplet_judgement *judgement, rows of) {
  const triplet_classes *classes = &judgement->classes;
  const size_t first = of.keys ? (size_t)(of.keys - classes->keys) + of.count : 0;
  return first < classes->count ? triplet_class_from(classes, first) : (rows){NULL, 0};
}

static rows first_class(const triplet_judgement *judgement) {
  return class_after(judgement, (rows){NULL, 0});
}

static const triplet_retrieval *retrieval_at(const triplet_judgement *judgement, rows of, size_t i) {
  return &judgement->retrievals[of.keys ? triplet_key_row(of.keys[i]) : i];
}

/* What metrics has no place for. */
typedef double (*retrieval_figure)(const triplet_retrieval *retrieval, size_t k);

/* Returns how many of the rows are queries. */
static uint64_t sum_figure(const triplet_judgement *judgement, rows of, retrieval_figure figure, size_t k,
                           double *sum) {
  uint64_t queries = 0;
  *sum = 0;
  for (size_t i = 0; i < of.count; i++) {
    const triplet_retrieval *one = retrieval_at(judgement, of, i);
    *sum += one->positives ? figure(one, k) : 0;
    queries += one->positives > 0;
  }
  return queries;
}

static triplet_means means_of_figure(const triplet_judgement *judgement, retrieval_figure figure, size_t k) {
  double sum, of_classes = 0;
  uint64_t classes = 0;
  for (rows of = first_class(judgement); of.count; of = class_after(judgement, of)) {
    const uint64_t queries = sum_figure(judgement, of, figure, k, &sum);
    of_classes += queries ? sum / (double)queries : 0;
    classes += queries > 0;
  }
  const uint64_t queries = sum_figure(judgement, all_rows(judgement), figure, k, &sum);
  return (triplet_means){mean_of(sum, queries), mean_of(of_classes, classes)};
}

triplet_means triplet_judgement_elected(const triplet_judgement *judgement) {
  return means_of_figure(judgement, is_elected, 0);
}

/* ---- metrics ----------------------------------------------------------------------------------------------------- */

/* Adds the means of a query or a class. triplet_accuracy is none over queries. */
static void add(triplet_metrics *sums, const triplet_metrics *one) {
  sums->skipped += !one->queries;
  if (!one->queries)
    return;
  sums->queries++;
  sums->precision_at_1 += one->precision_at_1;
  sums->r_precision += one->r_precision;
  sums->map_at_r += one->map_at_r;
  sums->map += one->map;
  sums->mrr += one->mrr;
}

static triplet_metrics means_of(const triplet_metrics *sums, double triplet_accuracy) {
  const uint64_t count = sums->queries;
  return (triplet_metrics){
      .queries = count,
      .skipped = sums->skipped,
      .precision_at_1 = mean_of(sums->precision_at_1, count),
      .r_precision = mean_of(sums->r_precision, count),
      .map_at_r = mean_of(sums->map_at_r, count),
      .map = mean_of(sums->map, count),
      .mrr = mean_of(sums->mrr, count),
      .triplet_accuracy = triplet_accuracy,
  };
}

/* Returns how many triplets the rows have. */
static uint64_t metrics_of(const triplet_judgement *judgement, rows of, triplet_metrics *metrics) {
  triplet_metrics sums = {0};
  uint64_t triplets = 0, correct = 0;
  for (size_t i = 0; i < of.count; i++) {
    const triplet_retrieval *one = retrieval_at(judgement, of, i);
    add(&sums, &(triplet_metrics){.queries = one->positives > 0,
                                  .precision_at_1 = recall_at(one, 1),
                                  .r_precision = one->r_precision,
                                  .map_at_r = one->map_at_r,
                                  .map = one->average_precision,
                                  .mrr = reciprocal_rank(one)});
    triplets += (uint64_t)one->positives * one->negatives;
    correct += one->correct;
  }
  /* What is not known of the positives of a query is not known of its triplets. */
  *metrics = means_of(&sums, mean_of(sums.map == sums.map ? (double)correct : sums.map, triplets));
  return triplets;
}

static size_t write_classes(const triplet_judgement *judgement, triplet_class_metrics *classes,
                            triplet_metrics *macro) {
  triplet_metrics sums = {0};
  double accuracy = 0;
  uint64_t accuracies = 0;
  size_t count = 0;
  for (rows of = first_class(judgement); of.count; of = class_after(judgement, of)) {
    triplet_class_metrics one = {.label = triplet_key_label(of.keys[0])};
    const bool has_triplets = metrics_of(judgement, of, &one.metrics) > 0;
    add(&sums, &one.metrics);
    accuracy += has_triplets ? one.metrics.triplet_accuracy : 0;
    accuracies += has_triplets;
    if (classes)
      classes[count] = one;
    count++;
  }
  *macro = means_of(&sums, mean_of(accuracy, accuracies));
  return count;
}

/* ---- intervals --------------------------------------------------------------------------------------------------- */

#define DEVIATIONS 1.959963984540054 /* of the normal law, on either side, that hold 95 in 100 */

static triplet_bounds within_0_and_1(double low, double high) {
  return (triplet_bounds){low < 0 ? 0 : low, high > 1 ? 1 : high};
}

static triplet_bounds unknown_bounds(void) {
  const double unknown = (double)triplet_canonical_nan();
  return (triplet_bounds){unknown, unknown};
}

/* The shares from which it lies no more deviations away than that, by the deviation that each would have itself. */
triplet_bounds triplet_share_bounds(double share, uint64_t count) {
  if (!(share >= 0 && share <= 1) || !count)
    return unknown_bounds();
  const double n = (double)count, squared = DEVIATIONS * DEVIATIONS, whole = 1 + squared / n;
  const double centre = (share + squared / (2 * n)) / whole;
  const double reach = DEVIATIONS * sqrt(share * (1 - share) / n + squared / (4 * n * n)) / whole;
  return within_0_and_1(share == 0 ? 0 : centre - reach, share == 1 ? 1 : centre + reach);
}

/* Half as many values of 0, and of 1, as the square of the deviations come to the others, so that values which are all
 * alike are not taken for certain. squares: the sum of the squared differences from the mean. */
static triplet_bounds mean_bounds(double mean, double squares, uint64_t count) {
  if (mean != mean)
    return unknown_bounds();
  const double n = (double)count, added = DEVIATIONS * DEVIATIONS / 2, all = n + 2 * added;
  const double centre = (n * mean + added) / all, moved = mean - centre;
  const double spread = squares + n * moved * moved + added * (centre * centre + (1 - centre) * (1 - centre));
  const double reach = DEVIATIONS * sqrt(spread) / all;
  return within_0_and_1(centre - reach, centre + reach);
}

static double square(double x) {
  return x * x;
}

static triplet_metric_intervals intervals_of(const triplet_judgement *judgement, const triplet_metrics *means) {
  triplet_metrics squares = {0};
  const rows of = all_rows(judgement);
  for (size_t i = 0; i < of.count; i++) {
    const triplet_retrieval *one = retrieval_at(judgement, of, i);
    if (!one->positives)
      continue;
    squares.r_precision += square(one->r_precision - means->r_precision);
    squares.map_at_r += square(one->map_at_r - means->map_at_r);
    squares.map += square(one->average_precision - means->map);
    squares.mrr += square(reciprocal_rank(one) - means->mrr);
  }
  const uint64_t count = means->queries;
  return (triplet_metric_intervals){
      .precision_at_1 = triplet_share_bounds(means->precision_at_1, count),
      .r_precision = mean_bounds(means->r_precision, squares.r_precision, count),
      .map_at_r = mean_bounds(means->map_at_r, squares.map_at_r, count),
      .map = mean_bounds(means->map, squares.map, count),
      .mrr = mean_bounds(means->mrr, squares.mrr, count),
  };
}

/* ---- an evaluation ----------------------------------------------------------------------------------------------- */

static triplet_status check_k(triplet_context *context, triplet_ints k) {
  TRIPLET_TRY(triplet_check_ints(context, "k", k, k.count));
  for (size_t i = 0; i < k.count; i++)
    if (k.data[i] < 1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got %d at index %i",
                          (int64_t)k.data[i], i);
  return TRIPLET_OK;
}

static triplet_status check_classes(triplet_context *context, const triplet_judgement *judgement,
                                    const triplet_evaluation *evaluation) {
  if (!evaluation->classes)
    return TRIPLET_OK;
  if (triplet_has_relations(judgement->relations.sets->labels))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "classes", "expected labels to tell them by, got relations");
  size_t count = 0;
  for (rows of = first_class(judgement); of.count; of = class_after(judgement, of))
    count++;
  if (count > evaluation->class_capacity)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "class_capacity", "expected room for %z labels, got %z",
                        count, evaluation->class_capacity);
  return TRIPLET_OK;
}

triplet_status triplet_judgement_create(triplet_context *context, const triplet_sets *sets, int64_t ignore_label,
                                        triplet_ints k, const triplet_evaluation *evaluation,
                                        triplet_judgement *judgement) {
  *judgement = (triplet_judgement){0};
  TRIPLET_TRY(check_k(context, k));
  TRIPLET_TRY(triplet_relations_create(context, sets, ignore_label, NULL, &judgement->relations));
  triplet_status status = TRIPLET_OK;
  if (!triplet_has_relations(sets->labels))
    status = triplet_classes_create(context, sets->labels, ignore_label, NULL, &judgement->classes);
  if (status == TRIPLET_OK)
    status = check_classes(context, judgement, evaluation);
  if (status == TRIPLET_OK) {
    judgement->retrievals = triplet_allocate(context, sets->queries.rows, sizeof *judgement->retrievals);
    status = judgement->retrievals ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  }
  if (status != TRIPLET_OK)
    triplet_judgement_release(context, judgement);
  return status;
}

void triplet_judgement_release(triplet_context *context, triplet_judgement *judgement) {
  triplet_release(context, judgement->retrievals);
  triplet_release(context, judgement->classes.keys);
  triplet_relations_release(context, &judgement->relations);
  *judgement = (triplet_judgement){0};
}

void triplet_judgement_write(const triplet_judgement *judgement, triplet_ints k, triplet_evaluation *evaluation) {
  metrics_of(judgement, all_rows(judgement), &evaluation->metrics);
  evaluation->intervals = intervals_of(judgement, &evaluation->metrics);
  evaluation->class_count = write_classes(judgement, evaluation->classes, &evaluation->macro);
  for (size_t i = 0; i < k.count; i++) {
    const triplet_means recall = means_of_figure(judgement, recall_at, (size_t)k.data[i]);
    if (evaluation->recall)
      evaluation->recall[i] = recall.of_queries;
    if (evaluation->recall_intervals)
      evaluation->recall_intervals[i] = triplet_share_bounds(recall.of_queries, evaluation->metrics.queries);
    if (evaluation->macro_recall)
      evaluation->macro_recall[i] = recall.of_classes;
  }
}
