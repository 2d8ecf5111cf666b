/* module.c - luaopen_triplet_core: one context, the functions and the types of the other rooms, and what describes
 * them. */
#define _GNU_SOURCE /* sched_getaffinity */
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <pthread.h>
#else
#include <sched.h>
#include <unistd.h>
#endif

#include "binding.h"

/* ---- what open_* build with -------------------------------------------------------------------------------------- */

/* Which function it is, after the shared upvalues: a luaL_Reg. */
enum { FUNCTION = SHARED_UPVALUES + 1 };

static int call_function(lua_State *L) {
  const luaL_Reg *function = lua_touserdata(L, lua_upvalueindex(FUNCTION));
  return end_uses(L, function->func(L));
}

void set_functions(lua_State *L, const luaL_Reg *functions) {
  for (; functions->name; functions++) {
    lua_pushvalue(L, OPEN_MATRIX_METATABLE);
    lua_pushvalue(L, OPEN_CONTEXT);
    lua_pushlightuserdata(L, (void *)functions);
    lua_pushcclosure(L, call_function, FUNCTION);
    lua_setfield(L, -2, functions->name);
  }
}

/* Upvalues of index_type and set_field, after the shared ones. */
enum {
  TYPE_METHODS = SHARED_UPVALUES + 1,
  TYPE_PROPERTIES,
  TYPE_SETTERS,
  TYPE_NAME,
  TYPE_ENTRIES,
  TYPE_UPVALUES = TYPE_ENTRIES
};

/* Pushes what a type has, in order. */
static void push_names_of_type(lua_State *L) {
  const char *names[100]; /* the tables keep them alive */
  size_t count = 0;
  for (int table = TYPE_METHODS; table <= TYPE_PROPERTIES; table++)
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(table)); lua_pop(L, 1))
      if (lua_type(L, -2) == LUA_TSTRING && count < sizeof names / sizeof *names)
        names[count++] = lua_tostring(L, -2);
  qsort(names, count, sizeof *names, compare_texts);
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  for (size_t i = 0; i < count; i++) {
    luaL_addstring(&list, i ? ", " : "");
    luaL_addstring(&list, names[i]);
  }
  luaL_pushresult(&list);
}

/* Raises that the key at 2 is no field, with what to do instead. */
static int refuse_field(lua_State *L, const char *problem) {
  const char *type = lua_tostring(L, lua_upvalueindex(TYPE_NAME)), *key = luaL_tolstring(L, 2, NULL);
  const char *quote = lua_type(L, 2) == LUA_TSTRING ? "'" : "";
  if (*quote && strlen(key) != lua_rawlen(L, 2)) {
    key = "with a zero byte in its name";
    quote = "";
  }
  if (lua_type(L, 2) == LUA_TNUMBER && lua_toboolean(L, lua_upvalueindex(TYPE_ENTRIES)))
    lua_pushvalue(L, lua_upvalueindex(TYPE_ENTRIES));
  else {
    push_names_of_type(L);
    lua_pushfstring(L, "it has %s", lua_tostring(L, -1));
  }
  return luaL_error(L, "%s %s %s%s%s: %s", type, problem, quote, key, quote, lua_tostring(L, -1));
}

/* The methods first, then the properties. Names that begin with "__" are those of metamethods, which others may look
 * for. */
static int index_type(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(TYPE_METHODS)) != LUA_TNIL)
    return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(TYPE_PROPERTIES)) != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
  }
  if (lua_type(L, 2) != LUA_TSTRING || strncmp(lua_tostring(L, 2), "__", 2) != 0)
    return refuse_field(L, "has no field");
  lua_pushnil(L);
  return 1;
}

static int set_field(lua_State *L) {
  lua_settop(L, 3);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(TYPE_SETTERS)) == LUA_TNIL)
    return refuse_field(L, "does not let you set field");
  lua_getupvalue(L, -1, FUNCTION);
  const luaL_Reg *setter = lua_touserdata(L, -1);
  lua_settop(L, 3);
  lua_remove(L, 2);
  /* Over the shared upvalues, which are the same; so its errors tell where the field was set. */
  return end_uses(L, setter->func(L));
}

/* As newer versions of Lua show an object that has a name. */
static int type_tostring(lua_State *L) {
  lua_pushfstring(L, "%s: %p", lua_tostring(L, lua_upvalueindex(TYPE_NAME)), lua_topointer(L, 1));
  return 1;
}

/* Gives the metatable on top a metamethod over what lies from `methods` on, which is left there. */
static void set_type_function(lua_State *L, int methods, const char *name, lua_CFunction function) {
  lua_pushvalue(L, OPEN_MATRIX_METATABLE);
  lua_pushvalue(L, OPEN_CONTEXT);
  for (int i = 0; i <= TYPE_UPVALUES - TYPE_METHODS; i++)
    lua_pushvalue(L, methods + i);
  lua_pushcclosure(L, function, TYPE_UPVALUES);
  lua_setfield(L, methods - 1, name);
}

/* Pushes a table of these functions, also for what goes on with the type. */
static void push_type_functions(lua_State *L, int all, const char *kind, const luaL_Reg *functions) {
  lua_newtable(L);
  if (functions)
    set_functions(L, functions);
  lua_pushvalue(L, -1);
  lua_setfield(L, all, kind);
}

void set_type(lua_State *L, const type_description *type) {
  lua_getfield(L, -1, "__name");
  const char *name = lua_tostring(L, -1); /* which the metatable keeps */
  lua_pop(L, 1);
  lua_pushboolean(L, false); /* what getmetatable gives: no way to call metamethods on strangers */
  lua_setfield(L, -2, "__metatable");
  const int metatable = lua_gettop(L);
  push_type_functions(L, OPEN_METHODS, type->kind, type->methods);
  push_type_functions(L, OPEN_PROPERTIES, type->kind, type->properties);
  push_type_functions(L, OPEN_SETTERS, type->kind, type->setters);
  lua_pushstring(L, name);
  lua_pushstring(L, type->entries);
  set_type_function(L, metatable + 1, "__index", index_type);
  set_type_function(L, metatable + 1, "__newindex", set_field);
  set_type_function(L, metatable + 1, "__tostring", type_tostring);
  lua_settop(L, metatable);
  if (type->metamethods)
    set_functions(L, type->metamethods);
  lua_pop(L, 1);
}

static void add_type_functions(lua_State *L, int all, const char *kind, const luaL_Reg *functions) {
  if (!functions)
    return;
  lua_getfield(L, all, kind);
  set_functions(L, functions);
  lua_pop(L, 1);
}

void extend_type(lua_State *L, const type_description *type) {
  add_type_functions(L, OPEN_METHODS, type->kind, type->methods);
  add_type_functions(L, OPEN_PROPERTIES, type->kind, type->properties);
  add_type_functions(L, OPEN_SETTERS, type->kind, type->setters);
}

/* ---- the context ------------------------------------------------------------------------------------------------- */

#define CONTEXT_TYPE "triplet.context"

static int context_gc(lua_State *L) {
  shared_context *shared = luaL_testudata(L, 1, CONTEXT_TYPE);
  if (shared) {
    triplet_context_destroy(shared->core);
    shared->core = NULL;
  }
  return 0;
}

static void push_context(lua_State *L) {
  shared_context *shared = lua_newuserdatauv(L, sizeof *shared, 1); /* the collective */
  *shared = (shared_context){0};
  luaL_newmetatable(L, CONTEXT_TYPE);
  lua_pushcfunction(L, context_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  shared->core = triplet_context_create(NULL);
  if (!shared->core)
    luaL_error(L, "not enough memory");
  triplet_context_set_first_index(shared->core, 1);
}

/* triplet.threads(n) sets, threads() only tells. */
static int threads(lua_State *L) {
  static const char *const parameters[] = {"threads", NULL};
  const call c = call_of(L, "threads", parameters, 0);
  if (!lua_isnoneornil(L, 1))
    expect(&c, triplet_context_set_threads(use_context(&c), read_size(&c, 1, "threads", 0)));
  lua_pushinteger(L, (lua_Integer)triplet_context_threads(c.context));
  return 1;
}

/* triplet.trim() gives back the memory that calls have kept for later ones. */
static int trim(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "trim", parameters, 0);
  triplet_context_trim(c.context);
  return 0;
}

/* triplet.cores() -> those that the process may run on, which its parent or a container may have made fewer. */
static int cores(lua_State *L) {
  long count = 1;
#ifdef __linux__
  cpu_set_t allowed;
  count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : sysconf(_SC_NPROCESSORS_ONLN);
#elif defined(_WIN32)
  count = pthread_num_processors_np();
#elif !defined(__EMSCRIPTEN__) /* which has one thread */
  count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
  lua_pushinteger(L, count < 1 ? 1 : count > TRIPLET_MAX_THREADS ? TRIPLET_MAX_THREADS : count);
  return 1;
}

/* triplet.collective(ranks) sets, and keeps it alive; collective(nil) takes it away, collective() only tells. A module
 * of an engine makes such objects: a triplet_collective with this metatable, so that no engine is linked here. */
static int collective(lua_State *L) {
  static const char *const parameters[] = {"collective", NULL};
  const call c = call_of(L, "collective", parameters, 0);
  if (!lua_isnone(L, 1)) {
    const triplet_collective *given = luaL_testudata(L, 1, "triplet.collective");
    if (!lua_isnil(L, 1) && (!given || lua_rawlen(L, 1) != sizeof *given))
      refuse(&c, "collective", "collective: expected what triplet.mpi.world() gives%s, got %s",
             given ? " in this version" : "", describe(L, 1));
    expect(&c, triplet_context_set_collective(use_context(&c), given));
    lua_settop(L, 1);
    lua_setiuservalue(L, CONTEXT, 1);
  }
  lua_getiuservalue(L, CONTEXT, 1);
  return 1;
}

static int instruction_set(lua_State *L) {
  static const char *const parameters[] = {"name", NULL};
  const call c = call_of(L, "instruction_set", parameters, 0);
  if (!lua_isnoneornil(L, 1))
    expect(&c, triplet_context_set_instruction_set(use_context(&c), read_text(&c, 1, "name")));
  lua_pushstring(L, triplet_context_instruction_set(c.context));
  return 1;
}

static int instruction_sets(lua_State *L) {
  lua_newtable(L);
  const char *name;
  for (size_t i = 0; (name = triplet_instruction_set_name(i)); i++) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* triplet.kind(value) -> "matrix", "trainer" ... of this module's objects, else nil. */
static int kind(lua_State *L) {
  lua_settop(L, 1);
  const char *name = luaL_getmetafield(L, 1, "__name") == LUA_TSTRING ? lua_tostring(L, -1) : "";
  const size_t prefix = sizeof "triplet." - 1;
  if (strncmp(name, "triplet.", prefix) != 0 || !luaL_testudata(L, 1, name))
    return 0;
  lua_pushstring(L, name + prefix);
  return 1;
}

/* ---- the options described --------------------------------------------------------------------------------------- */

static void push_field_description(lua_State *L, const triplet_field *field) {
  lua_createtable(L, 0, 8);
  set_text(L, "name", field->name);
  set_text(L, "kind", triplet_field_kind_name(field->kind));
  set_text(L, "belongs", field->belongs);
  set_text(L, "help", field->help);
  push_field(L, field, NULL);
  lua_setfield(L, -2, "default");

  if (field->kind <= TRIPLET_FIELD_INTEGER) {
    lua_pushnumber(L, field->minimum);
    lua_setfield(L, -2, "minimum");
    lua_pushnumber(L, field->maximum);
    lua_setfield(L, -2, "maximum");
  }

  if (field->choices) {
    const size_t count = triplet_choice_count(field->choices);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
      char choice[TRIPLET_CHOICE_SIZE];
      triplet_choice_name(field->choices, i, choice);
      lua_pushstring(L, choice);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "choices");
  }
}

/* triplet.schema(name) -> the options of a function, in order; schema() -> the names of those that take options. */
static int schema(lua_State *L) {
  static const char *const parameters[] = {"name", NULL};
  const call c = call_of(L, "schema", parameters, 0);
  lua_settop(L, 1);
  const char *name = lua_isnil(L, 1) ? NULL : read_text(&c, 1, "name");
  lua_newtable(L);
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++) {
    const triplet_schema *known = triplet_schema_get((triplet_schema_id)id);
    if (!name) {
      lua_pushstring(L, known->name);
      lua_rawseti(L, -2, id + 1);
    } else if (strcmp(known->name, name) == 0) {
      for (size_t i = 0; i < known->count; i++) {
        push_field_description(L, &known->fields[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
      }
      return 1;
    }
  }
  if (name)
    refuse(&c, "name", "name: expected a function that takes options, got %s", describe(L, 1));
  return 1;
}

LUAMOD_API int luaopen_triplet_core(lua_State *L);

int luaopen_triplet_core(lua_State *L) {
  static const luaL_Reg functions[] = {{"threads", threads},
                                       {"cores", cores},
                                       {"trim", trim},
                                       {"collective", collective},
                                       {"instruction_set", instruction_set},
                                       {"instruction_sets", instruction_sets},
                                       {"schema", schema},
                                       {"kind", kind},
                                       {NULL, NULL}};
  luaL_checkversion(L);

  /* What the rooms expect where OPEN_MATRIX_METATABLE .. OPEN_SETTERS say. */
  lua_settop(L, 0);
  luaL_newmetatable(L, "triplet.matrix");
  push_context(L);
  for (int table = OPEN_MODULE; table <= OPEN_SETTERS; table++)
    lua_newtable(L);

  lua_pushvalue(L, OPEN_METHODS);
  lua_setfield(L, OPEN_MODULE, "methods");
  lua_pushvalue(L, OPEN_PROPERTIES);
  lua_setfield(L, OPEN_MODULE, "properties");
  lua_pushstring(L, triplet_version());
  lua_setfield(L, OPEN_MODULE, "version");
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);

  lua_settop(L, OPEN_SETTERS);
  open_closing(L);
  open_progress(L);
  open_matrix(L);
  lua_settop(L, OPEN_SETTERS);
  open_losses(L);
  open_search(L);
  open_evaluation(L);
  open_verification(L);
  open_data(L);
  open_sampler(L);
  open_shard(L);
  open_memory(L);
  open_table(L);
  open_network(L);
  open_trainer(L);
  open_model(L);
  open_bytes(L);
  open_vectors(L);
  open_files(L);
  open_streams(L);
  open_interruptions(L);

  lua_settop(L, OPEN_MODULE);
  return 1;
}
