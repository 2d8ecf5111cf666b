/* symmetric.h - the largest eigenvalues of a symmetric matrix, and their vectors. */
#ifndef TRIPLET_SYMMETRIC_H
#define TRIPLET_SYMMETRIC_H

#include "internal.h"

#pragma GCC visibility push(hidden)

typedef struct triplet_eigen {
  size_t count;    /* 1 .. n */
  double *values;  /* count, descending */
  double *vectors; /* (count, n), at right angles and of length 1 */
} triplet_eigen;

/* matrix: (n, n), finite, of which what is on and below the diagonal is read, and overwritten. scratch:
 * triplet_symmetric_scratch(n) doubles. O(n^3) time. */
void triplet_symmetric_eigen(double *matrix, size_t n, triplet_eigen *largest, double *scratch);
size_t triplet_symmetric_scratch(size_t n);

/* Takes out of row i of rows (i + 1, n) what lies along the rows above it, which are at right angles and of length 1,
 * and scales it to length 1. Returns the length that was left, as a share of what it was; 0 leaves a row of no use. */
double triplet_orthonormalize(double *rows, size_t i, size_t n);

#pragma GCC visibility pop

#endif
