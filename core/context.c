/* context.c - the context: what a caller sets once for many calls. */
#include "kernels.h"

const char *triplet_version(void) {
  return TRIPLET_VERSION;
}

triplet_context *triplet_context_create(const triplet_allocator *allocator) {
  const triplet_allocator chosen = *triplet_allocator_or_default(allocator);
  triplet_context *context = chosen.allocate(chosen.user, sizeof *context);
  if (!context)
    return NULL;
  *context = (triplet_context){.allocator = chosen,
                               .kernels = triplet_kernels_of(NULL),
                               .threads = 1,
                               .watch = {.to = 1},
                               .keeps = true,
                               .checked_as = TRIPLET_SCHEMA_COUNT,
                               .kept_pairs = TRIPLET_KEPT_PAIRS};
  return context;
}

void triplet_context_destroy(triplet_context *context) {
  if (!context)
    return;
  triplet_pool_destroy(context);
  if (TRIPLET_HAS_RANKS)
    triplet_release(context, context->ranks);
  triplet_context_trim(context);
  const triplet_allocator allocator = context->allocator;
  allocator.release(allocator.user, context, sizeof *context);
}

void triplet_context_set_first_index(triplet_context *context, size_t first) {
  if (context)
    context->first_index = first;
}

void triplet_context_set_progress(triplet_context *context, triplet_progress progress, void *user) {
  if (context) {
    context->watch.progress = progress;
    context->watch.user = user;
  }
}
