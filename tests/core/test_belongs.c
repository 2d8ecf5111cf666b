/* What options belong to, against what they do: one that is refused changes no bit of the result, one that is taken
 * changes some. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything that a call with some options comes to. */
typedef struct outcome {
  uint8_t bytes[8192];
  size_t size;
} outcome;

static void note(outcome *of, const void *bytes, size_t size) {
  assert_true(of->size + size <= sizeof of->bytes);
  memcpy(of->bytes + of->size, bytes, size);
  of->size += size;
}

static void set_option(triplet_schema_id id, void *structure, const char *name, double value) {
  const triplet_field *field = triplet_schema_field(context, id, name);
  if (!field) {
    fail_msg("%s", triplet_context_error(context)->message);
  } else if (field->kind == TRIPLET_FIELD_CHOICE) {
    char choice[TRIPLET_CHOICE_SIZE];
    triplet_choice_name(field->choices, (size_t)value, choice);
    assert_int_equal(triplet_schema_set_text(context, id, structure, name, choice), TRIPLET_OK);
  } else {
    assert_int_equal(triplet_schema_set_number(context, id, structure, name, value), TRIPLET_OK);
  }
}

/* An option, given another value than its default. */
typedef struct given {
  const char *name;
  double value;
} given;

/* A face that takes options: what a call of it comes to. */
typedef struct face {
  triplet_schema_id id;
  size_t size; /* of its structure */
  void (*run)(const void *options, outcome *to);
} face;

/* Each option of the list, which a NULL ends, beside the others of a structure. Returns how many play a part. */
static size_t try_options(const face *of, const void *others, const given *list) {
  size_t counted = 0;
  for (; list->name; list++) {
    union {
      triplet_options options;
      triplet_optimizer optimizer;
      triplet_trainer_options trainer;
      triplet_sampler_options sampler;
    } changed;
    memcpy(&changed, others, of->size);
    assert_int_equal(triplet_schema_check_given(context, of->id, &changed, list->name), TRIPLET_OK); /* its default */

    static outcome without, with;
    without.size = with.size = 0;
    of->run(&changed, &without);
    set_option(of->id, &changed, list->name, list->value);
    of->run(&changed, &with);
    const bool same = with.size == without.size && memcmp(with.bytes, without.bytes, with.size) == 0;

    const triplet_status status = triplet_schema_check_given(context, of->id, &changed, list->name);
    if (status == TRIPLET_OK) {
      counted++;
      if (same)
        fail_msg("%s: %s is taken and does nothing", triplet_schema_get(of->id)->name, list->name);
      continue;
    }
    if (!same)
      fail_msg("%s: %s does something and is refused: %s", triplet_schema_get(of->id)->name, list->name,
               triplet_context_error(context)->message);
    assert_string_equal(triplet_context_error(context)->argument, list->name);
  }
  return counted;
}

/* ---- rows of three classes, one alone in its own, and two of a class at the far ends ----------------------------- */

enum { ROWS = 25, COLS = 3 };
static float rows[ROWS * COLS];
static int32_t labels[ROWS];

static triplet_matrix x(void) {
  return triplet_matrix_of(rows, ROWS, COLS);
}

static void make_rows(void) {
  seeded from = seeded_from(1);
  seeded_fill(&from, rows, ROWS * COLS, 1);
  for (int i = 0; i < ROWS; i++)
    labels[i] = i == 0 ? 7 : i < 3 ? 8 : i % 3;
  for (int i = 0; i < COLS; i++) {
    rows[COLS + i] = 3;
    rows[2 * COLS + i] = -3;
  }
}

/* ---- each face --------------------------------------------------------------------------------------------------- */

static void run_distances(const void *options, outcome *to) {
  float distances[ROWS * ROWS];
  assert_int_equal(triplet_distances(context, options, x(), x(), triplet_matrix_of(distances, ROWS, ROWS)), TRIPLET_OK);
  note(to, distances, sizeof distances);
}

static void run_batch_loss(const void *options, outcome *to) {
  float gradient[ROWS * COLS];
  const triplet_batch batch = {.embeddings = x(), .labels = triplet_labels_of(labels, ROWS)};
  triplet_batch_result result;
  assert_int_equal(
      triplet_batch_loss(context, options, &batch, (triplet_batch_gradients){gradient, NULL}, NULL, &result),
      TRIPLET_OK);
  note(to, &result.loss, sizeof result.loss);
  note(to, gradient, sizeof gradient);
  note(to, &result.stats.triplets, sizeof result.stats.triplets);
}

/* Every triplet that is mined, and its statistics. */
static void run_mine(const void *options, outcome *to) {
  const triplet_batch batch = {.embeddings = x(), .labels = triplet_labels_of(labels, ROWS)};
  static int32_t anchors[ROWS * ROWS * ROWS], positives[ROWS * ROWS * ROWS], negatives[ROWS * ROWS * ROWS];
  triplet_triplets mined = {anchors, positives, negatives, ROWS * ROWS * ROWS, 0};
  triplet_stats stats;
  assert_int_equal(triplet_mine(context, options, &batch, &mined, &stats), TRIPLET_OK);
  uint64_t hash = 0;
  for (size_t i = 0; i < mined.count; i++)
    hash = hash * 1099511628211u + (uint64_t)((anchors[i] * ROWS + positives[i]) * ROWS + negatives[i]);
  note(to, &hash, sizeof hash);
  note(to, &stats.triplets, sizeof stats.triplets);
  note(to, &stats.easy, sizeof stats.easy);
}

static void run_optimizer(const void *options, outcome *to) {
  float parameters[4] = {1, -2, 0.5f, 3}, state[8] = {0};
  static const float gradients[3][4] = {{1, 2, -1, 0.5f}, {0.25f, -1, 2, 1}, {-1, 1, 1, 0}};
  for (uint64_t step = 1; step <= 3; step++) {
    const triplet_parameters update = {4, parameters, gradients[step - 1], state};
    assert_int_equal(triplet_optimizer_update(context, options, step, &update), TRIPLET_OK);
  }
  note(to, parameters, sizeof parameters);
}

static void run_trainer(const void *options, outcome *to) {
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(context, options, x(), triplet_labels_of(labels, ROWS), &trainer),
                   TRIPLET_OK);
  triplet_step step = {0};
  while (!step.stopped) {
    assert_int_equal(triplet_trainer_step(context, trainer, &step), TRIPLET_OK);
    note(to, &step.loss, sizeof step.loss);
    note(to, &step.validation, sizeof step.validation);
  }
  const triplet_floats parameters = triplet_trainer_parameters(trainer);
  note(to, parameters.data, parameters.count * sizeof(float));
  triplet_trainer_destroy(trainer);
}

static void run_classify(const void *options, outcome *to) {
  const triplet_ints none = {NULL, 0};
  const triplet_classification_set set = {
      .queries = x(), .references = x(), .reference_labels = triplet_labels_of(labels, ROWS), .reference_self = none};
  int32_t classes[ROWS];
  uint8_t known[ROWS];
  float votes[ROWS];
  triplet_classification found = {classes, known, votes};
  assert_int_equal(triplet_classify(context, options, &set, &found), TRIPLET_OK);
  note(to, classes, sizeof classes);
  note(to, known, sizeof known);
  note(to, votes, sizeof votes);
}

static void note_verification(outcome *to, const triplet_verification *found) {
  note(to, &found->same, sizeof found->same);
  note(to, &found->used, sizeof found->used);
  note(to, &found->auc, sizeof found->auc);
  note(to, &found->threshold, sizeof found->threshold);
  note(to, &found->judged_accuracy, sizeof found->judged_accuracy);
}

static void run_verify(const void *options, outcome *to) {
  const triplet_batch batch = {.embeddings = x(), .labels = triplet_labels_of(labels, ROWS)};
  triplet_verification found = {0};
  assert_int_equal(triplet_verify(context, options, &batch, (triplet_doubles){NULL, 0}, &found), TRIPLET_OK);
  note_verification(to, &found);
}

/* Each row and the next, which are the same where they are near. */
static void run_verify_pairs(const void *options, outcome *to) {
  uint8_t same[ROWS - 1];
  for (int i = 0; i < ROWS - 1; i++) {
    float squares = 0;
    for (int k = 0; k < COLS; k++)
      squares += (rows[i * COLS + k] - rows[(i + 1) * COLS + k]) * (rows[i * COLS + k] - rows[(i + 1) * COLS + k]);
    same[i] = squares < 1;
  }
  const triplet_given_pairs pairs = {triplet_matrix_of(rows, ROWS - 1, COLS),
                                     triplet_matrix_of(rows + COLS, ROWS - 1, COLS), same};
  triplet_verification found = {0};
  assert_int_equal(triplet_verify_pairs(context, options, &pairs, (triplet_doubles){NULL, 0}, &found), TRIPLET_OK);
  note_verification(to, &found);
}

static void run_sampler(const void *options, outcome *to) {
  triplet_sampler *sampler;
  assert_int_equal(triplet_sampler_create(context, options, triplet_labels_of(labels, ROWS), &sampler), TRIPLET_OK);
  for (int batch = 0; batch < 5; batch++) {
    int32_t drawn[ROWS];
    assert_true(triplet_sampler_batch_rows(sampler) <= ROWS);
    note(to, drawn, triplet_sampler_next(sampler, drawn) * sizeof *drawn);
  }
  triplet_sampler_destroy(sampler);
}

static const face distances = {TRIPLET_SCHEMA_DISTANCES, sizeof(triplet_options), run_distances};
static const face batch_loss = {TRIPLET_SCHEMA_BATCH_LOSS, sizeof(triplet_options), run_batch_loss};
static const face mine = {TRIPLET_SCHEMA_MINE, sizeof(triplet_options), run_mine};
static const face optimizer = {TRIPLET_SCHEMA_OPTIMIZER, sizeof(triplet_optimizer), run_optimizer};
static const face trainer = {TRIPLET_SCHEMA_TRAINER, sizeof(triplet_trainer_options), run_trainer};
static const face classify = {TRIPLET_SCHEMA_CLASSIFY, sizeof(triplet_options), run_classify};
static const face verify = {TRIPLET_SCHEMA_VERIFY, sizeof(triplet_options), run_verify};
static const face verify_pairs = {TRIPLET_SCHEMA_VERIFY_PAIRS, sizeof(triplet_options), run_verify_pairs};
static const face sampler = {TRIPLET_SCHEMA_SAMPLER, sizeof(triplet_sampler_options), run_sampler};

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static size_t choices_of(triplet_schema_id id, const char *name) {
  return triplet_choice_count(triplet_schema_field(context, id, name)->choices);
}

/* Calls check for every distance under every convention. */
static void for_each_measure(const face *of, void (*check)(const face *of, triplet_options *options)) {
  for (size_t distance = 0; distance < choices_of(of->id, "distance"); distance++)
    for (size_t convention = 0; convention < choices_of(of->id, "convention"); convention++) {
      triplet_options options = triplet_batch_options();
      set_option(of->id, &options, "distance", (double)distance);
      set_option(of->id, &options, "convention", (double)convention);
      check(of, &options);
    }
}

static void check_distances(const face *of, triplet_options *options) {
  static const given list[] = {{"p", 3}, {"eps", 0.5}, {NULL, 0}};
  const bool minkowski = options->distance == TRIPLET_DISTANCE_MINKOWSKI;
  const bool has_eps = minkowski && options->convention != TRIPLET_CONVENTION_EXACT;
  assert_int_equal(try_options(of, options, list), minkowski + has_eps);
}

static void test_distances(void **state) {
  (void)state;
  for_each_measure(&distances, check_distances);
  for (size_t distance = 0; distance < choices_of(distances.id, "distance"); distance++) {
    static const given list[] = {{"convention", TRIPLET_CONVENTION_OPTAX}, {NULL, 0}};
    triplet_options options = triplet_batch_options();
    options.eps = 0.5;
    set_option(distances.id, &options, "distance", (double)distance);
    assert_int_equal(try_options(&distances, &options, list), distance == TRIPLET_DISTANCE_MINKOWSKI);
  }
}

/* By a threshold: what is the same for all distances of a query does not change their order. */
static void check_classify(const face *of, triplet_options *options) {
  options->threshold = 0.9;
  check_distances(of, options);
}

/* Whether a pair is judged, and which pairs there are, does not depend on the distance. */
static void test_answers(void **state) {
  (void)state;
  static const given near[] = {{"k", 2}, {"threshold", -0.5}, {NULL, 0}};
  static const given pairs[] = {{"threshold", 0.9}, {"ignore_label", 1}, {"most_pairs", 20}, {NULL, 0}};
  static const given judged[] = {{"threshold", 0.9}, {NULL, 0}}, drawn[] = {{"seed", 9}, {NULL, 0}};
  for_each_measure(&classify, check_classify);
  for_each_measure(&verify, check_distances);
  for_each_measure(&verify_pairs, check_distances);
  for (size_t distance = 0; distance < choices_of(verify.id, "distance"); distance++) {
    triplet_options options = triplet_batch_options();
    options.distance = (triplet_distance)distance;
    assert_int_equal(try_options(&classify, &options, near), 2);
    assert_int_equal(try_options(&verify, &options, pairs), 3);
    assert_int_equal(try_options(&verify_pairs, &options, judged), 1);
    options.most_pairs = 20;
    assert_int_equal(try_options(&verify, &options, drawn), 1);
  }
}

static void test_sampler(void **state) {
  (void)state;
  static const given list[] = {
      {"sampler", TRIPLET_SAMPLER_EPOCH}, {"classes_per_batch", 3}, {"rows_per_class", 3}, {"seed", 9}, {NULL, 0}};
  triplet_sampler_options options = triplet_sampler_default_options();
  options.classes_per_batch = 2;
  options.rows_per_class = 4;
  assert_int_equal(try_options(&sampler, &options, list), 4);
}

static void check_batch_loss(const face *of, triplet_options *options) {
  static const given list[] = {{"p", 3},
                               {"eps", 0.5},
                               {"fallback", TRIPLET_FALLBACK_FARTHEST},
                               {"seed", 9},
                               {"cutoff", 1.2},
                               {"far_cutoff", 0.9},
                               {"margin", 0.75},
                               {"soft_margin", true},
                               {"reduction", TRIPLET_REDUCTION_SUM},
                               {"ignore_label", 1},
                               {"temperature", 2},
                               {"negative_margin", 9},
                               {NULL, 0}};
  for (size_t mining = 0; mining < choices_of(of->id, "mining"); mining++) {
    set_option(of->id, options, "mining", (double)mining);
    try_options(of, options, list);
  }
}

static void test_batch_loss(void **state) {
  (void)state;
  for_each_measure(&batch_loss, check_batch_loss);
}

/* Of each loss its own, what every loss has, and nothing of the triplets'. */
static void check_pair_losses(const face *of, triplet_options *options) {
  static const given list[] = {{"p", 3},
                               {"eps", 0.5},
                               {"reduction", TRIPLET_REDUCTION_SUM},
                               {"ignore_label", 1},
                               {"positive_margin", 0.5},
                               {"negative_margin", 1.5},
                               {"temperature", 2},
                               {"alpha", 3},
                               {"beta", 3},
                               {"base", 0.25},
                               {"mining", TRIPLET_MINING_SEMIHARD},
                               {"positives", TRIPLET_POSITIVES_HARD},
                               {"negatives", TRIPLET_NEGATIVES_RANDOM},
                               {"fallback", TRIPLET_FALLBACK_FARTHEST},
                               {"cutoff", 1.2},
                               {"far_cutoff", 0.9},
                               {"seed", 9},
                               {"margin", 0.75},
                               {"swap", true},
                               {"soft_margin", true},
                               {NULL, 0}};
  static const size_t own[] = {[TRIPLET_LOSS_CONTRASTIVE] = 2,
                               [TRIPLET_LOSS_INFO_NCE] = 1,
                               [TRIPLET_LOSS_SUP_CON] = 1,
                               [TRIPLET_LOSS_MULTI_SIMILARITY] = 3};
  const bool minkowski = options->distance == TRIPLET_DISTANCE_MINKOWSKI;
  const bool has_eps = minkowski && options->convention != TRIPLET_CONVENTION_EXACT;
  for (int loss = TRIPLET_LOSS_CONTRASTIVE; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++) {
    options->loss = (triplet_loss)loss;
    assert_int_equal(try_options(of, options, list), 2 + minkowski + has_eps + own[loss]);
  }
}

/* A convention is about eps and the hinge. */
static void test_pair_losses(void **state) {
  (void)state;
  static const given convention[] = {{"convention", TRIPLET_CONVENTION_OPTAX}, {NULL, 0}};
  for_each_measure(&batch_loss, check_pair_losses);
  for (int loss = TRIPLET_LOSS_CONTRASTIVE; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++)
    for (size_t distance = 0; distance < choices_of(batch_loss.id, "distance"); distance++) {
      triplet_options options = triplet_batch_options();
      options.eps = 0.5;
      options.loss = (triplet_loss)loss;
      options.distance = (triplet_distance)distance;
      assert_int_equal(try_options(&batch_loss, &options, convention), distance == TRIPLET_DISTANCE_MINKOWSKI);
    }
}

/* Strategies apart belong to mining all, and what each of them takes to the mining or to the strategy. */
static void check_strategies(const face *of, triplet_options *options) {
  static const given apart[] = {
      {"positives", TRIPLET_POSITIVES_EASY}, {"negatives", TRIPLET_NEGATIVES_HARD}, {NULL, 0}};
  static const given details[] = {
      {"fallback", TRIPLET_FALLBACK_FARTHEST}, {"cutoff", 1.2}, {"far_cutoff", 1.8}, {"seed", 9}, {NULL, 0}};
  static const size_t of_mining[] = {
      [TRIPLET_MINING_SEMIHARD] = 1,
      [TRIPLET_MINING_EASY_POSITIVE] = 1,
      [TRIPLET_MINING_DISTANCE_WEIGHTED] = 3,
      [TRIPLET_MINING_RANDOM] = 1,
  };
  static const size_t of_negatives[] = {
      [TRIPLET_NEGATIVES_SEMIHARD] = 1,
      [TRIPLET_NEGATIVES_RANDOM] = 1,
      [TRIPLET_NEGATIVES_DISTANCE_WEIGHTED] = 3,
  };
  for (size_t mining = 0; mining < choices_of(of->id, "mining"); mining++) {
    set_option(of->id, options, "mining", (double)mining);
    assert_int_equal(try_options(of, options, apart), mining == TRIPLET_MINING_ALL ? 2 : 0);
    assert_int_equal(try_options(of, options, details), of_mining[mining]);
  }
  options->mining = TRIPLET_MINING_ALL;
  for (size_t negatives = 1; negatives < choices_of(of->id, "negatives"); negatives++) {
    set_option(of->id, options, "negatives", (double)negatives);
    assert_int_equal(try_options(of, options, details), of_negatives[negatives]);
  }
}

static void test_strategies(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  check_strategies(&batch_loss, &options);
  options = triplet_batch_options();
  check_strategies(&mine, &options);
}

/* Kinds of triplets belong to mining all, and nothing that selects some of them belongs beside a kind. */
static void test_violating(void **state) {
  (void)state;
  static const given kind[] = {{"violating", TRIPLET_VIOLATING_HARD}, {NULL, 0}};
  static const given selecting[] = {{"positives", TRIPLET_POSITIVES_EASY},
                                    {"negatives", TRIPLET_NEGATIVES_HARD},
                                    {"fallback", TRIPLET_FALLBACK_FARTHEST},
                                    {"cutoff", 1.2},
                                    {"seed", 9},
                                    {NULL, 0}};
  static const given others[] = {{"margin", 0.75}, {"p", 3}, {"ignore_label", 1}, {NULL, 0}};
  triplet_options options = triplet_batch_options();
  for (size_t mining = 0; mining < choices_of(mine.id, "mining"); mining++) {
    set_option(mine.id, &options, "mining", (double)mining);
    assert_int_equal(try_options(&mine, &options, kind), mining == TRIPLET_MINING_ALL);
  }
  options.mining = TRIPLET_MINING_ALL;
  options.violating = TRIPLET_VIOLATING_ALL;
  assert_int_equal(try_options(&mine, &options, selecting), 0);
  assert_int_equal(try_options(&mine, &options, others), 3);
}

static void test_optimizer(void **state) {
  (void)state;
  static const given with_momentum[] = {{"nesterov", true}, {NULL, 0}};
  static const given list[] = {{"momentum", 0.5},      {"b1", 0.5},           {"b2", 0.5}, {"eps", 0.5},
                               {"learning_rate", 0.5}, {"weight_decay", 0.5}, {NULL, 0}};
  for (int name = TRIPLET_OPTIMIZER_SGD; name <= TRIPLET_OPTIMIZER_ADAMW; name++) {
    triplet_optimizer options = triplet_optimizer_options();
    options.name = (triplet_optimizer_name)name;
    const bool sgd = name == TRIPLET_OPTIMIZER_SGD;
    assert_int_equal(try_options(&optimizer, &options, list), sgd ? 3 : 5);
    options.momentum = 0.5;
    assert_int_equal(try_options(&optimizer, &options, with_momentum), sgd);
  }
}

static triplet_trainer_options some_trainer(size_t layers) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.steps = 5;
  options.classes_per_batch = 2;
  options.rows_per_class = 4;
  options.layers = layers;
  for (size_t i = 0; i < layers; i++)
    options.widths[i] = 2;
  return options;
}

static void test_trainer(void **state) {
  (void)state;
  static const given shape[] = {{"activation", TRIPLET_ACTIVATION_TANH},
                                {"dim", 3},
                                {"standardize", false},
                                {"normalize", true},
                                {"seed", 9},
                                {"sampler", TRIPLET_SAMPLER_EPOCH},
                                {"classes_per_batch", 3},
                                {"rows_per_class", 2},
                                {"steps", 4},
                                {"schedule", TRIPLET_SCHEDULE_COSINE},
                                {"warmup", 2},
                                {NULL, 0}};
  static const size_t counted[] = {8 + 1, 8 + 1, 8 + 2}; /* dim; standardize; activation, too */
  for (size_t layers = 0; layers <= 2; layers++) {
    const triplet_trainer_options options = some_trainer(layers);
    assert_int_equal(try_options(&trainer, &options, shape), counted[layers]);
  }
}

/* An adapter is an encoder as wide as the data. */
static void test_residual(void **state) {
  (void)state;
  static const given list[] = {{"residual", true}, {NULL, 0}};
  for (size_t layers = 0; layers <= 2; layers++) {
    triplet_trainer_options options = some_trainer(layers);
    options.widths[layers ? layers - 1 : 0] = COLS;
    assert_int_equal(try_options(&trainer, &options, list), layers > 0);
  }
}

static void test_validation(void **state) {
  (void)state;
  static const given often[] = {{"evaluate_every", 1}, {NULL, 0}}, patience[] = {{"patience", 1}, {NULL, 0}};
  for (int halves = 0; halves < 2; halves++) {
    triplet_trainer_options options = some_trainer(1);
    options.validation = 0.5 * halves;
    assert_int_equal(try_options(&trainer, &options, often), halves);
    options.evaluate_every = 1;
    options.optimizer.learning_rate = 0; /* nothing ever gets better */
    assert_int_equal(try_options(&trainer, &options, patience), halves);
  }
}

/* ---- what is said of them ---------------------------------------------------------------------------------------- */

static void test_messages(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  options.mining = TRIPLET_MINING_HARD;
  options.distance = TRIPLET_DISTANCE_COSINE;
  options.fallback = TRIPLET_FALLBACK_FARTHEST;
  options.eps = 1;
  const triplet_schema_id batch = TRIPLET_SCHEMA_BATCH_LOSS;
  assert_error(context, triplet_schema_check_given(context, batch, &options, "fallback"), TRIPLET_INVALID_ARGUMENT,
               "fallback", "belongs to mining = \"semihard\" or \"easy_positive\", got mining = \"hard\"");
  assert_error(context, triplet_schema_check_given(context, batch, &options, "eps"), TRIPLET_INVALID_ARGUMENT, "eps",
               "belongs to distance = \"minkowski\", got distance = \"cosine\"");
  options.distance = TRIPLET_DISTANCE_MINKOWSKI;
  assert_error(context, triplet_schema_check_given(context, batch, &options, "eps"), TRIPLET_INVALID_ARGUMENT, "eps",
               "belongs to convention = \"torch\" or \"optax\", got convention = \"exact\"");

  options.positives = TRIPLET_POSITIVES_EASY;
  options.cutoff = 1;
  options.violating = TRIPLET_VIOLATING_ALL;
  const triplet_schema_id mining = TRIPLET_SCHEMA_MINE;
  assert_error(context, triplet_schema_check_given(context, batch, &options, "positives"), TRIPLET_INVALID_ARGUMENT,
               "positives", "belongs to mining = \"all\", got mining = \"hard\"");
  assert_error(context, triplet_schema_check_given(context, mining, &options, "violating"), TRIPLET_INVALID_ARGUMENT,
               "violating", "belongs to mining = \"all\", got mining = \"hard\"");
  assert_error(context, triplet_schema_check_given(context, batch, &options, "cutoff"), TRIPLET_INVALID_ARGUMENT,
               "cutoff", "belongs to mining = \"distance_weighted\", got mining = \"hard\"");
  assert_error(context, triplet_schema_check_given(context, mining, &options, "cutoff"), TRIPLET_INVALID_ARGUMENT,
               "cutoff", "belongs to violating = \"none\", got violating = \"all\"");

  triplet_trainer_options more = some_trainer(1);
  more.patience = more.dim = 3;
  more.activation = TRIPLET_ACTIVATION_TANH;
  const triplet_schema_id id = TRIPLET_SCHEMA_TRAINER;
  assert_error(context, triplet_schema_check_given(context, id, &more, "patience"), TRIPLET_INVALID_ARGUMENT,
               "patience", "belongs to validation > 0, got 0");
  assert_error(context, triplet_schema_check_given(context, id, &more, "activation"), TRIPLET_INVALID_ARGUMENT,
               "activation", "belongs to layers > 1, got 1");
  assert_error(context, triplet_schema_check_given(context, id, &more, "dim"), TRIPLET_INVALID_ARGUMENT, "dim",
               "belongs to layers = 0, got 1");
}

/* Whether what a value goes with is given is the binding's to see; names are known; structures were begun. Nothing of
 * it is asked of a structure itself. */
static void test_bounds(void **state) {
  (void)state;
  triplet_options options = triplet_batch_options();
  options.seed = 1;
  options.p = 3;
  options.distance = TRIPLET_DISTANCE_SQUARED;
  const triplet_schema_id id = TRIPLET_SCHEMA_BATCH_LOSS;
  assert_int_equal(triplet_schema_check(context, id, &options), TRIPLET_OK);
  assert_int_equal(triplet_schema_check_given(context, id, &options, "reference_labels"), TRIPLET_OK);
  assert_int_equal(triplet_schema_check_given(context, id, &options, "margins"), TRIPLET_OK);
  triplet_options_set_loss(&options, TRIPLET_LOSS_SUP_CON);
  assert_error(context, triplet_schema_check_given(context, id, &options, "margins"), TRIPLET_INVALID_ARGUMENT,
               "margins", "belongs to loss = \"triplet\", got loss = \"sup_con\"");
  assert_int_equal(triplet_schema_check_given(context, id, &options, "sed"), TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "options");
  assert_int_equal(triplet_schema_check_given(NULL, id, &options, "p"), TRIPLET_INVALID_ARGUMENT);
  triplet_trainer_options of_pairs = triplet_trainer_default_options();
  of_pairs.adapt = TRIPLET_ADAPT_QUERIES;
  assert_int_equal(triplet_schema_check_given(context, TRIPLET_SCHEMA_TRAINER, &of_pairs, "adapt"), TRIPLET_OK);
  options.begun = 0;
  assert_int_equal(triplet_schema_check_given(context, id, &options, "p"), TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "options");
}

/* An option of the schema, and choices that it has or a digit; or that of a value, which is to be given. */
static void assert_condition(triplet_schema_id id, char *text) {
  const size_t length = strcspn(text, "=>");
  const char sign = text[length];
  text[length] = 0;
  const triplet_field *on = triplet_schema_field(context, id, text);
  assert_non_null(on);
  if (!sign) {
    assert_int_equal(on->kind, TRIPLET_FIELD_VALUE);
  } else if (on->kind != TRIPLET_FIELD_CHOICE) {
    assert_true(strlen(text + length + 1) == 1 && strchr("0123456789", text[length + 1]));
  } else {
    char *next;
    for (char *choice = strtok_r(text + length + 1, "|", &next); choice; choice = strtok_r(NULL, "|", &next)) {
      char among[300], wanted[100];
      snprintf(among, sizeof among, "|%s|", on->choices);
      snprintf(wanted, sizeof wanted, "|%s|", choice);
      assert_non_null(strstr(among, wanted));
    }
  }
}

/* Every condition is one that programs can read: some joined by commas, all of which hold, each of some joined by
 * slashes, one of which holds. */
static void test_conditions_are_well_formed(void **state) {
  (void)state;
  size_t alternatives = 0;
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++) {
    const triplet_schema *schema = triplet_schema_get((triplet_schema_id)id);
    for (size_t i = 0; i < schema->count; i++) {
      char conditions[200], *next_all, *next_one;
      snprintf(conditions, sizeof conditions, "%s", schema->fields[i].belongs ? schema->fields[i].belongs : "");
      for (char *all = strtok_r(conditions, ",", &next_all); all; all = strtok_r(NULL, ",", &next_all)) {
        alternatives += strchr(all, '/') != NULL;
        for (char *one = strtok_r(all, "/", &next_one); one; one = strtok_r(NULL, "/", &next_one))
          assert_condition((triplet_schema_id)id, one);
      }
    }
  }
  assert_true(alternatives > 0);
}

/* Help is one line that begins with a capital or a formula and has no full stop at the end. */
static void test_help(void **state) {
  (void)state;
  for (int id = 0; id < TRIPLET_SCHEMA_COUNT; id++) {
    const triplet_schema *schema = triplet_schema_get((triplet_schema_id)id);
    for (size_t i = 0; i < schema->count; i++) {
      const char *help = schema->fields[i].help;
      if (!help || strlen(help) < 10 || strchr(help, '\n') || help[strlen(help) - 1] == '.')
        fail_msg("%s: help of %s: %s", schema->name, schema->fields[i].name, help ? help : "none");
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(test_distances),   WITH_CONTEXT(test_answers),
      WITH_CONTEXT(test_sampler),     WITH_CONTEXT(test_batch_loss),
      WITH_CONTEXT(test_strategies),  WITH_CONTEXT(test_violating),
      WITH_CONTEXT(test_pair_losses), WITH_CONTEXT(test_optimizer),
      WITH_CONTEXT(test_trainer),     WITH_CONTEXT(test_residual),
      WITH_CONTEXT(test_validation),  WITH_CONTEXT(test_messages),
      WITH_CONTEXT(test_bounds),      WITH_CONTEXT(test_conditions_are_well_formed),
      WITH_CONTEXT(test_help),
  };
  make_rows();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
