/* native.h - what the rooms of the native worker share: the inputs, which every worker makes alike, and its cases. */
#ifndef TRIPLET_BENCH_NATIVE_H
#define TRIPLET_BENCH_NATIVE_H

#include <stdlib.h>

#include "triplet.h"

/* What a case was given: words "key=value". */
typedef struct arguments {
  char **words;
  int count;
} arguments;

const char *text_of(const arguments *given, const char *key, const char *otherwise);
size_t number_of(const arguments *given, const char *key, size_t otherwise);

/* A case that is ready to run, again and again. */
typedef struct job {
  void (*run)(void *of);
  void *of;
  const double *answer;  /* what every program of the row must find, read after a run; NULL: nothing to compare */
  double (*clock)(void); /* seconds; NULL: those of the wall */
} job;

typedef struct bench_case {
  const char *name;
  job (*open)(const arguments *given);
} bench_case;

/* Each ends with a case without a name. */
extern const bench_case loss_cases[], search_cases[], table_cases[], limit_cases[];

/* With the case's threads and instruction set. */
triplet_context *context_of(const arguments *given);

/* Ends the program, which cannot run this here. */
void be_absent(const char *why);

/* Ends the program where a call fails. */
void need(triplet_context *context, triplet_status status);

void *room(size_t count, size_t size);

/* Number i of a stream, in [0, 1), which every language can have alike: a hash, lowbias32 of Chris Wellons. */
static inline float uniform(uint32_t stream, uint32_t i) {
  uint32_t bits = i + stream * 2654435769u;
  bits = (bits ^ bits >> 16) * 0x7feb352du;
  bits = (bits ^ bits >> 15) * 0x846ca68bu;
  bits ^= bits >> 16;
  return (float)(bits >> 8) / (1 << 24);
}

float *uniform_rows(uint32_t stream, size_t rows, size_t cols);

/* Classes that overlap, row i of class i mod `classes`, so that easy and hard triplets mix. */
float *class_rows(size_t rows, size_t cols, size_t classes);
int32_t *class_labels(size_t rows, size_t classes);

#endif
