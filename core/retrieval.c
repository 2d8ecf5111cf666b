/* retrieval.c - how well an embedding retrieves the positives of each row, by exact search. Only the few positives of a
 * query are sorted; of its many negatives it is counted how many come before each. */
#include "kernels.h"
#include "metrics.h"
#include "search.h"
#include "votes.h"

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* What one thread needs for one query; each list has room for all references and a few more. Finite positives are
 * numbered by their distance; those of the same distance, by their rows. */
typedef struct workspace {
  uint64_t *keys, *spare; /* of the finite positives */
  uint32_t *positives;    /* all of them */
  float *near;            /* their distances */
  float *negatives;       /* distances, infinite for other references */
  float *edges;           /* an infinite negative number, then the distances of the finite positives */
  float *levels;          /* of the edges, where there are estimates, and infinity */
  uint32_t *ranks;        /* of each negative: how many finite positives lie at most as far */
  uint32_t *firsts;       /* by rank: the first positive of the same distance as the last of that rank */
  uint32_t *before;       /* of each finite positive that is the first in its bin: the negatives in those before */
  uint32_t *counts;       /* of each finite positive: of other negatives, those between the one before and it */
  uint32_t *bins;         /* counts */
} workspace;

enum { BYTES = 2 * sizeof(uint64_t) + 8 * sizeof(uint32_t) };

static size_t room_of(size_t references) {
  return (references + TRIPLET_LEAST_BINS + TRIPLET_MORE_BINS + 1) / 2 * 2; /* even, so that keys are aligned */
}

static workspace workspace_of(void *memory, size_t references, size_t worker) {
  const size_t room = room_of(references);
  uint64_t *keys = (uint64_t *)memory + worker * (room / 2) * (BYTES / 4);
  uint32_t *ints = (uint32_t *)(keys + 2 * room);
  return (workspace){.keys = keys,
                     .spare = keys + room,
                     .positives = ints,
                     .near = (float *)ints + 3 * room, /* before there are ranks */
                     .negatives = (float *)ints + room,
                     .edges = (float *)ints + 2 * room,
                     .levels = (float *)ints + room, /* then negatives are not copied */
                     .ranks = ints + 3 * room,
                     .firsts = ints + 4 * room,
                     .before = ints + 5 * room,
                     .counts = ints + 6 * room,
                     .bins = ints + 7 * room};
}

/* ---- positives --------------------------------------------------------------------------------------------------- */

typedef struct retrieval_job {
  const triplet_judgement *judgement;
  triplet_measure measure;
  const triplet_electorate *electorate; /* NULL: nobody elects a class */
  triplet_matrix references;            /* that are searched: all, or with `by_class` those that take part */
  bool by_class;                        /* they have the order of the classes' keys */
  void *memory;                         /* a workspace for each worker */
} retrieval_job;

static bool is_by_class(const retrieval_job *job) {
  return TRIPLET_HAS_BINS && job->by_class;
}

static size_t row_at(const retrieval_job *job, size_t place) {
  return is_by_class(job) ? triplet_key_row(job->judgement->relations.classes.keys[place]) : place;
}

/* Among references by class the class of a label, and where that begins. */
static triplet_class class_at(const retrieval_job *job, triplet_ints labels, size_t *first) {
  const triplet_classes *classes = &job->judgement->relations.classes;
  const triplet_class found = triplet_class_of(classes, labels.data[0]);
  *first = (size_t)(found.keys - classes->keys);
  return found;
}

static void leave_out_self(const retrieval_job *job, const triplet_queried *query) {
  const triplet_relations *relations = &job->judgement->relations;
  const int64_t self = triplet_self_of(relations->sets, query->index);
  if (self < 0 || !relations->takes_part[self])
    return;
  size_t first;
  const triplet_labels labels = relations->sets->reference_labels;
  const triplet_class own = class_at(job, triplet_labels_at(labels, (size_t)self), &first);
  query->distances[first + triplet_class_rows_below(own, (size_t)self)] = INFINITY;
}

/* Keys of the positives at a finite distance; the others are never found. Returns their number. */
static size_t take_class(const retrieval_job *job, const triplet_queried *query, workspace *work,
                         triplet_related *related) {
  const triplet_relations *relations = &job->judgement->relations;
  size_t first, finite = 0;
  *related = triplet_count_related(relations, query->index);
  const triplet_class own = class_at(job, triplet_labels_at(relations->sets->labels, query->index), &first);
  float *distances = query->distances + first, *near = distances;
  leave_out_self(job, query);
  if (triplet_is_estimated(query)) {
    for (size_t i = 0; i < own.count; i++)
      work->positives[i] = (uint32_t)(first + i);
    near = work->near;
    triplet_search_measure(query, work->positives, own.count, near);
  }
  for (size_t i = 0; i < own.count; i++) {
    if (distances[i] <= FLT_MAX)
      work->keys[finite++] = triplet_distance_key(near[i], triplet_key_row(own.keys[i]));
    distances[i] = INFINITY;
  }
  work->negatives = query->distances;
  return finite;
}

/* The same of positives that lie anywhere. */
static size_t take_listed(const retrieval_job *job, const triplet_queried *query, workspace *work,
                          triplet_related *related) {
  const triplet_relations *relations = &job->judgement->relations;
  if (triplet_is_estimated(query))
    work->negatives = query->distances;
  *related = triplet_relate(relations, query->index, (triplet_span){0, job->references.rows}, query->distances,
                            (int32_t *)work->positives, work->negatives);
  if (triplet_is_estimated(query))
    triplet_search_measure(query, work->positives, related->positives, work->near);
  size_t finite = 0;
  for (size_t i = 0; i < related->positives; i++) {
    const size_t row = work->positives[i];
    const float distance = triplet_is_estimated(query) ? work->near[i] : query->distances[row];
    if (triplet_is_finite(distance))
      work->keys[finite++] = triplet_distance_key(distance, row);
  }
  return finite;
}

static void sort_positives(const workspace *work, size_t finite) {
  triplet_sort_keys(work->keys, work->spare, finite);
  work->edges[0] = -INFINITY;
  for (size_t i = 0; i < finite; i++) {
    const float distance = triplet_key_distance(work->keys[i]);
    work->firsts[i + 1] = work->edges[i] == distance ? work->firsts[i] : (uint32_t)i;
    work->edges[i + 1] = distance;
  }
  memset(work->before, 0, (finite + 1) * sizeof *work->before);
  memset(work->counts, 0, (finite + 1) * sizeof *work->counts);
}

/* ---- ranks ------------------------------------------------------------------------------------------------------- */

#define BINS_AN_EDGE 8 /* so that few have one */

static size_t bins_of(size_t edges, size_t values) {
  const size_t wanted = edges * BINS_AN_EDGE, most = values < TRIPLET_MOST_BINS ? values : TRIPLET_MOST_BINS;
  const size_t bins = wanted < most ? wanted : most;
  return bins > TRIPLET_LEAST_BINS ? bins : TRIPLET_LEAST_BINS;
}

/* The level of an estimate at a distance, and how far from it that may be. */
static float level_of(const retrieval_job *job, const triplet_queried *query, float distance, float *slack) {
  const double squares = triplet_square_at(&job->measure, distance);
  *slack = (float)(triplet_estimate_slack(query->estimate, squares) * (1 + 0x1p-20));
  return (float)(squares - query->estimate->squares);
}

/* Negatives that have no place yet. */
typedef struct unsure_rows {
  uint32_t *rows; /* their places among the references */
  float *values;  /* distances */
  size_t count;
} unsure_rows;

/* The edges between which the numbers at hand lie. */
static triplet_edges edges_of(const retrieval_job *job, const workspace *work, const triplet_queried *query,
                              size_t finite) {
  triplet_edges edges = {work->edges + 1, finite, 0};
  if (triplet_is_estimated(query)) {
    edges.at = work->levels;
    for (size_t i = 0; i < finite; i++) /* the last, the greatest, slack is that of all */
      work->levels[i] = level_of(job, query, work->edges[i + 1], &edges.slack);
    work->levels[finite] = INFINITY;
  }
  return edges;
}

/* Counts the negatives in bins without an edge, which lie before the first positive of the next bin that has one, and
 * lists the others. Without a branch, which would be mispredicted at each edge. */
static void place_bins(const retrieval_job *job, const workspace *work, const triplet_bins *bins, size_t finite,
                       unsure_rows *unsure) {
  unsure->count = job->measure.kernels->count_bins(bins, work->negatives, job->references.rows, unsure->rows);
  const uint32_t *counts = bins->counts;
  uint32_t *first = work->before, before = 0;
  for (size_t bin = 0, last = bins->last; bin <= last; bin++) {
    const uint32_t no_edge = counts[bin] / TRIPLET_BIN_OF_EDGES - 1; /* all bits set, or none */
    first[(counts[bin] & ~TRIPLET_BIN_OF_EDGES & ~no_edge) | ((uint32_t)finite & no_edge)] = before;
    before += counts[bin] & no_edge;
  }
}

/* Counts those of some rows whose estimates lie near to no edge, and leaves the others. */
static void place_estimates(const retrieval_job *job, const workspace *work, const triplet_edges *edges,
                            unsure_rows *unsure) {
  for (size_t i = 0; i < unsure->count; i++)
    unsure->values[i] = work->negatives[unsure->rows[i]] - edges->slack;
  job->measure.kernels->rank(edges->at, edges->count, unsure->values, unsure->count, work->ranks);
  size_t left = 0;
  for (size_t i = 0; i < unsure->count; i++) {
    const uint32_t row = unsure->rows[i], rank = work->ranks[i];
    const bool sure = edges->at[rank] > work->negatives[row] + edges->slack;
    work->counts[rank] += sure;
    unsure->rows[left] = row;
    left += !sure;
  }
  unsure->count = left;
}

/* Counts the others. At the same distance those of lower rows come first; returns the triplets of such pairs, which are
 * not right. */
static uint64_t place_unsure(const retrieval_job *job, const workspace *work, size_t finite,
                             const unsure_rows *unsure) {
  uint64_t ties = 0;
  job->measure.kernels->rank(work->edges + 1, finite, unsure->values, unsure->count, work->ranks);
  for (size_t i = 0; i < unsure->count; i++) {
    uint32_t rank = work->ranks[i];
    if (work->edges[rank] == unsure->values[i]) {
      const uint32_t first = work->firsts[rank];
      const triplet_class tied = {work->keys + first, rank - first};
      const size_t before = triplet_class_rows_below(tied, row_at(job, unsure->rows[i]));
      rank = first + (uint32_t)before;
      ties += before;
    }
    work->counts[rank]++;
  }
  return ties;
}

/* Whether all distances to positives and negatives are finite. */
static bool is_finite(const retrieval_job *job, const triplet_queried *query) {
  for (size_t j = 0; !query->finite && j < job->references.rows; j++)
    if (!triplet_is_finite(query->distances[j]) &&
        triplet_relation_of(&job->judgement->relations, query->index, row_at(job, j)))
      return false;
  return true;
}

/* How near a number at hand must be to be among the nearest. */
static float reach_of(const retrieval_job *job, const triplet_queried *query, const triplet_nearest_heap *heap) {
  if (heap->count < heap->capacity)
    return FLT_MAX;
  const float farthest = triplet_key_distance(heap->keys[0]);
  if (!triplet_is_estimated(query))
    return farthest;
  float slack;
  const float level = level_of(job, query, farthest, &slack);
  return level + slack;
}

/* Offers the negatives that may be among the nearest, of some rows, or with NULL of all. */
static void offer_negatives(const retrieval_job *job, const triplet_queried *query, const workspace *work,
                            const unsure_rows *candidates, triplet_nearest_heap *heap) {
  const size_t count = candidates ? candidates->count : job->references.rows;
  float reach = reach_of(job, query, heap);
  for (size_t i = 0; i < count; i++) {
    const uint32_t row = candidates ? candidates->rows[i] : (uint32_t)i;
    float distance = work->negatives[row];
    if (!(distance <= reach))
      continue;
    if (triplet_is_estimated(query))
      triplet_search_measure(query, &row, 1, &distance);
    triplet_heap_offer(heap, triplet_distance_key(distance, row_at(job, row)));
    reach = reach_of(job, query, heap);
  }
}

/* Whether the nearest references, which are at hand as finite positives and negatives, elect a class of the query.
 * unsure: with enough positives there are no others that may be among the nearest. */
static void elect(const retrieval_job *job, const triplet_queried *query, const workspace *work, size_t finite,
                  const unsure_rows *unsure) {
  if (!job->electorate)
    return;
  const triplet_sets *sets = job->judgement->relations.sets;
  uint64_t keys[TRIPLET_NEIGHBORS];
  triplet_nearest_heap heap = {keys, 0, TRIPLET_NEIGHBORS};
  for (size_t i = 0; i < finite && i < TRIPLET_NEIGHBORS; i++)
    triplet_heap_offer(&heap, work->keys[i]);
  offer_negatives(job, query, work, TRIPLET_HAS_BINS && finite >= TRIPLET_NEIGHBORS ? unsure : NULL, &heap);
  triplet_heap_sort(&heap);
  const triplet_election election = triplet_elect(job->electorate, query->worker, keys, heap.count);
  job->judgement->retrievals[query->index].elected =
      election.votes && triplet_contains_label(triplet_labels_at(sets->labels, query->index), election.label);
}

/* Ranks the positives, of which some are finite, among the negatives. */
static void rank_finite(const retrieval_job *job, const triplet_queried *query, const workspace *work, size_t finite) {
  const size_t references = job->references.rows;
  triplet_retrieval *found = &job->judgement->retrievals[query->index];
  const triplet_edges edges = edges_of(job, work, query, finite);
  unsure_rows unsure = {(uint32_t *)work->spare, (float *)work->spare + room_of(references), 0};
  if (TRIPLET_HAS_BINS) {
    const size_t near = job->electorate && finite >= TRIPLET_NEIGHBORS ? TRIPLET_NEIGHBORS : 0;
    const triplet_bins bins = triplet_bins_of(&edges, near, bins_of(finite, references), work->bins);
    place_bins(job, work, &bins, finite, &unsure);
  } else {
    for (; unsure.count < references; unsure.count++)
      unsure.rows[unsure.count] = (uint32_t)unsure.count;
  }
  elect(job, query, work, finite, &unsure);
  if (triplet_is_estimated(query)) {
    place_estimates(job, work, &edges, &unsure);
    triplet_search_measure(query, unsure.rows, unsure.count, unsure.values);
  } else {
    for (size_t i = 0; i < unsure.count; i++)
      unsure.values[i] = work->negatives[unsure.rows[i]];
  }
  found->correct -= place_unsure(job, work, finite, &unsure);
}

static bool rank_positives(void *visitor, const triplet_queried *query) {
  const retrieval_job *job = visitor;
  const triplet_relations *relations = &job->judgement->relations;
  workspace work = workspace_of(job->memory, job->references.rows, query->worker);
  triplet_retrieval *found = &job->judgement->retrievals[query->index];
  *found = triplet_retrieval_of((triplet_related){0, 0});
  if (!triplet_query_takes_part(relations, query->index))
    return true;

  const bool is_all_finite = is_finite(job, query);
  triplet_related related;
  const size_t finite =
      is_by_class(job) ? take_class(job, query, &work, &related) : take_listed(job, query, &work, &related);
  if (!related.positives)
    return is_all_finite;
  *found = triplet_retrieval_of(related);
  sort_positives(&work, finite);
  if (finite)
    rank_finite(job, query, &work, finite);
  else
    elect(job, query, &work, 0, NULL);
  uint32_t in_bins = 0, others = 0;
  for (size_t i = 0; i < finite; i++) {
    in_bins = work.before[i] > in_bins ? work.before[i] : in_bins;
    others += work.counts[i];
    triplet_retrieval_hit(found, i + in_bins + others);
  }
  triplet_retrieval_end(found, SIZE_MAX);
  return is_all_finite;
}

/* ---- references -------------------------------------------------------------------------------------------------- */

/* Whether every row that takes part has one label. */
static bool has_one_label_each(const triplet_relations *relations) {
  const triplet_sets *sets = relations->sets;
  if (triplet_has_relations(sets->labels) || relations->classes.count != relations->count)
    return false;
  for (size_t i = 0; i < sets->queries.rows; i++)
    if (triplet_query_takes_part(relations, i) && triplet_labels_at(sets->labels, i).count != 1)
      return false;
  return true;
}

/* Sorts the references by class, so that the positives of a query lie together. */
static triplet_status sort_references(triplet_context *context, retrieval_job *job, float **sorted) {
  const triplet_relations *relations = &job->judgement->relations;
  const triplet_matrix all = relations->sets->references;
  job->references = all;
  if (!TRIPLET_HAS_BINS || !relations->count || !has_one_label_each(relations))
    return TRIPLET_OK;
  float *rows = *sorted = triplet_allocate(context, relations->count, all.cols * sizeof *rows);
  if (!rows)
    return TRIPLET_OUT_OF_MEMORY;
  job->by_class = true;
  job->references = (triplet_matrix){rows, relations->count, all.cols};
  for (size_t place = 0; place < relations->count; place++)
    memcpy(rows + place * all.cols, all.data + row_at(job, place) * all.cols, all.cols * sizeof *rows);
  return TRIPLET_OK;
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

static triplet_status rank_all(triplet_context *context, const triplet_options *options,
                               const triplet_judgement *judgement, const triplet_electorate *electorate) {
  const triplet_sets *sets = judgement->relations.sets;
  retrieval_job job = {
      .judgement = judgement, .measure = triplet_measure_of(context, options), .electorate = electorate};
  float *sorted = NULL;
  triplet_status status = sort_references(context, &job, &sorted);
  if (status == TRIPLET_OK) {
    job.memory = triplet_allocate(context, room_of(job.references.rows), triplet_workers(context) * BYTES);
    status = job.memory ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  }
  if (status == TRIPLET_OK) {
    const triplet_search_sets searched = {sets->queries, job.references,
                                          TRIPLET_ESTIMATES && has_few_positives(&judgement->relations)};
    status = triplet_search(context, options, "embeddings", &searched, rank_positives, &job);
  }
  triplet_release(context, job.memory);
  triplet_release(context, sorted);
  return status;
}

triplet_status triplet_rank_references(triplet_context *context, const triplet_options *options,
                                       const triplet_judgement *judgement, bool votes) {
  if (!votes)
    return rank_all(context, options, judgement, NULL);
  triplet_electorate electorate;
  TRIPLET_TRY(
      triplet_electorate_create(context, judgement->relations.sets->reference_labels, TRIPLET_NEIGHBORS, &electorate));
  const triplet_status status = rank_all(context, options, judgement, &electorate);
  triplet_electorate_release(context, &electorate);
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
