/* product_avx2.c - the products of rows with AVX2 and FMA, on x86-64 only; else as kernels_avx2.c. */
#include "product.h"

#ifdef TRIPLET_HAS_AVX
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#define WIDTH 8
#define MULTIPLY_ADD(a, b, c) (lanes) _mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c))
#define TILE triplet_product_avx2
#include "product.inc"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
