/* metrics.c - how well an embedding retrieves rows of the same label, by exact search. */
#include "metrics.h"

/* ---- one query --------------------------------------------------------------------------------------------------- */

/* What a query adds to the means; kept for each, so that they are summed in one order whatever the threads. */
typedef struct retrieval {
  size_t positives;                      /* R; without any the query is skipped */
  double r_precision, average_precision; /* of its R nearest */
  size_t first_hit;                      /* rank, from 0, of the nearest positive; SIZE_MAX without a finite one */
  uint64_t triplets, correct;
  bool elected; /* its class has the most votes of its nearest references */
} retrieval;

typedef struct evaluate_job {
  const triplet_sets *sets;
  int64_t ignore_label;
  bool votes; /* the nearest references elect a class */
  retrieval *retrievals;
} evaluate_job;

static bool is_candidate(const evaluate_job *job, size_t query, size_t reference) {
  return (int64_t)reference != triplet_self_of(job->sets, query) &&
         job->sets->reference_labels.integers.data[reference] != job->ignore_label;
}

/* Whether most of the nearest references are of the label; where classes have the same, the nearest one's counts. */
static bool is_elected(const evaluate_job *job, size_t query, const float *distances, uint64_t *keys) {
  const int32_t *labels = job->sets->reference_labels.integers.data;
  triplet_nearest_heap heap = {keys, 0, TRIPLET_NEIGHBORS};
  for (size_t j = 0; j < job->sets->reference_labels.integers.count; j++)
    if (distances[j] <= FLT_MAX && is_candidate(job, query, j))
      triplet_heap_offer(&heap, triplet_distance_key(distances[j], j));
  triplet_heap_sort(&heap);

  size_t most = 0;
  int32_t elected = 0;
  for (size_t i = 0; i < heap.count; i++) {
    const int32_t label = labels[triplet_key_row(keys[i])];
    size_t votes = 0;
    for (size_t j = i; j < heap.count; j++)
      votes += labels[triplet_key_row(keys[j])] == label;
    if (votes > most) {
      most = votes;
      elected = label;
    }
  }
  return most && elected == job->sets->labels.integers.data[query];
}

/* The references of a query. */
typedef struct candidates {
  size_t count, positives;
  float farthest; /* positive */
  bool finite;    /* all their distances */
} candidates;

static candidates candidates_of(const evaluate_job *job, size_t query, const float *distances) {
  const triplet_ints labels = job->sets->reference_labels.integers;
  candidates found = {.farthest = -INFINITY, .finite = true};
  for (size_t j = 0; j < labels.count; j++) {
    if (!is_candidate(job, query, j))
      continue;
    found.count++;
    found.finite &= distances[j] <= FLT_MAX;
    if (labels.data[j] == job->sets->labels.integers.data[query]) {
      found.positives++;
      found.farthest = distances[j] > found.farthest ? distances[j] : found.farthest;
    }
  }
  return found;
}

/* keys: the references up to the farthest positive, nearest first. */
static void follow_ranking(const evaluate_job *job, size_t query, const uint64_t *keys, size_t count,
                           retrieval *result) {
  const int32_t label = job->sets->labels.integers.data[query], *labels = job->sets->reference_labels.integers.data;
  size_t met = 0, nearer = 0, hits = 0; /* positives so far, those of a smaller distance, those within the first R */
  double precisions = 0;
  for (size_t i = 0; i < count; i++) {
    if (i && keys[i] >> 32 != keys[i - 1] >> 32)
      nearer = met;
    if (labels[triplet_key_row(keys[i])] != label) {
      result->correct += nearer;
      continue;
    }

    met++;
    if (!(triplet_key_distance(keys[i]) <= FLT_MAX))
      continue;
    if (result->first_hit == SIZE_MAX)
      result->first_hit = i;
    if (i < result->positives)
      precisions += (double)++hits / (double)(i + 1);
  }
  result->r_precision = (double)hits / (double)result->positives;
  result->average_precision = precisions / (double)result->positives;
}

/* The references are met in the order of their distance, so that each is at its rank; those beyond the farthest
 * positive need no order. */
static bool rank_references(void *argument, size_t query, const float *distances, uint64_t *keys) {
  const evaluate_job *job = argument;
  const size_t references = job->sets->reference_labels.integers.count;
  retrieval *result = &job->retrievals[query];
  *result = (retrieval){.first_hit = SIZE_MAX};
  if (job->sets->labels.integers.data[query] == job->ignore_label)
    return true;
  const candidates found = candidates_of(job, query, distances);
  if (found.positives == 0)
    return found.finite;

  result->elected = job->votes && is_elected(job, query, distances, keys);
  size_t count = 0;
  for (size_t j = 0; j < references; j++)
    if (distances[j] <= found.farthest && is_candidate(job, query, j))
      keys[count++] = triplet_distance_key(distances[j], j);
  triplet_sort_keys(keys, keys + references, count);

  result->positives = found.positives;
  result->triplets = found.positives * (uint64_t)(found.count - found.positives);
  result->correct = found.positives * (uint64_t)(found.count - count);
  follow_ranking(job, query, keys, count, result);
  return found.finite;
}

/* ---- the means --------------------------------------------------------------------------------------------------- */

static void summarize(const retrieval *retrievals, const triplet_search_evaluation *asked) {
  const size_t rows = asked->sets.queries.rows;
  triplet_metrics sums = {0};
  uint64_t triplets = 0, correct = 0, elected = 0;
  for (size_t i = 0; i < rows; i++) {
    const retrieval *one = &retrievals[i];
    sums.queries += one->positives > 0;
    sums.precision_at_1 += one->first_hit == 0;
    sums.r_precision += one->r_precision;
    sums.map_at_r += one->average_precision;
    triplets += one->triplets;
    correct += one->correct;
    elected += one->elected;
  }

  *asked->metrics = (triplet_metrics){.queries = sums.queries,
                                      .skipped = rows - sums.queries,
                                      .precision_at_1 = triplet_mean(sums.precision_at_1, sums.queries),
                                      .r_precision = triplet_mean(sums.r_precision, sums.queries),
                                      .map_at_r = triplet_mean(sums.map_at_r, sums.queries),
                                      .triplet_accuracy = triplet_mean((double)correct, triplets)};
  if (asked->knn_accuracy)
    *asked->knn_accuracy = triplet_mean((double)elected, sums.queries);

  for (size_t j = 0; j < asked->k.count; j++) {
    uint64_t found = 0;
    for (size_t i = 0; i < rows; i++)
      found += retrievals[i].first_hit < (size_t)asked->k.data[j];
    asked->recall[j] = triplet_mean((double)found, sums.queries);
  }
}

triplet_status triplet_check_k(triplet_context *context, triplet_ints k, const double *recall) {
  if (k.count && (!k.data || !recall))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers and room for their recall, got NULL");
  for (size_t i = 0; i < k.count; i++)
    if (k.data[i] < 1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got %d at index %i",
                          (int64_t)k.data[i], i);
  return TRIPLET_OK;
}

triplet_status triplet_evaluate_sets(triplet_context *context, const triplet_options *options,
                                     const triplet_search_evaluation *asked) {
  const triplet_sets *sets = &asked->sets;
  evaluate_job job = {
      .sets = sets,
      .ignore_label = options->ignore_label,
      .votes = asked->knn_accuracy != NULL,
      .retrievals = triplet_allocate(context, sets->queries.rows, sizeof *job.retrievals),
  };
  if (!job.retrievals)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status = triplet_search(
      context, options, "embeddings", &(triplet_search_sets){sets->queries, sets->references}, rank_references, &job);
  if (status == TRIPLET_OK)
    summarize(job.retrievals, asked);
  triplet_release(context, job.retrievals);
  return status;
}

triplet_status triplet_evaluate(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                triplet_ints k, triplet_evaluation *evaluation) {
  triplet_search_evaluation asked = {.k = k, .recall = evaluation->recall, .metrics = &evaluation->metrics};
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE, options));
  TRIPLET_TRY(triplet_sets_check(context, batch, &asked.sets));
  TRIPLET_TRY(triplet_check_k(context, k, evaluation->recall));
  return triplet_evaluate_sets(context, options, &asked);
}
