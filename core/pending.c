/* pending.c - what is declared and still to be written, so that all else links. Each function leaves with its first
 * real line; then the file goes. */
#include "internal.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

triplet_bounds triplet_share_bounds(double share, uint64_t count) {
  return (triplet_bounds){0};
}
