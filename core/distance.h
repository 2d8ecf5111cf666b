/* distance.h - distances of rows and their gradients. Which distance it is nobody else asks. */
#ifndef TRIPLET_DISTANCE_H
#define TRIPLET_DISTANCE_H

#include "internal.h"
#include "kernels.h"

#pragma GCC visibility push(hidden)

/* ---- the distance, made ready ------------------------------------------------------------------------------------ */

typedef struct triplet_definition triplet_definition;

typedef struct triplet_measure {
  const triplet_definition *definition;
  triplet_term term; /* what kernels take of two rows; its shift is torch's eps, else 0 */
  double p;
  double root_eps; /* optax's eps, else 0 */
  const triplet_kernels *kernels;
} triplet_measure;

triplet_measure triplet_measure_of(const triplet_context *context, const triplet_options *options);

/* The distance of pairs with that similarity, where the distance is a similarity turned round; else base itself. */
double triplet_distance_at(const triplet_measure *measure, double base);

/* Whether distances follow from the square of the Euclidean distance of the rows as they are read (moved by eps), and
 * the largest that this can be where they are at most `distance`, but for rounding. */
bool triplet_has_square(const triplet_measure *measure);
double triplet_square_at(const triplet_measure *measure, double distance);

/* ---- rows as the distance reads them: the caller's own, or for cosine UNIT rows made of them --------------------- */

/* Floats of scratch that a row takes; 0 where rows are read in place. */
size_t triplet_row_size(const triplet_measure *measure, size_t cols);
/* Rows in place become what the distance reads: themselves, or rows made in scratch, and their lengths in lengths. */
void triplet_rows_read(const triplet_measure *measure, triplet_rows *rows, float *scratch, double *lengths);
/* Those of two whole matrices, which may be the same, in memory of their own where any is needed. */
triplet_status triplet_rows_create(triplet_context *context, const triplet_measure *measure, triplet_matrix x,
                                   triplet_matrix y, triplet_rows *x_rows, triplet_rows *y_rows);
/* Rows that were never made, all zero, are released too. */
void triplet_rows_release(triplet_context *context, triplet_rows *x_rows, triplet_rows *y_rows);

/* ---- distances --------------------------------------------------------------------------------------------------- */

/* d(x_i, y_i). */
void triplet_row_distances(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y,
                           float *distances);
/* d(x_i, y_j) into distances[i * stride + j]; the bits of triplet_row_distances. Cut large sets into tiles of about
 * 64 x 64 rows, for the cache. */
void triplet_tile_distances(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y,
                            float *distances, size_t stride);
/* d(x, y) of two rows as they are read, in double, right for every magnitude. */
double triplet_exact_distance(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y);
/* d(x_i, y_j) of whole matrices into distances[i * y->rows + j], on the context's threads; watched. finite: whether
 * all of them are numbers, and none is infinite. */
triplet_status triplet_all_distances(triplet_context *context, const triplet_measure *measure, const triplet_rows *x,
                                     const triplet_rows *y, float *distances, bool *finite);

/* ---- gradients: sums of slope times the gradient of a distance --------------------------------------------------- */

/* The factor of what the term takes of a pair; zero: one of its rows has no length, and the pair no gradient. False
 * where only doubles are safe, or no kernel is there: then the pair's slopes are added. */
bool triplet_coefficient(const triplet_measure *measure, double slope, float distance, bool zero, float *coefficient);

/* Those of the pairs of one row. */
typedef struct triplet_row_slopes {
  const float *forward, *backward; /* backward: of the same pairs the other way round, or NULL */
  double scale;
} triplet_row_slopes;

static inline double triplet_row_slope(const triplet_row_slopes *slopes, size_t j) {
  return ((double)slopes->forward[j] + (slopes->backward ? slopes->backward[j] : 0)) * slopes->scale;
}

/* All of them at once, where the distance allows. Where not, false, and coefficients are of no use. */
bool triplet_coefficients_at_once(const triplet_measure *measure, const triplet_row_slopes *slopes,
                                  const float *distances, size_t count, float *coefficients);

static inline bool triplet_has_kernel(const triplet_measure *measure) {
  return measure->term.sum != TRIPLET_SUM_NONE;
}

/* Of d(x, y) seen from y. */
static inline triplet_term triplet_backward(triplet_term term) {
  return (triplet_term){term.sum, -term.shift};
}

/* Whether one of row i of x and row j of y is divided by its length and has none. */
static inline bool triplet_is_zero_pair(const triplet_rows *x, size_t i, const triplet_rows *y, size_t j) {
  return x->lengths && (x->lengths[i] == 0 || y->lengths[j] == 0);
}

/* One pair in double, component by component; right for every distance, p and magnitude. x and y: one row each. */
typedef struct triplet_pair {
  const triplet_measure *measure;
  const float *x, *y;
  size_t cols, stride;
  double distance, scale, share; /* what the slopes of each distance need */
} triplet_pair;

typedef struct triplet_slopes {
  double x, y; /* dd/dx_k, dd/dy_k */
} triplet_slopes;

triplet_pair triplet_pair_of(const triplet_measure *measure, const triplet_rows *x, const triplet_rows *y);
triplet_slopes triplet_slopes_at(const triplet_pair *pair, size_t k);

/* Both kinds of sums are gradients by the rows as read; this makes them, in place, gradients by the caller's rows. The
 * slopes of one row have only to be divided by its length. */
static inline double triplet_length_of(const triplet_rows *rows, size_t row) {
  return rows->lengths && rows->lengths[row] != 0 ? rows->lengths[row] : 1;
}
void triplet_rows_gradients(const triplet_measure *measure, const triplet_rows *rows, float *gradient);

#pragma GCC visibility pop

#endif
