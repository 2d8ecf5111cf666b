/* matrix.c - triplet.matrix: rows x cols floats inside one userdata, or a view of another's rows. */
#include <string.h>

#include "binding.h"

#define ALIGNMENT 64

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The userdata starts with a triplet_matrix; its floats follow, aligned as the kernels like it (Lua gives 8 bytes). */
triplet_matrix push_matrix(lua_State *L, size_t rows, size_t cols) {
  const size_t overhead = sizeof(triplet_matrix) + ALIGNMENT;
  if (cols && rows > ((size_t)PTRDIFF_MAX - overhead) / sizeof(float) / cols)
    luaL_error(L, "a matrix of %I x %I does not fit in memory", (LUAI_UACINT)rows, (LUAI_UACINT)cols);
  triplet_matrix *matrix = lua_newuserdatauv(L, overhead + rows * cols * sizeof(float), 0);
  char *start = (char *)(matrix + 1) + ALIGNMENT - 1;
  start -= (uintptr_t)start % ALIGNMENT;
  *matrix = (triplet_matrix){(float *)(void *)start, rows, cols};
  lua_pushvalue(L, MATRIX_METATABLE);
  lua_setmetatable(L, -2);
  return *matrix;
}

const triplet_matrix *to_matrix(lua_State *L, int index) {
  if (!lua_getmetatable(L, index))
    return NULL;
  const bool same = lua_topointer(L, -1) == lua_topointer(L, MATRIX_METATABLE);
  lua_pop(L, 1);
  return same ? lua_touserdata(L, index) : NULL;
}

/* triplet.matrix(rows, cols), triplet.matrix{ {1, 2}, {3, 4} }: a __call, so self is the table. */
static int matrix_new(lua_State *L) {
  static const char *const parameters[] = {"rows", "cols", NULL};
  const call c = call_of(L, "matrix", parameters, 1);
  lua_settop(L, 3);
  if (lua_type(L, 2) == LUA_TTABLE) {
    read_matrix(&c, 2, "rows");
    lua_pushvalue(L, 2);
    return 1;
  }
  const size_t rows = read_size(&c, 2, "rows", 0), cols = read_size(&c, 3, "cols", 0);
  const triplet_matrix matrix = push_matrix(L, rows, cols);
  memset(matrix.data, 0, rows * cols * sizeof(float));
  return 1;
}

static int matrix_from_bytes(lua_State *L) {
  static const char *const parameters[] = {"bytes", "rows", "cols", NULL};
  const call c = call_of(L, "from_bytes", parameters, 0);
  lua_settop(L, 3);
  size_t length;
  const unsigned char *bytes = (const unsigned char *)read_bytes(&c, 1, "bytes", &length);
  const size_t rows = read_size(&c, 2, "rows", 0), cols = read_size(&c, 3, "cols", 0);
  if ((cols && rows > length / sizeof(float) / cols) || length != rows * cols * sizeof(float))
    refuse(&c, "bytes", "bytes: expected 4 x %I x %I bytes, got %I", (LUAI_UACINT)rows, (LUAI_UACINT)cols,
           (LUAI_UACINT)length);
  const triplet_matrix matrix = push_matrix(L, rows, cols);
  for (size_t i = 0; i < rows * cols; i++, bytes += 4) {
    const uint32_t bits = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    memcpy(&matrix.data[i], &bits, sizeof bits);
  }
  return 1;
}

/* Where the floats are that the value at 1 points to: a light userdata, or what LuaJIT's ffi takes for a pointer to
 * them without a cast. */
static float *read_pointer(const call *c) {
  lua_State *L = c->L;
  if (lua_type(L, 1) == LUA_TLIGHTUSERDATA)
    return lua_touserdata(L, 1);
  if (strcmp(luaL_typename(L, 1), "cdata") != 0)
    refuse(c, "pointer", "pointer: expected a light userdata or cdata of LuaJIT, got %s", describe(L, 1));
  /* GCOVR_EXCL_START: LuaJIT's alone, whose specs run it */
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, "ffi"); /* there, as cdata is */
  lua_getfield(L, -1, "new");
  lua_pushliteral(L, "const float *");
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 2, 1, 0) != LUA_OK)
    refuse(c, "pointer", "pointer: expected float[] or float * of ffi, got %s", luaL_tolstring(L, 1, NULL));
  return *(float *const *)lua_topointer(L, -1);
  /* GCOVR_EXCL_STOP */
}

/* triplet.matrix.over(pointer, rows, cols, owner): a view of what is no matrix. */
static int matrix_over(lua_State *L) {
  static const char *const parameters[] = {"pointer", "rows", "cols", "owner", NULL};
  const call c = call_of(L, "over", parameters, 0);
  lua_settop(L, 4);
  float *data = read_pointer(&c);
  const size_t rows = read_size(&c, 2, "rows", 0), cols = read_size(&c, 3, "cols", 0);
  if (cols && rows > (size_t)PTRDIFF_MAX / sizeof(float) / cols)
    luaL_error(L, "a matrix of %I x %I does not fit in memory", (LUAI_UACINT)rows, (LUAI_UACINT)cols);
  /* GCOVR_EXCL_START: likewise */
  if ((!data && rows && cols) || (uintptr_t)data % sizeof(float))
    refuse(&c, "pointer", "pointer: expected that of float32, aligned to 4 bytes, got %p", (void *)data);
  /* GCOVR_EXCL_STOP */
  triplet_matrix *view = lua_newuserdatauv(L, sizeof *view, 1);
  *view = (triplet_matrix){data, rows, cols};
  lua_pushvalue(L, lua_isnil(L, 4) ? 1 : 4);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, MATRIX_METATABLE);
  lua_setmetatable(L, -2);
  return 1;
}

/* ---- methods ----------------------------------------------------------------------------------------------------- */

static triplet_matrix self_matrix(const call *c) {
  const triplet_matrix *matrix = to_matrix(c->L, 1);
  if (!matrix)
    luaL_error(c->L, "calling '%s' on bad self (expected a triplet.matrix, got %s)", c->function, describe(c->L, 1));
  return *matrix;
}

static float *entry(const call *c, triplet_matrix matrix) {
  const size_t i = (size_t)read_integer(c, 2, "row", 1, (lua_Integer)matrix.rows);
  const size_t j = (size_t)read_integer(c, 3, "column", 1, (lua_Integer)matrix.cols);
  return &matrix.data[(i - 1) * matrix.cols + j - 1];
}

static int matrix_get(lua_State *L) {
  static const char *const parameters[] = {"row", "column", NULL};
  const call c = call_of(L, "get", parameters, 1);
  lua_pushnumber(L, *entry(&c, self_matrix(&c)));
  return 1;
}

static int matrix_set(lua_State *L) {
  static const char *const parameters[] = {"row", "column", "value", NULL};
  const call c = call_of(L, "set", parameters, 1);
  float *place = entry(&c, self_matrix(&c));
  *place = (float)read_number(&c, 4, "value");
  return 0;
}

static int matrix_totable(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "totable", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  const float *value = matrix.data;
  lua_createtable(L, matrix.rows < INT32_MAX ? (int)matrix.rows : 0, 0);
  for (size_t i = 1; i <= matrix.rows; i++) {
    lua_createtable(L, matrix.cols < INT32_MAX ? (int)matrix.cols : 0, 0);
    for (size_t j = 1; j <= matrix.cols; j++) {
      lua_pushnumber(L, *value++);
      lua_rawseti(L, -2, (lua_Integer)j);
    }
    lua_rawseti(L, -2, (lua_Integer)i);
  }
  return 1;
}

static int matrix_tobytes(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "tobytes", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  const size_t count = matrix.rows * matrix.cols;
  unsigned char *bytes = push_array(L, count, 4), *next = bytes;
  for (size_t i = 0; i < count; i++, next += 4) {
    uint32_t bits;
    memcpy(&bits, &matrix.data[i], sizeof bits);
    next[0] = (unsigned char)bits;
    next[1] = (unsigned char)(bits >> 8);
    next[2] = (unsigned char)(bits >> 16);
    next[3] = (unsigned char)(bits >> 24);
  }
  lua_pushlstring(L, (const char *)bytes, count * 4);
  return 1;
}

static int matrix_select(lua_State *L) {
  static const char *const parameters[] = {"indices", NULL};
  const call c = call_of(L, "select", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  const triplet_ints indices = read_ints(&c, 2, "indices", 1, (lua_Integer)matrix.rows, -1);
  const triplet_matrix selection = push_matrix(L, indices.count, matrix.cols);
  for (size_t i = 0; i < indices.count; i++)
    memcpy(selection.data + i * matrix.cols, matrix.data + (size_t)indices.data[i] * matrix.cols,
           matrix.cols * sizeof(float));
  return 1;
}

/* The view's user value is what holds the floats; a view is nothing else but its triplet_matrix. */
static int matrix_view(lua_State *L) {
  static const char *const parameters[] = {"first", "last", NULL};
  const call c = call_of(L, "view", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  lua_settop(L, 3);
  const lua_Integer first = read_integer(&c, 2, "first", 1, (lua_Integer)matrix.rows + 1);
  const lua_Integer last = read_integer(&c, 3, "last", first - 1, (lua_Integer)matrix.rows);
  triplet_matrix *view = lua_newuserdatauv(L, sizeof *view, 1);
  *view = (triplet_matrix){matrix.data + (size_t)(first - 1) * matrix.cols, (size_t)(last - first + 1), matrix.cols};
  if (lua_rawlen(L, 1) == sizeof *view)
    lua_getiuservalue(L, 1, 1);
  else
    lua_pushvalue(L, 1);
  lua_setiuservalue(L, 4, 1);
  lua_settop(L, 4);
  lua_pushvalue(L, MATRIX_METATABLE);
  lua_setmetatable(L, -2);
  return 1;
}

static int matrix_pointer(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "pointer", parameters, 1);
  lua_pushlightuserdata(L, self_matrix(&c).data);
  return 1;
}

/* ---- arithmetic, in place: each returns the matrix --------------------------------------------------------------- */

static int matrix_fill(lua_State *L) {
  static const char *const parameters[] = {"value", NULL};
  const call c = call_of(L, "fill", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  const float value = (float)read_number(&c, 2, "value");
  expect(&c, triplet_matrix_fill(use_context(&c), value, matrix));
  lua_settop(L, 1);
  return 1;
}

static int matrix_scale(lua_State *L) {
  static const char *const parameters[] = {"factor", NULL};
  const call c = call_of(L, "scale", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  expect(&c, triplet_matrix_scale(use_context(&c), read_number(&c, 2, "factor"), matrix));
  lua_settop(L, 1);
  return 1;
}

static int matrix_random(lua_State *L) {
  static const char *const parameters[] = {"seed", NULL};
  const call c = call_of(L, "random", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  expect(&c, triplet_matrix_random(use_context(&c), read_integer(&c, 2, "seed", 0, LUA_MAXINTEGER), matrix));
  lua_settop(L, 1);
  return 1;
}

/* The parameter x at 2, shaped as the matrix and either the same or apart from it. */
static triplet_matrix read_operand(const call *c, triplet_matrix matrix) {
  const triplet_matrix x = read_matrix(c, 2, "x");
  if (x.rows != matrix.rows || x.cols != matrix.cols)
    refuse(c, "x", "x: expected %I x %I like the matrix, got %I x %I", (LUAI_UACINT)matrix.rows,
           (LUAI_UACINT)matrix.cols, (LUAI_UACINT)x.rows, (LUAI_UACINT)x.cols);
  if (x.data != matrix.data && share_memory(x, matrix))
    refuse(c, "x", "x: expected other rows than those of the matrix, or the same, got some of them");
  return x;
}

/* matrix:add(x, factor) */
static int matrix_add(lua_State *L) {
  static const char *const parameters[] = {"x", "factor", NULL};
  const call c = call_of(L, "add", parameters, 1);
  lua_settop(L, 3);
  const triplet_matrix matrix = self_matrix(&c), x = read_operand(&c, matrix);
  const double factor = lua_isnil(L, 3) ? 1 : read_number(&c, 3, "factor");
  expect(&c, triplet_matrix_add(use_context(&c), x, factor, matrix));
  lua_settop(L, 1);
  return 1;
}

/* matrix:copy(x) takes the numbers of x; matrix:copy() is a new matrix with the same numbers. */
static int matrix_copy(lua_State *L) {
  static const char *const parameters[] = {"x", NULL};
  const call c = call_of(L, "copy", parameters, 1);
  lua_settop(L, 2);
  const triplet_matrix matrix = self_matrix(&c);
  const bool fresh = lua_isnil(L, 2);
  const triplet_matrix x = fresh ? matrix : read_operand(&c, matrix);
  const triplet_matrix output = fresh ? push_matrix(L, x.rows, x.cols) : matrix;
  expect(&c, triplet_matrix_copy(use_context(&c), x, output));
  lua_settop(L, fresh ? 3 : 1);
  return 1;
}

/* ---- properties and metamethods ---------------------------------------------------------------------------------- */

static int matrix_tostring(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "tostring", parameters, 1);
  const triplet_matrix matrix = self_matrix(&c);
  lua_pushfstring(L, "triplet.matrix %I x %I", (LUAI_UACINT)matrix.rows, (LUAI_UACINT)matrix.cols);
  return 1;
}

static int matrix_rows(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "rows", parameters, 1);
  lua_pushinteger(L, (lua_Integer)self_matrix(&c).rows);
  return 1;
}

static int matrix_cols(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "cols", parameters, 1);
  lua_pushinteger(L, (lua_Integer)self_matrix(&c).cols);
  return 1;
}

void open_matrix(lua_State *L) {
  static const luaL_Reg methods[] = {{"get", matrix_get},
                                     {"set", matrix_set},
                                     {"totable", matrix_totable},
                                     {"tobytes", matrix_tobytes},
                                     {"select", matrix_select},
                                     {"view", matrix_view},
                                     {"fill", matrix_fill},
                                     {"scale", matrix_scale},
                                     {"random", matrix_random},
                                     {"add", matrix_add},
                                     {"copy", matrix_copy},
                                     {"pointer", matrix_pointer},
                                     {NULL, NULL}};
  static const luaL_Reg properties[] = {{"rows", matrix_rows}, {"cols", matrix_cols}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__len", matrix_rows}, {"__tostring", matrix_tostring}, {NULL, NULL}};
  static const luaL_Reg constructors[] = {{"from_bytes", matrix_from_bytes}, {"over", matrix_over}, {NULL, NULL}};
  static const luaL_Reg calls[] = {{"__call", matrix_new}, {NULL, NULL}};
  lua_pushvalue(L, OPEN_MATRIX_METATABLE);
  static const char entries[] = "entries are read by get(row, column) and set by set(row, column, value)";
  set_type(L, &(const type_description){"matrix", .methods = methods, .properties = properties,
                                        .metamethods = metamethods, .entries = entries});
  lua_newtable(L);
  set_functions(L, constructors);
  lua_newtable(L);
  set_functions(L, calls);
  lua_setmetatable(L, -2);
  lua_setfield(L, OPEN_MODULE, "matrix");
}
