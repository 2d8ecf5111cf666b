/* filter_base.c - the filter with what the compiler's target has anyway. */
#include "filter.h"

#if TRIPLET_HAS_FILTER
#define FILTER triplet_filter_base
#define INTS 4
#include "filter.inc"
#endif
