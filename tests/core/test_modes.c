/* Whatever rounding and flushing of small numbers the host has set, every call ends, stays inside its memory and picks
 * what may be picked. The bits of its numbers are not promised there. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "support.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "internal.h"

/* ---- modes ------------------------------------------------------------------------------------------------------- */

#ifdef __SSE2__
enum { FLUSHES = 4 };

/* Bit 0: results are flushed to zero; bit 1: denormals are taken for zero. */
static void set_flush(unsigned flush) {
  _mm_setcsr((_mm_getcsr() & ~0x8040u) | (flush & 1 ? 0x8000u : 0) | (flush & 2 ? 0x0040u : 0));
}
#else
enum { FLUSHES = 1 };

static void set_flush(unsigned flush) {
  (void)flush;
}
#endif

static const int roundings[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};

/* What went wrong, or NULL. Nothing is asserted inside a mode, as that would print in it. */
typedef const char *(*tour)(void);

#define EXPECT(condition)                                                                                              \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      return #condition;                                                                                               \
  } while (0)
#define PASS(call)                                                                                                     \
  do {                                                                                                                 \
    const char *const wrong_in_call = (call);                                                                          \
    if (wrong_in_call)                                                                                                 \
      return wrong_in_call;                                                                                            \
  } while (0)

static void in_every_mode(tour visit) {
  alarm(500); /* a hang is a failure */
  for (size_t i = 0; i < sizeof roundings / sizeof *roundings; i++)
    for (unsigned flush = 0; flush < FLUSHES; flush++) {
      fesetround(roundings[i]);
      set_flush(flush);
      const char *const wrong = visit();
      set_flush(0);
      fesetround(FE_TONEAREST);
      if (wrong)
        fail_msg("rounding %zu, flush %u: not %s", i, flush, wrong);
    }
  alarm(0);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static const double numbers[] = {0,     -0.0,  1,     -1,        0.1,          1e-310,       -1e-310,  5e-324,
                                 1e-40, 1e-45, 1e-30, 1 - 1e-16, 1 + 1e-15,    2.5,          1e9,      1e15,
                                 1e30,  1e38,  3e38,  1e300,     DBL_MAX,      -DBL_MAX,     INFINITY, -INFINITY,
                                 NAN,   799.5, -745,  1e5,       0x1.fffffp51, -2147483648.5};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static const char *tour_messages(void) {
  static const struct {
    double value;
    const char *text;
  } cases[] = {{1e-310, "1e-310"},    {-5e-324, "-4.94066e-324"}, {1e-40, "1e-40"},           {0.1, "0.1"},
               {2.0 / 3, "0.666667"}, {1e300, "1e300"},           {-DBL_MAX, "-1.79769e308"}, {1234567, "1.23457e6"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "%g", cases[i].value);
    EXPECT(strcmp(triplet_context_error(context)->message, cases[i].text) == 0);
  }
  return NULL;
}

static void messages_are_right(void **state) {
  (void)state;
  in_every_mode(tour_messages);
}

static const char *tour_options(void) {
  triplet_trainer_options options = triplet_trainer_default_options();
  triplet_encoder encoder = triplet_encoder_options();
  triplet_table_options table = triplet_table_default_options();
  void *const structures[TRIPLET_SCHEMA_COUNT] = {[TRIPLET_SCHEMA_OPTIMIZER] = &options.optimizer,
                                                  [TRIPLET_SCHEMA_TRAINER] = &options,
                                                  [TRIPLET_SCHEMA_ENCODER] = &encoder,
                                                  [TRIPLET_SCHEMA_TABLE] = &table};
  for (int number = 0; number < TRIPLET_SCHEMA_COUNT; number++) {
    const triplet_schema_id id = (triplet_schema_id)number;
    void *const structure = structures[id] ? structures[id] : &options.loss;
    const triplet_schema *schema = triplet_schema_get(id);
    for (size_t i = 0; i < schema->count; i++)
      for (size_t k = 0; k < NUMBERS; k++)
        if (triplet_schema_set_number(context, id, structure, schema->fields[i].name, numbers[k]) == TRIPLET_OK)
          EXPECT(id == TRIPLET_SCHEMA_MEMORY || triplet_schema_check(context, id, structure) == TRIPLET_OK);
  }
  return NULL;
}

static void options_are_taken_or_refused(void **state) {
  (void)state;
  in_every_mode(tour_options);
}

/* Near the right values. */
static const char *tour_mathematics(void) {
  for (size_t i = 0; i < NUMBERS; i++) {
    const double x = numbers[i];
    const double values[] = {triplet_exp(x),   triplet_tanh(x), triplet_log(x),
                             triplet_log1p(x), triplet_cos(x),  triplet_sin(x)};
    EXPECT(!(fabs(x) <= 1e5) || (fabs(values[4]) < 1.001 && fabs(values[5]) < 1.001));
    EXPECT(x != x || (fabs(values[1]) < 1.001 && values[0] >= 0));
    for (size_t k = 0; k < NUMBERS; k++)
      EXPECT(!(x >= 0 && numbers[k] == numbers[k]) || triplet_pow(x, numbers[k]) >= 0);
  }
  EXPECT(fabs(triplet_exp(1) - 2.718281828459045) < 1e-13 && fabs(triplet_log(10) - 2.302585092994046) < 1e-13);
  EXPECT(fabs(triplet_pow(10, 2.5) - 316.2277660168379) < 1e-10 && fabs(triplet_tanh(0.5) - 0.46211715726) < 1e-9);
  EXPECT(fabs(triplet_sin(2) - 0.9092974268256817) < 1e-13 && fabs(triplet_cos(2) + 0.4161468365471424) < 1e-13);
  for (int64_t seed = 0; seed < 200; seed++) {
    triplet_random random = triplet_random_seed(seed, 1);
    const double uniform = triplet_random_uniform(&random), normal = triplet_random_normal(&random);
    EXPECT(uniform >= 0 && uniform < 1 && fabs(normal) < 9);
    EXPECT(triplet_random_below(&random, 7) < 7);
  }
  return NULL;
}

static void mathematics_ends(void **state) {
  (void)state;
  in_every_mode(tour_mathematics);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

enum { ROWS = 27, COLS = 5, CLASSES = 2 };

static floats rows_memory;
static triplet_matrix rows;
static int32_t label_memory[ROWS];
static const triplet_labels labels = {.integers = {label_memory, ROWS}};

/* Of every size that float32 has; equal rows and rows of zeros among them. */
static const float scales[] = {1, 1e-45f, 1e-40f, 1e-38f, 1e-20f, 1e18f, 1e30f, 1e38f, 0};
enum { SCALES = sizeof scales / sizeof *scales, MIXED = SCALES };

/* Made under round-to-nearest, so that all modes see the same. */
static void make_rows(size_t scale) {
  seeded from = seeded_from(60);
  for (size_t i = 0; i < ROWS; i++) {
    label_memory[i] = (int32_t)(i % CLASSES);
    const double by = scale == MIXED ? scales[seeded_below(&from, SCALES)] : scales[scale];
    for (size_t k = 0; k < COLS; k++)
      rows.data[i * COLS + k] = (float)(by * seeded_between(&from, -1, 1));
  }
  memcpy(rows.data + 3 * COLS, rows.data, COLS * sizeof(float));
  memcpy(rows.data + 4 * COLS, rows.data, COLS * sizeof(float));
  memset(rows.data + 7 * COLS, 0, COLS * sizeof(float));
}

static void over_all_rows(tour visit) {
  rows_memory = floats_make(ROWS * COLS, 0);
  rows = triplet_matrix_of(rows_memory.data, ROWS, COLS);
  for (size_t scale = 0; scale <= MIXED; scale++) {
    make_rows(scale);
    in_every_mode(visit);
  }
  floats_release(&rows_memory);
}

/* Every measure: the distances and those p whose powers go through logarithms. */
static const struct {
  triplet_distance distance;
  double p;
} measures[] = {
    {.distance = TRIPLET_DISTANCE_MINKOWSKI, .p = 2},        {.distance = TRIPLET_DISTANCE_MINKOWSKI, .p = 1},
    {.distance = TRIPLET_DISTANCE_MINKOWSKI, .p = 1.5},      {.distance = TRIPLET_DISTANCE_MINKOWSKI, .p = 1e300},
    {.distance = TRIPLET_DISTANCE_MINKOWSKI, .p = INFINITY}, {.distance = TRIPLET_DISTANCE_SQUARED, .p = 2},
    {.distance = TRIPLET_DISTANCE_COSINE, .p = 2},           {.distance = TRIPLET_DISTANCE_DOT, .p = 2},
};
enum { MEASURES = sizeof measures / sizeof *measures, CONVENTIONS = 3 };

static triplet_options options_of(size_t measure, int convention) {
  triplet_options options = triplet_batch_options();
  options.distance = measures[measure].distance;
  options.p = measures[measure].p;
  options.convention = (triplet_convention)convention;
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  return options;
}

/* ---- losses ------------------------------------------------------------------------------------------------------ */

static const char *check_mined(const triplet_options *options) {
  static int32_t anchors[ROWS * ROWS * ROWS], positives[ROWS * ROWS * ROWS], negatives[ROWS * ROWS * ROWS];
  triplet_triplets mined = {anchors, positives, negatives, 0, 0};
  EXPECT(triplet_mine_capacity(context, options, &(triplet_batch){rows, labels, NULL}, &mined.capacity) == TRIPLET_OK);
  EXPECT(mined.capacity <= ROWS * ROWS * ROWS);
  EXPECT(triplet_mine(context, options, &(triplet_batch){rows, labels, NULL}, &mined, NULL) == TRIPLET_OK);
  for (size_t i = 0; i < mined.count; i++) {
    EXPECT((uint32_t)anchors[i] < ROWS && (uint32_t)positives[i] < ROWS && (uint32_t)negatives[i] < ROWS);
    EXPECT(anchors[i] != positives[i]);
    EXPECT(label_memory[anchors[i]] == label_memory[positives[i]]);
    EXPECT(label_memory[anchors[i]] != label_memory[negatives[i]]);
  }
  return NULL;
}

static const char *tour_batches(void) {
  static const double margins[] = {0.2, 0, 1e-310, 1e300};
  float gradient[ROWS * COLS], losses[ROWS];
  for (size_t measure = 0; measure < MEASURES; measure++)
    for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++)
      for (int variant = 0; variant < 4; variant++) {
        triplet_options options = options_of(measure, variant % CONVENTIONS);
        options.mining = (triplet_mining)mining;
        options.margin = margins[variant];
        options.swap = variant == 2;
        options.soft_margin = variant == 3;
        options.fallback = (triplet_fallback)(variant & 1);
        options.reduction = (triplet_reduction)variant;
        triplet_batch_result result;
        triplet_batch_loss(context, &options, &(triplet_batch){rows, labels, NULL},
                           (triplet_batch_gradients){.embeddings = gradient}, losses, &result);
        const triplet_stats stats = result.stats;
        EXPECT(stats.hard <= stats.triplets && stats.easy <= stats.triplets && stats.active <= stats.triplets);
        PASS(check_mined(&options));
      }
  return NULL;
}

static void batches_pick_what_may_be_picked(void **state) {
  (void)state;
  over_all_rows(tour_batches);
}

/* Points on a line whose distances, and their sums with the margin, are whole numbers: no mode rounds them. Under
 * torch a hinge at exactly 0 is active. */
static const char *tour_ties(void) {
  static const float line[] = {0, 1, 0, 1, 2, 2};
  static const int32_t kinds[] = {0, 0, 1, 1, 1, 0};
  enum { POINTS = 6 };
  const volatile float least = 1e-45f;
  if (least == 0) /* what lies next to 0 cannot be told from it */
    return NULL;
  for (int margin = -2; margin <= 1; margin++) {
    triplet_options options = options_of(1, TRIPLET_CONVENTION_TORCH);
    options.eps = 0;
    options.margin = margin;
    uint64_t active = 0;
    for (size_t a = 0; a < POINTS; a++)
      for (size_t p = 0; p < POINTS; p++)
        for (size_t n = 0; n < POINTS; n++)
          active += a != p && kinds[a] == kinds[p] && kinds[a] != kinds[n] &&
                    fabsf(line[a] - line[p]) + (float)margin >= fabsf(line[a] - line[n]);
    const triplet_batch batch = {triplet_matrix_of(line, POINTS, 1), triplet_labels_of(kinds, POINTS), NULL};
    triplet_batch_result result;
    EXPECT(triplet_batch_loss(context, &options, &batch, (triplet_batch_gradients){0}, NULL, &result) == TRIPLET_OK);
    EXPECT(result.stats.active == active);
  }
  return NULL;
}

static void ties_are_counted(void **state) {
  (void)state;
  in_every_mode(tour_ties);
}

static const char *tour_triplets(void) {
  const size_t n = ROWS / 3;
  const triplet_matrix anchors = triplet_matrix_of(rows.data, n, COLS);
  const triplet_matrix positives = triplet_matrix_of(rows.data + n * COLS, n, COLS);
  const triplet_matrix negatives = triplet_matrix_of(rows.data + 2 * n * COLS, n, COLS);
  const triplet_indexed indexed = {rows, labels.integers, labels.integers, labels.integers};
  float gradients[3][ROWS * COLS], table_gradient[ROWS * COLS] = {0}, losses[ROWS];
  for (size_t measure = 0; measure < MEASURES; measure++)
    for (int variant = 0; variant < 6; variant++) {
      triplet_options options = options_of(measure, variant % CONVENTIONS);
      options.swap = variant & 1;
      options.soft_margin = variant == 3;
      options.eps = variant == 4 ? 1e-310 : variant == 5 ? 1e30 : 1e-6;
      triplet_result result;
      triplet_margin_loss(context, &options, &(triplet_explicit){anchors, positives, negatives},
                          (triplet_gradients){gradients[0], gradients[1], gradients[2]}, losses, &result);
      EXPECT(result.active <= n && result.nonfinite <= n);
      triplet_indexed_loss(context, &options, &indexed, table_gradient, losses, &result);
      EXPECT(result.active <= ROWS);
    }
  return NULL;
}

static void triplets_are_counted(void **state) {
  (void)state;
  over_all_rows(tour_triplets);
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

static const char *tour_search(void) {
  enum { K = 7 };
  static const int32_t ks[] = {1, 5, 1000};
  float distances[ROWS * ROWS], nearest_distances[ROWS * K];
  int32_t indices[ROWS * K], self[ROWS];
  for (int32_t i = 0; i < ROWS; i++)
    self[i] = i;
  for (size_t measure = 0; measure < MEASURES; measure++)
    for (int convention = 0; convention < CONVENTIONS; convention++) {
      const triplet_options options = options_of(measure, convention);
      triplet_distances(context, &options, rows, rows, triplet_matrix_of(distances, ROWS, ROWS));
      for (size_t i = 0; i < ROWS * ROWS; i++)
        EXPECT(distances[i] != distances[i] || !signbit(distances[i]) ||
               (options.distance == TRIPLET_DISTANCE_DOT && bits_of(distances[i]) != bits_of(-0.f)));
      const triplet_neighbor_search search = {
          .queries = rows, .references = rows, .reference_self = {self, ROWS}, .k = K};
      EXPECT(triplet_nearest(context, &options, &search, indices, nearest_distances) == TRIPLET_OK);
      for (size_t i = 0; i < ROWS * K; i++) {
        EXPECT((uint32_t)indices[i] < ROWS && indices[i] != self[i / K]);
        EXPECT(i % K == 0 || indices[i] != indices[i - 1]);
      }
      double recall[3];
      triplet_evaluation found = {.recall = recall};
      EXPECT(triplet_evaluate(context, &options, &(triplet_batch){rows, labels, NULL}, (triplet_ints){ks, 3}, &found) ==
             TRIPLET_OK);
      const triplet_metrics *metrics = &found.metrics;
      EXPECT(metrics->queries == ROWS && metrics->precision_at_1 <= 1.001 && metrics->map <= 1.001);
    }
  return NULL;
}

static void search_finds_rows(void **state) {
  (void)state;
  over_all_rows(tour_search);
}

/* ---- data, encoder and optimiser --------------------------------------------------------------------------------- */

static const char *tour_data(void) {
  float mean[COLS], deviation[COLS], points[ROWS * 3], output[ROWS * COLS];
  uint8_t held_out[ROWS];
  int32_t classes[ROWS];
  if (triplet_standardization(context, rows, mean, deviation) == TRIPLET_OK)
    triplet_standardize(context, rows, (triplet_floats){mean, COLS}, (triplet_floats){deviation, COLS},
                        triplet_matrix_of(output, ROWS, COLS));
  for (size_t i = 0; i < NUMBERS; i++) {
    for (int what = TRIPLET_HOLD_OUT_ROWS; what <= TRIPLET_HOLD_OUT_AUTO; what++)
      triplet_split(context, labels, (triplet_hold_out)what, numbers[i], 5, held_out);
    for (int kind = TRIPLET_SYNTHETIC_BLOBS; kind <= TRIPLET_SYNTHETIC_SWISS_ROLL; kind++) {
      const size_t cols = triplet_synthetic_cols((triplet_synthetic_kind)kind);
      triplet_synthetic(context, (triplet_synthetic_kind)kind, numbers[i], 3, triplet_matrix_of(points, ROWS, cols),
                        classes);
    }
  }
  return NULL;
}

static const char *tour_network(void) {
  enum { DIM = 3 };
  float embeddings[ROWS * DIM], x_gradient[ROWS * COLS];
  for (int activation = TRIPLET_ACTIVATION_RELU; activation <= TRIPLET_ACTIVATION_NONE; activation++)
    for (int normalize = 0; normalize < 2; normalize++) {
      const triplet_encoder encoder = ENCODER(.inputs = COLS, .layers = 2, .widths = {9, DIM},
                                              .activation = (triplet_activation)activation, .normalize = normalize);
      const size_t count = triplet_encoder_parameters(&encoder);
      floats parameters = floats_make(count, 0), gradient = floats_make(count, 0), moments = floats_make(2 * count, 0);
      floats activations = floats_make(triplet_encoder_activations(&encoder, ROWS), 0);
      const triplet_matrix to = triplet_matrix_of(embeddings, ROWS, DIM);

      triplet_random random = {5};
      triplet_encoder_init(context, &encoder, &random, parameters.data);
      triplet_encoder_forward(context, &encoder, parameters.data, &(triplet_encoder_pass){rows, activations.data, to});
      triplet_encoder_backward(context, &encoder, parameters.data, &(triplet_encoder_pass){rows, activations.data, to},
                               to, (triplet_encoder_gradients){gradient.data, x_gradient});

      memset(moments.data, 0, moments.count * sizeof *moments.data);
      for (size_t i = 0; i < NUMBERS; i++) {
        triplet_optimizer optimizer = triplet_optimizer_options();
        optimizer.name = (triplet_optimizer_name)(i % 3);
        optimizer.learning_rate = optimizer.eps = optimizer.weight_decay = fabs(numbers[i]);
        optimizer.momentum = optimizer.b1 = numbers[(i + 4) % NUMBERS];
        optimizer.b2 = numbers[(i + 7) % NUMBERS];
        triplet_optimizer_update(context, &optimizer, i + 1,
                                 &(triplet_parameters){count, parameters.data, gradient.data, moments.data});
      }

      floats_release(&parameters);
      floats_release(&gradient);
      floats_release(&moments);
      floats_release(&activations);
    }
  return NULL;
}

static void data_and_network_end(void **state) {
  (void)state;
  over_all_rows(tour_data);
  over_all_rows(tour_network);
}

/* ---- memory and trainer ------------------------------------------------------------------------------------------ */

static const char *train(const triplet_trainer_options *options) {
  triplet_trainer *trainer, *loaded;
  if (triplet_trainer_create(context, options, rows, labels, &trainer) != TRIPLET_OK)
    return NULL;
  triplet_step step;
  triplet_trainer_run(context, trainer, NULL, NULL, &step);
  float embeddings[ROWS * 2];
  const triplet_matrix x = options->layers ? rows : triplet_matrix_of(NULL, ROWS, 0);
  triplet_trainer_embed(context, trainer, x, triplet_matrix_of(embeddings, ROWS, 2));
  size_t size;
  EXPECT(triplet_trainer_save(context, trainer, NULL, 0, &size) == TRIPLET_OK);
  uint8_t *bytes = malloc(size);
  EXPECT(triplet_trainer_save(context, trainer, bytes, size, &size) == TRIPLET_OK);
  if (triplet_trainer_load(context, bytes, size, &loaded) == TRIPLET_OK) {
    triplet_trainer_attach(context, loaded, rows, labels);
    triplet_trainer_step(context, loaded, &step);
    triplet_trainer_destroy(loaded);
  }
  free(bytes);
  triplet_trainer_destroy(trainer);
  return NULL;
}

static const char *tour_trainer(void) {
  static const double rates[] = {0.01, 1e-310, 1e30};
  for (int variant = 0; variant < 6; variant++) {
    triplet_trainer_options options = triplet_trainer_default_options();
    options.layers = variant % 3 ? 2 : 0;
    options.widths[0] = 6;
    options.widths[1] = 2;
    options.activation = (triplet_activation)(variant % 3);
    options.normalize = variant & 1;
    options.optimizer.learning_rate = rates[variant % 3];
    options.optimizer.name = (triplet_optimizer_name)(variant / 2);
    options.schedule = (triplet_schedule)(variant % 3);
    options.warmup = variant;
    options.loss.mining = (triplet_mining)variant;
    options.loss.nonfinite = (triplet_nonfinite)(variant & 1);
    options.steps = 7;
    options.validation = options.layers ? 0.3 : 0;
    options.evaluate_every = 3;
    options.patience = 2;
    PASS(train(&options));
  }
  return NULL;
}

static void training_ends(void **state) {
  (void)state;
  over_all_rows(tour_trainer);
}

/* The threads may have been started in another mode than the one of the call. */
static void threads_of_another_mode(void **state) {
  (void)state;
  triplet_context_set_threads(context, 3);
  over_all_rows(tour_search);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(messages_are_right), WITH_CONTEXT(options_are_taken_or_refused),
      WITH_CONTEXT(mathematics_ends),   WITH_CONTEXT(batches_pick_what_may_be_picked),
      WITH_CONTEXT(ties_are_counted),   WITH_CONTEXT(triplets_are_counted),
      WITH_CONTEXT(search_finds_rows),  WITH_CONTEXT(data_and_network_end),
      WITH_CONTEXT(training_ends),      WITH_CONTEXT(threads_of_another_mode),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
