/* dtype.c - numbers from the bytes of files, and into them. */
#include "dtype.h"

static const struct {
  const char *name;
  size_t size;
} dtypes[TRIPLET_DTYPES] = {
    [TRIPLET_F32] = {"F32", 4},   [TRIPLET_F64] = {"F64", 8}, [TRIPLET_F16] = {"F16", 2}, [TRIPLET_BF16] = {"BF16", 2},
    [TRIPLET_I8] = {"I8", 1},     [TRIPLET_I16] = {"I16", 2}, [TRIPLET_I32] = {"I32", 4}, [TRIPLET_I64] = {"I64", 8},
    [TRIPLET_U8] = {"U8", 1},     [TRIPLET_U16] = {"U16", 2}, [TRIPLET_U32] = {"U32", 4}, [TRIPLET_U64] = {"U64", 8},
    [TRIPLET_BOOL] = {"BOOL", 1},
};

size_t triplet_dtype_size(triplet_dtype type) {
  return dtypes[type].size;
}

const char *triplet_dtype_name(triplet_dtype type) {
  return dtypes[type].name;
}

triplet_dtype triplet_dtype_of(const char *name) {
  triplet_dtype type = TRIPLET_F32;
  while (type < TRIPLET_DTYPES && strcmp(dtypes[type].name, name) != 0)
    type++;
  return type;
}

uint64_t triplet_little_endian(const uint8_t *bytes, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++)
    bits |= (uint64_t)bytes[i] << (8 * i);
  return bits;
}

void triplet_write_little_endian(triplet_writer *writer, uint64_t bits, size_t size) {
  for (size_t i = 0; i < size; i++)
    triplet_write_byte(writer, (uint8_t)(bits >> (8 * i)));
}

void triplet_write_floats(triplet_writer *writer, const float *values, size_t count) {
  if (!writer->bytes) {
    writer->size += count * sizeof *values;
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const float value = values[i] == values[i] ? values[i] : triplet_canonical_nan();
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    triplet_write_little_endian(writer, bits, sizeof bits);
  }
}

static uint64_t big_endian_bits(const uint8_t *bytes, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++)
    bits = bits << 8 | bytes[i];
  return bits;
}

static float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value == value ? value : triplet_canonical_nan();
}

/* IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. Each is a float32. */
static float float_of_half(uint32_t half) {
  const uint32_t sign = half >> 15 << 31, exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 31)
    return float_of_bits(sign | 0x7f800000u | fraction << 13);
  if (exponent)
    return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
  const float small = (float)fraction * 0x1p-24f;
  return sign ? -small : small;
}

static bool float_of_double(uint64_t bits, float *value) {
  double wide;
  memcpy(&wide, &bits, sizeof wide);
  *value = triplet_to_float(wide);
  return triplet_is_finite(*value) || !(fabs(wide) <= DBL_MAX);
}

/* The number of two's complement that these are, in so many bytes. */
static int64_t signed_of(uint64_t bits, size_t size) {
  const uint64_t sign = (uint64_t)1 << (8 * size - 1);
  return bits & sign ? -(int64_t)(sign - 1 - (bits & (sign - 1))) - 1 : (int64_t)bits;
}

bool triplet_dtype_to_float(triplet_dtype type, bool big_endian, const uint8_t *bytes, float *value) {
  const size_t size = dtypes[type].size;
  const uint64_t bits = big_endian ? big_endian_bits(bytes, size) : triplet_little_endian(bytes, size);
  switch (type) {
  case TRIPLET_F32:
    *value = float_of_bits((uint32_t)bits);
    return true;
  case TRIPLET_F64:
    return float_of_double(bits, value);
  case TRIPLET_F16:
    *value = float_of_half((uint32_t)bits);
    return true;
  case TRIPLET_BF16:
    *value = float_of_bits((uint32_t)bits << 16);
    return true;
  case TRIPLET_I8:
  case TRIPLET_I16:
  case TRIPLET_I32:
  case TRIPLET_I64:
    *value = (float)signed_of(bits, size);
    return true;
  case TRIPLET_BOOL:
    *value = bits != 0;
    return true;
  default:
    *value = (float)bits;
    return true;
  }
}
