/* pending.c - what is declared and still to be written, so that all else links. Each function leaves with its first
 * real line; then the file goes. */
#include "internal.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

triplet_bounds triplet_share_bounds(double share, uint64_t count) {
  return (triplet_bounds){0};
}
triplet_status triplet_classify(triplet_context *context, const triplet_options *options,
                                const triplet_classification_set *set, triplet_classification *classification) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_verify(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                              triplet_doubles far, triplet_verification *verification) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
triplet_status triplet_verify_pairs(triplet_context *context, const triplet_options *options,
                                    const triplet_given_pairs *pairs, triplet_doubles far,
                                    triplet_verification *verification) {
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, NULL, "not written yet");
}
