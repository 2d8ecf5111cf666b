/* memory.c - triplet.memory: cross-batch memory, made at the first push, which tells its width. */
#include "binding.h"

/* User values: the texts that labels which it holds have stood for, as push_known makes them, or nil. */
enum { MEMORY_TEXTS = HELD + 1 };

/* What it holds is a triplet_memory, nothing before the first push. */
typedef struct memory {
  closable closing;
  size_t capacity;
  bool integers; /* it has been given labels that texts cannot stand beside */
} memory;

/* What the memory of a method holds, for what is done at once. */
static holder *self_memory(const call *c) {
  const memory *self = self_of(c, MEMORY_TYPE);
  if (!self->closing.held)
    luaL_error(c->L, "calling '%s' on a closed memory", c->function);
  return self->closing.held;
}

static void memory_release(void *core) {
  triplet_memory_destroy(core);
}

static int memory_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "memory", parameters, 0);
  lua_settop(L, 1);
  open_options(&c, 1, TRIPLET_SCHEMA_MEMORY, "");
  push_option(L, 1, "capacity");
  const size_t capacity = read_size(&c, -1, "capacity", 1);
  memory *self = push_closable(L, sizeof *self, 1, MEMORY_TYPE, memory_release);
  self->capacity = capacity;
  self->integers = false;
  return 1;
}

static int memory_push(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", NULL};
  const call c = call_of(L, "push", parameters, 1);
  lua_settop(L, 3);
  self_memory(&c);
  holder *held = use_closable(L, 1);
  const triplet_matrix embeddings = read_matrix(&c, 2, "embeddings");
  numbering names = begin_numbering_of_memory(&c, 1);
  const triplet_labels labels = read_labels(&c, 3, "labels", &names);
  push_known(&c, &names);
  lua_getiuservalue(L, 1, MEMORY_TEXTS);
  if (!lua_rawequal(L, -1, names.known))
    luaL_error(L, "labels: the memory was changed in the middle of 'push'");
  lua_pop(L, 1);

  memory *self = lua_touserdata(L, 1);
  triplet_memory *core = held->core;
  if (!core)
    expect(&c, triplet_memory_create(use_context(&c), self->capacity, embeddings.cols, &core));
  const triplet_status status = triplet_memory_push(use_context(&c), core, embeddings, labels);
  if (status == TRIPLET_OK)
    held->core = core;
  else if (core != held->core) /* a push that fails fixes no width */
    triplet_memory_destroy(core);
  expect(&c, status);
  if (adds_texts(&c, &names))
    lua_setiuservalue(L, 1, MEMORY_TEXTS);
  self->integers = names.integers;
  return 0;
}

static int memory_clear(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "clear", parameters, 1);
  const holder *held = self_memory(&c);
  lua_pushnil(L);
  lua_setiuservalue(L, 1, MEMORY_TEXTS);
  ((memory *)lua_touserdata(L, 1))->integers = false;
  if (held->core)
    triplet_memory_clear(held->core);
  return 0;
}

static int memory_len(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "len", parameters, 1);
  lua_pushinteger(L, (lua_Integer)memory_rows(self_memory(&c)).rows.rows);
  return 1;
}

static int memory_close(lua_State *L) {
  if (luaL_testudata(L, 1, MEMORY_TYPE))
    close_closable(L, 1);
  return 0;
}

numbering begin_numbering_of_memory(const call *c, int index) {
  const memory *self = luaL_testudata(c->L, index, MEMORY_TYPE);
  index = lua_absindex(c->L, index);
  numbering names = begin_numbering(c);
  if (self) {
    names.texts = lua_getiuservalue(c->L, index, MEMORY_TEXTS) != LUA_TNIL;
    names.integers = self->integers;
    lua_replace(c->L, names.known);
  }
  return names;
}

const holder *use_memory(const call *c, int index, const char *name) {
  const memory *self = luaL_testudata(c->L, index, MEMORY_TYPE);
  if (self && !self->closing.held)
    refuse(c, name, "%s: expected an open memory, got a closed one", name);
  return self ? use_closable(c->L, index) : NULL;
}

triplet_references memory_rows(const holder *held) {
  return held->core ? triplet_memory_references(held->core) : (triplet_references){0};
}

void open_memory(lua_State *L) {
  static const luaL_Reg methods[] = {{"push", memory_push}, {"clear", memory_clear}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__len", memory_len}, {"__gc", memory_close}, {"__close", memory_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"memory", memory_new}, {NULL, NULL}};
  luaL_newmetatable(L, MEMORY_TYPE);
  set_type(L, &(const type_description){"memory", .methods = methods, .metamethods = metamethods});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
