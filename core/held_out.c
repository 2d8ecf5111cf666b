/* held_out.c - held-out rows against those trained on, and among themselves. */
#include "retrieval.h"
#include "shard_search.h"

enum { QUERIES_STREAM = 0x71756572 };

/* ---- the rows of a set, sorted by what they are there for -------------------------------------------------------- */

/* Rows with their labels. */
typedef struct part {
  float *rows;              /* (N, D); NULL where they are shared out */
  int32_t *integers, *ends; /* as in triplet_labels */
  size_t count;             /* N */
} part;

typedef struct held_out_parts {
  float *rows;       /* of the training rows, those held out, and those of them that are asked */
  int32_t *integers; /* likewise */
  int32_t *ends;
  part training, held_out, queries;
  int32_t *query_rows; /* of the queries, from 0 among the rows held out */
  int32_t *asked;      /* of the queries, among all rows */
} held_out_parts;

static void add_row(const triplet_held_out_set *set, size_t row, part *to) {
  const size_t d = set->embeddings.cols, count = to->count++;
  const triplet_ints labels = triplet_labels_at(set->labels, row);
  const int32_t end = count ? to->ends[count - 1] : 0;
  if (to->rows)
    memcpy(to->rows + count * d, set->embeddings.data + row * d, d * sizeof *to->rows);
  memcpy(to->integers + end, labels.data, labels.count * sizeof *to->integers);
  to->ends[count] = end + (int32_t)labels.count;
}

/* Where the next part goes. */
static part part_after(const part *of, size_t cols) {
  return (part){of->rows ? of->rows + of->count * cols : NULL, of->integers + (of->count ? of->ends[of->count - 1] : 0),
                of->ends + of->count, 0};
}

static void fill_parts(const triplet_held_out_set *set, int64_t seed, size_t asked, held_out_parts *into) {
  const size_t rows = set->embeddings.rows, cols = set->embeddings.cols;
  into->training = (part){into->rows, into->integers, into->ends, 0};
  for (size_t i = 0; i < rows; i++)
    if (!set->held_out[i])
      add_row(set, i, &into->training);
  into->held_out = part_after(&into->training, cols);
  for (size_t i = 0; i < rows; i++)
    if (set->held_out[i])
      add_row(set, i, &into->held_out);

  /* Each held-out row in turn is taken with the chance that leaves all samples alike. */
  into->queries = part_after(&into->held_out, cols);
  triplet_random random = triplet_random_seed(seed, QUERIES_STREAM);
  size_t left = into->held_out.count;
  for (size_t i = 0; i < rows && into->queries.count < asked; i++) {
    if (!set->held_out[i])
      continue;
    if (triplet_random_below(&random, left) < asked - into->queries.count) {
      into->query_rows[into->queries.count] = (int32_t)(into->held_out.count - left);
      into->asked[into->queries.count] = (int32_t)i;
      add_row(set, i, &into->queries);
    }
    left--;
  }
}

static void release_parts(triplet_context *context, const held_out_parts *of) {
  triplet_release(context, of->query_rows);
  triplet_release(context, of->ends);
  triplet_release(context, of->integers);
  triplet_release(context, of->rows);
}

static triplet_status create_parts(triplet_context *context, const triplet_options *options,
                                   const triplet_held_out_set *set, held_out_parts *into) {
  const size_t rows = set->embeddings.rows;
  size_t held_out = 0;
  for (size_t i = 0; i < rows; i++)
    held_out += set->held_out[i] != 0;
  const size_t asked = held_out < (size_t)options->most_queries ? held_out : (size_t)options->most_queries;

  const bool dealt = TRIPLET_HAS_RANKS && !set->embeddings.data;
  *into = (held_out_parts){
      .rows = dealt ? NULL : triplet_allocate(context, rows + asked, set->embeddings.cols * sizeof *into->rows),
      .integers = triplet_allocate(context, set->labels.integers.count, 2 * sizeof *into->integers),
      .ends = triplet_allocate(context, rows + asked, sizeof *into->ends),
      .query_rows = triplet_allocate(context, asked, 2 * sizeof *into->query_rows),
  };
  if ((!into->rows && !dealt) || !into->integers || !into->ends || !into->query_rows) {
    release_parts(context, into);
    return TRIPLET_OUT_OF_MEMORY;
  }
  into->asked = into->query_rows + asked;
  fill_parts(set, options->seed, asked, into);
  return TRIPLET_OK;
}

/* ---- two evaluations --------------------------------------------------------------------------------------------- */

static triplet_sets sets_of(const part *queries, const part *references, size_t cols) {
  return (triplet_sets){
      .queries = {queries->rows, queries->count, cols},
      .labels = triplet_label_sets_of(queries->integers, queries->ends, queries->count),
      .references = {references->rows, references->count, cols},
      .reference_labels = triplet_label_sets_of(references->integers, references->ends, references->count),
      .separate = true,
  };
}

/* Of two searches the first also asks for votes. A query costs as much as there are references. */
static triplet_status search_both(triplet_context *context, const triplet_options *options,
                                  const triplet_judgement *against, const triplet_judgement *among) {
  const double training = (double)against->relations.sets->references.rows;
  const double share = training / (training + (double)among->relations.sets->references.rows);
  const triplet_watch whole = triplet_watch_part(context, 0, share);
  triplet_status status = triplet_rank_references(context, options, against, true);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);
  triplet_watch_part(context, share, 1);
  status = triplet_rank_references(context, options, among, false);
  triplet_watch_restore(context, whole);
  return status;
}

/* The same of rows that are shared out, which takes both searches at once. */
static triplet_status search_shard(triplet_context *context, const triplet_options *options,
                                   const triplet_shard_search *search, const triplet_judgement *against,
                                   const triplet_judgement *among) {
  triplet_ranking rankings[TRIPLET_SIDES] = {0};
  triplet_shard_search of = *search;
  of.visit = triplet_ranking_visit;
  triplet_status status = triplet_ranking_create(context, options, against, true, &rankings[0]);
  if (status == TRIPLET_OK)
    status = triplet_ranking_create(context, options, among, false, &rankings[1]);
  for (size_t side = 0; side < TRIPLET_SIDES; side++)
    of.visitors[side] = &rankings[side];
  if (status == TRIPLET_OK)
    status = triplet_search_shard(context, options, "embeddings", &of);
  const triplet_output found[] = {{against->retrievals, sizeof *against->retrievals, NULL},
                                  {among->retrievals, sizeof *among->retrievals, NULL}};
  if (status == TRIPLET_OK) /* else the others are told where they agree next, or know */
    status = triplet_share_rows(context, status, triplet_query_cut(search->queries.count), found, TRIPLET_SIDES);
  for (size_t side = 0; side < TRIPLET_SIDES; side++)
    triplet_ranking_release(context, &rankings[side]);
  return status;
}

/* Nothing is written before both are known. rows: that are shared out, or NULL. */
static triplet_status evaluate_both(triplet_context *context, const triplet_options *options,
                                    const triplet_held_out_set *set, const triplet_dealt *rows,
                                    const held_out_parts *parts, triplet_held_out_evaluation *evaluation) {
  const triplet_sets training = sets_of(&parts->queries, &parts->training, set->embeddings.cols);
  triplet_sets others = sets_of(&parts->queries, &parts->held_out, set->embeddings.cols);
  others.self = (triplet_ints){parts->query_rows, parts->queries.count};
  triplet_judgement against = {0}, among = {0};
  triplet_status status = triplet_judgement_create(context, &training, options->ignore_label, set->k,
                                                   &evaluation->against_training, &against);
  if (status == TRIPLET_OK)
    status = triplet_judgement_create(context, &others, options->ignore_label, set->k, &evaluation->among_themselves,
                                      &among);
  const triplet_shard_search shard = {
      .rows = rows, .queries = {parts->asked, parts->queries.count}, .sides = set->held_out};
  if (status == TRIPLET_OK)
    status = TRIPLET_HAS_RANKS && rows ? search_shard(context, options, &shard, &against, &among)
                                       : search_both(context, options, &against, &among);

  if (status == TRIPLET_OK) {
    triplet_judgement_write(&against, set->k, &evaluation->against_training);
    triplet_judgement_write(&among, set->k, &evaluation->among_themselves);
    const triplet_means elected = triplet_judgement_elected(&against);
    evaluation->knn_accuracy = elected.of_queries;
    evaluation->macro_knn_accuracy = elected.of_classes;
    evaluation->knn_accuracy_interval =
        triplet_share_bounds(elected.of_queries, evaluation->against_training.metrics.queries);
    evaluation->held_out = parts->held_out.count;
    evaluation->queries = parts->queries.count;
  }
  triplet_judgement_release(context, &among);
  triplet_judgement_release(context, &against);
  if (status == TRIPLET_NOT_FINITE) /* the search has other numbers for the rows */
    return triplet_fail(context, status, "embeddings", "a held-out row has a distance that is not finite");
  return status;
}

static triplet_status check_set(triplet_context *context, const triplet_held_out_set *set) {
  TRIPLET_TRY(triplet_check_labels_alone(context, set->labels));
  TRIPLET_TRY(triplet_check_labels(context, "labels", set->labels, set->embeddings.rows));
  if (!set->held_out && set->embeddings.rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "held_out", "expected %z bytes, got NULL",
                        set->embeddings.rows);
  triplet_compare_matrix(context, set->embeddings);
  triplet_compare_labels(context, set->labels);
  triplet_compare(context, set->held_out, set->embeddings.rows);
  return TRIPLET_OK;
}

/* Of a set that was checked. */
static triplet_status evaluate_set(triplet_context *context, const triplet_options *options,
                                   const triplet_held_out_set *set, const triplet_dealt *rows,
                                   triplet_held_out_evaluation *evaluation) {
  held_out_parts parts;
  TRIPLET_TRY(create_parts(context, options, set, &parts));
  const triplet_status status = evaluate_both(context, options, set, rows, &parts, evaluation);
  release_parts(context, &parts);
  return status;
}

static triplet_status evaluate_held_out(triplet_context *context, const triplet_options *options,
                                        triplet_held_out_set set, triplet_held_out_evaluation *evaluation) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE_HELD_OUT, options));
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &set.embeddings));
  TRIPLET_TRY(check_set(context, &set));
  return evaluate_set(context, options, &set, NULL, evaluation);
}

triplet_status triplet_evaluate_held_out(triplet_context *context, const triplet_options *options,
                                         const triplet_held_out_set *set, triplet_held_out_evaluation *evaluation) {
  return TRIPLET_TOGETHER(context, evaluate_held_out(context, options, *set, evaluation));
}

/* ---- of a shard -------------------------------------------------------------------------------------------------- */

static triplet_status evaluate_shard(triplet_context *context, const triplet_options *options, triplet_shard shard,
                                     triplet_held_out_set set, triplet_held_out_evaluation *evaluation) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_EVALUATE_HELD_OUT, options));
  TRIPLET_TRY(triplet_check_shard(context, "embeddings", &shard));
  if (!triplet_is_shared(context)) {
    TRIPLET_TRY(triplet_shard_rows(context, "embeddings", &shard, &set.embeddings));
    return evaluate_held_out(context, options, set, evaluation);
  }
  triplet_owners owners;
  set.embeddings = (triplet_matrix){NULL, shard.rows, shard.own.cols};
  TRIPLET_TRY(check_set(context, &set));
  TRIPLET_TRY(triplet_owners_create(context, "embeddings", &shard, &owners));
  const triplet_dealt rows = {&owners, shard.own.data, shard.own.cols, 0};
  const triplet_status status = evaluate_set(context, options, &set, &rows, evaluation);
  triplet_owners_release(context, &owners);
  return status;
}

triplet_status triplet_evaluate_held_out_shard(triplet_context *context, const triplet_options *options,
                                               const triplet_shard *embeddings, const triplet_held_out_set *set,
                                               triplet_held_out_evaluation *evaluation) {
  return TRIPLET_TOGETHER(context, evaluate_shard(context, options, *embeddings, *set, evaluation));
}
