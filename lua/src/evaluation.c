/* evaluation.c - how well rows find those of their class. */
#include <string.h>

#include "binding.h"

/* ---- what all of them give --------------------------------------------------------------------------------------- */

/* The ranks of the option k, none when it is not given; pushed. */
static triplet_ints read_ranks(const call *c, int index) {
  return push_option(c->L, index, "k") ? read_ints(c, -1, "k", 1, INT32_MAX, 0) : (triplet_ints){0};
}

/* Room for what is found, by the ranks; pushed. There are no more classes than labels. */
static triplet_evaluation push_room(lua_State *L, triplet_labels labels, triplet_ints ranks) {
  double *recall = push_array(L, ranks.count, 2 * sizeof *recall);
  triplet_bounds *intervals = push_array(L, ranks.count, sizeof *intervals);
  const size_t classes = labels.integers.count;
  return (triplet_evaluation){
      .recall = recall,
      .macro_recall = recall + ranks.count,
      .recall_intervals = intervals,
      .classes = classes ? push_array(L, classes, sizeof(triplet_class_metrics)) : NULL,
      .class_capacity = classes,
  };
}

/* Fields of the table on top. */
static void set_metrics(lua_State *L, const triplet_metrics *metrics) {
  set_count(L, "queries", metrics->queries);
  set_count(L, "skipped", metrics->skipped);
  set_figure(L, "precision_at_1", metrics->precision_at_1);
  set_figure(L, "r_precision", metrics->r_precision);
  set_figure(L, "map_at_r", metrics->map_at_r);
  set_figure(L, "map", metrics->map);
  set_figure(L, "mrr", metrics->mrr);
  set_figure(L, "triplet_accuracy", metrics->triplet_accuracy);
}

/* Pushes a table of the figures; recall: of each rank. */
static void push_metrics(lua_State *L, const triplet_metrics *metrics, triplet_ints ranks, const double *recall) {
  lua_createtable(L, 0, 11);
  set_metrics(L, metrics);
  lua_createtable(L, 0, (int)ranks.count);
  for (size_t i = 0; i < ranks.count; i++) {
    push_figure(L, recall[i]);
    lua_rawseti(L, -2, ranks.data[i]);
  }
  lua_setfield(L, -2, "recall_at");
}

/* { low, high }, or nil of a figure that there is none of. */
static void push_bounds(lua_State *L, triplet_bounds bounds) {
  if (bounds.low != bounds.low) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 2, 0);
  lua_pushnumber(L, bounds.low);
  lua_rawseti(L, -2, 1);
  lua_pushnumber(L, bounds.high);
  lua_rawseti(L, -2, 2);
}

/* A field of the table on top. */
static void set_bounds(lua_State *L, const char *name, triplet_bounds bounds) {
  push_bounds(L, bounds);
  lua_setfield(L, -2, name);
}

/* Pushes a table of the intervals. */
static void push_intervals(lua_State *L, const triplet_evaluation *found, triplet_ints ranks) {
  const triplet_metric_intervals *intervals = &found->intervals;
  lua_createtable(L, 0, 7);
  set_bounds(L, "precision_at_1", intervals->precision_at_1);
  set_bounds(L, "r_precision", intervals->r_precision);
  set_bounds(L, "map_at_r", intervals->map_at_r);
  set_bounds(L, "map", intervals->map);
  set_bounds(L, "mrr", intervals->mrr);
  lua_createtable(L, 0, (int)ranks.count);
  for (size_t i = 0; i < ranks.count; i++) {
    push_bounds(L, found->recall_intervals[i]);
    lua_rawseti(L, -2, ranks.data[i]);
  }
  lua_setfield(L, -2, "recall_at");
}

/* Pushes a table of all that was found. */
static void push_found(const call *c, const triplet_evaluation *found, triplet_ints ranks, const numbering *names) {
  lua_State *L = c->L;
  push_metrics(L, &found->metrics, ranks, found->recall);
  push_metrics(L, &found->macro, ranks, found->macro_recall);
  lua_setfield(L, -2, "macro");
  push_intervals(L, found, ranks);
  lua_setfield(L, -2, "intervals");
  lua_createtable(L, found->class_count < INT32_MAX ? (int)found->class_count : 0, 0);
  for (size_t i = 0; i < found->class_count; i++) {
    lua_createtable(L, 0, 9);
    push_label(c, names, found->classes[i].label);
    lua_setfield(L, -2, "label");
    set_metrics(L, &found->classes[i].metrics);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "classes");
}

int push_evaluation(const call *c, const triplet_options *options, int index, const labelled_queries *queries) {
  progress watched = read_progress(c, index);
  const triplet_ints ranks = read_ranks(c, index);
  triplet_evaluation found = push_room(c->L, queries->labels, ranks);
  const triplet_batch batch = {queries->embeddings, queries->labels, use_references(queries->references)};
  const triplet_status status = triplet_evaluate(begin_progress(&watched), options, &batch, ranks, &found);
  if (!end_progress(&watched, status))
    return 2;

  push_found(c, &found, ranks, queries->names);
  return 1;
}

static int evaluate(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "evaluate", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_EVALUATE, &options, "");
  const triplet_matrix embeddings = read_matrix(&c, 1, "embeddings");
  numbering names = begin_numbering_of_references(&c, 3);
  const triplet_labels labels = read_labels(&c, 2, "labels", &names);
  given_references references = read_references(&c, 3, embeddings.cols, &names, !labels.relations.data);
  return push_evaluation(&c, &options, 3, &(labelled_queries){embeddings, labels, &references, &names});
}

/* Pushes what was found for each query: (queries, width) references, -1 after a list that is shorter than others or has
 * 0. */
static const int32_t *push_neighbors(const call *c, int index, size_t queries, size_t references, size_t *width) {
  lua_State *L = c->L;
  size_t rows;
  const triplet_ints *lists = read_row_lists(c, index, "indices", 0, (lua_Integer)references, &rows);
  if (rows != queries)
    refuse(c, "indices", "indices: expected a list for each of %I queries, got %I", (LUAI_UACINT)queries,
           (LUAI_UACINT)rows);
  *width = 0;
  for (size_t i = 0; i < rows; i++)
    *width = lists[i].count > *width ? lists[i].count : *width;
  if (*width && rows > SIZE_MAX / *width)
    luaL_error(L, "not enough memory"); /* GCOVR_EXCL_LINE */
  int32_t *indices = push_array(L, rows * *width, sizeof *indices);
  memset(indices, -1, rows * *width * sizeof *indices);
  for (size_t i = 0; i < rows; i++)
    if (lists[i].count)
      memcpy(indices + i * *width, lists[i].data, lists[i].count * sizeof *indices);
  return indices;
}

static int evaluate_neighbors(lua_State *L) {
  static const char *const parameters[] = {"indices", "labels", "options", NULL};
  const call c = call_of(L, "evaluate_neighbors", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_EVALUATE_NEIGHBORS, &options, "");
  numbering names = begin_numbering(&c);
  triplet_given_neighbors given = {.labels = read_labels(&c, 2, "labels", &names)};
  const bool related = given.labels.relations.data;
  const size_t queries = related ? given.labels.relations.rows : labelled_rows(given.labels);
  size_t references = related ? given.labels.relations.cols : queries;
  if (push_option(L, 3, "reference_labels")) {
    given.reference_labels = read_labels(&c, -1, "reference_labels", &names);
    references = labelled_rows(given.reference_labels);
  }
  given.reference_self = read_reference_self(&c, 3, references);
  given.indices = push_neighbors(&c, 1, queries, references, &given.width);

  const triplet_ints ranks = read_ranks(&c, 3);
  triplet_evaluation found = push_room(L, given.labels, ranks);
  expect(&c, triplet_evaluate_neighbors(use_context(&c), &options, &given, ranks, &found));
  push_found(&c, &found, ranks, &names);
  return 1;
}

/* Pushes an array of which rows are held out, from a list of their numbers. */
static const uint8_t *push_held_out(const call *c, int index, size_t rows) {
  const triplet_ints list = read_ints(c, index, "held_out", 1, (lua_Integer)rows, -1);
  uint8_t *held_out = push_array(c->L, rows, sizeof *held_out);
  memset(held_out, 0, rows * sizeof *held_out);
  for (size_t i = 0; i < list.count; i++)
    held_out[list.data[i]] = 1;
  return held_out;
}

static int evaluate_held_out(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "held_out", "options", NULL};
  const call c = call_of(L, "evaluate_held_out", parameters, 0);
  lua_settop(L, 4);
  triplet_options options = triplet_batch_options();
  read_options(&c, 4, TRIPLET_SCHEMA_EVALUATE_HELD_OUT, &options, "");
  progress watched = read_progress(&c, 4);
  const triplet_shard *shard = to_shard(L, 1);
  triplet_held_out_set set = {.embeddings = {NULL, shard ? shard->rows : 0, 0}};
  if (!shard)
    set.embeddings = read_matrix(&c, 1, "embeddings");
  numbering names = begin_numbering(&c);
  set.labels = read_labels(&c, 2, "labels", &names);
  set.held_out = push_held_out(&c, 3, set.embeddings.rows);
  const triplet_ints ranks = set.k = read_ranks(&c, 4);

  triplet_held_out_evaluation found = {.against_training = push_room(L, set.labels, ranks),
                                       .among_themselves = push_room(L, set.labels, ranks)};
  triplet_context *context = begin_progress(&watched);
  const triplet_status status = shard ? triplet_evaluate_held_out_shard(context, &options, shard, &set, &found)
                                      : triplet_evaluate_held_out(context, &options, &set, &found);
  if (!end_progress(&watched, status))
    return 2;

  lua_createtable(L, 0, 4);
  push_found(&c, &found.against_training, ranks, &names);
  set_figure(L, "knn_accuracy", found.knn_accuracy);
  lua_getfield(L, -1, "macro");
  set_figure(L, "knn_accuracy", found.macro_knn_accuracy);
  lua_pop(L, 1);
  lua_getfield(L, -1, "intervals");
  set_bounds(L, "knn_accuracy", found.knn_accuracy_interval);
  lua_pop(L, 1);
  lua_setfield(L, -2, "against_training");
  push_found(&c, &found.among_themselves, ranks, &names);
  lua_setfield(L, -2, "among_themselves");
  set_count(L, "held_out", found.held_out);
  set_count(L, "queries", found.queries);
  return 1;
}

/* share_interval(share, count) -> low, high */
static int share_interval(lua_State *L) {
  static const char *const parameters[] = {"share", "count", NULL};
  const call c = call_of(L, "share_interval", parameters, 0);
  lua_settop(L, 2);
  const double share = read_number(&c, 1, "share");
  const triplet_bounds bounds = triplet_share_bounds(share, read_size(&c, 2, "count", 0));
  push_figure(L, bounds.low);
  push_figure(L, bounds.high);
  return 2;
}

void open_evaluation(lua_State *L) {
  static const luaL_Reg functions[] = {{"evaluate", evaluate},
                                       {"evaluate_neighbors", evaluate_neighbors},
                                       {"evaluate_held_out", evaluate_held_out},
                                       {"share_interval", share_interval},
                                       {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
