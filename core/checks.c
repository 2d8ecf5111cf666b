/* checks.c - the checks of shapes and lists that every room makes. */
#include "keys.h"

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

/* Where the list of each row ends among the items of all. */
static triplet_status check_ends(triplet_context *context, const char *argument, triplet_ints ends,
                                 triplet_ints items) {
  int32_t end = 0;
  for (size_t i = 0; i < ends.count; end = ends.data[i++])
    if (ends.data[i] < end)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected ends that ascend, got %d at index %i",
                          (int64_t)ends.data[i], i);
  return triplet_check_ints(context, argument, items, (size_t)end);
}

triplet_status triplet_check_labels(triplet_context *context, const char *argument, triplet_labels labels,
                                    size_t rows) {
  if (triplet_has_relations(labels))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected labels, got a matrix of relations");
  const size_t labelled = triplet_labelled_rows(labels);
  if (labelled != rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected labels of %z rows, got %z", rows,
                        labelled);
  if (!labels.ends.data)
    return triplet_check_ints(context, argument, labels.integers, rows);

  return check_ends(context, argument, labels.ends, labels.integers);
}

triplet_status triplet_check_labels_alone(triplet_context *context, triplet_labels labels) {
  const size_t rows = triplet_labelled_rows(labels);
  if (rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels", "expected at most %z, got %z", (size_t)INT32_MAX,
                        rows);
  return triplet_check_labels(context, "labels", labels, rows);
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

triplet_status triplet_check_column_values(triplet_context *context, const char *argument, triplet_floats list,
                                           size_t cols) {
  if (cols && !list.data)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected %z numbers, got none", cols);
  return triplet_check_optional_floats(context, argument, list, cols);
}

triplet_status triplet_check_finite(triplet_context *context, const char *argument, triplet_matrix x) {
  for (size_t i = 0; i < x.rows * x.cols; i++)
    if (!triplet_is_finite(x.data[i]))
      return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "row %i, column %i is not finite", i / x.cols,
                          i % x.cols);
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

triplet_status triplet_check_exclude(triplet_context *context, triplet_lists exclude, size_t queries,
                                     size_t references) {
  const triplet_ints items = exclude.items, ends = exclude.ends;
  if (!ends.data && !ends.count && !items.count)
    return TRIPLET_OK;
  if (ends.count != queries || (queries && !ends.data))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "exclude", "expected lists of %z queries, got %z", queries,
                        ends.data ? ends.count : 0);
  TRIPLET_TRY(check_ends(context, "exclude", ends, items));
  for (size_t i = 0; i < items.count; i++)
    if (items.data[i] < 0 || (size_t)items.data[i] >= references)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "exclude", "expected 0 .. %d, got %d at index %i",
                          (int64_t)references - 1, (int64_t)items.data[i], i);
  return TRIPLET_OK;
}
