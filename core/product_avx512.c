/* product_avx512.c - the products of rows with AVX-512, on x86-64 only; else as kernels_avx2.c. */
#include "product.h"

#ifdef TRIPLET_HAS_AVX
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f")
#endif

#define WIDTH 16
#define MULTIPLY_ADD(a, b, c) (lanes) _mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c))
#define TILE triplet_product_avx512
#include "product.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
