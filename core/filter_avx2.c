/* filter_avx2.c - the filter with AVX2, on x86-64 only; else as kernels_avx2.c. */
#include "filter.h"

#ifdef TRIPLET_HAS_AVX
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define VEC_AVX
#define FILTER triplet_filter_avx2
#define INTS 8
#include "filter.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
