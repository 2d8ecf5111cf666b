/* compat.h - what Lua 5.1 (also LuaJIT), 5.2 and 5.3 lack of 5.4's interface, as far as the module uses it. Included in
 * place of Lua's own headers. */
#ifndef TRIPLET_COMPAT_H
#define TRIPLET_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdarg.h>
#include <stdint.h>

#if LUA_VERSION_NUM < 501
#error "triplet needs Lua 5.1 or newer, or LuaJIT: build it with the headers of such a Lua"
#endif

#pragma GCC visibility push(hidden)

#if LUA_VERSION_NUM < 504

/* A userdata has at most one value, a table in all of these: it holds those that 5.4 numbers. One of none has no table.
 */
static inline void *compat_newuserdatauv(lua_State *L, size_t size, int values) {
#ifdef LUA_JITLIBNAME /* LuaJIT's reach no further */
  if (size > INT32_MAX - 4096)
    luaL_error(L, "not enough memory");
#endif
  void *userdata = lua_newuserdata(L, size);
  if (values) {
    lua_createtable(L, values, 0);
#if LUA_VERSION_NUM < 502
    lua_setfenv(L, -2);
#else
    lua_setuservalue(L, -2);
#endif
  }
  return userdata;
}

static inline void compat_getvalues(lua_State *L, int index) {
#if LUA_VERSION_NUM < 502
  lua_getfenv(L, index);
#else
  lua_getuservalue(L, index);
#endif
}

static inline int compat_getiuservalue(lua_State *L, int index, int place) {
  compat_getvalues(L, index);
  lua_rawgeti(L, -1, place);
  lua_remove(L, -2);
  return lua_type(L, -1);
}

static inline void compat_setiuservalue(lua_State *L, int index, int place) {
  compat_getvalues(L, index);
  lua_insert(L, -2);
  lua_rawseti(L, -2, place);
  lua_pop(L, 1);
}

#define lua_newuserdatauv compat_newuserdatauv
#define lua_getiuservalue compat_getiuservalue
#define lua_setiuservalue compat_setiuservalue
#define lua_toclose(L, index) ((void)0) /* see end_uses in closing.c */

#endif

#if LUA_VERSION_NUM < 503

/* All numbers are doubles, which hold these integers exactly. */
#undef lua_tointeger
#define lua_Integer int64_t
#define LUA_MAXINTEGER (INT64_C(1) << 53)
#define LUAI_UACINT long long

static inline void compat_pushinteger(lua_State *L, lua_Integer value) {
  lua_pushnumber(L, (lua_Number)value);
}

/* Whole numbers beyond those, too: what has a range refuses them by it. */
static inline lua_Integer compat_tointegerx(lua_State *L, int index, int *exact) {
  const lua_Number number = lua_tonumber(L, index);
  const int fits = number >= -0x1p63 && number < 0x1p63 && (lua_Number)(lua_Integer)number == number;
  if (exact)
    *exact = fits;
  return fits ? (lua_Integer)number : 0;
}

static inline int compat_isinteger(lua_State *L, int index) {
  int exact = 0;
  if (lua_type(L, index) == LUA_TNUMBER)
    compat_tointegerx(L, index, &exact);
  return exact;
}

/* These tell the type of what they push. */
static inline int compat_getfield(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  return lua_type(L, -1);
}

static inline int compat_rawget(lua_State *L, int index) {
  lua_rawget(L, index);
  return lua_type(L, -1);
}

static inline int compat_getmetafield(lua_State *L, int index, const char *name) {
  return luaL_getmetafield(L, index, name) ? lua_type(L, -1) : LUA_TNIL;
}

static inline const char *compat_pushstring(lua_State *L, const char *text) {
  lua_pushstring(L, text);
  return lua_tostring(L, -1);
}

static inline const char *compat_pushlstring(lua_State *L, const char *text, size_t length) {
  lua_pushlstring(L, text, length);
  return lua_tostring(L, -1);
}

static inline int compat_newmetatable(lua_State *L, const char *name) {
  const int fresh = luaL_newmetatable(L, name);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  return fresh;
}

/* With %I. */
const char *compat_pushvfstring(lua_State *L, const char *format, va_list list);
const char *compat_pushfstring(lua_State *L, const char *format, ...);
int compat_error(lua_State *L, const char *format, ...);

#define lua_pushinteger compat_pushinteger
#define lua_tointegerx compat_tointegerx
#define lua_tointeger(L, index) compat_tointegerx(L, index, NULL)
#define lua_isinteger compat_isinteger
#define lua_getfield compat_getfield
#define lua_rawget compat_rawget
#define luaL_getmetafield compat_getmetafield
#define lua_pushstring compat_pushstring
#define lua_pushlstring compat_pushlstring
#undef luaL_newmetatable
#define luaL_newmetatable compat_newmetatable
#define lua_pushvfstring compat_pushvfstring
#define lua_pushfstring compat_pushfstring
#define luaL_error compat_error

#endif

#if LUA_VERSION_NUM < 502

#define LUA_OK 0
#define LUAMOD_API LUALIB_API
#define lua_rawlen lua_objlen
#define luaL_checkversion(L) ((void)0)

static inline int compat_absindex(lua_State *L, int index) {
  return index < 0 && index > LUA_REGISTRYINDEX ? lua_gettop(L) + index + 1 : index;
}

static inline void compat_setmetatable(lua_State *L, const char *name) {
  luaL_getmetatable(L, name);
  lua_setmetatable(L, -2);
}

static inline void *compat_testudata(lua_State *L, int index, const char *name) {
  void *userdata = lua_touserdata(L, index);
  if (!userdata || !lua_getmetatable(L, index))
    return NULL;
  luaL_getmetatable(L, name);
  const int same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? userdata : NULL;
}

/* Heeds __len of tables, as newer ones do. */
static inline void compat_len(lua_State *L, int index) {
  if (!luaL_callmeta(L, index, "__len"))
    lua_pushnumber(L, (lua_Number)lua_objlen(L, index));
}

static inline const char *compat_tolstring(lua_State *L, int index, size_t *length) {
  if (lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TSTRING)
    lua_pushvalue(L, index);
  else if (lua_type(L, index) == LUA_TBOOLEAN)
    lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
  else if (!luaL_callmeta(L, index, "__tostring"))
    lua_pushfstring(L, "%s: %p", luaL_typename(L, index), lua_topointer(L, index));
  return lua_tolstring(L, -1, length);
}

/* LuaJIT has some of them. */
#define lua_absindex compat_absindex
#define luaL_setmetatable compat_setmetatable
#define luaL_testudata compat_testudata
#define lua_len compat_len
#define luaL_tolstring compat_tolstring

#endif

#if LUA_VERSION_NUM < 503

static inline int compat_geti(lua_State *L, int index, lua_Integer place) {
  index = lua_absindex(L, index);
  lua_pushinteger(L, place);
  lua_gettable(L, index);
  return lua_type(L, -1);
}

#define lua_geti compat_geti

#endif

#pragma GCC visibility pop

#endif
