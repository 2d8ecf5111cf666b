/* math.c - exp, log, pow, tanh, sin and cos from + - x / and bits alone, so that every machine gives the same bits.
 *
 * Largest error in units in the last place (ulp) that tests/core/test_math.c allows, against long double:
 *
 *    log 0.51    exp, pow, log1p 0.7 (1 where the result is subnormal)    sin, cos 1    tanh 2.5
 *
 * Polynomials are Taylor's: |argument| is small after reduction and their coefficients need no table of secrets. What
 * would be lost to rounding is carried in a pair of doubles (Dekker 1971, without a fused multiply-add). */
#include "internal.h"

/* high + low, unevaluated; |low| is at most half an ulp of high. */
typedef struct pair {
  double high, low;
} pair;

static pair add(double a, double b) {
  const double high = a + b, part = high - a;
  return (pair){high, (a - (high - part)) + (b - part)};
}

/* a in two halves of 26 bits, whose products are exact. */
static pair split(double a) {
  const double scaled = 0x1p27 * a + a;
  const double high = scaled - (scaled - a);
  return (pair){high, a - high};
}

static pair multiply(double a, double b) {
  const double high = a * b;
  const pair x = split(a), y = split(b);
  return (pair){high, ((x.high * y.high - high) + x.high * y.low + x.low * y.high) + x.low * y.low};
}

static pair multiply_pairs(pair a, pair b) {
  pair product = multiply(a.high, b.high);
  product.low += a.high * b.low + a.low * b.high;
  return product;
}

/* c[0] + c[1] x + c[2] x^2 + ... */
static double polynomial(const double *c, size_t count, double x) {
  double sum = c[--count];
  while (count)
    sum = sum * x + c[--count];
  return sum;
}
#define POLYNOMIAL(c, x) polynomial(c, sizeof(c) / sizeof *(c), x)

/* The integer nearest to x, |x| < 2^51: adding 1.5 x 2^52 leaves no bits for a fraction. */
static double nearest_integer(double x) {
  return (x + 0x1.8p52) - 0x1.8p52;
}

/* 2^k, -1022 <= k <= 1023. */
static double power_of_two(int k) {
  const uint64_t bits = (uint64_t)(k + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* ---- exponential ------------------------------------------------------------------------------------------------- */

/* ln 2, its first part so short that a product with an exponent is exact. */
static const double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;

/* e^x = 2^exponent (1 + minus_one), |x| < 800. */
typedef struct power {
  pair minus_one;
  int exponent;
} power;

static power exp_pair(pair x) {
  static const double taylor[] = {1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
                                  1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
                                  1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  const double k = nearest_integer(x.high * 0x1.71547652b82fep0);
  pair r = add(x.high - k * ln2_high, x.low - k * ln2_low);
  r.low += r.high * r.high * POLYNOMIAL(taylor, r.high);
  return (power){r, (int)k};
}

static double power_value(power p) {
  const pair sum = add(1, p.minus_one.high);
  const int half = p.exponent / 2; /* 2^exponent itself may lie outside the doubles where the result does not */
  return (sum.high + (sum.low + p.minus_one.low)) * power_of_two(half) * power_of_two(p.exponent - half);
}

double triplet_exp(double x) {
  if (!(fabs(x) < 800))
    return x > 0 ? INFINITY : x < 0 ? 0 : x;
  return power_value(exp_pair((pair){x, 0}));
}

double triplet_tanh(double x) {
  if (!(fabs(x) < 20)) /* 1 - tanh(20) is below half an ulp */
    return x != x ? x : copysign(1, x);
  const power p = exp_pair((pair){2 * fabs(x), 0});
  const double scale = power_of_two(p.exponent);
  const pair sum = add(scale - 1, scale * p.minus_one.high);
  const double e = sum.high + (sum.low + scale * p.minus_one.low); /* e^2|x| - 1 */
  return copysign(e / (e + 2), x);
}

/* ---- logarithm --------------------------------------------------------------------------------------------------- */

/* ln x with some 65 bits: x = 2^e m, sqrt(1/2) <= m < sqrt(2), ln m = 2 artanh s with s = (m - 1) / (m + 1). */
static pair log_pair(double x) {
  static const double taylor[] = {1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13, 1.0 / 15,
                                  1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
  if (!(x > 0 && x <= DBL_MAX))
    return (pair){x == 0 ? -INFINITY : x > 0 ? x : NAN, 0};
  const bool subnormal = x < DBL_MIN;
  if (subnormal)
    x *= 0x1p54;
  const uint64_t root_half = 0x3fe6a09e667f3bcd;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint64_t steps = (bits - root_half + ((uint64_t)1023 << 52)) >> 52; /* e + 1023 */
  bits -= (steps - 1023) << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  const double e = (double)steps - (subnormal ? 1023 + 54 : 1023);

  const double numerator = m - 1;
  const pair denominator = add(m, 1);
  pair s = {numerator / denominator.high, 0};
  const pair back = multiply(s.high, denominator.high);
  s.low = (((numerator - back.high) - back.low) - s.high * denominator.low) / denominator.high;

  /* artanh s = s + s (s^2 / 3 + s^4 (1/5 + ...)) */
  const pair square = multiply_pairs(s, s);
  pair series = add(0x1.5555555555555p-2, square.high * POLYNOMIAL(taylor, square.high));
  series.low += 0x1.5555555555555p-56; /* 1/3 in two parts */
  const pair rest = multiply_pairs(s, multiply_pairs(square, series));
  const pair sum = add(s.high, rest.high);
  const pair total = add(e * ln2_high, 2 * sum.high);
  return add(total.high, total.low + (e * ln2_low + 2 * (sum.low + (s.low + rest.low))));
}

double triplet_log(double x) {
  return log_pair(x).high;
}

double triplet_log1p(double x) {
  if (!(x > -1 && x <= DBL_MAX))
    return triplet_log(1 + x);
  const pair sum = add(1, x);
  const pair logarithm = log_pair(sum.high);
  return logarithm.high + (logarithm.low + sum.low / sum.high);
}

double triplet_pow(double x, double y) {
  if (x == 1 || y == 0)
    return 1;
  const pair logarithm = log_pair(x);
  const double estimate = logarithm.high * y;
  if (!(fabs(estimate) < 800))
    return triplet_exp(estimate);
  return power_value(exp_pair(multiply_pairs(logarithm, (pair){y, 0})));
}

/* ---- sine and cosine --------------------------------------------------------------------------------------------- */

/* x = quarters pi / 2 + (high + low), the remainder within +- pi / 4; pi / 2 in three parts with exact products. */
static pair quarter_turn(double x, unsigned *quarters) {
  const double k = nearest_integer(x * 0x1.45f306dc9c883p-1);
  pair r = add(x - k * 0x1.921fb5444p0, -(k * 0x1.68c234c4cp-39));
  r.low -= k * 0x1.98a2e03707345p-77;
  *quarters = (unsigned)(int)k;
  return add(r.high, r.low);
}

static double sine(pair r) {
  static const double taylor[] = {-1.0 / 6,
                                  1.0 / 120,
                                  -1.0 / 5040,
                                  1.0 / 362880,
                                  -1.0 / 39916800.0,
                                  1.0 / 6227020800.0,
                                  -1.0 / 1307674368000.0,
                                  1.0 / 355687428096000.0};
  const double square = r.high * r.high;
  return r.high + (r.low + r.high * square * POLYNOMIAL(taylor, square));
}

static double cosine(pair r) {
  static const double taylor[] = {1.0 / 24,          -1.0 / 720,           1.0 / 40320,           -1.0 / 3628800,
                                  1.0 / 479001600.0, -1.0 / 87178291200.0, 1.0 / 20922789888000.0};
  const pair square = multiply(r.high, r.high);
  const pair sum = add(1, -0.5 * square.high);
  return sum.high + (sum.low + (square.high * square.high * POLYNOMIAL(taylor, square.high) -
                                (0.5 * square.low + r.high * r.low)));
}

/* sin(x + turn pi / 2) */
static double turned_sine(double x, unsigned turn) {
  if (!(fabs(x) <= 1e5))
    return NAN;
  unsigned quarters;
  const pair r = quarter_turn(x, &quarters);
  quarters += turn;
  const double value = quarters & 1 ? cosine(r) : sine(r);
  return quarters & 2 ? -value : value;
}

double triplet_sin(double x) {
  return turned_sine(x, 0);
}

double triplet_cos(double x) {
  return turned_sine(x, 1);
}
