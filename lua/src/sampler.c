/* sampler.c - triplet.sampler: batches of rows for a training loop of somebody's own. */
#include "binding.h"

#define SAMPLER_TYPE "triplet.sampler"

static void sampler_release(void *core) {
  triplet_sampler_destroy(core);
}

static int sampler_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "sampler", parameters, 0);
  lua_settop(L, 1);
  triplet_sampler_options options = triplet_sampler_default_options();
  read_options(&c, 1, TRIPLET_SCHEMA_SAMPLER, &options, "");
  numbering names = begin_numbering(&c);
  push_option(L, 1, "labels");
  const triplet_labels labels = read_labels(&c, -1, "labels", &names);
  const closable *self = push_closable(L, sizeof *self, 0, SAMPLER_TYPE, sampler_release);
  triplet_sampler *core;
  expect(&c, triplet_sampler_create(use_context(&c), &options, labels, &core));
  self->held->core = core;
  return 1;
}

/* sampler:next() -> row numbers */
static int sampler_next(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "next", parameters, 1);
  lua_settop(L, 1);
  const closable *self = self_of(&c, SAMPLER_TYPE);
  if (!self->held)
    luaL_error(L, "calling 'next' on a closed sampler");
  triplet_sampler *core = use_closable(L, 1)->core;
  int32_t *rows = push_array(L, triplet_sampler_batch_rows(core), sizeof *rows);
  const size_t count = triplet_sampler_next(core, rows);
  push_ints(L, (triplet_ints){rows, count}, 1);
  return 1;
}

static int sampler_batch_rows(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "batch_rows", parameters, 1);
  const closable *self = self_of(&c, SAMPLER_TYPE);
  if (self->held)
    lua_pushinteger(L, (lua_Integer)triplet_sampler_batch_rows(self->held->core));
  return self->held != NULL;
}

static int sampler_close(lua_State *L) {
  if (luaL_testudata(L, 1, SAMPLER_TYPE))
    close_closable(L, 1);
  return 0;
}

void open_sampler(lua_State *L) {
  static const luaL_Reg methods[] = {{"next", sampler_next}, {NULL, NULL}};
  static const luaL_Reg properties[] = {{"batch_rows", sampler_batch_rows}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", sampler_close}, {"__close", sampler_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"sampler", sampler_new}, {NULL, NULL}};
  luaL_newmetatable(L, SAMPLER_TYPE);
  set_type(L, &(const type_description){"sampler", .methods = methods, .properties = properties,
                                        .metamethods = metamethods});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
