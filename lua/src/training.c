/* training.c - triplet.trainer: learns, embeds, evaluates, and becomes bytes and back. */
#include <math.h>
#include <string.h>

#include "binding.h"

/* User values: the data and labels it learns from, which embed and evaluate take when none are given, and of pairs the
 * references. A loaded trainer has nil. */
enum { TRAINER_DATA = HELD + 1, TRAINER_LABELS, TRAINER_REFERENCES };

triplet_trainer *self_trainer(const call *c) {
  const closable *self = self_of(c, TRAINER_TYPE);
  if (!self->held)
    luaL_error(c->L, "calling '%s' on a closed trainer", c->function);
  return use_closable(c->L, 1)->core;
}

static void trainer_release(void *core) {
  triplet_trainer_destroy(core);
}

/* Pushes a trainer; what it is to hold is put there. */
static holder *push_trainer(lua_State *L) {
  const closable *self = push_closable(L, sizeof *self, 3, TRAINER_TYPE, trainer_release);
  return self->held;
}

/* What a trainer learns from: rows with labels, or pairs of rows, which need none. Where data and references are on the
 * stack; references 0: there are none. */
typedef struct training_rows {
  int data, references;
  const triplet_shard *shard; /* NULL: x are all of them */
  triplet_matrix x, y;
  triplet_labels labels;
} training_rows;

/* Of the values there, of which references may be nil. */
static training_rows read_training_rows(const call *c, int data, int labels, int references, numbering *names) {
  training_rows rows = {.data = data, .shard = to_shard(c->L, data)};
  if (!rows.shard)
    rows.x = read_matrix(c, data, "data");
  if (!lua_isnil(c->L, references)) {
    if (rows.shard)
      refuse(c, "data", "data: expected a matrix or a table of rows beside references, got a shard");
    rows.references = references;
    rows.y = read_matrix(c, references, "references");
  }
  if (!rows.references || !lua_isnil(c->L, labels))
    rows.labels = read_labels(c, labels, "labels", names);
  return rows;
}

static triplet_training_pairs pairs_of(const training_rows *rows) {
  return (triplet_training_pairs){rows->x, rows->y, rows->labels};
}

/* Pushes a copy of the labels. Pairs without have one each. */
static void keep_labels(lua_State *L, const training_rows *rows) {
  if (labelled_rows(rows->labels) || !rows->references) {
    fill_label_list(push_label_list(L, rows->labels), rows->labels);
    return;
  }
  label_list *list = push_label_list(L, triplet_labels_of(NULL, rows->x.rows));
  for (size_t i = 0; i < rows->x.rows; i++)
    list->values[i] = (int32_t)i;
  list->integers = rows->x.rows;
}

/* Keeps them, and the list of labels on top, which is popped, with the trainer at `index`. */
static void keep_training_rows(lua_State *L, int index, const training_rows *rows) {
  lua_setiuservalue(L, index, TRAINER_LABELS);
  lua_pushvalue(L, rows->data);
  lua_setiuservalue(L, index, TRAINER_DATA);
  if (rows->references)
    lua_pushvalue(L, rows->references);
  else
    lua_pushnil(L);
  lua_setiuservalue(L, index, TRAINER_REFERENCES);
}

/* As expect, by what the queries of pairs are called here. */
static void expect_rows(const call *c, triplet_status status) {
  const char *argument = status == TRIPLET_OK ? NULL : triplet_context_error(c->context)->argument;
  if (argument && strcmp(argument, "queries") == 0) {
    const triplet_error error = *triplet_context_error(c->context);
    refuse(c, "data", "data: %s", error.message);
  }
  expect(c, status);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

void set_names(const call *c, triplet_trainer *core, triplet_name_list list, const char *option, triplet_texts names) {
  const triplet_status status = triplet_trainer_set_names(use_context(c), core, list, names.count, names.items);
  if (status == TRIPLET_INVALID_ARGUMENT) {
    const triplet_error error = *triplet_context_error(c->context);
    refuse(c, option, "%s: %s", option, error.message);
  }
  expect(c, status);
}

void know_classes(const call *c, const numbering *names, const triplet_trainer *core) {
  for (size_t i = 0; i < triplet_trainer_name_count(core, TRIPLET_NAMES_LABELS); i++)
    know_text(c, names, triplet_trainer_name(core, TRIPLET_NAMES_LABELS, i));
}

class_names begin_class_names(const call *c, const triplet_trainer *core) {
  class_names classes = {.names = begin_numbering(c), .known = triplet_trainer_name_count(core, TRIPLET_NAMES_LABELS)};
  know_classes(c, &classes.names, core);
  return classes;
}

void add_class_names(const call *c, triplet_trainer *core, class_names *classes) {
  if (!adds_texts(c, &classes->names))
    return;
  size_t count;
  classes->all = push_texts(c, &classes->names, &count);
  set_names(c, core, TRIPLET_NAMES_LABELS, "labels", (triplet_texts){classes->all, count});
}

void take_back_class_names(triplet_trainer *core, const class_names *classes) {
  if (classes->all)
    triplet_trainer_set_names(NULL, core, TRIPLET_NAMES_LABELS, classes->known, classes->all);
}

static int trainer_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "trainer", parameters, 0);
  lua_settop(L, 1);
  triplet_trainer_options options = triplet_trainer_default_options();
  const given_options given = set_options(&c, 1, TRIPLET_SCHEMA_TRAINER, &options, "");
  if (push_option(L, 1, "optimizer")) {
    const given_options given_optimizer = set_optimizer(&c, -1, &options.optimizer, "optimizer.");
    check_given(&c, &given_optimizer, &options.optimizer);
  }
  if (push_option(L, 1, "layers"))
    options.layers = read_layers(&c, -1, options.widths);
  check_given(&c, &given, &options);
  const triplet_recipe *recipe = push_option(L, 1, "recipe") ? use_recipe(&c, -1, "recipe") : NULL;

  /* What holds the core's trainer comes before that is made: whatever is raised afterwards, nothing is lost. */
  holder *held = push_trainer(L);
  const int index = lua_gettop(L);
  push_option(L, 1, "data");
  push_option(L, 1, "labels");
  push_option(L, 1, "references");
  numbering names = begin_numbering(&c);
  size_t column_count = 0, class_count = 0;
  const char **columns = push_option(L, 1, "columns") ? read_texts(&c, -1, "columns", &column_count) : NULL;
  const char **classes = push_option(L, 1, "classes") ? read_texts(&c, -1, "classes", &class_count) : NULL;
  for (size_t i = 0; i < class_count; i++)
    know_text(&c, &names, classes[i]);
  const training_rows rows = read_training_rows(&c, index + 1, index + 2, index + 3, &names);
  if (!rows.references && options.adapt != TRIPLET_ADAPT_BOTH)
    refuse(&c, "options", "adapt: expected references beside it, got none");
  const triplet_training_pairs pairs = pairs_of(&rows);
  const bool named = adds_texts(&c, &names);
  classes = push_texts(&c, &names, &class_count);
  triplet_trainer *core;
  expect_rows(&c, rows.references ? triplet_trainer_create_pairs(use_context(&c), &options, &pairs, &core)
                  : rows.shard ? triplet_trainer_create_shard(use_context(&c), &options, rows.shard, rows.labels, &core)
                               : triplet_trainer_create(use_context(&c), &options, rows.x, rows.labels, &core));
  held->core = core;

  keep_labels(L, &rows);
  keep_training_rows(L, index, &rows);
  if (columns)
    set_names(&c, core, TRIPLET_NAMES_COLUMNS, "columns", (triplet_texts){columns, column_count});
  set_names(&c, core, TRIPLET_NAMES_LABELS, named ? "labels" : "classes", (triplet_texts){classes, class_count});
  expect(&c, triplet_trainer_set_recipe(use_context(&c), core, recipe));
  lua_settop(L, index);
  return 1;
}

triplet_status push_loaded_trainer(const call *c, const uint8_t *bytes, size_t size) {
  holder *held = push_trainer(c->L);
  triplet_trainer *core = NULL;
  const triplet_status status = triplet_trainer_load(use_context(c), bytes, size, &core);
  held->core = core;
  return status;
}

/* trainer:attach(data, labels, references) */
static int trainer_attach(lua_State *L) {
  static const char *const parameters[] = {"data", "labels", "references", NULL};
  const call c = call_of(L, "attach", parameters, 1);
  lua_settop(L, 4);
  triplet_trainer *core = self_trainer(&c);
  class_names classes = begin_class_names(&c, core);
  const training_rows rows = read_training_rows(&c, 2, 3, 4, &classes.names);
  const triplet_training_pairs pairs = pairs_of(&rows);
  keep_labels(L, &rows);
  add_class_names(&c, core, &classes);
  const triplet_status status = rows.references ? triplet_trainer_attach_pairs(use_context(&c), core, &pairs)
                                : rows.shard
                                    ? triplet_trainer_attach_shard(use_context(&c), core, rows.shard, rows.labels)
                                    : triplet_trainer_attach(use_context(&c), core, rows.x, rows.labels);
  if (status != TRIPLET_OK)
    take_back_class_names(core, &classes);
  expect_rows(&c, status);
  keep_training_rows(L, 1, &rows);
  return 0;
}

static int trainer_close(lua_State *L) {
  if (luaL_testudata(L, 1, TRAINER_TYPE))
    close_closable(L, 1);
  return 0;
}

/* ---- learning ---------------------------------------------------------------------------------------------------- */

/* Fills the table at index. */
static void fill_report(lua_State *L, int index, const triplet_step *step) {
  lua_pushvalue(L, index);
  set_count(L, "step", step->step);
  set_count(L, "active", step->stats.active);
  set_figure(L, "loss", step->loss);
  set_figure(L, "learning_rate", step->learning_rate);
  set_flag(L, "improved", step->improved);
  set_flag(L, "stopped", step->stopped);
  set_flag(L, "collapsed", step->collapsed);
  set_figure(L, "validation", step->validation < 0 ? (double)NAN : step->validation); /* -1: there is none yet */
  set_stats(L, index, &step->stats);
  lua_pop(L, 1);
}

/* trainer:step(report, progress): fills the table of an earlier step, when given, so that a loop allocates nothing. */
static int trainer_step(lua_State *L) {
  static const char *const parameters[] = {"report", "progress", NULL};
  const call c = call_of(L, "step", parameters, 1);
  lua_settop(L, 3);
  triplet_trainer *core = self_trainer(&c);
  progress watched = take_progress(&c, 3);
  if (lua_isnil(L, 2)) {
    lua_createtable(L, 0, 9);
    lua_replace(L, 2);
  } else if (lua_type(L, 2) != LUA_TTABLE) {
    refuse(&c, "report", "report: expected the table of an earlier step, got %s", describe(L, 2));
  }
  triplet_step step;
  const triplet_status status = triplet_trainer_step(begin_progress(&watched), core, &step);
  if (!end_progress(&watched, status))
    return 2;
  fill_report(L, 2, &step);
  lua_pushvalue(L, 2);
  return 1;
}

static bool stop_after_one(void *user, const triplet_step *step) {
  (void)user;
  (void)step;
  return false;
}

/* Whether the callback at 2 lets the run go on after the step that the report at this index tells of. */
static bool call_back(lua_State *L, int report) {
  const closable *self = lua_touserdata(L, 1);
  const bool open = self->held;
  lua_pushvalue(L, 2);
  lua_pushvalue(L, report);
  lua_call(L, 1, 1);
  const bool go_on = pop_go_on(L);
  if (go_on && open && !self->held)
    luaL_error(L, "calling 'run' on a closed trainer");
  return go_on;
}

/* trainer:run(callback): the core runs one step at a time, so that an error of the callback passes no frame of the
 * core. */
static int trainer_run(lua_State *L) {
  static const char *const parameters[] = {"callback", NULL};
  const call c = call_of(L, "run", parameters, 1);
  lua_settop(L, 2);
  triplet_trainer *core = self_trainer(&c);
  if (!lua_isnil(L, 2) && !lua_isfunction(L, 2))
    refuse(&c, "callback", "callback: expected a function, got %s", describe(L, 2));

  lua_createtable(L, 0, 9);
  const int report = lua_gettop(L);
  triplet_step step = {0};
  bool go_on = true;
  while (go_on && !step.stopped) {
    const triplet_status status = triplet_trainer_run(use_context(&c), core, stop_after_one, NULL, &step);
    if (status != TRIPLET_CANCELLED)
      expect(&c, status);
    fill_report(L, report, &step);
    if (status == TRIPLET_CANCELLED && lua_isfunction(L, 2))
      go_on = call_back(L, report);
  }
  return 1;
}

/* trainer:last_triplets(): those of the last step. A step that runs while room for them is made may change them. */
static int trainer_last_triplets(lua_State *L) {
  static const char *const parameters[] = {NULL};
  static const char *const names[] = {"anchors", "positives", "negatives"};
  const call c = call_of(L, "last_triplets", parameters, 1);
  lua_settop(L, 1);
  const triplet_trainer *core = self_trainer(&c);

  triplet_triplets last = {0};
  size_t room = 0;
  int32_t *rows = NULL;
  for (;;) {
    expect(&c, triplet_trainer_last_triplets(use_context(&c), core, &last));
    if (last.count <= room)
      break;
    room = last.count;
    rows = push_array(L, room, 3 * sizeof *rows);
  }
  if (last.count) {
    last = (triplet_triplets){rows, rows + room, rows + 2 * room, room, 0};
    expect(&c, triplet_trainer_last_triplets(use_context(&c), core, &last));
  }

  lua_createtable(L, 0, 3);
  for (size_t i = 0; i < 3; i++) {
    push_ints(L, (triplet_ints){rows + i * room, last.count}, 1);
    lua_setfield(L, -2, names[i]);
  }
  return 1;
}

static int trainer_restore_best(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "restore_best", parameters, 1);
  lua_settop(L, 1);
  use_context(&c); /* not in the middle of a step */
  triplet_trainer_restore_best(self_trainer(&c));
  return 0;
}

/* trainer:set(key, value): from the next step on. */
static int trainer_set(lua_State *L) {
  static const char *const parameters[] = {"key", "value", NULL};
  const call c = call_of(L, "set", parameters, 1);
  lua_settop(L, 3);
  triplet_trainer *core = self_trainer(&c);
  triplet_trainer_options options = *triplet_trainer_get_options(core);
  const triplet_field *field = read_key(&c, TRIPLET_SCHEMA_TRAINER);
  if (strcmp(field->name, "optimizer") == 0) {
    triplet_optimizer optimizer = options.optimizer;
    set_optimizer(&c, 3, &optimizer, "optimizer.");
    options = *triplet_trainer_get_options(core); /* which a metamethod may have set meanwhile */
    options.optimizer = optimizer;
  } else if (field->kind == TRIPLET_FIELD_VALUE) {
    refuse(&c, "key", "key: %s cannot change in a living trainer", field->name);
  } else {
    lua_pushvalue(L, 3);
    read_field(&c, TRIPLET_SCHEMA_TRAINER, field, &options, "");
  }
  expect(&c, triplet_trainer_set_options(use_context(&c), core, &options));
  return 0;
}

static int trainer_get(lua_State *L) {
  static const char *const parameters[] = {"key", NULL};
  const call c = call_of(L, "get", parameters, 1);
  lua_settop(L, 2);
  const triplet_trainer_options options = *triplet_trainer_get_options(self_trainer(&c));
  const triplet_field *field = read_key(&c, TRIPLET_SCHEMA_TRAINER);
  if (strcmp(field->name, "optimizer") == 0) {
    push_optimizer(L, &options.optimizer);
  } else if (strcmp(field->name, "layers") == 0) {
    lua_createtable(L, (int)options.layers, 0);
    for (size_t i = 0; i < options.layers; i++) {
      lua_pushinteger(L, (lua_Integer)options.widths[i]);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
  } else {
    push_field(L, field, &options);
  }
  return 1;
}

/* ---- using what was learned -------------------------------------------------------------------------------------- */

/* What is embedded: rows, or those of a shard. */
typedef struct embedded_rows {
  triplet_matrix x;
  const triplet_shard *shard; /* NULL: there is none */
} embedded_rows;

/* Those at index, or for nil the trainer's own data, put there; of a free table, which has none, their number. */
static embedded_rows read_own_or_given_rows(const call *c, const triplet_trainer *core, int index, const char *name) {
  const bool own = lua_isnil(c->L, index);
  if (own && !triplet_trainer_get_options(core)->layers)
    return (embedded_rows){{NULL, triplet_trainer_parameters(core).count / triplet_trainer_dim(core), 0}, NULL};
  if (own) {
    if (lua_getiuservalue(c->L, 1, TRAINER_DATA) == LUA_TNIL)
      refuse(c, name, "%s: expected a matrix or a table of rows: this trainer has no data of its own", name);
    lua_replace(c->L, index);
  }
  const triplet_shard *shard = to_shard(c->L, index);
  return shard ? (embedded_rows){.shard = shard} : (embedded_rows){read_matrix(c, index, name), NULL};
}

/* Pushes room for their embedding. */
static triplet_matrix push_embedding(const call *c, const triplet_trainer *core, const embedded_rows *rows) {
  return push_matrix(c->L, rows->shard ? rows->shard->rows : rows->x.rows, triplet_trainer_dim(core));
}

static triplet_status embed_rows(triplet_context *context, const triplet_trainer *core, const embedded_rows *rows,
                                 triplet_matrix embeddings) {
  return rows->shard ? triplet_trainer_embed_shard(context, core, rows->shard, embeddings)
                     : triplet_trainer_embed(context, core, rows->x, embeddings);
}

/* trainer:embed(x, progress) */
static int trainer_embed(lua_State *L) {
  static const char *const parameters[] = {"x", "progress", NULL};
  const call c = call_of(L, "embed", parameters, 1);
  lua_settop(L, 3);
  const triplet_trainer *core = self_trainer(&c);
  const embedded_rows rows = read_own_or_given_rows(&c, core, 2, "x");
  progress watched = take_progress(&c, 3);
  const triplet_matrix embeddings = push_embedding(&c, core, &rows);
  const triplet_status status = embed_rows(begin_progress(&watched), core, &rows, embeddings);
  return end_progress(&watched, status) ? 1 : 2;
}

/* The labels at index, or for nil of the trainer's own data. */
static triplet_labels read_own_or_given_labels(const call *c, int index, bool own, numbering *names) {
  if (!own || !lua_isnil(c->L, index))
    return read_labels(c, index, "labels", names);
  if (names->texts)
    refuse(c, "labels", "labels: expected a table of labels beside a memory that has texts, got nil");
  lua_getiuservalue(c->L, 1, TRAINER_LABELS);
  const label_list *kept = lua_touserdata(c->L, -1);
  if (!kept)
    refuse(c, "labels", "labels: expected a table of labels: this trainer has no data of its own");
  return labels_in(kept);
}

/* Of own pairs, where no others are given, the references; they have the labels of the queries. */
static given_references read_own_or_given_references(const call *c, const triplet_trainer *core, bool own,
                                                     triplet_labels labels, numbering *names) {
  lua_State *L = c->L;
  const bool related = labels.relations.data;
  if (own && !push_option(L, 4, "references") && lua_getiuservalue(L, 1, TRAINER_REFERENCES) != LUA_TNIL) {
    given_references references = {.given = true, .core.rows = read_matrix(c, -1, "references")};
    if (!related)
      references.core.labels = labels;
    return references;
  }
  return read_references(c, 4, triplet_trainer_inputs(core), names, !related);
}

/* Embeds the rows of references. Those of a memory are copied with their labels, as nobody lends them for so long. */
static void embed_references(const call *c, const triplet_trainer *core, given_references *references) {
  const triplet_references *raw = use_references(references);
  const triplet_matrix relations = raw->labels.relations;
  size_t rows, room;
  triplet_matrix embeddings;
  label_list *labels;
  do {
    rows = raw->rows.rows;
    room = raw->labels.integers.count + raw->labels.ends.count;
    embeddings = push_matrix(c->L, rows, triplet_trainer_dim(core));
    labels = push_label_list(c->L, raw->labels);
    raw = use_references(references);
  } while (raw->rows.rows > rows || raw->labels.integers.count + raw->labels.ends.count > room);
  embeddings.rows = raw->rows.rows;
  fill_label_list(labels, raw->labels);
  expect(c, triplet_trainer_embed_references(use_context(c), core, raw->rows, embeddings));
  references->memory = 0;
  references->core.rows = embeddings;
  references->core.labels = labels_in(labels);
  references->core.labels.relations = relations;
}

/* A method's x, labels and options, of its own data without x: the rows embedded, and the options of `schema` on top of
 * those of the trainer's loss, whose distances are taken. */
static labelled_queries embed_queries(const call *c, const triplet_trainer *core, triplet_schema_id schema,
                                      triplet_options *options, given_references *references, numbering *names) {
  *options = triplet_trainer_get_options(core)->loss;
  const bool own = lua_isnil(c->L, 2);
  read_options(c, 4, schema, options, "");
  const embedded_rows rows = read_own_or_given_rows(c, core, 2, "x");
  *names = begin_numbering_of_references(c, 4);
  if (!names->texts)
    know_classes(c, names, core);
  const triplet_labels labels = read_own_or_given_labels(c, 3, own, names);

  const triplet_matrix embeddings = push_embedding(c, core, &rows);
  expect(c, embed_rows(use_context(c), core, &rows, embeddings));
  *references = read_own_or_given_references(c, core, own, labels, names);
  if (references->given)
    embed_references(c, core, references);
  names->texts = true; /* labels are classes of the model, which come back by their names */
  return (labelled_queries){embeddings, labels, references, names};
}

static const char *const of_queries[] = {"x", "labels", "options", NULL};

/* trainer:evaluate(x, labels, options) */
static int trainer_evaluate(lua_State *L) {
  const call c = call_of(L, "evaluate", of_queries, 1);
  lua_settop(L, 4);
  triplet_options options;
  given_references references;
  numbering names;
  const labelled_queries queries =
      embed_queries(&c, self_trainer(&c), TRIPLET_SCHEMA_EVALUATE, &options, &references, &names);
  return push_evaluation(&c, &options, 4, &queries);
}

/* trainer:verify(x, labels, options): the threshold that is found becomes the trainer's. */
static int trainer_verify(lua_State *L) {
  const call c = call_of(L, "verify", of_queries, 1);
  lua_settop(L, 4);
  triplet_trainer *core = self_trainer(&c);
  triplet_options options;
  given_references references;
  numbering names;
  const labelled_queries queries = embed_queries(&c, core, TRIPLET_SCHEMA_VERIFY, &options, &references, &names);
  const int results = push_verification(&c, &options, 4, &queries), found = lua_gettop(L);
  if (results == 1) {
    lua_getfield(L, found, "threshold");
    const double threshold = lua_isnil(L, -1) ? (double)NAN : lua_tonumber(L, -1);
    if (!isinf(threshold))
      expect(&c, triplet_trainer_set_threshold(use_context(&c), core, threshold));
    lua_settop(L, found);
  }
  return results;
}

static triplet_status save_trainer(triplet_context *context, const void *trainer, uint8_t *bytes, size_t capacity,
                                   size_t *size) {
  return triplet_trainer_save(context, trainer, bytes, capacity, size);
}

static int trainer_tobytes(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "tobytes", parameters, 1);
  lua_settop(L, 1);
  push_saved(&c, save_trainer, self_trainer(&c));
  return 1;
}

static triplet_status export_trainer(triplet_context *context, const void *trainer, uint8_t *bytes, size_t capacity,
                                     size_t *size) {
  return triplet_trainer_export(context, trainer, bytes, capacity, size);
}

static int trainer_toonnx(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "toonnx", parameters, 1);
  lua_settop(L, 1);
  push_saved(&c, export_trainer, self_trainer(&c));
  return 1;
}

/* ---- properties, which a closed trainer does not have ------------------------------------------------------------ */

const triplet_trainer *seen_trainer(lua_State *L, const char *property) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, property, parameters, 1);
  lua_settop(L, 1);
  const closable *self = self_of(&c, TRAINER_TYPE);
  return self->held ? self->held->core : NULL;
}

static int trainer_steps(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "steps");
  if (core)
    lua_pushinteger(L, (lua_Integer)triplet_trainer_steps_done(core));
  return core != NULL;
}

static int trainer_stopped(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "stopped");
  if (core)
    lua_pushboolean(L, triplet_trainer_stopped(core));
  return core != NULL;
}

static int trainer_dim(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "dim");
  if (core)
    lua_pushinteger(L, (lua_Integer)triplet_trainer_dim(core));
  return core != NULL;
}

static int trainer_inputs(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "inputs");
  if (core)
    lua_pushinteger(L, (lua_Integer)triplet_trainer_inputs(core));
  return core != NULL;
}

static int push_names(lua_State *L, const triplet_trainer *core, triplet_name_list list) {
  if (!core)
    return 0;
  use_closable(L, 1);
  const size_t count = triplet_trainer_name_count(core, list); /* set when the trainer was made, for good */
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, triplet_trainer_name(core, list, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int trainer_columns(lua_State *L) {
  return push_names(L, seen_trainer(L, "columns"), TRIPLET_NAMES_COLUMNS);
}

static int trainer_classes(lua_State *L) {
  return push_names(L, seen_trainer(L, "classes"), TRIPLET_NAMES_LABELS);
}

static int trainer_recipe(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "recipe");
  if (!core || !triplet_trainer_recipe(core))
    return 0;
  use_closable(L, 1);
  push_recipe_of_trainer(L, 1, lua_gettop(L));
  return 1;
}

static int trainer_parameters(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "parameters");
  if (!core)
    return 0;
  use_closable(L, 1);
  const triplet_matrix copy = push_matrix(L, 1, triplet_trainer_parameters(core).count);
  if (copy.cols)
    memcpy(copy.data, triplet_trainer_parameters(core).data, copy.cols * sizeof *copy.data);
  return 1;
}

/* Rows that the trainer lists, as a table. A step that runs while room for a copy is made may change them. */
static int push_rows(lua_State *L, const triplet_trainer *core, triplet_ints (*rows)(const triplet_trainer *)) {
  if (!core)
    return 0;
  use_closable(L, 1);
  size_t room;
  int32_t *copy;
  do {
    room = rows(core).count;
    copy = push_array(L, room, sizeof *copy);
  } while (rows(core).count > room);
  const triplet_ints list = rows(core);
  if (list.count)
    memcpy(copy, list.data, list.count * sizeof *copy);
  push_ints(L, (triplet_ints){copy, list.count}, 1);
  return 1;
}

static int trainer_last_batch(lua_State *L) {
  return push_rows(L, seen_trainer(L, "last_batch"), triplet_trainer_last_batch);
}

static int trainer_validation_rows(lua_State *L) {
  return push_rows(L, seen_trainer(L, "validation_rows"), triplet_trainer_validation_rows);
}

void open_trainer(lua_State *L) {
  static const luaL_Reg methods[] = {{"attach", trainer_attach},
                                     {"close", trainer_close},
                                     {"embed", trainer_embed},
                                     {"evaluate", trainer_evaluate},
                                     {"verify", trainer_verify},
                                     {"get", trainer_get},
                                     {"last_triplets", trainer_last_triplets},
                                     {"restore_best", trainer_restore_best},
                                     {"run", trainer_run},
                                     {"set", trainer_set},
                                     {"step", trainer_step},
                                     {"tobytes", trainer_tobytes},
                                     {"toonnx", trainer_toonnx},
                                     {NULL, NULL}};
  static const luaL_Reg properties[] = {{"steps", trainer_steps},
                                        {"stopped", trainer_stopped},
                                        {"dim", trainer_dim},
                                        {"inputs", trainer_inputs},
                                        {"columns", trainer_columns},
                                        {"classes", trainer_classes},
                                        {"recipe", trainer_recipe},
                                        {"parameters", trainer_parameters},
                                        {"last_batch", trainer_last_batch},
                                        {"validation_rows", trainer_validation_rows},
                                        {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", trainer_close}, {"__close", trainer_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"trainer", trainer_new}, {NULL, NULL}};
  luaL_newmetatable(L, TRAINER_TYPE);
  set_type(L, &(const type_description){"trainer", .methods = methods, .properties = properties,
                                        .metamethods = metamethods});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
