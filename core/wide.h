/* wide.h - whole numbers of 128 bits, for sums and comparisons that have to be exact: counts of pairs times counts of
 * pairs. Written out, for not every compiler has such a type. */
#ifndef TRIPLET_WIDE_H
#define TRIPLET_WIDE_H

#include "internal.h"

typedef struct triplet_wide {
  uint64_t high, low;
} triplet_wide;

static inline triplet_wide triplet_wide_product(uint64_t a, uint64_t b) {
  const uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
  const uint64_t low = a_low * b_low, across = a_high * b_low + (low >> 32), middle = a_low * b_high + (uint32_t)across;
  return (triplet_wide){a_high * b_high + (across >> 32) + (middle >> 32), middle << 32 | (uint32_t)low};
}

static inline triplet_wide triplet_wide_sum(triplet_wide a, triplet_wide b) {
  const uint64_t low = a.low + b.low;
  return (triplet_wide){a.high + b.high + (low < a.low), low};
}

static inline triplet_wide triplet_wide_difference(triplet_wide a, triplet_wide b) {
  return (triplet_wide){a.high - b.high - (a.low < b.low), a.low - b.low};
}

static inline bool triplet_wide_less(triplet_wide a, triplet_wide b) {
  return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static inline bool triplet_wide_is(triplet_wide a, triplet_wide b) {
  return a.high == b.high && a.low == b.low;
}

/* a / b to the nearest double, for a <= b, 0 < b < 2^127. */
static inline double triplet_wide_quotient(triplet_wide a, triplet_wide b) {
  enum { BITS = 55 }; /* two more than a double has: the first that is lost, and whether any other is */
  if (!a.high && !a.low)
    return 0;
  int halvings = BITS - 1;
  for (; triplet_wide_less(a, b); halvings++)
    a = triplet_wide_sum(a, a);
  uint64_t bits = 0;
  for (int i = 0; i < BITS; i++, a = triplet_wide_sum(a, a)) {
    const bool bit = !triplet_wide_less(a, b);
    bits = bits << 1 | bit;
    if (bit)
      a = triplet_wide_difference(a, b);
  }
  double quotient = (double)(bits | (a.high || a.low));
  for (; halvings > 0; halvings--)
    quotient *= 0.5;
  return quotient;
}

#endif
