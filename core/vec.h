/* vec.h - eight float lanes from compiler vector extensions.
 *
 * Component k of a row goes to lane k mod 8, chunks of eight are taken in order, and the lanes are joined in one fixed
 * order: this layout, and not the machine, decides the bits of every sum. Include inside the target region of the
 * kernels; they define VEC_AVX where AVX is there. */
#ifndef TRIPLET_VEC_H
#define TRIPLET_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

/* The vectors below never cross a function that is not inlined, so the ABI that compilers warn of plays no part. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES 8
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(32)));
typedef int32_t mask __attribute__((vector_size(32)));

/* Half a vector: what one register holds on most machines. */
typedef float half __attribute__((vector_size(16)));
typedef int32_t half_mask __attribute__((vector_size(16)));

/* Half a vector in double precision. */
typedef double wide __attribute__((vector_size(32)));
typedef int64_t wide_mask __attribute__((vector_size(32)));

typedef struct halves {
  half low, high;
} halves;

INLINE halves vec_split(vec v) {
  halves parts;
  memcpy(&parts, &v, sizeof parts);
  return parts;
}

INLINE vec vec_load(const float *from) {
  vec v;
  memcpy(&v, from, sizeof v);
  return v;
}

INLINE void vec_store(float *to, vec v) {
  memcpy(to, &v, sizeof v);
}

/* Makes v stay in its register: GCC would load it again for its second use. */
#if defined(VEC_AVX512)
#define VEC_HOLD(v) __asm__("" : "+v"(v))
#elif defined(VEC_AVX)
#define VEC_HOLD(v) __asm__("" : "+x"(v))
#else
#define VEC_HOLD(v) (void)(v)
#endif

INLINE vec vec_splat(float value) {
  return (vec){value, value, value, value, value, value, value, value};
}

/* All bits set in the first count <= 8 lanes. */
INLINE mask vec_first(size_t count) {
  return (mask){0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)count;
}

/* v in the first count lanes, 0 in the others. */
INLINE vec vec_keep(vec v, size_t count) {
  return (vec)((mask)v & vec_first(count));
}

/* The first count < 8 lanes, and zeros. Never touches memory past them. */
static inline void vec_pad(float *lanes, const float *from, size_t count) {
#ifdef VEC_AVX
  vec_store(lanes, (vec)_mm256_maskload_ps(from, (__m256i)vec_first(count)));
#else
  const vec zeros = {0};
  vec_store(lanes, zeros);
  if (count & 4) {
    memcpy(lanes, from, 4 * sizeof *from);
    lanes += 4;
    from += 4;
  }
  if (count & 2) {
    memcpy(lanes, from, 2 * sizeof *from);
    lanes += 2;
    from += 2;
  }
  if (count & 1)
    *lanes = *from;
#endif
}

INLINE vec vec_load_part(const float *from, size_t count) {
#ifdef VEC_AVX
  return (vec)_mm256_maskload_ps(from, (__m256i)vec_first(count));
#else
  float lanes[LANES];
  vec_pad(lanes, from, count);
  return vec_load(lanes);
#endif
}

/* The last chunk of a row may be short: all eight lanes, or the first count of them. */
INLINE vec vec_load_some(const float *from, size_t count) {
  return count >= LANES ? vec_load(from) : vec_load_part(from, count);
}

INLINE wide wide_of(half v) {
#ifdef VEC_AVX
  return (wide)_mm256_cvtps_pd((__m128)v);
#elif defined(__clang__)
  return __builtin_convertvector(v, wide);
#else
  return (wide){v[0], v[1], v[2], v[3]};
#endif
}

INLINE half half_of(wide v) {
#ifdef VEC_AVX
  return (half)_mm256_cvtpd_ps((__m256d)v);
#elif defined(__clang__)
  return __builtin_convertvector(v, half);
#else
  return (half){(float)v[0], (float)v[1], (float)v[2], (float)v[3]};
#endif
}

INLINE half half_load(const float *from) {
  half v;
  memcpy(&v, from, sizeof v);
  return v;
}

/* The first count of them, 0 < count < 4; the others are rest. Not by memcpy: WebAssembly calls a function for it. */
static inline half half_load_part(const float *from, size_t count, float rest) {
  return (half){from[0], count > 1 ? from[1] : rest, count > 2 ? from[2] : rest, rest};
}

INLINE void half_store(float *to, half v) {
  memcpy(to, &v, sizeof v);
}

static inline void half_store_part(float *to, half v, size_t count) {
  to[0] = v[0];
  if (count > 1)
    to[1] = v[1];
  if (count > 2)
    to[2] = v[2];
}

/* The first count > 0 floats, or four, as doubles; the others are 0. */
INLINE wide wide_load_some(const float *from, size_t count) {
  return wide_of(count >= 4 ? half_load(from) : half_load_part(from, count, 0));
}

INLINE void wide_store_some(float *to, wide v, size_t count) {
  const half rounded = half_of(v);
  if (count >= 4)
    half_store(to, rounded);
  else
    half_store_part(to, rounded, count);
}

#ifndef VEC_AVX
static void store_part(float *to, const float *lanes, size_t count) {
  for (size_t k = 0; k < count; k++)
    to[k] = lanes[k];
}
#endif

INLINE void vec_store_part(float *to, vec v, size_t count) {
#ifdef VEC_AVX
  _mm256_maskstore_ps(to, (__m256i)vec_first(count), (__m256)v);
#else
  float lanes[LANES];
  vec_store(lanes, v);
  store_part(to, lanes, count);
#endif
}

INLINE void vec_store_some(float *to, vec v, size_t count) {
  if (count >= LANES)
    vec_store(to, v);
  else
    vec_store_part(to, v, count);
}

/* Lanes where a <= b. By halves, as GCC compares what no register holds number by number. */
INLINE mask vec_at_most(vec a, vec b) {
#ifdef VEC_AVX
  return a <= b;
#else
  const halves x = vec_split(a), y = vec_split(b);
  const half_mask parts[2] = {x.low <= y.low, x.high <= y.high};
  mask set;
  memcpy(&set, parts, sizeof set);
  return set;
#endif
}

/* The lesser of each lane, without NaN. */
INLINE vec vec_least(vec a, vec b) {
#ifdef VEC_AVX
  return (vec)_mm256_min_ps((__m256)a, (__m256)b);
#else
  const mask first = vec_at_most(a, b);
  return (vec)(((mask)a & first) | ((mask)b & ~first));
#endif
}

INLINE vec vec_most(vec a, vec b) {
#ifdef VEC_AVX
  return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return -vec_least(-a, -b);
#endif
}

INLINE vec vec_abs(vec v) {
  return (vec)((mask)v & 0x7fffffff);
}

/* -1, 0 or 1. */
INLINE vec vec_sign(vec v) {
  const mask one = (mask)vec_splat(1);
  const mask signs = (mask)v & INT32_MIN;
  return (vec)((one | signs) & (v != 0));
}

INLINE half half_sqrt(half v) {
#if defined(__SSE2__)
  return (half)_mm_sqrt_ps((__m128)v);
#elif defined(__aarch64__)
  return (half)vsqrtq_f32((float32x4_t)v);
#elif defined(__wasm_simd128__)
  return (half)wasm_f32x4_sqrt((v128_t)v);
#else
  return (half){sqrtf(v[0]), sqrtf(v[1]), sqrtf(v[2]), sqrtf(v[3])};
#endif
}

INLINE vec vec_sqrt(vec v) {
#ifdef VEC_AVX
  return (vec)_mm256_sqrt_ps((__m256)v);
#else
  halves parts = vec_split(v);
  parts.low = half_sqrt(parts.low);
  parts.high = half_sqrt(parts.high);
  memcpy(&v, &parts, sizeof v);
  return v;
#endif
}

INLINE wide wide_sqrt(wide v) {
#ifdef VEC_AVX
  return (wide)_mm256_sqrt_pd((__m256d)v);
#else
  return (wide){sqrt(v[0]), sqrt(v[1]), sqrt(v[2]), sqrt(v[3])};
#endif
}

#ifdef __SSE2__
#define VEC_STREAMS

/* Around the cache, to memory aligned to 32. */
INLINE void vec_stream(float *to, vec v) {
#ifdef VEC_AVX
  _mm256_stream_ps(to, (__m256)v);
#else
  const halves parts = vec_split(v);
  _mm_stream_ps(to, (__m128)parts.low);
  _mm_stream_ps(to + 4, (__m128)parts.high);
#endif
}

/* Half of the lanes, to memory aligned to 16. */
INLINE void vec_stream_low(float *to, vec v) {
  _mm_stream_ps(to, (__m128)vec_split(v).low);
}

INLINE void vec_stream_high(float *to, vec v) {
  _mm_stream_ps(to, (__m128)vec_split(v).high);
}

/* After the last of them, before another thread reads. */
INLINE void vec_stream_end(void) {
  _mm_sfence();
}
#endif

/* ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). */
INLINE float vec_sum(vec v) {
  const halves parts = vec_split(v);
  const half sums = parts.low + parts.high;
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

/* How many lanes are set. */
INLINE uint32_t vec_count(mask set) {
#ifdef VEC_AVX
  return (uint32_t)__builtin_popcount((unsigned)_mm256_movemask_ps((__m256)set));
#else
  half_mask parts[2];
  memcpy(parts, &set, sizeof set);
  const half_mask both = parts[0] + parts[1];
  return (uint32_t) - ((both[0] + both[2]) + (both[1] + both[3]));
#endif
}

#ifndef VEC_AVX512
/* Four rows by two. */
typedef struct four_by_two {
  vec a0, a1, b0, b1, c0, c1, d0, d1;
} four_by_two;

/* The sums of eight vectors, the additions of vec_sum done for all of them at once: four rows by two of `to`. */
INLINE void vec_sums(float *to, size_t stride, const four_by_two *of) {
#ifdef VEC_AVX
#define HALVES(left, right, which) (vec) _mm256_permute2f128_ps((__m256)(left), (__m256)(right), which)
#define JOINED(left, right) HALVES(left, right, 0x20) + HALVES(left, right, 0x31)
#define PICK(left, right, which) (vec) _mm256_shuffle_ps((__m256)(left), (__m256)(right), which)
  const vec a = JOINED(of->a0, of->a1), b = JOINED(of->b0, of->b1);
  const vec c = JOINED(of->c0, of->c1), d = JOINED(of->d0, of->d1);
  const vec ab = PICK(a, b, 0x44) + PICK(a, b, 0xee), cd = PICK(c, d, 0x44) + PICK(c, d, 0xee);
  const halves sums = vec_split(PICK(ab, cd, 0x88) + PICK(ab, cd, 0xdd)); /* the first column, the second */
#undef PICK
#undef JOINED
#undef HALVES
  const half upper = (half)_mm_unpacklo_ps((__m128)sums.low, (__m128)sums.high);
  const half lower = (half)_mm_unpackhi_ps((__m128)sums.low, (__m128)sums.high);
  memcpy(to, &upper, 8);
  memcpy(to + stride, (const char *)&upper + 8, 8);
  memcpy(to + 2 * stride, &lower, 8);
  memcpy(to + 3 * stride, (const char *)&lower + 8, 8);
#else
  to[0] = vec_sum(of->a0);
  to[1] = vec_sum(of->a1);
  to[stride] = vec_sum(of->b0);
  to[stride + 1] = vec_sum(of->b1);
  to[2 * stride] = vec_sum(of->c0);
  to[2 * stride + 1] = vec_sum(of->c1);
  to[3 * stride] = vec_sum(of->d0);
  to[3 * stride + 1] = vec_sum(of->d1);
#endif
}
#endif

/* ---- lanes of which each is a pair of its own: as many as a register has, since no lane meets another ------------ */

#ifdef VEC_AVX512
#define WIDTH 16
#elif defined(VEC_AVX)
#define WIDTH 8
#else
#define WIDTH 4
#endif

typedef float lot __attribute__((vector_size(WIDTH * sizeof(float))));
typedef int32_t lot_mask __attribute__((vector_size(WIDTH * sizeof(int32_t))));

INLINE lot lot_load(const float *from) {
  lot v;
  memcpy(&v, from, sizeof v);
  return v;
}

/* The first count > 0 numbers, or all; the others are rest. */
INLINE lot lot_load_some(const float *from, size_t count, float rest) {
  if (count >= WIDTH)
    return lot_load(from);
#if defined(VEC_AVX512)
  return (lot)_mm512_mask_loadu_ps(_mm512_set1_ps(rest), (__mmask16)((1u << count) - 1), from);
#elif defined(VEC_AVX)
  return (lot)_mm256_blendv_ps(_mm256_set1_ps(rest), (__m256)vec_load_part(from, count), (__m256)vec_first(count));
#else
  return half_load_part(from, count, rest);
#endif
}

INLINE void lot_store(float *to, lot v) {
  memcpy(to, &v, sizeof v);
}

/* Around the cache, to memory aligned as the lot is; where that cannot be, as lot_store. */
INLINE void lot_stream(float *to, lot v) {
#if defined(VEC_AVX512)
  _mm512_stream_ps(to, (__m512)v);
#elif defined(VEC_AVX)
  vec_stream(to, v);
#elif defined(VEC_STREAMS)
  _mm_stream_ps(to, (__m128)v);
#else
  lot_store(to, v);
#endif
}

INLINE void lot_store_some(float *to, lot v, size_t count) {
  if (count >= WIDTH)
    lot_store(to, v);
  else
#if defined(VEC_AVX512)
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)v);
#elif defined(VEC_AVX)
    vec_store_part(to, v, count);
#else
    half_store_part(to, v, count);
#endif
}

/* The value in all lanes. */
INLINE lot lot_splat(const float *value) {
#ifdef VEC_AVX512
  return (lot)_mm512_set1_ps(*value);
#elif defined(VEC_AVX)
  return (lot)_mm256_set1_ps(*value);
#else
  return (lot){*value, *value, *value, *value};
#endif
}

INLINE lot lot_abs(lot v) {
  return (lot)((lot_mask)v & 0x7fffffff);
}

/* The larger of each two numbers. */
INLINE lot_mask lot_most(lot_mask a, lot_mask b) {
#if defined(VEC_AVX512)
  return (lot_mask)_mm512_max_epi32((__m512i)a, (__m512i)b);
#elif defined(VEC_AVX)
  return (lot_mask)_mm256_max_epi32((__m256i)a, (__m256i)b);
#else
  const lot_mask first = a > b;
  return (a & first) | (b & ~first);
#endif
}

INLINE lot lot_sqrt(lot v) {
#ifdef VEC_AVX512
  return (lot)_mm512_sqrt_ps((__m512)v);
#elif defined(VEC_AVX)
  return vec_sqrt(v);
#else
  return half_sqrt(v);
#endif
}

/* Four numbers of every fourth row, each in a quarter of a register, or of one. */
INLINE lot lot_of_rows(const float *const *rows, size_t k) {
#ifdef VEC_AVX
  __m256 low = _mm256_castps128_ps256(_mm_loadu_ps(rows[0] + k));
  low = _mm256_insertf128_ps(low, _mm_loadu_ps(rows[4] + k), 1);
#ifdef VEC_AVX512
  __m256 high = _mm256_castps128_ps256(_mm_loadu_ps(rows[8] + k));
  high = _mm256_insertf128_ps(high, _mm_loadu_ps(rows[12] + k), 1);
  return (lot)_mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
#else
  return (lot)low;
#endif
#else
  return half_load(rows[0] + k);
#endif
}

/* Of each four numbers of a and of b: the first two or the last two, by turns or one pair after the other. */
#if defined(VEC_AVX512)
#define LOT_ZIP_LOW(a, b) (lot) _mm512_unpacklo_ps((__m512)(a), (__m512)(b))
#define LOT_ZIP_HIGH(a, b) (lot) _mm512_unpackhi_ps((__m512)(a), (__m512)(b))
#define LOT_LOW(a, b) (lot) _mm512_shuffle_ps((__m512)(a), (__m512)(b), 0x44)
#define LOT_HIGH(a, b) (lot) _mm512_shuffle_ps((__m512)(a), (__m512)(b), 0xee)
#elif defined(VEC_AVX)
#define LOT_ZIP_LOW(a, b) (lot) _mm256_unpacklo_ps((__m256)(a), (__m256)(b))
#define LOT_ZIP_HIGH(a, b) (lot) _mm256_unpackhi_ps((__m256)(a), (__m256)(b))
#define LOT_LOW(a, b) (lot) _mm256_shuffle_ps((__m256)(a), (__m256)(b), 0x44)
#define LOT_HIGH(a, b) (lot) _mm256_shuffle_ps((__m256)(a), (__m256)(b), 0xee)
#else
#ifdef __clang__
#define LOT_PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define LOT_PICK(a, b, ...) __builtin_shuffle(a, b, (lot_mask){__VA_ARGS__})
#endif
#define LOT_ZIP_LOW(a, b) LOT_PICK(a, b, 0, 4, 1, 5)
#define LOT_ZIP_HIGH(a, b) LOT_PICK(a, b, 2, 6, 3, 7)
#define LOT_LOW(a, b) LOT_PICK(a, b, 0, 1, 4, 5)
#define LOT_HIGH(a, b) LOT_PICK(a, b, 2, 3, 6, 7)
#endif

INLINE void lot_put(float *to, lot v, bool stream) {
  if (stream)
    lot_stream(to, v);
  else
    lot_store(to, v);
}

/* Four numbers of WIDTH rows, from k on, turned: one of them all at `to`, the next step further on. */
INLINE void lot_turn(const float *const *rows, size_t k, float *to, size_t step, bool stream) {
  const lot a = lot_of_rows(rows, k), b = lot_of_rows(rows + 1, k);
  const lot c = lot_of_rows(rows + 2, k), d = lot_of_rows(rows + 3, k);
  const lot ab = LOT_ZIP_LOW(a, b), cd = LOT_ZIP_LOW(c, d), ef = LOT_ZIP_HIGH(a, b), gh = LOT_ZIP_HIGH(c, d);
  lot_put(to, LOT_LOW(ab, cd), stream);
  lot_put(to + step, LOT_HIGH(ab, cd), stream);
  lot_put(to + 2 * step, LOT_LOW(ef, gh), stream);
  lot_put(to + 3 * step, LOT_HIGH(ef, gh), stream);
}

INLINE bool lot_any(lot_mask set) {
#ifdef VEC_AVX512
  return _mm512_test_epi32_mask((__m512i)set, (__m512i)set) != 0;
#elif defined(VEC_AVX)
  return vec_count(set) != 0;
#else
  return (set[0] | set[1] | set[2] | set[3]) != 0;
#endif
}

#endif
