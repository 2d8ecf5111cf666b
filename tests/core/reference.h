/* reference.h - explicit triplets in double, the obvious way: an oracle that shares neither code nor tricks with the
 * core. It says what triplet.h says, formula by formula, with libm. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "triplet.h"

/* For the rows of tables that say what is measured, and how. */
#define TORCH .convention = TRIPLET_CONVENTION_TORCH
#define OPTAX .convention = TRIPLET_CONVENTION_OPTAX
#define EXACT .convention = TRIPLET_CONVENTION_EXACT
#define SQUARED EXACT, .distance = TRIPLET_DISTANCE_SQUARED
#define COSINE EXACT, .distance = TRIPLET_DISTANCE_COSINE
#define DOT EXACT, .distance = TRIPLET_DISTANCE_DOT

/* anchors, positives, negatives: (n, d). Weights, margins and grad_output are read from the options. */
typedef struct reference_problem {
  const triplet_options *options;
  size_t n, d;
  const double *anchors, *positives, *negatives;
} reference_problem;

typedef struct reference_answer {
  double loss; /* reduced; with reduction none the sum */
  uint64_t active;
  double *losses;                          /* n, weighted */
  double *anchors, *positives, *negatives; /* gradients, (n, d) */
} reference_answer;

double reference_distance(const triplet_options *options, const double *x, const double *y, size_t d);

/* What the terms of a distance add up to without their signs, which its rounding goes by. */
double reference_size(const triplet_options *options, const double *x, const double *y, size_t d);

/* by_x, by_y: d numbers each. */
void reference_distance_gradient(const triplet_options *options, const double *x, const double *y, size_t d,
                                 double *by_x, double *by_y);

reference_answer reference_margin_loss(const reference_problem *problem);
void reference_release(reference_answer *answer);

/* How far triplet i is from a place without derivative (a hinge at 0, a swap tie, a tie of the maximum, a component
 * without difference, distance 0) or, for cosine, from parallel rows, whose gradient vanishes; relative to the
 * numbers compared there. Closer than rounding, a float32 result may rightly decide otherwise. */
double reference_smoothness(const reference_problem *problem, size_t i);

#endif
