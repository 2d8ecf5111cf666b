/* dtype.h - the numbers that files are made of: what kinds there are, and their bytes, read and written. */
#ifndef TRIPLET_DTYPE_H
#define TRIPLET_DTYPE_H

#include "json.h"

#pragma GCC visibility push(hidden)

typedef enum triplet_dtype {
  TRIPLET_F32 = 0,
  TRIPLET_F64,
  TRIPLET_F16,
  TRIPLET_BF16,
  TRIPLET_I8,
  TRIPLET_I16,
  TRIPLET_I32,
  TRIPLET_I64,
  TRIPLET_U8,
  TRIPLET_U16,
  TRIPLET_U32,
  TRIPLET_U64,
  TRIPLET_BOOL,
  TRIPLET_DTYPES /* how many there are; none of them */
} triplet_dtype;

/* Bytes of a number. */
size_t triplet_dtype_size(triplet_dtype type);
/* As safetensors has it: "F32". */
const char *triplet_dtype_name(triplet_dtype type);
/* The one of that name, or TRIPLET_DTYPES. */
triplet_dtype triplet_dtype_of(const char *name);

/* The whole number that so many bytes are, the lowest first. */
uint64_t triplet_little_endian(const uint8_t *bytes, size_t size);

void triplet_write_little_endian(triplet_writer *writer, uint64_t bits, size_t size);
void triplet_write_floats(triplet_writer *writer, const float *values, size_t count);

/* The nearest float32 of a number, whose lowest byte comes first unless big_endian; false where a finite one leaves
 * float32. */
bool triplet_dtype_to_float(triplet_dtype type, bool big_endian, const uint8_t *bytes, float *value);

#pragma GCC visibility pop

#endif
