/* verification.c - are two rows of the same class? */
#include <math.h>

#include "binding.h"

/* The option far, none when it is not given; pushed. */
static triplet_doubles read_far(const call *c, int options) {
  return push_option(c->L, options, "far") ? read_doubles(c, -1, "far") : (triplet_doubles){0};
}

/* Room for what is found, as the options want it; pushed. */
static triplet_verification push_room(lua_State *L, const triplet_options *options, triplet_doubles far) {
  triplet_verification found = {.curve_capacity = (size_t)options->curve};
  found.at_far = push_array(L, far.count, sizeof *found.at_far);
  found.curve = push_array(L, found.curve_capacity, sizeof *found.curve);
  return found;
}

/* Sets fields of the table on top by the wanted rates, as they were given. */
static void set_rates(lua_State *L, triplet_doubles far, const triplet_operating_point *points) {
  lua_createtable(L, 0, (int)far.count);
  lua_createtable(L, 0, (int)far.count);
  for (size_t i = 0; i < far.count; i++) {
    lua_pushnumber(L, far.data[i]);
    push_figure(L, points[i].tar);
    lua_rawset(L, -4);
    lua_pushnumber(L, far.data[i]);
    push_figure(L, points[i].threshold);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -3, "threshold_at");
  lua_setfield(L, -2, "tar");
}

/* Pushes { far = , tar = , thresholds = }, lists of one length. */
static void push_curve(lua_State *L, const triplet_operating_point *points, size_t count) {
  lua_createtable(L, 0, 3);
  for (int i = 0; i < 3; i++)
    lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
  for (size_t i = 0; i < count; i++) {
    const double of[] = {points[i].far, points[i].tar, points[i].threshold};
    for (int list = 0; list < 3; list++) {
      lua_pushnumber(L, of[list]);
      lua_rawseti(L, list - 4, (lua_Integer)i + 1);
    }
  }
  lua_setfield(L, -4, "thresholds");
  lua_setfield(L, -3, "tar");
  lua_setfield(L, -2, "far");
}

/* Pushes a table of all that was found. */
static void push_found(lua_State *L, const triplet_verification *found, triplet_doubles far, double threshold) {
  lua_createtable(L, 0, 12);
  set_count(L, "same", found->same);
  set_count(L, "different", found->different);
  set_count(L, "used", found->used);
  set_figure(L, "auc", found->auc);
  set_figure(L, "eer", found->eer);
  set_figure(L, "eer_threshold", found->eer_threshold);
  set_figure(L, "accuracy", found->accuracy);
  set_figure(L, "threshold", found->threshold);
  set_rates(L, far, found->at_far);

  if (found->curve_count) {
    push_curve(L, found->curve, found->curve_count);
    lua_setfield(L, -2, "curve");
  }
  if (isfinite(threshold)) {
    lua_createtable(L, 0, 4);
    set_figure(L, "threshold", found->judged.threshold);
    set_figure(L, "far", found->judged.far);
    set_figure(L, "tar", found->judged.tar);
    set_figure(L, "accuracy", found->judged_accuracy);
    lua_setfield(L, -2, "judged");
  }
}

int push_verification(const call *c, const triplet_options *options, int index, const labelled_queries *queries) {
  progress watched = read_progress(c, index);
  const triplet_doubles far = read_far(c, index);
  triplet_verification found = push_room(c->L, options, far);
  const triplet_batch batch = {queries->embeddings, queries->labels, use_references(queries->references)};
  const triplet_status status = triplet_verify(begin_progress(&watched), options, &batch, far, &found);
  if (!end_progress(&watched, status))
    return 2;
  push_found(c->L, &found, far, options->threshold);
  return 1;
}

static int verify(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "verify", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_VERIFY, &options, "");
  const triplet_matrix embeddings = read_matrix(&c, 1, "embeddings");
  numbering names = begin_numbering_of_references(&c, 3);
  const triplet_labels labels = read_labels(&c, 2, "labels", &names);
  given_references references = read_references(&c, 3, embeddings.cols, &names, !labels.relations.data);
  return push_verification(&c, &options, 3, &(labelled_queries){embeddings, labels, &references, &names});
}

/* Of each of so many pairs whether it is of one class, as true or false, 1 or 0; pushed. */
static const uint8_t *read_same(const call *c, int index, size_t pairs) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, "same", "same: expected a table of booleans, got %s", describe(L, index));
  const size_t count = read_length(c, index, "same");
  if (count != pairs)
    refuse(c, "same", "same: expected %I booleans like rows of first, got %I", (LUAI_UACINT)pairs, (LUAI_UACINT)count);
  uint8_t *same = push_array(L, pairs, sizeof *same);
  for (size_t i = 0; i < pairs; i++, lua_pop(L, 1)) {
    const int type = lua_geti(L, index, (lua_Integer)i + 1);
    const lua_Number number = type == LUA_TNUMBER ? lua_tonumber(L, -1) : lua_toboolean(L, -1);
    if ((type != LUA_TNUMBER && type != LUA_TBOOLEAN) || (number != 0 && number != 1))
      refuse(c, "same", "same[%I]: expected a boolean, 0 or 1, got %s", (LUAI_UACINT)i + 1, describe(L, -1));
    same[i] = number != 0;
  }
  return same;
}

static int verify_pairs(lua_State *L) {
  static const char *const parameters[] = {"first", "second", "same", "options", NULL};
  const call c = call_of(L, "verify_pairs", parameters, 0);
  lua_settop(L, 4);
  triplet_options options = triplet_batch_options();
  read_options(&c, 4, TRIPLET_SCHEMA_VERIFY_PAIRS, &options, "");
  triplet_given_pairs pairs = {.first = read_matrix(&c, 1, "first"), .second = read_matrix(&c, 2, "second")};
  pairs.same = read_same(&c, 3, pairs.first.rows);
  progress watched = read_progress(&c, 4);
  const triplet_doubles far = read_far(&c, 4);
  triplet_verification found = push_room(L, &options, far);

  const triplet_status status = triplet_verify_pairs(begin_progress(&watched), &options, &pairs, far, &found);
  if (!end_progress(&watched, status))
    return 2;
  push_found(L, &found, far, options.threshold);
  return 1;
}

void open_verification(lua_State *L) {
  static const luaL_Reg functions[] = {{"verify", verify}, {"verify_pairs", verify_pairs}, {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
