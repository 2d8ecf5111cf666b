/* data.c - standardise, split, synthesise. */
#include <string.h>

#include "binding.h"

static int standardization(lua_State *L) {
  static const char *const parameters[] = {"x", NULL};
  const call c = call_of(L, "standardization", parameters, 0);
  lua_settop(L, 1);
  const triplet_matrix x = read_matrix(&c, 1, "x");
  lua_createtable(L, 0, 2);
  const triplet_matrix mean = push_matrix(L, 1, x.cols), deviation = push_matrix(L, 1, x.cols);
  expect(&c, triplet_standardization(c.context, x, mean.data, deviation.data));
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
  expect(&c, triplet_standardize(c.context, x, mean, deviation, output));
  return 1;
}

/* split(labels, fraction, seed) -> training rows, held-out rows */
static int split(lua_State *L) {
  static const char *const parameters[] = {"labels", "fraction", "seed", NULL};
  const call c = call_of(L, "split", parameters, 0);
  lua_settop(L, 3);
  const triplet_ints labels = read_labels(&c, 1, "labels");
  const double fraction = read_number(&c, 2, "fraction");
  const int64_t seed = read_integer(&c, 3, "seed", 0, LUA_MAXINTEGER);
  uint8_t *held_out = lua_newuserdatauv(L, labels.count, 0);
  expect(&c, triplet_split(c.context, labels, TRIPLET_HOLD_OUT_ROWS, fraction, seed, held_out));
  for (int side = 0; side < 2; side++) {
    lua_newtable(L);
    lua_Integer count = 0;
    for (size_t i = 0; i < labels.count; i++) {
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
  static const char *const kinds[] = {
      [TRIPLET_SYNTHETIC_BLOBS] = "blobs",
      [TRIPLET_SYNTHETIC_RINGS] = "rings",
      [TRIPLET_SYNTHETIC_MOONS] = "moons",
      [TRIPLET_SYNTHETIC_SWISS_ROLL] = "swiss_roll",
  };
  const call c = call_of(L, "synthetic", parameters, 0);
  lua_settop(L, 4);
  const char *name = read_text(&c, 1, "kind", NULL);
  size_t kind = 0;
  while (kind < sizeof kinds / sizeof *kinds && strcmp(kinds[kind], name) != 0)
    kind++;
  if (kind == sizeof kinds / sizeof *kinds)
    refuse(&c, "kind", "kind: expected one of blobs|rings|moons|swiss_roll, got %s", describe(L, 1));
  const size_t rows = read_size(&c, 2, "rows", 0);
  const double noise = read_number(&c, 3, "noise");
  const int64_t seed = read_integer(&c, 4, "seed", 0, LUA_MAXINTEGER);
  const triplet_matrix x = push_matrix(L, rows, triplet_synthetic_cols((triplet_synthetic_kind)kind));
  int32_t *labels = lua_newuserdatauv(L, rows * sizeof *labels, 0);
  expect(&c, triplet_synthetic(c.context, (triplet_synthetic_kind)kind, noise, seed, x, labels));
  push_ints(L, (triplet_ints){labels, rows}, 0);
  lua_pushvalue(L, 5);
  lua_insert(L, -2);
  return 2;
}

void open_data(lua_State *L) {
  static const luaL_Reg functions[] = {{"standardization", standardization},
                                       {"standardize", standardize},
                                       {"split", split},
                                       {"synthetic", synthetic},
                                       {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
