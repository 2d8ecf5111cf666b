/* closing.c - objects that can be closed at any time, and whose memory is freed when no call works with it. */
#include "binding.h"

#define HOLDER_TYPE "triplet.holder"

static void release(holder *held) {
  void *core = held->core;
  held->core = NULL;
  held->release(core);
}

/* The holder comes first, and so does its metatable, so that its finalizer comes last: that of somebody else never
 * comes between those of the two. */
void *push_closable(lua_State *L, size_t size, int user_values, const char *type, void (*release)(void *core)) {
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){.release = release};
  luaL_setmetatable(L, HOLDER_TYPE);
  closable *object = lua_newuserdatauv(L, size, user_values + HELD);
  object->held = held;
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, HELD);
  luaL_setmetatable(L, type);
  return object;
}

/* On the stack of the call the holder is alive, and marked as to be closed its use ends with the call, also by an
 * error. */
holder *use_closable(lua_State *L, int index) {
  holder *held = ((closable *)lua_touserdata(L, index))->held;
  lua_getiuservalue(L, index, HELD);
  held->users++;
  lua_toclose(L, -1);
  return held;
}

static void end_use(holder *held) {
  held->users--;
  if (held->closed && !held->users)
    release(held);
}

/* Before 5.4 nothing is closed by Lua: a call that ends ends the uses that are on its stack. One that ends by an error
 * does not; what it used is freed as garbage if it is closed. */
int end_uses(lua_State *L, int results) {
#if LUA_VERSION_NUM < 504
  for (int i = lua_gettop(L) - results; i > 0; i--) {
    holder *held = lua_type(L, i) == LUA_TUSERDATA ? luaL_testudata(L, i, HOLDER_TYPE) : NULL;
    if (held)
      end_use(held);
  }
#else
  (void)L;
#endif
  return results;
}

/* This and holder_gc are called by Lua alone, unless the debug library hands them to somebody. */
static int holder_close(lua_State *L) {
  holder *held = luaL_testudata(L, 1, HOLDER_TYPE);
  if (held && held->users)
    end_use(held);
  return 0;
}

void close_closable(lua_State *L, int index) {
  closable *object = lua_touserdata(L, index);
  holder *held = object->held;
  if (!held)
    return;
  object->held = NULL;
  held->closed = true;
  if (!held->users)
    release(held);
  lua_pushnil(L);
  lua_setiuservalue(L, index, HELD);
}

/* A coroutine that ended by an error has not ended the uses of its calls: then the holder is freed with its stack. */
static int holder_gc(lua_State *L) {
  holder *held = luaL_testudata(L, 1, HOLDER_TYPE);
  if (held)
    release(held);
  return 0;
}

void open_closing(lua_State *L) {
  luaL_newmetatable(L, HOLDER_TYPE);
  lua_pushcfunction(L, holder_close);
  lua_setfield(L, -2, "__close");
  lua_pushcfunction(L, holder_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
