/* A fuzz target: whatever the bytes are, they are refused with a message, or the matrix is sound, what auto takes
 * them for reads the same, and every format gives back the numbers that were written. The first byte is the format, and
 * whether a tensor is asked for. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"

static bool is_line(const char *text) {
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at < ' ')
      return false;
  return triplet_is_utf8(text);
}

static triplet_vectors *read(triplet_context *with, triplet_file_format format, const char *tensor,
                             const uint8_t *bytes, size_t size) {
  triplet_vectors *vectors = NULL;
  const triplet_status status = triplet_vectors_read(with, format, tensor, bytes, size, &vectors);
  const char *message = triplet_context_error(with)->message;
  require(status == TRIPLET_OK ? vectors != NULL : !vectors && *message && is_line(message));
  require(status == TRIPLET_OK || status == TRIPLET_BAD_MATRIX || status == TRIPLET_NOT_FINITE ||
          (status == TRIPLET_INVALID_ARGUMENT && tensor));
  return vectors;
}

static void require_same(triplet_matrix left, triplet_matrix right) {
  require(left.rows == right.rows && left.cols == right.cols);
  require(!left.rows || memcmp(left.data, right.data, left.rows * left.cols * sizeof *left.data) == 0);
}

/* No larger than the bytes can be, with the one NaN, and a word for each row or none. */
static void check(const triplet_vectors *vectors, size_t size) {
  const triplet_matrix x = triplet_vectors_matrix(vectors);
  const triplet_texts words = triplet_vectors_words(vectors);
  const uint32_t nan = 0x7fc00000;
  require(!x.rows || (x.cols && x.rows <= size / x.cols));
  if (triplet_vectors_format(vectors) == TRIPLET_FORMAT_FVECS) /* to the last byte */
    require(size == x.rows * (4 + 4 * x.cols));
  for (size_t i = 0; i < x.rows * x.cols; i++)
    require(x.data[i] == x.data[i] || memcmp(&x.data[i], &nan, sizeof nan) == 0);
  require(words.count == (triplet_vectors_format(vectors) == TRIPLET_FORMAT_TEXT ? x.rows : 0));
  for (size_t i = 0; i < words.count; i++)
    require(*words.items[i] && triplet_is_utf8(words.items[i]));
}

static void write_and_read(triplet_context *with, triplet_matrix x) {
  static const triplet_file_format formats[] = {TRIPLET_FORMAT_NPY, TRIPLET_FORMAT_SAFETENSORS, TRIPLET_FORMAT_FVECS};
  const triplet_tensor one = {"x", x};
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    size_t size, written;
    const triplet_status status = triplet_vectors_write(with, formats[i], (triplet_tensors){&one, 1}, NULL, 0, &size);
    require((status == TRIPLET_OK) == (formats[i] != TRIPLET_FORMAT_FVECS || x.rows > 0));
    if (status != TRIPLET_OK)
      continue;
    uint8_t *bytes = malloc(size);
    require(triplet_vectors_write(with, formats[i], (triplet_tensors){&one, 1}, bytes, size, &written) == TRIPLET_OK);
    require(written == size);
    triplet_vectors *again = read(with, formats[i], NULL, bytes, size);
    require(again != NULL);
    require_same(x, triplet_vectors_matrix(again));
    triplet_vectors_destroy(again);
    free(bytes);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < 1)
    return 0;
  const triplet_file_format format = (triplet_file_format)(*bytes % 5);
  const char *tensor = *bytes / 5 % 2 ? "a" : NULL;
  bytes++;
  size--;
  triplet_context *with = triplet_context_create(NULL);
  triplet_vectors *vectors = read(with, format, tensor, bytes, size);
  if (vectors) {
    check(vectors, size);
    const triplet_matrix x = triplet_vectors_matrix(vectors);
    if (triplet_file_format_of(bytes, size) == triplet_vectors_format(vectors)) {
      triplet_vectors *told = read(with, TRIPLET_FORMAT_AUTO, tensor, bytes, size);
      require(told != NULL);
      require_same(x, triplet_vectors_matrix(told));
      triplet_vectors_destroy(told);
    }
    if (x.rows * x.cols < 100000)
      write_and_read(with, x);
  }
  triplet_vectors_destroy(vectors);
  triplet_context_destroy(with);
  return 0;
}
