/* shard.c - triplet.shard: the rows that this rank has of those that ranks share out. It stands where all of them
 * would. */
#include <string.h>

#include "binding.h"

enum { SHARD_DATA = 1 }; /* a user value: the matrix */

/* triplet.shard(data, numbers, rows): the numbers follow what the core takes. */
static int shard_new(lua_State *L) {
  static const char *const parameters[] = {"data", "numbers", "rows", NULL};
  const call c = call_of(L, "shard", parameters, 0);
  lua_settop(L, 3);
  const triplet_matrix data = read_matrix(&c, 1, "data");
  const size_t rows = read_size(&c, 3, "rows", 0);
  const triplet_ints numbers = read_ints(&c, 2, "numbers", 1, rows < INT32_MAX ? (lua_Integer)rows : INT32_MAX, -1);
  triplet_shard *shard = lua_newuserdatauv(L, sizeof *shard + numbers.count * sizeof(int32_t), 1);
  int32_t *held = (int32_t *)(void *)(shard + 1);
  *shard = (triplet_shard){rows, {held, numbers.count}, data};
  if (numbers.count)
    memcpy(held, numbers.data, numbers.count * sizeof *held);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, SHARD_DATA);
  luaL_setmetatable(L, SHARD_TYPE);
  return 1;
}

const triplet_shard *to_shard(lua_State *L, int index) {
  return luaL_testudata(L, index, SHARD_TYPE);
}

/* ---- properties -------------------------------------------------------------------------------------------------- */

static const triplet_shard *self_shard(lua_State *L, const char *property) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, property, parameters, 1);
  return self_of(&c, SHARD_TYPE);
}

static int shard_rows(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)self_shard(L, "rows")->rows);
  return 1;
}

static int shard_numbers(lua_State *L) {
  push_ints(L, self_shard(L, "numbers")->held, 1);
  return 1;
}

static int shard_data(lua_State *L) {
  self_shard(L, "data");
  lua_getiuservalue(L, 1, SHARD_DATA);
  return 1;
}

void open_shard(lua_State *L) {
  static const luaL_Reg properties[] = {
      {"data", shard_data}, {"numbers", shard_numbers}, {"rows", shard_rows}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"shard", shard_new}, {NULL, NULL}};
  luaL_newmetatable(L, SHARD_TYPE);
  set_type(L, &(const type_description){"shard", .properties = properties});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
