/* metrics.c - how well an embedding retrieves rows of the same label, by exact search. */
#include "search.h"

/* What one query adds to the means; kept for each, so that they are summed in one order whatever the threads. */
typedef struct judgement {
  bool judged;
  double r_precision, average_precision; /* of its R nearest */
  size_t first_hit;                      /* rank, from 0, of the nearest positive; SIZE_MAX without a finite one */
  uint64_t triplets, correct;
} judgement;

typedef struct evaluate_job {
  triplet_ints labels, reference_labels;
  const int32_t *self; /* NULL with own: query i is reference i */
  bool own;
  int64_t ignore_label;
  judgement *judgements;
} evaluate_job;

static bool counts_for(const evaluate_job *job, size_t query, size_t reference) {
  const int64_t self = job->own ? (int64_t)query : job->self ? job->self[query] : -1;
  return (int64_t)reference != self && job->reference_labels.data[reference] != job->ignore_label;
}

/* The references are met in the order of their distance, so that each is at its rank; those beyond the farthest
 * positive need no order. */
static bool judge(void *argument, size_t query, const float *distances, uint64_t *keys) {
  const evaluate_job *job = argument;
  const int32_t label = job->labels.data[query], *labels = job->reference_labels.data;
  judgement *result = &job->judgements[query];
  *result = (judgement){.first_hit = SIZE_MAX};
  if (label == job->ignore_label)
    return true;
  size_t others = 0, positives = 0, count = 0;
  float farthest = 0;
  bool finite = true;
  for (size_t j = 0; j < job->reference_labels.count; j++)
    if (counts_for(job, query, j)) {
      others++;
      finite &= distances[j] <= FLT_MAX;
      if (labels[j] == label) {
        positives++;
        farthest = distances[j] > farthest ? distances[j] : farthest;
      }
    }
  if (positives == 0)
    return finite;
  for (size_t j = 0; j < job->reference_labels.count; j++)
    if (distances[j] <= farthest && counts_for(job, query, j))
      keys[count++] = triplet_distance_key(distances[j], j);
  result->correct = positives * (uint64_t)(others - count);
  triplet_sort_keys(keys, keys + job->reference_labels.count, count);
  size_t met = 0, nearer = 0, hits = 0; /* positives so far, those of a smaller distance, those within the first R */
  double precisions = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t row = triplet_key_row(keys[i]);
    if (i && keys[i] >> 32 != keys[i - 1] >> 32)
      nearer = met;
    if (labels[row] != label) {
      result->correct += nearer;
      continue;
    }
    met++;
    if (!(distances[row] <= FLT_MAX))
      continue;
    if (result->first_hit == SIZE_MAX)
      result->first_hit = i;
    if (i < positives)
      precisions += (double)++hits / (double)(i + 1);
  }
  result->judged = true;
  result->r_precision = (double)hits / (double)positives;
  result->average_precision = precisions / (double)positives;
  result->triplets = positives * (uint64_t)(others - positives);
  return finite;
}

static double share(double part, uint64_t whole) {
  return whole ? part / (double)whole : 0;
}

static void summarize(const judgement *judgements, size_t rows, triplet_ints k, double *recall,
                      triplet_metrics *metrics) {
  triplet_metrics sums = {0};
  uint64_t triplets = 0, correct = 0;
  for (size_t i = 0; i < rows; i++) {
    const judgement *one = &judgements[i];
    sums.queries += one->judged;
    sums.precision_at_1 += one->judged && one->first_hit == 0;
    sums.r_precision += one->r_precision;
    sums.map_at_r += one->average_precision;
    triplets += one->triplets;
    correct += one->correct;
  }
  *metrics = (triplet_metrics){.queries = sums.queries,
                               .skipped = rows - sums.queries,
                               .precision_at_1 = share(sums.precision_at_1, sums.queries),
                               .r_precision = share(sums.r_precision, sums.queries),
                               .map_at_r = share(sums.map_at_r, sums.queries),
                               .triplet_accuracy = share((double)correct, triplets)};
  for (size_t j = 0; j < k.count; j++) {
    uint64_t found = 0;
    for (size_t i = 0; i < rows; i++)
      found += judgements[i].judged && judgements[i].first_hit < (size_t)k.data[j];
    recall[j] = share((double)found, sums.queries);
  }
}

triplet_status triplet_evaluate(triplet_context *context, const triplet_options *options, triplet_matrix embeddings,
                                triplet_ints labels, const triplet_references *references, triplet_ints k,
                                double *recall, triplet_metrics *metrics) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE, options));
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", embeddings));
  TRIPLET_TRY(triplet_check_ints(context, "labels", labels, embeddings.rows));
  const triplet_matrix rows = references ? references->rows : embeddings;
  evaluate_job job = {
      .labels = labels, .reference_labels = labels, .own = !references, .ignore_label = options->ignore_label};
  if (references) {
    TRIPLET_TRY(triplet_check_matrix(context, "references", rows));
    if (rows.cols != embeddings.cols)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references",
                          "expected %z columns like embeddings, got %z", embeddings.cols, rows.cols);
    TRIPLET_TRY(triplet_check_ints(context, "reference_labels", references->labels, rows.rows));
    TRIPLET_TRY(triplet_check_self(context, references->self, embeddings.rows, rows.rows));
    job.reference_labels = references->labels;
    job.self = references->self.data;
  }
  if (rows.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, references ? "references" : "embeddings",
                        "expected at most %z rows, got %z", (size_t)INT32_MAX, rows.rows);
  if (k.count && (!k.data || !recall))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers and room for their recall, got NULL");
  for (size_t i = 0; i < k.count; i++)
    if (k.data[i] < 1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got %d at index %i",
                          (int64_t)k.data[i], i);
  job.judgements = triplet_allocate(context, embeddings.rows, sizeof *job.judgements);
  if (!job.judgements)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status = triplet_search(context, options, "embeddings", embeddings, rows, judge, &job);
  if (status == TRIPLET_OK)
    summarize(job.judgements, embeddings.rows, k, recall, metrics);
  triplet_release(context, job.judgements);
  return status;
}
