/* allocation_cases.h - a call of every function of triplet.h that can fail, so that its memory can be taken away. */
#ifndef ALLOCATION_CASES_H
#define ALLOCATION_CASES_H

#include "support.h"

/* Where calls write, all of it: what they have not written is the pattern of unwritten memory. */
typedef struct outputs {
  float floats[8192];
  int32_t ints[8192];
  double doubles[256];
  uint8_t bytes[32768];
} outputs;

/* What a call works on and may change. */
typedef struct allocation_object {
  void *(*make)(triplet_context *with);
  /* Everything that can be told of it, as bytes. Returns how many. */
  size_t (*state)(const void *object, uint8_t *bytes, size_t capacity);
  void (*destroy)(void *object);
} allocation_object;

typedef struct allocation_case {
  const char *function;
  triplet_status (*call)(triplet_context *with, void *object, int variant, outputs *to);
  int variants;
  const allocation_object *object; /* NULL: it works on what the caller has */
} allocation_case;

extern const allocation_case allocation_cases[];
extern const size_t allocation_case_count;

/* Before any of them is called. */
void allocation_cases_begin(void);

#endif
