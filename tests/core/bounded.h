/* bounded.h - memory that ends where nobody may read on: a page without access follows each block, and what lies
 * between is not to change. A block begins as memory that nobody has written. */
#ifndef BOUNDED_H
#define BOUNDED_H

#include "support.h"

/* A context of one thread with such memory. Fails when a block is given back that was written past. */
triplet_context *bounded_context(void);

#endif
