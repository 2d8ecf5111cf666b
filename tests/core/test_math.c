/* The elementary functions against the C library's long double ones, and their bits against a hash. */
#include "internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define DRAWS 200000

static uint64_t state;

static double uniform(double low, double high) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * ((double)(state >> 11) * 0x1p-53);
}

/* |got - expected| in units of the last place that a double near expected has. */
static double ulps(double got, long double expected) {
  int exponent;
  frexpl(expected, &exponent);
  return (double)(fabsl(got - expected) / ldexpl(1, (exponent < -1021 ? -1021 : exponent) - 53));
}

typedef double (*function)(double);
typedef long double (*oracle)(long double);

static void check_range(function f, oracle expected, double low, double high, double limit) {
  double worst = 0, at = 0;
  for (int i = 0; i < DRAWS; i++) {
    const double x = uniform(low, high), error = ulps(f(x), expected(x));
    if (!(error <= worst)) {
      worst = error;
      at = x;
    }
  }
  if (!(worst <= limit))
    fail_msg("error of %g ulp at %a in [%g, %g]", worst, at, low, high);
}

/* Arguments of every magnitude between 2^low and 2^high. */
static void check_magnitudes(function f, oracle expected, int low, int high, double limit) {
  for (int exponent = low; exponent < high; exponent++)
    for (int i = 0; i < 300; i++) {
      const double x = ldexp(uniform(1, 2), exponent), error = ulps(f(x), expected(x));
      if (!(error <= limit))
        fail_msg("error of %g ulp at %a", error, x);
    }
}

static double exp_of_negative(double x) {
  return triplet_exp(-x);
}

static long double expected_exp_of_negative(long double x) {
  return expl(-x);
}

static void exponentials(void **unused) {
  (void)unused;
  check_range(triplet_exp, expl, -1, 1, 0.7);
  check_range(triplet_exp, expl, -708, 709.7, 0.7);
  check_range(triplet_exp, expl, -745, -708, 1);
  check_magnitudes(triplet_exp, expl, -1074, 9, 0.7);
  check_magnitudes(exp_of_negative, expected_exp_of_negative, -1074, 9, 0.7);
  assert_true(triplet_exp(0) == 1 && triplet_exp(-0.0) == 1);
  assert_true(triplet_exp(709.782712893384) < INFINITY && triplet_exp(709.7827128933841) == INFINITY);
  assert_true(triplet_exp(-745) == 0x1p-1074 && triplet_exp(-745.2) == 0);
  assert_true(triplet_exp(1e300) == INFINITY && triplet_exp(INFINITY) == INFINITY);
  assert_true(triplet_exp(-1e300) == 0 && triplet_exp(-INFINITY) == 0);
  assert_true(isnan(triplet_exp(NAN)));
}

static void logarithms(void **unused) {
  (void)unused;
  check_range(triplet_log, logl, 0.5, 2, 0.51);
  check_range(triplet_log, logl, 0.999, 1.001, 0.51);
  check_range(triplet_log, logl, 0, 1e6, 0.51);
  check_magnitudes(triplet_log, logl, -1074, 1024, 0.51);
  assert_true(triplet_log(1) == 0);
  assert_true(triplet_log(0) == -INFINITY && triplet_log(-0.0) == -INFINITY);
  assert_true(triplet_log(INFINITY) == INFINITY);
  assert_true(isnan(triplet_log(-1)) && isnan(triplet_log(-INFINITY)) && isnan(triplet_log(NAN)));

  check_range(triplet_log1p, log1pl, -0.9999, 3, 0.7);
  check_range(triplet_log1p, log1pl, -1e-3, 1e-3, 0.7);
  check_magnitudes(triplet_log1p, log1pl, -1074, 1024, 0.7);
  assert_true(triplet_log1p(0) == 0 && triplet_log1p(-1) == -INFINITY && triplet_log1p(INFINITY) == INFINITY);
  assert_true(isnan(triplet_log1p(-1.5)) && isnan(triplet_log1p(NAN)));
}

static void powers(void **unused) {
  (void)unused;
  for (int i = 0; i < 4 * DRAWS; i++) {
    const double x = i & 1 ? triplet_exp(uniform(-80, 80)) : uniform(0.5, 2);
    const double y = i & 2 ? uniform(-8, 8) : uniform(-700, 700);
    const long double expected = powl(x, y);
    if (expected > DBL_MAX || expected < DBL_MIN)
      continue;
    const double error = ulps(triplet_pow(x, y), expected);
    if (!(error <= 0.7))
      fail_msg("error of %g ulp at pow(%a, %a)", error, x, y);
  }

  for (int i = 0; i < DRAWS; i++) { /* results that are subnormal */
    const double x = triplet_exp(uniform(-300, -1)), y = uniform(-708.5, -745) / log(x);
    assert_true(ulps(triplet_pow(x, y), powl(x, y)) <= 1);
  }

  for (int base = 0; base <= 20; base++) /* exact where the result is */
    for (int exponent = 0; exponent <= 12; exponent++) {
      double product = 1;
      for (int i = 0; i < exponent; i++)
        product *= base;
      assert_true(triplet_pow(base, exponent) == product);
      if (base && exponent)
        assert_true(ulps(triplet_pow(product, 1.0 / exponent), powl(product, 1.0 / exponent)) <= 0.7);
    }

  assert_true(triplet_pow(2.25, 0.5) == 1.5 && triplet_pow(0x1p-1074, 0.5) == 0x1p-537);
  assert_true(triplet_pow(0, 0) == 1 && triplet_pow(NAN, 0) == 1 && triplet_pow(1, NAN) == 1);
  assert_true(triplet_pow(0, 2) == 0 && triplet_pow(0, -2) == INFINITY && triplet_pow(-0.0, 0.5) == 0);
  assert_true(triplet_pow(INFINITY, 0.1) == INFINITY && triplet_pow(INFINITY, -0.1) == 0);
  assert_true(triplet_pow(2, INFINITY) == INFINITY && triplet_pow(0.5, INFINITY) == 0);
  assert_true(triplet_pow(2, -INFINITY) == 0 && triplet_pow(0.5, -INFINITY) == INFINITY);
  assert_true(triplet_pow(1, INFINITY) == 1 && triplet_pow(1e300, 1e300) == INFINITY);
  assert_true(triplet_pow(1 + 0x1p-52, 1e300) == INFINITY && triplet_pow(1 + 0x1p-52, -1e300) == 0);
  assert_true(isnan(triplet_pow(NAN, 1)) && isnan(triplet_pow(2, NAN)) && isnan(triplet_pow(-2, 0.5)));
}

static void hyperbolic_tangents(void **unused) {
  (void)unused;
  check_range(triplet_tanh, tanhl, -1, 1, 2.5);
  check_range(triplet_tanh, tanhl, -25, 25, 2.5);
  check_magnitudes(triplet_tanh, tanhl, -1074, 10, 2.5);
  assert_true(triplet_tanh(0) == 0 && !signbit(triplet_tanh(0.0)) && signbit(triplet_tanh(-0.0)));
  assert_true(triplet_tanh(1e300) == 1 && triplet_tanh(-INFINITY) == -1 && isnan(triplet_tanh(NAN)));
}

static void circular_functions(void **unused) {
  (void)unused;
  check_range(triplet_sin, sinl, -1, 1, 1);
  check_range(triplet_cos, cosl, -1, 1, 1);
  check_range(triplet_sin, sinl, -20, 20, 1);
  check_range(triplet_cos, cosl, -20, 20, 1);
  check_range(triplet_sin, sinl, -1e5, 1e5, 1);
  check_range(triplet_cos, cosl, -1e5, 1e5, 1);
  check_magnitudes(triplet_sin, sinl, -1074, 16, 1);
  check_magnitudes(triplet_cos, cosl, -1074, 16, 1);
  /* Next to the zeros, where the reduction loses most. */
  for (int k = 1; k <= 63661; k++) {
    const double x = k * 1.5707963267948966;
    assert_true(ulps(triplet_sin(x), sinl(x)) <= 0.7);
    assert_true(ulps(triplet_cos(x), cosl(x)) <= 0.7);
  }
  assert_true(triplet_sin(0) == 0 && triplet_cos(0) == 1);
  assert_true(isnan(triplet_sin(NAN)) && isnan(triplet_cos(INFINITY)) && isnan(triplet_cos(1.1e5)));
}

/* FNV-1a over the bits of many results; on every machine and compiler the same. */
static void bits(void **unused) {
  (void)unused;
  static const function functions[] = {triplet_exp, triplet_log, triplet_log1p, triplet_tanh, triplet_sin, triplet_cos};
  uint64_t hash = 14695981039346656037u;
  state = 1;
  for (int i = 0; i < 20000; i++)
    for (size_t f = 0; f < 7; f++) {
      const double x = uniform(0, 50);
      const double y = f < 6 ? functions[f](x) : triplet_pow(x, uniform(-20, 20));
      uint64_t word;
      memcpy(&word, &y, sizeof word);
      hash = (hash ^ word) * 1099511628211u;
    }
  assert_int_equal(hash, 0x6ac47a11cb42a322);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exponentials),        cmocka_unit_test(logarithms),         cmocka_unit_test(powers),
      cmocka_unit_test(hyperbolic_tangents), cmocka_unit_test(circular_functions), cmocka_unit_test(bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
