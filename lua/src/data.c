/* data.c - standardise, principal axes, split, synthesise. */
#include <string.h>

#include "binding.h"

static int standardization(lua_State *L) {
  static const char *const parameters[] = {"x", NULL};
  const call c = call_of(L, "standardization", parameters, 0);
  lua_settop(L, 1);
  const triplet_matrix x = read_matrix(&c, 1, "x");
  lua_createtable(L, 0, 2);
  const triplet_matrix mean = push_matrix(L, 1, x.cols), deviation = push_matrix(L, 1, x.cols);
  expect(&c, triplet_standardization(use_context(&c), x, mean.data, deviation.data));
  lua_setfield(L, 2, "deviation");
  lua_setfield(L, 2, "mean");
  return 1;
}

static int standardize(lua_State *L) {
  static const char *const parameters[] = {"x", "standardization", NULL};
  const call c = call_of(L, "standardize", parameters, 0);
  lua_settop(L, 2);
  const triplet_matrix x = read_matrix(&c, 1, "x");
  if (lua_type(L, 2) != LUA_TTABLE)
    refuse(&c, "standardization", "standardization: expected a table with mean and deviation, got %s", describe(L, 2));
  push_option(L, 2, "mean");
  const triplet_floats mean = read_floats(&c, -1, "mean");
  push_option(L, 2, "deviation");
  const triplet_floats deviation = read_floats(&c, -1, "deviation");
  const triplet_matrix output = push_matrix(L, x.rows, x.cols);
  expect(&c, triplet_standardize(use_context(&c), x, mean, deviation, output));
  return 1;
}

/* principal_axes(x, options) -> { mean = , axes = , shares = } */
static int principal_axes(lua_State *L) {
  static const char *const parameters[] = {"x", "options", NULL};
  const call c = call_of(L, "principal_axes", parameters, 0);
  lua_settop(L, 2);
  triplet_options options = triplet_batch_options();
  read_options(&c, 2, TRIPLET_SCHEMA_PRINCIPAL_AXES, &options, "");
  const triplet_matrix x = read_matrix(&c, 1, "x");
  const size_t wanted = (size_t)options.count, count = wanted < x.cols ? wanted : x.cols;
  lua_createtable(L, 0, 3);
  const int result = lua_gettop(L);
  const triplet_matrix mean = push_matrix(L, 1, x.cols), axes = push_matrix(L, count, x.cols);
  double *shares = push_array(L, count, sizeof *shares);
  expect(&c, triplet_principal_axes(use_context(&c), x, mean.data, axes, shares));

  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_figure(L, shares[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, result, "shares");
  lua_pop(L, 1);
  lua_setfield(L, result, "axes");
  lua_setfield(L, result, "mean");
  return 1;
}

/* project(x, axes): what principal_axes gives, or any with mean and axes. */
static int project(lua_State *L) {
  static const char *const parameters[] = {"x", "axes", NULL};
  const call c = call_of(L, "project", parameters, 0);
  lua_settop(L, 2);
  const triplet_matrix x = read_matrix(&c, 1, "x");
  if (lua_type(L, 2) != LUA_TTABLE)
    refuse(&c, "axes", "axes: expected a table with mean and axes, got %s", describe(L, 2));
  push_option(L, 2, "mean");
  const triplet_floats mean = read_floats(&c, -1, "axes.mean");
  push_option(L, 2, "axes");
  const triplet_matrix axes = read_matrix(&c, lua_gettop(L), "axes.axes");
  const triplet_matrix output = push_matrix(L, x.rows, axes.rows);
  const int result = lua_gettop(L);
  expect(&c, triplet_project(use_context(&c), x, mean, axes, output));
  lua_settop(L, result);
  return 1;
}

/* Which of the choices, "one|two", the text at index is. */
static int read_choice(const call *c, int index, const char *name, const char *choices) {
  const char *text = read_text(c, index, name), *choice = choices;
  for (int number = 0; *choice; number++) {
    const size_t length = strcspn(choice, "|");
    if (strlen(text) == length && memcmp(text, choice, length) == 0)
      return number;
    choice += length + (choice[length] == '|');
  }
  refuse(c, name, "%s: expected one of %s, got %s", name, choices, describe(c->L, index));
}

/* split(labels, fraction, seed, hold_out) -> training rows, held-out rows */
static int split(lua_State *L) {
  static const char *const parameters[] = {"labels", "fraction", "seed", "hold_out", NULL};
  const call c = call_of(L, "split", parameters, 0);
  lua_settop(L, 4);
  numbering names = begin_numbering(&c);
  const triplet_labels labels = read_labels(&c, 1, "labels", &names);
  const size_t rows = labelled_rows(labels);
  const double fraction = read_number(&c, 2, "fraction");
  const int64_t seed = read_integer(&c, 3, "seed", 0, LUA_MAXINTEGER);
  triplet_hold_out hold_out = TRIPLET_HOLD_OUT_ROWS;
  if (!lua_isnil(L, 4))
    hold_out = (triplet_hold_out)read_choice(&c, 4, "hold_out", "rows|classes|auto");
  uint8_t *held_out = push_array(L, rows, sizeof *held_out);
  expect(&c, triplet_split(use_context(&c), labels, hold_out, fraction, seed, held_out));
  for (int side = 0; side < 2; side++) {
    lua_newtable(L);
    lua_Integer count = 0;
    for (size_t i = 0; i < rows; i++) {
      if (held_out[i] != side)
        continue;
      lua_pushinteger(L, (lua_Integer)i + 1);
      lua_rawseti(L, -2, ++count);
    }
  }
  return 2;
}

/* synthetic(kind, rows, noise, seed) -> x, labels */
static int synthetic(lua_State *L) {
  static const char *const parameters[] = {"kind", "rows", "noise", "seed", NULL};
  const call c = call_of(L, "synthetic", parameters, 0);
  lua_settop(L, 4);
  const triplet_synthetic_kind kind =
      (triplet_synthetic_kind)read_choice(&c, 1, "kind", "blobs|rings|moons|swiss_roll");
  const size_t rows = read_size(&c, 2, "rows", 0);
  const double noise = read_number(&c, 3, "noise");
  const int64_t seed = read_integer(&c, 4, "seed", 0, LUA_MAXINTEGER);
  const triplet_matrix x = push_matrix(L, rows, triplet_synthetic_cols(kind));
  int32_t *labels = push_array(L, rows, sizeof *labels);
  expect(&c, triplet_synthetic(use_context(&c), kind, noise, seed, x, labels));
  push_ints(L, (triplet_ints){labels, rows}, 0);
  lua_pushvalue(L, 5);
  lua_insert(L, -2);
  return 2;
}

void open_data(lua_State *L) {
  static const luaL_Reg functions[] = {{"standardization", standardization},
                                       {"standardize", standardize},
                                       {"principal_axes", principal_axes},
                                       {"project", project},
                                       {"split", split},
                                       {"synthetic", synthetic},
                                       {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
