/* dispatch.c - which kernels this machine can run, and which a context uses. */
#include "kernels.h"

static const triplet_kernels *kernels_at(size_t index) {
  if (index == 0)
    return &triplet_kernels_base;
#ifdef TRIPLET_HAS_AVX
  if (index == 1 && __builtin_cpu_supports("avx2"))
    return &triplet_kernels_avx2;
  if (index == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq"))
    return &triplet_kernels_avx512;
#endif
  return NULL;
}

const char *triplet_instruction_set_name(size_t index) {
  const triplet_kernels *kernels = kernels_at(index);
  return kernels ? kernels->name : NULL;
}

const triplet_kernels *triplet_kernels_of(const triplet_context *context) {
  if (context)
    return context->kernels;
  const triplet_kernels *best = kernels_at(0), *next;
  for (size_t i = 1; (next = kernels_at(i)); i++)
    best = next;
  return best;
}

const char *triplet_context_instruction_set(const triplet_context *context) {
  return triplet_kernels_of(context)->name;
}

triplet_status triplet_context_set_instruction_set(triplet_context *context, const char *name) {
  const triplet_kernels *kernels;
  for (size_t i = 0; (kernels = kernels_at(i)); i++)
    if (context && strcmp(kernels->name, name) == 0) {
      context->kernels = kernels;
      return TRIPLET_OK;
    }
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "name", "this machine has no kernels \"%n\"", name);
}
