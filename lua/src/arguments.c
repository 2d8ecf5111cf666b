/* arguments.c - what Lua values mean, and how misuse is told. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"

/* ---- errors ------------------------------------------------------------------------------------------------------ */

call call_of(lua_State *L, const char *function, const char *const *parameters, int self) {
  luaL_checkstack(L, 50, NULL);
  triplet_context *context = ((const shared_context *)lua_touserdata(L, CONTEXT))->core;
  if (!context) /* a finalizer that runs when the state closes may come after the context's */
    luaL_error(L, "calling '%s' after triplet was closed", function);
  return (call){L, context, function, parameters, self};
}

/* Which parameter has this name; past the last if none has. */
static int find_parameter(const call *c, const char *name, size_t length) {
  int position = 0;
  while (c->parameters[position] &&
         (strncmp(c->parameters[position], name, length) != 0 || c->parameters[position][length] != '\0'))
    position++;
  return position;
}

void refuse(const call *c, const char *parameter, const char *format, ...) {
  va_list list;
  va_start(list, format);
  const char *text = lua_pushvfstring(c->L, format, list);
  va_end(list);
  int position = find_parameter(c, parameter, strcspn(parameter, ".["));
  if (!c->parameters[position])
    position = find_parameter(c, "options", strlen("options"));
  if (!c->parameters[position])
    position--;
  if (position < 0)
    luaL_error(c->L, "calling '%s' on bad self (%s)", c->function, text);
  luaL_error(c->L, "bad argument #%d to '%s' (%s)", position + 1, c->function, text);
  __builtin_unreachable(); /* luaL_error does not return, but is not declared so */
}

void expect(const call *c, triplet_status status) {
  if (status == TRIPLET_OK)
    return;
  /* A copy: making the message can run finalizers, which may call this module. */
  const triplet_error error = *triplet_context_error(c->context);
  if (status == TRIPLET_OUT_OF_MEMORY || status == TRIPLET_RANK_LOST || !error.argument)
    luaL_error(c->L, "%s", status == TRIPLET_OUT_OF_MEMORY ? "not enough memory" : error.message);
  refuse(c, error.argument, "%s: %s", error.argument, error.message);
}

const char *describe(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      return lua_pushfstring(L, "number %I", (LUAI_UACINT)lua_tointeger(L, index));
    const lua_Number number = lua_tonumber(L, index);
    return number == number ? lua_pushfstring(L, "number %f", (LUAI_UACNUMBER)number) : lua_pushstring(L, "number nan");
  case LUA_TSTRING:
    return lua_rawlen(L, index) <= 40 ? lua_pushfstring(L, "string \"%s\"", lua_tostring(L, index))
                                      : lua_pushstring(L, "string");
  case LUA_TBOOLEAN:
    return lua_pushstring(L, lua_toboolean(L, index) ? "boolean true" : "boolean false");
  case LUA_TNONE:
    return lua_pushstring(L, "nil");
  case LUA_TUSERDATA:
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
      return lua_tostring(L, -1);
  }
  return lua_pushstring(L, luaL_typename(L, index));
}

void *self_of(const call *c, const char *type) {
  void *object = luaL_testudata(c->L, 1, type);
  if (!object)
    luaL_error(c->L, "calling '%s' on bad self (expected a %s, got %s)", c->function, type, describe(c->L, 1));
  return object;
}

/* ---- numbers and texts ------------------------------------------------------------------------------------------- */

/* An integer, or a float that is one; never a string. */
static bool to_integer(lua_State *L, int index, lua_Integer *value) {
  int exact = 0;
  if (lua_type(L, index) == LUA_TNUMBER)
    *value = lua_tointegerx(L, index, &exact);
  return exact;
}

lua_Integer read_integer(const call *c, int index, const char *name, lua_Integer low, lua_Integer high) {
  lua_Integer value = 0;
  if (to_integer(c->L, index, &value) && value >= low && value <= high)
    return value;
  const char *got = describe(c->L, index);
  if (high == LUA_MAXINTEGER && value <= high) /* beyond it where an integer is a double */
    refuse(c, name, "%s: expected an integer >= %I, got %s", name, (LUAI_UACINT)low, got);
  refuse(c, name, "%s: expected an integer in %I .. %I, got %s", name, (LUAI_UACINT)low, (LUAI_UACINT)high, got);
}

size_t read_size(const call *c, int index, const char *name, lua_Integer low) {
  const uint64_t value = (uint64_t)read_integer(c, index, name, low, LUA_MAXINTEGER), most = PTRDIFF_MAX;
  return (size_t)(value < most ? value : most);
}

double read_number(const call *c, int index, const char *name) {
  if (lua_type(c->L, index) != LUA_TNUMBER)
    refuse(c, name, "%s: expected a number, got %s", name, describe(c->L, index));
  return lua_tonumber(c->L, index);
}

const char *read_bytes(const call *c, int index, const char *name, size_t *length) {
  if (lua_type(c->L, index) != LUA_TSTRING)
    refuse(c, name, "%s: expected a string, got %s", name, describe(c->L, index));
  return lua_tolstring(c->L, index, length);
}

const char *read_text(const call *c, int index, const char *name) {
  size_t length;
  const char *text = read_bytes(c, index, name, &length);
  if (strlen(text) != length)
    refuse(c, name, "%s: expected a string without zero bytes, got some", name);
  return text;
}

/* ---- matrices and lists ------------------------------------------------------------------------------------------ */

/* Of tables that inherit from each other: as many as Lua follows, for a loop of them has no end. */
enum { LONGEST_CHAIN = 2000 };

/* Puts the table that the one on top inherits from in its place; false when there is none. */
static bool to_inherited(lua_State *L) {
  const int type = luaL_getmetafield(L, -1, "__index");
  if (type == LUA_TTABLE)
    lua_remove(L, -2);
  else if (type != LUA_TNIL)
    lua_pop(L, 1);
  return type == LUA_TTABLE;
}

static bool has_metafield(lua_State *L, const char *name) {
  const bool has = luaL_getmetafield(L, -1, name) != LUA_TNIL;
  if (has)
    lua_pop(L, 1);
  return has;
}

/* As # tells it; but what has no entries of its own is as long as the list that it inherits them from. */
size_t read_length(const call *c, int index, const char *name) {
  lua_State *L = c->L;
  const int top = lua_gettop(L);
  if (!lua_getmetatable(L, index))
    return lua_rawlen(L, index);
  lua_pop(L, 1);
  lua_pushvalue(L, index);
  for (int i = 0; i < LONGEST_CHAIN && !lua_rawlen(L, -1) && !has_metafield(L, "__len") && to_inherited(L); i++)
    ;
  lua_len(L, -1);
  lua_Integer length = 0;
  if (!to_integer(L, -1, &length) || length < 0)
    refuse(c, name, "%s: expected a length that is an integer >= 0, got %s", name, describe(L, -1));
  if ((uint64_t)length > SIZE_MAX)
    luaL_error(L, "not enough memory");
  lua_settop(L, top);
  return (size_t)length;
}

void *push_array(lua_State *L, size_t count, size_t size) {
  if (count > (size_t)PTRDIFF_MAX / size)
    luaL_error(L, "not enough memory");
  return lua_newuserdatauv(L, count * size, 0);
}

static size_t row_length(const call *c, const char *name, size_t row) {
  if (lua_type(c->L, -1) != LUA_TTABLE)
    refuse(c, name, "%s[%I]: expected a table of numbers, got %s", name, (LUAI_UACINT)row, describe(c->L, -1));
  return read_length(c, -1, name);
}

triplet_matrix read_matrix(const call *c, int index, const char *name) {
  lua_State *L = c->L;
  const triplet_matrix *given = to_matrix(L, index);
  if (given)
    return *given;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a matrix or a table of rows, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  const size_t rows = read_length(c, index, name);
  size_t cols = 0;
  if (rows) {
    lua_geti(L, index, 1);
    cols = row_length(c, name, 1);
    lua_pop(L, 1);
  }

  /* The tables may change while they are read, by metamethods: every row is measured again, and none is read beyond the
   * first one's length. */
  const triplet_matrix matrix = push_matrix(L, rows, cols);
  float *value = matrix.data;
  for (size_t i = 1; i <= rows; i++) {
    lua_geti(L, index, (lua_Integer)i);
    const size_t length = row_length(c, name, i);
    if (length != cols)
      refuse(c, name, "%s[%I]: expected %I numbers like row 1, got %I", name, (LUAI_UACINT)i, (LUAI_UACINT)cols,
             (LUAI_UACINT)length);

    for (size_t j = 1; j <= cols; j++, lua_pop(L, 1)) {
      if (lua_geti(L, -1, (lua_Integer)j) != LUA_TNUMBER)
        refuse(c, name, "%s[%I][%I]: expected a number, got %s", name, (LUAI_UACINT)i, (LUAI_UACINT)j, describe(L, -1));
      *value++ = (float)lua_tonumber(L, -1);
    }
    lua_pop(L, 1);
  }

  lua_replace(L, index);
  return matrix;
}

triplet_ints read_ints(const call *c, int index, const char *name, lua_Integer low, lua_Integer high, int shift) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a table of integers, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  const size_t count = read_length(c, index, name);
  int32_t *values = push_array(L, count, sizeof *values);
  for (size_t i = 0; i < count; i++, lua_pop(L, 1)) {
    lua_geti(L, index, (lua_Integer)i + 1);
    lua_Integer value = 0;
    if (!to_integer(L, -1, &value))
      refuse(c, name, "%s[%I]: expected an integer, got %s", name, (LUAI_UACINT)i + 1, describe(L, -1));
    if (value < low || value > high)
      refuse(c, name, "%s[%I]: expected an integer in %I .. %I, got %I", name, (LUAI_UACINT)i + 1, (LUAI_UACINT)low,
             (LUAI_UACINT)high, (LUAI_UACINT)value);
    values[i] = (int32_t)(value + shift);
  }
  return (triplet_ints){values, count};
}

triplet_doubles read_doubles(const call *c, int index, const char *name) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a table of numbers, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  const size_t count = read_length(c, index, name);
  double *values = push_array(L, count, sizeof *values);
  for (size_t i = 0; i < count; i++, lua_pop(L, 1)) {
    if (lua_geti(L, index, (lua_Integer)i + 1) != LUA_TNUMBER)
      refuse(c, name, "%s[%I]: expected a number, got %s", name, (LUAI_UACINT)i + 1, describe(L, -1));
    values[i] = lua_tonumber(L, -1);
  }
  return (triplet_doubles){values, count};
}

const triplet_ints *read_row_lists(const call *c, int index, const char *name, lua_Integer low, lua_Integer high,
                                   size_t *count) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a table of lists, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  *count = read_length(c, index, name);
  triplet_ints *lists = push_array(L, *count, sizeof *lists);
  lua_newtable(L); /* keeps them */
  const int kept = lua_gettop(L);
  for (size_t i = 0; i < *count; i++, lua_settop(L, kept)) {
    const char *place = lua_pushfstring(L, "%s[%I]", name, (LUAI_UACINT)i + 1);
    lua_geti(L, index, (lua_Integer)i + 1);
    lists[i] = read_ints(c, -1, place, low, high, -1);
    lua_rawseti(L, kept, (lua_Integer)i + 1);
  }
  return lists;
}

/* The number on top, as float32, in which it must be finite. position 0: not in a list. */
static float finite_float(const call *c, const char *name, size_t position) {
  const bool number = lua_type(c->L, -1) == LUA_TNUMBER;
  const float value = number ? (float)lua_tonumber(c->L, -1) : 0;
  if (number && value - value == 0)
    return value;
  const char *got = describe(c->L, -1);
  if (position)
    refuse(c, name, "%s[%I]: expected a finite number, got %s", name, (LUAI_UACINT)position, got);
  refuse(c, name, "%s: expected a finite number, got %s", name, got);
}

triplet_floats read_floats(const call *c, int index, const char *name) {
  lua_State *L = c->L;
  const triplet_matrix *matrix = to_matrix(L, index);
  if (matrix) {
    if (matrix->rows != 1 && matrix->cols != 1)
      refuse(c, name, "%s: expected one row or one column, got %I x %I", name, (LUAI_UACINT)matrix->rows,
             (LUAI_UACINT)matrix->cols);
    return (triplet_floats){matrix->data, matrix->rows * matrix->cols};
  }
  index = lua_absindex(L, index);
  const bool list = lua_type(L, index) == LUA_TTABLE;
  if (!list && lua_type(L, index) != LUA_TNUMBER)
    refuse(c, name, "%s: expected a number, a table of numbers or a matrix, got %s", name, describe(L, index));
  const size_t count = list ? read_length(c, index, name) : 1;
  float *values = push_array(L, count, sizeof *values);
  for (size_t i = 1; i <= count; i++, lua_pop(L, 1)) {
    if (list)
      lua_geti(L, index, (lua_Integer)i);
    else
      lua_pushvalue(L, index);
    values[i - 1] = finite_float(c, name, list ? i : 0);
  }
  return (triplet_floats){values, count};
}

const char **read_texts(const call *c, int index, const char *name, size_t *count) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a table of strings, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  *count = read_length(c, index, name);
  const char **texts = push_array(L, *count, sizeof *texts);
  lua_newtable(L); /* keeps the texts alive, whatever becomes of the list */
  for (size_t i = 0; i < *count; i++) {
    const char *place = lua_pushfstring(L, "%s[%I]", name, (LUAI_UACINT)i + 1);
    lua_geti(L, index, (lua_Integer)i + 1);
    texts[i] = read_text(c, -1, place);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    lua_pop(L, 1);
  }
  return texts;
}

/* next, for tables without __pairs. */
static int next_entry(lua_State *L) {
  lua_settop(L, 2);
  if (lua_next(L, 1))
    return 2;
  lua_pushnil(L);
  return 1;
}

/* Pushes what "for key, value in pairs(table)" goes by: a function, a state and a key. */
static void push_pairs(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 3);
    return;
  }
  lua_pushcfunction(L, next_entry);
  lua_pushvalue(L, index);
  lua_pushnil(L);
}

/* In place of the key on top pushes the next one and its value, or nothing where there is none. */
static bool next_pair(lua_State *L) {
  for (int i = 0; i < 3; i++)
    lua_pushvalue(L, -3);
  lua_call(L, 2, 2);
  lua_remove(L, -3);
  if (!lua_isnil(L, -2))
    return true;
  lua_pop(L, 2);
  return false;
}

int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **read_names(const call *c, int index, const char *name, size_t *count) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a table with names as keys, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  lua_newtable(L); /* keeps the names alive, whatever becomes of the table */
  const int kept = lua_gettop(L);
  *count = 0;
  push_pairs(L, index);
  while (next_pair(L)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      refuse(c, name, "%s: expected names as keys, got %s", name, describe(L, -2));
    read_text(c, -2, name);
    lua_pushvalue(L, -2);
    lua_rawseti(L, kept, (lua_Integer)++ * count);
    lua_pop(L, 1);
  }
  lua_settop(L, kept);

  const char **names = push_array(L, *count, sizeof *names);
  for (size_t i = 0; i < *count; i++, lua_pop(L, 1)) {
    lua_rawgeti(L, kept, (lua_Integer)i + 1);
    names[i] = lua_tostring(L, -1);
  }
  qsort(names, *count, sizeof *names, compare_texts);
  return names;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* As expect, for a field: its name gets the prefix. */
static void expect_field(const call *c, triplet_status status, const char *prefix) {
  if (status == TRIPLET_OK)
    return;
  const triplet_error error = *triplet_context_error(c->context);
  refuse(c, error.argument, "%s%s: %s", prefix, error.argument, error.message);
}

const triplet_field *read_key(const call *c, triplet_schema_id schema) {
  const triplet_field *field = triplet_schema_field(c->context, schema, read_text(c, 2, "key"));
  if (!field) {
    const triplet_error error = *triplet_context_error(c->context);
    refuse(c, "key", "key: %s", error.message);
  }
  return field;
}

void read_field(const call *c, triplet_schema_id schema, const triplet_field *field, void *structure,
                const char *prefix) {
  lua_State *L = c->L;
  if (lua_isboolean(L, -1) && field->choices && strstr(field->choices, "|true|false")) {
    lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
    lua_replace(L, -2);
  }
  const int type = lua_type(L, -1);
  static const struct {
    int type;
    const char *expected;
  } kinds[] = {
      [TRIPLET_FIELD_NUMBER] = {LUA_TNUMBER, "a number"},
      [TRIPLET_FIELD_INTEGER] = {LUA_TNUMBER, "an integer"},
      [TRIPLET_FIELD_BOOLEAN] = {LUA_TBOOLEAN, "a boolean"},
      [TRIPLET_FIELD_CHOICE] = {LUA_TSTRING, "one of "},
  };
  if (type != kinds[field->kind].type)
    refuse(c, field->name, "%s%s: expected %s%s, got %s", prefix, field->name, kinds[field->kind].expected,
           field->choices ? field->choices : "", describe(L, -1));
  if (type == LUA_TSTRING && strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
    refuse(c, field->name, "%s%s: expected a string without zero bytes, got some", prefix, field->name);
  const triplet_status status =
      type == LUA_TSTRING
          ? triplet_schema_set_text(c->context, schema, structure, field->name, lua_tostring(L, -1))
          : triplet_schema_set_number(c->context, schema, structure, field->name,
                                      type == LUA_TBOOLEAN ? lua_toboolean(L, -1) : lua_tonumber(L, -1));
  expect_field(c, status, prefix);
}

/* The key and value on top: refuses a key that is no option. A table that others inherit from may be a class, which has
 * functions and metamethods, too. */
static void check_option(const call *c, triplet_schema_id schema, const char *subject, const char *prefix,
                         bool inherited) {
  lua_State *L = c->L;
  if (lua_type(L, -2) != LUA_TSTRING)
    refuse(c, "options", "%s: expected names as keys, got %s", subject, describe(L, -2));
  const char *name = lua_tostring(L, -2);
  if (inherited && (lua_isfunction(L, -1) || strncmp(name, "__", 2) == 0))
    return;
  if (strlen(name) != lua_rawlen(L, -2))
    refuse(c, "options", "%s: expected names without zero bytes as keys, got one that begins \"%s\"", subject, name);
  if (!triplet_schema_field(c->context, schema, name))
    expect_field(c, TRIPLET_INVALID_ARGUMENT, prefix);
}

/* The same for all that the table at index tells of itself, and the tables that it inherits from. */
static void check_options(const call *c, int index, triplet_schema_id schema, const char *subject, const char *prefix) {
  lua_State *L = c->L;
  lua_pushvalue(L, index);
  for (int chain = 0; chain == 0 || (chain < LONGEST_CHAIN && to_inherited(L)); chain++) {
    if (luaL_getmetafield(L, -1, "__pairs") == LUA_TNIL) {
      for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        check_option(c, schema, subject, prefix, chain > 0);
    } else {
      lua_pop(L, 1);
      push_pairs(L, lua_absindex(L, -1));
      for (; next_pair(L); lua_pop(L, 1))
        check_option(c, schema, subject, prefix, chain > 0);
      lua_pop(L, 2);
    }
  }
  lua_pop(L, 1);
}

void open_options(const call *c, int index, triplet_schema_id schema, const char *prefix) {
  lua_State *L = c->L;
  if (lua_isnoneornil(L, index))
    return;
  index = lua_absindex(L, index);
  const char *subject = *prefix ? lua_pushlstring(L, prefix, strlen(prefix) - 1) : "options";
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, "options", "%s: expected a table, got %s", subject, describe(L, index));
  check_options(c, index, schema, subject, prefix);
  if (!lua_getmetatable(L, index))
    return;
  const triplet_schema *fields = triplet_schema_get(schema);
  lua_createtable(L, 0, (int)fields->count);
  for (size_t i = 0; i < fields->count; i++) {
    lua_getfield(L, index, fields->fields[i].name);
    lua_setfield(L, -2, fields->fields[i].name);
  }
  lua_replace(L, index);
}

given_options set_options(const call *c, int index, triplet_schema_id schema, void *structure, const char *prefix) {
  lua_State *L = c->L;
  given_options given = {.schema = schema, .prefix = prefix};
  if (lua_isnoneornil(L, index)) /* not to ask for each field: this is most of a call on small data */
    return given;
  index = lua_absindex(L, index);
  open_options(c, index, schema, prefix);
  const triplet_schema *fields = triplet_schema_get(schema);
  for (size_t i = 0; i < fields->count; i++) {
    const triplet_field *field = &fields->fields[i];
    const bool value = field->kind == TRIPLET_FIELD_VALUE;
    if (value && !field->belongs)
      continue;
    if (push_option(L, index, field->name)) {
      if (!value)
        read_field(c, schema, field, structure, prefix);
      if (field->belongs)
        given.fields[given.count++] = field;
    }
    lua_pop(L, 1);
  }
  return given;
}

void check_given(const call *c, const given_options *given, const void *structure) {
  for (size_t i = 0; i < given->count; i++) {
    const char *name = given->fields[i]->name;
    expect_field(c, triplet_schema_check_given(c->context, given->schema, structure, name), given->prefix);
  }
}

void read_options(const call *c, int index, triplet_schema_id schema, void *structure, const char *prefix) {
  const given_options given = set_options(c, index, schema, structure, prefix);
  check_given(c, &given, structure);
}

void push_field(lua_State *L, const triplet_field *field, const void *structure) {
  const double value = structure ? triplet_schema_get_number(field, structure) : field->initial;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    lua_pushnumber(L, value);
    break;
  case TRIPLET_FIELD_INTEGER:
    if (value == (double)TRIPLET_NO_LABEL)
      lua_pushnil(L);
    else
      lua_pushinteger(L, (lua_Integer)value);
    break;
  case TRIPLET_FIELD_BOOLEAN:
    lua_pushboolean(L, value != 0);
    break;
  case TRIPLET_FIELD_CHOICE: {
    char choice[TRIPLET_CHOICE_SIZE];
    triplet_choice_name(field->choices, (size_t)value, choice);
    lua_pushstring(L, choice);
    break;
  }
  case TRIPLET_FIELD_VALUE:
    lua_pushnil(L);
  }
}

bool push_option(lua_State *L, int index, const char *name) {
  if (lua_type(L, index) != LUA_TTABLE) {
    lua_pushnil(L);
    return false;
  }
  return lua_getfield(L, index, name) != LUA_TNIL;
}

bool pop_flag(const call *c, const char *name, bool otherwise) {
  const int type = lua_type(c->L, -1);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    refuse(c, "options", "%s: expected a boolean, got %s", name, describe(c->L, -1));
  const bool flag = type == LUA_TNIL ? otherwise : lua_toboolean(c->L, -1);
  lua_pop(c->L, 1);
  return flag;
}

bool read_flag(const call *c, int index, const char *name, bool otherwise) {
  push_option(c->L, index, name);
  return pop_flag(c, name, otherwise);
}

void read_triplet_floats(const call *c, int index, triplet_options *options) {
  if (push_option(c->L, index, "weights"))
    options->weights = read_floats(c, -1, "weights");
  if (push_option(c->L, index, "margins"))
    options->margins = read_floats(c, -1, "margins");
  if (push_option(c->L, index, "grad_output"))
    options->grad_output = read_floats(c, -1, "grad_output");
}

given_references read_rows_or_memory(const call *c, int index, const char *name, size_t cols) {
  given_references given = {.given = true, .cols = cols};
  index = lua_absindex(c->L, index);
  given.memory = use_memory(c, index, name);
  if (given.memory)
    use_references(&given);
  else
    given.core.rows = read_matrix(c, index, name);
  return given;
}

given_references read_references(const call *c, int index, size_t cols, numbering *names, bool with_labels) {
  lua_State *L = c->L;
  if (!push_option(L, index, "references")) {
    static const char *const companions[] = {"reference_labels", "reference_self"};
    for (size_t i = 0; i < 2; i++)
      if (push_option(L, index, companions[i]))
        refuse(c, "options", "%s: expected references beside it, got none", companions[i]);
    return (given_references){0};
  }
  given_references given = read_rows_or_memory(c, -1, "references", cols);
  const bool labels = push_option(L, index, "reference_labels");
  if (given.memory && labels)
    refuse(c, "options", "reference_labels: expected none beside a memory, which holds its own");
  if (!given.memory && (labels || with_labels))
    given.core.labels = read_labels(c, -1, "reference_labels", names);
  given.core.self = read_reference_self(c, index, given.core.rows.rows);
  return given;
}

triplet_ints read_reference_self(const call *c, int options, size_t references) {
  return push_option(c->L, options, "reference_self")
             ? read_ints(c, -1, "reference_self", 0, (lua_Integer)references, -1)
             : (triplet_ints){0};
}

const triplet_references *use_references(given_references *given) {
  if (given->memory) {
    const triplet_references now = memory_rows(given->memory);
    given->core.rows = now.rows;
    given->core.labels = now.labels;
    if (!now.rows.rows) /* before the first push a memory has no width */
      given->core.rows.cols = given->cols;
  }
  return given->given ? &given->core : NULL;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

void push_ints(lua_State *L, triplet_ints list, int shift) {
  lua_createtable(L, list.count < INT32_MAX ? (int)list.count : 0, 0);
  for (size_t i = 0; i < list.count; i++) {
    lua_pushinteger(L, (lua_Integer)list.data[i] + shift);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

bool pop_go_on(lua_State *L) {
  const bool go_on = !lua_isboolean(L, -1) || lua_toboolean(L, -1);
  lua_pop(L, 1);
  return go_on;
}

void push_figure(lua_State *L, double value) {
  if (value == value)
    lua_pushnumber(L, value);
  else
    lua_pushnil(L);
}

void set_text(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text); /* nil for NULL */
  lua_setfield(L, -2, name);
}

void set_figure(lua_State *L, const char *name, double value) {
  push_figure(L, value);
  lua_setfield(L, -2, name);
}

void set_count(lua_State *L, const char *name, uint64_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_setfield(L, -2, name);
}

void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

/* What plays no part is nil, also in a table that had it. */
static void set_count_if(lua_State *L, bool plays, const char *name, uint64_t count) {
  if (plays)
    lua_pushinteger(L, (lua_Integer)count);
  else
    lua_pushnil(L);
  lua_setfield(L, -2, name);
}

static void fill_stats(lua_State *L, const triplet_stats *stats) {
  const bool triplets = stats->loss == TRIPLET_LOSS_TRIPLET, pairs = !triplets;
  set_count(L, "active", stats->active);
  set_count_if(L, triplets, "triplets", stats->triplets);
  set_count_if(L, triplets, "hard", stats->hard);
  set_count_if(L, triplets, "semihard", stats->semihard);
  set_count_if(L, triplets, "easy", stats->easy);
  set_count_if(L, pairs, "pairs", stats->pairs);
  set_count_if(L, pairs, "positive_pairs", stats->positive_pairs);
  set_count_if(L, pairs, "negative_pairs", stats->negative_pairs);
  set_count_if(L, pairs, "active_positive_pairs", stats->active_positive_pairs);
  set_count_if(L, pairs, "active_negative_pairs", stats->active_negative_pairs);
  set_count(L, "anchors_without_positive", stats->anchors_without_positive);
  set_count(L, "anchors_without_negative", stats->anchors_without_negative);
  set_count(L, "nonfinite", stats->nonfinite);
  set_figure(L, "mean_positive_distance", stats->mean_positive_distance);
  set_figure(L, "mean_negative_distance", stats->mean_negative_distance);
  set_flag(L, "collapsed", stats->collapsed);
}

void set_stats(lua_State *L, int table, const triplet_stats *stats) {
  push_option(L, table, "stats");
  if (lua_type(L, -1) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 12);
  }
  fill_stats(L, stats);
  lua_setfield(L, table, "stats");
}

int take_result(const call *c) {
  lua_State *L = c->L;
  if (lua_isnil(L, -1))
    lua_createtable(L, 0, 4);
  else if (lua_type(L, -1) != LUA_TTABLE)
    refuse(c, "options", "out: expected an earlier result, got %s", describe(L, -1));
  return lua_gettop(L);
}

int push_result(const call *c, int options) {
  push_option(c->L, options, "out");
  return take_result(c);
}

triplet_matrix take_output(const call *c, const char *name, size_t rows, size_t cols) {
  const triplet_matrix *earlier = to_matrix(c->L, -1);
  if (!earlier) {
    lua_pop(c->L, 1);
    return push_matrix(c->L, rows, cols);
  }
  if (earlier->rows != rows || earlier->cols != cols)
    refuse(c, "options", "%s: expected %I x %I, got %I x %I", name, (LUAI_UACINT)rows, (LUAI_UACINT)cols,
           (LUAI_UACINT)earlier->rows, (LUAI_UACINT)earlier->cols);
  return *earlier;
}

triplet_matrix push_output(const call *c, int table, const char *key, const char *name, size_t rows, size_t cols) {
  push_option(c->L, table, key);
  return take_output(c, name, rows, cols);
}

bool share_memory(triplet_matrix x, triplet_matrix y) {
  const uintptr_t x_start = (uintptr_t)x.data, y_start = (uintptr_t)y.data;
  const size_t x_size = x.rows * x.cols * sizeof(float), y_size = y.rows * y.cols * sizeof(float);
  return x_size && y_size && x_start < y_start + y_size && y_start < x_start + x_size;
}

void check_apart(const call *c, const named_matrix *outputs, const named_matrix *inputs) {
  for (const named_matrix *output = outputs; output->name; output++) {
    if (!output->matrix.data)
      continue;
    for (const named_matrix *other = outputs; other != output; other++)
      if (share_memory(output->matrix, other->matrix))
        refuse(c, "options", "%s: expected memory of its own, shares %s's", output->name, other->name);
    for (const named_matrix *input = inputs; input->name; input++)
      if (share_memory(output->matrix, input->matrix))
        refuse(c, "options", "%s: expected memory of its own, shares %s's", output->name, input->name);
  }
}
