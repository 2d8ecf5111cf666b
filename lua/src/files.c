/* files.c - triplet.output: a file that is written beside its place, and takes it when it is whole on the disk.
 *
 * Whatever happens, the place holds the earlier file or the new one. A maker holds its temporary file for as long as
 * that lies there: one that nobody holds was left by a process that ended, and the next output in the same folder
 * removes it. And triplet.map_file: a file as memory, where bytes are looked at once. */
#include "files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define OUTPUT_TYPE "triplet.output"
#define MAPPED_TYPE "triplet.mapped_file"

void name_temporary(output *self, uint64_t number) {
  snprintf(self->temporary, sizeof self->temporary, TEMPORARY_PREFIX "%016" PRIx64, number);
}

bool names_temporary(const char *name) {
  const size_t prefix = sizeof TEMPORARY_PREFIX - 1;
  return strlen(name) == TEMPORARY_LENGTH && strncmp(name, TEMPORARY_PREFIX, prefix) == 0 &&
         strspn(name + prefix, "0123456789abcdef") == TEMPORARY_DIGITS;
}

/* Pushes what a function returns for what the world does wrong: nil, "path: problem". path is on top. */
static int push_problem(lua_State *L, const char *problem) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, -2), problem);
  return 2;
}

static int output_new(lua_State *L) {
  static const char *const parameters[] = {"path", NULL};
  const call c = call_of(L, "output", parameters, 0);
  lua_settop(L, 1);
  const char *path = read_text(&c, 1, "path");
  output *self = lua_newuserdatauv(L, sizeof *self, 1);
  *self = (output){.place = NO_PLACE};
  luaL_setmetatable(L, OUTPUT_TYPE);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  const char *problem = open_place(self, path);
  if (!problem)
    return 1;
  leave_place(self);
  lua_pushvalue(L, 1);
  return push_problem(L, problem);
}

static output *self_output(const call *c) {
  output *self = self_of(c, OUTPUT_TYPE);
  if (!self->file)
    luaL_error(c->L, "calling '%s' on a closed output", c->function);
  return self;
}

/* true, or nil and what went wrong at the path. */
static int push_outcome(lua_State *L, int problem) {
  lua_pushboolean(L, true);
  if (!problem)
    return 1;
  lua_getiuservalue(L, 1, 1);
  return push_problem(L, strerror(problem));
}

static int output_write(lua_State *L) {
  static const char *const parameters[] = {"bytes", NULL};
  const call c = call_of(L, "write", parameters, 1);
  output *self = self_output(&c);
  size_t length;
  const char *bytes = read_bytes(&c, 2, "bytes", &length);
  if (!self->problem && fwrite(bytes, 1, length, self->file) != length)
    self->problem = errno;
  return push_outcome(L, self->problem);
}

static int output_commit(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "commit", parameters, 1);
  output *self = self_output(&c);
  const int problem = self->problem ? self->problem : take_place(self);
  leave_place(self);
  return push_outcome(L, problem);
}

static int output_replaces(lua_State *L) {
  static const char *const parameters[] = {"path", NULL};
  const call c = call_of(L, "replaces", parameters, 1);
  const output *self = self_output(&c);
  lua_pushboolean(L, is_place_of(self, read_text(&c, 2, "path")));
  return 1;
}

static int output_close(lua_State *L) {
  output *self = luaL_testudata(L, 1, OUTPUT_TYPE);
  if (self)
    leave_place(self);
  return 0;
}

/* ---- files as memory --------------------------------------------------------------------------------------------- */

static void mapping_release(void *core) {
  if (core)
    unmap_file(core);
  free(core);
}

/* map_file(path) -> the file, or nil and why it cannot be mapped. */
static int file_map(lua_State *L) {
  static const char *const parameters[] = {"path", NULL};
  const call c = call_of(L, "map_file", parameters, 0);
  lua_settop(L, 1);
  const char *path = read_text(&c, 1, "path");
  const closable *self = push_closable(L, sizeof *self, 0, MAPPED_TYPE, mapping_release);
  mapping *made = self->held->core = calloc(1, sizeof *made);
  if (!made)
    luaL_error(L, "not enough memory");
  const char *problem = map_file(made, path);
  if (!problem)
    return 1;
  close_closable(L, lua_gettop(L));
  lua_pushvalue(L, 1);
  return push_problem(L, problem);
}

/* What an open one holds, until the call ends. */
static const mapping *use_mapping(const call *c, int index) {
  const closable *self = lua_touserdata(c->L, index);
  if (!self->held)
    luaL_error(c->L, "calling '%s' on a closed file", c->function);
  return use_closable(c->L, index)->core;
}

const char *read_source(const call *c, int index, const char *name, size_t *length) {
  const closable *self = luaL_testudata(c->L, index, MAPPED_TYPE);
  if (!self)
    return read_bytes(c, index, name, length);
  if (!self->held)
    refuse(c, name, "%s: expected an open file, got a closed one", name);
  const mapping *mapped = use_mapping(c, index);
  *length = mapped->size;
  return mapped->bytes;
}

static int mapping_length(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "#", parameters, 1);
  lua_settop(L, 1);
  self_of(&c, MAPPED_TYPE);
  lua_pushinteger(L, (lua_Integer)use_mapping(&c, 1)->size);
  return 1;
}

/* file:sub(first, last): some of its bytes as a string, by places from 1 that are there. */
static int mapping_sub(lua_State *L) {
  static const char *const parameters[] = {"first", "last", NULL};
  const call c = call_of(L, "sub", parameters, 1);
  lua_settop(L, 3);
  self_of(&c, MAPPED_TYPE);
  const lua_Integer first = read_integer(&c, 2, "first", 1, LUA_MAXINTEGER);
  lua_Integer last = read_integer(&c, 3, "last", 0, LUA_MAXINTEGER);
  const mapping *mapped = use_mapping(&c, 1);
  last = (uint64_t)last < mapped->size ? last : (lua_Integer)mapped->size;
  const size_t count = last < first ? 0 : (size_t)(last - first) + 1;
  lua_pushlstring(L, count ? mapped->bytes + first - 1 : "", count);
  return 1;
}

static int mapping_unchanged(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "is_unchanged", parameters, 1);
  lua_settop(L, 1);
  self_of(&c, MAPPED_TYPE);
  lua_pushboolean(L, is_unchanged(use_mapping(&c, 1)));
  return 1;
}

static int mapping_close(lua_State *L) {
  if (luaL_testudata(L, 1, MAPPED_TYPE))
    close_closable(L, 1);
  return 0;
}

static void open_mappings(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"close", mapping_close}, {"is_unchanged", mapping_unchanged}, {"sub", mapping_sub}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", mapping_close}, {"__close", mapping_close}, {"__len", mapping_length}, {NULL, NULL}};
  luaL_newmetatable(L, MAPPED_TYPE);
  set_type(L, &(const type_description){"mapped_file", .methods = methods, .metamethods = metamethods});
}

void open_files(lua_State *L) {
  static const luaL_Reg methods[] = {{"write", output_write},
                                     {"commit", output_commit},
                                     {"replaces", output_replaces},
                                     {"close", output_close},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", output_close}, {"__close", output_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"map_file", file_map}, {"output", output_new}, {NULL, NULL}};
  open_mappings(L);
  luaL_newmetatable(L, OUTPUT_TYPE);
  set_type(L, &(const type_description){"output", .methods = methods, .metamethods = metamethods});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
