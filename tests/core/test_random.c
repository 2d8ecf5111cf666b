/* The generator against published values of SplitMix64, and its draws against what chance allows. */
#include "internal.h"

#include "support.h"

static void known_values(void **unused) {
  (void)unused;
  /* The sequence of the algorithm's reference code for the state 1234567. */
  static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                      4593380528125082431u, 16408922859458223821u};
  triplet_random random = {1234567};
  for (size_t i = 0; i < 5; i++)
    assert_true(triplet_random_next(&random) == expected[i]);
}

static void streams(void **unused) {
  (void)unused;
  for (int64_t seed = 0; seed < 20; seed++)
    for (uint64_t stream = 0; stream < 20; stream++) {
      triplet_random one = triplet_random_seed(seed, stream), again = triplet_random_seed(seed, stream);
      triplet_random next_stream = triplet_random_seed(seed, stream + 1);
      triplet_random next_seed = triplet_random_seed(seed + 1, stream);
      const uint64_t draw = triplet_random_next(&one);
      assert_true(draw == triplet_random_next(&again));
      assert_true(draw != triplet_random_next(&next_stream) && draw != triplet_random_next(&next_seed));
    }
  assert_true(triplet_random_keyed(1, 2, 3) == triplet_random_keyed(1, 2, 3));
  assert_true(triplet_random_keyed(1, 2, 3) != triplet_random_keyed(1, 3, 2));
  assert_true(triplet_random_keyed(1, 2, 3) != triplet_random_keyed(2, 2, 3));
}

static void uniform_and_normal(void **unused) {
  (void)unused;
  enum { DRAWS = 200000 };
  triplet_random random = triplet_random_seed(1, 0);
  double sum = 0, squares = 0, lowest = 1, highest = 0;
  for (int i = 0; i < DRAWS; i++) {
    const double value = triplet_random_uniform(&random);
    assert_true(value >= 0 && value < 1);
    sum += value;
    lowest = value < lowest ? value : lowest;
    highest = value > highest ? value : highest;
  }
  assert_true(fabs(sum / DRAWS - 0.5) < 0.004 && lowest < 1e-3 && highest > 1 - 1e-3);

  sum = 0;
  size_t within = 0;
  for (int i = 0; i < DRAWS; i++) {
    const triplet_random before = random;
    const double value = triplet_random_normal(&random);
    triplet_random twice = before;
    triplet_random_next(&twice);
    triplet_random_next(&twice);
    assert_true(twice.state == random.state);
    sum += value;
    squares += value * value;
    within += fabs(value) < 1;
  }
  assert_true(fabs(sum / DRAWS) < 0.012 && fabs(squares / DRAWS - 1) < 0.02);
  assert_true(fabs((double)within / DRAWS - 0.682689) < 0.006);
}

static void below(void **unused) {
  (void)unused;
  enum { DRAWS = 70000 };
  triplet_random random = triplet_random_seed(2, 0);
  size_t counts[7] = {0};
  for (int i = 0; i < DRAWS; i++) {
    const size_t draw = triplet_random_below(&random, 7);
    assert_true(draw < 7);
    counts[draw]++;
  }
  for (size_t i = 0; i < 7; i++)
    assert_true(counts[i] > DRAWS / 7 - 500 && counts[i] < DRAWS / 7 + 500);
  assert_true(triplet_random_below(&random, 1) == 0);
#if SIZE_MAX > UINT32_MAX
  /* Two thirds of 2^64: a plain remainder would fall into the lower half of the range two times in three. */
  const size_t limit = (size_t)(UINT64_MAX / 3) * 2;
  size_t low = 0;
  for (int i = 0; i < DRAWS; i++)
    low += triplet_random_below(&random, limit) < limit / 2;
  assert_true(low > DRAWS / 2 - 1000 && low < DRAWS / 2 + 1000);
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(known_values), cmocka_unit_test(streams),
                                     cmocka_unit_test(uniform_and_normal), cmocka_unit_test(below)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
