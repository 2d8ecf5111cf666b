/* decimal.c - the nearest double of a decimal text.
 *
 * Most numbers have few digits and a small exponent: digits and power of ten are doubles, and their product or quotient
 * is rounded once (Clinger 1990). All others are taken exactly, as whole numbers of any length, and rounded in bits. */
#include "decimal.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

typedef struct decimal {
  const char *at, *end; /* what is still to be read */
  bool negative;
  uint64_t number;  /* of the first digits, as many as fit */
  const char *rest; /* from the next digit on, to an e or the end; NULL: none */
  int64_t exponent; /* of ten, at the last digit */
} decimal;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take(decimal *from, char mark) {
  const bool taken = from->at < from->end && *from->at == mark;
  from->at += taken;
  return taken;
}

static void take_sign(decimal *from) {
  from->negative = take(from, '-');
  if (!from->negative)
    take(from, '+');
}

/* Returns how many. */
static int64_t take_digits(decimal *from) {
  const char *at = from->at;
  uint64_t number = from->number;
  for (; at < from->end && is_digit(*at) && number < UINT64_MAX / 10; at++)
    number = number * 10 + (uint64_t)(*at - '0');
  from->number = number;

  if (at < from->end && is_digit(*at) && !from->rest)
    from->rest = at;
  while (at < from->end && is_digit(*at))
    at++;
  const int64_t count = at - from->at;
  from->at = at;
  return count;
}

/* What stands after the e. */
static bool read_exponent(decimal *from) {
  const uint64_t far = 1000000000000000000; /* 10^18, beyond the length of any text */
  decimal power = {.at = from->at, .end = from->end};
  take_sign(&power);
  const bool digits = take_digits(&power) > 0;
  const int64_t size = (int64_t)(power.number < far ? power.number : far);
  from->exponent += power.negative ? -size : size;
  return digits && power.at == power.end;
}

static bool read_decimal(decimal *from, bool comma) {
  take_sign(from);
  int64_t digits = take_digits(from);
  if (take(from, '.') || (comma && take(from, ','))) {
    const int64_t decimals = take_digits(from);
    from->exponent = -decimals;
    digits += decimals;
  }
  if (digits && (take(from, 'e') || take(from, 'E')))
    return read_exponent(from);
  return digits && from->at == from->end;
}

/* ---- whole numbers ----------------------------------------------------------------------------------------------- */

enum {
  MOST_REST = 781, /* digits; 800 with those before them: what lies halfway between two doubles has up to 768 */
  GREATEST = 308,  /* exponent, beyond which even 1 is infinite */
  LEAST = -1124,   /* below which even 801 digits are 0 */
};

static const uint32_t five_13th = 1220703125; /* 5^13, the last that fits a limb */

/* The lowest limb first; the highest is not 0. The greatest is below 10^801 x 5^308 < 2^3377. */
typedef struct whole {
  uint32_t limbs[106];
  size_t count;
} whole;

static void multiply_add(whole *number, uint32_t factor, uint32_t carry) {
  for (size_t i = 0; i < number->count; i++) {
    const uint64_t product = (uint64_t)number->limbs[i] * factor + carry;
    number->limbs[i] = (uint32_t)product;
    carry = (uint32_t)(product >> 32);
  }
  if (carry)
    number->limbs[number->count++] = carry;
}

/* true if a remainder is lost. The divisor is a constant, as that is fast. */
static bool divide_by_five_13th(whole *number) {
  uint64_t part = 0;
  for (size_t i = number->count; i-- > 0;) {
    part = part << 32 | number->limbs[i];
    number->limbs[i] = (uint32_t)(part / five_13th);
    part %= five_13th;
  }
  number->count -= number->limbs[number->count - 1] == 0;
  return part != 0;
}

/* Puts zeros below until there are so many limbs; returns how many. */
static size_t pad(whole *number, size_t limbs) {
  const size_t zeros = number->count < limbs ? limbs - number->count : 0;
  memmove(number->limbs + zeros, number->limbs, number->count * sizeof *number->limbs);
  memset(number->limbs, 0, zeros * sizeof *number->limbs);
  number->count += zeros;
  return zeros;
}

/* true if a digit that is not 0 is left out. */
static bool append_rest(whole *number, decimal *from) {
  bool inexact = false;
  size_t count = 0;
  for (const char *at = from->rest; at < from->end && *at != 'e' && *at != 'E'; at++)
    if (is_digit(*at) && count < MOST_REST) {
      multiply_add(number, 10, (uint32_t)(*at - '0'));
      count++;
    } else if (is_digit(*at)) {
      inexact |= *at != '0';
      from->exponent++;
    }
  return inexact;
}

/* ---- rounding ---------------------------------------------------------------------------------------------------- */

/* The double nearest to top x 2^exponent, or to a little more if inexact; false where it is infinite. The highest bit
 * of top is set. */
static bool round_bits(uint64_t top, bool inexact, int64_t exponent, double *value) {
  int64_t field = exponent + 63 + 1023;
  if (field < 1) { /* subnormal: fewer bits, and the exponent of the least normal numbers */
    const int64_t shift = field > -53 ? 1 - field : 54;
    inexact |= top << (64 - shift) != 0;
    top >>= shift;
    field = 1;
  }

  const uint64_t kept = top >> 11;
  const bool up = (top & 2047) + (inexact | (kept & 1)) > 1024;
  const uint64_t bits = ((uint64_t)(field - 1) << 52) + kept + up; /* carries into the exponent, as it should */
  memcpy(value, &bits, sizeof bits);
  return field < 2047 && bits >> 52 < 2047;
}

/* The double nearest to a number that is not 0; false where it is infinite. */
static bool round_exactly(decimal *from, double *value) {
  whole number;
  number.limbs[0] = (uint32_t)from->number;
  number.limbs[1] = (uint32_t)(from->number >> 32);
  number.count = number.limbs[1] ? 2 : 1;
  bool inexact = from->rest && append_rest(&number, from);
  if (from->exponent < LEAST || from->exponent > GREATEST) {
    *value = 0;
    return from->exponent < LEAST;
  }

  /* 10^exponent is 2^exponent x 5^exponent, and this is 5^power x factor. */
  int power = (int)from->exponent;
  uint32_t factor = 1;
  for (; power % 13; power--)
    factor *= 5;
  multiply_add(&number, factor, 0);
  for (; power > 0; power -= 13)
    multiply_add(&number, five_13th, 0);

  /* Limbs for a quotient of 55 bits or more: log2 5 < 7/3. */
  const size_t zeros = pad(&number, (size_t)(257 - 7 * power) / 96 + 1);
  for (; power < 0; power += 13)
    inexact |= divide_by_five_13th(&number);

  /* The highest 64 bits, and whether any follow. */
  const int shift = __builtin_clz(number.limbs[number.count - 1]);
  multiply_add(&number, (uint32_t)1 << shift, 0);
  const size_t below = number.count - 2;
  for (size_t i = 0; i < below; i++)
    inexact |= number.limbs[i] != 0;
  return round_bits((uint64_t)number.limbs[below + 1] << 32 | number.limbs[below], inexact,
                    from->exponent - shift + 32 * ((int64_t)below - (int64_t)zeros), value);
}

bool triplet_decimal(const char *text, size_t length, bool comma, double *value) {
  decimal from = {.at = text, .end = text + length};
  if (!read_decimal(&from, comma))
    return false;
  if (!from.number)
    from.exponent = 0; /* whatever it is */

  double size = (double)from.number;
  if (from.rest || from.number >> 53 || from.exponent < -22 || from.exponent > 22) {
    if (!round_exactly(&from, &size))
      return false;
  } else {
    double power = 1; /* up to 10^22 exact */
    for (int64_t i = from.exponent < 0 ? -from.exponent : from.exponent; i > 0; i--)
      power *= 10;
    size = from.exponent < 0 ? size / power : size * power;
  }
  *value = from.negative ? -size : size;
  return true;
}
