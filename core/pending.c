/* pending.c - what is declared and still to be written, so that all else links. Each function leaves with its first
 * real line; then the file goes. */
#include "internal.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

triplet_bounds triplet_share_bounds(double share, uint64_t count) {
  return (triplet_bounds){0};
}
const char *triplet_file_format_name(triplet_file_format format) {
  return "";
}
triplet_file_format triplet_file_format_of(const uint8_t *bytes, size_t size) {
  return TRIPLET_FORMAT_AUTO;
}
triplet_status triplet_vectors_read(triplet_context *context, triplet_file_format format, const char *tensor,
                                    const uint8_t *bytes, size_t size, triplet_vectors **vectors) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
void triplet_vectors_destroy(triplet_vectors *vectors) {
}
triplet_matrix triplet_vectors_matrix(const triplet_vectors *vectors) {
  return (triplet_matrix){0};
}
triplet_texts triplet_vectors_words(const triplet_vectors *vectors) {
  return (triplet_texts){0};
}
triplet_file_format triplet_vectors_format(const triplet_vectors *vectors) {
  return TRIPLET_FORMAT_AUTO;
}
triplet_status triplet_vectors_write(triplet_context *context, triplet_file_format format, triplet_tensors tensors,
                                     uint8_t *bytes, size_t capacity, size_t *size) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
