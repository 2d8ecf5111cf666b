/* options.c - every option in one table: its name, kind, default and range. Bindings read their users' tables with it,
 * the core checks structures with it, and both name the known keys from it. */
#include "internal.h"

/* What `begun` says of the structures: unlikely in memory that holds anything else. */
enum {
  OPTIONS_BEGUN = 0x3b7e5a11,
  OPTIMIZER_BEGUN = 0x3b7e5a12,
  TRAINER_BEGUN = 0x3b7e5a13,
  ENCODER_BEGUN = 0x3b7e5a14,
};

#define MAX_SEED 9007199254740991.0 /* 2^53 - 1: what a JavaScript number holds exactly */
#define MAX_COUNT 1e9
#define MOST_QUERIES 10000
#define BELOW_ONE (1 - DBL_EPSILON / 2)

/* `at` is the path from the structure to the options inside it: empty, or "loss.". */
#define NUMBER(type, at, name, initial, low, high)                                                                     \
  { #name, TRIPLET_FIELD_NUMBER, offsetof(type, at name), initial, low, high, NULL }
#define INTEGER(type, at, name, initial, low, high)                                                                    \
  { #name, TRIPLET_FIELD_INTEGER, offsetof(type, at name), initial, low, high, NULL }
#define BOOLEAN(type, at, name, initial)                                                                               \
  { #name, TRIPLET_FIELD_BOOLEAN, offsetof(type, at name), initial, 0, 1, NULL }
#define CHOICE(type, at, name, initial, choices)                                                                       \
  { #name, TRIPLET_FIELD_CHOICE, offsetof(type, at name), initial, 0, 0, choices }
/* Read by the binding: the structure's own member is none of the table's business. */
#define VALUE(name)                                                                                                    \
  { #name, TRIPLET_FIELD_VALUE, 0, 0, 0, 0, NULL }

/* Fields that several faces share. */
#define DISTANCE(type, at, initial_convention)                                                                         \
  CHOICE(type, at, convention, initial_convention, "torch|optax|exact"),                                               \
      CHOICE(type, at, distance, TRIPLET_DISTANCE_MINKOWSKI, "minkowski|squared|cosine"),                              \
      NUMBER(type, at, p, 2, 1, INFINITY), NUMBER(type, at, eps, 1e-6, 0, FLT_MAX),                                    \
      CHOICE(type, at, nonfinite, TRIPLET_NONFINITE_ERROR, "error|allow")
#define MARGIN(type, at, initial) NUMBER(type, at, margin, initial, -DBL_MAX, DBL_MAX)
#define HINGE(type, at, initial_margin)                                                                                \
  MARGIN(type, at, initial_margin), BOOLEAN(type, at, swap, 0), BOOLEAN(type, at, soft_margin, 0),                     \
      CHOICE(type, at, reduction, TRIPLET_REDUCTION_MEAN, "mean|sum|none|mean_nonzero")
#define IGNORE_LABEL(type, at) INTEGER(type, at, ignore_label, (double)TRIPLET_NO_LABEL, INT32_MIN, INT32_MAX)
#define MINING(type, at, initial)                                                                                      \
  CHOICE(type, at, mining, initial, "all|hard|semihard|easy_positive|distance_weighted|random"),                       \
      CHOICE(type, at, fallback, TRIPLET_FALLBACK_SKIP, "skip|farthest"), IGNORE_LABEL(type, at)
#define SEED(type, initial) INTEGER(type, , seed, initial, 0, MAX_SEED)
#define PER_TRIPLET VALUE(weights), VALUE(margins), VALUE(grad_output), VALUE(gradients), VALUE(out)
#define REFERENCES VALUE(references), VALUE(reference_labels), VALUE(reference_self)
#define PROGRESS VALUE(progress)

static const triplet_field margin_loss_fields[] = {
    HINGE(triplet_options, , 1),
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_TORCH),
    PER_TRIPLET,
};

static const triplet_field batch_loss_fields[] = {
    MINING(triplet_options, , TRIPLET_MINING_ALL),
    SEED(triplet_options, 0),
    HINGE(triplet_options, , 0.2),
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT),
    PER_TRIPLET,
    REFERENCES,
    VALUE(reference_gradient),
    PROGRESS,
};

static const triplet_field mine_fields[] = {
    MINING(triplet_options, , TRIPLET_MINING_ALL),
    SEED(triplet_options, 0),
    MARGIN(triplet_options, , 0.2),
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT),
    VALUE(margins),
    REFERENCES,
    PROGRESS,
};

static const triplet_field distances_fields[] = {
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT),
    VALUE(out),
    PROGRESS,
};

static const triplet_field nearest_fields[] = {
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT),
    VALUE(k),
    VALUE(reference_self),
    PROGRESS,
};

static const triplet_field evaluate_fields[] = {
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT),
    IGNORE_LABEL(triplet_options, ),
    VALUE(k),
    REFERENCES,
    PROGRESS,
};

static const triplet_field evaluate_held_out_fields[] = {
    DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT),
    IGNORE_LABEL(triplet_options, ),
    SEED(triplet_options, 0),
    INTEGER(triplet_options, , most_queries, MOST_QUERIES, 1, MAX_COUNT),
    VALUE(k),
    PROGRESS,
};

static const triplet_field optimizer_fields[] = {
    CHOICE(triplet_optimizer, , name, TRIPLET_OPTIMIZER_ADAM, "sgd|adam|adamw"),
    NUMBER(triplet_optimizer, , learning_rate, 0.001, 0, FLT_MAX),
    NUMBER(triplet_optimizer, , momentum, 0, 0, BELOW_ONE),
    BOOLEAN(triplet_optimizer, , nesterov, 0),
    NUMBER(triplet_optimizer, , b1, 0.9, 0, BELOW_ONE),
    NUMBER(triplet_optimizer, , b2, 0.999, 0, BELOW_ONE),
    NUMBER(triplet_optimizer, , eps, 1e-8, 0, FLT_MAX),
    NUMBER(triplet_optimizer, , weight_decay, 0, 0, FLT_MAX),
};

/* Mining, margin, steps and learning rate did best together by validation inside the training rows of Iris and digits:
 * tests/evaluation. */
static const triplet_field trainer_fields[] = {
    MINING(triplet_trainer_options, loss., TRIPLET_MINING_ALL),
    HINGE(triplet_trainer_options, loss., 1),
    DISTANCE(triplet_trainer_options, loss., TRIPLET_CONVENTION_EXACT),
    CHOICE(triplet_trainer_options, , activation, TRIPLET_ACTIVATION_RELU, "relu|tanh|none"),
    BOOLEAN(triplet_trainer_options, , normalize, 0),
    INTEGER(triplet_trainer_options, , dim, 2, 1, MAX_COUNT),
    BOOLEAN(triplet_trainer_options, , standardize, 1),
    SEED(triplet_trainer_options, 1),
    CHOICE(triplet_trainer_options, , sampler, TRIPLET_SAMPLER_BALANCED, "balanced|epoch"),
    INTEGER(triplet_trainer_options, , classes_per_batch, 8, 2, MAX_COUNT),
    INTEGER(triplet_trainer_options, , rows_per_class, 8, 2, MAX_COUNT),
    INTEGER(triplet_trainer_options, , steps, 1000, 0, MAX_SEED),
    CHOICE(triplet_trainer_options, , schedule, TRIPLET_SCHEDULE_CONSTANT, "constant|cosine|linear"),
    INTEGER(triplet_trainer_options, , warmup, 0, 0, MAX_SEED),
    NUMBER(triplet_trainer_options, , validation, 0, 0, 1),
    INTEGER(triplet_trainer_options, , evaluate_every, 50, 1, MAX_SEED),
    INTEGER(triplet_trainer_options, , patience, 0, 0, MAX_SEED),
    VALUE(optimizer),
    VALUE(layers),
    VALUE(data),
    VALUE(labels),
    VALUE(columns),
    VALUE(classes),
};

static const triplet_field encoder_fields[] = {
    CHOICE(triplet_encoder, , activation, TRIPLET_ACTIVATION_RELU, "relu|tanh|none"),
    BOOLEAN(triplet_encoder, , normalize, 0),
    VALUE(inputs),
    VALUE(layers),
    VALUE(seed),
};

static const triplet_field memory_fields[] = {
    VALUE(capacity),
};

#define SCHEMA(name, fields)                                                                                           \
  { name, fields, sizeof fields / sizeof *fields }

static const triplet_schema schemas[TRIPLET_SCHEMA_COUNT] = {
    [TRIPLET_SCHEMA_MARGIN_LOSS] = SCHEMA("margin_loss", margin_loss_fields),
    [TRIPLET_SCHEMA_INDEXED_LOSS] = SCHEMA("indexed_loss", margin_loss_fields),
    [TRIPLET_SCHEMA_BATCH_LOSS] = SCHEMA("batch_loss", batch_loss_fields),
    [TRIPLET_SCHEMA_MINE] = SCHEMA("mine", mine_fields),
    [TRIPLET_SCHEMA_DISTANCES] = SCHEMA("distances", distances_fields),
    [TRIPLET_SCHEMA_NEAREST] = SCHEMA("nearest", nearest_fields),
    [TRIPLET_SCHEMA_EVALUATE] = SCHEMA("evaluate", evaluate_fields),
    [TRIPLET_SCHEMA_EVALUATE_HELD_OUT] = SCHEMA("evaluate_held_out", evaluate_held_out_fields),
    [TRIPLET_SCHEMA_OPTIMIZER] = SCHEMA("optimizer", optimizer_fields),
    [TRIPLET_SCHEMA_TRAINER] = SCHEMA("trainer", trainer_fields),
    [TRIPLET_SCHEMA_ENCODER] = SCHEMA("encoder", encoder_fields),
    [TRIPLET_SCHEMA_MEMORY] = SCHEMA("memory", memory_fields),
};

const triplet_schema *triplet_schema_get(triplet_schema_id id) {
  return &schemas[id];
}

/* "name, name, name" into a buffer, cut where it is full. */
static void list_names(const triplet_schema *schema, char *buffer, size_t size) {
  size_t used = 0;
  for (size_t i = 0; i < schema->count; i++) {
    const char *parts[] = {i ? ", " : "", schema->fields[i].name};
    for (size_t part = 0; part < 2; part++)
      for (const char *c = parts[part]; *c && used + 1 < size; c++)
        buffer[used++] = *c;
  }
  buffer[used] = 0;
}

const triplet_field *triplet_schema_field(triplet_context *context, triplet_schema_id id, const char *name) {
  const triplet_schema *schema = &schemas[id];
  for (size_t i = 0; i < schema->count; i++)
    if (strcmp(schema->fields[i].name, name) == 0)
      return &schema->fields[i];
  char known[400];
  list_names(schema, known, sizeof known);
  triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "options", "unknown option \"%s\"; known are %s", name, known);
  return NULL;
}

/* Enums are stored as int by every compiler this library knows. */
_Static_assert(sizeof(triplet_mining) == sizeof(int) && sizeof(triplet_schedule) == sizeof(int), "enums are ints");

double triplet_field_get(const triplet_field *field, const void *structure) {
  const char *place = (const char *)structure + field->offset;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    return *(const double *)(const void *)place;
  case TRIPLET_FIELD_INTEGER:
    return (double)*(const int64_t *)(const void *)place;
  case TRIPLET_FIELD_BOOLEAN:
    return *(const bool *)(const void *)place;
  case TRIPLET_FIELD_CHOICE:
    return *(const int *)(const void *)place;
  case TRIPLET_FIELD_VALUE:
    break;
  }
  return 0;
}

static void write_field(const triplet_field *field, void *structure, double value) {
  char *place = (char *)structure + field->offset;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    *(double *)(void *)place = value;
    break;
  case TRIPLET_FIELD_INTEGER:
    *(int64_t *)(void *)place = (int64_t)value;
    break;
  case TRIPLET_FIELD_BOOLEAN:
    *(bool *)(void *)place = value != 0;
    break;
  case TRIPLET_FIELD_CHOICE:
    *(int *)(void *)place = (int)value;
    break;
  case TRIPLET_FIELD_VALUE:
    break;
  }
}

static void set_defaults(const triplet_schema *schema, void *structure) {
  for (size_t i = 0; i < schema->count; i++)
    write_field(&schema->fields[i], structure, schema->fields[i].initial);
}

triplet_options triplet_margin_options(void) {
  triplet_options options = {.begun = OPTIONS_BEGUN, .ignore_label = TRIPLET_NO_LABEL, .most_queries = MOST_QUERIES};
  set_defaults(&schemas[TRIPLET_SCHEMA_MARGIN_LOSS], &options);
  return options;
}

triplet_options triplet_batch_options(void) {
  triplet_options options = {.begun = OPTIONS_BEGUN, .ignore_label = TRIPLET_NO_LABEL, .most_queries = MOST_QUERIES};
  set_defaults(&schemas[TRIPLET_SCHEMA_BATCH_LOSS], &options);
  return options;
}

triplet_optimizer triplet_optimizer_options(void) {
  triplet_optimizer optimizer = {.begun = OPTIMIZER_BEGUN};
  set_defaults(&schemas[TRIPLET_SCHEMA_OPTIMIZER], &optimizer);
  return optimizer;
}

triplet_encoder triplet_encoder_options(void) {
  triplet_encoder encoder = {.begun = ENCODER_BEGUN};
  set_defaults(&schemas[TRIPLET_SCHEMA_ENCODER], &encoder);
  return encoder;
}

triplet_trainer_options triplet_trainer_default_options(void) {
  triplet_trainer_options options = {
      .begun = TRAINER_BEGUN, .loss = triplet_batch_options(), .optimizer = triplet_optimizer_options()};
  set_defaults(&schemas[TRIPLET_SCHEMA_TRAINER], &options);
  return options;
}

void triplet_schema_defaults(triplet_schema_id id, void *structure) {
  switch (id) {
  case TRIPLET_SCHEMA_MARGIN_LOSS:
  case TRIPLET_SCHEMA_INDEXED_LOSS:
    *(triplet_options *)structure = triplet_margin_options();
    break;
  case TRIPLET_SCHEMA_OPTIMIZER:
    *(triplet_optimizer *)structure = triplet_optimizer_options();
    break;
  case TRIPLET_SCHEMA_TRAINER:
    *(triplet_trainer_options *)structure = triplet_trainer_default_options();
    break;
  case TRIPLET_SCHEMA_ENCODER:
    *(triplet_encoder *)structure = triplet_encoder_options();
    break;
  case TRIPLET_SCHEMA_MEMORY:
    break;
  default:
    *(triplet_options *)structure = triplet_batch_options();
  }
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

void triplet_choice_name(const char *choices, size_t index, char name[TRIPLET_CHOICE_SIZE]) {
  for (; index; choices++)
    index -= *choices == '|';
  const char *bar = strchr(choices, '|');
  const size_t length = bar ? (size_t)(bar - choices) : strlen(choices);
  memcpy(name, choices, length);
  name[length] = 0;
}

triplet_status triplet_check_mark(triplet_context *context, const char *argument, const uint32_t *begun, uint32_t mark,
                                  const char *functions) {
  if (begun && *begun == mark)
    return TRIPLET_OK;
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected a structure begun by %s, got %s",
                      functions, begun ? "one that was not" : "NULL");
}

static triplet_status check_loss_mark(triplet_context *context, const char *argument, const uint32_t *begun) {
  return triplet_check_mark(context, argument, begun, OPTIONS_BEGUN,
                            "triplet_margin_options() or triplet_batch_options()");
}

static triplet_status check_optimizer_mark(triplet_context *context, const uint32_t *begun) {
  return triplet_check_mark(context, "optimizer", begun, OPTIMIZER_BEGUN, "triplet_optimizer_options()");
}

triplet_status triplet_check_begun(triplet_context *context, triplet_schema_id id, const void *structure) {
  const triplet_trainer_options *trainer = structure;
  switch (id) {
  case TRIPLET_SCHEMA_OPTIMIZER:
    return check_optimizer_mark(context, structure);
  case TRIPLET_SCHEMA_TRAINER:
    TRIPLET_TRY(triplet_check_mark(context, "options", structure, TRAINER_BEGUN, "triplet_trainer_default_options()"));
    TRIPLET_TRY(check_loss_mark(context, "loss", &trainer->loss.begun));
    return check_optimizer_mark(context, &trainer->optimizer.begun);
  case TRIPLET_SCHEMA_ENCODER:
    return triplet_check_mark(context, "encoder", structure, ENCODER_BEGUN, "triplet_encoder_options()");
  case TRIPLET_SCHEMA_MEMORY:
    return TRIPLET_OK;
  default:
    return check_loss_mark(context, "options", structure);
  }
}

size_t triplet_choice_count(const char *choices) {
  size_t count = 1;
  for (; *choices; choices++)
    count += *choices == '|';
  return count;
}

static triplet_status check_value(triplet_context *context, const triplet_field *field, double value) {
  const char *name = field->name;
  if (value == field->initial) /* even where it lies outside: TRIPLET_NO_LABEL */
    return TRIPLET_OK;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    if (value >= field->minimum && value <= field->maximum)
      break;
    if (field->minimum == -DBL_MAX)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a finite number, got %g", value);
    if (field->maximum == FLT_MAX)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a finite number >= %g, got %g",
                          field->minimum, value);
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a number in [%g, %g%s, got %g",
                        field->minimum, field->maximum, field->maximum == BELOW_ONE ? ")" : "]", value);
  case TRIPLET_FIELD_INTEGER:
    if (value >= field->minimum && value <= field->maximum && value == (double)(int64_t)value)
      break;
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected an integer in %d .. %d, got %g",
                        (int64_t)field->minimum, (int64_t)field->maximum, value);
  case TRIPLET_FIELD_BOOLEAN:
    if (value == 0 || value == 1)
      break;
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a boolean, got %g", value);
  case TRIPLET_FIELD_CHOICE:
    if (value >= 0 && value < (double)triplet_choice_count(field->choices) && value == (double)(int)value)
      break;
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected one of %s, got number %g", field->choices,
                        value);
  case TRIPLET_FIELD_VALUE:
    break;
  }
  return TRIPLET_OK;
}

triplet_status triplet_field_set(triplet_context *context, const triplet_field *field, void *structure, double value) {
  TRIPLET_TRY(check_value(context, field, value));
  write_field(field, structure, value);
  return TRIPLET_OK;
}

triplet_status triplet_schema_set_number(triplet_context *context, triplet_schema_id id, void *structure,
                                         const char *name, double value) {
  const triplet_field *field = triplet_schema_field(context, id, name);
  if (!field)
    return TRIPLET_INVALID_ARGUMENT;
  if (field->kind == TRIPLET_FIELD_CHOICE)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected one of %s, got number %g",
                        field->choices, value);
  if (field->kind == TRIPLET_FIELD_VALUE)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected a value, got number %g", value);
  TRIPLET_TRY(triplet_check_begun(context, id, structure));
  return triplet_field_set(context, field, structure, value);
}

triplet_status triplet_schema_set_text(triplet_context *context, triplet_schema_id id, void *structure,
                                       const char *name, const char *value) {
  const triplet_field *field = triplet_schema_field(context, id, name);
  if (!field)
    return TRIPLET_INVALID_ARGUMENT;
  if (field->kind != TRIPLET_FIELD_CHOICE) {
    const char *kind = field->kind == TRIPLET_FIELD_BOOLEAN ? "a boolean"
                       : field->kind == TRIPLET_FIELD_VALUE ? "a value"
                                                            : "a number";
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected %s, got \"%s\"", kind, value);
  }
  TRIPLET_TRY(triplet_check_begun(context, id, structure));
  const size_t length = strlen(value);
  int index = 0;
  for (const char *choice = field->choices; choice; index++) {
    const char *bar = strchr(choice, '|');
    const size_t size = bar ? (size_t)(bar - choice) : strlen(choice);
    if (size == length && memcmp(choice, value, size) == 0) {
      write_field(field, structure, index);
      /* PyTorch's AdamW decays by default; a weight_decay set after the name replaces this. */
      if (id == TRIPLET_SCHEMA_OPTIMIZER)
        ((triplet_optimizer *)structure)->weight_decay = index == TRIPLET_OPTIMIZER_ADAMW ? 0.01 : 0;
      return TRIPLET_OK;
    }
    choice = bar ? bar + 1 : NULL;
  }
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected one of %s, got \"%s\"", field->choices,
                      value);
}

triplet_status triplet_schema_check(triplet_context *context, triplet_schema_id id, const void *structure) {
  TRIPLET_TRY(triplet_check_begun(context, id, structure));
  const triplet_schema *schema = &schemas[id];
  for (size_t i = 0; i < schema->count; i++)
    TRIPLET_TRY(check_value(context, &schema->fields[i], triplet_field_get(&schema->fields[i], structure)));
  return TRIPLET_OK;
}
