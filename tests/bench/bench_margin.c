/* bench_margin.c - speed against the limits of this machine. Contestants take turns and medians of their times are
 * compared, so that what else the machine does falls on all of them; trust the ratios, not the milliseconds. */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "triplet.h"

enum { ROUNDS = 9, MAX_CONTESTANTS = 8 };

typedef struct contestant {
  const char *name;
  void (*run)(void *job);
  void *job;
} contestant;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Prints a row for each contestant; bytes: what a run has to move, 0 where that says nothing. The last is what the
 * others are compared with. */
static void compete(const char *title, const contestant *contestants, size_t count, double bytes) {
  static double times[MAX_CONTESTANTS][ROUNDS];
  for (size_t round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < count; i++) {
      if (round == 0)
        contestants[i].run(contestants[i].job); /* warm up: touch the memory */
      double start = seconds();
      contestants[i].run(contestants[i].job);
      times[i][round] = seconds() - start;
    }
  for (size_t i = 0; i < count; i++)
    qsort(times[i], ROUNDS, sizeof times[i][0], by_value);
  printf("%s\n", title);
  for (size_t i = 0; i < count; i++) {
    double median = times[i][ROUNDS / 2];
    printf("  %-36s %9.2f ms", contestants[i].name, 1e3 * median);
    if (bytes > 0)
      printf(" %7.2f GB/s", 1e-9 * bytes / median);
    printf("   %5.2f x %s\n", times[count - 1][ROUNDS / 2] / median, contestants[count - 1].name);
  }
}

static void fill(float *values, size_t count) {
  uint32_t state = 1;
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)(state >> 8) / (1 << 24);
  }
}

/* ---- explicit triplets: loss and gradient of 65536 x 128 read three arrays and write three ----------------------- */

typedef struct explicit_job {
  triplet_context *context;
  size_t n, d;
  float *inputs[3], *outputs[3];
} explicit_job;

static void library_margin_loss(void *job) {
  const explicit_job *j = job;
  triplet_options options = triplet_margin_options();
  triplet_gradients gradients = {j->outputs[0], j->outputs[1], j->outputs[2]};
  triplet_result result;
  if (triplet_margin_loss(j->context, &options,
                          &(triplet_explicit){triplet_matrix_of(j->inputs[0], j->n, j->d),
                                              triplet_matrix_of(j->inputs[1], j->n, j->d),
                                              triplet_matrix_of(j->inputs[2], j->n, j->d)},
                          gradients, NULL, &result) != TRIPLET_OK)
    abort();
}

/* What one writes without a library; torch's convention, mean. */
static void plain_margin_loss(void *job) {
  const explicit_job *j = job;
  const float eps = 1e-6f, margin = 1;
  volatile double sink;
  double loss = 0;
  for (size_t i = 0; i < j->n; i++) {
    const float *a = j->inputs[0] + i * j->d, *p = j->inputs[1] + i * j->d, *n = j->inputs[2] + i * j->d;
    float *ga = j->outputs[0] + i * j->d, *gp = j->outputs[1] + i * j->d, *gn = j->outputs[2] + i * j->d;
    float ap = 0, an = 0;
    for (size_t k = 0; k < j->d; k++) {
      float x = a[k] - p[k] + eps, y = a[k] - n[k] + eps;
      ap += x * x;
      an += y * y;
    }
    ap = sqrtf(ap);
    an = sqrtf(an);
    float h = ap - an + margin, scale = h > 0 ? 1.0f / (float)j->n : 0;
    loss += h > 0 ? h : 0;
    for (size_t k = 0; k < j->d; k++) {
      float x = scale * (a[k] - p[k] + eps) / ap, y = scale * (a[k] - n[k] + eps) / an;
      ga[k] = x - y;
      gp[k] = -x;
      gn[k] = y;
    }
  }
  sink = loss / (double)j->n;
  (void)sink;
}

static void plain_copy(void *job) {
  const explicit_job *j = job;
  const float *a = j->inputs[0], *p = j->inputs[1], *n = j->inputs[2];
  float *restrict ga = j->outputs[0], *restrict gp = j->outputs[1], *restrict gn = j->outputs[2];
  for (size_t i = 0; i < j->n * j->d; i++) {
    ga[i] = a[i];
    gp[i] = p[i];
    gn[i] = n[i];
  }
}

/* libc copies around the cache where that pays: the fastest way to read three arrays and write three. */
static void memcpy_copy(void *job) {
  const explicit_job *j = job;
  for (size_t array = 0; array < 3; array++)
    memcpy(j->outputs[array], j->inputs[array], j->n * j->d * sizeof(float));
}

static void explicit_triplets(triplet_context *context, size_t n, size_t d) {
  /* Large blocks of malloc lie a power of two and a page apart, which on some machines (Zen 3) makes the six arrays
   * stand in each other's way in the cache: one block with a gap between the arrays keeps that luck out. */
  const size_t stride = n * d + 272;
  float *memory = malloc(6 * stride * sizeof *memory);
  explicit_job job = {context, n, d, {memory, memory + stride, memory + 2 * stride}, {NULL}};
  for (size_t array = 0; array < 3; array++)
    job.outputs[array] = memory + (3 + array) * stride;
  fill(memory, 6 * stride);
  const contestant contestants[] = {
      {"triplet_margin_loss", library_margin_loss, &job},
      {"a plain C loop", plain_margin_loss, &job},
      {"copy, a plain C loop", plain_copy, &job},
      {"memcpy", memcpy_copy, &job},
  };
  char title[80];
  snprintf(title, sizeof title, "margin loss and gradient, %zu x %zu, p = 2", n, d);
  compete(title, contestants, sizeof contestants / sizeof contestants[0], 6.0 * (double)(n * d * sizeof(float)));
  free(memory);
}

int main(void) {
  triplet_context *context = triplet_context_create(NULL);
  printf("%s kernels, %zu thread\n", triplet_context_instruction_set(context), triplet_context_threads(context));
  explicit_triplets(context, 65536, 128);
  triplet_context_destroy(context);
  return 0;
}
