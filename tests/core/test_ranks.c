/* Many ranks: every call whose work is dealt out gives each of them the bits that one alone has, however many ranks and
 * threads there are; and what goes wrong on one of them all say. The ranks are threads (ranks.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "brute_pairs.h"
#include "internal.h"
#include "ranks.h"

/* ---- the encoder ------------------------------------------------------------------------------------------------- */

enum { MOST_ROWS = 1000, INPUTS = 5, DIM = 3, HIDDEN = 9, MOST_PARAMETERS = 400 };

typedef struct encoder_case {
  triplet_encoder encoder;
  size_t rows;
  bool activations;
} encoder_case;

typedef struct encoder_outputs {
  float embeddings[MOST_ROWS * INPUTS], parameters[MOST_PARAMETERS], x[MOST_ROWS * INPUTS];
} encoder_outputs;

static triplet_status encode(const void *inputs, triplet_context *own, void *outputs) {
  const encoder_case *of = inputs;
  encoder_outputs *to = outputs;
  seeded from = seeded_from(7);
  const size_t dim = triplet_encoder_dim(&of->encoder), rows = of->rows;
  const size_t parameter_count = triplet_encoder_parameters(&of->encoder);
  assert_true(parameter_count <= MOST_PARAMETERS && rows <= MOST_ROWS);
  floats x = floats_random(&from, rows * of->encoder.inputs, 1, 1);
  floats parameters = floats_random(&from, parameter_count, 2, 1), gradient = floats_random(&from, rows * dim, 0, 1);
  floats kept = floats_make(triplet_encoder_activations(&of->encoder, rows), 0);
  const triplet_encoder_pass pass = {
      {x.data, rows, of->encoder.inputs}, of->activations ? kept.data : NULL, {to->embeddings, rows, dim}};
  triplet_status status = triplet_encoder_forward(own, &of->encoder, parameters.data, &pass);
  if (status == TRIPLET_OK && of->activations)
    status =
        triplet_encoder_backward(own, &of->encoder, parameters.data, &pass, (triplet_matrix){gradient.data, rows, dim},
                                 (triplet_encoder_gradients){to->parameters, rows % 2 ? to->x : NULL});
  floats_release(&kept);
  floats_release(&gradient);
  floats_release(&parameters);
  floats_release(&x);
  return status;
}

static const struct {
  const char *name;
  size_t layers, widths[2];
  bool normalize, residual;
} encoders[] = {
    {"one layer", 1, {DIM}, false, false},
    {"two layers, normalised", 2, {HIDDEN, DIM}, true, false},
    {"residual", 2, {HIDDEN, INPUTS}, true, true},
    {"no layer", 0, {0}, true, false},
};

static encoder_case encoder_of(size_t i, size_t rows) {
  encoder_case made = {ENCODER(.inputs = INPUTS), rows, true};
  made.encoder.layers = encoders[i].layers;
  memcpy(made.encoder.widths, encoders[i].widths, sizeof encoders[i].widths);
  made.encoder.normalize = encoders[i].normalize;
  made.encoder.residual = encoders[i].residual;
  made.encoder.activation = i % 2 ? TRIPLET_ACTIVATION_TANH : TRIPLET_ACTIVATION_RELU;
  return made;
}

static void test_encoder(void **state) {
  (void)state;
  static const size_t rows[] = {0, 1, 63, 64, 65, 129, 320, 500, 1000};
  for (size_t i = 0; i < sizeof encoders / sizeof *encoders; i++)
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
      encoder_case of = encoder_of(i, rows[k]);
      const shared_call call = {encoders[i].name, encode, &of, sizeof(encoder_outputs)};
      assert_same_on_ranks(&call);
      of.activations = false;
      assert_same_on_ranks(&call);
    }
}

static void test_encoder_faults(void **state) {
  (void)state;
  encoder_case of = encoder_of(1, 401);
  assert_told_to_ranks(&(shared_call){"encoder", encode, &of, sizeof(encoder_outputs)});
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

enum { SENDERS = 4 }; /* ranks whose bytes are counted */
enum { QUERIES = 211, REFERENCES = 1300, COLS = 4, NEAREST = 5, CLASSES = 12 };

static struct {
  float queries[QUERIES * COLS], references[REFERENCES * COLS];
  int32_t labels[QUERIES], reference_labels[REFERENCES];
  uint8_t held_out[REFERENCES];
} rows;

static void fill_rows(void) {
  seeded from = seeded_from(8);
  seeded_fill(&from, rows.queries, QUERIES * COLS, 1);
  seeded_fill(&from, rows.references, REFERENCES * COLS, 1);
  for (size_t i = 0; i < QUERIES; i++)
    rows.labels[i] = (int32_t)seeded_below(&from, CLASSES);
  for (size_t i = 0; i < REFERENCES; i++) {
    rows.reference_labels[i] = (int32_t)seeded_below(&from, CLASSES);
    rows.held_out[i] = seeded_below(&from, 3) == 0;
  }
}

static triplet_matrix query_rows(void) {
  return triplet_matrix_of(rows.queries, QUERIES, COLS);
}

static triplet_matrix reference_rows(void) {
  return triplet_matrix_of(rows.references, REFERENCES, COLS);
}

typedef struct found_rows {
  int32_t indices[QUERIES * NEAREST];
  float distances[QUERIES * NEAREST];
} found_rows;

static triplet_status nearest(const void *inputs, triplet_context *own, void *outputs) {
  found_rows *to = outputs;
  const triplet_neighbor_search search = {.queries = query_rows(), .references = reference_rows(), .k = NEAREST};
  return triplet_nearest(own, inputs, &search, to->indices, to->distances);
}

/* Without the distances, and by an index. */
static triplet_status index_nearest(const void *inputs, triplet_context *own, void *outputs) {
  found_rows *to = outputs;
  const triplet_neighbor_search search = {.queries = query_rows(), .k = NEAREST};
  triplet_index *index;
  triplet_status status = triplet_index_create(own, inputs, reference_rows(), &index);
  if (status != TRIPLET_OK)
    return status;
  status = triplet_index_nearest(own, index, &search, to->indices, NULL);
  triplet_index_destroy(index);
  return status;
}

typedef struct found_classes {
  int32_t labels[QUERIES];
  uint8_t known[QUERIES];
  float votes[QUERIES];
} found_classes;

static triplet_status classify(const void *inputs, triplet_context *own, void *outputs) {
  found_classes *to = outputs;
  triplet_classification into = {to->labels, to->known, to->votes};
  const triplet_classification_set set = {.queries = query_rows(),
                                          .references = reference_rows(),
                                          .reference_labels = triplet_labels_of(rows.reference_labels, REFERENCES)};
  return triplet_classify(own, inputs, &set, &into);
}

static const int32_t ks[] = {1, 4};

typedef struct found_figures {
  triplet_evaluation evaluation;
  triplet_held_out_evaluation held_out;
  double recall[2];
  triplet_class_metrics classes[CLASSES];
} found_figures;

static triplet_status evaluate(const void *inputs, triplet_context *own, void *outputs) {
  found_figures *to = outputs;
  const triplet_batch batch = {reference_rows(), triplet_labels_of(rows.reference_labels, REFERENCES), NULL};
  triplet_evaluation found = {.recall = to->recall, .classes = to->classes, .class_capacity = CLASSES};
  const triplet_status status = triplet_evaluate(own, inputs, &batch, (triplet_ints){ks, 2}, &found);
  found.recall = NULL, found.classes = NULL;
  to->evaluation = found;
  return status;
}

static triplet_status evaluate_held_out(const void *inputs, triplet_context *own, void *outputs) {
  found_figures *to = outputs;
  const triplet_held_out_set set = {
      reference_rows(), triplet_labels_of(rows.reference_labels, REFERENCES), rows.held_out, {ks, 2}};
  return triplet_evaluate_held_out(own, inputs, &set, &to->held_out);
}

typedef struct verified {
  triplet_operating_point at_far[2], curve[30];
  triplet_verification found; /* without pointers */
} verified;

static const double fars[] = {1e-2, 0.2};

static triplet_verification verification_into(verified *to) {
  return (triplet_verification){.at_far = to->at_far, .curve = to->curve, .curve_capacity = 30};
}

static void write_verification(const triplet_verification *from, verified *to) {
  to->found = *from;
  to->found.at_far = to->found.curve = NULL;
}

static triplet_status verify(const void *inputs, triplet_context *own, void *outputs) {
  const triplet_batch batch = {query_rows(), triplet_labels_of(rows.labels, QUERIES), NULL};
  triplet_verification found = verification_into(outputs);
  const triplet_status status = triplet_verify(own, inputs, &batch, (triplet_doubles){fars, 2}, &found);
  write_verification(&found, outputs);
  return status;
}

/* More pieces than ranks, and a sample of the rarer kind. */
static triplet_status verify_sample(const void *inputs, triplet_context *own, void *outputs) {
  triplet_options options = *(const triplet_options *)inputs;
  options.most_pairs = 1000;
  options.threshold = 0.5;
  const triplet_references references = {
      reference_rows(), triplet_labels_of(rows.reference_labels, REFERENCES), {NULL, 0}};
  const triplet_batch batch = {query_rows(), triplet_labels_of(rows.labels, QUERIES), &references};
  triplet_verification found = verification_into(outputs);
  const triplet_status status = triplet_verify(own, &options, &batch, (triplet_doubles){fars, 2}, &found);
  write_verification(&found, outputs);
  return status;
}

static triplet_status verify_pairs(const void *inputs, triplet_context *own, void *outputs) {
  const triplet_given_pairs given = {query_rows(), triplet_matrix_of(rows.references, QUERIES, COLS), rows.held_out};
  triplet_verification found = verification_into(outputs);
  const triplet_status status = triplet_verify_pairs(own, inputs, &given, (triplet_doubles){fars, 2}, &found);
  write_verification(&found, outputs);
  return status;
}

static const struct {
  const char *name;
  triplet_status (*call)(const void *inputs, triplet_context *own, void *outputs);
  size_t size;
} searches[] = {
    {"nearest", nearest, sizeof(found_rows)},
    {"index_nearest", index_nearest, sizeof(found_rows)},
    {"classify", classify, sizeof(found_classes)},
    {"evaluate", evaluate, sizeof(found_figures)},
    {"evaluate_held_out", evaluate_held_out, sizeof(found_figures)},
    {"verify", verify, sizeof(verified)},
    {"verify, sampled", verify_sample, sizeof(verified)},
    {"verify_pairs", verify_pairs, sizeof(verified)},
};

static void test_searches(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof searches / sizeof *searches; i++)
    for (int distance = 0; distance < DISTANCES; distance++) {
      triplet_options options = triplet_batch_options();
      options.distance = (triplet_distance)distance;
      assert_same_on_ranks(&(shared_call){searches[i].name, searches[i].call, &options, searches[i].size});
    }
}

static void test_search_faults(void **state) {
  (void)state;
  const triplet_options options = triplet_batch_options();
  for (size_t i = 0; i < sizeof searches / sizeof *searches; i++)
    assert_told_to_ranks(&(shared_call){searches[i].name, searches[i].call, &options, searches[i].size});
}

/* The row is one rank's, the message is what one rank alone says. */
static void test_rows_that_are_not_finite(void **state) {
  (void)state;
  const triplet_options options = triplet_batch_options();
  rows.queries[150 * COLS] = INFINITY;
  for (size_t i = 0; i < 3; i++) {
    char *outputs = calloc(MOST_RANKS, searches[i].size);
    triplet_context *alone = triplet_context_create(NULL);
    assert_int_equal(searches[i].call(&options, alone, outputs), TRIPLET_NOT_FINITE);
    const shared_call of = {searches[i].name, searches[i].call, &options, searches[i].size};
    const ranked found = ranked_run_call(&of, 4, outputs);
    assert_int_equal(found.status[0], TRIPLET_NOT_FINITE);
    assert_string_equal(found.messages[0], triplet_context_error(alone)->message);
    assert_string_equal(found.arguments[0], "queries");
    triplet_context_destroy(alone);
    free(outputs);
  }
  fill_rows();
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

enum { MOST_MINED = 20000, STATS = offsetof(triplet_stats, collapsed) + 1 }; /* bytes of stats that are no padding */

typedef struct batch_case {
  const brute_batch *batch;
  size_t rows, gradients, references_gradients; /* floats of each; of the latter none where they are not wanted */
  size_t mined;                                 /* room for triplets */
  bool keeps;                                   /* distances, where they are few enough */
} batch_case;

static size_t size_of(const batch_case *of) {
  return sizeof(double) + STATS +
         (of->rows + of->gradients + of->references_gradients + 3 * of->mined) * sizeof(float) + STATS;
}

/* Outputs are put one after another, whatever their alignment. */
static char *put(char *to, const void *from, size_t size) {
  memcpy(to, from, size);
  return to + size;
}

static triplet_status batch_loss(const void *inputs, triplet_context *own, void *outputs) {
  const batch_case *of = inputs;
  floats losses = floats_make(of->rows, 0), gradient = floats_make(of->gradients, 1);
  floats other = floats_make(of->references_gradients, 0);
  int32_t *mined = calloc(3 * of->mined + 1, sizeof *mined);
  triplet_batch_result result = {0};
  triplet_stats stats = {0};
  const triplet_batch_gradients gradients = {of->gradients ? gradient.data : NULL,
                                             of->references_gradients ? other.data : NULL};
  own->kept_pairs = of->keeps ? TRIPLET_KEPT_PAIRS : 0;
  triplet_status status = triplet_batch_loss(own, &of->batch->options, &of->batch->in, gradients, losses.data, &result);
  triplet_triplets triplets = {mined, mined + of->mined, mined + 2 * of->mined, of->mined, 0};
  if (status == TRIPLET_OK && of->mined)
    status = triplet_mine(own, &of->batch->options, &of->batch->in, &triplets, &stats);
  if (status == TRIPLET_OK) {
    char *to = put(outputs, &result.loss, sizeof result.loss);
    to = put(to, &result.stats, STATS);
    to = put(to, losses.data, losses.count * sizeof(float));
    to = put(to, gradient.data, gradient.count * sizeof(float));
    to = put(to, other.data, other.count * sizeof(float));
    to = put(to, mined, 3 * of->mined * sizeof *mined);
    put(to, &stats, STATS);
  }
  free(mined);
  floats_release(&other);
  floats_release(&gradient);
  floats_release(&losses);
  return status;
}

static batch_case case_of(const brute_batch *batch, bool gradient, bool references_gradient) {
  const size_t cols = batch->in.embeddings.cols, rows = batch->in.embeddings.rows;
  batch_case made = {.batch = batch, .rows = rows, .gradients = gradient ? rows * cols : 0, .keeps = rows % 3};
  if (references_gradient && batch->in.references)
    made.references_gradients = batch->in.references->rows.rows * cols;
  size_t capacity;
  if (triplet_mine_capacity(NULL, &batch->options, &batch->in, &capacity) == TRIPLET_OK && capacity <= MOST_MINED)
    made.mined = capacity;
  return made;
}

static void assert_batch_on_ranks(const brute_batch *batch, const char *name, bool gradient, bool references_gradient) {
  const batch_case of = case_of(batch, gradient, references_gradient);
  assert_same_on_ranks(&(shared_call){name, batch_loss, &of, size_of(&of)});
}

/* Every loss, mining, kind of labels and option, with references and without. */
static void test_batches(void **state) {
  (void)state;
  seeded from = seeded_from(9);
  for (int round = 0; round < 24; round++) {
    random_pairs made;
    random_pairs_make(&made, &from, round % 5 ? 200 : 40);
    triplet_options *options = &made.made.batch.options;
    options->nonfinite = TRIPLET_NONFINITE_ALLOW;
    assert_batch_on_ranks(&made.made.batch, "pairs", round % 4, round % 3);

    options->loss = TRIPLET_LOSS_TRIPLET;
    options->mining = (triplet_mining)(round % (TRIPLET_MINING_RANDOM + 1));
    if (round % 7 == 0) {
      options->mining = TRIPLET_MINING_ALL;
      options->positives = (triplet_positives)seeded_below(&from, 4);
      options->negatives = (triplet_negatives)seeded_below(&from, 6);
    }
    options->convention = (triplet_convention)seeded_below(&from, 3);
    options->soft_margin = round % 5 == 0;
    options->swap = round % 6 == 1;
    options->fallback = (triplet_fallback)(round % 2);
    assert_batch_on_ranks(&made.made.batch, "triplets", round % 3, round % 4);
    random_pairs_release(&made);
  }
}

/* A ring of past rows as references, as cross-batch memory has them, of which some are the queries themselves. */
static void test_memory_with_distributed_batches(void **state) {
  (void)state;
  const triplet_labels labels = triplet_labels_of(rows.labels, QUERIES);
  triplet_memory *memory;
  assert_int_equal(triplet_memory_create(NULL, 500, COLS, &memory), TRIPLET_OK);
  assert_int_equal(triplet_memory_push(NULL, memory, query_rows(), labels), TRIPLET_OK);
  assert_int_equal(triplet_memory_push(NULL, memory, triplet_matrix_of(rows.references, 400, COLS),
                                       triplet_labels_of(rows.reference_labels, 400)),
                   TRIPLET_OK);
  const triplet_references references = triplet_memory_references(memory);
  for (int loss = 0; loss < LOSSES; loss++) {
    brute_batch batch = {triplet_batch_options(), {query_rows(), labels, &references}};
    triplet_options_set_loss(&batch.options, (triplet_loss)loss);
    assert_batch_on_ranks(&batch, "memory", true, false);
    batch.options.mining = TRIPLET_MINING_SEMIHARD; /* of many picks */
    if (loss == TRIPLET_LOSS_TRIPLET)
      assert_batch_on_ranks(&batch, "memory, picks", true, true);
  }
  triplet_memory_destroy(memory);
}

static void test_batch_faults(void **state) {
  (void)state;
  static const triplet_mining minings[] = {TRIPLET_MINING_ALL, TRIPLET_MINING_DISTANCE_WEIGHTED};
  for (size_t i = 0; i < 3; i++) {
    brute_batch batch = {triplet_batch_options(), {query_rows(), triplet_labels_of(rows.labels, QUERIES), NULL}};
    triplet_options_set_loss(&batch.options, i < 2 ? TRIPLET_LOSS_TRIPLET : TRIPLET_LOSS_INFO_NCE);
    batch.options.mining = i < 2 ? minings[i] : TRIPLET_MINING_ALL;
    batch.options.swap = i == 0;
    const batch_case of = {.batch = &batch, .rows = QUERIES, .gradients = QUERIES * COLS, .keeps = true};
    assert_told_to_ranks(&(shared_call){"batch_loss", batch_loss, &of, size_of(&of)});
  }

  /* Of two rows a class, so that there are not too many triplets to list. */
  int32_t labels[QUERIES];
  for (int32_t i = 0; i < QUERIES; i++)
    labels[i] = i / 2;
  for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_HARD; mining++) {
    brute_batch batch = {triplet_batch_options(), {query_rows(), triplet_labels_of(labels, QUERIES), NULL}};
    batch.options.mining = (triplet_mining)mining;
    const batch_case of = {.batch = &batch, .rows = QUERIES, .mined = QUERIES * QUERIES};
    assert_told_to_ranks(&(shared_call){"mine", batch_loss, &of, size_of(&of)});
  }
}

/* ---- what other libraries have had wrong ------------------------------------------------------------------------- */

/* Losses without a corner, of queries with a set of references of the same rows' labels. */
static brute_batch smooth_batch(triplet_loss loss, const triplet_references *references) {
  brute_batch batch = {triplet_batch_options(), {query_rows(), triplet_labels_of(rows.labels, QUERIES), references}};
  triplet_options_set_loss(&batch.options, loss);
  batch.options.distance = TRIPLET_DISTANCE_SQUARED;
  batch.options.temperature = 1;
  batch.options.soft_margin = loss == TRIPLET_LOSS_TRIPLET;
  return batch;
}

static double loss_of(const brute_batch *batch) {
  triplet_batch_result result;
  assert_int_equal(triplet_batch_loss(NULL, &batch->options, &batch->in, (triplet_batch_gradients){0}, NULL, &result),
                   TRIPLET_OK);
  return result.loss;
}

/* The slope of the loss along a number of its input, which is put back. */
static double difference(const brute_batch *batch, float *at) {
  const float middle = *at, low = middle - 0x1p-7f, high = middle + 0x1p-7f;
  *at = high;
  const double above = loss_of(batch);
  *at = low;
  const double below = loss_of(batch);
  *at = middle;
  return (above - below) / ((double)high - (double)low);
}

/* The gradients on three ranks are the slopes of the loss: rows of every rank, by all pairs that they are in. */
static void assert_slopes(const brute_batch *batch, const char *name) {
  const batch_case of = {.batch = batch,
                         .rows = QUERIES,
                         .gradients = QUERIES * COLS,
                         .references_gradients = batch->in.references ? QUERIES * COLS : 0};
  char *outputs = malloc(MOST_RANKS * size_of(&of));
  const shared_call call = {name, batch_loss, &of, size_of(&of)};
  const ranked found = ranked_run_call(&call, 3, outputs);
  assert_int_equal(found.status[0], TRIPLET_OK);
  const char *from = outputs + call.size + sizeof(double) + STATS + QUERIES * sizeof(float); /* those of rank 1 */
  float *gradients = malloc((of.gradients + of.references_gradients) * sizeof *gradients), largest = 0;
  memcpy(gradients, from, (of.gradients + of.references_gradients) * sizeof *gradients);
  for (size_t i = 0; i < of.gradients; i++)
    largest = fabsf(gradients[i]) > largest ? fabsf(gradients[i]) : largest;
  for (size_t row = 5; row < QUERIES; row += 41) {
    const size_t i = row * COLS + row % COLS;
    assert_near(name, (double)gradients[i], difference(batch, &rows.queries[i]), 5e-3 * (double)largest);
    if (of.references_gradients)
      assert_near(name, (double)gradients[of.gradients + i], difference(batch, &rows.references[i]),
                  5e-3 * (double)largest);
  }
  free(gradients);
  free(outputs);
}

/* The gradient was multiplied or divided by the number of ranks. */
static void test_pytorch_metric_learning_363_lightly_1977(void **state) {
  (void)state;
  for (int loss = 0; loss < LOSSES; loss++) {
    const brute_batch batch = smooth_batch((triplet_loss)loss, NULL);
    if (loss != TRIPLET_LOSS_CONTRASTIVE) /* which has corners */
      assert_slopes(&batch, "own rows");
  }
}

/* Rows of a rank had no gradient by the losses of the others' anchors. */
static void test_open_clip_616(void **state) {
  (void)state;
  const triplet_references references = {
      triplet_matrix_of(rows.references, QUERIES, COLS), triplet_labels_of(rows.labels, QUERIES), {NULL, 0}};
  for (int loss = 0; loss < LOSSES; loss++) {
    const brute_batch batch = smooth_batch((triplet_loss)loss, &references);
    if (loss != TRIPLET_LOSS_CONTRASTIVE)
      assert_slopes(&batch, "references");
  }
}

/* Queries of the second rank on were compared with the references of the first as theirs. Here each has its own beside
 * it, and all others far away, so that a loss of about 0 is right. */
static void test_sentence_transformers_3453(void **state) {
  (void)state;
  int32_t own[QUERIES];
  floats apart = floats_make(QUERIES * COLS, 0);
  for (size_t i = 0; i < QUERIES; i++)
    own[i] = (int32_t)i;
  for (size_t i = 0; i < QUERIES * COLS; i++)
    apart.data[i] = (float)(10 * (i / COLS)) + rows.queries[i];
  const triplet_references references = {{apart.data, QUERIES, COLS}, triplet_labels_of(own, QUERIES), {NULL, 0}};
  brute_batch batch = smooth_batch(TRIPLET_LOSS_INFO_NCE, &references);
  batch.in.labels = triplet_labels_of(own, QUERIES);
  batch.in.embeddings = references.rows;
  const batch_case of = {.batch = &batch, .rows = QUERIES};
  char *outputs = malloc(MOST_RANKS * size_of(&of));
  const ranked found = ranked_run_call(&(shared_call){"info_nce", batch_loss, &of, size_of(&of)}, 4, outputs);
  double loss;
  memcpy(&loss, outputs, sizeof loss);
  assert_int_equal(found.status[0], TRIPLET_OK);
  assert_true(loss >= 0 && loss < 1e-6);
  free(outputs);
  floats_release(&apart);
}

/* ---- what is sent ------------------------------------------------------------------------------------------------ */

/* As CONTRIBUTING.md has it: bytes that all ranks send of what they share, beside the statuses wherever they meet. Half
 * a byte of each anchor may be rounding. */
static void assert_bytes(const char *name, double sent, double modelled, size_t exchanges, size_t anchors) {
  const double statuses = 24.0 * SENDERS * (SENDERS - 1) * (double)exchanges;
  if (sent < modelled - 0.5 * (SENDERS - 1) * (double)anchors || sent > modelled + statuses)
    fail_msg("%s: %.0f bytes, where the model says %.0f and up to %.0f of statuses", name, sent, modelled, statuses);
}

static double sent_by(const ranked *found) {
  double sum = 0;
  assert_int_equal(found->status[0], TRIPLET_OK);
  for (size_t rank = 0; rank < SENDERS; rank++)
    sum += (double)found->sent[rank];
  return sum;
}

/* Summaries, picks and gradients: no distances. */
static void test_bytes_of_a_batch(void **state) {
  (void)state;
  enum { BATCH = 768, POSITIVES = BATCH / CLASSES - 1, GRADIENT = COLS * sizeof(float), LOSS = sizeof(float) };
  static const struct {
    const char *name;
    triplet_loss loss;
    triplet_mining mining;
    size_t anchor; /* bytes */
  } kinds[] = {
      {"contrastive", TRIPLET_LOSS_CONTRASTIVE, TRIPLET_MINING_ALL, 12 + GRADIENT},
      {"info_nce", TRIPLET_LOSS_INFO_NCE, TRIPLET_MINING_ALL, 36 + GRADIENT},
      {"all", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL, 20 + 8 * POSITIVES + GRADIENT},
      {"hard", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_HARD, 27 + 40},
      {"semihard", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_SEMIHARD, 27 + 40 * POSITIVES + GRADIENT},
  };
  int32_t labels[BATCH];
  for (int32_t i = 0; i < BATCH; i++)
    labels[i] = i % CLASSES;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    brute_batch batch = {triplet_batch_options(),
                         {triplet_matrix_of(rows.references, BATCH, COLS), triplet_labels_of(labels, BATCH), NULL}};
    triplet_options_set_loss(&batch.options, kinds[i].loss);
    batch.options.mining = kinds[i].mining;
    const batch_case of = {.batch = &batch, .rows = BATCH, .gradients = BATCH * COLS, .keeps = true};
    char *outputs = malloc(MOST_RANKS * size_of(&of));
    const ranked found =
        ranked_run_call(&(shared_call){kinds[i].name, batch_loss, &of, size_of(&of)}, SENDERS, outputs);
    assert_bytes(kinds[i].name, sent_by(&found), (SENDERS - 1.0) * BATCH * (double)(kinds[i].anchor + LOSS),
                 found.exchanges[0], BATCH);
    free(outputs);
  }
}

/* ---- training ---------------------------------------------------------------------------------------------------- */

enum { TRAINED = 230, STEPS = 7, MOST_MODEL = 100000 };

typedef struct training_case {
  triplet_trainer_options options;
  bool pairs;
} training_case;

typedef struct trained {
  size_t steps, size;
  double losses[STEPS], validations[STEPS];
  float embeddings[TRAINED * INPUTS], references[TRAINED * INPUTS];
  uint8_t model[MOST_MODEL];
} trained;

static bool note_step(void *user, const triplet_step *step) {
  trained *to = user;
  to->losses[to->steps] = step->loss;
  to->validations[to->steps++] = step->validation;
  return true;
}

static triplet_status train_on(triplet_context *own, triplet_trainer *trainer, trained *to) {
  triplet_step last;
  const triplet_matrix x = triplet_matrix_of(rows.references, TRAINED, COLS);
  const size_t dim = triplet_trainer_dim(trainer);
  triplet_status status = triplet_trainer_run(own, trainer, note_step, to, &last);
  const bool embeds = triplet_trainer_inputs(trainer); /* no table does */
  if (status == TRIPLET_OK && embeds)
    status = triplet_trainer_embed(own, trainer, x, (triplet_matrix){to->embeddings, TRAINED, dim});
  if (status == TRIPLET_OK && embeds)
    status = triplet_trainer_embed_references(own, trainer, x, (triplet_matrix){to->references, TRAINED, dim});
  return status == TRIPLET_OK ? triplet_trainer_save(NULL, trainer, to->model, MOST_MODEL, &to->size) : status;
}

static triplet_status train(const void *inputs, triplet_context *own, void *outputs) {
  const training_case *of = inputs;
  triplet_trainer *trainer;
  const triplet_matrix x = triplet_matrix_of(rows.references, TRAINED, COLS);
  const triplet_labels labels = triplet_labels_of(rows.reference_labels, TRAINED);
  const triplet_training_pairs pairs = {
      .queries = x, .references = triplet_matrix_of(rows.references + TRAINED * COLS, TRAINED, COLS), .labels = labels};
  triplet_status status = of->pairs ? triplet_trainer_create_pairs(own, &of->options, &pairs, &trainer)
                                    : triplet_trainer_create(own, &of->options, x, labels, &trainer);
  if (status != TRIPLET_OK)
    return status;
  status = train_on(own, trainer, outputs);
  triplet_trainer_destroy(trainer);
  return status;
}

/* A batch of 8 classes with 17 rows each, so that there are three chunks of rows, of which the last is short. */
static training_case training_of(triplet_loss loss, triplet_mining mining) {
  training_case made = {.options = triplet_trainer_default_options()};
  triplet_options_set_loss(&made.options.loss, loss);
  made.options.loss.mining = mining;
  made.options.layers = 2;
  made.options.widths[0] = HIDDEN;
  made.options.widths[1] = DIM;
  made.options.rows_per_class = 17;
  made.options.steps = STEPS;
  made.options.evaluate_every = 3;
  made.options.validation = 0.2;
  return made;
}

static void test_training(void **state) {
  (void)state;
  training_case cases[] = {
      training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL),
      training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_HARD),
      training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_SEMIHARD),
      training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_DISTANCE_WEIGHTED),
      training_of(TRIPLET_LOSS_INFO_NCE, TRIPLET_MINING_ALL),
      training_of(TRIPLET_LOSS_CONTRASTIVE, TRIPLET_MINING_ALL),
      training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL),
  };
  cases[4].pairs = true;
  cases[5].options.sampler = TRIPLET_SAMPLER_EPOCH;
  cases[6].options.layers = 0; /* a free table */
  cases[6].options.normalize = true;
  cases[6].options.validation = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_same_on_ranks(&(shared_call){"train", train, &cases[i], sizeof(trained)});
}

static void test_training_faults(void **state) {
  (void)state;
  training_case of = training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_SEMIHARD);
  of.options.steps = 2;
  of.options.evaluate_every = 2;
  assert_told_to_ranks(&(shared_call){"train", train, &of, sizeof(trained)});
  of.pairs = true;
  assert_told_to_ranks(&(shared_call){"train, pairs", train, &of, sizeof(trained)});
}

/* Of a batch of 8 classes with 64 rows each, so that a rank has 2 chunks of rows, one subtree. */
static triplet_status take_steps(const void *inputs, triplet_context *own, void *outputs) {
  const triplet_trainer_options *options = inputs;
  const triplet_matrix x = triplet_matrix_of(rows.references, REFERENCES, COLS);
  triplet_trainer *trainer;
  triplet_step *last = outputs;
  triplet_status status =
      triplet_trainer_create(own, options, x, triplet_labels_of(rows.reference_labels, REFERENCES), &trainer);
  if (status != TRIPLET_OK)
    return status;
  status = triplet_trainer_run(own, trainer, NULL, NULL, last);
  triplet_trainer_destroy(trainer);
  return status;
}

static void test_bytes_of_a_step(void **state) {
  (void)state;
  enum { WIDE = 300, BATCH = 8 * 64, PARAMETERS = WIDE * (COLS + 1) + DIM * (WIDE + 1) };
  triplet_trainer_options options = training_of(TRIPLET_LOSS_INFO_NCE, TRIPLET_MINING_ALL).options;
  options.widths[0] = WIDE;
  options.rows_per_class = BATCH / 8;
  options.validation = 0;
  const shared_call call = {"steps", take_steps, &options, sizeof(triplet_step)};
  triplet_step outputs[MOST_RANKS];
  double sent[2];
  size_t exchanges[2];
  for (size_t i = 0; i < 2; i++) {
    options.steps = 2 + i;
    const ranked found = ranked_run_call(&call, SENDERS, outputs);
    sent[i] = sent_by(&found);
    exchanges[i] = found.exchanges[0];
  }
  const double of_rows = BATCH * (DIM * sizeof(float) + 36 + DIM * sizeof(float)), of_parameters = 8.0 * PARAMETERS;
  assert_bytes("a step", sent[1] - sent[0], (SENDERS - 1) * (of_rows + of_parameters), exchanges[1] - exchanges[0],
               BATCH);
}

/* ---- objects that every rank has --------------------------------------------------------------------------------- */

enum { PUSHED = 30, HELD = 40 };

typedef struct kept {
  size_t held, size;
  uint8_t model[MOST_MODEL];
} kept;

static triplet_status push_rows(triplet_context *own, triplet_memory *memory) {
  int32_t sets[4 * PUSHED], ends[PUSHED]; /* which need more room than a label each */
  for (size_t i = 0; i < 4 * PUSHED; i++)
    sets[i] = (int32_t)i;
  for (size_t i = 0; i < PUSHED; i++)
    ends[i] = (int32_t)(4 * (i + 1));
  const triplet_matrix pushed = triplet_matrix_of(rows.queries, PUSHED, COLS);
  const triplet_status status =
      triplet_memory_push(own, memory, pushed, triplet_labels_of(rows.reference_labels, PUSHED));
  return status == TRIPLET_OK ? triplet_memory_push(own, memory, pushed, triplet_label_sets_of(sets, ends, PUSHED))
                              : status;
}

/* More state of the optimiser and other batches, of a trainer that is loaded. */
static triplet_status change(triplet_context *own, triplet_trainer *trainer, triplet_trainer_options options) {
  const triplet_labels labels = triplet_labels_of(rows.reference_labels, TRAINED);
  triplet_step step;
  triplet_status status =
      triplet_trainer_attach(own, trainer, triplet_matrix_of(rows.references, TRAINED, COLS), labels);
  options.optimizer.momentum = 0.5;
  options.rows_per_class = 3;
  if (status == TRIPLET_OK)
    status = triplet_trainer_set_options(own, trainer, &options);
  return status == TRIPLET_OK ? triplet_trainer_step(own, trainer, &step) : status;
}

static triplet_status keep(const void *inputs, triplet_context *own, void *outputs) {
  const kept *saved = inputs;
  kept *to = outputs;
  triplet_memory *memory;
  triplet_trainer *trainer;
  triplet_status status = triplet_memory_create(own, HELD, COLS, &memory);
  if (status != TRIPLET_OK)
    return status;
  status = push_rows(own, memory);
  to->held = triplet_memory_references(memory).rows.rows;
  triplet_memory_destroy(memory);
  if (status == TRIPLET_OK)
    status = triplet_trainer_load(own, saved->model, saved->size, &trainer);
  if (status != TRIPLET_OK)
    return status;
  triplet_trainer_options options = training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL).options;
  options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  status = change(own, trainer, options);
  if (status == TRIPLET_OK)
    status = triplet_trainer_save(NULL, trainer, to->model, MOST_MODEL, &to->size);
  triplet_trainer_destroy(trainer);
  return status;
}

static void test_objects(void **state) {
  (void)state;
  training_case of = training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL);
  of.options.optimizer.name = TRIPLET_OPTIMIZER_SGD;
  triplet_trainer *trainer;
  static kept saved;
  assert_int_equal(triplet_trainer_create(NULL, &of.options, triplet_matrix_of(rows.references, TRAINED, COLS),
                                          triplet_labels_of(rows.reference_labels, TRAINED), &trainer),
                   TRIPLET_OK);
  assert_int_equal(triplet_trainer_save(NULL, trainer, saved.model, MOST_MODEL, &saved.size), TRIPLET_OK);
  triplet_trainer_destroy(trainer);
  const shared_call call = {"keep", keep, &saved, sizeof(kept)};
  assert_same_on_ranks(&call);
  assert_told_to_ranks(&call);
}

/* ---- ranks that differ ------------------------------------------------------------------------------------------- */

/* What the call of another rank has that the first has not. */
typedef enum aspect { DATA, LABELS, OPTIONS, OUTPUTS, CALL, ASPECTS } aspect;

typedef struct differing {
  triplet_status (*call)(triplet_context *own, const bool *differs);
  aspect by;
} differing;

static triplet_matrix data_of(float *room, bool differs) {
  memcpy(room, rows.queries, sizeof rows.queries);
  room[QUERIES * COLS - 1] += differs;
  return triplet_matrix_of(room, QUERIES, COLS);
}

static triplet_labels labels_of(int32_t *room, bool differs) {
  memcpy(room, rows.labels, sizeof rows.labels);
  room[QUERIES - 1] += differs;
  return triplet_labels_of(room, QUERIES);
}

static triplet_status search_differing(triplet_context *own, const bool *differs) {
  float data[QUERIES * COLS], distances[QUERIES];
  int32_t indices[QUERIES];
  triplet_options options = triplet_batch_options();
  options.p = differs[OPTIONS] ? 3 : 2;
  const triplet_neighbor_search search = {
      .queries = data_of(data, differs[DATA]), .references = reference_rows(), .k = 1};
  const triplet_batch batch = {search.queries, triplet_labels_of(rows.labels, QUERIES), NULL};
  triplet_stats stats;
  if (differs[CALL])
    return triplet_mine(own, &options, &batch, NULL, &stats);
  return triplet_nearest(own, &options, &search, indices, differs[OUTPUTS] ? NULL : distances);
}

static triplet_status loss_differing(triplet_context *own, const bool *differs) {
  float data[QUERIES * COLS], gradient[QUERIES * COLS], losses[QUERIES];
  int32_t labels[QUERIES];
  triplet_options options = triplet_batch_options();
  options.margin = differs[OPTIONS] ? 0.3 : 0.2;
  const triplet_batch batch = {data_of(data, differs[DATA]), labels_of(labels, differs[LABELS]), NULL};
  triplet_batch_result result;
  if (differs[CALL])
    return triplet_evaluate(own, &options, &batch, (triplet_ints){ks, 1},
                            &(triplet_evaluation){.recall = (double[1]){0}});
  return triplet_batch_loss(own, &options, &batch, (triplet_batch_gradients){differs[OUTPUTS] ? NULL : gradient, NULL},
                            losses, &result);
}

static triplet_status mine_differing(triplet_context *own, const bool *differs) {
  float data[QUERIES * COLS];
  int32_t labels[QUERIES];
  enum { MOST = QUERIES * QUERIES };
  int32_t *mined = malloc(3 * MOST * sizeof *mined);
  triplet_options options = triplet_batch_options();
  options.mining = differs[OPTIONS] ? TRIPLET_MINING_HARD : TRIPLET_MINING_SEMIHARD;
  const triplet_batch batch = {data_of(data, differs[DATA]), labels_of(labels, differs[LABELS]), NULL};
  triplet_triplets triplets = {mined, mined + MOST, mined + 2 * MOST, MOST, 0};
  float losses[QUERIES];
  triplet_batch_result result;
  const triplet_status status =
      differs[CALL] ? triplet_batch_loss(own, &options, &batch, (triplet_batch_gradients){NULL, NULL}, losses, &result)
                    : triplet_mine(own, &options, &batch, differs[OUTPUTS] ? NULL : &triplets, &(triplet_stats){0});
  free(mined);
  return status;
}

static triplet_status training_differing(triplet_context *own, const bool *differs) {
  float data[QUERIES * COLS];
  int32_t labels[QUERIES];
  triplet_trainer_options options = training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL).options;
  options.seed += differs[OPTIONS];
  triplet_trainer *trainer;
  triplet_step step;
  triplet_status status =
      triplet_trainer_create(own, &options, data_of(data, differs[DATA]), labels_of(labels, differs[LABELS]), &trainer);
  if (status != TRIPLET_OK)
    return status;
  if (differs[OUTPUTS]) /* of a rank that is a step ahead */
    status = triplet_trainer_step(NULL, trainer, &step);
  if (status == TRIPLET_OK)
    status = differs[CALL] ? triplet_trainer_run(own, trainer, NULL, NULL, &step)
                           : triplet_trainer_step(own, trainer, &step);
  triplet_trainer_destroy(trainer);
  return status;
}

static triplet_status run_differing(void *of, size_t rank, triplet_context *own) {
  const differing *job = of;
  bool differs[ASPECTS] = {false};
  differs[job->by] = rank == 1;
  const triplet_status status = job->call(own, differs);
  return status == TRIPLET_RANK_LOST ? job->call(own, differs)
                                     : status; /* also when options have been checked before */
}

static void test_ranks_that_differ(void **state) {
  (void)state;
  triplet_status (*const calls[])(triplet_context *, const bool *) = {search_differing, loss_differing, mine_differing,
                                                                      training_differing};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    for (int by = DATA; by < ASPECTS; by++) {
      if (calls[i] == search_differing && by == LABELS)
        continue;
      const ranked found = ranked_run(3, 1, NULL, run_differing, &(differing){calls[i], (aspect)by});
      assert_int_equal(found.status[0], TRIPLET_RANK_LOST);
      assert_string_equal(found.arguments[0], "collective");
      assert_string_equal(found.messages[0], by == CALL ? "rank 1 makes another call than rank 0"
                                                        : "rank 1 makes its call with other values than rank 0: data, "
                                                          "labels or options");
    }
}

/* Of two models one has another weight, the last of all. */
typedef struct model_case {
  const kept *saved;
  size_t differs; /* at which byte; 0: nowhere */
} model_case;

static triplet_status attach_differing(void *of, size_t rank, triplet_context *own) {
  const model_case *job = of;
  kept *copy = malloc(sizeof *copy);
  memcpy(copy, job->saved, sizeof *copy);
  copy->model[job->differs] ^= job->differs && rank == 1;
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_load(NULL, copy->model, copy->size, &trainer), TRIPLET_OK);
  const triplet_status status = triplet_trainer_attach(own, trainer, triplet_matrix_of(rows.references, TRAINED, COLS),
                                                       triplet_labels_of(rows.reference_labels, TRAINED));
  triplet_trainer_destroy(trainer);
  free(copy);
  return status;
}

static void test_models_that_differ(void **state) {
  (void)state;
  static kept saved;
  const training_case of = training_of(TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL);
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(NULL, &of.options, triplet_matrix_of(rows.references, TRAINED, COLS),
                                          triplet_labels_of(rows.reference_labels, TRAINED), &trainer),
                   TRIPLET_OK);
  assert_int_equal(triplet_trainer_save(NULL, trainer, saved.model, MOST_MODEL, &saved.size), TRIPLET_OK);
  const triplet_floats parameters = triplet_trainer_parameters(trainer);
  const float *last = parameters.data + parameters.count - DIM; /* the biases of the last layer */
  size_t at = 0;
  while (memcmp(saved.model + at, last, DIM * sizeof *last) != 0)
    assert_in_range(++at, 1, saved.size - DIM * sizeof *last);
  triplet_trainer_destroy(trainer);

  const size_t differs[] = {0, at + (DIM - 1) * sizeof *last};
  for (size_t i = 0; i < 2; i++) {
    const ranked found = ranked_run(3, 1, NULL, attach_differing, &(model_case){&saved, differs[i]});
    assert_int_equal(found.status[0], i == 0 ? TRIPLET_OK : TRIPLET_RANK_LOST);
  }
}

/* The lists of options are no part of their bytes: of each, one number of rank 1 is another, or it gives none. */
typedef enum option_list { WEIGHTS, MARGINS, GRAD_OUTPUT, OPTION_LISTS } option_list;

typedef struct list_case {
  option_list list;
  size_t differs, lacks; /* the rank; MOST_RANKS: none does */
} list_case;

static triplet_status loss_with_list(void *of, size_t rank, triplet_context *own) {
  const list_case *job = of;
  float list[QUERIES], losses[QUERIES];
  for (size_t i = 0; i < QUERIES; i++)
    list[i] = 1;
  list[QUERIES - 1] += rank == job->differs;
  triplet_options options = triplet_batch_options();
  options.reduction = TRIPLET_REDUCTION_NONE;
  triplet_floats *const lists[OPTION_LISTS] = {&options.weights, &options.margins, &options.grad_output};
  if (rank != job->lacks)
    *lists[job->list] = (triplet_floats){list, QUERIES};
  const triplet_batch batch = {query_rows(), triplet_labels_of(rows.labels, QUERIES), NULL};
  triplet_batch_result result;
  return triplet_batch_loss(own, &options, &batch, (triplet_batch_gradients){NULL, NULL}, losses, &result);
}

static void test_lists_that_differ(void **state) {
  (void)state;
  static const list_case cases[] = {{.differs = MOST_RANKS, .lacks = MOST_RANKS},
                                    {.differs = 1, .lacks = MOST_RANKS},
                                    {.differs = MOST_RANKS, .lacks = 1}};
  for (int list = 0; list < OPTION_LISTS; list++)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      list_case of = cases[i];
      of.list = (option_list)list;
      const ranked found = ranked_run(3, 1, NULL, loss_with_list, &of);
      assert_int_equal(found.status[0], i == 0 ? TRIPLET_OK : TRIPLET_RANK_LOST);
      if (i > 0)
        assert_non_null(strstr(found.messages[0], "rank 1 makes its call with other values than rank 0"));
    }
}

/* An index of other rows or of another distance is none of the values of the call that searches it. */
typedef enum index_aspect { INDEX_SAME, INDEX_ROWS, INDEX_SHAPE, INDEX_DISTANCE, INDEX_ASPECTS } index_aspect;

typedef struct index_case {
  index_aspect by;
  bool alone; /* it was made where there are no other ranks */
} index_case;

static triplet_status make_index(triplet_context *own, index_aspect of, triplet_index **index) {
  float data[QUERIES * COLS];
  triplet_options options = triplet_batch_options();
  options.distance = of == INDEX_DISTANCE ? TRIPLET_DISTANCE_SQUARED : TRIPLET_DISTANCE_MINKOWSKI;
  triplet_matrix references = data_of(data, of == INDEX_ROWS);
  references.rows -= of == INDEX_SHAPE;
  return triplet_index_create(own, &options, references, index);
}

static triplet_status search_index_differing(void *of, size_t rank, triplet_context *own) {
  const index_case *job = of;
  int32_t indices[REFERENCES];
  triplet_index *index = NULL, *other = NULL;
  const triplet_neighbor_search search = {.queries = reference_rows(), .k = 1};
  triplet_status status = make_index(own, INDEX_SAME, &index);
  if (status == TRIPLET_OK)
    status = make_index(job->alone ? NULL : own, job->by, &other);
  if (status == TRIPLET_OK)
    status = triplet_index_nearest(own, rank == 1 ? other : index, &search, indices, NULL);
  triplet_index_destroy(other);
  triplet_index_destroy(index);
  return status;
}

static void test_indexes_that_differ(void **state) {
  (void)state;
  for (int by = INDEX_SAME; by < INDEX_ASPECTS; by++)
    for (int alone = 0; alone < 2; alone++) {
      const ranked found = ranked_run(3, 1, NULL, search_index_differing, &(index_case){(index_aspect)by, alone});
      assert_int_equal(found.status[0], by == INDEX_SAME ? TRIPLET_OK : TRIPLET_RANK_LOST);
      if (by != INDEX_SAME)
        assert_non_null(strstr(found.messages[0], "with other values than rank 0"));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encoder),
      cmocka_unit_test(test_encoder_faults),
      cmocka_unit_test(test_searches),
      cmocka_unit_test(test_search_faults),
      cmocka_unit_test(test_rows_that_are_not_finite),
      cmocka_unit_test(test_batches),
      cmocka_unit_test(test_memory_with_distributed_batches),
      cmocka_unit_test(test_batch_faults),
      cmocka_unit_test(test_pytorch_metric_learning_363_lightly_1977),
      cmocka_unit_test(test_open_clip_616),
      cmocka_unit_test(test_sentence_transformers_3453),
      cmocka_unit_test(test_bytes_of_a_batch),
      cmocka_unit_test(test_training),
      cmocka_unit_test(test_bytes_of_a_step),
      cmocka_unit_test(test_training_faults),
      cmocka_unit_test(test_objects),
      cmocka_unit_test(test_ranks_that_differ),
      cmocka_unit_test(test_models_that_differ),
      cmocka_unit_test(test_lists_that_differ),
      cmocka_unit_test(test_indexes_that_differ),
  };
  fill_rows();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
