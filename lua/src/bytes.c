/* bytes.c - trainers, encoders and optimizers as bytes, and back. */
#include "binding.h"

void push_saved(const call *c, save_function save, const void *object) {
  size_t room = 0, size;
  uint8_t *bytes = NULL;
  for (;;) {
    expect(c, save(use_context(c), object, NULL, 0, &size));
    if (size <= room)
      break;
    room = size;
    bytes = push_array(c->L, room, 1);
  }
  expect(c, save(use_context(c), object, bytes, room, &size));
  lua_pushlstring(c->L, (const char *)bytes, size);
}

/* triplet.from_bytes(bytes) -> what was saved, or nil and a message when the bytes are nothing of the kind. */
static int from_bytes(lua_State *L) {
  static triplet_status (*const loaders[])(const call *c, const uint8_t *bytes, size_t size) = {
      [TRIPLET_SAVED_TRAINER] = push_loaded_trainer,
      [TRIPLET_SAVED_ENCODER] = push_loaded_encoder,
      [TRIPLET_SAVED_OPTIMIZER] = push_loaded_optimizer,
  };
  static const char *const parameters[] = {"bytes", NULL};
  const call c = call_of(L, "from_bytes", parameters, 0);
  lua_settop(L, 1);
  size_t size;
  const uint8_t *bytes = (const uint8_t *)read_source(&c, 1, "bytes", &size);
  triplet_saved_kind kind;
  triplet_status status = triplet_saved_kind_of(use_context(&c), bytes, size, &kind);
  if (status == TRIPLET_OK)
    status = loaders[kind](&c, bytes, size);
  if (status == TRIPLET_BAD_MODEL) {
    const triplet_error error = *triplet_context_error(c.context);
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }
  expect(&c, status);
  return 1;
}

void open_bytes(lua_State *L) {
  static const luaL_Reg functions[] = {{"from_bytes", from_bytes}, {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
