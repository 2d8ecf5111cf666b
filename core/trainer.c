/* trainer.c - training: batches drawn, embedded, measured by the loss and sent back through the
 * encoder to the optimiser. */
#include "collective.h"
#include "trainer_internal.h"

#define PI 3.141592653589793
#define COLLAPSED_BATCHES 20 /* in a row, before it is reported */
#define EMBED_ROWS 1024      /* embedded at a time, to bound scratch */

/* How far a batch is, by guess, when it is embedded, and when its loss is known too. */
#define EMBEDDED 0.2
#define JUDGED 0.6

/* Independent streams of the one seed. */
enum { STREAM_PARAMETERS, STREAM_TRIPLETS = 2 };

/* ---- options ----------------------------------------------------------------------------------------------------- */

triplet_status triplet_trainer_check_options(triplet_context *context, const triplet_trainer_options *options) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_TRAINER, options));
  /* An update of nothing makes all of the optimiser's own checks. */
  TRIPLET_TRY(triplet_optimizer_update(context, &options->optimizer, 1, &(triplet_parameters){0}));

  /* Such a list has a number for each row of one batch, and every batch has others. */
  const struct {
    const char *name;
    triplet_floats list;
  } lists[] = {{"weights", options->loss.weights},
               {"margins", options->loss.margins},
               {"grad_output", options->loss.grad_output}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (lists[i].list.data || lists[i].list.count)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, lists[i].name,
                          "expected none in a trainer, got %z numbers", lists[i].list.count);

  if (options->layers > TRIPLET_MAX_LAYERS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers", "expected at most %z widths, got %z",
                        (size_t)TRIPLET_MAX_LAYERS, options->layers);
  for (size_t i = 0; i < options->layers; i++)
    if (options->widths[i] < 1 || options->widths[i] > INT32_MAX)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers",
                          "expected widths in 1 .. %z, got %z as number %z", (size_t)INT32_MAX, options->widths[i], i);
  if (options->layers == 0 && options->validation > 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "validation",
                        "expected 0 with a free embedding table, whose held-out rows would never move, got %g",
                        options->validation);
  return TRIPLET_OK;
}

static triplet_status check_unchanged(triplet_context *context, const triplet_trainer_options *now,
                                      const triplet_trainer_options *wanted) {
  const struct {
    const char *name;
    bool same;
  } fixed[] = {
      {"layers",
       now->layers == wanted->layers && memcmp(now->widths, wanted->widths, now->layers * sizeof *now->widths) == 0},
      {"dim", now->layers > 0 || now->dim == wanted->dim},
      {"activation", now->activation == wanted->activation},
      {"normalize", now->normalize == wanted->normalize},
      {"residual", now->residual == wanted->residual},
      {"adapt", now->adapt == wanted->adapt},
      {"standardize", now->standardize == wanted->standardize},
      {"seed", now->seed == wanted->seed},
      {"validation", now->validation == wanted->validation},
      {"optimizer", now->optimizer.name == wanted->optimizer.name},
  };
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (!fixed[i].same)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, fixed[i].name,
                          "expected the value the trainer was made with; it cannot change");
  return TRIPLET_OK;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

triplet_status triplet_trainer_pass_on(triplet_context *context, const triplet_trainer *trainer,
                                       triplet_status status) {
  if (context && status != TRIPLET_OK)
    context->error = trainer->owner.error;
  return status;
}

void *triplet_trainer_memory(triplet_context *context, triplet_trainer *trainer, size_t count, size_t size) {
  void *memory = triplet_allocate(&trainer->owner, count, size);
  if (!memory)
    triplet_trainer_pass_on(context, trainer, TRIPLET_OUT_OF_MEMORY);
  return memory;
}

static float *zeros_of(triplet_context *context, triplet_trainer *trainer, size_t count) {
  float *floats = triplet_trainer_floats(context, trainer, count, 1);
  if (floats)
    memset(floats, 0, count * sizeof *floats);
  return floats;
}

/* Scratch of a call. */
static float *allocate_floats(triplet_context *context, size_t rows, size_t cols) {
  return triplet_allocate(context, rows, cols * sizeof(float));
}

triplet_status triplet_trainer_allocate(triplet_context *context, const triplet_trainer_options *options, size_t inputs,
                                        size_t table_rows, triplet_trainer **trainer) {
  triplet_encoder encoder = triplet_encoder_options();
  encoder.inputs = options->layers ? inputs : (size_t)options->dim;
  encoder.layers = options->layers;
  encoder.activation = options->activation;
  encoder.normalize = options->normalize;
  encoder.residual = options->residual;
  memcpy(encoder.widths, options->widths, options->layers * sizeof *encoder.widths);

  TRIPLET_TRY(triplet_check_encoder(context, &encoder));
  if (options->layers == 0 && table_rows > SIZE_MAX / sizeof(float) / encoder.inputs)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "layers", "the parameters do not fit in memory");
  const size_t count = options->layers ? triplet_encoder_parameters(&encoder) : table_rows * encoder.inputs;

  triplet_trainer *made = triplet_allocate(context, 1, sizeof *made);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  const double none = triplet_mean(0, 0); /* the figures of a step, before there is one */
  *made = (triplet_trainer){
      .owner = triplet_owner_of(context),
      .options = *options,
      .encoder = encoder,
      .table_rows = table_rows,
      .parameter_count = count,
      .state_count = triplet_optimizer_state(&options->optimizer, count),
      .threshold = none,
      .validation = -1,
      .best_validation = -1,
      .last = {.loss = none,
               .learning_rate = none,
               .stats = {.mean_positive_distance = none, .mean_negative_distance = none, .loss = options->loss.loss}}};

  const bool validates = options->validation > 0, standardized = options->layers && options->standardize;
  made->parameters = zeros_of(context, made, count);
  made->state = zeros_of(context, made, made->state_count);
  made->best_parameters = validates ? zeros_of(context, made, count) : NULL;
  made->mean = standardized ? zeros_of(context, made, inputs) : NULL;
  made->deviation = standardized ? zeros_of(context, made, inputs) : NULL;
  if (!made->parameters || !made->state || (validates && !made->best_parameters) ||
      (standardized && (!made->mean || !made->deviation))) {
    triplet_trainer_destroy(made);
    return TRIPLET_OUT_OF_MEMORY;
  }

  *trainer = made;
  return TRIPLET_OK;
}

static void release_batch(triplet_trainer *trainer, triplet_training_batch *batch) {
  triplet_release(&trainer->owner, batch->gradient);
  triplet_release(&trainer->owner, batch->x_gradient);
  triplet_release(&trainer->owner, batch->embeddings_gradient);
  triplet_release(&trainer->owner, batch->embeddings);
  triplet_release(&trainer->owner, batch->activations);
  triplet_release(&trainer->owner, batch->x);
  triplet_label_list_release(&trainer->owner, &batch->labels);
  triplet_release(&trainer->owner, batch->drawn);
}

void triplet_trainer_destroy(triplet_trainer *trainer) {
  if (!trainer)
    return;
  release_batch(trainer, &trainer->batch);
  triplet_training_draw_release(trainer, &trainer->draw);
  triplet_training_set_release(trainer, &trainer->set);
  triplet_context owner = trainer->owner;
  triplet_trainer_release_companions(trainer);
  triplet_release(&owner, trainer->saved.values);
  triplet_release(&owner, trainer->deviation);
  triplet_release(&owner, trainer->mean);
  triplet_release(&owner, trainer->best_parameters);
  triplet_release(&owner, trainer->state);
  triplet_release(&owner, trainer->parameters);
  triplet_release(&owner, trainer);
}

/* ---- data and batches -------------------------------------------------------------------------------------------- */

/* Of a pair that is learned from the reference goes through the encoder, too. */
static bool adapts_references(const triplet_trainer *trainer, const triplet_training_set *set) {
  return set->references && trainer->options.adapt == TRIPLET_ADAPT_BOTH;
}

/* How many rows of a batch go through the encoder. */
static size_t encoded_rows(const triplet_trainer *trainer, const triplet_training_set *set, size_t rows) {
  return adapts_references(trainer, set) ? 2 * rows : rows;
}

static triplet_status create_batch(triplet_context *context, triplet_trainer *trainer, const triplet_training_set *set,
                                   size_t room, triplet_training_batch *batch) {
  const bool table = triplet_trainer_is_table(trainer);
  const size_t inputs = trainer->encoder.inputs, dim = triplet_encoder_dim(&trainer->encoder);
  const size_t encoded = encoded_rows(trainer, set, room), compared = set->references ? 2 * room : room;
  *batch = (triplet_training_batch){.room = room};
  batch->drawn = triplet_trainer_memory(context, trainer, room, sizeof *batch->drawn);
  batch->x = triplet_trainer_floats(context, trainer, encoded, inputs);
  batch->activations =
      triplet_trainer_floats(context, trainer, triplet_encoder_activations(&trainer->encoder, encoded), 1);
  batch->embeddings = triplet_trainer_floats(context, trainer, compared, dim);
  batch->embeddings_gradient = triplet_trainer_floats(context, trainer, encoded, dim);
  batch->x_gradient = table ? triplet_trainer_floats(context, trainer, room, dim) : NULL;
  batch->gradient = triplet_trainer_floats(context, trainer, trainer->parameter_count, 1);
  if (batch->drawn && batch->x && batch->activations && batch->embeddings && batch->embeddings_gradient &&
      (batch->x_gradient || !table) && batch->gradient &&
      triplet_label_list_create_like(&trainer->owner, &set->training_labels, room, &batch->labels))
    return TRIPLET_OK;
  release_batch(trainer, batch);
  return triplet_trainer_pass_on(context, trainer, TRIPLET_OUT_OF_MEMORY);
}

/* Gives the trainer data, in place of those it may have. */
static triplet_status take_data(triplet_context *context, triplet_trainer *trainer, const triplet_training_data *data,
                                bool fit) {
  triplet_training_set set;
  triplet_training_draw draw;
  triplet_training_batch batch;
  TRIPLET_TRY(triplet_training_set_create(context, trainer, data, fit, &set));
  triplet_status status = triplet_training_draw_create(context, trainer, &set, &trainer->options, &draw);
  if (status == TRIPLET_OK) {
    status = create_batch(context, trainer, &set, triplet_sampler_batch_rows(draw.sampler), &batch);
    if (status == TRIPLET_OK && (status = triplet_agree(context, status)) != TRIPLET_OK)
      release_batch(trainer, &batch);
    if (status != TRIPLET_OK)
      triplet_training_draw_release(trainer, &draw);
  }
  if (status != TRIPLET_OK) {
    triplet_training_set_release(trainer, &set);
    return status;
  }

  /* All is there, on every rank: what it had can go. */
  release_batch(trainer, &trainer->batch);
  triplet_training_draw_release(trainer, &trainer->draw);
  triplet_training_set_release(trainer, &trainer->set);
  triplet_release(&trainer->owner, trainer->saved.values);
  trainer->saved = (triplet_saved_draw){0};
  trainer->set = set;
  trainer->draw = draw;
  trainer->batch = batch;
  return TRIPLET_OK;
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static triplet_status init_parameters(triplet_context *context, triplet_trainer *trainer) {
  triplet_random random = triplet_random_seed(trainer->options.seed, STREAM_PARAMETERS);
  if (!triplet_trainer_is_table(trainer))
    return triplet_encoder_init(context, &trainer->encoder, &random, trainer->parameters);
  const double deviation = 1 / sqrt((double)trainer->encoder.inputs);
  for (size_t i = 0; i < trainer->parameter_count; i++)
    trainer->parameters[i] = (float)(deviation * triplet_random_normal(&random));
  return TRIPLET_OK;
}

static triplet_status make(triplet_context *context, const triplet_trainer_options *options,
                           triplet_training_data *data, triplet_trainer **made) {
  TRIPLET_TRY(triplet_trainer_check_options(context, options));
  TRIPLET_TRY(triplet_training_data_check(context, options, data));
  triplet_compare(context, options->widths, options->layers * sizeof *options->widths);
  TRIPLET_TRY(triplet_trainer_allocate(context, options, data->rows.cols, options->layers ? 0 : data->rows.rows, made));
  TRIPLET_TRY(init_parameters(context, *made));
  return take_data(context, *made, data, true);
}

static triplet_status create(triplet_context *context, const triplet_trainer_options *options,
                             triplet_training_data *data, triplet_trainer **trainer) {
  triplet_trainer *made = NULL;
  const triplet_status status = TRIPLET_TOGETHER(context, make(context, options, data, &made));
  if (status == TRIPLET_OK)
    *trainer = made;
  else
    triplet_trainer_destroy(made);
  return status;
}

static triplet_status attach(triplet_context *context, triplet_trainer *trainer, triplet_training_data *data) {
  TRIPLET_TRY(triplet_training_data_check(context, &trainer->options, data));
  const char *const argument = data->pairs ? "queries" : "data";
  if (triplet_trainer_is_table(trainer)) {
    if (data->rows.rows != trainer->table_rows)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z rows like the table, got %z",
                          trainer->table_rows, data->rows.rows);
  } else if (data->rows.cols != trainer->encoder.inputs) {
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z columns like the model, got %z",
                        trainer->encoder.inputs, data->rows.cols);
  }
  triplet_compare(context, trainer->parameters, trainer->parameter_count * sizeof *trainer->parameters);
  return take_data(context, trainer, data, false);
}

triplet_status triplet_trainer_create(triplet_context *context, const triplet_trainer_options *options,
                                      triplet_matrix data, triplet_labels labels, triplet_trainer **trainer) {
  return create(context, options, &(triplet_training_data){.rows = data, .labels = labels}, trainer);
}

triplet_status triplet_trainer_attach(triplet_context *context, triplet_trainer *trainer, triplet_matrix data,
                                      triplet_labels labels) {
  triplet_training_data given = {.rows = data, .labels = labels};
  return TRIPLET_TOGETHER(context, attach(context, trainer, &given));
}

triplet_status triplet_trainer_create_shard(triplet_context *context, const triplet_trainer_options *options,
                                            const triplet_shard *data, triplet_labels labels,
                                            triplet_trainer **trainer) {
  triplet_training_data given = {.dealt = true, .shard = *data, .labels = labels};
  if (!TRIPLET_HAS_RANKS)
    TRIPLET_TRY(triplet_training_shard_check(context, options, &given));
  return create(context, options, &given, trainer);
}

triplet_status triplet_trainer_attach_shard(triplet_context *context, triplet_trainer *trainer,
                                            const triplet_shard *data, triplet_labels labels) {
  triplet_training_data given = {.dealt = true, .shard = *data, .labels = labels};
  if (!TRIPLET_HAS_RANKS)
    TRIPLET_TRY(triplet_training_shard_check(context, &trainer->options, &given));
  return TRIPLET_TOGETHER(context, attach(context, trainer, &given));
}

static triplet_training_data data_of_pairs(const triplet_training_pairs *pairs) {
  return (triplet_training_data){
      .rows = pairs->queries, .labels = pairs->labels, .pairs = true, .references = pairs->references};
}

triplet_status triplet_trainer_create_pairs(triplet_context *context, const triplet_trainer_options *options,
                                            const triplet_training_pairs *pairs, triplet_trainer **trainer) {
  triplet_training_data data = data_of_pairs(pairs);
  return create(context, options, &data, trainer);
}

triplet_status triplet_trainer_attach_pairs(triplet_context *context, triplet_trainer *trainer,
                                            const triplet_training_pairs *pairs) {
  triplet_training_data data = data_of_pairs(pairs);
  return TRIPLET_TOGETHER(context, attach(context, trainer, &data));
}

/* ---- embedding --------------------------------------------------------------------------------------------------- */

/* In parts of EMBED_ROWS rows. raw: the rows are standardised on the way. */
static triplet_status encode(triplet_context *context, const triplet_trainer *trainer, triplet_matrix x, bool raw,
                             triplet_matrix embeddings) {
  const triplet_encoder *encoder = &trainer->encoder;
  const size_t most = x.rows < EMBED_ROWS ? x.rows : EMBED_ROWS, dim = embeddings.cols;
  const bool standardized = raw && trainer->mean;
  float *activations = allocate_floats(context, triplet_encoder_activations(encoder, most), 1);
  float *ready = standardized ? allocate_floats(context, most, x.cols) : NULL;
  triplet_status status = activations && (ready || !standardized) ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  for (size_t first = 0; first < x.rows && status == TRIPLET_OK; first += most) {
    triplet_matrix part = {x.data + first * x.cols, x.rows - first < most ? x.rows - first : most, x.cols};
    if (standardized) {
      const triplet_matrix output = {ready, part.rows, part.cols};
      status = triplet_standardize(context, part, (triplet_floats){trainer->mean, x.cols},
                                   (triplet_floats){trainer->deviation, x.cols}, output);
      part = output;
    }
    const double rows = (double)x.rows;
    const triplet_watch whole = triplet_watch_part(context, (double)first / rows, (double)(first + part.rows) / rows);
    if (status == TRIPLET_OK)
      status = triplet_encoder_forward(
          context, encoder, trainer->parameters,
          &(triplet_encoder_pass){part, activations, {embeddings.data + first * dim, part.rows, dim}});
    triplet_watch_restore(context, whole);
  }
  triplet_release(context, ready);
  triplet_release(context, activations);
  return status;
}

/* Rows of as many columns as the model has there, and a place for their embeddings. */
static triplet_status check_shapes(triplet_context *context, const triplet_trainer *trainer, const char *argument,
                                   size_t cols, triplet_matrix rows, triplet_matrix *embeddings) {
  if (rows.cols != cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z columns like the model, got %z", cols,
                        rows.cols);
  return triplet_check_shape(context, "embeddings", embeddings, rows.rows, triplet_trainer_dim(trainer), "rows x dim");
}

static triplet_status check_rows(triplet_context *context, const triplet_trainer *trainer, const char *argument,
                                 size_t cols, triplet_matrix *rows, triplet_matrix *embeddings) {
  TRIPLET_TRY(triplet_check_matrix(context, argument, rows));
  TRIPLET_TRY(check_shapes(context, trainer, argument, cols, *rows, embeddings));
  if (trainer->options.loss.nonfinite == TRIPLET_NONFINITE_ERROR)
    TRIPLET_TRY(triplet_check_finite(context, argument, *rows));
  return TRIPLET_OK;
}

TRIPLET_INLINE triplet_status embed(triplet_context *context, const triplet_trainer *trainer, triplet_matrix *x,
                                    triplet_matrix *embeddings) {
  if (triplet_trainer_is_table(trainer)) {
    if (x->data || x->rows != trainer->table_rows)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x",
                          "expected no data and the table's %z rows: a free table has no encoder", trainer->table_rows);
    const size_t dim = triplet_trainer_dim(trainer);
    TRIPLET_TRY(triplet_check_shape(context, "embeddings", embeddings, x->rows, dim, "the table"));
    return encode(context, trainer, triplet_matrix_of(trainer->parameters, x->rows, dim), false, *embeddings);
  }
  TRIPLET_TRY(check_rows(context, trainer, "x", trainer->encoder.inputs, x, embeddings));
  return encode(context, trainer, *x, true, *embeddings);
}

/* The rank's own rows, which every rank embeds by itself, then those of all: rows first .. first + count - 1. */
static triplet_status embed_dealt(triplet_context *context, const triplet_trainer *trainer, const triplet_dealt *rows,
                                  const triplet_asked *asked, bool raw, float *embeddings) {
  const size_t dim = triplet_trainer_dim(trainer), first = triplet_owners_before(rows->owners, asked->first);
  const size_t count = triplet_owners_before(rows->owners, asked->first + asked->count) - first;
  float *own = allocate_floats(context, count, dim);
  triplet_status status = own ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (own) {
    const bool before = triplet_share_nothing(context);
    status = encode(context, trainer, triplet_matrix_of(rows->own + first * rows->cols, count, rows->cols), raw,
                    (triplet_matrix){own, count, dim});
    triplet_share_again(context, before);
  }
  const triplet_dealt embedded = {rows->owners, own, dim, first};
  status = triplet_dealt_gather(context, status, &embedded, asked, embeddings);
  triplet_release(context, own);
  return status;
}

static triplet_status embed_shard(triplet_context *context, const triplet_trainer *trainer, triplet_shard *x,
                                  triplet_matrix *embeddings) {
  if (triplet_trainer_is_table(trainer))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x",
                        "expected no shard of a free table, which has no encoder");
  TRIPLET_TRY(triplet_check_shard(context, "x", x));
  if (!triplet_is_shared(context)) {
    triplet_matrix rows = {0};
    TRIPLET_TRY(triplet_shard_rows(context, "x", x, &rows));
    return embed(context, trainer, &rows, embeddings);
  }
  triplet_owners owners;
  TRIPLET_TRY(check_shapes(context, trainer, "x", trainer->encoder.inputs, (triplet_matrix){NULL, x->rows, x->own.cols},
                           embeddings));
  if (trainer->options.loss.nonfinite == TRIPLET_NONFINITE_ERROR)
    TRIPLET_TRY(triplet_check_shard_finite(context, "x", x));
  triplet_compare(context, trainer->parameters, trainer->parameter_count * sizeof *trainer->parameters);
  TRIPLET_TRY(triplet_owners_create(context, "x", x, &owners));
  const triplet_dealt rows = {&owners, x->own.data, x->own.cols, 0};
  const triplet_status status =
      embed_dealt(context, trainer, &rows, &(triplet_asked){NULL, 0, x->rows}, true, embeddings->data);
  triplet_owners_release(context, &owners);
  return status;
}

static triplet_status embed_references(triplet_context *context, const triplet_trainer *trainer,
                                       triplet_matrix *references, triplet_matrix *embeddings) {
  const bool adapted = trainer->options.adapt == TRIPLET_ADAPT_BOTH;
  const size_t cols = adapted ? trainer->encoder.inputs : triplet_trainer_dim(trainer);
  if (triplet_trainer_is_table(trainer))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references",
                        "expected none of a free table, which has no encoder");
  TRIPLET_TRY(check_rows(context, trainer, "references", cols, references, embeddings));
  if (adapted)
    return encode(context, trainer, *references, true, *embeddings);

  triplet_encoder identity = triplet_encoder_options();
  identity.inputs = cols;
  identity.normalize = trainer->options.normalize;
  const triplet_encoder_pass pass = {*references, NULL, *embeddings};
  return triplet_encoder_forward(context, &identity, NULL, &pass);
}

triplet_status triplet_trainer_embed(triplet_context *context, const triplet_trainer *trainer, triplet_matrix x,
                                     triplet_matrix embeddings) {
  return TRIPLET_TOGETHER(context, embed(context, trainer, &x, &embeddings));
}

triplet_status triplet_trainer_embed_shard(triplet_context *context, const triplet_trainer *trainer,
                                           const triplet_shard *x, triplet_matrix embeddings) {
  triplet_shard rows = *x;
  return TRIPLET_TOGETHER(context, embed_shard(context, trainer, &rows, &embeddings));
}

triplet_status triplet_trainer_embed_references(triplet_context *context, const triplet_trainer *trainer,
                                                triplet_matrix references, triplet_matrix embeddings) {
  return TRIPLET_TOGETHER(context, embed_references(context, trainer, &references, &embeddings));
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

bool triplet_trainer_stopped(const triplet_trainer *trainer) {
  const triplet_trainer_options *options = &trainer->options;
  if (trainer->validation_due)
    return false;
  return (options->patience > 0 && trainer->validations_without_better >= (uint64_t)options->patience) ||
         trainer->steps_done >= (uint64_t)options->steps;
}

/* Rises over the warmup; then runs so that it would reach 0 at the first step after the last. */
static double learning_rate_at(const triplet_trainer_options *options, uint64_t step) {
  const double rate = options->optimizer.learning_rate, warmup = (double)options->warmup;
  if ((double)step <= warmup)
    return rate * ((double)step / warmup);
  const double done = (double)step - 1 - warmup, span = (double)options->steps - warmup;
  const double share = done < span ? done / span : 1;
  switch (options->schedule) {
  case TRIPLET_SCHEDULE_CONSTANT:
    break;
  case TRIPLET_SCHEDULE_COSINE:
    return rate * (0.5 * (1 + triplet_cos(PI * share)));
  case TRIPLET_SCHEDULE_LINEAR:
    return rate * (1 - share);
  }
  return rate;
}

/* Options that changed since the last step may have made batches larger. */
static triplet_status make_room(triplet_context *context, triplet_trainer *trainer) {
  const size_t rows = triplet_sampler_batch_rows(trainer->draw.sampler);
  if (rows <= trainer->batch.room)
    return TRIPLET_OK;
  triplet_training_batch larger;
  TRIPLET_TRY(create_batch(context, trainer, &trainer->set, rows, &larger));
  release_batch(trainer, &trainer->batch);
  trainer->batch = larger;
  return TRIPLET_OK;
}

/* Of the places in the set that the batch has, the rows of x. */
static triplet_status take_rows(triplet_context *context, const triplet_trainer *trainer, size_t rows) {
  const triplet_training_batch *batch = &trainer->batch;
  const triplet_training_set *set = &trainer->set;
  const size_t inputs = trainer->encoder.inputs;
  if (triplet_is_dealt(&set->owners)) {
    const triplet_dealt dealt = triplet_training_set_rows(set, inputs);
    return triplet_dealt_gather(context, TRIPLET_OK, &dealt, &(triplet_asked){batch->drawn, 0, rows}, batch->x);
  }
  const float *x = triplet_trainer_is_table(trainer) ? trainer->parameters : set->x;
  for (size_t i = 0; i < rows; i++)
    memcpy(batch->x + i * inputs, x + (size_t)batch->drawn[i] * inputs, inputs * sizeof *x);
  return TRIPLET_OK;
}

static triplet_status draw_batch(triplet_context *context, triplet_trainer *trainer, size_t *count) {
  triplet_training_batch *batch = &trainer->batch;
  const triplet_training_set *set = &trainer->set;
  const triplet_labels labels = triplet_label_list_view(&set->training_labels);
  float *const references = adapts_references(trainer, set) ? batch->x : batch->embeddings;
  const size_t cols = set->reference_cols, rows = triplet_sampler_draw(trainer->draw.sampler, batch->drawn);
  for (size_t i = 0; i < rows; i++)
    batch->drawn[i] = trainer->draw.offered[batch->drawn[i]];
  TRIPLET_TRY(take_rows(context, trainer, rows));
  batch->labels.rows = 0;
  for (size_t i = 0; i < rows; i++) {
    const size_t place = (size_t)batch->drawn[i];
    if (set->references)
      memcpy(references + (rows + i) * cols, set->references + place * cols, cols * sizeof *references);
    triplet_label_list_add(&batch->labels, labels, place);
    batch->drawn[i] = set->order[place];
  }
  *count = rows;
  return TRIPLET_OK;
}

/* The batch on its way through the encoder. */
static triplet_encoder_pass pass_of(const triplet_trainer *trainer, size_t rows) {
  const triplet_training_batch *batch = &trainer->batch;
  const size_t encoded = encoded_rows(trainer, &trainer->set, rows);
  return (triplet_encoder_pass){
      .x = {batch->x, encoded, trainer->encoder.inputs},
      .activations = batch->activations,
      .embeddings = {batch->embeddings, encoded, triplet_encoder_dim(&trainer->encoder)},
  };
}

/* The batch as the loss sees it. references: room for those of pairs. */
static triplet_batch compared(const triplet_trainer *trainer, size_t rows, triplet_references *references) {
  const triplet_training_batch *batch = &trainer->batch;
  const size_t dim = triplet_encoder_dim(&trainer->encoder);
  const triplet_labels labels = triplet_label_list_view(&batch->labels);
  *references = (triplet_references){.rows = {batch->embeddings + rows * dim, rows, dim}, .labels = labels};
  return (triplet_batch){{batch->embeddings, rows, dim}, labels, trainer->set.references ? references : NULL};
}

/* From the batch's gradient to that of the parameters: through the encoder, or into the rows of the table. */
static triplet_status send_back(triplet_context *context, const triplet_trainer *trainer, size_t rows) {
  const triplet_training_batch *batch = &trainer->batch;
  const triplet_encoder_pass pass = pass_of(trainer, rows);
  const size_t dim = pass.embeddings.cols;
  TRIPLET_TRY(triplet_encoder_backward(context, &trainer->encoder, trainer->parameters, &pass,
                                       triplet_matrix_of(batch->embeddings_gradient, pass.embeddings.rows, dim),
                                       (triplet_encoder_gradients){batch->gradient, batch->x_gradient}));
  if (!triplet_trainer_is_table(trainer))
    return TRIPLET_OK;
  memset(batch->gradient, 0, trainer->parameter_count * sizeof *batch->gradient);
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < dim; k++)
      batch->gradient[(size_t)batch->drawn[i] * dim + k] += batch->x_gradient[i * dim + k];
  return TRIPLET_OK;
}

/* The loss of the batch, and the gradient of the parameters. A free table has next to no way back. */
static triplet_status take_loss(triplet_context *context, const triplet_trainer *trainer, size_t rows,
                                triplet_step *step) {
  const triplet_training_batch *batch = &trainer->batch;
  const triplet_encoder_pass pass = pass_of(trainer, rows);
  const double judged = triplet_trainer_is_table(trainer) ? 1 : JUDGED;
  const triplet_watch whole = triplet_watch_part(context, 0, EMBEDDED);
  triplet_status status = triplet_encoder_forward(context, &trainer->encoder, trainer->parameters, &pass);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);

  triplet_references references;
  const triplet_batch in = compared(trainer, rows, &references);
  triplet_batch_gradients gradients = {.embeddings = batch->embeddings_gradient};
  if (adapts_references(trainer, &trainer->set))
    gradients.references = gradients.embeddings + rows * in.embeddings.cols;
  triplet_batch_result result;
  triplet_watch_part(context, EMBEDDED, judged);
  status = triplet_batch_loss(context, &batch->loss, &in, gradients, NULL, &result);
  triplet_watch_restore(context, whole);
  TRIPLET_TRY(status);
  step->loss = result.loss;
  step->stats = result.stats;

  triplet_watch_part(context, judged, 1);
  status = send_back(context, trainer, rows);
  triplet_watch_restore(context, whole);
  return status;
}

static bool is_validation_due(const triplet_trainer *trainer, uint64_t step) {
  const triplet_trainer_options *options = &trainer->options;
  return trainer->set.rows > trainer->set.training &&
         (step % (uint64_t)options->evaluate_every == 0 || step == (uint64_t)options->steps);
}

static triplet_status train_batch(triplet_context *context, triplet_trainer *trainer) {
  const triplet_trainer_options *options = &trainer->options;
  triplet_training_batch *batch = &trainer->batch;
  triplet_step step = {.step = trainer->steps_done + 1, .stopped = trainer->last.stopped};
  batch->rows = 0; /* no last batch, should this one fail */
  TRIPLET_TRY(make_room(context, trainer));

  /* A seed for each step, which is kept: triplet_trainer_last_triplets draws the same triplets again. */
  batch->loss = options->loss;
  batch->loss.violating = TRIPLET_VIOLATING_NONE; /* which are no business of a loss */
  batch->loss.seed = (int64_t)(triplet_random_keyed(options->seed, STREAM_TRIPLETS, step.step) >> 11);
  size_t rows;
  TRIPLET_TRY(draw_batch(context, trainer, &rows));
  TRIPLET_TRY(take_loss(context, trainer, rows, &step));
  TRIPLET_TRY(triplet_agree(context, TRIPLET_OK)); /* no rank makes a step that another does not */

  step.learning_rate = learning_rate_at(options, step.step);
  triplet_optimizer optimizer = options->optimizer;
  optimizer.learning_rate = step.learning_rate;
  const triplet_parameters parameters = {trainer->parameter_count, trainer->parameters, batch->gradient,
                                         trainer->state};
  TRIPLET_TRY(triplet_optimizer_update(context, &optimizer, step.step, &parameters));

  /* From here on nothing fails: the step has been made, and its rows are used up. */
  triplet_trainer_forget_answers(trainer);
  triplet_sampler_accept(trainer->draw.sampler);
  batch->rows = rows;
  trainer->steps_done = step.step;
  trainer->collapsed_batches = step.stats.collapsed ? trainer->collapsed_batches + 1 : 0;
  trainer->validation_due = is_validation_due(trainer, step.step);
  trainer->last = step;
  return TRIPLET_OK;
}

/* The rows set aside into embeddings, behind them of pairs the references where they are encoded, too. */
static triplet_status embed_rows_aside(triplet_context *context, const triplet_trainer *trainer, float *embeddings) {
  const triplet_training_set *set = &trainer->set;
  const size_t inputs = trainer->encoder.inputs, dim = triplet_encoder_dim(&trainer->encoder);
  const size_t rows = set->rows - set->training, sides = encoded_rows(trainer, set, 1);
  if (triplet_is_dealt(&set->owners)) {
    const triplet_dealt dealt = triplet_training_set_rows(set, inputs);
    return embed_dealt(context, trainer, &dealt, &(triplet_asked){NULL, set->training, rows}, false, embeddings);
  }
  const float *const data[] = {set->x, set->references};
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < sides && status == TRIPLET_OK; i++) {
    const triplet_watch whole = triplet_watch_part(context, (double)i / (double)sides, (double)(i + 1) / (double)sides);
    status = encode(context, trainer, triplet_matrix_of(data[i] + set->training * inputs, rows, inputs), false,
                    (triplet_matrix){embeddings + i * rows * dim, rows, dim});
    triplet_watch_restore(context, whole);
  }
  return status;
}

/* Among themselves, or queries among their references. */
static triplet_status evaluate_rows_aside(triplet_context *context, const triplet_trainer *trainer, float *embeddings,
                                          triplet_evaluation *evaluation) {
  const triplet_training_set *set = &trainer->set;
  const size_t rows = set->rows - set->training, dim = triplet_encoder_dim(&trainer->encoder);
  const triplet_labels labels = triplet_label_list_view(&set->other_labels);
  triplet_references references = {.labels = labels};
  if (set->references)
    references.rows = triplet_matrix_of(
        adapts_references(trainer, set) ? embeddings + rows * dim : set->references + set->training * dim, rows, dim);
  const triplet_batch batch = {{embeddings, rows, dim}, labels, set->references ? &references : NULL};
  return triplet_evaluate(context, &trainer->options.loss, &batch, (triplet_ints){0}, evaluation);
}

/* By rows set aside of which none has a positive nothing can be told; then there is never a best. */
static triplet_status validate(triplet_context *context, triplet_trainer *trainer) {
  const triplet_training_set *set = &trainer->set;
  const size_t embedded = encoded_rows(trainer, set, set->rows - set->training);
  float *embeddings = allocate_floats(context, embedded, triplet_encoder_dim(&trainer->encoder));
  if (!embeddings)
    return TRIPLET_OUT_OF_MEMORY;
  triplet_evaluation evaluation = {0};
  const triplet_watch whole = triplet_watch_part(context, 0, EMBEDDED);
  triplet_status status = embed_rows_aside(context, trainer, embeddings);
  triplet_watch_restore(context, whole);
  triplet_watch_part(context, EMBEDDED, 1);
  if (status == TRIPLET_OK)
    status = evaluate_rows_aside(context, trainer, embeddings, &evaluation);
  triplet_watch_restore(context, whole);
  triplet_release(context, embeddings);
  TRIPLET_TRY(status);

  const triplet_metrics metrics = evaluation.metrics;
  trainer->validation_due = false;
  if (metrics.queries == 0)
    return TRIPLET_OK;
  trainer->validation = metrics.map_at_r;
  trainer->last.improved = metrics.map_at_r > trainer->best_validation;
  if (trainer->last.improved) {
    trainer->best_validation = metrics.map_at_r;
    memcpy(trainer->best_parameters, trainer->parameters, trainer->parameter_count * sizeof *trainer->parameters);
  }
  trainer->validations_without_better = trainer->last.improved ? 0 : trainer->validations_without_better + 1;
  return TRIPLET_OK;
}

static triplet_step report(const triplet_trainer *trainer) {
  triplet_step step = trainer->last;
  step.step = trainer->steps_done;
  step.validation = trainer->validation;
  step.stopped = triplet_trainer_stopped(trainer);
  step.collapsed = trainer->collapsed_batches >= COLLAPSED_BATCHES;
  return step;
}

/* What is due: a batch, unless only the validation of the last one failed, and a validation. */
static triplet_status train(triplet_context *context, triplet_trainer *trainer) {
  double trained = 0; /* the share of the batch, by guess */
  triplet_status status = TRIPLET_OK;
  if (!trainer->validation_due) {
    trained = is_validation_due(trainer, trainer->steps_done + 1) ? 0.5 : 1;
    const triplet_watch whole = triplet_watch_part(context, 0, trained);
    status = train_batch(context, trainer);
    triplet_watch_restore(context, whole);
  }
  if (status == TRIPLET_OK && trainer->validation_due) {
    const triplet_watch whole = triplet_watch_part(context, trained, 1);
    status = validate(context, trainer);
    triplet_watch_restore(context, whole);
  }
  return status;
}

/* Rows that are shared out take those who have them. */
static triplet_status check_ranks(triplet_context *context, const triplet_owners *owners) {
  if (!triplet_is_dealt(owners))
    return TRIPLET_OK;
  const bool shared = triplet_is_shared(context);
  const size_t size = shared ? triplet_rank_count(context) : 1, rank = shared ? triplet_rank(context) : 0;
  if (size != owners->size || rank != owners->rank)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "trainer",
                        "expected rank %z of %z, which has its share of the rows, got rank %z of %z", owners->rank,
                        owners->size, rank, size);
  return TRIPLET_OK;
}

static triplet_status make_step(triplet_context *context, triplet_trainer *trainer, triplet_step *step) {
  if (!trainer->draw.sampler)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "trainer", "expected data: attach them to a loaded trainer");
  TRIPLET_TRY(check_ranks(context, &trainer->set.owners));
  triplet_compare_options(context, TRIPLET_SCHEMA_TRAINER, &trainer->options);
  triplet_compare_number(context, (uint64_t)trainer->last.step);
  const bool stopped = trainer->last.stopped;
  TRIPLET_TRY(train(context, trainer));
  *step = trainer->last = report(trainer);
  if (step->stopped && !stopped)
    triplet_trainer_restore_best(trainer);
  return TRIPLET_OK;
}

triplet_status triplet_trainer_step(triplet_context *context, triplet_trainer *trainer, triplet_step *step) {
  return TRIPLET_TOGETHER(context, make_step(context, trainer, step));
}

static triplet_status run(triplet_context *context, triplet_trainer *trainer, triplet_step_callback callback,
                          void *user, triplet_step *last) {
  *last = report(trainer);
  while (!last->stopped) {
    TRIPLET_TRY(triplet_trainer_step(context, trainer, last));
    if (callback && !callback(user, last))
      return triplet_fail(context, TRIPLET_CANCELLED, NULL, "the callback stopped the run after step %d",
                          (int64_t)last->step);
  }
  return TRIPLET_OK;
}

triplet_status triplet_trainer_run(triplet_context *context, triplet_trainer *trainer, triplet_step_callback callback,
                                   void *user, triplet_step *last) {
  return TRIPLET_TOGETHER(context, run(context, trainer, callback, user, last));
}

void triplet_trainer_restore_best(triplet_trainer *trainer) {
  const size_t size = trainer->parameter_count * sizeof *trainer->parameters;
  if (trainer->best_validation < 0 || memcmp(trainer->parameters, trainer->best_parameters, size) == 0)
    return;
  memcpy(trainer->parameters, trainer->best_parameters, size);
  triplet_trainer_forget_answers(trainer);
}

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

const triplet_trainer_options *triplet_trainer_get_options(const triplet_trainer *trainer) {
  return &trainer->options;
}

size_t triplet_trainer_dim(const triplet_trainer *trainer) {
  return triplet_encoder_dim(&trainer->encoder);
}

size_t triplet_trainer_inputs(const triplet_trainer *trainer) {
  return triplet_trainer_is_table(trainer) ? 0 : trainer->encoder.inputs;
}

uint64_t triplet_trainer_steps_done(const triplet_trainer *trainer) {
  return trainer->steps_done;
}

triplet_floats triplet_trainer_parameters(const triplet_trainer *trainer) {
  return (triplet_floats){trainer->parameters, trainer->parameter_count};
}

triplet_ints triplet_trainer_last_batch(const triplet_trainer *trainer) {
  return (triplet_ints){trainer->batch.drawn, trainer->batch.rows};
}

triplet_status triplet_trainer_last_triplets(triplet_context *context, const triplet_trainer *trainer,
                                             triplet_triplets *triplets) {
  const triplet_training_batch *batch = &trainer->batch;
  const size_t count = batch->rows ? (size_t)trainer->last.stats.triplets : 0;
  if (triplets->capacity && count) {
    triplet_references references;
    const triplet_batch in = compared(trainer, batch->rows, &references);
    const triplet_watch watch = triplet_watch_pause(context);
    const triplet_status status = triplet_mine(context, &batch->loss, &in, triplets, NULL);
    triplet_watch_restore(context, watch);
    TRIPLET_TRY(status);
    int32_t *const columns[] = {triplets->anchors, triplets->positives, triplets->negatives};
    for (size_t column = 0; column < 3; column++)
      for (size_t i = 0; i < count; i++)
        columns[column][i] = batch->drawn[columns[column][i]];
  }
  triplets->count = count;
  return TRIPLET_OK;
}

triplet_ints triplet_trainer_validation_rows(const triplet_trainer *trainer) {
  const triplet_training_set *set = &trainer->set;
  return (triplet_ints){set->order ? set->order + set->training : NULL, set->rows - set->training};
}

/* ---- live changes ------------------------------------------------------------------------------------------------ */

static triplet_status set_options(triplet_context *context, triplet_trainer *trainer,
                                  const triplet_trainer_options *options) {
  TRIPLET_TRY(triplet_trainer_check_options(context, options));
  const triplet_trainer_options *now = &trainer->options;
  TRIPLET_TRY(check_unchanged(context, now, options));
  const bool new_draw =
      trainer->draw.sampler &&
      (options->sampler != now->sampler || options->classes_per_batch != now->classes_per_batch ||
       options->rows_per_class != now->rows_per_class || options->loss.ignore_label != now->loss.ignore_label);
  const size_t state_count = triplet_optimizer_state(&options->optimizer, trainer->parameter_count);
  const bool new_state = state_count != trainer->state_count;

  /* All that is new is made before anything is given up. */
  triplet_training_draw draw;
  if (new_draw)
    TRIPLET_TRY(triplet_training_draw_create(context, trainer, &trainer->set, options, &draw));
  float *state = new_state ? zeros_of(context, trainer, state_count) : NULL;
  const triplet_status status = triplet_agree(context, new_state && !state ? TRIPLET_OUT_OF_MEMORY : TRIPLET_OK);
  if (status != TRIPLET_OK) {
    triplet_release(&trainer->owner, state);
    if (new_draw)
      triplet_training_draw_release(trainer, &draw);
    return status;
  }

  if (new_draw) {
    triplet_training_draw_release(trainer, &trainer->draw);
    trainer->draw = draw;
  }
  if (new_state) {
    triplet_release(&trainer->owner, trainer->state);
    trainer->state = state;
    trainer->state_count = state_count;
  }
  trainer->options = *options;
  return TRIPLET_OK;
}

triplet_status triplet_trainer_set_options(triplet_context *context, triplet_trainer *trainer,
                                           const triplet_trainer_options *options) {
  return TRIPLET_TOGETHER(context, set_options(context, trainer, options));
}
