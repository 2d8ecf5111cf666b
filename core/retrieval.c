/* retrieval.c - how well an embedding retrieves the positives of each row, by exact search. Only the few positives of a
 * query are sorted; of its many negatives it is counted how many come before each. */
#include "retrieval.h"

#include "kernels.h"

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* What one thread needs for one query; each list has room for all references and one more. Finite positives are
 * numbered by their distance; those of the same distance, by their rows. */
typedef struct workspace {
  uint64_t *keys, *spare;     /* of the finite positives */
  int32_t *positives;         /* all of them */
  float *near;                /* their distances, as ranks, or NULL: these are among those of all references */
  float *negatives;           /* distances, infinite for other references */
  float *edges;               /* an infinite negative number, then the distances of the finite positives */
  uint32_t *ranks;            /* of each negative: how many finite positives lie at most as far */
  uint32_t *counts;           /* of each finite positive: the negatives between the one before and it */
  uint32_t *firsts, *reached; /* by rank: the first positive of the same distance as the last of that rank; by first
                                 positive: that of its distance which the negatives met so far have reached */
  uint32_t *bins;             /* counts */
  float *levels;              /* of the edges, where there are estimates */
} workspace;

enum { BYTES = 2 * sizeof(uint64_t) + 8 * sizeof(uint32_t) };

static size_t room_of(size_t references) {
  return (references + TRIPLET_LEAST_BINS + TRIPLET_MORE_BINS + 1) / 2 * 2; /* even, so that keys are aligned */
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
                     .reached = (uint32_t *)ints + 6 * room,
                     .bins = (uint32_t *)ints + 7 * room};
}

/* ---- ranks ------------------------------------------------------------------------------------------------------- */

/* Of a query that may be changed and has one label, whose rows are its positives: those. Else none, nor in WebAssembly,
 * which is to be small. */
static triplet_class own_class(const triplet_ranking *job, const triplet_queried *query) {
  const triplet_relations *relations = &job->judgement->relations;
  if (!TRIPLET_HAS_BINS || triplet_is_estimated(query) || !query->finite ||
      triplet_has_relations(relations->sets->labels))
    return (triplet_class){NULL, 0};
  const triplet_ints labels = triplet_labels_at(relations->sets->labels, query->index);
  return labels.count == 1 ? triplet_class_of(&relations->classes, labels.data[0]) : (triplet_class){NULL, 0};
}

/* Takes the distances of the positives where they are known beforehand, so that nothing need be copied. */
static triplet_related relate(const triplet_ranking *job, const triplet_queried *query, workspace *work) {
  const triplet_relations *relations = &job->judgement->relations;
  const triplet_class own = own_class(job, query);
  if (own.count || triplet_is_estimated(query)) {
    work->near = (float *)work->ranks;
    work->levels = work->negatives;
    work->negatives = query->distances;
  }
  const int64_t self = triplet_self_of(relations->sets, query->index);
  for (size_t i = 0, found = 0; i < own.count; i++) {
    const size_t row = triplet_key_row(own.keys[i]);
    work->near[found] = query->distances[row];
    found += (int64_t)row != self;
  }
  const triplet_related related =
      triplet_relate(relations, query->index, (triplet_span){0, relations->sets->references.rows}, query->distances,
                     work->positives, work->negatives);
  if (triplet_is_estimated(query))
    triplet_search_measure(query, (uint32_t *)work->positives, related.positives, work->near);
  return related;
}

/* Of the positives those at a finite distance; the others are never found. Returns their number. */
static size_t sort_positives(const workspace *work, const triplet_queried *query, size_t positives) {
  size_t finite = 0;
  for (size_t i = 0; i < positives; i++) {
    const size_t row = (size_t)work->positives[i];
    const float distance = TRIPLET_HAS_BINS && work->near ? work->near[i] : query->distances[row];
    if (triplet_is_finite(distance))
      work->keys[finite++] = triplet_distance_key(distance, row);
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

#define BINS_AN_EDGE 8 /* so that few have one */

static size_t bins_of(size_t edges, size_t values) {
  const size_t wanted = edges * BINS_AN_EDGE, most = values < TRIPLET_MOST_BINS ? values : TRIPLET_MOST_BINS;
  const size_t bins = wanted < most ? wanted : most;
  return bins > TRIPLET_LEAST_BINS ? bins : TRIPLET_LEAST_BINS;
}

/* The level of an estimate at a distance, and how far from it that may be. */
static float level_of(const triplet_ranking *job, const triplet_queried *query, float distance, float *slack) {
  const double squares = triplet_square_at(&job->measure, distance);
  *slack = (float)(triplet_estimate_slack(query->estimate, squares) * (1 + 0x1p-20));
  return (float)(squares - query->estimate->squares);
}

/* Negatives that have no place yet. */
typedef struct unsure_rows {
  uint32_t *rows; /* ascending */
  float *values;  /* their distances, or what else they are ranked by */
  size_t count;
} unsure_rows;

/* The edges between which the numbers at hand lie. */
static triplet_edges edges_of(const triplet_ranking *job, const workspace *work, const triplet_queried *query,
                              size_t finite) {
  triplet_edges edges = {work->edges + 1, finite, 0};
  if (triplet_is_estimated(query)) {
    edges.at = work->levels;
    for (size_t i = 0; i < finite; i++) /* the last, the greatest, slack is that of all */
      work->levels[i] = level_of(job, query, work->edges[i + 1], &edges.slack);
  }
  return edges;
}

/* Makes unsure what may be among the nearest. */
static void mark_nearest(const triplet_bins *bins, const triplet_edges *edges) {
  const bool enough = edges->count >= TRIPLET_NEIGHBORS;
  const size_t end = enough ? triplet_bin_of(bins, edges->at[TRIPLET_NEIGHBORS - 1] + edges->slack) + 1 : 0;
  for (size_t bin = 0; bin < end; bin++)
    bins->counts[bin] = TRIPLET_BIN_OF_EDGES;
}

/* Those in bins without an edge lie before the first positive of the next bin that has one. In two passes: one that
 * ends at each edge would be mispredicted there. */
static void place_bins(const triplet_bins *bins, const triplet_edges *edges, uint32_t *counts) {
  uint32_t before = 0;
  for (size_t bin = 0; bin <= bins->last; bin++) {
    const uint32_t count = bins->counts[bin];
    bins->counts[bin] = before;
    before += count < TRIPLET_BIN_OF_EDGES ? count : 0;
  }
  before = 0;
  for (size_t i = 0; i < edges->count; i++) {
    const uint32_t until = bins->counts[triplet_bin_of(bins, edges->at[i] - edges->slack)];
    counts[i] += until - before;
    before = until;
  }
}

/* Places the negatives that are in no bin with an edge, and lists the others. Returns how many these are. */
static size_t place_sure(const triplet_ranking *job, const workspace *work, const triplet_edges *edges,
                         uint32_t *others) {
  const size_t references = job->judgement->relations.sets->references.rows;
  const triplet_bins bins = triplet_bins_of(edges, bins_of(edges->count, references), work->bins);
  if (job->elects)
    mark_nearest(&bins, edges);
  const size_t count = job->measure.kernels->count_bins(&bins, work->negatives, references, others);
  place_bins(&bins, edges, work->counts);
  return count;
}

/* Counts those of some rows whose estimates lie near to no edge, and leaves the others. Returns how many. */
static size_t place_estimates(const triplet_ranking *job, const workspace *work, const triplet_edges *edges,
                              const unsure_rows *unsure) {
  for (size_t i = 0; i < unsure->count; i++)
    unsure->values[i] = work->negatives[unsure->rows[i]] - edges->slack;
  job->measure.kernels->rank(edges->at, edges->count, unsure->values, unsure->count, work->ranks);
  size_t left = 0;
  for (size_t i = 0; i < unsure->count; i++) {
    const uint32_t row = unsure->rows[i], rank = work->ranks[i];
    const bool sure = rank == edges->count || edges->at[rank] > work->negatives[row] + edges->slack;
    work->counts[rank] += sure;
    unsure->rows[left] = row;
    left += !sure;
  }
  return left;
}

/* Counts the negatives before each positive; unsure are those of which that is not known yet. At the same distance
 * those of lower rows come first; returns the triplets of such pairs, which are not right. Negatives come in the order
 * of their rows, so that those of one distance pass its positives once. */
static uint64_t place_unsure(const triplet_ranking *job, const workspace *work, size_t finite,
                             const unsure_rows *unsure) {
  uint64_t ties = 0;
  job->measure.kernels->rank(work->edges + 1, finite, unsure->values, unsure->count, work->ranks);
  for (size_t i = 0; i < unsure->count; i++) {
    uint32_t rank = work->ranks[i];
    if (work->edges[rank] == unsure->values[i]) {
      const uint32_t first = work->firsts[rank], end = rank;
      for (rank = work->reached[first]; rank < end && triplet_key_row(work->keys[rank]) < unsure->rows[i];)
        rank++;
      work->reached[first] = rank;
      ties += rank - first;
    }
    work->counts[rank]++;
  }
  return ties;
}

/* Whether all distances to positives and negatives are finite. */
static bool is_finite(const triplet_ranking *job, const triplet_queried *query) {
  for (size_t j = 0; !query->finite && j < job->judgement->relations.sets->references.rows; j++)
    if (!triplet_is_finite(query->distances[j]) && triplet_relation_of(&job->judgement->relations, query->index, j))
      return false;
  return true;
}

/* Offers of some rows, or with NULL of all, the negatives that may be among the nearest. */
static void offer_estimated(const triplet_ranking *job, const triplet_queried *query, const unsure_rows *candidates,
                            triplet_nearest_heap *heap) {
  const size_t references = job->judgement->relations.sets->references.rows;
  const size_t count = candidates ? candidates->count : references;
  float farthest = FLT_MAX, slack;
  for (size_t i = 0; i < count; i++) {
    const uint32_t row = candidates ? candidates->rows[i] : (uint32_t)i;
    if (!(query->distances[row] <= farthest))
      continue;
    float distance;
    triplet_search_measure(query, &row, 1, &distance);
    triplet_heap_offer(heap, triplet_distance_key(distance, row));
    if (heap->count == heap->capacity) {
      farthest = level_of(job, query, triplet_key_distance(heap->keys[0]), &slack);
      farthest += slack;
    }
  }
}

/* The same of distances. */
static void offer_measured(const workspace *work, size_t references, const unsure_rows *candidates,
                           triplet_nearest_heap *heap) {
  if (!candidates)
    triplet_heap_offer_rows(heap, work->negatives, 0, references);
  for (size_t i = 0; candidates && i < candidates->count; i++) {
    const uint32_t row = candidates->rows[i];
    if (work->negatives[row] <= work->edges[TRIPLET_NEIGHBORS])
      triplet_heap_offer(heap, triplet_distance_key(work->negatives[row], row));
  }
}

/* Whether the nearest references, which are at hand as finite positives and negatives, elect a class of the query.
 * unsure: with enough positives there are no others that may be among the nearest. */
static void elect(const triplet_ranking *job, const triplet_queried *query, const workspace *work, size_t finite,
                  const unsure_rows *unsure) {
  if (!job->elects)
    return;
  const triplet_sets *sets = job->judgement->relations.sets;
  uint64_t keys[TRIPLET_NEIGHBORS];
  triplet_nearest_heap heap = {keys, 0, TRIPLET_NEIGHBORS};
  const unsure_rows *candidates = TRIPLET_HAS_BINS && finite >= TRIPLET_NEIGHBORS ? unsure : NULL;
  if (!triplet_is_estimated(query))
    offer_measured(work, sets->references.rows, candidates, &heap);
  for (size_t i = 0; i < finite && i < TRIPLET_NEIGHBORS; i++)
    triplet_heap_offer(&heap, work->keys[i]);
  if (triplet_is_estimated(query))
    offer_estimated(job, query, candidates, &heap);
  triplet_heap_sort(&heap);
  size_t near = 0;
  while (near < heap.count && triplet_is_finite(triplet_key_distance(keys[near])))
    near++;
  const triplet_election election = triplet_elect(&job->electorate, query->worker, keys, near);
  job->judgement->retrievals[query->index].elected =
      election.votes && triplet_contains_label(triplet_labels_at(sets->labels, query->index), election.label);
}

/* Ranks the positives, of which some are finite, among the negatives. */
static void rank_finite(const triplet_ranking *job, const triplet_queried *query, const workspace *work,
                        size_t finite) {
  const size_t references = job->judgement->relations.sets->references.rows;
  triplet_retrieval *found = &job->judgement->retrievals[query->index];
  const triplet_edges edges = edges_of(job, work, query, finite);
  unsure_rows unsure = {(uint32_t *)work->spare, (float *)work->spare + room_of(references), 0};
  if (TRIPLET_HAS_BINS)
    unsure.count = place_sure(job, work, &edges, unsure.rows);
  else
    for (; unsure.count < references; unsure.count++)
      unsure.rows[unsure.count] = (uint32_t)unsure.count;
  elect(job, query, work, finite, &unsure);
  if (triplet_is_estimated(query)) {
    unsure.count = place_estimates(job, work, &edges, &unsure);
    triplet_search_measure(query, unsure.rows, unsure.count, unsure.values);
  } else {
    for (size_t i = 0; i < unsure.count; i++)
      unsure.values[i] = work->negatives[unsure.rows[i]];
  }
  found->correct -= place_unsure(job, work, finite, &unsure);
}

bool triplet_ranking_visit(void *ranking, const triplet_queried *query) {
  const triplet_ranking *job = ranking;
  const triplet_relations *relations = &job->judgement->relations;
  const size_t references = relations->sets->references.rows;
  workspace work = workspace_of(job->memory, references, query->worker);
  triplet_retrieval *found = &job->judgement->retrievals[query->index];
  *found = triplet_retrieval_of((triplet_related){0, 0});
  if (!triplet_query_takes_part(relations, query->index))
    return true;

  const triplet_related related = relate(job, query, &work);
  if (related.positives == 0)
    return is_finite(job, query);
  *found = triplet_retrieval_of(related);
  const size_t finite = sort_positives(&work, query, related.positives);
  if (finite)
    rank_finite(job, query, &work, finite);
  else
    elect(job, query, &work, 0, NULL);
  size_t before = 0;
  for (size_t i = 0; i < finite; i++) {
    before += work.counts[i];
    triplet_retrieval_hit(found, i + before);
  }
  triplet_retrieval_end(found, SIZE_MAX);
  return is_finite(job, query);
}

#define SAMPLED 256     /* queries */
#define POSITIVES_OF 48 /* where more of the references are positives, which are all measured, estimates save nothing */

static bool has_few_positives(const triplet_relations *relations) {
  const size_t queries = relations->sets->queries.rows, step = queries / SAMPLED + 1;
  size_t positives = 0, asked = 0;
  for (size_t i = 0; i < queries; i += step, asked++)
    positives += triplet_count_related(relations, i).positives;
  return positives <= asked * relations->sets->references.rows / POSITIVES_OF;
}

triplet_status triplet_ranking_create(triplet_context *context, const triplet_options *options,
                                      const triplet_judgement *judgement, bool elects, triplet_ranking *ranking) {
  const triplet_sets *sets = judgement->relations.sets;
  *ranking =
      (triplet_ranking){.judgement = judgement, .measure = triplet_measure_of(context, options), .elects = elects};
  if (elects)
    TRIPLET_TRY(triplet_electorate_create(context, sets->reference_labels, TRIPLET_NEIGHBORS, &ranking->electorate));
  ranking->memory = triplet_allocate(context, room_of(sets->references.rows), triplet_workers(context) * BYTES);
  if (ranking->memory)
    return TRIPLET_OK;
  triplet_ranking_release(context, ranking);
  return TRIPLET_OUT_OF_MEMORY;
}

void triplet_ranking_release(triplet_context *context, triplet_ranking *ranking) {
  triplet_release(context, ranking->memory);
  triplet_electorate_release(context, &ranking->electorate);
}

triplet_status triplet_rank_references(triplet_context *context, const triplet_options *options,
                                       const triplet_judgement *judgement, bool elects) {
  const triplet_sets *sets = judgement->relations.sets;
  triplet_ranking ranking;
  TRIPLET_TRY(triplet_ranking_create(context, options, judgement, elects, &ranking));
  const triplet_search_sets searched = {sets->queries, sets->references,
                                        TRIPLET_ESTIMATES && has_few_positives(&judgement->relations)};
  const triplet_output found = {judgement->retrievals, sizeof *judgement->retrievals, NULL};
  triplet_status status = triplet_search(context, options, "embeddings", &searched, triplet_ranking_visit, &ranking);
  status = triplet_share_rows(context, status, triplet_query_cut(sets->queries.rows), &found, 1);
  triplet_ranking_release(context, &ranking);
  return status;
}

/* ---- evaluation -------------------------------------------------------------------------------------------------- */

static triplet_status evaluate(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                               triplet_ints k, triplet_evaluation *evaluation) {
  triplet_sets sets;
  triplet_judgement judgement;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE, options));
  TRIPLET_TRY(triplet_sets_check(context, batch, &sets));
  TRIPLET_TRY(triplet_judgement_create(context, &sets, options->ignore_label, k, evaluation, &judgement));
  triplet_compare_ints(context, k);
  const triplet_status status = triplet_rank_references(context, options, &judgement, false);
  if (status == TRIPLET_OK)
    triplet_judgement_write(&judgement, k, evaluation);
  triplet_judgement_release(context, &judgement);
  return status;
}

triplet_status triplet_evaluate(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                                triplet_ints k, triplet_evaluation *evaluation) {
  return TRIPLET_TOGETHER(context, evaluate(context, options, batch, k, evaluation));
}
