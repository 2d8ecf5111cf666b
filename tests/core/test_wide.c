/* Whole numbers of 128 bits against the compiler's. */
#include "support.h"

#include "wide.h"

__extension__ typedef unsigned __int128 whole;

static whole whole_of(triplet_wide a) {
  return (whole)a.high << 64 | a.low;
}

static triplet_wide wide_of(whole a) {
  return (triplet_wide){(uint64_t)(a >> 64), (uint64_t)a};
}

/* Of any number of bits, some of them all ones. */
static uint64_t random_bits(seeded *from) {
  const uint64_t bits = seeded_below(from, 4) ? seeded_bits(from) : UINT64_MAX;
  return bits >> seeded_below(from, 64);
}

static void products_sums_and_order(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 100000; round++) {
    const uint64_t a = random_bits(&from), b = random_bits(&from), c = random_bits(&from), d = random_bits(&from);
    const whole ab = (whole)a * b, cd = (whole)c * d;
    assert_true(whole_of(triplet_wide_product(a, b)) == ab);
    assert_true(whole_of(triplet_wide_sum(wide_of(ab), wide_of(cd))) == ab + cd);
    assert_true(whole_of(triplet_wide_difference(wide_of(ab), wide_of(cd))) == ab - cd);
    assert_true(triplet_wide_less(wide_of(ab), wide_of(cd)) == (ab < cd));
    assert_true(triplet_wide_is(wide_of(ab), wide_of(cd)) == (ab == cd));
    assert_true(!triplet_wide_less(wide_of(ab), wide_of(ab)) && triplet_wide_is(wide_of(ab), wide_of(ab)));
  }
}

/* A double of 53 bits is the nearest exactly when the quotient lies at most half its last place away from it, and at
 * half only from an even one. */
static void quotients_are_the_nearest(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  size_t halves = 0;
  for (int round = 0; round < 20000; round++) {
    uint64_t b = random_bits(&from) >> 4, a = random_bits(&from) >> 4;
    if (round % 4 == 0) { /* halfway between two doubles */
      b = (uint64_t)1 << 54;
      a = b / 2 + (a % (b / 2) | 1);
    }
    if (b == 0 || a > b)
      continue;
    const double quotient = triplet_wide_quotient((triplet_wide){0, a}, (triplet_wide){0, b});
    if (a == 0) {
      assert_true(quotient == 0);
      continue;
    }
    int exponent;
    const uint64_t digits = (uint64_t)(frexp(quotient, &exponent) * 0x1p53); /* quotient = digits 2^(exponent - 53) */
    assert_true(exponent <= 1);
    whole left = a, right = b; /* a 2^(53 - exponent) against b digits, with one bit more for the half */
    int shift = 54 - exponent;
    for (; shift > 0 && !(left >> 126); shift--)
      left <<= 1;
    if (shift) /* a is so much smaller that both would not fit */
      continue;
    right *= (whole)digits * 2;
    const whole off = left > right ? left - right : right - left;
    assert_true(off <= b);
    if (off == b) {
      assert_int_equal(digits % 2, 0);
      halves++;
    }
  }
  assert_in_range(halves, 1000, 20000);
}

/* The same of numbers that need all 128 bits. */
static void quotients_do_not_depend_on_a_common_factor(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (int round = 0; round < 20000; round++) {
    const uint64_t b = (random_bits(&from) >> 2) + 1, a = seeded_bits(&from) % (b + 1), factor = random_bits(&from) | 1;
    const double small = triplet_wide_quotient((triplet_wide){0, a}, (triplet_wide){0, b});
    const double large = triplet_wide_quotient(triplet_wide_product(a, factor), triplet_wide_product(b, factor));
    assert_true(small == large);
  }
  assert_true(triplet_wide_quotient((triplet_wide){0, 0}, (triplet_wide){5, 0}) == 0);
  assert_true(triplet_wide_quotient((triplet_wide){5, 7}, (triplet_wide){5, 7}) == 1);
  assert_true(triplet_wide_quotient((triplet_wide){0, 1}, (triplet_wide){(uint64_t)1 << 62, 0}) == 0x1p-126);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_sums_and_order),
      cmocka_unit_test(quotients_are_the_nearest),
      cmocka_unit_test(quotients_do_not_depend_on_a_common_factor),
  };
  return cmocka_run_group_tests_name("wide", tests, NULL, NULL);
}
