/* network.c - triplet.encoder and triplet.optimizer, for those who write their own training loop, and the layers that
 * are suggested. */
#include <string.h>

#include "binding.h"

size_t read_layers(const call *c, int index, size_t widths[TRIPLET_MAX_LAYERS]) {
  const triplet_ints list = read_ints(c, index, "layers", 1, INT32_MAX, 0);
  if (list.count > TRIPLET_MAX_LAYERS)
    refuse(c, "options", "layers: expected at most %d widths, got %I", TRIPLET_MAX_LAYERS, (LUAI_UACINT)list.count);
  for (size_t i = 0; i < list.count; i++)
    widths[i] = (size_t)list.data[i];
  return list.count;
}

/* suggest_layers(inputs, classes) -> widths */
static int suggest_layers(lua_State *L) {
  static const char *const parameters[] = {"inputs", "classes", NULL};
  const call c = call_of(L, "suggest_layers", parameters, 0);
  lua_settop(L, 2);
  const size_t inputs = (size_t)read_integer(&c, 1, "inputs", 1, INT32_MAX);
  const size_t classes = (size_t)read_integer(&c, 2, "classes", 1, INT32_MAX);
  size_t widths[TRIPLET_SUGGESTED_LAYERS];
  expect(&c, triplet_suggest_layers(use_context(&c), inputs, classes, widths));
  lua_createtable(L, TRIPLET_SUGGESTED_LAYERS, 0);
  for (size_t i = 0; i < TRIPLET_SUGGESTED_LAYERS; i++) {
    lua_pushinteger(L, (lua_Integer)widths[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ---- encoder ----------------------------------------------------------------------------------------------------- */

/* User values of an encoder: matrices it owns. The last three are what backward needs of the last forward. */
enum { ENCODER_PARAMETERS = 1, ENCODER_X, ENCODER_ACTIVATIONS, ENCODER_EMBEDDINGS };

/* Pushes an encoder without parameters. */
static triplet_encoder *push_encoder(lua_State *L, triplet_encoder shape) {
  triplet_encoder *self = lua_newuserdatauv(L, sizeof *self, 4);
  *self = shape;
  luaL_setmetatable(L, ENCODER_TYPE);
  return self;
}

static int encoder_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "encoder", parameters, 0);
  lua_settop(L, 1);
  triplet_encoder shape = triplet_encoder_options();
  const given_options given = set_options(&c, 1, TRIPLET_SCHEMA_ENCODER, &shape, "");
  push_option(L, 1, "inputs");
  shape.inputs = (size_t)read_integer(&c, -1, "inputs", 1, INT32_MAX);
  push_option(L, 1, "layers");
  shape.layers = read_layers(&c, -1, shape.widths);
  check_given(&c, &given, &shape);
  push_option(L, 1, "seed");
  triplet_random random = {(uint64_t)read_integer(&c, -1, "seed", 0, LUA_MAXINTEGER)};
  const triplet_encoder *self = push_encoder(L, shape);
  const triplet_matrix weights = push_matrix(L, 1, triplet_encoder_parameters(&shape));
  expect(&c, triplet_encoder_init(use_context(&c), self, &random, weights.data));
  lua_setiuservalue(L, -2, ENCODER_PARAMETERS);
  return 1;
}

static triplet_matrix user_matrix(lua_State *L, int value) {
  lua_getiuservalue(L, 1, value);
  const triplet_matrix *matrix = to_matrix(L, -1);
  return matrix ? *matrix : (triplet_matrix){0};
}

static int encoder_forward(lua_State *L) {
  static const char *const parameters[] = {"x", NULL};
  const call c = call_of(L, "forward", parameters, 1);
  const triplet_encoder *self = self_of(&c, ENCODER_TYPE);
  lua_settop(L, 2);
  const triplet_matrix x = read_matrix(&c, 2, "x");
  const triplet_matrix weights = user_matrix(L, ENCODER_PARAMETERS);
  const triplet_matrix activations = push_matrix(L, 1, triplet_encoder_activations(self, x.rows));
  const triplet_matrix embeddings = push_matrix(L, x.rows, triplet_encoder_dim(self));
  expect(&c, triplet_encoder_forward(use_context(&c), self, weights.data,
                                     &(triplet_encoder_pass){x, activations.data, embeddings}));
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 1, ENCODER_X);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, ENCODER_EMBEDDINGS);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, 1, ENCODER_ACTIVATIONS);
  return 1;
}

static int encoder_backward(lua_State *L) {
  static const char *const parameters[] = {"embeddings_gradient", NULL};
  const call c = call_of(L, "backward", parameters, 1);
  const triplet_encoder *self = self_of(&c, ENCODER_TYPE);
  lua_settop(L, 2);
  const triplet_matrix gradient = read_matrix(&c, 2, "embeddings_gradient");
  const triplet_matrix weights = user_matrix(L, ENCODER_PARAMETERS), x = user_matrix(L, ENCODER_X);
  const triplet_matrix activations = user_matrix(L, ENCODER_ACTIVATIONS);
  const triplet_matrix embeddings = user_matrix(L, ENCODER_EMBEDDINGS);
  if (!embeddings.data)
    luaL_error(L, "calling 'backward' before 'forward'");
  lua_createtable(L, 0, 2);
  const triplet_matrix weights_gradient = push_matrix(L, 1, weights.cols);
  const triplet_matrix x_gradient = push_matrix(L, x.rows, x.cols);
  const triplet_encoder_pass pass = {x, activations.data, embeddings};
  expect(&c, triplet_encoder_backward(use_context(&c), self, weights.data, &pass, gradient,
                                      (triplet_encoder_gradients){weights_gradient.data, x_gradient.data}));
  lua_setfield(L, -3, "x");
  lua_setfield(L, -2, "parameters");
  return 1;
}

/* An encoder with the parameters that it has. */
typedef struct kept_encoder {
  const triplet_encoder *shape;
  const float *parameters;
} kept_encoder;

static triplet_status save_encoder(triplet_context *context, const void *encoder, uint8_t *bytes, size_t capacity,
                                   size_t *size) {
  const kept_encoder *kept = encoder;
  return triplet_encoder_save(context, kept->shape, kept->parameters, bytes, capacity, size);
}

static int encoder_tobytes(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "tobytes", parameters, 1);
  lua_settop(L, 1);
  const triplet_encoder *self = self_of(&c, ENCODER_TYPE);
  push_saved(&c, save_encoder, &(kept_encoder){self, user_matrix(L, ENCODER_PARAMETERS).data});
  return 1;
}

static triplet_status export_encoder(triplet_context *context, const void *encoder, uint8_t *bytes, size_t capacity,
                                     size_t *size) {
  const kept_encoder *kept = encoder;
  return triplet_encoder_export(context, kept->shape, kept->parameters, bytes, capacity, size);
}

static int encoder_toonnx(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "toonnx", parameters, 1);
  lua_settop(L, 1);
  const triplet_encoder *self = self_of(&c, ENCODER_TYPE);
  push_saved(&c, export_encoder, &(kept_encoder){self, user_matrix(L, ENCODER_PARAMETERS).data});
  return 1;
}

triplet_status push_loaded_encoder(const call *c, const uint8_t *bytes, size_t size) {
  lua_State *L = c->L;
  triplet_encoder *self = push_encoder(L, triplet_encoder_options());
  triplet_status status = triplet_encoder_load(use_context(c), bytes, size, self, NULL, 0);
  if (status != TRIPLET_OK)
    return status;
  const triplet_matrix weights = push_matrix(L, 1, triplet_encoder_parameters(self));
  status = triplet_encoder_load(use_context(c), bytes, size, self, weights.data, weights.cols);
  lua_setiuservalue(L, -2, ENCODER_PARAMETERS);
  return status;
}

static int encoder_parameters(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "parameters", parameters, 1);
  self_of(&c, ENCODER_TYPE);
  lua_getiuservalue(L, 1, ENCODER_PARAMETERS);
  return 1;
}

static int encoder_inputs(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "inputs", parameters, 1);
  lua_pushinteger(L, (lua_Integer)((const triplet_encoder *)self_of(&c, ENCODER_TYPE))->inputs);
  return 1;
}

static int encoder_dim(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "dim", parameters, 1);
  lua_pushinteger(L, (lua_Integer)triplet_encoder_dim(self_of(&c, ENCODER_TYPE)));
  return 1;
}

/* ---- optimizer --------------------------------------------------------------------------------------------------- */

/* Its user value is the matrix of its state, made at the first update. */
typedef struct optimizer {
  triplet_optimizer options;
  uint64_t steps;
} optimizer;

given_options set_optimizer(const call *c, int index, triplet_optimizer *options, const char *prefix) {
  const optimizer *living = luaL_testudata(c->L, index, OPTIMIZER_TYPE);
  if (!living)
    return set_options(c, index, TRIPLET_SCHEMA_OPTIMIZER, options, prefix);
  *options = living->options;
  return (given_options){0};
}

void push_optimizer(lua_State *L, const triplet_optimizer *options) {
  const triplet_schema *schema = triplet_schema_get(TRIPLET_SCHEMA_OPTIMIZER);
  lua_createtable(L, 0, (int)schema->count);
  for (size_t i = 0; i < schema->count; i++) {
    push_field(L, &schema->fields[i], options);
    lua_setfield(L, -2, schema->fields[i].name);
  }
}

/* Pushes one that has made no update. */
static optimizer *push_new_optimizer(lua_State *L, triplet_optimizer options) {
  optimizer *self = lua_newuserdatauv(L, sizeof *self, 1);
  *self = (optimizer){options, 0};
  luaL_setmetatable(L, OPTIMIZER_TYPE);
  return self;
}

static int optimizer_new(lua_State *L) {
  static const char *const parameters[] = {"options", NULL};
  const call c = call_of(L, "optimizer", parameters, 0);
  lua_settop(L, 1);
  triplet_optimizer options = triplet_optimizer_options();
  read_options(&c, 1, TRIPLET_SCHEMA_OPTIMIZER, &options, "");
  push_new_optimizer(L, options);
  return 1;
}

/* The state of the optimizer at 1 for so many parameters. At first it is made, and all zeros. */
static triplet_matrix state_of(lua_State *L, const optimizer *self, size_t count) {
  const triplet_matrix state = user_matrix(L, 1);
  if (state.data)
    return state;
  const size_t size = triplet_optimizer_state(&self->options, count);
  memset(push_matrix(L, 1, size).data, 0, size * sizeof(float));
  if (user_matrix(L, 1).data) /* making it ran a finalizer, whose update was the first */
    return user_matrix(L, 1);
  lua_pop(L, 1);
  lua_setiuservalue(L, 1, 1);
  return user_matrix(L, 1);
}

static int optimizer_update(lua_State *L) {
  static const char *const parameters[] = {"parameters", "gradient", NULL};
  const call c = call_of(L, "update", parameters, 1);
  optimizer *self = self_of(&c, OPTIMIZER_TYPE);
  lua_settop(L, 3);
  const triplet_matrix *given = to_matrix(L, 2);
  if (!given)
    refuse(&c, "parameters", "parameters: expected a matrix, got %s", describe(L, 2));
  const triplet_matrix weights = *given, gradient = read_matrix(&c, 3, "gradient");
  if (gradient.rows != weights.rows || gradient.cols != weights.cols)
    refuse(&c, "gradient", "gradient: expected %I x %I like parameters, got %I x %I", (LUAI_UACINT)weights.rows,
           (LUAI_UACINT)weights.cols, (LUAI_UACINT)gradient.rows, (LUAI_UACINT)gradient.cols);
  const named_matrix output[] = {{"parameters", weights}, {NULL, {0}}}, input[] = {{"gradient", gradient}, {NULL, {0}}};
  check_apart(&c, output, input);

  const size_t count = weights.rows * weights.cols;
  const triplet_matrix state = state_of(L, self, count);
  if (state.cols != triplet_optimizer_state(&self->options, count))
    refuse(&c, "parameters", "parameters: expected as many as in the first update, got %I x %I",
           (LUAI_UACINT)weights.rows, (LUAI_UACINT)weights.cols);
  const triplet_parameters update = {count, weights.data, gradient.data, state.data};
  expect(&c, triplet_optimizer_update(use_context(&c), &self->options, self->steps + 1, &update));
  self->steps++;
  return 0;
}

static triplet_status save_optimizer(triplet_context *context, const void *kept, uint8_t *bytes, size_t capacity,
                                     size_t *size) {
  return triplet_optimizer_save(context, kept, bytes, capacity, size);
}

static int optimizer_tobytes(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "tobytes", parameters, 1);
  lua_settop(L, 1);
  const optimizer *self = self_of(&c, OPTIMIZER_TYPE);
  const triplet_matrix state = user_matrix(L, 1);
  push_saved(&c, save_optimizer, &(triplet_kept_optimizer){self->options, self->steps, state.data, state.cols});
  return 1;
}

triplet_status push_loaded_optimizer(const call *c, const uint8_t *bytes, size_t size) {
  lua_State *L = c->L;
  optimizer *self = push_new_optimizer(L, triplet_optimizer_options());
  triplet_kept_optimizer kept = {0};
  triplet_status status = triplet_optimizer_load(use_context(c), bytes, size, &kept);
  if (status == TRIPLET_OK && kept.count) {
    kept.state = push_matrix(L, 1, kept.count).data;
    status = triplet_optimizer_load(use_context(c), bytes, size, &kept);
    lua_setiuservalue(L, -2, 1);
  }
  self->options = kept.optimizer;
  self->steps = kept.steps;
  return status;
}

static int optimizer_get(lua_State *L) {
  static const char *const parameters[] = {"key", NULL};
  const call c = call_of(L, "get", parameters, 1);
  const optimizer *self = self_of(&c, OPTIMIZER_TYPE);
  push_field(L, read_key(&c, TRIPLET_SCHEMA_OPTIMIZER), &self->options);
  return 1;
}

static int optimizer_set(lua_State *L) {
  static const char *const parameters[] = {"key", "value", NULL};
  const call c = call_of(L, "set", parameters, 1);
  optimizer *self = self_of(&c, OPTIMIZER_TYPE);
  lua_settop(L, 3);
  read_field(&c, TRIPLET_SCHEMA_OPTIMIZER, read_key(&c, TRIPLET_SCHEMA_OPTIMIZER), &self->options, "");
  return 0;
}

static int optimizer_steps(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "steps", parameters, 1);
  lua_pushinteger(L, (lua_Integer)((const optimizer *)self_of(&c, OPTIMIZER_TYPE))->steps);
  return 1;
}

void open_network(lua_State *L) {
  static const luaL_Reg encoder_methods[] = {{"forward", encoder_forward},
                                             {"backward", encoder_backward},
                                             {"tobytes", encoder_tobytes},
                                             {"toonnx", encoder_toonnx},
                                             {NULL, NULL}};
  static const luaL_Reg optimizer_methods[] = {{"update", optimizer_update},
                                               {"get", optimizer_get},
                                               {"set", optimizer_set},
                                               {"tobytes", optimizer_tobytes},
                                               {NULL, NULL}};
  static const luaL_Reg encoder_properties[] = {
      {"parameters", encoder_parameters}, {"inputs", encoder_inputs}, {"dim", encoder_dim}, {NULL, NULL}};
  static const luaL_Reg optimizer_properties[] = {{"steps", optimizer_steps}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"encoder", encoder_new}, {"optimizer", optimizer_new}, {"suggest_layers", suggest_layers}, {NULL, NULL}};
  luaL_newmetatable(L, ENCODER_TYPE);
  set_type(L, &(const type_description){"encoder", .methods = encoder_methods, .properties = encoder_properties});
  luaL_newmetatable(L, OPTIMIZER_TYPE);
  set_type(L, &(const type_description){"optimizer", .methods = optimizer_methods, .properties = optimizer_properties});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
