/* The reader of numbers against the C library's strtod, by bits, and against what is known of halfway cases. */
#include "decimal.h"

#include <stdio.h>
#include <stdlib.h>

#include "support.h"

enum { MAX_TEXT = 1200 };

/* The text in memory of its own and without a 0, so that sanitizers see what is read beyond it. */
static bool reads(const char *text, bool comma, double *value) {
  const size_t length = strlen(text);
  char *alone = malloc(length + 1);
  memcpy(alone + 1, text, length);
  const bool read = triplet_decimal(alone + 1, length, comma, value);
  free(alone);
  return read;
}

static void check(const char *text, double expected) {
  double value;
  if (!reads(text, false, &value))
    fail_msg("%.100s is refused, not %a", text, expected);
  if (memcmp(&value, &expected, sizeof value) != 0)
    fail_msg("%.100s is %a, not %a", text, value, expected);
}

static void check_refused(const char *text, bool comma) {
  double value = 0x1.23456789abcdep7;
  if (reads(text, comma, &value))
    fail_msg("%.100s is read as %a", text, value);
  assert_true(value == 0x1.23456789abcdep7);
}

/* What the C library makes of the text, where it is a whole and finite number. */
static void check_like_strtod(const char *text) {
  char *end;
  const double expected = strtod(text, &end);
  if (*text && !*end && isfinite(expected))
    check(text, expected);
  else
    check_refused(text, false);
}

static double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Any finite double >= 0, each exponent as likely as the others. */
static double any_double(seeded *from) {
  return double_of(seeded_bits(from) % ((uint64_t)0x7ff << 52));
}

/* ---- numbers as programs print them ------------------------------------------------------------------------------ */

static void check_printed(double value) {
  static const char *const formats[] = {"%.17g", "%.16g", "%.9g", "%g", "%.20e", "%.40e", "%f"};
  char text[MAX_TEXT];
  for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
    snprintf(text, sizeof text, formats[f], value);
    check_like_strtod(text);
    if (f == 0)
      check(text, value);
  }
}

static void printed(void **unused) {
  (void)unused;
  seeded from = seeded_from(1);
  for (int i = 0; i < 10000; i++) {
    const double value = any_double(&from);
    check_printed(seeded_below(&from, 2) ? -value : value);
  }
  for (int i = 0; i < 10000; i++)
    check_printed(seeded_between(&from, -1000, 1000));
}

/* Mantissas of every length with exponents near and far. */
static void digits_and_exponents(void **unused) {
  (void)unused;
  seeded from = seeded_from(2);
  char text[64];
  for (int i = 0; i < 200000; i++) {
    const uint64_t digits = seeded_bits(&from) >> seeded_below(&from, 64);
    const int most = i & 1 ? 30 : 400, exponent = (int)seeded_below(&from, (size_t)(2 * most)) - most;
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
    check_like_strtod(text);
  }
}

/* ---- halfway between two doubles --------------------------------------------------------------------------------- */

/* The exact decimal of the middle of two neighbours, and with a digit more, and with less in its last digit. A long
 * double holds the middle, and the C library prints all its digits. */
static void check_middle(uint64_t below) {
  const double low = double_of(below), high = double_of(below + 1);
  char text[MAX_TEXT], exponent[16];
  snprintf(text, sizeof text, "%.800Le", ((long double)low + (long double)high) / 2);
  char *const e = strchr(text, 'e');
  snprintf(exponent, sizeof exponent, "%s", e);
  check(text, below % 2 ? high : low);

  snprintf(e, 20, "1%s", exponent);
  check(text, high);

  char *last = e - 1;
  while (*last == '0')
    last--;
  --*last;
  snprintf(last + 1, 20, "9%s", exponent);
  check(text, low);
}

static void middles(void **unused) {
  (void)unused;
  seeded from = seeded_from(3);
  for (int i = 0; i < 400; i++) {
    const double value = any_double(&from);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    check_middle(bits < 0x7fefffffffffffff ? bits : 0);
    check_middle(bits >> 12 >> seeded_below(&from, 52)); /* subnormal */
  }
  for (uint64_t power = 1; power < 0x7ff; power += 9) /* where the distance of doubles changes */
    for (uint64_t below = 0; below < 2; below++)
      check_middle((power << 52) - below);
}

/* 2^-1090 more than the middle of two subnormals, the lower of which is even: a bit far below theirs decides. */
static void above_subnormal_middles(void **unused) {
  (void)unused;
  for (uint64_t below = (uint64_t)1 << 40; below < (uint64_t)1 << 45; below += (uint64_t)1 << 40) {
    const double low = double_of(below), high = double_of(below + 1);
    char text[MAX_TEXT];
    snprintf(text, sizeof text, "%.800Le", ((long double)low + (long double)high) / 2 + 0x1p-1090L);
    check(text, high);
  }
}

/* Middles of whole numbers, which have few digits. */
static void short_middles(void **unused) {
  (void)unused;
  seeded from = seeded_from(4);
  char text[64];
  for (int i = 0; i < 50000; i++) {
    const uint64_t odd = (uint64_t)1 << 53 | seeded_bits(&from) >> 11 | 1; /* 54 bits */
    const double low = (double)(odd - 1), high = (double)(odd + 1);
    const double even = odd & 2 ? high : low;
    snprintf(text, sizeof text, "%llu", (unsigned long long)odd);
    check(text, even);
    snprintf(text, sizeof text, "%llu.0000000000000000000000000000000000000001", (unsigned long long)odd);
    check(text, high);
    snprintf(text, sizeof text, "%llu.9999999999999999999999999999999999999999", (unsigned long long)odd - 1);
    check(text, low);
  }
}

/* ---- single texts ------------------------------------------------------------------------------------------------ */

static void limits(void **unused) {
  (void)unused;
  check("1.7976931348623157e308", DBL_MAX);
  check("1.7976931348623158e308", DBL_MAX);
  check("179769313486231580793728971405301e276", DBL_MAX);
  check_refused("1.7976931348623159e308", false);
  check_refused("1.797693134862315807937289714053034151e308", false); /* above the middle of the last and 2^1024 */
  check("2.2250738585072014e-308", DBL_MIN);
  check("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
  check("2.2250738585072012e-308", DBL_MIN); /* long a loop without end in PHP and Java */
  check("4.9e-324", 0x1p-1074);
  check("2.4703282292062328e-324", 0x1p-1074); /* half of it is ...3272... */
  check("2.4703282292062327e-324", 0);
  check("-2.4703282292062327e-324", -0.0);
  check("0", 0);
  check("-0", -0.0);
  check("+.0e-0", 0);
  check("0e999999999999999999999999", 0);
  check("-0.000e-999999999999999999999999", -0.0);
  check("1e-999999999999999999999999", 0);
  check("-1e-18446744073709551616", -0.0);
  check_refused("1e999999999999", false);
  check_refused("1e18446744073709551616", false);
  check_refused("-1e9223372036854775808", false);
  check("1e0000000000000000000000000000000000001", 10);
  check("9007199254740993", 0x1p53);
  check("9007199254740993e0", 0x1p53);
  check("18446744073709551615", 0x1p64);
  check("18446744073709551616", 0x1p64);
  check("1e22", 1e22);
  check("1e23", 0x1.52d02c7e14af6p+76);
}

static void forms(void **unused) {
  (void)unused;
  static const char *const texts[] = {"7",    "+7",  "-7",   "007",   "7.",   ".7",  "-.7",   "7.e1",
                                      ".7E1", "7e1", "7E+1", "7e-01", "7.25", "+7.", "0.7e0", "123456.789"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char *end, with_comma[16];
    const double expected = strtod(texts[i], &end);
    check(texts[i], expected);

    double value;
    assert_true(reads(texts[i], true, &value) && value == expected);
    snprintf(with_comma, sizeof with_comma, "%s", texts[i]);
    char *const mark = strchr(with_comma, '.');
    if (!mark)
      continue;
    *mark = ',';
    assert_true(reads(with_comma, true, &value) && value == expected);
    check_refused(with_comma, false);
  }
  double value;
  assert_true(triplet_decimal("12345", 2, false, &value) && value == 12);
  assert_true(triplet_decimal("1.5e3", 3, false, &value) && value == 1.5);
}

static void refused(void **unused) {
  (void)unused;
  static const char *const texts[] = {
      "",     "+",     "-",     ".",     "+.",  ",",   "e",   "e1",  ".e1",      "1e",   "1e+",   "1e-",   "1e.",
      "1e1.", "1e1e1", "1 ",    " 1",    "\t1", "1\n", "1x",  "x1",  "0x10",     "0x",   "1_0",   "1'000", "--1",
      "+-1",  "1-",    "1+1",   "1.5.2", "1..", "..1", "nan", "inf", "infinity", "-INF", "1e+-1", "1f",    "1d5",
      "½",    "１",    "1.5,2", "1,5.2", "1,,", ",.5", "/",   ":",   "1/2",      "1:2",  "1e1 ",  "e+",    "E5"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    check_refused(texts[i], false);
    check_refused(texts[i], true);
  }
  check_refused("1,5", false);
  check_refused(",5", false);
  double value;
  assert_false(triplet_decimal("1\0", 2, false, &value));
}

/* Texts of the characters that numbers are made of. */
static void any_texts(void **unused) {
  (void)unused;
  static const char characters[] = "0123456789..eE+-";
  seeded from = seeded_from(5);
  for (int i = 0; i < 300000; i++) {
    char text[12] = "";
    const size_t length = seeded_below(&from, sizeof text);
    for (size_t k = 0; k < length; k++)
      text[k] = characters[seeded_below(&from, sizeof characters - 1)];
    check_like_strtod(text);
  }
}

/* ---- long texts -------------------------------------------------------------------------------------------------- */

/* `before`, a character so many times, `after`. */
static char *repeated(const char *before, char character, size_t times, const char *after) {
  char *text = malloc(strlen(before) + times + strlen(after) + 1);
  memcpy(text, before, strlen(before));
  memset(text + strlen(before), character, times);
  memcpy(text + strlen(before) + times, after, strlen(after) + 1);
  return text;
}

static void long_texts(void **unused) {
  (void)unused;
  static const size_t times[] = {17,  18,  19,  20,  21,  300, 307, 308, 309, 310,
                                 767, 768, 769, 780, 781, 782, 800, 801, 802, 80000};
  static const char *const ends[][2] = {{"", ""},
                                        {"", "x"},
                                        {"1", ""},
                                        {"0.", ""},
                                        {"0.", "1"},
                                        {"0.", "5e80001"},
                                        {"1", "e-300"},
                                        {"1", "e-79998"},
                                        {"-7.", "e-9"},
                                        {"9007199254740993.", ""},
                                        {"9007199254740993.", "1"},
                                        {"", "e308"},
                                        {"", "e-1123"},
                                        {"", "e-1124"},

                                        {"1e", ""},
                                        {"1e-", ""}};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++)
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
      for (const char *digit = "0179"; *digit; digit++) {
        char *text = repeated(ends[k][0], *digit, times[i], ends[k][1]);
        check_like_strtod(text);
        free(text);
      }

  /* The one digit that is not 0 decides, however far behind it is. */
  char *above = repeated("9007199254740993.", '0', 80000, "1"), *even = repeated("9007199254740993.", '0', 80000, "");
  check(above, 9007199254740994);
  check(even, 9007199254740992);
  free(above);
  free(even);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(printed),       cmocka_unit_test(digits_and_exponents),
      cmocka_unit_test(middles),       cmocka_unit_test(above_subnormal_middles),
      cmocka_unit_test(short_middles), cmocka_unit_test(limits),
      cmocka_unit_test(forms),         cmocka_unit_test(refused),
      cmocka_unit_test(any_texts),     cmocka_unit_test(long_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
