/* filter_avx512.c - the filter with AVX-512 and its products of whole numbers, on x86-64 only; as kernels_avx2.c. */
#include "filter.h"

#ifdef TRIPLET_HAS_AVX
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vnni")
#endif

#define VEC_AVX
#define FILTER triplet_filter_avx512
#define INTS 16
#include "filter.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
