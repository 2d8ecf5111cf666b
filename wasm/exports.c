/* exports.c - the core as flat functions for JavaScript.
 *
 * Whatever JavaScript hands over lies in blocks: a triplet_matrix and its floats behind it. A list of integers, floats
 * or pointers to texts is a block of one column; a pointer of 0 is a list or matrix that is not given. Functions return
 * a status, those that make an object its pointer, or 0; `error` tells what went wrong. What a call finds out it puts:
 * it calls JavaScript with each number and its name. So no layout and no order of anything is known on both sides.
 * Options are written by name into `settings`, where the next call finds them. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "triplet.h"

#define EXPORT(type, name) __attribute__((export_name(#name))) type export_##name
#define IMPORT(type, name) __attribute__((import_module("env"), import_name(#name))) type name

static triplet_context *context;
/* The options of every other schema lie in those of the trainer, */
static triplet_trainer_options settings;
/* but for those of explicit and indexed triplets, so that loops of these find theirs whatever else runs. */
static triplet_options explicit_settings;
static triplet_encoder encoder;
static triplet_table_options reading;
static triplet_sampler_options sampling;
static char text[512];

/* ---- results: put by name, in snake_case ------------------------------------------------------------------------- */

IMPORT(void, put_number)(const char *name, double number);
/* NaN: it was not measured. */
IMPORT(void, put_figure)(const char *name, double figure);
IMPORT(void, put_flag)(const char *name, bool flag);
IMPORT(void, put_text)(const char *name, const char *text);
IMPORT(void, put_bounds)(const char *name, double low, double high);
/* What is put between the two is a part of the result, of that name. */
IMPORT(void, begin_part)(const char *name);
IMPORT(void, end_part)(void);
/* Likewise a list, whose parts are numbered. */
IMPORT(void, begin_list)(const char *name);
IMPORT(void, begin_part_at)(int32_t number);
/* In a part whose names are numbers. */
IMPORT(void, put_figure_at)(int32_t number, double figure);
IMPORT(void, put_text_at)(int32_t number, const char *text);
IMPORT(void, put_bounds_at)(int32_t number, double low, double high);

/* A member of a structure, by its own name. */
#define PUT(kind, structure, member) put_##kind(#member, (structure)->member)

static void put_texts(const char *name, triplet_texts texts) {
  begin_list(name);
  for (size_t i = 0; i < texts.count; i++)
    put_text_at((int32_t)i, texts.items[i]);
  end_part();
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

enum { ALIGNMENT = 64 };
/* For the small blocks of calls, which are released in the reverse order of their making. */
static _Alignas(ALIGNMENT) char scratch[1 << 14];
static size_t scratch_used;

static char *aligned(const void *place) {
  return (char *)(((uintptr_t)place + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

/* With room for a block and its alignment; more than fits 32 bits is more than any memory. */
static uint64_t size_of(size_t rows, size_t cols) {
  return (uint64_t)rows * cols * sizeof(float) + sizeof(triplet_matrix) + ALIGNMENT;
}

static triplet_matrix *block_at(void *memory, size_t rows, size_t cols) {
  triplet_matrix *block = memory;
  *block = triplet_matrix_of((float *)(void *)aligned(block + 1), rows, cols);
  return block;
}

/* Not cleared. 0 when it does not fit. */
EXPORT(triplet_matrix *, block)(size_t rows, size_t cols) {
  const uint64_t size = size_of(rows, cols);
  void *memory = size > INT32_MAX ? NULL : malloc((size_t)size);
  return memory ? block_at(memory, rows, cols) : NULL;
}

/* The same until the end of a call. */
EXPORT(triplet_matrix *, scratch_block)(size_t rows, size_t cols) {
  if (size_of(rows, cols) > sizeof scratch - scratch_used)
    return export_block(rows, cols);
  triplet_matrix *block = block_at(scratch + scratch_used, rows, cols);
  scratch_used = (size_t)(aligned(block->data + rows * cols) - scratch);
  return block;
}

EXPORT(void, release)(triplet_matrix *block) {
  const uintptr_t place = (uintptr_t)block - (uintptr_t)scratch;
  if (place < sizeof scratch)
    scratch_used = place;
  else
    free(block);
}

EXPORT(const float *, block_data)(const triplet_matrix *block) {
  return block->data;
}

EXPORT(size_t, block_rows)(const triplet_matrix *block) {
  return block->rows;
}

EXPORT(size_t, block_cols)(const triplet_matrix *block) {
  return block->cols;
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

static triplet_texts texts_of(const triplet_matrix *block) {
  return block ? (triplet_texts){(const char *const *)(const void *)block->data, block->rows} : (triplet_texts){0};
}

/* Doubles lie in a block of twice as many rows. */
static triplet_doubles doubles_of(const triplet_matrix *block) {
  return block ? (triplet_doubles){(const double *)(const void *)block->data,
                                   block->rows * sizeof(float) / sizeof(double)}
               : (triplet_doubles){0};
}

/* Where bytes go, and how many have room. */
static uint8_t *bytes_at(const triplet_matrix *block) {
  return (uint8_t *)floats_at(block);
}

static size_t capacity_of(const triplet_matrix *block) {
  return block ? block->rows * sizeof(float) : 0;
}

/* The only one, or NULL. */
static const char *text_of(const triplet_matrix *block) {
  return block ? *texts_of(block).items : NULL;
}

/* Until the end of a call. 0 when it does not fit. */
EXPORT(triplet_matrix *, labels)
(const triplet_matrix *integers, const triplet_matrix *ends, const triplet_matrix *relations) {
  const triplet_labels labels = {ints_of(integers), ints_of(ends), relations ? *relations : (triplet_matrix){0}};
  triplet_matrix *block = export_scratch_block(sizeof labels / sizeof(float), 1);
  if (block)
    memcpy(block->data, &labels, sizeof labels);
  return block;
}

static triplet_labels labels_of(const triplet_matrix *block) {
  triplet_labels labels = {0};
  if (block)
    memcpy(&labels, block->data, sizeof labels);
  return labels;
}

/* What an object shows of itself: a block until the next such call. */
static const triplet_matrix *view(triplet_matrix rows) {
  static triplet_matrix shown;
  shown = rows;
  return &shown;
}

static const triplet_matrix *view_of_ints(triplet_ints list) {
  return view(triplet_matrix_of((const float *)(const void *)list.data, list.count, 1));
}

/* A list for each row is what several labels for each row are. */
static triplet_lists lists_of(const triplet_matrix *block) {
  const triplet_labels labels = labels_of(block);
  return (triplet_lists){labels.integers, labels.ends};
}

/* A call of margin_loss_at: all of its matrices have the same shape. JavaScript writes the first eight, with NULL for
 * gradients that are not wanted, and reads the others: to pass arguments and results one by one takes most of the time
 * of a call on small data. */
static struct {
  size_t rows, cols;
  const float *anchors, *positives, *negatives;
  triplet_gradients gradients;
  uint32_t status, active, nonfinite;
} at_once;

/* ---- the instance ------------------------------------------------------------------------------------------------ */

/* Puts what JavaScript has to know. False when memory is short. */
EXPORT(bool, start)(void) {
  context = triplet_context_create(NULL);
  put_text("version", triplet_version());
  put_number("text", (uintptr_t)text);
  put_number("text_size", sizeof text);
  put_number("scratch", (uintptr_t)scratch);
  put_number("scratch_size", sizeof scratch);
  put_number("at_once", (uintptr_t)&at_once);
  /* Choices in the order of their enums. */
  put_text("hold_out", "rows|classes|auto");
  put_text("synthetic", "blobs|rings|moons|swiss_roll");
  put_text("names", "columns|classes|facts");
  put_text("formats", "auto|npy|safetensors|fvecs|text");
  return context;
}

/* Puts the last error: its status in words, the argument's name (none: undefined) and what was expected. */
EXPORT(void, error)(void) {
  const triplet_error *error = triplet_context_error(context);
  put_text("status", triplet_status_string(error->status));
  PUT(text, error, argument);
  PUT(text, error, message);
}

IMPORT(bool, progress)(double done);

static bool report_progress(void *user, double done) {
  (void)user;
  return progress(done);
}

/* Whether `progress` is told of the calls to come, and asked whether they go on. */
EXPORT(void, watch)(bool watched) {
  triplet_context_set_progress(context, watched ? report_progress : NULL, NULL);
}

/* ---- options by name --------------------------------------------------------------------------------------------- */

/* NULL past the last. */
EXPORT(const char *, schema_name)(size_t id) {
  return id < TRIPLET_SCHEMA_COUNT ? triplet_schema_get((triplet_schema_id)id)->name : NULL;
}

/* Puts what the core says of an option. NULL past the last. */
EXPORT(const triplet_field *, field)(triplet_schema_id id, size_t index) {
  const triplet_schema *schema = triplet_schema_get(id);
  if (index >= schema->count)
    return NULL;
  const triplet_field *field = &schema->fields[index];
  PUT(text, field, name);
  put_text("kind", triplet_field_kind_name(field->kind));
  PUT(number, field, initial);
  PUT(number, field, minimum);
  PUT(number, field, maximum);
  PUT(text, field, choices);
  PUT(text, field, belongs);
  return field;
}

/* Puts what is wrong with the name in `text`, which is that of no option. */
EXPORT(void, unknown)(triplet_schema_id id) {
  triplet_schema_field(context, id, text);
  PUT(text, triplet_context_error(context), message);
}

static void *structure_of(triplet_schema_id id) {
  switch (id) {
  case TRIPLET_SCHEMA_MARGIN_LOSS:
  case TRIPLET_SCHEMA_INDEXED_LOSS:
    return &explicit_settings;
  case TRIPLET_SCHEMA_OPTIMIZER:
    return &settings.optimizer;
  case TRIPLET_SCHEMA_TRAINER:
    return &settings;
  case TRIPLET_SCHEMA_ENCODER:
    return &encoder;
  case TRIPLET_SCHEMA_TABLE:
    return &reading;
  case TRIPLET_SCHEMA_SAMPLER:
    return &sampling;
  default:
    return &settings.loss;
  }
}

/* The same for those that are written over each other, or lie in each other. */
EXPORT(bool, place_of)(triplet_schema_id id) {
  return structure_of(id) == &explicit_settings;
}

EXPORT(void, defaults)(triplet_schema_id id) {
  triplet_schema_defaults(id, structure_of(id));
}

EXPORT(triplet_status, set_number)(triplet_schema_id id, const triplet_field *field, double value) {
  return triplet_schema_set_number(context, id, structure_of(id), field->name, value);
}

/* The value is in `text`. */
EXPORT(triplet_status, set_text)(triplet_schema_id id, const triplet_field *field) {
  return triplet_schema_set_text(context, id, structure_of(id), field->name, text);
}

/* Of an option that was given, once all are set. */
EXPORT(triplet_status, check_given)(triplet_schema_id id, const triplet_field *field) {
  return triplet_schema_check_given(context, id, structure_of(id), field->name);
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

static float *losses;
static triplet_batch batch;

/* Lists that have a number for each triplet or anchor. They come with every call, unlike the settings, and are not to
 * outlive it there. each_loss: where the losses go. */
EXPORT(void, set_lists)
(const triplet_matrix *weights, const triplet_matrix *margins, const triplet_matrix *grad_output,
 const triplet_matrix *each_loss) {
  explicit_settings.weights = settings.loss.weights = floats_of(weights);
  explicit_settings.margins = settings.loss.margins = floats_of(margins);
  explicit_settings.grad_output = settings.loss.grad_output = floats_of(grad_output);
  losses = floats_at(each_loss);
}

/* Of the next batch_loss, pair_slopes, mine_capacity, mine, evaluate or verify. */
EXPORT(void, set_batch)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *references,
 const triplet_matrix *reference_labels, const triplet_matrix *reference_self) {
  static triplet_references set;
  if (references)
    set = (triplet_references){*references, labels_of(reference_labels), ints_of(reference_self)};
  batch = (triplet_batch){*embeddings, labels_of(labels), references ? &set : NULL};
}

static void put_result(const triplet_result *result) {
  PUT(number, result, loss);
  put_number("active", (double)result->active);
  put_number("nonfinite", (double)result->nonfinite);
}

EXPORT(triplet_status, margin_loss)
(const triplet_matrix *anchors, const triplet_matrix *positives, const triplet_matrix *negatives,
 const triplet_matrix *anchors_gradient, const triplet_matrix *positives_gradient,
 const triplet_matrix *negatives_gradient) {
  triplet_result result = {0};
  const triplet_explicit triplets = {*anchors, *positives, *negatives};
  const triplet_gradients gradients = {floats_at(anchors_gradient), floats_at(positives_gradient),
                                       floats_at(negatives_gradient)};
  const triplet_status status = triplet_margin_loss(context, &explicit_settings, &triplets, gradients, losses, &result);
  put_result(&result);
  return status;
}

static triplet_matrix shaped(const float *numbers) {
  return triplet_matrix_of(numbers, at_once.rows, at_once.cols);
}

/* Of what `at_once` says: no blocks are made for a call, no lists go with it, and nothing is put. The loss. */
EXPORT(double, margin_loss_at)(void) {
  triplet_result result = {0};
  const triplet_explicit triplets = {shaped(at_once.anchors), shaped(at_once.positives), shaped(at_once.negatives)};
  export_set_lists(NULL, NULL, NULL, NULL);
  at_once.status = triplet_margin_loss(context, &explicit_settings, &triplets, at_once.gradients, NULL, &result);
  at_once.active = (uint32_t)result.active;
  at_once.nonfinite = (uint32_t)result.nonfinite;
  return result.loss;
}

EXPORT(triplet_status, indexed_loss)
(const triplet_matrix *table, const triplet_matrix *anchors, const triplet_matrix *positives,
 const triplet_matrix *negatives, const triplet_matrix *gradient) {
  const triplet_indexed triplets = {*table, ints_of(anchors), ints_of(positives), ints_of(negatives)};
  if (gradient) /* the core adds to it */
    memset(gradient->data, 0, gradient->rows * gradient->cols * sizeof(float));
  triplet_result result = {0};
  const triplet_status status =
      triplet_indexed_loss(context, &explicit_settings, &triplets, floats_at(gradient), losses, &result);
  put_result(&result);
  return status;
}

static void put_stats(const triplet_stats *stats) {
  begin_part("stats");
  PUT(number, stats, active);
  if (stats->loss == TRIPLET_LOSS_TRIPLET) {
    PUT(number, stats, triplets);
    PUT(number, stats, hard);
    PUT(number, stats, semihard);
    PUT(number, stats, easy);
  } else {
    PUT(number, stats, pairs);
    PUT(number, stats, positive_pairs);
    PUT(number, stats, negative_pairs);
    PUT(number, stats, active_positive_pairs);
    PUT(number, stats, active_negative_pairs);
  }
  PUT(number, stats, anchors_without_positive);
  PUT(number, stats, anchors_without_negative);
  PUT(number, stats, nonfinite);
  PUT(figure, stats, mean_positive_distance);
  PUT(figure, stats, mean_negative_distance);
  PUT(flag, stats, collapsed);
  end_part();
}

EXPORT(triplet_status, batch_loss)(const triplet_matrix *gradient, const triplet_matrix *reference_gradient) {
  const triplet_batch_gradients gradients = {floats_at(gradient), floats_at(reference_gradient)};
  triplet_batch_result result = {0};
  const triplet_status status = triplet_batch_loss(context, &settings.loss, &batch, gradients, losses, &result);
  PUT(number, &result, loss);
  put_stats(&result.stats);
  return status;
}

EXPORT(triplet_status, mine_capacity)(void) {
  size_t capacity = 0;
  const triplet_status status = triplet_mine_capacity(context, &settings.loss, &batch, &capacity);
  put_number("capacity", capacity);
  return status;
}

/* 3 rows of as many columns, or 0. */
static triplet_triplets triplets_in(const triplet_matrix *picks) {
  int32_t *to = ints_at(picks);
  const size_t room = picks ? picks->cols : 0;
  return (triplet_triplets){to, to + room, to + 2 * room, room, 0};
}

/* picks: 3 rows of `capacity` columns. */
EXPORT(triplet_status, mine)(const triplet_matrix *picks) {
  triplet_triplets triplets = triplets_in(picks);
  triplet_stats stats = {0};
  const triplet_status status = triplet_mine(context, &settings.loss, &batch, &triplets, &stats);
  PUT(number, &triplets, count);
  put_stats(&stats);
  return status;
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

EXPORT(triplet_status, distances)(const triplet_matrix *x, const triplet_matrix *y, const triplet_matrix *output) {
  return triplet_distances(context, &settings.loss, *x, *y, *output);
}

EXPORT(triplet_status, nearest)
(const triplet_matrix *queries, const triplet_matrix *references, const triplet_matrix *reference_self,
 const triplet_matrix *exclude, const triplet_matrix *indices, const triplet_matrix *distances) {
  const triplet_neighbor_search search = {*queries, *references, ints_of(reference_self), indices->cols,
                                          lists_of(exclude)};
  return triplet_nearest(context, &settings.loss, &search, ints_at(indices), distances->data);
}

/* ---- verification ------------------------------------------------------------------------------------------------ */

/* How many floats of room a verification needs for these rates and a curve of so many points. */
EXPORT(size_t, verification_size)(const triplet_matrix *far, size_t points) {
  return (doubles_of(far).count + points) * sizeof(triplet_operating_point) / sizeof(float);
}

static triplet_verification verification_in(const triplet_matrix *room, triplet_doubles far) {
  triplet_operating_point *at_far = (triplet_operating_point *)(void *)room->data;
  return (triplet_verification){
      .at_far = at_far, .curve = at_far + far.count, .curve_capacity = (size_t)settings.loss.curve};
}

/* A member of each point, by where it lies there. */
static void put_each(const char *name, const triplet_operating_point *points, size_t count, size_t member) {
  begin_list(name);
  for (size_t i = 0; i < count; i++)
    put_figure_at((int32_t)i, *(const double *)(const void *)((const char *)(points + i) + member));
  end_part();
}

static void put_verification(const triplet_verification *found, triplet_doubles far) {
  PUT(number, found, same);
  PUT(number, found, different);
  PUT(number, found, used);
  PUT(figure, found, auc);
  PUT(figure, found, eer);
  PUT(figure, found, eer_threshold);
  PUT(figure, found, accuracy);
  PUT(figure, found, threshold);
  put_each("tar", found->at_far, far.count, offsetof(triplet_operating_point, tar));
  put_each("threshold_at", found->at_far, far.count, offsetof(triplet_operating_point, threshold));

  if (settings.loss.threshold != INFINITY) {
    begin_part("judged");
    PUT(figure, &found->judged, threshold);
    PUT(figure, &found->judged, far);
    PUT(figure, &found->judged, tar);
    put_figure("accuracy", found->judged_accuracy);
    end_part();
  }
  if (found->curve_count) {
    begin_part("curve");
    put_each("far", found->curve, found->curve_count, offsetof(triplet_operating_point, far));
    put_each("tar", found->curve, found->curve_count, offsetof(triplet_operating_point, tar));
    put_each("thresholds", found->curve, found->curve_count, offsetof(triplet_operating_point, threshold));
    end_part();
  }
}

EXPORT(triplet_status, verify)(const triplet_matrix *far, const triplet_matrix *room) {
  triplet_verification found = verification_in(room, doubles_of(far));
  const triplet_status status = triplet_verify(context, &settings.loss, &batch, doubles_of(far), &found);
  put_verification(&found, doubles_of(far));
  return status;
}

/* same: one byte for each pair. */
EXPORT(triplet_status, verify_pairs)
(const triplet_matrix *first, const triplet_matrix *second, const triplet_matrix *same, const triplet_matrix *far,
 const triplet_matrix *room) {
  const triplet_given_pairs pairs = {*first, *second, (const uint8_t *)same->data};
  triplet_verification found = verification_in(room, doubles_of(far));
  const triplet_status status = triplet_verify_pairs(context, &settings.loss, &pairs, doubles_of(far), &found);
  put_verification(&found, doubles_of(far));
  return status;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

EXPORT(const triplet_matrix *, memory_rows)(const triplet_memory *memory) {
  return view(triplet_memory_references(memory).rows);
}

EXPORT(const triplet_matrix *, memory_labels)(const triplet_memory *memory) {
  return view_of_ints(triplet_memory_references(memory).labels.integers);
}

EXPORT(const triplet_matrix *, memory_ends)(const triplet_memory *memory) {
  return view_of_ints(triplet_memory_references(memory).labels.ends);
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

/* ---- matrices: arithmetic ---------------------------------------------------------------------------------------- */

/* Rows of another block, from `first` on, as a block that is released before that one, or after. 0 when it does not
 * fit. */
EXPORT(triplet_matrix *, view_block)(const triplet_matrix *block, size_t first, size_t rows) {
  triplet_matrix *shown = malloc(sizeof *shown);
  if (shown)
    *shown = triplet_matrix_of(block->data + first * block->cols, rows, block->cols);
  return shown;
}

EXPORT(triplet_status, matrix_fill)(const triplet_matrix *x, float value) {
  return triplet_matrix_fill(context, value, *x);
}

EXPORT(triplet_status, matrix_scale)(const triplet_matrix *x, double factor) {
  return triplet_matrix_scale(context, factor, *x);
}

EXPORT(triplet_status, matrix_add)(const triplet_matrix *output, const triplet_matrix *x, double factor) {
  return triplet_matrix_add(context, *x, factor, *output);
}

EXPORT(triplet_status, matrix_copy)(const triplet_matrix *output, const triplet_matrix *x) {
  return triplet_matrix_copy(context, *x, *output);
}

EXPORT(triplet_status, matrix_random)(const triplet_matrix *x, double seed) {
  return triplet_matrix_random(context, (int64_t)seed, *x);
}

/* What follows is not in the build of losses alone, triplet/loss. */
#ifndef TRIPLET_LOSS_ONLY

/* ---- slopes, reach and rings ------------------------------------------------------------------------------------- */

EXPORT(triplet_status, pair_slopes)(const triplet_matrix *slopes) {
  return triplet_pair_slopes(context, &settings.loss, &batch, *slopes);
}

EXPORT(triplet_status, reach)(double positive_distance) {
  triplet_reaches found = {0};
  const triplet_status status = triplet_reach(context, &settings.loss, positive_distance, &found);
  PUT(figure, &found, pull);
  PUT(figure, &found, push);
  return status;
}

EXPORT(triplet_status, ring)
(const triplet_matrix *center, const triplet_matrix *directions, double radius, const triplet_matrix *points) {
  return triplet_ring(context, &settings.loss, floats_of(center), *directions, radius, *points);
}

/* ---- an index ---------------------------------------------------------------------------------------------------- */

EXPORT(triplet_index *, index_create)(const triplet_matrix *references) {
  triplet_index *index = NULL;
  triplet_index_create(context, &settings.loss, *references, &index);
  return index;
}

EXPORT(void, index_destroy)(triplet_index *index) {
  triplet_index_destroy(index);
}

/* What errors call the first query of a search, which may have but a part of them. */
EXPORT(void, set_first_index)(size_t first) {
  triplet_context_set_first_index(context, first);
}

EXPORT(triplet_status, index_nearest)
(const triplet_index *index, const triplet_matrix *queries, const triplet_matrix *reference_self,
 const triplet_matrix *exclude, const triplet_matrix *indices, const triplet_matrix *distances) {
  const triplet_neighbor_search search = {*queries, {0}, ints_of(reference_self), indices->cols, lists_of(exclude)};
  return triplet_index_nearest(context, index, &search, ints_at(indices), distances->data);
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

/* found: 3 rows of a number for each query: labels, votes, and bytes that say whether it has a label. */
EXPORT(triplet_status, classify)
(const triplet_matrix *queries, const triplet_matrix *references, const triplet_matrix *reference_labels,
 const triplet_matrix *reference_self, const triplet_matrix *exclude, const triplet_matrix *found) {
  const triplet_classification_set set = {*queries, *references, labels_of(reference_labels), ints_of(reference_self),
                                          lists_of(exclude)};
  float *votes = found->data + found->cols;
  triplet_classification classification = {ints_at(found), (uint8_t *)(votes + found->cols), votes};
  return triplet_classify(context, &settings.loss, &set, &classification);
}

/* ---- evaluation -------------------------------------------------------------------------------------------------- */

/* How many floats of room an evaluation needs for what it finds of these ks and of the queries' labels. */
EXPORT(size_t, evaluation_size)(const triplet_matrix *labels, const triplet_matrix *k) {
  return (k->rows * (2 * sizeof(double) + sizeof(triplet_bounds)) +
          labels_of(labels).integers.count * sizeof(triplet_class_metrics)) /
         sizeof(float);
}

static triplet_evaluation evaluation_in(const float *room, triplet_labels labels, triplet_ints k) {
  double *recall = (double *)(void *)room;
  triplet_bounds *intervals = (triplet_bounds *)(void *)(recall + 2 * k.count);
  triplet_evaluation evaluation = {.recall = recall, .macro_recall = recall + k.count, .recall_intervals = intervals};
  evaluation.class_capacity = labels.integers.count;
  if (evaluation.class_capacity)
    evaluation.classes = (triplet_class_metrics *)(void *)(intervals + k.count);
  return evaluation;
}

static void put_metrics(const triplet_metrics *metrics) {
  PUT(number, metrics, queries);
  PUT(number, metrics, skipped);
  PUT(figure, metrics, precision_at_1);
  PUT(figure, metrics, r_precision);
  PUT(figure, metrics, map_at_r);
  PUT(figure, metrics, map);
  PUT(figure, metrics, mrr);
  PUT(figure, metrics, triplet_accuracy);
}

static void put_recall(triplet_ints k, const double *recall) {
  begin_part("recall_at");
  for (size_t i = 0; i < k.count; i++)
    put_figure_at(k.data[i], recall[i]);
  end_part();
}

static void put_interval(const char *name, triplet_bounds bounds) {
  put_bounds(name, bounds.low, bounds.high);
}

static void put_intervals(const triplet_evaluation *evaluation, triplet_ints k,
                          const triplet_held_out_evaluation *votes) {
  const triplet_metric_intervals *intervals = &evaluation->intervals;
  begin_part("intervals");
  PUT(interval, intervals, precision_at_1);
  PUT(interval, intervals, r_precision);
  PUT(interval, intervals, map_at_r);
  PUT(interval, intervals, map);
  PUT(interval, intervals, mrr);
  if (votes)
    put_interval("knn_accuracy", votes->knn_accuracy_interval);
  begin_part("recall_at");
  for (size_t i = 0; i < k.count; i++)
    put_bounds_at(k.data[i], evaluation->recall_intervals[i].low, evaluation->recall_intervals[i].high);
  end_part();
  end_part();
}

/* With votes NULL there were none. */
static void put_evaluation(const triplet_evaluation *evaluation, triplet_ints k,
                           const triplet_held_out_evaluation *votes) {
  put_metrics(&evaluation->metrics);
  put_recall(k, evaluation->recall);
  if (votes)
    PUT(figure, votes, knn_accuracy);
  put_intervals(evaluation, k, votes);
  begin_part("macro");
  put_metrics(&evaluation->macro);
  put_recall(k, evaluation->macro_recall);
  if (votes)
    put_figure("knn_accuracy", votes->macro_knn_accuracy);
  end_part();

  begin_list("classes");
  for (size_t i = 0; i < evaluation->class_count; i++) {
    begin_part_at((int32_t)i);
    PUT(number, &evaluation->classes[i], label);
    put_metrics(&evaluation->classes[i].metrics);
    end_part();
  }
  end_part();
}

EXPORT(triplet_status, evaluate)(const triplet_matrix *k, const triplet_matrix *room) {
  triplet_evaluation found = evaluation_in(room->data, batch.labels, ints_of(k));
  const triplet_status status = triplet_evaluate(context, &settings.loss, &batch, ints_of(k), &found);
  put_evaluation(&found, ints_of(k), NULL);
  return status;
}

/* indices: (queries, width). */
EXPORT(triplet_status, evaluate_neighbors)
(const triplet_matrix *indices, const triplet_matrix *labels, const triplet_matrix *reference_labels,
 const triplet_matrix *reference_self, const triplet_matrix *k, const triplet_matrix *room) {
  const triplet_given_neighbors given = {labels_of(labels), labels_of(reference_labels), ints_of(reference_self),
                                         ints_at(indices), indices->cols};
  triplet_evaluation found = evaluation_in(room->data, given.labels, ints_of(k));
  const triplet_status status = triplet_evaluate_neighbors(context, &settings.loss, &given, ints_of(k), &found);
  put_evaluation(&found, ints_of(k), NULL);
  return status;
}

/* held_out: one byte for each row. room: for two evaluations. */
EXPORT(triplet_status, evaluate_held_out)
(const triplet_matrix *embeddings, const triplet_matrix *labels, const triplet_matrix *held_out,
 const triplet_matrix *k, const triplet_matrix *room) {
  const triplet_held_out_set set = {*embeddings, labels_of(labels), (const uint8_t *)held_out->data, ints_of(k)};
  triplet_held_out_evaluation found = {
      .against_training = evaluation_in(room->data, set.labels, set.k),
      .among_themselves = evaluation_in(room->data + room->rows / 2, set.labels, set.k),
  };
  const triplet_status status = triplet_evaluate_held_out(context, &settings.loss, &set, &found);
  PUT(number, &found, held_out);
  PUT(number, &found, queries);
  begin_part("against_training");
  put_evaluation(&found.against_training, set.k, &found);
  end_part();
  begin_part("among_themselves");
  put_evaluation(&found.among_themselves, set.k, NULL);
  end_part();
  return status;
}

/* Puts the interval of a share. */
EXPORT(void, share_interval)(double share, double count) {
  put_interval("interval", triplet_share_bounds(share, (uint64_t)count));
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

/* shares: room for a double of each axis. */
EXPORT(triplet_status, principal_axes)
(const triplet_matrix *x, const triplet_matrix *mean, const triplet_matrix *axes, const triplet_matrix *shares) {
  double *to = (double *)(void *)shares->data;
  const triplet_status status = triplet_principal_axes(context, *x, mean->data, *axes, to);
  begin_list("shares");
  for (size_t i = 0; i < axes->rows && status == TRIPLET_OK; i++)
    put_figure_at((int32_t)i, to[i]);
  end_part();
  return status;
}

EXPORT(triplet_status, project)
(const triplet_matrix *x, const triplet_matrix *mean, const triplet_matrix *axes, const triplet_matrix *output) {
  return triplet_project(context, *x, floats_of(mean), *axes, *output);
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

EXPORT(triplet_sampler *, sampler_create)(const triplet_matrix *labels) {
  triplet_sampler *sampler = NULL;
  triplet_sampler_create(context, &sampling, labels_of(labels), &sampler);
  return sampler;
}

EXPORT(void, sampler_destroy)(triplet_sampler *sampler) {
  triplet_sampler_destroy(sampler);
}

EXPORT(size_t, sampler_batch_rows)(const triplet_sampler *sampler) {
  return triplet_sampler_batch_rows(sampler);
}

/* How many rows of the list are those of the batch. */
EXPORT(size_t, sampler_next)(triplet_sampler *sampler, const triplet_matrix *rows) {
  return triplet_sampler_next(sampler, ints_at(rows));
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* Of the list that matrices_write needs. */
EXPORT(size_t, tensors_size)(size_t count) {
  return count * sizeof(triplet_tensor) / sizeof(float);
}

/* names: texts; matrices: blocks; list: room for what they are to the core. Puts the size; bytes 0: only that. */
EXPORT(triplet_status, matrices_write)
(triplet_file_format format, const triplet_matrix *names, const triplet_matrix *matrices, const triplet_matrix *list,
 const triplet_matrix *bytes) {
  triplet_tensor *tensors = (triplet_tensor *)(void *)list->data;
  for (size_t i = 0; i < names->rows; i++)
    tensors[i] =
        (triplet_tensor){texts_of(names).items[i], *((const triplet_matrix *const *)(void *)matrices->data)[i]};
  size_t size = 0;
  const triplet_status status = triplet_vectors_write(context, format, (triplet_tensors){tensors, names->rows},
                                                      bytes_at(bytes), capacity_of(bytes), &size);
  put_number("size", size);
  return status;
}

EXPORT(triplet_file_format, file_format)(const triplet_matrix *bytes, size_t size) {
  return triplet_file_format_of(bytes_at(bytes), size);
}

/* tensor: a list of its name, or 0. */
EXPORT(triplet_vectors *, vectors_read)
(triplet_file_format format, const triplet_matrix *tensor, const triplet_matrix *bytes, size_t size) {
  triplet_vectors *vectors = NULL;
  triplet_vectors_read(context, format, text_of(tensor), bytes_at(bytes), size, &vectors);
  return vectors;
}

EXPORT(void, vectors_destroy)(triplet_vectors *vectors) {
  triplet_vectors_destroy(vectors);
}

EXPORT(const triplet_matrix *, vectors_matrix)(const triplet_vectors *vectors) {
  return view(triplet_vectors_matrix(vectors));
}

/* Puts what goes with the matrix. */
EXPORT(void, vectors)(const triplet_vectors *vectors) {
  const triplet_texts words = triplet_vectors_words(vectors);
  put_text("format", triplet_file_format_name(triplet_vectors_format(vectors)));
  if (words.count)
    put_texts("words", words);
}

#ifndef TRIPLET_NO_TABLES
/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* Of the next table_read, which they are not to outlive: lists of texts, of label and comment of one. */
EXPORT(void, set_texts)
(const triplet_matrix *label, const triplet_matrix *keep, const triplet_matrix *ignore,
 const triplet_matrix *categories, const triplet_matrix *missing_texts, const triplet_matrix *comment) {
  reading.label = text_of(label);
  reading.keep = texts_of(keep);
  reading.ignore = texts_of(ignore);
  reading.categories = texts_of(categories);
  reading.missing_texts = texts_of(missing_texts);
  reading.comment = text_of(comment);
}

/* recipe: 0, or what the table is read for. */
EXPORT(triplet_table *, table_read)(const triplet_matrix *bytes, size_t size, const triplet_recipe *recipe) {
  triplet_table *table = NULL;
  reading.recipe = recipe;
  triplet_table_read(context, &reading, (const char *)bytes->data, size, &table);
  return table;
}

EXPORT(void, table_destroy)(triplet_table *table) {
  triplet_table_destroy(table);
}

/* Puts all but the columns. label: the column of the label, if there is one. */
EXPORT(void, table)(const triplet_table *table) {
  put_number("rows", triplet_table_rows(table));
  put_number("columns", triplet_table_columns(table));
  if (triplet_table_label(table) < triplet_table_columns(table))
    put_number("label", triplet_table_label(table));
  begin_list("notes");
  for (size_t i = 0; i < triplet_table_notes(table); i++) {
    const triplet_note note = triplet_table_note(table, i);
    begin_part_at((int32_t)i);
    PUT(text, &note, text);
    PUT(text, &note, reason);
    PUT(text, &note, option);
    PUT(text, &note, value);
    PUT(flag, &note, warning);
    end_part();
  }
  end_part();
}

static void put_kind(triplet_column_kind kind) {
  put_text("kind", kind == TRIPLET_COLUMN_NUMBER ? "number" : kind == TRIPLET_COLUMN_CATEGORY ? "category" : "text");
}

/* Puts what is known of it; where its numbers are, or its codes, or 0. */
EXPORT(const void *, table_column)(const triplet_table *table, size_t index) {
  const triplet_column column = triplet_table_column(table, index);
  PUT(text, &column, name);
  put_kind(column.kind);
  put_text("use", column.use == TRIPLET_COLUMN_INPUT   ? "input"
                  : column.use == TRIPLET_COLUMN_LABEL ? "label"
                                                       : "left_out");
  PUT(number, &column, missing);
  if (column.codes)
    PUT(texts, &column, values);
  return column.numbers ? (const void *)column.numbers : column.codes;
}

EXPORT(size_t, table_row)(const triplet_table *table, size_t row) {
  return triplet_table_row(table, row);
}

EXPORT(triplet_recipe *, recipe_create)(const triplet_table *table) {
  triplet_recipe *recipe = NULL;
  triplet_recipe_create(context, table, &recipe);
  return recipe;
}

EXPORT(void, recipe_destroy)(triplet_recipe *recipe) {
  triplet_recipe_destroy(recipe);
}

EXPORT(triplet_status, recipe_fit)
(triplet_recipe *recipe, const triplet_table *table, const triplet_matrix *rows) {
  return triplet_recipe_fit(context, recipe, table, ints_of(rows));
}

EXPORT(triplet_status, recipe_matrix)
(const triplet_recipe *recipe, const triplet_table *table, const triplet_matrix *rows, const triplet_matrix *x) {
  return triplet_recipe_matrix(context, recipe, table, ints_of(rows), *x);
}

EXPORT(size_t, recipe_inputs)(const triplet_recipe *recipe) {
  return triplet_recipe_inputs(recipe);
}

EXPORT(void, recipe)(const triplet_recipe *recipe) {
  put_text("label", triplet_recipe_label(recipe));
  begin_list("inputs");
  for (size_t i = 0; i < triplet_recipe_inputs(recipe); i++)
    put_text_at((int32_t)i, triplet_recipe_input(recipe, i));
  end_part();

  begin_list("columns");
  for (size_t i = 0; i < triplet_recipe_columns(recipe); i++) {
    const triplet_recipe_column column = triplet_recipe_column_at(recipe, i);
    begin_part_at((int32_t)i);
    PUT(text, &column, name);
    put_kind(column.kind);
    if (column.kind == TRIPLET_COLUMN_CATEGORY) {
      PUT(texts, &column, values);
    } else {
      PUT(number, &column, mean);
      PUT(number, &column, deviation);
      PUT(number, &column, fill);
    }
    end_part();
  }
  end_part();
}

#endif

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

static triplet_encoder_pass pass;

/* Of the next encoder_forward or encoder_backward. */
EXPORT(void, set_pass)
(const triplet_matrix *x, const triplet_matrix *activations, const triplet_matrix *embeddings) {
  pass = (triplet_encoder_pass){*x, activations->data, *embeddings};
}

EXPORT(triplet_status, encoder_forward)(const triplet_matrix *parameters) {
  return triplet_encoder_forward(context, &encoder, parameters->data, &pass);
}

EXPORT(triplet_status, encoder_backward)
(const triplet_matrix *parameters, const triplet_matrix *gradient, const triplet_matrix *parameters_gradient,
 const triplet_matrix *x_gradient) {
  const triplet_encoder_gradients gradients = {parameters_gradient->data, x_gradient->data};
  return triplet_encoder_backward(context, &encoder, parameters->data, &pass, *gradient, gradients);
}

/* Puts the size; bytes 0: only that. */
EXPORT(triplet_status, encoder_save)(const triplet_matrix *parameters, const triplet_matrix *bytes) {
  size_t size = 0;
  const triplet_status status =
      triplet_encoder_save(context, &encoder, parameters->data, bytes_at(bytes), capacity_of(bytes), &size);
  put_number("size", size);
  return status;
}

/* As encoder_save. */
EXPORT(triplet_status, encoder_export)(const triplet_matrix *parameters, const triplet_matrix *bytes) {
  size_t size = 0;
  const triplet_status status =
      triplet_encoder_export(context, &encoder, parameters->data, bytes_at(bytes), capacity_of(bytes), &size);
  put_number("size", size);
  return status;
}

/* parameters 0: only the encoder itself. */
EXPORT(triplet_status, encoder_load)
(const triplet_matrix *bytes, size_t size, const triplet_matrix *parameters) {
  return triplet_encoder_load(context, bytes_at(bytes), size, &encoder, floats_at(parameters),
                              parameters ? parameters->cols : 0);
}

EXPORT(size_t, encoder_inputs)(void) {
  return encoder.inputs;
}

static const triplet_matrix *view_of_widths(const size_t *widths, size_t layers) {
  return view(triplet_matrix_of((const float *)(const void *)widths, layers, 1));
}

EXPORT(const triplet_matrix *, encoder_layers)(void) {
  return view_of_widths(encoder.widths, encoder.layers);
}

EXPORT(size_t, optimizer_state)(size_t parameters) {
  return triplet_optimizer_state(&settings.optimizer, parameters);
}

EXPORT(triplet_status, optimizer_update)
(double step, const triplet_matrix *parameters, const triplet_matrix *gradient, const triplet_matrix *state) {
  const triplet_parameters trained = {parameters->rows * parameters->cols, parameters->data, gradient->data,
                                      state->data};
  return triplet_optimizer_update(context, &settings.optimizer, (uint64_t)step, &trained);
}

/* state: one row, or 0. Puts the size; bytes 0: only that. */
EXPORT(triplet_status, optimizer_save)
(double steps, const triplet_matrix *state, const triplet_matrix *bytes) {
  const triplet_kept_optimizer kept = {settings.optimizer, (uint64_t)steps, floats_at(state), state ? state->cols : 0};
  size_t size = 0;
  const triplet_status status = triplet_optimizer_save(context, &kept, bytes_at(bytes), capacity_of(bytes), &size);
  put_number("size", size);
  return status;
}

/* It becomes that of the settings. state: as many floats as are put with the state 0. */
EXPORT(triplet_status, optimizer_load)
(const triplet_matrix *bytes, size_t size, const triplet_matrix *state) {
  triplet_kept_optimizer kept = {.state = floats_at(state), .count = state ? state->cols : 0};
  const triplet_status status = triplet_optimizer_load(context, bytes_at(bytes), size, &kept);
  if (status == TRIPLET_OK)
    settings.optimizer = kept.optimizer;
  PUT(number, &kept, steps);
  PUT(number, &kept, count);
  return status;
}

/* Puts by what bytes were saved. */
EXPORT(triplet_status, saved_kind)(const triplet_matrix *bytes, size_t size) {
  triplet_saved_kind kind = TRIPLET_SAVED_TRAINER;
  const triplet_status status = triplet_saved_kind_of(context, bytes_at(bytes), size, &kind);
  put_number("kind", kind);
  return status;
}

/* ---- trainer ----------------------------------------------------------------------------------------------------- */

/* With references, pairs. */
EXPORT(triplet_trainer *, trainer_create)
(const triplet_matrix *data, const triplet_matrix *references, const triplet_matrix *labels) {
  triplet_trainer *trainer = NULL;
  if (references) {
    const triplet_training_pairs pairs = {*data, *references, labels_of(labels)};
    triplet_trainer_create_pairs(context, &settings, &pairs, &trainer);
  } else {
    triplet_trainer_create(context, &settings, *data, labels_of(labels), &trainer);
  }
  return trainer;
}

EXPORT(void, trainer_destroy)(triplet_trainer *trainer) {
  triplet_trainer_destroy(trainer);
}

EXPORT(triplet_status, trainer_attach)
(triplet_trainer *trainer, const triplet_matrix *data, const triplet_matrix *references, const triplet_matrix *labels) {
  if (!references)
    return triplet_trainer_attach(context, trainer, *data, labels_of(labels));
  const triplet_training_pairs pairs = {*data, *references, labels_of(labels)};
  return triplet_trainer_attach_pairs(context, trainer, &pairs);
}

static bool stop_after_one(void *stepped, const triplet_step *step) {
  (void)step;
  *(bool *)stepped = true;
  return false;
}

static void put_step(const triplet_step *step) {
  PUT(number, step, step);
  PUT(number, step, loss);
  PUT(number, step, learning_rate);
  if (step->validation >= 0)
    PUT(number, step, validation);
  PUT(flag, step, improved);
  PUT(flag, step, stopped);
  PUT(flag, step, collapsed);
  put_stats(&step->stats);
}

EXPORT(triplet_status, trainer_step)(triplet_trainer *trainer) {
  triplet_step step = {0};
  const triplet_status status = triplet_trainer_step(context, trainer, &step);
  put_step(&step);
  return status;
}

/* A step of a run, which is cancelled after it. Puts whether the run is over, without a step, as the trainer had
 * stopped. */
EXPORT(triplet_status, trainer_run_step)(triplet_trainer *trainer) {
  triplet_step step = {0};
  bool stepped = false;
  const triplet_status status = triplet_trainer_run(context, trainer, stop_after_one, &stepped, &step);
  put_step(&step);
  put_flag("over", status == TRIPLET_OK);
  return stepped ? TRIPLET_OK : status; /* not where `progress` cancelled the step */
}

EXPORT(void, trainer_restore_best)(triplet_trainer *trainer) {
  triplet_trainer_restore_best(trainer);
}

EXPORT(triplet_status, trainer_embed)
(const triplet_trainer *trainer, const triplet_matrix *x, const triplet_matrix *embeddings) {
  return triplet_trainer_embed(context, trainer, *x, *embeddings);
}

EXPORT(triplet_status, trainer_embed_references)
(const triplet_trainer *trainer, const triplet_matrix *references, const triplet_matrix *embeddings) {
  return triplet_trainer_embed_references(context, trainer, *references, *embeddings);
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
  return view_of_widths(options->widths, options->layers);
}

EXPORT(const triplet_matrix *, trainer_parameters)(const triplet_trainer *trainer) {
  const triplet_floats list = triplet_trainer_parameters(trainer);
  return view(triplet_matrix_of(list.data, 1, list.count));
}

EXPORT(const triplet_matrix *, trainer_last_batch)(const triplet_trainer *trainer) {
  return view_of_ints(triplet_trainer_last_batch(trainer));
}

EXPORT(const triplet_matrix *, trainer_validation_rows)(const triplet_trainer *trainer) {
  return view_of_ints(triplet_trainer_validation_rows(trainer));
}

/* Puts the count. picks: 3 rows of as many columns, or 0: only the count. */
EXPORT(triplet_status, trainer_last_triplets)(const triplet_trainer *trainer, const triplet_matrix *picks) {
  triplet_triplets triplets = triplets_in(picks);
  const triplet_status status = triplet_trainer_last_triplets(context, trainer, &triplets);
  PUT(number, &triplets, count);
  return status;
}

/* What stands for all rows of a free embedding table; 0 with an encoder. */
EXPORT(const triplet_matrix *, trainer_table)(const triplet_trainer *trainer) {
  if (triplet_trainer_get_options(trainer)->layers)
    return NULL;
  const size_t rows = triplet_trainer_parameters(trainer).count / triplet_trainer_dim(trainer);
  return view(triplet_matrix_of(NULL, rows, 0));
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

EXPORT(bool, trainer_stopped)(const triplet_trainer *trainer) {
  return triplet_trainer_stopped(trainer);
}

EXPORT(triplet_status, trainer_set_names)
(triplet_trainer *trainer, triplet_name_list list, const triplet_matrix *names) {
  return triplet_trainer_set_names(context, trainer, list, names->rows, texts_of(names).items);
}

/* NULL past the last. */
EXPORT(const char *, trainer_name)(const triplet_trainer *trainer, triplet_name_list list, size_t index) {
  return index < triplet_trainer_name_count(trainer, list) ? triplet_trainer_name(trainer, list, index) : NULL;
}

EXPORT(triplet_status, trainer_set_recipe)(triplet_trainer *trainer, const triplet_recipe *recipe) {
  return triplet_trainer_set_recipe(context, trainer, recipe);
}

/* NULL: none. */
EXPORT(const triplet_recipe *, trainer_recipe)(const triplet_trainer *trainer) {
  return triplet_trainer_recipe(trainer);
}

EXPORT(double, trainer_threshold)(const triplet_trainer *trainer) {
  return triplet_trainer_threshold(trainer);
}

EXPORT(triplet_status, trainer_set_threshold)(triplet_trainer *trainer, double threshold) {
  return triplet_trainer_set_threshold(context, trainer, threshold);
}

/* embeddings 0: none are kept. */
EXPORT(triplet_status, trainer_keep_rows)
(triplet_trainer *trainer, const triplet_matrix *embeddings, const triplet_matrix *labels) {
  const triplet_matrix none = {0};
  return triplet_trainer_keep_rows(context, trainer, embeddings ? *embeddings : none, labels_of(labels));
}

EXPORT(const triplet_matrix *, trainer_kept_rows)(const triplet_trainer *trainer) {
  return view(triplet_trainer_kept_rows(trainer).rows);
}

EXPORT(const triplet_matrix *, trainer_kept_labels)(const triplet_trainer *trainer) {
  return view_of_ints(triplet_trainer_kept_rows(trainer).labels.integers);
}

EXPORT(const triplet_matrix *, trainer_kept_ends)(const triplet_trainer *trainer) {
  return view_of_ints(triplet_trainer_kept_rows(trainer).labels.ends);
}

/* Puts the size; bytes 0: only that. */
EXPORT(triplet_status, trainer_save)(const triplet_trainer *trainer, const triplet_matrix *bytes) {
  size_t size = 0;
  const triplet_status status = triplet_trainer_save(context, trainer, bytes_at(bytes), capacity_of(bytes), &size);
  put_number("size", size);
  return status;
}

/* As trainer_save. */
EXPORT(triplet_status, trainer_export)(const triplet_trainer *trainer, const triplet_matrix *bytes) {
  size_t size = 0;
  const triplet_status status = triplet_trainer_export(context, trainer, bytes_at(bytes), capacity_of(bytes), &size);
  put_number("size", size);
  return status;
}

EXPORT(triplet_trainer *, trainer_load)(const triplet_matrix *bytes, size_t size) {
  triplet_trainer *trainer = NULL;
  triplet_trainer_load(context, bytes_at(bytes), size, &trainer);
  return trainer;
}
#endif
