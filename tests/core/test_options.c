/* Options by name: every field of every schema with its kind, default, range and choices as triplet.h states them. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---- what the manual says ---------------------------------------------------------------------------------------- */

enum {
  N = TRIPLET_FIELD_NUMBER,
  I = TRIPLET_FIELD_INTEGER,
  B = TRIPLET_FIELD_BOOLEAN,
  C = TRIPLET_FIELD_CHOICE,
  V = TRIPLET_FIELD_VALUE
};

#define SAFE_INTEGER 9007199254740991.0

typedef struct promise {
  const char *name;
  int kind;
  double initial, minimum, maximum;
  const char *choices;
} promise;

#define NUMBER(option, default, least, most)                                                                           \
  { .name = option, .kind = N, .initial = default, .minimum = least, .maximum = most }
#define INTEGER(option, default, least, most)                                                                          \
  { .name = option, .kind = I, .initial = default, .minimum = least, .maximum = most }
#define BOOLEAN(option, default)                                                                                       \
  { .name = option, .kind = B, .initial = default, .maximum = 1 }
#define CHOICE(option, default, names)                                                                                 \
  { .name = option, .kind = C, .initial = default, .choices = names }
#define VALUE(option)                                                                                                  \
  { .name = option, .kind = V }

#define BELOW_1 (1 - DBL_EPSILON / 2) /* the last number before it */

#define METRIC(convention)                                                                                             \
  CHOICE("convention", convention, "torch|optax|exact"),                                                               \
      CHOICE("distance", TRIPLET_DISTANCE_MINKOWSKI, "minkowski|squared|cosine|dot"), NUMBER("p", 2, 1, INFINITY),     \
      NUMBER("eps", 1e-6, 0, FLT_MAX)
#define DISTANCES(convention) METRIC(convention), CHOICE("nonfinite", TRIPLET_NONFINITE_ERROR, "error|allow")
#define EXACT DISTANCES(TRIPLET_CONVENTION_EXACT)
#define FINITE(name, initial) NUMBER(name, initial, -DBL_MAX, DBL_MAX)
#define POSITIVE(name, initial) NUMBER(name, initial, FLT_MIN, FLT_MAX)
#define MARGIN(default) FINITE("margin", default)
#define SOFT_AND_SWAP BOOLEAN("swap", 0), BOOLEAN("soft_margin", 0)
#define HINGE SOFT_AND_SWAP, CHOICE("reduction", TRIPLET_REDUCTION_MEAN, "mean|sum|none|mean_nonzero|weighted_mean")
#define LOSS                                                                                                           \
  CHOICE("loss", TRIPLET_LOSS_TRIPLET, "triplet|contrastive|info_nce|sup_con|multi_similarity"),                       \
      FINITE("positive_margin", 0), FINITE("negative_margin", 1), POSITIVE("temperature", 0.07), POSITIVE("alpha", 2), \
      POSITIVE("beta", 50), FINITE("base", 0.5)
#define MINING(default)                                                                                                \
  CHOICE("mining", default, "all|hard|semihard|easy_positive|distance_weighted|random"),                               \
      CHOICE("positives", TRIPLET_POSITIVES_OF_MINING, "mining|all|hard|easy"),                                        \
      CHOICE("negatives", TRIPLET_NEGATIVES_OF_MINING, "mining|all|hard|semihard|random|distance_weighted"),           \
      CHOICE("fallback", TRIPLET_FALLBACK_SKIP, "skip|farthest"), POSITIVE("cutoff", 0.5), POSITIVE("far_cutoff", 1.4)
#define VIOLATING CHOICE("violating", TRIPLET_VIOLATING_NONE, "none|all|hard|semihard|easy")
#define IGNORE_LABEL INTEGER("ignore_label", (double)TRIPLET_NO_LABEL, INT32_MIN, INT32_MAX)
#define SEED(default) INTEGER("seed", default, 0, SAFE_INTEGER)
#define NETWORK                                                                                                        \
  CHOICE("activation", TRIPLET_ACTIVATION_RELU, "relu|tanh|none"), BOOLEAN("normalize", 0), BOOLEAN("residual", 0)
#define SAMPLER                                                                                                        \
  CHOICE("sampler", TRIPLET_SAMPLER_BALANCED, "balanced|epoch"), INTEGER("classes_per_batch", 8, 2, 1e9),              \
      INTEGER("rows_per_class", 8, 2, 1e9)
#define THRESHOLD FINITE("threshold", INFINITY)
#define PER_LOSS VALUE("weights"), VALUE("margins"), VALUE("grad_output")
#define OUTPUTS VALUE("gradients"), VALUE("out")
#define PROGRESS VALUE("progress")
#define REFERENCES VALUE("references"), VALUE("reference_labels"), VALUE("reference_self")
#define EXPLICIT DISTANCES(TRIPLET_CONVENTION_TORCH), MARGIN(1), HINGE, PER_LOSS, OUTPUTS

enum { MAX_FIELDS = 48 };

/* The names of choices stand here, and elsewhere in the tests come from the schemas. */
static const struct {
  const char *name;
  promise fields[MAX_FIELDS];
} promises[TRIPLET_SCHEMA_COUNT] = {
    [TRIPLET_SCHEMA_MARGIN_LOSS] = {.name = "margin_loss", .fields = {EXPLICIT}},
    [TRIPLET_SCHEMA_INDEXED_LOSS] = {.name = "indexed_loss", .fields = {EXPLICIT}},
    [TRIPLET_SCHEMA_BATCH_LOSS] = {.name = "batch_loss",
                                   .fields = {EXACT, LOSS, MARGIN(0.2), HINGE, MINING(TRIPLET_MINING_ALL), IGNORE_LABEL,
                                              SEED(0), PER_LOSS, OUTPUTS, REFERENCES, VALUE("reference_gradient"),
                                              PROGRESS}},
    [TRIPLET_SCHEMA_MINE] = {.name = "mine",
                             .fields = {EXACT, MARGIN(0.2), MINING(TRIPLET_MINING_ALL), VIOLATING, IGNORE_LABEL,
                                        SEED(0), VALUE("margins"), REFERENCES, PROGRESS}},
    [TRIPLET_SCHEMA_DISTANCES] = {.name = "distances", .fields = {EXACT, VALUE("out"), PROGRESS}},
    [TRIPLET_SCHEMA_NEAREST] = {.name = "nearest",
                                .fields = {EXACT, VALUE("k"), VALUE("reference_self"), VALUE("exclude"), PROGRESS}},
    [TRIPLET_SCHEMA_INDEX] = {.name = "index", .fields = {EXACT}},
    [TRIPLET_SCHEMA_INDEX_NEAREST] = {.name = "index_nearest",
                                      .fields = {VALUE("k"), VALUE("reference_self"), VALUE("exclude"), PROGRESS}},
    [TRIPLET_SCHEMA_EVALUATE] = {.name = "evaluate", .fields = {EXACT, IGNORE_LABEL, VALUE("k"), REFERENCES, PROGRESS}},
    [TRIPLET_SCHEMA_EVALUATE_HELD_OUT] = {.name = "evaluate_held_out",
                                          .fields = {EXACT, IGNORE_LABEL, SEED(0),
                                                     INTEGER("most_queries", 10000, 1, 1e9), VALUE("k"), PROGRESS}},
    [TRIPLET_SCHEMA_EVALUATE_NEIGHBORS] = {.name = "evaluate_neighbors",
                                           .fields = {IGNORE_LABEL, VALUE("k"), VALUE("reference_labels"),
                                                      VALUE("reference_self")}},
    [TRIPLET_SCHEMA_OPTIMIZER] = {.name = "optimizer",
                                  .fields = {CHOICE("name", TRIPLET_OPTIMIZER_ADAM, "sgd|adam|adamw"),
                                             NUMBER("learning_rate", 0.001, 0, FLT_MAX),
                                             NUMBER("momentum", 0, 0, BELOW_1), BOOLEAN("nesterov", 0),
                                             NUMBER("b1", 0.9, 0, BELOW_1), NUMBER("b2", 0.999, 0, BELOW_1),
                                             NUMBER("eps", 1e-8, 0, FLT_MAX), NUMBER("weight_decay", 0, 0, FLT_MAX)}},
    [TRIPLET_SCHEMA_TRAINER] = {.name = "trainer",
                                .fields = {EXACT,
                                           LOSS,
                                           MARGIN(1),
                                           HINGE,
                                           MINING(TRIPLET_MINING_ALL),
                                           IGNORE_LABEL,
                                           NETWORK,
                                           CHOICE("adapt", TRIPLET_ADAPT_BOTH, "both|queries"),
                                           INTEGER("dim", 2, 1, INT32_MAX),
                                           BOOLEAN("standardize", 1),
                                           SEED(1),
                                           SAMPLER,
                                           INTEGER("steps", 1000, 0, SAFE_INTEGER),
                                           CHOICE("schedule", TRIPLET_SCHEDULE_CONSTANT, "constant|cosine|linear"),
                                           INTEGER("warmup", 0, 0, SAFE_INTEGER),
                                           NUMBER("validation", 0, 0, 1),
                                           INTEGER("evaluate_every", 50, 1, SAFE_INTEGER),
                                           INTEGER("patience", 0, 0, SAFE_INTEGER),
                                           VALUE("optimizer"),
                                           VALUE("layers"),
                                           VALUE("data"),
                                           VALUE("labels"),
                                           VALUE("references"),
                                           VALUE("columns"),
                                           VALUE("classes"),
                                           VALUE("recipe")}},
    [TRIPLET_SCHEMA_ENCODER] = {.name = "encoder",
                                .fields = {NETWORK, VALUE("inputs"), VALUE("layers"), VALUE("seed")}},
    [TRIPLET_SCHEMA_MEMORY] = {.name = "memory", .fields = {VALUE("capacity")}},
    [TRIPLET_SCHEMA_TABLE] = {.name = "table",
                              .fields = {VALUE("label"), VALUE("keep"), VALUE("ignore"), VALUE("categories"),
                                         CHOICE("missing", TRIPLET_MISSING_MEAN, "mean|drop|error"),
                                         VALUE("missing_texts"), BOOLEAN("standardize", 1), BOOLEAN("shard", 0),
                                         CHOICE("separator", TRIPLET_SEPARATOR_AUTO,
                                                "auto|comma|semicolon|tab|pipe|blanks"),
                                         CHOICE("header", TRIPLET_HEADER_AUTO, "auto|true|false"),
                                         CHOICE("encoding", TRIPLET_ENCODING_UTF8, "utf8|latin1"), VALUE("comment"),
                                         VALUE("recipe"), PROGRESS}},
    [TRIPLET_SCHEMA_CLASSIFY] = {.name = "classify",
                                 .fields = {EXACT, INTEGER("k", 5, 1, 1e9), THRESHOLD, VALUE("reference_self"),
                                            VALUE("exclude"), PROGRESS}},
    [TRIPLET_SCHEMA_VERIFY] = {.name = "verify",
                               .fields = {EXACT, IGNORE_LABEL, SEED(0), INTEGER("most_pairs", 1e7, 1, 1e9), THRESHOLD,
                                          VALUE("far"), INTEGER("curve", 500, 2, 1e6), REFERENCES, PROGRESS}},
    [TRIPLET_SCHEMA_VERIFY_PAIRS] = {.name = "verify_pairs",
                                     .fields = {EXACT, THRESHOLD, VALUE("far"), INTEGER("curve", 500, 2, 1e6),
                                                PROGRESS}},
    [TRIPLET_SCHEMA_SAMPLER] = {.name = "sampler", .fields = {VALUE("labels"), SAMPLER, SEED(1)}},
    [TRIPLET_SCHEMA_PAIR_SLOPES] = {.name = "pair_slopes",
                                    .fields = {EXACT, LOSS, MARGIN(0.2), SOFT_AND_SWAP, MINING(TRIPLET_MINING_ALL),
                                               IGNORE_LABEL, SEED(0), VALUE("weights"), VALUE("margins"), REFERENCES,
                                               PROGRESS}},
    [TRIPLET_SCHEMA_REACH] = {.name = "reach",
                              .fields = {METRIC(TRIPLET_CONVENTION_EXACT), LOSS, MARGIN(0.2), SOFT_AND_SWAP}},
    [TRIPLET_SCHEMA_RING] = {.name = "ring", .fields = {METRIC(TRIPLET_CONVENTION_EXACT), BOOLEAN("sphere", 0)}},
    [TRIPLET_SCHEMA_PRINCIPAL_AXES] = {.name = "principal_axes", .fields = {INTEGER("count", 2, 1, 1e9)}},
    [TRIPLET_SCHEMA_DECODE_MATRIX] = {.name = "decode_matrix", .fields = {VALUE("format"), VALUE("tensor")}},
};

static const promise *promise_of(triplet_schema_id id, const char *name) {
  for (const promise *p = promises[id].fields; p->name; p++)
    if (strcmp(p->name, name) == 0)
      return p;
  fail_msg("%s: %s is not in the manual", promises[id].name, name);
  return NULL;
}

/* ---- the schemas against it -------------------------------------------------------------------------------------- */

typedef union structure {
  triplet_options options;
  triplet_optimizer optimizer;
  triplet_trainer_options trainer;
  triplet_encoder encoder;
  triplet_table_options table;
  triplet_sampler_options sampler;
} structure;

/* There is no structure of it. */
static bool has_only_values(triplet_schema_id id) {
  return id == TRIPLET_SCHEMA_MEMORY || id == TRIPLET_SCHEMA_DECODE_MATRIX;
}

/* Calls check for every field. */
static void for_each_field(void (*check)(triplet_schema_id id, const triplet_field *field)) {
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++) {
    const triplet_schema *schema = triplet_schema_get((triplet_schema_id)id);
    for (size_t i = 0; i < schema->count; i++)
      check((triplet_schema_id)id, &schema->fields[i]);
  }
}

static void test_schemas_are_complete(void **state) {
  (void)state;
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++) {
    const triplet_schema *schema = triplet_schema_get((triplet_schema_id)id);
    assert_string_equal(schema->name, promises[id].name);
    size_t count = 0;
    for (const promise *p = promises[id].fields; p->name; p++, count++)
      if (!triplet_schema_field(context, (triplet_schema_id)id, p->name))
        fail_msg("%s: %s", schema->name, triplet_context_error(context)->message);
    assert_int_equal(schema->count, count);
  }
}

static void test_near_misses(void **state) {
  (void)state;
  static const struct {
    triplet_schema_id id;
    const char *name, *meant; /* NULL: nothing is */
  } cases[] = {
      {TRIPLET_SCHEMA_MARGIN_LOSS, "softMargin", "soft_margin"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "soft-margin", "soft_margin"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "SOFTMARGIN", "soft_margin"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "Margin", "margin"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "margin ", "margin"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "margn", "margin"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "marign", "margin"}, /* two letters of six are wrong */
      {TRIPLET_SCHEMA_MARGIN_LOSS, "gradient", "gradients"},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "mraign", NULL},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "q", NULL},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "", NULL},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "____", NULL},
      {TRIPLET_SCHEMA_MARGIN_LOSS, "margin_that_is_far_longer_than_any_name_of_an_option_is", NULL},
      {TRIPLET_SCHEMA_OPTIMIZER, "learning_rat", "learning_rate"},
      {TRIPLET_SCHEMA_OPTIMIZER, "lr", NULL},
      {TRIPLET_SCHEMA_TRAINER, "clases_per_batsh", "classes_per_batch"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_null(triplet_schema_field(context, cases[i].id, cases[i].name));
    char expected[160];
    snprintf(expected, sizeof expected,
             cases[i].meant ? "unknown option \"%s\"; did you mean %s? Known are "
                            : "unknown option \"%s\"; known are ",
             cases[i].name, cases[i].meant);
    const char *message = triplet_context_error(context)->message;
    if (strncmp(message, expected, strlen(expected)) != 0)
      fail_msg("%s, not %s", message, expected);
  }
}

static void check_field(triplet_schema_id id, const triplet_field *field) {
  const promise *p = promise_of(id, field->name);
  assert_ptr_equal(triplet_schema_field(context, id, field->name), field);
  assert_int_equal(field->kind, p->kind);
  if (field->initial != p->initial)
    fail_msg("%s: default of %s is %g, not %g", promises[id].name, field->name, field->initial, p->initial);
  if (field->kind == TRIPLET_FIELD_CHOICE) {
    assert_string_equal(field->choices, p->choices);
  } else {
    assert_null(field->choices);
    if (field->minimum != p->minimum || field->maximum != p->maximum)
      fail_msg("%s: range of %s is %.17g .. %.17g", promises[id].name, field->name, field->minimum, field->maximum);
  }
}

static void test_fields(void **state) {
  (void)state;
  for_each_field(check_field);
}

/* ---- defaults ---------------------------------------------------------------------------------------------------- */

static void check_default(triplet_schema_id id, const triplet_field *field) {
  structure filled;
  memset(&filled, 0, sizeof filled);
  triplet_schema_defaults(id, &filled);
  if (field->kind != TRIPLET_FIELD_VALUE && triplet_schema_get_number(field, &filled) != field->initial)
    fail_msg("%s: %s starts at %g", promises[id].name, field->name, triplet_schema_get_number(field, &filled));
  assert_int_equal(triplet_schema_check(context, id, &filled), TRIPLET_OK);
}

static void test_defaults(void **state) {
  (void)state;
  for_each_field(check_default);
}

static void assert_nothing_is_named(const triplet_table_options *table) {
  assert_int_equal(table->keep.count + table->ignore.count + table->categories.count + table->missing_texts.count, 0);
  assert_true(!table->label && !table->comment && !table->recipe);
}

static void test_defaults_by_function(void **state) {
  (void)state;
  const triplet_options margin = triplet_margin_options();
  assert_int_equal(margin.convention, TRIPLET_CONVENTION_TORCH);
  assert_int_equal(margin.distance, TRIPLET_DISTANCE_MINKOWSKI);
  assert_true(margin.p == 2 && margin.eps == 1e-6 && margin.margin == 1);
  assert_false(margin.swap || margin.soft_margin);
  assert_int_equal(margin.reduction, TRIPLET_REDUCTION_MEAN);
  assert_int_equal(margin.nonfinite, TRIPLET_NONFINITE_ERROR);

  const triplet_options batch = triplet_batch_options();
  assert_int_equal(batch.convention, TRIPLET_CONVENTION_EXACT);
  assert_true(batch.p == 2 && batch.eps == 1e-6 && batch.margin == 0.2);
  assert_int_equal(batch.mining, TRIPLET_MINING_ALL);
  assert_int_equal(batch.fallback, TRIPLET_FALLBACK_SKIP);
  assert_int_equal(batch.seed, 0);

  const triplet_encoder encoder = triplet_encoder_options();
  assert_int_equal(encoder.activation, TRIPLET_ACTIVATION_RELU);
  assert_false(encoder.normalize);
  assert_int_equal(encoder.inputs + encoder.layers, 0);

  const triplet_table_options table = triplet_table_default_options();
  assert_int_equal(table.separator, TRIPLET_SEPARATOR_AUTO);
  assert_int_equal(table.header, TRIPLET_HEADER_AUTO);
  assert_int_equal(table.encoding, TRIPLET_ENCODING_UTF8);
  assert_int_equal(table.missing, TRIPLET_MISSING_MEAN);
  assert_true(table.standardize);
  assert_nothing_is_named(&table);

  const triplet_options *const both[] = {&margin, &batch};
  for (size_t i = 0; i < 2; i++) {
    assert_true(both[i]->ignore_label == TRIPLET_NO_LABEL);
    assert_null(both[i]->weights.data);
    assert_int_equal(both[i]->weights.count, 0);
    assert_null(both[i]->margins.data);
    assert_null(both[i]->grad_output.data);
  }
}

/* Memory full of anything ends up with values that are not given. */
static void test_defaults_overwrite_everything(void **state) {
  (void)state;
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++) {
    if (id == TRIPLET_SCHEMA_OPTIMIZER || id == TRIPLET_SCHEMA_ENCODER || id == TRIPLET_SCHEMA_SAMPLER ||
        has_only_values((triplet_schema_id)id))
      continue;
    structure filled;
    pattern_set(&filled, sizeof filled);
    triplet_schema_defaults((triplet_schema_id)id, &filled);
    if (id == TRIPLET_SCHEMA_TABLE) {
      assert_nothing_is_named(&filled.table);
      continue;
    }
    const triplet_options *options = id == TRIPLET_SCHEMA_TRAINER ? &filled.trainer.loss : &filled.options;
    assert_null(options->weights.data);
    assert_null(options->margins.data);
    assert_null(options->grad_output.data);
    assert_int_equal(options->weights.count + options->margins.count + options->grad_output.count, 0);
    if (id == TRIPLET_SCHEMA_TRAINER)
      assert_int_equal(filled.trainer.layers, 0);
  }
}

/* ---- setting ----------------------------------------------------------------------------------------------------- */

/* The value is taken, the field holds it, the structure passes, and nothing else has changed. */
static void assert_taken(triplet_schema_id id, const triplet_field *field, double value) {
  structure filled, expected;
  memset(&filled, 0, sizeof filled);
  triplet_schema_defaults(id, &filled);
  memcpy(&expected, &filled, sizeof filled);
  if (triplet_schema_set_number(context, id, &filled, field->name, value) != TRIPLET_OK)
    fail_msg("%s: %s = %g: %s", promises[id].name, field->name, value, triplet_context_error(context)->message);
  assert_true(triplet_schema_get_number(field, &filled) == value);
  assert_int_equal(triplet_schema_check(context, id, &filled), TRIPLET_OK);
  const size_t sizes[] = {[N] = sizeof(double), [I] = sizeof(int64_t), [B] = sizeof(bool)};
  memcpy((char *)&expected + field->offset, (char *)&filled + field->offset, sizes[field->kind]);
  assert_memory_equal(&filled, &expected, sizeof filled);
}

static void assert_refused(triplet_schema_id id, const triplet_field *field, double value, const char *message) {
  structure filled, before;
  memset(&filled, 0, sizeof filled);
  triplet_schema_defaults(id, &filled);
  memcpy(&before, &filled, sizeof filled);
  assert_error(context, triplet_schema_set_number(context, id, &filled, field->name, value), TRIPLET_INVALID_ARGUMENT,
               field->name, message);
  assert_memory_equal(&filled, &before, sizeof filled);
}

/* As the core writes numbers into messages, which test_context.c tests. */
static const char *number_text(double value) {
  static char text[360];
  triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "%g", value);
  strcpy(text, triplet_context_error(context)->message);
  return text;
}

static void assert_out_of_range(triplet_schema_id id, const triplet_field *field, double value) {
  char message[1000];
  if (field->kind == TRIPLET_FIELD_INTEGER)
    snprintf(message, sizeof message, "expected an integer in %lld .. %lld, got %s", (long long)field->minimum,
             (long long)field->maximum, number_text(value));
  else if (field->minimum == -DBL_MAX)
    snprintf(message, sizeof message, "expected a finite number, got %s", number_text(value));
  else if (field->minimum == FLT_MIN)
    snprintf(message, sizeof message, "expected a finite number > 0, got %s", number_text(value));
  else if (field->maximum == FLT_MAX)
    snprintf(message, sizeof message, "expected a finite number >= 0, got %s", number_text(value));
  else if (field->maximum < 1)
    snprintf(message, sizeof message, "expected a number in [0, 1), got %s", number_text(value));
  else
    snprintf(message, sizeof message, "expected a number in [%g, %g], got %s", field->minimum, field->maximum,
             number_text(value));
  assert_refused(id, field, value, message);
}

static void check_numbers(triplet_schema_id id, const triplet_field *field) {
  const double low = field->minimum, high = field->maximum;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    assert_taken(id, field, low);
    assert_taken(id, field, high);
    assert_taken(id, field, isfinite(high - low) ? low + (high - low) / 2 : 3);
    assert_out_of_range(id, field, NAN);
    assert_out_of_range(id, field, nextafter(low, -INFINITY));
    if (field->initial > high) /* infinity, which is no threshold */
      assert_taken(id, field, field->initial);
    else if (high < INFINITY)
      assert_out_of_range(id, field, nextafter(high, INFINITY));
    break;
  case TRIPLET_FIELD_INTEGER:
    assert_taken(id, field, low);
    assert_taken(id, field, high);
    assert_taken(id, field, field->initial);
    assert_out_of_range(id, field, low - 1);
    assert_out_of_range(id, field, high + 1);
    assert_out_of_range(id, field, low + 0.5);
    assert_out_of_range(id, field, NAN);
    assert_out_of_range(id, field, INFINITY);
    assert_out_of_range(id, field, -INFINITY);
    break;
  case TRIPLET_FIELD_BOOLEAN:
    assert_taken(id, field, 0);
    assert_taken(id, field, 1);
    assert_refused(id, field, 2, "expected a boolean, got 2");
    assert_refused(id, field, 0.5, "expected a boolean, got 0.5");
    assert_refused(id, field, NAN, "expected a boolean, got nan");
    break;
  case TRIPLET_FIELD_CHOICE: {
    char message[1000];
    snprintf(message, sizeof message, "expected one of %s, got number 1", field->choices);
    assert_refused(id, field, 1, message);
    break;
  }
  case TRIPLET_FIELD_VALUE:
    assert_refused(id, field, 1, "expected a value, got number 1");
    break;
  }
}

static void test_set_number(void **state) {
  (void)state;
  for_each_field(check_numbers);
}

static void assert_text_refused(triplet_schema_id id, const triplet_field *field, const char *value,
                                const char *expected) {
  structure filled, before;
  memset(&filled, 0, sizeof filled);
  triplet_schema_defaults(id, &filled);
  memcpy(&before, &filled, sizeof filled);
  char message[1000];
  snprintf(message, sizeof message, "expected %s, got \"%s\"", expected, value);
  assert_error(context, triplet_schema_set_text(context, id, &filled, field->name, value), TRIPLET_INVALID_ARGUMENT,
               field->name, message);
  assert_memory_equal(&filled, &before, sizeof filled);
}

static void check_texts(triplet_schema_id id, const triplet_field *field) {
  static const char *const kinds[] = {[N] = "a number", [I] = "a number", [B] = "a boolean", [V] = "a value"};
  if (field->kind != TRIPLET_FIELD_CHOICE) {
    assert_text_refused(id, field, "mean", kinds[field->kind]);
    return;
  }
  char choices[200], expected[300];
  strcpy(choices, field->choices);
  int index = 0;
  for (char *choice = strtok(choices, "|"); choice; choice = strtok(NULL, "|"), index++) {
    structure filled;
    memset(&filled, 0, sizeof filled);
    triplet_schema_defaults(id, &filled);
    assert_int_equal(triplet_schema_set_text(context, id, &filled, field->name, choice), TRIPLET_OK);
    assert_true(triplet_schema_get_number(field, &filled) == index);
    assert_int_equal(triplet_schema_check(context, id, &filled), TRIPLET_OK);
  }
  snprintf(expected, sizeof expected, "one of %s", field->choices);
  static const char *const wrong[] = {"", "nonsense", "mea", "means", "Mean", "mean|sum", "|"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_text_refused(id, field, wrong[i], expected);
}

/* What came is told on one line, and not all of it where it is long. */
static void test_texts_of_any_kind_are_told(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  char name[200] = "a\n\033[31m\tb", expected[640];
  assert_int_equal(triplet_schema_set_text(context, TRIPLET_SCHEMA_BATCH_LOSS, &options, "loss", name),
                   TRIPLET_INVALID_ARGUMENT);
  assert_non_null(strstr(triplet_context_error(context)->message, ", got \"a  [31m b\""));
  assert_error(context, triplet_schema_set_text(context, TRIPLET_SCHEMA_BATCH_LOSS, &options, "margin", name),
               TRIPLET_INVALID_ARGUMENT, "margin", "expected a number, got \"a  [31m b\"");
  assert_null(triplet_schema_field(context, TRIPLET_SCHEMA_BATCH_LOSS, name));
  const char *begins = "unknown option \"a  [31m b\"; known are ";
  assert_memory_equal(triplet_context_error(context)->message, begins, strlen(begins));

  memset(name, 'x', sizeof name - 1);
  snprintf(expected, sizeof expected, "expected a number, got \"%.80s...\"", name);
  assert_error(context, triplet_schema_set_text(context, TRIPLET_SCHEMA_BATCH_LOSS, &options, "margin", name),
               TRIPLET_INVALID_ARGUMENT, "margin", expected);
}

static void test_set_text(void **state) {
  (void)state;
  for_each_field(check_texts);
}

/* PyTorch's AdamW decays weights unless told otherwise; the others do not. */
static void test_adamw_brings_its_decay(void **state) {
  (void)state;
  triplet_optimizer optimizer = triplet_optimizer_options();
  assert_int_equal(triplet_schema_set_text(context, TRIPLET_SCHEMA_OPTIMIZER, &optimizer, "name", "adamw"), TRIPLET_OK);
  assert_true(optimizer.weight_decay == 0.01);
  assert_int_equal(triplet_schema_set_number(context, TRIPLET_SCHEMA_OPTIMIZER, &optimizer, "weight_decay", 0.5),
                   TRIPLET_OK);
  assert_true(optimizer.weight_decay == 0.5);
  assert_int_equal(triplet_schema_set_text(context, TRIPLET_SCHEMA_OPTIMIZER, &optimizer, "name", "sgd"), TRIPLET_OK);
  assert_true(optimizer.weight_decay == 0.5); /* which was given */
  optimizer.weight_decay = 0;
  assert_int_equal(triplet_schema_set_text(context, TRIPLET_SCHEMA_OPTIMIZER, &optimizer, "name", "adamw"), TRIPLET_OK);
  assert_int_equal(triplet_schema_set_text(context, TRIPLET_SCHEMA_OPTIMIZER, &optimizer, "name", "adam"), TRIPLET_OK);
  assert_true(optimizer.weight_decay == 0);
}

/* The distance and temperature of each loss, by its name and by triplet_options_set_loss, whatever the loss before.
 * What was given before stays by name alone; what is given afterwards always does. */
static void test_losses_bring_their_defaults(void **state) {
  (void)state;
  static const struct {
    const char *name;
    triplet_distance distance;
    double temperature;
  } losses[] = {{"triplet", TRIPLET_DISTANCE_MINKOWSKI, 0.07},
                {"contrastive", TRIPLET_DISTANCE_MINKOWSKI, 0.07},
                {"info_nce", TRIPLET_DISTANCE_COSINE, 0.07},
                {"sup_con", TRIPLET_DISTANCE_COSINE, 0.1},
                {"multi_similarity", TRIPLET_DISTANCE_COSINE, 0.07}};
  static const triplet_schema_id ids[] = {TRIPLET_SCHEMA_BATCH_LOSS, TRIPLET_SCHEMA_TRAINER};
  for (size_t of = 0; of < 2; of++)
    for (size_t before = 0; before < 5; before++)
      for (size_t i = 0; i < 5; i++) {
        structure filled;
        triplet_schema_defaults(ids[of], &filled);
        triplet_options *options = of ? &filled.trainer.loss : &filled.options;
        triplet_options_set_loss(options, (triplet_loss)before);
        assert_int_equal(triplet_schema_set_text(context, ids[of], &filled, "loss", losses[i].name), TRIPLET_OK);
        assert_int_equal(options->loss, i);
        assert_int_equal(options->distance, losses[i].distance);
        assert_true(options->temperature == losses[i].temperature);

        options->distance = TRIPLET_DISTANCE_SQUARED;
        options->temperature = 0.5;
        assert_int_equal(triplet_schema_set_text(context, ids[of], &filled, "loss", losses[before].name), TRIPLET_OK);
        assert_true(options->distance == TRIPLET_DISTANCE_SQUARED && options->temperature == 0.5);
        triplet_options_set_loss(options, (triplet_loss)i);
        assert_int_equal(options->distance, losses[i].distance);
        assert_true(options->temperature == losses[i].temperature);
      }
}

/* ---- structures filled by hand ----------------------------------------------------------------------------------- */

static void assert_checked(triplet_schema_id id, const structure *filled, const triplet_field *field) {
  assert_int_equal(triplet_schema_check(context, id, filled), TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, field->name);
}

static void check_by_hand(triplet_schema_id id, const triplet_field *field) {
  structure filled;
  memset(&filled, 0, sizeof filled);
  triplet_schema_defaults(id, &filled);
  char *place = (char *)&filled + field->offset;

  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    memcpy(place, &(double){NAN}, sizeof(double));
    assert_checked(id, &filled, field);
    memcpy(place, &(double){nextafter(field->minimum, -INFINITY)}, sizeof(double));
    assert_checked(id, &filled, field);
    break;
  case TRIPLET_FIELD_INTEGER:
    memcpy(place, &(int64_t){(int64_t)field->minimum - 1}, sizeof(int64_t));
    assert_checked(id, &filled, field);
    memcpy(place, &(int64_t){(int64_t)field->maximum + 1}, sizeof(int64_t));
    assert_checked(id, &filled, field);
    break;
  case TRIPLET_FIELD_CHOICE:
    memcpy(place, &(int){99}, sizeof(int));
    assert_checked(id, &filled, field);
    memcpy(place, &(int){-1}, sizeof(int));
    assert_checked(id, &filled, field);
    break;
  default:
    break;
  }
}

static void test_check(void **state) {
  (void)state;
  for_each_field(check_by_hand);
}

/* ---- unknown names ----------------------------------------------------------------------------------------------- */

static void test_unknown_names(void **state) {
  (void)state;
  static const char *const unknown[] = {"", "q", "nothing", "margin of error", "wait"};
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++)
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
      const triplet_schema *schema = triplet_schema_get((triplet_schema_id)id);
      char message[1000];
      int length = snprintf(message, sizeof message, "unknown option \"%s\"; known are ", unknown[i]);
      for (size_t k = 0; k < schema->count; k++)
        length +=
            snprintf(message + length, sizeof message - (size_t)length, "%s%s", k ? ", " : "", schema->fields[k].name);
      structure filled, before;
      pattern_set(&filled, sizeof filled);
      memcpy(&before, &filled, sizeof filled);
      assert_null(triplet_schema_field(context, (triplet_schema_id)id, unknown[i]));
      assert_error(context, TRIPLET_INVALID_ARGUMENT, TRIPLET_INVALID_ARGUMENT, "options", message);
      assert_error(context, triplet_schema_set_number(context, (triplet_schema_id)id, &filled, unknown[i], 1),
                   TRIPLET_INVALID_ARGUMENT, "options", message);
      assert_error(context, triplet_schema_set_text(context, (triplet_schema_id)id, &filled, unknown[i], "mean"),
                   TRIPLET_INVALID_ARGUMENT, "options", message);
      assert_memory_equal(&filled, &before, sizeof filled);
    }
}

/* A very long name costs room, never safety. */
static void test_long_unknown_name(void **state) {
  (void)state;
  char name[3000];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = 0;
  assert_null(triplet_schema_field(context, TRIPLET_SCHEMA_TRAINER, name));
  assert_int_equal(triplet_context_error(context)->status, TRIPLET_INVALID_ARGUMENT);
}

/* ---- structures that nobody began -------------------------------------------------------------------------------- */

/* One call of every function that takes a structure of options, with outputs that none may write. */
static struct outputs {
  triplet_context *context;
  float written[64];
  int32_t ints[16];
  uint8_t bytes[1024];
  _Alignas(max_align_t) uint8_t anything[sizeof(triplet_held_out_evaluation)];
  triplet_trainer *trainer;
  triplet_table *table;
  triplet_sampler *sampler;
} outputs;

static const float some_floats[64];
static const int32_t some_labels[4] = {0, 0, 1, 1};
#define ROWS triplet_matrix_of(some_floats, 4, 2)
#define TO(rows, cols) triplet_matrix_of(outputs.written, rows, cols)
#define LABELS triplet_labels_of(some_labels, 4)
#define BATCH (&(triplet_batch){.embeddings = ROWS, .labels = LABELS})
#define INTS                                                                                                           \
  { some_labels, 4 }
#define INTO(type) ((type *)(void *)outputs.anything)

static triplet_status margin_loss(const void *options) {
  return triplet_margin_loss(outputs.context, options, &(triplet_explicit){ROWS, ROWS, ROWS},
                             (triplet_gradients){.anchors = outputs.written}, NULL, INTO(triplet_result));
}

static triplet_status indexed_loss(const void *options) {
  return triplet_indexed_loss(outputs.context, options, &(triplet_indexed){ROWS, INTS, INTS, INTS}, outputs.written,
                              NULL, INTO(triplet_result));
}

static triplet_status batch_loss(const void *options) {
  return triplet_batch_loss(outputs.context, options, BATCH, (triplet_batch_gradients){.embeddings = outputs.written},
                            NULL, INTO(triplet_batch_result));
}

static triplet_status mine_capacity(const void *options) {
  return triplet_mine_capacity(outputs.context, options, BATCH, INTO(size_t));
}

static triplet_status mine(const void *options) {
  triplet_triplets triplets = {outputs.ints, outputs.ints + 4, outputs.ints + 8, .capacity = 4, .count = 77};
  const triplet_status status = triplet_mine(outputs.context, options, BATCH, &triplets, NULL);
  assert_int_equal(triplets.count, 77);
  return status;
}

static triplet_status distances(const void *options) {
  return triplet_distances(outputs.context, options, ROWS, ROWS, TO(4, 4));
}

static triplet_status pair_slopes(const void *options) {
  return triplet_pair_slopes(outputs.context, options, BATCH, TO(4, 4));
}

static triplet_status reach(const void *options) {
  return triplet_reach(outputs.context, options, 1, INTO(triplet_reaches));
}

static triplet_status ring(const void *options) {
  return triplet_ring(outputs.context, options, (triplet_floats){some_floats, 2}, ROWS, 1, TO(4, 2));
}

static triplet_status nearest(const void *options) {
  const triplet_neighbor_search search = {.queries = ROWS, .references = ROWS, .k = 1};
  return triplet_nearest(outputs.context, options, &search, outputs.ints, outputs.written);
}

static triplet_status create_index(const void *options) {
  return triplet_index_create(outputs.context, options, ROWS, INTO(triplet_index *));
}

static triplet_status evaluate(const void *options) {
  return triplet_evaluate(outputs.context, options, BATCH, (triplet_ints){NULL, 0}, INTO(triplet_evaluation));
}

static triplet_status evaluate_held_out(const void *options) {
  const triplet_held_out_set set = {ROWS, LABELS, (const uint8_t *)some_labels, {NULL, 0}};
  return triplet_evaluate_held_out(outputs.context, options, &set, INTO(triplet_held_out_evaluation));
}

static triplet_status evaluate_neighbors(const void *options) {
  const triplet_given_neighbors neighbors = {.labels = LABELS, .indices = some_labels, .width = 1};
  return triplet_evaluate_neighbors(outputs.context, options, &neighbors, (triplet_ints){NULL, 0},
                                    INTO(triplet_evaluation));
}

static triplet_status create_trainer(const void *options) {
  return triplet_trainer_create(outputs.context, options, ROWS, LABELS, &outputs.trainer);
}

static triplet_status change_trainer(const void *options) {
  const triplet_trainer_options good = triplet_trainer_default_options();
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(NULL, &good, ROWS, LABELS, &trainer), TRIPLET_OK);
  const triplet_status status = triplet_trainer_set_options(outputs.context, trainer, options);
  assert_memory_equal(triplet_trainer_get_options(trainer), &good, sizeof good);
  triplet_trainer_destroy(trainer);
  return status;
}

static triplet_status update(const void *options) {
  assert_int_equal(triplet_optimizer_state(options, 4), 0);
  return triplet_optimizer_update(outputs.context, options, 1,
                                  &(triplet_parameters){4, outputs.written, some_floats, outputs.written + 8});
}

static triplet_status encoder_init(const void *options) {
  triplet_random random = {0};
  assert_int_equal(triplet_encoder_dim(options), 0);
  assert_int_equal(triplet_encoder_parameters(options), 0);
  assert_int_equal(triplet_encoder_activations(options, 4), 0);
  return triplet_encoder_init(outputs.context, options, &random, outputs.written);
}

static triplet_status encoder_forward(const void *options) {
  return triplet_encoder_forward(outputs.context, options, some_floats, &(triplet_encoder_pass){ROWS, NULL, TO(4, 2)});
}

static triplet_status encoder_backward(const void *options) {
  return triplet_encoder_backward(outputs.context, options, some_floats,
                                  &(triplet_encoder_pass){ROWS, (float *)some_floats, ROWS}, ROWS,
                                  (triplet_encoder_gradients){outputs.written, outputs.written + 16});
}

static triplet_status read_table(const void *options) {
  return triplet_table_read(outputs.context, options, "x,k\n1,a\n2,b\n", 12, &outputs.table);
}

static triplet_status classify(const void *options) {
  const triplet_classification_set set = {.queries = ROWS, .references = ROWS, .reference_labels = LABELS};
  triplet_classification into = {outputs.ints, outputs.bytes, outputs.written};
  return triplet_classify(outputs.context, options, &set, &into);
}

static triplet_status verify(const void *options) {
  return triplet_verify(outputs.context, options, BATCH, (triplet_doubles){NULL, 0}, INTO(triplet_verification));
}

static triplet_status verify_pairs(const void *options) {
  const triplet_given_pairs pairs = {ROWS, ROWS, (const uint8_t *)some_labels};
  return triplet_verify_pairs(outputs.context, options, &pairs, (triplet_doubles){NULL, 0}, INTO(triplet_verification));
}

static triplet_status create_sampler(const void *options) {
  return triplet_sampler_create(outputs.context, options, LABELS, &outputs.sampler);
}

static triplet_status create_trainer_of_pairs(const void *options) {
  const triplet_training_pairs pairs = {.queries = ROWS, .references = ROWS};
  return triplet_trainer_create_pairs(outputs.context, options, &pairs, &outputs.trainer);
}

static triplet_status save_encoder(const void *options) {
  return triplet_encoder_save(outputs.context, options, some_floats, outputs.bytes, sizeof outputs.bytes, INTO(size_t));
}

typedef enum kind { OPTIONS, OPTIMIZER, TRAINER, ENCODER_KIND, TABLE, SAMPLER_KIND, KINDS } kind;

/* What the message names, by the argument. */
static const char *const beginnings[KINDS][2] = {
    {"options", "triplet_margin_options() or triplet_batch_options()"},
    {"optimizer", "triplet_optimizer_options()"},
    {"options", "triplet_trainer_default_options()"},
    {"encoder", "triplet_encoder_options()"},
    {"options", "triplet_table_default_options()"},
    {"options", "triplet_sampler_default_options()"},
};

static kind kind_of(triplet_schema_id id) {
  return id == TRIPLET_SCHEMA_OPTIMIZER ? OPTIMIZER
         : id == TRIPLET_SCHEMA_TRAINER ? TRAINER
         : id == TRIPLET_SCHEMA_ENCODER ? ENCODER_KIND
         : id == TRIPLET_SCHEMA_TABLE   ? TABLE
         : id == TRIPLET_SCHEMA_SAMPLER ? SAMPLER_KIND
                                        : OPTIONS;
}

static structure begun(kind which) {
  static const triplet_schema_id ids[KINDS] = {TRIPLET_SCHEMA_BATCH_LOSS, TRIPLET_SCHEMA_OPTIMIZER,
                                               TRIPLET_SCHEMA_TRAINER,    TRIPLET_SCHEMA_ENCODER,
                                               TRIPLET_SCHEMA_TABLE,      TRIPLET_SCHEMA_SAMPLER};
  structure made;
  memset(&made, 0, sizeof made);
  triplet_schema_defaults(ids[which], &made);
  return made;
}

static void assert_not_begun(triplet_status status, const char *argument, const char *functions, const char *got) {
  char message[200];
  snprintf(message, sizeof message, "expected a structure begun by %s, got %s", functions, got);
  assert_error(context, status, TRIPLET_INVALID_ARGUMENT, argument, message);
}

/* Calls check for structures of that kind that nobody began: NULL, zeroed, full of anything, good but for its
 * beginning, and begun as one of another kind. */
static void for_each_unbegun(kind which, void (*check)(const void *made, const char *got, const void *data),
                             const void *data) {
  structure made;
  check(NULL, "NULL", data);
  memset(&made, 0, sizeof made);
  check(&made, "one that was not", data);
  pattern_set(&made, sizeof made);
  check(&made, "one that was not", data);
  made = begun(which);
  memset(&made, 0, sizeof(uint32_t));
  check(&made, "one that was not", data);
  for (int other = 0; other < KINDS; other++)
    if (other != (int)which) {
      made = begun((kind)other);
      check(&made, "one that was not", data);
    }
}

typedef struct taker {
  triplet_status (*call)(const void *options);
  kind which;
} taker;

static void check_taker(const void *made, const char *got, const void *data) {
  const taker *of = data;
  pattern_set(&outputs, sizeof outputs);
  outputs.context = context;
  const triplet_status status = of->call(made);
  assert_not_begun(status, beginnings[of->which][0], beginnings[of->which][1], got);
  assert_true(pattern_stands(outputs.written, sizeof outputs - offsetof(struct outputs, written)));
}

static void test_calls_refuse_what_was_not_begun(void **state) {
  (void)state;
  static const taker takers[] = {
      {.call = margin_loss, .which = OPTIONS},
      {.call = indexed_loss, .which = OPTIONS},
      {.call = batch_loss, .which = OPTIONS},
      {.call = mine_capacity, .which = OPTIONS},
      {.call = mine, .which = OPTIONS},
      {.call = distances, .which = OPTIONS},
      {.call = nearest, .which = OPTIONS},
      {.call = create_index, .which = OPTIONS},
      {.call = pair_slopes, .which = OPTIONS},
      {.call = reach, .which = OPTIONS},
      {.call = ring, .which = OPTIONS},
      {.call = evaluate, .which = OPTIONS},
      {.call = evaluate_held_out, .which = OPTIONS},
      {.call = evaluate_neighbors, .which = OPTIONS},
      {.call = classify, .which = OPTIONS},
      {.call = verify, .which = OPTIONS},
      {.call = verify_pairs, .which = OPTIONS},
      {.call = create_sampler, .which = SAMPLER_KIND},
      {.call = create_trainer, .which = TRAINER},
      {.call = create_trainer_of_pairs, .which = TRAINER},
      {.call = change_trainer, .which = TRAINER},
      {.call = update, .which = OPTIMIZER},
      {.call = encoder_init, .which = ENCODER_KIND},
      {.call = encoder_forward, .which = ENCODER_KIND},
      {.call = encoder_backward, .which = ENCODER_KIND},
      {.call = save_encoder, .which = ENCODER_KIND},
      {.call = read_table, .which = TABLE},
  };
  for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
    for_each_unbegun(takers[i].which, check_taker, &takers[i]);
}

static void check_by_name(const void *made, const char *got, const void *data) {
  const triplet_schema_id id = *(const triplet_schema_id *)data;
  const char *const *const expected = beginnings[kind_of(id)];
  structure filled, before;
  if (made)
    memcpy(&filled, made, sizeof filled);
  else
    memset(&filled, 0, sizeof filled);
  memcpy(&before, &filled, sizeof filled);
  void *structure = made ? &filled : NULL;
  assert_not_begun(triplet_schema_check(context, id, structure), expected[0], expected[1], got);
  const triplet_schema *schema = triplet_schema_get(id);
  for (size_t i = 0; i < schema->count; i++) {
    const triplet_field *field = &schema->fields[i];
    if (field->kind == TRIPLET_FIELD_CHOICE)
      assert_not_begun(triplet_schema_set_text(context, id, structure, field->name, "relu"), expected[0], expected[1],
                       got);
    else if (field->kind != TRIPLET_FIELD_VALUE)
      assert_not_begun(triplet_schema_set_number(context, id, structure, field->name, field->initial), expected[0],
                       expected[1], got);
  }
  assert_memory_equal(&filled, &before, sizeof filled);
}

static void test_names_refuse_what_was_not_begun(void **state) {
  (void)state;
  for (int number = 0; number < TRIPLET_SCHEMA_COUNT; number++) {
    const triplet_schema_id id = (triplet_schema_id)number;
    if (!has_only_values(id))
      for_each_unbegun(kind_of(id), check_by_name, &id);
  }
}

/* A trainer's structure has two others inside. */
static void test_structures_inside_a_trainer_are_begun_too(void **state) {
  (void)state;
  triplet_trainer_options options = triplet_trainer_default_options();
  options.loss = (triplet_options){.p = 2, .margin = 20};
  assert_not_begun(triplet_schema_check(context, TRIPLET_SCHEMA_TRAINER, &options), "loss", beginnings[OPTIONS][1],
                   "one that was not");
  options = triplet_trainer_default_options();
  options.optimizer = (triplet_optimizer){.learning_rate = 0.1};
  assert_not_begun(triplet_schema_check(context, TRIPLET_SCHEMA_TRAINER, &options), "optimizer",
                   beginnings[OPTIMIZER][1], "one that was not");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(test_schemas_are_complete),
      WITH_CONTEXT(test_near_misses),
      WITH_CONTEXT(test_fields),
      WITH_CONTEXT(test_defaults),
      WITH_CONTEXT(test_defaults_by_function),
      WITH_CONTEXT(test_defaults_overwrite_everything),
      WITH_CONTEXT(test_set_number),
      WITH_CONTEXT(test_texts_of_any_kind_are_told),
      WITH_CONTEXT(test_set_text),
      WITH_CONTEXT(test_adamw_brings_its_decay),
      WITH_CONTEXT(test_losses_bring_their_defaults),
      WITH_CONTEXT(test_check),
      WITH_CONTEXT(test_unknown_names),
      WITH_CONTEXT(test_calls_refuse_what_was_not_begun),
      WITH_CONTEXT(test_names_refuse_what_was_not_begun),
      WITH_CONTEXT(test_structures_inside_a_trainer_are_begun_too),
      WITH_CONTEXT(test_long_unknown_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
