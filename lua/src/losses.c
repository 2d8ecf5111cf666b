/* losses.c - explicit, indexed and in-batch losses, and mining. */
#include <string.h>

#include "binding.h"

/* result.loss: the reduced number, or the matrix of losses at index when there is one. */
static void set_loss(lua_State *L, int result, double loss, int losses_index) {
  if (losses_index)
    lua_pushvalue(L, losses_index);
  else
    lua_pushnumber(L, loss);
  lua_setfield(L, result, "loss");
}

/* Pushes the N x 1 matrix for reduction "none" and returns its index; 0 for other reductions. */
static int push_losses(const call *c, const triplet_options *options, int result, size_t count, named_matrix *losses) {
  *losses = (named_matrix){"out.loss", {0}};
  if (options->reduction != TRIPLET_REDUCTION_NONE)
    return 0;
  losses->matrix = push_output(c, result, "loss", losses->name, count, 1);
  return lua_gettop(c->L);
}

/* Adds weights, margins and grad_output, which may be matrices, to a list of inputs. */
static void add_triplet_floats(named_matrix *inputs, const triplet_options *options) {
  const triplet_floats lists[] = {options->weights, options->margins, options->grad_output};
  static const char *const names[] = {"weights", "margins", "grad_output"};
  while (inputs->name)
    inputs++;
  for (int i = 0; i < 3; i++)
    inputs[i] = (named_matrix){names[i], {(float *)lists[i].data, lists[i].count, 1}};
}

static int margin_loss(lua_State *L) {
  static const char *const parameters[] = {"anchors", "positives", "negatives", "options", NULL};
  const call c = call_of(L, "margin_loss", parameters, 0);
  lua_settop(L, 4);
  triplet_options options = triplet_margin_options();
  read_options(&c, 4, TRIPLET_SCHEMA_MARGIN_LOSS, &options, "");
  read_triplet_floats(&c, 4, &options);
  named_matrix inputs[7] = {{NULL, {0}}};
  for (int i = 0; i < 3; i++)
    inputs[i] = (named_matrix){parameters[i], read_matrix(&c, i + 1, parameters[i])};
  add_triplet_floats(inputs, &options);

  const int result = push_result(&c, 4);
  named_matrix outputs[5] = {{NULL, {0}}};
  const int losses = push_losses(&c, &options, result, inputs[0].matrix.rows, &outputs[0]);
  const bool wanted = read_flag(&c, 4, "gradients", true);
  int gradients = 0;
  if (wanted) {
    static const char *const names[] = {"out.gradients.anchors", "out.gradients.positives", "out.gradients.negatives"};
    if (!push_option(L, result, "gradients") || lua_type(L, -1) != LUA_TTABLE)
      lua_createtable(L, 0, 3);
    gradients = lua_gettop(L);
    for (int i = 0; i < 3; i++) {
      const triplet_matrix input = inputs[i].matrix;
      outputs[i + 1] =
          (named_matrix){names[i], push_output(&c, gradients, parameters[i], names[i], input.rows, input.cols)};
    }
  }
  check_apart(&c, outputs, inputs);

  triplet_result numbers;
  const triplet_explicit triplets = {inputs[0].matrix, inputs[1].matrix, inputs[2].matrix};
  expect(&c, triplet_margin_loss(
                 c.context, &options, &triplets,
                 (triplet_gradients){outputs[1].matrix.data, outputs[2].matrix.data, outputs[3].matrix.data},
                 outputs[0].matrix.data, &numbers));
  if (wanted) {
    for (int i = 2; i >= 0; i--)
      lua_setfield(L, gradients, parameters[i]);
    lua_setfield(L, result, "gradients");
  }
  set_loss(L, result, numbers.loss, losses);
  lua_settop(L, result);
  set_count(L, "active", numbers.active);
  set_count(L, "nonfinite", numbers.nonfinite);
  return 1;
}

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
  expect(&c, triplet_indexed_loss(c.context, &options, &triplets, outputs[1].matrix.data, outputs[0].matrix.data,
                                  &numbers));
  if (wanted)
    lua_setfield(L, result, "gradient");
  set_loss(L, result, numbers.loss, losses);
  lua_settop(L, result);
  set_count(L, "active", numbers.active);
  set_count(L, "nonfinite", numbers.nonfinite);
  return 1;
}

static int batch_loss(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "batch_loss", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_BATCH_LOSS, &options, "");
  read_triplet_floats(&c, 3, &options);
  const triplet_matrix embeddings = read_matrix(&c, 1, "embeddings");
  const triplet_labels labels = read_labels(&c, 2, "labels");
  given_references references = read_references(&c, 3, embeddings.cols);
  named_matrix inputs[6] = {{"embeddings", embeddings}, {references.given ? "references" : NULL, references.core.rows}};
  add_triplet_floats(inputs, &options);

  const int result = push_result(&c, 3);
  named_matrix outputs[4] = {{NULL, {0}}};
  const int losses = push_losses(&c, &options, result, embeddings.rows, &outputs[0]);
  const bool wanted = read_flag(&c, 3, "gradients", true);
  const bool references_wanted = read_flag(&c, 3, "reference_gradient", false);
  if (references_wanted && !references.given)
    refuse(&c, "options", "reference_gradient: expected references beside it, got none");
  outputs[1] = (named_matrix){"out.gradient", {0}};
  if (wanted)
    outputs[1].matrix = push_output(&c, result, "gradient", "out.gradient", embeddings.rows, embeddings.cols);
  if (references_wanted)
    outputs[2] =
        (named_matrix){"out.reference_gradient", push_output(&c, result, "reference_gradient", "out.reference_gradient",
                                                             references.core.rows.rows, references.core.rows.cols)};
  check_apart(&c, outputs, inputs);

  use_references(&references);
  if (references_wanted && references.core.rows.rows != outputs[2].matrix.rows)
    luaL_error(L, "references: the memory was changed in the middle of 'batch_loss'");
  const triplet_batch batch = {embeddings, labels, use_references(&references)};
  triplet_batch_result found;
  expect(&c, triplet_batch_loss(c.context, &options, &batch,
                                (triplet_batch_gradients){outputs[1].matrix.data, outputs[2].matrix.data},
                                outputs[0].matrix.data, &found));
  if (references_wanted)
    lua_setfield(L, result, "reference_gradient");
  if (wanted)
    lua_setfield(L, result, "gradient");
  set_loss(L, result, found.loss, losses);
  lua_settop(L, result);
  set_count(L, "active", found.stats.active);
  set_count(L, "nonfinite", found.stats.nonfinite);
  set_stats(L, result, &found.stats);
  return 1;
}

static int mine(lua_State *L) {
  static const char *const parameters[] = {"embeddings", "labels", "options", NULL};
  const call c = call_of(L, "mine", parameters, 0);
  lua_settop(L, 3);
  triplet_options options = triplet_batch_options();
  read_options(&c, 3, TRIPLET_SCHEMA_MINE, &options, "");
  read_triplet_floats(&c, 3, &options);
  const triplet_matrix embeddings = read_matrix(&c, 1, "embeddings");
  const triplet_labels labels = read_labels(&c, 2, "labels");
  given_references references = read_references(&c, 3, embeddings.cols);

  triplet_batch batch = {embeddings, labels, use_references(&references)};
  size_t capacity;
  expect(&c, triplet_mine_capacity(c.context, &options, &batch, &capacity));
  int32_t *found = push_array(L, capacity, 3 * sizeof *found);
  triplet_triplets triplets = {found, found + capacity, found + 2 * capacity, capacity, 0};
  triplet_stats stats;
  batch.references = use_references(&references); /* memory for the array may have run a finalizer */
  expect(&c, triplet_mine(c.context, &options, &batch, &triplets, &stats));
  static const char *const names[] = {"anchors", "positives", "negatives"};
  lua_createtable(L, 0, 4);
  for (size_t i = 0; i < 3; i++) {
    push_ints(L, (triplet_ints){found + i * capacity, triplets.count}, 1);
    lua_setfield(L, -2, names[i]);
  }
  set_stats(L, lua_gettop(L), &stats);
  return 1;
}

void open_losses(lua_State *L) {
  static const luaL_Reg functions[] = {{"margin_loss", margin_loss},
                                       {"indexed_loss", indexed_loss},
                                       {"batch_loss", batch_loss},
                                       {"mine", mine},
                                       {NULL, NULL}};
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
