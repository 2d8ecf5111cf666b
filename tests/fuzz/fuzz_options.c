/* A fuzz target: the bytes set options of a schema by their names, to numbers and texts of any kind. Each is taken
 * where it is in the range that the schema tells, and is then what is read; or it is refused, with a line that names
 * it, and nothing has changed. What was taken is sound together, and a call with it ends as calls end. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"
#include "support.h"

enum { MOST_TEXT = 40, MOST_SETTINGS = 12, ROWS = 6, COLS = 2 };

/* Room for the structure of any schema. */
typedef union structure {
  triplet_options options;
  triplet_optimizer optimizer;
  triplet_trainer_options trainer;
  triplet_encoder encoder;
  triplet_table_options table;
  triplet_sampler_options sampler;
} structure;

static double chosen_number(seeded *from) {
  static const double some[] = {0,    1,   -1,   2,        0.5,       -0.0, 1e-300,           1e300, 5e-324,
                                1e-6, 0.2, 1000, INFINITY, -INFINITY, NAN,  9007199254740992, 64,    1e18};
  const size_t kind = seeded_below(from, 4);
  if (kind == 0)
    return (double)seeded_below(from, 256);
  if (kind == 1)
    return seeded_between(from, -4, 4);
  if (kind == 2)
    return some[seeded_below(from, sizeof some / sizeof *some)];
  const uint64_t bits = (uint64_t)seeded_below(from, SIZE_MAX);
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

static void chosen_text(seeded *from, char text[MOST_TEXT + 1]) {
  const size_t length = seeded_below(from, MOST_TEXT);
  for (size_t i = 0; i < length; i++)
    text[i] = (char)seeded_below(from, 256);
  text[length] = 0;
}

static bool fits(const triplet_field *field, double value) {
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    return value >= field->minimum && value <= field->maximum;
  case TRIPLET_FIELD_INTEGER:
    return value >= field->minimum && value <= field->maximum && value == rint(value);
  case TRIPLET_FIELD_BOOLEAN:
    return value == 0 || value == 1;
  default:
    return false;
  }
}

/* The place among the choices; -1: it is none of them. */
static int choice_of(const triplet_field *field, const char *text) {
  char name[TRIPLET_CHOICE_SIZE];
  for (size_t i = 0; field->kind == TRIPLET_FIELD_CHOICE && i < triplet_choice_count(field->choices); i++) {
    triplet_choice_name(field->choices, i, name);
    if (strcmp(name, text) == 0)
      return (int)i;
  }
  return -1;
}

/* It was refused: in a line that names it, and nothing has changed. */
static void check_refusal(triplet_context *with, triplet_status status, const char *name, const structure *before,
                          const structure *after) {
  const triplet_error *error = triplet_context_error(with);
  require(status == TRIPLET_INVALID_ARGUMENT && error->status == status && *error->message);
  require(!name || (error->argument && strcmp(error->argument, name) == 0));
  for (const char *at = error->message; *at; at++)
    require((unsigned char)*at >= ' ');
  require(memcmp(before, after, sizeof *before) == 0);
}

static void set_one(triplet_context *with, triplet_schema_id id, structure *into, seeded *from) {
  const triplet_schema *schema = triplet_schema_get(id);
  const size_t at = seeded_below(from, schema->count + 1);
  const structure before = *into;
  char name[MOST_TEXT + 1], text[MOST_TEXT + 1];
  if (at == schema->count) {
    chosen_text(from, name);
    const triplet_field *field = triplet_schema_field(with, id, name);
    if (!field)
      check_refusal(with, TRIPLET_INVALID_ARGUMENT, NULL, &before, into);
    return;
  }

  const triplet_field *field = &schema->fields[at];
  require(triplet_schema_field(with, id, field->name) == field);
  if (seeded_below(from, 2)) {
    const double value = chosen_number(from);
    const triplet_status status = triplet_schema_set_number(with, id, into, field->name, value);
    require((status == TRIPLET_OK) == fits(field, value));
    if (status == TRIPLET_OK)
      require(triplet_schema_get_number(field, into) == value);
    else
      check_refusal(with, status, field->name, &before, into);
  } else {
    if (field->kind == TRIPLET_FIELD_CHOICE && seeded_below(from, 4)) {
      _Static_assert(TRIPLET_CHOICE_SIZE <= MOST_TEXT, "a choice fits");
      triplet_choice_name(field->choices, seeded_below(from, triplet_choice_count(field->choices)), text);
    } else {
      chosen_text(from, text);
    }
    const int choice = choice_of(field, text);
    const triplet_status status = triplet_schema_set_text(with, id, into, field->name, text);
    require((status == TRIPLET_OK) == (choice >= 0));
    if (status == TRIPLET_OK)
      require(triplet_schema_get_number(field, into) == choice);
    else
      check_refusal(with, status, field->name, &before, into);
  }
}

static void require_end(triplet_status status) {
  require(status == TRIPLET_OK || status == TRIPLET_INVALID_ARGUMENT || status == TRIPLET_NOT_FINITE);
}

/* What cannot be is refused before anything is written. */
static void call_with(triplet_context *with, const triplet_options *options) {
  static const float x[ROWS * COLS] = {0, 1, 2, 0.5f, -1, 3, 0, 1, 4, -2, 1e-3f, 7};
  static const int32_t labels[ROWS] = {0, 0, 1, 1, 0, 2};
  float gradient[ROWS * COLS], losses[ROWS], distances[ROWS * ROWS];
  const triplet_matrix rows = triplet_matrix_of(x, ROWS, COLS);
  const triplet_batch batch = {rows, triplet_labels_of(labels, ROWS), NULL};
  triplet_batch_result result;
  require_end(triplet_batch_loss(with, options, &batch, (triplet_batch_gradients){gradient, NULL}, losses, &result));
  const triplet_explicit triplets = {rows, rows, rows};
  triplet_result explicit_result;
  require_end(triplet_margin_loss(with, options, &triplets, (triplet_gradients){gradient, NULL, NULL}, losses,
                                  &explicit_result));
  require_end(triplet_distances(with, options, rows, rows, (triplet_matrix){distances, ROWS, ROWS}));
  triplet_verification verification = {0};
  require_end(triplet_verify(with, options, &batch, (triplet_doubles){NULL, 0}, &verification));
}

static bool has_options(triplet_schema_id id) {
  structure of;
  memset(&of, 0, sizeof of);
  triplet_schema_defaults(id, &of);
  return of.options.begun == triplet_batch_options().begun;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  seeded from = seeded_from_bytes(bytes, size);
  const triplet_schema_id id = (triplet_schema_id)seeded_below(&from, TRIPLET_SCHEMA_COUNT);
  const triplet_schema *schema = triplet_schema_get(id);
  triplet_context *with = triplet_context_create(NULL);
  structure of;
  memset(&of, 0, sizeof of);
  triplet_schema_defaults(id, &of);
  for (size_t i = seeded_below(&from, MOST_SETTINGS); i > 0; i--)
    set_one(with, id, &of, &from);

  require(triplet_schema_check(with, id, &of) == TRIPLET_OK);
  for (size_t i = 0; i < schema->count; i++)
    require_end(triplet_schema_check_given(with, id, &of, schema->fields[i].name));
  if (has_options(id))
    call_with(with, &of.options);
  triplet_context_destroy(with);
  return 0;
}
