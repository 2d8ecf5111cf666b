/* kernels.h - the hot loops, which exist once per instruction set. Written once, in kernels.inc. */
#ifndef TRIPLET_KERNELS_H
#define TRIPLET_KERNELS_H

#include "bins.h"
#include "internal.h"

#pragma GCC visibility push(hidden)

/* Rows as kernels read them: row i begins at data + i stride. */
typedef struct triplet_rows {
  const float *data;
  const double *lengths; /* of UNIT rows: what each was divided by, 0 for a row of zeros; else NULL */
  size_t rows, cols, stride;
} triplet_rows;

/* Rows without gaps. */
static inline triplet_rows triplet_rows_of(const float *data, size_t rows, size_t cols) {
  return (triplet_rows){.data = data, .rows = rows, .cols = cols, .stride = cols};
}

static inline triplet_rows triplet_rows_part(const triplet_rows *rows, size_t first, size_t count) {
  return (triplet_rows){.data = rows->data + first * rows->stride,
                        .lengths = rows->lengths ? rows->lengths + first : NULL,
                        .rows = count,
                        .cols = rows->cols,
                        .stride = rows->stride};
}

/* What is summed over the components of two rows, and what of a pair the gradient kernels take a multiple of. UNIT rows
 * hold each number as a float32 and, half a row further on, what float32 lost of it; zeros fill both halves up to a
 * multiple of eight. */
typedef enum triplet_sum {
  TRIPLET_SUM_NONE,     /* no kernel */
  TRIPLET_SUM_SQUARES,  /* sum (x - y + shift)^2           x - y + shift */
  TRIPLET_SUM_ABSOLUTE, /* sum |x - y + shift|             sign(x - y + shift) */
  TRIPLET_SUM_UNIT,     /* sum ((x - y) + (x' - y'))^2     (x - y) + (x' - y'), primes for what was lost */
  TRIPLET_SUM_DOT       /* sum x y                         y; of dense layers, too */
} triplet_sum;

typedef struct triplet_term {
  triplet_sum sum;
  float shift; /* of SQUARES and ABSOLUTE */
} triplet_term;

/* Floats of a UNIT row. */
static inline size_t triplet_unit_floats(size_t cols) {
  return (cols + 7) / 8 * 16;
}

/* Of dense layers. */
static const triplet_term triplet_dot = {TRIPLET_SUM_DOT, 0};

/* That of output row i and term j is data[i * row_step + j * term_step]. */
typedef struct triplet_coefficients {
  const float *data;
  size_t row_step, term_step;
} triplet_coefficients;

/* Two outputs, rows stride apart. */
typedef struct triplet_outputs {
  float *x, *y;
  size_t stride;
} triplet_outputs;

/* Rows that lie anywhere, and their coefficients, of which none is 0. */
typedef struct triplet_listed {
  const float *const *rows;
  const float *coefficients;
  size_t count;
} triplet_listed;

/* torch.optim.Adam / AdamW; the caller folds bias correction into rate and root_scale:
 *    g = gradient + decay p        (decay 0 for AdamW, which shrinks p first: p = p shrink)
 *    m = b1 m + (1 - b1) g         v = b2 v + (1 - b2) g^2
 *    p = p shrink - rate m / (sqrt(v) root_scale + eps) */
typedef struct triplet_adam {
  float shrink, decay, b1, b2, rate, root_scale, eps;
} triplet_adam;

/* What is made of a sum: root, sqrt(sum + eps), 0 where sum + eps is 0, or NaN where it lies outside
 * [TRIPLET_SMALLEST_SUM, FLT_MAX] otherwise; else sum factor + eps, every NaN the one that is written. */
typedef struct triplet_finish {
  bool root;
  float factor, eps;
} triplet_finish;

/* A smaller sum may have lost terms to underflow. */
#define TRIPLET_SMALLEST_SUM 0x1p-100f

/* The kernels' float coefficients are good while nothing comes near the ends of float32. */
#define TRIPLET_PLAIN_LEAST 1e-18
#define TRIPLET_PLAIN_MOST 1e18

struct triplet_kernels {
  const char *name;

  /* sums[i] over row i of x and row i of y. */
  void (*row_sums)(triplet_term term, const triplet_rows *x, const triplet_rows *y, float *sums);

  /* sums[i * stride + j] over row i of x and row j of y: the same bits as row_sums gives for that pair. With finish,
   * unless NULL, what finish makes of them, and returns; else true. */
  bool (*tile_sums)(triplet_term term, const triplet_rows *x, const triplet_rows *y, const triplet_finish *finish,
                    float *sums, size_t stride);

  /* Sums in place. True only where the size of each, with eps where its root is taken, lies in [TRIPLET_SMALLEST_SUM,
   * FLT_MAX]. */
  bool (*finish)(const triplet_finish *finish, float *sums, size_t count);

  /* sums[i] = sums[i] + bias[i], or with rectify 0 where that is less, every NaN the one that is written. */
  void (*biased)(float *sums, const float *bias, size_t count, bool rectify);

  /* to->x[i * to->stride + j] and to->y[j * to->stride + i] = component j of row i; either may be NULL. stream: write
   * around the cache; then rows and columns are multiples of 16, and both outputs and the stride of 64 bytes. */
  void (*place)(const triplet_rows *from, const triplet_outputs *to, bool stream);

  /* The largest size of some values, 0 of none; NaN where one of them is. */
  float (*largest)(const float *values, size_t count);

  /* ranks[i] = how many of the sorted edges are at most values[i]. */
  void (*rank)(const float *edges, size_t count, const float *values, size_t n, uint32_t *ranks);

  /* Adds n values to their bins. Lists those in a bin of edges; unsure has room for one more than n. Returns how many
   * they are. No value is NaN. NULL: there are no bins. */
  size_t (*count_bins)(const triplet_bins *bins, const float *values, size_t n, uint32_t *unsure);

  /* The index of the least of n > 0 values, the lowest among equals. None is NaN. */
  size_t (*argmin)(const float *values, size_t n);

  /* out[j] = e^((from - distances[j]) rate), of exponents up to 0, to 1e-13 of itself; below e^-708, as of infinite
   * distances with a rate > 0, it is 0. out may be NULL. Returns their sum. */
  double (*exponentials)(const float *distances, size_t count, double from, double rate, double *out);

  /* Of squared distances s <= 2 between points of a unit sphere, `least` where they are less, how rare they are, but
   * for a factor of all, to 8 dimensions 2^-53 of itself: t^((3 - dimensions) / 2) s^(-1/2) with t = s (1 - s / 4);
   * sums[j] is that of the first j + 1. dimensions >= 2. Not in WebAssembly. */
  void (*rarities)(const float *squares, size_t count, double least, size_t dimensions, double *sums);

  /* What the slopes of Euclidean distances multiply x - y by:
   *    out[j] = (weights[j] + backward[j]) scale / (distances[j], or 1 where that is 0)
   * in double, then rounded. backward may be NULL. Whether every slope that is not 0 and every distance lies between
   * TRIPLET_PLAIN_LEAST and _MOST; where not, out is of no use. */
  bool (*coefficients)(const float *weights, const float *backward, const float *distances, double scale, size_t count,
                       float *out);

  /* Rows of gradients of explicit triplets, of which row i of anchors, positives and negatives, rows[0 .. 2], is one;
   * gradients not wanted are NULL. With e(x, y) what the term takes of a pair and coefficients {ap, an, pn} for each
   * row, of which pn plays no part without swap:
   *    anchors     ap e(a, p) - an e(a, n)
   *    positives  -ap e(a, p) - pn e(p, n)
   *    negatives   an e(a, n) + pn e(p, n)
   * and for DOT, seen from each of the two rows,
   *    anchors     ap p - an n
   *    positives   ap a - pn n
   *    negatives  -an a - pn p
   * stream: write around the cache; needs outputs aligned to 16, alike to 32, and columns a multiple of 8. */
  void (*triplet_gradients)(triplet_term term, const triplet_rows rows[3], const float *coefficients,
                            const triplet_gradients *gradients, bool swap, bool stream);

  /* output row i += sum over the rows j of y, in order, of coefficient (i, j) times what the term takes of x_i and y_j;
   * output has the rows and columns of x without gaps, for DOT so many rows of y's columns, and x.data may be NULL.
   * Terms of coefficient 0 are left out, whatever their rows hold. */
  void (*accumulate)(triplet_term term, const triplet_rows *x, const triplet_rows *y,
                     const triplet_coefficients *coefficients, float *output);

  /* For SQUARES without shift and UNIT, the same from both sides at once: row i of to->x += coefficient (j, i) times
   * what the term takes of x_i and y_j, for the rows j in order, and row j of to->y -= the same, for the rows i in
   * order. Where x is y, of the pairs i < j alone. Columns are a multiple of 16, or some of such rows; coefficients
   * without gaps, those of 0 among them: all rows are finite. Not in WebAssembly. */
  void (*accumulate_both)(triplet_term term, const triplet_rows *x, const triplet_rows *y, const float *coefficients,
                          const triplet_outputs *to);

  /* As accumulate for one row of x and one of output, of rows that lie anywhere. */
  void (*accumulate_listed)(triplet_term term, const triplet_rows *x, const triplet_listed *listed, float *output);

  /* values[k] *= by. */
  void (*scale)(float *values, size_t count, float by);

  /* x divided by the lengths of its rows, in double, as UNIT rows without gaps, the numbers multiples of 2^-24,
   * so that near ones differ exactly; and those lengths. */
  void (*units)(const triplet_rows *x, float *units, double *lengths);

  /* From gradients by UNIT rows (rows, cols), in place, to those by the rows they were made of: the part at right
   * angles to the row, divided by the row's length. None where that is 0 or not finite. */
  void (*tangents)(const triplet_rows *units, float *gradient);

  void (*adam)(const triplet_adam *adam, float *parameters, const float *gradient, float *m, float *v, size_t count);
};

extern const triplet_kernels triplet_kernels_base;
#ifdef TRIPLET_HAS_AVX
extern const triplet_kernels triplet_kernels_avx2;
extern const triplet_kernels triplet_kernels_avx512;
#endif

/* dispatch.c: the kernels of a context, or the best this machine has for NULL. */
const triplet_kernels *triplet_kernels_of(const triplet_context *context);

#pragma GCC visibility pop

#endif
