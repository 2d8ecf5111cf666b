/* kernels_avx512.c - the kernels with AVX-512, on x86-64 only; else as kernels_avx2.c. */
#include "kernels.h"

#ifdef TRIPLET_HAS_AVX
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq")
#endif

#define VEC_AVX
#define VEC_AVX512
#define KERNELS triplet_kernels_avx512
#define KERNELS_NAME "avx512"
#include "kernels.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
