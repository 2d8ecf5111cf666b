/* collective.c - many ranks that work on one call: what is built on the two ways in which they exchange bytes. */
#include "internal.h"

triplet_status triplet_context_set_collective(triplet_context *context, const triplet_collective *collective) {
  const triplet_collective alone = {.size = 1}, *chosen = collective ? collective : &alone;
  if (chosen->rank >= chosen->size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "collective", "expected a rank below the size, %z, got %z",
                        chosen->size, chosen->rank);
  if (chosen->size > 1 && !TRIPLET_RANKS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "collective", "expected a size of 1, got %z", chosen->size);
  if (chosen->size > 1 && !(chosen->all_gather && chosen->all_to_all))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "collective", "expected both functions, got NULL");
  if (!context)
    return TRIPLET_INVALID_ARGUMENT;
#if TRIPLET_RANKS
  context->collective = *chosen;
#endif
  return TRIPLET_OK;
}
