/* search.c - distances, nearest rows, evaluation. */
#include <string.h>

#include "binding.h"

static int distances(lua_State *L) {
  static const char *const parameters[] = {"x", "y", "options", NULL};
  const call c = call_of(L, "distances", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_DISTANCES, &options, "");
  const named_matrix inputs[] = {{"x", read_matrix(&c, 1, "x")}, {"y", read_matrix(&c, 2, "y")}, {NULL, {0}}};
  if (push_option(L, 3, "out") && !to_matrix(L, -1))
    refuse(&c, "options", "out: expected a matrix, got %s", describe(L, -1));
  const named_matrix output[] = {
      {"out", push_output(&c, 3, "out", "out", inputs[0].matrix.rows, inputs[1].matrix.rows)}, {NULL, {0}}};
  check_apart(&c, output, inputs);
  expect(&c, triplet_distances(c.context, &options, inputs[0].matrix, inputs[1].matrix, output[0].matrix));
  return 1;
}

static int nearest(lua_State *L) {
  static const char *const parameters[] = {"queries", "references", "options", NULL};
  const call c = call_of(L, "nearest", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_NEAREST, &options, "");
  const triplet_matrix queries = read_matrix(&c, 1, "queries");
  given_references references = read_rows_or_memory(&c, 2, "references", queries.cols);
  const lua_Integer rows = (lua_Integer)references.core.rows.rows;
  push_option(L, 3, "k");
  const size_t k = (size_t)read_integer(&c, -1, "k", 1, rows);
  triplet_ints self = {0};
  if (push_option(L, 3, "reference_self"))
    self = read_ints(&c, -1, "reference_self", 0, rows, -1);

  lua_createtable(L, 0, 2);
  const triplet_matrix found = push_matrix(L, queries.rows, k);
  const triplet_matrix indices = push_matrix(L, queries.rows, k); /* int32, of the same size as float */
  const triplet_neighbor_search search = {queries, use_references(&references)->rows, self, k};
  expect(&c, triplet_nearest(c.context, &options, &search, (int32_t *)(void *)indices.data, found.data));
  lua_createtable(L, queries.rows < INT32_MAX ? (int)queries.rows : 0, 0);
  for (size_t i = 0; i < queries.rows; i++) {
    push_ints(L, (triplet_ints){(const int32_t *)(const void *)indices.data + i * k, k}, 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -4, "indices");
  lua_pop(L, 1);
  lua_setfield(L, -2, "distances");
  return 1;
}

/* The ranks of the option k, none when it is not given; pushed. */
static triplet_ints read_ranks(const call *c, int index) {
  return push_option(c->L, index, "k") ? read_ints(c, -1, "k", 1, INT32_MAX, 0) : (triplet_ints){0};
}

/* Pushes a table of the figures; recall: of each rank. */
static void push_metrics(lua_State *L, const triplet_metrics *metrics, triplet_ints ranks, const double *recall) {
  lua_createtable(L, 0, 7);
  set_count(L, "queries", metrics->queries);
  set_count(L, "skipped", metrics->skipped);
  set_figure(L, "precision_at_1", metrics->precision_at_1);
  set_figure(L, "r_precision", metrics->r_precision);
  set_figure(L, "map_at_r", metrics->map_at_r);
  set_figure(L, "triplet_accuracy", metrics->triplet_accuracy);
  lua_createtable(L, 0, (int)ranks.count);
  for (size_t i = 0; i < ranks.count; i++) {
    push_figure(L, recall[i]);
    lua_rawseti(L, -2, ranks.data[i]);
  }
  lua_setfield(L, -2, "recall_at");
}

void push_evaluation(const call *c, const triplet_options *options, int index, triplet_matrix embeddings,
                     triplet_labels labels, given_references *references) {
  const triplet_ints ranks = read_ranks(c, index);
  double *recall = push_array(c->L, ranks.count, sizeof *recall);
  triplet_metrics metrics;
  const triplet_batch batch = {embeddings, labels, use_references(references)};
  expect(c, triplet_evaluate(c->context, options, &batch, ranks, recall, &metrics));
  push_metrics(c->L, &metrics, ranks, recall);
}

static int evaluate(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "evaluate", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_EVALUATE, &options, "");
  const triplet_matrix embeddings = read_matrix(&c, 1, "embeddings");
  const triplet_labels labels = read_labels(&c, 2, "labels");
  given_references references = read_references(&c, 3, embeddings.cols);
  push_evaluation(&c, &options, 3, embeddings, labels, &references);
  return 1;
}

static int evaluate_held_out(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "held_out", "options", NULL};
  const call c = call_of(L, "evaluate_held_out", parameters, 0);
  lua_settop(L, 4);
  triplet_options options = triplet_batch_options();
  read_options(&c, 4, TRIPLET_SCHEMA_EVALUATE_HELD_OUT, &options, "");
  const triplet_matrix embeddings = read_matrix(&c, 1, "embeddings");
  const triplet_labels labels = read_labels(&c, 2, "labels");
  const triplet_ints rows = read_ints(&c, 3, "held_out", 1, (lua_Integer)embeddings.rows, -1);
  uint8_t *held_out = push_array(L, embeddings.rows, sizeof *held_out);
  memset(held_out, 0, embeddings.rows * sizeof *held_out);
  for (size_t i = 0; i < rows.count; i++)
    held_out[rows.data[i]] = 1;
  const triplet_ints ranks = read_ranks(&c, 4);
  double *recall = push_array(L, ranks.count, 2 * sizeof *recall);
  triplet_held_out_metrics metrics;
  expect(&c, triplet_evaluate_held_out(c.context, &options,
                                       &(const triplet_held_out_set){embeddings, labels, held_out, ranks}, recall,
                                       &metrics));
  lua_createtable(L, 0, 4);
  push_metrics(L, &metrics.against_training, ranks, recall);
  set_figure(L, "knn_accuracy", metrics.knn_accuracy);
  lua_setfield(L, -2, "against_training");
  push_metrics(L, &metrics.among_themselves, ranks, recall + ranks.count);
  lua_setfield(L, -2, "among_themselves");
  set_count(L, "held_out", metrics.held_out);
  set_count(L, "queries", metrics.queries);
  return 1;
}

void open_search(lua_State *L) {
  static const luaL_Reg functions[] = {{"distances", distances},
                                       {"nearest", nearest},
                                       {"evaluate", evaluate},
                                       {"evaluate_held_out", evaluate_held_out},
                                       {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
