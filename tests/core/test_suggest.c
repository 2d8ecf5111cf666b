/* The layers that are suggested for a table. */
#include "internal.h"

#include "support.h"

static size_t dim_of(size_t inputs, size_t classes) {
  size_t widths[TRIPLET_SUGGESTED_LAYERS] = {0};
  assert_int_equal(triplet_suggest_layers(NULL, inputs, classes, widths), TRIPLET_OK);
  assert_int_equal(widths[0], 256);
  return widths[1];
}

static void by_hand(void **unused) {
  (void)unused;
  static const struct {
    size_t inputs, classes, dim;
  } cases[] = {
      {1, 1, 16},
      {4, 3, 16},
      {16, 8, 16},
      {17, 8, 17},
      {16, 9, 18},
      {30, 2, 30},
      {20, 20, 40},
      {63, 31, 63},
      {64, 10, 64},
      {65, 10, 64},
      {1, 32, 64},
      {1, 33, 64},
      {1, 1000, 64},
      {5000, 2, 64},
      {SIZE_MAX, 2, 64},
      {2, SIZE_MAX, 64},
      {SIZE_MAX, SIZE_MAX, 64},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(dim_of(cases[i].inputs, cases[i].classes), cases[i].dim);
}

/* Never narrower than the data where these are narrower than the widest, and more of either never makes it narrower. */
static void grows(void **unused) {
  (void)unused;
  for (size_t inputs = 1; inputs < 80; inputs++)
    for (size_t classes = 1; classes < 80; classes++) {
      const size_t dim = dim_of(inputs, classes);
      assert_true(dim >= 16 && dim <= 64 && (dim >= inputs || dim == 64));
      assert_true(dim_of(inputs + 1, classes) >= dim && dim_of(inputs, classes + 1) >= dim);
    }
}

/* What is suggested is an encoder that can be made. */
static void encoders(void **unused) {
  (void)unused;
  triplet_encoder encoder = triplet_encoder_options();
  encoder.inputs = 30;
  encoder.layers = TRIPLET_SUGGESTED_LAYERS;
  assert_int_equal(triplet_suggest_layers(NULL, encoder.inputs, 2, encoder.widths), TRIPLET_OK);
  assert_int_equal(triplet_encoder_dim(&encoder), 30);
  assert_int_equal(triplet_encoder_parameters(&encoder), 256 * 31 + 30 * 257);
}

static void errors(void **unused) {
  (void)unused;
  triplet_context *context = triplet_context_create(NULL);
  size_t widths[] = {7, 8};
  assert_error(context, triplet_suggest_layers(context, 0, 2, widths), TRIPLET_INVALID_ARGUMENT, "inputs",
               "expected at least 1, got 0");
  assert_error(context, triplet_suggest_layers(context, 2, 0, widths), TRIPLET_INVALID_ARGUMENT, "classes",
               "expected at least 1, got 0");
  assert_error(context, triplet_suggest_layers(context, 2, 2, NULL), TRIPLET_INVALID_ARGUMENT, "widths",
               "expected 2 numbers, got NULL");
  assert_true(widths[0] == 7 && widths[1] == 8);
  triplet_context_destroy(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_hand),
      cmocka_unit_test(grows),
      cmocka_unit_test(encoders),
      cmocka_unit_test(errors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
