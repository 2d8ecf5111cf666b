/* vectors.c - matrices as the bytes of files, and back. */
#include <string.h>

#include "binding.h"

#define VECTORS_TYPE "triplet.vectors"

/* What safetensors call a matrix that is given no name. */
#define TENSOR_NAME "matrix"

/* The format of that name. */
static triplet_file_format read_format(const call *c, int index) {
  const char *name = read_text(c, index, "format");
  index = lua_absindex(c->L, index);
  lua_pushliteral(c->L, "");
  for (int format = TRIPLET_FORMAT_AUTO; format <= TRIPLET_FORMAT_TEXT; format++) {
    const char *known = triplet_file_format_name((triplet_file_format)format);
    if (strcmp(name, known) == 0)
      return (triplet_file_format)format;
    lua_pushfstring(c->L, "%s%s%s", lua_tostring(c->L, -1), format ? "|" : "", known);
    lua_replace(c->L, -2);
  }
  const char *all = lua_tostring(c->L, -1);
  refuse(c, "format", "format: expected one of %s, got %s", all, describe(c->L, index));
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

typedef struct written {
  triplet_file_format format;
  triplet_tensors tensors;
} written;

static triplet_status write_tensors(triplet_context *context, const void *of, uint8_t *bytes, size_t capacity,
                                    size_t *size) {
  const written *what = of;
  return triplet_vectors_write(context, what->format, what->tensors, bytes, capacity, size);
}

/* matrix:encode(format) -> bytes */
static int matrix_encode(lua_State *L) {
  static const char *const parameters[] = {"format", NULL};
  const call c = call_of(L, "encode", parameters, 1);
  lua_settop(L, 2);
  const triplet_matrix *matrix = to_matrix(L, 1);
  if (!matrix)
    luaL_error(L, "calling 'encode' on bad self (expected a triplet.matrix, got %s)", describe(L, 1));
  const triplet_tensor tensor = {TENSOR_NAME, *matrix};
  push_saved(&c, write_tensors, &(written){read_format(&c, 2), {&tensor, 1}});
  return 1;
}

/* encode_matrices{ name = matrix } -> safetensors bytes */
static int encode_matrices(lua_State *L) {
  static const char *const parameters[] = {"matrices", NULL};
  const call c = call_of(L, "encode_matrices", parameters, 0);
  lua_settop(L, 1);
  size_t count;
  const char **names = read_names(&c, 1, "matrices", &count);
  triplet_tensor *tensors = push_array(L, count, sizeof *tensors);
  lua_newtable(L); /* keeps the matrices alive, whatever becomes of the table */
  for (size_t i = 0; i < count; i++) {
    const char *place = lua_pushfstring(L, "matrices.%s", names[i]);
    lua_getfield(L, 1, names[i]);
    tensors[i] = (triplet_tensor){names[i], read_matrix(&c, -1, place)};
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    lua_pop(L, 1);
  }
  push_saved(&c, write_tensors, &(written){TRIPLET_FORMAT_SAFETENSORS, {tensors, count}});
  return 1;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* What was read, until it is given to Lua. */
typedef struct vectors {
  triplet_vectors *core;
} vectors;

static int vectors_gc(lua_State *L) {
  vectors *self = luaL_testudata(L, 1, VECTORS_TYPE);
  if (self) {
    triplet_vectors_destroy(self->core);
    self->core = NULL;
  }
  return 0;
}

/* The words as a list, or nil where there are none. */
static void push_words(lua_State *L, triplet_texts words) {
  if (!words.count) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, words.count < INT32_MAX ? (int)words.count : 0, 0);
  for (size_t i = 0; i < words.count; i++) {
    lua_pushstring(L, words.items[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* decode_matrix(bytes, options) -> matrix and words, or nil and a message when the bytes are at fault. */
static int decode_matrix(lua_State *L) {
  static const char *const parameters[] = {"bytes", "options", NULL};
  const call c = call_of(L, "decode_matrix", parameters, 0);
  lua_settop(L, 2);
  open_options(&c, 2, TRIPLET_SCHEMA_DECODE_MATRIX, "");
  size_t size;
  const uint8_t *bytes = (const uint8_t *)read_source(&c, 1, "bytes", &size);
  const triplet_file_format format = push_option(L, 2, "format") ? read_format(&c, -1) : TRIPLET_FORMAT_AUTO;
  const char *tensor = push_option(L, 2, "tensor") ? read_text(&c, -1, "tensor") : NULL;
  vectors *self = lua_newuserdatauv(L, sizeof *self, 0);
  self->core = NULL;
  luaL_setmetatable(L, VECTORS_TYPE);

  const triplet_status status = triplet_vectors_read(use_context(&c), format, tensor, bytes, size, &self->core);
  if (status == TRIPLET_BAD_MATRIX || status == TRIPLET_NOT_FINITE) {
    const triplet_error error = *triplet_context_error(c.context);
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }
  expect(&c, status);
  const triplet_matrix read = triplet_vectors_matrix(self->core), matrix = push_matrix(L, read.rows, read.cols);
  if (read.rows && read.cols)
    memcpy(matrix.data, read.data, read.rows * read.cols * sizeof *read.data);
  push_words(L, triplet_vectors_words(self->core));
  triplet_vectors_destroy(self->core);
  self->core = NULL;
  return 2;
}

/* file_format(bytes) -> a name, or nil of bytes that are no matrix */
static int file_format(lua_State *L) {
  static const char *const parameters[] = {"bytes", NULL};
  const call c = call_of(L, "file_format", parameters, 0);
  lua_settop(L, 1);
  size_t size;
  const uint8_t *bytes = (const uint8_t *)read_source(&c, 1, "bytes", &size);
  const triplet_file_format format = triplet_file_format_of(bytes, size);
  if (format == TRIPLET_FORMAT_AUTO)
    lua_pushnil(L);
  else
    lua_pushstring(L, triplet_file_format_name(format));
  return 1;
}

void open_vectors(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", vectors_gc}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"encode", matrix_encode}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"encode_matrices", encode_matrices},
                                       {"decode_matrix", decode_matrix},
                                       {"file_format", file_format},
                                       {NULL, NULL}};
  luaL_newmetatable(L, VECTORS_TYPE);
  set_functions(L, metamethods);
  lua_pop(L, 1);
  extend_type(L, &(const type_description){"matrix", .methods = methods});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
