/* closing.c - objects that can be closed at any time, and whose memory is freed when no call works with it. */
#include "binding.h"

#define HOLDER_TYPE "triplet.holder"

static void release(holder *held) {
  void *core = held->core;
  held->core = NULL;
  held->release(core);
}

/* Of its two metatables that of the holder is set first, so that a finalizer of somebody else never comes between those
 * of the two. */
void *push_closable(lua_State *L, size_t size, int user_values, const char *type, void (*release)(void *core)) {
  closable *object = lua_newuserdatauv(L, size, user_values + HELD);
  object->held = NULL;
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){.release = release};
  luaL_setmetatable(L, HOLDER_TYPE);
  lua_setiuservalue(L, -2, HELD);
  object->held = held;
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

static int use_end(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, HOLDER_TYPE);
  held->users--;
  if (held->closed && !held->users)
    release(held);
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
  release(luaL_checkudata(L, 1, HOLDER_TYPE));
  return 0;
}

void open_closing(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__close", use_end}, {"__gc", holder_gc}, {NULL, NULL}};
  luaL_newmetatable(L, HOLDER_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 1);
}
