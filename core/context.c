/* context.c - errors, memory and the checks of shapes that every room makes. */
#include "kernels.h"

#include <stdarg.h>
#include <stdlib.h>

/* ---- the context ------------------------------------------------------------------------------------------------- */

static void *default_allocate(void *user, size_t size) {
  (void)user;
  return malloc(size);
}

static void default_release(void *user, void *memory, size_t size) {
  (void)user;
  (void)size;
  free(memory);
}

static const triplet_allocator default_allocator = {default_allocate, default_release, NULL};

triplet_context *triplet_context_create(const triplet_allocator *allocator) {
  const triplet_allocator chosen = allocator ? *allocator : default_allocator;
  triplet_context *context = chosen.allocate(chosen.user, sizeof *context);
  if (!context)
    return NULL;
  *context = (triplet_context){.allocator = chosen, .kernels = triplet_kernels_of(NULL), .threads = 1, .keeps = true};
  return context;
}

void triplet_context_destroy(triplet_context *context) {
  if (!context)
    return;
  triplet_pool_destroy(context);
  triplet_context_trim(context);
  const triplet_allocator allocator = context->allocator;
  allocator.release(allocator.user, context, sizeof *context);
}

void triplet_context_set_first_index(triplet_context *context, size_t first) {
  if (context)
    context->first_index = first;
}

const triplet_error *triplet_context_error(const triplet_context *context) {
  static const triplet_error none = {TRIPLET_OK, NULL, ""};
  return context ? &context->error : &none;
}

const char *triplet_version(void) {
  return TRIPLET_VERSION;
}

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
  }
  return "unknown status";
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
  int exponent = 0;
  uint64_t digits = 0;
  if (power)
    digits = decimal_digits(fraction_bits | (uint64_t)1 << 52, power - 1075, &exponent);
  else if (fraction_bits)
    digits = decimal_digits(fraction_bits, -1074, &exponent);
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

triplet_status triplet_fail(triplet_context *context, triplet_status status, const char *argument, const char *format,
                            ...) {
  if (!context)
    return status;
  triplet_error *error = &context->error;
  error->status = status;
  error->argument = argument;
  text out = {error->message, error->message + sizeof error->message - 1};
  va_list list;
  va_start(list, format);
  for (; *format; format++) {
    if (*format != '%') {
      put(&out, *format);
      continue;
    }
    switch (*++format) {
    case 's':
      put_string(&out, va_arg(list, const char *));
      break;
    case 'z':
      put_unsigned(&out, va_arg(list, size_t));
      break;
    case 'i':
      put_unsigned(&out, va_arg(list, size_t) + context->first_index);
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
  va_end(list);
  *out.at = 0;
  return status;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

#define ALIGNMENT 64

/* Stands right before the aligned memory. */
typedef struct block {
  void *start;
  size_t size;
} block;

static block block_of(const void *memory) {
  return ((const block *)memory)[-1];
}

static void *take_kept(triplet_context *context, size_t index) {
  void *memory = context->kept[index];
  context->kept_count--;
  memmove(context->kept + index, context->kept + index + 1, (context->kept_count - index) * sizeof memory);
  return memory;
}

static void *find_kept(triplet_context *context, size_t size) {
  for (size_t i = context->kept_count; i-- > 0;)
    if (block_of(context->kept[i]).size == size)
      return take_kept(context, i);
  return NULL;
}

static void give_back(const triplet_allocator *allocator, void *memory) {
  const block found = block_of(memory);
  allocator->release(allocator->user, found.start, found.size);
}

void triplet_context_trim(triplet_context *context) {
  while (context && context->kept_count)
    give_back(&context->allocator, take_kept(context, 0));
}

/* When the allocator has no more, what is kept goes first. */
static char *fresh(triplet_context *context, size_t size) {
  const triplet_allocator *allocator = context ? &context->allocator : &default_allocator;
  char *start = allocator->allocate(allocator->user, size);
  if (start || !context || !context->kept_count)
    return start;
  triplet_context_trim(context);
  return allocator->allocate(allocator->user, size);
}

void *triplet_allocate(triplet_context *context, size_t count, size_t size) {
  const size_t overhead = ALIGNMENT + sizeof(block);
  if (size == 0 || count <= (SIZE_MAX - overhead) / size) {
    const size_t total = count * size + overhead;
    void *kept = context ? find_kept(context, total) : NULL;
    if (kept)
      return kept;
    char *start = fresh(context, total);
    if (start) {
      char *memory = start + overhead - (size_t)((uintptr_t)(start + overhead) % ALIGNMENT);
      ((block *)(void *)memory)[-1] = (block){start, total};
      return memory;
    }
  }
  triplet_fail(context, TRIPLET_OUT_OF_MEMORY, NULL, "not enough memory for %z x %z bytes", count, size);
  return NULL;
}

void triplet_release(triplet_context *context, void *memory) {
  if (!memory)
    return;
  if (!context || !context->keeps) {
    give_back(context ? &context->allocator : &default_allocator, memory);
    return;
  }
  if (context->kept_count == sizeof context->kept / sizeof *context->kept)
    give_back(&context->allocator, take_kept(context, 0));
  context->kept[context->kept_count++] = memory;
}

triplet_context triplet_owner_of(const triplet_context *context) {
  return (triplet_context){.allocator = context ? context->allocator : default_allocator};
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

triplet_status triplet_check_matrix(triplet_context *context, const char *argument, triplet_matrix *matrix) {
  static const float nothing = 0;
  if (matrix->cols && matrix->rows > SIZE_MAX / sizeof(float) / matrix->cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "%z x %z floats do not fit in memory",
                        matrix->rows, matrix->cols);
  if (!matrix->data && matrix->rows && matrix->cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z x %z floats, got NULL", matrix->rows,
                        matrix->cols);
  if (!matrix->data)
    *matrix = triplet_matrix_of(&nothing, matrix->rows, matrix->cols);
  return TRIPLET_OK;
}

triplet_status triplet_check_shape(triplet_context *context, const char *argument, triplet_matrix *matrix, size_t rows,
                                   size_t cols, const char *like) {
  if (matrix->rows != rows || matrix->cols != cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z x %z like %s, got %z x %z", rows,
                        cols, like, matrix->rows, matrix->cols);
  return triplet_check_matrix(context, argument, matrix);
}

triplet_status triplet_check_ints(triplet_context *context, const char *argument, triplet_ints list, size_t count) {
  if (list.count != count || (count && !list.data))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z integers, got %z", count,
                        list.data ? list.count : 0);
  return TRIPLET_OK;
}

triplet_status triplet_check_labels(triplet_context *context, triplet_ints labels) {
  if (labels.count > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels", "expected at most %z, got %z", (size_t)INT32_MAX,
                        labels.count);
  return triplet_check_ints(context, "labels", labels, labels.count);
}

triplet_status triplet_check_optional_floats(triplet_context *context, const char *argument, triplet_floats list,
                                             size_t count) {
  if (!list.data && !list.count)
    return TRIPLET_OK;
  if (list.count != count || !list.data)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z numbers, got %z", count,
                        list.data ? list.count : 0);
  for (size_t i = 0; i < count; i++)
    if (!(list.data[i] - list.data[i] == 0))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected finite numbers, got %g at index %i",
                          (double)list.data[i], i);
  return TRIPLET_OK;
}

triplet_status triplet_check_self(triplet_context *context, triplet_ints self, size_t queries, size_t references) {
  if (!self.data && !self.count)
    return TRIPLET_OK;
  TRIPLET_TRY(triplet_check_ints(context, "reference_self", self, queries));
  for (size_t i = 0; i < queries; i++)
    if (self.data[i] < -1 || (self.data[i] >= 0 && (size_t)self.data[i] >= references))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "reference_self", "expected -1 .. %d, got %d at index %i",
                          (int64_t)references - 1, (int64_t)self.data[i], i);
  return TRIPLET_OK;
}
