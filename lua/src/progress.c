/* progress.c - the option `progress`: a function of Lua's that is told how far a call is and may cancel it. */
#include "binding.h"

#define GUARD_TYPE "triplet.progress"

triplet_context *use_context(const call *c) {
  const shared_context *shared = lua_touserdata(c->L, CONTEXT);
  if (shared->telling)
    luaL_error(c->L, "calling '%s' inside the progress function of another call", c->function);
  return shared->core;
}

progress read_progress(const call *c, int options) {
  push_option(c->L, options, "progress");
  return take_progress(c, -1);
}

progress take_progress(const call *c, int index) {
  lua_State *L = c->L;
  if (lua_isnil(L, index))
    return (progress){.call = c};
  if (!lua_isfunction(L, index))
    refuse(c, "progress", "progress: expected a function, got %s", describe(L, index));
  const int function = lua_absindex(L, index);
  const void *guard = lua_newuserdatauv(L, 0, 0);
  luaL_setmetatable(L, GUARD_TYPE);
  lua_toclose(L, -1);
  return (progress){.call = c, .function = function, .guard = guard};
}

/* The function may close the whole state, by os.exit. The guard is then the first of the call's values to go, so that
 * no thread of the core still works on the others. Guards of other calls, which have ended, go unheeded. */
static int end_threads(lua_State *L) {
  const shared_context *shared = lua_touserdata(L, CONTEXT);
  if (shared->telling == lua_touserdata(L, 1))
    triplet_context_set_threads(shared->core, 1);
  return 0;
}

/* Called by the core. An error must not jump over its frames: it ends the call as a cancellation does, and waits on the
 * stack to be raised again. */
static bool tell(void *user, double done) {
  progress *watched = user;
  lua_State *L = watched->call->L;
  shared_context *shared = lua_touserdata(L, CONTEXT);
  lua_pushvalue(L, watched->function);
  lua_pushnumber(L, done);
  shared->telling = watched->guard;
  watched->failed = lua_pcall(L, 1, 1, 0) != LUA_OK;
  shared->telling = NULL;
  if (watched->failed)
    return false;
  return pop_go_on(L);
}

triplet_context *begin_progress(progress *watched) {
  triplet_context *context = use_context(watched->call);
  if (watched->function)
    triplet_context_set_progress(context, tell, watched);
  return context;
}

bool end_progress(const progress *watched, triplet_status status) {
  lua_State *L = watched->call->L;
  triplet_context_set_progress(watched->call->context, NULL, NULL);
  if (watched->failed)
    lua_error(L);
  if (status != TRIPLET_CANCELLED) {
    expect(watched->call, status);
    return true;
  }

  lua_pushnil(L);
  lua_pushliteral(L, "cancelled");
  return false;
}

void open_progress(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__close", end_threads}, {"__gc", end_threads}, {NULL, NULL}};
  luaL_newmetatable(L, GUARD_TYPE);
  set_functions(L, metamethods);
  lua_pop(L, 1);
}
