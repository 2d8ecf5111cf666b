/* suggest.c - the layers of an encoder for a table of which only the shape is known. */
#include "internal.h"

enum { HIDDEN = 256, LEAST = 16, MOST = 64 };

triplet_status triplet_suggest_layers(triplet_context *context, size_t inputs, size_t classes,
                                      size_t widths[TRIPLET_SUGGESTED_LAYERS]) {
  if (inputs < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "inputs", "expected at least 1, got 0");
  if (classes < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "classes", "expected at least 1, got 0");
  if (!widths)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "widths", "expected %z numbers, got NULL",
                        (size_t)TRIPLET_SUGGESTED_LAYERS);

  const size_t for_classes = classes < MOST ? 2 * classes : MOST;
  size_t dim = inputs > for_classes ? inputs : for_classes;
  dim = dim < LEAST ? LEAST : dim;
  widths[0] = HIDDEN;
  widths[1] = dim > MOST ? MOST : dim;
  return TRIPLET_OK;
}
