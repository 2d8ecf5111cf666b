/* metrics.c - how well an embedding retrieves rows of the same label, by exact search. */
#include "search.h"

/* What one query adds to the means; kept for each, so that they are summed in one order whatever the threads. */
typedef struct judgement {
  bool judged;
  double r_precision, average_precision; /* of its R nearest */
  size_t first_hit;                      /* rank, from 0, of the nearest positive; SIZE_MAX without a finite one */
  uint64_t triplets, correct;
  bool elected; /* its class has the most votes of its nearest references */
} judgement;

typedef struct evaluate_job {
  triplet_ints labels, reference_labels;
  const int32_t *self; /* NULL with own: query i is reference i */
  bool own;
  int64_t ignore_label;
  bool votes; /* the nearest references elect a class */
  judgement *judgements;
} evaluate_job;

static bool counts_for(const evaluate_job *job, size_t query, size_t reference) {
  const int64_t self = job->own ? (int64_t)query : job->self ? job->self[query] : -1;
  return (int64_t)reference != self && job->reference_labels.data[reference] != job->ignore_label;
}

/* Whether most of the nearest references are of the label; where classes have the same, the nearest one's counts. */
static bool is_elected(const evaluate_job *job, size_t query, const float *distances, uint64_t *keys) {
  const int32_t *labels = job->reference_labels.data;
  triplet_nearest_heap heap = {keys, 0, TRIPLET_NEIGHBORS};
  for (size_t j = 0; j < job->reference_labels.count; j++)
    if (distances[j] <= FLT_MAX && counts_for(job, query, j))
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
  return most && elected == job->labels.data[query];
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
  result->elected = job->votes && is_elected(job, query, distances, keys);
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

/* What is asked of one search, and where the answers go. */
typedef struct evaluation {
  triplet_matrix embeddings;
  triplet_ints labels;
  const triplet_references *references; /* NULL: the other rows */
  triplet_ints k;
  double *recall; /* of each k */
  triplet_metrics *metrics;
  double *knn_accuracy; /* or NULL */
} evaluation;

static void summarize(const judgement *judgements, const evaluation *asked) {
  const size_t rows = asked->embeddings.rows;
  triplet_metrics sums = {0};
  uint64_t triplets = 0, correct = 0, elected = 0;
  for (size_t i = 0; i < rows; i++) {
    const judgement *one = &judgements[i];
    sums.queries += one->judged;
    sums.precision_at_1 += one->judged && one->first_hit == 0;
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
      found += judgements[i].judged && judgements[i].first_hit < (size_t)asked->k.data[j];
    asked->recall[j] = triplet_mean((double)found, sums.queries);
  }
}

static triplet_status check_k(triplet_context *context, triplet_ints k, const double *recall) {
  if (k.count && (!k.data || !recall))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers and room for their recall, got NULL");
  for (size_t i = 0; i < k.count; i++)
    if (k.data[i] < 1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "k", "expected numbers >= 1, got %d at index %i",
                          (int64_t)k.data[i], i);
  return TRIPLET_OK;
}

static triplet_status evaluate(triplet_context *context, const triplet_options *options, const evaluation *asked) {
  const triplet_references *references = asked->references;
  evaluate_job job = {.labels = asked->labels,
                      .reference_labels = references ? references->labels : asked->labels,
                      .self = references ? references->self.data : NULL,
                      .own = !references,
                      .ignore_label = options->ignore_label,
                      .votes = asked->knn_accuracy != NULL};
  job.judgements = triplet_allocate(context, asked->embeddings.rows, sizeof *job.judgements);
  if (!job.judgements)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_matrix rows = references ? references->rows : asked->embeddings;
  const triplet_search_sets sets = {asked->embeddings, rows};
  const triplet_status status = triplet_search(context, options, "embeddings", &sets, judge, &job);
  if (status == TRIPLET_OK)
    summarize(job.judgements, asked);
  triplet_release(context, job.judgements);
  return status;
}

triplet_status triplet_evaluate(triplet_context *context, const triplet_options *options, triplet_matrix embeddings,
                                triplet_ints labels, const triplet_references *references, triplet_ints k,
                                double *recall, triplet_metrics *metrics) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE, options));
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &embeddings));
  TRIPLET_TRY(triplet_check_ints(context, "labels", labels, embeddings.rows));
  triplet_references others = {embeddings, labels, {0}};
  if (references) {
    others = *references;
    TRIPLET_TRY(triplet_check_matrix(context, "references", &others.rows));
    if (others.rows.cols != embeddings.cols)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references",
                          "expected %z columns like embeddings, got %z", embeddings.cols, others.rows.cols);
    TRIPLET_TRY(triplet_check_ints(context, "reference_labels", others.labels, others.rows.rows));
    TRIPLET_TRY(triplet_check_self(context, others.self, embeddings.rows, others.rows.rows));
  }
  if (others.rows.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, references ? "references" : "embeddings",
                        "expected at most %z rows, got %z", (size_t)INT32_MAX, others.rows.rows);
  TRIPLET_TRY(check_k(context, k, recall));
  return evaluate(context, options,
                  &(evaluation){.embeddings = embeddings,
                                .labels = labels,
                                .references = references ? &others : NULL,
                                .k = k,
                                .recall = recall,
                                .metrics = metrics});
}

/* ---- held-out rows ----------------------------------------------------------------------------------------------- */

enum { QUERIES_STREAM = 0x71756572 };

/* The rows of a set, sorted by what they are there for, and the figures until all are known. */
typedef struct sides {
  float *rows; /* (N, D): the training rows, then those held out */
  int32_t *labels;
  float *queries; /* of those held out */
  int32_t *query_labels, *query_places;
  double *recall; /* 2 k.count */
  size_t training, held_out, asked;
} sides;

static void release_sides(triplet_context *context, sides *of) {
  triplet_release(context, of->recall);
  triplet_release(context, of->query_places);
  triplet_release(context, of->query_labels);
  triplet_release(context, of->queries);
  triplet_release(context, of->labels);
  triplet_release(context, of->rows);
}

static void take_sides(const triplet_held_out_set *set, int64_t seed, sides *into) {
  const size_t d = set->embeddings.cols;
  size_t next[] = {0, into->training};
  for (size_t i = 0; i < set->embeddings.rows; i++) {
    const size_t at = next[set->held_out[i] != 0]++;
    memcpy(into->rows + at * d, set->embeddings.data + i * d, d * sizeof *into->rows);
    into->labels[at] = set->labels.data[i];
  }
  /* Each held-out row in turn is taken with the chance that leaves all samples alike. */
  triplet_random random = triplet_random_seed(seed, QUERIES_STREAM);
  size_t taken = 0;
  for (size_t i = 0; i < into->held_out && taken < into->asked; i++) {
    if (triplet_random_below(&random, into->held_out - i) >= into->asked - taken)
      continue;
    const size_t at = into->training + i;
    memcpy(into->queries + taken * d, into->rows + at * d, d * sizeof *into->rows);
    into->query_labels[taken] = into->labels[at];
    into->query_places[taken++] = (int32_t)i;
  }
}

static triplet_status create_sides(triplet_context *context, const triplet_options *options,
                                   const triplet_held_out_set *set, sides *into) {
  const size_t rows = set->embeddings.rows, row_size = set->embeddings.cols * sizeof(float);
  *into = (sides){0};
  for (size_t i = 0; i < rows; i++)
    into->held_out += set->held_out[i] != 0;
  into->training = rows - into->held_out;
  into->asked = into->held_out < (size_t)options->most_queries ? into->held_out : (size_t)options->most_queries;
  into->rows = triplet_allocate(context, rows, row_size);
  into->labels = triplet_allocate(context, rows, sizeof *into->labels);
  into->queries = triplet_allocate(context, into->asked, row_size);
  into->query_labels = triplet_allocate(context, into->asked, sizeof *into->query_labels);
  into->query_places = triplet_allocate(context, into->asked, sizeof *into->query_places);
  into->recall = triplet_allocate(context, set->k.count, 2 * sizeof *into->recall);
  if (!into->rows || !into->labels || !into->queries || !into->query_labels || !into->query_places || !into->recall) {
    release_sides(context, into);
    return TRIPLET_OUT_OF_MEMORY;
  }
  take_sides(set, options->seed, into);
  return TRIPLET_OK;
}

static triplet_status evaluate_sides(triplet_context *context, const triplet_options *options, const sides *of,
                                     evaluation *against, evaluation *among) {
  const size_t d = against->embeddings.cols;
  const triplet_references training = {.rows = {of->rows, of->training, d}, .labels = {of->labels, of->training}};
  const triplet_references themselves = {.rows = {of->rows + of->training * d, of->held_out, d},
                                         .labels = {of->labels + of->training, of->held_out},
                                         .self = {of->query_places, of->asked}};
  against->references = &training;
  among->references = &themselves;
  against->embeddings = among->embeddings = (triplet_matrix){of->queries, of->asked, d};
  against->labels = among->labels = (triplet_ints){of->query_labels, of->asked};
  TRIPLET_TRY(evaluate(context, options, against));
  return evaluate(context, options, among);
}

triplet_status triplet_evaluate_held_out(triplet_context *context, const triplet_options *options,
                                         const triplet_held_out_set *given, double *recall,
                                         triplet_held_out_metrics *metrics) {
  triplet_held_out_set set = *given;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE_HELD_OUT, options));
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &set.embeddings));
  TRIPLET_TRY(triplet_check_labels(context, set.labels));
  TRIPLET_TRY(triplet_check_ints(context, "labels", set.labels, set.embeddings.rows));
  if (!set.held_out && set.embeddings.rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "held_out", "expected %z bytes, got NULL",
                        set.embeddings.rows);
  TRIPLET_TRY(check_k(context, set.k, recall));
  sides both;
  TRIPLET_TRY(create_sides(context, options, &set, &both));
  triplet_held_out_metrics found = {.held_out = both.held_out, .queries = both.asked};
  evaluation against = {.embeddings = set.embeddings,
                        .k = set.k,
                        .recall = both.recall,
                        .metrics = &found.against_training,
                        .knn_accuracy = &found.knn_accuracy};
  evaluation among = {.k = set.k, .recall = both.recall + set.k.count, .metrics = &found.among_themselves};
  const triplet_status status = evaluate_sides(context, options, &both, &against, &among);
  if (status == TRIPLET_OK) {
    *metrics = found;
    if (recall)
      memcpy(recall, both.recall, 2 * set.k.count * sizeof *recall);
  }
  release_sides(context, &both);
  if (status == TRIPLET_NOT_FINITE) /* the search has other numbers for the rows */
    return triplet_fail(context, status, "embeddings", "a held-out row has a distance that is not finite");
  return status;
}
