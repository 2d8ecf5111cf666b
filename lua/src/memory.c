/* memory.c - triplet.memory: cross-batch memory, made at the first push, which tells its width. */
#include "binding.h"

typedef struct memory {
  closable closing;
  triplet_memory *core; /* NULL before the first push */
  size_t capacity;
} memory;

/* The memory of a method, in use until that ends. */
static memory *self_memory(const call *c) {
  memory *self = self_of(c, MEMORY_TYPE);
  if (self->closing.closed)
    luaL_error(c->L, "calling '%s' on a closed memory", c->function);
  use_closable(c->L, 1);
  return self;
}

static void memory_release(closable *object) {
  memory *self = (memory *)object;
  triplet_memory_destroy(self->core);
  self->core = NULL;
}

static int memory_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "memory", parameters, 0);
  lua_settop(L, 1);
  open_options(&c, 1, TRIPLET_SCHEMA_MEMORY, "");
  push_option(L, 1, "capacity");
  const size_t capacity = read_size(&c, -1, "capacity", 1);
  memory *self = push_closable(L, sizeof *self, 0, MEMORY_TYPE, memory_release);
  self->core = NULL;
  self->capacity = capacity;
  return 1;
}

static int memory_push(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", NULL};
  const call c = call_of(L, "push", parameters, 1);
  lua_settop(L, 3);
  memory *self = self_memory(&c);
  const triplet_matrix embeddings = read_matrix(&c, 2, "embeddings");
  const triplet_ints labels = read_labels(&c, 3, "labels");
  triplet_memory *core = self->core;
  if (!core)
    expect(&c, triplet_memory_create(c.context, self->capacity, embeddings.cols, &core));
  const triplet_status status = triplet_memory_push(c.context, core, embeddings, labels);
  if (status == TRIPLET_OK)
    self->core = core;
  else if (core != self->core) /* a push that fails fixes no width */
    triplet_memory_destroy(core);
  expect(&c, status);
  return 0;
}

static int memory_clear(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "clear", parameters, 1);
  const memory *self = self_memory(&c);
  if (self->core)
    triplet_memory_clear(self->core);
  return 0;
}

static int memory_len(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "len", parameters, 1);
  self_memory(&c);
  lua_pushinteger(L, (lua_Integer)memory_rows(L, 1).rows.rows);
  return 1;
}

static int memory_close(lua_State *L) {
  memory *self = luaL_testudata(L, 1, MEMORY_TYPE);
  if (self)
    close_closable(&self->closing);
  return 0;
}

bool use_memory(const call *c, int index, const char *name) {
  const memory *self = luaL_testudata(c->L, index, MEMORY_TYPE);
  if (!self)
    return false;
  if (self->closing.closed)
    refuse(c, name, "%s: expected an open memory, got a closed one", name);
  use_closable(c->L, index);
  return true;
}

triplet_references memory_rows(lua_State *L, int index) {
  const memory *self = lua_touserdata(L, index);
  return self->core ? triplet_memory_references(self->core) : (triplet_references){0};
}

void open_memory(lua_State *L) {
  static const luaL_Reg methods[] = {{"push", memory_push}, {"clear", memory_clear}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__len", memory_len}, {"__gc", memory_close}, {"__close", memory_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"memory", memory_new}, {NULL, NULL}};
  luaL_newmetatable(L, MEMORY_TYPE);
  set_type(L, &(const type_description){"memory", methods, NULL, metamethods, NULL});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
