/* exports.c - the core as flat functions for JavaScript.
 *
 * Whatever JavaScript hands over lies in blocks: a triplet_matrix and its floats behind it. A list of integers or
 * floats is a block of one column; a pointer of 0 is a list or matrix that is not given. Functions return a status,
 * those that make an object its pointer, or 0; fail() tells what went wrong. Numbers that a call returns are left, as
 * doubles, in the array `numbers`. Options are written by name into `settings`, where the next call finds them. */
#include <stdlib.h>
#include <string.h>

#include "triplet.h"

#define EXPORT(type, name) __attribute__((export_name(#name))) type export_##name

static triplet_context *context;
/* The options of every schema but the encoder's lie in those of the trainer. */
static triplet_trainer_options settings;
static triplet_encoder encoder;
static double numbers[24];
static char text[512];
/* For JavaScript's small blocks: those of one call, which are gone after it. */
enum { ALIGNMENT = 64 };
static _Alignas(ALIGNMENT) char scratch[1 << 14];
/* What an object shows of itself: rows or a list, and labels. */
static triplet_matrix views[2];

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

/* Not cleared. 0 when it does not fit. */
EXPORT(triplet_matrix *, block)(size_t rows, size_t cols) {
  const uint64_t size = (uint64_t)rows * cols * sizeof(float);
  if (size > INT32_MAX)
    return NULL;
  triplet_matrix *block = malloc((size_t)size + sizeof *block + ALIGNMENT);
  if (!block)
    return NULL;
  *block =
      triplet_matrix_of((float *)(((uintptr_t)(block + 1) + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1)), rows, cols);
  return block;
}

EXPORT(void, release)(triplet_matrix *block) {
  free(block);
}

static float *floats_at(const triplet_matrix *block) {
  return block ? block->data : NULL;
}

static triplet_floats floats_of(const triplet_matrix *block) {
  return block ? (triplet_floats){block->data, block->rows} : (triplet_floats){0};
}

static int32_t *ints_at(const triplet_matrix *block) {
  return block ? (int32_t *)(void *)block->data : NULL;
}

static triplet_ints ints_of(const triplet_matrix *block) {
  return block ? (triplet_ints){ints_at(block), block->rows} : (triplet_ints){0};
}

static triplet_matrix view_of_ints(triplet_ints list) {
  return triplet_matrix_of((const float *)(const void *)list.data, list.count, 1);
}

/* ---- the instance ------------------------------------------------------------------------------------------------ */

/* What JavaScript reads and writes directly. */
typedef struct places {
  const triplet_error *error;
  char *text;
  size_t text_size;
  double *numbers;
  char *scratch;
  size_t scratch_size;
  const char *version;
} places;

/* 0 when memory is short. */
EXPORT(const places *, start)(void) {
  static places all;
  context = triplet_context_create(NULL);
  all =
      (places){triplet_context_error(context), text, sizeof text, numbers, scratch, sizeof scratch, triplet_version()};
  return context ? &all : NULL;
}

/* ---- options by name --------------------------------------------------------------------------------------------- */

/* NULL past the last. */
EXPORT(const char *, schema_name)(size_t id) {
  return id < TRIPLET_SCHEMA_COUNT ? triplet_schema_get((triplet_schema_id)id)->name : NULL;
}

/* A field, for the functions below; NULL past the last. */
EXPORT(const triplet_field *, field)(triplet_schema_id id, size_t index) {
  const triplet_schema *schema = triplet_schema_get(id);
  return index < schema->count ? &schema->fields[index] : NULL;
}

EXPORT(const char *, field_name)(const triplet_field *field) {
  return field->name;
}

EXPORT(const char *, field_kind)(const triplet_field *field) {
  return triplet_field_kind_name(field->kind);
}

EXPORT(const char *, field_choices)(const triplet_field *field) {
  return field->choices;
}

EXPORT(const char *, field_belongs)(const triplet_field *field) {
  return field->belongs;
}

EXPORT(double, field_default)(const triplet_field *field) {
  return field->initial;
}

EXPORT(double, field_minimum)(const triplet_field *field) {
  return field->minimum;
}

EXPORT(double, field_maximum)(const triplet_field *field) {
  return field->maximum;
}

static void *structure_of(triplet_schema_id id) {
  switch (id) {
  case TRIPLET_SCHEMA_OPTIMIZER:
    return &settings.optimizer;
  case TRIPLET_SCHEMA_TRAINER:
    return &settings;
  case TRIPLET_SCHEMA_ENCODER:
    return &encoder;
  default:
    return &settings.loss;
  }
}

EXPORT(void, defaults)(triplet_schema_id id) {
  triplet_schema_defaults(id, structure_of(id));
}

EXPORT(triplet_status, set_number)(triplet_schema_id id, const char *name, double value) {
  return triplet_schema_set_number(context, id, structure_of(id), name, value);
}

/* The value is in `text`. */
EXPORT(triplet_status, set_text)(triplet_schema_id id, const char *name) {
  return triplet_schema_set_text(context, id, structure_of(id), name, text);
}

/* Of an option that was given, once all are set. */
EXPORT(triplet_status, check_given)(triplet_schema_id id, const char *name) {
  return triplet_schema_check_given(context, id, structure_of(id), name);
}

/* What the settings hold: a number, 0 or 1, or the index of a choice. */
EXPORT(double, setting)(triplet_schema_id id, const triplet_field *field) {
  return triplet_schema_get_number(field, structure_of(id));
}

/* More layers than there can be are for the core to refuse. */
EXPORT(void, set_layers)(const triplet_matrix *widths, size_t inputs) {
  encoder.inputs = inputs;
  encoder.layers = settings.layers = widths->rows;
  for (size_t i = 0; i < widths->rows && i < TRIPLET_MAX_LAYERS; i++)
    encoder.widths[i] = settings.widths[i] = (size_t)ints_at(widths)[i];
}

/* ---- losses ------------------------------------------------------------------------------------------------------ */

/* They come with every call, unlike the settings, and are not to outlive it there. */
static void set_triplet_floats(const triplet_matrix *weights, const triplet_matrix *margins,
                               const triplet_matrix *grad_output) {
  settings.loss.weights = floats_of(weights);
  settings.loss.margins = floats_of(margins);
  settings.loss.grad_output = floats_of(grad_output);
}

static triplet_status put_result(triplet_status status, const triplet_result *result) {
  numbers[0] = result->loss;
  numbers[1] = (double)result->active;
  numbers[2] = (double)result->nonfinite;
  return status;
}

EXPORT(triplet_status, margin_loss)
(const triplet_matrix *anchors, const triplet_matrix *positives, const triplet_matrix *negatives,
 const triplet_matrix *anchors_gradient, const triplet_matrix *positives_gradient,
 const triplet_matrix *negatives_gradient, const triplet_matrix *losses, const triplet_matrix *weights,
 const triplet_matrix *margins, const triplet_matrix *grad_output) {
  triplet_result result = {0};
  set_triplet_floats(weights, margins, grad_output);
  return put_result(triplet_margin_loss(context, &settings.loss, &(triplet_explicit){*anchors, *positives, *negatives},
                                        (triplet_gradients){floats_at(anchors_gradient), floats_at(positives_gradient),
                                                            floats_at(negatives_gradient)},
                                        floats_at(losses), &result),
                    &result);
}

EXPORT(triplet_status, indexed_loss)
(const triplet_matrix *table, const triplet_matrix *anchors, const triplet_matrix *positives,
 const triplet_matrix *negatives, const triplet_matrix *gradient, const triplet_matrix *losses,
 const triplet_matrix *weights, const triplet_matrix *margins, const triplet_matrix *grad_output) {
  triplet_result result = {0};
  set_triplet_floats(weights, margins, grad_output);
  if (gradient) /* the core adds to it */
    memset(gradient->data, 0, gradient->rows * gradient->cols * sizeof(float));
  return put_result(
      triplet_indexed_loss(context, &settings.loss,
                           &(triplet_indexed){*table, ints_of(anchors), ints_of(positives), ints_of(negatives)},
                           floats_at(gradient), floats_at(losses), &result),
      &result);
}

static triplet_labels labels_of(const triplet_matrix *block) {
  return (triplet_labels){ints_of(block)};
}

static triplet_references *references_of(const triplet_matrix *rows, const triplet_matrix *labels,
                                         const triplet_matrix *self) {
  static triplet_references references;
  if (!rows)
    return NULL;
  references = (triplet_references){*rows, labels_of(labels), ints_of(self)};
  return &references;
}

static void put_stats(double *to, const triplet_stats *stats) {
  const double all[] = {(double)stats->triplets,
                        (double)stats->active,
                        (double)stats->hard,
                        (double)stats->semihard,
                        (double)stats->easy,
                        (double)stats->anchors_without_positive,
                        (double)stats->anchors_without_negative,
                        (double)stats->nonfinite,
                        stats->mean_positive_distance,
                        stats->mean_negative_distance,
                        stats->collapsed};
  memcpy(to, all, sizeof all);
}

EXPORT(triplet_status, batch_loss)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *references,
 const triplet_matrix *reference_labels, const triplet_matrix *reference_self, const triplet_matrix *gradient,
 const triplet_matrix *reference_gradient, const triplet_matrix *losses, const triplet_matrix *weights,
 const triplet_matrix *margins, const triplet_matrix *grad_output) {
  triplet_batch_result result = {0};
  set_triplet_floats(weights, margins, grad_output);
  const triplet_batch batch = {*embeddings, labels_of(labels),
                               references_of(references, reference_labels, reference_self)};
  const triplet_status status = triplet_batch_loss(
      context, &settings.loss, &batch, (triplet_batch_gradients){floats_at(gradient), floats_at(reference_gradient)},
      floats_at(losses), &result);
  numbers[0] = result.loss;
  put_stats(numbers + 1, &result.stats);
  return status;
}

/* Comes before mine, which finds the margins where this leaves them. */
EXPORT(triplet_status, mine_capacity)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *references,
 const triplet_matrix *reference_labels, const triplet_matrix *reference_self, const triplet_matrix *margins) {
  size_t capacity = 0;
  set_triplet_floats(NULL, margins, NULL);
  const triplet_batch batch = {*embeddings, labels_of(labels),
                               references_of(references, reference_labels, reference_self)};
  const triplet_status status = triplet_mine_capacity(context, &settings.loss, &batch, &capacity);
  numbers[0] = (double)capacity;
  return status;
}

/* 3 rows of as many columns, or 0. */
static triplet_triplets triplets_in(const triplet_matrix *picks) {
  int32_t *to = ints_at(picks);
  const size_t room = picks ? picks->cols : 0;
  return (triplet_triplets){to, to + room, to + 2 * room, room, 0};
}

/* picks: 3 rows of `capacity` columns. */
EXPORT(triplet_status, mine)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *references,
 const triplet_matrix *reference_labels, const triplet_matrix *reference_self, const triplet_matrix *picks) {
  triplet_stats stats = {0};
  triplet_triplets triplets = triplets_in(picks);
  const triplet_batch batch = {*embeddings, labels_of(labels),
                               references_of(references, reference_labels, reference_self)};
  const triplet_status status = triplet_mine(context, &settings.loss, &batch, &triplets, &stats);
  numbers[0] = (double)triplets.count;
  put_stats(numbers + 1, &stats);
  return status;
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

EXPORT(triplet_status, distances)(const triplet_matrix *x, const triplet_matrix *y, const triplet_matrix *output) {
  return triplet_distances(context, &settings.loss, *x, *y, *output);
}

EXPORT(triplet_status, nearest)
(const triplet_matrix *queries, const triplet_matrix *references, const triplet_matrix *reference_self,
 const triplet_matrix *indices, const triplet_matrix *distances) {
  const triplet_neighbor_search search = {*queries, *references, ints_of(reference_self), indices->cols};
  return triplet_nearest(context, &settings.loss, &search, ints_at(indices), distances->data);
}

static double *doubles_at(const triplet_matrix *block) {
  return (double *)(void *)block->data;
}

/* Returns the place behind them. */
static double *put_metrics(double *to, const triplet_metrics *metrics) {
  const double all[] = {(double)metrics->queries, (double)metrics->skipped, metrics->precision_at_1,
                        metrics->r_precision,     metrics->map_at_r,        metrics->triplet_accuracy};
  memcpy(to, all, sizeof all);
  return to + sizeof all / sizeof *all;
}

/* recall: a block with room for as many doubles as there are ks. */
EXPORT(triplet_status, evaluate)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *references,
 const triplet_matrix *reference_labels, const triplet_matrix *reference_self, const triplet_matrix *k,
 const triplet_matrix *recall) {
  triplet_metrics metrics = {0};
  const triplet_batch batch = {*embeddings, labels_of(labels),
                               references_of(references, reference_labels, reference_self)};
  const triplet_status status =
      triplet_evaluate(context, &settings.loss, &batch, ints_of(k), doubles_at(recall), &metrics);
  put_metrics(numbers, &metrics);
  return status;
}

/* held_out: one byte for each row. recall: room for two lists. */
EXPORT(triplet_status, evaluate_held_out)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *held_out,
 const triplet_matrix *k, const triplet_matrix *recall) {
  triplet_held_out_metrics metrics = {0};
  const triplet_held_out_set set = {*embeddings, labels_of(labels), (const uint8_t *)held_out->data, ints_of(k)};
  const triplet_status status = triplet_evaluate_held_out(context, &settings.loss, &set, doubles_at(recall), &metrics);
  double *to = put_metrics(put_metrics(numbers, &metrics.against_training), &metrics.among_themselves);
  to[0] = metrics.knn_accuracy;
  to[1] = (double)metrics.held_out;
  to[2] = (double)metrics.queries;
  return status;
}

/* Its rows and labels in `views`. */
EXPORT(const triplet_matrix *, memory_rows)(const triplet_memory *memory) {
  const triplet_references held = triplet_memory_references(memory);
  views[0] = held.rows;
  views[1] = view_of_ints(held.labels.integers);
  return views;
}

EXPORT(triplet_memory *, memory_create)(size_t capacity, size_t dim) {
  triplet_memory *memory = NULL;
  triplet_memory_create(context, capacity, dim, &memory);
  return memory;
}

EXPORT(void, memory_destroy)(triplet_memory *memory) {
  triplet_memory_destroy(memory);
}

EXPORT(triplet_status, memory_push)
(triplet_memory *memory, const triplet_matrix *embeddings, const triplet_matrix *labels) {
  return triplet_memory_push(context, memory, *embeddings, labels_of(labels));
}

EXPORT(void, memory_clear)(triplet_memory *memory) {
  triplet_memory_clear(memory);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

EXPORT(triplet_status, standardization)
(const triplet_matrix *x, const triplet_matrix *mean, const triplet_matrix *deviation) {
  return triplet_standardization(context, *x, mean->data, deviation->data);
}

EXPORT(triplet_status, standardize)
(const triplet_matrix *x, const triplet_matrix *mean, const triplet_matrix *deviation, const triplet_matrix *output) {
  return triplet_standardize(context, *x, floats_of(mean), floats_of(deviation), *output);
}

/* held_out: one byte for each label. Seeds are safe integers. */
EXPORT(triplet_status, split)
(const triplet_matrix *labels, triplet_hold_out hold_out, double fraction, double seed,
 const triplet_matrix *held_out) {
  return triplet_split(context, labels_of(labels), hold_out, fraction, (int64_t)seed, (uint8_t *)held_out->data);
}

EXPORT(size_t, synthetic_cols)(triplet_synthetic_kind kind) {
  return triplet_synthetic_cols(kind);
}

EXPORT(triplet_status, synthetic)
(triplet_synthetic_kind kind, double noise, double seed, const triplet_matrix *x, const triplet_matrix *labels) {
  return triplet_synthetic(context, kind, noise, (int64_t)seed, *x, ints_at(labels));
}

/* ---- encoder and optimiser --------------------------------------------------------------------------------------- */

EXPORT(size_t, encoder_dim)(void) {
  return triplet_encoder_dim(&encoder);
}

EXPORT(size_t, encoder_parameters)(void) {
  return triplet_encoder_parameters(&encoder);
}

EXPORT(size_t, encoder_activations)(size_t rows) {
  return triplet_encoder_activations(&encoder, rows);
}

EXPORT(triplet_status, encoder_init)(double seed, const triplet_matrix *parameters) {
  triplet_random random = {(uint64_t)seed};
  return triplet_encoder_init(context, &encoder, &random, parameters->data);
}

EXPORT(triplet_status, encoder_forward)
(const triplet_matrix *parameters, const triplet_matrix *x, const triplet_matrix *activations,
 const triplet_matrix *embeddings) {
  return triplet_encoder_forward(context, &encoder, parameters->data,
                                 &(triplet_encoder_pass){*x, activations->data, *embeddings});
}

EXPORT(triplet_status, encoder_backward)
(const triplet_matrix *parameters, const triplet_matrix *x, const triplet_matrix *activations,
 const triplet_matrix *embeddings, const triplet_matrix *gradient, const triplet_matrix *parameters_gradient,
 const triplet_matrix *x_gradient) {
  return triplet_encoder_backward(context, &encoder, parameters->data,
                                  &(triplet_encoder_pass){*x, activations->data, *embeddings}, *gradient,
                                  (triplet_encoder_gradients){parameters_gradient->data, x_gradient->data});
}

EXPORT(size_t, optimizer_state)(size_t parameters) {
  return triplet_optimizer_state(&settings.optimizer, parameters);
}

EXPORT(triplet_status, optimizer_update)
(double step, const triplet_matrix *parameters, const triplet_matrix *gradient, const triplet_matrix *state) {
  return triplet_optimizer_update(
      context, &settings.optimizer, (uint64_t)step,
      &(triplet_parameters){parameters->rows * parameters->cols, parameters->data, gradient->data, state->data});
}

/* ---- trainer ----------------------------------------------------------------------------------------------------- */

EXPORT(triplet_trainer *, trainer_create)(const triplet_matrix *data, const triplet_matrix *labels) {
  triplet_trainer *trainer = NULL;
  triplet_trainer_create(context, &settings, *data, labels_of(labels), &trainer);
  return trainer;
}

EXPORT(void, trainer_destroy)(triplet_trainer *trainer) {
  triplet_trainer_destroy(trainer);
}

EXPORT(triplet_status, trainer_attach)
(triplet_trainer *trainer, const triplet_matrix *data, const triplet_matrix *labels) {
  return triplet_trainer_attach(context, trainer, *data, labels_of(labels));
}

static bool stop_after_one(void *user, const triplet_step *step) {
  (void)user;
  (void)step;
  return false;
}

/* running: a step of a run, which is cancelled after it, and over, without one, when the trainer has stopped. */
EXPORT(triplet_status, trainer_step)(triplet_trainer *trainer, bool running) {
  triplet_step step = {0};
  const triplet_status status = running ? triplet_trainer_run(context, trainer, stop_after_one, NULL, &step)
                                        : triplet_trainer_step(context, trainer, &step);
  const double all[] = {(double)step.step, step.loss,    step.learning_rate, step.validation,
                        step.improved,     step.stopped, step.collapsed};
  memcpy(numbers, all, sizeof all);
  put_stats(numbers + sizeof all / sizeof *all, &step.stats);
  return status;
}

EXPORT(void, trainer_restore_best)(triplet_trainer *trainer) {
  triplet_trainer_restore_best(trainer);
}

EXPORT(triplet_status, trainer_embed)
(const triplet_trainer *trainer, const triplet_matrix *x, const triplet_matrix *embeddings) {
  return triplet_trainer_embed(context, trainer, *x, *embeddings);
}

/* Its options become the settings. */
EXPORT(void, trainer_options)(const triplet_trainer *trainer) {
  settings = *triplet_trainer_get_options(trainer);
}

EXPORT(triplet_status, trainer_set_options)(triplet_trainer *trainer) {
  return triplet_trainer_set_options(context, trainer, &settings);
}

EXPORT(const triplet_matrix *, trainer_layers)(const triplet_trainer *trainer) {
  const triplet_trainer_options *options = triplet_trainer_get_options(trainer);
  views[0] = triplet_matrix_of((const float *)(const void *)options->widths, options->layers, 1);
  return views;
}

EXPORT(const triplet_matrix *, trainer_parameters)(const triplet_trainer *trainer) {
  const triplet_floats list = triplet_trainer_parameters(trainer);
  views[0] = triplet_matrix_of(list.data, 1, list.count);
  return views;
}

EXPORT(const triplet_matrix *, trainer_last_batch)(const triplet_trainer *trainer) {
  views[0] = view_of_ints(triplet_trainer_last_batch(trainer));
  return views;
}

EXPORT(const triplet_matrix *, trainer_validation_rows)(const triplet_trainer *trainer) {
  views[0] = view_of_ints(triplet_trainer_validation_rows(trainer));
  return views;
}

/* Leaves the count in numbers[0]. picks: 3 rows of as many columns, or 0: only the count. */
EXPORT(triplet_status, trainer_last_triplets)(const triplet_trainer *trainer, const triplet_matrix *picks) {
  triplet_triplets triplets = triplets_in(picks);
  const triplet_status status = triplet_trainer_last_triplets(context, trainer, &triplets);
  numbers[0] = (double)triplets.count;
  return status;
}

/* What stands for all rows of a free embedding table; 0 with an encoder. */
EXPORT(const triplet_matrix *, trainer_table)(const triplet_trainer *trainer) {
  if (triplet_trainer_get_options(trainer)->layers)
    return NULL;
  const size_t rows = triplet_trainer_parameters(trainer).count / triplet_trainer_dim(trainer);
  views[0] = triplet_matrix_of(NULL, rows, 0);
  return views;
}

EXPORT(size_t, trainer_dim)(const triplet_trainer *trainer) {
  return triplet_trainer_dim(trainer);
}

EXPORT(size_t, trainer_inputs)(const triplet_trainer *trainer) {
  return triplet_trainer_inputs(trainer);
}

EXPORT(double, trainer_steps)(const triplet_trainer *trainer) {
  return (double)triplet_trainer_steps_done(trainer);
}

/* names: count texts, each ended by 0, one after the other. */
EXPORT(triplet_status, trainer_set_names)
(triplet_trainer *trainer, triplet_name_list list, size_t count, const triplet_matrix *names) {
  const char **pointers = malloc(count * sizeof *pointers + 1);
  if (!pointers)
    return TRIPLET_OUT_OF_MEMORY;
  const char *name = (const char *)names->data;
  for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
    pointers[i] = name;
  const triplet_status status = triplet_trainer_set_names(context, trainer, list, count, pointers);
  free(pointers);
  return status;
}

/* NULL past the last. */
EXPORT(const char *, trainer_name)(const triplet_trainer *trainer, triplet_name_list list, size_t index) {
  return index < triplet_trainer_name_count(trainer, list) ? triplet_trainer_name(trainer, list, index) : NULL;
}

/* Leaves the size in numbers[0]; bytes 0: only that. */
EXPORT(triplet_status, trainer_save)(const triplet_trainer *trainer, const triplet_matrix *bytes) {
  size_t size = 0;
  const triplet_status status = triplet_trainer_save(context, trainer, (uint8_t *)floats_at(bytes),
                                                     bytes ? bytes->rows * sizeof(float) : 0, &size);
  numbers[0] = (double)size;
  return status;
}

EXPORT(triplet_trainer *, trainer_load)(const triplet_matrix *bytes, size_t size) {
  triplet_trainer *trainer = NULL;
  triplet_trainer_load(context, (const uint8_t *)bytes->data, size, &trainer);
  return trainer;
}
