/* Kernels against the same thing written plainly, on every instruction set: shapes that the tests of the rooms above
 * them do not reach. */
#include "support.h"

#include <stdlib.h>

#include "internal.h"

static seeded from;

static uint32_t draw(uint32_t limit) {
  return (uint32_t)seeded_below(&from, limit);
}

static const triplet_kernels *kernels_of(triplet_context *context) {
  from = seeded_from(81);
  return triplet_kernels_of(context);
}

static int ascending(const void *left, const void *right) {
  const float x = *(const float *)left, y = *(const float *)right;
  return (x > y) - (x < y);
}

/* Few different numbers, so that there are ties, and every special one. */
static float number(uint32_t different) {
  switch (draw(20)) {
  case 0:
    return 0;
  case 1:
    return INFINITY;
  default:
    return (float)draw(different) / 8;
  }
}

static void check_places(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const size_t counts[] = {1, 2, 7, 8, 31, 32, 33, 40, 63, 64, 65, 127, 254, 1000, 4096, 4097, 5001};
  static const size_t sizes[] = {1, 7, 8, 31, 32, 33, 64, 100};
  static float edges[5001], values[100];
  uint32_t places[101];
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      const uint32_t different = draw(2) ? 50 : 5000;
      for (size_t i = 0; i < counts[c]; i++)
        edges[i] = number(different);
      qsort(edges, counts[c], sizeof *edges, ascending);
      for (size_t i = 0; i < sizes[s]; i++)
        values[i] = number(different);
      places[sizes[s]] = 12345;
      kernels->places(edges, counts[c], values, sizes[s], places);
      for (size_t i = 0; i < sizes[s]; i++) {
        uint32_t expected = 0;
        while (expected < counts[c] && edges[expected] <= values[i])
          expected++;
        assert_int_equal(places[i], expected);
      }
      assert_int_equal(places[sizes[s]], 12345);
    }
}

static void check_least(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  for (size_t n = 1; n <= 100; n++)
    for (uint32_t different = 1; different <= 100; different += 33) {
      float values[100];
      size_t expected = 0;
      for (size_t i = 0; i < n; i++) {
        values[i] = number(different) + 1;
        if (values[i] < values[expected])
          expected = i;
      }
      assert_int_equal(kernels->least(values, n), expected);
    }
  const float far[9] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
  assert_int_equal(kernels->least(far, 9), 0);
}

/* Plain numbers, or with one at each end of what is plain. */
static void check_coefficients(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const float strange[] = {1e-30f, 1e30f, INFINITY};
  for (size_t n = 1; n <= 40; n++)
    for (int turn = 0; turn < 24; turn++) {
      float weights[40], backward[40], distances[40], out[41];
      bool plain = true;
      for (size_t i = 0; i < n; i++) {
        weights[i] = (float)draw(3) * ((float)draw(1000) / 7 - 60);
        backward[i] = (float)draw(2) * ((float)draw(1000) / 3 - 100);
        distances[i] = (float)draw(4) * (float)draw(100) / 9;
      }
      if (turn >= 12) {
        float *list = turn % 2 ? distances : weights;
        list[draw((uint32_t)n)] = strange[turn % 3];
      }
      const double scale = turn % 4 == 0 ? 1 : 1.0 / 3;
      const float *back = turn % 5 ? backward : NULL;
      float expected[40];
      for (size_t i = 0; i < n; i++) {
        const double slope = ((double)weights[i] + (back ? back[i] : 0)) * scale;
        const double size = fabs(slope), distance = distances[i] > 0 ? distances[i] : 1;
        plain = plain && (slope == 0 || (size > 1e-18 && size < 1e18)) && distance > 1e-18 && distance < 1e18;
        expected[i] = (float)(slope / distance);
      }
      out[n] = 12345;
      assert_int_equal(kernels->coefficients(weights, back, distances, scale, n, out), plain);
      if (plain)
        assert_same_bits(out, expected, n, "coefficients");
      assert_true(out[n] == 12345);
    }
}

static void places_among_edges(void **unused) {
  (void)unused;
  on_every_machine(check_places, NULL);
}

static void the_least_is_the_first_of_equals(void **unused) {
  (void)unused;
  on_every_machine(check_least, NULL);
}

static void coefficients_of_slopes(void **unused) {
  (void)unused;
  on_every_machine(check_coefficients, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places_among_edges),
      cmocka_unit_test(the_least_is_the_first_of_equals),
      cmocka_unit_test(coefficients_of_slopes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
