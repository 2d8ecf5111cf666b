/* product.h - nearly the sums of squared differences of queries and references, by a product of matrices: cheaper than
 * the distances, and known to lie within a bound of them. They decide nothing but which distances need be taken. */
#ifndef TRIPLET_PRODUCT_H
#define TRIPLET_PRODUCT_H

#include "distance.h"

#pragma GCC visibility push(hidden)

/* WebAssembly, which is to be small, has none. */
#ifdef __wasm__
#define TRIPLET_ESTIMATES 0
#else
#define TRIPLET_ESTIMATES 1
#endif

/* ---- the loop, once per instruction set: product.inc; here fused multiply-add is allowed ------------------------- */

#define TRIPLET_PRODUCT_QUERIES 6
#define TRIPLET_PRODUCT_PANEL 32 /* references */
#define TRIPLET_PRODUCT_CHUNK 16 /* columns that are summed in sequence */

/* out[i * stride + j] = panel[cols * PANEL + j] - 2 sum over k of queries[i * cols + k] panel[k * PANEL + j]. */
typedef void (*triplet_product_tile)(const float *queries, const float *panel, size_t cols, float *out, size_t stride);

void triplet_product_base(const float *queries, const float *panel, size_t cols, float *out, size_t stride);
#ifdef TRIPLET_HAS_AVX
void triplet_product_avx2(const float *queries, const float *panel, size_t cols, float *out, size_t stride);
void triplet_product_avx512(const float *queries, const float *panel, size_t cols, float *out, size_t stride);
#endif

/* ---- estimates --------------------------------------------------------------------------------------------------- */

typedef struct triplet_product {
  const triplet_measure *measure;
  triplet_rows references;
  triplet_product_tile tile; /* NULL: there are no estimates */
  float *centre, *panels;
  double longest; /* of the references from the centre */
} triplet_product;

/* None is made where the distance or the rows are not fit; that is no failure. Released by triplet_product_release. */
triplet_status triplet_product_create(triplet_context *context, const triplet_measure *measure,
                                      const triplet_rows *references, triplet_product *product);
void triplet_product_release(triplet_context *context, triplet_product *product);

/* References with those of no row that fill the last panel. */
static inline size_t triplet_product_room(size_t references) {
  return (references + TRIPLET_PRODUCT_PANEL - 1) / TRIPLET_PRODUCT_PANEL * TRIPLET_PRODUCT_PANEL;
}

/* What is known of the estimates of a query. */
typedef struct triplet_estimate {
  double squares;  /* of the query from the centre: what the estimates lack */
  double error;    /* that they have at most */
  double rounding; /* of distances: relative, of the sum of squares */
} triplet_estimate;

/* The sum of squares from which on, and up to which, a pair may have the same distance as one of this sum: so far from
 * it. The same of the estimate of either. */
static inline double triplet_estimate_slack(const triplet_estimate *estimate, double squares) {
  return estimate->error + estimate->rounding * squares;
}

/* Makes up to TRIPLET_PRODUCT_QUERIES queries ready, in scratch, which has room for so many rows of cols. False where
 * one of them is not fit: then there is no estimate of any. */
bool triplet_product_read(const triplet_product *product, const triplet_rows *queries, float *scratch,
                          triplet_estimate *estimates);

/* Of queries that were read and the references of a panel: out[i * stride + j] lacks the squares of query i, and is
 * infinite where there is no reference. */
static inline void triplet_product_panel(const triplet_product *product, const float *queries, size_t panel, float *out,
                                         size_t stride) {
  const size_t cols = product->references.cols;
  product->tile(queries, product->panels + panel * (cols + 1) * TRIPLET_PRODUCT_PANEL, cols, out, stride);
}

#pragma GCC visibility pop

#endif
