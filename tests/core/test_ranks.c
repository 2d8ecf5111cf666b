/* Many ranks: every call whose work is dealt out gives each of them the bits that one alone has, for any number of ranks
 * and threads; and what goes wrong on one of them all say. The ranks are threads (ranks.c). */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encoder),
      cmocka_unit_test(test_encoder_faults),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
