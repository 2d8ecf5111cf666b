/* pending.c - what is declared and still to be written, so that all else links. Each function leaves with its first
 * real line; then the file goes. */
#include "internal.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

triplet_status triplet_matrix_fill(triplet_context *context, float value, triplet_matrix x) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_matrix_copy(triplet_context *context, triplet_matrix x, triplet_matrix output) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_matrix_add(triplet_context *context, triplet_matrix x, double factor, triplet_matrix output) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_matrix_scale(triplet_context *context, double factor, triplet_matrix x) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_matrix_random(triplet_context *context, int64_t seed, triplet_matrix x) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
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
triplet_status triplet_saved_kind_of(triplet_context *context, const uint8_t *bytes, size_t size,
                                     triplet_saved_kind *kind) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_encoder_save(triplet_context *context, const triplet_encoder *encoder, const float *parameters,
                                    uint8_t *bytes, size_t capacity, size_t *size) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_encoder_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                    triplet_encoder *encoder, float *parameters, size_t capacity) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_optimizer_save(triplet_context *context, const triplet_kept_optimizer *kept, uint8_t *bytes,
                                      size_t capacity, size_t *size) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_optimizer_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                      triplet_kept_optimizer *kept) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_trainer_create_pairs(triplet_context *context, const triplet_trainer_options *options,
                                            const triplet_training_pairs *pairs, triplet_trainer **trainer) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_trainer_attach_pairs(triplet_context *context, triplet_trainer *trainer,
                                            const triplet_training_pairs *pairs) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_trainer_set_threshold(triplet_context *context, triplet_trainer *trainer, double threshold) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
double triplet_trainer_threshold(const triplet_trainer *trainer) {
  return 0;
}
triplet_status triplet_trainer_keep_rows(triplet_context *context, triplet_trainer *trainer, triplet_matrix embeddings,
                                         triplet_labels labels) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_references triplet_trainer_kept_rows(const triplet_trainer *trainer) {
  return (triplet_references){0};
}
