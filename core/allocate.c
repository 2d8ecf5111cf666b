/* allocate.c - memory from the allocator of a context. */
#include "internal.h"

#include <stdlib.h>

static void *default_allocate(void *user, size_t size) {
  (void)user;
  return malloc(size);
}

static void default_release(void *user, void *memory, size_t size) {
  (void)user;
  (void)size;
  free(memory);
}

static const triplet_allocator default_allocator = {default_allocate, default_release, NULL};

const triplet_allocator *triplet_allocator_or_default(const triplet_allocator *allocator) {
  return allocator ? allocator : &default_allocator;
}

#define ALIGNMENT 64

/* Stands right before the aligned memory. */
typedef struct block {
  void *start;
  size_t size;
} block;

static block block_of(const void *memory) {
  return ((const block *)memory)[-1];
}

static void *take_kept(triplet_context *context, size_t index) {
  void *memory = context->kept[index];
  context->kept_count--;
  memmove(context->kept + index, context->kept + index + 1, (context->kept_count - index) * sizeof memory);
  return memory;
}

static void *find_kept(triplet_context *context, size_t size) {
  for (size_t i = context->kept_count; i-- > 0;)
    if (block_of(context->kept[i]).size == size)
      return take_kept(context, i);
  return NULL;
}

static void give_back(const triplet_allocator *allocator, void *memory) {
  const block found = block_of(memory);
  allocator->release(allocator->user, found.start, found.size);
}

void triplet_context_trim(triplet_context *context) {
  while (context && context->kept_count)
    give_back(&context->allocator, take_kept(context, 0));
}

/* When the allocator has no more, what is kept goes first. */
static char *fresh(triplet_context *context, size_t size) {
  const triplet_allocator *allocator = context ? &context->allocator : &default_allocator;
  char *start = allocator->allocate(allocator->user, size);
  if (start || !context || !context->kept_count)
    return start;
  triplet_context_trim(context);
  return allocator->allocate(allocator->user, size);
}

void *triplet_allocate(triplet_context *context, size_t count, size_t size) {
  const size_t overhead = ALIGNMENT + sizeof(block);
  if (size == 0 || count <= (SIZE_MAX - overhead) / size) {
    const size_t total = count * size + overhead;
    void *kept = context ? find_kept(context, total) : NULL;
    if (kept)
      return kept;
    char *start = fresh(context, total);
    if (start) {
      char *memory = start + overhead - (size_t)((uintptr_t)(start + overhead) % ALIGNMENT);
      ((block *)(void *)memory)[-1] = (block){start, total};
      return memory;
    }
  }
  triplet_fail(context, TRIPLET_OUT_OF_MEMORY, NULL, "not enough memory for %z x %z bytes", count, size);
  return NULL;
}

void triplet_release(triplet_context *context, void *memory) {
  if (!memory)
    return;
  if (!context || !context->keeps) {
    give_back(context ? &context->allocator : &default_allocator, memory);
    return;
  }
  if (context->kept_count == sizeof context->kept / sizeof *context->kept)
    give_back(&context->allocator, take_kept(context, 0));
  context->kept[context->kept_count++] = memory;
}

triplet_context triplet_owner_of(const triplet_context *context) {
  return (triplet_context){.allocator = context ? context->allocator : default_allocator};
}
