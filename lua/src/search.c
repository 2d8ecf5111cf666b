/* search.c - distances and rings, nearest rows, and the classes that they tell. */
#include <string.h>

#include "binding.h"

static int distances(lua_State *L) {
  static const char *const parameters[] = {"x", "y", "options", NULL};
  const call c = call_of(L, "distances", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_DISTANCES, &options, "");
  progress watched = read_progress(&c, 3);
  const named_matrix inputs[] = {{"x", read_matrix(&c, 1, "x")}, {"y", read_matrix(&c, 2, "y")}, {NULL, {0}}};

  if (push_option(L, 3, "out") && !to_matrix(L, -1))
    refuse(&c, "options", "out: expected a matrix, got %s", describe(L, -1));
  const named_matrix output[] = {
      {"out", push_output(&c, 3, "out", "out", inputs[0].matrix.rows, inputs[1].matrix.rows)}, {NULL, {0}}};
  check_apart(&c, output, inputs);

  const triplet_status status =
      triplet_distances(begin_progress(&watched), &options, inputs[0].matrix, inputs[1].matrix, output[0].matrix);
  return end_progress(&watched, status) ? 1 : 2;
}

/* ring(center, directions, radius, options) */
static int ring(lua_State *L) {
  static const char *const parameters[] = {"center", "directions", "radius", "options", NULL};
  const call c = call_of(L, "ring", parameters, 0);
  lua_settop(L, 4);
  triplet_options options = triplet_batch_options();
  read_options(&c, 4, TRIPLET_SCHEMA_RING, &options, "");
  const triplet_floats center = read_floats(&c, 1, "center");
  const triplet_matrix directions = read_matrix(&c, 2, "directions");
  const double radius = read_number(&c, 3, "radius");
  const triplet_matrix points = push_matrix(L, directions.rows, directions.cols);
  expect(&c, triplet_ring(use_context(&c), &options, center, directions, radius, points));
  return 1;
}

/* The option exclude: references, of so many, for each query. */
static triplet_lists read_exclude(const call *c, int options, size_t references) {
  lua_State *L = c->L;
  if (!push_option(L, options, "exclude"))
    return (triplet_lists){0};
  size_t rows, total = 0;
  const triplet_ints *lists = read_row_lists(c, -1, "exclude", 1, (lua_Integer)references, &rows);
  for (size_t i = 0; i < rows; i++)
    total += lists[i].count;
  if (total > INT32_MAX)
    refuse(c, "options", "exclude: expected at most 2147483647 references, got more");

  int32_t *items = push_array(L, total, sizeof *items), *ends = push_array(L, rows, sizeof *ends), end = 0;
  for (size_t i = 0; i < rows; i++) {
    if (lists[i].count)
      memcpy(items + end, lists[i].data, lists[i].count * sizeof *items);
    end += (int32_t)lists[i].count;
    ends[i] = end;
  }
  return (triplet_lists){{items, total}, {ends, rows}};
}

static int nearest(lua_State *L) {
  static const char *const parameters[] = {"queries", "references", "options", NULL};
  const call c = call_of(L, "nearest", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_NEAREST, &options, "");
  const triplet_matrix queries = read_matrix(&c, 1, "queries");
  given_references references = read_rows_or_memory(&c, 2, "references", queries.cols);
  progress watched = read_progress(&c, 3);
  const size_t rows = references.core.rows.rows;
  push_option(L, 3, "k");
  const size_t k = (size_t)read_integer(&c, -1, "k", 1, (lua_Integer)rows);
  const triplet_ints self = read_reference_self(&c, 3, rows);
  const triplet_lists exclude = read_exclude(&c, 3, rows);

  /* The memory may have lost rows since k was read: then the core refuses k. */
  lua_createtable(L, 0, 2);
  const int result = lua_gettop(L);
  const triplet_matrix found = push_matrix(L, queries.rows, k);
  lua_setfield(L, result, "distances");
  int32_t *indices = push_array(L, queries.rows, k * sizeof *indices);
  const triplet_neighbor_search search = {queries, use_references(&references)->rows, self, k, exclude};
  const triplet_status status = triplet_nearest(begin_progress(&watched), &options, &search, indices, found.data);
  if (!end_progress(&watched, status))
    return 2;

  lua_createtable(L, queries.rows < INT32_MAX ? (int)queries.rows : 0, 0);
  for (size_t i = 0; i < queries.rows; i++) {
    size_t left = k; /* without those that are not there */
    while (left && indices[i * k + left - 1] < 0)
      left--;
    push_ints(L, (triplet_ints){indices + i * k, left}, 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, result, "indices");
  lua_settop(L, result);
  return 1;
}

/* Pushes { labels = , votes = }. */
static void push_classes(const call *c, const triplet_classification *found, size_t rows, const numbering *names) {
  lua_State *L = c->L;
  const int length = rows < INT32_MAX ? (int)rows : 0;
  lua_createtable(L, 0, 2);
  lua_createtable(L, length, 0);
  for (size_t i = 0; i < rows; i++) {
    if (found->known[i])
      push_label(c, names, found->labels[i]);
    else
      lua_pushboolean(L, false);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "labels");
  lua_createtable(L, length, 0);
  for (size_t i = 0; i < rows; i++) {
    lua_pushnumber(L, found->votes[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "votes");
}

/* classify(queries, references, reference_labels, options): a memory brings its own labels. */
static int classify(lua_State *L) {
  static const char *const parameters[] = {"queries", "references", "reference_labels", "options", NULL};
  const call c = call_of(L, "classify", parameters, 0);
  lua_settop(L, 4);
  triplet_options options = triplet_batch_options();
  read_options(&c, 4, TRIPLET_SCHEMA_CLASSIFY, &options, "");
  const triplet_matrix queries = read_matrix(&c, 1, "queries");
  numbering names = begin_numbering_of_memory(&c, 2);
  given_references references = read_rows_or_memory(&c, 2, "references", queries.cols);
  if (references.memory && !lua_isnil(L, 3))
    refuse(&c, "reference_labels", "reference_labels: expected none beside a memory, which holds its own");
  if (!references.memory)
    references.core.labels = read_labels(&c, 3, "reference_labels", &names);
  progress watched = read_progress(&c, 4);
  const triplet_ints self = read_reference_self(&c, 4, references.core.rows.rows);
  const triplet_lists exclude = read_exclude(&c, 4, references.core.rows.rows);

  triplet_classification found = {push_array(L, queries.rows, sizeof *found.labels),
                                  push_array(L, queries.rows, sizeof *found.known),
                                  push_array(L, queries.rows, sizeof *found.votes)};
  const triplet_references *known = use_references(&references);
  const triplet_classification_set set = {queries, known->rows, known->labels, self, exclude};
  const triplet_status status = triplet_classify(begin_progress(&watched), &options, &set, &found);
  if (!end_progress(&watched, status))
    return 2;
  push_classes(&c, &found, queries.rows, &names);
  return 1;
}

void open_search(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"distances", distances}, {"ring", ring}, {"nearest", nearest}, {"classify", classify}, {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
