/* native_search.c - distances, nearest rows, evaluation. */
#include "native.h"

#include <string.h>

typedef struct search_job {
  triplet_context *context;
  triplet_options options;
  triplet_matrix x, y;
  int32_t *labels, *indices;
  float *distances;
  size_t k;
  double answer;
} search_job;

/* rows: "random", or "equal" to the first. */
static search_job *new_search(const arguments *given, size_t rows, size_t references) {
  search_job *j = room(1, sizeof *j);
  *j = (search_job){.context = context_of(given), .options = triplet_batch_options()};
  const size_t cols = number_of(given, "cols", 128);
  j->x = triplet_matrix_of(uniform_rows(1, rows, cols), rows, cols);
  j->y = triplet_matrix_of(uniform_rows(2, references, cols), references, cols);
  if (strcmp(text_of(given, "rows", "random"), "equal") == 0)
    for (size_t i = 0; i < (rows + references) * cols; i++)
      *(i < rows * cols ? j->x.data + i : j->y.data + i - rows * cols) = j->x.data[i % cols];
  return j;
}

static void distances(void *of) {
  search_job *j = of;
  const triplet_matrix into = {j->distances, j->x.rows, j->y.rows};
  need(j->context, triplet_distances(j->context, &j->options, j->x, j->y, into));
  j->answer = j->distances[1];
}

/* Of a batch to itself where self is 1, else of as many rows to as many others. */
static job open_distances(const arguments *given) {
  const size_t rows = number_of(given, "count", 1024);
  search_job *j = new_search(given, rows, rows);
  if (number_of(given, "self", 0)) {
    free(j->x.data);
    free(j->y.data);
    j->x = j->y = triplet_matrix_of(class_rows(rows, j->x.cols, number_of(given, "classes", 32)), rows, j->x.cols);
  }
  j->distances = room(rows * rows, sizeof *j->distances);
  return (job){distances, j, &j->answer, NULL};
}

static void nearest(void *of) {
  search_job *j = of;
  const triplet_neighbor_search search = {.queries = j->x, .references = j->y, .k = j->k};
  need(j->context, triplet_nearest(j->context, &j->options, &search, j->indices, j->distances));
  j->answer = 0;
  for (size_t i = 0; i < j->x.rows * j->k; i++)
    j->answer += j->distances[i];
}

static job open_nearest(const arguments *given) {
  search_job *j = new_search(given, number_of(given, "queries", 1000), number_of(given, "references", 100000));
  j->k = number_of(given, "k", 10);
  j->indices = room(j->x.rows * j->k, sizeof *j->indices);
  j->distances = room(j->x.rows * j->k, sizeof *j->distances);
  return (job){nearest, j, &j->answer, NULL};
}

static void evaluate(void *of) {
  search_job *j = of;
  const triplet_batch batch = {j->x, triplet_labels_of(j->labels, j->x.rows), NULL};
  static const int32_t ks[] = {1, 5, 10};
  double recall[3];
  triplet_evaluation found = {.recall = recall};
  need(j->context, triplet_evaluate(j->context, &j->options, &batch, (triplet_ints){ks, 3}, &found));
  j->answer = found.metrics.precision_at_1;
}

static job open_evaluate(const arguments *given) {
  search_job *j = room(1, sizeof *j);
  *j = (search_job){.context = context_of(given), .options = triplet_batch_options()};
  const size_t rows = number_of(given, "count", 10000), cols = number_of(given, "cols", 64);
  const size_t classes = number_of(given, "classes", 100);
  j->x = triplet_matrix_of(class_rows(rows, cols, classes), rows, cols);
  j->labels = class_labels(rows, classes);
  return (job){evaluate, j, &j->answer, NULL};
}

const bench_case search_cases[] = {
    {"distances", open_distances}, {"nearest", open_nearest}, {"evaluate", open_evaluate}, {NULL, NULL}};
