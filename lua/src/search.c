/* search.c - distances and rings, nearest rows, triplet.index, and the classes that neighbours tell. */
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

/* What the options say of a search among so many references. */
static triplet_neighbor_search read_search(const call *c, int options, triplet_matrix queries, size_t references) {
  push_option(c->L, options, "k");
  const size_t k = (size_t)read_integer(c, -1, "k", 1, (lua_Integer)references);
  const triplet_ints self = read_reference_self(c, options, references);
  return (triplet_neighbor_search){queries, {0}, self, k, read_exclude(c, options, references)};
}

/* Where a search writes; result: the table, pushed, that is { indices = , distances = } in the end. */
typedef struct found_rows {
  int result;
  int32_t *indices;
  float *distances;
} found_rows;

static found_rows push_found(lua_State *L, const triplet_neighbor_search *search) {
  lua_createtable(L, 0, 2);
  const int result = lua_gettop(L);
  float *distances = push_matrix(L, search->queries.rows, search->k).data;
  lua_setfield(L, result, "distances");
  return (found_rows){result, push_array(L, search->queries.rows, search->k * sizeof(int32_t)), distances};
}

static int return_found(lua_State *L, const triplet_neighbor_search *search, const found_rows *found) {
  const size_t rows = search->queries.rows, k = search->k;
  lua_createtable(L, rows < INT32_MAX ? (int)rows : 0, 0);
  for (size_t i = 0; i < rows; i++) {
    size_t left = k; /* without those that are not there */
    while (left && found->indices[i * k + left - 1] < 0)
      left--;
    push_ints(L, (triplet_ints){found->indices + i * k, left}, 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, found->result, "indices");
  lua_settop(L, found->result);
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
  progress watched = read_progress(&c, 3);
  triplet_neighbor_search search = read_search(&c, 3, queries, references.core.rows.rows);
  const found_rows found = push_found(L, &search);
  /* The memory may have lost rows since k was read: then the core refuses k. */
  search.references = use_references(&references)->rows;
  const triplet_status status =
      triplet_nearest(begin_progress(&watched), &options, &search, found.indices, found.distances);
  return end_progress(&watched, status) ? return_found(L, &search, &found) : 2;
}

/* ---- triplet.index ----------------------------------------------------------------------------------------------- */

#define INDEX_TYPE "triplet.index"

static void index_release(void *core) {
  triplet_index_destroy(core);
}

static int index_new(lua_State *L) {
  static const char *const parameters[] = {"references", "options", NULL};
  const call c = call_of(L, "index", parameters, 0);
  lua_settop(L, 2);
  triplet_options options = triplet_batch_options();
  read_options(&c, 2, TRIPLET_SCHEMA_INDEX, &options, "");
  given_references references = read_rows_or_memory(&c, 1, "references", 0);
  const closable *self = push_closable(L, sizeof *self, 0, INDEX_TYPE, index_release);
  triplet_index *core;
  expect(&c, triplet_index_create(use_context(&c), &options, use_references(&references)->rows, &core));
  self->held->core = core;
  return 1;
}

/* index:nearest(queries, options) */
static int index_nearest(lua_State *L) {
  static const char *const parameters[] = {"queries", "options", NULL};
  const call c = call_of(L, "nearest", parameters, 1);
  lua_settop(L, 3);
  const closable *self = self_of(&c, INDEX_TYPE);
  if (!self->held)
    luaL_error(L, "calling 'nearest' on a closed index");
  const triplet_index *core = use_closable(L, 1)->core;
  open_options(&c, 3, TRIPLET_SCHEMA_INDEX_NEAREST, "");
  const triplet_matrix queries = read_matrix(&c, 2, "queries");
  progress watched = read_progress(&c, 3);
  const triplet_neighbor_search search = read_search(&c, 3, queries, triplet_index_rows(core));
  const found_rows found = push_found(L, &search);
  const triplet_status status =
      triplet_index_nearest(begin_progress(&watched), core, &search, found.indices, found.distances);
  return end_progress(&watched, status) ? return_found(L, &search, &found) : 2;
}

/* Nothing of a closed one. */
static int push_size(lua_State *L, const char *name, size_t (*size)(const triplet_index *index)) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, name, parameters, 1);
  const closable *self = self_of(&c, INDEX_TYPE);
  if (self->held)
    lua_pushinteger(L, (lua_Integer)size(self->held->core));
  return self->held != NULL;
}

static int index_rows(lua_State *L) {
  return push_size(L, "rows", triplet_index_rows);
}

static int index_cols(lua_State *L) {
  return push_size(L, "cols", triplet_index_cols);
}

static int index_close(lua_State *L) {
  if (luaL_testudata(L, 1, INDEX_TYPE))
    close_closable(L, 1);
  return 0;
}

static void open_index(lua_State *L) {
  static const luaL_Reg methods[] = {{"nearest", index_nearest}, {NULL, NULL}};
  static const luaL_Reg properties[] = {{"rows", index_rows}, {"cols", index_cols}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", index_close}, {"__close", index_close}, {NULL, NULL}};
  luaL_newmetatable(L, INDEX_TYPE);
  set_type(
      L, &(const type_description){"index", .methods = methods, .properties = properties, .metamethods = metamethods});
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

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
  static const luaL_Reg functions[] = {{"distances", distances}, {"ring", ring},         {"nearest", nearest},
                                       {"index", index_new},     {"classify", classify}, {NULL, NULL}};
  open_index(L);
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
