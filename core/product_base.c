/* product_base.c - the products of rows with what every machine has. */
#include "product.h"

#define WIDTH 4
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define TILE triplet_product_base
#include "product.inc"
