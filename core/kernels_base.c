/* kernels_base.c - the kernels with what the compiler's target has anyway: SSE2, NEON, WASM SIMD or plain scalars. */
#include "internal.h"

#define KERNELS triplet_kernels_base
#define KERNELS_NAME "base"
#include "kernels.inc"
