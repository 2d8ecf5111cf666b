/* meter.h - an allocator that knows how much memory is held, and how much was at most. */
#ifndef METER_H
#define METER_H

#include <stdlib.h>

typedef struct meter {
  size_t held, peak;
} meter;

static void *metered_allocate(void *user, size_t size) {
  meter *memory = user;
  memory->held += size;
  memory->peak = memory->held > memory->peak ? memory->held : memory->peak;
  return malloc(size);
}

static void metered_release(void *user, void *block, size_t size) {
  ((meter *)user)->held -= size;
  free(block);
}

#endif
