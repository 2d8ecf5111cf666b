/* kernels_avx2.c - the kernels with AVX2, on x86-64 only; the pragmas stand in for compiler flags, so that any build of
 * core/ works. FMA is left out on purpose: it would change the bits. */
#include "kernels.h"

#ifdef TRIPLET_HAS_AVX
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define VEC_AVX
#define KERNELS triplet_kernels_avx2
#define KERNELS_NAME "avx2"
#include "kernels.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
