/* memory.c - triplet.memory: cross-batch memory, made at the first push, which tells its width. */
#include "binding.h"

typedef struct memory {
  triplet_memory *memory; /* NULL before the first push */
  size_t capacity;
} memory;

static int memory_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "memory", parameters, 0);
  lua_settop(L, 1);
  read_options(&c, 1, TRIPLET_SCHEMA_MEMORY, NULL, "");
  push_option(L, 1, "capacity");
  const size_t capacity = read_size(&c, -1, "capacity", 1);
  memory *self = lua_newuserdatauv(L, sizeof *self, 0);
  *self = (memory){NULL, capacity};
  luaL_setmetatable(L, MEMORY_TYPE);
  return 1;
}

static int memory_push(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", NULL};
  const call c = call_of(L, "push", parameters, 1);
  memory *self = self_of(&c, MEMORY_TYPE);
  lua_settop(L, 3);
  const triplet_matrix embeddings = read_matrix(&c, 2, "embeddings");
  const triplet_ints labels = read_labels(&c, 3, "labels");
  if (!self->memory)
    expect(&c, triplet_memory_create(c.context, self->capacity, embeddings.cols, &self->memory));
  expect(&c, triplet_memory_push(c.context, self->memory, embeddings, labels));
  return 0;
}

static int memory_clear(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "clear", parameters, 1);
  memory *self = self_of(&c, MEMORY_TYPE);
  if (self->memory)
    triplet_memory_clear(self->memory);
  return 0;
}

static int memory_len(lua_State *L) {
  triplet_references held;
  lua_pushinteger(L, to_memory(L, 1, &held) ? (lua_Integer)held.rows.rows : 0);
  return 1;
}

static int memory_gc(lua_State *L) {
  memory *self = luaL_testudata(L, 1, MEMORY_TYPE);
  if (self) {
    triplet_memory_destroy(self->memory);
    self->memory = NULL;
  }
  return 0;
}

bool to_memory(lua_State *L, int index, triplet_references *references) {
  const memory *self = luaL_testudata(L, index, MEMORY_TYPE);
  if (self)
    *references = self->memory ? triplet_memory_references(self->memory) : (triplet_references){0};
  return self != NULL;
}

void open_memory(lua_State *L) {
  static const luaL_Reg methods[] = {{"push", memory_push}, {"clear", memory_clear}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__len", memory_len}, {"__gc", memory_gc}, {"__close", memory_gc}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"memory", memory_new}, {NULL, NULL}};
  luaL_newmetatable(L, MEMORY_TYPE);
  set_type(L, "memory", methods, metamethods, NULL);
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
