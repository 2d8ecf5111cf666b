/* filter_base.c - the filter with what the compiler's target has anyway; the WebAssembly build, which is to be small,
 * does without. */
#include "filter.h"

#ifndef __wasm__
#define FILTER triplet_filter_base
#define INTS 4
#include "filter.inc"
#endif
