/* losses.c - explicit, indexed and in-batch losses, and mining. */
#include <math.h>
#include <string.h>

#include "binding.h"

/* ---- what the losses share --------------------------------------------------------------------------------------- */

/* Adds weights, margins and grad_output, which may be matrices, to a list of inputs. */
static void add_triplet_floats(named_matrix *inputs, const triplet_options *options) {
  const triplet_floats lists[] = {options->weights, options->margins, options->grad_output};
  static const char *const names[] = {"weights", "margins", "grad_output"};
  while (inputs->name)
    inputs++;
  for (int i = 0; i < 3; i++)
    if (lists[i].data)
      *inputs++ = (named_matrix){names[i], {(float *)lists[i].data, lists[i].count, 1}};
}

/* Pushes the N x 1 matrix for reduction "none" and returns its index; 0 for other reductions. */
static int push_losses(const call *c, const triplet_options *options, int result, size_t count, named_matrix *losses) {
  *losses = (named_matrix){"out.loss", {0}};
  if (options->reduction != TRIPLET_REDUCTION_NONE)
    return 0;
  losses->matrix = push_output(c, result, "loss", losses->name, count, 1);
  return lua_gettop(c->L);
}

/* Sets the fields that every result of a loss has, and leaves it on top. losses: the index of the matrix of losses,
 * which then takes the place of the reduced number; or 0. */
static void set_numbers(lua_State *L, int result, int losses, const triplet_result *numbers) {
  if (losses)
    lua_pushvalue(L, losses);
  else
    lua_pushnumber(L, numbers->loss);
  lua_setfield(L, result, "loss");
  lua_settop(L, result);
  set_count(L, "active", numbers->active);
  set_count(L, "nonfinite", numbers->nonfinite);
}

/* ---- explicit triplets ------------------------------------------------------------------------------------------- */

static bool has_metatable(lua_State *L, int index) {
  const bool has = lua_getmetatable(L, index);
  if (has)
    lua_pop(L, 1);
  return has;
}

static const char *const sides[] = {"anchors", "positives", "negatives"};

/* Pushes the table of gradients, of an earlier result or a new one, and above it a matrix shaped as each input; its
 * index. kept: the result has all of them already. */
static int push_gradients(const call *c, int result, const named_matrix *inputs, named_matrix *outputs, bool *kept) {
  static const char *const names[] = {"out.gradients.anchors", "out.gradients.positives", "out.gradients.negatives"};
  lua_State *L = c->L;
  *kept = push_option(L, result, "gradients") && lua_type(L, -1) == LUA_TTABLE;
  if (!*kept)
    lua_createtable(L, 0, 3);
  const int gradients = lua_gettop(L);
  *kept = *kept && !has_metatable(L, result) && !has_metatable(L, gradients);
  for (int i = 0; i < 3; i++) {
    const triplet_matrix input = inputs[i].matrix;
    push_option(L, gradients, sides[i]);
    const void *earlier = lua_touserdata(L, -1);
    outputs[i] = (named_matrix){names[i], take_output(c, names[i], input.rows, input.cols)};
    *kept = *kept && lua_touserdata(L, -1) == earlier;
  }
  return gradients;
}

/* What margin_loss reads of its options itself. */
enum { WEIGHTS = 5, MARGINS, GRAD_OUTPUT, GRADIENTS, OUT };

static int margin_loss(lua_State *L) {
  static const char *const parameters[] = {"anchors", "positives", "negatives", "options", NULL};
  static const char *const values[] = {"weights", "margins", "grad_output", "gradients", "out", NULL};
  const call c = call_of(L, "margin_loss", parameters, 0);
  lua_settop(L, 4);
  known_options *known = &((shared_context *)lua_touserdata(L, CONTEXT))->margin;
  read_known_options(&c, 4, TRIPLET_SCHEMA_MARGIN_LOSS, values, known);
  triplet_options options = known->options;
  triplet_floats *const lists[] = {&options.weights, &options.margins, &options.grad_output};
  for (int i = 0; i < 3; i++)
    if (!lua_isnil(L, WEIGHTS + i))
      *lists[i] = read_floats(&c, WEIGHTS + i, values[i]);
  named_matrix inputs[7] = {{NULL, {0}}};
  for (int i = 0; i < 3; i++)
    inputs[i] = (named_matrix){sides[i], read_matrix(&c, i + 1, sides[i])};
  add_triplet_floats(inputs, &options);

  lua_pushvalue(L, OUT);
  const int result = take_result(&c);
  named_matrix outputs[5] = {{NULL, {0}}};
  const int losses = push_losses(&c, &options, result, inputs[1].matrix.rows, &outputs[0]);
  lua_pushvalue(L, GRADIENTS);
  bool kept = true;
  const int gradients =
      pop_flag(&c, values[GRADIENTS - WEIGHTS], true) ? push_gradients(&c, result, inputs, outputs + 1, &kept) : 0;
  check_apart(&c, outputs, inputs);

  triplet_result numbers;
  const triplet_explicit triplets = {inputs[0].matrix, inputs[1].matrix, inputs[2].matrix};
  const triplet_gradients into = {outputs[1].matrix.data, outputs[2].matrix.data, outputs[3].matrix.data};
  expect(&c, triplet_margin_loss(use_context(&c), &options, &triplets, into, outputs[0].matrix.data, &numbers));

  if (!kept) {
    for (int i = 2; i >= 0; i--)
      lua_setfield(L, gradients, sides[i]);
    lua_setfield(L, result, "gradients");
  }
  set_numbers(L, result, losses, &numbers);
  return 1;
}

/* ---- triplets of rows of one table ------------------------------------------------------------------------------- */

/* indices.anchors, .positives and .negatives, of one length. */
static triplet_indexed read_indices(const call *c, triplet_matrix table) {
  static const char *const names[] = {"indices.anchors", "indices.positives", "indices.negatives"};
  if (lua_type(c->L, 2) != LUA_TTABLE)
    refuse(c, "indices", "indices: expected a table with anchors, positives and negatives, got %s", describe(c->L, 2));
  triplet_ints lists[3];
  for (int i = 0; i < 3; i++) {
    push_option(c->L, 2, strchr(names[i], '.') + 1);
    lists[i] = read_ints(c, -1, names[i], 1, (lua_Integer)table.rows, -1);
    if (lists[i].count != lists[0].count)
      refuse(c, names[i], "%s: expected %I integers like anchors, got %I", names[i], (LUAI_UACINT)lists[0].count,
             (LUAI_UACINT)lists[i].count);
  }
  return (triplet_indexed){table, lists[0], lists[1], lists[2]};
}

static int indexed_loss(lua_State *L) {
  static const char *const parameters[] = {"table", "indices", "options", NULL};
  const call c = call_of(L, "indexed_loss", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_margin_options();
  read_options(&c, 3, TRIPLET_SCHEMA_INDEXED_LOSS, &options, "");
  read_triplet_floats(&c, 3, &options);
  const triplet_matrix rows = read_matrix(&c, 1, "table");
  named_matrix inputs[5] = {{"table", rows}};
  add_triplet_floats(inputs, &options);
  const triplet_indexed triplets = read_indices(&c, rows);

  const int result = push_result(&c, 3);
  named_matrix outputs[3] = {{NULL, {0}}};
  const int losses = push_losses(&c, &options, result, triplets.anchors.count, &outputs[0]);
  const bool wanted = read_flag(&c, 3, "gradients", true);
  if (wanted)
    outputs[1] =
        (named_matrix){"out.gradient", push_output(&c, result, "gradient", "out.gradient", rows.rows, rows.cols)};
  check_apart(&c, outputs, inputs);

  if (wanted) /* the core adds */
    memset(outputs[1].matrix.data, 0, rows.rows * rows.cols * sizeof(float));
  triplet_result numbers;
  expect(&c, triplet_indexed_loss(use_context(&c), &options, &triplets, outputs[1].matrix.data, outputs[0].matrix.data,
                                  &numbers));

  if (wanted)
    lua_setfield(L, result, "gradient");
  set_numbers(L, result, losses, &numbers);
  return 1;
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

/* Pushes a matrix for each gradient that is wanted, in this order; outputs are those of the list that check_apart
 * takes. */
static triplet_batch_gradients push_batch_gradients(const call *c, int result, triplet_matrix embeddings,
                                                    const given_references *references, named_matrix *outputs) {
  const bool wanted = read_flag(c, 3, "gradients", true);
  const bool references_wanted = read_flag(c, 3, "reference_gradient", false);
  if (references_wanted && !references->given)
    refuse(c, "options", "reference_gradient: expected references beside it, got none");

  outputs[0].name = "out.gradient";
  if (wanted)
    outputs[0].matrix = push_output(c, result, "gradient", outputs[0].name, embeddings.rows, embeddings.cols);
  if (references_wanted) {
    const triplet_matrix rows = references->core.rows;
    outputs[1].name = "out.reference_gradient";
    outputs[1].matrix = push_output(c, result, "reference_gradient", outputs[1].name, rows.rows, rows.cols);
  }
  return (triplet_batch_gradients){outputs[0].matrix.data, outputs[1].matrix.data};
}

/* A memory still has as many rows as there is room for in a result. */
static void check_unchanged(const call *c, const triplet_batch *batch, size_t rows) {
  if (batch->references->rows.rows != rows)
    luaL_error(c->L, "references: the memory was changed in the middle of '%s'", c->function);
}

/* What calls of a batch are given: (embeddings, labels, options). */
typedef struct batch_arguments {
  triplet_options options;
  triplet_matrix embeddings;
  triplet_labels labels;
  given_references references;
  progress watched;
} batch_arguments;

static batch_arguments read_batch(const call *c, triplet_schema_id schema) {
  batch_arguments given = {.options = triplet_batch_options()};
  read_options(c, 3, schema, &given.options, "");
  read_triplet_floats(c, 3, &given.options);
  given.embeddings = read_matrix(c, 1, "embeddings");
  numbering names = begin_numbering_of_references(c, 3);
  given.labels = read_labels(c, 2, "labels", &names);
  given.references = read_references(c, 3, given.embeddings.cols, &names, !given.labels.relations.data);
  given.watched = read_progress(c, 3);
  return given;
}

static int batch_loss(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "batch_loss", parameters, 0);
  lua_settop(L, 3);
  batch_arguments given = read_batch(&c, TRIPLET_SCHEMA_BATCH_LOSS);
  named_matrix inputs[6] = {{"embeddings", given.embeddings},
                            {given.references.given ? "references" : NULL, given.references.core.rows}};
  add_triplet_floats(inputs, &given.options);

  const int result = push_result(&c, 3);
  named_matrix outputs[4] = {{NULL, {0}}};
  const int losses = push_losses(&c, &given.options, result, given.embeddings.rows, &outputs[0]);
  const triplet_batch_gradients gradients =
      push_batch_gradients(&c, result, given.embeddings, &given.references, outputs + 1);
  check_apart(&c, outputs, inputs);

  const triplet_batch batch = {given.embeddings, given.labels, use_references(&given.references)};
  if (gradients.references)
    check_unchanged(&c, &batch, outputs[2].matrix.rows);
  triplet_batch_result found;
  const triplet_status status = triplet_batch_loss(begin_progress(&given.watched), &given.options, &batch, gradients,
                                                   outputs[0].matrix.data, &found);
  if (!end_progress(&given.watched, status))
    return 2;

  if (gradients.references)
    lua_setfield(L, result, "reference_gradient");
  if (gradients.embeddings)
    lua_setfield(L, result, "gradient");
  set_numbers(L, result, losses, &(triplet_result){found.loss, found.stats.active, found.stats.nonfinite});
  set_stats(L, result, &found.stats);
  return 1;
}

static int pair_slopes(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "pair_slopes", parameters, 0);
  lua_settop(L, 3);
  batch_arguments given = read_batch(&c, TRIPLET_SCHEMA_PAIR_SLOPES);

  const size_t cols = given.references.given ? given.references.core.rows.rows : given.embeddings.rows;
  const triplet_matrix slopes = push_matrix(L, given.embeddings.rows, cols);
  const int result = lua_gettop(L);
  const triplet_batch batch = {given.embeddings, given.labels, use_references(&given.references)};
  if (batch.references)
    check_unchanged(&c, &batch, cols);
  const triplet_status status = triplet_pair_slopes(begin_progress(&given.watched), &given.options, &batch, slopes);
  if (!end_progress(&given.watched, status))
    return 2;
  lua_settop(L, result);
  return 1;
}

/* reach(options, positive_distance) -> { pull = , push = }, or nil */
static int reach(lua_State *L) {
  static const char *const parameters[] = {"options", "positive_distance", NULL};
  const call c = call_of(L, "reach", parameters, 0);
  lua_settop(L, 2);
  triplet_options options = triplet_batch_options();
  read_options(&c, 1, TRIPLET_SCHEMA_REACH, &options, "");
  const double positive = lua_isnil(L, 2) ? (double)NAN : read_number(&c, 2, "positive_distance");
  triplet_reaches found;
  expect(&c, triplet_reach(use_context(&c), &options, positive, &found));
  if (found.pull != found.pull) {
    lua_pushnil(L);
    return 1;
  }
  lua_createtable(L, 0, 2);
  set_figure(L, "pull", found.pull);
  set_figure(L, "push", found.push);
  return 1;
}

static int mine(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "mine", parameters, 0);
  lua_settop(L, 3);
  batch_arguments given = read_batch(&c, TRIPLET_SCHEMA_MINE);

  triplet_batch batch = {given.embeddings, given.labels, use_references(&given.references)};
  size_t capacity;
  expect(&c, triplet_mine_capacity(use_context(&c), &given.options, &batch, &capacity));
  int32_t *found = push_array(L, capacity, 3 * sizeof *found);
  triplet_triplets triplets = {found, found + capacity, found + 2 * capacity, capacity, 0};
  triplet_stats stats;
  batch.references = use_references(&given.references); /* memory for the array may have run a finalizer */
  const triplet_status status = triplet_mine(begin_progress(&given.watched), &given.options, &batch, &triplets, &stats);
  if (!end_progress(&given.watched, status))
    return 2;

  lua_createtable(L, 0, 4);
  for (size_t i = 0; i < 3; i++) {
    push_ints(L, (triplet_ints){found + i * capacity, triplets.count}, 1);
    lua_setfield(L, -2, sides[i]);
  }
  set_stats(L, lua_gettop(L), &stats);
  return 1;
}

void open_losses(lua_State *L) {
  static const luaL_Reg functions[] = {{"margin_loss", margin_loss},
                                       {"indexed_loss", indexed_loss},
                                       {"batch_loss", batch_loss},
                                       {"pair_slopes", pair_slopes},
                                       {"reach", reach},
                                       {"mine", mine},
                                       {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
