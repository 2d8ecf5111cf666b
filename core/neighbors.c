/* neighbors.c - the evaluation of neighbours that somebody else found. */
#include "metrics.h"

typedef struct given_job {
  const triplet_given_neighbors *neighbors;
  const triplet_judgement *judgement;
  uint32_t *met_by; /* R: the last query, counted from 1, that has met the reference */
} given_job;

static triplet_status follow_neighbors(triplet_context *context, const given_job *job, size_t query) {
  const triplet_relations *relations = &job->judgement->relations;
  const size_t references = relations->sets->references.rows, width = job->neighbors->width;
  const int32_t *neighbors = job->neighbors->indices + query * width;
  triplet_retrieval *found = &job->judgement->retrievals[query];
  *found = triplet_retrieval_of(triplet_count_related(relations, query));

  size_t known = 0;
  for (size_t i = 0; i < width && neighbors[i] != -1; i++) {
    const size_t reference = (size_t)neighbors[i];
    if (neighbors[i] < 0 || reference >= references)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "indices",
                          "expected -1 .. %d, got %d at row %i, column %i", (int64_t)references - 1,
                          (int64_t)neighbors[i], query, i);
    if (job->met_by[reference] == query + 1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "indices",
                          "expected each reference once, got %i again at row %i, column %i", reference, query, i);
    job->met_by[reference] = (uint32_t)query + 1;
    const int relation = found->positives ? triplet_relation_of(relations, query, reference) : 0;
    if (relation == 1)
      triplet_retrieval_hit(found, known);
    known += relation != 0;
  }
  if (!found->positives)
    return TRIPLET_OK;
  const bool only_positives_left = known - found->hits == found->negatives;
  while (only_positives_left && found->hits < found->positives)
    triplet_retrieval_hit(found, known++);
  triplet_retrieval_end(found, only_positives_left ? SIZE_MAX : known);
  return TRIPLET_OK;
}

static triplet_status follow_all(triplet_context *context, const triplet_given_neighbors *neighbors,
                                 const triplet_judgement *judgement) {
  const triplet_sets *sets = judgement->relations.sets;
  const given_job job = {neighbors, judgement, triplet_allocate(context, sets->references.rows, sizeof *job.met_by)};
  if (!job.met_by)
    return TRIPLET_OUT_OF_MEMORY;
  memset(job.met_by, 0, sets->references.rows * sizeof *job.met_by);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < sets->queries.rows && status == TRIPLET_OK; i++)
    status = follow_neighbors(context, &job, i);
  triplet_release(context, job.met_by);
  return status;
}

static triplet_status check_neighbors(triplet_context *context, const triplet_given_neighbors *neighbors,
                                      triplet_sets *sets) {
  const triplet_labels *labels = &neighbors->labels, *others = &neighbors->reference_labels;
  const bool related = triplet_has_relations(*labels);
  const bool others_given = others->integers.data || others->ends.data || triplet_has_relations(*others);
  *sets = (triplet_sets){.labels = *labels,
                         .reference_labels = related || others_given ? *others : *labels,
                         .self = neighbors->reference_self};
  sets->queries.rows = related ? labels->relations.rows : triplet_labelled_rows(*labels);
  sets->references.rows = related ? labels->relations.cols : triplet_labelled_rows(sets->reference_labels);
  sets->separate = others_given || sets->self.data || sets->queries.rows != sets->references.rows;
  if (sets->queries.rows > INT32_MAX || sets->references.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels", "expected at most %z of queries and references",
                        (size_t)INT32_MAX);
  TRIPLET_TRY(triplet_sets_check_labels(context, sets));
  TRIPLET_TRY(triplet_check_self(context, sets->self, sets->queries.rows, sets->references.rows));
  if (!neighbors->indices && sets->queries.rows && neighbors->width)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "indices", "expected %z x %z integers, got NULL",
                        sets->queries.rows, neighbors->width);
  return TRIPLET_OK;
}

triplet_status triplet_evaluate_neighbors(triplet_context *context, const triplet_options *options,
                                          const triplet_given_neighbors *neighbors, triplet_ints k,
                                          triplet_evaluation *evaluation) {
  triplet_sets sets;
  triplet_judgement judgement;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE_NEIGHBORS, options));
  TRIPLET_TRY(check_neighbors(context, neighbors, &sets));
  TRIPLET_TRY(triplet_judgement_create(context, &sets, options->ignore_label, k, evaluation, &judgement));
  const triplet_status status = follow_all(context, neighbors, &judgement);
  if (status == TRIPLET_OK)
    triplet_judgement_write(&judgement, k, evaluation);
  triplet_judgement_release(context, &judgement);
  return status;
}
