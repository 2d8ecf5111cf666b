/* host.c - runs one Lua script after the other in a WebAssembly instance, each in a state of its own.
 *
 * All that a script can reach is here: Lua's own libraries, the module triplet, and a folder in memory. There is no
 * shell, no network and no other file. Memory ends where the instance's own does. No hook counts instructions: since
 * Lua 5.4 it would cost something at each of them, and a script that does not end is stopped with its worker. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_triplet_core(lua_State *L);

/* ---- imports.js: the JavaScript around this instance ------------------------------------------------------------- */

/* Ends the script at once; nothing of it runs after that. */
_Noreturn void host_exit(int status);
/* line: in the script, from 1; 0 when it is not known. */
void host_fail(const char *message, int line, const char *traceback);
/* rows x dim points with their labels. */
void host_draw(const char *positions, int rows, int dim, const int *labels, const char *text);

/* ---- what differs from a system ---------------------------------------------------------------------------------- */

/* os.execute: there is no shell, and so no command is found. */
static int os_execute(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_pushboolean(L, false);
    return 1;
  }
  luaL_checkstring(L, 1);
  lua_pushnil(L);
  lua_pushliteral(L, "exit");
  lua_pushinteger(L, 127);
  return 3;
}

static int os_exit(lua_State *L) {
  const int status = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, 0);
  if (lua_toboolean(L, 2))
    lua_close(L);
  fflush(NULL);
  host_exit(status);
}

/* triplet.frames: the page's room in place of lua/triplet/frames.lua. draw(positions, rows, dim, labels, text). */
static int frames_draw(lua_State *L) {
  size_t length;
  const char *positions = luaL_checklstring(L, 1, &length);
  const lua_Integer rows = luaL_checkinteger(L, 2), dim = luaL_checkinteger(L, 3);
  luaL_argcheck(L, rows >= 0 && dim >= 1 && dim <= 3 && length / sizeof(float) / (size_t)dim == (size_t)rows, 2,
                "expected the rows and columns of the bytes");
  luaL_checktype(L, 4, LUA_TTABLE);
  const char *text = luaL_checkstring(L, 5);
  int *labels = lua_newuserdatauv(L, (size_t)rows * sizeof *labels, 0);
  for (lua_Integer i = 0; i < rows; i++) {
    lua_rawgeti(L, 4, i + 1);
    labels[i] = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  host_draw(positions, (int)rows, (int)dim, labels, text);
  return 0;
}

static int frames_wanted(lua_State *L) {
  lua_pushboolean(L, true);
  return 1;
}

static int open_frames(lua_State *L) {
  static const luaL_Reg functions[] = {{"draw", frames_draw}, {"wanted", frames_wanted}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}

static void set_field(lua_State *L, const char *table, const char *name, lua_CFunction function) {
  lua_getglobal(L, table);
  if (function)
    lua_pushcfunction(L, function);
  else
    lua_pushnil(L);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

static void open_libraries(lua_State *L) {
  luaL_openlibs(L);
  set_field(L, "os", "execute", os_execute);
  set_field(L, "os", "exit", os_exit);
  set_field(L, "package", "loadlib", NULL);
  lua_getglobal(L, "package");
  lua_pushliteral(L, "./?.lua;./?/init.lua;/lua/?.lua;/lua/?/init.lua");
  lua_setfield(L, -2, "path");
  lua_getfield(L, -1, "searchers"); /* not those of C modules */
  for (lua_Integer i = 4; i > 2; i--) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
  lua_pop(L, 1);
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_triplet_core);
  lua_setfield(L, -2, "triplet.core");
  lua_pushcfunction(L, open_frames);
  lua_setfield(L, -2, "triplet.frames");
  lua_pop(L, 2);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* The line that a message of this script begins with ("name:12: ..."), else 0. The last of several: coroutine.wrap puts
 * its own before. */
static int line_of_message(const char *message, const char *name) {
  const size_t length = strlen(name);
  int line = 0, used = 0;
  while (strncmp(message, name, length) == 0 && sscanf(message + length, ":%d: %n", &line, &used) == 1 && used) {
    message += length + used;
    used = 0;
  }
  return line;
}

/* The innermost line of the script that is being executed: where it called what failed. */
static int line_of_stack(lua_State *L, const char *name) {
  lua_Debug at;
  for (int level = 1; lua_getstack(L, level, &at); level++) {
    if (lua_getinfo(L, "Sl", &at) && at.source[0] == '@' && strcmp(at.source + 1, name) == 0)
      return at.currentline;
  }
  return 0;
}

/* The message handler: notes where it was, and gives the words that lua5.4 would print. Upvalue: the script's name. */
static int explain(lua_State *L) {
  const char *name = lua_tostring(L, lua_upvalueindex(1));
  const char *message = lua_tostring(L, 1);
  if (!message && luaL_callmeta(L, 1, "__tostring") && lua_isstring(L, -1))
    message = lua_tostring(L, -1);
  else if (!message)
    message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  const int line = line_of_message(message, name);
  luaL_traceback(L, L, NULL, 1);
  host_fail(message, line ? line : line_of_stack(L, name), lua_tostring(L, -1));
  return 0;
}

/* Arguments: source, its length, name; light userdata, for which no memory is needed where an error would be the end.
 */
static int protected_run(lua_State *L) {
  const char *source = lua_touserdata(L, 1);
  const size_t length = (size_t)lua_tointeger(L, 2);
  const char *name = lua_touserdata(L, 3);
  open_libraries(L);
  lua_createtable(L, 0, 1); /* arg, as of a command line without arguments */
  lua_pushstring(L, name);
  lua_rawseti(L, -2, 0);
  lua_setglobal(L, "arg");
  lua_pushstring(L, name);
  lua_pushcclosure(L, explain, 1);
  const int handler = lua_gettop(L);
  int status = luaL_loadbufferx(L, source, length, lua_pushfstring(L, "@%s", name), "t");
  if (status != LUA_OK) {
    const char *message = lua_tostring(L, -1);
    host_fail(message, line_of_message(message, name), "");
  } else {
    status = lua_pcall(L, 0, 0, handler);
    if (status == LUA_ERRMEM || status == LUA_ERRERR)
      host_fail(lua_isstring(L, -1) ? lua_tostring(L, -1) : "error in error handling", 0, "");
  }
  lua_pushboolean(L, status == LUA_OK);
  return 1;
}

/* Runs a script to its end; false when it failed, which host_fail has told. */
bool script_run(const char *source, size_t length, const char *name);

bool script_run(const char *source, size_t length, const char *name) {
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  lua_State *L = luaL_newstate();
  if (!L) {
    host_fail("not enough memory", 0, "");
    return false;
  }
  lua_pushcfunction(L, protected_run);
  lua_pushlightuserdata(L, (void *)source);
  lua_pushinteger(L, (lua_Integer)length);
  lua_pushlightuserdata(L, (void *)name);
  const int status = lua_pcall(L, 3, 1, 0);
  if (status != LUA_OK)
    host_fail("not enough memory", 0, "");
  const bool done = status == LUA_OK && lua_toboolean(L, -1);
  lua_close(L);
  fflush(NULL);
  return done;
}
