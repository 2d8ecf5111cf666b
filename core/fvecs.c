/* fvecs.c - the files of the TEXMEX sets: of each row how many numbers it has, an int32, and these, float32. */
#include "vectors.h"

#define MOST_COLS 1000000 /* that bytes are taken for fvecs by; asked for, more may be read */

static uint64_t cols_at(triplet_bytes bytes, size_t place) {
  return triplet_little_endian(bytes.data + place, 4);
}

bool triplet_is_fvecs(triplet_bytes bytes) {
  const uint64_t cols = bytes.size >= 4 ? cols_at(bytes, 0) : 0;
  if (cols < 1 || cols > MOST_COLS || bytes.size % (4 + 4 * (size_t)cols) != 0)
    return false;
  for (size_t place = 0; place < bytes.size; place += 4 + 4 * (size_t)cols)
    if (cols_at(bytes, place) != cols)
      return false;
  return true;
}

triplet_status triplet_fvecs_read(triplet_context *context, triplet_bytes bytes, triplet_vectors *vectors) {
  if (bytes.size < 4)
    return triplet_vectors_fail(context, "the first row is cut off");
  const uint64_t cols = cols_at(bytes, 0);
  if (cols < 1 || cols > INT32_MAX || (bytes.size - 4) / 4 < cols)
    return triplet_vectors_fail(context, "the first row says that it has %d numbers, which are not there",
                                (int64_t)(int32_t)cols);
  const size_t row_size = 4 + 4 * (size_t)cols, rows = bytes.size / row_size;
  for (size_t i = 0; i < rows; i++)
    if (cols_at(bytes, i * row_size) != cols)
      return triplet_vectors_fail(context, "expected %d numbers in each row like the first, got %d in row %i",
                                  (int64_t)cols, (int64_t)(int32_t)cols_at(bytes, i * row_size), i);
  if (bytes.size % row_size)
    return triplet_vectors_fail(context, "row %i is cut off", rows);
  TRIPLET_TRY(triplet_vectors_check_shape(context, 2, rows, (size_t)cols));

  vectors->data = triplet_vectors_memory(context, vectors, rows * (size_t)cols, sizeof *vectors->data);
  if (!vectors->data)
    return TRIPLET_OUT_OF_MEMORY;
  vectors->rows = rows;
  vectors->cols = (size_t)cols;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < vectors->cols; j++)
      triplet_dtype_to_float(TRIPLET_F32, false, bytes.data + i * row_size + 4 + 4 * j,
                             vectors->data + i * vectors->cols + j);
  return TRIPLET_OK;
}

void triplet_fvecs_write(triplet_writer *writer, triplet_matrix matrix) {
  for (size_t i = 0; i < matrix.rows; i++) {
    triplet_write_little_endian(writer, matrix.cols, 4);
    triplet_write_floats(writer, matrix.data + i * matrix.cols, matrix.cols);
  }
}
