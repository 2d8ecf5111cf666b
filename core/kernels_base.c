/* kernels_base.c - the kernels with what the compiler's target has anyway: SSE2, NEON, WASM SIMD or plain scalars. */
#include "kernels.h"

#define KERNELS triplet_kernels_base
#define KERNELS_NAME "base"
#include "kernels.inc"
