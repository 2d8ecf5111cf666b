/* error.c - what a status is called, and what a failed call says. */
#include "json.h"

const char *triplet_status_string(triplet_status status) {
  switch (status) {
  case TRIPLET_OK:
    return "ok";
  case TRIPLET_INVALID_ARGUMENT:
    return "invalid argument";
  case TRIPLET_OUT_OF_MEMORY:
    return "not enough memory";
  case TRIPLET_NOT_FINITE:
    return "not finite";
  case TRIPLET_BAD_MODEL:
    return "bad model";
  case TRIPLET_CANCELLED:
    return "cancelled";
  case TRIPLET_BAD_TABLE:
    return "bad table";
  case TRIPLET_BAD_MATRIX:
    return "bad matrix";
  case TRIPLET_RANK_LOST:
    if (TRIPLET_HAS_RANKS)
      return "rank lost";
  }
  return "unknown status";
}

const triplet_error *triplet_context_error(const triplet_context *context) {
  static const triplet_error none = {TRIPLET_OK, NULL, ""};
  return context ? &context->error : &none;
}

/* ---- error messages ---------------------------------------------------------------------------------------------- */

typedef struct text {
  char *at, *end; /* one byte is kept for the closing 0 */
} text;

static void put(text *out, char c) {
  if (out->at < out->end)
    *out->at++ = c;
}

static void put_string(text *out, const char *string) {
  for (; *string; string++)
    put(out, *string);
}

/* Cut where it is long, at a character of UTF-8, and on one line. */
static void put_name(text *out, const char *name) {
  enum { MOST = 80 };
  size_t length = 0;
  while (length < MOST && name[length])
    length++;
  const bool cut = name[length];
  while (cut && length && ((unsigned char)name[length] & 0xc0) == 0x80)
    length--;
  for (size_t i = 0; i < length; i++)
    put(out, (unsigned char)name[i] < ' ' ? ' ' : name[i]);
  put_string(out, cut ? "..." : "");
}

static void put_unsigned(text *out, uint64_t value) {
  char digits[20];
  int count = 0;
  do
    digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count)
    put(out, digits[--count]);
}

/* number x 2^power, not 0, as d.ddddd x 10^exponent: returns the six digits. In integers, as hosts may have the
 * arithmetic of floats round or flush as they like. */
static uint64_t decimal_digits(uint64_t number, int power, int *exponent) {
  const uint64_t most = 1000000000000000000u; /* 10^18: times 10 still fits */
  *exponent = 5;

  /* The power of two goes into the number, a factor of two at a time, and powers of ten out of it. */
  for (; number % 2 == 0; power++) /* so that few divisions round */
    number /= 2;
  for (; power > 0; power--) {
    for (; number >= most; ++*exponent)
      number /= 10;
    number *= 2;
  }
  for (; power < 0; power++) {
    for (; number < most; --*exponent)
      number *= 10;
    number /= 2;
  }

  /* What stands behind the sixth digit is rounded away. */
  for (; number < 100000; --*exponent)
    number *= 10;
  uint64_t unit = 1;
  for (; number / unit >= 1000000; ++*exponent)
    unit *= 10;
  const uint64_t digits = (number + unit / 2) / unit;
  if (digits < 1000000)
    return digits;
  ++*exponent; /* 9.999999 is 1e1 */
  return 100000;
}

/* Six significant digits at most, as %g; good for reading, not for reading back. */
static void put_number(text *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint64_t fraction_bits = bits & (((uint64_t)1 << 52) - 1);
  const int power = (int)(bits >> 52 & 0x7ff);

  if (power == 0x7ff && fraction_bits) {
    put_string(out, "nan");
    return;
  }
  if (bits >> 63 && (power || fraction_bits))
    put(out, '-');
  if (power == 0x7ff) {
    put_string(out, "inf");
    return;
  }

  /* Below the normal numbers, which have a bit before the fraction, power 0 means what power 1 does. */
  int exponent = 0;
  uint64_t digits = 0;
  if (power)
    digits = decimal_digits(fraction_bits | (uint64_t)1 << 52, power - 1075, &exponent);
  else if (fraction_bits)
    digits = decimal_digits(fraction_bits, -1074, &exponent);

  /* digits / scale stand before the point. */
  const bool scientific = exponent < -4 || exponent > 5;
  uint64_t scale = 1;
  for (int places = scientific ? 5 : 5 - exponent; places > 0; places--)
    scale *= 10;
  put_unsigned(out, digits / scale);
  uint64_t fraction = digits % scale;
  if (fraction) {
    put(out, '.');
    while (fraction) {
      scale /= 10;
      put(out, (char)('0' + fraction / scale));
      fraction %= scale;
    }
  }

  if (scientific) {
    put(out, 'e');
    if (exponent < 0)
      put(out, '-');
    put_unsigned(out, (uint64_t)(exponent < 0 ? -exponent : exponent));
  }
}

size_t triplet_format_list(char *buffer, size_t size, size_t first_index, const char *format, va_list list) {
  text out = {buffer, buffer + size - 1};
  for (; *format; format++) {
    if (*format != '%') {
      put(&out, *format);
      continue;
    }
    switch (*++format) {
    case 's':
      put_string(&out, va_arg(list, const char *));
      break;
    case 'n':
      put_name(&out, va_arg(list, const char *));
      break;
    case 'z':
      put_unsigned(&out, va_arg(list, size_t));
      break;
    case 'i':
      put_unsigned(&out, va_arg(list, size_t) + first_index);
      break;
    case 'd': {
      const int64_t value = va_arg(list, int64_t);
      if (value < 0)
        put(&out, '-');
      put_unsigned(&out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
      break;
    }
    case 'g':
      put_number(&out, va_arg(list, double));
      break;
    }
  }
  if (out.at == out.end) /* where it may have been cut, no character of UTF-8 is left half */
    out.at = buffer + triplet_utf8_length(buffer, (size_t)(out.at - buffer));
  *out.at = 0;
  return (size_t)(out.at - buffer);
}

size_t triplet_format(char *buffer, size_t size, const char *format, ...) {
  va_list list;
  va_start(list, format);
  const size_t length = triplet_format_list(buffer, size, 0, format, list);
  va_end(list);
  return length;
}

triplet_status triplet_fail(triplet_context *context, triplet_status status, const char *argument, const char *format,
                            ...) {
  if (!context)
    return status;
  triplet_error *error = &context->error;
  error->status = status;
  error->argument = argument;
  va_list list;
  va_start(list, format);
  triplet_format_list(error->message, sizeof error->message, context->first_index, format, list);
  va_end(list);
  return status;
}
