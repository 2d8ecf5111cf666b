/* retrieval.c - how well an embedding retrieves the positives of each row, by exact search. Only the few positives of a
 * query are sorted; of its many negatives it is counted how many come before each. */
#include "kernels.h"
#include "metrics.h"
#include "search.h"

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* What one thread needs for one query; each list has room for all references and one more. Finite positives are
 * numbered by their distance; those of the same distance, by their rows. */
typedef struct workspace {
  uint64_t *keys, *spare;     /* of the finite positives */
  int32_t *positives;         /* all of them */
  float *negatives;           /* their distances, infinite for other references */
  float *edges;               /* an infinite negative number, then the distances of the finite positives */
  uint32_t *ranks;            /* of each negative: how many finite positives lie at most as far */
  uint32_t *counts;           /* of each finite positive: the negatives between the one before and it */
  uint32_t *firsts, *reached; /* by rank: the first positive of the same distance as the last of that rank; by first
                                 positive: that of its distance which the negatives met so far have reached */
} workspace;

enum { BYTES = 2 * sizeof(uint64_t) + 7 * sizeof(uint32_t) };

static size_t room_of(size_t references) {
  return (references + 2) / 2 * 2; /* even, so that keys are aligned */
}

static workspace workspace_of(void *memory, size_t references, size_t worker) {
  const size_t room = room_of(references);
  uint64_t *keys = (uint64_t *)memory + worker * (room / 2) * (BYTES / 4);
  int32_t *ints = (int32_t *)(keys + 2 * room);
  return (workspace){.keys = keys,
                     .spare = keys + room,
                     .positives = ints,
                     .negatives = (float *)ints + room,
                     .edges = (float *)ints + 2 * room,
                     .ranks = (uint32_t *)ints + 3 * room,
                     .counts = (uint32_t *)ints + 4 * room,
                     .firsts = (uint32_t *)ints + 5 * room,
                     .reached = (uint32_t *)ints + 6 * room};
}

/* ---- votes ------------------------------------------------------------------------------------------------------- */

/* The labels of the nearest references; returns their number. */
static size_t find_voters(const triplet_sets *sets, const workspace *work, size_t finite, triplet_ints *voters) {
  uint64_t keys[TRIPLET_NEIGHBORS];
  triplet_nearest_heap heap = {keys, 0, TRIPLET_NEIGHBORS};
  triplet_heap_offer_rows(&heap, work->negatives, 0, sets->references.rows);
  for (size_t i = 0; i < finite && i < TRIPLET_NEIGHBORS; i++)
    triplet_heap_offer(&heap, work->keys[i]);
  triplet_heap_sort(&heap);
  size_t count = 0;
  for (; count < heap.count && triplet_is_finite(triplet_key_distance(keys[count])); count++)
    voters[count] = triplet_labels_at(sets->reference_labels, triplet_key_row(keys[count]));
  return count;
}

/* Whether the label with most votes is one of the query's. A reference votes for each of its labels; of labels with the
 * same votes that of the nearest reference counts, of its own the lowest. */
static bool is_elected(const triplet_sets *sets, size_t query, const workspace *work, size_t finite) {
  triplet_ints voters[TRIPLET_NEIGHBORS];
  const size_t count = find_voters(sets, work, finite, voters);
  size_t most = 0, nearest = 0;
  int32_t winner = 0;
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < voters[i].count; k++) {
      const triplet_ints label = {voters[i].data + k, 1};
      size_t votes = 0; /* nearer ones that had it have counted theirs */
      for (size_t j = i; j < count; j++)
        votes += triplet_labels_meet(label, voters[j]);
      if (votes > most || (votes == most && nearest == i && *label.data < winner)) {
        most = votes;
        nearest = i;
        winner = *label.data;
      }
    }
  return most && triplet_labels_meet((triplet_ints){&winner, 1}, triplet_labels_at(sets->labels, query));
}

/* ---- ranks ------------------------------------------------------------------------------------------------------- */

typedef struct retrieval_job {
  const triplet_judgement *judgement;
  const triplet_kernels *kernels;
  bool votes;   /* the nearest references elect a class */
  void *memory; /* a workspace for each worker */
} retrieval_job;

/* Of the positives those at a finite distance; the others are never found. Returns their number. */
static size_t sort_positives(const workspace *work, const float *distances, size_t positives) {
  size_t finite = 0;
  for (size_t i = 0; i < positives; i++) {
    const size_t row = (size_t)work->positives[i];
    if (triplet_is_finite(distances[row]))
      work->keys[finite++] = triplet_distance_key(distances[row], row);
  }
  triplet_sort_keys(work->keys, work->spare, finite);

  work->edges[0] = -INFINITY;
  for (size_t i = 0; i < finite; i++) {
    const float distance = triplet_key_distance(work->keys[i]);
    work->firsts[i + 1] = work->edges[i] == distance ? work->firsts[i] : (uint32_t)i;
    work->edges[i + 1] = distance;
    work->reached[i] = (uint32_t)i;
    work->counts[i] = 0;
  }
  work->counts[finite] = 0;
  return finite;
}

/* Counts the negatives before each positive. At the same distance those of lower rows come first; returns the triplets
 * of such pairs, which are not right. Negatives come in the order of their rows, so that those of one distance pass its
 * positives once. */
static uint64_t place_negatives(const retrieval_job *job, const workspace *work, size_t references, size_t finite) {
  uint64_t ties = 0;
  job->kernels->rank(work->edges + 1, finite, work->negatives, references, work->ranks);
  for (size_t j = 0; j < references; j++) {
    uint32_t rank = work->ranks[j];
    if (work->edges[rank] == work->negatives[j]) {
      const uint32_t first = work->firsts[rank], end = rank;
      for (rank = work->reached[first]; rank < end && triplet_key_row(work->keys[rank]) < j;)
        rank++;
      work->reached[first] = rank;
      ties += rank - first;
    }
    work->counts[rank]++;
  }
  return ties;
}

/* Whether all distances to positives and negatives are finite. */
static bool is_finite(const retrieval_job *job, const triplet_queried *query) {
  for (size_t j = 0; !query->finite && j < job->judgement->relations.sets->references.rows; j++)
    if (!triplet_is_finite(query->distances[j]) && triplet_relation_of(&job->judgement->relations, query->index, j))
      return false;
  return true;
}

static bool rank_positives(void *visitor, const triplet_queried *query) {
  const retrieval_job *job = visitor;
  const triplet_relations *relations = &job->judgement->relations;
  const size_t references = relations->sets->references.rows;
  const workspace work = workspace_of(job->memory, references, query->worker);
  triplet_retrieval *found = &job->judgement->retrievals[query->index];
  *found = triplet_retrieval_of((triplet_related){0, 0});
  if (!triplet_query_takes_part(relations, query->index))
    return true;

  const triplet_related related = triplet_relate(relations, query->index, (triplet_span){0, references},
                                                 query->distances, work.positives, work.negatives);
  if (related.positives == 0)
    return is_finite(job, query);
  *found = triplet_retrieval_of(related);
  const size_t finite = sort_positives(&work, query->distances, related.positives);
  const uint64_t ties = place_negatives(job, &work, references, finite);
  size_t before = 0;
  for (size_t i = 0; i < finite; i++) {
    before += work.counts[i];
    triplet_retrieval_hit(found, i + before);
  }
  found->correct -= ties;
  triplet_retrieval_end(found, SIZE_MAX);
  found->elected = job->votes && is_elected(relations->sets, query->index, &work, finite);
  return is_finite(job, query);
}

triplet_status triplet_rank_references(triplet_context *context, const triplet_options *options,
                                       const triplet_judgement *judgement, bool votes) {
  const triplet_sets *sets = judgement->relations.sets;
  retrieval_job job = {judgement, triplet_kernels_of(context), votes,
                       triplet_allocate(context, room_of(sets->references.rows), triplet_workers(context) * BYTES)};
  if (!job.memory)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status = triplet_search(
      context, options, "embeddings", &(triplet_search_sets){sets->queries, sets->references}, rank_positives, &job);
  triplet_release(context, job.memory);
  return status;
}

/* ---- evaluation -------------------------------------------------------------------------------------------------- */

triplet_status triplet_evaluate(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                triplet_ints k, triplet_evaluation *evaluation) {
  triplet_sets sets;
  triplet_judgement judgement;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE, options));
  TRIPLET_TRY(triplet_sets_check(context, batch, &sets));
  TRIPLET_TRY(triplet_judgement_create(context, &sets, options->ignore_label, k, evaluation, &judgement));
  const triplet_status status = triplet_rank_references(context, options, &judgement, false);
  if (status == TRIPLET_OK)
    triplet_judgement_write(&judgement, k, evaluation);
  triplet_judgement_release(context, &judgement);
  return status;
}
