/* Many ranks: every call whose work is dealt out gives each of them the bits that one alone has, however many ranks and
 * threads there are; and what goes wrong on one of them all say. The ranks are threads (ranks.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encoder),
      cmocka_unit_test(test_encoder_faults),
      cmocka_unit_test(test_searches),
      cmocka_unit_test(test_search_faults),
      cmocka_unit_test(test_rows_that_are_not_finite),
  };
  fill_rows();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
