/* classify.c - the class of a row, by the votes of its nearest neighbours. */
#include "search.h"
#include "votes.h"

typedef struct classify_job {
  triplet_electorate electorate;
  double threshold;
  const triplet_classification *into;
} classify_job;

static void classify_query(void *taker, const triplet_neighbors *neighbors) {
  const classify_job *job = taker;
  size_t near = 0;
  for (; near < neighbors->count; near++) {
    const float distance = triplet_key_distance(neighbors->keys[near]);
    if (!triplet_is_finite(distance) || distance > job->threshold)
      break;
  }

  const triplet_election election = triplet_elect(&job->electorate, neighbors->worker, neighbors->keys, near);
  const bool known = election.votes > 0;
  job->into->labels[neighbors->query] = known ? election.label : 0;
  job->into->known[neighbors->query] = known;
  if (job->into->votes)
    job->into->votes[neighbors->query] = known ? (float)((double)election.votes / (double)election.voters) : 0;
}

static triplet_status classify(triplet_context *context, const triplet_options *options,
                               const triplet_classification_set *set, triplet_classification *classification) {
  triplet_neighbor_search search = {.queries = set->queries,
                                    .references = set->references,
                                    .reference_self = set->reference_self,
                                    .exclude = set->exclude};
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_CLASSIFY, options));
  TRIPLET_TRY(triplet_check_search(context, &search));
  TRIPLET_TRY(triplet_check_labels(context, "reference_labels", set->reference_labels, search.references.rows));
  search.k = (size_t)options->k < search.references.rows ? (size_t)options->k : search.references.rows;

  triplet_compare_labels(context, set->reference_labels);
  classify_job job = {.threshold = options->threshold, .into = classification};
  TRIPLET_TRY(triplet_electorate_create(context, set->reference_labels, search.k, &job.electorate));
  const triplet_output outputs[] = {{classification->labels, sizeof *classification->labels, NULL},
                                    {classification->known, sizeof *classification->known, NULL},
                                    {classification->votes, sizeof *classification->votes, NULL}};
  triplet_status status = triplet_search_nearest(context, options, &search, classify_query, &job);
  status = triplet_share_rows(context, status, triplet_query_cut(search.queries.rows), outputs, 3);
  triplet_electorate_release(context, &job.electorate);
  return status;
}

triplet_status triplet_classify(triplet_context *context, const triplet_options *options,
                                const triplet_classification_set *set, triplet_classification *classification) {
  return TRIPLET_TOGETHER(context, classify(context, options, set, classification));
}
