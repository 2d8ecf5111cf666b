/* model.c - what a trainer carries along as a model: a threshold, facts, and rows to classify by. */
#include <math.h>
#include <string.h>

#include "binding.h"

/* ---- threshold --------------------------------------------------------------------------------------------------- */

static int trainer_threshold(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "threshold");
  if (core)
    push_figure(L, triplet_trainer_threshold(core));
  return core != NULL;
}

/* trainer.threshold = number or nil */
static int trainer_set_threshold(lua_State *L) {
  static const char *const parameters[] = {"threshold", NULL};
  const call c = call_of(L, "threshold", parameters, 1);
  lua_settop(L, 2);
  triplet_trainer *core = self_trainer(&c);
  const double threshold = lua_isnil(L, 2) ? (double)NAN : read_number(&c, 2, "threshold");
  expect(&c, triplet_trainer_set_threshold(use_context(&c), core, threshold));
  return 0;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

static int trainer_facts(lua_State *L) {
  const triplet_trainer *core = seen_trainer(L, "facts");
  if (!core)
    return 0;
  use_closable(L, 1);
  lua_newtable(L);
  for (size_t i = 0; i + 1 < triplet_trainer_name_count(core, TRIPLET_NAMES_FACTS); i += 2) {
    lua_pushstring(L, triplet_trainer_name(core, TRIPLET_NAMES_FACTS, i));
    lua_pushstring(L, triplet_trainer_name(core, TRIPLET_NAMES_FACTS, i + 1));
    lua_rawset(L, -3);
  }
  return 1;
}

/* trainer.facts = { name = text }: kept in the order of the names, so that the same facts are the same bytes. */
static int trainer_set_facts(lua_State *L) {
  static const char *const parameters[] = {"facts", NULL};
  const call c = call_of(L, "facts", parameters, 1);
  lua_settop(L, 2);
  triplet_trainer *core = self_trainer(&c);
  size_t count;
  const char **names = read_names(&c, 2, "facts", &count);
  const char **facts = push_array(L, count, 2 * sizeof *facts);
  lua_newtable(L); /* keeps the texts alive, whatever becomes of the table */
  for (size_t i = 0; i < count; i++) {
    const char *place = lua_pushfstring(L, "facts.%s", names[i]);
    lua_getfield(L, 2, names[i]);
    facts[2 * i] = names[i];
    facts[2 * i + 1] = read_text(&c, -1, place);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    lua_pop(L, 1);
  }
  set_names(&c, core, TRIPLET_NAMES_FACTS, "facts", (triplet_texts){facts, 2 * count});
  return 0;
}

/* ---- rows that are kept ------------------------------------------------------------------------------------------ */

/* trainer:keep_rows(embeddings, labels); without both none are kept. */
static int trainer_keep_rows(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", NULL};
  const call c = call_of(L, "keep_rows", parameters, 1);
  lua_settop(L, 3);
  triplet_trainer *core = self_trainer(&c);
  if (lua_isnil(L, 2) && lua_isnil(L, 3)) {
    expect(&c, triplet_trainer_keep_rows(use_context(&c), core, (triplet_matrix){0}, (triplet_labels){0}));
    return 0;
  }
  const triplet_matrix embeddings = read_matrix(&c, 2, "embeddings");
  class_names classes = begin_class_names(&c, core);
  const triplet_labels labels = read_labels(&c, 3, "labels", &classes.names);
  add_class_names(&c, core, &classes);
  const triplet_status status = triplet_trainer_keep_rows(use_context(&c), core, embeddings, labels);
  if (status != TRIPLET_OK)
    take_back_class_names(core, &classes);
  expect(&c, status);
  return 0;
}

/* trainer.kept_rows: copies. What runs while room for them is made may change the rows. */
static int trainer_kept_rows(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const triplet_trainer *core = seen_trainer(L, "kept_rows");
  if (!core)
    return 0;
  const call c = call_of(L, "kept_rows", parameters, 1);
  use_closable(L, 1);
  numbering names = begin_numbering(&c);
  know_classes(&c, &names, core);
  names.texts = true;

  size_t rows, room;
  triplet_matrix embeddings;
  label_list *labels;
  triplet_references kept = triplet_trainer_kept_rows(core);
  do {
    rows = kept.rows.rows;
    room = kept.labels.integers.count + kept.labels.ends.count;
    embeddings = push_matrix(L, rows, triplet_trainer_dim(core));
    labels = push_label_list(L, kept.labels);
    kept = triplet_trainer_kept_rows(core);
  } while (kept.rows.rows != rows || kept.labels.integers.count + kept.labels.ends.count > room);
  if (!rows)
    return 0;
  memcpy(embeddings.data, kept.rows.data, rows * embeddings.cols * sizeof *embeddings.data);
  fill_label_list(labels, kept.labels);

  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "embeddings");
  push_labels(&c, &names, labels_in(labels));
  lua_setfield(L, -2, "labels");
  return 1;
}

void open_model(lua_State *L) {
  static const luaL_Reg methods[] = {{"keep_rows", trainer_keep_rows}, {NULL, NULL}};
  static const luaL_Reg properties[] = {
      {"threshold", trainer_threshold}, {"facts", trainer_facts}, {"kept_rows", trainer_kept_rows}, {NULL, NULL}};
  static const luaL_Reg setters[] = {{"threshold", trainer_set_threshold}, {"facts", trainer_set_facts}, {NULL, NULL}};
  extend_type(L,
              &(const type_description){"trainer", .methods = methods, .properties = properties, .setters = setters});
}
