/* training.c - triplet.trainer: learns, embeds, judges, and becomes bytes and back. */
#include <string.h>

#include "binding.h"

/* User values: the data and labels it learns from (nil in a loaded trainer), to judge by. */
enum { TRAINER_DATA = 1, TRAINER_LABELS };

typedef struct trainer {
  triplet_trainer *core; /* NULL when closed */
} trainer;

/* The labels as kept in a user value. */
typedef struct label_list {
  size_t count;
  int32_t values[];
} label_list;

static triplet_trainer *self_trainer(const call *c) {
  triplet_trainer *core = ((trainer *)self_of(c, TRAINER_TYPE))->core;
  if (!core)
    luaL_error(c->L, "calling '%s' on a closed trainer", c->function);
  return core;
}

static trainer *push_trainer(lua_State *L) {
  trainer *self = lua_newuserdatauv(L, sizeof *self, 2);
  self->core = NULL;
  luaL_setmetatable(L, TRAINER_TYPE);
  return self;
}

/* Keeps the data at `data` and the labels with the trainer at `index`. */
static void keep_data(lua_State *L, int index, int data, triplet_ints labels) {
  lua_pushvalue(L, data);
  lua_setiuservalue(L, index, TRAINER_DATA);
  label_list *kept = lua_newuserdatauv(L, sizeof *kept + labels.count * sizeof *labels.data, 0);
  kept->count = labels.count;
  if (labels.count)
    memcpy(kept->values, labels.data, labels.count * sizeof *labels.data);
  lua_setiuservalue(L, index, TRAINER_LABELS);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void set_names(const call *c, triplet_trainer *core, triplet_name_list list, const char *option) {
  lua_State *L = c->L;
  if (!push_option(L, 1, option))
    return;
  if (lua_type(L, -1) != LUA_TTABLE)
    refuse(c, "options", "%s: expected a table of strings, got %s", option, describe(L, -1));
  const int table = lua_gettop(L);
  const size_t count = lua_rawlen(L, table);
  const char **names = lua_newuserdatauv(L, count * sizeof *names, 0);
  for (size_t i = 0; i < count; i++) {
    if (lua_rawgeti(L, table, (lua_Integer)i + 1) != LUA_TSTRING)
      refuse(c, "options", "%s[%I]: expected a string, got %s", option, (LUAI_UACINT)i + 1, describe(L, -1));
    names[i] = lua_tostring(L, -1); /* the table keeps it alive */
    if (strlen(names[i]) != lua_rawlen(L, -1))
      refuse(c, "options", "%s[%I]: expected a string without zeros, got one", option, (LUAI_UACINT)i + 1);
    lua_pop(L, 1);
  }
  const triplet_status status = triplet_trainer_set_names(c->context, core, list, count, names);
  if (status == TRIPLET_INVALID_ARGUMENT) {
    const triplet_error error = *triplet_context_error(c->context);
    refuse(c, "options", "%s: %s", option, error.message);
  }
  expect(c, status);
}

static int trainer_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "trainer", parameters, 0);
  lua_settop(L, 1);
  triplet_trainer_options options = triplet_trainer_default_options();
  read_options(&c, 1, TRIPLET_SCHEMA_TRAINER, &options, "");
  if (push_option(L, 1, "optimizer"))
    read_optimizer(&c, -1, &options.optimizer, "optimizer.");
  if (push_option(L, 1, "layers"))
    options.layers = read_layers(&c, -1, options.widths);
  trainer *self = push_trainer(L);
  const int index = lua_gettop(L);
  push_option(L, 1, "data");
  const int data = lua_gettop(L);
  const triplet_matrix x = read_matrix(&c, data, "data");
  push_option(L, 1, "labels");
  const triplet_ints labels = read_labels(&c, -1, "labels");
  expect(&c, triplet_trainer_create(c.context, &options, x, labels, &self->core));
  keep_data(L, index, data, labels);
  set_names(&c, self->core, TRIPLET_NAMES_COLUMNS, "columns");
  set_names(&c, self->core, TRIPLET_NAMES_LABELS, "classes");
  lua_settop(L, index);
  return 1;
}

/* triplet.from_bytes(bytes) -> trainer, or nil and a message when the bytes are no model. */
static int trainer_from_bytes(lua_State *L) {
  static const char *const parameters[] = {"bytes", NULL};
  const call c = call_of(L, "from_bytes", parameters, 0);
  lua_settop(L, 1);
  size_t size;
  const uint8_t *bytes = (const uint8_t *)read_text(&c, 1, "bytes", &size);
  trainer *self = push_trainer(L);
  const triplet_status status = triplet_trainer_load(c.context, bytes, size, &self->core);
  if (status == TRIPLET_BAD_MODEL) {
    const triplet_error error = *triplet_context_error(c.context);
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }
  expect(&c, status);
  return 1;
}

static int trainer_attach(lua_State *L) {
  static const char *const parameters[] = {"data", "labels", NULL};
  const call c = call_of(L, "attach", parameters, 1);
  triplet_trainer *core = self_trainer(&c);
  lua_settop(L, 3);
  const triplet_matrix x = read_matrix(&c, 2, "data");
  const triplet_ints labels = read_labels(&c, 3, "labels");
  expect(&c, triplet_trainer_attach(c.context, core, x, labels));
  keep_data(L, 1, 2, labels);
  return 0;
}

static int trainer_close(lua_State *L) {
  trainer *self = luaL_testudata(L, 1, TRAINER_TYPE);
  if (self) {
    triplet_trainer_destroy(self->core);
    self->core = NULL;
  }
  return 0;
}

/* ---- learning ---------------------------------------------------------------------------------------------------- */

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

/* Fills the table at index. */
static void fill_report(lua_State *L, int index, const triplet_step *step) {
  lua_pushvalue(L, index);
  lua_pushinteger(L, (lua_Integer)step->step);
  lua_setfield(L, -2, "step");
  lua_pushinteger(L, (lua_Integer)step->stats.active);
  lua_setfield(L, -2, "active");
  set_number(L, "loss", step->loss);
  set_number(L, "learning_rate", step->learning_rate);
  set_flag(L, "improved", step->improved);
  set_flag(L, "stopped", step->stopped);
  set_flag(L, "collapsed", step->collapsed);
  if (step->validation < 0)
    lua_pushnil(L);
  else
    lua_pushnumber(L, step->validation);
  lua_setfield(L, -2, "validation");
  set_stats(L, index, &step->stats);
  lua_pop(L, 1);
}

/* trainer:step(report): fills the table of an earlier step, when given, so that a loop allocates nothing. */
static int trainer_step(lua_State *L) {
  static const char *const parameters[] = {"report", NULL};
  const call c = call_of(L, "step", parameters, 1);
  triplet_trainer *core = self_trainer(&c);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_createtable(L, 0, 9);
    lua_replace(L, 2);
  } else if (lua_type(L, 2) != LUA_TTABLE) {
    refuse(&c, "report", "report: expected the table of an earlier step, got %s", describe(L, 2));
  }
  triplet_step step;
  expect(&c, triplet_trainer_step(c.context, core, &step));
  fill_report(L, 2, &step);
  return 1;
}

static bool stop_after_one(void *user, const triplet_step *step) {
  (void)user;
  (void)step;
  return false;
}

/* trainer:run(callback): the core runs one step at a time, so that an error of the callback passes no frame of the core
 * and the callback may even close the trainer. */
static int trainer_run(lua_State *L) {
  static const char *const parameters[] = {"callback", NULL};
  const call c = call_of(L, "run", parameters, 1);
  self_trainer(&c);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2) && !lua_isfunction(L, 2))
    refuse(&c, "callback", "callback: expected a function, got %s", describe(L, 2));
  lua_createtable(L, 0, 9);
  triplet_step step = {0};
  bool go_on = true;
  while (go_on && !step.stopped) {
    const triplet_status status = triplet_trainer_run(c.context, self_trainer(&c), stop_after_one, NULL, &step);
    if (status != TRIPLET_CANCELLED)
      expect(&c, status);
    fill_report(L, 3, &step);
    if (status == TRIPLET_CANCELLED && lua_isfunction(L, 2)) {
      lua_pushvalue(L, 2);
      lua_pushvalue(L, 3);
      lua_call(L, 1, 1);
      go_on = !lua_isboolean(L, -1) || lua_toboolean(L, -1);
      lua_pop(L, 1);
    }
  }
  return 1;
}

static int trainer_restore_best(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "restore_best", parameters, 1);
  triplet_trainer_restore_best(self_trainer(&c));
  return 0;
}

/* trainer:set(key, value): from the next step on. */
static int trainer_set(lua_State *L) {
  static const char *const parameters[] = {"key", "value", NULL};
  const call c = call_of(L, "set", parameters, 1);
  triplet_trainer *core = self_trainer(&c);
  lua_settop(L, 3);
  triplet_trainer_options options = *triplet_trainer_get_options(core);
  const triplet_field *field = read_key(&c, TRIPLET_SCHEMA_TRAINER);
  if (strcmp(field->name, "optimizer") == 0)
    read_optimizer(&c, 3, &options.optimizer, "optimizer.");
  else if (field->kind == TRIPLET_FIELD_VALUE)
    refuse(&c, "key", "key: %s cannot change in a living trainer", field->name);
  else
    read_field(&c, TRIPLET_SCHEMA_TRAINER, field, &options, "");
  expect(&c, triplet_trainer_set_options(c.context, core, &options));
  return 0;
}

static int trainer_get(lua_State *L) {
  static const char *const parameters[] = {"key", NULL};
  const call c = call_of(L, "get", parameters, 1);
  const triplet_trainer_options *options = triplet_trainer_get_options(self_trainer(&c));
  const triplet_field *field = read_key(&c, TRIPLET_SCHEMA_TRAINER);
  if (strcmp(field->name, "optimizer") == 0) {
    push_optimizer(L, &options->optimizer);
  } else if (strcmp(field->name, "layers") == 0) {
    lua_createtable(L, (int)options->layers, 0);
    for (size_t i = 0; i < options->layers; i++) {
      lua_pushinteger(L, (lua_Integer)options->widths[i]);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
  } else {
    push_field(L, field, options);
  }
  return 1;
}

/* ---- using what was learned -------------------------------------------------------------------------------------- */

/* The matrix at index, or the trainer's own data for nil. */
static triplet_matrix read_data(const call *c, int index, const char *name) {
  if (lua_isnil(c->L, index)) {
    if (lua_getiuservalue(c->L, 1, TRAINER_DATA) == LUA_TNIL)
      refuse(c, name, "%s: expected a matrix or a table of rows: this trainer has no data of its own", name);
    lua_replace(c->L, index);
  }
  return read_matrix(c, index, name);
}

/* Pushes the embedding of x. A free table has one row for each row of its own data. */
static triplet_matrix push_embedding(const call *c, const triplet_trainer *core, triplet_matrix x) {
  const triplet_matrix embeddings = push_matrix(c->L, x.rows, triplet_trainer_dim(core));
  expect(c, triplet_trainer_embed(c->context, core, x, embeddings));
  return embeddings;
}

static triplet_matrix push_own_or_given(const call *c, const triplet_trainer *core, int index, const char *name) {
  const bool own = lua_isnil(c->L, index);
  if (own && !triplet_trainer_get_options(core)->layers) {
    const triplet_matrix table = {NULL, triplet_trainer_parameters(core).count / triplet_trainer_dim(core), 0};
    return push_embedding(c, core, table);
  }
  return push_embedding(c, core, read_data(c, index, name));
}

static int trainer_embed(lua_State *L) {
  static const char *const parameters[] = {"x", NULL};
  const call c = call_of(L, "embed", parameters, 1);
  const triplet_trainer *core = self_trainer(&c);
  lua_settop(L, 2);
  push_own_or_given(&c, core, 2, "x");
  return 1;
}

/* trainer:evaluate(x, labels, options): of its own data without x. Distances as the trainer's loss takes them. */
static int trainer_evaluate(lua_State *L) {
  static const char *const parameters[] = {"x", "labels", "options", NULL};
  const call c = call_of(L, "evaluate", parameters, 1);
  const triplet_trainer *core = self_trainer(&c);
  lua_settop(L, 4);
  triplet_options options = triplet_trainer_get_options(core)->loss;
  read_options(&c, 4, TRIPLET_SCHEMA_EVALUATE, &options, "");
  triplet_ints labels;
  const bool own = lua_isnil(L, 2);
  const triplet_matrix embeddings = push_own_or_given(&c, core, 2, "x");
  if (own && lua_isnil(L, 3)) {
    lua_getiuservalue(L, 1, TRAINER_LABELS);
    const label_list *kept = lua_touserdata(L, -1);
    if (!kept)
      refuse(&c, "labels", "labels: expected a table of integers: this trainer has no data of its own");
    labels = (triplet_ints){kept->values, kept->count};
  } else {
    labels = read_labels(&c, 3, "labels");
  }
  triplet_references references;
  const bool separate = read_references(&c, 4, triplet_trainer_inputs(core), &references);
  if (separate)
    references.rows = push_embedding(&c, core, references.rows);
  push_evaluation(&c, &options, 4, embeddings, labels, separate ? &references : NULL);
  return 1;
}

static int trainer_tobytes(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "tobytes", parameters, 1);
  const triplet_trainer *core = self_trainer(&c);
  size_t size;
  expect(&c, triplet_trainer_save(c.context, core, NULL, 0, &size));
  luaL_Buffer buffer;
  uint8_t *bytes = (uint8_t *)luaL_buffinitsize(L, &buffer, size);
  expect(&c, triplet_trainer_save(c.context, core, bytes, size, &size));
  luaL_pushresultsize(&buffer, size);
  return 1;
}

static void push_names(lua_State *L, const triplet_trainer *core, triplet_name_list list) {
  const size_t count = triplet_trainer_name_count(core, list);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, triplet_trainer_name(core, list, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static int trainer_fields(lua_State *L) {
  static const char *const names[] = {"steps",      "dim",        "inputs",          "columns", "classes",
                                      "parameters", "last_batch", "validation_rows", NULL};
  const trainer *self = luaL_testudata(L, 1, TRAINER_TYPE);
  const char *key = lua_tostring(L, 2);
  const triplet_trainer *core = self ? self->core : NULL;
  int field = 0;
  while (core && key && names[field] && strcmp(names[field], key) != 0)
    field++;
  switch (core && key ? field : -1) {
  case 0:
    lua_pushinteger(L, (lua_Integer)triplet_trainer_steps_done(core));
    break;
  case 1:
    lua_pushinteger(L, (lua_Integer)triplet_trainer_dim(core));
    break;
  case 2:
    lua_pushinteger(L, (lua_Integer)triplet_trainer_inputs(core));
    break;
  case 3:
    push_names(L, core, TRIPLET_NAMES_COLUMNS);
    break;
  case 4:
    push_names(L, core, TRIPLET_NAMES_LABELS);
    break;
  case 5: {
    const triplet_floats parameters = triplet_trainer_parameters(core);
    const triplet_matrix copy = push_matrix(L, 1, parameters.count);
    if (parameters.count)
      memcpy(copy.data, parameters.data, parameters.count * sizeof(float));
    break;
  }
  case 6:
    push_ints(L, triplet_trainer_last_batch(core), 1);
    break;
  case 7:
    push_ints(L, triplet_trainer_validation_rows(core), 1);
    break;
  default:
    lua_pushnil(L);
  }
  return 1;
}

void open_trainer(lua_State *L) {
  static const luaL_Reg methods[] = {{"attach", trainer_attach},
                                     {"close", trainer_close},
                                     {"embed", trainer_embed},
                                     {"evaluate", trainer_evaluate},
                                     {"get", trainer_get},
                                     {"restore_best", trainer_restore_best},
                                     {"run", trainer_run},
                                     {"set", trainer_set},
                                     {"step", trainer_step},
                                     {"tobytes", trainer_tobytes},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", trainer_close}, {"__close", trainer_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"trainer", trainer_new}, {"from_bytes", trainer_from_bytes}, {NULL, NULL}};
  luaL_newmetatable(L, TRAINER_TYPE);
  set_type(L, "trainer", methods, metamethods, trainer_fields);
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
