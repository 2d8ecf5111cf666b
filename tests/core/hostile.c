#include "hostile.h"

#include <math.h>

const search_shape search_shapes[SEARCH_SHAPES] = {
    {30, 300, 128, 10}, {25, 200, 1000, 3}, {25, 4500, 128, 7}, {24, 17000, 2, 100}, {4200, 70, 3, 2}};

static float hostile_number(seeded *from, hostile kind, size_t row, size_t col) {
  const double plain = seeded_between(from, -1, 1);
  switch (kind) {
  case HOSTILE_OFFSET:
    return (float)(1e4 + 10 * plain);
  case HOSTILE_EQUAL:
    return (float)(row * 7 % 3) + 0.1f * (float)col;
  case HOSTILE_SMALL:
    return (float)(1e-30 * plain);
  case HOSTILE_LARGE:
    return (float)(1e30 * plain);
  case HOSTILE_SUBNORMAL:
    return (float)(1e-42 * plain);
  case HOSTILE_CLUSTERS:
    return (float)((double)((row % 5 + 1) * (col + 3) % 7) + 1e-3 * plain);
  case HOSTILE_WHOLE:
    return rintf((float)(2 * plain));
  case HOSTILE_ZERO:
    return row % 4 == 0 || seeded_below(from, 3) == 0 ? 0 : (float)plain;
  case HOSTILE_NOT_FINITE:
    return seeded_below(from, 500) ? (float)plain : seeded_below(from, 2) ? NAN : -INFINITY;
  default:
    return (float)plain;
  }
}

void hostile_fill(seeded *from, hostile kind, float *rows, size_t count, size_t cols) {
  for (size_t i = 0; i < count; i++) {
    const double factor = kind == HOSTILE_MAGNITUDES                           ? pow(10, seeded_between(from, -20, 20))
                          : kind == HOSTILE_FAR && seeded_below(from, 50) == 0 ? 1e6
                                                                               : 1;
    for (size_t k = 0; k < cols; k++)
      rows[i * cols + k] = (float)(factor * (double)hostile_number(from, kind, i, k));
  }
}
