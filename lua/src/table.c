/* table.c - triplet.table: the bytes of a file become columns, and a recipe makes them, and those of later files, a
 * matrix. */
#include <string.h>

#include "binding.h"

#define COLUMNS_TYPE "triplet.columns"
#define RECIPE_TYPE "triplet.recipe"

/* What it holds is a triplet_recipe; that of a trainer has the trainer's own holder instead. */
typedef struct recipe {
  closable closing;
  bool of_trainer;
} recipe;

/* User values of a recipe: the columns that it was made of, or its trainer, which it keeps alive. */
enum { RECIPE_SOURCE = HELD + 1 };

static void columns_release(void *core) {
  triplet_table_destroy(core);
}

static void recipe_release(void *core) {
  triplet_recipe_destroy(core);
}

static int columns_close(lua_State *L) {
  if (luaL_testudata(L, 1, COLUMNS_TYPE))
    close_closable(L, 1);
  return 0;
}

static int recipe_close(lua_State *L) {
  recipe *self = luaL_testudata(L, 1, RECIPE_TYPE);
  if (self && self->of_trainer)
    self->closing.held = NULL;
  else if (self)
    close_closable(L, 1);
  return 0;
}

/* ---- using them, until the call ends ----------------------------------------------------------------------------- */

static const triplet_table *use_columns(const call *c, int index) {
  const closable *self = luaL_testudata(c->L, index, COLUMNS_TYPE);
  if (!self)
    refuse(c, "columns", "columns: expected the columns of a table, got %s", describe(c->L, index));
  if (!self->held)
    refuse(c, "columns", "columns: expected open ones, got closed ones");
  return use_closable(c->L, index)->core;
}

/* Whether it is neither closed nor that of a closed trainer. */
static bool is_open(const recipe *self) {
  const holder *held = self->closing.held;
  return held && held->core && !held->closed;
}

static const triplet_recipe *use_open_recipe(lua_State *L, int index) {
  const recipe *self = lua_touserdata(L, index);
  const void *core = use_closable(L, index)->core;
  return self->of_trainer ? triplet_trainer_recipe(core) : core;
}

const triplet_recipe *use_recipe(const call *c, int index, const char *name) {
  const recipe *self = luaL_testudata(c->L, index, RECIPE_TYPE);
  if (!self)
    refuse(c, name, "%s: expected a recipe, got %s", name, describe(c->L, index));
  if (!is_open(self))
    refuse(c, name, "%s: expected an open recipe, got a closed one", name);
  return use_open_recipe(c->L, index);
}

static const triplet_table *self_columns(const call *c) {
  const closable *self = self_of(c, COLUMNS_TYPE);
  if (!self->held)
    luaL_error(c->L, "calling '%s' on closed columns", c->function);
  return use_closable(c->L, 1)->core;
}

static const triplet_recipe *self_recipe(const call *c) {
  if (!is_open(self_of(c, RECIPE_TYPE)))
    luaL_error(c->L, "calling '%s' on a closed recipe", c->function);
  return use_open_recipe(c->L, 1);
}

/* As self_columns and self_recipe, for properties: NULL where they are closed. */
static const triplet_table *seen_columns(lua_State *L, const char *property) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, property, parameters, 1);
  lua_settop(L, 1);
  return ((const closable *)self_of(&c, COLUMNS_TYPE))->held ? use_closable(L, 1)->core : NULL;
}

static const triplet_recipe *seen_recipe(lua_State *L, const char *property) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, property, parameters, 1);
  lua_settop(L, 1);
  return is_open(self_of(&c, RECIPE_TYPE)) ? use_open_recipe(L, 1) : NULL;
}

void push_recipe_of_trainer(lua_State *L, int trainer, int held) {
  recipe *self = lua_newuserdatauv(L, sizeof *self, RECIPE_SOURCE);
  *self = (recipe){.closing = {lua_touserdata(L, held)}, .of_trainer = true};
  lua_pushvalue(L, held);
  lua_setiuservalue(L, -2, HELD);
  lua_pushvalue(L, trainer);
  lua_setiuservalue(L, -2, RECIPE_SOURCE);
  luaL_setmetatable(L, RECIPE_TYPE);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The option label: a name, or the number of a column as text. */
static const char *read_label_option(const call *c, int options) {
  lua_State *L = c->L;
  if (!push_option(L, options, "label"))
    return NULL;
  if (lua_type(L, -1) != LUA_TNUMBER && lua_type(L, -1) != LUA_TSTRING)
    refuse(c, "options", "label: expected a string or an integer, got %s", describe(L, -1));
  if (lua_type(L, -1) == LUA_TNUMBER)
    return lua_pushfstring(L, "%I", (LUAI_UACINT)read_integer(c, -1, "label", 1, LUA_MAXINTEGER));
  return read_text(c, -1, "label");
}

/* An option that is a list of texts, or one text. */
static triplet_texts read_text_list(const call *c, int options, const char *name) {
  lua_State *L = c->L;
  if (!push_option(L, options, name))
    return (triplet_texts){NULL, 0};
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char **text = push_array(L, 1, sizeof *text);
    *text = read_text(c, -2, name);
    return (triplet_texts){text, 1};
  }
  size_t count;
  const char **texts = read_texts(c, -1, name, &count);
  return (triplet_texts){texts, count};
}

static triplet_table_options read_table_options(const call *c, int index) {
  triplet_table_options options = triplet_table_default_options();
  read_options(c, index, TRIPLET_SCHEMA_TABLE, &options, "");
  options.label = read_label_option(c, index);
  options.keep = read_text_list(c, index, "keep");
  options.ignore = read_text_list(c, index, "ignore");
  options.categories = read_text_list(c, index, "categories");
  options.missing_texts = read_text_list(c, index, "missing_texts");
  if (push_option(c->L, index, "comment"))
    options.comment = read_text(c, -1, "comment");
  if (push_option(c->L, index, "recipe"))
    options.recipe = use_recipe(c, -1, "recipe");
  return options;
}

/* Pushes a recipe of the columns at index. */
static void push_recipe_of_columns(const call *c, int index, const triplet_table *table) {
  recipe *self = push_closable(c->L, sizeof *self, 1, RECIPE_TYPE, recipe_release);
  self->of_trainer = false;
  lua_pushvalue(c->L, index);
  lua_setiuservalue(c->L, -2, RECIPE_SOURCE);
  triplet_recipe *core;
  expect(c, triplet_recipe_create(use_context(c), table, &core));
  self->closing.held->core = core;
}

/* triplet.table.read(bytes, options) -> columns and their recipe, or for a recipe that is given columns alone; nil and
 * a message when the bytes are at fault. */
static int table_read(lua_State *L) {
  static const char *const parameters[] = {"bytes", "options", NULL};
  const call c = call_of(L, "read", parameters, 0);
  lua_settop(L, 2);
  size_t size;
  const char *bytes = read_source(&c, 1, "bytes", &size);
  const triplet_table_options options = read_table_options(&c, 2);
  const closable *columns = push_closable(L, sizeof *columns, 0, COLUMNS_TYPE, columns_release);
  holder *held = columns->held;
  const int index = lua_gettop(L);

  progress watched = read_progress(&c, 2);
  triplet_table *core;
  const triplet_status status = triplet_table_read(begin_progress(&watched), &options, bytes, size, &core);
  const triplet_error error = *triplet_context_error(c.context);
  if (!end_progress(&watched, status == TRIPLET_BAD_TABLE ? TRIPLET_OK : status))
    return 2;
  if (status == TRIPLET_BAD_TABLE) {
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }

  held->core = core;
  lua_pushvalue(L, index);
  if (options.recipe)
    return 1;
  push_recipe_of_columns(&c, index, core);
  return 2;
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* Pushes an empty list for so many entries. */
static void push_list(lua_State *L, size_t count) {
  lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
}

static void push_text_list(lua_State *L, triplet_texts texts) {
  push_list(L, texts.count);
  for (size_t i = 0; i < texts.count; i++) {
    lua_pushstring(L, texts.items[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void set_text_list(lua_State *L, const char *name, triplet_texts texts) {
  push_text_list(L, texts);
  lua_setfield(L, -2, name);
}

static const char *const kinds[] = {"number", "category", "text"};

static int columns_rows(lua_State *L) {
  const triplet_table *core = seen_columns(L, "rows");
  if (core)
    lua_pushinteger(L, (lua_Integer)triplet_table_rows(core));
  return core != NULL;
}

static int columns_held(lua_State *L) {
  const triplet_table *core = seen_columns(L, "held");
  if (!core)
    return 0;
  const triplet_ints held = triplet_table_held(core);
  const size_t count = held.data ? held.count : triplet_table_rows(core);
  push_list(L, count);
  for (size_t i = 0; i < count; i++) {
    lua_pushinteger(L, (held.data ? held.data[i] : (lua_Integer)i) + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int columns_columns(lua_State *L) {
  static const char *const uses[] = {"input", "label", "left_out"};
  const triplet_table *core = seen_columns(L, "columns");
  if (!core)
    return 0;
  const size_t count = triplet_table_columns(core);
  push_list(L, count);
  for (size_t i = 0; i < count; i++) {
    const triplet_column column = triplet_table_column(core, i);
    lua_createtable(L, 0, 5);
    set_text(L, "name", column.name);
    set_text(L, "kind", kinds[column.kind]);
    set_text(L, "use", uses[column.use]);
    set_count(L, "missing", column.missing);
    if (column.codes)
      set_text_list(L, "values", column.values);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* The column of labels; false: there is none. */
static bool find_label(const triplet_table *core, triplet_column *label) {
  const bool found = core && triplet_table_label(core) < triplet_table_columns(core);
  if (found)
    *label = triplet_table_column(core, triplet_table_label(core));
  return found;
}

static int columns_label(lua_State *L) {
  triplet_column label;
  const bool found = find_label(seen_columns(L, "label"), &label);
  if (found)
    lua_pushstring(L, label.name);
  return found;
}

/* As others take them: a row that has none has an empty list. */
static int columns_labels(lua_State *L) {
  const triplet_table *core = seen_columns(L, "labels");
  triplet_column label;
  if (!find_label(core, &label))
    return 0;
  const size_t rows = triplet_table_rows(core);
  push_list(L, rows);
  for (size_t i = 0; i < rows; i++) {
    if (label.codes[i] < 0)
      lua_newtable(L);
    else
      lua_pushinteger(L, label.codes[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int columns_classes(lua_State *L) {
  triplet_column label;
  const bool found = find_label(seen_columns(L, "classes"), &label);
  if (found)
    push_text_list(L, label.values);
  return found;
}

static int columns_notes(lua_State *L) {
  const triplet_table *core = seen_columns(L, "notes");
  if (!core)
    return 0;
  const size_t count = triplet_table_notes(core);
  push_list(L, count);
  for (size_t i = 0; i < count; i++) {
    const triplet_note note = triplet_table_note(core, i);
    lua_createtable(L, 0, 5);
    set_text(L, "text", note.text);
    set_text(L, "reason", note.reason);
    set_text(L, "option", note.option);
    set_text(L, "value", note.value);
    set_flag(L, "warning", note.warning);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int columns_row_numbers(lua_State *L) {
  const triplet_table *core = seen_columns(L, "row_numbers");
  if (!core)
    return 0;
  const size_t rows = triplet_table_rows(core);
  push_list(L, rows);
  for (size_t i = 0; i < rows; i++) {
    lua_pushinteger(L, (lua_Integer)triplet_table_row(core, i) + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* The column that the argument names. */
static triplet_column read_column(const call *c, const triplet_table *core) {
  const char *name = read_text(c, 2, "name");
  for (size_t i = 0; i < triplet_table_columns(core); i++) {
    const triplet_column column = triplet_table_column(core, i);
    if (strcmp(column.name, name) == 0)
      return column;
  }
  refuse(c, "name", "name: expected a column of the table, got %s", describe(c->L, 2));
}

/* How many rows of a column there are: of many ranks each may hold some, but for the label. */
static size_t rows_of(const triplet_table *core, const triplet_column *column) {
  const triplet_ints held = triplet_table_held(core);
  return held.data && column->use != TRIPLET_COLUMN_LABEL ? held.count : triplet_table_rows(core);
}

static int columns_numbers(lua_State *L) {
  static const char *const parameters[] = {"name", NULL};
  const call c = call_of(L, "numbers", parameters, 1);
  lua_settop(L, 2);
  const triplet_table *core = self_columns(&c);
  const triplet_column column = read_column(&c, core);
  if (!column.numbers)
    refuse(&c, "name", "name: expected a column of numbers, got %s, which has texts", describe(L, 2));
  const size_t rows = rows_of(core, &column);
  push_list(L, rows);
  for (size_t i = 0; i < rows; i++) {
    push_figure(L, column.numbers[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int columns_texts(lua_State *L) {
  static const char *const parameters[] = {"name", NULL};
  const call c = call_of(L, "texts", parameters, 1);
  lua_settop(L, 2);
  const triplet_table *core = self_columns(&c);
  const triplet_column column = read_column(&c, core);
  if (!column.codes)
    refuse(&c, "name", "name: expected a column of texts, got %s, which has %s", describe(L, 2),
           column.numbers ? "numbers" : "been left out");
  push_text_list(L, column.values);
  const int values = lua_gettop(L);
  const size_t rows = rows_of(core, &column);
  push_list(L, rows);
  for (size_t i = 0; i < rows; i++) {
    lua_rawgeti(L, values, (lua_Integer)column.codes[i] + 1); /* nil before the first */
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ---- recipes ----------------------------------------------------------------------------------------------------- */

/* Rows of the table, none given: all. */
static triplet_ints read_rows(const call *c, int index, const triplet_table *table) {
  if (lua_isnil(c->L, index))
    return (triplet_ints){NULL, 0};
  return read_ints(c, index, "rows", 1, (lua_Integer)triplet_table_rows(table), -1);
}

/* recipe:fit(rows): of the columns that it was made of. */
static int recipe_fit(lua_State *L) {
  static const char *const parameters[] = {"rows", NULL};
  const call c = call_of(L, "fit", parameters, 1);
  lua_settop(L, 2);
  self_recipe(&c);
  const recipe *self = lua_touserdata(L, 1);
  if (self->of_trainer)
    luaL_error(L, "calling 'fit' on the recipe of a trainer, which learned with it as it is");
  triplet_recipe *core = self->closing.held->core;
  lua_getiuservalue(L, 1, RECIPE_SOURCE);
  if (!((const closable *)lua_touserdata(L, -1))->held)
    luaL_error(L, "calling 'fit' on a recipe whose columns are closed");
  const triplet_table *table = use_columns(&c, -1);
  const triplet_ints rows = read_rows(&c, 2, table);
  expect(&c, triplet_recipe_fit(use_context(&c), core, table, rows));
  return 0;
}

/* recipe:matrix(columns, rows): also of columns that were read for it. */
static int recipe_matrix(lua_State *L) {
  static const char *const parameters[] = {"columns", "rows", NULL};
  const call c = call_of(L, "matrix", parameters, 1);
  lua_settop(L, 3);
  const triplet_recipe *core = self_recipe(&c);
  const triplet_table *table = use_columns(&c, 2);
  const triplet_ints rows = read_rows(&c, 3, table);
  const triplet_ints held = triplet_table_held(table), chosen = rows.data ? rows : held;
  const triplet_matrix x =
      push_matrix(L, chosen.data ? chosen.count : triplet_table_rows(table), triplet_recipe_inputs(core));
  const triplet_status status = triplet_recipe_matrix(use_context(&c), core, table, rows, x);
  const triplet_error error = *triplet_context_error(c.context);
  if (status != TRIPLET_OK && error.argument && strcmp(error.argument, "table") == 0)
    refuse(&c, "columns", "columns: %s", error.message);
  expect(&c, status);
  return 1;
}

static int recipe_inputs(lua_State *L) {
  const triplet_recipe *core = seen_recipe(L, "inputs");
  if (!core)
    return 0;
  const size_t count = triplet_recipe_inputs(core);
  push_list(L, count);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, triplet_recipe_input(core, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int recipe_columns(lua_State *L) {
  const triplet_recipe *core = seen_recipe(L, "columns");
  if (!core)
    return 0;
  const size_t count = triplet_recipe_columns(core);
  push_list(L, count);
  for (size_t i = 0; i < count; i++) {
    const triplet_recipe_column column = triplet_recipe_column_at(core, i);
    lua_createtable(L, 0, 5);
    set_text(L, "name", column.name);
    set_text(L, "kind", kinds[column.kind]);
    if (column.kind == TRIPLET_COLUMN_NUMBER) {
      set_figure(L, "mean", column.mean);
      set_figure(L, "deviation", column.deviation);
      set_figure(L, "fill", column.fill);
    } else {
      set_text_list(L, "values", column.values);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int recipe_label(lua_State *L) {
  const triplet_recipe *core = seen_recipe(L, "label");
  if (core)
    lua_pushstring(L, triplet_recipe_label(core)); /* nil for NULL */
  return core != NULL;
}

void open_table(lua_State *L) {
  static const luaL_Reg columns_methods[] = {
      {"close", columns_close}, {"numbers", columns_numbers}, {"texts", columns_texts}, {NULL, NULL}};
  static const luaL_Reg columns_properties[] = {
      {"classes", columns_classes}, {"columns", columns_columns},         {"held", columns_held},
      {"label", columns_label},     {"labels", columns_labels},           {"notes", columns_notes},
      {"rows", columns_rows},       {"row_numbers", columns_row_numbers}, {NULL, NULL}};
  static const luaL_Reg columns_metamethods[] = {{"__gc", columns_close}, {"__close", columns_close}, {NULL, NULL}};
  static const luaL_Reg recipe_methods[] = {{"fit", recipe_fit}, {"matrix", recipe_matrix}, {NULL, NULL}};
  static const luaL_Reg recipe_properties[] = {
      {"columns", recipe_columns}, {"inputs", recipe_inputs}, {"label", recipe_label}, {NULL, NULL}};
  static const luaL_Reg recipe_metamethods[] = {{"__gc", recipe_close}, {"__close", recipe_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"read", table_read}, {NULL, NULL}};
  luaL_newmetatable(L, COLUMNS_TYPE);
  set_type(L, &(const type_description){"columns", .methods = columns_methods, .properties = columns_properties,
                                        .metamethods = columns_metamethods});
  luaL_newmetatable(L, RECIPE_TYPE);
  set_type(L, &(const type_description){"recipe", .methods = recipe_methods, .properties = recipe_properties,
                                        .metamethods = recipe_metamethods});
  lua_newtable(L);
  set_functions(L, functions);
  lua_setfield(L, OPEN_MODULE, "table");
}
