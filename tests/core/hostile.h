/* hostile.h - rows that searches go wrong on. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "support.h"

typedef enum hostile {
  HOSTILE_PLAIN,
  HOSTILE_OFFSET, /* 1e4, a thousand times what they differ by */
  HOSTILE_EQUAL,  /* three rows, many times each */
  HOSTILE_SMALL,  /* 1e-30 */
  HOSTILE_LARGE,  /* 1e30 */
  HOSTILE_SUBNORMAL,
  HOSTILE_CLUSTERS,   /* a thousand times as far from each other as they are wide */
  HOSTILE_WHOLE,      /* small whole numbers: ties */
  HOSTILE_MAGNITUDES, /* 1e-20 .. 1e20, each row another */
  HOSTILE_FAR,        /* some rows a million times as far out as the others */
  HOSTILE_ZERO,       /* some of them, and some of the numbers of the others */
  HOSTILE_NOT_FINITE, /* a number here and there */
  HOSTILES
} hostile;

/* Searches of long rows, of several blocks of references and of several groups of queries. */
typedef struct search_shape {
  size_t queries, references, cols, k;
} search_shape;

enum { SEARCH_SHAPES = 5 };
extern const search_shape search_shapes[SEARCH_SHAPES];

void hostile_fill(seeded *from, hostile kind, float *rows, size_t count, size_t cols);

#endif
