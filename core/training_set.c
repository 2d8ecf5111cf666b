/* training_set.c - the data of a trainer: checked, ordered, standardised, and offered to a sampler. */
#include "training_set.h"

#include "collective.h"
#include "trainer_internal.h"
#include "tree.h"

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static triplet_status check_rows(triplet_context *context, const char *argument, triplet_matrix *rows) {
  TRIPLET_TRY(triplet_check_matrix(context, argument, rows));
  if (rows->cols < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected at least 1 column, got 0");
  return triplet_check_finite(context, argument, *rows);
}

static triplet_status check_references(triplet_context *context, const triplet_trainer_options *options,
                                       const triplet_training_data *data) {
  triplet_matrix references = data->references;
  const bool adapted = options->adapt == TRIPLET_ADAPT_BOTH;
  TRIPLET_TRY(triplet_check_shape(context, "references", &references, data->rows.rows,
                                  adapted ? data->rows.cols : options->widths[options->layers - 1],
                                  adapted ? "queries" : "queries.rows x dim"));
  return triplet_check_finite(context, "references", references);
}

/* Pairs that are given no labels have their numbers. */
static bool are_numbered(const triplet_training_data *data) {
  const triplet_labels labels = data->labels;
  return data->pairs && !labels.integers.data && !labels.integers.count && !labels.ends.data &&
         !triplet_has_relations(labels);
}

triplet_status triplet_training_shard_check(triplet_context *context, const triplet_trainer_options *options,
                                            triplet_training_data *data) {
  triplet_shard *shard = &data->shard;
  if (options->layers == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                        "expected at least 1 to train on a shard, got 0: a free embedding table has no rows");
  TRIPLET_TRY(triplet_check_shard(context, "data", shard));
  if (!triplet_is_shared(context)) {
    data->dealt = false;
    return triplet_shard_rows(context, "data", shard, &data->rows);
  }
  data->rows = (triplet_matrix){NULL, shard->rows, shard->own.cols};
  if (shard->own.cols < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "data", "expected at least 1 column, got 0");
  return triplet_check_shard_finite(context, "data", shard);
}

triplet_status triplet_training_data_check(triplet_context *context, const triplet_trainer_options *options,
                                           triplet_training_data *data) {
  if (triplet_is_of_shard(data))
    TRIPLET_TRY(triplet_training_shard_check(context, options, data));
  const char *const argument = data->pairs ? "queries" : "data";
  triplet_matrix rows = data->rows;
  if (data->pairs && options->layers == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                        "expected at least 1 to train on pairs, got 0: a free embedding table has no encoder");
  if (rows.rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, rows.rows);
  if (options->layers && !triplet_is_of_shard(data))
    TRIPLET_TRY(check_rows(context, argument, &rows));
  if (data->pairs)
    TRIPLET_TRY(check_references(context, options, data));
  if (!are_numbered(data)) {
    TRIPLET_TRY(triplet_check_labels(context, "labels", data->labels, rows.rows));
    triplet_compare_labels(context, data->labels);
  }
  triplet_compare_matrix(context, options->layers ? rows : (triplet_matrix){NULL, rows.rows, 0}); /* or their shape */
  triplet_compare_matrix(context, data->references);
  return TRIPLET_OK;
}

/* ---- the order of rows ------------------------------------------------------------------------------------------- */

/* Empty lists for the labels of the rows to train on and of those held out. */
static triplet_status create_labels(triplet_context *context, triplet_trainer *trainer, triplet_labels labels,
                                    const uint8_t *held_out, triplet_training_set *set) {
  size_t integers[2] = {0}, rows[2] = {0};
  for (size_t i = 0; i < triplet_labelled_rows(labels); i++) {
    integers[held_out[i]] += triplet_labels_at(labels, i).count;
    rows[held_out[i]]++;
  }
  const bool sets = labels.ends.data;
  set->training = rows[0];
  if (triplet_label_list_create(&trainer->owner, sets, rows[0], integers[0], &set->training_labels) &&
      triplet_label_list_create(&trainer->owner, sets, rows[1], integers[1], &set->other_labels))
    return TRIPLET_OK;
  return triplet_trainer_pass_on(context, trainer, TRIPLET_OUT_OF_MEMORY);
}

/* Of pairs, as of the rows of one class: all that have a label. */
static triplet_status hold_out_pairs(triplet_context *context, const triplet_trainer_options *options,
                                     triplet_labels labels, uint8_t *held_out) {
  const size_t rows = triplet_labelled_rows(labels);
  int32_t *alike = triplet_allocate(context, rows, 2 * sizeof *alike);
  if (!alike)
    return TRIPLET_OUT_OF_MEMORY;
  int32_t *ends = alike + rows, end = 0;
  for (size_t i = 0; i < rows; i++) {
    alike[i] = 0;
    ends[i] = end += triplet_labels_at(labels, i).count > 0;
  }
  const triplet_status status = triplet_split(context, triplet_label_sets_of(alike, ends, rows), TRIPLET_HOLD_OUT_ROWS,
                                              options->validation, options->seed, held_out);
  triplet_release(context, alike);
  return status;
}

static triplet_status hold_out(triplet_context *context, const triplet_trainer_options *options,
                               const triplet_training_data *data, uint8_t *held_out) {
  if (data->pairs)
    return hold_out_pairs(context, options, data->labels, held_out);
  return triplet_split(context, data->labels, TRIPLET_HOLD_OUT_ROWS, options->validation, options->seed, held_out);
}

/* Orders the rows of the data: those not held out, then those held out, each as they came. */
static triplet_status order_rows(triplet_context *context, triplet_trainer *trainer, const triplet_training_data *data,
                                 triplet_training_set *set) {
  const triplet_labels labels = data->labels;
  const size_t rows = triplet_labelled_rows(labels);
  uint8_t *held_out = triplet_allocate(context, rows, sizeof *held_out);
  if (!held_out)
    return TRIPLET_OUT_OF_MEMORY;
  triplet_status status = hold_out(context, &trainer->options, data, held_out);
  if (status == TRIPLET_OK)
    status = create_labels(context, trainer, labels, held_out, set);
  if (status == TRIPLET_OK) {
    triplet_label_list *const lists[] = {&set->training_labels, &set->other_labels};
    const size_t begins[] = {0, set->training};
    for (size_t i = 0; i < rows; i++) {
      triplet_label_list *list = lists[held_out[i]];
      set->order[begins[held_out[i]] + list->rows] = (int32_t)i;
      triplet_label_list_add(list, labels, i);
    }
  }
  triplet_release(context, held_out);
  return status;
}

static void put_in_order(const triplet_training_set *set, triplet_matrix from, float *to) {
  for (size_t i = 0; i < set->rows; i++)
    memcpy(to + i * from.cols, from.data + (size_t)set->order[i] * from.cols, from.cols * sizeof *to);
}

/* Those of the rank. */
static void put_own_in_order(const triplet_training_set *set, const triplet_owners *owners, triplet_matrix from) {
  for (size_t i = 0; i < set->owners.count; i++) {
    const size_t row = (size_t)set->order[set->owners.held[i]];
    memcpy(set->x + i * from.cols, from.data + triplet_owners_before(owners, row) * from.cols,
           from.cols * sizeof *set->x);
  }
}

static triplet_status take_shard(triplet_context *context, triplet_trainer *trainer, const triplet_shard *shard,
                                 triplet_training_set *set) {
  triplet_owners owners;
  TRIPLET_TRY(triplet_owners_create(context, "data", shard, &owners));
  const triplet_status status = triplet_trainer_pass_on(
      context, trainer, triplet_owners_order(&trainer->owner, &owners, set->order, &set->owners));
  if (status == TRIPLET_OK)
    put_own_in_order(set, &owners, shard->own);
  triplet_owners_release(context, &owners);
  return status;
}

/* ---- the set ----------------------------------------------------------------------------------------------------- */

/* FNV-1a over words of 32 bits, which are the same on every machine. */
static uint64_t hash_words(uint64_t hash, const void *words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t word;
    memcpy(&word, (const char *)words + i * sizeof word, sizeof word);
    hash = (hash ^ word) * 0x100000001b3u;
  }
  return hash;
}

/* The rows to train on, as they are in the set. */
static triplet_reader read_rows(triplet_context *context, const triplet_training_set *set, const triplet_dealt *rows) {
  return (triplet_reader){.context = context,
                          .rows = {triplet_is_dealt(&set->owners) ? NULL : set->x, set->training, rows->cols},
                          .from = rows};
}

static triplet_status hash_rows(triplet_context *context, const triplet_training_set *set, size_t cols,
                                uint64_t *hash) {
  const triplet_dealt rows = triplet_training_set_rows(set, cols);
  triplet_reader reader = read_rows(context, set, &rows);
  const triplet_span all = {0, set->training};
  for (size_t i = 0; i < all.count && reader.status == TRIPLET_OK; i += TRIPLET_CHUNK_ROWS) {
    const triplet_span span = triplet_span_part(all, i, TRIPLET_CHUNK_ROWS);
    const float *words = triplet_reader_rows(&reader, span);
    if (words)
      *hash = hash_words(*hash, words, span.count * cols);
  }
  triplet_reader_release(&reader);
  return reader.status;
}

static triplet_status take_key(triplet_context *context, triplet_training_set *set, size_t cols) {
  const triplet_labels labels = triplet_label_list_view(&set->training_labels);
  uint64_t hash = hash_words(0xcbf29ce484222325u, labels.integers.data, labels.integers.count);
  hash = hash_words(hash, labels.ends.data, labels.ends.count);
  hash = hash_words(hash, set->order, set->training);
  if (set->x)
    TRIPLET_TRY(hash_rows(context, set, cols, &hash));
  set->key = set->references ? hash_words(hash, set->references, set->training * set->reference_cols) : hash;
  return TRIPLET_OK;
}

/* Mean and deviation of the rows to train on. */
static triplet_status fit_rows(triplet_context *context, const triplet_trainer *trainer,
                               const triplet_training_set *set) {
  const triplet_dealt rows = triplet_training_set_rows(set, trainer->encoder.inputs);
  triplet_reader reader = read_rows(context, set, &rows);
  const triplet_status status = triplet_standardization_of(&reader, trainer->mean, trainer->deviation);
  triplet_reader_release(&reader);
  return status;
}

static triplet_status standardize_rows(triplet_context *context, const triplet_trainer *trainer, float *rows,
                                       size_t count) {
  const size_t cols = trainer->encoder.inputs;
  const triplet_matrix x = {rows, count, cols};
  return triplet_standardize(context, x, (triplet_floats){trainer->mean, cols},
                             (triplet_floats){trainer->deviation, cols}, x);
}

/* References that do not go through the encoder are what its embeddings are compared with. */
static triplet_status prepare_references(triplet_context *context, const triplet_trainer *trainer,
                                         const triplet_training_set *set) {
  if (trainer->options.adapt == TRIPLET_ADAPT_QUERIES) {
    if (trainer->encoder.normalize)
      triplet_normalize_rows(set->rows, set->reference_cols, set->references, NULL);
    return TRIPLET_OK;
  }
  return trainer->mean ? standardize_rows(context, trainer, set->references, set->rows) : TRIPLET_OK;
}

/* Of which this rank has the floats. */
static size_t own_rows(const triplet_training_data *data) {
  return triplet_is_of_shard(data) ? data->shard.own.rows : data->rows.rows;
}

static triplet_status fill_set(triplet_context *context, triplet_trainer *trainer, const triplet_training_data *data,
                               bool fit, triplet_training_set *set) {
  TRIPLET_TRY(order_rows(context, trainer, data, set));
  if (set->training == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, data->pairs ? "queries" : "data",
                        "expected at least 1 row to train on, got 0");
  if (triplet_is_of_shard(data))
    TRIPLET_TRY(take_shard(context, trainer, &data->shard, set));
  else if (set->x)
    put_in_order(set, data->rows, set->x);
  if (trainer->mean) {
    if (fit)
      TRIPLET_TRY(fit_rows(context, trainer, set));
    TRIPLET_TRY(standardize_rows(context, trainer, set->x, own_rows(data)));
  }
  if (set->references) {
    put_in_order(set, data->references, set->references);
    TRIPLET_TRY(prepare_references(context, trainer, set));
  }
  return take_key(context, set, data->rows.cols);
}

static triplet_status create_set(triplet_context *context, triplet_trainer *trainer, const triplet_training_data *data,
                                 bool fit, triplet_training_set *set) {
  const bool table = triplet_trainer_is_table(trainer);
  const triplet_matrix references = data->references;
  *set = (triplet_training_set){.rows = data->rows.rows, .reference_cols = references.cols};
  set->x = table ? NULL : triplet_trainer_floats(context, trainer, own_rows(data), data->rows.cols);
  set->references = data->pairs ? triplet_trainer_floats(context, trainer, set->rows, references.cols) : NULL;
  set->order = triplet_trainer_memory(context, trainer, set->rows, sizeof *set->order);
  const bool made = (set->x || table) && (set->references || !data->pairs) && set->order;
  const triplet_status status = made ? fill_set(context, trainer, data, fit, set) : TRIPLET_OUT_OF_MEMORY;
  if (status != TRIPLET_OK)
    triplet_training_set_release(trainer, set);
  return status;
}

/* Sets of a label each are labels. */
static triplet_labels plain_if_one_each(triplet_labels labels) {
  for (size_t i = 0; i < labels.ends.count; i++)
    if ((size_t)labels.ends.data[i] != i + 1)
      return labels;
  return (triplet_labels){.integers = labels.integers};
}

triplet_status triplet_training_set_create(triplet_context *context, triplet_trainer *trainer,
                                           const triplet_training_data *data, bool fit, triplet_training_set *set) {
  triplet_training_data labelled = *data;
  labelled.labels = plain_if_one_each(data->labels);
  if (!are_numbered(data))
    return create_set(context, trainer, &labelled, fit, set);

  const size_t rows = data->rows.rows;
  int32_t *numbers = triplet_allocate(context, rows, sizeof *numbers);
  if (!numbers)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < rows; i++)
    numbers[i] = (int32_t)i;
  labelled.labels = triplet_labels_of(numbers, rows);
  const triplet_status status = create_set(context, trainer, &labelled, fit, set);
  triplet_release(context, numbers);
  return status;
}

void triplet_training_set_release(triplet_trainer *trainer, triplet_training_set *set) {
  triplet_owners_release(&trainer->owner, &set->owners);
  triplet_release(&trainer->owner, set->order);
  triplet_label_list_release(&trainer->owner, &set->other_labels);
  triplet_label_list_release(&trainer->owner, &set->training_labels);
  triplet_release(&trainer->owner, set->references);
  triplet_release(&trainer->owner, set->x);
}

/* ---- the draw ---------------------------------------------------------------------------------------------------- */

size_t triplet_trainer_draw_state(const triplet_trainer *trainer, int64_t *values) {
  if (trainer->draw.sampler)
    return triplet_sampler_state(trainer->draw.sampler, values);
  if (values && trainer->saved.count)
    memcpy(values, trainer->saved.values, trainer->saved.count * sizeof *values);
  return trainer->saved.count;
}

uint64_t triplet_trainer_draw_key(const triplet_trainer *trainer) {
  return trainer->draw.sampler ? trainer->draw.key : trainer->saved.key;
}

/* Goes on where the trainer was, when it was with the same rows. */
static triplet_status go_on(triplet_context *context, const triplet_trainer *trainer, triplet_training_draw *draw) {
  const size_t count = triplet_trainer_draw_state(trainer, NULL);
  if (count == 0 || draw->key != triplet_trainer_draw_key(trainer))
    return TRIPLET_OK;
  int64_t *values = triplet_allocate(context, count, sizeof *values);
  if (!values)
    return TRIPLET_OUT_OF_MEMORY;
  triplet_trainer_draw_state(trainer, values);
  triplet_sampler_restore(draw->sampler, values, count);
  triplet_release(context, values);
  return TRIPLET_OK;
}

static triplet_sampler_options batches_of(const triplet_trainer_options *options, const triplet_training_set *set) {
  triplet_sampler_options batches = triplet_sampler_default_options();
  batches.seed = options->seed;
  if (set->references) { /* each a class of its own */
    const int64_t wanted = options->classes_per_batch * options->rows_per_class, most = (int64_t)set->training;
    batches.sampler = TRIPLET_SAMPLER_EPOCH;
    batches.classes_per_batch = most < 2 ? 2 : wanted < most ? wanted : most;
    return batches;
  }
  batches.sampler = options->sampler;
  batches.classes_per_batch = options->classes_per_batch;
  batches.rows_per_class = options->rows_per_class;
  return batches;
}

static triplet_status fill_draw(triplet_context *context, triplet_trainer *trainer, const triplet_training_set *set,
                                const triplet_trainer_options *options, triplet_label_list *classes,
                                triplet_training_draw *draw) {
  const triplet_sampler_options batches = batches_of(options, set);
  const triplet_labels labels = triplet_label_list_view(&set->training_labels);
  const triplet_labels drawn_by = set->references ? triplet_labels_of(set->order, set->training) : labels;
  for (size_t i = 0; i < set->training; i++)
    if (triplet_is_labelled(labels, i, options->loss.ignore_label)) {
      draw->offered[classes->rows] = (int32_t)i;
      triplet_label_list_add(classes, drawn_by, i);
    }

  draw->key = triplet_random_keyed(options->loss.ignore_label, set->key, 0);
  TRIPLET_TRY(triplet_trainer_pass_on(
      context, trainer,
      triplet_sampler_create(&trainer->owner, &batches, triplet_label_list_view(classes), &draw->sampler)));
  return go_on(context, trainer, draw);
}

triplet_status triplet_training_draw_create(triplet_context *context, triplet_trainer *trainer,
                                            const triplet_training_set *set, const triplet_trainer_options *options,
                                            triplet_training_draw *draw) {
  *draw = (triplet_training_draw){0};
  draw->offered = triplet_trainer_memory(context, trainer, set->training, sizeof *draw->offered);
  triplet_label_list classes = {0};
  const bool made =
      draw->offered &&
      (set->references ? triplet_label_list_create(context, false, set->training, set->training, &classes)
                       : triplet_label_list_create_like(context, &set->training_labels, set->training, &classes));
  const triplet_status status =
      made ? fill_draw(context, trainer, set, options, &classes, draw) : TRIPLET_OUT_OF_MEMORY;
  triplet_label_list_release(context, &classes);
  if (status != TRIPLET_OK)
    triplet_training_draw_release(trainer, draw);
  return status;
}

void triplet_training_draw_release(triplet_trainer *trainer, triplet_training_draw *draw) {
  triplet_release(&trainer->owner, draw->offered);
  triplet_sampler_destroy(draw->sampler);
}
