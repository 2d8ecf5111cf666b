/* held_out.c - held-out rows against those trained on, and among themselves. */
#include "metrics.h"

enum { QUERIES_STREAM = 0x71756572 };

/* The rows of a set, sorted by what they are there for, and the figures until all are known. */
typedef struct held_out_sets {
  float *rows; /* (N, D): the training rows, then those held out */
  int32_t *labels;
  float *queries;                     /* of those held out */
  int32_t *query_labels, *query_rows; /* the latter from 0 among the held-out rows */
  double *recall;                     /* 2 k.count */
  size_t training, held_out, asked, cols;
} held_out_sets;

static void release_sets(triplet_context *context, held_out_sets *of) {
  triplet_release(context, of->recall);
  triplet_release(context, of->query_rows);
  triplet_release(context, of->query_labels);
  triplet_release(context, of->queries);
  triplet_release(context, of->labels);
  triplet_release(context, of->rows);
}

static void fill_sets(const triplet_held_out_set *set, int64_t seed, held_out_sets *into) {
  const size_t d = set->embeddings.cols;
  size_t next[] = {0, into->training};
  for (size_t i = 0; i < set->embeddings.rows; i++) {
    const size_t at = next[set->held_out[i] != 0]++;
    memcpy(into->rows + at * d, set->embeddings.data + i * d, d * sizeof *into->rows);
    into->labels[at] = set->labels.integers.data[i];
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
    into->query_rows[taken++] = (int32_t)i;
  }
}

static triplet_status create_sets(triplet_context *context, const triplet_options *options,
                                  const triplet_held_out_set *set, held_out_sets *into) {
  const size_t rows = set->embeddings.rows, row_size = set->embeddings.cols * sizeof(float);
  *into = (held_out_sets){.cols = set->embeddings.cols};
  for (size_t i = 0; i < rows; i++)
    into->held_out += set->held_out[i] != 0;
  into->training = rows - into->held_out;
  into->asked = into->held_out < (size_t)options->most_queries ? into->held_out : (size_t)options->most_queries;

  into->rows = triplet_allocate(context, rows, row_size);
  into->labels = triplet_allocate(context, rows, sizeof *into->labels);
  into->queries = triplet_allocate(context, into->asked, row_size);
  into->query_labels = triplet_allocate(context, into->asked, sizeof *into->query_labels);
  into->query_rows = triplet_allocate(context, into->asked, sizeof *into->query_rows);
  into->recall = triplet_allocate(context, set->k.count, 2 * sizeof *into->recall);
  if (!into->rows || !into->labels || !into->queries || !into->query_labels || !into->query_rows || !into->recall) {
    release_sets(context, into);
    return TRIPLET_OUT_OF_MEMORY;
  }
  fill_sets(set, options->seed, into);
  return TRIPLET_OK;
}

/* One of two evaluations of a call, which lies at from .. to in its progress. */
static triplet_status evaluate_part(triplet_context *context, const triplet_options *options,
                                    const triplet_search_evaluation *asked, double from, double to) {
  const triplet_watch whole = triplet_watch_part(context, from, to);
  const triplet_status status = triplet_evaluate_sets(context, options, asked);
  triplet_watch_restore(context, whole);
  return status;
}

static triplet_status evaluate_both(triplet_context *context, const triplet_options *options, const held_out_sets *of,
                                    triplet_search_evaluation *against, triplet_search_evaluation *among) {
  const size_t d = of->cols;
  against->sets = (triplet_sets){
      .queries = {of->queries, of->asked, d},
      .labels = triplet_labels_of(of->query_labels, of->asked),
      .references = {of->rows, of->training, d},
      .reference_labels = triplet_labels_of(of->labels, of->training),
      .separate = true,
  };
  among->sets = (triplet_sets){
      .queries = {of->queries, of->asked, d},
      .labels = triplet_labels_of(of->query_labels, of->asked),
      .references = {of->rows + of->training * d, of->held_out, d},
      .reference_labels = triplet_labels_of(of->labels + of->training, of->held_out),
      .self = {of->query_rows, of->asked},
      .separate = true,
  };

  /* A query costs as much as there are references. */
  const double share = (double)of->training / (double)(of->training + of->held_out);
  TRIPLET_TRY(evaluate_part(context, options, against, 0, share));
  return evaluate_part(context, options, among, share, 1);
}

triplet_status triplet_evaluate_held_out(triplet_context *context, const triplet_options *options,
                                         const triplet_held_out_set *given, double *recall,
                                         triplet_held_out_metrics *metrics) {
  triplet_held_out_set set = *given;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE_HELD_OUT, options));
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &set.embeddings));
  TRIPLET_TRY(triplet_check_labels_alone(context, set.labels));
  TRIPLET_TRY(triplet_check_labels(context, "labels", set.labels, set.embeddings.rows));
  if (!set.held_out && set.embeddings.rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "held_out", "expected %z bytes, got NULL",
                        set.embeddings.rows);
  TRIPLET_TRY(triplet_check_k(context, set.k, recall));

  held_out_sets both;
  TRIPLET_TRY(create_sets(context, options, &set, &both));
  triplet_held_out_metrics found = {.held_out = both.held_out, .queries = both.asked};
  triplet_search_evaluation against = {
      .k = set.k, .recall = both.recall, .metrics = &found.against_training, .knn_accuracy = &found.knn_accuracy};
  triplet_search_evaluation among = {
      .k = set.k, .recall = both.recall + set.k.count, .metrics = &found.among_themselves};
  const triplet_status status = evaluate_both(context, options, &both, &against, &among);

  if (status == TRIPLET_OK) {
    *metrics = found;
    if (recall)
      memcpy(recall, both.recall, 2 * set.k.count * sizeof *recall);
  }
  release_sets(context, &both);
  if (status == TRIPLET_NOT_FINITE) /* the search has other numbers for the rows */
    return triplet_fail(context, status, "embeddings", "a held-out row has a distance that is not finite");
  return status;
}
