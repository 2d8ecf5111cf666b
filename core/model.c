/* model.c - a trainer as safetensors bytes, and back.
 *
 * Beside what models of all kinds have, which stored.h tells,
 *    judgements   F64 (2)  MAP@R of the last validation and of the best
 *    progress     I64 (6)  steps done, the key of the sampler's rows, validation due, validations without a better one,
 *                          collapsed batches in a row, stopped
 *    sampler      I64 (n)  where the batches are; absent where there never were any
 *    recipe       F64 (n, 3)  mean, deviation and fill of the recipe's columns of numbers; absent without any
 *    threshold    F64 (1)  absent without one
 *    kept.rows    F32 (n, dim)  with kept.labels I32, and kept.ends I32 (n) where these are sets; absent without any
 * and the metadata "recipe", the JSON list of what the texts of the recipe are and these texts in turn, and "facts".
 *
 * Version 1 had batches by a generator, which stands where the key does. */
#include "collective.h"
#include "stored.h"
#include "trainer_internal.h"

#define MAX_STEPS ((int64_t)1 << 53)

/* ---- what a model is made of, for both ways ---------------------------------------------------------------------- */

enum { STEPS_DONE, DRAW_KEY, VALIDATION_DUE, WITHOUT_BETTER, COLLAPSED, STOPPED, PROGRESS };

/* The numbers of a trainer that are no tensors there. */
typedef struct trainer_numbers {
  triplet_stored_options options;
  double validations[2];
  int64_t progress[PROGRESS];
} trainer_numbers;

static void list_options(triplet_trainer_options *of, triplet_stored_options *options) {
  options->count = 0;
  triplet_stored_add_options(options, "", TRIPLET_SCHEMA_TRAINER, of);
  triplet_stored_add_options(options, "optimizer.", TRIPLET_SCHEMA_OPTIMIZER, &of->optimizer);
}

static void list_parameters(const triplet_trainer *trainer, const char *prefix, float *parameters,
                            triplet_stored_list *list) {
  if (triplet_trainer_is_table(trainer))
    triplet_stored_add_matrix(list, "embedding", TRIPLET_F32, trainer->table_rows, trainer->encoder.inputs, parameters);
  else
    triplet_stored_add_layers(list, prefix, &trainer->encoder, parameters);
}

/* All that is float32; the best weights once there are any. */
static void list_floats(const triplet_trainer *trainer, triplet_stored_list *list) {
  const size_t inputs = trainer->encoder.inputs;
  list_parameters(trainer, "", trainer->parameters, list);
  if (trainer->best_validation >= 0)
    list_parameters(trainer, "best.", trainer->best_parameters, list);
  if (trainer->state_count)
    triplet_stored_add(list, "optimizer.state", TRIPLET_F32, trainer->state_count, trainer->state);
  if (trainer->mean) {
    triplet_stored_add(list, "standardization.mean", TRIPLET_F32, inputs, trainer->mean);
    triplet_stored_add(list, "standardization.deviation", TRIPLET_F32, inputs, trainer->deviation);
  }
}

/* ---- saving ------------------------------------------------------------------------------------------------------ */

static const char *const name_keys[] = {
    [TRIPLET_NAMES_COLUMNS] = "columns", [TRIPLET_NAMES_LABELS] = "labels", [TRIPLET_NAMES_FACTS] = "facts"};

static const triplet_recipe *saved_recipe(const triplet_trainer *trainer) {
  return trainer->has_implied_recipe ? NULL : trainer->recipe;
}

static const char *const recipe_missing[] = {"mean", "drop", "error"};

static void write_pair(triplet_texts_writer *list, const char *what, const char *text) {
  triplet_texts_add(list, "", what);
  triplet_texts_add(list, "", text);
}

/* What each text is, and the text, in turn: a column's values stand behind its name. */
static void write_recipe(triplet_writer *writer, const triplet_recipe *recipe) {
  triplet_texts_writer list = triplet_texts_begin(writer, "recipe");
  write_pair(&list, "header", recipe->has_header ? "true" : "false");
  write_pair(&list, "standardize", recipe->standardize ? "true" : "false");
  write_pair(&list, "missing", recipe_missing[recipe->missing]);
  if (recipe->label)
    write_pair(&list, "label", recipe->label);
  for (size_t i = 0; i < recipe->missing_text_count; i++)
    write_pair(&list, "missing_text", recipe->missing_texts[i]);
  for (size_t i = 0; i < recipe->column_count; i++) {
    const triplet_ingredient *column = &recipe->columns[i];
    write_pair(&list, column->kind == TRIPLET_COLUMN_NUMBER ? "number" : "category", column->name);
    for (size_t j = 0; j < column->value_count; j++)
      write_pair(&list, "value", column->values[j]);
  }
  triplet_texts_end(&list);
}

/* What is saved, and how it is told of. */
typedef struct saved {
  const triplet_trainer *trainer;
  const trainer_numbers *values;
} saved;

static void write_metadata(triplet_writer *writer, const void *of) {
  const saved *from = of;
  const triplet_trainer *trainer = from->trainer;
  triplet_stored_write_metadata(writer, TRIPLET_SAVED_TRAINER, &from->values->options);
  for (size_t i = 0; i < sizeof name_keys / sizeof *name_keys; i++) {
    if (i == TRIPLET_NAMES_FACTS && !trainer->names[i].count)
      continue;
    triplet_texts_writer list = triplet_texts_begin(writer, name_keys[i]);
    for (size_t j = 0; j < trainer->names[i].count; j++)
      triplet_texts_add(&list, "", trainer->names[i].items[j]);
    triplet_texts_end(&list);
  }
  if (saved_recipe(trainer))
    write_recipe(writer, saved_recipe(trainer));
}

static int64_t signed_bits(uint64_t bits) {
  int64_t value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* values has its options. */
static void list_numbers(const triplet_trainer *trainer, trainer_numbers *values, triplet_stored_list *list) {
  const int64_t progress[PROGRESS] = {[STEPS_DONE] = (int64_t)trainer->steps_done,
                                      [DRAW_KEY] = signed_bits(triplet_trainer_draw_key(trainer)),
                                      [VALIDATION_DUE] = trainer->validation_due,
                                      [WITHOUT_BETTER] = (int64_t)trainer->validations_without_better,
                                      [COLLAPSED] = (int64_t)trainer->collapsed_batches,
                                      [STOPPED] = trainer->last.stopped};
  values->validations[0] = trainer->validation;
  values->validations[1] = trainer->best_validation;
  memcpy(values->progress, progress, sizeof progress);
  triplet_stored_add_numbers(list, &values->options);
  triplet_stored_add(list, "judgements", TRIPLET_F64, 2, values->validations);
  triplet_stored_add(list, "progress", TRIPLET_I64, PROGRESS, values->progress);
}

enum { RECIPE_NUMBERS = 3 }; /* of a column: mean, deviation, fill */

static size_t count_recipe_numbers(const triplet_recipe *recipe) {
  size_t count = 0;
  for (size_t i = 0; recipe && i < recipe->column_count; i++)
    count += recipe->columns[i].kind == TRIPLET_COLUMN_NUMBER;
  return count;
}

static triplet_stored *add_recipe(triplet_stored_list *list, size_t count, double *data) {
  return triplet_stored_add_matrix(list, "recipe", TRIPLET_F64, count, RECIPE_NUMBERS, data);
}

static void list_recipe_numbers(const triplet_recipe *recipe, double *numbers) {
  for (size_t i = 0; i < recipe->column_count; i++) {
    const triplet_ingredient *column = &recipe->columns[i];
    if (column->kind != TRIPLET_COLUMN_NUMBER)
      continue;
    *numbers++ = column->mean;
    *numbers++ = column->deviation;
    *numbers++ = column->fill;
  }
}

static void list_kept(const triplet_trainer *trainer, triplet_stored_list *list) {
  const triplet_references kept = triplet_trainer_kept_rows(trainer);
  const triplet_label_list *labels = &trainer->kept_labels;
  if (!kept.rows.rows)
    return;
  triplet_stored_add_matrix(list, "kept.rows", TRIPLET_F32, kept.rows.rows, kept.rows.cols, kept.rows.data);
  triplet_stored_add(list, "kept.labels", TRIPLET_I32, kept.labels.integers.count, labels->integers);
  if (labels->ends)
    triplet_stored_add(list, "kept.ends", TRIPLET_I32, labels->rows, labels->ends);
}

triplet_status triplet_trainer_save(triplet_context *context, const triplet_trainer *trainer, uint8_t *bytes,
                                    size_t capacity, size_t *size) {
  const size_t state = triplet_trainer_draw_state(trainer, NULL);
  const size_t recipe_numbers = count_recipe_numbers(saved_recipe(trainer));
  triplet_trainer_options options = trainer->options;
  trainer_numbers values;
  triplet_stored_list list = {0};
  list_options(&options, &values.options);
  list_numbers(trainer, &values, &list);
  triplet_stored *sampler = state ? triplet_stored_add(&list, "sampler", TRIPLET_I64, state, NULL) : NULL;
  triplet_stored *recipe = recipe_numbers ? add_recipe(&list, recipe_numbers, NULL) : NULL;
  double threshold = trainer->threshold;
  if (threshold == threshold)
    triplet_stored_add(&list, "threshold", TRIPLET_F64, 1, &threshold);
  list_floats(trainer, &list);
  list_kept(trainer, &list);

  const saved of = {trainer, &values};
  const triplet_safetensors_content content = {write_metadata, &of, list.tensors, list.count};
  if (!bytes)
    return triplet_safetensors_write(context, &content, NULL, 0, size);

  int64_t *places = triplet_allocate(context, state, sizeof *places);
  double *means = triplet_allocate(context, recipe_numbers, RECIPE_NUMBERS * sizeof *means);
  triplet_status status = places && means ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK && sampler) {
    sampler->data = places;
    triplet_trainer_draw_state(trainer, places);
  }
  if (status == TRIPLET_OK && recipe) {
    recipe->data = means;
    list_recipe_numbers(trainer->recipe, means);
  }
  if (status == TRIPLET_OK)
    status = triplet_safetensors_write(context, &content, bytes, capacity, size);
  triplet_release(context, means);
  triplet_release(context, places);
  return status;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static triplet_status read_options(triplet_context *context, triplet_safetensors *file,
                                   triplet_trainer_options *options) {
  triplet_stored_options known;
  list_options(options, &known);
  return triplet_stored_read_options(context, file, &known);
}

/* The shape of the model is that of its weights. */
static triplet_status read_shape(triplet_context *context, const triplet_safetensors *file,
                                 triplet_trainer_options *options, size_t *inputs, size_t *table_rows) {
  const triplet_file_tensor *table = triplet_safetensors_find(file, "embedding");
  if (table &&
      (!triplet_file_tensor_is(table, TRIPLET_F32, 2) || table->shape[1] > INT32_MAX || table->shape[0] > INT32_MAX))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor embedding has a wrong type or shape");
  triplet_stored_layers layers;
  TRIPLET_TRY(triplet_stored_read_layers(context, file, &layers));
  if ((table != NULL) == (layers.count > 0))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "there are %s layers %s an embedding",
                        table ? "both" : "neither", table ? "and" : "nor");
  if (table)
    options->dim = (int64_t)table->shape[1];
  *table_rows = table ? table->shape[0] : 0;
  *inputs = layers.inputs;
  options->layers = layers.count;
  memcpy(options->widths, layers.widths, layers.count * sizeof *layers.widths);
  return TRIPLET_OK;
}

static triplet_status read_progress(triplet_context *context, const triplet_safetensors *file,
                                    triplet_trainer *trainer) {
  trainer_numbers values;
  triplet_stored_list wanted = {0};
  triplet_stored_add(&wanted, "judgements", TRIPLET_F64, 2, values.validations);
  triplet_stored_add(&wanted, "progress", TRIPLET_I64, PROGRESS, values.progress);
  TRIPLET_TRY(triplet_safetensors_read(context, file, wanted.tensors, wanted.count));
  for (size_t i = 0; i < 2; i++) {
    const double score = values.validations[i];
    if (!(score == -1 || (score >= 0 && score <= 1 && trainer->best_parameters)))
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor judgements is out of range");
  }
  for (size_t i = 0; i < PROGRESS; i++) {
    const bool flag = i == VALIDATION_DUE || i == STOPPED;
    if (i != DRAW_KEY && (values.progress[i] < 0 || values.progress[i] > (flag ? 1 : MAX_STEPS)))
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor progress is out of range");
  }
  if (values.progress[VALIDATION_DUE] && !trainer->best_parameters)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "a validation is due of a model that sets no rows aside");
  trainer->validation = values.validations[0];
  trainer->best_validation = values.validations[1];
  trainer->steps_done = (uint64_t)values.progress[STEPS_DONE];
  memcpy(&trainer->saved.key, &values.progress[DRAW_KEY], sizeof trainer->saved.key);
  trainer->validation_due = values.progress[VALIDATION_DUE];
  trainer->validations_without_better = (uint64_t)values.progress[WITHOUT_BETTER];
  trainer->collapsed_batches = (uint64_t)values.progress[COLLAPSED];
  trainer->last.stopped = values.progress[STOPPED];
  return TRIPLET_OK;
}

static triplet_status read_names(triplet_context *context, triplet_safetensors *file, triplet_trainer *trainer) {
  for (size_t i = 0; i < sizeof name_keys / sizeof *name_keys; i++) {
    const char **names;
    size_t count;
    TRIPLET_TRY(triplet_safetensors_list(context, file, name_keys[i], &names, &count));
    const triplet_status status = triplet_trainer_set_names(context, trainer, (triplet_name_list)i, count, names);
    triplet_release(context, names);
    TRIPLET_TRY(triplet_stored_blame(context, status));
  }
  return TRIPLET_OK;
}

static triplet_status read_threshold(triplet_context *context, const triplet_safetensors *file,
                                     triplet_trainer *trainer) {
  double threshold;
  triplet_stored_list wanted = {0};
  if (!triplet_safetensors_find(file, "threshold"))
    return TRIPLET_OK;
  triplet_stored_add(&wanted, "threshold", TRIPLET_F64, 1, &threshold);
  TRIPLET_TRY(triplet_safetensors_read(context, file, wanted.tensors, wanted.count));
  if (!(fabs(threshold) <= DBL_MAX))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor threshold is out of range");
  return triplet_trainer_set_threshold(context, trainer, threshold);
}

/* Not there: *data is NULL. */
static triplet_status read_integers(triplet_context *context, const triplet_safetensors *file, const char *name,
                                    int32_t **data, size_t *count) {
  const triplet_file_tensor *found = triplet_safetensors_find(file, name);
  *data = NULL;
  *count = 0;
  if (!found)
    return TRIPLET_OK;
  if (!triplet_file_tensor_is(found, TRIPLET_I32, 1))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s has a wrong type or shape", name);
  int32_t *read = triplet_allocate(context, found->shape[0], sizeof *read);
  if (!read)
    return TRIPLET_OUT_OF_MEMORY;
  triplet_safetensors_numbers(file, found, TRIPLET_I32, read);
  *data = read;
  *count = found->shape[0];
  return TRIPLET_OK;
}

/* rows: of their shape, and room for their numbers. */
static triplet_status read_kept_rows(triplet_context *context, const triplet_safetensors *file, triplet_matrix rows,
                                     triplet_trainer *trainer) {
  int32_t *integers, *ends = NULL;
  size_t count, end_count = 0;
  triplet_safetensors_numbers(file, triplet_safetensors_find(file, "kept.rows"), TRIPLET_F32, rows.data);
  TRIPLET_TRY(read_integers(context, file, "kept.labels", &integers, &count));
  triplet_status status = read_integers(context, file, "kept.ends", &ends, &end_count);
  if (status == TRIPLET_OK) {
    const triplet_labels labels = {.integers = {integers, count}, .ends = {ends, end_count}};
    status = triplet_stored_blame(context, triplet_trainer_keep_rows(context, trainer, rows, labels));
  }
  triplet_release(context, ends);
  triplet_release(context, integers);
  return status;
}

static triplet_status read_kept(triplet_context *context, const triplet_safetensors *file, triplet_trainer *trainer) {
  const triplet_file_tensor *found = triplet_safetensors_find(file, "kept.rows");
  if (!found)
    return TRIPLET_OK;
  if (!triplet_file_tensor_is(found, TRIPLET_F32, 2) || found->shape[0] == 0)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor kept.rows has a wrong type or shape");
  triplet_matrix rows = {NULL, found->shape[0], found->shape[1]};
  rows.data = triplet_allocate(context, rows.rows, rows.cols * sizeof *rows.data);
  if (!rows.data)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status = read_kept_rows(context, file, rows, trainer);
  triplet_release(context, rows.data);
  return status;
}

static bool read_flag(const char *text, bool *flag) {
  *flag = strcmp(text, "true") == 0;
  return *flag || strcmp(text, "false") == 0;
}

static bool read_missing(const char *text, triplet_missing *missing) {
  for (size_t i = 0; i < sizeof recipe_missing / sizeof *recipe_missing; i++)
    if (strcmp(text, recipe_missing[i]) == 0) {
      *missing = (triplet_missing)i;
      return true;
    }
  return false;
}

/* What is read of a recipe, and memory for it. */
typedef struct recipe_parts {
  triplet_ingredients of;
  triplet_ingredient *columns;
  const char **values, **missing_texts;
} recipe_parts;

/* One text of the list, by what it is. What is not known here is passed over. */
static bool read_ingredient(const char *what, const char *text, recipe_parts *parts) {
  triplet_ingredients *of = &parts->of;
  triplet_ingredient *last = of->count ? &parts->columns[of->count - 1] : NULL;
  if (strcmp(what, "value") == 0) {
    if (!last || last->kind != TRIPLET_COLUMN_CATEGORY)
      return false;
    last->values[last->value_count++] = text;
    return true;
  }
  if (strcmp(what, "number") == 0 || strcmp(what, "category") == 0) {
    parts->columns[of->count++] =
        (triplet_ingredient){.name = text,
                             .kind = *what == 'n' ? TRIPLET_COLUMN_NUMBER : TRIPLET_COLUMN_CATEGORY,
                             .values = last ? last->values + last->value_count : parts->values,
                             .deviation = 1};
    return true;
  }
  if (strcmp(what, "header") == 0)
    return read_flag(text, &of->has_header);
  if (strcmp(what, "standardize") == 0)
    return read_flag(text, &of->standardize);
  if (strcmp(what, "missing") == 0)
    return read_missing(text, &of->missing);
  if (strcmp(what, "missing_text") == 0)
    parts->missing_texts[of->missing_texts.count++] = text;
  if (strcmp(what, "label") == 0)
    of->label = text;
  return true;
}

static triplet_status read_recipe_numbers(triplet_context *context, const triplet_safetensors *file,
                                          const triplet_ingredients *of, triplet_ingredient *columns) {
  size_t count = 0;
  for (size_t i = 0; i < of->count; i++)
    count += columns[i].kind == TRIPLET_COLUMN_NUMBER;
  if (!count)
    return TRIPLET_OK;
  double *numbers = triplet_allocate(context, count, RECIPE_NUMBERS * sizeof *numbers), *next = numbers;
  if (!numbers)
    return TRIPLET_OUT_OF_MEMORY;
  triplet_stored_list wanted = {0};
  add_recipe(&wanted, count, numbers);
  triplet_status status = triplet_safetensors_read(context, file, wanted.tensors, wanted.count);
  for (size_t i = 0; i < of->count && status == TRIPLET_OK; i++) {
    if (columns[i].kind != TRIPLET_COLUMN_NUMBER)
      continue;
    columns[i].mean = *next++;
    columns[i].deviation = *next++;
    columns[i].fill = *next++;
    if (!(columns[i].deviation > 0 && columns[i].deviation <= DBL_MAX) || !(fabs(columns[i].mean) <= DBL_MAX) ||
        !(fabs(columns[i].fill) <= DBL_MAX))
      status =
          triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the recipe of column %n is out of range", columns[i].name);
  }
  triplet_release(context, numbers);
  return status;
}

static triplet_status add_different(triplet_context *context, triplet_dictionary *known, const char *text) {
  const size_t count = known->count;
  if (triplet_dictionary_code(known, text, strlen(text)) == TRIPLET_NO_CODE)
    return TRIPLET_OUT_OF_MEMORY;
  return known->count > count ? TRIPLET_OK
                              : triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the recipe has %n twice", text);
}

/* Columns are found by their names, and values by their texts: none comes twice. */
static triplet_status check_different(triplet_context *context, const triplet_ingredients *of) {
  triplet_dictionary names = triplet_dictionary_of(context);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < of->count && status == TRIPLET_OK; i++) {
    const triplet_ingredient *column = &of->columns[i];
    triplet_dictionary values = triplet_dictionary_of(context);
    status = add_different(context, &names, column->name);
    for (size_t j = 0; j < column->value_count && status == TRIPLET_OK; j++)
      status = add_different(context, &values, column->values[j]);
    triplet_dictionary_release(&values);
  }
  triplet_dictionary_release(&names);
  return status;
}

/* items: what each text is, and the text, in turn. */
static triplet_status read_ingredients(triplet_context *context, const triplet_safetensors *file,
                                       const char *const *items, size_t count, triplet_trainer *trainer) {
  if (count % 2)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "recipe is not a list of kinds and texts in turn");
  recipe_parts parts = {.columns = triplet_allocate(context, count, sizeof *parts.columns),
                        .values = triplet_allocate(context, count, sizeof *parts.values),
                        .missing_texts = triplet_allocate(context, count, sizeof *parts.missing_texts)};
  parts.of.columns = parts.columns;
  parts.of.missing_texts.items = parts.missing_texts;
  triplet_status status = parts.columns && parts.values && parts.missing_texts ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < count && status == TRIPLET_OK; i += 2)
    if (!read_ingredient(items[i], items[i + 1], &parts))
      status = triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the recipe has a %n out of place: %n", items[i],
                            items[i + 1]);
  if (status == TRIPLET_OK)
    status = check_different(context, &parts.of);
  if (status == TRIPLET_OK)
    status = read_recipe_numbers(context, file, &parts.of, parts.columns);
  triplet_recipe *recipe = NULL;
  if (status == TRIPLET_OK)
    status = triplet_recipe_make(context, &parts.of, &recipe);
  if (status == TRIPLET_OK)
    status = triplet_stored_blame(context, triplet_trainer_set_recipe(context, trainer, recipe));
  triplet_recipe_destroy(recipe);
  triplet_release(context, parts.missing_texts);
  triplet_release(context, parts.values);
  triplet_release(context, parts.columns);
  return status;
}

/* A model that was saved before there were recipes takes its columns as numbers that are all there. */
static triplet_status make_recipe_of_names(triplet_context *context, triplet_trainer *trainer) {
  const triplet_names *names = &trainer->names[TRIPLET_NAMES_COLUMNS];
  if (names->count == 0 || names->count != triplet_trainer_inputs(trainer))
    return TRIPLET_OK;
  triplet_ingredient *columns = triplet_allocate(context, names->count, sizeof *columns);
  if (!columns)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < names->count; i++)
    columns[i] = (triplet_ingredient){.name = names->items[i], .kind = TRIPLET_COLUMN_NUMBER, .deviation = 1};
  const triplet_ingredients of = {
      .has_header = true, .missing = TRIPLET_MISSING_ERROR, .columns = columns, .count = names->count};
  triplet_recipe *recipe = NULL;
  triplet_status status = triplet_recipe_make(context, &of, &recipe);
  if (status == TRIPLET_OK)
    status = triplet_trainer_set_recipe(context, trainer, recipe);
  trainer->has_implied_recipe = status == TRIPLET_OK;
  triplet_recipe_destroy(recipe);
  triplet_release(context, columns);
  return status;
}

static triplet_status read_recipe(triplet_context *context, triplet_safetensors *file, triplet_trainer *trainer) {
  const char **items;
  size_t count;
  if (!triplet_safetensors_metadata(file, "recipe"))
    return make_recipe_of_names(context, trainer);
  TRIPLET_TRY(triplet_safetensors_list(context, file, "recipe", &items, &count));
  const triplet_status status = read_ingredients(context, file, items, count, trainer);
  triplet_release(context, items);
  return status;
}

/* Whether it fits the data is seen once there are any. */
static triplet_status read_sampler(triplet_context *context, const triplet_safetensors *file,
                                   triplet_trainer *trainer) {
  const triplet_file_tensor *found = triplet_safetensors_find(file, "sampler");
  if (!found)
    return TRIPLET_OK;
  if (!triplet_file_tensor_is(found, TRIPLET_I64, 1))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor sampler has a wrong type or shape");
  const size_t count = found->shape[0];
  trainer->saved.values = triplet_trainer_memory(context, trainer, count, sizeof *trainer->saved.values);
  if (!trainer->saved.values)
    return TRIPLET_OUT_OF_MEMORY;
  trainer->saved.count = count;
  triplet_safetensors_numbers(file, found, TRIPLET_I64, trainer->saved.values);
  return TRIPLET_OK;
}

static triplet_status read_trainer(triplet_context *context, triplet_safetensors *file, triplet_trainer *trainer) {
  TRIPLET_TRY(read_progress(context, file, trainer));
  TRIPLET_TRY(read_sampler(context, file, trainer));
  triplet_stored_list floats = {0};
  list_floats(trainer, &floats);
  TRIPLET_TRY(triplet_safetensors_read(context, file, floats.tensors, floats.count));
  for (size_t i = 0; trainer->mean && i < trainer->encoder.inputs; i++)
    if (!triplet_is_finite(trainer->mean[i]) || !triplet_is_finite(trainer->deviation[i]) || trainer->deviation[i] <= 0)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the standardization of column %i is out of range", i);
  TRIPLET_TRY(read_names(context, file, trainer));
  TRIPLET_TRY(read_threshold(context, file, trainer));
  TRIPLET_TRY(read_kept(context, file, trainer));
  return read_recipe(context, file, trainer);
}

/* *made is the caller's, whatever comes of it. */
static triplet_status read_file(triplet_context *context, triplet_safetensors *file, triplet_trainer **made) {
  triplet_trainer_options options = triplet_trainer_default_options();
  size_t inputs = 0, table_rows = 0;
  TRIPLET_TRY(read_options(context, file, &options));
  TRIPLET_TRY(read_shape(context, file, &options, &inputs, &table_rows));
  TRIPLET_TRY(triplet_stored_blame(context, triplet_trainer_check_options(context, &options)));
  TRIPLET_TRY(triplet_stored_blame(context, triplet_trainer_allocate(context, &options, inputs, table_rows, made)));
  return read_trainer(context, file, *made);
}

TRIPLET_INLINE triplet_status load(triplet_context *context, const uint8_t *bytes, size_t size,
                                   triplet_trainer **made) {
  triplet_safetensors *opened;
  TRIPLET_TRY(triplet_stored_open(context, TRIPLET_SAVED_TRAINER, bytes, size, &opened));
  triplet_compare(context, bytes, size);
  const triplet_status status = read_file(context, opened, made);
  triplet_release(context, opened);
  return status;
}

triplet_status triplet_trainer_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                    triplet_trainer **trainer) {
  triplet_trainer *made = NULL;
  const triplet_status status = TRIPLET_TOGETHER(context, load(context, bytes, size, &made));
  if (status == TRIPLET_OK)
    *trainer = made;
  else
    triplet_trainer_destroy(made);
  return status;
}
