/* The places of floats, against nextafterf; sorting by distance, and the nearest few. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

/* From -infinity up to infinity, ends of ranges among them. */
static const float ascending[] = {
    -INFINITY, -FLT_MAX, -1e30f,  -3,          -1.0000001f, -1, -FLT_MIN, -0x1.fp-127f, -1e-45f, 0,
    1e-45f,    3e-45f,   FLT_MIN, 0.99999994f, 1,           2,  16777216, 1e30f,        FLT_MAX, INFINITY};
enum { COUNT = sizeof ascending / sizeof *ascending };

static float any_float(seeded *from) {
  float value;
  do {
    const uint32_t bits = (uint32_t)seeded_bits(from);
    memcpy(&value, &bits, sizeof value);
  } while (isnan(value));
  return value;
}

static void places_sort_as_floats_do(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    const uint32_t place = triplet_float_place(ascending[i]);
    assert_same_bits(&(float){triplet_float_at(place)}, &ascending[i], 1, "float of a place");
    assert_true(i == 0 || triplet_float_place(ascending[i - 1]) < place);
  }
  assert_int_equal(triplet_float_place(INFINITY), TRIPLET_PLACE_OF_INFINITY);
  assert_int_equal(triplet_float_place(-0.f), triplet_float_place(0));

  seeded from = seeded_from(1);
  for (int repeat = 0; repeat < 100000; repeat++) {
    const float x = any_float(&from), y = any_float(&from);
    const uint32_t of_x = triplet_float_place(x), of_y = triplet_float_place(y);
    assert_true((of_x < of_y) == (x < y) && (of_x == of_y) == (x == y));
    assert_true(triplet_float_at(of_x) == x);
    if (x < INFINITY)
      assert_true(triplet_float_at(of_x + 1) == nextafterf(x, INFINITY));
  }
}

/* Doubles at floats, between them and beyond them. */
static void places_part_the_floats(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (int repeat = 0; repeat < 100000; repeat++) {
    const float near = repeat < COUNT ? ascending[repeat] : any_float(&from);
    const double value = repeat % 3 == 0   ? (double)near
                         : repeat % 3 == 1 ? nextafter((double)near, INFINITY)
                                           : (double)near * seeded_between(&from, 0.5, 4);
    const float least = triplet_float_at(triplet_place_at_least(value));
    const float above = triplet_float_at(triplet_place_above(value));
    assert_true(least >= value || least == INFINITY); /* beyond all floats */
    assert_true(above > value || above == INFINITY);
    assert_true(least == -INFINITY || nextafterf(least, -INFINITY) < value || least == -FLT_MAX);
    assert_true(above == -INFINITY || nextafterf(above, -INFINITY) <= value || above == -FLT_MAX);
  }
}

static int by_number(const void *left, const void *right) {
  const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

/* Few keys and many, with ties, distances of either sign, and such as differ little. */
static void keys_are_sorted_by_distance_then_row(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (int repeat = 0; repeat < 300; repeat++) {
    const size_t count = seeded_below(&from, repeat % 10 ? 100 : 3000);
    uint64_t *keys = malloc((3 * count + 1) * sizeof *keys), *sorted = keys + count, *spare = sorted + count;
    for (size_t i = 0; i < count; i++) {
      const float distance = repeat % 2   ? rintf((float)seeded_between(&from, -5, 5))
                             : repeat % 4 ? any_float(&from)
                                          : (float)seeded_between(&from, 5, 15);
      keys[i] = sorted[i] = triplet_distance_key(distance, i);
      assert_true(triplet_key_distance(keys[i]) == distance);
      assert_int_equal(triplet_key_row(keys[i]), i);
    }
    qsort(sorted, count, sizeof *sorted, by_number);

    const size_t capacity = seeded_below(&from, 40);
    uint64_t nearest[40];
    triplet_nearest_heap heap = {nearest, 0, capacity};
    for (size_t i = 0; i < count; i++)
      triplet_heap_offer(&heap, keys[i]);
    triplet_heap_sort(&heap);
    assert_int_equal(heap.count, count < capacity ? count : capacity);
    assert_memory_equal(nearest, sorted, heap.count * sizeof *nearest);

    triplet_sort_keys(keys, spare, count);
    assert_memory_equal(keys, sorted, count * sizeof *keys);
    for (size_t i = 1; i < count; i++)
      assert_true(triplet_key_distance(keys[i - 1]) <= triplet_key_distance(keys[i]));
    free(keys);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places_sort_as_floats_do),
      cmocka_unit_test(places_part_the_floats),
      cmocka_unit_test(keys_are_sorted_by_distance_then_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
