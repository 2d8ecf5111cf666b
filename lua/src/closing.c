/* closing.c - objects that can be closed at any time, and are freed when nobody works with them. */
#include "binding.h"

/* The user value of an object that is marked "to be closed" while a call uses it, for Lua then sees to it that the use
 * ends, also by an error. One object has one, so that using it allocates nothing. */
typedef struct use {
  closable *object;
} use;

#define USE_TYPE "triplet.use"

void *push_closable(lua_State *L, size_t size, int user_values, const char *type, void (*release)(closable *)) {
  closable *object = lua_newuserdatauv(L, size, user_values + 1);
  *object = (closable){.release = release};
  ((use *)lua_newuserdatauv(L, sizeof(use), 0))->object = object;
  luaL_setmetatable(L, USE_TYPE);
  lua_setiuservalue(L, -2, user_values + 1);
  object->use = user_values + 1;
  luaL_setmetatable(L, type);
  return object;
}

static void release_unused(closable *object) {
  if (object->closed && !object->users)
    object->release(object);
}

void use_closable(lua_State *L, int index) {
  closable *object = lua_touserdata(L, index);
  lua_getiuservalue(L, index, object->use);
  object->users++;
  lua_toclose(L, -1);
}

static int use_end(lua_State *L) {
  closable *object = ((use *)luaL_checkudata(L, 1, USE_TYPE))->object;
  object->users--;
  release_unused(object);
  return 0;
}

void close_closable(closable *object) {
  object->closed = true;
  release_unused(object);
}

void open_closing(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__close", use_end}, {NULL, NULL}};
  luaL_newmetatable(L, USE_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 1);
}
