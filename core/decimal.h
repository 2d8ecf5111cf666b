/* decimal.h - the number that a text is. */
#ifndef TRIPLET_DECIMAL_H
#define TRIPLET_DECIMAL_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* The number that the whole text is: [+-] digits [mark digits] [(e|E) [+-] digits], with digits before the mark, after
 * it or both. The mark is '.' or, where comma is true, also ','. Rounded to the nearest double, ties to even; what is
 * too small for doubles gives 0 of its sign. false, and no value, where the text is something else, or a number beyond
 * the doubles. */
bool triplet_decimal(const char *text, size_t length, bool comma, double *value);

#pragma GCC visibility pop

#endif
