/* Where memory ends, and where sizes do: every buffer of a call lies right before a page that nobody may touch, or
 * right behind one, and so does the memory it asks for, whatever the shape; bits do not depend on where that is; sizes
 * that no memory holds are refused; more pairs than 2^31 are none too many. */
#define _DEFAULT_SOURCE
#include "bounded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- guarded memory ---------------------------------------------------------------------------------------------- */

enum { PLACES = 40 };

/* Blocks between two pages without access. One is handed out at its end, or at its beginning. */
static struct guarded {
  char *blocks[PLACES];
  size_t size, used;
  bool at_end;
  size_t shift; /* floats and ints begin so many multiples of 4 bytes later, the next one two more; 0: where they may */
  struct {
    const void *memory;
    size_t size;
  } handed[PLACES];
} guarded;

static void guarded_begin(size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  guarded.size = (size + page - 1) / page * page;
  for (size_t i = 0; i < PLACES; i++) {
    char *whole = mmap(NULL, guarded.size + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(whole, MAP_FAILED);
    assert_int_equal(mprotect(whole, page, PROT_NONE), 0);
    assert_int_equal(mprotect(whole + page + guarded.size, page, PROT_NONE), 0);
    guarded.blocks[i] = whole + page;
  }
}

static void guarded_end(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (size_t i = 0; i < PLACES; i++)
    munmap(guarded.blocks[i] - page, guarded.size + 2 * page);
}

static void *guarded_bytes(size_t size) {
  assert_true(size <= guarded.size && guarded.used < PLACES);
  char *block = guarded.blocks[guarded.used];
  char *memory = guarded.at_end ? block + guarded.size - size : block;
  guarded.handed[guarded.used].memory = memory;
  guarded.handed[guarded.used++].size = size;
  return memory;
}

/* Of 4 bytes each, of which the first are left out where places are shifted. */
static void *guarded_numbers(size_t count) {
  const size_t place = guarded.used, shift = guarded.shift ? (guarded.shift + 2 * place) % 16 : 0;
  char *memory = (char *)guarded_bytes((count + shift) * 4) + 4 * shift;
  guarded.handed[place].memory = memory;
  guarded.handed[place].size = 4 * count;
  pattern_set(memory, 4 * count);
  return memory;
}

static float *guarded_floats(size_t count) {
  return guarded_numbers(count);
}

static int32_t *guarded_ints(size_t count) {
  return guarded_numbers(count);
}

/* ---- a call of everything that reads and writes matrices --------------------------------------------------------- */

typedef struct shape {
  size_t n, d;
  int variant;
} shape;

static void ended(triplet_status status) {
  assert_true(status == TRIPLET_OK || status == TRIPLET_INVALID_ARGUMENT || status == TRIPLET_NOT_FINITE);
}

typedef struct rows {
  triplet_matrix x, y, z;
  triplet_ints labels, first, second, third;
  triplet_floats ones;
  size_t used; /* of the guarded memory */
} rows;

static triplet_matrix guarded_rows(size_t n, size_t d, double step) {
  float *made = guarded_floats(n * d);
  for (size_t i = 0; i < n * d; i++)
    made[i] = (float)sin((double)i * step);
  return (triplet_matrix){made, n, d};
}

static triplet_ints guarded_list(size_t n, size_t step, size_t below) {
  int32_t *made = guarded_ints(n);
  for (size_t i = 0; i < n; i++)
    made[i] = (int32_t)((i + step) % below);
  return (triplet_ints){made, n};
}

static rows rows_of(const shape *of) {
  guarded.used = 0;
  float *ones = guarded_floats(of->n);
  for (size_t i = 0; i < of->n; i++)
    ones[i] = 1;
  rows made = {.x = guarded_rows(of->n, of->d, 1),
               .y = guarded_rows(of->n, of->d, 1.7),
               .z = guarded_rows(of->n, of->d, 0.3),
               .labels = guarded_list(of->n, 0, 3),
               .first = guarded_list(of->n, 0, of->n + !of->n),
               .second = guarded_list(of->n, 1, of->n + !of->n),
               .third = guarded_list(of->n, 2, of->n + !of->n),
               .ones = {ones, of->n}};
  made.used = guarded.used;
  return made;
}

static triplet_options options_of(triplet_options options, const shape *of) {
  static const double norms[] = {2, 1, INFINITY, 3};
  options.distance = (triplet_distance)(of->variant % DISTANCES);
  options.convention = (triplet_convention)(of->variant / 4 % 3);
  options.p = norms[of->variant / 2 % 4];
  options.reduction = (triplet_reduction)(of->variant % REDUCTIONS);
  return options;
}

static void explicit_and_indexed(triplet_context *with, const shape *of) {
  const rows in = rows_of(of);
  const size_t size = of->n * of->d;
  triplet_options options = options_of(triplet_margin_options(), of);
  options.swap = of->variant % 2;
  options.weights = options.margins = in.ones;
  triplet_result result;
  const triplet_gradients gradients = {guarded_floats(size), guarded_floats(size), guarded_floats(size)};
  float *losses = guarded_floats(of->n), *gradient = guarded_floats(size);
  ended(triplet_margin_loss(with, &options, &(triplet_explicit){in.x, in.y, in.z}, gradients, losses, &result));
  memset(gradient, 0, size * sizeof *gradient);
  const triplet_indexed indexed = {in.x, in.first, in.second, in.third};
  ended(triplet_indexed_loss(with, &options, &indexed, gradient, losses, &result));
}

static void batches(triplet_context *with, const shape *of) {
  const rows in = rows_of(of);
  triplet_options options = options_of(triplet_batch_options(), of);
  if (of->variant % 3 == 0)
    triplet_options_set_loss(&options, (triplet_loss)(of->variant / 3 % LOSSES));
  options.mining = of->variant % 3 ? (triplet_mining)(of->variant % (TRIPLET_MINING_RANDOM + 1)) : TRIPLET_MINING_ALL;
  options.weights = in.ones;
  const triplet_labels labels = {in.labels, {NULL, 0}, {NULL, 0, 0}};
  const triplet_references references = {in.y, labels, {NULL, 0}};
  const triplet_batch batch = {in.x, labels, of->variant % 2 ? &references : NULL};
  const size_t size = of->n * of->d;
  const triplet_batch_gradients gradients = {guarded_floats(size), batch.references ? guarded_floats(size) : NULL};
  triplet_batch_result result;
  ended(triplet_batch_loss(with, &options, &batch, gradients, guarded_floats(of->n), &result));
  ended(triplet_pair_slopes(with, &options, &batch, (triplet_matrix){guarded_floats(of->n * of->n), of->n, of->n}));

  triplet_options mining = triplet_batch_options();
  mining.mining = options.mining;
  size_t capacity;
  if (triplet_mine_capacity(with, &mining, &batch, &capacity) == TRIPLET_OK && capacity * 4 <= guarded.size) {
    triplet_triplets found = {guarded_ints(capacity), guarded_ints(capacity), guarded_ints(capacity), capacity, 0};
    ended(triplet_mine(with, &mining, &batch, &found, NULL));
  }
}

static void searches(triplet_context *with, const shape *of) {
  const rows in = rows_of(of);
  const triplet_options options = options_of(triplet_batch_options(), of);
  const size_t n = of->n, k = n > 5 ? 3 : 1;
  ended(triplet_distances(with, &options, in.x, in.y, (triplet_matrix){guarded_floats(n * n), n, n}));
  const triplet_neighbor_search search = {.queries = in.x, .references = in.y, .reference_self = in.first, .k = k};
  int32_t *indices = guarded_ints(n * k);
  ended(triplet_nearest(with, &options, &search, indices, guarded_floats(n * k)));

  const triplet_labels labels = {in.labels, {NULL, 0}, {NULL, 0, 0}};
  const triplet_batch batch = {in.x, labels, NULL};
  int32_t *ks = guarded_ints(2);
  ks[0] = 1, ks[1] = 7;
  triplet_evaluation found = {.recall = guarded_bytes(2 * sizeof(double))};
  ended(triplet_evaluate(with, &options, &batch, (triplet_ints){ks, 2}, &found));
  triplet_verification verified = {.curve = guarded_bytes(4 * sizeof(triplet_operating_point)), .curve_capacity = 4};
  ended(triplet_verify(with, &options, &batch, (triplet_doubles){NULL, 0}, &verified));
  const triplet_classification_set set = {.queries = in.x, .references = in.y, .reference_labels = labels};
  triplet_classification classes = {guarded_ints(n), guarded_bytes(n), guarded_floats(n)};
  ended(triplet_classify(with, &options, &set, &classes));
}

/* Of what the figures above are made, and others. */
static void more_searches(triplet_context *with, const shape *of) {
  const rows in = rows_of(of);
  const triplet_options options = options_of(triplet_batch_options(), of);
  const size_t n = of->n, d = of->d, k = n > 5 ? 3 : 1;
  const triplet_labels labels = {in.labels, {NULL, 0}, {NULL, 0, 0}};
  const triplet_neighbor_search search = {.queries = in.x, .k = k};
  int32_t *indices = guarded_ints(n * k);
  triplet_index *index = NULL;
  ended(triplet_index_create(with, &options, in.y, &index));
  if (index)
    ended(triplet_index_nearest(with, index, &search, indices, guarded_floats(n * k)));
  triplet_index_destroy(index);
  for (size_t i = 0; i < n * k; i++)
    indices[i] = i % k ? -1 : in.second.data[i / k];
  const triplet_given_neighbors neighbors = {.labels = labels, .indices = indices, .width = k};
  triplet_evaluation found = {.recall = guarded_bytes(sizeof(double))};
  const triplet_ints ones = {in.third.data + (n > 1), n > 1 ? 1 : 0};
  ended(triplet_evaluate_neighbors(with, &options, &neighbors, ones, &found));
  uint8_t *flags = guarded_bytes(n);
  for (size_t i = 0; i < n; i++)
    flags[i] = i % 3 == 0;
  triplet_held_out_evaluation judged = {.against_training = {.recall = guarded_bytes(sizeof(double))}};
  ended(triplet_evaluate_held_out(with, &options, &(triplet_held_out_set){in.x, labels, flags, ones}, &judged));
  triplet_verification verified = {.curve = guarded_bytes(3 * sizeof(triplet_operating_point)), .curve_capacity = 3};
  ended(triplet_verify_pairs(with, &options, &(triplet_given_pairs){in.x, in.y, flags}, (triplet_doubles){NULL, 0},
                             &verified));
  ended(triplet_ring(with, &options, (triplet_floats){in.z.data, n ? d : 0}, in.x, 0.5,
                     (triplet_matrix){guarded_floats(n * d), n, d}));
}

static void data(triplet_context *with, const shape *of) {
  const rows in = rows_of(of);
  const size_t n = of->n, d = of->d;
  float *mean = guarded_floats(d), *deviation = guarded_floats(d);
  ended(triplet_standardization(with, in.x, mean, deviation));
  ended(triplet_standardize(with, in.y, (triplet_floats){mean, d}, (triplet_floats){deviation, d},
                            (triplet_matrix){guarded_floats(n * d), n, d}));
  ended(triplet_principal_axes(with, in.x, mean, (triplet_matrix){guarded_floats(d), 1, d},
                               guarded_bytes(sizeof(double))));
  const triplet_labels labels = {in.labels, {NULL, 0}, {NULL, 0, 0}};
  ended(triplet_split(with, labels, TRIPLET_HOLD_OUT_AUTO, 0.3, 1, guarded_bytes(n)));
  ended(triplet_matrix_add(with, in.x, 0.5, in.y));
  ended(triplet_matrix_random(with, 3, in.z));
  ended(triplet_project(with, in.x, (triplet_floats){mean, d}, in.y, (triplet_matrix){guarded_floats(n * n), n, n}));
  const triplet_synthetic_kind kind = (triplet_synthetic_kind)(of->variant % (TRIPLET_SYNTHETIC_SWISS_ROLL + 1));
  const size_t cols = triplet_synthetic_cols(kind);
  ended(triplet_synthetic(with, kind, 1, 1, (triplet_matrix){guarded_floats(n * cols), n, cols}, guarded_ints(n)));
  triplet_memory *memory = NULL;
  ended(triplet_memory_create(with, n / 2 + 1, d, &memory));
  if (memory)
    ended(triplet_memory_push(with, memory, in.x, labels));
  triplet_memory_destroy(memory);
  triplet_sampler_options sampling = triplet_sampler_default_options();
  sampling.sampler = (triplet_sampler_name)(of->variant % 2);
  sampling.classes_per_batch = sampling.rows_per_class = 2;
  triplet_sampler *sampler = NULL;
  ended(triplet_sampler_create(with, &sampling, labels, &sampler));
  if (sampler)
    triplet_sampler_next(sampler, guarded_ints(triplet_sampler_batch_rows(sampler)));
  triplet_sampler_destroy(sampler);
}

static void networks(triplet_context *with, const shape *of) {
  enum { DIM = 3 };
  const rows in = rows_of(of);
  triplet_encoder encoder = ENCODER(.inputs = of->d, .layers = 2, .widths = {5, DIM}, .normalize = of->variant % 2);
  encoder.activation = (triplet_activation)(of->variant / 2 % 3);
  const size_t count = triplet_encoder_parameters(&encoder);
  float *parameters = guarded_floats(count), *gradient = guarded_floats(count);
  triplet_random random = {1};
  ended(triplet_encoder_init(with, &encoder, &random, parameters));
  const triplet_encoder_pass pass = {
      in.x, guarded_floats(triplet_encoder_activations(&encoder, of->n)), {guarded_floats(of->n * DIM), of->n, DIM}};
  ended(triplet_encoder_forward(with, &encoder, parameters, &pass));
  float *outer = guarded_floats(of->n * DIM);
  for (size_t i = 0; i < of->n * DIM; i++)
    outer[i] = 1;
  ended(triplet_encoder_backward(with, &encoder, parameters, &pass, (triplet_matrix){outer, of->n, DIM},
                                 (triplet_encoder_gradients){gradient, guarded_floats(of->n * of->d)}));
  const triplet_optimizer optimizer = triplet_optimizer_options();
  float *state = guarded_floats(triplet_optimizer_state(&optimizer, count));
  memset(state, 0, triplet_optimizer_state(&optimizer, count) * sizeof *state);
  ended(triplet_optimizer_update(with, &optimizer, 1, &(triplet_parameters){count, parameters, gradient, state}));
}

static void trainers(triplet_context *with, const shape *of) {
  const rows in = rows_of(of);
  const triplet_labels labels = {in.labels, {NULL, 0}, {NULL, 0, 0}};
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = of->variant % 3;
  options.widths[0] = options.widths[1] = 3;
  options.classes_per_batch = options.rows_per_class = 2;
  options.validation = options.layers ? 0.3 : 0;
  options.evaluate_every = 1;
  triplet_options_set_loss(&options.loss, (triplet_loss)(of->variant % LOSSES));
  triplet_trainer *trainer = NULL;
  triplet_step step;
  ended(triplet_trainer_create(with, &options, in.x, labels, &trainer));
  if (!trainer)
    return;
  const size_t dim = triplet_trainer_dim(trainer);
  ended(triplet_trainer_step(with, trainer, &step));
  ended(triplet_trainer_embed(with, trainer, options.layers ? in.x : (triplet_matrix){NULL, of->n, 0},
                              (triplet_matrix){guarded_floats(of->n * dim), of->n, dim}));
  size_t size;
  ended(triplet_trainer_save(with, trainer, NULL, 0, &size));
  uint8_t *bytes = guarded_bytes(size);
  ended(triplet_trainer_save(with, trainer, bytes, size, &size));
  triplet_trainer_destroy(trainer);
  trainer = NULL;
  ended(triplet_trainer_load(with, bytes, size, &trainer));
  ended(triplet_trainer_attach(with, trainer, in.x, labels));
  ended(triplet_trainer_step(with, trainer, &step));
  triplet_trainer_destroy(trainer);
}

static void (*const calls[])(triplet_context *, const shape *) = {
    explicit_and_indexed, batches, searches, more_searches, data, networks, trainers};
enum { CALLS = sizeof calls / sizeof *calls };

static void nobody_leaves_the_buffers(void **state) {
  (void)state;
  static const size_t rows_tried[] = {0, 1, 2, 3, 5, 8, 17, 33, 70}, cols_tried[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 41};
  guarded_begin(70 * 70 * 70 * sizeof(int32_t));
  const char *name;
  int variant = 0;
  for (int at_end = 0; at_end < 2; at_end++)
    for (size_t set = 0; (name = triplet_instruction_set_name(set)); set++) {
      triplet_context *with = bounded_context();
      assert_int_equal(triplet_context_set_instruction_set(with, name), TRIPLET_OK);
      guarded.at_end = at_end;
      for (size_t i = 0; i < sizeof rows_tried / sizeof *rows_tried; i++)
        for (size_t j = 0; j < sizeof cols_tried / sizeof *cols_tried; j++)
          for (size_t call = 0; call < CALLS; call++)
            for (int k = 0; k < 4; k++)
              calls[call](with, &(shape){rows_tried[i], cols_tried[j], variant++ % 60});
      triplet_context_destroy(with);
    }
  guarded_end();
}

/* FNV-1a of all that was handed out, inputs and outputs. */
static uint64_t hash_of_buffers(void) {
  uint64_t hash = 0;
  for (size_t i = 0; i < guarded.used; i++) {
    const uint8_t *bytes = guarded.handed[i].memory;
    for (size_t k = 0; k < guarded.handed[i].size; k++)
      hash = (hash ^ bytes[k]) * 0x100000001b3;
  }
  return hash;
}

/* Odd multiples of 4 bytes, and even ones that are none of 8, 16 or 32; and all buffers of a call differ in theirs. */
static void bits_are_the_same_wherever_buffers_begin(void **state) {
  (void)state;
  static const shape shapes[] = {{1, 1, 0}, {3, 7, 0}, {8, 8, 0}, {17, 16, 0}, {33, 41, 0}, {70, 9, 0}};
  guarded_begin(70 * 70 * 70 * sizeof(int32_t) + 64);
  const char *name;
  for (size_t set = 0; (name = triplet_instruction_set_name(set)); set++) {
    assert_int_equal(triplet_context_set_instruction_set(context, name), TRIPLET_OK);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
      for (int variant = 0; variant < 60; variant++)
        for (size_t call = 0; call < CALLS; call++) {
          const shape of = {shapes[i].n, shapes[i].d, variant};
          guarded.shift = 0;
          calls[call](context, &of);
          const uint64_t expected = hash_of_buffers();
          for (guarded.shift = 1; guarded.shift <= 4; guarded.shift++) {
            calls[call](context, &of);
            if (hash_of_buffers() != expected)
              fail_msg("call %zu of %zu x %zu, variant %d: other bits where buffers are shifted by %zu (%s)", call,
                       of.n, of.d, variant, guarded.shift, name);
          }
        }
  }
  guarded.shift = 0;
  guarded_end();
}

/* ---- sizes that no memory holds ---------------------------------------------------------------------------------- */

static void refused(triplet_status status) {
  assert_true(status == TRIPLET_INVALID_ARGUMENT || status == TRIPLET_OUT_OF_MEMORY);
}

/* Of nothing, or of something. */
static void refused_or_empty(triplet_status status) {
  assert_true(status == TRIPLET_OK || status == TRIPLET_INVALID_ARGUMENT || status == TRIPLET_OUT_OF_MEMORY);
}

static void impossible_sizes_are_refused(void **state) {
  (void)state;
  static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4, SIZE_MAX / 4 + 1, SIZE_MAX / 8 + 1};
  static float x[4] = {0, 1, 2, 3};
  static int32_t integers[4] = {0, 0, 1, 1};
  const triplet_options options = triplet_batch_options(), margin = triplet_margin_options();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t size = sizes[i];
    const triplet_matrix long_one = {x, size, 1}, square = {x, size, size};
    const triplet_matrix none = {NULL, 0, size};
    triplet_result result;
    triplet_batch_result batch_result;
    float written[4];
    pattern_set(written, sizeof written);

    const triplet_explicit triplets = {square, square, square}, empty = {none, none, none};
    refused(triplet_margin_loss(context, &margin, &triplets, (triplet_gradients){0}, written, &result));
    refused_or_empty(triplet_margin_loss(context, &margin, &empty, (triplet_gradients){0}, NULL, &result));
    refused(triplet_distances(context, &options, square, square, (triplet_matrix){written, size, size}));
    refused(triplet_distances(context, &options, long_one, long_one, (triplet_matrix){written, size, size}));
    const triplet_neighbor_search search = {.queries = square, .references = square, .k = 1};
    refused(triplet_nearest(context, &options, &search, integers, written));
    const triplet_labels labels = {{integers, size}, {NULL, 0}, {NULL, 0, 0}};
    const triplet_batch batch = {square, labels, NULL};
    refused(triplet_batch_loss(context, &options, &batch, (triplet_batch_gradients){0}, NULL, &batch_result));
    triplet_evaluation evaluation = {0};
    refused(triplet_evaluate(context, &options, &batch, (triplet_ints){NULL, 0}, &evaluation));
    triplet_verification verification = {0};
    refused(triplet_verify(context, &options, &batch, (triplet_doubles){NULL, 0}, &verification));
    triplet_index *index = NULL;
    refused(triplet_index_create(context, &options, square, &index));
    triplet_memory *memory = NULL;
    refused(triplet_memory_create(context, size, size, &memory));
    refused(triplet_memory_create(context, 1000, size, &memory));
    refused(triplet_memory_create(context, size, 1, &memory));

    refused(triplet_standardization(context, square, written, written));
    refused(triplet_matrix_fill(context, 1, square));
    refused(triplet_matrix_random(context, 1, square));
    triplet_encoder encoder = ENCODER(.inputs = size, .layers = 1, .widths = {size});
    triplet_random random = {1};
    refused(triplet_encoder_init(context, &encoder, &random, written));
    assert_int_equal(triplet_encoder_parameters(&encoder), 0);
    triplet_trainer_options training = triplet_trainer_default_options();
    training.layers = 1;
    training.widths[0] = size;
    triplet_trainer *trainer = NULL;
    refused(triplet_trainer_create(context, &training, triplet_matrix_of(x, 4, 1), triplet_labels_of(integers, 4),
                                   &trainer));
    training.layers = 0;
    training.dim = INT64_MAX;
    refused(triplet_trainer_create(context, &training, triplet_matrix_of(x, 4, 1), triplet_labels_of(integers, 4),
                                   &trainer));
    triplet_sampler_options sampling = triplet_sampler_default_options();
    sampling.classes_per_batch = sampling.rows_per_class = INT64_MAX;
    triplet_sampler *sampler = NULL;
    refused_or_empty(triplet_sampler_create(context, &sampling, triplet_labels_of(integers, 4), &sampler));
    triplet_sampler_destroy(sampler);
    refused(triplet_vectors_write(context, TRIPLET_FORMAT_NPY, (triplet_tensors){&(triplet_tensor){"x", square}, 1},
                                  NULL, 0, &(size_t){0}));
    assert_true(!index && !memory && !trainer && pattern_stands(written, sizeof written));
  }
}

/* ---- more pairs than an int counts ------------------------------------------------------------------------------- */

static void more_pairs_than_an_int_counts(void **state) {
  (void)state;
  enum { QUERIES = 65600, REFERENCES = 32800 };
  const bool is_long = getenv("TRIPLET_LONG") != NULL; /* the pairs are looked at, too, which takes a while */
  floats x = floats_make(QUERIES, 0), y = floats_make(REFERENCES, 0);
  int32_t *labels = malloc((QUERIES + REFERENCES) * sizeof *labels), *found = malloc(QUERIES * sizeof *found);
  for (size_t i = 0; i < QUERIES; i++) {
    x.data[i] = (float)(i % REFERENCES);
    labels[i] = (int32_t)(i % 2);
  }
  for (size_t j = 0; j < REFERENCES; j++) {
    y.data[j] = (float)j;
    labels[QUERIES + j] = (int32_t)(j % 2);
  }
  const triplet_options options = triplet_batch_options();
  const triplet_neighbor_search search = {{x.data, QUERIES, 1}, {y.data, REFERENCES, 1}, .k = 1};
  if (is_long)
    assert_int_equal(triplet_nearest(context, &options, &search, found, NULL), TRIPLET_OK);
  for (size_t i = 0; i < QUERIES && is_long; i++)
    assert_int_equal(found[i], i % REFERENCES);

  const triplet_references references = {search.references, triplet_labels_of(labels + QUERIES, REFERENCES), {NULL, 0}};
  const triplet_batch batch = {search.queries, triplet_labels_of(labels, QUERIES), &references};
  size_t capacity;
  assert_int_equal(triplet_mine_capacity(context, &options, &batch, &capacity), TRIPLET_OK);
  assert_true(capacity == (size_t)QUERIES * (REFERENCES / 2) * (REFERENCES / 2));
  free(found);
  free(labels);
  floats_release(&y);
  floats_release(&x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_leaves_the_buffers),
      WITH_CONTEXT(bits_are_the_same_wherever_buffers_begin),
      WITH_CONTEXT(impossible_sizes_are_refused),
      WITH_CONTEXT(more_pairs_than_an_int_counts),
  };
  return cmocka_run_group_tests_name("borders", tests, NULL, NULL);
}
